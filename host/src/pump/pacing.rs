//! Which events are pushed one by one, and which are only announced: what comes too fast, and what is too old to act on
//! without being asked. Time is an argument.

use std::collections::BTreeMap;

use crate::model::{ChannelName, Event, UnixMillis};
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
}

impl Lane {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            pace: Pace::new(rate.per_second, rate.burst),
            older: 0,
            more: 0,
        }
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
                ..Lane::new(rate)
            };
        }
        if !pace::fresh(Kind::of(&event.admitted.message.author), event.received, now) {
            lane.older += 1;
            return Decision::Collect;
        }
        match lane.pace.take(now) {
            Take::Push => Decision::Push,
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
            if lane.older + lane.more == 0 || lane.pace.take(now) != Take::Push {
                continue;
            }
            let (older, more) = (std::mem::take(&mut lane.older), std::mem::take(&mut lane.more));
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
        let due = self.channels.values().filter(|lane| lane.older + lane.more > 0);
        due.map(|lane| lane.pace.next(now).unwrap_or(now)).min()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::limits;
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
}
