//! Checks over all calls: what was asked of whom, what no grant covers, time, memory, and whether the store stays bounded.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Suite;
use super::answers::{Mood, Shape};
use super::checks::{Checked, absent, held};
use super::report::Figures;
use super::stage::Stage;
use super::trial::{Brought, Trial};
use super::{hook, outward};
use crate::components::Code;
use crate::limits;
use crate::sandbox::{Call, HookContent, HookRequest};

/// Calls after which growth is looked at again.
const LOOKED_EVERY: usize = 8;

/// What is noted of every call.
#[derive(Debug, Default)]
pub struct Tally {
    took: Vec<Duration>,
    slowest: Option<(Duration, Call)>,
    memory: usize,
    troubles: usize,
    refused: BTreeMap<&'static str, u64>,
    overreach: Vec<String>,
}

impl Tally {
    /// A call that brought something.
    pub fn call(&mut self, call: Call, took: Duration, memory: usize) {
        self.took.push(took);
        if self.slowest.is_none_or(|(slowest, _)| took > slowest) {
            self.slowest = Some((took, call));
        }
        self.memory = self.memory.max(memory);
    }

    /// A call that brought a trouble.
    pub fn troubled(&mut self) {
        self.troubles += 1;
    }

    /// What did not go out as it was asked for.
    pub fn refused(&mut self, tallies: BTreeMap<&'static str, u64>) {
        for (reason, count) in tallies {
            *self.refused.entry(reason).or_default() += count;
        }
    }

    /// An effect that nothing would come of.
    pub fn overreached(&mut self, what: String) {
        if !self.overreach.contains(&what) {
            self.overreach.push(what);
        }
    }

    /// The middle one of their times.
    fn median(&self) -> Duration {
        let mut took = self.took.clone();
        took.sort_unstable();
        took.get(took.len() / 2).copied().unwrap_or_default()
    }

    /// In all.
    pub fn figures(&self, compiled: Duration, code: Code, memory_most: usize) -> Figures {
        Figures {
            compiled,
            code,
            calls: self.took.len() + self.troubles,
            median: self.median(),
            longest: self.took.iter().max().copied().unwrap_or_default(),
            memory: self.memory,
            memory_most,
        }
    }
}

/// All of them.
pub async fn run(suite: &mut Suite<'_>) {
    let stage = suite.stage;
    suite.check("store-growth", growth(stage)).await;
    suite.known("effects", effects(stage));
    suite.known("hosts", hosts(stage));
    suite.known("time", time(stage));
    suite.known("memory", memory(stage));
}

fn tally(stage: &Stage) -> std::sync::MutexGuard<'_, Tally> {
    // A poisoned lock only means that a check panicked between two additions.
    stage.tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn effects(stage: &Stage) -> Checked {
    match tally(stage).overreach.first() {
        None => held("it asked the host for nothing that it is not allowed"),
        Some(first) => Err(first.clone()),
    }
}

