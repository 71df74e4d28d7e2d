//! Tables of configurations: what is read, where each error points, and what an edit leaves alone.

#![allow(clippy::unwrap_used)]

mod net;
mod people;
mod relay;

use super::edit::{EditError, put_channel, remove_channel};
use super::*;

const WHOLE: &str = r#"# My channels.

listen = "127.0.0.1:9000"
always-on = true

# The builds.
[channel.ci]
component = "/opt/webhook.wasm" # built at home
network = "forge"
events = "verified"
direct = "disabled"
rate = 2.5
burst = 20
secrets.forge = { env = "FORGE_SECRET" }
secrets.pay = { file = "/run/pay" }
[channel.ci.config]
text.push = "{ref} moved"
"text.tag" = "tag"
count = 3
share = 1.0
loud = true

# The mail.
[channel.mail]
component = "/opt/mail.wasm"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("lockgate.toml"))
}

fn name(text: &str) -> ChannelName {
    text.parse().unwrap()
}

#[test]
fn all_that_can_be_written_is_read() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(
        (config.listen.port(), config.always_on, config.channels.len()),
        (9000, true, 2)
    );
    let ci = &config.channels[&name("ci")];
    assert_eq!(
        (ci.network.as_deref(), ci.events, ci.direct),
        (Some("forge"), EventsPolicy::Verified, DirectPolicy::Disabled)
    );
    assert_eq!(
        ci.rate,
        Rate {
            per_second: 2.5,
            burst: 20
        }
    );
    assert_eq!(ci.secrets["forge"], SecretSource::Env("FORGE_SECRET".into()));
    assert_eq!(ci.secrets["pay"], SecretSource::File("/run/pay".into()));
    let settings: Vec<_> = ci.settings.iter().map(|(key, text)| format!("{key}={text}")).collect();
    assert_eq!(
        settings,
        [
            "count=3",
            "loud=true",
            "share=1.0",
            "text.push={ref} moved",
            "text.tag=tag"
        ]
    );
    assert_eq!(
        config.channels[&name("mail")],
        ChannelConfig::of("/opt/mail.wasm".into())
    );
    assert_eq!(parse(""), Ok(Config::default()));
    assert!(parse("listen = \"[::1]:0\"").is_ok());
    assert!(parse("listen = \"0.0.0.0:80\"\nlisten-beyond-loopback = true").is_ok());
}

/// Changes one text of the whole file, and expects an error at the mark, or else at the change, that says this.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let at = WHOLE.find(from).unwrap();
    let mark = to.find('▸').unwrap_or(0);
    let text = WHOLE.replacen(from, &to.replace('▸', ""), 1);
    let Place { line, column } = Place::of(&text, at + mark);
    let error = parse(&text).unwrap_err().to_string();
    let expected = format!("lockgate.toml:{line}:{column}: {expected}");
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

#[test]
fn errors_name_file_and_place() {
    check("always-on", "always", "unknown field `always`");
    check("= true", "= ▸1", "invalid type: integer `1`, expected a boolean");
    check("\"127.0.0.1:9000\"", "\"127.0.0.1\"", "invalid socket address syntax");
    check(
        "\"127.0.0.1",
        "\"0.0.0.0",
        "0.0.0.0:9000 can be reached from other machines",
    );
    check("\"127.0.0.1", "\"192.168.1.2", "192.168.1.2:9000 can be reached");
    check("[channel.mail]", "[channel.▸Mail]", "`Mail` is no channel name");
    check(
        "[channel.mail]",
        "[channel.▸dev]",
        "`dev` is a name that lockgate keeps",
    );
    check(
        "\"/opt/webhook.wasm\"",
        "\"webhook.wasm\"",
        "`webhook.wasm` is no absolute path",
    );
    check(
        "[channel.mail]\ncomponent = \"/opt/mail.wasm\"",
        "[channel.mail]",
        "missing field `component`",
    );
    for root in ["/", "//", "/.", "/a/..", "/a/../b"] {
        let line = format!("always-on = true\nsend-roots = [▸\"{root}\"]");
        check(
            "always-on = true",
            &line,
            &format!("`{root}` is no folder to send files from"),
        );
    }
    // Compared with the folders of its channel, which it would leave and enter again.
    check("\"/run/pay\"", "\"/x/../run/pay\"", "`/x/../run/pay` leads up by `..`");
    check("\"forge\"", "\"For ge\"", "`For ge` is no name");
    check("\"verified\"", "\"some\"", "unknown variant `some`");
    check(
        "\"disabled\"",
        "\"open\"",
        "unknown variant `open`, expected one of `pairing`, `allowlist`",
    );
}

