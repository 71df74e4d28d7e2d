//! What would become of a request of a channel's: rule by rule, the verdict last. Nothing is sent to find out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::channel::{Known, missing_words};
use crate::cli::ExitStatus;
use crate::cli::args::CheckArgs;
use crate::cli::asks::credential_words;
use crate::cli::print::{Cell, Printer, Table};
use crate::config::Upstream;
use crate::limits;
use crate::manifest::Manifest;
use crate::reach::{Considered, Explanation, HttpRule, Refusal, Verdict, Withheld, explain};

/// By what a request is judged.
#[derive(Default)]
pub(super) struct Ground {
    /// What it is called.
    name: String,
    rules: Vec<HttpRule>,
    withheld: Vec<Withheld>,
    upstreams: BTreeMap<String, Upstream>,
    short: BTreeMap<String, String>,
    unread: BTreeMap<String, String>,
    /// A component that nobody has added: as if all that it asks for were granted.
    supposed: bool,
}

impl Ground {
    /// By the manifest alone.
    pub fn of_manifest(manifest: &Manifest) -> Self {
        Self {
            name: manifest.about.name.clone(),
            rules: manifest.http.clone(),
            supposed: true,
            ..Self::default()
        }
    }

    /// By what the channel was granted.
    pub fn of_channel(known: &Known) -> Self {
        Self {
            name: known.grant.channel().to_string(),
            rules: known.grant.http().to_vec(),
            withheld: known.grant.withheld_http().to_vec(),
            upstreams: known.grant.upstreams().clone(),
            short: known.short.clone(),
            unread: known.unread.clone(),
            supposed: false,
        }
    }
}

/// Explains it.
///
/// # Errors
/// Standard output can't be written.
pub(super) fn show(
    known: &Ground,
    (method, url): (&str, &str),
    args: &CheckArgs,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let explanation = explain(&known.rules, &known.withheld, method, url);
    if args.json {
        printer.json(&to_json(&explanation, known))?;
    } else {
        printer.table(&table(&explanation, known))?;
    }
    let is_whole = allowed(&explanation).is_some_and(|rule| missing(rule, known).next().is_none());
    Ok(if is_whole {
        ExitStatus::Success
    } else {
        ExitStatus::Failed
    })
}

fn table(explanation: &Explanation<'_>, known: &Ground) -> Table {
    let mut table = Table::default();
    if known.supposed {
        table.line(Cell::strong("if all that it asks for were granted"));
    }
    for considered in &explanation.considered {
        table.row([
            Cell::faint("rule"),
            Cell::plain(rule_words(considered.rule)),
            outcome(considered),
        ]);
    }
    if explanation.considered.is_empty() && !matches!(explanation.verdict, Verdict::Unreadable(_)) {
        table.line("the channel asks for no request at all");
    }
    let verdict = verdict(explanation, known);
    if explanation.verdict.is_allowed() {
        table.row([Cell::good("allowed"), Cell::plain(verdict)]);
    } else {
        table.row([Cell::bad("refused"), Cell::plain(verdict)]);
    }
    if let Some(rule) = allowed(explanation) {
        on_its_way(&mut table, rule, known);
    }
    for warning in &explanation.warnings {
        table.row([Cell::faint("warning"), Cell::bad(warning.to_string())]);
    }
    table
}

/// The verdict, for an operator: what no manifest asks for he can't grant, so that the way is through its author.
fn verdict(explanation: &Explanation<'_>, known: &Ground) -> String {
    let Verdict::Refused(refusal) = &explanation.verdict else {
        return explanation.verdict.to_string();
    };
    let (what, key) = match refusal {
        Refusal::Host => ("host", "`host`"),
        Refusal::Scheme { .. } => ("scheme", "`scheme`"),
        Refusal::Port { .. } => ("port", "`port`"),
        Refusal::Method { .. } => ("method", "`methods`"),
        Refusal::Path { .. } => ("path", "`paths`"),
        Refusal::Ambiguous { .. } => return refusal.to_string(),
    };
    let name = &known.name;
    let place = if *refusal == Refusal::Host { "as " } else { "to " };
    format!(
        "{name} does not ask for this {what}, so you can't grant it; its author would add it {place}{key} of an [[asks.http]] \
         in channel.toml"
    )
}

