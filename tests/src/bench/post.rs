//! From a signed POST to the line on stdout: how long one takes, how many a second go through, and what they cost.
//!
//! lockgate has each event on disk before it answers; Node keeps nothing, so one fsync of the same disk stands beside it.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::process::cpu_seconds;
use super::report::{Report, Row, Verdict};
use super::rival::{Fleet, node};
use super::spread::Spread;
use super::{Field, Settings, disk};
use crate::client::Line;
use crate::load::payload::{number_in_line, workflow_run};
use crate::load::{self, Connection, Hook, Pipelining, Plan};
use crate::serve::Serve;
use crate::wait::{PATIENCE, until};

/// Connections and their driver: enough under way for a group commit, few enough threads to leave the cores alone.
const PLAN: Plan = Plan {
    connections: 64,
    threads: 1,
    pipelining: Pipelining::Off,
};
/// Posts before the first that counts.
const WARM_UP: usize = 200;
/// How long a round of the throughput measurement may take.
const ROUND: Duration = Duration::from_secs(120);
/// Events a second to be reached.
const EVENTS_PER_SECOND: f64 = 10_000.0;
/// CPU seconds that 1,000 posts may take.
const CPU_PER_THOUSAND: f64 = 0.07;

/// What one of the two came to, a value a round.
#[derive(Debug, Default)]
struct Posts {
    p50: Vec<f64>,
    p90: Vec<f64>,
    per_second: Vec<f64>,
    cpu: Vec<f64>,
}

/// Which of the two a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rival {
    Lockgate,
    Node,
}

/// One running server, and what is posted to it.
struct Lane {
    serve: Serve,
    hook: Hook,
    next: u64,
}

impl Lane {
    fn open(mut serve: Serve, hook: Hook, first: u64, rival: Rival) -> Result<Lane> {
        serve.handshake()?;
        let mut lane = Lane {
            serve,
            hook,
            next: first,
        };
        until(PATIENCE, "a channel that accepts", || {
            let request = lane.requests(1).pop()?;
            lane.hook.post(&request).ok().filter(|answer| answer.status / 100 == 2)
        })?;
        if rival == Rival::Lockgate {
            // What an unproven session got would come again in the next round.
            lane.serve.prove()?;
        }
        lane.latencies(WARM_UP)?;
        Ok(lane)
    }

    /// Bodies never repeat: a repeated one is a replay.
    fn requests(&mut self, count: usize) -> Vec<Vec<u8>> {
        let numbers = self.next..self.next + count as u64;
        self.next = numbers.end;
        numbers
            .map(|number| self.hook.signed("workflow_run", &workflow_run(number)))
            .collect()
    }

    /// Milliseconds from each POST to its line, one after the other.
    fn latencies(&mut self, count: usize) -> Result<Vec<f64>> {
        let first = self.next;
        let requests = self.requests(count);
        let record = Arc::clone(self.serve.client.record());
        let mut connection = Connection::open(self.hook.addr)?;
        let mut took = Vec::with_capacity(count);
        for (number, request) in (first..).zip(requests) {
            let before = record.seen().events.len();
            let sent = Instant::now();
            connection.send(&request)?;
            let received = record.wait(PATIENCE, "the event of a POST", |seen| {
                let line = seen.events[before..]
                    .iter()
                    .find(|line| number_in_line(&line.bytes) == Some(number));
                line.map(|line| line.received)
            })?;
            took.push((received - sent).as_secs_f64() * 1e3);
            let status = connection.answer()?.status;
            ensure!(status / 100 == 2, "a signed POST was answered {status}");
        }
        Ok(took)
    }

    /// Events a second, and CPU seconds for each 1,000, with many POSTs under way.
    fn throughput(&mut self, count: usize) -> Result<(f64, f64)> {
        let first = self.next;
        let requests = self.requests(count);
        let record = Arc::clone(self.serve.client.record());
        let (before, cpu) = (record.seen().events.len(), cpu_seconds(self.serve.pid())?);
        let outcome = load::run(self.hook.addr, PLAN, &requests)?;
        ensure!(
            outcome.accepted() == count,
            "{} of {count} POSTs were accepted",
            outcome.accepted()
        );
        let last = record.wait(ROUND, "the last event", |seen| {
            let events = seen.events.get(before..).filter(|events| events.len() >= count)?;
            all_came(events, first..first + count as u64)
        });
        let last = last.with_context(|| format!("{} events of {count}", record.seen().events.len() - before))?;
        let cpu = cpu_seconds(self.serve.pid())? - cpu;
        Ok((
            count as f64 / (last - outcome.started).as_secs_f64(),
            cpu / count as f64 * 1e3,
        ))
    }

