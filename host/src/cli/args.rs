//! What can be typed: verbs, flags and their texts. Read here, acted upon elsewhere.

mod access;
mod page;

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use access::{AccessArgs, AccessVerb, AllowArgs, DenyArgs, ForgetArgs, ListArgs, RoleFlag};
pub use page::Page;
use page::page;

use crate::access::EventsPolicy;
use crate::config::is_variable;
use crate::database::QUERY_VERB;
use crate::limits;
use crate::manifest::is_name;
use crate::model::ChannelName;
use crate::sandbox::compiled::COMPILE_VERB;

const EXIT_CODES: &str = "\
Answers go to standard output, everything else to standard error.

Exit codes:
  0  done
  1  failed; the error says what to do
  2  the command line is wrong
  3  refused: you have to decide something first (confirm with --yes, or give what is missing)

Environment:
  LOCKGATE_HOME  the folder of all files, if --home is not given; else the XDG folders
  LOCKGATE_LOG   error, warn, info, debug or trace: what is logged to standard error
  NO_COLOR       no colours

Examples:
  lockgate demo
  lockgate add ./webhook.wasm --name ci --secret key=ask
  lockgate setup";

/// Hosts Claude Code channels that are WebAssembly components, sandboxed, behind one gate.
#[derive(Debug, Parser)]
#[command(name = "lockgate", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Cli {
    /// The folder of lockgate's files
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Log more; twice for all
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Serve one client as an MCP server on standard input and output
    Serve(ServeArgs),
    /// Add a channel, or approve other bytes for one
    Add(AddArgs),
    /// Take a channel away
    Remove(RemoveArgs),
    /// Say who is heard: people, by the ids of their accounts
    Access(AccessArgs),
    /// Look at a component without adding it
    Check(CheckArgs),
    /// Show what runs and what waits
    Status(StatusArgs),
    /// Show how to make it known to the client, and what could keep events away
    #[command(after_help = "Examples:\n  lockgate setup\n  lockgate --home ~/channels setup")]
    Setup,
    /// See it: a chat page in the browser, a signed request, and the session in this terminal
    #[command(after_help = "Examples:\n  lockgate demo\n  cargo run --release -p lockgate -- demo")]
    Demo,
    /// Try your own channels, with the session in this terminal instead of in a client
    #[command(
        after_help = "What comes in is shown as the model would get it; what you type goes out as its answer.\n\n\
                            Examples:\n  lockgate try\n  lockgate --home ~/channels try"
    )]
    Try,
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Compile the component on standard input; started by lockgate itself.
    #[command(name = COMPILE_VERB, hide = true)]
    CompileComponent,
    /// Answer the query on standard input; started by lockgate itself.
    #[command(name = QUERY_VERB, hide = true)]
    QueryDatabase,
}

/// Of `serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "The client starts this; `lockgate setup` prints how.\n\nExamples:\n  lockgate serve\n  \
                        lockgate serve --channel        # whatever the client's command line says\n  \
                        lockgate -v serve --name gate"
)]
pub struct ServeArgs {
    /// This session takes events, whatever the client's command line says
    #[arg(long)]
    pub channel: bool,
    /// Offer all tools also where no events are pushed
    #[arg(long)]
    pub tools: bool,
    /// The server's name in the client's list
    #[arg(long, default_value = "lockgate", value_parser = server_name)]
    pub name: String,
}

/// Of `add`.
#[derive(Debug, Args)]
#[command(
    after_help = "Shows what the channel asks for, and asks you. With the name of a channel that is there, shows \
                        what changed.\n\nExamples:\n  \
                        lockgate add ./webhook.wasm --name ci --secret key=ask\n  \
                        lockgate add ./webhook.wasm --name ci --secret key=env:CI_KEY --set text='{title}' --yes\n  \
                        lockgate add ./webhook.wasm --name ci --events off --rate 5"
)]
pub struct AddArgs {
    /// The component's file
    pub component: PathBuf,
    /// Your name for the channel
    #[arg(long)]
    pub name: ChannelName,
    /// Give it what it asks for, without a question
    #[arg(short, long)]
    pub yes: bool,
    /// A setting of the channel
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Where a secret is: env:VARIABLE, file:PATH, or ask (then it is kept in secrets.toml)
    #[arg(long = "secret", value_name = "NAME=WHERE", value_parser = secret)]
    pub secrets: Vec<SecretFlag>,
    /// The network whose accounts it may name, or `none`; a new channel gets the one that it suggests
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    pub network: Option<String>,
    /// What things (a build, a feed), not people, may say; a new channel gets what it suggests
    #[arg(long)]
    pub events: Option<Events>,
    /// Its page: a port, `any`, or `none`; a new channel that asks for a page gets one at any port
    #[arg(long, value_name = "PORT", value_parser = page)]
    pub page: Option<Page>,
    /// Events a second that are pushed into a session, in the long run
    #[arg(long, value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
}

/// Of `remove`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate remove ci\n  lockgate remove ci --yes")]
pub struct RemoveArgs {
    /// The channel
    pub name: ChannelName,
    /// Without a question
    #[arg(short, long)]
    pub yes: bool,
}

