//! The bytes of a canonical archive's headers, for the writer and for the reader that compares.
//!
//! Given the entries in order (name, method, CRC-32, sizes), the package time and the comment, every
//! byte outside the entries' data follows; docs/format.md says how. Numbers are little-endian.
//! Clauses are those of APPNOTE.TXT 6.3.10.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Local file header (4.3.7).
pub const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Central directory header (4.3.12).
pub const CENTRAL: [u8; 4] = *b"PK\x01\x02";
/// ZIP64 end of central directory record (4.3.14).
pub const END64: [u8; 4] = *b"PK\x06\x06";
/// ZIP64 end of central directory locator (4.3.15).
pub const LOCATOR: [u8; 4] = *b"PK\x06\x07";
/// End of central directory record (4.3.16).
pub const END: [u8; 4] = *b"PK\x05\x06";
/// Data descriptor (4.3.9.3).
pub const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

/// Length of a local header before name and extra field.
pub const LOCAL_LENGTH: usize = 30;
/// Length of a central header before name, extra field and comment.
pub const CENTRAL_LENGTH: usize = 46;
/// Length of the end record before the comment.
pub const END_LENGTH: usize = 22;
/// Length of the locator.
pub const LOCATOR_LENGTH: usize = 20;
/// Length of the ZIP64 end record without extensible data.
pub const END64_LENGTH: usize = 56;

/// General purpose bit 11: the name is UTF-8 (4.4.4, appendix D).
pub const FLAG_UTF8: u16 = 1 << 11;
/// Version 2.0: deflate (4.4.3.2).
const VERSION_PLAIN: u16 = 20;
/// Version 4.5: ZIP64 (4.4.3.2).
const VERSION_ZIP64: u16 = 45;
/// Made by version 4.5 on Unix (4.4.2).
const MADE_BY: u16 = 3 << 8 | VERSION_ZIP64;
/// A regular file that its owner may write and all may read, as Unix keeps it in the upper half.
const ATTRIBUTES: u32 = 0o100_644 << 16;

/// How an entry's bytes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are (4.4.5, method 0).
    Stored,
    /// Deflate (4.4.5, method 8).
    Deflated,
}

impl Method {
    /// The number that stands in the headers.
    pub fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }
}

/// Date and time as MS-DOS keeps them (4.4.6), even seconds from 1980 to 2107.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DosTime {
    /// Year since 1980, month and day.
    pub date: u16,
    /// Hour, minute and half the second.
    pub time: u16,
}

impl DosTime {
    /// The time `seconds` after 1970-01-01T00:00:00Z, in UTC; times before 1980 or after 2107 are
    /// the first or the last that there is.
    pub fn from_unix(seconds: i64) -> Self {
        let first = Self { date: 1 << 5 | 1, time: 0 };
        let last = Self { date: 127 << 9 | 12 << 5 | 31, time: 23 << 11 | 59 << 5 | 29 };
        let Ok(timestamp) = Timestamp::from_second(seconds) else {
            return if seconds < 0 { first } else { last };
        };
        let civil = timestamp.to_zoned(TimeZone::UTC).datetime();
        let part = |number: i8| u16::from(number.unsigned_abs());
        match u16::try_from(i32::from(civil.year()) - 1980) {
            Err(_) => first,
            Ok(year) if year > 127 => last,
            Ok(year) => Self {
                date: (year << 9) | (part(civil.month()) << 5) | part(civil.day()),
                time: (part(civil.hour()) << 11)
                    | (part(civil.minute()) << 5)
                    | (part(civil.second()) / 2),
            },
        }
    }
}

/// What a canonical entry's headers are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The path, in UTF-8.
    pub name: &'a str,
    /// How its bytes are kept.
    pub method: Method,
    /// The package time, the same for all entries.
    pub time: DosTime,
    /// CRC-32 of the bytes as they are.
    pub crc32: u32,
    /// Their number.
    pub size: u64,
    /// The number of bytes kept.
    pub packed: u64,
    /// Where the local header begins.
    pub offset: u64,
}

