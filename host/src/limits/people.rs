//! Bounds of what strangers, approvers and questions for permission meet.

use std::time::Duration;

/// Things of one kind from people of one channel that wait for the host's own answer: strangers, presses, verdicts; more are
/// counted and dropped. A whole call finds places.
pub const ASIDES: usize = 128;
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
/// Strangers whose codes wait for the operator; the oldest of the channel that has most is evicted.
pub const PAIRING_PENDING: usize = 16;
/// Answers that one stranger gets for one code; after them there is silence.
pub const PAIRING_REPLIES: u8 = 2;
/// Answers that strangers get in one channel in a minute.
pub const PAIRING_REPLIES_A_MINUTE: usize = 3;
/// Wrong codes that the operator may type in a minute; after them no code is taken.
pub const PAIRING_TRIES_A_MINUTE: usize = 5;
/// How long `add` waits at a terminal for the first person; the invitation stays good.
pub const PAIRED_WITHIN: Duration = Duration::from_secs(600);
/// How long an invitation is good.
pub const INVITE_TTL: Duration = Duration::from_secs(24 * 3_600);
/// Invitations that are open.
pub const INVITES: usize = 16;
/// Wrong invitations that one account may try in an hour.
pub const INVITE_TRIES_OF_ONE: usize = 5;
/// Wrong invitations that one channel may bring in an hour.
pub const INVITE_TRIES_IN_ONE: usize = 20;
/// Wrong invitations that all accounts together may try in an hour.
pub const INVITE_TRIES: usize = 100;
/// The least time in which a question for permission may be answered.
pub const RELAY_TTL_LEAST: Duration = Duration::from_secs(1);
/// The longest time in which a question for permission may be answered.
pub const RELAY_TTL_MOST: Duration = Duration::from_secs(24 * 3_600);
/// Bytes of the tool's name in a question for permission.
pub const PROMPT_TOOL_BYTES: usize = 256;
/// Bytes of a question's description.
pub const PROMPT_DESCRIPTION_BYTES: usize = 16 << 10;
/// Bytes of what a question shows of the tool's call.
pub const PROMPT_PREVIEW_BYTES: usize = 64 << 10;
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
/// Questions for permission that are open at once; more are counted, and stay at the terminal.
pub const PROMPTS_OPEN: usize = 32;
/// How long the id of a question that is over is remembered, so that a late answer is no chat.
pub const PROMPT_KNOWN: Duration = Duration::from_secs(24 * 3_600);
/// Questions that are over and remembered.
pub const PROMPTS_KNOWN: usize = 512;
/// Conversations in which one question is shown.
pub const PROMPT_SHOWN: usize = 16;
/// Messages that one question takes in a conversation; what of the call has no room there is left out of its middle.
pub const PROMPT_PARTS: usize = 4;
/// Units that a line of a question's call may always have, however little a message takes.
pub const PROMPT_WIDTH_LEAST: usize = 8;
/// Random bytes of a button's token.
pub const PROMPT_TOKEN_BYTES: usize = 16;
/// How recently whoever is asked first must have spoken to the session.
pub const ASKER_WITHIN: Duration = Duration::from_secs(600);
/// Wrong verdicts of one account, by text, after which its texts are not looked at for a while.
pub const GUESSES: usize = 5;
/// The time in which they are counted.
pub const GUESSES_WITHIN: Duration = Duration::from_secs(600);
/// For how long its texts are not looked at.
pub const GUESSES_MUTED: Duration = Duration::from_secs(3_600);
/// Verdicts that the journal remembers.
pub const VERDICTS_KEPT: usize = 32;
/// Places where a question stands that the next owner will say is over.
pub const PROMPTS_STANDING: usize = 48;
/// Bytes of one of them in the journal; of a longer one nobody is told after a restart.
pub const PROMPT_STANDING_BYTES: usize = 4 << 10;
/// Questions for permission that are being shown or ended; while a platform holds up so many, more are counted, and stay
/// at the terminal.
pub const PROMPT_TASKS: usize = 64;
/// Answers that don't count and are being answered themselves; more are counted and get no answer.
pub const PROMPT_REPLIES: usize = 32;
