//! A client's question for permission, from the params of its notification: four texts within bounds, or nothing. Pure.

use serde_json::{Map, Value};

use crate::limits;
use crate::model::PermissionRequest;
use crate::relay::grammar;

/// The notification by which a client asks.
pub(super) const ASKS: &str = "notifications/claude/channel/permission_request";

/// The question, unless a text is missing, is none, is too long, or the id could not be typed.
pub(super) fn request(message: &Map<String, Value>) -> Option<PermissionRequest> {
    let params = message.get("params")?;
    let text = |key: &str, most: usize| {
        let text = params.get(key)?.as_str()?;
        (text.len() <= most).then(|| text.to_owned())
    };
    let id = params.get("request_id")?.as_str()?;
    // Answered in the very form in which it came.
    let id = grammar::is_id(id).then(|| id.to_owned())?;
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some(PermissionRequest {
        id,
        tool: text("tool_name", limits::PROMPT_TOOL_BYTES).filter(|tool| !tool.is_empty())?,
        description: text("description", limits::PROMPT_DESCRIPTION_BYTES)?,
        preview: text("input_preview", limits::PROMPT_PREVIEW_BYTES)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(params: Value) -> Map<String, Value> {
        let Value::Object(message) = json!({"jsonrpc": "2.0", "method": ASKS, "params": params}) else {
            unreachable!("an object")
        };
        message
    }

    fn whole() -> Value {
        json!({"request_id": "abcde", "tool_name": "Bash", "description": "Run", "input_preview": "{ \"command\": \"ls\" }"})
    }

    #[test]
    fn a_question_has_four_texts() {
        let found = request(&line(whole())).unwrap();
        assert_eq!((found.id.as_str(), found.tool.as_str()), ("abcde", "Bash"));
        assert_eq!(found.description, "Run");
        assert_eq!(found.preview, "{ \"command\": \"ls\" }");
        assert!(!format!("{found:?}").contains("abcde") && !format!("{found:?}").contains("ls"));
    }

    #[track_caller]
    fn refused(key: &str, value: Value) {
        let mut params = whole();
        params[key] = value;
        assert_eq!(request(&line(params)), None);
    }

    #[test]
    fn what_is_missing_no_text_or_too_long_is_no_question() {
        for key in ["request_id", "tool_name", "description", "input_preview"] {
            refused(key, Value::Null);
            refused(key, json!(7));
            refused(key, json!(["x"]));
        }
        for id in ["", "abcd", "abcdef", "abcle", "ABCDE", "abcd1", "äbcd", "abc e"] {
            refused("request_id", json!(id));
        }
        refused("tool_name", json!(""));
        refused("tool_name", json!("x".repeat(limits::PROMPT_TOOL_BYTES + 1)));
        refused("description", json!("x".repeat(limits::PROMPT_DESCRIPTION_BYTES + 1)));
        refused("input_preview", json!("x".repeat(limits::PROMPT_PREVIEW_BYTES + 1)));
        assert_eq!(request(&Map::new()), None);
        assert_eq!(request(&line(json!("x"))), None);
    }

    #[test]
    fn a_question_has_room_up_to_its_bounds() {
        let mut params = whole();
        params["tool_name"] = json!("x".repeat(limits::PROMPT_TOOL_BYTES));
        params["description"] = json!("x".repeat(limits::PROMPT_DESCRIPTION_BYTES));
        params["input_preview"] = json!("x".repeat(limits::PROMPT_PREVIEW_BYTES));
        assert!(request(&line(params)).is_some());
    }
}
