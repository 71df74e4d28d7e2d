//! Tables of tools in manifests: what is read, and where each error points.

#![allow(clippy::unwrap_used)]

use super::super::{Interface, Manifest, Place};
use super::*;

const HEAD: &str = "[channel]\nname='t'\nversion='1'\nsummary='t'\n";
const TOOL: &str = "[[tool]]\nname = 'lookup'\ntext = 'Looks an order up.'\nschema = '{\"type\":\"object\"}'\n";

/// Changes one text of the tool, and expects an error at the mark that says this.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    let (at, mark) = (TOOL.find(from).unwrap(), to.find('▸').unwrap_or(0));
    let text = format!("{HEAD}{}", TOOL.replacen(from, &to.replace('▸', ""), 1));
    let expected = format!("{}: {expected}", Place::of(&text, HEAD.len() + at + mark));
    let error = Manifest::parse(&text).unwrap_err().to_string();
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

#[test]
fn a_schema_is_json_or_a_table() {
    let table = "[[tool]]\nname='refund'\ntext='Pays back.'\n\
        schema = { type = 'object', required = ['id'], properties = { id = { type = 'string', maxLength = 8 }, \
        share = { type = 'number', maximum = 0.5 } } }\n";
    let manifest = Manifest::parse(&format!("{HEAD}{TOOL}{table}")).unwrap();
    assert_eq!(manifest.interfaces(), [Interface::Tools]);
    let names: Vec<&str> = manifest.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["lookup", "refund"]);
    let check = |text: &str| {
        let arguments: Value = serde_json::from_str(text).unwrap();
        let checked = manifest.tools[1].schema.check(arguments.as_object().unwrap());
        checked.map_err(|error| error.to_string())
    };
    assert_eq!(check(r#"{"id": "a", "share": 0.5}"#), Ok(()));
    assert_eq!(check(r#"{"id": 7}"#), Err("/id: must be a string".to_owned()));
    assert_eq!(check(r#"{}"#), Err("/id: is missing".to_owned()));
    assert!(Manifest::parse(HEAD).unwrap().tools.is_empty());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    check("'lookup'", "'Bash'", "`Bash` is no tool's name");
    check("'lookup'", "'look__up'", "`look__up` is no tool's name");
    check("'lookup'", "'_lookup'", "`_lookup` is no tool's name");
    check("'lookup'", "'look-up'", "`look-up` is no tool's name");
    check("'lookup'", "''", "`` is no tool's name");
    check("'lookup'", &format!("'{}'", "a".repeat(33)), "`aaaa");
    check("'Looks an order up.'", "' '", "this text is empty");
    check("'Looks an order up.'", "'<channel>'", "a tool's text has one line");
    check("'Looks an order up.'", "\"a\\nb\"", "a tool's text has one line");
    check("'Looks an order up.'", "\"a\\u202Eb\"", "a tool's text has one line");
    check(
        "'Looks an order up.'",
        &format!("'{}'", "é".repeat(1_025)),
        "a tool's text has one line",
    );
    check("'{\"type\":\"object\"}'", "'{'", "the schema: it is no JSON");
    check("'{\"type\":\"object\"}'", "7", "the schema: a schema is an object");
    check(
        "'{\"type\":\"object\"}'",
        "{ type = 'string' }",
        "the schema: arguments are an object",
    );
    check(
        "'{\"type\":\"object\"}'",
        "{ type = nan }",
        "the schema: it is no JSON (NaN",
    );
    check(
        "'{\"type\":\"object\"}'",
        "{ a = 2020-01-01 }",
        "the schema: it is no JSON (2020-01-01",
    );
    check("name =", "▸title = 'x'\nname =", "unknown field `title`");
}

#[test]
fn their_names_are_told_apart_and_their_number_is_bounded() {
    let said = |text: &str| Manifest::parse(&format!("{HEAD}{text}")).map_err(|error| error.to_string());
    let many = |count: usize| -> String { (0..count).map(|n| TOOL.replace("lookup", &format!("t{n}"))).collect() };
    assert!(
        said(&format!("{TOOL}{TOOL}"))
            .unwrap_err()
            .contains("another tool is named `lookup`")
    );
    assert_eq!(
        said(&many(limits::TOOLS_PER_CHANNEL)).unwrap().tools.len(),
        limits::TOOLS_PER_CHANNEL
    );
    assert!(
        said(&many(limits::TOOLS_PER_CHANNEL + 1))
            .unwrap_err()
            .contains("more than 32 entries")
    );
    let longest = "a".repeat(limits::TOOL_NAME_BYTES);
    assert!(said(&TOOL.replace("lookup", &longest)).is_ok());
    assert!(said(&TOOL.replace("lookup", &format!("{longest}a"))).is_err());
    let long = format!("{{\"type\":\"object\",\"properties\":{{{}}}}}", {
        let property = |n: usize| {
            format!(
                "\"p{n}\":{{\"type\":\"string\",\"description\":\"{}\"}}",
                "d".repeat(1_000)
            )
        };
        (0..3).map(property).collect::<Vec<_>>().join(",")
    });
    let large = many(25).replace("{\"type\":\"object\"}", &long);
    assert!(
        said(&large)
            .unwrap_err()
            .contains("the tools have more than 65536 bytes")
    );
}
