//! Workbooks: XLSX, XLSB, XLS, ODS. Each sheet is a table.
//!
//! A hostile workbook can make its reader take all memory, and a failed allocation ends a process.
//! So a workbook is read by a child process, this program with a hidden command, which has little
//! memory and must get on with its work. It gets the bytes over a pipe and gives back each sheet as
//! delimited text, which is checked as any file is, and what its text does not show ([`Note`]).
//!
//! **Invariant:** whatever the child does, the parent goes on: an answer without an end is a
//! finding.

mod beside;
mod cells;
mod child;
mod wire;

pub use cells::{is_formula_error, is_told_of};
pub use child::{Progress, serve};
pub use wire::{Note, TimeText, Wanted};

use crate::archive::read::Fault;
use crate::error::{Error, Result};
use crate::finding::Code;
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use wire::{Frame, Refusal, Request, Sheet};

/// The hidden command of the program that reads a workbook.
pub const VERB: &str = "__read-workbook";

/// How workbooks are read.
#[derive(Debug, Clone)]
pub struct Workbooks {
    /// This program.
    pub program: PathBuf,
    /// Bytes of memory that the child may have. Default of the command line: 1 GiB. Systems other
    /// than Unix do not enforce it.
    pub memory: u64,
    /// Seconds in which the child must do something. Default: 120.
    pub seconds: u64,
    /// Cells that a sheet may have. Default: 50 million.
    pub cells: u64,
}

impl Workbooks {
    /// Defaults, for a program that has the hidden command.
    pub fn new(program: PathBuf) -> Self {
        Self { program, memory: 1 << 30, seconds: 120, cells: 50_000_000 }
    }
}

/// Whether a name ends as those of workbooks do.
pub(super) fn has_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let ending = ending.as_deref().unwrap_or_default();
    matches!(ending, "xlsx" | "xlsm" | "xltx" | "xltm" | "xlsb" | "xls" | "xlt" | "ods" | "ots")
}

impl Refusal {
    fn fault(self) -> Fault {
        match self {
            Self::Damaged | Self::NoWorkbook | Self::Encrypted => Fault::Workbook,
            Self::TooLarge => Fault::Limit,
        }
    }
}

/// Why the sheets of a workbook are not known: a code, and what to do.
pub(super) fn why(failure: Failure) -> (Code, &'static str) {
    match failure {
        Failure::Refused(Refusal::Encrypted) => (
            Code::EncryptedFile,
            "the workbook is protected by a password: save it without one in the program that it \
             was made with, or ask the sender to",
        ),
        Failure::Refused(Refusal::NoWorkbook) => (
            Code::UnreadableArchive,
            "it is named as a workbook and is none: often it is a web page or delimited text; \
             look what it is, and name it so",
        ),
        Failure::Refused(Refusal::Damaged) | Failure::Fault(_) => (
            Code::UnreadableArchive,
            "the workbook is damaged or cut off: have it sent again, or export it as delimited text",
        ),
        Failure::Refused(Refusal::TooLarge) => (
            Code::ArchiveLimit,
            "the workbook has more than the limit allows: export it as delimited text",
        ),
        Failure::Stopped => (
            Code::UnreadableArchive,
            "the workbook could not be read safely, since it takes too much memory or time: export \
             it as delimited text",
        ),
    }
}

/// Why a workbook was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Refused(Refusal),
    /// The child did not come to its end.
    Stopped,
    /// The workbook's own bytes are damaged where they are kept.
    Fault(Fault),
}

/// What was noticed in a sheet, known when it has been read.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    fn add(&self, note: Note) {
        // A child gives a few for each column. One that gives more is not listened to.
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() < 200_000 {
            notes.push(note);
        }
    }

    /// What was noticed so far.
    pub fn get(&self) -> Vec<Note> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The child's answer on its way.
