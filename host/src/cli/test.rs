//! `lockgate test`: the conformance suite over one component, and its report for people and for programs. What an
//! organisation's policy would make of the component stands beside the checks and changes none of them.

use std::cell::RefCell;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::ExitStatus;
use super::args::TestArgs;
use super::check::Named;
use super::interrupt::Ending;
use super::policy;
use super::print::{Cell, Printer, Table, bytes, shell_word};
use crate::components::{Code, Examined, Kept};
use crate::config::{ChannelConfig, Origin};
use crate::conformance::{self, Check, Figures, Report, Verdict};
use crate::managed::Managed;
use crate::paths::{Home, PathsError};
use crate::reach::HttpRule;
use crate::supervisor::describe;
use crate::workshop::{Project, sources};

/// Tries a component.
///
/// # Errors
/// It can't be read, is no channel, or does not compile.
pub(super) fn run(
    args: &TestArgs,
    home: impl FnOnce() -> Result<Home, PathsError>,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    // Whoever has none has nothing in it that would help.
    let kept = home().ok().as_ref().and_then(Kept::of);
    let done = try_out(args, kept.as_ref(), printer);
    if let (Err(error), true) = (&done, args.json) {
        printer.json(&not_tried(&describe(error.as_ref())))?;
    }
    done
}

fn try_out(args: &TestArgs, kept: Option<&Kept>, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let (examined, project) = examined(&args.component)?;
    let changed = project.as_ref().and_then(|project| {
        let file = sources::changed_since(project, &examined.digest)?;
        printer.warn(&stale(&args.component, project, &file));
        Some(file)
    });
    let binary = std::env::current_exe().context("can't find lockgate's own binary")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("can't start the tasks' threads")?;
    let report = {
        let line = RefCell::new(&mut *printer);
        let told = |what: &str| line.borrow_mut().passing(what);
        let report = runtime.block_on(unless_interrupted(conformance::run(&examined, &binary, kept, &told)));
        told("");
        report?
    };
    let Some(report) = report else {
        anyhow::bail!("interrupted, so nothing is known of the component");
    };
    if printer.is_live() {
        printer.say("");
    }
    let (policy, asked) = (Managed::here().policy(), asked(&examined));
    if args.json {
        let mut value = value(&report);
        value["changed"] = json!(changed.map(|file| file.display().to_string()));
        value["policy"] = policy::to_json(&policy, &examined.digest, Some(&asked));
        printer.json(&value)?;
    } else {
        printer.table(&table(&report))?;
        if let Some(text) = policy::words(&policy, &examined.digest, Some(&asked)) {
            printer.line(&text)?;
        }
    }
    Ok(match report.passed() {
        true => ExitStatus::Success,
        false => ExitStatus::Failed,
    })
}

/// What comes of it, or nothing if the person has enough of it: then all that it has made is removed.
async fn unless_interrupted<T, E: Into<anyhow::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> anyhow::Result<Option<T>> {
    let mut ending = Ending::listen()?;
    tokio::select! {
        done = work => done.map(Some).map_err(Into::into),
        () = ending.comes() => Ok(None),
    }
}

/// The component of a file, of a project that was built, or one that lockgate brings along; with the project that builds it.
fn examined(named: &Path) -> anyhow::Result<(Examined, Option<Project>)> {
    let (origin, project) = match named.is_dir() {
        true => {
            let project = Project::open(named)?;
            let path = project.component();
            anyhow::ensure!(
                path.exists(),
                "{} is not there; run `{}` first",
                path.display(),
                build_line(named)
            );
            (Origin::File(path), Some(project))
        }
        false => (Named::typed(named), sources::project_of(named)),
    };
    Ok((Named::read(&origin)?.examine()?, project))
}

/// What is said of a component that does not have the last change in it.
fn stale(named: &Path, project: &Project, file: &Path) -> String {
    let folder = match named.is_dir() {
        true => named,
        // Two above: the project's work folder, and the project.
        false => named.ancestors().nth(2).unwrap_or(&project.folder),
    };
    let (file, line) = (file.display(), build_line(folder));
    format!("the component was built before the last change of {file}; run `{line}` to test what stands there now")
}

/// What builds this project.
fn build_line(folder: &Path) -> String {
    match folder.as_os_str().is_empty() || folder == Path::new(".") {
        true => "lockgate build".to_owned(),
        false => format!("lockgate build {}", shell_word(&folder.to_string_lossy())),
    }
}

/// Every host that it asks for, granted. Folders, databases and programs have no places before somebody names them.
fn asked(examined: &Examined) -> ChannelConfig {
    let mut config = ChannelConfig::of(Origin::from("test"));
    config.hosts = examined.manifest.http.iter().map(HttpRule::label).collect();
    config
}

fn table(report: &Report) -> Table {
    let mut table = Table::default();
    table.line(Cell::strong(format!("{} {}", report.name, report.digest)));
    let (absent, tried): (Vec<_>, Vec<_>) = report
        .checks
        .iter()
        .partition(|check| check.verdict == Verdict::NotApplicable);
    for check in tried {
        let verdict = match check.verdict {
            Verdict::Fail => Cell::bad("FAIL"),
            _ => Cell::good("pass"),
        };
        table.row([Cell::plain(check.name), verdict, Cell::plain(&check.why)]);
    }
    table.gap();
    let names: Vec<_> = absent.iter().map(|check| check.name).collect();
    if !names.is_empty() {
        table.line(Cell::faint(format!("not applicable: {}", names.join(", "))));
    }
    table.gap();
    table.line(figures(&report.figures));
    for given in &report.given {
        table.note(Cell::faint(given));
    }
    let failed = report.checks.iter().filter(|check| check.verdict == Verdict::Fail);
    match failed.count() {
        0 => table.line(Cell::good("It passes.")),
        1 => table.line(Cell::bad("1 check failed.")),
        count => table.line(Cell::bad(format!("{count} checks failed."))),
    };
    table
}

fn figures(figures: &Figures) -> String {
    let code = match figures.code {
        Code::Compiled => "compiled",
        Code::Kept => "its code was kept from before, and loaded",
    };
    format!(
        "{} calls, median {:.1} ms, longest {:.1} ms; {} of memory at most; {code} in {:.1} s",
        figures.calls,
        milliseconds(figures.median),
        milliseconds(figures.longest),
        bytes(figures.memory as u64),
        figures.compiled.as_secs_f64()
    )
}

fn milliseconds(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn value(report: &Report) -> Value {
    let figures = &report.figures;
    json!({
        "name": report.name,
        "digest": report.digest.to_string(),
        "size": report.size,
        "passed": report.passed(),
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
        "figures": {
            "calls": figures.calls,
            "median_ms": milliseconds(figures.median),
            "longest_ms": milliseconds(figures.longest),
            "memory": figures.memory,
            "memory_most": figures.memory_most,
            "compiled_before": figures.code == Code::Kept,
            "compiled_ms": milliseconds(figures.compiled),
        },
        "hosts": report.touched,
        "made_up": report.given,
        // Of both the caller knows more.
        "changed": null,
        "policy": null,
        "error": null,
    })
}

/// The same, where there is nothing to report but why.
fn not_tried(why: &str) -> Value {
    json!({
        "name": null,
        "digest": null,
        "size": null,
        "passed": false,
        "checks": [],
        "figures": null,
        "hosts": [],
        "made_up": [],
        "changed": null,
        "policy": null,
        "error": why,
    })
}

fn check(check: &Check) -> Value {
    json!({ "name": check.name, "verdict": check.verdict.as_str(), "why": check.why })
}
