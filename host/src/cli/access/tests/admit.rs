//! Codes and invitations at the command line, with strangers who have written before.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::access::pairing::{Answer, Code, Desk, Door};
use crate::access::{DirectPolicy, PersonName};
use crate::model::{Approach, Conversation, Sender};

impl Scene {
    fn journal(&self) -> Journal {
        Journal::open(&self.home.open_state(None).unwrap().journal()).unwrap()
    }

    /// Somebody wrote, and was sent this code.
    fn stranger(&self, id: &str) -> String {
        let (id, now) = (id.to_owned(), UnixMillis::now());
        let random = [7, 7, 7, 7, 7, 7, id.as_bytes()[0]];
        let work = move |desk: &mut Desk| {
            let name: ChannelName = "ci".parse().unwrap();
            let door = Door {
                channel: &name,
                network: "forge",
                direct: DirectPolicy::Pairing,
            };
            let approach = Approach {
                message: "1".into(),
                sender: Sender {
                    id: id.clone(),
                    name: Some("Ann\u{1b}[2J".into()),
                    bot: false,
                },
                conversation: Conversation {
                    id: format!("d-{id}"),
                    thread: Some("t-1".into()),
                    scope: crate::model::Scope::Direct,
                    title: None,
                },
                text: "hello".into(),
            };
            match desk.approach(door, &approach, Code::of(random), now) {
                Answer::Code(code) => code.to_string(),
                other => panic!("{other:?}"),
            }
        };
        self.journal().revise_blocking(Desk::DOCUMENT, work).unwrap()
    }

    fn list(&self) -> Arc<AccessBook> {
        current(&self.home).unwrap()
    }

    fn roles(&self, id: &str) -> Vec<Role> {
        let list = self.list();
        let owner = list.owner("forge", id);
        owner.map_or(Vec::new(), |owner| owner.roles.iter().copied().collect())
    }

