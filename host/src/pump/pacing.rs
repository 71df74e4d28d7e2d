//! Which events are pushed one by one, and which are only announced: what comes too fast, and what is too old to act on
//! without being asked. Time is an argument.

use std::collections::BTreeMap;

use crate::limits;
use crate::model::{Author, ChannelName, Event, UnixMillis};
use crate::pace::{self, Kind, Pace, Rate, Take};

/// What to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Push it.
    Push,
    /// Keep it for `inbox`, and count it in the next announcement.
    Collect,
}

/// The pace of each channel in one session.
#[derive(Debug, Default)]
pub struct Pacing {
    channels: BTreeMap<ChannelName, Lane>,
}

#[derive(Debug)]
struct Lane {
    rate: Rate,
    pace: Pace,
    older: u64,
    more: u64,
    quiet: Quiet,
    /// When each sender was last pushed.
    heard: BTreeMap<String, UnixMillis>,
}

/// Messages of groups that were not said to us, and are kept.
#[derive(Debug, Clone, Copy, Default)]
struct Quiet {
    count: u64,
    /// When the first of them was seen.
    since: Option<UnixMillis>,
    /// A message that was said to us was pushed since.
    told_with: bool,
}

impl Quiet {
    fn add(&mut self, now: UnixMillis) {
        self.count += 1;
        self.since.get_or_insert(now);
    }

    fn due(&self) -> Option<UnixMillis> {
        let since = self.since?;
        Some(if self.told_with {
            since
        } else {
            since.after(limits::QUIET_ANNOUNCED)
        })
    }
}

impl Lane {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            pace: Pace::new(rate.per_second, rate.burst),
            older: 0,
            more: 0,
            quiet: Quiet::default(),
            heard: BTreeMap::new(),
        }
    }

    /// When something is to be announced, apart from the pace.
    fn due(&self) -> Option<UnixMillis> {
        let counted = (self.older + self.more > 0).then_some(UnixMillis(0));
        counted.or_else(|| self.quiet.due())
    }

    /// One sender can take all of a channel's rate. Who was not heard lately is pushed all the same, on credit, so that a
    /// flood does not hide another's word; a flood from many accounts gets no more than the credit.
    fn take(&mut self, sender: &str, now: UnixMillis) -> Take {
        let heard = self.heard.get(sender);
        let quiet = heard.is_none_or(|last| now.since(*last) >= limits::SENDER_QUIET);
        let mut take = self.pace.take(now);
        if take == Take::Collect && quiet {
            take = self.pace.borrow(now, limits::RATE_CREDIT);
        }
        if take == Take::Push {
            self.remember(sender, now);
        }
        take
    }

    fn remember(&mut self, sender: &str, now: UnixMillis) {
        self.heard.insert(sender.to_owned(), now);
        if self.heard.len() > limits::SENDERS_PACED {
            let silent = self.heard.iter().min_by_key(|(_, last)| **last);
            let silent = silent.map(|(sender, _)| sender.clone());
            silent.map(|sender| self.heard.remove(&sender));
        }
    }
}

/// Who sent it: an account, or a thing. Their ids share no name, so a thing can't pass for an account.
fn sender(event: &Event) -> String {
    match &event.admitted.message.author {
        Author::Person(sender) => format!("person {}", sender.id),
        Author::Service(name) => format!("service {name}"),
    }
}

impl Pacing {
    /// Judges one event; `rate` is what the operator gave its channel now.
    pub fn decide(&mut self, event: &Event, rate: Option<Rate>, now: UnixMillis) -> Decision {
        let rate = rate.unwrap_or_default();
        let lane = self
            .channels
            .entry(event.channel.clone())
            .or_insert_with(|| Lane::new(rate));
        if lane.rate != rate {
            *lane = Lane {
                older: lane.older,
                more: lane.more,
                quiet: lane.quiet,
                ..Lane::new(rate)
            };
        }
        if event.admitted.quiet {
            lane.quiet.add(now);
            return Decision::Collect;
        }
        if !pace::fresh(Kind::of(&event.admitted.message.author), event.received, now) {
            lane.older += 1;
            return Decision::Collect;
        }
        match lane.take(&sender(event), now) {
            Take::Push => {
                lane.quiet.told_with = lane.quiet.count > 0;
                Decision::Push
            }
            Take::Collect => {
                lane.more += 1;
                Decision::Collect
            }
        }
    }

