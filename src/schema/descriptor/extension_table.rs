//! What the `handover` extension of a resource says of its table: deleted rows, control totals;
//! references of some rows only, and what leads from a row to its patient.

use super::extension::{self, SEVERITIES, handover};
use super::field::bound;
use super::json::Json;
use super::keys::{self, All, Names};
use super::properties::Level;
use super::reader::{At, Object, Reader};
use super::resource::Draft;
use super::rules;
use crate::schema::value::Type;
use crate::schema::{
    Condition, ConditionalReference, ControlTotal, PatientVia, Role, Severities, Table, ValueTest,
};

/// Reads what names only fields of this table.
pub(super) fn read(reader: &mut Reader, resource: &Object, table: &mut Table) {
    // The level's own names were looked at with the resource.
    if let Some(at) = resource.get("handover")
        && matches!(at.node.json, Json::Object(_))
    {
        own(reader, &Object { at }, table);
    }
    if table.deleted.is_none()
        && let Some(field) = table.fields.iter().find(|field| field.required_unless_deleted)
    {
        let reason = format!("does not say which rows are deleted, and \"{}\" asks", field.name);
        let hint = "write \"handover\": {\"deleted\": {\"the flag's field\": \"its value\"}}, or use \
                    \"required\" in place of \"requiredUnlessDeleted\"";
        reader.mistake(&resource.at, reason, hint);
    }
}

fn own(reader: &mut Reader, extension: &Object, table: &mut Table) {
    table.severities = extension::severities(reader, extension, &Severities::OF_RESOURCE);
    let names = Names::new(&table.fields, "this table".into());
    let deleted = extension.get("deleted").and_then(|at| condition(reader, &at, &names));
    let totals = extension.get("controlTotals").map(|at| control_totals(reader, &at, &names));
    table.rules = extension
        .get("rules")
        .map(|at| rules::read(reader, &at, &table.fields))
        .unwrap_or_default();
    table.deleted = deleted;
    table.control_totals = totals.unwrap_or_default();
}

/// `{"field": value}`, `{"field": [value, …]}`, or null in place of a value.
pub(super) fn condition(reader: &mut Reader, at: &At, names: &Names) -> Option<Condition> {
    let object = reader.object(at)?;
    let members = object.members();
    if members.is_empty() {
        let hint = "write {\"the field\": \"its value\"}";
        reader.mistake(at, "is an empty object", hint);
        return None;
    }
    let count = members.len();
    let mut tests = Vec::with_capacity(count);
    for (name, at) in members {
        let Some(field) = keys::field_named(reader, &at, name, names) else { continue };
        let Some(declared) = names.fields.get(field) else { continue };
        let items = match &at.node.json {
            Json::Array(_) => reader.array(&at).unwrap_or_default(),
            _ => vec![at],
        };
        if items.is_empty() {
            reader.mistake(&at, "is empty: it never holds", "list at least one value");
        }
        let mut test = ValueTest { field, null: false, values: Vec::new() };
        for item in items {
            match &item.node.json {
                Json::Null => test.null = true,
                _ => test.values.extend(bound(reader, &item, &declared.kind)),
            }
        }
        tests.push(test);
    }
    (tests.len() == count).then_some(Condition { tests })
}

fn control_totals(reader: &mut Reader, at: &At, names: &Names) -> Vec<ControlTotal> {
    let Some(object) = reader.object(at) else { return Vec::new() };
    let mut totals = Vec::new();
    for (name, at) in object.members() {
        let Some(field) = summed(reader, &at, name, names) else { continue };
        let Some(declared) = names.fields.get(field) else { continue };
        if let Some(sum) = bound(reader, &at, &declared.kind) {
            totals.push(ControlTotal { field, sum });
        }
    }
    totals
}

/// A field whose values have a sum.
fn summed(reader: &mut Reader, at: &At, name: &str, names: &Names) -> Option<usize> {
    let field = keys::field_named(reader, at, name, names)?;
    let declared = names.fields.get(field)?;
    if !matches!(declared.kind, Type::Number(_) | Type::Integer(_)) {
        let kind = declared.kind.name();
        let reason = format!("\"{name}\" is of the type \"{kind}\", which has no sum");
        reader.mistake(at, reason, "name a field of the type \"number\" or \"integer\"");
        return None;
    }
    Some(field)
}

