//! The requests that a manifest asks for, one by one, so that two manifests can be compared: a host that was granted once
//! must not become wider by itself.

use std::collections::BTreeSet;

use crate::cli::asks::request_words;
use crate::manifest::Manifest;

/// One kind of request: by which host's grant, with which method, and where to with what put in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Power {
    /// As [`crate::reach::HttpRule::label`] names it.
    pub label: String,
    /// Host and path in words, and the secrets that are put in, and where.
    pub place: String,
    /// Its method, or that it is a websocket.
    pub what: String,
}

/// All of them.
pub(super) fn powers(manifest: &Manifest) -> BTreeSet<Power> {
    let mut all = BTreeSet::new();
    for rule in &manifest.http {
        for path in &rule.paths {
            let place = request_words(rule, path);
            all.extend(rule.what().into_iter().map(|what| Power {
                label: rule.label(),
                place: place.clone(),
                what: what.to_owned(),
            }));
        }
    }
    all
}

/// The hosts for which the newer manifest asks more than the older one.
pub(super) fn widened(old: &Manifest, new: &Manifest) -> BTreeSet<String> {
    let before = powers(old);
    powers(new)
        .into_iter()
        .filter(|power| !before.contains(power))
        .map(|power| power.label)
        .collect()
}

/// The hosts that a manifest asks for.
pub(super) fn labels(manifest: &Manifest) -> BTreeSet<String> {
    manifest.http.iter().map(crate::reach::HttpRule::label).collect()
}
