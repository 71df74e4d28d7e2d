//! Whether the arguments that a channel gives are those that the operator described. Pure.

use regex_lite::Regex;

use crate::config::pattern::{self, PatternError};
use crate::config::{CommandGrant, Dashes};
use crate::limits;

/// The patterns of one program, compiled.
#[derive(Debug)]
pub struct Rules {
    arguments: Vec<Regex>,
    more: Option<Regex>,
}

/// Why arguments are refused; positions count from 1, the fixed ones not counted. The arguments are not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Too few.
    #[error("it takes {wanted} arguments, and {given} were given")]
    Missing {
        /// At least.
        wanted: usize,
        /// Given.
        given: usize,
    },
    /// Too many.
    #[error("it takes {0} arguments at most")]
    TooMany(usize),
    /// Too long.
    #[error("its arguments may have {} bytes at most", limits::COMMAND_ARGUMENT_BYTES)]
    TooLong,
    /// No text for a program.
    #[error("argument {0} holds the character NUL")]
    Nul(usize),
    /// It could be taken for an option.
    #[error("argument {0} begins with a dash, which the operator has not allowed")]
    Dash(usize),
    /// Not what was described.
    #[error("argument {0} does not fit the operator's pattern")]
    Pattern(usize),
}

impl Rules {
    /// # Errors
    /// A pattern is none.
    pub fn compile(grant: &CommandGrant) -> Result<Self, PatternError> {
        let arguments = grant.arguments.iter().map(|text| pattern::whole(text));
        Ok(Self {
            arguments: arguments.collect::<Result<_, _>>()?,
            more: grant.more.as_deref().map(pattern::whole).transpose()?,
        })
    }

    /// Whether all arguments fit.
    ///
    /// # Errors
    /// The first that does not.
    pub fn judge(&self, grant: &CommandGrant, given: &[String]) -> Result<(), Unfit> {
        let wanted = self.arguments.len();
        if given.len() < wanted {
            let given = given.len();
            return Err(Unfit::Missing { wanted, given });
        }
        let most = match self.more {
            Some(_) => limits::COMMAND_ARGUMENTS.saturating_sub(grant.fixed.len()),
            None => wanted,
        };
        if given.len() > most {
            return Err(Unfit::TooMany(most));
        }
        let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
        if bytes(given) + bytes(&grant.fixed) > limits::COMMAND_ARGUMENT_BYTES {
            return Err(Unfit::TooLong);
        }
        let patterns = self.arguments.iter().chain(self.more.iter().cycle());
        for ((position, text), pattern) in (1..).zip(given).zip(patterns) {
            judge_one(position, text, pattern, grant.dashes)?;
        }
        Ok(())
    }
}

fn judge_one(position: usize, text: &str, pattern: &Regex, dashes: Dashes) -> Result<(), Unfit> {
    if text.contains('\0') {
        return Err(Unfit::Nul(position));
    }
    if text.starts_with('-') && dashes == Dashes::Refused {
        return Err(Unfit::Dash(position));
    }
    if !pattern.is_match(text) {
        return Err(Unfit::Pattern(position));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn grant(arguments: &[&str], more: Option<&str>, dashes: Dashes) -> CommandGrant {
        CommandGrant {
            program: "/p".into(),
            fixed: vec!["--fixed".to_owned()],
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
            more: more.map(str::to_owned),
            dashes,
        }
    }

    #[track_caller]
    fn check(grant: &CommandGrant, given: &[&str], expected: Result<(), Unfit>) {
        let given: Vec<_> = given.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(
            Rules::compile(grant).unwrap().judge(grant, &given),
            expected,
            "{given:?}"
        );
    }

    #[test]
    fn each_argument_fits_its_pattern_as_a_whole() {
        let two = grant(&["[a-z]+", "[0-9]{1,3}"], None, Dashes::Refused);
        check(&two, &["abc", "12"], Ok(()));
        check(&two, &["abc", "1234"], Err(Unfit::Pattern(2)));
        check(&two, &["abc\n", "12"], Err(Unfit::Pattern(1)));
        check(&two, &["abc; rm", "12"], Err(Unfit::Pattern(1)));
        check(&two, &["12", "abc"], Err(Unfit::Pattern(1)));
        check(&two, &["abc"], Err(Unfit::Missing { wanted: 2, given: 1 }));
        check(&two, &["abc", "12", "x"], Err(Unfit::TooMany(2)));
        check(&grant(&[], None, Dashes::Refused), &[], Ok(()));
        check(&grant(&[], None, Dashes::Refused), &[""], Err(Unfit::TooMany(0)));
    }

    #[test]
    fn no_argument_begins_with_a_dash_unless_the_operator_says_so() {
        let any = grant(&["(?s).*"], None, Dashes::Refused);
        for dash in ["-e", "-", "--", "--exec=x"] {
            check(&any, &[dash], Err(Unfit::Dash(1)));
            check(&grant(&["(?s).*"], None, Dashes::Allowed), &[dash], Ok(()));
        }
        // Programs know one dash; the others are text, as are a dash further on and an empty argument.
        for text in ["\u{2212}e", "\u{2013}e", " -e", "a-e", ""] {
            check(&any, &[text], Ok(()));
        }
        check(
            &grant(&["-[ab]"], None, Dashes::Allowed),
            &["-c"],
            Err(Unfit::Pattern(1)),
        );
    }

    #[test]
    fn further_arguments_have_one_pattern_and_a_bound() {
        let more = grant(&["[a-z]+"], Some("[0-9]+"), Dashes::Refused);
        check(&more, &["a"], Ok(()));
        check(&more, &["a", "1", "22"], Ok(()));
        check(&more, &["a", "1", "b"], Err(Unfit::Pattern(3)));
        check(&more, &["a", "1", "-2"], Err(Unfit::Dash(3)));
        let most = limits::COMMAND_ARGUMENTS - 1;
        let many = |count: usize| [vec!["a"], vec!["1"; count - 1]].concat();
        check(&more, &many(most), Ok(()));
        check(&more, &many(most + 1), Err(Unfit::TooMany(most)));
    }

    #[test]
    fn bytes_are_bounded_and_nul_is_refused() {
        let any = grant(&["(?s).*"], None, Dashes::Refused);
        let most = limits::COMMAND_ARGUMENT_BYTES - "--fixed".len();
        check(&any, &[&"a".repeat(most)], Ok(()));
        check(&any, &[&"a".repeat(most + 1)], Err(Unfit::TooLong));
        check(&any, &["a\0b"], Err(Unfit::Nul(1)));
    }
}
