//! The generator of synthetic extracts, and the extract made by it that is kept in fixtures/.
//!
//! What is claimed of an extract (keys are unique, references resolve, identifiers are valid) is
//! judged here with the csv crate and plain sets, not with our own reader.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "../../examples/generate/synthetic/mod.rs"]
pub mod synthetic;

use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use synthetic::Options;
use synthetic::flaws::{Flaw, Planted};
use synthetic::record::Quoting;

const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/extracts/emis-small");

fn options(size: u64, quoting: Quoting) -> Options {
    Options { size, seed: 1, quoting, deletes: 0, flaws: Vec::new() }
}

fn made(options: &Options) -> (tempfile::TempDir, Vec<Planted>) {
    let folder = tempfile::tempdir().unwrap();
    let planted = synthetic::write(options, folder.path()).unwrap();
    (folder, planted)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// One table: its labels and rows, and what the descriptor declares.
struct Table {
    declared: Value,
    labels: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn place(&self, field: &str) -> usize {
        self.labels.iter().position(|label| label == field).unwrap()
    }

    /// The cells of some fields, row by row.
    fn cells(&self, fields: &[&str]) -> Vec<Vec<&str>> {
        let places: Vec<usize> = fields.iter().map(|field| self.place(field)).collect();
        self.rows.iter().map(|row| places.iter().map(|p| row[*p].as_str()).collect()).collect()
    }

    fn column(&self, field: &str) -> Vec<&str> {
        let place = self.place(field);
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    /// One field by another.
    fn map(&self, from: &str, to: &str) -> BTreeMap<&str, &str> {
        self.column(from).into_iter().zip(self.column(to)).collect()
    }
}

fn load(folder: &Path) -> BTreeMap<String, Table> {
    let descriptor: Value =
        serde_json::from_slice(&fs::read(folder.join("datapackage.json")).unwrap()).unwrap();
    let mut tables = BTreeMap::new();
    for resource in descriptor["resources"].as_array().unwrap() {
        let path = folder.join(resource["path"].as_str().unwrap());
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let labels = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let title = resource["title"].as_str().unwrap().to_owned();
        tables.insert(title, Table { declared: resource.clone(), labels, rows });
    }
    tables
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().map(|item| item.as_str().unwrap()).collect(),
        _ => Vec::new(),
    }
}

fn mod_11_holds(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().map(|c| c.to_digit(10).unwrap()).collect();
    let sum: u32 = (2..=10).rev().zip(&digits).map(|(weight, digit)| weight * digit).sum();
    digits.len() == 10 && (11 - sum % 11) % 11 == digits[9] && number.starts_with("999")
}

/// A declared field with its pattern and the form of its type compiled.
struct Judge<'a> {
    field: &'a Value,
    name: &'a str,
    form: Regex,
    pattern: Option<Regex>,
    choices: Vec<&'a str>,
}

impl<'a> Judge<'a> {
    fn new(field: &'a Value) -> Self {
        let form = match field["type"].as_str().unwrap() {
            "string" => "(?s).*",
            "integer" => "-?[0-9]+",
            "number" => r"[0-9]+(\.[0-9]+)?",
            "boolean" => "true|false",
            "date" => "[0-9]{4}-[0-9]{2}-[0-9]{2}",
            "time" => "[0-9]{2}:[0-9]{2}:[0-9]{2}",
            "datetime" => "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
            other => panic!("{other}"),
        };
        let whole = |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).unwrap();
        Self {
            field,
            name: field["name"].as_str().unwrap(),
            form: whole(form),
            pattern: field["constraints"]["pattern"].as_str().map(whole),
            choices: strings(&field["constraints"]["enum"]),
        }
    }

    fn accepts(&self, cell: &str) -> bool {
        let constraints = &self.field["constraints"];
        if cell.is_empty() {
            return constraints["required"].is_null();
        }
        let number = || cell.parse::<i64>().unwrap();
        let calendar = match self.field["type"].as_str().unwrap() {
            "date" => cell.parse::<jiff::civil::Date>().is_ok(),
            "time" => cell.parse::<jiff::civil::Time>().is_ok(),
            "datetime" => cell.parse::<jiff::civil::DateTime>().is_ok(),
            _ => true,
        };
        calendar
            && self.form.is_match(cell)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(cell))
            && (self.choices.is_empty() || self.choices.contains(&cell))
            && constraints["maxLength"].as_u64().is_none_or(|m| cell.chars().count() as u64 <= m)
            && constraints["minimum"].as_i64().is_none_or(|least| number() >= least)
            && constraints["maximum"].as_i64().is_none_or(|most| number() <= most)
    }
}

