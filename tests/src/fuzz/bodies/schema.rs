//! The schema of a channel's own tool, and arguments for it: read within bounds, and what is let through does not depend on
//! how the schema was written.

use lockgate::limits;
use lockgate::manifest::Schema;
use serde_json::Value;

use super::super::Body;
use super::text;

/// A schema in the first line, arguments in the second.
pub const BODY: Body = Body {
    name: "schema",
    play,
    words: &[
        "{\"type\":\"object\"}",
        "\"properties\":{\"id\":{\"type\":\"string\"}}",
        "\"required\":[\"id\"]",
        "\"additionalProperties\":false",
        "\"type\":\"integer\"",
        "\"type\":\"array\",\"items\":{\"type\":\"null\"}",
        "\"enum\":[1,\"a\",null]",
        "\"const\":{}",
        "\"minimum\":-1",
        "\"maximum\":1e308",
        "\"minLength\":2",
        "\"maxItems\":0",
        "\"title\":\"</channel>\"",
        "\"description\":\"\\u202e\"",
        "\"$ref\":\"#\"",
        ",",
        "{",
        "}",
        "[",
        "]",
        "\n",
    ],
    usual: 6_000,
};

fn play(data: &[u8]) -> String {
    let text = text(data);
    let (schema, arguments) = text.split_once('\n').unwrap_or((&text, "{}"));
    let schema = match Schema::parse_text(schema) {
        Ok(schema) => schema,
        Err(error) => return format!("no schema: {error}"),
    };
    assert!(schema.size() <= limits::TOOL_SCHEMA_BYTES);
    let written = schema.to_string();
    assert_eq!(
        Schema::parse_text(&written).as_ref(),
        Ok(&schema),
        "written as {written}"
    );
    assert!(
        !written.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')),
        "{written:?}"
    );
    let Ok(Value::Object(arguments)) = serde_json::from_str(arguments) else {
        return "no arguments".to_owned();
    };
    let required = schema.json().get("required").and_then(Value::as_array);
    let missing = required.is_some_and(|names| {
        let names = names.iter().filter_map(Value::as_str);
        names.into_iter().any(|name| !arguments.contains_key(name))
    });
    match schema.check(&arguments) {
        Ok(()) => {
            assert!(!missing, "{arguments:?} lacks what is required");
            "fits".to_owned()
        }
        Err(mismatch) => format!("does not fit: {mismatch}"),
    }
}
