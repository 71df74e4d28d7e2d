//! One guest call, all or nothing: its messages, effects, store writes and marks, judged against the bounds and written in
//! one savepoint. Judges no sender; what comes here has passed the gate.

use rusqlite::params;

use super::fault::CommitError;
use super::group::Group;
use super::rows::millis;
use super::standing::{self, Timer};
use super::{spool, store, tally};
use crate::limits;
use crate::model::{Admitted, ChannelName, Digest, Effect, Event, EventId, InstanceId, UnixMillis};

/// All that one guest call changes.
#[derive(Debug, Clone)]
pub struct CallCommit {
    /// Whose call it was.
    pub instance: InstanceId,
    /// Its name, for errors.
    pub channel: ChannelName,
    /// When the call ended.
    pub now: UnixMillis,
    /// Messages that passed the gate, in the platform's order.
    pub admitted: Vec<Admitted>,
    /// What the guest asked for; `Wake`, `Connect` and `Disconnect` become rows, the others are not kept.
    pub effects: Vec<Effect>,
    /// Keys and the values that they must still have.
    pub checks: Vec<(String, Option<Vec<u8>>)>,
    /// Keys and their new values; `None` deletes, and the last one of a key wins.
    pub writes: Vec<(String, Option<Vec<u8>>)>,
    /// The signed request that this call answers.
    pub replay: Option<ReplayKey>,
    /// The timer that this call has served. It is removed unless it was set anew in the meantime.
    pub fired: Option<Timer>,
    /// What to count, and by how much.
    pub tallies: Vec<(&'static str, u64)>,
}

impl CallCommit {
    /// Whether nothing of it would be written: then nobody has to wait for the disk.
    pub fn is_empty(&self) -> bool {
        let passing = |effect: &Effect| matches!(effect, Effect::Publish { .. } | Effect::SendFrame { .. });
        self.admitted.is_empty()
            && self.effects.iter().all(passing)
            && self.checks.is_empty()
            && self.writes.is_empty()
            && self.replay.is_none()
            && self.fired.is_none()
            && self.tallies.is_empty()
    }
}

/// A signed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayKey {
    /// Of what the signature covers.
    pub digest: Digest,
    /// How long it could be sent again.
    pub until: UnixMillis,
}

/// What a committed call has left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// Its new events, in order.
    pub events: Vec<EventId>,
    /// Messages that were known already; also counted as `duplicate`.
    pub duplicates: u32,
    /// Their positions among the call's messages.
    pub repeated: Vec<usize>,
}

/// A call made ready for the writer, so that nothing is encoded or hashed on its thread.
pub(super) struct Prepared {
    call: CallCommit,
    messages: Vec<Packed>,
    bytes: usize,
}

struct Packed {
    key: [u8; 16],
    payload: Vec<u8>,
    admitted: Admitted,
}

impl Prepared {
    pub(super) fn new(mut call: CallCommit) -> Result<Self, CommitError> {
        let admitted = std::mem::take(&mut call.admitted);
        let messages = admitted.into_iter().map(pack).collect::<Result<Vec<_>, _>>()?;
        let payload: usize = messages.iter().map(|packed| packed.payload.len()).sum();
        let written: usize = call
            .writes
            .iter()
            .map(|(key, value)| limits::STORE_ROW_BYTES + key.len() + value.as_ref().map_or(0, Vec::len))
            .sum();
        Ok(Self {
            call,
            messages,
            bytes: payload + written,
        })
    }

