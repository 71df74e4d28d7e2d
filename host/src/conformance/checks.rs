//! What a check answers, and the checks that need no call: what the component says of itself.

use super::stage::Stage;
use crate::component::CONTRACT;
use crate::components::Examined;
use crate::limits;

/// What a check found, or what is wrong and how to mend it.
pub type Checked = Result<Held, String>;

/// Nothing is wrong.
pub enum Held {
    /// It was tried.
    Well(String),
    /// There was nothing to try.
    Absent(String),
}

/// It was tried, and held.
pub fn held(why: impl Into<String>) -> Checked {
    Ok(Held::Well(why.into()))
}

/// There was nothing to try.
pub fn absent(why: impl Into<String>) -> Checked {
    Ok(Held::Absent(why.into()))
}

/// What came here has been examined, compiled and linked: this says what that came to.
pub fn contract(examined: &Examined, stage: &Stage) -> Checked {
    let named: Vec<_> = examined
        .manifest
        .interfaces()
        .into_iter()
        .map(|interface| interface.as_str())
        .collect();
    if named.is_empty() {
        return Err(
            "it exports nothing that can be called; export an interface, and name it in channel.toml".to_owned(),
        );
    }
    let imports = examined.inspection.imports.len();
    let granted = stage.grant().http().len();
    let rules = if granted == 1 { "rule" } else { "rules" };
    held(format!(
        "{CONTRACT}; exports {} as channel.toml says; all of its {imports} imports are known; {granted} {rules} for http",
        named.join(", ")
    ))
}

/// A component that is near its bound can't grow any more.
pub fn size(examined: &Examined) -> Checked {
    let (found, most) = (examined.bytes.len(), limits::COMPONENT_BYTES);
    if found > most / 10 * 9 {
        return Err(format!(
            "{found} bytes of at most {most}: too near the bound; build it smaller (strip, opt-level = \"s\")"
        ));
    }
    let size = match found {
        0..1_048_576 => format!("{} KiB", found.div_ceil(1_024)),
        _ => format!("{:.1} MiB", found as f64 / 1_048_576.0),
    };
    held(format!("{size} of at most {} MiB", most >> 20))
}
