//! Tables of manifests: what is read, and where each error points.

#![allow(clippy::unwrap_used)]

mod bounds;
mod http;

use super::*;
use crate::signature::{Algorithm, Encoding, SecretEncoding, Unit};

const WHOLE: &str = r#"
[channel]
name = "webhook"
version = "0.1.0"
summary = "Signed calls become events"
network = "forge"
events = "verified"

[life]
[timer]
[hook]
[[hook.rule]]
name = "forge"
path = "/forge"
secret = "forge"
algorithm = "hmac-sha256"
header = "X-Forge-Signature"
prefix = "sha256="
message = "{body}"

[[hook.rule]]
name = "pay"
path = "/"
methods = ["POST", "PUT"]
secret = "pay"
secret-encoding = "base64"
secret-prefix = "whsec_"
algorithm = "hmac-sha512"
encoding = "base64"
header = "pay-signature"
separator = ","
prefix = "v1="
message = "{timestamp}.{body}"
timestamp = { header = "Pay-Signature", separator = ",", prefix = "t=", unit = "ms", window = "5m" }

[secrets.forge]
title = "Forge"
help = """Two
lines"""
[secrets.pay]
title = "Pay"
required = false

[settings."text.push"]
title = "The line of a push"

[asks.limits]
memory = "128MiB"
poll-deadline = "1m 30s"

[asks.folders.notes]
title = "The notes to watch"
[asks.folders.drafts]
title = "Drafts"
access = "write"
required = false
[asks.databases.messages]
title = "The message database"
[asks.commands.notify]
title = "Shows a notification"
required = false
"#;

#[test]
fn all_that_can_be_written_is_read() {
    let manifest = Manifest::parse(WHOLE).unwrap();
    assert_eq!(
        manifest.interfaces(),
        [Interface::Life, Interface::Timer, Interface::Hook]
    );
    assert_eq!(manifest.about.network.as_deref(), Some("forge"));
    assert_eq!(manifest.about.events, Some(EventsPolicy::Verified));
    let [forge, pay] = manifest.rules.as_slice() else {
        panic!("two rules")
    };
    assert_eq!(
        (forge.header.as_str(), forge.encoding),
        ("x-forge-signature", Encoding::Hex)
    );
    assert!(forge.covers("POST", "/forge") && !forge.covers("PUT", "/forge") && !forge.covers("POST", "/forge/"));
    assert_eq!(
        (pay.algorithm, pay.secret_form.encoding),
        (Algorithm::HmacSha512, SecretEncoding::Base64)
    );
    let stamp = pay.timestamp.as_ref().unwrap();
    assert_eq!(
        (stamp.unit, stamp.window, stamp.header.as_str()),
        (Unit::Millis, Duration::from_secs(300), "pay-signature")
    );
    assert!(manifest.secrets["forge"].required && !manifest.secrets["pay"].required);
    assert_eq!(manifest.settings["text.push"].title, "The line of a push");
    assert_eq!(manifest.limits.memory, Some(128 << 20));
    assert_eq!(manifest.limits.poll_deadline, Some(Duration::from_secs(90)));
}

#[test]
fn asks_for_what_is_on_the_machine_are_read() {
    let manifest = Manifest::parse(WHOLE).unwrap();
    let folder = |name: &str| (manifest.folders[name].access, manifest.folders[name].required);
    assert_eq!(folder("notes"), (FolderAccess::Read, true));
    assert_eq!(folder("drafts"), (FolderAccess::Write, false));
    assert_eq!(manifest.databases["messages"].title, "The message database");
    assert!(manifest.databases["messages"].required && !manifest.commands["notify"].required);
    check(
        "[asks.folders.notes]",
        "[asks.folders.▸\"no tes\"]",
        "`no tes` is no name",
    );
    check("[asks.folders.notes]", "[asks.folders.▸\"../x\"]", "`../x` is no name");
    check("access = \"write\"", "access = ▸\"all\"", "unknown variant `all`");
    check("\"The notes to watch\"", "\"\"", "this text is empty");
    check("\"Shows a notification\"", "\"a\\nb\"", "this text holds a control");
    check(
        "[asks.databases.messages]",
        "[asks.databases.messages]\n▸access = \"read\"",
        "unknown field",
    );
    check(
        "[asks.databases.messages]\ntitle = \"The message database\"",
        "[asks.databases.messages]",
        "missing field",
    );
}

#[test]
fn little_is_enough() {
    let manifest = Manifest::parse("[channel]\nname='a'\nversion='1'\nsummary='s'\n[source]").unwrap();
    assert_eq!(manifest.interfaces(), [Interface::Source]);
    assert_eq!(manifest.limits, LimitAsks::default());
}

/// Changes one text of the whole manifest, and expects an error at the mark, or else at the change, that says this.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let at = WHOLE.find(from).unwrap();
    let mark = to.find('▸').unwrap_or(0);
    let text = WHOLE.replacen(from, &to.replace('▸', ""), 1);
    let expected = format!("{}: {expected}", Place::of(&text, at + mark));
    let error = Manifest::parse(&text).unwrap_err().to_string();
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

