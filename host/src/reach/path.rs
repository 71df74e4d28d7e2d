//! Paths, segment by segment: the one reading of a path, and the patterns that it is compared with. Compared are decoded
//! segments; what servers, proxies or frameworks could decode or resolve differently is refused before.

use super::{PathPattern, PathPiece, Segment, shown};
use crate::limits;
use crate::model::is_name;

/// Why a path is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathRefusal {
    /// Two slashes.
    #[error("the path has an empty segment: write one `/` only")]
    Empty,
    /// A segment that means another place. Some servers cut a segment at `;` first, so that is done here, too.
    #[error("the path has a segment `.` or `..`, or nothing before a `;`: write the path without it")]
    Dots,
    /// A byte that a path can't hold.
    #[error("the path holds {0:?}: percent-encode it")]
    Byte(char),
    /// A percent sign without two hexadecimal digits.
    #[error("the path has a `%` without two hexadecimal digits: write a percent sign as %25")]
    Percent,
    /// A slash, a backslash or a control character, encoded.
    #[error("the path has an encoded slash, backslash or control character: leave it out")]
    Hidden,
    /// What needs no encoding: one reading is enough.
    #[error("the path encodes {0:?}, which stands for itself: write it plainly")]
    Plain(char),
    /// Encoded, and encoded again.
    #[error("the path is percent-encoded twice: encode it once")]
    Twice,
    /// No text.
    #[error("the path is no UTF-8 when decoded: encode UTF-8")]
    Utf8,
    /// A brace that belongs to no placeholder.
    #[error("the path has a brace that belongs to no `{{secret}}`: write the name of one between both, or %7B or %7D")]
    Brace,
}

/// Why a text is no pattern for paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternRefusal {
    /// Not even a path.
    #[error("`{0}` is no pattern for paths: begin with `/`, at most {most} bytes", most = limits::RULE_PATH_BYTES)]
    Form(String),
    /// `**` elsewhere.
    #[error("`**` stands for all the rest: write it as the last segment, or `*` for one segment")]
    Rest,
    /// A star inside a segment.
    #[error("`*` stands for a whole segment: write it alone between slashes, and a star that is meant as %2A")]
    Star,
    /// A part of it is nothing that a request could have.
    #[error(transparent)]
    Path(#[from] PathRefusal),
}

/// The one text of a path: a placeholder whose braces a library has encoded, as every reader of URLs for a browser's guest
/// does, is the placeholder. So no text that looks like one can be sent, in either writing; other braces stay as they are.
pub(super) fn canonical(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, name, after)) = encoded_placeholder(rest) {
        text.extend([before, "{", name, "}"]);
        rest = after;
    }
    text + rest
}

/// The first `%7Bname%7D`: what stands before it, the name, and what comes after it.
fn encoded_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let opens = text.match_indices('%').map(|(at, _)| at);
    opens.filter(|at| is_escape(text, *at, "%7b")).find_map(|open| {
        let inside = text.get(open + 3..)?;
        let close = inside.find('%').filter(|close| is_escape(inside, *close, "%7d"))?;
        let (name, after) = (&inside[..close], inside.get(close + 3..)?);
        is_name(name).then(|| (&text[..open], name, after))
    })
}

fn is_escape(text: &str, at: usize, wanted: &str) -> bool {
    text.get(at..at + wanted.len())
        .is_some_and(|escape| escape.eq_ignore_ascii_case(wanted))
}

/// The segments of a path that begins with `/`, decoded. Only the last one may be empty.
pub(super) fn segments(path: &str) -> Result<Vec<Vec<PathPiece>>, PathRefusal> {
    let mut all = Vec::new();
    let mut rest = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(raw) = rest.next() {
        if raw.is_empty() && rest.peek().is_some() {
            return Err(PathRefusal::Empty);
        }
        all.push(segment(raw)?);
    }
    Ok(all)
}

/// One segment, decoded; an empty one has no pieces.
fn segment(raw: &str) -> Result<Vec<PathPiece>, PathRefusal> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut rest = raw.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' => {
                push_literal(&mut pieces, &mut literal)?;
                rest = placeholder(after, &mut pieces)?;
            }
            b'}' => return Err(PathRefusal::Brace),
            b'%' => {
                literal.push(decode(after)?);
                rest = after.get(2..).unwrap_or_default();
            }
            _ if is_path_byte(byte) => literal.push(byte),
            _ => return Err(PathRefusal::Byte(char::from(byte))),
        }
    }
    push_literal(&mut pieces, &mut literal)?;
    match pieces.as_slice() {
        [PathPiece::Literal(text)] if is_detour(text) => Err(PathRefusal::Dots),
        _ => Ok(pieces),
    }
}

/// Whether some server takes this segment for another one's place, or for none.
pub(super) fn is_detour(segment: &str) -> bool {
    let (name, parameters) = segment
        .split_once(';')
        .map_or((segment, None), |(name, rest)| (name, Some(rest)));
    name == "." || name == ".." || (name.is_empty() && parameters.is_some())
}

