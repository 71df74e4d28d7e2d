//! Where a channel's component comes from.

use std::fmt;
use std::path::PathBuf;

use crate::manifest::is_name;

/// As it is written in lockgate.toml: a name without a slash or a dot for what lockgate brings along, or a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// What this lockgate's binary brings along under this name; another binary may bring other bytes, which wait for a
    /// review.
    Bundled(String),
    /// A file: an absolute path.
    File(PathBuf),
}

impl From<&str> for Origin {
    /// Never looks whether there is such a file: what a name means must not depend on what lies in some folder.
    fn from(text: &str) -> Self {
        if is_name(text) {
            Self::Bundled(text.to_owned())
        } else {
            Self::File(PathBuf::from(text))
        }
    }
}

impl From<PathBuf> for Origin {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}
