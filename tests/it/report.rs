//! Reports of outcomes that are built here: what a reader sees, and what a program reads.

#![allow(clippy::unwrap_used)]

use handover::check::{File, Outcome, SchemaUsed, Task};
use handover::finding::catalogue::{CATALOGUE, Level};
use handover::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample, Severity};
use handover::report::text::Style;
use handover::report::{Report, Run, Samples, Verdict, json, text};
use serde_json::Value;

pub fn place(file: u32, row: u64) -> Place {
    Place { file: Some(file), row: Some(row), line: Some(row), byte: Some(row * 40) }
}

pub fn field(number: u32, name: &str) -> FieldRef {
    FieldRef { number, name: name.into() }
}

/// A group about a column of a resource, in its file of the same number.
pub fn cells(code: Code, resource: u32, name: &str, facts: Facts, occurrences: u64) -> Group {
    let mut group = Group::single(code, Some(resource), facts, place(resource, 17));
    group.fields = vec![field(3, name)];
    group.occurrences = occurrences;
    group.last = place(resource, 17 + occurrences - 1);
    group
}

pub fn reference(resource: &str, distinct: u64) -> Facts {
    Facts::Reference { resource: resource.into(), fields: vec!["concept_id".into()], distinct }
}

fn schema() -> Option<SchemaUsed> {
    Some(SchemaUsed {
        name: "omop-cdm-5.4".into(),
        version: Some("5.4".into()),
        sha512: "00".repeat(64),
        origin: "recognised: 39 of 39 file names and all headers".into(),
        versions: Vec::new(),
    })
}

/// Tables `table_0` … with a file and 1,000 rows each; nothing wrong.
pub fn clean(tables: u32) -> Outcome {
    let mut outcome = Outcome { schema: schema(), ..Outcome::default() };
    for at in 0..tables {
        outcome.files.push(File {
            shown: format!("data/TABLE_{at}.csv"),
            bytes: 40_000,
            digest: None,
            resource: Some(at),
        });
        outcome.tasks.push(Task {
            name: format!("table_{at}"),
            files: vec![at],
            kind: "table",
            labels: vec!["id".into(), "name".into(), "code".into()],
            bytes: 40_000,
            rows: 1_000,
            rows_expected: Some(1_000),
            fields: 3,
            groups: Vec::new(),
        });
    }
    outcome
}

/// 200 files and 3,000 groups of every code.
pub fn hopeless() -> Outcome {
    let mut outcome = clean(200);
    for at in 0..3_000_u32 {
        let code = CATALOGUE[at as usize % CATALOGUE.len()].code;
        let resource = at % 200;
        let name = format!("Column{}", at % 37);
        let facts = match at % 5 {
            0 => Facts::Type { expected: format!("date (%Y-%m-%d {at})") },
            1 => Facts::Constraint { name: "maxLength", limit: at.to_string() },
            2 => reference(&format!("table_{}", at % 90), 10),
            3 => Facts::Text("a word ".repeat(40)),
            _ => Facts::None,
        };
        let mut group = cells(code, resource, &name, facts, u64::from(at) * 1_003 + 1);
        group.suggestion = (at % 7 == 0).then(|| "set the format to that of the data".into());
        outcome.tasks[resource as usize].groups.push(group);
        outcome.gaps.push(Gap {
            resource: Some(resource),
            check: format!("references to table_{}", at % 90),
            reason: format!("the file data/TABLE_{}.csv is missing", at % 90),
        });
    }
    outcome
}

fn text_of(report: &Report<'_>, style: Style) -> String {
    let mut out = Vec::new();
    text::write(report, &mut out, style).unwrap();
    String::from_utf8(out).unwrap()
}

fn plain_text(outcome: &Outcome) -> String {
    text_of(&Report::new(outcome), Style::default())
}

