//! A guest that misuses what it is given of the machine: folders, programs and databases, in the real sandbox.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lockgate::limits;
use lockgate::sandbox::{Folders, HookBody};
use lockgate_tests::room::{Running, post};
use tempfile::TempDir;

struct House {
    running: Running,
    /// The operator's folders; a canary stands beside them.
    place: TempDir,
}

/// A channel that is given these folders and lines; `{}` in them stands for the place of the folders.
async fn house(lines: &str) -> House {
    let place = TempDir::with_prefix("lockgate-paper-").unwrap();
    let path = place.path().canonicalize().unwrap();
    for folder in ["notes/inner", "drafts/inner", "outside"] {
        fs::create_dir_all(path.join(folder)).unwrap();
    }
    for folder in ["notes", "drafts"] {
        fs::write(path.join(folder).join("file"), "a note").unwrap();
        fs::write(path.join(folder).join("inner/secret"), "inner").unwrap();
    }
    fs::write(path.join("outside/secret"), "the canary").unwrap();
    let lines = lines.replace("{}", &path.display().to_string());
    let running = Running::given("paper", &lines).await.unwrap();
    House { running, place }
}

const BOTH: &str = "folders.notes = \"{}/notes\"\n\
    folders.drafts = { path = \"{}/drafts\", access = \"write\", quota = \"64KiB\" }\n";

impl House {
    fn path(&self, name: &str) -> PathBuf {
        self.place.path().canonicalize().unwrap().join(name)
    }

    /// What the guest says of its deed.
    async fn does(&self, deed: &str) -> String {
        let channel = &self.running.channel;
        let (answer, _) = channel
            .show(&post("/do", deed), channel.scratch().unwrap())
            .await
            .unwrap();
        match answer.body {
            HookBody::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{deed}: a text expected, got {other:?}"),
        }
    }

