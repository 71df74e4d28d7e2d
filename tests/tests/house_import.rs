//! Another plugin's list of people, taken over while the channel runs: who is heard then, and who is not.
#![allow(clippy::unwrap_used)]

use std::fs;

use lockgate_tests::crowd::{Crowd, Said};

const LIST: &str = r#"{
  "dmPolicy": "allowlist",
  "allowFrom": ["7", "8"],
  "groups": {
    "open": { "requireMention": false, "allowFrom": [] },
    "ours": { "requireMention": true, "allowFrom": ["8"] }
  },
  "pending": { "a1b2c3": { "senderId": "9", "chatId": "9", "createdAt": 1, "expiresAt": 9999999999999, "replies": 1 } },
  "mentionPatterns": ["\\bhey bot\\b"],
  "ackReaction": "👀"
}"#;

#[test]
fn who_was_heard_there_is_heard_here_and_nobody_else() {
    let crowd = Crowd::open().unwrap();
    let file = crowd.home.beside().join("access.json");
    fs::write(&file, LIST).unwrap();
    let import = |words: &[&str]| {
        let line = [&["access", "import", file.to_str().unwrap()], words].concat();
        let ran = crowd.home.run(&line).unwrap();
        assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
        ran
    };
    let shown = import(&[]);
    assert!(
        shown.stdout.contains("person-1") && shown.stderr.contains("nothing was changed"),
        "{shown:?}"
    );
    assert!(!crowd.home.path().join("access.toml").exists());
    import(&["--channel", "crowd", "--apply"]);
    // Its channel begins anew with what was written.
    crowd.home.hook("crowd").unwrap();
    let expected = [
        ("crowd/person-1", "directly"),
        ("crowd/~stranger#9", "in the open group"),
        ("crowd/person-2", "in ours, addressed"),
        ("crowd/person-2", "Hey Bot, in ours"),
    ];
    crowd.say(&Said::direct("7", "directly")).unwrap();
    crowd
        .say(&Said::direct("9", "a stranger, who had a code there"))
        .unwrap();
    crowd
        .say(&Said::group("open", "9", "in the open group").named("stranger"))
        .unwrap();
    crowd
        .say(&Said::group("ours", "8", "in ours, addressed").mention())
        .unwrap();
    crowd.say(&Said::group("ours", "8", "in ours, to others")).unwrap();
    crowd
        .say(&Said::group("ours", "7", "in ours, another").mention())
        .unwrap();
    crowd.say(&Said::group("ours", "8", "Hey Bot, in ours")).unwrap();
    crowd
        .say(&Said::group("elsewhere", "8", "not granted").mention())
        .unwrap();
    let heard = crowd.sentinel().unwrap();
    let found: Vec<(&str, bool)> = heard
        .iter()
        .zip(expected)
        .map(|(event, (_, text))| (&*event.meta["user"], event.content.contains(text)))
        .collect();
    assert_eq!(found, expected.map(|(user, _)| (user, true)), "{heard:#?}");
    assert_eq!(heard.len(), expected.len());
    let config = crowd.home.config().unwrap();
    assert!(config.contains("# access.json had ackReaction = \"👀\""), "{config}");
    assert_eq!(fs::read_to_string(&file).unwrap(), LIST);
    assert!(crowd.sent().unwrap().is_empty(), "nobody got a code");
}
