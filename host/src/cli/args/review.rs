//! What can be typed after `review` and `check`.

use std::path::PathBuf;

use clap::Args;

use super::choices::Choices;
use crate::model::{ChannelName, Digest};

/// Of `review`.
#[derive(Debug, Args)]
#[command(after_help = "Approved bytes run on until you accept others.\n\nExamples:\n  \
                  lockgate review                # which channels need one\n  \
                  lockgate review ci             # what changed; at a terminal it asks whether to accept\n  \
                  lockgate review ci --accept --digest sha256:… --grant host:api.example.org\n  \
                  lockgate review chat --grant relay    # let the approved bytes carry approvals\n  \
                  lockgate review ci --resume    # let a channel try again that failed too often")]
pub struct ReviewArgs {
    /// The channel; without one, all that need a review are listed
    pub name: Option<ChannelName>,
    /// Take what was shown: the bytes with this --digest
    #[arg(long, requires = "name", conflicts_with = "resume")]
    pub accept: bool,
    /// The digest that a review has shown; other bytes are not accepted
    #[arg(long, value_name = "DIGEST", requires = "accept")]
    pub digest: Option<Digest>,
    /// Let a channel try again that was quarantined, or whose credential was refused
    #[arg(long, requires = "name")]
    pub resume: bool,
    /// What it is given.
    #[command(flatten)]
    pub choices: Choices,
}

/// Of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing is added, started or sent. Exit code 1: it can't be added, or the request is refused.\n\n\
                  Examples:\n  \
                  lockgate check ./webhook.wasm            # all that it asks for\n  \
                  lockgate check ./webhook.wasm --json\n  \
                  lockgate check chat                      # of a channel that was added\n  \
                  lockgate check chat GET https://api.example.org/v1/items"
)]
pub struct CheckArgs {
    /// The component's file, or a channel's name
    #[arg(value_name = "COMPONENT|NAME")]
    pub subject: PathBuf,
    /// The method of a request
    #[arg(requires = "url")]
    pub method: Option<String>,
    /// Its URL, as the channel would write it, placeholders included
    pub url: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
