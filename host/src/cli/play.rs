//! A session that this very process plays: server and client are one program, and everything between them is the real
//! thing. `demo` and `try` differ only in whose files they use and what they say at the beginning.

use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::ExitStatus;
use super::terminal::{Client, Terminal};
use crate::attend::{Attendance, Part};
use crate::desk::{Door, Front};
use crate::house::House;
use crate::mcp::{self, Options, ToolSet};
use crate::outbound::Scope;
use crate::paths::Home;
use crate::pump::Witness;
use crate::supervisor::Variables;

/// Bytes that wait between the client and the server.
const PIPE: usize = 1 << 20;

/// Opens a session over these files, welcomes the person, and lets him converse until he ends it.
///
/// # Errors
/// The session can't be opened, or ended by itself.
pub fn play(
    home: Home,
    variables: Variables,
    welcome: impl AsyncFnOnce(&House) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("can't start the tasks' threads")?;
    let played = runtime.block_on(session(home, variables, welcome));
    // A thread that reads the terminal is left behind: the process ends here.
    runtime.shutdown_background();
    played
}

async fn session(
    home: Home,
    variables: Variables,
    welcome: impl AsyncFnOnce(&House) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    let (door, mut seen) = watch::channel(Door::Opening);
    let (witness, scope) = (Witness::default(), Scope::default());
    let desk = Front::new(seen.clone(), witness.clone(), scope.clone(), home.clone());
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let (reader, writer) = tokio::io::split(ours);
    let session = mcp::open(reader, writer, Options { tools: ToolSet::Full }, Arc::new(desk));
    let attendance = Attendance {
        home,
        project: None,
        binary: std::env::current_exe().context("can't find lockgate's own binary")?,
        variables,
        part: Part::Takes,
        witness,
        scope,
        door,
    };
    let mut interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("can't watch for SIGTERM")?;
    let conversation = async {
        let mut client = Client::new(theirs);
        client.greet().await?;
        let house = opened(&mut seen).await?;
        welcome(&house).await?;
        Terminal::new(client).converse().await
    };
    tokio::select! {
        ended = attendance.attend(&session) => bail!("the session ended: {ended}"),
        conversed = conversation => conversed.map(|()| ExitStatus::Success),
        _ = interrupt.recv() => Ok(ExitStatus::Success),
        _ = terminate.recv() => Ok(ExitStatus::Success),
    }
}

/// Waits until this process runs the channels. While another one does, it says so, once.
async fn opened(door: &mut watch::Receiver<Door>) -> anyhow::Result<House> {
    let mut told = false;
    loop {
        match &*door.borrow_and_update() {
            Door::Owner(house) => return Ok(house.clone()),
            Door::Failed(why) => bail!("{why}"),
            Door::Beside(..) if !told => {
                eprintln!("Another process runs the channels (`lockgate status` says which); waiting until it ends.");
                told = true;
            }
            _ => {}
        }
        door.changed().await.context("the session ended")?;
    }
}
