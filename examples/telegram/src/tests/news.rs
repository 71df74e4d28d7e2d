//! Looking for news: where it begins, what is asked, and what is stepped over.

use super::*;
use lockgate_sdk::store;
use proptest::prelude::*;

fn text(id: i64) -> Value {
    json!({ "message": with(direct(json!({ "text": format!("line {id}") })), json!({ "message_id": id })) })
}

fn texts(bot: &Bot) -> Vec<String> {
    bot.house.events().into_iter().map(|event| event.text).collect()
}

#[test]
fn a_start_asks_nobody() {
    let bot = Bot::new();
    bot.house.start::<Telegram>().unwrap();
    assert_eq!(bot.requests(), []);
}

#[test]
fn the_first_look_learns_who_the_bot_is_and_does_not_wait() {
    let bot = Bot::new();
    assert_eq!(bot.poll(), Ok(1_000));
    let requests = bot.requests();
    let methods: Vec<&str> = requests.iter().map(|(method, _)| method.as_str()).collect();
    assert_eq!(methods, ["getMe", "setMyCommands", "getUpdates"]);
    assert_eq!(requests[1].1["scope"]["type"], "all_private_chats");
    assert_eq!(requests[2].1["timeout"], 0);
    // From then on it waits on the platform, and asks for nothing else.
    bot.poll().unwrap();
    let (method, asked) = bot.request();
    assert_eq!(
        (method.as_str(), &asked["timeout"], &asked["limit"]),
        ("getUpdates", &json!(30), &json!(100))
    );
    let kinds = [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "callback_query",
    ];
    assert_eq!((&asked["allowed_updates"], asked.get("offset")), (&json!(kinds), None));
}

#[test]
fn the_platform_is_told_only_of_what_was_committed() {
    let bot = Bot::begun();
    (10..=12).for_each(|id| bot.waits(id, text(id)));
    assert_eq!(bot.poll(), Ok(0));
    assert_eq!(texts(&bot), ["line 10", "line 11", "line 12"]);
    assert_eq!(bot.request().1.get("offset"), None);
    assert_eq!(bot.poll(), Ok(1_000));
    assert_eq!(bot.request().1["offset"], 13);
}

#[test]
fn what_a_failed_look_had_read_comes_again() {
    let bot = Bot::begun();
    bot.waits(10, text(10));
    bot.fails("getUpdates", Err(Failure::Unreachable("reset".into())));
    assert!(matches!(bot.poll(), Err(Trouble::Unavailable(_))));
    assert_eq!(store::get("offset"), None);
    bot.poll().unwrap();
    bot.poll().unwrap();
    assert_eq!(texts(&bot), ["line 10"]);
}

#[test]
fn a_message_is_not_stepped_over_because_the_platform_was_down() {
    let bot = Bot::begun();
    (10..=12).for_each(|id| bot.waits(id, text(id)));
    let page = "<html>something else answers</html>";
    for (method, status) in [
        ("getUpdates", 502),
        ("getUpdates", 403),
        ("getUpdates", 200),
        ("getMe", 200),
        ("getMe", 400),
    ] {
        for _ in 0..4 {
            bot.house.start::<Telegram>().unwrap();
            bot.next(method, status, page);
            assert!(matches!(bot.poll(), Err(Trouble::Unavailable(_))), "{method} {status}");
        }
    }
    assert_eq!(bot.poll(), Ok(0));
    assert_eq!(texts(&bot), ["line 10", "line 11", "line 12"]);
    assert!(bot.house.inbound().is_empty());
}

#[test]
fn after_a_failure_updates_are_taken_one_by_one_and_the_third_time_one_is_stepped_over() {
    let bot = Bot::begun();
    (10..=12).for_each(|id| bot.waits(id, text(id)));
    for failures in [1, 2] {
        let batch = crate::poll::poll(failures).unwrap();
        assert!(matches!(&batch.outcome.inbound[..], [Inbound::Message(message)] if message.text == "line 10"));
        store::delete("offset");
    }
    bot.requests();
    let batch = crate::poll::poll(3).unwrap();
    let what = "update 10 (message): failed each time";
    assert_eq!(batch.outcome.inbound, [Inbound::Skipped(what.into())]);
    assert_eq!(bot.request().1["limit"], 1);
    assert_eq!(store::get_text("offset").as_deref(), Some("11"));
}

#[test]
fn an_answer_that_is_too_large_is_asked_for_piece_by_piece() {
    let bot = Bot::begun();
    bot.waits(10, text(10));
    bot.fails("getUpdates", Err(Failure::TooLarge));
    assert!(matches!(bot.poll(), Err(Trouble::Malformed(_))));
    bot.requests();
    bot.poll().unwrap();
    assert_eq!(
        (bot.request().1["limit"].as_i64(), texts(&bot)),
        (Some(1), vec!["line 10".to_owned()])
    );
}

#[test]
fn an_answer_that_is_no_json_is_stepped_over_in_the_end() {
    let bot = Bot::begun();
    let broken = r#"{"ok":true,"result":[{"update_id":10,"message":{"text":"private"#;
    for _ in 0..4 {
        bot.next("getUpdates", 200, broken);
    }
    for _ in 0..3 {
        assert!(matches!(bot.poll(), Err(Trouble::Malformed(_))));
    }
    assert_eq!(bot.poll(), Ok(0));
    assert_eq!(
        bot.house.inbound(),
        [Inbound::Skipped("update 10 (unknown): no JSON".into())]
    );
    bot.requests();
    bot.poll().unwrap();
    assert_eq!(bot.request().1["offset"], 11);
}

