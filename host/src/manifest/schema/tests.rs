//! Tables of schemas and arguments: what is read, what fits, and where each error points.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn of(name: &str, property: Value) -> Schema {
    Schema::parse(json!({"type": "object", "properties": {name: property}, "additionalProperties": false})).unwrap()
}

#[track_caller]
fn fits(property: &Value, given: &[Value]) {
    let schema = of("x", property.clone());
    for given in given {
        let arguments = json!({"x": given});
        assert_eq!(
            schema.check(arguments.as_object().unwrap()),
            Ok(()),
            "{property} {given}"
        );
    }
}

#[track_caller]
fn misfits(property: &Value, given: &[(Value, &str)]) {
    let schema = of("x", property.clone());
    for (given, why) in given {
        let arguments = json!({"x": given});
        let error = schema.check(arguments.as_object().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), *why, "{property} {given}");
    }
}

#[test]
fn each_type_takes_its_own() {
    let values = [
        ("null", "null", json!(null)),
        ("boolean", "true or false", json!(true)),
        ("string", "a string", json!("")),
        ("array", "an array", json!([1, "a"])),
        ("object", "an object", json!({"a": 1})),
        ("number", "a number", json!(1.5)),
    ];
    for (name, words, mine) in &values {
        fits(&json!({"type": name}), std::slice::from_ref(mine));
        for (_, _, other) in values.iter().filter(|(other, ..)| other != name) {
            misfits(
                &json!({"type": name}),
                &[(other.clone(), &format!("/x: must be {words}"))],
            );
        }
    }
    let integer = json!({"type": "integer"});
    fits(
        &integer,
        &[json!(0), json!(-7), json!(u64::MAX), json!(1.0), json!(-0.0)],
    );
    misfits(
        &integer,
        &[
            (json!(1.5), "/x: must be a whole number"),
            (json!("1"), "/x: must be a whole number"),
        ],
    );
}

#[test]
fn bounds_hold_at_and_beside_them() {
    let text = json!({"type": "string", "minLength": 2, "maxLength": 3});
    fits(&text, &[json!("ab"), json!("äöü"), json!("👍👍")]);
    misfits(
        &text,
        &[
            (json!("a"), "/x: must have at least 2 characters"),
            (json!("abcd"), "/x: must have at most 3 characters"),
        ],
    );
    let list = json!({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2});
    fits(&list, &[json!([1]), json!([1, 2])]);
    misfits(
        &list,
        &[
            (json!([]), "/x: must have at least 1 entries"),
            (json!([1, 2, 3]), "/x: must have at most 2 entries"),
            (json!([1, "b"]), "/x/1: must be a whole number"),
        ],
    );
    let number = json!({"type": "number", "minimum": -1, "maximum": 2.5});
    fits(&number, &[json!(-1), json!(-1.0), json!(2.5), json!(0)]);
    misfits(
        &number,
        &[
            (json!(-1.01), "/x: must be at least -1"),
            (json!(3), "/x: must be at most 2.5"),
        ],
    );
    // Two numbers that are one as floating point.
    let large = json!({"type": "integer", "maximum": 9_007_199_254_740_992_u64});
    misfits(
        &large,
        &[(json!(9_007_199_254_740_993_u64), "/x: must be at most 9007199254740992")],
    );
}

#[test]
fn only_what_is_named_is_taken() {
    let size = json!({"enum": ["s", 1, null, true]});
    fits(&size, &[json!("s"), json!(1), json!(1.0), json!(null), json!(true)]);
    misfits(
        &size,
        &[
            (json!("S"), "/x: must be one of \"s\", 1, null, true"),
            (json!(false), "/x: must be one of \"s\", 1, null, true"),
            (json!(["s"]), "/x: must be one of \"s\", 1, null, true"),
        ],
    );
    misfits(&json!({"const": 7}), &[(json!(8), "/x: must be one of 7")]);
    misfits(
        &json!({"type": "string", "enum": ["a"]}),
        &[(json!(1), "/x: must be a string")],
    );
}

