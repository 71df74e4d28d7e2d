//! The arguments of a call, taken one by one; what is wrong is said with the tool's and the argument's name.

use std::str::FromStr;

use rmcp::model::{ErrorData, JsonObject};
use serde_json::Value;

use crate::limits;
use crate::model::{ChannelName, EventId, Format};
use crate::text::{self, Bound};

/// What a call of a tool was given.
pub struct Arguments<'a> {
    tool: &'a str,
    given: JsonObject,
}

impl<'a> Arguments<'a> {
    /// The arguments of a call.
    pub fn new(tool: &'a str, given: JsonObject) -> Self {
        Self { tool, given }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// It is not, or it is no text.
    pub fn text(&mut self, name: &str) -> Result<String, ErrorData> {
        self.text_if_any(name)?
            .ok_or_else(|| self.wrong(&format!("`{name}` is missing")))
    }

    /// A text that may be left out.
    ///
    /// # Errors
    /// It is no text.
    pub fn text_if_any(&mut self, name: &str) -> Result<Option<String>, ErrorData> {
        match self.given.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(&format!("`{name}` must be a string"))),
        }
    }

    /// How a text is to be read: Markdown unless it says otherwise.
    ///
    /// # Errors
    /// It says something else.
    pub fn format(&mut self) -> Result<Format, ErrorData> {
        match self.text_if_any("format")?.as_deref() {
            None | Some("markdown") => Ok(Format::Markdown),
            Some("plain") => Ok(Format::Plain),
            Some(_) => Err(self.wrong("`format` must be \"markdown\" or \"plain\"")),
        }
    }

    /// A channel's name that may be left out.
    ///
    /// # Errors
    /// It is no such name.
    pub fn channel(&mut self) -> Result<Option<ChannelName>, ErrorData> {
        let name = self.text_if_any("name")?;
        let parsed = name.map(|name| ChannelName::from_str(&name)).transpose();
        parsed.map_err(|error| self.wrong(&error.to_string()))
    }

    /// A whole number from 1 on that may be left out.
    ///
    /// # Errors
    /// No number, or beyond the bound.
    pub fn number(&mut self, name: &str, usual: usize, most: usize) -> Result<usize, ErrorData> {
        let Some(value) = self.given.remove(name) else {
            return Ok(usual);
        };
        let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| self.wrong(&format!("`{name}` must be a whole number from 1 to {most}")))
    }

    /// A list of texts, with one entry at least.
    ///
    /// # Errors
    /// No list, too short or too long, or what it holds is no text.
    pub fn texts(&mut self, name: &str, most: usize) -> Result<Vec<String>, ErrorData> {
        let values = match self.given.remove(name) {
            Some(Value::Array(values)) if (1..=most).contains(&values.len()) => values,
            _ => return Err(self.wrong(&format!("`{name}` must be a list of 1 to {most} strings"))),
        };
        let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
        let texts: Option<Vec<String>> = texts.collect();
        texts.ok_or_else(|| self.wrong(&format!("`{name}` must hold strings only")))
    }

    /// One event.
    ///
    /// # Errors
    /// It is no id, or missing.
    pub fn one_event(&mut self) -> Result<EventId, ErrorData> {
        let value = self.given.remove("event_id");
        self.event(&value.ok_or_else(|| self.wrong("`event_id` is missing"))?)
    }

    /// A list of events.
    ///
    /// # Errors
    /// No list, too short or too long, or what it holds are no ids.
    pub fn events(&mut self) -> Result<Vec<EventId>, ErrorData> {
        let Some(Value::Array(values)) = self.given.remove("event_ids") else {
            return Err(self.wrong("`event_ids` must be a list, such as [\"e12\"]"));
        };
        if values.is_empty() || values.len() > limits::ACK_EVENTS {
            let most = limits::ACK_EVENTS;
            return Err(self.wrong(&format!("`event_ids` must have 1 to {most} entries")));
        }
        values.iter().map(|value| self.event(value)).collect()
    }

    fn event(&self, value: &Value) -> Result<EventId, ErrorData> {
        let id = value.as_str().and_then(|id| id.parse().ok());
        id.ok_or_else(|| self.wrong(&format!("`{value}` is no event_id; they look like \"e12\"")))
    }

    /// Nothing else was given.
    ///
    /// # Errors
    /// Something was.
    pub fn end(self) -> Result<(), ErrorData> {
        match self.given.keys().next() {
            Some(key) => Err(self.wrong(&format!("unknown argument `{key}`"))),
            None => Ok(()),
        }
    }

    fn wrong(&self, why: &str) -> ErrorData {
        invalid(&format!("{}: {why}", self.tool))
    }
}

/// Quotes the caller, so it is cleaned and clipped.
pub fn invalid(why: &str) -> ErrorData {
    ErrorData::invalid_params(
        text::clip(&text::attribute(why), Bound::Chars(limits::TROUBLE_CHARS)),
        None,
    )
}
