//! Primary, unique and foreign keys: names become indices.

use super::json::Json;
use super::properties::Level;
use super::reader::{At, Object, Reader, did_you_mean};
use super::resource::Draft;
use super::table;
use crate::schema::{Field, ForeignKey, Table};
use std::collections::BTreeMap;

/// `primaryKey` and `uniqueKeys`.
pub(super) fn own(reader: &mut Reader, object: &Object, table: &mut Table) {
    if let Some(at) = object.get("primaryKey")
        // Written by tools that have none to declare.
        && !matches!(&at.node.json, Json::Array(items) if items.is_empty())
        && let Some(key) = key(reader, &at, &table.fields, "this table")
    {
        table.primary_key = key;
    }
    let Some(at) = object.get("uniqueKeys") else { return };
    let Some(items) = reader.array(&at) else { return };
    if items.is_empty() {
        reader.mistake(&at, "is empty", "list at least one key, or leave it out");
    }
    if items.iter().any(|item| matches!(item.node.json, Json::String(_))) {
        let hint = format!("each key is a list of fields: write [{}]", at.shown());
        reader.mistake(&at, "lists fields, not keys", hint);
        return;
    }
    for item in items {
        if let Some(key) = key(reader, &item, &table.fields, "this table") {
            table.unique_keys.push(key);
        }
    }
}

/// `foreignKeys` of all resources, now that all are known.
pub(super) fn foreign(reader: &mut Reader, drafts: &mut [Draft]) {
    let names: Vec<String> = drafts.iter().map(|draft| draft.resource.name.clone()).collect();
    let mut by_name = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        by_name.entry(name.as_str()).or_insert(index);
    }
    for index in 0..drafts.len() {
        reader.resource = Some(index);
        let Some(at) = drafts.get(index).and_then(|draft| draft.foreign_keys.clone()) else {
            continue;
        };
        let items = reader.array(&at).unwrap_or_default();
        let found: Vec<_> =
            items.iter().filter_map(|item| one(reader, item, index, drafts, &by_name)).collect();
        if let Some(table) = drafts.get_mut(index).and_then(|draft| draft.resource.table.as_mut()) {
            table.foreign_keys = found;
        }
    }
    reader.resource = None;
}

fn one(
    reader: &mut Reader,
    at: &At,
    index: usize,
    drafts: &[Draft],
    by_name: &BTreeMap<&str, usize>,
) -> Option<ForeignKey> {
    let object = reader.object_of(at, Level::ForeignKey)?;
    let own = &drafts.get(index)?.resource.table.as_ref()?.fields;
    let fields = match object.get("fields") {
        Some(at) => key(reader, &at, own, "this table"),
        None => {
            reader.mistake(at, "has no \"fields\"", "name the fields that refer");
            None
        }
    };
    let Some(reference_at) = object.get("reference") else {
        let hint = "write \"reference\": {\"resource\": …, \"fields\": […]}";
        reader.mistake(at, "has no \"reference\"", hint);
        return None;
    };
    let reference = reader.object_of(&reference_at, Level::Reference)?;
    if reference.get("package").is_some() {
        return None;
    }
    let resource = match reference.get("resource") {
        None => index,
        Some(at) => match reader.string(&at)? {
            // v1's way to refer to the table itself.
            "" => index,
            name => match by_name.get(name) {
                Some(found) => *found,
                None => {
                    let names: Vec<_> = by_name.keys().copied().collect();
                    let otherwise = "write the \"name\" of a resource of this package";
                    let hint = if reader.full() {
                        String::new()
                    } else {
                        did_you_mean(name, &names, otherwise)
                    };
                    reader.mistake(&at, format!("there is no resource \"{name}\""), hint);
                    return None;
                }
            },
        },
    };
    let target = &drafts.get(resource)?.resource;
    let Some(reference_fields_at) = reference.get("fields") else {
        reader.mistake(&reference_at, "has no \"fields\"", "name the fields referred to");
        return None;
    };
    let Some(parent) = target.table.as_ref().filter(|table| !table.fields.is_empty()) else {
        let reason = format!("the resource \"{}\" declares no fields", target.name);
        reader.mistake(&reference_fields_at, reason, "give it a schema");
        return None;
    };
    let whose = format!("the table \"{}\"", target.name);
    let reference = key(reader, &reference_fields_at, &parent.fields, &whose);
    let (fields, reference) = (fields?, reference?);
    if fields.len() != reference.len() {
        let reason = format!(
            "\"fields\" has {} and \"reference\" has {}",
            counted(fields.len()),
            counted(reference.len())
        );
        reader.mistake(at, reason, "name as many fields in \"reference\" as in \"fields\"");
        return None;
    }
    for (child, parent) in
        fields.iter().map(|at| own.get(*at)).zip(reference.iter().map(|at| parent.fields.get(*at)))
    {
        let (child, parent) = (child?, parent?);
        if child.kind.family() != parent.kind.family() {
            let reason = format!(
                "\"{}\" is of the type {} and \"{}\", to which it refers, {}",
                child.name, child.kind, parent.name, parent.kind
            );
            let hint = "no value can be equal: declare both with the same type";
            reader.mistake(at, reason, hint);
            return None;
        }
    }
    Some(ForeignKey { fields, resource, reference })
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 field".into(),
        _ => format!("{count} fields"),
    }
}

/// A key: a list of field names, or one name as v1 has it. `None` where something is wrong, which
/// has been told.
fn key(reader: &mut Reader, at: &At, fields: &[Field], whose: &str) -> Option<Vec<usize>> {
    let list = match &at.node.json {
        Json::String(text) => vec![(at.clone(), text.as_str())],
        _ => reader.strings(at)?,
    };
    if list.is_empty() {
        reader.mistake(at, "is empty", "name at least one field");
        return None;
    }
    let mut key = Vec::with_capacity(list.len());
    let mut sound = true;
    for (at, name) in list {
        match table::find(fields, name) {
            Ok(index) if key.contains(&index) => {
                sound = false;
                reader.mistake(&at, format!("names \"{name}\" twice"), "name each field once");
            }
            Ok(index) => key.push(index),
            Err(0) => {
                sound = false;
                // A table whose fields could not be read has been told.
                if !fields.is_empty() {
                    missing(reader, &at, name, fields, whose);
                }
            }
            Err(count) => {
                sound = false;
                let reason = format!("\"{name}\" is the name of {count} fields of {whose}");
                reader.mistake(&at, reason, "a key needs fields with names of their own");
            }
        }
    }
    sound.then_some(key)
}

fn missing(reader: &mut Reader, at: &At, name: &str, fields: &[Field], whose: &str) {
    let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    let otherwise = "write the \"name\" of a declared field";
    let hint = if reader.full() { String::new() } else { did_you_mean(name, &names, otherwise) };
    reader.mistake(at, format!("{whose} has no field \"{name}\""), hint);
}
