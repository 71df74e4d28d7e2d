//! Requests of a channel under test, and what stands in for the host that sends them.

use super::*;
use crate::harness::Harness;
use crate::http::Part;
use crate::{Media, Trouble, channel};

channel!(struct Fetcher: media);

impl Media for Fetcher {
    fn fetch(handle: String, into: String) -> Result<(), Trouble> {
        Request::get(format!("https://api.example.org/{handle}"))
            .into_file(into)
            .send()?
            .ok()?;
        Ok(())
    }
}

fn refused(answer: Result<Response, Failure>) -> bool {
    matches!(answer, Err(Failure::Refused(_)))
}

#[test]
fn an_answer_goes_to_a_file_if_it_is_one() {
    let house = Harness::new().http(|request| match request.url.ends_with("/there") {
        true => Ok(Response::new(200, "bytes")),
        false => Ok(Response::new(404, "none")),
    });
    assert_eq!(house.fetch::<Fetcher>("there").as_deref(), Ok(&b"bytes"[..]));
    assert_eq!(
        house.fetch::<Fetcher>("else"),
        Err(Trouble::rejected("the answer was 404: none"))
    );
    let sent: Vec<String> = house.requests().into_iter().map(|request| request.url).collect();
    assert_eq!(sent, ["https://api.example.org/there", "https://api.example.org/else"]);
    // Only once, and only into the folder of the call.
    assert_eq!(files::write("/inbox/old", "x"), Ok(()));
    for path in ["/inbox/old", "/data/new", "/inbox/../data/new"] {
        assert!(
            refused(Request::get("https://api.example.org/there").into_file(path).send()),
            "{path}"
        );
    }
}

#[test]
fn what_the_host_refuses_is_refused() {
    assert!(
        refused(Request::get("https://api.example.org/").send()),
        "nobody answers"
    );
    let house = Harness::new().http(|_| Ok(Response::new(200, vec![0; ANSWER + 1])));
    let post = || Request::post("https://api.example.org/");
    assert!(refused(post().file("text/plain", "/outbox/none").send()));
    assert!(refused(
        post().form([Part::text("a", "b")]).header("Content-Type", "x/y").send()
    ));
    assert!(refused(post().form([Part::file("a", "/data/none")]).send()));
    assert!(house.requests().is_empty());
    assert_eq!(post().form([Part::text("a", "b")]).send(), Err(Failure::TooLarge));
}

#[test]
fn failures_are_troubles() {
    fn check(failure: Failure, expected: Trouble) {
        assert_eq!(Trouble::from(failure), expected);
    }
    check(Failure::Refused("no rule".into()), Trouble::rejected("no rule"));
    check(
        Failure::Unreachable("time is up".into()),
        Trouble::unavailable("time is up"),
    );
    assert!(matches!(Trouble::from(Failure::TooLarge), Trouble::Malformed(_)));
}
