//! Findings: problems in the data, as data.
//!
//! A finding is counted into a [`Group`]: one cause, with exact totals and the first examples by
//! position. Facts are kept typed; sentences are made late, by [`message`].
//!
//! **Invariant:** no cell value is in here, unless the field is declared `sensitivity: none` or the
//! user asked for values (`--reveal`): a [`Sample`] carries the *shape* of the value.

pub mod catalogue;
pub mod message;
mod shape;

pub use catalogue::{Code, Severity};
pub use shape::shape;

use std::collections::BTreeMap;

/// Where in the extract, as far as it is known. Counted from 1, save `byte`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// Index into the outcome's list of files.
    pub file: Option<u32>,
    /// Row number: every record of the file counts, header, preamble, comment and blank rows too.
    pub row: Option<u64>,
    /// Physical line on which the record begins.
    pub line: Option<u64>,
    /// Offset of the record's first byte from the start of the file.
    pub byte: Option<u64>,
}

/// A field as a finding names it: number in the file (from 1) and declared name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldRef {
    /// Position in the file, from 1; in the schema where the file lacks it.
    pub number: u32,
    /// Declared name; the label where no field is declared and labels may be shown.
    pub name: String,
}

/// What a finding states beyond its code and place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Facts {
    /// Nothing more.
    #[default]
    None,
    /// The declared type, as "date (%Y-%m-%d)".
    Type {
        /// As the type displays itself.
        expected: String,
    },
    /// The constraint that does not hold: its name in the descriptor and its value.
    Constraint {
        /// As `maxLength`.
        name: &'static str,
        /// As written in the descriptor; long lists are cut.
        limit: String,
    },
    /// How many cells a row should have and has.
    Width {
        /// Labels in the header, or declared fields.
        expected: u64,
        /// Cells in the row.
        found: u64,
    },
    /// A name that should stand where another does, or nothing.
    Name {
        /// The declared name.
        expected: Option<String>,
        /// What stands there, where it may be shown.
        found: Option<String>,
    },
    /// A count or size.
    Count {
        /// What is counted: "rows", "bytes".
        what: &'static str,
        /// As declared.
        expected: u64,
        /// As found.
        found: u64,
    },
    /// A digest.
    Digest {
        /// As `sha512`.
        algorithm: &'static str,
        /// As declared, in hexadecimal.
        expected: String,
        /// As computed, in hexadecimal.
        found: String,
    },
    /// A reference to a row that is not there.
    Reference {
        /// The referenced resource.
        resource: String,
        /// Its fields.
        fields: Vec<String>,
        /// How many different keys are missing (in a group; 1 in a sample).
        distinct: u64,
    },
    /// The key stands in an earlier row too.
    Duplicate {
        /// The first row with this key.
        first: Place,
        /// How many rows have it.
        rows: u64,
        /// The first rows that have it, that one too: with the first duplicate of a key, else none.
        members: Vec<Place>,
    },
    /// Keys that stand in several rows.
    Repeated {
        /// How many different keys do.
        keys: u64,
    },
    /// A reference to a key that is not there.
    Orphan {
        /// How many rows of the same table refer to the same missing key.
        rows: u64,
    },
    /// A sentence of its own, without any cell value: lower case, no full stop.
    Text(String),
}

/// One example of a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sample {
    /// Where it is.
    pub place: Place,
    /// The shape of the cell, as `99/99/9999`.
    pub shape: Option<String>,
    /// The cell itself, only where it may be shown.
    pub value: Option<String>,
    /// What is particular to this example.
    pub facts: Facts,
    /// By which whoever has the key finds the row, where tokens were asked for.
    pub token: Option<String>,
}

/// One cause: findings of one code about the same thing, counted.
#[derive(Debug, Clone)]
pub struct Group {
    /// What kind of problem.
    pub code: Code,
    /// The catalogue's severity, unless the schema or the finding says otherwise.
    pub severity: Severity,
    /// Index of the resource in the schema, where one is concerned.
    pub resource: Option<u32>,
    /// The fields concerned.
    pub fields: Vec<FieldRef>,
    /// What is common to all occurrences.
    pub facts: Facts,
    /// How many, exactly.
    pub occurrences: u64,
    /// The first by position.
    pub first: Place,
    /// The last by position.
    pub last: Place,
    /// The first by position, as many as asked for.
    pub samples: Vec<Sample>,
    /// Which more lenient forms the refused values have, and how many have each.
    pub forms: BTreeMap<&'static str, u64>,
    /// What to change or ask, where the data says so.
    pub suggestion: Option<String>,
}

impl Group {
    /// A group of a single finding.
    pub fn single(code: Code, resource: Option<u32>, facts: Facts, place: Place) -> Self {
        Self {
            code,
            severity: code.severity(),
            resource,
            fields: Vec::new(),
            facts,
            occurrences: 1,
            first: place,
            last: place,
            samples: vec![Sample { place, ..Sample::default() }],
            forms: BTreeMap::new(),
            suggestion: None,
        }
    }
}

/// A check that was not carried out, or not in full.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The resource concerned; `None`: the extract as a whole.
    pub resource: Option<u32>,
    /// The check: "references to person".
    pub check: String,
    /// Why not: "the file person.csv is missing".
    pub reason: String,
}
