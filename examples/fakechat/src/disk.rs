//! The call's folders. Outside a component (in the tests) a folder of the running thread stands in for each.

use std::fs;
use std::io::Result;
use std::path::PathBuf;

/// Writes a new file; answers its length.
pub fn write(path: &str, bytes: &[u8]) -> Result<u64> {
    fs::write(real(path), bytes)?;
    Ok(bytes.len() as u64)
}

/// Copies a file; answers its length.
pub fn copy(from: &str, to: &str) -> Result<u64> {
    fs::copy(real(from), real(to))
}

/// Takes a file away; one that is not there is no error.
pub fn remove(path: &str) {
    let _ = fs::remove_file(real(path));
}

/// The names in `/data`.
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(real("/data")).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

#[cfg(target_arch = "wasm32")]
fn real(path: &str) -> PathBuf {
    path.into()
}

/// Where a path of the call's stands in the tests.
#[cfg(not(target_arch = "wasm32"))]
pub fn real(path: &str) -> PathBuf {
    thread_local! {
        static ROOT: PathBuf = {
            let name = format!("fakechat-{}-{:?}", std::process::id(), std::thread::current().id());
            let root = std::env::temp_dir().join(name);
            for folder in ["inbox", "outbox", "data"] {
                let _ = fs::create_dir_all(root.join(folder));
            }
            root
        };
    }
    ROOT.with(|root| root.join(path.trim_start_matches('/')))
}
