//! Bounds of websockets: what one may hold, how long it is waited for, and how often it is opened again. How many a channel
//! may have is [`CONNECTIONS`](super::CONNECTIONS).

use std::time::Duration;

/// Bytes of a frame of a websocket, in and out; one that comes in pieces is counted as a whole.
pub const SOCKET_FRAME_BYTES: usize = 1 << 20;
/// Bytes that may come over a websocket for one frame, with all that goes around its pieces.
pub const SOCKET_RAW_BYTES: u64 = 2 << 20;
/// Bytes that are read at once.
pub const SOCKET_READ_BYTES: usize = 16 << 10;
/// Frames of one websocket that wait for their guest; then nothing more is read.
pub const SOCKET_INWARD: usize = 16;
/// Bytes of them at which nothing more is read.
pub const SOCKET_INWARD_BYTES: usize = 1 << 20;
/// Frames of a guest's that wait to go out over one websocket.
pub const SOCKET_OUTWARD: usize = 256;
/// Bytes of them.
pub const SOCKET_OUTWARD_BYTES: usize = 4 << 20;
/// Frames of all websockets of a channel that are given to their guest in a second, in the long run.
pub const SOCKET_FRAMES_PER_SECOND: f64 = 250.0;
/// Frames at once, before that holds: what a platform tells whoever has just connected.
pub const SOCKET_FRAMES_AT_ONCE: u32 = 500;
/// How long is waited at most before it is looked again whether one may be given.
pub const SOCKET_SPACING: Duration = Duration::from_millis(100);
/// How often a frame is given to a guest before it is dropped.
pub const SOCKET_TRIES: u32 = 3;
/// How long a websocket may be silent before it is pinged.
pub const SOCKET_PING: Duration = Duration::from_secs(30);
/// How long anything is awaited after that.
pub const SOCKET_PONG: Duration = Duration::from_secs(30);
/// Pings and pongs of the other side's in a minute.
pub const SOCKET_CONTROLS_PER_MINUTE: u32 = 600;
/// How long the answer to the request for a websocket is awaited, once there is a connection.
pub const SOCKET_HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the other side may take to take a frame.
pub const SOCKET_WRITE: Duration = Duration::from_secs(10);
/// How long it may take to take the last one.
pub const SOCKET_CLOSE: Duration = Duration::from_secs(2);
/// The first wait before a websocket is opened again.
pub const SOCKET_BACKOFF_LEAST: Duration = Duration::from_secs(1);
/// The longest.
pub const SOCKET_BACKOFF_MOST: Duration = Duration::from_secs(60);
/// How long a websocket has to be open before the waits begin anew.
pub const SOCKET_GOOD_AFTER: Duration = Duration::from_secs(60);
/// How long a websocket stays open while nobody is there to be given its frames.
pub const SOCKET_UNHEARD: Duration = Duration::from_secs(300);
/// Names of an instance's websockets whose waits are remembered when they are gone.
pub const SOCKET_NAMES: usize = 64;
/// Websockets of a channel, whatever their names, that are opened at once, before the next bound holds: twice as many as it may
/// have.
pub const SOCKET_OPENINGS_AT_ONCE: u32 = 16;
/// How many are opened in a second, in the long run.
pub const SOCKET_OPENINGS_PER_SECOND: f64 = 0.5;
