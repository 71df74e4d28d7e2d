//! Of calls that are refused at the door, the first for each reason is shown, and those that follow it are counted: anybody
//! may call, and who watches must not lose sight of the rest. Pure; the time is an argument.

use std::collections::BTreeMap;

use crate::limits;
use crate::model::UnixMillis;

/// What was shown, by reason.
#[derive(Debug, Default)]
pub struct Knocks(BTreeMap<&'static str, Shown>);

#[derive(Debug)]
struct Shown {
    at: UnixMillis,
    more: u64,
}

/// What becomes of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knock {
    /// It is shown.
    First,
    /// It is counted.
    More,
}

impl Knocks {
    /// One more.
    pub fn take(&mut self, reason: &'static str, now: UnixMillis) -> Knock {
        match self.0.get_mut(reason) {
            Some(shown) => {
                shown.more += 1;
                Knock::More
            }
            None => {
                self.0.insert(reason, Shown { at: now, more: 0 });
                Knock::First
            }
        }
    }

    /// How many were counted for each reason that was shown long enough ago; the next one of a reason that was quiet is shown.
    pub fn due(&mut self, now: UnixMillis) -> Vec<(&'static str, u64)> {
        let mut due = Vec::new();
        self.0.retain(|reason, shown| {
            if now.since(shown.at) < limits::KNOCKS_COUNTED {
                return true;
            }
            let more = std::mem::take(&mut shown.more);
            shown.at = now;
            due.extend((more > 0).then_some((*reason, more)));
            more > 0
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_was_a_line_for_each_call() {
        let mut knocks = Knocks::default();
        let after = |times: u32| UnixMillis(1).after(limits::KNOCKS_COUNTED * times);
        assert_eq!(knocks.take("a", after(0)), Knock::First);
        assert_eq!(knocks.take("b", after(0)), Knock::First);
        for _ in 0..10_000 {
            assert_eq!(knocks.take("a", after(0)), Knock::More);
        }
        assert_eq!(knocks.due(after(0)), []);
        assert_eq!(knocks.due(after(1)), [("a", 10_000)]);
        // It goes on, so it stays a count; what was quiet is shown again.
        assert_eq!(knocks.take("a", after(1)), Knock::More);
        assert_eq!(knocks.take("b", after(1)), Knock::First);
        assert_eq!(knocks.due(after(2)), [("a", 1)]);
        assert_eq!(knocks.due(after(3)), []);
        assert_eq!(knocks.take("a", after(3)), Knock::First);
    }
}
