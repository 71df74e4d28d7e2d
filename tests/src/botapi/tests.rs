//! The fake is what its documentation says: asked over a real connection, by hand.
#![allow(clippy::unwrap_used)]

use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use super::*;
use crate::load::Connection;

const ANN: i64 = 101;
const GROUP: i64 = -1_001_234_567;

/// Asks by JSON: status and body.
fn ask(api: &BotApi, method: &str, params: &Value) -> (u16, Value) {
    try_ask(api, method, params).unwrap()
}

fn try_ask(api: &BotApi, method: &str, params: &Value) -> Result<(u16, Value)> {
    let (mut connection, body) = (Connection::open(api.platform().address())?, params.to_string());
    let token = api.desk.world().token.clone();
    let head = "Host: x\r\nContent-Type: application/json\r\nContent-Length:";
    let request = format!(
        "POST /bot{token}/{method} HTTP/1.1\r\n{head} {}\r\n\r\n{body}",
        body.len()
    );
    connection.send(request.as_bytes())?;
    let answer = connection.answer()?;
    let value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    Ok((answer.status, value))
}

fn api() -> BotApi {
    let api = BotApi::start().unwrap();
    api.user(ANN, "Ann");
    api.group(GROUP, "The group", &[7]);
    api
}

#[track_caller]
fn done(api: &BotApi, method: &str, params: &Value) -> Value {
    let (status, body) = ask(api, method, params);
    assert_eq!((status, &body["ok"]), (200, &json!(true)), "{method}: {body}");
    body["result"].clone()
}

#[track_caller]
fn refused(api: &BotApi, method: &str, params: &Value, code: u16, words: &str) {
    let (status, body) = ask(api, method, params);
    assert_eq!((status, &body["error_code"]), (code, &json!(code)), "{method}: {body}");
    let said = body["description"].as_str().unwrap();
    assert!(said.contains(words), "{method}: {said}");
}

#[test]
fn updates_come_again_until_a_higher_offset_confirms_them() {
    let api = api();
    for text in ["one", "two", "three"] {
        api.says(ANN, ANN, text);
    }
    let poll = |offset: i64, limit: u64| done(&api, "getUpdates", &json!({"offset": offset, "limit": limit}));
    let first = poll(0, 2);
    assert_eq!(first.as_array().unwrap().len(), 2);
    assert_eq!(first, poll(0, 2));
    let id = first[0]["update_id"].as_i64().unwrap();
    assert_eq!(poll(id + 1, 100)[0]["message"]["text"], "two");
    // What was forgotten does not come back by a lower offset.
    assert_eq!(poll(0, 100).as_array().unwrap().len(), 2);
    assert_eq!(poll(-1, 100)[0]["message"]["text"], "three");
    assert_eq!(api.unconfirmed(), 1);
}

#[test]
fn a_long_poll_waits_for_an_update_and_not_longer_than_it_said() {
    let api = api();
    let begun = Instant::now();
    assert_eq!(done(&api, "getUpdates", &json!({"timeout": 1})), json!([]));
    assert!(begun.elapsed() >= Duration::from_secs(1));
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let polling = &api;
        scope.spawn(move || tell.send(done(polling, "getUpdates", &json!({"timeout": 50}))));
        api.wait("the poll", || (api.calls("getUpdates").len() == 2).then_some(()))
            .unwrap();
        api.says(ANN, ANN, "now");
        assert_eq!(told.recv().unwrap()[0]["message"]["text"], "now");
    });
}

#[test]
fn who_polls_sends_the_older_one_away() {
    let api = api();
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let polling = &api;
        scope.spawn(move || tell.send(ask(polling, "getUpdates", &json!({"timeout": 50}))));
        api.wait("the poll", || (api.desk.world().poller == 1).then_some(()))
            .unwrap();
        done(&api, "getUpdates", &json!({}));
        let (status, body) = told.recv().unwrap();
        assert_eq!((status, &body["error_code"]), (409, &json!(409)));
    });
    api.contended(Contended::ByAnother);
    refused(
        &api,
        "getUpdates",
        &json!({}),
        409,
        "terminated by other getUpdates request",
    );
    api.contended(Contended::ByNobody);
    api.set_webhook();
    refused(&api, "getUpdates", &json!({}), 409, "while webhook is active");
    done(&api, "deleteWebhook", &json!({}));
    done(&api, "getUpdates", &json!({}));
}

