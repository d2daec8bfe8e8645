//! `schema lint`, `schema diff` and `schema export` from outside.

use crate::support::{folder, one_table, run};
use serde_json::{Value, json};
use std::fs;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The exit status and the problems of a descriptor, each `severity place: message`.
fn linted(descriptor: &str) -> (Option<i32>, Vec<String>, Value) {
    let place = folder(&[("schema.json", descriptor.as_bytes())]);
    let path = place.path().join("schema.json");
    let output = run(&[&"schema", &"lint", &path, &"--format", &"json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let problems = found["problems"].as_array().unwrap().iter();
    let problems = problems.map(|one| {
        format!("{} {}: {}", said(one, "severity"), said(one, "place"), said(one, "message"))
    });
    (output.status.code(), problems.collect(), found["dmi02"].clone())
}

#[test]
fn what_contradicts_itself_is_told() {
    for (field, expected) in [
        (
            r#"{"name": "a", "type": "string", "constraints": {"pattern": "[0-9]{10}", "maxLength": 8}}"#,
            "error t.a: the pattern wants at least 10 characters, maxLength allows 8",
        ),
        (
            r#"{"name": "a", "type": "string", "constraints": {"pattern": "[a-c&&x]"}}"#,
            "error t.a: the pattern can match nothing",
        ),
        (
            r#"{"name": "a", "type": "string", "constraints": {"enum": ["abc"], "maxLength": 2}}"#,
            "error t.a: a value that is allowed breaks maxLength: it can never be",
        ),
        (
            r#"{"name": "a", "type": "string", "missingValues": ["", "X"], "constraints": {"enum": ["X", "Y"]}}"#,
            "error t.a: a value is allowed, and stands among the missing values too",
        ),
        // The supplier's own: a postcode of 8 characters where 7 are allowed.
        (
            r#"{"name": "Postcode", "type": "string", "example": "LS21 5MU", "constraints": {"maxLength": 7}}"#,
            "error t.Postcode: the example \"LS21 5MU\" breaks maxLength",
        ),
        // And a date that went through a spreadsheet.
        (
            r#"{"name": "Born", "type": "date", "example": "44537"}"#,
            "error t.Born: the example \"44537\" is a date as a spreadsheet counts it, and so breaks the type",
        ),
        (
            r#"{"name": "At", "type": "time", "example": "0.458333"}"#,
            "error t.At: the example \"0.458333\" is a time as a spreadsheet counts it, and so breaks the type",
        ),
        (
            r#"{"name": "CodeId", "type": "integer", "example": "1777541000006110", "rdfType": "http://snomed.info/sct"}"#,
            "error t.CodeId: the example \"1777541000006110\" is no SNOMED CT identifier",
        ),
        (
            r#"{"name": "a", "type": "integer", "example": "17775410000060000"}"#,
            "warning t.a: the example \"17775410000060000\" has lost the digits after the fifteenth",
        ),
        (
            r#"{"name": "Parent", "type": "string", "description": "If this observation has a parent, its GUID", "constraints": {"required": true}}"#,
            "warning t.Parent: is required, and its description says that it may lack",
        ),
        (
            r#"{"name": "a", "type": "string"}, {"name": "A", "type": "string"}"#,
            "warning t.A: differs from a in letter case or separators only",
        ),
    ] {
        let (code, problems, _) = linted(&one_table(&format!("[{field}]")));
        assert!(problems.iter().any(|one| one == expected), "{expected}\n{problems:#?}");
        assert_eq!(code, Some(i32::from(expected.starts_with("error"))), "{problems:#?}");
    }
}

/// A descriptor that cannot be read is the result, and no failure.
#[test]
fn mistakes_are_problems() {
    let (code, problems, topics) =
        linted(&one_table(r#"[{"name": "a", "type": "varchar"}, {"name": "a"}]"#));
    assert_eq!(code, Some(1));
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems[0].starts_with("error /resources/0/schema/fields/0/type (line "));
    assert_eq!(topics, json!([]));
}

fn two_tables(change: impl Fn(&mut Value)) -> String {
    let mut descriptor = json!({
        "name": "two",
        "resources": [
            {
                "name": "patient", "path": "patient.csv", "encoding": "utf-8",
                "handover": {"role": "patient"},
                "schema": {
                    "primaryKey": ["id"],
                    "fields": [
                        {"name": "id", "type": "integer", "constraints": {"required": true}},
                        {"name": "sex", "type": "string", "constraints": {"maxLength": 1, "enum": ["F", "M"]}},
                        {"name": "born", "type": "date"}
                    ]
                }
            },
            {
                "name": "event", "path": "event.csv",
                "schema": {
                    "fields": [
                        {"name": "patient", "type": "integer"},
                        {"name": "weight", "type": "number"}
                    ],
                    "foreignKeys": [{"fields": ["patient"], "reference": {"resource": "patient", "fields": ["id"]}}]
                }
            }
        ]
    });
    change(&mut descriptor);
    descriptor.to_string()
}

#[test]
fn patterns_of_files_and_references_are_looked_at() {
    let (_, problems, _) = linted(&two_tables(|descriptor| {
        descriptor["resources"][0]["handover"]["filePattern"] = json!(".*ent\\.csv");
        descriptor["resources"][0]["schema"].as_object_mut().unwrap().remove("primaryKey");
    }));
    for expected in [
        "error patient: the filePattern matches event.csv too, which is event's",
        "warning event.patient: refers to patient.id, which is not declared to be a key",
        "warning package: no table has the role audit-trail, and nothing says that there is none",
    ] {
        assert!(problems.iter().any(|one| one == expected), "{expected}\n{problems:#?}");
    }
}

#[test]
fn the_topics_of_dmi02_are_covered_or_asked_for() {
    let (code, _, topics) = linted(&two_tables(|descriptor| {
        descriptor["handover"] = json!({"documentation": {"exclusions": "Images are left out."}});
    }));
    assert_eq!(code, Some(0));
    let topics = topics.as_array().unwrap();
    assert_eq!(topics.len(), 12);
    let of = |number: usize, name: &str| topics[number - 1][name].as_str().unwrap();
    assert_eq!(of(2, "state"), "partly");
    assert_eq!(of(2, "ask"), "What is the key of: event.");
    assert_eq!(of(4, "ask"), "In which unit are: event.weight.");
    assert_eq!(of(5, "ask"), "What do the values mean of: patient.sex.");
    assert_eq!(of(9, "state"), "covered");
    assert_eq!(of(9, "says"), "in words: Images are left out.");
    assert_eq!(of(11, "state"), "open");
    assert_eq!(of(12, "ask"), "In which encoding are: event.");
}

/// The changes from one descriptor to another, each `effect place: message`.
fn changes(a: &str, b: &str) -> (Option<i32>, Vec<String>) {
    let place = folder(&[("a.json", a.as_bytes()), ("b.json", b.as_bytes())]);
    let (a, b) = (place.path().join("a.json"), place.path().join("b.json"));
    let output = run(&[&"schema", &"diff", &a, &b, &"--format", &"json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let changes = found["changes"].as_array().unwrap().iter().map(|one| {
        let (resource, field) = (said(one, "resource"), said(one, "field"));
        format!("{} {resource}.{field}: {}", said(one, "effect"), said(one, "message"))
    });
    (output.status.code(), changes.collect())
}

#[test]
fn changes_are_told_with_what_they_mean() {
    let before = two_tables(|_| {});
    assert_eq!(changes(&before, &before), (Some(0), Vec::new()));
    let field = |descriptor: &mut Value, number: usize| {
        descriptor["resources"][0]["schema"]["fields"][number].clone()
    };
    let one = |change: &dyn Fn(&mut Value)| changes(&before, &two_tables(|d| change(d)));
    let fields = "/resources/0/schema/fields";
    for (change, code, expected) in [
        (
            &(|d: &mut Value| {
                d["resources"][0]["schema"]["fields"][2]["format"] = json!("%d/%m/%Y")
            }) as &dyn Fn(&mut Value),
            1,
            "breaks patient.born: the format was default, is %d/%m/%Y",
        ),
        (
            &|d| {
                d["resources"][0]["schema"]["fields"][1]["constraints"]["enum"] =
                    json!(["F", "M", "X"])
            },
            0,
            "widens patient.sex: new values: X",
        ),
        (
            &|d| d["resources"][0]["schema"]["fields"][1]["constraints"]["maxLength"] = json!(2),
            0,
            "widens patient.sex: maxLength was 1, is 2",
        ),
        (
            &|d| {
                d["resources"][0]["schema"]["fields"][0]["constraints"] = json!({});
            },
            0,
            "widens patient.id: is no longer required",
        ),
        (
            &|d| _ = d.pointer_mut(fields).unwrap().as_array_mut().unwrap().pop(),
            1,
            "breaks patient.born: the field is gone",
        ),
        (
            &|d| {
                let new = json!({"name": "died", "type": "date"});
                d.pointer_mut(fields).unwrap().as_array_mut().unwrap().push(new);
            },
            0,
            "widens patient.died: a new field, column 4",
        ),
        (
            &|d| d["resources"][0]["schema"]["fields"][2]["name"] = json!("Born"),
            1,
            "breaks patient.born: is called Born",
        ),
        (
            &|d| d["resources"][0]["encoding"] = json!("windows-1252"),
            1,
            "breaks patient.: encoding was utf-8, is windows-1252",
        ),
        (
            &|d| _ = d["resources"][1]["schema"].as_object_mut().unwrap().remove("foreignKeys"),
            0,
            "widens event.: no reference patient to patient.id any more",
        ),
        (
            &|d| _ = d["resources"].as_array_mut().unwrap().pop(),
            1,
            "breaks event.: the table is gone",
        ),
        (
            &|d| d["resources"][1]["description"] = json!("What happened"),
            0,
            "says event.: a new description",
        ),
    ] {
        let (found, list) = one(change);
        assert_eq!((found, list.as_slice()), (Some(code), &[expected.to_owned()][..]));
    }
    let _ = field;
}

/// What the extension says, in detail: rules, references of some rows, how grave a breach is.
#[test]
fn changes_of_the_extension_are_told_with_what_they_mean() {
    let with = |patient: Value, sex: Value, key: Value| {
        two_tables(|d| {
            d["resources"][1]["handover"] = patient.clone();
            d["resources"][0]["schema"]["fields"][1]["handover"] = sex.clone();
            if !key.is_null() {
                d["resources"][1]["schema"]["foreignKeys"][0]["handover"] = key.clone();
            }
        })
    };
    let rule = |then: &str, severity: &str| json!({"rules": [{"name": "r", "then": then, "severity": severity}]});
    let (none, empty) = (Value::Null, json!({}));
    for (a, b, expected) in [
        (
            with(rule("weight != null", "error"), empty.clone(), none.clone()),
            with(rule("weight != null", "warning"), empty.clone(), none.clone()),
            "widens event.: the rule \"r\" was an error, is a warning",
        ),
        (
            with(rule("weight != null", "warning"), empty.clone(), none.clone()),
            with(rule("weight != null", "error"), empty.clone(), none.clone()),
            "narrows event.: the rule \"r\" was a warning, is an error",
        ),
        (
            with(rule("weight != null", "error"), empty.clone(), none.clone()),
            with(rule("weight > 0", "error"), empty.clone(), none.clone()),
            "widens event.: the rule \"r\" was weight != null, is weight > 0",
        ),
        (
            with(empty.clone(), empty.clone(), none.clone()),
            with(rule("weight > 0", "error"), empty.clone(), none.clone()),
            "narrows event.: a new rule \"r\": weight > 0",
        ),
        (
            with(rule("weight > 0", "error"), empty.clone(), none.clone()),
            with(empty.clone(), empty.clone(), none.clone()),
            "widens event.: the rule \"r\" is gone: weight > 0",
        ),
        (
            with(empty.clone(), json!({"severity": {"maxLength": "warning"}}), none.clone()),
            with(empty.clone(), empty.clone(), none.clone()),
            "narrows patient.sex: a breach of maxLength was a warning, is an error",
        ),
        (
            with(empty.clone(), empty.clone(), none.clone()),
            with(empty.clone(), empty.clone(), json!({"severity": "warning"})),
            "widens event.: a missing parent of patient to patient.id was an error, is a warning",
        ),
        (
            with(json!({"deleted": {"weight": null}}), empty.clone(), none.clone()),
            with(empty.clone(), empty.clone(), none.clone()),
            "breaks event.: which rows say that something was deleted was {\"weight\":null}, is not declared",
        ),
        (
            with(json!({"mode": "bulk"}), empty.clone(), none.clone()),
            with(json!({"mode": "delta"}), empty.clone(), none.clone()),
            "breaks event.: the mode was \"bulk\", is \"delta\"",
        ),
        (
            with(
                json!({"references": [{"when": {"weight": 1}, "fields": ["patient"],
                    "reference": {"resource": "patient", "fields": ["id"]}}]}),
                empty.clone(),
                none.clone(),
            ),
            with(empty.clone(), empty.clone(), none.clone()),
            "widens event.: the reference patient where weight is 1 is gone, it led to patient.id",
        ),
    ] {
        let (_, list) = changes(&a, &b);
        assert_eq!(list, [expected.to_owned()]);
    }
}

/// Words count for what they say: that somebody will write them says nothing.
#[test]
fn words_of_the_documentation_must_say_something() {
    for (words, state) in [
        ("TBC", "open"),
        ("To be confirmed by the supplier", "open"),
        ("n/a", "open"),
        ("See note", "open"),
        ("None.", "covered"),
        ("Derivations.pdf, in the folder documentation", "covered"),
        ("The age is worked out from the date of birth on the day of the extract.", "covered"),
    ] {
        let descriptor =
            two_tables(|d| d["handover"]["documentation"]["derivations"] = json!(words));
        let (_, _, topics) = linted(&descriptor);
        let topic = topics.as_array().unwrap().iter().find(|one| one["number"] == 8).unwrap();
        assert_eq!(topic["state"], state, "{words}");
    }
    // A sentence does not stand for the meanings of forty codes.
    let descriptor = two_tables(|d| {
        d["handover"]["documentation"]["codes"] =
            json!("The codes mean what they usually mean here.");
    });
    let (_, _, topics) = linted(&descriptor);
    let topic = topics.as_array().unwrap().iter().find(|one| one["number"] == 5).unwrap();
    assert_eq!(topic["state"], "partly");
    assert_eq!(topic["ask"], "What do the values mean of: patient.sex.");
}

/// What is exported as a workbook is imported again with the same tables, fields, keys, references.
#[test]
fn a_workbook_of_a_schema_is_read_back() {
    let place = tempfile::tempdir().unwrap();
    let book = place.path().join("omop.xlsx");
    let output =
        run(&[&"schema", &"export", &"omop-cdm-5.4", &"--to", &"xlsx", &"--output", &book]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "handover: not in the documentation: 1 way to the patient\n");
    let back = place.path().join("back.json");
    let output = run(&[&"schema", &"import", &book, &"--output", &back]);
    let told = text(&output.stdout);
    assert!(told.contains("39 tables, 432 fields, 28 primary keys, 176 references"), "{told}");
    let output = run(&[&"schema", &"diff", &"omop-cdm-5.4", &back]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("0 breaks, 0 widens, 0 narrows"), "{said}");
    // The same schema gives the same bytes.
    let again = run(&[&"schema", &"export", &"omop-cdm-5.4", &"--to", &"xlsx"]);
    assert!(again.stdout == fs::read(&book).unwrap());
}

#[test]
fn documentation_is_written_for_people() {
    let hostile = two_tables(|descriptor| {
        descriptor["resources"][1]["description"] = json!("<script>alert(1)</script> | *x*");
        descriptor["resources"][0]["schema"]["fields"][0]["description"] = json!("=1+1");
    });
    let place = folder(&[("schema.json", hostile.as_bytes())]);
    let path = place.path().join("schema.json");
    let of = |form: &str| {
        let output = run(&[&"schema", &"export", &path, &"--to", &form]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let page = of("html");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{page}");
    assert!(page.contains("<td>patient.id</td>") && page.contains("default-src &#39;none&#39;"));
    let markdown = of("md");
    assert!(markdown.contains("\\<script\\>"), "{markdown}");
    assert!(markdown.contains("| 1 | patient | integer |"), "{markdown}");
}
