//! The list as text: what is read, what is refused, and how it is edited. The file itself is in `disk`.

#![allow(clippy::unwrap_used)]

mod disk;
mod plan;
mod replaced;

use std::path::Path;

use super::*;
use crate::model::Standing;

const LIST: &str = r#"# Who is heard.
[[person]]
name = "owner"
roles = ["chat", "approve"]
ids = { chat = "412587349", forge = ["alice", "12"] }

[[person]]
name = "ann"
roles = []

[denied]
chat = ["7"]
"#;

fn parsed(text: &str) -> Result<AccessBook, BookError> {
    parse::parse(text, Path::new("access.toml"))
}

#[test]
fn a_list_is_read() {
    let list = parsed(LIST).unwrap();
    let names: Vec<_> = list.people().iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["owner", "ann"]);
    let owner = Standing::Person {
        name: "owner".into(),
        roles: vec!["chat".into(), "approve".into()],
    };
    for (network, id) in [("chat", "412587349"), ("forge", "alice"), ("forge", "12")] {
        assert_eq!(list.admits(network, id), Some(owner.clone()));
    }
    assert_eq!(list.admits("chat", "alice"), None);
    assert!(list.denies("chat", "7"));
    assert_eq!(parsed("").unwrap(), AccessBook::default());
    // A table of its own is the same as braces.
    let tables = "[[person]]\nname='owner'\nroles=['chat']\n[person.ids]\nforge='alice'\n";
    assert!(parsed(tables).unwrap().admits("forge", "alice").is_some());
}

/// `with` replaces `from` in the list; `▸` in it marks the place of the error.
#[track_caller]
fn check_wrong(from: &str, with: &str, expected: &str) {
    assert!(LIST.contains(from), "{from}");
    let marked = LIST.replacen(from, with, 1);
    let place = Place::of(&marked, marked.find('▸').unwrap());
    let error = parsed(&marked.replace('▸', "")).unwrap_err().to_string();
    let start = format!("access.toml:{}:{}: ", place.line, place.column);
    assert!(error.starts_with(&start), "{error}, not {start}");
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    check_wrong("name = \"owner\"", "nick = ▸", "string values must be quoted");
    check_wrong("name = \"owner\"", "▸nick = 'owner'", "unknown field `nick`");
    check_wrong("name = \"ann\"", "name = ▸\"Ann\"", "is no name for a person");
    check_wrong("name = \"ann\"", "name = ▸\"service\"", "choose another name");
    check_wrong(
        "\n[[person]]\nname = \"ann\"",
        "\n▸[[person]]\nname = \"owner\"",
        "another person is named",
    );
    check_wrong("roles = []", "roles = [▸\"admin\"]", "expected `chat` or `approve`");
    check_wrong("roles = []", "roles = ▸\"chat\"", "invalid type: string");
    check_wrong("\"412587349\"", "▸412587349", "expected an id in quotes");
    check_wrong("\"412587349\"", "▸\"\"", "an id is not empty");
    check_wrong("\"412587349\"", "▸\" 412587349\"", "copy it anew");
    check_wrong("\"412587349\"", "▸\"4125\\u202e87349\"", "can't be seen");
    check_wrong("\"412587349\"", "▸\"unknown\"", "can't be told from others");
    check_wrong("\"alice\", \"12\"", "\"alice\", ▸\"alice\"", "is written twice");
    check_wrong("\"alice\", \"12\"", "▸[]", "expected a string");
    check_wrong("forge = ", "▸Forge = ", "is no network");
    check_wrong("[\"7\"]", "[\"7\", ▸\"\"]", "an id is not empty");
    check_wrong("[denied]", "[▸banned]", "unknown field `banned`");
    check_wrong(
        "[[person]]\nname = \"ann\"\nroles = []",
        "▸[[person]]\nname = \"ann\"",
        "missing field `roles`",
    );
    let twice = "\n▸[[person]]\nids = { forge = '12' }\nname = \"ann\"";
    check_wrong("\n[[person]]\nname = \"ann\"", twice, "forge:12 is owner's already");
    let long = format!("▸\"{}\"", "x".repeat(limits::ACCOUNT_ID_BYTES + 1));
    check_wrong("\"412587349\"", &long, "at most 256 bytes");
}

#[test]
fn everything_has_a_bound() {
    let person = |nth: usize| format!("[[person]]\nname='p{nth}'\nroles=[]\n");
    let people = |count: usize| (0..count).map(person).collect::<String>();
    let ids = |count: usize| (0..count).map(|nth| format!("'{nth}',")).collect::<String>();
    let of_one = |count: usize| format!("[[person]]\nname='p'\nroles=[]\nids.forge=[{}]", ids(count));
    let denied = |count: usize| format!("denied.forge=[{}]", ids(count));
    let check = |text: &dyn Fn(usize) -> String, most: usize| {
        assert!(parsed(&text(most)).is_ok());
        let error = parsed(&text(most + 1)).unwrap_err().to_string();
        assert!(error.contains(&format!("more than {most}")), "{error}");
    };
    check(&people, limits::PEOPLE);
    check(&of_one, limits::PERSON_ACCOUNTS);
    check(&denied, limits::DENIED_ACCOUNTS);
    check(&|bytes| "#".repeat(bytes), limits::ACCESS_BYTES);
}

