//! Where things stand: the operator's files and the state folder. Everything that is opened by an ambient path goes
//! through here; the state folder is checked before anybody writes into it.

mod above;
mod dev;
mod fault;
mod folders;
mod named;
mod owner;
mod private;
mod steps;
mod sweep;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;

pub use dev::DevLock;
pub use fault::PathsError;
pub use named::{NamedError, OffLimits, check_file, open_file, open_folder};
pub use owner::{Owner, OwnerLock, owner_in};
pub use private::{Written, write_private, write_private_if};
pub use steps::{Identity, Reached, StepError, follow, identity};

use crate::limits;
use crate::model::Digest;

/// The operator's files, each of which may be a link to where he keeps it.
const FILES: [&str; 4] = ["lockgate.toml", "lockgate.lock", "secrets.toml", "access.toml"];

/// The folders of one operator. Nothing is created by naming them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    config: PathBuf,
    state: PathBuf,
}

impl Home {
    /// Where the operator's files are: the flag, `LOCKGATE_HOME`, or the folders of the XDG base directory
    /// specification.
    ///
    /// # Errors
    /// None of them is known.
    pub fn find(flag: Option<&Path>, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, PathsError> {
        let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(home) = flag.map(Path::to_owned).or_else(|| set("LOCKGATE_HOME")) {
            let home = std::path::absolute(&home).unwrap_or(home);
            return Ok(Self {
                state: home.join("state"),
                config: home,
            });
        }
        let home = set("HOME");
        let under = |variable: &str, fallback: &str| {
            // The specification says to ignore a relative value.
            let base = set(variable).filter(|path| path.is_absolute());
            base.or_else(|| home.as_ref().map(|home| home.join(fallback)))
                .map(|base| base.join("lockgate"))
        };
        match (
            under("XDG_CONFIG_HOME", ".config"),
            under("XDG_STATE_HOME", ".local/state"),
        ) {
            (Some(config), Some(state)) => Ok(Self { config, state }),
            _ => Err(PathsError::NoHome),
        }
    }

    /// lockgate.toml: the operator's, by hand.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("lockgate.toml")
    }

    /// lockgate.lock: digests, by the program.
    pub fn lock_file(&self) -> PathBuf {
        self.config.join("lockgate.lock")
    }

    /// The folder of the operator's files as a handle: what is opened through it can't lead out of it.
    ///
    /// # Errors
    /// It can't be made or opened, or others can write into it.
    ///
    /// # Authority
    /// Opened by its ambient path, once, here.
    pub fn folder(&self) -> Result<Dir, PathsError> {
        self.open_config()?;
        Dir::open_ambient_dir(&self.config, cap_std::ambient_authority())
            .map_err(|source| unusable(&self.config, source))
    }

    /// The folder of these files.
    pub fn config_dir(&self) -> &Path {
        &self.config
    }

    /// The state folder's path, whether it is there or not.
    pub fn state_dir(&self) -> &Path {
        &self.state
    }

    /// The folders that no channel reaches, whatever it is given: those of lockgate and of the system.
    pub fn off_limits(&self) -> OffLimits {
        let files = FILES.map(|name| self.config.join(name));
        OffLimits::of(&[&self.config, &self.state]).and_files(&files)
    }

    /// Makes the folder of the operator's files, if need be, and checks it.
    ///
    /// # Errors
    /// It can't be made, or others can write into it.
    pub fn open_config(&self) -> Result<(), PathsError> {
        above::check(&self.config)?;
        make_private(&self.config)?;
        check(&self.config)
    }

