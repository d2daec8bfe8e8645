//! One table's file: header, rows, planted flaws; or only the count of its bytes.

use super::flaws::{Flaw, Planted};
use super::layout::{TABLES, Table};
use super::record::{Quoting, Record};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

const BUFFER: usize = 1 << 18;

/// The file being written.
pub struct Output<'a> {
    /// The record being made; [`Output::end`] takes it over.
    pub record: Record,
    /// Table and file name, for the list of what was planted.
    pub table: &'static Table,
    file_name: String,
    file: Option<File>,
    buffer: Vec<u8>,
    /// Bytes before the buffer.
    flushed: u64,
    /// Records written so far: the header is row 1.
    row: u64,
    /// Line breaks so far; counted only where flaws are planted.
    breaks: u64,
    previous: Vec<u8>,
    /// Still to be planted here, by row.
    flaws: std::iter::Peekable<std::slice::Iter<'a, Flaw>>,
    counting: bool,
    quoting: Quoting,
    extra_column: bool,
    planted: Vec<Planted>,
    seed: u64,
}

impl<'a> Output<'a> {
    /// Opens the table's file and writes its header. Without a folder, bytes are only counted.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn open(
        table: usize,
        folder: Option<&Path>,
        file_name: String,
        quoting: Quoting,
        seed: u64,
        flaws: &'a [Flaw],
    ) -> io::Result<Self> {
        let file = folder.map(|folder| File::create_new(folder.join(&file_name))).transpose()?;
        let mut output = Self {
            record: Record::new(quoting),
            table: &TABLES[table],
            file_name,
            file,
            buffer: Vec::with_capacity(BUFFER + 65_536),
            flushed: 0,
            row: 0,
            breaks: 0,
            previous: Vec::new(),
            flaws: flaws.iter().peekable(),
            counting: !flaws.is_empty(),
            quoting,
            extra_column: false,
            planted: Vec::new(),
            seed,
        };
        let mut labels: Vec<String> =
            output.table.columns.iter().map(|column| column.name.to_owned()).collect();
        // Flaws of row 1 are those of the header; they may be several.
        while let Some(flaw) = output.flaws.next_if(|flaw| flaw.row <= 1) {
            output.extra_column |= flaw.widens();
            let (field, detail) = flaw.mend_header(output.table, &mut labels);
            output.note(flaw, 1, field, detail);
        }
        for label in &labels {
            output.record.text(label);
        }
        // The added label is in `labels`; the rows get their added cell in `end`.
        output.finish_record();
        Ok(output)
    }

    /// Ends the record: plants what is due in its row, and writes it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end(&mut self) -> io::Result<()> {
        debug_assert_eq!(self.record.cells, self.table.columns.len(), "{}", self.table.name);
        if self.extra_column {
            self.record.plain(b"x");
        }
        if self.counting {
            while let Some(flaw) = self.flaws.next_if(|flaw| flaw.row == self.row + 1) {
                let first = self.row;
                if flaw.inserts() {
                    let inserted = flaw.inserted(self.table, &self.previous, self.quoting);
                    let detail =
                        if inserted.is_empty() { String::new() } else { first.to_string() };
                    let field = if inserted.is_empty() { "" } else { self.table.key[0] };
                    self.note(flaw, self.row + 1, field.to_owned(), detail);
                    let kept = std::mem::replace(&mut self.record.bytes, inserted);
                    self.finish_record();
                    self.record.bytes = kept;
                } else {
                    let (field, detail) =
                        flaw.alter(self.table, &mut self.record.bytes, self.quoting, self.seed);
                    self.note(flaw, self.row + 1, field, detail);
                }
            }
            self.previous.clear();
            self.previous.extend_from_slice(&self.record.bytes);
        }
        self.finish_record();
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn finish_record(&mut self) {
        self.buffer.extend_from_slice(&self.record.bytes);
        self.buffer.extend_from_slice(b"\r\n");
        if self.counting {
            let inner = self.record.bytes.iter().filter(|byte| **byte == b'\n').count();
            self.breaks += inner as u64 + 1;
        }
        self.row += 1;
        self.record.clear();
    }

    fn note(&mut self, flaw: &Flaw, row: u64, field: String, detail: String) {
        self.planted.push(Planted {
            code: flaw.code.name(),
            file: self.file_name.clone(),
            row: Some(row),
            line: Some(self.breaks + 1),
            byte: Some(self.flushed + self.buffer.len() as u64),
            field,
            detail,
        });
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write_all(&self.buffer)?;
        }
        self.flushed += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left; returns the file's size and what was planted.
    ///
    /// # Errors
    /// The file cannot be written, or a flaw was asked for beyond the last row.
    pub fn close(mut self) -> io::Result<(u64, Vec<Planted>)> {
        self.flush()?;
        if let Some(flaw) = self.flaws.next() {
            return Err(io::Error::other(format!(
                "{} has {} rows: no {} in row {}",
                self.table.name,
                self.row,
                flaw.code.name(),
                flaw.row
            )));
        }
        Ok((self.flushed, self.planted))
    }
}
