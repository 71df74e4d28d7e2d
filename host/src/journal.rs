//! The journal: one SQLite file that holds what came in and waits, what channels keep, and what is done again after a
//! restart. A call is committed here as a whole or not at all. Nothing of it stands in memory alone, and nothing here
//! judges a sender, opens a connection or names a session's client.
//!
//! Writes go through one thread, which commits what waits as a group and answers after the sync. Reads
//! go past it, on connections of their own. Other processes may have the file open: each transaction asks whether one of
//! them has written, and then reads sums and ids anew.

mod audit;
mod call;
mod document;
mod fault;
mod fresh;
mod group;
mod instances;
mod known;
mod ledger;
mod quarantine;
mod reader;
mod rows;
mod schema;
mod spool;
mod standing;
mod store;
mod sweep;
mod tally;
#[cfg(test)]
mod tests;
mod turns;
mod writer;

use std::ops::Deref;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

use tokio::sync::watch;

pub use call::{CallCommit, Committed, ReplayKey};
pub use fault::{CommitError, Disk, DiskKind, JournalError};
pub use quarantine::Quarantine;
pub use reader::{Reader, SpoolCount};
pub use spool::{Acknowledged, Proof, Released};
pub use standing::{Connection, Timer};
pub use sweep::Swept;
pub use tally::Tally;

use crate::limits;
use crate::model::{ChannelName, Digest, Event, EventId, InstanceId, SessionId, UnixMillis};
use call::Prepared;
use fresh::Fresh;
use group::Group;
use known::{Answer, Known};
use writer::{Lane, Queue, Told};

/// The journal, to write and, as a [`Reader`], to read. A clone is the same journal; when the last one is dropped, the
/// writer's thread does what still waits and ends.
#[derive(Clone)]
pub struct Journal {
    reader: Reader,
    desk: Arc<Desk>,
}

/// What [`Journal::resume`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// The channel was in quarantine, and is no more.
    Lifted,
    /// It was not.
    WasFree,
}

/// What all clones share.
struct Desk {
    queue: Arc<Queue>,
    arrivals: watch::Receiver<u64>,
    fresh: Arc<Fresh>,
    known: Arc<Known>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Deref for Journal {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Journal {
    /// Opens the journal, and makes it if there is none. Another process may have it open, too.
    ///
    /// # Errors
    /// The file is something else, of a newer layout, damaged, or can't be written.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let connection = schema::open_writer(path)?;
        let reader = Reader::open(path)?;
        let (sender, arrivals) = watch::channel(0);
        let (fresh, known) = (Arc::<Fresh>::default(), Arc::<Known>::default());
        let told = Told {
            arrivals: sender,
            fresh: Arc::clone(&fresh),
            known: Arc::clone(&known),
        };
        let queue = writer::start(connection, told).map_err(JournalError::Thread)?;
        let desk = Desk {
            queue,
            arrivals,
            fresh,
            known,
        };
        Ok(Self {
            reader,
            desk: Arc::new(desk),
        })
    }

    /// Opens an existing journal for reading only: what `status` needs beside an owner or without one.
    ///
    /// # Errors
    /// There is none, or it is of another layout.
    pub fn peek(path: &Path) -> Result<Reader, JournalError> {
        Reader::open(path)
    }

    /// Begins a new life of a channel's name, which starts empty. One that was left over under this name is ended.
    /// Blocks for one sync.
    ///
    /// # Errors
    /// The disk's.
    pub fn add_instance(&self, name: &ChannelName, now: UnixMillis) -> Result<InstanceId, JournalError> {
        let name = name.clone();
        wait(self.change(move |group| Ok(instances::add(group, &name, now)?)))
    }

    /// The life under which the host itself speaks, in its reserved channel; begun if there is none.
    ///
    /// # Errors
    /// The disk's.
    pub async fn host(&self, now: UnixMillis) -> Result<InstanceId, JournalError> {
        self.change(move |group| Ok(instances::host(group, now)?)).await
    }

    /// Ends a life: its timers and connections go, what waits of it is dead, and its calls are refused. Blocks for one sync.
    ///
    /// # Errors
    /// [`JournalError::NoInstance`] if it had ended or never was; the disk's.
    pub fn end_instance(&self, id: InstanceId, now: UnixMillis) -> Result<(), JournalError> {
        let work = move |group: &mut Group<'_>| match instances::end(group, id, now)? {
            true => Ok(()),
            false => Err(JournalError::NoInstance(id)),
        };
        wait(self.change(work))?;
        self.desk.known.forget(id);
        Ok(())
    }

