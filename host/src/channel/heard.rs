//! Who is heard through a channel now, and who was not: the gate's other questions beside the one about each message.

use std::sync::PoisonError;

use super::Channel;
use crate::access::{self, DropReason, Dropped, DroppedSenders};
use crate::model::{Author, Conversation, UnixMillis};

/// The document in which senders are kept that were dropped.
pub const DROPPED: &str = "dropped";

impl Channel {
    /// Whether somebody would still be heard where he was: only he is answered. What a thing said may be answered as long
    /// as its channel runs.
    ///
    /// # Errors
    /// Why he is not.
    pub fn hears(&self, author: &Author, conversation: &Conversation) -> Result<(), DropReason> {
        match author {
            Author::Service(_) => Ok(()),
            Author::Person(sender) => {
                access::stands(self.grant.policy(), &self.book.current(), sender, conversation).map(drop)
            }
        }
    }

    /// What the operator should know of the people whom he named for its groups.
    pub fn names_note(&self) -> Option<String> {
        let book = self.book.current();
        let unlisted = access::unlisted(self.grant.policy(), &book);
        let names: Vec<&str> = unlisted.iter().map(|name| name.as_str()).collect();
        (!names.is_empty() && !book.is_closed()).then(|| {
            format!(
                "its groups name {}, whom the list does not have, so nobody is heard by that name; `lockgate access list` shows who is on it",
                names.join(", ")
            )
        })
    }

    /// Notes whose messages were dropped; it reaches the journal with the counts.
    pub(super) fn note_dropped(&self, dropped: Vec<Dropped>) {
        if dropped.is_empty() {
            return;
        }
        let now = UnixMillis::now();
        let mut senders = self.lasting.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        for message in dropped {
            senders.note(&self.context.name, message, now);
        }
        drop(senders);
        self.lasting.counted.notify_one();
    }

    /// Tells the journal of them.
    pub(super) async fn keep_dropped(&self) {
        let fresh = std::mem::take(&mut *self.lasting.dropped.lock().unwrap_or_else(PoisonError::into_inner));
        if fresh.all().is_empty() {
            return;
        }
        let (journal, added) = (&self.context.journal, fresh.clone());
        let kept = journal.revise(DROPPED, move |kept: &mut DroppedSenders| kept.merge(added));
        if let Err(error) = kept.await {
            tracing::warn!(channel = %self.context.name, %error, "who was dropped can't be kept on disk");
            let mut senders = self.lasting.dropped.lock().unwrap_or_else(PoisonError::into_inner);
            let newer = std::mem::replace(&mut *senders, fresh);
            senders.merge(newer);
        }
    }
}