    fn round(&mut self, settings: Settings, into: &mut Posts) -> Result<()> {
        let latencies = Spread::of(self.latencies(settings.latency_posts)?).context("no POST")?;
        into.p50.push(latencies.median);
        into.p90.push(latencies.p90);
        let (per_second, cpu) = self.throughput(settings.throughput_posts)?;
        into.per_second.push(per_second);
        into.cpu.push(cpu);
        Ok(())
    }
}

/// When the last of these numbers came, if each of them did.
fn all_came(events: &[Line], numbers: Range<u64>) -> Option<Instant> {
    let wanted = events
        .iter()
        .filter(|line| number_in_line(&line.bytes).is_some_and(|number| numbers.contains(&number)));
    let wanted: Vec<&Line> = wanted.collect();
    let distinct: HashSet<_> = wanted.iter().map(|line| number_in_line(&line.bytes)).collect();
    let all = distinct.len() as u64 == numbers.end - numbers.start;
    wanted.last().filter(|_| all).map(|line| line.received)
}

/// Measures and adds the rows.
///
/// # Errors
/// If a server can't be started, refuses a signed POST or loses an event.
pub fn measure(settings: Settings, report: &mut Report) -> Result<()> {
    let folder = TempDir::with_prefix("lockgate-bench-").context("make a temporary folder")?;
    let fleet = if settings.field == Field::Both {
        Some(Fleet::of(1)?)
    } else {
        None
    };
    let (mut ours, mut theirs, mut fsync) = (Posts::default(), Posts::default(), Vec::new());
    for round in 0..settings.rounds as u64 {
        // Numbers of one round never meet those of another: the home remembers them.
        let first = (round + 1) * 1_000_000;
        if let Some(fleet) = &fleet {
            let hook = fleet.hooks().pop().context("no channel")?;
            Lane::open(fleet.spawn()?, hook, first, Rival::Lockgate)?.round(settings, &mut ours)?;
        }
        fsync.push(
            Spread::of(disk::appends(folder.path(), settings.latency_posts)?)
                .context("no append")?
                .median,
        );
        let (serve, hook) = node(folder.path())?;
        Lane::open(serve, hook, first, Rival::Node)?.round(settings, &mut theirs)?;
    }
    add_rows(report, &ours, &theirs, fsync);
    Ok(())
}

fn add_rows(report: &mut Report, ours: &Posts, theirs: &Posts, fsync: Vec<f64>) {
    let of = |values: &Vec<f64>| Spread::of(values.clone());
    let fsync = Spread::of(fsync);
    report.inform(
        "append of 4 KiB and fdatasync, p50 a round (lockgate's column: this disk)",
        "ms",
        fsync,
        None,
    );
    let allowed = of(&theirs.p50)
        .zip(fsync)
        .map(|(node, fsync)| node.median + fsync.median);
    let mut row = |name: &str, unit, lockgate, node, target: String, reached| {
        report.rows.push(Row {
            name: name.to_owned(),
            unit,
            lockgate,
            node,
            target,
            reached,
        });
    };
    let reached = Verdict::of(of(&ours.p50), |value| allowed.is_some_and(|allowed| value <= allowed));
    let target = format!("at most Node's plus one fsync ({:.3} ms)", allowed.unwrap_or_default());
    row(
        "signed POST to line on stdout, p50 a round",
        "ms",
        of(&ours.p50),
        of(&theirs.p50),
        target,
        reached,
    );
    let node_rate = of(&theirs.per_second).map_or(0.0, |node| node.median);
    let reached = Verdict::of(of(&ours.per_second), |value| value >= EVENTS_PER_SECOND.max(node_rate));
    let target = format!("at least {EVENTS_PER_SECOND}/s and not below Node's");
    row(
        "signed POSTs to lines, 64 connections",
        "events/s",
        of(&ours.per_second),
        of(&theirs.per_second),
        target,
        reached,
    );
    let reached = Verdict::of(of(&ours.cpu), |value| value <= CPU_PER_THOUSAND);
    let target = format!("at most {CPU_PER_THOUSAND} s");
    row(
        "CPU of 1,000 signed POSTs",
        "s",
        of(&ours.cpu),
        of(&theirs.cpu),
        target,
        reached,
    );
    report.inform(
        "signed POST to line on stdout, p90 a round",
        "ms",
        of(&ours.p90),
        of(&theirs.p90),
    );
}
