//! From the spawn to the answer to `initialize`, to all channels ready, and the memory that they then take.
//!
//! A channel is ready when a signed POST to it is answered 2xx: that is what its user waits for.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::process::pss_mib;
use super::report::{Report, Row, Verdict};
use super::rival::{Fleet, node};
use super::spread::Spread;
use super::{Field, Settings};
use crate::load::payload::workflow_run;
use crate::load::{Connection, Hook};
use crate::serve::Serve;
use crate::wait::{PATIENCE, until};

/// Channels that the targets are stated for.
const CHANNELS: u32 = 20;
/// The same, when each further one's memory is measured.
const MORE_CHANNELS: u32 = 40;
/// MiB that [`CHANNELS`] may take together.
const PSS_MIB: f64 = 34.0;
/// MiB that each further channel may take.
const PSS_FURTHER_MIB: f64 = 0.5;
/// lockgate's share of Node's time.
const SHARE: f64 = 0.1;

/// One start of one of the two.
#[derive(Debug, Default)]
struct Starts {
    initialize: Vec<f64>,
    ready: Vec<f64>,
    pss: Vec<f64>,
}

impl Starts {
    fn spreads(self) -> [Option<Spread>; 3] {
        [self.initialize, self.ready, self.pss].map(Spread::of)
    }
}

/// Measures and adds the rows.
///
/// # Errors
/// If a server can't be started or does not become ready.
pub fn measure(settings: Settings, report: &mut Report) -> Result<()> {
    let folder = TempDir::with_prefix("lockgate-bench-").context("make a temporary folder")?;
    let (mut ours, mut further, mut node_one, mut node_all) = (
        Starts::default(),
        Starts::default(),
        Starts::default(),
        Starts::default(),
    );
    let mut numbers = 0..;
    let mut fleet = if settings.field == Field::Both {
        Some(Fleet::of(CHANNELS)?)
    } else {
        None
    };
    for _ in 0..settings.rounds {
        if let Some(fleet) = &fleet {
            start_lockgate(fleet, &mut numbers, &mut ours)?;
        }
        start_node(1, &folder, &mut numbers, &mut node_one)?;
        start_node(CHANNELS, &folder, &mut numbers, &mut node_all)?;
    }
    if let Some(fleet) = &mut fleet {
        fleet.grow(MORE_CHANNELS)?;
        for _ in 0..settings.rounds {
            start_lockgate(fleet, &mut numbers, &mut further)?;
        }
    }
    add_rows(
        report,
        ours.spreads(),
        further.spreads(),
        node_one.spreads(),
        node_all.spreads(),
    );
    Ok(())
}

fn start_lockgate(fleet: &Fleet, numbers: &mut impl Iterator<Item = u64>, into: &mut Starts) -> Result<()> {
    let mut serve = fleet.spawn()?;
    greet(&mut serve, into)?;
    for hook in fleet.hooks() {
        wait_ready(&hook, numbers).with_context(|| serve.stderr())?;
    }
    into.ready.push(millis(serve.started()));
    into.pss.push(pss_mib(serve.pid())?);
    // Nothing is left over for the next round: all events have come, and the session is known to have read them.
    serve.client.record().wait_events(fleet.hooks().len(), PATIENCE)?;
    serve.prove()
}

/// All processes are started at once and boot side by side: Node's best case.
fn start_node(count: u32, folder: &TempDir, numbers: &mut impl Iterator<Item = u64>, into: &mut Starts) -> Result<()> {
    let mut serves: Vec<(Serve, Hook)> = (0..count).map(|_| node(folder.path())).collect::<Result<_>>()?;
    let first = serves.first().context("no process")?.0.started();
    for (serve, hook) in &mut serves {
        greet(serve, into)?;
        wait_ready(hook, numbers).with_context(|| serve.stderr())?;
    }
    into.ready.push(millis(first));
    let sizes: Vec<f64> = serves
        .iter()
        .map(|(serve, _)| pss_mib(serve.pid()))
        .collect::<Result<_>>()?;
    into.pss.push(sizes.iter().sum());
    Ok(())
}

/// Plays the handshake and notes the time from the spawn to the answer to `initialize`.
fn greet(serve: &mut Serve, into: &mut Starts) -> Result<()> {
    let greeted = serve.client.initialize();
    greeted.with_context(|| serve.stderr())?;
    into.initialize.push(millis(serve.started()));
    serve.client.finish_handshake()?;
    Ok(())
}

/// Posts until a body is accepted.
fn wait_ready(hook: &Hook, numbers: &mut impl Iterator<Item = u64>) -> Result<()> {
    let mut connection = until(PATIENCE, "a listener", || Connection::open(hook.addr).ok())?;
    until(PATIENCE, "a channel that accepts", || {
        let request = hook.signed("workflow_run", &workflow_run(numbers.next()?));
        let answer = connection.send(&request).and_then(|()| connection.answer());
        match answer {
            Ok(answer) if answer.status / 100 == 2 => Some(()),
            Ok(_) => None,
            Err(_) => {
                connection = Connection::open(hook.addr).ok()?;
                None
            }
        }
    })
}

fn millis(since: Instant) -> f64 {
    since.elapsed().max(Duration::from_nanos(1)).as_secs_f64() * 1e3
}

/// Rows of three spreads each: initialize, ready, PSS.
fn add_rows(
    report: &mut Report,
    ours: [Option<Spread>; 3],
    further: [Option<Spread>; 3],
    one: [Option<Spread>; 3],
    all: [Option<Spread>; 3],
) {
    let tenth = |ours: Option<Spread>, theirs: Option<Spread>| {
        Verdict::of(ours, |value| {
            theirs.is_some_and(|theirs| value <= theirs.median * SHARE)
        })
    };
    let mut row = |name: &str, unit, lockgate, node, target: &str, reached| {
        report.rows.push(Row {
            name: name.to_owned(),
            unit,
            lockgate,
            node,
            target: target.to_owned(),
            reached,
        });
    };
    let target = "at most a tenth of one Node process";
    row(
        "spawn to `initialize`, 20 channels of 20 digests",
        "ms",
        ours[0],
        one[0],
        target,
        tenth(ours[0], one[0]),
    );
    let target = "at most a tenth of 20 Node processes";
    row(
        "spawn to all 20 ready",
        "ms",
        ours[1],
        all[1],
        target,
        tenth(ours[1], all[1]),
    );
    let reached = Verdict::of(ours[2], |value| value <= PSS_MIB);
    row(
        "PSS of 20 ready channels",
        "MiB",
        ours[2],
        all[2],
        "at most 34 MiB",
        reached,
    );
    let each = |spread: Spread| {
        (spread.median - ours[2].map_or(0.0, |ours| ours.median)) / f64::from(MORE_CHANNELS - CHANNELS)
    };
    let each = further[2].and_then(|spread| Spread::of(vec![each(spread)]));
    let reached = Verdict::of(each, |value| value <= PSS_FURTHER_MIB);
    row(
        "PSS of each further channel (from 20 to 40)",
        "MiB",
        each,
        None,
        "at most 0.5 MiB",
        reached,
    );
}
