//! multipart/form-data (RFC 7578, with the names escaped as browsers do it). Pure: it lines up what is to be sent, and
//! opens and reads nothing.

use std::fmt::Write;

use bytes::Bytes;

use crate::limits;

/// A part, its content being opened or at hand.
#[derive(Debug)]
pub struct Part<C> {
    /// Its field's name.
    pub name: String,
    /// The file's name, if it is one.
    pub filename: Option<String>,
    /// Its type.
    pub mime: Option<String>,
    /// What it holds.
    pub content: C,
}

/// A piece of a body, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<C> {
    /// What the host wrote.
    Written(Bytes),
    /// A part's content.
    Content(C),
}

/// Why there is no such form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Too many.
    #[error("the form has {0} parts, and may have {most}; send fewer", most = limits::FORM_PARTS)]
    Parts(usize),
    /// A name.
    #[error("a name in the form is longer than {most} bytes; shorten it", most = limits::FORM_NAME_BYTES)]
    Name,
    /// A type that is none.
    #[error("part `{part}` has a type that is none; write one like `image/png`")]
    Mime {
        /// Its name, fit to be shown.
        part: String,
    },
}

/// The pieces of a form. `boundary`: text that stands in no content; letters and digits.
///
/// # Errors
/// There are too many parts, or a name or type does not fit.
pub fn pieces<C>(parts: Vec<Part<C>>, boundary: &str) -> Result<Vec<Piece<C>>, FormError> {
    if parts.len() > limits::FORM_PARTS {
        return Err(FormError::Parts(parts.len()));
    }
    let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
    let mut before = "";
    for part in parts {
        let head = head(&part, boundary)?;
        pieces.push(Piece::Written(Bytes::from(format!("{before}{head}"))));
        pieces.push(Piece::Content(part.content));
        before = "\r\n";
    }
    pieces.push(Piece::Written(Bytes::from(format!("{before}--{boundary}--\r\n"))));
    Ok(pieces)
}

/// The form's type, with its boundary.
pub fn content_type(boundary: &str) -> String {
    format!("multipart/form-data; boundary={boundary}")
}

fn head<C>(part: &Part<C>, boundary: &str) -> Result<String, FormError> {
    let mut head = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"",
        escaped(&part.name)?
    );
    if let Some(name) = &part.filename {
        // Writing to a string can't fail, here and below.
        let _ = write!(head, "; filename=\"{}\"", escaped(name)?);
    }
    if let Some(mime) = &part.mime {
        if !is_mime(mime) {
            let part = crate::text::terminal(&part.name);
            return Err(FormError::Mime { part });
        }
        let _ = write!(head, "\r\ncontent-type: {mime}");
    }
    head.push_str("\r\n\r\n");
    Ok(head)
}

