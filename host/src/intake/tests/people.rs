//! What people bring: who is told to wait, what is a verdict and what is chat, and what is kept of whom nobody hears.

use super::*;
use crate::access::{Account, Audience, Hears, Person, Role, Unaddressed};
use crate::model::{Behavior, Conversation, Scope};

/// Ann may speak and approve, Ben may speak, Cat may only approve.
fn book() -> AccessBook {
    let mut book = AccessBook::default();
    let people = [
        ("ann", "1", vec![Role::Chat, Role::Approve]),
        ("ben", "2", vec![Role::Chat]),
        ("cat", "3", vec![Role::Approve]),
    ];
    for (name, id, roles) in people {
        let account = Account {
            network: "forge".into(),
            id: id.into(),
        };
        book.add(Person {
            name: name.parse().unwrap(),
            roles: roles.into_iter().collect(),
            accounts: [account].into(),
        })
        .unwrap();
    }
    book
}

fn policy(direct: DirectPolicy) -> Policy {
    let open = Group {
        audience: Audience::Everyone,
        hears: Hears::Everything,
        ..Group::default()
    };
    let digest = Group {
        unaddressed: Unaddressed::Kept,
        ..Group::default()
    };
    Policy {
        network: Some("forge".into()),
        direct,
        groups: [("open".to_owned(), open), ("digest".to_owned(), digest)].into(),
        ..Policy::default()
    }
}

fn said(id: &str, place: &str, text: &str) -> Message {
    let scope = if place == "direct" { Scope::Direct } else { Scope::Group };
    let mut message = message(Author::Person(Sender {
        id: id.into(),
        name: Some("ann".into()),
        bot: false,
    }));
    message.conversation = Conversation {
        id: place.into(),
        scope,
        ..message.conversation
    };
    message.text = text.into();
    message
}

fn take_with(direct: DirectPolicy, relay: bool, inbound: Inbound) -> Intake {
    take_all(direct, relay, vec![inbound])
}

fn take_all(direct: DirectPolicy, relay: bool, inbound: Vec<Inbound>) -> Intake {
    let open: OpenPrompts = ["abcde".to_owned()].into_iter().collect();
    let (policy, book) = (policy(direct), book());
    let gate = Gate {
        policy: &policy,
        book: &book,
        open: &open,
        relay,
    };
    let outcome = Outcome {
        inbound,
        effects: vec![],
    };
    take(gate, Provenance::Reported, outcome).unwrap()
}

fn edit(now: Message) -> Inbound {
    let revision = "2".into();
    Inbound::Edited { now, revision }
}

