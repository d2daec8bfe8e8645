//! From the documentation of an extract to a descriptor: data dictionaries in any reasonable layout,
//! and documents of known suppliers.
//!
//! What a document does not say is not made up: a type that is not known allows any value, a
//! reference to nothing is left out. What was left out, and what was guessed, is told as [`Note`]s.

mod assemble;
mod codes;
mod extension;
mod files;
mod headings;
mod keys;
mod omop;
mod roles;
mod rows;
mod tpp;
mod types;

pub use files::match_files;

use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::{letters, plain};
use crate::schema::draft::{self, Draft};
use crate::source::Limits;
use crate::source::sheet::{self, Sheet};
use headings::Headings;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A place in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The sheet's name; that of the file where it is no workbook.
    pub sheet: String,
    /// The row, from 1.
    pub row: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

/// As `sheet Patient, row 7, column C`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sheet {}", plain(&self.sheet, 60))?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = self.column {
            write!(f, ", column {}", letters(column))?;
        }
        Ok(())
    }
}

/// What could not be carried over, or was guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What: a clause.
    pub text: String,
    /// Where first, if it has a place.
    pub first: Option<Place>,
    /// How often.
    pub times: usize,
}

/// As `text (12 times, first in sheet Patient, row 7)`.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match (&self.first, self.times) {
            (Some(place), 1) => write!(f, " ({place})"),
            (Some(place), times) => write!(f, " ({times} times, first in {place})"),
            (None, _) => Ok(()),
        }
    }
}

/// Notes as they come: those of one text are counted together.
#[derive(Debug, Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn add(&mut self, text: impl Into<String>, place: Place) {
        self.put(text.into(), Some(place));
    }

    fn general(&mut self, text: impl Into<String>) {
        self.put(text.into(), None);
    }

    /// A column whose heading is not known.
    fn column(&mut self, label: &str, place: Place) {
        self.add(format!("the column \"{}\" was not carried over", plain(label, 60)), place);
    }

    fn put(&mut self, text: String, first: Option<Place>) {
        match self.0.iter_mut().find(|note| note.text == text) {
            Some(note) => note.times += 1,
            None => self.0.push(Note { text, first, times: 1 }),
        }
    }
}

/// What kind of document it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A data dictionary.
    Dictionary,
    /// The field-level documentation of the OMOP Common Data Model.
    Omop,
    /// TPP's specification of the SystmOne Strategic Reporting Extract.
    Tpp,
}

/// In words.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dictionary => "a data dictionary",
            Self::Omop => "the field-level documentation of the OMOP Common Data Model",
            Self::Tpp => "TPP's specification of the SystmOne Strategic Reporting Extract",
        })
    }
}

/// What came of a document.
#[derive(Debug)]
pub struct Imported {
    /// What kind it was.
    pub kind: Kind,
    /// The descriptor on its way.
    pub draft: Draft,
    /// What could not be carried over, or was guessed.
    pub notes: Vec<Note>,
}

impl Imported {
    /// The descriptor's text.
    ///
    /// # Errors
    /// Where what the document says contradicts itself.
    pub fn text(&self) -> Result<String> {
        draft::finish(&self.draft, "the document")
    }

    /// Tells something more.
    pub fn note(&mut self, text: String) {
        self.notes.push(Note { text, first: None, times: 1 });
    }
}

/// Imports the documentation at `path`: a workbook, a delimited file, or a folder or archive of such.
///
/// # Errors
/// Where it cannot be read, or describes no fields.
pub fn import(path: &Path, limits: &Limits) -> Result<Imported> {
    let sheets = sheet::read(path, limits)?;
    let name = path.file_stem().map_or("schema".into(), |name| name.to_string_lossy().into_owned());
    of_sheets(&sheets, &name).map_err(|error| error.with_path(path))
}

fn of_sheets(sheets: &[Sheet], name: &str) -> Result<Imported> {
    let kind = kind(sheets);
    let mut notes = Notes::default();
    let document = rows::read(sheets, &mut notes);
    if document.fields.is_empty() {
        return Err(no_fields(sheets));
    }
    let mut draft = assemble::assemble(&document, name, &mut notes);
    match kind {
        Kind::Dictionary => {}
        Kind::Omop => omop::complete(&mut draft, name, &mut notes),
        Kind::Tpp => tpp::complete(&mut draft, &document, name, &mut notes),
    }
    keys::references(&mut draft, &document, &mut notes);
    if kind == Kind::Tpp {
        tpp::complete_links(&mut draft, &mut notes);
    }
    roles::complete(&mut draft, kind, &mut notes);
    Ok(Imported { kind, draft, notes: notes.0 })
}

fn kind(sheets: &[Sheet]) -> Kind {
    let has = |labels: &[&str]| {
        sheets.iter().any(|sheet| {
            sheet.rows.values().take(5).any(|row| {
                labels.iter().all(|label| row.values().any(|text| text.eq_ignore_ascii_case(label)))
            })
        })
    };
    if has(&["cdmTableName", "cdmFieldName", "cdmDatatype"]) {
        Kind::Omop
    } else if has(&["TableName", "ColumnName", "ColumnDataType", "LinkedTable"]) {
        Kind::Tpp
    } else {
        Kind::Dictionary
    }
}

/// The error of a document that describes no field: what comes nearest to headings, and what lacks.
fn no_fields(sheets: &[Sheet]) -> Error {
    let rows = sheets.iter().flat_map(|sheet| sheet.rows.iter().map(move |row| (sheet, row)));
    let nearest = rows
        .map(|(sheet, (number, row))| (Headings::of(row, None), sheet, number))
        .filter(|(headings, _, _)| !headings.known.is_empty() && headings.labels.len() > 1)
        .max_by_key(|(headings, _, number)| (headings.known.len(), std::cmp::Reverse(**number)));
    let message = match nearest {
        Some((headings, sheet, number)) => {
            let place = Place { sheet: sheet.name.clone(), row: Some(*number), column: None };
            let known: Vec<&str> = headings.known.keys().map(|column| column.name()).collect();
            format!(
                "no fields are described: {place} has headings of {}, and none of a field's name",
                known.join(", ")
            )
        }
        None => "no fields are described: no row has headings as field, type, mandatory".into(),
    };
    Error::new(ErrorKind::Usage, message).with_hint(
        "give each column a heading: table, field, type, length, mandatory, key, references, code \
         list, description",
    )
}

/// How many of something, in words.
pub fn counted(number: usize, one: &str, more: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{} {more}", crate::finding::message::thousands(number as u64)),
    }
}

/// The tables by the key of their names.
fn by_key(draft: &Draft) -> BTreeMap<String, usize> {
    let titles = draft.resources.iter().zip(0..).map(|(resource, number)| {
        let name = if resource.title.is_empty() { &resource.name } else { &resource.title };
        (sheet::key(name), number)
    });
    titles.collect()
}
