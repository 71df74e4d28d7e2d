//! What the other side of a websocket may do, and what becomes of it: an end that is told, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use lockgate::limits;
use lockgate_tests::gateway::house::House;
use lockgate_tests::gateway::{Gateway, Welcome};

/// A frame of the server's: its first byte, the length that it says it has, and what follows.
fn frame(first: u8, length: u64, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match length {
        0..126 => bytes.push(length as u8),
        126..65_536 => {
            bytes.push(126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(rest);
    bytes
}

/// Says these bytes over an open websocket: it ends with this code, and the next one works.
#[track_caller]
fn check(bytes: Vec<u8>, code: u16) {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    let head: Vec<u8> = bytes.iter().take(8).copied().collect();
    house.gateway.say_raw(bytes);
    let end = house.wait_said("closed main").unwrap();
    assert!(end.starts_with(&format!("closed main {code} ")), "{head:?}: {end}");
    house.gateway.wait_opened(2).unwrap();
    house.gateway.say("say still there");
    house.wait_said("said main 0 still there").unwrap();
}

#[test]
fn a_frame_that_is_longer_than_it_may_be_ends_the_connection_before_it_comes() {
    let most = limits::SOCKET_FRAME_BYTES as u64;
    check(frame(0x81, most + 1, b""), 1009);
    check(frame(0x82, u64::MAX >> 1, b""), 1009);
}

#[test]
fn what_is_no_frame_ends_the_connection_and_nothing_else() {
    // Packed, by an extension that nobody asked for.
    check(frame(0xc1, 2, b"hi"), 1002);
    // Masked, as only clients do; of no kind; a ping that is too long.
    check(vec![0x81, 0x82, 0, 0, 0, 0, b'h', b'i'], 1002);
    check(frame(0x83, 0, b""), 1002);
    check(frame(0x89, 126, &[0; 126]), 1002);
    // No UTF-8.
    check(frame(0x81, 2, &[0xff, 0xfe]), 1007);
}

#[test]
fn a_frame_without_end_ends_at_its_bound() {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    // As long as one may be, and one piece more.
    let whole = vec![b'.'; limits::SOCKET_FRAME_BYTES];
    house.gateway.say_raw(frame(0x82, whole.len() as u64, &whole));
    house.wait_said("binary main 1048576 ").unwrap();
    let mut longer = frame(0x02, whole.len() as u64, &whole);
    longer.extend(frame(0x80, 1, b"."));
    check(longer, 1009);
    // Empty pieces, and no end.
    let mut endless = frame(0x01, 1, b".");
    endless.extend(frame(0x00, 0, b"").repeat(2 << 20));
    check(endless, 1009);
}

#[test]
fn pings_are_answered_until_there_are_too_many() {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    house.gateway.say_raw(frame(0x89, 2, b"hi"));
    house.gateway.wait_heard("pong").unwrap();
    check(frame(0x89, 0, b"").repeat(10_000), 1008);
}

#[test]
fn whoever_opens_none_is_an_end_with_a_reason() {
    let gateway = Gateway::start().unwrap();
    let raw = |text: &str| Welcome::Raw(text.as_bytes().to_vec());
    gateway.welcome(raw("HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\n\r\nsecret"));
    let house = House::with(gateway, &[]).unwrap();
    let mut told = 0;
    let mut check = |welcome: Option<Welcome>, expected: &str| {
        welcome.into_iter().for_each(|welcome| house.gateway.welcome(welcome));
        let record = house.serve.client.record();
        let end = record.wait(Duration::from_secs(60), expected, |seen| {
            let contents = seen.events.iter().filter_map(|line| Some(line.parse().ok()?.content));
            let mut ends = contents
                .filter(|said| said.starts_with("closed main - unreachable: "))
                .skip(told);
            ends.position(|end| end.contains(expected))
        });
        told += 1 + end.unwrap_or_else(|error| panic!("{error}: {:?}", house.said()));
    };
    check(None, "it answered 401");
    let away = "HTTP/1.1 302 Found\r\nlocation: wss://header.example.org/socket\r\ncontent-length: 0\r\n\r\n";
    check(Some(raw(away)), "it answered 302");
    check(Some(raw("gibberish\r\n\r\n")), "opened no websocket");
    let extension = "sec-websocket-extensions: permessage-deflate";
    check(
        Some(Welcome::Header(extension)),
        "an extension of websockets that nobody asked for",
    );
    assert!(!house.said().iter().any(|said| said.contains("secret")));
    assert!(
        house
            .gateway
            .requests()
            .iter()
            .all(|head| head.starts_with("GET /socket "))
    );
}

#[test]
fn a_head_without_end_and_a_silence_are_left_in_time() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Raw(
        b"HTTP/1.1 101 Switching Protocols\r\nx-a: b\r\n".repeat(20_000),
    ));
    let house = House::with(gateway, &[]).unwrap();
    house
        .wait_said("closed main - unreachable: gateway.example.org opened no websocket")
        .unwrap();
    house.gateway.welcome(Welcome::Silence);
    house
        .wait_said("closed main - unreachable: gateway.example.org opened no websocket in time")
        .unwrap();
}

#[test]
fn a_flood_waits_at_the_other_side_and_keeps_nobody_else_waiting() {
    let house = House::new(&["lines=2"]).unwrap();
    house.gateway.wait_opened(2).unwrap();
    house.wait_said("opened line-1").unwrap();
    house.wait_said("opened main").unwrap();
    let flooded_at = Instant::now();
    house.gateway.flood(frame(0x81, 7, b"nothing").repeat(1_000));
    let flooded = house.wait_channel("it has begun", |line| line.committed > 100).unwrap();
    let say = |at| {
        let begun = Instant::now();
        assert_eq!(house.does(&format!("say {at}")).unwrap(), 200);
        begun.elapsed()
    };
    // One of them may have come at a bad time for this machine.
    let mut took: Vec<Duration> = (0..20).map(say).collect();
    took.sort_unstable();
    assert!(took[10] < Duration::from_secs(2), "{took:?}");
    house.wait_said("said main 0 19").unwrap();
    let more = flooded.committed + 100;
    let line = house.wait_channel("it goes on", |line| line.committed > more).unwrap();
    let frames: u64 = line.sockets.iter().map(|socket| socket.frames_in).sum();
    let many = u64::from(limits::SOCKET_FRAMES_AT_ONCE) + 600;
    let paced = house
        .wait_channel("it does not end", |line| line.committed > many)
        .unwrap();
    let at_once = f64::from(limits::SOCKET_FRAMES_AT_ONCE) + 50.0;
    let most = at_once + flooded_at.elapsed().as_secs_f64() * limits::SOCKET_FRAMES_PER_SECOND;
    assert!((paced.committed as f64) < most, "{} of {most}", paced.committed);
    // What waits for the guest, what was given, and no more: the rest stays where it is.
    let waiting = 2 * (limits::SOCKET_INWARD as u64 + 1);
    assert!(frames <= line.committed + waiting, "{frames} {}", line.committed);
}
