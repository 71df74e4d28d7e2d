//! What a person types into the session in the terminal: a text is an answer, and a line that begins with `/` is one of a
//! few tools. Pure.

/// A line, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// An empty line.
    Nothing,
    /// An answer into the chat of the last event.
    Say(String),
    /// A reaction to the last event.
    React(String),
    /// Another text for the last answer.
    Edit(String),
    /// A file, and a text with it.
    File {
        /// As `send_file` takes it.
        name: String,
        /// Perhaps empty.
        text: String,
    },
    /// An attachment of the last event, by its number.
    Get(u64),
    /// From now on answers go to this chat.
    To(String),
    /// What waits.
    Inbox,
    /// The channels and how they are.
    Channels,
    /// What can be typed.
    Help,
    /// The end.
    Quit,
    /// No such command.
    Unknown(String),
}

/// What can be typed.
pub const HELP: &str = "What can be typed:
  TEXT             answers into the chat of the last event (Markdown)
  /react EMOJI     reacts to the last event
  /edit TEXT       changes the last answer
  /file PATH TEXT  sends a file of the outbox or of a folder in send-roots
  /get NUMBER      fetches an attachment of the last event, and says where it is
  /to CHAT_ID      answers go there from now on
  /inbox           shows what waits
  /channels        shows the channels
  /quit            ends; so does Ctrl-C";

impl Typed {
    /// Understands a line. A text that begins with `//` is an answer that begins with `/`.
    pub fn read(line: &str) -> Self {
        let line = line.trim();
        if line.is_empty() {
            return Self::Nothing;
        }
        let Some(command) = line.strip_prefix('/') else {
            return Self::Say(line.to_owned());
        };
        if command.starts_with('/') {
            return Self::Say(command.to_owned());
        }
        let (verb, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        match (verb, rest.is_empty()) {
            ("react", false) => Self::React(rest.to_owned()),
            ("edit", false) => Self::Edit(rest.to_owned()),
            ("file", false) => {
                let (name, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                Self::File {
                    name: name.to_owned(),
                    text: text.trim().to_owned(),
                }
            }
            ("to", false) => Self::To(rest.to_owned()),
            ("get", _) => rest.parse().map_or_else(|_| Self::Unknown(line.to_owned()), Self::Get),
            ("inbox", true) => Self::Inbox,
            ("channels", true) => Self::Channels,
            ("help" | "?", _) => Self::Help,
            ("quit" | "exit", true) => Self::Quit,
            _ => Self::Unknown(line.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_an_answer_and_a_slash_a_command() {
        let cases = [
            ("  ", Typed::Nothing),
            (" it is done ", Typed::Say("it is done".into())),
            ("//etc is fine", Typed::Say("/etc is fine".into())),
            ("/react 👍", Typed::React("👍".into())),
            ("/edit it is *done*", Typed::Edit("it is *done*".into())),
            (
                "/file plan.pdf  the plan",
                Typed::File {
                    name: "plan.pdf".into(),
                    text: "the plan".into(),
                },
            ),
            ("/to chat:web", Typed::To("chat:web".into())),
            ("/get 2", Typed::Get(2)),
            ("/get all", Typed::Unknown("/get all".into())),
            ("/inbox", Typed::Inbox),
            ("/channels", Typed::Channels),
            ("/help me", Typed::Help),
            ("/quit", Typed::Quit),
            ("/react", Typed::Unknown("/react".into())),
            ("/etc/passwd", Typed::Unknown("/etc/passwd".into())),
        ];
        for (line, expected) in cases {
            assert_eq!(Typed::read(line), expected, "{line}");
        }
    }
}
