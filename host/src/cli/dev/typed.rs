//! What can be typed into a development loop, besides what every session in a terminal takes. Only reads; who does it is the
//! desk.

use crate::control::Rehearsal;

/// Its help.
pub const HELP: &str = "In a development loop also:
  /accept          shows what the last build asks for beyond what it has, and gives it after a yes
  /build           builds again
  /as ID TEXT      sends the channel a message from the person with this id; he has to be on the list like everybody else
  /post BODY       calls the channel's webhook with this body, as a sender with the right signature would; the signature
                   itself is not checked, and the body's type is JSON
  /post PATH BODY  the same for the hook rule with this path, as it stands in channel.toml";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// What waits for a yes is asked.
    Accept,
    /// A build.
    Build,
    /// Something is tried.
    Try(Rehearsal),
    /// What can be typed.
    Help,
    /// A command without all that it needs; so it is typed.
    Lacking(&'static str),
    /// No command.
    Unknown,
    /// A text, for whoever reads texts.
    Text,
}

impl Typed {
    /// Reads a line.
    pub fn read(line: &str) -> Self {
        if !line.starts_with('/') {
            return Self::Text;
        }
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match verb {
            "/accept" => Self::Accept,
            "/build" => Self::Build,
            "/help" => Self::Help,
            "/as" => match rest.split_once(char::is_whitespace) {
                Some((sender, text)) => Self::Try(Rehearsal::Say(sender.to_owned(), text.trim().to_owned())),
                None => Self::Lacking("/as ID TEXT, such as: /as 7 hello"),
            },
            "/post" if rest.is_empty() => Self::Lacking("/post BODY, such as: /post {\"a\": 1}"),
            "/post" => Self::Try(post(rest)),
            _ => Self::Unknown,
        }
    }
}

/// A first word that begins with a slash is a path.
fn post(rest: &str) -> Rehearsal {
    let (first, body) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match first.starts_with('/') {
        true => Rehearsal::Post {
            path: Some(first.to_owned()),
            body: body.trim().to_owned(),
        },
        false => Rehearsal::Post {
            path: None,
            body: rest.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_of_these() {
        #[track_caller]
        fn check(line: &str, expected: &Typed) {
            assert_eq!(Typed::read(line), *expected, "{line}");
        }
        let say = |sender: &str, text: &str| Typed::Try(Rehearsal::Say(sender.into(), text.into()));
        let post = |path: Option<&str>, body: &str| {
            let path = path.map(str::to_owned);
            let body = body.to_owned();
            Typed::Try(Rehearsal::Post { path, body })
        };
        check("/as 7  hello there ", &say("7", "hello there"));
        check("/as 7", &Typed::Lacking("/as ID TEXT, such as: /as 7 hello"));
        check("/post {\"a\": 1}", &post(None, "{\"a\": 1}"));
        check("/post /ci/push  a b", &post(Some("/ci/push"), "a b"));
        check("/post /ci", &post(Some("/ci"), ""));
        check("/post ", &Typed::Lacking("/post BODY, such as: /post {\"a\": 1}"));
        check("/accept", &Typed::Accept);
        check("/build", &Typed::Build);
        check("/help", &Typed::Help);
        check("/posts x", &Typed::Unknown);
        check("hello /help", &Typed::Text);
    }
}
