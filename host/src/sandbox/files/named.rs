//! Folders of the operator's: they hold what others have put there, so what is opened in them is a plain file with one name,
//! or a folder. What is refused is counted.

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorType, ErrorCode, PathFlags};
use wasmtime_wasi::p2::{FsError, FsResult};

use super::super::state::CallState;
use super::{Files, Spot};

impl preopens::Host for CallState {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let mut folders = preopens::Host::get_directories(&mut self.filesystem())?;
        for folder in &self.files.folders {
            if let Some(dir) = &folder.named {
                let descriptor = self.table.push(Descriptor::Dir(dir.clone()))?;
                folders.push((descriptor, folder.name.clone()));
            }
        }
        for (descriptor, name) in &folders {
            let found = self.files.folders.iter().position(|folder| folder.name == *name);
            if let Some(folder) = found {
                self.files.spots.insert(descriptor.rep(), Spot { folder, depth: 0 });
            }
        }
        Ok(folders)
    }
}

impl Files {
    fn is_named(&self, spot: Spot) -> bool {
        self.folders
            .get(spot.folder)
            .is_some_and(|folder| folder.named.is_some())
    }

    /// The folder can only be read.
    pub(super) fn read_only(&self, spot: Spot) -> ErrorCode {
        self.refuse(spot, "folder-read-only")
    }

    fn refuse(&self, spot: Spot, reason: &'static str) -> ErrorCode {
        if self.is_named(spot) {
            self.refusals.count(reason);
        }
        ErrorCode::NotPermitted
    }

    /// Counts a path that leads out, or a change where only reading is granted.
    pub(super) fn note_refused(&self, spot: Spot, error: &FsError) {
        if matches!(
            error.downcast_ref(),
            Some(ErrorCode::NotPermitted | ErrorCode::Access | ErrorCode::Loop)
        ) {
            self.refuse(spot, "folder-path-refused");
        }
    }

    /// What a guest may open in a folder of the operator's.
    fn judge(&self, spot: Spot, kind: DescriptorType, links: u64) -> Result<(), ErrorCode> {
        match kind {
            DescriptorType::RegularFile if links > 1 => Err(self.refuse(spot, "folder-linked-file")),
            // A link inside is followed if it was asked for, or refused where it is opened.
            DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink => Ok(()),
            _ => Err(self.refuse(spot, "folder-special-file")),
        }
    }
}

impl CallState {
    /// Before it is opened: to open a pipe would wait for its writer, and to open a device can be an act.
    pub(super) async fn check_named(
        &mut self,
        spot: Spot,
        base: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
    ) -> FsResult<()> {
        if self.files.is_named(spot)
            && let Some(stat) = self.found(base, flags, path).await?
        {
            self.files.judge(spot, stat.type_, stat.link_count)?;
        }
        Ok(())
    }

    /// After: what counts is what was opened.
    pub(super) fn check_opened(&mut self, spot: Spot, descriptor: &Resource<Descriptor>) -> FsResult<()> {
        if !self.files.is_named(spot) {
            return Ok(());
        }
        let Descriptor::File(file) = self.table.get(descriptor)? else {
            return Ok(());
        };
        let about = file.file.metadata()?;
        let kind = if about.is_file() {
            DescriptorType::RegularFile
        } else {
            DescriptorType::Unknown
        };
        let judged = self
            .files
            .judge(spot, kind, std::os::unix::fs::MetadataExt::nlink(&about));
        if judged.is_err() {
            self.table.delete(Resource::<Descriptor>::new_own(descriptor.rep()))?;
        }
        Ok(judged?)
    }
}
