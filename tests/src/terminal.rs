//! A person's terminal with one command in it: a real one, which the program `script` makes.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

use crate::home::Home;
use crate::wait::{PATIENCE, until};

/// One that is open. Dropping it ends what runs in it.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    /// Opens one with lockgate in it, as a person types it.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn open(home: &Home, arguments: &[&str]) -> Result<Terminal> {
        let program = home.lockgate().get_program().to_string_lossy().into_owned();
        let words: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
        let mut command = home.program("script".as_ref());
        command.args(["-qec", &format!("exec {program} {}", words.join(" ")), "/dev/null"]);
        let command = command.env("TERM", "dumb").env("NO_COLOR", "1").stdin(Stdio::piped());
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = spawned.context("start the program `script`")?;
        let shown = Arc::new(Mutex::new(String::new()));
        let mut output = child.stdout.take().context("no output")?;
        let keys = child.stdin.take().context("no input")?;
        let seen = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Ok(Terminal { child, keys, shown })
    }

    /// All that was shown.
    #[must_use]
    pub fn shown(&self) -> String {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until this was shown so often, wrapped or not.
    ///
    /// # Errors
    /// If it was not in time; all that was is in the message.
    pub fn wait(&self, words: &str, times: usize) -> Result<String> {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = || Some(self.shown()).filter(|shown| flat(shown).matches(words).count() >= times);
        until(PATIENCE, words, found).with_context(|| self.shown())
    }

    /// Types a line.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn types(&mut self, line: &str) -> Result<()> {
        writeln!(self.keys, "{line}").context("type")
    }

    /// Types Ctrl-C.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn interrupts(&mut self) -> Result<()> {
        self.keys.write_all(b"\x03").context("type")
    }

    /// Closes the terminal under lockgate, as a person closes a window.
    ///
    /// # Errors
    /// If it is gone already.
    pub fn closes(&mut self) -> Result<()> {
        self.child.kill().context("close it")
    }

    /// Kills lockgate in it, as nothing can be done against.
    ///
    /// # Errors
    /// If it is not found.
    pub fn kills(&mut self) -> Result<()> {
        let script = self.child.id();
        let children =
            std::fs::read_to_string(format!("/proc/{script}/task/{script}/children")).context("look for it")?;
        for pid in children.split_whitespace() {
            let pid = Pid::from_raw(pid.parse().context("a process")?).context("a process")?;
            kill_process(pid, Signal::KILL).context("kill it")?;
        }
        Ok(())
    }

    /// Waits for the end: its exit code, and all that was shown.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn ends(mut self) -> Result<(i32, String)> {
        let status = until(PATIENCE, "the end", || self.child.try_wait().ok().flatten());
        let status = status.with_context(|| self.shown())?;
        Ok((status.code().unwrap_or(-1), self.shown()))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.kills();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
