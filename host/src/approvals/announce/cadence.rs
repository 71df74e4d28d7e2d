//! How often somebody is told: so often in an hour, and after a failure ever more rarely. Pure; the time is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::access::Account;
use crate::limits;
use crate::model::UnixMillis;
use crate::widening::Urgency;

/// In which so many messages go to each.
const HOUR: Duration = Duration::from_secs(3_600);

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// Whoever has the session.
    Session,
    /// Somebody who could approve.
    Approver(Account),
}

/// How it went with everybody lately.
#[derive(Debug, Default)]
pub struct Cadence {
    recent: BTreeMap<Recipient, Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    times: VecDeque<UnixMillis>,
    failures: u32,
    not_before: UnixMillis,
    failed: UnixMillis,
}

impl Cadence {
    /// Whether he may be told something now. What is of approvers waits for neither bound longer than a minute.
    pub fn may(&mut self, recipient: &Recipient, urgency: Urgency, now: UnixMillis) -> bool {
        let Some(recent) = self.recent.get_mut(recipient) else {
            return true;
        };
        while recent.times.front().is_some_and(|first| now.since(*first) >= HOUR) {
            recent.times.pop_front();
        }
        // A clock that went back makes nobody wait for it.
        let is_resting = now < recent.not_before && recent.not_before.since(now) <= limits::TOLD_AGAIN_MOST;
        let is_over = |moment: UnixMillis| urgency == Urgency::Approvers && now.since(moment) >= limits::TOLD_URGENTLY;
        let has_room = recent.times.len() < limits::TOLD_PER_HOUR || recent.times.back().copied().is_none_or(is_over);
        has_room && (!is_resting || is_over(recent.failed))
    }

    /// He was told.
    pub fn told(&mut self, recipient: Recipient, now: UnixMillis) {
        let recent = self.recent.entry(recipient).or_default();
        recent.times.push_back(now);
        recent.failures = 0;
    }

    /// He could not be told.
    pub fn failed(&mut self, recipient: Recipient, now: UnixMillis) {
        let recent = self.recent.entry(recipient).or_default();
        let doubled = 1_u32.checked_shl(recent.failures.min(31)).unwrap_or(u32::MAX);
        let wait = limits::TOLD_AGAIN.saturating_mul(doubled).min(limits::TOLD_AGAIN_MOST);
        recent.failures = recent.failures.saturating_add(1);
        recent.not_before = now.after(wait);
        recent.failed = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> UnixMillis {
        UnixMillis((1_000_000 + seconds) * 1_000)
    }

    #[test]
    fn so_many_in_an_hour_and_each_by_himself() {
        let mut cadence = Cadence::default();
        let ann = Recipient::Approver(Account {
            network: "talk".into(),
            id: "1".into(),
        });
        for nth in 0..limits::TOLD_PER_HOUR as u64 {
            assert!(cadence.may(&Recipient::Session, Urgency::Rest, at(nth)));
            cadence.told(Recipient::Session, at(nth));
        }
        assert!(!cadence.may(&Recipient::Session, Urgency::Rest, at(3_599)) && cadence.may(&ann, Urgency::Rest, at(0)));
        assert!(cadence.may(&Recipient::Session, Urgency::Rest, at(3_600)));
    }

    #[test]
    fn a_flood_and_a_platform_that_is_down_keep_nobody_from_hearing_of_an_approver_in_time() {
        let mut cadence = Cadence::default();
        for nth in 0..limits::TOLD_PER_HOUR as u64 {
            cadence.told(Recipient::Session, at(nth));
        }
        let last = limits::TOLD_PER_HOUR as u64 - 1;
        assert!(!cadence.may(&Recipient::Session, Urgency::Approvers, at(last + 59)));
        assert!(cadence.may(&Recipient::Session, Urgency::Approvers, at(last + 60)));
        (0..12).for_each(|_| cadence.failed(Recipient::Session, at(100)));
        assert!(!cadence.may(&Recipient::Session, Urgency::Approvers, at(159)));
        assert!(cadence.may(&Recipient::Session, Urgency::Approvers, at(160)));
        assert!(!cadence.may(&Recipient::Session, Urgency::Rest, at(160)));
    }

    #[test]
    fn who_can_not_be_told_is_tried_ever_more_rarely() {
        let mut cadence = Cadence::default();
        let mut now = 0;
        for wait in [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600] {
            cadence.failed(Recipient::Session, at(now));
            assert!(
                !cadence.may(&Recipient::Session, Urgency::Rest, at(now + wait - 1)),
                "{wait}"
            );
            assert!(
                cadence.may(&Recipient::Session, Urgency::Rest, at(now + wait)),
                "{wait}"
            );
            now += wait;
        }
        cadence.told(Recipient::Session, at(now));
        cadence.failed(Recipient::Session, at(now));
        assert!(cadence.may(&Recipient::Session, Urgency::Rest, at(now + 5)));
        assert!(
            cadence.may(&Recipient::Session, Urgency::Rest, UnixMillis(1)),
            "the clock went back"
        );
    }
}
