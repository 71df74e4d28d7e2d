//! SQL as a weapon: each statement that does more than read is refused, each that would take too much is cut, and a file that
//! somebody has forged breaks nothing but its own query.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lockgate::database::{Databases, QueryFailure, Value};
use lockgate::limits;
use lockgate::paths::OffLimits;
use lockgate_tests::home::binary;
use rusqlite::Connection;
use tempfile::TempDir;

type Rows = Result<Vec<Vec<Value>>, QueryFailure>;

struct Place {
    dir: TempDir,
    databases: Databases,
}

/// A database with three messages, under the name `messages`.
fn place() -> Place {
    let place = empty();
    let connection = Connection::open(place.path()).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE message(id INTEGER PRIMARY KEY, text TEXT, more);
             INSERT INTO message VALUES (1, 'one', NULL), (2, 'two', x'00ff'), (3, 'three', 2.5);
             CREATE VIEW shown AS SELECT text FROM message;",
        )
        .unwrap();
    place
}

fn empty() -> Place {
    let dir = TempDir::with_prefix("lockgate-query-").unwrap();
    let path = dir.path().canonicalize().unwrap().join("messages.db");
    let databases = databases(&[("messages", &path)], OffLimits::default());
    Place { dir, databases }
}

fn databases(granted: &[(&str, &Path)], off_limits: OffLimits) -> Databases {
    let granted = granted
        .iter()
        .map(|(name, path)| ((*name).to_owned(), path.to_path_buf()));
    Databases::new(granted.collect::<BTreeMap<_, _>>(), off_limits, binary("lockgate"))
}

