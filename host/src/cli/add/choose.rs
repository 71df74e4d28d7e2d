//! From flags and what was configured before to a channel's configuration. What a new channel suggests is taken up here, to
//! be shown and confirmed; what an update suggests is not: nothing that the operator has decided becomes wider by itself.

use std::path::Path;

use super::{Candidate, refuse};
use crate::cli::args::AddArgs;
use crate::cli::print::Printer;
use crate::config::{ChannelConfig, PagePort};
use crate::manifest::{Interface, Manifest};
use crate::pace::Rate;

/// What is typed to give a channel no network.
const NO_NETWORK: &str = "none";

/// The configuration as far as flags say; what they do not name stays as it was, or is what a new channel suggests.
pub(super) fn merge(args: &AddArgs, manifest: &Manifest, path: &Path, before: Option<&ChannelConfig>) -> ChannelConfig {
    let mut config = before.cloned().unwrap_or_else(|| ChannelConfig {
        network: manifest.about.network.clone(),
        events: manifest.about.events.unwrap_or_default(),
        page: manifest.page.as_ref().map(|_| PagePort::Any),
        ..ChannelConfig::of(path.to_owned())
    });
    path.clone_into(&mut config.component);
    if let Some(network) = &args.network {
        config.network = Some(network.clone()).filter(|network| network != NO_NETWORK);
    }
    if let Some(events) = args.events {
        config.events = events.into();
    }
    if let Some(rate) = args.rate {
        config.rate = Rate::of(rate);
    }
    if let Some(page) = args.page {
        config.page = page.into();
    }
    for setting in &args.settings {
        config.settings.insert(setting.key.clone(), setting.value.clone());
    }
    // A secret that is not asked for any more is not given any more.
    config.secrets.retain(|name, _| manifest.secrets.contains_key(name));
    config
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
    let others = [Interface::Source, Interface::Timer, Interface::Life];
    if others.iter().any(|other| manifest.exports.contains(other)) {
        printer.warn(&text);
        return Ok(());
    }
    Err(refuse(format!("{} would have nothing to do: {text}", candidate.name)))
}
