//! Puts secrets into a request that a rule covers, and refuses whatever of the guest's could stand for them, be read as
//! something else on the way, or show a part of an answer only. A secret's bytes are in what comes out, and nowhere else.

use std::collections::BTreeMap;
use std::fmt;

use super::account::{form_keys, is_account_header};
use super::header::{folded, forbidden};
use super::json;
use super::media::{Media, media};
use super::path::{is_detour, is_unreserved, percent};
use super::place::folded_key;
use super::{Credential, CredentialPlace, HttpRule, Match, PathPiece, Target};
use crate::limits;
use crate::model::Secret;
use crate::signature::is_header_name;

/// A request as the guest wants it.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Where to; the target that the rule was found for.
    pub target: &'a Target,
    /// All headers of the guest's.
    pub headers: &'a [(String, Vec<u8>)],
    /// All of the body; none if it is streamed, which can't be if [`Match::needs_whole_body`].
    pub body: Option<&'a [u8]>,
    /// The names of a form's parts, if the host itself writes it.
    pub fields: Option<&'a [String]>,
}

/// A request as it is sent. It holds secrets, so it can't be printed.
pub struct Filled {
    /// What is asked for, in the request line.
    pub path_and_query: String,
    /// The guest's headers and those that hold credentials; names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, if it is another one than the draft's.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[a request with secrets]")
    }
}

/// Why a request that a rule covers is not sent all the same. Safe to be shown to the guest: it names places and secrets,
/// never the bytes of one, and repeats nothing of the guest's own, which could be a guess.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillRefusal {
    /// A header that is not the guest's to set.
    #[error("the header `{0}` is set by lockgate itself: leave it out")]
    Forbidden(&'static str),
    /// No header's name.
    #[error("what names a header is no header's name: use letters, digits and `-`")]
    HeaderName,
    /// A value that would end the header.
    #[error("a header holds a control character: take it out")]
    HeaderValue,
    /// Too many headers, or too long ones.
    #[error(
        "the request has more than {} headers or {} bytes of them: leave some out",
        limits::FETCH_HEADERS,
        limits::FETCH_HEADER_BYTES
    )]
    Headers,
    /// The guest sets what the rule puts in.
    #[error("{0} is put in by lockgate, and there may be no other: leave it out")]
    Own(String),
    /// The guest says who it is, where the host does.
    #[error("a request with a credential speaks for one account: leave the header `{0}` out")]
    Account(String),
    /// What is put into the query could stand in the body, too.
    #[error(
        "a credential goes into the query, so the keys of the body are looked at: give it one plain `content-type`, and \
         send JSON or a form in one piece and in UTF-8"
    )]
    BodyKeys,
    /// A part of an answer could hold a part of a secret, which nobody would find.
    #[error("a request with a credential asks for the whole: leave the header `{0}` out")]
    Range(String),
    /// The rule's secret is not there.
    #[error("the secret `{0}` is not there: grant it under `secrets` of the channel in lockgate.toml")]
    Missing(String),
    /// The secret can't stand where the rule wants it.
    #[error(
        "the secret `{secret}` can't stand in {place}, because it is empty or holds what may not be there: set it anew"
    )]
    Unfit {
        /// Its name.
        secret: String,
        /// What it does not fit.
        place: &'static str,
    },
    /// A receiver would take a part of the secret away; what is left of it, nobody would find in an answer.
    #[error("the secret `{0}` begins or ends with a blank: set it again without")]
    Blanks(String),
    /// With its secrets the request line is too long.
    #[error("the path and the query are too long: shorten them")]
    Long,
    /// A credential goes into the body, and that is not declared to be JSON.
    #[error(
        "a credential goes into the body: set one header `content-type: application/json`, in no charset but utf-8, and no `content-encoding`"
    )]
    BodyType,
    /// A credential goes into the body, and there is none.
    #[error("a credential goes into the body: send a JSON object in one piece, no file and no form")]
    NoBody,
    /// The document can't take a credential.
    #[error(transparent)]
    Json(#[from] json::JsonRefusal),
}

