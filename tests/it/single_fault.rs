//! One fault, one finding: into a sound extract each fault is put alone, and exactly that error is
//! found, at that place, and no second one. Every error code of the catalogue is put in here, or
//! stands in [`LEFT_OUT`] with the reason.

use crate::archive::Raw;
use crate::support::{folder, json_text, options};
use handover::check::{self, select};
use handover::finding::catalogue::{Area, CATALOGUE, Code, Severity};
use handover::source::{Extract, Limits};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

/// Codes that no fault of one extract brings out.
const LEFT_OUT: &[(Code, &str)] = &[
    (Code::SwallowedRows, "unclosed-quote tells how many rows a quote would swallow"),
    (
        Code::SchemaVersion,
        "two files of two versions of a carried schema: tests/it/systems.rs, and no fault of one file",
    ),
    (Code::SchemaError, "a fault of the descriptor, not of the extract: fixtures/descriptors"),
];

/// Files by path.
type Files = BTreeMap<String, Vec<u8>>;

fn sound() -> Files {
    let fixed = "code,term\n1,one\n2,two\n";
    let descriptor = format!(
        r#"{{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "sound",
"resources": [
 {{"name": "patient", "path": "patient.csv", "handover": {{"role": "patient"}}, "schema": {{
   "fields": [{{"name": "id", "type": "integer", "handover": {{"role": "patient"}}}},
    {{"name": "nhs", "type": "string", "rdfType": "https://fhir.nhs.uk/Id/nhs-number"}},
    {{"name": "name", "type": "string", "constraints": {{"required": true, "maxLength": 20}}}},
    {{"name": "born", "type": "date"}},
    {{"name": "ref", "type": "string", "constraints": {{"unique": true}}}}],
   "primaryKey": "id"}}}},
 {{"name": "visit", "path": "visit.csv", "handover": {{"rules": [
    {{"name": "order", "then": "until >= since"}}]}}, "schema": {{
   "fields": [{{"name": "id", "type": "integer"}}, {{"name": "patient", "type": "integer"}},
    {{"name": "since", "type": "date"}}, {{"name": "until", "type": "date"}},
    {{"name": "note", "type": "string"}}, {{"name": "size", "type": "integer"}}],
   "primaryKey": "id", "foreignKeys": [{{"fields": "patient",
    "reference": {{"resource": "patient", "fields": "id"}}}}]}}}},
 {{"name": "letter", "path": "letter.csv", "schema": {{"fields": [
    {{"name": "id", "type": "integer"}},
    {{"name": "file", "type": "string", "handover": {{"role": "document", "folder": "letters"}}}}]}}}},
 {{"name": "audit", "path": "audit.csv", "handover": {{"role": "audit-trail"}}, "schema": {{"fields": [
    {{"name": "number", "type": "integer", "handover": {{"role": "sequence"}}}},
    {{"name": "on", "type": "date", "handover": {{"role": "recorded-date"}}}},
    {{"name": "user", "type": "string", "handover": {{"role": "user"}}}}]}}}},
 {{"name": "fixed", "path": "fixed.csv", "bytes": {}, "hash": "sha256:{}", "schema": {{"fields": [
    {{"name": "code", "type": "integer"}}, {{"name": "term", "type": "string"}}]}}}},
 {{"name": "counted", "path": "counted.csv", "handover": {{"rowCount": 3}}, "schema": {{"fields": [
    {{"name": "id", "type": "integer"}}, {{"name": "text", "type": "string"}}]}}}},
 {{"name": "summed", "path": "summed.csv", "handover": {{"controlTotals": {{"amount": 6.5}}}},
   "schema": {{"fields": [{{"name": "id", "type": "integer"}},
    {{"name": "amount", "type": "number"}}]}}}},
 {{"name": "ended", "handover": {{"filePattern": "ended_(?P<date>[0-9]{{8}})\\.csv",
    "trailer": {{"first": "END", "rows": 2}}}}, "schema": {{"fields": [
    {{"name": "id", "type": "integer"}}, {{"name": "text", "type": "string"}}]}}}},
 {{"name": "dated", "handover": {{"filePattern": "dated_(?P<date>[0-9]{{8}})\\.csv"}}, "schema": {{
    "fields": [{{"name": "id", "type": "integer"}}, {{"name": "text", "type": "string"}}]}}}}]}}"#,
        fixed.len(),
        sha256(fixed.as_bytes()),
    );
    let files = [
        ("datapackage.json", descriptor.as_str()),
        (
            "patient.csv",
            "id,nhs,name,born,ref\n\
             1,9990000018,Ann,1961-02-03,a\n\
             2,9990000026,\"Bob, the\nfirst\",1962-03-04,b\n\
             3,9990000034,Cyd,1963-04-05,c\n",
        ),
        (
            "visit.csv",
            "id,patient,since,until,note,size\n\
             1,1,2024-01-01,2024-01-02,well,3\n\
             2,3,2024-02-01,2024-02-02,\"two\nlines\",4\n\
             3,3,2024-03-01,2024-03-02,seen,5\n\
             4,2,2024-04-01,2024-04-02,called,6\n",
        ),
        ("letter.csv", "id,file\n1,a.txt\n2,b.txt\n"),
        ("letters/a.txt", "one"),
        ("letters/b.txt", "two"),
        (
            "audit.csv",
            "number,on,user\n1,2024-01-01,u1\n2,2024-01-02,u2\n3,2024-01-03,u1\n4,2024-01-04,u2\n",
        ),
        ("fixed.csv", fixed),
        ("counted.csv", "id,text\n1,a\n2,b\n3,c\n"),
        ("summed.csv", "id,amount\n1,2.25\n2,4.25\n"),
        ("ended_20260301.csv", "id,text\n1,a\n2,b\nEND,2\n"),
        ("dated_20260301.csv", "id,text\n1,a\n2,b\n"),
    ];
    files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the one finding must be.