/// `references` of a resource, now that all resources are known.
pub(super) fn references(
    reader: &mut Reader,
    draft: &Draft,
    index: usize,
    all: &All,
) -> Vec<ConditionalReference> {
    let Some(at) = draft.extension("references") else { return Vec::new() };
    let items = reader.array(&at).unwrap_or_default();
    items.iter().filter_map(|item| reference(reader, item, index, all)).collect()
}

fn reference(
    reader: &mut Reader,
    at: &At,
    index: usize,
    all: &All,
) -> Option<ConditionalReference> {
    let object = reader.object_of(at, Level::ConditionalReference)?;
    let severity = object.get("severity").and_then(|at| reader.choice(&at, &SEVERITIES));
    let when = match object.get("when") {
        Some(at) => condition(reader, &at, all.tables.get(index)?.as_ref()?),
        None => {
            let hint = "say which rows refer: \"when\": {\"ItemType\": \"Observation\"}; what all \
                        rows do belongs into \"foreignKeys\"";
            reader.mistake(at, "has no \"when\"", hint);
            None
        }
    };
    let key = keys::one(reader, &object, index, all)?;
    Some(ConditionalReference {
        when: when?,
        fields: key.fields,
        resource: key.resource,
        reference: key.reference,
        severity,
    })
}

/// `severity` of a foreign key.
pub(super) fn foreign_key(
    reader: &mut Reader,
    object: &Object,
) -> Option<crate::finding::Severity> {
    let extension = handover(reader, object, Level::HandoverForeignKey)?;
    extension.get("severity").and_then(|at| reader.choice(&at, &SEVERITIES))
}

/// `patientVia` of all resources, now that their references are known.
pub(super) fn patient_via(reader: &mut Reader, drafts: &mut [Draft]) {
    let patient = the_patient(reader, drafts);
    let mut found = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        reader.resource = Some(index);
        found.push(match draft.extension("patientVia") {
            Some(at) => ways(reader, &at, draft),
            None => default_way(draft, index, patient),
        });
    }
    for (draft, ways) in drafts.iter_mut().zip(found) {
        if let Some(table) = &mut draft.resource.table {
            table.patient_via = ways;
        }
    }
    circles(reader, drafts);
    for (index, draft) in drafts.iter().enumerate() {
        reader.resource = Some(index);
        leads_nowhere(reader, drafts, draft);
    }
    reader.resource = None;
}

/// The resource with the role `patient`, of which there is at most one.
fn the_patient(reader: &mut Reader, drafts: &[Draft]) -> Option<usize> {
    let mut found = None;
    for (index, draft) in drafts.iter().enumerate() {
        if draft.resource.role != Some(Role::Patient) {
            continue;
        }
        let Some(first) = found else {
            found = Some(index);
            continue;
        };
        if let Some(at) = draft.extension("role") {
            let reason = format!("\"patient\" is the role of resource {first} already");
            reader.mistake(&at, reason, "one table tells who the patients are");
        }
    }
    found
}

/// The only foreign key that leads to the patient.
fn default_way(draft: &Draft, index: usize, patient: Option<usize>) -> Vec<PatientVia> {
    let Some(table) = &draft.resource.table else { return Vec::new() };
    if patient == Some(index) {
        return Vec::new();
    }
    let mut keys = table.foreign_keys.iter().enumerate();
    let mut to_patient = keys.by_ref().filter(|(_, key)| Some(key.resource) == patient);
    match (to_patient.next(), to_patient.next()) {
        (Some((key, _)), None) => vec![PatientVia::ForeignKey(key)],
        _ => Vec::new(),
    }
}

/// A field, or a list of ways of which each is a field or a list of fields.
fn ways(reader: &mut Reader, at: &At, draft: &Draft) -> Vec<PatientVia> {
    let Some(table) = &draft.resource.table else {
        reader.mistake(at, "stands at a file that is no table", "leave it out");
        return Vec::new();
    };
    let names = Names::new(&table.fields, "this table".into());
    let items = match &at.node.json {
        Json::String(_) => vec![*at],
        _ => reader.array(at).unwrap_or_default(),
    };
    items.iter().filter_map(|item| way(reader, item, table, &names)).collect()
}

