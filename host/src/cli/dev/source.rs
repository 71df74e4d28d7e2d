//! What is developed: a project that is built here, or a component that something else builds. Reads and builds; places
//! nothing.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::build::{Words, build};
use crate::cli::check::Named;
use crate::cli::interrupt::Interrupt;
use crate::cli::kept::Stand;
use crate::cli::print::Printer;
use crate::components::Examined;
use crate::config::{Origin, dev_names};
use crate::model::{ChannelName, Digest};
use crate::workshop::{FolderId, Project};

/// Where it comes from; the path is canonical.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder with sources.
    Project(PathBuf),
    /// A file.
    Component(PathBuf),
}

/// What was built, looked at.
pub struct Build {
    /// Where it stands.
    pub origin: Origin,
    /// Of the file as it stands there.
    pub file: Digest,
    /// Which folder that was when it began to be built, if that can be told.
    pub folder: Option<FolderId>,
    /// Its bytes, and what they ask for.
    pub examined: Examined,
}

impl Build {
    /// Where it stood.
    pub fn stand(&self) -> Stand {
        Stand {
            origin: self.origin.clone(),
            folder: self.folder.clone(),
        }
    }
}

impl Source {
    /// Looks what there is.
    ///
    /// # Errors
    /// Nothing that can be built.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let path = path
            .canonicalize()
            .with_context(|| format!("can't read {}; name a project's folder or a component", path.display()))?;
        Ok(if path.is_dir() {
            Self::Project(path)
        } else {
            Self::Component(path)
        })
    }

    /// The name under which it is developed.
    ///
    /// # Errors
    /// Its manifest can't be read, or the name is too long behind `dev-`.
    pub fn channel(&self) -> anyhow::Result<ChannelName> {
        let name = self.author_name()?;
        let (channel, _) = dev_names(&name);
        channel
            .parse()
            .with_context(|| format!("the channel can't be developed as {channel}; shorten `name` in channel.toml"))
    }

    /// Where what is built stands.
    ///
    /// # Errors
    /// As [`Source::channel`].
    fn origin(&self) -> anyhow::Result<Origin> {
        Ok(Origin::File(match self {
            Self::Project(folder) => Project::open(folder)?.component(),
            Self::Component(file) => file.clone(),
        }))
    }

    /// Which folder it stands in now, if that can be told: of a component, the one that it lies in.
    pub fn folder(&self) -> Option<FolderId> {
        match self {
            Self::Project(folder) => FolderId::of(folder),
            Self::Component(file) => FolderId::of(file.parent()?),
        }
    }

    /// Where it stands now.
    ///
    /// # Errors
    /// As [`Source::channel`].
    pub fn stand(&self) -> anyhow::Result<Stand> {
        Ok(Stand {
            origin: self.origin()?,
            folder: self.folder(),
        })
    }

    fn author_name(&self) -> anyhow::Result<String> {
        Ok(match self {
            Self::Project(folder) => Project::open(folder)?.manifest.about.name,
            Self::Component(file) => self.file(file)?.examined.manifest.about.name,
        })
    }

    /// Builds it, and says how that goes.
    ///
    /// # Errors
    /// It can't be built, is no channel, or was interrupted.
    pub fn build(&self, interrupt: &Interrupt, printer: &mut Printer) -> anyhow::Result<Build> {
        match self {
            Self::Component(file) => self.file(file),
            Self::Project(top) => {
                let folder = self.folder();
                let built = build(&Project::open(top)?, Words::OfFailure, interrupt, printer)?;
                Ok(Build {
                    origin: Origin::File(built.path),
                    folder,
                    file: built.examined.digest,
                    examined: built.examined,
                })
            }
        }
    }

    fn file(&self, file: &Path) -> anyhow::Result<Build> {
        let folder = self.folder();
        let named = Named::read(&Origin::File(file.to_owned()))?;
        let examined = named
            .examine()
            .with_context(|| format!("component {}", file.display()))?;
        Ok(Build {
            file: Digest::of(&named.bytes),
            origin: named.origin,
            folder,
            examined,
        })
    }
}
