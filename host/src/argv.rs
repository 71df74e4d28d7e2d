//! Whether this process belongs to a channel session: read from the command lines of its ancestors, which somebody
//! else collects. Pure. The client tells a server nothing of its launch flags, but the first ancestor that is the
//! client shows them.

mod client;
#[cfg(test)]
mod tests;

/// How a process was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program's file, as the system resolved it; empty if it can't be read.
    pub exe: String,
    /// What it was given, the name of the program first.
    pub argv: Vec<String>,
}

/// Under which names the client knows this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNames {
    /// The name in the client's list of servers: `server:<name>`.
    pub server: String,
    /// The plugin that carries it: `plugin:<name>@<marketplace>`.
    pub plugin: String,
}

impl Default for ServerNames {
    fn default() -> Self {
        Self {
            server: "lockgate".to_owned(),
            plugin: "lockgate".to_owned(),
        }
    }
}

impl ServerNames {
    /// Whether an entry of a channel flag means this server.
    fn are_meant_by(&self, entry: &str) -> bool {
        if let Some(server) = entry.strip_prefix("server:") {
            return server == self.server;
        }
        let plugin = entry.strip_prefix("plugin:").and_then(|entry| entry.split_once('@'));
        plugin.is_some_and(|(plugin, marketplace)| plugin == self.plugin && !marketplace.is_empty())
    }
}

/// The flag that makes a session a channel session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelFlag {
    /// `--channels`.
    Channels,
    /// `--dangerously-load-development-channels`.
    Development,
}

impl ChannelFlag {
    /// As it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Channels => "--channels",
            Self::Development => "--dangerously-load-development-channels",
        }
    }
}

/// Why a client's session gets tools alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyToolsOnly {
    /// The client runs one of its own commands, like `mcp list`.
    Command,
    /// No channel flag.
    NoFlag,
    /// The flag names other servers.
    OtherServer,
    /// The development flag counts for nothing in print mode.
    DevelopmentInPrint,
}

impl WhyToolsOnly {
    /// For `status` and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Command => "the client runs a command, not a session",
            Self::NoFlag => "the client was started without a channel flag",
            Self::OtherServer => "the client's channel flag does not name this server",
            Self::DevelopmentInPrint => "the development flag counts for nothing in print mode",
        }
    }
}

/// What the session is, as far as its client's command line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// Events may be pushed into it.
    Channel {
        /// The flag that says so.
        flag: ChannelFlag,
    },
    /// It has tools alone.
    ToolsOnly {
        /// Why.
        why: WhyToolsOnly,
    },
    /// No ancestor is the client.
    NoClient,
}

/// Judges by the first client among the ancestors, the parent first. A client further up, as when a session's shell
/// starts another one, says nothing about this process.
pub fn channel_session(ancestors: &[CommandLine], server: &ServerNames) -> SessionKind {
    let client = ancestors.iter().find_map(client::arguments);
    client.map_or(SessionKind::NoClient, |arguments| judge(arguments, server))
}

fn judge(arguments: &[String], server: &ServerNames) -> SessionKind {
    let launch = client::Launch::read(arguments);
    if launch.is_command() {
        return SessionKind::ToolsOnly {
            why: WhyToolsOnly::Command,
        };
    }
    let ours = |entries: &[&str]| entries.iter().any(|entry| server.are_meant_by(entry));
    if ours(&launch.channels) {
        return SessionKind::Channel {
            flag: ChannelFlag::Channels,
        };
    }
    let why = match (ours(&launch.development), launch.mode) {
        (true, client::Mode::Interactive) => {
            return SessionKind::Channel {
                flag: ChannelFlag::Development,
            };
        }
        (true, client::Mode::Print) => WhyToolsOnly::DevelopmentInPrint,
        (false, _) if launch.channels.is_empty() && launch.development.is_empty() => WhyToolsOnly::NoFlag,
        (false, _) => WhyToolsOnly::OtherServer,
    };
    SessionKind::ToolsOnly { why }
}