#[test]
fn shapes_are_checked_with_their_place() {
    check("[life]", "[▸lief]", "unknown field `lief`");
    check("[life]", "[life]\n▸x = 1", "unknown field `x`");
    check("name = \"webhook\"", "name = ▸3", "invalid type: integer `3`");
    check("summary =", "sumary =", "unknown field `sumary`");
    check("\"hmac-sha256\"", "\"md5\"", "unknown variant `md5`");
    check("unit = \"ms\"", "unit = ▸\"h\"", "unknown variant `h`");
    check("\"verified\"", "\"maybe\"", "unknown variant `maybe`");
    let rule = "[[hook.rule]]\nname = \"forge\"\npath = \"/forge\"\n";
    check(&format!("{rule}secret = \"forge\"\n"), rule, "missing field `secret`");
    check("[asks.limits]", "[asks.▸tcp]", "unknown field `tcp`");
    check("[channel]", "[channel▸", "");
    check("required = false", "required = ▸\"no\"", "invalid type: string \"no\"");
}

#[test]
fn sense_is_checked_with_its_place() {
    check("name = \"webhook\"", "name = ▸\"Web hook\"", "`Web hook` is no name");
    check("\"0.1.0\"", "\"0 1\"", "`0 1` is no version");
    check("\"Signed calls become events\"", "\"\"", "this text is empty");
    check("\"Signed calls", "\"\\u001b[2J", "this text holds a control");
    check("name = \"pay\"", "name = ▸\"forge\"", "another rule is named `forge`");
    check(
        "path = \"/\"\nmethods = [\"POST\"",
        "path = ▸\"/forge\"\nmethods = [\"POST\"",
        "the rule `forge` is for POST /forge",
    );
    check(
        "secret = \"pay\"",
        "secret = ▸\"gold\"",
        "no secret `gold` is asked for",
    );
    check("\"/forge\"", "\"forge\"", "`forge` is no path");
    check("\"/forge\"", "\"/a/../b\"", "`/a/../b` is no path");
    check("\"/forge\"", "\"//a\"", "`//a` is no path");
    check("\"/forge\"", "\"/a%2f\"", "`/a%2f` is no path");
    check("\"PUT\"", "\"put\"", "`put` is no method");
    check("\"PUT\"", "\"POST\"", "`POST` is no method");
    check("[\"POST\", \"PUT\"]", "[]", "`` is no method");
    check("\"X-Forge-Signature\"", "\"X Forge\"", "`X Forge` is no header");
}

#[test]
fn messages_and_amounts_are_checked_with_their_place() {
    check("\"{body}\"", "\"all\"", "the message lacks {body}");
    check(
        "\"{body}\"",
        "\"{timestamp}.{body}\"",
        "the message has {timestamp}, but",
    );
    check(
        "\"{timestamp}.{body}\"\ntimestamp = ",
        "\"{body}\"\ntimestamp = ▸",
        "the message lacks {timestamp}",
    );
    check("\"{timestamp}.{body}\"", "\"{timestamp}{body}\"", "{timestamp} touches");
    check("\"5m\"", "\"five\"", "`five` is no duration");
    check("\"5m\"", "\"0s\"", "`0s` is no duration");
    check("\"5m\"", "\"2days\"", "this is more than 1day");
    check("\"128MiB\"", "\"129MiB\"", "this is more than 128MiB");
    check("\"128MiB\"", "\"1e3MiB\"", "`1e3MiB` is no size");
    check("\"128MiB\"", "\"0B\"", "`0B` is no size");
    check(
        "\"128MiB\"",
        "\"99999999999999999999GiB\"",
        "`99999999999999999999GiB` is no size",
    );
    check("\"1m 30s\"", "\"91s\"", "this is more than 1m 30s");
    check("[secrets.forge]", "[secrets.▸\"for ge\"]", "`for ge` is no name");
}

#[test]
fn a_hook_without_a_rule_is_refused() {
    let error = Manifest::parse("[channel]\nname='a'\nversion='1'\nsummary='s'\n[hook]").unwrap_err();
    assert!(
        matches!(
            error,
            ManifestError::Wrong {
                wrong: Wrong::NoRule,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn bounds_hold() {
    let long = format!("{WHOLE}#{}", "x".repeat(limits::MANIFEST_BYTES));
    assert_eq!(
        Manifest::parse(&long),
        Err(ManifestError::TooLarge { bytes: long.len() })
    );
    let many: String = (0..=limits::MANIFEST_ENTRIES)
        .map(|n| format!("[secrets.s{n}]\ntitle='t'\n"))
        .collect();
    let error = Manifest::parse(&format!("[channel]\nname='a'\nversion='1'\nsummary='s'\n{many}")).unwrap_err();
    assert!(
        matches!(
            error,
            ManifestError::Wrong {
                wrong: Wrong::Many(_),
                ..
            }
        ),
        "{error}"
    );
}

proptest::proptest! {
    #[test]
    fn a_damaged_manifest_is_read_or_refused_and_nothing_else(at in 0..WHOLE.len(), cut in 0..40_usize, put in "\\PC{0,3}") {
        let mut text = WHOLE.to_owned();
        text.replace_range(at..(at + cut).min(WHOLE.len()), &put);
        let _ = Manifest::parse(&text);
    }
}
