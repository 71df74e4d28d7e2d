//! `[[asks.http]]`: requests outward, as an author asks for them. A rule that could send a credential to more than one
//! host, or that shares a request with another rule, is refused here and not at the first request.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::Spanned;

use super::lower::{Result, Source, shown};
use super::raw::{RawCredential, RawEquals, RawHttp, RawWhen};
use super::{Place, SecretAsk, Wrong};
use crate::limits;
use crate::reach::{
    Credential, CredentialPlace, HostPattern, HttpRule, PathPattern, Scheme, When, is_forbidden_header, is_pointer,
    is_query_key,
};

impl Source<'_> {
    /// All rules, none of which covers a request of another's.
    pub(super) fn http(
        &self,
        raw: &[Spanned<RawHttp>],
        secrets: &BTreeMap<String, SecretAsk>,
    ) -> Result<Vec<HttpRule>> {
        let mut rules: Vec<HttpRule> = Vec::new();
        for one in raw {
            self.bound(one.span(), rules.len() + 1)?;
            let rule = self.http_rule(one.as_ref(), secrets)?;
            if let Some(other) = rules.iter().position(|other| other.overlaps(&rule)) {
                return self.wrong(one.span(), Wrong::Overlap(self.place(raw[other].span().start)));
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn http_rule(&self, raw: &RawHttp, secrets: &BTreeMap<String, SecretAsk>) -> Result<HttpRule> {
        let scheme = raw
            .scheme
            .as_ref()
            .map_or(Ok(Scheme::Https), |scheme| self.scheme(scheme))?;
        let host = match HostPattern::parse(raw.host.as_ref()) {
            Ok(host) => host,
            Err(refusal) => return self.wrong(raw.host.span(), Wrong::Host(refusal)),
        };
        let port = raw.port.as_ref().map(|port| self.port(port)).transpose()?;
        let methods = self.http_methods(raw.methods.as_ref(), scheme)?;
        let rule = HttpRule {
            scheme,
            host,
            port: port.unwrap_or(scheme.default_port()),
            methods,
            paths: self.patterns(&raw.paths, secrets)?,
            credentials: self.credentials(&raw.credentials, secrets)?,
        };
        if matches!(rule.host, HostPattern::Below(_)) && !rule.secrets().is_empty() {
            return self.wrong(raw.host.span(), Wrong::WildcardCredential);
        }
        Ok(rule)
    }

    fn http_methods(&self, raw: Option<&Spanned<Vec<Spanned<String>>>>, scheme: Scheme) -> Result<Vec<String>> {
        let methods = self.methods(raw, "GET")?;
        let Some(raw) = raw else {
            return Ok(methods);
        };
        if matches!(scheme, Scheme::Ws | Scheme::Wss) && methods != ["GET"] {
            return self.wrong(raw.span(), Wrong::SocketMethod);
        }
        let never = |method: &&Spanned<String>| matches!(method.as_ref().as_str(), "CONNECT" | "TRACE");
        match raw.as_ref().iter().find(never) {
            Some(method) => self.wrong(method.span(), Wrong::NeverMethod(method.as_ref().clone())),
            None => Ok(methods),
        }
    }

    fn place(&self, byte: usize) -> Place {
        Place::of(self.0, byte)
    }

    fn scheme(&self, text: &Spanned<String>) -> Result<Scheme> {
        match Scheme::parse(text.as_ref()) {
            Some(scheme) => Ok(scheme),
            None => self.wrong(text.span(), Wrong::Scheme(shown(text.as_ref()))),
        }
    }

    fn port(&self, raw: &Spanned<i64>) -> Result<u16> {
        match u16::try_from(*raw.as_ref()) {
            Ok(port) if port > 0 => Ok(port),
            _ => self.wrong(raw.span(), Wrong::Count(usize::from(u16::MAX))),
        }
    }

    fn patterns(
        &self,
        raw: &Spanned<Vec<Spanned<String>>>,
        secrets: &BTreeMap<String, SecretAsk>,
    ) -> Result<Vec<PathPattern>> {
        if raw.as_ref().is_empty() {
            return self.wrong(raw.span(), Wrong::NoPath);
        }
        self.bound(raw.span(), raw.as_ref().len())?;
        let patterns = raw.as_ref().iter().map(|text| self.pattern(text, secrets));
        patterns.collect()
    }

    fn pattern(&self, text: &Spanned<String>, secrets: &BTreeMap<String, SecretAsk>) -> Result<PathPattern> {
        let pattern = match PathPattern::parse(text.as_ref()) {
            Ok(pattern) => pattern,
            Err(refusal) => return self.wrong(text.span(), Wrong::Pattern(refusal)),
        };
        if let Some(unknown) = pattern.secrets().find(|name| !secrets.contains_key(*name)) {
            return self.wrong(text.span(), Wrong::UnknownSecret(shown(unknown)));
        }
        Ok(pattern)
    }

    fn credentials(
        &self,
        raw: &[Spanned<RawCredential>],
        secrets: &BTreeMap<String, SecretAsk>,
    ) -> Result<Vec<Credential>> {
        let mut all: Vec<Credential> = Vec::new();
        for one in raw {
            self.bound(one.span(), all.len() + 1)?;
            let credential = Credential {
                secret: self.asked_secret(&one.as_ref().secret, secrets)?,
                place: self.credential_place(one)?,
            };
            if all.iter().any(|other| other.place.collides(&credential.place)) {
                return self.wrong(one.span(), Wrong::CredentialTwice);
            }
            all.push(credential);
        }
        Ok(all)
    }

    fn credential_place(&self, at: &Spanned<RawCredential>) -> Result<CredentialPlace> {
        let raw = at.as_ref();
        if let Some(prefix) = raw.prefix.as_ref().filter(|_| raw.header.is_none()) {
            return self.wrong(prefix.span(), Wrong::Prefix);
        }
        if let Some(when) = raw.when.as_ref().filter(|_| raw.json.is_none()) {
            return self.wrong(when.span(), Wrong::When);
        }
        match (&raw.header, &raw.query, &raw.json) {
            (Some(header), None, None) => Ok(CredentialPlace::Header {
                name: self.credential_header(header)?,
                prefix: self.prefix(raw.prefix.as_ref())?,
            }),
            (None, Some(key), None) => self.query_key(key).map(CredentialPlace::Query),
            (None, None, Some(pointer)) => Ok(CredentialPlace::Json {
                pointer: self.pointer(pointer)?,
                when: raw.when.as_ref().map(|when| self.when(when.as_ref())).transpose()?,
            }),
            _ => self.wrong(at.span(), Wrong::CredentialPlace),
        }
    }

    fn credential_header(&self, text: &Spanned<String>) -> Result<String> {
        let name = self.header(text)?;
        if is_forbidden_header(&name) {
            return self.wrong(text.span(), Wrong::ForbiddenHeader(name));
        }
        Ok(name)
    }

    fn query_key(&self, text: &Spanned<String>) -> Result<String> {
        let key = self.literal(text, limits::NAME_BYTES)?;
        if !is_query_key(&key) {
            return self.wrong(text.span(), Wrong::QueryKey(shown(&key)));
        }
        Ok(key)
    }

    fn pointer(&self, text: &Spanned<String>) -> Result<String> {
        let pointer = self.literal(text, limits::SHORT_TEXT_BYTES)?;
        if !is_pointer(&pointer) {
            return self.wrong(text.span(), Wrong::Pointer(shown(&pointer)));
        }
        Ok(pointer)
    }

    fn when(&self, raw: &RawWhen) -> Result<When> {
        Ok(When {
            pointer: self.pointer(&raw.pointer)?,
            equals: match raw.equals.as_ref() {
                RawEquals::Flag(flag) => Value::Bool(*flag),
                RawEquals::Number(number) => Value::from(*number),
                RawEquals::Text(text) => Value::from(text.as_str()),
            },
        })
    }
}
