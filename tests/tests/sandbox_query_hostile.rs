//! SQL as a weapon: each statement that does more than read is refused, each that would take too much is cut, and a file that
//! somebody has forged breaks nothing but its own query.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::time::{Duration, Instant};

use lockgate::database::{QueryFailure, Value};
use lockgate::paths::OffLimits;
use lockgate_tests::query::{Place, databases};
use rusqlite::Connection;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_a_writer_left_is_not_played_back() {
    let place = Place::empty().unwrap();
    let elsewhere = TempDir::new().unwrap();
    let half = elsewhere.path().join("half.db");
    let writer = Connection::open(&half).unwrap();
    writer
        .execute_batch(
            "PRAGMA cache_size = 1; CREATE TABLE t(x);
             WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 1000) INSERT INTO t SELECT zeroblob(500) FROM c;
             BEGIN; UPDATE t SET x = randomblob(500);",
        )
        .unwrap();
    std::fs::copy(&half, place.path()).unwrap();
    let journal = elsewhere.path().join("half.db-journal");
    std::fs::copy(journal, place.path().with_extension("db-journal")).unwrap();
    let before = place.files().unwrap();
    let failure = place.query("SELECT count(*) FROM t").await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the database can't be read: its writer left it in the middle of a change"
    );
    assert_eq!(before, place.files().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_does_more_than_read_is_refused() {
    let place = Place::new().unwrap();
    let before = place.files().unwrap();
    let canary = place.folder().join("stolen.db");
    let attach = format!("ATTACH '{}' AS other", canary.display());
    let vacuum = format!("VACUUM INTO '{}'", canary.display());
    for sql in [
        attach.as_str(),
        &vacuum,
        "ATTACH ':memory:' AS m",
        "DETACH main",
        "PRAGMA user_version",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA hard_heap_limit = 0",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA table_info(message)",
        "SELECT * FROM pragma_table_info('message')",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM dbstat",
        "INSERT INTO message VALUES (4, 'four', NULL)",
        "INSERT INTO message VALUES (4, 'four', NULL) RETURNING id",
        "UPDATE message SET text = 'x'",
        "DELETE FROM message",
        "REPLACE INTO message VALUES (1, 'x', 0)",
        "WITH gone AS (SELECT 1) DELETE FROM message",
        "CREATE TABLE t(x)",
        "CREATE TEMP TABLE t(x)",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TEMP TRIGGER t AFTER INSERT ON message BEGIN SELECT 1; END",
        "CREATE INDEX i ON message(text)",
        "CREATE VIRTUAL TABLE temp.t USING fts5(x)",
        "DROP TABLE message",
        "ALTER TABLE message RENAME TO m",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT s",
        "REINDEX",
        "ANALYZE",
        "VACUUM",
        "SELECT load_extension('/tmp/x.so')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT sqlite_source_id()",
        "SELECT sqlite_compileoption_get(0)",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE message",
        "SELECT 1 /* \n */ ;; \n PRAGMA user_version",
    ] {
        let failure = place.query(sql).await.expect_err(sql);
        assert_eq!(failure.reason(), "database-sql-refused", "{sql}: {failure}");
    }
    for sql in [
        "SELECT readfile('/etc/passwd')",
        "SELECT writefile('/tmp/x', 'x')",
        "SELECT edit('x')",
        ".read /etc/passwd",
    ] {
        let failure = place.query(sql).await.unwrap_err();
        assert_eq!(failure.reason(), "database-sql-wrong", "{sql}: {failure}");
    }
    assert_eq!(before, place.files().unwrap());
}

/// It is ended.
const OVER: &str = "the query took too much memory or time: ask for less, by an index or a LIMIT";
/// SQLite says so of a single value.
const BIG: &str = "string or blob too big";

/// Statements that would take more time or memory than there is, and which bound ends them.
const BOMBS: &[(&str, &str)] = &[
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION SELECT x + 1 FROM c) SELECT count(*) FROM c",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c ORDER BY x DESC",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(zeroblob(900000)) UNION ALL SELECT zeroblob(900000) FROM c) SELECT x FROM c ORDER BY x",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT randomblob(9000) AS r FROM c GROUP BY r",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT group_concat(hex(zeroblob(9000))) FROM c",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT json_group_array(hex(randomblob(9000))) FROM c",
        OVER,
    ),
    (
        "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 3000), w AS MATERIALIZED (SELECT a.x, b.x, zeroblob(5000) FROM c a, c b) SELECT count(*) FROM w x, w y",
        OVER,
    ),
    ("SELECT instr(zeroblob(900000), zeroblob(450000) || x'01')", OVER),
    (
        "SELECT replace(hex(zeroblob(400000)), '00', hex(zeroblob(100000)))",
        BIG,
    ),
    ("SELECT zeroblob(1000000000)", BIG),
    ("SELECT randomblob(2000000000)", BIG),
    ("SELECT printf('%1000000000d', 1)", BIG),
    ("SELECT printf('%.*c', 1000000000, 'x')", BIG),
    (
        "SELECT count(*) FROM message a, message b, message c, message d, message e, message f, message g, message h, message i, message j, message k, message l, message m, message n, message o, message p, message q, message r, message s, message t",
        OVER,
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bomb_is_cut_at_the_deadline_or_before() {
    let place = Place::new().unwrap();
    let within = Duration::from_millis(1_500);
    for (sql, expected) in BOMBS {
        let begun = Instant::now();
        let failure = place
            .asked(sql, &[], within)
            .await
            .map(|rows| rows.len())
            .expect_err(sql);
        let took = begun.elapsed();
        assert!(took < within, "{sql}: {took:?}");
        assert!(failure.to_string().starts_with(*expected), "{sql}: {failure}");
    }
    assert_eq!(place.one("SELECT 1").await, Value::Integer(1));
}

/// Bytes that change from place to place, the same in each run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_file_breaks_nothing() {
    let place = Place::new().unwrap();
    let good = std::fs::read(place.path()).unwrap();
    let mut forged = vec![
        Vec::new(),
        noise(8192),
        good[..good.len() / 2].to_vec(),
        good[..100].to_vec(),
    ];
    // The header stays, so that SQLite believes it; what it leads to does not.
    for (nth, byte) in noise(24).into_iter().enumerate() {
        let mut bytes = good.clone();
        let length = bytes.len();
        for at in 0..40 {
            let spot = 100 + (usize::from(byte) * 97 + at * (211 + nth * 17)) % (length - 100);
            bytes[spot] = byte.wrapping_mul(3).wrapping_add(at as u8);
        }
        forged.push(bytes);
    }
    for bytes in forged {
        std::fs::write(place.path(), &bytes).unwrap();
        for sql in [
            "SELECT * FROM message ORDER BY text",
            "SELECT * FROM sqlite_schema",
            "SELECT * FROM shown",
        ] {
            // Rows or an error: what matters is that we are still here, and soon.
            let begun = Instant::now();
            let _ = place.asked(sql, &[], Duration::from_secs(5)).await;
            assert!(begun.elapsed() < Duration::from_secs(5));
            assert_eq!(std::fs::read(place.path()).unwrap(), bytes);
        }
    }
    std::fs::write(place.path(), noise(8192)).unwrap();
    let failure = place.query("SELECT 1 FROM message").await.unwrap_err();
    // No guest is told where the operator keeps it.
    assert_eq!(
        failure.to_string(),
        "the database can't be read: it is no SQLite database"
    );
    std::fs::write(place.path(), good).unwrap();
    assert_eq!(place.one("SELECT count(*) FROM message").await, Value::Integer(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_log_and_its_index_break_nothing() {
    let elsewhere = TempDir::new().unwrap();
    let source = elsewhere.path().join("live.db");
    let writer = Connection::open(&source).unwrap();
    writer
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE message(id, text);
             INSERT INTO message VALUES (1, zeroblob(9000)), (2, 'two');",
        )
        .unwrap();
    let part = |end: &str| std::fs::read(elsewhere.path().join(format!("live.db{end}"))).unwrap();
    let (main, log, index) = (part(""), part("-wal"), part("-shm"));
    // The head of each stays, so that SQLite believes it.
    let forged = |good: &[u8], head: usize| [&good[..head], &noise(good.len() - head)].concat();
    let lengthened = |good: &[u8]| [good, &noise(70_000)].concat();
    let pairs = [
        (log.clone(), index.clone()),
        (forged(&log, 32), index.clone()),
        (log.clone(), forged(&index, 136)),
        (log.clone(), forged(&index, 48)),
        (forged(&log, 56), forged(&index, 136)),
        (noise(log.len()), noise(index.len())),
        (lengthened(&log), lengthened(&index)),
        (log[..40].to_vec(), index[..100].to_vec()),
        (Vec::new(), index.clone()),
    ];
    let place = Place::empty().unwrap();
    let mut counted = 0;
    for (nth, (log, index)) in pairs.into_iter().enumerate() {
        for (end, bytes) in [("db", &main), ("db-wal", &log), ("db-shm", &index)] {
            std::fs::write(place.path().with_extension(end), bytes).unwrap();
        }
        let begun = Instant::now();
        let asked = place
            .asked(
                "SELECT count(*), sum(length(text)) FROM message",
                &[],
                Duration::from_secs(5),
            )
            .await;
        assert!(begun.elapsed() < Duration::from_secs(5), "{nth}");
        assert_eq!(std::fs::read(place.path()).unwrap(), main, "{nth}");
        assert_eq!(
            std::fs::read(place.path().with_extension("db-wal")).unwrap(),
            log,
            "{nth}"
        );
        counted += u32::from(asked.is_ok());
    }
    // The good ones are read, so the others were opened too.
    assert!(counted > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_calls_functions_of_its_own_choice_does_not() {
    let place = Place::empty().unwrap();
    let forger = Connection::open(place.path()).unwrap();
    forger
        .execute_batch(
            "CREATE TABLE t(x); INSERT INTO t VALUES ('fts3');
             CREATE VIEW v AS SELECT load_extension(x), fts3_tokenizer(x) FROM t;
             CREATE VIEW w AS SELECT * FROM pragma_database_list;",
        )
        .unwrap();
    for sql in ["SELECT * FROM v", "SELECT * FROM w"] {
        let failure = place.query(sql).await.unwrap_err();
        let reasons = ["database-sql-refused", "database-sql-wrong"];
        assert!(reasons.contains(&failure.reason()), "{failure:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_plain_file_outside_our_own_folders_is_opened() {
    let place = Place::new().unwrap();
    let folder = place.path().parent().unwrap().to_path_buf();
    let at = |name: &str| folder.join(name);
    std::os::unix::fs::symlink("messages.db", at("link.db")).unwrap();
    std::fs::create_dir(at("folder.db")).unwrap();
    std::os::unix::fs::symlink(".", at("way")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("pipe.db"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    std::fs::create_dir(at("state")).unwrap();
    std::fs::copy(place.path(), at("state/journal.sqlite")).unwrap();
    let off_limits = OffLimits::of(&[&at("state")]);
    for name in [
        "link.db",
        "folder.db",
        "way/messages.db",
        "pipe.db",
        "state/journal.sqlite",
        "none.db",
    ] {
        let databases = databases(&[("d", &at(name))], off_limits.clone());
        let deadline = Instant::now() + Duration::from_secs(9);
        let failure = databases
            .query("d", "SELECT 1".into(), vec![], deadline)
            .await
            .unwrap_err();
        assert!(matches!(failure, QueryFailure::Named(_)), "{name}: {failure:?}");
    }
}
