//! Tables of the ledger: each answer in each place, and what it is worth.
#![allow(clippy::unwrap_used)]

use super::*;

pub const T: UnixMillis = UnixMillis(1_000_000_000_000);
pub const TTL: Duration = Duration::from_secs(3_600);

pub fn request(id: &str) -> PermissionRequest {
    PermissionRequest {
        id: id.into(),
        tool: "Bash".into(),
        description: "Run".into(),
        preview: "{ }".into(),
    }
}

pub fn account(id: &str) -> Account {
    Account {
        network: "net".into(),
        id: id.into(),
    }
}

pub fn reader(channel: &str, id: &str) -> Reader {
    Reader {
        channel: channel.parse().unwrap(),
        account: account(id),
        place: Place {
            conversation: format!("d-{id}"),
            thread: None,
        },
    }
}

fn random(seed: u8) -> [[u8; limits::PROMPT_TOKEN_BYTES]; 2] {
    [
        [seed; limits::PROMPT_TOKEN_BYTES],
        [seed + 1; limits::PROMPT_TOKEN_BYTES],
    ]
}

fn verdict(behavior: Behavior, id: &str) -> TypedVerdict {
    TypedVerdict {
        request: id.into(),
        behavior,
    }
}

/// Somebody at a place; `name` if he may approve.
struct Who {
    reader: Reader,
    scope: Scope,
    name: Option<PersonName>,
}

impl Who {
    fn new(channel: &str, id: &str, name: Option<&str>) -> Self {
        Self {
            reader: reader(channel, id),
            scope: Scope::Direct,
            name: name.map(|name| name.parse().unwrap()),
        }
    }

    fn by(&self) -> Answerer<'_> {
        Answerer {
            channel: &self.reader.channel,
            account: &self.reader.account,
            conversation: &self.reader.place.conversation,
            scope: self.scope,
            approver: self.name.as_ref(),
        }
    }
}

fn ann() -> Who {
    Who::new("chat", "ann", Some("ann"))
}

/// A question that is shown to ann.
fn shown(id: &str, seed: u8) -> (Ledger, Offered) {
    let mut ledger = Ledger::default();
    let offered = show(&mut ledger, id, seed);
    (ledger, offered)
}

fn show(ledger: &mut Ledger, id: &str, seed: u8) -> Offered {
    ledger.open(&request(id), T, TTL).unwrap();
    let offered = ledger
        .offer(id, reader("chat", "ann"), Answers::Taken, random(seed))
        .unwrap();
    assert_eq!(ledger.shown(id, offered.nth, vec!["m1".into(), "m2".into()]), None);
    offered
}

#[track_caller]
fn allowed(judged: Judged, id: &str, expected: Behavior) -> Decision {
    let Judged::Verdict(decision) = judged else {
        panic!("{judged:?}")
    };
    assert_eq!((decision.closed.request.as_str(), decision.behavior), (id, expected));
    *decision
}

#[test]
fn a_press_is_a_verdict_once() {
    for (behavior, other) in [(Behavior::Allow, Behavior::Deny), (Behavior::Deny, Behavior::Allow)] {
        let (mut ledger, offered) = shown("abcde", 1);
        let token = |behavior| match behavior {
            Behavior::Allow => offered.allow.clone(),
            Behavior::Deny => offered.deny.clone(),
        };
        let decision = allowed(ledger.press(&token(behavior), &ann().by(), T), "abcde", behavior);
        assert_eq!(decision.by.as_str(), "ann");
        assert_eq!(decision.closed.showings[0].messages, ["m1", "m2"]);
        for token in [token(behavior), token(other)] {
            assert_eq!(ledger.press(&token, &ann().by(), T), Judged::Unknown);
        }
        let late = ledger.typed(&verdict(other, "abcde"), &ann().by(), T);
        assert_eq!(late, Judged::Over(decision.closed.outcome));
    }
}

#[test]
fn tokens_are_opaque_and_of_the_contracts_form() {
    let (_, offered) = shown("abcde", 1);
    for token in [&offered.allow, &offered.deny] {
        assert_eq!(token.len(), 22);
        assert!(
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        );
    }
    assert_ne!(offered.allow, offered.deny);
}

