//! The sandbox by itself, for what can't be seen from outside: a state folder, a journal, an engine, and guests that are
//! compiled, loaded and called without a listener or a session.

mod running;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use lockgate::components::{self, Components, Examined};
use lockgate::database::Databases;
use lockgate::egress::{Egress, Line};
use lockgate::journal::Journal;
use lockgate::limits;
use lockgate::model::{ChannelName, Digest, UnixMillis};
use lockgate::paths::{Home, OffLimits};
use lockgate::program::Programs;
use lockgate::sandbox::{Allocation, ChannelContext, HookContent, HookRequest, MinuteBudget, Prepared, Sandbox, Tap};
use tempfile::TempDir;

pub use running::Running;

use crate::guests::built_folder;
use crate::home::{binary, component::prebuilt};

/// A room; everything in it goes with it.
pub struct Room {
    /// One engine.
    pub sandbox: Arc<Sandbox>,
    /// One database.
    pub journal: Journal,
    components: Components,
    folder: TempDir,
}

impl Room {
    /// An empty room.
    ///
    /// # Errors
    /// If no folder can be made, or the engine can't be set up.
    pub fn new(allocation: Allocation) -> Result<Room> {
        let folder = TempDir::with_prefix("lockgate-room-").context("make a temporary folder")?;
        let state = Home::find(Some(folder.path()), &|_| None)?.open_state(None)?;
        let journal = Journal::open(&state.journal())?;
        let components = Components::new(state, journal.clone(), binary("lockgate"));
        Ok(Room {
            sandbox: Sandbox::new(allocation)?,
            journal,
            components,
            folder,
        })
    }

    /// Its folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// Compiles these bytes in a child process and keeps them.
    ///
    /// # Errors
    /// If they are no channel, or the child refuses them.
    pub async fn compile(&self, bytes: Vec<u8>) -> Result<Examined> {
        let examined = components::examine(bytes, None)?;
        self.components.keep(&examined)?;
        self.components.compile(&examined, self.sandbox.fingerprint()).await?;
        Ok(examined)
    }

    /// Loads what was compiled.
    ///
    /// # Errors
    /// If it was not, or does not link.
    pub fn load(&self, examined: &Examined) -> Result<Prepared> {
        let memory = examined.manifest.limits.memory.unwrap_or(limits::GUEST_MEMORY);
        Ok(self.components.prepare(&self.sandbox, &examined.digest, memory)?)
    }

    /// Compiles and loads.
    ///
    /// # Errors
    /// As both.
    pub async fn prepare(&self, bytes: Vec<u8>) -> Result<Prepared> {
        let examined = self.compile(bytes).await?;
        self.load(&examined)
    }

    /// A channel of this name with these settings, and an empty store.
    ///
    /// # Errors
    /// If the journal can't be written.
    pub fn channel(&self, name: &str, settings: &[(&str, &str)]) -> Result<Arc<ChannelContext>> {
        let closed = Egress::system(None)?.line(name.parse()?, vec![], BTreeMap::new(), BTreeMap::new());
        self.channel_with(name, settings, closed)
    }

    /// The same with a way outward.
    ///
    /// # Errors
    /// If the journal can't be written.
    pub fn channel_with(
        &self,
        name: &str,
        settings: &[(&str, &str)],
        egress: Arc<Line>,
    ) -> Result<Arc<ChannelContext>> {
        let name: ChannelName = name.parse()?;
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let instance = self.journal.add_instance(&name, UnixMillis::now())?;
        Ok(Arc::new(ChannelContext {
            name,
            instance,
            component: Digest::of(b""),
            journal: self.journal.clone(),
            settings,
            log: Arc::new(MinuteBudget::of_log()),
            tap: Tap::default(),
            writes: MinuteBudget::of_store(),
            random: ring::rand::SystemRandom::new(),
            egress,
            folders: Vec::new(),
            databases: Databases::new(BTreeMap::new(), OffLimits::default(), binary("lockgate")),
            programs: Programs::new(&BTreeMap::new(), Vec::new())?,
            refusals: Arc::default(),
        }))
    }
}

/// A POST of this body to this path, as if its signature had been checked.
#[must_use]
pub fn post(path: &str, body: &str) -> HookRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    HookRequest {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: vec![],
        body: HookContent::Bytes(body.into()),
        rule: "test".to_owned(),
    }
}

/// The component of a test guest, which `tests/run` builds before the tests.
///
/// # Errors
/// If it was not built.
pub fn guest(name: &str) -> Result<Vec<u8>> {
    let path = built_folder().join(format!("{name}.wasm"));
    std::fs::read(&path)
        .with_context(|| format!("read {}; build it with `target/release/guests build`", path.display()))
}

/// The committed component of an example.
///
/// # Errors
/// If it can't be read.
pub fn example(name: &str) -> Result<Vec<u8>> {
    let path = prebuilt(name);
    std::fs::read(&path).with_context(|| format!("read {}", path.display()))
}
