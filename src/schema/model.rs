//! The declared shape of an extract: what a descriptor says, resolved and checked.
//!
//! Names follow Data Package v2 and Table Schema v2. References between resources and fields are
//! indices here: [`super::descriptor`] has resolved every name, so nothing can dangle.

mod extension;
mod listed;

pub use extension::*;
pub use listed::Listed;

use crate::digest::{Algorithm, Digest};
use crate::finding::Severity;
use crate::schema::json_schema::JsonSchema;
use crate::schema::pattern::{FilePattern, Pattern};
use crate::schema::rule::Rule;
use crate::schema::value::{Type, Value};
use std::collections::BTreeMap;

/// The declared schema of a whole extract: one Data Package.
#[derive(Debug)]
pub struct Schema {
    /// The package's `name`; empty where the descriptor gives none.
    pub name: String,
    /// The package's `title`.
    pub title: Option<String>,
    /// The package's `version`.
    pub version: Option<String>,
    /// The declared tables and other files, in the descriptor's order.
    pub resources: Vec<Resource>,
    /// Parts of an extract that are absent on purpose, with the reason: `handover.auditTrail.absent`
    /// and the like.
    pub absent: BTreeMap<Category, String>,
    /// `handover.documentation` of the package.
    pub documentation: Documentation,
    /// Validating properties that are not implemented, and unknown ones inside `handover`.
    pub unsupported: Vec<Unsupported>,
    /// The descriptor's bytes as read: a package carries them.
    pub source: Vec<u8>,
    /// The files that the descriptor names for a schema or dialect, by the path it gives: they
    /// belong to the source.
    pub parts: Vec<(String, Vec<u8>)>,
}

/// A property that should take part in validating and does not: never passed over in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// Where it stands, as a JSON Pointer (RFC 6901); behind `name#` where it stands in a file that
    /// the descriptor names.
    pub pointer: String,
    /// The resource concerned, where it is one.
    pub resource: Option<usize>,
    /// What is not checked because of it: one clause.
    pub effect: String,
}

/// One declared table (or other file) of the extract.
#[derive(Debug)]
pub struct Resource {
    /// `name`: unique in the package.
    pub name: String,
    /// `title`.
    pub title: Option<String>,
    /// `path`: one relative path, or several whose contents follow each other.
    pub paths: Vec<String>,
    /// `handover.filePattern`: a pattern for the file's name, matched against the whole of it.
    pub file_pattern: Option<FilePattern>,
    /// `handover.presence`. Default: required.
    pub presence: Presence,
    /// `handover.role`.
    pub role: Option<Role>,
    /// `handover.mode`.
    pub mode: Option<Mode>,
    /// `handover.documentation` of the resource.
    pub documentation: Documentation,
    /// `encoding`, where declared. The standard's default is UTF-8.
    pub encoding: Option<Encoding>,
    /// `bytes`: the declared size.
    pub bytes: Option<u64>,
    /// `hash`: the declared digest.
    pub hash: Option<Digest>,
    /// `handover.rowCount`: declared number of data rows.
    pub row_count: Option<u64>,
    /// `handover.manifest`: the table lists the files of the delivery.
    pub manifest: Option<Manifest>,
    /// `handover.trailer`: the last record counts the others.
    pub trailer: Option<Trailer>,
    /// The table's dialect and fields; `None` for a file that is no table.
    pub table: Option<Table>,
}

/// `handover.manifest`: how a table of the extract lists the files that were sent. Fields are
/// indices into the table's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// `file`: names the file, with its folder or without.
    pub file: usize,
    /// `suffix`: what the file's name has behind that. Default: nothing.
    pub suffix: String,
    /// `rows`: counts the file's data rows.
    pub rows: Option<usize>,
    /// `bytes`: gives the file's size.
    pub bytes: Option<usize>,
    /// `hash`, in hexadecimal, and `algorithm`. Default: SHA-256.
    pub hash: Option<(usize, Algorithm)>,
    /// `same`: have the same value in all rows, as the date of the extract.
    pub same: Vec<usize>,
    /// `unlisted`: names of files that come along and are not listed. The manifest never lists
    /// itself.
    pub unlisted: Vec<String>,
}

/// `handover.trailer`: a last record that is no data and says how much came before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// `first`: the value of its first cell, by which it is known.
    pub first: String,
    /// `rows`: the number, from 1, of its cell that counts the file's data rows.
    pub rows: Option<u64>,
}

