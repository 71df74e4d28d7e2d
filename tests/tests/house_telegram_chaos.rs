//! Ten thousand updates over a platform that fails at random and restarts, to a lockgate that is killed or ended again and
//! again: each reaches a client at least once, none twice in one proven session, and each conversation in its order.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use lockgate_tests::botapi::{BotApi, Cut, Fault};
use lockgate_tests::client::{Line, Seen};
use lockgate_tests::home::Home;
use lockgate_tests::load::random::{Random, SEED};
use lockgate_tests::serve::Serve;
use lockgate_tests::telegram::{NAME, scene};
use lockgate_tests::wait::PATIENCE;
use rustix::process::Signal;
use serde_json::json;

/// The variable that gives another number of updates.
const UPDATES: &str = "LOCKGATE_UPDATES";
/// How many there are, unless it says otherwise.
const UPDATES_USUALLY: u64 = 10_000;
/// Who writes, each in a conversation of his own.
const PEOPLE: std::ops::Range<i64> = 1_001..1_009;
/// Of a thousand calls of the platform so many fail.
const PERMILLE: u64 = 110;
/// Updates that wait at the platform, at most: more than two polls take.
const WAITING: usize = 250;
/// The platform looks around so often: it lets go what hangs, and brings what was said.
const LOOK: Duration = Duration::from_millis(50);
/// Of a thousand of these looks so many restart it.
const RESTARTS: u64 = 6;
/// How long a session lives at least, in milliseconds; and how much longer at most.
const LIFE: (u64, u64) = (1_000, 3_500);
/// How long the run may take for each update, beyond what it needs to begin and to end.
const EACH: Duration = Duration::from_millis(12);

/// What lockgate is held to.
#[derive(Debug, Default)]
struct Ledger {
    /// The number of the next new message of each conversation.
    next: BTreeMap<String, u64>,
    reached: u64,
    pushed: u64,
    sessions: u64,
    proven: u64,
    killed: u64,
}

/// What one session got: chat and number, in order.
struct Got {
    messages: Vec<(String, u64)>,
    proven: bool,
    killed: bool,
}

#[test]
fn every_update_arrives_over_faults_and_restarts() {
    let updates = std::env::var(UPDATES).map_or(UPDATES_USUALLY, |text| text.parse().expect("a number of updates"));
    let mut random = Random::from_environment().unwrap();
    println!("{SEED}={} ({updates} updates)", random.seed);
    let (api, home) = house();
    api.random_faults(random.draw(), PERMILLE, &faults());
    let (mut ledger, platform) = (Ledger::default(), Random::seeded(random.draw()));
    let (begun, limit) = (Instant::now(), PATIENCE + EACH * u32::try_from(updates).unwrap());
    let restarts = std::thread::scope(|scope| {
        // Nobody sends: when this end goes, the mischief ends.
        let (open, closed) = mpsc::channel::<()>();
        let mischief = scope.spawn(|| mischief(&api, updates, platform, closed));
        while ledger.reached < updates {
            let took = begun.elapsed();
            assert!(took < limit, "only {} of {updates} came in {took:?}", ledger.reached);
            let got = session(&home, &mut random, updates - ledger.reached);
            ledger.judge(&got);
        }
        drop(open);
        mischief.join().unwrap()
    });
    let (took, polls) = (begun.elapsed(), api.calls("getUpdates").len());
    let faults = api.failed();
    println!("{took:?}: {polls} polls, {faults} calls that went wrong, the platform restarted {restarts} times");
    let Ledger {
        pushed,
        sessions,
        proven,
        killed,
        ..
    } = ledger;
    println!("{pushed} pushes to {sessions} sessions, {proven} of them proven, {killed} killed");
    assert!(
        sessions >= 3 && proven >= 1 && killed >= 1 && restarts >= 1 && faults >= 3,
        "there was no chaos"
    );
    assert_is_whole(&api, &home);
}

/// A platform and a home in which all of them are heard.
fn house() -> (BotApi, Home) {
    let (api, home) = scene().unwrap();
    for id in PEOPLE {
        let name = format!("person{id}");
        api.user(id, &name);
        assert!(
            home.run(&["access", "allow", &name, &format!("{NAME}:{id}")])
                .unwrap()
                .ok()
        );
    }
    (api, home)
}

/// All that may go wrong with a call.
fn faults() -> Vec<Fault> {
    vec![
        Fault::refuse(500, "Internal Server Error"),
        Fault::refuse(502, "Bad Gateway"),
        Fault::Drop,
        Fault::Lose(Cut::Whole),
        Fault::Lose(Cut::Body),
        Fault::Lose(Cut::Half),
        Fault::Hang,
        Fault::busy(1),
        Fault::refuse(409, "Conflict: terminated by other getUpdates request"),
        Fault::gateway(),
        Fault::Say("{\"ok\":true,\"result\":[{\"update\":\"of no shape\"}".to_owned()),
    ]
}

