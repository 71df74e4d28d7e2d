//! The life of one channel: the code that serves, the one that is made ready beside it, and the one that comes back if its
//! successor breaks in its first call. What is to be done is decided in [`plan`](super::plan()); here it is done.
//!
//! ```text
//!  other bytes ──► bring aside ──► seat, `start` ──► swap ──► first call ──well──► the code before is let go
//!                      │               │                          │
//!                      └───────────────┴── can't serve ── broke ──┴──► the code before serves on: `stale`
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::AbortHandle;

use super::{Entry, FIRST_CALL, Replacement, Spec, Stage, Stale, Supervisor, look, replacement};
use crate::channel::{Channel, Lasting, Phase, Seat, Tried};
use crate::model::{ChannelName, TOLD, UnixMillis};

/// One channel since it was last started.
pub(super) struct Life {
    /// What serves, or is made ready to.
    serving: Code,
    /// What is to take its place.
    aside: Option<Code>,
    /// What takes it back if `serving` breaks in its first call.
    before: Option<Code>,
}

/// One component under one spec.
struct Code {
    number: u64,
    spec: Spec,
    channel: Option<Arc<Channel>>,
    tasks: Vec<AbortHandle>,
}

impl Code {
    fn new(number: u64, spec: &Spec) -> Self {
        Self {
            number,
            spec: spec.clone(),
            channel: None,
            tasks: Vec::new(),
        }
    }

    /// Its calls in flight are their callers' to end; what it does by itself ends here.
    fn rest(&mut self) {
        if let Some(channel) = &self.channel {
            channel.rest();
        }
        self.tasks.drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.rest();
    }
}

impl Life {
    fn code(&mut self, number: u64) -> Option<&mut Code> {
        let codes = [Some(&mut self.serving), self.aside.as_mut(), self.before.as_mut()];
        codes.into_iter().flatten().find(|code| code.number == number)
    }

    /// The code that serves, and whether there is one that would take its place back; none while the next one's `start` runs,
    /// because nobody has the websockets then.
    pub(super) fn seated(&self) -> Option<(Arc<Channel>, bool)> {
        if self.aside.as_ref().is_some_and(|aside| aside.channel.is_some()) {
            return None;
        }
        let channel = self.serving.channel.clone()?;
        Some((channel, self.before.is_some()))
    }

    /// The code that serves so well that it may go on while another is made ready.
    fn sound(&self) -> Option<(&Spec, &Arc<Channel>)> {
        let channel = self.serving.channel.as_ref().filter(|channel| channel.serves())?;
        Some((&self.serving.spec, channel))
    }
}

/// What a task says when it ends, and of which code it was.
pub(super) struct Report {
    name: ChannelName,
    code: u64,
    event: Event,
}

/// What happened.
enum Event {
    /// It can be called.
    Brought(Arc<Channel>),
    /// What is aside has begun, and takes the place.
    SteppedIn,
    /// It can't be brought.
    Failed(String),
    /// What is aside broke when it began.
    Broke(String),
    Tried(Tried),
    Noted(Option<String>),
    Ended,
}

/// When what could not take the place is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// When the files are read again: what kept it may be the disk.
    WithTheFiles,
    /// Not these bytes: they had their try, and each one more is another row of faults.
    WithOtherBytes,
}

impl Supervisor {
    pub(super) fn start(&mut self, name: &ChannelName, wanted: &BTreeMap<ChannelName, Spec>) {
        let Some(spec) = wanted.get(name) else { return };
        self.born += 1;
        let life = Life {
            serving: Code::new(self.born, spec),
            aside: None,
            before: None,
        };
        self.lives.insert(name.clone(), life);
        self.publish(|roster| {
            let entry = Entry {
                standing: spec.standing.clone(),
                rate: spec.config.rate,
                ..Entry::waiting(Phase::Compiling)
            };
            roster.channels.insert(name.clone(), entry);
        });
        let lasting = Lasting::new(self.sockets_of(name, spec.pin.instance));
        self.bring(name, self.born, spec, lasting);
        self.note(name, self.born, spec);
    }

    fn bring(&mut self, name: &ChannelName, code: u64, spec: &Spec, lasting: Arc<Lasting>) {
        let (environment, mine, named) = (self.environment.clone(), spec.clone(), name.clone());
        self.spawn(name, code, async move {
            match environment.bring(&named, &mine, lasting).await {
                Ok(channel) => Event::Brought(channel),
                Err(why) => Event::Failed(why),
            }
        });
    }

    /// What the operator named is looked at, and compared with what was approved; never in the way of a start.
    fn note(&mut self, name: &ChannelName, code: u64, spec: &Spec) {
        let (spec, named, home) = (spec.clone(), name.clone(), self.environment.home.clone());
        self.spawn(name, code, async move {
            Event::Noted(
                tokio::task::spawn_blocking(move || look::note_at_start(&named, &spec, &home.off_limits()))
                    .await
                    .unwrap_or_default(),
            )
        });
    }

