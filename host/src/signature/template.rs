//! The message that a signature covers, written as a template: `{timestamp}.{body}`. Parsed once, and then streamed
//! piece by piece, so that a body is never copied to be checked.

use std::fmt;

/// A parsed template. It has `{body}` exactly once and `{timestamp}` at most once.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// The raw body.
    Body,
    /// The text of the timestamp, as it was sent.
    Timestamp,
    /// The value of a header: its name in lower case.
    Header(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace that belongs to no placeholder.
    #[error("`{0}` is no placeholder: write {{body}}, {{timestamp}} or {{header:name}}")]
    Placeholder(String),
    /// The signature would not cover the body.
    #[error("the message lacks {{body}}: a signature that does not cover the body proves nothing")]
    NoBody,
    /// Only one place is possible.
    #[error("the message has {0} more than once: write it once")]
    Twice(&'static str),
    /// Where one value ends and the next begins would be the caller's choice.
    #[error(
        "{0} touches the next placeholder: put a text that is no number between them, or the caller could move bytes across"
    )]
    Touching(&'static str),
}

impl Template {
    /// Reads a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            push_literal(&mut pieces, &rest[..open]);
            let close = rest.find('}').map_or(rest.len(), |close| close + 1);
            if close <= open {
                return Err(TemplateError::Placeholder("}".into()));
            }
            pieces.push(placeholder(&rest[open..close])?);
            rest = &rest[close..];
        }
        push_literal(&mut pieces, rest);
        let template = Self { pieces };
        template.check()?;
        Ok(template)
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether the signature covers the timestamp.
    pub fn has_timestamp(&self) -> bool {
        self.pieces.contains(&Piece::Timestamp)
    }

    /// The text that the value of this piece must not contain, so that a message can be read in one way only: what
    /// follows it before the body, what precedes it after the body.
    pub fn boundary(&self, index: usize) -> Option<&str> {
        let body = self.pieces.iter().position(|piece| *piece == Piece::Body)?;
        let neighbour = if index < body {
            index.checked_add(1)
        } else {
            index.checked_sub(1)
        }?;
        match self.pieces.get(neighbour) {
            Some(Piece::Literal(text)) => Some(text),
            _ => None,
        }
    }

    fn check(&self) -> Result<(), TemplateError> {
        let count = |wanted: &Piece| self.pieces.iter().filter(|piece| *piece == wanted).count();
        match (count(&Piece::Body), count(&Piece::Timestamp)) {
            (0, _) => return Err(TemplateError::NoBody),
            (2.., _) => return Err(TemplateError::Twice("{body}")),
            (_, 2..) => return Err(TemplateError::Twice("{timestamp}")),
            _ => {}
        }
        // Without a timestamp the message as a whole is remembered, and moving bytes inside it gains no replay.
        if !self.has_timestamp() {
            return Ok(());
        }
        let stamp = self.pieces.iter().position(|piece| *piece == Piece::Timestamp);
        let boundary = stamp.and_then(|index| self.boundary(index));
        if boundary.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(TemplateError::Touching(Piece::Timestamp.name()));
        }
        let literal = |piece: &Piece| matches!(piece, Piece::Literal(_));
        match self.pieces.windows(2).find(|pair| !pair.iter().any(literal)) {
            Some([first, _]) => Err(TemplateError::Touching(first.name())),
            _ => Ok(()),
        }
    }
}

impl Piece {
    fn name(&self) -> &'static str {
        match self {
            Self::Literal(_) => "a text",
            Self::Body => "{body}",
            Self::Timestamp => "{timestamp}",
            Self::Header(_) => "{header:…}",
        }
    }
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Literal(text.to_owned()));
    }
}

fn placeholder(text: &str) -> Result<Piece, TemplateError> {
    match text {
        "{body}" => Ok(Piece::Body),
        "{timestamp}" => Ok(Piece::Timestamp),
        _ => {
            let header = text.strip_prefix("{header:").and_then(|rest| rest.strip_suffix('}'));
            let header = header.filter(|name| super::is_header_name(name));
            let header = header
                .ok_or_else(|| TemplateError::Placeholder(text.chars().take(crate::limits::SHOWN_CHARS).collect()))?;
            Ok(Piece::Header(header.to_ascii_lowercase()))
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(text) => f.write_str(text),
            Piece::Body => f.write_str("{body}"),
            Piece::Timestamp => f.write_str("{timestamp}"),
            Piece::Header(name) => write!(f, "{{header:{name}}}"),
        })
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, TemplateError>) {
        assert_eq!(
            Template::parse(text).map(|template| template.to_string()),
            expected.map(str::to_owned)
        );
    }

    #[test]
    fn templates_are_read_strictly() {
        use TemplateError::{NoBody, Placeholder, Touching, Twice};
        check("{body}", Ok("{body}"));
        check("v0:{timestamp}:{body}", Ok("v0:{timestamp}:{body}"));
        check(
            "{header:Webhook-Id}.{timestamp}.{body}",
            Ok("{header:webhook-id}.{timestamp}.{body}"),
        );
        check("{header:a}{header:b}{body}", Ok("{header:a}{header:b}{body}"));
        check("", Err(NoBody));
        check("{timestamp}.", Err(NoBody));
        check("{body}{body}", Err(Twice("{body}")));
        check("{timestamp}.{timestamp}.{body}", Err(Twice("{timestamp}")));
        check("{timestamp}{body}", Err(Touching("{timestamp}")));
        check("{header:a}{timestamp}.{body}", Err(Touching("{header:…}")));
        check("{body}{timestamp}", Err(Touching("{body}")));
        check("{timestamp}0{body}", Err(Touching("{timestamp}")));
        check("{timestamp}0.{body}", Ok("{timestamp}0.{body}"));
        check("{Body}", Err(Placeholder("{Body}".into())));
        check("{body", Err(Placeholder("{body".into())));
        check("a}b{body}", Err(Placeholder("}".into())));
        check("{{body}}", Err(Placeholder("{{body}".into())));
        check("{header:}{body}", Err(Placeholder("{header:}".into())));
        check("{header:a b}{body}", Err(Placeholder("{header:a b}".into())));
        check("{é}{body}", Err(Placeholder("{é}".into())));
    }

    #[test]
    fn the_boundary_lies_towards_the_body() {
        let template = Template::parse("{header:a}.{timestamp}:{body};{header:b}").unwrap();
        let boundaries: Vec<_> = (0..template.pieces().len())
            .map(|index| template.boundary(index))
            .collect();
        assert_eq!(boundaries[0], Some("."));
        assert_eq!(boundaries[2], Some(":"));
        assert_eq!(boundaries[6], Some(";"));
    }
}
