//! The sandbox: engine, linker and ticker; from compiled code to a call's outcome. The only room that names wasmtime.
//!
//! A call gets a fresh instance with one store, one entry and one deadline, and is gone. What it may reach is a field
//! of [`state::CallState`]; what it brought is a [`Done`], which others commit. Nothing here reads configuration,
//! judges a sender or writes to the journal.

mod answering;
mod bindings;
mod command;
pub mod compiled;
mod contract;
mod convert;
mod database;
mod engine;
mod fault;
mod files;
mod folders;
mod guest;
mod host;
mod http;
mod meter;
mod output;
mod refusals;
mod shortage;
mod sockets;
mod state;
mod store;
mod tap;
mod ticker;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre};

pub use compiled::CompiledError;
pub use convert::{HookAnswer, HookBody, HookContent, HookRequest};
pub use engine::Allocation;
pub use fault::{Call, CallError, Fault, FaultKind, SAID, Shortage};
pub use files::Quota;
pub use folders::{Folders, Named};
pub use guest::Done;
pub use output::{MinuteBudget, WATCHED};
pub use refusals::Refusals;
pub use sockets::Happening;
pub use store::Written;
pub use tap::{Tap, Watched, Watching};

use contract::Exports;

use crate::component::ComponentError;
use crate::database::Databases;
use crate::egress::Line;
use crate::journal::Journal;
use crate::limits;
use crate::model::{ChannelName, Digest, InstanceId};
use crate::program::Programs;

/// Owner of the engine, the linker and the ticker; one for the process.
pub struct Sandbox {
    engine: Engine,
    linkers: contract::Linkers,
    ticker: ticker::Ticker,
    calls: tokio::sync::Semaphore,
    fingerprint: String,
}

/// Why the sandbox could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Neither way to get memory for guests works here.
    #[error("the WebAssembly engine can't be set up: {0}")]
    Engine(String),
    /// No thread for the ticker.
    #[error("can't start the epoch ticker's thread")]
    Ticker(#[source] std::io::Error),
    /// A component imports what is not there.
    #[error("the component needs what lockgate does not offer: {0}")]
    Imports(String),
    /// A component speaks another contract.
    #[error(transparent)]
    Contract(#[from] ComponentError),
}

/// A component that is ready to be called: linked once, instantiated for every call.
pub struct Prepared {
    sandbox: Arc<Sandbox>,
    pre: InstancePre<state::CallState>,
    exports: Exports,
    memory: usize,
}

/// What a call knows of its channel: no more than its capabilities need.
pub struct ChannelContext {
    /// For logs and faults.
    pub name: ChannelName,
    /// Whose store.
    pub instance: InstanceId,
    /// Its approved bytes.
    pub component: Digest,
    /// Read by `store`; written only when a call is committed, by others.
    pub journal: Journal,
    /// The channel's `config` table, flattened.
    pub settings: BTreeMap<String, String>,
    /// How much it may log; shared by all its calls.
    pub log: Arc<MinuteBudget>,
    /// Where it can be watched.
    pub tap: Tap,
    /// How much its calls may write to the store.
    pub writes: MinuteBudget,
    /// Where `host.random` comes from.
    pub random: ring::rand::SystemRandom,
    /// Its way outward, and what covers its secrets in whatever its guest says.
    pub egress: Arc<Line>,
    /// Folders of the operator's that its calls see.
    pub folders: Vec<Named>,
    /// Databases of the operator's that it may read.
    pub databases: Databases,
    /// Programs of the operator's that it may run.
    pub programs: Programs,
    /// What its calls were refused.
    pub refusals: Arc<Refusals>,
}

impl Sandbox {
    /// Sets up the engine. If the system does not give the pool's address space, instances are mapped one by one:
    /// slower, never wrong.
    ///
    /// # Errors
    /// Neither works, or there is no thread for the ticker.
    pub fn new(allocation: Allocation) -> Result<Arc<Self>, SandboxError> {
        let engine = engine::engine(allocation)
            .or_else(|error| {
                tracing::warn!(%error, "no address space for the instance pool; mapping each instance by itself");
                engine::engine(Allocation::OnDemand)
            })
            .map_err(|error| SandboxError::Engine(error.to_string()))?;
        let linkers = contract::Linkers::new(&engine).map_err(|error| SandboxError::Engine(error.to_string()))?;
        let ticker = ticker::Ticker::start(&engine).map_err(SandboxError::Ticker)?;
        let fingerprint = engine::fingerprint(&engine);
        let calls = tokio::sync::Semaphore::new(limits::CALLS_AT_ONCE as usize);
        Ok(Arc::new(Self {
            engine,
            linkers,
            ticker,
            calls,
            fingerprint,
        }))
    }

    /// Names the engine: part of a compiled file's name, and of the journal's row about it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether the ticker's thread sleeps because no guest runs.
    pub fn is_idle(&self) -> bool {
        self.ticker.is_asleep()
    }

    /// Loads compiled code and links it. `memory`: bytes that one call may have.
    ///
    /// # Errors
    /// The file is not the one that was noted, or the component imports what is not offered.
    pub fn prepare(self: &Arc<Self>, path: &Path, expected: &Digest, memory: usize) -> Result<Prepared, PrepareError> {
        let component = compiled::load(&self.engine, path, expected)?;
        Ok(self.link(&component, memory)?)
    }

    fn link(self: &Arc<Self>, component: &Component, memory: usize) -> Result<Prepared, SandboxError> {
        let (pre, exports) = self.linkers.link(component)?;
        Ok(Prepared {
            sandbox: Arc::clone(self),
            pre,
            exports,
            memory,
        })
    }
}

/// Why a component could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// Its compiled code.
    #[error(transparent)]
    Compiled(#[from] CompiledError),
    /// Its imports.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl Prepared {
    /// Whether the component has the interface of this call.
    pub fn has(&self, call: Call) -> bool {
        match call {
            Call::Start => self.exports.life.is_some(),
            Call::Poll => self.exports.source.is_some(),
            Call::Fire => self.exports.timer.is_some(),
            Call::Receive => self.exports.hook.is_some(),
            Call::Socket => self.exports.socket.is_some(),
            Call::Send | Call::Edit | Call::React | Call::Typing | Call::Direct | Call::AnswerPress => {
                self.exports.sink.is_some()
            }
            Call::Fetch => self.exports.media.is_some(),
            Call::Tool => self.exports.tools.is_some(),
        }
    }
}
