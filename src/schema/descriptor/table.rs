//! Table Schema: the columns of a table and its keys.

use super::extension_field;
use super::field;
use super::json::Json;
use super::keys;
use super::metadata::{self, Version};
use super::properties::Level;
use super::reader::{At, Object, Reader};
use crate::schema::{FieldsMatch, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a schema into `table`; returns where its foreign keys stand.
pub(super) fn read<'n>(
    reader: &mut Reader,
    at: &At<'n>,
    version: Version,
    table: &mut Table,
) -> Option<At<'n>> {
    table.fields_match = FieldsMatch::Exact;
    let object = reader.object_of(at, Level::Schema)?;
    let version = match metadata::profile(reader, &object) {
        Version::One => version,
        Version::Two => Version::Two,
    };
    metadata::read(reader, &object);
    for name in ["name", "version"] {
        if let Some(at) = object.get(name) {
            reader.string(&at);
        }
    }
    if let Some(at) = object.get("examples") {
        reader.array(&at);
    }
    if let Some(at) = object.get("missingValues")
        && let Some(values) = missing_values(reader, &at)
    {
        table.missing_values = values;
    }
    if let Some(at) = object.get("fieldsMatch")
        && let Some(found) = fields_match(reader, &at)
    {
        table.fields_match = found;
    }
    fields(reader, &object, version, table);
    keys::own(reader, &object, table);
    object.get("foreignKeys")
}

fn fields(reader: &mut Reader, object: &Object, version: Version, table: &mut Table) {
    let Some(list) = object.get("fields") else {
        reader.mistake(&object.at, "has no \"fields\"", "list the columns in \"fields\"");
        return;
    };
    let Some(items) = reader.array(&list) else { return };
    if items.is_empty() {
        reader.mistake(&list, "is empty", "list the columns, or leave the schema out");
    }
    table.fields = items.iter().map(|item| field::read(reader, item)).collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, (field, at)) in table.fields.iter().zip(&items).enumerate() {
        if field.name.is_empty() {
            continue;
        }
        let Some(first) = seen.insert(&field.name, index) else { continue };
        let at = (Object { at: *at }).get("name").unwrap_or(*at);
        let reason = format!("\"{}\" is the name of field {first} already", field.name);
        match version {
            Version::Two => reader.mistake(&at, reason, "give each field a name of its own"),
            // v1 allowed it, so that v2 forbids refusing such a descriptor.
            Version::One => {
                reader.unsupported(&at, format!("{reason}: they are told apart by order only"))
            }
        }
    }
    extension_field::unique_names(reader, &items, &table.fields);
    extension_field::link(reader, &items, &mut table.fields);
}

/// `missingValues`: strings, or objects with a value and a label.
pub(super) fn missing_values(reader: &mut Reader, at: &At) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut known = BTreeSet::new();
    for item in reader.array(at)? {
        let value = match &item.node.json {
            Json::Object(_) => {
                let object = Object { at: item };
                if let Some(label) = object.get("label") {
                    reader.string(&label);
                }
                let Some(value) = object.get("value") else {
                    let hint = "write {\"value\": …, \"label\": …}";
                    reader.mistake(&item, "has no \"value\"", hint);
                    continue;
                };
                value
            }
            _ => item,
        };
        let Some(text) = reader.string(&value) else { continue };
        if !known.insert(text) {
            reader.mistake(&value, format!("\"{text}\" is listed twice"), "list each value once");
        }
        values.push(text.to_owned());
    }
    Some(values)
}

/// The published profile of v2.0 has an array of one word by mistake, so that is read too.
fn fields_match(reader: &mut Reader, at: &At) -> Option<FieldsMatch> {
    let word = match &at.node.json {
        Json::Array(items) if items.len() == 1 => reader.array(at)?.pop()?,
        _ => *at,
    };
    let choices = [
        ("exact", FieldsMatch::Exact),
        ("equal", FieldsMatch::Equal),
        ("subset", FieldsMatch::Subset),
        ("superset", FieldsMatch::Superset),
        ("partial", FieldsMatch::Partial),
    ];
    reader.choice(&word, &choices)
}
