//! What can be typed after `secret`. No secret ever stands on a command line.

use clap::{Args, Subcommand};

/// Of `secret`.
#[derive(Debug, Args)]
#[command(
    after_help = "Secrets stand in secrets.toml, which only you can read. NAME is an entry of it, or CHANNEL.SECRET.\n\n\
                        Examples:\n  \
                        lockgate secret list\n  \
                        lockgate secret set ci.key\n  \
                        lockgate secret set ci-key < key.txt"
)]
pub struct SecretArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: SecretVerb,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum SecretVerb {
    /// Set one, from the terminal without showing it, or from standard input
    #[command(after_help = "Examples:\n  lockgate secret set ci.key\n  lockgate secret set ci-key < key.txt")]
    Set(SecretName),
    /// Show which there are and where they are used, never a byte of one
    List(SecretList),
    /// Take one away
    #[command(after_help = "Examples:\n  lockgate secret remove ci-key\n  lockgate secret remove ci.key --yes")]
    Remove(SecretRemove),
}

/// Which one.
#[derive(Debug, Args)]
pub struct SecretName {
    /// An entry of secrets.toml, or CHANNEL.SECRET
    pub name: String,
}

/// Of `secret list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate secret list\n  lockgate secret list --json")]
pub struct SecretList {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Of `secret remove`.
#[derive(Debug, Args)]
pub struct SecretRemove {
    /// An entry of secrets.toml, or CHANNEL.SECRET
    pub name: String,
    /// Also one that a channel uses
    #[arg(short, long)]
    pub yes: bool,
}
