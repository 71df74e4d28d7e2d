//! What the organisation that manages this machine lets run inside lockgate: from the texts of its files to what may be
//! admitted, and within which ceilings. Pure: it reads no file. It only ever takes away from what the operator granted,
//! and what it can't understand admits nothing.

mod ceilings;
mod error;
mod list;
#[cfg(test)]
mod properties;
mod settings;
#[cfg(test)]
mod tests;

pub use ceilings::{Ceilings, Cut};
pub use error::PolicyError;
pub use settings::Settings;

use std::path::{Path, PathBuf};

use crate::model::Digest;
use list::List;

/// One file, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Where it stands: named in errors.
    pub file: PathBuf,
    /// All of it.
    pub text: String,
}

/// The organisation's files. All empty: it has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// The client's own managed settings, in the order in which they are merged.
    pub settings: Vec<Text>,
    /// lockgate's own policy, which stands beside them.
    pub policy: Option<Text>,
    /// Where that would stand.
    pub place: PathBuf,
}

/// What the organisation decided for all channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy(Rule);

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    /// Nothing.
    Free,
    /// No channel runs, for this reason.
    Nothing(String),
    /// The components of a list run.
    Listed { file: PathBuf, list: List },
}

/// What becomes of one channel.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    /// There is no policy.
    Free,
    /// It runs, with no more than this.
    Within(Box<Ceilings>),
    /// It does not run, for this reason.
    Refused(String),
}

impl Policy {
    /// A machine that no organisation manages.
    pub fn free() -> Self {
        Self(Rule::Free)
    }

    /// What can't be read or understood admits nothing.
    pub fn closed(why: String) -> Self {
        Self(Rule::Nothing(why))
    }

    /// What the files say together.
    ///
    /// # Errors
    /// One of them is not as it has to be: nothing may be admitted then.
    ///
    /// # Authority
    /// A channel inside lockgate is a channel: one entry for lockgate in the client's list must not become a way around
    /// that list, so a list of the client's alone admits nothing here.
    pub fn read(texts: &Texts) -> Result<Self, PolicyError> {
        let settings = Settings::merge(&texts.settings)?;
        let list = texts.policy.as_ref().map(|policy| (policy, List::parse(policy)));
        if settings.channels_enabled == Some(false) {
            let why = "the organisation's settings for the client have `channelsEnabled` = false";
            return Ok(Self::closed(why.to_owned()));
        }
        match (list, settings.allowed_plugins) {
            (Some((policy, list)), _) => Ok(Self(Rule::Listed {
                file: policy.file.clone(),
                list: list?,
            })),
            (None, Some(_)) => Ok(Self::closed(format!(
                "the organisation's settings for the client have `allowedChannelPlugins`, and there is no {} that lists \
                 the components which may run inside lockgate; who manages this machine can add it",
                texts.place.display()
            ))),
            (None, None) => Ok(Self::free()),
        }
    }

    /// What becomes of a channel of the component with this digest, its manifest included.
    pub fn judge(&self, component: &Digest) -> Judged {
        match &self.0 {
            Rule::Free => Judged::Free,
            Rule::Nothing(why) => Judged::Refused(why.clone()),
            Rule::Listed { file, list } => match list.ceilings(component) {
                Some(ceilings) => Judged::Within(Box::new(ceilings)),
                None => Judged::Refused(format!(
                    "the organisation's policy {} does not list {component}; who manages this machine can add it",
                    file.display()
                )),
            },
        }
    }

    /// What it does, in a sentence; nothing to say of a machine that nobody manages.
    pub fn words(&self) -> Option<String> {
        match &self.0 {
            Rule::Free => None,
            Rule::Nothing(why) => Some(format!("the organisation's policy admits no channel: {why}")),
            Rule::Listed { file, list } => Some(format!(
                "the organisation's policy admits the components that {} lists ({}), and no others",
                file.display(),
                list.len()
            )),
        }
    }
}

/// Where an organisation's settings for the client are, on a system of this name.
pub fn folder(system: &str) -> &'static Path {
    Path::new(match system {
        "macos" => "/Library/Application Support/ClaudeCode",
        "windows" => r"C:\Program Files\ClaudeCode",
        _ => "/etc/claude-code",
    })
}
