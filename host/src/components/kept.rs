//! Compiled code that the operator's own store keeps, taken over into another one: it need not be made again there. Reads the
//! operator's store and changes nothing in it.

use std::fs::File;

use super::{Components, StoreError};
use crate::journal::{Journal, Reader};
use crate::model::Digest;
use crate::paths::{Home, StateDir};

/// A store that is there, to be read.
#[derive(Debug)]
pub struct Kept {
    state: StateDir,
    notes: Reader,
}

impl Kept {
    /// The store of this home, if there is one that nobody else can write in.
    pub fn of(home: &Home) -> Option<Self> {
        // Where nothing was ever run, nothing is made.
        home.state_dir().join(JOURNAL).exists().then_some(())?;
        let state = home.open_state(None).ok()?;
        let notes = Journal::peek(&state.journal()).ok()?;
        Some(Self { state, notes })
    }
}

/// What stands in a state folder once a channel was added.
const JOURNAL: &str = "journal.sqlite";

/// Where code has come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Compiled just now.
    Compiled,
    /// Compiled before, and taken over.
    Kept,
}

impl Components {
    /// Takes over the code of a component that is kept for this engine; nothing, if it is not. It is held to the digest that
    /// was noted when it was compiled, as all code is when it is loaded.
    ///
    /// # Errors
    /// This store can't be written.
    pub fn take_over(&self, from: &Kept, digest: &Digest, engine: &str) -> Result<Option<Code>, StoreError> {
        let noted = from.notes.compiled(digest, engine).ok().flatten();
        let file = File::open(from.state.compiled(digest, engine)).ok();
        let (Some(noted), Some(mut file)) = (noted, file) else {
            return Ok(None);
        };
        self.state.write_from(&self.state.compiled(digest, engine), &mut file)?;
        self.journal.put_compiled(digest, engine, &noted)?;
        Ok(Some(Code::Kept))
    }
}
