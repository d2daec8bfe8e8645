//! Workbooks: what is read out of them, what spreadsheets did to the data, and hostile ones, which
//! end the child that reads them and nothing else.

use crate::source::{Folder, gz, tar, told, zip};
use handover::check::{self, Options, Outcome, select};
use handover::schema::descriptor;
use handover::source::workbook::Workbooks;
use handover::source::{Extract, Limits};
use rust_xlsxwriter::{Format, Formula, Workbook};
use std::path::Path;
use std::process::Command;

/// One table of every kind of column.
const FIELDS: &str = r#"[{"name": "id", "type": "integer"}, {"name": "code", "type": "string"},
 {"name": "on", "type": "date"}, {"name": "at", "type": "datetime"},
 {"name": "size", "type": "number"}, {"name": "ok", "type": "boolean"}]"#;

pub fn descriptor(path: &str, dialect: &str) -> String {
    format!(
        r#"{{"name": "w", "handover": {{"auditTrail": {{"absent": "test"}}}}, "resources": [
         {{"name": "t", "path": "{path}", "dialect": {dialect}, "schema": {{"fields": {FIELDS}}}}}]}}"#
    )
}

pub fn limits() -> Limits {
    let program = env!("CARGO_BIN_EXE_handover").into();
    let workbooks = Workbooks { memory: 512 << 20, seconds: 20, ..Workbooks::new(program) };
    Limits { workbooks: Some(workbooks), ..Limits::default() }
}

pub fn outcome_with(path: &Path, descriptor: &str, limits: &Limits) -> Outcome {
    let schema = descriptor::read(descriptor.as_bytes()).unwrap();
    let mut extract = Extract::open(path, limits).unwrap();
    extract.look_into(&|path| select::names_file(&schema, path)).unwrap();
    let (_, used) = select::given("omop-cdm-5.4").unwrap();
    let options = Options::new([1; 16], std::env::temp_dir());
    check::run(&extract, Some((&schema, used)), &options).unwrap()
}

pub fn outcome(path: &Path, descriptor: &str) -> Outcome {
    outcome_with(path, descriptor, &limits())
}

/// Findings, where the table is in `name` and the workbook has these bytes.
fn found(name: &str, bytes: &[u8]) -> Vec<String> {
    let folder = Folder::new();
    told(&outcome(&folder.put(name, bytes), &descriptor(name, "{}")))
}

/// A workbook with the header in its first sheet, and what else `fill` puts there.
pub fn book(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("T").unwrap();
    for (column, label) in ["id", "code", "on", "at", "size", "ok"].iter().enumerate() {
        sheet.write(0, column as u16, *label).unwrap();
    }
    fill(sheet);
    workbook.save_to_buffer().unwrap()
}

