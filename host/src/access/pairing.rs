//! How somebody comes onto the list: a stranger gets a code that the operator types, or the operator makes an invitation
//! that the stranger sends. A pure machine: time and random bits are arguments, and it edits no list.

mod code;
#[cfg(test)]
mod tests;
mod tries;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use code::{Code, NotACode};

use super::{Account, DirectPolicy, PersonName, Role};
use crate::limits;
use crate::model::{Approach, ChannelName, Digest, UnixMillis};
use crate::text::{self, Bound};
use tries::{Tries, within};

/// All that is open, for every channel; a document of the journal's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    /// Strangers with a code, the oldest first.
    pending: Vec<Waiting>,
    invites: Vec<Open>,
    /// When strangers of a channel were answered lately.
    answered: BTreeMap<ChannelName, Tries>,
    /// Wrong codes that were typed lately.
    typed: Tries,
    /// Wrong invitations that were sent lately, and by whom.
    sent: Vec<Guess>,
}

/// A stranger who was sent a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// His account.
    pub account: Account,
    /// The name that the platform shows, clipped. Nothing is decided by it.
    pub name: Option<String>,
    /// The channel by which he wrote.
    pub channel: ChannelName,
    /// The conversation in which he is answered.
    pub conversation: String,
    /// The thread in it.
    #[serde(default)]
    pub thread: Option<String>,
    /// When he was sent the code.
    pub since: UnixMillis,
}

/// What the operator promised to whoever sends a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Who that will be.
    pub person: PersonName,
    /// What he may do then.
    pub roles: BTreeSet<Role>,
    /// What the person could do by the list when it was made; `None`: nobody of this name was there. Where that has
    /// changed, by whatever hand, the invitation is void.
    #[serde(default)]
    pub found: Option<BTreeSet<Role>>,
    /// When it was made.
    pub since: UnixMillis,
    /// For how long it is good from then on.
    pub good: Duration,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    stranger: Pending,
    code: Code,
    replies: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    invite: Invite,
    code: Code,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Guess {
    channel: ChannelName,
    /// Of the account: its id may be long.
    by: Digest,
    at: UnixMillis,
}

/// Where a stranger wrote.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The channel.
    pub channel: &'a ChannelName,
    /// The network whose accounts it names.
    pub network: &'a str,
    /// Who may write to it directly: with [`DirectPolicy::Allowlist`] an invitation is taken, and nobody gets a code.
    pub direct: DirectPolicy,
}

/// What a stranger is told.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This code is his.
    Code(Code),
    /// He has one already, and is told it once more.
    StillPending(Code),
    /// His invitation is good, and used up now: he is to be put on the list.
    Redeemed(Invite),
    /// Nothing.
    Silent(Silence),
}

/// Why a stranger is told nothing. The names are stable: they are the names of counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Silence {
    /// He knows his code.
    Told,
    /// Many strangers write just now.
    Flood,
    /// The invitation that he sent is none, or over.
    WrongInvite,
    /// He, or everybody together, sent too many of those.
    Guesses,
    /// His account has an id that no list can hold.
    OddId,
}

impl Silence {
    /// The counter's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "pairing-told",
            Self::Flood => "pairing-flood",
            Self::WrongInvite => "invite-wrong",
            Self::Guesses => "invite-guesses",
            Self::OddId => "pairing-odd-id",
        }
    }
}

/// Why a code that the operator typed brings nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// It can't be one.
    #[error(transparent)]
    Form(#[from] NotACode),
    /// Nobody has it.
    #[error(
        "nobody waits with this code: it is wrong, used, or older than an hour; a new message to the channel brings a new one"
    )]
    Nobody,
    /// It is this person's invitation.
    #[error("this is an invitation: {0} sends it to the channel; it is not typed here")]
    Invitation(PersonName),
    /// Too many were wrong; this one was not looked at.
    #[error(
        "too many wrong codes were typed within a minute, and this one was not looked at: wait a minute, and type it again"
    )]
    Locked,
}

/// No more invitations can be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} invitations are open: `lockgate access cancel NAME` ends one", limits::INVITES)]
pub struct ManyInvites;

