use super::*;
use crate::{Attachment, Closed, Frame, channel, files, host, store};
use std::panic::{AssertUnwindSafe, catch_unwind};

channel!(struct Odd: life, hook, source, timer, socket, sink, media, tools);

/// Counts a key up, with a check if it is asked for.
fn count(key: &str) -> Result<u32, Trouble> {
    let before = store::get(key);
    let count = store::get_as(key).unwrap_or(0) + 1;
    store::check(key, before.as_deref());
    store::set(key, count.to_string())?;
    Ok(count)
}

impl Life for Odd {}

impl Hook for Odd {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        match request.segments()[..] {
            ["count"] => Ok(Answer::ok().text(count("n")?.to_string())),
            ["fail"] => {
                store::set("left", "behind")?;
                Err(Trouble::unavailable("later"))
            }
            ["panic"] => {
                store::set("left", "behind")?;
                panic!("broken")
            }
            ["meta"] => Ok(Answer::ok().event(Message::service("a", "b").meta("no identifier", ""))),
            ["upload"] => {
                files::copy("/inbox/body", "/data/body")?;
                let message = Message::service("a", "b")
                    .id("m")
                    .attach(Attachment::file("/inbox/body"));
                Ok(Answer::file("text/plain", "/data/body").event(message))
            }
            ["rooms"] => Ok(Answer::ok().text(format!("{:?}", files::list("/inbox")?))),
            ["events"] => Ok(Answer::subscribe("events")),
            _ => Ok(Answer::status(if request.is_page() { 404 } else { 403 })),
        }
    }
}

impl Source for Odd {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        match failures {
            0 | 1 => Err(Trouble::malformed("odd")),
            _ => Ok(Batch::new(Outcome::none().skipped(failures.to_string()), 5)),
        }
    }
}

/// Its platform is down, unless it is told of that.
struct Down;

impl Source for Down {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        match failures {
            0 => Err(Trouble::unavailable("down")),
            _ => Ok(Batch::new(Outcome::none(), 5)),
        }
    }
}

impl Timer for Odd {
    fn fire(name: String, failures: u32) -> Result<Outcome, Trouble> {
        if failures == 0 {
            return Err(Trouble::busy(1));
        }
        Ok(Outcome::none().wake(name, 70))
    }
}

impl crate::Socket for Odd {
    fn receive(connection: String, happening: Happening, failures: u32) -> Result<Outcome, Trouble> {
        match happening {
            Happening::Opened => Ok(Outcome::none().frame(connection, "hello")),
            Happening::Frame(Frame::Text(text)) => Ok(Message::service("socket", text).id("1").into()),
            Happening::Frame(Frame::Binary(_)) if failures < 2 => Err(Trouble::malformed("no text")),
            Happening::Frame(Frame::Binary(_)) => Ok(Outcome::none().disconnect(connection)),
            Happening::Closed(_) => Ok(Outcome::none().connect(connection, "wss://gateway.example.org/socket")),
        }
    }
}

impl Sink for Odd {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        assert!(files::write("/outbox/new", "").is_err());
        let mut sent = outgoing.text;
        for path in &outgoing.files {
            sent.push_str(&String::from_utf8_lossy(&files::read(path)?));
        }
        Ok(Receipt::sent("1").publish("events", sent).publish("others", ""))
    }
}

impl Media for Odd {
    fn fetch(handle: String, into: String) -> Result<(), Trouble> {
        match handle.as_str() {
            "none" => Ok(()),
            handle => Ok(files::write(&into, handle)?),
        }
    }
}

fn room() -> Place {
    Place::conversation("room")
}

#[test]
fn a_call_that_fails_leaves_nothing() {
    let house = Harness::new();
    assert_eq!(
        house.hook::<Odd>(Request::get("/fail")),
        Err(Trouble::unavailable("later"))
    );
    assert_eq!(store::get("left"), None);
    assert!(catch_unwind(AssertUnwindSafe(|| house.hook::<Odd>(Request::get("/panic")))).is_err());
    assert_eq!(store::get("left"), None);
    // And it ends no transaction of a later one.
    assert!(store::set("kept", "1").is_ok());
    assert_eq!(store::keys(""), ["kept"]);
}

