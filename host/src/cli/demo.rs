//! `lockgate demo`: a home that goes away, with two channels in it: a chat page for the browser, and signed webhooks from a
//! line to type. The session is in the terminal. Everything is the real thing but the client.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, bail};
use ring::rand::{SecureRandom, SystemRandom};

use super::ExitStatus;
use super::play::{play, settled};
use crate::channel::Phase;
use crate::components;
use crate::house::House;
use crate::listener::Listening;
use crate::model::{ChannelName, Secret};
use crate::pages::Page;
use crate::paths::{Home, write_private};
use crate::signature::{self, HookRule};

/// The channels' names in the demo.
const CHAT_NAME: &str = "chat";
const RECEIVER_NAME: &str = "ci";
/// Who writes in the chat page: his account in the network that the channel suggests.
const WRITER: &str = "web";

/// Runs the demo until it is interrupted.
///
/// # Errors
/// The home can't be made, or a channel can't be added.
pub fn run() -> anyhow::Result<ExitStatus> {
    let stage = Stage::set()?;
    let home = Home::find(Some(&stage.folder), &|_| None)?;
    play(home, Arc::new(|_| None), async |house| welcome(&stage, house).await)
}

/// A temporary home with the channels in it; removed when it is dropped.
struct Stage {
    folder: PathBuf,
    rule: HookRule,
    secret: Secret,
}

impl Stage {
    fn set() -> anyhow::Result<Self> {
        let mut random = [0; 22];
        SystemRandom::new()
            .fill(&mut random)
            .ok()
            .context("the system gives no random bytes")?;
        let random = data_encoding::HEXLOWER.encode(&random);
        let folder = std::env::temp_dir().join(format!("lockgate-demo-{}", &random[..12]));
        // The folder's name is no secret, so the secret is the rest.
        let random = random[12..].to_owned();
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("can't make {}", folder.display()))?;
        let examined = components::examine(components::RECEIVER.to_vec(), None).context("the bundled component")?;
        // The first rule that signs the body alone: a person can send to it without a clock.
        let secret = Secret::new(random.into_bytes());
        let plain = |rule: &&HookRule| matches!(signature::sign(rule, &secret, b""), Ok(Some(_)));
        let rule = examined.manifest.rules.iter().find(plain).cloned();
        let stage = Self {
            rule: rule.context("the bundled component has no plain rule")?,
            folder,
            secret,
        };
        stage.furnish()?;
        Ok(stage)
    }

    /// Adds the channels and the person, as one would, with this very program.
    fn furnish(&self) -> anyhow::Result<()> {
        let file = |name: &str, bytes: &[u8]| {
            let path = self.folder.join(name);
            write_private(&path, bytes).map(|()| path.display().to_string())
        };
        file("lockgate.toml", b"listen = \"127.0.0.1:0\"\n")?;
        let about = components::examine(components::CHAT.to_vec(), None)?.manifest.about;
        let chat = file(&format!("{}.wasm", about.name), components::CHAT)?;
        let receiver = file("webhook.wasm", components::RECEIVER)?;
        let secret = format!("{}=file:{}", self.rule.secret, file("key", self.secret.expose())?);
        let network = about.network.context("the chat page's channel suggests no network")?;
        let speaks = format!("network:{network}");
        self.lockgate(&["add", &chat, "--name", CHAT_NAME, "--yes", "--grant", &speaks])?;
        let writer = format!("{network}:{WRITER}");
        self.lockgate(&["access", "allow", "you", &writer])?;
        self.lockgate(&["add", &receiver, "--name", RECEIVER_NAME, "--yes", "--secret", &secret])
    }

    fn lockgate(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let folder = format!("{}/", self.folder.display());
        eprintln!("$ lockgate {}", arguments.join(" ").replace(&folder, ""));
        let ran = Command::new(std::env::current_exe().context("can't find lockgate's own binary")?)
            .arg("--home")
            .arg(&self.folder)
            .args(arguments)
            // The person has typed `demo`, also where a client's shell runs it: these files are the demo's own.
            .env_remove("CLAUDECODE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .context("can't run lockgate's own binary")?;
        if !ran.status.success() {
            bail!(
                "`lockgate {}` failed:\n{}",
                arguments[0],
                String::from_utf8_lossy(&ran.stderr)
            );
        }
        Ok(())
    }

    /// The line to type.
    fn line(&self, address: SocketAddr) -> anyhow::Result<String> {
        let body = r#"{"event":"build","number":1,"status":"failed","branch":"main"}"#;
        let signed = signature::sign(&self.rule, &self.secret, body.as_bytes())?;
        let (header, value) = signed.context("the rule signs more than the body")?;
        let url = format!("http://{address}/{RECEIVER_NAME}{}", self.rule.path);
        Ok(format!("curl -H '{header}: {value}' -d '{body}' {url}"))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn welcome(stage: &Stage, house: &House) -> anyhow::Result<()> {
    settled(house).await;
    check_runs(house)?;
    let (page, address) = tokio::try_join!(page(house), listening(house))?;
    eprintln!("\nA session is open in this terminal. Open the chat page in a browser, and write something there:\n");
    println!("{page}\n");
    eprintln!(
        "What arrives is shown here as the model would get it. Type an answer and press Enter: it goes out through"
    );
    eprintln!("the same tools, into the page. /help shows what else can be typed; Ctrl-C ends the demo.\n");
    eprintln!("A second channel takes signed webhooks. Type this in another terminal:\n");
    println!("{}\n", stage.line(address)?);
    Ok(())
}

/// A page of a channel that does not run is waited for in vain.
fn check_runs(house: &House) -> anyhow::Result<()> {
    for (name, entry) in &house.roster.borrow().channels {
        if let Phase::Broken { why } = entry.phase() {
            bail!("{name} can't run: {why}");
        }
    }
    Ok(())
}

async fn page(house: &House) -> anyhow::Result<String> {
    let name: ChannelName = CHAT_NAME.parse()?;
    let mut pages = house.pages.clone();
    let known = pages
        .wait_for(|pages| pages.contains_key(&name))
        .await
        .context("the session ended")?;
    match known.get(&name) {
        Some(Page::At(link)) => Ok(link.url()),
        Some(Page::Failed(why)) => bail!("{why}"),
        None => bail!("no page is served"),
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
