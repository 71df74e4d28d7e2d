//! What the host itself says to a person over a channel: a code, a question, an outcome. It speaks in direct conversations
//! and where it was spoken to, in as many parts as the platform needs, and repeats nothing.

use ring::rand::{SecureRandom, SystemRandom};

use crate::channel::{Channel, Failure};
use crate::model::{Button, Fate, Format, Outgoing, Place, Trouble};
use crate::text;

/// What could not be said.
#[derive(Debug, thiserror::Error)]
pub enum Unsaid {
    /// The channel can't answer.
    #[error("the channel can't answer")]
    NoSink,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandom,
    /// The call failed; something may have been sent.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The channel says why the rest was not sent.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Unsaid {
    /// What may have been said all the same.
    pub fn fate(&self) -> Fate {
        match self {
            Self::NoSink | Self::NoRandom => Fate::NotSent,
            Self::Failed(failure) => failure.fate(),
            // Some of it was, if it was in parts.
            Self::Trouble(_) => Fate::Perhaps,
        }
    }
}

/// Says a text in a conversation, and gives the platform's ids of its parts, in order. Buttons stand below the last part, if
/// the sink has any.
///
/// # Errors
/// What was said before the error stays said.
pub async fn say(channel: &Channel, place: &Place, said: &str, buttons: Vec<Button>) -> Result<Vec<String>, Unsaid> {
    let sink = channel.grant().sink().ok_or(Unsaid::NoSink)?;
    let mut random = [0; 8];
    SystemRandom::new().fill(&mut random).map_err(|_| Unsaid::NoRandom)?;
    let key = data_encoding::HEXLOWER.encode(&random);
    let parts = text::split(said, sink.text_limit, |c| sink.text_unit.of(c), Format::Plain);
    let last = parts.len().saturating_sub(1);
    let _turn = channel.turn(&place.conversation).await;
    let mut ids = Vec::new();
    for (nth, text) in parts.into_iter().enumerate() {
        let buttons = if nth == last && sink.buttons {
            buttons.clone()
        } else {
            Vec::new()
        };
        let outgoing = Outgoing {
            key: format!("{key}-{nth}"),
            place: place.clone(),
            text,
            format: Format::Plain,
            reply_to: None,
            files: Vec::new(),
            buttons,
        };
        let said = channel.send(outgoing, None).await?.value;
        ids.extend(said.messages);
        said.problem.map_or(Ok(()), Err)?;
    }
    Ok(ids)
}
