//! A running channel: one component under one grant. Calls its guest, puts what came through intake, commits it, and
//! then does what is to be done. The tasks that decide *when* to call are its children.

mod asides;
mod counts;
mod faults;
mod filing;
mod happenings;
mod heard;
mod hooks;
mod lasting;
mod liberty;
mod outward;
mod phase;
mod poller;
mod rehearse;
mod routine;
mod settling;
mod shelf;
mod sockets;
mod timers;
mod tools;
mod topics;
mod trial;
mod turns;
mod undone;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{SemaphorePermit, watch};

pub use asides::{Asides, Heard, Waiting};
pub use filing::AttachmentError;
pub use heard::DROPPED;
pub use lasting::Lasting;
pub use outward::{Answers, Said, Told};
pub use phase::{Begun, Phase, backoff};
pub use rehearse::Unrehearsed;
pub use shelf::Shelf;
pub use sockets::{Seat, SocketStage, SocketView, Sockets};
pub use tools::Unfit;
pub use topics::Subscription;
pub use trial::Tried;
pub use turns::Turn;

use crate::access::Provenance;
use crate::book::Book;
use crate::files::{FilesError, Scratch};
use crate::grant::Grant;
use crate::journal::{CommitError, ReplayKey, Timer};
use crate::limits;
use crate::manifest::About;
use crate::model::{Outcome, Review, Secret, UnixMillis};
use crate::sandbox::{Call, CallError, ChannelContext, Prepared, Written};
use crate::signature::HookRule;

/// One channel while it runs. Shared by the doors that call it and the tasks that keep it going.
pub struct Channel {
    /// Itself, for what goes on when nobody waits for it any more.
    me: Weak<Channel>,
    about: About,
    grant: Grant,
    keys: Vec<Key>,
    prepared: Prepared,
    context: Arc<ChannelContext>,
    /// Whether a person approved its bytes.
    review: Review,
    shelf: Arc<Shelf>,
    book: Arc<Book>,
    asides: Asides,
    lasting: Arc<Lasting>,
    phase: watch::Sender<Phase>,
    /// Whether it has looked for news once, well or badly.
    looked: watch::Sender<bool>,
    faults: Mutex<faults::Faults>,
    trial: trial::Trial,
    /// Another code has its place: nothing that it brings of its own accord is kept.
    rested: AtomicBool,
}

/// A hook rule that is in force, with its secret.
#[derive(Debug, Clone)]
pub struct Key {
    /// What must be fulfilled.
    pub rule: HookRule,
    /// With which secret.
    pub secret: Secret,
}

/// How a channel's calls went.
#[derive(Debug, Clone, Default)]
pub struct Pulse {
    /// Calls that were committed.
    pub committed: u64,
    /// Calls that brought nothing.
    pub failed: u64,
    /// The last failure, for people.
    pub last_failure: Option<(UnixMillis, String)>,
    /// Microseconds that the last call took.
    pub last_took: u64,
    /// Refusals at the door, by reason, that are not in the journal yet.
    pub uncounted: BTreeMap<&'static str, u64>,
}

/// Why a call was not committed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The guest said so, or broke.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The journal did not take it.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// A file of the call could not be had.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A key that the call had checked was changed by another, each time.
    #[error("{0} was repeated {repeats} times, and each time another call had changed what it had checked", repeats = limits::CHECK_REPEATS)]
    Contended(Call),
}

impl Failure {
    /// What the guest itself said, if it said something.
    pub fn trouble(&self) -> Option<&crate::model::Trouble> {
        match self {
            Self::Call(CallError::Trouble(trouble)) => Some(trouble),
            _ => None,
        }
    }
}

/// What a call adds to its commit beyond its outcome.
#[derive(Debug, Clone, Default)]
struct Occasion {
    replay: Option<ReplayKey>,
    fired: Option<Timer>,
    /// The connection whose end the call is told: it is to be open no more, unless it is asked for again.
    closed: Option<String>,
    /// The call's `/inbox`, and the name of the file in it that came with the call.
    scratch: Option<Arc<Scratch>>,
    upload: Option<String>,
}

impl Occasion {
    /// Before the call is made again: its folder holds what it held.
    fn rewind(&self) {
        if let Some(scratch) = &self.scratch {
            scratch.clear(self.upload.as_deref());
        }
    }
}

