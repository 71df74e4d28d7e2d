//! What a message is about: whom it names, what it answers, what it quotes, and whose words were forwarded.

use super::*;
use lockgate_sdk::{Author, Quote, Sender};

fn bo() -> Value {
    json!({ "id": 43, "is_bot": false, "first_name": "Bo" })
}

fn bo_says(text: &str) -> Option<Quote> {
    let author = Some(Author::Person(Sender::account("43").named("Bo")));
    Some(Quote {
        author,
        text: text.to_owned(),
    })
}

#[test]
fn a_group_message_is_for_the_bot_if_it_says_so() {
    let check = |fields: Value, expected: bool| {
        assert_eq!(
            Bot::begun().reads(grouped(fields.clone())).mentions_me,
            expected,
            "{fields}"
        );
    };
    let entity = |kind: &str, offset: u32, length: u32| json!([{ "type": kind, "offset": offset, "length": length }]);
    check(json!({ "text": "hello" }), false);
    check(
        json!({ "text": "hi @gate_bot", "entities": entity("mention", 3, 9) }),
        true,
    );
    check(
        json!({ "text": "hi @Gate_Bot", "entities": entity("mention", 3, 9) }),
        true,
    );
    check(json!({ "text": "hi @gate_bot" }), false);
    check(
        json!({ "text": "hi @gate_bots", "entities": entity("mention", 3, 10) }),
        false,
    );
    // Offsets count UTF-16 units: the emoji has two of them.
    check(
        json!({ "text": "😀 @gate_bot", "entities": entity("mention", 3, 9) }),
        true,
    );
    check(
        json!({ "text": "😀 @gate_bot", "entities": entity("mention", 1, 9) }),
        false,
    );
    check(
        json!({ "text": "x", "entities": entity("mention", 4_000_000, 9) }),
        false,
    );
    check(
        json!({ "text": "/status@gate_bot", "entities": entity("bot_command", 0, 16) }),
        true,
    );
    check(
        json!({ "text": "/status@other_bot", "entities": entity("bot_command", 0, 17) }),
        false,
    );
    check(
        json!({ "text": "/status", "entities": entity("bot_command", 0, 7) }),
        false,
    );
    let named = |id: i64| json!([{ "type": "text_mention", "offset": 0, "length": 4, "user": { "id": id } }]);
    check(json!({ "text": "Gate", "entities": named(ME) }), true);
    check(json!({ "text": "Gate", "entities": named(5) }), false);
    let photo = json!([{ "file_id": "p", "width": 1, "height": 1 }]);
    let caption = json!({ "photo": photo, "caption": "@gate_bot", "caption_entities": entity("mention", 0, 9) });
    check(caption, true);
    let reply = |from: i64| json!({ "message_id": 3, "from": { "id": from, "is_bot": true }, "text": "?" });
    check(json!({ "text": "yes", "reply_to_message": reply(ME) }), true);
    check(json!({ "text": "yes", "reply_to_message": reply(5) }), false);
}

#[test]
fn an_answer_names_what_it_answers_and_quotes_it() {
    let answered = json!({ "message_id": 3, "from": bo(), "text": "the whole of it" });
    let message = Bot::begun().reads(grouped(json!({ "text": "no", "reply_to_message": answered })));
    assert_eq!(
        (message.in_reply_to.as_deref(), message.quote),
        (Some("3"), bo_says("the whole of it"))
    );
    let stretch = json!({ "text": "of it", "position": 10, "is_manual": true });
    let message = Bot::begun().reads(grouped(
        json!({ "text": "no", "reply_to_message": answered, "quote": stretch }),
    ));
    assert_eq!(message.quote, bo_says("of it"));
    let photo = json!({ "message_id": 3, "from": bo(), "photo": [{ "file_id": "p" }] });
    let message = Bot::begun().reads(grouped(json!({ "text": "nice", "reply_to_message": photo })));
    assert_eq!(message.quote, bo_says("(photo)"));
}

