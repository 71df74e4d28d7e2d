//! A request with its secrets: they stand where the rule puts them and nowhere else, and nothing of the guest's can stand
//! for them, end a line, or be told about them.

use std::collections::BTreeMap;

use lockgate::manifest::Manifest;
use lockgate::model::Secret;
use lockgate::reach::{Draft, Filled, HttpRule, Target, fill_frame, find, is_forbidden_header};

use super::super::Body;
use super::reach::HEAD;
use super::text;

/// Method and URL, headers, an empty line, a body, a line of three `=`, rules as channel.toml has them.
pub const BODY: Body = Body {
    name: "request",
    play,
    words: &[
        "GET https://api.example.org/",
        "POST https://api.example.org/v1/send",
        "{bot_token}",
        "?key=1",
        "&key[]=2",
        "&K%65y=3",
        "authorization: x\n",
        "Authorization: x\n",
        "x_authorization: x\n",
        "host: x\n",
        "range: bytes=0-1\n",
        "transfer-encoding: chunked\n",
        "content-type: application/json\n",
        "\r\n",
        "\n\n",
        "\n===\n",
        "{\"op\":2,\"d\":{}}",
        "{\"d\":{\"token\":1}}",
        "\"d\":{\"tok\\u0065n\":\"x\"},",
        "\"op\":2,",
        "[[asks.http]]\n",
        "host = \"api.example.org\"\n",
        "methods = [\"GET\", \"POST\"]\n",
        "paths = [\"/**\"]\n",
        "credentials = [{ secret = \"key\", header = \"authorization\", prefix = \"Bearer \" }]\n",
        "credentials = [{ secret = \"key\", query = \"key\" }]\n",
        "credentials = [{ secret = \"key\", json = \"/d/token\", when = { pointer = \"/op\", equals = 2 } }]\n",
    ],
    usual: 6_000,
};

/// One that no form leaves as it is, and one that every form can hold.
const SECRETS: [(&str, &str); 2] = [("key", "s3\"/%?#&=;\\ key"), ("bot_token", "412:AA/b?c#d%2e e")];

fn play(data: &[u8]) -> String {
    let text = text(data);
    let (request, rules) = text.split_once("\n===\n").unwrap_or((&text, ""));
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.split('\n');
    let first = lines.next().unwrap_or_default();
    let (method, url) = first.split_once(' ').unwrap_or(("GET", first));
    let headers: Vec<(String, Vec<u8>)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .collect();
    let Ok(manifest) = Manifest::parse(&format!("{HEAD}{rules}")) else {
        return "no rules".to_owned();
    };
    let secrets = SECRETS.map(|(name, value)| (name.to_owned(), Secret::new(value)));
    let secrets = BTreeMap::from(secrets);
    let framed = manifest
        .http
        .iter()
        .map(|rule| frame(rule, body, &secrets))
        .collect::<Vec<_>>();
    let Ok(target) = Target::parse(url) else {
        return format!("no url {}", framed.join(" "));
    };
    let Ok(found) = find(&manifest.http, method, &target) else {
        return "no rule".to_owned();
    };
    let (target, headers) = (&target, headers.as_slice());
    let body = Some(body.as_bytes());
    match found.fill(
        &Draft {
            target,
            headers,
            body,
            fields: None,
        },
        &secrets,
    ) {
        Ok(filled) => {
            assert_filled(&filled, target, headers, found.rule);
            let kinds = (found.rule.credentials.len().min(2), filled.body.is_some());
            format!(
                "filled {}",
                ["plain", "one", "more"][kinds.0].to_owned() + if kinds.1 { " body" } else { "" }
            )
        }
        Err(refusal) => {
            let said = refusal.to_string();
            assert!(!SECRETS.iter().any(|(_, value)| said.contains(value)), "{said}");
            format!("refused {said}")
        }
    }
}

fn assert_filled(filled: &Filled, target: &Target, headers: &[(String, Vec<u8>)], rule: &HttpRule) {
    let line = &filled.path_and_query;
    assert!(
        line.starts_with('/') && line.chars().all(|c| c.is_ascii_graphic() && c != '#'),
        "{line}"
    );
    let path = line.split('?').next().unwrap_or_default();
    assert_eq!(
        path.split('/').count(),
        target.path().split('/').count(),
        "{line} is another path"
    );
    assert!(line.contains('?') || target.query().is_none(), "{line} lost its query");
    for (name, value) in &filled.headers {
        assert!(
            !is_forbidden_header(name) && !name.contains(char::is_control),
            "{name:?}"
        );
        assert!(
            !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)),
            "{name}: {value:?}"
        );
    }
    let kept =
        |(name, value): &&(String, Vec<u8>)| filled.headers.contains(&(name.to_ascii_lowercase(), value.clone()));
    assert_eq!(
        headers.iter().filter(kept).count(),
        headers.len(),
        "a header of the guest's is gone"
    );
    assert!(filled.headers.len() - headers.len() <= rule.credentials.len());
    let json = filled.body.as_deref().map(serde_json::from_slice::<serde_json::Value>);
    assert!(json.is_none_or(|json| json.is_ok()), "the body is no JSON any more");
}

/// A frame of a websocket is a document with the secret in it, what it was, or nothing.
fn frame(rule: &HttpRule, text: &str, secrets: &BTreeMap<String, Secret>) -> String {
    match fill_frame(rule, text, secrets) {
        Ok(filled) if filled == text => "as it was".to_owned(),
        Ok(filled) => {
            assert!(serde_json::from_str::<serde_json::Value>(&filled).is_ok(), "{filled}");
            "framed".to_owned()
        }
        Err(refusal) => {
            let said = refusal.to_string();
            assert!(!SECRETS.iter().any(|(_, value)| said.contains(value)), "{said}");
            "not framed".to_owned()
        }
    }
}
