//! The bytes of one entry, as they come out.

use crate::archive::bytes::Bytes;
use crate::archive::read::Entry;
use crate::error::Error;
use flate2::{Decompress, FlushDecompress, Status};
use std::fmt;
use std::io::{self, Read};

/// How much of an entry is read at a time.
const PIECE: usize = 64 * 1024;

/// What is wrong with the bytes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// They are no deflate data.
    Data,
    /// The deflate data ends before its end, or bytes follow it.
    Packed,
    /// They are not as many as the headers state.
    Size,
    /// Their CRC-32 is not the one that the headers state.
    Crc,
    /// They are also those of another entry.
    Overlap,
    /// The entry's method is none that is read here, or it is encrypted.
    Method,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "the compressed data is damaged",
            Self::Packed => "the compressed data does not end where it should",
            Self::Size => "the size is not as stated",
            Self::Crc => "the CRC-32 is not as stated",
            Self::Overlap => "the bytes are also those of another entry",
            Self::Method => "the method of compression is not supported",
        })
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// The fault that an error of [`EntryReader`] carries; `None` where the system failed.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

/// Reads an entry's bytes from first to last and checks size and CRC-32 at the end.
///
/// An error that says something of the data is of kind `InvalidData` and holds a [`Fault`]; errors
/// of the system hold an [`Error`].
pub struct EntryReader<'a> {
    bytes: &'a Bytes,
    at: u64,
    left: u64,
    inflate: Option<Box<Decompress>>,
    input: Vec<u8>,
    used: usize,
    size: u64,
    crc32: u32,
    given: u64,
    hasher: crc32fast::Hasher,
    ended: bool,
}

impl<'a> EntryReader<'a> {
    pub(super) fn new(bytes: &'a Bytes, entry: &Entry) -> Result<Self, Fault> {
        if entry.overlapping {
            return Err(Fault::Overlap);
        }
        let inflate = match (entry.method, entry.encrypted) {
            (0, false) => None,
            (8, false) => Some(Box::new(Decompress::new(false))),
            _ => return Err(Fault::Method),
        };
        Ok(Self {
            bytes,
            at: entry.data_offset,
            left: entry.packed,
            inflate,
            input: Vec::new(),
            used: 0,
            size: entry.size,
            crc32: entry.crc32,
            given: 0,
            hasher: crc32fast::Hasher::new(),
            ended: false,
        })
    }

    /// Reads the next piece of the entry's kept bytes.
    fn refill(&mut self) -> io::Result<()> {
        let length = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        self.input.resize(length, 0);
        self.bytes.fill(self.at, &mut self.input).map_err(system)?;
        self.used = 0;
        self.at += length as u64;
        self.left -= length as u64;
        Ok(())
    }

    /// The next bytes, before they are counted; 0 at the end.
    fn next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.used == self.input.len() && self.left > 0 {
                self.refill()?;
            }
            let input = self.input.get(self.used..).unwrap_or_default();
            let Some(inflate) = &mut self.inflate else {
                let length = input.len().min(buffer.len());
                for (to, from) in buffer.iter_mut().zip(input) {
                    *to = *from;
                }
                self.used += length;
                return Ok(length);
            };
            let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(|_| data(Fault::Data))?;
            let taken = inflate.total_in() - before_in;
            let given = inflate.total_out() - before_out;
            self.used += usize::try_from(taken).unwrap_or(usize::MAX);
            if given > 0 {
                self.ended |= status == Status::StreamEnd;
                return Ok(usize::try_from(given).unwrap_or(usize::MAX));
            }
            if status == Status::StreamEnd || self.ended {
                self.ended = true;
                let rest = self.used < self.input.len() || self.left > 0;
                return if rest { Err(data(Fault::Packed)) } else { Ok(0) };
            }
            if taken == 0 && self.left == 0 {
                return Err(data(Fault::Packed));
            }
        }
    }
}

impl Read for EntryReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.next(buffer)?;
        if count == 0 {
            if self.given != self.size {
                return Err(data(Fault::Size));
            }
            if self.hasher.clone().finalize() != self.crc32 {
                return Err(data(Fault::Crc));
            }
            return Ok(0);
        }
        self.given += count as u64;
        if self.given > self.size {
            return Err(data(Fault::Size));
        }
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

fn data(fault: Fault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}

fn system(error: Error) -> io::Error {
    io::Error::other(error)
}
