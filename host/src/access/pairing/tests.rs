//! Codes and invitations as tables: who gets one, how often, for how long; and that guessing brings nothing.
#![allow(clippy::unwrap_used)]

mod guesses;
mod operator;

use super::*;
use crate::model::{Conversation, Scope, Sender};

const T: UnixMillis = UnixMillis(1_700_000_000_000);

fn after(seconds: u64) -> UnixMillis {
    T.after(Duration::from_secs(seconds))
}

/// The `nth` code; two numbers give two codes.
fn code(nth: u64) -> Code {
    let bytes = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    Code::of(bytes[1..].try_into().unwrap())
}

fn channel(name: &str) -> ChannelName {
    name.parse().unwrap()
}

fn says(id: &str, text: &str) -> Approach {
    Approach {
        message: "m".into(),
        sender: Sender {
            id: id.into(),
            name: Some("Ann".into()),
            bot: false,
        },
        conversation: Conversation {
            id: format!("d-{id}"),
            thread: None,
            scope: Scope::Direct,
            title: None,
        },
        text: text.into(),
    }
}

fn door(channel: &ChannelName, direct: DirectPolicy) -> Door<'_> {
    Door {
        channel,
        network: "chat",
        direct,
    }
}

/// Each message by a channel of its own, so that only what is tested is bounded.
fn write(desk: &mut Desk, nth: u64, id: &str, text: &str, now: UnixMillis) -> Answer {
    let name = channel(&format!("c{nth}"));
    desk.approach(door(&name, DirectPolicy::Pairing), &says(id, text), code(nth), now)
}

#[track_caller]
fn check(answer: &Answer, expected: &str) {
    let found = match answer {
        Answer::Code(code) => format!("code {code}"),
        Answer::StillPending(code) => format!("still {code}"),
        Answer::Redeemed(invite) => format!("redeemed {}", invite.person),
        Answer::Silent(silence) => silence.as_str().to_owned(),
    };
    assert_eq!(found, expected);
}

#[test]
fn a_stranger_gets_a_code_is_told_it_once_more_and_then_nothing() {
    let mut desk = Desk::default();
    check(&write(&mut desk, 1, "7", "hello", T), &format!("code {}", code(1)));
    check(
        &write(&mut desk, 2, "7", "/start", after(1)),
        &format!("still {}", code(1)),
    );
    check(&write(&mut desk, 3, "7", "please", after(2)), "pairing-told");
    // Another one is another one.
    check(
        &write(&mut desk, 4, "8", "hello", after(3)),
        &format!("code {}", code(4)),
    );
    let pending: Vec<_> = desk.pending(after(4)).map(|one| one.account.to_string()).collect();
    assert_eq!(pending, ["chat:7", "chat:8"]);
    // After an hour the code is over, and he may ask again.
    assert_eq!(desk.pending(after(3_600)).count(), 1);
    assert_eq!(desk.pair(&code(1).to_string(), after(3_600)), Err(NoCode::Nobody));
    check(
        &write(&mut desk, 5, "7", "hello", after(3_601)),
        &format!("code {}", code(5)),
    );
}

#[test]
fn a_code_is_good_once_and_names_who_was_sent_it() {
    let mut desk = Desk::default();
    write(&mut desk, 1, "7", "hello", T);
    write(&mut desk, 2, "8", "hello", T);
    let paired = desk
        .pair(&format!(" {} ", code(2).to_string().to_lowercase()), after(60))
        .unwrap();
    let expected = ("chat:8".to_owned(), Some("Ann"), "c2", "d-8");
    let found = (
        paired.account.to_string(),
        paired.name.as_deref(),
        paired.channel.as_str(),
        &*paired.conversation,
    );
    assert_eq!(found, expected);
    assert_eq!(desk.pair(&code(2).to_string(), after(61)), Err(NoCode::Nobody));
    assert_eq!(desk.pending(after(62)).count(), 1);
}

#[test]
fn the_oldest_of_many_strangers_gives_way() {
    let mut desk = Desk::default();
    for nth in 0..=limits::PAIRING_PENDING as u64 {
        write(&mut desk, nth, &nth.to_string(), "hello", after(nth));
    }
    assert_eq!(desk.pending(after(20)).count(), limits::PAIRING_PENDING);
    assert_eq!(desk.pair(&code(0).to_string(), after(20)), Err(NoCode::Nobody));
    assert!(desk.pair(&code(1).to_string(), after(20)).is_ok());
}

#[test]
fn a_flood_in_one_channel_takes_no_code_in_another() {
    let (mut desk, quiet, loud) = (Desk::default(), channel("quiet"), channel("loud"));
    let mut ask = |name: &ChannelName, nth: u64| {
        let approach = says(&nth.to_string(), "hello");
        // Twenty seconds between two: nobody is told to wait.
        desk.approach(door(name, DirectPolicy::Pairing), &approach, code(nth), after(nth * 20))
    };
    ask(&quiet, 1);
    ask(&quiet, 2);
    for nth in 3..60 {
        check(&ask(&loud, nth), &format!("code {}", code(nth)));
    }
    for nth in [1, 2] {
        assert!(desk.pair(&code(nth).to_string(), after(1_200)).is_ok(), "{nth}");
    }
}

