//! Words that a newcomer needs where he took a wrong turn.

use super::*;
use crate::access::{DropReason, Dropped, DroppedSenders};
use crate::channel::DROPPED;

#[test]
fn an_invitation_that_no_channel_could_hear_is_not_made() {
    let scene = Scene::set();
    let config = "[channel.ci]\ncomponent = \"/w.wasm\"\nnetwork = \"forge\"\ndirect = \"disabled\"\n";
    std::fs::write(scene.home.config_file(), config).unwrap();
    scene.refused(&["invite", "ann"], "no channel could hear it; first, in lockgate.toml:");
    std::fs::write(scene.home.config_file(), "").unwrap();
    scene.refused(&["invite", "ann"], "no channel could hear it; first: lockgate add NAME");
    scene.refused(
        &["pair", "AAAAA-AAAAA", "--as", "ann"],
        "no channel was added yet: lockgate add NAME",
    );
    assert!(!scene.run(&["list"]).unwrap().1.contains("invited"));
}

/// It would be a way to ask for codes without end, if it were not counted.
#[test]
fn an_invitations_code_is_not_paired_and_counts_as_a_wrong_one() {
    let scene = Scene::set();
    let (_, answer, _) = scene.run(&["invite", "ann"]).unwrap();
    let code = answer.strip_prefix("pair ").unwrap().trim();
    for _ in 0..crate::limits::PAIRING_TRIES_A_MINUTE {
        let expected = "this is an invitation: ann sends it to the channel; it is not typed here";
        scene.refused(&["pair", code, "--as", "ben"], expected);
    }
    scene.refused(&["pair", code, "--as", "ben"], "wait a minute");
    assert!(scene.run(&["list"]).unwrap().1.contains("invited"), "it is still open");
}

#[test]
fn the_usage_of_pair_has_what_must_be_typed_in_its_order() {
    let usage = Cli::try_parse_from(["lockgate", "access", "pair"])
        .unwrap_err()
        .to_string();
    assert!(
        usage.contains("Usage: lockgate access pair <CODE> --as <NAME> [--approve]"),
        "{usage}"
    );
}

#[tokio::test]
async fn who_was_let_in_since_is_not_told_as_unheard_and_a_group_has_its_whole_line() {
    let scene = Scene::set();
    let (journal, instance) = scene.lock_ci();
    let ci: ChannelName = "ci".parse().unwrap();
    let dropped = |id: &str, group: bool, reason: DropReason| Dropped {
        id: id.into(),
        name: Some("Ann \"the\" owner".into()),
        conversation: "-100".into(),
        title: None,
        group,
        reason: reason.as_str().into(),
    };
    let all = [
        dropped("7", false, DropReason::UnknownPerson),
        dropped("8", false, DropReason::UnknownPerson),
        dropped("7", true, DropReason::GroupNotGranted),
        dropped("9", true, DropReason::GroupNotGranted),
    ];
    let work = move |kept: &mut DroppedSenders| {
        all.into_iter().for_each(|one| kept.note(&ci, one, UnixMillis::now()));
    };
    journal.revise(DROPPED, work).await.unwrap();
    let counts = vec![(instance, "group-not-granted", 2)];
    journal.tally(counts, UnixMillis::now()).await.unwrap();
    scene.run(&["allow", "ann", "forge:7"]).unwrap();
    let (_, list, _) = scene.run(&["list"]).unwrap();
    let line = "    groups.\"-100\" = { mention = true, people = [\"ann\"] }\n";
    assert_eq!(list.matches(line).count(), 1, "{list}");
    assert!(list.contains("8             \"Ann 'the' owner\"  ci "), "{list}");
    assert_eq!(list.matches("unknown-person").count(), 1, "{list}");
    let json = |words: &[&str]| scene.run(words).unwrap().1;
    assert_eq!(json(&["--json"]), json(&["list", "--json"]));
    let read: serde_json::Value = serde_json::from_str(&json(&["--json"])).unwrap();
    assert_eq!(read["not_heard"].as_array().unwrap().len(), 3);
}

#[test]
fn the_help_says_the_units_of_the_json() {
    let help = Cli::try_parse_from(["lockgate", "access", "list", "--help"])
        .unwrap_err()
        .to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        help.contains("`since` and `last` are milliseconds since 1970 (UTC)"),
        "{help}"
    );
}