    #[track_caller]
    pub(super) fn refused(&self, words: &[&str], expected: &str) {
        let error = self.run(words).map(drop).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_code_puts_who_has_it_on_the_list_once() {
    let scene = Scene::set();
    let code = scene.stranger("1");
    let (_, answer, talk) = scene.run(&["pair", &code.to_lowercase(), "--as", "ann"]).unwrap();
    assert_eq!(
        answer,
        "+  ann  is on the list\n+  ann  may speak to the session (chat)\n+  ann  is forge:1\n"
    );
    let expected = "forge:1 (there called Ann\\u{1b}[2J) asked over ci just now\n\
        ann is the first on the list and may not approve; to give that, run: lockgate access allow ann forge:1 --role approve\n\
        this counts from the next message on\n\
        ann is told so when the channels run\n";
    assert_eq!(talk, expected);
    assert_eq!(scene.roles("1"), [Role::Chat]);
    let greetings: serde_json::Value = scene.journal().document("greetings").unwrap();
    let noted = greetings.to_string();
    assert!(noted.contains("\"thread\":\"t-1\""), "he is greeted elsewhere: {noted}");
    scene.refused(&["pair", &code, "--as", "ben"], "nobody waits with this code");
    scene.refused(&["pair", "hello", "--as", "ben"], "a code is two groups of five");
    assert!(scene.list().person(&"ben".parse().unwrap()).is_none());
}

#[test]
fn a_second_account_inherits_and_approving_is_never_inherited_unsaid() {
    let scene = Scene::set();
    let [one, two, three] = ["1", "2", "3"].map(|id| scene.stranger(id));
    scene.run(&["pair", &one, "--as", "ann", "--approve"]).unwrap();
    assert_eq!(scene.roles("1"), [Role::Chat, Role::Approve]);
    scene.refused(
        &["pair", &two, "--as", "ann"],
        "ann may approve, and the account forge:2 would, too; if you want that, run:",
    );
    assert!(scene.roles("2").is_empty());
    let (_, _, talk) = scene.run(&["pair", &two, "--as", "ann", "--approve"]).unwrap();
    assert!(
        talk.contains("\nann is on the list; forge:2 inherits: chat, approve\n"),
        "{talk}"
    );
    assert_eq!(scene.roles("2"), [Role::Chat, Role::Approve]);
    scene.run(&["pair", &three, "--as", "ben"]).unwrap();
    assert_eq!(scene.roles("3"), [Role::Chat], "nobody but the first is asked about");
}

#[test]
fn an_unreadable_list_costs_no_code() {
    let scene = Scene::set();
    let code = scene.stranger("1");
    let file = scene.home.config_dir().join("access.toml");
    std::fs::write(&file, "[[person]").unwrap();
    scene.refused(&["pair", &code, "--as", "ann"], "access.toml:1:");
    scene.refused(&["invite", "ann"], "access.toml:1:");
    std::fs::remove_file(&file).unwrap();
    scene.run(&["pair", &code, "--as", "ann"]).unwrap();
}

#[test]
fn the_wrong_codes_are_counted_across_command_lines() {
    let scene = Scene::set();
    let code = scene.stranger("1");
    for nth in 0..crate::limits::PAIRING_TRIES_A_MINUTE {
        scene.refused(&["pair", &format!("AAAAA-AAAA{nth}"), "--as", "ann"], "nobody waits");
    }
    scene.refused(&["pair", &code, "--as", "ann"], "wait a minute");
}

#[test]
fn an_invitation_is_printed_once_and_can_be_taken_back() {
    let scene = Scene::set();
    let (_, answer, talk) = scene.run(&["invite", "ann", "--for", "2h"]).unwrap();
    let code: Code = answer.strip_prefix("pair ").unwrap().parse().unwrap();
    assert!(
        talk.starts_with("nobody may approve yet; for yourself: lockgate access invite NAME --approve\n"),
        "{talk}"
    );
    assert!(
        talk.contains(&format!("ann sends both words, `pair {code}` (or `/start {code}`)")),
        "{talk}"
    );
    assert!(
        talk.ends_with("good once and for 2 hours, over ci; it is not shown again\n"),
        "{talk}"
    );
    let (_, list, _) = scene.run(&["list"]).unwrap();
    let expected = "\ninvited  to    since     good for\nann      chat  just now  2 h\n    \
        `lockgate access cancel NAME` takes an invitation back\n";
    assert!(list.ends_with(expected) && !list.contains(&code.to_string()), "{list}");
    scene.check(&["cancel", "ann"], "1 invitation for ann can't be taken any more\n", "");
    scene.refused(
        &["cancel", "ann"],
        "ann has no open code or invitation; to take him from the list: lockgate access remove ann",
    );
    let (_, list, _) = scene.run(&[]).unwrap();
    assert!(!list.contains("invited"), "{list}");
    scene.refused(&["invite", "ann", "--for", "8d"], "at most 7 days");
}

#[test]
fn an_invitation_to_approve_is_said_and_never_inherited_unsaid() {
    let scene = Scene::set();
    let invited = |scene: &Scene| {
        let desk: Desk = scene.journal().document(Desk::DOCUMENT).unwrap();
        desk.invites(UnixMillis::now())
            .map(|invite| invite.roles.clone())
            .collect::<Vec<BTreeSet<Role>>>()
    };
    scene.run(&["invite", "ann", "--approve"]).unwrap();
    assert_eq!(invited(&scene), [BTreeSet::from([Role::Chat, Role::Approve])]);
    scene
        .run(&["allow", "ben", "forge:8", "--role", "chat", "--role", "approve"])
        .unwrap();
    scene.refused(
        &["invite", "ben"],
        "ben may approve, and whoever takes the invitation would, too",
    );
    assert_eq!(invited(&scene).len(), 1);
}

#[test]
fn who_waits_is_listed_without_his_code() {
    let scene = Scene::set();
    let code = scene.stranger("1");
    let (_, list, _) = scene.run(&["list"]).unwrap();
    let expected = "\nwaits    there called    in  since     code good for\n\
        forge:1  \"Ann\\u{1b}[2J\"  ci  just now  60 min\n    \
        `lockgate access pair CODE --as NAME` lets in who tells you his code\n";
    assert!(list.ends_with(expected) && !list.contains(&code), "{list}");
    let (_, json, _) = scene.run(&["--json"]).unwrap();
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&read["pending"][0]["id"], &read["pending"][0]["minutes_left"]),
        (&"1".into(), &60.into())
    );
    assert!(read["invites"].as_array().unwrap().is_empty() && !json.contains(&code));
    scene.check(&["cancel", "forge:1"], "the code of forge:1 is good no more\n", "");
    scene.refused(&["pair", &code, "--as", "ann"], "nobody waits");
}