    /// What was refused since it was asked last, by reason.
    fn refused(&self) -> Vec<(&'static str, u64)> {
        self.running.channel.context().refusals.take().into_iter().collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_sees_the_folders_that_were_granted_and_no_other() {
    let house = house(BOTH).await;
    let folders = house.does("folders").await;
    assert!(folders.ends_with("/folders/drafts /folders/notes"), "{folders}");
    assert_eq!(house.does("list /folders/notes").await, "file inner");
    assert_eq!(house.does("read /folders/notes/file").await, "a note");
    assert_eq!(house.does("read /folders/notes/inner/secret").await, "inner");
    let none = Running::new("paper").await.unwrap();
    let folders = none
        .channel
        .show(&post("/do", "folders"), none.channel.scratch().unwrap())
        .await
        .unwrap();
    assert_eq!(folders.0.body, HookBody::Bytes(b"/inbox".to_vec()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_granted_to_be_read_can_t_be_changed() {
    let house = house(BOTH).await;
    let times = || fs::metadata(house.path("notes/file")).unwrap().modified().unwrap();
    let before = times();
    let report = house.does("change /folders/notes").await;
    assert_eq!(report.matches("refused, not-permitted").count(), 14, "{report}");
    assert!(!report.contains("ok"), "{report}");
    assert_eq!(fs::read(house.path("notes/file")).unwrap(), b"a note");
    assert_eq!(
        (times(), house.does("list /folders/notes").await.as_str()),
        (before, "file inner")
    );
    let refused = house.refused();
    assert!(
        refused
            .iter()
            .any(|(reason, count)| *reason == "folder-read-only" && *count >= 5),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_granted_to_be_written_has_a_quota() {
    let house = house(BOTH).await;
    // What was there costs nothing, however much it is.
    fs::write(house.path("drafts/big"), vec![0; 1 << 20]).unwrap();
    assert_eq!(house.does("over /folders/drafts/big 200000").await, "ok");
    assert_eq!(house.does("write /folders/drafts/new 65536").await, "ok");
    assert_eq!(
        house.does("write /folders/drafts/more 1").await,
        "refused, insufficient-space"
    );
    // Nor is anything given back by what goes: the sum of what a channel adds is bounded, not what it holds.
    fs::remove_file(house.path("drafts/new")).unwrap();
    assert_eq!(
        house.does("write /folders/drafts/other 4096").await,
        "refused, insufficient-space"
    );
    assert_eq!(fs::metadata(house.path("drafts/other")).unwrap().len(), 0);
    assert!(house.refused().contains(&("folder-full", 2)));
    let report = house.does("change /folders/drafts").await;
    // No links, and a folder that is not empty stays.
    assert!(report.contains("ok") && !house.path("drafts/hard").exists(), "{report}");
    assert!(house.path("drafts/inner/secret").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_path_and_no_link_leads_out_of_a_folder() {
    let house = house(BOTH).await;
    for folder in ["notes", "drafts"] {
        let at = |name: &str| house.path(folder).join(name);
        symlink("../outside/secret", at("up")).unwrap();
        symlink(house.path("outside/secret"), at("absolute")).unwrap();
        symlink("../outside", at("way")).unwrap();
        symlink("/proc/self/root", at("root")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("inner/secret", at("within")).unwrap();
        fs::hard_link(house.path("outside/secret"), at("hard")).unwrap();
        for path in [
            "up",
            "absolute",
            "way/secret",
            "root/etc/passwd",
            "loop",
            "hard",
            "../outside/secret",
            "inner/../../outside/secret",
            "/etc/passwd",
            "..",
            "inner/../up",
        ] {
            let read = house.does(&format!("read /folders/{folder}/{path}")).await;
            assert!(read.starts_with("refused"), "{folder}/{path}: {read}");
            let written = house.does(&format!("over /folders/{folder}/{path} 5")).await;
            assert!(written.starts_with("refused"), "{folder}/{path}: {written}");
        }
        assert_eq!(house.does(&format!("read /folders/{folder}/within")).await, "inner");
    }
    assert_eq!(fs::read(house.path("outside/secret")).unwrap(), b"the canary");
    let refused = house.refused();
    let count = |reason| {
        refused
            .iter()
            .find(|(found, _)| *found == reason)
            .map_or(0, |(_, count)| *count)
    };
    assert!(
        count("folder-path-refused") >= 20 && count("folder-linked-file") >= 4,
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_is_not_opened() {
    let house = house(BOTH).await;
    let pipe = house.path("notes/pipe");
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(house.path("notes/socket")).unwrap();
    // To open the pipe would wait for somebody who writes to it.
    assert_eq!(house.does("read /folders/notes/pipe").await, "refused, not-permitted");
    assert_eq!(house.does("read /folders/notes/socket").await, "refused, not-permitted");
    assert_eq!(house.refused(), [("folder-special-file", 2)]);
    assert_eq!(house.does("deep /folders/notes 17").await, "refused, name-too-long");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_are_exchanged_while_it_reads_show_it_nothing() {
    let house = house(BOTH).await;
    let (folder, outside) = (house.path("notes"), house.path("outside"));
    let stop = Arc::new(AtomicBool::new(false));
    let racer = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let (swap, spare) = (folder.join("swap"), folder.join("spare"));
            let (inner, aside) = (folder.join("inner"), folder.join("aside"));
            let mut rounds = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                // A folder, a link out, a file and a link to the canary under one name, and the inner folder for a link.
                for step in 0..4 {
                    match step {
                        0 => symlink(&outside, &spare).unwrap(),
                        1 => symlink(outside.join("secret"), &spare).unwrap(),
                        2 => fs::write(&spare, "plain").unwrap(),
                        _ => symlink("../outside", &spare).unwrap(),
                    }
                    fs::rename(&spare, &swap).unwrap();
                }
                fs::rename(&inner, &aside).unwrap();
                symlink(&outside, &inner).unwrap();
                fs::remove_file(&inner).unwrap();
                fs::rename(&aside, &inner).unwrap();
                rounds += 1;
            }
            rounds
        })
    };
    let report = house.does("race /folders/notes").await;
    stop.store(true, Ordering::Relaxed);
    let rounds = racer.join().unwrap();
    println!("{rounds} rounds\n{report}");
    assert!(!report.contains("the canary"), "{report}");
    // The race took place: both sides of it were seen.
    assert!(
        rounds > 100 && report.contains("plain") && report.contains("refused"),
        "{rounds} rounds: {report}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_becomes_a_link_is_left_out() {
    let house = house(BOTH).await;
    fs::rename(house.path("notes"), house.path("moved")).unwrap();
    symlink("outside", house.path("notes")).unwrap();
    assert!(!house.does("folders").await.contains("notes"));
    assert!(house.does("read /folders/notes/secret").await.starts_with("refused"));
    fs::remove_file(house.path("notes")).unwrap();
    assert!(!house.does("folders").await.contains("notes"));
    assert_eq!(house.refused(), [("folder-left-out", 3)]);
    fs::rename(house.path("moved"), house.path("notes")).unwrap();
    assert_eq!(house.does("read /folders/notes/file").await, "a note");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lockgates_own_folders_and_those_around_them_are_not_given() {
    let place = TempDir::with_prefix("lockgate-own-").unwrap();
    symlink("/", place.path().join("link")).unwrap();
    let path = place.path().canonicalize().unwrap();
    for (folder, expected) in [
        (path.join("link/etc"), "is a link"),
        (path.join("none"), "can't be opened"),
        (Path::new("/etc/passwd").to_path_buf(), "is no folder"),
        // The room's own state lies there.
        (std::env::temp_dir().canonicalize().unwrap(), "no channel may reach"),
    ] {
        let lines = format!("folders.notes = \"{}\"", folder.display());
        let error = Running::given("paper", &lines)
            .await
            .err()
            .map(|error| error.to_string());
        let error = error.unwrap_or_else(|| panic!("{} was given", folder.display()));
        assert!(
            error.starts_with("folder `notes`: ") && error.contains(expected),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_run_with_what_the_operator_described_and_else_not() {
    let house = house(
        "[channel.paper.commands.show]\nprogram = \"/bin/sh\"\nfixed = [\"-c\", \"printf '%s,' \\\"$@\\\"; cat\", \"show\"]\n\
         arguments = [\"[a-z ]+\"]\nmore = \"[0-9]+\"\n",
    )
    .await;
    assert_eq!(house.does("run show a b|7").await, "0: a b,7,the input");
    for (arguments, expected) in [
        ("show -e", "argument 1 begins with a dash"),
        ("show a|-1", "argument 2 begins with a dash"),
        ("show $(id)", "argument 1 does not fit"),
        ("show a|x", "argument 2 does not fit"),
        ("show ", "it takes 1 arguments, and 0 were given"),
    ] {
        let said = house.does(&format!("run {arguments}")).await;
        assert!(
            said.starts_with("Failure::NotStarted(") && said.contains(expected),
            "{arguments}: {said}"
        );
    }
    assert_eq!(house.does("run other a").await, "Failure::NotGranted");
    assert_eq!(
        house.refused(),
        [("command-argument-refused", 5), ("command-not-granted", 1)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_program_is_ended_and_the_guest_can_say_so() {
    let house = house("[channel.paper.commands.show]\nprogram = \"/bin/sleep\"\nfixed = [\"600\"]\n").await;
    assert_eq!(house.does("run show ").await, "Failure::TimedOut");
    assert_eq!(house.refused(), [("command-timed-out", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_to_a_program_and_comes_from_it_is_bounded() {
    let house = house("[channel.paper.commands.show]\nprogram = \"/bin/cat\"\n").await;
    let most = limits::COMMAND_INPUT_BYTES;
    assert_eq!(
        house.does(&format!("input show {most}")).await,
        format!("0: {most} bytes")
    );
    assert!(
        house
            .does(&format!("input show {}", most + 1))
            .await
            .contains("the input has more than")
    );
    let endless = self::house(
        "[channel.paper.commands.show]\nprogram = \"/usr/bin/head\"\nfixed = [\"-c5000000\", \"/dev/zero\"]\n",
    )
    .await;
    assert_eq!(
        endless.does("input show 0").await,
        format!("0: {} bytes", limits::COMMAND_OUTPUT_BYTES)
    );
    assert_eq!(endless.refused(), [("command-output-cut", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_reads_a_database_and_does_no_more_with_it() {
    let place = TempDir::with_prefix("lockgate-db-").unwrap();
    let path = place.path().canonicalize().unwrap().join("m.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES ('hello')")
        .unwrap();
    let house = house(&format!("databases.messages = \"{}\"\n", path.display())).await;
    assert_eq!(
        house.does("query messages SELECT x FROM t").await,
        "[Value::Text(\"hello\")]\n"
    );
    let bound = house.does("bind messages SELECT ?1, ?2, ?3, ?4, ?5").await;
    let expected =
        "[Value::Null, Value::Integer(-7), Value::Real(0.5), Value::Text(\"it's\"), Value::Blob([0, 255])]\n";
    assert_eq!(bound, expected);
    assert!(
        house
            .does("query messages DELETE FROM t")
            .await
            .starts_with("Failure::Sql(")
    );
    assert!(
        house
            .does("query messages ATTACH '/tmp/x.db' AS x")
            .await
            .starts_with("Failure::Sql(")
    );
    assert_eq!(house.does("query other SELECT 1").await, "Failure::NotGranted");
    let endless = "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT";
    assert_eq!(
        house.does(&format!("query messages {endless} x FROM c")).await,
        "Failure::TooManyRows"
    );
    let late = house.does(&format!("query messages {endless} count(*) FROM c")).await;
    assert!(late.contains("too much memory or time"), "{late}");
    fs::write(&path, "forged").unwrap();
    assert!(
        house
            .does("query messages SELECT x FROM t")
            .await
            .starts_with("Failure::Unreadable(")
    );
    let refused = [
        ("database-not-granted", 1),
        ("database-over-limit", 1),
        ("database-sql-refused", 2),
        ("database-too-many-rows", 1),
        ("database-unreadable", 1),
    ];
    assert_eq!(house.refused(), refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_without_grants_has_nothing() {
    let house = house("").await;
    let channel = &house.running.channel;
    assert!(channel.context().folders.is_empty() && Folders::default().inbox.is_none());
    assert_eq!(house.does("run show a").await, "Failure::NotGranted");
    assert_eq!(house.does("query messages SELECT 1").await, "Failure::NotGranted");
}
