//! The channel as its callers see it: requests of the page, and what the session says. Each test has a store and a folder
//! of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_sdk::harness::Harness;
use lockgate_sdk::{
    Answer, Author, Body, Content, Inbound, Outgoing, Place, Receipt, Request, Trouble, files as folder, store,
};
use serde_json::{Value, json};

use crate::{Fakechat, chat, files};

/// The channel in its house, as its callers see it.
struct Chat(Harness);

impl Chat {
    fn new() -> Self {
        Self(Harness::new())
    }

    fn page(&self, request: Request) -> Answer {
        self.0.page::<Fakechat>(request).unwrap()
    }

    fn ask(&self, request: Request) -> (u16, Value) {
        let answer = self.page(request);
        (answer.status, serde_json::from_slice(&self.0.body(&answer)).unwrap())
    }

    fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Request::post(path, body.to_string()))
    }

    fn send(&self, id: &str, text: &str) -> Value {
        let (status, answer) = self.post("/send", json!({ "id": id, "text": text }));
        assert_eq!(status, 201, "{answer}");
        answer["item"].clone()
    }

    fn history(&self, query: &str) -> Value {
        self.ask(Request::get(&format!("/history{query}"))).1
    }

    fn texts(&self, query: &str) -> Vec<String> {
        let page = self.history(query);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["text"].as_str().unwrap().to_owned()).collect()
    }

    fn say(&self, outgoing: Outgoing) -> Result<Receipt, Trouble> {
        self.0.send::<Fakechat>(outgoing)
    }

    fn reply(&self, text: &str) -> String {
        self.say(Outgoing::markdown(place(), text)).unwrap().messages[0].clone()
    }

    fn react(&self, id: &str, emoji: &str) -> Result<(), Trouble> {
        self.0.react::<Fakechat>(place(), id, emoji).map(|_| ())
    }

    fn upload(&self, name: &str, mime: &str, bytes: &[u8]) -> (String, Value) {
        let (status, answer) = self.ask(Request::post(&format!("/upload?name={name}&type={mime}"), bytes));
        assert_eq!(status, 201, "{answer}");
        let file = answer["file"].clone();
        (file["id"].as_str().unwrap().to_owned(), file)
    }

    /// What the page was told since it was asked last.
    fn told(&self) -> Vec<Value> {
        let texts = self.0.published(chat::TOPIC).into_iter();
        texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
    }
}

/// Writes what a call that adds an item of the id `a-1` writes.
fn keep_item(seq: u64, text: &str) {
    let item = json!({ "seq": seq, "id": "a-1", "from": "you", "at": 7, "text": text, "format": "plain" }).to_string();
    store::set("id/a-1", seq.to_string()).unwrap();
    store::set(&format!("item/{seq:020}/{}", item.len()), item).unwrap();
}

fn place() -> Place {
    Place::conversation("web")
}

#[test]
fn what_is_sent_is_kept_told_and_an_event() {
    let chat = Chat::new();
    let item = chat.send("a-1", "hello");
    let events = chat.0.events();
    assert_eq!((events[0].id.as_str(), events[0].text.as_str()), ("a-1", "hello"));
    assert_eq!(events[0].conversation.id, "web");
    assert!(matches!(&events[0].author, Author::Person(sender) if sender.id == "web" && !sender.bot));
    assert_eq!(chat.told(), [json!({ "type": "message", "item": item })]);
    assert_eq!(chat.texts(""), ["hello"]);
    // The same again is the same message: answered as before, and no second event.
    assert_eq!(chat.send("a-1", "hello"), item);
    assert!(chat.0.events().is_empty() && chat.told().is_empty());
    assert_eq!(chat.texts(""), ["hello"]);
}

#[test]
fn two_tries_at_the_same_moment_are_one_message() {
    let chat = Chat::new();
    chat.0.meanwhile(|| keep_item(7, "hello"));
    assert_eq!(chat.send("a-1", "hello")["seq"], 7);
    assert!(chat.0.events().is_empty());
    assert_eq!(chat.texts(""), ["hello"]);
}

