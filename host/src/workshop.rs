//! From a project to a component: which language it is written in, the world that its channel.toml describes, the language's
//! own tools, and the encoder that makes a component of what they leave. Each language is one file and adds nothing to the
//! others. Nothing here grants, approves or runs what was built.

pub mod adapter;
mod c;
mod go;
mod javascript;
mod ours;
mod project;
mod python;
pub mod remedies;
pub mod rust;
pub mod scaffold;
mod sdk;
pub mod sources;
pub mod tools;
mod world;
mod zig;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use ours::FolderId;
pub use project::{Language, Project, ProjectError};
pub use tools::{Told, ToolError};
pub use world::WORLD;

use crate::component;
use crate::components::{self, Examined, StoreError};

/// The folder in a project that is made anew by each build: the contract with the project's world, the SDK of this lockgate,
/// bindings, and what the tools leave.
pub const WORK: &str = ".lockgate";

/// Why a project could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// It is no project, or its manifest is wrong.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A tool of the language is missing, or refused the sources.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A file of the build's own.
    #[error("can't write {}; is the folder writable, and the disk not full?", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The build would write somewhere else.
    #[error("{} is a link to another folder, and a build writes there; remove the link", .path.display())]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// A tool would split it there.
    #[error("{} has a comma in it, at which the compiler would split it; build in a folder without one", .path.display())]
    Comma {
        /// Which.
        path: PathBuf,
    },
    /// What a tool should have left is not there.
    #[error("can't read {}, which the build should have made; build again with --verbose", .path.display())]
    Left {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The contract or its bindings.
    #[error("the project's world can't be made into bindings: {0}; is this lockgate damaged?")]
    World(String),
    /// The tools' output is no component, and none can be made of it.
    #[error(
        "no component can be made of what the {language} tools left: {message}; does the code export what channel.toml names?"
    )]
    Encode {
        /// In which language.
        language: Language,
        /// What the encoder says.
        message: String,
    },
    /// It is a component, but no channel.
    #[error("what was built does not fit its channel.toml: {0}")]
    Unfit(#[from] StoreError),
}

/// What a language's tools leave.
pub enum Made {
    /// A core module that carries the types of its world; one of WASI preview 1 gets the adapter.
    Core(Vec<u8>),
    /// A component already.
    Component(Vec<u8>),
}

/// One build of one project: where things stand. A language's file gets it, and nothing else.
pub struct Bench<'a> {
    /// What is built.
    pub project: &'a Project,
    /// The project's `.lockgate`.
    pub work: PathBuf,
    /// The contract's files, and beside them the project's own world, [`WORLD`].
    pub wit: PathBuf,
    /// The SDK of the project's language, as this binary has it: `.lockgate/sdk/rust`, and the like.
    pub sdk: PathBuf,
    /// Who is told what is being done.
    pub told: &'a dyn Told,
    /// One build of a project at a time: they write the same files.
    _turn: File,
}

impl Drop for Bench<'_> {
    /// However a build ends, what its tools have kept by then is what they kept themselves.
    fn drop(&mut self) {
        ours::note(&self.work);
    }
}

/// A project's component.
#[derive(Debug)]
pub struct Built {
    /// Where it was written: `.lockgate/NAME.wasm`.
    pub path: PathBuf,
    /// With its manifest in it.
    pub examined: Examined,
}

/// Builds a project with its language's own tools, makes a component of what they leave, puts channel.toml in and looks
/// whether it fits. Blocks, for as long as the tools need.
///
/// # Errors
/// A tool is missing or refuses the sources, or what it made is no channel.
pub fn build(project: &Project, told: &dyn Told) -> Result<Built, BuildError> {
    let begun = SystemTime::now();
    let bench = lay_out(project, told)?;
    let made = match project.language {
        Language::Rust => rust::build(&bench),
        Language::TypeScript | Language::JavaScript | Language::QuickJs => javascript::build(&bench),
        Language::Python => python::build(&bench),
        Language::Go => go::build(&bench),
        Language::C => c::build(&bench),
        Language::Zig => zig::build(&bench),
    }?;
    let component = match made {
        Made::Component(bytes) => bytes,
        Made::Core(core) => adapter::componentize(&core).map_err(|message| BuildError::Encode {
            language: project.language,
            message,
        })?,
    };
    let examined = components::examine(component::embed(&component, &project.text), None)?;
    let path = project.component();
    write(&path, &examined.bytes)?;
    sources::note(project, &examined.digest, begun)?;
    Ok(Built { path, examined })
}

/// What a build of this project leaves undone that it could do, and what to type for that: the looking at types, where no compiler
/// for them is installed.
pub fn unchecked_types(project: &Project) -> Option<&'static str> {
    match project.language {
        Language::TypeScript | Language::JavaScript | Language::QuickJs => javascript::unchecked(project),
        _ => None,
    }
}

/// Makes `.lockgate` with all that a language's tools read: for a build, or for an editor before one.
///
/// # Errors
/// The disk.
pub fn lay_out<'a>(project: &'a Project, told: &'a dyn Told) -> Result<Bench<'a>, BuildError> {
    let work = project.folder.join(WORK);
    let turn = turn(&project.folder).map_err(|source| BuildError::Write {
        path: project.folder.clone(),
        source,
    })?;
    check_links(&work)?;
    ours::claim(&work)?;
    let sdk = work.join("sdk").join(sdk::folder(project.language));
    let wit = work.join("wit");
    world::write(&wit, &project.manifest)?;
    sdk::write(project.language, &sdk)?;
    Ok(Bench {
        project,
        work,
        wit,
        sdk,
        told,
        _turn: turn,
    })
}

