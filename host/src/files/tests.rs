//! Hostile names, links and races: what is copied is a regular file that stood where it may stand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::paths::{Home, StateDir};

const CANARY: &str = "the canary";

struct Room {
    dir: tempfile::TempDir,
    state: StateDir,
    scratch: Scratch,
    inbox: PathBuf,
    outbox: PathBuf,
}

fn room() -> Room {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::find(Some(&dir.path().join("home")), &|_| None).unwrap();
    let state = home.open_state(None).unwrap();
    let name = "chat".parse().unwrap();
    std::fs::write(dir.path().join("canary"), CANARY).unwrap();
    Room {
        scratch: Scratch::make(&state).unwrap(),
        inbox: state.inbox(&name).unwrap(),
        outbox: state.outbox(&name).unwrap(),
        state,
        dir,
    }
}

impl Room {
    fn canary(&self) -> PathBuf {
        self.dir.path().join("canary")
    }

    fn take(&self, path: &str) -> Result<Taken, FilesError> {
        take(&self.scratch, path, &self.inbox, "ab-0")
    }

    fn roots(&self, roots: &[PathBuf]) -> SendRoots {
        SendRoots::new(&self.outbox, roots, &self.state, &self.dir.path().join("home"))
    }

    fn stage(&self, roots: &[PathBuf], name: &str) -> Result<String, FilesError> {
        self.roots(roots).stage(name, &self.scratch, 100)
    }

    fn nothing_was_copied(&self) {
        assert_eq!(std::fs::read_dir(&self.inbox).unwrap().count(), 0);
    }
}

fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[test]
fn a_file_is_copied_under_a_name_of_the_hosts() {
    let room = room();
    let left = room.scratch.path().join("evil name.exe");
    std::fs::write(&left, b"\x89PNG\r\n\x1a\nrest").unwrap();
    std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o777)).unwrap();
    let taken = room.take("/inbox/evil name.exe").unwrap();
    let expected = Taken {
        name: "ab-0.png".into(),
        bytes: 12,
        kind: FileKind::Image,
    };
    assert_eq!(taken, expected);
    let copy = room.inbox.join("ab-0.png");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(find(&room.inbox, "ab-0"), Some(copy.clone()));
    // What is done to the original later does not reach the copy.
    std::fs::write(&left, "changed").unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), b"\x89PNG\r\n\x1a\nrest");
    assert_eq!(find(&room.inbox, "ab"), None);
}

#[test]
fn no_guest_path_leads_elsewhere() {
    let room = room();
    let scratch = room.scratch.path();
    std::fs::create_dir(scratch.join("sub")).unwrap();
    std::fs::write(scratch.join("sub/fine"), "fine").unwrap();
    symlink(room.canary(), scratch.join("link")).unwrap();
    symlink(room.dir.path(), scratch.join("up")).unwrap();
    std::fs::hard_link(room.canary(), scratch.join("hard")).unwrap();
    fifo(&scratch.join("fifo"));
    let canary = room.canary();
    let other = room.state.inbox(&"other".parse().unwrap()).unwrap().join("x.txt");
    std::fs::write(&other, CANARY).unwrap();
    let check = |path: &str, expected: fn(&FilesError) -> bool| {
        let refusal = room.take(path).unwrap_err();
        assert!(expected(&refusal), "{path}: {refusal:?}");
        assert!(refusal.to_string().contains(';'), "{refusal}");
        assert!(!refusal.to_string().contains('\n'), "{refusal}");
    };
    let elsewhere = |error: &FilesError| matches!(error, FilesError::Elsewhere { .. });
    for path in [
        "",
        "/",
        "/inbox",
        "/inbox/",
        "sub/fine",
        "/data/x",
        "/inboxsub/fine",
        "/inbox//sub/fine",
    ] {
        check(path, elsewhere);
    }
    for path in [
        "/inbox/../canary",
        "/inbox/sub/../../x",
        "/inbox/./sub/fine",
        "/inbox/sub/fine/..",
    ] {
        check(path, elsewhere);
    }
    for path in [
        canary.to_str().unwrap(),
        other.to_str().unwrap(),
        "/etc/passwd",
        "/inbox/a\0b",
        "/inbox/sub/",
    ] {
        check(path, elsewhere);
    }
    check(&format!("/inbox/{}", "a/".repeat(600)), elsewhere);
    for path in ["/inbox/link", "/inbox/sub", "/inbox/fifo"] {
        check(path, |error| matches!(error, FilesError::NoFile { .. }));
    }
    for path in [
        "/inbox/up/canary",
        "/inbox/absent",
        "/inbox/line\nbreak",
        "/inbox/sub/fine/x",
    ] {
        check(path, |error| matches!(error, FilesError::Unopened { .. }));
    }
    check("/inbox/hard", |error| matches!(error, FilesError::Linked { .. }));
    room.nothing_was_copied();
    assert!(room.take("/inbox/sub/fine").is_ok());
}

