//! Descriptors from outside: every mistake has its message, every property its treatment, and the
//! carried schema is what its documentation says.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use handover::schema::carried::{self, recognise};
use handover::schema::descriptor::{self, Level, PROPERTIES, Property, Treatment};
use handover::schema::value::Type;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths
}

/// Each `fixtures/descriptors/<what-is-wrong>.json` has, beside it, what must be said.
#[test]
fn wrong_descriptors_say_where_why_and_what_to_write() {
    let descriptors = files("fixtures/descriptors", "json");
    assert!(descriptors.len() >= 100);
    for path in descriptors {
        let error = descriptor::read(&std::fs::read(&path).unwrap()).unwrap_err();
        let found = format!("error: {error}\nhint: {}\n", error.hint().unwrap_or_default());
        let said = path.with_extension("txt");
        crate::docs::assert_committed(said.strip_prefix(root()).unwrap().to_str().unwrap(), &found);
    }
}

/// The rows of the tables in docs/schema.md: heading, property, treatment.
fn documented() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(root().join("docs/schema.md")).unwrap();
    let mut heading = String::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(found) = line.strip_prefix("### ") {
            heading = found.to_owned();
        } else if let Some(row) = line.strip_prefix("| `") {
            let cells: Vec<&str> = row.trim_end_matches('|').split(" | ").collect();
            let name = cells[0].trim().trim_end_matches('`');
            rows.push((heading.clone(), name.to_owned(), cells[1].trim().to_owned()));
        }
    }
    rows
}

#[test]
fn the_manual_lists_every_property_with_its_treatment() {
    let expected: Vec<_> = PROPERTIES
        .iter()
        .map(|one| {
            let treatment = match one.treatment {
                Treatment::Checked => "checked",
                Treatment::Used => "used",
                Treatment::Unsupported(_) => "reported as unsupported",
            };
            (one.level.title().to_owned(), one.name.to_owned(), treatment.to_owned())
        })
        .collect();
    assert_eq!(documented(), expected);
}

/// What the standard's JSON Schemas name is in the table, and what is there beside it is ours, or of
/// v1.
#[test]
fn no_property_of_the_standard_is_passed_over() {
    let path = root().join("fixtures/standards/datapackage-2-properties.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut standard = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (level, names) = line.split_once(": ").unwrap();
        standard.extend(names.split(' ').map(|name| (level, name)));
    }
    let levels: Vec<&str> = standard.iter().map(|(level, _)| *level).collect();
    let known: Vec<_> = PROPERTIES.iter().map(|one| (one.level.title(), one.name)).collect();
    for one in &standard {
        assert!(known.contains(one), "{one:?}");
    }
    let mut beside: Vec<_> = known.into_iter().filter(|one| !standard.contains(one)).collect();
    beside.retain(|(level, name)| levels.contains(level) && *name != "handover");
    let expected = [
        ("Package", "profile"),
        ("Resource", "profile"),
        ("Dialect", "csv"),
        ("Dialect", "csvddfVersion"),
        ("Dialect", "caseSensitiveHeader"),
        ("Reference", "package"),
    ];
    assert_eq!(beside, expected);
}

/// A sound descriptor in which every level stands.
fn sound() -> Value {
    json!({
        "name": "practice",
        "handover": {"auditTrail": {"absent": "none"}, "documentation": {}, "dates": {}},
        "resources": [{
            "name": "patient",
            "path": "patient.csv",
            "dialect": {},
            "handover": {
                "deleted": {"flag": "1"},
                "rules": [{"name": "a rule", "then": "flag != null"}],
                "references": [
                    {"when": {"flag": "2"}, "fields": ["parent"], "reference": {"fields": ["id"]}}
                ],
                "trailer": {"first": "END"},
                "manifest": {"file": "parent"}
            },
            "schema": {
                "fields": [
                    {"name": "id", "type": "date", "constraints": {}, "handover": {
                        "otherNames": [{"name": "identifier"}],
                        "unit": {"field": "parent"},
                        "precision": {"field": "flag"}
                    }},
                    {"name": "parent", "type": "date"},
                    {"name": "flag", "type": "string"},
                    {"name": "amount", "type": "integer"}
                ],
                "foreignKeys": [
                    {"fields": ["parent"], "reference": {"fields": ["id"]}, "handover": {}}
                ]
            }
        }]
    })
}

