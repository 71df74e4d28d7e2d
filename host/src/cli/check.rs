//! `lockgate check`: what a component is and asks for, from its bytes alone. Writes nothing, compiles nothing, runs
//! nothing.

mod channel;
mod json;
mod request;

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use request::Ground;

use super::ExitStatus;
use super::args::CheckArgs;
use super::asks::{self, View};
use super::policy;
use super::print::{Cell, Printer, Table, bytes, counted};
use crate::component::{self, CONTRACT, Inspection};
use crate::components::{self, Examined, MANIFEST_FILE, StoreError};
use crate::limits;
use crate::managed::Managed;
use crate::model::{ChannelName, Digest};
use crate::paths::{Home, PathsError};
use crate::supervisor::describe;

/// What this host offers of its own.
const OURS: [&str; 6] = ["store", "host", "http", "database", "command", "words"];
/// The packages of WASI 0.2 that are linked.
const WASI: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// A component's file: bytes, and the manifest's text beside it if it carries none.
pub struct Named {
    /// Canonical.
    pub path: PathBuf,
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
    /// Reads a file once; what is kept, shown and compiled are these bytes.
    ///
    /// # Errors
    /// It is no file, or can't be read.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let doing = || format!("can't read {}; name the component's .wasm file", path.display());
        let path = path.canonicalize().with_context(doing)?;
        let bytes = components::read_bounded(&path).with_context(doing)?;
        let lacks = component::inspect(&bytes).is_ok_and(|inspection| inspection.manifest.is_none());
        let beside = if lacks {
            let file = path.with_file_name(MANIFEST_FILE);
            let doing = || format!("can't read {}; it has to be text that you can read", file.display());
            components::manifest_beside(&path).with_context(doing)?
        } else {
            None
        };
        Ok(Self { path, bytes, beside })
    }

    /// Looks at the bytes.
    ///
    /// # Errors
    /// They are no channel.
    pub fn examine(&self) -> Result<Examined, StoreError> {
        components::examine(self.bytes.clone(), self.beside.as_deref())
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
    let asked = args.method.is_some() || !args.subject.exists();
    let name = args.subject.to_str().and_then(|text| text.parse::<ChannelName>().ok());
    match name.filter(|_| asked) {
        Some(name) => channel::run(args, &name, &home()?, printer),
        None => file(args, printer),
    }
}

fn file(args: &CheckArgs, printer: &mut Printer) -> anyhow::Result<ExitStatus> {
    let named = Named::read(&args.subject)?;
    if let (Some(method), Some(url)) = (&args.method, &args.url) {
        let doing = || format!("component {}", named.path.display());
        let ground = Ground::of_manifest(&named.examine().with_context(doing)?.manifest);
        return request::show(&ground, (method, url), args, printer);
    }
    let inspection = component::inspect(&named.bytes).with_context(|| format!("component {}", named.path.display()))?;
    let examined = named.examine();
    let problem = examined
        .as_ref()
        .err()
        .map(|error| describe(error))
        .or_else(|| not_offered(&inspection));
    if args.json {
        printer.json(&to_json(
            &named,
            &inspection,
            examined.as_ref().ok(),
            problem.as_deref(),
        ))?;
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
    let Some(problem) = problem else {
        return Ok(ExitStatus::Success);
    };
    printer.error(&format!("component {}: {problem}", named.path.display()));
    Ok(ExitStatus::Failed)
}

fn file_table(named: &Named, inspection: &Inspection, examined: Option<&Examined>) -> Table {
    let imports = imports(inspection);
    let mut table = Table::default();
    let mut row = |label: &str, text: &str| {
        table.row([Cell::faint(label), Cell::plain(text)]);
    };
    row("file", &named.path.display().to_string());
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
    row(
        "exports",
        &list(&inspection.exports.iter().map(String::as_str).collect::<Vec<_>>()),
    );
    row("imports", &list(&imports.ours));
    if !imports.wasi.is_empty() {
        let interfaces = counted(imports.wasi.len() as u64, "interface", "interfaces");
        row("", &format!("WASI 0.2 ({interfaces}): linked, but empty"));
    }
    if !imports.others.is_empty() {
        row("", &format!("not offered: {}", list(&imports.others)));
    }
    table
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

fn to_json(named: &Named, inspection: &Inspection, examined: Option<&Examined>, problem: Option<&str>) -> Value {
    let imports = imports(inspection);
    serde_json::json!({
        "file": named.path.display().to_string(),
        "size": inspection.size,
        "digest": Digest::of(&named.bytes),
        "stored_digest": examined.map(|examined| examined.digest),
        "contract": CONTRACT.to_string(),
        "exports": inspection.exports,
        "imports": { "lockgate": imports.ours, "wasi": imports.wasi, "not_offered": imports.others },
        "asks": examined.map(|examined| json::asks(&examined.manifest)),
        "policy": examined.map(|examined| policy::to_json(&Managed::here().policy(), &examined.digest)),
        "problem": problem,
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
            path: "/a/\u{1b}[2Jb.wasm".into(),
            bytes: vec![1],
            beside: None,
        };
        let shown = file_table(
            &named,
            &inspection(&["lockgate:channel/host@0.1.0", "wasi:cli/stdin@0.2.3", "x:y/z"]),
            None,
        );
        let expected = "\
file      /a/\\u{1b}[2Jb.wasm
size      1 bytes of at most 64 MiB
digest    sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
contract  lockgate:channel 0.1.0
exports   lockgate:channel/hook@0.1.0
imports   lockgate:channel/host@0.1.0
          WASI 0.2 (1 interface): linked, but empty
          not offered: x:y/z
";
        assert_eq!(shown.layout(100, super::super::print::Colour::Never), expected);
    }
}
