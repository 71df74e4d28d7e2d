//! A channel's page as a browser's script sees it: requests with the token, and a stream of events.
//!
//! Everything goes over raw connections, so that tests can also send what no browser sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};

use crate::guests::built_folder;
use crate::home::Home;
use crate::home::status::Channel;
use crate::load::{Answer, Connection};
use crate::serve::Serve;
use crate::wait::{PATIENCE, until};

/// A home with channels that have pages, and a session.
pub struct Scene {
    /// Where it lives.
    pub home: Home,
    /// Its session.
    pub serve: Serve,
}

impl Scene {
    /// One channel of the test guest `page` under each name.
    ///
    /// # Errors
    /// If `add` or the session refuses.
    pub fn set(channels: &[&str]) -> Result<Scene> {
        let home = Home::new()?;
        for name in channels {
            add(&home, name, &[])?;
        }
        home.unpace()?;
        let serve = Serve::channel(&home)?;
        Ok(Scene { home, serve })
    }

    /// A channel's page.
    ///
    /// # Errors
    /// If it is not served in time.
    pub fn page(&self, channel: &str) -> Result<Page> {
        Page::of(&self.home, channel)
    }

    /// What is known of a channel.
    ///
    /// # Errors
    /// If nothing is.
    pub fn channel(&self, name: &str) -> Result<Channel> {
        self.home.status()?.channel(name).cloned().context("no such channel")
    }

    /// Calls of the guest so far, whatever came of them.
    ///
    /// # Errors
    /// If nothing is known of the channel.
    pub fn calls(&self, name: &str) -> Result<u64> {
        let channel = self.channel(name)?;
        Ok(channel.committed + channel.failed)
    }

    /// What was counted of channel `a` under this reason.
    ///
    /// # Errors
    /// If nothing is known of the channel.
    pub fn tally(&self, reason: &str) -> Result<u64> {
        Ok(self.channel("a")?.tallies.get(reason).copied().unwrap_or(0))
    }

    /// Waits until that is so many. For a moment on their way to the disk counts are not there, or there twice.
    ///
    /// # Errors
    /// If it does not come to that.
    pub fn wait_tally(&self, reason: &str, expected: u64) -> Result<()> {
        let is_so = || self.tally(reason).ok().filter(|count| *count == expected).map(drop);
        until(PATIENCE, &format!("{expected} of {reason}"), is_so)
    }
}

/// Adds the test guest `page`, or replaces it, with more arguments.
///
/// # Errors
/// If `add` refuses, or the guest was not built.
pub fn add(home: &Home, name: &str, more: &[&str]) -> Result<()> {
    let file = built_folder().join("page.wasm");
    let file = file.to_str().context("a path that is not text")?;
    let mut arguments = vec!["add", file, "--name", name, "--yes"];
    arguments.extend_from_slice(more);
    let ran = home.run(&arguments)?;
    ensure!(ran.ok(), "add said {}{}", ran.stdout, ran.stderr);
    Ok(())
}

/// Where a page is, and what opens it.
#[derive(Clone)]
pub struct Page {
    /// Its listener.
    pub addr: SocketAddr,
    /// Its token.
    pub token: String,
}

impl Page {
    /// The page of a channel, once that is ready and served.
    ///
    /// # Errors
    /// If that does not happen in time.
    pub fn of(home: &Home, channel: &str) -> Result<Page> {
        let link = home.wait_status(&format!("{channel} has a page"), |status| {
            let channel = status.channel(channel)?;
            channel.page.clone().filter(|_| channel.phase == "ready")
        })?;
        let (address, token) = link.split_once("/#").with_context(|| format!("no link: {link}"))?;
        let addr = address.strip_prefix("http://").context("no address")?.parse()?;
        Ok(Page {
            addr,
            token: token.to_owned(),
        })
    }

    /// A request with the token, besides these headers.
    #[must_use]
    pub fn request(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut all = vec![("x-lockgate-token", self.token.as_str())];
        all.extend_from_slice(headers);
        self.bare(method, target, &all, body)
    }

    /// A request with these headers, Host and the body's length, and no token.
    #[must_use]
    pub fn bare(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let host = self.addr.to_string();
        let mut all = vec![("Host", host.as_str())];
        all.extend_from_slice(headers);
        raw(method, target, &all, body)
    }

    /// Sends bytes on a connection of their own and gives the answer.
    ///
    /// # Errors
    /// If there is none.
    pub fn send(&self, request: &[u8]) -> Result<Answer> {
        let mut connection = Connection::open(self.addr)?;
        // It may answer and close before it has read everything.
        let sent = connection.send(request);
        connection.answer().or_else(|error| sent.and(Err(error)))
    }

    /// Reads.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn get(&self, target: &str) -> Result<Answer> {
        self.send(&self.request("GET", target, &[], b""))
    }

    /// Posts.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn post(&self, target: &str, body: &[u8]) -> Result<Answer> {
        self.send(&self.request("POST", target, &[], body))
    }

    /// Listens to what the guest subscribes the caller to.
    ///
    /// # Errors
    /// If the answer is no stream of events; the error is its head.
    pub fn listen(&self, target: &str) -> Result<Events> {
        let mut stream = TcpStream::connect(self.addr).context("connect to the page")?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .context("bound the wait for events")?;
        stream
            .write_all(&self.request("GET", target, &[], b""))
            .context("ask for events")?;
        let mut events = Events {
            stream,
            raw: Vec::new(),
            text: String::new(),
        };
        let head = events.head()?;
        ensure!(head.starts_with("HTTP/1.1 200 "), "{head}");
        ensure!(head.contains("content-type: text/event-stream"), "{head}");
        Ok(events)
    }
}

/// A request of exactly these headers, besides the body's length.
#[must_use]
pub fn raw(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    request
}

/// A stream of events, in chunks, as it stands on the wire.
#[derive(Debug)]
pub struct Events {
    stream: TcpStream,
    raw: Vec<u8>,
    text: String,
}

impl Events {
    /// The data of the next event; `None` at the stream's end.
    ///
    /// # Errors
    /// If nothing comes in time.
    pub fn next_text(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let data: Vec<&str> = event.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
                if data.is_empty() {
                    continue;
                }
                return Ok(Some(data.join("\n")));
            }
            match self.chunk()? {
                Some(chunk) => self.text.push_str(&chunk),
                None => return Ok(None),
            }
        }
    }

    fn head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.raw.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = self.raw.drain(..end + 4).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            ensure!(self.fill()?, "the connection ended before an answer");
        }
    }

    /// The next chunk; `None` after the last one, or when the connection ends.
    fn chunk(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(line) = self.raw.windows(2).position(|window| window == b"\r\n") {
                let size = std::str::from_utf8(&self.raw[..line]).context("a chunk's size")?;
                let size = usize::from_str_radix(size, 16).with_context(|| format!("a chunk's size: {size}"))?;
                if self.raw.len() >= line + 2 + size + 2 {
                    let chunk: Vec<u8> = self
                        .raw
                        .drain(..line + 2 + size + 2)
                        .skip(line + 2)
                        .take(size)
                        .collect();
                    let text = String::from_utf8(chunk).context("an event's text")?;
                    return Ok((size > 0).then_some(text));
                }
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn fill(&mut self) -> Result<bool> {
        let mut chunk = vec![0; 64 << 10];
        match self.stream.read(&mut chunk) {
            Ok(count) => {
                self.raw.extend_from_slice(&chunk[..count]);
                Ok(count > 0)
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error).context("read events"),
        }
    }
}
