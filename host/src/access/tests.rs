//! The gate as tables: whoever is not exactly on the list is not heard.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::model::{Quote, sample};

mod groups;

fn account(network: &str, id: &str) -> Account {
    Account {
        network: network.into(),
        id: id.into(),
    }
}

fn entry(name: &str, roles: &[Role], accounts: &[(&str, &str)]) -> Person {
    Person {
        name: name.parse().unwrap(),
        roles: roles.iter().copied().collect(),
        accounts: accounts.iter().map(|(network, id)| account(network, id)).collect(),
    }
}

/// Jo may speak, Ann may only approve, and of Bo's two accounts one is denied.
fn book() -> AccessBook {
    let mut book = AccessBook::default();
    book.add(entry(
        "jo",
        &[Role::Chat, Role::Approve],
        &[("forge", "Émile7"), ("chat", "41")],
    ))
    .unwrap();
    book.add(entry("ann", &[Role::Approve], &[("forge", "8")])).unwrap();
    book.add(entry("bo", &[Role::Chat], &[("forge", "9"), ("forge", "10")]))
        .unwrap();
    book.deny(account("forge", "9"));
    book.deny(account("forge", "stranger"));
    book
}

fn policy(events: EventsPolicy) -> Policy {
    Policy {
        network: Some("forge".into()),
        events,
        direct: DirectPolicy::Allowlist,
        bots: Bots::Refused,
        patterns: Vec::new(),
        // Where messages of `sample` stand: the whole list is heard in it.
        groups: BTreeMap::from([("room".to_owned(), everything())]),
    }
}

/// A group in which the whole list is heard, whatever it says.
fn everything() -> Group {
    Group {
        hears: Hears::Everything,
        ..Group::default()
    }
}

/// As a channel tells of one that addresses it.
fn message(author: Author) -> Message {
    Message {
        mentions_me: true,
        ..sample::message(author)
    }
}

fn person(id: &str) -> Author {
    Author::Person(Sender {
        id: id.into(),
        name: Some("jo".into()),
        bot: false,
    })
}

fn jo() -> Verdict {
    Verdict::Admit(Standing::Person {
        name: "jo".into(),
        roles: vec!["chat".into(), "approve".into()],
    })
}

const UNKNOWN: Verdict = Verdict::Drop(DropReason::UnknownPerson);

#[track_caller]
fn check_id(id: &str, expected: Verdict) {
    // What things may say, and what was signed, says nothing of people.
    for events in [EventsPolicy::Off, EventsPolicy::Verified, EventsPolicy::All] {
        for provenance in [Provenance::Verified, Provenance::Reported] {
            let judged = judge(&policy(events), &book(), provenance, &message(person(id)));
            assert_eq!(judged, expected, "{id:?}");
        }
    }
}

#[test]
fn people_are_heard_by_their_exact_id() {
    check_id("Émile7", jo());
    let bo = Standing::Person {
        name: "bo".into(),
        roles: vec!["chat".into()],
    };
    check_id("10", Verdict::Admit(bo));
    check_id("8", UNKNOWN);
    check_id("9", Verdict::Drop(DropReason::DeniedPerson));
    check_id("stranger", Verdict::Drop(DropReason::DeniedPerson));
}

#[test]
fn what_only_looks_like_an_id_is_nobodys() {
    let looks = [
        "",
        " ",
        "émile7",
        "ÉMILE7",
        "E\u{301}mile7",
        "Emile7",
        "Éмile7",
        "Émile７",
        " Émile7",
        "Émile7 ",
        "Émile7\n",
        "Émile7\0",
        "\u{feff}Émile7",
        "Ém\u{200b}ile7",
        "\u{202e}7elimÉ",
        "forge:Émile7",
        "Émile7,10",
        "Émile",
        "Émile77",
        "jo",
        "10.0",
        "010",
        "１０",
        "+10",
        "0x0a",
        "*",
    ];
    for id in looks {
        check_id(id, UNKNOWN);
    }
    // An account of another network, under the same id.
    check_id("41", UNKNOWN);
}

#[test]
fn neither_the_room_nor_any_text_admits() {
    let id = "Émile7";
    let check = |change: &dyn Fn(&mut Message)| {
        let mut message = message(person("mallory"));
        change(&mut message);
        let judged = judge(&policy(EventsPolicy::All), &book(), Provenance::Verified, &message);
        assert_eq!(judged, UNKNOWN, "{message:?}");
    };
    check(&|message| message.conversation.title = Some(id.into()));
    check(&|message| message.conversation.thread = Some(id.into()));
    check(&|message| {
        message.conversation.scope = Scope::Direct;
        message.conversation.id = id.into();
    });
    check(&|message| message.id = id.into());
    check(&|message| message.in_reply_to = Some(id.into()));
    check(&|message| message.text = id.into());
    check(&|message| message.meta = vec![("user_id".into(), id.into())]);
    check(&|message| {
        message.author = Author::Person(Sender {
            id: "mallory".into(),
            name: Some(id.into()),
            bot: false,
        });
    });
    check(&|message| {
        message.quote = Some(Quote {
            author: Some(person(id)),
            text: "hello".into(),
        });
    });
}

#[test]
fn a_program_is_not_heard_whoever_owns_it() {
    let check = |id: &str, expected: DropReason| {
        let bot = Author::Person(Sender {
            id: id.into(),
            name: None,
            bot: true,
        });
        for network in [Some("forge".to_owned()), None] {
            let policy = Policy {
                network: network.clone(),
                ..policy(EventsPolicy::All)
            };
            let reason = if network.is_some() { expected } else { DropReason::Bot };
            let judged = judge(&policy, &book(), Provenance::Verified, &message(bot.clone()));
            assert_eq!(judged, Verdict::Drop(reason), "{id}");
        }
    };
    check("Émile7", DropReason::Bot);
    check("mallory", DropReason::Bot);
    check("9", DropReason::DeniedPerson);
}