/// Waits until nobody else builds this project. The lock is on the folder itself, and ends with the process.
fn turn(folder: &Path) -> std::io::Result<File> {
    let folder = File::open(folder)?;
    folder.lock()?;
    Ok(folder)
}

/// A build writes and removes in this folder and in those below it: none of them may be a link to somewhere else.
fn check_links(work: &Path) -> Result<(), BuildError> {
    let below = std::fs::read_dir(work).into_iter().flatten().flatten();
    let below = below.map(|entry| entry.path());
    let is_link = |path: &PathBuf| {
        let leads_to_folder = path.is_dir();
        leads_to_folder && std::fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink())
    };
    match std::iter::once(work.to_owned()).chain(below).find(is_link) {
        Some(path) => Err(BuildError::Link { path }),
        None => Ok(()),
    }
}

/// Writes a file, and its folder before it, only if it has other bytes: what depends on its time is not made again.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    if ours::is_file_of(path, bytes.len()) && std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let failed = |source| BuildError::Write {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // A project of somebody else's may bring a link along, and what that leads to is not the build's; or a pipe that nobody reads.
    if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        std::fs::remove_file(path).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}

/// Where a tool of this build leaves its work, `.lockgate/target/NAME`: nothing is there yet, so that what is there afterwards
/// was not left by an earlier build, nor brought along by the project.
fn fresh(bench: &Bench<'_>, name: &str) -> Result<PathBuf, BuildError> {
    let folder = bench.work.join("target");
    let path = folder.join(name);
    let failed = |source| BuildError::Write {
        path: path.clone(),
        source,
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    ours::absent(std::fs::remove_file(&path)).map_err(failed)?;
    Ok(path)
}

/// Reads what a tool should have left.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|source| BuildError::Left {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const MANIFEST: &str = "[channel]\nname = \"w\"\nversion = \"1\"\nsummary = \"s\"\n[source]\n";

    /// Somebody else's project, and a folder of the operator's.
    fn scene() -> (tempfile::TempDir, Project, PathBuf) {
        let top = tempfile::tempdir().unwrap();
        let [folder, precious] = ["project", "precious"].map(|name| top.path().join(name));
        for (path, text) in [("go.mod", ""), ("channel.toml", MANIFEST)] {
            write(&folder.join(path), text.as_bytes()).unwrap();
        }
        write(&precious.join("file"), b"mine").unwrap();
        let project = Project::open(&folder).unwrap();
        (top, project, precious)
    }

    #[test]
    fn a_link_in_a_strangers_project_leads_no_build_elsewhere() {
        for link in ["", "sdk", "wit", "target"] {
            let (_top, project, precious) = scene();
            let work = project.folder.join(WORK);
            if !link.is_empty() {
                std::fs::create_dir(&work).unwrap();
            }
            symlink(&precious, work.join(link).components().as_path()).unwrap();
            let refused = lay_out(&project, &()).err().unwrap().to_string();
            assert!(refused.contains("is a link to another folder"), "{link}: {refused}");
            assert_eq!(std::fs::read_dir(&precious).unwrap().count(), 1, "{link}");
        }
    }

    #[test]
    fn a_file_that_is_a_link_is_replaced_and_not_written_through() {
        let (_top, project, precious) = scene();
        let wit = project.folder.join(WORK).join("wit");
        std::fs::create_dir_all(&wit).unwrap();
        symlink(precious.join("file"), wit.join("project.wit")).unwrap();
        lay_out(&project, &()).unwrap();
        assert_eq!(std::fs::read(precious.join("file")).unwrap(), b"mine");
        assert!(wit.join("project.wit").metadata().unwrap().len() > 10);
    }

    /// Each of them would hold a build up for ever, or have it read until there is no memory.
    #[test]
    fn a_pipe_or_a_device_in_a_strangers_project_holds_no_build_up() {
        let names = [
            ".lockgate/made-here",
            ".lockgate/left-here",
            ".lockgate/wit/project.wit",
        ];
        for name in names.into_iter().chain(["channel.toml", "package.json"]) {
            for comes in [pipe, |path: &Path| symlink("/dev/zero", path).unwrap()] {
                let (top, project, _) = scene();
                write(&project.folder.join("package.json"), b"{}").unwrap();
                drop(lay_out(&project, &()).unwrap());
                let path = project.folder.join(name);
                std::fs::remove_file(&path).unwrap();
                comes(&path);
                let (done, waited) = std::sync::mpsc::channel();
                std::thread::spawn(move || {
                    let laid_out = Project::open(&project.folder).map(|project| lay_out(&project, &()).is_ok());
                    done.send(laid_out.is_ok_and(|done| done))
                });
                let laid_out = waited.recv_timeout(std::time::Duration::from_secs(10));
                assert_eq!(laid_out, Ok(name != "channel.toml"), "{name}");
                drop(top);
            }
        }
    }

    fn pipe(path: &Path) {
        rustix::fs::mkfifoat(rustix::fs::CWD, path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    }
}
