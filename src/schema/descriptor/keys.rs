//! Primary, unique and foreign keys: names become indices.

use super::extension_table;
use super::json::Json;
use super::properties::Level;
use super::reader::{At, Object, Reader, did_you_mean};
use super::resource::Draft;
use crate::schema::{Field, ForeignKey, Table};
use std::collections::{BTreeMap, BTreeSet};

/// The fields of a table by name, so that a descriptor with many keys over many fields is read in
/// no time that grows with both.
#[derive(Debug)]
pub(super) struct Names<'f> {
    /// The first field of each name, and how many there are.
    by_name: BTreeMap<&'f str, (usize, usize)>,
    pub fields: &'f [Field],
    /// As messages call the table.
    whose: String,
}

impl<'f> Names<'f> {
    pub fn new(fields: &'f [Field], whose: String) -> Self {
        let mut by_name = BTreeMap::new();
        for (index, field) in fields.iter().enumerate() {
            by_name.entry(field.name.as_str()).or_insert((index, 0)).1 += 1;
        }
        Self { by_name, fields, whose }
    }
}

/// `primaryKey` and `uniqueKeys`.
pub(super) fn own(reader: &mut Reader, object: &Object, table: &mut Table) {
    let names = Names::new(&table.fields, "this table".into());
    if let Some(at) = object.get("primaryKey")
        // Written by tools that have none to declare.
        && !matches!(&at.node.json, Json::Array(items) if items.is_empty())
        && let Some(key) = key(reader, &at, &names)
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
        if let Some(key) = key(reader, &item, &names) {
            table.unique_keys.push(key);
        }
    }
}

/// `foreignKeys` and `handover.references` of all resources, now that all are known.
pub(super) fn foreign(reader: &mut Reader, drafts: &mut [Draft]) {
    let mut found = Vec::with_capacity(drafts.len());
    {
        let all = All::new(drafts);
        for (index, draft) in drafts.iter().enumerate() {
            reader.resource = Some(index);
            let items =
                draft.foreign_keys.as_ref().and_then(|at| reader.array(at)).unwrap_or_default();
            let keys = items.iter().filter_map(|item| foreign_key(reader, item, index, &all));
            let keys: Vec<_> = keys.collect();
            found.push((keys, extension_table::references(reader, draft, index, &all)));
        }
    }
    reader.resource = None;
    for (draft, (keys, references)) in drafts.iter_mut().zip(found) {
        if let Some(table) = &mut draft.resource.table {
            table.foreign_keys = keys;
            table.references = references;
        }
    }
}

/// What a reference can lead to.
pub(super) struct All<'d> {
    resources: BTreeMap<&'d str, usize>,
    /// By resource; `None` for a file that is no table.
    pub tables: Vec<Option<Names<'d>>>,
    names: Vec<&'d str>,
}

impl<'d> All<'d> {
    fn new(drafts: &'d [Draft]) -> Self {
        let names: Vec<&str> = drafts.iter().map(|draft| draft.resource.name.as_str()).collect();
        let mut resources = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            resources.entry(*name).or_insert(index);
        }
        let table = |draft: &'d Draft| {
            let fields = &draft.resource.table.as_ref()?.fields;
            Some(Names::new(fields, format!("the table \"{}\"", draft.resource.name)))
        };
        Self { resources, tables: drafts.iter().map(table).collect(), names }
    }
}

fn foreign_key(reader: &mut Reader, at: &At, index: usize, all: &All) -> Option<ForeignKey> {
    let object = reader.object_of(at, Level::ForeignKey)?;
    let severity = extension_table::foreign_key(reader, &object);
    Some(ForeignKey { severity, ..one(reader, &object, index, all)? })
}

