//! From flags and what was configured before to a channel's configuration. What a new channel suggests is taken up here, to
//! be shown and confirmed; what an update suggests is not: nothing that the operator has decided becomes wider by itself.

use anyhow::Context;

use super::{Candidate, label_list, needs, places, powers, refuse, secrets};
use crate::access::DirectPolicy;
use crate::cli::args::{Choices, GrantFlag, Withheld};
use crate::cli::print::Printer;
use crate::config::{ChannelConfig, Origin, PagePort};
use crate::manifest::{Interface, Manifest};
use crate::pace::Rate;
use crate::paths::OffLimits;
use crate::supervisor::PlaceKind;

/// What is typed to give a channel no network.
const NO_NETWORK: &str = "none";

/// Whether each flag names something that is asked for, and each path something that is there. Of settings that nobody
/// documents it warns: some are documented in words alone.
///
/// # Errors
/// One does not: nothing is granted that was not asked for and shown.
pub(super) fn check_flags(
    choices: &Choices,
    manifest: &Manifest,
    off_limits: &OffLimits,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    secrets::check_flags(choices, manifest)?;
    let hosts = powers::labels(manifest);
    for grant in &choices.grants {
        match grant {
            // Whether it can carry approvals depends on what else it is given.
            GrantFlag::Hosts | GrantFlag::Network(_) | GrantFlag::Kept(_) | GrantFlag::Secret(_) | GrantFlag::Relay => {
            }
            GrantFlag::Host(host) => {
                check_asked("host", host, hosts.iter())?;
                anyhow::ensure!(
                    !needs::is_withheld(choices, host),
                    "the host {host} is both granted and withheld: leave one of the two flags out"
                );
            }
            GrantFlag::Folder { name, path, .. } => {
                check_asked("folder", name, manifest.folders.keys())?;
                places::check(PlaceKind::Folder, path, off_limits).with_context(|| format!("the folder {name}"))?;
            }
            GrantFlag::Database(name, path) => {
                check_asked("database", name, manifest.databases.keys())?;
                places::check(PlaceKind::Database, path, off_limits).with_context(|| format!("the database {name}"))?;
            }
            GrantFlag::Command(name, path) => {
                check_asked("program", name, manifest.commands.keys())?;
                places::check(PlaceKind::Program, path, off_limits).with_context(|| format!("the program {name}"))?;
            }
        }
    }
    for withheld in &choices.withheld {
        if let Withheld::Host(host) = withheld {
            check_asked("host", host, hosts.iter())?;
        }
    }
    if let Some(warning) = unknown_settings(choices, manifest) {
        printer.warn(&warning);
    }
    Ok(())
}

pub(super) fn check_asked<'a>(
    what: &str,
    name: &str,
    asked: impl Iterator<Item = &'a String> + Clone,
) -> anyhow::Result<()> {
    if asked.clone().any(|asked| asked == name) {
        return Ok(());
    }
    anyhow::bail!(
        "the channel does not ask for a {what} {name}; it asks for {}",
        label_list(asked, what)
    )
}

