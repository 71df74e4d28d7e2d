//! Questions for permission and their answers: shown to those who may answer, taken from nobody else. What an answer is worth
//! is decided by the ledger; here it is asked, the session is told, and then everybody who saw the question. Nothing here
//! is a tool that a model could call.
//!
//! ```text
//!  session ──asked──► open ──► show: to the last asker, or to all who may ──► voice ──► channels
//!  session ◄─outbox── verdict ◄── ledger ◄── answers: presses and texts ◄── intake ◄── channels
//!                        └──► the prompts say so, the press is answered, a line for the session, the record
//! ```

mod announce;
mod answer;
mod ending;
mod people;
mod show;

pub use announce::Announcer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::rand::SystemRandom;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::book::Book;
use crate::channel::{Channel, Waiting};
use crate::herald::Herald;
use crate::journal::Journal;
use crate::limits;
use crate::mcp::Outbox;
use crate::model::{ChannelName, PermissionRequest, Press, Typed, UnixMillis};
use crate::outbound::Scope;
use crate::relay::OpenPrompts;
use crate::relay::ledger::{Glimpse, Ledger};
use crate::relay::record::{DOCUMENT, Record};
use crate::supervisor::Roster;

/// What somebody answered.
#[derive(Debug)]
enum Answered {
    /// By a button.
    Press(Press),
    /// By a text.
    Typed(Typed),
}

/// What questions need of the house.
pub struct Surroundings {
    /// What runs.
    pub roster: watch::Receiver<Arc<Roster>>,
    /// Where what outlives the session stands.
    pub journal: Journal,
    /// Who is on the list.
    pub book: Arc<Book>,
    /// The way to the session that asks.
    pub outbox: Outbox,
    /// Who spoke to it last.
    pub scope: Scope,
    /// Which questions intake has to know.
    pub known: watch::Sender<Arc<OpenPrompts>>,
    /// Which are open, for `status`.
    pub asked: watch::Sender<Vec<Glimpse>>,
}

/// A handle to the questions of one session; clones share them.
#[derive(Clone)]
pub struct Approvals {
    around: Arc<Surroundings>,
    herald: Herald,
    ledger: Arc<Mutex<Ledger>>,
    random: SystemRandom,
}

/// What is still to be done for questions, apart from what it answers to those whose answers don't count.
#[derive(Default)]
struct Work {
    questions: JoinSet<()>,
    replies: JoinSet<()>,
}

impl Approvals {
    /// No question was asked yet.
    pub fn new(around: Surroundings) -> Self {
        Self {
            herald: Herald::new(around.journal.clone()),
            around: Arc::new(around),
            ledger: Arc::default(),
            random: SystemRandom::new(),
        }
    }

    /// Shows what is asked and takes answers, until the future is dropped.
    pub async fn run(
        self,
        mut requests: mpsc::Receiver<PermissionRequest>,
        mut presses: mpsc::Receiver<(ChannelName, Press)>,
        mut verdicts: Waiting<Typed>,
    ) {
        let mut work = Work::default();
        work.questions.spawn(self.clone().end_earlier());
        loop {
            let due = self.ledger().next();
            tokio::select! {
                Some(request) = requests.recv() => self.open(request, &mut work).await,
                Some((channel, press)) = presses.recv() => self.take(&channel, Answered::Press(press), &mut work).await,
                Some((channel, typed)) = verdicts.recv() => self.take(&channel, Answered::Typed(typed), &mut work).await,
                () = sleep_until(due), if due.is_some() => self.expire(&mut work),
                Some(_) = work.questions.join_next() => {}
                Some(_) = work.replies.join_next() => {}
                else => return,
            }
        }
    }

    async fn open(&self, request: PermissionRequest, work: &mut Work) {
        let ttl = self.around.roster.borrow().relay_ttl;
        // Prompts that hang at a platform have places, too.
        let opened = if work.questions.len() < limits::PROMPT_TASKS {
            let opened = self.ledger().open(&request, UnixMillis::now(), ttl);
            opened.map_err(|unopened| unopened.as_str())
        } else {
            Err("prompt-dropped")
        };
        self.publish();
        match opened {
            Ok(()) => {
                tracing::info!(tool = request.tool, "the session asks for permission");
                work.questions.spawn(self.clone().show(request));
            }
            Err(reason) => {
                tracing::warn!(
                    reason,
                    "a question for permission is not shown; it waits at the terminal"
                );
                self.record(|record| record.count(reason)).await;
            }
        }
    }

    fn expire(&self, work: &mut Work) {
        let closed = self.ledger().expire(UnixMillis::now());
        self.publish();
        for closed in closed {
            work.questions.spawn(self.clone().finish(closed, None, Some("expired")));
        }
    }

    /// Lets intake and `status` know which questions there are.
    fn publish(&self) {
        let (known, glimpses) = {
            let ledger = self.ledger();
            (ledger.known(), ledger.glimpses())
        };
        self.around.known.send_replace(Arc::new(known));
        self.around.asked.send_replace(glimpses);
    }

    /// Changes what outlives the session.
    async fn record(&self, change: impl FnOnce(&mut Record) + Send + 'static) {
        if let Err(error) = self.around.journal.revise(DOCUMENT, change).await {
            tracing::error!(%error, "what became of a question for permission can't be noted");
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Each change of it is made before anything else is done.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A channel that runs, whether it takes calls or not.
    fn channel(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        self.around.roster.borrow().channels.get(name)?.running().cloned()
    }
}

async fn sleep_until(due: Option<UnixMillis>) {
    let wait = due.map_or(limits::RELAY_TTL_MOST, |due| due.since(UnixMillis::now()));
    tokio::time::sleep(wait).await;
}