fn json_text(report: &Report<'_>) -> String {
    let mut out = Vec::new();
    json::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json_of(report: &Report<'_>) -> Value {
    serde_json::from_str(&json_text(report)).unwrap()
}

#[test]
fn the_text_is_one_page_of_80_columns_however_bad_the_data() {
    let text = plain_text(&hopeless());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() < 60, "{} lines\n{text}", lines.len());
    // The page is used, not just cut short.
    assert!(lines.len() > 50, "{} lines\n{text}", lines.len());
    for line in &lines {
        assert!(line.chars().count() <= 80, "{line}");
        assert!(!line.ends_with(' '), "{line:?}");
    }
    assert!(lines[0].starts_with("NOT VALID: "), "{text}");
    assert!(lines[0].contains(" in 200 of 200 files"), "{text}");
    assert!(text.contains("more causes with "), "{text}");
    assert!(text.contains("Not checked: 3,000 checks were not made"), "{text}");
    assert!(text.contains("Next: handover explain "), "{text}");
}

#[test]
fn a_broken_file_comes_before_what_follows_from_it() {
    let mut outcome = clean(3);
    outcome.tasks[0].groups.push(cells(Code::UnclosedQuote, 0, "name", Facts::None, 1));
    let facts = Facts::Constraint { name: "required", limit: "true".into() };
    outcome.tasks[1].groups.push(cells(Code::ConstraintError, 1, "name", facts, 5_000));
    outcome.tasks[1].groups.push(cells(Code::SurroundingWhitespace, 1, "name", Facts::None, 9_000));
    let text = plain_text(&outcome);
    let at = |word: &str| text.find(word).unwrap();
    assert!(
        text.starts_with("NOT VALID: 5,001 errors in 2 of 3 files, 9,000 warnings\n"),
        "{text}"
    );
    assert!(at("(unclosed-quote)") < at("(constraint-error)"));
    assert!(at("(constraint-error)") < at("(surrounding-whitespace)"));
}

#[test]
pub fn references_to_one_table_are_one_cause() {
    let mut outcome = clean(20);
    for at in 1..16 {
        let group = cells(Code::ForeignKey, at, "code", reference("concept", 10), 1_000);
        outcome.tasks[at as usize].groups.push(group);
    }
    let person = cells(Code::ForeignKey, 2, "person_id", reference("person", 3), 7);
    outcome.tasks[2].groups.push(person);
    let text = plain_text(&outcome);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains(
            "1. ERROR: References to concept: 15 fields in 15 tables, 15,000 references, 150 \
             missing keys, counted per field (foreign-key)"
        ),
        "{text}"
    );
    assert!(flat.contains("and 12 more places, 12,000 times"), "{text}");
    assert!(
        flat.contains("2. ERROR: References to person: 7 references, 3 different missing keys"),
        "{text}"
    );
    assert_eq!(text.matches("Usually").count(), 1, "one code is explained once: {text}");
}

#[test]
fn a_wrong_format_through_many_tables_is_one_cause_with_its_forms() {
    let mut outcome = clean(3);
    for at in 0..3 {
        let facts = Facts::Type { expected: "date (default)".into() };
        let mut group = cells(Code::TypeError, at, "born", facts, 1_000);
        group.forms.insert("dd/mm/yyyy", 1_000);
        group.suggestion = Some("declare \"format\": \"%d/%m/%Y\"".into());
        outcome.tasks[at as usize].groups.push(group);
    }
    let text = plain_text(&outcome);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("expected date (default): 3 fields in 3 tables, 3,000 times"), "{text}");
    assert!(flat.contains("Found dd/mm/yyyy (3,000)"), "{text}");
    assert!(flat.contains("Hint declare \"format\": \"%d/%m/%Y\""), "{text}");
    assert!(!text.contains("\n2. "), "{text}");
}