#[test]
fn an_answer_counts_only_from_whom_it_was_shown_to_there() {
    let check = |who: Who, expected: Judged| {
        let (mut ledger, offered) = shown("abcde", 1);
        // Somebody else was shown it, too.
        ledger
            .offer("abcde", reader("chat", "cay"), Answers::Taken, random(7))
            .unwrap();
        for token in [&offered.allow, &offered.deny] {
            let pressed = ledger.press(token, &who.by(), T);
            let expected = if expected == Judged::InGroup {
                Judged::NotYours
            } else {
                expected.clone()
            };
            assert_eq!(pressed, expected);
        }
        assert_eq!(ledger.typed(&verdict(Behavior::Allow, "abcde"), &who.by(), T), expected);
        allowed(ledger.press(&offered.deny, &ann().by(), T), "abcde", Behavior::Deny);
    };
    check(Who::new("chat", "ben", Some("ben")), Judged::NotYours);
    check(Who::new("chat", "ann", None), Judged::NotApprover);
    check(Who::new("chat", "mallory", None), Judged::NotApprover);
    check(Who::new("other", "ann", Some("ann")), Judged::NotYours);
    let mut elsewhere = ann();
    elsewhere.reader.place.conversation = "room".into();
    check(elsewhere, Judged::NotYours);
    let mut group = ann();
    group.scope = Scope::Group;
    check(group, Judged::InGroup);
}

#[test]
fn another_approvers_token_is_not_mine() {
    let (mut ledger, mine) = shown("abcde", 1);
    let cay = ledger
        .offer("abcde", reader("chat", "cay"), Answers::Taken, random(7))
        .unwrap();
    assert_eq!(ledger.press(&cay.allow, &ann().by(), T), Judged::NotYours);
    allowed(ledger.press(&mine.allow, &ann().by(), T), "abcde", Behavior::Allow);
}

#[test]
fn a_note_takes_no_answer_and_a_showing_that_failed_none_either() {
    let mut ledger = Ledger::default();
    ledger.open(&request("abcde"), T, TTL).unwrap();
    let note = ledger
        .offer("abcde", reader("chat", "ann"), Answers::No, random(1))
        .unwrap();
    assert_eq!(ledger.press(&note.allow, &ann().by(), T), Judged::Unknown);
    assert_eq!(
        ledger.typed(&verdict(Behavior::Allow, "abcde"), &ann().by(), T),
        Judged::NotYours
    );
    let failed = ledger
        .offer("abcde", reader("chat", "ann"), Answers::Taken, random(3))
        .unwrap();
    ledger.withdraw("abcde", failed.nth);
    assert_eq!(ledger.press(&failed.allow, &ann().by(), T), Judged::Unknown);
    assert_eq!(
        ledger.typed(&verdict(Behavior::Allow, "abcde"), &ann().by(), T),
        Judged::NotYours
    );
}

#[test]
fn an_answer_counts_up_to_the_end_of_its_time_and_not_a_moment_longer() {
    let end = T.after(TTL);
    let (mut ledger, offered) = shown("abcde", 1);
    assert_eq!(ledger.next(), Some(end));
    assert!(ledger.expire(UnixMillis(end.0 - 1)).is_empty());
    let late = ledger.press(&offered.allow, &ann().by(), end);
    assert_eq!(late, Judged::Over(Outcome::Expired));
    let closed = ledger.expire(end);
    assert_eq!((closed.len(), &closed[0].outcome), (1, &Outcome::Expired));
    assert_eq!(closed[0].showings[0].messages, ["m1", "m2"]);
    assert_eq!((ledger.next(), ledger.expire(end).len()), (None, 0));
    let typed = ledger.typed(&verdict(Behavior::Allow, "abcde"), &ann().by(), end);
    assert_eq!(typed, Judged::Over(Outcome::Expired));
    let (mut ledger, offered) = shown("abcde", 1);
    let last = UnixMillis(end.0 - 1);
    allowed(
        ledger.press(&offered.allow, &ann().by(), last),
        "abcde",
        Behavior::Allow,
    );
}

#[test]
fn a_later_question_changes_nothing_for_an_earlier_one() {
    let (mut ledger, first) = shown("aaaaa", 1);
    let second = show(&mut ledger, "bbbbb", 11);
    allowed(ledger.press(&second.deny, &ann().by(), T), "bbbbb", Behavior::Deny);
    allowed(ledger.press(&first.allow, &ann().by(), T), "aaaaa", Behavior::Allow);
}

#[test]
fn an_id_is_given_once_a_day() {
    let (mut ledger, offered) = shown("abcde", 1);
    assert_eq!(ledger.open(&request("abcde"), T, TTL), Err(Unopened::Repeated));
    allowed(ledger.press(&offered.allow, &ann().by(), T), "abcde", Behavior::Allow);
    let day = T.after(limits::PROMPT_KNOWN);
    assert!(ledger.known().knows("abcde"));
    assert_eq!(
        ledger.open(&request("abcde"), UnixMillis(day.0 - 1), TTL),
        Err(Unopened::Repeated)
    );
    assert_eq!(ledger.open(&request("abcde"), day, TTL), Ok(()));
}