/// What becomes of a request that is allowed.
fn on_its_way(table: &mut Table, rule: &HttpRule, known: &Ground) {
    for credential in &rule.credentials {
        table.row([Cell::faint("put in"), Cell::plain(credential_words(credential))]);
    }
    if let Some(to) = upstream(rule, known) {
        table.row([
            Cell::faint("is led"),
            Cell::bad(format!("to {to}, because lockgate.toml has an upstream for it")),
        ]);
    }
    for (secret, why) in missing(rule, known) {
        table.row([Cell::faint("missing"), Cell::bad(missing_words(secret, why))]);
    }
    for secret in short(rule, known) {
        let text = format!(
            "the secret {secret} has less than {} bytes: too little to be told from other text in answers",
            limits::SECRET_SHORT
        );
        table.row([Cell::faint("short"), Cell::bad(text)]);
    }
}

/// The secrets that it needs and that can't be read here, with the reason.
fn missing<'a>(rule: &'a HttpRule, known: &'a Ground) -> impl Iterator<Item = (&'a str, &'a str)> {
    let secrets = rule.secrets().into_iter();
    secrets.filter_map(|name| Some((name, known.unread.get(name)?.as_str())))
}

fn rule_words(rule: &HttpRule) -> String {
    let paths: Vec<&str> = rule.paths.iter().map(|path| path.text.as_str()).collect();
    format!("{} {} {}", rule.methods.join(","), rule.label(), paths.join(", "))
}

fn outcome(considered: &Considered<'_>) -> Cell {
    match (&considered.outcome, considered.withheld) {
        (Ok(path), None) => Cell::good(format!("fits with {}", path.text)),
        (Ok(path), Some(withheld)) => {
            Cell::bad(format!("would fit with {}, and is not in force: {withheld}", path.text))
        }
        (Err(step), None) => Cell::faint(step.as_str()),
        (Err(step), Some(_)) => Cell::faint(format!("{}, and not in force", step.as_str())),
    }
}

fn allowed<'r>(explanation: &Explanation<'r>) -> Option<&'r HttpRule> {
    match &explanation.verdict {
        Verdict::Allowed(found) => Some(found.rule),
        Verdict::Withheld(_) | Verdict::Refused(_) | Verdict::Unreadable(_) => None,
    }
}

fn upstream(rule: &HttpRule, known: &Ground) -> Option<String> {
    let upstream = known.upstreams.get(&rule.label())?;
    Some(format!("{}://{}", upstream.scheme.as_str(), upstream.address))
}

fn short<'a>(rule: &'a HttpRule, known: &'a Ground) -> impl Iterator<Item = &'a str> {
    rule.secrets()
        .into_iter()
        .filter(|name| known.short.contains_key(*name))
}

fn to_json(explanation: &Explanation<'_>, known: &Ground) -> Value {
    let rule = allowed(explanation);
    let considered = explanation.considered.iter().map(|considered| {
        json!({
            "rule": super::json::request(considered.rule),
            "in_force": considered.withheld.is_none(),
            "path": considered.outcome.as_ref().ok().map(|path| &path.text),
            "differs_in": considered.outcome.as_ref().err().map(|step| step.as_str()),
        })
    });
    json!({
        "if_all_were_granted": known.supposed,
        "allowed": explanation.verdict.is_allowed(),
        "verdict": verdict(explanation, known),
        "considered": considered.collect::<Vec<_>>(),
        "put_in": rule.map(|rule| rule.credentials.iter().map(credential_words).collect::<Vec<_>>()),
        "upstream": rule.and_then(|rule| upstream(rule, known)),
        "short_secrets": rule.map(|rule| short(rule, known).collect::<Vec<_>>()),
        "missing_secrets": rule.map(|rule| missing(rule, known).map(|(name, _)| name).collect::<Vec<_>>()),
        "warnings": explanation.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_manifest_asks_for_is_its_authors_to_add() {
        let known = Ground {
            name: "chat".to_owned(),
            ..Ground::default()
        };
        let explanation = explain(&known.rules, &known.withheld, "GET", "https://api.example.org/v1");
        assert_eq!(
            verdict(&explanation, &known),
            "chat does not ask for this host, so you can't grant it; its author would add it as `host` of an [[asks.http]] in \
             channel.toml"
        );
    }
}
