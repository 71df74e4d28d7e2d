//! Bounds of channels' own tools.

use std::time::Duration;

/// Bytes of the name of a channel's own tool.
pub const TOOL_NAME_BYTES: usize = 32;
/// Bytes of that name as a session sees it, the channel's before it. The client puts its own prefix for our server before
/// both, and the model's service takes 64 in all: one name above that, and the session can't go on.
pub const TOOL_SHOWN_NAME_BYTES: usize = 49;
/// Characters of a tool's text, and of each text in its schema.
pub const TOOL_TEXT_CHARS: usize = 1_024;
/// Bytes of a tool's schema, as JSON.
pub const TOOL_SCHEMA_BYTES: usize = 4 << 10;
/// Schemas inside each other in it.
pub const TOOL_SCHEMA_DEPTH: usize = 8;
/// Values of one `enum` in it.
pub const TOOL_ENUM_VALUES: usize = 256;
/// Bytes of a property's name in it.
pub const TOOL_PROPERTY_BYTES: usize = 64;
/// Tools of one channel.
pub const TOOLS_PER_CHANNEL: usize = 32;
/// Bytes of all their texts and schemas.
pub const TOOLS_PER_CHANNEL_BYTES: usize = 64 << 10;
/// Tools of all channels that a session has; what is beyond it is not listed.
pub const TOOLS_LISTED: usize = 128;
/// Bytes of their texts and schemas.
pub const TOOLS_LISTED_BYTES: usize = 256 << 10;
/// Bytes of the arguments of one call, as JSON.
pub const TOOL_ARGUMENT_BYTES: usize = 64 << 10;
/// Bytes of a tool's answer that are searched for the channel's secrets; the rest is not looked at, and never shown. What is
/// shown of it ends so long before this that no secret, however it is written, can lie across its end.
pub const TOOL_ANSWER_BYTES: usize = 1 << 20;
/// How long the set of tools has to stay as it is before a session is told that it changed.
pub const TOOLS_SETTLE: Duration = Duration::from_millis(250);
