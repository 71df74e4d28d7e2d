//! Calls of channels' own tools: whether a session has the tool, and what became of the call.

use super::{Outbound, Refusal, words};
use crate::channel::Failure;
use crate::mcp::{OwnCall, Stop, Used};
use crate::toolbox::Toolbox;

impl Outbound {
    /// Calls a tool that is listed, with arguments that fit its schema, once.
    ///
    /// # Errors
    /// It was not tried.
    pub async fn use_tool(&self, call: OwnCall) -> Result<Used, Refusal> {
        let none = || Refusal::NoSuchTool {
            name: format!("{}__{}", call.channel, call.tool),
        };
        let entry = self.roster.channels.get(&call.channel).ok_or_else(none)?;
        let is_listed = Toolbox::of(&self.roster).has(&call.channel, &call.tool);
        if entry.running().is_some() && !is_listed {
            return Err(none());
        }
        let channel = self.callable(&call.channel)?;
        let tool = channel.tool(&call.tool).ok_or_else(none)?;
        let arguments = channel.fit(tool, call.arguments)?;
        Ok(match channel.call_tool(&tool.name, &arguments).await {
            Ok(told) => Used {
                text: told.value,
                stop: None,
                unkept: told.unkept.is_some(),
            },
            Err(failure) => stopped(&failure),
        })
    }
}

fn stopped(failure: &Failure) -> Used {
    let (why, words) = words::of_failure(failure);
    let stop = Stop {
        fate: failure.fate(),
        why,
        words,
        begins: String::new(),
    };
    Used {
        stop: Some(stop),
        ..Used::default()
    }
}
