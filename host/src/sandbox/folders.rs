//! Capability `files`: which folders a call sees. Names and what may be done in them; the folders themselves are made and
//! emptied by others.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime_wasi::filesystem::{Dir, OpenMode};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::ChannelContext;
use super::files::{Files, Quota};
use crate::files::{FilesError, open_guest};
use crate::paths::{self, NamedError, OffLimits};

/// The folders of one call. A guest sees no other, and none of these by its path here.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    /// `/inbox`: a scratch folder of this call, for what comes in.
    pub inbox: Option<PathBuf>,
    /// `/outbox`: copies of what is to be sent, to read.
    pub outbox: Option<PathBuf>,
    /// `/data`: what the channel keeps.
    pub data: Option<Arc<Quota>>,
}

/// A folder of the operator's. Every call looks anew what stands at its path, and opens it from the root without following
/// a link: what has been put in its place since is judged like the first.
#[derive(Debug, Clone)]
pub struct Named {
    guest: String,
    path: PathBuf,
    off_limits: OffLimits,
    quota: Option<Arc<Quota>>,
}

impl Named {
    /// The folder that a guest sees as `/folders/<name>`: to read, or, with a quota, also to write.
    pub fn new(name: &str, path: PathBuf, off_limits: OffLimits, quota: Option<Arc<Quota>>) -> Self {
        Self {
            guest: format!("/folders/{name}"),
            path,
            off_limits,
            quota,
        }
    }

    /// Whether it can be opened now.
    ///
    /// # Errors
    /// It is no folder, a link leads there, or no channel may reach it.
    pub fn check(&self) -> Result<(), NamedError> {
        self.open().map(drop)
    }

    fn open(&self) -> Result<Dir, NamedError> {
        let folder = paths::open_folder(&self.path, &self.off_limits)?;
        let (perms, mode) = match self.quota {
            Some(_) => (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE),
            None => (FsPerms::ReadOnly, OpenMode::READ),
        };
        // By its handle: nobody can exchange it any more.
        Ok(Dir::new(folder, perms, mode, false))
    }
}

impl Folders {
    /// Lets a call see them.
    ///
    /// # Errors
    /// One of them can't be opened.
    pub(super) fn open(&self, wasi: &mut WasiCtxBuilder, channel: &ChannelContext) -> wasmtime::Result<Files> {
        let mut files = Files::new(Arc::clone(&channel.refusals));
        if let Some(folder) = &self.inbox {
            wasi.preopened_dir(folder, "/inbox", FsPerms::ReadWrite)?;
            files.add("/inbox", Some(&Quota::of_call(folder.clone())));
        }
        if let Some(folder) = &self.outbox {
            wasi.preopened_dir(folder, "/outbox", FsPerms::ReadOnly)?;
            files.add("/outbox", None);
        }
        if let Some(quota) = &self.data {
            wasi.preopened_dir(quota.folder(), "/data", FsPerms::ReadWrite)?;
            files.add("/data", Some(quota));
        }
        for named in &channel.folders {
            match named.open() {
                Ok(dir) => files.add_named(&named.guest, dir, named.quota.as_ref()),
                // The rest of the channel's work goes on without it.
                Err(error) => {
                    tracing::warn!(channel = %channel.name, %error, "a folder is left out");
                    channel.refusals.count("folder-left-out");
                }
            }
        }
        Ok(files)
    }

    /// Opens a regular file in one of them by the guest's path for it, and says how long it is. Blocks.
    ///
    /// # Errors
    /// The path leads to none of them, or to no regular file with one name.
    pub(super) fn file(&self, path: &str) -> Result<(File, u64), FilesError> {
        let seen: [(&'static str, Option<&Path>); 3] = [
            ("/inbox", self.inbox.as_deref()),
            ("/outbox", self.outbox.as_deref()),
            ("/data", self.data.as_ref().map(|quota| quota.folder())),
        ];
        let begins = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        let found = seen
            .into_iter()
            .find_map(|(name, folder)| Some((name, folder.filter(|_| begins(name))?)));
        match found {
            Some((name, folder)) => open_guest(folder, name, path),
            None => Err(FilesError::elsewhere(path, "the folders of this call")),
        }
    }
}
