//! `proof/proof.json` of an export: everything that the signed root needs to vouch for its rows.

use super::list::{By, Day, Range};
use serde::{Deserialize, Serialize};

/// The value of `format`.
pub const FORMAT: &str = "handover-export/1";

/// All proofs of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// What was asked for.
    pub asked: Asked,
    /// Leaves of the package's tree.
    pub package: Shown<PackageLeaf>,
    /// Rows and documents, file by file.
    pub files: Vec<FileRows>,
    /// The lists of the patients.
    pub lists: Vec<PatientList>,
}

/// What was asked for, as far as the proofs depend on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// The sound NHS number of the person, if there is one.
    pub nhs_number: Option<String>,
    /// The leaf of the person's NHS number, or else of the patient.
    pub leaf: u64,
    /// First day, as 2011-03-02.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// `event` or `recorded`.
    pub date: String,
}

/// Leaves of one tree, and the hashes that stand for all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shown<L> {
    /// How many leaves the tree has.
    pub size: u64,
    /// Those shown, in rising order.
    pub leaves: Vec<L>,
    /// In hexadecimal.
    pub hashes: Vec<String>,
}

/// A leaf of the package's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PackageLeaf {
    /// Its number.
    pub index: u64,
    /// In hexadecimal.
    pub salt: String,
    /// The line that it is.
    pub line: String,
}

/// The records of a file that are in the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileRows {
    /// The file's leaf in the package's tree.
    pub leaf: u64,
    /// Where the records stand in the export, one after another: below its top folder.
    pub path: String,
    /// Whether the records have no proof: those of a sheet that this program reads otherwise than
    /// the one that packaged it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_proof: bool,
    /// The records.
    pub rows: Shown<Row>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Row {
    /// Its leaf, from 0: that of row n is n - 1.
    pub index: u64,
    /// In hexadecimal.
    pub salt: String,
    /// Bytes that it has.
    pub length: u64,
    /// What it is.
    pub kind: Kind,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// The file's header.
    Header,
    /// The patient's.
    Patient,
    /// A row of a table that leads to no patient, to which the patient's rows refer.
    Reference,
    /// Part of a document that the patient's rows name.
    Document,
}

/// A patient's list, as far as the range needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatientList {
    /// The patient's leaf in the package's tree.
    pub leaf: u64,
    /// Entries.
    pub entries: Shown<ListEntry>,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListEntry {
    /// Its number in the list.
    pub index: u64,
    /// In hexadecimal.
    pub salt: String,
    /// As 2011-03-02, or null.
    pub event: Option<String>,
    /// As 2011-03-02, or null.
    pub recorded: Option<String>,
    /// The row, from 1.
    pub row: u64,
}

impl Asked {
    /// The range; `None` where it is none.
    pub fn range(&self) -> Option<Range> {
        let day = |text: &Option<String>| match text {
            None => Some(Day::NONE),
            Some(text) => Day::parse(text),
        };
        let by = match self.date.as_str() {
            "event" => By::Event,
            "recorded" => By::Recorded,
            _ => return None,
        };
        let range = Range { from: day(&self.from)?, to: day(&self.to)?, by };
        let turned = !range.from.is_none() && !range.to.is_none() && range.to < range.from;
        (!turned).then_some(range)
    }
}
