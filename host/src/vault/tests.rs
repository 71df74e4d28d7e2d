//! Secrets from all three places, in a folder that goes away.

#![allow(clippy::unwrap_used)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cap_std::fs::Dir;
use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, Dir) {
    let temp = TempDir::new().unwrap();
    let dir = Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap();
    (temp, dir)
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn read(source: &SecretSource, secrets_file: Option<&str>) -> Result<Secret, String> {
    let env = |name: &str| (name != "NONE").then(|| format!("value of {name}\n"));
    Vault::read(source, &env, secrets_file).map_err(|error| format!("{error}"))
}

#[track_caller]
fn check(source: SecretSource, secrets_file: Option<&str>, expected: Result<&str, &str>) {
    match (read(&source, secrets_file), expected) {
        (Ok(secret), Ok(text)) => assert_eq!(secret.expose(), text.as_bytes()),
        (Err(error), Err(text)) => assert!(error.contains(text), "{error}\nexpected: {text}"),
        (read, expected) => panic!("{read:?} instead of {expected:?}"),
    }
}

#[test]
fn the_environment() {
    check(SecretSource::Env("A".into()), None, Ok("value of A"));
    check(SecretSource::Env("NONE".into()), None, Err("`NONE` is not set"));
    let empty = Vault::read(&SecretSource::Env("A".into()), &|_| Some("\n".into()), None);
    assert!(matches!(empty, Err(VaultError::Empty(_))));
}

#[test]
fn the_secrets_file() {
    let stored = || SecretSource::Stored("mail".into());
    check(stored(), Some("other = \"1\"\nmail = \"two words\""), Ok("two words"));
    check(stored(), Some("other = \"1\""), Err("no entry `mail`"));
    check(stored(), None, Err("secrets.toml is not there"));
    check(stored(), Some("mail = \"\""), Err("is empty"));
    check(
        stored(),
        Some("\nmail = 424242"),
        Err("line 2, column 8: every line is"),
    );
    check(stored(), Some("mail = { a = \"hunter22\" }"), Err("line 1, column 8"));
    for text in [
        "mail = 424242",
        "mail = hunter22",
        "mail = \"hunter22",
        "mail = [\"hunter22\"]",
    ] {
        let error = Vault::read(&stored(), &|_| None, Some(text)).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("424242") && !shown.contains("hunter22"), "{shown}");
    }
}

#[test]
fn a_file_of_its_own() {
    let (temp, _) = folder();
    let path = temp.path().join("key");
    let source = || SecretSource::File(path.clone());
    check(source(), None, Err("can't be read"));
    write(&path, b"line\r\n", 0o600);
    check(source(), None, Ok("line"));
    write(&path, b"two\n\n", 0o400);
    check(source(), None, Ok("two\n"));
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        check(
            source(),
            None,
            Err(&format!("is open to others (mode {mode:03o}): run `chmod 600")),
        );
    }
    fs::remove_file(&path).unwrap();
    write(&path, &vec![b'x'; limits::SECRET_BYTES + 1], 0o600);
    check(source(), None, Err("longer than"));
    write(&path, b"\n", 0o600);
    check(source(), None, Err("is empty"));
    check(
        SecretSource::File(temp.path().to_owned()),
        None,
        Err("is no regular file"),
    );
    check(SecretSource::File("/dev/zero".into()), None, Err("is no regular file"));
}

#[test]
fn a_named_pipe_does_not_hold_the_host_up() {
    let (temp, _) = folder();
    let path = temp.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    check(SecretSource::File(path), None, Err("is no regular file"));
}

#[test]
fn what_is_written_is_read() {
    let (temp, dir) = folder();
    assert_eq!(read_secrets(&dir).unwrap(), None);
    write_secret(&dir, "one", &Secret::new("a \"quoted\"\nline")).unwrap();
    let path = temp.path().join(SECRETS_FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    write(&path, b"# Mine.\none = \"old\" # keep\n", 0o600);
    write_secret(&dir, "two", &Secret::new("2")).unwrap();
    write_secret(&dir, "one", &Secret::new("new")).unwrap();
    let text = read_secrets(&dir).unwrap().unwrap();
    assert!(text.starts_with("# Mine.\none = \"new\" # keep\n"), "{text}");
    check(SecretSource::Stored("one".into()), Some(&text), Ok("new"));
    check(SecretSource::Stored("two".into()), Some(&text), Ok("2"));
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_is_wrong_is_left_alone() {
    let (temp, dir) = folder();
    let path = temp.path().join(SECRETS_FILE);
    write(&path, b"one = 1\n", 0o600);
    assert!(matches!(
        write_secret(&dir, "two", &Secret::new("2")),
        Err(VaultError::Unreadable(_))
    ));
    write(&path, b"one = \"1\"\n", 0o644);
    assert!(matches!(
        write_secret(&dir, "two", &Secret::new("2")),
        Err(VaultError::Open { mode: 0o644, .. })
    ));
    assert!(matches!(read_secrets(&dir), Err(VaultError::Open { .. })));
    write(&path, b"one = \"1\"\n", 0o600);
    assert!(matches!(
        write_secret(&dir, "two", &Secret::new(vec![0xff])),
        Err(VaultError::NoText(_))
    ));
    assert!(matches!(
        write_secret(&dir, "two", &Secret::new("")),
        Err(VaultError::Empty(_))
    ));
    let long = Secret::new(vec![b'x'; limits::SECRET_BYTES]);
    assert!(matches!(write_secret(&dir, "two", &long), Err(VaultError::TooLarge(_))));
    assert_eq!(fs::read(&path).unwrap(), b"one = \"1\"\n");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
}

#[test]
fn what_a_crash_left_is_no_obstacle() {
    let (temp, dir) = folder();
    write(
        &temp.path().join(format!(".secrets.toml.{}", std::process::id())),
        b"half",
        0o666,
    );
    write_secret(&dir, "one", &Secret::new("1")).unwrap();
    assert_eq!(read_secrets(&dir).unwrap().unwrap(), "one = \"1\"\n");
    assert_eq!(
        fs::metadata(temp.path().join(SECRETS_FILE))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
}

#[test]
fn a_secret_is_never_printed() {
    let secret = Secret::new("hunter22");
    assert_eq!(
        format!("{secret} {secret:?} {:?}", Some(&secret)),
        "[secret] [secret] Some([secret])"
    );
}
