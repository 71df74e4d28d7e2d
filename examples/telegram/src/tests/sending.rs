//! What the session says: texts, edits, files, reactions, presses; and attachments that it asks for.

use super::*;
use lockgate_sdk::{Button, Outgoing, Receipt};

fn send(bot: &Bot, outgoing: Outgoing) -> Result<Receipt, Trouble> {
    bot.house.send::<Telegram>(outgoing)
}

#[test]
fn a_text_goes_where_it_belongs() {
    let bot = Bot::new();
    let outgoing = Outgoing::text(Place::conversation("-1001234").thread("33"), "2 < 3.").reply_to("7");
    assert_eq!(send(&bot, outgoing), Ok(Receipt::sent("501")));
    let reply = json!({ "message_id": 7, "allow_sending_without_reply": true });
    let expected = json!({ "chat_id": GROUP, "message_thread_id": 33, "text": "2 < 3.", "reply_parameters": reply });
    assert_eq!(bot.request(), ("sendMessage".to_owned(), expected));
}

#[test]
fn markdown_is_marked_and_buttons_stand_in_rows_of_two() {
    let bot = Bot::new();
    let mut outgoing = Outgoing::markdown(place(), "**May** it?");
    outgoing.buttons = ["Allow", "Deny", "More"]
        .map(|label| Button {
            label: label.into(),
            token: format!("t-{label}"),
        })
        .into();
    send(&bot, outgoing).unwrap();
    let row = json!([{ "text": "Allow", "callback_data": "t-Allow" }, { "text": "Deny", "callback_data": "t-Deny" }]);
    let more = json!([{ "text": "More", "callback_data": "t-More" }]);
    let expected = json!({
        "chat_id": ANN, "text": "*May* it?", "parse_mode": "MarkdownV2", "reply_markup": { "inline_keyboard": [row, more] },
    });
    assert_eq!(bot.request().1, expected);
}

#[test]
fn markup_that_is_refused_all_the_same_goes_as_it_was_written() {
    let bot = Bot::new();
    let refused =
        r#"{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities: Character '.' is reserved"}"#;
    bot.next("sendMessage", 400, refused);
    assert_eq!(
        send(&bot, Outgoing::markdown(place(), "**a**")),
        Ok(Receipt::sent("501"))
    );
    let sent: Vec<Value> = bot.requests().into_iter().map(|(_, asked)| asked).collect();
    assert_eq!(sent[1], json!({ "chat_id": ANN, "text": "**a**" }));
    assert_eq!(sent.len(), 2);
    // Any other refusal is one.
    bot.next(
        "sendMessage",
        400,
        r#"{"ok":false,"description":"Bad Request: chat not found"}"#,
    );
    let refused = send(&bot, Outgoing::markdown(place(), "**a**"));
    assert_eq!(refused, Err(Trouble::rejected("Bad Request: chat not found")));
}

#[test]
fn files_follow_the_text_one_by_one() {
    let bot = Bot::new();
    let outgoing = Outgoing::text(Place::conversation("42").thread("3"), "here").reply_to("7");
    let files: [(&str, &[u8]); 2] = [("a.PNG", b"png"), ("b.pdf", b"pdf")];
    let receipt = bot.house.send_files::<Telegram>(outgoing, &files);
    assert_eq!(receipt, Ok(Receipt::sent("501").and("502").and("503")));
    let requests = bot.requests();
    let reply = json!({ "message_id": 7, "allow_sending_without_reply": true }).to_string();
    let photo =
        json!({ "chat_id": "42", "message_thread_id": "3", "reply_parameters": reply, "photo": "file /outbox/a.PNG" });
    assert_eq!(requests[1], ("sendPhoto".to_owned(), photo));
    assert_eq!(
        (requests[2].0.as_str(), &requests[2].1["document"]),
        ("sendDocument", &json!("file /outbox/b.pdf"))
    );
}

#[test]
fn a_picture_that_is_refused_as_such_goes_as_a_file() {
    let bot = Bot::new();
    bot.next(
        "sendPhoto",
        400,
        r#"{"ok":false,"description":"Bad Request: PHOTO_INVALID_DIMENSIONS"}"#,
    );
    let receipt = bot
        .house
        .send_files::<Telegram>(Outgoing::text(place(), ""), &[("a.png", b"png")]);
    assert_eq!(receipt, Ok(Receipt::sent("501")));
    let large = vec![0; 10_000_001];
    bot.requests();
    bot.house
        .send_files::<Telegram>(Outgoing::text(place(), ""), &[("a.png", &large)])
        .unwrap();
    assert_eq!(bot.request().0, "sendDocument");
}

#[test]
fn what_was_sent_is_named_when_the_rest_was_not() {
    let bot = Bot::new();
    let wait = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","parameters":{"retry_after":3}}"#;
    bot.next("sendDocument", 429, wait);
    let files: [(&str, &[u8]); 2] = [("a.pdf", b"1"), ("b.pdf", b"2")];
    let receipt = bot
        .house
        .send_files::<Telegram>(Outgoing::text(place(), "here"), &files);
    assert_eq!(receipt, Ok(Receipt::sent("501").stopped(Trouble::busy(3_000))));
    assert_eq!(bot.requests().len(), 2);
    // Nothing was sent at all: it may be tried again.
    bot.next("sendDocument", 429, wait);
    assert_eq!(
        bot.house.send_files::<Telegram>(Outgoing::text(place(), ""), &files),
        Err(Trouble::busy(3_000))
    );
    bot.next("sendMessage", 429, wait);
    assert_eq!(send(&bot, Outgoing::text(place(), "x")), Err(Trouble::busy(3_000)));
}

