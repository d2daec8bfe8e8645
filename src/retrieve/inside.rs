//! Files inside of others: what is compressed in one, and the sheets of a workbook.
//!
//! They have no blocks of their own in the package, so they are read from their beginning.

use super::opened::Ranges;
use super::proofs::{Fault, Found};
use crate::check;
use crate::error::{Error, ErrorKind};
use crate::evidence::FileName;
use crate::proof::leaves::File;
use crate::schema::{Resource, Schema};
use crate::source::workbook::Wanted;
use crate::source::{Extract, MemberReader};
use std::collections::BTreeMap;
use std::io::Read;

/// Bytes that are read at a time.
const PIECE: usize = 128 << 10;

/// The payload as an extract, looked into.
pub(super) struct Insides<'p> {
    extract: Extract,
    names: Vec<FileName>,
    schema: &'p Schema,
}

impl<'p> Insides<'p> {
    pub(super) fn new((extract, names): (Extract, Vec<FileName>), schema: &'p Schema) -> Self {
        Self { extract, names, schema }
    }

    /// Hands bytes of what is compressed in a file to `each`: the number of each range, and what
    /// stands there; `None` for what cannot be had.
    pub(super) fn bytes(
        &self,
        file: &File,
        wanted: &[(u64, u64)],
        each: &mut dyn FnMut(usize, Option<&[u8]>),
    ) -> Found<()> {
        let mut ranges = Ranges::new(wanted, each);
        self.read(file, &mut |piece| {
            ranges.push(piece);
            !ranges.is_done()
        })?;
        ranges.finish();
        Ok(())
    }

    /// Rows of a sheet, in the text that this program makes of it, by their leaf.
    pub(super) fn rows(
        &self,
        file: &File,
        wanted: &dyn Fn(u64) -> bool,
    ) -> Found<BTreeMap<u64, Vec<u8>>> {
        let mut rows = Records::default();
        self.read(file, &mut |piece| {
            rows.push(piece, wanted);
            true
        })?;
        Ok(rows.finish(wanted))
    }

    /// Hands the bytes of a file to `each` until that has enough.
    fn read(&self, file: &File, each: &mut dyn FnMut(&[u8]) -> bool) -> Found<()> {
        let is_it =
            |name: &FileName| name.path == file.path && name.within.map(u64::from) == file.within;
        let Some(number) = self.names.iter().position(is_it) else {
            return Err(Fault::Failed(not_opened(&file.path)));
        };
        let own = |resource: &&Resource| {
            file.table.as_ref().is_some_and(|table| table.resource == resource.name)
        };
        let resource = self.schema.resources.iter().find(own);
        let wanted = resource
            .and_then(|resource| resource.table.as_ref())
            .map(check::wanted_sheet)
            .unwrap_or_default();
        let only = |member: usize| (member == number).then(|| Wanted::clone(&wanted));
        let mut reading = self.extract.read();
        let Some((_, mut reader)) = reading.next(&only)? else {
            return Err(Fault::Damaged("a file inside of another cannot be read"));
        };
        let mut buffer = vec![0; PIECE];
        loop {
            let read =
                reader.read(&mut buffer).map_err(|error| MemberReader::error(&file.path, error))?;
            if read == 0 || !each(buffer.get(..read).unwrap_or_default()) {
                return Ok(());
            }
        }
    }
}

/// Parts the text of a sheet, which this program wrote, into its records.
#[derive(Default)]
struct Records {
    rows: BTreeMap<u64, Vec<u8>>,
    number: u64,
    open: Vec<u8>,
    in_quotes: bool,
}

impl Records {
    fn push(&mut self, piece: &[u8], wanted: &dyn Fn(u64) -> bool) {
        let mut keeps = wanted(self.number);
        for &byte in piece {
            if keeps {
                self.open.push(byte);
            }
            match byte {
                b'"' => self.in_quotes = !self.in_quotes,
                b'\n' if !self.in_quotes => {
                    self.end(keeps);
                    keeps = wanted(self.number);
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, keeps: bool) {
        if keeps {
            self.rows.insert(self.number, std::mem::take(&mut self.open));
        }
        self.number += 1;
    }

    fn finish(mut self, wanted: &dyn Fn(u64) -> bool) -> BTreeMap<u64, Vec<u8>> {
        if !self.open.is_empty() {
            self.end(wanted(self.number));
        }
        self.rows
    }
}

fn not_opened(path: &str) -> Error {
    let message = format!("{} cannot be opened", crate::path::shown(path));
    Error::new(ErrorKind::Usage, message).with_hint(
        "it is inside of another file of the package: handover verify says whether that is damaged",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_where_no_quote_is_open() {
        let text = b"a,b\r\n\"x\ny\",\"\"\"\"\r\n\r\nlast";
        for size in 1..text.len() {
            let mut records = Records::default();
            let wanted = |leaf: u64| leaf != 0;
            text.chunks(size).for_each(|piece| records.push(piece, &wanted));
            let rows = records.finish(&wanted);
            let found: Vec<(u64, &[u8])> = rows.iter().map(|(n, row)| (*n, &row[..])).collect();
            let expected: [(u64, &[u8]); 3] =
                [(1, b"\"x\ny\",\"\"\"\"\r\n"), (2, b"\r\n"), (3, b"last")];
            assert_eq!(found, expected, "{size}");
        }
    }
}
