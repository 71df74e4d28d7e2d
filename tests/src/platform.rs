//! A fake platform on loopback: answers as a script says, byte for byte, and keeps every request as it came. Over TLS with
//! an authority of its own, if it is to. Threads, so that tests of processes can use it as well as those of tasks.

mod answer;
mod authority;
mod names;
pub mod net;
mod read;

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

pub use answer::{Answer, Step};
pub use authority::Authority;
pub use names::{Names, Wires};
pub use read::Seen;

use crate::wait::{PATIENCE, until};

/// What a request is answered with.
pub type Script = dyn Fn(&Seen) -> Answer + Send + Sync;

/// A running platform; it ends with the value.
pub struct Platform {
    address: SocketAddr,
    state: Arc<State>,
}

/// What its threads share.
struct State {
    script: Box<Script>,
    tls: Option<Arc<rustls::ServerConfig>>,
    ended: AtomicBool,
    seen: Mutex<Vec<Seen>>,
    streams: Mutex<Vec<TcpStream>>,
}

impl Platform {
    /// One that speaks plain HTTP.
    ///
    /// # Errors
    /// If loopback has no port.
    pub fn plain(script: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Result<Platform> {
        Platform::start(None, Box::new(script))
    }

    /// One that speaks TLS, with a certificate of this authority for this host.
    ///
    /// # Errors
    /// If loopback has no port, or there is no certificate.
    pub fn tls(
        authority: &Authority,
        host: &str,
        script: impl Fn(&Seen) -> Answer + Send + Sync + 'static,
    ) -> Result<Platform> {
        Platform::start(Some(authority.server(host)?), Box::new(script))
    }

    fn start(tls: Option<Arc<rustls::ServerConfig>>, script: Box<Script>) -> Result<Platform> {
        let listener = TcpListener::bind("127.0.0.1:0").context("listen on loopback")?;
        let address = listener.local_addr().context("find the port")?;
        let state = Arc::new(State {
            script,
            tls,
            ended: AtomicBool::new(false),
            seen: Mutex::default(),
            streams: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || accepting.accept(&listener));
        Ok(Platform { address, state })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far, in the order in which they were read.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// How many connections were accepted so far, those without a request included.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.state.streams).len()
    }

    /// Waits until so many requests were read.
    ///
    /// # Errors
    /// If they don't come.
    pub fn wait(&self, count: usize) -> Result<Vec<Seen>> {
        until(PATIENCE, "a request to the platform", || {
            Some(self.seen()).filter(|seen| seen.len() >= count)
        })
    }

    /// Ends all connections that are open now, as a server does that restarts.
    pub fn hang_up(&self) {
        self.state.hang_up();
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Relaxed);
        self.state.hang_up();
        // Wakes the thread that accepts; if that fails, it has ended already.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while let Ok((stream, _)) = listener.accept() {
            if self.ended.load(Ordering::Relaxed) {
                return;
            }
            let number = {
                let mut streams = lock(&self.streams);
                streams.extend(stream.try_clone());
                streams.len()
            };
            let state = Arc::clone(self);
            // What a client breaks off is the test's business, not an error.
            thread::spawn(move || state.serve(stream, number));
        }
    }

    fn serve(&self, stream: TcpStream, number: usize) -> Result<()> {
        let Some(tls) = &self.tls else {
            return self.converse(stream, number);
        };
        let session = rustls::ServerConnection::new(Arc::clone(tls)).context("begin TLS")?;
        self.converse(rustls::StreamOwned::new(session, stream), number)
    }

    fn converse(&self, mut stream: impl std::io::Read + std::io::Write, number: usize) -> Result<()> {
        let mut rest = Vec::new();
        while let Some(seen) = read::request(&mut stream, &mut rest, number)? {
            let answer = (self.script)(&seen);
            lock(&self.seen).push(seen);
            if !answer.give(&mut stream)? {
                break;
            }
        }
        let streams = lock(&self.streams);
        let own = streams.get(number - 1);
        own.map_or(Ok(()), |own| own.shutdown(Shutdown::Both)).context("close")
    }

    fn hang_up(&self) {
        for stream in &*lock(&self.streams) {
            // Most are closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