/// Everything that the descriptor declares, judged naively.
fn is_sound(folder: &Path) {
    let tables = load(folder);
    assert_eq!(tables.len(), 21);
    for (title, table) in &tables {
        assert!(table.rows.len() >= 3, "{title} has {} rows", table.rows.len());
        let schema = &table.declared["schema"];
        let judges: Vec<Judge<'_>> =
            schema["fields"].as_array().unwrap().iter().map(Judge::new).collect();
        let declared: Vec<&str> = judges.iter().map(|judge| judge.name).collect();
        assert_eq!(table.labels, declared, "{title}");
        for row in &table.rows {
            for (judge, cell) in judges.iter().zip(row) {
                assert!(judge.accepts(cell), "{title}.{}: {cell:?}", judge.name);
            }
        }
        let key = strings(&schema["primaryKey"]);
        if !key.is_empty() {
            let cells = table.cells(&key);
            let different: BTreeSet<&Vec<&str>> = cells.iter().collect();
            assert_eq!(different.len(), cells.len(), "{title}: a key stands twice");
            assert!(cells.iter().flatten().all(|cell| !cell.is_empty()), "{title}");
        }
        for reference in schema["foreignKeys"].as_array().unwrap_or(&Vec::new()) {
            let to = reference["reference"]["resource"].as_str().unwrap();
            let parent = tables
                .iter()
                .find(|(name, _)| name.to_lowercase() == to)
                .map_or(table, |(_, parent)| parent);
            let known: BTreeSet<Vec<&str>> =
                parent.cells(&strings(&reference["reference"]["fields"])).into_iter().collect();
            let mut resolved = 0;
            for cells in table.cells(&strings(&reference["fields"])) {
                if cells.iter().all(|cell| !cell.is_empty()) {
                    assert!(known.contains(&cells), "{title}: {reference} {cells:?}");
                    resolved += 1;
                }
            }
            assert!(resolved > 0 || table.rows.len() < 30, "{title}: {reference} is never used");
        }
    }
    let numbers: Vec<&str> =
        tables["Admin_Patient"].column("NhsNumber").into_iter().filter(|n| !n.is_empty()).collect();
    assert!(numbers.iter().all(|number| mod_11_holds(number)));
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
}

#[test]
fn the_small_extract_is_what_the_generator_makes() {
    let (folder, _) = made(&options(75_000, Quoting::Minimal));
    let (kept, new) = (files(Path::new(SMALL)), files(folder.path()));
    let names = |files: &[PathBuf]| files.iter().map(|file| name(file)).collect::<Vec<_>>();
    assert_eq!(names(&kept), names(&new));
    let mut total = 0;
    for (kept, new) in kept.iter().zip(&new) {
        let (kept_bytes, new_bytes) = (fs::read(kept).unwrap(), fs::read(new).unwrap());
        assert!(kept_bytes == new_bytes, "{} differs", name(kept));
        total += kept_bytes.len();
    }
    assert!(total <= 150_000, "{total} bytes");
}

#[test]
fn the_small_extract_is_sound() {
    is_sound(Path::new(SMALL));
}

#[test]
fn larger_extracts_are_sound() {
    for (seed, quoting, deletes) in [(1, Quoting::All, 0), (7, Quoting::Minimal, 40)] {
        let (folder, _) = made(&Options { seed, deletes, ..options(1_500_000, quoting) });
        is_sound(folder.path());
    }
}

