//! The child's side of a query: it bounds itself, opens one file to read, runs one statement, answers and is gone.

use std::fs::Metadata;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, ErrorCode, OpenFlags, Statement};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::authority;
use super::wire::{Answer, Question, Value};
use crate::limits;
use crate::paths;

/// Bytes of a question.
const QUESTION_BYTES: u64 = (limits::QUERY_SQL_BYTES + 2 * limits::QUERY_PARAMETER_BYTES) as u64;

/// Question on standard input, answer on standard output.
///
/// # Errors
/// A stream breaks, the system takes no bounds, or what came is no question.
pub fn answer_query() -> std::io::Result<()> {
    bound()?;
    let mut question = Vec::new();
    std::io::stdin()
        .lock()
        .take(QUESTION_BYTES)
        .read_to_end(&mut question)?;
    let question = Question::from_bytes(&question).ok_or(std::io::ErrorKind::InvalidData)?;
    let answer = answer(&question).into_bytes();
    std::io::stdout().lock().write_all(&answer)
}

/// # Authority
/// It gives up what a query does not need, before it looks at anything.
fn bound() -> std::io::Result<()> {
    let bounds = [
        (Resource::Data, limits::QUERY_MEMORY),
        (Resource::Cpu, limits::QUERY_CPU_SECONDS),
        (Resource::Fsize, limits::QUERY_FILE_BYTES),
        (Resource::Nofile, limits::QUERY_DESCRIPTORS),
        (Resource::Core, 0),
    ];
    for (resource, most) in bounds {
        let bound = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, bound)?;
    }
    Ok(())
}

fn answer(question: &Question) -> Answer {
    let denied = Arc::new(AtomicBool::new(false));
    let opened = open(question).and_then(|connection| {
        let bounded = bound_connection(connection, Arc::clone(&denied));
        bounded.map_err(|error| told(&error))
    });
    let connection = match opened {
        Ok(connection) => connection,
        Err(answer) => return answer,
    };
    run(&connection, question).unwrap_or_else(|stop| match stop {
        Stop::Answer(answer) => answer,
        // SQLite's own code says it of some actions only.
        Stop::Sqlite(error) if denied.load(Ordering::Relaxed) => Answer::Refused(words(&error)),
        Stop::Sqlite(error) => told(&error),
    })
}

/// Why a statement has no rows.
enum Stop {
    Answer(Answer),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn stop<T>(answer: Answer) -> Result<T, Stop> {
    Err(Stop::Answer(answer))
}

/// The very file that the parent looked at; nothing of it is read yet.
fn open(question: &Question) -> Result<Connection, Answer> {
    // No URI: a name can't say how it is to be opened.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(&question.path, flags).map_err(|error| told(&error))?;
    if !has_open(question) {
        return Err(Answer::Unreadable("it was exchanged for another file".to_owned()));
    }
    Ok(connection)
}

/// Whether the file is one of those that this process has open. Where the system doesn't show them, by its path.
fn has_open(question: &Question) -> bool {
    let is_it = |about: Metadata| paths::identity(&about) == question.file;
    let Ok(open) = std::fs::read_dir("/dev/fd") else {
        return std::fs::symlink_metadata(&question.path).is_ok_and(is_it);
    };
    let mut files = open.flatten().map(|entry| std::fs::metadata(entry.path()));
    files.any(|about| about.is_ok_and(is_it))
}

fn bound_connection(mut connection: Connection, denied: Arc<AtomicBool>) -> rusqlite::Result<Connection> {
    connection.busy_timeout(limits::QUERY_BUSY)?;
    for (option, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true),
    ] {
        connection.set_db_config(option, on)?;
    }
    set_limits(&connection)?;
    connection.execute_batch(&format!(
        "PRAGMA hard_heap_limit = {};
         PRAGMA mmap_size = 0;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{};
         PRAGMA query_only = ON;",
        limits::QUERY_HEAP,
        limits::QUERY_CACHE_KIB
    ))?;
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        let may = authority::judge(&context);
        denied.fetch_or(may == Authorization::Deny, Ordering::Relaxed);
        may
    }))?;
    Ok(connection)
}

fn set_limits(connection: &Connection) -> rusqlite::Result<()> {
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, limits::QUERY_VALUE_BYTES),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, limits::QUERY_SQL_BYTES),
        (Limit::SQLITE_LIMIT_COLUMN, limits::QUERY_COLUMNS),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, limits::QUERY_DEPTH),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, limits::QUERY_COMPOUND),
        (Limit::SQLITE_LIMIT_VDBE_OP, limits::QUERY_INSTRUCTIONS),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, limits::QUERY_ARGUMENTS),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, limits::QUERY_PATTERN_BYTES),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, limits::QUERY_PARAMETERS),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, i32::try_from(most).unwrap_or(i32::MAX))?;
    }
    Ok(())
}

