//! A server process with a client on its stdin and stdout, ended when dropped.
//!
//! Both are socketpairs, as the real client gives them; stderr goes to a file beside the home.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::client::{Client, Greeting, Line};
use crate::home::Home;
use crate::wait::{PATIENCE, until};

/// A running server.
#[derive(Debug)]
pub struct Serve {
    child: Child,
    /// The client on its stdin and stdout.
    pub client: Client,
    log: PathBuf,
    started: Instant,
}

impl Serve {
    /// Starts `lockgate serve` with more arguments, and says nothing to it.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn spawn(home: &Home, arguments: &[&str]) -> Result<Serve> {
        let mut command = home.lockgate();
        command.arg("serve").args(arguments);
        Serve::spawn_command(command, home.next_log())
    }

    /// Starts `lockgate serve --channel` and greets it.
    ///
    /// # Errors
    /// If it can't be started or does not answer; its stderr is in the message.
    pub fn channel(home: &Home) -> Result<Serve> {
        let mut serve = Serve::spawn(home, &["--channel"])?;
        serve.handshake()?;
        Ok(serve)
    }

    /// Starts any MCP server.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn spawn_command(mut command: Command, log: PathBuf) -> Result<Serve> {
        let (input, its_stdin) = UnixStream::pair().context("make a socketpair")?;
        let (output, its_stdout) = UnixStream::pair().context("make a socketpair")?;
        let stderr = File::create(&log).with_context(|| format!("create {}", log.display()))?;
        command.stdin(Stdio::from(OwnedFd::from(its_stdin)));
        command.stdout(Stdio::from(OwnedFd::from(its_stdout)));
        command.stderr(stderr);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("start {command:?}"))?;
        // The command holds this side's copies of the child's ends: with them the output would never end.
        drop(command);
        Ok(Serve {
            child,
            client: Client::over(input, output)?,
            log,
            started,
        })
    }

    /// Plays the handshake of the real client.
    ///
    /// # Errors
    /// If the server does not answer; its stderr is in the message.
    pub fn handshake(&mut self) -> Result<Greeting> {
        let greeting = self.client.handshake();
        greeting.with_context(|| format!("stderr of the server:\n{}", self.stderr()))
    }

    /// Acknowledges the first event that came, as a model does that read it: from then on the session is proven, and
    /// what it was sent does not come again.
    ///
    /// # Errors
    /// If no event comes, or the tool refuses.
    pub fn prove(&mut self) -> Result<()> {
        self.client.record().wait_events(1, PATIENCE)?;
        let first = self.client.record().seen().events.first().map(Line::parse);
        let id = first
            .context("no event")??
            .meta
            .remove("event_id")
            .context("an event without an id")?;
        let result = self.client.call("ack", &json!({"event_ids": [id]}))?;
        ensure!(result.get("isError") != Some(&json!(true)), "ack said {result}");
        Ok(())
    }

    /// When it was started.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to stderr.
    #[must_use]
    pub fn stderr(&self) -> String {
        std::fs::read(&self.log).map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Where its stderr goes.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// If the system can't say.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait().context("ask for the child")?.is_none())
    }

    /// A handle by which another thread can signal it. Valid until it has been waited for.
    #[must_use]
    pub fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// If the process has been waited for.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.process(), signal).with_context(|| format!("send {signal:?}"))
    }

    /// Waits for its end; gives how it ended and how long that took.
    ///
    /// # Errors
    /// If it did not end within `limit`.
    pub fn wait_exit(&mut self, limit: Duration) -> Result<(ExitStatus, Duration)> {
        let start = Instant::now();
        let status = until(limit, "the end of the server", || self.child.try_wait().ok().flatten())?;
        Ok((status, start.elapsed()))
    }

    /// `kill -9`, and waits until it is gone and everything that it had written has been read.
    ///
    /// # Errors
    /// If it does not go.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill().context("kill the server")?;
        self.child.wait().context("wait for the killed server")?;
        until(PATIENCE, "the end of the output", || {
            self.client.record().seen().closed.then_some(())
        })
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
