//! The channel as its callers see it: requests of the page, and what the session says. Each test has a store and a folder
//! of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_sdk::{
    Answer, Author, Body, Content, Effect, Format, Hook, Inbound, Media, Message, Outgoing, Place, Request,
    RequestBody, Sink, store,
};
use serde_json::{Value, json};

use crate::item::{self, Side};
use crate::{Fakechat, chat, disk, files};

fn ask(request: Request) -> (u16, Value) {
    let (status, answer) = whole(request);
    let Body::Bytes(bytes) = answer.body else {
        panic!("{:?} is no JSON", answer.body)
    };
    (status, serde_json::from_slice(&bytes).unwrap())
}

fn whole(request: Request) -> (u16, Answer) {
    let answer = Fakechat::receive(request).unwrap();
    (answer.status, answer)
}

fn send(id: &str, text: &str) -> Value {
    let (status, answer) = ask(Request::post(
        "/send",
        json!({ "id": id, "text": text, "files": [] }).to_string(),
    ));
    assert_eq!(status, 201, "{answer}");
    answer["item"].clone()
}

fn history(query: &str) -> Value {
    ask(Request::get(&format!("/history{query}"))).1
}

fn texts(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["text"].as_str().unwrap())
        .collect()
}

fn reply(text: &str) -> String {
    let receipt = Fakechat::send(Outgoing::markdown(place(), text)).unwrap();
    receipt.messages[0].clone()
}

fn place() -> Place {
    Place::conversation("web")
}

fn published(effects: &[Effect]) -> Vec<Value> {
    let text = |effect: &Effect| match effect {
        Effect::Publish(publication) => {
            assert_eq!(publication.topic, chat::TOPIC);
            serde_json::from_str(&publication.text).unwrap()
        }
        other => panic!("{other:?}"),
    };
    effects.iter().map(text).collect()
}

fn upload(name: &str, mime: &str, bytes: &[u8]) -> Value {
    let (status, answer) = ask(Request::post(&format!("/upload?name={name}&type={mime}"), bytes));
    assert_eq!(status, 201, "{answer}");
    answer["file"].clone()
}

