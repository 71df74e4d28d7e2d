//! Whose words wait for the host, and that no flood takes another's place.

use super::*;
use crate::model::{Behavior, Conversation, Scope, Sender, TypedVerdict};

fn sender(id: &str) -> Sender {
    Sender {
        id: id.into(),
        name: None,
        bot: false,
    }
}

fn direct(id: &str) -> Conversation {
    Conversation {
        id: format!("d-{id}"),
        thread: None,
        scope: Scope::Direct,
        title: None,
    }
}

fn stranger(nth: usize) -> Aside {
    let id = nth.to_string();
    Aside::Stranger(Approach {
        message: id.clone(),
        sender: sender(&id),
        conversation: direct(&id),
        text: "hello".into(),
    })
}

fn press(nth: usize) -> Aside {
    Aside::Press(Press {
        id: nth.to_string(),
        token: "token".into(),
        handle: None,
        sender: sender("1"),
        conversation: direct("1"),
    })
}

fn verdict() -> Aside {
    Aside::Verdict(Typed {
        message: "1".into(),
        sender: sender("1"),
        conversation: direct("1"),
        verdict: TypedVerdict {
            request: "abcde".into(),
            behavior: Behavior::Deny,
        },
    })
}

fn channel(name: &str) -> ChannelName {
    name.parse().unwrap()
}

/// How many of them found a place.
fn put(asides: &Asides, name: &str, said: impl Iterator<Item = Aside>) -> usize {
    let name = channel(name);
    said.filter(|aside| asides.put(&name, aside.clone())).count()
}

#[test]
fn a_call_full_of_strangers_takes_no_answers_place() {
    let (house, mut heard) = Asides::new();
    let chat = house.of_its_own();
    let most = limits::INBOUND_PER_CALL;
    // The rest of an earlier call waits, too.
    put(&chat, "chat", (0..most).map(stranger));
    let call = (0..most - 2).map(stranger).chain([verdict(), press(0)]);
    put(&chat, "chat", call);
    assert!(heard.verdicts.0.try_recv().is_ok());
    assert!(heard.presses.0.try_recv().is_ok());
}

#[test]
fn a_whole_call_finds_places_and_a_flood_of_one_channel_leaves_another_its_own() {
    let (house, mut heard) = Asides::new();
    let (loud, quiet) = (house.of_its_own(), house.of_its_own());
    for kind in [stranger as fn(usize) -> Aside, press, |_| verdict()] {
        const { assert!(limits::ASIDES >= limits::INBOUND_PER_CALL) };
        assert_eq!(put(&loud, "loud", (0..10_000).map(kind)), limits::ASIDES);
        assert_eq!(put(&quiet, "quiet", std::iter::once(kind(0))), 1);
    }
    // What was heard leaves its place to the next.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (first, _) = runtime.block_on(heard.verdicts.recv()).unwrap();
    assert_eq!(first, channel("loud"));
    assert_eq!(put(&loud, "loud", [verdict(), verdict()].into_iter()), 1);
}
