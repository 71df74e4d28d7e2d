//! Every bound of the house, with its unit. A number that limits something stands here and nowhere else: what a channel, a
//! caller or a session meets in this file, what only one room needs in the files below it.
//!
//! The operator can raise what `lockgate.toml` names; no channel can raise anything.

mod conformance;
mod journal;
mod managed;
mod operator;
mod outward;
mod paper;
mod people;
mod sockets;
mod tools;
mod widening;
mod workshop;

use std::time::Duration;

pub use conformance::*;
pub use journal::*;
pub use managed::*;
pub use operator::*;
pub use outward::*;
pub use paper::*;
pub use people::*;
pub use sockets::*;
pub use tools::*;
pub use widening::*;
pub use workshop::*;

/// Bytes of a component file.
pub const COMPONENT_BYTES: usize = 64 << 20;
/// Bytes of a manifest.
pub const MANIFEST_BYTES: usize = 256 << 10;
/// Bytes of `lockgate.toml`, and of `lockgate.lock`.
pub const CONFIG_BYTES: usize = 1 << 20;
/// Bytes of a secret, and of `secrets.toml`.
pub const SECRET_BYTES: usize = 64 << 10;
/// Entries of one list or table of a manifest: rules, secrets, settings.
pub const MANIFEST_ENTRIES: usize = 128;
/// Bytes of the name of a rule, a secret, a network; of a version.
pub const NAME_BYTES: usize = 64;
/// Bytes of a fixed text in a rule: a prefix, a separator.
pub const LITERAL_BYTES: usize = 64;
/// Bytes of a rule's path.
pub const HOOK_PATH_BYTES: usize = 256;
/// Bytes of a header's name in a rule.
pub const HEADER_NAME_BYTES: usize = 128;
/// Bytes of a method in a rule.
pub const METHOD_BYTES: usize = 16;
/// Bytes of an author's explanation of a secret or a setting.
pub const HELP_BYTES: usize = 4 << 10;
/// Characters of somebody's text that an error repeats.
pub const SHOWN_CHARS: usize = 64;
/// Hosts in one list of `lockgate.toml`.
pub const HOSTS: usize = 256;
/// Settings of one channel in `lockgate.toml`.
pub const SETTINGS: usize = 1_024;
/// Bytes of address space that the compiling child may use for data.
pub const COMPILE_MEMORY: u64 = 2 << 30;
/// Seconds of CPU time that the compiling child may use.
pub const COMPILE_CPU_SECONDS: u64 = 120;
/// Bytes of code that it may make of a component; it goes to a file, never through the host's memory.
pub const COMPILED_BYTES: u64 = 1 << 30;
/// Bytes that it may say of why it made none.
pub const COMPILE_REASON_BYTES: u64 = 16 << 10;

/// Bytes of guest memory, summed over all memories of one call.
pub const GUEST_MEMORY: usize = 64 << 20;
/// The same, if the manifest asks for more.
pub const GUEST_MEMORY_MOST: usize = 128 << 20;
/// Core instances, memories and tables of one call; what a Python component needs, and half as much again.
pub const GUEST_INSTANCES: usize = 50;
/// Linear memories of one call.
pub const GUEST_MEMORIES: usize = 20;
/// Tables of one call.
pub const GUEST_TABLES: usize = 50;
/// Elements of one table.
pub const GUEST_TABLE_ELEMENTS: usize = 50_000;
/// Rows of a call's resource table.
pub const GUEST_RESOURCES: usize = 1_000;
/// Bytes that one call of the host may lift out of guest memory.
pub const HOSTCALL_BYTES: usize = 16 << 20;
/// Calls of guests that run at the same time.
pub const CALLS_AT_ONCE: u32 = 64;
/// Calls of one channel that run at the same time; the rest wait their turn.
pub const CALLS_AT_ONCE_PER_CHANNEL: usize = 4;

