//! `access.toml`: who is heard, as it stands on disk now. Looked at for each call and read again when it has changed;
//! whatever can't be read, or makes no sense, admits nobody. Judges nothing.

mod change;
mod edit;
mod file;
pub mod import;
mod parse;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use change::{Change, allow, deny, remove};
pub use edit::apply;
pub use parse::{account, parse};

use crate::access::{AccessBook, Account, Clash, PersonName, PersonNameError};
use crate::limits;
use crate::manifest::Place;
use crate::model::UnixMillis;
use crate::paths::{Home, PathsError, Written, write_private_if};
use file::Mark;

/// The list of people, kept as long as its file does not change. One for all channels.
#[derive(Debug)]
pub struct Book {
    home: Home,
    held: Mutex<Held>,
}

/// What was read last.
#[derive(Debug, Default)]
struct Held {
    /// Of the state that was read; `None`: it is to be read again.
    mark: Option<Mark>,
    list: Arc<AccessBook>,
    problem: Option<String>,
}

/// Why the list can't be read or changed. Until that is mended nobody is admitted.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It can't be opened, read or locked.
    #[error("can't use {}: {source}; make it readable and writable for you", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Its folder is not ours alone.
    #[error(transparent)]
    Folder(PathsError),
    /// A link: whoever can write elsewhere would decide who is heard.
    #[error("{path} is a link, and no link is followed to it: put the file itself there", path = .0.display())]
    Link(PathBuf),
    /// Something other than a file.
    #[error("{} is no regular file: put one there, or take it away", .0.display())]
    NoFile(PathBuf),
    /// Somebody else's.
    #[error("{path} belongs to another user (uid {owner}), who could say who is heard; run: chown $(id -u) {path}", path = .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Others can write it.
    #[error("{path} can be written by others (mode {mode:03o}), who could say who is heard; run: chmod 600 {path}", path = .path.display())]
    WritableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody writes it just now.
    #[error("{} was changed while it was read; it is read again with the next message", .0.display())]
    Changing(PathBuf),
    /// Somebody writes it all the time.
    #[error("{} was changed by another program each time, so nothing of ours was written; close it there and try again", .0.display())]
    Busy(PathBuf),
    /// Too long.
    #[error("{} has more than {} bytes: shorten it", .0.display(), limits::ACCESS_BYTES)]
    TooLarge(PathBuf),
    /// No UTF-8.
    #[error("{} is no text in UTF-8: save it as one", .0.display())]
    NoText(PathBuf),
    /// No TOML, or another shape: an unknown key, a wrong type, a missing line.
    #[error("{}:{}:{}: {message}", file.display(), place.line, place.column)]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// The right shape, but it makes no sense.
    #[error("{}:{}:{}: {wrong}", file.display(), place.line, place.column)]
    Wrong {
        /// The file.
        file: PathBuf,
        /// Where.
        place: Place,
        /// What.
        #[source]
        wrong: Wrong,
    },
    /// It can be read, but not changed by us.
    #[error(
        "the people in access.toml are not written as [[person]], so nothing was changed: write them so, or change them by hand"
    )]
    Form,
    /// An account of two people.
    #[error("{0}; `lockgate access remove` takes it away from there")]
    Taken(#[source] Clash),
    /// A person without an account.
    #[error("there is no {0} on the list: give at least one account as NETWORK:ID")]
    NoAccounts(PersonName),
    /// Nobody of this name.
    #[error("there is no {0} on the list: `lockgate access list` shows who is")]
    NoPerson(PersonName),
    /// Somebody else's account, or nobody's.
    #[error("the account {account} is not {name}'s: `lockgate access list` shows whose it is")]
    NotHis {
        /// The account.
        account: Account,
        /// Who was named.
        name: PersonName,
    },
    /// An invitation of somebody who was denied since.
    #[error("the account {0} is denied; `lockgate access allow NAME {0}` lets it in all the same")]
    Denied(Account),
    /// An invitation of somebody whom the operator took from the list, put on it, or gave something since.
    #[error(
        "what {0} may by the list has changed since the invitation was made, so it is void; a new one: lockgate access invite {0}"
    )]
    Outdated(PersonName),
    /// A new account of somebody who may approve would approve, too.
    #[error(
        "{0} may answer questions for permission, and {1} could, too, as {0}'s account; give it by itself: lockgate access allow {0} {1}"
    )]
    Inherits(PersonName, Account),
    /// The list could not be written; the old one is as it was.
    #[error(transparent)]
    Unwritable(PathsError),
}