    /// Does what the wanted spec makes of the code that serves.
    pub(super) fn replace(&mut self, name: &ChannelName, spec: &Spec, wanted: &BTreeMap<ChannelName, Spec>) {
        let Some(life) = self.lives.get(name) else { return };
        let (serving, last) = (&life.serving.spec, self.specs.get(name));
        let is_alike = self.policy.judge(&serving.pin.digest) == self.policy.judge(&spec.pin.digest);
        let sound = life.sound().filter(|_| is_alike).map(|(spec, _)| spec);
        match replacement(serving, sound, last, spec) {
            Replacement::Nothing => {}
            Replacement::Keep => self.keep(name),
            Replacement::Aside => self.set_aside(name, spec),
            Replacement::Anew => {
                self.stop(name);
                self.start(name, wanted);
            }
        }
    }

    /// What serves is what is wanted, again.
    fn keep(&mut self, name: &ChannelName) {
        let Some(life) = self.lives.get_mut(name) else { return };
        if life.aside.take().is_some() {
            self.seat_serving(name);
        }
        let is_stale = |entry: &Entry| entry.stale.is_some();
        if self.roster.borrow().channels.get(name).is_some_and(is_stale) {
            self.set(name, |entry| entry.stale = None);
        }
    }

    /// Makes other bytes ready while those that serve go on. What was being made ready before is let go.
    fn set_aside(&mut self, name: &ChannelName, spec: &Spec) {
        self.born += 1;
        let Some(life) = self.lives.get_mut(name) else { return };
        let Some(channel) = life.serving.channel.clone() else {
            return;
        };
        life.aside = Some(Code::new(self.born, spec));
        // Why others could not serve is no word about these.
        self.set(name, |entry| entry.stale = None);
        self.seat_serving(name);
        self.bring(name, self.born, spec, channel.lasting());
    }

    pub(super) fn stop(&mut self, name: &ChannelName) {
        self.lives.remove(name);
        self.seat(name, Seat::Empty);
        self.publish(|roster| {
            roster.channels.remove(name);
        });
    }

    fn spawn(&mut self, name: &ChannelName, code: u64, work: impl Future<Output = Event> + Send + 'static) {
        let Some(of) = self.lives.get_mut(name).and_then(|life| life.code(code)) else {
            return;
        };
        let name = name.clone();
        let task = self.tasks.spawn(async move {
            let event = work.await;
            Report { name, code, event }
        });
        of.tasks.push(task);
    }

    pub(super) fn take(&mut self, Report { name, code, event }: Report) {
        // A task that ended just before its code was let go speaks of what is no more.
        let Some(life) = self.lives.get_mut(&name) else { return };
        let (is_serving, is_aside) = (
            life.serving.number == code,
            life.aside.as_ref().is_some_and(|aside| aside.number == code),
        );
        match event {
            Event::Brought(channel) if is_serving => self.begin(&name, channel),
            Event::Brought(channel) if is_aside => self.step_in(&name, channel),
            Event::SteppedIn if is_aside => self.swap(&name),
            Event::Failed(why) if is_serving => {
                tracing::error!(target: TOLD, channel = %name, why, "the channel can't run");
                // Nobody knows until when: what is open would be kept up under a grant that holds no more.
                self.seat(&name, Seat::Shut);
                self.set(&name, |entry| entry.stage = Stage::Waiting(Phase::Broken { why }));
            }
            Event::Failed(why) if is_aside => self.stay(&name, why, Again::WithTheFiles),
            Event::Broke(why) if is_aside => self.stay(&name, why, Again::WithOtherBytes),
            Event::Tried(Tried::Well) if is_serving => self.settle(&name),
            Event::Tried(Tried::Broke(why)) if is_serving => self.roll_back(&name, why),
            Event::Noted(note) if is_serving => self.set(&name, |entry| entry.note = note),
            // A channel that only has hooks: nothing of its own is left to do, and the doors go on calling it.
            _ => {}
        }
    }

    fn begin(&mut self, name: &ChannelName, channel: Arc<Channel>) {
        let Some(life) = self.lives.get_mut(name) else { return };
        let code = life.serving.number;
        life.serving.channel = Some(Arc::clone(&channel));
        self.seat_serving(name);
        self.live(name, code, Arc::clone(&channel));
        self.set(name, |entry| entry.stage = Stage::Running(channel));
    }

    fn live(&mut self, name: &ChannelName, code: u64, channel: Arc<Channel>) {
        self.spawn(name, code, async move {
            channel.live().await;
            Event::Ended
        });
    }

    /// What `start` asks for is done under the new grant, if that comes to hold: nobody has the websockets until it ends, so
    /// that none goes out under either, and none is closed that the code before may go on with.
    fn step_in(&mut self, name: &ChannelName, channel: Arc<Channel>) {
        let Some(aside) = self.lives.get_mut(name).and_then(|life| life.aside.as_mut()) else {
            return;
        };
        let code = aside.number;
        aside.channel = Some(Arc::clone(&channel));
        self.seat(name, Seat::Empty);
        self.spawn(name, code, async move {
            match channel.step_in().await {
                Ok(()) => Event::SteppedIn,
                Err(why) => Event::Broke(format!("{FIRST_CALL}{why}")),
            }
        });
    }

