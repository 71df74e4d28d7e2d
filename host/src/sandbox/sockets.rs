//! `socket.receive`: what happened on a websocket, given to the guest. Which socket it was, and when it is given, others
//! decide.

use std::sync::Arc;

use super::bindings::{socket, words};
use super::fault::{Call, CallError};
use super::folders::Folders;
use super::guest::{Done, missing};
use super::{ChannelContext, Prepared};
use crate::model::{Frame, Outcome};

/// What happened on a websocket, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It is open.
    Opened,
    /// A frame came.
    Frame(Frame),
    /// It is closed, or could not be opened.
    Closed {
        /// The code that was given, if one was.
        code: Option<u16>,
        /// Why, in words for people; short, and without the channel's secrets.
        reason: String,
    },
}

impl From<Happening> for socket::Happening {
    fn from(from: Happening) -> Self {
        match from {
            Happening::Opened => Self::Opened,
            Happening::Frame(Frame::Text(text)) => Self::Frame(words::Frame::Text(text)),
            Happening::Frame(Frame::Binary(bytes)) => Self::Frame(words::Frame::Binary(bytes)),
            Happening::Closed { code, reason } => Self::Closed(socket::Closed { code, reason }),
        }
    }
}

impl Prepared {
    /// `socket.receive`.
    ///
    /// # Errors
    /// As `start`.
    pub async fn happened(
        &self,
        channel: &Arc<ChannelContext>,
        connection: &str,
        happening: Happening,
        failures: u32,
        folders: &Folders,
    ) -> Result<Done<Outcome>, CallError> {
        let (name, happening) = (connection.to_owned(), happening.into());
        self.enter(channel, Call::Socket, folders, move |store, instance, exports| {
            Box::pin(async move {
                let guest = exports
                    .socket
                    .as_ref()
                    .ok_or_else(missing)?
                    .load(&mut *store, instance)?;
                let outcome = guest.call_receive(store, &name, &happening, failures).await?;
                Ok(outcome.map(Outcome::from))
            })
        })
        .await
    }
}
