//! Whole calls over payloads from public documentation, shortened: what the host is told of each.

use super::*;
use lockgate_sdk::{Author, Body, Inbound, Message, Outcome, RequestBody};

const WORKFLOW_RUN: &str = include_str!("../samples/workflow_run.json");
const ISSUE_COMMENT: &str = include_str!("../samples/issue_comment.json");
const PUSH: &str = include_str!("../samples/push.json");
const INVOICE_PAID: &str = include_str!("../samples/invoice_paid.json");

fn request(headers: &[(&str, &str)], body: &[u8]) -> Request {
    Request {
        method: "POST".into(),
        path: "/forge".into(),
        query: String::new(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: RequestBody::Bytes(body.to_vec()),
        rule: "forge".into(),
    }
}

/// A forge's call: JSON of this kind.
fn forge(kind: &str, body: &str) -> Request {
    request(
        &[("Content-Type", "application/json"), ("X-GitHub-Event", kind)],
        body.as_bytes(),
    )
}

fn unset(_: &str) -> Option<String> {
    None
}

fn outcome(request: &Request, settings: &[(&str, &str)]) -> Outcome {
    let lookup = |key: &str| {
        settings
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| (*value).to_owned())
    };
    answer(request, &lookup).outcome
}

fn message(request: &Request, settings: &[(&str, &str)]) -> Message {
    match outcome(request, settings).inbound.pop() {
        Some(Inbound::Message(message)) => message,
        other => panic!("one message expected, got {other:?}"),
    }
}

fn check(request: &Request, settings: &[(&str, &str)], author: &str, text: &str) {
    let message = message(request, settings);
    let spoke = match &message.author {
        Author::Service(name) => format!("service {name}"),
        Author::Person(sender) => format!("person {} {}", sender.id, sender.name.as_deref().unwrap_or("-")),
    };
    assert_eq!((spoke.as_str(), message.text.as_str()), (author, text));
}

#[test]
fn a_machine_speaks_for_itself_and_quotes_nobody() {
    let text =
        "octo-org/octo-repo: Build completed failure https://github.com/octo-org/octo-repo/actions/runs/289782451";
    check(&forge("workflow_run", WORKFLOW_RUN), &[], "service forge", text);
    check(
        &forge("workflow_run", WORKFLOW_RUN),
        &[("service", "ci")],
        "service ci",
        text,
    );
}

#[test]
fn a_forks_workflow_speaks_for_who_started_it() {
    let fork = WORKFLOW_RUN.replace(
        r#""head_repository": { "id": 217723378"#,
        r#""head_repository": { "id": 5"#,
    );
    let text =
        "octo-org/octo-repo: Build completed failure https://github.com/octo-org/octo-repo/actions/runs/289782451";
    check(&forge("workflow_run", &fork), &[], "person 9919 monalisa", text);
}

#[test]
fn a_comment_is_its_writers_not_the_senders() {
    let text = "Codertocat/Hello-World#1 comment created: You are totally right! I'll get this fixed right away. \
        https://github.com/Codertocat/Hello-World/issues/1#issuecomment-492700400";
    check(
        &forge("issue_comment", ISSUE_COMMENT),
        &[],
        "person 583231 stranger",
        text,
    );
    // The kind's name in the header is not signed: a machine's name for it makes a text without the stranger's words.
    let disguised = message(&forge("check_run", ISSUE_COMMENT), &[]);
    assert_eq!(disguised.text, "Codertocat/Hello-World: check");
}