fn pointer(level: Level) -> &'static str {
    match level {
        Level::Package => "",
        Level::Resource => "/resources/0",
        Level::Dialect => "/resources/0/dialect",
        Level::Schema => "/resources/0/schema",
        Level::ForeignKey => "/resources/0/schema/foreignKeys/0",
        Level::Reference => "/resources/0/schema/foreignKeys/0/reference",
        Level::Field => "/resources/0/schema/fields/0",
        Level::Constraints => "/resources/0/schema/fields/0/constraints",
        Level::HandoverPackage => "/handover",
        Level::HandoverResource => "/resources/0/handover",
        Level::HandoverManifest => "/resources/0/handover/manifest",
        Level::HandoverTrailer => "/resources/0/handover/trailer",
        Level::HandoverField => "/resources/0/schema/fields/0/handover",
        Level::HandoverForeignKey => "/resources/0/schema/foreignKeys/0/handover",
        Level::Absence => "/handover/auditTrail",
        Level::Documentation => "/handover/documentation",
        Level::Dates => "/handover/dates",
        Level::ConditionalReference => "/resources/0/handover/references/0",
        Level::Rule => "/resources/0/handover/rules/0",
        Level::OtherName => "/resources/0/schema/fields/0/handover/otherNames/0",
        Level::Unit => "/resources/0/schema/fields/0/handover/unit",
        Level::Precision => "/resources/0/schema/fields/0/handover/precision",
    }
}

fn members(descriptor: &mut Value, level: Level) -> &mut Map<String, Value> {
    descriptor.pointer_mut(pointer(level)).unwrap().as_object_mut().unwrap()
}

/// The published profile lists the properties of the extension, each at its level, and no others.
#[test]
fn the_profile_lists_every_property_of_the_extension() {
    let text = std::fs::read_to_string(root().join("docs/profile.json")).unwrap();
    let profile: Value = serde_json::from_str(&text).unwrap();
    for (level, definition) in [
        (Level::HandoverPackage, "handoverPackage"),
        (Level::HandoverResource, "handoverResource"),
        (Level::HandoverField, "handoverField"),
        (Level::HandoverForeignKey, "handoverForeignKey"),
        (Level::HandoverManifest, "manifest"),
        (Level::HandoverTrailer, "trailer"),
        (Level::Absence, "absence"),
        (Level::Documentation, "documentation"),
        (Level::Dates, "dates"),
        (Level::ConditionalReference, "conditionalReference"),
        (Level::Rule, "rule"),
        (Level::OtherName, "otherName/oneOf/1"),
        (Level::Unit, "unit/oneOf/1"),
        (Level::Precision, "precision/oneOf/1"),
    ] {
        let properties = profile.pointer(&format!("/$defs/{definition}/properties")).unwrap();
        let mut listed: Vec<&str> =
            properties.as_object().unwrap().keys().map(String::as_str).collect();
        let of_level = PROPERTIES.iter().filter(|one| one.level == level);
        let mut expected: Vec<&str> = of_level.map(|one| one.name).collect();
        listed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(listed, expected, "{definition}");
        let closed = profile.pointer(&format!("/$defs/{definition}/additionalProperties"));
        assert_eq!(closed, Some(&json!(false)), "{definition}");
    }
}

/// A judge written in Python, where its libraries can be had.
fn judge(script: &str, arguments: &[&str]) {
    let script = root().join("tests/judges").join(script);
    let Ok(output) = std::process::Command::new("python3").arg(script).args(arguments).output()
    else {
        eprintln!("skipped: there is no python3 here");
        return;
    };
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) {
        eprintln!("skipped: {said}");
        return;
    }
    assert!(output.status.success(), "{said}");
}

/// Every descriptor that we read is right under the published profile, as another program judges.
#[test]
fn descriptors_are_right_under_the_profile() {
    judge("descriptors.py", &[]);
}

