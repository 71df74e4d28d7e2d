//! Every body holds for its corpus, and for as many mutations of it as a run has time for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use lockgate_tests::fuzz::{BODIES, Body, Found, Mutator, Played, SECONDS, Until, corpus, drive, keep};
use lockgate_tests::home::repository;
use lockgate_tests::load::random::Random;

/// The seed of the ordinary runs: they try the same inputs each time.
const USUAL: u64 = 7;

fn played(body: &Body, random: Random, until: Until) -> Played {
    let corpus = corpus(&repository(), body.name).unwrap();
    let mutator = Mutator::new(random, body.words);
    drive(body, &corpus, mutator, until).unwrap_or_else(|found| panic!("{}", told(&found)))
}

/// Where the input is, and what to do with it.
fn told(found: &Found) -> String {
    let path = keep(&repository(), found).unwrap();
    let (path, name) = (path.display(), found.body);
    format!(
        "{name}: {}\nthe input is {path}; mend the cause, and keep it: cp {path} tests/corpus/{name}/",
        found.why
    )
}

#[test]
fn the_corpus_and_its_mutations_hold() {
    for body in BODIES {
        let begun = Instant::now();
        let played = played(body, Random::seeded(USUAL), Until::Executions(body.usual));
        println!("{}: {played:?} in {:?}", body.name, begun.elapsed());
        // A body in which all inputs come to the same is no test of anything.
        assert!(played.ways >= 5, "{}: {played:?}", body.name);
    }
}

#[test]
fn the_corpus_is_small() {
    let sizes = BODIES
        .iter()
        .flat_map(|body| corpus(&repository(), body.name).unwrap())
        .map(|input| input.len());
    let sum: usize = sizes.sum();
    assert!(sum < 300 << 10, "{sum} bytes");
}

/// How many of a corpus' inputs came to something that begins so.
fn came(name: &str, start: &str) -> usize {
    let body = BODIES.iter().find(|body| body.name == name).unwrap();
    let became = corpus(&repository(), name).unwrap();
    let ways = became.iter().map(|input| (body.play)(input));
    let ways = ways.inspect(|way| println!("{name}: {way}"));
    ways.filter(|way| way.starts_with(start)).count()
}

#[test]
fn the_corpus_has_what_is_taken_and_what_is_refused() {
    let cases = [
        ("reach", "covered", 4),
        ("reach", "refused", 2),
        ("reach", "no url", 12),
        ("manifest", "secrets", 3),
        ("manifest", "rules", 3),
        ("config", "channels", 5),
        ("access", "people", 3),
        ("lockfile", "more pins", 1),
        ("signature", "verified", 2),
        ("request", "filled", 3),
        ("request", "refused", 5),
        ("schema", "fits", 3),
        ("schema", "does not fit", 3),
        ("schema", "no schema", 2),
        ("import", "people", 3),
        ("import", "access.json:", 3),
        ("organisation", "within", 3),
        ("organisation", "refused", 3),
        ("organisation", "free", 1),
        ("pairing", "redeemed", 2),
        ("pairing", "paired", 2),
        ("verdict", "verdict allow", 2),
        ("verdict", "verdict deny", 1),
        ("verdict", "chat", 4),
    ];
    for (name, start, least) in cases {
        let found = came(name, start);
        assert!(found >= least, "{name}: {found} of {least} are {start}");
    }
}

/// With the environment's number of seconds; without it there is nothing to do here.
#[test]
fn a_long_run_holds() {
    let Ok(seconds) = std::env::var(SECONDS) else { return };
    let end = Instant::now() + Duration::from_secs(seconds.parse().expect("a number of seconds"));
    std::thread::scope(|scope| {
        let random = || Random::from_environment().unwrap();
        let threads = BODIES.iter().map(|body| {
            let random = random();
            scope.spawn(move || {
                let seed = random.seed;
                let played = played(body, random, Until::Moment(end));
                println!(
                    "{}: {} executions, {} ways, seed {seed}",
                    body.name, played.executions, played.ways
                );
            })
        });
        let threads: Vec<_> = threads.collect();
        let failed = threads
            .into_iter()
            .map(|thread| thread.join())
            .filter(Result::is_err)
            .count();
        assert_eq!(failed, 0, "bodies failed; see above");
    });
}
