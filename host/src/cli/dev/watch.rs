//! When something changes: the sources of a project, without what its build and its author's tools leave, or one file. What
//! changed is not said, because a build looks at all of it.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::Context;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::News;
use super::source::Source;
use crate::components::MANIFEST_FILE;
use crate::workshop::sources::is_written_by_hand;

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// More may follow.
    Begun,
    /// The one file that is looked at was closed by who wrote it, or was put in its place whole.
    Done,
}

/// How long it has to be quiet before a build begins: editors and compilers write a file in several steps, and several files.
const QUIET: Duration = Duration::from_millis(30);
/// How long that is waited for, however much is written.
const LONGEST: Duration = Duration::from_millis(500);
/// What fails.
const DOING: &str = "can't watch for changes; does the system allow more watches?";

impl Source {
    /// Tells of changes until what is given back is dropped.
    ///
    /// # Errors
    /// The system watches no more.
    pub fn watch(&self, tell: Sender<News>) -> anyhow::Result<RecommendedWatcher> {
        let source = self.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let step = event.ok().and_then(|event| {
                let is_mine = event.paths.iter().any(|path| source.is_mine(path));
                is_mine.then(|| source.step(event.kind)).flatten()
            });
            if let Some(step) = step {
                // Who listens is gone only with this process.
                let _ = tell.send(News::Changed(step));
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

    /// What this says of what is looked at, if it is no mere reading. Where the system does not tell who closed a file, all
    /// that is known is that it was begun.
    fn step(&self, kind: EventKind) -> Option<Step> {
        let is_one_file = matches!(self, Self::Component(_));
        match kind {
            // Both ends of a move, of which each was told before: a second build would follow the first at once.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if is_one_file => None,
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Modify(ModifyKind::Name(_))
                if is_one_file =>
            {
                Some(Step::Done)
            }
            EventKind::Access(_) => None,
            _ => Some(Step::Begun),
        }
    }

    fn is_mine(&self, path: &Path) -> bool {
        match self {
            Self::Component(file) => path == file || path == file.with_file_name(MANIFEST_FILE),
            Self::Project(folder) => path.strip_prefix(folder).is_ok_and(is_written_by_hand),
        }
    }
}

impl Step {
    /// How long it has to be quiet after this.
    fn quiet(self) -> Duration {
        match self {
            Self::Begun => QUIET,
            Self::Done => Duration::ZERO,
        }
    }
}

/// Waits until the change is done or it is quiet; what else is told meanwhile.
pub(super) fn settle(first: Step, news: &Receiver<News>) -> Vec<News> {
    let (mut last, mut others, end) = (first, Vec::new(), Instant::now() + LONGEST);
    while Instant::now() < end {
        match news.recv_timeout(last.quiet()) {
            Ok(News::Changed(step)) => last = step,
            Ok(other) => others.push(other),
            Err(_) => break,
        }
    }
    others
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use notify::event::{CreateKind, DataChange, RemoveKind};

    use super::*;

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
            assert!(matches!(news.recv_timeout(patience), Ok(News::Changed(Step::Begun))));
            settle(Step::Begun, &news);
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
        let Ok(News::Changed(step)) = news.recv_timeout(patience) else {
            panic!("nothing was seen");
        };
        assert!(settle(step, &news).is_empty());
    }

    #[test]
    fn a_component_is_waited_for_until_its_writer_has_closed_it() {
        #[track_caller]
        fn check(kind: EventKind, component: Option<Step>, project: Option<Step>) {
            let path = std::path::PathBuf::from("/x");
            assert_eq!(Source::Component(path.clone()).step(kind), component, "{kind:?}");
            assert_eq!(Source::Project(path).step(kind), project, "{kind:?}");
        }
        let (begun, done) = (Some(Step::Begun), Some(Step::Done));
        let closed = |mode| EventKind::Access(AccessKind::Close(mode));
        check(closed(AccessMode::Write), done, None);
        check(closed(AccessMode::Read), None, None);
        check(EventKind::Access(AccessKind::Open(AccessMode::Any)), None, None);
        check(EventKind::Modify(ModifyKind::Name(RenameMode::To)), done, begun);
        check(EventKind::Modify(ModifyKind::Name(RenameMode::Both)), None, begun);
        check(EventKind::Modify(ModifyKind::Data(DataChange::Any)), begun, begun);
        // A link to a whole file looks like one that was opened to be written.
        check(EventKind::Create(CreateKind::File), begun, begun);
        check(EventKind::Remove(RemoveKind::File), begun, begun);
    }

    #[test]
    fn a_change_that_is_done_is_not_waited_for_and_all_that_is_told_is_taken() {
        assert_eq!((Step::Begun.quiet(), Step::Done.quiet()), (QUIET, Duration::ZERO));
        let (tell, news) = std::sync::mpsc::channel();
        for step in [Step::Done, Step::Begun, Step::Done] {
            tell.send(News::Changed(step)).unwrap();
        }
        assert!(settle(Step::Done, &news).is_empty());
        assert!(news.try_recv().is_err());
    }
}
