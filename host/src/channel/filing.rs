//! Attachments of admitted messages: copied before the message is committed, so that nothing is announced that is not
//! there. What does not work leaves an attachment without a file, and is counted; it never costs the message.

mod rations;

use std::path::PathBuf;
use std::sync::Arc;

use ring::rand::SecureRandom;
use tokio::time::Instant;

use super::{Channel, Failure, Occasion};
use crate::files::{self, Scratch, Taken};
use crate::intake::Intake;
use crate::limits;
use crate::model::{Attachment, Content, Event, Filed};
use crate::sandbox::Call;
use rations::Rations;

/// The name of a fetched file in the call's `/inbox`.
const FETCHED: &str = "attachment";

/// Why there is no file of an attachment.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// The message has no such attachment.
    #[error("the message has {count} attachments, and this would be number {}; name one that it has", .index + 1)]
    Absent {
        /// Which was asked for, from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// Its bytes were there once, and no longer.
    #[error(
        "its bytes are gone: they were removed as too old or too many, or never kept; ask the sender to send it again"
    )]
    Gone,
    /// The channel has no way to fetch it.
    #[error("the channel can't fetch attachments; ask the sender for another way")]
    NotFetched,
    /// It was tried.
    #[error("it could not be fetched: {0}")]
    Failed(#[source] Failure),
}

/// Copies that were made for a call, each with the position of its message.
pub(super) type Copies = Vec<(usize, PathBuf)>;

/// One call's attachments on their way.
struct Filing<'a> {
    channel: &'a Channel,
    call: Call,
    scratch: Option<Arc<Scratch>>,
    stem: String,
    rations: Rations,
    until: Instant,
}

impl Channel {
    /// Copies what the admitted messages brought, and fetches their images.
    pub(super) async fn file(&self, call: Call, occasion: &Occasion, intake: &mut Intake) -> Copies {
        let mut copies = Copies::new();
        if intake
            .admitted
            .iter()
            .all(|admitted| admitted.message.attachments.is_empty())
        {
            return copies;
        }
        let Some(mut filing) = Filing::new(self, call, occasion.scratch.clone()) else {
            return copies;
        };
        let mut missed = Vec::new();
        for (position, admitted) in intake.admitted.iter_mut().enumerate() {
            for (index, attachment) in admitted.message.attachments.iter().enumerate() {
                match filing.one(attachment).await {
                    Ok(Some(taken)) => {
                        copies.push((position, self.shelf.inbox().join(&taken.name)));
                        admitted.files.push(filed(index, taken));
                    }
                    Ok(None) => {}
                    Err(reason) => missed.push(reason),
                }
            }
        }
        missed.into_iter().for_each(|reason| intake.count(reason));
        copies
    }

    /// Removes copies of messages that were not committed.
    pub(super) async fn discard(&self, copies: Copies, is_gone: impl Fn(usize) -> bool) {
        let gone: Vec<PathBuf> = copies
            .into_iter()
            .filter(|(position, _)| is_gone(*position))
            .map(|(_, path)| path)
            .collect();
        if !gone.is_empty() {
            // What can't be removed now is swept when it is old.
            let remove = move || gone.iter().for_each(|path| drop(std::fs::remove_file(path)));
            let _ = tokio::task::spawn_blocking(remove).await;
        }
    }

    /// The file of an event's attachment, from 0: as it was filed, or fetched now.
    ///
    /// # Errors
    /// There is none, and none can be had.
    pub async fn attachment(&self, event: &Event, index: usize) -> Result<PathBuf, AttachmentError> {
        let attachments = &event.admitted.message.attachments;
        let count = attachments.len();
        let attachment = attachments.get(index).ok_or(AttachmentError::Absent { index, count })?;
        let inbox = self.shelf.inbox();
        let filed = event.admitted.files.iter().find(|filed| filed.attachment == index);
        let filed = filed.map(|filed| inbox.join(&filed.name)).filter(|path| path.is_file());
        let stem = format!("{}-{index}", event.id);
        if let Some(path) = filed.or_else(|| files::find(&inbox, &stem)) {
            return Ok(path);
        }
        match &attachment.content {
            Content::File(_) => Err(AttachmentError::Gone),
            Content::Handle(_) if !self.prepared.has(Call::Fetch) => Err(AttachmentError::NotFetched),
            Content::Handle(handle) => match self.fetch(handle, &stem).await {
                Ok(taken) => Ok(inbox.join(taken.name)),
                // Another one who asked for it may have been faster.
                Err(failure) => files::find(&inbox, &stem).ok_or(AttachmentError::Failed(failure)),
            },
        }
    }

