//! Since when an account that may approve counts. A name in a file is not enough: whoever can write the file would approve
//! in the same minute. An account that is new there waits, so that those who could approve before hear of it and can say no.
//!
//! ```text
//!  on the list ──► Waiting ──(ten minutes)───────────────► counts
//!                     │ └────(a button of an approver's)──► Confirmed, counts
//!                     │
//!                     └──────("not me", also later)───────► Refused ──(at a terminal)──► Confirmed
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Account;
use crate::limits;
use crate::model::{ChannelName, Digest, UnixMillis};

/// The accounts that were seen with the role `approve`, and the buttons by which approvers judge new ones. That an account
/// counts says nothing of the list: who is no approver there now is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    /// Whether the list was ever looked at: whoever stood there before that counts.
    begun: bool,
    /// By network and id.
    accounts: BTreeMap<String, BTreeMap<String, Standing>>,
    /// The oldest first.
    offers: Vec<(Digest, Offer)>,
}

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It counts when it has waited long enough.
    Waiting {
        /// When it was first seen.
        since: UnixMillis,
    },
    /// It counts.
    Confirmed(Confirmed),
    /// It does not count, however long it waits.
    Refused {
        /// Since when.
        since: UnixMillis,
    },
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
            Self::Waiting { since } => now.since(*since) >= limits::APPROVER_WAIT,
        }
    }
}

impl Approvers {
    /// The name of the journal's document that keeps them.
    pub const DOCUMENT: &'static str = "approvers";

    /// Takes note of who may approve by the list now. Who is new waits; who is gone is forgotten, and waits again if he
    /// comes back, unless he was refused, which stays.
    pub fn observe(&mut self, approvers: &BTreeSet<Account>, now: UnixMillis) {
        let listed: BTreeSet<&Account> = approvers.iter().take(limits::APPROVERS).collect();
        self.forget_all_but(&listed);
        for account in listed {
            let fresh = if self.begun {
                Standing::Waiting { since: now }
            } else {
                Standing::Confirmed(Confirmed::First)
            };
            let ids = self.accounts.entry(account.network.clone()).or_default();
            let standing = ids.entry(account.id.clone()).or_insert(fresh);
            // A clock that was ahead when the account was first seen must not keep it waiting for years.
            if let Standing::Waiting { since } = standing {
                *since = now.min(*since);
            }
        }
        self.begun = true;
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
        self.begun && !self.counts(account, now)
    }

    /// How the account stands, if it was seen.
    pub fn standing(&self, account: &Account) -> Option<&Standing> {
        self.accounts.get(&account.network)?.get(&account.id)
    }

    /// The accounts that wait and do not count yet, with when they will.
    pub fn waiting(&self, now: UnixMillis) -> Vec<(Account, UnixMillis)> {
        let all = self.accounts.iter().flat_map(|(network, ids)| {
            ids.iter().filter_map(move |(id, standing)| match standing {
                Standing::Waiting { since } if !standing.counts(now) => {
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
    /// approve by the list; whether he counts is judged here. A button is good for one press.
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
        let name = name.filter(|_| {
            let here = offer.channel == *channel && offer.conversation == Digest::of(conversation.as_bytes());
            offer.to == *by && here && self.counts(by, now)
        });
        let Some(name) = name else {
            return Some(Pressed::NotYours);
        };
        self.offers
            .retain(|(_, other)| !(other.to == offer.to && other.about == offer.about));
        Some(self.decide(offer, name, now))
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
