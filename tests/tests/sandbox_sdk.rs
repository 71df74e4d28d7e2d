//! A component made with the SDK that exports every interface, in the real sandbox: what the macro exports is what the
//! host calls, and the SDK's files are the folders that the host gives.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use lockgate::model::{Content, Effect, Format, Inbound, Outcome, Outgoing, Place, Trouble};
use lockgate::sandbox::{Allocation, CallError, ChannelContext, Folders, HookAnswer, HookBody, Prepared, Quota};
use lockgate_tests::room::{Room, guest, post};
use tempfile::TempDir;

struct Desk {
    _room: Room,
    folder: TempDir,
    folders: Folders,
    prepared: Prepared,
    channel: Arc<ChannelContext>,
}

/// A channel whose `/data` holds so many bytes.
async fn desk(room_for: u64) -> Desk {
    let room = Room::new(Allocation::Pooling).unwrap();
    let folder = TempDir::with_prefix("lockgate-desk-").unwrap();
    let made = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir(&path).unwrap();
        Some(path)
    };
    let (inbox, outbox, data) = (made("inbox"), made("outbox"), made("data"));
    let data = data.map(|folder| Quota::lasting(folder, room_for));
    let prepared = room.prepare(guest("desk").unwrap()).await.unwrap();
    let channel = room.channel("desk", &[]).unwrap();
    Desk {
        _room: room,
        folder,
        folders: Folders { inbox, outbox, data },
        prepared,
        channel,
    }
}

impl Desk {
    async fn asked(&self, path: &str, folders: &Folders) -> Result<(HookAnswer, Outcome), CallError> {
        let done = self.prepared.receive(&self.channel, post(path, ""), folders).await;
        done.map(|done| done.value)
    }
}

fn place() -> Place {
    Place {
        conversation: "room".to_owned(),
        thread: None,
    }
}

