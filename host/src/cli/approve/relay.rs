//! Whether a channel's very bytes may carry approvals. No manifest asks for it: whatever can speak and knows accounts could,
//! so it is the operator's alone to say, by a flag of its own or at a question whose usual answer is no. Other bytes under
//! the same name begin without.

use super::changes::Change;
use super::{Candidate, refuse};
use crate::cli::args::{Choices, GrantFlag};
use crate::cli::ask::{Person, Reply};
use crate::cli::print::{Cell, Printer, Table};
use crate::config::ChannelConfig;
use crate::lockfile::{Pin, RelayPin};
use crate::manifest::Manifest;
use crate::model::{ChannelName, Digest};

/// What stands above the question.
const WARNING: &str = "Whoever wrote these bytes could then approve in your name.";

/// The bytes that are decided upon, and those that may carry approvals so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carrier {
    bytes: Digest,
    allowed: Option<Digest>,
    flag: Flag,
    /// Nothing was approved under its name before.
    is_new: bool,
}

/// Whether a flag grants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    Typed,
    Absent,
}

impl Carrier {
    pub fn of(candidate: &Candidate, pin: Option<&Pin>, choices: &Choices) -> Self {
        let is_typed = choices.grants.contains(&GrantFlag::Relay);
        Self {
            bytes: candidate.examined.digest,
            allowed: pin.and_then(|pin| pin.relay),
            flag: if is_typed { Flag::Typed } else { Flag::Absent },
            is_new: pin.is_none(),
        }
    }

    /// Whether these bytes may, as far as nothing more is asked.
    pub fn is_allowed(&self) -> bool {
        self.flag == Flag::Typed || self.pinned() == RelayPin::Held
    }

    fn pinned(&self) -> RelayPin {
        RelayPin::of(self.allowed, self.bytes)
    }

    /// What is different from the bytes before.
    pub fn change(&self) -> Option<Change> {
        match (self.pinned(), self.flag) {
            (RelayPin::Held, _) | (RelayPin::Absent, Flag::Absent) => None,
            (RelayPin::Stale, Flag::Absent) => Some(Change::Less(
                "carries approvals: these bytes would only with --grant relay".to_owned(),
            )),
            (_, Flag::Typed) => Some(Change::More("carries approvals".to_owned())),
        }
    }

    /// The bytes that may from now on. `talk`: somebody who is asked anyway; asked is he for a new channel, and for one
    /// that is to carry them by lockgate.toml.
    ///
    /// # Errors
    /// It was granted to a channel that could never do it, or the terminal can't be read.
    pub fn decide(
        &self,
        (name, manifest): (&ChannelName, &Manifest),
        config: &mut ChannelConfig,
        talk: Option<(Person, &mut Printer)>,
    ) -> anyhow::Result<Option<Digest>> {
        let lack = lack(manifest, config);
        if self.flag == Flag::Typed {
            return match lack {
                Some(lack) => Err(refuse(format!(
                    "it can't carry approvals, because it {lack}; leave out --grant relay; nothing was changed"
                ))),
                None => Ok(Some(self.bytes)),
            };
        }
        let is_open = lack.is_none() && (self.is_new || (config.relay && self.pinned() != RelayPin::Held));
        if let Some((Person::AtTerminal, printer)) = talk
            && is_open
            && ask(name, printer)? == Reply::Yes
        {
            config.relay = true;
            return Ok(Some(self.bytes));
        }
        // What was let do it before is forgotten with other bytes: taken back, it would do it again unasked.
        Ok(self.allowed.filter(|_| self.pinned() == RelayPin::Held))
    }
}

/// Why it could not, whatever is granted.
fn lack(manifest: &Manifest, config: &ChannelConfig) -> Option<&'static str> {
    if config.dev {
        Some("is under development")
    } else if manifest.sink.is_none() {
        Some("can't speak to anybody")
    } else if config.network.is_none() {
        Some("has no network, so that nobody in it is known")
    } else {
        None
    }
}

fn ask(name: &ChannelName, printer: &mut Printer) -> anyhow::Result<Reply> {
    printer.say(&format!(
        "Questions for permission: the session asks them, and {name} would bring them to whoever may approve."
    ));
    let mut table = Table::default();
    table.line(Cell::bad(WARNING));
    printer.show(&table);
    let question = format!(
        "Let {name} show you the session's questions for permission and carry back your answers? You can do this later: \
         lockgate review {name} --grant relay"
    );
    Person::AtTerminal.confirm(printer, &question, "")
}
