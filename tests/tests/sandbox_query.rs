//! What a channel reads of the operator's databases: values with their types, what was just written, within the bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::time::{Duration, Instant};

use lockgate::database::{QueryFailure, Value};
use lockgate::limits;
use lockgate::paths::OffLimits;
use lockgate_tests::query::{Place, databases};
use rusqlite::Connection;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_come_with_their_types_and_parameters_go_with_theirs() {
    let place = Place::new().unwrap();
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
    let place = Place::empty().unwrap();
    let writer = Connection::open(place.path()).unwrap();
    writer
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1);")
        .unwrap();
    assert_eq!(place.one("SELECT x FROM t").await, Value::Integer(1));
    writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
    let before = place.looks().unwrap();
    assert!(
        before
            .iter()
            .any(|(name, bytes, _)| name.ends_with("-wal") && *bytes > 0)
    );
    assert_eq!(place.one("SELECT max(x) FROM t").await, Value::Integer(2));
    assert_eq!(before, place.looks().unwrap());
    // What is not committed is not seen, and does not wait.
    writer.execute_batch("BEGIN; INSERT INTO t VALUES (3)").unwrap();
    assert_eq!(place.one("SELECT max(x) FROM t").await, Value::Integer(2));
    // When the last writer has gone, the database is one file, and can be read like any other.
    drop(writer);
    let alone = std::fs::read(place.path()).unwrap();
    assert_eq!(place.one("SELECT max(x) FROM t").await, Value::Integer(2));
    assert_eq!(std::fs::read(place.path()).unwrap(), alone);
    // SQLite leaves an empty log beside it, as any reader's would.
    assert!(
        place
            .looks()
            .unwrap()
            .iter()
            .all(|(name, bytes, _)| name == "messages.db" || *bytes == 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_and_results_have_their_bounds() {
    let place = Place::new().unwrap();
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
    let many = vec![Value::Null; limits::QUERY_PARAMETERS + 1];
    let failure = place
        .asked("SELECT ?1000", &many, Duration::from_secs(9))
        .await
        .unwrap_err();
    assert_eq!(failure.to_string(), "there are more than 1000 parameters");
    place
        .asked("SELECT ?1000", &many[1..], Duration::from_secs(9))
        .await
        .unwrap();
    let big = [Value::Blob(vec![0; limits::QUERY_PARAMETER_BYTES + 1])];
    let failure = place
        .asked("SELECT ?1", &big, Duration::from_secs(9))
        .await
        .unwrap_err();
    assert_eq!(failure.to_string(), "the parameters have more than 1048576 bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_take_their_turns() {
    let place = Place::new().unwrap();
    let one = || place.one("SELECT count(*) FROM message");
    let all = tokio::join!(one(), one(), one(), one(), one(), one());
    assert_eq!(
        [all.0, all.1, all.2, all.3, all.4, all.5],
        [const { Value::Integer(3) }; 6]
    );
}

const ENDLESS: &str = "SELECT count(*) FROM message a, message b, message c, message d, message e, message f, message g, \
    message h, message i, message j, message k, message l, message m, message n, message o, message p, message q, message r, \
    message s, message t, message u, message v";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_is_kept_out_no_longer_than_one_query_lasts() {
    let place = Place::new().unwrap();
    let writer = Connection::open(place.path()).unwrap();
    let begun = Instant::now();
    let write = tokio::task::spawn_blocking(move || {
        // The query reads already when nobody else can write.
        let alone = || {
            writer
                .busy_timeout(Duration::ZERO)
                .and_then(|()| writer.execute_batch("BEGIN EXCLUSIVE; COMMIT"))
        };
        while alone().is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(9), "the query never locked it");
        }
        writer
            .busy_timeout(limits::QUERY_DEADLINE + Duration::from_secs(3))
            .unwrap();
        writer.execute("UPDATE message SET text = 'x'", [])
    });
    let asked = place.asked(ENDLESS, &[], Duration::from_secs(90)).await;
    assert_eq!(asked.unwrap_err().reason(), "database-over-limit");
    assert!(begun.elapsed() < limits::QUERY_DEADLINE + Duration::from_secs(3));
    assert_eq!(write.await.unwrap().unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_database_has_one_query_at_a_time_whatever_its_names() {
    let (place, other) = (Place::new().unwrap(), Place::new().unwrap());
    let granted = [("a", place.path()), ("b", place.path()), ("c", other.path())];
    let databases = databases(&granted, OffLimits::default());
    let ended = async |name, sql: &str, seconds| {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let asked = databases.query(name, sql.to_owned(), vec![], deadline).await;
        (asked.is_ok(), Instant::now())
    };
    let few = "SELECT 1 FROM message";
    let (long, same, other) = tokio::join!(ended("a", ENDLESS, 3), ended("b", few, 20), ended("c", few, 20));
    assert_eq!((long.0, same.0, other.0), (false, true, true));
    assert!(same.1 > long.1, "two queries held the database at once");
    assert!(other.1 < long.1, "a query waited for another database's");
}
