//! The doors for pages: for each running channel that was granted one, an HTTP/1.1 listener on a loopback port of its
//! own, so that no page shares an origin with another. Only who has the page's token reaches the guest.

mod answer;
mod body;
mod check;
mod request;
mod token;
mod upload;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::channel::Channel;
use crate::config::PagePort;
use crate::limits;
use crate::listener::{self, Bounds};
use crate::model::{ChannelName, InstanceId};
use crate::supervisor::{Roster, Stage};
use token::Token;

const BOUNDS: Bounds = Bounds {
    connections: limits::PAGE_CONNECTIONS,
    head: limits::PAGE_HEAD_BYTES,
    life: limits::PAGE_CONNECTION_LIFE,
    read: limits::HOOK_READ_DEADLINE,
};
/// How long a port is given to come free before it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// The pages that are served, or should be.
pub type Pages = BTreeMap<ChannelName, Page>;

/// Where one page stands.
#[derive(Clone)]
pub enum Page {
    /// Served.
    At(Link),
    /// It could not be; tried again.
    Failed(String),
}

/// The way to a page. It has no `Debug`, so that it can't slip into a log.
#[derive(Clone)]
pub struct Link {
    address: SocketAddrV4,
    token: Arc<Token>,
}

impl Link {
    /// What to open.
    ///
    /// # Authority
    /// Whoever has it has the page: for the operator's terminal, never for the model.
    pub fn url(&self) -> String {
        self.token.link(self.address)
    }
}

/// One page that is served.
struct Site {
    name: ChannelName,
    instance: InstanceId,
    address: SocketAddrV4,
    token: Arc<Token>,
    uploads: Semaphore,
    roster: watch::Receiver<Arc<Roster>>,
}

impl Site {
    /// The channel as it runs now, if it takes calls.
    fn channel(&self) -> Option<Arc<Channel>> {
        let channel = self.roster.borrow().channels.get(&self.name)?.callable().cloned();
        // The token was made for one life of the name, and opens no other.
        channel.filter(|channel| channel.context().instance == self.instance)
    }
}

/// What an instance keeps while this process lives, so that an open page survives that its channel is replaced.
#[derive(Clone)]
struct Lease {
    instance: InstanceId,
    token: Arc<Token>,
    /// Of this machine, and unlike any that was served at before.
    host: Ipv4Addr,
    /// The port that the system chose last; 0 if it has not.
    port: Arc<AtomicU16>,
}

/// A listener and its task, which ends with it.
struct Door {
    instance: InstanceId,
    port: PagePort,
    task: JoinHandle<()>,
}

