//! Groups, programs, strangers and approvers as tables: nobody is heard where the operator has not said so.

use super::*;
use crate::limits;
use crate::model::Conversation;

/// Jo of the list by his account, Bo by his good one, somebody without the role `chat`, one denied, and a stranger.
const JO: &str = "Émile7";
const BO: &str = "10";
const ONLY_APPROVES: &str = "8";
const DENIED: &str = "9";
const STRANGER: &str = "mallory";

fn sender(id: &str, bot: bool) -> Sender {
    Sender {
        id: id.into(),
        name: Some("jo".into()),
        bot,
    }
}

fn said(id: &str, scope: Scope, text: &str) -> Message {
    let mut message = sample::message(Author::Person(sender(id, false)));
    message.conversation.scope = scope;
    message.text = text.into();
    message
}

fn with(group: Group) -> Policy {
    Policy {
        groups: BTreeMap::from([("room".to_owned(), group)]),
        ..policy(EventsPolicy::Off)
    }
}

/// What becomes of it, in one word.
fn word(policy: &Policy, message: &Message) -> String {
    match judge(policy, &book(), Provenance::Reported, message) {
        Verdict::Admit(Standing::Person { name, .. }) => name,
        Verdict::Admit(standing) => format!("{standing:?}"),
        Verdict::Quiet(Standing::Person { name, .. }) => format!("quiet {name}"),
        Verdict::Quiet(standing) => format!("quiet {standing:?}"),
        Verdict::Challenge => "challenge".into(),
        Verdict::Drop(reason) => reason.as_str().into(),
    }
}

#[track_caller]
fn check(policy: &Policy, message: &Message, expected: &str) {
    assert_eq!(word(policy, message), expected, "{message:?}");
}

#[test]
fn a_group_without_an_entry_is_heard_by_nobody() {
    let mut policy = policy(EventsPolicy::All);
    policy.groups.clear();
    for id in [JO, BO, STRANGER, ONLY_APPROVES] {
        let mut message = said(id, Scope::Group, "hello");
        message.mentions_me = true;
        check(&policy, &message, "group-not-granted");
    }
    check(&policy, &said(DENIED, Scope::Group, "hello"), "denied-person");
    // Neither a like id nor the id of something else grants it.
    for near in ["Room", "room ", "roo", "ro", "", "*", "ci:room"] {
        policy.groups = BTreeMap::from([(near.to_owned(), everything())]);
        check(&policy, &said(JO, Scope::Group, "hello"), "group-not-granted");
    }
    policy.groups = BTreeMap::from([("room".to_owned(), everything())]);
    let mut elsewhere = said(JO, Scope::Group, "hello");
    elsewhere.conversation.id = "other".into();
    elsewhere.conversation.thread = Some("room".into());
    elsewhere.conversation.title = Some("room".into());
    check(&policy, &elsewhere, "group-not-granted");
}

#[test]
fn a_topic_is_as_its_group() {
    let mut message = said(JO, Scope::Group, "hello");
    message.conversation.thread = Some("topic".into());
    check(&with(everything()), &message, "jo");
}

#[test]
fn who_is_heard_in_a_group() {
    let of = |audience: Audience| {
        with(Group {
            audience,
            ..everything()
        })
    };
    let named = |names: &[&str]| Audience::Named(names.iter().map(|name| name.parse().unwrap()).collect());
    let rows: [(Audience, [&str; 5]); 5] = [
        (
            Audience::Listed,
            ["jo", "bo", "unknown-person", "denied-person", "unknown-person"],
        ),
        (
            named(&["jo"]),
            [
                "jo",
                "not-in-group",
                "unknown-person",
                "denied-person",
                "unknown-person",
            ],
        ),
        // Somebody whom the list does not have, and somebody who may not speak.
        (
            named(&["eve", "ann"]),
            [
                "not-in-group",
                "not-in-group",
                "unknown-person",
                "denied-person",
                "unknown-person",
            ],
        ),
        (
            named(&[]),
            [
                "not-in-group",
                "not-in-group",
                "unknown-person",
                "denied-person",
                "unknown-person",
            ],
        ),
        (Audience::Everyone, ["jo", "bo", "Guest", "denied-person", "Guest"]),
    ];
    for (audience, expected) in rows {
        for (id, expected) in [JO, BO, ONLY_APPROVES, DENIED, STRANGER].into_iter().zip(expected) {
            check(&of(audience.clone()), &said(id, Scope::Group, "hello"), expected);
        }
    }
}

#[test]
fn names_that_the_list_does_not_have_are_known() {
    let names = ["jo", "eve", "ann"].map(|name| name.parse().unwrap());
    let policy = with(Group {
        audience: Audience::Named(names.into()),
        ..everything()
    });
    let unlisted: Vec<_> = unlisted(&policy, &book()).into_iter().map(PersonName::as_str).collect();
    assert_eq!(unlisted, ["eve"]);
}