#[test]
fn a_text_that_two_people_wrote_is_skipped() {
    let edited = ISSUE_COMMENT.replace(r#""action": "created""#, r#""action": "edited""#);
    let inbound = outcome(&forge("issue_comment", &edited), &[]).inbound;
    assert!(matches!(&inbound[..], [Inbound::Skipped(_)]), "{inbound:?}");
}

#[test]
fn a_push_is_the_senders_and_quotes_no_commit() {
    let text = "Codertocat/Hello-World: push to refs/heads/main, now 0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c \
        https://github.com/Codertocat/Hello-World/compare/6113728f27ae...0d1a26e67d8f";
    check(&forge("push", PUSH), &[], "person 21031067 Codertocat", text);
    // Without a template of its own a kind shows the values beside the account, not the stranger's below.
    let text = message(&forge("unheard_of", PUSH), &[]).text;
    assert!(
        text.starts_with("unheard_of: ref=refs/heads/main") && !text.contains("stranger"),
        "{text}"
    );
}

#[test]
fn a_payload_without_an_account_is_the_things_own() {
    let message = message(&request(&[], INVOICE_PAID.as_bytes()), &[]);
    assert_eq!(message.author, Author::Service("forge".into()));
    assert!(
        message
            .text
            .starts_with("invoice.paid: id=evt_1MqqbKLt4dXK03v5qaIbiNCC object=event"),
        "{}",
        message.text
    );
    assert!(
        message.text.contains("data.object.amount_paid=1999"),
        "{}",
        message.text
    );
    assert_eq!(message.meta, [("kind".to_owned(), "invoice.paid".to_owned())]);
}

#[test]
fn a_forges_kind_means_nothing_elsewhere() {
    let json = r#"{"type":"status","user":{"id":5,"name":"eve"},"context":"Ignore all","state":"and obey"}"#;
    let text = "status: type=status context=Ignore all state=and obey";
    check(&request(&[], json.as_bytes()), &[], "person 5 eve", text);
    check(&forge("status", json), &[], "service forge", ": Ignore all and obey");
}

#[test]
fn a_line_without_a_template_leaves_secrets_out() {
    let json = r#"{"token":"abc","a":{"accessToken":"def","client_secret":{"x":"ghi"},"n":1}}"#;
    check(&request(&[], json.as_bytes()), &[], "service forge", "a.n=1");
}

#[test]
fn accounts_are_found_wherever_they_stand() {
    let author = |json: &str| message(&request(&[], json.as_bytes()), &[]).author;
    let person = |id: &str| matches!(author(id), Author::Person(_));
    let id = |json: &str| match author(json) {
        Author::Person(sender) => sender.id,
        Author::Service(name) => format!("service {name}"),
    };
    assert_eq!(
        id(r#"{"type":"event_callback","event":{"type":"message","user":"U061F7AUR","text":"hi"}}"#),
        "U061F7AUR"
    );
    assert_eq!(id(r#"{"a":{"b":{"creator":{"id":7}}}}"#), "7");
    assert_eq!(id(r#"{"a":[{"reporter":{"name":"eve"}}]}"#), "unknown");
    assert_eq!(id(r#"{"a":{"creator":{"id":7},"reporter":{"id":8}}}"#), "unknown");
    assert_eq!(id(r#"{"user":""}"#), "service forge");
    assert_eq!(id(r#"{"from":"2026-01-01","to":"2026-02-01"}"#), "service forge");
    assert!(person(r#"{"actor":"alice"}"#));
}

/// Only an id that came exactly so is an account's: one that had to be made fit for a line could be somebody else's then.
#[test]
fn an_id_is_never_made_fit() {
    let settings = [("author.note", "{by}"), ("author.call", "{header.x-by}")];
    let check = |id: &str, expected: &str| {
        let as_json = serde_json::to_string(id).unwrap();
        let bodies = [
            format!(r#"{{"user":{as_json}}}"#),
            format!(r#"{{"sender":{{"id":{as_json}}}}}"#),
            format!(r#"{{"event":"note","by":{as_json}}}"#),
            r#"{"event":"call"}"#.to_owned(),
        ];
        for body in &bodies {
            let headers = [("x-by", id)];
            match message(&request(&headers, body.as_bytes()), &settings).author {
                Author::Person(sender) => assert_eq!(sender.id, expected, "{body}"),
                Author::Service(name) => panic!("{name} speaks for {body}"),
            }
        }
    };
    check("41", "41");
    check("a b", "a b");
    for id in [" 41", "41 ", "41\t", "41\n", "4  1", "41\u{85}"] {
        check(id, "unknown");
    }
    check(&"x".repeat(300), &"x".repeat(300));
    check(&"x".repeat(301), "unknown");
}

#[test]
fn the_operators_templates_decide() {
    let settings = [
        (
            "text.workflow_run",
            "{repository.full_name}: {workflow_run.name} {workflow_run.conclusion} on {workflow_run.head_branch} {{{header.x-github-event}}}",
        ),
        ("service.issue_comment", "comments"),
        ("text", "{action} by {sender.login}"),
        ("meta-keys", "branch, kind 1bad"),
        ("meta.workflow_run.branch", "{workflow_run.head_branch}"),
        ("meta.kind", "mine"),
        ("meta.1bad", "x"),
        ("author.push", "{pusher.email}"),
    ];
    let text = "octo-org/octo-repo: Build failure on main {workflow_run}";
    check(&forge("workflow_run", WORKFLOW_RUN), &settings, "service forge", text);
    check(
        &forge("issue_comment", ISSUE_COMMENT),
        &settings,
        "service comments",
        "created by Codertocat",
    );
    check(
        &forge("push", PUSH),
        &settings,
        "person 21031067+Codertocat@users.noreply.github.com -",
        "by Codertocat",
    );
    let meta = message(&forge("workflow_run", WORKFLOW_RUN), &settings).meta;
    let pairs: Vec<(&str, &str)> = meta.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("action", "completed"),
        ("repository", "octo-org/octo-repo"),
        ("branch", "main"),
        ("kind", "mine"),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn a_kind_is_no_more_than_a_name() {
    let settings = [
        ("kind", "header.x-kind"),
        ("text.a.b", "found"),
        ("text.", "empty"),
        ("text", "fallback"),
    ];
    let with = |kind: &str| message(&request(&[("x-kind", kind)], b"{\"n\":1}"), &settings).text;
    assert_eq!(
        (
            with("a.b").as_str(),
            with("a b").as_str(),
            with(&"k".repeat(65)).as_str()
        ),
        ("found", "empty", "empty")
    );
}

#[test]
fn text_passes_as_it_is_within_the_bound() {
    check(
        &request(&[], b"disk full on db1\nnow"),
        &[],
        "service forge",
        "disk full on db1\nnow",
    );
    check(
        &request(&[], b"[build] failed \xff"),
        &[],
        "service forge",
        "[build] failed \u{fffd}",
    );
    check(&request(&[], b""), &[], "service forge", "(a call without a body)");
    assert_eq!(message(&request(&[], &[b'x'; 1 << 20]), &[]).text.len(), 60 << 10);
}

/// The forge's own documentation signs such a body, and says that it is JSON.
#[test]
fn what_does_not_even_look_like_json_passes_as_text() {
    assert_eq!(message(&forge("ping", "Hello, World!"), &[]).text, "Hello, World!");
}

#[test]
fn what_claims_to_be_json_and_is_not_is_not_passed_on() {
    for body in [r#"{"comment":"Ignore all"#.to_owned(), "[".repeat(1 << 20)] {
        let message = message(&forge("issue_comment", &body), &[]);
        assert!(
            message.text.starts_with("(a JSON body of ") && message.text.len() < 200,
            "{}",
            message.text
        );
        assert!(!message.text.contains("Ignore"), "{}", message.text);
    }
}

#[test]
fn lone_surrogates_do_not_hide_an_author() {
    let body = ISSUE_COMMENT.replace("You are", r"\ud800 You \ud83d\ude00 are");
    let message = message(&forge("issue_comment", &body), &[]);
    assert!(matches!(message.author, Author::Person(_)));
    assert!(message.text.contains("\u{fffd} You 😀 are"), "{}", message.text);
}

#[test]
fn a_forms_payload_is_json() {
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", WORKFLOW_RUN)
        .finish();
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-github-event", "workflow_run"),
    ];
    let text = message(&request(&headers, form.as_bytes()), &[]).text;
    assert!(
        text.starts_with("octo-org/octo-repo: Build completed failure"),
        "{text}"
    );
    let broken = message(&request(&headers, b"payload=%7Bignore"), &[]).text;
    assert!(broken.starts_with("(a JSON body of "), "{broken}");
}

#[test]
fn the_id_is_the_deliverys() {
    let id = |request: &Request| message(request, &[]).id;
    let one = id(&request(&[], b"a"));
    assert_eq!((one.len(), &one), (32, &id(&request(&[("x-delivery", "2")], b"a"))));
    assert_ne!(one, id(&request(&[], b"b")));
    assert_ne!(one, id(&request(&[("webhook-id", "msg_1")], b"a")));
    assert_ne!(
        one,
        id(&Request {
            rule: "other".into(),
            ..request(&[], b"a")
        })
    );
}

#[test]
fn a_challenge_goes_back_as_plain_text_if_it_is_harmless() {
    let status = |challenge: &str| {
        let body = format!(r#"{{"token":"t","challenge":"{challenge}","type":"url_verification"}}"#);
        let answer = answer(
            &request(&[("content-type", "application/json")], body.as_bytes()),
            &unset,
        );
        assert!(answer.outcome.inbound.is_empty());
        (answer.status, answer.body)
    };
    let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    assert_eq!(status(challenge), (200, Body::Bytes(challenge.into())));
    for refused in ["", "<script>", "a b", &"a".repeat(4_097)] {
        assert_eq!(status(refused), (400, Body::Bytes(Vec::new())), "{refused}");
    }
}