impl Match<'_> {
    /// Whether a secret is put into the request.
    pub fn has_credential(&self) -> bool {
        !self.rule.credentials.is_empty() || self.path.secrets().next().is_some()
    }

    /// Whether the body has to be in memory, because a credential may go into it.
    pub fn needs_whole_body(&self) -> bool {
        !self.rule.is_socket() && json_places(self.rule).next().is_some()
    }

    /// Whether the body is looked into if it is there in one piece, and some are refused if it is not.
    pub fn looks_into_body(&self) -> bool {
        self.needs_whole_body() || self.query_keys().next().is_some()
    }

    /// Puts everything in.
    ///
    /// # Authority
    /// `secrets` are those of the rule's own channel.
    pub fn fill(&self, draft: &Draft<'_>, secrets: &BTreeMap<String, Secret>) -> Result<Filled, FillRefusal> {
        let headers = self.headers(draft.headers, secrets)?;
        self.check_body_keys(draft)?;
        let path = path(draft.target, secrets)?;
        let query = self.query(draft.target.query(), secrets)?;
        let path_and_query = query.map_or(path.clone(), |query| format!("{path}?{query}"));
        if path_and_query.len() > limits::URL_BYTES {
            return Err(FillRefusal::Long);
        }
        Ok(Filled {
            path_and_query,
            headers,
            body: self.body(draft, secrets)?,
        })
    }

    fn headers(
        &self,
        own: &[(String, Vec<u8>)],
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<Vec<(String, Vec<u8>)>, FillRefusal> {
        let bytes: usize = own.iter().map(|(name, value)| name.len() + value.len()).sum();
        if own.len() > limits::FETCH_HEADERS || bytes > limits::FETCH_HEADER_BYTES {
            return Err(FillRefusal::Headers);
        }
        let mut all = Vec::new();
        for (name, value) in own {
            self.check_header(name, value)?;
            all.push((name.to_ascii_lowercase(), value.clone()));
        }
        for Credential { secret, place } in &self.rule.credentials {
            if let CredentialPlace::Header { name, prefix } = place {
                let value = [prefix.as_bytes(), fit(secrets, secret, "a header")?].concat();
                all.push((name.clone(), value));
            }
        }
        Ok(all)
    }

    fn check_header(&self, name: &str, value: &[u8]) -> Result<(), FillRefusal> {
        if !is_header_name(name) {
            return Err(FillRefusal::HeaderName);
        }
        if let Some(name) = forbidden(name) {
            return Err(FillRefusal::Forbidden(name));
        }
        if value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(FillRefusal::HeaderValue);
        }
        let same = |place: &CredentialPlace| matches!(place, CredentialPlace::Header { name: ours, .. } if folded(ours) == folded(name));
        if self.rule.credentials.iter().any(|credential| same(&credential.place)) {
            return Err(FillRefusal::Own(format!("the header `{}`", folded(name))));
        }
        if self.has_credential() && is_account_header(name) {
            return Err(FillRefusal::Account(folded(name)));
        }
        if self.has_credential() && matches!(folded(name).as_str(), "range" | "request-range" | "if-range") {
            return Err(FillRefusal::Range(folded(name)));
        }
        Ok(())
    }

    /// The guest's query, and after it the credentials. Some servers part keys by `;`, too.
    fn query(&self, own: Option<&str>, secrets: &BTreeMap<String, Secret>) -> Result<Option<String>, FillRefusal> {
        let mut query = own.map(str::to_owned);
        for Credential { secret, place } in &self.rule.credentials {
            let CredentialPlace::Query(key) = place else {
                continue;
            };
            let ours = folded_key(key.as_bytes());
            let mut keys = form_keys(own.unwrap_or_default().as_bytes());
            if keys.any(|theirs| folded_key(&theirs) == ours) {
                return Err(FillRefusal::Own(format!("the key `{key}` of the query")));
            }
            let before = query
                .filter(|query| !query.is_empty())
                .map_or(String::new(), |query| query + "&");
            query = Some(format!("{before}{key}={}", encoded(fit(secrets, secret, "a query")?)));
        }
        Ok(query)
    }

    fn body(&self, draft: &Draft<'_>, secrets: &BTreeMap<String, Secret>) -> Result<Option<Vec<u8>>, FillRefusal> {
        if !self.needs_whole_body() {
            return Ok(None);
        }
        let Some(body) = draft.body.filter(|body| !body.is_empty()) else {
            let always = json_places(self.rule).any(|(_, place)| place.when.is_none());
            let streamed = draft.body.is_none();
            return if always || streamed {
                Err(FillRefusal::NoBody)
            } else {
                Ok(None)
            };
        };
        // Read as a form, the same bytes could hold a credential of the guest's own.
        if media(draft.headers) != Media::Json {
            return Err(FillRefusal::BodyType);
        }
        let text = std::str::from_utf8(body).map_err(|_| json::JsonRefusal::Form)?;
        fill_document(self.rule, text, secrets).map(|text| Some(text.into_bytes()))
    }
}

