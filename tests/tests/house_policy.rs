//! An organisation's policy against the real program. Its place is fixed, because a variable could be set by whoever it
//! binds, so the tests that matter run in a mount namespace with an `/etc` of their own. That takes root; where it may
//! not be, the test says so.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lockgate_tests::home::component::{manifest_of, prebuilt, read_prebuilt, with_manifest};
use lockgate_tests::home::{Home, Status, binary};
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};

/// Where an organisation's files are on Linux.
const FOLDER: &str = "/etc/claude-code";
const LIST_ONLY: &str = r#"{"allowedChannelPlugins": ["lockgate@example"]}"#;

#[test]
fn an_organisations_policy_holds_inside_lockgate() {
    let allowed = Command::new("unshare").args(["--mount", "true"]).status();
    let is_ready = rustix::process::geteuid().is_root() && allowed.is_ok_and(|status| status.success());
    if !is_ready || !cfg!(target_os = "linux") {
        println!("not shown: this takes root and a mount namespace");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "cp -a /etc \"$1/etc\" && rm -rf \"$1/etc/claude-code\" && mkdir -m 755 \"$1/etc/claude-code\" && \
        mount --bind \"$1/etc\" /etc && exec \"$2\" --ignored --test-threads 1";
    let mut child = Command::new("unshare");
    child.args(["--mount", "sh", "-c", script, "sh"]).arg(folder.path());
    let ran = child.arg(std::env::current_exe().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("4 passed"), "{said}");
}

/// The organisation's files, gone when it is dropped. Only ever in the namespace.
struct Organisation;

impl Organisation {
    fn new() -> Self {
        assert!(
            fs::read_dir(FOLDER).unwrap().next().is_none(),
            "this is not our own /etc"
        );
        Self
    }

    fn write(&self, name: &str, text: &str) {
        let path = Path::new(FOLDER).join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(Path::new(FOLDER).join(name)).unwrap();
    }
}

impl Drop for Organisation {
    fn drop(&mut self) {
        for entry in fs::read_dir(FOLDER).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

/// Waits until the channel is in a phase, for a reason that says this; also while `status` has something to complain of.
#[track_caller]
fn waits(home: &Home, phase: &str, says: &str) {
    let mut last = String::new();
    let waited = until(PATIENCE, &format!("{phase}: {says}"), || {
        last = home.run(&["status", "--json"]).ok()?.stdout;
        let status: Status = serde_json::from_str(&last).ok()?;
        let ci = status.channel("ci")?;
        let why = [ci.detail.clone(), ci.policy.clone()].into_iter().flatten();
        (ci.phase == phase && why.collect::<String>().contains(says)).then_some(())
    });
    waited.unwrap_or_else(|error| panic!("{error:#}; the last status: {last}"));
}

/// The digest by which a policy lists what was approved.
fn approved(home: &Home) -> String {
    let lock = fs::read_to_string(home.path().join("lockgate.lock")).unwrap();
    let lock: toml::Table = lock.parse().unwrap();
    lock["channel"]["ci"]["digest"].as_str().unwrap().to_owned()
}

fn entry(digest: &str, lines: &str) -> String {
    format!("[[channel]]\ndigest = \"{digest}\"\n{lines}")
}

#[test]
#[ignore = "started by the other test, in a namespace with an /etc of its own"]
fn every_change_holds_within_seconds_whatever_the_operator_does() {
    let (organisation, home) = (Organisation::new(), Home::with_webhook("ci").unwrap());
    let digest = approved(&home);
    let _serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    let posts = |number: u64| {
        let request = hook.signed("workflow_run", &workflow_run(number));
        hook.post(&request).unwrap().status / 100
    };
    assert_eq!((posts(1), home.status().unwrap().policy), (2, None));
    organisation.write("managed-settings.json", LIST_ONLY);
    waits(&home, "broken", "there is no /etc/claude-code/lockgate.toml");
    assert_ne!(posts(2), 2);
    organisation.write("lockgate.toml", &entry(&digest, "name = \"builds\"\n"));
    waits(&home, "ready", "the organisation's policy admits it as builds");
    let shown = home.run(&["status"]).unwrap().stdout;
    assert!(
        shown.contains("admits the components that /etc/claude-code/lockgate.toml lists (1)"),
        "{shown}"
    );
    assert_eq!(posts(3), 2);
    // Files of the operator's that can't be read change nothing of what he granted, and keep no policy out.
    let config = home.config().unwrap();
    home.write_config("[").unwrap();
    organisation.write("lockgate.toml", &entry(&digest, "hots = []\n"));
    waits(
        &home,
        "broken",
        "/etc/claude-code/lockgate.toml:3:1: unknown field `hots`",
    );
    assert_ne!(posts(4), 2);
    organisation.write("lockgate.toml", &entry(&digest, ""));
    waits(&home, "ready", "admits it");
    home.write_config(&config).unwrap();
    for (file, text, says) in [
        (
            "lockgate.toml",
            entry(&digest.replace("sha256:", "sha256:0")[..71], ""),
            "does not list",
        ),
        (
            "managed-settings.json",
            "{".to_owned(),
            "/etc/claude-code/managed-settings.json:1:1: this is no JSON",
        ),
        (
            "managed-settings.json",
            r#"{"channelsEnabled": false}"#.to_owned(),
            "`channelsEnabled` = false",
        ),
    ] {
        organisation.write(file, &text);
        waits(&home, "broken", says);
    }
    organisation.remove("managed-settings.json");
    organisation.write("lockgate.toml", &entry(&digest, ""));
    waits(&home, "ready", "admits it");
    fs::set_permissions(format!("{FOLDER}/lockgate.toml"), Permissions::from_mode(0o666)).unwrap();
    waits(&home, "broken", "can be written by others (mode 666)");
    organisation.remove("lockgate.toml");
    waits(&home, "ready", "");
    assert_eq!(home.status().unwrap().policy, None);
}

#[test]
#[ignore = "started by the other test, in a namespace with an /etc of its own"]
fn what_is_refused_is_never_loaded_and_is_said_before_it_is_added() {
    let (organisation, home) = (Organisation::new(), Home::new().unwrap());
    organisation.write("managed-settings.json", LIST_ONLY);
    let file = prebuilt("webhook");
    let file = file.to_str().unwrap();
    let would = "it would not run here: the organisation's settings for the client have `allowedChannelPlugins`";
    assert!(
        home.run(&["check", file])
            .unwrap()
            .stdout
            .replace('\n', " ")
            .contains(would)
    );
    let json: serde_json::Value = serde_json::from_str(&home.run(&["check", file, "--json"]).unwrap().stdout).unwrap();
    assert_eq!(json["policy"]["runs"], false, "{json}");
    let tried = tried(&home, file);
    assert_eq!(
        (&tried["policy"]["runs"], &tried["passed"]),
        (&false.into(), &true.into()),
        "{tried}"
    );
    let asked = home
        .run(&["add", file, "--name", "ci", "--secret", "github=env:X"])
        .unwrap();
    let said = asked.stderr.replace('\n', " ");
    let (policy, question) = (said.find("it would not run here"), said.find("--yes"));
    assert!(asked.code == Some(3) && policy.unwrap() < question.unwrap(), "{said}");
    home.add_webhook("ci", Path::new(file)).unwrap();
    // Compiled when it was added; whatever loads it again would have to make this anew.
    let compiled = home.state().join("compiled");
    for entry in fs::read_dir(&compiled).unwrap() {
        let path = entry.unwrap().path();
        fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path)).unwrap();
    }
    let _serve = Serve::channel(&home).unwrap();
    waits(&home, "broken", "there is no /etc/claude-code/lockgate.toml");
    assert!(fs::read_dir(&compiled).unwrap().next().is_none(), "it was loaded");
    organisation.write("lockgate.toml", &entry(&approved(&home), ""));
    waits(&home, "ready", "admits it");
    assert!(fs::read_dir(&compiled).unwrap().next().is_some());
    let checked = home.run(&["check", file]).unwrap().stdout;
    assert!(checked.contains("the organisation's policy admits it"), "{checked}");
}

/// What `lockgate test` says of a component.
fn tried(home: &Home, file: &str) -> serde_json::Value {
    let ran = home.run(&["test", file, "--json"]).unwrap();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

/// A component that asks for a host and a folder besides.
fn asking(home: &Home) -> PathBuf {
    let file = home.beside().join("asks.wasm");
    let bytes = read_prebuilt("webhook").unwrap();
    let asks = "[[asks.http]]\nhost = \"api.example.org\"\npaths = [\"/v1\"]\n[[asks.http]]\nhost = \"b.example.org\"\n\
        paths = [\"/v1\"]\n[asks.folders.notes]\ntitle = \"Notes\"\nrequired = false\n[hook]";
    let manifest = manifest_of(&bytes).unwrap().replacen("[hook]", asks, 1);
    fs::write(&file, with_manifest(&bytes, &manifest).unwrap()).unwrap();
    file
}

#[test]
#[ignore = "started by the other test, in a namespace with an /etc of its own"]
fn ceilings_take_away_what_was_granted_and_say_so() {
    let (organisation, home) = (Organisation::new(), Home::new().unwrap());
    let notes = home.beside().join("notes");
    fs::create_dir(&notes).unwrap();
    let secret = format!("github=file:{}", home.secret_file("It's a Secret").unwrap().display());
    let folder = format!("folder:notes={}", notes.display());
    let file = asking(&home);
    let file = file.to_str().unwrap();
    let all = [
        "--grant",
        "host:api.example.org",
        "--grant",
        "host:b.example.org",
        "--grant",
        &folder,
    ];
    let add = ["add", file, "--name", "ci", "--yes", "--secret", &secret];
    let added = home.run(&[&add[..], &all[..]].concat()).unwrap();
    assert!(added.ok(), "{}", added.stderr);
    let digest = approved(&home);
    let lines = "hosts = [\"api.example.org\"]\nfolders = [\"/srv\"]\n";
    organisation.write("lockgate.toml", &entry(&digest, lines));
    let away = format!(
        "and takes away the host b.example.org, the folder notes ({})",
        notes.display()
    );
    let stopped = home.status().unwrap();
    assert!(
        stopped.channel("ci").unwrap().policy.as_ref().unwrap().ends_with(&away),
        "{stopped:?}"
    );
    let _serve = Serve::channel(&home).unwrap();
    waits(&home, "ready", &away);
    let shown = home.run(&["status"]).unwrap().stdout;
    assert!(
        !shown.contains("was not granted"),
        "the operator has granted it: {shown}"
    );
    let other = ["add", file, "--name", "cj", "--secret", &secret];
    let asked = home.run(&[&other[..], &all[..]].concat()).unwrap();
    let said = asked.stderr.replace('\n', " ");
    assert!(
        asked.code == Some(3) && said.contains("takes away the host b.example.org"),
        "{said}"
    );
    let tried = tried(&home, file);
    let text = tried["policy"]["text"].as_str().unwrap();
    assert!(text.ends_with(", and takes away the host b.example.org"), "{tried}");
    organisation.write(
        "lockgate.toml",
        &entry(&digest, "hosts = []\n[defaults]\nfolders = []\n"),
    );
    waits(
        &home,
        "ready",
        "takes away the host api.example.org, the host b.example.org, the folder notes",
    );
    // The file is the operator's, and stays as he wrote it.
    assert!(
        home.config()
            .unwrap()
            .contains("hosts = [\"api.example.org\", \"b.example.org\"]")
    );
}

#[test]
#[ignore = "started by the other test, in a namespace with an /etc of its own"]
fn what_the_user_may_not_read_admits_nothing() {
    let organisation = Organisation::new();
    let component = tempfile::NamedTempFile::new().unwrap();
    fs::write(component.path(), read_prebuilt("webhook").unwrap()).unwrap();
    fs::set_permissions(component.path(), Permissions::from_mode(0o644)).unwrap();
    let nobody = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        command.arg(program).args(arguments).output()
    };
    let check = ["check", component.path().to_str().unwrap()];
    let runs = nobody(&binary("lockgate"), &check).is_ok_and(|ran| ran.status.success());
    if !runs {
        println!("not shown: this takes setpriv, and a program that anybody may run");
        return;
    }
    let checked = || String::from_utf8_lossy(&nobody(&binary("lockgate"), &check).unwrap().stdout).into_owned();
    assert!(!checked().contains("organisation"), "there is no policy");
    organisation.write("managed-settings.json", r#"{"channelsEnabled": true}"#);
    assert!(!checked().contains("would not run"), "it sets no bounds");
    for (name, hidden, shown) in [
        ("managed-settings.json", 0o600, 0o644),
        ("", 0o700, 0o755),
        ("", 0o744, 0o755),
    ] {
        let path = Path::new(FOLDER).join(name);
        fs::set_permissions(&path, Permissions::from_mode(hidden)).unwrap();
        let said = checked().replace('\n', " ");
        assert!(
            said.contains("it would not run here: can't read /etc/claude-code"),
            "{name} {hidden:o}: {said}"
        );
        fs::set_permissions(&path, Permissions::from_mode(shown)).unwrap();
    }
    assert!(!checked().contains("would not run"));
}