/// Cells and reports are judged as frictionless-py judges them, save where docs/schema.md says why
/// not.
#[test]
fn cells_and_reports_agree_with_frictionless() {
    judge("frictionless_cases.py", &[env!("CARGO_BIN_EXE_handover")]);
}

/// A right value of a property that is noted as unsupported.
fn right_value(property: &Property) -> Value {
    match (property.level, property.name) {
        (Level::HandoverResource, "severity") => json!({"primaryKey": "warning"}),
        (Level::HandoverResource, "deleted") => json!({"flag": "1"}),
        (Level::HandoverResource, "references") => json!([]),
        (Level::HandoverField, "severity") => json!({"maxLength": "warning"}),
        (Level::HandoverField, "nullReferences") => json!(["1900-01-01"]),
        (Level::HandoverField, "requiredUnlessDeleted") => json!(true),
        (Level::HandoverForeignKey, "severity") => json!("warning"),
        _ => json!({}),
    }
}

fn notes(descriptor: &Value) -> Vec<(String, String, Option<usize>)> {
    let schema = descriptor::read(descriptor.to_string().as_bytes()).unwrap();
    let notes = schema.unsupported.into_iter();
    notes.map(|one| (one.pointer, one.effect, one.resource)).collect()
}

#[test]
fn what_is_documented_as_unsupported_is_noted() {
    for property in PROPERTIES {
        let Treatment::Unsupported(effect) = property.treatment else { continue };
        let mut without = sound();
        members(&mut without, property.level).remove(property.name);
        let mut with = without.clone();
        members(&mut with, property.level).insert(property.name.into(), right_value(property));
        if property.name == "data" {
            members(&mut with, property.level).remove("path");
        }
        let mut found = notes(&with);
        for known in notes(&without) {
            found.retain(|one| *one != known);
        }
        let place = format!("{}/{}", pointer(property.level), property.name);
        let of_package = [Level::Package, Level::HandoverPackage, Level::Dates];
        let within = !of_package.contains(&property.level);
        assert_eq!(found, [(place, effect.to_owned(), within.then_some(0))], "{}", property.name);
    }
}

/// Extra properties are the author's own, except where every name asks for a check; a name that is
/// the standard's but for case and separators is noted.
#[test]
fn extra_properties_are_noted_where_they_matter() {
    let effects = |descriptor: &Value| {
        let mut found = notes(descriptor);
        for known in notes(&sound()) {
            found.retain(|one| *one != known);
        }
        found.into_iter().map(|(_, effect, _)| effect).collect::<Vec<_>>()
    };
    let levels: BTreeMap<&str, Level> =
        PROPERTIES.iter().map(|one| (one.level.title(), one.level)).collect();
    assert!(levels.len() > 20);
    for level in levels.into_values() {
        let mut descriptor = sound();
        members(&mut descriptor, level).insert("colour".into(), json!("blue"));
        let expected: &[&str] = match level.closed() {
            true => &["unknown property \"colour\": it is not used"],
            false => &[],
        };
        assert_eq!(effects(&descriptor), expected, "{}", level.title());
    }
    for (level, name, effect) in [
        (Level::Field, "required", "ignored here: it belongs into \"constraints\""),
        (Level::Resource, "primaryKey", "ignored here: it belongs into \"schema\""),
        (Level::Resource, "delimiter", "ignored here: it belongs into \"dialect\""),
    ] {
        let mut descriptor = sound();
        members(&mut descriptor, level).insert(name.into(), json!(true));
        assert_eq!(effects(&descriptor), [effect]);
    }
    let mut descriptor = sound();
    members(&mut descriptor, Level::Schema).insert("primary_key".into(), json!("id"));
    members(&mut descriptor, Level::Constraints).insert("maxLenght".into(), json!(3));
    assert_eq!(
        effects(&descriptor),
        [
            "ignored: the name of the standard is \"primaryKey\"",
            "unknown property \"maxLenght\": it is not used; did you mean \"maxLength\"?"
        ]
    );
}

