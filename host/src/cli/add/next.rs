//! The end of `add`: a running owner is told, and the operator reads what to do next.

use super::{Decision, label};
use crate::cli::print::{Cell, Printer, Table};
use crate::config::ChannelConfig;
use crate::control::{self, Reloaded};
use crate::paths::StateDir;
use crate::signature::HookRule;
use crate::supervisor::describe;

/// Tells and shows.
///
/// # Errors
/// Standard output can't be written.
pub(super) fn show(decision: &Decision, state: &StateDir, printer: &mut Printer) -> anyhow::Result<()> {
    printer.table(&table(decision))?;
    match control::reload(state) {
        Ok(Reloaded::Told) => printer.say("the running lockgate has taken it over; see `lockgate status`"),
        Ok(Reloaded::NobodyRuns) => {
            printer.say("it runs with the next channel session; `lockgate setup` says how to start one");
        }
        Err(error) => printer.warn(&format!("{}; what was added stays added", describe(&error))),
    }
    Ok(())
}

fn table(decision: &Decision) -> Table {
    let about = &decision.candidate.examined.manifest.about;
    let mut table = Table::default();
    let name = decision.candidate.name.as_str();
    table.row([
        Cell::good("added"),
        Cell::plain(format!("{name}: {} {}", about.name, about.version)),
    ]);
    table.row([
        label("digest"),
        Cell::plain(decision.candidate.examined.digest.to_string()),
    ]);
    for rule in decision.grant.rules() {
        let methods = rule.methods.join(" or ");
        let listen = decision.before.config.listen;
        table.row([
            label("call"),
            Cell::plain(format!("{methods} http://{listen}/{name}{}", rule.path)),
        ]);
    }
    let asleep = sleeping(decision.grant.dormant_rules(), &decision.config);
    if !asleep.is_empty() {
        table.row([
            label("asleep"),
            Cell::plain(format!("{}: give the secret to wake it", asleep.join(", "))),
        ]);
    }
    table
}

fn sleeping(rules: &[HookRule], config: &ChannelConfig) -> Vec<String> {
    let asleep = rules.iter().filter(|rule| !config.secrets.contains_key(&rule.secret));
    asleep
        .map(|rule| format!("{} (--secret {}=ask)", rule.path, rule.secret))
        .collect()
}
