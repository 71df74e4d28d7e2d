//! The bounds of what goes outward that are times and numbers of connections, below and above each.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use lockgate::egress::{Body, Failure, Line, Patience};
use lockgate::limits;
use lockgate::reach::{HttpRule, Scheme};
use lockgate_tests::platform::net::{HOST, Net, PUBLIC, fetch, get, read, request, rule};
use lockgate_tests::platform::{Answer, Platform, Step};

/// Over soon.
const SOON: Duration = Duration::from_millis(300);

fn late(result: Result<(u16, String, String), Failure>, words: &str) {
    match result {
        Err(Failure::Unreachable(text)) => assert!(text.contains(words) && text.contains("in time"), "{text}"),
        other => panic!("{other:?}"),
    }
}

/// A line of somebody with this patience to a platform that answers everything so.
fn against(patience: Patience, answer: Answer) -> (Platform, Net, Arc<Line>) {
    let platform = Platform::plain(move |_| answer.clone()).unwrap();
    let net = Net::with(patience).unwrap();
    net.place(&platform);
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    (platform, net, line)
}

#[test]
fn the_usual_patience_is_the_limits() {
    let expected = Patience {
        resolve: limits::RESOLVE_DEADLINE,
        dial: limits::DIAL_DEADLINE,
        silence: limits::RESPONSE_SILENCE,
        most: limits::FETCH_MOST,
        idle: limits::IDLE_CONNECTION_AGE,
        ping: limits::SOCKET_PING,
        pong: limits::SOCKET_PONG,
        write: limits::SOCKET_WRITE,
    };
    assert_eq!(Patience::default(), expected);
}

#[tokio::test]
async fn a_name_is_waited_for_so_long() {
    let patience = Patience {
        resolve: SOON,
        ..Patience::default()
    };
    let (_platform, net, line) = against(patience, Answer::ok("hello"));
    assert_eq!(read(&line, get("/")).await.unwrap().2, "hello");
    net.names.silence(HOST);
    let other = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    late(read(&other, get("/")).await, "resolved");
}

#[tokio::test]
async fn a_connection_is_waited_for_so_long_and_its_handshake_with_it() {
    let patience = Patience {
        dial: SOON,
        ..Patience::default()
    };
    let (platform, net, _) = against(patience, Answer::ok("hello"));
    let secure = HttpRule {
        scheme: Scheme::Https,
        port: 443,
        ..rule(&["/"]).unwrap()
    };
    let line = net.line(vec![rule(&["/"]).unwrap(), secure], &[]).unwrap();
    // It speaks no TLS: what it is greeted with is no request to it, so it waits.
    net.wires.lead(&format!("{PUBLIC}:443"), platform.address());
    late(
        read(&line, request("GET", &format!("https://{HOST}/"), Body::Empty)).await,
        "no connection",
    );
    net.wires.deaden(&format!("{PUBLIC}:80"));
    late(read(&line, get("/")).await, "no connection");
    assert_eq!(net.wires.dialled().len(), 2);
}

