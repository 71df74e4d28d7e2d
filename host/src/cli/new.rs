//! `lockgate new`: a project from a template, and what to type next.

use super::ExitStatus;
use super::args::{Kind, Lang, NewArgs};
use super::print::{Printer, shell_word};
use crate::workshop::scaffold::{Template, scaffold};

/// Makes a project.
///
/// # Errors
/// The folder is in use, or its name can't be a channel's.
pub(super) fn run(args: &NewArgs, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let template = Template {
        lang: lang(args.lang),
        kind: kind(args.kind),
    };
    let project = scaffold(&args.path, template)?;
    let path = project.folder.display();
    let language = match args.lang {
        // The engine is the build's affair.
        Lang::Js => "JavaScript".to_owned(),
        _ => project.language.to_string(),
    };
    printer.line(&format!("{path}: a {} channel in {language}", template.kind))?;
    let folder = shell_word(&args.path.to_string_lossy());
    printer.say(&format!("next: cd {folder}"));
    for command in steps(args.lang) {
        printer.say(&format!("      {command}"));
    }
    let name = &project.manifest.about.name;
    printer.say(&format!("      lockgate test .lockgate/{name}.wasm"));
    printer.say("      lockgate dev       # runs it, and replaces it whenever a source is saved");
    Ok(ExitStatus::Success)
}

/// What comes before it runs.
fn steps(lang: Lang) -> &'static [&'static str] {
    match lang {
        Lang::Ts | Lang::Js => &["npm install", "lockgate build"],
        Lang::Python => &[
            "python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1",
            "lockgate build",
        ],
        Lang::Rust | Lang::Go | Lang::C | Lang::Zig => &["lockgate build"],
    }
}

fn lang(lang: Lang) -> &'static str {
    match lang {
        Lang::Rust => "rust",
        Lang::Ts => "ts",
        Lang::Js => "js",
        Lang::Python => "python",
        Lang::Go => "go",
        Lang::C => "c",
        Lang::Zig => "zig",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Feed => "feed",
        Kind::Webhook => "webhook",
        Kind::Chat => "chat",
        Kind::LiveChat => "live-chat",
    }
}
