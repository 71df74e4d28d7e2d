//! Tells what became wider: to the session, and to everybody who could approve before. Looks at the list of people and at what
//! the channels are granted, keeps in the journal who was not told yet, and takes the word of an approver on a new one. It
//! grants nothing: a new approver is one by the list, and this says only since when he counts.

mod cadence;
mod press;
mod words;

use std::sync::Arc;

use ring::rand::SystemRandom;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::access::{AccessBook, Account};
use crate::book::Book;
use crate::channel::{Channel, Waiting};
use crate::herald::Herald;
use crate::journal::{Journal, JournalError};
use crate::limits;
use crate::model::{ChannelName, Place, Press, UnixMillis};
use crate::supervisor::Roster;
use crate::voice::{self, Unsaid};
use crate::widening::{Approvers, Granted, News, Snapshot, Told, may_approve};
use cadence::{Cadence, Recipient};

/// A handle; clones share what they look at.
#[derive(Clone)]
pub struct Announcer {
    roster: watch::Receiver<Arc<Roster>>,
    journal: Journal,
    book: Arc<Book>,
    herald: Herald,
    random: SystemRandom,
}

/// What was looked at last; while all of it is the same there is nothing to compare.
#[derive(Default)]
struct Seen {
    list: Option<Arc<AccessBook>>,
    granted: Option<Arc<Granted>>,
    approvers: Approvers,
}

/// Why somebody was not told.
#[derive(Debug, thiserror::Error)]
enum Untold {
    /// No channel of his network runs that could.
    #[error("no channel of the network runs that could tell it")]
    NoChannel,
    /// The journal takes nothing.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The platform did not take it.
    #[error(transparent)]
    Unsaid(#[from] Unsaid),
    /// The direct conversation can't be had.
    #[error(transparent)]
    Failed(#[from] crate::channel::Failure),
}

impl Announcer {
    /// One that has looked at nothing yet.
    pub fn new(roster: watch::Receiver<Arc<Roster>>, journal: Journal, book: Arc<Book>) -> Self {
        Self {
            herald: Herald::new(journal.clone()),
            roster,
            journal,
            book,
            random: SystemRandom::new(),
        }
    }

    /// Looks, tells, and takes presses until the future is dropped; presses of other buttons go on to `others`.
    pub async fn run(self, presses: Waiting<Press>, others: mpsc::Sender<(ChannelName, Press)>) {
        tokio::join!(self.watch(), self.take(presses, others));
    }

    async fn watch(&self) {
        let mut roster = self.roster.clone();
        let (mut seen, mut cadence) = (Seen::default(), Cadence::default());
        let mut looks = tokio::time::interval(limits::LIST_LOOKED_AT);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                changed = roster.changed() => if changed.is_err() { return },
            }
            if let Err(error) = self.look(&mut seen).await {
                tracing::error!(%error, "what became wider can't be noted; trying again");
            }
            if let Err(error) = self.tell(&mut cadence).await {
                tracing::error!(%error, "what became wider can't be told; trying again");
            }
        }
    }

