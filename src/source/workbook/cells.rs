//! Cells of a sheet as rows of text, and what a spreadsheet program did to them.
//!
//! A cell becomes the text of its stored value: whole numbers without `.0`, dates and times as the
//! field declares them, else by ISO 8601. How a cell is shown (a format that pads with zeros, say)
//! is not stored with the value, and so not part of it.

use super::beside::Beside;
use super::child::Stop;
use super::wire::{self, Frame, Note, Refusal, TimeText, Wanted};
use calamine::{Dimensions, ExcelDateTime};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

/// Rows and columns of the largest sheet that any program writes.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;

/// Bytes of rows that are sent at a time.
const PIECE: usize = 64 << 10;

/// Examples that a note keeps.
const EXAMPLES: usize = 20;

/// What stands in the place of a value that a formula could not give.
const FORMULA_ERRORS: [&str; 10] = [
    "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#FIELD!",
];

/// The day that spreadsheets have and no calendar has.
const LEAP_DAY: &str = "1900-02-29";

/// Whether a text is the error of a formula.
pub fn is_formula_error(text: &str) -> bool {
    FORMULA_ERRORS.contains(&text)
}

/// Whether a text from a sheet is one of which the reader of the sheet has told already, wherever it
/// stands: it is no value of any other type.
pub fn is_told_of(text: &str) -> bool {
    is_formula_error(text) || text == LEAP_DAY
}

/// The value of a cell.
pub(super) enum Value<'a> {
    Empty,
    Integer(i64),
    Number(f64),
    Text(&'a str),
    Truth(bool),
    Time(ExcelDateTime),
    /// A date or time that the workbook itself has as ISO 8601 text.
    Iso(&'a str),
    Error(String),
}

/// What is noticed in a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Noticed {
    /// A number where a column may be text.
    Number,
    Imprecise,
    Longest,
    Error,
    LeapDay,
    NoValue,
    Hidden,
    Merged,
    Epoch,
}

