//! An organisation's files: whatever stands in them, what they admit is what they list, and more of them never admits more.

use lockgate::model::Digest;
use lockgate::organisation::{Judged, Policy, PolicyError, Text, Texts};

use super::super::Body;
use super::{assert_inside, text};

/// Client's settings, a line `---`, more of them, and behind the last `===` the policy file.
pub const BODY: Body = Body {
    name: "organisation",
    play,
    words: &[
        "{}",
        "{\"channelsEnabled\": true}",
        "{\"channelsEnabled\": false}",
        "{\"allowedChannelPlugins\": []}",
        "{\"allowedChannelPlugins\": [\"p@m\", {\"marketplace\": \"m\", \"plugin\": \"p\"}]}",
        "\n---\n",
        "\n===\n",
        "[[channel]]\n",
        "[defaults]\n",
        "digest = \"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n",
        "name = \"a note\"\n",
        "hosts = []\n",
        "hosts = [\"api.example.org\"]\n",
        "folders = [\"/srv\"]\n",
        "databases = []\n",
        "commands = [\"/usr/bin/true\"]\n",
        "relay = true\n",
    ],
    usual: 8_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    let (settings, policy) = match text.rsplit_once("\n===\n") {
        Some((settings, policy)) => (settings, Some(policy)),
        None => (text.as_str(), None),
    };
    let settings: Vec<&str> = settings
        .split("\n---\n")
        .filter(|text| !text.trim().is_empty())
        .collect();
    let all = read(&settings, policy);
    if let Err(PolicyError::Unreadable { file, place, .. }) = &all {
        let file = file.display().to_string();
        let read = settings
            .iter()
            .enumerate()
            .find(|(nth, _)| file == format!("{nth}.json"));
        assert_inside(*place, read.map_or(policy.unwrap_or_default(), |(_, text)| text));
    }
    // The empty component's digest is one that can stand in the corpus.
    let (listed, other) = (Digest::of(b""), Digest::of(b"other"));
    assert!(
        !admits(&all, &other) || admits(&all, &listed),
        "another is admitted and this one is not"
    );
    assert!(
        !admits(&all, &other) || policy.is_none(),
        "what a list does not name is admitted"
    );
    if let Some(policy) = policy {
        assert!(
            names(policy, &listed) || !admits(&all, &listed),
            "what a list does not name is admitted"
        );
        assert!(
            !admits(&all, &listed) || admits(&read(&[], Some(policy)), &listed),
            "settings admitted it"
        );
    }
    match all {
        Err(error) => error.to_string(),
        Ok(policy) => match policy.judge(&listed) {
            Judged::Free => "free".to_owned(),
            Judged::Within(ceilings) => format!("within {}", ceilings.words(&[])),
            Judged::Refused(why) => format!("refused {why}"),
        },
    }
}

fn read(settings: &[&str], policy: Option<&str>) -> Result<Policy, PolicyError> {
    let text = |file: String, text: &str| Text {
        file: file.into(),
        text: text.to_owned(),
    };
    Policy::read(&Texts {
        settings: settings
            .iter()
            .enumerate()
            .map(|(nth, json)| text(format!("{nth}.json"), json))
            .collect(),
        policy: policy.map(|toml| text("policy.toml".to_owned(), toml)),
        place: "policy.toml".into(),
    })
}

/// Whether a policy file has an entry for these bytes, read in another way.
fn names(policy: &str, component: &Digest) -> bool {
    let table: toml::Table = policy.parse().unwrap_or_default();
    let entries = table.get("channel").and_then(toml::Value::as_array);
    let digests = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("digest")?.as_str());
    digests.map(str::parse).any(|digest| digest.as_ref() == Ok(component))
}

/// What can't be understood admits nothing.
fn admits(policy: &Result<Policy, PolicyError>, component: &Digest) -> bool {
    policy
        .as_ref()
        .is_ok_and(|policy| !matches!(policy.judge(component), Judged::Refused(_)))
}
