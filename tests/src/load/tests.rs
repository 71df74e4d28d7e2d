//! The load against a listener that answers everything at once.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::*;

/// Answers each whole request on each connection with 200, or with 503 if its body ends in a full stop.
fn listen() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || answer_all(stream.unwrap()));
        }
    });
    addr
}

fn answer_all(mut stream: TcpStream) {
    let (mut read, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
    while let Ok(count) = stream.read(&mut chunk) {
        if count == 0 {
            return;
        }
        read.extend_from_slice(&chunk[..count]);
        let mut answers = Vec::new();
        while let Some(size) = request_size(&read) {
            let status = if read[size - 1] == b'.' { "503 Busy" } else { "200 OK" };
            write!(answers, "HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").unwrap();
            read.drain(..size);
        }
        stream.write_all(&answers).unwrap();
    }
}

fn request_size(read: &[u8]) -> Option<usize> {
    let head = read.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&read[..head]).unwrap();
    let length: usize = text.split_once("Content-Length: ")?.1.parse().unwrap();
    Some(head + 4 + length).filter(|size| *size <= read.len())
}

#[test]
fn every_request_is_answered_once() {
    let addr = listen();
    let hook = Hook::new(addr, "/", "secret");
    let body = |number: usize| {
        if number.is_multiple_of(10) {
            "no.".to_owned()
        } else {
            format!("{number}")
        }
    };
    let requests: Vec<_> = (0..1_001)
        .map(|number| hook.signed("x", body(number).as_bytes()))
        .collect();
    for (connections, threads, pipelining) in [
        (1, 1, Pipelining::Off),
        (7, 2, Pipelining::Off),
        (5, 2, Pipelining::Depth(8)),
    ] {
        let plan = Plan {
            connections,
            threads,
            pipelining,
        };
        let outcome = run(addr, plan, &requests).unwrap();
        let mut indexes: Vec<usize> = outcome.answers.iter().map(|answer| answer.index).collect();
        indexes.sort_unstable();
        assert_eq!(indexes, (0..1_001).collect::<Vec<_>>(), "{plan:?}");
        assert!(
            outcome
                .answers
                .iter()
                .all(|answer| (answer.status == 503) == answer.index.is_multiple_of(10))
        );
        assert_eq!(outcome.accepted(), 900);
        let rate = 1_001.0 / (outcome.ended - outcome.started).as_secs_f64();
        println!("{plan:?}: {rate:.0} requests a second");
    }
}

#[test]
fn a_listener_that_goes_away_is_an_error() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let closes = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let plan = Plan {
        connections: 1,
        threads: 1,
        pipelining: Pipelining::Off,
    };
    assert!(run(addr, plan, &[b"POST / HTTP/1.1\r\n\r\n".to_vec()]).is_err());
    closes.join().unwrap();
}
