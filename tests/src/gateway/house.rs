//! A home with the guest `line`, whose websockets are led to a fake.

use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, Result, ensure};

use super::Gateway;
use crate::client::Seen;
use crate::guests;
use crate::home::status::{Channel, Socket};
use crate::home::{Home, SECRET, Status};
use crate::load::Hook;
use crate::serve::Serve;
use crate::wait::PATIENCE;

/// The credential of the guest's rules.
pub const TOKEN: &str = "gateway-4711-credential_x";

/// The guest and its world.
pub struct House {
    /// Where it lives.
    pub home: Home,
    /// The owner.
    pub serve: Serve,
    /// Whoever its websockets lead to.
    pub gateway: Gateway,
    hook: Hook,
}

impl House {
    /// One that is ready; with these settings of the guest's.
    ///
    /// # Errors
    /// If something can't be made.
    pub fn new(settings: &[&str]) -> Result<House> {
        House::with(Gateway::start()?, settings)
    }

    /// The same over this gateway.
    ///
    /// # Errors
    /// As [`House::new`].
    pub fn with(gateway: Gateway, settings: &[&str]) -> Result<House> {
        let home = Home::new()?;
        add(&home, settings)?;
        lead(&home, &gateway)?;
        home.unpace()?;
        let serve = Serve::channel(&home)?;
        let hook = ready(&home)?;
        Ok(House {
            home,
            serve,
            gateway,
            hook,
        })
    }

    /// Kills the owner and starts another.
    ///
    /// # Errors
    /// If it does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.serve.kill()?;
        self.serve = Serve::channel(&self.home)?;
        self.hook = ready(&self.home)?;
        Ok(())
    }

    /// Posts a deed; the status of the answer.
    ///
    /// # Errors
    /// If nobody answers.
    pub fn does(&self, deed: &str) -> Result<u16> {
        let signature = self.hook.signature(deed.as_bytes());
        let request = self.hook.request(&[("X-Signature", &signature)], deed.as_bytes());
        Ok(self.hook.post(&request)?.status)
    }

    /// What the guest said so far, in the order in which the session got it.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        contents(&self.serve.client.record().seen()).collect()
    }

    /// Waits until the guest has said something that begins so; what that is.
    ///
    /// # Errors
    /// It has not; the owner's words are in the message.
    pub fn wait_said(&self, beginning: &str) -> Result<String> {
        let record = self.serve.client.record();
        let said = record.wait(PATIENCE, beginning, |seen| {
            contents(seen).find(|content| content.starts_with(beginning))
        });
        said.with_context(|| format!("{:?}\n{}", self.said(), self.serve.stderr()))
    }

    /// What `status` says of the channel, once it is as wanted.
    ///
    /// # Errors
    /// It did not come to that.
    pub fn wait_channel(&self, what: &str, wanted: impl Fn(&Channel) -> bool) -> Result<Channel> {
        let found = |status: &Status| status.channel("line").filter(|line| wanted(line)).cloned();
        let waited = self.home.wait_status(what, found);
        waited.with_context(|| format!("{:?}\n{}", self.home.status(), self.serve.stderr()))
    }

    /// Waits until this was counted so often, or by `wanted` often enough. For a moment on their way to the disk counts are not
    /// there, or there twice.
    ///
    /// # Errors
    /// It was not.
    pub fn wait_tally(&self, reason: &str, wanted: impl Fn(u64) -> bool) -> Result<()> {
        let is_so = |line: &Channel| line.tallies.get(reason).copied().is_some_and(&wanted);
        self.wait_channel(reason, is_so).map(drop)
    }

    /// What `status` says of this websocket, once it is as wanted.
    ///
    /// # Errors
    /// It did not come to that.
    pub fn wait_socket(&self, name: &str, what: &str, wanted: impl Fn(&Socket) -> bool) -> Result<Socket> {
        let find = |line: &Channel| {
            let mut sockets = line.sockets.iter();
            sockets.find(|socket| socket.name == name && wanted(socket)).cloned()
        };
        let line = self.wait_channel(what, |line| find(line).is_some())?;
        find(&line).context("it was there")
    }
}

/// Adds the guest, with a credential and both of its hosts.
///
/// # Errors
/// If `add` refuses.
pub fn add(home: &Home, settings: &[&str]) -> Result<()> {
    let path = home.beside().join("token");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    std::io::Write::write_all(&mut file, TOKEN.as_bytes())?;
    let key = format!("key=file:{}", home.secret_file(SECRET)?.display());
    let token = format!("token=file:{}", path.display());
    let component = guests::component("line")?;
    let component = component.to_str().context("a component's path is not text")?;
    let mut arguments = vec![
        "add", component, "--name", "line", "--yes", "--secret", &key, "--secret", &token,
    ];
    arguments.extend(["--grant", "hosts"]);
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let ran = home.add_shown(&arguments)?;
    ensure!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    Ok(())
}

/// Leads its websockets there.
///
/// # Errors
/// If `lockgate.toml` can't be changed.
pub fn lead(home: &Home, gateway: &Gateway) -> Result<()> {
    home.edit_config(|config| {
        let hosts = ["wss://gateway.example.org", "wss://header.example.org"];
        let upstreams = hosts.map(|host| (host.to_owned(), gateway.url().into()));
        if let Some(toml::Value::Table(line)) = config.get_mut("channel").and_then(|all| all.get_mut("line")) {
            line.insert("upstream".into(), toml::Table::from_iter(upstreams).into());
        }
    })
}

/// What a session was told by the guest, in order; not what the host itself tells.
fn contents(seen: &Seen) -> impl Iterator<Item = String> {
    let events = seen.events.iter().filter_map(|line| line.parse().ok());
    let own = events.filter(|event| event.meta.get("channel").is_some_and(|channel| channel == "line"));
    own.map(|event| event.content)
}

fn ready(home: &Home) -> Result<Hook> {
    let listening = |status: &Status| {
        status
            .listen
            .filter(|_| status.channel("line").is_some_and(|line| line.phase == "ready"))
    };
    Ok(Hook::new(
        home.wait_status("line is ready", listening)?,
        "/line/do",
        SECRET,
    ))
}
