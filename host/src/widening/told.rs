//! What became wider and who was not told of it yet: kept until each of them was, so that neither a restart nor a platform
//! that is down makes a change silent. Pure: it is given moments and says what is to be told.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::approvers::Approvers;
use super::snapshot::{Change, Snapshot, Weight, changes};
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
    lines: VecDeque<Line>,
    /// The first line that the session was not told.
    session: u64,
    /// The same for approvers, by network and id. Who is not here was told all.
    approvers: BTreeMap<String, BTreeMap<String, u64>>,
}

/// One of them, and its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    number: u64,
    change: Change,
}

/// Whether news may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody may approve: those who would object have ten minutes.
    Approvers,
    /// Nobody counts by it.
    Rest,
}

/// What somebody is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Sentences of ours, with names from the operator's files in them, each on one line.
    pub lines: Vec<String>,
    /// Whether it may wait.
    pub urgency: Urgency,
    /// How many were not kept, or are said by a later one of these.
    pub lost: u64,
    /// The number after the last one.
    pub upto: u64,
}

impl Told {
    /// The name of the journal's document that keeps it.
    pub const DOCUMENT: &'static str = "told";

    /// Looks at a moment. What is wider than at the last one is owed to the session, and to everybody who could approve then
    /// or within a day before; the first moment ever is silent, unless it is the first only because what was known is lost:
    /// then everything is told as new, also to those who wait. Gives how many lines came.
    pub fn look(&mut self, now: Snapshot, approvers: &Approvers, time: UnixMillis) -> usize {
        let last = self.last.replace(now);
        let lost = last.is_none() && approvers.is_forgotten();
        let Some(last) = last.or_else(|| lost.then(Snapshot::empty)) else {
            return 0;
        };
        let Some(lines) = self.last.as_ref().map(|now| changes(&last, now)) else {
            return 0;
        };
        if lines.is_empty() {
            return 0;
        }
        let mut judges = last.counting(approvers, time);
        judges.extend(approvers.gone(time));
        if lost {
            judges.extend(approvers.waiting(time).into_iter().map(|(account, _)| account));
        }
        for account in judges {
            let ids = self.approvers.entry(account.network).or_default();
            ids.entry(account.id).or_insert(self.next);
        }
        self.bound_approvers();
        let count = lines.len();
        for change in lines {
            if change.about.is_some() {
                self.lines.retain(|line| line.change.about != change.about);
            }
            let number = self.next;
            self.lines.push_back(Line { number, change });
            self.next += 1;
        }
        self.bound_lines();
        count
    }

    /// The gravest stay, however many others come: of who may approve there is one line for each, and no more than may be.
    fn bound_lines(&mut self) {
        for (weight, most) in [
            (Weight::Rest, limits::TOLD_LINES),
            (Weight::Left, limits::TOLD_LEFT),
            (Weight::Judge, limits::APPROVERS),
        ] {
            let of_weight = |line: &&Line| line.change.weight == weight;
            let mut many = self.lines.iter().filter(of_weight).count().saturating_sub(most);
            self.lines.retain(|line| {
                let goes = line.change.weight == weight && many > 0;
                many -= usize::from(goes);
                !goes
            });
        }
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
        let mut kept: Vec<&Line> = self.lines.iter().filter(|line| line.number >= from).collect();
        kept.sort_by_key(|line| std::cmp::Reverse(line.change.weight));
        let is_urgent = kept.iter().any(|line| line.change.weight == Weight::Judge);
        (owed > 0).then(|| News {
            urgency: if is_urgent { Urgency::Approvers } else { Urgency::Rest },
            lost: owed.saturating_sub(kept.len() as u64),
            lines: kept.into_iter().map(|line| line.change.line.clone()).collect(),
            upto: self.next,
        })
    }
}
