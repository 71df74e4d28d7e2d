//! From the model to a conversation: whether the session may speak there, what the channel can do, in how many parts a
//! text goes, and what of it was sent for certain. It holds no guest and no journal, and repeats nothing but what a
//! platform asked to wait for.

mod delivery;
mod parcel;
mod scope;
mod tools;
mod typing;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};

pub use scope::{Asker, Chat, Named, Scope, Way};
pub use typing::Typing;

use crate::access::DropReason;
use crate::channel::{Channel, Unfit};
use crate::files::FilesError;
use crate::limits;
use crate::manifest::SinkTraits;
use crate::mcp::{Answer, Correction, Delivered, Done, Reaction};
use crate::model::{Author, ChannelName, Conversation, Outgoing, Place};
use crate::paths::StateDir;
use crate::supervisor::Roster;
use crate::text;
use delivery::deliver;

/// What a session needs to speak: what runs, and where it was spoken to.
pub struct Outbound {
    /// What runs now.
    pub roster: Arc<Roster>,
    /// What the session was sent.
    pub scope: Scope,
    /// For the keys of what is sent.
    pub random: SystemRandom,
    /// Where files stand that may be sent.
    pub state: StateDir,
    /// The folder of the operator's files, which are never sent.
    pub config: PathBuf,
}

/// Why something was not tried.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not in this session's scope.
    #[error("this session was not sent an event of the conversation `{chat}`; chat_id stands on each event")]
    Elsewhere {
        /// What the model named.
        chat: String,
    },
    /// Two conversations have one name.
    #[error("two conversations of the channel are shown as `{chat}`, so nobody knows which is meant; tell the user")]
    Ambiguous {
        /// What the model named.
        chat: String,
    },
    /// The gate would not let him in now.
    #[error(
        "who wrote there last is not heard any more ({why}), so he gets nothing; the user can change that with `lockgate access allow`"
    )]
    NotHeard {
        /// The gate's reason.
        why: &'static str,
    },
    /// No id that was ever shown.
    #[error("there is no such message; message_id stands on each event, and in the result of each reply")]
    NoSuchMessage,
    /// The operator took it away.
    #[error("the channel {channel} does not run any more; the tool channels lists those that do")]
    Gone {
        /// Which.
        channel: ChannelName,
    },
    /// No channel that runs has it.
    #[error("unknown tool `{name}`; see tools/list")]
    NoSuchTool {
        /// As a session would call it.
        name: String,
    },
    /// Not what the tool takes.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// It takes no calls now.
    #[error("the channel {channel} takes no calls now: it is {phase}; see the tool channels, and try again later")]
    NotReady {
        /// Which.
        channel: ChannelName,
        /// What it is.
        phase: &'static str,
    },
    /// It has no such ability.
    #[error("the channel {channel} can't {what}; {instead}")]
    Unable {
        /// Which.
        channel: ChannelName,
        /// What it can't.
        what: &'static str,
        /// What to do.
        instead: &'static str,
    },
    /// Nothing to send.
    #[error("the text is empty; write something")]
    Empty,
    /// More than one call takes.
    #[error("the text has {bytes} bytes, more than {most}; send it in several replies, or as a file", most = limits::ANSWER_BYTES)]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// More parts than anybody wants to read.
    #[error("the text would go out in {parts} messages, more than {most}; shorten it, or send it as a file", most = limits::ANSWER_PARTS)]
    TooManyParts {
        /// How many.
        parts: usize,
    },
    /// A changed message is not split.
    #[error(
        "the text has {size} {unit}, and a message there takes {limit}; shorten it, or send a new message with reply"
    )]
    TooLongForOne {
        /// How many it has.
        size: usize,
        /// Of what.
        unit: &'static str,
        /// How many it may have.
        limit: usize,
    },
    /// No reaction.
    #[error("emoji must be one emoji, or a name of the platform's, of at most {most} bytes", most = limits::EMOJI_BYTES)]
    NoEmoji,
    /// More files than a message takes.
    #[error("a message there takes at most {most} files; send the others with another call")]
    TooManyFiles {
        /// How many.
        most: usize,
    },
    /// One of the files.
    #[error(transparent)]
    File(#[from] FilesError),
    /// There is nowhere to copy files to.
    #[error("files can't be copied: {0}; tell the user")]
    NoFolder(String),
    /// Not in this session's scope, or gone.
    #[error("this session was not sent such an event, or it is too old; event_id stands on each event")]
    NoSuchEvent,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes; tell the user")]
    NoRandom,
}

impl Outbound {
    /// Says something, in as many parts as the platform needs, with nothing of the same conversation between them.
    ///
    /// # Errors
    /// Nothing was sent.
    pub async fn answer(&self, answer: &Answer) -> Result<Delivered, Refusal> {
        let Reached { channel, place, .. } = &self.reach(&answer.chat)?;
        let reply_to = answer.reply_to.as_ref().map(|id| self.scope.message(&answer.chat, id));
        let reply_to = reply_to.transpose()?;
        let place = reply_to.as_ref().map_or(place, |message| &message.place);
        let sink = self.sink(channel)?;
        let parts = parts(answer, sink)?;
        let parcel = self.pack(channel, sink, &answer.files).await?;
        let (key, last) = (self.key()?, parts.len() - 1);
        let names = |nth| {
            parcel
                .as_ref()
                .filter(|_| nth == last)
                .map(|parcel| parcel.names.clone())
        };
        let letter = |(nth, text): (usize, String)| Outgoing {
            key: format!("{key}-{nth}"),
            place: place.clone(),
            text,
            format: answer.format,
            reply_to: reply_to.as_ref().filter(|_| nth == 0).map(|message| message.id.clone()),
            files: names(nth).unwrap_or_default(),
            buttons: Vec::new(),
        };
        let letters = parts.into_iter().enumerate().map(letter).collect();
        self.scope.typing().end(&channel.context().name, &place.conversation);
        let delivered = {
            let _turn = channel.turn(&place.conversation).await;
            deliver(channel, letters, parcel.as_ref().map(|parcel| &parcel.scratch)).await
        };
        self.scope.said(&answer.chat, place.thread.as_ref(), &delivered.ids);
        Ok(delivered)
    }

