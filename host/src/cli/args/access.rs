//! What can be typed after `access`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::access::{Account, PersonName, PersonNameError, Role};
use crate::book::account;
use crate::limits;
use crate::model::ChannelName;

/// Of `access`.
#[derive(Debug, Args)]
#[command(
    after_help = "People are heard by the ids of their accounts, never by names or rooms. A network is what `lockgate \
                        add` gave to the channel.\n\nExamples:\n  \
                        lockgate access\n  \
                        lockgate access pair ABCDE-FGHJK --as ann\n  \
                        lockgate access invite ann\n  \
                        lockgate access allow owner chat:412587349\n  \
                        lockgate access deny chat:99",
    args_conflicts_with_subcommands = true
)]
pub struct AccessArgs {
    /// What to do; nothing said, the list is shown.
    #[command(subcommand)]
    pub verb: Option<AccessVerb>,
    /// Of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What to do with the allowlist.
#[derive(Debug, Subcommand)]
pub enum AccessVerb {
    /// Show who is heard, who is denied, who waits with a code, and who was not heard lately
    List(ListArgs),
    /// Put on the list who gave you a code
    Pair(PairArgs),
    /// Make a code with which one person puts himself on the list
    Invite(InviteArgs),
    /// Take back a code or an invitation
    Cancel(CancelArgs),
    /// Take over the access.json of a plugin that does without lockgate
    Import(ImportArgs),
    /// Let a person be heard, or give one more accounts or roles
    Allow(AllowArgs),
    /// Never hear an account, whoever it belongs to
    Deny(DenyArgs),
    /// Take a person from the list, or only some accounts
    Remove(ForgetArgs),
}

/// Of `access list`.
#[derive(Debug, Args)]
#[command(
    after_help = "In the JSON, `since` and `last` are milliseconds since 1970 (UTC), `minutes_left` is whole minutes, and \
                        `count` is messages. `pending` wait with a code, `invites` are open invitations, `dropped` counts \
                        by channel and reason, and `not_heard` names senders, the last first, without those who are heard \
                        by now.\n\nExamples:\n  \
                        lockgate access list\n  \
                        lockgate access list --json"
)]
pub struct ListArgs {
    /// As JSON; `lockgate access list --help` says the units
    #[arg(long)]
    pub json: bool,
}

/// Of `access pair`.
#[derive(Debug, Args)]
#[command(
    override_usage = "lockgate access pair <CODE> --as <NAME> [--approve]",
    after_help = "Whoever writes to a channel with `direct = \"pairing\"` and is not on the list gets a code, which he gives \
                        you. Case and dash do not matter.\n\nExamples:\n  \
                        lockgate access pair ABCDE-FGHJK --as ann\n  \
                        lockgate access pair abcdefghjk --as owner --approve"
)]
pub struct PairArgs {
    /// The code that he gave you
    #[arg(value_name = "CODE")]
    pub code: String,
    /// Your name for the person; one who is on the list gets one more account
    #[arg(long = "as", value_name = "NAME")]
    pub name: PersonName,
    /// The person may also answer the session's questions for permission
    #[arg(long)]
    pub approve: bool,
}

/// Of `access invite`.
#[derive(Debug, Args)]
#[command(
    after_help = "Whoever sends the code first, over any channel, is that person: give it to nobody else. It is shown once \
                        and good once.\n\nExamples:\n  \
                        lockgate access invite ann\n  \
                        lockgate access invite ann --for 1h --approve"
)]
pub struct InviteArgs {
    /// Your name for the person
    #[arg(value_name = "NAME")]
    pub name: PersonName,
    /// The person may also answer the session's questions for permission
    #[arg(long)]
    pub approve: bool,
    /// How long the code is good: 24h, if nothing is said; at most 7d
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    pub good: Option<Duration>,
}

/// Of `access cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate access cancel ann\n  lockgate access cancel chat:412587349")]
pub struct CancelArgs {
    /// The person whose invitations go, or the account whose code goes
    #[arg(value_name = "NAME or NETWORK:ID", value_parser = whom)]
    pub whom: Whom,
}

/// Whose code or invitation.
#[derive(Debug, Clone)]
pub enum Whom {
    /// Invitations for this person.
    Person(PersonName),
    /// The code of this account.
    Account(Account),
}

/// Of `access import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Shows what would become of the file; --apply does it. Nothing changes over there, nobody may approve by it, \
                        and what lockgate can't express is kept as comments in lockgate.toml.\n\nExamples:\n  \
                        lockgate access import ~/.claude/channels/chat/access.json --channel chat\n  \
                        lockgate access import access.json --network chat --name 412587349=ann --apply"
)]
pub struct ImportArgs {
    /// The other plugin's access.json
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The network of its ids, if no channel says so
    #[arg(long)]
    pub network: Option<String>,
    /// The channel that gets its groups and policy
    #[arg(long)]
    pub channel: Option<ChannelName>,
    /// Your name for one of its accounts; can be given for each
    #[arg(long = "name", value_name = "ID=NAME", value_parser = naming)]
    pub names: Vec<(String, PersonName)>,
    /// Do it
    #[arg(long)]
    pub apply: bool,
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

fn whom(text: &str) -> Result<Whom, String> {
    if text.contains(':') {
        account(text).map(Whom::Account).map_err(|wrong| wrong.to_string())
    } else {
        let name = text.parse().map(Whom::Person);
        name.map_err(|wrong: PersonNameError| wrong.to_string())
    }
}

/// An id and a name. The name has no `=`, an id could.
fn naming(text: &str) -> Result<(String, PersonName), String> {
    let (id, name) = text.rsplit_once('=').ok_or("write ID=NAME, such as 412587349=ann")?;
    let name = name.parse().map_err(|wrong: PersonNameError| wrong.to_string())?;
    Ok((id.to_owned(), name))
}

/// A number and `m`, `h` or `d`.
fn time(text: &str) -> Result<Duration, String> {
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err("write a number and m, h or d, such as 24h".into()),
    };
    let number: u32 = text[..text.len() - 1]
        .parse()
        .map_err(|_| "write a number and m, h or d, such as 24h".to_owned())?;
    let time = Duration::from_secs(u64::from(number) * unit);
    if time.is_zero() || time > limits::INVITE_MOST {
        return Err("an invitation is good for at least a minute and at most 7 days".into());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_good_for_a_time() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(time(text).ok().map(|time| time.as_secs()), expected, "{text}");
        };
        check("24h", Some(86_400));
        check("30m", Some(1_800));
        check("7d", Some(604_800));
        for wrong in [
            "8d",
            "0h",
            "h",
            "24",
            "1s",
            "-1h",
            "1.5h",
            "4294967296m",
            "",
            "1é",
            "169h",
        ] {
            check(wrong, None);
        }
    }
}