/// The platform's side, until the other end is gone: people write, what hangs is let go, and it restarts now and then.
fn mischief(api: &BotApi, updates: u64, mut random: Random, closed: mpsc::Receiver<()>) -> u64 {
    let (mut said, mut restarts) = (0, 0);
    let mut next: BTreeMap<i64, u64> = BTreeMap::new();
    while closed.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
        while said < updates && api.unconfirmed() < WAITING {
            let person = PEOPLE.start + i64::try_from(random.below(8)).unwrap();
            let number = next.entry(person).or_default();
            api.says(person, person, &format!("message {number}."));
            *number += 1;
            said += 1;
        }
        api.release();
        if random.below(1_000) < RESTARTS {
            api.restart();
            restarts += 1;
        }
    }
    restarts
}

/// One session from its start to its end, by whatever hand.
fn session(home: &Home, random: &mut Random, missing: u64) -> Got {
    let life = Duration::from_millis(LIFE.0 + random.below(LIFE.1));
    let (proves, end) = (random.below(4) > 0, random.below(10));
    let begun = Instant::now();
    let mut serve = Serve::channel(home).unwrap();
    let first = |seen: &Seen| seen.events.first().map(Line::parse);
    let first = serve.client.record().wait(life, "the first event", first);
    let proven = proves && first.is_ok_and(|first| acknowledged(&mut serve, &first.unwrap().meta["event_id"]));
    // It may be over before its time, because all is there; which is the only condition that ends it so.
    let all = |seen: &Seen| (seen.events.len() as u64 >= missing && news(seen) >= missing).then_some(());
    let _ = serve
        .client
        .record()
        .wait(life.saturating_sub(begun.elapsed()), "the rest", all);
    match end {
        0..5 => {}
        5..8 => serve.signal(Signal::TERM).unwrap(),
        _ => serve.client.end_input(),
    }
    if end >= 5 {
        serve.wait_exit(PATIENCE).unwrap();
    }
    serve.kill().unwrap();
    let seen = serve.client.record().seen();
    assert!(seen.stray.is_empty(), "not JSON-RPC on stdout: {:?}", seen.stray);
    Got {
        messages: messages(&seen),
        proven,
        killed: end < 5,
    }
}

fn acknowledged(serve: &mut Serve, event: &str) -> bool {
    let result = serve.client.call("ack", &json!({"event_ids": [event]})).unwrap();
    result["isError"] != true
}

/// Messages that are no repetition of what another session got.
fn news(seen: &Seen) -> u64 {
    let replayed = |line: &&Line| line.parse().unwrap().meta.contains_key("replay");
    (seen.events.len() - seen.events.iter().filter(replayed).count()) as u64
}

fn messages(seen: &Seen) -> Vec<(String, u64)> {
    let parsed = seen.events.iter().map(|line| line.parse().unwrap());
    let message = parsed.filter_map(|event| {
        let number = event
            .content
            .strip_prefix("message ")?
            .strip_suffix('.')?
            .parse()
            .ok()?;
        Some((event.meta.get("chat_id")?.clone(), number))
    });
    message.collect()
}

impl Ledger {
    fn judge(&mut self, got: &Got) {
        self.sessions += 1;
        self.proven += u64::from(got.proven);
        self.killed += u64::from(got.killed);
        self.pushed += got.messages.len() as u64;
        let mut last: BTreeMap<&str, u64> = BTreeMap::new();
        for (chat, number) in &got.messages {
            // Ascending is both: in order, and none twice. What a session that proves nothing is shown again is in order, too.
            let before = last.insert(chat, *number);
            let when = format!("session {}, proven: {}", self.sessions, got.proven);
            assert!(before < Some(*number), "{when}: {chat} got {number} after {before:?}");
            let next = self.next.entry(chat.clone()).or_default();
            assert!(*number <= *next, "{when}: {chat} got {number} before {next}");
            if number == next {
                *next += 1;
                self.reached += 1;
            }
        }
    }
}

/// Nothing was stepped over, dropped or given up, and the journal is one.
fn assert_is_whole(api: &BotApi, home: &Home) {
    api.heal();
    let serve = Serve::channel(home).unwrap();
    let confirmed = || (api.unconfirmed() == 0).then_some(());
    api.wait_for(PATIENCE * 2, "the last confirmation", confirmed).unwrap();
    let status = home.status().unwrap();
    let channel = status.channel(NAME).unwrap();
    assert_eq!((channel.dead, channel.tallies.get("skipped")), (0, None), "{channel:?}");
    drop(serve);
    let journal = rusqlite::Connection::open(home.journal()).unwrap();
    let verdict: String = journal
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}
