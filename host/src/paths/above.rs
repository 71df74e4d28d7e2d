//! The folders above ours. Who can write into one of them can put something else in the place of what is below it, so each
//! must be the system's or the operator's own, and closed to others, or sticky. Links on the way are followed here, one by
//! one, and looked at in the same way.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::{PathsError, unusable};
use crate::limits;

/// Others may only remove and rename what is their own.
const STICKY: u32 = 0o1000;

/// What is wrong with a folder or a link on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// Neither the system's nor ours.
    Foreign,
    /// Others can put something else there.
    Writable,
}

/// As far as it matters who can change what a name stands for.
#[derive(Debug, Clone, Copy)]
struct About {
    owner: u32,
    group: u32,
    mode: u32,
    is_link: bool,
}

impl About {
    fn of(meta: &Metadata) -> Self {
        Self {
            owner: meta.uid(),
            group: meta.gid(),
            mode: meta.mode() & 0o7777,
            is_link: meta.is_symlink(),
        }
    }

    /// `me`: whose files these are. The mode of a link means nothing: it stands in a folder that was looked at.
    fn flaw(self, me: u32) -> Option<Flaw> {
        let Self {
            owner, mode, is_link, ..
        } = self;
        if owner != 0 && owner != me {
            return Some(Flaw::Foreign);
        }
        let open = self.is_open(me) && mode & STICKY == 0;
        (open && !is_link).then_some(Flaw::Writable)
    }

    /// Whether others can put something new there, sticky or not.
    fn is_open(self, me: u32) -> bool {
        // Where each user has a group of his own, it has his number, and it is nobody else's.
        let others = if self.group == me && me != 0 { 0o002 } else { 0o022 };
        self.mode & others != 0
    }
}

/// Looks at everything above `path`, which need not be there, and at every link on the way to it.
///
/// # Errors
/// Somebody else could put another folder in its place.
pub(super) fn check(path: &Path) -> Result<(), PathsError> {
    let me = rustix::process::geteuid().as_raw();
    let mut rest: VecDeque<OsString> = parts(path);
    let (mut at, mut links) = (PathBuf::from("/"), 0);
    look(&at, me)?;
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&part);
        let meta = match next.symlink_metadata() {
            Ok(meta) => meta,
            // What is not there yet is made by us.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(unusable(&next, source)),
        };
        if meta.is_symlink() {
            judge(&next, About::of(&meta), me)?;
            links += 1;
            let target = std::fs::read_link(&next).map_err(|source| unusable(&next, source))?;
            if links > limits::PATH_LINKS {
                return Err(unusable(path, rustix::io::Errno::LOOP.into()));
            }
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            let further = std::mem::take(&mut rest);
            rest = parts(&target);
            rest.extend(further);
            continue;
        }
        // The folder itself is looked at by whoever opens it, and more strictly.
        if !rest.is_empty() {
            judge(&next, About::of(&meta), me)?;
        }
        at = next;
    }
    Ok(())
}

