//! How often somebody named a question that was not his: a few times are mistakes, more are guesses. Pure.

use std::collections::{BTreeMap, VecDeque};

use crate::access::Account;
use crate::limits;
use crate::model::UnixMillis;

/// The wrong answers of each account.
#[derive(Debug, Default)]
pub struct Guesses {
    accounts: BTreeMap<Account, Wrong>,
}

#[derive(Debug, Default)]
struct Wrong {
    times: VecDeque<UnixMillis>,
    muted: Option<UnixMillis>,
}

/// What a wrong answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// Its author is told.
    Heard,
    /// From now on he is not heard.
    Muted,
}

impl Guesses {
    /// Whether an account's texts are not looked at now.
    pub fn is_muted(&self, account: &Account, now: UnixMillis) -> bool {
        let wrong = self.accounts.get(account);
        wrong.is_some_and(|wrong| wrong.is_muted(now))
    }

    /// Counts one.
    pub fn count(&mut self, account: &Account, now: UnixMillis) -> Guess {
        self.accounts.retain(|_, wrong| wrong.matters(now));
        let wrong = self.accounts.entry(account.clone()).or_default();
        wrong.times.push_back(now);
        if wrong.times.len() < limits::GUESSES {
            return Guess::Heard;
        }
        wrong.times.clear();
        wrong.muted = Some(now);
        Guess::Muted
    }
}

impl Wrong {
    fn is_muted(&self, now: UnixMillis) -> bool {
        self.muted.is_some_and(|at| now.since(at) < limits::GUESSES_MUTED)
    }

    fn matters(&mut self, now: UnixMillis) -> bool {
        self.times.retain(|at| now.since(*at) < limits::GUESSES_WITHIN);
        self.is_muted(now) || !self.times.is_empty()
    }
}
