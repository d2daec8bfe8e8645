//! The beginning of a file: how it is written, and what its header says. Runs on the reading thread.

use super::TableReading;
use super::header::{self, Columns};
use super::plan::TablePlan;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample, Severity};
use crate::schema::value::Type;
use crate::schema::{Dialect, Encoding};
use crate::source::Fault;
use crate::source::block::{Block, RECORD_LIMIT};
use crate::source::structure::{Grammar, Terminator};
use crate::source::workbook::Note;
use std::sync::Arc;

/// How many bytes at the beginning of a file tell how it is written.
pub(super) const PEEK: usize = 64 << 10;

/// What the reading thread finds out at the beginning of a file.
#[derive(Default)]
pub(super) struct Opening {
    pub(super) found: Vec<Group>,
    pub(super) gaps: Vec<Gap>,
    /// Whether the file cannot be read to its end.
    pub(super) damaged: bool,
    /// How records are found; `None`: the file cannot be read as a table.
    pub(super) grammar: Option<Grammar>,
}

impl Opening {
    /// Looks at the first bytes.
    pub(super) fn begin(&mut self, table: &TablePlan<'_>, member: u32, bytes: &[u8]) {
        let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        let declared_utf16 = !matches!(table.encoding, Encoding::Utf8 | Encoding::Windows1252);
        if utf16 || declared_utf16 {
            let text = if utf16 { "the file begins as UTF-16 does" } else { "declared as UTF-16" };
            self.unreadable(table, member, Code::EncodingError, text.into());
            return;
        }
        let mut grammar = table.grammar;
        if memchr::memchr(b'\n', bytes).is_none() && memchr::memchr(b'\r', bytes).is_some() {
            grammar.terminator = Terminator::CarriageReturn;
        }
        self.grammar = Some(grammar);
    }

    /// A sheet of a workbook comes as RFC 4180 text, whatever dialect is declared.
    pub(super) fn begin_sheet(&mut self, table: &TablePlan<'_>, member: u32, hidden: bool) {
        self.grammar = Some(super::plan::grammar(&Dialect::default()));
        if hidden {
            let place = Place { file: Some(member), ..Place::default() };
            let facts =
                Facts::Text("the sheet is hidden, so that nobody may have looked at it".into());
            let mut group =
                Group::single(Code::SpreadsheetDamage, Some(table.resource), facts, place);
            group.severity = Severity::Warning;
            self.found.push(group);
        }
    }

    /// A table that ends with the last row that a spreadsheet can have was cut there.
    pub(super) fn rows_at_limit(&mut self, table: &TablePlan<'_>, block: &Block, sheet: bool) {
        let rows = (block.first_row + block.ends.len() as u64).saturating_sub(1);
        if !matches!(rows, 65_536 | 1_048_576) || block.ends.is_empty() {
            return;
        }
        let text = format!(
            "it has exactly {} rows, the most that a spreadsheet can have",
            crate::finding::message::thousands(rows)
        );
        let place = Place { file: Some(block.member), row: Some(rows), ..Place::default() };
        let facts = Facts::Text(text);
        let mut group = Group::single(Code::TruncatedFile, Some(table.resource), facts, place);
        if !sheet {
            // A delimited file may have as many by chance.
            group.severity = Severity::Warning;
        }
        self.found.push(group);
    }

    /// What the reader of a workbook noticed in a sheet.
    pub(super) fn noted(
        &mut self,
        table: &TablePlan<'_>,
        reading: &TableReading,
        member: u32,
        notes: &[Note],
    ) {
        for note in notes {
            let column = note.column.and_then(|column| column.checked_sub(1));
            let number = column.and_then(|at| reading.columns.fields.get(at as usize).copied());
            let field = number.flatten().and_then(|number| table.table.fields.get(number));
            let is_text = field.is_some_and(|field| matches!(field.kind, Type::String(_)));
            if note.in_text_only && !is_text {
                continue;
            }
            let places = note.places(member);
            let Some(&first) = places.first() else { continue };
            let facts = Facts::Text(note.text.clone());
            let code = Code::SpreadsheetDamage;
            let mut group = Group::single(code, Some(table.resource), facts, first);
            group.severity = note.severity();
            group.occurrences = note.times;
            group.last.row = Some(note.last);
            group.samples =
                places.into_iter().map(|place| Sample { place, ..Sample::default() }).collect();
            if let Some(column) = note.column {
                let name = field.map(|field| field.name.clone()).unwrap_or_default();
                group.fields = vec![FieldRef { number: column, name }];
            }
            self.found.push(group);
        }
    }

    fn unreadable(&mut self, table: &TablePlan<'_>, member: u32, code: Code, text: String) {
        self.gaps.push(Gap {
            resource: Some(table.resource),
            check: "the rows of the file".into(),
            reason: text.clone(),
        });
        let place = Place { file: Some(member), ..Place::default() };
        self.found.push(Group::single(code, Some(table.resource), Facts::Text(text), place));
    }

