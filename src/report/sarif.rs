//! The report as SARIF 2.1.0 (OASIS), for tools that show findings of any checker.
//!
//! One run; one rule for each code that was found, with its help; one result for each example, with
//! file, physical line, byte and column; what was accepted beforehand as suppressed results. The
//! exact totals stand in the run's properties, since a result is one place.

use super::object::Object;
use super::{Report, file_name};
use crate::check::{Accepted, Outcome, Task};
use crate::finding::message::{message, title};
use crate::finding::{Code, Group, Place, Sample, Severity};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The published schema of the format.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes the report, one result a line.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut log = Object::begin(out, 0)?;
    log.field("$schema", SCHEMA)?;
    log.field("version", "2.1.0")?;
    log.key("runs")?;
    log.out().write_all(b"[")?;
    run(report, log.out())?;
    log.out().write_all(b"]")?;
    log.end()?.write_all(b"\n")
}

fn run(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.outcome;
    let mut codes: BTreeMap<Code, usize> = BTreeMap::new();
    for (_, group) in outcome.all_groups() {
        codes.insert(group.code, 0);
    }
    for accepted in &outcome.accepted {
        codes.insert(accepted.group.code, 0);
    }
    for (at, index) in codes.values_mut().enumerate() {
        *index = at;
    }
    let rules: Vec<Value> = codes.keys().map(|code| rule(*code)).collect();
    let mut run = Object::begin(out, 1)?;
    run.field(
        "tool",
        &json!({ "driver": {
            "name": report.tool.name, "version": report.tool.version,
            "semanticVersion": report.tool.version, "rules": rules,
        }}),
    )?;
    run.field("columnKind", "unicodeCodePoints")?;
    run.field("invocations", &json!([invocation(report)]))?;
    run.elements("artifacts", outcome.files.iter().map(artifact))?;
    let found = outcome.all_groups().flat_map(|(task, group)| {
        let index = codes.get(&group.code).copied();
        let samples = report.samples.of(group).iter();
        samples.map(move |sample| result(outcome, task, group, sample, index))
    });
    let suppressed = outcome.accepted.iter().flat_map(|accepted| {
        let group = &accepted.group;
        let task = accepted.task.and_then(|task| outcome.tasks.get(task as usize));
        let index = codes.get(&group.code).copied();
        report.samples.of(group).iter().map(move |sample| {
            let mut value = result(outcome, task, group, sample, index);
            if let Some(value) = value.as_object_mut() {
                value.insert("suppressions".into(), json!([suppression(accepted)]));
            }
            value
        })
    });
    run.elements("results", found.chain(suppressed))?;
    let groups: Vec<Value> =
        outcome.all_groups().map(|(task, group)| totals(task, group)).collect();
    run.field(
        "properties",
        &json!({
            "valid": outcome.is_valid(),
            "complete": outcome.gaps.is_empty() && outcome.schema.is_some(),
            "errors": outcome.count(Severity::Error),
            "warnings": outcome.count(Severity::Warning),
            "holdsPatientData": report.reveals,
            "groups": groups,
        }),
    )?;
    run.end()?;
    Ok(())
}

