//! Keeps a guest from speaking for an account of its own where the host puts a credential in: a key of the guest's beside
//! ours, or in the body instead of the query, could be the one that counts.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use super::fill::decoded;
use super::header::folded;
use super::media::{Media, media};
use super::place::folded_key;
use super::{CredentialPlace, Draft, FillRefusal, JsonRefusal, Match};

/// Headers by which receivers usually tell accounts apart.
const HEADERS: &[&str] = &[
    "api-key",
    "apikey",
    "authorization",
    "cookie",
    "private-token",
    "proxy-authorization",
    "x-access-token",
    "x-api-key",
    "x-apikey",
    "x-auth-token",
    "x-authorization",
    "x-token",
];

/// Whether a header tells whose request it is.
pub(super) fn is_account_header(name: &str) -> bool {
    HEADERS.contains(&folded(name).as_str())
}

impl Match<'_> {
    /// The credentials of the query, by their keys.
    pub(super) fn query_keys(&self) -> impl Iterator<Item = &str> {
        let keys = self.rule.credentials.iter().map(|credential| match &credential.place {
            CredentialPlace::Query(key) => Some(key.as_str()),
            CredentialPlace::Header { .. } | CredentialPlace::Json { .. } => None,
        });
        keys.flatten()
    }

    /// Receivers that merge the keys of the query and of the body must not find one of ours in both.
    ///
    /// # Errors
    /// One is there, or may be there and can't be looked for.
    pub(super) fn check_body_keys(&self, draft: &Draft<'_>) -> Result<(), FillRefusal> {
        let nothing = draft.body.is_some_and(<[u8]>::is_empty) && draft.fields.is_none();
        if nothing || self.query_keys().next().is_none() {
            return Ok(());
        }
        let whole = || draft.body.ok_or(FillRefusal::BodyKeys);
        match media(draft.headers) {
            Media::Other => Ok(()),
            Media::Unclear => Err(FillRefusal::BodyKeys),
            Media::Form => self.check_keys(form_keys(whole()?)),
            Media::Json => self.check_keys(json_keys(whole()?)?),
            Media::Parts => {
                let fields = draft.fields.ok_or(FillRefusal::BodyKeys)?;
                self.check_keys(fields.iter().map(|field| field.clone().into_bytes()))
            }
        }
    }

    fn check_keys(&self, theirs: impl IntoIterator<Item = Vec<u8>>) -> Result<(), FillRefusal> {
        for theirs in theirs {
            let theirs = folded_key(&theirs);
            if let Some(ours) = self.query_keys().find(|ours| folded_key(ours.as_bytes()) == theirs) {
                return Err(FillRefusal::Own(format!(
                    "the key `{ours}` of the query, or of the body instead,"
                )));
            }
        }
        Ok(())
    }
}

/// The keys of a form, or of a query: parted as the loosest receiver would.
pub(super) fn form_keys(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let pairs = text.split(|byte| matches!(byte, b'&' | b';'));
    pairs.map(|pair| decoded(pair.split(|byte| *byte == b'=').next().unwrap_or_default()))
}

/// The keys of a document's object. A list or a text has none.
fn json_keys(text: &[u8]) -> Result<Vec<Vec<u8>>, FillRefusal> {
    match serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(text) {
        Ok(object) => Ok(object.into_keys().map(String::into_bytes).collect()),
        Err(_) => match serde_json::from_slice::<IgnoredAny>(text) {
            Ok(_) if !text.trim_ascii_start().starts_with(b"{") => Ok(Vec::new()),
            _ => Err(JsonRefusal::Form.into()),
        },
    }
}