#[test]
fn strangers_of_one_channel_get_few_answers_a_minute() {
    let (mut desk, name, other) = (Desk::default(), channel("a"), channel("b"));
    let ask = |desk: &mut Desk, name: &ChannelName, nth: u64, now| {
        let approach = says(&nth.to_string(), "hello");
        desk.approach(door(name, DirectPolicy::Pairing), &approach, code(nth), now)
    };
    for nth in 0..limits::PAIRING_REPLIES_A_MINUTE as u64 {
        check(&ask(&mut desk, &name, nth, T), &format!("code {}", code(nth)));
    }
    check(&ask(&mut desk, &name, 9, after(59)), "pairing-flood");
    check(&ask(&mut desk, &other, 10, after(59)), &format!("code {}", code(10)));
    check(&ask(&mut desk, &name, 9, after(60)), &format!("code {}", code(9)));
}

#[test]
fn the_operators_wrong_codes_are_counted_and_then_none_is_looked_at() {
    let mut desk = Desk::default();
    write(&mut desk, 1, "7", "hello", T);
    for _ in 0..100 {
        assert!(matches!(desk.pair("no code", T), Err(NoCode::Form(_))));
    }
    for nth in 0..limits::PAIRING_TRIES_A_MINUTE as u64 {
        assert_eq!(desk.pair(&code(100 + nth).to_string(), T), Err(NoCode::Nobody));
    }
    assert_eq!(desk.pair(&code(1).to_string(), after(59)), Err(NoCode::Locked));
    assert!(desk.pair(&code(1).to_string(), after(60)).is_ok());
}

fn invitation(name: &str, roles: BTreeSet<Role>, now: UnixMillis) -> Invite {
    Invite {
        person: name.parse().unwrap(),
        roles,
        found: None,
        since: now,
        good: limits::INVITE_TTL,
    }
}

fn invited(desk: &mut Desk, nth: u64, now: UnixMillis) {
    let roles = BTreeSet::from([Role::Chat]);
    desk.invite(invitation("ann", roles, now), code(nth), now).unwrap();
}

#[test]
fn an_invitation_is_the_whole_message_and_good_once_for_a_day() {
    let mut desk = Desk::default();
    invited(&mut desk, 1, T);
    for (nth, near) in [
        format!("{}", code(1)),
        format!("/start {} please", code(1)),
        format!("pair\u{200b} {}", code(1)),
        format!("pair: {}", code(1)),
        format!("> pair {}", code(1)),
        "/start".to_owned(),
        "/start hello".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        assert!(redemption(near).is_none(), "{near:?}");
        check(
            &write(&mut desk, 10 + nth as u64, &format!("x{nth}"), near, T),
            &format!("code {}", code(10 + nth as u64)),
        );
    }
    check(
        &write(
            &mut desk,
            20,
            "7",
            &format!("Pair {}", code(1).to_string().to_lowercase()),
            after(86_399),
        ),
        "redeemed ann",
    );
    assert_eq!(desk.pending(T).filter(|one| one.account.id == "7").count(), 0);
    check(
        &write(&mut desk, 21, "8", &format!("/start {}", code(1)), after(86_399)),
        &format!("code {}", code(21)),
    );
    invited(&mut desk, 2, T);
    check(
        &write(&mut desk, 22, "9", &format!("/start {}", code(2)), after(86_400)),
        &format!("code {}", code(22)),
    );
}

#[test]
fn where_nobody_gets_a_code_an_invitation_is_taken_and_all_else_is_silence() {
    let (mut desk, name) = (Desk::default(), channel("a"));
    invited(&mut desk, 1, T);
    let mut ask = |text: &str| desk.approach(door(&name, DirectPolicy::Allowlist), &says("7", text), code(9), T);
    check(&ask("hello"), "invite-wrong");
    check(&ask(&format!("/start {}", code(2))), "invite-wrong");
    check(&ask(&format!("/start {}", code(1))), "redeemed ann");
    assert_eq!(desk.pending(T).count(), 0);
}

#[test]
fn invitations_are_few_and_can_be_taken_back() {
    let mut desk = Desk::default();
    for nth in 0..limits::INVITES as u64 {
        invited(&mut desk, nth, T);
    }
    let roles = BTreeSet::new();
    assert_eq!(desk.invite(invitation("ben", roles, T), code(99), T), Err(ManyInvites));
    assert_eq!(desk.invites(T).count(), limits::INVITES);
    assert_eq!(desk.cancel(&"ben".parse().unwrap()), 0);
    assert_eq!(desk.cancel(&"ann".parse().unwrap()), limits::INVITES);
    check(
        &write(&mut desk, 50, "7", &format!("/start {}", code(1)), T),
        &format!("code {}", code(50)),
    );
}

#[test]
fn an_account_that_no_list_can_hold_gets_nothing() {
    let mut desk = Desk::default();
    let long = "x".repeat(limits::ACCOUNT_ID_BYTES + 1);
    for id in ["", " 7", "unknown", "7\u{200b}", "\u{202e}7", long.as_str()] {
        check(&write(&mut desk, 1, id, "hello", T), "pairing-odd-id");
    }
    check(
        &write(&mut desk, 1, &long[1..], "hello", T),
        &format!("code {}", code(1)),
    );
}
