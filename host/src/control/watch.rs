//! Watching a channel over the control socket: one line for each thing, until one side ends it. It changes nothing, and
//! nobody waits for it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{ControlError, PATIENCE, Request};
use crate::channel::Channel;
use crate::house::House;
use crate::limits;
use crate::model::{ChannelName, Seen, UnixMillis};
use crate::paths::StateDir;
use crate::sandbox::Watching;
use crate::supervisor::Roster;

/// What is watched now: an instance, and which channel serves it.
struct View {
    shown: Option<Seen>,
    channel: Option<Arc<Channel>>,
    watching: Option<Watching>,
}

/// Writes until the client is gone, or does not read for [`PATIENCE`].
pub(super) async fn serve(
    house: &House,
    name: &ChannelName,
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut roster = house.roster.clone();
    let mut view = View {
        shown: None,
        channel: None,
        watching: None,
    };
    let mut end = [0];
    let mut counted = tokio::time::interval(limits::KNOCKS_COUNTED / 10);
    loop {
        let now = Arc::clone(&roster.borrow_and_update());
        let phase = view.look(&now, name);
        drop(now);
        // What was shown before it was in this phase is told before.
        for seen in view.watching.as_mut().map(Watching::waiting).unwrap_or_default() {
            write(&mut writer, &seen).await?;
        }
        if let Some(phase) = phase {
            write(&mut writer, &phase).await?;
        }
        let mut phases = view.channel.as_ref().map(|channel| channel.phases());
        let changed = async {
            match &mut phases {
                Some(phases) => drop(phases.changed().await),
                None => std::future::pending().await,
            }
        };
        let next = async {
            match &mut view.watching {
                Some(watching) => watching.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            seen = next => match seen {
                Some(seen) => write(&mut writer, &seen).await?,
                None => view.watching = None,
            },
            () = changed => {}
            _ = counted.tick() => view.show_counts(),
            changed = roster.changed() => if changed.is_err() { return Ok(()) },
            // It says nothing more: this is its end.
            _ = reader.read(&mut end) => return Ok(()),
        }
    }
}

impl View {
    /// Has it told what was counted only.
    fn show_counts(&self) {
        if let Some(channel) = &self.channel {
            channel.context().tap.show_counts(UnixMillis::now());
        }
    }

    /// Looks at the roster; what is to be told of it.
    fn look(&mut self, roster: &Roster, name: &ChannelName) -> Option<Seen> {
        let entry = roster.channels.get(name);
        let running = entry.and_then(|entry| entry.running().cloned());
        let is_other = match (&self.channel, &running) {
            (Some(before), Some(now)) => !Arc::ptr_eq(&before.lasting(), &now.lasting()),
            (before, now) => before.is_some() != now.is_some(),
        };
        if is_other {
            self.watching = running.as_ref().map(|channel| channel.watch());
        }
        let phase = entry.map(|entry| entry.phase());
        let seen = Seen::Phase {
            phase: phase.as_ref().map_or("gone", |phase| phase.word()).to_owned(),
            detail: phase.as_ref().map_or_else(String::new, |phase| phase.advice()),
            digest: running.as_ref().map(|channel| channel.context().component),
            on_trial: entry.is_some_and(|entry| entry.on_trial),
        };
        self.channel = running;
        let is_news = self.shown.as_ref() != Some(&seen);
        self.shown = Some(seen.clone());
        is_news.then_some(seen)
    }
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), seen: &Seen) -> io::Result<()> {
    let mut line = serde_json::to_vec(seen)?;
    line.push(b'\n');
    match tokio::time::timeout(PATIENCE, writer.write_all(&line)).await {
        Ok(written) => written,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Watches a channel, as long as the owner is there; `false` if nobody is. Blocks.
///
/// # Errors
/// There is one, and it speaks otherwise.
pub fn watch(state: &StateDir, channel: &ChannelName, mut see: impl FnMut(Seen)) -> Result<bool, ControlError> {
    let path = state.socket()?;
    let failed = |source| ControlError::Socket {
        path: path.clone(),
        source,
    };
    let Ok(mut stream) = StdStream::connect(&path) else {
        return Ok(false);
    };
    let request = Request::Watch {
        channel: channel.clone(),
    };
    let mut line = serde_json::to_vec(&request).map_err(|error| failed(error.into()))?;
    line.push(b'\n');
    stream.write_all(&line).map_err(failed)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut text = String::new();
        let read = reader
            .by_ref()
            .take(limits::CONTROL_LINE_BYTES as u64)
            .read_line(&mut text);
        match read {
            Ok(0) | Err(_) => return Ok(true),
            Ok(_) => see(serde_json::from_str(&text).map_err(|error| failed(error.into()))?),
        }
    }
}
