//! A request as a platform gets it, byte for byte.

use std::io::Read;

use anyhow::{Context, Result, ensure};

/// A request that was read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Over which connection, counted from 1.
    pub connection: usize,
    /// The request line and the headers, with their line ends.
    pub head: String,
    /// What followed, without the marks of its chunks.
    pub body: Vec<u8>,
}

impl Seen {
    /// Method and target.
    #[must_use]
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// What stands between the method and the version.
    #[must_use]
    pub fn target(&self) -> &str {
        self.line().split(' ').nth(1).unwrap_or_default()
    }

    /// All values of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

/// The next request, or `None` at the end. `rest`: what was read beyond the last one.
pub fn request(stream: &mut impl Read, rest: &mut Vec<u8>, connection: usize) -> Result<Option<Seen>> {
    let Some(head) = take_to(stream, rest, b"\r\n\r\n")? else {
        return Ok(None);
    };
    let mut seen = Seen {
        connection,
        head: String::from_utf8(head).context("read the head as text")?,
        body: Vec::new(),
    };
    if seen.header("transfer-encoding") == ["chunked"] {
        loop {
            let line = take_to(stream, rest, b"\r\n")?.context("read a chunk's length")?;
            let length = usize::from_str_radix(std::str::from_utf8(&line)?.trim_end(), 16)?;
            let piece = take(stream, rest, length + 2)?;
            if length == 0 {
                break;
            }
            seen.body.extend_from_slice(&piece[..length]);
        }
    } else if let Some(length) = seen.header("content-length").first() {
        seen.body = take(stream, rest, length.parse()?)?;
    }
    Ok(Some(seen))
}

fn take_to(stream: &mut impl Read, rest: &mut Vec<u8>, end: &[u8]) -> Result<Option<Vec<u8>>> {
    loop {
        if let Some(at) = rest.windows(end.len()).position(|window| window == end) {
            return Ok(Some(rest.drain(..at + end.len()).collect()));
        }
        if !more(stream, rest)? {
            return Ok(None);
        }
    }
}

fn take(stream: &mut impl Read, rest: &mut Vec<u8>, count: usize) -> Result<Vec<u8>> {
    while rest.len() < count {
        ensure!(more(stream, rest)?, "the body breaks off");
    }
    Ok(rest.drain(..count).collect())
}

fn more(stream: &mut impl Read, rest: &mut Vec<u8>) -> Result<bool> {
    let mut buffer = [0; 16 << 10];
    let count = stream.read(&mut buffer)?;
    rest.extend_from_slice(&buffer[..count]);
    Ok(count > 0)
}
