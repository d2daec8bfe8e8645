//! One record at a time: cells appended as bytes, quoted as the flavour asks.

use std::str::FromStr;

/// Which cells stand between quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Every cell, header and empty ones too.
    All,
    /// Only cells that hold a comma, a quote or a line break.
    Minimal,
}

impl FromStr for Quoting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "minimal" => Ok(Self::Minimal),
            _ => Err("the quoting is `all` or `minimal`".into()),
        }
    }
}

/// The record being written. Every method appends one cell, save [`Record::clear`].
#[derive(Debug)]
pub struct Record {
    pub bytes: Vec<u8>,
    pub cells: usize,
    quoting: Quoting,
}

impl Record {
    pub fn new(quoting: Quoting) -> Self {
        Self { bytes: Vec::with_capacity(4096), cells: 0, quoting }
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.cells = 0;
    }

    fn separate(&mut self) {
        if self.cells > 0 {
            self.bytes.push(b',');
        }
        self.cells += 1;
    }

    /// A cell that needs no quotes of its own accord.
    pub fn plain(&mut self, cell: &[u8]) {
        self.separate();
        if self.quoting == Quoting::All {
            self.bytes.push(b'"');
            self.bytes.extend_from_slice(cell);
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(cell);
        }
    }

    /// Any text.
    pub fn text(&mut self, cell: &str) {
        let special = cell.bytes().any(|b| matches!(b, b',' | b'"' | b'\r' | b'\n'));
        if !special {
            return self.plain(cell.as_bytes());
        }
        self.separate();
        self.bytes.push(b'"');
        for byte in cell.bytes() {
            if byte == b'"' {
                self.bytes.push(b'"');
            }
            self.bytes.push(byte);
        }
        self.bytes.push(b'"');
    }

    /// An empty cell: null.
    pub fn null(&mut self) {
        self.plain(b"");
    }

    /// So many empty cells.
    pub fn nulls(&mut self, count: usize) {
        for _ in 0..count {
            self.null();
        }
    }

    pub fn boolean(&mut self, value: bool) {
        self.plain(if value { b"true" } else { b"false" });
    }

    pub fn number(&mut self, value: u64) {
        let mut digits = [0; 20];
        let start = decimal(value, &mut digits);
        self.plain(&digits[start..]);
    }

    /// A decimal number given in hundredths, trailing zeros left out.
    pub fn hundredths(&mut self, value: u64) {
        if value.is_multiple_of(100) {
            return self.number(value / 100);
        }
        let mut digits = [0; 23];
        let mut whole = [0; 20];
        let start = decimal(value / 100, &mut whole);
        let length = 20 - start;
        digits[..length].copy_from_slice(&whole[start..]);
        let [tens, units] = pair(value % 100);
        digits[length..length + 3].copy_from_slice(&[b'.', tens, units]);
        let cut = if units == b'0' { length + 2 } else { length + 3 };
        self.plain(&digits[..cut]);
    }

    pub fn date(&mut self, day: i64) {
        self.plain(&date(day));
    }

    /// A time of the day, given in seconds.
    pub fn time(&mut self, seconds: u64) {
        self.plain(&time(seconds));
    }

    pub fn date_time(&mut self, day: i64, seconds: u64) {
        let mut cell = [b' '; 19];
        cell[..10].copy_from_slice(&date(day));
        cell[11..].copy_from_slice(&time(seconds));
        self.plain(&cell);
    }
}

/// Writes the number at the end of the buffer; returns where it starts.
fn decimal(mut value: u64, digits: &mut [u8; 20]) -> usize {
    let mut at = 20;
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return at;
        }
    }
}

fn pair(value: u64) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

/// yyyy-MM-dd of a day counted from 1 January 1970, in the proleptic Gregorian calendar.
pub fn date(day: i64) -> [u8; 10] {
    // Years are counted from March, so that the leap day is the last.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let [y1, y2] = pair(year as u64 / 100);
    let [y3, y4] = pair(year as u64 % 100);
    let [m1, m2] = pair(month as u64);
    let [d1, d2] = pair(day_of_month as u64);
    [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
}

fn time(seconds: u64) -> [u8; 8] {
    let [h1, h2] = pair(seconds / 3_600 % 24);
    let [m1, m2] = pair(seconds / 60 % 60);
    let [s1, s2] = pair(seconds % 60);
    [h1, h2, b':', m1, m2, b':', s1, s2]
}
