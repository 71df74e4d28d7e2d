//! What the model says goes out by the Bot API as it would really take it: formatted, split, threaded, with files; and is
//! changed, reacted to and announced there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::time::Duration;

use lockgate_tests::botapi::{Cut, Fault, Sent};
use lockgate_tests::client::text_of;
use lockgate_tests::telegram::{ANN, BEN, NAME, Telegram, chat_id};
use serde_json::{Value, json};

fn spoken_to() -> Telegram {
    let telegram = Telegram::open().unwrap();
    telegram.says(ANN, "hello").unwrap();
    telegram
}

fn kinds(sent: &Sent) -> Vec<(&str, &str)> {
    let mut kinds: Vec<_> = sent
        .entities
        .iter()
        .map(|entity| (entity.kind, &*entity.text))
        .collect();
    kinds.sort_unstable();
    kinds
}

#[track_caller]
fn refused(result: &Value, words: &str) {
    assert_eq!(result["isError"], true, "{result}");
    assert!(text_of(result).contains(words), "{words}: {result}");
}

#[test]
fn markdown_is_formatted_and_plain_text_is_as_it_is() {
    let mut telegram = spoken_to();
    let text = "# Done.\n\n**bold** and *italic*, ~~gone~~ (1.5 > 1!)\n\n- `a_b` [link](https://x.org/a_(b))\n\n```rust\nlet x = 1;\n```";
    telegram.reply(ANN, text).unwrap();
    let sent = telegram.api.sent().remove(0);
    for visible in ["Done.", "bold and italic, gone (1.5 > 1!)", "a_b", "link", "let x = 1;"] {
        assert!(sent.text.contains(visible), "{visible}: {sent:?}");
    }
    let found = kinds(&sent);
    for kind in [
        ("italic", "italic"),
        ("strikethrough", "gone"),
        ("code", "a_b"),
        ("text_link", "link"),
    ] {
        assert!(found.contains(&kind), "{kind:?}: {found:?}");
    }
    // A heading is bold, too, and two bold pieces may be one.
    assert!(
        found
            .iter()
            .any(|(kind, text)| *kind == "bold" && text.ends_with("bold")),
        "{found:?}"
    );
    let code = sent.entities.iter().find(|entity| entity.kind == "pre").unwrap();
    assert_eq!(code.extra.as_deref(), Some("rust"));
    let odd = "*not bold* _[x](y) \\ 1. #!";
    let arguments = json!({"chat_id": chat_id(ANN), "text": odd, "format": "plain"});
    telegram.call("reply", &arguments).unwrap();
    let sent = telegram.api.sent().remove(1);
    assert_eq!((&*sent.text, sent.entities.len()), (odd, 0));
}

#[test]
fn no_text_is_refused_by_the_platform_for_its_format() {
    let mut telegram = spoken_to();
    let odd = [
        "***",
        "**a",
        "a_b_c",
        "`",
        "```",
        "[x](",
        "[](y)",
        "> q\n>> r",
        "1. a\n2. b",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "\\",
        "<b>&amp;",
        "~~~~",
        "__x__ **_y_**",
        "![i](u)",
        "a\u{200b}*b*",
        "- [ ] x",
        "---",
        "*a **b* c**",
        "||x||",
        "😀_😀_",
    ];
    for text in odd {
        telegram.reply(ANN, text).unwrap();
    }
    assert_eq!(telegram.api.sent().len(), odd.len());
    assert!(
        telegram.api.calls("sendMessage").len() == odd.len(),
        "none had to be sent a second time as plain text"
    );
}

#[test]
fn what_the_platform_does_not_take_as_formatted_goes_out_plain() {
    let mut telegram = spoken_to();
    let refusal = Fault::refuse(400, "Bad Request: can't parse entities: Character '.' is reserved");
    telegram.api.fault("sendMessage", refusal);
    telegram.reply(ANN, "**bold**").unwrap();
    let sent = telegram.api.sent();
    assert_eq!((sent.len(), sent[0].entities.len()), (1, 0), "{sent:?}");
    assert_eq!(telegram.api.calls("sendMessage").len(), 2);
}