fn push_literal(pieces: &mut Vec<PathPiece>, literal: &mut Vec<u8>) -> Result<(), PathRefusal> {
    if literal.is_empty() {
        return Ok(());
    }
    let text = String::from_utf8(std::mem::take(literal)).map_err(|_| PathRefusal::Utf8)?;
    let encoded = |window: &[u8]| window[0] == b'%' && window[1..].iter().all(u8::is_ascii_hexdigit);
    if text.as_bytes().windows(3).any(encoded) {
        return Err(PathRefusal::Twice);
    }
    pieces.push(PathPiece::Literal(text));
    Ok(())
}

/// Takes `name}`, and gives what comes after it.
fn placeholder<'r>(rest: &'r [u8], pieces: &mut Vec<PathPiece>) -> Result<&'r [u8], PathRefusal> {
    let close = rest.iter().position(|byte| *byte == b'}').ok_or(PathRefusal::Brace)?;
    let name = std::str::from_utf8(&rest[..close]).map_err(|_| PathRefusal::Brace)?;
    if !is_name(name) {
        return Err(PathRefusal::Brace);
    }
    pieces.push(PathPiece::Secret(name.to_owned()));
    Ok(&rest[close + 1..])
}

/// The byte that two hexadecimal digits stand for, if it may be hidden so.
fn decode(digits: &[u8]) -> Result<u8, PathRefusal> {
    let byte = percent(digits).ok_or(PathRefusal::Percent)?;
    match byte {
        b'/' | b'\\' => Err(PathRefusal::Hidden),
        _ if byte.is_ascii_control() => Err(PathRefusal::Hidden),
        _ if is_unreserved(byte) => Err(PathRefusal::Plain(char::from(byte))),
        _ => Ok(byte),
    }
}

/// The byte behind a percent sign.
pub(super) fn percent(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? << 4 | digit(1)?).ok()
}

/// RFC 3986, `unreserved`.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// RFC 3986, `pchar` without the percent sign.
pub(super) fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

impl PathPattern {
    /// Reads a pattern, as it stands in a manifest.
    pub fn parse(text: &str) -> Result<Self, PatternRefusal> {
        let text = canonical(text);
        let rest = text
            .strip_prefix('/')
            .filter(|_| text.is_ascii() && text.len() <= limits::RULE_PATH_BYTES)
            .ok_or_else(|| PatternRefusal::Form(shown(&text)))?;
        let mut segments = Vec::new();
        let mut raw = rest.split('/').peekable();
        while let Some(one) = raw.next() {
            let last = raw.peek().is_none();
            segments.push(match one {
                "*" => Segment::Any,
                "**" if last => Segment::Rest,
                "**" => return Err(PatternRefusal::Rest),
                _ if one.contains('*') => return Err(PatternRefusal::Star),
                "" if !last => return Err(PathRefusal::Empty.into()),
                _ => Segment::Text(segment(one)?),
            });
        }
        Ok(Self { text, segments })
    }

    /// Whether a path is meant. A placeholder is covered only by the very same one in the same place: `*` and `**` stand
    /// for text, never for a secret.
    pub fn covers(&self, path: &[Vec<PathPiece>]) -> bool {
        let plain = |segment: &Vec<PathPiece>| segment.iter().all(|piece| matches!(piece, PathPiece::Literal(_)));
        let mut rest = path.iter();
        for segment in &self.segments {
            let fits = match (segment, rest.next()) {
                (_, None) => false,
                (Segment::Rest, Some(first)) => return plain(first) && rest.all(plain),
                (Segment::Any, Some(one)) => !one.is_empty() && plain(one),
                (Segment::Text(pieces), Some(one)) => pieces == one,
            };
            if !fits {
                return false;
            }
        }
        rest.next().is_none()
    }

    /// Whether some path is meant by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let plain = |pieces: &[PathPiece]| pieces.iter().all(|piece| matches!(piece, PathPiece::Literal(_)));
        // What stands for text has no common segment with what has a placeholder.
        let rest = |segments: &[Segment]| {
            !segments.is_empty()
                && segments
                    .iter()
                    .all(|segment| !matches!(segment, Segment::Text(pieces) if !plain(pieces)))
        };
        let (mut one, mut two) = (self.segments.as_slice(), other.segments.as_slice());
        loop {
            match (one, two) {
                ([], []) => return true,
                ([Segment::Rest], others) | (others, [Segment::Rest]) => return rest(others),
                ([first, one_rest @ ..], [second, two_rest @ ..]) if meet(first, second) => {
                    (one, two) = (one_rest, two_rest);
                }
                _ => return false,
            }
        }
    }
}

/// Whether some segment is meant by both; `Rest` is handled before.
fn meet(one: &Segment, two: &Segment) -> bool {
    match (one, two) {
        (Segment::Text(one), Segment::Text(two)) => one == two,
        (Segment::Text(pieces), _) | (_, Segment::Text(pieces)) => {
            !pieces.is_empty() && pieces.iter().all(|piece| matches!(piece, PathPiece::Literal(_)))
        }
        _ => true,
    }
}
