//! What `schema infer` concludes from extracts whose true schema is known.

use crate::support::{copy, emis_small, folder, root, run};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Infers, checks with the result, and gives the descriptor and the evidence.
fn inferred(extract: &Path) -> (Value, String) {
    let place = tempfile::tempdir().unwrap();
    let schema = place.path().join("schema.json");
    let output = run(&[&"schema", &"infer", &extract, &"--output", &schema]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    let output = run(&[&"check", &extract, &"--schema", &schema]);
    assert_eq!(output.status.code(), Some(0), "{}\n{told}", text(&output.stdout));
    assert!(!text(&output.stdout).contains("unsupported-property"), "{}", text(&output.stdout));
    (serde_json::from_slice(&fs::read(&schema).unwrap()).unwrap(), told)
}

/// A key: table and fields. A reference: fields on both sides. Names as the inferred schema has them.
type Key = (String, BTreeSet<String>);
type Reference = (String, BTreeSet<(String, String)>, String);

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().into()).collect(),
        Value::String(one) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// The keys and references of a descriptor; fields by position where the file has no header.
fn relations(descriptor: &Value) -> (Vec<Key>, Vec<Reference>) {
    let resources = descriptor["resources"].as_array().unwrap();
    let place = |resource: &str, field: String| {
        let resource = resources.iter().find(|one| one["name"] == resource).unwrap();
        if resource["dialect"]["header"] != false {
            return field;
        }
        let fields = resource["schema"]["fields"].as_array().unwrap();
        let at = fields.iter().position(|one| one["name"] == field.as_str()).unwrap();
        format!("field{}", at + 1)
    };
    let (mut keys, mut references) = (Vec::new(), Vec::new());
    for resource in resources {
        let name = resource["name"].as_str().unwrap();
        let schema = &resource["schema"];
        let primary = strings(&schema["primaryKey"]);
        if !primary.is_empty() {
            keys.push((name.to_owned(), primary.into_iter().map(|f| place(name, f)).collect()));
        }
        for key in schema["foreignKeys"].as_array().into_iter().flatten() {
            let target = match key["reference"]["resource"].as_str().unwrap_or_default() {
                "" => name,
                other => other,
            };
            let fields = strings(&key["fields"]).into_iter().map(|f| place(name, f));
            let others = strings(&key["reference"]["fields"]).into_iter().map(|f| place(target, f));
            references.push((name.to_owned(), fields.zip(others).collect(), target.to_owned()));
        }
    }
    (keys, references)
}

/// What is declared and not found, and found and not declared. A key of fewer fields says more than
/// a declared one, and so does a reference.
fn compared(truth: &Value, found: &Value) -> (Vec<String>, Vec<String>) {
    let ((true_keys, true_references), (keys, references)) = (relations(truth), relations(found));
    let covers = |a: &Key, b: &Key| a.0 == b.0 && a.1.is_subset(&b.1);
    let covers_too =
        |a: &Reference, b: &Reference| (&a.0, &a.2) == (&b.0, &b.2) && a.1.is_subset(&b.1);
    let shown =
        |key: &Key| format!("{} {}", key.0, key.1.iter().cloned().collect::<Vec<_>>().join("+"));
    let shown_too = |one: &Reference| {
        let fields: Vec<&str> = one.1.iter().map(|(field, _)| field.as_str()).collect();
        format!("{} {} -> {}", one.0, fields.join("+"), one.2)
    };
    let mut missed: Vec<String> = Vec::new();
    missed.extend(true_keys.iter().filter(|t| !keys.iter().any(|f| covers(f, t))).map(shown));
    missed.extend(
        true_references
            .iter()
            .filter(|t| !references.iter().any(|f| covers_too(f, t)))
            .map(shown_too),
    );
    let mut more: Vec<String> = Vec::new();
    more.extend(keys.iter().filter(|f| !true_keys.iter().any(|t| covers(f, t))).map(shown));
    // What a part of a declared reference says is declared.
    let part = |f: &Reference, t: &Reference| covers_too(f, t);
    more.extend(
        references.iter().filter(|f| !true_references.iter().any(|t| part(f, t))).map(shown_too),
    );
    (missed, more)
}

fn without_descriptor(extract: &Path) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    copy(extract, place.path());
    fs::remove_file(place.path().join("datapackage.json")).unwrap();
    place
}

#[test]
fn emis() {
    let place = without_descriptor(&emis_small());
    let (found, told) = inferred(place.path());
    let truth = fs::read(emis_small().join("datapackage.json")).unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let (missed, more) = compared(&truth, &found);
    assert_eq!(missed, [""; 0], "{told}");
    assert_eq!(more, [""; 0], "{told}");
}
