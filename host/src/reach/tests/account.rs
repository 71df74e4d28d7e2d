//! A guest that holds a key of its own, and sends it where the host's is put in: its account, not the operator's, would be
//! the one that is spoken for.

use super::filling::{at, rule, secrets};
use super::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// A rule for `POST https://a.b/x` with a credential in the query.
fn keyed() -> HttpRule {
    rule(&["/x"], vec![at("key", CredentialPlace::Query("api.key".into()))])
}

fn fill(
    rule: &HttpRule,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
    fields: Option<&[&str]>,
) -> Result<Filled, FillRefusal> {
    let path = rule.paths[0].text.clone();
    let target = Target::parse(&format!("https://a.b{path}")).unwrap();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let fields: Option<Vec<_>> = fields.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let draft = Draft {
        target: &target,
        headers: &headers,
        body,
        fields: fields.as_deref(),
    };
    find(std::slice::from_ref(rule), "POST", &target)
        .unwrap()
        .fill(&draft, &secrets())
}

#[track_caller]
fn refused(outcome: Result<Filled, FillRefusal>, expected: &str) {
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains(expected), "{text}");
}

#[test]
fn no_guest_brings_an_account_of_its_own_beside_a_credential() {
    let header = |name: &str| CredentialPlace::Header {
        name: name.into(),
        prefix: String::new(),
    };
    let rules = [
        keyed(),
        rule(&["/{key}"], Vec::new()),
        rule(&["/x"], vec![at("key", header("x-other"))]),
    ];
    let names = [
        "Authorization",
        "cookie",
        "X-API-Key",
        "x_api_key",
        "X-Auth-Token",
        "x-access-token",
        "api-key",
        "apikey",
        "Private-Token",
        "x-token",
    ];
    let open = rule(&["/x"], Vec::new());
    for name in names {
        for rule in &rules {
            refused(fill(rule, &[(name, "mine")], Some(b""), None), "speaks for one account");
        }
        assert!(fill(&open, &[(name, "mine")], Some(b""), None).is_ok(), "{name}");
    }
    let proxy = fill(&open, &[("Proxy-Authorization", "mine")], Some(b""), None);
    refused(proxy, "is set by lockgate itself");
    let own = rule(&["/x"], vec![at("key", header("x-api-key"))]);
    refused(
        fill(&own, &[("x-api-key", "mine")], Some(b""), None),
        "is put in by lockgate",
    );
    assert!(fill(&own, &[], Some(b""), None).is_ok());
}

#[test]
fn no_body_holds_the_key_that_goes_into_the_query() {
    let check = |kind: &str, body: &str| {
        let headers: &[_] = if kind.is_empty() {
            &[]
        } else {
            &[("content-type", kind)]
        };
        fill(&keyed(), headers, Some(body.as_bytes()), None)
    };
    for body in [
        "api.key=mine",
        "a=b&API_KEY=mine",
        "a;api.key",
        "api%2Ekey=mine",
        "api.key[]=mine",
        "&+api+key=mine",
    ] {
        for kind in [FORM, "Application/X-WWW-form-urlencoded; charset=UTF-8", ""] {
            refused(check(kind, body), "the key `api.key`");
        }
    }
    for body in [
        r#"{"api.key":"mine"}"#,
        r#" {"a":1,"API_key":null}"#,
        r#"{"\u0061pi.key":1,"api.key":2}"#,
    ] {
        refused(check("application/json", body), "the key `api.key`");
        refused(check("application/a+json", body), "the key `api.key`");
    }
    for body in ["{'api.key':1}", "{\"a\":1", "\u{feff}{}", "{} {}"] {
        refused(check("application/json", body), "this is none");
    }
    assert!(check(FORM, "a=b&api.keys=c").is_ok());
    assert!(check("application/json", r#"{"a":{"api.key":1},"text":"api.key=1"}"#).is_ok());
    assert!(check("application/json", r#"["api.key"]"#).is_ok());
    assert!(check("text/plain", "api.key=mine").is_ok());
    assert!(fill(&keyed(), &[("content-type", FORM)], Some(b""), None).is_ok());
    let open = rule(&["/x"], Vec::new());
    assert!(fill(&open, &[("content-type", FORM)], Some(b"api.key=mine"), None).is_ok());
}

#[test]
fn a_body_whose_keys_nobody_can_tell_is_not_sent_beside_a_query_credential() {
    let words = "the keys of the body are looked at";
    for kind in [
        "application/x-www-form-urlencoded; charset=ibm037",
        "application/x-www-form-urlencoded; charset=utf-8; charset=utf-16",
        "application/json; charset=utf-16",
        "text/plain, application/x-www-form-urlencoded",
        "text/json",
        "",
        "multipart/form-data; boundary=a",
        "Multipart/Mixed",
    ] {
        refused(fill(&keyed(), &[("content-type", kind)], Some(b"a"), None), words);
    }
    let twice = [("content-type", "text/plain"), ("Content_Type", FORM)];
    refused(fill(&keyed(), &twice, Some(b"a"), None), words);
    let packed = [("content-type", FORM), ("content-encoding", "gzip")];
    refused(fill(&keyed(), &packed, Some(b"a"), None), words);
    for kind in [FORM, "application/json"] {
        refused(fill(&keyed(), &[("content-type", kind)], None, None), words);
    }
    refused(fill(&keyed(), &[], None, None), words);
    assert!(fill(&keyed(), &[("content-type", "image/png")], None, None).is_ok());
}

#[test]
fn a_form_that_the_host_writes_is_looked_at_by_its_names() {
    let parts = [("content-type", "multipart/form-data; boundary=a")];
    assert!(fill(&keyed(), &parts, None, Some(&["file", "caption"])).is_ok());
    for own in ["api.key", "API_KEY", "api.key[]", " api key"] {
        refused(fill(&keyed(), &parts, None, Some(&["file", own])), "the key `api.key`");
    }
}

#[test]
fn no_guess_is_repeated_so_that_what_is_covered_of_it_tells_nothing() {
    let json = CredentialPlace::Json {
        pointer: "/Key".into(),
        when: None,
    };
    let document = rule(&["/x"], vec![at("key", json)]);
    let typed = ("content-type", "application/json");
    for outcome in [
        fill(&keyed(), &[("hunter2 ", "a")], Some(b""), None),
        fill(&keyed(), &[("hunter2", "a\n")], Some(b""), None),
        fill(&keyed(), &[("x-forwarded-hunter2", "a")], Some(b""), None),
        fill(&keyed(), &[("content-type", "hunter2/json")], Some(b"hunter2"), None),
        fill(&keyed(), &[], Some(b"API_KEY[hunter2]=1"), None),
        fill(&document, &[typed], Some(b"{\"hunter2\":1,\"hunter2\":2}"), None),
        fill(&document, &[typed], Some(b"{\"kEY\":\"hunter2\"}"), None),
    ] {
        let text = outcome.unwrap_err().to_string();
        assert!(!text.contains("hunter2") && !text.contains("kEY"), "{text}");
    }
}

#[test]
fn whose_body_is_looked_into_is_known_before() {
    let target = Target::parse("https://a.b/x").unwrap();
    let check = |rule: &HttpRule, expected: bool| {
        let rules = std::slice::from_ref(rule);
        let found = find(rules, "POST", &target).unwrap();
        assert_eq!(found.looks_into_body(), expected);
    };
    check(&keyed(), true);
    check(&rule(&["/x"], Vec::new()), false);
    let json = CredentialPlace::Json {
        pointer: "/a".into(),
        when: None,
    };
    check(&rule(&["/x"], vec![at("key", json)]), true);
}
