//! Processes that are killed, or whose writes are refused by the system, at any moment. The test binary is its own child.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::*;

/// Set in the child only: where its journal is.
const JOURNAL: &str = "LOCKGATE_TEST_JOURNAL";

fn child(test: &str, path: &Path) -> Command {
    // A shell in between lets the child outlive SIGXFSZ, so that a refused write is an error and no death.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap());
    command.args([
        &format!("journal::tests::crash::{test}"),
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    command
        .env(JOURNAL, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// Where the parent's journal is; `None` if this is no child.
fn inherited() -> Option<(Journal, InstanceId)> {
    let path = std::env::var_os(JOURNAL)?;
    let journal = Journal::open(Path::new(&path)).unwrap();
    let instance = journal.counts().unwrap()[0].instance;
    Some((journal, instance))
}

#[test]
#[ignore = "the child of `a_killed_process_has_kept_what_it_promised`"]
fn commits_until_killed() {
    let Some((journal, instance)) = inherited() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..4)
            .map(|task| tokio::spawn(bring_and_tell(journal.clone(), instance, task)))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Commits one message after the other, writes some to a session, and prints what it was promised.
async fn bring_and_tell(journal: Journal, instance: InstanceId, task: u32) {
    for number in 0..5_000_u32 {
        let id = format!("{}-{task}-{number}", std::process::id());
        let replay = Some(ReplayKey {
            digest: Digest::of(id.as_bytes()),
            until: at(9_999),
        });
        let writes = vec![write(&id, "v")];
        let call = CallCommit {
            admitted: vec![message(&id)],
            replay,
            writes,
            ..call(instance)
        };
        let events = journal.commit(call).await.unwrap().events;
        println!("ack {id}");
        if number.is_multiple_of(3) {
            journal
                .sent(&session("s"), Proof::Unproven, events, at(2))
                .await
                .unwrap();
        }
    }
}

#[test]
fn a_killed_process_has_kept_what_it_promised() {
    let House { folder, journal, ci } = House::new();
    let path = folder.path().join("journal.sqlite");
    drop(journal);
    let mut promised = BTreeSet::new();
    for acknowledged in [1, 3, 10, 37, 90, 200, 333, 500] {
        promised.extend(run_and_kill(&path, acknowledged));
        let journal = Journal::open(&path).unwrap();
        journal.check().unwrap();
        wait(journal.release(Released::All, at(3))).unwrap();
        let kept: BTreeSet<String> = journal
            .inbox(99_999)
            .unwrap()
            .into_iter()
            .map(|event| event.admitted.message.id)
            .collect();
        assert!(promised.is_subset(&kept), "lost: {:?}", promised.difference(&kept));
        let keys: BTreeSet<String> = journal.store_keys(ci, "").unwrap().into_iter().collect();
        assert_eq!(keys, kept, "a call was torn");
    }
    assert!(promised.len() > 1_000);
}

/// What a child was promised before it was killed, after so many promises.
fn run_and_kill(path: &Path, acknowledged: usize) -> Vec<String> {
    let mut child = child("commits_until_killed", path).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut promised = Vec::new();
    let mut line = String::new();
    while promised.len() < acknowledged && lines.read_line(&mut line).unwrap() > 0 {
        promised.extend(promise(&line));
        line.clear();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What stands in the pipe was promised, too; a last line without its end was not.
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    promised.extend(rest.split_inclusive('\n').filter_map(promise));
    promised
}

fn promise(line: &str) -> Option<String> {
    line.strip_suffix('\n')?.strip_prefix("ack ").map(str::to_owned)
}

#[test]
#[ignore = "the child of `a_refused_write_fails_its_group_and_nothing_else`"]
fn meets_a_limit() {
    let Some((journal, instance)) = inherited() else { return };
    let bring = |id: &str| {
        let mut long = message(id);
        long.message.text = "x".repeat(60_000);
        wait(journal.commit(CallCommit {
            admitted: vec![long],
            ..call(instance)
        }))
    };
    bring("before").unwrap();
    let log = std::path::PathBuf::from(std::env::var_os(JOURNAL).unwrap()).with_extension("sqlite-wal");
    let space = getrlimit(Resource::Fsize);
    // The log can grow by some pages, not by a message: the write fails while the group is committed.
    let none = Rlimit {
        current: Some(log.metadata().unwrap().len() + 8_192),
        maximum: space.maximum,
    };
    setrlimit(Resource::Fsize, none).unwrap();
    for _ in 0..3 {
        let refused = bring("refused");
        assert!(matches!(&refused, Err(CommitError::Disk(_))), "{refused:?}");
        assert_eq!(journal.inbox(9).unwrap().len(), 1);
    }
    setrlimit(Resource::Fsize, space).unwrap();
    assert_eq!(bring("refused").unwrap().duplicates, 0);
    bring("after").unwrap();
    assert_eq!(journal.inbox(9).unwrap().len(), 3);
    journal.check().unwrap();
    println!("survived");
}

#[test]
fn a_refused_write_fails_its_group_and_nothing_else() {
    let House { folder, journal, .. } = House::new();
    let output = child("meets_a_limit", &folder.path().join("journal.sqlite"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("survived"), "{said}");
    assert_eq!(journal.inbox(9).unwrap().len(), 3);
    journal.check().unwrap();
}
