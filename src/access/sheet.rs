//! The cells of a price sheet, whatever kind of file holds them.
//!
//! The kind is told by content, not by name. XLSX and XLSB are read cell by cell: the usual call of
//! the library allocates the rectangle between a sheet's outermost cells, and two cells far apart
//! are then enough to end the process. XLS and ODS cannot be read so; the records of an XLS are looked
//! at before the library reads them, and the size of any file is limited before it is opened.

mod biff;

use crate::archive::bytes::Bytes;
use crate::archive::read::{Archive, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::source::sheet::records;
use calamine::{Data, DataRef, Ods, Reader, SheetType, Xls, Xlsb, Xlsx};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The largest file that is opened, in bytes.
pub const LARGEST_FILE: u64 = 20 << 20;

/// The most bytes that the parts of a workbook may unpack to.
pub const LARGEST_UNPACKED: u64 = 128 << 20;

/// The last row and column that may hold anything, and the most cells of a file.
const LAST_ROW: u32 = 100_000;
const LAST_COLUMN: u32 = 1_000;
const MOST_CELLS: usize = 1_000_000;

/// What a cell holds; empty ones are left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Text, trimmed, never empty.
    Text(String),
    /// A number.
    Number(f64),
    /// Something else, in words: "a date".
    Other(&'static str),
}

/// A sheet's cells by row and column, both counted from 1.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its name; that of the file where there is but one table.
    pub(super) name: String,
    /// Rows that hold anything.
    pub(super) rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
}

/// Reads all sheets of a price file.
///
/// # Errors
/// It cannot be read, is no price sheet by its kind, or goes beyond a limit.
pub(super) fn read(path: &Path) -> Result<Vec<Sheet>> {
    let failed = |error| Error::io("read", path, error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        let message =
            format!("{} is larger than the 20 MB that a price sheet may have", path.display());
        return Err(Error::new(ErrorKind::Limit, message)
            .with_path(path)
            .with_hint("save the price sheet alone in a workbook of its own"));
    }
    let kind = kind(&bytes, path)?;
    if matches!(kind, Kind::Text) {
        return text(&bytes, path);
    }
    // The library has had faults on damaged files; one of them is an error here, not the end.
    match catch_unwind(AssertUnwindSafe(|| workbook(kind, bytes, path))) {
        Ok(sheets) => sheets,
        Err(_) => Err(damaged(path, "its reader failed")),
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Xls,
    Xlsx,
    Xlsb,
    Ods,
    Text,
}

fn kind(bytes: &[u8], path: &Path) -> Result<Kind> {
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return Ok(Kind::Xls);
    }
    if bytes.starts_with(b"PK") {
        return zipped(bytes, path);
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if start.trim_ascii_start().starts_with(b"<") {
        return Err(wrong(path, "it is a web page or XML, whatever its name says")
            .with_hint("open it in a spreadsheet program and save it as XLSX"));
    }
    let is_utf_16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    if bytes.contains(&0) && !is_utf_16 {
        return Err(wrong(path, "it is neither a workbook nor CSV"));
    }
    Ok(Kind::Text)
}

/// The kind of a workbook in a zip, after a look at all that it unpacks to.
fn zipped(bytes: &[u8], path: &Path) -> Result<Kind> {
    let limits = Limits { entries: 10_000, ..Limits::default() };
    let (archive, _) = Archive::read(Bytes::from_vec(bytes.to_vec(), path), &limits)?;
    let mut unpacked = 0_u64;
    let too_large = || {
        Error::new(
            ErrorKind::Limit,
            format!(
                "{} unpacks to more than the 128 MB that a price sheet may have",
                path.display()
            ),
        )
        .with_path(path)
    };
    for entry in archive.entries.iter().filter(|entry| !entry.directory) {
        let sound = archive.stream(entry, |piece| {
            unpacked = unpacked.saturating_add(piece.len() as u64);
            if unpacked > LARGEST_UNPACKED { Err(too_large()) } else { Ok(()) }
        })?;
        if sound.is_err() {
            return Err(damaged(path, "a part of it cannot be unpacked"));
        }
    }
    let has = |name: &str| archive.entries.iter().any(|entry| &*entry.name == name);
    if has("xl/workbook.bin") {
        Ok(Kind::Xlsb)
    } else if has("content.xml") {
        Ok(Kind::Ods)
    } else if has("[Content_Types].xml") {
        Ok(Kind::Xlsx)
    } else {
        Err(wrong(path, "it is a zip archive, but no workbook"))
    }
}

fn workbook(kind: Kind, bytes: Vec<u8>, path: &Path) -> Result<Vec<Sheet>> {
    let bytes = Cursor::new(bytes);
    let mut cells = Cells { path, sheets: Vec::new(), count: 0 };
    match kind {
        Kind::Xlsx => {
            let mut book = Xlsx::new(bytes).map_err(|error| unreadable(path, error))?;
            for name in worksheets(&book) {
                cells.begin(name.clone());
                let mut reader =
                    book.worksheet_cells_reader(&name).map_err(|error| unreadable(path, error))?;
                while let Some(cell) =
                    reader.next_cell().map_err(|error| unreadable(path, error))?
                {
                    cells.add(cell.get_position(), of_ref(cell.get_value()))?;
                }
            }
        }
        Kind::Xlsb => {
            let mut book = Xlsb::new(bytes).map_err(|error| unreadable(path, error))?;
            for name in worksheets(&book) {
                cells.begin(name.clone());
                let mut reader =
                    book.worksheet_cells_reader(&name).map_err(|error| unreadable(path, error))?;
                while let Some(cell) =
                    reader.next_cell().map_err(|error| unreadable(path, error))?
                {
                    cells.add(cell.get_position(), of_ref(cell.get_value()))?;
                }
            }
        }
        Kind::Xls => {
            biff::check(bytes.get_ref()).map_err(|problem| unreadable(path, problem))?;
            let mut book = Xls::new(bytes).map_err(|error| unreadable(path, error))?;
            whole(&mut book, &mut cells)?;
        }
        Kind::Ods => {
            let mut book = Ods::new(bytes).map_err(|error| unreadable(path, error))?;
            whole(&mut book, &mut cells)?;
        }
        Kind::Text => {}
    }
    Ok(cells.sheets)
}

fn worksheets<R: Reader<Cursor<Vec<u8>>>>(book: &R) -> Vec<String> {
    let sheets = book.sheets_metadata().iter();
    sheets
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect()
}

fn whole<R>(book: &mut R, cells: &mut Cells<'_>) -> Result<()>
where
    R: Reader<Cursor<Vec<u8>>>,
    R::Error: Display,
{
    for name in worksheets(book) {
        let range = book.worksheet_range(&name).map_err(|error| unreadable(cells.path, error))?;
        cells.begin(name);
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let row = u32::try_from(row).unwrap_or(u32::MAX).saturating_add(first_row);
            let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(first_column);
            cells.add((row, column), of_data(value))?;
        }
    }
    Ok(())
}

/// Cells as they come, within the limits.
struct Cells<'a> {
    path: &'a Path,
    sheets: Vec<Sheet>,
    count: usize,
}

