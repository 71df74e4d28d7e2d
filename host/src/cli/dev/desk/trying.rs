//! What is tried from the terminal: a message or a call of a hook, what came of it, and who answered.

use super::Desk;
use crate::book::Book;
use crate::cli::dev::show::short;
use crate::cli::print::{Printer, shell_word};
use crate::control::{self, Rehearsal, Rehearsed};
use crate::model::Digest;
use crate::supervisor::describe;

/// What became of the last build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newest {
    /// There is none.
    None,
    /// It was put in its place.
    Put(Digest),
    /// It asks for more than it has.
    Waits,
    /// It failed.
    Failed,
}

impl Newest {
    /// What to say if these bytes answered; nothing, if they are what was built last.
    fn beside(self, by: Digest) -> Option<String> {
        let why = match self {
            Self::None => return None,
            Self::Put(digest) if digest == by => return None,
            Self::Put(digest) => format!("{}, which was built last, does not serve", short(&digest)),
            Self::Waits => "the last build waits for /accept".to_owned(),
            Self::Failed => "the last build failed".to_owned(),
        };
        Some(format!("the code from before, {}, did: {why}", short(&by)))
    }
}

impl Desk {
    pub(super) fn rehearse(&mut self, what: Rehearsal, printer: &mut Printer) {
        let sender = match &what {
            Rehearsal::Say(sender, _) => Some(sender.clone()),
            Rehearsal::Post { .. } => None,
        };
        match control::rehearse(&self.state, &self.name, what) {
            Ok(Rehearsed { what, by }) => {
                let by = by.and_then(|by| self.newest.beside(by));
                let by = by.map_or_else(String::new, |by| format!(" ({by})"));
                printer.say(&format!("  {what}{by}"));
            }
            Err(error) => return printer.error(&describe(&error)),
        }
        if let Some(sender) = sender {
            self.hint(&sender, printer);
        }
    }

    /// What lets a sender be heard who is not on the list, once.
    fn hint(&mut self, sender: &str, printer: &mut Printer) {
        let list = Book::new(self.home.clone()).current();
        if list.admits(&self.network, sender).is_some() {
            return;
        }
        if self.hinted.as_deref() == Some(sender) {
            return printer.say(&format!("  {sender} is still not on the list, so nobody hears that"));
        }
        let account = shell_word(&format!("{}:{sender}", self.network));
        printer.say(&format!(
            "  {sender} is not on the list, so nobody hears that; to be heard: lockgate access allow owner {account}"
        ));
        self.hinted = Some(sender.to_owned());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_old_code_answered_without_a_word() {
        let (old, new) = (Digest::of(b"old"), Digest::of(b"new"));
        let check = |newest: Newest, expected: Option<&str>| {
            let found = newest.beside(old);
            match (&found, expected) {
                (None, None) => {}
                (Some(text), Some(why)) if text.contains(&short(&old)) && text.contains(why) => {}
                _ => panic!("{newest:?}: {found:?}"),
            }
        };
        check(Newest::None, None);
        check(Newest::Put(old), None);
        check(Newest::Put(new), Some(&short(&new)));
        check(Newest::Waits, Some("waits for /accept"));
        check(Newest::Failed, Some("the last build failed"));
    }
}
