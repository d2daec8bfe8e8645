//! What a workbook says beside its cells and the library that reads those does not tell: columns that
//! are hidden, in every kind; merged cells, in XLSB and ODS; the error of a formula, in XLSB; formulas
//! whose value was never worked out, in XLSX and ODS.
//!
//! Only the parts that say so are read, once more and from their beginning. What cannot be read here
//! is no fault: the library has judged the workbook already.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::{BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

/// Bytes of a record of XLSB that are looked at; what is of interest here is short.
const LONGEST: u64 = 64 << 10;

/// The workbook's bytes, shared with the library.
#[derive(Debug, Clone)]
pub(super) struct Shared(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Something beside the cells. Rows and columns count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// The columns from the first to the last are hidden.
    Hidden(u32, u32),
    /// Cells are merged, the first of them at this row and column.
    Merged(u32, u32),
    /// The error of a formula stands at this row and column.
    Error(u32, u32),
    /// A formula without a value stands at this row and column.
    NoValue(u32, u32),
}

type Archive = zip::ZipArchive<Cursor<Shared>>;

/// What stands beside the cells of an XLSX's sheet of that name.
pub(super) fn xlsx(bytes: &Shared, sheet: &str, tell: &mut dyn FnMut(Beside)) -> Option<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.clone())).ok()?;
    let mut relation = None;
    each_tag(part(&mut archive, "xl/workbook.xml")?, &mut |tag, _| {
        if tag.local_name().as_ref() == "sheet" && value(tag, "name").as_deref() == Some(sheet) {
            relation = value(tag, "id");
        }
        true
    });
    let path = target(&mut archive, "xl/_rels/workbook.xml.rels", &relation?)?;
    each_tag(part(&mut archive, &path)?, &mut |tag, ends| {
        let name = tag.local_name();
        if name.as_ref() == "col" && !ends && is_true(value(tag, "hidden").as_deref()) {
            let number = |key| value(tag, key)?.parse::<u32>().ok()?.checked_sub(1);
            if let (Some(first), Some(last)) = (number("min"), number("max")) {
                tell(Beside::Hidden(first, last));
            }
        }
        // Columns stand before the cells.
        name.as_ref() != "sheetData"
    });
    if !contains(part(&mut archive, &path)?, b"<f") {
        return Some(());
    }
    let (mut at, mut has_formula, mut has_value) = (None, false, false);
    each_tag(part(&mut archive, &path)?, &mut |tag, ends| {
        match (tag.local_name().as_ref(), ends) {
            ("c", false) => {
                at = value(tag, "r").as_deref().and_then(place);
                (has_formula, has_value) = (false, false);
            }
            ("f", false) => has_formula = true,
            ("v" | "is", false) => has_value = true,
            ("c", true) if has_formula && !has_value => {
                if let Some((row, column)) = at {
                    tell(Beside::NoValue(row, column));
                }
            }
            _ => {}
        }
        true
    });
    Some(())
}

/// Whether a text stands anywhere in a part.
fn contains(mut input: impl BufRead, text: &[u8]) -> bool {
    let mut window = Vec::new();
    loop {
        let read = match input.fill_buf() {
            Ok([]) | Err(_) => return false,
            Ok(bytes) => {
                window.extend_from_slice(bytes);
                bytes.len()
            }
        };
        input.consume(read);
        if memchr::memmem::find(&window, text).is_some() {
            return true;
        }
        // What may be its beginning stays.
        window.drain(..window.len().saturating_sub(text.len() - 1));
    }
}

/// Row and column, from 0, of a cell that is called as `B12`.
fn place(name: &str) -> Option<(u32, u32)> {
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = name.split_at_checked(digits)?;
    let column = letters.bytes().try_fold(0_u32, |sum, byte| {
        let letter = byte.is_ascii_uppercase().then(|| u32::from(byte - b'A') + 1)?;
        sum.checked_mul(26)?.checked_add(letter)
    });
    Some((digits.parse::<u32>().ok()?.checked_sub(1)?, column?.checked_sub(1)?))
}

