//! `lockgate build`: what is being done while it is done, a tool's own words where they are wanted, and what came of it.

mod screen;

use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::ExitStatus;
use super::args::BuildArgs;
use super::asks;
use super::interrupt::Interrupt;
use super::print::{Cell, Printer, Table, bytes, shell_word};
use crate::workshop::{self, Built, Project, Told};
use screen::{News, Screen};

/// How long a build that was interrupted has to end by itself.
const GRACE: Duration = Duration::from_secs(2);

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

/// The building thread's end.
struct Wire {
    tell: Sender<News>,
    interrupt: Interrupt,
}

impl Told for Wire {
    fn step(&self, words: &str) {
        // Whoever listened is gone only if this process ends.
        let _ = self.tell.send(News::Step(words.to_owned()));
    }
    fn output(&self, text: &str) {
        let _ = self.tell.send(News::Output(text.to_owned()));
    }
    fn is_given_up(&self) -> bool {
        self.interrupt.is_set()
    }
}

/// Builds a project.
///
/// # Errors
/// It is no project, a tool is missing or refuses it, or what was built is no channel.
pub(super) fn run(args: &BuildArgs, words: Words, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let project = Project::open(&args.path)?;
    // A tool has a group of its own, which Ctrl-C does not reach: it is ended by us. What else a build waits for is left.
    let interrupt = Interrupt::listen(|| {
        std::thread::sleep(GRACE);
        std::process::exit(1);
    })?;
    let begun = Instant::now();
    let built = build(&project, words, &interrupt, printer)?;
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

/// Builds it on a thread of its own, and shows how it goes, until it is done or was interrupted.
///
/// # Errors
/// As the build; the tools' own words were shown before.
pub(super) fn build(
    project: &Project,
    words: Words,
    interrupt: &Interrupt,
    printer: &mut Printer,
) -> anyhow::Result<Built> {
    let (tell, news) = mpsc::channel();
    let wire = Wire {
        tell,
        interrupt: interrupt.clone(),
    };
    let mut screen = Screen::new(words, printer);
    let result = std::thread::scope(|scope| {
        let work = scope.spawn(move || workshop::build(project, &wire));
        screen.follow(&news);
        work.join()
            .map_err(|_| anyhow!("the build broke off; please report this"))
    })?;
    if let Err(error) = &result {
        screen.failed(error);
    }
    result.with_context(|| format!("{} was not built", project.folder.display()))
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
    let types = workshop::unchecked_types(project).map(|words| ("types", words.to_owned()));
    for (label, text) in rows.into_iter().chain(types) {
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
