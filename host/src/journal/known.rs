//! Which signed requests the file may know, as a set of short digests in memory: most requests are new, and for them
//! nothing has to be read. Only "surely not" is an answer; the rest is looked up. It follows the commits of this process,
//! which is the only one that runs channels; the commit itself looks again in any case.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits;
use crate::model::{Digest, InstanceId};

/// The requests of each instance that was asked for.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<InstanceId, Keys>>);

#[derive(Debug)]
enum Keys {
    /// Being read. What is committed meanwhile is here.
    Partly(HashSet<u64>),
    /// All that the file has.
    All(HashSet<u64>),
    /// Too many to be kept here.
    Many,
}

/// What is known of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The file does not have it.
    Not,
    /// The file has to be asked.
    Ask,
    /// The file has to be asked, and all of the instance's requests are to be [learned](Known::learn) first.
    Learn,
}

impl Known {
    /// What is known of this request. After [`Answer::Learn`] the caller is the only one that learns.
    pub(super) fn ask(&self, instance: InstanceId, digest: &Digest) -> Answer {
        let mut all = self.lock();
        match all.get(&instance) {
            Some(Keys::All(keys)) if !keys.contains(&short(digest)) => Answer::Not,
            Some(_) => Answer::Ask,
            None => {
                all.insert(instance, Keys::Partly(HashSet::new()));
                Answer::Learn
            }
        }
    }

    /// Takes what the file had after it was told to learn: everything, or more than is kept here.
    pub(super) fn learn(&self, instance: InstanceId, read: Vec<Digest>) {
        let mut all = self.lock();
        if let Some(keys) = all.get_mut(&instance) {
            let found = match std::mem::replace(keys, Keys::Many) {
                Keys::Partly(_) if read.len() > limits::KNOWN_LEARNED => Keys::Many,
                Keys::Partly(mut meanwhile) => {
                    meanwhile.extend(read.iter().map(short));
                    Keys::All(meanwhile)
                }
                other => other,
            };
            *keys = found;
        }
    }

    /// Forgets an instance: it is learned anew when it is asked for.
    pub(super) fn forget(&self, instance: InstanceId) {
        self.lock().remove(&instance);
    }

    /// These were committed.
    pub(super) fn note(&self, taken: &[(InstanceId, Digest)]) {
        if taken.is_empty() {
            return;
        }
        let mut all = self.lock();
        for (instance, digest) in taken {
            let Some(Keys::Partly(keys) | Keys::All(keys)) = all.get_mut(instance) else {
                continue;
            };
            keys.insert(short(digest));
            if keys.len() > limits::KNOWN_KEPT {
                full(&mut all, *instance);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<InstanceId, Keys>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Many of the keys may be gone from the file by now, so they are learned anew; but not while somebody learns.
fn full(all: &mut HashMap<InstanceId, Keys>, instance: InstanceId) {
    if let Some(Keys::Partly(_)) = all.get(&instance) {
        all.insert(instance, Keys::Many);
    } else {
        all.remove(&instance);
    }
}

/// Two requests may share it; then the file is asked in vain.
fn short(digest: &Digest) -> u64 {
    let mut short = [0; 8];
    short.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(short)
}