#[test]
fn amounts_secrets_and_settings_are_checked_with_their_place() {
    check("rate = 2.5", "rate = ▸0", "`rate` is events per second");
    check("rate = 2.5", "rate = ▸-1.0", "`rate` is events");
    check("rate = 2.5", "rate = ▸nan", "`rate` is events");
    check("rate = 2.5", "rate = ▸inf", "`rate` is events");
    check("burst = 20", "burst = ▸0", "`burst` is a number");
    check("burst = 20", "burst = ▸-3", "`burst` is a number");
    check("{ env = \"FORGE_SECRET\" }", "{}", "a secret is in one place");
    check(
        "{ env = \"FORGE_SECRET\" }",
        "{ env = \"A\", file = \"/b\" }",
        "a secret is in one place",
    );
    check("{ env = \"FORGE_SECRET\" }", "{ ▸evn = \"A\" }", "unknown field `evn`");
    check("\"FORGE_SECRET\"", "\"A B\"", "this is no name of an environment");
    check("\"/run/pay\"", "\"run/pay\"", "`run/pay` is no absolute path");
    check("count = 3", "count = ▸[3]", "invalid type: sequence, expected a text");
    check("count = 3", "count = ▸2026-01-01", "invalid type: date");
    check("count = 3", "text.deep = { a = ▸[1] }", "invalid type: sequence");
    check(
        "[channel.ci.config]",
        "▸[channel.ci.config]\n\"text.push\" = 1",
        "the setting `text.push` is written twice",
    );
    check("loud = true", "loud = true\n▸loud = 3", "duplicate key");
}

#[test]
fn a_secret_in_the_wrong_file_is_not_repeated() {
    for secret in ["\"hunter22\"", "12345678", "12345.678"] {
        let error = parse(&WHOLE.replace("{ env = \"FORGE_SECRET\" }", secret)).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(
            text.starts_with("lockgate.toml:14:17: a secret does not stand in this file"),
            "{text}"
        );
        assert!(!text.contains("hunter22") && !text.contains("12345"), "{text}");
    }
}

#[test]
fn bounds_hold() {
    let long = "#".repeat(limits::CONFIG_BYTES + 1);
    assert!(matches!(parse(&long), Err(ConfigError::TooLarge { .. })));
    let many: String = (0..=limits::SETTINGS).map(|n| format!("s{n}=1\n")).collect();
    let error = parse(&format!("[channel.a]\ncomponent='/a'\n[channel.a.config]\n{many}")).unwrap_err();
    assert!(
        matches!(
            error,
            ConfigError::Wrong {
                wrong: Wrong::ManySettings,
                ..
            }
        ),
        "{error}"
    );
    let deep = format!(
        "[channel.a]\ncomponent='/a'\nconfig.x={}{}",
        "{a=".repeat(5000),
        "}".repeat(5000)
    );
    assert!(parse(&deep).is_err());
}

#[test]
fn what_is_put_is_read_and_the_rest_stays() {
    let before = parse(WHOLE).unwrap();
    let mut news = ChannelConfig::of("/opt/news.wasm".into());
    news.secrets.insert("key".into(), SecretSource::Stored("news".into()));
    news.settings.insert("a.b".into(), "two\nlines \"quoted\"".into());
    news.rate = Rate {
        per_second: 100.0,
        burst: 5,
    };
    let text = put_channel(WHOLE, &name("news"), &news).unwrap();
    assert!(text.starts_with(WHOLE.trim_end()), "{text}");
    let mut expected = before.clone();
    expected.channels.insert(name("news"), news.clone());
    assert_eq!(parse(&text), Ok(expected), "{text}");
    assert_eq!(put_channel(&text, &name("news"), &news), Ok(text));
    let first = put_channel("", &name("news"), &news).unwrap();
    assert!(
        first.contains("[channel.news]\n") && !first.contains("[channel]\n"),
        "{first}"
    );
    assert!(first.contains("secrets.key = { secret = \"news\" }\n"), "{first}");
    assert_eq!(parse(&first).unwrap().channels[&name("news")], news);
}

