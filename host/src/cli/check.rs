//! `lockgate check`: what a component is and asks for, from its bytes alone. Writes nothing, compiles nothing, runs
//! nothing.

mod channel;
mod json;
mod request;

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use request::Ground;

use super::ExitStatus;
use super::args::CheckArgs;
use super::asks::{self, View};
use super::files::Files;
use super::policy;
use super::print::{Cell, Printer, Table, bytes, counted};
use crate::component::{self, CONTRACT, Inspection};
use crate::components::{self, Examined, MANIFEST_FILE, StoreError};
use crate::config::Origin;
use crate::limits;
use crate::managed::Managed;
use crate::model::{ChannelName, Digest};
use crate::paths::{Home, PathsError};
use crate::supervisor::describe;

/// Before the names of the contract's interfaces.
const CONTRACT_PACKAGE: &str = "lockgate:channel/";
/// What this host offers of its own.
const OURS: [&str; 6] = ["store", "host", "http", "database", "command", "words"];
/// The packages of WASI 0.2 that are linked.
const WASI: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// A component's file: bytes, and the manifest's text beside it if it carries none.
pub struct Named {
    /// A file's path is canonical.
    pub origin: Origin,
    /// All of it.
    pub bytes: Vec<u8>,
    /// The text of channel.toml in the same folder.
    pub beside: Option<String>,
}

/// What a component imports, by who offers it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Imports<'a> {
    ours: Vec<&'a str>,
    wasi: Vec<&'a str>,
    others: Vec<&'a str>,
}

impl Named {
    /// What a person typed: a bundled component's name, which no file in the folder where he is can take, or a file.
    pub fn typed(text: &Path) -> Origin {
        let name = text.to_str().filter(|name| components::bundled(name).is_some());
        name.map_or_else(
            || Origin::File(text.to_owned()),
            |name| Origin::Bundled(name.to_owned()),
        )
    }

    /// Reads the bytes once; what is kept, shown and compiled are these.
    ///
    /// # Errors
    /// There is no such file or bundled component, or it can't be read.
    pub fn read(origin: &Origin) -> anyhow::Result<Self> {
        let doing = || unreadable(origin);
        let origin = match origin {
            Origin::File(path) => Origin::File(path.canonicalize().with_context(doing)?),
            bundled @ Origin::Bundled(_) => bundled.clone(),
        };
        let bytes = components::read_origin(&origin).with_context(doing)?;
        let lacks = component::inspect(&bytes).is_ok_and(|inspection| inspection.manifest.is_none());
        let beside = if lacks {
            let doing =
                || format!("can't read the {MANIFEST_FILE} beside {origin}; it has to be text that you can read");
            components::manifest_at(&origin).with_context(doing)?
        } else {
            None
        };
        Ok(Self { origin, bytes, beside })
    }

    /// Looks at the bytes.
    ///
    /// # Errors
    /// They are no channel.
    pub fn examine(&self) -> Result<Examined, StoreError> {
        components::examine(self.bytes.clone(), self.beside.as_deref())
    }
}

/// What to do where a component can't be read: a word without a slash may have been meant as a bundled one's name.
fn unreadable(origin: &Origin) -> String {
    match origin {
        Origin::File(path) if path.components().count() == 1 => format!(
            "can't read {origin}; name the component's .wasm file, or one that lockgate brings along: {}",
            components::bundled_names()
        ),
        Origin::File(_) => format!("can't read {origin}; name the component's .wasm file"),
        Origin::Bundled(_) => format!("can't read {origin}; name a file instead"),
    }
}

/// Looks at a component, or at a channel that was added.
///
/// # Errors
/// The file can't be read, is no component, or is no channel that could be added.
pub fn run(
    args: &CheckArgs,
    home: impl FnOnce() -> Result<Home, PathsError>,
    printer: &mut Printer,
) -> anyhow::Result<ExitStatus> {
    let origin = Named::typed(&args.subject);
    let is_bundled = matches!(origin, Origin::Bundled(_));
    let asked = args.method.is_some() || is_bundled || !args.subject.exists();
    let name = args.subject.to_str().and_then(|text| text.parse::<ChannelName>().ok());
    let Some(name) = name.filter(|_| asked) else {
        return file(&origin, args, printer);
    };
    let home = home()?;
    // What the operator calls so comes first: he wants to know what that one may.
    match is_bundled && !Files::read(&home)?.config.channels.contains_key(&name) {
        true => file(&origin, args, printer),
        false => channel::run(args, &name, &home, printer),
    }
}

