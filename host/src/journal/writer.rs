//! The one thread that writes: it takes what waits, lane by lane, runs each piece in a savepoint of its own, commits the
//! whole group with one sync, and only then tells the reader and answers. Knows nothing of what the pieces do.
//!
//! ```text
//! callers ──permit──> Turns ──take──> BEGIN · (SAVEPOINT · work · RELEASE | ROLLBACK TO)* · COMMIT ──> fresh events ──> answers
//! ```

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::fault::{Disk, DiskKind, Fault, JournalError};
use super::fresh::Fresh;
use super::group::{Done, Group};
use super::known::Known;
use super::ledger::Ledger;
use super::turns::Turns;
use crate::limits;
use crate::model::InstanceId;

/// Who waits in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// A channel's calls.
    Instance(InstanceId),
    /// What sessions and the host itself change.
    House,
    /// What need not survive a loss of power: it is on disk with the next synced group, and survives the end of this
    /// process at once.
    Marks,
}

/// Where work waits for the writer's thread.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    room: Arc<Semaphore>,
}

struct Waiting {
    turns: Turns<Lane, Job>,
    rooms: HashMap<Lane, Arc<Semaphore>>,
    closed: bool,
    /// How many pieces the writer sleeps for; it is not woken for fewer.
    wanted: usize,
}

/// A piece of work and its places in the queue, which are free again when it is answered.
struct Job {
    work: Box<dyn Work>,
    synced: bool,
    _places: [OwnedSemaphorePermit; 2],
}

