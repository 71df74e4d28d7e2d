//! What became wider and who was not told of it yet: kept until each of them was, so that neither a restart nor a platform
//! that is down makes a change silent. Pure: it is given moments and says what is to be told.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::approvers::Approvers;
use super::snapshot::{Snapshot, diff};
use crate::access::Account;
use crate::limits;
use crate::model::UnixMillis;

/// The last moment that was looked at, and what is owed since.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    last: Option<Snapshot>,
    /// How many lines there ever were: the number of the next one.
    next: u64,
    /// The last of them, the newest at the end.
    lines: VecDeque<String>,
    /// The first line that the session was not told.
    session: u64,
    /// The same for approvers, by network and id. Who is not here was told all.
    approvers: BTreeMap<String, BTreeMap<String, u64>>,
}

/// What somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Sentences of ours, with names from the operator's files in them, each on one line.
    pub lines: Vec<String>,
    /// How many came before these and were not kept.
    pub lost: u64,
    /// The number after the last one.
    pub upto: u64,
}

impl Told {
    /// The name of the journal's document that keeps it.
    pub const DOCUMENT: &'static str = "told";

    /// Looks at a moment. What is wider than at the last one is owed to the session, and to everybody who could approve then
    /// or within a day before; the first moment ever is silent. Gives how many lines came.
    pub fn look(&mut self, now: Snapshot, approvers: &Approvers, time: UnixMillis) -> usize {
        let Some(last) = self.last.replace(now) else {
            return 0;
        };
        let Some(lines) = self.last.as_ref().map(|now| diff(&last, now)) else {
            return 0;
        };
        if lines.is_empty() {
            return 0;
        }
        let mut judges = last.counting(approvers, time);
        judges.extend(approvers.gone(time));
        for account in judges {
            let ids = self.approvers.entry(account.network).or_default();
            ids.entry(account.id).or_insert(self.next);
        }
        self.bound_approvers();
        let count = lines.len();
        for line in lines {
            self.lines.push_back(line);
            self.next += 1;
        }
        while self.lines.len() > limits::TOLD_LINES {
            self.lines.pop_front();
        }
        count
    }

    /// Whoever has waited longest could not be reached for longest.
    fn bound_approvers(&mut self) {
        while self.approvers.values().map(BTreeMap::len).sum::<usize>() > 2 * limits::APPROVERS {
            let all = self.approvers.iter();
            let each = all.flat_map(|(network, ids)| ids.iter().map(move |(id, from)| (*from, network, id)));
            let Some((_, network, id)) = each.min() else { return };
            let (network, id) = (network.clone(), id.clone());
            self.remove(&Account { network, id });
        }
    }

    fn remove(&mut self, account: &Account) {
        if let Some(ids) = self.approvers.get_mut(&account.network) {
            ids.remove(&account.id);
        }
        self.approvers.retain(|_, ids| !ids.is_empty());
    }

    /// What the session is to be told, if anything.
    pub fn to_session(&self) -> Option<News> {
        self.since(self.session)
    }

    /// The session was told.
    pub fn told_session(&mut self, upto: u64) {
        self.session = upto.max(self.session);
    }

    /// What approvers are to be told, and who.
    pub fn to_approvers(&self) -> Vec<(Account, News)> {
        let all = self.approvers.iter().flat_map(|(network, ids)| {
            ids.iter().filter_map(move |(id, from)| {
                let (network, id) = (network.clone(), id.clone());
                Some((Account { network, id }, self.since(*from)?))
            })
        });
        all.collect()
    }

    /// He was told up to there.
    pub fn told(&mut self, account: &Account, upto: u64) {
        if upto >= self.next {
            return self.remove(account);
        }
        let ids = self.approvers.get_mut(&account.network);
        if let Some(from) = ids.and_then(|ids| ids.get_mut(&account.id)) {
            *from = upto.max(*from);
        }
    }

    fn since(&self, from: u64) -> Option<News> {
        let owed = self.next.saturating_sub(from);
        let kept = owed.min(self.lines.len() as u64);
        let skipped = self
            .lines
            .len()
            .saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX));
        (owed > 0).then(|| News {
            lines: self.lines.iter().skip(skipped).cloned().collect(),
            lost: owed - kept,
            upto: self.next,
        })
    }
}
