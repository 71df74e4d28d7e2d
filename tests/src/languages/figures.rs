//! What a language costs: the same small channel in each, its size, its first compilation, and one call in the sandbox.

use std::time::Instant;

use anyhow::{Context, Result};
use lockgate::sandbox::{Allocation, Folders};

use super::scaffold::{LANGS, made, workplace};
use crate::room::{Room, post};

/// Calls that are timed.
const CALLS: usize = 300;
/// Calls before it counts.
const WARM_UP: usize = 30;

/// The costs of one language.
#[derive(Debug, Clone)]
pub struct Figures {
    /// As `lockgate build` calls it.
    pub language: String,
    /// Bytes of the component.
    pub size: u64,
    /// Seconds of the compilation to machine code, which is done once.
    pub compile: f64,
    /// Microseconds of one call in a new instance, with a read and a write of the store: the median.
    pub call: f64,
}

/// Makes the channel in this language, and measures it.
///
/// # Errors
/// It can't be built, compiled or called.
pub fn measure(lang: &str) -> Result<Figures> {
    let project = workplace(&format!("hello-in-{lang}"))?;
    made(lang, "webhook", &project)?;
    let built = super::build(&project)?;
    let bytes = std::fs::read(&built.path).with_context(|| format!("read {}", built.path.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (compile, call) = runtime.context("start a runtime")?.block_on(costs(bytes))?;
    Ok(Figures {
        language: built.language,
        size: built.size,
        compile,
        call,
    })
}

async fn costs(bytes: Vec<u8>) -> Result<(f64, f64)> {
    let room = Room::new(Allocation::Pooling)?;
    let begun = Instant::now();
    let examined = room.compile(bytes).await?;
    let compile = begun.elapsed().as_secs_f64();
    let prepared = room.load(&examined)?;
    let channel = room.channel("hello", &[])?;
    let mut calls = Vec::new();
    for _ in 0..WARM_UP + CALLS {
        let begun = Instant::now();
        let called = prepared
            .receive(&channel, post("/", "good morning"), &Folders::default())
            .await;
        called.context("call it")?;
        calls.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let mut calls = calls.split_off(WARM_UP);
    calls.sort_by(f64::total_cmp);
    Ok((compile, calls[CALLS / 2]))
}

/// The table of these languages, or of all, as README has it.
///
/// # Errors
/// As [`measure`].
pub fn table(langs: &[String]) -> Result<String> {
    let all = || LANGS.map(str::to_owned).to_vec();
    let langs = if langs.is_empty() { all() } else { langs.to_vec() };
    let mut text = String::from("| language | component | first compile | one call |\n|---|---:|---:|---:|\n");
    for lang in langs {
        text.push_str(&row(&measure(&lang).with_context(|| lang.clone())?));
    }
    Ok(text)
}

fn row(figures: &Figures) -> String {
    let size = match figures.size {
        0..1_000_000 => format!("{} KB", figures.size.div_ceil(1_000)),
        size => format!("{:.1} MB", size as f64 / 1e6),
    };
    let compile = match figures.compile {
        ..1.0 => format!("{:.0} ms", figures.compile * 1e3),
        seconds => format!("{seconds:.1} s"),
    };
    let call = match figures.call {
        ..1_000.0 => format!("{:.0} µs", figures.call),
        micros => format!("{:.1} ms", micros / 1e3),
    };
    format!("| {} | {size} | {compile} | {call} |\n", figures.language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_for_people() {
        let figures = |size, compile, call| Figures {
            language: "C".into(),
            size,
            compile,
            call,
        };
        assert_eq!(row(&figures(51_200, 0.0391, 44.4)), "| C | 52 KB | 39 ms | 44 µs |\n");
        assert_eq!(
            row(&figures(18_400_000, 7.04, 1_250.0)),
            "| C | 18.4 MB | 7.0 s | 1.2 ms |\n"
        );
    }
}