    /// Replaces the text of a message.
    ///
    /// # Errors
    /// It was not tried.
    pub async fn correct(&self, correction: &Correction) -> Result<Done, Refusal> {
        let Correction {
            chat,
            message,
            text,
            format,
        } = correction;
        let Reached { channel, .. } = self.reach(chat)?;
        let sink = self.sink(&channel)?;
        if !sink.edit {
            return Err(unable(&channel, "change a message", "send a new one with reply"));
        }
        let text = filled(text)?;
        let size = text.chars().map(|c| sink.text_unit.of(c)).sum();
        if size > sink.text_limit {
            let (unit, limit) = (sink.text_unit.as_str(), sink.text_limit);
            return Err(Refusal::TooLongForOne { size, unit, limit });
        }
        let Named { id, place } = self.scope.message(chat, message)?;
        let _turn = channel.turn(&place.conversation).await;
        Ok(delivery::done(&channel, channel.edit(place, &id, text, *format).await))
    }

    /// Reacts to a message.
    ///
    /// # Errors
    /// It was not tried.
    pub async fn react(&self, reaction: &Reaction) -> Result<Done, Refusal> {
        let Reaction { chat, message, emoji } = reaction;
        let Reached { channel, .. } = self.reach(chat)?;
        if !self.sink(&channel)?.react {
            return Err(unable(
                &channel,
                "react to a message",
                "answer with reply if it needs an answer",
            ));
        }
        if !is_emoji(emoji) {
            return Err(Refusal::NoEmoji);
        }
        let Named { id, place } = self.scope.message(chat, message)?;
        self.scope.typing().end(&channel.context().name, &place.conversation);
        Ok(delivery::done(&channel, channel.react(place, &id, emoji).await))
    }

    /// The channel of a conversation in which the session may speak.
    fn reach(&self, chat: &str) -> Result<Reached, Refusal> {
        let Chat {
            channel,
            place,
            author,
            conversation,
            ..
        } = self.scope.chat(chat)?;
        let channel = self.callable(&channel)?;
        heard(&channel, &author, &conversation)?;
        Ok(Reached { channel, place })
    }

    fn callable(&self, name: &ChannelName) -> Result<Arc<Channel>, Refusal> {
        let channel = || name.clone();
        let entry = self.roster.channels.get(name);
        let entry = entry.ok_or_else(|| Refusal::Gone { channel: channel() })?;
        entry.callable().cloned().ok_or_else(|| Refusal::NotReady {
            channel: channel(),
            phase: entry.phase().word(),
        })
    }

    fn sink<'c>(&self, channel: &'c Channel) -> Result<&'c SinkTraits, Refusal> {
        let cannot = || unable(channel, "answer", "tell the user what you would answer");
        channel.grant().sink().ok_or_else(cannot)
    }

    /// Unlike any other, so that a platform can tell a second try from a second message.
    fn key(&self) -> Result<String, Refusal> {
        let mut random = [0; 8];
        self.random.fill(&mut random).map_err(|_| Refusal::NoRandom)?;
        Ok(data_encoding::HEXLOWER.encode(&random))
    }
}

struct Reached {
    channel: Arc<Channel>,
    place: Place,
}

/// Only who would be heard is answered: somebody may have been taken off the list meanwhile.
fn heard(channel: &Channel, author: &Author, conversation: &Conversation) -> Result<(), Refusal> {
    let refused = |reason: DropReason| Refusal::NotHeard { why: reason.as_str() };
    channel.hears(author, conversation).map_err(refused)
}

fn unable(channel: &Channel, what: &'static str, instead: &'static str) -> Refusal {
    let channel = channel.context().name.clone();
    Refusal::Unable { channel, what, instead }
}

/// A text that says something, within the bound.
fn filled(text: &str) -> Result<&str, Refusal> {
    match text.len() {
        _ if text.trim().is_empty() => Err(Refusal::Empty),
        bytes if bytes > limits::ANSWER_BYTES => Err(Refusal::TooLong { bytes }),
        _ => Ok(text),
    }
}

/// Something that a platform may take for an emoji, within the bound.
fn is_emoji(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= limits::EMOJI_BYTES
}

/// One part at least; files can go without a text.
fn parts(answer: &Answer, sink: &SinkTraits) -> Result<Vec<String>, Refusal> {
    if answer.text.trim().is_empty() && !answer.files.is_empty() {
        return Ok(vec![String::new()]);
    }
    let unit = sink.text_unit;
    let parts = text::split(filled(&answer.text)?, sink.text_limit, |c| unit.of(c), answer.format);
    match parts.len() {
        count if count > limits::ANSWER_PARTS => Err(Refusal::TooManyParts { parts: count }),
        _ => Ok(parts),
    }
}

#[cfg(test)]
mod tests;
