//! Guessing in bulk, clocks that go back, the largest desk, and what holds for every sequence of steps.

use proptest::prelude::*;

use super::*;

/// Sends so many wrong invitations, a second apart, and says how many were compared.
fn guess(desk: &mut Desk, count: u64, by: impl Fn(u64) -> String) -> u64 {
    let compared = |nth: &u64| {
        let text = format!("/start {}", code(1_000 + nth));
        let answer = write(desk, *nth, &by(*nth), &text, after(*nth / 100));
        assert!(!matches!(answer, Answer::Redeemed(_)));
        !matches!(answer, Answer::Silent(Silence::Guesses))
    };
    (0..count).filter(compared).count() as u64
}

#[test]
fn a_hundred_thousand_guesses_of_one_are_cut_off() {
    let mut desk = Desk::default();
    invited(&mut desk, 1, T);
    // 1,000 seconds are within the hour.
    assert_eq!(
        guess(&mut desk, 100_000, |_| "7".into()),
        limits::INVITE_TRIES_OF_ONE as u64
    );
    // Now not even the right one is looked at, by him; by another it is.
    let right = format!("/start {}", code(1));
    check(&write(&mut desk, 1, "7", &right, after(1_000)), "invite-guesses");
    check(&write(&mut desk, 1, "8", &right, after(1_000)), "redeemed ann");
}

#[test]
fn a_hundred_thousand_guesses_of_many_are_cut_off() {
    let mut desk = Desk::default();
    invited(&mut desk, 1, T);
    assert_eq!(
        guess(&mut desk, 100_000, |nth| nth.to_string()),
        limits::INVITE_TRIES as u64
    );
    let right = format!("/start {}", code(1));
    check(&write(&mut desk, 1, "fresh", &right, after(1_000)), "invite-guesses");
    check(&write(&mut desk, 1, "fresh", &right, after(3_601)), "redeemed ann");
}

#[test]
fn guesses_in_one_channel_shut_no_other() {
    let (mut desk, loud) = (Desk::default(), channel("loud"));
    invited(&mut desk, 1, T);
    let mut compared = 0;
    for nth in 0..1_000 {
        let guess = says(&nth.to_string(), &format!("/start {}", code(1_000 + nth)));
        let answer = desk.approach(door(&loud, DirectPolicy::Allowlist), &guess, code(nth), T);
        compared += usize::from(matches!(answer, Answer::Silent(Silence::WrongInvite)));
    }
    assert_eq!(compared, limits::INVITE_TRIES_IN_ONE);
    let right = says("8", &format!("/start {}", code(1)));
    let there = desk.approach(door(&loud, DirectPolicy::Allowlist), &right, code(2), T);
    check(&there, "invite-guesses");
    check(&write(&mut desk, 1, "8", &right.text, T), "redeemed ann");
}

#[test]
fn a_clock_that_goes_back_makes_nothing_good_for_ever() {
    let mut desk = Desk::default();
    write(&mut desk, 1, "7", "hello", T);
    let before = |seconds: u64| UnixMillis(T.0 - seconds * 1_000);
    assert_eq!(desk.pending(before(3_599)).count(), 1);
    assert_eq!(desk.pending(before(3_600)).count(), 0);
    for _ in 0..limits::PAIRING_TRIES_A_MINUTE {
        assert_eq!(desk.pair(&code(5).to_string(), T), Err(NoCode::Nobody));
    }
    // A little back frees no try.
    assert_eq!(desk.pair(&code(1).to_string(), before(59)), Err(NoCode::Locked));
}

#[test]
fn at_its_fullest_it_is_a_document_of_the_journals() {
    let mut desk = Desk::default();
    let wide = |nth: u64| format!("{nth:\"<0$}", limits::ACCOUNT_ID_BYTES);
    for nth in 0..limits::INVITE_TRIES as u64 + 100 {
        let name = channel(&format!("{nth:x<32}").replace(|c: char| c.is_ascii_digit(), "y"));
        let mut approach = says(&wide(nth), &format!("/start {}", code(9_000 + nth)));
        approach.conversation.id = "\u{1}".repeat(limits::SHORT_TEXT_BYTES);
        approach.conversation.thread = Some("\u{1}".repeat(limits::SHORT_TEXT_BYTES));
        approach.sender.name = Some("\u{1}".repeat(limits::SHORT_TEXT_BYTES));
        desk.approach(door(&name, DirectPolicy::Pairing), &approach, code(nth), T);
        let again = says(&wide(nth), "hello");
        let other = channel(&format!("c{nth}"));
        let mut again = Approach { ..again };
        again.conversation.id = "\u{1}".repeat(limits::SHORT_TEXT_BYTES);
        again.conversation.thread = Some("\u{1}".repeat(limits::SHORT_TEXT_BYTES));
        desk.approach(door(&other, DirectPolicy::Pairing), &again, code(nth), T);
    }
    for nth in 0..limits::INVITES as u64 {
        invited(&mut desk, 500 + nth, T);
    }
    let text = serde_json::to_vec(&desk).unwrap();
    assert!(text.len() < limits::DOCUMENT_BYTES, "{}", text.len());
}

#[derive(Debug, Clone)]
enum Step {
    Write { id: u8, text: u8, nth: u64 },
    Pair(u64),
    Wait(i64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u8..6, 0u8..4, 0u64..40).prop_map(|(id, text, nth)| Step::Write { id, text, nth }),
        (0u64..40).prop_map(Step::Pair),
        (-4_000i64..8_000).prop_map(Step::Wait),
        Just(Step::Restart),
    ]
}

proptest! {
    /// Whatever strangers and clocks do: nobody comes in but with a code that he was sent or that is an invitation's, and
    /// with each of them once.
    #[test]
    fn nobody_comes_in_but_with_a_code_of_his_own(steps in proptest::collection::vec(step(), 1..80)) {
        let (mut desk, mut now) = (Desk::default(), T);
        invited(&mut desk, 5_000, now);
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        let mut fresh = 0;
        for step in steps {
            match step {
                Step::Write { id, text, nth } => {
                    let id = id.to_string();
                    let text = match text {
                        0 => "hello".to_owned(),
                        1 => format!("pair {}", code(nth)),
                        2 => format!("/start {}", code(10_000 + nth)),
                        _ => "/start".to_owned(),
                    };
                    fresh += 1;
                    match write(&mut desk, fresh % 40, &id, &text, now) {
                        Answer::Redeemed(_) => prop_assert!(false, "the invitation's code was sent by nobody"),
                        Answer::Code(code) => { given.insert(code.to_string(), id); }
                        Answer::StillPending(code) => prop_assert_eq!(given.get(&code.to_string()), Some(&id)),
                        Answer::Silent(_) => {}
                    }
                }
                Step::Pair(nth) => {
                    if let Ok(paired) = desk.pair(&code(nth).to_string(), now) {
                        prop_assert_eq!(given.remove(&code(nth).to_string()), Some(paired.account.id));
                    }
                }
                Step::Wait(seconds) => now = UnixMillis(now.0.saturating_add_signed(seconds * 1_000)),
                Step::Restart => {
                    let text = serde_json::to_string(&desk).unwrap();
                    desk = serde_json::from_str(&text).unwrap();
                    prop_assert_eq!(serde_json::to_string(&desk).unwrap(), text);
                }
            }
            prop_assert!(desk.pending.len() <= limits::PAIRING_PENDING && desk.sent.len() <= limits::INVITE_TRIES);
            let accounts: BTreeSet<_> = desk.pending.iter().map(|one| &one.stranger.account).collect();
            prop_assert_eq!(accounts.len(), desk.pending.len());
        }
    }
}
