//! A websocket while nobody is there to be given what comes over it: the code was taken from its place, or is left alone
//! because it broke too often. It stays open for a while, and then the other side is told that nobody listens.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use lockgate::channel::{Phase, Seat, SocketView, Sockets};
use lockgate_tests::gateway::Gateway;
use lockgate_tests::room::Running;
use lockgate_tests::wait::{PATIENCE, until};
use tokio::task::JoinSet;

const SOON: Duration = Duration::from_millis(150);

/// The guest `line` with one open websocket.
struct Line {
    gateway: Gateway,
    sockets: Arc<Sockets>,
    running: Running,
    // All ends with it.
    _tasks: JoinSet<()>,
}

/// One whose websocket stays open for so long while nobody listens.
async fn line(patience: Duration) -> Line {
    let (gateway, sockets) = (Gateway::start().unwrap(), Sockets::new(patience));
    let running = running("hosts = ['wss://gateway.example.org']", &gateway, &sockets).await;
    let mut tasks = JoinSet::new();
    sockets.seat(Seat::Taken(Arc::clone(&running.channel)));
    tasks.spawn(Arc::clone(&sockets).run());
    tasks.spawn(Arc::clone(&running.channel).live());
    let line = Line {
        gateway,
        sockets,
        running,
        _tasks: tasks,
    };
    line.wait("it is open and said hello", |line| !line.gateway.texts().is_empty());
    line
}

/// A code of it, which may speak where this line says.
async fn running(hosts: &str, gateway: &Gateway, sockets: &Arc<Sockets>) -> Running {
    let lines = format!(
        "{hosts}\nsecrets.key = {{ env = 'KEY' }}\nsecrets.token = {{ env = 'TOKEN' }}\n\
         upstream = {{ 'wss://gateway.example.org' = '{}' }}",
        gateway.url()
    );
    let secrets = [("key", "a key"), ("token", "gateway-4711-credential_x")];
    Running::keeping("line", &lines, &secrets, Arc::clone(sockets))
        .await
        .unwrap()
}

impl Line {
    #[track_caller]
    fn wait(&self, what: &str, condition: impl Fn(&Line) -> bool) {
        let waited = until(PATIENCE, what, || condition(self).then_some(()));
        waited.unwrap_or_else(|error| panic!("{error}: {:?} {:?}", self.gateway.heard(), self.sockets.views()));
    }

    fn view(&self) -> SocketView {
        self.sockets.views().remove(0)
    }

    /// The other side was told that nobody listens, and a person can read why it ended.
    #[track_caller]
    fn wait_left(&self) {
        self.wait("the other side is told", |line| {
            line.gateway.heard().iter().any(|heard| heard.what == "close 1001 ")
        });
        self.wait("the end is shown", |line| line.view().last_end.is_some());
        let end = self.view().last_end.unwrap();
        assert_eq!(end, "closed with 1001: nobody was there to be given what came");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_of_which_nobody_hears_is_closed_and_the_guest_asks_again_when_it_is_there() {
    let line = line(SOON).await;
    line.sockets.seat(Seat::Empty);
    line.wait_left();
    assert_eq!(line.gateway.opened(), 1);
    // The end is told to whoever comes next, who wants it open again.
    line.sockets.seat(Seat::Taken(Arc::clone(&line.running.channel)));
    line.gateway.wait_opened(2).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_of_a_channel_that_is_left_alone_is_closed_as_well() {
    let line = line(SOON).await;
    (0..5).for_each(|_| line.gateway.say("trap"));
    line.wait("it is left alone", |line| {
        matches!(line.running.channel.phase(), Phase::Quarantined { .. })
    });
    line.wait_left();
    assert_eq!(line.gateway.opened(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_of_which_somebody_hears_again_in_time_stays_open() {
    let line = line(PATIENCE).await;
    line.sockets.seat(Seat::Empty);
    line.gateway.say("frame {\"op\":\"late\"}");
    line.wait("it is read meanwhile", |line| line.view().frames_in == 1);
    line.sockets.seat(Seat::Taken(Arc::clone(&line.running.channel)));
    line.gateway.wait_heard("text {\"op\":\"late\"}").unwrap();
    assert_eq!((line.gateway.opened(), line.view().last_end), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_that_a_code_on_trial_may_not_have_was_held_anew_with_each_code() {
    let mut line = line(SOON).await;
    let other = running("hosts = []", &line.gateway, &line.sockets).await;
    line._tasks.spawn(Arc::clone(&other.channel).live());
    line.wait("it is closed, however often another one is tried", |line| {
        line.sockets.seat(Seat::Trial(Arc::clone(&other.channel)));
        line.view().last_end.is_some()
    });
    let end = line.view().last_end.unwrap();
    assert_eq!(end, "closed with 1001: the channel may not speak there any more");
}
