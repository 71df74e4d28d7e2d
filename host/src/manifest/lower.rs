//! From the file's shapes to the types of the house. Every check that the shapes can't express is made here, with
//! the place of what is wrong.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;

use super::raw::{RawAbout, RawHook, RawLimits, RawManifest, RawRule, RawTimestamp};
use super::{About, Interface, LimitAsks, Manifest, ManifestError, PAGE_RULE, Place, SecretAsk, SettingText, Wrong};
use crate::limits;
use crate::model::is_name;
use crate::signature::{Algorithm, HookRule, SecretEncoding, SecretForm, Template, TimestampRule, is_header_name};

pub(super) type Result<T> = std::result::Result<T, ManifestError>;

/// The file's text: what turns a range of bytes into a place.
pub(super) struct Source<'a>(pub(super) &'a str);

pub(super) fn manifest(text: &str, raw: RawManifest) -> Result<Manifest> {
    let source = Source(text);
    let exports = exports(&raw);
    let about = source.about(&raw.channel)?;
    let mut secrets = BTreeMap::new();
    for (name, ask) in &raw.secrets {
        let (title, help) = source.described(&ask.title, ask.help.as_ref())?;
        secrets.insert(
            source.name(name)?,
            SecretAsk {
                title,
                help,
                required: ask.required.unwrap_or(true),
            },
        );
        source.bound(name.span(), secrets.len())?;
    }
    let mut settings = BTreeMap::new();
    for (name, setting) in &raw.settings {
        let (title, help) = source.described(&setting.title, setting.help.as_ref())?;
        settings.insert(source.line(name)?, SettingText { title, help });
        source.bound(name.span(), settings.len())?;
    }
    let rules = raw
        .hook
        .as_ref()
        .map(|hook| source.rules(hook, &secrets))
        .transpose()?
        .unwrap_or_default();
    let limits = source.limits(&raw.asks.limits)?;
    let http = source.http(&raw.asks.http, &secrets)?;
    let sink = raw.sink.as_ref().map(|sink| source.sink(sink)).transpose()?;
    let page = raw.page.as_ref().map(|page| source.page(page)).transpose()?;
    let tools = source.tools(&raw.tool)?;
    Ok(Manifest {
        about,
        exports,
        rules,
        secrets,
        settings,
        limits,
        sink,
        page,
        http,
        folders: source.folders(&raw.asks.folders)?,
        databases: source.databases(&raw.asks.databases)?,
        commands: source.commands(&raw.asks.commands)?,
        tools,
    })
}

fn exports(raw: &RawManifest) -> Vec<Interface> {
    let named = [
        (Interface::Life, raw.life.is_some()),
        (Interface::Source, raw.source.is_some()),
        (Interface::Timer, raw.timer.is_some()),
        // A page is served through the hook.
        (Interface::Hook, raw.hook.is_some() || raw.page.is_some()),
        (Interface::Socket, raw.socket.is_some()),
        (Interface::Sink, raw.sink.is_some()),
        (Interface::Media, raw.media.is_some()),
        (Interface::Tools, !raw.tool.is_empty()),
    ];
    named
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(interface, _)| interface)
        .collect()
}

