//! Lines about questions for permission.

use crate::cli::print::{Cell, Table, ago, counted};
use crate::model::UnixMillis;
use crate::relay::prompt;
use crate::status::{Carrying, RelayReport};

/// How many are open, what became of the others, and what to type if one reached nobody.
pub fn lines(table: &mut Table, relay: &RelayReport, now: UnixMillis) {
    for open in &relay.open {
        let shown = counted(open.shown as u64, "conversation", "conversations");
        let since = ago(now.since(open.asked));
        let tool = prompt::shown(&open.tool);
        table.line(format!(
            "open question: may the session use {tool}? asked {since}, shown in {shown}"
        ));
    }
    if let Some(unshown) = &relay.unshown {
        let since = ago(now.since(unshown.at));
        table.line(Cell::bad(format!(
            "a question, asked {since}, could be shown to nobody: {}",
            unshown.why
        )));
    }
    if !relay.counts.is_empty() {
        let each: Vec<String> = relay
            .counts
            .iter()
            .map(|(what, count)| format!("{what} {count}"))
            .collect();
        table.line(format!("questions for permission: {}", each.join(", ")));
    }
    if let Some(last) = relay.verdicts.first() {
        let (by, tool, did) = (&last.by, prompt::shown(&last.tool), prompt::did(last.behavior));
        let when = ago(now.since(last.at));
        table.line(format!("{by} {did} {tool} over {}, {when}", last.channel));
    }
}

/// Whether a channel carries approvals, and what to type if it does not.
pub fn carrying(channel: &str, carrying: &Carrying) -> String {
    match carrying {
        Carrying::On => "approvals: on".to_owned(),
        Carrying::Off => format!("approvals: off; `lockgate review {channel} --grant relay` lets it carry them"),
        Carrying::Alone => "approvals: off: it has no network, so nobody in it is known".to_owned(),
        Carrying::Closed => "approvals: off, by the organisation's policy".to_owned(),
        Carrying::Nobody(network) => {
            format!("approvals: on, but nobody may approve: `lockgate access allow NAME {network}:ID --role approve`")
        }
    }
}
