//! What is typed before anything runs: no session reads the terminal then, and all the same whoever types gets an answer.
//! What answers a question is read by who asks it, never here.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::desk::Course;
use super::{Begun, LOOK, News};

/// Bytes of a line: no terminal gives more of one.
const LINE: usize = 4_096;

/// The terminal, while two may read it.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<Mutex<()>>);

impl Keys {
    /// Waits until nobody reads a line that was typed before.
    pub fn settle(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A line that was typed, unless `asks`; waits for none.
    fn line(&self, asks: impl FnOnce() -> bool) -> Option<String> {
        let reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asks() {
            return None;
        }
        let line = typed();
        drop(reading);
        line
    }
}

/// A terminal has nothing to read before a line is whole.
fn typed() -> Option<String> {
    let waiting = rustix::io::ioctl_fionread(io::stdin()).ok()?;
    if waiting == 0 {
        return None;
    }
    let mut bytes = [0; LINE];
    let count = rustix::io::read(io::stdin(), &mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes[..count]).trim().to_owned())
}

/// Until something runs, can't, or the person ends it; what is typed meanwhile is told.
pub fn wait(begun: &Receiver<Begun>, course: &Course, tell: &Sender<News>) -> Begun {
    loop {
        match begun.recv_timeout(LOOK) {
            Ok(begun) => return begun,
            Err(RecvTimeoutError::Disconnected) => return Begun::Over,
            Err(RecvTimeoutError::Timeout) => {}
        }
        match course.keys.line(|| course.asks()).as_deref() {
            None | Some("") => {}
            Some("/quit" | "/exit") => return Begun::Over,
            // Nobody waits for its end: whoever asks meanwhile reads the terminal himself.
            Some(line) => drop(tell.send(News::Typed(line.to_owned(), oneshot::channel().0))),
        }
    }
}

/// Why nothing runs yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// A build does.
    Builds,
    /// The last one failed.
    Failed,
    /// What it asks for was not given.
    Refused,
}

impl Idle {
    /// The answer to what can't be done before something runs.
    pub fn answer(self) -> String {
        let why = match self {
            Self::Builds => "it is being built",
            Self::Failed => "the last build failed; it is built again when a source is saved, or at /build",
            Self::Refused => "it was not given what it asks for; /accept asks again",
        };
        format!("nothing runs yet, so nobody got that: {why}; /help shows what can be typed, Ctrl-C ends")
    }
}
