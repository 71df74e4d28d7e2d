//! The loop: a change is built, and what is built is put where it belongs, or waits for the person's word. It decides
//! nothing that is granted.

use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use notify::RecommendedWatcher;

use super::News;
use super::place::{Place, Put};
use super::source::{Build, Source};
use super::{show, watch};
use crate::cli::ExitStatus;
use crate::cli::print::Printer;
use crate::control::{self, Rehearsal};
use crate::model::ChannelName;
use crate::supervisor::describe;

/// What can be typed besides what every session in a terminal takes.
const HELP: &str = "In a development loop also:
  /accept          gives what was built last what it asks for, after all of it was shown
  /build           builds anew
  /as ID TEXT      has this sender write to the channel; the gate judges him like everybody
  /post BODY       calls its hook, as if the call had been signed";

/// What is developed, and where it goes.
pub struct Desk {
    source: Source,
    place: Place,
    /// Asks for more than there is.
    waiting: Option<Build>,
    /// Tells of changes.
    watcher: Option<RecommendedWatcher>,
}

impl Desk {
    /// Nothing was built yet.
    pub fn new(source: Source, place: Place) -> Self {
        Self {
            source,
            place,
            waiting: None,
            watcher: None,
        }
    }

    /// From now on, changes are told.
    ///
    /// # Errors
    /// The system watches no more.
    pub fn watch(&mut self, tell: Sender<News>) -> anyhow::Result<()> {
        self.watcher = Some(self.source.watch(tell)?);
        Ok(())
    }

    /// Builds. Folders may have come, or have been put there anew: what is in them is looked at from now on, too.
    fn build(&mut self, printer: &mut Printer) -> anyhow::Result<Build> {
        if let Some(watcher) = &mut self.watcher {
            self.source.look_at_all(watcher)?;
        }
        self.source.build(printer)
    }

    /// Under which name.
    pub fn name(&self) -> &ChannelName {
        self.place.name()
    }

    /// The first build; whether something runs now. What a new channel asks for is asked at once.
    pub fn begin(&mut self, printer: &mut Printer) -> anyhow::Result<bool> {
        let build = match self.build(printer) {
            Ok(build) => build,
            Err(error) => {
                printer.error(&format!("{error:#}"));
                return Ok(false);
            }
        };
        match self.place.put(&build, printer)? {
            Put::Larger(_) => Ok(self.place.give(&build, printer)? == ExitStatus::Success),
            put => {
                self.say(&put, None, printer);
                Ok(true)
            }
        }
    }

    /// Until nobody tells anything any more.
    pub fn converse(mut self, news: &Receiver<News>, printer: &mut Printer) {
        while let Ok(first) = news.recv() {
            let mut all = vec![first];
            while let Some(one) = all.pop() {
                match one {
                    News::Changed(step) => {
                        let begun = Instant::now();
                        all.extend(watch::settle(step, news).into_iter().rev());
                        self.again(begun, printer);
                    }
                    News::Typed(line, done) => {
                        self.typed(&line, printer);
                        let _ = done.send(());
                    }
                    News::Seen(seen, place) => {
                        show::seen(&seen, printer);
                        drop(place);
                    }
                }
            }
        }
    }

    /// Builds, and puts it in its place; the code before runs on if that can't be.
    fn again(&mut self, begun: Instant, printer: &mut Printer) {
        let built = self.build(printer);
        let put = built.and_then(|build| Ok((self.place.put(&build, printer)?, build)));
        match put {
            Ok((put, build)) => {
                self.say(&put, Some(begun), printer);
                self.waiting = matches!(put, Put::Larger(_)).then_some(build);
            }
            Err(error) => {
                printer.error(&format!("{error:#}"));
                printer.say("the code from before runs on");
            }
        }
    }

    fn say(&self, put: &Put, begun: Option<Instant>, printer: &mut Printer) {
        let name = self.place.name();
        match put {
            Put::Live => {
                let took = begun.map(|begun| format!(" after {} ms", begun.elapsed().as_millis()));
                printer.say(&format!("{name}: live{}", took.unwrap_or_default()));
            }
            Put::Same => printer.say(&format!("{name}: nothing is other than before")),
            Put::Kept => printer.say(&format!("{name}: ready, and nobody runs the channels")),
            Put::Stale(why) => printer.warn(&format!("{name}: the code from before runs on: {why}")),
            Put::Larger(more) => {
                printer.warn(&format!(
                    "{name}: it asks for more than it was given, so the code from before runs on; type /accept, or take it out of channel.toml:"
                ));
                more.iter().for_each(|more| printer.say(&format!("  + {more}")));
            }
        }
    }

    fn typed(&mut self, line: &str, printer: &mut Printer) {
        match (line, self.waiting.take()) {
            ("/accept", Some(build)) => match self.place.give(&build, printer) {
                Ok(ExitStatus::Success) => {}
                Ok(_) => self.waiting = Some(build),
                Err(error) => printer.error(&format!("{error:#}")),
            },
            ("/accept", None) => printer.say("nothing waits for your word"),
            ("/build", _) => self.again(Instant::now(), printer),
            (line, waiting) if rehearsal(line).is_some() => {
                self.waiting = waiting;
                self.rehearse(line, printer);
            }
            ("/help", waiting) => {
                self.waiting = waiting;
                for line in HELP.lines() {
                    printer.say(line);
                }
            }
            (other, waiting) => {
                self.waiting = waiting;
                printer.say(&format!("no such command: {other}; /help shows what can be typed"));
            }
        }
    }

    fn rehearse(&self, line: &str, printer: &mut Printer) {
        let Some(what) = rehearsal(line) else { return };
        let (name, is_said) = (self.place.name(), matches!(what, Rehearsal::Say(..)));
        match control::rehearse(self.place.state(), name, what) {
            Ok(what) => printer.say(&format!("  {what}")),
            Err(error) => return printer.error(&describe(&error)),
        }
        if is_said {
            let network = self.place.network();
            printer.say(&format!(
                "  nobody is heard in {network} who is not on the list: lockgate access allow NAME {network}:ID"
            ));
        }
    }
}

/// What a line would have tried.
fn rehearsal(line: &str) -> Option<Rehearsal> {
    let (verb, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    match verb {
        "/as" => {
            let (sender, text) = rest.split_once(char::is_whitespace)?;
            Some(Rehearsal::Say(sender.to_owned(), text.trim().to_owned()))
        }
        "/post" if !rest.is_empty() => Some(Rehearsal::Post(rest.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_sender_first() {
        #[track_caller]
        fn check(line: &str, expected: Option<Rehearsal>) {
            assert_eq!(rehearsal(line), expected, "{line}");
        }
        check(
            "/as 7  hello there ",
            Some(Rehearsal::Say("7".into(), "hello there".into())),
        );
        check("/as 7", None);
        check("/post {\"a\": 1}", Some(Rehearsal::Post("{\"a\": 1}".into())));
        check("/post", None);
        check("/posts x", None);
    }
}
