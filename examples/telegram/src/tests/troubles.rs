//! What each failure of the platform means, for looks for news and for sends alike.

use super::*;
use crate::trouble;
use lockgate_sdk::Outgoing;

fn failed(description: &str, status: u16) -> String {
    json!({ "ok": false, "error_code": status, "description": description }).to_string()
}

#[test]
fn each_failure_is_the_trouble_that_it_is() {
    let check = |status: u16, body: &str, expected: Trouble| {
        let bot = Bot::begun();
        bot.next("getUpdates", status, body);
        assert_eq!(
            bot.poll(),
            Err(trouble::of_no_update(expected.clone())),
            "{status} {body}"
        );
        bot.next("sendMessage", status, body);
        let sent = bot.house.send::<Telegram>(Outgoing::text(place(), "x"));
        assert_eq!(sent.map(drop), Err(expected), "{status} {body}");
    };
    let conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    check(409, &failed(conflict, 409), Trouble::conflict(conflict));
    let unauthorized = Trouble::unauthorized("Unauthorized: Telegram does not take the token");
    check(401, &failed("Unauthorized", 401), unauthorized);
    let unknown = Trouble::unauthorized("Not Found: Telegram knows no bot of this token");
    check(404, &failed("Not Found", 404), unknown);
    let blocked = "Forbidden: bot was blocked by the user";
    check(403, &failed(blocked, 403), Trouble::rejected(blocked));
    check(
        400,
        &failed("Bad Request: chat not found", 400),
        Trouble::rejected("Bad Request: chat not found"),
    );
    check(413, "<html>", Trouble::rejected("Telegram answered 413"));
    check(
        500,
        &failed("Internal Server Error", 500),
        Trouble::unavailable("Internal Server Error"),
    );
    // Nobody's page is repeated.
    check(
        502,
        "<html>secret words</html>",
        Trouble::unavailable("Telegram answered 502"),
    );
    check(302, "", Trouble::rejected("Telegram answered 302"));
    let wait = |seconds: Value| json!({ "ok": false, "parameters": { "retry_after": seconds } }).to_string();
    check(429, &wait(json!(7)), Trouble::busy(7_000));
    check(429, &wait(json!(9_999_999_999_i64)), Trouble::busy(u32::MAX));
    check(429, &wait(json!(-1)), Trouble::busy(1_000));
    check(429, "", Trouble::busy(1_000));
}

#[test]
fn nobody_who_answers_is_unavailable() {
    let bot = Bot::begun();
    bot.fails("getUpdates", Err(Failure::Unreachable("no route".into())));
    assert_eq!(bot.poll(), Err(Trouble::unavailable("no route")));
}

#[test]
fn a_failure_inside_of_a_success_is_one() {
    let bot = Bot::new();
    bot.next("sendMessage", 200, &failed("Forbidden: bot was kicked", 403));
    let sent = bot.house.send::<Telegram>(Outgoing::text(place(), "x"));
    assert_eq!(sent, Err(Trouble::rejected("Forbidden: bot was kicked")));
}

#[test]
fn a_token_that_is_not_taken_is_said_before_anything_is_asked() {
    let bot = Bot::new();
    bot.next("getMe", 401, &failed("Unauthorized", 401));
    assert!(matches!(bot.poll(), Err(Trouble::Unauthorized(_))));
    assert_eq!(bot.request().0, "getMe");
    // With another one all goes on.
    assert_eq!(bot.poll(), Ok(1_000));
}

#[test]
fn no_look_that_brings_nothing_and_did_not_wait_is_repeated_at_once() {
    let bot = Bot::begun();
    for _ in 0..3 {
        assert_eq!(bot.poll(), Ok(1_000));
    }
}
