//! Websockets while the code of their channel is exchanged for one that may not have them, breaks, or can't be brought: none is
//! kept up under a grant that is gone, and none is lost to the code that comes back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::time::{Duration, Instant};

use lockgate_tests::gateway::house::House;
use lockgate_tests::gateway::{Gateway, Welcome};
use lockgate_tests::guests;
use lockgate_tests::home::component::{manifest_of, with_manifest, with_salt};
use lockgate_tests::reload::{digest_of, keep, pin, reload, serving, wait_serving};
use lockgate_tests::wait::{PATIENCE, until};

/// A house whose websocket is open.
fn opened() -> House {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    house
}

/// The guest that runs.
fn guest() -> Vec<u8> {
    fs::read(guests::component("line").unwrap()).unwrap()
}

/// Has a code approved that asks for no websocket where one is open; its digest.
fn narrow(house: &House) -> String {
    let manifest = manifest_of(&guest()).unwrap();
    let other = manifest.replace("paths = [\"/socket\", \"/socket/*\"]", "paths = [\"/elsewhere\"]");
    assert_ne!(manifest, other);
    let bytes = with_manifest(&guest(), &other).unwrap();
    keep(&house.home, &bytes).unwrap();
    let digest = digest_of(&bytes);
    pin(&house.home, "line", &digest).unwrap();
    reload(&house.home).unwrap();
    digest
}

/// The code before serves again, over the connection that it had.
#[track_caller]
fn goes_on(house: &House, words: &str) {
    let line = house.wait_channel("it is stale", |line| line.phase == "stale").unwrap();
    assert!(line.detail.unwrap().contains(words));
    assert_eq!(serving(&house.home, "line").unwrap().1, digest_of(&guest()));
    house.gateway.say("say still here");
    house.wait_said("said main 0 still here").unwrap();
    assert_eq!(house.does("frame {\"op\":\"still\"}").unwrap(), 200);
    house.gateway.wait_heard("text {\"op\":\"still\"}").unwrap();
    assert_eq!(house.gateway.opened(), 1, "it was opened again");
    let closes = house.gateway.heard();
    assert!(
        !closes.iter().any(|heard| heard.what.starts_with("close")),
        "{closes:?}"
    );
}

#[test]
fn a_start_that_breaks_under_smaller_asks_took_the_websocket_of_the_code_that_came_back() {
    let house = opened();
    assert_eq!(house.does("set start-breaks").unwrap(), 200);
    narrow(&house);
    goes_on(&house, "it was told to");
    let failed = house.wait_channel("its calls", |_| true).unwrap().failed;
    // They had their try.
    reload(&house.home).unwrap();
    goes_on(&house, "it was told to");
    assert_eq!(house.wait_channel("its calls", |_| true).unwrap().failed, failed);
}

#[test]
fn a_first_call_that_breaks_under_smaller_asks_took_it_too_and_what_came_meanwhile() {
    let house = opened();
    let digest = narrow(&house);
    wait_serving(&house.home, "line", &digest).unwrap();
    house.gateway.say("say meanwhile");
    assert_eq!(house.does("trap").unwrap(), 500);
    house.wait_said("said main 0 meanwhile").unwrap();
    goes_on(&house, "trapped by a frame");
}

#[test]
fn what_a_code_may_not_have_is_closed_when_it_has_done_its_first_call() {
    let house = opened();
    let digest = narrow(&house);
    wait_serving(&house.home, "line", &digest).unwrap();
    assert_eq!(house.does("set leave").unwrap(), 200);
    assert_eq!(house.gateway.wait_heard("close").unwrap().what, "close 1001 ");
    house
        .wait_said("closed main 1001 the channel may not speak there any more")
        .unwrap();
    house.wait_tally("socket-not-granted", |count| count == 1).unwrap();
    house
        .wait_channel("it is gone", |line| line.sockets.is_empty())
        .unwrap();
}

/// Has other bytes of the same code approved; their digest.
fn approve_salted(house: &House, salt: u32) -> String {
    let bytes = with_salt(&guest(), salt);
    keep(&house.home, &bytes).unwrap();
    let digest = digest_of(&bytes);
    pin(&house.home, "line", &digest).unwrap();
    reload(&house.home).unwrap();
    digest
}

/// Waits until a start of it hangs: for five seconds from now.
fn wait_hanging(house: &House) {
    let said = || house.serve.stderr().contains("its start hangs").then_some(());
    until(PATIENCE, "a start that hangs", said).unwrap();
}

