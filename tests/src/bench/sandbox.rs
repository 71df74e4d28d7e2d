//! What the sandbox itself costs: loading compiled code, and one instantiation with its call.
//!
//! The only part of the bench that looks inside: no process boundary is fine enough for microseconds.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use lockgate::sandbox::{Allocation, Folders};

use super::Settings;
use super::report::{Report, Row, Verdict};
use super::spread::Spread;
use crate::room::{Room, example, post};

/// Microseconds that instantiating and calling hello may take.
const CALL_MICROS: f64 = 60.0;
/// Milliseconds that loading a compiled component may take.
const LOAD_MILLIS: f64 = 5.0;
/// Loads in a round.
const LOADS: usize = 20;
/// Calls in a round, of each caller.
const CALLS: usize = 1_000;
/// Calls before it counts.
const WARM_UP: usize = 100;
/// Callers at once.
const CALLERS: usize = 8;

/// What was measured, each value one load or one call.
#[derive(Debug, Default)]
struct Costs {
    /// Milliseconds of loading a compiled component.
    load: Vec<f64>,
    /// Microseconds of instantiating and calling hello, with WASI linked.
    call: Vec<f64>,
}

/// Measures and adds the rows.
///
/// # Errors
/// If the components can't be compiled, loaded or called.
pub fn measure(settings: Settings, report: &mut Report) -> Result<()> {
    let costs = costs(settings)?;
    let (call, load) = (Spread::of(costs.call), Spread::of(costs.load));
    let mut row = |name: &str, unit, lockgate, target: String, reached| {
        report.rows.push(Row {
            name: name.to_owned(),
            unit,
            lockgate,
            node: None,
            target,
            reached,
        });
    };
    let reached = Verdict::of(call, |value| value <= CALL_MICROS);
    row(
        "instantiate and call hello, WASI linked",
        "µs",
        call,
        format!("p50 at most {CALL_MICROS} µs"),
        reached,
    );
    let reached = Verdict::of(load, |value| value <= LOAD_MILLIS);
    row(
        "load a compiled component",
        "ms",
        load,
        format!("at most {LOAD_MILLIS} ms"),
        reached,
    );
    let pooled = Spread::of(parallel(settings, Allocation::Pooling)?);
    let mapped = Spread::of(parallel(settings, Allocation::OnDemand)?);
    let faster = mapped.is_none_or(|mapped| pooled.is_some_and(|pooled| pooled.median >= mapped.median));
    let target = "pooled at least as fast as mapped one by one".to_owned();
    row(
        "8 callers at once, instances pooled",
        "calls/s",
        pooled,
        target,
        Verdict::of(pooled, |_| faster),
    );
    row(
        "8 callers at once, instances mapped one by one",
        "calls/s",
        mapped,
        String::new(),
        Verdict::Informs,
    );
    Ok(())
}

fn costs(settings: Settings) -> Result<Costs> {
    let runtime = runtime()?;
    let room = Room::new(Allocation::Pooling)?;
    let examined = runtime.block_on(room.compile(example("hello")?))?;
    let mut costs = Costs::default();
    for _ in 0..settings.rounds * LOADS {
        let begun = Instant::now();
        let prepared = room.load(&examined)?;
        costs.load.push(begun.elapsed().as_secs_f64() * 1e3);
        drop(prepared);
    }
    let prepared = room.load(&examined)?;
    let channel = room.channel("hello", &[])?;
    runtime.block_on(async {
        for nth in 0..WARM_UP + settings.rounds * CALLS {
            let request = post("/", "good morning");
            let begun = Instant::now();
            prepared
                .receive(&channel, request, &Folders::default())
                .await
                .context("call hello")?;
            if nth >= WARM_UP {
                costs.call.push(begun.elapsed().as_secs_f64() * 1e6);
            }
        }
        anyhow::Ok(())
    })?;
    Ok(costs)
}

/// Calls a second of 8 callers at once, in rounds: what decides where instances get their memory from.
fn parallel(settings: Settings, allocation: Allocation) -> Result<Vec<f64>> {
    let runtime = runtime()?;
    let room = Room::new(allocation)?;
    runtime.block_on(async {
        let prepared = Arc::new(room.prepare(example("hello")?).await?);
        let channel = room.channel("hello", &[])?;
        let mut rates = Vec::new();
        for _ in 0..settings.rounds {
            let begun = Instant::now();
            let callers = (0..CALLERS).map(|_| {
                let (prepared, channel) = (Arc::clone(&prepared), Arc::clone(&channel));
                tokio::spawn(async move {
                    for _ in 0..CALLS {
                        prepared
                            .receive(&channel, post("/", "good morning"), &Folders::default())
                            .await?;
                    }
                    anyhow::Ok(())
                })
            });
            for caller in callers.collect::<Vec<_>>() {
                caller.await.context("a caller panicked")??;
            }
            rates.push((CALLERS * CALLS) as f64 / begun.elapsed().as_secs_f64());
        }
        Ok(rates)
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start a runtime")
}