/// Takes cells in order and sends rows.
pub(super) struct Rows<'a> {
    wanted: &'a Wanted,
    output: &'a mut dyn Write,
    /// Cells that may still come.
    cells: u64,
    /// The row at hand, from 0, and its cells.
    row: Option<u32>,
    texts: Vec<String>,
    /// Rows that were sent.
    sent: u32,
    width: usize,
    labels: Vec<Option<TimeText>>,
    piece: Vec<u8>,
    notes: BTreeMap<(Noticed, Option<u32>), Note>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(wanted: &'a Wanted, cells: u64, output: &'a mut dyn Write) -> Self {
        Self {
            wanted,
            output,
            cells,
            row: None,
            texts: Vec::new(),
            sent: 0,
            width: usize::try_from(wanted.width).unwrap_or(0).min(COLUMNS as usize),
            labels: Vec::new(),
            piece: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// Takes the next cell. They come row by row.
    pub(super) fn cell(&mut self, at: (u32, u32), value: &Value<'_>) -> Result<(), Stop> {
        let (row, column) = at;
        self.cells = self.cells.checked_sub(1).ok_or(Refusal::TooLarge)?;
        if row >= ROWS || column >= COLUMNS || self.row.is_some_and(|before| row < before) {
            return Err(Refusal::Damaged.into());
        }
        if self.row != Some(row) {
            self.end_row()?;
            self.row = Some(row);
        }
        if matches!(value, Value::Empty) {
            return Ok(());
        }
        let text = self.text(row, column, value);
        let at = column as usize;
        if self.texts.len() <= at {
            self.texts.resize(at + 1, String::new());
        }
        if let Some(cell) = self.texts.get_mut(at) {
            *cell = text;
        }
        Ok(())
    }

    fn text(&mut self, row: u32, column: u32, value: &Value<'_>) -> String {
        let is_data = u64::from(row) + 1 > self.wanted.header_row;
        match value {
            Value::Empty => String::new(),
            Value::Integer(number) => {
                self.number(row, column, is_data, number.unsigned_abs() as f64);
                number.to_string()
            }
            Value::Number(number) => {
                self.number(row, column, is_data, number.abs());
                // The shortest text that is this number, never with an exponent.
                number.to_string()
            }
            Value::Text(text) => {
                // Counted as the programs do, in UTF-16.
                if text.len() >= 32_767 && text.encode_utf16().count() == 32_767 {
                    self.notice(Noticed::Longest, row, column);
                }
                if is_formula_error(text) {
                    self.notice(Noticed::Error, row, column);
                } else if *text == LEAP_DAY {
                    self.notice(Noticed::LeapDay, row, column);
                }
                (*text).to_owned()
            }
            Value::Truth(truth) => truth.to_string(),
            Value::Time(time) => {
                let declared = self.labels.get(column as usize).cloned().flatten();
                match time_text(time, declared.as_ref()) {
                    Some(text) => text,
                    None => {
                        self.notice(Noticed::LeapDay, row, column);
                        match (60.0..61.0).contains(&time.as_f64()) {
                            true => LEAP_DAY.to_owned(),
                            false => time.as_f64().to_string(),
                        }
                    }
                }
            }
            Value::Iso(text) => {
                let declared = self.labels.get(column as usize).cloned().flatten();
                declared.and_then(|how| iso_text(text, &how)).unwrap_or_else(|| (*text).to_owned())
            }
            Value::Error(error) => {
                self.notice(Noticed::Error, row, column);
                error.clone()
            }
        }
    }

    fn number(&mut self, row: u32, column: u32, is_data: bool, size: f64) {
        if !is_data {
            return;
        }
        self.notice(Noticed::Number, row, column);
        // Beyond 15 digits the last ones are no longer what was typed.
        if size >= 1e15 {
            self.notice(Noticed::Imprecise, row, column);
        }
    }

    fn notice(&mut self, what: Noticed, row: u32, column: u32) {
        let row = u64::from(row) + 1;
        let column = match what {
            Noticed::Merged | Noticed::Epoch => None,
            _ => column.checked_add(1),
        };
        let note = self.notes.entry((what, column)).or_insert_with(|| Note {
            text: what.text().to_owned(),
            level: match what {
                Noticed::Epoch => 0,
                Noticed::Number | Noticed::Hidden | Noticed::Merged => 1,
                _ => 2,
            },
            column,
            times: 0,
            rows: Vec::new(),
            last: row,
            in_text_only: what == Noticed::Number,
        });
        note.times += 1;
        note.last = note.last.max(row);
        if note.rows.len() < EXAMPLES {
            note.rows.push(row);
        }
    }

    /// Takes note of what stands beside the cells, all of which have come.
    pub(super) fn beside(&mut self, what: Beside) -> Result<(), Stop> {
        self.end_row()?;
        match what {
            Beside::Error(row, column) => self.notice(Noticed::Error, row, column),
            Beside::NoValue(row, column) => self.notice(Noticed::NoValue, row, column),
            Beside::Merged(row, column) => self.notice(Noticed::Merged, row, column),
            // Spreadsheets also hide all the columns behind the last one that is used.
            Beside::Hidden(first, last) => {
                let used = u32::try_from(self.width).unwrap_or(COLUMNS);
                let row = u32::try_from(self.wanted.header_row.max(1) - 1).unwrap_or(0);
                for column in first..used.min(last.saturating_add(1)) {
                    self.notice(Noticed::Hidden, row, column);
                }
            }
        }
        Ok(())
    }

    /// Sends the row at hand, after as many blank ones as stand before it.
    fn end_row(&mut self) -> Result<(), Stop> {
        let Some(row) = self.row.take() else { return Ok(()) };
        while self.texts.last().is_some_and(String::is_empty) {
            self.texts.pop();
        }
        if self.texts.is_empty() {
            return Ok(());
        }
        while self.sent < row {
            self.piece.push(b'\n');
            self.sent += 1;
            self.send(PIECE)?;
        }
        if u64::from(row) + 1 == self.wanted.header_row {
            self.width = self.texts.len();
            let times = &self.wanted.times;
            let declared = |label: &String| {
                times.iter().find(|(name, _)| name == label.trim()).map(|(_, text)| text.clone())
            };
            self.labels = self.texts.iter().map(declared).collect();
        }
        let past_header = u64::from(row) + 1 >= self.wanted.header_row;
        if past_header && self.texts.len() < self.width {
            self.texts.resize(self.width, String::new());
        }
        for (number, text) in self.texts.iter().enumerate() {
            if number > 0 {
                self.piece.push(b',');
            }
            quoted(text, &mut self.piece);
        }
        self.piece.push(b'\n');
        self.sent += 1;
        self.texts.clear();
        self.send(PIECE)
    }

    fn send(&mut self, from: usize) -> Result<(), Stop> {
        if self.piece.len() >= from && !self.piece.is_empty() {
            let piece = std::mem::take(&mut self.piece);
            for part in piece.chunks(8 << 20) {
                wire::write(&mut self.output, &Frame::Rows(part.to_vec()))?;
            }
        }
        Ok(())
    }

    /// Sends what is left, and the notes.
    pub(super) fn finish(mut self, merged: &[Dimensions], epoch_1904: bool) -> Result<(), Stop> {
        self.end_row()?;
        self.send(0)?;
        for region in merged {
            self.notice(Noticed::Merged, region.start.0, region.start.1);
        }
        if epoch_1904 {
            self.notice(Noticed::Epoch, 0, 0);
        }
        for note in std::mem::take(&mut self.notes).into_values() {
            wire::write(&mut self.output, &Frame::Note(note))?;
        }
        Ok(())
    }
}

impl Noticed {
    fn text(self) -> &'static str {
        match self {
            Self::Number => {
                "a column that is declared as text holds numbers: zeros before them are lost"
            }
            Self::Imprecise => {
                "a number of more than 15 digits: a spreadsheet keeps 15, and the others are zeros \
                 or made up"
            }
            Self::Longest => "a cell has exactly 32,767 characters, the most that a cell can have",
            Self::Error => "a cell holds the error of a formula in place of a value",
            Self::LeapDay => "a date that is on no calendar, as 29 February 1900",
            Self::NoValue => {
                "a formula has no value: the program that wrote it did not work it out"
            }
            Self::Hidden => "the column is hidden, so that nobody may have looked at it",
            Self::Merged => "cells are merged: all but the first of them are empty",
            Self::Epoch => "the workbook counts days from 1904; dates were read so",
        }
    }
}

