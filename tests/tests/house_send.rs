//! Files that the model sends: from the channel's outbox or from below a folder that the operator named, and from
//! nowhere else, whatever the path looks like. And attachments, which it gets by event only.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use lockgate_tests::chat::Chat;
use lockgate_tests::client::text_of;
use serde_json::{Value, json};

/// A session that was spoken to, and a folder from which it may send.
struct Scene {
    chat: Chat,
    root: PathBuf,
}

impl Scene {
    fn set() -> Scene {
        let chat = Chat::open().unwrap();
        let root = chat.home.beside().join("pictures");
        fs::create_dir(&root).unwrap();
        let roots = toml::Value::Array(vec![
            root.to_str().unwrap().into(),
            chat.home.path().to_str().unwrap().into(),
        ]);
        let edit = |config: &mut toml::Table| drop(config.insert("send-roots".into(), roots));
        chat.home.edit_config(edit).unwrap();
        let chat = chat.again().unwrap();
        chat.hear("room", "send it").unwrap();
        Scene { chat, root }
    }

    fn outbox(&self) -> PathBuf {
        self.chat.home.state().join("outbox/chat")
    }

    fn send(&mut self, files: &[&str], text: &str) -> Value {
        let arguments = json!({"chat_id": "chat:room", "files": files, "text": text});
        self.chat.call("send_file", &arguments).unwrap()
    }

    #[track_caller]
    fn refused(&mut self, file: &str, why: &str) {
        let result = self.send(&[file], "here");
        assert_eq!(result["isError"], true, "{file}: {result}");
        assert!(text_of(&result).contains(why), "{file}: {result}");
    }
}

#[test]
fn files_go_with_the_last_part() {
    let mut scene = Scene::set();
    fs::write(scene.outbox().join("a.txt"), "first").unwrap();
    fs::create_dir(scene.root.join("deep")).unwrap();
    fs::write(scene.root.join("deep/b.txt"), "second").unwrap();
    let below = scene.root.join("deep/b.txt");
    let text = format!("{}\n\n{}", "a".repeat(90), "b".repeat(90));
    let result = scene.send(&["a.txt", below.to_str().unwrap()], &text);
    assert!(text_of(&result).starts_with("Sent, in 2 parts."), "{result}");
    assert!(text_of(&scene.send(&["a.txt"], "")).starts_with("Sent."));
    let sent = scene.chat.sent("room").unwrap().0;
    assert!(sent[0].starts_with("- - markdown []: aaa"), "{sent:?}");
    let both = "- - markdown [/outbox/a.txt=first,/outbox/b.txt=second]: bbb";
    assert!(sent[1].starts_with(both), "{sent:?}");
    assert_eq!(sent[2], "- - markdown [/outbox/a.txt=first]: ");
    let scratch = scene.chat.home.state().join("scratch");
    let left = fs::read_dir(scratch).map(Iterator::count).unwrap_or_default();
    assert_eq!(left, 0, "a call's folder goes with the call");
}

#[test]
fn nothing_else_on_this_machine_can_be_sent() {
    let mut scene = Scene::set();
    let (root, outbox, home) = (scene.root.clone(), scene.outbox(), scene.chat.home.path());
    let secret = scene.chat.home.beside().join("canary");
    fs::write(&secret, "canary").unwrap();
    symlink(&secret, outbox.join("link.txt")).unwrap();
    symlink(scene.chat.home.beside(), root.join("up")).unwrap();
    fs::write(root.join(".env"), "canary").unwrap();
    fs::hard_link(&secret, root.join("hard.txt")).unwrap();
    fs::write(root.join("large.bin"), vec![0; (1 << 20) + 1]).unwrap();
    fs::create_dir(root.join("folder")).unwrap();
    let below = |name: &str| root.join(name).to_str().unwrap().to_owned();
    scene.refused("/etc/passwd", "send-roots");
    scene.refused(secret.to_str().unwrap(), "send-roots");
    scene.refused("../../../../canary", "");
    scene.refused(&below("../canary"), "");
    scene.refused("link.txt", "");
    scene.refused(&below("up/canary"), "");
    scene.refused(&below(".env"), "begins with a dot");
    scene.refused(&below("hard.txt"), "hard link");
    scene.refused(&below("large.bin"), "more than 1048576 bytes");
    scene.refused(&below("folder"), "not a regular file");
    scene.refused(&below("absent"), "can't be opened");
    // The operator named the home by mistake: what is lockgate's own stays where it is.
    for own in ["state/journal.sqlite", "lockgate.toml", "lockgate.lock"] {
        scene.refused(home.join(own).to_str().unwrap(), "lockgate's own files");
    }
    scene.refused("", "");
    fs::write(outbox.join("a.txt"), "x").unwrap();
    let result = scene.send(&["a.txt", "a.txt", "a.txt"], "");
    assert!(text_of(&result).contains("at most 2 files"), "{result}");
    assert!(scene.chat.sent("room").unwrap().0.is_empty());
}

#[test]
fn an_attachment_is_had_by_an_event_of_this_session_alone() {
    let mut chat = Chat::open().unwrap();
    let event = chat.hear("room", "no attachment").unwrap();
    let none = chat
        .call("download_attachment", &json!({"event_id": event.meta["event_id"]}))
        .unwrap();
    assert!(text_of(&none).contains("the message has 0 attachments"), "{none}");
    let other = chat.call("download_attachment", &json!({"event_id": "e999"})).unwrap();
    assert!(
        text_of(&other).contains("this session was not sent such an event"),
        "{other}"
    );
    let mut next = chat.again().unwrap();
    let earlier = next
        .call("download_attachment", &json!({"event_id": event.meta["event_id"]}))
        .unwrap();
    assert_eq!(earlier["isError"], true, "{earlier}");
}
