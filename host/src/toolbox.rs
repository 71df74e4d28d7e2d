//! The channels' own tools as a session has them: which are listed, which are left out, and when a session is told that
//! the list is another. It calls none of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use crate::limits;
use crate::manifest::ToolAsk;
use crate::mcp::{Outbox, OwnTool, TOOLS_CHANGED};
use crate::model::ChannelName;
use crate::supervisor::Roster;

/// The own tools of all channels that run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Toolbox {
    /// Those that a session has, by channel, in the order of its manifest.
    pub listed: Vec<OwnTool>,
    /// How many of a channel's it has not, because their names are too long for a client or there are too many in all.
    pub left_out: BTreeMap<ChannelName, u64>,
}

impl Toolbox {
    /// What the channels of this moment have.
    pub fn of(roster: &Roster) -> Self {
        let running = roster.channels.iter();
        let running = running.filter_map(|(name, entry)| Some((name, entry.running()?.grant().tools())));
        Self::gather(running)
    }

    fn gather<'a>(channels: impl Iterator<Item = (&'a ChannelName, &'a [ToolAsk])>) -> Self {
        let (mut toolbox, mut bytes) = (Self::default(), 0);
        for (channel, ask) in channels.flat_map(|(channel, asks)| asks.iter().map(move |ask| (channel, ask))) {
            let tool = OwnTool {
                channel: channel.clone(),
                name: ask.name.clone(),
                text: ask.text.clone(),
                schema: ask.schema.json().clone(),
            };
            let fits = tool.shown_name().len() <= limits::TOOL_SHOWN_NAME_BYTES
                && toolbox.listed.len() < limits::TOOLS_LISTED
                && bytes + ask.size() <= limits::TOOLS_LISTED_BYTES;
            if fits {
                bytes += ask.size();
                toolbox.listed.push(tool);
            } else {
                *toolbox.left_out.entry(channel.clone()).or_default() += 1;
            }
        }
        toolbox
    }

    /// Whether a session has this tool.
    pub fn has(&self, channel: &ChannelName, name: &str) -> bool {
        self.listed
            .iter()
            .any(|tool| tool.channel == *channel && tool.name == name)
    }
}

/// Tells a client when its list of tools is another, a little later: a channel that is replaced is gone for a moment, and
/// several that start come one by one. Ends when the client does.
pub async fn announce(mut roster: watch::Receiver<Arc<Roster>>, outbox: Outbox) {
    let mut told = Vec::new();
    loop {
        if Toolbox::of(&roster.borrow_and_update()).listed == told {
            if roster.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::time::sleep(limits::TOOLS_SETTLE).await;
        let now = Toolbox::of(&roster.borrow_and_update()).listed;
        if now != told {
            told = now;
            if outbox.push(Bytes::from_static(TOOLS_CHANGED)).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::Schema;

    fn ask(name: String, text: &str) -> ToolAsk {
        ToolAsk {
            name,
            text: text.into(),
            schema: Schema::parse(json!({"type": "object"})).unwrap(),
        }
    }

    fn gather(channels: &[(&str, Vec<ToolAsk>)]) -> (usize, Vec<(String, u64)>) {
        let named: Vec<(ChannelName, &[ToolAsk])> = channels
            .iter()
            .map(|(name, asks)| (name.parse().unwrap(), asks.as_slice()))
            .collect();
        let toolbox = Toolbox::gather(named.iter().map(|(name, asks)| (name, *asks)));
        let left_out = toolbox.left_out.iter();
        (
            toolbox.listed.len(),
            left_out.map(|(name, count)| (name.to_string(), *count)).collect(),
        )
    }

    #[test]
    fn there_are_at_most_so_many_in_all() {
        let some = |count: usize| (0..count).map(|n| ask(format!("t{n}"), "x")).collect::<Vec<_>>();
        let mut channels = vec![("a", some(32)), ("b", some(32)), ("c", some(32)), ("d", some(32))];
        assert_eq!(gather(&channels), (limits::TOOLS_LISTED, vec![]));
        channels.push(("e", some(3)));
        assert_eq!(gather(&channels), (limits::TOOLS_LISTED, vec![("e".to_owned(), 3)]));
    }

    #[test]
    fn they_have_at_most_so_many_bytes_in_all() {
        let rest = ask("t".into(), "").size();
        let long = |bytes: usize| vec![ask("t".into(), &"x".repeat(bytes - rest))];
        let half = limits::TOOLS_LISTED_BYTES / 2;
        assert_eq!(gather(&[("a", long(half)), ("b", long(half))]), (2, vec![]));
        let more = [("a", long(half)), ("b", long(half + 1)), ("c", long(half))];
        assert_eq!(gather(&more), (2, vec![("b".to_owned(), 1)]));
    }

    /// One such name, and the client's next request to the model fails, and each one after it.
    #[test]
    fn a_name_that_is_too_long_for_the_client_is_left_out() {
        let channel = "c".repeat(32);
        let room = limits::TOOL_SHOWN_NAME_BYTES - channel.len() - "__".len();
        let tools = vec![ask("t".repeat(room), "x"), ask("t".repeat(room + 1), "x")];
        assert_eq!(gather(&[(&channel, tools)]), (1, vec![(channel.clone(), 1)]));
        let prefix = "mcp__lockgate__";
        assert_eq!(prefix.len() + limits::TOOL_SHOWN_NAME_BYTES, 64);
    }
}
