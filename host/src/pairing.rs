//! The host's answers to strangers: a code to give to the operator, a word when an invitation was taken. It decides nothing
//! by itself, repeats nothing of what a stranger wrote or is called, and edits the list only for an invitation that the
//! operator made.

pub mod greetings;
mod redeem;

use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::access::pairing::{Answer, Code, Desk, Door, Invite, redemption};
use crate::access::{Account, DirectPolicy};
use crate::book::Book;
use crate::channel::{Channel, Waiting};
use crate::herald::Herald;
use crate::journal::{Journal, JournalError};
use crate::limits;
use crate::model::{Approach, ChannelName, Place, UnixMillis};
use crate::paths::Home;
use crate::supervisor::Roster;
use crate::voice;
use greetings::Left;

/// All that it takes to answer strangers.
#[derive(Clone)]
pub struct Reception {
    /// Whose list an invitation changes.
    pub home: Home,
    /// Who is on it.
    pub book: Arc<Book>,
    /// Where the codes stand.
    pub journal: Journal,
    /// What runs.
    pub roster: watch::Receiver<Arc<Roster>>,
    /// The way to the session.
    pub herald: Herald,
    /// Somebody is to be told that he is on the list.
    pub greet: Arc<Notify>,
}

/// A code that nobody can guess.
///
/// # Errors
/// The system gives no random bytes.
pub fn fresh_code() -> Result<Code, ring::error::Unspecified> {
    let mut random = [0; 7];
    SystemRandom::new().fill(&mut random)?;
    Ok(Code::of(random))
}

/// Answers strangers until the future is dropped. What each of them gets is decided in turn; what takes its time, a call of
/// a channel or a change of the list, is done beside.
pub async fn run(reception: Reception, mut strangers: Waiting<Approach>) {
    let listen = async {
        let mut answering = JoinSet::new();
        while let Some((name, approach)) = strangers.recv().await {
            while answering.try_join_next().is_some() {}
            let channel = reception.running(&name);
            let Some((channel, answer)) = (match channel {
                Some(channel) => reception.decide(channel, approach).await,
                None => None,
            }) else {
                continue;
            };
            if answering.len() < limits::STRANGERS_ANSWERED_AT_ONCE {
                let reception = reception.clone();
                answering.spawn(async move { reception.act(&channel, answer).await });
            } else {
                channel.count("stranger-unanswered");
            }
        }
    };
    tokio::join!(listen, reception.keep_greeting());
}

/// What somebody is told who is on the list and sends an invitation, whatever its code is worth.
const NOT_YOURS: &str = "This looks like an invitation. You are on the list already, so it is not for you, and it was not \
    used. Who was invited has to send it himself.";

/// Whether what somebody writes may use up an invitation.
enum Redeems {
    /// It may; or it is none.
    Yes,
    /// He is on the list.
    Listed,
    /// The list can't be read.
    NoList,
}

/// What is to be done for a stranger.
enum Deed {
    /// Something is said to him.
    Say(String),
    /// He is put on the list.
    Redeem(Account, Box<Invite>),
}

impl Reception {
    fn running(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        let roster = self.roster.borrow();
        roster.channels.get(name)?.running().cloned()
    }

    /// What he gets, and where; nothing is counted.
    async fn decide(&self, channel: Arc<Channel>, approach: Approach) -> Option<(Arc<Channel>, (Place, Deed))> {
        let network = channel.grant().policy().network.clone()?;
        let place = Place {
            conversation: approach.conversation.id.clone(),
            thread: approach.conversation.thread.clone(),
        };
        let id = approach.sender.id.clone();
        match self.may_redeem(&network, &approach) {
            Redeems::Yes => {}
            Redeems::Listed => return Some((channel, (place, Deed::Say(NOT_YOURS.to_owned())))),
            Redeems::NoList => {
                channel.count("invite-no-list");
                return None;
            }
        }
        let deed = match self.ask(&channel, network.clone(), approach).await {
            Ok(Answer::Code(code)) => Deed::Say(first_words(&code)),
            Ok(Answer::StillPending(code)) => Deed::Say(again(&code)),
            Ok(Answer::Redeemed(invite)) => Deed::Redeem(Account { network, id }, Box::new(invite)),
            Ok(Answer::Silent(silence)) => {
                channel.count(silence.as_str());
                return None;
            }
            Err(reason) => {
                channel.count(reason);
                return None;
            }
        };
        Some((channel, (place, deed)))
    }

