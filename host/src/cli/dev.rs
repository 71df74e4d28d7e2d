//! `lockgate dev`: looks at a project, and has what is built run at once: in the process that runs the channels, or, if none
//! does, in a session in this terminal. The channel is one of its own, with its own network, or stands in another's place;
//! both end with this process. What asks for more than was granted waits for a word of the person's.

mod desk;
mod early;
mod place;
mod show;
mod source;
mod typed;
mod watch;
mod work;
mod worker;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use tokio::sync::oneshot;

use super::args::DevArgs;
use super::ask::{Hands, typed as command_line};
use super::interrupt::{Ending, Interrupt};
use super::play::play_with;
use super::print::Printer;
use super::terminal::Commands;
use super::{ExitStatus, Refusal};
use crate::model::{ChannelName, Seen};
use crate::paths::{DevLock, Home, StateDir};
use crate::workshop::FolderId;
use desk::{Course, Desk};
use place::{Part, Place};
use show::Events;
use source::Source;
use watch::Step;
use worker::Done;

/// How long a loop has to end what it is at. Whatever it has not put in its place by then it never will.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether it asks somebody.
const LOOK: Duration = Duration::from_millis(50);

/// What the loop is told.
enum News {
    /// Something that it looks at is another one.
    Changed(Step),
    /// A build has ended.
    Built(anyhow::Result<Box<Done>>),
    /// A line that begins with `/`; it may read the terminal before it answers.
    Typed(String, oneshot::Sender<()>),
    /// A line of the running channel's, and its place among those that wait.
    Seen(Seen, Arc<()>),
    /// It is over.
    Over,
}

/// What became of the first builds.
enum Begun {
    /// Something runs.
    Runs,
    /// Nothing can.
    Failed(anyhow::Error),
    /// The person ended it before.
    Over,
}

/// Builds, places and shows until the person ends it.
///
/// # Errors
/// There is no terminal, nothing that can be built, or the channel is developed elsewhere.
pub(super) fn run(args: &DevArgs, home: Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    if let (Some(name), false) = (&args.stand_in, args.trust) {
        let text = format!(
            "--as {name} lets each build use the store, the secrets and the network of {name} at once, without your review; \
             if you mean that, add --trust: {} --trust",
            command_line()
        );
        return Err(Refusal(text).into());
    }
    // What is built runs without a review, so somebody has to be there.
    if !Hands::are_at_own_terminal() {
        let text = format!(
            "what is built runs without a review; type it at your own terminal: {}",
            command_line()
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
    // A loop that was killed has left what it ran, and under our lock it would run again.
    let place = Place::open(name.clone(), part, &home)?;
    match part {
        Part::StandIn => place::restore(&name, &home, printer)?,
        Part::OfItsOwn => place::remove_other(&name, &source.stand()?, &home, printer)?,
    }
    let began = (source.clone(), source.folder());
    let ended = develop(source, place, &home, printer);
    end(lock, part, &name, began, (&home, printer))?;
    ended
}

/// The loop, on a thread of its own; it has ended, or can put nothing anywhere any more, when this returns.
fn develop(source: Source, mut place: Place, home: &Home, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let ((tell, news), (begin, begun)) = (mpsc::channel(), mpsc::channel());
    let (wake, early, broke) = (tell.clone(), begin.clone(), begin.clone());
    // Not by its default: a tool has a group of its own, which Ctrl-C does not reach, and what was put somewhere is taken back.
    let course = Course::new(Interrupt::listen(move || {
        let _ = (wake.send(News::Over), early.send(Begun::Over));
    })?);
    place.until(course.over.clone());
    let (name, state) = (place.name().clone(), place.state().clone());
    let desk = Desk::new(source, place, course.clone(), tell.clone(), begin)?;
    let (over, ended) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let talk = move || desk.converse(&news, &mut Printer::of_process());
        if std::thread::scope(|scope| scope.spawn(talk).join()).is_err() {
            let _ = broke.send(Begun::Failed(anyhow!("the loop broke off; please report this")));
        }
        drop(over);
    });
    let played = match early::wait(&begun, &course, &tell) {
        Begun::Runs => converse(&name, &state, &tell, home, printer),
        Begun::Failed(error) => Err(error),
        Begun::Over => Ok(ExitStatus::Success),
    };
    course.over.set();
    let _ = tell.send(News::Over);
    wait(&course, &ended);
    played
}

/// Until the loop has ended; not for an answer of somebody who has just ended it.
fn wait(course: &Course, ended: &Receiver<()>) {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && !course.asks() && ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {}
}

/// Shows what runs, and reads what is typed, until the person ends it.
fn converse(
    name: &ChannelName,
    state: &StateDir,
    tell: &Sender<News>,
    home: &Home,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let typed = tell.clone();
    let commands = Commands::new(name, move |line, done| drop(typed.send(News::Typed(line, done))));
    let Some(owner) = state.owner() else {
        printer.say("a session is open in this terminal; /help shows what can be typed, Ctrl-C ends");
        show::follow(state.clone(), name.clone(), Events::ShownByTheSession, tell.clone());
        let variables = Arc::new(|name: &str| std::env::var(name).ok());
        return play_with(home.clone(), variables, commands, async |_| Ok(()));
    };
    printer.say(&format!(
        "{name} runs in process {}, which serves its session; /help shows what can be typed, Ctrl-C ends",
        owner.pid
    ));
    show::follow(state.clone(), name.clone(), Events::Shown, tell.clone());
    beside(commands)
}

/// Until a signal comes, or the person ends it; another process serves the session meanwhile.
fn beside(commands: Commands) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let mut ending = Ending::listen()?;
        tokio::select! {
            ended = commands.alone() => ended,
            () = ending.comes() => Ok(()),
        }
    });
    // A thread that reads the terminal is left behind: the process ends here.
    runtime.shutdown_background();
    ended.map(|()| ExitStatus::Success)
}

/// What was there before is there again. The lock is held until then: without it nothing of this runs, even if this fails.
/// What was given to a project that began in another folder than stands there now is kept for neither.
fn end(
    lock: DevLock,
    part: Part,
    name: &ChannelName,
    (source, began): (Source, Option<FolderId>),
    (home, printer): (&Home, &mut Printer),
) -> anyhow::Result<()> {
    let folder = began.filter(|began| source.folder().as_ref() == Some(began));
    let ended = match part {
        Part::StandIn => place::restore(name, home, printer),
        Part::OfItsOwn => place::remove(name, folder, home, printer),
    };
    drop(lock);
    ended
}
