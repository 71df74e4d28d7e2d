//! What callers may do with a connection, at each bound and beyond it.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::body::{Places, collect};
use super::*;

#[tokio::test]
async fn who_reads_is_waited_for() {
    let (mine, mut theirs) = tokio::io::duplex(1_024);
    let mut patient = Patient::new(mine, limits::WRITE_PATIENCE);
    let sent = vec![7; 64 << 10];
    let (wrote, read) = tokio::join!(
        async {
            patient.write_all(&sent).await?;
            patient.shutdown().await
        },
        async {
            let mut read = Vec::new();
            theirs.read_to_end(&mut read).await.map(|_| read)
        }
    );
    wrote.unwrap();
    assert_eq!(read.unwrap(), sent);
}

#[tokio::test]
async fn who_does_not_read_is_given_up() {
    let (mine, _theirs) = tokio::io::duplex(8);
    let mut patient = Patient::new(mine, Duration::from_millis(1));
    let failed = patient.write_all(&[0; 64]).await.unwrap_err();
    assert_eq!(failed.kind(), std::io::ErrorKind::TimedOut);
}

/// No time that a test waits for, unless it is what the test is about.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(50);

const WIDE: Bounds = Bounds {
    connections: 8,
    head: limits::HOOK_HEAD_BYTES,
    life: LONG,
    read: LONG,
};

/// A listener that reads each body and says how that went; it is gone with its runtime.
async fn listener(bounds: Bounds) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let places = Places::new();
    let answer = move |request: Request<Incoming>| {
        let places = places.clone();
        async move {
            let (parts, body) = request.into_parts();
            match collect(body, &parts.headers, bounds.read, &places).await {
                Ok(body) => Response::new(Full::new(Bytes::from(body.bytes().len().to_string()))),
                Err(refused) => refused.response(),
            }
        }
    };
    tokio::spawn(async move { accept(&listener, bounds, answer).await });
    address
}

/// What comes back for these bytes until the other side ends: its first line, and whether there is a body.
async fn said(address: SocketAddr, pieces: &[&[u8]]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    for piece in pieces {
        // The other side may have answered and closed already.
        let _ = stream.write_all(piece).await;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8(answer).unwrap();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, body.to_owned())
}

fn head(lines: &[String]) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n").into_bytes()
}

fn of_length(length: usize) -> Vec<u8> {
    head(&[format!("Content-Length: {length}")])
}

#[tokio::test]
async fn a_body_at_the_bound_is_taken_and_a_longer_one_is_not_even_read() {
    let address = listener(WIDE).await;
    let most = limits::HOOK_BODY_BYTES;
    let body = vec![b'x'; most];
    for length in [0, 1, most - 1, most] {
        let taken = said(address, &[&of_length(length), &body[..length]]).await;
        assert_eq!(taken, (200, length.to_string()));
    }
    // The answer comes though no byte of the body was sent.
    for length in [most + 1, 1 << 40] {
        assert_eq!(said(address, &[&of_length(length)]).await, (413, String::new()));
    }
}