impl Channel {
    /// A channel that has not been started yet; `people` is who is known, and who is answered by the host itself;
    /// `kept` is its instance's: its folders, and what the code before it leaves if it takes that one's place. With the
    /// context stands whether a person approved its bytes.
    pub fn new(
        about: About,
        grant: Grant,
        keys: Vec<Key>,
        prepared: Prepared,
        (context, review): (ChannelContext, Review),
        people: (Arc<Book>, Asides),
        kept: (Shelf, Arc<Lasting>),
    ) -> Arc<Self> {
        let ((book, asides), (shelf, lasting)) = (people, kept);
        Arc::new_cyclic(|me| Self {
            me: me.clone(),
            about,
            grant,
            keys,
            prepared,
            context: Arc::new(context),
            review,
            shelf: Arc::new(shelf),
            book,
            asides,
            lasting,
            phase: watch::Sender::new(Phase::Starting { why: None }),
            faults: Mutex::default(),
            trial: trial::Trial::default(),
            rested: AtomicBool::new(false),
            looked: watch::Sender::default(),
        })
    }

    /// What its author says of it.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// What it may do.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The hook rules in force.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Its name, instance and journal.
    pub fn context(&self) -> &ChannelContext {
        &self.context
    }

    /// Where in its life it is.
    pub fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    /// Changes when its phase does.
    pub fn phases(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Waits until `start` has succeeded, or was tried and failed.
    pub async fn begun(&self) {
        let mut phase = self.phase.subscribe();
        // The sender is ours, so it is there.
        let _ = phase.wait_for(|phase| *phase != Phase::Starting { why: None }).await;
    }

    /// Whether it has looked for news since it was started, and changes of that; one that never looks has not.
    pub fn looks(&self) -> watch::Receiver<bool> {
        self.looked.subscribe()
    }

    /// Whether it looks for news by itself.
    pub fn polls(&self) -> bool {
        self.prepared.has(crate::sandbox::Call::Poll)
    }

    /// How its calls went so far.
    pub fn pulse(&self) -> Pulse {
        self.lasting
            .pulse
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A place for a verified call that waits for its guest; `None` if too many wait already.
    pub fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.lasting.waiting.try_acquire().ok()
    }

    /// Calls, takes in and commits; calls again if another call changed what this one had checked.
    async fn perform<'a, T>(
        &self,
        call: Call,
        provenance: Provenance,
        occasion: Occasion,
        enter: impl Fn() -> Entry<'a, T>,
    ) -> Result<T, Failure> {
        for _ in 0..limits::CHECK_REPEATS {
            // Held while the guest runs, not while the journal syncs: the more calls wait for one sync, the cheaper it
            // is for each. The semaphore is never closed.
            let permit = self.lasting.permits.acquire().await;
            let entered = enter().await;
            drop(permit);
            let result = match entered {
                Ok((value, outcome, written, took)) => self
                    .settle(call, provenance, occasion.clone(), outcome, written)
                    .await
                    .map(|()| (value, took)),
                Err(error) => Err(error.into()),
            };
            match result {
                Err(Failure::Commit(CommitError::Changed { .. })) => occasion.rewind(),
                Ok((value, took)) => {
                    self.note_success(took);
                    return Ok(value);
                }
                Err(failure) => return Err(self.note_failure(failure)),
            }
        }
        Err(self.note_failure(Failure::Contended(call)))
    }

    fn note_success(&self, took: Duration) {
        let mut pulse = self.lasting.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.committed += 1;
        pulse.last_took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        drop(pulse);
        self.trial.well();
    }

    fn note_failure(&self, failure: Failure) -> Failure {
        tracing::warn!(channel = %self.context.name, error = %failure, "a call failed");
        if matches!(failure, Failure::Call(CallError::Host { .. })) {
            self.count("host-short");
        }
        let mut pulse = self.lasting.pulse.lock().unwrap_or_else(PoisonError::into_inner);
        pulse.failed += 1;
        pulse.last_failure = Some((UnixMillis::now(), crate::text::terminal(&failure.to_string())));
        drop(pulse);
        self.trial.failed(&failure);
        failure
    }
}

/// A call's value, outcome and store writes, and how long it took.
type Brought<T> = (T, Outcome, Written, Duration);

/// One try at a call.
type Entry<'a, T> = Pin<Box<dyn Future<Output = Result<Brought<T>, CallError>> + Send + 'a>>;
