//! What outlives a session of its questions for permission: where they stand, so that the next owner can say there that they
//! are over; the last verdicts; and how many answers counted for what. No id, no token and nothing of a call's content:
//! whoever reads this can answer nothing. Pure.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::ledger::{Decision, Reader};
use super::prompt;
use crate::limits;
use crate::model::{Behavior, ChannelName, Digest, Place, UnixMillis};

/// The name of the journal's document.
pub const DOCUMENT: &str = "relay";

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Questions that stand somewhere and were not said to be over.
    #[serde(default)]
    pub standing: Vec<Standing>,
    /// The last verdicts, oldest first.
    #[serde(default)]
    pub verdicts: VecDeque<Given>,
    /// How often what became of questions and answers.
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// The last question that could be shown to nobody, until one can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unshown: Option<Unshown>,
}

/// A question as it stands in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Over which channel.
    pub channel: ChannelName,
    /// In which conversation.
    pub conversation: String,
    /// In which thread of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The last of its messages, which has the buttons.
    pub message: String,
    /// The tool.
    pub tool: String,
    /// Since when.
    pub since: UnixMillis,
}

/// A verdict that was told to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// When.
    pub at: UnixMillis,
    /// What.
    pub behavior: Behavior,
    /// On which tool.
    pub tool: String,
    /// Of what the question showed of the call.
    pub preview: Digest,
    /// Whose, by the operator's name for him.
    pub by: String,
    /// With which account.
    pub account: String,
    /// Over which channel.
    pub channel: ChannelName,
}

/// A question that nobody saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unshown {
    /// When it was asked.
    pub at: UnixMillis,
    /// Why, and what to type.
    pub why: String,
}

impl Record {
    /// Counts something once.
    pub fn count(&mut self, reason: &str) {
        *self.counts.entry(reason.to_owned()).or_default() += 1;
    }

    /// A question stands there now.
    pub fn stands(&mut self, standing: Standing) {
        let bytes = serde_json::to_vec(&standing).map_or(usize::MAX, |text| text.len());
        if bytes > limits::PROMPT_STANDING_BYTES {
            return self.count("prompt-forgotten");
        }
        self.standing.push(standing);
        // The oldest are the least likely to be looked at.
        let extra = self.standing.len().saturating_sub(limits::PROMPTS_STANDING);
        self.standing.drain(..extra);
    }

    /// It stands there no more, or says that it is over.
    pub fn fell(&mut self, reader: &Reader, message: &str) {
        self.standing
            .retain(|standing| !standing.is(&reader.channel, &reader.place, message));
    }

    /// Notes a verdict.
    pub fn gave(&mut self, decision: &Decision, now: UnixMillis) {
        self.count(decision.behavior.as_str());
        self.verdicts.push_back(Given {
            at: now,
            behavior: decision.behavior,
            tool: prompt::shown(&decision.closed.tool),
            preview: decision.preview,
            by: decision.by.to_string(),
            account: decision.reader.account.to_string(),
            channel: decision.reader.channel.clone(),
        });
        if self.verdicts.len() > limits::VERDICTS_KEPT {
            self.verdicts.pop_front();
        }
    }
}

impl Standing {
    /// Of a question that was shown, if anything of it was.
    pub fn new(tool: &str, reader: &Reader, messages: &[String], since: UnixMillis) -> Option<Self> {
        Some(Self {
            channel: reader.channel.clone(),
            conversation: reader.place.conversation.clone(),
            thread: reader.place.thread.clone(),
            message: messages.last()?.clone(),
            tool: prompt::shown(tool),
            since,
        })
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place {
            conversation: self.conversation.clone(),
            thread: self.thread.clone(),
        }
    }

    fn is(&self, channel: &ChannelName, place: &Place, message: &str) -> bool {
        self.channel == *channel && self.conversation == place.conversation && self.message == message
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ledger::{Closed, Outcome};
    use super::*;
    use crate::access::Account;

    /// As long as each part may be, and in the form that takes the most room.
    fn reader(nth: usize, bytes: usize) -> Reader {
        Reader {
            channel: "chat".parse().unwrap(),
            account: Account {
                network: "n".repeat(64),
                id: "\u{1}".repeat(limits::ACCOUNT_ID_BYTES),
            },
            place: Place {
                conversation: format!("{nth}{}", "\u{1}".repeat(bytes)),
                thread: None,
            },
        }
    }

    fn decision(reader: Reader) -> Decision {
        let by: crate::access::PersonName = "ann".parse().unwrap();
        let behavior = Behavior::Allow;
        Decision {
            closed: Closed {
                request: "abcde".into(),
                tool: "\u{202e}".repeat(limits::PROMPT_TOOL_BYTES / 3),
                description: "never kept".into(),
                outcome: Outcome::Answered {
                    behavior,
                    by: by.clone(),
                },
                showings: Vec::new(),
            },
            behavior,
            by,
            reader,
            preview: Digest::of(b"never kept"),
        }
    }

    #[test]
    fn at_its_fullest_it_is_a_document_of_the_journals_without_ids_or_content() {
        let mut record = Record::default();
        for nth in 0..2 * limits::PROMPTS_STANDING {
            let standing = Standing::new("Bash", &reader(nth, 600), &["m1".into(), "m2".into()], UnixMillis(1));
            record.stands(standing.unwrap());
            record.gave(&decision(reader(nth, 10)), UnixMillis(2));
        }
        assert_eq!(record.standing.len(), limits::PROMPTS_STANDING);
        assert_eq!(record.standing[0].message, "m2", "the part with the buttons");
        assert!(
            record.standing[0].conversation.starts_with("48"),
            "the oldest are forgotten"
        );
        assert_eq!(record.verdicts.len(), limits::VERDICTS_KEPT);
        let text = serde_json::to_string(&record).unwrap();
        assert!(text.len() <= limits::DOCUMENT_BYTES, "{}", text.len());
        assert!(!text.contains("abcde") && !text.contains("never kept"));
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn what_is_too_long_to_be_kept_is_counted() {
        let mut record = Record::default();
        let standing = Standing::new("Bash", &reader(1, 1_000), &["m".into()], UnixMillis(1));
        record.stands(standing.unwrap());
        assert_eq!((record.standing.len(), record.counts["prompt-forgotten"]), (0, 1));
        assert_eq!(Standing::new("Bash", &reader(1, 1), &[], UnixMillis(1)), None);
    }

    #[test]
    fn what_is_as_long_as_it_may_be_is_kept() {
        let of = |conversation: usize| {
            let mut standing = Standing::new("Bash", &reader(1, 1), &["m".into()], UnixMillis(1)).unwrap();
            standing.conversation = "x".repeat(conversation);
            standing
        };
        let room = limits::PROMPT_STANDING_BYTES - serde_json::to_vec(&of(0)).unwrap().len();
        let check = |conversation: usize, expected: usize| {
            let mut record = Record::default();
            record.stands(of(conversation));
            assert_eq!(record.standing.len(), expected, "{conversation}");
        };
        check(room - 1, 1);
        check(room, 1);
        check(room + 1, 0);
    }

    #[test]
    fn what_is_over_stands_no_more() {
        let mut record = Record::default();
        for nth in 0..3 {
            let standing = Standing::new("Bash", &reader(nth, 1), &["m".into()], UnixMillis(1));
            record.stands(standing.unwrap());
        }
        record.fell(&reader(1, 1), "other");
        assert_eq!(record.standing.len(), 3);
        record.fell(&reader(1, 1), "m");
        assert_eq!(record.standing.len(), 2);
    }
}
