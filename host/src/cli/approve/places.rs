//! Folders, databases and programs, which only the operator can name: at the terminal one after the other.

use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use super::needs::Past;
use super::refuse;
use crate::cli::ask::Person;
use crate::cli::print::Printer;
use crate::config::{ChannelConfig, CommandGrant, Dashes, FolderGrant};
use crate::limits;
use crate::manifest::{FolderAccess, Manifest};

/// How often a path can be typed that is none.
const TRIES: usize = 3;

/// A place that is asked for.
struct Ask<'a> {
    what: &'static str,
    name: &'a str,
    title: &'a str,
    required: bool,
}

/// A folder that may grow by the usual bound.
pub(super) fn folder(path: PathBuf, access: FolderAccess) -> FolderGrant {
    FolderGrant {
        path,
        access,
        quota: limits::FOLDER_QUOTA,
    }
}

/// A program without arguments: which ones it may be given, the operator writes into lockgate.toml.
pub(super) fn program(path: PathBuf) -> CommandGrant {
    CommandGrant {
        program: path,
        fixed: Vec::new(),
        arguments: Vec::new(),
        more: None,
        dashes: Dashes::default(),
    }
}

/// Asks for the paths of what is missing: of what it can't run without, and of what it has never asked for before.
///
/// # Errors
/// Nobody is there, or one that is needed was not given.
pub(super) fn ask(
    manifest: &Manifest,
    past: &Past<'_>,
    config: &mut ChannelConfig,
    person: Person,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let old = past.approved.flatten();
    let mut path = |ask: Ask<'_>, known: Option<bool>| {
        if known == Some(true) && !ask.required {
            return Ok(None);
        }
        read(&ask, person, printer)
    };
    for (name, ask) in &manifest.folders {
        let known = old.map(|old| old.folders.contains_key(name));
        let what = match ask.access {
            FolderAccess::Read => "folder, to be read",
            FolderAccess::Write => "folder, to be read and written",
        };
        if let Entry::Vacant(place) = config.folders.entry(name.clone())
            && let Some(path) = path(Ask::new(what, name, &ask.title, ask.required), known)?
        {
            place.insert(folder(path, ask.access));
        }
    }
    for (name, ask) in &manifest.databases {
        let known = old.map(|old| old.databases.contains_key(name));
        if let Entry::Vacant(place) = config.databases.entry(name.clone())
            && let Some(path) = path(Ask::new("database, to be read", name, &ask.title, ask.required), known)?
        {
            place.insert(path);
        }
    }
    for (name, ask) in &manifest.commands {
        let known = old.map(|old| old.commands.contains_key(name));
        if let Entry::Vacant(place) = config.commands.entry(name.clone())
            && let Some(path) = path(Ask::new("program, to be run", name, &ask.title, ask.required), known)?
        {
            place.insert(program(path));
        }
    }
    Ok(())
}

impl<'a> Ask<'a> {
    fn new(what: &'static str, name: &'a str, title: &'a str, required: bool) -> Self {
        Self {
            what,
            name,
            title,
            required,
        }
    }
}

fn read(ask: &Ask<'_>, person: Person, printer: &mut Printer) -> anyhow::Result<Option<PathBuf>> {
    let Ask {
        what,
        name,
        title,
        required,
    } = ask;
    let without = if *required { "" } else { ", or nothing to leave it out" };
    for _ in 0..TRIES {
        let line = person.line(printer, &format!("{name} ({title}): path of the {what}{without}:"))?;
        match (line.as_str(), required) {
            ("", false) => return Ok(None),
            ("", true) => {}
            (path, _) => match check(Path::new(path)) {
                Ok(()) => return Ok(Some(path.into())),
                Err(error) => printer.say(&error.to_string()),
            },
        }
    }
    Err(refuse(format!("no path for {name} was typed; nothing was changed")))
}

/// Whether it is a path that can stand in lockgate.toml, of something that is there.
pub(super) fn check(path: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        path.is_absolute(),
        "{} is no absolute path; begin with `/`",
        path.display()
    );
    anyhow::ensure!(path.to_str().is_some(), "{} is no UTF-8; rename it", path.display());
    match path.symlink_metadata() {
        Ok(_) => Ok(()),
        Err(error) => anyhow::bail!("{}: {error}; name one that is there", path.display()),
    }
}
