//! What can be typed after `access`.

use clap::{Args, Subcommand, ValueEnum};

use crate::access::{Account, PersonName, Role};
use crate::book::account;

/// Of `access`.
#[derive(Debug, Args)]
#[command(
    after_help = "People are heard by the ids of their accounts, never by names or rooms. A network is what `lockgate \
                        add` gave to the channel.\n\nExamples:\n  \
                        lockgate access list\n  \
                        lockgate access allow owner chat:412587349\n  \
                        lockgate access deny chat:99"
)]
pub struct AccessArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: AccessVerb,
}

/// What to do with the allowlist.
#[derive(Debug, Subcommand)]
pub enum AccessVerb {
    /// Show who is heard, who is denied, and who was not heard lately
    List(ListArgs),
    /// Let a person be heard, or give one more accounts or roles
    Allow(AllowArgs),
    /// Never hear an account, whoever it belongs to
    Deny(DenyArgs),
    /// Take a person from the list, or only some accounts
    Remove(ForgetArgs),
}

/// Of `access list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate access list\n  lockgate access list --json")]
pub struct ListArgs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Of `access allow`.
#[derive(Debug, Args)]
#[command(
    after_help = "A new person may chat; one who is on the list keeps what he has. An account that was denied is denied no \
                        more.\n\nExamples:\n  \
                        lockgate access allow owner chat:412587349\n  \
                        lockgate access allow owner forge:alice chat:412587349 --role chat --role approve\n  \
                        lockgate access allow owner --role approve"
)]
pub struct AllowArgs {
    /// Your name for the person; the model is shown it
    #[arg(value_name = "NAME")]
    pub name: PersonName,
    /// An account: the network, and the stable id that it has there
    #[arg(value_name = "NETWORK:ID", value_parser = account)]
    pub accounts: Vec<Account>,
    /// What the person may do; can be given twice
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<RoleFlag>,
}

/// Of `access deny`.
#[derive(Debug, Args)]
#[command(
    after_help = "Counts from the next message on, and wins over everything.\n\nExamples:\n  \
                        lockgate access deny chat:99\n  \
                        lockgate access deny forge:mallory chat:99"
)]
pub struct DenyArgs {
    /// An account: the network, and the stable id that it has there
    #[arg(value_name = "NETWORK:ID", value_parser = account, required = true)]
    pub accounts: Vec<Account>,
}

/// Of `access remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate access remove ann\n  lockgate access remove owner chat:412587349")]
pub struct ForgetArgs {
    /// The person
    #[arg(value_name = "NAME")]
    pub name: PersonName,
    /// Only these accounts
    #[arg(value_name = "NETWORK:ID", value_parser = account)]
    pub accounts: Vec<Account>,
}

/// `--role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleFlag {
    /// Speak to the session
    Chat,
    /// Answer the session's questions for permission
    Approve,
}

impl From<RoleFlag> for Role {
    fn from(role: RoleFlag) -> Self {
        match role {
            RoleFlag::Chat => Self::Chat,
            RoleFlag::Approve => Self::Approve,
        }
    }
}
