//! An address that is public by its class and stands on this machine all the same, or beside it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use lockgate::egress::Failure;
use lockgate_tests::platform::net::{HOST, Net, fetch, get, rule, within};

#[tokio::test]
async fn a_public_address_that_is_here_gets_no_byte() {
    let near = [
        ("93.184.216.34", "93.184.216.34"),
        ("2606:2800:220:1::1", "2606:2800:220:1::1"),
        ("2606:2800:220:1:ffff::1", "2606:2800:220:1::1"),
    ];
    for (address, own) in near {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let net = Net::new().unwrap();
        net.names.set(HOST, &[&[address]]);
        let dialled = SocketAddr::new(address.parse().unwrap(), 80);
        net.wires.lead(&dialled.to_string(), listener.local_addr().unwrap());
        net.wires.stand_at(own);
        let line = net.line(vec![rule(&["/"]).unwrap()], &[]).unwrap();
        let failure = fetch(&line, within(get("/"), Duration::from_secs(1))).await.err();
        assert!(
            matches!(&failure, Some(Failure::Refused(text)) if text.contains("upstream")),
            "{failure:?}"
        );
        assert_eq!(line.take_tallies(), BTreeMap::from([("egress-refused-address", 1)]));
        let (mut stream, mut sent) = (listener.accept().unwrap().0, Vec::new());
        stream.read_to_end(&mut sent).unwrap();
        assert_eq!(sent, b"");
    }
}