#[test]
fn a_long_text_goes_out_in_parts_in_order() {
    let mut telegram = spoken_to();
    let line = |nth: u32| format!("line {nth}. 😀 *x* {}", "word ".repeat(30));
    let text: Vec<String> = (0..80).map(line).collect();
    let result = telegram.reply(ANN, &text.join("\n\n")).unwrap();
    assert!(text_of(&result).starts_with("Sent, in "), "{result}");
    let sent = telegram.api.sent();
    assert!(sent.len() >= 3, "{}", sent.len());
    let all: String = sent.iter().map(|sent| format!("{}\n", sent.text)).collect();
    let positions: Vec<usize> = (0..80).map(|nth| all.find(&format!("line {nth}. ")).unwrap()).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    assert!(sent.iter().all(|sent| sent.text.encode_utf16().count() <= 4096));
}

#[test]
fn an_answer_stands_below_its_question_and_in_its_topic() {
    let mut telegram = spoken_to();
    let question = telegram.api.says(ANN, ANN, "which one?");
    telegram.hear("which one?").unwrap();
    let arguments = json!({"chat_id": chat_id(ANN), "text": "this one", "reply_to": question.to_string()});
    telegram.call("reply", &arguments).unwrap();
    assert_eq!(telegram.api.sent()[0].reply_to, Some(question));
    // One that is gone is answered all the same.
    let arguments = json!({"chat_id": chat_id(ANN), "text": "that one", "reply_to": "3"});
    telegram.call("reply", &arguments).unwrap();
    assert_eq!(telegram.api.sent()[1].reply_to, None);
}

