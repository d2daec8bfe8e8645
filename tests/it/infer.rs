//! What `schema infer` concludes from extracts whose true schema is known.

use crate::support::{copy, emis_small, folder, names, root, run};
use crate::systems::{as_version, kept, make};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// A key: file and fields. A reference: the fields on both sides, and the file referred to.
type Key = (String, BTreeSet<String>);
type Reference = (String, BTreeSet<(String, String)>, String);

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().into()).collect(),
        Value::String(one) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// The file of each resource of a descriptor that is in the extract, without what is different in
/// each delivery; and the keys and references between these. A field is told by its place where the
/// file has no header. References of some rows only are references too.
fn relations(descriptor: &Value, extract: &Path) -> (Vec<Key>, Vec<Reference>) {
    let resources = descriptor["resources"].as_array().unwrap();
    let files = names(extract);
    let file_of = |resource: &Value| {
        let pattern = resource["handover"]["filePattern"].as_str();
        let pattern = pattern.map(|p| regex::Regex::new(&format!("(?i)^(?:{p})$")).unwrap());
        let paths = strings(&resource["path"]);
        let is_own = |file: &&String| match &pattern {
            Some(pattern) => pattern.is_match(file),
            None => paths.contains(file),
        };
        let word = |part: &&str| part.chars().all(char::is_alphabetic) && !part.is_empty();
        let short = |file: &String| {
            let stem = file.rsplit_once('.').unwrap().0;
            let words: Vec<&str> = stem.split(['_', '-']).filter(word).collect();
            words.join("_").trim_start_matches("FULL_").replace("_data_extract", "")
        };
        files.iter().find(is_own).map(short)
    };
    let of: BTreeMap<&str, (&Value, Option<String>)> = resources
        .iter()
        .map(|resource| (resource["name"].as_str().unwrap(), (resource, file_of(resource))))
        .collect();
    let place = |resource: &Value, field: String| {
        if resource["dialect"]["header"] != false {
            return field;
        }
        let fields = resource["schema"]["fields"].as_array().unwrap();
        let at = fields.iter().position(|one| one["name"] == field.as_str()).unwrap();
        format!("field{}", at + 1)
    };
    let (mut keys, mut references) = (Vec::new(), Vec::new());
    for (name, (resource, file)) in &of {
        let Some(file) = file else { continue };
        let schema = &resource["schema"];
        let primary = strings(&schema["primaryKey"]);
        if !primary.is_empty() {
            keys.push((file.clone(), primary.into_iter().map(|f| place(resource, f)).collect()));
        }
        let always = schema["foreignKeys"].as_array().into_iter().flatten();
        let sometimes = resource["handover"]["references"].as_array().into_iter().flatten();
        for key in always.chain(sometimes) {
            let target = key["reference"]["resource"].as_str().filter(|name| !name.is_empty());
            let (target, Some(to)) = &of[target.unwrap_or(name)] else { continue };
            let fields = strings(&key["fields"]).into_iter().map(|f| place(resource, f));
            let others = strings(&key["reference"]["fields"]).into_iter().map(|f| place(target, f));
            references.push((file.clone(), fields.zip(others).collect(), to.clone()));
        }
    }
    (keys, references)
}

/// What of the truth is found, declared and not found, found and not declared. A key of fewer fields
/// says more than a declared one, and so does a reference.
struct Compared {
    keys: usize,
    references: usize,
    missed: Vec<String>,
    more: Vec<String>,
}

fn compared(truth: &Value, found: &Value, extract: &Path) -> Compared {
    let (true_keys, true_references) = relations(truth, extract);
    let (keys, references) = relations(found, extract);
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
    more.extend(
        references
            .iter()
            .filter(|f| !true_references.iter().any(|t| covers_too(f, t)))
            .map(shown_too),
    );
    Compared { keys: true_keys.len(), references: true_references.len(), missed, more }
}

