//! Flaws planted on demand, one cause each, at exactly known places.
//!
//! Written as `CODE@TABLE`, `CODE@TABLE:ROW` or `CODE@TABLE:ROW:FIELD`. A row number counts every
//! record of the finished file, the header being row 1. Where the field may be left out, the first
//! column that can bear the flaw takes it.
//!
//! A flaw that would cause findings of a second kind is refused: the type of a key column, say, since
//! the rows that refer to it would become orphans.

use super::keys::{self, Space};
use super::layout::{Column, Kind, TABLES, Table};
use super::record::Quoting;
use std::str::FromStr;

/// What is planted; the names are those of the findings that it must cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// A cell that is not of its column's type.
    TypeError,
    /// A cell that breaks a constraint of its column.
    ConstraintError,
    /// The last cell of the row is not there.
    MissingCell,
    /// One cell more than labels.
    ExtraCell,
    /// A row put in, with the key of the row before.
    PrimaryKey,
    /// A reference to a row that does not exist.
    ForeignKey,
    /// A quote inside a cell that does not begin with one.
    StrayQuote,
    /// A cell that begins with a quote and has no closing one.
    UnclosedQuote,
    /// An empty line put in.
    BlankRow,
    /// The byte E9, which is é in Windows-1252 and not UTF-8.
    EncodingError,
    /// The file is not written.
    MissingFile,
    /// A column that is not declared.
    ExtraLabel,
    /// A column under another name.
    IncorrectLabel,
}

const CODES: [(&str, Code); 13] = [
    ("type-error", Code::TypeError),
    ("constraint-error", Code::ConstraintError),
    ("missing-cell", Code::MissingCell),
    ("extra-cell", Code::ExtraCell),
    ("primary-key", Code::PrimaryKey),
    ("foreign-key", Code::ForeignKey),
    ("stray-quote", Code::StrayQuote),
    ("unclosed-quote", Code::UnclosedQuote),
    ("blank-row", Code::BlankRow),
    ("encoding-error", Code::EncodingError),
    ("missing-file", Code::MissingFile),
    ("extra-label", Code::ExtraLabel),
    ("incorrect-label", Code::IncorrectLabel),
];

impl Code {
    /// As the catalogue of findings has it.
    pub fn name(self) -> &'static str {
        CODES.iter().find(|(_, code)| *code == self).map_or("", |(name, _)| name)
    }

    /// Whether it is a flaw of the whole file or its header, which takes no row.
    fn is_of_file(self) -> bool {
        matches!(self, Self::MissingFile | Self::ExtraLabel | Self::IncorrectLabel)
    }

    /// Whether it is planted in one cell.
    fn is_of_cell(self) -> bool {
        matches!(
            self,
            Self::TypeError
                | Self::ConstraintError
                | Self::ForeignKey
                | Self::StrayQuote
                | Self::UnclosedQuote
                | Self::EncodingError
                | Self::IncorrectLabel
        )
    }
}

/// A flaw to be planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub code: Code,
    /// Index into [`TABLES`].
    pub table: usize,
    /// 1 for those of the header or the whole file.
    pub row: u64,
    /// Index into the table's columns.
    field: usize,
}

/// A flaw that was planted, and where it is. Counted from 1, save the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    pub code: &'static str,
    pub file: String,
    pub row: Option<u64>,
    /// Physical line on which the record begins.
    pub line: Option<u64>,
    /// Offset of the record's first byte.
    pub byte: Option<u64>,
    /// The column's name; empty where no single one is concerned.
    pub field: String,
    /// The type or constraint broken, the table referred to, the row that has the same key, or the
    /// label written.
    pub detail: String,
}

