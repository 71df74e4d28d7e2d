//! Where what is built goes: under a name of its own, or in the place of a channel that is there. Keeps the bytes, compiles
//! them, writes them into lockgate.lock, and has the files read again. Nothing is granted here: what asks for more than
//! there is goes the way of every review, at this terminal.

mod ends;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::runtime::Runtime;

use super::source::Build;
use crate::cli::approve::{Assent, Beyond, Candidate, Order, approve, grown, old, watched};
use crate::cli::args::Choices;
use crate::cli::ask::Person;
use crate::cli::files::{Files, Turn};
use crate::cli::interrupt::Interrupt;
use crate::cli::kept;
use crate::cli::print::{Printer, bytes};
use crate::cli::{ExitStatus, review};
use crate::components::{Components, Examined};
use crate::config::dev_network;
use crate::control::{self, Reloaded};
use crate::grant::{Grant, asked};
use crate::journal::Journal;
use crate::limits;
use crate::lockfile::{Pin, RelayPin};
use crate::manifest::Manifest;
use crate::model::{ChannelName, Digest};
use crate::paths::{Home, StateDir};
use crate::sandbox::{Allocation, Sandbox};

pub use ends::{remove, remove_other, restore};

/// Between two looks whether it serves.
const LOOK: Duration = Duration::from_millis(2);

/// As what it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// As a channel that ends with this process.
    OfItsOwn,
    /// As another, with all that one has.
    StandIn,
}

impl Part {
    /// What this pin says was put there last.
    fn placed(self, pin: &Pin) -> Option<Digest> {
        match self {
            Self::OfItsOwn => Some(pin.digest),
            Self::StandIn => pin.dev,
        }
    }

    /// What of a build waits for a word. Of a channel of its own the texts for the model are the developer's, as is the code
    /// that answers it; in another's place they would be read as that one's, which a person was shown.
    fn waits_with(self) -> Beyond {
        match self {
            Self::OfItsOwn => Beyond::Asks,
            Self::StandIn => Beyond::AsksAndWords,
        }
    }
}

/// What became of a build.
#[derive(Debug, PartialEq, Eq)]
pub enum Put {
    /// It serves, and its first call went well, or there is nothing that could come back.
    Live,
    /// It serves; what served before comes back if its first call breaks.
    OnTrial,
    /// It can't begin yet, for this reason, and tries again by itself.
    Unbegun(String),
    /// The very same serves already.
    Same,
    /// Nobody runs the channels.
    Kept,
    /// Something else serves on, for this reason.
    Stale(String),
    /// It asks for this beyond what there is, and was not put anywhere.
    Larger(Vec<String>),
}

/// One place.
pub struct Place {
    name: ChannelName,
    part: Part,
    home: Home,
    state: StateDir,
    components: Components,
    engine: String,
    runtime: Runtime,
    /// Said when nothing is put here any more.
    over: Interrupt,
    /// What was granted is granted for these asks; known when something was put.
    granted: Option<Manifest>,
    /// What was put last.
    last: Option<Digest>,
    /// What was put before that, the oldest first, and is still kept.
    left: VecDeque<Digest>,
}

impl Place {
    /// Makes ready to put builds of this source there.
    ///
    /// # Errors
    /// The state folder can't be used, there is nobody to stand in for, or the name is another channel's.
    pub fn open(name: ChannelName, part: Part, home: &Home) -> anyhow::Result<Self> {
        let files = Files::read(home)?;
        let known = files.config.channels.get(&name);
        match (part, known) {
            (Part::StandIn, None) => return Err(review::unknown(&name)),
            (Part::StandIn, Some(known)) if known.dev => {
                bail!("{name} is under development itself; end that, or name another channel behind --as")
            }
            (Part::OfItsOwn, Some(known)) if !known.dev => {
                bail!(
                    "there is a channel {name} that is not under development; `lockgate remove {name}`, or change `name` in channel.toml"
                )
            }
            _ => {}
        }
        let state = home.open_state(None)?;
        let binary = std::env::current_exe().context("can't find lockgate's own binary")?;
        let components = Components::new(state.clone(), Journal::open(&state.journal())?, binary);
        let engine = Sandbox::new(Allocation::OnDemand)?.fingerprint().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("can't start compiling")?;
        Ok(Self {
            name,
            part,
            home: home.clone(),
            state,
            components,
            engine,
            runtime,
            over: Interrupt::default(),
            granted: None,
            last: None,
            left: VecDeque::new(),
        })
    }