impl Cells<'_> {
    fn begin(&mut self, name: String) {
        self.sheets.push(Sheet { name, rows: BTreeMap::new() });
    }

    /// Adds a cell to the last sheet; row and column count from 0.
    fn add(&mut self, (row, column): (u32, u32), cell: Option<Cell>) -> Result<()> {
        let (Some(cell), Some(sheet)) = (cell, self.sheets.last_mut()) else { return Ok(()) };
        let beyond = if row >= LAST_ROW {
            Some(format!("row {LAST_ROW}"))
        } else if column >= LAST_COLUMN {
            Some(format!("column {LAST_COLUMN}"))
        } else if self.count >= MOST_CELLS {
            Some(format!("{MOST_CELLS} cells"))
        } else {
            None
        };
        if let Some(limit) = beyond {
            let message = format!(
                "{}: sheet {} holds cells beyond {limit}, where no price sheet goes",
                self.path.display(),
                sheet.name
            );
            return Err(Error::new(ErrorKind::Limit, message).with_path(self.path));
        }
        self.count += 1;
        sheet.rows.entry(row + 1).or_default().insert(column + 1, cell);
        Ok(())
    }
}

fn of_text(text: &str) -> Option<Cell> {
    let text = text.trim();
    (!text.is_empty()).then(|| Cell::Text(text.to_owned()))
}

fn of_ref(value: &DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::SharedString(text) => of_text(text),
        DataRef::String(text) => of_text(text),
        DataRef::Int(number) => Some(Cell::Number(*number as f64)),
        DataRef::Float(number) => Some(Cell::Number(*number)),
        DataRef::Bool(_) => Some(Cell::Other("true or false")),
        DataRef::Error(_) => Some(Cell::Other("an error of the spreadsheet")),
        _ => Some(Cell::Other("a date or time")),
    }
}

