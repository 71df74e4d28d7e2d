//! The grammar of a verdict in a text: `yes abcde`, `n abcde`. An id is five letters of a to z without l, which a phone
//! would show as another.

use crate::model::{Behavior, TypedVerdict};

/// Letters of an id.
const LETTERS: usize = 5;

/// What a text says, if it is a verdict and nothing else; case and space around its two words don't matter.
pub fn parse(text: &str) -> Option<TypedVerdict> {
    let mut words = text.split_whitespace();
    let (word, id) = (words.next()?, words.next()?);
    if words.next().is_some() || !is_id(id) {
        return None;
    }
    let behavior = match word.to_ascii_lowercase().as_str() {
        "y" | "yes" => Behavior::Allow,
        "n" | "no" => Behavior::Deny,
        _ => return None,
    };
    Some(TypedVerdict {
        request: id.to_ascii_lowercase(),
        behavior,
    })
}

/// Whether a text is a question's id, in either case.
pub fn is_id(text: &str) -> bool {
    text.len() == LETTERS
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'l' | b'L'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(Behavior, &str)>) {
        let found = parse(text);
        let found = found.as_ref().map(|found| (found.behavior, found.request.as_str()));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn a_verdict_is_two_words_and_nothing_else() {
        use Behavior::{Allow, Deny};
        check("yes abcde", Some((Allow, "abcde")));
        check("YES ABCDE", Some((Allow, "abcde")));
        check(" y \t abcde\n", Some((Allow, "abcde")));
        check("n zzzzz", Some((Deny, "zzzzz")));
        check("No\nabcde", Some((Deny, "abcde")));
        for near in [
            "",
            "yes",
            "abcde",
            "yes abcle",
            "yes abcd",
            "yes abcdef",
            "yes abcde please",
            "yes, abcde",
            "yesabcde",
            "ok abcde",
            "yes abcd1",
            "yes äbcde",
            "yes \u{200b}abcde",
        ] {
            check(near, None);
        }
    }
}
