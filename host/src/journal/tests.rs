//! The journal over real files: what is committed, what is not, and what is left after something broke.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bounds;
mod commits;
mod crash;
mod document;
mod files;
mod housekeeping;
mod memory;
mod model;
mod quarantine;
mod speed;
mod standing;
mod states;

use tempfile::TempDir;

use super::*;
use crate::model::{Admitted, Author, Conversation, Event, Message, Scope, Standing};

/// A journal in a folder of its own, with one channel.
struct House {
    folder: TempDir,
    journal: Journal,
    ci: InstanceId,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.sqlite")).unwrap();
        let ci = journal.add_instance(&name("ci"), at(0)).unwrap();
        Self { folder, journal, ci }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("journal.sqlite")
    }

    /// A call of the channel, as yet without content.
    fn call(&self) -> CallCommit {
        call(self.ci)
    }

    async fn commit(&self, call: CallCommit) -> Result<Committed, CommitError> {
        self.journal.commit(call).await
    }

    /// Commits these messages in one call.
    async fn bring(&self, ids: &[&str]) -> Vec<EventId> {
        let admitted = ids.iter().map(|id| message(id)).collect();
        self.commit(CallCommit {
            admitted,
            ..self.call()
        })
        .await
        .unwrap()
        .events
    }

    fn held(&self) -> Vec<EventId> {
        ids(&self.journal.held(None, 1000).unwrap())
    }

    fn inbox(&self) -> Vec<EventId> {
        ids(&self.journal.inbox(1000).unwrap())
    }

    fn count(&self) -> SpoolCount {
        self.journal
            .counts()
            .unwrap()
            .into_iter()
            .find(|count| count.instance == self.ci)
            .unwrap()
    }

    /// Commits these calls in one transaction: the writer is held until all are queued.
    async fn in_one_group(&self, calls: impl IntoIterator<Item = CallCommit>) -> Vec<Result<Committed, CommitError>> {
        let (go, gate) = std::sync::mpsc::channel();
        let held = self.journal.clone();
        let stop = tokio::spawn(async move {
            held.change(move |_| gate.recv().map_err(|_| JournalError::Closed))
                .await
        });
        let tasks: Vec<_> = calls
            .into_iter()
            .map(|call| {
                let journal = self.journal.clone();
                tokio::spawn(async move { journal.commit(call).await })
            })
            .collect();
        // On this one thread every task has run up to its wait for an answer, after the first one has.
        tokio::task::yield_now().await;
        // Where the transaction can't even begin, nobody waits at the gate any more.
        let _ = go.send(());
        // It may have been taken into the group, and then it shares the group's fate.
        drop(stop.await.unwrap());
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    }

    /// Runs SQL on the writer's own connection.
    async fn sql(&self, sql: &'static str) {
        let work = move |group: &mut Group<'_>| Ok(group.connection().execute_batch(sql)?);
        self.journal.desk.queue.change(work).await.unwrap();
    }
}

fn call(instance: InstanceId) -> CallCommit {
    CallCommit {
        instance,
        channel: name("ci"),
        now: at(1),
        admitted: Vec::new(),
        effects: Vec::new(),
        checks: Vec::new(),
        writes: Vec::new(),
        replay: None,
        fired: None,
        tallies: Vec::new(),
    }
}

fn message(id: &str) -> Admitted {
    let conversation = Conversation {
        id: "main".into(),
        thread: None,
        scope: Scope::Group,
        title: None,
    };
    let message = Message {
        id: id.into(),
        author: Author::Service("build".into()),
        conversation,
        text: format!("build {id} failed"),
        mentions_me: false,
        in_reply_to: None,
        quote: None,
        sent_at: None,
        attachments: Vec::new(),
        meta: vec![("branch".into(), "main".into())],
    };
    Admitted {
        message,
        revision: None,
        standing: Standing::Service,
        quoted: None,
        quiet: false,
        files: Vec::new(),
    }
}

fn name(text: &str) -> ChannelName {
    text.parse().unwrap()
}

fn at(millis: u64) -> UnixMillis {
    UnixMillis(millis)
}

fn session(text: &str) -> SessionId {
    SessionId(text.into())
}

fn ids(events: &[Event]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

fn write(key: &str, value: &str) -> (String, Option<Vec<u8>>) {
    (key.into(), Some(value.into()))
}