/// The tabular part of a resource: Table Dialect and Table Schema.
#[derive(Debug)]
pub struct Table {
    /// How the delimited file is written.
    pub dialect: Dialect,
    /// Declared columns, in order.
    pub fields: Vec<Field>,
    /// `fieldsMatch`. Default: exact.
    pub fields_match: FieldsMatch,
    /// `missingValues` of the schema. Default: the empty string.
    pub missing_values: Vec<String>,
    /// `primaryKey`: indices into `fields`; empty where none is declared.
    pub primary_key: Vec<usize>,
    /// `uniqueKeys`: each a list of indices into `fields`. A field's `unique` constraint is one more.
    pub unique_keys: Vec<Vec<usize>>,
    /// `foreignKeys`.
    pub foreign_keys: Vec<ForeignKey>,
    /// `handover.references`: foreign keys of some rows only.
    pub references: Vec<ConditionalReference>,
    /// `handover.patientVia`: what leads to the patient, the first that does so counts. Where it is
    /// not declared: the only foreign key that leads to the resource whose role is `patient`, if
    /// there is one. Empty: the rows are no patient's, or it is not known whose.
    pub patient_via: Vec<PatientVia>,
    /// `handover.deleted`: which rows say that a record was deleted.
    pub deleted: Option<Condition>,
    /// `handover.controlTotals`.
    pub control_totals: Vec<ControlTotal>,
    /// `handover.rules`.
    pub rules: Vec<Rule>,
    /// `handover.severity` of the resource.
    pub severities: Severities,
}

impl Table {
    /// The first field with the role.
    pub fn field_with(&self, role: FieldRole) -> Option<usize> {
        self.fields.iter().position(|field| field.role == Some(role))
    }
}

/// A reference from this table's fields to another table's, or to its own.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// Indices into this table's fields.
    pub fields: Vec<usize>,
    /// Index of the referenced resource in [`Schema::resources`].
    pub resource: usize,
    /// Indices into the referenced table's fields, as many as `fields`.
    pub reference: Vec<usize>,
    /// `handover.severity`: of a row without its parent. Default: the catalogue's.
    pub severity: Option<Severity>,
}

/// A declared column.
#[derive(Debug, Default)]
pub struct Field {
    /// `name`.
    pub name: String,
    /// `title`.
    pub title: Option<String>,
    /// `type` and `format`, with the properties that belong to them. Default: any.
    pub kind: Type,
    /// `constraints`.
    pub constraints: Constraints,
    /// `missingValues` of the field, which replace the schema's.
    pub missing_values: Option<Vec<String>>,
    /// `rdfType`: names the identifier kind.
    pub rdf_type: Option<String>,
    /// `handover.sensitivity`. Default: unstated, treated as identifying.
    pub sensitivity: Option<Sensitivity>,
    /// `handover.otherNames`: labels accepted in place of `name`.
    pub other_names: Vec<OtherName>,
    /// `handover.role`.
    pub role: Option<FieldRole>,
    /// `handover.unit`.
    pub unit: Option<Unit>,
    /// `handover.codes`: values and what they mean; also the labels of `categories`.
    pub codes: Vec<(String, String)>,
    /// `handover.requiredUnlessDeleted`: no null, except in rows that [`Table::deleted`] holds for.
    pub required_unless_deleted: bool,
    /// `handover.nullReferences`: values that refer to nothing, as -1 or 0: a key with one of them
    /// has a null part.
    pub null_references: Listed,
    /// `handover.time`: for a date, the field of the row that holds the time of day.
    pub time: Option<usize>,
    /// `handover.precision`: for a date, how exact it is.
    pub precision: Option<Precision>,
    /// `handover.dates` of the field, or else of the package, where the field is a date or datetime.
    pub dates: DateChecks,
    /// `handover.folder`: for a field with the role `document`, the folder that the names start
    /// from, relative to the extract. Default: the extract itself.
    pub folder: Option<String>,
    /// `handover.severity` of the field.
    pub severities: Severities,
    /// `handover.documentation` of the field.
    pub documentation: Documentation,
}

