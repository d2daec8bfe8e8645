//! A carried schema with the columns of another version of its system.

use super::Carried;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Schema, descriptor};
use serde_json::{Map, Value, json};

/// A file that has the columns of another version than the schema's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// Its index among the files.
    pub file: usize,
    /// Its name in lower case, without folders.
    pub name: String,
    /// Its table, as the schema names it.
    pub resource: &'static str,
    /// The versions whose header it has, oldest first.
    pub versions: Vec<&'static str>,
    /// Whether it has exactly these columns; else they are the nearest known.
    pub is_exact: bool,
    /// Columns of the schema that the version lacks.
    pub without: Vec<&'static str>,
    /// Columns of the version that the schema lacks.
    pub with: Vec<&'static str>,
    /// The version's columns, in order.
    pub labels: Vec<&'static str>,
}

impl Departure {
    /// What is particular to the file: "has the columns of version 8.0, not 8.2: without IsBlocked".
    pub fn clause(&self, carried: &Carried) -> String {
        let versions = match self.versions.as_slice() {
            [one] => format!("version {one}"),
            [most @ .., last] => format!("versions {} and {last}", most.join(", ")),
            [] => "another version".into(),
        };
        let has = if self.is_exact { "has" } else { "is nearest to" };
        let mut differences = Vec::new();
        for (how, columns) in [("without", &self.without), ("with", &self.with)] {
            if !columns.is_empty() {
                differences.push(format!("{how} {}", columns.join(", ")));
            }
        }
        if differences.is_empty() {
            differences.push("the same columns in another order or letter case".into());
        }
        format!(
            "{has} the columns of {versions}, not of {}: {}",
            carried.version,
            differences.join("; ")
        )
    }
}

/// What a report's heading says of the versions: "3 files are of version 8.0, not 8.2
/// (Appointment_Slot without IsBlocked; …)". `None` where all are the schema's own.
pub fn note(carried: &Carried, departures: &[Departure]) -> Option<String> {
    let first = departures.first()?;
    // The versions that all of them have, if any: what the extract is of.
    let common: Vec<&str> = first
        .versions
        .iter()
        .copied()
        .filter(|version| departures.iter().all(|other| other.versions.contains(version)))
        .collect();
    let count = departures.len();
    let files = if count == 1 { "1 file is".to_owned() } else { format!("{count} files are") };
    let versions = match common.as_slice() {
        [] => "other versions".to_owned(),
        [one] => format!("version {one}"),
        several => format!("version {}", several.join(" or ")),
    };
    let each: Vec<String> = departures
        .iter()
        .map(|one| {
            let mut parts = Vec::new();
            for (how, columns) in [("without", &one.without), ("with", &one.with)] {
                if !columns.is_empty() {
                    parts.push(format!("{how} {}", columns.join(", ")));
                }
            }
            if common.is_empty() {
                parts.push(format!("as in {}", one.versions.join(", ")));
            }
            format!("{} {}", one.resource, parts.join(" and "))
        })
        .collect();
    Some(format!("{files} of {versions}, not {}: {}", carried.version, each.join("; ")))
}

/// The schema with the columns of these files' versions. What names a column that the version lacks
/// (a key, a reference, a rule) goes with it.
///
/// # Errors
/// None: a test reads every carried schema in every version.
pub fn adapted(carried: &Carried, departures: &[Departure]) -> Result<Schema> {
    if departures.is_empty() {
        return carried.schema();
    }
    let text = rewritten(carried, departures).map_err(|error| {
        let message = format!("cannot read the carried schema {}: {error}", carried.name);
        Error::new(ErrorKind::Schema, message)
    })?;
    descriptor::read(text.as_bytes())
}

fn rewritten(carried: &Carried, departures: &[Departure]) -> serde_json::Result<String> {
    let mut package: Value = serde_json::from_str(carried.descriptor)?;
    let others: Value = serde_json::from_str(carried.other_fields)?;
    if let Some(note) = note(carried, departures) {
        let title = format!("{}, adapted: {note}", carried.title);
        package["title"] = Value::from(title);
    }
    let mut gone: Vec<(&str, Vec<String>)> = Vec::new();
    let resources = package["resources"].as_array_mut().map_or(&mut [] as &mut [Value], |all| all);
    for departure in departures {
        let own = |resource: &&mut Value| resource["name"] == departure.resource;
        if let Some(resource) = resources.iter_mut().find(own) {
            gone.push((departure.resource, columns(resource, departure, &others)));
        }
    }
    for resource in resources.iter_mut() {
        let name = resource["name"].as_str().unwrap_or_default().to_owned();
        let own = gone.iter().find(|(table, _)| *table == name);
        let lost = own.map_or(&[] as &[String], |(_, fields)| fields.as_slice());
        references(resource, &name, lost, &gone);
    }
    serde_json::to_string_pretty(&package)
}

