//! From the journal to a session: takes held events, paces them, writes them out, and tells the journal what was written.
//! The journal is the queue; here are only a cursor and a few counts, so that a killed process loses nothing.

mod pacing;
mod witness;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::RuntimeFlavor;
use tokio::sync::watch;

pub use witness::{Hearing, Witness};

use crate::journal::{Journal, JournalError, Proof, Released};
use crate::limits;
use crate::manifest::SinkTraits;
use crate::mcp::render::{self, Ack, Spilled, Stamp};
use crate::mcp::{Gone, Outbox};
use crate::model::{Event, EventId, Place, SessionId, UnixMillis};
use crate::outbound::{Scope, Way};
use crate::paths::{PathsError, StateDir};
use crate::supervisor::Roster;
use pacing::{Decision, Pacing};

/// How long a written event may wait until the journal is told, so that one commit serves many.
const MARK_AFTER: Duration = Duration::from_millis(2);

/// Pushes events into one session.
pub struct Pump {
    journal: Journal,
    outbox: Outbox,
    session: SessionId,
    roster: watch::Receiver<Arc<Roster>>,
    state: StateDir,
    witness: Witness,
    scope: Scope,
    pacing: Pacing,
    cursor: Option<EventId>,
    written: Vec<EventId>,
    mark_due: Option<tokio::time::Instant>,
}

/// Why a pump stopped.
#[derive(Debug, thiserror::Error)]
pub enum PumpError {
    /// Nothing can be written any more.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// The journal can't be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Pump {
    /// A pump for this session; nothing is pushed yet.
    pub fn new(
        journal: Journal,
        outbox: Outbox,
        session: SessionId,
        roster: watch::Receiver<Arc<Roster>>,
        state: StateDir,
        (witness, scope): (Witness, Scope),
    ) -> Self {
        Self {
            journal,
            outbox,
            session,
            roster,
            state,
            witness,
            scope,
            pacing: Pacing::default(),
            cursor: None,
            written: Vec::new(),
            mark_due: None,
        }
    }

