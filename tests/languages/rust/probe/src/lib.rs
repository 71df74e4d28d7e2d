//! Does what the body of its hook says.

use lockgate_sdk::http::{self, Failure};
use lockgate_sdk::{
    Answer, Conversation, Effect, Format, Hook, Message, Outgoing, Place, Receipt, Request, Sender, Sink, Trouble,
    channel, store,
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

fn fetched(url: &str) -> String {
    match http::Request::get(url).send() {
        Ok(answer) => format!("{} {}", answer.status, answer.text()),
        Err(Failure::Refused(why)) => format!("refused: {why}"),
        Err(Failure::Unreachable(why)) => format!("unreachable: {why}"),
        Err(Failure::TooLarge) => "too large".into(),
    }
}
