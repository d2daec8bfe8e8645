//! Each folder `fixtures/extracts/<code>-<name>` holds one problem, and `expect.txt` says all that
//! must be found there: nothing less, nothing more, at exactly these places.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, findings, json_text, options, root};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// The folders of all fixtures.
pub fn fixtures() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("fixtures/extracts")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.join("expect.txt").is_file());
    folders.sort();
    folders
}

#[test]
fn every_fixture_gives_what_it_was_made_for_and_nothing_else() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 80, "only {} fixtures were found", fixtures.len());
    let mut wrong = String::new();
    for folder in fixtures {
        let outcome = checked(&folder.join("extract"), &options());
        let found = findings(&serde_json::from_str(&json_text(&outcome)).unwrap());
        let expected = fs::read_to_string(folder.join("expect.txt")).unwrap();
        let mut expected: Vec<&str> = expected.lines().collect();
        expected.sort();
        if found != expected {
            let name = folder.file_name().unwrap().to_string_lossy();
            wrong += &format!("{name}\n");
            for line in found.iter().filter(|line| !expected.contains(&line.as_str())) {
                wrong += &format!("  found    {line}\n");
            }
            for line in expected.iter().filter(|line| !found.iter().any(|found| found == *line)) {
                wrong += &format!("  expected {line}\n");
            }
        }
        let named = folder.file_name().unwrap().to_str().unwrap();
        if named.starts_with("valid-") && !outcome.is_valid() {
            wrong += &format!("{named}: is not valid\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Each flaw that the generator knows, alone in a whole extract: that code at that place, and no
/// second error.
#[test]
fn one_fault_is_one_finding() {
    use crate::generate::synthetic::flaws::Flaw;
    use crate::generate::synthetic::record::Quoting;
    use crate::generate::synthetic::{self, Options};
    let flaws = [
        "type-error@Admin_Patient:3",
        "type-error@CareRecord_Observation:37",
        "constraint-error@Admin_Patient:4",
        "constraint-error@CareRecord_Observation:20",
        "missing-cell@Admin_Patient:5",
        "missing-cell@CareRecord_Consultation:7",
        "missing-cell@CareRecord_Observation:59",
        "extra-cell@Admin_Organisation:2",
        "extra-cell@CareRecord_Observation:61",
        "primary-key@Admin_Patient:4",
        "primary-key@CareRecord_Observation:50",
        "foreign-key@CareRecord_Observation:12",
        "foreign-key@Prescribing_IssueRecord:9",
        "stray-quote@CareRecord_Observation:30",
        "unclosed-quote@CareRecord_Observation:30",
        "unclosed-quote@CareRecord_Problem:6",
        "blank-row@Admin_Patient:2",
        "blank-row@CareRecord_Observation:60",
        "encoding-error@CareRecord_Observation:44",
        "missing-file@CareRecord_Observation",
        "missing-file@Admin_Patient",
        "extra-label@Admin_Patient",
        "extra-label@CareRecord_Observation",
        "incorrect-label@Admin_Patient",
        "incorrect-label@CareRecord_Observation",
    ];
    let mut wrong = String::new();
    for quoting in [Quoting::Minimal, Quoting::All] {
        for text in flaws {
            let flaw: Flaw = text.parse().unwrap();
            let made = Options { size: 75_000, seed: 1, quoting, deletes: 0, flaws: vec![flaw] };
            let folder = tempfile::tempdir().unwrap();
            let planted = synthetic::write(&made, folder.path()).unwrap().remove(0);
            let report: Value =
                serde_json::from_str(&json_text(&checked(folder.path(), &options()))).unwrap();
            let all = report["tasks"].as_array().unwrap().iter().chain([&report]);
            let errors: Vec<&Value> =
                all.flat_map(|task| task["errors"].as_array().unwrap()).collect();
            let is_as_planted = |error: &Value| {
                let row = error["rowNumber"].as_u64().or(error["rowNumbers"][0].as_u64());
                // A finding about the row as such names no field.
                let on_field = error["fieldName"].as_str().unwrap_or_default().is_empty()
                    || error["fieldName"] == planted.field.as_str();
                // The file that is not there has no place.
                let file = error["file"].as_str();
                error["code"] == planted.code
                    && (file == Some(&planted.file) || planted.code == "missing-file")
                    && row == planted.row
                    && error["line"].as_u64() == planted.line
                    && error["byteOffset"].as_u64() == planted.byte
                    && on_field
            };
            if errors.len() != 1 || !is_as_planted(errors[0]) || report["stats"]["errors"] != 1 {
                wrong += &format!("{text}: planted {planted:?}\n");
                for error in errors {
                    wrong += &format!(
                        "  found {} in {} row {} line {} byte {} field {}\n",
                        error["code"],
                        error["file"],
                        error["rowNumber"],
                        error["line"],
                        error["byteOffset"],
                        error["fieldName"],
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
