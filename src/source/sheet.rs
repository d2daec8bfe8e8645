//! Small tables of documentation, whatever kind of file holds them: dictionaries, price sheets.
//!
//! A workbook is read in a child process, as any workbook that comes from outside. Nothing here is
//! for the tables of an extract: a sheet is in memory whole, within limits.

use super::structure::{Grammar, Terminator};
use super::workbook::Wanted;
use super::{Extract, Fault, Limits, MemberReader};
use crate::error::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The most bytes of text that the sheets of one document may have.
pub const LARGEST: u64 = 128 << 20;

/// A sheet: its cells that hold anything, by row and column, both counted from 1. Text is trimmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; that of the file where there is but one table.
    pub name: String,
    /// Rows that hold anything.
    pub rows: BTreeMap<u32, BTreeMap<u32, String>>,
}

/// Reads all sheets of a workbook, or the delimited files of a folder or archive, or one delimited
/// file. Hidden sheets are read too.
///
/// # Errors
/// It cannot be read, is neither, or goes beyond a limit.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<Sheet>> {
    let mut extract = Extract::open(path, limits)?;
    if extract.container != "file" {
        extract.look_into(&|_| true)?;
    }
    let is_workbook = |number: usize| {
        extract.members.iter().any(|m| m.within == Some(number as u32) && m.sheet.is_some())
    };
    let wanted: Vec<bool> = (0..extract.members.len())
        .map(|number| {
            extract.members.get(number).is_some_and(|member| {
                let text = has_text_name(&member.path) || extract.container == "file";
                !member.litter && !is_workbook(number) && (member.sheet.is_some() || text)
            })
        })
        .collect();
    for member in &extract.members {
        if let Some(seal) = &member.seal {
            let message = format!("cannot read {}: {}", member.path, seal.reason);
            return Err(Error::new(ErrorKind::Usage, message).with_path(path));
        }
    }
    let mut sheets = Vec::new();
    let mut total = 0;
    let mut reading = extract.read();
    let want = |number: usize| wanted.get(number).copied().unwrap_or(false).then(Wanted::default);
    while let Some((number, input)) = reading.next(&want)? {
        let Some(member) = extract.members.get(number) else { continue };
        let mut bytes = Vec::new();
        let faults = input.faults();
        let read = input.take(LARGEST + 1 - total).read_to_end(&mut bytes);
        match read {
            Ok(_) if faults.get().is_none() => {}
            Ok(_) => {
                return Err(no_document(path, &format!("{} is damaged or cut off", member.path)));
            }
            Err(error) if Fault::of(&error).is_some() => {
                return Err(no_document(path, &format!("{} is damaged or cut off", member.path)));
            }
            Err(error) => return Err(MemberReader::error(&member.path, error)),
        }
        total += bytes.len() as u64;
        if total > LARGEST {
            let message = format!("{} holds more than {} MiB", path.display(), LARGEST >> 20);
            return Err(Error::new(ErrorKind::Limit, message).with_path(path));
        }
        let name = match member.sheet {
            Some(_) => member.path.split_once('#').map_or("", |(_, name)| name),
            None => member.path.rsplit('/').next().unwrap_or(&member.path),
        };
        if member.sheet.is_none() && !is_text(&bytes) {
            if extract.container == "file" {
                return Err(no_document(path, "it is neither a workbook nor delimited text"));
            }
            continue;
        }
        sheets.push(sheet(name, &bytes).map_err(|row| {
            no_document(path, &format!("{name}: the quote that opens in row {row} is never closed"))
        })?);
    }
    if sheets.is_empty() {
        return Err(no_document(path, "there is no sheet and no delimited file in it"));
    }
    Ok(sheets)
}

fn has_text_name(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(ending.as_deref(), Some("csv" | "tsv" | "txt"))
}

fn is_text(bytes: &[u8]) -> bool {
    let utf_16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let markup = bytes.trim_ascii_start().starts_with(b"<");
    utf_16 || (!markup && !bytes.contains(&0))
}

