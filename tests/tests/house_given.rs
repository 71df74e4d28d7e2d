//! What the operator gave a channel and can't be used, and verbs that say so: `status`, `check`, `add`, `review`, `remove`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, read_prebuilt, with_manifest, without_manifest};
use lockgate_tests::home::{Home, RULE, Ran, SECRET, Status};
use lockgate_tests::load::Hook;
use lockgate_tests::serve::Serve;

const ASKS: &str = "[[asks.http]]\nhost = \"api.example.org\"\nmethods = [\"GET\"]\npaths = [\"/v1/*\"]\n\
    credentials = [{ secret = \"api\", header = \"authorization\" }]\n[secrets.api]\ntitle = \"Key\"\nrequired = false\n";

fn folder(home: &Home, name: &str) -> PathBuf {
    let folder = home.beside().canonicalize().unwrap().join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[track_caller]
fn ran(home: &Home, words: &[&str], code: i32) -> String {
    let Ran {
        code: found,
        stdout,
        stderr,
        ..
    } = home.run(words).unwrap();
    assert_eq!(found, Some(code), "{words:?}: {stdout}{stderr}");
    (stdout + &stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn has(said: &str, words: &str) {
    assert!(said.contains(words), "{words}\n{said}");
}

#[test]
fn a_database_and_a_program_that_can_not_be_used_stand_in_status_and_the_channel_runs() {
    let home = Home::new().unwrap();
    let component = guests::component("paper").unwrap();
    let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
    let component = component.to_str().unwrap();
    let places = folder(&home, "places");
    let at = |name: &str| places.join(name).display().to_string();
    fs::write(at("text"), "no database").unwrap();
    let add = ["add", component, "--name", "paper", "--yes", "--secret", &secret];
    let refused = format!("database:messages={}", at("text"));
    let said = ran(&home, &[&add[..], &["--grant", &refused]].concat(), 1);
    has(&said, "the database messages: ");
    has(&said, "text is no SQLite database");
    assert!(!home.config().unwrap_or_default().contains("paper"));
    for name in ["m.db", "tool"] {
        fs::write(at(name), "").unwrap();
    }
    symlink("/bin/echo", at("echo")).unwrap();
    let given = [
        format!("database:messages={}", at("m.db")),
        format!("command:show={}", at("echo")),
    ];
    let grants = ["--grant", &given[0], "--grant", &given[1]];
    ran(&home, &[&add[..], &grants].concat(), 0);
    ran(&home, &["check", "paper"], 0);
    fs::write(at("m.db"), "somebody's notes").unwrap();
    fs::remove_file(at("echo")).unwrap();
    let said = ran(&home, &["check", "paper"], 1);
    has(&said, "the database messages can't be used: ");
    has(&said, "the program show can't be used: ");
    has(&ran(&home, &["status"], 0), "the database messages can't be used: ");
    let serve = Serve::channel(&home).unwrap();
    let noted = |status: &Status| {
        let paper = status.channel("paper")?;
        let note = paper.note.clone()?;
        let both = ["the database messages can't be used", "the program show can't be used"];
        (paper.phase == "ready" && both.iter().all(|words| note.contains(words))).then_some(())
    };
    home.wait_status("both are noted, and it is ready", noted).unwrap();
    // Each call that meets one leaves a line that names the channel and the operator's name for the thing.
    for deed in ["query messages SELECT 1", "run show"] {
        let addr = home.wait_status("it listens", |status| status.listen).unwrap();
        let hook = Hook::new(addr, "/paper/do", SECRET);
        let signature = hook.signature(deed.as_bytes());
        let request = hook.request(&[("X-Signature", &signature)], deed.as_bytes());
        assert_eq!(hook.post(&request).unwrap().status, 200, "{deed}");
    }
    let log = fs::read_to_string(serve.log()).unwrap();
    let line = |words: &[&str]| log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(
        line(&["a database can't be read", "channel=paper", "messages"]),
        "{log}"
    );
    assert!(line(&["a program is not run", "channel=paper", "show"]), "{log}");
}

#[test]
fn a_manifest_beside_its_component_is_compared_everywhere() {
    let home = Home::new().unwrap();
    let places = folder(&home, "places");
    let bytes = read_prebuilt("webhook").unwrap();
    let manifest = manifest_of(&bytes).unwrap();
    let (file, beside) = (places.join("webhook.wasm"), places.join("channel.toml"));
    fs::write(&file, without_manifest(&bytes).unwrap()).unwrap();
    fs::write(&beside, &manifest).unwrap();
    home.add_webhook("ci", &file).unwrap();
    has(&ran(&home, &["review"], 0), "no channel needs a review");
    fs::write(&beside, manifest + ASKS).unwrap();
    has(
        &ran(&home, &["review"], 0),
        "channel.toml is other than the approved one",
    );
    has(&ran(&home, &["status"], 0), "run `lockgate review ci`");
    has(&ran(&home, &["review", "ci"], 3), "changed since you approved it");
    fs::remove_file(&beside).unwrap();
    has(
        &ran(&home, &["review"], 0),
        "channel.toml is other than the approved one",
    );
}

#[test]
fn a_request_needs_the_secret_and_a_component_alone_is_judged_by_its_manifest() {
    let home = Home::new().unwrap();
    let file = folder(&home, "places").join("webhook.wasm");
    let bytes = read_prebuilt("webhook").unwrap();
    let manifest = manifest_of(&bytes).unwrap();
    fs::write(&file, with_manifest(&bytes, &(manifest + ASKS)).unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let url = "https://api.example.org/v1/items";
    let said = ran(&home, &["check", file, "GET", url], 0);
    has(&said, "if all that it asks for were granted");
    has(&said, "allowed by the path /v1/* of api.example.org");
    has(&ran(&home, &["check", file, "DELETE", url], 1), "refused");
    let key = home.beside().canonicalize().unwrap().join("api-key");
    fs::write(&key, "short").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let hook = format!("{RULE}=file:{}", home.secret_file(SECRET).unwrap().display());
    let api = format!("api=file:{}", key.display());
    let add = [
        "add", file, "--name", "ci", "--yes", "--secret", &hook, "--secret", &api,
    ];
    let said = ran(&home, &[&add[..], &["--grant", "host:api.example.org"]].concat(), 0);
    has(&said, "the secret api has less than 12 bytes, which is easily guessed");
    ran(&home, &["check", "ci", "GET", url], 0);
    fs::remove_file(&key).unwrap();
    let said = ran(&home, &["check", "ci", "GET", url], 1);
    has(&said, "missing the secret api can't be read here");
    let said = ran(&home, &["review", "ci", "--grant", "hosts"], 3);
    has(&said, &format!("lockgate add {file} --name ci"));
    let said = ran(&home, &["add", file, "--name", "ci", "--withhold", "all"], 0);
    has(&said, "taken away host api.example.org");
    for method in ["GET", "DELETE"] {
        let said = ran(&home, &["check", "ci", method, url], 1);
        has(&said, "api.example.org is asked for and not granted by the operator");
    }
    let said = ran(&home, &["remove", "ci", "--yes"], 0);
    has(&said, &format!("stays its secret api, in the file {}", key.display()));
}