#[test]
fn open_and_remembered_questions_are_bounded() {
    let mut ledger = Ledger::default();
    let letters: Vec<char> = ('a'..='z').filter(|c| *c != 'l').collect();
    let id = |nth: usize| {
        let digits = [nth / 15_625, nth / 625, nth / 25, nth, 0].map(|digit| letters[digit % 25]);
        digits.iter().collect::<String>()
    };
    for nth in 0..limits::PROMPTS_OPEN {
        ledger.open(&request(&id(nth)), T, TTL).unwrap();
    }
    assert_eq!(ledger.glimpses().len(), limits::PROMPTS_OPEN);
    assert_eq!(ledger.open(&request("zzzzz"), T, TTL), Err(Unopened::Full));
    for nth in 0..2 * limits::PROMPTS_KNOWN {
        let _ = ledger.open(&request(&id(nth)), T, TTL);
        ledger.expire(T.after(TTL));
    }
    assert!(ledger.over.len() <= limits::PROMPTS_KNOWN && ledger.open.is_empty());
    ledger.open(&request("zzzzy"), T, TTL).unwrap();
    let show = |_| ledger.offer("zzzzy", reader("chat", "ann"), Answers::Taken, random(1));
    let shown = (0..=limits::PROMPT_SHOWN).filter_map(show).count();
    assert_eq!(shown, limits::PROMPT_SHOWN);
}

#[test]
fn what_is_sent_when_the_answer_has_come_is_told_so_at_once() {
    let (mut ledger, offered) = shown("abcde", 1);
    let slow = ledger
        .offer("abcde", reader("chat", "cay"), Answers::Taken, random(7))
        .unwrap();
    let decision = allowed(ledger.press(&offered.allow, &ann().by(), T), "abcde", Behavior::Allow);
    assert!(decision.closed.showings[slow.nth].messages.is_empty());
    let found = ledger.shown("abcde", slow.nth, vec!["m9".into()]);
    assert_eq!(found, Some(decision.closed.outcome));
    assert_eq!(
        ledger.offer("abcde", reader("chat", "dan"), Answers::Taken, random(9)),
        None
    );
}

#[test]
fn who_guesses_is_not_heard_for_an_hour_but_may_press() {
    let (mut ledger, offered) = shown("abcde", 1);
    let guess = |ledger: &mut Ledger, id: &str, now| ledger.typed(&verdict(Behavior::Allow, id), &ann().by(), now);
    for _ in 1..limits::GUESSES {
        assert_eq!(guess(&mut ledger, "zzzzz", T), Judged::Unknown);
    }
    assert_eq!(guess(&mut ledger, "zzzzz", T), Judged::Muted);
    assert_eq!(
        guess(&mut ledger, "abcde", T),
        Judged::StillMuted,
        "also for the right one"
    );
    let end = T.after(limits::GUESSES_MUTED);
    assert_eq!(guess(&mut ledger, "zzzzz", UnixMillis(end.0 - 1)), Judged::StillMuted);
    let ben = Who::new("chat", "ben", Some("ben"));
    let others = ledger.typed(&verdict(Behavior::Allow, "zzzzz"), &ben.by(), T);
    assert_eq!(others, Judged::Unknown, "each has guesses of his own");
    let decision = ledger.press(&offered.allow, &ann().by(), UnixMillis(end.0 - 1));
    allowed(decision, "abcde", Behavior::Allow);
    assert_eq!(guess(&mut ledger, "zzzzz", end), Judged::Unknown);
}

#[test]
fn mistakes_that_lie_apart_are_no_guesses() {
    let mut ledger = Ledger::default();
    for nth in 0..20 {
        let now = T.after(limits::GUESSES_WITHIN / 4 * nth);
        let judged = ledger.typed(&verdict(Behavior::Deny, "zzzzz"), &ann().by(), now);
        assert_eq!(judged, Judged::Unknown, "{nth}");
    }
}

#[test]
fn a_hundred_thousand_guesses_yield_nothing() {
    let (mut ledger, offered) = shown("abcde", 1);
    let guessers = ["ben", "cay", "dan"].map(|name| Who::new("chat", name, Some(name)));
    let letters: Vec<char> = ('a'..='z').filter(|c| *c != 'l').collect();
    let mut heard = 0;
    for nth in 0..100_000_usize {
        let digits = [0, 1, 2, 3, 4].map(|place| letters[(nth * 7_919 / 25_usize.pow(place)) % 25]);
        let id: String = if nth % 10 == 0 {
            "abcde".into()
        } else {
            digits.iter().collect()
        };
        // A guess every hundredth of a second.
        let now = T.after(Duration::from_millis(10 * nth as u64));
        let judged = ledger.typed(&verdict(Behavior::Allow, &id), &guessers[nth % 3].by(), now);
        assert!(!matches!(judged, Judged::Verdict(_)), "{id}");
        heard += usize::from(judged != Judged::StillMuted);
        let token = format!("{nth:022}");
        assert_eq!(ledger.press(&token, &guessers[nth % 3].by(), now), Judged::Unknown);
    }
    assert_eq!(heard, 3 * limits::GUESSES, "all but the first few were not looked at");
    allowed(ledger.press(&offered.allow, &ann().by(), T), "abcde", Behavior::Allow);
}
