//! What a person at a terminal is shown and asked: everything before the question, the question last, and no secret on the
//! screen. The terminal is a real one, which the program `script` makes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};

use lockgate_tests::crowd::Said;
use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, read_prebuilt, with_manifest, with_salt};
use lockgate_tests::home::{Home, SECRET};
use lockgate_tests::wait::{PATIENCE, until};

const ASKS: &str = "[[asks.http]]\nhost = \"api.example.org\"\npaths = [\"/v1/items\"]\n\
    [asks.folders.notes]\ntitle = \"Notes\"\n[asks.databases.messages]\ntitle = \"Messages\"\nrequired = false\n";

/// A person's terminal with one command in it.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    fn open(home: &Home, arguments: &[&str]) -> Terminal {
        let program = home.lockgate().get_program().to_str().unwrap().to_owned();
        let words: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
        let mut command = home.program("script".as_ref());
        command.args(["-qec", &format!("{program} {}", words.join(" ")), "/dev/null"]);
        let command = command.env("TERM", "dumb").env("NO_COLOR", "1").stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut output, seen) = (child.stdout.take().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                seen.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let keys = child.stdin.take().unwrap();
        Terminal { child, keys, shown }
    }

    /// Waits until the last thing on the screen is a question that ends so.
    fn asked(&self, end: &str) -> String {
        let found = || Some(self.shown.lock().unwrap().clone()).filter(|shown| shown.trim_end().ends_with(end));
        until(PATIENCE, end, found).unwrap_or_else(|error| panic!("{error}: {}", self.shown.lock().unwrap()))
    }

    fn types(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
    }

    /// Its exit code, and all that was shown.
    fn ends(mut self) -> (i32, String) {
        let ended = || self.child.try_wait().unwrap();
        let status = until(PATIENCE, "the end", ended).unwrap_or_else(|error| panic!("{error}"));
        (status.code().unwrap(), self.shown.lock().unwrap().clone())
    }
}

/// A component that asks for more than a webhook does, in a file of its own.
fn component(home: &Home) -> PathBuf {
    let file = home.beside().join("asks.wasm");
    let bytes = read_prebuilt("webhook").unwrap();
    let manifest = manifest_of(&bytes)
        .unwrap()
        .replacen("[hook]", &format!("{ASKS}[hook]"), 1);
    fs::write(&file, with_manifest(&bytes, &manifest).unwrap()).unwrap();
    file
}

#[test]
fn one_question_after_all_that_is_asked_and_paths_after_the_yes() {
    let home = Home::new().unwrap();
    let file = component(&home);
    let notes = home.beside().join("notes");
    fs::create_dir(&notes).unwrap();
    let add = ["add", file.to_str().unwrap(), "--name", "ci", "--secret", "github=ask"];
    let mut no = Terminal::open(&home, &add);
    let shown = no.asked("Add it as ci? [y/N]");
    let order = [
        "may send",
        "may read",
        "can't",
        "in all it asks for ",
        "Add it as ci? [y/N]",
    ];
    let places: Vec<usize> = order.iter().map(|what| shown.find(what).expect(what)).collect();
    assert!(places.is_sorted(), "{shown}");
    no.types("");
    assert_eq!(no.ends().0, 3);
    assert!(!home.config().unwrap().contains("channel"));
    let mut yes = Terminal::open(&home, &add);
    yes.asked("Add it as ci? [y/N]");
    yes.types("y");
    yes.asked("path of the folder, to be read:");
    yes.types("not/absolute");
    yes.asked("path of the folder, to be read:");
    yes.types(notes.to_str().unwrap());
    yes.asked("or nothing to leave it out:");
    yes.types("");
    yes.asked("not shown:");
    yes.types("a-secret-that-is-typed");
    let (code, shown) = yes.ends();
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("a-secret-that-is-typed"), "{shown}");
    let config = home.config().unwrap();
    for line in [
        "hosts = [\"api.example.org\"]",
        "folders.notes = ",
        "secrets.github = { secret = \"ci-github\" }",
    ] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    assert!(!config.contains("databases"), "{config}");
    // Other bytes: shown, refused, shown again and accepted.
    fs::write(&file, with_salt(&fs::read(&file).unwrap(), 3)).unwrap();
    for (answer, code) in [("n", 3), ("yes", 0)] {
        let mut review = Terminal::open(&home, &["review", "ci"]);
        let shown = review.asked("Accept it as ci? [y/N]");
        assert!(shown.contains("only code: it asks for what it asked for"), "{shown}");
        review.types(answer);
        assert_eq!(review.ends().0, code);
    }
    assert!(home.run(&["review", "ci"]).unwrap().ok());
}

#[test]
fn a_secret_is_typed_in_silence() {
    let home = Home::new().unwrap();
    let mut terminal = Terminal::open(&home, &["secret", "set", "spare"]);
    terminal.asked("not shown:");
    terminal.types("nobody-sees-this-one");
    let (code, shown) = terminal.ends();
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("spare is set; no channel uses it") && !shown.contains("nobody-sees"),
        "{shown}"
    );
    let kept = fs::read_to_string(home.path().join("secrets.toml")).unwrap();
    assert_eq!(kept, "spare = \"nobody-sees-this-one\"\n");
}