    /// Compares what is with what was. A list that can't be read says nothing of who may approve.
    async fn look(&self, seen: &mut Seen) -> Result<(), JournalError> {
        let Some(granted) = self.roster.borrow().granted.clone() else {
            return Ok(());
        };
        let book = Arc::clone(&self.book);
        let readable = tokio::task::spawn_blocking(move || book.readable());
        let Ok(Some(list)) = readable.await else {
            return Ok(());
        };
        let approvers: Approvers = self.journal.document(Approvers::DOCUMENT)?;
        // Nothing was approved yet, so nobody can have been forgotten: the first `add` says that all begins.
        if approvers.is_unknown() && !granted.has_channels() {
            return Ok(());
        }
        let same_list = seen.list.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &list));
        let same_grants = seen.granted.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &granted));
        if same_list && same_grants && approvers == seen.approvers {
            return Ok(());
        }
        let approvers = self.observe(&list).await?;
        let snapshot = Snapshot::of(&list, &approvers, Granted::clone(&granted));
        let (now, since) = (UnixMillis::now(), approvers.clone());
        let look = move |told: &mut Told| told.look(snapshot, &since, now);
        let lines = self.journal.revise(Told::DOCUMENT, look).await?;
        if lines > 0 {
            tracing::warn!(
                lines,
                "something may do more than before; approvers and the session are told"
            );
        }
        *seen = Seen {
            list: Some(list),
            granted: Some(granted),
            approvers,
        };
        Ok(())
    }

    async fn observe(&self, list: &AccessBook) -> Result<Approvers, JournalError> {
        let (accounts, now) = (may_approve(list), UnixMillis::now());
        let observe = move |approvers: &mut Approvers| {
            approvers.observe(&accounts, now);
            approvers.clone()
        };
        self.journal.revise(Approvers::DOCUMENT, observe).await
    }

    /// Tells whoever is owed something and may be told now.
    async fn tell(&self, cadence: &mut Cadence) -> Result<(), JournalError> {
        let told: Told = self.journal.document(Told::DOCUMENT)?;
        let now = UnixMillis::now();
        if let Some(news) = told
            .to_session()
            .filter(|news| cadence.may(&Recipient::Session, news.urgency, now))
        {
            self.tell_session(news, cadence, now).await?;
        }
        let mut telling = JoinSet::new();
        for (account, news) in told.to_approvers() {
            // As long as no channel runs that could, it is kept, and nothing has failed.
            let is_reachable = !self.channels(&account.network).is_empty();
            if is_reachable && cadence.may(&Recipient::Approver(account.clone()), news.urgency, now) {
                let this = self.clone();
                telling.spawn(async move {
                    let said = this.tell_approver(&account, &news).await;
                    (account, news.upto, said)
                });
            }
        }
        while let Some(told) = telling.join_next().await {
            // A task that panicked has told nobody, and is tried again at the next look.
            let Ok((account, upto, said)) = told else { continue };
            let recipient = Recipient::Approver(account.clone());
            if let Err(error) = said {
                tracing::warn!(%error, "an approver can't be told what became wider; trying again");
                cadence.failed(recipient, now);
                continue;
            }
            cadence.told(recipient, now);
            let note = move |told: &mut Told| told.told(&account, upto);
            self.journal.revise(Told::DOCUMENT, note).await?;
        }
        Ok(())
    }

    async fn tell_session(&self, news: News, cadence: &mut Cadence, now: UnixMillis) -> Result<(), JournalError> {
        let key = format!("wider {}", news.upto);
        if let Err(error) = self.herald.tell(key, words::for_session(&news)).await {
            tracing::error!(%error, "the session can't be told what became wider; trying again");
            cadence.failed(Recipient::Session, now);
            return Ok(());
        }
        cadence.told(Recipient::Session, now);
        let note = move |told: &mut Told| told.told_session(news.upto);
        self.journal.revise(Told::DOCUMENT, note).await
    }

    /// By the first channel of his network that can: one that may carry all approvals first, because it can have buttons.
    async fn tell_approver(&self, account: &Account, news: &News) -> Result<(), Untold> {
        let mut failed = Untold::NoChannel;
        for channel in self.channels(&account.network) {
            match self.tell_by(&channel, account, news).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    channel.count("announcement-unsaid");
                    failed = error;
                }
            }
        }
        Err(failed)
    }

    fn channels(&self, network: &str) -> Vec<Arc<Channel>> {
        let roster = Arc::clone(&self.roster.borrow());
        let callable = roster.channels.values().filter_map(|entry| entry.callable());
        let able =
            callable.filter(|channel| channel.grant().network() == Some(network) && channel.grant().sink().is_some());
        let mut able: Vec<_> = able.cloned().collect();
        able.sort_by_key(|channel| !channel.grant().relays_all());
        able
    }

    async fn tell_by(&self, channel: &Channel, account: &Account, news: &News) -> Result<(), Untold> {
        let conversation = channel.direct(&account.id).await?;
        let (asked, buttons) = self.buttons(channel, account, &conversation).await?;
        let place = Place {
            conversation,
            thread: None,
        };
        voice::say(channel, &place, &words::for_approver(news, asked), buttons).await?;
        Ok(())
    }
}