fn no_document(path: &Path, problem: &str) -> Error {
    let message = format!("{} cannot be read as tables: {problem}", path.display());
    Error::new(ErrorKind::Usage, message)
        .with_path(path)
        .with_hint("give an XLSX, XLS, ODS or CSV file, or a folder of them")
}

/// A sheet of delimited text. The error: the row of a quote that is never closed.
///
/// # Errors
/// See above.
pub fn sheet(name: &str, bytes: &[u8]) -> std::result::Result<Sheet, u32> {
    let mut sheet = Sheet { name: name.to_owned(), rows: BTreeMap::new() };
    for (record, row) in records(bytes)?.into_iter().zip(1_u32..) {
        let cells: BTreeMap<u32, String> = (1_u32..)
            .zip(record)
            .map(|(column, text)| (column, text.trim().to_owned()))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        if !cells.is_empty() {
            sheet.rows.insert(row, cells);
        }
    }
    Ok(sheet)
}

/// The records of delimited text: UTF-8, UTF-16 with a mark, else Windows-1252, as spreadsheet
/// programs write it. Of comma, semicolon and tab, that one divides it which most lines have. The
/// error: the row (from 1) of a quote that is never closed.
///
/// # Errors
/// See above.
pub fn records(bytes: &[u8]) -> std::result::Result<Vec<Vec<String>>, u32> {
    let (text, _, malformed) = encoding_rs::UTF_8.decode(bytes);
    let text = match malformed {
        false => text,
        true => encoding_rs::WINDOWS_1252.decode(bytes).0,
    };
    let divided = |by: char| text.lines().take(100).filter(|line| line.contains(by)).count();
    let delimiter = [(',', b','), (';', b';'), ('\t', b'\t')]
        .into_iter()
        .rev()
        .max_by_key(|(by, _)| divided(*by))
        .map_or(b',', |(_, byte)| byte);
    let terminator = match text.contains('\n') {
        true => Terminator::LineFeed,
        false => Terminator::CarriageReturn,
    };
    let grammar = Grammar {
        delimiter,
        quote: Some(b'"'),
        double_quote: true,
        escape: None,
        skip_initial_space: false,
        terminator,
    };
    let bytes = text.as_bytes();
    let (mut start, mut row) = (0, 1_u32);
    let mut scratch = Vec::new();
    let mut records = Vec::new();
    while start < bytes.len() {
        let mut record = Vec::new();
        let Some(read) = grammar.exact(bytes, start, true, |cell| record.push(cell)) else { break };
        if read.open_quote.is_some() {
            return Err(row);
        }
        let value =
            |cell| String::from_utf8_lossy(grammar.value(bytes, cell, &mut scratch)).into_owned();
        records.push(record.into_iter().map(value).collect());
        start = read.end.max(start + 1);
        row = row.saturating_add(1);
    }
    Ok(records)
}

/// A heading as it is compared: lower case, single blanks for all that is no letter and no digit; an
/// apostrophe or full stop inside a word goes.
pub fn key(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !matches!(c, '\'' | '’' | '.') && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_text_count_as_a_spreadsheet_counts_them() {
        let found = sheet("s", b"a,\"b\nc\"\r\n\r\n,\" d \"\"e\"\"\"\r\n").unwrap();
        let cell = |row: u32, column: u32| found.rows[&row][&column].as_str();
        assert_eq!((cell(1, 1), cell(1, 2), cell(3, 2)), ("a", "b\nc", "d \"e\""));
        assert_eq!(sheet("s", b"a\rb").unwrap().rows.len(), 2);
        assert_eq!(sheet("s", b"a,\"b\n"), Err(1));
    }

    #[test]
    fn a_key_has_neither_case_nor_punctuation() {
        assert_eq!(key("  St. John’s  (UK) Ltd. "), "st johns uk ltd");
        assert_eq!(key("…"), "");
    }
}