#[test]
fn free_text_and_dates_are_awkward() {
    let (folder, _) = made(&options(1_500_000, Quoting::Minimal));
    let all: String =
        files(folder.path()).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for part in [
        "\"\"",
        "£",
        "é",
        "“",
        "\r\n- bloods",
        "dictated.\nCopy",
        "2024-02-29",
        "2024-03-31",
        "2024-10-27",
    ] {
        assert!(all.contains(part), "{part:?}");
    }
    let tables = load(folder.path());
    let undated =
        tables["CareRecord_Observation"].cells(&["EffectiveDate", "EffectiveDatePrecision"]);
    assert!(undated.iter().any(|row| row[0].is_empty() && row[1] == "U"));
    assert!(undated.iter().all(|row| row[0].is_empty() == (row[1] == "U")));
}

/// A row's patient is the patient of every row that it refers to: else its attribution is in doubt.
#[test]
fn references_stay_within_one_patient() {
    let (folder, _) = made(&options(1_500_000, Quoting::Minimal));
    let tables = load(folder.path());
    let owners = |table: &str, key: &str| tables[table].map(key, "PatientGuid");
    let observations = owners("CareRecord_Observation", "ObservationGuid");
    let consultations = owners("CareRecord_Consultation", "ConsultationGuid");
    let slots = owners("Appointment_Slot", "SlotGuid");
    let drugs = owners("Prescribing_DrugRecord", "DrugRecordGuid");
    for (table, field, to) in [
        ("CareRecord_Observation", "ConsultationGuid", &consultations),
        ("CareRecord_Observation", "ParentObservationGuid", &observations),
        ("CareRecord_Observation", "ProblemGuid", &observations),
        ("CareRecord_Problem", "ObservationGuid", &observations),
        ("CareRecord_Problem", "ParentProblemObservationGuid", &observations),
        ("CareRecord_ObservationReferral", "ObservationGuid", &observations),
        ("CareRecord_Diary", "ConsultationGuid", &consultations),
        ("CareRecord_Consultation", "AppointmentSlotGuid", &slots),
        ("Prescribing_DrugRecord", "ProblemObservationGuid", &observations),
        ("Prescribing_IssueRecord", "DrugRecordGuid", &drugs),
        ("Prescribing_IssueRecord", "ProblemObservationGuid", &observations),
        ("Prescribing_IssueRecord", "ConsultationGuid", &consultations),
    ] {
        let mut met = 0;
        for row in tables[table].cells(&[field, "PatientGuid"]) {
            if !row[0].is_empty() {
                assert_eq!(to[row[0]], row[1], "{table}.{field}");
                met += 1;
            }
        }
        assert!(met > 0, "{table}.{field}");
    }
}

