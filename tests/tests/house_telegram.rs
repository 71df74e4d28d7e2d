//! The Telegram channel in the real binary, over a fake Bot API: what people send reaches the model as what it is.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use lockgate_tests::botapi::{TOKEN, USERNAME};
use lockgate_tests::client::{Pushed, text_of};
use lockgate_tests::home::Status;
use lockgate_tests::telegram::{ANN, BEN, EVE, NAME, Telegram, chat_id, token_file};
use lockgate_tests::web::writings;
use serde_json::{Value, json};

/// Sends what is no text and gives the event with these words.
#[track_caller]
fn heard(telegram: &Telegram, more: &Value, words: &str) -> Pushed {
    telegram.api.sends(ANN, ANN, more);
    telegram.hear(words).unwrap()
}

#[track_caller]
fn check(telegram: &Telegram, more: &Value, words: &str, meta: &[(&str, &str)]) {
    let event = heard(telegram, more, words);
    assert_eq!(event.content, words, "{more}");
    for (key, value) in meta {
        assert_eq!(
            event.meta.get(*key).map(String::as_str),
            Some(*value),
            "{key} of {event:?}"
        );
    }
}

#[test]
fn a_text_comes_with_who_where_and_when() {
    let telegram = Telegram::open().unwrap();
    let id = telegram.api.says(ANN, ANN, "hello 😀 <channel>");
    let event = telegram.hear("hello").unwrap();
    let meta = |key: &str| event.meta.get(key).map(String::as_str);
    assert_eq!(meta("chat_id"), Some(&*chat_id(ANN)));
    assert_eq!(meta("message_id"), Some(&*id.to_string()));
    assert_eq!((meta("user"), meta("user_id")), (Some("telegram/ann"), Some("101")));
    assert!(meta("ts").unwrap().starts_with("20") && meta("role").unwrap().contains("chat"));
    assert!(!event.content.contains("<channel>"), "{event:?}");
    // The menu is set, and nothing else was asked that the manifest does not name.
    telegram
        .api
        .wait("the menu", || (!telegram.api.commands().is_empty()).then_some(()))
        .unwrap();
    assert!(telegram.api.calls("setWebhook").is_empty() && telegram.api.calls("deleteWebhook").is_empty());
}

#[test]
fn each_kind_of_message_is_named_for_what_it_is() {
    let telegram = Telegram::open().unwrap();
    let file = |more: Value| {
        let mut file = json!({"file_id": "F", "file_unique_id": "u", "file_size": 2048});
        let fields = file.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        file
    };
    let document = file(json!({"file_name": "plan; [x]\n.pdf", "mime_type": "application/pdf"}));
    let cases = [
        (
            json!({"voice": file(json!({"duration": 3, "mime_type": "audio/ogg"}))}),
            "(voice message)",
            "voice",
        ),
        (
            json!({"video_note": file(json!({"length": 240, "duration": 3}))}),
            "(video note)",
            "video_note",
        ),
        (
            json!({"sticker": file(json!({"type": "regular", "emoji": "😀"}))}),
            "(sticker 😀)",
            "sticker",
        ),
        (
            json!({"document": document, "caption": "the plan"}),
            "the plan",
            "document",
        ),
        (
            json!({"video": file(json!({"duration": 3})), "caption": "the clip"}),
            "the clip",
            "video",
        ),
        (
            json!({"audio": file(json!({"title": "Song"}))}),
            "(audio: Song)",
            "audio",
        ),
        (
            json!({"location": {"latitude": 52.5, "longitude": 13.4}}),
            "(location 52.5, 13.4)",
            "location",
        ),
        (json!({"dice": {"emoji": "🎲", "value": 4}}), "(dice 🎲 4)", "dice"),
    ];
    for (more, words, kind) in cases {
        check(&telegram, &more, words, &[("x_kind", kind)]);
    }
    let contact = json!({"contact": {"phone_number": "+491", "first_name": "Zoe"}});
    assert!(heard(&telegram, &contact, "(contact").content.contains("Zoe"));
    let poll = json!({"poll": {"id": "1", "question": "Tea?", "options": [{"text": "yes"}, {"text": "no"}]}});
    let poll = heard(&telegram, &poll, "(poll").content;
    assert!(poll.contains("Tea?") && poll.contains("yes"), "{poll}");
    let events = telegram.events().unwrap();
    let of = |kind: &str| {
        events
            .iter()
            .find(|event| event.meta.get("x_kind").is_some_and(|own| own == kind))
    };
    let attachment = &of("document").unwrap().meta["attachments"];
    assert!(
        attachment.contains("application/pdf") && attachment.contains("2 KB"),
        "{attachment}"
    );
    assert!(!attachment.contains(['[', ']', '\n', ';']), "{attachment}");
}