    /// Pushes until the session is gone or the future is dropped. What it had written but not marked is pushed again
    /// to the next session.
    ///
    /// # Errors
    /// The client stopped reading. A journal that fails is tried again.
    pub async fn run(mut self) -> Result<(), Gone> {
        let mut arrivals = self.journal.arrivals();
        let mut hearing = self.witness.watch();
        let mut roster = self.roster.clone();
        loop {
            match self.turn().await {
                Ok(()) => {}
                Err(PumpError::Gone(gone)) => return Err(gone),
                Err(PumpError::Journal(error)) => {
                    tracing::error!(%error, "events can't be pushed; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            }
            let wake = self.wake(UnixMillis::now());
            tokio::select! {
                Ok(()) = arrivals.changed() => {}
                Ok(()) = hearing.changed() => self.heard().await,
                Ok(()) = roster.changed() => {}
                () = tokio::time::sleep_until(wake) => {}
                () = self.outbox.gone() => return Err(Gone),
            }
        }
    }

    /// All that can be done now.
    async fn turn(&mut self) -> Result<(), PumpError> {
        loop {
            let now = UnixMillis::now();
            self.listen_for_silence(now).await?;
            self.settle_late().await?;
            let known = self.roster.borrow().is_known();
            let events = match self.witness.hearing() {
                // What waits from before must not be judged by another pace than the operator's.
                _ if !known => Vec::new(),
                Hearing::Deaf => Vec::new(),
                _ => self.journal.held(self.cursor, limits::PUSH_BATCH)?,
            };
            let more = events.len() == limits::PUSH_BATCH;
            self.push(events, now).await?;
            self.announce(now).await?;
            if self.mark_due.is_some_and(|due| due <= tokio::time::Instant::now()) || more {
                self.mark(now).await?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn push(&mut self, events: Vec<Event>, now: UnixMillis) -> Result<(), PumpError> {
        let Some(last) = events.last().map(|event| event.id) else {
            return Ok(());
        };
        let rates = Arc::clone(&self.roster.borrow());
        let (mut pushed, mut collected) = (Vec::new(), Vec::new());
        let mut lines: Vec<Bytes> = Vec::new();
        for event in &events {
            let rate = rates.channels.get(&event.channel).map(|entry| entry.rate);
            match self.pacing.decide(event, rate, now) {
                Decision::Push => {
                    lines.push(self.line(event, self.ack(event, &rates), &rates, now));
                    self.tell_scope(event, &rates, now);
                    pushed.push(event.id);
                }
                Decision::Collect => collected.push(event.id),
            }
        }
        if !collected.is_empty() {
            self.journal.collect(collected).await?;
        }
        // Not before: if that failed, the same events are taken again.
        self.cursor = Some(last);
        if !pushed.is_empty() {
            // Before they are written: the model may name one before the write has returned to us.
            self.witness.pushed(&pushed, now);
            for line in lines {
                self.outbox.push(line).await?;
            }
            self.outbox.flush().await?;
            self.written.extend(pushed);
            self.mark_due
                .get_or_insert_with(|| tokio::time::Instant::now() + MARK_AFTER);
        }
        Ok(())
    }

    /// An answer shows by itself that the session hears; where none is possible, the first event asks for a sign.
    fn ack(&self, event: &Event, roster: &Roster) -> Ack {
        if sink(event, roster).is_some() || !self.witness.wants_sign() {
            return Ack::No;
        }
        self.witness.asked();
        Ack::Please
    }

    /// From now on the session may speak there, and whoever wrote waits for it.
    fn tell_scope(&self, event: &Event, roster: &Roster, at: UnixMillis) {
        self.scope.sent(event, Way::Pushed);
        self.scope.awaits(event, at);
        let Some(SinkTraits { typing: Some(_), .. }) = sink(event, roster) else {
            return;
        };
        let conversation = &event.admitted.message.conversation;
        let place = Place {
            conversation: conversation.id.clone(),
            thread: conversation.thread.clone(),
        };
        let now = tokio::time::Instant::now();
        self.scope.typing().begin(&event.channel, place, now);
    }

    fn line(&self, event: &Event, ack: Ack, roster: &Roster, now: UnixMillis) -> Bytes {
        let mut stamp = Stamp {
            now,
            ack,
            inbox: Some(self.state.inbox_path(&event.channel).display().to_string()),
            ..Stamp::default()
        };
        if render::is_long(event) {
            stamp.spilled = spill(&self.state, event);
        }
        let entry = roster.channels.get(&event.channel);
        if let Some(channel) = entry.and_then(|entry| entry.running()) {
            channel.context().tap.show(|| render::seen(event, &stamp));
        }
        render::notification(event, &stamp).line.into()
    }

    /// Tells the model of what is not pushed, once the channel's pace allows it.
    async fn announce(&mut self, now: UnixMillis) -> Result<(), PumpError> {
        for text in self.pacing.announcements(now) {
            self.outbox.push(render::notice(&text, now).into()).await?;
        }
        Ok(())
    }

    /// Tells the journal what was written.
    async fn mark(&mut self, now: UnixMillis) -> Result<(), PumpError> {
        self.mark_due = None;
        let ids = std::mem::take(&mut self.written);
        if ids.is_empty() {
            return Ok(());
        }
        let proof = if self.witness.hearing() == Hearing::Proven {
            Proof::Proven
        } else {
            Proof::Unproven
        };
        if let Err(error) = self.journal.sent(&self.session, proof, ids.clone(), now).await {
            self.written = ids;
            self.mark_due = Some(tokio::time::Instant::now() + Duration::from_secs(1));
            return Err(error.into());
        }
        Ok(())
    }

    /// A session that was pushed events and showed no sign of them: they are held again, and nothing more is pushed.
    async fn listen_for_silence(&mut self, now: UnixMillis) -> Result<(), PumpError> {
        if !self.witness.fell_silent(now) {
            return Ok(());
        }
        self.mark(now).await?;
        let released = self.journal.release(Released::One(self.session.clone()), now).await?;
        self.witness.give_up();
        self.cursor = None;
        tracing::warn!(
            released,
            "this session shows no sign of the events that it was sent; they wait for another"
        );
        let text = "Events wait, because this session has shown no sign that it sees them. If you read this, call \
                    the tool `ack` with event_ids [\"e0\"], and they will be sent.";
        self.outbox.push(render::notice(text, now).into()).await?;
        Ok(())
    }

    /// A session that worked for minutes before it showed a sign has seen what was taken back from it meanwhile: it is not
    /// sent that again.
    async fn settle_late(&mut self) -> Result<(), PumpError> {
        let seen = self.witness.seen_late();
        if !seen.is_empty() {
            self.journal.acknowledge(seen, UnixMillis::now()).await?;
        }
        Ok(())
    }

    /// The session showed that it reads: what it was sent is seen, and what waited is pushed.
    async fn heard(&mut self) {
        if self.witness.hearing() != Hearing::Proven {
            return;
        }
        let now = UnixMillis::now();
        let marked = self.mark(now).await;
        if let Err(error) = marked {
            tracing::error!(%error, "what was pushed can't be marked; trying again");
        }
        if let Err(error) = self.journal.prove(&self.session, now).await {
            tracing::error!(%error, "the session's proof can't be noted");
        }
    }

    fn wake(&self, now: UnixMillis) -> tokio::time::Instant {
        let instant = |at: UnixMillis| tokio::time::Instant::now() + at.since(now);
        let far = tokio::time::Instant::now() + Duration::from_secs(60);
        [
            self.mark_due,
            self.pacing.next(now).map(instant),
            self.witness.silence_at().map(instant),
        ]
        .into_iter()
        .flatten()
        .fold(far, std::cmp::min)
    }
}

/// How the event's channel answers, if it can.
fn sink<'r>(event: &Event, roster: &'r Roster) -> Option<&'r SinkTraits> {
    roster.channels.get(&event.channel)?.running()?.grant().sink()
}

/// Writes a long body where the model can read it. If that fails, the event goes out clipped, and says so.
pub fn spill(state: &StateDir, event: &Event) -> Option<Spilled> {
    let body = render::whole_body(event);
    let write = || {
        let path = state.inbox(&event.channel)?.join(format!("{}-body.txt", event.id));
        state.write(&path, body.as_bytes())?;
        Ok::<_, PathsError>(path)
    };
    // Two syncs: other tasks of this thread must not wait for the disk.
    let shared = tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor());
    let written = match shared {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(write),
        _ => write(),
    };
    match written {
        Ok(path) => Some(Spilled {
            path: path.display().to_string(),
            bytes: body.len(),
        }),
        Err(error) => {
            tracing::error!(event = %event.id, %error, "a long body can't be written to a file");
            None
        }
    }
}
