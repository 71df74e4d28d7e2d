//! What the disk under the homes costs: one append of 4 KiB and its `fdatasync`.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

/// Bytes of an append: about what a journal writes for an event.
const APPEND: usize = 4 << 10;

/// Milliseconds of each of `count` appends to a new file in `folder`, which is removed again.
///
/// # Errors
/// If the folder can't be written.
pub fn appends(folder: &Path, count: usize) -> Result<Vec<f64>> {
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path).with_context(|| format!("create {}", path.display()))?;
    let block = [0x5a; APPEND];
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        file.write_all(&block).context("append")?;
        file.sync_data().context("fdatasync")?;
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(&path).context("remove the probe")?;
    Ok(took)
}
