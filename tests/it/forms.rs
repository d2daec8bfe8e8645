//! The report in the forms of other programs, read back by other readers; and the baseline.

use crate::report::{cells, clean, field, hopeless, place, reference};
use crate::support::{checked, emis_small, folder, one_table, options, program, root, run, skip};
use calamine::{Data, Reader, Xlsx, open_workbook};
use handover::check::{Acceptance, Accepted, Identity, Outcome};
use handover::finding::{Code, Facts, Gap, Group, Sample, Severity};
use handover::pipeline::Interrupt;
use handover::report::json::lines;
use handover::report::{Report, Samples, csv, json, junit, sarif, xlsx};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What a name from outside may be at its worst.
const EVIL: &str = "=HYPERLINK(\"http://x\")<script>alert(1)</script>\u{1b}[31m\u{202e}&\n\"'";

/// Outcomes to be written: clean, broken, accepted in part, with names that would act.
fn outcomes() -> Vec<Outcome> {
    let mut evil = clean(2);
    evil.files[0].shown = EVIL.to_owned();
    evil.tasks[0].name = EVIL.to_owned();
    evil.tasks[0].labels = vec![EVIL.to_owned()];
    let mut group = cells(Code::TypeError, 0, EVIL, Facts::Text(EVIL.into()), 3);
    group.suggestion = Some(EVIL.to_owned());
    group.samples = vec![Sample {
        place: place(0, 17),
        shape: Some(EVIL.to_owned()),
        value: Some(EVIL.to_owned()),
        facts: Facts::None,
        token: None,
    }];
    evil.tasks[0].groups.push(group.clone());
    let mut label = Group::single(
        Code::IncorrectLabel,
        Some(0),
        Facts::Name { expected: Some(EVIL.into()), found: Some(EVIL.into()) },
        place(0, 1),
    );
    label.fields = vec![field(1, EVIL)];
    evil.tasks[0].groups.push(label);
    evil.tasks[1].groups.push(cells(Code::ForeignKey, 1, "code", reference(EVIL, 3), 9));
    evil.gaps.push(Gap { resource: Some(0), check: EVIL.into(), reason: EVIL.into() });
    evil.accepted.push(Accepted {
        task: Some(0),
        group,
        reason: EVIL.to_owned(),
        by: EVIL.to_owned(),
    });
    vec![clean(0), clean(3), hopeless(), evil]
}