#[test]
fn who_may_approve_is_asked_first_and_inherited_only_after_a_yes() {
    let home = Home::with_webhook("ci").unwrap();
    home.edit_config(|config| {
        let ci = config["channel"]["ci"].as_table_mut().unwrap();
        ci.insert("network".into(), "chat".into());
    })
    .unwrap();
    let roles = || {
        let list = home.run(&["access", "--json"]).unwrap();
        let list: serde_json::Value = serde_json::from_str(&list.stdout).unwrap();
        let invites = list["invites"].as_array().unwrap().clone();
        invites
            .iter()
            .map(|invite| invite["roles"].to_string())
            .collect::<Vec<_>>()
    };
    for (answer, last) in [("", r#"["chat"]"#), ("y", r#"["chat","approve"]"#)] {
        let mut first = Terminal::open(&home, &["access", "invite", "ann"]);
        let shown = first.asked("[y/N]");
        assert!(shown.contains("nobody may approve yet. May ann also answer"), "{shown}");
        first.types(answer);
        assert_eq!(first.ends().0, 0);
        assert_eq!(roles().last().unwrap(), last);
    }
    let allow = [
        "access", "allow", "ben", "chat:1", "--role", "chat", "--role", "approve",
    ];
    assert!(home.run(&allow).unwrap().ok());
    for (answer, code, count) in [("n", 3, 2), ("yes", 0, 3)] {
        let mut second = Terminal::open(&home, &["access", "invite", "ben"]);
        let shown = second.asked("[y/N]");
        assert!(
            shown.contains("ben may approve; whoever takes the invitation would, too."),
            "{shown}"
        );
        second.types(answer);
        assert_eq!((second.ends().0, roles().len()), (code, count));
    }
}

/// The message of an account to the channel itself, as the platform reports it.
fn says(home: &Home, account: &str, text: &str, number: u64) {
    let hook = home.hook("crowd").unwrap().at("/crowd/in");
    let said = Said::direct(account, text).id(&format!("i-{number}")).value("message");
    let body = serde_json::json!({"n": number, "items": [said]}).to_string();
    let answer = hook.post(&hook.signed("in", body.as_bytes())).unwrap();
    assert_eq!(answer.status / 100, 2);
}

#[test]
fn whoever_adds_a_chat_is_paired_with_it_before_add_ends() {
    let home = Home::new().unwrap();
    let file = guests::component("crowd").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let add = ["add", file.to_str().unwrap(), "--name", "crowd", "--secret", &secret];
    let mut terminal = Terminal::open(&home, &add);
    let shown = terminal.asked("Add it as crowd? [y/N]");
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("who write to it directly are answered with a code"),
        "{shown}"
    );
    terminal.types("y");
    terminal.asked("--grant relay [y/N]");
    terminal.types("n");
    terminal.asked("Pair crowd with your own account now? [y/N]");
    terminal.types("y");
    terminal.asked("Your name on the list [owner]:");
    terminal.types("ann");
    terminal.asked("questions for permission? [y/N]");
    terminal.types("y");
    // The channels run in this very process, so the message can come; nobody else's makes him ann.
    let shown = terminal.asked("crowd is ready");
    let code = shown.split("pair ").last().unwrap().split_whitespace().next().unwrap();
    says(&home, "8", "pair 00000-00000", 1);
    says(&home, "7", &format!("pair {code}"), 2);
    let (status, shown) = terminal.ends();
    assert!(
        status == 0 && shown.contains("ann is paired: what you write to crowd is heard"),
        "{shown}"
    );
    let list = fs::read_to_string(home.path().join("access.toml")).unwrap();
    assert!(
        list.contains("\"7\"") && list.contains("approve") && !list.contains("\"8\""),
        "{list}"
    );
    // Once somebody is heard there, nobody is asked again.
    let again = Terminal::open(&home, &add).ends();
    assert!(again.0 == 0 && !again.1.contains("Pair crowd"), "{}", again.1);
}

#[test]
fn pairing_can_wait() {
    let home = Home::new().unwrap();
    let file = guests::component("crowd").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    for (name, more) in [("one", &[][..]), ("two", &["--no-pair"])] {
        let add = ["add", file.to_str().unwrap(), "--name", name, "--secret", &secret];
        let mut terminal = Terminal::open(&home, &[&add[..], more].concat());
        terminal.asked(&format!("Add it as {name}? [y/N]"));
        terminal.types("y");
        terminal.asked("--grant relay [y/N]");
        terminal.types("n");
        if more.is_empty() {
            terminal.asked("Pair one with your own account now? [y/N]");
            terminal.types("");
        }
        let (status, shown) = terminal.ends();
        let words: Vec<&str> = shown.split_whitespace().collect();
        assert!(
            status == 0 && words.join(" ").contains("lockgate access pair CODE --as owner"),
            "{shown}"
        );
        assert_eq!(shown.contains("Pair "), more.is_empty());
    }
    assert!(!home.path().join("access.toml").exists());
}