impl Entry<'_> {
    /// Whether the local header has the ZIP64 field: always for a deflated entry, whose sizes are
    /// not known when it is begun; else only where the size does not fit.
    fn has_local_zip64(&self) -> bool {
        self.method == Method::Deflated || !fits(self.size)
    }

    /// The version that a reader needs; the same in both headers.
    fn version(&self) -> u16 {
        if self.has_local_zip64() || !fits(self.offset) { VERSION_ZIP64 } else { VERSION_PLAIN }
    }

    /// The fields from version to CRC-32, which both headers share.
    fn common(&self, out: &mut Vec<u8>) {
        put16(out, self.version());
        put16(out, FLAG_UTF8);
        put16(out, self.method.number());
        put16(out, self.time.time);
        put16(out, self.time.date);
        put32(out, self.crc32);
    }

    /// Appends the local header.
    pub fn local(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&LOCAL);
        self.common(out);
        let zip64 = self.has_local_zip64();
        if zip64 {
            put32(out, u32::MAX);
            put32(out, u32::MAX);
        } else {
            put32(out, low32(self.packed));
            put32(out, low32(self.size));
        }
        put16(out, length16(self.name.len()));
        put16(out, if zip64 { 20 } else { 0 });
        out.extend_from_slice(self.name.as_bytes());
        if zip64 {
            put16(out, 0x0001);
            put16(out, 16);
            put64(out, self.size);
            put64(out, self.packed);
        }
    }

    /// Appends the central header; its ZIP64 field holds what does not fit, and nothing else.
    pub fn central(&self, out: &mut Vec<u8>) {
        let mut extra = Vec::new();
        for value in [self.size, self.packed, self.offset] {
            if !fits(value) {
                put64(&mut extra, value);
            }
        }
        out.extend_from_slice(&CENTRAL);
        put16(out, MADE_BY);
        self.common(out);
        put32(out, low32(self.packed));
        put32(out, low32(self.size));
        put16(out, length16(self.name.len()));
        put16(out, if extra.is_empty() { 0 } else { length16(extra.len() + 4) });
        put16(out, 0); // comment
        put16(out, 0); // disk
        put16(out, 0); // internal attributes
        put32(out, ATTRIBUTES);
        put32(out, low32(self.offset));
        out.extend_from_slice(self.name.as_bytes());
        if !extra.is_empty() {
            put16(out, 0x0001);
            put16(out, length16(extra.len()));
            out.extend_from_slice(&extra);
        }
    }
}

/// Appends what follows the central directory: the ZIP64 records where a number does not fit, and
/// the end record.
pub fn end(
    out: &mut Vec<u8>,
    entries: u64,
    directory_size: u64,
    directory_offset: u64,
    comment: &[u8],
) {
    if entries >= 0xffff || !fits(directory_size) || !fits(directory_offset) {
        out.extend_from_slice(&END64);
        put64(out, END64_LENGTH as u64 - 12);
        put16(out, MADE_BY);
        put16(out, VERSION_ZIP64);
        put32(out, 0); // this disk
        put32(out, 0); // the directory's disk
        put64(out, entries);
        put64(out, entries);
        put64(out, directory_size);
        put64(out, directory_offset);
        out.extend_from_slice(&LOCATOR);
        put32(out, 0); // the record's disk
        put64(out, directory_offset.saturating_add(directory_size));
        put32(out, 1); // disks
    }
    out.extend_from_slice(&END);
    put16(out, 0); // this disk
    put16(out, 0); // the directory's disk
    put16(out, length16(usize::try_from(entries).unwrap_or(usize::MAX)));
    put16(out, length16(usize::try_from(entries).unwrap_or(usize::MAX)));
    put32(out, low32(directory_size));
    put32(out, low32(directory_offset));
    put16(out, length16(comment.len()));
    out.extend_from_slice(comment);
}

/// Whether a number can stand in a field of 32 bits, of which the largest value means "see ZIP64".
fn fits(value: u64) -> bool {
    value < u64::from(u32::MAX)
}

/// The number, or the value that means "see ZIP64".
fn low32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The length, or the largest that there is.
fn length16(value: usize) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_and_stay_in_range() {
        // 2026-11-23T08:26:18Z
        let time = DosTime::from_unix(1_795_422_378);
        assert_eq!(time.date, (2026 - 1980) << 9 | 11 << 5 | 23);
        assert_eq!(time.time, 8 << 11 | 26 << 5 | 9);
        assert_eq!(DosTime::from_unix(0), DosTime { date: 33, time: 0 });
        assert_eq!(DosTime::from_unix(i64::MIN), DosTime::from_unix(0));
        assert_eq!(DosTime::from_unix(i64::MAX).date >> 9, 127);
        assert_eq!(DosTime::from_unix(4_500_000_000).date >> 9, 127);
    }

    #[test]
    fn a_central_header_holds_only_what_does_not_fit() {
        let entry = Entry {
            name: "a",
            method: Method::Deflated,
            time: DosTime::from_unix(0),
            crc32: 1,
            size: 5_000_000_000,
            packed: 7,
            offset: u64::from(u32::MAX),
        };
        let mut out = Vec::new();
        entry.central(&mut out);
        assert_eq!(out.len(), CENTRAL_LENGTH + 1 + 4 + 16);
        assert_eq!(&out[20..24], &7_u32.to_le_bytes());
        assert_eq!(&out[24..28], &u32::MAX.to_le_bytes());
        let small = Entry { size: 9, offset: 0, ..entry };
        let mut out = Vec::new();
        small.central(&mut out);
        assert_eq!(out.len(), CENTRAL_LENGTH + 1);
    }
}
