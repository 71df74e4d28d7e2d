//! The folders below the state folder that hold files of channels, and what goes from them when it is old or too much.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::sweep::{Old, excess};
use super::{PathsError, StateDir, make_private, unusable};
use crate::limits;
use crate::model::{ChannelName, InstanceId, UnixMillis};

impl StateDir {
    /// Where calls have their own folders.
    pub fn scratch(&self) -> PathBuf {
        self.path().join("scratch")
    }

    /// Where a channel's long bodies and attachments are put for the model to read, whether it is there or not.
    pub fn inbox_path(&self, channel: &ChannelName) -> PathBuf {
        self.path().join("inbox").join(channel.as_str())
    }

    /// The same folder, made if need be.
    ///
    /// # Errors
    /// It can't be made.
    pub fn inbox(&self, channel: &ChannelName) -> Result<PathBuf, PathsError> {
        made(self.inbox_path(channel))
    }

    /// Where files stand that the model may send through a channel; made if need be.
    ///
    /// # Errors
    /// It can't be made.
    pub fn outbox(&self, channel: &ChannelName) -> Result<PathBuf, PathsError> {
        made(self.outbox_path(channel))
    }

    fn outbox_path(&self, channel: &ChannelName) -> PathBuf {
        self.path().join("outbox").join(channel.as_str())
    }

    /// What a channel keeps in files; made if need be. It belongs to the instance, so that a name that is used again
    /// begins with nothing.
    ///
    /// # Errors
    /// It can't be made.
    pub fn data(&self, instance: InstanceId) -> Result<PathBuf, PathsError> {
        made(self.data_path(instance))
    }

    fn data_path(&self, instance: InstanceId) -> PathBuf {
        self.path().join("data").join(instance.0.to_string())
    }

    /// Moves all files of a channel to the trash, from where housekeeping removes them after `limits::KEEP`: what its
    /// instance kept, what came in, and what was to be sent. Whoever gets its name next begins with nothing.
    ///
    /// # Errors
    /// Something can't be moved.
    pub fn retire(&self, channel: &ChannelName, instance: InstanceId, now: UnixMillis) -> Result<(), PathsError> {
        let folders = [
            ("data", self.data_path(instance)),
            ("inbox", self.inbox_path(channel)),
            ("outbox", self.outbox_path(channel)),
        ];
        for (what, folder) in folders {
            if folder.symlink_metadata().is_ok() {
                let trash = made(self.path().join("trash"))?;
                let to = trash.join(format!("{}-{what}-{}", now.0, instance.0));
                std::fs::rename(&folder, to).map_err(|source| unusable(&folder, source))?;
            }
        }
        Ok(())
    }

    /// Removes what was moved to the trash long ago.
    ///
    /// # Errors
    /// The folder can't be read, or something in it not be removed.
    pub fn sweep_trash(&self, now: UnixMillis) -> Result<(), PathsError> {
        let trash = self.path().join("trash");
        let entries = match std::fs::read_dir(&trash) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(unusable(&trash, source)),
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let moved = name.split('-').next().and_then(|millis| millis.parse().ok());
            if moved.is_some_and(|moved| now.since(UnixMillis(moved)) > limits::KEEP) {
                let path = entry.path();
                std::fs::remove_dir_all(&path).map_err(|source| unusable(&path, source))?;
            }
        }
        Ok(())
    }

    /// Removes long bodies and attachments that are too old, and, while they are too many, the oldest of the channel that has
    /// the most.
    ///
    /// # Errors
    /// The folder can't be read, or a file not be removed.
    pub fn sweep_inbox(&self) -> Result<(), PathsError> {
        let files = files_of(&self.path().join("inbox"))?;
        let least = SystemTime::now().checked_sub(limits::KEEP);
        let gone = excess(files, least.unwrap_or(SystemTime::UNIX_EPOCH), limits::INBOX_BYTES);
        gone.iter().try_for_each(|path| remove(path))
    }
}

fn files_of(inbox: &Path) -> Result<BTreeMap<String, Vec<Old>>, PathsError> {
    let failed = |source| unusable(inbox, source);
    let mut channels: BTreeMap<String, Vec<Old>> = BTreeMap::new();
    for channel in std::fs::read_dir(inbox).map_err(failed)? {
        let channel = channel.map_err(failed)?;
        // What somebody else has put there must not keep ours from being removed.
        if !channel.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let files = channels
            .entry(channel.file_name().to_string_lossy().into_owned())
            .or_default();
        for file in std::fs::read_dir(channel.path()).map_err(failed)? {
            let file = file.map_err(failed)?;
            match file.metadata() {
                Ok(about) if !about.is_file() => {}
                Ok(about) => files.push(Old {
                    changed: about.modified().map_err(failed)?,
                    cost: about.len().max(limits::FILE_COSTS),
                    path: file.path(),
                }),
                // Swept by another task, or a copy that was taken back.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
    Ok(channels)
}

fn remove(path: &Path) -> Result<(), PathsError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unusable(path, error)),
        _ => Ok(()),
    }
}

fn made(folder: PathBuf) -> Result<PathBuf, PathsError> {
    make_private(&folder)?;
    Ok(folder)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Home;
    use super::*;

    #[test]
    fn what_an_instance_kept_goes_to_the_trash_and_from_there() {
        let dir = tempfile::tempdir().unwrap();
        let state = Home::find(Some(dir.path()), &|_| None)
            .unwrap()
            .open_state(None)
            .unwrap();
        let (now, instance) = (UnixMillis(1_000), InstanceId(7));
        let name: ChannelName = "chat".parse().unwrap();
        let folders = || {
            [
                state.data(instance).unwrap(),
                state.inbox(&name).unwrap(),
                state.outbox(&name).unwrap(),
            ]
        };
        state.retire(&name, instance, now).unwrap();
        for folder in folders() {
            std::fs::write(folder.join("a"), "a").unwrap();
        }
        state.retire(&name, instance, now).unwrap();
        assert!(folders().map(|folder| std::fs::read_dir(folder).unwrap().count()) == [0; 3]);
        let trashed = || std::fs::read_dir(state.path().join("trash")).unwrap().count();
        state.sweep_trash(now.after(limits::KEEP)).unwrap();
        assert_eq!(trashed(), 3);
        state.sweep_trash(UnixMillis(now.after(limits::KEEP).0 + 1)).unwrap();
        assert_eq!(trashed(), 0);
    }

    #[test]
    fn the_inbox_has_its_bytes_and_the_oldest_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let state = Home::find(Some(dir.path()), &|_| None)
            .unwrap()
            .open_state(None)
            .unwrap();
        let inbox = state.inbox(&"chat".parse().unwrap()).unwrap();
        // Files of holes, which take no room of the disk.
        let file = |name: &str, bytes: u64, age: u64| {
            let file = std::fs::File::create(inbox.join(name)).unwrap();
            file.set_len(bytes).unwrap();
            let changed = SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(changed).unwrap();
        };
        let there = || ["old", "new", "newest"].map(|name| inbox.join(name).exists());
        let half = limits::INBOX_BYTES / 2;
        file("old", half, 20);
        file("new", half - 1, 10);
        for bytes in [half - 1, half] {
            file("new", bytes, 10);
            state.sweep_inbox().unwrap();
            assert_eq!(there(), [true, true, false]);
        }
        // However small it is, it costs something.
        file("newest", 1, 0);
        state.sweep_inbox().unwrap();
        assert_eq!(there(), [false, true, true]);
    }
}
