//! Checks of what the host calls by itself: `start`, `poll`, `fire` and what happens on a websocket.

use super::Suite;
use super::answers::{Mood, Odd, Shape};
use super::checks::{Checked, absent, held};
use super::stage::Stage;
use super::trial::{Brought, Ended};
use crate::model::{Effect, Frame, Trouble};
use crate::sandbox::{Call, Happening};

/// Moods in which nothing can come, whatever a channel asks.
const DOWN: [Mood; 6] = [
    Mood::Unreachable,
    Mood::Failing,
    Mood::Unauthorized,
    Mood::Busy,
    Mood::NotFound,
    Mood::Silent,
];

/// All of them, or that there is nothing to check.
pub async fn run(suite: &mut Suite<'_>) {
    let stage = suite.stage;
    if stage.prepared.has(Call::Start) {
        suite.check("start-repeated", start_repeated(stage)).await;
        suite
            .check("start-without-platform", start_without_platform(stage))
            .await;
    } else {
        suite.absent(&["start-repeated", "start-without-platform"], "it exports no life");
    }
    if stage.prepared.has(Call::Poll) {
        suite.check("poll-without-platform", poll_without_platform(stage)).await;
        suite.check("poll-odd-answers", poll_odd_answers(stage)).await;
        suite.check("poll-poison", poll_poison(stage)).await;
        suite.check("poll-repeated", poll_repeated(stage)).await;
    } else {
        let names = [
            "poll-without-platform",
            "poll-odd-answers",
            "poll-poison",
            "poll-repeated",
        ];
        suite.absent(&names, "it exports no source");
    }
    if stage.prepared.has(Call::Fire) {
        suite.check("timer-unknown", timer_unknown(stage)).await;
        suite.check("timer-repeated", timer_repeated(stage)).await;
    } else {
        suite.absent(&["timer-unknown", "timer-repeated"], "it exports no timer");
    }
    if stage.prepared.has(Call::Socket) {
        suite.check("socket-frames", socket_frames(stage)).await;
        suite.check("socket-closed", socket_closed(stage)).await;
    } else {
        suite.absent(&["socket-frames", "socket-closed"], "it exports no socket");
    }
}

/// A start is called again after every restart, with all that the last one left.
async fn start_repeated(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    trial.mood(Mood::Plausible(Shape::One));
    let mut troubles = Vec::new();
    for _ in 0..3 {
        match trial.start().await? {
            Ended::Well(brought) => trial.commit(brought).await?,
            Ended::Troubled(trouble) => troubles.push(trouble.to_string()),
        }
    }
    match troubles.first() {
        None => held("three times in a row"),
        Some(first) if troubles.len() == 3 => held(format!("three times in a row; each time {first}")),
        Some(first) => Err(format!(
            "only some of three starts in a row went well ({first}); let a start find what an earlier one has left"
        )),
    }
}

async fn start_without_platform(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    for mood in DOWN.into_iter().chain(Odd::ALL.map(Mood::Odd)) {
        trial.mood(mood);
        trial.start().await.map_err(|broke| while_so(mood, &broke))?;
    }
    held("no trap while the platform is away, refuses or answers nonsense")
}

async fn poll_without_platform(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    let mut lied = None;
    for mood in DOWN {
        trial.mood(mood);
        let before = trial.asked();
        let ended = trial.poll(0).await.map_err(|broke| while_so(mood, &broke))?;
        let quiet = matches!(&ended, Ended::Well(brought) if brought.outcome.inbound.is_empty());
        if quiet && trial.asked() > before {
            lied = Some(mood);
        }
    }
    match lied {
        None => held("no trap while the platform is away or refuses"),
        Some(mood) => Err(format!(
            "it says that all is well while {}; return a trouble, so that the operator is told and the wait grows",
            words(mood)
        )),
    }
}

async fn poll_odd_answers(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    let before = trial.asked();
    for odd in Odd::ALL {
        let mood = Mood::Odd(odd);
        trial.mood(mood);
        trial.poll(0).await.map_err(|broke| while_so(mood, &broke))?;
    }
    if trial.asked() == before {
        return absent("it asked nobody");
    }
    held("no trap, whatever the platform answers")
}

/// What can't be read must not stop the channel for good: the host counts the failures, and from three on the guest steps
/// over what comes first.
async fn poll_poison(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    let before = trial.asked();
    let mut last = None;
    for failures in 0..=3 {
        let mood = Mood::Odd(Odd::Types);
        trial.mood(mood);
        let polled = trial.poll(failures).await;
        let ended = polled.map_err(|broke| format!("after {failures} failures, {}", while_so(mood, &broke)))?;
        last = Some(match ended {
            Ended::Well(brought) => {
                trial.commit(brought).await?;
                "it stepped over it".to_owned()
            }
            Ended::Troubled(trouble) => format!("it said {trouble}"),
        });
    }
    if trial.asked() == before {
        return absent("it asked nobody");
    }
    held(format!("after three failures {}", last.unwrap_or_default()))
}

/// What a dropped call brought has to come again.
async fn poll_repeated(stage: &Stage) -> Checked {
    let mut tried = 0;
    for shape in Shape::ALL {
        let trial = stage.trial()?;
        trial.mood(Mood::Plausible(shape));
        if let Some(first) = trial.poll(0).await?.well() {
            // A first look may only note what is there already.
            let news = !first.said().is_empty();
            trial
                .commit(if news {
                    continue_with(&trial, &mut tried, first).await?
                } else {
                    first
                })
                .await?;
        }
        if let Some(dropped) = trial.poll(0).await?.well().filter(|dropped| !dropped.said().is_empty()) {
            continue_with(&trial, &mut tried, dropped).await?;
        }
    }
    match tried {
        0 => absent("it reported nothing of what the stand-in has; try it with answers of your own platform"),
        _ => held(format!("{tried} dropped calls brought the same again")),
    }
}