    /// The next call runs the new code. A look for news in flight is dropped, and all that it brought with it; it is made
    /// again where the last one ended.
    fn swap(&mut self, name: &ChannelName) {
        let Some(life) = self.lives.get_mut(name) else { return };
        let Some(aside) = life.aside.take() else { return };
        let (code, spec) = (aside.number, aside.spec.clone());
        let Some(channel) = aside.channel.clone() else { return };
        let mut left = std::mem::replace(&mut life.serving, aside);
        left.rest();
        // One that was never tried is nothing to go back to; the one before it may be.
        match life.before {
            None => life.before = Some(left),
            Some(_) => self.let_go(&left),
        }
        self.seat_serving(name);
        self.live(name, code, Arc::clone(&channel));
        let tried = Arc::clone(&channel);
        self.spawn(name, code, async move { Event::Tried(tried.tried().await) });
        self.note(name, code, &spec);
        tracing::info!(channel = %name, digest = %spec.pin.digest, "another code serves");
        self.set(name, |entry| {
            entry.stage = Stage::Running(channel);
            (entry.stale, entry.on_trial) = (None, true);
        });
    }

    /// Nobody calls this code any more; its calls in flight end, and are counted.
    fn let_go(&mut self, code: &Code) {
        if let Some(channel) = code.channel.clone() {
            self.keepers.spawn(channel.retire());
        }
    }

    /// The new code has done its first call.
    fn settle(&mut self, name: &ChannelName) {
        if let Some(before) = self.lives.get_mut(name).and_then(|life| life.before.take()) {
            self.let_go(&before);
            self.seat_serving(name);
            self.set(name, |entry| entry.on_trial = false);
        }
    }

    /// The new code can't take the place.
    fn stay(&mut self, name: &ChannelName, why: String, again: Again) {
        let Some(life) = self.lives.get_mut(name) else { return };
        life.aside = None;
        if again == Again::WithTheFiles {
            self.specs.insert(name.clone(), life.serving.spec.clone());
        }
        self.seat_serving(name);
        self.mark_stale(name, why);
    }

    /// The new code broke in its first call: the one before it serves again, until there are other bytes. If those are on
    /// their way already they stay so: nobody would bring them again. Not if the organisation no longer admits that one as
    /// it did.
    fn roll_back(&mut self, name: &ChannelName, why: String) {
        let Some(life) = self.lives.get_mut(name) else { return };
        let Some(before) = life.before.take() else { return };
        let judged = |code: &Code| self.policy.judge(&code.spec.pin.digest);
        let may_return = judged(&before) == judged(&life.serving);
        let Some(channel) = before.channel.clone().filter(|_| may_return) else {
            self.set(name, |entry| entry.on_trial = false);
            return self.seat_serving(name);
        };
        let (code, spec) = (before.number, before.spec.clone());
        let is_next = life.aside.is_some();
        let broken = std::mem::replace(&mut life.serving, before);
        self.let_go(&broken);
        self.seat_serving(name);
        self.live(name, code, Arc::clone(&channel));
        self.note(name, code, &spec);
        tracing::error!(target: TOLD, channel = %name, why, "it broke in its first call; the one before it serves");
        let (since, why) = (UnixMillis::now(), format!("{FIRST_CALL}{why}"));
        // At once: between two words it would seem to be live.
        self.set(name, |entry| {
            (entry.stage, entry.on_trial) = (Stage::Running(channel), false);
            entry.stale = (!is_next).then_some(Stale { since, why });
        });
    }

    fn mark_stale(&self, name: &ChannelName, why: String) {
        tracing::error!(target: TOLD, channel = %name, why, "the new code can't serve; the one before it goes on");
        let since = UnixMillis::now();
        self.set(name, |entry| entry.stale = Some(Stale { since, why }));
    }

    /// A task was aborted, which is what `stop` does, or panicked, which is a bug of ours: the rest runs on.
    pub(super) fn lost(&mut self, error: &tokio::task::JoinError) {
        if !error.is_panic() {
            return;
        }
        let ended = |code: &Code| code.tasks.iter().any(|task| task.id() == error.id());
        let mut lives = self.lives.iter();
        let found = lives.find_map(|(name, life)| match &life.aside {
            _ if ended(&life.serving) => Some((name.clone(), false)),
            Some(aside) if ended(aside) => Some((name.clone(), true)),
            _ => None,
        });
        let name = found.as_ref().map(|(name, _)| name.to_string());
        tracing::error!(channel = name, "a task of the host panicked");
        let why = "a task of lockgate itself failed; restart it, and please report this".to_owned();
        match found {
            Some((name, true)) => self.stay(&name, why, Again::WithTheFiles),
            Some((name, false)) => {
                self.seat(&name, Seat::Shut);
                self.set(&name, |entry| entry.stage = Stage::Waiting(Phase::Broken { why }));
            }
            None => {}
        }
    }
}
