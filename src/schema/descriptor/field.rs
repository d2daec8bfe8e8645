//! Field: one declared column, with its constraints.

use super::extension_field;
use super::json::Json;
use super::kind;
use super::pattern;
use super::properties::Level;
use super::reader::{At, Object, Reader};
use super::table;
use crate::finding::message::plain;
use crate::schema::json_schema::{JsonSchema, Refusal};
use crate::schema::value::{NumberFormat, Type, Value};
use crate::schema::{Bound, Constraints, Field, Listed};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Reads a field, which has an empty name where that is wrong.
pub(super) fn read(reader: &mut Reader, at: &At) -> Field {
    let mut field = Field::default();
    let Some(object) = reader.object_of(at, Level::Field) else { return field };
    match object.get("name") {
        Some(at) => field.name = reader.text(&at).unwrap_or_default().to_owned(),
        None => {
            let hint = "write \"name\" as the column's header has it";
            reader.mistake(at, "has no \"name\"", hint);
        }
    }
    field.title = metadata_of(reader, &object);
    field.kind = kind::read(reader, &object);
    if let Some(at) = object.get("missingValues") {
        field.missing_values = table::missing_values(reader, &at);
    }
    if let Some(at) = object.get("rdfType") {
        field.rdf_type = reader.text(&at).map(str::to_owned);
    }
    if let Some(at) = object.get("constraints") {
        field.constraints = constraints(reader, &at, &field.kind);
    }
    categories(reader, &object, &mut field);
    extension_field::read(reader, &object, &mut field);
    field
}

/// `format` means something else here, and is read with the type.
fn metadata_of(reader: &mut Reader, object: &Object) -> Option<String> {
    if let Some(at) = object.get("description") {
        reader.string(&at);
    }
    object.get("title").and_then(|at| reader.string(&at)).map(str::to_owned)
}

fn constraints(reader: &mut Reader, at: &At, kind: &Type) -> Constraints {
    let mut found = Constraints::default();
    let Some(object) = reader.object_of(at, Level::Constraints) else { return found };
    for (name, flag) in [("required", &mut found.required), ("unique", &mut found.unique)] {
        if let Some(value) = object.get(name).and_then(|at| reader.boolean(&at)) {
            *flag = value;
        }
    }
    for (name, length) in
        [("minLength", &mut found.min_length), ("maxLength", &mut found.max_length)]
    {
        if let Some(at) = object.get(name)
            && applies(reader, &at, name, kind, kind.has_length())
        {
            *length = reader.count(&at, 0);
        }
    }
    for (name, bound) in [
        ("minimum", &mut found.minimum),
        ("maximum", &mut found.maximum),
        ("exclusiveMinimum", &mut found.exclusive_minimum),
        ("exclusiveMaximum", &mut found.exclusive_maximum),
    ] {
        if let Some(at) = object.get(name)
            && applies(reader, &at, name, kind, kind.is_ordered())
        {
            *bound = self::bound(reader, &at, kind);
        }
    }
    if let Some(at) = object.get("pattern") {
        let textual = matches!(kind, Type::String(_) | Type::Any);
        if applies(reader, &at, "pattern", kind, textual) {
            found.pattern =
                reader.string(&at).and_then(|text| pattern::of_values(reader, &at, text));
        }
    }
    if let Some(at) = object.get("jsonSchema")
        && applies(reader, &at, "jsonSchema", kind, matches!(kind, Type::Object | Type::Array))
    {
        found.json_schema = json_schema(reader, &at);
    }
    if let Some(at) = object.get("enum") {
        found.allowed = allowed(reader, &at, kind);
    }
    contradictions(reader, &object, &found);
    found
}

fn applies(reader: &mut Reader, at: &At, name: &str, kind: &Type, applies: bool) -> bool {
    if !applies {
        let kind = kind.name();
        let hint = match (name, kind) {
            (name, "any") if name != "jsonSchema" => "give the field a \"type\"",
            ("minLength" | "maxLength", _) => {
                "lengths are of strings, arrays, objects and lists; numbers have \"maximum\""
            }
            ("jsonSchema", _) => "give the field the type \"object\" or \"array\"",
            ("pattern", _) => "patterns are for strings; the \"format\" tells the form",
            _ => "bounds are for numbers, dates and times; strings have \"maxLength\"",
        };
        reader.mistake(at, format!("does not apply to the type \"{kind}\""), hint);
    }
    applies
}

fn json_schema(reader: &mut Reader, at: &At) -> Option<JsonSchema> {
    reader.object(at)?;
    let schema = serde_json::from_str(at.written()).ok()?;
    match JsonSchema::new(&schema, &mut reader.json_schemas) {
        Ok(schema) => Some(schema),
        Err(Refusal::TooMuch(effect)) => {
            reader.unsupported(at, effect);
            None
        }
        Err(Refusal::Wrong(reason, hint)) => {
            reader.mistake(at, plain(&reason, 200), hint);
            None
        }
    }
}

