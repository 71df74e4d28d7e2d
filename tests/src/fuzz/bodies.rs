//! What must hold for any input, one body a file. Each gives words for what became of the input.

#![allow(
    clippy::expect_used,
    reason = "to panic is how a body says that something does not hold"
)]

mod access;
mod component;
mod config;
mod import;
mod lockfile;
mod manifest;
mod organisation;
mod pairing;
mod reach;
mod request;
mod schema;
mod signature;
mod text;
mod verdict;

use lockgate::manifest::Place;

use super::Body;

/// All bodies.
pub const BODIES: &[Body] = &[
    access::BODY,
    component::BODY,
    config::BODY,
    import::BODY,
    lockfile::BODY,
    manifest::BODY,
    organisation::BODY,
    pairing::BODY,
    reach::BODY,
    request::BODY,
    schema::BODY,
    signature::BODY,
    text::BODY,
    verdict::BODY,
];

/// A place of an error stands in the text, or right behind its end.
fn assert_inside(place: Place, text: &str) {
    let line = text.split('\n').nth(place.line.wrapping_sub(1));
    let line = line.unwrap_or_else(|| panic!("{place} lies behind the text"));
    let most = line.chars().count() + 1;
    assert!(
        (1..=most).contains(&place.column),
        "{place} lies beside its line of {most}"
    );
}

/// Bytes as text; what is no text is replaced.
fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// Which of these there are, and whether there is more than one, in words.
fn counted(things: &[(&str, usize)]) -> String {
    let there = things.iter().filter(|(_, count)| *count > 0);
    let named = there.map(|(name, count)| format!("{name} {}", if *count > 1 { "many" } else { "one" }));
    named.collect::<Vec<_>>().join(" ")
}
