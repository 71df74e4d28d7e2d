//! What the host itself has to say to a session: that a channel changed its state, or waits for review. It watches the
//! roster and the channels' phases, and puts each change into the journal as an event of the reserved channel `lockgate`;
//! from there it takes the way of all events. It changes no channel and reads no configuration.
//!
//! # Authority
//! The first line of such an event is the host's alone. What a guest said stands below, quoted, on one line and clipped.

mod bulletin;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::channel::Phase;
use crate::journal::{CallCommit, CommitError, Journal, JournalError};
use crate::model::{Admitted, Author, ChannelName, Conversation, InstanceId, Message, Scope, Standing, UnixMillis};
use crate::supervisor::{Entry, Roster};
use bulletin::{Bulletin, Notice};

/// How long after the journal refused it is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Tells what changes until the future is dropped.
pub async fn run(mut roster: watch::Receiver<Arc<Roster>>, journal: Journal) {
    let host = loop {
        match journal.host(UnixMillis::now()).await {
            Ok(host) => break host,
            Err(error) => refused(&error).await,
        }
    };
    let mut bulletin = Bulletin::default();
    loop {
        let now = UnixMillis::now();
        let channels = Arc::clone(&roster.borrow_and_update()).channels.clone();
        // Before the phases are looked at, so that none that comes after is missed.
        let mut phases: Vec<_> = channels
            .values()
            .filter_map(Entry::running)
            .map(|it| it.phases())
            .collect();
        bulletin.keep(|name| channels.contains_key(name));
        for (name, entry) in &channels {
            bulletin.look(name, &entry.phase(), entry.note.as_deref(), now);
        }
        for notice in bulletin.due(now) {
            while let Err(error) = tell(&journal, host, &notice, now).await {
                refused(&error).await;
            }
        }
        let wake = bulletin.next().map_or(Duration::from_secs(3_600), |at| at.since(now));
        tokio::select! {
            changed = roster.changed() => if changed.is_err() { return },
            () = any(&mut phases) => {}
            () = tokio::time::sleep_until(Instant::now() + wake) => {}
        }
    }
}

async fn refused(error: &dyn std::fmt::Display) {
    tracing::error!(%error, "what the host has to tell can't be noted; trying again");
    tokio::time::sleep(AGAIN).await;
}

/// Resolves when one of them changes; never, if there is none.
async fn any(phases: &mut [watch::Receiver<Phase>]) {
    let mut changes: Vec<_> = phases.iter_mut().map(|phase| Box::pin(phase.changed())).collect();
    poll_fn(|context| {
        let moved = changes
            .iter_mut()
            .any(|change| change.as_mut().poll(context).is_ready());
        if moved { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// For other rooms that have something to tell a session in the host's name.
#[derive(Clone)]
pub struct Herald {
    journal: Journal,
}

impl Herald {
    /// One that writes into this journal.
    pub fn new(journal: Journal) -> Self {
        Self { journal }
    }

    /// Puts an event of the host's into the journal. The same `key` is told once. Nobody else's words stand in the first
    /// line of `text`, and those below it are quoted, on one line and clipped.
    ///
    /// # Errors
    /// The journal takes nothing.
    pub async fn tell(&self, key: String, text: String) -> Result<(), Untold> {
        let now = UnixMillis::now();
        let host = self.journal.host(now).await?;
        tell(&self.journal, host, &Notice { key, text }, now).await?;
        Ok(())
    }
}

/// Why something can't be told.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// The journal can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It takes nothing.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Puts a notice into the journal. One that stands there already, from before a restart, is not told again.
async fn tell(journal: &Journal, host: InstanceId, notice: &Notice, now: UnixMillis) -> Result<(), CommitError> {
    let commit = CallCommit {
        instance: host,
        channel: ChannelName::host(),
        now,
        admitted: vec![admitted(notice)],
        effects: Vec::new(),
        checks: Vec::new(),
        writes: Vec::new(),
        replay: None,
        fired: None,
        tallies: Vec::new(),
    };
    journal.commit(commit).await.map(drop)
}

fn admitted(notice: &Notice) -> Admitted {
    let name = ChannelName::host().to_string();
    Admitted {
        message: Message {
            id: notice.key.clone(),
            author: Author::Service(name.clone()),
            conversation: Conversation {
                id: name,
                thread: None,
                scope: Scope::Direct,
                title: None,
            },
            text: notice.text.clone(),
            mentions_me: false,
            in_reply_to: None,
            quote: None,
            sent_at: None,
            attachments: Vec::new(),
            meta: Vec::new(),
        },
        revision: None,
        standing: Standing::Host,
        quoted: None,
        quiet: false,
        files: Vec::new(),
    }
}
