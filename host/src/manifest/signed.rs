//! Published vectors of the usual schemes, each written as a manifest would write it, and what must never verify.

#![allow(clippy::unwrap_used)]

mod ed25519;
mod properties;

use super::Manifest;
use crate::limits;
use crate::model::{Secret, UnixMillis};
use crate::signature::*;

/// A rule as an author writes it, without the lines that all rules share.
fn rule(lines: &str) -> HookRule {
    let text = format!(
        "[channel]\nname='t'\nversion='1'\nsummary='t'\n[hook]\n[[hook.rule]]\nname='r'\npath='/r'\nsecret='s'\n{lines}\n[secrets.s]\ntitle='t'"
    );
    Manifest::parse(&text).unwrap().rules.remove(0)
}

fn check(rule: &HookRule, secret: &str, headers: &[(&str, &str)], body: &[u8], now: u64) -> Result<Verified, Refusal> {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let head = HookHead {
        method: "POST",
        path: "/r",
        headers: &headers,
    };
    verify(rule, &Secret::new(secret), &head, body, UnixMillis(now))
}

/// Hex in a header, with a prefix.
fn forge() -> HookRule {
    rule("algorithm='hmac-sha256'\nheader='x-forge-signature-256'\nprefix='sha256='\nmessage='{body}'")
}
const FORGE_SECRET: &str = "It's a Secret to Everybody";
const FORGE_TAG: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

/// A list in one header: time and signatures.
fn payment() -> HookRule {
    rule(
        "algorithm='hmac-sha256'\nheader='pay-signature'\nseparator=','\nprefix='v1='\nmessage='{timestamp}.{body}'\n\
         timestamp={header='pay-signature',separator=',',prefix='t=',unit='s',window='5m'}",
    )
}
const PAYMENT_BODY: &[u8] = br#"{"id":"evt_test","object":"event"}"#;
const PAYMENT_TAG: &str = "691252e266ce41cb94d709c84e9580d4172b117a510bbc81723f657d2cd5d215";
const OLD_TAG: &str = "59bcfdfa294b692f0ad484339b2b83b5383e45dca4962d3d10be40f292a708ff";
const SIGNED_AT: u64 = 1_492_774_577_000;

fn pay(value: &str, now: u64) -> Result<Verified, Refusal> {
    check(
        &payment(),
        "whsec_test_secret",
        &[("Pay-Signature", value)],
        PAYMENT_BODY,
        now,
    )
}

/// An id, a time and a body; keys and signatures in base64.
fn standard() -> HookRule {
    rule(
        "algorithm='hmac-sha256'\nsecret-encoding='base64'\nsecret-prefix='whsec_'\nencoding='base64'\n\
         header='webhook-signature'\nseparator=' '\nprefix='v1,'\nmessage='{header:webhook-id}.{timestamp}.{body}'\n\
         timestamp={header='webhook-timestamp',unit='s',window='5m'}",
    )
}

#[test]
fn a_forge_s_published_vector() {
    let good = format!("sha256={FORGE_TAG}");
    let upper = format!("sha256={}", FORGE_TAG.to_uppercase());
    let verified = check(
        &forge(),
        FORGE_SECRET,
        &[("X-Forge-Signature-256", &good)],
        b"Hello, World!",
        0,
    )
    .unwrap();
    assert_eq!(verified.until, None);
    let again = check(
        &forge(),
        FORGE_SECRET,
        &[("x-forge-signature-256", &upper)],
        b"Hello, World!",
        9,
    )
    .unwrap();
    assert_eq!(verified, again);
}

