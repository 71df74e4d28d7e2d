//! Which changes of a channel's state are worth a line to the session, and in which words. Pure; the time is an argument.
//!
//! Only what a person may want to act on is told: that a channel stopped and why, and that it goes on. An ordinary pause
//! is not, and a channel that goes back and forth is told of so often and then counted.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::channel::Phase;
use crate::limits;
use crate::model::{ChannelName, UnixMillis};
use crate::text::{self, Bound, clock};

/// An hour, in which so many notices of one channel are told.
const HOUR: Duration = Duration::from_secs(3_600);

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The same for the same change, also after a restart if the change outlives it.
    pub key: String,
    /// What the session reads.
    pub text: String,
}

/// What was told of every channel.
#[derive(Debug, Default)]
pub struct Bulletin {
    channels: BTreeMap<ChannelName, Told>,
    due: Vec<Notice>,
}

#[derive(Debug, Default)]
struct Told {
    /// The word of the state that it was last seen in, if that is one to be told of.
    ill: Option<&'static str>,
    note: Option<String>,
    times: VecDeque<UnixMillis>,
    unsaid: u64,
}

impl Bulletin {
    /// Forgets channels that are no more.
    pub fn keep(&mut self, is_there: impl Fn(&ChannelName) -> bool) {
        self.channels.retain(|name, _| is_there(name));
    }

    /// Looks at a channel as it is now.
    pub fn look(&mut self, name: &ChannelName, phase: &Phase, note: Option<&str>, now: UnixMillis) {
        let told = self.channels.entry(name.clone()).or_default();
        let mut found = Vec::new();
        if let Some(ill) = state(phase)
            && told.ill != ill
        {
            told.ill = ill;
            found.push(of_phase(name, phase, now));
        }
        if told.note.as_deref() != note {
            told.note = note.map(str::to_owned);
            found.extend(note.map(|note| Notice {
                key: format!("{name} note {}", now.0),
                text: format!("{name}: {}", line(note)),
            }));
        }
        for notice in found {
            if told.may_tell(now) {
                self.due.push(notice);
            } else {
                told.unsaid += 1;
            }
        }
    }

    /// What is to be told now, each once.
    pub fn due(&mut self, now: UnixMillis) -> Vec<Notice> {
        let mut due = std::mem::take(&mut self.due);
        for (name, told) in &mut self.channels {
            if told.unsaid == 0 || !told.may_tell(now) {
                continue;
            }
            let (more, word) = (std::mem::take(&mut told.unsaid), told.ill.unwrap_or("running"));
            due.push(Notice {
                key: format!("{name} more {}", now.0),
                text: format!("{name}: its state changed {more} times more; now it is {word}; run `lockgate status`"),
            });
        }
        due
    }

    /// When something becomes due by itself.
    pub fn next(&self) -> Option<UnixMillis> {
        let waiting = self.channels.values().filter(|told| told.unsaid > 0);
        waiting.filter_map(|told| Some(told.times.front()?.after(HOUR))).min()
    }
}

impl Told {
    /// Takes a place among those of the last hour, if there is one.
    fn may_tell(&mut self, now: UnixMillis) -> bool {
        while self.times.front().is_some_and(|first| now.since(*first) >= HOUR) {
            self.times.pop_front();
        }
        let may = self.times.len() < limits::HOST_EVENTS_PER_HOUR;
        if may {
            self.times.push_back(now);
        }
        may
    }
}

/// What a phase says of a channel: `None` if nothing yet, `Some(None)` if it runs, else the word of what is wrong.
fn state(phase: &Phase) -> Option<Option<&'static str>> {
    match phase {
        Phase::Compiling | Phase::Starting { .. } => None,
        Phase::Ready | Phase::Resting { .. } => Some(None),
        Phase::Conflict { .. }
        | Phase::Unauthorized { .. }
        | Phase::Quarantined { .. }
        | Phase::Stale { .. }
        | Phase::Broken { .. } => Some(Some(phase.word())),
    }
}

fn of_phase(name: &ChannelName, phase: &Phase, now: UnixMillis) -> Notice {
    let (since, what) = match phase {
        Phase::Quarantined { since, .. } => (
            *since,
            format!(
                "it broke {} times in a row and does nothing by itself since {}; run `lockgate review {name} --resume` \
                 to let it try again",
                limits::FAULTS_IN_A_ROW,
                clock(*since)
            ),
        ),
        Phase::Unauthorized { since, .. } => {
            let what = "its credential is refused since";
            (
                *since,
                format!(
                    "{what} {}; `lockgate status` says how to set a new one; if it is good again, run `lockgate review {name} \
                     --resume`",
                    clock(*since)
                ),
            )
        }
        Phase::Conflict { since, .. } => {
            let what = format!("somebody else uses its credential since {}", clock(*since));
            (
                *since,
                format!("{what}; end the other program, and it goes on within minutes"),
            )
        }
        Phase::Stale { since, .. } => (
            *since,
            format!(
                "its new code can't serve since {}, and the code before it goes on; run `lockgate status`",
                clock(*since)
            ),
        ),
        Phase::Broken { .. } => (now, format!("it can't run since {}; run `lockgate status`", clock(now))),
        _ => (now, format!("it runs again since {}", clock(now))),
    };
    let why = line(phase.detail());
    let quoted = if why.is_empty() { why } else { format!("\n> {why}") };
    Notice {
        key: format!("{name} {} {}", phase.word(), since.0),
        text: format!("{name}: {what}{quoted}"),
    }
}

/// Somebody's words on one line that nothing can be hidden in.
fn line(words: &str) -> String {
    text::clip(&text::attribute(words), Bound::Chars(limits::TROUBLE_CHARS))
}

#[cfg(test)]
mod tests;
