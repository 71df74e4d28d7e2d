//! What the import of another plugin's list shows and writes.

use super::*;

const LIST: &str = r#"{
  "dmPolicy": "pairing",
  "allowFrom": ["alice", "7"],
  "groups": { "-100": { "requireMention": true, "allowFrom": [] }, "-200": { "requireMention": false, "allowFrom": ["7", "99"] } },
  "pending": { "a1b2c3": { "senderId": "8" } },
  "mentionPatterns": ["\\bbot\\b"],
  "replyToMode": "first"
}"#;

const CONFIG: &str = "# Mine.\n[channel.ci]\ncomponent = \"/w.wasm\" # built here\nnetwork = \"forge\"\n";

impl Scene {
    fn file(&self, text: &str) -> String {
        let file = self.home.config_dir().join("access.json");
        std::fs::write(&file, text).unwrap();
        std::fs::write(self.home.config_file(), CONFIG).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.config_dir().join(name)).unwrap_or_default()
    }
}

const PLAN: &str = "\
=  owner              is forge:alice already
+  person-1           is forge:7, and may speak to the session (chat)
+  ci                 direct messages: pairing instead of allowlist
+  ci                 group -100: everyone in it is heard, when it addresses us
+  ci                 group -200: person-1 is heard, always
+  ci                 counts as addressing us: (?i)\\bbot\\b
#  kept as a comment  groups.-200.allowFrom = \"99\"
    could write only there, and whoever is on the list can write directly, too; for that:
        lockgate access allow NAME forge:99, and NAME to this group's people
#  kept as a comment  replyToMode = \"first\"
    an answer names the message that the model names
";

#[test]
fn the_plan_is_shown_and_nothing_is_changed() {
    let scene = Scene::set();
    scene.run(&["allow", "owner", "forge:alice"]).unwrap();
    let file = scene.file(LIST);
    let before = scene.text("access.toml");
    let (_, answer, talk) = scene.run(&["import", &file]).unwrap();
    assert_eq!(answer, PLAN);
    assert!(talk.contains("1 open code is not taken over"), "{talk}");
    assert!(talk.contains("lockgate access allow person-1 --role approve"), "{talk}");
    assert!(talk.contains("nothing was changed; to do it, run: "), "{talk}");
    assert_eq!(
        (scene.text("access.toml"), scene.text("lockgate.toml")),
        (before, CONFIG.to_owned())
    );
}

#[test]
fn it_is_written_with_all_comments_and_nothing_over_there() {
    let scene = Scene::set();
    scene
        .run(&["allow", "owner", "forge:alice", "--role", "approve", "--role", "chat"])
        .unwrap();
    let people = format!("# The family.\n{}", scene.text("access.toml"));
    std::fs::write(scene.home.config_dir().join("access.toml"), &people).unwrap();
    let file = scene.file(LIST);
    let (_, answer, _) = scene.run(&["import", &file, "--channel", "ci", "--apply"]).unwrap();
    assert!(answer.starts_with(PLAN), "{answer}");
    let added = "\n[[person]]\nname = \"person-1\"\nroles = [\"chat\"]\nids = { forge = \"7\" }\n";
    assert_eq!(scene.text("access.toml"), format!("{people}{added}"));
    let config = scene.text("lockgate.toml");
    let expected = "# Mine.\n\
        # access.json had groups.-200.allowFrom = \"99\" (could write only there, and whoever is on the list can write directly, too; \
        for that: lockgate access allow NAME forge:99, and NAME to this group's people)\n\
        # access.json had replyToMode = \"first\" (an answer names the message that the model names)\n\
        [channel.ci]\ncomponent = \"/w.wasm\" # built here\nnetwork = \"forge\"\ndirect = \"pairing\"\n\
        groups.-100 = { mention = true, people = \"everyone\" }\n\
        groups.-200 = { mention = false, people = [\"person-1\"] }\n\
        mention-patterns = ['(?i)\\bbot\\b']\n";
    assert_eq!(config, expected);
    assert_eq!(scene.text("access.json"), LIST);
    scene.run(&["import", &file, "--apply"]).unwrap();
    assert_eq!(scene.text("lockgate.toml"), expected, "a second time changes nothing");
}

