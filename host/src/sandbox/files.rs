//! WASI's filesystem with bounds: it delegates to the ready-made one, which keeps paths inside their folder, and adds what
//! that does not have: quotas, a bound on what is open, and no links. It knows folders by the name that the guest sees.

mod bounded;
mod named;
pub mod quota;
mod stream;

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Weak};

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

pub use quota::Quota;
pub(super) use stream::write;

use super::refusals::Refusals;
use crate::limits;
use quota::Using;

/// What one call has open. Empty, and never asked, for a call without folders.
pub struct Files {
    folders: Vec<Folder>,
    spots: HashMap<u32, Spot>,
    handles: Vec<Weak<File>>,
    streams: Arc<()>,
    listings: usize,
    refusals: Arc<Refusals>,
}

struct Folder {
    name: String,
    using: Option<Using>,
    /// The operator's, opened already.
    named: Option<Dir>,
}

/// Where a descriptor points to.
#[derive(Debug, Clone, Copy)]
struct Spot {
    folder: usize,
    depth: usize,
}

impl Files {
    /// No folder yet. What is refused in one of the operator's is counted.
    pub(super) fn new(refusals: Arc<Refusals>) -> Self {
        Self {
            folders: Vec::new(),
            spots: HashMap::new(),
            handles: Vec::new(),
            streams: Arc::default(),
            listings: 0,
            refusals,
        }
    }

    /// A folder that the guest sees under this name; without a quota it can only be read.
    pub(super) fn add(&mut self, name: &str, quota: Option<&Arc<Quota>>) {
        self.push(name, quota, None);
    }

    /// A folder of the operator's.
    pub(super) fn add_named(&mut self, name: &str, dir: Dir, quota: Option<&Arc<Quota>>) {
        self.push(name, quota, Some(dir));
    }

    fn push(&mut self, name: &str, quota: Option<&Arc<Quota>>, named: Option<Dir>) {
        self.folders.push(Folder {
            name: name.to_owned(),
            using: quota.map(Quota::enter),
            named,
        });
    }

    fn spot(&self, descriptor: &Resource<Descriptor>) -> Result<Spot, ErrorCode> {
        // All descriptors come from us.
        self.spots
            .get(&descriptor.rep())
            .copied()
            .ok_or(ErrorCode::BadDescriptor)
    }

    /// Where a path leads to, as deep as it could be.
    fn reach(&self, base: &Resource<Descriptor>, path: &str) -> Result<Spot, ErrorCode> {
        let base = self.spot(base)?;
        let deeper = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).count();
        let depth = base.depth + deeper;
        if path.len() > limits::GUEST_PATH_BYTES || depth > limits::FOLDER_DEPTH {
            return Err(ErrorCode::NameTooLong);
        }
        Ok(Spot { depth, ..base })
    }

    /// The quota of the folder that the guest sees under this name, if it may write there.
    pub(super) fn quota_of(&self, name: &str) -> Option<Arc<Quota>> {
        let folder = self.folders.iter().find(|folder| folder.name == name)?;
        folder.using.as_ref().map(|using| Arc::clone(using.quota()))
    }

    fn quota(&self, spot: Spot) -> Option<Arc<Quota>> {
        let using = self.folders.get(spot.folder)?.using.as_ref()?;
        Some(Arc::clone(using.quota()))
    }

    /// Whether another file can be opened. One that is closed may still be held by a stream, so handles are counted.
    fn fits_handle(&mut self) -> Result<(), ErrorCode> {
        self.handles.retain(|handle| handle.strong_count() > 0);
        if self.handles.len() >= limits::GUEST_OPEN_FILES {
            return Err(ErrorCode::Quota);
        }
        Ok(())
    }

    fn opened(&mut self, descriptor: &Resource<Descriptor>, at: Spot, handle: &Descriptor) {
        self.spots.insert(descriptor.rep(), at);
        self.handles.push(match handle {
            Descriptor::File(file) => Arc::downgrade(&file.file),
            Descriptor::Dir(dir) => Arc::downgrade(&dir.dir),
        });
    }

    /// Counts a stream as long as the answer lives.
    fn stream(&self) -> Result<Arc<()>, ErrorCode> {
        if Arc::strong_count(&self.streams) > limits::GUEST_FILE_STREAMS {
            return Err(ErrorCode::Quota);
        }
        Ok(Arc::clone(&self.streams))
    }
}
