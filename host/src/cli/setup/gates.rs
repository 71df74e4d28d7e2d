//! The conditions under which the client lets a server push events, as far as a process beside it can know them. Pure:
//! what was seen is an argument.

use std::path::PathBuf;

use crate::argv::SessionKind;
use crate::organisation::Settings;

/// What was seen.
pub(super) struct Sight<'a> {
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The client's program.
    pub client: Option<PathBuf>,
    /// The organisation's settings.
    pub managed: Managed,
    /// What the client above this process was told.
    pub session: SessionKind,
}

/// What the organisation's files say of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Managed {
    /// There are none.
    None,
    /// `channelsEnabled` is true.
    Enabled,
    /// It is not; false counts as not set.
    Unset,
    /// A file can't be read.
    Unreadable,
}

impl Managed {
    /// Of what the files say together. False is not set, to the client.
    pub fn of(settings: Result<Option<Settings>, String>) -> Self {
        match settings {
            Err(_) => Self::Unreadable,
            Ok(None) => Self::None,
            Ok(Some(settings)) if settings.channels_enabled == Some(true) => Self::Enabled,
            Ok(Some(_)) => Self::Unset,
        }
    }
}

/// Whether a condition is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Closed,
    Unknown,
}

/// One condition.
pub(super) struct Gate {
    pub what: &'static str,
    pub state: State,
    /// What was seen, and what to do.
    pub text: String,
}

/// Variables that take the client to another provider, where there are no channels.
const PROVIDERS: [&str; 3] = [
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
];
/// Variables that keep the client from fetching its feature flags; without them channels are off.
const FLAGS_OFF: [&str; 4] = [
    "DISABLE_TELEMETRY",
    "DO_NOT_TRACK",
    "DISABLE_GROWTHBOOK",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
];

/// All conditions, in the client's order.
pub(super) fn all(sight: &Sight<'_>) -> Vec<Gate> {
    let account = "the client needs a claude.ai or Console login of its own; /status in the client shows it".to_owned();
    vec![
        client(sight.client.as_ref()),
        variables(
            "provider",
            &PROVIDERS,
            sight,
            "channels exist with the first-party API only",
        ),
        Gate {
            what: "login",
            state: State::Unknown,
            text: account,
        },
        variables(
            "feature flag",
            &FLAGS_OFF,
            sight,
            "the client then fetches no feature flags, and channels are off",
        ),
        organisation(sight.managed),
        session(sight.session),
    ]
}

fn client(found: Option<&PathBuf>) -> Gate {
    let (state, text) = match found {
        Some(path) => (State::Open, path.display().to_string()),
        None => (
            State::Closed,
            "no `claude` on PATH here; install it, or start it by its path".to_owned(),
        ),
    };
    Gate {
        what: "client",
        state,
        text,
    }
}

fn variables(what: &'static str, names: &[&str], sight: &Sight<'_>, why: &str) -> Gate {
    let set: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| is_on((sight.variable)(name).as_deref()))
        .collect();
    if set.is_empty() {
        return Gate {
            what,
            state: State::Open,
            text: format!("none of {} is set here", names.join(", ")),
        };
    }
    Gate {
        what,
        state: State::Closed,
        text: format!("{why}; run: unset {}", set.join(" ")),
    }
}

/// As the client reads a switch.
fn is_on(value: Option<&str>) -> bool {
    let value = value.unwrap_or_default().trim().to_ascii_lowercase();
    !matches!(value.as_str(), "" | "0" | "false" | "no" | "off")
}

fn organisation(managed: Managed) -> Gate {
    let (state, text) = match managed {
        Managed::None => (
            State::Unknown,
            "no managed settings on this machine; a team's or enterprise's own settings can't be seen from here",
        ),
        Managed::Enabled => (State::Open, "the managed settings have channelsEnabled = true"),
        Managed::Unset => (
            State::Closed,
            "managed settings without channelsEnabled = true; only who manages this machine can add it",
        ),
        Managed::Unreadable => (
            State::Unknown,
            "the managed settings can't be read; /status in the client shows them",
        ),
    };
    Gate {
        what: "organisation",
        state,
        text: text.to_owned(),
    }
}

fn session(session: SessionKind) -> Gate {
    let (state, text) = match session {
        SessionKind::Channel { flag } => (State::Open, format!("the client above has {}", flag.as_str())),
        SessionKind::ToolsOnly { why } => (State::Closed, format!("{}; start it with the line above", why.as_str())),
        SessionKind::NoClient => (
            State::Unknown,
            "not inside a session; `! lockgate setup` inside one looks at its command line".to_owned(),
        ),
    };
    Gate {
        what: "session",
        state,
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argv::{ChannelFlag, WhyToolsOnly};

    #[track_caller]
    fn check(set: &[(&str, &str)], managed: Managed, session: SessionKind, closed: &[&str], unknown: &[&str]) {
        let variable = |name: &str| {
            set.iter()
                .find(|(own, _)| *own == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let sight = Sight {
            variable: &variable,
            client: Some("/c".into()),
            managed,
            session,
        };
        let gates = all(&sight);
        let of = |state| {
            gates
                .iter()
                .filter(|gate| gate.state == state)
                .map(|gate| gate.what)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (of(State::Closed), of(State::Unknown)),
            (closed.to_vec(), unknown.to_vec())
        );
    }

    #[test]
    fn each_condition_is_told() {
        let channel = SessionKind::Channel {
            flag: ChannelFlag::Development,
        };
        let plain = SessionKind::ToolsOnly {
            why: WhyToolsOnly::NoFlag,
        };
        check(&[], Managed::Enabled, channel, &[], &["login"]);
        check(
            &[],
            Managed::None,
            SessionKind::NoClient,
            &[],
            &["login", "organisation", "session"],
        );
        check(
            &[("CLAUDE_CODE_USE_VERTEX", "1")],
            Managed::Unset,
            plain,
            &["provider", "organisation", "session"],
            &["login"],
        );
        check(
            &[("DO_NOT_TRACK", "1"), ("DISABLE_TELEMETRY", "true")],
            Managed::Enabled,
            channel,
            &["feature flag"],
            &["login"],
        );
        check(
            &[("DO_NOT_TRACK", "0"), ("DISABLE_TELEMETRY", "")],
            Managed::Enabled,
            channel,
            &[],
            &["login"],
        );
    }

    #[test]
    fn what_an_organisations_files_mean_to_the_client() {
        let of = |channels_enabled| {
            Managed::of(Ok(Some(Settings {
                channels_enabled,
                allowed_plugins: None,
            })))
        };
        assert_eq!(of(Some(true)), Managed::Enabled);
        assert_eq!(of(Some(false)), Managed::Unset);
        assert_eq!(of(None), Managed::Unset);
        assert_eq!(Managed::of(Ok(None)), Managed::None);
        assert_eq!(Managed::of(Err("why".to_owned())), Managed::Unreadable);
    }

    #[test]
    fn a_problem_says_what_to_type() {
        let variable = |name: &str| (name.starts_with('D')).then(|| "1".to_owned());
        let sight = Sight {
            variable: &variable,
            client: None,
            managed: Managed::None,
            session: SessionKind::NoClient,
        };
        let texts: Vec<String> = all(&sight).into_iter().map(|gate| gate.text).collect();
        assert!(
            texts[3].ends_with("run: unset DISABLE_TELEMETRY DO_NOT_TRACK DISABLE_GROWTHBOOK"),
            "{}",
            texts[3]
        );
        assert!(texts[0].contains("install it"), "{}", texts[0]);
    }
}