#[test]
fn files_follow_the_text_each_as_what_it_is() {
    let mut telegram = spoken_to();
    let outbox = telegram.home.state().join("outbox").join(NAME);
    fs::write(outbox.join("a.png"), b"\x89PNG\r\n\x1a\npicture").unwrap();
    fs::write(outbox.join("b.txt"), vec![b'x'; 300 << 10]).unwrap();
    let arguments = json!({"chat_id": chat_id(ANN), "files": ["a.png", "b.txt"], "text": "both **here**"});
    let result = telegram.call("send_file", &arguments).unwrap();
    assert_ne!(result["isError"], true, "{result}");
    let sent = telegram.api.sent();
    let methods: Vec<&str> = sent.iter().map(|sent| &*sent.method).collect();
    assert_eq!(methods, ["sendMessage", "sendPhoto", "sendDocument"]);
    let files: Vec<(&str, usize)> = sent
        .iter()
        .filter_map(|sent| sent.file.as_ref().map(|file| (&*file.filename, file.bytes.len())))
        .collect();
    assert_eq!(files, [("a.png", 15), ("b.txt", 300 << 10)]);
    let ids = result["content"].as_array().unwrap();
    let all = ids
        .iter()
        .map(|block| block["text"].as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    assert!(sent.iter().all(|sent| all.contains(&sent.message.to_string())), "{all}");
}

#[test]
fn the_rest_that_was_not_sent_is_named() {
    let mut telegram = spoken_to();
    let outbox = telegram.home.state().join("outbox").join(NAME);
    fs::write(outbox.join("a.txt"), "x").unwrap();
    telegram
        .api
        .fault("sendDocument", Fault::refuse(400, "Bad Request: wrong file"));
    let arguments = json!({"chat_id": chat_id(ANN), "files": ["a.txt"], "text": "here"});
    let result = telegram.call("send_file", &arguments).unwrap();
    refused(&result, "only in part");
    refused(&result, "wrong file");
    telegram.api.fault("sendMessage", Fault::Lose(Cut::Whole));
    let result = telegram
        .call("reply", &json!({"chat_id": chat_id(ANN), "text": "maybe"}))
        .unwrap();
    refused(&result, "may have been sent, or not");
    telegram.api.blocks(ANN);
    let result = telegram
        .call("reply", &json!({"chat_id": chat_id(ANN), "text": "no"}))
        .unwrap();
    refused(&result, "It was not sent");
    refused(&result, "blocked by the user");
}

#[test]
fn messages_are_changed_and_reacted_to() {
    let mut telegram = spoken_to();
    let asked = telegram.api.says(ANN, ANN, "please");
    telegram.hear("please").unwrap();
    telegram.reply(ANN, "working…").unwrap();
    let own = telegram.api.sent()[0].message.to_string();
    let edit = json!({"chat_id": chat_id(ANN), "message_id": own, "text": "**done**"});
    for _ in 0..2 {
        // The second time nothing is modified, which is what was wanted.
        let result = telegram.call("edit_message", &edit).unwrap();
        assert_eq!(text_of(&result), "The change is made.");
    }
    let edited = telegram.api.edited().remove(0);
    assert_eq!((&*edited.text, kinds(&edited)), ("done", vec![("bold", "done")]));
    let react = |emoji: &str| json!({"chat_id": chat_id(ANN), "message_id": asked.to_string(), "emoji": emoji});
    let result = telegram.call("react", &react("👍")).unwrap();
    assert_eq!(text_of(&result), "The reaction is made.");
    assert_eq!(telegram.api.reactions(), [(ANN, asked, "👍".to_owned())]);
    refused(&telegram.call("react", &react("🧱")).unwrap(), "👍");
}

#[test]
fn somebody_sees_typing_until_he_is_answered() {
    let mut telegram = spoken_to();
    let signs = |telegram: &Telegram| telegram.api.actions().iter().filter(|(chat, _)| *chat == ANN).count();
    let refreshed = || (signs(&telegram) >= 3).then_some(());
    telegram.api.wait("two refreshed signs", refreshed).unwrap();
    telegram.reply(ANN, "here").unwrap();
    let after = signs(&telegram);
    // Another conversation tells how the time goes by.
    telegram.says(BEN, "and me?").unwrap();
    let others = || telegram.api.actions().iter().filter(|(chat, _)| *chat == BEN).count();
    telegram
        .api
        .wait("signs elsewhere", || (others() >= 3).then_some(()))
        .unwrap();
    assert!(signs(&telegram) <= after + 1, "one may have been under way");
}

#[test]
fn a_platform_that_asks_to_wait_is_given_the_time_that_it_names() {
    let mut telegram = spoken_to();
    telegram.api.fault("sendMessage", Fault::busy(2));
    telegram.reply(ANN, "later").unwrap();
    let calls = telegram.api.calls("sendMessage");
    assert_eq!(calls.len(), 2);
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(2));
    telegram.api.fault("sendMessage", Fault::busy(300));
    let result = telegram
        .call("reply", &json!({"chat_id": chat_id(ANN), "text": "x"}))
        .unwrap();
    refused(&result, "the platform asks to wait for 5m");
    assert_eq!(telegram.api.calls("sendMessage").len(), 3);
}

#[test]
fn a_call_that_hangs_delays_no_other_conversation() {
    let mut telegram = spoken_to();
    telegram.says(BEN, "hello too").unwrap();
    telegram.api.fault("sendMessage", Fault::Hang);
    let params = json!({"name": "reply", "arguments": {"chat_id": chat_id(ANN), "text": "stuck"}});
    let call = json!({"jsonrpc": "2.0", "id": 900, "method": "tools/call", "params": params});
    telegram.serve.client.write_line(&call.to_string()).unwrap();
    let hangs = || (telegram.api.hanging() == 1).then_some(());
    telegram.api.wait("the call that hangs", hangs).unwrap();
    telegram.reply(BEN, "not stuck").unwrap();
    telegram.says(BEN, "and what is said comes in").unwrap();
    assert_eq!(telegram.api.hanging(), 1, "it hung all the time");
    telegram.api.release();
    let answer = telegram
        .serve
        .client
        .record()
        .wait(lockgate_tests::wait::PATIENCE, "its answer", |seen| {
            seen.answers.iter().find(|answer| answer["id"] == 900).cloned()
        });
    refused(&answer.unwrap()["result"], "may have been sent, or not");
}
