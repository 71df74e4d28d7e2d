//! One channel on trial: its calls, what they bring, and whether that is within the bounds. What a call brings is committed
//! only if the check says so.

use std::sync::{Arc, PoisonError};

use super::answers::Mood;
use super::stage::Stage;
use crate::access::{AccessBook, Provenance};
use crate::files::Scratch;
use crate::intake::{self, Gate};
use crate::journal::CallCommit;
use crate::limits;
use crate::model::{Effect, Format, Inbound, Outcome, Outgoing, Place, Receipt, Trouble, UnixMillis};
use crate::relay::OpenPrompts;
use crate::sandbox::{
    Call, CallError, ChannelContext, Done, FaultKind, Folders, Happening, HookAnswer, HookRequest, Quota, Written,
};

/// One channel, with a store of its own.
pub struct Trial<'a> {
    stage: &'a Stage,
    context: Arc<ChannelContext>,
    data: Option<Arc<Quota>>,
}

/// How a call ended that did not break.
pub enum Ended<T> {
    /// It brought this.
    Well(Brought<T>),
    /// The guest said why not.
    Troubled(Trouble),
}

/// What a call brought.
pub struct Brought<T> {
    /// What it returned beside its outcome.
    pub value: T,
    /// Messages and effects.
    pub outcome: Outcome,
    written: Written,
    /// Why the house would take nothing of it: only of a hook, whose callers may send more than a message holds.
    pub excess: Option<String>,
}

impl<T> Ended<T> {
    /// What it brought, if it did.
    pub fn well(self) -> Option<Brought<T>> {
        match self {
            Self::Well(brought) => Some(brought),
            Self::Troubled(_) => None,
        }
    }
}

impl<T> Brought<T> {
    /// Its messages, by what makes one known again: id and text.
    pub fn said(&self) -> Vec<(String, String)> {
        let said = self.outcome.inbound.iter().filter_map(|inbound| match inbound {
            Inbound::Message(message) | Inbound::Edited { now: message, .. } => {
                Some((message.id.clone(), message.text.clone()))
            }
            Inbound::Press(press) => Some((press.id.clone(), press.token.clone())),
            Inbound::Skipped(_) => None,
        });
        said.collect()
    }
}

/// What comes of a call, or in which words it broke.
pub type Called<T> = Result<Ended<T>, String>;

impl<'a> Trial<'a> {
    /// A channel with this context; `data`: its folder, if it asks for one.
    pub fn new(stage: &'a Stage, context: Arc<ChannelContext>, data: Option<Arc<Quota>>) -> Self {
        Self { stage, context, data }
    }

    /// From now on the platforms behave so.
    pub fn mood(&self, mood: Mood) {
        self.stage.platform.state.set(mood);
    }

    /// Requests that it has made so far and that a rule covered, whether anybody was there or not.
    pub fn asked(&self) -> u64 {
        self.context.egress.counts().requests
    }

    /// Bytes of its store.
    pub fn stored(&self) -> u64 {
        self.context.journal.store_size(self.context.instance).unwrap_or(0)
    }

    /// `life.start`
    pub async fn start(&self) -> Called<()> {
        let folders = self.folders(None);
        let call = self.stage.prepared.start(&self.context, &folders);
        self.ended(Call::Start, call.await, |outcome| ((), outcome))
    }

    /// `source.poll`
    pub async fn poll(&self, failures: u32) -> Called<u32> {
        let deadline = limits::CONFORMANCE_POLL.min(self.stage.grant().poll_deadline());
        let folders = self.folders(None);
        let call = self.stage.prepared.poll(&self.context, failures, deadline, &folders);
        self.ended(Call::Poll, call.await, |(outcome, again)| (again, outcome))
    }

    /// `timer.fire`
    pub async fn fire(&self, name: &str, failures: u32) -> Called<()> {
        let folders = self.folders(None);
        let call = self.stage.prepared.fire(&self.context, name, failures, &folders);
        self.ended(Call::Fire, call.await, |outcome| ((), outcome))
    }