#[test]
fn a_reply_is_told_and_can_be_edited_and_reacted_to() {
    let chat = Chat::new();
    chat.send("a-1", "hello");
    let receipt = chat.say(Outgoing::markdown(place(), "**hi**").reply_to("a-1")).unwrap();
    let told = chat.told();
    assert_eq!(
        (&told[1]["item"]["format"], &told[1]["item"]["replyTo"]),
        (&json!("markdown"), &json!("a-1"))
    );
    chat.0.edit::<Fakechat>(place(), &receipt.messages[0], "hi").unwrap();
    chat.react("a-1", "👍").unwrap();
    chat.react("a-1", "👍").unwrap();
    chat.0.typing::<Fakechat>(place()).unwrap();
    let told = chat.told();
    assert_eq!(
        (&told[0]["type"], &told[0]["item"]["text"]),
        (&json!("changed"), &json!("hi"))
    );
    assert_eq!(
        (&told[1]["type"], &told[1]["item"]["reactions"]),
        (&json!("changed"), &json!(["👍"]))
    );
    assert_eq!(told[3], json!({ "type": "typing" }));
    let items = chat.history("")["items"].clone();
    assert_eq!(
        (&items[0]["reactions"], &items[1]["text"]),
        (&json!(["👍"]), &json!("hi"))
    );
    assert!(items[0]["edited"].is_null() && items[1]["edited"].is_u64());
}

#[test]
fn each_side_edits_its_own() {
    let chat = Chat::new();
    chat.send("a-1", "mine");
    let id = chat.reply("yours");
    for id in ["a-1", "nowhere"] {
        assert!(chat.0.edit::<Fakechat>(place(), id, "x").is_err());
    }
    assert_eq!(chat.post("/edit", json!({ "id": id, "text": "x" })).0, 404);
    let _ = chat.0.inbound();
    assert_eq!(chat.post("/edit", json!({ "id": "a-1", "text": "other words" })).0, 200);
    let inbound = chat.0.inbound();
    assert!(matches!(&inbound[..], [Inbound::Edited(edited)] if edited.now.text == "other words"));
    assert_eq!(chat.told().last().unwrap()["type"], "changed");
    assert_eq!(chat.texts(""), ["other words", "yours"]);
}

#[test]
fn an_edit_and_a_reaction_at_the_same_moment_undo_neither() {
    let chat = Chat::new();
    chat.send("a-1", "first");
    chat.0.meanwhile(|| {
        chat::react("a-1", "👀").unwrap();
    });
    assert_eq!(chat.post("/edit", json!({ "id": "a-1", "text": "second" })).0, 200);
    let item = &chat.history("")["items"][0];
    assert_eq!((&item["text"], &item["reactions"]), (&json!("second"), &json!(["👀"])));
}

