//! Write lockgate channels in Rust.
//!
//! A channel is a type that implements a trait for each interface it has ([`Hook`], [`Source`], [`Timer`], [`Life`],
//! [`Sink`], [`Media`]), and one line that exports it. This is a whole one:
//!
//! ```
//! use lockgate_sdk::{Answer, Hook, Message, Request, Trouble, channel};
//! channel!(struct Hello: hook);
//! impl Hook for Hello {
//!     fn receive(request: Request) -> Result<Answer, Trouble> {
//!         Ok(Answer::ok().event(Message::service("hello", request.text())))
//!     }
//! }
//! ```
//!
//! Every call runs in a fresh instance: nothing stays in memory, and what has to last goes to [`store`]. A call is a
//! transaction: what it returns and what it wrote is committed together, or, after a [`Trouble`] or a panic, not at
//! all. This crate holds no state, opens nothing, and adds no import that the channel does not use.

mod answer;
mod bindings;
mod channel;
mod export;
pub mod host;
#[cfg(feature = "json")]
pub mod json;
mod message;
mod outcome;
mod reply;
mod request;
pub mod store;
mod trouble;

pub use answer::Batch;
pub use bindings::guest::lockgate::channel::words::{
    Attachment, Author, Connection, Content, Conversation, Edited, Effect, Frame, Inbound, Message, Outcome,
    OutgoingFrame, Place, Press, Publication, Quote, Scope, Sender, Trouble, Wake,
};
pub use bindings::hook::exports::lockgate::channel::hook::{Answer, Body, Content as RequestBody, Request};
pub use bindings::sink::exports::lockgate::channel::sink::{Button, Format, Outgoing, Receipt};
pub use channel::{Hook, Life, Media, Sink, Source, Timer};
pub use request::percent_decode;

/// What `channel!` expands to uses this; nothing else should.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::{hook, life, media, sink, source, timer};
    pub use crate::export::begin;
}
