//! `kill -9` at random moments under load: what was answered 2xx is never lost, and no session that proved itself
//! gets anything twice.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use lockgate_tests::client::Seen;
use lockgate_tests::home::Home;
use lockgate_tests::load::payload::{number_in_line, workflow_run};
use lockgate_tests::load::random::{Random, SEED};
use lockgate_tests::load::{Connection, Hook};
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;
use rustix::process::{Signal, kill_process};

/// The variable that gives another number of kills.
const KILLS: &str = "LOCKGATE_KILLS";
/// How many there are, unless it says otherwise.
const KILLS_USUALLY: u64 = 200;
/// The latest moment of a kill after the start, in microseconds.
const LATEST_KILL: u64 = 700_000;
/// Senders at the same time.
const SENDERS: usize = 2;
/// Bodies that one sender posts to one process, at most: it bounds the journal, not the kill.
const BODIES_EACH: usize = 250;
/// How long the last session is given for what is left.
const DRAIN: Duration = Duration::from_secs(60);

/// What the senders know: this is what lockgate is held to.
#[derive(Default)]
struct Ledger {
    next: AtomicU64,
    /// Answered 2xx.
    accepted: Mutex<HashSet<u64>>,
    /// Sent, but the answer did not come: to be sent again.
    unknown: Mutex<Vec<u64>>,
    /// Kills that hit a request under way.
    hit: AtomicU64,
}

impl Ledger {
    /// A real sender repeats what it got no answer to, and then goes on.
    fn next_body(&self) -> u64 {
        let again = self.unknown.lock().unwrap().pop();
        again.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed))
    }

    fn send_until_the_end(&self, hook: &Hook) {
        let Ok(mut connection) = Connection::open(hook.addr) else {
            return;
        };
        for _ in 0..BODIES_EACH {
            let number = self.next_body();
            let request = hook.signed("workflow_run", &workflow_run(number));
            let answer = connection.send(&request).and_then(|()| connection.answer());
            match answer {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    self.accepted.lock().unwrap().insert(number);
                }
                Ok(_) => self.unknown.lock().unwrap().push(number),
                Err(_) => {
                    self.unknown.lock().unwrap().push(number);
                    self.hit.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        }
    }
}

/// Whether a session shows that it reads what it is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Given,
    Withheld,
}

/// What one session got.
struct Got {
    numbers: Vec<u64>,
    proven: bool,
}

#[test]
fn what_was_accepted_survives_kill_nine() {
    let kills = std::env::var(KILLS).map_or(KILLS_USUALLY, |text| text.parse().expect("a number of kills"));
    let mut random = Random::from_environment().unwrap();
    println!("{SEED}={} ({kills} kills)", random.seed);
    let home = Home::with_webhook("ci").unwrap();
    let ledger = Ledger::default();
    let mut reached = HashSet::new();
    let mut proven = 0_u64;
    let start = Instant::now();
    for kill in 0..kills {
        let moment = Duration::from_micros(random.below(LATEST_KILL));
        let proof = if random.below(2) == 0 {
            Proof::Given
        } else {
            Proof::Withheld
        };
        let got = run_until_killed(&home, &ledger, moment, proof);
        proven += u64::from(got.proven);
        judge(&got, &format!("kill {kill} after {moment:?}"));
        reached.extend(got.numbers);
    }
    let killed = start.elapsed();
    drain(&home, &ledger, &mut reached);
    let (accepted, hit) = (
        ledger.accepted.lock().unwrap().len(),
        ledger.hit.load(Ordering::Relaxed),
    );
    println!("{accepted} accepted, {hit} requests cut off, {proven} sessions proven, {killed:?} for the kills");
    assert!(
        hit >= kills / 10,
        "only {hit} of {kills} kills hit a request under way: there was no load"
    );
    assert!(
        proven >= kills / 20,
        "only {proven} of {kills} sessions proved themselves"
    );
    assert_journal_is_whole(&home);
}

