//! Starts the two that are compared, each on a port that the bench chose.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, Result, ensure};

use crate::home::component::{read_prebuilt, with_salt};
use crate::home::{Home, RULE, SECRET, repository};
use crate::load::Hook;
use crate::serve::Serve;

/// Ports below those that systems give to connections: one of these would be taken by one before the server is up.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Where the search for the next free port begins, so that two that are started together do not get the same.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// A loopback address on which nobody listens just now.
///
/// # Errors
/// If there is none.
pub fn free_address() -> Result<SocketAddr> {
    let count = PORTS.end - PORTS.start;
    let first = u16::try_from(std::process::id() % u32::from(count)).unwrap_or_default();
    let tried = (0..count).map(|_| {
        let nth = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(first);
        TcpListener::bind(("127.0.0.1", PORTS.start + nth % count))
    });
    let listener = tried.flatten().next().context("no port is free")?;
    listener.local_addr().context("ask for the port")
}

/// Starts a Node channel; gives where to post to.
///
/// # Errors
/// If Node or the baseline's modules are missing.
pub fn node(folder: &Path) -> Result<(Serve, Hook)> {
    let baseline = repository().join("tests/node-baseline");
    ensure!(
        baseline.join("node_modules").is_dir(),
        "no modules in {}: run npm ci there",
        baseline.display()
    );
    let addr = free_address()?;
    let mut command = Command::new("node");
    command
        .arg(baseline.join("server.mjs"))
        .env("PORT", addr.port().to_string())
        .env("SECRET", SECRET);
    let log = folder.join(format!("node-{}.log", addr.port()));
    Ok((Serve::spawn_command(command, log)?, Hook::new(addr, "/", SECRET)))
}

/// A home with channels `c0`, `c1`, … of different digests.
#[derive(Debug)]
pub struct Fleet {
    /// The home.
    pub home: Home,
    /// Where its listener is.
    pub addr: SocketAddr,
    size: u32,
}

impl Fleet {
    /// A home with `size` channels.
    ///
    /// # Errors
    /// If `add` refuses.
    pub fn of(size: u32) -> Result<Fleet> {
        let (home, addr) = (Home::new()?, free_address()?);
        home.write_config(&format!("listen = \"{addr}\"\n"))?;
        let mut fleet = Fleet { home, addr, size: 0 };
        fleet.grow(size)?;
        Ok(fleet)
    }

    /// Adds channels until there are `size`.
    ///
    /// # Errors
    /// If `add` refuses.
    pub fn grow(&mut self, size: u32) -> Result<()> {
        let webhook = read_prebuilt("webhook")?;
        for number in self.size..size {
            let file = self.home.beside().join(format!("c{number}.wasm"));
            std::fs::write(&file, with_salt(&webhook, number)).context("write a salted component")?;
            self.home.add_webhook(&format!("c{number}"), &file)?;
        }
        self.size = size;
        self.home.unpace()
    }

    /// Starts the server; says nothing to it.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn spawn(&self) -> Result<Serve> {
        Serve::spawn(&self.home, &["--channel"])
    }

    /// Where to post to, for each channel.
    #[must_use]
    pub fn hooks(&self) -> Vec<Hook> {
        (0..self.size)
            .map(|number| Hook::new(self.addr, &format!("/c{number}/{RULE}"), SECRET))
            .collect()
    }
}
