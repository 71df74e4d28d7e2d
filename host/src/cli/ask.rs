//! Questions to the person at the terminal. Without one nothing is asked, and nobody's silence is a yes.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

use super::Refusal;
use super::print::{Printer, shell_word};
use crate::limits;
use crate::model::Secret;

/// Ctrl-C, as a byte.
const INTERRUPT: u8 = 3;

/// Whether somebody can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Both ends of a conversation are a terminal.
    AtTerminal,
    /// A script, a pipe, a client.
    Away,
}

/// A yes or a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// He typed y or yes.
    Yes,
    /// He typed anything else.
    No,
}

impl Person {
    /// Looks at standard input and standard error.
    pub fn here() -> Self {
        if io::stdin().is_terminal() && io::stderr().is_terminal() {
            Self::AtTerminal
        } else {
            Self::Away
        }
    }

    /// Asks a question whose usual answer is no. `instead`: what to type where nobody can answer.
    ///
    /// # Errors
    /// Nobody is there, or the terminal can't be read.
    pub fn confirm(self, printer: &mut Printer, question: &str, instead: &str) -> anyhow::Result<Reply> {
        if self == Self::Away {
            let text = format!("this needs your decision, and no terminal is here to ask; {instead}");
            return Err(Refusal(text).into());
        }
        printer.question(&format!("{question} [y/N]"));
        let mut line = String::new();
        io::stdin().lock().take(1_024).read_line(&mut line)?;
        let yes = matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
        Ok(if yes { Reply::Yes } else { Reply::No })
    }

    /// Reads a secret without showing it.
    ///
    /// # Errors
    /// Nobody is there, he stopped it, or the terminal can't be read.
    pub fn secret(self, printer: &mut Printer, question: &str, instead: &str) -> anyhow::Result<Secret> {
        if self == Self::Away {
            return Err(Refusal(format!("no terminal is here to ask for a secret; {instead}")).into());
        }
        let typed = {
            let _silence = Silence::begin()?;
            printer.question(question);
            read_line(&mut io::stdin().lock())
        };
        printer.say("");
        let line = typed?.ok_or_else(|| Refusal("stopped; nothing was changed".into()))?;
        Ok(Secret::new(line))
    }
}

/// This very command line.
pub fn typed() -> String {
    let words: Vec<String> = std::env::args_os()
        .map(|word| shell_word(&word.to_string_lossy()))
        .collect();
    words.join(" ")
}

/// This very command line, confirmed.
pub fn again() -> String {
    format!("{} --yes", typed())
}

/// The terminal without echo, until this is dropped. Ctrl-C ends the line instead of the process, which would leave the
/// terminal silent.
struct Silence(Termios);

impl Silence {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ISIG;
        silent.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        // What was typed before the question is no answer to it.
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // If the terminal is gone, there is nothing to restore.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// A line without its end, of bounded length; `None` if it was interrupted or the input ended.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    for byte in input.bytes().take(limits::SECRET_BYTES) {
        match byte? {
            b'\n' => {
                let end = line.len() - usize::from(line.ends_with(b"\r"));
                line.truncate(end);
                return Ok(Some(line));
            }
            INTERRUPT => return Ok(None),
            byte => line.push(byte),
        }
    }
    Ok(None)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::print::tests::to_memory;
    use super::*;

    #[test]
    fn a_secret_ends_with_its_line() {
        let check = |typed: &[u8], expected: Option<&[u8]>| {
            assert_eq!(read_line(&mut &*typed).unwrap().as_deref(), expected, "{typed:?}");
        };
        check(b"key\nrest", Some(b"key"));
        check(b"key\r\n", Some(b"key"));
        check(b"\n", Some(b""));
        check(b"ke\x03y\n", None);
        check(b"key", None);
        check(b"", None);
    }

    #[test]
    fn where_nobody_is_nothing_is_granted() {
        let (mut printer, _, _) = to_memory();
        let refused = Person::Away.confirm(&mut printer, "?", "add --yes").unwrap_err();
        assert!(
            refused.is::<Refusal>() && refused.to_string().ends_with("add --yes"),
            "{refused}"
        );
        assert!(Person::Away.secret(&mut printer, "?", "x").unwrap_err().is::<Refusal>());
    }
}
