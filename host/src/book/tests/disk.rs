//! The file as it changes under a running host: every state of it that is not a good list admits nobody.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

pub(super) struct Scene {
    _dir: tempfile::TempDir,
    pub(super) home: Home,
    pub(super) book: Book,
}

impl Scene {
    pub(super) fn set() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::find(Some(&dir.path().join("home")), &|_| None).unwrap();
        let book = Book::new(home.clone());
        Self { _dir: dir, home, book }
    }

    fn file(&self) -> PathBuf {
        file::path(&self.home)
    }

    pub(super) fn write(&self, text: &str) {
        self.home.open_config().unwrap();
        fs::write(self.file(), text).unwrap();
        fs::set_permissions(self.file(), Permissions::from_mode(0o600)).unwrap();
    }

    pub(super) fn hears(&self, id: &str) -> bool {
        self.book.current().admits("forge", id).is_some()
    }

    /// Nobody is heard, and the problem says why; with a good list again they are.
    #[track_caller]
    fn check_closed(&self, expected: &str) {
        assert!(!self.hears("alice"), "{expected}");
        let problem = self.book.problem().unwrap_or_default();
        assert!(problem.contains(expected), "{problem}");
        assert!(problem.ends_with("until then nobody is heard"), "{problem}");
        let _ = fs::remove_file(self.file()).or_else(|_| fs::remove_dir(self.file()));
        self.write(LIST);
        assert!(self.hears("alice") && self.book.problem().is_none(), "after {expected}");
    }
}

#[test]
fn a_missing_file_is_an_empty_list() {
    let scene = Scene::set();
    assert!(!scene.hears("alice") && scene.book.problem().is_none());
    assert!(!scene.home.config_dir().exists(), "looking makes nothing");
    scene.write(LIST);
    assert!(scene.hears("alice"));
    fs::remove_file(scene.file()).unwrap();
    assert!(!scene.hears("alice") && scene.book.problem().is_none());
}

#[test]
fn whatever_is_no_good_list_admits_nobody() {
    let scene = Scene::set();
    scene.write(LIST);
    assert!(scene.hears("alice"));
    scene.write("[[person]\n");
    scene.check_closed("access.toml:1:");
    scene.write(&LIST[..LIST.find("\"12\"").unwrap()]);
    scene.check_closed("access.toml:5:");
    scene.write(&format!("{LIST}mail = 1\n"));
    scene.check_closed("access.toml:13:8: invalid type");
    fs::write(scene.file(), [b'#', 0xff]).unwrap();
    scene.check_closed("no text in UTF-8");
    scene.write(&"#".repeat(limits::ACCESS_BYTES + 1));
    scene.check_closed("shorten it");
    for mode in [0o620, 0o602, 0o666] {
        fs::set_permissions(scene.file(), Permissions::from_mode(mode)).unwrap();
        scene.check_closed("chmod 600");
    }
    fs::remove_file(scene.file()).unwrap();
    fs::create_dir(scene.file()).unwrap();
    scene.check_closed("no regular file");
}

