//! Names through the system's own resolver, asked of a name server on loopback: that the seam of the other tests stands for
//! what is there. The tests that matter run in a mount namespace with a `resolv.conf` of their own; a name server has to be
//! at port 53, so that takes root. Where it may not be, the test says so.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::{Arc, Mutex};

use lockgate::egress::{Egress, Failure, Patience, SystemResolver};
use lockgate::reach::HostPattern;
use lockgate_tests::platform::net::{PUBLIC, get, read, rule};
use lockgate_tests::platform::{Answer, Platform, Wires};

/// Where the name server is.
const SERVER: &str = "127.53.0.1";
/// Each name's addresses, question by question; the last ones stay.
const NAMES: [(&str, &[&[&str]]); 4] = [
    ("public.example.org", &[&[PUBLIC]]),
    ("inner.example.org", &[&["127.0.0.1"]]),
    ("mixed.example.org", &[&[PUBLIC, "10.0.0.1"]]),
    ("turning.example.org", &[&[PUBLIC], &["127.0.0.1"]]),
];

type Asked = Arc<Mutex<BTreeMap<String, usize>>>;

/// Answers questions for addresses of version 4 by the table, all others with nothing.
fn serve(socket: &UdpSocket, asked: &Asked) {
    let mut packet = [0; 1_500];
    while let Ok((_, from)) = socket.recv_from(&mut packet) {
        let (mut name, mut at) = (Vec::new(), 12);
        while packet[at] != 0 {
            let length = packet[at] as usize;
            name.push(String::from_utf8_lossy(&packet[at + 1..=at + length]).to_lowercase());
            at += 1 + length;
        }
        let (name, end) = (name.join("."), at + 5);
        let is_v4 = packet[at + 1..at + 3] == [0, 1];
        let addresses = if is_v4 { answer(&name, asked) } else { &[] };
        let mut reply = packet[..end].to_vec();
        reply[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, addresses.len() as u8, 0, 0, 0, 0]);
        for address in addresses {
            // The name of the question, an address of the internet, to be forgotten at once.
            reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
            reply.extend(address.parse::<Ipv4Addr>().unwrap().octets());
        }
        socket.send_to(&reply, from).unwrap();
    }
}

fn answer(name: &str, asked: &Asked) -> &'static [&'static str] {
    let mut asked = asked.lock().unwrap();
    let times = asked.entry(name.to_owned()).or_default();
    *times += 1;
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.map_or(&[], |(_, answers)| answers[(*times - 1).min(answers.len() - 1)])
}

#[test]
fn names_are_asked_of_a_real_name_server() {
    let allowed = Command::new("unshare").args(["--mount", "true"]).status();
    if !rustix::process::geteuid().is_root() || !allowed.is_ok_and(|status| status.success()) {
        println!("not shown: this takes root and a mount namespace");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("resolv.conf");
    std::fs::write(&conf, format!("nameserver {SERVER}\noptions timeout:5 attempts:1\n")).unwrap();
    let script = "mount --bind \"$1\" /etc/resolv.conf && exec \"$2\" --ignored --exact with_a_name_server_of_our_own";
    let mut child = Command::new("unshare");
    child.args(["--mount", "sh", "-c", script, "sh"]).arg(&conf);
    let ran = child.arg(std::env::current_exe().unwrap()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "started by the other test, in a namespace with a name server of its own"]
async fn with_a_name_server_of_our_own() {
    let (socket, asked) = (UdpSocket::bind((SERVER, 53)).unwrap(), Asked::default());
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || serve(&socket, &seen));
    let platform = Platform::plain(|_| Answer::ok("hello")).unwrap();
    let wires = Arc::new(Wires::default());
    wires.lead(&format!("{PUBLIC}:80"), platform.address());
    wires.lead("127.0.0.1:80", platform.address());
    wires.lead("10.0.0.1:80", platform.address());
    let mut rule = rule(&["/"]).unwrap();
    rule.host = HostPattern::parse("*.example.org").unwrap();
    // A pool for each, so that every request asks anew.
    let fetched = async |name: &str| {
        let egress = Egress::new(Arc::new(SystemResolver), wires.clone(), Patience::default(), None).unwrap();
        let line = egress.line(
            "probe".parse().unwrap(),
            vec![rule.clone()],
            BTreeMap::new(),
            BTreeMap::new(),
        );
        let mut request = get("/");
        request.url = format!("http://{name}.example.org/");
        read(&line, request).await.map(|(status, _, _)| status)
    };
    let is_refused = |result: Result<u16, Failure>| matches!(result, Err(Failure::Refused(_)));
    assert_eq!(fetched("public").await.unwrap(), 200);
    assert!(is_refused(fetched("inner").await));
    assert!(is_refused(fetched("mixed").await));
    assert_eq!(fetched("turning").await.unwrap(), 200);
    assert!(is_refused(fetched("turning").await));
    assert!(fetched("nobody").await.is_err());
    assert_eq!(platform.connections(), 2, "what was refused reached nobody");
    let asked = asked.lock().unwrap();
    for (name, times) in [("public", 1), ("inner", 1), ("mixed", 1), ("turning", 2)] {
        assert_eq!(
            asked[&format!("{name}.example.org")],
            times,
            "{name} is asked for once a request"
        );
    }
}
