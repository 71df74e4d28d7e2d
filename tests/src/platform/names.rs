//! What names mean and where addresses lead, as a test wants it; and how often each was asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use lockgate::egress::{Dial, Dialled, Resolve, Waiting};
use tokio::net::TcpStream;

use super::lock;

/// A resolver with scripted answers.
#[derive(Debug, Default)]
pub struct Names {
    answers: Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>,
    silent: Mutex<BTreeSet<String>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// What a name means from now on: the first lookup gets the first answer, and so on; the last one stays.
    ///
    /// # Panics
    /// If one is no address.
    pub fn set(&self, host: &str, answers: &[&[&str]]) {
        let parse = |text: &&str| text.parse().unwrap_or_else(|_| panic!("{text} is no address"));
        let answers = answers.iter().map(|answer| answer.iter().map(parse).collect());
        lock(&self.answers).insert(host.to_owned(), answers.collect());
    }

    /// From now on nobody answers for this name.
    pub fn silence(&self, host: &str) {
        lock(&self.silent).insert(host.to_owned());
    }

    /// The names that were looked up, in order.
    pub fn asked(&self) -> Vec<String> {
        lock(&self.asked).clone()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Waiting<'a, Vec<IpAddr>> {
        lock(&self.asked).push(host.to_owned());
        if lock(&self.silent).contains(host) {
            return Box::pin(std::future::pending());
        }
        let mut answers = lock(&self.answers);
        let found = answers.get_mut(host).and_then(|answers| match answers.len() {
            0 => None,
            1 => answers.first().cloned(),
            _ => Some(answers.remove(0)),
        });
        let none = || io::Error::new(io::ErrorKind::NotFound, "no such name");
        Box::pin(std::future::ready(found.ok_or_else(none)))
    }
}

/// Sockets that lead elsewhere: what is dialled is connected to what a test has put there.
#[derive(Debug, Default)]
pub struct Wires {
    leads: Mutex<BTreeMap<SocketAddr, SocketAddr>>,
    dead: Mutex<BTreeSet<SocketAddr>>,
    dialled: Mutex<Vec<SocketAddr>>,
    from: Mutex<Option<IpAddr>>,
}

impl Wires {
    /// From now on this address leads there.
    ///
    /// # Panics
    /// If it is no address with a port.
    pub fn lead(&self, from: &str, to: SocketAddr) {
        lock(&self.leads).insert(address(from), to);
    }

    /// From now on nobody says anything at this address.
    ///
    /// # Panics
    /// As [`Wires::lead`].
    pub fn deaden(&self, from: &str) {
        lock(&self.dead).insert(address(from));
    }

    /// From now on this is the machine's own address, instead of one that nobody has.
    ///
    /// # Panics
    /// If it is no address.
    pub fn stand_at(&self, own: &str) {
        *lock(&self.from) = Some(own.parse().unwrap_or_else(|_| panic!("{own} is no address")));
    }

    /// The addresses that were dialled, in order.
    pub fn dialled(&self) -> Vec<SocketAddr> {
        lock(&self.dialled).clone()
    }
}

impl Dial for Wires {
    fn dial(&self, address: SocketAddr) -> Waiting<'_, Dialled> {
        lock(&self.dialled).push(address);
        if lock(&self.dead).contains(&address) {
            return Box::pin(std::future::pending());
        }
        let lead = lock(&self.leads).get(&address).copied();
        let from = lock(&self.from).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Box::pin(async move {
            let lead = lead.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            let stream = TcpStream::connect(lead).await?;
            Ok(Dialled { stream, from })
        })
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no address with a port"))
}
