//! Signed POSTs over kept-open loopback connections, with few system calls, and what came of each.
//!
//! The load decides nothing about events: it reports which bodies were answered with which status.

pub mod http;
pub mod payload;
pub mod random;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use data_encoding::HEXLOWER;
use ring::hmac;

pub use http::{Answer, Connection};

/// Where to post to, and how to sign.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The listener.
    pub addr: SocketAddr,
    path: String,
    key: hmac::Key,
}

impl Hook {
    /// A hook of the given path whose bodies are signed with `secret`.
    #[must_use]
    pub fn new(addr: SocketAddr, path: &str, secret: &str) -> Hook {
        Hook {
            addr,
            path: path.to_owned(),
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        }
    }

    /// The same hook on another path.
    #[must_use]
    pub fn at(&self, path: &str) -> Hook {
        Hook {
            path: path.to_owned(),
            ..self.clone()
        }
    }

    /// The value of `X-Hub-Signature-256` for a body.
    #[must_use]
    pub fn signature(&self, body: &[u8]) -> String {
        format!("sha256={}", HEXLOWER.encode(hmac::sign(&self.key, body).as_ref()))
    }

    /// A signed request for an event of one kind.
    #[must_use]
    pub fn signed(&self, kind: &str, body: &[u8]) -> Vec<u8> {
        let signature = self.signature(body);
        self.request(&[("X-GitHub-Event", kind), ("X-Hub-Signature-256", &signature)], body)
    }

    /// A request with exactly these headers besides the ones that HTTP needs.
    #[must_use]
    pub fn request(&self, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut head = format!("POST {} HTTP/1.1\r\nHost: {}\r\n", self.path, self.addr);
        head.push_str("User-Agent: GitHub-Hookshot/044aadd\r\nContent-Type: application/json\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// Posts one request on a connection of its own.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn post(&self, request: &[u8]) -> Result<Answer> {
        let mut connection = Connection::open(self.addr)?;
        connection.send(request)?;
        connection.answer()
    }
}

/// Whether a connection waits for each answer before it sends the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipelining {
    /// It waits.
    Off,
    /// It has this many requests under way.
    Depth(usize),
}

impl Pipelining {
    fn depth(self) -> usize {
        match self {
            Pipelining::Off => 1,
            Pipelining::Depth(depth) => depth.max(1),
        }
    }
}

/// How load is put on.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Connections, kept open.
    pub connections: usize,
    /// Threads that drive them, each its share.
    pub threads: usize,
    /// Requests under way on one connection.
    pub pipelining: Pipelining,
}

/// What became of one request.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// Which one, by its place in the list.
    pub index: usize,
    /// The status of the answer.
    pub status: u16,
    /// From the write that sent it to the read that brought the answer.
    pub latency: Duration,
}

/// What became of all.
#[derive(Debug)]
pub struct Outcome {
    /// When the first was sent.
    pub started: Instant,
    /// When the last answer had come.
    pub ended: Instant,
    /// Each answer.
    pub answers: Vec<Answered>,
}

impl Outcome {
    /// How many were answered with 2xx.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.answers
            .iter()
            .filter(|answer| (200..300).contains(&answer.status))
            .count()
    }
}

/// Sends all requests, which are complete and signed, as the plan says.
///
/// # Errors
/// If a connection fails or an answer can't be read.
pub fn run(addr: SocketAddr, plan: Plan, requests: &[Vec<u8>]) -> Result<Outcome> {
    ensure!(
        plan.connections >= plan.threads && plan.threads > 0,
        "fewer connections than threads"
    );
    let mut lanes: Vec<Vec<Lane<'_>>> = (0..plan.threads).map(|_| Vec::new()).collect();
    for number in 0..plan.connections {
        let connection = Connection::open(addr)?;
        let lane = Lane {
            connection,
            requests,
            next: number,
            step: plan.connections,
            under_way: Vec::new(),
        };
        lanes[number % plan.threads].push(lane);
    }
    let started = Instant::now();
    let depth = plan.pipelining.depth();
    let answers = std::thread::scope(|scope| {
        let drivers: Vec<_> = lanes
            .into_iter()
            .map(|lanes| scope.spawn(move || drive(lanes, depth)))
            .collect();
        let joined = drivers
            .into_iter()
            .map(|driver| driver.join().map_err(|_| anyhow::anyhow!("a driver panicked"))?);
        joined.collect::<Result<Vec<_>>>()
    })?;
    Ok(Outcome {
        started,
        ended: Instant::now(),
        answers: answers.concat(),
    })
}

/// One connection and its share of the requests: every `step`th from `next`.
struct Lane<'a> {
    connection: Connection,
    requests: &'a [Vec<u8>],
    next: usize,
    step: usize,
    under_way: Vec<(usize, Instant)>,
}

/// Goes round the lanes: takes the answers that one has, fills it up again, goes to the next.
fn drive(mut lanes: Vec<Lane<'_>>, depth: usize) -> Result<Vec<Answered>> {
    let mut answers = Vec::new();
    for lane in &mut lanes {
        lane.fill(depth)?;
    }
    while !lanes.is_empty() {
        for lane in &mut lanes {
            lane.collect(&mut answers)?;
            lane.fill(depth)?;
        }
        lanes.retain(|lane| !lane.under_way.is_empty());
    }
    Ok(answers)
}

impl Lane<'_> {
    fn fill(&mut self, depth: usize) -> Result<()> {
        let mut bytes = Vec::new();
        let now = Instant::now();
        while self.under_way.len() < depth {
            let Some(request) = self.requests.get(self.next) else {
                break;
            };
            bytes.extend_from_slice(request);
            self.under_way.push((self.next, now));
            self.next += self.step;
        }
        if bytes.is_empty() {
            Ok(())
        } else {
            self.connection.send(&bytes)
        }
    }

    fn collect(&mut self, answers: &mut Vec<Answered>) -> Result<()> {
        if self.under_way.is_empty() {
            return Ok(());
        }
        let mut taken = 0;
        while taken < self.under_way.len() && (taken == 0 || self.connection.has_answer()?) {
            let status = self
                .connection
                .answer()
                .with_context(|| format!("request {}", self.under_way[taken].0))?
                .status;
            let (index, sent) = self.under_way[taken];
            answers.push(Answered {
                index,
                status,
                latency: sent.elapsed(),
            });
            taken += 1;
        }
        self.under_way.drain(..taken);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
