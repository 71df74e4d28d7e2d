//! The door to an MCP client: framing, negotiation, a few tools and the notifications that carry events. It knows no
//! journal, no channel and no clock; what it tells the model it is handed as values, and what the model asks for goes
//! to a [`Desk`].
//!
//! ```text
//!             reader ── wire ──> rmcp ──> tools ──> Desk
//!             writer <─ outbox <──┘          (what another room implements over the journal)
//!                         ^
//!   render ── lines ──────┘     (events: they never pass through rmcp)
//! ```

mod desk;
mod instructions;
mod outbox;
pub mod render;
mod session;
pub mod stdio;
mod tools;
mod wire;

pub use desk::{
    Acknowledged, Answer, ChannelLine, Correction, Delivered, Desk, DeskError, Done, Fetched, Handed, OwnCall, OwnTool,
    Reaction, Reply, Stop, Unreadable, Used,
};
pub use instructions::instructions;
pub use outbox::{Gone, Outbox};
pub use session::{ClientInfo, Ended, Options, Session, ToolSet, open};
pub use tools::TOOLS_CHANGED;
pub use wire::Counts;
