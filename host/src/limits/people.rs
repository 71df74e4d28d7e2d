//! Bounds of what strangers, approvers and questions for permission meet.

use std::time::Duration;

/// Things from people that wait for the host's own answer; more are counted and dropped.
pub const ASIDES: usize = 64;
/// Questions for permission that wait to be shown; more are counted, and stay at the terminal.
pub const PROMPTS_WAITING: usize = 32;
/// Bytes of one document of the host's own state in the journal.
pub const DOCUMENT_BYTES: usize = 256 << 10;
/// How long a stranger's code, or a question for permission unless the operator says otherwise, is good.
pub const CODE_TTL: Duration = Duration::from_secs(3_600);
/// People who are still to be told that they are on the list.
pub const GREETINGS: usize = 16;
/// Answers to strangers that are on their way at the same time; who writes beyond that gets none, and is counted.
pub const STRANGERS_ANSWERED_AT_ONCE: usize = 8;
/// How often it is tried again to tell somebody that he is on the list, while his channel does not run.
pub const GREETED_EVERY: Duration = Duration::from_secs(5);
/// How long an invitation is good at most.
pub const INVITE_MOST: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Strangers whose codes wait for the operator; the oldest is evicted.
pub const PAIRING_PENDING: usize = 16;
/// Answers that one stranger gets for one code; after them there is silence.
pub const PAIRING_REPLIES: u8 = 2;
/// Answers that strangers get in one channel in a minute.
pub const PAIRING_REPLIES_A_MINUTE: usize = 3;
/// Wrong codes that the operator may type in a minute; after them no code is taken.
pub const PAIRING_TRIES_A_MINUTE: usize = 5;
/// How long an invitation is good.
pub const INVITE_TTL: Duration = Duration::from_secs(24 * 3_600);
/// Invitations that are open.
pub const INVITES: usize = 16;
/// Wrong invitations that one account may try in an hour.
pub const INVITE_TRIES_OF_ONE: usize = 5;
/// Wrong invitations that all accounts together may try in an hour.
pub const INVITE_TRIES: usize = 100;
/// The least time in which a question for permission may be answered.
pub const RELAY_TTL_LEAST: Duration = Duration::from_secs(1);
/// The longest time in which a question for permission may be answered.
pub const RELAY_TTL_MOST: Duration = Duration::from_secs(24 * 3_600);
/// Bytes of the tool's name in a question for permission.
pub const PROMPT_TOOL_BYTES: usize = 256;
/// Tools in `relay-tools` of one channel.
pub const RELAY_TOOLS: usize = 64;
/// Bytes at the beginning of a message in which a pattern for mentions is looked for.
pub const MENTION_BYTES: usize = 4 << 10;
/// Bytes of memory that one such pattern may take: with the bytes above it bounds how long a look takes.
pub const MENTION_PATTERN_SIZE: usize = 64 << 10;
/// Patterns for mentions of one channel, and of one group.
pub const MENTION_PATTERNS: usize = 16;
/// Groups of one channel in `lockgate.toml`.
pub const GROUPS: usize = 256;
/// Senders that were dropped lately and are remembered for the operator.
pub const DROPPED_SENDERS: usize = 64;
/// How long messages that did not address us may wait before they are announced without one that did.
pub const QUIET_ANNOUNCED: Duration = Duration::from_secs(15 * 60);
