//! An answer, step by step: honest ones in a line, and whatever else a server can do to its client.

use std::io::{Read, Write};
use std::time::Duration;

use anyhow::Result;

/// What a platform does when it was asked.
#[derive(Debug, Clone)]
pub struct Answer {
    steps: Vec<Step>,
}

/// One thing that it does.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends them again and again, with a pause after each time, until the client is gone.
    Drip(Vec<u8>, Duration),
    /// Says nothing until the client is gone.
    Silence,
    /// Closes the connection.
    Close,
}

impl Answer {
    /// These bytes and nothing else; the connection stays open.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Answer {
        Answer {
            steps: vec![Step::Send(bytes.into())],
        }
    }

    /// An ordinary answer.
    #[must_use]
    pub fn ok(body: impl AsRef<[u8]>) -> Answer {
        Answer::with(200, &[], body)
    }

    /// The same with another status and with headers.
    #[must_use]
    pub fn with(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        let mut bytes = format!("HTTP/1.1 {status} Said\r\n").into_bytes();
        for (name, value) in headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.as_ref().len()).as_bytes());
        bytes.extend_from_slice(body.as_ref());
        Answer::raw(bytes)
    }

    /// An ordinary answer whose body comes in these chunks.
    #[must_use]
    pub fn chunked<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Answer {
        let mut answer = Answer::raw("HTTP/1.1 200 Said\r\ntransfer-encoding: chunked\r\n\r\n");
        for piece in pieces {
            answer = answer.then(Step::Send(chunk(piece)));
        }
        answer.then(Step::Send(b"0\r\n\r\n".to_vec()))
    }

    /// An answer whose body never ends.
    #[must_use]
    pub fn endless(piece: &[u8], pause: Duration) -> Answer {
        Answer::raw("HTTP/1.1 200 Said\r\ntransfer-encoding: chunked\r\n\r\n").then(Step::Drip(chunk(piece), pause))
    }

    /// And then this.
    #[must_use]
    pub fn then(mut self, step: Step) -> Answer {
        self.steps.push(step);
        self
    }

    /// Does all that; whether the connection is still to be used.
    pub(super) fn give(self, stream: &mut (impl Read + Write)) -> Result<bool> {
        for step in self.steps {
            match step {
                Step::Send(bytes) => {
                    stream.write_all(&bytes)?;
                    stream.flush()?;
                }
                Step::Drip(bytes, pause) => loop {
                    stream.write_all(&bytes)?;
                    stream.flush()?;
                    std::thread::park_timeout(pause);
                },
                Step::Silence => {
                    while stream.read(&mut [0; 1024])? > 0 {}
                    return Ok(false);
                }
                Step::Close => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// One chunk of a chunked body.
fn chunk(piece: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
}
