//! The operator's files as the command line changes them: one process at a time, each file whole or not at all.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};

use super::print::Printer;
use crate::config::Config;
use crate::lockfile::Lock;
use crate::paths::{Home, write_private};

/// lockgate.toml and lockgate.lock, as they are now.
#[derive(Debug, Clone, PartialEq)]
pub struct Files {
    /// The text of lockgate.toml.
    pub text: String,
    /// What it says.
    pub config: Config,
    /// What is pinned.
    pub lock: Lock,
}

/// The right to change the files, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _file: File,
}

impl Files {
    /// Reads both; files that are not there are empty.
    ///
    /// # Errors
    /// One of them can't be read or makes no sense.
    pub fn read(home: &Home) -> anyhow::Result<Self> {
        let file = home.config_file();
        let text = read(&file)?;
        let config = Config::parse(&text, &file)?;
        let lock = Lock::parse(&read(&home.lock_file())?)?;
        Ok(Self { text, config, lock })
    }
}

impl Turn {
    /// Waits until nobody else changes the files.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn take(home: &Home, printer: &mut Printer) -> anyhow::Result<Self> {
        home.open_config()?;
        let path = home.config_dir().join(".lock");
        let doing = || format!("can't lock {}; make its folder writable for you", path.display());
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = file.with_context(doing)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            printer.say("another lockgate is changing the files; waiting for it");
            flock(&file, FlockOperation::LockExclusive).with_context(doing)?;
        }
        Ok(Self { _file: file })
    }

    /// Writes lockgate.toml, if the text is another one. A link stays a link.
    ///
    /// # Errors
    /// The text would not be read again, or the disk is full.
    pub fn write_config(&self, home: &Home, files: &Files, text: &str) -> anyhow::Result<()> {
        let file = home.config_file();
        // Nothing is written that the next start would refuse.
        Config::parse(text, &file).context("lockgate.toml would not be readable, so nothing was changed")?;
        if text == files.text {
            return Ok(());
        }
        Ok(write_private(&file.canonicalize().unwrap_or(file), text.as_bytes())?)
    }

    /// Writes lockgate.lock, if a pin is another one.
    ///
    /// # Errors
    /// The disk is full.
    pub fn write_lock(&self, home: &Home, files: &Files, lock: &Lock) -> anyhow::Result<()> {
        if *lock == files.lock {
            return Ok(());
        }
        let file = home.lock_file();
        Ok(write_private(
            &file.canonicalize().unwrap_or(file),
            lock.to_text()?.as_bytes(),
        )?)
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("can't read {}; make it readable for you", path.display())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::print::tests::to_memory;
    use super::*;

    fn home(dir: &tempfile::TempDir) -> Home {
        Home::find(Some(&dir.path().join("home")), &|_| None).unwrap()
    }

    #[test]
    fn nothing_is_written_that_could_not_be_read() {
        let (dir, (mut printer, _, _)) = (tempfile::tempdir().unwrap(), to_memory());
        let home = home(&dir);
        let files = Files::read(&home).unwrap();
        let turn = Turn::take(&home, &mut printer).unwrap();
        let error = turn.write_config(&home, &files, "[channel.x]\nno = 1").unwrap_err();
        assert!(format!("{error:#}").contains("nothing was changed"), "{error:#}");
        assert!(!home.config_file().exists());
        turn.write_config(&home, &files, "always-on = true").unwrap();
        assert!(Files::read(&home).unwrap().config.always_on);
    }

    #[test]
    fn a_link_stays_a_link() {
        let (dir, (mut printer, _, _)) = (tempfile::tempdir().unwrap(), to_memory());
        let home = home(&dir);
        let turn = Turn::take(&home, &mut printer).unwrap();
        let real = dir.path().join("dotfiles.toml");
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, home.config_file()).unwrap();
        turn.write_config(&home, &Files::read(&home).unwrap(), "always-on = true")
            .unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "always-on = true");
        assert!(std::fs::symlink_metadata(home.config_file()).unwrap().is_symlink());
    }

    #[test]
    fn one_at_a_time() {
        let (dir, (mut printer, _, talk)) = (tempfile::tempdir().unwrap(), to_memory());
        let home = home(&dir);
        let first = Turn::take(&home, &mut printer).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let (mut printer, _, talk) = to_memory();
                let turn = Turn::take(&home, &mut printer).unwrap();
                (turn, talk.text())
            });
            // The other one can only go on when this is dropped, whenever it began to wait.
            let path = home.config_dir().join(".lock");
            assert!(flock(File::open(path).unwrap(), FlockOperation::NonBlockingLockShared).is_err());
            drop(first);
            waiting.join().unwrap();
        });
        assert_eq!(talk.text(), "");
    }
}
