//! What the `handover` extension adds to the checks of rows, and how causes are told.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, folder, json_text, one_table, options};
use serde_json::{Value, json};

fn report_of(files: &[(&str, &str)]) -> Value {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, text)| (*n, text.as_bytes())).collect();
    let folder = folder(&files);
    serde_json::from_str(&json_text(&checked(folder.path(), &options()))).unwrap()
}

/// The groups of all tasks: code, field, occurrences, severity, suggestion.
fn groups(report: &Value) -> Vec<(String, String, u64, String, String)> {
    let tasks = report["tasks"].as_array().unwrap().iter();
    let groups = tasks.flat_map(|task| task["groups"].as_array().unwrap());
    // The same row many times over is a finding of its own.
    let groups = groups.filter(|group| group["code"] != "duplicate-row");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    groups
        .map(|group| {
            let number = group["occurrences"].as_u64().unwrap();
            let severity = text(&group["severity"]);
            let fields = text(&group["fieldName"]);
            (text(&group["code"]), fields, number, severity, text(&group["suggestion"]))
        })
        .collect()
}

/// The only group of a table of one column, of so many rows.
fn only(field: &str, values: &[&str], times: usize) -> (String, String, u64, String, String) {
    let rows = values.join("\n");
    let table = format!("v\n{}", format!("{rows}\n").repeat(times));
    let descriptor = one_table(&format!("[{field}]"));
    let report = report_of(&[("datapackage.json", &descriptor), ("t.csv", &table)]);
    let mut groups = groups(&report);
    assert_eq!(groups.len(), 1, "{groups:?}");
    groups.remove(0)
}

#[test]
fn a_column_that_fails_throughout_is_one_finding_that_says_what_would_accept_it() {
    let guid = "{0F8FAD5B-D9CB-469F-A165-70867728950E}";
    for (field, values, part) in [
        (
            r#"{"name": "v", "type": "date"}"#,
            &["31/12/2020", "01/02/2020"][..],
            r#"all 24 values of the column are dd/mm/yyyy; in the descriptor, "format": "%d/%m/%Y""#,
        ),
        (
            r#"{"name": "v", "type": "boolean", "trueValues": ["true"], "falseValues": ["false"]}"#,
            &["1", "0"],
            r#"all 24 values of the column are 1/0; in the descriptor, "trueValues": ["1"]"#,
        ),
        (
            r#"{"name": "v", "type": "string", "format": "uuid"}"#,
            &[guid],
            r#"all 12 values of the column are uuid in braces; in the descriptor, "format""#,
        ),
        (
            r#"{"name": "v", "constraints": {"enum": ["M", "F"]}}"#,
            &["m", "f"],
            r#"all 24 values of the column are right but in lower case; in the descriptor, "enum""#,
        ),
        (
            r#"{"name": "v", "type": "string", "constraints": {"pattern": "[A-F0-9]{4}"}}"#,
            &["ab12", "Cd34"],
            "",
        ),
        (
            r#"{"name": "v", "type": "string", "constraints": {"pattern": "\\{[A-F]{4}\\}"}}"#,
            &["ABCD"],
            "all 12 values of the column are right but for the braces that lack",
        ),
        (
            r#"{"name": "v", "type": "string", "constraints": {"maxLength": 7}}"#,
            &["LS1 4AP", "LS21 4AP", "a"],
            r#"the longest value is 8 long; in the descriptor, "maxLength": 8 would accept them"#,
        ),
        (
            r#"{"name": "v", "type": "string", "constraints": {"minLength": 4}}"#,
            &["abc", "ab", "abcde"],
            r#"the shortest value is 2 long; in the descriptor, "minLength": 2 would accept them"#,
        ),
        (
            r#"{"name": "v", "type": "integer"}"#,
            &["pear", "plum"],
            "the column fails throughout, in 24 of 24 values",
        ),
        (
            r#"{"name": "v", "rdfType": "http://snomed.info/sct"}"#,
            &["1777541000006110"],
            "all 12 values of the column are rounded to 15 digits, as spreadsheets do; ask for",
        ),
    ] {
        let (code, _, _, _, suggestion) = only(field, values, 12);
        assert!(suggestion.starts_with(part), "{code} of {field}: {suggestion}");
        assert_eq!(suggestion.is_empty(), part.is_empty(), "{field}: {suggestion}");
    }
}