#[test]
fn a_conflict_runs_the_call_again() {
    let house = Harness::new();
    house.meanwhile(|| assert!(store::set("n", "5").is_ok()));
    let answer = house.hook::<Odd>(Request::get("/count"));
    assert_eq!(answer.map(|answer| house.body(&answer)), Ok(b"6".to_vec()));
    // It was for one call.
    assert!(house.hook::<Odd>(Request::get("/count")).is_ok());
    assert_eq!(store::get_as("n"), Some(7));
}

#[test]
#[should_panic(expected = "the host gives up")]
fn a_conflict_each_time_is_a_fault() {
    let house = Harness::new();
    let mut others = 100;
    house.meanwhile(move || {
        others += 1;
        assert!(store::set("n", others.to_string()).is_ok());
    });
    let _ = house.hook::<Odd>(Request::get("/count"));
}

#[test]
#[should_panic(expected = "is no identifier")]
fn what_the_host_would_not_show_fails_the_test() {
    let _ = Harness::new().hook::<Odd>(Request::get("/meta"));
}

#[test]
fn two_houses_share_nothing() {
    let (one, other) = (Harness::new().setting("a", "1"), Harness::new());
    assert!(one.hook::<Odd>(Request::get("/count")).is_ok());
    assert_eq!(
        (store::get_as("n"), host::setting("a").as_deref()),
        (Some(1), Some("1"))
    );
    assert!(other.start::<Odd>().is_ok());
    assert_eq!((store::get("n"), host::setting("a")), (None, None));
}

#[test]
fn a_page_is_a_rule_of_its_own() {
    let house = Harness::new();
    let status = |answer: Result<Answer, Trouble>| answer.map(|answer| answer.status);
    assert_eq!(status(house.page::<Odd>(Request::get("/x").rule("other"))), Ok(404));
    assert_eq!(status(house.hook::<Odd>(Request::get("/x").rule("other"))), Ok(403));
    let answer = house.page::<Odd>(Request::get("/events")).map(|answer| answer.body);
    assert_eq!(answer, Ok(Body::Subscribe("events".into())));
}

#[test]
fn a_large_body_is_a_file_of_its_call() {
    let house = Harness::new();
    let answer = house.upload::<Odd>(Request::post("/upload", ""), b"large");
    assert_eq!(answer.map(|answer| house.body(&answer)), Ok(b"large".to_vec()));
    assert_eq!(house.attachment("m", 0), Some(b"large".to_vec()));
    let rooms = house.hook::<Odd>(Request::get("/rooms"));
    assert_eq!(rooms.map(|answer| house.body(&answer)), Ok(b"[]".to_vec()));
}

#[test]
fn a_full_folder_takes_nothing_more() {
    let house = Harness::new().data(7);
    let upload = |body: &[u8]| house.upload::<Odd>(Request::post("/upload", ""), body);
    assert!(matches!(upload(b"too large"), Err(Trouble::Unavailable(_))));
    assert_eq!(files::list("/data"), Ok(Vec::new()));
    assert!(upload(b"small").is_ok());
}

#[test]
fn failures_are_counted_until_it_goes_well() {
    let house = Harness::new();
    assert!(house.poll::<Odd>().is_err() && house.poll::<Odd>().is_err());
    assert_eq!(house.poll::<Odd>().map(|batch| batch.again_after), Ok(5));
    assert_eq!(house.inbound(), [Inbound::Skipped("2".into())]);
    assert!(house.poll::<Odd>().is_err());
    // What is no fault of what comes first is not counted: nothing is to be stepped over.
    assert!(house.poll::<Down>().is_ok());
    assert!(house.poll::<Down>().is_err() && house.poll::<Down>().is_err());
}

#[test]
fn a_wake_is_consumed_by_success() {
    let house = Harness::new();
    assert!(house.fire::<Odd>("beat").is_err() && house.fire::<Odd>("beat").is_ok());
    assert_eq!((house.wakes(), house.due()), (vec![("beat".into(), 70)], vec![]));
    house.advance(70);
    assert_eq!(house.due(), ["beat"]);
    assert!(house.fire::<Odd>("beat").is_err());
    assert_eq!(house.due(), ["beat"]);
}

