//! The contract's records and the house's words, one into the other. Nothing is judged or bounded here.

use super::bindings::{hook, words};
use super::limits;
use super::output::covered;
use crate::egress::Line;
use crate::model::{
    Attachment, Author, Content, Conversation, Effect, Frame, Inbound, Message, Outcome, Press, Quote, Scope, Sender,
    Trouble, UnixMillis,
};
use crate::text::{self, Bound};

impl From<words::Sender> for Sender {
    fn from(from: words::Sender) -> Self {
        Self {
            id: from.id,
            name: from.name,
            bot: from.bot,
        }
    }
}

impl From<words::Author> for Author {
    fn from(from: words::Author) -> Self {
        match from {
            words::Author::Person(sender) => Self::Person(sender.into()),
            words::Author::Service(name) => Self::Service(name),
        }
    }
}

impl From<words::Conversation> for Conversation {
    fn from(from: words::Conversation) -> Self {
        let scope = match from.scope {
            words::Scope::Direct => Scope::Direct,
            words::Scope::Group => Scope::Group,
        };
        Self {
            id: from.id,
            thread: from.thread,
            scope,
            title: from.title,
        }
    }
}

impl From<words::Attachment> for Attachment {
    fn from(from: words::Attachment) -> Self {
        let content = match from.content {
            words::Content::File(path) => Content::File(path),
            words::Content::Handle(handle) => Content::Handle(handle),
        };
        Self {
            name: from.name,
            mime: from.mime,
            size: from.size,
            content,
        }
    }
}

impl From<words::Quote> for Quote {
    fn from(from: words::Quote) -> Self {
        Self {
            author: from.author.map(Into::into),
            text: from.text,
        }
    }
}

impl From<words::Message> for Message {
    fn from(from: words::Message) -> Self {
        Self {
            id: from.id,
            author: from.author.into(),
            conversation: from.conversation.into(),
            text: from.text,
            mentions_me: from.mentions_me,
            in_reply_to: from.in_reply_to,
            quote: from.quote.map(Into::into),
            sent_at: from.sent_at.map(UnixMillis),
            attachments: from.attachments.into_iter().map(Into::into).collect(),
            meta: from.meta,
        }
    }
}

impl From<words::Inbound> for Inbound {
    fn from(from: words::Inbound) -> Self {
        match from {
            words::Inbound::Message(message) => Self::Message(message.into()),
            words::Inbound::Edited(edited) => Self::Edited {
                now: edited.now.into(),
                revision: edited.revision,
            },
            words::Inbound::Press(press) => Self::Press(Press {
                token: press.token,
                id: press.id,
                handle: press.handle,
                sender: press.sender.into(),
                conversation: press.conversation.into(),
            }),
            words::Inbound::Skipped(what) => Self::Skipped(what),
        }
    }
}

impl From<words::Effect> for Effect {
    fn from(from: words::Effect) -> Self {
        match from {
            words::Effect::Connect(to) => Self::Connect {
                name: to.name,
                url: to.url,
                headers: to.headers,
            },
            words::Effect::SendFrame(out) => Self::SendFrame {
                connection: out.connection,
                frame: match out.frame {
                    words::Frame::Text(text) => Frame::Text(text),
                    words::Frame::Binary(bytes) => Frame::Binary(bytes),
                },
            },
            words::Effect::Disconnect(name) => Self::Disconnect(name),
            words::Effect::Wake(wake) => Self::Wake {
                name: wake.name,
                after: wake.after,
            },
            words::Effect::Publish(publication) => Self::Publish {
                topic: publication.topic,
                text: publication.text,
            },
        }
    }
}

impl From<words::Outcome> for Outcome {
    fn from(from: words::Outcome) -> Self {
        Self {
            inbound: from.inbound.into_iter().map(Into::into).collect(),
            effects: from.effects.into_iter().map(Into::into).collect(),
        }
    }
}

/// A guest's trouble, with the channel's secrets covered in its words.
pub fn trouble(from: words::Trouble, egress: &Line) -> Trouble {
    let said = |why: String| said(&covered(egress, &why));
    match from {
        words::Trouble::Busy(wait) => Trouble::Busy(wait),
        words::Trouble::Unavailable(why) => Trouble::Unavailable(said(why)),
        words::Trouble::Unauthorized(why) => Trouble::Unauthorized(said(why)),
        words::Trouble::Conflict(why) => Trouble::Conflict(said(why)),
        words::Trouble::Rejected(why) => Trouble::Rejected(said(why)),
        words::Trouble::Malformed(why) => Trouble::Malformed(said(why)),
    }
}

/// A guest's own words as they may go into a log, a status and an error: one short line without anything invisible.
pub fn said(words: &str) -> String {
    text::terminal(&text::clip(words, Bound::Chars(limits::TROUBLE_CHARS)))
}

/// A call over HTTP, as the listener took it in and the host verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRequest {
    /// Upper case.
    pub method: String,
    /// After the channel's own prefix; begins with `/`.
    pub path: String,
    /// Without the question mark; empty if there is none.
    pub query: String,
    /// Names in lower case; values that are no UTF-8 are left out.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: HookContent,
    /// The manifest's hook rule that it fulfilled.
    pub rule: String,
}

/// Where the body of a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookContent {
    /// Here.
    Bytes(Vec<u8>),
    /// In a file of this name in the call's `/inbox`.
    File(String),
}

impl From<HookContent> for hook::Content {
    fn from(from: HookContent) -> Self {
        match from {
            HookContent::Bytes(bytes) => Self::Bytes(bytes),
            HookContent::File(name) => Self::File(format!("/inbox/{name}")),
        }
    }
}

impl From<HookRequest> for hook::Request {
    fn from(from: HookRequest) -> Self {
        Self {
            method: from.method,
            path: from.path,
            query: from.query,
            headers: from.headers,
            body: from.body.into(),
            rule: from.rule,
        }
    }
}

/// What a hook's caller gets once the outcome is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAnswer {
    /// As the guest gave it: not checked yet.
    pub status: u16,
    /// As the guest gave them: not checked yet.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: HookBody,
}

/// The body of a hook's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookBody {
    /// All of it.
    Bytes(Vec<u8>),
    /// A file of the call's folders.
    File(String),
    /// Server-sent events of a topic.
    Subscribe(String),
}

impl From<hook::Body> for HookBody {
    fn from(from: hook::Body) -> Self {
        match from {
            hook::Body::Bytes(bytes) => Self::Bytes(bytes),
            hook::Body::File(path) => Self::File(path),
            hook::Body::Subscribe(topic) => Self::Subscribe(topic),
        }
    }
}