#[test]
fn the_hash_functions_of_the_rfcs() {
    let table = [
        ("hmac-sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            "hmac-sha256",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            "hmac-sha384",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        ),
        (
            "hmac-sha512",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ];
    for (algorithm, tag) in table {
        let rule = rule(&format!("algorithm='{algorithm}'\nheader='x-sum'\nmessage='{{body}}'"));
        assert!(
            check(&rule, "Jefe", &[("x-sum", tag)], b"what do ya want for nothing?", 0).is_ok(),
            "{algorithm}"
        );
        // A part of a signature is none.
        assert_eq!(
            check(
                &rule,
                "Jefe",
                &[("x-sum", &tag[..8])],
                b"what do ya want for nothing?",
                0
            ),
            Err(Refusal::Mismatch)
        );
    }
}

#[test]
fn a_payment_s_list_of_signatures() {
    let good = pay(&format!("t=1492774577,v1={OLD_TAG}, v1={PAYMENT_TAG},v0=6f"), SIGNED_AT).unwrap();
    assert_eq!(good.until, Some(UnixMillis(SIGNED_AT + 300_000)));
    assert_eq!(
        pay(&format!("t=1492774577,v1={OLD_TAG}"), SIGNED_AT),
        Err(Refusal::Mismatch)
    );
    assert_eq!(
        pay(&format!("t=1492774578,v1={PAYMENT_TAG}"), SIGNED_AT),
        Err(Refusal::Mismatch)
    );
    assert_eq!(
        pay(&format!("t=1492774577,v0={PAYMENT_TAG}"), SIGNED_AT),
        Err(Refusal::NoCandidate("pay-signature".into()))
    );
    let bad = Err(Refusal::BadTimestamp("pay-signature".into()));
    for stamp in [
        "t=1492774577,t=1",
        "t=",
        "t=-1",
        "t=+1492774577",
        "t=1.5",
        "t=99999999999999999999",
        "t=18446744073709551615",
        "x=1",
    ] {
        assert_eq!(pay(&format!("{stamp},v1={PAYMENT_TAG}"), SIGNED_AT), bad, "{stamp}");
    }
}

#[test]
fn only_so_many_signatures_are_tried() {
    let wrong = format!("v1={OLD_TAG},");
    let header = |count: usize| format!("t=1492774577,{}v1={PAYMENT_TAG}", wrong.repeat(count));
    assert!(pay(&header(limits::SIGNATURES_TRIED - 1), SIGNED_AT).is_ok());
    assert_eq!(
        pay(&header(limits::SIGNATURES_TRIED), SIGNED_AT),
        Err(Refusal::Mismatch)
    );
}

#[test]
fn a_window_includes_its_edges_and_not_a_second_more() {
    let header = format!("t=1492774577,v1={PAYMENT_TAG}");
    let table = [
        (SIGNED_AT - 301_000, Some(Refusal::FutureTimestamp)),
        (SIGNED_AT - 300_001, Some(Refusal::FutureTimestamp)),
        (SIGNED_AT - 300_000, None),
        (SIGNED_AT - 299_000, None),
        (SIGNED_AT + 299_000, None),
        (SIGNED_AT + 300_000, None),
        (SIGNED_AT + 300_001, Some(Refusal::StaleTimestamp)),
        (SIGNED_AT + 301_000, Some(Refusal::StaleTimestamp)),
        (0, Some(Refusal::FutureTimestamp)),
        (u64::MAX, Some(Refusal::StaleTimestamp)),
    ];
    for (now, refusal) in table {
        assert_eq!(pay(&header, now).err(), refusal, "{now}");
    }
}

#[test]
fn a_chat_s_published_vector() {
    let rule = rule(
        "algorithm='hmac-sha256'\nheader='x-chat-signature'\nprefix='v0='\nmessage='v0:{timestamp}:{body}'\n\
         timestamp={header='x-chat-request-timestamp',unit='s',window='5m'}",
    );
    // In base64, because it names its sender.
    let body = data_encoding::BASE64
        .decode(
            b"dG9rZW49eHl6ejBXYmFwQTR2QkNERUZhc3gwcTZHJnRlYW1faWQ9VDFEQzJKSDNKJnRlYW1fZG9tYWluPXRlc3R0ZWFtbm93JmNoYW5uZWxfaWQ9RzhQU1M5VDNWJmNoYW5uZWxfbmFtZT1mb29iYXImdXNlcl9pZD1VMkNFUkxLSkEmdXNlcl9uYW1lPXJvYWRydW5uZXImY29tbWFuZD0lMkZ3ZWJob29rLWNvbGxlY3QmdGV4dD0mcmVzcG9uc2VfdXJsPWh0dHBzJTNBJTJGJTJGaG9va3Muc2xhY2suY29tJTJGY29tbWFuZHMlMkZUMURDMkpIM0olMkYzOTc3MDA4ODU1NTQlMkY5NnJHbGZtaWJJR2xnY1pSc2tYYUlGZk4mdHJpZ2dlcl9pZD0zOTg3Mzg2NjMwMTUuNDc0NDU2MjkxMjEuODAzYTBiYzg4N2ExNGQxMGQyYzQ0N2ZjZThiNjcwM2M=",
        )
        .unwrap();
    let signature = (
        "x-chat-signature",
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    );
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    let headers = [("x-chat-request-timestamp", "1531420618"), signature];
    assert!(check(&rule, secret, &headers, &body, 1_531_420_618_000).is_ok());
    assert_eq!(
        check(&rule, secret, &headers, &body[1..], 1_531_420_618_000),
        Err(Refusal::Mismatch)
    );
    let missing = Err(Refusal::MissingHeader("x-chat-request-timestamp".into()));
    assert_eq!(check(&rule, secret, &[signature], &body, 1_531_420_618_000), missing);
}

#[test]
fn the_published_vectors_of_a_standard() {
    let table = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            "1731705121",
            r#"{"event_type":"ping","data":{"success":true}}"#,
            "v2,AAAA v1,AAAA v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0",
        ),
    ];
    for (secret, id, stamp, body, signature) in table {
        let now = stamp.parse::<u64>().unwrap() * 1000;
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", stamp),
            ("webhook-signature", signature),
        ];
        assert!(check(&standard(), secret, &headers, body.as_bytes(), now).is_ok());
        let other = [("webhook-id", "msg_other"), headers[1], headers[2]];
        assert_eq!(
            check(&standard(), secret, &other, body.as_bytes(), now),
            Err(Refusal::Mismatch)
        );
        // The same signed bytes, cut in another place: the end of the id is now the time.
        let (moved, rest) = (format!("{id}.{stamp}"), format!("7.{body}"));
        let cut = [("webhook-id", moved.as_str()), ("webhook-timestamp", "7"), headers[2]];
        let refusal = check(&standard(), secret, &cut, rest.as_bytes(), now);
        assert_eq!(refusal, Err(Refusal::AmbiguousHeader("webhook-id".into())));
    }
}