/// Whether nobody else can put anything into this folder, or another one in its place. Sticky is not enough: where others may
/// make what is not there yet, a name that is looked for can be theirs.
pub fn is_closed(folder: &Path) -> bool {
    let me = rustix::process::geteuid().as_raw();
    let closed = |meta: Metadata| {
        let about = About::of(&meta);
        about.flaw(me).is_none() && !about.is_open(me)
    };
    check(folder).is_ok() && folder.metadata().is_ok_and(closed)
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(part) => Some(part.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(part).collect()
}

fn look(path: &Path, me: u32) -> Result<(), PathsError> {
    let meta = path.symlink_metadata().map_err(|source| unusable(path, source))?;
    judge(path, About::of(&meta), me)
}

fn judge(path: &Path, about: About, me: u32) -> Result<(), PathsError> {
    let path = path.to_owned();
    match about.flaw(me) {
        None => Ok(()),
        Some(Flaw::Foreign) => Err(PathsError::ForeignAbove {
            path,
            owner: about.owner,
        }),
        Some(Flaw::Writable) => Err(PathsError::WritableAbove { path, mode: about.mode }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs::{Permissions, create_dir, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::Home;
    use super::*;

    const ME: u32 = 1_000;

    #[track_caller]
    fn judged(owner: u32, group: u32, mode: u32, expected: Option<Flaw>) {
        let about = |is_link| About {
            owner,
            group,
            mode,
            is_link,
        };
        assert_eq!(about(false).flaw(ME), expected, "{owner} {group} {mode:o}");
        // A link can be trusted as its owner can.
        let of_link = expected.filter(|flaw| *flaw == Flaw::Foreign);
        assert_eq!(about(true).flaw(ME), of_link);
    }

    #[test]
    fn a_folder_is_the_systems_or_ours_and_closed() {
        judged(0, 0, 0o755, None);
        judged(ME, ME, 0o700, None);
        judged(0, 0, 0o1777, None);
        judged(ME, 50, 0o1770, None);
        judged(0, 0, 0o777, Some(Flaw::Writable));
        judged(ME, 50, 0o775, Some(Flaw::Writable));
        judged(0, 0, 0o775, Some(Flaw::Writable));
        // A group of one's own.
        judged(ME, ME, 0o775, None);
        judged(ME, ME, 0o777, Some(Flaw::Writable));
        judged(7, ME, 0o755, Some(Flaw::Foreign));
        judged(7, 7, 0o1777, Some(Flaw::Foreign));
        let root = About {
            owner: 0,
            group: 0,
            mode: 0o775,
            is_link: false,
        };
        assert_eq!(root.flaw(0), Some(Flaw::Writable), "root's group has others in it");
    }

    /// What `open_state` says of a home below a folder of this mode, reached by `through`.
    fn opened(mode: u32, through: impl FnOnce(&Path) -> PathBuf) -> Result<(), PathsError> {
        let dir = tempfile::tempdir().unwrap();
        let above = dir.path().join("above");
        create_dir(&above).unwrap();
        set_permissions(&above, Permissions::from_mode(mode)).unwrap();
        let home = Home::find(Some(&through(dir.path())), &|_| None).unwrap();
        home.open_state(None).map(drop)
    }

    #[test]
    fn a_home_that_others_could_put_away_is_refused() {
        let below = |dir: &Path| dir.join("above/a/home");
        assert!(opened(0o755, below).is_ok());
        assert!(opened(0o1777, below).is_ok());
        let refusal = opened(0o777, below).unwrap_err();
        assert!(
            matches!(refusal, PathsError::WritableAbove { mode: 0o777, .. }),
            "{refusal}"
        );
        assert!(refusal.to_string().contains("run: chmod go-w /"), "{refusal}");
    }

    #[test]
    fn a_sticky_folder_is_not_closed_and_what_is_ours_below_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let check = |mode: u32, above: bool, below: bool| {
            let folder = dir.path().join(format!("{mode:o}"));
            create_dir(&folder).unwrap();
            create_dir(folder.join("ours")).unwrap();
            set_permissions(&folder, Permissions::from_mode(mode)).unwrap();
            symlink(&folder, dir.path().join(format!("to-{mode:o}"))).unwrap();
            assert_eq!(is_closed(&folder), above, "{mode:o}");
            assert_eq!(is_closed(&dir.path().join(format!("to-{mode:o}"))), above, "{mode:o}");
            assert_eq!(is_closed(&folder.join("ours")), below, "{mode:o}");
        };
        check(0o755, true, true);
        check(0o1777, false, true);
        check(0o777, false, false);
        assert!(!is_closed(&dir.path().join("absent")));
    }

    #[test]
    fn what_a_link_leads_to_is_looked_at_too() {
        let link = |dir: &Path| {
            create_dir(dir.join("fine")).unwrap();
            symlink("../above/b", dir.join("fine/link")).unwrap();
            create_dir(dir.join("above/b")).unwrap();
            dir.join("fine/link")
        };
        assert!(opened(0o755, link).is_ok());
        assert!(matches!(opened(0o777, link), Err(PathsError::WritableAbove { .. })));
        let round = |dir: &Path| {
            symlink("b", dir.join("a")).unwrap();
            symlink("a", dir.join("b")).unwrap();
            dir.join("a/home")
        };
        assert!(matches!(opened(0o755, round), Err(PathsError::Unusable { .. })));
    }
}