#[test]
fn wrong_requests_are_told_what_is_wrong() {
    let chat = Chat::new();
    let check = |request: Request, status: u16, words: &str| {
        let (got, answer) = chat.ask(request);
        assert_eq!(got, status, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
        assert_eq!(store::keys(""), Vec::<String>::new());
    };
    let send = |body: Value| Request::post("/send", body.to_string());
    check(send(json!({ "id": "../x", "text": "a" })), 400, "no usable id");
    check(send(json!({ "id": "", "text": "a" })), 400, "no usable id");
    check(send(json!({ "id": "a", "text": "" })), 400, "nothing in the message");
    check(send(json!({ "id": "a", "text": "x".repeat(48_001) })), 413, "too long");
    check(
        send(json!({ "id": "a", "text": "x", "files": ["nowhere"] })),
        409,
        "attach it again",
    );
    check(
        send(json!({ "id": "a", "text": "x", "files": vec!["f"; 11] })),
        400,
        "at most 10",
    );
    check(Request::get("/file/nowhere"), 404, "no longer kept");
    check(Request::get("/file/..%2Fa"), 404, "no longer kept");
    check(Request::get("/nowhere"), 404, "nothing at this address");
    check(Request::post("/history", ""), 404, "nothing at this address");
    assert!(chat.0.page::<Fakechat>(Request::post("/send", "{")).is_err());
    chat.send("a", "x");
    for emoji in ["", "\n", &"x".repeat(65)] {
        assert!(chat.react("a", emoji).is_err());
    }
    assert!(chat.react("b", "👍").is_err());
}

#[test]
fn history_comes_in_pages_oldest_first() {
    let chat = Chat::new();
    for number in 1..=7 {
        chat.reply(&format!("line {number}"));
    }
    let newest = chat.history("?limit=3");
    assert_eq!(chat.texts("?limit=3"), ["line 5", "line 6", "line 7"]);
    assert_eq!(
        (&newest["more"], &newest["seq"]),
        (&json!(true), &newest["items"][2]["seq"])
    );
    let before = |page: &Value| format!("?limit=3&before={}", page["items"][0]["seq"]);
    let older = chat.history(&before(&newest));
    assert_eq!(chat.texts(&before(&newest)), ["line 2", "line 3", "line 4"]);
    assert_eq!(chat.texts(&before(&older)), ["line 1"]);
    assert_eq!(chat.history(&before(&older))["more"], false);
    assert_eq!(chat.texts("?limit=0&before=x"), ["line 7"]);
}

#[test]
fn the_oldest_items_and_their_files_go_first() {
    let chat = Chat::new();
    let (id, _) = chat.upload("a.txt", "text/plain", b"old");
    chat.post("/send", json!({ "id": "first", "text": "with a file", "files": [id] }));
    chat.react("first", "👍").unwrap();
    // Items as large as they can be, until the bytes are too many.
    let large = "€".repeat(16_000);
    for _ in 0..=chat::BYTES / 48_000 {
        chat.reply(&large);
    }
    assert_eq!(chat::find("first").unwrap(), None);
    assert!(folder::size(&files::path(&id)).is_err());
    assert!(store::keys("reactions/").is_empty() && store::keys("file/").is_empty());
    let items = store::keys("item/");
    let kept: usize = items.iter().map(|key| store::get(key).unwrap().len()).sum();
    assert!(kept <= chat::BYTES, "{kept}");
    assert_eq!(items.len(), store::keys("id/").len());
}

#[test]
fn there_are_never_more_items_than_the_bound() {
    let chat = Chat::new();
    for number in 0..chat::ITEMS + 5 {
        chat.reply(&number.to_string());
    }
    assert_eq!(store::keys("item/").len(), chat::ITEMS);
    assert_eq!(chat.texts("?limit=1"), [(chat::ITEMS + 4).to_string()]);
}

#[test]
fn a_file_goes_up_into_a_message_and_to_the_session() {
    let chat = Chat::new();
    let (id, file) = chat.upload("caf%C3%A9%2F..%2Fplan.png", "image/png", b"bytes");
    assert_eq!(
        (&file["name"], &file["mime"], &file["size"]),
        (&json!("plan.png"), &json!("image/png"), &json!(5))
    );
    assert_eq!(
        chat.post("/send", json!({ "id": "a-1", "text": "", "files": [id] })).0,
        201
    );
    let attachment = chat.0.events()[0].attachments[0].clone();
    assert_eq!(
        (attachment.content, attachment.size),
        (Content::Handle(id.clone()), Some(5))
    );
    assert_eq!(store::keys("loose/"), Vec::<String>::new());
    assert_eq!(chat.0.fetch::<Fakechat>(&id).unwrap(), b"bytes");
    assert!(chat.0.fetch::<Fakechat>("nowhere").is_err());
    let answer = chat.page(Request::get(&format!("/file/{id}")));
    assert_eq!((answer.status, chat.0.body(&answer)), (200, b"bytes".to_vec()));
}

#[test]
fn a_large_upload_comes_as_a_file() {
    let chat = Chat::new();
    let answer = chat
        .0
        .upload::<Fakechat>(Request::post("/upload?name=big.bin", ""), &vec![7; 3 << 20])
        .unwrap();
    let told: Value = serde_json::from_slice(&chat.0.body(&answer)).unwrap();
    assert_eq!((answer.status, &told["file"]["size"]), (201, &json!(3 << 20)));
}

#[test]
fn a_full_folder_is_said_to_be_full_and_keeps_nothing_of_what_did_not_fit() {
    let chat = Chat(Harness::new().data(1_000));
    let (status, answer) = chat.ask(Request::post("/upload?name=a", [7; 1_001]));
    assert_eq!(
        (status, &answer["error"]),
        (507, &json!("there is no more room for files in this chat"))
    );
    let upload = chat
        .0
        .upload::<Fakechat>(Request::post("/upload?name=a", ""), &[7; 1_001])
        .unwrap();
    assert_eq!(upload.status, 507);
    let refused = chat
        .0
        .send_files::<Fakechat>(Outgoing::markdown(place(), "x"), &[("a", &[7; 1_001])]);
    assert!(matches!(refused, Err(Trouble::Rejected(why)) if why.contains("no more room")));
    assert_eq!(folder::list("/data").unwrap(), Vec::<String>::new());
    assert_eq!(store::keys(""), Vec::<String>::new());
    chat.upload("fits", "", &[7; 1_000]);
}

#[test]
fn the_session_sends_files() {
    let chat = Chat::new();
    let outgoing = Outgoing::markdown(place(), "");
    chat.0
        .send_files::<Fakechat>(outgoing.clone(), &[("chart.png", b"png")])
        .unwrap();
    let file = chat.told()[0]["item"]["files"][0].clone();
    assert_eq!(
        (&file["name"], &file["mime"], &file["size"]),
        (&json!("chart.png"), &json!("image/png"), &json!(3))
    );
    assert!(chat.say(outgoing.file("/outbox/nowhere")).is_err());
}

#[test]
fn only_pictures_go_to_the_page_as_what_they_are() {
    let chat = Chat::new();
    let check = |mime: &str, served: &str| {
        let (id, _) = chat.upload("f", mime, b"x");
        let answer = chat.page(Request::get(&format!("/file/{id}")));
        assert_eq!(
            answer.headers,
            [("content-type".to_owned(), served.to_owned())],
            "{mime}"
        );
    };
    check("image/png", "image/png");
    check("IMAGE/JPEG;x=y", "image/jpeg");
    check("image/svg%2Bxml", "application/octet-stream");
    check("text/html", "application/octet-stream");
    check("x%0d%0ay", "application/octet-stream");
    check("", "application/octet-stream");
}

#[test]
fn what_nobody_names_is_taken_away() {
    let chat = Chat::new();
    let (id, _) = chat.upload("a", "text/plain", b"loose");
    folder::write("/data/left-over", "x").unwrap();
    chat.0.start::<Fakechat>().unwrap();
    assert_eq!(folder::list("/data").unwrap(), std::slice::from_ref(&id));
    chat.0.advance(25 * 60 * 60 * 1_000);
    let (other, _) = chat.upload("b", "text/plain", b"new");
    assert_eq!(folder::list("/data").unwrap(), [other]);
    assert!(files::find(&id).unwrap().is_none());
}

#[test]
fn the_clock_may_be_set_back() {
    let chat = Chat::new();
    keep_item((chat.0.now() + 86_400_000) * 1_000, "of tomorrow");
    chat.send("a-2", "of today");
    assert_eq!(chat.texts(""), ["of tomorrow", "of today"]);
}

#[test]
fn the_page_is_one_document() {
    let chat = Chat::new();
    let answer = chat.page(Request::get("/"));
    assert!(answer.status == 200 && chat.0.body(&answer).starts_with(b"<!doctype html>"));
    let events = chat.page(Request::get("/events"));
    assert_eq!(events.body, Body::Subscribe(chat::TOPIC.into()));
}
