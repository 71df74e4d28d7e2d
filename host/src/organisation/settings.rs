//! The client's own managed settings, as far as they are about channels: one object a file, merged in order. The client
//! decides by them whether lockgate is a channel at all; here they decide about what is inside.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{PolicyError, Text};
use crate::manifest::Place;

/// What all files say together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The last file that says something wins. Not set: the client decides by the plan, which nobody can see from here.
    pub channels_enabled: Option<bool>,
    /// All files' lists together, also if they are empty.
    pub allowed_plugins: Option<BTreeSet<Plugin>>,
}

/// A plugin of the client's that may be a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Whose.
    pub marketplace: String,
    /// Which.
    pub plugin: String,
}

impl Settings {
    /// Merges them: a later value wins, lists are united.
    ///
    /// # Errors
    /// One of them is no settings, or says something of channels that can't be understood.
    pub fn merge(texts: &[Text]) -> Result<Self, PolicyError> {
        let mut merged = Self::default();
        for text in texts {
            merged.add(text)?;
        }
        Ok(merged)
    }

    fn add(&mut self, text: &Text) -> Result<(), PolicyError> {
        let settings = object(text)?;
        match settings.get("channelsEnabled") {
            None => {}
            Some(Value::Bool(enabled)) => self.channels_enabled = Some(*enabled),
            Some(_) => return Err(PolicyError::Enabled(text.file.clone())),
        }
        if let Some(list) = settings.get("allowedChannelPlugins") {
            let plugins = plugins(list).ok_or_else(|| PolicyError::Plugins(text.file.clone()))?;
            self.allowed_plugins.get_or_insert_default().extend(plugins);
        }
        Ok(())
    }
}

fn object(text: &Text) -> Result<Map<String, Value>, PolicyError> {
    let parsed = serde_json::from_str(&text.text).map_err(|error| PolicyError::Unreadable {
        file: text.file.clone(),
        place: Place::of_json_error(&text.text, &error),
        message: "this is no JSON".to_owned(),
    });
    match parsed? {
        Value::Object(settings) => Ok(settings),
        _ => Err(PolicyError::NoSettings(text.file.clone())),
    }
}

fn plugins(list: &Value) -> Option<BTreeSet<Plugin>> {
    list.as_array()?.iter().map(plugin).collect()
}

/// As an object, or as `plugin@marketplace`.
fn plugin(entry: &Value) -> Option<Plugin> {
    let plugin = match entry {
        Value::String(text) => {
            let (plugin, marketplace) = text.split_once('@')?;
            Plugin {
                marketplace: marketplace.to_owned(),
                plugin: plugin.to_owned(),
            }
        }
        entry => Plugin::deserialize(entry).ok()?,
    };
    let fits = |name: &str| !name.is_empty() && !name.contains('@');
    (fits(&plugin.plugin) && fits(&plugin.marketplace)).then_some(plugin)
}