#[test]
fn direct_conversations_are_as_the_operator_says() {
    let check = |direct: DirectPolicy, scope: Scope, id: &str, expected: Verdict| {
        let policy = Policy {
            direct,
            ..policy(EventsPolicy::Off)
        };
        let mut message = message(person(id));
        message.conversation.scope = scope;
        assert_eq!(judge(&policy, &book(), Provenance::Reported, &message), expected);
    };
    use DirectPolicy::{Allowlist, Disabled};
    let disabled = || Verdict::Drop(DropReason::DirectDisabled);
    check(Allowlist, Scope::Direct, "Émile7", jo());
    check(Allowlist, Scope::Direct, "mallory", UNKNOWN);
    check(Allowlist, Scope::Group, "Émile7", jo());
    check(Disabled, Scope::Direct, "Émile7", disabled());
    check(Disabled, Scope::Direct, "mallory", disabled());
    check(Disabled, Scope::Direct, "9", Verdict::Drop(DropReason::DeniedPerson));
    check(Disabled, Scope::Group, "Émile7", jo());
    check(Disabled, Scope::Group, "mallory", UNKNOWN);
}

#[test]
fn things_are_heard_as_the_policy_says() {
    use EventsPolicy::{All, Off, Verified};
    let check = |events: EventsPolicy, provenance: Provenance, expected: Verdict| {
        // A thing whose name is an id of the list, or a denied one, is a thing all the same.
        for name in ["build", "Émile7", "9"] {
            let thing = message(Author::Service(name.into()));
            assert_eq!(judge(&policy(events), &book(), provenance, &thing), expected);
        }
    };
    let admitted = || Verdict::Admit(Standing::Service);
    check(Off, Provenance::Verified, Verdict::Drop(DropReason::EventsOff));
    check(Off, Provenance::Reported, Verdict::Drop(DropReason::EventsOff));
    check(Verified, Provenance::Verified, admitted());
    check(Verified, Provenance::Reported, Verdict::Drop(DropReason::Unverified));
    check(All, Provenance::Verified, admitted());
    check(All, Provenance::Reported, admitted());
}

#[test]
fn without_a_network_or_a_list_nobody_is_known() {
    let check = |network: Option<&str>, book: &AccessBook| {
        let policy = Policy {
            network: network.map(str::to_owned),
            ..policy(EventsPolicy::All)
        };
        for id in ["", "Émile7", "41"] {
            let judged = judge(&policy, book, Provenance::Verified, &message(person(id)));
            assert_eq!(judged, UNKNOWN, "{network:?} {id:?}");
        }
    };
    check(None, &book());
    check(Some("other"), &book());
    check(Some(""), &book());
    check(Some("forge"), &AccessBook::default());
}

#[test]
fn names_stand_for_one_person_and_nothing_else() {
    let form = |text: &str| matches!(text.parse::<PersonName>(), Err(PersonNameError::Form(_)));
    let bad = [
        "", "Jo", "1jo", "-jo", "jo.", "j o", "jo/x", "~jo", "jo#1", "jó", "jо", "jo_x", "jo\n",
    ];
    assert!(bad.into_iter().all(form));
    assert!(form(&"a".repeat(33)) && !form(&"a".repeat(32)));
    for reserved in ["service", "guest", "lockgate", "host", "all"] {
        let refused: Result<PersonName, _> = reserved.parse();
        assert_eq!(refused, Err(PersonNameError::Reserved(reserved.into())));
    }
    let mut book = book();
    let before = book.clone();
    assert!(matches!(book.add(entry("jo", &[], &[])), Err(Clash::Name(_))));
    let taken = book.add(entry("eve", &[Role::Chat], &[("chat", "42"), ("chat", "41")]));
    assert!(matches!(taken, Err(Clash::Account { owner, .. }) if owner.as_str() == "jo"));
    assert_eq!(book, before);
}

#[test]
fn counters_have_names_of_their_own() {
    let names: std::collections::BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(names.len(), DropReason::ALL.len());
}

proptest! {
    /// However it is made from an admitted id, another text is another account.
    #[test]
    fn only_equal_bytes_are_equal(prefix in "\\PC{0,2}", middle in "(Émile7|ÉMILE7|10|1０)", suffix in "\\PC{0,2}") {
        let id = format!("{prefix}{middle}{suffix}");
        let admitted = matches!(
            judge(&policy(EventsPolicy::All), &book(), Provenance::Verified, &message(person(&id))),
            Verdict::Admit(_)
        );
        prop_assert_eq!(admitted, id == "Émile7" || id == "10");
    }
}

#[test]
fn only_who_may_speak_himself_is_quoted_as_known() {
    let check = |author: Option<Author>, expected: Option<&str>| {
        let mut quoting = message(Author::Service("build".into()));
        quoting.quote = Some(Quote {
            author,
            text: "said".into(),
        });
        let standing = quoted(&policy(EventsPolicy::All), &book(), &quoting);
        let name = standing.map(|standing| match standing {
            Standing::Person { name, .. } => name,
            other => panic!("{other:?}"),
        });
        assert_eq!(name.as_deref(), expected);
    };
    let person = |id: &str, bot| {
        Some(Author::Person(Sender {
            id: id.into(),
            name: Some("jo".into()),
            bot,
        }))
    };
    check(person("Émile7", false), Some("jo"));
    for id in ["8", "9", "41", "stranger", "jo", ""] {
        check(person(id, false), None);
    }
    check(person("Émile7", true), None);
    check(Some(Author::Service("Émile7".into())), None);
    check(None, None);
}
