//! `lockgate dev`: looks at a project, and has what is built run at once: in the process that runs the channels, or, if none
//! does, in a session in this terminal. The channel is one of its own, with its own network, or stands in another's place;
//! both end with this process. What asks for more than was granted waits for a word of the person's.

mod desk;
mod place;
mod show;
mod source;
mod watch;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::args::DevArgs;
use super::ask::{Hands, typed};
use super::play::play_with;
use super::print::Printer;
use super::terminal::Commands;
use super::{ExitStatus, Refusal};
use crate::model::{ChannelName, Seen};
use crate::paths::{DevLock, Home};
use desk::Desk;
use place::{Part, Place};
use source::Source;
use watch::Step;

/// What the loop is told.
enum News {
    /// Something that it looks at is another one.
    Changed(Step),
    /// A line that begins with `/`; it may read the terminal before it answers.
    Typed(String, oneshot::Sender<()>),
    /// A line of the running channel's, and its place among those that wait.
    Seen(Seen, Arc<()>),
}

/// Builds, places and shows until the person ends it.
///
/// # Errors
/// There is no terminal, nothing that can be built, or the channel is developed elsewhere.
pub(super) fn run(args: &DevArgs, home: Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    // What is built runs without a review, so somebody has to be there.
    if !Hands::are_at_own_terminal() {
        let text = format!(
            "what is built runs without a review; type it at your own terminal: {}",
            typed()
        );
        return Err(Refusal(text).into());
    }
    let source = Source::open(&args.path)?;
    let (part, name) = match &args.stand_in {
        Some(name) => (Part::StandIn, name.clone()),
        None => (Part::OfItsOwn, source.channel()?),
    };
    let state = home.open_state(None)?;
    let Some(lock) = state.develop(&name)? else {
        bail!("another `lockgate dev` runs for {name}; end that one first");
    };
    let place = Place::open(name.clone(), part, &home)?;
    // A loop that was killed has left what it ran, and under our lock it would run again.
    match part {
        Part::StandIn => place::restore(&name, &home, printer)?,
        Part::OfItsOwn => place::remove_other(&name, &source.origin()?, &home, printer)?,
    }
    let ended = develop(Desk::new(source, place), &home, printer);
    end(lock, part, &name, &home, printer)?;
    ended
}

fn develop(mut desk: Desk, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let (tell, news) = mpsc::channel();
    desk.watch(tell.clone())?;
    // Nothing can be shown before there is something that runs.
    while !desk.begin(printer)? {
        printer
            .say("nothing runs yet; it is built again, and you are asked again, when a source is saved; Ctrl-C ends");
        let step = wait_for_change(&news)?;
        watch::settle(step, &news);
    }
    let (name, state) = (desk.name().clone(), home.open_state(None)?);
    show::follow(state.clone(), name.clone(), tell.clone());
    let commands = Commands::new(move |line, done| drop(tell.send(News::Typed(line, done))));
    std::thread::spawn(move || desk.converse(&news, &mut Printer::of_process()));
    let Some(owner) = state.owner() else {
        printer.say("a session is open in this terminal; /help shows what can be typed, Ctrl-C ends");
        let variables = Arc::new(|name: &str| std::env::var(name).ok());
        return play_with(home.clone(), variables, commands, async |_| Ok(()));
    };
    printer.say(&format!(
        "{name} runs in process {}, which serves its session; /help shows what can be typed, Ctrl-C ends",
        owner.pid
    ));
    beside(commands)
}

fn wait_for_change(news: &Receiver<News>) -> anyhow::Result<Step> {
    loop {
        if let News::Changed(step) = news.recv().context("nothing is looked at any more")? {
            return Ok(step);
        }
    }
}

/// Until a signal comes, or the person ends it; another process serves the session meanwhile.
fn beside(commands: Commands) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).context("can't watch for SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("can't watch for SIGTERM")?;
        tokio::select! {
            ended = commands.alone() => ended,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    });
    // A thread that reads the terminal is left behind: the process ends here.
    runtime.shutdown_background();
    ended.map(|()| ExitStatus::Success)
}

/// What was there before is there again. The lock is held until then: without it nothing of this runs, even if this fails.
fn end(lock: DevLock, part: Part, name: &ChannelName, home: &Home, printer: &mut Printer) -> anyhow::Result<()> {
    let ended = match part {
        Part::StandIn => place::restore(name, home, printer),
        Part::OfItsOwn => place::remove(name, home, printer),
    };
    drop(lock);
    ended
}
