//! `lockgate new`: a project from a template, and what to type next.

use super::ExitStatus;
use super::args::{Kind, Lang, NewArgs};
use super::print::{Printer, shell_word};
use crate::workshop::remedies;
use crate::workshop::scaffold::{Template, placeholders, scaffold};

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
    let steps = [
        &format!("cd {folder}"),
        remedies::install(project.language),
        "lockgate build",
        "lockgate test      # all that the host may do to it; nothing outside is asked",
        "lockgate dev       # runs it, and replaces it whenever a source is saved",
    ];
    for (at, step) in steps.into_iter().enumerate() {
        printer.say(&format!("{}{step}", if at == 0 { "next: " } else { "      " }));
    }
    for host in placeholders(&project.manifest) {
        printer.say(&format!(
            "{host} is a placeholder: before `lockgate dev`, put your platform's host into channel.toml and the code"
        ));
    }
    Ok(ExitStatus::Success)
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
