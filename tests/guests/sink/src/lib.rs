//! A channel that answers as it is told. What is posted to it becomes an event of the conversation that the first line
//! names (`room` or `room#thread`); `?` and a conversation asks what was sent there. How a part is taken stands in its
//! own first word: see `Deed`.

mod deed;

use deed::Deed;
use lockgate_sdk::{
    Answer, Conversation, Effect, Format, Hook, Message, Outgoing, Place, Receipt, Request, Sink, Trouble, channel,
    files, store,
};

channel!(struct Told: hook, sink);

impl Hook for Told {
    fn receive(request: Request) -> Result<Answer, Trouble> {
        let body = request.text();
        if let Some(room) = body.strip_prefix('?') {
            return Ok(Answer::ok().text(record(room.lines().next().unwrap_or_default())));
        }
        let (place, text) = body.split_once('\n').unwrap_or((&body, ""));
        let (room, thread) = place
            .split_once('#')
            .map_or((place, None), |(room, thread)| (room, Some(thread)));
        let mut message = Message::service("sink", text);
        message.conversation = Conversation::group(room);
        if let Some(thread) = thread {
            message.conversation = message.conversation.thread(thread);
        }
        Ok(Answer::ok().event(message))
    }
}

impl Sink for Told {
    fn send(outgoing: Outgoing) -> Result<Receipt, Trouble> {
        if outgoing.text == "!forget" {
            // What is not kept costs no sync: for the bench.
            return Ok(Receipt::sent("1"));
        }
        let tries = note(&format!("try/{}", outgoing.key), "");
        let receipt = Deed::of(&outgoing.text).send(tries)?;
        if receipt.problem.is_none() || !receipt.messages.is_empty() {
            note(&format!("sent/{}", outgoing.place.conversation), &line(&outgoing));
        }
        Ok(receipt)
    }

    fn edit(place: Place, message: String, text: String, _format: Format) -> Result<Vec<Effect>, Trouble> {
        Deed::of(&text).send(1)?;
        note(
            &format!("sent/{}", place.conversation),
            &format!("edit {message:?}: {text}"),
        );
        Ok(Vec::new())
    }

    fn react(place: Place, message: String, emoji: String) -> Result<Vec<Effect>, Trouble> {
        Deed::of(&emoji).send(1)?;
        note(
            &format!("sent/{}", place.conversation),
            &format!("react {message:?}: {emoji}"),
        );
        Ok(Vec::new())
    }

    fn typing(place: Place) -> Result<Vec<Effect>, Trouble> {
        note(&format!("typing/{}", place.conversation), "");
        Ok(Vec::new())
    }
}

/// Adds a line to a list and says how long it is now. The host sends one part of a conversation after the other, so
/// nobody else writes to its list.
fn note(list: &str, line: &str) -> usize {
    let length = store::keys(&format!("{list}/")).len() + 1;
    // Notes are short, and a test makes few of them.
    let _ = store::set(&format!("{list}/{length:04}"), line);
    length
}

fn line(outgoing: &Outgoing) -> String {
    let thread = outgoing.place.thread.as_deref().unwrap_or("-");
    let reply_to = outgoing.reply_to.as_deref().unwrap_or("-");
    let format = match outgoing.format {
        Format::Plain => "plain",
        Format::Markdown => "markdown",
    };
    format!(
        "{thread} {reply_to} {format} [{}]: {}",
        outgoing.files.join(","),
        outgoing.text
    )
}

/// What was sent to a conversation, and how often it saw a sign of typing.
fn record(room: &str) -> String {
    let lines = store::keys(&format!("sent/{room}/"))
        .into_iter()
        .filter_map(|key| store::get_text(&key));
    let typing = store::keys(&format!("typing/{room}/")).len();
    let lines: Vec<String> = lines.chain([format!("typing {typing}")]).collect();
    lines.join("\n\n")
}
