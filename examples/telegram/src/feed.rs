//! An answer of `getUpdates`, taken apart: each update by itself, so that one that can't be read costs no other. Pure.

mod json;

/// One update, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its number.
    pub id: i64,
    /// Its JSON.
    pub raw: String,
}

/// What stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// In order, at most so many as were asked for.
    pub updates: Vec<Update>,
    /// The number from which the next answer is to begin; none if there was no update.
    pub next: Option<i64>,
    /// How many had no number.
    pub unnumbered: usize,
}

/// Takes an answer apart; none if it is no answer at all.
pub fn split(body: &str) -> Option<Feed> {
    let pieces = json::items(json::field(body, "result")?)?;
    let numbered = |raw: &&str| {
        let raw = (*raw).to_owned();
        Some(Update { id: number(&raw)?, raw })
    };
    let updates: Vec<Update> = pieces.iter().filter_map(numbered).collect();
    // The last one counts, not the highest: the platform's numbers begin anew after a week without news.
    Some(Feed {
        next: updates.last().map(|update| update.id.saturating_add(1)),
        unnumbered: pieces.len() - updates.len(),
        updates,
    })
}

/// The first `update_id` in a text that may be no JSON. Inside of a message's text the quotation marks are escaped, so
/// nobody can write one.
pub fn number(text: &str) -> Option<i64> {
    const KEY: &str = "\"update_id\"";
    let after = text[text.find(KEY)? + KEY.len()..].trim_start();
    let digits = after.strip_prefix(':')?.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// The same JSON with U+FFFD where half of a surrogate pair is escaped: the platform sends what people type, and a text
/// can be cut in the middle of a character.
pub fn repair(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut repaired = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\\') {
        repaired.push_str(&rest[..at]);
        let escape = &rest[at..];
        let taken = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                repaired.push_str("\\ufffd");
                rest = &escape[6..];
                continue;
            }
            (Some(_), _) => 6,
            // Another escape, of which the character behind the backslash is a part, or nothing at all.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        repaired.push_str(&escape[..taken]);
        rest = &escape[taken..];
    }
    repaired + rest
}

/// The UTF-16 unit of an escape at the beginning of a text.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}
