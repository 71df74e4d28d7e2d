//! A fake platform that is spoken to over websockets, on loopback: it does what a test tells it, and remembers what it was
//! sent. What it says over an open connection may be anything, frames or not.

pub mod house;
mod line;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedSender;
use tokio_rustls::TlsAcceptor;

use crate::wait::{PATIENCE, until};
use line::Order;

/// How it answers whoever wants a websocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    /// As it should.
    Open,
    /// With these bytes, and an end.
    Raw(Vec<u8>),
    /// With this header more than there should be.
    Header(&'static str),
    /// As it should, once it is to answer otherwise.
    Held,
    /// Not at all.
    Silence,
    /// It opens it, and closes it at once with this code.
    Close(u16),
    /// It opens it and reads nothing that it is sent.
    Deaf,
}

/// What it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Over which connection, from 0.
    pub connection: usize,
    /// `text …`, `binary […]`, `ping`, `pong` or `close CODE REASON`.
    pub what: String,
}

/// What is said at once over a connection, by the head of the request for it.
pub type Greeting = dyn Fn(&str) -> Vec<String> + Send + Sync;

/// A running one; it ends with the value.
pub struct Gateway {
    address: SocketAddr,
    scheme: &'static str,
    desk: Arc<Mutex<Desk>>,
    // There until it is dropped, with all its tasks.
    runtime: Option<Runtime>,
}

/// What it does and knows.
struct Desk {
    welcome: Welcome,
    greeting: Option<Box<Greeting>>,
    requests: Vec<String>,
    lines: Vec<UnboundedSender<Order>>,
    /// What it was told when nobody was there yet: the first who comes hears it.
    early: Vec<Order>,
    heard: Vec<Heard>,
}

impl Gateway {
    /// One that welcomes everybody.
    ///
    /// # Errors
    /// If loopback has no port.
    pub fn start() -> Result<Gateway> {
        Gateway::over(None)
    }

    /// One that speaks TLS with this certificate.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub fn tls(certificate: Arc<rustls::ServerConfig>) -> Result<Gateway> {
        Gateway::over(Some(TlsAcceptor::from(certificate)))
    }

    fn over(tls: Option<TlsAcceptor>) -> Result<Gateway> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("start a runtime")?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").context("bind a port")?;
        listener.set_nonblocking(true).context("wait for nobody")?;
        let address = listener.local_addr().context("ask for the port")?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).context("listen")?
        };
        let desk = Arc::new(Mutex::new(Desk {
            welcome: Welcome::Open,
            greeting: None,
            requests: Vec::new(),
            lines: Vec::new(),
            early: Vec::new(),
            heard: Vec::new(),
        }));
        let scheme = if tls.is_some() { "https" } else { "http" };
        runtime.spawn(accept(listener, tls, Arc::clone(&desk)));
        Ok(Gateway {
            address,
            scheme,
            desk,
            runtime: Some(runtime),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the operator writes as upstream.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// How it answers from now on.
    pub fn welcome(&self, welcome: Welcome) {
        lock(&self.desk).welcome = welcome;
    }

    /// What it says first over each connection from now on, as texts.
    pub fn greet(&self, greeting: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) {
        lock(&self.desk).greeting = Some(Box::new(greeting));
    }

    /// The heads of the requests for websockets, in order; also of those that were not answered.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        lock(&self.desk).requests.clone()
    }

    /// How many connections were opened.
    #[must_use]
    pub fn opened(&self) -> usize {
        lock(&self.desk).lines.len()
    }

    /// What it was sent over all of them, in order.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.desk).heard.clone()
    }

    /// The texts among that.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |heard: Heard| heard.what.strip_prefix("text ").map(str::to_owned);
        self.heard().into_iter().filter_map(text).collect()
    }

    /// Waits until so many connections were opened.
    ///
    /// # Errors
    /// They were not.
    pub fn wait_opened(&self, count: usize) -> Result<()> {
        until(2 * PATIENCE, &format!("websocket {count}"), || {
            (self.opened() >= count).then_some(())
        })
    }

    /// Waits until it was sent something of this beginning; what that is.
    ///
    /// # Errors
    /// It was not.
    pub fn wait_heard(&self, beginning: &str) -> Result<Heard> {
        until(PATIENCE, beginning, || {
            self.heard().into_iter().find(|heard| heard.what.starts_with(beginning))
        })
    }

    /// Sends a text over the connection that was opened last; if there was none yet, over the first.
    pub fn say(&self, text: &str) {
        self.order(None, Order::Text(text.to_owned()));
    }

    /// Sends a text over the connection of this number, which there is.
    pub fn say_over(&self, connection: usize, text: &str) {
        self.order(Some(connection), Order::Text(text.to_owned()));
    }

    /// Sends bytes as a frame over the last one.
    pub fn say_bytes(&self, bytes: &[u8]) {
        self.order(None, Order::Binary(bytes.to_vec()));
    }

    /// Sends any bytes over the last one: what a websocket has no words for.
    pub fn say_raw(&self, bytes: impl Into<Vec<u8>>) {
        self.order(None, Order::Raw(bytes.into()));
    }

    /// Sends these bytes over the last one again and again, for as long as they are taken.
    pub fn flood(&self, bytes: impl Into<Vec<u8>>) {
        self.order(None, Order::Flood(bytes.into()));
    }

    /// Closes the last one.
    pub fn close(&self, code: u16, reason: &str) {
        self.order(None, Order::Close(code, reason.to_owned()));
    }

    /// Leaves the last one without a word.
    pub fn drop_line(&self) {
        self.order(None, Order::Drop);
    }

    fn order(&self, connection: Option<usize>, order: Order) {
        let mut desk = lock(&self.desk);
        let line = match connection {
            Some(number) => &desk.lines[number],
            None => match desk.lines.last() {
                Some(last) => last,
                None => return desk.early.push(order),
            },
        };
        // One that has ended takes no more orders.
        let _ = line.send(order);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // A test may itself run on a runtime, where nobody waits for another to end.
        let _ = self.runtime.take().map(Runtime::shutdown_background);
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, desk: Arc<Mutex<Desk>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, desk) = (tls.clone(), Arc::clone(&desk));
        tokio::spawn(async move {
            match tls {
                None => line::serve(stream, desk).await,
                Some(tls) => {
                    // Whoever does not trust the certificate leaves before he asks for anything.
                    if let Ok(stream) = tls.accept(stream).await {
                        line::serve(stream, desk).await;
                    }
                }
            }
        });
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a slow answer takes, piece by piece.
const SLOWLY: Duration = Duration::from_millis(5);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::{StreamExt, TryStreamExt};

    use super::*;

    /// A test that did not wait for the connection said it to nobody, and then waited for what it would bring.
    #[test]
    fn what_was_said_before_anybody_was_there_was_lost() {
        let gateway = Gateway::start().unwrap();
        gateway.greet(|_| vec!["hello".to_owned()]);
        gateway.say("first");
        gateway.say("second");
        let client = async {
            let stream = tokio::net::TcpStream::connect(gateway.address()).await.unwrap();
            let (socket, _) = tokio_tungstenite::client_async("ws://gateway.example.org/", stream)
                .await
                .unwrap();
            let texts = socket
                .take(3)
                .map_ok(|message| message.into_text().unwrap().to_string());
            texts.try_collect::<Vec<_>>().await.unwrap()
        };
        let runtime = Runtime::new().unwrap();
        assert_eq!(runtime.block_on(client), ["hello", "first", "second"]);
    }
}