/// What to tell of settings that the channel does not document: most likely typing errors. A documented one may have
/// others below it: `text` and `text.push`.
fn unknown_settings(choices: &Choices, manifest: &Manifest) -> Option<String> {
    let under = |key: &str, name: &str| {
        let rest = key.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let known = |key: &str| manifest.settings.keys().any(|name| under(key, name));
    let keys = choices.settings.iter().map(|setting| &setting.key);
    let unknown: Vec<&str> = keys.map(String::as_str).filter(|key| !known(key)).collect();
    (!unknown.is_empty() && !manifest.settings.is_empty()).then(|| {
        format!(
            "the channel documents no setting {}; it documents {}, and `lockgate check` explains them",
            unknown.join(", "),
            label_list(manifest.settings.keys(), "setting")
        )
    })
}

/// The configuration as far as flags say; what they do not name stays as it was, or is what a new channel suggests, but
/// for what has to be named.
pub(super) fn merge(
    choices: &Choices,
    manifest: &Manifest,
    origin: &Origin,
    before: Option<&ChannelConfig>,
) -> ChannelConfig {
    let mut config = before.cloned().unwrap_or_else(|| ChannelConfig {
        events: manifest.about.events.unwrap_or_default(),
        page: manifest.page.as_ref().map(|_| PagePort::Any),
        ..ChannelConfig::of(origin.clone())
    });
    origin.clone_into(&mut config.component);
    config.dev |= choices.dev;
    if let Some(network) = &choices.network {
        config.network = Some(network.clone()).filter(|network| network != NO_NETWORK);
    }
    if let Some(events) = choices.events {
        config.events = events.into();
    }
    if let Some(rate) = choices.rate {
        config.rate = Rate::of(rate);
    }
    if let Some(page) = choices.page {
        config.page = page.into();
    }
    for setting in &choices.settings {
        config.settings.insert(setting.key.clone(), setting.value.clone());
    }
    for grant in &choices.grants {
        give(grant, manifest, &mut config);
    }
    narrow(choices, manifest, &mut config);
    config
}

/// A new channel that can answer gives strangers a code, if accounts can be named in it; what the operator has decided
/// before stays.
pub(super) fn open_to_strangers(before: Option<&ChannelConfig>, manifest: &Manifest, config: &mut ChannelConfig) {
    if before.is_none() && manifest.sink.is_some() && config.network.is_some() {
        config.direct = DirectPolicy::Pairing;
    }
}

fn give(grant: &GrantFlag, manifest: &Manifest, config: &mut ChannelConfig) {
    match grant {
        GrantFlag::Hosts => config.hosts.extend(powers::labels(manifest)),
        GrantFlag::Host(host) => drop(config.hosts.insert(host.clone())),
        GrantFlag::Network(network) => config.network = Some(network.clone()),
        // Secrets are completed later: some are typed.
        GrantFlag::Kept(_) | GrantFlag::Secret(_) => {}
        GrantFlag::Relay => config.relay = true,
        GrantFlag::Folder { name, path, access } => {
            let mut folder = places::folder(path.clone(), *access);
            // How much may be added there stays as the operator wrote it.
            if let Some(known) = config.folders.get(name).filter(|known| known.path == *path) {
                folder.quota = known.quota;
            }
            config.folders.insert(name.clone(), folder);
        }
        GrantFlag::Database(name, path) => drop(config.databases.insert(name.clone(), path.clone())),
        // Which arguments it may be given, the operator wrote for one program: another one begins without any.
        GrantFlag::Command(name, path) => {
            let known = config.commands.get(name);
            if known.is_none_or(|known| known.program != *path) {
                config.commands.insert(name.clone(), places::program(path.clone()));
            }
        }
    }
}

/// What is not asked for any more, or was left out, is not given any more.
fn narrow(choices: &Choices, manifest: &Manifest, config: &mut ChannelConfig) {
    let asked = powers::labels(manifest);
    config.secrets.retain(|name, _| manifest.secrets.contains_key(name));
    config
        .hosts
        .retain(|host| asked.contains(host) && !needs::is_withheld(choices, host));
    config.upstreams.retain(|host, _| asked.contains(host));
    config.databases.retain(|name, _| manifest.databases.contains_key(name));
    config.commands.retain(|name, _| manifest.commands.contains_key(name));
    config.folders.retain(|name, _| manifest.folders.contains_key(name));
    for (name, folder) in &mut config.folders {
        if let Some(ask) = manifest.folders.get(name) {
            folder.access = folder.access.min(ask.access);
        }
    }
}

/// Whether the channel has anything to do, and which rules sleep.
///
/// # Errors
/// It has nothing to do at all.
pub(super) fn check_work(candidate: &Candidate, config: &ChannelConfig, printer: &mut Printer) -> anyhow::Result<()> {
    let manifest = &candidate.examined.manifest;
    let sleeps = manifest
        .rules
        .iter()
        .all(|rule| !config.secrets.contains_key(&rule.secret));
    let page = manifest.page.is_some() && config.page.is_some();
    if !manifest.exports.contains(&Interface::Hook) || !sleeps || page {
        return Ok(());
    }
    let each = manifest
        .rules
        .iter()
        .map(|rule| format!("--secret {}=ask for {}", rule.secret, rule.path));
    let text = format!(
        "no rule of its hook is active, because none has its secret; give {}",
        each.collect::<Vec<_>>().join(", or ")
    );
    let others = [Interface::Source, Interface::Timer, Interface::Life, Interface::Socket];
    if others.iter().any(|other| manifest.exports.contains(other)) {
        printer.warn(&text);
        return Ok(());
    }
    Err(refuse(format!("{} would have nothing to do: {text}", candidate.name)))
}
