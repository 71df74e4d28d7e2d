//! The control socket: how other processes of the same user ask the owner. One JSON line each way. What it can do is
//! looking and having files read again; what is granted stands in those files, not here.

mod gather;
mod rehearse;
mod watch;

pub use gather::gather;
pub use rehearse::{Rehearsal, Rehearsed, rehearse};
pub use watch::watch;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use crate::house::House;
use crate::journal::{Journal, JournalError, Resumed};
use crate::limits;
use crate::lockfile::Pin;
use crate::model::{ChannelName, Digest};
use crate::paths::{PathsError, StateDir};
use crate::status::Report;

/// How long one side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// What is true now.
    Status,
    /// Read the operator's files again.
    Reload,
    /// Tell people that they are on the list, as it was noted.
    Greet,
    /// Show what a channel does, a line for each thing, until one side ends it.
    Watch {
        /// Which.
        channel: ChannelName,
    },
    /// Speak to a channel under development as somebody on its network.
    Say {
        /// Which.
        channel: ChannelName,
        /// The sender's id.
        sender: String,
        /// What he says.
        text: String,
    },
    /// Call the hook of a channel under development, as if the call had been verified.
    Post {
        /// Which.
        channel: ChannelName,
        /// The path of the rule that is meant, if not the first.
        path: Option<String>,
        /// The body.
        body: String,
    },
    /// Let a channel try again whose credential was refused, or lift the quarantine of what runs as it.
    Resume {
        /// Which.
        channel: ChannelName,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// To `status`.
    Report(Box<Report>),
    /// To `reload`: done.
    Reloaded,
    /// To `greet`: it is looked at.
    Greeted,
    /// To `say` and `post`: it went the whole way, and this came of it.
    Rehearsed {
        /// In words.
        what: String,
        /// Of the bytes that were called, if any were.
        #[serde(default)]
        by: Option<Digest>,
    },
    /// To `resume`: it tries again.
    Resumed,
    /// To `resume`: nothing kept it from trying.
    WasFree,
    /// It could not be done.
    Failed {
        /// Why.
        why: String,
    },
}

/// Whether somebody was there to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reloaded {
    /// The owner has read the files again.
    Told,
    /// No process runs the channels.
    NobodyRuns,
}

/// Whether somebody was there to tell people that they are on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greeted {
    /// The owner does it as soon as their channel can be called.
    Told,
    /// No process runs the channels.
    NobodyRuns,
}

