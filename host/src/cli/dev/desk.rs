//! The loop: a change is built, and what is built is put where it belongs, or waits for the person's word. It decides
//! nothing that is granted, and waits for no build.

mod trying;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use notify::RecommendedWatcher;

use super::early::{Idle, Keys};
use super::place::{Part, Place, Put};
use super::show::Lines;
use super::source::{Build, Source};
use super::typed::{HELP, Typed};
use super::work::{Next, Work};
use super::worker::{self, Done, Screen};
use super::{Begun, News, watch};
use crate::cli::ExitStatus;
use crate::cli::interrupt::Interrupt;
use crate::cli::print::Printer;
use crate::model::ChannelName;
use crate::paths::{Home, StateDir};
use crate::supervisor::describe;
use trying::Newest;

/// How a loop is ended from outside: whether it has to, and whether it is worth while to wait for it.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Said when it is over.
    pub over: Interrupt,
    /// Who reads the terminal before something runs.
    pub keys: Keys,
    asks: Arc<AtomicBool>,
}

impl Course {
    /// Of a loop that this ends.
    pub fn new(over: Interrupt) -> Self {
        let (keys, asks) = (Keys::default(), Arc::default());
        Self { over, keys, asks }
    }

    /// Whether it waits for the person's answer, who may never give one.
    pub fn asks(&self) -> bool {
        self.asks.load(Ordering::SeqCst)
    }
}

/// What is developed, and where it goes.
pub struct Desk {
    name: ChannelName,
    network: String,
    home: Home,
    state: StateDir,
    /// What of the running channel was shown.
    lines: Lines,
    newest: Newest,
    /// Who was told last how he would be heard.
    hinted: Option<String>,
    source: Source,
    place: Arc<Mutex<Place>>,
    course: Course,
    work: Work,
    worker: Option<JoinHandle<()>>,
    /// When the first change came that no build has seen yet, or that the one that runs sees.
    since: Option<Instant>,
    /// Asks for more than there is.
    waiting: Option<Build>,
    /// Who waits until something runs.
    begun: Option<Sender<Begun>>,
    /// What became of the last build before that.
    idle: Idle,
    watcher: RecommendedWatcher,
    tell: Sender<News>,
}

