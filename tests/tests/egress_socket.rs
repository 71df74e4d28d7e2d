//! A websocket of a line: to whom it is opened, and what becomes of one whose other side says or takes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use lockgate::egress::{Failure, Heard, Line, Patience};
use lockgate::model::Frame;
use lockgate::reach::{HttpRule, Scheme};
use lockgate_tests::gateway::{Gateway, Welcome};
use lockgate_tests::platform::net::{HOST, Net, PUBLIC, bearer, rule};
use lockgate_tests::wait::{PATIENCE, until};

const SOON: Duration = Duration::from_millis(150);
const URL: &str = "ws://api.example.org/socket";

fn socket_rule() -> HttpRule {
    let mut rule = bearer(rule(&["/socket"]).unwrap(), "token");
    rule.scheme = Scheme::Ws;
    rule.methods = vec!["GET".to_owned()];
    rule
}

/// A line to the gateway, with this patience.
fn against(gateway: &Gateway, patience: Patience) -> (Net, Arc<Line>) {
    let net = Net::with(patience).unwrap();
    net.names.set(HOST, &[&[PUBLIC]]);
    net.wires.lead(&format!("{PUBLIC}:80"), gateway.address());
    let line = net
        .line(vec![socket_rule()], &[("token", "s3cr3t/credential")])
        .unwrap();
    (net, line)
}

#[tokio::test]
async fn an_address_that_is_not_public_gets_no_byte() {
    let gateway = Gateway::start().unwrap();
    let (net, line) = against(&gateway, Patience::default());
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "64:ff9b::1"] {
        net.names.set(HOST, &[&[PUBLIC, address]]);
        let failure = line.open_socket(URL, &[]).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::Refused(words) if words.contains("not public")),
            "{address}: {failure}"
        );
    }
    assert!(net.wires.dialled().is_empty());
    assert_eq!(line.take_tallies().get("egress-refused-address"), Some(&5));
    net.names.set(HOST, &[&[PUBLIC]]);
    assert!(line.open_socket(URL, &[]).await.is_ok());
    assert!(gateway.requests()[0].contains("authorization: Bearer s3cr3t/credential"));
}

#[tokio::test]
async fn whoever_says_nothing_is_pinged_and_stays_if_he_answers() {
    let gateway = Gateway::start().unwrap();
    let patience = Patience {
        ping: SOON,
        pong: PATIENCE,
        ..Patience::default()
    };
    let (_net, line) = against(&gateway, patience);
    let mut socket = line.open_socket(URL, &[]).await.unwrap();
    let gateway = Arc::new(gateway);
    let speaker = Arc::clone(&gateway);
    // The gateway is on threads of its own, and so is whoever waits for what it hears.
    let said = tokio::task::spawn_blocking(move || {
        let pinged = until(PATIENCE, "three pings", || (speaker.heard().len() >= 3).then_some(()));
        speaker.say("still here");
        pinged
    });
    let (heard, pinged) = tokio::join!(socket.next(), said);
    pinged.unwrap().unwrap();
    assert_eq!(heard, Heard::Frame(Frame::Text("still here".to_owned())));
    assert!(gateway.heard().iter().all(|heard| heard.what == "ping"));
}

#[tokio::test]
async fn whoever_says_nothing_after_a_ping_is_gone() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Deaf);
    let patience = Patience {
        ping: SOON,
        pong: SOON,
        ..Patience::default()
    };
    let (_net, line) = against(&gateway, patience);
    let mut socket = line.open_socket(URL, &[]).await.unwrap();
    let Heard::Closed(closed) = socket.next().await else {
        panic!("a frame came");
    };
    assert_eq!(closed.code, Some(1006));
    assert!(closed.reason.contains("after a ping"), "{}", closed.reason);
}

#[tokio::test]
async fn whoever_takes_nothing_is_gone() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Deaf);
    let patience = Patience {
        write: SOON,
        ..Patience::default()
    };
    let (_net, line) = against(&gateway, patience);
    let mut socket = line.open_socket(URL, &[]).await.unwrap();
    let frame = Frame::Binary(vec![b'.'; 1 << 20]);
    // As much as the system itself keeps is taken.
    let mut sent = 0;
    let closed = loop {
        match socket.send(frame.clone()).await {
            Ok(()) => sent += 1,
            Err(closed) => break closed,
        }
        assert!(sent < 64, "nobody reads");
    };
    assert_eq!(closed.code, Some(1006));
}