impl FromStr for Flaw {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a flaw is written CODE@TABLE, CODE@TABLE:ROW or CODE@TABLE:ROW:FIELD";
        let (code, place) = text.split_once('@').ok_or(form)?;
        let names: Vec<&str> = CODES.iter().map(|(name, _)| *name).collect();
        let (_, code) = *CODES
            .iter()
            .find(|(name, _)| *name == code)
            .ok_or_else(|| format!("no flaw `{code}`; there are {}", names.join(", ")))?;
        let mut parts = place.split(':');
        let table = parts.next().unwrap_or_default();
        let table = TABLES
            .iter()
            .position(|known| known.name.eq_ignore_ascii_case(table))
            .ok_or_else(|| format!("no table `{table}`"))?;
        let row = match parts.next() {
            Some(row) => row.parse().map_err(|_| format!("`{row}` is no row number"))?,
            None => 1,
        };
        let name = parts.next();
        if parts.next().is_some() {
            return Err(form.into());
        }
        let least = match code {
            _ if code.is_of_file() => 1,
            Code::PrimaryKey => 3,
            _ => 2,
        };
        if row < least || (code.is_of_file() && row != 1) {
            return Err(format!("{} cannot be planted in row {row}", code.name()));
        }
        if name.is_some() && !code.is_of_cell() {
            return Err(format!("{} takes no field", code.name()));
        }
        let flaw = Self { code, table, row, field: 0 };
        let columns = TABLES[table].columns;
        let field = match name {
            Some(name) => {
                let field = TABLES[table]
                    .position(name)
                    .ok_or_else(|| format!("{} has no column `{name}`", TABLES[table].name))?;
                Some(field).filter(|field| flaw.fits(&columns[*field]))
            }
            // A column that is no reference where there is one, so that the row keeps its patient.
            None => columns
                .iter()
                .position(|column| flaw.fits(column) && !refers(&TABLES[table], column))
                .or_else(|| columns.iter().position(|column| flaw.fits(column))),
        };
        let field =
            field.ok_or_else(|| format!("{} cannot be planted there alone", code.name()))?;
        if code == Code::PrimaryKey && TABLES[table].key.is_empty() {
            return Err(format!("{} has no primary key", TABLES[table].name));
        }
        Ok(Self { field, ..flaw })
    }
}

impl Flaw {
    /// Whether the column can bear this flaw and no other finding comes with it.
    fn fits(&self, column: &Column) -> bool {
        let table = &TABLES[self.table];
        let in_key = table.key.contains(&column.name);
        let references =
            table.references.iter().filter(|key| key.fields.contains(&column.name)).count();
        let free_text = matches!(column.kind, Kind::Text(most) if most >= 20)
            && column.rdf_type.is_none()
            && !in_key;
        match self.code {
            Code::TypeError => !in_key && references == 0 && wrong_type(column.kind).is_some(),
            Code::ConstraintError => {
                // `ItemGuid` names rows of several tables: a reference, though none is declared.
                !in_key && column.name != "ItemGuid" && broken(column, references > 0).is_some()
            }
            Code::ForeignKey => !in_key && references == 1 && orphan(table, column, 0).is_some(),
            Code::StrayQuote | Code::UnclosedQuote | Code::EncodingError => free_text,
            Code::IncorrectLabel => !in_key && references == 0 && !column.required,
            _ => true,
        }
    }

    /// Whether it puts a row in.
    pub fn inserts(&self) -> bool {
        matches!(self.code, Code::PrimaryKey | Code::BlankRow)
    }

    /// Whether every row gets a cell more.
    pub fn widens(&self) -> bool {
        self.code == Code::ExtraLabel
    }

    /// The row to put in, without its line end.
    pub fn inserted(&self, table: &Table, previous: &[u8], quoting: Quoting) -> Vec<u8> {
        if self.code == Code::BlankRow {
            return Vec::new();
        }
        let mut cells = split(previous);
        // Another value somewhere, or the two rows would be the same throughout.
        if let Some(field) = table.position("ProcessingId") {
            cells[field] = quoted(b"1", quoting);
        }
        cells.join(&b',')
    }