/// How long `receive`, `fire`, `start`, a frame or a tool may take.
pub const CALL_DEADLINE: Duration = Duration::from_secs(5);
/// How long `send` may take.
pub const SEND_DEADLINE: Duration = Duration::from_secs(30);
/// How long `poll` may take, unless the manifest asks otherwise.
pub const POLL_DEADLINE: Duration = Duration::from_secs(30);
/// The longest `poll` that a manifest may ask for.
pub const POLL_DEADLINE_MOST: Duration = Duration::from_secs(90);
/// The shortest time between the starts of two polls.
pub const POLL_SPACING: Duration = Duration::from_millis(250);
/// The shortest wait after a poll that neither waited nor brought anything.
pub const POLL_IDLE: Duration = Duration::from_secs(1);
/// The longest wait between two polls that a guest may ask for.
pub const POLL_WAIT_MOST: Duration = Duration::from_secs(24 * 3600);
/// The longest wait after failures.
pub const BACKOFF_MOST: Duration = Duration::from_secs(300);
/// The shortest wait while somebody else uses a channel's credential.
pub const CONFLICT_LEAST: Duration = Duration::from_secs(10);

/// Faults in a row, each on another input, after which a channel is no longer called by itself.
pub const FAULTS_IN_A_ROW: usize = 5;
/// A call that is cut off at its deadline is its guest's fault only if the guest was at work for at least this part of its
/// time (a tenth); otherwise it waited for others.
pub const FAULT_AT_WORK_PART: u32 = 10;

/// Events in an hour by which the host tells of one channel's state; further changes are counted in one line.
pub const HOST_EVENTS_PER_HOUR: usize = 6;

/// Inbound messages of one call.
pub const INBOUND_PER_CALL: usize = 100;
/// Effects of one call.
pub const EFFECTS_PER_CALL: usize = 100;
/// Bytes of a message's text.
pub const TEXT_BYTES: usize = 64 << 10;
/// Bytes of an id, a name, a title or another short text of a message.
pub const SHORT_TEXT_BYTES: usize = 1 << 10;
/// Keys of a message's own meta.
pub const META_KEYS: usize = 32;
/// Bytes of a meta value.
pub const META_VALUE_BYTES: usize = 1 << 10;
/// Bytes of a meta key.
pub const META_KEY_BYTES: usize = 64;
/// Attachments of a message.
pub const ATTACHMENTS: usize = 20;

/// Bytes of a channel's store.
pub const STORE_BYTES: u64 = 16 << 20;
/// Bytes that every key costs beyond its own and its value's, so that many tiny ones are bounded, too.
pub const STORE_ROW_BYTES: usize = 512;
/// Bytes that every write or check costs beyond its own, of what a call and a minute may write.
pub const STORE_WRITE_BYTES: usize = 64;
/// Bytes of one value.
pub const STORE_VALUE_BYTES: usize = 1 << 20;
/// Bytes of a key.
pub const STORE_KEY_BYTES: usize = 256;
/// Bytes that one call may write.
pub const STORE_WRITTEN_PER_CALL: usize = 4 << 20;
/// Bytes that a channel may write in a minute.
pub const STORE_WRITTEN_PER_MINUTE: usize = 16 << 20;
/// How often a call is repeated because a key that it checked had changed.
pub const CHECK_REPEATS: u32 = 3;

/// Bytes of a hook's body.
pub const HOOK_BODY_BYTES: usize = 1 << 20;
/// Bytes of a hook's body that any caller may have collected before it is verified; one that is longer needs a place.
pub const HOOK_BODY_PLACELESS: usize = 64 << 10;
/// Places for longer bodies that are not verified yet. Together, strangers fill these with [`HOOK_BODY_BYTES`] each, and
/// [`HOOK_CONNECTIONS`] with [`HOOK_BODY_PLACELESS`] each: 64 MiB.
pub const HOOK_BODIES_AT_ONCE: usize = 32;
/// Bytes of a hook's answer.
pub const HOOK_ANSWER_BYTES: usize = 4 << 20;
/// Headers of a hook's request.
pub const HOOK_HEADERS: usize = 100;
/// Bytes of a hook's request line and headers.
pub const HOOK_HEAD_BYTES: usize = 64 << 10;
/// How long a caller may take to send its head, and then its body.
pub const HOOK_READ_DEADLINE: Duration = Duration::from_secs(10);
/// How long refusals are counted in memory before the journal is told.
pub const COUNTS_KEPT_EVERY: Duration = Duration::from_secs(1);
/// Verified calls of one channel that wait for their guest; a further one is told to come again.
pub const HOOKS_WAITING: usize = 256;
/// How long one connection may stay, however it is used.
pub const HOOK_CONNECTION_LIFE: Duration = Duration::from_secs(120);
/// How long a listener waits for a caller who does not read what is written to him.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// Connections to the listener at the same time.
pub const HOOK_CONNECTIONS: usize = 512;
/// Signatures of one request that are compared; a caller that sends more is not heard on the rest.
pub const SIGNATURES_TRIED: usize = 8;
/// The same where each costs a reading of the whole message, as with Ed25519: an old key's and a new one's.
pub const WHOLE_SIGNATURES_TRIED: usize = 2;
/// The widest window in which a signed timestamp may be old or ahead.
pub const SIGNATURE_WINDOW_MOST: Duration = Duration::from_secs(24 * 3600);

