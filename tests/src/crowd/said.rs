//! What somebody says on the platform of the guest `crowd`, built up word by word. It is no judgement of who is heard.

use serde_json::{Value, json};

/// A message, or with [`Crowd::edit`](super::Crowd::edit) what becomes of one.
#[derive(Debug, Clone)]
pub struct Said(Value);

impl Said {
    /// What an account says to the channel's own account: in the conversation `d-<account>`.
    #[must_use]
    pub fn direct(account: &str, text: &str) -> Said {
        Said::of(json!({"id": account}), &format!("d-{account}"), "direct", text)
    }

    /// What an account says in a group.
    #[must_use]
    pub fn group(room: &str, account: &str, text: &str) -> Said {
        Said::of(json!({"id": account}), room, "group", text)
    }

    /// What a thing says, in the group of its name.
    #[must_use]
    pub fn thing(name: &str, text: &str) -> Said {
        Said::of(Value::Null, name, "group", text)
    }

    fn of(sender: Value, conversation: &str, scope: &str, text: &str) -> Said {
        Said(json!({
            "revision": "1", "sender": sender, "text": text,
            "conversation": {"id": conversation, "scope": scope},
        }))
    }

    /// Under this id, without which there is no edit; [`Crowd::say`](super::Crowd::say) gives a fresh one otherwise.
    #[must_use]
    pub fn id(self, id: &str) -> Said {
        self.with("/id", json!(id))
    }

    /// The so-manieth edit; the first one unless it is said.
    #[must_use]
    pub fn revision(self, revision: &str) -> Said {
        self.with("/revision", json!(revision))
    }

    /// The name that the platform shows.
    #[must_use]
    pub fn named(self, name: &str) -> Said {
        self.with("/sender/name", json!(name))
    }

    /// By a program's account.
    #[must_use]
    pub fn bot(self) -> Said {
        self.with("/sender/bot", json!(true))
    }

    /// In a topic.
    #[must_use]
    pub fn thread(self, thread: &str) -> Said {
        self.with("/conversation/thread", json!(thread))
    }

    /// In a conversation of another name than its kind suggests.
    #[must_use]
    pub fn within(self, conversation: &str) -> Said {
        self.with("/conversation/id", json!(conversation))
    }

    /// The platform says that it addresses the channel's own account.
    #[must_use]
    pub fn mention(self) -> Said {
        self.with("/mentions_me", json!(true))
    }

    /// In answer to a message.
    #[must_use]
    pub fn reply_to(self, message: &str) -> Said {
        self.with("/in_reply_to", json!(message))
    }

    /// With words of somebody else: quoted or forwarded.
    #[must_use]
    pub fn quote(self, author: &str, name: Option<&str>, text: &str) -> Said {
        self.with("/quote", json!({"author": {"id": author, "name": name}, "text": text}))
    }

    /// With words of nobody known.
    #[must_use]
    pub fn quote_unnamed(self, text: &str) -> Said {
        self.with("/quote", json!({"text": text}))
    }

    /// As an item of [`Crowd::happen`](super::Crowd::happen): of the kind `message` or `edited`.
    #[must_use]
    pub fn value(&self, kind: &str) -> Value {
        self.clone().with("/kind", json!(kind)).0
    }

    /// With the id that it has, or this one; and the id.
    pub(super) fn with_id(self, fresh: impl FnOnce() -> String) -> (Said, String) {
        let id = self.0["id"].as_str().map_or_else(fresh, str::to_owned);
        (self.id(&id), id)
    }

    fn with(mut self, at: &str, value: Value) -> Said {
        let (parent, key) = at.rsplit_once('/').unwrap_or(("", at));
        if let Some(Value::Object(parent)) = self.0.pointer_mut(parent) {
            parent.insert(key.to_owned(), value);
        }
        self
    }
}
