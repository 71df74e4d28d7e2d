//! A websocket over TLS in the whole house: it is opened to whoever has a certificate for the host of its rule from an
//! authority that the operator trusts, and to nobody else, who gets no word of it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use lockgate_tests::gateway::Gateway;
use lockgate_tests::gateway::house::{House, TOKEN};
use lockgate_tests::platform::Authority;
use lockgate_tests::reload::reload;
use rustls::ServerConfig;

const HOST: &str = "gateway.example.org";

/// A house whose websockets are led to a server with this certificate.
fn house(certificate: Arc<ServerConfig>) -> House {
    House::with(Gateway::tls(certificate).unwrap(), &[]).unwrap()
}

/// The operator trusts this authority from now on.
fn trust(house: &House, authority: &Authority) {
    let path = house.home.beside().join("roots.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    house
        .home
        .edit_config(|config| drop(config.insert("certificates".into(), path.into())))
        .unwrap();
    reload(&house.home).unwrap();
}

/// A server with this certificate is told nothing, and the guest is told why.
#[track_caller]
fn check(authority: &Authority, certificate: Arc<ServerConfig>, why: &str) {
    let house = house(certificate);
    trust(&house, authority);
    let beginning = format!("closed main - unreachable: no connection to {HOST}: invalid peer certificate: {why}");
    house.wait_said(&beginning).unwrap();
    assert_eq!((house.gateway.requests().len(), house.gateway.opened()), (0, 0));
    house.wait_tally("egress-unreachable", |count| count >= 1).unwrap();
    let main = house.wait_socket("main", "a person reads why", |main| {
        main.last_end.as_ref().is_some_and(|end| end.contains(why))
    });
    main.unwrap();
}

#[test]
fn a_certificate_that_is_not_good_for_the_host_opens_nothing() {
    let (ours, theirs) = (Authority::new().unwrap(), Authority::new().unwrap());
    // An authority that only has the name of the trusted one.
    check(&ours, theirs.server(HOST).unwrap(), "BadSignature");
    check(&ours, ours.expired(HOST).unwrap(), "certificate expired");
    check(
        &ours,
        ours.server("header.example.org").unwrap(),
        "certificate not valid for name",
    );
}

#[test]
fn frames_go_both_ways_over_tls_once_the_authority_is_trusted() {
    let authority = Authority::new().unwrap();
    let house = house(authority.server(HOST).unwrap());
    // Of an authority that browsers don't know, the operator has to say that he trusts it.
    house.wait_said("closed main - unreachable: ").unwrap();
    assert_eq!(house.gateway.requests().len(), 0);
    trust(&house, &authority);
    house.wait_said("opened main").unwrap();
    let head = house.gateway.requests()[0].clone();
    assert!(
        head.starts_with(&format!("GET /socket HTTP/1.1\r\nHost: {HOST}\r\n")),
        "{head}"
    );
    let hello = house.gateway.wait_heard("text").unwrap().what;
    assert_eq!(
        hello,
        format!("text {{\"op\":\"hello\",\"d\":{{\"token\":\"{TOKEN}\"}}}}")
    );
    house.gateway.say("say over tls");
    house.wait_said("said main 0 over tls").unwrap();
    house.gateway.say("frame {\"op\":\"back\"}");
    house.gateway.wait_heard("text {\"op\":\"back\"}").unwrap();
    // The same server under a name for which it has no certificate.
    let other = "connect other wss://header.example.org/socket";
    assert_eq!(house.does(other).unwrap(), 200);
    let why = "closed other - unreachable: no connection to header.example.org: invalid peer certificate";
    house.wait_said(why).unwrap();
    house.gateway.close(4_001, "over");
    house.wait_said("closed main 4001 over").unwrap();
    house.gateway.wait_opened(2).unwrap();
    assert_eq!(house.gateway.opened(), 2);
}
