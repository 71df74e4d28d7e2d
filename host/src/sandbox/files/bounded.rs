//! The interface's methods, one by one. What changes nothing is handed on as it is.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::{Descriptor, File, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream, ErrorCode, Filesize,
    Host, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult, IoError};

use super::super::state::CallState;
use super::Spot;
use super::quota::{Change, Quota, plainly};
use super::stream::{Reads, Writes, write};

impl Host for CallState {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(&mut self, error: Resource<IoError>) -> wasmtime::Result<Option<ErrorCode>> {
        self.filesystem().filesystem_error_code(error)
    }
}

fn again(descriptor: &Resource<Descriptor>) -> Resource<Descriptor> {
    Resource::new_borrow(descriptor.rep())
}

impl CallState {
    /// The file behind a descriptor, to be written, and the quota that it counts against.
    fn writable(&mut self, descriptor: &Resource<Descriptor>) -> FsResult<(File, Arc<Quota>)> {
        let spot = self.files.spot(descriptor)?;
        let Descriptor::File(file) = self.table.get(descriptor)? else {
            return Err(ErrorCode::BadDescriptor.into());
        };
        let file = file.clone();
        match self.files.quota(spot) {
            Some(quota) if !file.perms.write_not_permitted() => Ok((file, quota)),
            _ => Err(self.files.read_only(spot).into()),
        }
    }

    /// The right to change the folder of this spot.
    async fn change(&mut self, spot: Spot) -> FsResult<Change> {
        let quota = self.files.quota(spot).ok_or_else(|| self.files.read_only(spot))?;
        Ok(quota.change().await?)
    }

    /// What stands at a path; `None` if nothing does, or if it can't be reached.
    pub(super) async fn found(
        &mut self,
        base: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
    ) -> FsResult<Option<DescriptorStat>> {
        let stat = self.filesystem().stat_at(again(base), flags, path.to_owned()).await;
        match stat {
            Ok(stat) => Ok(Some(stat)),
            // A trap stays one.
            Err(error) => error.downcast().map(|_| None).map_err(FsError::trap),
        }
    }

    async fn open(
        &mut self,
        base: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let spot = self.files.reach(&base, &path)?;
        self.files.fits_handle()?;
        self.check_named(spot, &base, path_flags, &path).await?;
        let opened = self.filesystem().open_at(base, path_flags, path, open, flags).await;
        let descriptor = opened.inspect_err(|error| self.files.note_refused(spot, error))?;
        self.check_opened(spot, &descriptor)?;
        let handle = self.table.get(&descriptor)?;
        self.files.opened(&descriptor, spot, handle);
        Ok(descriptor)
    }

    async fn open_changing(
        &mut self,
        base: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let spot = self.files.reach(&base, &path)?;
        let mut change = self.change(spot).await?;
        let before = self.found(&base, path_flags, &path).await?;
        if before.is_none() && !change.fits_file() {
            return Err(ErrorCode::InsufficientSpace.into());
        }
        if before.is_none() {
            change.added();
        }
        let opened = self.open(base, path_flags, path, open, flags).await;
        let opened = opened.map_err(|error| {
            plainly(error, || {
                if before.is_none() {
                    change.undone()
                }
            })
        })?;
        if let Some(stat) = before.filter(|_| open.contains(OpenFlags::TRUNCATE)) {
            change.cut(stat.size);
        }
        Ok(opened)
    }
}

impl HostDescriptor for CallState {
    async fn open_at(
        &mut self,
        base: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        if open.intersects(OpenFlags::CREATE | OpenFlags::TRUNCATE) {
            self.open_changing(base, path_flags, path, open, flags).await
        } else {
            self.open(base, path_flags, path, open, flags).await
        }
    }

    async fn write(
        &mut self,
        descriptor: Resource<Descriptor>,
        bytes: Vec<u8>,
        offset: Filesize,
    ) -> FsResult<Filesize> {
        let (file, quota) = self.writable(&descriptor)?;
        Ok(write(file.file, Some(offset), Bytes::from(bytes), quota).await?)
    }

    async fn set_size(&mut self, descriptor: Resource<Descriptor>, size: Filesize) -> FsResult<()> {
        let (file, quota) = self.writable(&descriptor)?;
        let mut change = quota.change().await?;
        let set = tokio::task::spawn_blocking(move || change.set_size(&file.file, size));
        Ok(set
            .await
            .map_err(|error| FsError::trap(wasmtime::Error::from(error)))??)
    }

    fn write_via_stream(
        &mut self,
        descriptor: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.stream(&descriptor, Some(offset))
    }

    fn append_via_stream(&mut self, descriptor: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        self.stream(&descriptor, None)
    }

    fn read_via_stream(
        &mut self,
        descriptor: Resource<Descriptor>,
        offset: Filesize,
    ) -> FsResult<Resource<DynInputStream>> {
        let open = self.files.stream()?;
        let plain = self.filesystem().read_via_stream(descriptor, offset)?;
        let reads: DynInputStream = Box::new(Reads::new(self.table.delete(plain)?, open));
        Ok(self.table.push(reads)?)
    }

    async fn create_directory_at(&mut self, base: Resource<Descriptor>, path: String) -> FsResult<()> {
        let spot = self.files.reach(&base, &path)?;
        let mut change = self.change(spot).await?;
        if !change.fits_file() {
            return Err(ErrorCode::InsufficientSpace.into());
        }
        change.added();
        let made = self.filesystem().create_directory_at(base, path).await;
        made.map_err(|error| plainly(error, || change.undone()))
    }