/// A value of the field's type: as JSON has it, or as text in the field's own form.
pub(super) fn bound(reader: &mut Reader, at: &At, kind: &Type) -> Option<Bound> {
    let text = match &at.node.json {
        Json::String(text) => text.as_str(),
        _ => at.written(),
    };
    let value = match (&at.node.json, kind) {
        // A number in JSON has no use for `decimalChar` and the like.
        (Json::Number, Type::Number(_)) => Type::Number(NumberFormat::default()).read(text).ok(),
        (Json::Number, Type::Integer(_)) => Type::Integer(Default::default()).read(text).ok(),
        (Json::Bool(value), Type::Boolean(_)) => Some(Value::Boolean(*value)),
        (Json::Bool(_) | Json::Number, Type::String(_)) | (Json::Null, _) => None,
        _ => kind.read(text).ok(),
    };
    match value {
        Some(value) => Some(Bound { text: text.to_owned(), value }),
        None => {
            let hint = match (&at.node.json, kind) {
                (Json::Null, _) => "leave it out: null is allowed unless \"required\"".to_owned(),
                (Json::Bool(_) | Json::Number, Type::String(_)) => {
                    format!("write it in quote marks, as \"{text}\"")
                }
                _ => format!("write a value as the field's cells have it: {kind}"),
            };
            reader.mistake(at, format!("{} is not of the type {kind}", at.shown()), hint);
            None
        }
    }
}

fn allowed(reader: &mut Reader, at: &At, kind: &Type) -> Option<Listed> {
    let items = reader.array(at)?;
    if items.is_empty() {
        reader.mistake(at, "is empty: no value is allowed", "list the values, or leave it out");
        return None;
    }
    let values: Vec<Bound> = items.iter().filter_map(|item| bound(reader, item, kind)).collect();
    Some(values.into())
}

/// `categories` joins the values allowed; an `enum` beside it may only narrow them.
fn categories(reader: &mut Reader, object: &Object, field: &mut Field) {
    if let Some(at) = object.get("categoriesOrdered") {
        reader.boolean(&at);
    }
    let Some(list) = object.get("categories") else { return };
    if !matches!(field.kind, Type::String(_) | Type::Integer(_)) {
        let name = field.kind.name();
        let hint = "categories are of strings and integers; \"enum\" is for any type";
        reader.mistake(&list, format!("does not apply to the type \"{name}\""), hint);
        return;
    }
    let Some(items) = reader.array(&list) else { return };
    if items.is_empty() {
        reader.mistake(&list, "is empty: no value is allowed", "list the values, or leave it out");
        return;
    }
    let mut values = Vec::with_capacity(items.len());
    let mut known = BTreeSet::new();
    for item in items {
        let (at, label) = match &item.node.json {
            Json::Object(_) => {
                let category = Object { at: item };
                let label = category.get("label").and_then(|at| reader.string(&at));
                let Some(value) = category.get("value") else {
                    let hint = "write {\"value\": …, \"label\": …}";
                    reader.mistake(&item, "has no \"value\"", hint);
                    continue;
                };
                (value, label)
            }
            _ => (item, None),
        };
        let Some(value) = bound(reader, &at, &field.kind) else { continue };
        if let Some(label) = label {
            field.codes.push((value.text.clone(), label.to_owned()));
        }
        if !known.insert(key(&value)) {
            let reason = format!("{} is listed twice", at.shown());
            reader.mistake(&at, reason, "list each category once");
        }
        values.push(value);
    }
    match &field.constraints.allowed {
        None => field.constraints.allowed = Some(values.into()),
        Some(allowed) => {
            let stray = allowed.iter().find(|one| !known.contains(&key(one)));
            if let Some(one) = stray {
                let reason = format!("lacks \"{}\", which \"enum\" allows", one.text);
                reader.mistake(&list, reason, "\"enum\" may list only what \"categories\" lists");
            }
        }
    }
}

/// The form under which equal values are equal.
fn key(value: &Bound) -> Vec<u8> {
    let mut key = Vec::new();
    value.value.write_key(&mut key);
    key
}

/// Bounds between which nothing lies.
fn contradictions(reader: &mut Reader, object: &Object, found: &Constraints) {
    let mut tell = |name: &str, reason: String| {
        if let Some(at) = object.get(name) {
            reader.mistake(&at, reason, "no value can meet both: correct one of them");
        }
    };
    if let (Some(least), Some(most)) = (found.min_length, found.max_length)
        && least > most
    {
        tell("minLength", format!("{least} is more than \"maxLength\", {most}"));
    }
    let lower = [("minimum", &found.minimum), ("exclusiveMinimum", &found.exclusive_minimum)];
    let upper = [("maximum", &found.maximum), ("exclusiveMaximum", &found.exclusive_maximum)];
    for (low_name, low) in lower {
        for (high_name, high) in upper {
            let (Some(low), Some(high)) = (low, high) else { continue };
            let inclusive = low_name == "minimum" && high_name == "maximum";
            let relation = match low.value.compare(&high.value) {
                Some(Ordering::Greater) => "is more than",
                Some(Ordering::Equal) if !inclusive => "leaves nothing below",
                _ => continue,
            };
            tell(low_name, format!("{} {relation} \"{high_name}\", {}", low.text, high.text));
        }
    }
}
