//! Since when an account that may approve counts. A name in a file is not enough: whoever can write the file would approve
//! in the same minute. An account that is new there waits, so that those who could approve before hear of it and can say no.
//!
//! ```text
//!  on the list ──► Waiting ──(ten minutes)───────────────► counts
//!                     │ └────(a button of an approver's)──► Confirmed, counts
//!                     │
//!                     └──────("not me", also later)───────► Refused ──(at a terminal)──► Confirmed
//! ```
//!
//! Who counted and is off the list is remembered for a day: he hears what changes, and his "not me" is taken, because it only
//! narrows. So nobody silences those who would object by emptying the list for a moment. Back within a minute he counts at
//! once, as before: an editor that deletes a file and writes it anew makes nobody wait. Back later he waits like anybody: a
//! name that was taken off on purpose must not count the moment it is written again.

mod begun;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Account;
use crate::limits;
use crate::model::{ChannelName, Digest, UnixMillis};
use begun::Begun;

/// The accounts that were seen with the role `approve`, and the buttons by which approvers judge new ones. That an account
/// counts says nothing of the list: who is no approver there now is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    #[serde(deserialize_with = "Begun::read")]
    begun: Begun,
    /// By network and id.
    accounts: BTreeMap<String, BTreeMap<String, Standing>>,
    /// Who counted and went off the list, and when, by network and id: also when back, until he counts again.
    gone: BTreeMap<String, BTreeMap<String, Gone>>,
    /// The oldest first.
    offers: Vec<(Digest, Offer)>,
}

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It counts when it has waited long enough.
    Waiting {
        /// When it was first seen; after a clock went back, when it was seen again.
        since: UnixMillis,
        /// When it was first seen, by a clock that went back since: once that moment comes again, the time counts from it.
        #[serde(default)]
        ahead: Option<UnixMillis>,
    },
    /// It counts.
    Confirmed(Confirmed),
    /// It does not count, however long it waits.
    Refused {
        /// Since when.
        since: UnixMillis,
    },
}

/// An account that counted, and is off the list or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    since: UnixMillis,
    /// How it stood.
    stood: Standing,
}

/// By whom an account was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confirmed {
    /// By nobody: it stood there when the list was first looked at.
    First,
    /// By somebody at a terminal.
    Terminal,
    /// By an approver who pressed a button: his name.
    Approver(String),
}

/// What a button says of a new approver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// He is one of us.
    Confirm,
    /// Nobody of us added him.
    NotMe,
}

/// A button below an announcement: whose it is, where it was shown, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The account that it was shown to.
    pub to: Account,
    /// By which channel.
    pub channel: ChannelName,
    /// In which conversation: the digest of its id, which may be long.
    pub conversation: Digest,
    /// The account that it is about.
    pub about: Account,
    /// What a press says.
    pub word: Word,
}

/// What a press of such a button came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// It was another's, or the one who pressed may not judge.
    NotYours,
    /// It is decided already, or there is nothing to be decided any more.
    Over,
    /// The account counts now.
    Confirmed(Account),
    /// The account does not count.
    Refused(Account),
}

impl Standing {
    /// Whether an account that stands so counts.
    pub fn counts(&self, now: UnixMillis) -> bool {
        match self {
            Self::Confirmed(_) => true,
            Self::Refused { .. } => false,
            Self::Waiting { since, ahead } => {
                let from = ahead.filter(|ahead| now >= *ahead).unwrap_or(*since);
                now.since(from) >= limits::APPROVER_WAIT
            }
        }
    }
}

impl Approvers {
    /// The name of the journal's document that keeps them.
    pub const DOCUMENT: &'static str = "approvers";

    /// Takes note of who may approve by the list now. Who is new waits; who is gone is forgotten, and waits again if he
    /// comes back, unless he was refused, which stays, or counted a minute ago. If there are too many, those who counted
    /// come first and those who wait already next, so that no crowd takes their places. At a first look that nobody began
    /// everybody waits: whoever can take the journal away must not let himself in by that.
    pub fn observe(&mut self, approvers: &BTreeSet<Account>, now: UnixMillis) {
        let mut ranked: Vec<&Account> = approvers.iter().collect();
        ranked.sort_by_cached_key(|account| self.rank(account, now));
        let listed: BTreeSet<&Account> = ranked.into_iter().take(limits::APPROVERS).collect();
        self.note_gone(&listed, now);
        self.forget_all_but(&listed);
        for account in listed {
            let fresh = match self.back(account, now) {
                Some(stood) => stood,
                None if self.begun == Begun::Fresh => Standing::Confirmed(Confirmed::First),
                None => Standing::Waiting {
                    since: now,
                    ahead: None,
                },
            };
            let ids = self.accounts.entry(account.network.clone()).or_default();
            let standing = ids.entry(account.id.clone()).or_insert(fresh);
            // A clock that was ahead when the account was first seen must not keep it waiting for years; and one that is
            // set back for a moment and then right again must not make it count sooner.
            if let Standing::Waiting { since, ahead } = standing {
                if now < *since {
                    *ahead = (*ahead).max(Some(*since));
                    *since = now;
                } else if let Some(first) = ahead.take_if(|first| now >= *first) {
                    *since = first;
                }
            }
        }
        self.begun = self.begun.looked_at();
    }

