//! What the operator gives a channel beyond secrets and settings: upstreams, folders and programs.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::manifest::FolderAccess;
use crate::reach::Scheme;

/// Where requests to a host go instead of to that host: a server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `http` or `https`; `ws` rules use the like.
    pub scheme: Scheme,
    /// A loopback address.
    pub address: SocketAddr,
}

/// A folder that a channel is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrant {
    /// An absolute path.
    pub path: PathBuf,
    /// Never more than the manifest asks for.
    pub access: FolderAccess,
    /// Bytes that the channel may add, if it may write.
    pub quota: u64,
}

/// A program that a channel may run, and with which arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandGrant {
    /// An absolute path.
    pub program: PathBuf,
    /// Arguments that always come first.
    pub fixed: Vec<String>,
    /// A pattern for each argument that the channel may give, in order; each has to match the whole argument.
    pub arguments: Vec<String>,
    /// A pattern for any further argument; without one there is none.
    pub more: Option<String>,
    /// Whether an argument of the channel's may begin with a dash.
    pub dashes: Dashes,
}

/// Whether an argument may begin with a dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dashes {
    /// It is refused.
    #[default]
    Refused,
    /// The pattern decides.
    Allowed,
}