/// A cell as RFC 4180 writes it.
fn quoted(text: &str, out: &mut Vec<u8>) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// A date or time of ISO 8601 as its field declares it; `None` where it is none.
fn iso_text(text: &str, declared: &TimeText) -> Option<String> {
    let moment = match text.parse::<jiff::civil::DateTime>() {
        Ok(moment) => moment,
        Err(_) => {
            text.parse::<jiff::civil::Date>().ok()?.to_datetime(jiff::civil::Time::midnight())
        }
    };
    match declared {
        TimeText::Pattern(pattern) => jiff::fmt::strtime::format(pattern, moment).ok(),
        TimeText::Datetime => Some(moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
        TimeText::Date if moment.time() == jiff::civil::Time::midnight() => {
            Some(moment.date().to_string())
        }
        TimeText::Date | TimeText::Time => None,
    }
}

/// A date, time or duration as text; `None` where no calendar has it.
fn time_text(time: &ExcelDateTime, declared: Option<&TimeText>) -> Option<String> {
    let value = time.as_f64();
    if time.is_duration() {
        let seconds = (value * 86_400.0).round() as i64;
        let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        return Some(format!("{sign}PT{hours}H{minutes}M{}S", seconds % 60));
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let clock = jiff::civil::Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        i32::from(milli) * 1_000_000,
    )
    .ok()?;
    let plain_time = || match milli {
        0 => clock.strftime("%H:%M:%S").to_string(),
        _ => clock.strftime("%H:%M:%S%.3f").to_string(),
    };
    // Less than a day is a time of day, unless a date is declared.
    if matches!(declared, Some(TimeText::Time))
        || (declared.is_none() && (0.0..1.0).contains(&value))
    {
        return Some(plain_time());
    }
    let date = jiff::civil::Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let has_time = clock != jiff::civil::Time::midnight();
    let mut text = String::new();
    match declared {
        Some(TimeText::Pattern(pattern)) => {
            let format = jiff::fmt::strtime::format(pattern, date.to_datetime(clock));
            text = format.ok()?;
        }
        Some(TimeText::Datetime) => {
            let _ = write!(text, "{date}T{}", plain_time());
        }
        // A time that the field has no place for must not vanish.
        _ if has_time => {
            let _ = write!(text, "{date}T{}", plain_time());
        }
        _ => {
            let _ = write!(text, "{date}");
        }
    }
    Some(text)
}