/// Why the owner could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The socket's folder.
    #[error(transparent)]
    Paths(#[from] PathsError),
    /// The owner's socket can't be used.
    #[error("can't speak to the running lockgate over {}; is it hung? end it and try again", .path.display())]
    Socket {
        /// Which socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The journal can't be changed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What was to be tried could not be.
    #[error("{0}")]
    Unrehearsed(String),
    /// It said no, or something else.
    #[error("the running lockgate answered: {0}")]
    Answered(String),
}

/// The owner's end, bound. Dropping it removes the socket.
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Binds the socket (0600). One that an owner before left behind is replaced: we hold the lock.
    ///
    /// # Errors
    /// The folder can't be made or the socket not bound.
    pub fn bind(state: &StateDir) -> Result<Self, ControlError> {
        let path = state.socket()?;
        let failed = |source| ControlError::Socket {
            path: path.clone(),
            source,
        };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        // The folder is 0700, so nobody could connect before this line either.
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).map_err(failed)?;
        Ok(Self { listener, path })
    }

    /// Answers until the future is dropped.
    pub async fn run(self, house: House) {
        let places = Arc::new(Semaphore::new(limits::CONTROL_CLIENTS));
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let house = house.clone();
            tokio::spawn(async move {
                let _ = serve(stream, &house).await;
                drop(place);
            });
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn serve(stream: UnixStream, house: &House) -> io::Result<()> {
    let me = rustix::process::geteuid().as_raw();
    if stream.peer_cred()?.uid() != me {
        tracing::warn!("another user asked over the control socket and was refused");
        return Ok(());
    }
    let (mut reader, mut writer) = stream.into_split();
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let request = tokio::time::timeout(PATIENCE, request(&mut reader))
        .await
        .map_err(late)??;
    if let Ok(Request::Watch { channel }) = &request {
        return watch::serve(house, channel, reader, writer).await;
    }
    let answered = async {
        let answer = match request {
            Ok(request) => answer(request, house).await,
            Err(why) => Answer::Failed { why },
        };
        let mut text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        writer.write_all(&text).await
    };
    tokio::time::timeout(PATIENCE, answered).await.map_err(late)?
}

/// What is asked, or why it is no request.
async fn request(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Result<Request, String>> {
    let mut line = String::new();
    tokio::io::BufReader::new(reader.take(limits::CONTROL_LINE_BYTES as u64))
        .read_line(&mut line)
        .await?;
    Ok(serde_json::from_str(&line).map_err(|error| format!("no request: {error}")))
}

async fn answer(request: Request, house: &House) -> Answer {
    match request {
        Request::Status => match house.report() {
            Ok(report) => Answer::Report(Box::new(report)),
            Err(error) => Answer::Failed { why: error.to_string() },
        },
        Request::Reload => {
            house.reload().await;
            Answer::Reloaded
        }
        Request::Greet => {
            house.greet.notify_one();
            Answer::Greeted
        }
        Request::Say { channel, sender, text } => rehearse::say(house, &channel, &sender, &text).await,
        Request::Post { channel, path, body } => rehearse::post(house, &channel, path.as_deref(), body).await,
        // It was served before.
        Request::Watch { .. } => Answer::Failed {
            why: "nothing more is shown".to_owned(),
        },
        Request::Resume { channel } => match house.resume(&channel).await {
            Ok(Resumed::Lifted) => Answer::Resumed,
            Ok(Resumed::WasFree) => Answer::WasFree,
            Err(error) => Answer::Failed { why: error.to_string() },
        },
    }
}

/// Asks the owner for its report; `None` if there is no owner. Blocks.
///
/// # Errors
/// There is one, and it does not answer.
pub fn status(state: &StateDir) -> Result<Option<Report>, ControlError> {
    match ask(state, &Request::Status)? {
        None => Ok(None),
        Some(Answer::Report(report)) => Ok(Some(*report)),
        Some(other) => Err(ControlError::Answered(format!("{other:?}"))),
    }
}

/// Has the owner read the operator's files again, if there is one. Blocks until it has.
///
/// # Errors
/// There is one, and it does not answer.
pub fn reload(state: &StateDir) -> Result<Reloaded, ControlError> {
    match ask(state, &Request::Reload)? {
        None => Ok(Reloaded::NobodyRuns),
        Some(Answer::Reloaded) => Ok(Reloaded::Told),
        Some(other) => Err(ControlError::Answered(format!("{other:?}"))),
    }
}

/// Has the owner look who is to be told that he is on the list, if there is one. Blocks until it has heard that.
///
/// # Errors
/// There is one, and it does not answer.
pub fn greet(state: &StateDir) -> Result<Greeted, ControlError> {
    match ask(state, &Request::Greet)? {
        None => Ok(Greeted::NobodyRuns),
        Some(Answer::Greeted) => Ok(Greeted::Told),
        Some(other) => Err(ControlError::Answered(format!("{other:?}"))),
    }
}

/// Lets a channel try again: has the owner lift the quarantine of what runs, which is the one that it shows, or take a refused
/// credential for mended elsewhere. Without an owner that of `pin` is lifted. Blocks for one sync and the owner's answers.
///
/// # Errors
/// The journal can't be changed, or the owner does not answer.
pub fn resume(state: &StateDir, channel: &ChannelName, pin: &Pin) -> Result<Resumed, ControlError> {
    reload(state)?;
    let channel = channel.clone();
    match ask(state, &Request::Resume { channel })? {
        Some(Answer::Resumed) => Ok(Resumed::Lifted),
        Some(Answer::WasFree) => Ok(Resumed::WasFree),
        // Whoever is started next tries a refused credential anyway.
        None => Ok(Journal::open(&state.journal())?.resume(pin.instance, &pin.digest)?),
        Some(other) => Err(ControlError::Answered(format!("{other:?}"))),
    }
}

fn ask(state: &StateDir, request: &Request) -> Result<Option<Answer>, ControlError> {
    let path = state.socket()?;
    let stream = match StdStream::connect(&path) {
        Ok(stream) => stream,
        // Nobody listens: no owner, or one that is just coming or going.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(source) => return Err(ControlError::Socket { path, source }),
    };
    exchange(&stream, request)
        .map(Some)
        .map_err(|source| ControlError::Socket { path, source })
}

fn exchange(mut stream: &StdStream, request: &Request) -> io::Result<Answer> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut text = String::new();
    BufReader::new(stream.take(limits::CONTROL_LINE_BYTES as u64)).read_line(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}