/// The same of an XLSB (\[MS-XLSB\]).
pub(super) fn xlsb(bytes: &Shared, sheet: &str, tell: &mut dyn FnMut(Beside)) -> Option<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.clone())).ok()?;
    let mut relation = None;
    // BrtBundleSh: state, number, relation, name.
    each_record(part(&mut archive, "xl/workbook.bin")?, &mut |kind, body| {
        if kind == 0x9C
            && let Some((id, rest)) = wide(body.get(8..)?)
            && wide(rest).is_some_and(|(name, _)| name == sheet)
        {
            relation = Some(id);
        }
        Some(())
    });
    let path = target(&mut archive, "xl/_rels/workbook.bin.rels", &relation?)?;
    let mut row = 0;
    each_record(part(&mut archive, &path)?, &mut |kind, body| {
        match kind {
            // BrtRowHdr
            0x00 => row = number(body, 0)?,
            // BrtFmlaError
            0x0B => tell(Beside::Error(row, number(body, 0)?)),
            // BrtColInfo, whose flags begin with fHidden
            0x3C if body.get(16)? & 1 == 1 => {
                tell(Beside::Hidden(number(body, 0)?, number(body, 4)?));
            }
            // BrtMergeCell
            0xB0 => tell(Beside::Merged(number(body, 0)?, number(body, 8)?)),
            _ => {}
        }
        Some(())
    });
    Some(())
}

/// The same of an XLS (\[MS-XLS\]): the sheet of that number, from 1.
pub(super) fn xls(bytes: &Shared, sheet: u32, tell: &mut dyn FnMut(Beside)) -> Option<()> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes.clone())).ok()?;
    let name = ["/Workbook", "/Book"].into_iter().find(|name| file.is_stream(name))?;
    let mut stream = Vec::new();
    file.open_stream(name).ok()?.read_to_end(&mut stream).ok()?;
    let record = |at: usize| {
        let head = stream.get(at..at.checked_add(4)?)?.first_chunk::<4>()?;
        let kind = u16::from_le_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        Some((kind, stream.get(at + 4..at + 4 + length)?))
    };
    // BoundSheet8 says where each sheet's records begin.
    let (mut at, mut seen) = (0, 0);
    let mut start = loop {
        let (kind, body) = record(at)?;
        at += 4 + body.len();
        seen += u32::from(kind == 0x85);
        match kind {
            0x85 if seen == sheet => break number(body, 0)? as usize,
            0x0A => return None,
            _ => {}
        }
    };
    let mut depth = 0_u32;
    loop {
        let (kind, body) = record(start)?;
        start += 4 + body.len();
        match kind {
            0x0809 => depth += 1,
            0x0A if depth <= 1 => return Some(()),
            0x0A => depth -= 1,
            // ColInfo, whose flags begin with fHidden
            0x7D if body.get(8)? & 1 == 1 && depth == 1 => {
                let short = |at: usize| {
                    let bytes = body.get(at..)?.first_chunk::<2>()?;
                    Some(u32::from(u16::from_le_bytes(*bytes)))
                };
                tell(Beside::Hidden(short(0)?, short(2)?));
            }
            _ => {}
        }
    }
}

/// The same of an ODS: the sheet of that number, from 1.
pub(super) fn ods(bytes: &Shared, sheet: u32, tell: &mut dyn FnMut(Beside)) -> Option<()> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.clone())).ok()?;
    let (mut tables, mut depth) = (0, 0_u32);
    let (mut row, mut column) = (0_u32, 0_u32);
    let (mut columns, mut repeated) = (0_u32, 1_u32);
    each_tag(part(&mut archive, "content.xml")?, &mut |tag, ends| {
        let name = tag.local_name();
        let count = |key| value(tag, key).and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
        match (name.as_ref(), ends) {
            ("table", true) => depth = depth.saturating_sub(1),
            ("table", false) => {
                tables += u32::from(depth == 0);
                depth += 1;
            }
            _ if tables != sheet || depth != 1 => {}
            ("table-column", false) => {
                let times = count("number-columns-repeated");
                if matches!(value(tag, "visibility").as_deref(), Some("collapse" | "filter")) {
                    tell(Beside::Hidden(columns, columns.saturating_add(times).saturating_sub(1)));
                }
                columns = columns.saturating_add(times);
            }
            ("table-row", false) => (column, repeated) = (0, count("number-rows-repeated")),
            ("table-row", true) => row = row.saturating_add(repeated),
            ("table-cell" | "covered-table-cell", false) => {
                if count("number-columns-spanned") > 1 || count("number-rows-spanned") > 1 {
                    tell(Beside::Merged(row, column));
                }
                if value(tag, "formula").is_some() && value(tag, "value-type").is_none() {
                    tell(Beside::NoValue(row, column));
                }
                column = column.saturating_add(count("number-columns-repeated"));
            }
            _ => {}
        }
        tables <= sheet
    });
    Some(())
}

