//! What of a project is its author's, and whether any of it was changed since its component was built. Reads names and times;
//! opens no source.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use super::{BuildError, Project, WORK, write};
use crate::limits;
use crate::model::Digest;

/// Folders that no author writes in.
const LEFT: [&str; 4] = ["target", "node_modules", "__pycache__", "zig-out"];
/// Says of which component the sources were last built, and by its time since when they are looked at. A build that makes the same
/// bytes again leaves the component's own time as it is.
const MARK: &str = "built";

/// Whether this path below a project may be its author's.
pub fn is_written_by_hand(below: &Path) -> bool {
    !below.components().any(|part| match part {
        Component::Normal(name) => name
            .to_str()
            .is_none_or(|name| name.starts_with('.') || name.ends_with('~') || LEFT.contains(&name)),
        _ => false,
    })
}

/// The project that a component stands in, where its build writes it.
pub fn project_of(component: &Path) -> Option<Project> {
    let component = component.canonicalize().ok()?;
    let work = component.parent().filter(|folder| folder.ends_with(WORK))?;
    let project = Project::open(work.parent()?).ok()?;
    (project.component() == component).then_some(project)
}

/// Notes that this component was made of the sources as they were then.
pub(super) fn note(project: &Project, digest: &Digest, begun: SystemTime) -> Result<(), BuildError> {
    let path = project.folder.join(WORK).join(MARK);
    write(&path, digest.to_string().as_bytes())?;
    let set = File::options().write(true).open(&path);
    set.and_then(|file| file.set_modified(begun))
        .map_err(|source| BuildError::Write { path, source })
}

/// The author's file that was changed last, by its path in the project, if that was after this component was built.
pub fn changed_since(project: &Project, digest: &Digest) -> Option<PathBuf> {
    let built = built(project, digest)?;
    let last = last_changed(&project.folder)?;
    (last.0 > built).then_some(last.1)
}

/// When the build began that made it; of one that somebody else put there, when that was.
fn built(project: &Project, digest: &Digest) -> Option<SystemTime> {
    let mark = project.folder.join(WORK).join(MARK);
    let words = digest.to_string();
    let is_ours = super::ours::says(&mark, &words);
    let path = if is_ours { mark } else { project.component() };
    fs::metadata(path).ok()?.modified().ok()
}

/// Of all that an author may have written, without what tells people about it, the last. Links are not followed.
fn last_changed(folder: &Path) -> Option<(SystemTime, PathBuf)> {
    let (mut last, mut folders, mut left): (Option<(SystemTime, PathBuf)>, _, _) =
        (None, vec![folder.to_owned()], limits::SOURCES_LOOKED_AT);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            left = left.checked_sub(1)?;
            let path = entry.path();
            // All of them stand below it.
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let Some(about) = entry.metadata().ok().filter(|_| is_written_by_hand(below)) else {
                continue;
            };
            let time = about
                .modified()
                .ok()
                .filter(|_| about.is_file() && !is_for_people(below));
            if about.is_dir() {
                folders.push(path);
            } else if let Some(time) = time.filter(|time| last.as_ref().is_none_or(|last| last.0 < *time)) {
                last = Some((time, below.to_owned()));
            }
        }
    }
    last
}

/// Nothing of these gets into a component.
fn is_for_people(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "md")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MANIFEST: &str = "[channel]\nname = \"w\"\nversion = \"1\"\nsummary = \"s\"\n[source]\n";

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

    /// A project that was built at this time, and the digest of what was.
    fn built_at(time: SystemTime) -> (tempfile::TempDir, Project, Digest) {
        let top = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| write(&top.path().join(path), text.as_bytes()).unwrap();
        put("channel.toml", MANIFEST);
        put("go.mod", "");
        put("src/deep/a.go", "");
        put(".lockgate/w.wasm", "component");
        let project = Project::open(top.path()).unwrap();
        let digest = Digest::of(b"component");
        for path in ["channel.toml", "go.mod", "src/deep/a.go", ".lockgate/w.wasm"] {
            set(&project, path, time - Duration::from_secs(60));
        }
        note(&project, &digest, time).unwrap();
        (top, project, digest)
    }

    fn set(project: &Project, path: &str, time: SystemTime) {
        let path = project.folder.join(path);
        write(&path, &fs::read(&path).unwrap_or_default()).unwrap();
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    }

    #[test]
    fn a_component_that_is_older_than_a_source_is_told_with_the_source() {
        let time = SystemTime::now() - Duration::from_secs(600);
        let later = time + Duration::from_secs(1);
        #[track_caller]
        fn check(time: SystemTime, path: &str, at: SystemTime, expected: Option<&str>) {
            let (_top, project, digest) = built_at(time);
            assert_eq!(changed_since(&project, &digest), None);
            set(&project, path, at);
            let found = changed_since(&project, &digest);
            assert_eq!(found.as_deref(), expected.map(Path::new), "{path}");
        }
        check(time, "src/deep/a.go", later, Some("src/deep/a.go"));
        check(time, "channel.toml", later, Some("channel.toml"));
        check(time, "src/deep/a.go", time, None);
        for left in [
            "README.md",
            ".lockgate/sdk/x",
            "node_modules/x/index.js",
            "src/.a.go.swp",
        ] {
            check(time, left, later, None);
        }
    }

    #[test]
    fn a_build_that_made_the_same_bytes_again_counts_and_another_one_s_mark_does_not() {
        let time = SystemTime::now() - Duration::from_secs(600);
        let (_top, project, digest) = built_at(time);
        set(&project, "src/deep/a.go", time + Duration::from_secs(1));
        note(&project, &digest, time + Duration::from_secs(2)).unwrap();
        assert_eq!(changed_since(&project, &digest), None);
        // Another component lies there than the one that the mark is of: its own time counts.
        let other = Digest::of(b"other");
        assert_eq!(changed_since(&project, &other), Some("src/deep/a.go".into()));
    }

    #[test]
    fn a_component_s_project_is_the_one_that_writes_it_there() {
        let (top, project, _) = built_at(SystemTime::now());
        let found = |path: &str| project_of(&top.path().join(path)).map(|project| project.folder);
        assert_eq!(found(".lockgate/w.wasm"), Some(project.folder.clone()));
        write(&top.path().join("w.wasm"), b"x").unwrap();
        write(&top.path().join(".lockgate/other.wasm"), b"x").unwrap();
        for path in ["w.wasm", ".lockgate/other.wasm", ".lockgate/nothing.wasm"] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn of_very_many_files_nothing_is_said() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("a"), b"").unwrap();
        assert!(last_changed(folder.path()).is_some());
        for nth in 0..limits::SOURCES_LOOKED_AT {
            File::create(folder.path().join(nth.to_string())).unwrap();
        }
        assert!(last_changed(folder.path()).is_none());
    }
}