    /// From this word on nothing is put here any more: who ends it takes back what is.
    pub fn until(&mut self, over: Interrupt) {
        self.over = over;
    }

    /// Under which name.
    pub fn name(&self) -> &ChannelName {
        &self.name
    }

    /// Whose files say what it may.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// As what.
    pub fn part(&self) -> Part {
        self.part
    }

    /// The network in which its people are.
    pub fn network(&self) -> String {
        dev_network(&self.name)
    }

    /// Where the owner is asked.
    pub fn state(&self) -> &StateDir {
        &self.state
    }

    /// Puts a build there, unless it asks for more than there is.
    ///
    /// # Errors
    /// The disk, the compiler, or somebody removed the channel meanwhile.
    pub fn put(&mut self, build: &Build, printer: &mut Printer) -> anyhow::Result<Put> {
        let digest = build.examined.digest;
        let files = Files::read(&self.home)?;
        let Some(pin) = files.lock.channels.get(&self.name) else {
            if self.last.is_some() || self.part == Part::StandIn {
                bail!("{} was removed meanwhile; end this, and begin again", self.name);
            }
            return Ok(Put::Larger(vec![format!("all that {} asks for", self.name)]));
        };
        if self.last == Some(digest) && self.part.placed(pin) == self.last {
            return Ok(Put::Same);
        }
        let approved = pin.digest;
        // What another channel may was perhaps reviewed since: it is compared with what is approved now.
        let granted = match (self.part, self.granted.take()) {
            (Part::OfItsOwn, Some(granted)) => granted,
            _ => old(&self.home, pin)?.manifest,
        };
        let more = grown(&granted, &build.examined.manifest, self.part.waits_with());
        self.granted = Some(granted);
        if !more.is_empty() {
            return Ok(Put::Larger(more));
        }
        self.check(&files, &build.examined.manifest)?;
        self.bring(&build.examined, printer)?;
        self.pin(build, &approved, printer)?;
        self.put_last(digest);
        let put = self.tell(digest)?;
        self.discard(printer)?;
        Ok(put)
    }

    fn put_last(&mut self, digest: Digest) {
        self.left.extend(self.last.replace(digest));
    }

    /// Each build is kept and compiled, some megabytes each: the last few stay, for who takes a change back.
    fn discard(&mut self, printer: &mut Printer) -> anyhow::Result<()> {
        let turn = Turn::take(&self.home, printer)?;
        let lock = Files::read(&self.home)?.lock;
        while self.left.len() > limits::DEV_BUILDS
            && let Some(digest) = self.left.pop_front()
        {
            let is_again = self.last == Some(digest) || self.left.contains(&digest);
            if !is_again && !lock.names(&digest) {
                self.components.discard(&digest, &self.engine)?;
            }
        }
        drop(turn);
        Ok(())
    }

    /// Gives a build what it asks for, after a yes, and puts it there.
    ///
    /// # Errors
    /// As a review.
    pub fn give(&mut self, build: &Build, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
        if self.part == Part::StandIn {
            let name = &self.name;
            bail!(
                "what is given to {name} stays given, so only its own review gives it: add or review what asks for it as {name}"
            );
        }
        let manifest = &build.examined.manifest;
        let choices = Choices {
            secrets: kept::again(&self.name, &build.stand(), manifest, &self.home)?,
            network: Some(self.network()),
            dev: true,
            ..Choices::default()
        };
        let order = Order {
            choices: &choices,
            assent: Assent::Asked,
            question: format!("Give it that as {}, for whatever is built here from now on?", self.name),
            confirming: Vec::new(),
        };
        let candidate = Candidate {
            name: self.name.clone(),
            origin: build.origin.clone(),
            file: build.file,
            examined: build.examined.clone(),
        };
        let status = approve(order, candidate, &self.home, printer, Person::here())?;
        if status == ExitStatus::Success {
            self.granted = Some(build.examined.manifest.clone());
            self.put_last(build.examined.digest);
            self.keep(build)?;
        }
        Ok(status)
    }

