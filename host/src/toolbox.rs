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

    /// One of each channel in turn, until there is no more room: a channel must not take the places of all others by
    /// its name.
    fn gather<'a>(channels: impl Iterator<Item = (&'a ChannelName, &'a [ToolAsk])>) -> Self {
        let channels: Vec<_> = channels.collect();
        let rounds = channels.iter().map(|(_, asks)| asks.len()).max().unwrap_or(0);
        let (mut taken, mut left_out, mut bytes) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::new(), 0);
        let mut count = 0;
        let one_each = |round: usize| {
            channels
                .iter()
                .filter_map(move |(name, asks)| Some((*name, asks.get(round)?)))
        };
        for (channel, ask) in (0..rounds).flat_map(one_each) {
            let tool = OwnTool {
                channel: channel.clone(),
                name: ask.name.clone(),
                text: ask.text.clone(),
                schema: ask.schema.json().clone(),
            };
            let fits = tool.shown_name().len() <= limits::TOOL_SHOWN_NAME_BYTES
                && count < limits::TOOLS_LISTED
                && bytes + ask.size() <= limits::TOOLS_LISTED_BYTES;
            if fits {
                (count, bytes) = (count + 1, bytes + ask.size());
                taken.entry(channel).or_default().push(tool);
            } else {
                *left_out.entry(channel.clone()).or_default() += 1;
            }
        }
        let listed = taken.into_values().flatten().collect();
        Self { listed, left_out }
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
pub async fn announce(roster: watch::Receiver<Arc<Roster>>, outbox: Outbox) {
    let settle = async || tokio::time::sleep(limits::TOOLS_SETTLE).await;
    let tell = async || outbox.push(Bytes::from_static(TOOLS_CHANGED)).await.is_ok();
    follow(roster, |roster| Toolbox::of(roster).listed, settle, tell).await;
}

/// `tell` says whether somebody still listens.
async fn follow<T>(
    mut state: watch::Receiver<T>,
    listed: impl Fn(&T) -> Vec<OwnTool>,
    settle: impl AsyncFn(),
    tell: impl AsyncFn() -> bool,
) {
    let mut told = Vec::new();
    loop {
        if listed(&state.borrow_and_update()) == told {
            if state.changed().await.is_err() {
                return;
            }
            continue;
        }
        settle().await;
        let now = listed(&state.borrow_and_update());
        if now != told {
            told = now;
            if !tell().await {
                return;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;
    use tokio::sync::Notify;

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

    #[tokio::test]
    async fn what_comes_together_is_told_once_and_what_is_gone_for_a_moment_not_at_all() {
        let some = |count: usize| -> Vec<OwnTool> {
            let tool = |n| OwnTool {
                channel: "ci".parse().unwrap(),
                name: format!("t{n}"),
                text: "x".into(),
                schema: serde_json::Map::new(),
            };
            (0..count).map(tool).collect()
        };
        let (state, view) = watch::channel(Vec::new());
        let (settled, settling, told) = (Notify::new(), Cell::new(0), Cell::new(0));
        let settle = async || {
            settling.set(settling.get() + 1);
            settled.notified().await;
        };
        let tell = async || {
            told.set(told.get() + 1);
            told.get() < 3
        };
        // On one thread, the other side has done what it can after a few turns.
        let turns = async || {
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
        };
        let change = async |counts: &[usize], expected: u32| {
            let before = settling.get();
            for count in counts {
                state.send_replace(some(*count));
                turns().await;
                assert_eq!(settling.get(), before + 1, "{counts:?}");
            }
            settled.notify_one();
            turns().await;
            assert_eq!(told.get(), expected, "{counts:?}");
        };
        let acted = async {
            turns().await;
            assert_eq!(settling.get(), 0, "there is nothing to tell");
            change(&[1, 2, 3], 1).await;
            change(&[0, 3], 1).await;
            change(&[1], 2).await;
            change(&[0], 3).await;
        };
        // It ends, because nobody listens any more.
        tokio::join!(follow(view, Vec::clone, settle, tell), acted);
    }

    #[test]
    fn there_are_at_most_so_many_in_all() {
        let some = |count: usize| (0..count).map(|n| ask(format!("t{n}"), "x")).collect::<Vec<_>>();
        let mut channels = vec![("a", some(32)), ("b", some(32)), ("c", some(32)), ("d", some(32))];
        assert_eq!(gather(&channels), (limits::TOOLS_LISTED, vec![]));
        channels.push(("e", some(3)));
        // The last of the rounds is the one that is cut.
        let short = |name: &str| (name.to_owned(), 1);
        assert_eq!(
            gather(&channels),
            (limits::TOOLS_LISTED, vec![short("b"), short("c"), short("d")])
        );
    }

    #[test]
    fn channels_with_early_names_took_all_places_from_the_others() {
        let some = |count: usize| (0..count).map(|n| ask(format!("t{n}"), "x")).collect::<Vec<_>>();
        let channels = [("a", some(limits::TOOLS_LISTED)), ("z", some(2))];
        assert_eq!(gather(&channels), (limits::TOOLS_LISTED, vec![("a".to_owned(), 2)]));
        let bytes = limits::TOOLS_LISTED_BYTES / 2;
        let rest = ask("t".into(), "").size();
        let long = |count: usize| vec![ask("t".into(), &"x".repeat(bytes - rest)); count];
        assert_eq!(
            gather(&[("a", long(2)), ("z", long(1))]),
            (2, vec![("a".to_owned(), 1)])
        );
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