/// Starts a server, greets it, puts load on it, all while another thread waits to kill it.
fn run_until_killed(home: &Home, ledger: &Ledger, moment: Duration, proof: Proof) -> Got {
    let mut serve = Serve::spawn(home, &["--channel"]).unwrap();
    let process = serve.process();
    // Nobody sends: the killer waits for its moment, and this end lives longer than it.
    let (_open, closed) = mpsc::channel::<()>();
    let proven = std::thread::scope(|scope| {
        scope.spawn(move || {
            let _ = closed.recv_timeout(moment);
            kill_process(process, Signal::KILL).unwrap();
        });
        under_load(home, ledger, &mut serve, proof)
    });
    serve.kill().unwrap();
    let seen = serve.client.record().seen();
    assert!(seen.stray.is_empty(), "not JSON-RPC on stdout: {:?}", seen.stray);
    Got {
        numbers: numbers(&seen),
        proven,
    }
}

/// Everything here may fail at any line: the server is being killed.
fn under_load(home: &Home, ledger: &Ledger, serve: &mut Serve, proof: Proof) -> bool {
    if serve.client.handshake().is_err() {
        return false;
    }
    let Some(hook) = hook_of(home, serve) else { return false };
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| ledger.send_until_the_end(&hook));
        }
        proof == Proof::Given && serve.prove().is_ok()
    })
}

/// Where to post to, unless the server is gone before it says so.
fn hook_of(home: &Home, serve: &mut Serve) -> Option<Hook> {
    let pid = serve.pid();
    while serve.runs().unwrap() {
        let Ok(status) = home.status() else { continue };
        let ready = status.channel("ci").is_some_and(|channel| channel.phase == "ready");
        if let (true, true, Some(addr)) = (ready, status.owner_pid() == Some(pid), status.listen) {
            return Some(Hook::new(addr, "/ci/github", lockgate_tests::home::SECRET));
        }
    }
    None
}

/// A session that proved itself got each event once.
fn judge(got: &Got, when: &str) {
    if !got.proven {
        return;
    }
    let mut once = HashSet::new();
    let twice: Vec<_> = got.numbers.iter().filter(|number| !once.insert(**number)).collect();
    assert!(twice.is_empty(), "{when}: a proven session got {twice:?} twice");
}

fn numbers(seen: &Seen) -> Vec<u64> {
    seen.events
        .iter()
        .filter_map(|line| number_in_line(&line.bytes))
        .collect()
}

/// A last session takes what is left, and then everything accepted must have reached somebody.
fn drain(home: &Home, ledger: &Ledger, reached: &mut HashSet<u64>) {
    let mut serve = Serve::channel(home).unwrap();
    let mut missing: HashSet<u64> = ledger.accepted.lock().unwrap().difference(reached).copied().collect();
    println!("{} left for the last session", missing.len());
    if !missing.is_empty() {
        let proven = serve.prove();
        assert!(proven.is_ok(), "{} are missing, and {proven:?}", missing.len());
    }
    let all = serve.client.record().wait(DRAIN, "the rest", |seen| {
        let got: HashSet<u64> = numbers(seen).into_iter().collect();
        missing.is_subset(&got).then_some(())
    });
    for number in numbers(&serve.client.record().seen()) {
        missing.remove(&number);
        reached.insert(number);
    }
    let some: Vec<_> = missing.iter().take(20).collect();
    assert!(
        all.is_ok(),
        "{} accepted bodies reached nobody, such as {some:?}",
        missing.len()
    );
    serve.signal(Signal::TERM).unwrap();
    serve.wait_exit(PATIENCE).unwrap();
}

fn assert_journal_is_whole(home: &Home) {
    let journal = rusqlite::Connection::open(home.journal()).unwrap();
    let verdict: String = journal
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    assert!(
        home.status().unwrap().owner.is_none(),
        "a killed owner still counts as one"
    );
}
