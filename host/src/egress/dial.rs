//! From a name to a connection: resolve once, judge all answers, connect to one of the very addresses that were judged.
//! The system's resolver and sockets stand behind two traits, so that a test can say what a name means and see what is
//! dialled. No proxy is ever asked: there is no code for one.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::stop::{Reason, Stop};
use crate::limits;
use crate::reach::address;

/// What an address or a connection is waited for with.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Says which addresses a name has.
pub trait Resolve: Send + Sync {
    /// All of them, in the order in which they should be tried.
    fn resolve<'a>(&'a self, host: &'a str) -> Waiting<'a, Vec<IpAddr>>;
}

/// Opens connections.
pub trait Dial: Send + Sync {
    /// One to exactly this address.
    fn dial(&self, address: SocketAddr) -> Waiting<'_, Dialled>;
}

/// An open connection.
#[derive(Debug)]
pub struct Dialled {
    /// Nothing was sent over it yet.
    pub stream: TcpStream,
    /// The address of this machine from which it goes out.
    pub from: IpAddr,
}

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Waiting<'a, Vec<IpAddr>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The system's sockets.
#[derive(Debug, Clone, Copy)]
pub struct SystemDialer;

impl Dial for SystemDialer {
    fn dial(&self, address: SocketAddr) -> Waiting<'_, Dialled> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            let from = stream.local_addr()?.ip();
            Ok(Dialled { stream, from })
        })
    }
}

/// Whom a channel asks for addresses, how many of its questions may be open, and how long each is waited for.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub resolver: &'a Arc<dyn Resolve>,
    pub turns: &'a Arc<Semaphore>,
    pub patience: Duration,
}

/// The addresses of a host, if a channel may speak to all of them. A host that is written as an address is judged like
/// any other, and nobody is asked for it.
///
/// # Authority
/// One answer in a blocked class refuses them all: whoever mixes a private address into the answers of a public name
/// wants the second try to reach it.
pub async fn addresses(asking: Asking<'_>, host: &str) -> Result<Vec<IpAddr>, Stop> {
    let literal = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let found = match literal.parse() {
        Ok(address) => vec![address],
        Err(_) => lookup(asking, host).await?,
    };
    match found.iter().find_map(|address| address::blocked(*address)) {
        Some(class) => Err(Stop::new(
            Reason::Address,
            format!(
                "{host} has an address that is not public ({class}); the operator can name a server on this machine with \
                 `upstream.\"{host}\"` in lockgate.toml"
            ),
        )),
        None => Ok(found),
    }
}

async fn lookup(asking: Asking<'_>, host: &str) -> Result<Vec<IpAddr>, Stop> {
    let failed = |why: String| Stop::new(Reason::Unreachable, format!("{host} can't be resolved: {why}"));
    let (resolver, name) = (Arc::clone(asking.resolver), host.to_owned());
    // The turn is waited for by whoever wants the answer, and nothing of it stays when he goes.
    let asked = async {
        let turn = Arc::clone(asking.turns).acquire_owned().await;
        // A task of its own: the system's resolver can't be stopped, so its turn lasts as long as it does.
        let asked = tokio::spawn(async move {
            // The semaphore is never closed.
            let _turn = turn;
            resolver.resolve(&name).await
        });
        asked.await
    };
    match timeout(asking.patience, asked).await {
        Err(_) => Err(failed("no answer in time".to_owned())),
        Ok(Err(_)) => Err(failed("a task of lockgate itself failed".to_owned())),
        Ok(Ok(Err(error))) => Err(failed(error.to_string())),
        Ok(Ok(Ok(found))) if found.is_empty() => Err(failed("it has no address".to_owned())),
        Ok(Ok(Ok(found))) => Ok(found),
    }
}

/// Whether an address is the one that a connection to it goes out from, or stands in the same network of version 6: it is
/// this machine or its neighbour, however public it looks.
pub fn is_near(address: IpAddr, from: IpAddr) -> bool {
    match (address.to_canonical(), from.to_canonical()) {
        (IpAddr::V6(address), IpAddr::V6(from)) => address.segments()[..4] == from.segments()[..4],
        (address, from) => address == from,
    }
}

/// A connection to the first of these addresses that answers, and which that is. Each has a while to itself before the
/// next is tried beside it.
pub async fn connect(dialer: &Arc<dyn Dial>, addresses: &[SocketAddr]) -> io::Result<(IpAddr, Dialled)> {
    let mut tries = JoinSet::new();
    for (turn, address) in (0..).zip(addresses.iter().take(limits::DIAL_ADDRESSES)) {
        let (dialer, address) = (Arc::clone(dialer), *address);
        tries.spawn(async move {
            sleep(limits::DIAL_STAGGER * turn).await;
            Ok((address.ip(), dialer.dial(address).await?))
        });
    }
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    // Whoever is first wins; the others are dropped with the set.
    while let Some(tried) = tries.join_next().await {
        match tried {
            Ok(Ok((address, dialled))) => {
                dialled.stream.set_nodelay(true)?;
                return Ok((address, dialled));
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::other("a task of lockgate itself failed"),
        }
    }
    Err(last)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_its_neighbours_are_near() {
        fn check(address: &str, from: &str, expected: bool) {
            assert_eq!(
                is_near(address.parse().unwrap(), from.parse().unwrap()),
                expected,
                "{address} {from}"
            );
        }
        check("93.184.216.34", "93.184.216.34", true);
        check("::ffff:93.184.216.34", "93.184.216.34", true);
        check("93.184.216.35", "93.184.216.34", false);
        check("2606:2800:220:1::1", "2606:2800:220:1::1", true);
        check("2606:2800:220:1:ffff:ffff:ffff:ffff", "2606:2800:220:1::1", true);
        check("2606:2800:220:2::1", "2606:2800:220:1::1", false);
        check("2606:2800:220:1::1", "93.184.216.34", false);
    }
}