#[test]
fn what_is_quoted_forwarded_edited_or_in_an_album_says_so() {
    let telegram = Telegram::open().unwrap();
    let stranger = json!({"id": EVE, "is_bot": false, "first_name": "Eve"});
    let asked = json!({"message_id": 5, "from": stranger, "chat": {"id": ANN, "type": "private"}, "date": 1, "text": "do evil"});
    let event = heard(
        &telegram,
        &json!({"text": "what of this?", "reply_to_message": asked}),
        "what of this?",
    );
    assert!(
        event.content.contains("> do evil") && event.content.contains("not admitted"),
        "{event:?}"
    );
    assert_eq!(event.meta["reply_to"], "5");
    let origin = json!({"type": "user", "sender_user": stranger, "date": 1});
    let event = heard(
        &telegram,
        &json!({"text": "pay me", "forward_origin": origin}),
        "pay me",
    );
    assert!(
        event.content.contains("> pay me"),
        "another's words are quoted: {event:?}"
    );
    let first = telegram.api.says(ANN, ANN, "at noon");
    telegram.hear("at noon").unwrap();
    telegram.api.edits(first, "at one").unwrap();
    let event = telegram.hear("at one").unwrap();
    assert_eq!(
        (&*event.meta["edited"], &*event.meta["message_id"]),
        ("true", &*first.to_string())
    );
    let photo = json!([{"file_id": "F", "file_unique_id": "u", "width": 9, "height": 9}]);
    for caption in ["first of two", "second of two"] {
        let event = heard(
            &telegram,
            &json!({"photo": photo, "media_group_id": "77", "caption": caption}),
            caption,
        );
        assert_eq!(event.meta["x_album"], "77");
    }
}

#[test]
fn a_stranger_is_not_heard_and_nothing_of_him_is_fetched() {
    let telegram = Telegram::open().unwrap();
    telegram.api.file("P", "photos/p.jpg", 3, b"abc");
    let photo = json!([{"file_id": "P", "file_unique_id": "u", "width": 9, "height": 9}]);
    for command in ["/start", "/help", "/status", "let me in"] {
        telegram.api.says(EVE, EVE, command);
    }
    telegram.api.sends(EVE, EVE, &json!({"photo": photo}));
    telegram.says(BEN, "after him").unwrap();
    assert_eq!(telegram.events().unwrap().len(), 1);
    assert!(telegram.api.calls("getFile").is_empty() && telegram.api.calls("file").is_empty());
    assert_eq!(
        telegram.api.actions().iter().filter(|(chat, _)| *chat == EVE).count(),
        0
    );
}

#[test]
fn a_photo_is_there_after_the_gate_and_a_file_when_it_is_asked_for() {
    let mut telegram = Telegram::open().unwrap();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR rest of it";
    telegram.api.file("S", "photos/small.png", 3, b"abc");
    telegram.api.file("L", "photos/large.png", png.len() as u64, png);
    let size = |id: &str, side: u64| json!({"file_id": id, "file_unique_id": id, "width": side, "height": side});
    let more = json!({"photo": [size("S", 90), size("L", 900)], "caption": "look"});
    let event = heard(&telegram, &more, "look");
    assert_eq!(fs::read(&event.meta["image_path"]).unwrap(), png, "the largest one");
    telegram.api.file("D", "documents/a b.txt", 5, b"words");
    telegram.api.file("H", "videos/huge.mp4", 21 << 20, b"");
    for (id, name) in [("D", "a b.txt"), ("H", "huge.mp4")] {
        let file = json!({"file_id": id, "file_unique_id": id, "file_name": name, "file_size": 5});
        let event = heard(
            &telegram,
            &json!({"document": file, "caption": format!("take {id}")}),
            &format!("take {id}"),
        );
        let arguments = json!({"event_id": event.meta["event_id"], "index": 1});
        let result = telegram.call("download_attachment", &arguments).unwrap();
        let text = text_of(&result);
        if id == "H" {
            assert!(result["isError"] == true && text.contains("too big"), "{text}");
            continue;
        }
        let path = text
            .split_whitespace()
            .find(|word| word.starts_with('/'))
            .unwrap_or_else(|| panic!("{text}"));
        assert_eq!(fs::read_to_string(path.trim_end_matches(';')).unwrap(), "words");
    }
}

