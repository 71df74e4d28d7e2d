//! Files on their way out and in: copies for the channel of what the model names, and for the model of what came with
//! an event. Which files may go is decided by `files`; here it is only put together.

use super::{Outbound, Refusal, heard, unable, words};
use crate::channel::{AttachmentError, Channel};
use crate::files::{Scratch, SendRoots};
use crate::manifest::SinkTraits;
use crate::mcp::{DeskError, Fetched};
use crate::model::Event;

/// Copies of files in the folder of a call; gone when it is dropped.
pub struct Parcel {
    /// The folder.
    pub scratch: Scratch,
    /// Their names in it.
    pub names: Vec<String>,
}

impl Outbound {
    /// Copies the files that the model named; `None` if it named none.
    ///
    /// # Errors
    /// One of them can't be sent.
    pub(super) async fn pack(
        &self,
        channel: &Channel,
        sink: &SinkTraits,
        files: &[String],
    ) -> Result<Option<Parcel>, Refusal> {
        if files.is_empty() {
            return Ok(None);
        }
        let instead = "tell the user where the file is";
        let takes = sink.files.ok_or_else(|| unable(channel, "send files", instead))?;
        if files.len() > takes.count {
            return Err(Refusal::TooManyFiles { most: takes.count });
        }
        let name = &channel.context().name;
        let outbox = self
            .state
            .outbox(name)
            .map_err(|error| Refusal::NoFolder(error.to_string()))?;
        let roots = SendRoots::new(&outbox, &self.roster.send_roots, &self.state, &self.config);
        let (scratch, files) = (channel.scratch()?, files.to_vec());
        let copied = tokio::task::spawn_blocking(move || {
            let staged = files.iter().map(|file| roots.stage(file, &scratch, takes.size));
            let names = staged.collect::<Result<Vec<_>, _>>()?;
            Ok(Parcel { scratch, names })
        });
        copied
            .await
            .unwrap_or_else(|_| Err(Refusal::NoFolder("a task of lockgate itself failed".to_owned())))
            .map(Some)
    }

    /// The file of an event's attachment, by its number from 1.
    ///
    /// # Errors
    /// There is none, or the channel could not fetch it.
    pub async fn fetch(&self, event: &Event, number: usize) -> Result<Fetched, DeskError> {
        let refused = |source: Refusal| DeskError::Refused { source: source.into() };
        let channel = self.callable(&event.channel).map_err(refused)?;
        let message = &event.admitted.message;
        heard(&channel, &message.author, &message.conversation).map_err(refused)?;
        let index = number.saturating_sub(1);
        let path = channel.attachment(event, index).await.map_err(|error| match error {
            AttachmentError::Failed(failure) => {
                let (why, words) = words::of_failure(&failure);
                DeskError::Failed { why, words }
            }
            error => DeskError::Refused { source: error.into() },
        })?;
        let attachment = message.attachments.get(index);
        Ok(Fetched {
            path,
            name: attachment.and_then(|attachment| attachment.name.clone()),
        })
    }
}
