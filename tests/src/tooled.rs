//! A home with a channel that has tools of its own, the guest `tools`, and a session that has been told of them.
//!
//! It calls none of them: a test says which, and what it expects.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::client::Seen;
use crate::guests::component;
use crate::home::Home;
use crate::home::component::{manifest_of, with_manifest};
use crate::serve::Serve;
use crate::wait::PATIENCE;

/// The channel's name.
pub const NAME: &str = "ci";

/// A new home with the guest, and a session that has its tools.
///
/// # Errors
/// If the guest was not built, `add` refuses, or the session is not told.
pub fn session() -> Result<(Home, Serve)> {
    let home = Home::new()?;
    add(&home, NAME, &component("tools")?)?;
    let serve = Serve::channel(&home)?;
    told(&serve, 1)?;
    ready(&home)?;
    Ok((home, serve))
}

/// Adds a component under this name.
///
/// # Errors
/// If `add` refuses.
pub fn add(home: &Home, name: &str, file: &Path) -> Result<()> {
    let file = file.to_str().context("a component's path is not text")?;
    let ran = home.add_shown(&["add", file, "--name", name, "--yes"])?;
    ensure!(ran.ok(), "add ended with {:?}:\n{}{}", ran.code, ran.stdout, ran.stderr);
    Ok(())
}

/// The guest with another manifest, in a file beside the home.
///
/// # Errors
/// If the guest was not built, or the file can't be written.
pub fn variant(home: &Home, change: impl Fn(&str) -> String) -> Result<PathBuf> {
    let guest = std::fs::read(component("tools")?).context("read the guest")?;
    let manifest = change(&manifest_of(&guest)?);
    let path = home.beside().join("variant.wasm");
    std::fs::write(&path, with_manifest(&guest, &manifest)?).context("write the variant")?;
    Ok(path)
}

/// Waits until the channel takes calls.
///
/// # Errors
/// If it does not in time.
pub fn ready(home: &Home) -> Result<()> {
    home.wait_status("it is ready", |status| {
        (status.channel(NAME)?.phase == "ready").then_some(())
    })
}

/// Waits until the client was told so often that its tools are others.
///
/// # Errors
/// If it was not in time.
pub fn told(serve: &Serve, times: usize) -> Result<()> {
    let what = format!("notice {times} of another list");
    let record = serve.client.record();
    record.wait(PATIENCE, &what, |seen| (changes(seen) >= times).then_some(()))
}

/// How often the client was told that.
#[must_use]
pub fn changes(seen: &Seen) -> usize {
    let changed = |line: &&Value| line["method"] == "notifications/tools/list_changed";
    seen.others.iter().filter(changed).count()
}
