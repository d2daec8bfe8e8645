//! Bytes that are read by position, so that several threads can read one file.

use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Something that can be read at any position without a cursor.
pub trait ReadAt: Send + Sync {
    /// Reads bytes at `offset` into `buffer` and says how many; 0 only at the end.
    ///
    /// # Errors
    /// Those of the operating system.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

#[cfg(unix)]
impl ReadAt for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }
}

#[cfg(windows)]
impl ReadAt for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(length)
    }
}

/// The bytes of an archive, with its path for errors.
pub struct Bytes {
    source: Box<dyn ReadAt>,
    length: u64,
    path: PathBuf,
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({}, {} bytes)", self.path.display(), self.length)
    }
}

impl Bytes {
    /// The bytes of a file, as many as it has now.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::io("open", path, source);
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        Ok(Self { source: Box::new(file), length, path: path.to_owned() })
    }

    /// Bytes in memory, named `path` in errors.
    pub fn from_vec(bytes: Vec<u8>, path: impl Into<PathBuf>) -> Self {
        Self { length: bytes.len() as u64, source: Box::new(bytes), path: path.into() }
    }

    /// How many there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where they come from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// Reading fails; of kind `Changed` where there are fewer bytes than when it was opened. The
    /// caller asks for no bytes beyond [`Bytes::length`].
    pub fn fill(&self, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            match self.source.read_at(offset, buffer) {
                Ok(0) => {
                    let message =
                        format!("{} became shorter while it was read", self.path.display());
                    return Err(Error::new(ErrorKind::Changed, message).with_path(&self.path));
                }
                Ok(count) => {
                    offset = offset.saturating_add(count as u64);
                    buffer = buffer.get_mut(count..).unwrap_or_default();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", &self.path, error)),
            }
        }
        Ok(())
    }

    /// The bytes from `from` to `to`, or those of them that exist.
    ///
    /// # Errors
    /// As [`Bytes::fill`].
    pub fn range(&self, from: u64, to: u64) -> Result<Vec<u8>> {
        let to = to.min(self.length);
        let length = usize::try_from(to.saturating_sub(from)).map_err(Error::internal)?;
        let mut buffer = vec![0; length];
        self.fill(from, &mut buffer)?;
        Ok(buffer)
    }
}

/// Reads a part of the bytes from its beginning to its end.
pub struct Span<'a> {
    bytes: &'a Bytes,
    at: u64,
    end: u64,
    length: u64,
}

impl Bytes {
    /// The `length` bytes from `at` on. Where there are fewer, reading ends with a
    /// [`Fault::Cut`](crate::archive::read::Fault).
    pub fn span(&self, at: u64, length: u64) -> Span<'_> {
        let end = at.saturating_add(length);
        Span { bytes: self, at, end, length: self.length }
    }
}

impl Span<'_> {
    /// Passes over `count` bytes, or those of them that there are, and says how many.
    pub fn advance(&mut self, count: u64) -> u64 {
        let there = self.end.min(self.length).saturating_sub(self.at).min(count);
        self.at += there;
        there
    }
}

impl io::Read for Span<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let there = self.end.min(self.length).saturating_sub(self.at);
        let most = usize::try_from(there).unwrap_or(usize::MAX).min(buffer.len());
        let room = buffer.get_mut(..most).unwrap_or_default();
        if room.is_empty() {
            let cut = self.at < self.end && !buffer.is_empty();
            let fault = crate::archive::entry::Fault::Cut;
            return if cut {
                Err(io::Error::new(io::ErrorKind::InvalidData, fault))
            } else {
                Ok(0)
            };
        }
        self.bytes.fill(self.at, room).map_err(io::Error::other)?;
        self.at += most as u64;
        Ok(most)
    }
}

/// Reads small pieces that mostly follow one another without asking the system for each.
pub(super) struct Window<'a> {
    bytes: &'a Bytes,
    start: u64,
    buffer: Vec<u8>,
}

impl<'a> Window<'a> {
    pub(super) fn new(bytes: &'a Bytes) -> Self {
        Self { bytes, start: 0, buffer: Vec::new() }
    }

    /// The `length` bytes at `offset`; `None` where the file ends before. `length` is small.
    pub(super) fn get(&mut self, offset: u64, length: usize) -> Result<Option<&[u8]>> {
        let Some(end) = offset.checked_add(length as u64).filter(|end| *end <= self.bytes.length())
        else {
            return Ok(None);
        };
        if offset < self.start || end > self.start + self.buffer.len() as u64 {
            let size = length.max(16 * 1024) as u64;
            self.buffer = self.bytes.range(offset, offset.saturating_add(size))?;
            self.start = offset;
        }
        let at = usize::try_from(offset - self.start).map_err(Error::internal)?;
        Ok(self.buffer.get(at..at.saturating_add(length)))
    }
}
