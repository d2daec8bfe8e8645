//! Writes canonical archives: entries one after another, then the directory.
//!
//! Sizes and CRC are written back into the local header once they are known, so no data descriptor
//! is needed, which some readers refuse. Nothing is aligned or padded, and no field is there that is
//! not needed; docs/format.md has the rules.

use crate::archive::header::{self, DosTime};
use crate::error::{Error, Result};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

pub use crate::archive::header::Method;

/// The comment of an archive that promises the canonical form.
pub const COMMENT: &str = "handover-package/1";

/// Writes one archive. The output must be at its beginning, and empty.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    path: PathBuf,
    offset: u64,
    time: DosTime,
    directory: Vec<u8>,
    entries: u64,
    open: Option<Open>,
}

/// The entry that is being written.
#[derive(Debug)]
struct Open {
    name: String,
    method: Method,
    offset: u64,
    data: u64,
    packed: u64,
    stated: u64,
}

impl Open {
    fn header(&self, time: DosTime, crc32: u32, size: u64) -> header::Entry<'_> {
        header::Entry {
            name: &self.name,
            method: self.method,
            time,
            crc32,
            size,
            packed: self.packed,
            offset: self.offset,
        }
    }
}

/// Where an entry came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Offset of the first byte of its data.
    pub data_offset: u64,
    /// How many bytes of data there are.
    pub packed: u64,
}

impl<W: Write + Seek> Writer<W> {
    /// A writer whose entries all bear the time `seconds` after 1970-01-01T00:00:00Z; `path` names
    /// the output in errors.
    pub fn new(output: W, path: impl Into<PathBuf>, seconds: i64) -> Self {
        Self {
            output,
            path: path.into(),
            offset: 0,
            time: DosTime::from_unix(seconds),
            directory: Vec::new(),
            entries: 0,
            open: None,
        }
    }

    /// Begins a deflated entry, whose sizes need not be known.
    ///
    /// # Errors
    /// Writing fails; or, of kind `Internal`, an entry is open or the name too long.
    pub fn begin(&mut self, name: &str) -> Result<()> {
        self.start(name, Method::Deflated, 0)
    }

    /// Begins a stored entry of `size` bytes.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn begin_stored(&mut self, name: &str, size: u64) -> Result<()> {
        self.start(name, Method::Stored, size)
    }

    /// Writes a whole stored entry.
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn store(&mut self, name: &str, bytes: &[u8]) -> Result<Written> {
        self.begin_stored(name, bytes.len() as u64)?;
        self.write(bytes)?;
        self.end(crc32fast::hash(bytes), bytes.len() as u64)
    }

    fn start(&mut self, name: &str, method: Method, stated: u64) -> Result<()> {
        if self.open.is_some() {
            return Err(Error::internal("an entry is begun inside another"));
        }
        if name.is_empty() || name.len() > usize::from(u16::MAX) {
            return Err(Error::internal("an entry's name is empty or too long"));
        }
        let mut open =
            Open { name: name.to_owned(), method, offset: self.offset, data: 0, packed: 0, stated };
        let mut bytes = Vec::new();
        open.header(self.time, 0, stated).local(&mut bytes);
        open.data = self.offset + bytes.len() as u64;
        self.put(&bytes)?;
        self.open = Some(open);
        Ok(())
    }

    /// Appends to the data of the open entry: deflated bytes where it is deflated.
    ///
    /// # Errors
    /// Writing fails; or, of kind `Internal`, no entry is open.
    pub fn write(&mut self, packed: &[u8]) -> Result<()> {
        let Some(open) = &mut self.open else {
            return Err(Error::internal("bytes are written outside an entry"));
        };
        open.packed += packed.len() as u64;
        self.put(packed)
    }

    /// Ends the open entry: `crc32` and `size` are those of the bytes before compression.
    ///
    /// # Errors
    /// Writing fails; or, of kind `Internal`, no entry is open or a stored one has another size than
    /// was stated.
    pub fn end(&mut self, crc32: u32, size: u64) -> Result<Written> {
        let Some(open) = self.open.take() else {
            return Err(Error::internal("an entry is ended that was not begun"));
        };
        if open.method == Method::Stored && (open.stated != size || open.packed != size) {
            return Err(Error::internal("a stored entry has another size than was stated"));
        }
        let entry = open.header(self.time, crc32, size);
        let mut bytes = Vec::new();
        entry.local(&mut bytes);
        entry.central(&mut self.directory);
        self.entries += 1;
        self.put_at(open.offset, &bytes).map_err(|source| self.failed(source))?;
        Ok(Written { data_offset: open.data, packed: open.packed })
    }

    /// Writes the directory and the end record, flushes, and gives the output back.
    ///
    /// # Errors
    /// Writing fails; or, of kind `Internal`, an entry is open or the comment longer than 65,535
    /// bytes.
    pub fn finish(mut self, comment: &str) -> Result<W> {
        if self.open.is_some() {
            return Err(Error::internal("the archive is finished inside an entry"));
        }
        if comment.len() > usize::from(u16::MAX) {
            return Err(Error::internal("the archive's comment is too long"));
        }
        let mut directory = std::mem::take(&mut self.directory);
        let size = directory.len() as u64;
        header::end(&mut directory, self.entries, size, self.offset, comment.as_bytes());
        self.put(&directory)?;
        self.output.flush().map_err(|source| self.failed(source))?;
        Ok(self.output)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).map_err(|source| self.failed(source))?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Writes over what stands at `offset`, and goes back to the end.
    fn put_at(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.output.seek(SeekFrom::Start(offset))?;
        self.output.write_all(bytes)?;
        self.output.seek(SeekFrom::Start(self.offset))?;
        Ok(())
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::io("write", &self.path, source)
    }
}
