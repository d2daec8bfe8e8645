//! What parent and child say to each other over their pipes.
//!
//! The parent writes one request, then the workbook's bytes, and closes the pipe; the child reads
//! all of it before it answers, so that neither ever waits for the other. The answer is a row of
//! frames: a letter, a length of four bytes (low byte first), and so many bytes.

use crate::finding::{Place, Severity};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Bytes that a frame may have: what a child claims is believed no more than what a file claims.
const LONGEST: u32 = 16 << 20;

/// What is asked of the child: one line of JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Request {
    /// The sheets to read, in their order. Empty: only list them.
    pub(super) sheets: Vec<Wanted>,
    /// Cells that a sheet may have.
    pub(super) cells: u64,
}

/// How a sheet is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its number among the workbook's sheets, from 1.
    pub number: u32,
    /// The row whose cells say how many a row has; 0: `width` does.
    pub header_row: u64,
    /// Cells in a row where there is no header.
    pub width: u64,
    /// How cells that are dates or times are written: by label.
    pub times: Vec<(String, TimeText)>,
}

/// How a date or time is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeText {
    /// `2024-01-26`.
    Date,
    /// `2024-01-26T15:00:00`.
    Datetime,
    /// `15:00:00`.
    Time,
    /// By a strptime pattern.
    Pattern(String),
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) hidden: bool,
}

/// What the child noticed in a sheet that its text does not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What it is: a clause in lower case, without a full stop and without any cell value.
    pub text: String,
    /// How grave it is: 0 worth knowing, 1 a warning, 2 an error.
    pub level: u8,
    /// The column, from 1, where one is concerned.
    pub column: Option<u32>,
    /// How often.
    pub times: u64,
    /// The rows of the first ones.
    pub rows: Vec<u64>,
    /// The row of the last one.
    pub last: u64,
    /// Whether it matters only where the column is declared as text.
    pub in_text_only: bool,
}

impl Note {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match self.level {
            0 => Severity::Info,
            1 => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// The places of its examples in a member.
    pub fn places(&self, member: u32) -> Vec<Place> {
        let place = |&row: &u64| Place { file: Some(member), row: Some(row), ..Place::default() };
        self.rows.iter().map(place).collect()
    }
}

/// Why a workbook, or one of its sheets, cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::source) enum Refusal {
    Damaged,
    Encrypted,
    NoWorkbook,
    TooLarge,
}

/// One frame.
#[derive(Debug)]
pub(super) enum Frame {
    Sheets(Vec<Sheet>),
    /// The sheet of that number begins.
    Begin(u32),
    /// A piece of it, as RFC 4180 text.
    Rows(Vec<u8>),
    Note(Note),
    /// The sheet is complete.
    End,
    Refused(Refusal),
    /// All that was asked for is answered.
    Done,
}

pub(super) fn write(out: &mut dyn Write, frame: &Frame) -> io::Result<()> {
    let (tag, body) = match frame {
        Frame::Sheets(sheets) => (b'L', json(sheets)?),
        Frame::Begin(number) => (b'S', number.to_le_bytes().to_vec()),
        Frame::Rows(bytes) => return put(out, b'D', bytes),
        Frame::Note(note) => (b'N', json(note)?),
        Frame::End => (b'E', Vec::new()),
        Frame::Refused(refusal) => (b'X', json(refusal)?),
        Frame::Done => (b'Q', Vec::new()),
    };
    put(out, tag, &body)
}

fn put(out: &mut dyn Write, tag: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    out.write_all(&[tag])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(body)
}

fn json(value: &impl Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}

/// The next frame; an error of kind `InvalidData` or `UnexpectedEof` where there is none.
pub(super) fn read(input: &mut dyn Read) -> io::Result<Frame> {
    let mut head = [0; 5];
    input.read_exact(&mut head)?;
    let [tag, length @ ..] = head;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length as usize];
    input.read_exact(&mut body)?;
    let wrong = |_| io::Error::from(io::ErrorKind::InvalidData);
    Ok(match tag {
        b'L' => Frame::Sheets(serde_json::from_slice(&body).map_err(wrong)?),
        b'S' => {
            let number = body.first_chunk().ok_or(io::ErrorKind::InvalidData)?;
            Frame::Begin(u32::from_le_bytes(*number))
        }
        b'D' => Frame::Rows(body),
        b'N' => Frame::Note(serde_json::from_slice(&body).map_err(wrong)?),
        b'E' => Frame::End,
        b'X' => Frame::Refused(serde_json::from_slice(&body).map_err(wrong)?),
        b'Q' => Frame::Done,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    })
}