/// What became of it, in one word.
fn word(intake: &Intake) -> &'static str {
    match (&intake.asides[..], &intake.admitted[..]) {
        ([Aside::Verdict(typed)], []) => match typed.verdict.behavior {
            Behavior::Allow => "allow",
            Behavior::Deny => "deny",
        },
        ([Aside::Stranger(_)], []) => "stranger",
        ([Aside::Press(_)], []) => "press",
        ([], [admitted]) if admitted.quiet => "quiet",
        ([], [_]) => "chat",
        ([], []) => intake.tallies[0].0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_is_a_verdict_or_chat_by_who_says_it_and_where() {
    use DirectPolicy::{Allowlist, Disabled};
    // Who, where, what; and what it is with relay and without.
    let rows = [
        ("1", "direct", "yes abcde", ["allow", "allow"]),
        ("1", "direct", " N ABCDE", ["deny", "deny"]),
        ("1", "direct", "yes abcde please", ["chat", "chat"]),
        ("1", "direct", "yes zzzzz", ["allow", "chat"]),
        ("1", "open", "yes abcde", ["allow", "allow"]),
        ("1", "open", "yes zzzzz", ["chat", "chat"]),
        ("2", "direct", "yes abcde", ["allow", "allow"]),
        ("2", "direct", "yes zzzzz", ["chat", "chat"]),
        ("2", "open", "yes abcde", ["allow", "allow"]),
        // Who may only approve is heard when he does that, alone with us, and never in a group as more than a guest.
        ("3", "direct", "yes abcde", ["allow", "allow"]),
        ("3", "direct", "yes zzzzz", ["allow", "unknown-person"]),
        ("3", "direct", "hello", ["unknown-person", "unknown-person"]),
        ("3", "digest", "yes abcde", ["unknown-person", "unknown-person"]),
        // A guest's is for the ledger, which refuses it: it is never chat.
        ("9", "open", "yes abcde", ["allow", "allow"]),
        ("9", "direct", "yes abcde", ["unknown-person", "unknown-person"]),
        ("1", "digest", "yes abcde", ["allow", "allow"]),
        ("1", "digest", "hello", ["quiet", "quiet"]),
        (
            "1",
            "elsewhere",
            "yes abcde",
            ["group-not-granted", "group-not-granted"],
        ),
    ];
    for (id, place, text, expected) in rows {
        let found = [true, false].map(|relay| {
            let intake = take_with(Allowlist, relay, Inbound::Message(said(id, place, text)));
            word(&intake)
        });
        assert_eq!(found, expected, "{id} {place} {text:?}");
    }
    for id in ["1", "3"] {
        let closed = take_with(Disabled, true, Inbound::Message(said(id, "direct", "yes abcde")));
        assert_eq!(word(&closed), "direct-disabled");
    }
}

#[test]
fn an_edit_is_no_verdict_and_asks_for_nothing() {
    for (id, place, text, expected) in [
        ("1", "direct", "yes abcde", "chat"),
        ("1", "direct", "yes zzzzz", "chat"),
        ("3", "direct", "yes abcde", "unknown-person"),
        ("9", "direct", "hello", "unknown-person"),
        ("9", "direct", "/start 00000-00000", "unknown-person"),
        ("1", "elsewhere", "hello", "group-not-granted"),
        ("1", "digest", "hello", "quiet"),
    ] {
        for direct in [DirectPolicy::Allowlist, DirectPolicy::Pairing] {
            let intake = take_with(direct, true, edit(said(id, place, text)));
            assert_eq!(word(&intake), expected, "{id} {text:?}");
        }
    }
}

#[test]
fn a_stranger_is_handed_to_the_host_with_his_words_and_to_nobody_else() {
    let intake = take_with(
        DirectPolicy::Pairing,
        true,
        Inbound::Message(said("9", "direct", "hello")),
    );
    assert_eq!(
        (word(&intake), &intake.tallies[..]),
        ("stranger", &[("unknown-person", 1)][..])
    );
    let Aside::Stranger(approach) = &intake.asides[0] else {
        panic!("{intake:?}");
    };
    assert_eq!((&*approach.sender.id, &*approach.text), ("9", "hello"));
    let intake = take_with(
        DirectPolicy::Allowlist,
        true,
        Inbound::Message(said("9", "direct", "hello")),
    );
    assert_eq!(word(&intake), "unknown-person");
    let invited = said("9", "direct", "pair 00000-00000");
    assert_eq!(
        word(&take_with(DirectPolicy::Allowlist, true, Inbound::Message(invited))),
        "stranger"
    );
}

/// It would lie in the journal and before the session, where whoever reads it could take it.
#[test]
fn an_invitation_is_chat_from_nobody_wherever_it_is_written() {
    const TEXT: &str = "pair 00000-00000";
    // Who, where; what it is, and whether the host answers.
    let rows = [
        ("1", "direct", "invite-misplaced", true),
        ("2", "direct", "invite-misplaced", true),
        // On the list, and not heard.
        ("3", "direct", "unknown-person", true),
        ("1", "open", "invite-misplaced", false),
        ("1", "digest", "invite-misplaced", false),
        // A guest.
        ("9", "open", "invite-misplaced", false),
        ("9", "digest", "unknown-person", false),
    ];
    for (id, place, reason, answered) in rows {
        for direct in [DirectPolicy::Allowlist, DirectPolicy::Pairing] {
            for text in [TEXT, " /START 00000-00000"] {
                let text = text.replace("START", "start");
                let intake = take_with(direct, true, Inbound::Message(said(id, place, &text)));
                assert_eq!(intake.admitted, [], "{id} {place}");
                assert_eq!(intake.tallies, [(reason, 1)], "{id} {place}");
                assert_eq!(
                    matches!(intake.asides[..], [Aside::Stranger(_)]),
                    answered,
                    "{id} {place}"
                );
            }
            let edited = take_with(direct, true, edit(said(id, place, TEXT)));
            assert!(edited.admitted.is_empty() && edited.asides.is_empty(), "{id} {place}");
        }
    }
    // Passed on below a comment of one's own, the comment is heard without it.
    let mut message = said("1", "direct", "what is this?");
    message.quote = Some(crate::model::Quote {
        author: None,
        text: TEXT.into(),
    });
    let intake = take_with(DirectPolicy::Allowlist, true, Inbound::Message(message));
    assert!(intake.admitted[0].message.quote.is_none());
    assert_eq!(intake.tallies, [("invite-quoted", 1)]);
}

#[test]
fn a_list_that_can_not_be_read_hands_no_invitation_on() {
    let (policy, book, open) = (
        policy(DirectPolicy::Allowlist),
        AccessBook::closed(),
        OpenPrompts::default(),
    );
    let gate = Gate {
        policy: &policy,
        book: &book,
        open: &open,
        relay: false,
    };
    let outcome = Outcome {
        inbound: vec![Inbound::Message(said("9", "direct", "pair 00000-00000"))],
        effects: vec![],
    };
    let intake = take(gate, Provenance::Reported, outcome).unwrap();
    assert_eq!(
        (&intake.tallies[..], intake.asides.len()),
        (&[("unknown-person", 1)][..], 0)
    );
}

#[test]
fn a_call_brings_one_word_of_each_stranger_and_his_invitation_rather_than_another() {
    let said = |id: &str, text: &str| Inbound::Message(said(id, "direct", text));
    let mut call: Vec<Inbound> = (0..90).map(|_| said("9", "hello")).collect();
    call.extend([
        said("9", "pair 00000-00000"),
        said("9", "hello?"),
        said("8", "hi"),
        said("1", "yes abcde"),
        said("9", "pair 11111-11111"),
        said("9", "please"),
    ]);
    let intake = take_all(DirectPolicy::Pairing, true, call);
    let words: Vec<&str> = intake
        .asides
        .iter()
        .map(|aside| match aside {
            Aside::Stranger(approach) => &*approach.text,
            Aside::Verdict(_) => "verdict",
            Aside::Press(_) => "press",
        })
        .collect();
    assert_eq!(words, ["pair 11111-11111", "hi", "verdict"]);
    assert_eq!(intake.tallies, [("unknown-person", 95), ("aside-dropped", 93)]);
}

#[test]
fn whoever_is_dropped_is_noted_without_his_words() {
    for (id, place, reason) in [
        ("9", "direct", "unknown-person"),
        ("1", "elsewhere", "group-not-granted"),
        ("9", "digest", "unknown-person"),
    ] {
        let intake = take_with(
            DirectPolicy::Allowlist,
            false,
            Inbound::Message(said(id, place, "sentinel")),
        );
        let dropped = &intake.dropped[0];
        assert_eq!(
            (&*dropped.id, &*dropped.conversation, &*dropped.reason),
            (id, place, reason)
        );
        assert_eq!(dropped.group, place != "direct");
        assert!(!format!("{dropped:?}").contains("sentinel"));
    }
    let heard = take_with(
        DirectPolicy::Allowlist,
        false,
        Inbound::Message(said("1", "direct", "hello")),
    );
    assert!(heard.dropped.is_empty());
}