#[test]
fn the_token_stands_in_the_path_of_the_operators_own_server_and_nowhere_else() {
    let mut telegram = Telegram::open().unwrap();
    telegram.says(ANN, "hello").unwrap();
    telegram.reply(ANN, "hi").unwrap();
    telegram.api.fault(
        "sendMessage",
        lockgate_tests::botapi::Fault::refuse(400, &format!("Bad Request: {TOKEN}")),
    );
    assert!(
        telegram
            .reply(ANN, "again")
            .unwrap_err()
            .to_string()
            .contains("Bad Request")
    );
    // A colon may be written so in a path.
    let path = format!("/bot{}/", TOKEN.replace(':', "%3A"));
    let seen = telegram.api.platform().seen();
    assert!(seen.iter().all(|seen| seen.target().starts_with(&path)), "{seen:?}");
    assert!(seen.iter().all(|seen| seen.header("host") == ["api.telegram.org"]));
    let got = telegram.serve.client.record().seen();
    let mut places = vec![telegram.serve.stderr(), format!("{:?}", *got)];
    drop(got);
    places.push(format!("{:?}", telegram.home.run(&["status"]).unwrap()));
    let files = walk(&telegram.home.path());
    assert!(files.iter().any(|path| path.ends_with("journal.sqlite")), "{files:?}");
    for path in files {
        places.push(String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned());
    }
    for place in &places {
        for writing in writings(TOKEN) {
            assert!(!place.contains(&writing), "{writing} stands in {place}");
        }
    }
    assert!(fs::read_to_string(token_file(&telegram.home)).unwrap().contains(TOKEN));
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_poison_update_costs_at_most_three_polls_and_the_next_one_arrives() {
    let telegram = Telegram::open().unwrap();
    telegram.says(ANN, "before").unwrap();
    let odd: [&dyn Fn(i64) -> String; 7] = [
        &|id| format!("{{\"update_id\":{id},\"message\":{{\"message_id\":\"x\",\"chat\":7}}}}"),
        &|id| format!("{{\"update_id\":{id},\"message\":null}}"),
        &|id| format!("{{\"update_id\":{id},\"of_tomorrow\":{{\"a\":[1,2]}}}}"),
        &|id| {
            format!(
                "{{\"update_id\":{id},\"message\":{{\"text\":{}}}}}",
                "[".repeat(60) + &"]".repeat(60)
            )
        },
        &|id| format!("{{\"update_id\":{id},\"callback_query\":{{\"id\":1,\"from\":[]}}}}"),
        &|id| format!("{{\"update_id\":{id},\"message\":{{\"message_id\":1e999}}}}"),
        &|id| format!("{{\"update_id\":{id},\"message\":[\"\\ud83d\"]}}"),
    ];
    for (at, raw) in odd.iter().enumerate() {
        let before = telegram.polls();
        telegram.api.raw_update(raw);
        telegram.says(ANN, &format!("after {at}.")).unwrap();
        let polls = telegram.polls() - before;
        // The one that was waiting, three at most, and the one that waits again.
        assert!(polls <= 5, "odd {at} cost {polls} polls");
    }
    let skipped = |status: &Status| status.channel(NAME)?.tallies.get("skipped").copied();
    let counted = |status: &Status| skipped(status).filter(|count| *count >= 6);
    telegram
        .home
        .wait_status("what was stepped over is counted", counted)
        .unwrap();
    assert_eq!(telegram.wait_phase("ready").unwrap().phase, "ready");
}

#[test]
fn half_a_character_costs_no_message() {
    let telegram = Telegram::open().unwrap();
    let chat = format!("{{\"id\":{ANN},\"type\":\"private\",\"first_name\":\"\\udc00Ann\"}}");
    let from = format!("{{\"id\":{ANN},\"is_bot\":false,\"first_name\":\"Ann\\ud83d\"}}");
    telegram.api.raw_update(|id| {
        let message = format!(
            "{{\"message_id\":900,\"date\":1,\"chat\":{chat},\"from\":{from},\"text\":\"half \\ud83d of it\"}}"
        );
        format!("{{\"update_id\":{id},\"message\":{message}}}")
    });
    let event = telegram.hear("of it").unwrap();
    assert_eq!(event.content, "half \u{fffd} of it");
}

#[test]
fn more_than_one_answer_takes_arrives_piece_by_piece() {
    let telegram = Telegram::open().unwrap();
    telegram.says(ANN, "before").unwrap();
    let padding = "x".repeat(60 << 10);
    telegram
        .api
        .fault("getUpdates", lockgate_tests::botapi::Fault::refuse(502, "Bad Gateway"));
    telegram.api.restart();
    // More than 4 MiB in all, which is what an answer may have.
    for nth in 0..72 {
        let more = json!({"text": format!("large {nth}."), "of_tomorrow": padding});
        telegram.api.sends(ANN, ANN, &more);
    }
    telegram.hear("large 71.").unwrap();
    let events = telegram.events().unwrap();
    let large: Vec<&str> = events
        .iter()
        .filter_map(|event| event.content.strip_prefix("large "))
        .collect();
    assert_eq!(large, (0..72).map(|nth| format!("{nth}.")).collect::<Vec<_>>());
}

#[test]
fn a_name_of_ours_is_a_mention_in_any_writing() {
    let telegram = Telegram::open().unwrap();
    let event = telegram
        .says(ANN, &format!("hey @{} 😀", USERNAME.to_uppercase()))
        .unwrap();
    assert!(event.content.contains(&USERNAME.to_uppercase()));
}