fn all(outcome: &Outcome) -> Report<'_> {
    Report { samples: Samples::All, ..Report::new(outcome) }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn assert_valid(validator: &jsonschema::Validator, value: &Value) {
    let problems: Vec<String> = validator
        .iter_errors(value)
        .take(5)
        .map(|error| format!("{}: {error:.300}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}");
}

fn validator(path: &str) -> jsonschema::Validator {
    let text = fs::read_to_string(root().join(path)).unwrap();
    // The published schema of SARIF has one pattern that is no regular expression.
    let text = text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn json_is_as_its_published_schema_says() {
    let validator = validator("docs/report.schema.json");
    for outcome in outcomes() {
        let bytes = written(|out| json::write(&all(&outcome), out).unwrap());
        assert_valid(&validator, &serde_json::from_slice(&bytes).unwrap());
    }
    // Those of real checks too, with profile, coverage and what else a check adds.
    for path in ["fixtures/extracts/emis-small", "fixtures/extracts/type-error-date-forms/extract"]
    {
        let outcome = checked(&root().join(path), &options());
        let bytes = written(|out| json::write(&all(&outcome), out).unwrap());
        assert_valid(&validator, &serde_json::from_slice(&bytes).unwrap());
    }
    let mut value: Value = serde_json::from_slice(&written(|out| {
        json::write(&all(&clean(1)), out).unwrap();
    }))
    .unwrap();
    value["stats"]["errors"] = "many".into();
    assert!(!validator.is_valid(&value));
}

/// The reports of every fixture are what the schemas of JSON, SARIF and JUnit ask for.
#[test]
fn reports_of_every_fixture_are_as_their_schemas_say() {
    let (ours, sarif_schema) = (
        validator("docs/report.schema.json"),
        validator("fixtures/standards/sarif-schema-2.1.0.json"),
    );
    let place = tempfile::tempdir().unwrap();
    let (mut count, mut paths) = (0, Vec::new());
    for fixture in crate::check::fixtures() {
        let outcome = checked(&fixture.join("extract"), &options());
        let bytes = written(|out| json::write(&all(&outcome), out).unwrap());
        assert_valid(&ours, &serde_json::from_slice(&bytes).unwrap());
        let bytes = written(|out| sarif::write(&all(&outcome), out).unwrap());
        assert_valid(&sarif_schema, &serde_json::from_slice(&bytes).unwrap());
        let path = place.path().join(format!("{count}.xml"));
        fs::write(&path, written(|out| junit::write(&all(&outcome), out).unwrap())).unwrap();
        paths.push(path);
        count += 1;
    }
    assert!(count > 200, "{count} fixtures");
    let schema = root().join("fixtures/standards/junit-10.xsd");
    match Command::new("xmllint").arg("--noout").arg("--schema").arg(&schema).args(&paths).output()
    {
        Err(_) => skip("xmllint is not here, so JUnit reports were not held against their schema"),
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn sarif_is_valid_and_counts_alike() {
    let validator = validator("fixtures/standards/sarif-schema-2.1.0.json");
    for outcome in outcomes() {
        let bytes = written(|out| sarif::write(&all(&outcome), out).unwrap());
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        assert_valid(&validator, &value);
        let run = &value["runs"][0];
        let results = run["results"].as_array().unwrap();
        let samples: usize = outcome.all_groups().map(|(_, group)| group.samples.len()).sum();
        let accepted: usize = outcome.accepted.iter().map(|a| a.group.samples.len()).sum();
        assert_eq!(results.len(), samples + accepted);
        let is_suppressed = |result: &&Value| result.get("suppressions").is_some();
        assert_eq!(results.iter().filter(is_suppressed).count(), accepted);
        assert_eq!(run["properties"]["errors"], outcome.count(Severity::Error));
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }
}

#[test]
fn junit_is_valid_and_only_errors_fail() {
    let schema = root().join("fixtures/standards/junit-10.xsd");
    let has_xmllint = Command::new("xmllint").arg("--version").output().is_ok();
    if !has_xmllint {
        skip("xmllint is not here, so the JUnit report was not held against its schema");
    }
    for outcome in outcomes() {
        let bytes = written(|out| junit::write(&all(&outcome), out).unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let errors = outcome.all_groups().filter(|(_, group)| group.severity == Severity::Error);
        assert_eq!(text.matches("<failure ").count(), errors.count());
        assert_eq!(text.matches("<skipped ").count(), outcome.gaps.len());
        assert!(!text.contains("<script>") && !text.contains('\u{1b}'));
        if has_xmllint {
            let folder = folder(&[("report.xml", text.as_bytes())]);
            let path = folder.path().join("report.xml");
            let mut command = Command::new("xmllint");
            command.arg("--noout").arg("--schema").arg(&schema).arg(&path);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn csv_is_read_back_and_holds_no_formula() {
    for outcome in outcomes() {
        let bytes = written(|out| csv::write(&all(&outcome), out).unwrap());
        let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
        assert_eq!(reader.headers().unwrap().len(), 14);
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let samples: usize = outcome.all_groups().map(|(_, group)| group.samples.len()).sum();
        assert_eq!(rows.len(), samples);
        for cell in rows.iter().flatten() {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
            assert!(!cell.contains(|c: char| c.is_control()), "{cell:?}");
        }
    }
}

fn parsed(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_lines_end_with_the_verdict() {
    for outcome in outcomes() {
        let bytes = written(|out| lines::write(&all(&outcome), out).unwrap());
        let values = parsed(&String::from_utf8(bytes).unwrap());
        assert_eq!(values[0]["event"], "begin");
        assert_eq!(values[0]["format"], "handover-report-lines/1");
        let last = values.last().unwrap();
        assert_eq!(last["event"], "end");
        assert_eq!(last["stats"]["errors"], outcome.count(Severity::Error));
        let count = |event: &str| values.iter().filter(|value| value["event"] == event).count();
        let samples: usize = outcome.all_groups().map(|(_, group)| group.samples.len()).sum();
        assert_eq!(count("finding"), samples);
        assert_eq!(count("group"), outcome.all_groups().count());
        assert_eq!(count("accepted"), outcome.accepted.len());
        assert_eq!(count("not-checked"), outcome.gaps.len());
    }
}

/// What is told while a check runs is what the report has in the end.
#[test]
fn findings_come_as_they_happen_and_none_twice() {
    let rows: String = (0..60_000).map(|n| format!("{n},x{}\n", n % 7)).collect();
    let table = format!("id,n\n{rows}1,5\n");
    let schema = one_table(
        r#"[{"name": "id", "type": "integer", "constraints": {"unique": true}},
        {"name": "n", "type": "integer"}]"#,
    );
    let folder = folder(&[("t.csv", table.as_bytes()), ("datapackage.json", schema.as_bytes())]);
    for samples in ["7", "all"] {
        let streamed = program()
            .args(["check", "--format", "jsonl", "--samples", samples])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(streamed.status.code(), Some(1));
        let streamed = parsed(&String::from_utf8(streamed.stdout).unwrap());
        let file = tempfile::tempdir().unwrap();
        let path = file.path().join("report.jsonl");
        let whole = program()
            .args(["check", "--quiet", "--samples", samples, "--report"])
            .arg(&path)
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(whole.status.code(), Some(1));
        let mut whole = parsed(&fs::read_to_string(&path).unwrap());
        let mut sorted = streamed.clone();
        for values in [&mut whole, &mut sorted] {
            values.iter_mut().for_each(|value| {
                value.as_object_mut().unwrap().remove("labels");
            });
            values.sort_by_key(Value::to_string);
        }
        assert_eq!(whole, sorted);
        // The findings of the first block stand before those of the last.
        let of = |event: &str| streamed.iter().position(|value| value["event"] == event).unwrap();
        assert!(of("finding") < of("group"));
    }
}

/// The cells of a sheet by row, as text.
fn sheet(path: &Path, name: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let range = book.worksheet_range(name).unwrap();
    let text = |cell: &Data| match cell {
        Data::Float(number) => format!("{number}"),
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

#[test]
fn a_workbook_is_read_back_as_it_was_written() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("report.xlsx");
    for outcome in outcomes() {
        let report = all(&outcome);
        let bytes = written(|out| {
            xlsx::write(&report, out, temp.path(), &Interrupt::default()).unwrap().unwrap()
        });
        let again = written(|out| {
            xlsx::write(&report, out, temp.path(), &Interrupt::default()).unwrap().unwrap()
        });
        assert!(bytes == again, "the same report gives the same bytes");
        fs::write(&path, bytes).unwrap();
        let groups = sheet(&path, "Groups");
        let count = outcome.all_groups().count();
        let times: u64 =
            groups.iter().skip(1).take(count).map(|row| row[9].parse::<u64>().unwrap()).sum();
        assert_eq!(times, outcome.all_groups().map(|(_, group)| group.occurrences).sum::<u64>());
        let findings = sheet(&path, "Findings");
        let samples: usize = outcome.all_groups().map(|(_, group)| group.samples.len()).sum();
        let listed = findings.iter().skip(1).filter(|row| row[0].parse::<u64>().is_ok());
        assert_eq!(listed.count(), samples);
        // The places are those of the outcome, group by group in the order of the sheet.
        for row in findings.iter().skip(1).take(samples) {
            let group = &groups[row[0].parse::<usize>().unwrap()];
            assert_eq!((&row[2], &row[1]), (&group[2], &group[1]));
            assert_eq!(row[5], group[11], "the only example is the first row");
        }
        let gaps = outcome.gaps.len();
        assert_eq!(if gaps == 0 { 0 } else { sheet(&path, "Not checked").len() - 1 }, gaps);
        // Text is text: no cell is a formula, and no link leads out.
        let mut book: Xlsx<_> = open_workbook(&path).unwrap();
        for name in book.sheet_names() {
            assert!(book.worksheet_formula(&name).unwrap().is_empty(), "{name}");
        }
        let unzipped = zipped(&path);
        assert!(!unzipped.contains("TargetMode=\"External\""));
        assert!(!unzipped.contains('\u{1b}'));
    }
}

/// All parts of a workbook as one text.
fn zipped(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).unwrap();
        std::io::Read::read_to_string(&mut part, &mut text).unwrap();
    }
    text
}

/// An extract with errors of three causes.
fn broken() -> tempfile::TempDir {
    let schema = one_table(
        r#"[{"name": "id", "type": "integer"}, {"name": "born", "type": "date"},
        {"name": "sex", "constraints": {"enum": ["M", "F"]}}]"#,
    );
    let table = "id,born,sex\n1,03/04/1960,M\n2,1960-05-06,X\nx,07/08/1970,F\n";
    folder(&[("t.csv", table.as_bytes()), ("datapackage.json", schema.as_bytes())])
}

/// Writes a workbook's sheet Groups anew, with status, owner and comment in every row that a
/// choice accepts.
fn work_on(path: &Path, accepts: impl Fn(&[String]) -> Option<(&'static str, &'static str)>) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet_out = book.add_worksheet();
    sheet_out.set_name("Groups").unwrap();
    for (at, row) in sheet(path, "Groups").iter().enumerate() {
        let at = u32::try_from(at).unwrap();
        for (column, cell) in (0_u16..).zip(row) {
            match cell.parse::<f64>() {
                Ok(number) => sheet_out.write_number(at, column, number).unwrap(),
                Err(_) => sheet_out.write_string(at, column, cell).unwrap(),
            };
        }
        if let Some((owner, comment)) = accepts(row).filter(|_| at > 0) {
            sheet_out.write_string(at, 16, "accepted ").unwrap();
            sheet_out.write_string(at, 17, owner).unwrap();
            sheet_out.write_string(at, 18, comment).unwrap();
        }
    }
    book.save(path).unwrap();
}

#[test]
fn what_a_workbook_accepts_fails_the_next_check_no_more() {
    let extract = broken();
    let temp = tempfile::tempdir().unwrap();
    let book = temp.path().join("work.xlsx");
    let first = run(&[&"check", &extract.path(), &"--report", &book]);
    assert_eq!(first.status.code(), Some(1));
    assert_eq!(sheet(&book, "Groups").len(), 4);

    // One cause is accepted: the others still count.
    work_on(&book, |row| (row[6] == "born").then_some(("A. Name", "=the importer takes them")));
    let json = temp.path().join("report.json");
    let second = run(&[&"check", &extract.path(), &"--baseline", &book, &"--report", &json]);
    assert_eq!(second.status.code(), Some(1));
    let notes = String::from_utf8(second.stderr).unwrap();
    assert_eq!(notes, "handover: 2 findings are accepted, as the baseline says\n");
    let value: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(value["stats"]["errors"], 2);
    assert_eq!(value["accepted"][0]["reason"], "=the importer takes them");
    assert_eq!(value["accepted"][0]["by"], "A. Name");
    let text = String::from_utf8(second.stdout).unwrap();
    assert!(text.contains("Accepted: 2 findings by A. Name"), "{text}");

    // A report is a baseline too.
    let third = run(&[&"check", &extract.path(), &"--baseline", &json, &"--format", &"json"]);
    let value: Value = serde_json::from_slice(&third.stdout).unwrap();
    assert_eq!(
        (&value["stats"]["errors"], value["accepted"].as_array().unwrap().len()),
        (&2.into(), 1)
    );

    // All are accepted: the check passes, and the package states it.
    let again = run(&[&"check", &extract.path(), &"--report", &book]);
    assert_eq!(again.status.code(), Some(1));
    work_on(&book, |_| Some(("A. Name", "agreed with the supplier")));
    let all = run(&[&"check", &extract.path(), &"--baseline", &book, &"--strict"]);
    assert_eq!(all.status.code(), Some(0), "{}", String::from_utf8_lossy(&all.stdout));
    let package = temp.path().join("P.zip");
    let packed = run(&[&"package", &extract.path(), &"--baseline", &book, &"--output", &package]);
    assert_eq!(packed.status.code(), Some(0), "{}", String::from_utf8_lossy(&packed.stderr));
    let inside = Command::new("unzip").arg("-p").arg(&package).output();
    if let Ok(inside) = inside {
        let text = String::from_utf8_lossy(&inside.stdout).into_owned();
        assert!(text.contains("agreed with the supplier"));
        assert!(text.contains("Accepted-Findings: 4"));
        assert!(text.contains("findings accepted beforehand"));
    }

    // More of the same is not what was accepted.
    let table = extract.path().join("t.csv");
    let more = fs::read_to_string(&table).unwrap() + "4,01/01/1999,F\n";
    fs::write(&table, more).unwrap();
    let more = run(&[&"check", &extract.path(), &"--baseline", &book]);
    assert_eq!(more.status.code(), Some(1));
    let text = String::from_utf8(more.stdout).unwrap();
    assert!(text.contains("2 of these were accepted, and there are 3"), "{text}");
    let refused = temp.path().join("Q.zip");
    let packed = run(&[&"package", &extract.path(), &"--baseline", &book, &"--output", &refused]);
    assert_eq!(packed.status.code(), Some(1));
    assert!(!refused.exists());
}

#[test]
fn a_baseline_without_reason_or_name_is_refused() {
    let extract = broken();
    let temp = tempfile::tempdir().unwrap();
    let book = temp.path().join("work.xlsx");
    for (owner, comment, problem) in
        [("", "why", "accepted without a name"), ("A. Name", " ", "accepted without a reason")]
    {
        run(&[&"check", &extract.path(), &"--report", &book]);
        work_on(&book, |_| Some((owner, comment)));
        let refused = run(&[&"check", &extract.path(), &"--baseline", &book]);
        assert_eq!(refused.status.code(), Some(2));
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(text.contains(problem) && text.contains("row 2 of the sheet"), "{text}");
        assert!(refused.stdout.is_empty());
    }
    let other = root().join("fixtures/access/prices.xls");
    let refused = run(&[&"check", &extract.path(), &"--baseline", &other]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("has no sheet \"Groups\""));
    let absent = run(&[&"check", &extract.path(), &"--baseline", &"absent.json"]);
    assert_eq!(absent.status.code(), Some(2));
    let odd = run(&[&"check", &extract.path(), &"--baseline", &"list.doc"]);
    assert_eq!(odd.status.code(), Some(2));
}

/// An identity survives the spreadsheet, whatever is in the names.
#[test]
fn identities_survive_the_workbook() {
    let mut outcomes = outcomes();
    let evil = outcomes.pop().unwrap();
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("work.xlsx");
    let bytes = written(|out| {
        xlsx::write(&all(&evil), out, temp.path(), &Interrupt::default()).unwrap().unwrap()
    });
    fs::write(&path, bytes).unwrap();
    work_on(&path, |_| Some(("A. Name", "known")));
    let workbooks =
        handover::source::workbook::Workbooks::new(env!("CARGO_BIN_EXE_handover").into());
    let read: Vec<Acceptance> = handover::report::baseline::read(&path, &workbooks).unwrap();
    let mut expected: Vec<Identity> =
        evil.all_groups().map(|(task, group)| Identity::of(&evil, task, group)).collect();
    let mut found: Vec<Identity> = read.into_iter().map(|read| read.identity).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn every_form_can_be_printed_and_saved() {
    let extract = emis_small();
    let temp = tempfile::tempdir().unwrap();
    for form in ["text", "json", "jsonl", "csv", "sarif", "junit"] {
        let output = run(&[&"check", &extract, &"--format", &form]);
        assert_eq!(output.status.code(), Some(0), "{form}");
        assert!(!output.stdout.is_empty(), "{form}");
    }
    let mut command = program();
    command.arg("check").arg(&extract).arg("--quiet");
    let endings = ["html", "xlsx", "json", "jsonl", "csv", "sarif", "xml", "txt"];
    for ending in endings {
        command.arg("--report").arg(temp.path().join(format!("r.{ending}")));
    }
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    for ending in endings {
        assert!(temp.path().join(format!("r.{ending}")).metadata().unwrap().len() > 80, "{ending}");
    }
    let odd = run(&[&"check", &extract, &"--report", &"r.doc"]);
    assert_eq!(odd.status.code(), Some(2));
}

/// A row for each finding as far as a sheet goes, links as far as programs take them, exact totals.
#[test]
#[ignore = "long: 1.2 million findings"]
fn a_workbook_of_more_findings_than_a_sheet_has_rows() {
    let rows: String = (0..1_200_000).map(|n| format!("{n},x\n")).collect();
    let schema =
        one_table(r#"[{"name": "id", "type": "integer"}, {"name": "n", "type": "integer"}]"#);
    let table = format!("id,n\n{rows}");
    let extract = folder(&[("t.csv", table.as_bytes()), ("datapackage.json", schema.as_bytes())]);
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("report.xlsx");
    let done = run(&[&"check", &extract.path(), &"--samples", &"all", &"--report", &path]);
    assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let findings = book.worksheet_range("Findings").unwrap();
    assert_eq!(findings.height(), 1_048_576);
    let last = findings.get((1_048_575, 0)).unwrap().to_string();
    assert!(last.starts_with("1,048,574 of 1,200,000 findings are listed"), "{last}");
    let groups = book.worksheet_range("Groups").unwrap();
    assert_eq!(groups.get((1, 9)).unwrap().to_string(), "1200000");
    let mut archive = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    let mut part = archive.by_name("xl/worksheets/sheet4.xml").unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut part, &mut text).unwrap();
    assert_eq!(text.matches("<hyperlink ").count(), 65_530, "and more than 70,000 were asked for");
}
