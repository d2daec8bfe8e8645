//! What the beginning of a file tells: how its bytes are divided, and what its header says.

use super::header::{self, Columns};
use super::labels::Header;
use super::table::TablePlan;
use super::{Lost, TableReading};
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample, Severity};
use crate::schema::value::Type;
use crate::schema::{Dialect, Encoding};
use crate::source::Fault;
use crate::source::block::{Block, RECORD_LIMIT};
use crate::source::records::{Found, Records};
use crate::source::structure::{Grammar, Terminator};
use crate::source::workbook::Note;
use std::sync::Arc;

/// How many bytes at the beginning of a file tell how it is written.
pub(super) const PEEK: usize = 64 << 10;

/// What the reading thread finds out about a file.
#[derive(Default)]
pub(super) struct Opening {
    /// Findings that are not yet handed on.
    pub(super) found: Vec<Group>,
    /// Gaps that are not yet handed on.
    pub(super) gaps: Vec<Gap>,
    /// How the text is to be understood that the blocks show.
    pub(super) encoding: Encoding,
    /// How records are found; `None`: the file cannot be read as a table.
    pub(super) records: Option<Records>,
    /// What did not come through so far.
    pub(super) lost: Lost,
    /// Records of the file so far.
    pub(super) rows: u64,
    /// Of a file without a header: its columns, where they are not those declared.
    pub(super) by_position: Option<Columns>,
}

impl Opening {
    /// Looks at the first text.
    pub(super) fn begin(&mut self, table: &TablePlan<'_>, member: u32, bytes: &[u8]) {
        let mut grammar = table.grammar;
        let (feed, carriage) = (memchr::memchr(b'\n', bytes), memchr::memchr(b'\r', bytes));
        grammar.terminator = match (feed, carriage) {
            (None, Some(_)) => Terminator::CarriageReturn,
            // What is declared does not hold: that is told, and the rows are read nevertheless.
            (Some(_), None) => Terminator::LineFeed,
            (Some(feed), Some(carriage)) if feed == carriage + 1 => Terminator::LineFeed,
            _ => grammar.terminator,
        };
        let width = if table.table.dialect.header {
            header_width(table, &grammar, bytes)
        } else {
            self.width_by_position(table, &grammar, member, bytes)
        };
        self.records = Some(Records { grammar, width, reach: RECORD_LIMIT + 1 });
    }

    /// How many cells the rows of a file without a header have, and which columns those are.
    fn width_by_position(
        &mut self,
        table: &TablePlan<'_>,
        grammar: &Grammar,
        member: u32,
        bytes: &[u8],
    ) -> Option<usize> {
        self.positions(table, grammar, member, bytes);
        let known = self.by_position.as_ref().map(Columns::width);
        Some(known.unwrap_or(table.table.fields.len())).filter(|&fields| fields > 0)
    }