#[test]
fn a_required_column_that_is_never_filled_is_said_to_be_so() {
    let fields = r#"[{"name": "id"}, {"name": "v", "constraints": {"required": true}}]"#;
    let table = format!("id,v\n{}", "x,\n".repeat(12));
    let report = report_of(&[("datapackage.json", &one_table(fields)), ("t.csv", &table)]);
    let groups = groups(&report);
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert!(groups[0].4.starts_with("the column is empty in all 12 rows"), "{groups:?}");
}

const TWO: &str = r#"{"name": "two", "handover": {"auditTrail": {"absent": "a test"}}, "resources": [
  {"name": "parent", "path": "parent.csv", "schema": {"fields": [PARENT, {"name": "n"}]}},
  {"name": "child", "path": "child.csv", "schema": {"fields": [CHILD, {"name": "n"}], "foreignKeys": [
    {"fields": ["id"], "reference": {"resource": "parent", "fields": ["id"]}}]}}]}"#;

fn two(parent: &str, child: &str, parents: &[String], children: &[String]) -> Value {
    let descriptor = TWO.replace("PARENT", parent).replace("CHILD", child);
    let table = |values: &[String]| {
        let rows: String = values.iter().map(|value| format!("{value},x\n")).collect();
        format!("id,n\n{rows}")
    };
    let (parents, children) = (table(parents), table(children));
    report_of(&[
        ("datapackage.json", &descriptor),
        ("parent.csv", &parents),
        ("child.csv", &children),
    ])
}

#[test]
fn references_that_are_never_met_say_how_the_two_sides_differ() {
    let keys = |form: fn(u32) -> String| (1..=40).map(form).collect::<Vec<_>>();
    let upper = keys(|n| format!("AB{n:04X}-CD"));
    let id = r#"{"name": "id"}"#;
    for (children, part) in [
        (
            keys(|n| format!("ab{n:04x}-cd")),
            "the references are in lower case, the keys they refer",
        ),
        (keys(|n| format!("{{AB{n:04X}-CD}}")), "the references are in braces"),
        (keys(|n| format!("AB{:04X}-CD", n + 1000)), "hardly one of 40 references is met"),
        (keys(|n| format!("AB{:04X}-CD", n + 20)), ""),
    ] {
        let report = two(id, id, &upper, &children);
        let groups = groups(&report);
        assert_eq!(groups.len(), 1, "{groups:?}");
        assert_eq!(groups[0].0, "foreign-key");
        assert!(groups[0].4.starts_with(part), "{groups:?}");
        assert_eq!(groups[0].4.is_empty(), part.is_empty(), "{groups:?}");
    }
}

#[test]
fn a_key_that_cannot_be_read_is_one_finding_and_no_orphans() {
    let number = r#"{"name": "id", "type": "integer"}"#;
    let right: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
    let wrong: Vec<String> = (1..=40).map(|n| format!("No {n}")).collect();
    for (parents, children, reason) in [
        (&wrong, &right, "hardly a value of the key could be read in parent"),
        (&right, &wrong, "hardly a value that refers to it could be read"),
    ] {
        let report = two(number, number, parents, children);
        let groups = groups(&report);
        assert_eq!(groups.len(), 1, "{groups:?}");
        assert_eq!(groups[0].0, "type-error");
        let gaps = report["coverage"]["notChecked"].as_array().unwrap();
        assert!(
            gaps.contains(
                &json!({"resource": "child", "check": "references to parent", "reason": reason})
            ),
            "{gaps:?}"
        );
    }
}

