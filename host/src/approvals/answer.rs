//! Takes an answer to a question: has the ledger judge it, tells the session first, and then whoever answered what became
//! of it.

use std::sync::Arc;

use bytes::Bytes;

use super::{Answered, Approvals, Work};
use crate::access::{self, Account, PersonName};
use crate::channel::Channel;
use crate::limits;
use crate::mcp::render;
use crate::model::{ChannelName, Conversation, Place, Press, Scope, Sender, Typed, UnixMillis};
use crate::relay::ledger::{Answerer, Judged, Ledger};
use crate::relay::prompt;
use crate::voice;

/// How somebody who answered is told what became of it.
enum Back {
    /// The platform shows it to him alone.
    Press(Option<String>),
    /// In the conversation.
    Said(Conversation),
}

impl Approvals {
    /// Judges an answer and does what it says.
    pub(super) async fn take(&self, name: &ChannelName, answered: Answered, work: &mut Work) {
        // One that runs no more can't be told anything, and carries nothing.
        let Some(channel) = self.channel(name) else { return };
        let (judged, back) = match answered {
            Answered::Press(press) => self.pressed(&channel, press).await,
            Answered::Typed(typed) => self.typed(&channel, typed).await,
        };
        let reply = words(&judged, &back);
        match judged {
            Judged::Verdict(decision) => {
                let line = render::verdict(&decision.closed.request, decision.behavior);
                // Before anything else is done: the session waits.
                if self.around.outbox.push(Bytes::from(line)).await.is_err() {
                    return;
                }
                tracing::info!(by = %decision.by, channel = %name, behavior = decision.behavior.as_str(), "a verdict");
                self.publish();
                let closed = decision.closed.clone();
                work.questions.spawn(self.clone().finish(closed, Some(*decision), None));
            }
            ref other => {
                tracing::info!(channel = %name, reason = other.as_str(), "an answer that does not count");
                channel.count(other.as_str());
                if *other == Judged::Muted {
                    let told = self.clone().tell_muted(name.clone());
                    work.replies.spawn(told);
                }
            }
        }
        if work.replies.len() < limits::PROMPT_REPLIES {
            work.replies.spawn(tell(channel, back, reply));
        } else {
            channel.count("answer-unanswered");
        }
    }

    async fn pressed(&self, channel: &Channel, press: Press) -> (Judged, Back) {
        let Press {
            token,
            handle,
            sender,
            conversation,
            ..
        } = press;
        let judged = self.judge(channel, &sender, &conversation, |ledger, by, now| {
            ledger.press(&token, by, now)
        });
        (judged.await, Back::Press(handle))
    }

    async fn typed(&self, channel: &Channel, typed: Typed) -> (Judged, Back) {
        let Typed {
            sender,
            conversation,
            verdict,
            ..
        } = typed;
        let judged = self.judge(channel, &sender, &conversation, |ledger, by, now| {
            ledger.typed(&verdict, by, now)
        });
        (judged.await, Back::Said(conversation))
    }

    /// Asks the ledger, with what the list and the grant say at this moment of whoever answers.
    async fn judge(
        &self,
        channel: &Channel,
        sender: &Sender,
        conversation: &Conversation,
        ask: impl FnOnce(&mut Ledger, &Answerer<'_>, UnixMillis) -> Judged,
    ) -> Judged {
        let network = channel.grant().network().unwrap_or_default();
        let account = Account {
            network: network.to_owned(),
            id: sender.id.clone(),
        };
        let approver = self.approver(channel, sender, &account).await;
        let by = Answerer {
            channel: channel.grant().channel(),
            account: &account,
            conversation: &conversation.id,
            scope: conversation.scope,
            approver: approver.as_ref(),
        };
        ask(&mut self.ledger(), &by, UnixMillis::now())
    }

    /// Who answers, if he may approve over this channel now.
    async fn approver(&self, channel: &Channel, sender: &Sender, account: &Account) -> Option<PersonName> {
        if !channel.grant().relay() {
            return None;
        }
        // Whom the list does not name makes us write nothing.
        let list = self.list().await?;
        access::approver(channel.grant().policy(), &list, sender)?;
        let approvers = self.approvers().await;
        let approvers = approvers.inspect_err(|error| {
            tracing::error!(%error, "an answer does not count, because who may approve is not known");
        });
        let known = approvers
            .ok()?
            .into_iter()
            .find(|approver| approver.account == *account);
        known.map(|approver| approver.name)
    }

    async fn tell_muted(self, channel: ChannelName) {
        let text = format!(
            "somebody who may approve wrote {} answers to questions that are not his over {channel}; his written answers do \
             not count for an hour; run `lockgate access list`",
            limits::GUESSES
        );
        let key = format!("muted {channel} {}", UnixMillis::now().0);
        if let Err(error) = self.herald.tell(key, text).await {
            tracing::error!(%error, "the session can't be told of guesses");
        }
    }
}

/// What somebody is told of his answer; nothing, if that would help him to guess or others can read it.
fn words(judged: &Judged, back: &Back) -> Option<String> {
    let is_press = matches!(back, Back::Press(_));
    let in_group = matches!(back, Back::Said(conversation) if conversation.scope == Scope::Group);
    Some(match judged {
        Judged::NotApprover if in_group => return None,
        Judged::Unknown if is_press => "This question is over.".to_owned(),
        Judged::Verdict(decision) => format!(
            "{}: {}",
            prompt::shown(&decision.closed.tool),
            prompt::did(decision.behavior)
        ),
        Judged::Over(outcome) => format!("This question is over: {}.", prompt::words(outcome)),
        Judged::Unknown => "There is no open question of that id.".to_owned(),
        Judged::NotYours => "This is not yours to answer.".to_owned(),
        Judged::NotApprover => "You may not answer this.".to_owned(),
        Judged::InGroup => "An answer counts only in your own conversation with this account.".to_owned(),
        Judged::Muted => {
            "That were too many ids of no open question: what you write does not count for an hour.".to_owned()
        }
        Judged::StillMuted => return None,
    })
}

async fn tell(channel: Arc<Channel>, back: Back, words: Option<String>) {
    let told = match (back, words) {
        (Back::Press(Some(handle)), words) => {
            // A press is always answered: the platform waits for it.
            let words = words.unwrap_or_default();
            channel
                .answer_press(&handle, &words)
                .await
                .map(drop)
                .map_err(voice::Unsaid::from)
        }
        (Back::Said(conversation), Some(words)) => {
            let place = Place {
                conversation: conversation.id,
                thread: conversation.thread,
            };
            voice::say(&channel, &place, &words, Vec::new()).await.map(drop)
        }
        _ => return,
    };
    if let Err(error) = told {
        tracing::warn!(%error, "whoever answered a question can't be told what became of it");
        channel.count("answer-unanswered");
    }
}