#[test]
fn a_link_or_a_pipe_is_not_read() {
    let scene = Scene::set();
    scene.write(LIST);
    let elsewhere = scene.home.config_dir().join("elsewhere.toml");
    fs::rename(scene.file(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, scene.file()).unwrap();
    scene.check_closed("is a link");
    fs::remove_file(scene.file()).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, scene.file(), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    scene.check_closed("no regular file");
}

#[test]
fn a_folder_of_others_is_not_trusted() {
    let scene = Scene::set();
    scene.write(LIST);
    fs::set_permissions(scene.home.config_dir(), Permissions::from_mode(0o770)).unwrap();
    assert!(!scene.hears("alice"));
    assert!(scene.book.problem().unwrap().contains("chmod go-w"));
}

/// The same length, the same place, and so soon after one another that the system's clock may not have moved.
#[test]
fn each_change_counts_at_once() {
    let scene = Scene::set();
    let list = |id: &str| format!("[[person]]\nname='jo'\nroles=['chat']\nids.forge='{id}'\n");
    scene.write(&list("bob"));
    for round in 0..300 {
        let (now, before) = if round % 2 == 0 { ("ann", "bob") } else { ("bob", "ann") };
        fs::write(scene.file(), list(now)).unwrap();
        assert!(scene.hears(now) && !scene.hears(before), "round {round}");
    }
}

/// An editor that writes in pieces: each piece that is no list closes the gate, and none of them opens it to others.
#[test]
fn a_half_written_file_does_not_count_as_the_old_one() {
    let scene = Scene::set();
    scene.write(LIST);
    assert!(scene.hears("alice"));
    for (end, _) in LIST.char_indices() {
        fs::write(scene.file(), &LIST[..end]).unwrap();
        let whole = parsed(&LIST[..end]).is_ok_and(|list| list.admits("forge", "alice").is_some());
        assert_eq!(scene.hears("alice"), whole, "{}", &LIST[..end]);
    }
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let scene = Scene::set();
    scene.write(LIST);
    let path = scene.file();
    let mark = Mark::now(&path).unwrap();
    let Mark::There { changed, .. } = mark else {
        panic!("there is a file");
    };
    let at = |seconds: i64| UnixMillis(u64::try_from((changed.0 + seconds) * 1_000).unwrap());
    assert!(!mark.is_settled(at(0)) && !mark.is_settled(at(-5)));
    assert!(mark.is_settled(at(4)) && Mark::Absent.is_settled(at(0)));
    let held = Held {
        mark: Some(mark),
        ..Held::default()
    };
    // A list that can't have come from the file shows that the file was not asked.
    let book = Book {
        home: scene.home.clone(),
        held: Mutex::new(held),
    };
    assert_eq!(*book.current(), AccessBook::default());
    scene.write(&format!("{LIST}# longer\n"));
    assert_eq!(*book.current(), parsed(LIST).unwrap());
}

#[test]
fn a_change_is_written_for_us_alone_and_read_at_once() {
    let scene = Scene::set();
    let done = change(&scene.home, |list| allow(list, &name("jo"), &[acc("forge:alice")], &[])).unwrap();
    assert_eq!(done.len(), 3);
    assert!(scene.hears("alice"));
    assert_eq!(fs::metadata(scene.file()).unwrap().permissions().mode() & 0o777, 0o600);
    let again = change(&scene.home, |list| allow(list, &name("jo"), &[acc("forge:alice")], &[])).unwrap();
    assert!(again.is_empty());
    change(&scene.home, |list| Ok(deny(list, &[acc("forge:alice")]))).unwrap();
    assert!(!scene.hears("alice"));
    let refused = change(&scene.home, |list| remove(list, &name("bo"), &[]));
    assert!(matches!(refused, Err(BookError::NoPerson(_))));
    scene.write("[[person]");
    let refused = change(&scene.home, |list| Ok(deny(list, &[acc("forge:bo")]))).unwrap_err();
    assert!(matches!(refused, BookError::Unreadable { .. }));
    assert_eq!(fs::read_to_string(scene.file()).unwrap(), "[[person]");
}

#[test]
fn changes_at_the_same_time_are_all_kept() {
    let scene = Scene::set();
    std::thread::scope(|scope| {
        for nth in 0..8 {
            let home = &scene.home;
            scope.spawn(move || {
                let (who, account) = (name(&format!("p{nth}")), acc(&format!("forge:{nth}")));
                change(home, |list| allow(list, &who, std::slice::from_ref(&account), &[])).unwrap();
            });
        }
    });
    assert!((0..8).all(|nth| scene.hears(&nth.to_string())));
}

/// An editor asks nobody for a lock: what it saves while we plan is there afterwards, and so is our change.
#[test]
fn what_an_editor_saves_meanwhile_is_kept() {
    let scene = Scene::set();
    scene.write(LIST);
    let mut asked = 0;
    let edited = LIST.replace("# Who is heard.", "# Saved meanwhile.");
    let plan = |list: &AccessBook| {
        asked += 1;
        if asked == 1 {
            fs::write(scene.file(), &edited).unwrap();
        }
        allow(list, &name("bo"), &[acc("forge:bo")], &[])
    };
    assert_eq!(change(&scene.home, plan).unwrap().len(), 3);
    assert_eq!(asked, 2);
    let text = fs::read_to_string(scene.file()).unwrap();
    assert!(text.starts_with("# Saved meanwhile.\n"), "{text}");
    assert!(scene.hears("bo") && scene.hears("alice"));
}

#[test]
fn a_file_that_never_rests_is_left_alone() {
    let scene = Scene::set();
    let mut asked = 0;
    let plan = |list: &AccessBook| {
        asked += 1;
        scene.write(&format!("{LIST}# {asked}\n"));
        allow(list, &name("bo"), &[acc("forge:bo")], &[])
    };
    let refused = change(&scene.home, plan).unwrap_err();
    assert!(matches!(refused, BookError::Busy(_)), "{refused}");
    assert_eq!(asked, limits::ACCESS_REPEATS);
    let last = format!("{LIST}# {asked}\n");
    assert_eq!(fs::read_to_string(scene.file()).unwrap(), last);
    let folder = fs::read_dir(scene.home.config_dir()).unwrap();
    let names: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the file, its lock, and no draft: {names:?}");
}
