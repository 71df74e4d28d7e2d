//! Does what the body of its hook says.

use lockgate_sdk::database::Value;
use lockgate_sdk::http::{self, Failure};
use lockgate_sdk::{
    Answer, Conversation, Effect, Format, Hook, Message, Outgoing, Place, Receipt, Request, Sender, Sink, Trouble,
    channel, command, database, store,
};

channel!(struct Probe: hook, sink);

impl Hook for Probe {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let body = request.text();
        let (command, rest) = body.split_once(' ').unwrap_or((&body, ""));
        let message = match command {
            "event" => service(rest),
            "store" => service(&counted()?),
            "fetch" => service(&fetched(rest)),
            "query" => service(&queried(rest)?),
            "run" => service(&ran(rest)?),
            "trap" => panic!("as asked"),
            "meta" => person("meta").meta("k", "v"),
            _ => return Err(Trouble::rejected("as asked")),
        };
        Ok(Answer::ok().event(message))
    }
}

impl Sink for Probe {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let request = http::Request::post("https://probe.example.org/said").body("text/plain", outgoing.text);
        let answer = request.send()?;
        if answer.status == 429 {
            return Err(Trouble::busy(1_000));
        }
        Ok(Receipt::sent(answer.ok()?.text()))
    }

    fn edit(_: Place, _: String, _: String, _: Format) -> Result<Vec<Effect>, Trouble> {
        Err(Trouble::rejected("no"))
    }
}

fn service(text: &str) -> Message {
    Message::service("probe", text)
}

fn person(text: &str) -> Message {
    Message::person(Sender::account("7").named("Ann"), Conversation::direct("room"), text)
}

fn counted() -> Result<String, Trouble> {
    let count = (store::get_as("count").unwrap_or(0_u64) + 1).to_string();
    store::set("count", &count)?;
    Ok(count)
}

const SQL: &str = "SELECT name, count, price, picture, note FROM stock WHERE name = ?1 AND count > ?2 AND price > ?3";

fn queried(rest: &str) -> Result<String, Trouble> {
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let rows = database::query(name, SQL, &[text.into(), 0_i64.into(), 0.5.into()])?;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Value::Text(name), Value::Integer(count), Value::Real(price), Value::Blob(picture), note]) => {
            let note = note.as_text().unwrap_or("null");
            format!("{name} {count} {} {} {note}", price * 2.0, picture.len())
        }
        _ => "nothing".to_owned(),
    })
}

fn ran(rest: &str) -> Result<String, Trouble> {
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let output = command::run(name, &[text], "in")?;
    let said = [output.stdout, output.stderr].concat();
    Ok(format!("{} {}", output.status, String::from_utf8_lossy(&said)))
}

fn fetched(url: &str) -> String {
    match http::Request::get(url).send() {
        Ok(answer) => format!("{} {}", answer.status, answer.text()),
        Err(Failure::Refused(why)) => format!("refused: {why}"),
        Err(Failure::Unreachable(why)) => format!("unreachable: {why}"),
        Err(Failure::TooLarge) => "too large".into(),
    }
}