/// Random bytes of a page's token.
pub const PAGE_TOKEN_BYTES: usize = 32;
/// Connections to one page at the same time.
pub const PAGE_CONNECTIONS: usize = 64;
/// Bytes of a page's request line and headers: all cookies that a browser may keep for a host fit in, so that no other
/// page on loopback, which shares them, can lock this one out.
pub const PAGE_HEAD_BYTES: usize = 1 << 20;
/// How long one connection to a page may stay.
pub const PAGE_CONNECTION_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long a page's request body may take.
pub const PAGE_UPLOAD_DEADLINE: Duration = Duration::from_secs(300);
/// Request bodies of one page that are written to files at the same time.
pub const PAGE_UPLOADS: usize = 4;
/// Bytes of a page's answer that are read from a file at once.
pub const PAGE_READ_BYTES: usize = 64 << 10;
/// Bytes of the type of a page's answer.
pub const CONTENT_TYPE_BYTES: usize = 128;
/// Subscribers of one channel's topics.
pub const SUBSCRIBERS: usize = 16;
/// Publications that wait for one subscriber: two calls may bring as many.
pub const PUBLICATIONS_WAITING: usize = 2 * EFFECTS_PER_CALL;
/// Bytes of publications that wait for one subscriber.
pub const PUBLICATION_BYTES_WAITING: usize = 4 << 20;
/// How long a stream of events may be silent.
pub const EVENTS_SILENCE: Duration = Duration::from_secs(15);

/// Bytes of payload that wait in a channel's spool.
pub const SPOOL_BYTES: u64 = 64 << 20;
/// How much longer than its signature counts a signed request is remembered: more than it can wait to be called.
pub const REPLAY_GRACE: Duration = Duration::from_secs(600);
/// Events that wait in a channel's spool.
pub const SPOOL_EVENTS: u64 = 20_000;
/// How long an admitted message is remembered, so that it is not delivered again.
pub const DEDUP_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many of them are remembered for a channel.
pub const DEDUP_EVENTS: u64 = 100_000;
/// How long an event is kept that nobody took.
pub const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);
/// After this the payload of a seen event is blanked.
pub const SEEN_PAYLOAD_AGE: Duration = Duration::from_secs(24 * 3600);
/// Refusals after which an event is dead.
pub const REFUSALS: u32 = 5;
/// Calls that wait for the journal's writer.
pub const COMMITS_QUEUED: usize = 1024;
/// Of these, calls of one channel; the rest wait before the queue, and other channels do not.
pub const COMMITS_QUEUED_PER_CHANNEL: usize = 256;
/// Calls that one transaction takes.
pub const COMMITS_PER_GROUP: usize = 256;
/// How long a transaction waits until as many calls are there as the last one had. A lone caller never waits.
pub const COMMIT_GATHER: Duration = Duration::from_micros(500);
/// Bytes after which a transaction takes no further call.
pub const COMMIT_BYTES_PER_GROUP: usize = 8 << 20;
/// Rows that one piece of housekeeping takes in a transaction.
pub const SWEPT_PER_GROUP: usize = 256;
/// How long the payload of a dead event is kept.
pub const DEAD_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Signed requests that are remembered for a channel.
pub const REPLAY_KEYS: u64 = 1_000_000;
/// Bytes of one timer's or connection's name.
pub const EFFECT_NAME_BYTES: usize = 256;
/// Timers of a channel.
pub const TIMERS: usize = 64;
/// Websockets of a channel.
pub const CONNECTIONS: usize = 8;