    /// Reads the header out of the first block and aligns it.
    pub(super) fn header(
        &mut self,
        table: &TablePlan<'_>,
        block: &Block,
        grammar: Grammar,
    ) -> Option<TableReading> {
        let dialect = &table.table.dialect;
        let columns = if dialect.header {
            if block.bytes.is_empty() {
                return None;
            }
            let labels = labels(table, block, &grammar);
            if let Some(text) = other_delimiter(table, &labels, grammar.delimiter) {
                self.unreadable(table, block.member, Code::DialectMismatch, text);
                return None;
            }
            let row = dialect.header_rows.first().copied().unwrap_or(1);
            let place = Place { file: Some(block.member), row: Some(row), ..Place::default() };
            let (columns, groups) = header::align(&labels, table.table, table.resource, place);
            self.found.extend(groups);
            if !columns.lacking.is_empty() {
                let names =
                    columns.lacking.iter().filter_map(|&field| table.table.fields.get(field));
                let names: Vec<&str> = names.map(|field| field.name.as_str()).collect();
                self.gaps.push(Gap {
                    resource: Some(table.resource),
                    check: format!("the values of {}", names.join(", ")),
                    reason: "the file has no such column".into(),
                });
            }
            columns
        } else {
            Columns::by_position(table.table)
        };
        Some(TableReading { resource: table.resource, columns: Arc::new(columns), grammar })
    }

    /// The entry of an archive stopped in the middle.
    pub(super) fn damaged(&mut self, resource: Option<u32>, block: &Block, fault: Fault) {
        let place = Place {
            file: Some(block.member),
            byte: Some(block.first_byte + block.bytes.len() as u64),
            ..Place::default()
        };
        self.gaps.push(Gap {
            resource,
            check: "the rest of the file".into(),
            reason: fault.to_string(),
        });
        self.damaged = true;
        // What is wrong with the archive as a whole is told once, where it was listed.
        if fault == Fault::Cut {
            return;
        }
        let facts = Facts::Text(fault.to_string());
        self.found.push(Group::single(fault.code(), resource, facts, place));
    }

    pub(super) fn oversize(&mut self, resource: Option<u32>, block: &Block) {
        let text = format!("longer than {} MiB", RECORD_LIMIT >> 20);
        let place = Place {
            file: Some(block.member),
            row: Some(block.first_row + block.ends.len() as u64).filter(|&row| row > 0),
            line: None,
            byte: Some(block.first_byte + block.bytes.len() as u64),
        };
        self.gaps.push(Gap {
            resource,
            check: "the rows after a record that is too long".into(),
            reason: text.clone(),
        });
        self.found.push(Group::single(Code::FieldTooLarge, resource, Facts::Text(text), place));
    }
}

/// The labels of the header rows, joined where there are several.
fn labels(table: &TablePlan<'_>, block: &Block, grammar: &Grammar) -> Vec<String> {
    let dialect = &table.table.dialect;
    let mut labels: Vec<String> = Vec::new();
    let mut start = block.skip as usize;
    let mut scratch = Vec::new();
    for (number, &end) in block.ends.iter().enumerate() {
        if dialect.header_rows.contains(&(number as u64 + 1)) {
            let mut column = 0;
            let record = block.bytes.get(..end as usize).unwrap_or_default();
            grammar.exact(record, start, true, |cell| {
                let value = grammar.value(record, cell, &mut scratch);
                let label = match table.encoding {
                    Encoding::Windows1252 => {
                        encoding_rs::WINDOWS_1252.decode_without_bom_handling(value).0.into_owned()
                    }
                    _ => String::from_utf8_lossy(value).into_owned(),
                };
                match labels.get_mut(column) {
                    Some(above) => {
                        above.push_str(&dialect.header_join);
                        above.push_str(&label);
                    }
                    None => labels.push(label),
                }
                column += 1;
            });
        }
        start = end as usize;
    }
    labels
}

/// Where the header is a single label that another delimiter would divide into declared names: what
/// is wrong.
fn other_delimiter(table: &TablePlan<'_>, labels: &[String], declared: u8) -> Option<String> {
    let [label] = labels else { return None };
    if table.table.fields.len() < 2 {
        return None;
    }
    let names = [(';', "semicolon"), (',', "comma"), ('\t', "tab"), ('|', "vertical bar")];
    let word = |byte: u8| {
        let known = names.iter().find(|(c, _)| *c as u32 == u32::from(byte));
        known.map_or("another character", |(_, name)| name)
    };
    names.iter().find_map(|&(delimiter, name)| {
        let is_declared = |part: &str| {
            let part = part.trim_matches('"');
            table.table.fields.iter().any(|field| field.name == part)
        };
        let known = label.split(delimiter).filter(|part| is_declared(part)).count();
        (known * 2 >= table.table.fields.len() && known > 1).then(|| {
            format!("the declared delimiter is a {}, the file has a {name}", word(declared))
        })
    })
}