    /// At once, so that whoever comes after a loop that was killed knows whose it is.
    fn keep(&self, build: &Build) -> anyhow::Result<()> {
        match Files::read(&self.home)?.config.channels.get(&self.name) {
            Some(config) => kept::keep(
                &self.name,
                config,
                build.folder.clone(),
                &Journal::open(&self.state.journal())?,
            ),
            None => Ok(()),
        }
    }

    /// Whether it can run with what there is.
    fn check(&self, files: &Files, manifest: &Manifest) -> anyhow::Result<()> {
        let config = files.config.channels.get(&self.name);
        let config = config.with_context(|| format!("{} was removed meanwhile", self.name))?;
        Grant::compute(&self.name, manifest, &asked(config, manifest), RelayPin::Absent)?;
        Ok(())
    }

    fn bring(&self, examined: &Examined, printer: &mut Printer) -> anyhow::Result<()> {
        std::thread::scope(|scope| {
            // The disk takes the bytes while the compiler has them: nothing names them before both are done.
            let kept = scope.spawn(|| self.components.keep(examined));
            let compiled = self.compile(examined, printer);
            match kept.join() {
                Ok(kept) => kept?,
                Err(panic) => std::panic::resume_unwind(panic),
            }
            compiled
        })
    }

    fn compile(&self, examined: &Examined, printer: &mut Printer) -> anyhow::Result<()> {
        if !self.components.is_compiled(&examined.digest, &self.engine)? {
            let what = format!("compiling {}", bytes(examined.bytes.len() as u64));
            self.runtime
                .block_on(watched(self.components.compile(examined, &self.engine), &what, printer))?;
        }
        Ok(())
    }

    /// `compared`: what was approved for another's place when the build was compared with it.
    fn pin(&self, build: &Build, compared: &Digest, printer: &mut Printer) -> anyhow::Result<()> {
        let turn = Turn::take(&self.home, printer)?;
        // Whoever said so takes a turn after that, and takes back what stands there then.
        if self.over.is_set() {
            bail!("this loop is over, so nothing more was put in its place");
        }
        let files = Files::read(&self.home)?;
        let mut lock = files.lock.clone();
        let Some(pin) = lock.channels.get_mut(&self.name) else {
            bail!("{} was removed meanwhile; end this, and begin again", self.name);
        };
        let (digest, about) = (build.examined.digest, &build.examined.manifest.about);
        match self.part {
            Part::StandIn if pin.digest != *compared => {
                let name = &self.name;
                bail!("{name} was reviewed meanwhile; type /build to have this compared with what is approved now")
            }
            Part::StandIn => pin.dev = Some(digest),
            Part::OfItsOwn => {
                (pin.digest, pin.file) = (digest, build.file);
                pin.name.clone_from(&about.name);
                pin.version.clone_from(&about.version);
            }
        }
        turn.write_lock(&self.home, &files, &lock)
    }

    /// Has the files read again, and waits until it is known what serves.
    fn tell(&self, digest: Digest) -> anyhow::Result<Put> {
        if control::reload(&self.state)? == Reloaded::NobodyRuns {
            return Ok(Put::Kept);
        }
        let end = Instant::now() + limits::DEV_PATIENCE;
        while Instant::now() < end {
            let Some(report) = control::status(&self.state)? else {
                return Ok(Put::Kept);
            };
            let channel = report
                .channels
                .into_iter()
                .find(|channel| channel.name == self.name.as_str());
            let Some(channel) = channel else {
                bail!("{} was removed meanwhile; end this, and begin again", self.name);
            };
            match channel.phase.as_str() {
                "stale" | "broken" => return Ok(Put::Stale(channel.detail.unwrap_or_default())),
                "compiling" => {}
                _ if channel.digest != Some(digest) => {}
                "starting" => {
                    if let Some(why) = channel.detail {
                        return Ok(Put::Unbegun(why));
                    }
                }
                _ if channel.on_trial => return Ok(Put::OnTrial),
                _ => return Ok(Put::Live),
            }
            std::thread::sleep(LOOK);
        }
        Ok(Put::Stale(
            "it was not ready in time; `lockgate status` may say more".to_owned(),
        ))
    }
}
