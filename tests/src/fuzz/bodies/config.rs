//! The operator's file: it is read, or refused with a place in it; and whatever is read can be edited without changing
//! what else it says.

use std::path::Path;

use lockgate::config::{Config, ConfigError, Origin, SecretSource, edit};
use lockgate::limits;
use lockgate::model::ChannelName;

use super::super::Body;
use super::{assert_inside, counted, text};

/// `lockgate.toml`.
pub const BODY: Body = Body {
    name: "config",
    play,
    words: &[
        "[channel.a]\n",
        "[channel.b]\n",
        "[channel]\n",
        "channel.a.component = \"/c.wasm\"\n",
        "component = \"/b.wasm\"\n",
        "network = \"n\"\n",
        "events = \"all\"\n",
        "direct = \"pairing\"\n",
        "rate = 2.5\n",
        "burst = 3\n",
        "page = true\n",
        "page = 8651\n",
        "secrets.key = { env = \"KEY\" }\n",
        "secrets.key = { file = \"/k\" }\n",
        "secrets = { key = { secret = \"k\" } }\n",
        "[channel.a.secrets]\n",
        "[channel.a.config]\n",
        "config.a.b = 1\n",
        "config = { \"a.b\" = true }\n",
        "listen = \"127.0.0.1:0\"\n",
        "listen-beyond-loopback = true\n",
        "always-on = true\n",
        "send-roots = [\"/home/me\"]\n",
        "hosts = [\"hooks.example.org\"]\n",
        "hosts = [\"api.example.org\"]\n",
        "certificates = \"/ca.pem\"\n",
        "upstream.\"api.example.org\" = \"http://127.0.0.1:1\"\n",
        "folders.notes = \"/notes\"\n",
        "folders.notes = { path = \"/n\", access = \"write\", quota = \"1MiB\" }\n",
        "databases.m = \"/m.db\"\n",
        "[channel.a.commands.c]\n",
        "program = \"/usr/bin/true\"\n",
        "fixed = [\"-a\"]\n",
        "arguments = [\".*\"]\n",
        "more = \"x\"\n",
        "dashes = true\n",
        "# a comment\n",
        " = ",
        "\"\"\"",
        "{",
        "}",
        "[[channel]]\n",
    ],
    usual: 6_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    match parsed(&text) {
        Ok(config) => {
            assert_bounds(&config);
            config
                .channels
                .keys()
                .for_each(|name| assert_edits(&text, &config, name));
            let channels = || config.channels.values();
            counted(&[
                ("channels", config.channels.len()),
                ("secrets", channels().map(|channel| channel.secrets.len()).sum()),
                ("hosts", channels().map(|channel| channel.hosts.len()).sum()),
                ("folders", channels().map(|channel| channel.folders.len()).sum()),
                ("commands", channels().map(|channel| channel.commands.len()).sum()),
                ("settings", channels().map(|channel| channel.settings.len()).sum()),
            ])
        }
        Err(error) => {
            match &error {
                ConfigError::TooLarge { bytes, .. } => assert!(*bytes > limits::CONFIG_BYTES),
                ConfigError::Unreadable { place, .. } | ConfigError::Wrong { place, .. } => {
                    assert_inside(*place, &text)
                }
            }
            error.to_string()
        }
    }
}

fn parsed(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("lockgate.toml"))
}

fn assert_bounds(config: &Config) {
    assert!(config.send_roots.iter().all(|root| root.is_absolute()));
    for channel in config.channels.values() {
        match &channel.component {
            Origin::File(path) => assert!(path.is_absolute(), "{path:?}"),
            Origin::Bundled(name) => assert!(!name.contains(['/', '.']), "{name:?}"),
        }
        assert!(channel.settings.len() <= limits::SETTINGS);
        assert!(
            channel.rate.per_second > 0.0 && channel.rate.per_second.is_finite(),
            "{:?}",
            channel.rate
        );
        let relative = |source: &SecretSource| matches!(source, SecretSource::File(path) if !path.is_absolute());
        assert!(!channel.secrets.values().any(relative));
    }
}

/// What is put is read again, beside everything else; what is removed is gone, and nothing else is.
fn assert_edits(text: &str, config: &Config, name: &ChannelName) {
    let channel = &config.channels[name];
    let again = edit::put_channel(text, name, channel).expect("a channel that was read can be put");
    assert_eq!(
        parsed(&again).as_ref(),
        Ok(config),
        "put into its own text, which is now\n{again}"
    );
    let alone = edit::put_channel("", name, channel).expect("a channel can be put into an empty text");
    let alone = parsed(&alone).unwrap_or_else(|error| panic!("{error} in\n{alone}"));
    assert_eq!(alone.channels.get(name), Some(channel), "put into an empty text");
    let without = edit::remove_channel(text, name).expect("a channel that was read can be removed");
    let mut rest = config.clone();
    rest.channels.remove(name);
    assert_eq!(parsed(&without).as_ref(), Ok(&rest), "removed, which leaves\n{without}");
}
