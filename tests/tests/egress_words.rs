//! What a guest says of itself, once more searched: its troubles and the last words of one that breaks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use lockgate::sandbox::{Allocation, CallError, Folders};
use lockgate_tests::platform::net::Net;
use lockgate_tests::room::{Room, guest, post};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_trouble_and_no_last_words_show_a_secret() {
    let room = Room::new(Allocation::OnDemand).unwrap();
    let prepared = room.prepare(guest("evil").unwrap()).await.unwrap();
    let net = Net::new().unwrap();
    let line = net
        .line(vec![], &[("key", "guest's own words"), ("other", "a-secret-of-more")])
        .unwrap();
    let channel = room.channel_with("evil", &[], line).unwrap();
    let does = async |body: &str| {
        let called = prepared.receive(&channel, post("/do", body), &Folders::default()).await;
        called.err().unwrap()
    };
    for kind in ["unavailable", "unauthorized", "conflict", "malformed", "rejected"] {
        let error = does(&format!("trouble {kind}")).await;
        assert!(matches!(error, CallError::Trouble(_)), "{error}");
        assert!(error.to_string().contains("the *****************"), "{error}");
    }
    for secret in ["a-secret-of-more", "YS1zZWNyZXQtb2YtbW9yZQ=="] {
        let error = does(&format!("panic {secret}")).await;
        assert!(matches!(error, CallError::Fault(_)), "{error}");
        let text = error.to_string();
        assert!(text.contains("panicked as asked: ***************"), "{text}");
    }
    assert!(channel.egress.take_tallies()["egress-secret-covered"] >= 7);
}
