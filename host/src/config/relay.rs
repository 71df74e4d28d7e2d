//! What the operator writes about questions for permission: how long they may be answered, and for which tools.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::Spanned;

use super::{ConfigError, Source, Wrong};
use crate::limits;

impl Source<'_> {
    pub(super) fn relay_ttl(&self, raw: Option<&Spanned<String>>) -> Result<Duration, ConfigError> {
        let Some(text) = raw else {
            return Ok(limits::CODE_TTL);
        };
        match humantime::parse_duration(text.as_ref()) {
            Ok(ttl) if (limits::RELAY_TTL_LEAST..=limits::RELAY_TTL_MOST).contains(&ttl) => Ok(ttl),
            _ => self.wrong(text, Wrong::RelayTtl),
        }
    }

    /// An empty list is none of the tools, no list is all of them.
    pub(super) fn relay_tools(
        &self,
        raw: Option<&Spanned<Vec<Spanned<String>>>>,
    ) -> Result<Option<BTreeSet<String>>, ConfigError> {
        let Some(list) = raw else { return Ok(None) };
        if list.as_ref().len() > limits::RELAY_TOOLS {
            return self.wrong(list, Wrong::RelayTools);
        }
        let tools = list.as_ref().iter().map(|tool| match tool.as_ref() {
            name if is_tool(name) => Ok(name.clone()),
            _ => self.wrong(tool, Wrong::RelayTools),
        });
        tools.collect::<Result<_, _>>().map(Some)
    }
}

/// Whether a client could call a tool so.
fn is_tool(name: &str) -> bool {
    (1..=limits::PROMPT_TOOL_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}
