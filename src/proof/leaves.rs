//! The leaves of the package's tree: what is certain of the package as a whole, of each file, and of
//! each patient. A leaf is one line of JSON, and its hash covers the bytes of that line: so nothing
//! depends on how JSON is written.
//!
//! **Invariant:** a file's leaf has neither its size nor a digest of its content: whoever may see one
//! row of a small file could guess another from them.

use super::{Domain, Hash, Salts, leaf};
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// One leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Leaf {
    /// Facts of `bag-info.txt`: labels and values.
    Package {
        /// All but the payload's size.
        facts: Vec<(String, String)>,
    },
    /// The declared schema, by which rows are attributed.
    Descriptor {
        /// SHA-512 of `metadata/descriptor.json` in hexadecimal.
        sha512: String,
        /// SHA-256 of `retrieval/keys.bin`: what it lacks would be missing without a trace.
        keys: String,
    },
    /// A file.
    File(File),
    /// A patient, by the source system's identifier.
    Patient(Patient),
    /// A person, by NHS number.
    NhsNumber {
        /// Ten digits.
        number: String,
        /// All patients with it: number of the leaf, and identifier.
        patients: Vec<(u64, String)>,
    },
}

/// A file of the payload, or one inside of such a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct File {
    /// Its number, which its leaf hashes cover.
    pub number: u64,
    /// Path below the top folder, with `data/`; of one inside another, that one's and its own.
    pub path: String,
    /// How many leaves it has.
    pub leaves: u64,
    /// The root of their tree, in hexadecimal.
    pub root: String,
    /// The payload file that it is inside of: a compressed file, or a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u64>,
    /// The number of the sheet, from 1, where it is one of a workbook: its leaves are the text that
    /// the program made of it when it packaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<u32>,
    /// How it was read as a table; none where it is no table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

/// How a file was read as a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Table {
    /// The declared resource.
    pub resource: String,
    /// `utf-8`, `windows-1252`, `utf-16le` or `utf-16be`.
    pub encoding: String,
    /// What parts cells.
    pub delimiter: char,
    /// What surrounds cells.
    pub quote: Option<char>,
    /// Whether two quotes stand for one.
    pub double_quote: bool,
    /// What takes the meaning from the character after it.
    pub escape: Option<char>,
    /// Whether blanks after a delimiter do not count.
    pub skip_initial_space: bool,
    /// What ends a record: `lf` (with or without a CR before it) or `cr`.
    pub terminator: String,
    /// Leaves that make the header.
    pub header: Vec<u64>,
    /// For each column the declared field.
    pub columns: Vec<Option<String>>,
    /// Data rows by whose they are.
    pub rows: Rows,
}

/// Data rows by whose they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rows {
    /// Rows of some patient.
    pub attributed: u64,
    /// Rows of a table that leads to no patient.
    pub reference: u64,
    /// Rows of a table that leads to patients, whose patient cannot be told.
    pub unattributable: u64,
}

/// A patient of the source system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Patient {
    /// The source system's identifier.
    pub id: String,
    /// The values of the patient's key, where it has several parts or another form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// Sound NHS numbers of the patient: none, one, or several where rows differ.
    pub nhs_numbers: Vec<String>,
    /// Files with rows of the patient, by number, and how many: the parts of the list.
    pub files: Vec<(u64, u64)>,
    /// The root of the list, in hexadecimal.
    pub root: String,
}

impl Patient {
    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.files.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

impl Leaf {
    /// The line, without its end.
    ///
    /// # Errors
    /// The writer of JSON fails, which it does not.
    pub fn line(&self) -> crate::error::Result<String> {
        serde_json::to_string(self).map_err(crate::error::Error::internal)
    }

    /// Reads a line.
    pub fn parse(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }
}

/// Packs the lines of the leaves (gzip, RFC 1952).
pub struct Packer(GzEncoder<Vec<u8>>);

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

impl Default for Packer {
    fn default() -> Self {
        // Neither time nor name nor system stand in it.
        Self(GzBuilder::new().write(Vec::new(), Compression::new(6)))
    }
}

impl Packer {
    /// Takes a line; gives what is packed so far, from time to time.
    ///
    /// # Errors
    /// As of writing, which here never fails.
    pub fn line(&mut self, line: &str) -> std::io::Result<Option<Vec<u8>>> {
        self.0.write_all(line.as_bytes())?;
        self.0.write_all(b"\n")?;
        let packed = self.0.get_mut();
        Ok((packed.len() > PIECE).then(|| std::mem::take(packed)))
    }