fn published(effects: &[Effect]) -> Vec<(&str, &str)> {
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Publish { topic, text } => (topic.as_str(), text.as_str()),
            other => panic!("a publication expected, got {other:?}"),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_interface_is_exported() {
    let desk = desk(64 << 20).await;
    let (prepared, channel, folders) = (&desk.prepared, &desk.channel, &desk.folders);
    assert_eq!(
        prepared.start(channel, folders).await.unwrap().value,
        Outcome::default()
    );
    let looked = prepared
        .poll(channel, 7, Duration::from_secs(5), folders)
        .await
        .unwrap();
    assert_eq!(looked.value.0.inbound, [Inbound::Skipped("7".to_owned())]);
    let fired = prepared.fire(channel, "beat", 0, folders).await.unwrap().value;
    assert!(matches!(&fired.inbound[..], [Inbound::Message(message)] if message.text == "beat"));
    let (answer, outcome) = desk.asked("/events", folders).await.unwrap();
    assert!(matches!(answer.body, HookBody::Subscribe(topic) if topic == "events"));
    assert_eq!(published(&outcome.effects), [("events", "POST")]);
    let (text, effects) = prepared.tool(channel, "echo", "{}", folders).await.unwrap().value;
    assert_eq!((text.as_str(), published(&effects)), ("{}", vec![("events", "echo")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_goes_out_and_what_lacks_is_rejected() {
    let desk = desk(64 << 20).await;
    let (prepared, channel, folders) = (&desk.prepared, &desk.channel, &desk.folders);
    fs::write(desk.folder.path().join("outbox/a.txt"), "file").unwrap();
    let outgoing = Outgoing {
        key: "k".to_owned(),
        place: place(),
        text: "text".to_owned(),
        format: Format::Plain,
        reply_to: None,
        files: vec!["a.txt".to_owned()],
        buttons: Vec::new(),
    };
    let receipt = prepared.send(channel, outgoing, folders).await.unwrap().value;
    assert_eq!(
        (receipt.messages, receipt.problem),
        (vec!["text".to_owned(), "file".to_owned()], None)
    );
    // It publishes only if it could not write there.
    assert_eq!(published(&receipt.effects), [("events", "room")]);
    let edited = prepared
        .edit(channel, place(), "1", "new", Format::Markdown, folders)
        .await;
    assert_eq!(published(&edited.unwrap().value), [("room", "1: new")]);
    assert_eq!(prepared.typing(channel, place(), folders).await.unwrap().value, []);
    let reacted = prepared.react(channel, place(), "1", "👍", folders).await.map(drop);
    assert!(
        matches!(reacted, Err(CallError::Trouble(Trouble::Rejected(_)))),
        "{reacted:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_the_folders_of_the_call() {
    let desk = desk(64 << 20).await;
    let (answer, _) = desk.asked("/try", &desk.folders).await.unwrap();
    let HookBody::Bytes(body) = answer.body else {
        panic!("a report expected, got {:?}", answer.body)
    };
    let report = String::from_utf8(body).unwrap();
    let expected = [
        r#"write Ok(())"#,
        r#"append Ok(())"#,
        r#"read Ok(Ok("one two"))"#,
        r#"replace Ok(())"#,
        r#"size Ok(1)"#,
        r#"rename Ok(())"#,
        r#"list Ok(["b"])"#,
        r#"remove Ok(())"#,
        r#"gone Err(Missing("/data/b")) Ok(())"#,
    ];
    assert_eq!(
        report.lines().take(expected.len()).collect::<Vec<_>>(),
        expected,
        "{report}"
    );
    assert!(report.contains("\nfolder Err(Refused {"), "{report}");
    assert!(report.contains("\noutbox Err(Refused {"), "{report}");
    assert!(report.ends_with("\ninbox Ok([])"), "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_copied_in_pieces_and_answered() {
    let desk = desk(64 << 20).await;
    let bytes: Vec<u8> = (0..50_usize << 20).map(|at| (at % 251) as u8).collect();
    fs::write(desk.folder.path().join("inbox/body"), &bytes).unwrap();
    let done = desk
        .prepared
        .receive(&desk.channel, post("/keep", ""), &desk.folders)
        .await
        .unwrap();
    println!(
        "50 MiB copied in {:?}, with {} KiB of memory",
        done.took,
        done.memory >> 10
    );
    assert!(done.memory < 2 << 20, "it was whole in memory: {} bytes", done.memory);
    let Some(Inbound::Message(message)) = done.value.1.inbound.first() else {
        panic!("a message expected")
    };
    assert_eq!(message.text, bytes.len().to_string());
    assert_eq!(message.attachments[0].content, Content::File("/inbox/body".to_owned()));
    assert!(
        fs::read(desk.folder.path().join("data/body")).unwrap() == bytes,
        "the copy differs"
    );
    let (answer, _) = desk.asked("/file/body", &desk.folders).await.unwrap();
    assert!(matches!(answer.body, HookBody::File(path) if path == "/data/body"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_does_not_fit_leaves_nothing() {
    let desk = desk(1 << 20).await;
    fs::write(desk.folder.path().join("inbox/body"), vec![7; 2 << 20]).unwrap();
    let kept = desk.asked("/keep", &desk.folders).await.map(drop);
    let Err(CallError::Trouble(Trouble::Unavailable(why))) = kept else {
        panic!("a full folder: {kept:?}")
    };
    assert_eq!(why, "no room for /data/body");
    assert_eq!(fs::read_dir(desk.folder.path().join("data")).unwrap().count(), 0);
    // And what it held is free again.
    fs::write(desk.folder.path().join("inbox/body"), vec![7; 1 << 19]).unwrap();
    desk.asked("/keep", &desk.folders).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_writes_where_it_is_told() {
    let desk = desk(64 << 20).await;
    let (prepared, channel) = (&desk.prepared, &desk.channel);
    prepared
        .fetch(channel, "bytes", "fetched", &desk.folders)
        .await
        .unwrap();
    assert_eq!(fs::read(desk.folder.path().join("inbox/fetched")).unwrap(), b"bytes");
    let nowhere = prepared
        .fetch(channel, "bytes", "fetched", &Folders::default())
        .await
        .map(drop);
    let Err(CallError::Trouble(Trouble::Rejected(why))) = nowhere else {
        panic!("a call without folders: {nowhere:?}")
    };
    assert!(why.contains("this call has no /inbox"), "{why}");
}