impl Source<'_> {
    pub(super) fn wrong<T>(&self, span: Range<usize>, wrong: Wrong) -> Result<T> {
        Err(ManifestError::Wrong {
            place: Place::of(self.0, span.start),
            wrong,
        })
    }

    pub(super) fn bound(&self, span: Range<usize>, entries: usize) -> Result<()> {
        if entries > limits::MANIFEST_ENTRIES {
            return self.wrong(span, Wrong::Many(limits::MANIFEST_ENTRIES));
        }
        Ok(())
    }

    pub(super) fn name(&self, text: &Spanned<String>) -> Result<String> {
        let name = text.as_ref();
        if !is_name(name) {
            return self.wrong(text.span(), Wrong::Name(shown(name)));
        }
        Ok(name.clone())
    }

    /// A text of one line that is not empty.
    pub(super) fn line(&self, text: &Spanned<String>) -> Result<String> {
        self.literal(text, limits::SHORT_TEXT_BYTES)
    }

    pub(super) fn literal(&self, text: &Spanned<String>, most: usize) -> Result<String> {
        let value = text.as_ref();
        if value.is_empty() {
            return self.wrong(text.span(), Wrong::Empty);
        }
        if value.chars().any(char::is_control) {
            return self.wrong(text.span(), Wrong::Control);
        }
        if value.len() > most {
            return self.wrong(text.span(), Wrong::Long(most));
        }
        Ok(value.clone())
    }

    fn optional_literal(&self, text: Option<&Spanned<String>>) -> Result<Option<String>> {
        text.map(|text| self.literal(text, limits::LITERAL_BYTES)).transpose()
    }

    /// A prefix may be written and empty: then it is none.
    pub(super) fn prefix(&self, text: Option<&Spanned<String>>) -> Result<String> {
        let text = text.filter(|text| !text.as_ref().is_empty());
        Ok(self.optional_literal(text)?.unwrap_or_default())
    }

    fn described(&self, title: &Spanned<String>, help: Option<&Spanned<String>>) -> Result<(String, Option<String>)> {
        if let Some(long) = help.filter(|help| help.as_ref().len() > limits::HELP_BYTES) {
            return self.wrong(long.span(), Wrong::Long(limits::HELP_BYTES));
        }
        Ok((self.line(title)?, help.map(|help| help.as_ref().clone())))
    }

    fn about(&self, raw: &RawAbout) -> Result<About> {
        let version = raw.version.as_ref();
        let form = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
        if version.is_empty() || version.len() > limits::NAME_BYTES || !version.bytes().all(form) {
            return self.wrong(raw.version.span(), Wrong::Version(shown(version)));
        }
        Ok(About {
            name: self.name(&raw.name)?,
            version: version.clone(),
            summary: self.line(&raw.summary)?,
            network: raw.network.as_ref().map(|network| self.name(network)).transpose()?,
            events: raw.events,
        })
    }

    fn rules(&self, hook: &Spanned<RawHook>, secrets: &BTreeMap<String, SecretAsk>) -> Result<Vec<HookRule>> {
        let raw = &hook.as_ref().rule;
        if raw.is_empty() {
            return self.wrong(hook.span(), Wrong::NoRule);
        }
        self.bound(hook.span(), raw.len())?;
        let mut names = HashSet::new();
        let mut routes: HashMap<(String, String), String> = HashMap::new();
        let mut rules = Vec::new();
        for raw in raw {
            let rule = self.rule(raw, secrets)?;
            if rule.name == PAGE_RULE {
                return self.wrong(raw.name.span(), Wrong::PageRule);
            }
            if !names.insert(rule.name.clone()) {
                return self.wrong(raw.name.span(), Wrong::RuleTwice(rule.name));
            }
            for method in &rule.methods {
                let (method, path) = (method.clone(), rule.path.clone());
                if let Some(other) = routes.insert((method.clone(), path.clone()), rule.name.clone()) {
                    return self.wrong(
                        raw.path.span(),
                        Wrong::RouteTwice {
                            rule: other,
                            method,
                            path,
                        },
                    );
                }
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn rule(&self, raw: &RawRule, secrets: &BTreeMap<String, SecretAsk>) -> Result<HookRule> {
        let secret = self.asked_secret(&raw.secret, secrets)?;
        if raw.algorithm == Algorithm::Ed25519 && raw.secret_encoding == SecretEncoding::Text {
            return self.wrong(raw.secret.span(), Wrong::PublicKeyText);
        }
        let message = self.message(raw)?;
        let timestamp = raw
            .timestamp
            .as_ref()
            .map(|stamp| self.timestamp(stamp.as_ref()))
            .transpose()?;
        Ok(HookRule {
            name: self.name(&raw.name)?,
            path: self.path(&raw.path)?,
            methods: self.methods(raw.methods.as_ref(), "POST")?,
            secret,
            secret_form: SecretForm {
                encoding: raw.secret_encoding,
                prefix: self.prefix(raw.secret_prefix.as_ref())?,
            },
            algorithm: raw.algorithm,
            encoding: raw.encoding,
            header: self.header(&raw.header)?,
            separator: self.optional_literal(raw.separator.as_ref())?,
            prefix: self.prefix(raw.prefix.as_ref())?,
            message,
            timestamp,
        })
    }

    /// The name of a secret that the manifest asks for.
    pub(super) fn asked_secret(&self, text: &Spanned<String>, secrets: &BTreeMap<String, SecretAsk>) -> Result<String> {
        let secret = text.as_ref();
        if !secrets.contains_key(secret) {
            return self.wrong(text.span(), Wrong::UnknownSecret(shown(secret)));
        }
        Ok(secret.clone())
    }

    fn message(&self, raw: &RawRule) -> Result<Template> {
        let span = raw.message.span();
        let text = self.literal_with_newlines(&raw.message)?;
        let template = match Template::parse(text) {
            Ok(template) => template,
            Err(error) => return self.wrong(span, Wrong::Template(error)),
        };
        match (template.has_timestamp(), &raw.timestamp) {
            (false, Some(stamp)) => self.wrong(stamp.span(), Wrong::UnsignedTimestamp),
            (true, None) => self.wrong(span, Wrong::NoTimestamp),
            _ => Ok(template),
        }
    }

    /// Some schemes put a line end between the parts that they sign.
    fn literal_with_newlines<'t>(&self, text: &'t Spanned<String>) -> Result<&'t str> {
        if text.as_ref().len() > limits::SHORT_TEXT_BYTES {
            return self.wrong(text.span(), Wrong::Long(limits::SHORT_TEXT_BYTES));
        }
        Ok(text.as_ref())
    }

    fn timestamp(&self, raw: &RawTimestamp) -> Result<TimestampRule> {
        Ok(TimestampRule {
            header: self.header(&raw.header)?,
            separator: self.optional_literal(raw.separator.as_ref())?,
            prefix: self.prefix(raw.prefix.as_ref())?,
            unit: raw.unit,
            window: self.duration(&raw.window, limits::SIGNATURE_WINDOW_MOST)?,
        })
    }

    pub(super) fn methods(&self, raw: Option<&Spanned<Vec<Spanned<String>>>>, usual: &str) -> Result<Vec<String>> {
        let Some(methods) = raw else {
            return Ok(vec![usual.to_owned()]);
        };
        if methods.as_ref().is_empty() {
            return self.wrong(methods.span(), Wrong::Method(String::new()));
        }
        let mut unique: Vec<String> = Vec::new();
        for method in methods.as_ref() {
            let text = method.as_ref();
            let form = !text.is_empty()
                && text.len() <= limits::METHOD_BYTES
                && text.bytes().all(|byte| byte.is_ascii_uppercase());
            if !form || unique.contains(text) {
                return self.wrong(method.span(), Wrong::Method(shown(text)));
            }
            unique.push(text.clone());
        }
        Ok(unique)
    }

    fn path(&self, text: &Spanned<String>) -> Result<String> {
        let path = text.as_ref();
        let visible = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#%\\".contains(&byte));
        let mut segments = path
            .strip_prefix('/')
            .into_iter()
            .flat_map(|rest| rest.split('/'))
            .peekable();
        let mut plain = segments.peek().is_some();
        while let Some(segment) = segments.next() {
            let last = segments.peek().is_none();
            plain &= segment != "." && segment != ".." && (last || !segment.is_empty());
        }
        if !visible || !plain || path.len() > limits::HOOK_PATH_BYTES {
            return self.wrong(text.span(), Wrong::Path(shown(path)));
        }
        Ok(path.clone())
    }

    pub(super) fn header(&self, text: &Spanned<String>) -> Result<String> {
        if !is_header_name(text.as_ref()) {
            return self.wrong(text.span(), Wrong::Header(shown(text.as_ref())));
        }
        Ok(text.as_ref().to_ascii_lowercase())
    }

    fn limits(&self, raw: &RawLimits) -> Result<LimitAsks> {
        let size = |text: &Option<Spanned<String>>, most| text.as_ref().map(|text| self.size(text, most)).transpose();
        let memory = size(&raw.memory, limits::GUEST_MEMORY_MOST as u64)?;
        let deadline = raw.poll_deadline.as_ref();
        let poll_deadline = deadline
            .map(|text| self.duration(text, limits::POLL_DEADLINE_MOST))
            .transpose()?;
        Ok(LimitAsks {
            memory: memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
            poll_deadline,
            data: size(&raw.data, limits::DATA_BYTES_MOST)?,
        })
    }

    pub(super) fn size(&self, text: &Spanned<String>, most: u64) -> Result<u64> {
        match size(text.as_ref()) {
            None => self.wrong(text.span(), Wrong::Size(shown(text.as_ref()))),
            Some(bytes) if bytes > most => self.wrong(text.span(), Wrong::Above(format!("{}MiB", most >> 20))),
            Some(bytes) => Ok(bytes),
        }
    }

    pub(super) fn duration(&self, text: &Spanned<String>, most: Duration) -> Result<Duration> {
        match humantime::parse_duration(text.as_ref()) {
            Ok(duration) if duration > most => {
                self.wrong(text.span(), Wrong::Above(humantime::format_duration(most).to_string()))
            }
            Ok(duration) if !duration.is_zero() => Ok(duration),
            _ => self.wrong(text.span(), Wrong::Duration(shown(text.as_ref()))),
        }
    }
}

/// Bytes above zero, written as a whole number and a unit: `100MiB`.
pub fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let unit = match text[digits..].trim_start() {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let number: u64 = text[..digits].parse().ok()?;
    number.checked_mul(unit).filter(|bytes| *bytes > 0)
}

/// The head of somebody's text, for an error.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(limits::SHOWN_CHARS).collect()
}