#[test]
fn only_wanted_kinds_become_updates() {
    let api = api();
    done(&api, "getUpdates", &json!({"allowed_updates": ["message"]}));
    let message = api.says(ANN, ANN, "first");
    api.edits(message, "second").unwrap();
    assert_eq!(api.unconfirmed(), 1);
    done(
        &api,
        "getUpdates",
        &json!({"allowed_updates": ["message", "edited_message"]}),
    );
    api.edits(message, "third").unwrap();
    let updates = done(&api, "getUpdates", &json!({}));
    assert_eq!(updates[1]["edited_message"]["text"], "third");
    assert_eq!(updates[1]["edited_message"]["message_id"], message);
}

#[test]
fn a_wrong_token_and_an_unknown_method_are_refused() {
    let api = api();
    refused(&api, "setWebhook", &json!({}), 404, "Not Found");
    assert_eq!(done(&api, "getMe", &json!({}))["username"], USERNAME);
    api.revoke_token();
    refused(&api, "getMe", &json!({}), 401, "Unauthorized");
    refused(&api, "getUpdates", &json!({"timeout": 50}), 401, "Unauthorized");
    api.new_token("1:new");
    done(&api, "getMe", &json!({}));
}

#[test]
fn a_message_is_checked_as_the_documentation_says() {
    let api = api();
    let send = "sendMessage";
    refused(&api, send, &json!({"text": "x"}), 400, "chat_id is empty");
    refused(&api, send, &json!({"chat_id": 5, "text": "x"}), 400, "chat not found");
    refused(
        &api,
        send,
        &json!({"chat_id": ANN, "text": " "}),
        400,
        "message text is empty",
    );
    let long = |count: usize| json!({"chat_id": ANN, "text": "😀".repeat(count / 2)});
    refused(&api, send, &long(4098), 400, "message is too long");
    done(&api, send, &long(4096));
    // What formats is not counted.
    let bold = format!("*{}*", "a".repeat(4096));
    done(
        &api,
        send,
        &json!({"chat_id": ANN, "text": bold, "parse_mode": "MarkdownV2"}),
    );
    let dot = json!({"chat_id": ANN, "text": "a.", "parse_mode": "MarkdownV2"});
    refused(&api, send, &dot, 400, "can't parse entities: Character '.' is reserved");
    refused(
        &api,
        send,
        &json!({"chat_id": GROUP, "text": "x", "message_thread_id": 8}),
        400,
        "thread not found",
    );
    let reply = |message: i64, lenient: bool| {
        let parameters = json!({"message_id": message, "allow_sending_without_reply": lenient});
        json!({"chat_id": GROUP, "text": "x", "message_thread_id": 7, "reply_parameters": parameters})
    };
    refused(&api, send, &reply(9, false), 400, "message to be replied not found");
    done(&api, send, &reply(9, true));
    let asked = api.says(GROUP, ANN, "hello");
    done(&api, send, &reply(asked, false));
    let sent = api.sent();
    let threads: Vec<_> = sent.iter().map(|sent| (sent.thread, sent.reply_to)).collect();
    assert_eq!(
        threads,
        [(None, None), (None, None), (Some(7), None), (Some(7), Some(asked))]
    );
    api.blocks(ANN);
    refused(
        &api,
        send,
        &json!({"chat_id": ANN, "text": "x"}),
        403,
        "blocked by the user",
    );
}

#[test]
fn buttons_are_pressed_and_presses_answered_once() {
    let api = api();
    let keyboard = |data: &str| json!({"inline_keyboard": [[{"text": "Allow", "callback_data": data}]]});
    let send = |data: &str| json!({"chat_id": ANN, "text": "may I?", "reply_markup": keyboard(data)});
    refused(&api, "sendMessage", &send(&"x".repeat(65)), 400, "BUTTON_DATA_INVALID");
    refused(&api, "sendMessage", &send(""), 400, "BUTTON_DATA_INVALID");
    done(&api, "sendMessage", &send("token"));
    let sent = api.sent().remove(0);
    let press = api.presses(&sent, "Allow", ANN).unwrap();
    let updates = done(&api, "getUpdates", &json!({}));
    let query = &updates[0]["callback_query"];
    assert_eq!((&query["data"], &query["from"]["id"]), (&json!("token"), &json!(ANN)));
    let answer = json!({"callback_query_id": press, "text": "done"});
    done(&api, "answerCallbackQuery", &answer);
    refused(&api, "answerCallbackQuery", &answer, 400, "query is too old");
    assert_eq!(api.answered(), [(press, "done".to_owned())]);
    let edit = json!({"chat_id": ANN, "message_id": sent.message, "text": "allowed"});
    done(&api, "editMessageText", &edit);
    refused(&api, "editMessageText", &edit, 400, "message is not modified");
    let edited = api.edited().remove(0);
    assert_eq!((&*edited.text, edited.buttons.len()), ("allowed", 0));
    let other = json!({"chat_id": ANN, "message_id": 1, "text": "x"});
    refused(&api, "editMessageText", &other, 400, "message to edit not found");
}