    /// A sheet of a workbook comes as RFC 4180 text, whatever dialect is declared.
    pub(super) fn begin_sheet(
        &mut self,
        table: &TablePlan<'_>,
        member: u32,
        hidden: bool,
        bytes: &[u8],
    ) {
        let grammar = super::table::grammar(&Dialect::default());
        let width = if table.table.dialect.header {
            header_width(table, &grammar, bytes)
        } else {
            self.width_by_position(table, &grammar, member, bytes)
        };
        self.records = Some(Records { grammar, width, reach: RECORD_LIMIT + 1 });
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

    /// What keeps a file from being read as a table: a finding, and a gap.
    pub(super) fn unreadable(
        &mut self,
        table: &TablePlan<'_>,
        member: u32,
        code: Code,
        text: String,
    ) {
        self.lost.rows = true;
        self.gaps.push(Gap {
            resource: Some(table.resource),
            check: "the rows of the file".into(),
            reason: text.clone(),
        });
        let place = Place { file: Some(member), ..Place::default() };
        self.found.push(Group::single(code, Some(table.resource), Facts::Text(text), place));
    }

    /// Reads the header out of the first block and aligns it. `before`: the columns of an earlier
    /// part of the same table, whose header a part without one goes by.
    pub(super) fn header(
        &mut self,
        table: &TablePlan<'_>,
        block: &Block,
        grammar: Grammar,
        before: Option<&Columns>,
    ) -> Option<TableReading> {
        let columns = if table.table.dialect.header {
            let header = Header::read(table, block, &grammar, self.encoding)?;
            if let Some(before) = before.filter(|_| !header::knows_any(&header.labels, table.table))
            {
                let columns = Columns { goes_on: true, ..before.clone() };
                return Some(self.reading(table, columns, grammar));
            }
            if let Some(text) = other_delimiter(table, &header.labels, grammar.delimiter) {
                self.unreadable(table, block.member, Code::DialectMismatch, text);
                return None;
            }
            self.found.extend(header.found);
            let (mut columns, groups) =
                header::align(&header.labels, table.table, table.resource, header.place);
            let declared = table.table.severities.of("fieldsMatch");
            self.found.extend(groups.into_iter().map(|mut group| {
                group.severity = declared.unwrap_or(group.severity);
                group
            }));
            // Only a header that is known as one can be known again.
            if let ([row], false) = (&*table.table.dialect.header_rows, columns.labels.is_empty()) {
                columns.raw = record_of(block, *row).trim_ascii_end().to_vec();
            }
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
            let found = self.by_position.take();
            let mut columns = found.unwrap_or_else(|| Columns::by_position(table.table));
            // None is declared; where there is one nevertheless, it is no data.
            let first = record_of(block, 1);
            if header::knows_all(&labels_of(first, &grammar), table.table) {
                columns.raw = first.trim_ascii_end().to_vec();
            }
            columns
        };
        Some(self.reading(table, columns, grammar))
    }

    fn reading(&self, table: &TablePlan<'_>, columns: Columns, grammar: Grammar) -> TableReading {
        let (resource, encoding) = (table.resource, self.encoding);
        TableReading { resource, columns: Arc::new(columns), grammar, encoding }
    }

    /// The entry of an archive stopped in the middle: what is left of its last record is no record.
    pub(super) fn damaged(&mut self, resource: Option<u32>, block: &mut Block, fault: Fault) {
        self.lost.bytes = true;
        block.turn();
        if let Some(records) = self.records.filter(|_| !block.ends.is_empty()) {
            let mut found = Found::default();
            records.find(&block.bytes, block.skip as usize, false, &mut found);
            block.cut(found);
        }
        block.turn();
        self.gaps.push(Gap {
            resource,
            check: "the rest of the file".into(),
            reason: fault.to_string(),
        });
        // What is wrong with the archive as a whole, or how an entry is kept, is told once, where it
        // was listed.
        if matches!(fault, Fault::Cut | Fault::Method) {
            return;
        }
        let place = Place {
            file: Some(block.member),
            byte: Some(block.first_byte + block.bytes.len() as u64),
            ..Place::default()
        };
        let facts = Facts::Text(fault.to_string());
        self.found.push(Group::single(fault.code(), resource, facts, place));
    }

    /// The record after the block is longer than is read.
    pub(super) fn oversize(&mut self, resource: Option<u32>, block: &Block) {
        self.lost.rows = true;
        let text = format!("longer than {} MiB", RECORD_LIMIT >> 20);
        let place = Place {
            file: Some(block.member),
            row: Some(self.rows + 1),
            line: Some(block.first_line + u64::from(block.lines)),
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

/// The cells of a record, as far as they are text.
fn labels_of(record: &[u8], grammar: &Grammar) -> Vec<String> {
    let (mut cells, mut scratch) = (Vec::new(), Vec::new());
    grammar.exact(record, 0, true, |cell| {
        let value = grammar.value(record, cell, &mut scratch);
        cells.push(String::from_utf8_lossy(value).into_owned());
    });
    cells
}

/// The bytes of a row of the first block, its byte order mark left out.
fn record_of(block: &Block, row: u64) -> &[u8] {
    let number = usize::try_from(row.saturating_sub(1)).unwrap_or(usize::MAX);
    let end = block.ends.get(number).map_or(0, |&end| end as usize);
    let start = match number.checked_sub(1) {
        Some(before) => block.ends.get(before).map_or(0, |&end| end as usize),
        None => block.skip as usize,
    };
    block.bytes.get(start..end).unwrap_or_default()
}

/// How many labels the header has, where it is whole in the first bytes.
fn header_width(table: &TablePlan<'_>, grammar: &Grammar, bytes: &[u8]) -> Option<usize> {
    let wanted = table.table.dialect.header_rows.last().copied()?;
    let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    for row in 1..=wanted {
        let mut cells = 0;
        let record = grammar.exact(bytes, start, bytes.len() < PEEK, |_| cells += 1)?;
        if row == wanted {
            return (record.open_quote.is_none() && record.stray.is_none()).then_some(cells);
        }
        start = record.end;
    }
    None
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