#[test]
fn a_group_hears_what_is_said_to_us() {
    let group = Group {
        patterns: vec![Pattern::read(r"(?i)\bbot\b").unwrap()],
        ..Group::default()
    };
    let mut policy = with(group);
    policy.patterns = vec![Pattern::read("^hey").unwrap()];
    let rows = [
        ("hello", false, "not-addressed"),
        ("hello", true, "jo"),
        ("dear BOT, hello", false, "jo"),
        ("robots", false, "not-addressed"),
        ("hey you", false, "jo"),
        ("oh hey", false, "not-addressed"),
        ("", false, "not-addressed"),
    ];
    for (text, mentions, expected) in rows {
        let mut message = said(JO, Scope::Group, text);
        message.mentions_me = mentions;
        check(&policy, &message, expected);
        // It does not make a stranger known, and in a direct conversation it counts for nothing.
        let mut strange = said(STRANGER, Scope::Group, text);
        strange.mentions_me = mentions;
        check(&policy, &strange, "unknown-person");
        check(&policy, &said(JO, Scope::Direct, text), "jo");
    }
    // Words that others wrote do not address us.
    let mut quoting = said(JO, Scope::Group, "look");
    quoting.quote = Some(Quote {
        author: Some(person(BO)),
        text: "bot".into(),
    });
    check(&policy, &quoting, "not-addressed");
}

#[test]
fn with_a_digest_the_rest_is_kept_quietly() {
    let mut policy = with(Group {
        unaddressed: Unaddressed::Kept,
        ..Group::default()
    });
    let mut message = said(JO, Scope::Group, "hello");
    check(&policy, &message, "quiet jo");
    check(&policy, &said(STRANGER, Scope::Group, "hello"), "unknown-person");
    message.mentions_me = true;
    check(&policy, &message, "jo");
    policy.groups.get_mut("room").unwrap().audience = Audience::Everyone;
    check(&policy, &said(STRANGER, Scope::Group, "hello"), "quiet Guest");
}

#[test]
fn programs_are_heard_where_the_operator_says_so_and_only_by_the_list() {
    let of = |channel: Bots, group: Option<Bots>, audience: Audience| {
        let group = Group {
            bots: group,
            audience,
            ..everything()
        };
        Policy {
            bots: channel,
            direct: DirectPolicy::Pairing,
            ..with(group)
        }
    };
    use Bots::{Listed, Refused};
    // The channel's word, the group's, and who is heard: of Jo's program in the group, directly, and a strange one's.
    let rows = [
        (Refused, None, ["bot", "bot", "bot"]),
        (Refused, Some(Listed), ["jo", "bot", "unknown-person"]),
        (Listed, None, ["jo", "jo", "unknown-person"]),
        (Listed, Some(Refused), ["bot", "jo", "bot"]),
    ];
    for (channel, group, expected) in rows {
        for audience in [Audience::Listed, Audience::Everyone] {
            let policy = of(channel, group, audience);
            let found = [(JO, Scope::Group), (JO, Scope::Direct), (STRANGER, Scope::Group)].map(|(id, scope)| {
                let mut message = said(id, scope, "hello");
                message.author = Author::Person(sender(id, true));
                word(&policy, &message)
            });
            assert_eq!(found, expected, "{channel:?} {group:?}");
        }
    }
    // It never asks to be let in, and never shows as one who approves.
    let policy = of(Listed, None, Audience::Listed);
    let mut message = said(STRANGER, Scope::Direct, "hello");
    message.author = Author::Person(sender(STRANGER, true));
    check(&policy, &message, "unknown-person");
    let here = &message.conversation;
    let standing = stands(&policy, &book(), &sender(JO, true), here).unwrap();
    assert!(matches!(standing, Standing::Person { roles, .. } if roles == ["chat"]));
}

#[test]
fn a_stranger_may_ask_where_the_operator_lets_him() {
    use DirectPolicy::{Allowlist, Disabled, Pairing};
    let invitation = "/start 00000-00000";
    let rows = [
        (Pairing, STRANGER, Scope::Direct, "hello", "challenge"),
        (Pairing, STRANGER, Scope::Direct, "/start", "challenge"),
        (Pairing, STRANGER, Scope::Group, "hello", "unknown-person"),
        (Pairing, STRANGER, Scope::Group, invitation, "unknown-person"),
        (Pairing, JO, Scope::Direct, "hello", "jo"),
        (Pairing, JO, Scope::Direct, invitation, "jo"),
        (Pairing, DENIED, Scope::Direct, "hello", "denied-person"),
        // Who is on the list has no need to ask; what he lacks the operator gives.
        (Pairing, ONLY_APPROVES, Scope::Direct, "hello", "unknown-person"),
        (Allowlist, STRANGER, Scope::Direct, "hello", "unknown-person"),
        (Allowlist, STRANGER, Scope::Direct, invitation, "challenge"),
        (
            Allowlist,
            STRANGER,
            Scope::Direct,
            "/start 00000-00000 x",
            "unknown-person",
        ),
        (Allowlist, STRANGER, Scope::Group, invitation, "unknown-person"),
        (Disabled, STRANGER, Scope::Direct, invitation, "direct-disabled"),
    ];
    for (direct, id, scope, text, expected) in rows {
        let mut policy = with(everything());
        policy.direct = direct;
        check(&policy, &said(id, scope, text), expected);
        policy.network = None;
        assert_ne!(word(&policy, &said(id, scope, text)), "challenge");
    }
}

