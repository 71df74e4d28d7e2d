//! Folders, databases and programs, which only the operator can name: at the terminal one after the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::needs::Past;
use super::{asked, refuse};
use crate::cli::ask::Person;
use crate::cli::print::Printer;
use crate::config::{ChannelConfig, CommandGrant, Dashes, FolderGrant};
use crate::database;
use crate::limits;
use crate::manifest::{FolderAccess, Manifest};
use crate::paths::{OffLimits, open_folder};
use crate::supervisor::{PlaceKind, troubles};

/// How often a path can be typed that is none.
const TRIES: usize = 3;

/// A place that is asked for.
struct Ask<'a> {
    kind: PlaceKind,
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
    off_limits: &OffLimits,
    (person, printer): (Person, &mut Printer),
) -> anyhow::Result<()> {
    let old = past.approved.flatten();
    for (name, ask) in &manifest.folders {
        let what = match ask.access {
            FolderAccess::Read => "folder, to be read",
            FolderAccess::Write => "folder, to be read and written",
        };
        let asked =
            Ask::new(PlaceKind::Folder, what, name, &ask.title, ask.required).unless_known(old.map(|old| &old.folders));
        let make = |path| folder(path, ask.access);
        fill(&mut config.folders, asked, off_limits, (person, printer), make)?;
    }
    for (name, ask) in &manifest.databases {
        let ask = Ask::new(
            PlaceKind::Database,
            "database, to be read",
            name,
            &ask.title,
            ask.required,
        );
        let ask = ask.unless_known(old.map(|old| &old.databases));
        fill(&mut config.databases, ask, off_limits, (person, printer), |path| path)?;
    }
    for (name, ask) in &manifest.commands {
        let ask = Ask::new(PlaceKind::Program, "program, to be run", name, &ask.title, ask.required);
        let ask = ask.unless_known(old.map(|old| &old.commands));
        fill(&mut config.commands, ask, off_limits, (person, printer), program)?;
    }
    Ok(())
}

impl<'a> Ask<'a> {
    fn new(kind: PlaceKind, what: &'static str, name: &'a str, title: &'a str, required: bool) -> Self {
        Self {
            kind,
            what,
            name,
            title,
            required,
        }
    }

    /// What the approved bytes asked for, and can be left out, was decided then.
    fn unless_known<T>(self, before: Option<&BTreeMap<String, T>>) -> Option<Self> {
        let is_known = before.is_some_and(|before| before.contains_key(self.name));
        (self.required || !is_known).then_some(self)
    }
}

/// Asks for a path that is missing, if it is to be asked for.
fn fill<T>(
    given: &mut BTreeMap<String, T>,
    ask: Option<Ask<'_>>,
    off_limits: &OffLimits,
    (person, printer): (Person, &mut Printer),
    make: impl FnOnce(PathBuf) -> T,
) -> anyhow::Result<()> {
    let Some(ask) = ask.filter(|ask| !given.contains_key(ask.name)) else {
        return Ok(());
    };
    if let Some(path) = read(&ask, off_limits, person, printer)? {
        given.insert(ask.name.to_owned(), make(path));
    }
    Ok(())
}

fn read(
    ask: &Ask<'_>,
    off_limits: &OffLimits,
    person: Person,
    printer: &mut Printer,
) -> anyhow::Result<Option<PathBuf>> {
    let Ask {
        kind,
        what,
        name,
        title,
        required,
    } = ask;
    let without = if *required { "" } else { ", or nothing to leave it out" };
    for _ in 0..TRIES {
        let line = person.line(printer, &asked(name, title, &format!("path of the {what}{without}")))?;
        match (line.as_str(), required) {
            ("", false) => return Ok(None),
            ("", true) => {}
            (path, _) => match check(*kind, Path::new(path), off_limits) {
                Ok(()) => return Ok(Some(path.into())),
                Err(error) => printer.say(&error.to_string()),
            },
        }
    }
    Err(refuse(format!("no path for {name} was typed; nothing was changed")))
}

/// Whether what stands there now can be used as what is asked for, at a path that can stand in lockgate.toml.
///
/// # Errors
/// It can't.
pub(super) fn check(kind: PlaceKind, path: &Path, off_limits: &OffLimits) -> anyhow::Result<()> {
    anyhow::ensure!(
        path.is_absolute(),
        "{} is no absolute path; begin with `/`",
        path.display()
    );
    anyhow::ensure!(path.to_str().is_some(), "{} is no UTF-8; rename it", path.display());
    let found = match kind {
        PlaceKind::Folder => open_folder(path, off_limits)
            .map(drop)
            .map_err(|error| error.to_string()),
        PlaceKind::Database => database::check(path, off_limits).map_err(|error| error.to_string()),
        // Beside which folders it would be run is looked at when all of them are known.
        PlaceKind::Program => crate::program::check(&program(path.to_owned()), &[]).map_err(|error| error.to_string()),
    };
    found.map_err(anyhow::Error::msg)
}

/// Whether all that it is given can be used together. What stood in lockgate.toml before may wait: of that is only warned.
///
/// # Errors
/// Something that is given now can't be used.
pub(super) fn check_all(
    config: &ChannelConfig,
    before: Option<&ChannelConfig>,
    off_limits: &OffLimits,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let known = before.map(|before| troubles(before, off_limits)).unwrap_or_default();
    for trouble in troubles(config, off_limits) {
        if !known.contains(&trouble) {
            return Err(refuse(format!("{trouble}; nothing was changed")));
        }
        printer.warn(&trouble.to_string());
    }
    Ok(())
}
