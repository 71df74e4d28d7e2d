//! Speaking to a channel under development over the control socket. Whether it may be spoken to so, the channel says.

use super::{Answer, ControlError, PATIENCE, Request, ask};
use crate::channel::{Channel, Phase, Unrehearsed};
use crate::house::House;
use crate::listener::{self, Answered};
use crate::model::{ChannelName, Digest};
use crate::paths::StateDir;
use crate::supervisor::Entry;
use std::sync::Arc;

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rehearsal {
    /// A message of this sender's.
    Say(String, String),
    /// A call of a hook.
    Post {
        /// Of the rule with this path; of the first, if none is named.
        path: Option<String>,
        /// Its body.
        body: String,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// In words.
    pub what: String,
    /// Of the bytes that were called, if any were.
    pub by: Option<Digest>,
}

pub(super) async fn say(house: &House, channel: &ChannelName, sender: &str, text: &str) -> Answer {
    let said = match running(house, channel).await {
        Ok(channel) => channel.say_as(sender, text).await,
        Err(why) => return Answer::Failed { why },
    };
    let what = format!("said as {sender}");
    answer(said.map(|()| Rehearsed { what, by: None }))
}

pub(super) async fn post(house: &House, channel: &ChannelName, path: Option<&str>, body: String) -> Answer {
    let channel = match running(house, channel).await {
        Ok(channel) => channel,
        Err(why) => return Answer::Failed { why },
    };
    let posted = listener::rehearse(&channel, path, body.into_bytes()).await;
    let by = Some(channel.context().component);
    answer(posted.map(|Answered { status, why }| {
        let what = match why {
            Some(why) => format!("answered {status}: {why}"),
            None => format!("answered {status}"),
        };
        Rehearsed { what, by }
    }))
}

/// The channel, which may just be on its way; whether it takes calls, it says itself: what can never be called is told as that.
async fn running(house: &House, name: &ChannelName) -> Result<Arc<Channel>, String> {
    let comes = |entry: Option<&Entry>| entry.is_none_or(|entry| entry.phase() == Phase::Compiling);
    let mut roster = house.roster.clone();
    let settled = async {
        let settled = roster.wait_for(|roster| !comes(roster.channels.get(name))).await;
        let channel = settled
            .ok()
            .and_then(|roster| roster.channels.get(name)?.running().cloned());
        if let Some(channel) = channel {
            channel.begun().await;
        }
    };
    // Whatever it is then is told.
    let _ = tokio::time::timeout(PATIENCE / 2, settled).await;
    let roster = Arc::clone(&house.roster.borrow());
    let entry = roster.channels.get(name);
    let phase = || entry.map_or_else(|| "gone".to_owned(), |entry| entry.phase().in_words());
    let channel = entry.and_then(|entry| entry.running().cloned());
    channel.ok_or_else(|| format!("{name} does not run now: {}", phase()))
}

fn answer(result: Result<Rehearsed, Unrehearsed>) -> Answer {
    match result {
        Ok(Rehearsed { what, by }) => Answer::Rehearsed { what, by },
        Err(error) => Answer::Failed { why: error.to_string() },
    }
}

/// Has the owner try it; what came of it. Blocks.
///
/// # Errors
/// It could not be tried, or nobody runs the channels.
pub fn rehearse(state: &StateDir, channel: &ChannelName, what: Rehearsal) -> Result<Rehearsed, ControlError> {
    let channel = channel.clone();
    let request = match what {
        Rehearsal::Say(sender, text) => Request::Say { channel, sender, text },
        Rehearsal::Post { path, body } => Request::Post { channel, path, body },
    };
    match ask(state, &request)? {
        Some(Answer::Rehearsed { what, by }) => Ok(Rehearsed { what, by }),
        Some(Answer::Failed { why }) => Err(ControlError::Unrehearsed(why)),
        None => Err(ControlError::Unrehearsed("nobody runs the channels now".to_owned())),
        Some(other) => Err(ControlError::Answered(format!("{other:?}"))),
    }
}