    /// `socket.receive`
    pub async fn happened(&self, connection: &str, happening: Happening, failures: u32) -> Called<()> {
        let folders = self.folders(None);
        let prepared = &self.stage.prepared;
        let call = prepared.happened(&self.context, connection, happening, failures, &folders);
        self.ended(Call::Socket, call.await, |outcome| ((), outcome))
    }

    /// `hook.receive`
    pub async fn receive(&self, request: HookRequest) -> Called<HookAnswer> {
        let scratch = self.scratch()?;
        let folders = self.folders(Some(&scratch));
        let call = self.stage.prepared.receive(&self.context, request, &folders);
        self.ended(Call::Receive, call.await, |answer| answer)
    }

    /// `sink.send`; `files`: names and bytes for `/outbox`.
    pub async fn send(&self, outgoing: Outgoing, files: &[(&str, &[u8])]) -> Called<Receipt> {
        let scratch = self.scratch()?;
        for (name, bytes) in files {
            let written = std::fs::write(scratch.path().join(name), bytes);
            written.map_err(|error| format!("the trial itself failed: {error}; free some disk"))?;
        }
        let folders = Folders {
            outbox: Some(scratch.path().to_owned()),
            ..self.folders(None)
        };
        let call = self.stage.prepared.send(&self.context, outgoing, &folders);
        self.ended(Call::Send, call.await, |mut receipt: Receipt| {
            let effects = std::mem::take(&mut receipt.effects);
            (receipt, only(effects))
        })
    }

    /// `sink.edit`
    pub async fn edit(&self, place: Place, message: &str, text: &str, format: Format) -> Called<()> {
        let folders = self.folders(None);
        let prepared = &self.stage.prepared;
        let call = prepared.edit(&self.context, place, message, text, format, &folders);
        self.ended(Call::Edit, call.await, |effects| ((), only(effects)))
    }

    /// `sink.react`
    pub async fn react(&self, place: Place, message: &str, emoji: &str) -> Called<()> {
        let folders = self.folders(None);
        let call = self
            .stage
            .prepared
            .react(&self.context, place, message, emoji, &folders);
        self.ended(Call::React, call.await, |effects| ((), only(effects)))
    }

    /// `sink.typing`
    pub async fn typing(&self, place: Place) -> Called<()> {
        let folders = self.folders(None);
        let call = self.stage.prepared.typing(&self.context, place, &folders);
        self.ended(Call::Typing, call.await, |effects| ((), only(effects)))
    }

    /// `sink.direct`
    pub async fn direct(&self, sender: &str) -> Called<String> {
        let folders = self.folders(None);
        let call = self.stage.prepared.direct(&self.context, sender, &folders);
        self.ended(Call::Direct, call.await, |place| (place, Outcome::default()))
    }

    /// `sink.answer-press`
    pub async fn answer_press(&self, handle: &str, text: &str) -> Called<()> {
        let folders = self.folders(None);
        let call = self.stage.prepared.answer_press(&self.context, handle, text, &folders);
        self.ended(Call::AnswerPress, call.await, |effects| ((), only(effects)))
    }

    /// `media.fetch`
    pub async fn fetch(&self, handle: &str) -> Called<()> {
        let scratch = self.scratch()?;
        let folders = self.folders(Some(&scratch));
        let call = self.stage.prepared.fetch(&self.context, handle, "file", &folders);
        self.ended(Call::Fetch, call.await, |()| ((), Outcome::default()))
    }

    /// `tools.call`
    pub async fn tool(&self, name: &str, arguments: &str) -> Called<String> {
        let folders = self.folders(None);
        let call = self.stage.prepared.tool(&self.context, name, arguments, &folders);
        self.ended(Call::Tool, call.await, |(text, effects)| (text, only(effects)))
    }

    /// Keeps what a call wrote, and the wakes that it asked for.
    ///
    /// # Errors
    /// The store does not take it.
    pub async fn commit<T>(&self, brought: Brought<T>) -> Result<(), String> {
        if let Some(excess) = brought.excess {
            return Err(excess);
        }
        let commit = CallCommit {
            instance: self.context.instance,
            channel: self.context.name.clone(),
            now: UnixMillis::now(),
            admitted: Vec::new(),
            effects: brought.outcome.effects,
            checks: brought.written.checks,
            writes: brought.written.writes,
            replay: None,
            fired: None,
            tallies: Vec::new(),
        };
        if commit.is_empty() {
            return Ok(());
        }
        let committed = self.context.journal.commit(commit).await;
        committed
            .map(drop)
            .map_err(|error| format!("what a call wrote can't be kept: {error}; write less, and fewer keys"))
    }

