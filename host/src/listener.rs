//! The door for hooks: an HTTP/1.1 listener that the host owns. It bounds and verifies before a guest is called, and
//! answers only after what the guest brought has been committed. What a guest answers is data: no page of ours.

mod answer;
mod request;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::limits;
use crate::supervisor::Roster;

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
                tokio::select! {
                    () = accept(&listener, &roster) => {}
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

async fn accept(listener: &TcpListener, roster: &watch::Receiver<Arc<Roster>>) {
    let places = Arc::new(Semaphore::new(limits::HOOK_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        // The semaphore is never closed; a caller beyond the bound waits in the system's queue.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of descriptors, most likely: those that are open will end.
                tracing::warn!(%error, "can't accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let roster = roster.clone();
        connections.spawn(async move {
            serve(stream, roster).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, roster: watch::Receiver<Arc<Roster>>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let roster = Arc::clone(&roster.borrow());
        async move { Ok::<_, Infallible>(handle(&roster, request).await) }
    });
    // An error here is the caller's: a broken request or a closed connection.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HOOK_READ_DEADLINE)
        .max_headers(limits::HOOK_HEADERS)
        .max_buf_size(limits::HOOK_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever does not read his answers, or sends a byte a second, gives his place back in the end.
    let mut connection = std::pin::pin!(connection);
    if tokio::time::timeout(limits::HOOK_CONNECTION_LIFE, connection.as_mut())
        .await
        .is_err()
    {
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(limits::HOOK_READ_DEADLINE, connection).await;
    }
}

async fn handle(roster: &Roster, request: Request<Incoming>) -> Response<answer::Body> {
    match request::take(roster, request).await {
        Ok(answer) => answer,
        Err(refusal) => refusal.response(),
    }
}

/// An answer without a body.
fn empty(status: StatusCode) -> Response<answer::Body> {
    answer::fixed(status, Default::default(), None)
}
