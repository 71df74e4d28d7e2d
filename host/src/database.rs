//! SQL over databases that the operator has named, to read. A query runs in a child process of its own, with bounds on its
//! memory and its time: some functions of SQLite can't be interrupted, its memory is counted for all of a process's
//! connections together, and a file that somebody has forged may break what reads it. Here nothing of a database is read.

mod authority;
mod child;
mod header;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

pub use child::answer_query;
pub use header::check;
pub use wire::Value;

use crate::limits;
use crate::paths::{self, Identity, NamedError, OffLimits};
use wire::{Answer, Question};

/// The hidden verb of the child.
pub const QUERY_VERB: &str = "query-database";

/// How the files end that SQLite opens beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The databases of one channel.
#[derive(Debug)]
pub struct Databases {
    granted: BTreeMap<String, Database>,
    off_limits: OffLimits,
    binary: PathBuf,
    turns: Semaphore,
}

/// One query at a time: two that take turns could keep a writer out for ever.
#[derive(Debug)]
struct Database {
    path: PathBuf,
    /// The same for all names of a path.
    turn: Arc<Semaphore>,
}

/// Why a query brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum QueryFailure {
    /// The operator named no such database for this channel.
    #[error("no database of this name is granted")]
    NotGranted,
    /// The file can't be had.
    #[error(transparent)]
    Named(#[from] NamedError),
    /// It can be had, and SQLite can't read it.
    #[error("the database can't be read: {0}")]
    Unreadable(String),
    /// The statement does what a query may not.
    #[error("{0}: a query reads with one SELECT, and with SQLite's plain functions")]
    Refused(String),
    /// The statement is wrong.
    #[error("{0}")]
    Wrong(String),
    /// It would take more than there is.
    #[error("the query took too much memory or time: ask for less, by an index or a LIMIT")]
    OverLimit,
    /// It has too many rows, or too many bytes in them.
    #[error(
        "there are more than {} rows or {} bytes: add a LIMIT",
        limits::QUERY_ROWS,
        limits::QUERY_RESULT_BYTES
    )]
    TooMany,
    /// No child.
    #[error("a query's process can't be started")]
    Child(#[source] std::io::Error),
}

impl QueryFailure {
    /// What `status` counts it as.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotGranted => "database-not-granted",
            Self::Named(_) | Self::Unreadable(_) => "database-unreadable",
            Self::Refused(_) => "database-sql-refused",
            Self::Wrong(_) => "database-sql-wrong",
            Self::OverLimit => "database-over-limit",
            Self::TooMany => "database-too-many-rows",
            Self::Child(_) => "database-not-started",
        }
    }
}

impl Databases {
    /// These databases, by name. `binary`: lockgate's own, which is the child.
    pub fn new(granted: BTreeMap<String, PathBuf>, off_limits: OffLimits, binary: PathBuf) -> Self {
        let mut turns: BTreeMap<PathBuf, Arc<Semaphore>> = BTreeMap::new();
        let granted = granted.into_iter().map(|(name, path)| {
            let turn = turns.entry(path.clone()).or_insert_with(|| Arc::new(Semaphore::new(1)));
            let turn = Arc::clone(turn);
            (name, Database { path, turn })
        });
        Self {
            granted: granted.collect(),
            off_limits,
            binary,
            turns: Semaphore::new(limits::QUERIES_AT_ONCE),
        }
    }

    /// The rows of one statement.
    ///
    /// # Errors
    /// The database is not granted or can't be read, the statement is wrong or does more than read, or it is not done
    /// before the deadline or within `limits::QUERY_DEADLINE` of its turn.
    pub async fn query(
        &self,
        name: &str,
        sql: String,
        parameters: Vec<Value>,
        deadline: Instant,
    ) -> Result<Vec<Vec<Value>>, QueryFailure> {
        let Database { path, turn } = self.granted.get(name).ok_or(QueryFailure::NotGranted)?;
        check_bounds(&sql, &parameters)?;
        let work = async {
            // No semaphore is closed. Who has a turn among all waits for nobody's on his database.
            let _turns = (turn.acquire().await, self.turns.acquire().await);
            let question = Question {
                path: path.display().to_string(),
                file: self.check(path.clone()).await?,
                sql,
                parameters,
            };
            let asked = self.ask(question.to_bytes());
            let asked = tokio::time::timeout(limits::QUERY_DEADLINE, asked).await;
            asked.unwrap_or(Err(QueryFailure::OverLimit))
        };
        let until = deadline.checked_sub(limits::GIVEN_UP_BEFORE).unwrap_or(deadline);
        match tokio::time::timeout_at(until.into(), work).await {
            Ok(answer) => answer,
            // The child is killed when the future is dropped.
            Err(_) => Err(QueryFailure::OverLimit),
        }
    }

    async fn check(&self, path: PathBuf) -> Result<Identity, QueryFailure> {
        let off_limits = self.off_limits.clone();
        let checked = tokio::task::spawn_blocking(move || paths::check_file(&path, &BESIDE, &off_limits)).await;
        Ok(checked.map_err(|error| QueryFailure::Child(std::io::Error::other(error)))??)
    }

    async fn ask(&self, question: Vec<u8>) -> Result<Vec<Vec<Value>>, QueryFailure> {
        let mut child = Command::new(&self.binary)
            .arg(QUERY_VERB)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(QueryFailure::Child)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A child that gave up closes the pipe; what it answered says why.
                let _ = stdin.write_all(&question).await;
            }
        };
        let read = async {
            let mut answer = Vec::new();
            if let Some(stdout) = stdout {
                let most = wire::ANSWER_BYTES as u64;
                stdout.take(most).read_to_end(&mut answer).await?;
            }
            std::io::Result::Ok(answer)
        };
        let ((), answer) = tokio::join!(feed, read);
        let answer = answer.map_err(QueryFailure::Child)?;
        let status = child.wait().await.map_err(QueryFailure::Child)?;
        match Answer::from_bytes(&answer).filter(|_| status.success()) {
            Some(answer) => answer.into_rows(),
            // It was stopped by its bounds, or the file broke it.
            None => Err(QueryFailure::OverLimit),
        }
    }
}

fn check_bounds(sql: &str, parameters: &[Value]) -> Result<(), QueryFailure> {
    let wrong = |what: String| Err(QueryFailure::Wrong(what));
    if sql.len() > limits::QUERY_SQL_BYTES {
        return wrong(format!("the statement has more than {} bytes", limits::QUERY_SQL_BYTES));
    }
    if parameters.len() > limits::QUERY_PARAMETERS {
        return wrong(format!("there are more than {} parameters", limits::QUERY_PARAMETERS));
    }
    if parameters.iter().map(Value::bytes).sum::<usize>() > limits::QUERY_PARAMETER_BYTES {
        return wrong(format!(
            "the parameters have more than {} bytes",
            limits::QUERY_PARAMETER_BYTES
        ));
    }
    Ok(())
}
