//! Tools of the house tests and of the bench: guests built from source, homes, processes, an MCP client, load,
//! measurements.
//!
//! Everything here looks at lockgate from outside, as an operator, a client or a webhook's sender does.

pub mod asking;
pub mod attacks;
pub mod bench;
pub mod botapi;
pub mod chat;
pub mod client;
pub mod crowd;
pub mod floors;
pub mod fuzz;
pub mod gateway;
pub mod guests;
pub mod home;
pub mod languages;
pub mod load;
pub mod ntfy;
pub mod page;
pub mod platform;
pub mod query;
pub mod reload;
pub mod room;
pub mod serve;
pub mod telegram;
pub mod terminal;
pub mod tooled;
pub mod wait;
pub mod web;
