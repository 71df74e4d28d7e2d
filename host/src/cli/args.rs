//! What can be typed: verbs, flags and their texts. Read here, acted upon elsewhere.

mod access;
mod choices;
mod grants;
mod page;
mod review;
mod secret;
mod workshop;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub use access::{
    AccessArgs, AccessVerb, AllowArgs, CancelArgs, DenyArgs, ForgetArgs, ImportArgs, InviteArgs, ListArgs, PairArgs,
    RoleFlag, Whom,
};
pub use choices::{Choices, Events, PLACEHOLDER, SecretFlag, SecretPlace, Setting};
pub use grants::{GrantFlag, Withheld};
pub use page::Page;
pub use review::{CheckArgs, ReviewArgs};
pub use secret::{SecretArgs, SecretList, SecretName, SecretRemove, SecretVerb};
pub use workshop::{BuildArgs, DevArgs, Kind, Lang, NewArgs, TestArgs};

use crate::components::bundled_names;
use crate::database::QUERY_VERB;
use crate::model::{ChannelName, Digest};
use crate::sandbox::compiled::COMPILE_VERB;

const EXIT_CODES: &str = "\
Answers go to standard output, everything else to standard error.

Exit codes:
  0  done
  1  failed; the error says what to do
  2  the command line is wrong
  3  refused: you have to decide something first; the error says what to type

Environment:
  LOCKGATE_HOME  the folder of all files, if --home is not given; else the XDG folders
  LOCKGATE_LOG   error, warn, info, debug or trace: what is logged to standard error
  NO_COLOR       no colours

Examples:
  lockgate demo
  lockgate add ./webhook.wasm --name ci --secret key=ask
  lockgate setup";

/// What stands below the help of `add`, after the names of what comes along.
const ADDING: &str = "Shows all that the channel asks for, and asks you. In a script, --yes stands for the answer and each thing that \
                  has to be named for a --grant; a line that lacks something is refused, and the whole one shown.\n\n\
                  Examples:\n  \
                  lockgate add ./webhook.wasm --name ci --secret key=ask\n  \
                  lockgate add ./webhook.wasm --name ci --secret key=env:CI_KEY --yes\n  \
                  lockgate add ./chat.wasm --name chat --yes --grant network:chat --grant host:api.example.org\n  \
                  lockgate add ./chat.wasm --name chat --yes --digest sha256:…     # over other bytes that were approved";

/// Hosts Claude Code channels that are WebAssembly components, sandboxed, behind one gate.
#[derive(Debug, Parser)]
#[command(name = "lockgate", version, after_help = EXIT_CODES, max_term_width = 80)]
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
    /// Show what changed in a component since you approved it, and accept it; lift a quarantine
    Review(ReviewArgs),
    /// Set, list or remove secrets
    Secret(SecretArgs),
    /// Look at a component without adding it, or at what becomes of a channel's request
    Check(CheckArgs),
    /// Show what runs and what waits
    Status(StatusArgs),
    /// Show how to connect Claude Code to lockgate, and what could keep events from arriving
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
    /// Make a project for a channel of your own
    New(NewArgs),
    /// Build a project into a component
    Build(BuildArgs),
    /// Run a project, and build and replace it whenever a source is saved
    Dev(DevArgs),
    /// Check that a component behaves as every channel has to
    Test(TestArgs),
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
    after_help = format!("It brings along: {}.\n\n{ADDING}", bundled_names())
)]
pub struct AddArgs {
    /// The component's file, or the name of one that lockgate brings along
    pub component: PathBuf,
    /// Your name for the channel; what lockgate brings along has one already
    #[arg(long)]
    pub name: Option<ChannelName>,
    /// Give it what was shown, without a question
    #[arg(short, long)]
    pub yes: bool,
    /// The digest that was shown; other bytes are not added
    #[arg(long, value_name = "DIGEST", requires = "yes")]
    pub digest: Option<Digest>,
    /// Do not offer to pair it with your own account
    #[arg(long)]
    pub no_pair: bool,
    /// What it is given.
    #[command(flatten)]
    pub choices: Choices,
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

/// Of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Columns:\n  \
                  waiting  events that wait to be pushed into a session\n  \
                  inbox    events that only the tool `inbox` gives\n  \
                  sent     events written to a session that has not shown yet that it reads\n  \
                  seen     events that a session saw\n  \
                  dead     events given up\n\nExamples:\n  lockgate status\n  lockgate status --json\n  lockgate status --check")]
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

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// It is none of ours, or asks for help.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(arguments)?;
        let choices = match &cli.verb {
            Verb::Add(add) => &add.choices,
            Verb::Review(review) => &review.choices,
            _ => return Ok(cli),
        };
        match choices.unclear() {
            None => Ok(cli),
            Some(text) => Err(clap::Error::raw(clap::error::ErrorKind::ValueValidation, text)),
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    /// A narrow terminal would break each line once more.
    #[test]
    fn help_fits_into_eighty_columns_and_no_sentence_of_it_has_breaks_of_its_own() {
        let mut command = Cli::command();
        command.build();
        let mut left: Vec<_> = command.get_subcommands().cloned().chain([command.clone()]).collect();
        while let Some(mut verb) = left.pop() {
            left.extend(verb.get_subcommands().cloned());
            let help = [verb.render_help(), verb.render_long_help()].map(|help| help.to_string());
            let long = help
                .iter()
                .flat_map(|help| help.lines())
                .find(|line| line.chars().count() > 80);
            // An example is typed as it stands.
            assert!(long.is_none_or(|line| line.starts_with("  lockgate ")), "{long:?}");
            let after = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = after.lines().collect();
            for pair in lines.windows(2) {
                let ends = pair[0].is_empty() || pair[0].starts_with(' ') || pair[0].ends_with(['.', ':']);
                assert!(ends || pair[1].is_empty() || pair[1].starts_with(' '), "{pair:?}");
            }
        }
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
}
