//! Invitations where they don't belong, and while the list can't be read: neither uses one up, and none is ever chat.
#![allow(clippy::unwrap_used)]

use std::fs;

use lockgate_tests::crowd::{Crowd, NAME, Said};
use lockgate_tests::home::Status;
use lockgate_tests::wait::{PATIENCE, until};

fn with(direct: &str) -> Crowd {
    Crowd::open_with(|channel| {
        channel.insert("direct".into(), direct.into());
        let groups: toml::Table = "room.people = \"everyone\"".parse().unwrap();
        channel.insert("groups".into(), groups.into());
    })
    .unwrap()
}

fn typed(crowd: &Crowd, words: &[&str]) -> String {
    let ran = crowd.home.run(words).unwrap();
    assert!(ran.ok(), "{words:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

fn wait_tally(crowd: &Crowd, reason: &str, least: u64) {
    let counted = || crowd.tally(reason).ok().filter(|count| *count >= least);
    until(PATIENCE, reason, counted).unwrap();
}

fn wait_told(crowd: &Crowd, room: &str, begin: &str) {
    let told = crowd.wait_sent(begin, |sent| {
        let mut there = sent.iter().filter(|entry| entry.conversation == room);
        there.find(|entry| entry.text.starts_with(begin)).map(drop)
    });
    told.unwrap();
}

fn invited(crowd: &Crowd) -> String {
    typed(crowd, &["access", "invite", "ann"]).trim().to_owned()
}

#[test]
fn an_invitation_reaches_no_session_and_is_used_up_by_nobody_else() {
    let crowd = with("pairing");
    typed(&crowd, &["access", "allow", "ben", "crowd:2"]);
    let text = invited(&crowd);
    crowd.say(&Said::direct("2", &text)).unwrap();
    wait_told(
        &crowd,
        "d-2",
        "This looks like an invitation. You are on the list already",
    );
    crowd.say(&Said::group("room", "2", &text).mention()).unwrap();
    // A guest's, and one that was passed on.
    crowd.say(&Said::group("room", "9", &text).mention()).unwrap();
    crowd
        .say(&Said::direct("2", "").quote("7", Some("ann"), &text))
        .unwrap();
    wait_tally(&crowd, "invite-misplaced", 4);
    let heard = crowd.sentinel().unwrap();
    assert!(heard.is_empty(), "{heard:?}");
    crowd.say(&Said::direct("7", &text)).unwrap();
    wait_told(&crowd, "d-7", "You are on the list as ann.");
}

#[test]
fn a_torn_list_uses_up_no_invitation() {
    for direct in ["allowlist", "pairing"] {
        let crowd = with(direct);
        let text = invited(&crowd);
        let file = crowd.home.path().join("access.toml");
        fs::write(&file, "[[person]").unwrap();
        crowd.say(&Said::direct("7", &text)).unwrap();
        // `status` finds fault with the house now, and says it all the same.
        let counted = until(PATIENCE, "it is counted", || {
            let ran = crowd.home.run(&["status", "--json"]).ok()?;
            let status: Status = serde_json::from_str(&ran.stdout).ok()?;
            (status.channel(NAME)?.tallies.get("unknown-person") == Some(&1)).then_some(())
        });
        counted.unwrap();
        fs::remove_file(&file).unwrap();
        crowd.say(&Said::direct("7", &text)).unwrap();
        wait_told(&crowd, "d-7", "You are on the list as ann.");
    }
}
