//! Other bytes while a channel serves: nobody waits for them, nobody finds the channel gone, and if they are no good the old
//! ones go on and it is said why.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::cell::Cell;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lockgate_tests::client::Pushed;
use lockgate_tests::gateway::house::House as Wired;
use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, read_prebuilt, with_manifest, with_salt};
use lockgate_tests::home::{Home, SECRET, Status};
use lockgate_tests::load::payload::{number_in_line, workflow_run};
use lockgate_tests::load::{Connection, Hook};
use lockgate_tests::reload::{digest_of, keep, pin, reload, serving, wait_serving};
use lockgate_tests::serve::Serve;
use lockgate_tests::tooled;
use lockgate_tests::wait::PATIENCE;

/// The variable that gives another number of reloads.
const RELOADS: &str = "LOCKGATE_RELOADS";
/// How many there are, unless it says otherwise.
const RELOADS_USUALLY: usize = 1_000;
/// Reloads while a timer fires as often as it may.
const TURNS: usize = 120;
/// Bodies or frames a second meanwhile.
const A_SECOND: u64 = 100;

/// A house with a guest that does as it is told, and is called by nobody but us.
struct House {
    home: Home,
    serve: Serve,
    hook: Hook,
    bytes: Vec<u8>,
    /// So that no body is a replay.
    turns: Cell<u32>,
}

impl House {
    fn set() -> House {
        let home = Home::new().unwrap();
        let file = guests::component("hoarder").unwrap();
        let secret = format!("key=file:{}", home.secret_file(SECRET).unwrap().display());
        let add = [
            "add",
            file.to_str().unwrap(),
            "--name",
            "ci",
            "--yes",
            "--secret",
            &secret,
        ];
        let ran = home.run(&add).unwrap();
        assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
        home.unpace().unwrap();
        let serve = Serve::channel(&home).unwrap();
        let ready = |status: &Status| {
            status
                .listen
                .filter(|_| status.channel("ci").is_some_and(|c| c.phase == "ready"))
        };
        let listen = home.wait_status("the channel is ready", ready).unwrap();
        House {
            hook: Hook::new(listen, "/ci/do", SECRET),
            bytes: fs::read(file).unwrap(),
            home,
            serve,
            turns: Cell::new(0),
        }
    }

    /// Has these bytes approved, and the owner read that.
    fn approve(&self, bytes: &[u8]) -> String {
        keep(&self.home, bytes).unwrap();
        let digest = digest_of(bytes);
        pin(&self.home, "ci", &digest).unwrap();
        reload(&self.home).unwrap();
        digest
    }

    fn post(&self, body: &str) -> u16 {
        let signature = self.hook.signature(body.as_bytes());
        let request = self.hook.request(&[("X-Signature", &signature)], body.as_bytes());
        self.hook.post(&request).unwrap().status
    }

    /// Waits until the old bytes go on in place of others, for this reason.
    #[track_caller]
    fn is_stale(&self, why: &str) {
        let found = self.home.wait_status("it is stale", |status| {
            let channel = status.channel("ci")?;
            channel.detail.clone().filter(|_| channel.phase == "stale")
        });
        let said = found.unwrap();
        assert!(said.contains(why), "{said}");
        assert_eq!(serving(&self.home, "ci").unwrap().1, digest_of(&self.bytes));
        let turn = self.turns.get() + 1;
        self.turns.set(turn);
        assert_eq!(self.post(&format!("echo {turn}")), 200, "the old code serves");
        let told = self.serve.client.record().wait(PATIENCE, "the host's word", |seen| {
            let events = seen.events.iter().map(|line| line.parse().unwrap());
            let mut told = events.filter(|event: &Pushed| event.content.starts_with("ci: its new code can't serve"));
            told.find(|event| event.content.contains(why))
        });
        told.unwrap();
    }
}

#[test]
fn a_code_that_breaks_in_its_first_call_gives_its_place_back() {
    let house = House::set();
    let other = house.approve(&with_salt(&house.bytes, 1));
    wait_serving(&house.home, "ci", &other).unwrap();
    assert_eq!(house.post("write-attach-trap /inbox/a"), 500);
    house.is_stale("after writing");
    // They had their try: reading the files again is none.
    reload(&house.home).unwrap();
    house.is_stale("after writing");
    let third = house.approve(&with_salt(&house.bytes, 3));
    wait_serving(&house.home, "ci", &third).unwrap();
    // It did well once, so that what breaks later is a fault like any other.
    assert_eq!(house.post("echo well"), 200);
    assert_eq!(house.post("write-attach-trap /inbox/b"), 500);
    assert_eq!(serving(&house.home, "ci").unwrap(), ("ready".to_owned(), third));
}

