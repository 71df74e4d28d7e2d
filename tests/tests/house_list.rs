//! The list of people while it is torn, replaced and edited from all sides, and messages arrive: who is not on it is never
//! heard, who is on it is heard again as soon as it can be read, and no change of it is lost.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use lockgate_tests::crowd::{Crowd, NETWORK, Said};

/// Ann, and a comment that nobody may lose. Eve, whose account is 9, is not there.
const LIST: &str = "# Keep this line.\n[[person]]\nname = \"ann\"\nroles = [\"chat\"]\nids.crowd = [\"1\", \"11\"]\n\n\
                    [[person]]\nname = \"ben\"\nroles = [\"chat\", \"approve\"]\nids = { crowd = \"2\" }\n\n\
                    [denied]\ncrowd = [\"7\"]\n";
/// All who speak in these tests.
const EVERYBODY: [&str; 4] = ["1", "2", "7", "9"];
/// Changes that a process at the command line makes, and how many such processes there are.
const CHANGES: usize = 5;
const PROCESSES: usize = 4;

fn file(crowd: &Crowd) -> PathBuf {
    crowd.home.path().join("access.toml")
}

/// Lets everybody speak, and gives the accounts that were heard.
fn heard(crowd: &Crowd) -> Vec<String> {
    let before = crowd.heard().unwrap().len();
    let all: Vec<_> = EVERYBODY.iter().map(|account| Said::direct(account, account)).collect();
    all.iter().for_each(|said| drop(crowd.say(said).unwrap()));
    let events = crowd.sentinel().unwrap();
    events[before..]
        .iter()
        .map(|event| event.meta["user_id"].clone())
        .collect()
}

/// Whom a text of the list admits, by the same parser that a fuzzer tries with any bytes.
fn admitted(text: &str) -> Vec<&'static str> {
    let list = lockgate::book::parse(text, Path::new("access.toml"));
    let admits = |account: &&&str| list.as_ref().is_ok_and(|list| list.admits(NETWORK, account).is_some());
    EVERYBODY.iter().filter(admits).copied().collect()
}

/// Takes away whatever stands in the file's place.
fn clear(path: &Path) {
    let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
}

#[test]
fn a_list_that_is_cut_anywhere_admits_whom_the_rest_names_or_nobody() {
    let crowd = Crowd::open().unwrap();
    let mut silent = 0;
    for end in (0..LIST.len()).step_by(11) {
        crowd.people(&LIST[..end]).unwrap();
        let expected = admitted(&LIST[..end]);
        assert_eq!(heard(&crowd), expected, "{}", &LIST[..end]);
        silent += usize::from(expected.is_empty());
    }
    assert!(silent > 10, "{silent}");
    crowd.people(LIST).unwrap();
    assert_eq!(heard(&crowd), ["1", "2"]);
}

#[test]
fn what_is_no_list_admits_nobody_and_is_left_as_it_is() {
    let mut crowd = Crowd::open().unwrap();
    let path = file(&crowd);
    let aside = crowd.home.beside().join("good.toml");
    fs::write(&aside, LIST).unwrap();
    let states: [(&str, &dyn Fn()); 7] = [
        ("a folder", &|| fs::create_dir(&path).unwrap()),
        ("a link to a good list", &|| symlink(&aside, &path).unwrap()),
        ("bytes that are no text", &|| {
            fs::write(&path, [b'#', 0xff, 0xfe]).unwrap()
        }),
        ("text with nothing in it", &|| {
            fs::write(&path, format!("\0{LIST}")).unwrap()
        }),
        ("an account of two people", &|| {
            fs::write(
                &path,
                format!("{LIST}\n[[person]]\nname = \"eve\"\nroles = [\"chat\"]\nids.crowd = \"1\"\n"),
            )
            .unwrap()
        }),
        ("a key that nobody knows", &|| {
            fs::write(&path, format!("everyone = true\n{LIST}")).unwrap()
        }),
        ("a file that others can write", &|| {
            fs::write(&path, LIST).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        }),
    ];
    for (what, make) in states {
        clear(&path);
        make();
        assert_eq!(heard(&crowd), [""; 0], "{what}");
        let refused = crowd.home.run(&["access", "allow", "eve", "crowd:9"]).unwrap();
        assert!(
            !refused.ok() && refused.stderr.contains("access.toml"),
            "{what}: {}",
            refused.stderr
        );
        assert!(crowd.serve.runs().unwrap(), "{what}");
        clear(&path);
        crowd.people(LIST).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(heard(&crowd), ["1", "2"], "after {what}");
    }
    assert_eq!(crowd.serve.client.record().seen().stray, [""; 0]);
}

/// Sets it also when a test fails, so that no thread goes on for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_list_that_is_written_in_pieces_never_lets_anybody_else_in() {
    let mut crowd = Crowd::open().unwrap();
    crowd.people(LIST).unwrap();
    let (path, over) = (file(&crowd), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // As an editor does that writes into the file itself.
            let mut pieces = (0..LIST.len()).step_by(23).map(|end| &LIST[..end]).cycle();
            while !over.load(Ordering::Relaxed) {
                fs::write(&path, pieces.next().unwrap()).unwrap();
            }
        });
        let _over = Over(&over);
        for _ in 0..20 {
            let heard = heard(&crowd);
            assert!(
                heard.iter().all(|account| account == "1" || account == "2"),
                "{heard:?}"
            );
        }
    });
    crowd.people(LIST).unwrap();
    assert_eq!(heard(&crowd), ["1", "2"]);
    assert!(crowd.serve.runs().unwrap());
}

#[test]
fn while_others_are_let_in_nobody_is_missed_and_no_change_is_lost() {
    let crowd = Crowd::open().unwrap();
    crowd.people(LIST).unwrap();
    let allow = |process: usize, nth: usize| {
        let mut command = crowd.home.lockgate();
        let (name, account) = (format!("p{process}-{nth}"), format!("crowd:{process}0{nth}"));
        command.args(["access", "allow", &name, &account]).stdin(Stdio::null());
        command
    };
    let commands: Vec<Vec<Command>> = (3..3 + PROCESSES)
        .map(|process| (0..CHANGES).map(|nth| allow(process, nth)).collect())
        .collect();
    let mut rounds = 0;
    std::thread::scope(|scope| {
        let run = |commands: Vec<Command>| {
            for mut command in commands {
                let output = command.output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        };
        let threads: Vec<_> = commands
            .into_iter()
            .map(|commands| scope.spawn(move || run(commands)))
            .collect();
        while threads.iter().any(|thread| !thread.is_finished()) {
            assert_eq!(heard(&crowd), ["1", "2"]);
            rounds += 1;
        }
    });
    assert!(rounds > 3, "{rounds}");
    let text = fs::read_to_string(file(&crowd)).unwrap();
    assert!(text.starts_with("# Keep this line.\n"), "{text}");
    let list = lockgate::book::parse(&text, Path::new("access.toml")).unwrap();
    let there = |process: usize, nth: usize| list.admits(NETWORK, &format!("{process}0{nth}")).is_some();
    assert!(
        (3..3 + PROCESSES).all(|process| (0..CHANGES).all(|nth| there(process, nth))),
        "{text}"
    );
    assert_eq!(list.people().len(), 2 + PROCESSES * CHANGES);
}
