//! A question of the session's for permission, as the client puts it.

use std::fmt;

/// A tool's call for which somebody has to give his leave. `Debug` shows neither the id nor what the call holds, so that
/// no log does.
#[derive(Clone, PartialEq, Eq)]
pub struct PermissionRequest {
    /// Five letters of a to z without l, in lower case.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What the call is for, in the client's words: foreign text.
    pub description: String,
    /// What the call holds, as the client shows it: foreign and private text.
    pub preview: String,
}

impl fmt::Debug for PermissionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermissionRequest")
            .field("tool", &self.tool)
            .field("bytes", &self.preview.len())
            .finish_non_exhaustive()
    }
}