    /// What is left.
    ///
    /// # Errors
    /// As [`Packer::line`].
    pub fn finish(self) -> std::io::Result<Vec<u8>> {
        self.0.finish()
    }
}

/// Packed bytes that are handed on at a time.
const PIECE: usize = 64 << 10;

/// How many times their packed size the leaves may have: each has a random hash or a
/// number of its own, and ten times is much.
const MOST_TIMES: u64 = 64;

/// So many bytes they may have always: the leaf of a file with many columns that are not declared
/// packs a hundred to one.
const ALWAYS: u64 = 64 << 20;

/// Unpacks the lines of the leaves; `None` where they are damaged, or more than `most` bytes.
pub fn unpack(packed: &[u8], most: u64) -> Option<Vec<u8>> {
    let usual = (packed.len() as u64).saturating_mul(MOST_TIMES);
    let most = most.min(usual.max(ALWAYS));
    let mut lines = Vec::new();
    let mut reader = GzDecoder::new(packed).take(most + 1);
    reader.read_to_end(&mut lines).ok()?;
    (lines.len() as u64 <= most && reader.into_inner().into_inner().is_empty()).then_some(lines)
}

/// The hash of a leaf of the package's tree.
pub fn hash(salts: &Salts, number: u64, line: &[u8]) -> Hash {
    leaf(Domain::Package, 0, number, &salts.of(Domain::Package, 0, number), line)
}

/// A sound NHS number: ten digits, blanks and hyphens between them aside, whose check digit fits,
/// and not all the same. Others lead to nobody: `9999999999` stands in many records.
pub fn nhs_number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
    let values: Vec<u32> = digits.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    let [first, .., check] = values.as_slice() else { return None };
    let sum: u32 = values.iter().take(9).zip((2..=10).rev()).map(|(digit, by)| digit * by).sum();
    let expected = match 11 - sum % 11 {
        11 => 0,
        other => other,
    };
    let sound = values.len() == 10 && expected == *check && values.iter().any(|v| v != first);
    sound.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nhs_numbers_lead_to_one_person_only_if_they_are_sound() {
        assert_eq!(nhs_number("943 476 5919").as_deref(), Some("9434765919"));
        assert_eq!(nhs_number("999-000-0018").as_deref(), Some("9990000018"));
        assert_eq!(nhs_number("9434765919").as_deref(), Some("9434765919"));
        for wrong in [
            "",
            "9434765918",
            "9999999999",
            "0000000000",
            "943476591",
            "94347659190",
            "UNKNOWN",
            "１234567881",
        ] {
            assert_eq!(nhs_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn leaves_are_packed_and_bounded() {
        let mut packer = Packer::default();
        let mut packed = Vec::new();
        let mut expected = String::new();
        for n in 0..40_000_u64 {
            let line = format!("{n} {}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            packed.extend(packer.line(&line).unwrap().unwrap_or_default());
            expected += &line;
            expected.push('\n');
        }
        packed.extend(packer.finish().unwrap());
        let most = expected.len() as u64;
        assert_eq!(unpack(&packed, u64::MAX - 1).unwrap(), expected.as_bytes());
        assert_eq!(unpack(&packed, most).unwrap(), expected.as_bytes());
        assert_eq!(unpack(&packed, most - 1), None);
        for at in [10, packed.len() / 2, packed.len() - 8] {
            let mut damaged = packed.clone();
            damaged[at] ^= 1;
            assert_ne!(unpack(&damaged, most), Some(expected.clone().into_bytes()), "{at}");
        }
        assert_eq!(unpack(&packed[..packed.len() - 1], most), None);
        packed.push(0);
        assert_eq!(unpack(&packed, most), None);
        // Many times its size: allowed, as a leaf with many columns is, but not without end.
        for (bytes, is_allowed) in [(4 << 20, true), (65 << 20, false)] {
            let mut packer = Packer::default();
            let mut packed = packer.line(&"0".repeat(bytes)).unwrap().unwrap_or_default();
            packed.extend(packer.finish().unwrap());
            assert_eq!(unpack(&packed, u64::MAX - 1).is_some(), is_allowed, "{bytes}");
        }
    }

    #[test]
    fn leaves_are_lines_of_json() {
        let patient = Leaf::Patient(Patient {
            id: "{A}".into(),
            key: Vec::new(),
            nhs_numbers: vec!["9434765919".into()],
            files: vec![(3, 2)],
            root: "00".into(),
        });
        let line = patient.line().unwrap();
        assert_eq!(
            line,
            r#"{"patient":{"id":"{A}","nhsNumbers":["9434765919"],"files":[[3,2]],"root":"00"}}"#
        );
        assert_eq!(Leaf::parse(line.as_bytes()), Some(patient));
        assert_eq!(Leaf::parse(br#"{"patient":{}}"#), None);
        assert_eq!(Leaf::parse(br#"{"other":{}}"#), None);
    }
}
