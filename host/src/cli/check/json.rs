//! All that a manifest asks for, as JSON: for scripts that decide by it.

use serde_json::{Map, Value, json};

use crate::cli::asks::{credential_words, is_wild_with_credential};
use crate::limits;
use crate::manifest::{FolderAccess, Manifest, ToolAsk};
use crate::reach::HttpRule;
use crate::signature::HookRule;

/// Everything that is asked.
pub(super) fn asks(manifest: &Manifest) -> Value {
    json!({
        "name": manifest.about.name,
        "version": manifest.about.version,
        "summary": manifest.about.summary,
        "network": manifest.about.network,
        "events": manifest.about.events.map(|events| events.as_str()),
        "interfaces": manifest.exports.iter().map(|interface| interface.as_str()).collect::<Vec<_>>(),
        "rules": manifest.rules.iter().map(hook).collect::<Vec<_>>(),
        "http": manifest.http.iter().map(request).collect::<Vec<_>>(),
        "secrets": table(manifest.secrets.iter().map(|(name, ask)| {
            (name, json!({ "title": ask.title, "help": ask.help, "required": ask.required }))
        })),
        "folders": folders(manifest),
        "databases": table(manifest.databases.iter().map(|(name, ask)| {
            (name, json!({ "title": ask.title, "required": ask.required }))
        })),
        "commands": table(manifest.commands.iter().map(|(name, ask)| {
            (name, json!({ "title": ask.title, "required": ask.required }))
        })),
        "tools": manifest.tools.iter().map(tool).collect::<Vec<_>>(),
        "settings": table(manifest.settings.iter().map(|(name, about)| {
            (name, json!({ "title": about.title, "help": about.help }))
        })),
        "page": manifest.page.as_ref().map(|page| json!({ "title": page.title, "upload": page.upload })),
        "sink": manifest.sink.as_ref().map(|sink| json!({
            "text_limit": sink.text_limit, "edit": sink.edit, "react": sink.react,
            "files": sink.files.map(|files| json!({ "count": files.count, "size": files.size })),
        })),
        "memory": manifest.limits.memory.unwrap_or(limits::GUEST_MEMORY).min(limits::GUEST_MEMORY_MOST),
        "data": manifest.limits.data,
        "poll_deadline_ms": manifest.limits.poll_deadline.unwrap_or(limits::POLL_DEADLINE)
            .min(limits::POLL_DEADLINE_MOST).as_millis() as u64,
    })
}

fn table<'a>(entries: impl Iterator<Item = (&'a String, Value)>) -> Value {
    Value::Object(
        entries
            .map(|(name, value)| (name.clone(), value))
            .collect::<Map<_, _>>(),
    )
}

fn folders(manifest: &Manifest) -> Value {
    table(manifest.folders.iter().map(|(name, ask)| {
        let access = match ask.access {
            FolderAccess::Read => "read",
            FolderAccess::Write => "write",
        };
        (
            name,
            json!({ "title": ask.title, "access": access, "required": ask.required }),
        )
    }))
}

fn tool(tool: &ToolAsk) -> Value {
    json!({ "name": tool.name, "text": tool.text, "schema": tool.schema.json() })
}

fn hook(rule: &HookRule) -> Value {
    json!({ "name": rule.name, "path": rule.path, "methods": rule.methods, "secret": rule.secret, "header": rule.header })
}

pub(super) fn request(rule: &HttpRule) -> Value {
    json!({
        "label": rule.label(),
        "scheme": rule.scheme.as_str(),
        "host": rule.host.to_string(),
        "port": rule.port,
        "methods": rule.methods,
        "paths": rule.paths.iter().map(|path| &path.text).collect::<Vec<_>>(),
        "secrets": rule.secrets(),
        "credentials": rule.credentials.iter().map(credential_words).collect::<Vec<_>>(),
        "wildcard_with_credential": is_wild_with_credential(rule),
    })
}
