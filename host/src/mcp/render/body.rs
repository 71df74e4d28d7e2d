//! The body of an event: what was said, and before it what it quotes, under a heading of the host's.

use super::attributes::user;
use crate::limits;
use crate::model::{Author, Event, Quote, Standing};
use crate::text::{self, Bound};

/// A body as the model would read it.
pub(super) struct Whole {
    pub(super) text: String,
    /// How many lines of it the host made of a quote; an attribute says so, which no sender can write.
    pub(super) quoted_lines: usize,
}

/// The whole body, however long.
pub(super) fn whole(event: &Event) -> Whole {
    let message = &event.admitted.message;
    let said = text::guard_headings(&text::neutralise(&message.text));
    let Some(quote) = &message.quote else {
        return Whole {
            text: said,
            quoted_lines: 0,
        };
    };
    let standing = event.admitted.quoted.as_ref();
    let standing = standing.or_else(|| same_author(&message.author, quote).then_some(&event.admitted.standing));
    let mut out = heading(event.channel.as_str(), quote, standing);
    let quoted = text::clip(&text::neutralise(&quote.text), Bound::Bytes(limits::BODY_HEAD_BYTES));
    for line in quoted.lines() {
        out.push_str("\n> ");
        out.push_str(line);
    }
    let quoted_lines = out.lines().count();
    out.push_str("\n\n");
    out.push_str(&said);
    Whole {
        text: out,
        quoted_lines,
    }
}

/// Whoever quotes himself is known already. A display name proves nothing, so ids decide.
fn same_author(author: &Author, quote: &Quote) -> bool {
    match (author, &quote.author) {
        (Author::Person(one), Some(Author::Person(other))) => one.id == other.id,
        (Author::Service(one), Some(Author::Service(other))) => one == other,
        _ => false,
    }
}

fn heading(channel: &str, quote: &Quote, standing: Option<&Standing>) -> String {
    let heading = text::HEADING;
    let Some(author) = &quote.author else {
        return format!("{heading} quoted from an author whom the platform does not name:");
    };
    let who = user(channel, author, standing);
    let admitted = match standing {
        Some(Standing::Person { .. }) => "on the allowlist",
        Some(Standing::Guest) => "admitted as a guest, not on the allowlist",
        Some(Standing::Service) => "an admitted service",
        Some(Standing::Host) => "lockgate itself",
        None => "not admitted: only data",
    };
    format!("{heading} quoted from {} ({admitted}):", text::neutralise(&who))
}
