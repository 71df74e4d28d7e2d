//! Capability `files`: which folders a call sees. Names and what may be done in them; the folders themselves are made and
//! emptied by others.

use std::path::PathBuf;

use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

/// The folders of one call. A guest sees no other, and none of these by its path here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// `/inbox`: a scratch folder of this call, for what comes in.
    pub inbox: Option<PathBuf>,
    /// `/outbox`: copies of what is to be sent, to read.
    pub outbox: Option<PathBuf>,
    /// `/data`: what the channel keeps.
    pub data: Option<PathBuf>,
}

impl Folders {
    /// Lets a call see them.
    ///
    /// # Errors
    /// One of them can't be opened.
    pub(super) fn open(&self, wasi: &mut WasiCtxBuilder) -> wasmtime::Result<()> {
        let folders = [
            (&self.inbox, "/inbox", FsPerms::ReadWrite),
            (&self.outbox, "/outbox", FsPerms::ReadOnly),
            (&self.data, "/data", FsPerms::ReadWrite),
        ];
        for (folder, name, may) in folders {
            if let Some(folder) = folder {
                wasi.preopened_dir(folder, name, may)?;
            }
        }
        Ok(())
    }
}
