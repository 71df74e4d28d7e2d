//! What a build shows: the tool at work, how long it took in all, and its words where they are wanted. Runs nothing.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::Words;
use crate::cli::print::Printer;
use crate::limits;
use crate::workshop::BuildError;

/// How often the time that a step has taken is drawn anew.
const TICK: Duration = Duration::from_millis(250);

/// What the building thread tells.
pub enum News {
    /// A tool begins.
    Step(String),
    /// What one said.
    Output(String),
}

/// The tool at work.
struct Step {
    tool: String,
    since: Instant,
    is_said: bool,
}

/// The tool at work, and words that are kept until it is known whether they are wanted.
pub struct Screen<'a> {
    printer: &'a mut Printer,
    words: Words,
    step: Option<Step>,
    kept: Vec<String>,
}

impl<'a> Screen<'a> {
    /// Of a build that begins.
    pub fn new(words: Words, printer: &'a mut Printer) -> Self {
        Self {
            printer,
            words,
            step: None,
            kept: Vec::new(),
        }
    }

    /// Until the building thread has ended.
    pub fn follow(&mut self, news: &Receiver<News>) {
        loop {
            match news.recv_timeout(TICK) {
                Ok(News::Step(tool)) => self.begins(tool),
                Ok(News::Output(text)) if self.words == Words::All => self.say(&text),
                Ok(News::Output(text)) => self.kept.push(text),
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => return self.ended(),
            }
        }
    }

    /// A tool that is called again and again is one step.
    fn begins(&mut self, tool: String) {
        if self.step.as_ref().is_some_and(|step| step.tool == tool) {
            return;
        }
        self.ended();
        let (since, is_said) = (Instant::now(), false);
        self.step = Some(Step { tool, since, is_said });
        if self.printer.is_live() {
            self.tick();
        }
    }

    /// Where no line can be drawn over, what takes longer is said once.
    fn tick(&mut self) {
        let Some(step) = &mut self.step else { return };
        if self.printer.is_live() {
            let passed = step.since.elapsed().as_secs();
            self.printer.passing(&format!("{} … {passed} s", step.tool));
        } else if !std::mem::replace(&mut step.is_said, true) {
            self.printer.say(&format!("{} …", step.tool));
        }
    }

    fn ended(&mut self) {
        if let Some(step) = self.step.take() {
            self.printer.passing("");
            let passed = step.since.elapsed().as_secs_f64();
            self.printer.say(&format!("{}: {passed:.1} s", step.tool));
        }
    }

    /// Shows what the tools said, unless that was not the reason, or was shown before.
    pub fn failed(&mut self, error: &BuildError) {
        if matches!(
            error,
            BuildError::Tool(_) | BuildError::Left { .. } | BuildError::Encode { .. }
        ) {
            let all = std::mem::take(&mut self.kept);
            let all: Vec<&str> = all.iter().map(|text| text.trim_end()).collect();
            for line in shortened(&all.join("\n")) {
                self.printer.say(&line);
            }
        }
    }

    fn say(&mut self, text: &str) {
        for line in text.lines() {
            self.printer.say(line);
        }
    }
}

/// Of very many lines the first and the last: compilers name the cause first, what runs a program names it last.
fn shortened(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    if lines.len() <= limits::TOOL_LINES {
        return owned(&lines);
    }
    let (first, last) = (limits::TOOL_LINES / 3, limits::TOOL_LINES - limits::TOOL_LINES / 3);
    let left_out = lines.len() - limits::TOOL_LINES;
    let mut shown = owned(&lines[..first]);
    shown.push(format!(
        "({left_out} lines are left out here; `lockgate build --verbose` shows all)"
    ));
    shown.extend(owned(&lines[lines.len() - last..]));
    shown
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::cli::print::tests::to_memory;
    use crate::workshop::ToolError;

    #[test]
    fn a_tool_is_named_once_however_often_it_is_called_and_its_words_when_it_failed() {
        let (mut printer, _, talk) = to_memory();
        let (tell, news) = mpsc::channel();
        for tool in ["clang", "clang", "wasm-ld"] {
            tell.send(News::Step(tool.to_owned())).unwrap();
            tell.send(News::Output(format!("{tool} says no\n\n"))).unwrap();
        }
        drop(tell);
        let mut screen = Screen::new(Words::OfFailure, &mut printer);
        screen.follow(&news);
        screen.failed(&BuildError::Tool(ToolError::Failed { tool: "clang".into() }));
        let text = talk.text();
        let lines = [
            "clang: 0.0 s",
            "wasm-ld: 0.0 s",
            "clang says no",
            "clang says no",
            "wasm-ld says no",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn what_takes_longer_is_named_before_it_has_ended_where_there_is_no_terminal() {
        let (mut printer, _, talk) = to_memory();
        let mut screen = Screen::new(Words::OfFailure, &mut printer);
        screen.begins("cargo build".to_owned());
        screen.tick();
        screen.tick();
        assert_eq!(talk.text(), "cargo build …\n");
    }

    #[test]
    fn very_many_lines_are_shown_from_both_ends() {
        let check = |count: usize, expected: usize| {
            let text: String = (1..=count).map(|line| format!("{line}\n")).collect();
            let lines = shortened(&text);
            assert_eq!(lines.len(), expected, "{count}");
            assert_eq!(lines.first().unwrap(), "1");
            assert_eq!(*lines.last().unwrap(), count.to_string());
            assert_eq!(
                lines.iter().any(|line| line.contains("--verbose")),
                count > limits::TOOL_LINES
            );
        };
        check(1, 1);
        check(limits::TOOL_LINES, limits::TOOL_LINES);
        check(limits::TOOL_LINES + 1, limits::TOOL_LINES + 1);
        check(10_000, limits::TOOL_LINES + 1);
    }
}