fn rule(code: Code) -> Value {
    let entry = code.entry();
    let help = format!(
        "What it usually means: {} What to do: {} Example: {}",
        entry.cause, entry.remedy, entry.example
    );
    json!({
        "id": entry.name,
        "shortDescription": { "text": entry.title },
        "fullDescription": { "text": entry.why },
        "help": { "text": help },
        "defaultConfiguration": { "level": level(entry.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// How the program ran; checks that were not made are its notifications.
fn invocation(report: &Report<'_>) -> Value {
    let outcome = report.outcome;
    let mut notes: Vec<Value> = outcome
        .gaps
        .iter()
        .map(|gap| {
            let task = gap.resource.and_then(|number| outcome.tasks.get(number as usize));
            let whose = task.map(|task| format!("{}: ", task.name)).unwrap_or_default();
            json!({
                "level": "warning",
                "message": { "text": format!("Not checked: {whose}{}, because {}", gap.check, gap.reason) },
            })
        })
        .collect();
    if outcome.schema.is_none() {
        let text = "No schema was used: only what needs none was checked.";
        notes.push(json!({ "level": "warning", "message": { "text": text } }));
    }
    let mut invocation = Map::new();
    invocation.insert("executionSuccessful".into(), json!(true));
    if let Some(run) = &report.run {
        invocation.insert("startTimeUtc".into(), json!(run.started));
    }
    invocation.insert("toolExecutionNotifications".into(), Value::Array(notes));
    Value::Object(invocation)
}

fn artifact(file: &crate::check::File) -> Value {
    json!({
        "location": { "uri": uri(&file.shown) },
        "length": file.bytes,
    })
}

fn result(
    outcome: &Outcome,
    task: Option<&Task>,
    group: &Group,
    sample: &Sample,
    rule: Option<usize>,
) -> Value {
    let mut value = json!({
        "ruleId": group.code.name(),
        "ruleIndex": rule,
        "level": level(group.severity),
        "message": { "text": message(group, sample) },
        "locations": [location(outcome, task, group, sample.place)],
    });
    let mut own = Map::new();
    if let Some(row) = sample.place.row {
        own.insert("row".into(), json!(row));
    }
    if let Some(shape) = &sample.shape {
        own.insert("shape".into(), json!(shape));
    }
    if let Some(token) = &sample.token {
        own.insert("token".into(), json!(token));
    }
    if let (false, Some(value)) = (own.is_empty(), value.as_object_mut()) {
        value.insert("properties".into(), Value::Object(own));
    }
    value
}

fn location(outcome: &Outcome, task: Option<&Task>, group: &Group, place: Place) -> Value {
    let mut location = Map::new();
    if let Some(name) = place.file.and_then(|file| file_name(outcome, file)) {
        let mut region = Map::new();
        if let Some(line) = place.line {
            region.insert("startLine".into(), json!(line));
        }
        if let Some(byte) = place.byte {
            region.insert("byteOffset".into(), json!(byte));
        }
        let mut physical = Map::new();
        physical
            .insert("artifactLocation".into(), json!({ "uri": uri(&name), "index": place.file }));
        if !region.is_empty() {
            physical.insert("region".into(), Value::Object(region));
        }
        location.insert("physicalLocation".into(), Value::Object(physical));
    }
    let table = task.map(|task| task.name.as_str());
    let logical: Vec<Value> = match group.fields.is_empty() {
        true => table.map(|name| json!({ "name": name, "kind": "resource" })).into_iter().collect(),
        false => group
            .fields
            .iter()
            .map(|field| {
                let table = table.map(|name| format!("{name}.")).unwrap_or_default();
                let whole = format!("{table}{}", field.name);
                json!({ "name": field.name, "fullyQualifiedName": whole, "kind": "member" })
            })
            .collect(),
    };
    if !logical.is_empty() {
        location.insert("logicalLocations".into(), Value::Array(logical));
    }
    Value::Object(location)
}

fn suppression(accepted: &Accepted) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": format!("{} (accepted by {})", accepted.reason, accepted.by),
    })
}

fn totals(task: Option<&Task>, group: &Group) -> Value {
    let fields: Vec<&str> = group.fields.iter().map(|field| field.name.as_str()).collect();
    json!({
        "ruleId": group.code.name(),
        "level": level(group.severity),
        "table": task.map(|task| task.name.as_str()),
        "fieldNames": fields,
        "message": format!("{}.", title(group)),
        "occurrences": group.occurrences,
    })
}

/// A file's path as a relative URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    // A reference that begins with a slash would not be relative to the extract.
    uri.trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("a b/ü#1.csv"), "a%20b/%C3%BC%231.csv");
        assert_eq!(uri("//evil/x"), "evil/x");
        assert_eq!(uri("javascript:x"), "javascript%3Ax");
    }
}