    /// Makes the state folder, if need be, and checks it.
    ///
    /// # Errors
    /// It can't be made or written, is another user's, can be written by others, or it or the operator's files lie inside
    /// one of `roots`: folders in which a session writes.
    pub fn open_state<'a>(&self, roots: impl IntoIterator<Item = &'a Path>) -> Result<StateDir, PathsError> {
        self.open_config()?;
        above::check(&self.state)?;
        make_private(&self.state)?;
        let path = self
            .state
            .canonicalize()
            .map_err(|source| unusable(&self.state, source))?;
        check(&path)?;
        let config = self
            .config
            .canonicalize()
            .map_err(|source| unusable(&self.config, source))?;
        for root in roots.into_iter().filter_map(|root| root.canonicalize().ok()) {
            let inside = [&path, &config].into_iter().find(|path| path.starts_with(&root));
            // A client without a folder of its own works in the root, and nothing is outside of that.
            if let (Some(path), false) = (inside.cloned(), root == Path::new("/")) {
                return Err(PathsError::InsideProject { path, root });
            }
        }
        for folder in ["components", "compiled", "inbox", "outbox", "data", "scratch"] {
            let folder = path.join(folder);
            make_private(&folder)?;
            check(&folder)?;
        }
        Ok(StateDir { path })
    }
}

/// The state folder: made, checked, ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    path: PathBuf,
}

impl StateDir {
    /// The folder itself, canonical.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal's SQLite file.
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.sqlite")
    }

    /// A component's bytes, by digest.
    pub fn component(&self, digest: &Digest) -> PathBuf {
        self.path.join("components").join(format!("{}.wasm", digest.hex()))
    }

    /// A component's compiled code, by digest and engine.
    pub fn compiled(&self, digest: &Digest, engine: &str) -> PathBuf {
        self.path
            .join("compiled")
            .join(format!("{}-{engine}.cwasm", digest.hex()))
    }

    /// Where the owner's control socket is. The system bounds the length of a socket's path, so a deep state folder has
    /// it in a folder of ours for runtime files.
    ///
    /// # Errors
    /// That folder can't be made, or is not ours alone.
    pub fn socket(&self) -> Result<PathBuf, PathsError> {
        let here = self.path.join("host.sock");
        if here.as_os_str().len() <= limits::SOCKET_PATH_BYTES {
            return Ok(here);
        }
        let base = std::env::temp_dir().join(format!("lockgate-{}", rustix::process::geteuid().as_raw()));
        let name = Digest::of(self.path.as_os_str().as_encoded_bytes()).hex();
        private_folder(&base)?;
        Ok(base.join(format!("{}.sock", &name[..16])))
    }
}

fn unusable(path: &Path, source: io::Error) -> PathsError {
    PathsError::Unusable {
        path: path.to_owned(),
        source,
    }
}

fn make_private(path: &Path) -> Result<(), PathsError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| unusable(path, source))
}

/// Makes a folder of ours where others can write. What is there already may be a link of theirs, which is not followed.
fn private_folder(path: &Path) -> Result<(), PathsError> {
    if path.symlink_metadata().is_ok_and(|meta| !meta.is_dir()) {
        return Err(PathsError::NoFolder(path.to_owned()));
    }
    make_private(path)?;
    check(path)
}