fn part<'a>(archive: &'a mut Archive, name: &str) -> Option<impl BufRead + 'a> {
    let found = archive.file_names().filter_map(Result::ok);
    let found = found.into_iter().find(|found| found.eq_ignore_ascii_case(name))?.into_owned();
    archive.by_name(&found).ok().map(BufReader::new)
}

/// The part that a relation of the workbook leads to.
fn target(archive: &mut Archive, relations: &str, id: &str) -> Option<String> {
    let mut target = None;
    each_tag(part(archive, relations)?, &mut |tag, _| {
        if value(tag, "Id").as_deref() == Some(id) {
            target = value(tag, "Target");
        }
        true
    });
    let target = target?;
    Some(match target.strip_prefix('/') {
        Some(from_root) => from_root.to_owned(),
        None => format!("xl/{target}"),
    })
}

/// Hands each tag on, and whether it is an end, until there are no more or `each` says so. An element
/// without content has both.
fn each_tag(input: impl BufRead, each: &mut dyn FnMut(&BytesStart<'_>, bool) -> bool) {
    let mut reader = Reader::from_reader(input);
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    loop {
        let goes_on = match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => each(&tag, false),
            Ok(Event::Empty(tag)) => each(&tag, false) && each(&tag, true),
            Ok(Event::End(tag)) => each(&BytesStart::new(tag.name().0), true),
            Ok(Event::Eof) | Err(_) => false,
            Ok(_) => true,
        };
        if !goes_on {
            return;
        }
        buffer.clear();
    }
}

/// The value of a tag's attribute, whatever prefix it has.
fn value(tag: &BytesStart<'_>, key: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let found = attributes.with_checks(false).filter_map(Result::ok);
    let found = found.into_iter().find(|found| found.key.local_name().as_ref() == key)?;
    quick_xml::escape::unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
}

fn is_true(text: Option<&str>) -> bool {
    matches!(text, Some("1" | "true" | "on"))
}

/// Hands each record of a part of an XLSB on: kind and body, without what is longer than of interest.
fn each_record(mut input: impl BufRead, each: &mut dyn FnMut(u16, &[u8]) -> Option<()>) {
    let mut body = Vec::new();
    loop {
        let Some(kind) = packed(&mut input, 2) else { return };
        let Some(length) = packed(&mut input, 4) else { return };
        body.clear();
        let mut record = input.by_ref().take(u64::from(length));
        if record.by_ref().take(LONGEST).read_to_end(&mut body).is_err()
            || std::io::copy(&mut record, &mut std::io::sink()).is_err()
            || each(kind as u16, &body).is_none()
        {
            return;
        }
    }
}

/// A number in groups of seven bits, the kind of a record in two of eight.
fn packed(input: &mut impl BufRead, most: u32) -> Option<u32> {
    let (mut number, mut byte) = (0, [0x80]);
    for group in 0..most {
        input.read_exact(&mut byte).ok()?;
        number |= u32::from(byte[0] & 0x7F) << (7 * group);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Some(number)
}

/// Four bytes at a place, low byte first.
fn number(body: &[u8], at: usize) -> Option<u32> {
    body.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// A text with its length before it, and what follows.
fn wide(body: &[u8]) -> Option<(String, &[u8])> {
    let length = number(body, 0)? as usize;
    let end = length.checked_mul(2)?.checked_add(4)?;
    let (pairs, _) = body.get(4..end)?.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    Some((String::from_utf16_lossy(&units), body.get(end..)?))
}