#[test]
fn what_clashes_is_refused_and_nothing_is_changed() {
    let scene = Scene::set();
    let file = scene.file(LIST);
    let other = format!("{CONFIG}groups.\"-100\" = {{ mention = false, people = \"everyone\" }}\n");
    std::fs::write(scene.home.config_file(), &other).unwrap();
    let refused = |words: &[&str], expected: &str| {
        let error = format!("{:#}", scene.run(words).map(drop).unwrap_err());
        assert!(error.contains(expected), "{error}");
        assert_eq!(
            (scene.text("access.toml"), scene.text("lockgate.toml")),
            (String::new(), other.clone())
        );
    };
    refused(
        &["import", &file, "--apply"],
        "groups.\"-100\" stands in lockgate.toml with other words",
    );
    refused(
        &["import", &file, "--channel", "nobody", "--apply"],
        "there is no channel nobody",
    );
    refused(
        &["import", &file, "--channel", "ci", "--network", "chat"],
        "the channel has the network forge, not chat",
    );
    refused(&["import", "/nowhere/access.json"], "can't read /nowhere/access.json");
    let broken = scene.home.config_dir().join("broken.json");
    std::fs::write(&broken, "{\n  \"allowFrom\": [\"1\",\n").unwrap();
    refused(&["import", broken.to_str().unwrap(), "--apply"], "broken.json:3:1: EOF");
    std::fs::write(&broken, [b'"', 0xff, b'"']).unwrap();
    refused(&["import", broken.to_str().unwrap()], "no text in UTF-8");
    std::fs::write(&broken, " ".repeat(crate::limits::IMPORT_BYTES + 1)).unwrap();
    refused(&["import", broken.to_str().unwrap()], "has more than");
}

#[test]
fn without_a_channel_only_people_come() {
    let scene = Scene::set();
    let file = scene.file(LIST);
    let (_, answer, talk) = scene.run(&["import", &file, "--network", "chat", "--apply"]).unwrap();
    assert!(answer.contains("+  person-1           is chat:alice"), "{answer}");
    assert!(
        talk.contains("no channel has the network chat, so its groups"),
        "{talk}"
    );
    assert_eq!(scene.text("lockgate.toml"), CONFIG);
    assert!(current(&scene.home).unwrap().admits("chat", "7").is_some());
}

/// A user name changes hands: whoever takes it next would be heard.
#[test]
fn a_user_name_is_kept_as_a_comment_and_never_becomes_an_account() {
    let scene = Scene::set();
    let text = r#"{"allowFrom": ["@ann", "7"], "groups": {"-100": {"allowFrom": ["@ann"]}}}"#;
    let file = scene.file(text);
    let (_, answer, _) = scene.run(&["import", &file, "--apply"]).unwrap();
    assert!(answer.contains("kept as a comment  allowFrom = \"@ann\""), "{answer}");
    assert!(
        answer.contains("a user name, which can become somebody else's"),
        "{answer}"
    );
    assert!(!scene.text("access.toml").contains("@ann"));
    assert!(
        !scene.text("lockgate.toml").contains("\ngroups."),
        "it was nobody else's"
    );
    let (_, _, talk) = scene.run(&["allow", "ann", "forge:@ann"]).unwrap();
    assert!(
        talk.contains("warning: forge:@ann looks like a user name: an id is what the platform calls stable"),
        "{talk}"
    );
}

#[test]
fn a_group_that_is_open_to_everyone_is_a_warning() {
    let scene = Scene::set();
    let file = scene.file(r#"{"groups": {"-100": {"requireMention": false}, "-200": {"allowFrom": []}}}"#);
    let (_, answer, talk) = scene.run(&["import", &file]).unwrap();
    let warning = "warning: group -100: EVERY member is heard, strangers too, and every message; to narrow it, write people = [...]";
    assert!(talk.contains(warning), "{talk}");
    assert!(
        talk.contains("group -200: EVERY member is heard, strangers too, and every message that addresses us"),
        "{talk}"
    );
    assert!(
        answer.contains("=  ci  direct messages: allowlist as before, since it has no dmPolicy\n"),
        "{answer}"
    );
    let file = scene.file(r#"{"dmPolicy": "allowlist"}"#);
    let (_, answer, _) = scene.run(&["import", &file]).unwrap();
    assert_eq!(
        answer,
        "=  ci  direct messages: allowlist already, as its dmPolicy says\n"
    );
}

#[test]
fn the_operator_names_who_comes_over() {
    let scene = Scene::set();
    let file = scene.file(LIST);
    let (_, _, talk) = scene.run(&["import", &file]).unwrap();
    assert!(
        talk.contains("to choose the names: --name ID=NAME, once for each"),
        "{talk}"
    );
    scene.refused(
        &["import", &file, "--apply", "--name", "99=ben"],
        "no account 99 would be new here",
    );
    scene.refused(&["import", &file, "--name", "7"], "write ID=NAME");
    assert!(current(&scene.home).unwrap().people().is_empty());
    scene
        .run(&["import", &file, "--apply", "--name", "alice=owner", "--name", "7=ann"])
        .unwrap();
    let list = current(&scene.home).unwrap();
    assert_eq!(list.owner("forge", "7").unwrap().name.as_str(), "ann");
    assert_eq!(list.owner("forge", "alice").unwrap().name.as_str(), "owner");
    assert!(scene.text("lockgate.toml").contains("people = [\"ann\"]"));
}
