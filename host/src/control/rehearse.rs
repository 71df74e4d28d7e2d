//! Speaking to a channel under development over the control socket. Whether it may be spoken to so, the channel says.

use super::{Answer, ControlError, Request, ask};
use crate::channel::{Channel, Unrehearsed};
use crate::house::House;
use crate::listener::{self, Answered};
use crate::model::ChannelName;
use crate::paths::StateDir;
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

pub(super) async fn say(house: &House, channel: &ChannelName, sender: &str, text: &str) -> Answer {
    let said = match callable(house, channel) {
        Ok(channel) => channel.say_as(sender, text).await.map(|()| "said".to_owned()),
        Err(why) => return Answer::Failed { why },
    };
    answer(said)
}

pub(super) async fn post(house: &House, channel: &ChannelName, path: Option<&str>, body: String) -> Answer {
    let posted = match callable(house, channel) {
        Ok(channel) => listener::rehearse(&channel, path, body.into_bytes()).await,
        Err(why) => return Answer::Failed { why },
    };
    answer(posted.map(|Answered { status, why }| match why {
        Some(why) => format!("answered {status}: {why}"),
        None => format!("answered {status}"),
    }))
}

fn callable(house: &House, name: &ChannelName) -> Result<Arc<Channel>, String> {
    let roster = Arc::clone(&house.roster.borrow());
    let channel = roster.channels.get(name).and_then(|entry| entry.callable().cloned());
    channel.ok_or_else(|| format!("{name} takes no calls now; `lockgate status` says why"))
}

fn answer(result: Result<String, Unrehearsed>) -> Answer {
    match result {
        Ok(what) => Answer::Rehearsed { what },
        Err(error) => Answer::Failed { why: error.to_string() },
    }
}

/// Has the owner try it; what came of it. Blocks.
///
/// # Errors
/// It could not be tried, or nobody runs the channels.
pub fn rehearse(state: &StateDir, channel: &ChannelName, what: Rehearsal) -> Result<String, ControlError> {
    let channel = channel.clone();
    let request = match what {
        Rehearsal::Say(sender, text) => Request::Say { channel, sender, text },
        Rehearsal::Post { path, body } => Request::Post { channel, path, body },
    };
    match ask(state, &request)? {
        Some(Answer::Rehearsed { what }) => Ok(what),
        Some(Answer::Failed { why }) => Err(ControlError::Answered(why)),
        None => Err(ControlError::Answered("nobody runs the channels".to_owned())),
        Some(other) => Err(ControlError::Answered(format!("{other:?}"))),
    }
}