pub fn good_row(sheet: &mut rust_xlsxwriter::Worksheet, row: u32) {
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let time = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    sheet.write(row, 0, row).unwrap();
    sheet.write(row, 1, "a, \"b\"\nc").unwrap();
    sheet.write_with_format(row, 2, 45_000.0, &day).unwrap();
    sheet.write_with_format(row, 3, 45_000.5, &time).unwrap();
    sheet.write(row, 4, 1.25).unwrap();
    sheet.write(row, 5, true).unwrap();
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_sheet_is_a_table_in_every_container() {
    let bytes = book(|sheet| (1..=300).for_each(|row| good_row(sheet, row)));
    assert_eq!(found("w.xlsx", &bytes), NOTHING);
    let folder = Folder::new();
    let inside = descriptor("w.xlsx", "{}");
    let tape = tar(&[("w.xlsx", &bytes)]);
    for path in [
        folder.put("x.zip", zip(&[("w.xlsx", &bytes)])),
        folder.put("x.tar", &tape),
        folder.put("x.tar.gz", gz(&tape)),
        folder.put("f/w.xlsx", &bytes).parent().unwrap().to_path_buf(),
    ] {
        let outcome = outcome(&path, &inside);
        assert_eq!(told(&outcome), NOTHING, "{}", path.display());
        assert_eq!(outcome.tasks[0].rows, 300);
    }
}

#[test]
fn sheets_are_chosen_by_name_number_and_path() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap().write(0, 0, "see next").unwrap();
    let sheet = workbook.add_worksheet().set_name("T").unwrap();
    for (column, label) in ["id", "code", "on", "at", "size", "ok"].iter().enumerate() {
        sheet.write(0, column as u16, *label).unwrap();
    }
    good_row(sheet, 1);
    let bytes = workbook.save_to_buffer().unwrap();
    let folder = Folder::new();
    let path = folder.put("w.xlsx", &bytes);
    for (declared, dialect) in [
        ("w.xlsx", r#"{"sheetName": "T"}"#),
        ("w.xlsx", r#"{"sheetNumber": 2}"#),
        ("w.xlsx#T", "{}"),
        ("t.csv", "{}"),
    ] {
        let outcome = outcome(&path, &descriptor(declared, dialect));
        assert_eq!(
            told(&outcome),
            ["warning unexpected-file w.xlsx#Notes"],
            "{declared} {dialect}"
        );
        assert_eq!(outcome.tasks[0].rows, 1);
    }
    let missing = told(&outcome(&path, &descriptor("w.xlsx", r#"{"sheetName": "U"}"#)));
    assert!(missing.iter().any(|line| line.starts_with("error missing-file")), "{missing:?}");
    assert!(missing.iter().any(|line| line.contains("w.xlsx#U")), "{missing:?}");
}

#[test]
fn rows_are_the_sheets_rows() {
    let bytes = book(|sheet| {
        good_row(sheet, 1);
        good_row(sheet, 4);
        sheet.write(4, 0, "x").unwrap();
    });
    let folder = Folder::new();
    let outcome = outcome(&folder.put("w.xlsx", &bytes), &descriptor("w.xlsx", "{}"));
    let rows: Vec<_> = outcome
        .all_groups()
        .map(|(_, group)| (group.code.name(), group.first.row, group.first.line))
        .collect();
    assert_eq!(rows, [("blank-row", Some(3), None), ("type-error", Some(5), None)]);
}

/// Damage: the row of it, and what is found.
#[test]
fn what_a_spreadsheet_did_is_told() {
    let damage = |fill: fn(&mut rust_xlsxwriter::Worksheet)| {
        found(
            "w.xlsx",
            &book(|sheet| {
                good_row(sheet, 1);
                fill(sheet);
            }),
        )
    };
    let told = |lines: Vec<String>, expected: &str| {
        let of_damage: Vec<_> = lines.iter().filter(|l| l.contains(expected)).collect();
        assert_eq!(of_damage.len(), 1, "{expected}: {lines:?}");
    };
    told(
        damage(|sheet| _ = sheet.write(2, 1, 999_123).unwrap()),
        "warning spreadsheet-damage w.xlsx#T: a column that is declared as text holds numbers",
    );
    told(
        damage(|sheet| _ = sheet.write(2, 1, 1_777_541_000_006_110_f64).unwrap()),
        "error spreadsheet-damage w.xlsx#T: a number of more than 15 digits",
    );
    told(
        damage(|sheet| _ = sheet.write(2, 1, "x".repeat(32_767)).unwrap()),
        "error spreadsheet-damage w.xlsx#T: a cell has exactly 32,767 characters",
    );
    told(
        damage(|sheet| _ = sheet.merge_range(2, 0, 3, 1, "1", &Format::new()).unwrap()),
        "warning spreadsheet-damage w.xlsx#T: cells are merged",
    );
    told(
        damage(|sheet| {
            sheet.write_formula(2, 1, Formula::new("=A1/0").set_result("#DIV/0!")).unwrap();
        }),
        "error spreadsheet-damage w.xlsx#T: a cell holds the error of a formula",
    );
    told(
        damage(|sheet| {
            let day = Format::new().set_num_format("dd/mm/yyyy");
            sheet.write_with_format(2, 2, 60.0, &day).unwrap();
        }),
        "a date that is on no calendar",
    );
}

#[test]
fn a_hidden_sheet_is_told_and_read() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Front").unwrap();
    let sheet = workbook.add_worksheet().set_name("T").unwrap();
    for (column, label) in ["id", "code", "on", "at", "size", "ok"].iter().enumerate() {
        sheet.write(0, column as u16, *label).unwrap();
    }
    good_row(sheet, 1);
    sheet.set_hidden(true);
    let bytes = workbook.save_to_buffer().unwrap();
    let folder = Folder::new();
    let path = folder.put("w.xlsx", &bytes);
    let found = told(&outcome(&path, &descriptor("w.xlsx", r#"{"sheetName": "T"}"#)));
    assert!(found.iter().any(|line| line.contains("the sheet is hidden")), "{found:?}");
}

#[test]
fn dates_are_written_as_their_field_declares_them() {
    let bytes = book(|sheet| good_row(sheet, 1));
    let folder = Folder::new();
    let path = folder.put("w.xlsx", &bytes);
    let declared = descriptor("w.xlsx", "{}")
        .replace(r#""type": "date""#, r#""type": "date", "format": "%d.%m.%Y""#);
    assert_eq!(told(&outcome(&path, &declared)), NOTHING);
}

#[test]
fn a_hostile_workbook_ends_its_reader_only() {
    let folder = Folder::new();
    // Two cells at the corners of a sheet.
    let corners = book(|sheet| {
        good_row(sheet, 1);
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    let lines = found("w.xlsx", &corners);
    assert!(lines.iter().any(|line| line.contains("it has exactly 1,048,576 rows")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("error extra-cell")), "{lines:?}");
    // Damage of all sorts: each is a finding, and nothing else happens.
    let good = book(|sheet| (1..50).for_each(|row| good_row(sheet, row)));
    let cut = &good[..good.len() / 2];
    for (name, bytes, expected) in [
        ("cut.xlsx", cut.to_vec(), "the workbook is damaged or cut off"),
        ("page.xls", b"<html><table><tr><td>id".to_vec(), "it is named as a workbook and is none"),
        ("text.xls", b"id\tcode\n1\tx\n".to_vec(), "it is named as a workbook and is none"),
        ("empty.xlsx", Vec::new(), "it is named as a workbook and is none"),
        ("zip.xlsx", zip(&[("a.txt", b"x")]), "it is named as a workbook and is none"),
        ("compound.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), "the workbook is damaged"),
    ] {
        let path = folder.put(name, &bytes);
        let lines = told(&outcome(&path, &descriptor(name, "{}")));
        assert!(lines[0].contains(expected), "{name}: {lines:?}");
        assert!(!lines.iter().any(|line| line.contains("missing-file")), "{name}: {lines:?}");
    }
}

/// A workbook made of XML parts.
pub fn parts(sheet: &str, strings: &str) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"#;
    let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let book = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="T" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let book_rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}

pub const MAIN: &str = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;

pub fn sheet_of(rows: &str) -> String {
    format!(r#"<?xml version="1.0"?><worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"#)
}

pub const HEADER: &str = r#"<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>code</v></c><c r="C1" t="str"><v>on</v></c><c r="D1" t="str"><v>at</v></c><c r="E1" t="str"><v>size</v></c><c r="F1" t="str"><v>ok</v></c></row>"#;

#[test]
fn hostile_xml_in_a_workbook_is_a_finding() {
    let strings = format!(r#"<?xml version="1.0"?><sst {MAIN}></sst>"#);
    let plain = |rows: &str| parts(&sheet_of(&format!("{HEADER}{rows}")), &strings);
    assert_eq!(found("w.xlsx", &plain(r#"<row r="2"><c r="A2"><v>1</v></c></row>"#)), NOTHING);
    let laughs = {
        let mut entities = String::from("<!ENTITY a0 \"ha\">");
        for level in 1..12 {
            let before = format!("&a{};", level - 1).repeat(10);
            entities.push_str(&format!("<!ENTITY a{level} \"{before}\">"));
        }
        let strings = format!(
            r#"<?xml version="1.0"?><!DOCTYPE sst [{entities}]><sst {MAIN}><si><t>&a11;</t></si></sst>"#
        );
        parts(&sheet_of(HEADER), &strings)
    };
    let bomb = {
        let text = "x".repeat(1 << 20);
        let one = format!("<si><t>{text}</t></si>");
        parts(
            &sheet_of(HEADER),
            &format!(r#"<?xml version="1.0"?><sst {MAIN}>{}</sst>"#, one.repeat(600)),
        )
    };
    for (name, bytes) in [
        ("beyond the last column", plain(r#"<row r="2"><c r="XFE2"><v>1</v></c></row>"#)),
        ("beyond the last row", plain(r#"<row r="16777217"><c r="A16777217"><v>1</v></c></row>"#)),
        (
            "rows that go back",
            plain(
                r#"<row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#,
            ),
        ),
        ("a string that is not there", plain(r#"<row r="2"><c r="A2" t="s"><v>7</v></c></row>"#)),
        ("a type that is none", plain(r#"<row r="2"><c r="A2" t="q"><v>7</v></c></row>"#)),
        (
            "a sheet cut off",
            parts(
                &format!("<worksheet {MAIN}><sheetData>{HEADER}<row r=\"2\"><c r=\"A2\"><v>1</v>"),
                &strings,
            ),
        ),
        ("billion laughs", laughs),
        ("more strings than memory", bomb),
    ] {
        let lines = found("w.xlsx", &bytes);
        let told = lines.iter().any(|line| line.starts_with("error unreadable-archive"));
        assert!(told, "{name}: {lines:?}");
    }
}

#[test]
fn limits_of_a_workbook_are_findings() {
    let bytes = book(|sheet| (1..100).for_each(|row| good_row(sheet, row)));
    let folder = Folder::new();
    let path = folder.put("w.xlsx", &bytes);
    let with = |change: fn(&mut Workbooks)| {
        let mut limits = limits();
        limits.workbooks.iter_mut().for_each(change);
        told(&outcome_with(&path, &descriptor("w.xlsx", "{}"), &limits))
    };
    let cells = with(|workbooks| workbooks.cells = 60);
    assert!(cells[0].starts_with("error archive-limit w.xlsx#T"), "{cells:?}");
    let memory = with(|workbooks| workbooks.memory = 4 << 20);
    assert!(memory[0].contains("could not be read safely"), "{memory:?}");
    let mut none = limits();
    none.workbooks = None;
    let lines = told(&outcome_with(&path, &descriptor("w.xlsx", "{}"), &none));
    assert!(lines[0].contains("a workbook, which was not opened"), "{lines:?}");
}

#[test]
fn the_program_reads_and_packs_a_workbook() {
    let folder = Folder::new();
    let bytes = book(|sheet| good_row(sheet, 1));
    folder.put("in/w.xlsx", &bytes);
    folder.put("in/datapackage.json", descriptor("w.xlsx", "{}"));
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_handover"))
            .args(arguments)
            .current_dir(folder.0.path())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = run(&["check", "in"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run(&["package", "in", "--output", "p.zip"]);
    assert_eq!(code, Some(0), "{text}");
    let packed = std::fs::read(folder.0.path().join("p.zip")).unwrap();
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(packed)).unwrap();
    let names: Vec<String> = (0..archive.len())
        .map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned())
        .filter(|name| name.contains("/data/"))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let name = names.iter().find(|name| name.ends_with("w.xlsx")).unwrap();
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(name).unwrap(), &mut content).unwrap();
    assert!(content == bytes, "the workbook in the package is not the one delivered");
    assert_eq!(run(&["verify", "p.zip"]).0, Some(0));
}

#[test]
fn sheets_that_end_with_the_last_row_of_a_spreadsheet_were_cut() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("T").unwrap();
    for (column, label) in ["id", "code", "on", "at", "size", "ok"].iter().enumerate() {
        sheet.write(0, column as u16, *label).unwrap();
    }
    (1..65_536_u32).for_each(|row| _ = sheet.write(row, 0, row).unwrap());
    let lines = found("w.xlsx", &workbook.save_to_buffer().unwrap());
    assert_eq!(
        lines,
        [
            "error truncated-file w.xlsx#T: it has exactly 65,536 rows, the most that a spreadsheet can have",
            "info always-empty w.xlsx#T: in all 65,535 rows ×5"
        ]
    );
}
