//! Bad input from the operator's side: each a clear error that says what to do; nothing lost, no panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use lockgate_tests::home::component::{
    CORE_MODULE, manifest_of, other_contract, prebuilt, read_prebuilt, with_manifest, with_salt,
};
use lockgate_tests::home::{Home, Ran, SECRET};
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;
use serde_json::json;

/// An error says all of `words`, names what to do, and is no panic.
fn check(ran: &Ran, words: &[&str]) {
    assert!(
        ran.code.is_some_and(|code| code != 0),
        "ended with {:?}: {}{}",
        ran.code,
        ran.stdout,
        ran.stderr
    );
    for word in words {
        assert!(ran.stderr.contains(word), "no {word:?} in: {}", ran.stderr);
    }
    assert!(
        !ran.stderr.contains("panicked") && !ran.stderr.contains("RUST_BACKTRACE"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains(SECRET), "the secret stands in: {}", ran.stderr);
}

fn add(home: &Home, bytes: &[u8]) -> Ran {
    let file = home.beside().join("some.wasm");
    fs::write(&file, bytes).unwrap();
    let secret = format!("github=file:{}", home.secret_file(SECRET).unwrap().display());
    let file = file.to_str().unwrap();
    let add = ["add", file, "--name", "ci", "--yes", "--secret", &secret];
    home.run(&add).unwrap()
}

#[test]
fn a_config_with_a_mistake_is_named_by_line_and_column() {
    let cases: [(&str, &[&str]); 5] = [
        (
            "listen = \"127.0.0.1:0\"\nlisten-to = 5\n",
            &["lockgate.toml:2:1", "listen-to"],
        ),
        ("listen = 8650\n", &["lockgate.toml:1:10"]),
        (
            "[channel.ci]\ncomponent = \"/x.wasm\"\nrate = \"fast\"\n",
            &["lockgate.toml:3:8"],
        ),
        (
            "[channel.ci]\ncomponent = \"/x.wasm\"\nrat = 1\n",
            &["lockgate.toml:3:1", "rat"],
        ),
        ("[channel.ci\n", &["lockgate.toml:1:"]),
    ];
    for (text, words) in cases {
        let home = Home::new().unwrap();
        home.write_config(text).unwrap();
        check(&home.run(&["status"]).unwrap(), words);
    }
}

#[test]
fn a_session_starts_with_a_mistaken_config_and_says_so() {
    let home = Home::with_webhook("ci").unwrap();
    home.write_config(&home.config().unwrap().replace("listen", "mistake-before = 1\nlisten"))
        .unwrap();
    let mut serve = Serve::channel(&home).unwrap();
    let answer = serve.client.call("channels", &json!({})).unwrap().to_string();
    assert!(
        answer.contains("mistake-before") || serve.stderr().contains("mistake-before"),
        "{answer}\n{}",
        serve.stderr()
    );
    assert!(serve.runs().unwrap());
}

#[test]
fn what_is_no_component_of_this_contract_is_refused() {
    let webhook = read_prebuilt("webhook").unwrap();
    let manifest = manifest_of(&webhook).unwrap();
    let liar = with_manifest(&webhook, &format!("{manifest}\n[timer]\n")).unwrap();
    let unknown = with_manifest(&webhook, &format!("{manifest}\n[surprise]\n")).unwrap();
    let cases: [(&str, Vec<u8>, &[&str]); 8] = [
        ("text", b"not wasm at all".to_vec(), &["component"]),
        ("empty", Vec::new(), &["component"]),
        ("core module", CORE_MODULE.to_vec(), &["component"]),
        ("cut off", webhook[..webhook.len() / 2].to_vec(), &["component"]),
        ("no manifest", b"\0asm\x0d\0\x01\0".to_vec(), &["is it a channel"]),
        ("another contract", other_contract(&webhook), &["0.9.0", "0.1.0"]),
        ("an export that is not there", liar, &["timer"]),
        ("an unknown table in the manifest", unknown, &["surprise"]),
    ];
    for (case, bytes, words) in cases {
        println!("{case}");
        let home = Home::new().unwrap();
        let before = home.config().unwrap();
        check(&add(&home, &bytes), words);
        assert_eq!(
            home.config().unwrap(),
            before,
            "{case}: a refused component is in the configuration"
        );
        assert!(home.status().unwrap().channels.is_empty(), "{case}");
        let file = home.beside().join("some.wasm");
        check(&home.run(&["check", file.to_str().unwrap()]).unwrap(), words);
    }
}

#[test]
fn add_asks_for_what_is_missing() {
    let home = Home::new().unwrap();
    let webhook = prebuilt("webhook");
    let webhook = webhook.to_str().unwrap();
    let missing = home.beside().join("missing").display().to_string();
    let cases: [(&[&str], &[&str]); 6] = [
        (&["add", &missing, "--name", "ci", "--yes"], &["missing"]),
        (&["add", webhook, "--name", "CI!", "--yes"], &["CI!"]),
        (&["add", webhook, "--name", "lockgate", "--yes"], &["lockgate"]),
        (
            &["add", webhook, "--name", "ci", "--yes", "--secret", "nothing=env:X"],
            &["nothing"],
        ),
        (
            &["add", webhook, "--name", "ci", "--yes", "--secret", "github=elsewhere"],
            &["github"],
        ),
        (&["remove", "nobody"], &["nobody"]),
    ];
    for (arguments, words) in cases {
        check(&home.run(arguments).unwrap(), words);
    }
    let ran = home.run(&["add", webhook, "--name", "ci"]).unwrap();
    assert!(!ran.ok(), "without a terminal and without --yes nothing is granted");
    assert!(home.status().unwrap().channels.is_empty());
}

#[test]
fn a_component_changed_after_add_waits_for_review_while_the_old_one_runs() {
    let home = Home::new().unwrap();
    let file = home.beside().join("webhook.wasm");
    let bytes = read_prebuilt("webhook").unwrap();
    fs::write(&file, &bytes).unwrap();
    home.add_webhook("ci", &file).unwrap();
    fs::write(&file, with_salt(&bytes, 1)).unwrap();
    let serve = Serve::channel(&home).unwrap();
    let changed = home.wait_status("the change is seen", |status| {
        let ci = status.channel("ci")?;
        let noted = ci.note.as_deref().is_some_and(|note| note.contains("review"));
        (status.listen.is_some() && ci.phase == "ready" && noted).then_some(())
    });
    changed.unwrap();
    let addr = home.status().unwrap().listen.unwrap();
    let hook = lockgate_tests::load::Hook::new(addr, "/ci/github", SECRET);
    assert_eq!(
        hook.post(&hook.signed("workflow_run", &workflow_run(1)))
            .unwrap()
            .status
            / 100,
        2
    );
    serve.client.record().wait_events(1, PATIENCE).unwrap();
}

#[test]
fn a_channel_that_is_broken_leaves_the_others_running() {
    let home = Home::with_webhook("ci").unwrap();
    let other = home.beside().join("other.wasm");
    fs::write(&other, with_salt(&read_prebuilt("webhook").unwrap(), 2)).unwrap();
    home.add_webhook("other", &other).unwrap();
    fs::remove_file(home.beside().join("secret")).unwrap();
    let mut serve = Serve::channel(&home).unwrap();
    let told = home.wait_status("both say that the secret is missing", |status| {
        let details: Vec<_> = status
            .channels
            .iter()
            .filter_map(|channel| channel.detail.clone())
            .collect();
        (details.len() == 2 && details.iter().all(|detail| detail.contains("secret"))).then_some(())
    });
    told.unwrap();
    assert!(serve.runs().unwrap());
}

/// What `serve` says of a state folder that it can't use, while it goes on answering.
fn refused_state(home: &Home, words: &[&str]) {
    let mut serve = Serve::channel(home).unwrap();
    let answer = serve.client.call("channels", &json!({})).unwrap().to_string();
    let said = format!("{answer}\n{}", serve.stderr());
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    assert!(serve.runs().unwrap(), "the process must live: {said}");
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let home = Home::with_webhook("ci").unwrap();
    let journal = rusqlite::Connection::open(home.journal()).unwrap();
    journal.pragma_update(None, "user_version", 9_999).unwrap();
    journal.close().unwrap();
    refused_state(&home, &["newer", "9999"]);
    check(&home.run(&["status"]).unwrap(), &["newer", "9999"]);
    let journal = rusqlite::Connection::open(home.journal()).unwrap();
    let version: i64 = journal
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 9_999);
}

#[test]
fn a_journal_that_is_none_is_left_alone() {
    let home = Home::with_webhook("ci").unwrap();
    for end in ["", "-wal", "-shm"] {
        let mut name = home.journal().into_os_string();
        name.push(end);
        let _ = fs::remove_file(PathBuf::from(name));
    }
    let garbage = vec![b'?'; 8192];
    fs::write(home.journal(), &garbage).unwrap();
    fs::set_permissions(home.journal(), fs::Permissions::from_mode(0o600)).unwrap();
    refused_state(&home, &["journal.sqlite"]);
    assert_eq!(fs::read(home.journal()).unwrap(), garbage);
}

#[test]
fn a_state_folder_that_others_may_write_is_refused() {
    for mode in [0o770, 0o707, 0o777] {
        let home = Home::with_webhook("ci").unwrap();
        fs::set_permissions(home.state(), fs::Permissions::from_mode(mode)).unwrap();
        refused_state(&home, &["chmod"]);
        assert!(!home.state().join("host.sock").exists(), "it was used all the same");
    }
}