impl Desk {
    /// Nothing was built yet; from now on, changes are told.
    ///
    /// # Errors
    /// The system watches no more.
    pub fn new(
        source: Source,
        place: Place,
        course: Course,
        tell: Sender<News>,
        begun: Sender<Begun>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            name: place.name().clone(),
            network: place.network(),
            home: place.home().clone(),
            lines: Lines::default(),
            newest: Newest::None,
            hinted: None,
            state: place.state().clone(),
            watcher: source.watch(tell.clone())?,
            source,
            place: Arc::new(Mutex::new(place)),
            course,
            work: Work::Idle,
            worker: None,
            since: None,
            waiting: None,
            begun: Some(begun),
            idle: Idle::Builds,
            tell,
        })
    }

    /// Builds, and goes on until it is over; then nothing is put anywhere any more.
    pub fn converse(mut self, news: &Receiver<News>, printer: &mut Printer) {
        self.want(None, printer);
        while let Ok(first) = news.recv() {
            let mut all = vec![first];
            while let Some(one) = all.pop() {
                if self.course.over.is_set() {
                    return self.leave();
                }
                self.take(one, news, &mut all, printer);
            }
        }
    }

    /// The tool that runs is ended by the same word.
    fn leave(self) {
        if let Some(worker) = self.worker {
            // It tells of its own panics.
            let _ = worker.join();
        }
    }

    fn take(&mut self, one: News, news: &Receiver<News>, all: &mut Vec<News>, printer: &mut Printer) {
        match one {
            News::Changed(step) => {
                let since = Instant::now();
                if self.work == Work::Idle {
                    all.extend(watch::settle(step, news).into_iter().rev());
                }
                self.want(Some(since), printer);
            }
            News::Built(done) => self.built(done.map(|done| *done), printer),
            News::Typed(line, done) => {
                self.typed(&line, printer);
                let _ = done.send(());
            }
            News::Seen(seen, place) => {
                self.lines.of(&seen).iter().for_each(|line| printer.say(line));
                drop(place);
            }
            News::Over => {}
        }
    }

    /// A build that sees all that was saved before now: at once, or after the one that runs.
    fn want(&mut self, since: Option<Instant>, printer: &mut Printer) {
        let (work, next) = self.work.wanted();
        self.work = work;
        match next {
            Next::Build => {
                self.since = since;
                self.begin(printer);
            }
            Next::Wait => {}
        }
    }

    /// Folders may have come, or have been put there anew: what is in them is looked at from now on, too.
    fn begin(&mut self, printer: &mut Printer) {
        if let Err(error) = self.source.look_at_all(&mut self.watcher) {
            printer.error(&describe(error.as_ref()));
        }
        let screen = match self.begun {
            Some(_) => Screen::Ours,
            None => Screen::Shared,
        };
        self.worker = Some(worker::begin(worker::Order {
            source: self.source.clone(),
            place: Arc::clone(&self.place),
            interrupt: self.course.over.clone(),
            screen,
            tell: self.tell.clone(),
        }));
    }

    /// Shows what came of a build. Nobody is asked about one that is out of date already.
    fn built(&mut self, done: anyhow::Result<Done>, printer: &mut Printer) {
        let since = self.since.take();
        let (work, next) = self.work.ended();
        self.work = work;
        match self.begun.take() {
            None => self.again(done, since, printer),
            Some(begun) => self.first(done, begun, next, printer),
        }
        if next == Next::Build {
            self.since = Some(Instant::now());
            self.begin(printer);
        }
    }

    /// Before something runs. What a new channel asks for is asked at once.
    fn first(&mut self, done: anyhow::Result<Done>, begun: Sender<Begun>, next: Next, printer: &mut Printer) {
        self.waiting = None;
        let runs = match done {
            Ok(Done {
                put: Put::Larger(_), ..
            }) if next == Next::Build => Ok(ExitStatus::Refused),
            Ok(Done {
                put: Put::Larger(more),
                build,
            }) => {
                // What is asked for is shown with the question; nobody asks for another channel, so here it is said why not.
                let is_sent_away = self.place().part() == Part::StandIn;
                let shown = more.iter().filter(|_| is_sent_away);
                shown.for_each(|more| printer.say(&format!("  + {more}")));
                self.idle = Idle::Refused;
                let given = self.give(&build, printer);
                self.waiting = Some(build);
                given
            }
            Ok(Done { put, build }) => {
                self.newest = Newest::Put(build.examined.digest);
                self.say(&put, None, printer);
                Ok(ExitStatus::Success)
            }
            Err(error) => {
                self.idle = Idle::Failed;
                printer.error(&describe(error.as_ref()));
                Ok(ExitStatus::Failed)
            }
        };
        match runs {
            Ok(ExitStatus::Success) => {
                self.waiting = None;
                let _ = begun.send(Begun::Runs);
            }
            Ok(_) => {
                self.begun = Some(begun);
                if next == Next::Wait {
                    printer.say("nothing runs yet; it is built again, and you are asked again, when a source is saved; Ctrl-C ends");
                }
            }
            Err(error) => drop(begun.send(Begun::Failed(error))),
        }
    }

    /// While something runs; the code before runs on if this can't.
    fn again(&mut self, done: anyhow::Result<Done>, since: Option<Instant>, printer: &mut Printer) {
        match done {
            Ok(Done { put, build }) => {
                let waits = self.waiting.as_ref().map(|waiting| waiting.examined.digest);
                // A file is often written twice.
                if !matches!(put, Put::Larger(_)) || waits != Some(build.examined.digest) {
                    self.say(&put, since, printer);
                }
                self.newest = match put {
                    Put::Larger(_) => Newest::Waits,
                    _ => Newest::Put(build.examined.digest),
                };
                self.waiting = matches!(put, Put::Larger(_)).then_some(build);
            }
            Err(error) => {
                self.newest = Newest::Failed;
                printer.error(&describe(error.as_ref()));
                printer.say("the code from before runs on");
            }
        }
    }

    fn say(&mut self, put: &Put, since: Option<Instant>, printer: &mut Printer) {
        let (name, lines) = (&self.name, &mut self.lines);
        let took = since.map(|since| format!(" after {} ms", since.elapsed().as_millis()));
        let took = took.unwrap_or_default();
        match put {
            Put::Live => printer.say(&format!("{name}: serves{took}")),
            Put::OnTrial => printer.say(&format!(
                "{name}: serves{took}; its first call decides whether it stays"
            )),
            Put::Unbegun(why) => printer.warn(&format!(
                "{name}: its start failed, and is tried again: {}",
                lines.stale(why)
            )),
            Put::Same => printer.say(&format!("{name}: nothing is other than before")),
            Put::Kept => printer.say(&format!("{name}: ready, and nobody runs the channels")),
            Put::Stale(why) => printer.warn(&format!("{name}: the code from before runs on: {}", lines.stale(why))),
            Put::Larger(more) => {
                printer.warn(&format!(
                    "{name}: it asks for more than it was given, so the code from before runs on; type /accept, or take it out of channel.toml:"
                ));
                more.iter().for_each(|more| printer.say(&format!("  + {more}")));
            }
        }
    }

    fn typed(&mut self, line: &str, printer: &mut Printer) {
        match Typed::read(line) {
            Typed::Accept => self.accept(printer),
            Typed::Build => {
                if self.work != Work::Idle {
                    printer.say("a build runs; one more follows it");
                }
                self.want(Some(Instant::now()), printer);
            }
            Typed::Try(_) | Typed::Unknown | Typed::Text if self.begun.is_some() => printer.say(&self.idle().answer()),
            Typed::Try(what) => self.rehearse(what, printer),
            Typed::Help => HELP.lines().for_each(|line| printer.say(line)),
            Typed::Lacking(how) => printer.say(&format!("something is missing; type {how}")),
            Typed::Unknown => printer.say(&format!("no such command: {line}; /help shows what can be typed")),
            Typed::Text => {
                printer.say("the session is another process's, which answers; /as ID TEXT sends the channel a message")
            }
        }
    }

    /// Nobody says yes to what another build is about to replace.
    fn accept(&mut self, printer: &mut Printer) {
        if self.work != Work::Idle {
            return printer.say("a build runs; type /accept again when it has ended");
        }
        let Some(build) = self.waiting.take() else {
            return printer.say("nothing waits for your word");
        };
        match self.give(&build, printer) {
            Ok(ExitStatus::Success) => {
                let begun = self.begun.take();
                begun.into_iter().for_each(|begun| drop(begun.send(Begun::Runs)));
            }
            Ok(_) => self.waiting = Some(build),
            Err(error) => {
                self.waiting = Some(build);
                printer.error(&describe(error.as_ref()));
            }
        }
    }

    fn idle(&self) -> Idle {
        match self.work {
            Work::Idle => self.idle,
            Work::Building | Work::Again => Idle::Builds,
        }
    }

    fn give(&mut self, build: &Build, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
        self.course.asks.store(true, Ordering::SeqCst);
        self.course.keys.settle();
        let given = self.place().give(build, printer);
        self.course.asks.store(false, Ordering::SeqCst);
        if matches!(given, Ok(ExitStatus::Success)) {
            self.newest = Newest::Put(build.examined.digest);
        }
        given
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
