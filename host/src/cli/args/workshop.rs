//! What can be typed after the verbs that make channels: `new`, `build`, `dev` and `test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::ChannelName;

/// In what a new project is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Rust
    Rust,
    /// TypeScript, with fetch (12 MB, runs on StarlingMonkey)
    Ts,
    /// JavaScript, without fetch (1 MB, runs on QuickJS)
    Js,
    /// Python
    Python,
    /// Go
    Go,
    /// C
    C,
    /// Zig
    Zig,
}

/// What a new channel does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Looks for news
    Feed,
    /// Is called over HTTP
    Webhook,
    /// Polls and answers
    Chat,
    /// Listens on a websocket and answers
    LiveChat,
}

/// Of `new`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lockgate new weather --lang python --kind feed\n  lockgate new ./ci-hook --lang rust --kind webhook"
)]
pub struct NewArgs {
    /// The folder to make; its name is the channel's
    pub path: PathBuf,
    /// The language
    #[arg(long, value_enum, value_name = "rust|ts|js|python|go|c|zig")]
    pub lang: Lang,
    /// What the channel does
    #[arg(long, value_enum, default_value_t = Kind::Webhook)]
    pub kind: Kind,
}

/// Of `build`.
#[derive(Debug, Args)]
#[command(
    after_help = "The project's own tools and scripts run as you: build only what you would run.\n\nExamples:\n  lockgate build\n  lockgate build ./weather --json"
)]
pub struct BuildArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// As JSON: path, digest, size, language
    #[arg(long)]
    pub json: bool,
}

/// Of `dev`.
#[derive(Debug, Args)]
#[command(
    after_help = "It shows what the channel asks for, asks you once, and runs it as dev-NAME in the process that serves your \
                  session, or else in a session in this terminal. Its calls, logs and refusals are shown; /help says what \
                  can be typed. Ctrl-C ends it and takes the channel away; its secrets are kept, and are used \
                  without a question the next time that this folder is developed.\n\n\
                  Examples:\n  lockgate dev ./weather\n  lockgate dev ./weather --as weather --trust"
)]
pub struct DevArgs {
    /// The project's folder, or a component's file that something else builds
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Run what is built in place of this channel, with its store and its secrets; needs --trust
    #[arg(long = "as", value_name = "NAME")]
    pub stand_in: Option<ChannelName>,
    /// With --as: each build may use that channel's store, secrets and network at once, without your review
    #[arg(long, requires = "stand_in")]
    pub trust: bool,
}

/// Of `test`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lockgate build && lockgate test\n  lockgate test ./weather.wasm\n  lockgate test webhook --json\n\n\
    Nothing outside is asked: every platform, file and clock that the component meets is a stand-in.\n\
    It exits with 1 if a check fails."
)]
pub struct TestArgs {
    /// A project's folder that was built, a component's file, or the name of one that lockgate brings along
    #[arg(default_value = ".")]
    pub component: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
