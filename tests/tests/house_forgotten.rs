//! What the owner forgets when its journal is taken away while nothing runs: nobody gains time by it.
#![allow(clippy::unwrap_used)]

use std::fs;

use lockgate::access::Account;
use lockgate::journal::Journal;
use lockgate::limits;
use lockgate::model::UnixMillis;
use lockgate::widening::Approvers;
use lockgate_tests::crowd::{self, NAME, NETWORK, PEOPLE};
use lockgate_tests::home::Home;
use lockgate_tests::serve::Serve;
use lockgate_tests::wait::{PATIENCE, until};

/// Who takes the journal away has put himself on the list, with both roles.
const EVE: &str = "\n[[person]]\nname = \"eve\"\nroles = [\"chat\", \"approve\"]\nids.crowd = \"9\"\n";

fn account(id: &str) -> Account {
    Account {
        network: NETWORK.into(),
        id: id.into(),
    }
}

/// What is known of approvers, once the list was looked at.
fn looked_at(home: &Home) -> Approvers {
    let seen = || {
        let known: Approvers = Journal::peek(&home.journal())
            .ok()?
            .document(Approvers::DOCUMENT)
            .ok()?;
        known.standing(&account("1")).is_some().then_some(known)
    };
    until(PATIENCE, "the first look", seen).unwrap()
}

#[test]
fn a_journal_that_is_taken_away_lets_nobody_in_at_once() {
    let home = Home::new().unwrap();
    crowd::add(&home, NAME).unwrap();
    crowd::people(&home, PEOPLE).unwrap();
    let mut serve = Serve::channel(&home).unwrap();
    // Nobody was there before these, so they count from the first look.
    assert!(looked_at(&home).counts(&account("1"), UnixMillis::now()));
    serve.kill().unwrap();
    for file in fs::read_dir(home.state()).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with("journal.sqlite") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    crowd::people(&home, &format!("{PEOPLE}{EVE}")).unwrap();
    let serve = Serve::channel(&home).unwrap();
    let (known, now) = (looked_at(&home), UnixMillis::now());
    for id in ["1", "9"] {
        assert!(!known.counts(&account(id), now), "{id}");
        assert!(known.counts(&account(id), now.after(limits::APPROVER_WAIT)), "{id}");
    }
    let words = "eve may approve";
    let told = serve.client.record().wait(PATIENCE, words, |seen| {
        let mut events = seen.events.iter().filter_map(|line| line.parse().ok());
        events.find(|event| event.meta["channel"] == "lockgate" && event.content.contains(words))
    });
    told.unwrap_or_else(|error| panic!("{error}\n{}", serve.stderr()));
}
