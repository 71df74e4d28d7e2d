//! When something changes: the sources of a project, without what its build and its author's tools leave, or one file. What
//! changed is not said, because a build looks at all of it.

use std::path::{Component, Path};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Context;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::News;
use super::source::Source;
use crate::components::MANIFEST_FILE;

/// How long it has to be quiet before a build begins: editors and compilers write a file in several steps.
const QUIET: Duration = Duration::from_millis(30);
/// How long that is waited for, however much is written.
const LONGEST: Duration = Duration::from_millis(500);
/// What fails.
const DOING: &str = "can't watch for changes; does the system allow more watches?";
/// Folders that no author writes in.
const LEFT: [&str; 4] = ["target", "node_modules", "__pycache__", "zig-out"];

impl Source {
    /// Tells of changes until what is given back is dropped.
    ///
    /// # Errors
    /// The system watches no more.
    pub fn watch(&self, tell: Sender<News>) -> anyhow::Result<RecommendedWatcher> {
        let source = self.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let is_change = event.is_ok_and(|event| {
                !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| source.is_mine(path))
            });
            if is_change {
                // Who listens is gone only with this process.
                let _ = tell.send(News::Changed);
            }
        })
        .context(DOING)?;
        self.look_at_all(&mut watcher)?;
        Ok(watcher)
    }

    /// Has all folders looked at that are there now; what is looked at already stays so.
    ///
    /// # Errors
    /// The system watches no more.
    pub fn look_at_all(&self, watcher: &mut RecommendedWatcher) -> anyhow::Result<()> {
        let top = self.top();
        watcher.watch(top, RecursiveMode::NonRecursive).context(DOING)?;
        if let Self::Project(_) = self {
            let below = std::fs::read_dir(top).with_context(|| format!("can't read {}", top.display()))?;
            let folders = below.flatten().map(|entry| entry.path());
            for folder in folders.filter(|path| path.is_dir() && self.is_mine(path)) {
                watcher.watch(&folder, RecursiveMode::Recursive).context(DOING)?;
            }
        }
        Ok(())
    }

    /// The folder that is watched: a file may be replaced by another, which only its folder sees.
    fn top(&self) -> &Path {
        match self {
            Self::Project(folder) => folder,
            Self::Component(file) => file.parent().unwrap_or(file),
        }
    }

    fn is_mine(&self, path: &Path) -> bool {
        match self {
            Self::Component(file) => path == file || path == file.with_file_name(MANIFEST_FILE),
            Self::Project(folder) => path.strip_prefix(folder).is_ok_and(is_written_by_hand),
        }
    }
}

/// Whether this path below a project may be its author's.
fn is_written_by_hand(below: &Path) -> bool {
    !below.components().any(|part| match part {
        Component::Normal(name) => name
            .to_str()
            .is_none_or(|name| name.starts_with('.') || name.ends_with('~') || LEFT.contains(&name)),
        _ => false,
    })
}

/// Waits until it is quiet; what else is told meanwhile.
pub(super) fn settle(news: &Receiver<News>) -> Vec<News> {
    let (mut others, end) = (Vec::new(), Instant::now() + LONGEST);
    while Instant::now() < end {
        match news.recv_timeout(QUIET) {
            Ok(News::Changed) => {}
            Ok(other) => others.push(other),
            Err(_) => break,
        }
    }
    others
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_leaves_builds_nothing() {
        #[track_caller]
        fn check(below: &str, expected: bool) {
            assert_eq!(is_written_by_hand(Path::new(below)), expected, "{below}");
        }
        check("", true);
        check("channel.toml", true);
        check("src/lib.rs", true);
        check("src/deep/a.py", true);
        check(".lockgate/sdk/lib.rs", false);
        check(".git/index", false);
        check("src/.lib.rs.swp", false);
        check("src/lib.rs~", false);
        check("target/release/x", false);
        check("web/node_modules/x/index.js", false);
        check("pkg/__pycache__/a.pyc", false);
    }

    #[test]
    fn folders_that_come_later_or_come_back_are_seen_from_the_next_look_on() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let write = |path: &str, text: &str| {
            std::fs::create_dir_all(top.join(path).parent().unwrap()).unwrap();
            std::fs::write(top.join(path), text).unwrap();
        };
        write("src/a.py", "1");
        let (tell, news) = std::sync::mpsc::channel();
        let source = Source::open(&top).unwrap();
        let mut watcher = source.watch(tell).unwrap();
        let changed = || {
            let patience = Duration::from_secs(10);
            assert!(matches!(news.recv_timeout(patience), Ok(News::Changed)));
            settle(&news);
        };
        std::fs::remove_dir_all(top.join("src")).unwrap();
        changed();
        for folder in ["src", "more"] {
            write(&format!("{folder}/a.py"), "2");
            changed();
            source.look_at_all(&mut watcher).unwrap();
            write(&format!("{folder}/a.py"), "3");
            changed();
        }
    }

    #[test]
    fn a_file_that_is_replaced_is_seen_and_what_stands_beside_it_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let file = top.join("w.wasm");
        std::fs::write(&file, "1").unwrap();
        let (tell, news) = std::sync::mpsc::channel();
        let _watch = Source::open(&file).unwrap().watch(tell).unwrap();
        std::fs::write(top.join("other"), "x").unwrap();
        std::fs::write(top.join("new"), "2").unwrap();
        std::fs::rename(top.join("new"), &file).unwrap();
        let patience = Duration::from_secs(10);
        assert!(matches!(news.recv_timeout(patience), Ok(News::Changed)));
        assert!(settle(&news).is_empty());
    }
}