fn check(path: &Path) -> Result<(), PathsError> {
    let meta = std::fs::metadata(path).map_err(|source| unusable(path, source))?;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(PathsError::Foreign {
            path: path.to_owned(),
            owner: meta.uid(),
        });
    }
    let mode = meta.mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(PathsError::WritableByOthers {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn home(dir: &tempfile::TempDir) -> Home {
        home_at(dir.path())
    }

    fn home_at(path: &Path) -> Home {
        Home::find(Some(path), &|_| None).unwrap()
    }

    #[test]
    fn the_flag_comes_before_the_variable_and_that_before_xdg() {
        let env = |name: &str| match name {
            "LOCKGATE_HOME" => Some("/var".to_owned()),
            "HOME" => Some("/h".to_owned()),
            _ => None,
        };
        assert_eq!(
            Home::find(Some(Path::new("/f")), &env).unwrap().config_file(),
            Path::new("/f/lockgate.toml")
        );
        assert_eq!(Home::find(None, &env).unwrap().state_dir(), Path::new("/var/state"));
        let xdg = |name: &str| match name {
            "HOME" => Some("/h".to_owned()),
            "XDG_STATE_HOME" => Some("/x".to_owned()),
            "XDG_CONFIG_HOME" => Some("relative".to_owned()),
            _ => None,
        };
        let home = Home::find(None, &xdg).unwrap();
        assert_eq!(home.state_dir(), Path::new("/x/lockgate"));
        assert_eq!(home.config_dir(), Path::new("/h/.config/lockgate"));
        assert!(matches!(Home::find(None, &|_| None), Err(PathsError::NoHome)));
    }

    #[test]
    fn a_state_folder_that_others_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = home(&dir).open_state(None).unwrap();
        std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
        let refusal = home(&dir).open_state(None).unwrap_err();
        assert!(
            matches!(refusal, PathsError::WritableByOthers { mode: 0o770, .. }),
            "{refusal}"
        );
        assert!(refusal.to_string().contains("chmod go-w"));
    }

    #[test]
    fn a_channel_is_not_given_what_the_operators_linked_files_lead_to() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().canonicalize().unwrap().join(name);
        for folder in ["etc", "kept/deep", "kept/other", "chain"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::create_dir(at("real")).unwrap();
        std::os::unix::fs::symlink("../real", at("etc/lockgate")).unwrap();
        std::fs::write(at("kept/deep/lockgate.toml"), "").unwrap();
        std::os::unix::fs::symlink("../chain/link", at("real/lockgate.toml")).unwrap();
        std::os::unix::fs::symlink("../kept/deep/lockgate.toml", at("chain/link")).unwrap();
        std::os::unix::fs::symlink("../kept/deep/not-yet.lock", at("real/lockgate.lock")).unwrap();
        let off_limits = home_at(&at("etc/lockgate")).off_limits();
        // Where the file is, what is above it, and where a link on the way could be exchanged.
        for name in ["kept/deep", "kept", "chain", "real", "etc", ""] {
            let opened = open_folder(&at(name), &off_limits);
            assert!(matches!(opened, Err(NamedError::OffLimits(_))), "{name}: {opened:?}");
        }
        open_folder(&at("kept/other"), &off_limits).unwrap();
    }

    #[test]
    fn a_state_folder_inside_the_project_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            home(&dir).open_state(Some(dir.path())),
            Err(PathsError::InsideProject { .. })
        ));
        let other = tempfile::tempdir().unwrap();
        assert!(home(&dir).open_state([other.path(), Path::new("/")]).is_ok());
        let both = home(&dir).open_state([other.path(), dir.path()]);
        assert!(matches!(both, Err(PathsError::InsideProject { .. })));
        // The operator's files alone are enough: who can edit them can grant.
        let env = |name: &str| {
            let folder = if name == "XDG_STATE_HOME" { &other } else { &dir };
            Some(folder.path().display().to_string())
        };
        let split = Home::find(None, &env).unwrap();
        let refusal = split.open_state([dir.path()]).unwrap_err();
        assert!(matches!(&refusal, PathsError::InsideProject { .. }), "{refusal}");
        assert!(split.open_state(None).is_ok());
    }

    #[test]
    fn what_somebody_put_in_the_place_of_the_sockets_folder_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let mine = dir.path().join("mine");
        std::fs::DirBuilder::new().mode(0o700).create(&mine).unwrap();
        let base = dir.path().join("base");
        std::os::unix::fs::symlink(&mine, &base).unwrap();
        assert!(matches!(private_folder(&base), Err(PathsError::NoFolder(_))));
        std::fs::remove_file(&base).unwrap();
        private_folder(&base).unwrap();
        private_folder(&base).unwrap();
    }

    #[test]
    fn what_is_made_is_for_us_alone() {
        let dir = tempfile::tempdir().unwrap();
        let state = home(&dir).open_state(None).unwrap();
        let file = state.component(&Digest::of(b"x"));
        state.write(&file, b"x").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            std::fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}
