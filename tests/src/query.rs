//! A database of the operator's in a folder of its own, and the queries of a channel that it is given to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use lockgate::database::{Databases, QueryFailure, Value};
use lockgate::paths::OffLimits;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::home::binary;

/// What a query brings.
pub type Rows = Result<Vec<Vec<Value>>, QueryFailure>;

/// The folder with the database `messages.db`, given as `messages`; it goes with this.
pub struct Place {
    dir: TempDir,
    path: PathBuf,
    /// What the channel is given.
    pub databases: Databases,
}

impl Place {
    /// Without a file yet.
    ///
    /// # Errors
    /// If no folder can be made.
    pub fn empty() -> Result<Place> {
        let dir = TempDir::with_prefix("lockgate-query-").context("make a temporary folder")?;
        let path = dir.path().canonicalize().context("find it")?.join("messages.db");
        let databases = databases(&[("messages", &path)], OffLimits::default());
        Ok(Place { dir, path, databases })
    }

    /// With three messages.
    ///
    /// # Errors
    /// If no folder or database can be made.
    pub fn new() -> Result<Place> {
        let place = Place::empty()?;
        Connection::open(place.path())?.execute_batch(
            "CREATE TABLE message(id INTEGER PRIMARY KEY, text TEXT, more);
             INSERT INTO message VALUES (1, 'one', NULL), (2, 'two', x'00ff'), (3, 'three', 2.5);
             CREATE VIEW shown AS SELECT text FROM message;",
        )?;
        Ok(place)
    }

    /// The database.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// As the channel's.
    pub async fn query(&self, sql: &str) -> Rows {
        self.asked(sql, &[], Duration::from_secs(20)).await
    }

    /// The same with parameters, in a call that ends after so long.
    ///
    /// # Errors
    /// As the channel's.
    pub async fn asked(&self, sql: &str, parameters: &[Value], within: Duration) -> Rows {
        let deadline = Instant::now() + within;
        let asked = self
            .databases
            .query("messages", sql.to_owned(), parameters.to_vec(), deadline);
        asked.await
    }

    /// The one value of the one row.
    ///
    /// # Panics
    /// If there is another number of them.
    pub async fn one(&self, sql: &str) -> Value {
        let rows = self.query(sql).await;
        match rows.as_deref() {
            Ok([row]) if row.len() == 1 => row[0].clone(),
            other => panic!("{sql}: one value expected, got {other:?}"),
        }
    }

    /// Names, lengths and times, without opening a file: to close one would take the locks of a writer in this process away.
    /// The shared index is left out: it may note who reads.
    ///
    /// # Errors
    /// If the folder can't be read.
    pub fn looks(&self) -> Result<Vec<(String, u64, SystemTime)>> {
        let mut looks = Vec::new();
        for entry in std::fs::read_dir(self.folder())? {
            let (name, about) = entry.and_then(|entry| Ok((entry.file_name(), entry.metadata()?)))?;
            let name = name.to_string_lossy().into_owned();
            if !name.ends_with("-shm") {
                looks.push((name, about.len(), about.modified()?));
            }
        }
        looks.sort();
        Ok(looks)
    }

    /// All files, with what is in them.
    ///
    /// # Errors
    /// If one of them can't be read.
    pub fn files(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
        let paths = std::fs::read_dir(self.folder())?.map(|entry| Ok(entry?.path()));
        let files = paths.map(|path: Result<PathBuf>| {
            let path = path?;
            let bytes = std::fs::read(&path)?;
            Ok((path, bytes))
        });
        files.collect()
    }
}

/// A channel that is given these databases, by name.
#[must_use]
pub fn databases(granted: &[(&str, &Path)], off_limits: OffLimits) -> Databases {
    let granted = granted
        .iter()
        .map(|(name, path)| ((*name).to_owned(), path.to_path_buf()));
    Databases::new(granted.collect(), off_limits, binary("lockgate"))
}
