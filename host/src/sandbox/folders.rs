//! Capability `files`: which folders a call sees. Names and what may be done in them; the folders themselves are made and
//! emptied by others.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::files::{Files, Quota};

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

impl Folders {
    /// Lets a call see them.
    ///
    /// # Errors
    /// One of them can't be opened.
    pub(super) fn open(&self, wasi: &mut WasiCtxBuilder) -> wasmtime::Result<Files> {
        let mut files = Files::default();
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
        Ok(files)
    }
}