impl Door {
    /// Waits until nothing of it is left.
    async fn close(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the pages of the channels that run, until the future is dropped.
pub async fn run(mut roster: watch::Receiver<Arc<Roster>>, pages: watch::Sender<Pages>) {
    let mut doors = Doors {
        open: BTreeMap::new(),
        leases: BTreeMap::new(),
        roster: roster.clone(),
        pages,
    };
    loop {
        // A snapshot keeps stopped channels alive, and their subscribers waiting: none is held while nothing changes.
        let now = Arc::clone(&roster.borrow_and_update());
        doors.close_others(&now).await;
        doors.open(&now);
        drop(now);
        if roster.changed().await.is_err() {
            return;
        }
    }
}

/// All doors, and what opens them.
struct Doors {
    open: BTreeMap<ChannelName, Door>,
    leases: BTreeMap<InstanceId, Lease>,
    roster: watch::Receiver<Arc<Roster>>,
    pages: watch::Sender<Pages>,
}

impl Doors {
    async fn close_others(&mut self, now: &Roster) {
        let others = self.open.extract_if(.., |name, door| !stays(now, name, door));
        for (name, door) in others.collect::<Vec<_>>() {
            door.close().await;
            self.pages.send_modify(|pages| drop(pages.remove(&name)));
        }
    }

    fn open(&mut self, now: &Roster) {
        for (name, instance, port) in granted(now) {
            if self.open.contains_key(&name) {
                continue;
            }
            match self.lease(instance) {
                Ok(lease) => {
                    let (roster, pages) = (self.roster.clone(), self.pages.clone());
                    let task = tokio::spawn(keep(name.clone(), port, lease, roster, pages));
                    self.open.insert(name, Door { instance, port, task });
                }
                Err(why) => self
                    .pages
                    .send_modify(|pages| drop(pages.insert(name, Page::Failed(why)))),
            }
        }
    }

    fn lease(&mut self, instance: InstanceId) -> Result<Lease, String> {
        if let Some(lease) = self.leases.get(&instance) {
            return Ok(lease.clone());
        }
        let random = SystemRandom::new();
        let made = Token::new(&random).and_then(|token| Ok((token, loopback(&random)?)));
        let (token, host) =
            made.map_err(|_| "the system gives no randomness for the page's token; restart lockgate".to_owned())?;
        let lease = Lease {
            instance,
            token: Arc::new(token),
            host,
            port: Arc::default(),
        };
        self.leases.insert(instance, lease.clone());
        Ok(lease)
    }
}

/// Whether a door stays as it is. While its channel is loaded anew it does: that is when a page asks again.
fn stays(roster: &Roster, name: &ChannelName, door: &Door) -> bool {
    match roster.channels.get(name).map(|entry| &entry.stage) {
        None => false,
        Some(Stage::Waiting(_)) => true,
        Some(Stage::Running(channel)) => {
            let page = channel.grant().page();
            door.instance == channel.context().instance && page.is_some_and(|page| page.port == door.port)
        }
    }
}

/// The pages that are granted to running channels, with their instances and ports.
fn granted(roster: &Roster) -> Vec<(ChannelName, InstanceId, PagePort)> {
    let running = roster.channels.iter().filter_map(|(name, entry)| {
        let channel = entry.running()?;
        Some((name.clone(), channel.context().instance, channel.grant().page()?.port))
    });
    running.collect()
}

/// Serves one page until the future is dropped.
async fn keep(
    name: ChannelName,
    wanted: PagePort,
    lease: Lease,
    roster: watch::Receiver<Arc<Roster>>,
    pages: watch::Sender<Pages>,
) {
    let say = |page| pages.send_modify(|pages| drop(pages.insert(name.clone(), page)));
    loop {
        match bind(wanted, &lease).await {
            Ok((listener, address)) => {
                let token = Arc::clone(&lease.token);
                let site = Arc::new(Site {
                    name: name.clone(),
                    instance: lease.instance,
                    address,
                    token: Arc::clone(&token),
                    uploads: Semaphore::new(limits::PAGE_UPLOADS),
                    roster: roster.clone(),
                });
                say(Page::At(Link { address, token }));
                let answer = move |request| request::handle(Arc::clone(&site), request);
                listener::accept(&listener, BOUNDS, answer).await;
            }
            Err(error) => {
                tracing::error!(channel = %name, %error, "can't serve the page; trying again");
                say(Page::Failed(unbound(&name, wanted, &error)));
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// An address of this machine for one page and one life of this process. A browser keeps what a page has left at an address
/// and port (a worker that answers in its place, above all), so a page must not be served where another program was
/// before. Systems other than Linux have but one such address.
fn loopback(random: &dyn SecureRandom) -> Result<Ipv4Addr, ring::error::Unspecified> {
    let mut bytes = [0; 3];
    random.fill(&mut bytes)?;
    // 127.0.0.0/16 is where programs are.
    let [a, b, c] = bytes;
    Ok(if cfg!(target_os = "linux") {
        Ipv4Addr::new(127, a.max(1), b, c.clamp(1, 254))
    } else {
        Ipv4Addr::LOCALHOST
    })
}

/// Listens at the port that is wanted, which is at the usual address, for tunnels and bookmarks. Where any will do, at the
/// page's own address, and at the port from before, for the pages that are open.
async fn bind(wanted: PagePort, lease: &Lease) -> std::io::Result<(TcpListener, SocketAddrV4)> {
    let own = |port| TcpListener::bind((lease.host, port));
    let (host, listener) = match (wanted, lease.port.load(Ordering::Relaxed)) {
        (PagePort::At(port), _) => (
            Ipv4Addr::LOCALHOST,
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?,
        ),
        (PagePort::Any, 0) => match own(0).await {
            Ok(listener) => (lease.host, listener),
            // A system that has but the usual one, whatever it calls itself.
            Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => {
                (Ipv4Addr::LOCALHOST, TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
            }
            Err(error) => return Err(error),
        },
        (PagePort::Any, before) => match own(before).await {
            Ok(listener) => (lease.host, listener),
            Err(_) => (lease.host, own(0).await?),
        },
    };
    let port = listener.local_addr()?.port();
    lease.port.store(port, Ordering::Relaxed);
    Ok((listener, SocketAddrV4::new(host, port)))
}

fn unbound(name: &ChannelName, wanted: PagePort, error: &std::io::Error) -> String {
    match wanted {
        PagePort::At(port) => format!(
            "127.0.0.1:{port}: {error}; another program may have the port; set `page` under [channel.{name}] in \
             lockgate.toml to a free one, or to true"
        ),
        PagePort::Any => format!("127.0.0.1: {error}; `lockgate log` may say more"),
    }
}
