//! How websockets end and come again, in the whole house: frames that break their guest, ends that are told, waits between
//! tries, restarts, reloads, and a channel that is left alone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use lockgate_tests::gateway::house::House;
use lockgate_tests::gateway::{Gateway, Welcome};
use lockgate_tests::reload::reload;
use lockgate_tests::wait::{PATIENCE, until};

/// A house whose websocket is open: before, what is said over it is said to nobody.
fn opened() -> House {
    let house = House::new(&[]).unwrap();
    house.wait_said("opened main").unwrap();
    house
}

#[test]
fn a_frame_is_given_three_times_and_the_next_one_after_it() {
    let house = opened();
    house.gateway.say("trap-until 1");
    house.gateway.say("trap-until 2");
    house.gateway.say("trap");
    house.gateway.say("refuse no");
    house.gateway.say("say after");
    house.wait_said("said main 0 after").unwrap();
    let said = house.said();
    assert_eq!(said[1..], ["did trap-until 1", "did trap-until 2", "said main 0 after"]);
    house.wait_tally("frame-dropped", |count| count == 2).unwrap();
    let main = house.wait_socket("main", "both are counted", |main| main.dropped == 2);
    assert_eq!(main.unwrap().stage, "open");
}

#[test]
fn a_guest_that_is_busy_is_waited_for_and_nothing_is_counted() {
    let house = opened();
    let soon = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap() + Duration::from_millis(1_200);
    house.gateway.say(&format!("busy-until {}", soon.as_millis()));
    house.gateway.say("say after");
    house.wait_said("said main 0 after").unwrap();
    assert_eq!(house.said()[1..], ["did busy-until 0", "said main 0 after"]);
    let line = house.wait_channel("it was asked", |line| line.failed >= 4).unwrap();
    assert!(!line.tallies.contains_key("frame-dropped"));
}

#[test]
fn an_end_is_told_with_its_code_and_the_next_wish_waits() {
    let house = opened();
    // What came before the end is told before it.
    house.gateway.say("say last");
    let begun = Instant::now();
    house.gateway.close(4_004, "bye");
    house.wait_said("closed main 4004 bye").unwrap();
    assert_eq!(house.said()[1..], ["said main 0 last", "closed main 4004 bye"]);
    let main = house.wait_socket("main", "the end is shown", |main| main.last_end.is_some());
    assert_eq!(main.unwrap().last_end.unwrap(), "closed with 4004: bye");
    house.gateway.wait_opened(2).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
    let again = Instant::now();
    house.gateway.drop_line();
    house.wait_said("closed main 1006 the connection was lost").unwrap();
    house.gateway.wait_opened(3).unwrap();
    assert!(again.elapsed() >= Duration::from_secs(1), "{:?}", again.elapsed());
    house.gateway.wait_heard("text").unwrap();
}

#[test]
fn whoever_closes_at_once_is_not_asked_in_a_rush() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Close(1_000));
    let begun = Instant::now();
    let house = House::with(gateway, &[]).unwrap();
    house.gateway.wait_opened(4).unwrap();
    // Half a second, one and two, at least.
    assert!(begun.elapsed() >= Duration::from_millis(3_500), "{:?}", begun.elapsed());
    house.gateway.welcome(Welcome::Open);
    house.gateway.wait_opened(5).unwrap();
    house.gateway.say("say there");
    house.wait_said("said main 0 there").unwrap();
}

#[test]
fn a_disconnect_is_told_to_nobody_and_a_name_goes_elsewhere_when_it_is_asked_to() {
    let house = opened();
    assert_eq!(
        house.does("connect main wss://gateway.example.org/socket").unwrap(),
        200
    );
    assert_eq!(house.does("frame {\"op\":\"same\"}").unwrap(), 200);
    house.gateway.wait_heard("text {\"op\":\"same\"}").unwrap();
    assert_eq!(house.gateway.opened(), 1);
    assert_eq!(
        house.does("connect main wss://gateway.example.org/socket/2").unwrap(),
        200
    );
    house.gateway.wait_opened(2).unwrap();
    assert!(house.gateway.requests()[1].starts_with("GET /socket/2 "));
    assert_eq!(house.gateway.wait_heard("close").unwrap().what, "close 1000 ");
    house.gateway.say("say there");
    house.wait_said("said main 0 there").unwrap();
    assert_eq!(house.does("disconnect main").unwrap(), 200);
    house
        .wait_channel("it is gone", |line| line.sockets.is_empty())
        .unwrap();
    assert_eq!(house.does("frame {\"op\":\"late\"}").unwrap(), 200);
    house
        .wait_tally("frame-without-connection", |count| count == 1)
        .unwrap();
    assert_eq!(house.said(), ["opened main", "opened main", "said main 0 there"]);
}