fn event(answer: &Answer) -> &Message {
    match &answer.outcome.inbound[..] {
        [Inbound::Message(message)] => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sent_is_kept_told_and_an_event() {
    let body = json!({ "id": "a-1", "text": "hello" }).to_string();
    let (status, answer) = whole(Request::post("/send", body.clone()));
    assert_eq!(status, 201);
    let message = event(&answer);
    assert_eq!((message.id.as_str(), message.text.as_str()), ("a-1", "hello"));
    assert_eq!(message.conversation.id, "web");
    assert!(matches!(&message.author, Author::Person(sender) if sender.id == "web" && !sender.bot));
    let told = published(&answer.outcome.effects);
    assert_eq!(
        (&told[0]["type"], &told[0]["item"]["text"]),
        (&json!("message"), &json!("hello"))
    );
    assert_eq!(texts(&history("")), ["hello"]);
    // The same again is the same message: answered as before, and no second event.
    let (status, again) = whole(Request::post("/send", body));
    assert_eq!((status, again.body), (201, answer.body));
    assert!(again.outcome.inbound.is_empty() && again.outcome.effects.is_empty());
    assert_eq!(texts(&history("")), ["hello"]);
}

#[test]
fn a_reply_is_told_and_can_be_edited_and_reacted_to() {
    let own = send("a-1", "hello");
    let receipt = Fakechat::send(Outgoing::markdown(place(), "**hi**").reply_to("a-1")).unwrap();
    let told = published(&receipt.effects);
    assert_eq!(
        (&told[0]["item"]["format"], &told[0]["item"]["replyTo"]),
        (&json!("markdown"), &json!("a-1"))
    );
    let id = receipt.messages[0].clone();
    let edited = Fakechat::edit(place(), id.clone(), "hi".into(), Format::Plain).unwrap();
    assert_eq!(published(&edited)[0]["item"]["text"], "hi");
    let reacted = Fakechat::react(place(), "a-1".into(), "👍".into()).unwrap();
    assert_eq!(published(&reacted)[0]["item"]["reactions"], json!(["👍"]));
    Fakechat::react(place(), "a-1".into(), "👍".into()).unwrap();
    assert_eq!(
        published(&Fakechat::typing(place()).unwrap())[0],
        json!({ "type": "typing" })
    );
    let page = history("");
    assert_eq!(texts(&page), ["hello", "hi"]);
    assert_eq!(page["items"][0]["reactions"], json!(["👍"]));
    assert!(page["items"][1]["edited"].is_u64() && own["edited"].is_null());
}

#[test]
fn each_side_edits_its_own() {
    send("a-1", "mine");
    let id = reply("yours");
    assert!(Fakechat::edit(place(), "a-1".into(), "x".into(), Format::Plain).is_err());
    assert!(Fakechat::edit(place(), "nowhere".into(), "x".into(), Format::Plain).is_err());
    let edit = |id: &str, text: &str| whole(Request::post("/edit", json!({ "id": id, "text": text }).to_string()));
    assert_eq!(edit(&id, "x").0, 404);
    let (status, answer) = edit("a-1", "other words");
    assert_eq!(status, 200);
    assert!(matches!(&answer.outcome.inbound[..], [Inbound::Edited(edited)] if edited.now.text == "other words"));
    assert_eq!(published(&answer.outcome.effects)[0]["type"], "changed");
    assert_eq!(texts(&history("")), ["other words", "yours"]);
}

#[test]
fn a_reaction_writes_nothing_that_an_edit_writes() {
    send("a-1", "first");
    let items = || {
        let keys = store::keys("item/").into_iter().chain(store::keys("id/"));
        keys.map(|key| (store::get(&key), key)).collect::<Vec<_>>()
    };
    let before = items();
    Fakechat::react(place(), "a-1".into(), "👀".into()).unwrap();
    assert_eq!(items(), before);
    let reactions = store::get("reactions/a-1");
    chat::edit("a-1", Side::You, "second".into(), item::Format::Plain).unwrap();
    assert_eq!(store::get("reactions/a-1"), reactions);
    let item = chat::find("a-1").unwrap().unwrap();
    assert_eq!((item.text.as_str(), item.reactions), ("second", vec!["👀".to_owned()]));
}

#[test]
fn wrong_requests_are_told_what_is_wrong() {
    fn check(request: Request, status: u16, words: &str) {
        let (got, answer) = ask(request);
        assert_eq!(got, status, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
        assert_eq!(store::keys(""), Vec::<String>::new());
    }
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
    assert!(Fakechat::receive(Request::post("/send", "{")).is_err());
    for emoji in ["", "\n", &"x".repeat(65)] {
        assert!(Fakechat::react(place(), "a".into(), emoji.into()).is_err());
    }
}

#[test]
fn history_comes_in_pages_oldest_first() {
    for number in 1..=7 {
        reply(&format!("line {number}"));
    }
    let newest = history("?limit=3");
    assert_eq!(texts(&newest), ["line 5", "line 6", "line 7"]);
    assert_eq!(
        (&newest["more"], &newest["seq"]),
        (&json!(true), &newest["items"][2]["seq"])
    );
    let older = history(&format!("?limit=3&before={}", newest["items"][0]["seq"]));
    assert_eq!(texts(&older), ["line 2", "line 3", "line 4"]);
    let oldest = history(&format!("?limit=3&before={}", older["items"][0]["seq"]));
    assert_eq!((texts(&oldest), &oldest["more"]), (vec!["line 1"], &json!(false)));
    assert_eq!(texts(&history("?limit=0&before=x")), ["line 7"]);
}

#[test]
fn the_oldest_items_and_their_files_go_first() {
    let file = upload("a.txt", "text/plain", b"old");
    let id = file["id"].as_str().unwrap();
    let body = json!({ "id": "first", "text": "with a file", "files": [id] });
    ask(Request::post("/send", body.to_string()));
    Fakechat::react(place(), "first".into(), "👍".into()).unwrap();
    // Items as large as they can be, until the bytes are too many: at most four make a megabyte.
    let large = "€".repeat(16_000);
    for _ in 0..=chat::BYTES / 48_000 {
        reply(&large);
    }
    assert_eq!(chat::find("first").unwrap(), None);
    assert!(!disk::real(&files::path(id)).exists());
    assert!(store::keys("reactions/").is_empty() && store::keys("file/").is_empty());
    let kept: usize = store::keys("item/")
        .iter()
        .map(|key| store::get(key).unwrap().len())
        .sum();
    assert!(kept <= chat::BYTES, "{kept}");
    assert_eq!(store::keys("item/").len(), store::keys("id/").len());
}

#[test]
fn there_are_never_more_items_than_the_bound() {
    for number in 0..chat::ITEMS + 5 {
        reply(&number.to_string());
    }
    assert_eq!(store::keys("item/").len(), chat::ITEMS);
    assert_eq!(texts(&history("?limit=1")), [(chat::ITEMS + 4).to_string()]);
}

#[test]
fn a_file_goes_up_into_a_message_and_to_the_session() {
    let file = upload("caf%C3%A9%2F..%2Fplan.png", "image/png", b"bytes");
    assert_eq!(
        (&file["name"], &file["mime"], &file["size"]),
        (&json!("plan.png"), &json!("image/png"), &json!(5))
    );
    let id = file["id"].as_str().unwrap();
    let body = json!({ "id": "a-1", "text": "", "files": [id] }).to_string();
    let (status, answer) = whole(Request::post("/send", body));
    assert_eq!(status, 201);
    let attachment = &event(&answer).attachments[0];
    assert_eq!(
        (&attachment.content, attachment.size),
        (&Content::Handle(id.into()), Some(5))
    );
    assert_eq!(store::keys("loose/"), Vec::<String>::new());
    Fakechat::fetch(id.into(), "/inbox/1".into()).unwrap();
    assert_eq!(std::fs::read(disk::real("/inbox/1")).unwrap(), b"bytes");
    assert!(Fakechat::fetch("nowhere".into(), "/inbox/2".into()).is_err());
    let (status, answer) = whole(Request::get(&format!("/file/{id}")));
    assert_eq!((status, answer.body), (200, Body::File(format!("/data/{id}"))));
}

#[test]
fn a_large_upload_comes_as_a_file() {
    std::fs::write(disk::real("/inbox/body"), vec![7; 3 << 20]).unwrap();
    let mut request = Request::post("/upload?name=big.bin", "");
    request.body = RequestBody::File("/inbox/body".into());
    let (status, answer) = ask(request);
    assert_eq!((status, &answer["file"]["size"]), (201, &json!(3 << 20)));
}

#[test]
fn the_session_sends_files() {
    std::fs::write(disk::real("/outbox/chart.png"), b"png").unwrap();
    let receipt = Fakechat::send(Outgoing::markdown(place(), "").file("/outbox/chart.png")).unwrap();
    let item = &published(&receipt.effects)[0]["item"];
    assert_eq!(
        (&item["files"][0]["name"], &item["files"][0]["mime"]),
        (&json!("chart.png"), &json!("image/png"))
    );
    assert!(Fakechat::send(Outgoing::markdown(place(), "").file("/outbox/nowhere")).is_err());
}

#[test]
fn only_pictures_go_to_the_page_as_what_they_are() {
    fn check(mime: &str, served: &str) {
        let file = upload("f", mime, b"x");
        let (_, answer) = whole(Request::get(&format!("/file/{}", file["id"].as_str().unwrap())));
        assert_eq!(
            answer.headers,
            [("content-type".to_owned(), served.to_owned())],
            "{mime}"
        );
    }
    check("image/png", "image/png");
    check("IMAGE/JPEG;x=y", "image/jpeg");
    check("image/svg%2Bxml", "application/octet-stream");
    check("text/html", "application/octet-stream");
    check("x%0d%0ay", "application/octet-stream");
    check("", "application/octet-stream");
}

#[test]
fn what_nobody_names_is_taken_away() {
    let file = upload("a", "text/plain", b"loose");
    let id = file["id"].as_str().unwrap();
    let path = disk::real(&files::path(id));
    std::fs::write(disk::real("/data/left-over"), b"x").unwrap();
    files::sweep();
    assert!(path.exists() && !disk::real("/data/left-over").exists());
    store::set(&format!("loose/{id}"), "1").unwrap();
    upload("b", "text/plain", b"new");
    assert!(!path.exists() && files::find(id).unwrap().is_none());
}

#[test]
fn the_page_is_one_document() {
    let (status, answer) = whole(Request::get("/"));
    assert_eq!(status, 200);
    assert!(matches!(answer.body, Body::Bytes(bytes) if bytes.starts_with(b"<!doctype html>")));
    assert_eq!(
        whole(Request::get("/events")).1.body,
        Body::Subscribe(chat::TOPIC.into())
    );
}