    /// Alters a row; returns the field's name and the detail.
    pub fn alter(
        &self,
        table: &Table,
        record: &mut Vec<u8>,
        quoting: Quoting,
        seed: u64,
    ) -> (String, String) {
        let mut cells = split(record);
        let column = &table.columns[self.field];
        let mut field = column.name.to_owned();
        let mut detail = String::new();
        match self.code {
            Code::TypeError => {
                let (value, name) = wrong_type(column.kind).unwrap_or_default();
                cells[self.field] = quoted(value.as_bytes(), quoting);
                detail = name.into();
            }
            Code::ConstraintError => {
                let (value, name) = broken(column, refers(table, column)).unwrap_or_default();
                cells[self.field] = quoted(value.as_bytes(), quoting);
                detail = name.into();
            }
            Code::ForeignKey => {
                let (value, name) = orphan(table, column, seed).unwrap_or_default();
                cells[self.field] = quoted(value.as_bytes(), quoting);
                detail = name.into();
            }
            Code::MissingCell => {
                cells.pop();
                field = table.columns.last().map_or("", |last| last.name).into();
            }
            Code::ExtraCell => {
                cells.push(quoted(b"surplus", quoting));
                field.clear();
            }
            Code::StrayQuote => cells[self.field] = b"size 5\" gauze".to_vec(),
            Code::UnclosedQuote => cells[self.field] = b"\"not closed".to_vec(),
            Code::EncodingError => cells[self.field] = quoted(b"caf\xE9", quoting),
            Code::PrimaryKey
            | Code::BlankRow
            | Code::MissingFile
            | Code::ExtraLabel
            | Code::IncorrectLabel => {}
        }
        *record = cells.join(&b',');
        (field, detail)
    }

    /// Alters the labels; returns the field's name and the detail.
    pub fn mend_header(&self, table: &Table, labels: &mut Vec<String>) -> (String, String) {
        let label = match self.code {
            Code::ExtraLabel => {
                labels.push("LocalReference".into());
                return (String::new(), "LocalReference".into());
            }
            _ => format!("Old{}", table.columns[self.field].name),
        };
        labels[self.field].clone_from(&label);
        (table.columns[self.field].name.into(), label)
    }
}

fn refers(table: &Table, column: &Column) -> bool {
    table.references.iter().any(|reference| reference.fields.contains(&column.name))
}

fn quoted(cell: &[u8], quoting: Quoting) -> Vec<u8> {
    match quoting {
        Quoting::All => [b"\"", cell, b"\""].concat(),
        Quoting::Minimal => cell.to_vec(),
    }
}

/// The cells of a well-formed record, with their quotes.
fn split(record: &[u8]) -> Vec<Vec<u8>> {
    let mut inside = false;
    record
        .split(|byte| {
            inside ^= *byte == b'"';
            *byte == b',' && !inside
        })
        .map(<[u8]>::to_vec)
        .collect()
}

/// A value that is not of the type, and the type's name.
fn wrong_type(kind: Kind) -> Option<(&'static str, &'static str)> {
    match kind {
        Kind::Date => Some(("2023-02-29", "date")),
        Kind::Time => Some(("25:61:00", "time")),
        Kind::DateTime => Some(("2023-02-29 10:00:00", "datetime")),
        Kind::Integer | Kind::Count(_) => Some(("12a", "integer")),
        Kind::Number => Some(("1.2.3", "number")),
        Kind::Boolean => Some(("maybe", "boolean")),
        Kind::Guid | Kind::Text(_) | Kind::Choice(_) | Kind::NhsNumber | Kind::Empty => None,
    }
}

/// A value that breaks one constraint of the column, and the constraint's name.
fn broken(column: &Column, referring: bool) -> Option<(String, &'static str)> {
    if referring || column.rdf_type.is_some() {
        return column.required.then(|| (String::new(), "required"));
    }
    match column.kind {
        Kind::Choice(_) => Some(("Unheard of".into(), "enum")),
        Kind::Guid => Some(("{0}".into(), "pattern")),
        Kind::Text(most) => Some(("x".repeat(most as usize + 1), "maxLength")),
        Kind::Count(_) => Some(("-1".into(), "minimum")),
        _ => column.required.then(|| (String::new(), "required")),
    }
}

/// A value that refers to nothing, and the table that lacks it.
fn orphan(table: &Table, column: &Column, seed: u64) -> Option<(String, &'static str)> {
    let reference = table.references.iter().find(|r| r.fields[0] == column.name)?;
    let value = if column.kind == Kind::Guid {
        let guid = keys::guid(seed, Space::Nowhere, 0);
        String::from_utf8_lossy(&guid).into_owned()
    } else {
        // Items of codes in use begin at 10,000.
        keys::description(99, keys::CLINICAL).to_string()
    };
    Some((value, reference.table))
}