/// Of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate check ./webhook.wasm\n  lockgate check ./webhook.wasm --json")]
pub struct CheckArgs {
    /// The component's file
    pub component: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  lockgate status\n  lockgate status --json\n  lockgate status --check")]
pub struct StatusArgs {
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// Also read all of the journal, and tell whether it is sound
    #[arg(long)]
    pub check: bool,
}

/// Of `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lockgate completions bash > ~/.local/share/bash-completion/completions/lockgate\n  \
                        lockgate completions zsh > ~/.zfunc/_lockgate"
)]
pub struct CompletionsArgs {
    /// Which shell
    pub shell: clap_complete::Shell,
}

/// `--set key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key, flat.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// `--secret name=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFlag {
    /// The manifest's name for it.
    pub name: String,
    /// Where it is.
    pub place: SecretPlace,
}

/// Where a secret is, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// `env:VARIABLE`.
    Env(String),
    /// `file:PATH`, absolute.
    File(PathBuf),
    /// `ask`.
    Ask,
    /// Something else, of which nothing is kept: it may be the secret itself.
    Unclear,
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// It is none of ours, or asks for help.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(arguments)?;
        let secrets = if let Verb::Add(add) = &cli.verb {
            &add.secrets[..]
        } else {
            &[]
        };
        match secrets.iter().find(|secret| secret.place == SecretPlace::Unclear) {
            None => Ok(cli),
            Some(flag) => {
                // Not by the parser of the value: its error would repeat the value.
                let text = format!(
                    "--secret {}=…: write NAME=env:VARIABLE, NAME=file:PATH or NAME=ask; a secret itself does not \
                     belong on a command line\n",
                    flag.name
                );
                Err(clap::Error::raw(clap::error::ErrorKind::ValueValidation, text))
            }
        }
    }
}

/// `--events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Events {
    /// Nothing
    Off,
    /// What came in a call that fulfilled a signed rule
    Verified,
    /// Anything that the channel reports
    All,
}

impl From<Events> for EventsPolicy {
    fn from(events: Events) -> Self {
        match events {
            Events::Off => Self::Off,
            Events::Verified => Self::Verified,
            Events::All => Self::All,
        }
    }
}

fn server_name(text: &str) -> Result<String, String> {
    let form = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(form) {
        return Err("use letters, digits, `-` and `_`, at most 64".into());
    }
    Ok(text.to_owned())
}

fn setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Setting {
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("write KEY=VALUE".into()),
    }
}

fn secret(text: &str) -> Result<SecretFlag, Infallible> {
    let unclear = |name: &str| SecretFlag {
        name: name.to_owned(),
        place: SecretPlace::Unclear,
    };
    let Some((name, place)) = text.split_once('=').filter(|(name, _)| is_name(name)) else {
        return Ok(unclear("NAME"));
    };
    let place = match place.split_once(':') {
        None if place == "ask" => SecretPlace::Ask,
        Some(("env", variable)) if is_variable(variable) => SecretPlace::Env(variable.to_owned()),
        Some(("file", path)) if !path.is_empty() => {
            std::path::absolute(path).map_or(SecretPlace::Unclear, SecretPlace::File)
        }
        _ => return Ok(unclear(name)),
    };
    Ok(SecretFlag {
        name: name.to_owned(),
        place,
    })
}

fn network(text: &str) -> Result<String, String> {
    if !is_name(text) {
        return Err("use a to z, 0 to 9, `-` and `_`, begin with a letter, at most 64 characters".into());
    }
    Ok(text.to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= f64::from(limits::RATE_MOST) => Ok(rate),
        _ => Err(format!("write a number above 0, at most {}", limits::RATE_MOST)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_shows_examples() {
        let command = Cli::command();
        let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        for verb in verbs.flat_map(|verb| verb.get_subcommands().chain([verb])) {
            let help = verb.clone().render_help().to_string();
            assert!(
                help.matches("\n  lockgate ").count() + help.matches("\n  cargo ").count() >= 2,
                "{help}"
            );
        }
    }

    #[test]
    fn secrets_are_named_never_given() {
        let check = |text: &str, name: &str, place: SecretPlace| {
            assert_eq!(
                secret(text),
                Ok(SecretFlag {
                    name: name.into(),
                    place
                }),
                "{text}"
            );
        };
        check("key=ask", "key", SecretPlace::Ask);
        check("key=env:CI_KEY", "key", SecretPlace::Env("CI_KEY".into()));
        check("key=file:/a/b", "key", SecretPlace::File("/a/b".into()));
        check("key=file:", "key", SecretPlace::Unclear);
        check("key=env:9", "key", SecretPlace::Unclear);
        check("Key=ask", "NAME", SecretPlace::Unclear);
        let typed = |secret| ["lockgate", "add", "x.wasm", "--name", "ci", "--secret", secret].map(OsString::from);
        for value in ["key=hunter2", "hunter2"] {
            let error = Cli::read(typed(value)).unwrap_err();
            assert!(error.use_stderr() && !error.to_string().contains("hunter2"), "{error}");
        }
        assert!(Cli::read(typed("key=ask")).is_ok());
    }

    #[test]
    fn rates_and_settings_have_bounds() {
        let bad = ["0", "-1", "nan", "inf", "1000001", "x", ""];
        assert!(bad.iter().all(|text| rate(text).is_err()));
        assert_eq!(rate("2.5"), Ok(2.5));
        assert_eq!(
            setting("a.b==c"),
            Ok(Setting {
                key: "a.b".into(),
                value: "=c".into()
            })
        );
        assert!(setting("=x").is_err() && setting("x").is_err());
    }
}