#[test]
fn reactions_signs_files_and_commands() {
    let api = api();
    let message = api.says(ANN, ANN, "x");
    let react =
        |emoji: &str| json!({"chat_id": ANN, "message_id": message, "reaction": [{"type": "emoji", "emoji": emoji}]});
    done(&api, "setMessageReaction", &react("👍"));
    refused(&api, "setMessageReaction", &react("🧱"), 400, "REACTION_INVALID");
    assert_eq!(api.reactions(), [(ANN, message, "👍".to_owned())]);
    done(&api, "sendChatAction", &json!({"chat_id": ANN, "action": "typing"}));
    refused(
        &api,
        "sendChatAction",
        &json!({"chat_id": ANN, "action": "dancing"}),
        400,
        "wrong parameter action",
    );
    api.file("F1", "photos/file_0.jpg", 3, b"abc");
    api.file("F2", "videos/file_1.mp4", 21 << 20, b"");
    assert_eq!(
        done(&api, "getFile", &json!({"file_id": "F1"}))["file_path"],
        "photos/file_0.jpg"
    );
    refused(&api, "getFile", &json!({"file_id": "F2"}), 400, "file is too big");
    refused(&api, "getFile", &json!({"file_id": "F3"}), 400, "wrong file_id");
    let menu = |name: &str| json!({"commands": [{"command": name, "description": "Begin"}]});
    refused(&api, "setMyCommands", &menu("Start"), 400, "BOT_COMMAND_INVALID");
    done(&api, "setMyCommands", &menu("start"));
    assert_eq!(api.commands().len(), 1);
}

#[test]
fn faults_are_what_they_say() {
    let api = api();
    api.fault("getMe", Fault::busy(3));
    let (status, body) = ask(&api, "getMe", &json!({}));
    assert_eq!((status, &body["parameters"]["retry_after"]), (429, &json!(3)));
    let send = json!({"chat_id": ANN, "text": "x"});
    for (fault, does) in [
        (Fault::Drop, 0),
        (Fault::Lose(Cut::Whole), 1),
        (Fault::Lose(Cut::Body), 1),
        (Fault::Lose(Cut::Half), 1),
    ] {
        let before = api.sent().len();
        api.fault("sendMessage", fault.clone());
        assert!(try_ask(&api, "sendMessage", &send).is_err(), "{fault:?}");
        assert_eq!(api.sent().len() - before, does, "{fault:?}");
    }
    api.fault("getMe", Fault::gateway());
    assert_eq!(ask(&api, "getMe", &json!({})), (200, Value::Null));
    thread::scope(|scope| {
        api.fault("getMe", Fault::Hang);
        let hung = scope.spawn(|| try_ask(&api, "getMe", &json!({})));
        api.wait("the call that hangs", || (api.hanging() == 1).then_some(()))
            .unwrap();
        done(&api, "getMe", &json!({}));
        api.release();
        assert!(hung.join().unwrap().is_err());
    });
    api.random_faults(7, 1_000, &[Fault::refuse(500, "Internal Server Error")]);
    refused(&api, "getMe", &json!({}), 500, "Internal Server Error");
    api.heal();
    api.down();
    assert!(try_ask(&api, "getMe", &json!({})).is_err());
    api.up();
    done(&api, "getMe", &json!({}));
}

#[test]
fn an_update_may_have_any_shape() {
    let api = api();
    api.raw_update(|id| format!("{{\"update_id\":{id},\"message\":{{\"text\":\"\\ud83d\"}}}}"));
    let mut connection = Connection::open(api.platform().address()).unwrap();
    let request = format!("GET /bot{TOKEN}/getUpdates HTTP/1.1\r\nHost: x\r\n\r\n");
    connection.send(request.as_bytes()).unwrap();
    let body = String::from_utf8(connection.answer().unwrap().body).unwrap();
    assert!(body.contains("\\ud83d"), "{body}");
    assert!(serde_json::from_str::<Value>(&body).is_err());
}