#[test]
fn what_was_open_is_opened_again_after_a_restart_and_what_had_ended_is_not() {
    let mut house = House::new(&["lines=0"]).unwrap();
    assert_eq!(
        house
            .does("connect kept wss://gateway.example.org/socket/kept")
            .unwrap(),
        200
    );
    house.wait_said("opened kept").unwrap();
    assert_eq!(house.does("set leave").unwrap(), 200);
    assert_eq!(
        house
            .does("connect left wss://gateway.example.org/socket/left")
            .unwrap(),
        200
    );
    house.wait_said("opened left").unwrap();
    house.gateway.close(1_000, "");
    house.wait_said("closed left 1000").unwrap();
    house.restart().unwrap();
    house.gateway.wait_opened(3).unwrap();
    assert!(house.gateway.requests()[2].starts_with("GET /socket/kept "));
    house.gateway.say("say again");
    house.wait_said("said kept 0 again").unwrap();
    let sockets = house.wait_channel("one is kept", |line| line.sockets.len() == 1);
    assert_eq!(sockets.unwrap().sockets[0].name, "kept");
}

#[test]
fn an_end_that_breaks_the_guest_does_not_end_the_wish() {
    let house = opened();
    assert_eq!(house.does("set broken").unwrap(), 200);
    house.gateway.drop_line();
    house.gateway.wait_opened(2).unwrap();
    house.wait_tally("frame-dropped", |count| count == 1).unwrap();
    house.gateway.say("say here");
    house.wait_said("said main 0 here").unwrap();
}

#[test]
fn a_reload_keeps_what_the_new_grant_covers_and_closes_what_it_does_not() {
    let house = opened();
    let set = |key: &str, value: toml::Value| {
        let edited = house.home.edit_config(|config| {
            let line = config["channel"]["line"].as_table_mut().unwrap();
            line.insert(key.to_owned(), value.clone());
        });
        edited.unwrap();
        reload(&house.home).unwrap();
    };
    set(
        "config",
        toml::Table::from_iter([("lines".to_owned(), 1.into())]).into(),
    );
    house.gateway.say("say over the old one");
    house.wait_said("said main 0 over the old one").unwrap();
    assert_eq!(house.gateway.opened(), 1);
    house
        .home
        .edit_config(|config| {
            let line = config["channel"]["line"].as_table_mut().unwrap();
            line.remove("upstream");
        })
        .unwrap();
    set("hosts", vec!["wss://header.example.org"].into());
    assert_eq!(house.gateway.wait_heard("close").unwrap().what, "close 1001 ");
    house
        .wait_said("closed main 1001 the channel may not speak there any more")
        .unwrap();
    // It is asked for again, and refused.
    house.wait_said("closed main - refused: ").unwrap();
    house.wait_tally("socket-not-granted", |count| count == 1).unwrap();
    assert_eq!(house.gateway.opened(), 1);
}

#[test]
fn one_that_is_opened_slowly_gets_no_grant_that_was_taken_meanwhile() {
    let gateway = Gateway::start().unwrap();
    gateway.welcome(Welcome::Held);
    let house = House::with(gateway, &[]).unwrap();
    until(PATIENCE, "it is asked", || {
        (!house.gateway.requests().is_empty()).then_some(())
    })
    .unwrap();
    let edited = house.home.edit_config(|config| {
        let line = config["channel"]["line"].as_table_mut().unwrap();
        line.remove("upstream");
        line.insert("hosts".into(), vec!["wss://header.example.org"].into());
    });
    edited.unwrap();
    reload(&house.home).unwrap();
    house
        .wait_channel("the new grant holds", |line| line.phase == "ready")
        .unwrap();
    house.gateway.welcome(Welcome::Open);
    house
        .wait_said("closed main 1001 the channel may not speak there any more")
        .unwrap();
    // Not a frame went out, and none with the credential.
    assert!(house.gateway.texts().is_empty(), "{:?}", house.gateway.heard());
    house.wait_tally("socket-not-granted", |count| count == 1).unwrap();
}

#[test]
fn what_was_sent_before_a_disconnect_goes_out_before_it() {
    let house = House::new(&["lines=8"]).unwrap();
    house.gateway.wait_opened(8).unwrap();
    for at in 0..8 {
        house.gateway.say_over(at, &format!("bye {{\"op\":\"last-{at}\"}}"));
    }
    house
        .wait_channel("they are gone", |line| line.sockets.is_empty())
        .unwrap();
    for at in 0..8 {
        house
            .gateway
            .wait_heard(&format!("text {{\"op\":\"last-{at}\"}}"))
            .unwrap();
    }
}

#[test]
fn a_channel_that_is_left_alone_is_given_nothing_until_it_is_resumed() {
    let house = opened();
    (0..5).for_each(|_| house.gateway.say("trap"));
    house
        .wait_channel("four are dropped", |line| line.tallies.get("frame-dropped") >= Some(&2))
        .unwrap();
    let line = house
        .wait_channel("quarantine", |line| line.phase == "quarantined")
        .unwrap();
    let why = line.detail.unwrap();
    assert!(why.contains("socket.receive broke 5 times in a row"), "{why}");
    house.gateway.say("say later");
    assert_eq!(house.does("say now").unwrap(), 200, "hooks go on");
    house.wait_said("said main 0 now").unwrap();
    until(PATIENCE, "nothing more comes in", || {
        (house.said() == ["opened main", "said main 0 now"]).then_some(())
    })
    .unwrap();
    let ran = house.home.run(&["review", "line", "--resume"]).unwrap();
    assert!(ran.ok(), "{}", ran.stderr);
    house.wait_said("said main 0 later").unwrap();
    assert_eq!(house.gateway.opened(), 1);
}
