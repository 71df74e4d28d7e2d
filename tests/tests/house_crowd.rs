//! The channel full of people, seen from both sides: who is on the list is heard, who is not is counted, and what is said
//! to somebody is remembered.
#![allow(clippy::unwrap_used)]

use lockgate_tests::crowd::{Crowd, PEOPLE, Said};

#[test]
fn who_is_on_the_list_is_heard_and_answered() {
    let mut crowd = Crowd::open().unwrap();
    crowd.people(PEOPLE).unwrap();
    crowd.say(&Said::direct("1", "hello").named("Ann A.")).unwrap();
    let heard = crowd.sentinel().unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].meta["user"], "crowd/ann");
    assert!(heard[0].content.contains("hello"));
    let answer = crowd.reply("d-1", "hi, ann").unwrap();
    assert_ne!(answer["isError"], true, "{answer}");
    let sent = crowd.sent().unwrap();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(
        (&*sent[0].what, &*sent[0].conversation, &*sent[0].text),
        ("sent", "d-1", "hi, ann")
    );
}
