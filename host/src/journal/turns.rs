//! Whose turn it is: queued work in lanes, taken one from each in a circle. Pure; knows neither threads nor SQLite.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Work that waits, by lane. Each lane keeps its own order.
pub(super) struct Turns<K, T> {
    lanes: HashMap<K, VecDeque<(usize, T)>>,
    circle: VecDeque<K>,
    length: usize,
}

impl<K: Copy + Eq + Hash, T> Turns<K, T> {
    pub(super) fn new() -> Self {
        Self {
            lanes: HashMap::new(),
            circle: VecDeque::new(),
            length: 0,
        }
    }

    /// How many pieces wait.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Puts work of so many bytes at the end of its lane.
    pub(super) fn push(&mut self, lane: K, bytes: usize, work: T) {
        let queue = self.lanes.entry(lane).or_default();
        if queue.is_empty() {
            self.circle.push_back(lane);
        }
        queue.push_back((bytes, work));
        self.length += 1;
    }

    /// Takes at most `most` pieces, one of each lane in turn, and stops after the one that reaches `bytes`.
    pub(super) fn take(&mut self, most: usize, bytes: usize) -> Vec<T> {
        let mut taken = Vec::new();
        let mut size = 0;
        while taken.len() < most && size < bytes {
            let Some((cost, work)) = self.next() else { break };
            size += cost;
            taken.push(work);
        }
        taken
    }

    fn next(&mut self) -> Option<(usize, T)> {
        let lane = self.circle.pop_front()?;
        let queue = self.lanes.get_mut(&lane)?;
        let next = queue.pop_front();
        self.length -= 1;
        if queue.is_empty() {
            self.lanes.remove(&lane);
        } else {
            self.circle.push_back(lane);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn turns(work: &[(char, usize)]) -> Turns<char, String> {
        let mut turns = Turns::new();
        for (at, &(lane, bytes)) in work.iter().enumerate() {
            turns.push(lane, bytes, format!("{lane}{at}"));
        }
        turns
    }

    fn check(work: &[(char, usize)], most: usize, bytes: usize, expected: &[&str]) {
        assert_eq!(turns(work).take(most, bytes), expected);
    }

    #[test]
    fn takes_in_turn() {
        check(&[], 4, 9, &[]);
        check(&[('a', 1), ('a', 1), ('a', 1), ('b', 1)], 2, 9, &["a0", "b3"]);
        check(
            &[('a', 1), ('a', 1), ('a', 1), ('b', 1)],
            9,
            9,
            &["a0", "b3", "a1", "a2"],
        );
        check(&[('a', 5), ('b', 5), ('c', 5)], 9, 6, &["a0", "b1"]);
        check(&[('a', 50), ('b', 5)], 9, 6, &["a0"]);
    }

    #[test]
    fn the_next_group_goes_on_where_the_last_one_stopped() {
        let mut turns = turns(&[('a', 1), ('a', 1), ('b', 1), ('b', 1), ('c', 1)]);
        assert_eq!(turns.take(2, 9), ["a0", "b2"]);
        assert_eq!(turns.take(2, 9), ["c4", "a1"]);
        assert_eq!(turns.take(2, 9), ["b3"]);
        assert_eq!(turns.len(), 0);
    }

    proptest! {
        #[test]
        fn a_flood_delays_another_lane_by_its_share_only(flood in 0_usize..500, lanes in 1_u32..8, most in 1_usize..64) {
            let mut turns = Turns::new();
            for at in 0..flood {
                for lane in 0..lanes {
                    turns.push(lane, 1, at);
                }
            }
            turns.push(99, 1, usize::MAX);
            let mut before = 0;
            while let group = turns.take(most, usize::MAX) && !group.is_empty() {
                match group.iter().position(|&work| work == usize::MAX) {
                    Some(at) => { before += at; break }
                    None => before += group.len(),
                }
            }
            prop_assert!(before <= lanes as usize);
        }

        #[test]
        fn nothing_is_lost_and_each_lane_keeps_its_order(work in proptest::collection::vec(0_u8..5, 0..200), most in 1_usize..9) {
            let mut turns = Turns::new();
            for (at, &lane) in work.iter().enumerate() {
                turns.push(lane, 1, (lane, at));
            }
            let mut out = Vec::new();
            while turns.len() > 0 {
                out.extend(turns.take(most, 7));
            }
            prop_assert_eq!(out.len(), work.len());
            out.sort_by_key(|&(lane, _)| lane);
            prop_assert!(out.windows(2).all(|two| two[0].0 < two[1].0 || two[0].1 < two[1].1));
        }
    }
}