fn way(reader: &mut Reader, at: &At, table: &Table, names: &Names) -> Option<PatientVia> {
    let fields = keys::key(reader, at, names)?;
    // All fields of a key name it; so does one of them, if no other key has it.
    let is_named = |key: &[usize]| match fields.as_slice() {
        [one] => key.contains(one),
        _ => key == fields,
    };
    let exact: Vec<usize> = positions(&table.foreign_keys, |key| key.fields == fields);
    let keys = match exact.is_empty() {
        true => positions(&table.foreign_keys, |key| is_named(&key.fields)),
        false => exact,
    };
    let references = positions(&table.references, |key| is_named(&key.fields));
    match (keys.as_slice(), references.is_empty()) {
        ([key], true) => Some(PatientVia::ForeignKey(*key)),
        ([], false) => Some(PatientVia::References(references)),
        ([], true) => {
            let hint = "name a field that a foreign key, or \"references\", of this table has";
            reader.mistake(at, format!("{} refers to nothing", at.shown()), hint);
            None
        }
        _ => {
            let reason = format!("{} stands in several foreign keys", at.shown());
            reader.mistake(at, reason, "name all fields of the one that is meant: [\"…\", \"…\"]");
            None
        }
    }
}

fn positions<T>(items: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| wanted(item)).map(|(index, _)| index).collect()
}

/// The resources that a table's `patientVia` leads to.
fn targets(draft: &Draft) -> Vec<usize> {
    let Some(table) = &draft.resource.table else { return Vec::new() };
    let mut found = Vec::new();
    for way in &table.patient_via {
        match way {
            PatientVia::ForeignKey(key) => {
                found.extend(table.foreign_keys.get(*key).map(|key| key.resource));
            }
            PatientVia::References(keys) => {
                let keys = keys.iter().filter_map(|key| table.references.get(*key));
                found.extend(keys.map(|key| key.resource));
            }
        }
    }
    found
}

/// Ways that lead round in a circle. What leads nowhere else than to what is settled is settled; in
/// time that grows with the number of ways alone.
fn circles(reader: &mut Reader, drafts: &[Draft]) {
    let targets: Vec<Vec<usize>> = drafts.iter().map(targets).collect();
    let mut waits: Vec<usize> = targets.iter().map(Vec::len).collect();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    for (index, targets) in targets.iter().enumerate() {
        for target in targets {
            if let Some(waiting) = waiting.get_mut(*target) {
                waiting.push(index);
            }
        }
    }
    let mut settled: Vec<usize> = positions(&waits, |count| *count == 0);
    while let Some(next) = settled.pop() {
        for index in waiting.get(next).into_iter().flatten() {
            if let Some(count) = waits.get_mut(*index) {
                *count -= 1;
                if *count == 0 {
                    settled.push(*index);
                }
            }
        }
    }
    for (index, (draft, waits)) in drafts.iter().zip(waits).enumerate() {
        if waits > 0
            && let Some(at) = draft.extension("patientVia")
        {
            reader.resource = Some(index);
            let hint = "each step must lead to another table, nearer to the patient";
            reader.mistake(&at, "leads in a circle", hint);
        }
    }
}

/// A way to a table that is not the patient's and leads no further.
fn leads_nowhere(reader: &mut Reader, drafts: &[Draft], draft: &Draft) {
    let Some(at) = draft.extension("patientVia") else { return };
    for target in targets(draft) {
        let Some(other) = drafts.get(target) else { continue };
        let further = other.resource.table.as_ref().is_some_and(|one| !one.patient_via.is_empty());
        if other.resource.role != Some(Role::Patient) && !further {
            let name = &other.resource.name;
            let reason = format!("leads to \"{name}\", which leads to no patient");
            let hint = "give that resource a \"patientVia\", or the role \"patient\"";
            reader.mistake(&at, reason, hint);
        }
    }
}
