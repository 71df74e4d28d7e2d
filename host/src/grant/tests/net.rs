//! Rules for requests: which are in force, which are withheld and why.

use super::*;
use crate::reach::WithheldBecause;

const HTTP: &str = "[[asks.http]]\nhost='api.example.org'\npaths=['/{one}/x']\n\
    [[asks.http]]\nhost='api.example.org'\nmethods=['POST']\npaths=['/y']\ncredentials=[{secret='two',header='x-key'}]\n\
    [[asks.http]]\nscheme='http'\nhost='printer.example.org'\nport=8080\npaths=['/']\n";
const ONE: &str = "secrets.one={env='A'}\n";

/// The first paths of the rules in force, and of those withheld with the reason.
fn split(lines: &str) -> (Vec<String>, Vec<(String, WithheldBecause)>) {
    let grant = compute(HTTP, &format!("{ONE}{lines}")).unwrap();
    let path = |rule: &HttpRule| rule.paths[0].text.clone();
    let withheld = grant.withheld_http().iter();
    (
        grant.http().iter().map(path).collect(),
        withheld
            .map(|withheld| (path(&withheld.rule), withheld.because.clone()))
            .collect(),
    )
}

#[test]
fn a_host_that_is_not_granted_is_withheld() {
    let (granted, withheld) = split("");
    assert!(granted.is_empty());
    let host = |path: &str| (path.to_owned(), WithheldBecause::Host);
    assert_eq!(withheld, [host("/{one}/x"), host("/y"), host("/")]);
    let (granted, withheld) = split("hosts=['http://printer.example.org:8080']");
    assert_eq!((granted.as_slice(), withheld.len()), (["/".to_owned()].as_slice(), 2));
}

#[test]
fn a_label_grants_all_its_rules_whose_secrets_are_granted() {
    let (granted, withheld) = split("hosts=['api.example.org']");
    assert_eq!(granted, ["/{one}/x"]);
    let secret = ("/y".to_owned(), WithheldBecause::Secret("two".into()));
    assert_eq!(withheld, [secret, ("/".to_owned(), WithheldBecause::Host)]);
    let (granted, _) = split("hosts=['api.example.org']\nsecrets.two={env='B'}");
    assert_eq!(granted, ["/{one}/x", "/y"]);
}

#[test]
fn an_upstream_counts_for_a_granted_host() {
    let upstream = "upstream.'api.example.org'='http://127.0.0.1:1'\n";
    let grant = compute(HTTP, &format!("{ONE}{upstream}")).unwrap();
    assert!(grant.upstreams().is_empty());
    let grant = compute(HTTP, &format!("{ONE}{upstream}hosts=['api.example.org']")).unwrap();
    assert_eq!(grant.upstreams()["api.example.org"].text(), "http://127.0.0.1:1");
}

#[test]
fn what_no_rule_asks_for_is_an_error_with_the_line() {
    let error = |asks: &str, lines: &str| compute(asks, &format!("{ONE}{lines}")).unwrap_err().to_string();
    let typo = error(HTTP, "hosts=['api.exmaple.org']");
    assert!(
        typo.contains("does not ask for `api.exmaple.org`: take \"api.exmaple.org\" of `hosts` out of [channel.ci]")
            && typo.contains("it asks for `api.example.org`, `http://printer.example.org:8080`"),
        "{typo}"
    );
    let port = error(HTTP, "hosts=['http://printer.example.org']");
    assert!(port.contains("does not ask for `http://printer.example.org`"), "{port}");
    let upstream = error("", "upstream.'api.example.org'='http://127.0.0.1:1'");
    assert!(
        upstream.contains("take upstream.\"api.example.org\" out of [channel.ci]")
            && upstream.ends_with("it asks for none"),
        "{upstream}"
    );
}