#[test]
fn no_problems_are_found_only_where_everything_was_checked() {
    let mut outcome = clean(2);
    assert_eq!(Verdict::of(&outcome), Verdict::NoProblems);
    let text = plain_text(&outcome);
    assert!(text.starts_with("No problems found in 2 files, 2,000 rows\n"), "{text}");
    assert!(text.contains("handover package EXTRACT --schema omop-cdm-5.4"), "{text}");

    // What is only worth knowing is no problem.
    outcome.tasks[0].groups.push(cells(Code::AlwaysEmpty, 0, "name", Facts::None, 1));
    assert!(plain_text(&outcome).starts_with("No problems found"));

    let gap = Gap { resource: None, check: "rules".into(), reason: "not supported".into() };
    outcome.gaps.push(gap);
    let text = plain_text(&outcome);
    assert!(text.starts_with("Valid as far as it was checked\n"), "{text}");
    assert!(!text.contains("No problems found"), "{text}");

    outcome.gaps.clear();
    outcome.schema = None;
    let text = plain_text(&outcome);
    assert!(text.starts_with("Valid as far as it was checked\n"), "{text}");
    assert!(text.contains("only what needs no schema was checked"), "{text}");

    outcome.schema = schema();
    outcome.tasks[0].groups.push(cells(Code::DuplicateRow, 0, "name", Facts::None, 1));
    let text = plain_text(&outcome);
    assert!(text.starts_with("Valid, with 1 warning in 1 of 2 files\n"), "{text}");
}

#[test]
fn files_without_problems_are_one_line_where_there_are_many() {
    let mut outcome = clean(39);
    outcome.tasks[5].groups.push(cells(Code::BlankRow, 5, "name", Facts::None, 2));
    outcome.tasks[7].files.clear();
    let text = plain_text(&outcome);
    assert!(text.contains("38 files without problems (1 absent): 37,000 rows\n"), "{text}");
    assert!(text.contains("data/TABLE_5.csv"), "{text}");
    assert!(!text.contains("TABLE_6"), "{text}");

    let few = plain_text(&clean(12));
    assert_eq!(few.matches("data/TABLE_").count(), 12, "{few}");
}

#[test]
fn a_missing_file_stands_in_its_line_of_the_table() {
    let mut outcome = clean(2);
    outcome.tasks[1].files.clear();
    outcome.groups.push(Group::single(Code::MissingFile, Some(1), Facts::None, Place::default()));
    let text = plain_text(&outcome);
    let line = text.lines().find(|line| line.starts_with("table_1")).unwrap();
    assert!(line.ends_with("missing") && line.contains(" 1 "), "{text}");
}

