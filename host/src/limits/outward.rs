//! Bounds of what goes outward: requests, connections, answers, and the search for secrets.

use std::time::Duration;

/// Bytes of a path in a rule for requests outward.
pub const RULE_PATH_BYTES: usize = 1 << 10;
/// Headers of a request outward.
pub const FETCH_HEADERS: usize = 64;
/// Bytes of their names and values.
pub const FETCH_HEADER_BYTES: usize = 32 << 10;
/// Bytes of a JSON document into which a credential is put.
pub const CREDENTIAL_JSON_BYTES: usize = 256 << 10;
/// Bytes of a URL.
pub const URL_BYTES: usize = 8 << 10;
/// Requests outward of a channel in a minute.
pub const FETCHES_PER_MINUTE: u64 = 600;
/// Bytes that a channel may send outward in a minute, heads and bodies.
pub const SENT_PER_MINUTE: u64 = 128 << 20;
/// The same in a day.
pub const SENT_PER_DAY: u64 = 2 << 30;
/// Bytes that a channel may receive in a minute, heads and bodies.
pub const RECEIVED_PER_MINUTE: u64 = 256 << 20;
/// Bytes that a piece of a streamed body costs beyond its own, of what a minute may have: many tiny ones are work, too.
pub const STREAM_PIECE_BYTES: u64 = 8;
/// Requests outward of one channel at the same time; the rest wait their turn.
pub const FETCHES_AT_ONCE_PER_CHANNEL: usize = 8;
/// The longest time from a request to the end of its answer, whatever the guest asks for.
pub const FETCH_MOST: Duration = Duration::from_secs(90);
/// How long a name may take to be resolved.
pub const RESOLVE_DEADLINE: Duration = Duration::from_secs(5);
/// Names that are being resolved for one channel at the same time, those included that nobody waits for any more: each
/// keeps a thread.
pub const LOOKUPS_AT_ONCE_PER_CHANNEL: usize = 4;
/// How long connecting may take, over all addresses and with the handshake of TLS.
pub const DIAL_DEADLINE: Duration = Duration::from_secs(10);
/// How long an address is waited for before the next one is tried beside it.
pub const DIAL_STAGGER: Duration = Duration::from_millis(250);
/// Addresses of a name that are tried.
pub const DIAL_ADDRESSES: usize = 6;
/// Headers of a response.
pub const RESPONSE_HEADERS: usize = 100;
/// Bytes of a response's status line and headers.
pub const RESPONSE_HEAD_BYTES: usize = 64 << 10;
/// How long a response's body may be silent.
pub const RESPONSE_SILENCE: Duration = Duration::from_secs(30);
/// Connections outward that one channel keeps for its next request.
pub const IDLE_CONNECTIONS: usize = 8;
/// How long they are kept.
pub const IDLE_CONNECTION_AGE: Duration = Duration::from_secs(30);
/// Bytes of the body of a request whose connection is kept: a server may have answered without reading them.
pub const POOLED_REQUEST_BYTES: u64 = 64 << 10;
/// Bytes of the operator's own roots of trust, as PEM.
pub const CERTIFICATES_BYTES: usize = 1 << 20;
/// Bytes below which a secret is not searched for: it would be met everywhere.
pub const SECRET_MASKED_FROM: usize = 4;
/// Bytes below which a secret may be met by chance, so that the operator is told.
pub const SECRET_SHORT: usize = 12;

/// Parts of a form that a channel sends.
pub const FORM_PARTS: usize = 64;
/// Bytes of the name of a form's part, and of its file.
pub const FORM_NAME_BYTES: usize = 1 << 10;
/// Bytes of a file that are read at once to be sent; three times as many are held.
pub const FILE_PIECE_BYTES: usize = 64 << 10;
/// Bytes of an answer's head that a client of wasi:http is given.
pub const WASI_HEAD_BYTES: usize = 32 << 10;
/// Bytes of a body of wasi:http into which a credential goes.
pub const WASI_WHOLE_BODY_BYTES: usize = 1 << 20;
/// Bytes of a host and a port in wasi:http.
pub const AUTHORITY_BYTES: usize = 264;
/// Bytes of one set of headers in wasi:http; a call may have as many sets as rows in its resource table.
pub const WASI_FIELDS_BYTES: usize = 16 << 10;
/// Bytes that one write to a body of wasi:http may have; two of them wait.
pub const WASI_WRITE_BYTES: usize = 8 << 10;
