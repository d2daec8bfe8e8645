//! Reconciliation counts and the coverage of DMI07, in the report for machines.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, emis_small, folder, json_text, options, run};
use serde_json::{Value, json};
use std::path::Path;

const DESCRIPTOR: &str = r#"{"name": "counts", "resources": [
  {"name": "patient", "path": "patient.csv", "handover": {"role": "patient"},
   "schema": {"primaryKey": ["id"], "fields": [
     {"name": "id", "type": "integer"}, {"name": "born", "type": "date"}]}},
  {"name": "entry", "path": ["entry-1.csv", "entry-2.csv"], "handover": {"role": "audit-trail"},
   "schema": {"fields": [
     {"name": "patient", "type": "integer"},
     {"name": "at", "type": "datetime", "format": "%d/%m/%Y %H:%M"},
     {"name": "user"}],
    "foreignKeys": [{"fields": "patient", "reference": {"resource": "patient", "fields": "id"}}]}},
  {"name": "slot", "path": "slot.csv", "handover": {"role": "appointment", "presence": "optional"},
   "schema": {"fields": [{"name": "id"}]}}]}"#;

fn report(path: &Path) -> Value {
    serde_json::from_str(&json_text(&checked(path, &options()))).unwrap()
}

#[test]
fn rows_patients_years_and_filled_cells_are_counted() {
    let files: &[(&str, &[u8])] = &[
        ("datapackage.json", DESCRIPTOR.as_bytes()),
        ("patient.csv", b"id,born\n1,1950-01-02\n2,1950-12-31\n3,0044-03-15\n4,\n5,\n"),
        (
            "entry-1.csv",
            b"patient,at,user\n1,01/02/2020 10:00,a\n1,31/12/2020 23:59,\n9,01/01/2021 00:00,b\n",
        ),
        ("entry-2.csv", b"patient,at,user\n02,31/12/2021 10:00,\n,never,\n1,01/01/2022 00:00\n"),
    ];
    let folder = folder(files);
    let report = report(folder.path());
    let profile = report["profile"].as_array().unwrap();
    assert_eq!(profile.len(), 2, "a table that was not delivered has no counts");
    assert_eq!(profile[0]["resource"], "patient");
    assert_eq!((&profile[0]["rows"], &profile[0]["patients"]), (&json!(5), &json!(5)));
    assert_eq!(
        profile[0]["dates"],
        json!({"field": "born", "firstYear": 44, "lastYear": 1950, "undated": 2,
               "rowsPerYear": {"44": 1, "1950": 2}})
    );
    assert_eq!(
        profile[0]["fields"],
        json!([{"name": "id", "filled": 5, "cells": 5, "share": 1.0},
               {"name": "born", "filled": 3, "cells": 5, "share": 0.6}])
    );
    let entry = &profile[1];
    // Patients 1, 2 and 9, of whom 9 is missing; 02 is 2. A row of the wrong width counts as a row,
    // but no cell of it is looked at.
    assert_eq!((&entry["rows"], &entry["patients"]), (&json!(6), &json!(3)));
    assert_eq!(entry["dates"]["rowsPerYear"], json!({"2020": 2, "2021": 2}));
    assert_eq!(entry["dates"]["undated"], 2);
    assert_eq!(entry["fields"][2], json!({"name": "user", "filled": 2, "cells": 5, "share": 0.4}));
    assert_eq!(
        entry["files"],
        json!([{"file": "entry-1.csv", "rows": 3, "rowsPerYear": {"2020": 2, "2021": 1}},
               {"file": "entry-2.csv", "rows": 3, "rowsPerYear": {"2021": 1}}])
    );
    let text = report["profile"].to_string();
    assert!(!text.contains("1950-"), "no day of a date leaves the program");
}

#[test]
fn every_category_of_the_standard_is_told() {
    let descriptor = DESCRIPTOR.replace("audit-trail", "clinical").replace(
        r#""name": "counts","#,
        r#""name": "counts", "handover": {"auditTrail": {"absent": "kept by the supplier"}},"#,
    );
    let files: &[(&str, &[u8])] = &[
        ("datapackage.json", descriptor.as_bytes()),
        ("patient.csv", b"id,born\n1,1950-01-02\n"),
        ("entry-1.csv", b"patient,at,user\n"),
        ("entry-2.csv", b"patient,at,user\n"),
    ];
    let folder = folder(files);
    let report = report(folder.path());
    let categories = report["categories"].as_array().unwrap();
    let said: Vec<(&str, &str)> = categories
        .iter()
        .map(|c| (c["name"].as_str().unwrap(), c["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        said,
        [
            ("records", "present"),
            ("audit trail", "declared absent"),
            ("documents", "absent"),
            ("images", "absent"),
            ("tasks", "absent"),
            ("appointments", "absent"),
        ]
    );
    assert_eq!(categories[0]["resources"], json!(["patient", "entry"]));
    assert_eq!((&categories[0]["files"], &categories[0]["rows"]), (&json!(3), &json!(1)));
    assert_eq!(categories[1]["reason"], "kept by the supplier");
    assert_eq!(categories[2]["reason"], "no declared resource has its role");
    assert_eq!(categories[5]["reason"], "declared, but no file of it was delivered");

    let done = run(&[&"check", &folder.path()]);
    let text = String::from_utf8(done.stdout).unwrap();
    let told = "
To hand over (DMI07)
   present          records
   absent           documents, images, tasks (no declared resource has its role)
   absent           appointments (declared, but no file of it was delivered)
   declared absent  audit trail (kept by the supplier)
";
    assert!(text.contains(told), "{text}");
    // Without a schema nothing says what the files hold.
    std::fs::remove_file(folder.path().join("datapackage.json")).unwrap();
    let done = run(&[&"check", &folder.path()]);
    assert!(!String::from_utf8(done.stdout).unwrap().contains("DMI07"));
}

#[test]
fn counts_do_not_depend_on_blocks() {
    let one = json_text(&checked(&emis_small(), &options()));
    let mut small = options();
    (small.block_size, small.jobs) = (512, 3);
    assert_eq!(json_text(&checked(&emis_small(), &small)), one);
}
