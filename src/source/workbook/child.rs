//! The child's side: reads a workbook and answers with its sheets as delimited text.
//!
//! XLSX and XLSB are read cell by cell. XLS and ODS, of which the library can only take whole
//! sheets, are read whole, within the memory that the process was given. Shared strings are in
//! memory in any case. It may be killed at any time: the parent takes an answer without an end for
//! a workbook that cannot be read safely.

use super::beside::{self, Beside, Shared};
use super::cells::{Rows, Value};
use super::wire::{self, Frame, Refusal, Request, Sheet, Wanted};
use calamine::{
    Data, DataRef, Ods, OdsError, Reader, SheetVisible, Xls, XlsError, Xlsb, XlsbError, Xlsx,
    XlsxError,
};
use std::io::{self, BufRead, Cursor, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a workbook that are taken at all.
const LARGEST: u64 = 2 << 30;

/// Counts what the child has done, so that a thread beside it can see that it does nothing more.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// A number that changes while something is read or written.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Passes bytes on and takes note of it.
struct Stepping<T>(T, Progress);

impl<T: Read> Read for Stepping<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer);
        self.1.step();
        read
    }
}

impl<T: Write> Write for Stepping<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.0.write(buffer);
        self.1.step();
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

type Bytes = Cursor<Shared>;

/// A workbook of any kind.
enum Book {
    Xlsx(Box<Xlsx<Bytes>>),
    Xlsb(Box<Xlsb<Bytes>>),
    Xls(Box<Xls<Bytes>>),
    Ods(Box<Ods<Bytes>>),
}

