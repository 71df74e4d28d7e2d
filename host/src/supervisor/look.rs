//! What the operator should look at while a channel runs: its component's file with other bytes than the approved ones, and
//! places that he named and that can't be used now. Looks; changes nothing.

use std::fmt;

use super::Spec;
use super::given::writable;
use crate::config::{ChannelConfig, Origin};
use crate::lockfile::RelayPin;
use crate::model::{ChannelName, Digest, Review};
use crate::paths::{OffLimits, open_folder};
use crate::{component, components};
use crate::{database, program};

/// A place that the operator named for a channel, and that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it should be.
    pub kind: PlaceKind,
    /// The operator's name for it.
    pub name: String,
    /// Why it can't be used, and what to do.
    pub why: String,
}

/// What a place should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// Opened when the channel is brought up: it can't run without.
    Folder,
    /// Opened for each query.
    Database,
    /// Looked at each time that it is run.
    Program,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            PlaceKind::Folder => "folder",
            PlaceKind::Database => "database",
            PlaceKind::Program => "program",
        };
        write!(f, "the {kind} {} can't be used: {}", self.name, self.why)
    }
}

/// The places that can't be used as they are now. Blocks.
pub fn troubles(config: &ChannelConfig, off_limits: &OffLimits) -> Vec<Trouble> {
    let trouble = |kind, name: &String, why: String| Trouble {
        kind,
        name: name.clone(),
        why,
    };
    let folders = config.folders.iter().filter_map(|(name, folder)| {
        let error = open_folder(&folder.path, off_limits).err()?;
        Some(trouble(PlaceKind::Folder, name, error.to_string()))
    });
    let databases = config.databases.iter().filter_map(|(name, path)| {
        let error = database::check(path, off_limits).err()?;
        Some(trouble(PlaceKind::Database, name, error.to_string()))
    });
    let writable = writable(&config.folders);
    let programs = config.commands.iter().filter_map(|(name, grant)| {
        let error = program::check(grant, &writable).err()?;
        Some(trouble(PlaceKind::Program, name, error.to_string()))
    });
    folders.chain(databases).chain(programs).collect()
}

/// All that stands under a channel in `status`, of a house that does not run. Blocks.
pub fn note(name: &ChannelName, spec: &Spec, off_limits: &OffLimits) -> Option<String> {
    let troubles = troubles(&spec.config, off_limits);
    joined(name, spec, troubles.iter().map(ToString::to_string))
}

/// The same when a channel is started: a folder that can't be used is why it does not run, which is said elsewhere, and
/// the others are its operator's to mend while it runs. Blocks.
pub fn note_at_start(name: &ChannelName, spec: &Spec, off_limits: &OffLimits) -> Option<String> {
    let mut troubles = troubles(&spec.config, off_limits);
    troubles.retain(|trouble| trouble.kind != PlaceKind::Folder);
    for trouble in &troubles {
        tracing::warn!(channel = %name, "{trouble}");
    }
    joined(
        name,
        spec,
        troubles.iter().map(|trouble| format!("when it was started, {trouble}")),
    )
}

fn joined(name: &ChannelName, spec: &Spec, troubles: impl Iterator<Item = String>) -> Option<String> {
    let files = [unreviewed(spec), drift(name, spec), unrelayed(name, spec)];
    let all: Vec<String> = files.into_iter().flatten().chain(troubles).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// That nobody looked at what runs.
fn unreviewed(spec: &Spec) -> Option<String> {
    let text =
        "under development: what `lockgate dev` builds runs without a review, and carries no approvals, until it ends";
    (spec.review == Review::Waived).then(|| text.to_owned())
}

/// Why a channel that should carry approvals does not, and what to type.
pub fn unrelayed(name: &ChannelName, spec: &Spec) -> Option<String> {
    let since = match spec.pin.relay_pin() {
        _ if !spec.config.relay => return None,
        RelayPin::Held if spec.config.network.is_some() => return None,
        RelayPin::Held => {
            return Some("it carries no approvals, because it has no network: nobody in it is known".to_owned());
        }
        RelayPin::Stale => "since its bytes changed",
        RelayPin::Absent => "before you let these very bytes do it",
    };
    Some(format!(
        "it carries no approvals {since}; run `lockgate review {name} --grant relay`"
    ))
}

/// What the operator should know of the file that he named: gone, or other than what was approved. What is compared is what
/// a review would compare: the component, and the manifest beside it if it carries none.
pub fn drift(name: &ChannelName, spec: &Spec) -> Option<String> {
    if spec.review == Review::Waived {
        return None;
    }
    let origin = &spec.config.component;
    let other = |what: &str| {
        Some(format!(
            "needs review: {what}, which keep running; run `lockgate review {name}`"
        ))
    };
    let bytes = match components::read_origin(origin) {
        Ok(bytes) => bytes,
        Err(error) => return Some(format!("{origin}: {error}; the approved bytes keep running")),
    };
    if Digest::of(&bytes) != spec.pin.file {
        if let Err(unfit) = component::inspect(&bytes) {
            return Some(format!(
                "{origin} can't be a channel: {unfit}; the approved bytes keep running"
            ));
        }
        return other(&match origin {
            Origin::File(path) => format!("{} has other bytes than the approved ones", path.display()),
            Origin::Bundled(name) => format!("this lockgate brings along other bytes of {name} than the approved ones"),
        });
    }
    // What carries its manifest is kept as it is.
    if spec.pin.file == spec.pin.digest {
        return None;
    }
    let beside = components::manifest_at(origin).ok().flatten();
    let examined = components::examine(bytes, beside.as_deref());
    if examined.is_ok_and(|examined| examined.digest == spec.pin.digest) {
        return None;
    }
    let manifest = match origin {
        Origin::File(path) => path.with_file_name(components::MANIFEST_FILE),
        Origin::Bundled(name) => name.into(),
    };
    other(&format!(
        "{} is other than the approved one of these bytes",
        manifest.display()
    ))
}
