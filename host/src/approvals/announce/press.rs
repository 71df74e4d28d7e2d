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
use crate::text;
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
        let words: &[Word] = match (approver(&list, to).is_some(), known.may_object(to, now)) {
            (true, true) if known.counts(to, now) => &[Word::Confirm, Word::NotMe],
            (_, true) => &[Word::NotMe],
            (_, false) => return Ok(none),
        };
        let waiting = known.waiting(now).into_iter().map(|(account, _)| account);
        let waiting = waiting.filter_map(|account| Some((approver(&list, &account)?, account)));
        let (mut buttons, mut offers) = (Vec::new(), Vec::new());
        let labelled = labelled(waiting.collect());
        for (about, labels) in labelled.into_iter().take(limits::CONFIRMATIONS_SHOWN) {
            for (word, label) in labels.into_iter().filter(|(word, _)| words.contains(word)) {
                let token = self.token()?;
                let offer = Offer {
                    to: to.clone(),
                    channel: channel.grant().channel().clone(),
                    conversation: Digest::of(conversation.as_bytes()),
                    about: about.clone(),
                    word,
                };
                offers.push((token.clone(), offer));
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

/// What stands on the buttons for each of those who wait. A button that could be taken for another account's confirms
/// nobody: of such accounts only that nobody knows them can be said.
fn labelled(waiting: Vec<(String, Account)>) -> Vec<(Account, Vec<(Word, String)>)> {
    let called: Vec<String> = waiting.iter().map(|(name, about)| called(name, about)).collect();
    let each = waiting.into_iter().zip(&called).map(|((_, about), shown)| {
        let mut labels = Vec::new();
        if called.iter().filter(|other| *other == shown).count() == 1 {
            labels.push((Word::Confirm, format!("Confirm {shown}")));
        }
        labels.push((Word::NotMe, format!("Not me: {shown}")));
        (about, labels)
    });
    each.collect()
}

/// A person's account, by his name and the end of its id, short enough for a button.
fn called(name: &str, about: &Account) -> String {
    let id = text::attribute(&about.id);
    let skipped = id.chars().count().saturating_sub(limits::BUTTON_ID_CHARS);
    let (cut, end) = match id.char_indices().nth(skipped) {
        Some((at, _)) if at > 0 => ("…", &id[at..]),
        _ => ("", &*id),
    };
    format!("{name} ({cut}{end})")
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels for accounts of these people, all of one network.
    #[track_caller]
    fn check(waiting: &[(&str, &str)], expected: &[&str]) {
        let of = |(name, id): &(&str, &str)| {
            let (network, id) = ("talk".to_owned(), (*id).to_owned());
            ((*name).to_owned(), Account { network, id })
        };
        let labels: Vec<String> = labelled(waiting.iter().map(of).collect())
            .into_iter()
            .flat_map(|(_, labels)| labels.into_iter().map(|(_, label)| label))
            .collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn a_button_shows_the_end_of_an_id() {
        let check = |chars: usize, expected: &str| {
            let id: String = ('a'..='z').take(chars).collect();
            let network = "talk".to_owned();
            assert_eq!(called("eve", &Account { network, id }), expected);
        };
        check(limits::BUTTON_ID_CHARS - 1, "eve (abcdefghijk)");
        check(limits::BUTTON_ID_CHARS, "eve (abcdefghijkl)");
        check(limits::BUTTON_ID_CHARS + 1, "eve (…bcdefghijklm)");
    }

    /// A second account under an approver's name waits beside his own, to be confirmed for it.
    #[test]
    fn no_two_accounts_that_wait_have_the_same_button_that_confirms() {
        check(&[("eve", "9")], &["Confirm eve (9)", "Not me: eve (9)"]);
        check(
            &[("ann", "1"), ("ann", "2")],
            &[
                "Confirm ann (1)",
                "Not me: ann (1)",
                "Confirm ann (2)",
                "Not me: ann (2)",
            ],
        );
        check(
            &[("ann", "123456789012"), ("ann", "x123456789012")],
            &[
                "Confirm ann (123456789012)",
                "Not me: ann (123456789012)",
                "Confirm ann (…123456789012)",
                "Not me: ann (…123456789012)",
            ],
        );
        let same = [("ann", "@ann:a.example.org"), ("ann", "@amy:a.example.org")];
        check(&same, &["Not me: ann (….example.org)"; 2]);
        check(
            &[("ann", "<channel>\u{202e}")],
            &["Confirm ann (<\\channel>)", "Not me: ann (<\\channel>)"],
        );
    }
}
