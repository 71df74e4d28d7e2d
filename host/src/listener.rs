//! The door for hooks: an HTTP/1.1 listener that the host owns. It bounds and verifies before a guest is called, and
//! answers only after what the guest brought has been committed. What a guest answers is data: no page of ours.

mod answer;
mod body;
mod connections;
mod host;
mod rehearse;
mod request;
mod told;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::watch;

use body::Places;

pub use answer::{Type, fixed, later};
pub use connections::{Bounds, accept};
pub use rehearse::{Answered, rehearse};
pub use request::of_failure;

use crate::limits;
use crate::supervisor::Roster;

const BOUNDS: Bounds = Bounds {
    connections: limits::HOOK_CONNECTIONS,
    head: limits::HOOK_HEAD_BYTES,
    life: limits::HOOK_CONNECTION_LIFE,
    read: limits::HOOK_READ_DEADLINE,
};

/// Where the listener stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Listening {
    /// No channel has a hook, or nothing has been read yet.
    #[default]
    Idle,
    /// At this address.
    At(SocketAddr),
    /// It could not be opened; tried again.
    Failed(String),
}

/// Listens while a channel has hooks, where the roster says, until the future is dropped.
pub async fn run(mut roster: watch::Receiver<Arc<Roster>>, listening: watch::Sender<Listening>) {
    let places = Places::new();
    loop {
        let wanted = address(&roster.borrow_and_update());
        let Some(address) = wanted else {
            listening.send_replace(Listening::Idle);
            if roster.changed().await.is_err() {
                return;
            }
            continue;
        };
        match TcpListener::bind(address).await {
            Ok(listener) => {
                listening.send_replace(listener.local_addr().map_or(Listening::Idle, Listening::At));
                let (view, places) = (roster.clone(), places.clone());
                let answer = move |request| {
                    let (roster, places) = (Arc::clone(&view.borrow()), places.clone());
                    async move { handle(&roster, &places, request).await }
                };
                tokio::select! {
                    () = accept(&listener, BOUNDS, answer) => {}
                    () = until_changed(roster.clone(), address) => {}
                }
            }
            Err(error) => {
                tracing::error!(%address, %error, "can't listen for hooks; trying again");
                let free = "another program may have the port; set `listen` in lockgate.toml to a free one";
                listening.send_replace(Listening::Failed(format!("{address}: {error}; {free}")));
                let again = tokio::time::sleep(Duration::from_secs(2));
                tokio::select! {
                    () = again => {}
                    () = until_changed(roster.clone(), address) => {}
                }
            }
        }
    }
}

/// The address to listen at, if any channel has a hook rule in force.
fn address(roster: &Roster) -> Option<SocketAddr> {
    // Also while the channel is still starting: a caller is told to come again then.
    let hooked = roster
        .channels
        .values()
        .any(|entry| entry.running().is_some_and(|channel| !channel.keys().is_empty()));
    roster.listen.filter(|_| hooked)
}

/// Resolves when the roster wants another address. Channels that go while others come do not close the door.
async fn until_changed(mut roster: watch::Receiver<Arc<Roster>>, address: SocketAddr) {
    let moved = |roster: &Arc<Roster>| roster.listen != Some(address);
    let _ = roster.wait_for(moved).await;
}

async fn handle(roster: &Roster, places: &Places, request: Request<Incoming>) -> Response<answer::Body> {
    match request::take(roster, places, request).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.response(),
    }
}

/// An answer without a body.
fn empty(status: StatusCode) -> Response<answer::Body> {
    answer::fixed(status, Default::default(), None)
}