fn file(origin: &Origin, args: &CheckArgs, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let named = Named::read(origin)?;
    if let (Some(method), Some(url)) = (&args.method, &args.url) {
        let doing = || format!("component {}", named.origin);
        let ground = Ground::of_manifest(&named.examine().with_context(doing)?.manifest);
        return request::show(&ground, (method, url), args, printer);
    }
    let inspection = component::inspect(&named.bytes).with_context(|| format!("component {}", named.origin))?;
    let examined = named.examine();
    // What a rebuild alone mends comes before what a line of channel.toml does.
    let problems: Vec<String> = not_offered(&inspection)
        .into_iter()
        .chain(examined.as_ref().err().map(|error| describe(error)))
        .collect();
    if args.json {
        printer.json(&to_json(&named, &inspection, examined.as_ref().ok(), &problems))?;
    } else {
        printer.table(&file_table(&named, &inspection, examined.as_ref().ok()))?;
        if let Ok(examined) = &examined {
            printer.line("")?;
            printer.table(&asks::table(examined, View::Asked))?;
            if let Some(text) = policy::words(&Managed::here().policy(), &examined.digest, None) {
                printer.line(&text)?;
            }
        }
    }
    for problem in &problems {
        printer.error(&format!("component {}: {problem}", named.origin));
    }
    Ok(match problems.is_empty() {
        true => ExitStatus::Success,
        false => ExitStatus::Failed,
    })
}

fn file_table(named: &Named, inspection: &Inspection, examined: Option<&Examined>) -> Table {
    let imports = imports(inspection);
    let mut table = Table::default();
    let mut row = |label: &str, text: &str| {
        table.row([Cell::faint(label), Cell::plain(text)]);
    };
    row("file", &asks::origin_words(&named.origin));
    row(
        "size",
        &format!(
            "{} of at most {}",
            bytes(inspection.size as u64),
            bytes(limits::COMPONENT_BYTES as u64)
        ),
    );
    let digest = Digest::of(&named.bytes);
    row("digest", &digest.to_string());
    if let Some(examined) = examined.filter(|examined| examined.digest != digest) {
        row(
            "",
            &format!("{} with the channel.toml beside it, as it is kept", examined.digest),
        );
    }
    row("contract", &format!("lockgate:channel {CONTRACT}"));
    let (called, others): (Vec<_>, Vec<_>) = inspection.exports.iter().partition(|name| is_of_contract(name));
    row(
        "exports",
        &list(&called.into_iter().map(|name| short(name)).collect::<Vec<_>>()),
    );
    if !others.is_empty() {
        let others: Vec<&str> = others.into_iter().map(String::as_str).collect();
        row("", &format!("never called: {}", list(&others)));
    }
    // First what stops it.
    let label = match imports.others.is_empty() {
        true => "imports",
        false => {
            row("imports", &format!("not offered: {}", list(&imports.others)));
            ""
        }
    };
    row(label, &offered(&imports));
    table
}

/// What is linked. A toolchain imports all that its libraries could use, so this says nothing of what a channel wants.
fn offered(imports: &Imports<'_>) -> String {
    let wasi = counted(imports.wasi.len() as u64, "interface", "interfaces");
    let wasi = (!imports.wasi.is_empty()).then(|| format!("{wasi} of WASI 0.2"));
    let ours = imports.ours.iter().map(|name| short(name).to_owned());
    let all: Vec<String> = ours.chain(wasi).collect();
    match all.is_empty() {
        true => "nothing".to_owned(),
        false => format!("{}; an import is no permission", all.join(", ")),
    }
}

fn is_of_contract(name: &str) -> bool {
    name.starts_with(CONTRACT_PACKAGE)
}

