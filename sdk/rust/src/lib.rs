//! What a channel in Rust is written with: a trait for each interface, one macro, builders, and a harness for its tests.
//! This crate holds no state, opens nothing, and adds no import that the channel does not use.
#![doc = include_str!("../README.md")]

mod answer;
mod bindings;
mod channel;
pub mod command;
pub mod database;
mod export;
pub mod files;
#[cfg(not(target_arch = "wasm32"))]
pub mod harness;
#[cfg(all(feature = "heap", target_arch = "wasm32", target_os = "unknown"))]
mod heap;
pub mod host;
pub mod http;
#[cfg(feature = "json")]
pub mod json;
mod message;
mod outcome;
mod reply;
mod request;
pub mod store;
mod tool;
mod trouble;

pub use answer::Batch;
pub use bindings::guest::lockgate::channel::words::{
    Attachment, Author, Connection, Content, Conversation, Edited, Effect, Frame, Inbound, Message, Outcome,
    OutgoingFrame, Place, Press, Publication, Quote, Scope, Sender, Trouble, Wake,
};
pub use bindings::hook::exports::lockgate::channel::hook::{Answer, Body, Content as RequestBody, Request};
pub use bindings::sink::exports::lockgate::channel::sink::{Button, Format, Outgoing, Receipt};
pub use bindings::socket::exports::lockgate::channel::socket::{Closed, Happening};
pub use bindings::tools::exports::lockgate::channel::tools::Answer as ToolAnswer;
pub use channel::{Hook, Life, Media, Sink, Socket, Source, Timer, Tools};
pub use request::percent_decode;

// The channel in the repository's README compiles, too.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// What `channel!` expands to uses this; nothing else should.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::{hook, life, media, sink, socket, source, timer, tools};
    pub use crate::export::begin;
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_whole_of_a_hello_channel_is_seven_lines() {
        let readme = include_str!("../README.md");
        let first = readme
            .split("```")
            .nth(1)
            .and_then(|block| block.strip_prefix("rust\n"));
        assert_eq!(first.map(|code| code.lines().count()), Some(7));
    }
}