fn of_data(value: &Data) -> Option<Cell> {
    match value {
        Data::Empty => None,
        Data::String(text) => of_text(text),
        Data::Int(number) => Some(Cell::Number(*number as f64)),
        Data::Float(number) => Some(Cell::Number(*number)),
        Data::Bool(_) => Some(Cell::Other("true or false")),
        Data::Error(_) => Some(Cell::Other("an error of the spreadsheet")),
        _ => Some(Cell::Other("a date or time")),
    }
}

/// Reads delimited text, as [`records`] does.
fn text(bytes: &[u8], path: &Path) -> Result<Vec<Sheet>> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut cells = Cells { path, sheets: Vec::new(), count: 0 };
    cells.begin(name.unwrap_or_default());
    let records = records(bytes).map_err(|row| {
        wrong(path, &format!("the quote that opens in row {row} is never closed"))
    })?;
    for (row, record) in (0_u32..).zip(records) {
        for (column, value) in (0_u32..).zip(record) {
            cells.add((row, column), of_text(&value))?;
        }
    }
    Ok(cells.sheets)
}

fn wrong(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{} is no price sheet: {problem}", path.display()))
        .with_path(path)
        .with_hint(
            "give an XLS, XLSX, XLSB, ODS or CSV file; --template FILE.xlsx writes one to fill in",
        )
}

fn damaged(path: &Path, problem: &str) -> Error {
    let message = format!("the workbook {} is damaged: {problem}", path.display());
    Error::new(ErrorKind::Usage, message)
        .with_path(path)
        .with_hint("open it in a spreadsheet program and save it anew")
}

fn unreadable(path: &Path, error: impl Display) -> Error {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if lower.contains("password") || lower.contains("encrypt") {
        let message = format!("the workbook {} is protected by a password", path.display());
        return Error::new(ErrorKind::Usage, message)
            .with_path(path)
            .with_hint("save it without one");
    }
    damaged(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(bytes: &[u8]) -> Result<Vec<(u32, u32, String)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.csv");
        std::fs::write(&path, bytes).unwrap();
        let sheets = read(&path)?;
        assert_eq!(sheets.len(), 1);
        assert_eq!(sheets[0].name, "prices.csv");
        let cells = sheets[0].rows.iter().flat_map(|(row, cells)| {
            cells.iter().map(|(column, cell)| match cell {
                Cell::Text(text) => (*row, *column, text.clone()),
                _ => panic!(),
            })
        });
        Ok(cells.collect())
    }

    fn cell(row: u32, column: u32, text: &str) -> (u32, u32, String) {
        (row, column, text.into())
    }

    #[test]
    fn rows_of_text_count_as_a_spreadsheet_counts_them() {
        let found = csv(b"a,\"b\nc\"\r\n\r\n,\" d \"\"e\"\"\"\r\n").unwrap();
        assert_eq!(found, [cell(1, 1, "a"), cell(1, 2, "b\nc"), cell(3, 2, "d \"e\"")]);
        assert_eq!(csv(b"a\rb").unwrap(), [cell(1, 1, "a"), cell(2, 1, "b")]);
        assert_eq!(csv(b"").unwrap(), []);
    }

    #[test]
    fn text_is_read_as_spreadsheet_programs_write_it() {
        let pound = [cell(1, 1, "£5"), cell(1, 2, "x")];
        assert_eq!(csv("£5,x\n".as_bytes()).unwrap(), pound);
        assert_eq!(csv("\u{feff}£5;x\n".as_bytes()).unwrap(), pound);
        assert_eq!(csv(b"\xa35\tx\r\n").unwrap(), pound);
        let utf_16: Vec<u8> = "\u{feff}£5\tx\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(csv(&utf_16).unwrap(), pound);
    }

    #[test]
    fn what_is_no_sheet_is_told_so() {
        let message = |bytes: &[u8]| csv(bytes).unwrap_err().to_string();
        assert!(message(b"  <html>").contains("web page"));
        assert!(message(b"a\0b").contains("neither a workbook nor CSV"));
        assert!(message(b"a,\"b\n").contains("row 1 is never closed"));
        assert!(message(b"PK\x05\x06nonsense").contains("no workbook"));
        assert!(message(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest").contains("damaged"));
        let large = vec![b' '; usize::try_from(LARGEST_FILE).unwrap() + 1];
        assert!(message(&large).contains("larger than the 20 MB"));
        let wide = [vec![b','; 1_000], vec![b'x']].concat();
        assert!(message(&wide).contains("beyond column 1000"));
        let long = [vec![b'\n'; 100_000], vec![b'x']].concat();
        assert!(message(&long).contains("beyond row 100000"));
    }
}
