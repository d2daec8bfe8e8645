use super::*;
use serde_json::json;

fn new(schema: &Value) -> Result<JsonSchema, Refusal> {
    JsonSchema::new(schema, &mut Budget::default())
}

fn nested(levels: usize, inner: Value) -> Value {
    (0..levels).fold(inner, |value, _| json!([value]))
}

#[test]
fn values_are_judged_and_the_place_in_the_schema_is_told() {
    let schema = new(&json!({
        "type": "object",
        "required": ["dose"],
        "properties": {
            "dose": {"type": "number", "minimum": 0},
            "unit": {"$ref": "#/$defs/unit"},
            "a/b": {"$ref": "#any"}
        },
        "additionalProperties": false,
        "$defs": {"unit": {"enum": ["mg", "ml"]}, "more": {"$anchor": "any", "pattern": "^[a-z]+$"}}
    }))
    .unwrap();
    for (value, place) in [
        (json!({"dose": 1.5, "unit": "mg", "a/b": "x"}), None),
        (json!({"unit": "mg"}), Some("/required")),
        (json!({"dose": -1}), Some("/properties/dose/minimum")),
        (json!({"dose": "much"}), Some("/properties/dose/type")),
        (json!({"dose": 1, "Smith": 1}), Some("/additionalProperties")),
        (json!({"dose": 1, "unit": "Smith"}), Some("/$defs/unit/enum")),
        (json!({"dose": 1, "a/b": "9"}), Some("/$defs/more/pattern")),
    ] {
        assert_eq!(schema.accepts(&value), place.is_none(), "{value}");
        assert_eq!(schema.broken_by(&value).as_deref(), place, "{value}");
    }
}

#[test]
fn older_drafts_are_known_by_their_name() {
    let draft =
        |name: &str| json!({"$schema": name, "items": {"exclusiveMaximum": true, "maximum": 3}});
    let four = new(&draft("http://json-schema.org/draft-04/schema#")).unwrap();
    assert!(four.accepts(&json!([2])) && !four.accepts(&json!([3])));
    let seven = new(&draft("http://json-schema.org/draft-07/schema#")).unwrap_err();
    let Refusal::Wrong(reason, _) = &seven else { panic!("{seven:?}") };
    assert!(reason.contains("/items/exclusiveMaximum: true is not of type"), "{reason}");
    let own = new(&json!({"$schema": "https://example.com/mine"})).unwrap_err();
    assert!(matches!(own, Refusal::Wrong(..)), "{own:?}");
}

#[test]
fn what_is_wrong_is_told() {
    for (schema, part) in [
        (json!({"type": "text"}), "/type"),
        (json!({"properties": 3}), "/properties"),
        (json!({"$ref": "other.json"}), "refers to \"other.json\""),
        (
            json!({"items": {"$ref": "https://example.com/a"}}),
            "refers to \"https://example.com/a\"",
        ),
        (json!({"items": {"$ref": "file:///etc/passwd"}}), "refers to \"file:///etc/passwd\""),
        (json!({"$ref": "#/$defs/none"}), "refers to \"#/$defs/none\""),
        (json!({"$ref": "#none"}), "refers to \"#none\""),
        (json!({"$ref": "#"}), "in a circle"),
        (
            json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}},
                "items": {"$ref": "#/$defs/a"}}),
            "in a circle",
        ),
        (json!({"items": {"pattern": "(?=a)"}}), "/items/pattern"),
        (json!({"items": {"pattern": "("}}), "/items/pattern"),
        (json!({"items": {"pattern": "(x{1000}){1000}"}}), "/items/pattern"),
    ] {
        match new(&schema) {
            Err(Refusal::Wrong(reason, hint)) => {
                assert!(reason.contains(part) && !hint.is_empty(), "{schema}: {reason}");
            }
            other => panic!("{schema}: {other:?}"),
        }
    }
}

/// A schema for trees refers to itself; that is no matter, however deep the tree is.
#[test]
fn a_schema_may_refer_to_itself_for_what_is_within_a_value() {
    for schema in [
        json!({"type": "array", "items": {"$ref": "#"}}),
        json!({"$id": "https://example.com/tree", "anyOf": [
            {"type": "array", "items": {"$ref": "https://example.com/tree#"}},
            {"type": "object", "additionalProperties": {"$ref": "#"}}]}),
        json!({"type": "array", "prefixItems": [{"$ref": "#"}], "items": {"$ref": "#"}}),
        json!({"type": "array", "items": {"$ref": "#/%24defs/a%20b"}, "$defs": {"a b": {"$ref": "#"}}}),
        json!({"type": ["array", "object"], "items": {"$ref": "#"},
            "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}},
            "additionalProperties": {"$ref": "#"}}),
    ] {
        let schema = new(&schema).unwrap();
        assert!(schema.accepts(&nested(120, json!([]))));
        assert!(!schema.accepts(&nested(120, json!(7))));
        assert!(schema.broken_by(&nested(120, json!(7))).is_some());
    }
}

#[test]
fn what_would_take_for_ever_is_not_used() {
    let chain = |same: &str, times: usize| {
        let mut schema =
            json!({"$defs": {"0": {"type": "array"}}, "$ref": format!("#/$defs/{times}")});
        for number in 1..=times {
            let one = json!({"$ref": format!("#/$defs/{}", number - 1)});
            let both = json!({ same: [one, one] });
            schema["$defs"][number.to_string()] = if same == "$ref" { one } else { both };
        }
        schema
    };
    let many: serde_json::Map<String, Value> =
        (0..3000).map(|number| (number.to_string(), json!({"type": "null"}))).collect();
    for schema in [
        json!({"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}),
        json!({"anyOf": [{"additionalProperties": {"$ref": "#"}}, {"additionalProperties": {"$ref": "#"}}]}),
        json!({"items": {"$ref": "#"}, "contains": {"$ref": "#"}}),
        json!({"properties": {"a": {"$ref": "#"}}, "patternProperties": {"a": {"$ref": "#"}}}),
        chain("anyOf", 60),
        chain("$ref", 1500),
        json!({ "properties": many }),
        json!({"$dynamicRef": "#a", "$dynamicAnchor": "a"}),
        json!({"$defs": {"a": {"$id": "a.json"}}}),
    ] {
        let found = new(&schema);
        assert!(matches!(found, Err(Refusal::TooMuch(_))), "{schema}: {found:?}");
    }
    // As long as such a chain may be: no stack runs over, of a thread as small as a worker's.
    let longest = new(&chain("$ref", 600)).unwrap();
    assert!(longest.accepts(&json!([])) && longest.broken_by(&json!(1)).is_some());
    assert!(new(&chain("anyOf", 10)).unwrap().accepts(&json!([])));
}

#[test]
fn all_schemas_of_a_descriptor_share_their_limits() {
    let mut budget = Budget::default();
    let schema = json!({"items": {"pattern": "a", "patternProperties": {"b": {}, "c": {}}}});
    for _ in 0..85 {
        JsonSchema::new(&schema, &mut budget).unwrap();
    }
    let last = JsonSchema::new(&schema, &mut budget).unwrap_err();
    assert_eq!(last, Refusal::TooMuch(TOO_LARGE));
}