/// Nobody has the websockets while it hangs, and the code that comes back must not be without them afterwards.
#[test]
fn what_is_on_trial_broke_while_the_start_of_the_next_hung_and_both_gave_the_place_back() {
    let house = opened();
    assert_eq!(house.does("set starts-until-hang=1").unwrap(), 200);
    let tried = approve_salted(&house, 1);
    wait_serving(&house.home, "line", &tried).unwrap();
    approve_salted(&house, 2);
    wait_hanging(&house);
    assert_eq!(house.does("trap").unwrap(), 500);
    wait_serving(&house.home, "line", &digest_of(&guest())).unwrap();
    house.gateway.say("say meanwhile");
    assert_eq!(house.does("frame {\"op\":\"meanwhile\"}").unwrap(), 200, "it serves");
    house.wait_said("said main 0 meanwhile").unwrap();
    house.gateway.wait_heard("text {\"op\":\"meanwhile\"}").unwrap();
    goes_on(&house, "was not done within 5 s");
}

/// What is wanted by now does not wait for it, and its end is not held against the one that serves by then.
#[test]
fn a_start_that_hangs_kept_what_was_approved_meanwhile_from_its_place() {
    let house = opened();
    assert_eq!(house.does("set starts-until-hang=0").unwrap(), 200);
    approve_salted(&house, 1);
    wait_hanging(&house);
    assert_eq!(
        house.does("unset starts-until-hang").unwrap(),
        200,
        "the code before serves"
    );
    let wanted = approve_salted(&house, 2);
    wait_serving(&house.home, "line", &wanted).unwrap();
    house.gateway.say("say here");
    house.wait_said("said main 0 here").unwrap();
    let line = house.wait_channel("its first call is done", |line| line.phase == "ready");
    assert_eq!(line.unwrap().failed, 0, "a start that nobody waits for is no failure");
    assert_eq!(house.gateway.opened(), 1, "it was opened again");
}

/// It was kept for five minutes, under what was granted no more.
#[test]
fn a_channel_that_can_not_be_brought_any_more_kept_its_websocket() {
    let house = opened();
    let set = |digest: &str, key: &str, value: &str| {
        let edited = house.home.edit_config(|config| {
            let line = config["channel"]["line"].as_table_mut().unwrap();
            line.insert(key.into(), value.into());
        });
        edited.unwrap();
        pin(&house.home, "line", digest).unwrap();
        reload(&house.home).unwrap();
    };
    set(&digest_of(b"never kept"), "events", "off");
    assert_eq!(house.gateway.wait_heard("close").unwrap().what, "close 1001 ");
    let line = house.wait_channel("it is broken", |line| line.phase == "broken");
    assert!(line.unwrap().detail.unwrap().contains("is gone from"));
    // It is told when there is somebody again, and asks for it again.
    set(&digest_of(&guest()), "events", "all");
    house
        .wait_said("closed main 1001 the channel can't run as it is")
        .unwrap();
    house.gateway.wait_opened(2).unwrap();
    house.gateway.say("say again");
    house.wait_said("said main 0 again").unwrap();
}

/// The wait of a name says nothing of another one.
#[test]
fn ever_new_names_came_in_a_rush() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Close(1_000));
    let house = House::with(gateway, &["lines=0"]).unwrap();
    assert_eq!(house.does("set leave").unwrap(), 200);
    let begun = Instant::now();
    for at in 0..20 {
        let wish = format!("connect name-{at} wss://gateway.example.org/socket/{at}");
        // Not more than eight at once: the others have to end before.
        until(PATIENCE, "it is wanted", || {
            (house.does(&wish).unwrap() == 200).then_some(())
        })
        .unwrap();
    }
    house.gateway.wait_opened(20).unwrap();
    // Sixteen at once, and one in two seconds.
    assert!(begun.elapsed() >= Duration::from_millis(7_500), "{:?}", begun.elapsed());
}

#[test]
fn a_frame_that_its_connection_took_along_was_counted_as_one_without_any() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Deaf);
    let house = House::with(gateway, &[]).unwrap();
    house.wait_said("opened main").unwrap();
    let long = "x".repeat(200 << 10);
    for at in 0..40 {
        let frame = format!("frame {{\"op\":\"{at}{long}\"}}");
        assert_eq!(house.does(&frame).unwrap(), 200);
    }
    house.gateway.welcome(Welcome::Open);
    house.gateway.drop_line();
    house.wait_said("closed main").unwrap();
    house.wait_tally("frame-unsent", |count| count > 0).unwrap();
    let line = house.wait_channel("its tallies", |_| true).unwrap();
    assert!(
        !line.tallies.contains_key("frame-without-connection"),
        "{:?}",
        line.tallies
    );
}