    /// Bytes of payload and values.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn instance(&self) -> InstanceId {
        self.call.instance
    }

    /// Writes the call. Whatever the error, the caller undoes all of it.
    pub(super) fn write(mut self, group: &mut Group<'_>) -> Result<Committed, CommitError> {
        self.is_live(group)?;
        self.is_new(group)?;
        self.is_unchanged(group)?;
        let messages = std::mem::take(&mut self.messages);
        let committed = self.admit(group, messages)?;
        self.keep(group)?;
        self.promise(group)?;
        for &(reason, count) in &self.call.tallies {
            tally::add(group, self.call.instance, reason, count, self.call.now)?;
        }
        if committed.duplicates > 0 {
            tally::add(
                group,
                self.call.instance,
                "duplicate",
                committed.duplicates.into(),
                self.call.now,
            )?;
        }
        Ok(committed)
    }

    fn channel(&self) -> ChannelName {
        self.call.channel.clone()
    }

    fn is_live(&self, group: &mut Group<'_>) -> Result<(), CommitError> {
        match group.account(self.call.instance) {
            Some(account) if account.live => Ok(()),
            _ => Err(CommitError::Ended {
                channel: self.channel(),
            }),
        }
    }

    /// One statement tells and notes. A mark counts as long as it stands, also after its time: only the sweep takes it away.
    fn is_new(&self, group: &mut Group<'_>) -> Result<(), CommitError> {
        let Some(key) = self.call.replay else { return Ok(()) };
        let noted = group
            .prepare("INSERT INTO replay VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![self.call.instance.0, key.digest.as_bytes(), millis(key.until)])?;
        if noted == 0 {
            return Err(CommitError::Replayed);
        }
        group.took(self.call.instance, key.digest);
        Ok(())
    }

    fn is_unchanged(&self, group: &Group<'_>) -> Result<(), CommitError> {
        for (key, expected) in &self.call.checks {
            if store::get(group.connection(), self.call.instance, key)? != *expected {
                return Err(CommitError::Changed { key: key.clone() });
            }
        }
        Ok(())
    }

    fn admit(&self, group: &mut Group<'_>, messages: Vec<Packed>) -> Result<Committed, CommitError> {
        let mut committed = Committed::default();
        for (position, packed) in messages.into_iter().enumerate() {
            if !self.remember(group, &packed.key)? {
                committed.duplicates += 1;
                committed.repeated.push(position);
                continue;
            }
            committed.events.push(self.hold(group, packed)?);
        }
        Ok(committed)
    }

    fn hold(&self, group: &mut Group<'_>, packed: Packed) -> Result<EventId, CommitError> {
        let bytes = packed.payload.len();
        let channel = self.reserve(group, bytes as u64)?;
        let id = group.next_event();
        let received = millis(self.call.now);
        group
            .prepare("INSERT INTO event VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id.0, self.call.instance.0, received, packed.payload])?;
        spool::hold(group, id, self.call.instance, bytes as u64, self.call.now)?;
        let event = Event {
            id,
            channel,
            received: UnixMillis(received.unsigned_abs()),
            replay: false,
            admitted: packed.admitted,
        };
        group.brought(event, bytes);
        Ok(id)
    }

    fn remember(&self, group: &Group<'_>, key: &[u8; 16]) -> rusqlite::Result<bool> {
        let mut insert = group.prepare("INSERT INTO dedup VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
        Ok(insert.execute(params![self.call.instance.0, key, millis(self.call.now)])? > 0)
    }

    /// Takes a place in the spool, or says that there is none. Gives the name under which it is taken.
    fn reserve(&self, group: &mut Group<'_>, bytes: u64) -> Result<ChannelName, CommitError> {
        let Some(account) = group.account(self.call.instance) else {
            return Err(CommitError::Ended {
                channel: self.channel(),
            });
        };
        account.spool_events += 1;
        account.spool_bytes += bytes;
        if account.spool_events > limits::SPOOL_EVENTS || account.spool_bytes > limits::SPOOL_BYTES {
            let (events, bytes) = (account.spool_events - 1, account.spool_bytes - bytes);
            return Err(CommitError::SpoolFull {
                channel: self.channel(),
                events,
                bytes,
            });
        }
        Ok(account.name.clone())
    }

    fn keep(&self, group: &mut Group<'_>) -> Result<(), CommitError> {
        let mut growth = 0_i64;
        for (key, value) in &self.call.writes {
            growth += store::put(group, self.call.instance, key, value.as_deref())?;
        }
        let Some(account) = group.account(self.call.instance) else {
            return Ok(());
        };
        account.store_bytes = account.store_bytes.saturating_add_signed(growth);
        let bytes = account.store_bytes;
        if growth > 0 && bytes > limits::STORE_BYTES {
            return Err(CommitError::StoreFull {
                channel: self.channel(),
                bytes,
            });
        }
        Ok(())
    }

    fn promise(&self, group: &Group<'_>) -> Result<(), CommitError> {
        if let Some(fired) = &self.call.fired {
            standing::served(group, self.call.instance, fired)?;
        }
        for effect in &self.call.effects {
            standing::perform(group, self.call.instance, effect, self.call.now)?;
        }
        if self.call.effects.is_empty() {
            return Ok(());
        }
        let (timers, connections) = standing::counts(group, self.call.instance)?;
        match () {
            () if timers > limits::TIMERS as u64 => Err(CommitError::TooManyTimers {
                channel: self.channel(),
            }),
            () if connections > limits::CONNECTIONS as u64 => Err(CommitError::TooManyConnections {
                channel: self.channel(),
            }),
            () => Ok(()),
        }
    }
}

fn pack(admitted: Admitted) -> Result<Packed, CommitError> {
    let payload = serde_json::to_vec(&admitted).map_err(CommitError::Unwritable)?;
    Ok(Packed {
        key: dedup_key(&admitted),
        payload,
        admitted,
    })
}

/// Names a message within its instance: conversation, id and revision, each with its length before it, so that no two of
/// them run together.
fn dedup_key(admitted: &Admitted) -> [u8; 16] {
    let message = &admitted.message;
    let parts = [
        Some(&message.conversation.id),
        Some(&message.id),
        admitted.revision.as_ref(),
    ];
    let mut named = Vec::with_capacity(128);
    for part in parts {
        match part {
            Some(text) => {
                named.extend_from_slice(&(text.len() as u64 + 1).to_le_bytes());
                named.extend_from_slice(text.as_bytes());
            }
            None => named.extend_from_slice(&0_u64.to_le_bytes()),
        }
    }
    let mut key = [0; 16];
    key.copy_from_slice(&Digest::of(&named).as_bytes()[..16]);
    key
}