/// Requests outward of one call.
pub const FETCHES_PER_CALL: u32 = 64;
/// Bytes of a response's body that are handed to a guest in memory.
pub const RESPONSE_BYTES: usize = 4 << 20;
/// Bytes of one file, inward and outward.
pub const FILE_BYTES: u64 = 50 << 20;
/// What a file costs at least, however few bytes it has.
pub const FILE_COSTS: u64 = 4 << 10;
/// Copies of attachments that one call may cause.
pub const COPIES_PER_CALL: usize = 100;
/// Files of one message outward.
pub const SINK_FILES: usize = 20;
/// The longest time that a sign of typing may last by itself.
pub const TYPING_MOST: Duration = Duration::from_secs(60);
/// Units of a part below which a code block that is cut is not opened again: there would be nothing but fences.
pub const FENCED_PART_LEAST: usize = 32;
/// Bytes of a text that goes out, before it is split.
pub const ANSWER_BYTES: usize = 64 << 10;
/// Parts into which it may be split.
pub const ANSWER_PARTS: usize = 50;
/// Bytes of a reaction.
pub const EMOJI_BYTES: usize = 64;
/// Characters of a part by which the model is told where it broke off.
pub const BEGINNING_CHARS: usize = 60;
/// Messages that a channel may say it made of one part.
pub const RECEIPT_MESSAGES: usize = 32;
/// Calls of one channel that go outward at the same time; the rest wait their turn.
pub const SENDS_AT_ONCE_PER_CHANNEL: usize = 4;
/// How often one part is tried while the platform asks to wait.
pub const BUSY_TRIES: u32 = 5;
/// How long that may take in all.
pub const BUSY_MOST: Duration = Duration::from_secs(60);
/// The shortest wait before the next try.
pub const BUSY_LEAST: Duration = Duration::from_millis(50);
/// Conversations that one session is known to have been sent an event of; the oldest is forgotten first.
pub const SCOPE_CONVERSATIONS: usize = 256;
/// Messages of one conversation whose threads and exact ids are known.
pub const SCOPE_MESSAGES: usize = 32;
/// Events of one session whose attachments it may fetch.
pub const SCOPE_EVENTS: usize = 20_000;
/// How long a sign of typing is shown while nobody answers.
pub const TYPING_UNTIL: Duration = Duration::from_secs(600);
/// The shortest time between two signs of typing in one conversation.
pub const TYPING_SPACING: Duration = Duration::from_secs(1);
/// Conversations that see a sign of typing at the same time.
pub const TYPING_PLACES: usize = 64;
/// Bytes of a channel's `/data` that a manifest may ask for.
pub const DATA_BYTES_MOST: u64 = 1 << 30;
/// Files and folders in a channel's `/data`.
pub const DATA_FILES: u64 = 4_096;
/// Bytes that one call may have in its `/inbox`, and that the host copies out of it.
pub const INBOX_BYTES_PER_CALL: u64 = 64 << 20;
/// Files and folders that one call may have in its `/inbox`.
pub const INBOX_FILES_PER_CALL: u64 = 256;
/// Folders in which a guest's file may stand, one inside the other.
pub const FOLDER_DEPTH: usize = 16;
/// Bytes of a path that a guest names.
pub const GUEST_PATH_BYTES: usize = 1 << 10;
/// Files and folders that one call may have open; each is a descriptor of the process, of which there are few.
pub const GUEST_OPEN_FILES: usize = 16;
/// Streams of files that one call may have open.
pub const GUEST_FILE_STREAMS: usize = 32;
/// Listings of folders that one call may have open: each holds all names of its folder.
pub const GUEST_LISTINGS: usize = 4;
/// Bytes of the name of a file that is sent.
pub const FILE_NAME_BYTES: usize = 128;
/// Images of admitted messages that are fetched for one call.
pub const IMAGES_PER_CALL: usize = 4;
/// How long all of them may take.
pub const IMAGES_DEADLINE: Duration = Duration::from_secs(10);
/// Bytes of copied attachments after which a channel has the inbox swept, without waiting for housekeeping.
pub const INBOX_SWEPT_AFTER: u64 = 16 << 20;

