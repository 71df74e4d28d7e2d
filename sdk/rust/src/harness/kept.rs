//! The store's stand-in: what is committed, and the drafts of the call that runs. Outside a call a write is committed at once.

use super::house::here;
use crate::store::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// The host's bounds: bytes of a key, of a value, of what a call writes, of the whole store; and what each key costs
/// beyond its own and its value's.
const KEY: usize = 256;
const VALUE: usize = 1 << 20;
const WRITTEN: usize = 4 << 20;
const WHOLE: usize = 16 << 20;
const ROW: usize = 64;

/// A channel's store.
#[derive(Debug, Default)]
pub struct Kept {
    committed: BTreeMap<String, Vec<u8>>,
    call: Option<Drafts>,
}

/// What a call has written and checked so far.
#[derive(Debug, Default)]
pub struct Drafts {
    writes: BTreeMap<String, Option<Vec<u8>>>,
    checks: Vec<(String, Option<Vec<u8>>)>,
    written: usize,
}

/// What came of a commit.
#[derive(Debug, PartialEq, Eq)]
pub enum Commit {
    /// It is kept.
    Done,
    /// A key that was checked has another value.
    Conflict,
    /// The store would hold more than it may.
    Full,
}

impl Kept {
    /// Begins a call.
    pub fn begin(&mut self) {
        self.call = Some(Drafts::default());
    }

    /// Ends it, and gives what it wrote; nothing if none runs.
    pub fn end(&mut self) -> Drafts {
        self.call.take().unwrap_or_default()
    }

    /// Keeps what a call wrote, or nothing of it.
    pub fn commit(&mut self, drafts: Drafts) -> Commit {
        let holds = |(key, expected): &(String, Option<Vec<u8>>)| self.committed.get(key) == expected.as_ref();
        if !drafts.checks.iter().all(holds) {
            return Commit::Conflict;
        }
        let mut next = self.committed.clone();
        for (key, draft) in drafts.writes {
            match draft {
                Some(value) => next.insert(key, value),
                None => next.remove(&key),
            };
        }
        if next
            .iter()
            .map(|(key, value)| key.len() + value.len() + ROW)
            .sum::<usize>()
            > WHOLE
        {
            return Commit::Full;
        }
        self.committed = next;
        Commit::Done
    }

    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let draft = self.call.as_ref().and_then(|call| call.writes.get(key));
        draft.map_or_else(|| self.committed.get(key).cloned(), Clone::clone)
    }

    fn charge(&mut self, bytes: usize) -> Result<(), Failure> {
        let Some(call) = &mut self.call else { return Ok(()) };
        call.written = call.written.saturating_add(bytes + ROW);
        if call.written <= WRITTEN {
            Ok(())
        } else {
            Err(Failure::Full)
        }
    }

    fn put(&mut self, key: &str, value: Option<Vec<u8>>) {
        match (&mut self.call, value) {
            (Some(call), value) => {
                call.writes.insert(key.to_owned(), value);
            }
            (None, Some(value)) => {
                self.committed.insert(key.to_owned(), value);
            }
            (None, None) => {
                self.committed.remove(key);
            }
        }
    }

    fn keys(&self, prefix: &str) -> BTreeSet<String> {
        let drafts = self.call.iter().flat_map(|call| call.writes.keys());
        let all = self.committed.keys().chain(drafts);
        all.filter(|key| key.starts_with(prefix) && self.get(key).is_some())
            .cloned()
            .collect()
    }
}

/// The functions that `crate::store` calls.
pub fn get(key: &str) -> Option<Vec<u8>> {
    here(|house| house.kept.get(key))
}

pub fn set(key: &str, value: &[u8]) -> Result<(), Failure> {
    if key.len() > KEY || value.len() > VALUE {
        return Err(Failure::TooLarge);
    }
    here(|house| {
        house.kept.charge(key.len() + value.len())?;
        house.kept.put(key, Some(value.to_vec()));
        Ok(())
    })
}

pub fn delete(key: &str) {
    let charged = here(|house| house.kept.charge(key.len()));
    assert!(
        charged.is_ok(),
        "more is written in this call than a call may: the host traps"
    );
    here(|house| house.kept.put(key, None));
}

pub fn check(key: &str, expected: Option<&[u8]>) {
    let charged = here(|house| house.kept.charge(key.len() + expected.map_or(0, <[u8]>::len)));
    assert!(
        charged.is_ok(),
        "more is checked in this call than a call may write: the host traps"
    );
    here(|house| {
        if let Some(call) = &mut house.kept.call {
            call.checks.push((key.to_owned(), expected.map(<[u8]>::to_vec)));
        }
    });
}

pub fn keys(prefix: &str) -> Vec<String> {
    here(|house| house.kept.keys(prefix)).into_iter().collect()
}
