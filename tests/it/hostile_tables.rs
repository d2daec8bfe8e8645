//! Deliveries that no one should send: archives that lie, links, bytes that are no table. Each is a
//! finding or an error, in bounded time, and never a panic.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{
    checked, findings, findings_at, folder, json_text, one_table, opened, options,
};
use handover::check;
use handover::schema::descriptor;
use handover::source::{Extract, Limits};
use proptest::prelude::*;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

const FIELDS: &str = r#"[{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]"#;
const TABLE: &[u8] = b"id,name\n1,a\n2,b\n";
const AUDIT: &str = "not-checked - the audit trail";

/// A zip of these entries, a descriptor of `t.csv` among them.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let descriptor = one_table(FIELDS);
    let own = [("datapackage.json", descriptor.as_bytes())];
    for (name, bytes) in own.iter().chain(entries) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn kept(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("extract.zip");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn found_in_zip(bytes: &[u8]) -> Vec<String> {
    let (_folder, path) = kept(bytes);
    findings_at(&path)
}

/// The lines that begin with a code; the rest of the line is what the caller does not ask for.
fn has(found: &[String], code: &str) -> bool {
    found.iter().any(|line| line.starts_with(&format!("{code} ")))
}

/// Replaces a name everywhere in an archive by one of the same length.
fn renamed(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut times = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            times += 1;
        }
    }
    assert_eq!(times, 2, "local and central header");
    bytes
}

/// Where the last central header (signature `PK\1\2`) begins.
fn central(bytes: &[u8]) -> usize {
    bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap()
}

/// Where the last local header begins.
fn local(bytes: &[u8]) -> usize {
    bytes.windows(4).rposition(|window| window == b"PK\x03\x04").unwrap()
}

#[test]
fn a_sound_archive_has_no_finding() {
    assert_eq!(found_in_zip(&zipped(&[("t.csv", TABLE)])), [AUDIT]);
    assert_eq!(
        found_in_zip(&renamed(zipped(&[("t.csv", TABLE), ("f/xx", b"")]), "f/xx", "f/yy")),
        [AUDIT.to_owned(), "unexpected-file - f/yy - - - - 1".into()]
    );
}

#[test]
fn names_that_lead_elsewhere_are_found_and_not_read() {
    for name in ["../up.csv", "/abs.csv_", "C:/x.csv_", "a/../x.cs", "a\\b.csv__", "x\0y.csv__"] {
        let plain = "n".repeat(name.len());
        let found =
            found_in_zip(&renamed(zipped(&[("t.csv", TABLE), (&plain, b"x")]), &plain, name));
        assert!(has(&found, "unsafe-path"), "{name:?}: {found:?}");
        assert!(!has(&found, "unexpected-file"), "{name:?}: {found:?}");
    }
}

#[test]
fn names_that_become_one_are_found() {
    for (one, other) in [("A.csv", "a.csv"), ("x/É.csv", "x/E\u{301}.csv")] {
        let found = found_in_zip(&zipped(&[("t.csv", TABLE), (one, b"x"), (other, b"y")]));
        assert!(has(&found, "name-collision"), "{found:?}");
    }
    let twice = renamed(zipped(&[("t.csv", TABLE), ("u.csv", TABLE)]), "u.csv", "t.csv");
    let found = found_in_zip(&twice);
    assert!(has(&found, "ambiguous-archive") || has(&found, "name-collision"), "{found:?}");
}

#[test]
fn a_link_in_an_archive_is_found_and_not_followed() {
    let mut zip = zip::ZipWriter::new(Cursor::new(zipped(&[("t.csv", TABLE)])));
    zip = zip::ZipWriter::new_append(Cursor::new(zipped(&[("t.csv", TABLE)]))).unwrap_or(zip);
    zip.add_symlink("link.csv", "/etc/hostname", SimpleFileOptions::default()).unwrap();
    let found = found_in_zip(&zip.finish().unwrap().into_inner());
    assert!(has(&found, "unsafe-path"), "{found:?}");
}

#[test]
fn headers_that_disagree_are_found() {
    // Two readers would see another name, another size, other bytes.
    let sound = zipped(&[("t.csv", TABLE)]);
    let mut name = sound.clone();
    let at = local(&name);
    name[at + 30] = b'T';
    let mut size = sound.clone();
    let at = central(&size);
    size[at + 24] ^= 1;
    for (what, bytes) in [("name", name), ("size", size)] {
        let found = found_in_zip(&bytes);
        let told = ["ambiguous-archive", "unreadable-archive"].iter().any(|code| has(&found, code));
        assert!(told, "{what}: {found:?}");
    }
}