#[test]
fn a_new_file_is_made_where_nothing_stands() {
    let room = room();
    let folder = room.scratch.path();
    std::fs::create_dir(folder.join("sub")).unwrap();
    std::fs::write(folder.join("old"), "old").unwrap();
    symlink(room.dir.path().join("new"), folder.join("link")).unwrap();
    symlink(room.dir.path(), folder.join("up")).unwrap();
    for path in [
        "/inbox/old",
        "/inbox/link",
        "/inbox/up/new",
        "/inbox/sub",
        "/inbox/none/x",
        "/inbox/old/x",
    ] {
        let refusal = create_guest(folder, "/inbox", path).unwrap_err();
        assert!(matches!(refusal, FilesError::Unmade { .. }), "{path}: {refusal:?}");
    }
    for path in [
        "/inbox",
        "/inbox/",
        "/inbox/../new",
        "/inbox/./new",
        "/data/new",
        "/inbox/a\0",
        "new",
    ] {
        let refusal = create_guest(folder, "/inbox", path).unwrap_err();
        assert!(matches!(refusal, FilesError::Elsewhere { .. }), "{path}: {refusal:?}");
    }
    assert!(!room.dir.path().join("new").exists());
    let mut fresh = create_guest(folder, "/inbox", "/inbox/sub/new").unwrap();
    fresh.file.write_all(b"new").unwrap();
    let mode = fresh.file.metadata().unwrap().permissions().mode();
    assert_eq!(
        (std::fs::read(folder.join("sub/new")).unwrap(), mode & 0o777),
        (b"new".to_vec(), 0o600)
    );
    fresh.remove();
    assert!(!folder.join("sub/new").exists());
}

#[test]
fn a_file_over_the_bound_leaves_no_copy() {
    let room = room();
    let file = File::create(room.scratch.path().join("big")).unwrap();
    file.set_len(limits::FILE_BYTES + 1).unwrap();
    assert!(matches!(room.take("/inbox/big"), Err(FilesError::TooLarge { .. })));
    // One that grows while it is copied, too.
    let mut source = File::open(room.canary()).unwrap();
    let grown = copy(&mut source, &room.inbox.join("x"), 3, "x");
    assert!(matches!(grown, Err(FilesError::TooLarge { most: 3, .. })));
    room.nothing_was_copied();
}

#[test]
fn a_file_at_the_bound_is_copied() {
    let room = room();
    let mut source = File::open(room.canary()).unwrap();
    let length = CANARY.len() as u64;
    for (most, fits) in [(length + 1, true), (length, true), (length - 1, false)] {
        let to = room.inbox.join(most.to_string());
        let copied = copy(&mut source, &to, most, "x").ok();
        assert_eq!((copied, to.exists()), (fits.then_some(length), fits), "{most}");
    }
}

#[test]
fn only_what_the_operator_opened_is_sent() {
    let room = room();
    let root = room.dir.path().join("root");
    let roots = [root.clone()];
    std::fs::create_dir_all(root.join("deep/.git")).unwrap();
    std::fs::write(root.join("deep/a.txt"), "a").unwrap();
    std::fs::write(root.join("deep/.git/config"), CANARY).unwrap();
    std::fs::write(root.join(".env"), CANARY).unwrap();
    std::fs::write(room.outbox.join("b.txt"), "b").unwrap();
    std::fs::write(root.join("large"), [0; 101]).unwrap();
    symlink(room.canary(), root.join("link")).unwrap();
    symlink(room.dir.path(), root.join("up")).unwrap();
    std::fs::hard_link(room.canary(), root.join("hard")).unwrap();
    let below = |name: &str| root.join(name).to_str().unwrap().to_owned();
    assert_eq!(room.stage(&roots, "b.txt").unwrap(), "b.txt");
    assert_eq!(room.stage(&roots, "b.txt").unwrap(), "2-b.txt");
    assert_eq!(room.stage(&roots, &below("deep/a.txt")).unwrap(), "a.txt");
    let check = |name: &str, expected: fn(&FilesError) -> bool| {
        let refusal = room.stage(&roots, name).unwrap_err();
        assert!(expected(&refusal), "{name}: {refusal:?}");
    };
    for name in [
        "",
        ".",
        "..",
        ".env",
        "a/../b",
        "../chat/b.txt",
        &below(".env"),
        &below("deep/.git/config"),
    ] {
        check(name, |error| matches!(error, FilesError::Hidden { .. }));
    }
    for name in [below("../canary"), below("")] {
        check(&name, |error| matches!(error, FilesError::Hidden { .. }));
    }
    for name in [
        "/etc/passwd",
        room.canary().to_str().unwrap(),
        &format!("{}x/a", root.display()),
    ] {
        check(name, |error| matches!(error, FilesError::NotBelowRoot { .. }));
    }
    check(&below("link"), |error| matches!(error, FilesError::NoFile { .. }));
    check(&below("deep"), |error| matches!(error, FilesError::NoFile { .. }));
    check(&below("up/canary"), |error| {
        matches!(error, FilesError::Unopened { .. })
    });
    check(&below("hard"), |error| matches!(error, FilesError::Linked { .. }));
    check(&below("large"), |error| {
        matches!(error, FilesError::TooLarge { most: 100, .. })
    });
    let refusal = room.stage(&[], &below("deep/a.txt")).unwrap_err().to_string();
    assert!(refusal.contains("send-roots in lockgate.toml"), "{refusal}");
}

