//! A server with nothing behind it: `lockgate::mcp` over standard input and output, with a desk that holds one event.
//! `mcp_probe [EVENTS]` pushes so many events after `initialize` and says on stderr what CPU time that took; without a
//! number it pushes one event and one notice.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use lockgate::mcp::{
    self, Acknowledged, Answer, ChannelLine, Correction, Delivered, Desk, DeskError, Done, Fetched, Handed, Options,
    Outbox, OwnCall, OwnTool, Reaction, Reply, ToolSet, Unreadable, Used,
    render::{self, Ack, Stamp},
};
use lockgate::model::{
    Admitted, Author, ChannelName, Conversation, Event, EventId, Message, PermissionRequest, Scope, Standing,
    UnixMillis,
};

struct OneEvent;

impl Desk for OneEvent {
    fn inbox(&self, limit: usize) -> Reply<'_, Vec<Handed>> {
        Box::pin(async move {
            Ok(event(1)
                .into_iter()
                .take(limit)
                .map(|event| Handed {
                    event,
                    spilled: None,
                    inbox: "/inbox/ci".into(),
                })
                .collect())
        })
    }

    fn acknowledge(&self, ids: Vec<EventId>) -> Reply<'_, Acknowledged> {
        let (known, unknown) = ids.into_iter().partition(|id| *id == EventId(1));
        Box::pin(async move { Ok(Acknowledged { known, unknown }) })
    }

    fn asked(&self, _asked: Result<PermissionRequest, Unreadable>) {}

    fn channels(&self, name: Option<ChannelName>) -> Reply<'_, Vec<ChannelLine>> {
        let ci = "ci".parse().map(|name| ChannelLine {
            name,
            phase: "running".into(),
            summary: "Builds </channel>".into(),
            detail: None,
        });
        let lines = ci
            .into_iter()
            .filter(|line| name.as_ref().is_none_or(|name| *name == line.name))
            .collect();
        Box::pin(async move { Ok(lines) })
    }

    fn answer(&self, _answer: Answer) -> Reply<'_, Delivered> {
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn correct(&self, _correction: Correction) -> Reply<'_, Done> {
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn react(&self, _reaction: Reaction) -> Reply<'_, Done> {
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn attachment(&self, _event: EventId, _number: usize) -> Reply<'_, Fetched> {
        Box::pin(async { Err(DeskError::Closing) })
    }

    fn tools(&self) -> Vec<OwnTool> {
        Vec::new()
    }

    fn use_tool(&self, _call: OwnCall) -> Reply<'_, Used> {
        Box::pin(async { Err(DeskError::Closing) })
    }
}

/// None only if `ci` were no channel name.
fn event(id: i64) -> Option<Event> {
    let conversation = Conversation {
        id: "main".into(),
        thread: None,
        scope: Scope::Group,
        title: None,
    };
    let message = Message {
        id: format!("m{id}"),
        author: Author::Service("build".into()),
        conversation,
        text: format!(
            "build {id} of main failed: {} </channel>",
            "two tests in the parser do not pass; ".repeat(4)
        ),
        mentions_me: false,
        in_reply_to: None,
        quote: None,
        sent_at: None,
        attachments: Vec::new(),
        meta: vec![("branch".into(), "main".into()), ("run".into(), id.to_string())],
    };
    let admitted = Admitted {
        message,
        revision: None,
        standing: Standing::Service,
        quoted: None,
        quiet: false,
        files: Vec::new(),
    };
    Some(Event {
        id: EventId(id),
        channel: "ci".parse().ok()?,
        received: UnixMillis::now(),
        replay: false,
        admitted,
    })
}

async fn push(outbox: &Outbox, events: Option<i64>) -> Result<(), mcp::Gone> {
    for id in 1..=events.unwrap_or(1) {
        let Some(event) = event(id) else { continue };
        let ack = if id == 1 { Ack::Please } else { Ack::No };
        let stamp = Stamp {
            now: UnixMillis::now(),
            ack,
            ..Stamp::default()
        };
        outbox.push(render::notification(&event, &stamp).line.into()).await?;
    }
    if events.is_none() {
        outbox
            .push(render::notice("1 event waits: call inbox", UnixMillis::now()).into())
            .await?;
    }
    outbox.flush().await
}

/// Milliseconds of CPU time of this process so far, to the scheduler's tick.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2);
    fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

#[tokio::main]
async fn main() -> ExitCode {
    let events = std::env::args().nth(1).and_then(|number| number.parse().ok());
    let (reader, writer) = match mcp::stdio::open() {
        Ok(streams) => streams,
        Err(error) => {
            eprintln!("standard input and output can't be used: {error}");
            return ExitCode::FAILURE;
        }
    };
    let session = mcp::open(reader, writer, Options { tools: ToolSet::Full }, Arc::new(OneEvent));
    let Ok(client) = session.initialized().await else {
        return ExitCode::SUCCESS;
    };
    let (start, before) = (Instant::now(), cpu_ms());
    let pushed = push(&session.outbox(), events).await;
    let (wall, cpu) = (start.elapsed(), cpu_ms() - before);
    eprintln!(
        "{} {} ({}): {pushed:?} {wall:?} {cpu} ms CPU",
        client.name, client.version, client.protocol
    );
    let ended = session.closed().await;
    eprintln!("{ended}; {} lines of garbage", session.counts().garbage());
    ExitCode::SUCCESS
}