enum At {
    /// In no file.
    Extract,
    /// In a file, in no row of it or in its header.
    File(&'static str),
    /// In that row.
    Row(&'static str, usize),
}

/// Replaces a text that stands once in a file.
fn replace(files: &mut Files, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{name}: {from}");
    files.insert(name.to_owned(), text.replace(from, to).into_bytes());
}

fn rename(files: &mut Files, from: &str, to: &str) {
    let bytes = files.remove(from).unwrap();
    files.insert(to.to_owned(), bytes);
}

/// A fault: its code, where it is found, what is changed.
type Fault = (&'static str, At, fn(&mut Files));

fn faults() -> Vec<Fault> {
    use At::{Extract, File, Row};
    vec![
        ("missing-file", Extract, |f| drop(f.remove("counted.csv"))),
        ("empty-file", File("counted.csv"), |f| drop(f.insert("counted.csv".into(), Vec::new()))),
        ("partial-transfer", File("visit.csv.filepart"), |f| {
            rename(f, "visit.csv", "visit.csv.filepart");
        }),
        ("name-collision", File("letters/a.txt"), |f| {
            drop(f.insert("letters/A.TXT".into(), b"other".to_vec()));
        }),
        ("batch-mismatch", File("dated_20260228.csv"), |f| {
            rename(f, "dated_20260301.csv", "dated_20260228.csv");
        }),
        ("hash-count", File("fixed.csv"), |f| replace(f, "fixed.csv", "2,two", "2,tow")),
        ("byte-count", File("fixed.csv"), |f| replace(f, "fixed.csv", "2,two", "2,three")),
        ("row-count", File("counted.csv"), |f| replace(f, "counted.csv", "2,b\n", "")),
        ("control-count", File("summed.csv"), |f| replace(f, "summed.csv", "4.25", "4.75")),
        ("missing-document", Row("letter.csv", 3), |f| drop(f.remove("letters/b.txt"))),
        ("encoding-error", Row("visit.csv", 5), |f| {
            let bytes = f.get_mut("visit.csv").unwrap();
            let at = bytes.windows(6).position(|window| window == b"called").unwrap();
            bytes[at] = 0xE9;
        }),
        ("nul-byte", Row("visit.csv", 5), |f| replace(f, "visit.csv", "called", "call\0d")),
        ("truncated-file", Row("visit.csv", 5), |f| {
            replace(f, "visit.csv", "4,2,2024-04-01,2024-04-02,called,6\n", "4,2,2024-04-01,20");
        }),
        ("dialect-mismatch", File("counted.csv"), |f| {
            let text = String::from_utf8(f["counted.csv"].clone()).unwrap();
            f.insert("counted.csv".into(), text.replace(',', ";").into_bytes());
        }),
        ("unclosed-quote", Row("visit.csv", 4), |f| replace(f, "visit.csv", "seen", "\"seen")),
        ("stray-quote", Row("visit.csv", 4), |f| replace(f, "visit.csv", "seen", "se\"en")),
        ("blank-row", Row("visit.csv", 4), |f| replace(f, "visit.csv", "3,3,", "\n3,3,")),
        ("repeated-header", Row("visit.csv", 4), |f| {
            replace(f, "visit.csv", "3,3,", "id,patient,since,until,note,size\n3,3,");
        }),
        ("field-too-large", Row("counted.csv", 4), |f| {
            replace(f, "counted.csv", "3,c", &format!("3,{}", "c".repeat(17 << 20)));
        }),
        ("blank-header", File("counted.csv"), |f| replace(f, "counted.csv", "id,text", ",")),
        ("missing-label", File("visit.csv"), |f| {
            let text = String::from_utf8(f["visit.csv"].clone()).unwrap();
            let text = text.replace(",size", "");
            let text: Vec<String> = (3..=6)
                .fold(text, |t, n| t.replace(&format!(",{n}\n"), "\n"))
                .lines()
                .map(str::to_owned)
                .collect();
            f.insert("visit.csv".into(), (text.join("\n") + "\n").into_bytes());
        }),
        ("extra-label", File("dated_20260301.csv"), |f| {
            let more = b"id,text,more\n1,a,x\n2,b,y\n".to_vec();
            f.insert("dated_20260301.csv".into(), more);
        }),
        ("incorrect-label", File("visit.csv"), |f| replace(f, "visit.csv", "note", "Note")),
        ("duplicate-label", File("dated_20260301.csv"), |f| {
            let more = b"id,text,text\n1,a,x\n2,b,y\n".to_vec();
            f.insert("dated_20260301.csv".into(), more);
        }),
        ("blank-label", File("dated_20260301.csv"), |f| {
            replace(f, "dated_20260301.csv", "id,text", "id,");
        }),
        ("missing-cell", Row("visit.csv", 4), |f| replace(f, "visit.csv", "seen,5", "seen")),
        ("extra-cell", Row("visit.csv", 4), |f| replace(f, "visit.csv", "seen,5", "seen,5,6")),
        ("row-constraint", Row("visit.csv", 4), |f| {
            replace(f, "visit.csv", "2024-03-02", "2024-02-28");
        }),
        ("type-error", Row("visit.csv", 4), |f| replace(f, "visit.csv", "seen,5", "seen,five")),
        ("constraint-error", Row("patient.csv", 4), |f| {
            replace(f, "patient.csv", "Cyd", "Cyd, with a very long name");
            replace(
                f,
                "patient.csv",
                "Cyd, with a very long name",
                "\"Cyd, with a very long name\"",
            );
        }),
        ("identifier-error", Row("patient.csv", 4), |f| {
            replace(f, "patient.csv", "9990000034", "9990000035");
        }),
        ("spreadsheet-damage", Row("visit.csv", 4), |f| {
            replace(f, "visit.csv", "seen,5", "seen,#REF!");
        }),
        ("primary-key", Row("visit.csv", 5), |f| replace(f, "visit.csv", "4,2,", "3,2,")),
        ("unique-error", Row("patient.csv", 4), |f| replace(f, "patient.csv", ",c\n", ",a\n")),
        ("foreign-key", Row("visit.csv", 5), |f| replace(f, "visit.csv", "4,2,", "4,9,")),
        ("sequence-gap", Row("audit.csv", 4), |f| {
            replace(f, "audit.csv", "3,2024-01-03,u1\n", "");
        }),
    ]
}

/// A fault of the archive that the extract comes in.
type ArchiveFault = (&'static str, At, fn(&mut Vec<Raw>));

fn archive_faults() -> Vec<ArchiveFault> {
    use At::{Extract, File};
    fn of<'a>(entries: &'a mut [Raw], name: &str) -> &'a mut Raw {
        entries.iter_mut().find(|entry| entry.name == name.as_bytes()).unwrap()
    }
    vec![
        ("unsafe-path", Extract, |e| e.push(Raw::new(b"../x.csv", b"x"))),
        ("ambiguous-archive", Extract, |e| of(e, "patient.csv").after = b"hidden".to_vec()),
        ("archive-limit", Extract, |e| {
            let plain = vec![b'\n'; 4 << 20];
            let mut deflate =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            deflate.write_all(&plain).unwrap();
            let mut bomb = Raw::new(b"zz.bin", &plain);
            (bomb.method, bomb.data) = (8, deflate.finish().unwrap());
            e.push(bomb);
        }),
        ("encrypted-file", File("counted.csv"), |e| {
            let entry = of(e, "counted.csv");
            (entry.flags, entry.local_flags) = (1, 1);
        }),
        ("unreadable-archive", File("dated_20260301.csv"), |e| {
            let entry = of(e, "dated_20260301.csv");
            (entry.crc, entry.local_crc) = (7, 7);
        }),
    ]
}

/// The error findings at a path, of the groups and the extract itself.
fn errors(path: &Path) -> Vec<Value> {
    let limits = Limits { expansion: 40, ..Limits::default() };
    let extract = Extract::open(path, &limits).unwrap();
    let chosen = select::found(&extract).unwrap();
    let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
    assert!(schema.is_some(), "the descriptor is read");
    let outcome = check::run(&extract, schema, &options()).unwrap();
    let report: Value = serde_json::from_str(&json_text(&outcome)).unwrap();
    let tasks = report["tasks"].as_array().unwrap().iter();
    tasks.chain([&report]).flat_map(|task| task["errors"].as_array().unwrap().clone()).collect()
}

/// What is wrong with what was found; nothing where it is the one finding at its place.
fn wrong(code: &str, at: &At, files: &Files, errors: &[Value]) -> Option<String> {
    let is_there = |error: &Value| match at {
        At::Extract => true,
        At::File(name) => error["file"] == *name,
        At::Row(name, row) => {
            let number = error["rowNumber"].as_u64().or(error["rowNumbers"][0].as_u64());
            let (line, byte) = place(&files[*name], *row);
            error["file"] == *name
                && number == Some(*row as u64)
                && error["line"] == line
                && error["byteOffset"] == byte
        }
    };
    if let [error] = errors
        && error["code"] == code
        && is_there(error)
    {
        return None;
    }
    let mut text = format!("{code}:\n");
    for error in errors {
        let row = error["rowNumber"].as_u64().or(error["rowNumbers"][0].as_u64());
        text += &format!(
            "  found {} in {} row {row:?} line {} byte {}: {}\n",
            error["code"], error["file"], error["line"], error["byteOffset"], error["message"]
        );
    }
    Some(text)
}

/// Line and byte of a row, counted anew; no quote of these files is odd but one at the end of a row.
fn place(bytes: &[u8], row: usize) -> (u64, u64) {
    let (mut number, mut line, mut quoted) = (1, 1, false);
    for (at, &byte) in bytes.iter().enumerate() {
        if number == row {
            return (line, at as u64);
        }
        quoted ^= byte == b'"';
        line += u64::from(byte == b'\n');
        number += usize::from(byte == b'\n' && !quoted);
    }
    (line, bytes.len() as u64)
}

fn written(files: &Files) -> tempfile::TempDir {
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    folder(&files)
}

fn entries(files: &Files) -> Vec<Raw> {
    files.iter().map(|(name, bytes)| Raw::new(name.as_bytes(), bytes)).collect()
}

#[test]
fn each_fault_alone_is_one_error_at_its_place() {
    let files = sound();
    assert_eq!(errors(written(&files).path()), [Value::Null; 0]);
    let mut seen = BTreeSet::new();
    let mut all = String::new();
    for (code, at, change) in faults() {
        let mut files = files.clone();
        change(&mut files);
        let made = written(&files);
        all.extend(wrong(code, &at, &files, &errors(made.path())));
        seen.insert(code);
    }
    let zipped = tempfile::tempdir().unwrap();
    let path = zipped.path().join("x.zip");
    std::fs::write(&path, Raw::zip(&entries(&files))).unwrap();
    assert_eq!(errors(&path), [Value::Null; 0]);
    for (code, at, change) in archive_faults() {
        let mut entries = entries(&files);
        change(&mut entries);
        std::fs::write(&path, Raw::zip(&entries)).unwrap();
        all.extend(wrong(code, &at, &files, &errors(&path)));
        seen.insert(code);
    }
    assert!(all.is_empty(), "{all}");
    let left_out: BTreeSet<&str> = LEFT_OUT.iter().map(|(code, _)| code.name()).collect();
    for entry in CATALOGUE.iter().filter(|entry| entry.severity == Severity::Error) {
        // Faults of packages and bags are those of `verify`: fixtures/bags and tests/it/verify.rs.
        if entry.area == Area::Package {
            continue;
        }
        let (is_seen, is_out) = (seen.contains(entry.name), left_out.contains(entry.name));
        assert!(is_seen != is_out, "{}: put it in, or leave it out with the reason", entry.name);
    }
}