#[test]
fn a_list_that_can_not_be_read_admits_nobody_anywhere() {
    let mut policy = with(Group {
        audience: Audience::Everyone,
        ..everything()
    });
    policy.direct = DirectPolicy::Pairing;
    policy.bots = Bots::Listed;
    for id in [JO, BO, DENIED, STRANGER] {
        for (scope, text) in [(Scope::Group, "hello"), (Scope::Direct, "/start 00000-00000")] {
            let message = said(id, scope, text);
            let judged = judge(&policy, &AccessBook::closed(), Provenance::Verified, &message);
            assert_eq!(judged, UNKNOWN, "{id} {scope:?}");
        }
        assert!(approver(&policy, &AccessBook::closed(), &sender(id, false)).is_none());
    }
    // An empty one denies nobody.
    let judged = judge(
        &policy,
        &AccessBook::default(),
        Provenance::Reported,
        &said(JO, Scope::Group, "hello"),
    );
    assert_eq!(judged, Verdict::Admit(Standing::Guest));
}

#[test]
fn who_may_answer_for_permission() {
    let who = |network: Option<&str>, id: &str, bot: bool| {
        let policy = Policy {
            network: network.map(str::to_owned),
            ..policy(EventsPolicy::Off)
        };
        approver(&policy, &book(), &sender(id, bot)).map(|person| person.name.to_string())
    };
    assert_eq!(who(Some("forge"), JO, false).as_deref(), Some("jo"));
    assert_eq!(who(Some("forge"), ONLY_APPROVES, false).as_deref(), Some("ann"));
    for (network, id, bot) in [
        (Some("forge"), BO, false),
        (Some("forge"), DENIED, false),
        (Some("forge"), STRANGER, false),
        (Some("forge"), JO, true),
        (Some("chat"), JO, false),
        (None, JO, false),
    ] {
        assert_eq!(who(network, id, bot), None, "{network:?} {id} {bot}");
    }
    let mut denied = book();
    denied.deny(account("forge", JO));
    assert!(approver(&policy(EventsPolicy::Off), &denied, &sender(JO, false)).is_none());
}

#[test]
fn whoever_is_quoted_stands_as_he_would_if_he_spoke() {
    let standing = |group: Group, author: Author| {
        let mut quoting = said(JO, Scope::Group, "look");
        quoting.quote = Some(Quote {
            author: Some(author),
            text: "said".into(),
        });
        quoted(&with(group), &book(), &quoting).map(|standing| match standing {
            Standing::Person { name, .. } => name,
            other => format!("{other:?}"),
        })
    };
    let everyone = || Group {
        audience: Audience::Everyone,
        ..everything()
    };
    assert_eq!(standing(everything(), person(BO)).as_deref(), Some("bo"));
    assert_eq!(standing(everything(), person(STRANGER)), None);
    assert_eq!(standing(everyone(), person(STRANGER)).as_deref(), Some("Guest"));
    assert_eq!(standing(everyone(), person(DENIED)), None);
    assert_eq!(standing(everyone(), Author::Person(sender(BO, true))), None);
    let listed = Group {
        bots: Some(Bots::Listed),
        ..everything()
    };
    assert_eq!(
        standing(listed, Author::Person(sender(BO, true))).as_deref(),
        Some("bo")
    );
}

#[test]
fn a_pattern_is_looked_for_in_the_beginning_of_a_text() {
    let policy = with(Group {
        patterns: vec![Pattern::read("bot").unwrap()],
        ..Group::default()
    });
    let after = |bytes: usize| said(JO, Scope::Group, &format!("{}bot", "é".repeat(bytes / 2)));
    check(&policy, &after(limits::MENTION_BYTES - 4), "jo");
    check(&policy, &after(limits::MENTION_BYTES), "not-addressed");
}

proptest! {
    /// Without an entry of its own no group is heard, whoever speaks, whatever he says and however he is addressed.
    #[test]
    fn no_word_opens_a_group(id in "(Émile7|10|8|9|mallory|\\PC{0,4})", text in "\\PC{0,40}", bot: bool, mentions: bool, room in "\\PC{0,6}") {
        let mut policy = with(Group { audience: Audience::Everyone, ..everything() });
        policy.bots = Bots::Listed;
        policy.direct = DirectPolicy::Pairing;
        let mut message = said(&id, Scope::Group, &text);
        message.author = Author::Person(sender(&id, bot));
        message.mentions_me = mentions;
        message.conversation = Conversation { id: format!("room{room}x"), ..message.conversation };
        let judged = judge(&policy, &book(), Provenance::Verified, &message);
        prop_assert!(matches!(judged, Verdict::Drop(_)));
    }
}
