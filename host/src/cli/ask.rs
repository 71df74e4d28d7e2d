//! Questions to the person at the terminal. Without one nothing is asked, and nobody's silence is a yes.

use std::io::{self, BufRead, IsTerminal, Read};

use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

use super::print::{Printer, shell_word};
use super::{Refusal, variable};
use crate::limits;
use crate::model::Secret;

/// Set by the client in every shell that it runs for the model.
const CLIENTS_MARK: &str = "CLAUDECODE";
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

/// In whose hands a command line seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    /// Somebody's at a terminal, or a script's.
    Operators,
    /// The model's, through its client's shell.
    Models,
}

impl Hands {
    /// Looks at the environment and at standard input.
    pub fn here() -> Self {
        let marked = variable(CLIENTS_MARK).is_some_and(|mark| !mark.is_empty());
        if marked && !io::stdin().is_terminal() {
            Self::Models
        } else {
            Self::Operators
        }
    }

    /// Whether what is decided here needs nobody's second word: somebody types at a terminal that no client runs for a
    /// model, and reads the answer there.
    pub fn are_at_own_terminal() -> bool {
        let marked = variable(CLIENTS_MARK).is_some_and(|mark| !mark.is_empty());
        !marked && io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Nothing is given by a slip of the model's. Who has a shell could edit the files as well: this stops accidents.
    ///
    /// # Errors
    /// `line` is typed by a session: `what` is the operator's own decision.
    pub fn check(self, what: &str, line: &str) -> anyhow::Result<()> {
        match self {
            Self::Operators => Ok(()),
            Self::Models => Err(Refusal(format!(
                "{what} is the operator's own decision, and a session runs this shell; type it at your terminal: {line}"
            ))
            .into()),
        }
    }
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
        // What was typed before the question is no answer to it. There is nothing to forget where no terminal is.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        let line = self.line(printer, &format!("{question} [y/N]"))?;
        let yes = matches!(line.to_ascii_lowercase().as_str(), "y" | "yes");
        Ok(if yes { Reply::Yes } else { Reply::No })
    }

    /// Reads a line, without the blanks around it.
    ///
    /// # Errors
    /// Nobody is there, or the terminal can't be read.
    pub fn line(self, printer: &mut Printer, question: &str) -> anyhow::Result<String> {
        if self == Self::Away {
            return Err(Refusal(format!("no terminal is here to ask: {question}")).into());
        }
        printer.question(question);
        let mut line = String::new();
        io::stdin().lock().take(limits::TYPED_BYTES).read_line(&mut line)?;
        Ok(line.trim().to_owned())
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
    typed_with(&["--yes".to_owned()], &[])
}

/// This very command line with more flags: `confirming` as far as they are not there yet, and all of `flags`.
pub fn typed_with(confirming: &[String], flags: &[String]) -> String {
    let mut line = typed();
    let missing = confirming
        .iter()
        .filter(|flag| !std::env::args().any(|word| word == **flag));
    for flag in missing.chain(flags) {
        line.push(' ');
        line.push_str(&shell_word(flag));
    }
    line
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
