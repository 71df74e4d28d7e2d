//! A program with all that it may be given, in words of which no two grants have the same: what is compared must not be
//! told from something wider only by a blank, a slash or a quotation mark.

use crate::config::{CommandGrant, Dashes};

/// A program with its words and patterns: other ones are another text.
pub(super) fn program(grant: &CommandGrant) -> String {
    let CommandGrant {
        program,
        fixed,
        arguments,
        more,
        dashes,
    } = grant;
    let path = program.display().to_string();
    let mut words = vec![if path.chars().all(is_plain) {
        path
    } else {
        format!("{path:?}")
    }];
    words.extend(fixed.iter().map(|text| word(text)));
    words.extend(arguments.iter().map(|text| pattern(text)));
    words.extend(more.iter().map(|text| pattern(text) + "…"));
    words.extend((*dashes == Dashes::Allowed).then(|| "(with dashes)".to_owned()));
    words.join(" ")
}

/// A word as it is given: quoted if it could be taken for anything else.
fn word(text: &str) -> String {
    if !text.is_empty() && !text.starts_with('/') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

/// A pattern: between slashes, and quoted if it has one itself.
pub(super) fn pattern(text: &str) -> String {
    if text.contains(['/', '"']) || text.chars().any(char::is_whitespace) {
        format!("/{text:?}/")
    } else {
        format!("/{text}/")
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn grant(fixed: &[&str], arguments: &[&str], more: Option<&str>, dashes: Dashes) -> CommandGrant {
        let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        CommandGrant {
            program: "/p".into(),
            fixed: all(fixed),
            arguments: all(arguments),
            more: more.map(str::to_owned),
            dashes,
        }
    }

    /// Of each list of up to two words that are made to be taken for others.
    #[test]
    fn no_two_grants_of_a_program_have_the_same_words() {
        const WORDS: [&str; 12] = [
            "a",
            "/a/",
            ".*",
            "/.*/",
            "a/ /b",
            "b",
            "\"a\"",
            "a b",
            "",
            "with",
            "dashes",
            "(with dashes)",
        ];
        let mut lists: Vec<Vec<&str>> = vec![vec![]];
        lists.extend(WORDS.iter().map(|word| vec![*word]));
        lists.extend(WORDS.iter().flat_map(|one| WORDS.iter().map(|two| vec![*one, *two])));
        let mut seen: BTreeMap<String, CommandGrant> = BTreeMap::new();
        for fixed in &lists {
            for arguments in &lists {
                for (more, dashes) in [
                    (None, Dashes::Refused),
                    (Some("a"), Dashes::Refused),
                    (None, Dashes::Allowed),
                    (Some(".*"), Dashes::Allowed),
                ] {
                    let one = grant(fixed, arguments, more, dashes);
                    if let Some(other) = seen.insert(program(&one), one.clone()) {
                        panic!("{one:?} and {other:?} are both {}", program(&one));
                    }
                }
            }
        }
    }
}