#[test]
fn an_account_is_typed_as_it_is_shown() {
    let check = |text: &str, expected: Result<(&str, &str), Wrong>| {
        let expected = expected.map(|(network, id)| Account {
            network: network.into(),
            id: id.into(),
        });
        assert_eq!(account(text), expected, "{text}");
        assert!(expected.is_err() || account(text).unwrap().to_string() == text);
    };
    check("forge:alice", Ok(("forge", "alice")));
    check("chat:@jo:example.org", Ok(("chat", "@jo:example.org")));
    check("alice", Err(Wrong::Account("alice".into())));
    check(":alice", Err(Wrong::Network(String::new())));
    check("Forge:alice", Err(Wrong::Network("Forge".into())));
    check("forge:", Err(Wrong::Id));
    check("forge: alice", Err(Wrong::Id));
    check("forge:unknown", Err(Wrong::NoId));
}

fn acc(text: &str) -> Account {
    account(text).unwrap()
}

fn name(text: &str) -> PersonName {
    text.parse().unwrap()
}

#[track_caller]
fn check_edit(text: &str, changes: &[Change], expected: &str) {
    let edited = edit::apply(text, changes).unwrap();
    assert_eq!(edited, expected);
    parsed(&edited).unwrap();
}

#[test]
fn the_first_person() {
    let changes = allow(&AccessBook::default(), &name("owner"), &[acc("page:web")], &[]).unwrap();
    let expected = "[[person]]\nname = \"owner\"\nroles = [\"chat\"]\nids = { page = \"web\" }\n";
    check_edit("", &changes, expected);
    check_edit("# mine\n", &changes, &format!("{expected}# mine\n"));
}

#[test]
fn edits_keep_what_stands_around() {
    let text = r#"# The house.

# me
[[person]]
name = "owner"  # that is me
roles = ["chat"] # more later
ids = { chat = "41", forge = "alice" }   # all of them

# my sister
[[person]]
name = "ann"
roles = ["chat"]
[person.ids]
# her phone
chat = "8" # new

[denied] # enough
forge = "mallory"
"#;
    let owner = name("owner");
    check_edit(
        text,
        &[
            Change::Account(owner.clone(), acc("chat:42")),
            Change::Account(owner.clone(), acc("mail:o@example.org")),
            Change::Role(owner.clone(), crate::access::Role::Approve),
            Change::Account(name("ann"), acc("chat:9")),
            Change::Denied(acc("forge:eve")),
        ],
        &text
            .replace(
                "chat = \"41\", forge = \"alice\" }",
                "chat = [\"41\", \"42\"], forge = \"alice\", mail = \"o@example.org\" }",
            )
            .replace("[\"chat\"] # more", "[\"chat\", \"approve\"] # more")
            .replace("chat = \"8\" # new", "chat = [\"8\", \"9\"] # new")
            .replace("\"mallory\"", "[\"mallory\", \"eve\"]"),
    );
    check_edit(
        text,
        &[
            Change::NoAccount(owner.clone(), acc("chat:41")),
            Change::Undenied(acc("forge:mallory")),
        ],
        &text.replace("chat = \"41\", ", "").replace("forge = \"mallory\"\n", ""),
    );
    let gone = parsed(text).unwrap().person(&owner).unwrap().clone();
    let (before, rest) = (text.find("# me").unwrap(), text.find("# my sister").unwrap());
    check_edit(
        text,
        &[Change::NoPerson(gone)],
        &format!("{}{}", &text[..before], &text[rest..]),
    );
    let newcomer = [Change::Person(name("bo")), Change::Account(name("bo"), acc("chat:5"))];
    let added = "\n[[person]]\nname = \"bo\"\nroles = []\nids = { chat = \"5\" }\n";
    let at = text.find("\n[denied]").unwrap();
    check_edit(text, &newcomer, &format!("{}{added}{}", &text[..at], &text[at..]));
}

#[test]
fn another_form_is_read_and_left_alone() {
    let text = "person = [{ name = 'jo', roles = ['chat'], ids = { forge = '1' } }]\n";
    assert!(parsed(text).unwrap().admits("forge", "1").is_some());
    let error = edit::apply(text, &[Change::Account(name("jo"), acc("forge:2"))]).unwrap_err();
    assert!(error.to_string().contains("nothing was changed"), "{error}");
}
