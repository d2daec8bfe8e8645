//! Row, physical line and byte offset of every finding are exact: in every encoding, with quoted
//! line breaks, before and behind records of more than a megabyte, at any number of workers and any
//! size of blocks.
//!
//! The writer here counts for itself while it writes.

use crate::support::{findings, folder, json_text, opened, options};
use handover::check::{self, Options};
use std::collections::BTreeMap;

const FIELDS: &str = r#"[{"name": "id", "type": "integer"},
 {"name": "boss", "type": "integer"}, {"name": "note", "type": "string"},
 {"name": "n", "type": "integer"}, {"name": "must", "type": "string",
  "constraints": {"required": true}}]"#;

fn descriptor(encoding: &str) -> String {
    format!(
        r#"{{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "places",
        "handover": {{"auditTrail": {{"absent": "a test"}}}}, "resources": [{{"name": "t",
        "path": "t.csv", "encoding": "{encoding}", "schema": {{"fields": {FIELDS},
        "primaryKey": ["id"], "missingValues": [""], "foreignKeys": [{{"fields": ["boss"],
        "reference": {{"fields": ["id"]}}}}]}}}}]}}"#
    )
}

/// A small generator of random numbers: the same documents in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // Xorshift (Marsaglia, 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A file as it is written, and where things stand in it.
struct Writer {
    encoding: &'static str,
    line_end: &'static str,
    bytes: Vec<u8>,
    row: u64,
    line: u64,
    /// For each finding: its places, in the order of the file.
    planted: BTreeMap<(&'static str, &'static str), Vec<String>>,
}

impl Writer {
    fn new(encoding: &'static str, line_end: &'static str, mark: bool) -> Self {
        let mut new = Self {
            encoding,
            line_end,
            bytes: Vec::new(),
            row: 1,
            line: 1,
            planted: BTreeMap::new(),
        };
        if mark {
            new.put("\u{FEFF}");
        }
        new.record("id,boss,note,n,must");
        new
    }

    fn put(&mut self, text: &str) {
        match self.encoding {
            "utf-16le" => self.bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            "utf-16be" => self.bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            "windows-1252" => {
                let (bytes, _, lost) = encoding_rs::WINDOWS_1252.encode(text);
                assert!(!lost);
                self.bytes.extend_from_slice(&bytes);
            }
            _ => self.bytes.extend_from_slice(text.as_bytes()),
        }
    }

    /// Writes a record and its line end, and counts.
    fn record(&mut self, text: &str) {
        let whole = format!("{text}{}", self.line_end);
        self.put(&whole);
        self.row += 1;
        self.line += whole.matches('\n').count() as u64;
    }

    /// The record that comes next has this finding.
    fn plant(&mut self, code: &'static str, field: &'static str) {
        let place = format!("{} {} {}", self.row, self.line, self.bytes.len());
        self.planted.entry((code, field)).or_default().push(place);
    }

    fn expected(&self) -> Vec<String> {
        let mut lines = vec!["not-checked - the audit trail".to_owned()];
        for ((code, field), places) in &self.planted {
            for (number, place) in places.iter().enumerate() {
                let last = if number == 0 { places.len().to_string() } else { ".".into() };
                lines.push(format!("{code} t t.csv {field} {place} {last}"));
            }
        }
        lines.sort();
        lines
    }
}

/// A document with faults; `long`: every so often a note has so many characters.
fn document(writer: &mut Writer, random: &mut Random, rows: u64, long: usize) {
    let letters = match writer.encoding {
        "windows-1252" => ["é", "€", "ß"],
        _ => ["é", "€", "😀"],
    };
    for id in 1..=rows {
        let mut note = String::from("\"<");
        for _ in 0..random.below(6) {
            note += match random.below(7) {
                0 => "\n",
                1 => "\r\n",
                2 => "\"\"",
                3 => ",",
                4 => letters[random.below(3) as usize],
                _ => "plain text ",
            };
        }
        if long > 0 && id % 5 == 0 {
            note += &"a long é line\n".repeat(long / 14);
        }
        note.push_str(">\"");
        let boss = 1 + random.below(id);
        let good = format!("{id},{boss},{note},{id},x");
        match random.below(12) {
            0 => {
                writer.plant("type-error", "n");
                writer.record(&format!("{id},{boss},{note},x{id},x"));
            }
            1 => {
                writer.plant("constraint-error", "must");
                writer.record(&format!("{id},{boss},{note},{id},"));
            }
            2 => {
                writer.plant("foreign-key", "boss");
                writer.record(&format!("{id},{},{note},{id},x", 1_000_000 + id));
            }
            3 => {
                writer.record(&good);
                writer.plant("primary-key", "id");
                writer.record(&format!("{id},{boss},{note},8,x"));
            }
            4 => {
                writer.record(&good);
                writer.plant("blank-row", "-");
                writer.record("");
            }
            5 => {
                writer.record(&good);
                writer.plant("missing-cell", "-");
                writer.record(&format!("{},1,{note},1", 2_000_000 + id));
            }
            6 => {
                writer.record(&good);
                writer.plant("extra-cell", "-");
                writer.record(&format!("{},1,{note},1,x,y", 3_000_000 + id));
            }
            _ => writer.record(&good),
        }
    }
}

fn found(path: &std::path::Path, options: &Options) -> Vec<String> {
    let (extract, chosen) = opened(path);
    let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
    let outcome = check::run(&extract, schema, options).unwrap();
    findings(&serde_json::from_str(&json_text(&outcome)).unwrap())
}

fn are_exact(writer: &Writer, ways: &[(usize, usize)]) {
    let descriptor = descriptor(writer.encoding);
    let made =
        folder(&[("datapackage.json", descriptor.as_bytes()), ("t.csv", writer.bytes.as_slice())]);
    let expected = writer.expected();
    for &(block_size, jobs) in ways {
        let found = found(made.path(), &Options { block_size, jobs, ..options() });
        let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        assert!(
            found == expected,
            "{}, block size {block_size}, jobs {jobs}: {differs:?}, {} of {}",
            writer.encoding,
            found.len(),
            expected.len()
        );
    }
}

#[test]
fn every_finding_is_where_it_says_in_every_encoding() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for encoding in ["utf-8", "windows-1252", "utf-16le", "utf-16be"] {
        for line_end in ["\n", "\r\n"] {
            for mark in [false, true] {
                let mark = mark && encoding != "windows-1252";
                let mut writer = Writer::new(encoding, line_end, mark);
                if mark && encoding == "utf-8" {
                    writer.planted.insert(("byte-order-mark", "-"), vec!["1 1 0".into()]);
                }
                document(&mut writer, &mut random, 150, 0);
                assert!(writer.planted.len() >= 7, "{:?}", writer.planted.keys());
                are_exact(&writer, &[(1, 1), (2, 8), (3, 2), (64, 8), (1000, 2), (262_144, 8)]);
            }
        }
    }
}

/// A record of more than a megabyte is a block by itself; the places of keys are packed into few
/// bits, which must do.
#[test]
fn places_of_keys_are_exact_beside_records_of_more_than_a_megabyte() {
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    for encoding in ["utf-8", "utf-16le"] {
        let mut writer = Writer::new(encoding, "\r\n", false);
        document(&mut writer, &mut random, 40, 1_300_000);
        assert!(writer.bytes.len() > 10 << 20, "{}", writer.bytes.len());
        assert!(writer.planted.contains_key(&("primary-key", "id")));
        assert!(writer.planted.contains_key(&("foreign-key", "boss")));
        are_exact(&writer, &[(262_144, 1), (262_144, 8), (1000, 2)]);
    }
}
