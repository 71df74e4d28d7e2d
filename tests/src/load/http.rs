//! As much of HTTP/1.1 as a sender of webhooks needs: a kept-open connection, and answers with a length.
//!
//! Chunked answers are refused: neither side of the bench sends them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// How long an answer may take before the load calls it lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of an answer's head.
const HEAD_BYTES: usize = 16 << 10;

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, named in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One kept-open connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    taken: usize,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If nobody listens.
    pub fn open(addr: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(addr).with_context(|| format!("connect to {addr}"))?;
        stream.set_nodelay(true).context("set TCP_NODELAY")?;
        stream
            .set_read_timeout(Some(ANSWER_WITHIN))
            .context("bound the wait for an answer")?;
        Ok(Connection {
            stream,
            read: Vec::new(),
            taken: 0,
        })
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// If the other side has gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context("send a request")
    }

    /// Whether a whole answer has been read already.
    ///
    /// # Errors
    /// If what was read is no answer.
    pub fn has_answer(&self) -> Result<bool> {
        Ok(parse(&self.read[self.taken..])?.is_some())
    }

    /// Takes the next answer, waiting for it.
    ///
    /// # Errors
    /// If the connection ends, or what comes is no answer.
    pub fn answer(&mut self) -> Result<Answer> {
        loop {
            if let Some((answer, size)) = parse(&self.read[self.taken..])? {
                self.taken += size;
                return Ok(answer);
            }
            self.read.drain(..self.taken);
            self.taken = 0;
            let mut chunk = [0; 16 << 10];
            let count = self.stream.read(&mut chunk).context("read an answer")?;
            ensure!(count > 0, "the connection ended before an answer");
            self.read.extend_from_slice(&chunk[..count]);
        }
    }
}

/// Parses the answer at the start of `bytes`, if it is whole, and gives its size.
fn parse(bytes: &[u8]) -> Result<Option<(Answer, usize)>> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        ensure!(bytes.len() <= HEAD_BYTES, "an answer's head does not end");
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..head]).context("an answer's head is not text")?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
    let status = status.with_context(|| format!("not an answer: {text}"))?;
    let pairs = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<(String, String)> = pairs
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if answer.header("transfer-encoding").is_some() {
        bail!("a chunked answer: {text}");
    }
    let length: usize = answer
        .header("content-length")
        .unwrap_or("0")
        .parse()
        .context("an answer's length")?;
    let Some(body) = bytes.get(head + 4..head + 4 + length) else {
        return Ok(None);
    };
    answer.body = body.to_vec();
    Ok(Some((answer, head + 4 + length)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_answer_after_the_other() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\nrest";
        let (first, size) = parse(bytes).unwrap().unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, b"ok".as_slice()));
        let (second, next) = parse(&bytes[size..]).unwrap().unwrap();
        assert_eq!((second.status, second.header("retry-after")), (503, Some("1")));
        assert_eq!(&bytes[size + next..], b"rest");
        for cut in 0..size {
            assert!(parse(&bytes[..cut]).unwrap().is_none(), "cut at {cut}");
        }
        assert!(parse(b"garbage\r\n\r\n").is_err());
    }
}