/// An empty desk in its place would make used codes and spent tries good again.
#[test]
fn an_unreadable_desk_lets_nobody_in_and_stays_as_it_is() {
    let scene = Scene::set();
    let code = scene.stranger("1");
    let path = scene.home.state_dir().join("journal.sqlite");
    let damage = |text: &str| {
        let sqlite = rusqlite::Connection::open(&path).unwrap();
        let changed = sqlite.execute(
            "UPDATE document SET value = ?1 WHERE name = 'pairing'",
            [text.as_bytes()],
        );
        assert_eq!(changed.unwrap(), 1);
    };
    for text in ["{", "{\"pending\": 7}", "[]"] {
        damage(text);
        scene.refused(&["pair", &code, "--as", "ann"], "pairing");
        scene.refused(&["invite", "ann"], "pairing");
        let (status, _, talk) = scene.run(&["list"]).unwrap();
        assert_eq!(status, ExitStatus::Failed);
        assert!(
            talk.contains("until then no code and no invitation lets anybody in"),
            "{talk}"
        );
        let kept: Result<Desk, _> = scene.journal().document(Desk::DOCUMENT);
        assert!(kept.is_err(), "it was replaced");
    }
    assert!(scene.list().people().is_empty());
}

#[test]
fn who_was_removed_or_denied_does_not_come_back_by_what_is_still_open() {
    let scene = Scene::set();
    scene.run(&["allow", "ann", "forge:8"]).unwrap();
    scene.run(&["allow", "ann", "forge:9"]).unwrap();
    let gone = |words: &[&str]| {
        scene.run(&["invite", "ann"]).unwrap();
        let (_, answer, _) = scene.run(words).unwrap();
        assert!(
            answer.ends_with("1 invitation for ann can't be taken any more\n"),
            "{answer}"
        );
        scene.refused(&["cancel", "ann"], "there is none");
    };
    gone(&["remove", "ann", "forge:9"]);
    gone(&["remove", "ann"]);
    // She was never listed.
    gone(&["remove", "ann"]);
    scene.refused(&["remove", "ann"], "there is no ann");
    let code = scene.stranger("1");
    scene.check(
        &["deny", "forge:1"],
        "-  forge:1  is denied\nthe code of forge:1 is good no more\n",
        COUNTS,
    );
    scene.refused(&["pair", &code, "--as", "ann"], "nobody waits");
    // Denied by hand, the code waits on and brings nobody.
    let code = scene.stranger("2");
    let file = scene.home.config_dir().join("access.toml");
    std::fs::write(&file, "denied = { forge = [\"2\"] }\n").unwrap();
    scene.refused(
        &["pair", &code, "--as", "ann"],
        "the account forge:2 is denied; `lockgate access allow NAME forge:2` lets it in",
    );
    assert!(scene.list().people().is_empty() && scene.list().denies("forge", "2"));
}

#[test]
fn a_time_is_told_in_whole_units() {
    let name: PersonName = "ann".parse().unwrap();
    assert_eq!(name.as_str(), "ann");
    for (minutes, expected) in [
        (1, "1 minute"),
        (90, "90 minutes"),
        (60, "1 hour"),
        (1_440, "1 day"),
        (10_080, "7 days"),
    ] {
        assert_eq!(
            crate::cli::access::admit::span(Duration::from_secs(minutes * 60)),
            expected
        );
    }
}
