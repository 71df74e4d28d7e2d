//! Checks of what a session asks for: answers, changes, reactions, attachments and the channel's own tools.

use super::Suite;
use super::answers::{Mood, Odd, Shape};
use super::checks::{Checked, absent, held};
use super::forms::{End, arguments};
use super::inward::{waits, while_so, words};
use super::stage::Stage;
use super::trial::{Ended, Trial};
use crate::limits;
use crate::manifest::SinkTraits;
use crate::model::{Button, Format, Outgoing, Place, Receipt};
use crate::sandbox::Call;

/// Moods in which nothing can be sent.
const DOWN: [Mood; 6] = [
    Mood::Unreachable,
    Mood::Failing,
    Mood::Unauthorized,
    Mood::Busy,
    Mood::Odd(Odd::Page),
    Mood::Silent,
];

/// All of them, or that there is nothing to check.
pub async fn run(suite: &mut Suite<'_>) {
    let stage = suite.stage;
    let sink = stage
        .manifest()
        .sink
        .as_ref()
        .filter(|_| stage.prepared.has(Call::Send));
    if let Some(sink) = sink {
        suite.check("sink-texts", texts(stage, sink)).await;
        suite.check("sink-without-platform", without_platform(stage)).await;
        suite.check("sink-busy", busy(stage)).await;
        suite.check("sink-changes", changes(stage, sink)).await;
    } else {
        let names = ["sink-texts", "sink-without-platform", "sink-busy", "sink-changes"];
        suite.absent(&names, "it exports no sink");
    }
    if stage.prepared.has(Call::Fetch) {
        suite.check("media", media(stage)).await;
    } else {
        suite.absent(&["media"], "it exports no media");
    }
    if stage.prepared.has(Call::Tool) {
        suite.check("tools", tools(stage)).await;
    } else {
        suite.absent(&["tools"], "it has no tools of its own");
    }
}

fn place(conversation: &str, thread: Option<&str>) -> Place {
    Place {
        conversation: conversation.to_owned(),
        thread: thread.map(str::to_owned),
    }
}

/// A part of an answer with this text.
pub fn outgoing(key: usize, text: &str) -> Outgoing {
    Outgoing {
        key: format!("part-{key}"),
        place: place("1", None),
        text: text.to_owned(),
        format: Format::Plain,
        reply_to: None,
        files: Vec::new(),
        buttons: Vec::new(),
    }
}

/// The longest text that the host would hand over, of characters that take most units.
fn longest(sink: &SinkTraits, character: char) -> String {
    let each = sink.text_unit.of(character);
    character.to_string().repeat(sink.text_limit / each)
}

/// Parts as the host may hand them over, with what is special about each.
fn parts(sink: &SinkTraits) -> Vec<(&'static str, Outgoing)> {
    let odd = "\u{202e}\u{0}\u{1b}[2J <b>&amp; @everyone *_`~[]()\\ \u{1f468}\u{200d}\u{1f469} e\u{301}";
    let fit = |text: &str| text.chars().take(sink.text_limit / 4).collect::<String>();
    let mut parts = vec![
        ("one character", outgoing(0, "a")),
        ("a blank", outgoing(1, " ")),
        ("the longest text", outgoing(2, &longest(sink, 'a'))),
        (
            "the longest text of wide characters",
            outgoing(3, &longest(sink, '\u{1f600}')),
        ),
        ("odd characters", outgoing(4, &fit(odd))),
        ("unclosed markdown", outgoing(5, &fit("**a `b [c](d _e\n```rust\nf"))),
    ];
    parts[5].1.format = Format::Markdown;
    let mut more = |what, change: &dyn Fn(&mut Outgoing)| {
        let mut part = outgoing(parts.len(), "b");
        change(&mut part);
        parts.push((what, part));
    };
    more("odd characters as markdown", &|part| {
        part.format = Format::Markdown;
        part.text = fit(odd);
    });
    more("an unknown conversation", &|part| {
        part.place = place("no such place \u{202e}", None)
    });
    more("a thread, and a message that is answered", &|part| {
        part.place = place("1", Some("no-such-thread"));
        part.reply_to = Some("no such message".to_owned());
    });
    if sink.buttons {
        more("buttons", &|part| {
            part.buttons = vec![button("Yes"), button("No \u{202e}<b>")]
        });
    }
    parts
}

fn button(label: &str) -> Button {
    Button {
        label: label.to_owned(),
        token: "made_up-0123456789".to_owned(),
    }
}

async fn texts(stage: &Stage, sink: &SinkTraits) -> Checked {
    let trial = stage.trial()?;
    for mood in [
        Mood::Plausible(Shape::One),
        Mood::Plausible(Shape::Numbers),
        Mood::Odd(Odd::Types),
    ] {
        trial.mood(mood);
        for (what, part) in parts(sink) {
            let sent = trial.send(part, &[]).await;
            receipt(sent.map_err(|broke| format!("{what}, {}", while_so(mood, &broke)))?)?;
        }
        if sink.files.is_some() {
            let mut part = outgoing(90, "");
            part.files = vec!["note.txt".to_owned(), "empty.bin".to_owned()];
            part.files.truncate(sink.files.map_or(1, |files| files.count));
            let files: [(&str, &[u8]); 2] = [("note.txt", b"a note\n"), ("empty.bin", b"")];
            let sent = trial.send(part, &files).await;
            receipt(sent.map_err(|broke| format!("files without a text, {}", while_so(mood, &broke)))?)?;
        }
    }
    held("a receipt or a trouble for every text, format and place")
}