    async fn remove_directory_at(&mut self, base: Resource<Descriptor>, path: String) -> FsResult<()> {
        let spot = self.files.reach(&base, &path)?;
        let mut change = self.change(spot).await?;
        self.filesystem().remove_directory_at(base, path).await?;
        change.removed();
        Ok(())
    }

    async fn unlink_file_at(&mut self, base: Resource<Descriptor>, path: String) -> FsResult<()> {
        let spot = self.files.reach(&base, &path)?;
        let mut change = self.change(spot).await?;
        self.filesystem().unlink_file_at(base, path).await?;
        change.removed();
        Ok(())
    }

    /// Files only, and within their folder: a folder that is moved into another would get deeper than the bound.
    async fn rename_at(
        &mut self,
        base: Resource<Descriptor>,
        path: String,
        new_base: Resource<Descriptor>,
        new_path: String,
    ) -> FsResult<()> {
        let spot = self.files.reach(&base, &path)?;
        if self.files.reach(&new_base, &new_path)?.folder != spot.folder {
            return Err(ErrorCode::CrossDevice.into());
        }
        let mut change = self.change(spot).await?;
        let moved = self.found(&base, PathFlags::empty(), &path).await?;
        if moved.is_some_and(|stat| stat.type_ == DescriptorType::Directory) {
            return Err(ErrorCode::NotPermitted.into());
        }
        let replaced = self.found(&new_base, PathFlags::empty(), &new_path).await?;
        let (old, old_path) = (again(&base), path.clone());
        self.filesystem().rename_at(base, path, new_base, new_path).await?;
        // A file that is moved onto itself stays.
        if replaced.is_some() && self.found(&old, PathFlags::empty(), &old_path).await?.is_none() {
            change.removed();
        }
        Ok(())
    }

    async fn link_at(
        &mut self,
        _base: Resource<Descriptor>,
        _flags: PathFlags,
        _path: String,
        _new_base: Resource<Descriptor>,
        _new_path: String,
    ) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn symlink_at(&mut self, _base: Resource<Descriptor>, _target: String, _path: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn read_directory(&mut self, descriptor: Resource<Descriptor>) -> FsResult<Resource<DirectoryEntryStream>> {
        if self.files.listings >= crate::limits::GUEST_LISTINGS {
            return Err(ErrorCode::Quota.into());
        }
        let listing = self.filesystem().read_directory(descriptor).await?;
        self.files.listings += 1;
        Ok(listing)
    }

    fn drop(&mut self, descriptor: Resource<Descriptor>) -> wasmtime::Result<()> {
        self.files.spots.remove(&descriptor.rep());
        HostDescriptor::drop(&mut self.filesystem(), descriptor)
    }

    async fn advise(
        &mut self,
        descriptor: Resource<Descriptor>,
        offset: Filesize,
        length: Filesize,
        advice: Advice,
    ) -> FsResult<()> {
        self.filesystem().advise(descriptor, offset, length, advice).await
    }

    async fn sync_data(&mut self, descriptor: Resource<Descriptor>) -> FsResult<()> {
        self.filesystem().sync_data(descriptor).await
    }

    async fn sync(&mut self, descriptor: Resource<Descriptor>) -> FsResult<()> {
        self.filesystem().sync(descriptor).await
    }

    async fn get_flags(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        self.filesystem().get_flags(descriptor).await
    }

    async fn get_type(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorType> {
        self.filesystem().get_type(descriptor).await
    }

    async fn set_times(
        &mut self,
        descriptor: Resource<Descriptor>,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        self.filesystem().set_times(descriptor, access, modification).await
    }

    async fn read(
        &mut self,
        descriptor: Resource<Descriptor>,
        length: Filesize,
        offset: Filesize,
    ) -> FsResult<(Vec<u8>, bool)> {
        self.filesystem().read(descriptor, length, offset).await
    }

    async fn stat(&mut self, descriptor: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        self.filesystem().stat(descriptor).await
    }

    async fn stat_at(
        &mut self,
        base: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        self.files.reach(&base, &path)?;
        self.filesystem().stat_at(base, flags, path).await
    }

    async fn set_times_at(
        &mut self,
        base: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        self.files.reach(&base, &path)?;
        let mut wasi = self.filesystem();
        wasi.set_times_at(base, flags, path, access, modification).await
    }

    async fn readlink_at(&mut self, base: Resource<Descriptor>, path: String) -> FsResult<String> {
        self.files.reach(&base, &path)?;
        self.filesystem().readlink_at(base, path).await
    }

    async fn is_same_object(
        &mut self,
        one: Resource<Descriptor>,
        other: Resource<Descriptor>,
    ) -> wasmtime::Result<bool> {
        self.filesystem().is_same_object(one, other).await
    }

    async fn metadata_hash(&mut self, descriptor: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        self.filesystem().metadata_hash(descriptor).await
    }

    async fn metadata_hash_at(
        &mut self,
        base: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        self.files.reach(&base, &path)?;
        self.filesystem().metadata_hash_at(base, flags, path).await
    }
}

impl CallState {
    fn stream(
        &mut self,
        descriptor: &Resource<Descriptor>,
        at: Option<Filesize>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let (file, quota) = self.writable(descriptor)?;
        let writes: DynOutputStream = Box::new(Writes::new(file.file, at, quota, self.files.stream()?));
        Ok(self.table.push(writes)?)
    }
}

impl HostDirectoryEntryStream for CallState {
    async fn read_directory_entry(
        &mut self,
        listing: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        self.filesystem().read_directory_entry(listing).await
    }

    fn drop(&mut self, listing: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.files.listings = self.files.listings.saturating_sub(1);
        HostDirectoryEntryStream::drop(&mut self.filesystem(), listing)
    }
}
