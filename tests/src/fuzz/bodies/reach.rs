//! A request outward: its URL is read in one way only, and at most one rule covers it, with the placeholders where they
//! stand in the rule.

use lockgate::manifest::Manifest;
use lockgate::reach::{HttpRule, PathPiece, Refusal, Target, address, find};

use super::super::Body;
use super::text;

/// A method and a URL in the first line, rules as channel.toml has them below.
pub const BODY: Body = Body {
    name: "reach",
    play,
    words: &[
        "GET ",
        "POST ",
        "https://",
        "http://",
        "wss://",
        "api.example.org",
        "*.example.org",
        "127.0.0.1",
        "[::1]",
        "0x7f.1",
        ":443",
        ":8443",
        "@",
        "\\",
        "%2f",
        "%2e%2e",
        "/../",
        "//",
        "/./",
        "{bot_token}",
        "{key}",
        "/bot{bot_token}/getUpdates",
        "?a=b",
        "#x",
        "xn--",
        "\u{ff0e}",
        "\t",
        "[[asks.http]]\n",
        "host = ",
        "port = 8443\n",
        "scheme = \"http\"\n",
        "methods = [\"GET\", \"POST\"]\n",
        "paths = [\"/**\"]\n",
        "paths = [\"/v1/*/items\"]\n",
        "credentials = [{ secret = \"key\", header = \"authorization\" }]\n",
        "credentials = [{ secret = \"key\", query = \"key\" }]\n",
    ],
    usual: 6_000,
};

/// A manifest without rules.
pub(super) const HEAD: &str = "[channel]\nname = \"a\"\nversion = \"1\"\nsummary = \"s\"\n[hook]\n[[hook.rule]]\nname = \"r\"\npath = \"/r\"\n\
    secret = \"key\"\nalgorithm = \"hmac-sha256\"\nheader = \"x-s\"\nmessage = \"{body}\"\n[secrets.key]\ntitle = \"k\"\n\
    [secrets.bot_token]\ntitle = \"t\"\n";

fn play(data: &[u8]) -> String {
    let text = text(data);
    let (request, rules) = text.split_once('\n').unwrap_or((&text, ""));
    let (method, url) = request.split_once(' ').unwrap_or(("GET", request));
    let target = match Target::parse(url) {
        Ok(target) => target,
        Err(refusal) => return format!("no url: {refusal}"),
    };
    assert_one_reading(url, &target);
    match Manifest::parse(&format!("{HEAD}{rules}")) {
        Ok(manifest) => found(&manifest.http, method, &target),
        Err(error) => format!("no rules: {error}"),
    }
}

/// What was read is all that was written, and nothing in it means something else to another reader.
fn assert_one_reading(url: &str, target: &Target) {
    let (scheme, host) = (target.scheme(), target.host());
    let port = if target.port() == scheme.default_port() {
        String::new()
    } else {
        format!(":{}", target.port())
    };
    let query = target.query().map_or(String::new(), |query| format!("?{query}"));
    let whole = format!("{}://{host}{port}{}{query}", scheme.as_str(), target.path());
    assert_eq!(whole, url, "something of it was dropped or changed");
    assert_eq!(Target::parse(&whole).as_ref(), Ok(target), "read again it is another");
    assert!(
        url.chars().all(|c| c.is_ascii_graphic()) && !url.contains(['\\', '#']),
        "{url}"
    );
    assert!(
        !host.is_empty() && !host.contains(['@', '%', '/', '?', '*']) && *host == host.to_ascii_lowercase(),
        "{host}"
    );
    // An address in any other form than its own would be a name, and names are not made of numbers.
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!number || target.address().is_some(), "{host}");
    assert!(
        target
            .address()
            .is_none_or(|ip| address::blocked(ip) == address::blocked(ip.to_canonical())),
        "{host}"
    );
    for segment in target.segments() {
        let plain = segment.iter().map(|piece| match piece {
            PathPiece::Literal(text) => text.as_str(),
            PathPiece::Secret(_) => "",
        });
        let plain: String = plain.collect();
        assert!(!plain.contains(['/', '\\', '\0']), "{url}: {plain:?}");
        assert!(
            segment.len() > 1 || !matches!(plain.as_str(), "." | ".."),
            "{url}: {plain:?}"
        );
    }
}

fn placeholders(target: &Target) -> Vec<&str> {
    let pieces = target.segments().iter().flatten();
    let secrets = pieces.filter_map(|piece| match piece {
        PathPiece::Secret(name) => Some(name.as_str()),
        PathPiece::Literal(_) => None,
    });
    secrets.collect()
}

fn found(rules: &[HttpRule], method: &str, target: &Target) -> String {
    let covering = rules.iter().filter(|rule| rule.covers(method, target).is_ok()).count();
    match find(rules, method, target) {
        Ok(found) => {
            assert_eq!(covering, 1);
            let rule = found.rule;
            assert!(rule.host.covers(target.host()) && rule.scheme == target.scheme() && rule.port == target.port());
            assert!(rule.methods.iter().any(|own| own == method), "{method}");
            let asked: Vec<&str> = found.path.secrets().collect();
            assert_eq!(
                placeholders(target),
                asked,
                "placeholders that the rule does not have there"
            );
            format!("covered, {} placeholders", ["no", "one", "more"][asked.len().min(2)])
        }
        Err(refusal) => {
            assert_eq!(covering > 1, matches!(refusal, Refusal::Ambiguous { .. }));
            let said = refusal.to_string();
            assert!(!said.contains(char::is_control), "{said:?}");
            format!("refused, {}", refusal.reason())
        }
    }
}
