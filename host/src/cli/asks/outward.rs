//! What a channel asks for beyond its own walls, in plain words: requests, folders, databases, programs, tools.

use std::path::Path;

use super::{View, prose, row};
use crate::cli::print::{Cell, Table, bytes};
use crate::config::{ChannelConfig, CommandGrant, Dashes, FolderGrant};
use crate::manifest::{FolderAccess, FolderAsk, Manifest, ToolAsk};
use crate::reach::{Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, PathPiece, Segment};

/// All rows, in a fixed order.
pub(super) fn rows(table: &mut Table, manifest: &Manifest, view: View<'_>) {
    for rule in &manifest.http {
        request(table, rule, manifest, view);
    }
    if let View::Granted(_, config) = view {
        upstreams(table, config);
    }
    for (name, ask) in &manifest.folders {
        folder(table, name, ask, view);
    }
    for (name, ask) in &manifest.databases {
        let given = given(view, |config| config.databases.get(name).map(|path| shown(path)));
        let place = place(given, ask.required);
        let text = format!("a database: {name} ({place}): {}", prose(&ask.title));
        row(table, "may read", &text);
    }
    for (name, ask) in &manifest.commands {
        let given = given(view, |config| {
            config.commands.get(name).map(|command| shown(&command.program))
        });
        let place = place(given, ask.required);
        let text = format!("a program: {name} ({place}): {}", prose(&ask.title));
        row(table, "may run", &text);
        if let Some(Some(words)) = self::given(view, |config| config.commands.get(name).map(arguments)) {
            row(table, "is run with", &words);
        }
    }
    for tool in &manifest.tools {
        row(table, "has a tool", &tool_words(tool, view));
        table.row([Cell::plain(""), Cell::faint(format!("takes {}", tool.schema))]);
    }
}

fn upstreams(table: &mut Table, config: &ChannelConfig) {
    for (host, upstream) in config.upstreams.iter().filter(|(host, _)| config.hosts.contains(*host)) {
        let to = format!("{}://{}", upstream.scheme.as_str(), upstream.address);
        let text = format!("for {host} to {to}, as you have written");
        table.row([Cell::faint("is led"), Cell::bad(text)]);
    }
}

fn folder(table: &mut Table, name: &str, ask: &FolderAsk, view: View<'_>) {
    let found = |config: &ChannelConfig| {
        config
            .folders
            .get(name)
            .map(|folder| (folder_place(folder), folder.access))
    };
    let (place, access) = match given(view, found) {
        Some(Some((path, access))) => (path, access),
        Some(None) => (absent(ask.required), ask.access),
        None => (need(ask.required), ask.access),
    };
    let (label, what) = match access {
        FolderAccess::Read => ("may read", "folder"),
        FolderAccess::Write => ("may change", "folder, and add to it"),
    };
    let text = format!("a {what}: {name} ({place}): {}", prose(&ask.title));
    row(table, label, &text);
}

fn folder_place(folder: &FolderGrant) -> String {
    match folder.access {
        FolderAccess::Read => shown(&folder.path),
        FolderAccess::Write => format!("{}, up to {}", shown(&folder.path), bytes(folder.quota)),
    }
}

