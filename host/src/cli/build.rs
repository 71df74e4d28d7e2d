//! `lockgate build`: what is being done while it is done, a tool's own words where they are wanted, and what came of it.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::ExitStatus;
use super::args::BuildArgs;
use super::asks;
use super::print::{Cell, Printer, Table, bytes, shell_word};
use crate::workshop::{self, BuildError, Built, Project, Told};

/// How often the time that a step has taken is drawn anew.
const TICK: Duration = Duration::from_millis(250);

/// Whether the words of tools that succeed are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// As they come.
    All,
    /// Those of a build that failed.
    OfFailure,
}

impl Words {
    /// By the number of `-v`.
    pub(super) fn wanted(verbose: u8) -> Self {
        if verbose > 0 { Self::All } else { Self::OfFailure }
    }
}

/// What the building thread tells.
enum News {
    Step(String),
    Output(String),
}

/// The building thread's end.
struct Wire(Sender<News>);

impl Told for Wire {
    fn step(&self, words: &str) {
        // Whoever listened is gone only if this process ends.
        let _ = self.0.send(News::Step(words.to_owned()));
    }
    fn output(&self, text: &str) {
        let _ = self.0.send(News::Output(text.to_owned()));
    }
}

/// The listening end: the step under way, and words that are kept until it is known whether they are wanted.
struct Screen<'a> {
    printer: &'a mut Printer,
    words: Words,
    step: Option<(String, Instant)>,
    kept: Vec<String>,
}

/// Builds a project.
///
/// # Errors
/// It is no project, a tool is missing or refuses it, or what was built is no channel.
pub(super) fn run(args: &BuildArgs, words: Words, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let project = Project::open(&args.path)?;
    let begun = Instant::now();
    let built = build(&project, words, printer)?;
    if args.json {
        printer.json(&to_json(&project, &built, begun.elapsed()))?;
        return Ok(ExitStatus::Success);
    }
    printer.table(&table(&project, &built))?;
    let file = shell_word(&built.path.to_string_lossy());
    let name = &project.manifest.about.name;
    printer.say(&format!("next: lockgate test {file}"));
    printer.say(&format!("      lockgate add {file} --name {name}"));
    Ok(ExitStatus::Success)
}

/// Builds it on a thread of its own, and shows how it goes.
///
/// # Errors
/// As the build; the tools' own words were shown before.
pub(super) fn build(project: &Project, words: Words, printer: &mut Printer) -> anyhow::Result<Built> {
    let (tell, news) = mpsc::channel();
    let mut screen = Screen {
        printer,
        words,
        step: None,
        kept: Vec::new(),
    };
    let result = std::thread::scope(|scope| {
        let work = scope.spawn(move || workshop::build(project, &Wire(tell)));
        screen.follow(&news);
        work.join()
            .map_err(|_| anyhow!("the build broke off; please report this"))
    })?;
    if let Err(error) = &result {
        screen.failed(error);
    }
    result.with_context(|| format!("{} was not built", project.folder.display()))
}

impl Screen<'_> {
    /// Until the building thread has ended.
    fn follow(&mut self, news: &Receiver<News>) {
        loop {
            match news.recv_timeout(TICK) {
                Ok(News::Step(words)) => {
                    self.ended();
                    self.step = Some((words, Instant::now()));
                    self.tick();
                }
                Ok(News::Output(text)) if self.words == Words::All => self.say(&text),
                Ok(News::Output(text)) => self.kept.push(text),
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => return self.ended(),
            }
        }
    }

    fn tick(&mut self) {
        if let Some((words, since)) = &self.step {
            self.printer
                .passing(&format!("{words} … {} s", since.elapsed().as_secs()));
        }
    }

    fn ended(&mut self) {
        if let Some((words, since)) = self.step.take() {
            self.printer.passing("");
            self.printer
                .say(&format!("{words}: {:.1} s", since.elapsed().as_secs_f64()));
        }
    }

    fn failed(&mut self, error: &BuildError) {
        if matches!(
            error,
            BuildError::Tool(_) | BuildError::Left { .. } | BuildError::Encode { .. }
        ) {
            for text in std::mem::take(&mut self.kept) {
                self.say(&text);
            }
        }
    }

    fn say(&mut self, text: &str) {
        for line in text.lines() {
            self.printer.say(line);
        }
    }
}

fn table(project: &Project, built: &Built) -> Table {
    let about = &project.manifest.about;
    let mut table = Table::default();
    table.line(Cell::strong(format!("{} {}", about.name, about.version)));
    let rows = [
        ("component", built.path.display().to_string()),
        ("language", project.language.to_string()),
        ("size", bytes(built.examined.bytes.len() as u64)),
        ("digest", built.examined.digest.to_string()),
        ("asks", asks::sum(&built.examined.manifest)),
    ];
    for (label, text) in rows {
        table.row([Cell::faint(label), Cell::plain(text)]);
    }
    table
}

fn to_json(project: &Project, built: &Built, took: Duration) -> Value {
    let about = &project.manifest.about;
    json!({
        "name": about.name,
        "version": about.version,
        "language": project.language.to_string(),
        "path": built.path.display().to_string(),
        "size": built.examined.bytes.len(),
        "digest": built.examined.digest,
        "millis": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    })
}