#[test]
fn the_hosts_own_folders_are_never_sent() {
    let room = room();
    let home = room.dir.path().join("home");
    std::fs::write(home.join("secrets.toml"), CANARY).unwrap();
    let alias = room.dir.path().join("alias");
    symlink(&home, &alias).unwrap();
    let journal = room.state.path().join("journal.sqlite");
    std::fs::write(&journal, CANARY).unwrap();
    let check = |root: &Path, file: &Path| {
        let refusal = room.stage(&[root.to_owned()], file.to_str().unwrap()).unwrap_err();
        assert!(
            matches!(refusal, FilesError::OwnFolder { .. }),
            "{}: {refusal:?}",
            file.display()
        );
    };
    check(room.dir.path(), &home.join("secrets.toml"));
    check(room.dir.path(), &journal);
    check(&home, &home.join("secrets.toml"));
    check(room.state.path(), &journal);
    check(&alias, &alias.join("secrets.toml"));
}

#[test]
fn a_name_that_is_sent_is_harmless() {
    let room = room();
    let name = format!("{}\u{202e}gnp\n.txt", "x".repeat(150));
    std::fs::write(room.outbox.join(&name), "x").unwrap();
    let sent = room.stage(&[], &name).unwrap();
    assert!(
        sent.len() <= limits::FILE_NAME_BYTES + 3 && sent.ends_with("x_gnp_.txt"),
        "{sent}"
    );
}

/// Exchanges `path` for a link to the canary and back for two seconds, while `copy` is tried again and again.
fn race(path: &Path, canary: &Path, mut copy: impl FnMut() -> Option<PathBuf>) {
    let (done, mut copied) = (AtomicBool::new(false), 0);
    let aside = path.with_extension("aside");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::fs::write(&aside, "fine").unwrap();
                std::fs::rename(&aside, path).unwrap();
                symlink(canary, &aside).unwrap();
                std::fs::rename(&aside, path).unwrap();
            }
        });
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end {
            if let Some(copy) = copy() {
                let bytes = std::fs::read_to_string(&copy).unwrap();
                assert!(matches!(bytes.as_str(), "fine" | ""), "{bytes}");
                std::fs::remove_file(copy).unwrap();
                copied += 1;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(copied > 0, "the race was never won by the right file");
}

#[test]
fn a_link_that_is_swapped_in_is_never_followed() {
    let room = room();
    let path = room.scratch.path().join("a");
    std::fs::write(&path, "fine").unwrap();
    race(&path, &room.canary(), || {
        room.take("/inbox/a").ok().map(|taken| room.inbox.join(taken.name))
    });
    let root = room.dir.path().join("root");
    std::fs::create_dir(&root).unwrap();
    let path = root.join("a");
    std::fs::write(&path, "fine").unwrap();
    let roots = room.roots(&[root]);
    let name = path.to_str().unwrap().to_owned();
    race(&path, &room.canary(), || {
        let staged = roots.stage(&name, &room.scratch, 100).ok()?;
        Some(room.scratch.path().join(staged))
    });
}

#[test]
fn a_call_leaves_nothing_behind() {
    let room = room();
    let scratch = Scratch::make(&room.state).unwrap();
    let path = scratch.path().to_owned();
    std::fs::create_dir_all(path.join("a/b/c")).unwrap();
    std::fs::write(path.join("upload"), "x").unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    scratch.clear(Some("upload"));
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
    drop(scratch);
    assert!(!path.exists());
    let left = Scratch::make(&room.state).unwrap();
    let path = left.path().to_owned();
    std::mem::forget(left);
    sweep(&room.state);
    assert!(!path.exists());
}
