//! One process runs the channels; a second attaches, and takes over when the first is gone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use lockgate_tests::client::text_of;
use lockgate_tests::home::Home;
use lockgate_tests::load::payload::workflow_run;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};
use rustix::process::Signal;
use serde_json::json;

fn owner_is(home: &Home, pid: u32) {
    let what = format!("process {pid} owns");
    home.wait_status(&what, |status| (status.owner_pid() == Some(pid)).then_some(()))
        .unwrap();
}

#[test]
fn the_second_attaches_and_takes_over() {
    for end in ["SIGKILL", "SIGTERM"] {
        let home = Home::with_webhook("ci").unwrap();
        let mut first = Serve::channel(&home).unwrap();
        let hook = home.hook("ci").unwrap();
        owner_is(&home, first.pid());
        let mut second = Serve::channel(&home).unwrap();
        owner_is(&home, first.pid());
        assert!(
            text_of(&second.client.call("channels", &json!({})).unwrap()).contains("ci"),
            "tools work when attached"
        );
        assert_eq!(
            hook.post(&hook.signed("workflow_run", &workflow_run(1)))
                .unwrap()
                .status
                / 100,
            2
        );
        first.client.record().wait_events(1, PATIENCE).unwrap();
        if end == "SIGKILL" {
            first.kill().unwrap()
        } else {
            first.signal(Signal::TERM).unwrap()
        }
        owner_is(&home, second.pid());
        let hook = home.hook("ci").unwrap();
        assert_eq!(
            hook.post(&hook.signed("workflow_run", &workflow_run(2)))
                .unwrap()
                .status
                / 100,
            2
        );
        let came = second.client.record().wait(PATIENCE, "the second event", |seen| {
            seen.events
                .iter()
                .find(|line| line.parse().unwrap().content.contains("house-2."))
                .map(|_| ())
        });
        came.unwrap_or_else(|error| panic!("after {end}: {error}\n{}", second.stderr()));
    }
}

#[test]
fn a_process_that_is_no_channel_session_does_not_keep_one_from_owning() {
    let home = Home::with_webhook("ci").unwrap();
    let mut plain = Serve::spawn(&home, &[]).unwrap();
    plain.handshake().unwrap();
    let channel = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    assert_eq!(
        hook.post(&hook.signed("workflow_run", &workflow_run(1)))
            .unwrap()
            .status
            / 100,
        2
    );
    channel.client.record().wait_events(1, PATIENCE).unwrap();
    assert!(
        plain.client.record().seen().events.is_empty(),
        "a plain session was sent an event"
    );
}

#[test]
fn many_at_once_have_one_owner() {
    let home = Home::with_webhook("ci").unwrap();
    let mut serves: Vec<Serve> = (0..6).map(|_| Serve::spawn(&home, &["--channel"]).unwrap()).collect();
    for serve in &mut serves {
        serve.handshake().unwrap();
    }
    let hook = home.hook("ci").unwrap();
    let owner = home.status().unwrap().owner_pid().unwrap();
    assert!(serves.iter().any(|serve| serve.pid() == owner));
    for number in 0..20 {
        assert_eq!(
            hook.post(&hook.signed("workflow_run", &workflow_run(number)))
                .unwrap()
                .status
                / 100,
            2
        );
    }
    home.wait_status("all are pushed", |status| {
        (status.channel("ci")?.held == 0).then_some(())
    })
    .unwrap();
    // What was written to a client is there before the client has read it.
    let pushed = || -> usize {
        let each = serves.iter().map(|serve| serve.client.record().seen().events.len());
        each.sum()
    };
    until(PATIENCE, "all are read", || (pushed() >= 20).then_some(())).unwrap();
    assert_eq!(pushed(), 20, "each goes to one session");
}

#[test]
fn status_works_without_an_owner_and_keeps_what_is_on_disk() {
    let home = Home::with_webhook("ci").unwrap();
    let status = home.status().unwrap();
    assert!(status.owner.is_none() && status.listen.is_none(), "{status:?}");
    assert_eq!(status.channels.len(), 1);
    let mut serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    hook.post(&hook.signed("workflow_run", &workflow_run(1))).unwrap();
    serve.client.record().wait_events(1, PATIENCE).unwrap();
    serve.kill().unwrap();
    let status = home.status().unwrap();
    assert!(status.owner.is_none(), "{status:?}");
    let ci = status.channel("ci").unwrap();
    assert_eq!(ci.held + ci.sent + ci.seen, 1, "{ci:?}");
}

#[test]
fn what_lies_in_the_state_folder_is_private() {
    let home = Home::with_webhook("ci").unwrap();
    let _serve = Serve::channel(&home).unwrap();
    home.hook("ci").unwrap();
    let mode = |name: &str| std::fs::metadata(home.state().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("") & 0o077, 0);
    assert_eq!(mode("journal.sqlite"), 0o600);
    for folder in ["components", "compiled"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    // A long path puts the socket elsewhere; where it stands, only its owner may speak on it.
    if let Ok(about) = std::fs::symlink_metadata(home.state().join("host.sock")) {
        assert!(about.file_type().is_socket());
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
    }
}
