//! Faults in a row: when a channel broke so often by itself that it is no longer called by itself. Pure; the time is an
//! argument. Only calls that the host makes of its own accord are counted here: what a caller or a session asks for is
//! never a reason, or a stranger's request could silence a channel.

use std::collections::BTreeMap;

use crate::limits;
use crate::model::UnixMillis;
use crate::sandbox::Call;

/// What a call was made with, as far as its guest can tell one from another. The count of failures is part of it: a poll
/// or a timer is told it, so that it can step over what broke it, and a start comes later each time. A call that is made
/// again with the very same input says nothing new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Which export.
    pub call: Call,
    /// The timer's name; empty for the others.
    pub name: String,
    /// How often in a row it has failed before.
    pub failures: u32,
}

/// How a call ended, as far as its channel is to be judged by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The guest did what it is made for: it answered, or said what troubles it.
    Orderly,
    /// The guest broke.
    Fault,
    /// Something else kept the call from its end: nothing is known of the guest.
    Elsewhere,
}

/// A row that is long enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which export broke.
    pub call: Call,
    /// When the row began.
    pub since: UnixMillis,
}

/// The rows of one channel, one for each export.
#[derive(Debug, Default)]
pub struct Faults {
    rows: BTreeMap<Call, Row>,
}

#[derive(Debug)]
struct Row {
    since: UnixMillis,
    inputs: Vec<Input>,
}

impl Faults {
    /// Notes how a call ended; a verdict if that was one fault too many.
    pub fn note(&mut self, input: Input, end: End, now: UnixMillis) -> Option<Verdict> {
        match end {
            End::Orderly => {
                self.rows.remove(&input.call);
                None
            }
            End::Elsewhere => None,
            End::Fault => self.fault(input, now),
        }
    }

    /// The rows begin anew.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    fn fault(&mut self, input: Input, now: UnixMillis) -> Option<Verdict> {
        let call = input.call;
        let row = self.rows.entry(call).or_insert_with(|| Row {
            since: now,
            inputs: Vec::new(),
        });
        if !row.inputs.contains(&input) {
            row.inputs.push(input);
        }
        (row.inputs.len() >= limits::FAULTS_IN_A_ROW).then_some(Verdict { call, since: row.since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(call: Call, name: &str, failures: u32) -> Input {
        Input {
            call,
            name: name.into(),
            failures,
        }
    }

    /// Notes these calls one second after the other; the position of the one that is too many.
    #[track_caller]
    fn check(calls: &[(Input, End)], expected: Option<usize>) {
        let mut faults = Faults::default();
        let found = calls.iter().enumerate().position(|(at, (input, end))| {
            let now = UnixMillis(at as u64 * 1_000);
            faults.note(input.clone(), *end, now).is_some()
        });
        assert_eq!(found, expected, "{calls:?}");
    }

    fn polls(ends: &[End]) -> Vec<(Input, End)> {
        let count = |at| input(Call::Poll, "", at as u32);
        ends.iter().enumerate().map(|(at, end)| (count(at), *end)).collect()
    }

    #[test]
    fn the_fifth_fault_in_a_row_is_one_too_many() {
        use End::{Elsewhere, Fault, Orderly};
        check(&polls(&[Fault; 4]), None);
        check(&polls(&[Fault; 5]), Some(4));
        check(&polls(&[Fault; 6]), Some(4));
        check(
            &polls(&[Fault, Fault, Fault, Fault, Orderly, Fault, Fault, Fault, Fault]),
            None,
        );
        // A disk that is full is not the guest's doing, and does not excuse it either.
        check(
            &polls(&[Fault, Fault, Elsewhere, Fault, Fault, Elsewhere, Fault]),
            Some(6),
        );
    }

    #[test]
    fn the_same_input_counts_once() {
        let same = vec![(input(Call::Fire, "t", 3), End::Fault); 50];
        check(&same, None);
        let two: Vec<_> = (0..50)
            .map(|at| (input(Call::Fire, ["a", "b"][at % 2], 0), End::Fault))
            .collect();
        check(&two, None);
        let five: Vec<_> = (0..5)
            .map(|at| (input(Call::Fire, ["a", "b"][at % 2], at as u32), End::Fault))
            .collect();
        check(&five, Some(4));
    }

    #[test]
    fn each_export_has_a_row_of_its_own() {
        let mut calls = polls(&[End::Fault; 4]);
        calls.extend((0..4).map(|at| (input(Call::Fire, "t", at), End::Fault)));
        calls.extend((0..4).map(|at| (input(Call::Start, "", at), End::Fault)));
        check(&calls, None);
        calls.push((input(Call::Fire, "t", 4), End::Fault));
        check(&calls, Some(12));
    }

    #[test]
    fn a_verdict_says_since_when_and_is_forgotten_when_all_begins_anew() {
        let mut faults = Faults::default();
        let note = |faults: &mut Faults, failures| {
            let now = UnixMillis(100 + u64::from(failures));
            faults.note(input(Call::Poll, "", failures), End::Fault, now)
        };
        let verdict = (0..5).filter_map(|at| note(&mut faults, at)).next();
        let expected = Verdict {
            call: Call::Poll,
            since: UnixMillis(100),
        };
        assert_eq!(verdict, Some(expected));
        faults.clear();
        assert_eq!((0..4).filter_map(|at| note(&mut faults, 10 + at)).next(), None);
    }
}
