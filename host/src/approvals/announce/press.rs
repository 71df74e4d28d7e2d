//! The buttons below an announcement, and what a press of one does.

use std::sync::Arc;

use ring::rand::SecureRandom;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::words::Asked;
use super::{Announcer, Untold};
use crate::access::{AccessBook, Account, Role};
use crate::channel::{Channel, Waiting};
use crate::limits;
use crate::model::{Button, ChannelName, Digest, Press, Scope, UnixMillis};
use crate::voice::Unsaid;
use crate::widening::{Approvers, Offer, Pressed, Word};

impl Announcer {
    /// Buttons for those who wait, if this channel may carry all approvals and the one who is told may approve, or might
    /// within a day before: then only the one that says no. That they can't be noted keeps nobody from being told.
    pub(super) async fn buttons(
        &self,
        channel: &Channel,
        to: &Account,
        conversation: &str,
    ) -> Result<(Asked, Vec<Button>), Untold> {
        let none = (Asked::Nothing, Vec::new());
        let has_buttons = channel.grant().sink().is_some_and(|sink| sink.buttons);
        let Some(list) = self.list().await else {
            return Ok(none);
        };
        if !channel.grant().relays_all() || !has_buttons {
            return Ok(none);
        }
        let now = UnixMillis::now();
        let known: Approvers = self.journal.document(Approvers::DOCUMENT)?;
        let words: &[_] = match (approver(&list, to).is_some(), known.may_object(to, now)) {
            (true, true) if known.counts(to, now) => &[(Word::Confirm, "Confirm"), (Word::NotMe, "Not me:")],
            (_, true) => &[(Word::NotMe, "Not me:")],
            (_, false) => return Ok(none),
        };
        let waiting = known.waiting(now).into_iter().map(|(account, _)| account);
        let waiting = waiting.filter_map(|account| Some((approver(&list, &account)?, account)));
        let (mut buttons, mut offers) = (Vec::new(), Vec::new());
        for (name, about) in waiting.take(limits::CONFIRMATIONS_SHOWN) {
            for (word, label) in words {
                let token = self.token()?;
                let offer = Offer {
                    to: to.clone(),
                    channel: channel.grant().channel().clone(),
                    conversation: Digest::of(conversation.as_bytes()),
                    about: about.clone(),
                    word: *word,
                };
                offers.push((token.clone(), offer));
                let label = format!("{label} {name}");
                buttons.push(Button { label, token });
            }
        }
        if buttons.is_empty() {
            return Ok(none);
        }
        let note = move |approvers: &mut Approvers| {
            offers
                .into_iter()
                .for_each(|(token, offer)| approvers.offer(&token, offer));
        };
        if let Err(error) = self.journal.revise(Approvers::DOCUMENT, note).await {
            tracing::error!(%error, "the buttons of an announcement can't be noted, so it is told without");
            return Ok(none);
        }
        Ok((Asked::Buttons, buttons))
    }

    fn token(&self) -> Result<String, Unsaid> {
        let mut random = [0; 16];
        self.random.fill(&mut random).map_err(|_| Unsaid::NoRandom)?;
        Ok(data_encoding::BASE64URL_NOPAD.encode(&random))
    }

    async fn list(&self) -> Option<Arc<AccessBook>> {
        let book = Arc::clone(&self.book);
        tokio::task::spawn_blocking(move || book.readable())
            .await
            .ok()
            .flatten()
    }

    /// Takes presses: those of our buttons are judged and answered here, all others go on.
    pub(super) async fn take(&self, mut presses: Waiting<Press>, others: mpsc::Sender<(ChannelName, Press)>) {
        let mut replies = JoinSet::new();
        while let Some((name, press)) = presses.recv().await {
            while replies.try_join_next().is_some() {}
            let running = self
                .roster
                .borrow()
                .channels
                .get(&name)
                .and_then(|it| it.running().cloned());
            // A channel that runs no more can't be told anything, and carries nothing.
            let Some(channel) = running else { continue };
            match self.judge(&channel, &press).await {
                Some(pressed) if replies.len() < limits::CONFIRMATION_REPLIES => {
                    replies.spawn(reply(channel, press.handle, pressed));
                }
                Some(_) => channel.count("answer-unanswered"),
                // Until it is its turn, those behind it keep their places.
                None if others.send((name, press)).await.is_err() => return,
                None => {}
            }
        }
    }

    /// What a press of one of our buttons comes to; `None`: it is of none.
    ///
    /// # Authority
    /// Only a press by an approver who counts, in his own direct conversation and over a channel that may carry approvals,
    /// says anything of a new one; and "not me" also by one who counted within a day.
    async fn judge(&self, channel: &Channel, press: &Press) -> Option<Pressed> {
        let by = Account {
            network: channel.grant().network()?.to_owned(),
            id: press.sender.id.clone(),
        };
        let token = press.token.clone();
        let known = self.journal.document::<Approvers>(Approvers::DOCUMENT);
        let known = known.inspect_err(|error| tracing::error!(%error, "whose button was pressed is not known"));
        // Most presses are of other buttons; and who may not judge makes us write nothing.
        let known = known.ok().filter(|known| known.has_offered(&token))?;
        let now = UnixMillis::now();
        let able = channel.grant().relays_all() && !press.sender.bot && press.conversation.scope == Scope::Direct;
        let name = self.list().await.and_then(|list| approver(&list, &by));
        if !able || !(name.is_some() || known.may_object(&by, now)) {
            return Some(Pressed::NotYours);
        }
        let (place, conversation) = (channel.grant().channel().clone(), press.conversation.id.clone());
        let judge = move |approvers: &mut Approvers| {
            approvers.press(&token, (&by, name.as_deref()), (&place, &conversation), now)
        };
        let judged = self.journal.revise(Approvers::DOCUMENT, judge).await;
        let judged = judged.inspect_err(|error| tracing::error!(%error, "a press can't be judged, so it says nothing"));
        let pressed = judged.ok().flatten()?;
        tracing::info!(channel = %channel.grant().channel(), ?pressed, "somebody judged a new approver");
        Some(pressed)
    }
}

/// Whose the account is, if it may approve by the list.
fn approver(list: &AccessBook, account: &Account) -> Option<String> {
    let person = list.owner(&account.network, &account.id)?;
    let may = person.roles.contains(&Role::Approve) && !list.denies(&account.network, &account.id);
    may.then(|| person.name.to_string())
}

async fn reply(channel: Arc<Channel>, handle: Option<String>, pressed: Pressed) {
    let Some(handle) = handle else { return };
    let words = match pressed {
        Pressed::NotYours => "This is not yours to answer.",
        Pressed::Over => "This is decided already.",
        Pressed::Confirmed(_) => "It may approve now.",
        Pressed::Refused(_) => "It may not approve. Take it from the list at your terminal: lockgate access remove",
    };
    if let Err(error) = channel.answer_press(&handle, words).await {
        tracing::warn!(%error, "who pressed a button can't be told what became of it");
        channel.count("answer-unanswered");
    }
}
