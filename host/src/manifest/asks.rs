//! What a channel asks for beyond the net: folders, databases, programs, and tools of its own. What stands here is what
//! its author says; the operator names each path and each program, and the grant decides.

use super::Schema;

/// A folder of the operator's, which the guest sees as `/folders/<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderAsk {
    /// What it is for, in a few words.
    pub title: String,
    /// Whether it is to be written to.
    pub access: FolderAccess,
    /// Without it the channel can't run.
    pub required: bool,
}

/// What may be done in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FolderAccess {
    /// Looked at.
    Read,
    /// Also changed.
    Write,
}

/// A SQLite database of the operator's, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseAsk {
    /// What it is for, in a few words.
    pub title: String,
    /// Without it the channel can't run.
    pub required: bool,
}

/// A program of the operator's, to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandAsk {
    /// What it is for, in a few words.
    pub title: String,
    /// Without it the channel can't run.
    pub required: bool,
}

/// A tool of the channel's own. The model sees it as `<channel>__<name>`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolAsk {
    /// `[a-z][a-z0-9_]{0,31}`, without `__`.
    pub name: String,
    /// What it does: shown to the operator first, then to the model.
    pub text: String,
    /// What it takes.
    pub schema: Schema,
}