/// Nobody asks for them again: what is wanted is what was wanted when the files were last read.
#[test]
fn bytes_that_were_made_ready_when_those_on_trial_broke_were_lost() {
    let house = House::set();
    let other = house.approve(&with_salt(&house.bytes, 1));
    wait_serving(&house.home, "ci", &other).unwrap();
    let third = house.approve(&with_salt(&house.bytes, 3));
    assert_eq!(house.post("write-attach-trap /inbox/a"), 500);
    wait_serving(&house.home, "ci", &third).unwrap();
    assert_eq!(house.post("echo well"), 200);
    assert_eq!(serving(&house.home, "ci").unwrap(), ("ready".to_owned(), third));
}

#[test]
fn bytes_that_can_not_be_brought_leave_the_old_ones_where_they_are() {
    let house = House::set();
    let gone = digest_of(b"never kept");
    pin(&house.home, "ci", &gone).unwrap();
    reload(&house.home).unwrap();
    house.is_stale("is gone from");
    // The old ones are wanted again: nothing is to be told any more.
    pin(&house.home, "ci", &digest_of(&house.bytes)).unwrap();
    reload(&house.home).unwrap();
    assert_eq!(serving(&house.home, "ci").unwrap().0, "ready");
    let manifest = manifest_of(&house.bytes).unwrap();
    let other = manifest.replacen("[secrets.key]", "[secrets.other]\ntitle = \"Other\"\n[secrets.key]", 1);
    house.approve(&with_manifest(&house.bytes, &other).unwrap());
    house.is_stale("needs the secret");
}

/// With the bytes alone it would go on under what it was granted; with less granted it must not for a moment.
#[test]
fn what_is_granted_no_more_is_not_kept_up_by_an_older_code() {
    let house = House::set();
    pin(&house.home, "ci", &digest_of(b"never kept")).unwrap();
    house
        .home
        .edit_config(|config| {
            let channel = config["channel"]["ci"].as_table_mut().unwrap();
            channel.insert("events".into(), "off".into());
        })
        .unwrap();
    reload(&house.home).unwrap();
    let broken = |status: &Status| status.channel("ci").filter(|c| c.phase == "broken").map(drop);
    house.home.wait_status("it is broken", broken).unwrap();
    assert_eq!(house.post("said"), 503);
}

#[test]
fn other_tools_reach_the_session_without_a_gap() {
    let (home, serve) = tooled::session().unwrap();
    let guest = fs::read(guests::component("tools").unwrap()).unwrap();
    let manifest = manifest_of(&guest).unwrap();
    let more =
        format!("{manifest}\n[[tool]]\nname = \"another\"\ntext = \"One more.\"\n[tool.schema]\ntype = \"object\"\n");
    let bytes = with_manifest(&guest, &more).unwrap();
    keep(&home, &bytes).unwrap();
    pin(&home, tooled::NAME, &digest_of(&bytes)).unwrap();
    reload(&home).unwrap();
    wait_serving(&home, tooled::NAME, &digest_of(&bytes)).unwrap();
    tooled::told(&serve, 2).unwrap();
}

#[test]
fn a_websocket_stays_open_over_reloads_under_load_and_its_frames_keep_their_order() {
    let house = Wired::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    let bytes = fs::read(guests::component("line").unwrap()).unwrap();
    let sent = reload_under_load(&house.home, "line", &bytes, |done| {
        paced(done, |number| house.gateway.say(&format!("say {number}")))
    });
    house.wait_said(&format!("said main 0 {}", sent - 1)).unwrap();
    let said = house.said().into_iter();
    let said: Vec<String> = said.filter(|line| line.starts_with("said main")).collect();
    let expected: Vec<String> = (0..sent).map(|at| format!("said main 0 {at}")).collect();
    assert!(said == expected, "lost, doubled, or out of order");
    assert_eq!(house.gateway.opened(), 1, "it was opened again");
}

