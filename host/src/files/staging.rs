//! Files that the model wants to send: from the channel's outbox, or from a folder that the operator named, into a call's
//! folder. The rules are the same for both.

use std::path::{Component, Path, PathBuf};

use super::open::{self, Identity};
use super::{FilesError, Scratch, copy, shown};
use crate::limits;
use crate::paths::StateDir;

/// From where a channel may send files.
///
/// # Authority
/// The operator names the roots in lockgate.toml. Whatever they are, the state folder, the folder of the operator's files
/// and names that begin with a dot are out of reach.
#[derive(Debug, Clone)]
pub struct SendRoots {
    outbox: PathBuf,
    roots: Vec<PathBuf>,
    own: [PathBuf; 2],
}

impl SendRoots {
    /// `outbox`: the channel's own folder. `config`: the folder of the operator's files.
    pub fn new(outbox: &Path, roots: &[PathBuf], state: &StateDir, config: &Path) -> Self {
        Self {
            outbox: outbox.to_owned(),
            roots: roots.to_vec(),
            own: [state.path().to_owned(), config.to_owned()],
        }
    }

    /// Copies a file of at most `most` bytes into a call's folder and answers its name there. `name` is a path in the
    /// outbox, or an absolute one below a root. Blocks.
    ///
    /// # Errors
    /// Which rule it breaks, and what to do.
    pub fn stage(&self, name: &str, into: &Scratch, most: u64) -> Result<String, FilesError> {
        let path = Path::new(name);
        let most = most.min(limits::FILE_BYTES);
        // The whole path of a file in the outbox names it as well.
        let (mut file, bytes) = match path.strip_prefix(&self.outbox) {
            Ok(below) => self.in_outbox(name, &parts(name, below)?)?,
            Err(_) if path.is_absolute() => self.below_root(name, path)?,
            Err(_) => self.in_outbox(name, &parts(name, path)?)?,
        };
        if bytes > most {
            let name = shown(name);
            return Err(FilesError::TooLarge { name, most });
        }
        let sent_as = free_name(into, path);
        copy(&mut file, &into.path().join(&sent_as), most, &shown(name))?;
        Ok(sent_as)
    }

    /// From the state folder on, so that no link in the place of the outbox is followed either.
    fn in_outbox(&self, name: &str, parts: &[&str]) -> Result<(std::fs::File, u64), FilesError> {
        let [state, _] = &self.own;
        let below = self.outbox.strip_prefix(state).ok().and_then(Path::to_str);
        let below = below.ok_or_else(|| FilesError::OwnFolder { name: shown(name) })?;
        let whole: Vec<&str> = below.split('/').chain(parts.iter().copied()).collect();
        open::regular(state, &whole, &shown(name), &mut |_| Ok(()))
    }

    fn below_root(&self, name: &str, path: &Path) -> Result<(std::fs::File, u64), FilesError> {
        let not_below = || FilesError::NotBelowRoot {
            name: shown(name),
            outbox: self.outbox.clone(),
        };
        // The longest root first, so that nested roots are no matter of order.
        let fitting = self.roots.iter().filter(|root| path.starts_with(root));
        let root = fitting
            .max_by_key(|root| root.as_os_str().len())
            .ok_or_else(not_below)?;
        let parts = parts(name, path.strip_prefix(root).map_err(|_| not_below())?)?;
        let own = || FilesError::OwnFolder { name: shown(name) };
        // The operator's root may be a link; what is below it may not.
        let real = root.canonicalize().map_err(|source| FilesError::Unopened {
            name: shown(name),
            source,
        })?;
        // A link in the place of a root could make it everything.
        if real.parent().is_none() {
            return Err(not_below());
        }
        let canonical = self
            .own
            .iter()
            .map(|own| own.canonicalize().unwrap_or_else(|_| own.clone()));
        if canonical.into_iter().any(|folder| real.starts_with(folder)) {
            return Err(own());
        }
        // By what they are and not by what they are called: a disk may see two names as one.
        let forbidden: Vec<Identity> = self.own.iter().flat_map(|own| open::folder_identity(own)).collect();
        let mut pass = |folder| {
            if forbidden.contains(&folder) {
                Err(own())
            } else {
                Ok(())
            }
        };
        open::regular(&real, &parts, &shown(name), &mut pass)
    }
}

/// The parts of a path that leads only downwards, none of them hidden.
fn parts<'a>(name: &str, path: &'a Path) -> Result<Vec<&'a str>, FilesError> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().unwrap_or(".")),
            // `a/../b` begins with a dot, too.
            _ => parts.push(".."),
        }
    }
    if parts.is_empty() || parts.iter().any(|part| part.starts_with('.')) {
        return Err(FilesError::Hidden { name: shown(name) });
    }
    Ok(parts)
}

/// The file's own name, made harmless and free in the folder: the receivers see it.
fn free_name(into: &Scratch, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name = name.replace(odd, "_");
    let start = name.len().saturating_sub(limits::FILE_NAME_BYTES);
    // The end has the extension.
    let name = &name[name.ceil_char_boundary(start)..];
    let taken = |name: &str| into.path().join(name).symlink_metadata().is_ok();
    if !taken(name) {
        return name.to_owned();
    }
    let numbered = (2..).map(|nth: u32| format!("{nth}-{name}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}