/// Puts the credentials of a websocket's rule into a frame of text. Every frame is a JSON document then; without such a
/// credential it is what it was.
///
/// # Authority
/// `secrets` are those of the rule's own channel.
pub fn fill_frame(rule: &HttpRule, text: &str, secrets: &BTreeMap<String, Secret>) -> Result<String, FillRefusal> {
    if json_places(rule).next().is_none() {
        return Ok(text.to_owned());
    }
    fill_document(rule, text, secrets)
}

fn fill_document(rule: &HttpRule, text: &str, secrets: &BTreeMap<String, Secret>) -> Result<String, FillRefusal> {
    let mut places = Vec::new();
    for (name, place) in json_places(rule) {
        let secret = unblanked(secrets, name)?;
        let unfit = || FillRefusal::Unfit {
            secret: name.to_owned(),
            place: "a JSON document",
        };
        let secret = std::str::from_utf8(secret.expose())
            .ok()
            .filter(|secret| !secret.is_empty());
        places.push((place, secret.ok_or_else(unfit)?));
    }
    Ok(json::put(text, &places)?)
}

fn json_places(rule: &HttpRule) -> impl Iterator<Item = (&str, json::Place<'_>)> {
    rule.credentials
        .iter()
        .filter_map(|credential| match &credential.place {
            CredentialPlace::Json { pointer, when } => Some((
                credential.secret.as_str(),
                json::Place {
                    pointer,
                    when: when.as_ref(),
                },
            )),
            CredentialPlace::Header { .. } | CredentialPlace::Query(_) => None,
        })
}

/// The target's path with the secrets in it, each as a part of its segment and never as another one.
fn path(target: &Target, secrets: &BTreeMap<String, Secret>) -> Result<String, FillRefusal> {
    let raw = target.path().split('/').skip(1);
    let mut path = String::new();
    for (raw, pieces) in raw.zip(target.segments()) {
        path.push('/');
        path.push_str(&segment(raw, pieces, secrets)?);
    }
    Ok(path)
}

fn segment(raw: &str, pieces: &[PathPiece], secrets: &BTreeMap<String, Secret>) -> Result<String, FillRefusal> {
    let (mut text, mut plain, mut last) = (raw.to_owned(), Vec::new(), None);
    for piece in pieces {
        match piece {
            PathPiece::Literal(literal) => plain.extend_from_slice(literal.as_bytes()),
            PathPiece::Secret(name) => {
                let secret = fit(secrets, name, "a path")?;
                // The secret's own text has no brace when it is encoded, so each placeholder is found once.
                text = text.replacen(&format!("{{{name}}}"), &encoded(secret), 1);
                plain.extend_from_slice(secret);
                last = Some(name);
            }
        }
    }
    match last {
        Some(name) if is_detour(&String::from_utf8_lossy(&plain)) => Err(FillRefusal::Unfit {
            secret: name.clone(),
            place: "a path",
        }),
        _ => Ok(text),
    }
}

/// Whether a secret that these rules put in can be put in as it is; for the begin, before anything is asked for.
///
/// # Errors
/// It begins or ends with a blank.
pub fn check_credential(rules: &[HttpRule], name: &str, secret: &Secret) -> Result<(), FillRefusal> {
    let is_used = rules.iter().any(|rule| rule.secrets().contains(&name));
    match is_used && secret.is_between_blanks() {
        true => Err(FillRefusal::Blanks(name.to_owned())),
        false => Ok(()),
    }
}

fn unblanked<'s>(secrets: &'s BTreeMap<String, Secret>, name: &str) -> Result<&'s Secret, FillRefusal> {
    let secret = secrets.get(name).ok_or_else(|| FillRefusal::Missing(name.to_owned()))?;
    match secret.is_between_blanks() {
        true => Err(FillRefusal::Blanks(name.to_owned())),
        false => Ok(secret),
    }
}

/// A secret without control characters.
fn fit<'s>(secrets: &'s BTreeMap<String, Secret>, name: &str, place: &'static str) -> Result<&'s [u8], FillRefusal> {
    let bytes = unblanked(secrets, name)?.expose();
    if bytes.is_empty() || bytes.iter().any(u8::is_ascii_control) {
        return Err(FillRefusal::Unfit {
            secret: name.to_owned(),
            place,
        });
    }
    Ok(bytes)
}

/// Percent-encoded, everything but what RFC 3986 leaves alone.
pub fn encoded(bytes: &[u8]) -> String {
    let one = |byte: &u8| match is_unreserved(*byte) {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

/// A key of a query, decoded as a form's.
pub(super) fn decoded(key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = key;
    while let Some((&byte, after)) = rest.split_first() {
        let escape = (byte == b'%').then(|| percent(after)).flatten();
        rest = if escape.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
        bytes.push(escape.unwrap_or(if byte == b'+' { b' ' } else { byte }));
    }
    bytes
}
