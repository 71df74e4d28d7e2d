//! What comes in from people and is not for the session: a stranger's first words, an answer to a question for permission.

use super::{Conversation, Press, Sender};

/// Something that the host itself answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Somebody who is not on the list wrote where he may ask to be; or somebody who is sent an invitation.
    Stranger(Approach),
    /// A text by which somebody answers a question for permission.
    Verdict(Typed),
    /// Somebody pressed a button.
    Press(Press),
}

/// A message to the channel's own account that the host answers: by somebody whom the list does not know, or an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approach {
    /// The platform's id of the message.
    pub message: String,
    /// Who wrote it.
    pub sender: Sender,
    /// Where: a direct conversation.
    pub conversation: Conversation,
    /// What it says; it never reaches a session.
    pub text: String,
}

/// A verdict that somebody wrote as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The platform's id of the message.
    pub message: String,
    /// Who wrote it.
    pub sender: Sender,
    /// Where.
    pub conversation: Conversation,
    /// What it comes to.
    pub verdict: TypedVerdict,
}

/// What a text of the grammar for verdicts says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedVerdict {
    /// The question's id, in lower case.
    pub request: String,
    /// What it says of it.
    pub behavior: Behavior,
}

/// What may become of a tool's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behavior {
    /// It is made, this once.
    Allow,
    /// It is not made.
    Deny,
}

impl Behavior {
    /// As the wire has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}