    /// What to tell the model now; each line takes its place in the channel's pace.
    pub fn announcements(&mut self, now: UnixMillis) -> Vec<String> {
        let mut texts = Vec::new();
        for (name, lane) in &mut self.channels {
            if lane.due().is_none_or(|due| due > now) || lane.pace.take(now) != Take::Push {
                continue;
            }
            let (older, quiet) = (std::mem::take(&mut lane.older), std::mem::take(&mut lane.quiet));
            let more = std::mem::take(&mut lane.more) + quiet.count;
            let what = match (older, more) {
                (older, 0) => format!("{older} older"),
                (0, more) => format!("{more} more"),
                (older, more) => format!("{older} older and {more} more"),
            };
            texts.push(format!("{name}: {what}: call `inbox`"));
        }
        texts
    }

    /// When the next announcement may be made, if one is due.
    pub fn next(&self, now: UnixMillis) -> Option<UnixMillis> {
        let next = |lane: &Lane| Some(lane.due()?.max(lane.pace.next(now).unwrap_or(now)));
        self.channels.values().filter_map(next).min()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::sample;

    const T: UnixMillis = UnixMillis(1_000_000_000);

    fn event(id: i64, received: UnixMillis) -> Event {
        let mut said = sample::said_by_a_thing();
        said.id = id.to_string();
        Event {
            received,
            ..sample::event(id, said)
        }
    }

    #[test]
    fn a_flood_is_pushed_up_to_the_burst_and_then_announced_once() {
        let mut pacing = Pacing::default();
        let pushed = (0..100)
            .filter(|&id| pacing.decide(&event(id, T), None, T) == Decision::Push)
            .count();
        assert_eq!(pushed, limits::RATE_BURST as usize);
        assert!(
            pacing.announcements(T).is_empty(),
            "the announcement keeps to the pace, too"
        );
        let next = pacing.next(T).unwrap();
        assert!(next > T);
        assert_eq!(pacing.announcements(next), ["ci: 90 more: call `inbox`"]);
        assert!(pacing.announcements(next.after(limits::UNPROVEN)).is_empty());
        assert_eq!(pacing.next(next), None);
    }

    #[test]
    fn what_is_old_is_announced_and_not_pushed() {
        let mut pacing = Pacing::default();
        let old = UnixMillis(T.0 - limits::FRESH_SERVICE.as_millis() as u64 - 1);
        assert_eq!(pacing.decide(&event(1, old), None, T), Decision::Collect);
        assert_eq!(pacing.decide(&event(2, T), None, T), Decision::Push);
        assert_eq!(pacing.announcements(T), ["ci: 1 older: call `inbox`"]);
    }

    #[test]
    fn the_operators_rate_counts_from_the_next_event() {
        let mut pacing = Pacing::default();
        let fast = Rate {
            per_second: 1e6,
            burst: 50,
        };
        let count = |pacing: &mut Pacing, rate| {
            (0..50)
                .filter(|&id| pacing.decide(&event(id, T), rate, T) == Decision::Push)
                .count()
        };
        assert_eq!(count(&mut pacing, None), 10);
        assert_eq!(count(&mut pacing, Some(fast)), 50);
    }

    fn of(sender: &str, id: i64) -> Event {
        let mut said = sample::message(Author::Service(sender.into()));
        said.id = id.to_string();
        Event {
            received: T,
            ..sample::event(id, said)
        }
    }

    /// Who of these is pushed at once, by the order in which they come.
    fn pushed(pacing: &mut Pacing, senders: &[&str], now: UnixMillis) -> Vec<usize> {
        let decide = |at: &usize| {
            let event = of(senders[*at], *at as i64);
            pacing.decide(&event, None, now) == Decision::Push
        };
        (0..senders.len()).filter(decide).collect()
    }

    #[test]
    fn a_flood_of_one_sender_does_not_hide_anothers_word() {
        let mut pacing = Pacing::default();
        let mut flood = vec!["loud"; 500];
        flood.extend(["quiet", "quiet", "loud"]);
        let mut expected: Vec<usize> = (0..10).collect();
        expected.push(500);
        assert_eq!(pushed(&mut pacing, &flood, T), expected, "once, and not twice");
    }

    #[test]
    fn a_flood_of_many_senders_gets_the_burst_and_the_credit() {
        let mut pacing = Pacing::default();
        let names: Vec<String> = (0..500).map(|n| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let most = limits::RATE_BURST as usize + limits::RATE_CREDIT as usize;
        assert_eq!(pushed(&mut pacing, &names, T), (0..most).collect::<Vec<_>>());
        // What was pushed on credit is waited for.
        let soon = T.after(std::time::Duration::from_secs(u64::from(limits::RATE_CREDIT)));
        assert_eq!(pushed(&mut pacing, &["0", "0"], soon), [0; 0]);
        for lane in pacing.channels.values() {
            assert!(lane.heard.len() <= limits::SENDERS_PACED);
        }
    }

    fn quiet(id: i64) -> Event {
        let mut event = event(id, T);
        event.admitted.quiet = true;
        event
    }

    #[test]
    fn what_is_not_said_to_us_is_counted_with_what_is() {
        let mut pacing = Pacing::default();
        for id in 0..50 {
            assert_eq!(pacing.decide(&quiet(id), None, T), Decision::Collect);
        }
        assert!(pacing.announcements(T).is_empty());
        // However many there were, they take nothing of the pace.
        assert_eq!(pacing.decide(&event(100, T), None, T), Decision::Push);
        assert_eq!(pacing.announcements(T), ["ci: 50 more: call `inbox`"]);
        assert_eq!(pacing.next(T), None);
        assert_eq!(pacing.decide(&event(101, T), None, T), Decision::Push);
        assert!(pacing.announcements(T).is_empty(), "nothing is told twice");
    }

    #[test]
    fn what_is_not_said_to_us_is_announced_by_itself_at_its_bound_and_not_before() {
        let mut pacing = Pacing::default();
        pacing.decide(&quiet(1), None, T);
        let step = std::time::Duration::from_millis(1);
        let late = T.after(limits::QUIET_ANNOUNCED);
        pacing.decide(&quiet(2), None, T.after(limits::QUIET_ANNOUNCED - step));
        assert_eq!(pacing.next(T), Some(late));
        assert!(pacing.announcements(T.after(limits::QUIET_ANNOUNCED - step)).is_empty());
        assert_eq!(pacing.announcements(late), ["ci: 2 more: call `inbox`"]);
        // What follows waits as long again.
        pacing.decide(&quiet(3), None, late);
        assert!(
            pacing
                .announcements(late.after(limits::QUIET_ANNOUNCED - step))
                .is_empty()
        );
        assert_eq!(
            pacing.announcements(late.after(limits::QUIET_ANNOUNCED)),
            ["ci: 1 more: call `inbox`"]
        );
    }

    #[test]
    fn a_channel_that_floods_takes_nothing_from_another() {
        let mut pacing = Pacing::default();
        pushed(&mut pacing, &["loud"; 500], T);
        let mut other = of("other", 1_000);
        other.channel = "other".parse().unwrap();
        assert_eq!(pacing.decide(&other, None, T), Decision::Push);
    }
}
