//! Another plugin's list: whatever stands in it, the plan gives nobody more than it names, and its comments are comments.

use std::path::Path;

use lockgate::access::AccessBook;
use lockgate::book::import::plan::{Members, Target, plan};
use lockgate::book::import::{ImportError, Official};
use lockgate::limits;

use super::super::Body;
use super::{assert_inside, counted, text};

/// `access.json`.
pub const BODY: Body = Body {
    name: "import",
    play,
    words: &[
        "{",
        "}",
        "\"dmPolicy\": \"pairing\",",
        "\"dmPolicy\": \"disabled\",",
        "\"allowFrom\": [\"1\", \"2\"],",
        "\"allowFrom\": [1, -7],",
        "\"allowFrom\": [\"\\n\", \"\", \" 1\", \"unknown\"],",
        "\"groups\": {\"-100\": {\"requireMention\": false, \"allowFrom\": []}},",
        "\"groups\": {\"-100\": {\"allowFrom\": [\"3\"], \"x\": 1}},",
        "\"pending\": {\"ab12cd\": {\"senderId\": \"4\", \"expiresAt\": 1}},",
        "\"mentionPatterns\": [\"claude\", \"(\", \"a{1000}{1000}\"],",
        "\"ackReaction\": \"👀\",",
        "\"textChunkLimit\": 4096",
        "\"more\": \"\\n[channel.evil]\\n\"",
        "null",
        "\\u202e",
    ],
    usual: 6_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    let official = match Official::parse(&text, Path::new("access.json")) {
        Ok(official) => official,
        Err(error) => {
            match &error {
                ImportError::TooLarge(_) => assert!(text.len() > limits::IMPORT_BYTES),
                ImportError::Unreadable { place, .. } => assert_inside(*place, &text),
                ImportError::NoNewcomer(id) => panic!("{id}: reading names nobody"),
            }
            return error.to_string();
        }
    };
    let book = AccessBook::default();
    let plan = plan(
        &official,
        Target {
            network: "chat",
            book: &book,
        },
    );
    for newcomer in &plan.people {
        let id = newcomer.account.id.as_str();
        assert!(
            official.allowed.iter().any(|allowed| allowed == id),
            "{id:?} is named nowhere"
        );
        assert!(
            !id.is_empty() && id.trim() == id && !id.chars().any(char::is_control),
            "{id:?}"
        );
    }
    for (id, group) in &plan.groups {
        let theirs = &official.groups[id];
        assert!(
            group.mention || !theirs.mention,
            "{id:?} is heard without being addressed"
        );
        match &group.members {
            Members::Everyone => assert!(theirs.allowed.is_empty(), "{id:?} is open to everyone"),
            Members::Named(accounts) => {
                assert!(
                    accounts.iter().all(|account| theirs.allowed.contains(&account.id)),
                    "{id:?}"
                );
            }
        }
    }
    for kept in &plan.kept {
        let comment = kept.comment();
        assert!(
            comment.starts_with('#') && !comment.contains(['\n', '\r']),
            "{comment:?}"
        );
        assert!(
            comment.parse::<toml::Table>().is_ok_and(|table| table.is_empty()),
            "{comment:?}"
        );
    }
    counted(&[
        ("people", plan.people.len()),
        ("groups", plan.groups.len()),
        ("patterns", plan.patterns.len()),
        ("kept", plan.kept.len()),
        ("pending", plan.pending),
    ])
}