pub(super) struct Answer {
    child: Child,
    output: BufReader<ChildStdout>,
    piece: Vec<u8>,
    used: usize,
    notes: Notes,
    in_sheet: bool,
    failure: Option<Failure>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lists the sheets of a workbook: name, and whether it is hidden.
///
/// # Errors
/// Where the child cannot be started, or `bytes` cannot be read.
pub(super) fn list(
    workbooks: &Workbooks,
    bytes: &mut dyn Read,
) -> Result<std::result::Result<Vec<(String, bool)>, Failure>> {
    let mut answer = Answer::ask(workbooks, &[], bytes)?;
    Ok(match wire::read(&mut answer.output) {
        Ok(Frame::Sheets(sheets)) => {
            Ok(sheets.into_iter().map(|Sheet { name, hidden }| (name, hidden)).collect())
        }
        Ok(Frame::Refused(refusal)) => Err(Failure::Refused(refusal)),
        Ok(_) | Err(_) => Err(Failure::Stopped),
    })
}

impl Answer {
    /// Starts a child and gives it the workbook.
    pub(super) fn ask(
        workbooks: &Workbooks,
        sheets: &[Wanted],
        bytes: &mut dyn Read,
    ) -> Result<Self> {
        let program = &workbooks.program;
        let failed = |error| Error::io("run", program, error);
        let mut child = Command::new(program)
            .arg(VERB)
            .args([workbooks.memory.to_string(), workbooks.seconds.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a failing child says could hold cells.
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(Error::internal("a child without pipes"));
        };
        let answer = Self {
            child,
            output: BufReader::with_capacity(256 << 10, output),
            piece: Vec::new(),
            used: 0,
            notes: Notes::default(),
            in_sheet: false,
            failure: None,
        };
        let request = Request { sheets: sheets.to_vec(), cells: workbooks.cells };
        let mut line = serde_json::to_vec(&request).map_err(Error::internal)?;
        line.push(b'\n');
        pour(&line, bytes, input)?;
        Ok(answer)
    }

    /// What is wrong with the workbook's own bytes; nothing is read then.
    pub(super) fn fail(&mut self, fault: Fault) {
        self.failure.get_or_insert(Failure::Fault(fault));
    }

    /// Goes on to a sheet, whose rows it then gives.
    pub(super) fn go_to(&mut self, number: u32) -> Notes {
        self.notes = Notes::default();
        self.piece.clear();
        self.used = 0;
        self.in_sheet = false;
        while self.failure.is_none() {
            match wire::read(&mut self.output) {
                Ok(Frame::Begin(begun)) if begun == number => {
                    self.in_sheet = true;
                    break;
                }
                Ok(Frame::Refused(refusal)) => self.failure = Some(Failure::Refused(refusal)),
                Ok(Frame::Done | Frame::Sheets(_)) | Err(_) => {
                    self.failure = Some(Failure::Stopped);
                }
                Ok(_) => {}
            }
        }
        self.notes.clone()
    }
}

impl Read for Answer {
    /// The rows of the sheet at hand. An error of kind `InvalidData` holds a [`Fault`].
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(failure) = self.failure {
                let fault = match failure {
                    Failure::Refused(refusal) => refusal.fault(),
                    Failure::Stopped => Fault::Stopped,
                    Failure::Fault(fault) => fault,
                };
                return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
            }
            let rest = self.piece.get(self.used..).unwrap_or_default();
            if !rest.is_empty() {
                let length = rest.len().min(buffer.len());
                for (to, from) in buffer.iter_mut().zip(rest) {
                    *to = *from;
                }
                self.used += length;
                return Ok(length);
            }
            if !self.in_sheet || buffer.is_empty() {
                return Ok(0);
            }
            match wire::read(&mut self.output) {
                Ok(Frame::Rows(piece)) => (self.piece, self.used) = (piece, 0),
                Ok(Frame::Note(note)) => self.notes.add(note),
                Ok(Frame::End) => self.in_sheet = false,
                Ok(Frame::Refused(refusal)) => self.failure = Some(Failure::Refused(refusal)),
                Ok(_) | Err(_) => self.failure = Some(Failure::Stopped),
            }
        }
    }
}

/// Gives all bytes to the child. One that has gone, or does not want more, will answer for itself.
fn pour(first: &[u8], bytes: &mut dyn Read, mut input: impl Write) -> Result<()> {
    if input.write_all(first).is_err() {
        return Ok(());
    }
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = match bytes.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(super::MemberReader::error("the workbook", error)),
        };
        if input.write_all(buffer.get(..read).unwrap_or_default()).is_err() {
            return Ok(());
        }
    }
}
