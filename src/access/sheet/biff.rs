//! A look at the records of an XLS before the library reads it.
//!
//! The library sets memory aside for as many cells as a sheet says it has, and for the rectangle
//! between its outermost cells; a damaged number is then enough to end the process. Here each such
//! number is compared with what the format allows (MS-XLS 2.4.90: 65,536 rows, 256 columns).

use std::io::{Cursor, Read};

/// The most cells between the first and the outermost one.
const LARGEST_AREA: u64 = 8_000_000;

/// Rows and columns that a sheet of the format can have.
const ROWS: u32 = 65_536;
const COLUMNS: u32 = 256;

/// Compares the sizes and positions in a workbook's records with what the format allows.
///
/// # Errors
/// What is wrong with them: a clause.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    const UNREADABLE: &str = "its streams cannot be read";
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| UNREADABLE)?;
    let is_protected = file.exists("/EncryptedPackage");
    let names = ["/Workbook", "/Book"].into_iter().filter(|name| file.exists(name));
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return Err(match is_protected {
            true => "it is protected by a password",
            false => "it holds no workbook",
        });
    }
    for name in names {
        let mut stream = Vec::new();
        let opened = file.open_stream(name).map_err(|_| UNREADABLE)?;
        // No stream is longer than its file.
        opened.take(bytes.len() as u64).read_to_end(&mut stream).map_err(|_| UNREADABLE)?;
        records(&stream)?;
    }
    Ok(())
}

fn records(mut stream: &[u8]) -> Result<(), &'static str> {
    let (mut rows, mut columns) = (0, 0);
    while let Some((head, rest)) = stream.split_first_chunk::<4>() {
        let [kind_low, kind_high, length_low, length_high] = *head;
        let kind = u16::from_le_bytes([kind_low, kind_high]);
        let length = usize::from(u16::from_le_bytes([length_low, length_high]));
        let Some((data, after)) = rest.split_at_checked(length) else { break };
        stream = after;
        match kind {
            // Dimensions: first and last row and column; four bytes a row since BIFF8.
            0x0200 => {
                let (last_row, last_column) = match length {
                    10 => (short(data, 2), short(data, 6)),
                    _ => (long(data, 4), short(data, 10)),
                };
                if last_row.unwrap_or(0) > ROWS || last_column.unwrap_or(0) > COLUMNS {
                    return Err("a sheet's size is more than the format allows");
                }
            }
            // Records of one cell: Formula, RString, LabelSst, Number, Label, BoolErr, RK.
            0x0006 | 0x00d6 | 0x00fd | 0x0203 | 0x0204 | 0x0205 | 0x027e => {
                rows = rows.max(short(data, 0).unwrap_or(0));
                columns = columns.max(short(data, 2).unwrap_or(0));
            }
            // MulRk: a row of cells, whose last column stands at the end.
            0x00bd => {
                rows = rows.max(short(data, 0).unwrap_or(0));
                let last = data.len().checked_sub(2).and_then(|at| short(data, at));
                columns = columns.max(short(data, 2).unwrap_or(0)).max(last.unwrap_or(0));
            }
            _ => {}
        }
    }
    if columns >= COLUMNS {
        return Err("a cell stands beyond the columns that the format allows");
    }
    match u64::from(rows + 1) * u64::from(columns + 1) > LARGEST_AREA {
        true => Err("its cells stand further apart than those of a price sheet"),
        false => Ok(()),
    }
}

/// Two bytes at an offset, as a number.
fn short(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(2)?)?;
    bytes.try_into().ok().map(|bytes| u16::from_le_bytes(bytes).into())
}

/// Four bytes at an offset, as a number.
fn long(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    fn dimensions(rows: u32, columns: u16) -> Vec<u8> {
        let (rows, columns) = (rows.to_le_bytes(), columns.to_le_bytes());
        record(0x0200, &[&[0; 4][..], &rows, &[0; 2], &columns, &[0; 2]].concat())
    }

    fn cell(row: u16, column: u16) -> Vec<u8> {
        record(0x0203, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0; 10]].concat())
    }

    #[test]
    fn sizes_are_those_of_the_format() {
        assert!(records(&dimensions(65_536, 256)).is_ok());
        assert!(records(&dimensions(65_537, 1)).is_err());
        assert!(records(&dimensions(u32::MAX, 1)).is_err());
        assert!(records(&dimensions(1, 257)).is_err());
        let old = [0, 0, 255, 255, 0, 0, 1, 1, 0, 0];
        assert!(records(&record(0x0200, &old)).is_err());
    }

    #[test]
    fn cells_stand_near_each_other() {
        assert!(records(&[cell(0, 0), cell(65_535, 100)].concat()).is_ok());
        assert!(records(&[cell(0, 0), cell(65_535, 255)].concat()).is_err());
        assert!(records(&cell(0, 256)).is_err());
        let many = [0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 0, 1];
        assert!(records(&record(0x00bd, &many)).is_err());
    }

    #[test]
    fn records_that_are_cut_off_are_no_panic() {
        let whole = [dimensions(9, 9), cell(1, 1), record(0x00bd, &[1])].concat();
        for length in 0..=whole.len() {
            assert!(records(&whole[..length]).is_ok(), "{length}");
        }
    }
}
