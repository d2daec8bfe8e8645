//! Retrieval of rows that do not stand in a file as it was delivered: compressed ones, and sheets.

use crate::retrieve::{
    Files, bundle, errors, retrieve, rezip, second, set_bundle, text, unpacked, unzip,
};
use crate::source::{gz, zst};
use crate::support::run;
use handover::finding::Code;
use handover::proof::checkpoint::Checkpoint;
use handover::proof::leaves::{self, Leaf};
use handover::proof::{Salts, from_hex, tree};
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DESCRIPTOR: &str = r#"{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "inside",
    "resources": [
    {"name": "people", "path": "people.csv", "handover": {"role": "patient"},
     "schema": {"primaryKey": "id", "fields": [{"name": "id", "handover": {"role": "patient"}}, {"name": "nhs", "handover": {"role": "nhs-number"}}]}},
    {"name": "codes", "path": "codes.csv", "handover": {"role": "reference"},
     "schema": {"primaryKey": "code", "fields": [{"name": "code"}, {"name": "term"}]}},
    {"name": "notes", "path": "book.xlsx", "dialect": {"sheetName": "Notes"}, "handover": {"role": "clinical"},
     "schema": {"primaryKey": "note", "fields": [{"name": "note"}, {"name": "person"}, {"name": "code"},
      {"name": "on", "type": "date", "handover": {"role": "event-date"}}, {"name": "text"}],
      "foreignKeys": [{"fields": "person", "reference": {"resource": "people", "fields": "id"}},
                      {"fields": "code", "reference": {"resource": "codes", "fields": "code"}}]}},
    {"name": "trail", "path": "audit.csv", "handover": {"role": "audit-trail", "patientVia": [["note"]]},
     "schema": {"fields": [{"name": "note"}, {"name": "who"}],
      "foreignKeys": [{"fields": "note", "reference": {"resource": "notes", "fields": "note"}}]}}]}"#;

