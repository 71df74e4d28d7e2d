//! When is built: one build at a time, and after the last change always one more. Pure: it is told what happened, and says
//! whether a build begins.

/// Where the work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// What was built is what stands there.
    Idle,
    /// A build runs.
    Building,
    /// A build runs, and something has changed since it began.
    Again,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A build begins now.
    Build,
    /// Nothing.
    Wait,
}

impl Work {
    /// Something changed, or somebody wants a build.
    #[must_use]
    pub fn wanted(self) -> (Self, Next) {
        match self {
            Self::Idle => (Self::Building, Next::Build),
            Self::Building | Self::Again => (Self::Again, Next::Wait),
        }
    }

    /// The build that ran has ended, however it did.
    #[must_use]
    pub fn ended(self) -> (Self, Next) {
        match self {
            Self::Again => (Self::Building, Next::Build),
            Self::Idle | Self::Building => (Self::Idle, Next::Wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_happens_leads_here() {
        #[track_caller]
        fn check(happened: fn(Work) -> (Work, Next), from: Work, expected: (Work, Next)) {
            assert_eq!(happened(from), expected, "{from:?}");
        }
        check(Work::wanted, Work::Idle, (Work::Building, Next::Build));
        check(Work::wanted, Work::Building, (Work::Again, Next::Wait));
        check(Work::wanted, Work::Again, (Work::Again, Next::Wait));
        check(Work::ended, Work::Building, (Work::Idle, Next::Wait));
        check(Work::ended, Work::Again, (Work::Building, Next::Build));
    }

    proptest! {
        #[test]
        fn never_two_at_once_and_after_the_last_change_one_more(changes in prop::collection::vec(any::<bool>(), 0..64)) {
            // A build sees the changes until it begins.
            let (mut work, mut running, mut made, mut seen, mut built) = (Work::Idle, 0, 0, 0, 0);
            let ends = std::iter::repeat_n(false, 3);
            for is_change in changes.into_iter().chain(ends) {
                if !is_change && running == 0 {
                    continue;
                }
                let (next, what) = if is_change { made += 1; work.wanted() } else { running -= 1; built = seen; work.ended() };
                work = next;
                if what == Next::Build {
                    running += 1;
                    seen = made;
                }
                prop_assert!(running <= 1);
            }
            prop_assert_eq!((running, built), (0, made));
        }
    }
}
