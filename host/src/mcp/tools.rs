//! The tools: how a call is understood, whom it asks, and how its result is laid out for the model.
//!
//! # Authority
//! Names, descriptions and schemas of the host's tools are static; those of a channel's own stand in its manifest, and are
//! shown under a heading of the host's, in a name that no tool of the host's can have. Whatever a guest or a sender wrote stands in a block of its own below a
//! heading of the host's, neutralised and clipped. No tool grants, pairs, installs or edits access.

mod arguments;
mod list;
mod results;

use rmcp::model::{CallToolResult, ErrorData, JsonObject};

use super::desk::{Answer, Correction, Desk, DeskError, OwnCall, Reaction};
use super::session::ToolSet;
use crate::limits;
use crate::model::{ChannelName, EventId, Format, UnixMillis};
use arguments::{Arguments, invalid};

pub use list::TOOLS_CHANGED;
pub(super) use list::{list, own};

/// Events that `inbox` shows unless it is told otherwise.
const INBOX_USUAL: usize = 10;

/// A call that has been understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Call {
    Reply(Answer),
    SendFile(Answer),
    Download { event: EventId, number: usize },
    React(Reaction),
    Edit(Correction),
    Inbox { limit: usize },
    Acknowledge { ids: Vec<EventId> },
    Channels { name: Option<ChannelName> },
    Own(OwnCall),
}

/// Understands a call, or says what is wrong with it: JSON-RPC's -32602, as MCP demands for an unknown tool, too.
pub(super) fn parse(tools: ToolSet, name: &str, arguments: JsonObject) -> Result<Call, ErrorData> {
    if let Some((channel, tool)) = own_name(name).filter(|_| tools == ToolSet::Full) {
        return Ok(Call::Own(OwnCall {
            channel,
            tool,
            arguments,
        }));
    }
    if list(ToolSet::Full).iter().all(|tool| tool.name != name) {
        return Err(invalid(&format!("unknown tool `{name}`; see tools/list")));
    }
    if list(tools).iter().all(|tool| tool.name != name) {
        return Err(invalid(&format!(
            "{name}: this session takes no events; it has the tool channels"
        )));
    }
    let mut given = Arguments::new(name, arguments);
    let call = understand(name, &mut given)?;
    given.end()?;
    Ok(call)
}

/// The channel and the tool of a name that no tool of the host's has.
fn own_name(name: &str) -> Option<(ChannelName, String)> {
    let (channel, tool) = name.split_once("__")?;
    Some((channel.parse().ok()?, tool.to_owned()))
}

fn understand(name: &str, given: &mut Arguments<'_>) -> Result<Call, ErrorData> {
    Ok(match name {
        "reply" => Call::Reply(Answer {
            chat: given.text("chat_id")?,
            text: given.text("text")?,
            files: Vec::new(),
            reply_to: given.text_if_any("reply_to")?,
            format: given.format()?,
        }),
        "send_file" => Call::SendFile(Answer {
            chat: given.text("chat_id")?,
            text: given.text_if_any("text")?.unwrap_or_default(),
            files: given.texts("files", limits::SINK_FILES)?,
            reply_to: None,
            format: Format::Markdown,
        }),
        "download_attachment" => Call::Download {
            event: given.one_event()?,
            number: given.number("index", 1, limits::ATTACHMENTS)?,
        },
        "react" => Call::React(Reaction {
            chat: given.text("chat_id")?,
            message: given.text("message_id")?,
            emoji: given.text("emoji")?,
        }),
        "edit_message" => Call::Edit(Correction {
            chat: given.text("chat_id")?,
            message: given.text("message_id")?,
            text: given.text("text")?,
            format: given.format()?,
        }),
        "inbox" => Call::Inbox {
            limit: given.number("limit", INBOX_USUAL, limits::INBOX_EVENTS)?,
        },
        "ack" => Call::Acknowledge { ids: given.events()? },
        _ => Call::Channels { name: given.channel()? },
    })
}

/// Asks the desk and lays its answer out.
///
/// # Errors
/// There is no such tool.
pub(super) async fn run(call: Call, desk: &dyn Desk) -> Result<CallToolResult, ErrorData> {
    match asked(call, desk).await {
        Err(error @ DeskError::NoSuchTool { .. }) => Err(invalid(&error.to_string())),
        answered => Ok(answered.unwrap_or_else(|error| results::failed(&error))),
    }
}

async fn asked(call: Call, desk: &dyn Desk) -> Result<CallToolResult, DeskError> {
    Ok(match call {
        Call::Reply(answer) | Call::SendFile(answer) => results::delivered(&desk.answer(answer).await?),
        Call::Download { event, number } => results::fetched(&desk.attachment(event, number).await?),
        Call::React(reaction) => results::done("The reaction", &desk.react(reaction).await?),
        Call::Edit(correction) => results::done("The change", &desk.correct(correction).await?),
        Call::Inbox { limit } => results::inbox(&desk.inbox(limit).await?, UnixMillis::now()),
        Call::Acknowledge { ids } => results::acknowledged(&desk.acknowledge(ids).await?),
        Call::Channels { name } => results::channels(&desk.channels(name).await?),
        Call::Own(call) => {
            let whose = format!("The tool {} of the channel {}", call.tool, call.channel);
            results::used(&whose, &desk.use_tool(call).await?)
        }
    })
}

#[cfg(test)]
mod tests;
