//! What the terminal shows of a channel that runs: calls, lines, refusals with the rule that would be needed, phases.

mod lines;

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use super::News;
use crate::control;
use crate::limits;
use crate::model::{ChannelName, Seen};
use crate::paths::StateDir;

pub use lines::{Lines, short};

/// How long after nobody ran the channels it is looked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Whether events are shown here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// As the model of another process's session gets them.
    Shown,
    /// The session is in this terminal.
    ShownByTheSession,
}

/// Tells what the owner shows of a channel, whoever that is, as long as somebody listens.
pub fn follow(state: StateDir, name: ChannelName, events: Events, tell: Sender<News>) {
    std::thread::spawn(move || {
        let mut line = Line::new(events, tell);
        while line.is_heard {
            // An owner that ends, or speaks otherwise, may be followed by another.
            let _ = control::watch(&state, &name, |seen| line.pass(seen));
            std::thread::sleep(AGAIN);
        }
    });
}

/// To who shows it: he may be building, or be asking a person, and a channel may do very much meanwhile.
struct Line {
    tell: Sender<News>,
    events: Events,
    /// Held once by each thing that waits.
    waiting: Arc<()>,
    missed: u64,
    is_heard: bool,
}

impl Line {
    fn new(events: Events, tell: Sender<News>) -> Self {
        Self {
            tell,
            events,
            waiting: Arc::new(()),
            missed: 0,
            is_heard: true,
        }
    }

    fn pass(&mut self, seen: Seen) {
        if self.events == Events::ShownByTheSession && matches!(seen, Seen::Event { .. }) {
            return;
        }
        if Arc::strong_count(&self.waiting) > limits::SEEN_WAITING {
            self.missed += 1;
            return;
        }
        if self.missed > 0 {
            let count = std::mem::take(&mut self.missed);
            self.send(Seen::Missed { count });
        }
        self.send(seen);
    }

    fn send(&mut self, seen: Seen) {
        self.is_heard &= self.tell.send(News::Seen(seen, Arc::clone(&self.waiting))).is_ok();
    }
}

/// What would have to stand in channel.toml.
fn rule(method: &str, url: &str) -> Option<Vec<String>> {
    let (scheme, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest
        .split_once('/')
        .map_or((rest, "/".to_owned()), |(host, path)| (host, format!("/{path}")));
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let kind = match scheme {
        "https" => format!("    methods = [{}]", quoted(method)),
        "wss" => "    scheme = \"wss\"".to_owned(),
        _ => return None,
    };
    Some(vec![
        "  if it should be allowed, channel.toml needs:".to_owned(),
        "    [[asks.http]]".to_owned(),
        format!("    host = {}", quoted(host)),
        kind,
        format!("    paths = [{}]", quoted(&path)),
    ])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    #[test]
    fn the_rule_that_is_shown_is_one_that_a_manifest_takes() {
        let check = |url: &str, expected: Option<&str>| {
            let rule = rule("GET", url);
            assert_eq!(rule.is_some(), expected.is_some(), "{url}");
            let Some(lines) = rule else { return };
            let text = format!(
                "[channel]\nname='w'\nversion='1'\nsummary='s'\n{}",
                lines[1..].join("\n")
            );
            let manifest = Manifest::parse(&text).unwrap();
            assert_eq!(manifest.http[0].label(), expected.unwrap(), "{url}");
        };
        check("https://api.example.org/v1/items?after=3", Some("api.example.org"));
        check("https://api.example.org", Some("api.example.org"));
        check("wss://gateway.example.org/socket", Some("wss://gateway.example.org"));
        check("http://api.example.org/", None);
        check("nonsense", None);
    }

    #[test]
    fn what_nobody_has_time_to_show_is_counted_and_not_kept() {
        let (tell, news) = std::sync::mpsc::channel();
        let mut line = Line::new(Events::Shown, tell);
        let log = || Seen::Log {
            level: "info".into(),
            text: "x".into(),
        };
        (0..limits::SEEN_WAITING + 3).for_each(|_| line.pass(log()));
        assert_eq!(news.try_iter().count(), limits::SEEN_WAITING);
        line.pass(log());
        let next = news.try_recv();
        assert!(matches!(next, Ok(News::Seen(Seen::Missed { count: 3 }, _))));
        assert!(matches!(news.try_recv(), Ok(News::Seen(Seen::Log { .. }, _))));
        drop(news);
        line.pass(log());
        assert!(!line.is_heard);
    }

    #[test]
    fn an_event_is_shown_once() {
        let event = || Seen::Event {
            attributes: Vec::new(),
            body: "red".into(),
        };
        let count = |events: Events| {
            let (tell, news) = std::sync::mpsc::channel();
            let mut line = Line::new(events, tell);
            line.pass(event());
            news.try_iter().count()
        };
        assert_eq!((count(Events::Shown), count(Events::ShownByTheSession)), (1, 0));
    }
}
