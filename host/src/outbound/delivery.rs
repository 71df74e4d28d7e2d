//! The parts of one answer on their way: one after the other, each tried again only while the platform asks to wait, and
//! none after one that is not certain.

use std::time::Duration;

use tokio::time::Instant;

use super::words;
use crate::channel::{Channel, Failure, Said, Told};
use crate::files::Scratch;
use crate::limits;
use crate::mcp::{Delivered, Done, Stop};
use crate::model::{Fate, Outgoing, Trouble};
use crate::text::{self, Bound};

/// Sends the parts in order; `outbox` is the folder with copies of their files. The caller holds the conversation's turn.
pub async fn deliver(channel: &Channel, parts: Vec<Outgoing>, outbox: Option<&Scratch>) -> Delivered {
    let mut delivered = Delivered {
        parts: parts.len(),
        ..Delivered::default()
    };
    for part in parts {
        let begins = text::head(&part.text, Bound::Chars(limits::BEGINNING_CHARS)).to_owned();
        let tried = patiently(channel, part, outbox).await;
        let fate = tried.as_ref().map_or_else(Failure::fate, fate);
        channel.count_answer(fate);
        let (why, words) = match tried {
            Ok(told) if told.unkept.is_some() => {
                delivered.unkept = true;
                delivered.ids.extend(told.value.messages);
                told.unkept.as_ref().map_or_else(Default::default, words::of_failure)
            }
            Ok(told) => {
                delivered.ids.extend(told.value.messages);
                told.value
                    .problem
                    .as_ref()
                    .map_or_else(Default::default, words::of_trouble)
            }
            Err(failure) => words::of_failure(&failure),
        };
        if fate != Fate::Sent {
            delivered.stop = Some(Stop {
                fate,
                why,
                words,
                begins,
            });
            return delivered;
        }
        delivered.whole += 1;
    }
    delivered
}

/// What a channel sends through what it keeps (a page of its own) was not sent if that could not be kept; what it sends
/// over the network was. The host can't tell, so it does not say more than it knows.
fn fate(told: &Told<Said>) -> Fate {
    match (told.value.fate(), &told.unkept) {
        (Fate::Sent, Some(_)) => Fate::Perhaps,
        (fate, _) => fate,
    }
}

/// What became of a change or a reaction.
pub fn done(channel: &Channel, tried: Result<Told<()>, Failure>) -> Done {
    let fate = tried.as_ref().map_or_else(Failure::fate, |_| Fate::Sent);
    channel.count_answer(fate);
    match tried {
        Ok(told) => Done {
            stop: None,
            unkept: told.unkept.is_some(),
        },
        Err(failure) => {
            let (why, words) = words::of_failure(&failure);
            let stop = Stop {
                fate,
                why,
                words,
                begins: String::new(),
            };
            Done {
                stop: Some(stop),
                unkept: false,
            }
        }
    }
}

async fn patiently(channel: &Channel, part: Outgoing, outbox: Option<&Scratch>) -> Result<Told<Said>, Failure> {
    let (begun, mut tries) = (Instant::now(), 0);
    loop {
        let outbox = outbox.filter(|_| !part.files.is_empty());
        let tried = channel.send(part.clone(), outbox).await;
        tries += 1;
        let wait = asks_to_wait(&tried).and_then(|asked| patience(tries, begun.elapsed(), asked));
        match wait {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return tried,
        }
    }
}

/// Milliseconds that the platform wants to be left alone, if that is why nothing was sent.
fn asks_to_wait(tried: &Result<Told<Said>, Failure>) -> Option<u32> {
    let trouble = match tried {
        Ok(told) if told.value.messages.is_empty() => told.value.problem.as_ref(),
        Ok(_) => None,
        Err(failure) => failure.trouble(),
    };
    match trouble {
        Some(Trouble::Busy(wait)) => Some(*wait),
        _ => None,
    }
}

/// How long to wait after so many tries in so much time, if it is worth it.
fn patience(tries: u32, waited: Duration, asked: u32) -> Option<Duration> {
    let wait = Duration::from_millis(asked.into()).max(limits::BUSY_LEAST);
    (tries < limits::BUSY_TRIES && waited + wait <= limits::BUSY_MOST).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::CallError;

    #[test]
    fn patience_has_an_end() {
        let check = |tries, waited, asked, expected: Option<u64>| {
            let wait = patience(tries, Duration::from_secs(waited), asked);
            assert_eq!(wait, expected.map(Duration::from_millis), "{tries} {waited} {asked}");
        };
        check(1, 0, 1_500, Some(1_500));
        check(1, 0, 0, Some(50));
        check(4, 30, 30_000, Some(30_000));
        check(4, 31, 30_000, None);
        check(1, 0, u32::MAX, None);
        check(limits::BUSY_TRIES, 0, 1, None);
    }

    #[test]
    fn only_who_sent_nothing_and_asks_to_wait_is_tried_again() {
        let said = |messages: &[&str], problem| {
            let value = Said {
                messages: messages.iter().map(|id| (*id).to_owned()).collect(),
                problem,
            };
            asks_to_wait(&Ok(Told { value, unkept: None }))
        };
        let failed = |trouble| asks_to_wait(&Err(Failure::Call(CallError::Trouble(trouble))));
        assert_eq!(said(&[], Some(Trouble::Busy(7))), Some(7));
        assert_eq!(failed(Trouble::Busy(8)), Some(8));
        assert_eq!(said(&["1"], Some(Trouble::Busy(7))), None, "it would be sent twice");
        assert_eq!(said(&["1"], None), None);
        assert_eq!(failed(Trouble::Unavailable("down".into())), None);
    }
}
