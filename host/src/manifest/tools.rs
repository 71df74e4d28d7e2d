//! Tools of the channel's own, as its manifest names them. What stands here the operator sees first, and then the model.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::lower::{Result, Source};
use super::schema::is_showable;
use super::{Schema, SchemaError, SchemaWrong, ToolAsk, Wrong};
use crate::limits;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTool {
    pub name: Spanned<String>,
    pub text: Spanned<String>,
    pub schema: Spanned<toml::Value>,
}

impl Source<'_> {
    pub(super) fn tools(&self, raw: &[RawTool]) -> Result<Vec<ToolAsk>> {
        let (mut tools, mut names, mut bytes) = (Vec::new(), HashSet::new(), 0);
        for raw in raw {
            let tool = self.tool(raw)?;
            if !names.insert(tool.name.clone()) {
                return self.wrong(raw.name.span(), Wrong::ToolTwice(tool.name));
            }
            bytes += tool.size();
            tools.push(tool);
            if tools.len() > limits::TOOLS_PER_CHANNEL {
                return self.wrong(raw.name.span(), Wrong::Many(limits::TOOLS_PER_CHANNEL));
            }
            if bytes > limits::TOOLS_PER_CHANNEL_BYTES {
                return self.wrong(raw.schema.span(), Wrong::ToolsTogether);
            }
        }
        Ok(tools)
    }

    fn tool(&self, raw: &RawTool) -> Result<ToolAsk> {
        if !is_tool_name(raw.name.as_ref()) {
            let name = raw.name.as_ref().chars().take(limits::SHOWN_CHARS).collect();
            return self.wrong(raw.name.span(), Wrong::ToolName(name));
        }
        if raw.text.as_ref().trim().is_empty() {
            return self.wrong(raw.text.span(), Wrong::Empty);
        }
        if !is_showable(raw.text.as_ref()) {
            return self.wrong(raw.text.span(), Wrong::ToolText);
        }
        match schema(raw.schema.as_ref()) {
            Ok(schema) => Ok(ToolAsk {
                name: raw.name.as_ref().clone(),
                text: raw.text.as_ref().clone(),
                schema,
            }),
            Err(error) => self.wrong(raw.schema.span(), Wrong::Schema(error)),
        }
    }
}

impl ToolAsk {
    /// Bytes that it takes before a model.
    pub fn size(&self) -> usize {
        self.name.len() + self.text.len() + self.schema.size()
    }
}

/// Whether a tool can be named so: what a session sees is the channel's name, `__`, and this.
pub fn is_tool_name(name: &str) -> bool {
    let form = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= limits::TOOL_NAME_BYTES
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(form)
        && !name.contains("__")
}

fn schema(raw: &toml::Value) -> std::result::Result<Schema, SchemaError> {
    match raw {
        toml::Value::String(text) => Schema::parse_text(text),
        table => Schema::parse(json(table)?),
    }
}

/// TOML has two kinds of values that JSON has not.
fn json(toml: &toml::Value) -> std::result::Result<Value, SchemaError> {
    Ok(match toml {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => serde_json::Number::from_f64(*number)
            .map(Value::Number)
            .ok_or_else(|| SchemaWrong::NoJson(format!("{number} is no number of JSON")))?,
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(time) => return Err(SchemaWrong::NoJson(format!("{time} is a time")).into()),
        toml::Value::Array(values) => Value::Array(values.iter().map(json).collect::<std::result::Result<_, _>>()?),
        toml::Value::Table(table) => {
            let entry = |(name, value): (&String, &toml::Value)| Ok::<_, SchemaError>((name.clone(), json(value)?));
            Value::Object(table.iter().map(entry).collect::<std::result::Result<_, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests;