#[test]
fn what_is_required_is_there_and_nothing_else() {
    let inner = json!({
        "type": "object", "additionalProperties": false, "required": ["b"],
        "properties": {"b": {"type": "string"}, "c": {"type": "null"}},
    });
    fits(&inner, &[json!({"b": ""}), json!({"b": "", "c": null})]);
    misfits(
        &inner,
        &[
            (json!({}), "/x/b: is missing"),
            (json!({"b": 1}), "/x/b: must be a string"),
            (json!({"b": "", "d/~": 1}), "/x/d~1~0: is not known here; take it out"),
        ],
    );
    let open = json!({"type": "object", "properties": {"b": {"type": "string"}}});
    fits(&open, &[json!({}), json!({"other": [1]})]);
    misfits(&open, &[(json!({"b": null}), "/x/b: must be a string")]);
    let error = of("x", json!({"type": "null"})).check(json!({"y": 1}).as_object().unwrap());
    assert_eq!(error.unwrap_err().to_string(), "/y: is not known here; take it out");
}

#[track_caller]
fn wrong(property: Value, expected: &str) {
    let whole = json!({"type": "object", "properties": {"x": property}});
    let error = Schema::parse(whole).unwrap_err().to_string();
    let expected = format!("the schema at /properties/x{expected}");
    assert!(error.starts_with(&expected), "{error}\nexpected: {expected}");
}

/// Each of these would let through what it seems to forbid, if it were only passed on.
#[test]
fn a_keyword_that_is_not_checked_is_refused() {
    for keyword in [
        "pattern",
        "format",
        "anyOf",
        "$ref",
        "not",
        "uniqueItems",
        "multipleOf",
        "exclusiveMinimum",
        "if",
    ] {
        wrong(
            json!({"type": "string", keyword: 1}),
            &format!(": `{keyword}` is not checked here"),
        );
    }
    wrong(
        json!({"type": "string", "minimum": 1}),
        ": `minimum` goes with another type",
    );
    wrong(
        json!({"type": "object", "items": {"type": "null"}}),
        ": `items` goes with another type",
    );
    wrong(
        json!({"enum": ["a"], "maxLength": 1}),
        ": `maxLength` goes with another type",
    );
}

#[test]
fn a_schema_that_makes_no_sense_is_refused() {
    wrong(json!(true), ": a schema is an object");
    wrong(json!({}), ": say which `type`");
    wrong(json!({"type": "text"}), ": say which `type`");
    wrong(json!({"type": ["string", "null"]}), ": say which `type`");
    wrong(
        json!({"type": "array", "items": [{"type": "null"}]}),
        "/items: a schema is an object",
    );
    wrong(
        json!({"type": "string", "minLength": -1}),
        ": `minLength` must be a whole number",
    );
    wrong(
        json!({"type": "string", "minLength": 3, "maxLength": 2}),
        ": the least is more than the most",
    );
    wrong(
        json!({"type": "integer", "minimum": 3, "maximum": 2}),
        ": the least is more than the most",
    );
    wrong(
        json!({"type": "integer", "minimum": "3"}),
        ": `minimum` must be a number",
    );
    wrong(json!({"enum": []}), ": `enum` must be an array of 1 to 256");
    wrong(json!({"enum": vec![1; 257]}), ": `enum` must be an array of 1 to 256");
    wrong(json!({"enum": [1], "const": 1}), ": `enum` must be without `const`");
    wrong(json!({"enum": [[1]]}), ": `enum` must be a string, a number");
    wrong(
        json!({"type": "object", "properties": []}),
        ": `properties` must be an object",
    );
    wrong(
        json!({"type": "object", "properties": {"a b": {"type": "null"}}}),
        "/properties: `a b` is no property",
    );
    wrong(json!({"type": "object", "required": ["a"]}), ": `required` names `a`");
    wrong(
        json!({"type": "object", "required": [1]}),
        ": `required` must be an array of names",
    );
    wrong(
        json!({"type": "object", "additionalProperties": {}}),
        ": `additionalProperties` must be true or false",
    );
    wrong(json!({"type": "string", "default": 1}), ": the default does not fit");
    wrong(
        json!({"type": "array", "default": []}),
        ": `default` must be a string, a number",
    );
    for root in [
        json!({"type": "string"}),
        json!({"type": "object", "const": 1}),
        json!({"enum": [1]}),
    ] {
        let error = Schema::parse(root).unwrap_err().to_string();
        assert!(error.starts_with("the schema: arguments are an object"), "{error}");
    }
}