/// The code in a message that sends an invitation and nothing else: `/start CODE` or `pair CODE`.
pub fn redemption(text: &str) -> Option<Code> {
    let (word, code) = text.trim().split_once(char::is_whitespace)?;
    let asks = word == "/start" || word.eq_ignore_ascii_case("pair");
    code.parse().ok().filter(|_| asks)
}

impl Desk {
    /// The name of the document.
    pub const DOCUMENT: &'static str = "pairing";

    /// Somebody whom the list does not know wrote to the channel itself. `code` is fresh and was shown to nobody.
    pub fn approach(&mut self, door: Door<'_>, approach: &Approach, code: Code, now: UnixMillis) -> Answer {
        self.prune(now);
        let account = Account {
            network: door.network.to_owned(),
            id: approach.sender.id.clone(),
        };
        if !account.is_listable() {
            return Answer::Silent(Silence::OddId);
        }
        if let Some(sent) = redemption(&approach.text) {
            match self.redeem(door.channel, &account, &sent, now) {
                Ok(invite) => return Answer::Redeemed(invite),
                Err(silence) if silence == Silence::Guesses || door.direct != DirectPolicy::Pairing => {
                    return Answer::Silent(silence);
                }
                Err(_) => {}
            }
        }
        if door.direct != DirectPolicy::Pairing {
            return Answer::Silent(Silence::WrongInvite);
        }
        self.ask(door, account, approach, code, now)
    }

    fn ask(&mut self, door: Door<'_>, account: Account, approach: &Approach, code: Code, now: UnixMillis) -> Answer {
        let waiting = self
            .pending
            .iter_mut()
            .find(|waiting| waiting.stranger.account == account);
        if waiting
            .as_ref()
            .is_some_and(|waiting| waiting.replies >= limits::PAIRING_REPLIES)
        {
            return Answer::Silent(Silence::Told);
        }
        let answered = self.answered.entry(door.channel.clone()).or_default();
        if answered.count() >= limits::PAIRING_REPLIES_A_MINUTE {
            return Answer::Silent(Silence::Flood);
        }
        answered.add(now);
        if let Some(waiting) = waiting {
            waiting.replies += 1;
            return Answer::StillPending(waiting.code.clone());
        }
        if self.pending.len() >= limits::PAIRING_PENDING {
            self.evict();
        }
        let name = approach.sender.name.as_deref();
        self.pending.push(Waiting {
            stranger: Pending {
                account,
                name: name.map(|name| text::clip(name, Bound::Chars(limits::SHOWN_NAME_CHARS))),
                channel: door.channel.clone(),
                conversation: approach.conversation.id.clone(),
                thread: approach.conversation.thread.clone(),
                since: now,
            },
            code: code.clone(),
            replies: 1,
        });
        Answer::Code(code)
    }

    /// The oldest of the channel in which most wait, so that a flood in one takes nobody's code in another.
    fn evict(&mut self) {
        let waits = |channel: &ChannelName| {
            let there = self.pending.iter().filter(|one| one.stranger.channel == *channel);
            there.count()
        };
        let counts: Vec<usize> = self.pending.iter().map(|one| waits(&one.stranger.channel)).collect();
        let most = counts.iter().max();
        if let Some(at) = counts.iter().position(|count| Some(count) == most) {
            self.pending.remove(at);
        }
    }

    fn redeem(
        &mut self,
        channel: &ChannelName,
        account: &Account,
        sent: &Code,
        now: UnixMillis,
    ) -> Result<Invite, Silence> {
        let by = Digest::of(account.to_string().as_bytes());
        let his = self.sent.iter().filter(|guess| guess.by == by).count();
        // A channel may name whoever it likes: its guesses must not shut the others.
        let there = self.sent.iter().filter(|guess| guess.channel == *channel).count();
        if his >= limits::INVITE_TRIES_OF_ONE
            || there >= limits::INVITE_TRIES_IN_ONE
            || self.sent.len() >= limits::INVITE_TRIES
        {
            return Err(Silence::Guesses);
        }
        match found(self.invites.iter().map(|open| &open.code), sent) {
            Some(at) => {
                self.pending.retain(|waiting| waiting.stranger.account != *account);
                Ok(self.invites.remove(at).invite)
            }
            None => {
                let channel = channel.clone();
                self.sent.push(Guess { channel, by, at: now });
                Err(Silence::WrongInvite)
            }
        }
    }

