//! `lockgate serve`: an MCP server on standard input and output. It ends when the client does, or within 100 ms of a
//! signal: everything is on disk already, so there is nothing to do at the end.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::ExitStatus;
use super::ancestors::ancestors;
use super::args::ServeArgs;
use crate::argv::{ServerNames, SessionKind, channel_session};
use crate::attend::{Attendance, Part};
use crate::desk::{Door, Front};
use crate::limits;
use crate::managed::Managed;
use crate::mcp::{self, Options, ToolSet, stdio};
use crate::outbound::Scope;
use crate::paths::Home;
use crate::pump::Witness;

/// Serves one client.
///
/// # Errors
/// Standard input or output can't be used.
pub fn run(args: &ServeArgs, home: Home) -> anyhow::Result<ExitStatus> {
    raise_descriptors();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("can't start the tasks' threads")?;
    let status = runtime.block_on(serve(args, home));
    // Threads that wait for the owner's lock or read a terminal are left behind: the process ends here.
    runtime.shutdown_background();
    status
}

/// Calls, connections and the files of guests may need more descriptors at a time than a shell gives a program at first.
/// Where the system does not give more, those that it gave have to do.
fn raise_descriptors() {
    let now = getrlimit(Resource::Nofile);
    let wanted = limits::DESCRIPTORS.min(now.maximum.unwrap_or(limits::DESCRIPTORS));
    if now.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            ..now
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "no more descriptors are to be had");
        }
    }
}

async fn serve(args: &ServeArgs, home: Home) -> anyhow::Result<ExitStatus> {
    let part = part(args);
    let tools = match part {
        Part::Takes | Part::Fetches => ToolSet::Full,
        Part::Keeps | Part::Looks => ToolSet::ChannelsOnly,
    };
    let (door, seen) = watch::channel(Door::Opening);
    let (witness, scope) = (Witness::default(), Scope::default());
    let desk = Front::new(seen, witness.clone(), scope.clone(), home.clone());
    let (reader, writer) = stdio::open().context("can't use standard input and output")?;
    // Not the hangup: who starts it by `nohup` wants it to go on when the terminal is closed.
    let mut interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("can't watch for SIGTERM")?;
    let session = mcp::open(reader, writer, Options { tools }, Arc::new(desk));
    let attendance = Attendance {
        home,
        roots: roots(),
        binary: std::env::current_exe().context("can't find lockgate's own binary")?,
        variables: Arc::new(|name| std::env::var(name).ok()),
        managed: Managed::here(),
        part,
        witness,
        scope,
        door,
    };
    tokio::select! {
        ended = attendance.attend(&session) => tracing::info!(%ended, "the session is over"),
        _ = interrupt.recv() => tracing::info!("interrupted"),
        _ = terminate.recv() => tracing::info!("asked to end"),
    }
    Ok(ExitStatus::Success)
}

/// Where the session works: the project that the client names, and the folder in which it started us.
fn roots() -> Vec<PathBuf> {
    let project = std::env::var_os("CLAUDE_PROJECT_DIR").map(PathBuf::from);
    project.into_iter().chain(std::env::current_dir()).collect()
}

/// Whether the client pushes our events into its session: its command line says so, or the operator does.
fn part(args: &ServeArgs) -> Part {
    if args.channel {
        return Part::Takes;
    }
    let otherwise = if args.tools { Part::Fetches } else { Part::Looks };
    let names = ServerNames {
        server: args.name.clone(),
        ..ServerNames::default()
    };
    match channel_session(&ancestors(), &names) {
        SessionKind::Channel { flag } => {
            tracing::info!(flag = flag.as_str(), "a channel session");
            Part::Takes
        }
        SessionKind::ToolsOnly { why } => {
            tracing::info!(
                why = why.as_str(),
                "no channel session; `serve --channel` would make it one"
            );
            otherwise
        }
        SessionKind::NoClient => {
            tracing::info!("no client is known above this process; `serve --channel` makes it a channel session");
            otherwise
        }
    }
}