    /// The lower, the sooner an account gets a place.
    fn rank(&self, account: &Account, now: UnixMillis) -> u8 {
        match self.standing(account) {
            _ if self.may_object(account, now) => 0,
            Some(Standing::Waiting { .. } | Standing::Confirmed(_)) => 1,
            None => 2,
            Some(Standing::Refused { .. }) => 3,
        }
    }

    /// How somebody stands who is back so soon that he never was away.
    fn back(&self, account: &Account, now: UnixMillis) -> Option<Standing> {
        let gone = self.gone.get(&account.network)?.get(&account.id)?;
        (now.since(gone.since) < limits::APPROVER_BACK).then(|| gone.stood.clone())
    }

    /// Remembers who counts and is off the list, and forgets who counts again, was refused, or is away for a day.
    fn note_gone(&mut self, listed: &BTreeSet<&Account>, now: UnixMillis) {
        for account in self.counting(now) {
            let Some(stood) = self.standing(&account).cloned() else {
                continue;
            };
            let ids = self.gone.entry(account.network.clone()).or_default();
            if listed.contains(&account) {
                ids.remove(&account.id);
            } else {
                ids.insert(account.id, Gone { since: now, stood });
            }
        }
        for ids in self.gone.values_mut() {
            // A clock that was ahead must not keep them for years.
            ids.values_mut().for_each(|gone| gone.since = gone.since.min(now));
            ids.retain(|_, gone| now.since(gone.since) < limits::APPROVER_HEARD_AFTER);
        }
        let all = self.gone.iter();
        let each = all.flat_map(|(network, ids)| ids.iter().map(move |(id, gone)| (gone.since, network, id)));
        let mut oldest: Vec<_> = each
            .map(|(since, network, id)| (since, network.clone(), id.clone()))
            .collect();
        oldest.sort();
        let many = oldest.len().saturating_sub(limits::APPROVERS);
        for (_, network, id) in oldest.drain(..many) {
            self.gone.get_mut(&network).and_then(|ids| ids.remove(&id));
        }
        self.gone.retain(|_, ids| !ids.is_empty());
    }

    fn counting(&self, now: UnixMillis) -> Vec<Account> {
        let all = self.accounts.iter().flat_map(|(network, ids)| {
            let counts = ids.iter().filter(|(_, standing)| standing.counts(now));
            counts.map(move |(id, _)| {
                let (network, id) = (network.clone(), id.clone());
                Account { network, id }
            })
        });
        all.collect()
    }

    /// Who counted, does not now, and still hears what changes.
    pub fn gone(&self, now: UnixMillis) -> Vec<Account> {
        let all = self.gone.iter().flat_map(|(network, ids)| {
            ids.keys().map(move |id| {
                let (network, id) = (network.clone(), id.clone());
                Account { network, id }
            })
        });
        all.filter(|account| self.may_object(account, now) && !self.counts(account, now))
            .collect()
    }

    /// Whether a "not me" of this account is taken: that of who counts, or counted within a day and was not refused.
    pub fn may_object(&self, account: &Account, now: UnixMillis) -> bool {
        let gone = self.gone.get(&account.network).and_then(|ids| ids.get(&account.id));
        let lately = gone.is_some_and(|gone| now.since(gone.since) < limits::APPROVER_HEARD_AFTER);
        let refused = matches!(self.standing(account), Some(Standing::Refused { .. }));
        self.counts(account, now) || (lately && !refused)
    }

    fn forget_all_but(&mut self, listed: &BTreeSet<&Account>) {
        let is_listed = |network: &String, id: &String| {
            let (network, id) = (network.clone(), id.clone());
            listed.contains(&Account { network, id })
        };
        let mut refused = Vec::new();
        for (network, ids) in &mut self.accounts {
            ids.retain(|id, standing| {
                let listed = is_listed(network, id);
                if let (false, Standing::Refused { since }) = (listed, &*standing) {
                    refused.push((*since, network.clone(), id.clone()));
                }
                listed || matches!(standing, Standing::Refused { .. })
            });
        }
        refused.sort();
        let many = refused.len().saturating_sub(limits::APPROVERS);
        for (_, network, id) in refused.drain(..many) {
            self.accounts.get_mut(&network).and_then(|ids| ids.remove(&id));
        }
        self.accounts.retain(|_, ids| !ids.is_empty());
    }

