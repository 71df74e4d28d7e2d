//! What can be wrong in `lockgate.toml` beyond its shape, in words that end with what to write.

use std::net::SocketAddr;

use super::{WrongGift, WrongPeople};
use crate::limits;
use crate::model::NameError;
use crate::reach::{HostRefusal, LabelRefusal};

/// What is wrong in a configuration, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No channel's name.
    #[error(transparent)]
    Channel(#[from] NameError),
    /// Others could reach the listener.
    #[error("{0} can be reached from other machines: use 127.0.0.1, or set `listen-beyond-loopback = true`")]
    BeyondLoopback(SocketAddr),
    /// Relative to what?
    #[error("`{0}` is no absolute path: begin with `/`")]
    NotAbsolute(String),
    /// Too much to send from.
    #[error("`{0}` is no folder to send files from: name the folder itself, without `..`, and not the whole machine")]
    SendRoot(String),
    /// No name of a network, secret or entry.
    #[error("`{0}` is no name: use a to z, 0 to 9, `-` and `_`, begin with a letter, at most 64 characters")]
    Name(String),
    /// No rate.
    #[error("`rate` is events per second: write a number above 0, at most {}", limits::RATE_MOST)]
    Rate,
    /// No burst.
    #[error("`burst` is a number of events: write 1 to {}", limits::RATE_MOST)]
    Burst,
    /// No time in which somebody answers.
    #[error("`relay-ttl` is how long a question may be answered: write `1s` to `{most}`, like `1h`", most = humantime::format_duration(limits::RELAY_TTL_MOST))]
    RelayTtl,
    /// No tool's name.
    #[error(
        "`relay-tools` names tools as the client does, like `Bash`: at most {} of them, each without a space",
        limits::RELAY_TOOLS
    )]
    RelayTools,
    /// It would speak for people whom it has nothing to do with.
    #[error(
        "`dev` is for a channel that `lockgate dev` made: its name begins with `dev-`, its network is `{expected}` or none, and it \
         has no `relay`; take `dev` out, and run: lockgate review NAME"
    )]
    Dev {
        /// The only network that it may have.
        expected: String,
    },
    /// The network of a channel under development, for another one.
    #[error("`{0}` is the network of a channel under development, and of no other: name another one")]
    DevNetwork(String),
    /// No port.
    #[error("`page` is `true`, or a port from 1024 to 65535")]
    Page,
    /// No place, or several.
    #[error("a secret is in one place: write `env`, `file` or `secret`, and only one of them")]
    SecretPlace,
    /// No name of a variable.
    #[error("this is no name of an environment variable: use letters, digits and `_`")]
    Variable,
    /// Written flat and nested.
    #[error("the setting `{0}` is written twice, flat and nested: leave one out")]
    SettingTwice(String),
    /// A folder, a database or a program.
    #[error(transparent)]
    Gift(#[from] WrongGift),
    /// Who is heard.
    #[error(transparent)]
    People(#[from] WrongPeople),
    /// No host.
    #[error(transparent)]
    Host(#[from] HostRefusal),
    /// Names of this machine are known.
    #[error("a wildcard would let any name below reach the listener: write each name")]
    Wildcard,
    /// No place to send to.
    #[error(transparent)]
    Label(#[from] LabelRefusal),
    /// No server.
    #[error(
        "an upstream is `http://` or `https://`, an address of this machine and a port: write `http://127.0.0.1:8081`"
    )]
    Upstream,
    /// A server that somebody else could have.
    #[error(
        "{0} is not on this machine: an upstream is on loopback, like 127.0.0.1; ask for other hosts in channel.toml"
    )]
    UpstreamElsewhere(SocketAddr),
    /// Too many hosts.
    #[error("there are more than {} hosts: leave some out", limits::HOSTS)]
    ManyHosts,
    /// Too many settings.
    #[error("there are more than {} settings: leave some out", limits::SETTINGS)]
    ManySettings,
}