/// What the wall refused would be refused in the operator's house, too.
fn hosts(stage: &Stage) -> Checked {
    let tally = tally(stage);
    let refused = tally.refused.iter().find(|(reason, _)| {
        let spent = ["egress-refused-budget", "egress-refused-received"];
        reason.starts_with("egress-refused") && !spent.contains(*reason)
    });
    if let Some((reason, count)) = refused {
        return Err(format!(
            "{count} requests were refused ({reason}); ask for them in [[asks.http]], or make them as the rules say; \
             `lockgate check` with a URL explains one"
        ));
    }
    let touched = stage.touched();
    match touched.len() {
        0 => held("none"),
        _ => held(touched.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

fn time(stage: &Stage) -> Checked {
    let tally = tally(stage);
    let Some((slowest, call)) = tally.slowest else {
        return absent("no call brought anything");
    };
    held(format!(
        "median {:.1} ms, the longest {:.1} ms ({call}), waits for the platform included",
        tally.median().as_secs_f64() * 1_000.0,
        slowest.as_secs_f64() * 1_000.0
    ))
}

fn memory(stage: &Stage) -> Checked {
    let (found, most) = (tally(stage).memory, stage.grant().memory());
    if found > most / 10 * 9 {
        return Err(format!(
            "a call held {found} bytes of {most}: too near the bound; take less at once, or ask for more with \
             `memory` in [asks.limits]"
        ));
    }
    held(format!(
        "at most {:.1} MiB of {} MiB in a call",
        found as f64 / 1_048_576.0,
        most >> 20
    ))
}

/// The same call again and again: what it keeps must have an end.
async fn growth(stage: &Stage) -> Checked {
    let calls = [Call::Start, Call::Poll, Call::Receive, Call::Send];
    let mut said = Vec::new();
    for call in calls.into_iter().filter(|call| stage.prepared.has(*call)) {
        let (sizes, stopped) = sizes(stage, call).await?;
        let (Some(last), count) = (sizes.last(), sizes.len()) else {
            continue;
        };
        match growing(&sizes) {
            None => said.push(format!("{call}: {last} bytes after {count} calls with the same input")),
            Some(each) if stopped == Stopped::Late => said.push(format!(
                "{call}: still growing by {each} bytes a call when the time was up after {count}; see that it has an end"
            )),
            Some(each) => {
                return Err(format!(
                    "{call}: the store grows by {each} bytes a call, still after {count} calls with the same input; take out \
                     what is old, or keep it under the same key"
                ));
            }
        }
    }
    match said.is_empty() {
        true => absent("no call that can be repeated"),
        false => held(said.join("; ")),
    }
}

/// Why no more calls were made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// There is nothing more to see, or the channel takes no more.
    Enough,
    /// The time was up.
    Late,
}

/// How large the store is after each call: as many as it takes to see that it does not grow, or that it grows on and on.
async fn sizes(stage: &Stage, call: Call) -> Result<(Vec<u64>, Stopped), String> {
    let trial = stage.trial()?;
    trial.mood(Mood::Plausible(Shape::Numbers));
    let mut sizes = Vec::new();
    let begun = Instant::now();
    while once(&trial, stage, call).await? {
        sizes.push(trial.stored());
        let enough = sizes.len() >= limits::CONFORMANCE_REPEATS || begun.elapsed() >= limits::CONFORMANCE_REPEATS_MOST;
        let looked = sizes.len() % LOOKED_EVERY == 0;
        if looked && enough && (sizes.len() >= limits::CONFORMANCE_GROWING || growing(&sizes).is_none()) {
            break;
        }
        if looked && begun.elapsed() >= limits::CONFORMANCE_GROWING_MOST {
            return Ok((sizes, Stopped::Late));
        }
    }
    Ok((sizes, Stopped::Enough))
}

/// One more of the same; whether it brought something.
async fn once(trial: &Trial<'_>, stage: &Stage, call: Call) -> Result<bool, String> {
    match call {
        Call::Start => keep(trial, trial.start().await?.well()).await,
        Call::Poll => keep(trial, trial.poll(0).await?.well()).await,
        Call::Send => keep(trial, trial.send(outward::outgoing(0, "hello"), &[]).await?.well()).await,
        _ => {
            let Some(request) = hook::requests(stage).into_iter().next() else {
                return Ok(false);
            };
            let request = HookRequest {
                body: HookContent::Bytes(hook::usual()),
                ..request
            };
            keep(trial, trial.receive(request).await?.well()).await
        }
    }
}

async fn keep<T>(trial: &Trial<'_>, brought: Option<Brought<T>>) -> Result<bool, String> {
    match brought {
        Some(brought) => trial.commit(brought).await.map(|()| true),
        None => Ok(false),
    }
}

/// By how many bytes a call a store grows that had these sizes, if it was larger of late than ever before. One that counts
/// gets a digit more once in a while; a new key costs a row.
fn growing(sizes: &[u64]) -> Option<u64> {
    let (before, late) = sizes.split_at(sizes.len() / 4 * 3);
    let (before, largest) = (before.iter().max()?, late.iter().max()?);
    let grown = largest.saturating_sub(*before);
    (grown > limits::STORE_ROW_BYTES as u64).then(|| grown / late.len() as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_grows_with_each_call_is_told_from_one_that_has_an_end() {
        fn check(sizes: impl Iterator<Item = u64>, expected: Option<u64>) {
            let sizes: Vec<u64> = sizes.collect();
            assert_eq!(growing(&sizes), expected, "{sizes:?}");
        }
        check((0..200).map(|_| 600), None);
        // One that counts.
        check((0..200).map(|nth: u64| 512 + nth.to_string().len() as u64), None);
        check((0..200).map(|nth| nth * 600), Some(600));
        // A list in one value, which nothing is taken out of.
        check((0..200).map(|nth| 512 + nth * 20), Some(20));
        // Ones that have an end: at some number, or by taking many out at once.
        check((0..200).map(|nth: u64| 600 * nth.min(50)), None);
        check((0..200).map(|nth: u64| 600 * (nth % 40)), None);
        check([].into_iter(), None);
    }

    #[test]
    fn figures_are_of_all_calls() {
        let mut tally = Tally::default();
        for took in [3, 1, 2] {
            tally.call(Call::Poll, Duration::from_millis(took), took as usize);
        }
        tally.troubled();
        let figures = tally.figures(Duration::ZERO, Code::Compiled, 9);
        assert_eq!((figures.calls, figures.median.as_millis(), figures.memory), (4, 2, 3));
        assert_eq!((figures.longest.as_millis(), figures.memory_most), (3, 9));
    }
}