/// Open files and connections of the process, as far as the system gives them.
pub const DESCRIPTORS: u64 = 8_192;
/// Bytes of one line from an MCP client.
pub const MCP_LINE_BYTES: usize = 16 << 20;
/// Lines that wait to be written to an MCP client.
pub const MCP_LINES_QUEUED: usize = 256;
/// Bytes that are handed to an MCP client in one write.
pub const MCP_WRITE_BYTES: usize = 64 << 10;
/// Requests of one MCP client that are being answered; its next line is read when one of them is done.
pub const MCP_REQUESTS_AT_ONCE: usize = 32;
/// Characters of the instructions to the model.
pub const INSTRUCTIONS_CHARS: usize = 2_000;
/// Bytes of a body that are pushed; a longer one goes to a file.
pub const BODY_BYTES: usize = 16 << 10;
/// Bytes of a long body that are pushed all the same, before the file is named.
pub const BODY_HEAD_BYTES: usize = 2 << 10;
/// Bytes of a tool's result.
pub const TOOL_RESULT_BYTES: usize = 16 << 10;
/// Characters of a guest's own words in an error.
pub const TROUBLE_CHARS: usize = 300;
/// Bytes that an event's attributes take in a tool's result, roughly.
pub const SHOWN_EVENT_BYTES: usize = 1 << 10;
/// Events that `inbox` hands out at once.
pub const INBOX_EVENTS: usize = 50;
/// Events that one call of `ack` may name.
pub const ACK_EVENTS: usize = 200;
/// Characters of a name that is shown in `user`.
pub const SHOWN_NAME_CHARS: usize = 64;
/// Events written to a session before the journal is told.
pub const PUSH_BATCH: usize = 128;

/// Events a second that are pushed per channel, unless the operator says otherwise.
pub const RATE_PER_SECOND: f64 = 1.0;
/// Events that may come at once before that rate holds.
pub const RATE_BURST: u32 = 10;
/// Events that senders who were not heard lately may be pushed beyond the burst, while another takes all of the rate; what
/// is pushed so is waited for afterwards.
pub const RATE_CREDIT: u32 = 3;
/// How long a sender has to be silent to get of that credit.
pub const SENDER_QUIET: Duration = Duration::from_secs(60);
/// Senders of one channel that are remembered for that; the one who was silent longest is forgotten.
pub const SENDERS_PACED: usize = 64;
/// The highest rate, and the largest burst, that the operator can write.
pub const RATE_MOST: u32 = 1_000_000;
/// A person's message that is older than this is announced, not pushed.
pub const FRESH_MESSAGE: Duration = Duration::from_secs(2 * 3600);
/// The same for what a thing said.
pub const FRESH_SERVICE: Duration = Duration::from_secs(15 * 60);
/// An event that is older than this carries its age.
pub const AGE_SHOWN: Duration = Duration::from_secs(60);
/// How long a session may stay without a sign that it reads what it is sent.
pub const UNPROVEN: Duration = Duration::from_secs(180);

/// Bytes of long bodies and attachments in files that the model may read; the oldest go first.
pub const INBOX_BYTES: u64 = 256 << 20;
/// Bytes that a log line costs at least.
pub const LOG_LINE_LEAST: usize = 64;
/// Bytes that a guest may write to a standard stream at once.
pub const STREAM_WRITE_BYTES: usize = 4 << 10;
/// The shortest time between two calls of one channel's timers.
pub const TIMER_SPACING: Duration = Duration::from_millis(50);
/// Bytes that a channel may log in a minute.
pub const LOG_PER_MINUTE: usize = 64 << 10;
/// Bytes of one log line.
pub const LOG_LINE_BYTES: usize = 4 << 10;
/// Bytes that `host.random` gives in one call.
pub const RANDOM_BYTES: u32 = 1_024;

/// Bytes of one line on the control socket.
pub const CONTROL_LINE_BYTES: usize = 1 << 20;
/// Bytes of a socket's path, as every system takes it.
pub const SOCKET_PATH_BYTES: usize = 100;
/// Things of one channel that wait for somebody who watches it: what comes then is left out, and counted.
pub const SEEN_WAITING: usize = 256;
/// Clients of the control socket at the same time.
pub const CONTROL_CLIENTS: usize = 16;