/// Something to do within a group's transaction.
trait Work: Send {
    /// Does it; `Err` undoes what it did, with the disk's fault if that was the reason.
    fn run(&mut self, group: &mut Group<'_>) -> Result<(), Option<Disk>>;
    /// Tells the caller how it ended, after the group has.
    fn answer(self: Box<Self>, group: &Result<(), Disk>);
}

struct Task<F, T, E> {
    work: Option<F>,
    done: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Work for Task<F, T, E>
where
    F: FnOnce(&mut Group<'_>) -> Result<T, E> + Send,
    T: Send,
    E: Fault,
{
    fn run(&mut self, group: &mut Group<'_>) -> Result<(), Option<Disk>> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let done = work(group);
        let outcome = done.as_ref().map(|_| ()).map_err(|error| error.disk().cloned());
        self.done = Some(done);
        outcome
    }

    fn answer(self: Box<Self>, group: &Result<(), Disk>) {
        let answer = match (self.done, group) {
            // The group comes first: what a call said of another one's rows is worth nothing if they are gone.
            (_, Err(disk)) => Err(disk.clone().into()),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(E::closed()),
        };
        // A caller that went away loses the answer, not the work.
        drop(self.reply.send(answer));
    }
}

impl Queue {
    fn new() -> Self {
        let waiting = Waiting {
            turns: Turns::new(),
            rooms: HashMap::new(),
            closed: false,
            wanted: 1,
        };
        Self {
            waiting: Mutex::new(waiting),
            wake: Condvar::new(),
            room: Arc::new(Semaphore::new(limits::COMMITS_QUEUED)),
        }
    }

    /// Waits for room, queues the work and waits until it is on disk. Dropped after it was queued, the work is done all the same.
    pub(super) async fn submit<T, E, F>(&self, lane: Lane, bytes: usize, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Group<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Fault,
    {
        // The lane's room comes first: a flood waits for its own, and leaves the common one to others.
        let own = self.lane_room(lane).acquire_owned().await.map_err(|_| E::closed())?;
        let common = Arc::clone(&self.room).acquire_owned().await.map_err(|_| E::closed())?;
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Task {
            work: Some(work),
            done: None,
            reply,
        });
        self.push(
            lane,
            bytes,
            Job {
                work,
                synced: lane != Lane::Marks,
                _places: [own, common],
            },
        );
        answer.await.unwrap_or_else(|_| Err(E::closed()))
    }

    /// As [`submit`](Self::submit), for marks: a group of nothing else is not synced.
    pub(super) async fn mark<F>(&self, work: F) -> Result<(), JournalError>
    where
        F: FnOnce(&mut Group<'_>) -> Result<(), JournalError> + Send + 'static,
    {
        self.submit(Lane::Marks, 0, work).await
    }

    /// As [`submit`](Self::submit), for what sessions and the host itself change.
    pub(super) async fn change<T, F>(&self, work: F) -> Result<T, JournalError>
    where
        F: FnOnce(&mut Group<'_>) -> Result<T, JournalError> + Send + 'static,
        T: Send + 'static,
    {
        self.submit(Lane::House, 0, work).await
    }

    fn lane_room(&self, lane: Lane) -> Arc<Semaphore> {
        let mut waiting = self.lock();
        let fresh = || Arc::new(Semaphore::new(limits::COMMITS_QUEUED_PER_CHANNEL));
        Arc::clone(waiting.rooms.entry(lane).or_insert_with(fresh))
    }

    fn push(&self, lane: Lane, bytes: usize, job: Job) {
        let mut waiting = self.lock();
        if waiting.closed {
            // The job is dropped, and with it the reply: its caller is told that the journal is closed.
            return;
        }
        waiting.turns.push(lane, bytes, job);
        let enough = waiting.turns.len() >= waiting.wanted;
        drop(waiting);
        if enough {
            self.wake.notify_one();
        }
    }

    /// Waits for the next group; `None` when the queue is closed and empty. A sync costs as much for one call as for many:
    /// callers that come back together, as those of the last group do, are waited for, but not for long.
    fn take(&self, last: usize) -> Option<Vec<Job>> {
        let mut waiting = self.lock();
        while waiting.turns.len() == 0 {
            if waiting.closed {
                return None;
            }
            waiting.wanted = 1;
            waiting = self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.wanted = last.min(limits::COMMITS_PER_GROUP);
        let short = |waiting: &mut Waiting| waiting.turns.len() < waiting.wanted && !waiting.closed;
        let (mut waiting, _) = self
            .wake
            .wait_timeout_while(waiting, limits::COMMIT_GATHER, short)
            .unwrap_or_else(PoisonError::into_inner);
        Some(
            waiting
                .turns
                .take(limits::COMMITS_PER_GROUP, limits::COMMIT_BYTES_PER_GROUP),
        )
    }

    /// Nothing new is taken; the writer does what waits and ends.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.room.close();
        self.wake.notify_one();
    }

    /// The writer is gone: whoever waits is told so.
    fn abandon(&self) {
        self.close();
        let mut waiting = self.lock();
        waiting.turns = Turns::new();
        waiting.rooms.values().for_each(|room| room.close());
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is told of a group after its commit, before its callers are answered.
pub(super) struct Told {
    /// Changes after each group that brought events to push.
    pub(super) arrivals: watch::Sender<u64>,
    /// Has those events.
    pub(super) fresh: Arc<Fresh>,
    /// Has the requests that were taken.
    pub(super) known: Arc<Known>,
}

/// Starts the writer's thread over this connection.
pub(super) fn start(connection: Connection, told: Told) -> io::Result<Arc<Queue>> {
    let queue = Arc::new(Queue::new());
    let writer = Writer {
        queue: Arc::clone(&queue),
        connection,
        ledger: Ledger::default(),
        told,
    };
    std::thread::Builder::new()
        .name("journal".into())
        .spawn(move || writer.run())?;
    Ok(queue)
}

struct Writer {
    queue: Arc<Queue>,
    connection: Connection,
    ledger: Ledger,
    told: Told,
}

impl Writer {
    fn run(mut self) {
        let (mut last, mut refusing) = (1, None);
        while let Some(mut jobs) = self.queue.take(last) {
            last = jobs.len();
            let group = self.commit(&mut jobs);
            report(&mut refusing, group.as_ref().err());
            let fate = group.map(|done| self.tell(done));
            jobs.into_iter().for_each(|job| job.work.answer(&fate));
        }
    }

    /// The session comes first: it is longer on its way than the answers are.
    fn tell(&self, mut done: Done) {
        self.told.known.note(&done.changes.taken);
        self.told.fresh.follow(&mut done, Instant::now());
        if done.changes.arrived {
            self.told.arrivals.send_modify(|count| *count += 1);
        }
    }

    /// Runs the group in one transaction.
    fn commit(&mut self, jobs: &mut [Job]) -> Result<Done, Disk> {
        let synced = jobs.iter().any(|job| job.synced);
        if !synced {
            self.sql("PRAGMA synchronous=NORMAL")?;
        }
        let written = self.write(jobs);
        if written.is_err() {
            self.ledger.forget();
        }
        if written.is_err() && !self.connection.is_autocommit() {
            // If even this fails, the next BEGIN does, and says so.
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        if !synced {
            // Within a transaction it could not be set back, so it comes after the rollback.
            self.sql("PRAGMA synchronous=FULL")?;
        }
        written
    }

    fn write(&mut self, jobs: &mut [Job]) -> Result<Done, Disk> {
        let connection = &self.connection;
        sql(connection, "BEGIN IMMEDIATE")?;
        let since = self.ledger.renew(connection)?;
        let first = self.ledger.next_event;
        let mut group = Group::begin(connection, &mut self.ledger);
        let end = match jobs {
            [job] => run_alone(connection, &mut group, job)?,
            jobs => run_each(connection, &mut group, jobs)?,
        };
        let changes = group.finish()?;
        sql(connection, end)?;
        Ok(Done {
            since,
            first,
            next: self.ledger.next_event,
            changes,
        })
    }

    fn sql(&self, words: &str) -> Result<(), Disk> {
        sql(&self.connection, words)
    }
}

/// Runs the only piece of a group, which needs no savepoint: that would copy each page before it is changed. Gives the
/// words that end the transaction.
fn run_alone(connection: &Connection, group: &mut Group<'_>, job: &mut Job) -> Result<&'static str, Disk> {
    match job.work.run(group) {
        Ok(()) => {
            group.keep();
            Ok("COMMIT")
        }
        Err(fault) => {
            still_open(connection, fault)?;
            group.forget();
            Ok("ROLLBACK")
        }
    }
}

/// Runs the pieces of a group, each in its savepoint.
fn run_each(connection: &Connection, group: &mut Group<'_>, jobs: &mut [Job]) -> Result<&'static str, Disk> {
    for job in jobs {
        sql(connection, "SAVEPOINT call")?;
        match job.work.run(group) {
            Ok(()) => group.keep(),
            Err(fault) => {
                still_open(connection, fault)?;
                sql(connection, "ROLLBACK TO call")?;
                group.forget();
            }
        }
        sql(connection, "RELEASE call")?;
    }
    Ok("COMMIT")
}

/// After some faults SQLite has undone the whole transaction; then the group is lost with the call that met it.
fn still_open(connection: &Connection, fault: Option<Disk>) -> Result<(), Disk> {
    match fault {
        Some(disk) if connection.is_autocommit() => Err(disk),
        _ => Ok(()),
    }
}

fn sql(connection: &Connection, words: &str) -> Result<(), Disk> {
    connection
        .prepare_cached(words)
        .and_then(|mut statement| statement.execute([]))
        .map(drop)
        .map_err(Disk::from)
}

/// Tells the operator when the disk begins to refuse, and when it takes again; not once for each of a thousand groups.
fn report(refusing: &mut Option<DiskKind>, fault: Option<&Disk>) {
    let now = fault.map(|disk| disk.kind);
    match (*refusing, fault) {
        (before, Some(disk)) if before != now => tracing::error!(error = %disk, "the journal can't be written"),
        (Some(_), None) => tracing::info!("the journal can be written again"),
        _ => {}
    }
    *refusing = now;
}

impl Drop for Writer {
    /// Runs when the thread ends, also by a panic: no caller may wait for an answer that can't come.
    fn drop(&mut self) {
        self.queue.abandon();
    }
}