/// What the host would not take.
fn receipt(ended: Ended<Receipt>) -> Result<Option<Receipt>, String> {
    let Some(brought) = ended.well() else {
        return Ok(None);
    };
    let receipt = brought.value;
    if receipt.messages.len() > limits::RECEIPT_MESSAGES {
        return Err(format!(
            "its receipt names {} messages; name at most {}",
            receipt.messages.len(),
            limits::RECEIPT_MESSAGES
        ));
    }
    if receipt.messages.iter().any(|id| id.len() > limits::SHORT_TEXT_BYTES) {
        return Err("its receipt names a message by more than 1 KiB; name it by the platform's id".to_owned());
    }
    Ok(Some(receipt))
}

/// Who says that something was sent must have sent it.
async fn without_platform(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    let mut asked = false;
    for (nth, mood) in DOWN.into_iter().enumerate() {
        trial.mood(mood);
        let before = trial.asked();
        let sent = trial.send(outgoing(nth, "is anybody there?"), &[]).await;
        let receipt = receipt(sent.map_err(|broke| while_so(mood, &broke))?)?;
        let now = trial.asked() > before;
        asked |= now;
        // A page with the status 200 may be an answer of a platform that says nothing more.
        if now && mood != Mood::Odd(Odd::Page) && receipt.is_some_and(|receipt| receipt.problem.is_none()) {
            return Err(format!(
                "it says that a text was sent while {}; look at the answer's status and body, and return a trouble",
                words(mood)
            ));
        }
    }
    match asked {
        true => held("a trouble whenever nothing was sent"),
        false => absent("no trap; it sends to nobody outside"),
    }
}

/// The host waits as long as the platform wants, if it is told so.
async fn busy(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    trial.mood(Mood::Busy);
    let before = trial.asked();
    let sent = trial.send(outgoing(0, "hello"), &[]).await?;
    if trial.asked() == before {
        return absent("it sends to nobody outside");
    }
    let told = match sent {
        Ended::Troubled(trouble) => Some(trouble),
        Ended::Well(brought) => brought.value.problem,
    };
    match told {
        Some(trouble) if waits(&trouble) => held(format!("it says {trouble} when the platform answers 429")),
        _ => Err(
            "it does not say `busy` when the platform answers 429; then the host would wait and send again".to_owned(),
        ),
    }
}

async fn changes(stage: &Stage, sink: &SinkTraits) -> Checked {
    let trial = stage.trial()?;
    for mood in [
        Mood::Plausible(Shape::One),
        Mood::Unreachable,
        Mood::Failing,
        Mood::Odd(Odd::Types),
    ] {
        trial.mood(mood);
        change(&trial, sink).await.map_err(|broke| while_so(mood, &broke))?;
    }
    held("no trap by edits, reactions, typing, direct conversations and presses")
}

async fn change(trial: &Trial<'_>, sink: &SinkTraits) -> Result<(), String> {
    let there = || place("1", Some("no-such-thread"));
    for message in ["1", "", "no such message"] {
        // Also of a channel that says it can't: the host asks only what the manifest names, and a mistake there is no trap.
        trial
            .edit(there(), message, &longest(sink, 'a'), Format::Markdown)
            .await?;
        trial.react(there(), message, "\u{1f44d}").await?;
        trial.react(there(), message, "no emoji at all").await?;
    }
    trial.typing(there()).await?;
    trial.typing(place("no such place", None)).await?;
    for sender in ["1", "", "no such person \u{202e}"] {
        if let Some(direct) = trial.direct(sender).await?.well()
            && direct.value.len() > limits::SHORT_TEXT_BYTES
        {
            return Err("it names a conversation by more than 1 KiB; name it by the platform's id".to_owned());
        }
        trial.answer_press(sender, "taken").await?;
    }
    Ok(())
}

async fn media(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    let moods = [
        Mood::Plausible(Shape::One),
        Mood::Unreachable,
        Mood::NotFound,
        Mood::Odd(Odd::Types),
        Mood::Odd(Odd::Huge),
    ];
    for mood in moods {
        trial.mood(mood);
        for handle in ["", "1", "no such handle", "../../etc/passwd", "{\"id\":"] {
            let fetched = trial.fetch(handle).await;
            fetched.map_err(|broke| format!("the handle {handle:?}, {}", while_so(mood, &broke)))?;
        }
    }
    held("no trap by handles that it never gave")
}

async fn tools(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    let tools = stage.manifest().tools.iter().take(limits::CONFORMANCE_WAYS);
    let mut calls = 0;
    for tool in tools {
        for end in [End::Smallest, End::Largest] {
            let Some(arguments) = arguments(&tool.schema, end) else {
                continue;
            };
            let arguments = serde_json::Value::Object(arguments).to_string();
            for mood in [Mood::Plausible(Shape::One), Mood::Unreachable, Mood::Odd(Odd::Types)] {
                trial.mood(mood);
                calls += 1;
                let called = trial.tool(&tool.name, &arguments).await;
                let at = |broke: String| format!("{} with the {end} arguments, {}", tool.name, while_so(mood, &broke));
                called.map_err(at)?;
            }
        }
    }
    match calls {
        0 => absent("no arguments could be made for its schemas"),
        _ => held(format!(
            "no trap: {calls} calls with the smallest and the largest arguments"
        )),
    }
}