#[test]
fn forged_and_foreign_calls_are_refused() {
    let good = format!("sha256={FORGE_TAG}");
    let call = |secret, headers: &[(&str, &str)], body: &[u8]| check(&forge(), secret, headers, body, 0).unwrap_err();
    let (name, body) = ("x-forge-signature-256", b"Hello, World!".as_slice());
    assert_eq!(call("another key", &[(name, &good)], body), Refusal::Mismatch);
    assert_eq!(call(FORGE_SECRET, &[(name, &good)], b""), Refusal::Mismatch);
    assert_eq!(call(FORGE_SECRET, &[], body), Refusal::MissingHeader(name.into()));
    assert_eq!(
        call(FORGE_SECRET, &[(name, &good), ("X-FORGE-Signature-256", "x")], body),
        Refusal::DuplicateHeader(name.into())
    );
    for form in [
        "",
        "sha256=",
        "sha256=zz",
        "sha256=757",
        FORGE_TAG,
        "SHA256=757107ea",
        "sha1=757107ea",
    ] {
        assert_eq!(
            call(FORGE_SECRET, &[(name, form)], body),
            Refusal::NoCandidate(name.into()),
            "{form}"
        );
    }
    assert_eq!(call("", &[(name, &good)], body), Refusal::UnusableSecret("s".into()));
    let other = HookHead {
        method: "GET",
        path: "/r",
        headers: &[],
    };
    let refusal = verify(&forge(), &Secret::new("s"), &other, b"", UnixMillis(0));
    assert_eq!(refusal, Err(Refusal::OtherCall("r".into())));
}

#[test]
fn an_empty_body_can_be_signed() {
    let tag = "sha256=5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0";
    assert!(check(&forge(), "key", &[("x-forge-signature-256", tag)], b"", 0).is_ok());
}

#[test]
fn keys_that_are_none_are_found_before_a_call() {
    for secret in ["", "whsec_", "whsec_!!", "whsec_A"] {
        let refusal = check_secret(&standard(), &Secret::new(secret));
        assert_eq!(refusal, Err(Refusal::UnusableSecret("s".into())), "{secret}");
    }
    assert_eq!(check_secret(&standard(), &Secret::new("whsec_AAAA")), Ok(()));
}

#[test]
fn the_replay_key_covers_what_was_signed_and_nothing_else() {
    let tag = format!("sha256={FORGE_TAG}");
    let signed = ("x-forge-signature-256", tag.as_str());
    let replay = |rule: &HookRule, delivery| {
        check(
            rule,
            FORGE_SECRET,
            &[signed, ("x-delivery", delivery)],
            b"Hello, World!",
            0,
        )
        .unwrap()
        .replay
    };
    assert_eq!(replay(&forge(), "1"), replay(&forge(), "2"));
    let renamed = HookRule {
        name: "other".into(),
        ..forge()
    };
    // One secret in two rules makes no second message of one.
    assert_eq!(replay(&forge(), "1"), replay(&renamed, "1"));
    // Two good signatures of one message, by an old and a new key, are one message.
    let one = pay(&format!("t=1492774577,v1={PAYMENT_TAG}"), SIGNED_AT).unwrap();
    let two = pay(&format!("v1={PAYMENT_TAG},v1={OLD_TAG},t=1492774577"), SIGNED_AT + 1).unwrap();
    assert_eq!(one, two);
}

#[test]
fn refusals_tell_no_secret_and_no_body() {
    let refusals = [
        check(
            &forge(),
            "hunter2",
            &[("x-forge-signature-256", "sha256=abcd")],
            b"private words",
            0,
        ),
        check(
            &forge(),
            "hunter2",
            &[("x-forge-signature-256", "abcd")],
            b"private words",
            0,
        ),
        check(
            &standard(),
            "whsec_hunter2!",
            &[("webhook-signature", "abcd")],
            b"private words",
            0,
        ),
    ];
    for refusal in refusals {
        let text = format!("{refusal:?} {}", refusal.as_ref().unwrap_err());
        for word in ["hunter2", "private", "abcd"] {
            assert!(!text.contains(word), "{text}");
        }
    }
}