#[test]
fn severities_are_those_that_the_schema_states() {
    let descriptor = r#"{"name": "grave", "handover": {"auditTrail": {"absent": "a test"}}, "resources": [
      {"name": "t", "path": "t.csv",
       "handover": {"rowCount": 9, "severity": {"primaryKey": "warning", "rowCount": "info", "fieldsMatch": "warning"}},
       "schema": {"primaryKey": ["id"], "fields": [
        {"name": "id", "type": "integer", "handover": {"severity": {"unique": "info"}}},
        {"name": "size", "constraints": {"maxLength": 2, "enum": ["a", "bcd", "e"]},
         "handover": {"severity": {"maxLength": "warning", "enum": "info"}}},
        {"name": "at", "type": "date", "handover": {"severity": {"type": "warning"}}},
        {"name": "nhs", "rdfType": "https://fhir.nhs.uk/Id/nhs-number",
         "handover": {"severity": {"rdfType": "warning"}}},
        {"name": "boss", "type": "integer"}],
       "foreignKeys": [{"fields": ["boss"], "reference": {"resource": "", "fields": ["id"]},
                        "handover": {"severity": "info"}}]}}]}"#;
    let table = "id,size,at,nhs,boss,more\n1,bcd,x,1,7,y\n1,z,2020-01-01,,1,y\n,a,,,1,y\n";
    let files = [("datapackage.json", descriptor), ("t.csv", table)];
    let report = report_of(&files);
    let groups = groups(&report);
    let said: Vec<(&str, &str, &str)> =
        groups.iter().map(|g| (g.0.as_str(), g.1.as_str(), g.3.as_str())).collect();
    for wanted in [
        ("extra-label", "", "warning"),
        ("row-count", "", "info"),
        ("primary-key", "id", "warning"),
        ("constraint-error", "size", "warning"),
        ("constraint-error", "size", "info"),
        ("type-error", "at", "warning"),
        ("identifier-error", "nhs", "warning"),
        ("foreign-key", "boss", "info"),
    ] {
        let is_wanted = |said: &&(&str, &str, &str)| {
            said.0 == wanted.0 && said.2 == wanted.2 && (said.1 == wanted.1 || wanted.1.is_empty())
        };
        assert!(said.iter().any(|said| is_wanted(&said)), "{wanted:?}: {said:?}");
    }
    assert!(said.iter().all(|said| said.2 != "error"), "{said:?}");
    assert_eq!(report["valid"], true);
    // The writer of packages stops at the first error: what is none must not stop it.
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, text)| (*n, text.as_bytes())).collect();
    let folder = folder(&files);
    let output = folder.path().join("p.zip");
    let extract = folder.path().join("extract");
    std::fs::create_dir(&extract).unwrap();
    for name in ["datapackage.json", "t.csv"] {
        std::fs::rename(folder.path().join(name), extract.join(name)).unwrap();
    }
    let done = crate::support::run(&[&"package", &extract, &"--output", &output]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn rows_that_delete_are_counted_and_may_lack_what_others_need() {
    let descriptor = r#"{"name": "deletes", "handover": {"auditTrail": {"absent": "a test"}}, "resources": [
      {"name": "t", "path": "t.csv", "handover": {"deleted": {"gone": true, "why": ["X", null]}},
       "schema": {"fields": [
        {"name": "id"}, {"name": "v", "handover": {"requiredUnlessDeleted": true}},
        {"name": "gone", "type": "boolean"}, {"name": "why"}]}}]}"#;
    let table = "id,v,gone,why\n1,,True,X\n2,,1,\n3,,true,Y\n4,,false,X\n5,a,true,\n6,a,,\n";
    let report = report_of(&[("datapackage.json", descriptor), ("t.csv", table)]);
    assert_eq!(report["profile"][0]["deletedRows"], 3);
    let errors = report["tasks"][0]["errors"].as_array().unwrap();
    let rows: Vec<u64> = errors.iter().map(|error| error["rowNumber"].as_u64().unwrap()).collect();
    assert_eq!(rows, [4, 5]);
    assert_eq!(errors[0]["constraint"], "requiredUnlessDeleted");
}

#[test]
fn a_reference_into_a_table_of_changes_is_not_checked() {
    let descriptor =
        TWO.replace("PARENT", r#"{"name": "id"}"#).replace("CHILD", r#"{"name": "id"}"#).replace(
            r#""path": "parent.csv","#,
            r#""path": "parent.csv", "handover": {"mode": "delta"},"#,
        );
    let report = report_of(&[
        ("datapackage.json", &descriptor),
        ("parent.csv", "id,n\n1,x\n"),
        ("child.csv", "id,n\n1,x\n2,x\n"),
    ]);
    assert!(groups(&report).is_empty());
    let gaps = report["coverage"]["notChecked"].to_string();
    assert!(gaps.contains("parent holds only what changed"), "{gaps}");
}

