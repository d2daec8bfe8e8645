//! The declared shape of an extract: what a descriptor says, resolved and checked.
//!
//! Names follow Data Package v2 and Table Schema v2. References between resources and fields are
//! indices here: [`super::descriptor`] has resolved every name, so nothing can dangle.

use super::pattern::Pattern;
use super::value::{Type, Value};
use crate::digest::{Algorithm, Digest};
use regex::Regex;

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
    /// `handover.auditTrail.absent`: why the extract comes without an audit trail.
    pub audit_trail_absent: Option<String>,
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
}

/// A declared column.
#[derive(Debug)]
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
    pub other_names: Vec<String>,
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
    /// `enum`: the only values allowed; also `categories`.
    pub allowed: Option<Vec<Bound>>,
}

/// A value in a descriptor: its text, and what it means under the field's type.
#[derive(Debug, Clone)]
pub struct Bound {
    /// As written.
    pub text: String,
    /// What it means under the field's type.
    pub value: Value,
}

/// `handover.filePattern`: a regular expression over the whole file name, folders excluded, whose
/// named groups (batch, date, agreement …) must agree across all files of the batch. A group named
/// `part` tells the parts of one split file apart and orders them.
#[derive(Debug, Clone)]
pub struct FilePattern {
    /// As written.
    pub text: String,
    /// Compiled so that it matches the whole name, without regard to case.
    pub regex: Regex,
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

/// `handover.role` of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One row per registered patient.
    Patient,
    /// Who did what, when.
    AuditTrail,
    /// Codes, users, organisations.
    Reference,
    /// Clinical entries.
    Clinical,
    /// Appointments and slots.
    Appointment,
    /// Tasks and messages.
    Task,
    /// Letters and scanned documents.
    Document,
    /// Images.
    Image,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
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
