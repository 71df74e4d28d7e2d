//! A signed request: what was signed by the rule is taken once and within its time, and whatever is changed of it is not.

use arbitrary::Unstructured;
use data_encoding::{BASE64, HEXLOWER};
use lockgate::model::{Secret, UnixMillis};
use lockgate::signature::{
    Algorithm, Encoding, HookHead, HookRule, Piece, Refusal, SecretForm, Template, TimestampRule, Unit, Verified,
    verify,
};
use ring::hmac;
use std::time::Duration;

use super::super::Body;

/// A template, the parts of a request, and a change.
pub const BODY: Body = Body {
    name: "signature",
    play,
    words: &[
        "{body}",
        "{timestamp}",
        "{header:webhook-id}",
        "{header:",
        "}",
        "{",
        "{timestamp}.{body}",
        "v0:{timestamp}:{body}",
        "{header:a}.{timestamp}.{body}",
        "{body}{body}",
        "{timestamp}{body}",
        "1700000000",
        ",",
        "sha256=",
        "\r\n",
        ".",
        ":",
    ],
    usual: 10_000,
};

/// Seconds at which it is signed.
const SIGNED_AT: u64 = 1_700_000_000;
/// Seconds of the rule's window.
const WINDOW: u64 = 300;

#[derive(Debug)]
struct Input {
    at: u16,
    bit: u16,
    secret: [u8; 9],
    encoding: bool,
    listed: bool,
    header: String,
    template: String,
    body: Vec<u8>,
}

impl Input {
    fn take(mut data: Unstructured<'_>) -> arbitrary::Result<Input> {
        Ok(Input {
            at: data.arbitrary()?,
            bit: data.arbitrary()?,
            secret: data.arbitrary()?,
            encoding: data.arbitrary()?,
            listed: data.arbitrary()?,
            header: data.arbitrary()?,
            template: data.arbitrary()?,
            body: data.arbitrary()?,
        })
    }
}

fn play(data: &[u8]) -> String {
    // What is missing at the end of the data is read as zeros.
    let Ok(input) = Input::take(Unstructured::new(data)) else {
        return "no input".to_owned();
    };
    // Whatever the bytes are, they are tried as a template, too.
    let whole = String::from_utf8_lossy(data);
    let template = Template::parse(&whole).or_else(|_| Template::parse(&input.template));
    let template = match template {
        Ok(template) => template,
        // The name of what is wrong, without what is repeated of the text.
        Err(error) => return format!("{error:?}").split('(').next().unwrap_or_default().to_owned(),
    };
    let bodies = template.pieces().iter().filter(|piece| **piece == Piece::Body).count();
    assert_eq!(bodies, 1, "{template:?}");
    assert_eq!(template.has_timestamp(), template.pieces().contains(&Piece::Timestamp));
    signed(&rule(&input, template), &input)
}

fn rule(input: &Input, message: Template) -> HookRule {
    let timestamp = message.has_timestamp().then(|| TimestampRule {
        header: "x-time".into(),
        separator: input.listed.then(|| ",".into()),
        prefix: "t=".into(),
        unit: Unit::Seconds,
        window: Duration::from_secs(WINDOW),
    });
    HookRule {
        name: "r".into(),
        path: "/r".into(),
        methods: vec!["POST".into()],
        secret: "key".into(),
        secret_form: SecretForm::default(),
        algorithm: Algorithm::HmacSha256,
        encoding: if input.encoding {
            Encoding::Hex
        } else {
            Encoding::Base64
        },
        header: "x-signature".into(),
        separator: input.listed.then(|| ",".into()),
        prefix: "v1=".into(),
        message,
        timestamp,
    }
}

/// The tag that a sender of this rule makes.
fn tag(rule: &HookRule, input: &Input, value: &str) -> Vec<u8> {
    let mut sum = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &input.secret));
    for piece in rule.message.pieces() {
        match piece {
            Piece::Literal(text) => sum.update(text.as_bytes()),
            Piece::Body => sum.update(&input.body),
            Piece::Timestamp => sum.update(SIGNED_AT.to_string().as_bytes()),
            Piece::Header(_) => sum.update(value.as_bytes()),
        }
    }
    sum.sign().as_ref().to_vec()
}

/// The headers of a request with this tag; every header that the template names has the same value.
fn headers(rule: &HookRule, tag: &[u8], value: &str) -> Vec<(String, String)> {
    let text = match rule.encoding {
        Encoding::Hex => HEXLOWER.encode(tag),
        Encoding::Base64 => BASE64.encode(tag),
    };
    let mut headers = vec![
        ("X-Signature".to_owned(), format!("v1={text}")),
        ("X-Time".to_owned(), format!("t={SIGNED_AT}")),
    ];
    for piece in rule.message.pieces() {
        if let Piece::Header(name) = piece
            && !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            headers.push((name.clone(), value.to_owned()));
        }
    }
    headers
}

fn signed(rule: &HookRule, input: &Input) -> String {
    let value: String = input.header.chars().filter(|c| !c.is_control()).collect();
    let tag = tag(rule, input, &value);
    let asked = |tag: &[u8], body: &[u8], seconds: u64| {
        let headers = headers(rule, tag, &value);
        let head = HookHead {
            method: "POST",
            path: "/r",
            headers: &headers,
        };
        verify(
            rule,
            &Secret::new(input.secret.to_vec()),
            &head,
            body,
            UnixMillis(seconds * 1_000),
        )
    };
    let verified = match asked(&tag, &input.body, SIGNED_AT) {
        Ok(verified) => verified,
        // A header's own text can make the message ambiguous, or a name can stand for the signature itself.
        Err(refusal) => return refusal.as_str().to_owned(),
    };
    assert_eq!(
        asked(&tag, &input.body, SIGNED_AT),
        Ok(verified),
        "the same request is another"
    );
    let mut other = input.body.clone();
    other.push(b'x');
    assert_eq!(
        asked(&tag, &other, SIGNED_AT),
        Err(Refusal::Mismatch),
        "a body that was not signed"
    );
    let mut forged = tag.clone();
    let bit = usize::from(input.bit) % (8 * forged.len());
    forged[bit / 8] ^= 1 << (bit % 8);
    assert_eq!(
        asked(&forged, &input.body, SIGNED_AT),
        Err(Refusal::Mismatch),
        "a tag that was not made"
    );
    if rule.timestamp.is_some() {
        assert_time(&|seconds| asked(&tag, &input.body, seconds), u64::from(input.at));
    }
    "verified".to_owned()
}

/// Within the window it counts, a second beyond it does not.
fn assert_time(asked: &dyn Fn(u64) -> Result<Verified, Refusal>, off: u64) {
    let (late, early) = (asked(SIGNED_AT + off), asked(SIGNED_AT - off));
    if off <= WINDOW {
        assert!(late.is_ok() && early.is_ok(), "{off} s off: {late:?}, {early:?}");
    } else {
        assert_eq!(late, Err(Refusal::StaleTimestamp), "{off} s late");
        assert_eq!(early, Err(Refusal::FutureTimestamp), "{off} s early");
    }
}