#[test]
fn one_that_can_not_be_read_costs_no_other() {
    let bot = Bot::begun();
    bot.waits(10, text(10));
    bot.waits_raw(
        11,
        r#"{"update_id":11,"message":{"message_id":1e999,"text":"private words"}}"#,
    );
    bot.waits_raw(12, r#"{"update_id":12,"poll_answer":{"text":"private words"}}"#);
    bot.waits(13, json!({ "message": { "message_id": "x", "chat": [], "text": 7 } }));
    bot.waits(14, json!({ "callback_query": { "id": "q", "from": ann(), "data": 7 } }));
    bot.waits(15, json!({ "message": direct(json!({ "hologram": {} })) }));
    bot.waits(16, text(16));
    assert_eq!(bot.poll(), Ok(0));
    let inbound = bot.house.inbound();
    let skipped: Vec<&str> = inbound
        .iter()
        .filter_map(|one| match one {
            Inbound::Skipped(what) => Some(what.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        skipped,
        [
            "update 11 (unknown): no JSON",
            "update 12 (poll_answer): nothing that this channel reads",
            "update 13 (message): a message without a chat",
            "update 14 (callback_query): a press without data",
            "update 15 (message): a message of an unknown kind (hologram)",
        ]
    );
    assert_eq!(inbound.len(), 7);
}

#[test]
fn halves_of_characters_do_not_break_a_batch() {
    let bot = Bot::begun();
    let chat = r#""chat":{"id":42,"type":"private"},"from":{"id":42},"message_id":7"#;
    bot.waits_raw(
        10,
        &format!(r#"{{"update_id":10,"message":{{{chat},"text":"a \ud83d b \uDE00 \ud83d\ude00"}}}}"#),
    );
    bot.waits(11, text(11));
    bot.poll().unwrap();
    assert_eq!(texts(&bot), ["a \u{fffd} b \u{fffd} 😀", "line 11"]);
}

#[test]
fn numbers_that_begin_anew_are_followed() {
    let bot = Bot::begun();
    store::set("offset", "900").unwrap();
    // After a week without news the platform's numbers begin elsewhere, and it answers with what there is.
    let raw = with(text(10), json!({ "update_id": 10 }));
    bot.next("getUpdates", 200, &json!({ "ok": true, "result": [raw] }).to_string());
    bot.poll().unwrap();
    assert_eq!(
        (texts(&bot), store::get_text("offset").as_deref()),
        (vec!["line 10".to_owned()], Some("11"))
    );
}

#[test]
fn another_bot_begins_anew() {
    let bot = Bot::begun();
    bot.waits(900, text(900));
    bot.poll().unwrap();
    assert_eq!(store::get_text("offset").as_deref(), Some("901"));
    bot.house.start::<Telegram>().unwrap();
    bot.poll().unwrap();
    assert_eq!(
        store::get_text("offset").as_deref(),
        Some("901"),
        "the same bot goes on"
    );
    bot.house.start::<Telegram>().unwrap();
    bot.next(
        "getMe",
        200,
        r#"{"ok":true,"result":{"id":78,"is_bot":true,"username":"other_bot"}}"#,
    );
    bot.requests();
    bot.poll().unwrap();
    let requests = bot.requests();
    assert_eq!(requests.last().unwrap().1.get("offset"), None);
}

#[test]
fn nothing_hangs_on_the_menu() {
    let bot = Bot::new();
    bot.next("setMyCommands", 500, "");
    assert_eq!(bot.poll(), Ok(1_000));
    bot.requests();
    bot.poll().unwrap();
    assert_eq!(bot.request().0, "getUpdates");
    bot.house.advance(10 * 60 * 1_000);
    bot.poll().unwrap();
    assert_eq!(bot.requests()[0].0, "setMyCommands");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever fails in between: each message comes once, and in order.
    #[test]
    fn every_message_comes_once_and_in_order(faults in proptest::collection::vec(0_u8..6, 0..40), count in 1_i64..150) {
        let bot = Bot::begun();
        (1..=count).for_each(|id| bot.waits(id, text(id)));
        for fault in faults {
            match fault {
                0 => bot.next("getUpdates", 500, ""),
                1 => bot.next("getUpdates", 429, r#"{"ok":false,"parameters":{"retry_after":1}}"#),
                2 => bot.fails("getUpdates", Err(Failure::Unreachable("reset".into()))),
                3 => bot.next("getMe", 502, ""),
                4 => { bot.house.start::<Telegram>().unwrap(); }
                _ => {}
            }
            let _ = bot.poll();
        }
        bot.server.borrow_mut().next.clear();
        for _ in 0..6 {
            let _ = bot.poll();
        }
        let expected: Vec<String> = (1..=count).map(|id| format!("line {id}")).collect();
        prop_assert_eq!(texts(&bot), expected);
        prop_assert!(bot.house.inbound().is_empty());
    }

    /// Whatever the platform sends, the channel does not break on it.
    #[test]
    fn no_answer_breaks_the_channel(body in "\\PC{0,200}", failures in 0_u32..5) {
        let bot = Bot::begun();
        bot.next("getUpdates", 200, &body);
        let _ = crate::poll::poll(failures);
    }
}
