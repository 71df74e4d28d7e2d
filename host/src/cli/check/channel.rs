//! `lockgate check NAME`: what a channel that was added may do, by the bytes that were approved and by the operator's
//! files; and, with a method and a URL, what would become of such a request.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::json;

use super::request::Ground;
use crate::cli::approve::old;
use crate::cli::args::CheckArgs;
use crate::cli::asks::{self, View, place};
use crate::cli::files::Files;
use crate::cli::print::{Cell, Printer, Table};
use crate::cli::{ExitStatus, variable};
use crate::components::{self, Examined};
use crate::config::ChannelConfig;
use crate::grant::Grant;
use crate::limits;
use crate::model::ChannelName;
use crate::paths::Home;
use crate::supervisor::{describe, troubles};
use crate::vault::{Vault, read_secrets};

/// What is known of an added channel.
pub(super) struct Known {
    pub examined: Examined,
    pub config: ChannelConfig,
    pub grant: Grant,
    /// Secrets that are short, and where they are.
    pub short: BTreeMap<String, String>,
    /// Secrets that can't be read here, and why.
    pub unread: BTreeMap<String, String>,
    /// Folders, databases and programs that can't be used now, and why.
    pub troubles: Vec<String>,
}

/// Shows what it may do, or what becomes of a request.
///
/// # Errors
/// There is no such channel, its approved bytes are gone, or it can't run as it is configured.
pub(super) fn run(
    args: &CheckArgs,
    name: &ChannelName,
    home: &Home,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let known = known(name, home)?;
    if let (Some(method), Some(url)) = (&args.method, &args.url) {
        return super::request::show(&Ground::of_channel(&known), (method, url), args, printer);
    }
    if args.json {
        printer.json(&json!({
            "name": name.as_str(),
            "digest": known.examined.digest,
            "asks": super::json::asks(&known.examined.manifest),
            "short_secrets": known.short.keys().collect::<Vec<_>>(),
            "missing_secrets": known.unread.keys().collect::<Vec<_>>(),
            "unusable": known.troubles,
        }))?;
        return Ok(known.status());
    }
    let mut table = asks::table(&known.examined, View::Granted(name.as_str(), &known.config));
    warnings(&mut table, &known);
    printer.table(&table)?;
    Ok(known.status())
}

impl Known {
    /// Whether what it is given of the machine can be used. A secret may be where only the client has it.
    fn status(&self) -> ExitStatus {
        if self.troubles.is_empty() {
            ExitStatus::Success
        } else {
            ExitStatus::Failed
        }
    }
}

fn warnings(table: &mut Table, known: &Known) {
    for (name, place) in &known.short {
        let text = format!(
            "the secret {name} ({place}) has less than {} bytes: too little to be told from other text in answers",
            limits::SECRET_SHORT
        );
        table.row([Cell::faint("short"), Cell::bad(text)]);
    }
    for (name, why) in &known.unread {
        table.row([Cell::faint("missing"), Cell::bad(missing_words(name, why))]);
    }
    for trouble in &known.troubles {
        table.row([Cell::faint("unusable"), Cell::bad(trouble)]);
    }
}

/// What is said of a secret that can't be read here.
pub(super) fn missing_words(name: &str, why: &str) -> String {
    format!("the secret {name} can't be read here: {why}")
}

fn known(name: &ChannelName, home: &Home) -> anyhow::Result<Known> {
    let files = Files::read(home)?;
    let Some(config) = files.config.channels.get(name) else {
        bail!(
            "there is neither a file nor a channel {name}; `lockgate status` lists the channels; what comes along: {}",
            components::bundled_names()
        );
    };
    let pin = files.lock.channels.get(name).with_context(|| {
        let component = &config.component;
        format!("{name} was never approved; run: lockgate add {component} --name {name}")
    })?;
    let examined = old(home, pin).context("the approved component")?;
    let grant = Grant::compute(name, &examined.manifest, config, pin.relay_pin())?;
    let (short, unread) = secrets(config, home)?;
    let troubles = troubles(config, &home.off_limits());
    Ok(Known {
        short,
        unread,
        troubles: troubles.iter().map(ToString::to_string).collect(),
        config: ChannelConfig {
            relay: grant.relay(),
            ..config.clone()
        },
        examined,
        grant,
    })
}

type Named = BTreeMap<String, String>;

/// The secrets under the bound, by name and place; and those that can't be read here, by name and reason.
fn secrets(config: &ChannelConfig, home: &Home) -> anyhow::Result<(Named, Named)> {
    let text = read_secrets(&home.folder()?)?;
    let (mut short, mut unread) = (Named::new(), Named::new());
    for (name, source) in &config.secrets {
        match Vault::read(source, &variable, text.as_deref()) {
            Ok(secret) if secret.expose().len() < limits::SECRET_SHORT => {
                short.insert(name.clone(), place(source));
            }
            Ok(_) => {}
            Err(error) => drop(unread.insert(name.clone(), describe(&error))),
        }
    }
    Ok((short, unread))
}