#[test]
fn the_beginning_of_a_topic_is_not_answered_by_all_that_stands_in_it() {
    let check = |begun: Value| {
        let message = Bot::begun().reads(grouped(json!({
            "text": "x", "message_thread_id": 33, "is_topic_message": true, "reply_to_message": begun,
        })));
        assert_eq!(
            (message.in_reply_to, message.quote, message.mentions_me),
            (None, None, false)
        );
    };
    let by_us = json!({ "id": ME, "is_bot": true });
    check(json!({ "message_id": 33, "from": by_us, "forum_topic_created": { "name": "Ops" } }));
    check(json!({ "message_id": 33, "from": by_us, "text": "first" }));
}

#[test]
fn an_answer_to_another_chat_is_quoted_without_an_id() {
    let origin = json!({ "type": "user", "sender_user": bo(), "date": 1 });
    let message = Bot::begun().reads(direct(json!({
        "text": "see", "quote": { "text": "there" }, "external_reply": { "origin": origin, "message_id": 3 },
    })));
    assert_eq!((message.in_reply_to, message.quote), (None, bo_says("there")));
    let poll = json!({ "question": "When?", "options": [] });
    let message = Bot::begun().reads(direct(
        json!({ "text": "see", "external_reply": { "origin": origin, "poll": poll } }),
    ));
    assert_eq!(message.quote, bo_says("(poll: When?)"));
}

#[test]
fn forwarded_words_are_quoted_and_never_the_senders_own() {
    let forwarded = |origin: Value, fields: Value| {
        Bot::begun().reads(with(
            direct(json!({ "forward_origin": origin, "text": "yes abcde" })),
            fields,
        ))
    };
    let message = forwarded(json!({ "type": "user", "sender_user": bo(), "date": 1 }), json!({}));
    assert_eq!(
        (message.text.as_str(), message.quote),
        ("(forwarded)", bo_says("yes abcde"))
    );
    let hidden = forwarded(
        json!({ "type": "hidden_user", "sender_user_name": "Cy\nx", "date": 1 }),
        json!({}),
    );
    assert_eq!(
        hidden.quote,
        Some(Quote {
            author: None,
            text: "yes abcde".into()
        })
    );
    assert!(hidden.meta.contains(&("quoted_from".to_owned(), "Cy x".to_owned())));
    let chat = json!({ "id": -1_005, "type": "channel", "title": "News" });
    let post = forwarded(
        json!({ "type": "channel", "chat": chat, "message_id": 9, "date": 1 }),
        json!({}),
    );
    let news = Some(Author::Person(Sender::account("-1005").named("News")));
    assert_eq!(post.quote.unwrap().author, news);
    let group = forwarded(json!({ "type": "chat", "sender_chat": chat, "date": 1 }), json!({}));
    assert_eq!(group.quote.unwrap().author, news);
    // Who is named in them did not have the bot in mind.
    let named = json!({
        "forward_origin": { "type": "user", "sender_user": bo() }, "text": "@gate_bot",
        "entities": [{ "type": "mention", "offset": 0, "length": 9 }],
    });
    assert!(!Bot::begun().reads(grouped(named)).mentions_me);
}

#[test]
fn a_forwarded_file_is_still_attached() {
    let origin = json!({ "type": "user", "sender_user": bo(), "date": 1 });
    let message = Bot::begun().reads(direct(json!({ "forward_origin": origin, "voice": { "file_id": "v" } })));
    assert_eq!(
        (message.attachments.len(), message.quote),
        (1, bo_says("(voice message)"))
    );
}

#[test]
fn links_whose_words_are_another_text_show_where_they_lead() {
    let check = |text: &str, offset: u32, length: u32, url: &str, expected: &str| {
        let link = json!([{ "type": "text_link", "offset": offset, "length": length, "url": url }]);
        assert_eq!(
            Bot::begun()
                .reads(direct(json!({ "text": text, "entities": link })))
                .text,
            expected
        );
    };
    check("see here, ok", 4, 4, "https://a.org/", "see here (https://a.org/), ok");
    check("😀 here", 3, 4, "https://a.org/", "😀 here (https://a.org/)");
    check("https://a.org", 0, 13, "https://a.org/", "https://a.org");
    check("😀 here", 1, 4, "https://a.org/", "😀 here");
    check("here", 2, 40, "https://a.org/", "here");
}