#[tokio::test]
async fn a_body_may_be_silent_for_so_long() {
    let patience = Patience {
        silence: SOON,
        ..Patience::default()
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";
    let (_platform, _net, line) = against(patience, Answer::raw(head).then(Step::Silence));
    late(read(&line, get("/")).await, "did not finish");
    let (_platform, _net, line) = against(patience, Answer::raw(head).then(Step::Send(b"hello".to_vec())));
    assert_eq!(read(&line, get("/")).await.unwrap().2, "hellohello");
}

#[tokio::test]
async fn a_request_takes_no_longer_whatever_the_guest_asks_for() {
    let patience = Patience {
        most: SOON,
        ..Patience::default()
    };
    for timeout in [None, Some(Duration::from_secs(3600)), Some(Duration::MAX)] {
        let (_platform, _net, line) = against(patience, Answer::raw("").then(Step::Silence));
        let mut request = get("/");
        request.timeout = timeout;
        late(read(&line, request).await, "did not");
    }
    let drip = Answer::endless(b".", Duration::from_millis(1));
    let (_platform, _net, line) = against(patience, drip);
    late(read(&line, get("/")).await, "did not");
}

#[tokio::test]
async fn a_connection_is_kept_for_so_long() {
    for (idle, connections) in [(Duration::ZERO, 3), (Duration::from_secs(60), 1)] {
        let patience = Patience {
            idle,
            ..Patience::default()
        };
        let (platform, _net, line) = against(patience, Answer::ok("hello"));
        for _ in 0..3 {
            read(&line, get("/")).await.unwrap();
        }
        assert_eq!(platform.connections(), connections);
    }
}

#[tokio::test]
async fn so_many_connections_are_kept_and_the_oldest_goes_first() {
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let net = Net::new().unwrap();
    net.place(&platform);
    let path = |number: usize| format!("/{number}");
    let rules = (0..=limits::IDLE_CONNECTIONS).map(|number| rule(&[&path(number)]).unwrap());
    let line = net.line(rules.collect(), &[]).unwrap();
    for number in 0..=limits::IDLE_CONNECTIONS {
        read(&line, get(&path(number))).await.unwrap();
    }
    assert_eq!(platform.connections(), limits::IDLE_CONNECTIONS + 1);
    for number in (1..=limits::IDLE_CONNECTIONS).rev() {
        read(&line, get(&path(number))).await.unwrap();
    }
    assert_eq!(platform.connections(), limits::IDLE_CONNECTIONS + 1);
    read(&line, get(&path(0))).await.unwrap();
    assert_eq!(platform.connections(), limits::IDLE_CONNECTIONS + 2);
}

#[tokio::test]
async fn so_many_addresses_are_tried() {
    let net = Net::new().unwrap();
    let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
    let addresses: Vec<String> = (1..=limits::DIAL_ADDRESSES + 2)
        .map(|n| format!("93.184.216.{n}"))
        .collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    net.names.set(HOST, &[&addresses]);
    fetch(&line, get("/")).await.err().unwrap();
    assert_eq!(net.wires.dialled().len(), limits::DIAL_ADDRESSES);
}

#[tokio::test]
async fn a_minute_has_the_bytes_that_come_back_and_nothing_is_asked_for_beyond_them() {
    let (platform, _net, line) = against(Patience::default(), Answer::endless(&[b'.'; 64 << 10], Duration::ZERO));
    let most = 2 * limits::RECEIVED_PER_MINUTE / limits::FILE_BYTES + 3;
    let mut refused = 0;
    // The next minute has its own, so that there may be twice as many.
    for _ in 0..most {
        let failure = match fetch(&line, get("/")).await {
            Ok(response) => drain(response).await,
            Err(failure) => failure,
        };
        if let Failure::Refused(text) = failure {
            assert!(text.contains("256 MiB"), "{text}");
            refused += 1;
        }
        if refused == 2 {
            break;
        }
    }
    assert_eq!(refused, 2);
    assert_eq!(line.take_tallies().get("egress-refused-received"), Some(&2));
    assert!(line.counts().received <= 2 * limits::RECEIVED_PER_MINUTE);
    assert!((platform.connections() as u64) < most);
}

/// Takes what comes until it breaks off.
async fn drain(response: lockgate::egress::Response) -> Failure {
    let mut body = response.body;
    loop {
        match body.chunk().await.unwrap() {
            Ok(_) => {}
            Err(failure) => return failure,
        }
    }
}

#[tokio::test]
async fn a_body_that_is_a_file_ends_at_its_bound() {
    let piece = vec![b'.'; 1 << 20];
    let pieces = usize::try_from(limits::FILE_BYTES).unwrap() / piece.len();
    for (more, fits) in [(0, true), (1, false)] {
        let all = std::iter::repeat_n(&piece[..], pieces).chain((more > 0).then_some(&piece[..more]));
        let (_platform, _net, line) = against(Patience::default(), Answer::chunked(all));
        let mut body = fetch(&line, get("/")).await.unwrap().body;
        let (mut received, mut failure) = (0, None);
        while let Some(next) = body.chunk().await {
            match next {
                Ok(bytes) => received += bytes.len(),
                Err(error) => failure = Some(error),
            }
        }
        assert_eq!(failure, (!fits).then_some(Failure::TooLarge));
        assert!(received as u64 <= limits::FILE_BYTES && (!fits || received == pieces * piece.len()));
    }
}