    /// Notes the digest that a component's compiled file must have before it is loaded. Blocks for one sync.
    ///
    /// # Errors
    /// The disk's.
    pub fn put_compiled(&self, component: &Digest, engine: &str, compiled: &Digest) -> Result<(), JournalError> {
        let (component, engine, compiled) = (*component, engine.to_owned(), *compiled);
        wait(self.change(move |group| Ok(instances::put_compiled(group, &component, &engine, &compiled)?)))
    }

    /// Notes that a channel is not called by itself any more. The reader gives it back after a restart.
    ///
    /// # Errors
    /// The disk's.
    pub async fn quarantine(&self, id: InstanceId, quarantine: Quarantine) -> Result<(), JournalError> {
        self.change(move |group| Ok(quarantine::put(group, id, &quarantine)?))
            .await
    }

    /// Lifts the quarantine of a channel's bytes. Blocks for one sync.
    ///
    /// # Errors
    /// The disk's.
    pub fn resume(&self, id: InstanceId, component: &Digest) -> Result<Resumed, JournalError> {
        let component = *component;
        let lifted = wait(self.change(move |group| Ok(quarantine::lift(group, id, &component)?)))?;
        Ok(if lifted { Resumed::Lifted } else { Resumed::WasFree })
    }

    /// Lifts what a person's approval of these bytes does: he wants them tried that broke before it, and those tried again that
    /// he had approved before them, if he comes back to them. Blocks; for one sync, if there are any.
    ///
    /// # Errors
    /// The disk's.
    pub fn approved(&self, id: InstanceId, component: &Digest) -> Result<(), JournalError> {
        let component = *component;
        if !self.read(|sqlite| quarantine::is_any_before(sqlite, id, &component))? {
            return Ok(());
        }
        wait(self.change(move |group| Ok(quarantine::lift_before(group, id, &component)?)))
    }

    /// Changes a document of the host's own state in one transaction, and gives what `change` says. One that was never
    /// written begins as its default.
    ///
    /// # Errors
    /// The disk's; what stands there can't be read; or it would be longer than `limits::DOCUMENT_BYTES`.
    pub async fn revise<T, R, F>(&self, name: &'static str, change: F) -> Result<R, JournalError>
    where
        T: serde::Serialize + serde::de::DeserializeOwned + Default,
        F: FnOnce(&mut T) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.change(move |group| document::revise(group, name, change)).await
    }

    /// As [`Journal::revise`]; blocks for one sync.
    ///
    /// # Errors
    /// As there.
    pub fn revise_blocking<T, R, F>(&self, name: &'static str, change: F) -> Result<R, JournalError>
    where
        T: serde::Serialize + serde::de::DeserializeOwned + Default,
        F: FnOnce(&mut T) -> R + Send + 'static,
        R: Send + 'static,
    {
        wait(self.revise(name, change))
    }

    /// Commits a guest's call, all or nothing; returns after it is on disk. Dropped while it waits, it may be committed
    /// all the same.
    ///
    /// # Errors
    /// Why not; then nothing of the call has happened.
    pub async fn commit(&self, call: CallCommit) -> Result<Committed, CommitError> {
        let call = Prepared::new(call)?;
        let lane = Lane::Instance(call.instance());
        self.desk
            .queue
            .submit(lane, call.bytes(), move |group| call.write(group))
            .await
    }

    /// Puts off a timer whose call failed, unless it was set anew in the meantime; its failures are one more.
    ///
    /// # Errors
    /// The disk's.
    pub async fn timer_failed(&self, id: InstanceId, timer: Timer, next: UnixMillis) -> Result<(), JournalError> {
        self.change(move |group| Ok(standing::failed(group, id, &timer, next)?))
            .await
    }

    /// Changes after each commit that brought events or released some.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.desk.arrivals.clone()
    }

