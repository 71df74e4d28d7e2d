//! A platform full of people, in one guest: what is posted to it says who speaks, where, what is edited and which button
//! is pressed, and `{"kind": "?sent"}` asks for all that was said to them. Whom the host hears is not its business.

mod told;

use lockgate_sdk::{
    Answer, Effect, Format, Hook, Outcome, Outgoing, Place, Receipt, Request, Sink, Trouble, channel, host, json, store,
};
use serde_json::{Value, json};
use told::{Posted, Told};

channel!(struct Crowd: hook, sink);

impl Hook for Crowd {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let posted: Posted = request.json()?;
        let mut outcome = Outcome::none();
        for told in posted.items {
            match told {
                Told::Sent => return Answer::json(&record()?),
                Told::Fail { call, words } => fail(&call, &words)?,
                Told::Message(said) => outcome = outcome.event(said.message()),
                Told::Edited(said) => outcome = said.edit(outcome),
                Told::Press(pressed) => outcome = outcome.press(pressed.press()),
            }
        }
        Ok(Answer::ok().outcome(outcome))
    }
}

impl Sink for Crowd {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        healthy("send")?;
        let id = format!("m-{}", random());
        let buttons: Vec<Value> = outgoing
            .buttons
            .iter()
            .map(|button| json!({"label": button.label, "token": button.token}))
            .collect();
        note(&json!({
            "what": "sent", "id": id, "conversation": outgoing.place.conversation, "thread": outgoing.place.thread,
            "text": outgoing.text, "reply_to": outgoing.reply_to, "buttons": buttons, "files": outgoing.files.len(),
        }))?;
        Ok(Receipt::sent(id))
    }

    fn edit(place: Place, message: String, text: String, _format: Format) -> Result<Vec<Effect>, Trouble> {
        healthy("edit")?;
        note(&json!({
            "what": "edited", "id": message, "conversation": place.conversation, "thread": place.thread, "text": text,
        }))?;
        Ok(Vec::new())
    }

    fn react(place: Place, message: String, emoji: String) -> Result<Vec<Effect>, Trouble> {
        healthy("react")?;
        note(&json!({
            "what": "reacted", "id": message, "conversation": place.conversation, "thread": place.thread, "text": emoji,
        }))?;
        Ok(Vec::new())
    }

    fn direct(sender: String) -> Result<String, Trouble> {
        healthy("direct")?;
        let conversation = format!("d-{sender}");
        note(&json!({"what": "direct", "id": sender, "conversation": conversation}))?;
        Ok(conversation)
    }

    fn answer_press(handle: String, text: String) -> Result<Vec<Effect>, Trouble> {
        healthy("answer-press")?;
        note(&json!({"what": "answered", "id": handle, "text": text}))?;
        Ok(Vec::new())
    }
}

/// From now on these calls fail in these words; without words they do their work again.
fn fail(call: &str, words: &str) -> Result<(), Trouble> {
    if words.is_empty() {
        store::delete(&format!("fail/{call}"));
    } else {
        store::set(&format!("fail/{call}"), words)?;
    }
    Ok(())
}

fn healthy(call: &str) -> Result<(), Trouble> {
    store::get_text(&format!("fail/{call}")).map_or(Ok(()), |words| Err(Trouble::unavailable(words)))
}

/// Adds an entry to the record. Two at the same time get different keys, one after the other ascending ones.
fn note(entry: &Value) -> Result<(), Trouble> {
    let nth = store::keys("said/").len();
    json::set(&format!("said/{:016}-{nth:06}-{}", host::now(), random()), entry)
}

fn record() -> Result<Vec<Value>, Trouble> {
    let entries = store::keys("said/").into_iter().map(|key| json::get(&key));
    Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn random() -> String {
    host::random(6).iter().map(|byte| format!("{byte:02x}")).collect()
}