/// Where blocks are cut changes nothing: an entry is compared with the one before it all the same.
#[test]
fn an_audit_trail_is_judged_whatever_the_blocks() {
    let descriptor = r#"{"name": "trail", "resources": [
      {"name": "audit", "path": ["a.csv", "b.csv"], "handover": {"role": "audit-trail"},
       "schema": {"fields": [
        {"name": "n", "type": "integer", "handover": {"role": "sequence"}},
        {"name": "at", "type": "datetime", "format": "%Y-%m-%d %H:%M:%S",
         "handover": {"role": "recorded-date", "dates": {"sentinels": ["1900-01-01"]}}},
        {"name": "by", "handover": {"role": "user"}}]}}]}"#;
    let rows = |from: u32, skip: &[u32], back: u32| {
        let mut table = "n,at,by\n".to_owned();
        for n in (from..from + 100).filter(|n| !skip.contains(n)) {
            let minute = if n == back { 0 } else { n % 60 };
            let by = if n % 50 == 0 { "" } else { "u" };
            let day = if n % 33 == 0 {
                "1900-01-01".to_owned()
            } else {
                format!("2024-01-{:02}", n / 60 + 1)
            };
            table += &format!("{n},{day} 10:{minute:02}:00,{by}\n");
        }
        table
    };
    // 150 lacks in the first file's numbers and is in none; the second begins anew in time.
    let files = [
        ("datapackage.json", descriptor.to_owned()),
        ("a.csv", rows(101, &[150, 151], 172)),
        ("b.csv", rows(1, &[7], 30)),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, text)| (*n, text.as_bytes())).collect();
    let folder = folder(&files);
    let whole = json_text(&checked(folder.path(), &options()));
    let report: Value = serde_json::from_str(&whole).unwrap();
    let groups = groups(&report);
    let said: Vec<(&str, u64)> = groups.iter().map(|group| (group.0.as_str(), group.2)).collect();
    assert_eq!(
        said,
        [("sequence-gap", 2), ("entry-without-user", 3), ("time-reversal", 2)],
        "{report:#}"
    );
    for (block_size, jobs) in [(30, 1), (64, 3), (333, 2)] {
        let mut small = options();
        (small.block_size, small.jobs) = (block_size, jobs);
        assert_eq!(json_text(&checked(folder.path(), &small)), whole, "{block_size}");
    }
}

/// A date says no more than its precision and the schema's sentinels let it.
#[test]
fn dates_that_are_none_and_dates_to_come() {
    let descriptor = r#"{"name": "dates", "handover": {"auditTrail": {"absent": "none"},
      "dates": {"future": "warning", "sentinels": ["1900-01-01", "9999-12-31"]}},
      "resources": [{"name": "entry", "path": "entry.csv", "schema": {"fields": [
        {"name": "at", "type": "date", "handover": {"precision": "how", "role": "event-date"}},
        {"name": "how"},
        {"name": "seen", "type": "datetime", "format": "%d/%m/%Y %H:%M",
         "handover": {"dates": {"future": "error"}}},
        {"name": "review", "type": "date", "handover": {"dates": {"future": "allowed"}}}]}}]}"#;
    let table = "at,how,seen,review\n\
        2026-03-31,YMD,31/03/2026 23:59,2030-01-01\n\
        2026-12-31,Y,01/04/2026 00:00,2030-01-01\n\
        2026-12-31,YMD,01/04/2026 00:00,\n\
        2026-12-31,,31/12/9999 00:00,\n\
        2026-12-31,U,,\n\
        9999-12-31,YMD,,\n\
        1900-01-01,Y,,\n\
        2027-01-01,Y,,\n\
        2026-03-31,YMD,,\n";
    let files: &[(&str, &[u8])] =
        &[("datapackage.json", descriptor.as_bytes()), ("entry.csv", table.as_bytes())];
    let folder = folder(files);
    let whole = json_text(&checked(folder.path(), &options()));
    let report: Value = serde_json::from_str(&whole).unwrap();
    let task = &report["tasks"][0];
    let list = |name: &str| task[name].as_array().unwrap().iter();
    let found: Vec<(&str, &str, u64)> = list("warnings")
        .chain(list("errors"))
        .map(|error| {
            assert_eq!(error["code"], "constraint-error");
            assert_eq!(error["constraint"], "future");
            assert_eq!(error["expected"], "2026-03-31");
            let text = |name: &str| error[name].as_str().unwrap();
            (text("fieldName"), text("severity"), error["rowNumber"].as_u64().unwrap())
        })
        .collect();
    let expected = [("at", "warning", 4), ("at", "warning", 5), ("at", "warning", 9)];
    let errors = [("seen", "error", 3), ("seen", "error", 4)];
    assert_eq!(found, [expected.as_slice(), &errors].concat(), "{report:#}");
    let dates = &report["profile"][0]["dates"];
    assert_eq!(dates["rowsPerYear"], serde_json::json!({"2026": 5, "2027": 1}));
    assert_eq!(dates["undated"], 3);
    for (block_size, jobs) in [(30, 1), (64, 3)] {
        let mut small = options();
        (small.block_size, small.jobs) = (block_size, jobs);
        assert_eq!(json_text(&checked(folder.path(), &small)), whole, "{block_size}");
    }
    let mut timeless = options();
    timeless.today = None;
    let report: Value =
        serde_json::from_str(&json_text(&checked(folder.path(), &timeless))).unwrap();
    assert!(groups(&report).is_empty(), "{report:#}");
    let gaps = report["coverage"]["notChecked"].to_string();
    assert!(gaps.contains("the day of the check was not given"), "{gaps}");
}

