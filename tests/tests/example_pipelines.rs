//! Pipelines of GitLab projects, by the example in Go: what fails becomes an event, once, and the token is the host's alone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::home::Home;
use lockgate_tests::languages::{Built, COMPILING, Example};
use lockgate_tests::platform::{Answer, Platform, Seen};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};
use serde_json::json;

const TOKEN: &str = "a-token-that-only-the-host-has";

/// A server with one pipeline, which has failed, and will do so at any time that it is asked for.
fn gitlab(_: &Seen) -> Answer {
    let one = json!({"id": 7, "iid": 1, "project_id": 42, "status": "failed", "source": "push", "ref": "main", "sha": "1a2b3c4d5e",
        "web_url": "https://gitlab.com/group/shop/-/pipelines/7", "updated_at": "2030-01-01T00:00:00.000Z"});
    Answer::ok(json!([one]).to_string())
}

fn add(built: &Built, platform: &Platform) -> Home {
    let home = Home::new().unwrap();
    let token = format!("token=file:{}", home.secret_file(TOKEN).unwrap().display());
    let file = built.path.to_str().unwrap();
    let given = ["--secret", &token, "--grant", "host:gitlab.com", "--set", "projects=42"];
    let ran = home
        .add_shown(&[&["add", file, "--name", "pipelines", "--yes"], &given[..]].concat())
        .unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    let upstream = format!("http://{}", platform.address());
    home.edit_config(|config| {
        let own = config["channel"]["pipelines"].as_table_mut().unwrap();
        own.insert(
            "upstream".into(),
            toml::Table::from_iter([("gitlab.com".to_owned(), upstream.into())]).into(),
        );
    })
    .unwrap();
    home
}

#[test]
fn a_pipeline_that_failed_is_told_once() {
    let example = Example::open("pipelines", "go").unwrap();
    let built = example.built(&["go", "test", "./..."]).unwrap();
    let platform = Platform::plain(gitlab).unwrap();
    let home = add(&built, &platform);
    let serve = Serve::channel(&home).unwrap();
    let ready = || {
        home.status()
            .ok()?
            .channel("pipelines")
            .filter(|own| own.phase == "ready")
            .map(drop)
    };
    until(COMPILING, "the example is ready", ready).unwrap();
    let heard = serve.client.record().wait_events(1, PATIENCE);
    heard.unwrap_or_else(|error| panic!("{error:#}\n{:?}\n{}", platform.seen(), serve.stderr()));
    let pushed = serve.client.record().seen().events[0].parse().unwrap();
    let told = "main: pipeline 7 failed (push, 1a2b3c4d)\nhttps://gitlab.com/group/shop/-/pipelines/7";
    assert_eq!(pushed.content.trim(), told);
    assert_eq!(
        (&pushed.meta["x_status"][..], &pushed.meta["role"][..]),
        ("failed", "service")
    );
    let seen = platform.seen();
    assert_eq!(seen[0].header("private-token"), [TOKEN]);
    assert!(
        seen[0]
            .target()
            .starts_with("/api/v4/projects/42/pipelines?updated_after="),
        "{seen:?}"
    );
    assert!(!serve.stderr().contains(TOKEN), "the token is in the log");
}
