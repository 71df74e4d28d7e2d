//! Why an organisation's files can't be understood, in words that name the file and end with who can mend it.

use std::path::PathBuf;

use crate::limits;
use crate::manifest::Place;
use crate::model::Digest;

/// Why a text of the organisation's can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No JSON or TOML, an unknown key, a wrong type or value.
    #[error(
        "{}:{}:{}: {message}; until who manages this machine corrects it, no channel runs",
        file.display(), place.line, place.column
    )]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Where.
        place: Place,
        /// The parser's words.
        message: String,
    },
    /// JSON, but no settings.
    #[error("{} is no JSON object; until who manages this machine corrects it, no channel runs", .0.display())]
    NoSettings(PathBuf),
    /// Neither true nor false.
    #[error(
        "{}: `channelsEnabled` is neither true nor false; until who manages this machine corrects it, no channel runs",
        .0.display()
    )]
    Enabled(PathBuf),
    /// No list of plugins.
    #[error(
        "{}: `allowedChannelPlugins` is no list of {{ \"marketplace\": …, \"plugin\": … }}; until who manages this \
         machine corrects it, no channel runs",
        .0.display()
    )]
    Plugins(PathBuf),
    /// Two entries for the same bytes: nobody knows which one holds.
    #[error(
        "{} lists {digest} twice; until who manages this machine takes one out, no channel runs",
        file.display()
    )]
    Twice {
        /// The file.
        file: PathBuf,
        /// Of the component.
        digest: Digest,
    },
    /// More than there may be.
    #[error(
        "{} lists more than {} components; until who manages this machine shortens it, no channel runs",
        .0.display(), limits::MANAGED_COMPONENTS
    )]
    Many(PathBuf),
}
