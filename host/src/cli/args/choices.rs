//! What the operator gives a channel, as it is typed: the flags that `add` and `review` share.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::grants::{GrantFlag, Withheld, grant, withheld};
use super::page::{Page, page};
use crate::access::EventsPolicy;
use crate::config::is_variable;
use crate::limits;
use crate::manifest::is_name;

/// What lines to type have in place of a variable's name.
pub const PLACEHOLDER: &str = "VARIABLE";

/// What a channel is given.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct Choices {
    /// Grant one thing that it asks for: hosts, host:HOST, network:NAME, secret:NAME=WHERE, folder:NAME=PATH[:write],
    /// database:NAME=PATH or command:NAME=PROGRAM; or let these very bytes carry approvals: relay
    #[arg(long = "grant", value_name = "KIND:NAME", value_parser = grant)]
    pub grants: Vec<GrantFlag>,
    /// Leave a host out that it asks for, or `all` of them
    #[arg(long = "withhold", value_name = "HOST", value_parser = withheld)]
    pub withheld: Vec<Withheld>,
    /// A setting of the channel
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Where a secret is: env:VARIABLE, file:PATH, or ask (then it is kept in secrets.toml)
    #[arg(long = "secret", value_name = "NAME=WHERE", value_parser = secret)]
    pub secrets: Vec<SecretFlag>,
    /// The network whose accounts it may name, or `none`
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
    /// That it is under development, which only `lockgate dev` says
    #[arg(skip)]
    pub dev: bool,
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
    /// In this entry of secrets.toml, where it is already; no flag says so.
    Kept(String),
    /// Something else, of which nothing is kept: it may be the secret itself.
    Unclear,
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

impl Choices {
    /// Whether no flag says anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether they say that the channel may carry approvals, and nothing else.
    pub fn are_relay_alone(&self) -> bool {
        let grants = vec![GrantFlag::Relay];
        let alone = Self {
            grants,
            ..Self::default()
        };
        *self == alone
    }

    /// The secrets that flags name, by whichever of the two ways; the later one wins.
    pub fn secrets(&self) -> impl DoubleEndedIterator<Item = &SecretFlag> {
        let granted = self.grants.iter().filter_map(|grant| match grant {
            GrantFlag::Secret(flag) => Some(flag),
            _ => None,
        });
        self.secrets.iter().chain(granted)
    }

    /// Why a secret's place can't be used. Not found by the parser of the value: its error would repeat the value.
    pub(super) fn unclear(&self) -> Option<String> {
        let placeholder = SecretPlace::Env(PLACEHOLDER.to_owned());
        if let Some(flag) = self.secrets().find(|flag| flag.place == placeholder) {
            return Some(format!(
                "--secret {}=env:{PLACEHOLDER}: write the name of the variable that holds the secret instead of {PLACEHOLDER}\n",
                flag.name
            ));
        }
        let flag = self.secrets().find(|flag| flag.place == SecretPlace::Unclear)?;
        Some(format!(
            "--secret {}=…: write NAME=env:VARIABLE, NAME=file:PATH or NAME=ask; a secret itself does not belong on a \
             command line\n",
            flag.name
        ))
    }
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

pub(super) fn secret(text: &str) -> Result<SecretFlag, Infallible> {
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

pub(super) fn network(text: &str) -> Result<String, String> {
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
    use std::ffi::OsString;

    use super::super::Cli;
    use super::*;

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
        let typed =
            |flag: &str, value: &str| ["lockgate", "add", "x.wasm", "--name", "ci", flag, value].map(OsString::from);
        for (flag, value) in [
            ("--secret", "key=hunter2"),
            ("--secret", "hunter2"),
            ("--grant", "secret:key=hunter2"),
            ("--grant", "secret:hunter2=hunter2 "),
        ] {
            let error = Cli::read(typed(flag, value)).unwrap_err();
            assert!(error.use_stderr() && !error.to_string().contains("=hunter2"), "{error}");
        }
        for (flag, value) in [("--secret", "key=env:VARIABLE"), ("--grant", "secret:key=env:VARIABLE")] {
            let error = Cli::read(typed(flag, value)).unwrap_err().to_string();
            assert!(
                error.contains("the name of the variable that holds the secret"),
                "{error}"
            );
        }
        assert!(Cli::read(typed("--secret", "key=ask")).is_ok());
        assert!(Cli::read(typed("--grant", "secret:key=ask")).is_ok());
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
