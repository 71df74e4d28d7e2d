//! A session that this very process plays: server and client are one program, and everything between them is the real
//! thing. `demo` and `try` differ only in whose files they use and what they say at the beginning.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::watch;

use super::ExitStatus;
use super::interrupt::Ending;
use super::terminal::{Client, Commands, Terminal};
use crate::attend::{Attendance, Part};
use crate::channel::Channel;
use crate::desk::{Door, Front};
use crate::house::House;
use crate::managed::Managed;
use crate::mcp::{self, Options, ToolSet};
use crate::outbound::Scope;
use crate::paths::Home;
use crate::pump::Witness;
use crate::supervisor::{Entry, Stage, Variables};

/// How long the channels have to come up before the session begins without them.
const PATIENCE: Duration = Duration::from_secs(60);
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
    run(home, variables, Part::Takes, async |mut seen, client| {
        let house = opened(&mut seen).await?;
        welcome(&house).await?;
        Terminal::new(client).converse().await
    })
}

/// The same, with more commands.
///
/// # Errors
/// As [`play`].
pub fn play_with(
    home: Home,
    variables: Variables,
    commands: Commands,
    welcome: impl AsyncFnOnce(&House) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    run(home, variables, Part::Takes, async |mut seen, client| {
        let house = opened(&mut seen).await?;
        welcome(&house).await?;
        Terminal::new(client).with(commands).converse().await
    })
}

/// Keeps the channels going, unless another process does, until `wait` ends; nothing is pushed into this session.
///
/// # Errors
/// The session can't be opened, or ended by itself, or what is waited for fails.
pub fn keep(
    home: Home,
    variables: Variables,
    wait: impl AsyncFnOnce(watch::Receiver<Door>) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    run(home, variables, Part::Keeps, async |seen, mut client| {
        let silence = async {
            loop {
                // What the server tells is for a client that shows it; it must not wait for one.
                client.hear().await?;
            }
        };
        tokio::select! {
            waited = wait(seen) => waited,
            ended = silence => ended,
        }
    })
}

fn run(
    home: Home,
    variables: Variables,
    part: Part,
    talk: impl AsyncFnOnce(watch::Receiver<Door>, Client) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("can't start the tasks' threads")?;
    let played = runtime.block_on(session(home, variables, part, talk));
    // A thread that reads the terminal is left behind: the process ends here.
    runtime.shutdown_background();
    played
}

async fn session(
    home: Home,
    variables: Variables,
    part: Part,
    talk: impl AsyncFnOnce(watch::Receiver<Door>, Client) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    let (door, seen) = watch::channel(Door::Opening);
    let (witness, scope) = (Witness::default(), Scope::default());
    let desk = Front::new(seen.clone(), witness.clone(), scope.clone(), home.clone());
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let (reader, writer) = tokio::io::split(ours);
    let session = mcp::open(reader, writer, Options { tools: ToolSet::Full }, Arc::new(desk));
    let attendance = Attendance {
        home,
        // A person types here, no model.
        roots: Vec::new(),
        binary: std::env::current_exe().context("can't find lockgate's own binary")?,
        variables,
        managed: Managed::here(),
        part,
        witness,
        scope,
        door,
    };
    let mut ending = Ending::listen()?;
    let conversation = async {
        let mut client = Client::new(theirs);
        client.greet().await?;
        talk(seen, client).await
    };
    tokio::select! {
        ended = attendance.attend(&session) => bail!("the session ended: {ended}"),
        conversed = conversation => conversed.map(|()| ExitStatus::Success),
        () = ending.comes() => Ok(ExitStatus::Success),
    }
}

/// Waits until every channel was started, or says why it can't be, and every page is served, or says why not. Not for ever:
/// a component that is being compiled may take its time, and is told of as it is.
pub async fn settled(house: &House) {
    let wait = async {
        let mut roster = house.roster.clone();
        let compiling = |entry: &Entry| matches!(&entry.stage, Stage::Waiting(phase) if phase.detail().is_empty());
        let known = roster.wait_for(|roster| roster.is_known() && !roster.channels.values().any(compiling));
        let running: Vec<Arc<Channel>> = match known.await {
            Ok(roster) => roster
                .channels
                .values()
                .filter_map(|entry| entry.running().cloned())
                .collect(),
            Err(_) => return,
        };
        for channel in &running {
            channel.begun().await;
        }
        let pages = running
            .iter()
            .filter(|channel| channel.grant().page().is_some())
            .count();
        let mut served = house.pages.clone();
        let _ = served.wait_for(|served| served.len() >= pages).await;
    };
    let _ = tokio::time::timeout(PATIENCE, wait).await;
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
