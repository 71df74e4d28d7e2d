//! Where in a text something stands: every error about a file that people write names it.

use std::fmt;

/// A line and a column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Place {
    /// The place of a byte; of the text's end, if the byte lies behind it or inside a character.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The place that a parser complained about; the text's begin, if it named none.
    pub fn of_error(text: &str, error: &toml::de::Error) -> Self {
        Self::of(text, error.span().map_or(0, |span| span.start))
    }

    /// The same of a parser of JSON, which counts bytes, and for an empty text not even those.
    pub fn of_json_error(text: &str, error: &serde_json::Error) -> Self {
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let byte = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        Self::of(text, text.floor_char_boundary(byte))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, byte: usize, line: usize, column: usize) {
        assert_eq!(Place::of(text, byte), Place { line, column });
    }

    #[test]
    fn lines_and_columns_begin_at_one() {
        check("", 0, 1, 1);
        check("ab", 1, 1, 2);
        check("a\nb", 2, 2, 1);
        check("é=1", 3, 1, 3);
        check("é", 1, 1, 2);
        check("a\r\nb", 9, 2, 2);
    }

    #[test]
    fn what_a_parser_of_json_complains_about_is_in_the_text() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{\"a\": x}", 1, 7),
            ("{\"é\": x}", 1, 7),
            ("{\n\n  \"ü\" 1}", 3, 7),
            ("é", 1, 1),
            ("[1,\n", 2, 1),
        ] {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            assert_eq!(Place::of_json_error(text, &error), Place { line, column }, "{text:?}");
        }
    }
}