/// A package whose tables are all inside of other files: people in gzip, codes and the audit trail in
/// Zstandard, notes in a workbook.
fn packaged(folder: &Path) -> PathBuf {
    let extract = folder.join("extract");
    fs::create_dir(&extract).unwrap();
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Cover").unwrap().write(0, 0, "not a table").unwrap();
    let sheet = book.add_worksheet().set_name("Notes").unwrap();
    let rows = [
        ["note", "person", "code", "on", "text"],
        ["A", "1", "c1", "2020-02-29", "seen, \"well\"\nand again"],
        ["B", "2", "c2", "2020-03-01", "a secret of another"],
        ["C", "1", "c3", "", "no date"],
        ["D", "1", "c1", "2021-01-01", "later"],
    ];
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row as u32, column as u16, *cell).unwrap();
        }
    }
    let people = "id,nhs\r\n1,9434765919\r\n2,\r\n";
    let codes = "code,term\nc1,one\nc2,two\nc3,three\n";
    let trail: String = (0..3000).map(|n| format!("B,user {n}\n")).collect();
    let trail = format!("note,who\nA,\"x\ny\"\n{trail}D,z\n");
    for (name, bytes) in [
        ("datapackage.json", DESCRIPTOR.as_bytes().to_vec()),
        ("people.csv.gz", gz(people)),
        ("codes.csv.zst", zst(codes)),
        ("audit.csv.zst", zst(trail)),
        ("book.xlsx", book.save_to_buffer().unwrap()),
    ] {
        fs::write(extract.join(name), bytes).unwrap();
    }
    let package = folder.join("p.zip");
    let made = run(&[&"package", &extract, &"--output", &package, &"--accept", &"a test"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    package
}

fn rows(files: &Files) -> Vec<(String, String)> {
    let own = files.iter().filter(|(name, _)| name.starts_with("data/rows/"));
    own.map(|(name, bytes)| (name.clone(), String::from_utf8(bytes.clone()).unwrap())).collect()
}

#[test]
fn rows_of_compressed_files_and_sheets_are_found_and_proven() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path());
    let output = folder.path().join("e.zip");
    let done = retrieve(&package, "943 476 5919", &output, &["--to", "2020-12-31"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(!text(&done).contains("warning"), "{}", text(&done));
    let files = unzip(&output);
    let expected = [
        ("data/rows/audit.csv", "note,who\nA,\"x\ny\"\nD,z\n"),
        (
            "data/rows/book.xlsx#Notes.csv",
            "note,person,code,on,text\nA,1,c1,2020-02-29,\"seen, \"\"well\"\"\nand again\"\nC,1,c3,,no date\n",
        ),
        ("data/rows/codes.csv", "code,term\nc1,one\nc3,three\n"),
        ("data/rows/people.csv", "id,nhs\r\n1,9434765919\r\n"),
    ];
    assert_eq!(rows(&files), expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert_eq!(errors(files.clone(), folder.path()), BTreeSet::new());
    let said = text(&run(&[&"verify", &output]));
    assert!(
        said.contains("5 rows are out of compressed files: proven is what was unpacked"),
        "{said}"
    );
    assert!(
        said.contains("2 rows are of sheets of workbooks: proven is the text that was made"),
        "{said}"
    );
    for name in ["VERIFY.txt", "data/record.html"] {
        let text = String::from_utf8(files[name].clone()).unwrap();
        assert!(text.contains("2 rows are of sheets of workbooks: proven is the text"), "{name}");
        assert!(text.contains("5 rows are out of compressed files"), "{name}");
    }
    let custody: Value = serde_json::from_slice(&files["metadata/custody.json"]).unwrap();
    let kinds: Vec<_> = custody["files"].as_array().unwrap().iter().map(|f| &f["rows"]).collect();
    assert!(kinds.contains(&&"sheet".into()) && kinds.contains(&&"compressed".into()), "{custody}");
    // Whoever changes a row of either is found out.
    for name in ["data/rows/audit.csv", "data/rows/book.xlsx#Notes.csv"] {
        let mut changed = files.clone();
        *changed.get_mut(name).unwrap().last_mut().unwrap() ^= 1;
        let found = errors(changed, folder.path());
        assert!(found.contains(&Code::RowAltered), "{name}: {found:?}");
    }
    // The package verifies in depth, and by the second verifier.
    let done = run(&[&"verify", &package, &"--deep"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    if let Some((sound, said)) = second(&package) {
        assert!(sound, "{said}");
    }
    // Where the index is lost, all is made anew, also what is inside.
    let mut lost = unzip(&package);
    lost.remove("retrieval/anchors.bin");
    let damaged = folder.path().join("lost.zip");
    rezip(lost, &damaged);
    let output = folder.path().join("anew.zip");
    let done = retrieve(&damaged, "1", &output, &["--to", "2020-12-31"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(text(&done).contains("anew"), "{}", text(&done));
    assert_eq!(rows(&unzip(&output)), rows(&files));
    // A compressed file or a workbook that was changed is no wrong answer.
    for name in ["data/audit.csv.zst", "data/book.xlsx"] {
        let mut changed = unzip(&package);
        let bytes = changed.get_mut(name).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        // With the manifest as it was.
        let manifest = changed["manifest-sha512.txt"].clone();
        let damaged = folder.path().join("changed.zip");
        rezip(changed, &damaged);
        let mut again = unzip(&damaged);
        again.insert("manifest-sha512.txt".into(), manifest);
        write_as_is(&again, &damaged);
        let output = folder.path().join("never.zip");
        let done = retrieve(&damaged, "1", &output, &[]);
        assert_ne!(done.status.code(), Some(0), "{name}: {}", text(&done));
        assert!(!output.exists(), "{name}");
    }
}

pub fn write_as_is(files: &Files, path: &Path) {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(format!("package/{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// A later version of the program may make another text of a sheet than the one that packaged it. The
/// rows are then given without proof, and every page says so.
#[test]
fn a_sheet_that_is_read_otherwise_is_given_without_row_proof() {
    let folder = tempfile::tempdir().unwrap();
    let package = packaged(folder.path());
    let mut files = unzip(&package);
    let secret = String::from_utf8(files["proof/secret.txt"].clone()).unwrap();
    let salts = Salts::new(&from_hex(secret.trim()).unwrap());
    // The root that another text of the sheet would have had.
    let lines: Vec<String> = String::from_utf8(unpacked(&files["proof/leaves.jsonl.gz"]))
        .unwrap()
        .lines()
        .map(|line| match Leaf::parse(line.as_bytes()).unwrap() {
            Leaf::File(mut file) if file.sheet.is_some() => {
                file.root = "ab".repeat(32);
                Leaf::File(file).line().unwrap()
            }
            other => other.line().unwrap(),
        })
        .collect();
    let hashes = (0..).zip(&lines).map(|(n, line)| leaves::hash(&salts, n, line.as_bytes()));
    let root = tree::root(hashes);
    let checkpoint = Checkpoint::parse(&files["proof/checkpoint.txt"]).unwrap();
    let checkpoint = Checkpoint { root, ..checkpoint };
    files.insert("proof/checkpoint.txt".into(), checkpoint.write().into_bytes());
    files.insert("proof/leaves.jsonl.gz".into(), gz(lines.join("\n") + "\n"));
    let other = folder.path().join("other.zip");
    rezip(files.clone(), &other);
    let sound = files;
    let output = folder.path().join("e.zip");
    let done = retrieve(&other, "1", &output, &["--to", "2020-12-31"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert!(text(&done).contains("without row proof"), "{}", text(&done));
    let files = unzip(&output);
    assert!(files.contains_key("data/rows/book.xlsx#Notes.csv"));
    // Where the index is damaged besides, nothing can be made anew that leads to the root: then there is
    // no answer, or the very same one.
    for (name, is_needed) in [
        ("retrieval/anchors.bin", true),
        ("retrieval/lists.bin", true),
        ("retrieval/keys.bin", true),
        ("retrieval/blocks.tsv", false),
        ("proof/trees.bin", true),
        ("proof/lists.bin", true),
        ("proof/lengths.bin", true),
    ] {
        for is_missing in [true, false] {
            let mut damaged = sound.clone();
            match is_missing {
                true => drop(damaged.remove(name)),
                false => {
                    let bytes = damaged.get_mut(name).unwrap();
                    bytes.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
                }
            }
            let path = folder.path().join("damaged.zip");
            rezip(damaged, &path);
            let output = folder.path().join("damaged-out.zip");
            let done = retrieve(&path, "1", &output, &["--to", "2020-12-31"]);
            let said = text(&done);
            if is_needed {
                assert_eq!(done.status.code(), Some(1), "{name}: {said}");
                assert!(said.contains("ALTERED"), "{name}: {said}");
                assert!(!output.exists(), "{name}");
            } else {
                assert_eq!(done.status.code(), Some(0), "{name}: {said}");
                assert_eq!(rows(&unzip(&output)), rows(&files), "{name}");
                fs::remove_file(&output).unwrap();
            }
        }
    }
    assert_eq!(errors(files.clone(), folder.path()), BTreeSet::new());
    let said = text(&run(&[&"verify", &output]));
    assert!(said.contains("except 2 rows of sheets, which have no row proof"), "{said}");
    assert!(said.contains("WITHOUT ROW PROOF"), "{said}");
    for name in ["VERIFY.txt", "data/record.html"] {
        assert!(String::from_utf8_lossy(&files[name]).contains("WITHOUT ROW PROOF"), "{name}");
    }
    // A row of the list that is not there is missed all the same.
    let mut fewer = files.clone();
    let mut changed = bundle(&fewer);
    let sheet = crate::retrieve::file_of(&mut changed, "book.xlsx");
    let last = sheet["rows"]["leaves"].as_array_mut().unwrap().pop().unwrap();
    let bytes = fewer.get_mut("data/rows/book.xlsx#Notes.csv").unwrap();
    bytes.truncate(bytes.len() - last["length"].as_u64().unwrap() as usize);
    set_bundle(&mut fewer, &changed);
    assert_eq!(errors(fewer, folder.path()), BTreeSet::from([Code::RowLeftOut]));
    // The proof of a row that has one cannot be taken away.
    let mut bare = files;
    let mut changed = bundle(&bare);
    crate::retrieve::file_of(&mut changed, "audit.csv")["withoutProof"] = true.into();
    set_bundle(&mut bare, &changed);
    let found = errors(bare, folder.path());
    assert_eq!(found, BTreeSet::from([Code::RowAltered, Code::RowLeftOut]));
}
