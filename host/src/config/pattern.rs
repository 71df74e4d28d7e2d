//! Patterns for a program's arguments: each has to match the whole argument. Linear in time, bounded in size.

use regex_lite::{Regex, RegexBuilder};

use crate::limits;

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Too long.
    #[error("is longer than {limit} bytes: shorten it", limit = limits::PATTERN_BYTES)]
    Long,
    /// No regular expression, or one that would take too much memory.
    #[error("can't be used: {0}; write a regular expression, like `[a-z]{{1,20}}`")]
    Unreadable(String),
}

/// A pattern that matches if all of a text is what `pattern` describes.
///
/// # Errors
/// It is no pattern by itself, or too large.
pub fn whole(pattern: &str) -> Result<Regex, PatternError> {
    if pattern.len() > limits::PATTERN_BYTES {
        return Err(PatternError::Long);
    }
    // By itself first: `a)|(b` would be one in our group.
    build(pattern)?;
    build(&format!(r"\A(?:{pattern})\z"))
}

fn build(pattern: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(pattern)
        .size_limit(limits::PATTERN_SIZE)
        .nest_limit(limits::PATTERN_DEPTH)
        .build()
        .map_err(|error| PatternError::Unreadable(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_has_to_fit() {
        for (pattern, text, expected) in [
            ("a|ab", "ab", true),
            ("a|ab", "abc", false),
            ("^a$", "a", true),
            ("a", "a\n", false),
            ("a", "\na", false),
            ("(?m)^a$", "b\na", false),
            (".*", "a\nb", false),
            ("(?s).*", "a\nb", true),
            ("", "", true),
            ("", "a", false),
            ("é{2}", "éé", true),
            ("[^-].{0,99}", "-e", false),
            ("[^-].{0,99}", "\u{2212}e", true),
        ] {
            assert_eq!(whole(pattern).unwrap().is_match(text), expected, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_by_itself_is_none() {
        let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
        for pattern in [
            "a)|(b",
            "(",
            "[z-a]",
            "a{2,1}",
            "(?:.{1000}){1000}",
            &deep,
            "(?x)a # comment",
        ] {
            assert!(matches!(whole(pattern), Err(PatternError::Unreadable(_))), "{pattern}");
        }
        assert_eq!(
            whole(&"a".repeat(limits::PATTERN_BYTES + 1)).unwrap_err(),
            PatternError::Long
        );
        whole(&"a".repeat(limits::PATTERN_BYTES)).unwrap();
    }

    #[test]
    fn matching_takes_time_in_proportion_to_the_text() {
        let bomb = whole("(a*)*b").unwrap();
        assert!(!bomb.is_match(&"a".repeat(20_000)));
    }
}
