//! Dates before the patient's birth and patients counted through several steps, against a naive
//! oracle, with so little memory that everything spills.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, folder, json_text, options};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const DESCRIPTOR: &str = r#"{"name": "births",
 "handover": {"auditTrail": {"absent": "a test"}, "dates": {"beforeBirth": "error"}},
 "resources": [
  {"name": "entry", "path": ["entry-1.csv", "entry-2.csv"],
   "handover": {"patientVia": ["patient", "visit"]},
   "schema": {"fields": [{"name": "visit", "type": "integer"}, {"name": "at", "type": "date"},
     {"name": "patient", "type": "integer"}],
    "foreignKeys": [
     {"fields": ["visit"], "reference": {"resource": "visit", "fields": ["id"]}},
     {"fields": ["patient"], "reference": {"resource": "patient", "fields": ["id"]}}]}},
  {"name": "patient", "path": "patient.csv", "handover": {"role": "patient"},
   "schema": {"fields": [{"name": "id", "type": "integer"},
     {"name": "born", "type": "date", "handover": {"role": "birth-date"}}]}},
  {"name": "visit", "path": "visit.csv",
   "schema": {"fields": [{"name": "id", "type": "integer"}, {"name": "patient", "type": "integer"}],
    "foreignKeys": [
     {"fields": ["patient"], "reference": {"resource": "patient", "fields": ["id"]}}]}}]}"#;

type Number = Option<u8>;

fn number(below: u8) -> impl Strategy<Value = Number> {
    proptest::option::weighted(0.8, 0..below)
}

fn text(number: Number) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn date(number: Number) -> String {
    number.map(|n| format!("20{:02}-01-{:02}", n % 10 + 10, n / 10 + 1)).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_search_through_all_rows_finds_the_same(
        patients in proptest::collection::vec((0..30_u8, number(40)), 0..30),
        visits in proptest::collection::vec((0..50_u8, number(34)), 0..60),
        entries in proptest::collection::vec((number(56), number(40), proptest::option::weighted(0.2, 0..34_u8)), 1..300),
        memory in prop_oneof![Just(0_usize), Just(3_000), Just(64 << 20)],
        jobs in 1_usize..4,
        block_size in prop_oneof![Just(20_usize), Just(300), Just(1 << 20)],
    ) {
        let mut tables = [
            "visit,at,patient\n".to_owned(), "visit,at,patient\n".to_owned(),
            "id,born\n".to_owned(), "id,patient\n".to_owned(),
        ];
        for (row, (visit, at, patient)) in entries.iter().enumerate() {
            let line = format!("{},{},{}\n", text(*visit), date(*at), text(*patient));
            // No row is blank.
            let line = if line == ",,\n" { "55,,\n".to_owned() } else { line };
            tables[usize::from(row * 2 >= entries.len())] += &line;
        }
        for (id, born) in &patients {
            writeln!(tables[2], "{id},{}", date(*born)).unwrap();
        }
        for (id, patient) in &visits {
            writeln!(tables[3], "{id},{}", text(*patient)).unwrap();
        }
        let names = ["entry-1.csv", "entry-2.csv", "patient.csv", "visit.csv"];
        let mut files: Vec<(&str, &[u8])> =
            names.into_iter().zip(tables.iter().map(|table| table.as_bytes())).collect();
        files.push(("datapackage.json", DESCRIPTOR.as_bytes()));

        let mut born: BTreeMap<u8, u8> = BTreeMap::new();
        for (id, day) in &patients {
            if let Some(day) = day {
                let first = born.entry(*id).or_insert(*day);
                if date(Some(*day)) < date(Some(*first)) {
                    *first = *day;
                }
            }
        }
        let mut led: BTreeMap<u8, BTreeSet<u8>> = BTreeMap::new();
        for (id, patient) in &visits {
            led.entry(*id).or_default().extend(patient);
        }
        let (mut expected, mut unknown, mut seen) = (Vec::new(), 0, BTreeSet::new());
        let half = entries.iter().enumerate().filter(|(row, _)| row * 2 < entries.len()).count();
        for (row, (visit, at, patient)) in entries.iter().enumerate() {
            let through = visit.and_then(|visit| led.get(&visit)).filter(|one| one.len() == 1);
            let Some(patient) = patient.or(through.and_then(|one| one.first().copied())) else { continue };
            seen.insert(patient);
            let Some(at) = at else { continue };
            let place = if row < half { (0, row + 2) } else { (1, row - half + 2) };
            match born.get(&patient) {
                None => unknown += 1,
                Some(day) if date(Some(*at)) < date(Some(*day)) => expected.push(place),
                Some(_) => {}
            }
        }

        let folder = folder(&files);
        let mut options = options();
        (options.memory, options.jobs, options.block_size) = (memory, jobs, block_size);
        let report: Value = serde_json::from_str(&json_text(&checked(folder.path(), &options))).unwrap();
        let entry = &report["tasks"][0];
        let errors = entry["errors"].as_array().unwrap().iter().chain(entry["warnings"].as_array().unwrap());
        let early = errors.filter(|error| error["code"] == "constraint-error");
        let found: Vec<(usize, usize)> = early.map(|error| {
            let file = names.iter().position(|name| error["file"] == *name).unwrap();
            let row = error["rowNumber"].as_u64().unwrap() as usize;
            let before = tables[file].lines().take(row - 1).map(|line| line.len() + 1).sum::<usize>();
            assert_eq!((error["line"].as_u64(), error["byteOffset"].as_u64()), (Some(row as u64), Some(before as u64)));
            (file, row)
        }).collect();
        prop_assert_eq!(found, expected);
        let gaps = report["coverage"]["notChecked"].as_array().unwrap();
        let gap = gaps.iter().find(|gap| gap["check"] == "dates before the patient's birth");
        let said = (unknown > 0).then(|| format!("of {unknown} dates the patient's birth is not known"));
        prop_assert_eq!(gap.map(|gap| gap["reason"].as_str().unwrap().to_owned()), said);
        let profile = report["profile"].as_array().unwrap();
        let told = profile.iter().find(|one| one["resource"] == "entry").unwrap();
        prop_assert_eq!(told["patients"].as_u64(), Some(seen.len() as u64));
    }
}