/// Gives a resource the columns of a version; returns the names of the fields that it lost.
fn columns(resource: &mut Value, departure: &Departure, others: &Value) -> Vec<String> {
    let fields = resource["schema"]["fields"].as_array().cloned().unwrap_or_default();
    let more = others[departure.resource].as_array().cloned().unwrap_or_default();
    let mut kept = Vec::new();
    let mut names = Vec::new();
    for label in &departure.labels {
        let by =
            |test: &dyn Fn(&Value) -> bool| fields.iter().chain(&more).find(|f| test(f)).cloned();
        let field = by(&|field| field["name"] == *label)
            .or_else(|| by(&|field| field_is_called(field, label)))
            .unwrap_or_else(|| json!({ "name": label, "type": "string" }));
        let mut field = field;
        if field["name"] != *label {
            accept(&mut field, label);
        }
        names.push(field["name"].as_str().unwrap_or_default().to_owned());
        kept.push(field);
    }
    let lost: Vec<String> = fields
        .iter()
        .filter_map(|field| field["name"].as_str())
        .filter(|name| !names.iter().any(|kept| kept == name))
        .map(str::to_owned)
        .collect();
    let is_lost = |value: &Value| lost.iter().any(|name| value == name.as_str());
    for field in &mut kept {
        let Some(extension) = object_of(field, "handover") else { continue };
        extension.retain(|name, value| match name.as_str() {
            "time" => !is_lost(value),
            "precision" | "unit" => !is_lost(&value["field"]),
            _ => true,
        });
    }
    if let Some(schema) = object_of(resource, "schema") {
        schema.insert("fields".into(), Value::from(kept));
    }
    lost
}

/// Whether a field that has another name is known by this label too.
fn field_is_called(field: &Value, label: &str) -> bool {
    let is_label = |value: &Value| value.as_str().is_some_and(|s| s.eq_ignore_ascii_case(label));
    is_label(&field["name"])
        || field["handover"]["otherNames"]
            .as_array()
            .is_some_and(|names| names.iter().any(|name| is_label(name) || is_label(&name["name"])))
}

/// Makes the label one of the field's other names.
fn accept(field: &mut Value, label: &str) {
    let names = &mut field["handover"]["otherNames"];
    if !names.is_array() {
        *names = json!([]);
    }
    if let Some(names) = names.as_array_mut()
        && !names.iter().any(|name| name == label || name["name"] == label)
    {
        names.push(label.into());
    }
}

/// Takes out what names a field that is gone: here, or in a table that is referred to.
fn references(resource: &mut Value, name: &str, lost: &[String], gone: &[(&str, Vec<String>)]) {
    let names_lost = |fields: &Value, lost: &[String]| {
        let listed = fields.as_array().into_iter().flatten().chain([fields]);
        listed.filter_map(Value::as_str).any(|field| lost.iter().any(|one| one == field))
    };
    let dangles = |key: &Value| {
        let to = match key["reference"]["resource"].as_str() {
            None | Some("") => name,
            Some(other) => other,
        };
        let theirs = gone.iter().find(|(table, _)| *table == to);
        let theirs = theirs.map_or(&[] as &[String], |(_, fields)| fields.as_slice());
        names_lost(&key["fields"], lost) || names_lost(&key["reference"]["fields"], theirs)
    };
    if let Some(schema) = object_of(resource, "schema") {
        if schema.get("primaryKey").is_some_and(|key| names_lost(key, lost)) {
            schema.remove("primaryKey");
        }
        retain(schema, "foreignKeys", &|key| !dangles(key));
        retain(schema, "uniqueKeys", &|key| !names_lost(key, lost));
    }
    let Some(extension) = object_of(resource, "handover") else { return };
    let tests = |condition: &Value| {
        condition.as_object().is_some_and(|tests| lost.iter().any(|name| tests.contains_key(name)))
    };
    retain(extension, "references", &|reference| !dangles(reference) && !tests(&reference["when"]));
    if extension.get("deleted").is_some_and(tests) {
        extension.remove("deleted");
        let fields = object_of(resource, "schema").and_then(|schema| schema.get_mut("fields"));
        for field in fields.and_then(Value::as_array_mut).into_iter().flatten() {
            always_required(field);
        }
    }
}

/// A member that is an object; an index would put it in where it lacks.
fn object_of<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Map<String, Value>> {
    value.get_mut(name)?.as_object_mut()
}

fn retain(object: &mut Map<String, Value>, name: &str, test: &dyn Fn(&Value) -> bool) {
    if let Some(list) = object.get_mut(name).and_then(Value::as_array_mut) {
        list.retain(|one| test(one));
        if list.is_empty() {
            object.remove(name);
        }
    }
}

/// Where a version has no delete flag, no row is a delete: what is required unless a row is deleted
/// is required.
fn always_required(field: &mut Value) {
    let Some(extension) = object_of(field, "handover") else { return };
    if extension.remove("requiredUnlessDeleted").is_none() {
        return;
    }
    if let Some(severities) = extension.get_mut("severity").and_then(Value::as_object_mut)
        && let Some(severity) = severities.remove("requiredUnlessDeleted")
    {
        severities.insert("required".into(), severity);
    }
    if !field["constraints"].is_object() {
        field["constraints"] = json!({});
    }
    field["constraints"]["required"] = true.into();
}