fn run(connection: &Connection, question: &Question) -> Result<Answer, Stop> {
    let mut statements = Batch::new(connection, &question.sql);
    let Some(mut statement) = statements.next()? else {
        return stop(Answer::Wrong("there is no statement".to_owned()));
    };
    if statements.next()?.is_some() {
        return stop(Answer::Refused("a second statement".to_owned()));
    }
    // The judge has seen each of its actions; this is said of the whole.
    if !statement.readonly() || statement.column_count() == 0 {
        return stop(Answer::Refused("a statement that does not read".to_owned()));
    }
    bind(&mut statement, &question.parameters)?;
    let columns = statement.column_count();
    let (mut values, mut bytes, mut count) = (Vec::new(), 0, 0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        count += 1;
        for column in 0..columns {
            let value = owned(row.get_ref(column)?);
            bytes += value.bytes() + limits::QUERY_VALUE_COSTS;
            values.push(value);
        }
        if count > limits::QUERY_ROWS || bytes > limits::QUERY_RESULT_BYTES {
            return stop(Answer::TooMany);
        }
    }
    Ok(Answer::Rows(columns, values))
}

fn bind(statement: &mut Statement<'_>, parameters: &[Value]) -> Result<(), Stop> {
    if statement.parameter_count() != parameters.len() {
        let (wanted, given) = (statement.parameter_count(), parameters.len());
        return stop(Answer::Wrong(format!(
            "the statement has {wanted} parameters, and {given} were given"
        )));
    }
    for (position, value) in parameters.iter().enumerate() {
        let at = position + 1;
        match value {
            Value::Null => statement.raw_bind_parameter(at, rusqlite::types::Null)?,
            Value::Integer(number) => statement.raw_bind_parameter(at, number)?,
            Value::Real(number) => statement.raw_bind_parameter(at, number)?,
            Value::Text(text) => statement.raw_bind_parameter(at, text)?,
            Value::Blob(bytes) => statement.raw_bind_parameter(at, bytes)?,
        }
    }
    Ok(())
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// What can be wrong with the file, in our own words: SQLite's would name the operator's path to the guest.
fn unreadable(error: &rusqlite::Error) -> Option<Answer> {
    let why = match error.sqlite_error_code()? {
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => "it can't be opened",
        ErrorCode::NotADatabase => "it is no SQLite database",
        ErrorCode::DatabaseCorrupt => "it is damaged",
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another program has locked it",
        ErrorCode::SystemIoFailure => "the system can't read it",
        // The journal would have to be played back first.
        ErrorCode::ReadOnly => "its writer left it in the middle of a change",
        _ => return None,
    };
    Some(Answer::Unreadable(why.to_owned()))
}

fn told(error: &rusqlite::Error) -> Answer {
    match error.sqlite_error_code() {
        Some(ErrorCode::OutOfMemory) => Answer::OverLimit,
        _ => unreadable(error).unwrap_or_else(|| Answer::Wrong(words(error))),
    }
}

fn words(error: &rusqlite::Error) -> String {
    crate::text::clip(&error.to_string(), crate::text::Bound::Chars(limits::TROUBLE_CHARS))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_came_into_the_files_place_after_the_parent_looked_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().canonicalize().unwrap().join(name);
        std::fs::create_dir(at("folder")).unwrap();
        for name in ["a.db", "b.db", "folder/a.db"] {
            Connection::open(at(name))
                .unwrap()
                .execute_batch("CREATE TABLE t(x)")
                .unwrap();
        }
        std::os::unix::fs::symlink("a.db", at("link.db")).unwrap();
        std::os::unix::fs::symlink("folder", at("way")).unwrap();
        let identity = |name: &str| paths::identity(&std::fs::metadata(at(name)).unwrap());
        let opened = |path: &str, seen: &str| {
            let question = Question {
                path: at(path).display().to_string(),
                file: identity(seen),
                sql: String::new(),
                parameters: Vec::new(),
            };
            open(&question).map(drop)
        };
        assert_eq!(opened("a.db", "a.db"), Ok(()));
        let exchanged = Answer::Unreadable("it was exchanged for another file".to_owned());
        assert_eq!(opened("b.db", "a.db"), Err(exchanged));
        // Also if the link leads to the very file.
        let link = Answer::Unreadable("it can't be opened".to_owned());
        assert_eq!(opened("link.db", "link.db").as_ref(), Err(&link));
        assert_eq!(opened("way/a.db", "way/a.db"), Err(link));
    }
}
