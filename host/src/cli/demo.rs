//! `lockgate demo`: a home that goes away, the webhook channel in it, a line to type, and the session in the terminal,
//! where events appear as the model would get them. Everything is the real thing but the client.

mod client;

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, bail};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::ExitStatus;
use crate::attend::{Attendance, Part};
use crate::components;
use crate::desk::{Door, Front};
use crate::house::House;
use crate::listener::Listening;
use crate::mcp::{self, Options, ToolSet};
use crate::model::Secret;
use crate::outbound::Scope;
use crate::paths::{Home, write_private};
use crate::pump::Witness;
use crate::signature::{self, HookRule};
use client::Client;

/// The generic receiver, as it is committed.
const COMPONENT: &[u8] = include_bytes!("../../../examples/prebuilt/webhook.wasm");
/// The channel's name in the demo.
const NAME: &str = "ci";
/// Bytes that wait between the demo's client and its server.
const PIPE: usize = 1 << 20;

/// Runs the demo until it is interrupted.
///
/// # Errors
/// The home can't be made, or the channel can't be added.
pub fn run() -> anyhow::Result<ExitStatus> {
    let stage = Stage::set()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("can't start the tasks' threads")?;
    let played = runtime.block_on(play(&stage));
    runtime.shutdown_background();
    played
}

/// A temporary home with the channel in it; removed when it is dropped.
struct Stage {
    folder: PathBuf,
    rule: HookRule,
    secret: Secret,
}

impl Stage {
    fn set() -> anyhow::Result<Self> {
        let mut random = [0; 16];
        SystemRandom::new()
            .fill(&mut random)
            .ok()
            .context("the system gives no random bytes")?;
        let random = data_encoding::HEXLOWER.encode(&random);
        let folder = std::env::temp_dir().join(format!("lockgate-demo-{}", &random[..12]));
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("can't make {}", folder.display()))?;
        let examined = components::examine(COMPONENT.to_vec(), None).context("the bundled component")?;
        // The first rule that signs the body alone: a person can send to it without a clock.
        let secret = Secret::new(random.into_bytes());
        let plain = |rule: &&HookRule| matches!(signature::sign(rule, &secret, b""), Ok(Some(_)));
        let rule = examined.manifest.rules.iter().find(plain).cloned();
        let stage = Self {
            rule: rule.context("the bundled component has no plain rule")?,
            folder,
            secret,
        };
        stage.add()?;
        Ok(stage)
    }

    /// Adds the channel as a person would, with this very program.
    fn add(&self) -> anyhow::Result<()> {
        let (component, key) = (self.folder.join("webhook.wasm"), self.folder.join("key"));
        write_private(&component, COMPONENT)?;
        write_private(&key, self.secret.expose())?;
        write_private(&self.folder.join("lockgate.toml"), b"listen = \"127.0.0.1:0\"\n")?;
        let secret = format!("{}=file:{}", self.rule.secret, key.display());
        eprintln!(
            "$ lockgate add webhook.wasm --name {NAME} --yes --secret {}=file:key",
            self.rule.secret
        );
        let added = Command::new(std::env::current_exe().context("can't find lockgate's own binary")?)
            .args([
                "--home".as_ref(),
                self.folder.as_os_str(),
                "add".as_ref(),
                component.as_os_str(),
            ])
            .args(["--name", NAME, "--yes", "--secret", &secret])
            .stdout(Stdio::null())
            .status()
            .context("can't run `lockgate add`")?;
        if !added.success() {
            bail!("`lockgate add` failed; what it said stands above");
        }
        Ok(())
    }

    /// The line to type, with a body that was not sent before.
    fn line(&self, address: SocketAddr, number: u32) -> anyhow::Result<String> {
        let body = format!(r#"{{"event":"build","number":{number},"status":"failed","branch":"main"}}"#);
        let signed = signature::sign(&self.rule, &self.secret, body.as_bytes())?;
        let (header, value) = signed.context("the rule signs more than the body")?;
        let url = format!("http://{address}/{NAME}{}", self.rule.path);
        Ok(format!("curl -H '{header}: {value}' -d '{body}' {url}"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn play(stage: &Stage) -> anyhow::Result<ExitStatus> {
    let home = Home::find(Some(&stage.folder), &|_| None)?;
    let (door, seen) = watch::channel(Door::Opening);
    let (witness, scope) = (Witness::default(), Scope::default());
    let desk = Front::new(seen.clone(), witness.clone(), scope.clone(), home.clone());
    let (ours, theirs) = tokio::io::duplex(PIPE);
    let (reader, writer) = tokio::io::split(ours);
    let session = mcp::open(reader, writer, Options { tools: ToolSet::Full }, Arc::new(desk));
    let attendance = Attendance {
        home,
        project: None,
        binary: std::env::current_exe().context("can't find lockgate's own binary")?,
        variables: Arc::new(|_| None),
        part: Part::Takes,
        witness,
        scope,
        door,
    };
    let mut interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("can't watch for SIGTERM")?;
    tokio::select! {
        ended = attendance.attend(&session) => bail!("the session ended: {ended}"),
        shown = show(stage, seen, Client::new(theirs)) => shown.map(|()| ExitStatus::Success),
        _ = interrupt.recv() => Ok(ExitStatus::Success),
        _ = terminate.recv() => Ok(ExitStatus::Success),
    }
}

/// Shows what the model would get, and what to type for more of it.
async fn show(stage: &Stage, mut door: watch::Receiver<Door>, mut client: Client) -> anyhow::Result<()> {
    client.greet().await?;
    let house = opened(&mut door).await?;
    let address = listening(&house).await?;
    eprintln!("\nA session is open. Type this in another terminal (Ctrl-C here ends the demo):\n");
    for number in 1.. {
        eprintln!("{}\n", stage.line(address, number)?);
        let event = client.event().await?;
        println!("{}\n", event.as_the_model_gets_it());
        if let Some(id) = &event.asks_for {
            eprintln!("(the session answers: ack {id})\n");
            client.acknowledge(id).await?;
        }
        eprintln!("The next one; the same line twice would be a replay, and no event:\n");
    }
    Ok(())
}

async fn opened(door: &mut watch::Receiver<Door>) -> anyhow::Result<House> {
    match &*door
        .wait_for(|door| !matches!(door, Door::Opening))
        .await
        .context("the session ended")?
    {
        Door::Owner(house) => Ok(house.clone()),
        Door::Failed(why) => bail!("{why}"),
        _ => bail!("another process owns the demo's own folder"),
    }
}

async fn listening(house: &House) -> anyhow::Result<SocketAddr> {
    let mut listening = house.listening.clone();
    let known = listening
        .wait_for(|now| *now != Listening::Idle)
        .await
        .context("the session ended")?;
    match &*known {
        Listening::At(address) => Ok(*address),
        Listening::Failed(why) => bail!("{why}"),
        Listening::Idle => bail!("nothing is listened for"),
    }
}