    /// As [`Reader::held`]. What this process has committed just now is given without a look at the file.
    ///
    /// # Errors
    /// As there.
    pub fn held(&self, after: Option<EventId>, limit: usize) -> Result<Vec<Event>, JournalError> {
        match after.and_then(|after| self.desk.fresh.held(after, limit, Instant::now())) {
            Some(events) => Ok(events),
            None => self.reader.held(after, limit),
        }
    }

    /// Whether a signed request was taken that could still be sent again. The commit asks once more.
    ///
    /// # Errors
    /// The disk's.
    pub fn replayed(&self, instance: InstanceId, digest: &Digest) -> Result<bool, JournalError> {
        let known = &self.desk.known;
        match known.ask(instance, digest) {
            Answer::Not => return Ok(false),
            Answer::Ask => {}
            Answer::Learn => match self.reader.requests(instance, limits::KNOWN_LEARNED + 1) {
                Ok(read) => known.learn(instance, read),
                Err(error) => {
                    known.forget(instance);
                    return Err(error);
                }
            },
        }
        self.reader.replayed(instance, digest)
    }

    /// Notes that events were written to a session: seen if it has proved itself, else sent. Ids that are not held are
    /// passed over. Not synced by itself: after a loss of power they may be held again.
    ///
    /// # Errors
    /// The disk's.
    pub async fn sent(
        &self,
        session: &SessionId,
        proof: Proof,
        ids: Vec<EventId>,
        now: UnixMillis,
    ) -> Result<(), JournalError> {
        let session = session.clone();
        let mark = move |group: &mut Group<'_>| Ok(spool::sent(group, &session, proof, &ids, now)?);
        self.desk.queue.mark(mark).await
    }

    /// A session has shown that it reads: what was sent to it is seen. Returns how many events that are.
    ///
    /// # Errors
    /// The disk's.
    pub async fn prove(&self, session: &SessionId, now: UnixMillis) -> Result<u64, JournalError> {
        let session = session.clone();
        self.change(move |group| Ok(spool::prove(group, &session, now)?)).await
    }

    /// The model named these events: they are seen, also if they were held or dead.
    ///
    /// # Errors
    /// The disk's.
    pub async fn acknowledge(&self, ids: Vec<EventId>, now: UnixMillis) -> Result<Acknowledged, JournalError> {
        self.change(move |group| Ok(spool::acknowledge(group, &ids, now)?))
            .await
    }

    /// Takes back what was sent: held again and marked as a replay, or dead after `limits::REFUSALS`. Returns how many
    /// events that are.
    ///
    /// # Errors
    /// The disk's.
    pub async fn release(&self, whose: Released, now: UnixMillis) -> Result<u64, JournalError> {
        self.change(move |group| Ok(spool::release(group, &whose, now)?)).await
    }

    /// These stay, but are not pushed any more: only `inbox` gives them.
    ///
    /// # Errors
    /// The disk's.
    pub async fn collect(&self, ids: Vec<EventId>) -> Result<(), JournalError> {
        self.change(move |group| Ok(spool::collect(group, &ids)?)).await
    }

    /// Adds to counts that belong to no committed call. Not synced by itself.
    ///
    /// # Errors
    /// The disk's.
    pub async fn tally(
        &self,
        counts: Vec<(InstanceId, &'static str, u64)>,
        now: UnixMillis,
    ) -> Result<(), JournalError> {
        let add = move |group: &mut Group<'_>| {
            counts
                .iter()
                .try_for_each(|&(instance, reason, count)| tally::add(group, instance, reason, count, now))?;
            Ok(())
        };
        self.desk.queue.mark(add).await
    }

    /// Removes what is too old or too much, in small pieces between which calls commit. Needs a tokio runtime.
    ///
    /// # Errors
    /// The disk's.
    pub async fn housekeep(&self, now: UnixMillis) -> Result<Swept, JournalError> {
        sweep::sweep(&self.desk.queue, &self.reader, now).await
    }

    async fn change<T, F>(&self, work: F) -> Result<T, JournalError>
    where
        F: FnOnce(&mut Group<'_>) -> Result<T, JournalError> + Send + 'static,
        T: Send + 'static,
    {
        self.desk.queue.change(work).await
    }
}

/// Blocks this thread until the future is done; needs no runtime, and can't panic inside one.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    // A task that has spent its turn is told "not yet" by all that tokio has, until it gives the turn back: this one never
    // does, and would ask for ever.
    let mut future = pin!(tokio::task::coop::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
