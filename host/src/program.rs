//! Programs that the operator has named, run for a channel with arguments that he has described: no shell, no environment,
//! nothing of ours open, and an end for all that was started. What a program does is the operator's choice; here is
//! decided only which bytes are run and with which words.

mod arguments;
mod output;
#[cfg(test)]
mod tests;
mod way;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use rustix::io::retry_on_intr;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

pub use arguments::Unfit;
pub use way::WayError;

use crate::config::CommandGrant;
use crate::config::pattern::PatternError;
use crate::limits;
use crate::paths::Reached;
use arguments::Rules;

/// The whole environment of a program.
const ENVIRONMENT: [(&str, &str); 2] = [("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8")];

/// The programs of one channel.
#[derive(Debug)]
pub struct Programs {
    granted: BTreeMap<String, Granted>,
    writable: Vec<PathBuf>,
    turns: Semaphore,
}

#[derive(Debug)]
struct Granted {
    grant: CommandGrant,
    rules: Rules,
}

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code, or 128 and the signal that ended it.
    pub status: i32,
    /// At most `limits::COMMAND_OUTPUT_BYTES`.
    pub stdout: Vec<u8>,
    /// As many; if something was cut, a line that says so follows.
    pub stderr: Vec<u8>,
    /// Whether it said more.
    pub cut: bool,
}

/// Why a program was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunFailure {
    /// The operator named no such program for this channel.
    #[error("no program of this name is granted")]
    NotGranted,
    /// The arguments are none that the operator described.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Too much for its standard input.
    #[error("the input has more than {} bytes", limits::COMMAND_INPUT_BYTES)]
    InputTooLarge,
    /// Somebody else could have put something in its place.
    #[error(transparent)]
    Way(#[from] WayError),
    /// The system does not start it.
    #[error("it can't be started: {0}")]
    NotStarted(#[source] std::io::Error),
    /// It was not done in time, and was ended.
    #[error("it was not done in time")]
    TimedOut,
}

impl RunFailure {
    /// What `status` counts it as.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotGranted => "command-not-granted",
            Self::Unfit(_) => "command-argument-refused",
            Self::InputTooLarge => "command-input-too-large",
            Self::Way(_) => "command-program-refused",
            Self::NotStarted(_) => "command-not-started",
            Self::TimedOut => "command-timed-out",
        }
    }
}

impl Programs {
    /// These programs, by name. `writable`: the folders that the same channel may write to, where nothing is run from.
    ///
    /// # Errors
    /// A pattern is none; the configuration has looked before.
    pub fn new(granted: &BTreeMap<String, CommandGrant>, writable: Vec<PathBuf>) -> Result<Self, PatternError> {
        let compiled = granted.iter().map(|(name, grant)| {
            let rules = Rules::compile(grant)?;
            let grant = grant.clone();
            Ok((name.clone(), Granted { grant, rules }))
        });
        Ok(Self {
            granted: compiled.collect::<Result<_, _>>()?,
            writable,
            turns: Semaphore::new(limits::COMMANDS_AT_ONCE),
        })
    }

    /// Runs a program to its end, at most until the deadline.
    ///
    /// # Errors
    /// It is not granted, its arguments are not the operator's, it can't be started, or is not done in time.
    pub async fn run(
        &self,
        name: &str,
        arguments: &[String],
        input: Vec<u8>,
        deadline: Instant,
    ) -> Result<Output, RunFailure> {
        let granted = self.granted.get(name).ok_or(RunFailure::NotGranted)?;
        granted.rules.judge(&granted.grant, arguments)?;
        if input.len() > limits::COMMAND_INPUT_BYTES {
            return Err(RunFailure::InputTooLarge);
        }
        let begun = Instant::now();
        let until = deadline.checked_sub(limits::GIVEN_UP_BEFORE).unwrap_or(begun);
        let until = until.min(begun + limits::COMMAND_DEADLINE);
        let work = async {
            // The semaphore is never closed.
            let _turn = self.turns.acquire().await;
            let program = self.find(&granted.grant).await?;
            let group = Group::start(&program, granted.grant.fixed.iter().chain(arguments))?;
            group.finish(input).await
        };
        // What runs is killed when the future is dropped.
        let done = tokio::time::timeout_at(until.into(), work).await;
        done.unwrap_or(Err(RunFailure::TimedOut))
    }

    /// Anew each time: what stands in these places may have changed.
    async fn find(&self, grant: &CommandGrant) -> Result<PathBuf, RunFailure> {
        let (path, words, writable) = (grant.program.clone(), grant.fixed.clone(), self.writable.clone());
        let found = tokio::task::spawn_blocking(move || find(&path, &words, &writable));
        let found = found
            .await
            .map_err(|error| RunFailure::NotStarted(std::io::Error::other(error)))?;
        Ok(found?)
    }
}

/// Looks whether a program would be run now: by what stands at its path, and beside which folders. Blocks.
///
/// # Errors
/// It would not.
pub fn check(grant: &CommandGrant, writable: &[PathBuf]) -> Result<(), WayError> {
    find(&grant.program, &grant.fixed, writable).map(drop)
}

fn find(path: &Path, words: &[String], writable: &[PathBuf]) -> Result<PathBuf, WayError> {
    let writable = Reached::of(writable.iter().map(PathBuf::as_path));
    way::check_words(words, &writable)?;
    way::find(path, &writable)
}

/// A program with all that it starts. None of it outlives this, unless it leaves the group.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    /// # Authority
    /// The one place where a program of the operator's is started.
    fn start<'a>(program: &Path, arguments: impl Iterator<Item = &'a String>) -> Result<Self, RunFailure> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(ENVIRONMENT)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn().map_err(RunFailure::NotStarted)?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, id })
    }

    async fn finish(mut self, input: Vec<u8>) -> Result<Output, RunFailure> {
        let (stdin, stdout, stderr) = (
            self.child.stdin.take(),
            self.child.stdout.take(),
            self.child.stderr.take(),
        );
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it is given.
                let _ = stdin.write_all(&input).await;
            }
        };
        let said = async { tokio::join!(feed, output::read(stdout), output::read(stderr)) };
        tokio::pin!(said);
        // What the program left running may hold the pipes open; when it has ended, so shall that.
        let ended = ended(self.id);
        tokio::pin!(ended);
        let (is_held, early) = tokio::select! {
            ended = &mut ended => (ended, None),
            said = &mut said => (ended.await, Some(said)),
        };
        // Its number is the group's for as long as nobody has waited for it; then it may soon be another's.
        if is_held.is_ok() {
            self.kill();
        }
        self.id = None;
        let status = self.child.wait().await.map_err(RunFailure::NotStarted)?;
        let ((), stdout, stderr) = match early {
            Some(said) => said,
            None => said.await,
        };
        Ok(output::whole(code(status), stdout, stderr))
    }

    fn kill(&self) {
        if let Some(id) = self.id {
            // Nobody may be left, which is as well.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns when the program has ended, and leaves it to be waited for.
async fn ended(id: Option<Pid>) -> std::io::Result<()> {
    let id = id.ok_or(std::io::ErrorKind::NotFound)?;
    let wait = move || retry_on_intr(|| waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT));
    // When the future is dropped, the program is killed, which ends the thread as well.
    tokio::task::spawn_blocking(wait).await??;
    Ok(())
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(-1)
}
