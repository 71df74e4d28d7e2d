//! Exports every interface that the SDK has, and does a little with files in each: what the macro and the file functions
//! make of the contract is seen only in a component. It reports what came of each thing tried, and decides nothing.

use lockgate_sdk::{Answer, Attachment, Batch, Effect, Format, Hook, Life, Media, Message, Outcome, Outgoing, Place};
use lockgate_sdk::{Receipt, Request, Sink, Source, Timer, ToolAnswer, Tools, Trouble, channel, files};

channel!(struct Desk: hook, life, source, timer, sink, media, tools);

impl Hook for Desk {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        match request.segments()[..] {
            ["file", name] => Ok(Answer::file("text/plain", format!("/data/{name}"))),
            ["events"] => Ok(Answer::subscribe("events").publish("events", request.method)),
            ["keep"] => {
                let size = files::copy("/inbox/body", "/data/body")?;
                let message = Message::service("desk", size.to_string()).attach(Attachment::file("/inbox/body"));
                Ok(Answer::ok().event(message))
            }
            ["try"] => Ok(Answer::ok().text(tried().join("\n"))),
            _ => Err(Trouble::rejected("no such deed")),
        }
    }
}

/// One line for each thing tried with a file.
fn tried() -> Vec<String> {
    vec![
        format!("write {:?}", files::write("/data/a", "one")),
        format!("append {:?}", files::append("/data/a", " two")),
        format!("read {:?}", files::read("/data/a").map(String::from_utf8)),
        format!("replace {:?}", files::write("/data/a", "1")),
        format!("size {:?}", files::size("/data/a")),
        format!("rename {:?}", files::rename("/data/a", "/data/b")),
        format!("list {:?}", files::list("/data")),
        format!("remove {:?}", files::remove("/data/b")),
        format!("gone {:?} {:?}", files::read("/data/b"), files::remove("/data/b")),
        format!("folder {:?}", files::read("/data")),
        format!("outbox {:?}", files::write("/outbox/a", "")),
        format!("inbox {:?}", files::list("/inbox")),
    ]
}

impl Life for Desk {}

impl Source for Desk {
    fn poll(failures: u32) -> Result<Batch, Trouble> {
        Ok(Batch::new(Outcome::none().skipped(failures.to_string()), 1_000))
    }
}

impl Timer for Desk {
    fn fire(name: String, _failures: u32) -> Result<Outcome, Trouble> {
        Ok(Message::service("desk", name).into())
    }
}

impl Sink for Desk {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        let mut receipt = Receipt::sent(outgoing.text);
        for path in &outgoing.files {
            receipt = receipt.and(String::from_utf8_lossy(&files::read(path)?));
        }
        match files::write("/outbox/mine", "") {
            Ok(()) => Ok(receipt),
            Err(_) => Ok(receipt.publish("events", outgoing.place.conversation)),
        }
    }

    fn edit(place: Place, message: String, text: String, _format: Format) -> Result<Vec<Effect>, Trouble> {
        Ok(vec![Effect::publish(place.conversation, format!("{message}: {text}"))])
    }
}

impl Media for Desk {
    fn fetch(handle: String, into: String) -> Result<(), Trouble> {
        Ok(files::write(&into, handle)?)
    }
}

impl Tools for Desk {
    fn call(name: String, arguments: String) -> Result<ToolAnswer, Trouble> {
        Ok(ToolAnswer::text(arguments).publish("events", name))
    }
}
