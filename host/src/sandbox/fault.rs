//! What can go wrong in a call of a guest, as types: the guest said so (`Trouble`), the guest broke (`Fault`), or the
//! journal could not be read, or the host lacked something (`Shortage`). Every fault names channel, call and, where it is known, the guest's function.

use std::fmt;
use std::time::Duration;

use crate::journal::JournalError;
use crate::limits;
use crate::model::{ChannelName, Trouble};

/// Which export of a guest is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// `life.start`
    Start,
    /// `source.poll`
    Poll,
    /// `timer.fire`
    Fire,
    /// `hook.receive`
    Receive,
    /// `socket.receive`
    Socket,
    /// `sink.send`
    Send,
    /// `sink.edit`
    Edit,
    /// `sink.react`
    React,
    /// `sink.typing`
    Typing,
    /// `sink.direct`
    Direct,
    /// `sink.answer-press`
    AnswerPress,
    /// `media.fetch`
    Fetch,
    /// `tools.call`
    Tool,
}

impl Call {
    /// The interface that has it, without package and version.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Start => "life",
            Self::Poll => "source",
            Self::Fire => "timer",
            Self::Receive => "hook",
            Self::Socket => "socket",
            Self::Send | Self::Edit | Self::React | Self::Typing | Self::Direct | Self::AnswerPress => "sink",
            Self::Fetch => "media",
            Self::Tool => "tools",
        }
    }

    /// How long it may take. A poll gets what was granted, and never more than this.
    pub(super) fn deadline(self) -> Duration {
        match self {
            Self::Start
            | Self::Fire
            | Self::Receive
            | Self::Socket
            | Self::Edit
            | Self::React
            | Self::Typing
            | Self::Direct
            | Self::AnswerPress
            | Self::Tool => limits::CALL_DEADLINE,
            Self::Send | Self::Fetch => limits::SEND_DEADLINE,
            Self::Poll => limits::POLL_DEADLINE_MOST,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "life.start",
            Self::Poll => "source.poll",
            Self::Fire => "timer.fire",
            Self::Receive => "hook.receive",
            Self::Socket => "socket.receive",
            Self::Send => "sink.send",
            Self::Edit => "sink.edit",
            Self::React => "sink.react",
            Self::Typing => "sink.typing",
            Self::Direct => "sink.direct",
            Self::AnswerPress => "sink.answer-press",
            Self::Fetch => "media.fetch",
            Self::Tool => "tools.call",
        })
    }
}

/// A guest broke. Its instance is gone; nothing that the call did is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("channel {channel}: {call} {kind}{}", InFunction(.function.as_deref()))]
pub struct Fault {
    /// Whose guest.
    pub channel: ChannelName,
    /// In which call.
    pub call: Call,
    /// How.
    pub kind: FaultKind,
    /// The innermost function of the guest that is known by name.
    pub function: Option<String>,
}

/// How a guest broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// It executed something that traps; what it said last as an error is added.
    #[error("trapped: {reason}{}", LastWords(.last_words.as_deref()))]
    Trap {
        /// The engine's name for the trap.
        reason: String,
        /// The last line that the guest logged as an error: a panic's message.
        last_words: Option<String>,
    },
    /// It was not done in time.
    #[error("was not done within {} s, of which it was at work for {:.1} s", .limit.as_secs_f32(), .ran.as_secs_f32())]
    Deadline {
        /// What it had.
        limit: Duration,
        /// How much of that it was at work; the rest it waited, for the host or for its turn.
        ran: Duration,
    },
    /// It wanted more than its share.
    #[error("went over a limit: {what} (at most {most})")]
    OverLimit {
        /// Of what.
        what: &'static str,
        /// How much it may have, in the unit that `what` names.
        most: u64,
    },
    /// It can't be instantiated or called as it is.
    #[error("can't be called: {reason}")]
    Unusable {
        /// What the engine says.
        reason: String,
    },
}

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The guest says why.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// The guest broke.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// What the guest wanted to read could not be read; no fault of its own.
    #[error("the channel's store can't be read")]
    Journal(#[source] JournalError),
    /// The host lacked something; no fault of the guest's.
    #[error("channel {channel}: {call} {shortage}")]
    Host {
        /// Whose call.
        channel: ChannelName,
        /// Which.
        call: Call,
        /// What was lacking.
        shortage: Shortage,
    },
}

/// What the host lacked for a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Shortage {
    /// Other calls had all places for as long as this one could wait.
    #[error("had no turn within {} s; lockgate is busy with other channels, see `lockgate status`", .limit.as_secs_f32())]
    Places {
        /// How long it could wait.
        limit: Duration,
    },
    /// Memory, file descriptors, a folder.
    #[error("could not be made: {reason}; look for what this machine lacks")]
    System {
        /// What the system says.
        reason: String,
    },
}

struct InFunction<'a>(Option<&'a str>);

impl fmt::Display for InFunction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, " (in {name})"),
            None => Ok(()),
        }
    }
}

/// What stands between how a call broke and what its code said last as an error.
pub const SAID: &str = "; it said: ";

struct LastWords<'a>(Option<&'a str>);

impl fmt::Display for LastWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(words) => write!(f, "{SAID}{words}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_its_time() {
        let (short, long, poll) = (5, 30, 90);
        let cases = [
            (Call::Start, short),
            (Call::Poll, poll),
            (Call::Fire, short),
            (Call::Receive, short),
            (Call::Socket, short),
            (Call::Send, long),
            (Call::Edit, short),
            (Call::React, short),
            (Call::Typing, short),
            (Call::Direct, short),
            (Call::AnswerPress, short),
            (Call::Fetch, long),
            (Call::Tool, short),
        ];
        for (call, seconds) in cases {
            assert_eq!(call.deadline(), Duration::from_secs(seconds), "{call}");
        }
    }
}
