//! What a test may tell the guest, as JSON, and the inbound that it becomes.

use lockgate_sdk::{Author, Conversation, Message, Outcome, Press, Sender};
use serde::Deserialize;

/// A posted body. Other keys are ignored: a number makes a body new, so that it is no replay.
#[derive(Deserialize)]
pub struct Posted {
    /// One after the other.
    pub items: Vec<Told>,
}

/// One thing to do.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Told {
    /// Answer with the record.
    #[serde(rename = "?sent")]
    Sent,
    /// Let a call of the sink fail from now on.
    Fail { call: String, words: String },
    /// Somebody says something.
    Message(Said),
    /// Somebody changes what he said.
    Edited(Said),
    /// Somebody presses a button.
    Press(Pressed),
}

#[derive(Deserialize)]
pub struct Said {
    id: String,
    #[serde(default)]
    revision: String,
    /// Without one a service speaks.
    sender: Option<Person>,
    conversation: Room,
    text: String,
    #[serde(default)]
    mentions_me: bool,
    in_reply_to: Option<String>,
    quote: Option<Quoted>,
}

#[derive(Deserialize)]
pub struct Pressed {
    id: String,
    token: String,
    handle: Option<String>,
    sender: Person,
    conversation: Room,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    name: Option<String>,
    #[serde(default)]
    bot: bool,
}

#[derive(Deserialize)]
struct Room {
    id: String,
    thread: Option<String>,
    scope: Scope,
    title: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Direct,
    Group,
}

#[derive(Deserialize)]
struct Quoted {
    author: Option<Person>,
    text: String,
}

impl Said {
    /// The message as the contract has it.
    pub fn message(self) -> Message {
        let conversation = self.conversation.conversation();
        let mut message = match self.sender {
            Some(sender) => Message::person(sender.sender(), conversation, self.text),
            None => {
                let mut message = Message::service("crowd", self.text);
                message.conversation = conversation;
                message
            }
        };
        if let Some(quote) = self.quote {
            message = message.quote(quote.author.map(|author| Author::Person(author.sender())), quote.text);
        }
        message.in_reply_to = self.in_reply_to;
        message.mentions_me = self.mentions_me;
        message.id(self.id)
    }

    /// Adds the edit.
    pub fn edit(self, outcome: Outcome) -> Outcome {
        let revision = self.revision.clone();
        outcome.edited(self.message(), revision)
    }
}

impl Pressed {
    /// The press as the contract has it.
    pub fn press(self) -> Press {
        Press {
            token: self.token,
            id: self.id,
            handle: self.handle,
            sender: self.sender.sender(),
            conversation: self.conversation.conversation(),
        }
    }
}

impl Person {
    fn sender(self) -> Sender {
        Sender {
            id: self.id,
            name: self.name,
            bot: self.bot,
        }
    }
}

impl Room {
    fn conversation(self) -> Conversation {
        let mut conversation = match self.scope {
            Scope::Direct => Conversation::direct(self.id),
            Scope::Group => Conversation::group(self.id),
        };
        conversation.thread = self.thread;
        conversation.title = self.title;
        conversation
    }
}
