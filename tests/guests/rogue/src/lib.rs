//! A channel that makes every mistake that one can make without meaning harm: it trusts what comes from outside, believes
//! that all went well, keeps everything, and names its messages anew each time.
#![allow(clippy::expect_used)]

use lockgate_sdk::http::{self, Response};
use lockgate_sdk::{
    Answer, Batch, Effect, Format, Frame, Happening, Hook, Life, Media, Message, Outcome, Outgoing, Place, Receipt,
    Request, Sink, Socket, Source, Timer, ToolAnswer, Tools, Trouble, channel, host, store,
};

/// The one wake that it asks for.
const TICK: &str = "tick";
/// What it keeps of each call.
const KEPT: usize = 64 << 10;

channel!(struct Rogue: life, source, timer, socket, hook, sink, media, tools);

impl Life for Rogue {
    /// Can't be started a second time, holds most of its memory, and opens a connection that nobody granted.
    fn start() -> Result<Outcome, Trouble> {
        if store::get("started").is_some() {
            return Err(Trouble::rejected("it was started already"));
        }
        store::set("started", "yes")?;
        let ballast = vec![1_u8; 59 << 20];
        host::log(host::Level::Debug, &format!("{}", std::hint::black_box(ballast).len()));
        Ok(Outcome::none()
            .wake(TICK, 1_000)
            .connect("main", "wss://elsewhere.example.org/"))
    }
}

impl Source for Rogue {
    /// Asks somebody whom it did not name, takes silence for no news, and every answer for a list.
    fn poll(_failures: u32) -> Result<Batch, Trouble> {
        let _ = http::Request::get("https://elsewhere.example.org/").send();
        let Ok(response) = http::Request::get("https://api.example.org/news").send() else {
            return Ok(Batch::new(Outcome::none(), 1_000));
        };
        if !response.is_ok() {
            return Ok(Batch::new(Outcome::none(), 1_000));
        }
        let text = body(&response);
        assert!(
            text.starts_with(['[', '{', '<', 'B']) && !text.starts_with("[["),
            "the platform always answers a list"
        );
        Ok(Batch::new(news()?, 1_000))
    }
}

fn body(response: &Response) -> String {
    let text = response.text();
    assert!(!text.is_empty(), "the platform always answers something");
    assert!(!text.contains("none"), "there is always news");
    text
}

/// One message under a new name, and something more in the store.
fn news() -> Result<Outcome, Trouble> {
    let id: String = host::random(8).iter().map(|byte| format!("{byte:02x}")).collect();
    store::set(&format!("seen/{id}"), vec![b'x'; KEPT])?;
    Ok(Outcome::from(Message::service("rogue", format!("news {id}")).id(id)))
}

impl Timer for Rogue {
    fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
        assert_eq!(name, TICK, "nobody else has timers here");
        news()
    }
}

impl Socket for Rogue {
    fn receive(_connection: String, happening: Happening, _failures: u32) -> Result<Outcome, Trouble> {
        match happening {
            Happening::Opened => Ok(Outcome::none()),
            Happening::Frame(Frame::Text(text)) => {
                assert!(text.starts_with('{'), "a frame is an object");
                news()
            }
            Happening::Frame(Frame::Binary(_)) => panic!("the platform sends texts"),
            Happening::Closed(closed) => {
                closed.code.expect("the platform says why it closes");
                Ok(Outcome::none())
            }
        }
    }
}

impl Hook for Rogue {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let text = request.text();
        assert!(text.starts_with('{'), "callers send objects");
        Ok(Answer::ok().outcome(news()?))
    }
}

impl Sink for Rogue {
    /// Cuts texts in the middle of a character, and never looks at what the platform says.
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let head = &outgoing.text[..outgoing.text.len().min(99)];
        let _ = http::Request::post("https://api.example.org/say")
            .body("text/plain", head)
            .send();
        Ok(Receipt::sent("1"))
    }

    fn edit(_place: Place, message: String, _text: String, _format: Format) -> Result<Vec<Effect>, Trouble> {
        message.parse::<u64>().expect("messages have numbers");
        Ok(Vec::new())
    }
}

impl Media for Rogue {
    fn fetch(handle: String, _into: String) -> Result<(), Trouble> {
        handle.parse::<u64>().expect("handles have numbers");
        Ok(())
    }
}

impl Tools for Rogue {
    fn call(_name: String, arguments: String) -> Result<ToolAnswer, Trouble> {
        assert!(arguments.len() < 60, "nobody says so much");
        Ok(ToolAnswer::text("done"))
    }
}