impl Field {
    /// The labels that are the field's: its name and its other names.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        let others = self.other_names.iter().map(|other| other.name.as_str());
        std::iter::once(self.name.as_str()).chain(others)
    }

    /// Whether a label is the field's: its name, or one of its other names.
    pub fn is_called(&self, label: &str) -> bool {
        self.labels().any(|one| one == label)
    }
}

/// `constraints` of a field. `None`, `false` or empty: not declared.
#[derive(Debug, Default)]
pub struct Constraints {
    /// `required`: no null.
    pub required: bool,
    /// `unique`: no value twice; nulls do not count.
    pub unique: bool,
    /// `minLength`, in characters (or items).
    pub min_length: Option<u64>,
    /// `maxLength`, in characters (or items).
    pub max_length: Option<u64>,
    /// `minimum`.
    pub minimum: Option<Bound>,
    /// `maximum`.
    pub maximum: Option<Bound>,
    /// `exclusiveMinimum`.
    pub exclusive_minimum: Option<Bound>,
    /// `exclusiveMaximum`.
    pub exclusive_maximum: Option<Bound>,
    /// `pattern`, compiled so that it matches the whole value.
    pub pattern: Option<Pattern>,
    /// `jsonSchema`: what the JSON of an object or array must be like.
    pub json_schema: Option<JsonSchema>,
    /// `enum`: the only values allowed; also `categories`.
    pub allowed: Option<Listed>,
}

/// A value in a descriptor: its text, and what it means under the field's type.
#[derive(Debug, Clone)]
pub struct Bound {
    /// As written.
    pub text: String,
    /// What it means under the field's type.
    pub value: Value,
}

/// `handover.presence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// The file must be there.
    #[default]
    Required,
    /// The file may be absent; nothing is said.
    Optional,
    /// The file is absent in some kinds of delivery; said under coverage.
    Conditional,
}

/// `handover.sensitivity` of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitivity {
    /// Values may be shown: codes, flags.
    None,
    /// About a person.
    Personal,
    /// Tells who the person is.
    Identifying,
}

/// `encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// Windows-1252; `iso-8859-1` and `latin-1` mean it too, as the WHATWG standard has it.
    Windows1252,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
}

/// `fieldsMatch`: how the header and the declared fields must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldsMatch {
    /// The same fields in the same order.
    #[default]
    Exact,
    /// The same fields, in any order.
    Equal,
    /// The file has at least the declared fields.
    Subset,
    /// The file has at most the declared fields.
    Superset,
    /// The file has at least one declared field.
    Partial,
}

/// Table Dialect v2 (and the CSV dialect of v1). Bytes, since all are ASCII in practice; a
/// descriptor with another character is told that it is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Whether there is a header. Default: true.
    pub header: bool,
    /// `headerRows`: which rows make the header, counted from 1. Default: row 1.
    pub header_rows: Vec<u64>,
    /// `headerJoin`. Default: a space.
    pub header_join: String,
    /// `commentRows`: rows passed over, counted from 1.
    pub comment_rows: Vec<u64>,
    /// `commentChar`: rows that begin with it are passed over.
    pub comment_char: Option<String>,
    /// `delimiter`. Default: a comma.
    pub delimiter: u8,
    /// `quoteChar`. Default: a double quote. `None`: nothing quotes.
    pub quote: Option<u8>,
    /// `doubleQuote`: two quotes stand for one. Default: true.
    pub double_quote: bool,
    /// `escapeChar`.
    pub escape: Option<u8>,
    /// `nullSequence`: an unquoted value that means null.
    pub null_sequence: Option<String>,
    /// `skipInitialSpace`. Default: false.
    pub skip_initial_space: bool,
    /// `lineTerminator`, where declared: then another one is a finding.
    pub line_terminator: Option<String>,
    /// `sheetName` or `sheetNumber`: which sheet of a workbook. Default: the first.
    pub sheet: Option<SheetChoice>,
}

/// Which sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SheetChoice {
    /// `sheetName`.
    Name(String),
    /// `sheetNumber`, from 1.
    Number(u64),
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            header: true,
            header_rows: vec![1],
            header_join: " ".into(),
            comment_rows: Vec::new(),
            comment_char: None,
            delimiter: b',',
            quote: Some(b'"'),
            double_quote: true,
            escape: None,
            null_sequence: None,
            skip_initial_space: false,
            line_terminator: None,
            sheet: None,
        }
    }
}
