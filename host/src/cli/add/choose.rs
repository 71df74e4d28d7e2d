//! From flags, what was configured before and what is answered at the terminal to a channel's configuration. What the
//! manifest suggests is a question, never an answer.

use std::path::Path;

use super::{Candidate, refuse};
use crate::access::EventsPolicy;
use crate::cli::args::AddArgs;
use crate::cli::ask::{Person, Reply};
use crate::cli::print::Printer;
use crate::config::ChannelConfig;
use crate::manifest::{Interface, Manifest};

/// The configuration as far as flags say; what they do not name stays as it was.
pub(super) fn merge(args: &AddArgs, manifest: &Manifest, path: &Path, before: Option<&ChannelConfig>) -> ChannelConfig {
    let mut config = before.cloned().unwrap_or_else(|| ChannelConfig::of(path.to_owned()));
    path.clone_into(&mut config.component);
    if let Some(network) = &args.network {
        config.network = Some(network.clone());
    }
    if let Some(events) = args.events {
        config.events = events.into();
    }
    if let Some(rate) = args.rate {
        config.rate.per_second = rate;
    }
    for setting in &args.settings {
        config.settings.insert(setting.key.clone(), setting.value.clone());
    }
    // A secret that is not asked for any more is not given any more.
    config.secrets.retain(|name, _| manifest.secrets.contains_key(name));
    config
}

/// Asks about what a new channel suggests and no flag decides. Where nobody can be asked, it is not granted, and said.
pub(super) fn suggestions(
    args: &AddArgs,
    manifest: &Manifest,
    config: &mut ChannelConfig,
    person: Person,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let asks = person == Person::AtTerminal && !args.yes;
    let events = manifest.about.events.unwrap_or_default();
    if args.events.is_none() && events != config.events {
        let question = match events {
            EventsPolicy::Verified => "It suggests that you hear what came with a valid signature. Let that in?",
            _ => "It suggests that you hear anything that it reports. Let that in?",
        };
        if asks && person.confirm(printer, question, "")? == Reply::Yes {
            config.events = events;
        } else {
            printer.warn(&format!(
                "events are off, so what a build or a feed says is dropped; to hear it, add --events {}",
                events.as_str()
            ));
        }
    }
    if let (None, Some(network)) = (&config.network, &manifest.about.network) {
        let question = format!("It suggests to speak for the accounts of the network {network}. Let it?");
        if asks && person.confirm(printer, &question, "")? == Reply::Yes {
            config.network = Some(network.clone());
        } else {
            printer.warn(&format!("it speaks for no network; to let it, add --network {network}"));
        }
    }
    Ok(())
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
    if !manifest.exports.contains(&Interface::Hook) || !sleeps {
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