/// What a program is given to do, from the operator's own lines.
fn arguments(command: &CommandGrant) -> String {
    let list = |texts: &[String]| -> Vec<String> { texts.iter().map(|text| format!("`{text}`")).collect() };
    let mut parts = Vec::new();
    if !command.fixed.is_empty() {
        parts.push(format!("always {}", list(&command.fixed).join(" ")));
    }
    if !command.arguments.is_empty() {
        let patterns = list(&command.arguments).join(" and ");
        parts.push(format!("arguments of the channel's that match {patterns}"));
    }
    if let Some(more) = &command.more {
        parts.push(format!("any further ones that match `{more}`"));
    }
    if command.arguments.is_empty() && command.more.is_none() {
        parts.push("no argument of the channel's".to_owned());
    } else if command.dashes == Dashes::Allowed {
        parts.push("which may begin with a dash".to_owned());
    }
    parts.join(", ")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn given<T>(view: View<'_>, find: impl FnOnce(&ChannelConfig) -> Option<T>) -> Option<Option<T>> {
    match view {
        View::Asked => None,
        View::Granted(_, config) => Some(find(config)),
    }
}

fn place(given: Option<Option<String>>, required: bool) -> String {
    match given {
        Some(Some(path)) => path,
        Some(None) => absent(required),
        None => need(required),
    }
}

fn need(required: bool) -> String {
    if required { "needed" } else { "optional" }.to_owned()
}

fn absent(required: bool) -> String {
    format!("{}, not given", need(required))
}

fn tool_words(tool: &ToolAsk, view: View<'_>) -> String {
    let channel = match view {
        View::Asked => "NAME",
        View::Granted(name, _) => name,
    };
    // Whole, as the schema is: what the model will read, a person has seen to its end.
    format!("for the model, {channel}__{}: {}", tool.name, tool.text)
}

/// One rule, all its paths. Red: with a credential of the operator's it may call what its author did not list.
fn request(table: &mut Table, rule: &HttpRule, manifest: &Manifest, view: View<'_>) {
    let label = rule.label();
    let paths: Vec<&str> = rule.paths.iter().map(|path| path.text.as_str()).collect();
    let mut text = format!("{} to {label}: {}", rule.what().join(", "), paths.join(", "));
    let secrets: Vec<String> = rule
        .secrets()
        .into_iter()
        .map(|name| secret_words(name, manifest))
        .collect();
    if !secrets.is_empty() {
        text.push_str(&format!(
            "; with your {}, which it never sees",
            secrets.join(" and your ")
        ));
    }
    if let View::Granted(_, config) = view
        && let Some(why) = withheld(rule, config)
    {
        table.row([Cell::faint("may not send"), Cell::faint(format!("{text} ({why})"))]);
        return;
    }
    let wild = is_wild_with_credential(rule);
    if wild {
        text.push_str(&format!("; a wildcard with a credential: it may {}", wild_words(rule)));
    }
    let cell = if wild { Cell::bad(text) } else { Cell::plain(text) };
    table.row([Cell::faint("may send"), cell]);
}

/// Why a rule is not in force.
fn withheld(rule: &HttpRule, config: &ChannelConfig) -> Option<String> {
    if !config.hosts.contains(&rule.label()) {
        return Some("not granted".to_owned());
    }
    let missing = rule
        .secrets()
        .into_iter()
        .find(|name| !config.secrets.contains_key(*name));
    missing.map(|name| format!("not yet: that needs the secret {name}"))
}

/// A secret by its name, and as its author calls it.
fn secret_words(name: &str, manifest: &Manifest) -> String {
    match manifest.secrets.get(name) {
        Some(ask) => format!("secret {name} ({})", prose(&ask.title)),
        None => format!("secret {name}"),
    }
}

/// Whether a rule leaves open what is called with the operator's own credential.
pub(in crate::cli) fn is_wild_with_credential(rule: &HttpRule) -> bool {
    let wild_path = rule.paths.iter().any(|path| {
        let open = |segment: &Segment| matches!(segment, Segment::Any | Segment::Rest);
        path.segments.iter().any(open) && (!rule.credentials.is_empty() || has_placeholder(path))
    });
    wild_path || matches!(rule.host, HostPattern::Below(_)) && !rule.secrets().is_empty()
}

/// What a wildcard opens: all that begins so where only the end is open and things are only fetched, or whatever there is.
fn wild_words(rule: &HttpRule) -> String {
    let whole = "call whatever your account may there".to_owned();
    let open = |segment: &Segment| !matches!(segment, Segment::Text(_));
    let mut wild = rule.paths.iter().filter(|path| path.segments.iter().any(open));
    let (Some(path), None) = (wild.next(), wild.next()) else {
        return whole;
    };
    let is_below = path.segments.len() > 1 && path.segments.iter().filter(|segment| open(segment)).count() == 1;
    let fixed = path
        .text
        .strip_suffix("/**")
        .filter(|fixed| is_below && !fixed.is_empty());
    let is_one_host = !matches!(rule.host, HostPattern::Below(_));
    match fixed {
        Some(fixed) if is_one_host && rule.methods.iter().all(|method| method == "GET") => {
            format!("fetch there, with any ending below {fixed}/, whatever your account may")
        }
        _ => whole,
    }
}

fn has_placeholder(path: &PathPattern) -> bool {
    path.segments.iter().any(|segment| match segment {
        Segment::Text(pieces) => pieces.iter().any(|piece| matches!(piece, PathPiece::Secret(_))),
        Segment::Any | Segment::Rest => false,
    })
}

/// One path of a rule, and the credentials that go with it: what is compared between two manifests.
pub(in crate::cli) fn request_words(rule: &HttpRule, path: &PathPattern) -> String {
    let mut text = format!("{}{}", rule.label(), path.text);
    for credential in &rule.credentials {
        text.push_str(&format!(", {}", credential_words(credential)));
    }
    text
}

/// A secret and its place.
pub(in crate::cli) fn credential_words(credential: &Credential) -> String {
    let place = match &credential.place {
        CredentialPlace::Header { name, prefix } if prefix.is_empty() => format!("the header {name}"),
        CredentialPlace::Header { name, prefix } => format!("the header {name} after `{prefix}`"),
        CredentialPlace::Query(key) => format!("the query's {key}"),
        CredentialPlace::Json { pointer, when: None } => format!("the body's {pointer}"),
        CredentialPlace::Json {
            pointer,
            when: Some(when),
        } => {
            format!("the body's {pointer} when {} is {}", when.pointer, when.equals)
        }
    };
    format!("the secret {} in {place}", credential.secret)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_below_a_fixed_path_that_only_fetches_is_told_from_one_that_calls_anything() {
        #[track_caller]
        fn check(methods: &str, paths: &str, expected: &str) {
            let text = format!(
                "[channel]\nname='c'\nversion='1'\nsummary='s'\n[[asks.http]]\nhost='api.example.org'\nmethods={methods}\n\
                 paths={paths}\n[secrets.t]\ntitle='T'\n"
            );
            let manifest = Manifest::parse(&text).unwrap();
            assert_eq!(wild_words(&manifest.http[0]), expected, "{methods} {paths}");
        }
        let all = "call whatever your account may there";
        let below = "fetch there, with any ending below /file/b{t}/, whatever your account may";
        check("['GET']", "['/file/b{t}/**']", below);
        check("['GET']", "['/b{t}/me', '/file/b{t}/**']", below);
        check("['GET', 'POST']", "['/file/b{t}/**']", all);
        check("['GET']", "['/b{t}/*/x']", all);
        check("['GET']", "['/a/b{t}/**', '/b{t}/**']", all);
    }
}