#[test]
fn what_happens_on_a_socket_is_answered_on_it() {
    let house = Harness::new();
    let happened = |happening, failures| house.happened::<Odd>("main", happening, failures).is_ok();
    assert!(happened(Happening::Opened, 0));
    assert!(happened(Happening::Frame(Frame::Text("hi".into())), 0));
    assert_eq!(house.events()[0].text, "hi");
    assert!(!happened(Happening::Frame(Frame::Binary(vec![1])), 1));
    assert!(happened(Happening::Frame(Frame::Binary(vec![1])), 2));
    let closed = Closed {
        code: Some(1_001),
        reason: "going away".into(),
    };
    assert!(happened(Happening::Closed(closed), 0));
    let asked = house.sockets();
    let [Socket::Send(hello), Socket::Disconnect(name), Socket::Connect(again)] = &asked[..] else {
        panic!("{asked:?}");
    };
    assert_eq!(
        (hello.frame.clone(), name.as_str()),
        (Frame::Text("hello".into()), "main")
    );
    assert_eq!(again.url, "wss://gateway.example.org/socket");
}

#[test]
fn an_answer_goes_out_with_its_files() {
    let house = Harness::new();
    let receipt = house.send_files::<Odd>(Outgoing::text(room(), "see: "), &[("a.txt", b"file")]);
    assert_eq!(receipt.map(|receipt| receipt.messages), Ok(vec!["1".to_owned()]));
    assert_eq!(house.published("events"), ["see: file"]);
    assert_eq!(house.published("events"), [""; 0]);
    assert_eq!(house.published("others"), [""]);
}

#[test]
fn what_a_platform_lacks_is_refused_or_does_nothing() {
    let house = Harness::new();
    assert!(matches!(
        house.edit::<Odd>(room(), "1", "new"),
        Err(Trouble::Rejected(_))
    ));
    assert!(matches!(
        house.react::<Odd>(room(), "1", "👍"),
        Err(Trouble::Rejected(_))
    ));
    assert_eq!(house.typing::<Odd>(room()), Ok(Vec::new()));
    assert!(matches!(Odd::direct("42".into()), Err(Trouble::Rejected(_))));
    assert_eq!(Odd::answer_press("h".into(), "taken".into()), Ok(Vec::new()));
}

#[test]
fn what_is_fetched_is_what_was_written() {
    let house = Harness::new();
    assert_eq!(house.fetch::<Odd>("bytes"), Ok(b"bytes".to_vec()));
    assert!(catch_unwind(AssertUnwindSafe(|| house.fetch::<Odd>("none"))).is_err());
}

#[test]
fn each_run_has_the_same_time_and_random_bytes() {
    let first = (Harness::new().now(), host::random(4), host::random(4));
    assert_eq!((Harness::new().now(), host::random(4), host::random(4)), first);
    assert_ne!(first.1, first.2);
    let house = Harness::new();
    host::log(host::Level::Info, "two\nlines");
    assert_eq!((house.log(), house.log()), (vec!["two lines".to_owned()], vec![]));
}

#[test]
fn the_folders_go_with_their_house() {
    let house = Harness::new();
    assert!(files::write("/data/a", "").is_ok());
    let root = house.house.borrow().folders.root().map(std::path::Path::to_path_buf);
    assert!(root.as_ref().is_some_and(|root| root.is_dir()));
    drop(house);
    // The thread's stand-in is the last one that was made.
    drop(Harness::new());
    assert!(root.is_some_and(|root| !root.exists()));
}

impl Tools for Odd {
    fn call(name: String, arguments: String) -> Result<ToolAnswer, Trouble> {
        store::set("left", &arguments)?;
        match name.as_str() {
            "count" => Ok(ToolAnswer::text(count("n")?.to_string()).wake("soon", 7)),
            _ => Err(Trouble::rejected("no such tool")),
        }
    }
}

#[test]
fn a_tools_call_is_kept_as_a_whole_or_not_at_all() {
    let house = Harness::new();
    assert!(house.tool::<Odd>("other", "{}").is_err());
    assert_eq!((store::get("left"), house.wakes()), (None, vec![]));
    let answer = house.tool::<Odd>("count", "{}").map(|answer| answer.text);
    assert_eq!(answer, Ok("1".to_owned()));
    assert_eq!(store::get_text("left").as_deref(), Some("{}"));
    assert_eq!(house.wakes(), [("soon".to_owned(), 7)]);
}

#[test]
#[should_panic(expected = "it must not use store::check")]
fn a_tools_call_is_never_repeated() {
    let house = Harness::new();
    house.meanwhile(|| assert_eq!(store::set("n", "9"), Ok(())));
    let _ = house.tool::<Odd>("count", "{}");
}