    fn scratch(&self) -> Result<Scratch, String> {
        let made = Scratch::make(&self.stage.state);
        made.map_err(|error| format!("the trial itself failed: {error}; free some disk"))
    }

    fn folders(&self, inbox: Option<&Scratch>) -> Folders {
        Folders {
            inbox: inbox.map(|scratch| scratch.path().to_owned()),
            outbox: None,
            data: self.data.clone(),
        }
    }

    /// Notes how it went, and looks whether what came is within the bounds and the grant.
    fn ended<D, T>(
        &self,
        call: Call,
        result: Result<Done<D>, CallError>,
        split: impl FnOnce(D) -> (T, Outcome),
    ) -> Called<T> {
        let mut tally = self.stage.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.refused(self.context.egress.take_tallies());
        let done = match result {
            Ok(done) => done,
            Err(CallError::Trouble(trouble)) => {
                tally.troubled();
                return Ok(Ended::Troubled(trouble));
            }
            // Neither whose call it was nor a function's name in the tongue of linkers helps here.
            Err(CallError::Fault(fault)) => {
                return Err(format!("{} {}; {}", fault.call, fault.kind, mend(&fault.kind)));
            }
            Err(error) => return Err(format!("{error}; this machine is short of something, so try again")),
        };
        tally.call(call, done.took, done.memory);
        let (value, outcome) = split(done.value);
        for effect in &outcome.effects {
            if let Some(over) = self.over(effect) {
                tally.overreached(format!("{call}: {over}"));
            }
        }
        drop(tally);
        let excess = self.within_bounds(call, &outcome).err();
        if let (Some(excess), false) = (&excess, call == Call::Receive) {
            return Err(excess.clone());
        }
        Ok(Ended::Well(Brought {
            value,
            outcome,
            written: done.written,
            excess,
        }))
    }

    fn within_bounds(&self, call: Call, outcome: &Outcome) -> Result<(), String> {
        let (book, open) = (AccessBook::default(), OpenPrompts::default());
        let gate = Gate {
            policy: self.stage.grant().policy(),
            book: &book,
            open: &open,
            relay: false,
        };
        let taken = intake::take(gate, Provenance::Reported, outcome.clone());
        taken
            .map(drop)
            .map_err(|excess| format!("{call}: {excess}; bring less in a call, and the rest in the next one"))
    }

    /// Why nothing would come of an effect.
    fn over(&self, effect: &Effect) -> Option<String> {
        let grant = self.stage.grant();
        let has = |call| self.stage.prepared.has(call);
        match effect {
            Effect::Wake { name, .. } if !has(Call::Fire) => Some(format!(
                "it wants to be woken for `{name}` and exports no timer; export it, or take the wake out"
            )),
            Effect::Publish { topic, .. } if grant.page().is_none() => Some(format!(
                "it publishes to `{topic}` and has no page whose visitors could hear it; add [page], or take it out"
            )),
            Effect::Connect { url, .. } if !self.context.egress.covers("GET", url) => Some(format!(
                "it connects to a place that no rule covers; add a rule with scheme = \"wss\" for {url}"
            )),
            effect if effect.is_of_socket() && !has(Call::Socket) => {
                Some("it uses a websocket and exports no socket that could hear it; export it".to_owned())
            }
            _ => None,
        }
    }
}

fn only(effects: Vec<Effect>) -> Outcome {
    Outcome {
        inbound: Vec::new(),
        effects,
    }
}

/// What to do about a call that broke.
fn mend(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Trap { .. } => "return a trouble instead: whatever comes from outside may be anything",
        FaultKind::Deadline { .. } => "do less in a call, or give requests a timeout and return a trouble",
        FaultKind::OverLimit { .. } => "take less at once; see [asks.limits] in channel.toml",
        FaultKind::Unusable { .. } => "build it again with the SDK of this lockgate",
    }
}