/// `fields` and `reference` of a foreign key.
pub(super) fn one(
    reader: &mut Reader,
    object: &Object,
    index: usize,
    all: &All,
) -> Option<ForeignKey> {
    let at = &object.at;
    let own = all.tables.get(index)?.as_ref()?;
    let fields = match object.get("fields") {
        Some(at) => key(reader, &at, own),
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
        // Noted as unsupported.
        return None;
    }
    let resource = match reference.get("resource") {
        None => index,
        Some(at) => target(reader, &at, index, all)?,
    };
    let Some(fields_at) = reference.get("fields") else {
        reader.mistake(&reference_at, "has no \"fields\"", "name the fields referred to");
        return None;
    };
    let parent = all.tables.get(resource)?.as_ref().filter(|names| !names.fields.is_empty());
    let Some(parent) = parent else {
        let name = all.names.get(resource)?;
        let reason = format!("the resource \"{name}\" declares no fields");
        reader.mistake(&fields_at, reason, "give it a schema");
        return None;
    };
    let reference = key(reader, &fields_at, parent);
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
    for (child, parent_field) in fields.iter().zip(&reference) {
        let (child, parent_field) = (own.fields.get(*child)?, parent.fields.get(*parent_field)?);
        if child.kind.family() != parent_field.kind.family() {
            let reason = format!(
                "\"{}\" is of the type {} and \"{}\", to which it refers, {}",
                child.name, child.kind, parent_field.name, parent_field.kind
            );
            let hint = "no value can be equal: declare both with the same type";
            reader.mistake(at, reason, hint);
            return None;
        }
    }
    Some(ForeignKey { fields, resource, reference, severity: None })
}

/// The resource that a reference names.
fn target(reader: &mut Reader, at: &At, index: usize, all: &All) -> Option<usize> {
    match reader.string(at)? {
        // v1's way to refer to the table itself.
        "" => Some(index),
        name => {
            let found = all.resources.get(name).copied();
            if found.is_none() && !reader.full() {
                let otherwise = "write the \"name\" of a resource of this package";
                let hint = did_you_mean(name, &all.names, otherwise);
                reader.mistake(at, format!("there is no resource \"{name}\""), hint);
            }
            found
        }
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 field".into(),
        _ => format!("{count} fields"),
    }
}

/// A key: a list of field names, or one name as v1 has it. `None` where something is wrong, which
/// has been told.
pub(super) fn key(reader: &mut Reader, at: &At, names: &Names) -> Option<Vec<usize>> {
    let list = match &at.node.json {
        Json::String(text) => vec![(*at, text.as_str())],
        _ => reader.strings(at)?,
    };
    if list.is_empty() {
        reader.mistake(at, "is empty", "name at least one field");
        return None;
    }
    let mut key = Vec::with_capacity(list.len());
    let mut seen = BTreeSet::new();
    let count = list.len();
    for (at, name) in list {
        match field_named(reader, &at, name, names) {
            Some(index) if seen.insert(index) => key.push(index),
            Some(_) => {
                reader.mistake(&at, format!("names \"{name}\" twice"), "name each field once");
            }
            None => {}
        }
    }
    (key.len() == count).then_some(key)
}

/// The field of that name.
pub(super) fn field(reader: &mut Reader, at: &At, names: &Names) -> Option<usize> {
    let name = reader.string(at)?;
    field_named(reader, at, name, names)
}

/// As [`field`], where `at` is told that there is none.
pub(super) fn field_named(
    reader: &mut Reader,
    at: &At,
    name: &str,
    names: &Names,
) -> Option<usize> {
    match names.by_name.get(name) {
        Some((index, 1)) => return Some(*index),
        Some((_, count)) => {
            let reason = format!("\"{name}\" is the name of {count} fields of {}", names.whose);
            reader.mistake(at, reason, "a key needs fields with names of their own");
        }
        // A table whose fields could not be read has been told.
        None if names.fields.is_empty() || reader.full() => {}
        None => {
            let known: Vec<_> = names.fields.iter().map(|field| field.name.as_str()).collect();
            let hint = did_you_mean(name, &known, "write the \"name\" of a declared field");
            let reason = format!("{} has no field \"{name}\"", names.whose);
            reader.mistake(at, reason, hint);
        }
    }
    None
}
