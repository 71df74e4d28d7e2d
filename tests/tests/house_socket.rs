//! The whole house with a channel that keeps websockets: what comes is given in its order, what is sent goes out in its
//! order with the credential in its place, and nobody sees that.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::gateway::house::{House, TOKEN};
use lockgate_tests::reload::Watch;

#[test]
fn what_comes_is_told_in_its_order_and_what_is_sent_goes_out_in_its_order() {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    let count = 200;
    (0..count).for_each(|at| house.gateway.say(&format!("say {at}")));
    house.gateway.say_bytes(&[1, 2, 3]);
    house.wait_said("binary main 3 [1, 2, 3]").unwrap();
    let said = house.said();
    let expected: Vec<String> = (0..count).map(|at| format!("said main 0 {at}")).collect();
    assert_eq!(said[1..=count], expected);
    house.gateway.say("frames 100");
    house.gateway.wait_heard("text {\"op\":\"99\"}").unwrap();
    let sent: Vec<String> = (0..100).map(|at| format!("{{\"op\":\"{at}\"}}")).collect();
    assert_eq!(house.gateway.texts()[1..], sent);
    let socket = house.wait_socket("main", "all is counted", |main| main.frames_out == 101);
    let socket = socket.unwrap();
    assert_eq!((socket.stage.as_str(), socket.frames_in), ("open", 202));
    assert_eq!(
        (socket.place.as_str(), socket.dropped),
        ("wss://gateway.example.org", 0)
    );
    assert_eq!(house.gateway.opened(), 1);
}

#[test]
fn the_credential_stands_in_its_frame_and_is_seen_by_nobody() {
    let house = House::new(&[]).unwrap();
    let hello = house.gateway.wait_heard("text").unwrap().what;
    assert_eq!(
        hello,
        format!("text {{\"op\":\"hello\",\"d\":{{\"token\":\"{TOKEN}\"}}}}")
    );
    let head = house.gateway.requests()[0].clone();
    assert!(
        head.starts_with("GET /socket HTTP/1.1\r\nHost: gateway.example.org\r\n"),
        "{head}"
    );
    let head = head.to_ascii_lowercase();
    assert!(
        !head.contains(TOKEN) && !head.contains("sec-websocket-extensions"),
        "{head}"
    );
    // What comes back is covered, in a frame of text, in one of bytes, and in a reason.
    house.gateway.say(&format!("say {TOKEN}"));
    let covered = "*".repeat(TOKEN.len());
    house.wait_said(&format!("said main 0 {covered}")).unwrap();
    house.gateway.say_bytes(TOKEN.as_bytes());
    let stars = format!("binary main {} [42, 42,", TOKEN.len());
    house.wait_said(&stars).unwrap();
    house.gateway.close(4_000, &format!("not {TOKEN}"));
    house.wait_said(&format!("closed main 4000 not {covered}")).unwrap();
    house.wait_tally("egress-secret-covered", |count| count >= 3).unwrap();
    let all = format!("{:?}{}", house.home.status().unwrap(), house.serve.stderr());
    assert!(!all.contains(TOKEN));
}

#[test]
fn a_frame_that_could_hold_a_credential_of_the_guests_own_is_not_sent() {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    let refused = [
        "frame no document",
        r#"frame {"op":"hello","d":{"token":"mine"}}"#,
        r#"frame {"op":"other","d":{"token":"mine"}}"#,
        r#"frame {"op":"hello"}"#,
        r#"frame {"op":"a","op":"hello","d":{}}"#,
        "bytes anything",
    ];
    refused.iter().for_each(|deed| house.gateway.say(deed));
    house.gateway.say(r#"frame {"op":"last","text":"{token}"}"#);
    house
        .gateway
        .wait_heard(r#"text {"op":"last","text":"{token}"}"#)
        .unwrap();
    assert_eq!(house.gateway.texts().len(), 2, "{:?}", house.gateway.heard());
    let main = house.wait_socket("main", "the refused ones", |main| main.dropped == 6);
    assert_eq!(main.unwrap().frames_out, 2);
    let line = house.wait_channel("they are counted", |line| {
        line.tallies.get("egress-refused-content") == Some(&(refused.len() as u64))
    });
    line.unwrap();
}

#[test]
fn a_header_may_hold_it_and_no_header_of_the_guests_does() {
    let house = House::new(&["lines=0"]).unwrap();
    assert_eq!(house.does("set leave").unwrap(), 200);
    let connect = |rest: &str| assert_eq!(house.does(&format!("connect {rest}")).unwrap(), 200);
    connect("good wss://header.example.org/socket x-kind=y");
    house.wait_said("opened good").unwrap();
    let head = house.gateway.requests()[0].to_ascii_lowercase();
    assert!(head.contains(&format!("authorization: bearer {TOKEN}\r\n")), "{head}");
    assert!(head.contains("x-kind: y\r\n"), "{head}");
    let mut watch = Watch::of(&house.home, "line").unwrap();
    for (at, rest) in [
        "wss://header.example.org/socket authorization=mine",
        "wss://header.example.org/socket sec-websocket-extensions=permessage-deflate",
        "wss://header.example.org/socket host=elsewhere",
        "wss://header.example.org/other",
        "wss://gateway.example.org/socket/a/b",
        "wss://gateway.example.org:8443/socket",
        "wss://127.0.0.1/socket",
        "wss://GATEWAY.example.org/socket",
        "ws://gateway.example.org/socket",
        "https://gateway.example.org/socket",
        "gibberish",
    ]
    .iter()
    .enumerate()
    {
        connect(&format!("bad-{at} {rest}"));
        let told = house.wait_said(&format!("closed bad-{at} - refused: ")).unwrap();
        assert!(!told.contains("mine") && !told.contains(TOKEN), "{told}");
        let url = rest.split(' ').next().unwrap();
        watch.wait_refused("a websocket", url).unwrap();
    }
    assert_eq!(house.gateway.requests().len(), 1);
}

#[test]
fn no_more_than_eight_are_kept_and_each_has_an_order_of_its_own() {
    let house = House::new(&["lines=8"]).unwrap();
    house.gateway.wait_opened(8).unwrap();
    for at in 0..40 {
        house.gateway.say_over(at % 8, &format!("say {}", at / 8));
    }
    let all = |name: String| {
        let said = house.said();
        let own = said.iter().filter(|said| said.starts_with(&format!("said {name} ")));
        own.cloned().collect::<Vec<_>>()
    };
    let names = (0..8).map(|at| {
        if at == 0 {
            "main".to_owned()
        } else {
            format!("line-{at}")
        }
    });
    for name in names {
        house.wait_said(&format!("said {name} 0 4")).unwrap();
        let expected: Vec<String> = (0..5).map(|at| format!("said {name} 0 {at}")).collect();
        assert_eq!(all(name), expected);
    }
    // Nothing of a call that asks for a ninth is done.
    let ninth = "connect ninth wss://gateway.example.org/socket/9";
    assert_eq!(house.does(ninth).unwrap(), 503);
    assert_eq!(house.does("disconnect line-7").unwrap(), 200);
    house.gateway.wait_heard("close 1000").unwrap();
    assert_eq!(house.does(ninth).unwrap(), 200);
    house.wait_said("opened ninth").unwrap();
    assert_eq!(house.gateway.opened(), 9);
}