/// A name between quotes: what would end the quotes or the line is escaped, as browsers do it. Other control characters
/// have no place in a name.
fn escaped(name: &str) -> Result<String, FormError> {
    if name.len() > limits::FORM_NAME_BYTES {
        return Err(FormError::Name);
    }
    Ok(name.chars().fold(String::with_capacity(name.len()), |mut escaped, c| {
        match c {
            '"' => escaped.push_str("%22"),
            '\r' => escaped.push_str("%0D"),
            '\n' => escaped.push_str("%0A"),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
        escaped
    }))
}

/// `type/subtype`, and perhaps parameters; nothing that ends a line.
fn is_mime(mime: &str) -> bool {
    let token = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    };
    let (essence, parameters) = mime.split_once(';').unwrap_or((mime, ""));
    let halves = essence.trim_end_matches(' ').split_once('/');
    mime.len() <= limits::CONTENT_TYPE_BYTES
        && halves.is_some_and(|(kind, sub)| token(kind) && token(sub))
        && parameters.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(name: &str, filename: Option<&str>, mime: Option<&str>, content: &'static str) -> Part<&'static str> {
        Part {
            name: name.into(),
            filename: filename.map(Into::into),
            mime: mime.map(Into::into),
            content,
        }
    }

    fn text(parts: Vec<Part<&'static str>>) -> Result<String, FormError> {
        let pieces = pieces(parts, "BOUNDARY")?;
        let each = pieces.iter().map(|piece| match piece {
            Piece::Written(bytes) => std::str::from_utf8(bytes).unwrap(),
            Piece::Content(content) => content,
        });
        Ok(each.collect())
    }

    #[test]
    fn a_form_is_written_as_browsers_write_it() {
        let form = text(vec![
            part("chat", None, None, "42"),
            part("photo", Some("a.png"), Some("image/png"), "PNG"),
        ]);
        let expected = "--BOUNDARY\r\ncontent-disposition: form-data; name=\"chat\"\r\n\r\n42\r\n\
            --BOUNDARY\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\
            content-type: image/png\r\n\r\nPNG\r\n--BOUNDARY--\r\n";
        assert_eq!(form.as_deref(), Ok(expected));
        assert_eq!(text(vec![]).as_deref(), Ok("--BOUNDARY--\r\n"));
    }

    #[test]
    fn names_end_neither_their_quotes_nor_their_line() {
        fn check(name: &str, expected: &str) {
            assert_eq!(escaped(name).as_deref(), Ok(expected), "{name}");
        }
        check("a\"; filename=\"b", "a%22; filename=%22b");
        check("a\r\nx-evil: 1\r\n\r\nbody", "a%0D%0Ax-evil: 1%0D%0A%0D%0Abody");
        check("a\u{0}\u{85}b", "a\u{fffd}\u{fffd}b");
        check("naïve 写真.png", "naïve 写真.png");
        check("a\\b", "a\\b");
        assert_eq!(escaped(&"n".repeat(limits::FORM_NAME_BYTES)).map(drop), Ok(()));
        assert_eq!(escaped(&"n".repeat(limits::FORM_NAME_BYTES + 1)), Err(FormError::Name));
    }

    #[test]
    fn a_type_is_a_type() {
        fn check(mime: &str, expected: bool) {
            assert_eq!(is_mime(mime), expected, "{mime:?}");
        }
        check("image/png", true);
        check("application/vnd.api+json", true);
        check("text/plain; charset=utf-8", true);
        check("text/plain;charset=\"utf-8\"", true);
        for bad in [
            "",
            "png",
            "image/",
            "/png",
            "image/png\r\nx: y",
            "image png/x",
            "a/b\u{e9}",
            "a/b;\u{7f}",
        ] {
            check(bad, false);
        }
        check(&format!("a/{}", "b".repeat(limits::CONTENT_TYPE_BYTES)), false);
        assert!(
            matches!(text(vec![part("a\u{1b}", None, Some("x"), "")]), Err(FormError::Mime { part }) if !part.contains('\u{1b}'))
        );
    }

    #[test]
    fn the_number_of_parts_is_bounded() {
        let many = |n: usize| (0..n).map(|_| part("a", None, None, "")).collect::<Vec<_>>();
        assert!(text(many(limits::FORM_PARTS)).is_ok());
        assert_eq!(
            text(many(limits::FORM_PARTS + 1)),
            Err(FormError::Parts(limits::FORM_PARTS + 1))
        );
    }

    proptest! {
        /// Whatever the names are, a reader that splits by lines finds the parts that there are, and no header more.
        #[test]
        fn no_name_makes_a_part_or_a_header(name in ".{0,60}", filename in proptest::option::of(".{0,60}")) {
            let form = text(vec![part(&name, filename.as_deref(), None, "x")]).unwrap();
            let lines: Vec<&str> = form.split("\r\n").collect();
            prop_assert_eq!(lines.len(), 6);
            prop_assert!(lines[1].starts_with("content-disposition: form-data; name=\""));
            prop_assert_eq!(&lines[2..], ["", "x", "--BOUNDARY--", ""]);
            prop_assert!(!form.replace("\r\n", "").contains(['\r', '\n']));
            let quotes = if filename.is_some() { 4 } else { 2 };
            prop_assert_eq!(lines[1].matches('"').count(), quotes);
        }
    }
}