#[test]
fn names_cannot_command_the_terminal_and_colour_is_optional() {
    let mut outcome = clean(1);
    outcome.files[0].shown = "a\u{1b}[31m\u{202e}b\r\n\u{9b}c.csv".into();
    outcome.tasks[0].name = "x\u{7}y".into();
    let facts = Facts::Text("\u{1b}]0;title\u{7}".into());
    outcome.tasks[0].groups.push(cells(Code::BlankRow, 0, "n\u{2066}ame", facts, 2));
    outcome.schema.as_mut().unwrap().origin = "\u{1b}c".into();
    let mut report = Report::new(&outcome);
    report.extract = Some("my \u{1b}[2Jextract".into());
    let text = text_of(&report, Style::default());
    assert!(!text.contains(|c: char| c != '\n' && c.is_control()), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2066}']), "{text:?}");
    assert!(text.contains("check \"my [2Jextract\""), "{text}");

    let coloured = text_of(&report, Style { color: true, ..Style::default() });
    assert!(coloured.starts_with("\u{1b}[1;31mNOT VALID"), "{coloured:?}");
    let mut stripped = coloured;
    for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[1;32m", "\u{1b}[1;33m"] {
        stripped = stripped.replace(code, "");
    }
    assert_eq!(stripped, text);
}

#[test]
fn long_paths_fit_and_are_told_apart() {
    let mut outcome = clean(3);
    for (number, file) in outcome.files.iter_mut().enumerate() {
        file.shown = format!("{}_{number}_{}.csv", "folder".repeat(30), "0C88A469-".repeat(9));
    }
    for at in 0..3 {
        outcome.tasks[at as usize].groups.push(cells(Code::BlankRow, at, "name", Facts::None, 2));
    }
    let text = plain_text(&outcome);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    for (number, file) in outcome.files.iter_mut().enumerate() {
        let middle = ["Observation", "Consultation", "Patient"][number];
        let batch = "20241115013000_0C88A469-BAE6-4616-903E-1001280F2FD8";
        file.shown = format!("291_CareRecord_{middle}_{batch}.csv");
    }
    let text = plain_text(&outcome);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    for name in ["291_CareRecord_Observation", "291_CareRecord_Consultation"] {
        assert!(text.matches(name).count() >= 2, "in the table and where the rows are: {text}");
    }
}

#[test]
fn what_is_left_out_is_counted_by_its_kind() {
    let mut outcome = clean(1);
    for at in 0..30 {
        let facts = Facts::Text(format!("note {at}"));
        let mut group = cells(Code::AlwaysEmpty, 0, &format!("field_{at}"), facts, 5);
        group.severity = handover::finding::Severity::Info;
        outcome.tasks[0].groups.push(group);
    }
    let text = plain_text(&outcome);
    let more = text.lines().find(|line| line.contains("more causes")).unwrap();
    assert!(
        more.contains(" notes") && !more.contains("error") && !more.contains("warning"),
        "{text}"
    );
}

/// Of a hint that several tables give, with other numbers in it, one is enough.
#[test]
fn the_same_hint_is_given_once() {
    let mut outcome = clean(2);
    for at in 0..2 {
        let mut group = cells(Code::ForeignKey, at, "code", reference("concept", 10), 1_000);
        group.suggestion = Some(format!("hardly one of 1,{at}00 references is met"));
        outcome.tasks[at as usize].groups.push(group);
    }
    assert_eq!(plain_text(&outcome).matches("hardly one").count(), 1);
}

/// What is printed to be copied into a shell does there only what it says.
#[test]
fn a_command_to_copy_expands_nothing() {
    let outcome = clean(1);
    let mut report = Report::new(&outcome);
    for (path, shown) in [
        ("my extract", "\"my extract\""),
        ("a$(rm -rf x)", "'a$(rm -rf x)'"),
        ("a`b`'c", "'a`b`'\\''c'"),
    ] {
        report.extract = Some(path.to_owned());
        let text = text_of(&report, Style::default());
        assert!(text.contains(&format!("handover package {shown} ")), "{text}");
    }
}

#[test]
fn a_revealing_report_says_so() {
    let outcome = clean(1);
    let mut report = Report::new(&outcome);
    assert!(!text_of(&report, Style::default()).contains("patient data"));
    assert_eq!(json_of(&report)["holdsPatientData"], false);
    report.reveals = true;
    assert!(text_of(&report, Style::default()).contains("This report holds patient data"));
    assert_eq!(json_of(&report)["holdsPatientData"], true);
}

/// One finding of every code, with the facts that its level calls for.
pub fn every_code() -> Outcome {
    let mut outcome = clean(2);
    outcome.tasks[1].name = "Coded Entry".into();
    outcome.tasks[1].files.clear();
    for entry in CATALOGUE {
        let facts = match entry.code {
            Code::ForeignKey => reference("concept", 2),
            Code::TypeError => Facts::Type { expected: "date (default)".into() },
            Code::ConstraintError => Facts::Constraint { name: "maxLength", limit: "7".into() },
            Code::MissingCell | Code::ExtraCell => Facts::Width { expected: 3, found: 2 },
            Code::RowCount => Facts::Count { what: "rows", expected: 3, found: 2 },
            Code::HashCount => Facts::Digest {
                algorithm: "sha256",
                expected: "00".repeat(32),
                found: "ff".repeat(32),
            },
            Code::IncorrectLabel => {
                Facts::Name { expected: Some("name".into()), found: Some("Name".into()) }
            }
            Code::SchemaError => Facts::Text("the key names a field that is not there".into()),
            _ => Facts::None,
        };
        let mut group = cells(entry.code, 0, "code", facts, 3);
        let mut sample = Sample { place: place(0, 17), ..Sample::default() };
        match entry.level {
            Level::File | Level::Table | Level::Schema => {
                group.fields.clear();
                sample.place = Place { file: Some(0), ..Place::default() };
            }
            Level::Header | Level::Label => sample.place.row = Some(1),
            Level::Row => group.fields.clear(),
            Level::Cell => sample.shape = Some("AA9 9AA".into()),
        }
        match entry.code {
            Code::PrimaryKey => {
                let members = vec![place(0, 2), place(0, 3), place(0, 5)];
                sample.facts = Facts::Duplicate { first: place(0, 2), rows: 3, members };
                group.facts = Facts::Repeated { keys: 1 };
            }
            Code::TypeError => {
                group.forms.insert("dd/mm/yyyy", 3);
                group.suggestion = Some("declare \"format\": \"%d/%m/%Y\"".into());
            }
            Code::ForeignKey => {
                group.fields = vec![field(3, "code")];
                sample.facts = reference("concept", 1);
            }
            _ => {}
        }
        group.first = sample.place;
        group.samples = vec![sample];
        match entry.level {
            Level::File | Level::Schema => outcome.groups.push(group),
            _ => outcome.tasks[0].groups.push(group),
        }
    }
    // A finding whose row is not known.
    let mut group = cells(Code::PrimaryKey, 1, "code", Facts::None, 1);
    group.samples = vec![Sample::default()];
    outcome.tasks[1].groups.push(group);
    outcome.gaps.push(Gap {
        resource: Some(1),
        check: "references to person".into(),
        reason: "the file person.csv is missing".into(),
    });
    outcome
}

fn findings(report: &Value) -> Vec<&Value> {
    let places = std::iter::once(report).chain(report["tasks"].as_array().unwrap());
    places
        .flat_map(|place| ["errors", "warnings"].map(|list| place[list].as_array().unwrap()))
        .flatten()
        .collect()
}

#[test]
fn the_json_has_what_frictionless_asks_for_and_what_it_lacks() {
    let outcome = every_code();
    let report = json_of(&Report::new(&outcome));
    assert_eq!(report["valid"], false);
    assert_eq!(report["stats"]["tasks"], 2);
    assert_eq!(report["stats"]["errors"], outcome.count(Severity::Error));
    assert_eq!(report["stats"]["seconds"], 0);
    assert_eq!(report.get("run"), None);
    assert_eq!(report["schema"]["name"], "omop-cdm-5.4");
    assert_eq!(report["tool"]["name"], "handover");
    assert_eq!(report["coverage"]["complete"], false);
    assert_eq!(report["coverage"]["notChecked"][0]["resource"], "Coded Entry");
    assert_eq!(report["tasks"][1]["name"], "coded-entry");
    assert_eq!(report["tasks"][1]["title"], "Coded Entry");
    assert_eq!(report["tasks"][1]["errors"][0]["type"], "table-error");
    assert_eq!(report["tasks"][1]["errors"][0]["code"], "primary-key");
    assert_eq!(report["files"][0]["path"], "data/TABLE_0.csv");

    for entry in CATALOGUE {
        let finding = *findings(&report).iter().find(|f| f["code"] == entry.name).unwrap();
        let is_error = entry.severity == Severity::Error;
        let expected = if is_error { entry.frictionless() } else { entry.name };
        assert_eq!(finding["type"], expected);
        assert_eq!(finding["severity"], entry.severity.name());
        for key in ["type", "title", "description", "message", "note"] {
            assert!(finding[key].is_string(), "{} has no {key}", entry.name);
        }
        assert!(finding["tags"].is_array());
        let needed: &[&str] = match entry.level {
            Level::File | Level::Table | Level::Schema => &[],
            Level::Header => &["labels", "rowNumbers"],
            Level::Label => &["labels", "rowNumbers", "label", "fieldName", "fieldNumber"],
            Level::Row => &["rowNumber", "cells"],
            Level::Cell => &["rowNumber", "cells", "cell", "fieldName", "fieldNumber"],
        };
        for key in needed {
            assert!(!finding[key].is_null(), "{} has no {key}", entry.name);
        }
        let cells = finding.get("cells").and_then(Value::as_array);
        assert!(cells.is_none_or(Vec::is_empty), "cells stay out of reports");
    }
    let of = |code: &str| (*findings(&report).iter().find(|f| f["code"] == code).unwrap()).clone();
    let key = of("foreign-key");
    assert_eq!(key["referenceName"], "concept");
    assert_eq!(key["referenceFieldNames"][0], "concept_id");
    assert_eq!(key["fieldNames"][0], "code");
    assert_eq!(key["rowNumber"], 17);
    assert_eq!(key["line"], 17);
    assert_eq!(key["byteOffset"], 680);
    assert_eq!(key["file"], "data/TABLE_0.csv");
    let cell = of("constraint-error");
    assert_eq!(cell["constraint"], "maxLength");
    assert_eq!(cell["shape"], "AA9 9AA");
    assert_eq!(of("primary-key")["firstUse"]["rowNumber"], 2);
    assert_eq!(of("incorrect-label")["label"], "Name");
    assert_eq!(of("hash-count")["expected"], "00".repeat(32));

    let groups = report["tasks"][0]["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["type"] == "type-error").unwrap();
    assert_eq!(group["occurrences"], 3);
    assert_eq!(group["fieldNames"][0], "code");
    assert_eq!(group["firstRow"], 17);
    assert_eq!(group["forms"]["dd/mm/yyyy"], 3);
    assert_eq!(group["suggestion"], "declare \"format\": \"%d/%m/%Y\"");
}

#[test]
fn only_the_run_block_may_differ() {
    let outcome = every_code();
    let mut report = Report::new(&outcome);
    let without = json_text(&report);
    assert_eq!(without, json_text(&report));
    report.run = Some(Run {
        started: "2026-03-03T09:00:00Z".into(),
        seconds: 1.5,
        host: Some("surgery".into()),
        jobs: Some(2),
    });
    let with = json_text(&report);
    let mut lines: Vec<&str> = with.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("  \"run\": ")).unwrap();
    lines.remove(at);
    let rest =
        lines.join("\n").replace("\"holdsPatientData\": false,", "\"holdsPatientData\": false");
    assert_eq!(rest, without.trim_end());
}

#[test]
fn as_many_examples_as_asked_for_and_exact_totals() {
    let mut outcome = clean(1);
    let mut group = cells(Code::BlankRow, 0, "name", Facts::None, 1_000);
    group.samples =
        (1..=30).map(|row| Sample { place: place(0, row), ..Sample::default() }).collect();
    outcome.tasks[0].groups.push(group);
    let mut report = Report::new(&outcome);
    for (samples, expected) in [
        (Samples::First(0), 0),
        (Samples::default(), 20),
        (Samples::First(99), 30),
        (Samples::All, 30),
    ] {
        report.samples = samples;
        let json = json_of(&report);
        assert_eq!(json["tasks"][0]["errors"].as_array().unwrap().len(), expected);
        assert_eq!(json["tasks"][0]["stats"]["errors"], 1_000);
    }
}

#[test]
fn a_value_is_in_the_json_only_where_the_sample_has_it() {
    let mut outcome = clean(1);
    let mut group = cells(Code::TypeError, 0, "code", Facts::None, 1);
    group.samples[0].value = Some("ABC".into());
    outcome.tasks[0].groups.push(group);
    let json = json_of(&Report::new(&outcome));
    assert_eq!(json["tasks"][0]["errors"][0]["cell"], "ABC");
}

#[test]
fn the_json_holds_nothing_that_acts_and_loses_nothing() {
    let label = "a\u{1b}[31m\u{9b}\u{7f}\u{202e}\u{e0041}\"\\é b";
    let mut outcome = clean(1);
    outcome.tasks[0].labels = vec![label.into()];
    let report = Report::new(&outcome);
    let text = json_text(&report);
    assert!(!text.contains(|c: char| c != '\n' && c.is_control()));
    assert!(!text.contains(['\u{202e}', '\u{e0041}']));
    assert_eq!(json_of(&report)["tasks"][0]["labels"][0], label);
}

/// An empty outcome is valid JSON too.
#[test]
fn nothing_at_all_can_be_reported() {
    let outcome = Outcome::default();
    let json = json_of(&Report::new(&outcome));
    assert_eq!(json["tasks"], Value::Array(Vec::new()));
    assert_eq!(json["schema"], Value::Null);
    assert!(plain_text(&outcome).starts_with("Valid as far as it was checked\n"));
}

/// The committed report is what `tests/judges/frictionless_report.py` loads with Frictionless.
#[test]
fn the_committed_report_of_every_code_is_current() {
    let outcome = every_code();
    let mut report = Report::new(&outcome);
    report.tool.version = "0.0.0".into();
    super::docs::assert_committed("fixtures/reports/every-code.json", &json_text(&report));
}
