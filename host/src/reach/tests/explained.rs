//! What a person is told about a request.

use super::filling::{at, rule};
use super::*;

fn withheld(rule: HttpRule, because: WithheldBecause) -> Withheld {
    Withheld { rule, because }
}

fn rules() -> (Vec<HttpRule>, Vec<Withheld>) {
    let header = CredentialPlace::Header {
        name: "x-key".into(),
        prefix: String::new(),
    };
    let mut plain = rule(&["/x"], vec![at("key", header)]);
    plain.scheme = Scheme::Http;
    plain.port = 80;
    let mut other = rule(&["/v1"], Vec::new());
    other.host = HostPattern::parse("c.d").unwrap();
    let granted = vec![rule(&["/bot{token}/**", "/open/**", "/get{token}"], Vec::new()), plain];
    let asleep = vec![
        withheld(
            rule(&["/late/{key}"], Vec::new()),
            WithheldBecause::Secret("key".into()),
        ),
        withheld(other, WithheldBecause::Host),
    ];
    (granted, asleep)
}

/// Expects what is said of a request, of each rule, and the warnings.
#[track_caller]
fn check(method: &str, url: &str, said: &str, steps: &[&str], warnings: &[&str]) {
    let (rules, withheld) = rules();
    let explanation = explain(&rules, &withheld, method, url);
    let verdict = explanation.verdict.to_string();
    assert!(verdict.contains(said), "{verdict}");
    assert_eq!(explanation.verdict.is_allowed(), said.starts_with("allowed"));
    let outcomes = explanation.considered.iter();
    let found: Vec<_> = outcomes
        .map(|one| one.outcome.map_or_else(|step| step.as_str(), |path| path.text.as_str()))
        .collect();
    assert_eq!(found, steps);
    let asleep: Vec<_> = explanation
        .considered
        .iter()
        .map(|one| one.withheld.is_some())
        .collect();
    assert!(asleep.is_empty() || asleep == [false, false, true, true]);
    let texts: Vec<_> = explanation.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), warnings.len(), "{texts:?}");
    for (text, expected) in texts.iter().zip(warnings) {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_request_is_explained_rule_by_rule() {
    let (host, scheme, method, path) = ("another host", "another scheme", "another method", "another path");
    let wild = "a wildcard with a credential (/bot{token}/**)";
    check(
        "POST",
        "https://a.b/bot{token}/setWebhook",
        "allowed by the path /bot{token}/** of a.b",
        &["/bot{token}/**", scheme, path, host],
        &[wild],
    );
    check(
        "POST",
        "https://a.b/open/x",
        "allowed by the path /open/** of a.b",
        &["/open/**", scheme, path, host],
        &[],
    );
    check(
        "POST",
        "https://a.b/get{token}",
        "allowed",
        &["/get{token}", scheme, path, host],
        &[],
    );
    check(
        "POST",
        "http://a.b/x",
        "allowed by the path /x of http://a.b",
        &[scheme, "/x", scheme, host],
        &["http sends the credential unencrypted"],
    );
    check(
        "GET",
        "https://a.b/open/x",
        "not covered for this method: add it to `methods`",
        &[method, scheme, method, host],
        &[],
    );
    check(
        "POST",
        "https://a.b/botX/x",
        "not covered for this path: add it to `paths`",
        &[path, scheme, path, host],
        &[],
    );
    check(
        "POST",
        "https://a.b/late/{key}",
        "a.b needs the secret `key`: grant it as `secrets.key`",
        &[path, scheme, "/late/{key}", host],
        &[],
    );
    check(
        "POST",
        "https://c.d/v1",
        "c.d is asked for and not granted by the operator: add \"c.d\" to `hosts`",
        &[host, host, host, "/v1"],
        &[],
    );
    check(
        "POST",
        "https://c.d/v2",
        "c.d is asked for and not granted by the operator: add \"c.d\" to `hosts`",
        &[host, host, host, path],
        &[],
    );
    check(
        "GET",
        "https://c.d/v1",
        "c.d is asked for and not granted by the operator",
        &[host, host, host, method],
        &[],
    );
    check(
        "POST",
        "https://c.e/v1",
        "no rule covers this host",
        &[host, host, host, host],
        &[],
    );
    check("POST", "https://A.b/", "the host has upper case", &[], &[]);
}

#[test]
fn what_is_explained_is_what_is_found() {
    let (mut rules, withheld) = rules();
    rules.push(rules[0].clone());
    let explanation = explain(&rules, &withheld, "POST", "https://a.b/open/x");
    assert!(matches!(
        explanation.verdict,
        Verdict::Refused(Refusal::Ambiguous { .. })
    ));
    let explanation = explain(&[], &[], "POST", "https://a.b/");
    assert!(matches!(explanation.verdict, Verdict::Refused(Refusal::Host)));
}
