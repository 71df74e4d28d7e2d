//! Until the pure half can put credentials in: placeholders in paths and whole headers.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::Secret;
use crate::reach::{CredentialPlace, Match, PathPiece, Segment, Target};

pub struct Draft<'a> {
    pub target: &'a Target,
    pub headers: &'a [(String, Vec<u8>)],
    pub body: Option<&'a [u8]>,
}

pub struct Filled {
    pub path_and_query: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Option<Vec<u8>>,
}

pub fn needs_whole_body(found: &Match<'_>) -> bool {
    found
        .rule
        .credentials
        .iter()
        .any(|credential| matches!(credential.place, CredentialPlace::Json { .. }))
}

pub fn fill(found: &Match<'_>, draft: &Draft<'_>, secrets: &BTreeMap<String, Secret>) -> Result<Filled, String> {
    let mut path = draft.target.path().to_owned();
    for segment in &found.path.segments {
        if let Segment::Text(pieces) = segment {
            for piece in pieces {
                if let PathPiece::Secret(name) = piece {
                    let secret = secrets.get(name).ok_or("a secret is missing")?;
                    let mut text = String::new();
                    for byte in secret.expose() {
                        let _ = match byte {
                            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                                write!(text, "{}", char::from(*byte))
                            }
                            _ => write!(text, "%{byte:02X}"),
                        };
                    }
                    path = path.replace(&format!("{{{name}}}"), &text);
                }
            }
        }
    }
    if let Some(query) = draft.target.query() {
        path = format!("{path}?{query}");
    }
    let mut headers = draft.headers.to_vec();
    for credential in &found.rule.credentials {
        let secret = secrets.get(&credential.secret).ok_or("a secret is missing")?;
        if let CredentialPlace::Header { name, prefix } = &credential.place {
            headers.push((name.clone(), [prefix.as_bytes(), secret.expose()].concat()));
        }
    }
    Ok(Filled {
        path_and_query: path,
        headers,
        body: draft.body.map(<[u8]>::to_vec),
    })
}
