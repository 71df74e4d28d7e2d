//! A channel that keeps websockets and does what the frames that come over them say: the first word is the deed, the rest
//! its argument. A hook does the same deeds for the websocket `main`.

use lockgate_sdk::host::Level;
use lockgate_sdk::{
    Answer, Closed, Connection, Effect, Frame, Happening, Hook, Life, Message, Outcome, OutgoingFrame, Request, Socket,
    Timer, Trouble, channel, host, store,
};

channel!(struct Line: life, socket, hook, timer);

/// At work, for ever.
fn hang() -> ! {
    host::log(Level::Info, "its start hangs");
    loop {
        std::hint::black_box(());
    }
}

/// Where its websockets lead.
const URL: &str = "wss://gateway.example.org/socket";

impl Life for Line {
    fn start() -> Result<Outcome, Trouble> {
        if store::get_text("start-breaks").is_some() {
            panic!("it was told to");
        }
        // So many more times it begins as it should.
        match store::get_as("starts-until-hang") {
            Some(0_u32) => hang(),
            Some(more) => store::set("starts-until-hang", (more - 1).to_string())?,
            None => {}
        }
        let lines = host::setting("lines").and_then(|text| text.parse().ok()).unwrap_or(1);
        let names = (0..lines).map(|at| match at {
            0 => ("main".to_owned(), URL.to_owned()),
            at => (format!("line-{at}"), format!("{URL}/{at}")),
        });
        Ok(names.fold(Outcome::none(), |outcome, (name, url)| outcome.connect(name, url)))
    }
}

impl Socket for Line {
    fn receive(connection: String, happening: Happening, failures: u32) -> Result<Outcome, Trouble> {
        match happening {
            Happening::Opened => {
                let hello = Outcome::none().frame(&connection, r#"{"op":"hello","d":{}}"#);
                Ok(hello.event(said("opened", &connection)))
            }
            Happening::Frame(Frame::Text(text)) => deed(&connection, &text, failures),
            Happening::Frame(Frame::Binary(bytes)) => Ok(said(
                "binary",
                &format!("{connection} {} {:?}", bytes.len(), &bytes[..bytes.len().min(32)]),
            )
            .into()),
            Happening::Closed(closed) => ended(&connection, &closed, failures),
        }
    }
}

/// Sends a number, and is woken for the next one until it is told to be still.
impl Timer for Line {
    fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
        if store::get_text("still").is_some() {
            return Ok(Outcome::none().event(said("still", &name)));
        }
        let number: u32 = store::get_text(&name).and_then(|text| text.parse().ok()).unwrap_or(0);
        store::set(&name, (number + 1).to_string())?;
        let beat = Outcome::none().frame("main", format!("{{\"op\":\"{name}-{number}\"}}"));
        Ok(beat.wake(name, 1))
    }
}

impl Hook for Line {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let mut answer = Answer::ok();
        answer.outcome = deed("main", &request.text(), 0)?;
        Ok(answer)
    }
}

/// It tells of the end, and opens it again unless it was told otherwise.
fn ended(connection: &str, closed: &Closed, failures: u32) -> Result<Outcome, Trouble> {
    if store::get_text("broken").is_some() {
        panic!("broken {failures}");
    }
    let code = closed.code.map_or("-".to_owned(), |code| code.to_string());
    let told = said("closed", &format!("{connection} {code} {}", closed.reason));
    let again = match store::get_text("leave").is_some() {
        true => Outcome::none(),
        false => Outcome::none().connect(connection, URL),
    };
    Ok(again.event(told))
}

fn deed(connection: &str, text: &str, failures: u32) -> Result<Outcome, Trouble> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok(match word {
        // How often it was given stands before what it says.
        "say" => said("said", &format!("{connection} {failures} {rest}")).into(),
        "trap" => panic!("trapped by a frame"),
        "refuse" => return Err(Trouble::rejected(rest)),
        "trap-until" if rest.parse().is_ok_and(|times: u32| failures < times) => panic!("not yet"),
        "busy-until" if host::now() < rest.parse().unwrap_or(0) => return Err(Trouble::busy(250)),
        "trap-until" | "busy-until" => said("did", &format!("{word} {failures}")).into(),
        "spin" => loop {
            std::hint::black_box(rest);
        },
        "set" => {
            let (key, value) = rest.split_once('=').unwrap_or((rest, "yes"));
            store::set(key, value)?;
            Outcome::none()
        }
        "unset" => {
            store::delete(rest);
            Outcome::none()
        }
        "nothing" => Outcome::none(),
        "frame" => Outcome::none().frame(connection, rest),
        "frames" => {
            let count: u32 = rest.parse().unwrap_or(1);
            (0..count).fold(Outcome::none(), |outcome, at| {
                outcome.frame(connection, format!("{{\"op\":\"{at}\"}}"))
            })
        }
        "bye" => Outcome::none().frame(connection, rest).disconnect(connection),
        "wake" => Outcome::none().wake(rest, 1),
        "bytes" => Outcome::none().effect(Effect::SendFrame(OutgoingFrame {
            connection: connection.to_owned(),
            frame: Frame::Binary(rest.as_bytes().to_vec()),
        })),
        "connect" => connected(rest),
        "disconnect" => Outcome::none().disconnect(rest),
        _ => Outcome::none().skipped(word),
    })
}

/// `NAME URL`, and perhaps `HEADER=VALUE`.
fn connected(rest: &str) -> Outcome {
    let mut words = rest.split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (name, url) = (word(), word());
    let header = word();
    let headers = header.split_once('=').map(|(name, value)| (name.into(), value.into()));
    Outcome::none().effect(Effect::Connect(Connection {
        name,
        url,
        headers: headers.into_iter().collect(),
    }))
}

/// A message, and each is one of its own.
fn said(word: &str, text: &str) -> Message {
    let id: String = host::random(8).iter().map(|byte| format!("{byte:02x}")).collect();
    Message::service("line", format!("{word} {text}")).id(id)
}
