//! Texts and lists of a manifest, below, at and above their bounds.

use super::*;

/// A rule and a secret, in which one thing stands in place of its usual value.
fn manifest(key: &str, value: &str) -> Result<Manifest, ManifestError> {
    let usual = [
        ("version", "1"),
        ("summary", "s"),
        ("rule", "r"),
        ("path", "/r"),
        ("method", "POST"),
        ("header", "x-s"),
        ("prefix", "p"),
        ("separator", ","),
        ("secret-prefix", "p"),
        ("message", "{body}"),
        ("title", "t"),
        ("help", "h"),
    ];
    assert!(usual.iter().any(|(name, _)| *name == key), "no such key: {key}");
    let of = |name: &str| {
        let (_, usual) = usual.iter().find(|(found, _)| *found == name).unwrap();
        if name == key {
            value.to_owned()
        } else {
            (*usual).to_owned()
        }
    };
    Manifest::parse(&format!(
        "[channel]\nname='a'\nversion='{}'\nsummary='{}'\n[hook]\n[[hook.rule]]\nname='{}'\npath='{}'\nmethods=['{}']\n\
         secret='s'\nalgorithm='hmac-sha256'\nheader='{}'\nprefix='{}'\nseparator='{}'\nsecret-prefix='{}'\n\
         message='{}'\n[secrets.s]\ntitle='{}'\nhelp='{}'\n",
        of("version"),
        of("summary"),
        of("rule"),
        of("path"),
        of("method"),
        of("header"),
        of("prefix"),
        of("separator"),
        of("secret-prefix"),
        of("message"),
        of("title"),
        of("help"),
    ))
}

/// `begin`, filled up with `fill` to this many bytes.
#[track_caller]
fn check(key: &str, begin: &str, fill: &str, most: usize) {
    let of = |bytes: usize| format!("{begin}{}", fill.repeat(bytes - begin.len()));
    let good = |bytes| manifest(key, &of(bytes)).is_ok();
    assert_eq!([most - 1, most, most + 1].map(good), [true, true, false], "{key}");
}

#[test]
fn each_bound_of_a_text_holds_below_at_and_above() {
    check("version", "1", "1", limits::NAME_BYTES);
    check("summary", "s", "s", limits::SHORT_TEXT_BYTES);
    check("rule", "r", "r", limits::NAME_BYTES);
    check("path", "/", "p", limits::HOOK_PATH_BYTES);
    check("method", "P", "P", limits::METHOD_BYTES);
    check("header", "x", "x", limits::HEADER_NAME_BYTES);
    check("prefix", "p", "p", limits::LITERAL_BYTES);
    check("separator", ",", ",", limits::LITERAL_BYTES);
    check("secret-prefix", "p", "p", limits::LITERAL_BYTES);
    check("message", "{body}", "m", limits::SHORT_TEXT_BYTES);
    check("title", "t", "t", limits::SHORT_TEXT_BYTES);
    check("help", "h", "h", limits::HELP_BYTES);
}

#[test]
fn the_window_of_a_timestamp_is_bounded() {
    let most = limits::SIGNATURE_WINDOW_MOST.as_secs();
    let good = |seconds: u64| {
        Manifest::parse(&format!(
            "[channel]\nname='a'\nversion='1'\nsummary='s'\n[hook]\n[[hook.rule]]\nname='r'\npath='/r'\nsecret='s'\n\
             algorithm='hmac-sha256'\nheader='x'\nmessage='{{timestamp}}.{{body}}'\n\
             timestamp={{header='y',window='{seconds}s'}}\n[secrets.s]\ntitle='t'\n"
        ))
        .is_ok()
    };
    assert_eq!(
        [0, 1, most - 1, most, most + 1].map(good),
        [false, true, true, true, false]
    );
}

/// What a channel with a page and a sink asks for, of which one thing is another.
fn asks(key: &str, value: &str) -> Result<Manifest, ManifestError> {
    let usual = "[channel]\nname='a'\nversion='1'\nsummary='s'\n[page]\ntitle='t'\nupload='1B'\n\
        [sink]\ntext-limit=1\ntext-unit='bytes'\ntyping='1ms'\nfiles={count=1, size='1B'}\n\
        [asks.limits]\nmemory='1B'\npoll-deadline='1ms'\ndata='1B'\n";
    let begin = usual.find(key).unwrap() + key.len() + "=".len();
    let length = usual[begin..].find([',', '}', '\n']).unwrap();
    Manifest::parse(&format!("{}{value}{}", &usual[..begin], &usual[begin + length..]))
}

/// One less than `most`, and as much, can be asked for, and one more can't.
#[track_caller]
fn check_ask(key: &str, most: u128, write: impl Fn(u128) -> String) {
    let good = |value| asks(key, &write(value)).is_ok();
    assert_eq!([most - 1, most, most + 1].map(good), [true, true, false], "{key}");
}

#[test]
fn nothing_beyond_the_house_can_be_asked_for() {
    let bytes = |bytes: u128| format!("'{bytes}B'");
    let time = |millis: u128| format!("'{millis}ms'");
    check_ask("memory", limits::GUEST_MEMORY_MOST as u128, bytes);
    check_ask("data", limits::DATA_BYTES_MOST.into(), bytes);
    check_ask("upload", limits::FILE_BYTES.into(), bytes);
    check_ask("size", limits::FILE_BYTES.into(), bytes);
    check_ask("poll-deadline", limits::POLL_DEADLINE_MOST.as_millis(), time);
    check_ask("typing", limits::TYPING_MOST.as_millis(), time);
    check_ask("text-limit", limits::TEXT_BYTES as u128, |count| count.to_string());
    check_ask("count", limits::SINK_FILES as u128, |count| count.to_string());
}