/// What is wrong in a list, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No person's name.
    #[error(transparent)]
    Name(PersonNameError),
    /// No network and id.
    #[error("`{0}` is no account: write NETWORK:ID")]
    Account(String),
    /// No network's name.
    #[error("`{0}` is no network: use a to z, 0 to 9, `-` and `_`, begin with a letter, at most 64 characters")]
    Network(String),
    /// Nothing, or what can't be seen.
    #[error("an id is not empty, has no space around it, and no character that can't be seen: copy it anew")]
    Id,
    /// Too long.
    #[error(
        "an id has at most {} bytes: write the account's id, not a text",
        limits::ACCOUNT_ID_BYTES
    )]
    LongId,
    /// What channels say where they can't tell who wrote.
    #[error("`unknown` stands for an account that can't be told from others: write the account's id")]
    NoId,
    /// Written twice in one entry.
    #[error("the account {0} is written twice: write it once")]
    Twice(Account),
    /// Two entries that can't both be true.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// Too many.
    #[error("there are more than {1} {0}: take some out")]
    Many(&'static str, usize),
}

impl Book {
    /// The list of this operator. Nothing is read before somebody asks.
    pub fn new(home: Home) -> Self {
        Self {
            home,
            held: Mutex::default(),
        }
    }

    /// Who is heard now. Blocks for a look at the file, and, if it has changed, for reading it; take it once for all
    /// messages of a call.
    pub fn current(&self) -> Arc<AccessBook> {
        Arc::clone(&self.look().list)
    }

    /// The same, if the file can be used: where an empty list and one that can't be read are not the same.
    pub fn readable(&self) -> Option<Arc<AccessBook>> {
        let held = self.look();
        held.problem.is_none().then(|| Arc::clone(&held.list))
    }

    /// Why nobody is heard, if the file can't be used: in words for the operator.
    pub fn problem(&self) -> Option<String> {
        self.look().problem.clone()
    }

    fn look(&self) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = Mark::now(&file::path(&self.home)).ok();
        if mark.is_none() || mark != held.mark {
            held.read(&self.home);
        }
        held
    }
}

impl Held {
    fn read(&mut self, home: &Home) {
        let read = read(home);
        let before = self.problem.take();
        match read {
            Ok((mark, list)) => {
                self.mark = mark.is_settled(UnixMillis::now()).then_some(mark);
                if *self.list != list {
                    tracing::info!(people = list.people().len(), "the allowlist was read");
                    self.list = Arc::new(list);
                }
            }
            Err(error) => {
                self.mark = None;
                self.list = Arc::new(AccessBook::closed());
                self.problem = Some(format!("{error}; until then nobody is heard"));
            }
        }
        if let Some(problem) = self.problem.as_ref().filter(|problem| before.as_ref() != Some(problem)) {
            tracing::error!(problem, "the allowlist can't be read, so it admits nobody");
        }
    }
}

fn read(home: &Home) -> Result<(Mark, AccessBook), BookError> {
    let (mark, text) = file::read(home)?;
    let list = parse::parse(&text.unwrap_or_default(), &file::path(home))?;
    Ok((mark, list))
}

/// Changes the list: `plan` sees it as it is now and says what is to be different. Gives what was changed; one change at
/// a time, whole or not at all, and nothing is written that could not be read again. An editor knows nothing of our lock:
/// if the file is another one by the time that ours is ready, `plan` is asked again.
///
/// # Errors
/// The list can't be read, `plan` refuses, or the disk can't be written.
///
/// # Authority
/// Whoever calls this decides who is heard. Nothing that the model can call leads here.
pub fn change(
    home: &Home,
    mut plan: impl FnMut(&AccessBook) -> Result<Vec<Change>, BookError>,
) -> Result<Vec<Change>, BookError> {
    let _turn = file::lock(home)?;
    let path = file::path(home);
    for _ in 0..limits::ACCESS_REPEATS {
        let (mark, text) = file::read(home)?;
        let text = text.unwrap_or_default();
        let changes = plan(&parse::parse(&text, &path)?)?;
        if changes.is_empty() {
            return Ok(changes);
        }
        let new = edit::apply(&text, &changes)?;
        parse::parse(&new, &path)?;
        let is_same = || Mark::now(&path).is_ok_and(|now| now == mark);
        if write_private_if(&path, new.as_bytes(), is_same).map_err(BookError::Unwritable)? == Written::Done {
            return Ok(changes);
        }
    }
    Err(BookError::Busy(path))
}
