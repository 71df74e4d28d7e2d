//! What is done when a question is over: the messages in which it stands say so, the session gets a line, and what an
//! earlier process left standing is ended.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::Approvals;
use crate::channel::Channel;
use crate::limits;
use crate::model::{Format, Place, UnixMillis};
use crate::relay::ledger::{Closed, Decision, Reader, Showing};
use crate::relay::prompt;
use crate::relay::record::{DOCUMENT, Record, Standing};
use crate::supervisor::Roster;
use crate::text;
use crate::voice;

impl Approvals {
    /// Notes what became of a question and tells everybody who saw it, and the session if somebody gave a verdict.
    pub(super) async fn finish(self, closed: Closed, decision: Option<Decision>, counted: Option<&'static str>) {
        let now = UnixMillis::now();
        if let Some(decision) = &decision {
            self.tell(decision, now).await;
        }
        self.record(move |record| {
            if let Some(reason) = counted {
                record.count(reason);
            }
            if let Some(decision) = &decision {
                record.gave(decision, now);
            }
        })
        .await;
        let text: Arc<str> = prompt::ended(&closed.tool, &closed.request, &closed.outcome).into();
        let mut rewritten = JoinSet::new();
        for Showing { reader, messages, .. } in closed.showings {
            let (all, text) = (self.clone(), Arc::clone(&text));
            rewritten.spawn(async move { all.rewrite(&reader, &messages, &text).await });
        }
        rewritten.join_all().await;
    }

    /// A line in the session: whoever answered, everybody at the terminal sees it.
    async fn tell(&self, decision: &Decision, now: UnixMillis) {
        let (tool, id) = (prompt::shown(&decision.closed.tool), &decision.closed.request);
        let (by, did) = (&decision.by, prompt::did(decision.behavior));
        let text = format!("{by} {did} {tool} ({id}) over {}", decision.reader.channel);
        if let Err(error) = self.herald.tell(format!("verdict {id} {}", now.0), text).await {
            tracing::error!(%error, "the session can't be told of a verdict");
        }
    }

    /// Replaces what stands in a conversation; where that can't be, says it there.
    pub(super) async fn rewrite(&self, reader: &Reader, messages: &[String], text: &str) {
        // Nothing of it was sent, or it still is on its way and finds out when it has arrived.
        let Some(message) = messages.last() else { return };
        if let Some(channel) = self.channel(&reader.channel)
            && say_over(&channel, &reader.place, message, text).await
        {
            let (reader, message) = (reader.clone(), message.clone());
            self.record(move |record| record.fell(&reader, &message)).await;
        }
    }

    /// Ends what an earlier process left: nobody can answer that any more.
    pub(super) async fn end_earlier(self) {
        let left = match self.around.journal.document::<Record>(DOCUMENT) {
            Ok(record) => record.standing,
            Err(error) => return tracing::error!(%error, "questions of an earlier session can't be ended"),
        };
        let mut ended = JoinSet::new();
        for standing in left {
            ended.spawn(self.clone().end_left(standing));
        }
        ended.join_all().await;
    }

    /// Tried once, when its channel runs: what can't be changed then is no more to be changed later.
    async fn end_left(self, standing: Standing) {
        if UnixMillis::now().since(standing.since) < limits::PROMPT_KNOWN {
            let mut roster = self.around.roster.clone();
            let running = |roster: &Arc<Roster>| roster.channels.get(&standing.channel)?.running().cloned();
            let found = roster.wait_for(|roster| running(roster).is_some()).await;
            let Some(channel) = found.ok().and_then(|roster| running(&roster)) else {
                return;
            };
            channel.begun().await;
            let text = prompt::stale(&standing.tool);
            say_over(&channel, &standing.place(), &standing.message, &text).await;
        }
        self.record(move |record| record.standing.retain(|other| *other != standing))
            .await;
    }
}

/// Whether a conversation says now that a question is over.
async fn say_over(channel: &Channel, place: &Place, message: &str, text: &str) -> bool {
    let Some(sink) = channel.grant().sink() else {
        return false;
    };
    let parts = text::split(text, sink.text_limit, |c| sink.text_unit.of(c), Format::Plain);
    let said = match parts.first() {
        Some(first) if sink.edit => {
            let _turn = channel.turn(&place.conversation).await;
            let edited = channel.edit(place.clone(), message, first, Format::Plain).await;
            edited.map(drop).map_err(voice::Unsaid::from)
        }
        _ => voice::say(channel, place, text, Vec::new()).await.map(drop),
    };
    if let Err(error) = &said {
        tracing::warn!(%error, "a question that is over still looks open");
        channel.count("prompt-unended");
    }
    said.is_ok()
}