/// The carried schema against the documentation, read here by another program than the one that
/// wrote it.
#[test]
fn omop_is_what_its_documentation_says() {
    let schema = carried::find("omop-cdm-5.4").unwrap().schema().unwrap();
    let path = root().join("fixtures/omop/OMOP_CDMv5.4_Field_Level.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let mut documented: Vec<(String, Vec<csv::StringRecord>)> = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let table = record[column("cdmTableName")].to_owned();
        match documented.last_mut().filter(|(name, _)| *name == table) {
            Some((_, rows)) => rows.push(record),
            None => documented.push((table, vec![record])),
        }
    }
    assert_eq!(schema.resources.len(), documented.len());
    let mut references = 0;
    for (resource, (name, rows)) in schema.resources.iter().zip(&documented) {
        let table = resource.table.as_ref().unwrap();
        assert_eq!(&resource.name, name);
        assert_eq!(resource.paths, [format!("{}.csv", name.to_uppercase())]);
        assert_eq!(table.fields.len(), rows.len(), "{name}");
        let mut primary = Vec::new();
        let mut foreign = Vec::new();
        for (index, (field, row)) in table.fields.iter().zip(rows).enumerate() {
            let place = format!("{name}.{}", field.name);
            assert_eq!(field.name, row[column("cdmFieldName")].trim_matches('"'));
            assert_eq!(field.constraints.required, &row[column("isRequired")] == "Yes", "{place}");
            let (kind, length) = match row[column("cdmDatatype")].to_lowercase() {
                kind if kind.starts_with("varchar(") => {
                    ("string", kind[8..kind.len() - 1].parse().ok())
                }
                kind if kind == "float" => ("number", None),
                kind => (
                    ["integer", "date", "datetime"].into_iter().find(|one| *one == kind).unwrap(),
                    None,
                ),
            };
            assert_eq!(
                (field.kind.name(), field.constraints.max_length),
                (kind, length),
                "{place}"
            );
            assert!(field.sensitivity.is_some(), "{place}");
            if &row[column("isPrimaryKey")] == "Yes" {
                primary.push(index);
            }
            if &row[column("isForeignKey")] == "Yes" {
                let target = row[column("fkTableName")].to_lowercase();
                foreign.push((vec![index], target, row[column("fkFieldName")].to_lowercase()));
            }
        }
        assert_eq!(table.primary_key, primary, "{name}");
        let found: Vec<_> = table
            .foreign_keys
            .iter()
            .map(|key| {
                let target = &schema.resources[key.resource];
                let field = &target.table.as_ref().unwrap().fields[key.reference[0]];
                (key.fields.clone(), target.name.clone(), field.name.clone())
            })
            .collect();
        assert_eq!(found, foreign, "{name}");
        references += found.len();
    }
    assert_eq!(references, 176);
}

/// The delivered extract is recognised by names and headers, and its datetimes have the form that
/// the descriptor guesses.
#[test]
fn the_delivered_omop_extract_is_recognised() {
    let file = std::fs::File::open(root().join("fixtures/omop/omop-synthea27nj-5.4.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut headers = Vec::new();
    let mut person = String::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.starts_with("__MACOSX") || !name.ends_with(".csv") {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let labels: Vec<String> =
            text.lines().next().unwrap().split(',').map(str::to_owned).collect();
        if name == "PERSON.csv" {
            person = text;
        }
        headers.push((name, labels));
    }
    let (found, schema) = recognise::recognise(&headers).unwrap().unwrap();
    assert_eq!(found.certainty, recognise::Certainty::Certain);
    assert_eq!((found.files_alike, found.files), (39, 39));

    let field = &schema.resources[0].table.as_ref().unwrap().fields[5];
    assert_eq!(field.name, "birth_datetime");
    assert!(matches!(field.kind, Type::Datetime(_)));
    let born: Vec<_> = person.lines().skip(1).map(|row| row.split(',').nth(5).unwrap()).collect();
    assert_eq!(born.len(), 28);
    assert!(born.iter().all(|cell| field.kind.accepts(cell)));
}
