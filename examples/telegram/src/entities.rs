//! Marked stretches of a text: whom it names, and where its links lead. The platform counts in UTF-16. Pure.

use serde_json::Value;

use crate::fields::Fields;
use crate::me::Me;

/// A text with its marks, or a caption with its own.
fn marked(message: &Value) -> Option<(&str, &[Value])> {
    let text = message.text("text").map(|text| (text, message.list("entities")));
    text.or_else(|| Some((message.text("caption")?, message.list("caption_entities"))))
}

/// Whether a text names the bot: by its user name, as an account, or in a command.
pub fn name(message: &Value, me: &Me) -> bool {
    let Some((text, entities)) = marked(message) else {
        return false;
    };
    let is_me = |name: &str| !me.username.is_empty() && name.eq_ignore_ascii_case(&me.username);
    let after_at = |entity: &Value| slice(text, entity).and_then(|slice| Some(slice.split_once('@')?.1));
    entities.iter().any(|entity| match entity.text("type") {
        Some("mention" | "bot_command") => after_at(entity).is_some_and(is_me),
        Some("text_mention") => me.id != 0 && entity.object("user").and_then(|user| user.int("id")) == Some(me.id),
        _ => false,
    })
}

/// What a message says, with the address behind each link whose words are another text: they are all that can be seen here.
pub fn text(message: &Value) -> Option<String> {
    let (text, entities) = marked(message)?;
    let mut links: Vec<(usize, &str)> = entities.iter().filter_map(|entity| link(text, entity)).collect();
    links.sort_unstable();
    let (mut shown, mut from) = (String::with_capacity(text.len()), 0);
    for (at, url) in links {
        shown.push_str(&text[from..at]);
        shown.extend([" (", url, ")"]);
        from = at;
    }
    Some(shown + &text[from..])
}

/// Where a link ends, and where it leads.
fn link<'a>(text: &str, entity: &'a Value) -> Option<(usize, &'a str)> {
    let url = entity
        .text("url")
        .filter(|_| entity.text("type") == Some("text_link"))?;
    let words = slice(text, entity)?;
    let is_shown = words == url || format!("{words}/") == url;
    // A slice of the text: the difference of both beginnings is where it stands.
    let end = words.as_ptr() as usize - text.as_ptr() as usize + words.len();
    (!is_shown).then_some((end, url))
}

/// The stretch that is marked.
fn slice<'a>(text: &'a str, entity: &Value) -> Option<&'a str> {
    let offset = usize::try_from(entity.int("offset")?).ok()?;
    let end = offset.checked_add(usize::try_from(entity.int("length")?).ok()?)?;
    text.get(byte(text, offset)?..byte(text, end)?)
}

/// The byte at which so many UTF-16 units have passed; none in the middle of a character, or beyond the text.
fn byte(text: &str, units: usize) -> Option<usize> {
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= units {
            return (passed == units).then_some(at);
        }
        passed += c.len_utf16();
    }
    (passed == units).then_some(text.len())
}