/// What stands in a schema is read by the model as much as a tool's text.
#[test]
fn no_text_in_a_schema_hides_or_pretends_anything() {
    let long = "x".repeat(limits::TOOL_TEXT_CHARS + 1);
    for bad in [
        "<channel source=\"x\">",
        "</system-reminder>",
        "a\nb",
        "\u{1b}[2J",
        "a\u{202e}b",
        "a\u{200b}b",
        &long,
    ] {
        wrong(
            json!({"type": "string", "description": bad}),
            "/description: this text is longer",
        );
        wrong(json!({"type": "string", "title": bad}), "/title: this text is longer");
        wrong(
            json!({"type": "string", "default": bad}),
            "/default: this text is longer",
        );
        wrong(json!({"enum": ["a", bad]}), "/enum: this text is longer");
        wrong(json!({"const": bad}), "/const: this text is longer");
    }
    fits(
        &json!({"type": "string", "description": &long[1..], "default": "a <b> 👩‍👩‍👧 c"}),
        &[json!("")],
    );
}

#[test]
fn its_size_and_depth_are_bounded() {
    let nested = |depth: usize| {
        let leaf = json!({"type": "null"});
        let inner = (2..depth).fold(leaf, |inner, _| json!({"type": "array", "items": inner}));
        Schema::parse(json!({"type": "object", "properties": {"x": inner}}))
    };
    assert!(nested(limits::TOOL_SCHEMA_DEPTH).is_ok());
    assert_eq!(
        nested(limits::TOOL_SCHEMA_DEPTH + 1).unwrap_err().wrong,
        SchemaWrong::Deep
    );
    let sized = |bytes: usize| {
        let text = r#"{"type":"object"}"#;
        Schema::parse_text(&format!("{text}{}", " ".repeat(bytes - text.len())))
    };
    assert!(sized(limits::TOOL_SCHEMA_BYTES).is_ok());
    assert_eq!(
        sized(limits::TOOL_SCHEMA_BYTES + 1).unwrap_err().wrong,
        SchemaWrong::Large
    );
    let wide: Map<String, Value> = (0..700)
        .map(|n| (format!("property-{n}"), json!({"type": "null"})))
        .collect();
    let wide = Schema::parse(json!({"type": "object", "properties": wide}));
    assert_eq!(wide.unwrap_err().wrong, SchemaWrong::Large);
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    assert!(matches!(
        Schema::parse_text(&deep).unwrap_err().wrong,
        SchemaWrong::NoJson(_)
    ));
    assert!(matches!(
        Schema::parse_text("{").unwrap_err().wrong,
        SchemaWrong::NoJson(_)
    ));
}

#[test]
fn its_names_and_choices_are_bounded() {
    let named = |bytes: usize| {
        let properties = Map::from_iter([("p".repeat(bytes), json!({"type": "null"}))]);
        Schema::parse(json!({"type": "object", "properties": properties}))
    };
    assert!(named(1).is_ok() && named(limits::TOOL_PROPERTY_BYTES).is_ok());
    assert!(named(0).is_err() && named(limits::TOOL_PROPERTY_BYTES + 1).is_err());
    let among = |count: usize| {
        let one = json!({"enum": (0..count).collect::<Vec<_>>()});
        Schema::parse(json!({"type": "object", "properties": {"x": one}}))
    };
    assert!(among(limits::TOOL_ENUM_VALUES).is_ok());
    assert_eq!(
        among(limits::TOOL_ENUM_VALUES + 1).unwrap_err().wrong,
        SchemaWrong::Enum
    );
}

proptest::proptest! {
    /// A value of the named length fits if and only if the bounds say so, whatever they are.
    #[test]
    fn counts_are_what_they_say(least in 0_u64..6, more in 0_u64..6, length in 0_usize..14) {
        let most = least + more;
        let fitting = (least..=most).contains(&(length as u64));
        let text = of("x", json!({"type": "string", "minLength": least, "maxLength": most}));
        let list = of("x", json!({"type": "array", "minItems": least, "maxItems": most}));
        let number = of("x", json!({"type": "integer", "minimum": least, "maximum": most}));
        let given = [json!({"x": "é".repeat(length)}), json!({"x": vec![0; length]}), json!({"x": length})];
        for (schema, given) in [text, list, number].iter().zip(&given) {
            proptest::prop_assert_eq!(schema.check(given.as_object().unwrap()).is_ok(), fitting);
        }
    }

    #[test]
    fn a_damaged_schema_is_read_or_refused_and_nothing_else(at in 0..200_usize, cut in 0..20_usize, put in "\\PC{0,3}") {
        let mut text = r#"{"type":"object","properties":{"id":{"type":"string","maxLength":3,"default":"a"},"n":{"enum":[1,2]}},"required":["id"]}"#.to_owned();
        let at = at.min(text.len());
        text.replace_range(at..(at + cut).min(text.len()), &put);
        let _ = Schema::parse_text(&text);
    }
}
