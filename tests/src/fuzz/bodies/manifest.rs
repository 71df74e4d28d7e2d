//! A manifest: it is read within all bounds, or refused with a place that stands in it.

use lockgate::limits;
use lockgate::manifest::{Manifest, ManifestError, is_name};
use lockgate::signature::is_header_name;

use super::super::Body;
use super::{assert_inside, counted, text};

/// `channel.toml`.
pub const BODY: Body = Body {
    name: "manifest",
    play,
    words: &[
        "[channel]\n",
        "[hook]\n",
        "[[hook.rule]]\n",
        "[secrets.key]\n",
        "[settings.a]\n",
        "[sink]\n",
        "[source]\n",
        "[timer]\n",
        "[socket]\n",
        "[life]\n",
        "[media]\n",
        "[page]\n",
        "[asks.limits]\n",
        "[[asks.http]]\n",
        "[asks.folders.a]\n",
        "[asks.databases.a]\n",
        "[asks.commands.a]\n",
        "[[tool]]\n",
        "name = ",
        "path = ",
        "secret = ",
        "header = ",
        "prefix = ",
        "message = ",
        "timestamp = ",
        "title = ",
        "host = ",
        "methods = ",
        "paths = ",
        "credentials = ",
        "schema = ",
        "required = true\n",
        "memory = \"128MiB\"\n",
        "data = \"1GiB\"\n",
        "\"5m\"",
        "\"/a\"",
        "\"{body}\"",
        "\"{timestamp}.{body}\"",
        "\"hmac-sha256\"",
        "\"*.example.org\"",
        "[\"GET\"]",
        "{ secret = \"key\" }",
        "= {",
        "}\n",
    ],
    usual: 6_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    match Manifest::parse(&text) {
        Ok(manifest) => {
            assert_bounds(&manifest);
            assert_eq!(
                Manifest::parse(&text).as_ref(),
                Ok(&manifest),
                "the same text is another manifest"
            );
            counted(&[
                ("rules", manifest.rules.len()),
                ("secrets", manifest.secrets.len()),
                ("settings", manifest.settings.len()),
                ("exports", manifest.exports.len()),
                ("http", manifest.http.len()),
                ("sink", usize::from(manifest.sink.is_some())),
            ])
        }
        Err(error) => {
            match &error {
                ManifestError::TooLarge { bytes } => assert!(*bytes > limits::MANIFEST_BYTES),
                ManifestError::Unreadable { place, .. } | ManifestError::Wrong { place, .. } => {
                    assert_inside(*place, &text)
                }
            }
            error.to_string()
        }
    }
}

fn assert_bounds(manifest: &Manifest) {
    let about = &manifest.about;
    assert!(
        is_name(&about.name) && about.name.len() <= limits::NAME_BYTES,
        "{:?}",
        about.name
    );
    assert!(about.version.len() <= limits::NAME_BYTES, "{:?}", about.version);
    assert!(!about.summary.chars().any(char::is_control), "{:?}", about.summary);
    assert!(about.network.as_deref().is_none_or(is_name), "{:?}", about.network);
    assert!(
        manifest
            .limits
            .memory
            .is_none_or(|bytes| bytes <= limits::GUEST_MEMORY_MOST)
    );
    assert!(
        manifest
            .limits
            .data
            .is_none_or(|bytes| bytes <= limits::DATA_BYTES_MOST)
    );
    assert!(
        manifest
            .limits
            .poll_deadline
            .is_none_or(|time| time <= limits::POLL_DEADLINE_MOST)
    );
    for entries in [
        manifest.rules.len(),
        manifest.secrets.len(),
        manifest.settings.len(),
        manifest.http.len(),
    ] {
        assert!(entries <= limits::MANIFEST_ENTRIES, "{entries} entries");
    }
    assert!(manifest.secrets.keys().all(|name| is_name(name)));
    for (name, ask) in &manifest.secrets {
        assert!(
            !ask.title.is_empty() && ask.help.as_ref().is_none_or(|help| help.len() <= limits::HELP_BYTES),
            "{name}"
        );
    }
    assert_rules(manifest);
}

/// No two rules take one call, and each has a path, a header and a secret that make sense.
fn assert_rules(manifest: &Manifest) {
    let mut routes = std::collections::BTreeSet::new();
    for rule in &manifest.rules {
        assert!(
            rule.path.starts_with('/') && rule.path.len() <= limits::HOOK_PATH_BYTES,
            "{:?}",
            rule.path
        );
        let odd = |segment: &str| matches!(segment, "." | "..") || segment.contains(['?', '#', '%', '\\', ' ']);
        assert!(!rule.path.split('/').any(odd), "{:?}", rule.path);
        assert!(
            is_header_name(&rule.header) && rule.header == rule.header.to_ascii_lowercase(),
            "{:?}",
            rule.header
        );
        assert!(manifest.secrets.contains_key(&rule.secret), "{:?}", rule.secret);
        assert_eq!(rule.message.has_timestamp(), rule.timestamp.is_some());
        let window = rule.timestamp.as_ref().map(|stamp| stamp.window);
        assert!(
            window.is_none_or(|window| window <= limits::SIGNATURE_WINDOW_MOST),
            "{window:?}"
        );
        for method in &rule.methods {
            assert!(
                routes.insert((&rule.path, method)),
                "{method} {} is taken by two rules",
                rule.path
            );
        }
    }
}