    /// Has the guest fetch an attachment, and copies it.
    async fn fetch(&self, handle: &str, stem: &str) -> Result<Taken, Failure> {
        let scratch = Arc::new(self.scratch()?);
        let folders = self.folders(Some(&scratch), None);
        let permit = self.lasting.permits.acquire().await;
        let fetched = self.prepared.fetch(&self.context, handle, FETCHED, &folders).await;
        drop(permit);
        let done = fetched.map_err(|error| self.note_failure(error.into()))?;
        if !done.written.is_empty() {
            self.commit(Occasion::default(), Intake::default(), done.written)
                .await?;
        }
        self.copy(&scratch, &format!("/inbox/{FETCHED}"), stem).await
    }
}

impl<'a> Filing<'a> {
    fn new(channel: &'a Channel, call: Call, scratch: Option<Arc<Scratch>>) -> Option<Self> {
        let mut random = [0; 8];
        // Without randomness there are no names, so no files.
        channel.context.random.fill(&mut random).ok()?;
        Some(Self {
            channel,
            call,
            scratch,
            stem: data_encoding::HEXLOWER.encode(&random),
            rations: Rations::default(),
            until: Instant::now() + limits::IMAGES_DEADLINE,
        })
    }

    /// The copy of an attachment; none if it is fetched only when it is asked for.
    async fn one(&mut self, attachment: &Attachment) -> Result<Option<Taken>, &'static str> {
        let taken = match &attachment.content {
            Content::File(_) if self.call != Call::Receive => return Err("attachment-not-in-hook"),
            Content::File(path) => self.copy(path).await?,
            Content::Handle(handle) if self.is_fetched_now(attachment) => self.fetch(handle).await?,
            Content::Handle(_) => return Ok(None),
        };
        if let Err(reason) = self.rations.keep(taken.bytes) {
            let path = self.channel.shelf.inbox().join(&taken.name);
            self.channel.discard(vec![(0, path)], |_| true).await;
            return Err(reason);
        }
        Ok(Some(taken))
    }

    async fn copy(&mut self, path: &str) -> Result<Taken, &'static str> {
        if Instant::now() >= self.until {
            return Err("attachment-too-slow");
        }
        let stem = self.next_stem()?;
        let scratch = self.scratch.as_ref().ok_or("attachment-without-inbox")?;
        let copied = self.channel.copy(scratch, path, &stem).await;
        copied.map_err(|failure| self.missed(&failure, "attachment-refused"))
    }

    fn is_fetched_now(&self, attachment: &Attachment) -> bool {
        let is_image = attachment
            .mime
            .as_deref()
            .is_some_and(|mime| mime.starts_with("image/"));
        let fits = attachment.size.is_none_or(|size| size <= limits::FILE_BYTES);
        is_image && fits && self.channel.prepared.has(Call::Fetch)
    }

    async fn fetch(&mut self, handle: &str) -> Result<Taken, &'static str> {
        let stem = self.next_stem()?;
        self.rations.image()?;
        match tokio::time::timeout_at(self.until, self.channel.fetch(handle, &stem)).await {
            Ok(Ok(taken)) => Ok(taken),
            Ok(Err(failure)) => Err(self.missed(&failure, "image-not-fetched")),
            Err(_) => Err("image-too-slow"),
        }
    }

    fn next_stem(&mut self) -> Result<String, &'static str> {
        let number = self.rations.copy()?;
        Ok(format!("{}-{number}", self.stem))
    }

    fn missed(&self, failure: &Failure, reason: &'static str) -> &'static str {
        tracing::warn!(channel = %self.channel.context.name, error = %failure, reason, "an attachment stays without a file");
        reason
    }
}

fn filed(attachment: usize, taken: Taken) -> Filed {
    Filed {
        attachment,
        name: taken.name,
        bytes: taken.bytes,
        kind: taken.kind,
    }
}
