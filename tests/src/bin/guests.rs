//! Builds every guest from source, or checks that the committed components are what their sources give.
//! `build` writes `examples/prebuilt/`; `check` writes nothing there. Installs nothing.

use anyhow::{Context, Result, bail};
use lockgate_tests::guests::{self, Built, Guest, Kind, Prefer, Record, Toolchain};
use std::fs;
use std::process::ExitCode;

const USAGE: &str = "usage: guests build|check [NAME…]
  build   build the guests, and write the examples' components to examples/prebuilt/
  check   build the guests, and compare the examples' components with the committed ones";

fn main() -> ExitCode {
    if guests::is_wrapper() {
        return guests::run_rustc().unwrap_or_else(|error| failed(&error));
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((verb, names)) if verb == "build" => build(names),
        Some((verb, names)) if verb == "check" => check(names),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("guests: {error:#}");
    ExitCode::FAILURE
}

fn build(names: &[String]) -> Result<()> {
    let guests = chosen(names)?;
    let toolchain = Toolchain::find(Prefer::Debian, &guests::root())?;
    let mut record = Record::read()?;
    if record.rustc != toolchain.version && !names.is_empty() {
        bail!(
            "the committed components were built by {}; this is {}: build all",
            record.rustc,
            toolchain.version
        );
    }
    record.rustc.clone_from(&toolchain.version);
    for (guest, component) in guests::build(&toolchain, &guests)? {
        println!(
            "{:<10} {:>7} bytes  {}",
            guest.name,
            component.len(),
            guests::digest(&component)
        );
        if let Some(path) = guest.prebuilt() {
            let folder = path.parent().context("a component stands in a folder")?;
            fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
            fs::write(&path, &component).with_context(|| format!("write {}", path.display()))?;
            record.component.insert(guest.name.clone(), built(&guest, &component)?);
        }
    }
    let examples: Vec<String> = guests::all()?.into_iter().map(|guest| guest.name).collect();
    record.component.retain(|name, _| examples.contains(name));
    fs::write(Record::path(), record.to_text()?).with_context(|| format!("write {}", Record::path().display()))
}

fn check(names: &[String]) -> Result<()> {
    let guests = chosen(names)?;
    let toolchain = Toolchain::find(Prefer::Debian, &guests::root())?;
    let record = Record::read()?;
    let same = record.rustc == toolchain.version;
    if !same {
        println!("built by {}, but here is {}:", record.rustc, toolchain.version);
        println!("bytes can't be compared; sources, imports and exports are");
    }
    let mut wrong = 0;
    for (guest, component) in guests::build(&toolchain, &guests)? {
        let verdict = match guest.kind {
            Kind::Test => Ok("built"),
            Kind::Example if same => same_bytes(&guest, &component, &record),
            Kind::Example => same_shape(&guest, &component, &record),
        };
        match verdict {
            Ok(words) => println!("{:<10} {words}", guest.name),
            Err(error) => {
                println!("{:<10} {error:#}", guest.name);
                wrong += 1;
            }
        }
    }
    if wrong > 0 {
        bail!("{wrong} of the committed components are not what their sources give; run `guests -- build` and commit");
    }
    Ok(())
}

/// The guests of these names, or all.
fn chosen(names: &[String]) -> Result<Vec<Guest>> {
    let all = guests::all()?;
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|guest| guest.name == **name)) {
        let known: Vec<&str> = all.iter().map(|guest| guest.name.as_str()).collect();
        bail!("no guest {unknown}; there are {}", known.join(", "));
    }
    Ok(all
        .into_iter()
        .filter(|guest| names.is_empty() || names.contains(&guest.name))
        .collect())
}

fn built(guest: &Guest, component: &[u8]) -> Result<Built> {
    let sources = guests::sources_digest(guest, guests::RECIPE)?;
    Ok(Built {
        sources,
        digest: guests::digest(component),
        bytes: component.len(),
    })
}

/// The committed bytes of an example, which must be those of the record, and made of the sources that are here.
fn committed(guest: &Guest, record: &Record) -> Result<Vec<u8>> {
    let path = guest.prebuilt().context("only examples are committed")?;
    let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    let entry = record
        .component
        .get(&guest.name)
        .context("BUILT.toml does not name it")?;
    if guests::digest(&bytes) != entry.digest {
        bail!("the committed component is not the one that BUILT.toml names");
    }
    if guests::sources_digest(guest, guests::RECIPE)? != entry.sources {
        bail!("its sources have changed since it was built");
    }
    Ok(bytes)
}

fn same_bytes(guest: &Guest, component: &[u8], record: &Record) -> Result<&'static str> {
    let committed = committed(guest, record)?;
    if committed != component {
        let at = committed
            .iter()
            .zip(component)
            .take_while(|(one, other)| one == other)
            .count();
        bail!(
            "differs from byte {at} on ({} bytes committed, {} built)",
            committed.len(),
            component.len()
        );
    }
    Ok("the committed component is what its sources give, byte for byte")
}

fn same_shape(guest: &Guest, component: &[u8], record: &Record) -> Result<&'static str> {
    let (one, other) = (guests::shape(&committed(guest, record)?)?, guests::shape(component)?);
    if one != other {
        bail!("imports or exports differ: committed {one:?}, built {other:?}");
    }
    Ok("same sources, imports and exports")
}
