//! One connection of the fake: the handshake by hand, and then what it is told.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};

use super::{Desk, Heard, SLOWLY, Welcome, lock};

/// What a test tells one.
pub(super) enum Order {
    Text(String),
    Binary(Vec<u8>),
    Raw(Vec<u8>),
    Flood(Vec<u8>),
    Close(u16, String),
    Drop,
}

/// A connection, with TLS or without.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// From the first byte to the last.
pub(super) async fn serve(mut stream: impl Wire, desk: Arc<Mutex<Desk>>) {
    let Some(head) = head(&mut stream).await else { return };
    let welcome = {
        let mut desk = lock(&desk);
        desk.requests.push(head.clone());
        desk.welcome.clone()
    };
    let welcome = match welcome {
        Welcome::Held => released(&desk).await,
        welcome => welcome,
    };
    let more = match &welcome {
        Welcome::Raw(bytes) => {
            for piece in bytes.chunks(1 << 10) {
                if stream.write_all(piece).await.is_err() {
                    return;
                }
                tokio::time::sleep(SLOWLY).await;
            }
            return;
        }
        Welcome::Silence => return silence(&mut stream).await,
        Welcome::Header(header) => format!("{header}\r\n"),
        Welcome::Open | Welcome::Held | Welcome::Close(_) | Welcome::Deaf => String::new(),
    };
    let accept = derive_accept_key(header(&head, "sec-websocket-key").as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: \
         {accept}\r\n{more}\r\n"
    );
    if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
        return;
    }
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    let (sender, orders) = unbounded_channel();
    let number = {
        let mut desk = lock(&desk);
        let greeting = desk.greeting.as_ref().map(|greeting| greeting(&head));
        let greeting = greeting.into_iter().flatten().map(Order::Text);
        for order in greeting.chain(std::mem::take(&mut desk.early)) {
            // Whoever takes the orders stands below.
            let _ = sender.send(order);
        }
        desk.lines.push(sender);
        desk.lines.len() - 1
    };
    speak(socket, orders, &welcome, |what| {
        let connection = number;
        lock(&desk).heard.push(Heard { connection, what });
    })
    .await;
}

async fn speak(
    mut socket: WebSocketStream<impl Wire>,
    mut orders: UnboundedReceiver<Order>,
    welcome: &Welcome,
    hear: impl Fn(String),
) {
    if let Welcome::Close(code) = welcome {
        let _ = socket.close(Some(reason(*code, ""))).await;
    }
    loop {
        let order = tokio::select! {
            Some(order) = orders.recv() => order,
            heard = socket.next(), if *welcome != Welcome::Deaf => match heard {
                Some(Ok(message)) => {
                    hear(words(&message));
                    continue;
                }
                Some(Err(_)) | None => return,
            },
        };
        let done = match order {
            Order::Text(text) => socket.send(Message::text(text)).await.is_ok(),
            Order::Binary(bytes) => socket.send(Message::binary(bytes)).await.is_ok(),
            Order::Raw(bytes) => socket.get_mut().write_all(&bytes).await.is_ok(),
            Order::Flood(bytes) => {
                while socket.get_mut().write_all(&bytes).await.is_ok() {}
                // What it was sent before that is still told.
                true
            }
            Order::Close(code, text) => socket.close(Some(reason(code, &text))).await.is_ok(),
            Order::Drop => false,
        };
        if !done {
            return;
        }
    }
}

fn reason(code: u16, text: &str) -> CloseFrame {
    CloseFrame {
        code: code.into(),
        reason: text.to_owned().into(),
    }
}

fn words(message: &Message) -> String {
    match message {
        Message::Text(text) => format!("text {text}"),
        Message::Binary(bytes) => format!("binary {bytes:?}"),
        Message::Ping(_) => "ping".to_owned(),
        Message::Pong(_) => "pong".to_owned(),
        Message::Close(Some(close)) => format!("close {} {}", u16::from(close.code), close.reason),
        Message::Close(None) => "close".to_owned(),
        Message::Frame(_) => "frame".to_owned(),
    }
}

async fn released(desk: &Mutex<Desk>) -> Welcome {
    loop {
        let welcome = lock(desk).welcome.clone();
        if welcome != Welcome::Held {
            return welcome;
        }
        tokio::time::sleep(SLOWLY).await;
    }
}

async fn head(stream: &mut impl Wire) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

async fn silence(stream: &mut impl Wire) {
    let mut rest = [0; 64];
    while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}
