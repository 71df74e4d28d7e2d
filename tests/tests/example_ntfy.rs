//! A topic of ntfy, by the example in Rust: what is published becomes an event, once and in its order, whatever happens to
//! the websocket; an answer is published, and not told as if somebody else had said it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate_tests::client::text_of;
use lockgate_tests::gateway::Welcome;
use lockgate_tests::guests;
use lockgate_tests::home::{Home, Status};
use lockgate_tests::ntfy::Ntfy;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::PATIENCE;
use serde_json::{Value, json};

const TOPIC: &str = "backups-b7f2";

/// The example in a home of its own, listening to a fake.
struct House {
    home: Home,
    serve: Serve,
    ntfy: Ntfy,
}

fn house() -> House {
    let ntfy = Ntfy::start(TOPIC).unwrap();
    let home = Home::new().unwrap();
    let component = guests::component("ntfy").unwrap();
    let topic = format!("topic={TOPIC}");
    let arguments = ["add", component.to_str().unwrap(), "--name", "ntfy", "--yes"];
    let given = ["--grant", "hosts", "--set", &topic];
    let ran = home.add_shown(&[&arguments[..], &given[..]].concat()).unwrap();
    assert!(ran.ok(), "{}{}", ran.stdout, ran.stderr);
    home.edit_config(|config| {
        let own = config["channel"]["ntfy"].as_table_mut().unwrap();
        own.insert("upstream".into(), ntfy.upstreams().into());
    })
    .unwrap();
    home.unpace().unwrap();
    let serve = Serve::channel(&home).unwrap();
    let house = House { home, serve, ntfy };
    house.wait_opened(1);
    house
}

impl House {
    fn wait_opened(&self, count: usize) {
        let opened = self.ntfy.gateway.wait_opened(count);
        opened.unwrap_or_else(|error| panic!("{error}\n{:?}\n{}", self.home.status(), self.serve.stderr()));
    }

    /// What the session was told, in order.
    fn told(&self) -> Vec<String> {
        let seen = self.serve.client.record().seen();
        seen.events
            .iter()
            .map(|line| line.parse().unwrap().content.trim().to_owned())
            .collect()
    }

    /// Waits until the session was told this and nothing else.
    #[track_caller]
    fn check(&self, expected: &[&str]) {
        let waited = self.serve.client.record().wait_events(expected.len(), PATIENCE);
        waited.unwrap_or_else(|error| panic!("{error}\n{:?}\n{:?}", self.told(), self.ntfy.since()));
        assert_eq!(self.told(), expected, "{:?}", self.ntfy.since());
    }

    /// The websocket is lost, and comes again when all that is done meanwhile is done.
    fn interrupted(&self, meanwhile: impl FnOnce(&Ntfy)) {
        let before = self.ntfy.gateway.opened();
        self.ntfy.gateway.welcome(Welcome::Held);
        self.ntfy.gateway.drop_line();
        meanwhile(&self.ntfy);
        self.ntfy.gateway.welcome(Welcome::Open);
        self.wait_opened(before + 1);
    }
}

#[test]
fn a_message_comes_in_and_its_answer_goes_out_and_is_not_told_again() {
    let mut house = house();
    house.ntfy.keepalive();
    house.ntfy.publish("is the backup done?");
    house.check(&["is the backup done?"]);
    let pushed = house.serve.client.record().seen().events[0].parse().unwrap();
    assert_eq!(pushed.meta["role"], "service");
    // It is asked to wait once, and publishes nothing twice.
    house.ntfy.limit(1);
    let arguments = json!({"chat_id": pushed.meta["chat_id"], "text": "It is."});
    let result = house.serve.client.call("reply", &arguments).unwrap();
    assert!(text_of(&result).contains("m00000000001"), "{result}");
    let seen = house.ntfy.platform.seen();
    assert_eq!(seen.len(), 2, "{seen:?}");
    let published: Value = serde_json::from_slice(&seen[1].body).unwrap();
    assert_eq!(
        published,
        json!({"topic": TOPIC, "message": "It is.", "tags": ["claude"]})
    );
    house.ntfy.keepalive();
    house.ntfy.publish("thank you");
    house.check(&["is the backup done?", "thank you"]);
}

#[test]
fn what_is_published_while_it_is_not_heard_is_told_once() {
    let mut house = house();
    // Before the first message it knows none to ask from.
    house.interrupted(|ntfy| ntfy.publish("one"));
    house.check(&["one"]);
    house.ntfy.repeat();
    house.ntfy.publish("two");
    house.check(&["one", "two"]);
    house.interrupted(|ntfy| {
        ntfy.publish("three");
        ntfy.publish("four");
    });
    // Who comes in the moment in which it is published gets it from both sides.
    house.ntfy.repeat();
    house.check(&["one", "two", "three", "four"]);
    let since = house.ntfy.since();
    assert_eq!((since[0].as_deref(), since[2].as_deref()), (None, Some("m00000000001")));
    // A session that has shown a sign has seen what it was told, so the next one is told only what is new.
    house.serve.prove().unwrap();
    let seen = |status: &Status| status.channel("ntfy").filter(|own| own.seen == 4).map(drop);
    house.home.wait_status("four were seen", seen).unwrap();
    house.serve.kill().unwrap();
    house.ntfy.publish("five");
    let before = house.ntfy.gateway.opened();
    house.serve = Serve::channel(&house.home).unwrap();
    house.wait_opened(before + 1);
    house.ntfy.publish("six");
    house.check(&["five", "six"]);
}