impl Place {
    fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("messages.db")
    }

    async fn query(&self, sql: &str) -> Rows {
        self.asked(sql, &[], Duration::from_secs(20)).await
    }

    async fn asked(&self, sql: &str, parameters: &[Value], within: Duration) -> Rows {
        let deadline = Instant::now() + within;
        self.databases
            .query("messages", sql.to_owned(), parameters.to_vec(), deadline)
            .await
    }

    /// The one value of the one row.
    async fn one(&self, sql: &str) -> Value {
        let mut rows = self.query(sql).await.unwrap();
        assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql}");
        rows.remove(0).remove(0)
    }

    /// Names, lengths and times, without opening a file: to close one would take the locks of a writer in this process away.
    /// The shared index is left out: it may note who reads.
    fn looks(&self) -> Vec<(String, u64, std::time::SystemTime)> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap().map(Result::unwrap);
        let looks = entries.map(|entry| {
            let about = entry.metadata().unwrap();
            (
                entry.file_name().to_string_lossy().into_owned(),
                about.len(),
                about.modified().unwrap(),
            )
        });
        let mut looks: Vec<_> = looks.filter(|(name, ..)| !name.ends_with("-shm")).collect();
        looks.sort();
        looks
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, std::fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_come_with_their_types_and_parameters_go_with_theirs() {
    let place = place();
    let rows = place
        .query("SELECT id, text, more FROM message ORDER BY id; -- the end")
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], [Value::Integer(1), text("one"), Value::Null]);
    assert_eq!(rows[1][2], Value::Blob(vec![0, 255]));
    assert_eq!(rows[2][2], Value::Real(2.5));
    assert_eq!(
        place.one("SELECT count(*) FROM shown WHERE text LIKE 't%'").await,
        Value::Integer(2)
    );
    let all = [
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(f64::INFINITY),
        text("it's \0 ünd so"),
        Value::Blob(vec![0; 1000]),
    ];
    let sql = "SELECT ?1, ?2, ?3, ?4, ?5";
    assert_eq!(
        place.asked(sql, &all, Duration::from_secs(9)).await.unwrap(),
        [all.to_vec()]
    );
    let few = place.asked(sql, &all[..2], Duration::from_secs(9)).await.unwrap_err();
    assert_eq!(few.to_string(), "the statement has 5 parameters, and 2 were given");
    assert_eq!(
        place.query("SELECT nothing").await.unwrap_err().reason(),
        "database-sql-wrong"
    );
    assert_eq!(place.query("").await.unwrap_err().reason(), "database-sql-wrong");
    let other = place.databases.query(
        "other",
        "SELECT 1".into(),
        vec![],
        Instant::now() + Duration::from_secs(9),
    );
    assert!(matches!(other.await, Err(QueryFailure::NotGranted)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_writer_has_just_committed_is_seen_and_nothing_is_written() {
    let place = empty();
    let writer = Connection::open(place.path()).unwrap();
    writer
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1);")
        .unwrap();
    assert_eq!(place.one("SELECT x FROM t").await, Value::Integer(1));
    writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
    let before = place.looks();
    assert!(
        before
            .iter()
            .any(|(name, bytes, _)| name.ends_with("-wal") && *bytes > 0)
    );
    assert_eq!(place.one("SELECT max(x) FROM t").await, Value::Integer(2));
    assert_eq!(before, place.looks());
    // What is not committed is not seen, and does not wait.
    writer.execute_batch("BEGIN; INSERT INTO t VALUES (3)").unwrap();
    assert_eq!(place.one("SELECT max(x) FROM t").await, Value::Integer(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_a_writer_left_is_not_played_back() {
    let place = empty();
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
    let before = place.files();
    let failure = place.query("SELECT count(*) FROM t").await.unwrap_err();
    assert_eq!(failure.reason(), "database-unreadable", "{failure}");
    assert_eq!(before, place.files());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_does_more_than_read_is_refused() {
    let place = place();
    let before = place.files();
    let canary = place.dir.path().join("stolen.db");
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
    assert_eq!(before, place.files());
}

/// Statements that would take more time or memory than there is.
const BOMBS: &[&str] = &[
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c ORDER BY x DESC",
    "WITH RECURSIVE c(x) AS (VALUES(zeroblob(900000)) UNION ALL SELECT zeroblob(900000) FROM c) SELECT x FROM c ORDER BY x",
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT randomblob(9000) AS r FROM c GROUP BY r",
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT group_concat(hex(zeroblob(9000))) FROM c",
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT json_group_array(randomblob(9)->>'$') FROM c",
    "WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 3000), w AS MATERIALIZED (SELECT a.x, b.x, zeroblob(5000) FROM c a, c b) SELECT count(*) FROM w x, w y",
    "SELECT instr(zeroblob(900000), zeroblob(450000) || x'01')",
    "SELECT replace(hex(zeroblob(400000)), '00', hex(zeroblob(100000)))",
    "SELECT zeroblob(1000000000)",
    "SELECT randomblob(2000000000)",
    "SELECT printf('%1000000000d', 1)",
    "SELECT printf('%.*c', 1000000000, 'x')",
    "SELECT count(*) FROM message a, message b, message c, message d, message e, message f, message g, message h, message i, message j, message k, message l, message m, message n, message o, message p, message q, message r, message s, message t",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bomb_is_cut_at_the_deadline_or_before() {
    let place = place();
    let within = Duration::from_millis(1_500);
    for sql in BOMBS {
        let begun = Instant::now();
        let failure = place
            .asked(sql, &[], within)
            .await
            .map(|rows| rows.len())
            .expect_err(sql);
        let took = begun.elapsed();
        assert!(took < within, "{sql}: {took:?}");
        let reasons = ["database-over-limit", "database-sql-wrong", "database-too-many-rows"];
        assert!(reasons.contains(&failure.reason()), "{sql}: {failure:?}");
    }
    assert_eq!(place.one("SELECT 1").await, Value::Integer(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_and_results_have_their_bounds() {
    let place = place();
    let series = |rows: usize| {
        format!("WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < {rows}) SELECT x FROM c")
    };
    assert_eq!(
        place.query(&series(limits::QUERY_ROWS)).await.unwrap().len(),
        limits::QUERY_ROWS
    );
    assert!(matches!(
        place.query(&series(limits::QUERY_ROWS + 1)).await,
        Err(QueryFailure::TooMany)
    ));
    let blobs = |count: usize, each: usize| format!("SELECT zeroblob({each}) FROM ({}) LIMIT {count}", series(100));
    let each = limits::QUERY_RESULT_BYTES / 8 - limits::QUERY_VALUE_COSTS;
    assert_eq!(place.query(&blobs(8, each)).await.unwrap().len(), 8);
    assert!(matches!(
        place.query(&blobs(8, each + 1)).await,
        Err(QueryFailure::TooMany)
    ));
    let padded = |bytes: usize| format!("SELECT 1{}", " ".repeat(bytes - 8));
    place.query(&padded(limits::QUERY_SQL_BYTES)).await.unwrap();
    let long = place.query(&padded(limits::QUERY_SQL_BYTES + 1)).await.unwrap_err();
    assert_eq!(long.to_string(), "the statement has more than 65536 bytes");
    let columns = |count: usize| format!("SELECT {}1", "1,".repeat(count - 1));
    place.query(&columns(limits::QUERY_COLUMNS)).await.unwrap();
    let compound = |count: usize| format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(count - 1));
    place.query(&compound(limits::QUERY_COMPOUND)).await.unwrap();
    for wrong in [
        columns(limits::QUERY_COLUMNS + 1),
        compound(limits::QUERY_COMPOUND + 1),
        format!(
            "SELECT {}1{}",
            "(1+".repeat(2 * limits::QUERY_DEPTH),
            ")".repeat(2 * limits::QUERY_DEPTH)
        ),
        format!("SELECT 'a' LIKE '{}'", "%a".repeat(limits::QUERY_PATTERN_BYTES)),
        format!("SELECT max({}1)", "1,".repeat(limits::QUERY_ARGUMENTS)),
        format!("SELECT ?{}", limits::QUERY_PARAMETERS + 1),
    ] {
        let failure = place.query(&wrong).await.unwrap_err();
        assert_eq!(failure.reason(), "database-sql-wrong", "{wrong}: {failure}");
    }
    let big = [Value::Blob(vec![0; limits::QUERY_PARAMETER_BYTES + 1])];
    let failure = place
        .asked("SELECT ?1", &big, Duration::from_secs(9))
        .await
        .unwrap_err();
    assert_eq!(failure.to_string(), "the parameters have more than 1048576 bytes");
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
    let place = place();
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
    std::fs::write(place.path(), good).unwrap();
    assert_eq!(place.one("SELECT count(*) FROM message").await, Value::Integer(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_that_calls_functions_of_its_own_choice_does_not() {
    let place = empty();
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
    let place = place();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_take_their_turns() {
    let place = place();
    let one = || place.one("SELECT count(*) FROM message");
    let all = tokio::join!(one(), one(), one(), one(), one(), one());
    assert_eq!(
        [all.0, all.1, all.2, all.3, all.4, all.5],
        [const { Value::Integer(3) }; 6]
    );
}