fn carried(name: &str) -> Value {
    let path = root().join("schemas").join(name).join("datapackage.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Infers from an extract of a carried schema, checks with the result, and compares.
fn against(schema: &str, extract: &Path) -> Compared {
    let (found, told) = inferred(extract);
    let compared = compared(&carried(schema), &found, extract);
    if !compared.missed.is_empty() {
        println!("{told}");
    }
    compared
}

/// Each synthetic extract: every key and reference of the true schema is found, and which are found
/// beyond them.
#[test]
fn the_relations_of_each_system_are_found() {
    let nothing: &[&str] = &[];
    for (name, counts, missed, more) in [
        // Each item type has too few rows here to be listed: see the larger extract below.
        (
            "emis-web-8.2",
            (18, 78),
            &[
                "Audit_PatientAudit ItemGuid+OrganisationGuid -> CareRecord_Consultation",
                "Audit_PatientAudit ItemGuid+OrganisationGuid -> CareRecord_Diary",
                "Audit_PatientAudit ItemGuid+OrganisationGuid -> CareRecord_Observation",
                "Audit_PatientAudit ItemGuid+OrganisationGuid -> Prescribing_DrugRecord",
                "Audit_PatientAudit ItemGuid+OrganisationGuid -> Prescribing_IssueRecord",
            ][..],
            // By its name: the column is empty.
            &["Appointment_Slot ExternalPatientGuid -> Admin_Patient"][..],
        ),
        ("tpp-sre-93", (36, 172), nothing, nothing),
        ("vision-0.18", (6, 14), nothing, nothing),
    ] {
        let compared = against(name, &kept(&format!("valid-{name}")));
        assert_eq!((compared.keys, compared.references), counts, "{name}");
        assert_eq!(compared.missed, missed, "{name}");
        assert_eq!(compared.more, more, "{name}");
    }
}

/// Larger extracts, of all tables of TPP, and of every version of EMIS Web: nothing is missed.
#[test]
fn the_relations_of_larger_extracts_are_found() {
    let nothing: &[&str] = &[];
    for (name, counts, more) in [
        // True, though not declared.
        (
            "emis-web-8.2",
            (18, 78),
            &[
                "Audit_PatientAudit ItemGuid -> Appointment_Slot",
                "Audit_PatientAudit ItemGuid -> CareRecord_ObservationReferral",
                "Audit_PatientAudit ItemGuid -> CareRecord_Problem",
            ][..],
        ),
        // True keys, which the carried schema does not declare.
        ("tpp-sre-93", (166, 836), &["SRFreeText RowIdentifier", "SRManifest FileName"]),
        ("vision-0.18", (6, 14), nothing),
    ] {
        let place = tempfile::tempdir().unwrap();
        // Each type of an item must have been of ten patients.
        let size = if name.starts_with("emis") { 4_000_000 } else { 2_000_000 };
        make(&format!("valid-{name}"), size, 7, place.path());
        let compared = against(name, place.path());
        assert_eq!((compared.keys, compared.references), counts, "{name}");
        assert_eq!(compared.missed, nothing, "{name}");
        assert_eq!(compared.more, more, "{name}");
    }
}

#[test]
fn the_relations_of_every_version_of_emis_web_are_found() {
    for (version, schema) in [("5.4", "emis-web-5.4"), ("7.1", "emis-web-7.1")] {
        let place = tempfile::tempdir().unwrap();
        as_version(version, place.path());
        let compared = against(schema, place.path());
        assert!(compared.keys >= 15 && compared.references > 50, "{version}");
        let missed = compared.missed.iter().filter(|one| !one.contains("ItemGuid"));
        assert_eq!(missed.collect::<Vec<_>>(), [""; 0], "{version}");
        assert!(compared.more.len() <= 2, "{version}: {:?}", compared.more);
    }
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
    let compared = compared(&truth, &found, place.path());
    assert_eq!(compared.missed, [""; 0], "{told}");
    // True, and implied by declared references of two fields; of two the columns are empty, and their
    // names say so.
    let expected = [
        "Admin_PatientHistory OrganisationGuid -> Admin_Organisation",
        "Appointment_Slot ExternalPatientGuid -> Admin_Patient",
        "Audit_PatientAudit OrganisationGuid -> Admin_Organisation",
        "Audit_RegistrationAudit OrganisationGuid -> Admin_Organisation",
        "CareRecord_ObservationReferral OrganisationGuid -> Admin_Organisation",
        "CareRecord_ObservationReferral ReferralSourceOrganisationGuid -> Admin_Organisation",
        "CareRecord_Problem OrganisationGuid -> Admin_Organisation",
    ];
    assert_eq!(compared.more, expected, "{told}");
}

/// What people do to columns: several forms of dates, words for nothing, padded numbers, codes.
/// What a file is written in makes no difference but that it is told, with a mark or without.
#[test]
fn utf_16() {
    let place = without_descriptor(&emis_small());
    let (mut expected, _) = inferred(place.path());
    type Way<'a> = (&'a str, &'a [u8], fn(u16) -> [u8; 2]);
    let ways: [Way<'_>; 4] = [
        ("utf-16", b"\xff\xfe", u16::to_le_bytes),
        ("utf-16", b"\xfe\xff", u16::to_be_bytes),
        ("utf-16le", b"", u16::to_le_bytes),
        ("utf-16be", b"", u16::to_be_bytes),
    ];
    for (encoding, mark, bytes) in ways {
        let other = tempfile::tempdir().unwrap();
        for name in names(place.path()) {
            let text = fs::read_to_string(place.path().join(&name)).unwrap();
            let text = text.encode_utf16().flat_map(bytes);
            let delivered: Vec<u8> = mark.iter().copied().chain(text).collect();
            fs::write(other.path().join(&name), delivered).unwrap();
        }
        let (found, _) = inferred(other.path());
        for resource in expected["resources"].as_array_mut().unwrap() {
            resource["encoding"] = encoding.into();
        }
        let resources = |descriptor: &Value| descriptor["resources"].clone();
        assert_eq!(resources(&found), resources(&expected), "{encoding} {mark:?}");
    }
}

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

/// A value of few patients stays where it is, however many rows it has; so do names under any label.
#[test]
fn values_of_few_patients_are_not_listed() {
    let patients: String = (1..=40).map(|id| format!("{id}\r\n")).collect();
    let mut events =
        String::from("EventID,PatientID,Status,Condition status,Reason,Consulting,Kind\r\n");
    for number in 0..400_u32 {
        let patient = 1 + number % 40;
        events += &format!(
            "{number},{patient},{},{},{},{},{}\r\n",
            if number % 2 == 0 { "Open" } else { "Shut" },
            // Nine patients, ninety rows.
            if patient < 10 { "Rarity" } else { "Common" },
            ["Patel", "Jones", "Okonkwo"][number as usize % 3],
            ["Okonkwo", "Featherstone"][number as usize % 2],
            ["First of all", "Second of all"][number as usize / 200],
        );
    }
    let place = folder(&[
        ("patient.csv", format!("PatientID\r\n{patients}").as_bytes()),
        ("event.csv", events.as_bytes()),
    ]);
    let (found, told) = inferred(place.path());
    let text = format!("{found}{told}");
    assert!(text.contains("\"Open\",\"Shut\""), "{text}");
    assert!(text.contains("First of all"), "{text}");
    for value in ["Rarity", "Common", "Patel", "Okonkwo", "Featherstone"] {
        assert!(!text.contains(value), "{value}: {text}");
    }
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