    /// The operator typed a code: gives the stranger who has it, and who waits on until [`Desk::pair`].
    ///
    /// # Errors
    /// Nobody has it, or it was not looked at; a wrong one is counted.
    pub fn look(&mut self, typed: &str, now: UnixMillis) -> Result<Pending, NoCode> {
        let at = self.find(typed, now)?;
        Ok(self.pending[at].stranger.clone())
    }

    /// The same; and he waits no more: his code is used up.
    ///
    /// # Errors
    /// As [`Desk::look`].
    ///
    /// # Authority
    /// Whoever calls this lets somebody in.
    pub fn pair(&mut self, typed: &str, now: UnixMillis) -> Result<Pending, NoCode> {
        let at = self.find(typed, now)?;
        Ok(self.pending.remove(at).stranger)
    }

    fn find(&mut self, typed: &str, now: UnixMillis) -> Result<usize, NoCode> {
        self.prune(now);
        let typed: Code = typed.parse()?;
        if self.typed.count() >= limits::PAIRING_TRIES_A_MINUTE {
            return Err(NoCode::Locked);
        }
        found(self.pending.iter().map(|waiting| &waiting.code), &typed).ok_or_else(|| {
            self.typed.add(now);
            match found(self.invites.iter().map(|open| &open.code), &typed) {
                Some(at) => NoCode::Invitation(self.invites[at].invite.person.clone()),
                None => NoCode::Nobody,
            }
        })
    }

    /// Ends the code of an account, and says how many there were.
    pub fn forget(&mut self, account: &Account) -> usize {
        let before = self.pending.len();
        self.pending.retain(|waiting| waiting.stranger.account != *account);
        before - self.pending.len()
    }

    /// Opens an invitation: whoever sends `code`, which is fresh, becomes this person, once.
    ///
    /// # Errors
    /// Too many are open.
    ///
    /// # Authority
    /// Whoever calls this lets somebody in.
    pub fn invite(&mut self, invite: Invite, code: Code, now: UnixMillis) -> Result<(), ManyInvites> {
        self.prune(now);
        if self.invites.len() >= limits::INVITES {
            return Err(ManyInvites);
        }
        self.invites.push(Open { invite, code });
        Ok(())
    }

    /// Ends all invitations of a person, and says how many there were.
    pub fn cancel(&mut self, person: &PersonName) -> usize {
        let before = self.invites.len();
        self.invites.retain(|open| open.invite.person != *person);
        before - self.invites.len()
    }

    /// Who waits for the operator, the oldest first. Their codes are not told: each has to be said by the one who has it.
    pub fn pending(&self, now: UnixMillis) -> impl Iterator<Item = &Pending> {
        let strangers = self.pending.iter().map(|waiting| &waiting.stranger);
        strangers.filter(move |stranger| within(stranger.since, now, limits::CODE_TTL))
    }

    /// The invitations that are open, the oldest first.
    pub fn invites(&self, now: UnixMillis) -> impl Iterator<Item = &Invite> {
        let invites = self.invites.iter().map(|open| &open.invite);
        invites.filter(move |invite| within(invite.since, now, invite.good))
    }

    /// Forgets what is over.
    fn prune(&mut self, now: UnixMillis) {
        self.pending
            .retain(|waiting| within(waiting.stranger.since, now, limits::CODE_TTL));
        self.invites
            .retain(|open| within(open.invite.since, now, open.invite.good));
        self.sent.retain(|guess| within(guess.at, now, HOUR));
        self.typed.prune(now, MINUTE);
        self.answered.retain(|_, answered| {
            answered.prune(now, MINUTE);
            answered.count() > 0
        });
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Where a code is among others. All of them are compared, wherever it is found.
fn found<'a>(codes: impl Iterator<Item = &'a Code>, sought: &Code) -> Option<usize> {
    let mut at = None;
    for (nth, code) in codes.enumerate() {
        if code.is(sought) {
            at = Some(nth);
        }
    }
    at
}
