//! The conformance suite: what every channel has to survive, tried with the real component in the real sandbox. Its home is a
//! folder that goes away, its platforms are a server on loopback that answers as badly as platforms do, and its secrets
//! are made up. Of the operator's files it reads none but the code that was compiled before, reaches no network, and grants
//! nothing.

mod answers;
mod checks;
mod forms;
mod hook;
mod inward;
mod outward;
mod platform;
mod report;
mod stage;
mod summary;
mod trial;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

pub use report::{Check, Figures, Report, Verdict};

use crate::components::{Examined, Kept, StoreError};
use crate::limits;
use crate::sandbox::SandboxError;
use checks::Checked;
use stage::Stage;

/// Why a component could not be tried at all.
#[derive(Debug, thiserror::Error)]
pub enum ConformanceError {
    /// No place for the trial.
    #[error("can't make a temporary home in {}: {reason}; set TMPDIR to a folder that can be written", .folder.display())]
    Home {
        /// Where.
        folder: std::path::PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The engine.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The component does not compile, or imports what is not offered.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it asks for can't be granted, not even here.
    #[error("what its channel.toml asks for can't be granted: {0}")]
    Grant(String),
}

/// Who is told what is going on, a line at a time.
pub type Told<'a> = &'a dyn Fn(&str);

/// Runs the suite. `binary`: lockgate's own, which is started to compile. `kept`: where the component's code may be already.
///
/// # Errors
/// The component could not be tried: it does not compile or link, or there is no place for it.
///
/// # Authority
/// The component gets what its manifest asks for, in made-up form: folders that are empty, secrets that open nothing, and
/// hosts that all lead to one server on loopback.
pub async fn run(
    examined: &Examined,
    binary: &Path,
    kept: Option<&Kept>,
    told: Told<'_>,
) -> Result<Report, ConformanceError> {
    let size = examined.bytes.len() as u64 / 1_024;
    let begun = Instant::now();
    let compiling = |passed: Duration| told(&format!("compiling {size} KiB of code … {} s", passed.as_secs()));
    let stage = meanwhile(Stage::set(examined, binary, kept), || compiling(begun.elapsed())).await?;
    let compiled = begun.elapsed();
    let mut suite = Suite::new(&stage, told);
    suite.known("contract", checks::contract(examined, &stage));
    suite.known("size", checks::size(examined));
    inward::run(&mut suite).await;
    hook::run(&mut suite).await;
    outward::run(&mut suite).await;
    summary::run(&mut suite).await;
    Ok(suite.report(examined, compiled))
}

/// The checks so far, and how long there is for the others.
struct Suite<'a> {
    stage: &'a Stage,
    told: Told<'a>,
    until: tokio::time::Instant,
    checks: Vec<Check>,
}

impl<'a> Suite<'a> {
    fn new(stage: &'a Stage, told: Told<'a>) -> Self {
        Self {
            stage,
            told,
            until: tokio::time::Instant::now() + limits::CONFORMANCE_MOST,
            checks: Vec::new(),
        }
    }

    /// A check that is decided already.
    fn known(&mut self, name: &'static str, checked: Checked) {
        self.checks.push(Check::of(name, checked));
    }

    /// A check that does not concern this channel.
    fn absent(&mut self, names: &[&'static str], why: &str) {
        let why = || why.to_owned();
        self.checks.extend(names.iter().map(|name| Check {
            name,
            verdict: Verdict::NotApplicable,
            why: why(),
        }));
    }

    /// Does a check, within the time that is left.
    async fn check(&mut self, name: &'static str, checking: impl Future<Output = Checked>) {
        (self.told)(&format!("{name} …"));
        let checked = in_time(self.until, checking).await;
        self.checks.push(Check::of(name, checked));
    }

    fn report(self, examined: &Examined, compiled: Duration) -> Report {
        let touched: BTreeSet<String> = self.stage.touched();
        Report {
            name: examined.manifest.about.name.clone(),
            digest: examined.digest,
            size: examined.bytes.len(),
            checks: self.checks,
            figures: self.stage.figures(compiled),
            touched,
            given: self.stage.given(),
        }
    }
}

/// What comes of something that takes a while; meanwhile something is told, at once and each second.
async fn meanwhile<T>(work: impl Future<Output = T>, tell: impl Fn()) -> T {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = seconds.tick() => tell(),
        }
    }
}

/// What a check comes to by then.
async fn in_time(until: tokio::time::Instant, checking: impl Future<Output = Checked>) -> Checked {
    let most = limits::CONFORMANCE_MOST.as_secs();
    let checked = tokio::time::timeout_at(until, checking).await;
    checked.unwrap_or_else(|_| {
        Err(format!(
            "not done: the suite had run for its {most} s; make the calls faster, the slowest stands below"
        ))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_done_in_time_has_failed() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let now = tokio::time::Instant::now();
            let done = Check::of(
                "fast",
                in_time(now + limits::CONFORMANCE_MOST, async { checks::held("done") }).await,
            );
            assert_eq!(done.verdict, Verdict::Pass);
            let late = Check::of("slow", in_time(now, std::future::pending()).await);
            assert!(
                late.verdict == Verdict::Fail && late.why.starts_with("not done: "),
                "{late:?}"
            );
        });
    }
}
