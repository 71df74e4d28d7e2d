//! The channel against a stand-in for the host.

use lockgate_sdk::harness::{Harness, Socket as Asked};
use lockgate_sdk::http::Response;
use lockgate_sdk::{Closed, Place};

use super::*;

fn house() -> Harness {
    Harness::new().setting("topic", "backups")
}

/// What it asked of its websocket: the URL.
fn connected(house: &Harness) -> String {
    match &house.sockets()[..] {
        [Asked::Connect(connection)] => connection.url.clone(),
        others => panic!("{others:?}"),
    }
}

fn frame(text: &str) -> Happening {
    Happening::Frame(Frame::Text(text.to_owned()))
}

#[test]
fn it_listens_to_its_topic_from_the_last_message_on() {
    let house = house();
    assert!(house.start::<Ntfy>().is_ok());
    assert_eq!(connected(&house), "wss://ntfy.sh/backups/ws");
    let text = r#"{"id":"a1","time":1700000000,"event":"message","topic":"backups","message":"done","title":"Night"}"#;
    assert!(house.happened::<Ntfy>(LINE, frame(text), 0).is_ok());
    let events = house.events();
    assert_eq!((events[0].id.as_str(), events[0].text.as_str()), ("a1", "Night\ndone"));
    assert_eq!(events[0].conversation.id, "backups");
    let closed = Happening::Closed(Closed {
        code: Some(1_001),
        reason: String::new(),
    });
    assert!(house.happened::<Ntfy>(LINE, closed, 0).is_ok());
    assert_eq!(connected(&house), "wss://ntfy.sh/backups/ws?since=a1");
}

#[test]
fn before_the_first_message_it_listens_from_the_moment_on_in_which_it_began_to() {
    let house = house();
    let open = |time: u64| {
        frame(&format!(
            r#"{{"id":"o","time":{time},"event":"open","topic":"backups"}}"#
        ))
    };
    let closed = || {
        Happening::Closed(Closed {
            code: None,
            reason: String::new(),
        })
    };
    for happening in [open(1_700_000_000), closed(), open(1_700_000_060), closed()] {
        assert!(house.happened::<Ntfy>(LINE, happening, 0).is_ok());
    }
    let urls = house.sockets().into_iter().map(|asked| match asked {
        Asked::Connect(connection) => connection.url,
        other => panic!("{other:?}"),
    });
    assert!(urls.eq(["wss://ntfy.sh/backups/ws?since=1700000000"; 2]));
}

#[test]
fn what_is_no_message_or_its_own_is_not_told() {
    let house = house();
    for text in [
        r#"{"id":"a","time":1,"event":"open","topic":"backups"}"#,
        r#"{"id":"b","time":1,"event":"keepalive","topic":"backups"}"#,
        r#"{"id":"c","time":1,"event":"message","message":"mine","tags":["claude"]}"#,
    ] {
        assert!(house.happened::<Ntfy>(LINE, frame(text), 0).is_ok());
        assert_eq!(house.inbound(), []);
    }
    assert_eq!(store::get_text(LAST).as_deref(), Some("c"));
    assert!(house.happened::<Ntfy>(LINE, frame("gibberish"), 0).is_ok());
    assert_eq!(house.inbound().len(), 1);
}

#[test]
fn an_answer_is_published_with_its_tag() {
    let house = house().http(|_| Ok(Response::new(200, r#"{"id":"x9","time":1,"event":"message"}"#)));
    let receipt = house.send::<Ntfy>(Outgoing::text(Place::conversation("backups"), "fine"));
    assert_eq!(receipt.map(|receipt| receipt.messages), Ok(vec!["x9".to_owned()]));
    let sent = &house.requests()[0];
    assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "https://ntfy.sh/"));
}

#[test]
fn a_topic_that_is_none_is_refused() {
    for topic in ["", "a/b", "a b", "../x", &"a".repeat(65)] {
        let house = Harness::new().setting("topic", topic);
        assert!(house.start::<Ntfy>().is_err(), "{topic}");
    }
    assert!(Harness::new().start::<Ntfy>().is_err());
}
