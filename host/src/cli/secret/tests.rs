//! Setting, listing and removing secrets in a home with two channels; no output has a byte of one.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::cli::args::SecretList;
use crate::cli::print::tests::to_memory;
use crate::config::ChannelConfig;
use crate::journal::Journal;
use crate::vault::{Vault, read_secrets};
use crate::workshop::FolderId;

const CONFIG: &str = "[channel.ci]\ncomponent = \"/w.wasm\"\nsecrets.key = { secret = \"ci-key\" }\n\
    secrets.other = { env = \"NO_SUCH_VARIABLE_HERE\" }\n\
    [channel.chat]\ncomponent = \"/w.wasm\"\nsecrets.token = { secret = \"ci-key\" }\n";
const VALUE: &str = "a-very-secret-value";

fn home(dir: &tempfile::TempDir) -> Home {
    let home = Home::find(Some(&dir.path().join("home")), &|_| None).unwrap();
    home.open_config().unwrap();
    std::fs::write(home.config_file(), CONFIG).unwrap();
    home
}

/// Sets an entry, as `set` does after it was read.
fn put(home: &Home, name: &str, value: &str) -> String {
    let (mut printer, _, talk) = to_memory();
    let files = Files::read(home).unwrap();
    let entry = entry(&files, home, name).unwrap();
    let secret = Secret::new(value);
    store(
        &entry,
        &secret,
        &uses(&files.config, &entry),
        &files,
        home,
        &mut printer,
    )
    .unwrap();
    talk.text()
}

fn listed(home: &Home, json: bool) -> String {
    let (mut printer, answer, _) = to_memory();
    list::run(&SecretList { json }, home, &mut printer).unwrap();
    answer.text()
}

#[test]
fn a_name_is_an_entry_or_a_channels_secret() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(&dir);
    let files = Files::read(&home).unwrap();
    assert_eq!(entry(&files, &home, "fresh").unwrap(), "fresh");
    assert_eq!(entry(&files, &home, "ci.key").unwrap(), "ci-key");
    assert_eq!(entry(&files, &home, "chat.token").unwrap(), "ci-key");
    let refused = |name: &str, words: &str| {
        let error = entry(&files, &home, name).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused("ci.other", "is in the variable NO_SUCH_VARIABLE_HERE; set it there");
    refused("ci.none", "run: lockgate add /w.wasm --name ci --secret none=ask");
    refused("nobody.key", "there is no channel nobody");
    refused("No Name", "is no name of a secret");
    refused(
        "",
        "is no name of a secret: use a to z, 0 to 9, `-` and `_`, begin with a letter",
    );
}

#[test]
fn what_is_set_can_be_read_by_nobody_else_and_is_listed_without_a_byte() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(&dir);
    assert_eq!(put(&home, "ci.key", VALUE), "");
    put(&home, "short", "elevenbytes");
    let folder = home.folder().unwrap();
    let file = home.config_dir().join("secrets.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = read_secrets(&folder).unwrap();
    let read = |entry: &str| Vault::read(&SecretSource::Stored(entry.into()), &|_| None, text.as_deref());
    assert_eq!(read("ci-key").unwrap().expose(), VALUE.as_bytes());
    let expected = "\
secret                                  used as            length
in secrets.toml as ci-key               chat.token, ci.key 12 bytes or more
in secrets.toml as short                nothing uses it    under 12 bytes
in the variable NO_SUCH_VARIABLE_HERE   ci.other           can't be read here
";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(&listed(&home, false)), words(expected));
    let json: serde_json::Value = serde_json::from_str(&listed(&home, true)).unwrap();
    assert_eq!(json[0]["used_as"], serde_json::json!(["chat.token", "ci.key"]));
    assert_eq!(
        (&json[1]["length"], &json[1]["secret"]),
        (&"short".into(), &"short".into())
    );
    let all = listed(&home, false) + &listed(&home, true);
    assert!(!all.contains(VALUE) && !all.contains("elevenbytes"), "{all}");
}

/// A project that was developed is known by an entry that no channel uses, and the entry is set or removed by its own name.
#[test]
fn an_entry_that_was_set_by_hand_was_a_developed_projects_still() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(&dir);
    let journal = Journal::open(&home.open_state(None).unwrap().journal()).unwrap();
    let (name, entry) = ("dev-my".parse::<ChannelName>().unwrap(), "dev-my-bot-token");
    let mut config = ChannelConfig::of("/a".into());
    config
        .secrets
        .insert("bot-token".into(), SecretSource::Stored(entry.into()));
    let developed = || {
        kept::keep(&name, &config, Some(FolderId::of_number(1)), &journal).unwrap();
        kept::holds(&name, &"/a".into(), entry, &journal).unwrap()
    };
    assert!(developed());
    put(&home, "spare", VALUE);
    assert!(kept::holds(&name, &"/a".into(), entry, &journal).unwrap());
    put(&home, entry, VALUE);
    assert!(!kept::holds(&name, &"/a".into(), entry, &journal).unwrap());
    assert!(developed());
    let args = SecretRemove {
        name: entry.into(),
        yes: false,
    };
    remove(&args, &home, &mut to_memory().0).unwrap();
    assert!(!kept::holds(&name, &"/a".into(), entry, &journal).unwrap());
}

#[test]
fn one_that_is_used_is_not_removed_by_a_slip() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(&dir);
    put(&home, "ci.key", VALUE);
    put(&home, "spare", VALUE);
    let remove = |name: &str, yes| {
        let (mut printer, answer, _) = to_memory();
        let name = name.to_owned();
        remove(&SecretRemove { name, yes }, &home, &mut printer).map(|()| answer.text())
    };
    let refused = remove("ci-key", false).unwrap_err();
    assert!(
        refused.is::<Refusal>() && refused.to_string().contains("used as chat.token, ci.key"),
        "{refused}"
    );
    assert_eq!(remove("spare", false).unwrap(), "removed spare\n");
    assert_eq!(remove("ci-key", true).unwrap(), "removed ci-key\n");
    let gone = remove("ci-key", true).unwrap_err().to_string();
    assert!(
        gone.contains("no entry `ci-key`, so nothing was removed; `lockgate secret list` shows"),
        "{gone}"
    );
}

#[test]
fn a_secret_that_is_set_has_no_blank_around_it() {
    for value in [" key", "key ", "\tkey", "key\n", " "] {
        let refused = check_blanks(&Secret::new(value)).unwrap_err().to_string();
        assert!(refused.contains("begins or ends with a blank"), "{refused}");
    }
    assert!(check_blanks(&Secret::new("two words")).is_ok());
}

#[test]
fn standard_input_is_taken_without_the_end_of_its_line() {
    let check = |input: &[u8], expected: Option<&[u8]>| {
        let read = from(&mut &*input);
        assert_eq!(read.ok().as_ref().map(Secret::expose), expected, "{input:?}");
    };
    check(b"key", Some(b"key"));
    check(b"key\n", Some(b"key"));
    check(b"key\r\n", Some(b"key"));
    check(b"a\nb\n\n", Some(b"a\nb\n"));
    check(b"", None);
    check(b"\n", None);
    check(
        &vec![b'x'; limits::SECRET_BYTES],
        Some(&vec![b'x'; limits::SECRET_BYTES]),
    );
    check(&vec![b'x'; limits::SECRET_BYTES + 1], None);
}