    /// Whether a verdict of this account counts now, if it may approve at all. One that was never seen does not.
    pub fn counts(&self, account: &Account, now: UnixMillis) -> bool {
        self.standing(account).is_some_and(|standing| standing.counts(now))
    }

    /// Whether an account that stands on the list now would have to wait before it counts.
    pub fn must_wait(&self, account: &Account, now: UnixMillis) -> bool {
        self.begun != Begun::Fresh && !self.counts(account, now)
    }

    /// How the account stands, if it was seen.
    pub fn standing(&self, account: &Account) -> Option<&Standing> {
        self.accounts.get(&account.network)?.get(&account.id)
    }

    /// The accounts that wait and do not count yet, with when they will.
    pub fn waiting(&self, now: UnixMillis) -> Vec<(Account, UnixMillis)> {
        let all = self.accounts.iter().flat_map(|(network, ids)| {
            ids.iter().filter_map(move |(id, standing)| match standing {
                Standing::Waiting { since, .. } if !standing.counts(now) => {
                    let (network, id) = (network.clone(), id.clone());
                    Some((Account { network, id }, since.after(limits::APPROVER_WAIT)))
                }
                _ => None,
            })
        });
        all.collect()
    }

    /// Somebody at a terminal says that this account is to count: also one that was refused.
    ///
    /// # Authority
    /// Whoever calls this makes an approver count. Only a verb that a person typed at a terminal leads here.
    pub fn confirm(&mut self, account: &Account) {
        self.set(account, Standing::Confirmed(Confirmed::Terminal));
    }

    fn set(&mut self, account: &Account, standing: Standing) {
        let ids = self.accounts.entry(account.network.clone()).or_default();
        ids.insert(account.id.clone(), standing);
    }

    /// Remembers a button that is about to be shown, by its token's digest. Those that could change nothing any more go.
    pub fn offer(&mut self, token: &str, offer: Offer) {
        let mut offers = std::mem::take(&mut self.offers);
        offers.retain(|(_, offer)| self.changes(offer));
        self.offers = offers;
        self.offers.push((Digest::of(token.as_bytes()), offer));
        let many = self.offers.len().saturating_sub(limits::CONFIRMATIONS);
        self.offers.drain(..many);
    }

    /// Whether a token is of a button here.
    pub fn has_offered(&self, token: &str) -> bool {
        let token = Digest::of(token.as_bytes());
        self.offers.iter().any(|(known, _)| *known == token)
    }

    /// Judges a press, and does what it says. `None`: the token is of no button here. `name`: who presses, if he may
    /// approve by the list; whether he counts is judged here. Who counted within a day may still say "not me". A button is
    /// good for one press.
    pub fn press(
        &mut self,
        token: &str,
        (by, name): (&Account, Option<&str>),
        (channel, conversation): (&ChannelName, &str),
        now: UnixMillis,
    ) -> Option<Pressed> {
        let token = Digest::of(token.as_bytes());
        let (_, offer) = self.offers.iter().find(|(known, _)| *known == token)?;
        let offer = offer.clone();
        let here = offer.channel == *channel && offer.conversation == Digest::of(conversation.as_bytes());
        let is_his = offer.to == *by && here;
        let may = match offer.word {
            Word::Confirm => name.is_some() && self.counts(by, now),
            Word::NotMe => self.may_object(by, now),
        };
        if !(is_his && may) {
            return Some(Pressed::NotYours);
        }
        self.offers
            .retain(|(_, other)| !(other.to == offer.to && other.about == offer.about));
        Some(self.decide(offer, name.unwrap_or_default(), now))
    }

    /// Whether a press may still come to something: as in `decide`.
    fn changes(&self, offer: &Offer) -> bool {
        match self.standing(&offer.about) {
            Some(Standing::Waiting { .. }) => true,
            Some(Standing::Confirmed(Confirmed::Approver(_))) => offer.word == Word::NotMe,
            _ => false,
        }
    }

    fn decide(&mut self, offer: Offer, name: &str, now: UnixMillis) -> Pressed {
        match (offer.word, self.standing(&offer.about)) {
            (Word::Confirm, Some(Standing::Waiting { .. })) => {
                self.set(&offer.about, Standing::Confirmed(Confirmed::Approver(name.to_owned())));
                Pressed::Confirmed(offer.about)
            }
            // Who does not know of him is believed rather than who does, but for somebody at a terminal.
            (Word::NotMe, Some(Standing::Waiting { .. } | Standing::Confirmed(Confirmed::Approver(_)))) => {
                self.set(&offer.about, Standing::Refused { since: now });
                Pressed::Refused(offer.about)
            }
            _ => Pressed::Over,
        }
    }
}
