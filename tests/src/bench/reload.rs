//! From a component that is written anew to the moment when it serves, in the house of a session that runs, under
//! `lockgate dev`: seen, looked at, kept, compiled, pinned, loaded, begun.

use std::time::Instant;

use anyhow::{Context, Result};

use super::report::{Report, Row, Verdict};
use super::spread::Spread;
use super::{Field, Settings};
use crate::home::component::{read_prebuilt, with_salt};
use crate::home::{Home, SECRET};
use crate::reload::{Watch, digest_of};
use crate::serve::Serve;
use crate::terminal::Terminal;

/// Saves in a round.
const SAVES: u32 = 20;
/// Saves before the first that counts.
const WARM_UP: u32 = 3;
/// Milliseconds from the save until it serves.
const MILLIS: f64 = 50.0;

/// Measures and adds the rows.
///
/// # Errors
/// If a server can't be started, or a component does not come to serve.
pub fn measure(settings: Settings, report: &mut Report) -> Result<()> {
    if settings.field != Field::Both {
        return Ok(());
    }
    let mut took = saves(settings.rounds as u32 * SAVES)?;
    took.sort_by(f64::total_cmp);
    let last = took.get(took.len() * 99 / 100).copied().context("no save")?;
    let median = Spread::of(took);
    report.rows.push(Row {
        name: "a component of `hello` saved to it serving, `lockgate dev`".to_owned(),
        unit: "ms",
        lockgate: median,
        node: None,
        target: format!("at most {MILLIS} ms"),
        reached: Verdict::of(median, |value| value <= MILLIS),
    });
    let name = "the same, 99 of 100 are faster than";
    report.inform(name, "ms", Spread::of(vec![last]), None);
    Ok(())
}

/// Milliseconds of each save, each of other bytes.
fn saves(count: u32) -> Result<Vec<f64>> {
    let home = Home::with_webhook("ci")?;
    let mut serve = Serve::spawn(&home, &["--channel"])?;
    serve.handshake()?;
    home.hook("ci")?;
    let bytes = read_prebuilt("hello")?;
    let file = home.beside().join("hello.wasm");
    std::fs::write(&file, &bytes).context("write the component")?;
    let path = file.to_str().context("a path that is no text")?;
    let mut terminal = Terminal::open(&home, &["dev", path])?;
    terminal.wait("from now on? [y/N]", 1)?;
    terminal.types("y")?;
    terminal.wait("key (Signing key):", 1)?;
    terminal.types(SECRET)?;
    terminal.wait("/help shows what can be typed", 1)?;
    let mut watch = Watch::of(&home, "dev-hello")?;
    let mut took = Vec::new();
    for salt in 0..count + WARM_UP {
        let built = with_salt(&bytes, salt);
        let new = file.with_extension("new");
        std::fs::write(&new, &built).context("write the component")?;
        let digest = digest_of(&built);
        let begun = Instant::now();
        std::fs::rename(&new, &file).context("put the component in its place")?;
        watch.wait_serving(&digest)?;
        if salt >= WARM_UP {
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    terminal.interrupts()?;
    terminal.ends()?;
    Ok(took)
}