#[test]
fn the_audit_trail_names_rows_in_order() {
    let (folder, _) = made(&options(1_500_000, Quoting::Minimal));
    let tables = load(folder.path());
    let items = BTreeMap::from([
        ("Consultation", tables["CareRecord_Consultation"].map("ConsultationGuid", "PatientGuid")),
        ("Observation", tables["CareRecord_Observation"].map("ObservationGuid", "PatientGuid")),
        ("Problem", tables["CareRecord_Problem"].map("ObservationGuid", "PatientGuid")),
        (
            "Referral",
            tables["CareRecord_ObservationReferral"].map("ObservationGuid", "PatientGuid"),
        ),
        ("Diary", tables["CareRecord_Diary"].map("DiaryGuid", "PatientGuid")),
        ("DrugRecord", tables["Prescribing_DrugRecord"].map("DrugRecordGuid", "PatientGuid")),
        ("IssueRecord", tables["Prescribing_IssueRecord"].map("IssueRecordGuid", "PatientGuid")),
        ("AppointmentSlot", tables["Appointment_Slot"].map("SlotGuid", "PatientGuid")),
    ]);
    let mut met = BTreeSet::new();
    let audit = &tables["Audit_PatientAudit"];
    for row in audit.cells(&["ItemType", "ItemGuid", "PatientGuid"]) {
        assert_eq!(items[row[0]].get(row[1]), Some(&row[2]), "{row:?}");
        met.insert(row[0]);
    }
    assert_eq!(met.len(), items.len(), "{met:?}");
    for table in [audit, &tables["Audit_RegistrationAudit"]] {
        let times = table.cells(&["ModifiedDate", "ModifiedTime"]);
        assert!(times.is_sorted());
        let numbers: Vec<u64> =
            table.column("ProcessingId").iter().map(|cell| cell.parse().unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }
}

#[test]
fn the_quoting_changes_no_cell() {
    let (minimal, _) = made(&options(100_000, Quoting::Minimal));
    // The same rows in another flavour are longer: take the size that gives the same number.
    let plain = load(minimal.path());
    let (all, _) = made(&options(118_000, Quoting::All));
    let full = load(all.path());
    let (fewer, more) = (&plain["Coding_DrugCode"], &full["Coding_DrugCode"]);
    let common = fewer.rows.len().min(more.rows.len());
    assert!(common >= 6);
    assert_eq!(fewer.rows[..common], more.rows[..common]);
    for file in files(all.path()).iter().filter(|file| name(file).ends_with(".csv")) {
        let bytes = fs::read(file).unwrap();
        assert!(bytes.starts_with(b"\"") && bytes.ends_with(b"\"\r\n"), "{}", name(file));
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains(",,") && !text.contains("\",,"), "{}", name(file));
    }
}

#[test]
fn sizes_are_met() {
    for (size, quoting) in
        [(60_000, Quoting::Minimal), (400_000, Quoting::All), (9_000_000, Quoting::Minimal)]
    {
        let (folder, _) = made(&options(size, quoting));
        let csv = files(folder.path()).into_iter().filter(|file| name(file).ends_with(".csv"));
        let total: u64 = csv.map(|file| fs::metadata(file).unwrap().len()).sum();
        assert!(total >= size - size / 33 && total <= size + size / 50, "{total} for {size}");
    }
}

#[test]
fn nhs_numbers_are_valid_and_differ() {
    for seed in [1, 2, 12_345] {
        let last = synthetic::keys::NHS_NUMBERS;
        let numbers: BTreeSet<String> = (0..40_000)
            .chain(last - 40_000..last)
            .map(|index| {
                String::from_utf8(synthetic::keys::nhs_number(seed, index).to_vec()).unwrap()
            })
            .collect();
        assert_eq!(numbers.len(), 80_000);
        assert!(numbers.iter().all(|number| mod_11_holds(number)));
        assert!(!numbers.contains("9999999999"));
    }
}

#[test]
fn code_identifiers_have_their_check_digit() {
    // A published identifier of the same namespace, whose check digit is known to hold.
    assert_eq!(synthetic::keys::description(177_754, 1_000_006), 1_777_541_000_006_114);
}

