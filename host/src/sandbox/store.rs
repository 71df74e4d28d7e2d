//! Capability `store`: what a channel keeps between calls. Reads see what was committed and this call's own writes;
//! writes are drafts until the call's outcome is committed.

use std::collections::BTreeMap;

use super::bindings::store::{Failure, Host};
use super::limits;
use super::state::CallState;
use crate::journal::JournalError;
use crate::model::{InstanceId, UnixMillis};

/// What a call has written and checked so far.
#[derive(Debug, Default)]
pub struct Drafts {
    writes: BTreeMap<String, Option<Vec<u8>>>,
    checks: Vec<(String, Option<Vec<u8>>)>,
    written: usize,
    unreadable: Option<JournalError>,
}

/// The drafts of a finished call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Key and new value; `None` deletes.
    pub writes: Vec<(String, Option<Vec<u8>>)>,
    /// Key and the value that it must have at commit.
    pub checks: Vec<(String, Option<Vec<u8>>)>,
}

impl Written {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.checks.is_empty()
    }
}

impl Drafts {
    /// What is to be committed.
    pub fn take(&mut self) -> Written {
        Written {
            writes: std::mem::take(&mut self.writes).into_iter().collect(),
            checks: std::mem::take(&mut self.checks),
        }
    }

    /// Set if the journal could not be read during the call: its outcome is worth nothing then.
    pub fn take_unreadable(&mut self) -> Option<JournalError> {
        self.unreadable.take()
    }
}

/// A key that the interface allows.
fn key_fits(key: &str) -> bool {
    key.len() <= limits::STORE_KEY_BYTES
}

impl CallState {
    /// Counts what is about to be written or checked, for this call and for the channel's minute.
    fn charge(&mut self, bytes: usize) -> Result<(), Failure> {
        let bytes = bytes + limits::STORE_WRITE_BYTES;
        self.drafts.written = self.drafts.written.saturating_add(bytes);
        let within = self.drafts.written <= limits::STORE_WRITTEN_PER_CALL;
        if within && self.channel.writes.take(bytes, UnixMillis::now()) {
            Ok(())
        } else {
            Err(Failure::Full)
        }
    }

    /// A read of the journal: if it fails, the call ends in a trap that is not the guest's fault.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&super::ChannelContext, InstanceId) -> Result<T, JournalError>,
    ) -> wasmtime::Result<T> {
        let context = std::sync::Arc::clone(&self.channel);
        read(&context, context.instance).map_err(|error| {
            let trap = wasmtime::Error::msg("the journal can't be read");
            self.drafts.unreadable = Some(error);
            trap
        })
    }
}

impl Host for CallState {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        if let Some(draft) = self.drafts.writes.get(&key) {
            return Ok(draft.clone());
        }
        if !key_fits(&key) {
            return Ok(None);
        }
        self.read(|context, instance| context.journal.store_get(instance, &key))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), Failure>> {
        if !key_fits(&key) || value.len() > limits::STORE_VALUE_BYTES {
            return Ok(Err(Failure::TooLarge));
        }
        if let Err(full) = self.charge(key.len() + value.len()) {
            return Ok(Err(full));
        }
        self.drafts.writes.insert(key, Some(value));
        Ok(Ok(()))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<()> {
        if key_fits(&key) {
            // A delete costs its key, so that a loop of them is bounded like any other write.
            if self.charge(key.len()).is_err() {
                return Err(wasmtime::Error::msg("more is written in this call than a call may"));
            }
            self.drafts.writes.insert(key, None);
        }
        Ok(())
    }

    fn check(&mut self, key: String, expected: Option<Vec<u8>>) -> wasmtime::Result<()> {
        let bytes = key.len() + expected.as_ref().map_or(0, Vec::len);
        if self.charge(bytes).is_err() {
            return Err(wasmtime::Error::msg(
                "more is checked in this call than a call may write",
            ));
        }
        self.drafts.checks.push((key, expected));
        Ok(())
    }

    fn keys(&mut self, prefix: String) -> wasmtime::Result<Vec<String>> {
        let mut keys: std::collections::BTreeSet<String> = if key_fits(&prefix) {
            self.read(|context, instance| context.journal.store_keys(instance, &prefix))?
                .into_iter()
                .collect()
        } else {
            Default::default()
        };
        for (key, draft) in self
            .drafts
            .writes
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
        {
            match draft {
                Some(_) => keys.insert(key.clone()),
                None => keys.remove(key),
            };
        }
        Ok(keys.into_iter().collect())
    }
}