/// Every check of keys, labels and counts is as grave as the schema says, and an error where it says
/// nothing.
#[test]
fn a_declared_severity_decides_how_the_program_ends() {
    // The property, the code, what declares it (at the resource, the schema, the field), the table.
    let cases = [
        ("unique", "unique-error", ["", "", r#""constraints": {"unique": true},"#], "1,a\n1,b\n"),
        ("primaryKey", "primary-key", ["", r#""primaryKey": ["id"],"#, ""], "1,a\n1,b\n"),
        ("primaryKey", "primary-key", ["", r#""primaryKey": ["id"],"#, ""], "1,a\n,b\n"),
        ("uniqueKeys", "unique-error", ["", r#""uniqueKeys": [["id", "v"]],"#, ""], "1,a\n1,a\n"),
        ("fieldsMatch", "", ["", r#""fieldsMatch": "exact","#, ""], "1,a,x\n2,b,y\n"),
        ("rowCount", "row-count", [r#""rowCount": 9,"#, "", ""], "1,a\n2,b\n"),
    ];
    for (property, code, [resource, schema, field], rows) in cases {
        for severity in ["warning", "info", "error"] {
            let stated = format!(r#""severity": {{"{property}": "{severity}"}}"#);
            let (of_resource, of_field) = match property {
                "unique" => (r#""presence": "required""#.to_owned(), stated),
                _ => (stated, r#""otherNames": ["ID"]"#.to_owned()),
            };
            let descriptor = format!(
                r#"{{"name": "grave", "handover": {{"auditTrail": {{"absent": "a test"}}}},
                    "resources": [{{"name": "t", "path": "t.csv",
                      "handover": {{{resource} {of_resource}}}, "schema": {{{schema} "fields": [
                        {{"name": "id", {field} "handover": {{{of_field}}}}}, {{"name": "v"}}]}}}}]}}"#
            );
            let label = if property == "fieldsMatch" { "id,v,more\n" } else { "id,v\n" };
            let table = format!("{label}{rows}");
            let files = [("datapackage.json", &*descriptor), ("t.csv", &*table)];
            let report = report_of(&files);
            let said: Vec<(String, String)> =
                groups(&report).into_iter().map(|group| (group.0, group.3)).collect();
            assert!(
                !said.is_empty() && said.iter().all(|said| said.1 == severity),
                "{property} {severity}: {said:?}"
            );
            assert!(said.iter().any(|said| code.is_empty() || said.0 == code), "{said:?}");
            let files = files.map(|(name, text)| (name, text.as_bytes()));
            let folder = folder(&files);
            let done = crate::support::run(&[&"check", &folder.path()]);
            let wanted = i32::from(severity == "error");
            assert_eq!(done.status.code(), Some(wanted), "{property} {severity}");
        }
    }
}

/// Sums are exact whatever the blocks and workers, and one digit more is seen. A sum that may be as
/// telling as a value is shown only where values are.
#[test]
fn control_totals_are_exact_whatever_the_blocks() {
    let mut table = "v,w\n".to_owned();
    for row in 0..5_000 {
        table += &format!("{}.{:02},{}\n", row % 7, row % 100, -(row % 3));
    }
    // 5,000 rows: 714 times 0 to 6, and 0 and 1; fifty times 0.00 to 0.99; 1,666 times 0 to -2, and
    // 0 and -1.
    let (v, w) = (714 * 21 + 1 + 50 * 4950 / 100, -(1666 * 3 + 1));
    let found = |totals: Value, sensitivity: &str, block_size: usize| {
        let mut descriptor: Value = serde_json::from_str(&one_table(&format!(
            r#"[{{"name": "v", "type": "number", "handover": {{"sensitivity": "{sensitivity}"}}}},
                {{"name": "w", "type": "integer"}}]"#
        )))
        .unwrap();
        descriptor["resources"][0]["handover"] = json!({ "controlTotals": totals });
        let descriptor = descriptor.to_string();
        let folder =
            folder(&[("datapackage.json", descriptor.as_bytes()), ("t.csv", table.as_bytes())]);
        let mut options = options();
        (options.block_size, options.jobs) = (block_size, 3);
        let report = json_text(&checked(folder.path(), &options));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["coverage"]["notChecked"].as_array().unwrap().len(), 1);
        let groups = report["tasks"][0]["groups"].as_array().unwrap().iter();
        assert!(
            groups
                .clone()
                .all(|group| group["code"] == "control-count" || group["code"] == "duplicate-row")
        );
        let errors = report["tasks"][0]["errors"].as_array().unwrap().iter();
        errors.map(|error| error["note"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for block_size in [64, 1000, 1 << 20] {
        let none: [&str; 0] = [];
        assert_eq!(found(json!({"v": v, "w": w}), "none", block_size), none);
        let off = json!({"v": format!("{v}.01"), "w": w + 1});
        assert_eq!(
            found(off.clone(), "none", block_size),
            [
                format!("the sum is not the declared {v}.01 but {v}.00"),
                format!("the sum is not the declared {}", w + 1),
            ]
        );
        assert!(!found(off, "personal", block_size)[0].contains("but"));
    }
}

/// A count of rows that does not hold is as grave as the table's schema says, whoever counted: the
/// descriptor, the file's last record, or a manifest.
#[test]
fn the_severity_of_a_count_is_the_tables_whoever_counted() {
    let fields = json!([{"name": "id", "type": "integer"}]);
    let table = |name: &str, extension: Value| {
        json!({"name": name, "path": format!("{name}.csv"), "schema": {"fields": fields},
            "handover": extension})
    };
    let severity = json!({"rowCount": "info"});
    let descriptor = json!({"name": "three", "handover": {"auditTrail": {"absent": "a test"}},
    "resources": [
        table("a", json!({"rowCount": 9, "severity": severity})),
        table("b", json!({"trailer": {"first": "END", "rows": 2}, "severity": severity})),
        table("c", json!({"severity": severity})),
        {"name": "m", "path": "m.csv", "schema": {"fields": [{"name": "f"}, {"name": "n"}]},
            "handover": {"manifest": {"file": "f", "rows": "n"}}}
    ]});
    let report = report_of(&[
        ("datapackage.json", &descriptor.to_string()),
        ("a.csv", "id\n1\n"),
        ("b.csv", "id\n1\nEND,9\n"),
        ("c.csv", "id\n1\n"),
        ("m.csv", "f,n\nc.csv,9\na.csv,1\nb.csv,1\n"),
    ]);
    let found: Vec<_> =
        groups(&report).into_iter().map(|(code, _, number, how, _)| (code, number, how)).collect();
    let info = ("row-count".to_owned(), 1, "info".to_owned());
    assert_eq!(found, [info.clone(), info.clone(), info]);
}
