//! Where a channel's files stand: the inbox for the model, the folder `/data` of its guest, and which folders a call sees.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Channel, Failure};
use crate::files::{self, FilesError, Scratch, Taken};
use crate::grant::Grant;
use crate::limits;
use crate::model::{ChannelName, InstanceId};
use crate::paths::{PathsError, StateDir};
use crate::sandbox::{Call, Folders, Quota};

/// The folders of one channel.
pub struct Shelf {
    state: StateDir,
    channel: ChannelName,
    data: Option<Arc<Quota>>,
    unswept: AtomicU64,
}

impl Shelf {
    /// The folders of this channel, made as far as it was granted them.
    ///
    /// # Errors
    /// One of them can't be made.
    pub fn open(
        state: &StateDir,
        channel: &ChannelName,
        instance: InstanceId,
        grant: &Grant,
    ) -> Result<Self, PathsError> {
        if grant.sink().is_some_and(|sink| sink.files.is_some()) {
            // Made now, so that there is a folder to put files into.
            state.outbox(channel)?;
        }
        let data = grant
            .data()
            .map(|most| state.data(instance).map(|folder| Quota::lasting(folder, most)));
        Ok(Self {
            state: state.clone(),
            channel: channel.clone(),
            data: data.transpose()?,
            unswept: AtomicU64::new(0),
        })
    }

    /// Where the model finds this channel's files.
    pub(super) fn inbox(&self) -> PathBuf {
        self.state.inbox_path(&self.channel)
    }

    /// Copies a file out of a call's folder, and removes the oldest copies if there are too many. Blocks.
    fn copy(&self, scratch: &Scratch, guest_path: &str, stem: &str) -> Result<Taken, FilesError> {
        let inbox = self.state.inbox(&self.channel).map_err(|error| FilesError::Scratch {
            path: self.inbox(),
            source: std::io::Error::other(error),
        })?;
        let taken = files::take(scratch, guest_path, &inbox, stem)?;
        let cost = taken.bytes.max(limits::FILE_COSTS);
        let unswept = self.unswept.fetch_add(cost, Ordering::Relaxed) + cost;
        if unswept > limits::INBOX_SWEPT_AFTER {
            self.unswept.store(0, Ordering::Relaxed);
            if let Err(error) = self.state.sweep_inbox() {
                tracing::warn!(%error, "the inbox can't be swept");
            }
        }
        Ok(taken)
    }
}

impl Channel {
    /// The folders of a call that sees these, and `/data` if the channel has it.
    pub(super) fn folders(&self, inbox: Option<&Scratch>, outbox: Option<&Scratch>) -> Folders {
        let path = |scratch: Option<&Scratch>| scratch.map(|scratch| scratch.path().to_owned());
        Folders {
            inbox: path(inbox),
            outbox: path(outbox),
            data: self.shelf.data.clone(),
        }
    }

    /// A folder for one call.
    ///
    /// # Errors
    /// It can't be made.
    pub fn scratch(&self) -> Result<Scratch, FilesError> {
        Scratch::make(&self.shelf.state)
    }

    /// A verified call sees an `/inbox` only in a channel that handles files at all.
    pub(super) fn handles_files(&self) -> bool {
        self.prepared.has(Call::Fetch) || self.grant.page().is_some()
    }

    /// Opens a file that an answer names: of the call's `/inbox`, or of `/data`. Answers its length, too. Blocks.
    ///
    /// # Errors
    /// It leads elsewhere, or is no regular file with one name.
    pub fn open_answer(&self, path: &str, scratch: &Scratch) -> Result<(std::fs::File, u64), FilesError> {
        match &self.shelf.data {
            Some(data) if path.starts_with("/data/") => files::open_guest(data.folder(), "/data", path),
            _ => files::open_guest(scratch.path(), "/inbox", path),
        }
    }

    /// Copies a file out of a call's folder for the model.
    pub(super) async fn copy(&self, scratch: &Arc<Scratch>, guest_path: &str, stem: &str) -> Result<Taken, Failure> {
        let (shelf, scratch) = (Arc::clone(&self.shelf), Arc::clone(scratch));
        let (guest_path, stem) = (guest_path.to_owned(), stem.to_owned());
        let copied = tokio::task::spawn_blocking(move || shelf.copy(&scratch, &guest_path, &stem)).await;
        match copied {
            Ok(copied) => Ok(copied?),
            Err(error) => Err(Failure::Files(FilesError::Scratch {
                path: self.shelf.inbox(),
                source: std::io::Error::other(error),
            })),
        }
    }
}