#[tokio::test]
async fn a_body_without_a_stated_length_is_cut_at_the_bound() {
    let address = listener(WIDE).await;
    let chunked = head(&["Transfer-Encoding: chunked".to_owned()]);
    let chunk = [b"10000\r\n", &vec![b'x'; 0x1_0000][..], b"\r\n"].concat();
    let whole = chunk.repeat(limits::HOOK_BODY_BYTES / 0x1_0000);
    let taken = said(address, &[&chunked, &whole, b"0\r\n\r\n"]).await;
    assert_eq!(taken, (200, limits::HOOK_BODY_BYTES.to_string()));
    let refused = said(address, &[&chunked, &whole, b"1\r\nx\r\n0\r\n\r\n"]).await;
    // The answer may be lost with what was not read.
    assert!([413, 0].contains(&refused.0) && refused.1.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn heads_are_bounded_in_lines_and_in_bytes() {
    let address = listener(WIDE).await;
    let lines = |count: usize| (0..count).map(|n| format!("X-{n}: y")).collect::<Vec<_>>();
    // Host and Connection are two of them.
    assert_eq!(said(address, &[&head(&lines(limits::HOOK_HEADERS - 2))]).await.0, 200);
    assert_eq!(
        said(address, &[&head(&lines(limits::HOOK_HEADERS - 1))]).await,
        (431, String::new())
    );
    let long = |bytes: usize| head(&[format!("X-Long: {}", "y".repeat(bytes))]);
    let without = long(0).len();
    let at = long(limits::HOOK_HEAD_BYTES - without - 1);
    assert_eq!(said(address, &[&at]).await.0, 200);
    let refused = said(address, &[&long(2 * limits::HOOK_HEAD_BYTES)]).await;
    assert!([431, 0].contains(&refused.0) && refused.1.is_empty(), "{refused:?}");
}

#[tokio::test]
async fn slow_callers_are_cut_off() {
    let address = listener(Bounds { read: SHORT, ..WIDE }).await;
    // The connections stay open on our side: the other one ends them.
    assert_eq!(said(address, &[]).await, (0, String::new()), "nothing is sent");
    let half = b"POST / HTTP/1.1\r\nHost: loc";
    let cut = said(address, &[half]).await;
    assert!([0, 408].contains(&cut.0) && cut.1.is_empty(), "half a head: {cut:?}");
    let slow = said(address, &[&of_length(10), b"half"]).await;
    assert_eq!(slow, (408, String::new()), "half a body");
}

/// Posts a body of this length again and again, until the answer has this status.
async fn until(address: SocketAddr, length: usize, status: u16) {
    let body = vec![b'x'; length];
    let tried = async { while said(address, &[&of_length(length), &body]).await.0 != status {} };
    let tried = tokio::time::timeout(Duration::from_secs(60), tried).await;
    assert!(tried.is_ok(), "no answer is {status}");
}

#[tokio::test]
async fn slow_callers_with_long_bodies_keep_no_short_one_waiting_and_no_memory_for_themselves() {
    let places = limits::HOOK_BODIES_AT_ONCE;
    let wide = places + 8;
    let address = listener(Bounds {
        connections: wide,
        ..WIDE
    })
    .await;
    let short = limits::HOOK_BODY_PLACELESS;
    // A promise takes no place.
    let promised = of_length(limits::HOOK_BODY_BYTES);
    let mut callers = Vec::new();
    for _ in 0..places {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&promised).await.unwrap();
        callers.push(stream);
    }
    until(address, short + 1, 200).await;
    for stream in &mut callers {
        stream.write_all(&vec![b'x'; short + 1]).await.unwrap();
    }
    until(address, short + 1, 503).await;
    let body = vec![b'x'; short];
    for length in [0, 1, short] {
        let taken = said(address, &[&of_length(length), &body[..length]]).await;
        assert_eq!(taken, (200, length.to_string()));
    }
    drop(callers);
    until(address, limits::HOOK_BODY_BYTES, 200).await;
}

#[tokio::test]
async fn a_connection_ends_however_busy_it_is() {
    let address = listener(Bounds { life: SHORT, ..WIDE }).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    let mut answers = 0;
    while stream.write_all(request).await.is_ok() && stream.read(&mut [0; 512]).await.is_ok_and(|count| count > 0) {
        answers += 1;
    }
    assert!(answers > 0, "it was answered before");
}

#[tokio::test]
async fn callers_beyond_the_bound_wait_for_a_place() {
    let address = listener(Bounds { connections: 1, ..WIDE }).await;
    let first = TcpStream::connect(address).await.unwrap();
    let second = tokio::spawn(async move { said(address, &[&of_length(0)]).await });
    let request = of_length(0);
    let pieces = [&*request];
    let third = said(address, &pieces);
    assert!(tokio::time::timeout(SHORT, third).await.is_err(), "there is no place");
    drop(first);
    assert_eq!(second.await.unwrap().0, 200);
}

#[tokio::test]
async fn what_is_no_request_is_answered_without_a_word() {
    let address = listener(WIDE).await;
    for nonsense in [
        b"\0\xff\x16\x03\x01\r\n\r\n".as_slice(),
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        b"POST / HTTP/1.1\r\nbad name: x\r\n\r\n",
    ] {
        let answer = said(address, &[nonsense]).await;
        assert!([0, 400, 505].contains(&answer.0) && answer.1.is_empty(), "{answer:?}");
    }
}
