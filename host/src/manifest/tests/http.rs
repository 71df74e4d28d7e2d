//! Rules for requests outward: what is read, and where each error points.

use super::*;
use crate::reach::{Credential, CredentialPlace, HostPattern, Scheme, When};

const HEAD: &str =
    "[channel]\nname='a'\nversion='1'\nsummary='s'\n[secrets.key]\ntitle='t'\n[secrets.token]\ntitle='t'\n";

/// Reads rules as an author writes them.
fn http(lines: &str) -> Result<Vec<HttpRule>, ManifestError> {
    Manifest::parse(&format!("{HEAD}{lines}")).map(|manifest| manifest.http)
}

/// Expects an error at the mark that says this.
#[track_caller]
fn wrong(lines: &str, expected: &str) {
    let whole = format!("{HEAD}{lines}");
    let mark = whole.find('▸').unwrap();
    let text = whole.replace('▸', "");
    let error = Manifest::parse(&text).unwrap_err().to_string();
    let expected = format!("{}: {expected}", Place::of(&text, mark));
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

/// The same for a part of a rule that is fine otherwise.
#[track_caller]
fn wrong_line(line: &str, expected: &str) {
    wrong(&format!("[[asks.http]]\nhost='a.b'\npaths=['/x']\n{line}"), expected);
}

#[test]
fn all_that_can_be_written_is_read() {
    let rules = http(
        r#"
        [[asks.http]]
        host = "api.example.org"
        methods = ["GET", "POST"]
        paths = ["/bot{token}/getUpdates", "/v1/*/items", "/file/bot{token}/**"]
        credentials = [
            { secret = "key", header = "Authorization", prefix = "Bearer " },
            { secret = "key", query = "key" },
            { secret = "token", json = "/d/token", when = { pointer = "/op", equals = 2 } },
            { secret = "key", json = "/d/token", when = { pointer = "/op", equals = 6 } },
        ]
        [[asks.http]]
        scheme = "wss"
        host = "*.example.org"
        port = 8443
        paths = ["/"]
        "#,
    )
    .unwrap();
    let [first, second] = rules.as_slice() else {
        panic!("{rules:?}");
    };
    assert_eq!(
        (first.scheme, first.port, first.label()),
        (Scheme::Https, 443, "api.example.org".into())
    );
    assert_eq!(first.methods, ["GET", "POST"]);
    let paths: Vec<_> = first.paths.iter().map(|path| path.text.as_str()).collect();
    assert_eq!(paths, ["/bot{token}/getUpdates", "/v1/*/items", "/file/bot{token}/**"]);
    assert_eq!(first.secrets(), ["key", "token"]);
    let credential = |secret: &str, place| Credential {
        secret: secret.into(),
        place,
    };
    let json = |op: i64| CredentialPlace::Json {
        pointer: "/d/token".into(),
        when: Some(When {
            pointer: "/op".into(),
            equals: op.into(),
        }),
    };
    let header = CredentialPlace::Header {
        name: "authorization".into(),
        prefix: "Bearer ".into(),
    };
    assert_eq!(
        first.credentials,
        [
            credential("key", header),
            credential("key", CredentialPlace::Query("key".into())),
            credential("token", json(2)),
            credential("key", json(6)),
        ]
    );
    assert_eq!((second.scheme, second.port), (Scheme::Wss, 8443));
    assert_eq!(second.host, HostPattern::Below("example.org".into()));
    assert_eq!(
        (second.methods.as_slice(), second.label()),
        (["GET".to_owned()].as_slice(), "wss://*.example.org:8443".into())
    );
    assert_eq!(http("").unwrap(), []);
}

#[test]
fn places_and_methods_are_checked() {
    wrong("[[asks.http]]\n▸hots='a.b'", "unknown field `hots`");
    wrong("[[asks.http]]\nhost=▸'A.b'\npaths=['/']", "the host has upper case");
    wrong(
        "[[asks.http]]\nhost=▸'127.1'\npaths=['/']",
        "the host looks like an address",
    );
    wrong("[[asks.http]]\nhost=▸'*.org'\npaths=['/']", "a wildcard is `*.`");
    wrong("[[asks.http]]\nhost=▸'https://a.b'\npaths=['/']", "the host is no name");
    wrong("[[asks.http]]\nhost='a.b'\npaths=▸[]", "the rule has no path");
    wrong("[[asks.http]]\nhost='a.b'\npaths=['/a',▸'b']", "`b` is no pattern");
    wrong(
        "[[asks.http]]\nhost='a.b'\npaths=[▸'/**/a']",
        "`**` stands for all the rest",
    );
    wrong(
        "[[asks.http]]\nhost='a.b'\npaths=[▸'/../a']",
        "the path has a segment `.`",
    );
    wrong(
        "[[asks.http]]\nhost='a.b'\npaths=[▸'/x{other}']",
        "no secret `other` is asked for: add [secrets.other]",
    );
    wrong_line("scheme=▸'HTTPS'", "`HTTPS` is no scheme");
    wrong_line("port=▸0", "write a whole number from 1 to 65535");
    wrong_line("port=▸65536", "write a whole number from 1 to 65535");
    wrong_line("port=▸-1", "write a whole number from 1 to 65535");
    wrong_line("methods=▸[]", "`` is no method");
    wrong_line("methods=[▸'get']", "`get` is no method");
    wrong_line("methods=['GET',▸'GET']", "`GET` is no method");
    wrong_line("methods=['GET',▸'TRACE']", "TRACE is never sent");
    wrong_line("methods=[▸'CONNECT']", "CONNECT is never sent");
    wrong_line("scheme='wss'\nmethods=▸['POST']", "a websocket is opened with GET");
    wrong_line("scheme='ws'\nmethods=▸['GET','POST']", "a websocket is opened with GET");
}

#[test]
fn no_wildcard_takes_a_credential() {
    let wildcard = "a wildcard takes no credential";
    wrong("[[asks.http]]\nhost=▸'*.a.b'\npaths=['/{key}']", wildcard);
    wrong(
        "[[asks.http]]\nhost=▸'*.a.b'\npaths=['/']\ncredentials=[{secret='key',query='k'}]",
        wildcard,
    );
    wrong(
        "[[asks.http]]\nhost=▸'*.a.b'\npaths=['/']\ncredentials=[{secret='key',header='x-key'}]",
        wildcard,
    );
}

#[test]
fn no_request_belongs_to_two_rules() {
    let at = "this rule and the one at line 9, column 1 cover";
    let first = "[[asks.http]]\nhost='a.b.c'\npaths=['/x/*']\n";
    wrong(&format!("{first}▸[[asks.http]]\nhost='a.b.c'\npaths=['/x/*']"), at);
    wrong(
        &format!("{first}▸[[asks.http]]\nhost='*.b.c'\nmethods=['POST','GET']\npaths=['/y','/**']"),
        at,
    );
    assert_eq!(
        http(&format!("{first}[[asks.http]]\nhost='a.b.c'\npaths=['/x']"))
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        http(&format!(
            "{first}[[asks.http]]\nhost='a.b.c'\nmethods=['POST']\npaths=['/**']"
        ))
        .unwrap()
        .len(),
        2
    );
}

#[test]
fn credentials_have_one_place_each() {
    wrong_line(
        "credentials=[{secret=▸'other',query='k'}]",
        "no secret `other` is asked for",
    );
    wrong_line("credentials=[▸{secret='key'}]", "a credential has one place");
    wrong_line(
        "credentials=[▸{secret='key',query='k',header='h'}]",
        "a credential has one place",
    );
    wrong_line(
        "credentials=[{secret='key',query='k',prefix=▸'x'}]",
        "`prefix` stands before a header's value",
    );
    wrong_line(
        "credentials=[{secret='key',query='k',when=▸{pointer='/a',equals=1}}]",
        "`when` is about a JSON document",
    );
    wrong_line(
        "credentials=[{secret='key',header=▸'a b'}]",
        "`a b` is no header's name",
    );
    for name in [
        "Host",
        "Transfer-Encoding",
        "content_length",
        "Proxy-Authorization",
        "X-HTTP-Method-Override",
    ] {
        let line = format!("credentials=[{{secret='key',header=▸'{name}'}}]");
        wrong_line(
            &line,
            &format!("the header `{}` is set by lockgate itself", name.to_lowercase()),
        );
    }
    wrong_line(
        "credentials=[{secret='key',header='h',prefix=▸\"a\\r\\nb\"}]",
        "this text holds a control character",
    );
    wrong_line("credentials=[{secret='key',query=▸''}]", "this text is empty");
    wrong_line(
        "credentials=[{secret='key',query=▸'a[b]'}]",
        "`a[b]` is no key of a query",
    );
    for pointer in ["a", "/a~", "/a~2b", "a/b"] {
        let line = format!("credentials=[{{secret='key',json=▸'{pointer}'}}]");
        wrong_line(&line, &format!("`{pointer}` is no place in a JSON document"));
    }
    wrong_line("credentials=[{secret='key',json=▸''}]", "this text is empty");
    wrong_line(
        "credentials=[{secret='key',json='/a',when={pointer=▸'b',equals=1}}]",
        "`b` is no place",
    );
    wrong_line(
        "credentials=[{secret='key',json='/a',when={pointer='/b',equals=▸[1]}}]",
        "expected a text, a whole number",
    );
}

#[test]
fn no_two_credentials_have_one_place() {
    let twice = [
        "{secret='key',header='x-key'},▸{secret='token',header='X_Key'}",
        "{secret='key',query='k'},▸{secret='token',query='K'}",
        "{secret='key',query='a.b'},▸{secret='token',query='a_b'}",
        "{secret='key',json='/a'},▸{secret='token',json='/a'}",
        "{secret='key',json='/a'},▸{secret='token',json='/a/b'}",
        "{secret='key',json='/a/b'},▸{secret='token',json='/a'}",
        "{secret='key',json='/a'},▸{secret='token',json='/a',when={pointer='/b',equals=1}}",
        "{secret='key',json='/a',when={pointer='/b',equals=1}},▸{secret='token',json='/a',when={pointer='/b',equals=1}}",
        "{secret='key',json='/a',when={pointer='/b',equals=1}},▸{secret='token',json='/a',when={pointer='/c',equals=2}}",
    ];
    for credentials in twice {
        wrong_line(
            &format!("credentials=[{credentials}]"),
            "another credential of the rule has this place",
        );
    }
    let apart =
        "[[asks.http]]\nhost='a.b'\npaths=['/']\ncredentials=[{secret='key',json='/a'},{secret='token',json='/ab'}]";
    assert_eq!(http(apart).unwrap()[0].credentials.len(), 2);
}

#[test]
fn bounds_hold() {
    let rules = |count: usize| {
        (0..count)
            .map(|n| format!("[[asks.http]]\nhost='a{n}.b'\npaths=['/']\n"))
            .collect::<String>()
    };
    assert_eq!(
        http(&rules(limits::MANIFEST_ENTRIES)).unwrap().len(),
        limits::MANIFEST_ENTRIES
    );
    let paths = |count: usize| {
        let paths: Vec<_> = (0..count).map(|n| format!("'/{n}'")).collect();
        format!("[[asks.http]]\nhost='a.b'\npaths=[{}]", paths.join(","))
    };
    assert_eq!(
        http(&paths(limits::MANIFEST_ENTRIES)).unwrap()[0].paths.len(),
        limits::MANIFEST_ENTRIES
    );
    for many in [rules(limits::MANIFEST_ENTRIES + 1), paths(limits::MANIFEST_ENTRIES + 1)] {
        let error = http(&many).unwrap_err().to_string();
        assert!(error.contains("there are more than 128 entries"), "{error}");
    }
}