#[test]
fn a_success_that_can_not_be_read_is_one() {
    let bot = Bot::new();
    bot.next("sendMessage", 200, "<html>");
    assert_eq!(send(&bot, Outgoing::text(place(), "x")), Ok(Receipt::unnamed()));
}

#[test]
fn an_edit_takes_the_buttons_away() {
    let bot = Bot::new();
    bot.house.edit::<Telegram>(place(), "9", "*done*").unwrap();
    let expected = json!({ "chat_id": ANN, "message_id": 9, "text": "_done_", "parse_mode": "MarkdownV2" });
    assert_eq!(bot.request(), ("editMessageText".to_owned(), expected));
    let same = r#"{"ok":false,"description":"Bad Request: message is not modified: specified new message content is the same"}"#;
    bot.next("editMessageText", 400, same);
    assert_eq!(bot.house.edit::<Telegram>(place(), "9", "done"), Ok(Vec::new()));
    bot.next(
        "editMessageText",
        400,
        r#"{"ok":false,"description":"Bad Request: message can't be edited"}"#,
    );
    assert!(matches!(
        bot.house.edit::<Telegram>(place(), "9", "done"),
        Err(Trouble::Rejected(_))
    ));
}

#[test]
fn reactions_are_those_that_the_platform_takes() {
    let bot = Bot::new();
    let check = |emoji: &str, expected: Value| {
        bot.house.react::<Telegram>(place(), "9", emoji).unwrap();
        let (method, asked) = bot.request();
        assert_eq!((method.as_str(), &asked["reaction"]), ("setMessageReaction", &expected));
    };
    let one = |emoji: &str| json!([{ "type": "emoji", "emoji": emoji }]);
    check("👍", one("👍"));
    check("❤\u{fe0f}", one("❤"));
    check("🤷\u{200d}♂\u{fe0f}", one("🤷\u{200d}♂"));
    check("", json!([]));
    for emoji in ["✅", "x", "👍👍"] {
        let refused = bot.house.react::<Telegram>(place(), "9", emoji);
        assert!(matches!(refused, Err(Trouble::Rejected(why)) if why.contains("👍 👎 ❤")));
    }
    assert_eq!(bot.requests(), []);
}

#[test]
fn signs_of_typing_go_into_the_topic() {
    let bot = Bot::new();
    bot.house
        .typing::<Telegram>(Place::conversation("-5").thread("3"))
        .unwrap();
    let expected = json!({ "chat_id": -5, "message_thread_id": 3, "action": "typing" });
    assert_eq!(bot.request(), ("sendChatAction".to_owned(), expected));
}

#[test]
fn a_direct_chat_has_the_number_of_its_person() {
    use lockgate_sdk::Sink;
    assert_eq!(Telegram::direct("42".into()), Ok("42".into()));
    for nobody in ["-1001234", "0", "ann", ""] {
        assert!(
            matches!(Telegram::direct(nobody.into()), Err(Trouble::Rejected(_))),
            "{nobody}"
        );
    }
}

#[test]
fn a_press_is_answered_in_short() {
    use lockgate_sdk::Sink;
    let bot = Bot::new();
    Telegram::answer_press("q1".into(), "é".repeat(300)).unwrap();
    let (method, asked) = bot.request();
    assert_eq!(
        (method.as_str(), &asked["callback_query_id"]),
        ("answerCallbackQuery", &json!("q1"))
    );
    assert_eq!(asked["text"].as_str().unwrap().chars().count(), 200);
    let old = r#"{"ok":false,"description":"Bad Request: query is too old and response timeout expired or query ID is invalid"}"#;
    bot.next("answerCallbackQuery", 400, old);
    assert_eq!(Telegram::answer_press("q1".into(), "late".into()), Ok(Vec::new()));
}

#[test]
fn ids_that_are_no_numbers_are_refused() {
    let bot = Bot::new();
    for place in [Place::conversation("@ann"), Place::conversation("42").thread("x")] {
        assert!(matches!(
            send(&bot, Outgoing::text(place, "x")),
            Err(Trouble::Rejected(_))
        ));
    }
    assert!(matches!(
        bot.house.edit::<Telegram>(place(), "x", "y"),
        Err(Trouble::Rejected(_))
    ));
    assert_eq!(bot.requests(), []);
}

#[test]
fn an_attachment_is_fetched_by_its_path() {
    let bot = Bot::new();
    assert_eq!(bot.house.fetch::<Telegram>("f").unwrap(), b"bytes");
    let urls: Vec<String> = bot.house.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(
        urls[1],
        "https://api.telegram.org/file/bot{bot_token}/photos/file%201.jpg"
    );
    let rejected = |answered: Result<Vec<u8>, Trouble>, words: &str| {
        assert!(
            matches!(&answered, Err(Trouble::Rejected(why)) if why.contains(words)),
            "{answered:?}"
        );
    };
    bot.next(
        "getFile",
        400,
        r#"{"ok":false,"description":"Bad Request: file is too big"}"#,
    );
    rejected(bot.house.fetch::<Telegram>("f"), "file is too big");
    bot.next("getFile", 200, r#"{"ok":true,"result":{"file_id":"f"}}"#);
    rejected(bot.house.fetch::<Telegram>("f"), "20 MB");
    bot.next(
        "getFile",
        200,
        r#"{"ok":true,"result":{"file_path":"/var/lib/bot/file"}}"#,
    );
    rejected(bot.house.fetch::<Telegram>("f"), "--local");
    bot.next("", 404, "");
    rejected(bot.house.fetch::<Telegram>("f"), "no longer");
}
