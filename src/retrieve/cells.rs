//! The cells of a row, read as the file's leaf says that the file was read.

use crate::attribution::Cells;
use crate::proof::leaves;
use crate::schema::Table;
use crate::source::structure::{Grammar, Terminator};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How the rows of a file are read.
pub(super) struct Layout<'s> {
    pub(super) resource: u32,
    pub(super) table: &'s Table,
    grammar: Grammar,
    windows: bool,
    utf16: Option<&'static encoding_rs::Encoding>,
    /// For each column the index of the declared field.
    columns: Vec<Option<usize>>,
}

/// A row's values by declared field; none where null.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<usize, String>);

impl Cells for Values {
    fn value(&self, field: usize) -> Option<Cow<'_, str>> {
        self.0.get(&field).map(|value| Cow::Borrowed(value.as_str()))
    }
}

impl Values {
    /// A field's value.
    pub(super) fn get(&self, field: usize) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }
}

fn byte(c: char) -> u8 {
    u8::try_from(u32::from(c)).unwrap_or(b',')
}

impl<'s> Layout<'s> {
    pub(super) fn new(resource: u32, table: &'s Table, stated: &leaves::Table) -> Self {
        let columns = stated.columns.iter().map(|name| {
            let name = name.as_ref()?;
            table.fields.iter().position(|field| field.name == *name)
        });
        Self {
            resource,
            table,
            grammar: Grammar {
                delimiter: byte(stated.delimiter),
                quote: stated.quote.map(byte),
                double_quote: stated.double_quote,
                escape: stated.escape.map(byte),
                skip_initial_space: stated.skip_initial_space,
                terminator: match stated.terminator.as_str() {
                    "cr" => Terminator::CarriageReturn,
                    _ => Terminator::LineFeed,
                },
            },
            windows: stated.encoding == "windows-1252",
            utf16: match stated.encoding.as_str() {
                "utf-16le" => Some(encoding_rs::UTF_16LE),
                "utf-16be" => Some(encoding_rs::UTF_16BE),
                _ => None,
            },
            columns: columns.collect(),
        }
    }

    /// The values of a record.
    pub(super) fn values(&self, record: &[u8]) -> Values {
        let text = self.utf16.map(|encoding| encoding.decode_with_bom_removal(record).0);
        let record = text.as_deref().map_or(record, str::as_bytes);
        let start = if record.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut cells = Vec::new();
        let _ = self.grammar.exact(record, start, true, |cell| cells.push(cell));
        let mut values = BTreeMap::new();
        for (cell, field) in cells.into_iter().zip(&self.columns) {
            let Some(field) = *field else { continue };
            let Some(declared) = self.table.fields.get(field) else { continue };
            let quoted = record.get(cell.start as usize).copied() == self.grammar.quote
                && self.grammar.quote.is_some();
            let mut scratch = Vec::new();
            let bytes = self.grammar.value(record, cell, &mut scratch);
            let value = match self.windows {
                true => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
                false => String::from_utf8_lossy(bytes),
            };
            let missing = declared.missing_values.as_ref().unwrap_or(&self.table.missing_values);
            let null = missing.iter().any(|missing| *missing == value)
                || (!quoted && self.table.dialect.null_sequence.as_deref() == Some(&*value));
            if !null {
                values.insert(field, value.into_owned());
            }
        }
        Values(values)
    }
}