#[test]
fn any_way_to_write_a_table_can_be_edited() {
    let shapes = [
        "[channel]\n[channel.ci]\ncomponent = '/a'\n",
        "# Mine.\n[channel]\nci = { component = '/a' }\n",
        "channel = { ci = { component = '/a' } }\n",
        "channel.ci.component = '/a'\nlisten = '127.0.0.1:1'\n",
        "channel.ci = { component = '/a', secrets.x = { env = 'X' }, config = { a = 1 } }\n",
        "[channel.ci]\ncomponent = '/a'\n[channel.ci.secrets]\nx = { env = 'X' }\n[channel.ci.config.a]\nb = 1\n",
        "[channel.ci]\ncomponent = '/a'\nconfig.a = 1\nsecrets = { x = { env = 'X' } }\n\nburst = 3",
    ];
    for shape in shapes {
        let mut expected = parse(shape).unwrap();
        let mut channel = ChannelConfig::of("/b".into());
        channel.network = Some("forge".into());
        channel.secrets.insert("key".into(), SecretSource::Env("KEY".into()));
        channel.settings.insert("text.push".into(), "one".into());
        let mut text = shape.to_owned();
        for changed in ["news", "ci"] {
            text = put_channel(&text, &name(changed), &channel).unwrap();
            expected.channels.insert(name(changed), channel.clone());
            assert_eq!(parse(&text), Ok(expected.clone()), "{shape}\nbecame\n{text}");
            assert_eq!(text.contains("# Mine."), shape.contains("# Mine."), "{text}");
        }
        text = remove_channel(&text, &name("ci")).unwrap();
        expected.channels.remove(&name("ci"));
        assert_eq!(parse(&text), Ok(expected), "{shape}\nbecame\n{text}");
    }
}

#[test]
fn a_channel_that_is_there_keeps_its_comments() {
    let mut ci = parse(WHOLE).unwrap().channels[&name("ci")].clone();
    ci.component = "/opt/other.wasm".into();
    ci.network = None;
    let text = put_channel(WHOLE, &name("ci"), &ci).unwrap();
    assert!(
        text.contains("# The builds.\n[channel.ci]\ncomponent = \"/opt/other.wasm\" # built at home\n"),
        "{text}"
    );
    assert!(text.contains("# The mail.\n[channel.mail]"), "{text}");
    assert_eq!(parse(&text).unwrap().channels[&name("ci")], ci, "{text}");
}

#[test]
fn a_removed_channel_takes_its_own_comment_along() {
    let text = remove_channel(WHOLE, &name("ci")).unwrap();
    assert!(
        !text.contains("webhook") && !text.contains("channel.ci") && !text.contains("text.push"),
        "{text}"
    );
    assert!(text.starts_with("# My channels.\n\nlisten"), "{text}");
    assert!(text.contains("# The mail.\n[channel.mail]"), "{text}");
    assert_eq!(
        remove_channel(&text, &name("ci")),
        Err(EditError::NoChannel(name("ci")))
    );
    let last = remove_channel("# Mine.\n\n# This.\n[channel.a]\ncomponent='/a'\n", &name("a")).unwrap();
    assert_eq!(last.trim_end(), "# Mine.");
}

#[test]
fn what_can_t_be_read_is_not_edited() {
    let ci = ChannelConfig::of("/a".into());
    assert!(matches!(
        put_channel("[channel", &name("ci"), &ci),
        Err(EditError::Unreadable { .. })
    ));
    assert_eq!(
        put_channel("channel = 1", &name("ci"), &ci),
        Err(EditError::NoTable("channel".into()))
    );
    assert_eq!(
        put_channel("channel.ci = 1", &name("ci"), &ci),
        Err(EditError::NoTable("ci".into()))
    );
}