/// `hook` of `lockgate:channel/hook@0.1.0`: the version stands above.
fn short(name: &str) -> &str {
    let name = name.strip_prefix(CONTRACT_PACKAGE).unwrap_or(name);
    name.split('@').next().unwrap_or(name)
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

fn imports(inspection: &Inspection) -> Imports<'_> {
    let mut imports = Imports::default();
    for name in &inspection.imports {
        let offered = |package: &str, rest: &str| match package {
            "lockgate" => rest
                .strip_prefix("channel/")
                .and_then(|rest| rest.split('@').next())
                .is_some_and(|interface| OURS.contains(&interface)),
            _ => rest.split('/').next().is_some_and(|package| WASI.contains(&package)) && rest.contains("@0.2."),
        };
        match name.split_once(':') {
            Some((package @ "lockgate", rest)) if offered(package, rest) => imports.ours.push(name),
            Some((package @ "wasi", rest)) if offered(package, rest) => imports.wasi.push(name),
            _ => imports.others.push(name),
        }
    }
    imports
}

fn not_offered(inspection: &Inspection) -> Option<String> {
    let others = imports(inspection).others;
    (!others.is_empty()).then(|| {
        format!(
            "it imports what lockgate does not offer ({}); build it for WASI 0.2 without that",
            list(&others)
        )
    })
}

fn to_json(named: &Named, inspection: &Inspection, examined: Option<&Examined>, problems: &[String]) -> Value {
    let imports = imports(inspection);
    serde_json::json!({
        "file": named.origin.to_string(),
        "bundled": matches!(named.origin, Origin::Bundled(_)),
        "size": inspection.size,
        "digest": Digest::of(&named.bytes),
        "stored_digest": examined.map(|examined| examined.digest),
        "contract": CONTRACT.to_string(),
        "exports": inspection.exports,
        "imports": { "lockgate": imports.ours, "wasi": imports.wasi, "not_offered": imports.others },
        "asks": examined.map(|examined| json::asks(&examined.manifest)),
        "policy": examined.map(|examined| policy::to_json(&Managed::here().policy(), &examined.digest, None)),
        "problem": (!problems.is_empty()).then(|| problems.join("; ")),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn inspection(names: &[&str]) -> Inspection {
        let imports = names.iter().map(|name| (*name).to_owned()).collect();
        Inspection {
            size: 1,
            imports,
            exports: ["lockgate:channel/hook@0.1.0".to_owned()].into(),
            manifest: None,
        }
    }

    #[test]
    fn imports_are_told_apart_by_who_offers_them() {
        let names = [
            "lockgate:channel/store@0.1.0",
            "wasi:cli/stdin@0.2.3",
            "wasi:http/types@0.2.0",
        ];
        let others = [
            "a:b/c",
            "lockgate:channel/shell@0.1.0",
            "wasi:cli/stdin@0.3.0",
            "wasi:nn/graph@0.2.0",
            "x",
        ];
        let all = inspection(&[&names[..], &others[..]].concat());
        assert_eq!(imports(&all).ours, names[..1]);
        assert_eq!(imports(&all).wasi, names[1..]);
        assert_eq!(imports(&all).others, others);
        assert_eq!(not_offered(&inspection(&names)), None);
    }

    #[test]
    fn the_table_of_a_file() {
        let named = Named {
            origin: "/a/\u{1b}[2Jb.wasm".into(),
            bytes: vec![1],
            beside: None,
        };
        let shown = file_table(
            &named,
            &Inspection {
                exports: ["init", "lockgate:channel/hook@0.1.0", "lockgate:channel/life@0.1.0"]
                    .map(str::to_owned)
                    .into(),
                ..inspection(&[
                    "lockgate:channel/host@0.1.0",
                    "lockgate:channel/store@0.1.0",
                    "wasi:cli/stdin@0.2.3",
                    "x:y/z",
                ])
            },
            None,
        );
        let expected = "\
file      /a/\\u{1b}[2Jb.wasm
size      1 bytes of at most 64 MiB
digest    sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
contract  lockgate:channel 0.1.0
exports   hook, life
          never called: init
imports   not offered: x:y/z
          host, store, 1 interface of WASI 0.2; an import is no permission
";
        assert_eq!(shown.layout(100, super::super::print::Colour::Never), expected);
    }
}