/// Why an answer ended early.
pub(super) enum Stop {
    Refused(Refusal),
    Pipe(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Answers the request that stands before the workbook's bytes in `input`.
///
/// # Errors
/// Where the pipes fail: then nobody listens any more.
pub fn serve(input: &mut dyn Read, output: &mut dyn Write, progress: &Progress) -> io::Result<()> {
    let mut input = io::BufReader::new(Stepping(input, progress.clone()));
    let mut output = Stepping(output, progress.clone());
    let mut line = Vec::new();
    input.by_ref().take(16 << 20).read_until(b'\n', &mut line)?;
    let request: Request = serde_json::from_slice(&line).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    let read = input.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let answered = match read as u64 > LARGEST {
        true => Err(Refusal::TooLarge.into()),
        false => answer(bytes, &request, &mut output),
    };
    match answered {
        Ok(()) => wire::write(&mut output, &Frame::Done)?,
        Err(Stop::Refused(refusal)) => wire::write(&mut output, &Frame::Refused(refusal))?,
        Err(Stop::Pipe(error)) => return Err(error),
    }
    output.flush()
}

fn answer(bytes: Vec<u8>, request: &Request, output: &mut dyn Write) -> Result<(), Stop> {
    let bytes = Shared(Arc::new(bytes));
    let mut book = Book::open(&bytes)?;
    let sheets: Vec<Sheet> = book
        .sheets()
        .iter()
        .map(|sheet| Sheet {
            name: sheet.name.clone(),
            hidden: sheet.visible != SheetVisible::Visible,
        })
        .collect();
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    if request.sheets.is_empty() {
        wire::write(output, &Frame::Sheets(sheets))?;
        return Ok(());
    }
    for wanted in &request.sheets {
        let number = wanted.number as usize;
        let name = number.checked_sub(1).and_then(|at| names.get(at)).ok_or(Refusal::Damaged)?;
        wire::write(output, &Frame::Begin(wanted.number))?;
        book.sheet((&bytes, name), wanted, request.cells, output)?;
        wire::write(output, &Frame::End)?;
    }
    Ok(())
}

impl Book {
    fn open(shared: &Shared) -> Result<Self, Refusal> {
        let bytes = shared.as_ref();
        let is_compound = bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
        if !is_compound && !bytes.starts_with(b"PK") {
            return Err(Refusal::NoWorkbook);
        }
        if is_compound {
            // What is encrypted by a password lies in such a file, whatever kind it is inside.
            if holds_utf16(bytes, "EncryptedPackage") {
                return Err(Refusal::Encrypted);
            }
            let book = Xls::new(Cursor::new(shared.clone())).map_err(|error| match error {
                XlsError::Password => Refusal::Encrypted,
                _ => Refusal::Damaged,
            })?;
            return Ok(Self::Xls(Box::new(book)));
        }
        let names: Vec<String> = zip::ZipArchive::new(Cursor::new(bytes))
            .map_err(|_| Refusal::Damaged)?
            .file_names()
            .filter_map(|name| Some(name.ok()?.to_lowercase()))
            .collect();
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        if has("xl/workbook.bin") {
            let book = Xlsb::new(Cursor::new(shared.clone())).map_err(|error| match error {
                XlsbError::Password => Refusal::Encrypted,
                _ => Refusal::Damaged,
            })?;
            Ok(Self::Xlsb(Box::new(book)))
        } else if has("content.xml") {
            let book = Ods::new(Cursor::new(shared.clone())).map_err(|error| match error {
                OdsError::Password => Refusal::Encrypted,
                _ => Refusal::Damaged,
            })?;
            Ok(Self::Ods(Box::new(book)))
        } else if names.iter().any(|name| name.ends_with(".xml") || name.ends_with(".rels")) {
            let book = Xlsx::new(Cursor::new(shared.clone())).map_err(|error| match error {
                XlsxError::Password => Refusal::Encrypted,
                _ => Refusal::Damaged,
            })?;
            Ok(Self::Xlsx(Box::new(book)))
        } else {
            Err(Refusal::NoWorkbook)
        }
    }

    fn sheets(&self) -> Vec<calamine::Sheet> {
        match self {
            Self::Xlsx(book) => book.sheets_metadata().to_vec(),
            Self::Xlsb(book) => book.sheets_metadata().to_vec(),
            Self::Xls(book) => book.sheets_metadata().to_vec(),
            Self::Ods(book) => book.sheets_metadata().to_vec(),
        }
    }

    /// Writes one sheet, and what was noticed in it.
    fn sheet(
        &mut self,
        (bytes, name): (&Shared, &str),
        wanted: &Wanted,
        cells: u64,
        output: &mut dyn Write,
    ) -> Result<(), Stop> {
        let merged = match self {
            Self::Xlsx(book) => book.merge_cells_by_sheet_name(name).unwrap_or_default(),
            Self::Xls(book) => book.merge_cells_by_sheet_name(name).unwrap_or_default(),
            Self::Xlsb(_) | Self::Ods(_) => Vec::new(),
        };
        let epoch_1904 = match self {
            Self::Xlsx(book) => book.has_1904_epoch(),
            Self::Xlsb(book) => book.has_1904_epoch(),
            Self::Xls(book) => book.has_1904_epoch(),
            Self::Ods(_) => false,
        };
        let mut rows = Rows::new(wanted, cells, output);
        match self {
            Self::Xlsx(book) => {
                let mut reader = book.worksheet_cells_reader(name).map_err(|_| Refusal::Damaged)?;
                while let Some(cell) = reader.next_cell().map_err(|_| Refusal::Damaged)? {
                    rows.cell(cell.get_position(), &of_ref(cell.get_value()))?;
                }
            }
            Self::Xlsb(book) => {
                let mut reader = book.worksheet_cells_reader(name).map_err(|_| Refusal::Damaged)?;
                while let Some(cell) = reader.next_cell().map_err(|_| Refusal::Damaged)? {
                    rows.cell(cell.get_position(), &of_ref(cell.get_value()))?;
                }
            }
            Self::Xls(book) => {
                let range = book.worksheet_range(name).map_err(|_| Refusal::Damaged)?;
                all(&range, &mut rows)?;
            }
            Self::Ods(book) => {
                let range = book.worksheet_range(name).map_err(|_| Refusal::Damaged)?;
                all(&range, &mut rows)?;
            }
        }
        let mut told = Ok(());
        let mut tell = |what: Beside| {
            if told.is_ok() {
                told = rows.beside(what);
            }
        };
        match self {
            Self::Xlsx(_) => beside::xlsx(bytes, name, &mut tell),
            Self::Xlsb(_) => beside::xlsb(bytes, name, &mut tell),
            Self::Xls(_) => beside::xls(bytes, wanted.number, &mut tell),
            Self::Ods(_) => beside::ods(bytes, wanted.number, &mut tell),
        };
        told?;
        rows.finish(&merged, epoch_1904)
    }
}

/// The cells of a sheet that was read whole.
fn all(range: &calamine::Range<Data>, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let Some((row, column)) = range.start() else { return Ok(()) };
    let at = |from: u32, more: usize| {
        u32::try_from(more).ok().and_then(|more| from.checked_add(more)).unwrap_or(u32::MAX)
    };
    for (down, right, value) in range.used_cells() {
        rows.cell((at(row, down), at(column, right)), &of_data(value))?;
    }
    Ok(())
}

fn of_ref<'a>(value: &'a DataRef<'a>) -> Value<'a> {
    match value {
        DataRef::Int(number) => Value::Integer(*number),
        DataRef::Float(number) => Value::Number(*number),
        DataRef::String(text) => Value::Text(text),
        DataRef::SharedString(text) => Value::Text(text),
        DataRef::Bool(truth) => Value::Truth(*truth),
        DataRef::DateTime(time) => Value::Time(*time),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Value::Iso(text),
        DataRef::Error(error) => Value::Error(error.to_string()),
        DataRef::Empty => Value::Empty,
    }
}

fn of_data(value: &Data) -> Value<'_> {
    match value {
        Data::Int(number) => Value::Integer(*number),
        Data::Float(number) => Value::Number(*number),
        Data::String(text) => Value::Text(text),
        Data::Bool(truth) => Value::Truth(*truth),
        Data::DateTime(time) => Value::Time(*time),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Value::Iso(text),
        Data::Error(error) => Value::Error(error.to_string()),
        Data::Empty => Value::Empty,
    }
}

/// Whether bytes hold a name as compound files write names: UTF-16, low byte first.
fn holds_utf16(bytes: &[u8], name: &str) -> bool {
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    memchr::memmem::find(bytes, &wanted).is_some()
}
