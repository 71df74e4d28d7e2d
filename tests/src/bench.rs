//! The bench: lockgate and a minimal Node channel, the same work in the same run, held against the house's targets.
//!
//! It measures from outside and writes nothing outside temporary folders. Rounds alternate between the two, so that a
//! busy machine hits both.

pub mod answer;
pub mod disk;
pub mod page;
pub mod post;
pub mod process;
pub mod reload;
pub mod report;
pub mod rival;
pub mod sandbox;
pub mod spread;
pub mod start;

use anyhow::Result;

use report::Report;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Rounds of each measurement.
    pub rounds: usize,
    /// Posts in a round of the latency measurement.
    pub latency_posts: usize,
    /// Posts in a round of the throughput measurement.
    pub throughput_posts: usize,
    /// Who takes part.
    pub field: Field,
}

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// lockgate and Node.
    Both,
    /// Node alone: a check of the bench itself, without targets.
    NodeAlone,
}

impl Settings {
    /// What the targets are stated for.
    pub const FULL: Settings = Settings {
        rounds: 5,
        latency_posts: 1_000,
        throughput_posts: 10_000,
        field: Field::Both,
    };
    /// A look, in a fraction of the time.
    pub const QUICK: Settings = Settings {
        rounds: 2,
        latency_posts: 200,
        throughput_posts: 2_000,
        field: Field::Both,
    };
}

/// Measures everything.
///
/// # Errors
/// If a server can't be started, does not do its work, or loses an event.
pub fn run(settings: Settings, command: &str) -> Result<Report> {
    let mut report = Report::new(command);
    eprintln!("bench: start and memory…");
    start::measure(settings, &mut report)?;
    eprintln!("bench: posts…");
    post::measure(settings, &mut report)?;
    eprintln!("bench: answers…");
    answer::measure(settings, &mut report)?;
    if settings.field == Field::Both {
        eprintln!("bench: page…");
        page::measure(settings, &mut report)?;
        eprintln!("bench: sandbox…");
        sandbox::measure(settings, &mut report)?;
        eprintln!("bench: reload…");
        reload::measure(settings, &mut report)?;
    }
    Ok(report)
}