#[test]
fn an_encrypted_entry_is_found_once() {
    let mut bytes = zipped(&[("t.csv", TABLE)]);
    let (local, central) = (local(&bytes), central(&bytes));
    bytes[local + 6] |= 1;
    bytes[central + 8] |= 1;
    let found = found_in_zip(&bytes);
    let errors: Vec<&String> =
        found.iter().filter(|line| !line.starts_with("not-checked")).collect();
    assert_eq!(errors.len(), 1, "{found:?}");
    assert!(has(&found, "encrypted-file"), "{found:?}");
    // What was not read is said.
    assert!(found.iter().any(|line| line.starts_with("not-checked t ")), "{found:?}");
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_found() {
    let zeros = vec![b'0'; 8 << 20];
    let (_folder, path) = kept(&zipped(&[("t.csv", &zeros)]));
    let limits = Limits { expansion: 10, ..Limits::default() };
    let extract = Extract::open(&path, &limits).unwrap();
    let codes: Vec<&str> = extract.findings.iter().map(|group| group.code.name()).collect();
    assert!(codes.contains(&"archive-limit"), "{codes:?}");
    let limits = Limits { files: 1, ..Limits::default() };
    let extract = Extract::open(&path, &limits).unwrap();
    let codes: Vec<&str> = extract.findings.iter().map(|group| group.code.name()).collect();
    assert!(codes.contains(&"archive-limit"), "{codes:?}");
}

#[test]
fn a_damaged_entry_is_one_finding() {
    let rows: Vec<u8> =
        (0..5000).flat_map(|n| format!("{n},name {}\n", n * 7919 % 5003).into_bytes()).collect();
    let table = [b"id,name\n".as_slice(), &rows].concat();
    let sound = zipped(&[("t.csv", &table)]);
    assert_eq!(found_in_zip(&sound), [AUDIT]);
    let data = local(&sound) + 30 + 5;
    let end = sound.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    for at in [data + 40, data + (end - data) / 2, end - 40] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        let found = found_in_zip(&bytes);
        assert!(has(&found, "unreadable-archive"), "{at}: {found:?}");
        // What was inflated before the damage showed may be wrong too; but nothing is counted twice.
        assert!(found.iter().any(|line| line.starts_with("not-checked t ")), "{at}: {found:?}");
    }
    for cut in [sound.len() - 1, sound.len() / 2, 100, 5] {
        let found = found_in_zip(&sound[..cut]);
        assert!(has(&found, "unreadable-archive"), "cut at {cut}: {found:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_a_folder_are_found_and_not_followed() {
    let made = folder(&[("datapackage.json", one_table(FIELDS).as_bytes()), ("t.csv", TABLE)]);
    let secret = folder(&[("secret.csv", b"id,name\n9,secret\n")]);
    std::os::unix::fs::symlink(secret.path(), made.path().join("folder")).unwrap();
    std::os::unix::fs::symlink(secret.path().join("secret.csv"), made.path().join("u.csv"))
        .unwrap();
    std::os::unix::fs::symlink("nowhere", made.path().join("v.csv")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(made.path().join("socket"));
    let found = findings_at(made.path());
    assert_eq!(
        found.iter().filter(|line| line.starts_with("unsafe-path ")).count(),
        3 + usize::from(socket.is_ok()),
        "{found:?}"
    );
    assert!(!json_text(&checked(made.path(), &options())).contains("secret"));
}

/// A record beyond the limit: what comes before is checked, what comes after is said not to be.
#[test]
fn a_record_beyond_the_limit_is_one_finding() {
    let mut table = b"id,name\nx,a\n2,".to_vec();
    table.extend(vec![b'y'; 20 << 20]);
    table.extend(b"\nz,c\n");
    let made = folder(&[("datapackage.json", one_table(FIELDS).as_bytes()), ("t.csv", &table)]);
    let started = Instant::now();
    let found = findings_at(made.path());
    assert_eq!(
        found,
        [
            "field-too-large t t.csv - 3 3 12 1",
            AUDIT,
            "not-checked t the rows after a record that is too long",
            "type-error t t.csv id 2 2 8 1",
        ]
    );
    assert!(started.elapsed() < Duration::from_secs(60));
    // As the first record of the file, where the header should be.
    let made =
        folder(&[("datapackage.json", one_table(FIELDS).as_bytes()), ("t.csv", &table[14..])]);
    let found = findings_at(made.path());
    let errors: Vec<&String> = found.iter().filter(|l| !l.starts_with("not-checked")).collect();
    assert_eq!(errors.len(), 1, "{found:?}");
    assert!(has(&found, "field-too-large"));
}

#[test]
fn bytes_that_are_no_table_are_told_in_bounded_time() {
    let wide = |n: usize| {
        let labels: Vec<String> = (0..n).map(|n| format!("column {n}")).collect();
        format!("{}\n{}\n", labels.join(","), vec!["1"; n].join(",")).into_bytes()
    };
    let random: Vec<u8> =
        (0u32..200_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: [(&str, Vec<u8>); 12] = [
        ("nothing", Vec::new()),
        ("NULs", vec![0; 300_000]),
        ("quotes", vec![b'"'; 300_000]),
        ("one quote more", vec![b'"'; 300_001]),
        ("line ends", vec![b'\n'; 300_000]),
        ("returns", vec![b'\r'; 300_000]),
        ("delimiters", vec![b','; 300_000]),
        ("random", random),
        ("20,000 columns", wide(20_000)),
        ("a quote per line", b"\"\n".repeat(100_000)),
        ("an open quote per line", b"1,\"a\n".repeat(60_000)),
        ("only a mark", vec![0xEF, 0xBB, 0xBF]),
    ];
    for (what, bytes) in cases {
        let descriptor = one_table(FIELDS);
        let made = folder(&[("datapackage.json", descriptor.as_bytes()), ("t.csv", &bytes)]);
        let started = Instant::now();
        let outcome = checked(made.path(), &options());
        assert!(!outcome.is_valid(), "{what} is taken as a table");
        assert!(started.elapsed() < Duration::from_secs(30), "{what}: {:?}", started.elapsed());
    }
}

/// Both sides wide: the alignment of header and fields must not take the square of them.
#[test]
fn a_wide_header_is_aligned_in_bounded_time() {
    let fields: Vec<String> =
        (0..20_000).map(|n| format!(r#"{{"name": "column {n}", "type": "string"}}"#)).collect();
    let labels: Vec<String> = (0..20_000).map(|n| format!("Label of {n} old")).collect();
    let moved: Vec<String> = (0..20_000).rev().map(|n| format!("column {n}")).collect();
    for labels in [labels, moved] {
        let table = format!("{}\n", labels.join(","));
        let descriptor = one_table(&format!("[{}]", fields.join(",")));
        let made =
            folder(&[("datapackage.json", descriptor.as_bytes()), ("t.csv", table.as_bytes())]);
        let started = Instant::now();
        assert!(!checked(made.path(), &options()).is_valid());
        assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    }
}

fn survives(path: &Path, block_size: usize) -> Result<(), TestCaseError> {
    let Ok(extract) = Extract::open(path, &Limits::default()) else { return Ok(()) };
    let Ok(chosen) = check::select::found(&extract) else { return Ok(()) };
    let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
    let with = check::Options { block_size, jobs: 2, ..options() };
    match check::run(&extract, schema, &with) {
        Ok(outcome) => {
            findings(&serde_json::from_str(&json_text(&outcome)).unwrap());
        }
        // A panic inside becomes an error of this kind.
        Err(error) => prop_assert!(!error.to_string().contains("fault in this program"), "{error}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_as_a_table(
        bytes in prop::collection::vec(
            prop_oneof![
                prop::sample::select(&b"1a,;\"\"\n\n\r\t\\# -0\x00\xEF\xBB\xBF\xE9\xC3"[..]),
                any::<u8>(),
            ],
            0..300,
        ),
        dialect in prop::sample::select(vec![
            "{}", r#"{"header": false}"#, r#"{"headerRows": [1, 3]}"#, r#"{"escapeChar": "\\"}"#,
            r#"{"quoteChar": ""}"#, r##"{"commentChar": "#", "skipInitialSpace": true}"##,
            r#"{"doubleQuote": false, "nullSequence": "-"}"#,
        ]),
        encoding in prop::sample::select(vec!["utf-8", "windows-1252", "utf-16"]),
        block_size in 1usize..400,
    ) {
        let descriptor = format!(
            r#"{{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "resources": [{{"name": "t", "path": "t.csv", "encoding": "{encoding}",
            "dialect": {dialect}, "handover": {{"rowCount": 2}}, "schema": {{"primaryKey": ["id"],
            "uniqueKeys": [["name", "id"]], "fields": [{{"name": "id", "type": "integer",
            "constraints": {{"minimum": 0}}}}, {{"name": "name", "type": "string",
            "constraints": {{"maxLength": 3, "pattern": "[a-z]*", "required": true}}}}],
            "foreignKeys": [{{"fields": ["name"], "reference": {{"fields": ["name"]}}}}]}}}}]}}"#
        );
        let made = folder(&[("datapackage.json", descriptor.as_bytes()), ("t.csv", &bytes)]);
        // The descriptor itself is sound: what is tried are the bytes.
        prop_assert!(opened(made.path()).1.is_some());
        survives(made.path(), block_size)?;
    }

    #[test]
    fn any_bytes_as_a_descriptor(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = descriptor::read(&bytes);
    }

    #[test]
    fn a_descriptor_with_changed_bytes(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = one_table(FIELDS).into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let made = folder(&[("datapackage.json", &bytes), ("t.csv", TABLE)]);
        survives(made.path(), 100)?;
    }

    #[test]
    fn an_archive_with_changed_bytes(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(), cuts in any::<bool>(),
    ) {
        let mut bytes = zipped(&[("t.csv", TABLE), ("folder/u.csv", TABLE)]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()).max(4));
        }
        let (_folder, path) = kept(&bytes);
        survives(&path, 100)?;
    }

    #[test]
    fn any_bytes_as_an_archive(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let (_folder, path) = kept(&[b"PK\x03\x04".as_slice(), &tail].concat());
        survives(&path, 100)?;
    }
}
