//! How long each step of a request is waited for. An argument, so that what happens at its end can be tested.

use std::time::Duration;

use crate::limits;

/// The longest waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the addresses of a name.
    pub resolve: Duration,
    /// For a connection, with the handshake of TLS.
    pub dial: Duration,
    /// For the next piece of a response's body.
    pub silence: Duration,
    /// For everything from the request to the end of the response.
    pub most: Duration,
    /// For the next request that a kept connection is good for.
    pub idle: Duration,
    /// For anything to come over a websocket, before it is asked whether it is still there.
    pub ping: Duration,
    /// For the answer to that, or anything else.
    pub pong: Duration,
    /// For a websocket to take what is sent.
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            resolve: limits::RESOLVE_DEADLINE,
            dial: limits::DIAL_DEADLINE,
            silence: limits::RESPONSE_SILENCE,
            most: limits::FETCH_MOST,
            idle: limits::IDLE_CONNECTION_AGE,
            ping: limits::SOCKET_PING,
            pong: limits::SOCKET_PONG,
            write: limits::SOCKET_WRITE,
        }
    }
}
