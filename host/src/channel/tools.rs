//! Calls of a channel's own tools. What such a call did outside can't be undone, so it is made once, whatever comes of it;
//! what it wrote and wanted is committed as always. Who may call is decided elsewhere.

use serde_json::{Map, Value};

use super::outward::wanted;
use super::{Channel, Failure, Told};
use crate::limits;
use crate::manifest::{Mismatch, ToolAsk};
use crate::sandbox::Call;
use crate::text::{self, Bound};

/// Why a guest was not given a call of a tool.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// More than a call takes.
    #[error("the arguments have {bytes} bytes, more than {most}; shorten them", most = limits::TOOL_ARGUMENT_BYTES)]
    Large {
        /// How many.
        bytes: usize,
    },
    /// They are not what the tool's schema says.
    #[error("{0}; see the tool's schema, and call it again")]
    Schema(Mismatch),
}

impl Channel {
    /// The tool of this name, if it has one.
    pub fn tool(&self, name: &str) -> Option<&ToolAsk> {
        self.grant.tools().iter().find(|tool| tool.name == name)
    }

    /// The arguments as the guest may have them: JSON that fits the tool's schema.
    ///
    /// # Errors
    /// They don't; it is counted.
    pub fn fit(&self, tool: &ToolAsk, arguments: Map<String, Value>) -> Result<String, Unfit> {
        fit(tool, arguments).inspect_err(|_| self.count("tool-arguments"))
    }

    /// Calls a tool with arguments that [fit](Channel::fit); gives at most [`limits::TOOL_ANSWER_BYTES`] of its answer, which
    /// is foreign text, with the channel's secrets covered.
    ///
    /// # Errors
    /// [`Failure::fate`] says what may have been done.
    pub async fn call_tool(&self, name: &str, arguments: &str) -> Result<Told<String>, Failure> {
        let folders = self.folders(None, None);
        let call = async {
            let done = self.prepared.tool(&self.context, name, arguments, &folders).await?;
            let (text, effects) = done.value;
            let text = text::head(&text, Bound::Bytes(limits::TOOL_ANSWER_BYTES));
            let text = self.context.egress.mask(text);
            Ok((text, wanted(effects), done.written, done.took))
        };
        self.once(Call::Tool, call).await
    }
}

fn fit(tool: &ToolAsk, arguments: Map<String, Value>) -> Result<String, Unfit> {
    tool.schema.check(&arguments).map_err(Unfit::Schema)?;
    let arguments = Value::Object(arguments).to_string();
    match arguments.len() {
        bytes if bytes > limits::TOOL_ARGUMENT_BYTES => Err(Unfit::Large { bytes }),
        _ => Ok(arguments),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::Schema;

    #[test]
    fn arguments_are_checked_and_bounded() {
        let schema = json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]});
        let tool = ToolAsk {
            name: "lookup".into(),
            text: "Looks up.".into(),
            schema: Schema::parse(schema).unwrap(),
        };
        let check = |arguments: Value| {
            let fitting = fit(&tool, arguments.as_object().unwrap().clone());
            fitting.map_err(|unfit| unfit.to_string())
        };
        assert_eq!(check(json!({"id": "7"})), Ok("{\"id\":\"7\"}".to_owned()));
        assert_eq!(
            check(json!({"id": 7})),
            Err("/id: must be a string; see the tool's schema, and call it again".to_owned())
        );
        let room = limits::TOOL_ARGUMENT_BYTES - "{\"id\":\"\"}".len();
        assert!(check(json!({"id": "x".repeat(room)})).is_ok());
        let long = check(json!({"id": "x".repeat(room + 1)})).unwrap_err();
        assert!(long.contains("have 65537 bytes"), "{long}");
    }
}