/// Every flaw: what it is planted with, and the cell or label that must then be found.
#[test]
fn flaws_are_planted_where_the_list_says() {
    let table = "CareRecord_Observation";
    let flaws = [
        ("type-error@CareRecord_Observation:5:EnteredDate", "2023-02-29"),
        ("constraint-error@CareRecord_Observation:5:EffectiveDatePrecision", "Unheard of"),
        ("missing-cell@CareRecord_Observation:6", ""),
        ("extra-cell@CareRecord_Observation:7", "surplus"),
        ("primary-key@CareRecord_Observation:8", ""),
        ("foreign-key@CareRecord_Observation:9:CodeId", ""),
        ("stray-quote@CareRecord_Observation:10:Qualifiers", "size 5\" gauze"),
        ("unclosed-quote@CareRecord_Observation:11:Qualifiers", "\"not closed"),
        ("blank-row@CareRecord_Observation:12", ""),
        ("encoding-error@CareRecord_Observation:13:Qualifiers", ""),
        ("extra-label@CareRecord_Observation", "LocalReference"),
        ("incorrect-label@CareRecord_Observation:1:Qualifiers", "OldQualifiers"),
        ("missing-file@CareRecord_Observation", ""),
    ];
    let (clean, _) = made(&options(75_000, Quoting::Minimal));
    for (text, found) in flaws {
        let flaw: Flaw = text.parse().unwrap();
        let spoilt = Options { flaws: vec![flaw], ..options(75_000, Quoting::Minimal) };
        let (folder, planted) = made(&spoilt);
        let [planted] = planted.as_slice() else { panic!("{text}: {} planted", planted.len()) };
        assert_eq!(planted.code, text.split('@').next().unwrap());
        assert!(planted.file.contains(&format!("_{table}_")));
        for file in files(clean.path()) {
            let other = folder.path().join(name(&file));
            if name(&file) != planted.file {
                assert!(fs::read(&file).unwrap() == fs::read(&other).unwrap(), "{text}");
            }
        }
        if planted.code == "missing-file" {
            assert!(!folder.path().join(&planted.file).exists());
            continue;
        }
        let before = fs::read(clean.path().join(&planted.file)).unwrap();
        let after = fs::read(folder.path().join(&planted.file)).unwrap();
        assert!(before != after, "{text}");
        let at = usize::try_from(planted.byte.unwrap()).unwrap();
        assert!(before[..at] == after[..at] || planted.code == "extra-label", "{text}");
        // The record at that byte is the one named, by rows and by lines.
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&after[..at]);
        assert_eq!(reader.byte_records().count() as u64 + 1, planted.row.unwrap(), "{text}");
        let lines = after[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        assert_eq!(lines, planted.line.unwrap(), "{text}");
        let wanted = if planted.code == "encoding-error" {
            b"caf\xE9".to_vec()
        } else {
            found.as_bytes().to_vec()
        };
        let first = after[at..].split(|byte| *byte == b'\n').next().unwrap();
        if !wanted.is_empty() {
            let there = first.windows(wanted.len()).any(|window| window == wanted);
            assert!(there, "{text}: {}", String::from_utf8_lossy(first));
        }
        match planted.code {
            "blank-row" => assert_eq!(first, b"\r"),
            "encoding-error" => assert!(std::str::from_utf8(&after).is_err()),
            "primary-key" => assert!(before[at..] == after[at + first.len() + 1..]),
            "missing-cell" => assert_eq!(planted.field, "ProcessingId"),
            "foreign-key" => assert_eq!(planted.detail, "Coding_ClinicalCode"),
            _ => {}
        }
    }
}

#[test]
fn flaws_that_would_cause_others_are_refused() {
    for text in [
        "type-error@Admin_Patient:2:PatientGuid",
        "type-error@CareRecord_Observation:2:CodeId",
        "constraint-error@Admin_Patient:2:OrganisationGuid",
        "constraint-error@CareRecord_Observation:5:ConsultationGuid",
        "foreign-key@CareRecord_Observation:2:OrganisationGuid",
        "primary-key@Audit_PatientAudit:3",
        "primary-key@Admin_Patient:2",
        "blank-row@Admin_Patient:1",
        "blank-row@Admin_Patient:4:Sex",
        "no-such-code@Admin_Patient:4",
        "blank-row@Nobody:4",
        "type-error@Admin_Patient:x",
        "type-error",
    ] {
        assert!(text.parse::<Flaw>().is_err(), "{text}");
    }
    let beyond = "blank-row@Admin_Patient:4000".parse().unwrap();
    let options = Options { flaws: vec![beyond], ..options(60_000, Quoting::Minimal) };
    let folder = tempfile::tempdir().unwrap();
    assert!(synthetic::write(&options, folder.path()).is_err());
    assert!(synthetic::write(&options, folder.path()).is_err(), "the folder is not empty");
}
