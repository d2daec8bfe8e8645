//! What `schema infer` concludes from extracts whose true schema is known.

use crate::support::{copy, emis_small, folder, run};
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
    // The first are true, and implied by declared references of two fields; of the last two, the
    // columns are empty, and their names say so.
    let expected = [
        "admin_patienthistory OrganisationGuid -> admin_organisation",
        "appointment_slot ExternalPatientGuid -> admin_patient",
        "audit_patientaudit OrganisationGuid -> admin_organisation",
        "audit_registrationaudit OrganisationGuid -> admin_organisation",
        "carerecord_observationreferral OrganisationGuid -> admin_organisation",
        "carerecord_observationreferral ReferralSourceOrganisationGuid -> admin_organisation",
        "carerecord_problem OrganisationGuid -> admin_organisation",
    ];
    assert_eq!(more, expected, "{told}");
}

/// What people do to columns: several forms of dates, words for nothing, padded numbers, codes.
#[test]
fn columns_are_what_their_cells_are() {
    let mut rows = String::from(
        "id,iso,uk,us,unclear,mixed,many,day,at,flag,yes,code,padded,amount,gap,guid,surname,status,late\r\n",
    );
    for number in 1..=40_u32 {
        let day = 1 + number % 28;
        rows += &format!(
            "{number},2024-01-{day:02},{day:02}/01/2024,01/{day:02}/2024,0{}/0{}/2024,{},{},20240101,2024-01-{day:02} 10:00:00,{},{},{},{:05},{},{},0C88A469-BAE6-4616-903E-{number:012},Smith,{},{}\r\n",
            1 + number % 9,
            1 + number % 9,
            if number % 2 == 0 {
                format!("2024-01-{day:02}")
            } else {
                format!("{day:02} Jan 2024")
            },
            if number % 2 == 0 {
                format!("2024-01-{day:02}")
            } else {
                format!("{:02}/01/2024", 13 + number % 15)
            },
            if number % 3 == 0 { "true" } else { "false" },
            if number % 3 == 0 { "Y" } else { "N" },
            if number % 2 == 0 { "A" } else { "B" },
            number,
            f64::from(number) / 4.0 + 0.1,
            if number % 5 == 0 { "NULL".to_owned() } else { number.to_string() },
            if number <= 31 { "Open" } else { "Shut" },
            if number == 7 { "unknown".to_owned() } else { format!("2024-01-{day:02}") },
        );
    }
    let place = folder(&[("things.csv", rows.as_bytes())]);
    let (found, told) = inferred(place.path());
    let resource = &found["resources"][0];
    assert_eq!(resource["schema"]["primaryKey"], serde_json::json!(["id"]));
    let fields = resource["schema"]["fields"].as_array().unwrap();
    let of = |name: &str| {
        let field = fields.iter().find(|field| field["name"] == name).unwrap();
        format!("{} {}", field["type"].as_str().unwrap(), field["format"].as_str().unwrap_or("-"))
    };
    for (name, expected) in [
        ("id", "integer -"),
        ("iso", "date -"),
        ("uk", "date %d/%m/%Y"),
        ("us", "date %m/%d/%Y"),
        ("unclear", "date %d/%m/%Y"),
        ("day", "date %Y%m%d"),
        ("at", "datetime %Y-%m-%d %H:%M:%S"),
        ("flag", "boolean -"),
        ("yes", "boolean -"),
        ("padded", "string -"),
        ("amount", "number -"),
        ("gap", "integer -"),
        ("guid", "string uuid"),
        ("many", "string -"),
        ("late", "string -"),
    ] {
        assert_eq!(of(name), expected, "{name}");
    }
    let field = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    assert_eq!(field("gap")["missingValues"], serde_json::json!(["", "NULL"]));
    assert_eq!(field("code")["constraints"]["enum"], serde_json::json!(["A", "B"]));
    // Nine rows are too few, and a name is never listed.
    assert!(field("status")["constraints"].get("enum").is_none());
    assert!(field("surname")["constraints"].get("enum").is_none());
    for part in [
        "unclear: no cell tells whether the day or the month comes first",
        "mixed: dates in more than one form: %Y-%m-%d (20 cells), %d %b %Y (20 cells)",
        "many: dates in more than one form",
        "late: all but 1 of 40 cells are of the type date",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert!(!told.contains("Smith") && !found.to_string().contains("Smith"));
}

/// Parts of one file, Windows-1252 that shows late, no header, tabs, references to nothing as -1.
#[test]
fn files_are_what_they_are() {
    let mut events = String::new();
    let mut people = String::from("PersonID\tTown\r\n");
    for number in 100..160_u32 {
        people += &format!("{number}\tSomewhere\r\n");
        let person = if number % 10 == 0 { -1 } else { i64::from(number) };
        events += &format!("{number},{person},20240101,I\r\n");
    }
    let mut latin = people.into_bytes();
    latin.extend_from_slice(b"999\tCaf\xe9\r\n");
    let header = "EventID,PersonID,Day,Action\r\n";
    let place = folder(&[
        ("A81001_people_20240131.txt", &latin),
        ("A81001_event_1_20240131.txt", format!("{header}{events}").as_bytes()),
        ("A81001_event_2_20240131.txt", header.as_bytes()),
        ("readme.pdf", b"%PDF-1.4"),
    ]);
    let (found, told) = inferred(place.path());
    let resources = found["resources"].as_array().unwrap();
    let named = |name: &str| resources.iter().find(|one| one["name"] == name).unwrap();
    let people = named("people");
    assert_eq!(people["encoding"], "windows-1252");
    assert_eq!(people["dialect"]["delimiter"], "\t");
    assert_eq!(
        people["handover"]["filePattern"],
        "(?P<practice>[A-Z][0-9]{5})_people_(?P<date>[0-9]{8})\\.txt"
    );
    let event = named("event");
    assert!(event["handover"]["filePattern"].as_str().unwrap().contains("(?P<part>[0-9]+)"));
    assert_eq!(event["schema"]["foreignKeys"][0]["reference"]["resource"], "people");
    assert_eq!(event["schema"]["fields"][1]["missingValues"], serde_json::json!(["", "-1"]));
    assert!(told.contains("-1 is taken for no reference"), "{told}");
    assert!(told.contains("Files that are no tables: 1"), "{told}");
}

/// The result depends on the rows alone.
#[test]
fn the_same_extract_gives_the_same_descriptor() {
    let place = without_descriptor(&emis_small());
    let of = |jobs: &str| {
        let output = run(&[&"schema", &"infer", &place.path(), &"--jobs", &jobs]);
        (output.stdout, output.stderr)
    };
    assert!(of("1") == of("7"));
}
