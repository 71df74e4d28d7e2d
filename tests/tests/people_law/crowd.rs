//! Who is there, and what they may try: as values, and as the inbound that a channel would report of it.

use lockgate::access::pairing::Code;
use lockgate::model::{Author, Behavior, Conversation, Inbound, Message, Press, Scope, Sender};

use super::world::IDS;

/// Somebody on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// May speak and approve, from the beginning.
    Ann,
    /// May approve and not speak.
    Abe,
    /// May speak.
    Ben,
    /// Nobody knows her.
    Eve,
    /// Nobody knows him either.
    Nan,
    /// A program whose account stands on the list with both roles.
    Bot,
    /// Has both roles, and is denied.
    Den,
}

impl Who {
    /// Everybody.
    pub const ALL: [Who; 7] = [Who::Ann, Who::Abe, Who::Ben, Who::Eve, Who::Nan, Who::Bot, Who::Den];

    /// His account.
    pub fn id(self) -> &'static str {
        match self {
            Who::Ann => "1",
            Who::Abe => "2",
            Who::Ben => "3",
            Who::Eve => "4",
            Who::Nan => "44",
            Who::Bot => "5",
            Who::Den => "6",
        }
    }

    fn sender(self) -> Sender {
        Sender {
            id: self.id().to_owned(),
            // Everybody calls himself as the one who may.
            name: Some("ann".to_owned()),
            bot: self == Who::Bot,
        }
    }

    /// The conversation of his own with the channel's account.
    pub fn own(self) -> String {
        format!("d-{}", self.id())
    }
}

/// Where somebody does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In his own conversation.
    Own,
    /// In what a channel that lies calls the conversation of somebody.
    Of(Who),
    /// In a group that is open to everyone.
    Open,
    /// In a group for those on the list, who have to address us.
    Team,
    /// In a group that the operator does not know.
    Ungranted,
}

impl Place {
    /// As a channel reports it.
    pub fn conversation(self, who: Who) -> Conversation {
        let (id, scope) = match self {
            Place::Own => (who.own(), Scope::Direct),
            Place::Of(other) => (other.own(), Scope::Direct),
            Place::Open => ("open".to_owned(), Scope::Group),
            Place::Team => ("team".to_owned(), Scope::Group),
            Place::Ungranted => ("elsewhere".to_owned(), Scope::Group),
        };
        Conversation {
            id,
            thread: None,
            scope,
            title: None,
        }
    }
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Says something.
    Say(Text, Edit),
    /// Presses the so-manieth button that was ever made, or one that never was.
    Press(usize),
}

/// Whether something is said anew or in the place of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Anew.
    No,
    /// In the place of something that was said.
    Yes,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// Anything.
    Chat,
    /// Anything, to us.
    Mention,
    /// An answer to this question.
    Verdict(Behavior, usize),
    /// Almost one.
    NearVerdict,
    /// What a new chat begins with.
    Start,
    /// What the invitation says that is to be sent.
    Invitation,
}

impl Text {
    fn words(self) -> String {
        match self {
            Text::Chat | Text::Mention => "hello".to_owned(),
            Text::Verdict(Behavior::Allow, id) => format!("Yes {}", IDS[id].to_uppercase()),
            Text::Verdict(Behavior::Deny, id) => format!("n {}", IDS[id]),
            Text::NearVerdict => format!("yes {} please", IDS[0]),
            Text::Start => "/start".to_owned(),
            Text::Invitation => format!("/start {}", invitation()),
        }
    }
}

/// The code of every invitation in this world.
pub fn invitation() -> Code {
    Code::of([0xff; 7])
}

impl Act {
    /// As a channel reports it.
    pub fn inbound(self, who: Who, place: Place, tokens: &[String], nth: u64) -> Inbound {
        let conversation = place.conversation(who);
        match self {
            Act::Press(token) => Inbound::Press(Press {
                token: tokens.get(token).cloned().unwrap_or_else(|| "A".repeat(22)),
                id: format!("p{nth}"),
                handle: None,
                sender: who.sender(),
                conversation,
            }),
            Act::Say(text, edit) => {
                let message = Message {
                    id: format!("m{nth}"),
                    author: Author::Person(who.sender()),
                    conversation,
                    text: text.words(),
                    mentions_me: text == Text::Mention,
                    in_reply_to: None,
                    quote: None,
                    sent_at: None,
                    attachments: Vec::new(),
                    meta: Vec::new(),
                };
                match edit {
                    Edit::No => Inbound::Message(message),
                    Edit::Yes => Inbound::Edited {
                        now: message,
                        revision: nth.to_string(),
                    },
                }
            }
        }
    }
}
