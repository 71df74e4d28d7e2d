//! One handle to the running house, for the doors: who owns, what runs, where it listens, and how to ask for a reload.
//! Made whole when this process has become the owner; cloned freely.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::book::Book;
use crate::journal::{Journal, JournalError, Resumed};
use crate::listener::Listening;
use crate::model::{ChannelName, PermissionRequest, UnixMillis};
use crate::pages::Pages;
use crate::paths::{Owner, StateDir};
use crate::relay::ledger::Glimpse;
use crate::status::{self, AllowlistReport, Report, SessionReport};
use crate::supervisor::{Entry, Reload, Roster};

/// A handle; the parts are owned by their tasks.
#[derive(Clone)]
pub struct House {
    /// This process.
    pub owner: Owner,
    /// Where it keeps its files.
    pub state: StateDir,
    /// The one database.
    pub journal: Journal,
    /// What runs.
    pub roster: watch::Receiver<Arc<Roster>>,
    /// Where hooks are listened for.
    pub listening: watch::Receiver<Listening>,
    /// Which pages are served, and how to open them.
    pub pages: watch::Receiver<Pages>,
    /// The session that this process serves.
    pub session: watch::Receiver<Option<SessionReport>>,
    /// The way to the supervisor.
    pub reloads: mpsc::Sender<Reload>,
    /// The way to those who show questions for permission; closed if the session is asked nothing over channels.
    pub prompts: mpsc::Sender<PermissionRequest>,
    /// Which of them are open.
    pub asked: watch::Receiver<Vec<Glimpse>>,
    /// Who is heard.
    pub book: Arc<Book>,
    /// Somebody is to be told that he is on the list.
    pub greet: Arc<Notify>,
}

impl House {
    /// What is true now.
    ///
    /// # Errors
    /// The journal can't be read.
    pub fn report(&self) -> Result<Report, JournalError> {
        let roster = Arc::clone(&self.roster.borrow());
        let mut report = Report {
            owner: Some(self.owner),
            session: self.session.borrow().clone(),
            allowlist: AllowlistReport::of(&self.book),
            ..Report::empty()
        };
        match &*self.listening.borrow() {
            Listening::Idle => {}
            Listening::At(address) => report.listen = Some(*address),
            Listening::Failed(why) => report.listen_problem = Some(why.clone()),
        }
        report.add_running(&roster, &self.book.current());
        report.add_pages(&self.pages.borrow());
        report.add_counts(&self.journal, &status::instances(&roster))?;
        report.allowlist.add_waiting(&self.journal, UnixMillis::now());
        report.add_relay(&self.journal, &self.asked.borrow())?;
        Ok(report)
    }

    /// Lets a channel try again whose credential was refused, or lifts the quarantine of the bytes that run as it.
    ///
    /// # Errors
    /// The journal can't be changed.
    pub async fn resume(&self, channel: &ChannelName) -> Result<Resumed, JournalError> {
        let roster = Arc::clone(&self.roster.borrow());
        let Some(channel) = roster.channels.get(channel).and_then(Entry::running) else {
            return Ok(Resumed::WasFree);
        };
        let (instance, component) = channel.whose();
        let journal = self.journal.clone();
        let lift = tokio::task::spawn_blocking(move || journal.resume(instance, &component));
        let lifted = lift.await.unwrap_or(Err(JournalError::Closed))?;
        Ok(match channel.resume() {
            Resumed::WasFree => lifted,
            Resumed::Lifted => Resumed::Lifted,
        })
    }

    /// Has the operator's files read again; resolves when the plan has been carried out.
    pub async fn reload(&self) {
        let (done, read) = oneshot::channel();
        if self.reloads.send(Reload(done)).await.is_ok() {
            let _ = read.await;
        }
    }
}
