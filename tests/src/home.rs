//! A home of lockgate in a temporary folder: its configuration, the verbs of the command line, and what `status` says.
//!
//! Nothing of a home is shared with another, so tests can run side by side; the listener's port is the system's choice.

pub mod component;
pub mod status;

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

pub use status::Status;

use crate::load::Hook;
use crate::wait::{PATIENCE, until};

/// The secret with which tests sign.
pub const SECRET: &str = "It's a Secret to Everybody";
/// The path of the webhook component's rule that tests use.
pub const RULE: &str = "github";
/// Events a second that no test reaches.
const UNPACED: f64 = 1e6;

/// A folder with `lockgate.toml`, `state/` and all else that belongs to one operator.
#[derive(Debug)]
pub struct Home {
    root: TempDir,
    logs: Cell<u32>,
}

/// How a verb of the command line ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it answered.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Whether it ended with code 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }
}

impl Home {
    /// Makes an empty home whose listener takes a port that the system chooses.
    ///
    /// # Errors
    /// If no folder can be made.
    pub fn new() -> Result<Home> {
        let root = TempDir::with_prefix("lockgate-").context("make a temporary folder")?;
        for name in ["home", "run"] {
            let folder = root.path().join(name);
            fs::create_dir(&folder).with_context(|| format!("create {}", folder.display()))?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).context("make it private")?;
        }
        let home = Home {
            root,
            logs: Cell::new(0),
        };
        home.write_config("listen = \"127.0.0.1:0\"\n")?;
        Ok(home)
    }

    /// A home with the webhook channel under `name`, whose rate is raised so far that nothing is held back.
    ///
    /// # Errors
    /// If `add` refuses.
    pub fn with_webhook(name: &str) -> Result<Home> {
        let home = Home::new()?;
        home.add_webhook(name, &component::prebuilt("webhook"))?;
        home.unpace()?;
        Ok(home)
    }

    /// A home with the channel that has a page of its own, as `chat`, and nobody on the list yet.
    ///
    /// # Errors
    /// If `add` refuses.
    pub fn with_chat() -> Result<Home> {
        let home = Home::new()?;
        let file = component::prebuilt("fakechat").display().to_string();
        let add = ["add", &file, "--name", "chat", "--yes", "--grant"];
        let ran = home.run(&[&add[..], &["network:fakechat"]].concat())?;
        ensure!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
        Ok(home)
    }

    /// What `LOCKGATE_HOME` names.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// A folder beside the home for whatever a test needs.
    #[must_use]
    pub fn beside(&self) -> &Path {
        self.root.path()
    }

    /// The state folder.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// The journal's file.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state().join("journal.sqlite")
    }

    /// A file for the stderr of the next server.
    #[must_use]
    pub fn next_log(&self) -> PathBuf {
        self.logs.set(self.logs.get() + 1);
        self.root.path().join(format!("stderr-{}.log", self.logs.get()))
    }

    /// The text of `lockgate.toml`.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn config(&self) -> Result<String> {
        fs::read_to_string(self.path().join("lockgate.toml")).context("read lockgate.toml")
    }

    /// Replaces `lockgate.toml`.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write_config(&self, text: &str) -> Result<()> {
        fs::write(self.path().join("lockgate.toml"), text).context("write lockgate.toml")
    }

    /// Changes `lockgate.toml` as a table; comments are lost.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn edit_config(&self, edit: impl FnOnce(&mut toml::Table)) -> Result<()> {
        let mut table: toml::Table = self.config()?.parse().context("parse lockgate.toml")?;
        edit(&mut table);
        self.write_config(&table.to_string())
    }

    /// Raises the rate of every channel beyond what any test reaches.
    ///
    /// # Errors
    /// If `lockgate.toml` can't be changed.
    pub fn unpace(&self) -> Result<()> {
        self.edit_config(|config| {
            let Some(toml::Value::Table(channels)) = config.get_mut("channel") else {
                return;
            };
            for (_, channel) in channels.iter_mut() {
                if let toml::Value::Table(channel) = channel {
                    channel.insert("rate".into(), toml::Value::Float(UNPACED));
                }
            }
        })
    }

    /// Writes a secret to a private file beside the home and gives its path.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn secret_file(&self, secret: &str) -> Result<PathBuf> {
        let path = self.root.path().join("secret");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&path).context("create the secret's file")?;
        std::io::Write::write_all(&mut file, secret.as_bytes()).context("write the secret")?;
        Ok(path)
    }

    /// Adds a webhook component under `name`, with [`SECRET`] and a template whose text names the delivery.
    ///
    /// # Errors
    /// If `add` refuses.
    pub fn add_webhook(&self, name: &str, component: &Path) -> Result<()> {
        let secret = format!("{RULE}=file:{}", self.secret_file(SECRET)?.display());
        let file = component.to_str().context("a component's path is not text")?;
        let template = "text.workflow_run={repository.full_name}: {workflow_run.name} {workflow_run.conclusion}";
        let ran = self.run(&[
            "add", file, "--name", name, "--yes", "--secret", &secret, "--set", template,
        ])?;
        if !ran.ok() {
            bail!("add {file} ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
        }
        Ok(())
    }

    /// The binary, with an environment in which only this home exists.
    #[must_use]
    pub fn lockgate(&self) -> Command {
        self.program(&binary("lockgate"))
    }

    /// Another program in the same environment.
    #[must_use]
    pub fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in ["PATH", "LANG", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", self.root.path())
            .env("XDG_RUNTIME_DIR", self.root.path().join("run"));
        // Beside the home: a session that works above it could edit it, and is refused.
        command
            .env("LOCKGATE_HOME", self.path())
            .current_dir(self.root.path().join("run"));
        command
    }

    /// Runs a verb to its end, with nothing on its stdin.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let mut command = self.lockgate();
        let output = command.args(arguments).stdin(Stdio::null()).output();
        Ok(Ran::of(&output.with_context(|| format!("run lockgate {arguments:?}"))?))
    }

    /// Runs `add --yes`, and where that is told to say which bytes were shown, says so.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn add_shown(&self, arguments: &[&str]) -> Result<Ran> {
        let ran = self.run(arguments)?;
        let shown = ran.stderr.split_once("--digest ").filter(|_| ran.code == Some(3));
        match shown.and_then(|(_, digest)| digest.split_whitespace().next()) {
            Some(digest) => self.run(&[arguments, &["--digest", digest]].concat()),
            None => Ok(ran),
        }
    }

    /// What `status --json` says.
    ///
    /// # Errors
    /// If it fails or says something else than JSON.
    pub fn status(&self) -> Result<Status> {
        let ran = self.run(&["status", "--json"])?;
        if !ran.ok() {
            bail!("status ended with {:?}:\n{}", ran.code, ran.stderr);
        }
        serde_json::from_str(&ran.stdout).with_context(|| format!("status said {}", ran.stdout))
    }

    /// Waits until `status` fulfils a condition.
    ///
    /// # Errors
    /// If it does not in time; the last status is in the message.
    pub fn wait_status<T>(&self, what: &str, condition: impl Fn(&Status) -> Option<T>) -> Result<T> {
        let mut last = String::new();
        let waited = until(PATIENCE, what, || {
            let status = self.status();
            last = format!("{status:?}");
            condition(&status.ok()?)
        });
        waited.with_context(|| format!("the last status: {last}"))
    }

    /// Waits until a channel is ready and the listener is bound, and gives where to post to.
    ///
    /// # Errors
    /// If that does not happen in time.
    pub fn hook(&self, channel: &str) -> Result<Hook> {
        let addr = self.wait_status(&format!("{channel} is ready"), |status| {
            let ready = status.channel(channel)?.phase == "ready";
            status.owner.as_ref().filter(|_| ready)?;
            status.listen
        })?;
        Ok(Hook::new(addr, &format!("/{channel}/{RULE}"), SECRET))
    }
}

/// A binary of this workspace, beside the running test or in the folder above it.
///
/// # Panics
/// If the running program has no path, which no test survives anyway.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    #[allow(clippy::expect_used)]
    let own = std::env::current_exe().expect("a running program has a path");
    let beside = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    beside.unwrap_or_else(|| PathBuf::from(name))
}

/// The top of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
