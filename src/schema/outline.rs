//! A descriptor as it was written, texts and all: for what deals with documentation and not with
//! data. What files beside it hold stands in its place.

use super::Schema;
use serde_json::Value;

/// The JSON of a descriptor that was read, with the schemas and dialects that it names as files.
pub fn of(schema: &Schema) -> Value {
    let text = schema.source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&schema.source);
    let mut package: Value = serde_json::from_slice(text).unwrap_or_default();
    let resources = package.get_mut("resources").and_then(Value::as_array_mut);
    for resource in resources.into_iter().flatten() {
        for name in ["schema", "dialect"] {
            let Some(place) = resource.get_mut(name) else { continue };
            let Some(path) = place.as_str() else { continue };
            let part = schema.parts.iter().find(|(part, _)| part == path);
            let part = part.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok());
            if let Some(part) = part {
                *place = part;
            }
        }
    }
    package
}

/// The resources of a package.
pub fn resources(package: &Value) -> &[Value] {
    items(package, "resources")
}

/// The fields of a resource.
pub fn fields(resource: &Value) -> &[Value] {
    resource.get("schema").map_or(&[], |schema| items(schema, "fields"))
}

/// The items of an array; none where there is no array.
pub fn items<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text; empty where there is none.
pub fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A property of the `handover` object.
pub fn handover<'v>(of: &'v Value, name: &str) -> Option<&'v Value> {
    of.get("handover")?.get(name).filter(|value| !value.is_null())
}

/// A constraint of a field.
pub fn constraint<'v>(field: &'v Value, name: &str) -> Option<&'v Value> {
    field.get("constraints")?.get(name).filter(|value| !value.is_null())
}

/// One text, or an array of them, one to a line; empty where there is none.
pub fn texts(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The names of fields: an array, or one name as in version 1.
pub fn names(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The values that a field allows, with their meanings: `categories`, `handover.codes`, `enum`.
pub fn codes(field: &Value) -> Vec<(String, String)> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut codes: Vec<(String, String)> = items(field, "categories")
        .iter()
        .map(|one| match one.get("value") {
            Some(value) => (shown(value), text(one, "label").to_owned()),
            None => (shown(one), String::new()),
        })
        .collect();
    if let Some(allowed) = constraint(field, "enum").and_then(Value::as_array) {
        for value in allowed.iter().map(shown) {
            if !codes.iter().any(|(code, _)| *code == value) {
                codes.push((value, String::new()));
            }
        }
    }
    if let Some(Value::Object(meanings)) = handover(field, "codes") {
        for (code, meaning) in meanings {
            let meaning = shown(meaning);
            match codes.iter_mut().find(|(other, _)| other == code) {
                Some((_, label)) if label.is_empty() => *label = meaning,
                Some(_) => {}
                None => codes.push((code.clone(), meaning)),
            }
        }
    }
    codes
}

/// A reference: fields, the resource referred to (its own name for itself), its fields.
pub fn references(resource: &Value) -> Vec<(Vec<String>, String, Vec<String>)> {
    let own = text(resource, "name");
    let keys = resource.get("schema").map_or(&[][..], |schema| items(schema, "foreignKeys"));
    keys.iter()
        .map(|key| {
            let reference = key.get("reference");
            let to = reference.map_or("", |reference| text(reference, "resource"));
            (
                names(key.get("fields")),
                if to.is_empty() { own.to_owned() } else { to.to_owned() },
                names(reference.and_then(|reference| reference.get("fields"))),
            )
        })
        .collect()
}

/// What a resource is called in running text.
pub fn title(resource: &Value) -> &str {
    match text(resource, "title") {
        "" => text(resource, "name"),
        title => title,
    }
}
