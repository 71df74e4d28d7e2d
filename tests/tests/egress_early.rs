//! A server that answers before it was asked to the end, and never reads the rest: nothing of the request outlives its call.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Weak, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame};
use lockgate::egress::{Body, Patience};
use lockgate_tests::platform::net::{HOST, Net, PUBLIC, read, request, rule};
use lockgate_tests::wait::{PATIENCE, until};

/// Bytes of a request's body, more than all buffers between the two take.
const LARGE: usize = 15 << 20;

/// Memory of a request's, which is seen to go.
struct Watched(Vec<u8>, #[expect(dead_code, reason = "only its count matters")] Arc<()>);

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A source of a body that never ends.
struct Source(Arc<()>);

impl HttpBody for Source {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        assert!(Arc::strong_count(&self.0) > 0);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'.'; 1 << 10])))))
    }
}

/// A server that answers the head of a request, reads no more of it, and hands its end of the connection over.
fn hasty() -> (SocketAddr, mpsc::Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            sender.send(stream).unwrap();
        }
    });
    (address, receiver)
}

/// Whether the client has closed the connection: there is an end to what can be read of it.
fn is_closed(mut stream: TcpStream) -> bool {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

fn bodies() -> Vec<(Weak<()>, Body)> {
    let body = |make: fn(Arc<()>) -> Body| {
        let alive = Arc::new(());
        (Arc::downgrade(&alive), make(alive))
    };
    vec![
        body(|alive| Body::Bytes(Bytes::from_owner(Watched(vec![b'.'; LARGE], alive)))),
        body(|alive| Body::Stream {
            length: Some(LARGE as u64),
            stream: Source(alive).boxed_unsync(),
        }),
        body(|alive| Body::Stream {
            length: None,
            stream: Source(alive).boxed_unsync(),
        }),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_request_stays_whose_answer_came_too_early() {
    let (address, streams) = hasty();
    let patience = Patience {
        idle: Duration::from_secs(3600),
        ..Patience::default()
    };
    let net = Net::with(patience).unwrap();
    net.names.set(HOST, &[&[PUBLIC]]);
    net.wires.lead(&format!("{PUBLIC}:80"), address);
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    for (alive, body) in bodies() {
        let answer = read(&line, request("POST", &format!("http://{HOST}/"), body)).await;
        assert_eq!(answer.unwrap().0, 200);
        let stream = streams.recv_timeout(PATIENCE).unwrap();
        let gone = || alive.upgrade().is_none().then_some(());
        until(PATIENCE, "the request's memory to go", gone).unwrap();
        assert!(is_closed(stream), "the connection is still there");
    }
}
