//! What a request says that its body is. Only what every receiver reads alike is taken for JSON or a form: one type, in
//! UTF-8, and nothing packed.

use super::header::folded;

/// What a body is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// JSON in UTF-8.
    Json,
    /// Keys and values as in a query, in UTF-8. Some receivers take a body without a type for this.
    Form,
    /// A form in parts.
    Parts,
    /// Something without keys: a file, a text.
    Other,
    /// Receivers could disagree.
    Unclear,
}

/// Reads the headers of a request.
pub(super) fn media(headers: &[(String, Vec<u8>)]) -> Media {
    let named = |wanted: &'static str| headers.iter().filter(move |(name, _)| folded(name) == wanted);
    let mut types = named("content-type").map(|(_, value)| value.as_slice());
    let media = match (types.next(), types.next()) {
        (None, _) => Media::Form,
        (Some(one), None) => of_type(one),
        (Some(_), Some(_)) => Media::Unclear,
    };
    match named("content-encoding").next() {
        Some(_) if media != Media::Other => Media::Unclear,
        _ => media,
    }
}

fn of_type(value: &[u8]) -> Media {
    let value = value.to_ascii_lowercase();
    let mut pieces = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let essence = pieces.next().unwrap_or_default();
    let is = |part: &[u8]| essence.windows(part.len()).any(|window| window == part);
    // In another charset, the same bytes are another text: a quote that one parser sees is none for the next.
    let is_plain = match (pieces.next(), pieces.next()) {
        (None, _) => true,
        (Some(parameter), None) => parameter == b"charset=utf-8",
        (Some(_), Some(_)) => false,
    };
    let is_json =
        essence == b"application/json" || (essence.starts_with(b"application/") && essence.ends_with(b"+json"));
    match essence {
        _ if value.contains(&b',') => Media::Unclear,
        _ if essence.starts_with(b"multipart/") => Media::Parts,
        b"application/x-www-form-urlencoded" if is_plain => Media::Form,
        _ if is_json && is_plain => Media::Json,
        _ if is(b"json") || is(b"form") || essence.is_empty() => Media::Unclear,
        _ => Media::Other,
    }
}