/// Drops what a call brought, calls again, and answers what that brought.
async fn continue_with(
    trial: &super::trial::Trial<'_>,
    tried: &mut usize,
    dropped: Brought<u32>,
) -> Result<Brought<u32>, String> {
    *tried += 1;
    let again = trial.poll(0).await?;
    let Ended::Well(again) = again else {
        return Err(
            "a look whose commit failed was repeated and brought a trouble; read the cursor from the store".into(),
        );
    };
    lost(&dropped, &again)?;
    Ok(again)
}

/// Whether the second call lacks something of the first.
pub fn lost<T>(dropped: &Brought<T>, again: &Brought<T>) -> Result<(), String> {
    let there = again.said();
    let known = |id: &str, text: &str| there.iter().any(|said| said.0 == id || said.1 == text);
    let said = dropped.said();
    match said.iter().find(|(id, text)| !known(id, text)) {
        None => Ok(()),
        Some((id, _)) => Err(format!(
            "the message {id:?} of a call that was not committed did not come again; keep what was seen in the store, and \
             move the platform's cursor only past what an earlier call committed"
        )),
    }
}

async fn timer_unknown(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    trial.mood(Mood::Unreachable);
    for (name, failures) in [("no-such-timer", 0), ("no-such-timer", 3), ("", 0), ("名\u{202e}", 7)] {
        trial.fire(name, failures).await?;
    }
    held("no trap by a name that it never gave")
}

/// A wake is consumed by success alone: after a crash it fires again.
async fn timer_repeated(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    trial.mood(Mood::Plausible(Shape::One));
    let mut names = Vec::new();
    if stage.prepared.has(Call::Start)
        && let Some(begun) = trial.start().await?.well()
    {
        names = begun.outcome.effects.iter().filter_map(wake).collect();
        trial.commit(begun).await?;
    }
    if names.is_empty() {
        return absent("start asks for no wake");
    }
    for name in &names {
        let first = trial.fire(name, 0).await?.well();
        let again = trial.fire(name, 1).await?.well();
        if let (Some(first), Some(again)) = (first, again) {
            lost(&first, &again)?;
            trial.commit(again).await?;
        }
        // Late, and once more than it was asked for.
        trial.fire(name, 0).await?;
    }
    held(format!(
        "{}: the same again after a commit that failed",
        names.join(", ")
    ))
}

fn wake(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Wake { name, .. } => Some(name.clone()),
        _ => None,
    }
}

async fn socket_frames(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    trial.mood(Mood::Unreachable);
    let text = |text: &str| Frame::Text(text.to_owned());
    let frames = [
        text(""),
        text("{"),
        text("null"),
        text("[]"),
        text(r#"{"op":null,"t":5,"d":"x","type":{},"id":[]}"#),
        text(&"[".repeat(100_000)),
        text(&"a".repeat(1 << 20)),
        Frame::Binary(Vec::new()),
        Frame::Binary(vec![0xff, 0xfe, 0x00]),
    ];
    for name in ["main", "no-such-connection"] {
        for _ in 0..2 {
            trial.happened(name, Happening::Opened, 0).await?;
        }
        for (nth, frame) in frames.iter().enumerate() {
            let happened = trial.happened(name, Happening::Frame(frame.clone()), nth as u32 % 3);
            happened.await?;
        }
    }
    held("no trap by odd frames, or by a connection that opened twice")
}

async fn socket_closed(stage: &Stage) -> Checked {
    let trial = stage.trial()?;
    trial.mood(Mood::Unreachable);
    for code in [
        None,
        Some(1000),
        Some(1001),
        Some(1006),
        Some(1011),
        Some(4000),
        Some(4004),
        Some(4999),
        Some(0),
    ] {
        let reason = "made up".to_owned();
        trial.happened("main", Happening::Closed { code, reason }, 0).await?;
    }
    held("no trap by any code")
}

/// A fault, with what the platform did at the time.
pub fn while_so(mood: Mood, broke: &str) -> String {
    format!("while {}: {broke}", words(mood))
}

/// A mood, for people.
pub fn words(mood: Mood) -> &'static str {
    match mood {
        Mood::Unreachable => "nobody can be reached",
        Mood::Silent => "the platform does not answer",
        Mood::Failing => "the platform answers 503",
        Mood::Unauthorized => "the platform answers 401",
        Mood::Busy => "the platform answers 429",
        Mood::NotFound => "the platform answers 404",
        Mood::Odd(Odd::Empty) => "the platform answers nothing",
        Mood::Odd(Odd::Bytes) => "the platform answers bytes that are no text",
        Mood::Odd(Odd::Page) => "the platform answers a page",
        Mood::Odd(Odd::Cut) => "the platform's answer ends in its middle",
        Mood::Odd(Odd::Deep) => "the platform answers JSON of great depth",
        Mood::Odd(Odd::Types) => "the platform answers JSON of other types",
        Mood::Odd(Odd::Huge) => "the platform answers more than a guest is handed",
        Mood::Plausible(_) => "the platform answers well",
    }
}

/// Whether a trouble is one by which the host waits as the platform wants it.
pub fn waits(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Busy(_))
}
