//! Proves what was proposed: the draft is checked against all rows, and what does not hold goes.

use super::{Found, Options};
use crate::check::{self, SchemaUsed};
use crate::digest::Algorithm;
use crate::error::Result;
use crate::finding::message::thousands;
use crate::finding::{Code, Facts, Group, Severity};
use crate::schema::descriptor;
use crate::schema::draft::{Draft, Resource};
use crate::source::Extract;
use serde_json::{Value, json};

/// Checks, drops what fails, and tells what no schema could allow.
pub(super) fn prove(
    extract: &Extract,
    draft: &mut Draft,
    options: &Options,
    found: &mut Found,
) -> Result<()> {
    let text = draft.text()?;
    let schema = descriptor::read(text.as_bytes())?;
    let used = SchemaUsed {
        name: schema.name.clone(),
        version: None,
        sha512: Algorithm::Sha512.digest(&schema.source).to_string(),
        origin: "inferred".into(),
        versions: Vec::new(),
    };
    let options = check::Options {
        jobs: options.jobs,
        memory: options.memory,
        samples: 1,
        interrupt: options.interrupt.clone(),
        progress: options.progress.clone(),
        ..check::Options::new(options.key, options.temp_dir.clone())
    };
    let outcome = check::run(extract, Some((&schema, used)), &options)?;
    for task in &outcome.tasks {
        let Some(resource) = draft.resources.iter_mut().find(|r| r.name == task.name) else {
            continue;
        };
        found.rows(&resource.name, task.rows);
        for group in task.groups.iter().filter(|group| group.severity == Severity::Error) {
            if !drop_what_fails(resource, group, found) {
                found.damage(&resource.name, group.code.name(), group.occurrences);
            }
        }
    }
    for group in outcome.groups.iter().filter(|group| group.severity == Severity::Error) {
        found.damage("the extract", group.code.name(), group.occurrences);
    }
    // A reference to a key that is none after all is no reference.
    let keys: Vec<(String, Vec<String>)> = draft
        .resources
        .iter()
        .filter(|resource| !resource.primary_key.is_empty())
        .map(|resource| (resource.name.clone(), resource.primary_key.clone()))
        .collect();
    for resource in &mut draft.resources {
        let own = resource.name.clone();
        resource.foreign_keys.retain(|key| {
            let dropped = found
                .dropped
                .iter()
                .any(|(table, fields)| *table == key.resource && *fields == key.reference);
            let is_key = keys
                .iter()
                .any(|(table, fields)| *table == key.resource && *fields == key.reference);
            if dropped && !is_key {
                found.note_of(
                    &own,
                    &key.fields.join("+"),
                    format!("no reference, since {} repeats", key.reference.join("+")),
                );
            }
            !dropped || is_key
        });
    }
    Ok(())
}

/// Takes back what a group shows to be wrong; `false`: no declaration of ours is.
fn drop_what_fails(resource: &mut Resource, group: &Group, found: &mut Found) -> bool {
    let names: Vec<String> = group.fields.iter().map(|field| field.name.clone()).collect();
    let count = thousands(group.occurrences);
    match (group.code, &group.facts) {
        (Code::PrimaryKey, _) => {
            let key = std::mem::take(&mut resource.primary_key);
            found.note_of(
                &resource.name,
                &key.join("+"),
                format!("no key: {count} rows repeat it"),
            );
            found.dropped.push((resource.name.clone(), key));
            true
        }
        (Code::UniqueError, _) => {
            resource.unique_keys.retain(|key| *key != names);
            true
        }
        (Code::ForeignKey, Facts::Reference { resource: of, fields, distinct }) => {
            let before = resource.foreign_keys.len();
            resource.foreign_keys.retain(|key| {
                !(key.fields == names && key.resource == *of && key.reference == *fields)
            });
            let after = resource.foreign_keys.len();
            let is_sometimes = drop_sometimes(resource, &names, of, fields);
            found.note_of(
                &resource.name,
                &names.join("+"),
                format!(
                    "nearly a reference to {of}.{}: {count} cells, {} different values, are not there",
                    fields.join("+"),
                    thousands(*distinct)
                ),
            );
            before != after || is_sometimes
        }
        (Code::TypeError, _) => {
            for field in resource.fields.iter_mut().filter(|field| names.contains(&field.name)) {
                found.note_of(
                    &resource.name,
                    &field.name,
                    format!("{count} cells are not of the type {}", field.kind),
                );
                field.kind = "string";
                field.format.clear();
                field.more.clear();
                field.constraints.retain(|name, _| name == "required");
            }
            true
        }
        (Code::IdentifierError, _) => {
            for field in resource.fields.iter_mut().filter(|field| names.contains(&field.name)) {
                field.more.shift_remove("rdfType");
            }
            true
        }
        (Code::ConstraintError, Facts::Constraint { name, .. }) => {
            for field in resource.fields.iter_mut().filter(|field| names.contains(&field.name)) {
                field.constraints.shift_remove(*name);
            }
            true
        }
        _ => false,
    }
}

/// Takes back the references of some rows that a group shows to be wrong; `false`: there are none.
fn drop_sometimes(resource: &mut Resource, names: &[String], of: &str, fields: &[String]) -> bool {
    let Some(references) = resource.handover.get_mut("references").and_then(Value::as_array_mut)
    else {
        return false;
    };
    let before = references.len();
    references.retain(|one| {
        !(one["fields"] == json!(names)
            && one["reference"]["resource"] == json!(of)
            && one["reference"]["fields"] == json!(fields))
    });
    let after = references.len();
    if after == 0 {
        resource.handover.shift_remove("references");
    }
    before != after
}