#[test]
fn reloads_under_load_lose_double_and_disorder_nothing() {
    let home = Home::with_webhook("ci").unwrap();
    let mut serve = Serve::channel(&home).unwrap();
    let hook = home.hook("ci").unwrap();
    let mut connection = Connection::open(hook.addr).unwrap();
    // Each is answered before the next is sent, so that there is an order to keep.
    let mut post = |number| {
        connection
            .send(&hook.signed("workflow_run", &workflow_run(number)))
            .unwrap();
        let answer = connection.answer().unwrap();
        assert_eq!(answer.status / 100, 2, "body {number} was answered {}", answer.status);
    };
    post(0);
    serve.prove().unwrap();
    let bytes = read_prebuilt("webhook").unwrap();
    let more = reload_under_load(&home, "ci", &bytes, |done| paced(done, |number| post(number + 1)));
    let sent = more + 1;
    let numbers = serve.client.record().wait(PATIENCE, "the last event", |seen| {
        let numbers: Vec<u64> = seen
            .events
            .iter()
            .filter_map(|line| number_in_line(&line.bytes))
            .collect();
        numbers.contains(&(sent - 1)).then_some(numbers)
    });
    let expected: Vec<u64> = (0..sent).collect();
    assert!(numbers.unwrap() == expected, "lost, doubled, or out of order");
}

/// What a timer asks for is committed with it: a code that goes in that moment must not take it along, and the next one must
/// not serve the timer again.
#[test]
fn what_a_timer_brought_is_done_once_whoever_takes_the_place() {
    let wired = Wired::new(&[]).unwrap();
    wired.wait_said("opened main").unwrap();
    let bytes = fs::read(guests::component("line").unwrap()).unwrap();
    let codes = [with_salt(&bytes, 1), with_salt(&bytes, 2)];
    codes.iter().for_each(|code| keep(&wired.home, code).unwrap());
    assert_eq!(wired.does("wake beat").unwrap(), 200);
    for round in 0..TURNS {
        let digest = digest_of(&codes[round % 2]);
        pin(&wired.home, "line", &digest).unwrap();
        reload(&wired.home).unwrap();
        wait_serving(&wired.home, "line", &digest).unwrap();
    }
    assert_eq!(wired.does("set still").unwrap(), 200);
    wired.wait_said("still beat").unwrap();
    // The way to the gateway is longer than that to us.
    wired.gateway.say("frame {\"op\":\"end\"}");
    wired.gateway.wait_heard("text {\"op\":\"end\"}").unwrap();
    let texts = wired.gateway.texts();
    let beats: Vec<&String> = texts.iter().filter(|text| text.contains("beat-")).collect();
    let expected: Vec<String> = (0..beats.len()).map(|at| format!("{{\"op\":\"beat-{at}\"}}")).collect();
    assert!(beats.len() > TURNS / 4, "{}", beats.len());
    assert_eq!(beats, expected.iter().collect::<Vec<_>>(), "lost or doubled");
    assert_eq!(wired.gateway.opened(), 1);
}

/// Exchanges the code of a channel for one of two again and again, while a thread sends until it is told that this is done; how
/// much it sent.
fn reload_under_load(home: &Home, channel: &str, bytes: &[u8], send: impl FnOnce(&AtomicBool) -> u64 + Send) -> u64 {
    let reloads = std::env::var(RELOADS).map_or(RELOADS_USUALLY, |text| text.parse().expect("a number of reloads"));
    let codes = [with_salt(bytes, 1), with_salt(bytes, 2)];
    codes.iter().for_each(|code| keep(home, code).unwrap());
    let digests = codes.map(|code| digest_of(&code));
    let (done, mut took) = (AtomicBool::new(false), Vec::new());
    let sent = std::thread::scope(|scope| {
        let sender = scope.spawn(|| send(&done));
        for round in 0..reloads {
            let digest = &digests[round % 2];
            let begun = Instant::now();
            pin(home, channel, digest).unwrap();
            reload(home).unwrap();
            wait_serving(home, channel, digest).unwrap();
            took.push(begun.elapsed());
        }
        done.store(true, Ordering::Relaxed);
        sender.join().unwrap()
    });
    took.sort();
    println!(
        "{reloads} reloads, {sent} sent; median {:?}, most {:?}",
        took[took.len() / 2],
        took.last()
    );
    sent
}

/// Sends one number after the other, [`A_SECOND`], at least one; how many.
fn paced(done: &AtomicBool, mut send: impl FnMut(u64)) -> u64 {
    let (begun, pace) = (Instant::now(), Duration::from_micros(1_000_000 / A_SECOND));
    let mut number = 0;
    loop {
        send(number);
        number += 1;
        if done.load(Ordering::Relaxed) {
            return number;
        }
        let due = begun + pace * u32::try_from(number).unwrap();
        // A pace, and no wait for anything.
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}