    /// An invitation is looked at only where it could be followed: it is good once, and would be used up for nothing.
    fn may_redeem(&self, network: &str, approach: &Approach) -> Redeems {
        if redemption(&approach.text).is_none() {
            return Redeems::Yes;
        }
        match self.book.readable() {
            None => Redeems::NoList,
            Some(list) if list.owner(network, &approach.sender.id).is_some() => Redeems::Listed,
            Some(_) => Redeems::Yes,
        }
    }

    async fn act(&self, channel: &Channel, (place, deed): (Place, Deed)) {
        match deed {
            Deed::Say(text) => self.say(channel, &place, &text).await,
            Deed::Redeem(account, invite) => self.redeem(channel, &place, account, *invite).await,
        }
    }

    /// What the desk says to it. The error is the counter's name.
    async fn ask(&self, channel: &Channel, network: String, approach: Approach) -> Result<Answer, &'static str> {
        let grant = channel.grant();
        // Nobody gets a code who can't be told it.
        let direct = match grant.policy().direct {
            DirectPolicy::Pairing if grant.sink().is_none() => DirectPolicy::Allowlist,
            direct => direct,
        };
        let code = fresh_code().map_err(|_| "no-random")?;
        let (name, now) = (channel.context().name.clone(), UnixMillis::now());
        let work = move |desk: &mut Desk| {
            let door = Door {
                channel: &name,
                network: &network,
                direct,
            };
            desk.approach(door, &approach, code, now)
        };
        let asked = self.journal.revise(Desk::DOCUMENT, work).await;
        asked.map_err(|error| unreadable(&error))
    }

    /// Says it once, whatever comes of it: a stranger's messages must not make us try for ever.
    async fn say(&self, channel: &Channel, place: &Place, text: &str) {
        if let Err(error) = voice::say(channel, place, text, Vec::new()).await {
            channel.count("stranger-unanswered");
            tracing::warn!(channel = %channel.context().name, %error, "a stranger got no answer");
        }
    }

    /// Tells people that they are on the list, when it is noted that they are to be told.
    async fn keep_greeting(&self) {
        let mut roster = self.roster.clone();
        loop {
            match self.greet_now().await {
                Ok(Left::Nothing) => self.greet.notified().await,
                // Its channel does not run yet.
                Ok(Left::Some) | Err(_) => tokio::select! {
                    () = self.greet.notified() => {}
                    changed = roster.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(limits::GREETED_EVERY) => {}
                },
            }
        }
    }

    async fn greet_now(&self) -> Result<Left, JournalError> {
        let snapshot = Arc::clone(&self.roster.borrow());
        let ready = Arc::clone(&snapshot);
        let ready = move |name: &str| callable(&ready, name).is_some();
        let taken = greetings::take(&self.journal, ready, UnixMillis::now()).await;
        let (greetings, left) = taken.inspect_err(|error| {
            unreadable(error);
        })?;
        for greeting in greetings {
            if let Some(channel) = callable(&snapshot, greeting.channel()) {
                self.say(channel, &greeting.place(), &greeting.text()).await;
            }
        }
        Ok(left)
    }
}

fn callable<'a>(roster: &'a Roster, name: &str) -> Option<&'a Arc<Channel>> {
    let mut channels = roster.channels.iter();
    let (_, entry) = channels.find(|(found, _)| found.as_str() == name)?;
    entry.callable()
}

fn unreadable(error: &JournalError) -> &'static str {
    tracing::error!(%error, "codes and invitations can't be read, so nobody is let in");
    "pairing-unreadable"
}

fn first_words(code: &Code) -> String {
    format!(
        "Your code is {code}. Give it to the owner of this bot, who types: lockgate access pair {code} --as NAME. It is good \
         for one hour. What you have written so far was not read."
    )
}

fn again(code: &Code) -> String {
    format!("Your code {code} still waits for the owner of this bot, who types: lockgate access pair {code} --as NAME.")
}
