//! Files of a package that may be larger than memory: written to a private temporary file, with
//! their digests, until their place in the package is reached.

use crate::digest::{Algorithm, Digest, Hashers};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file while it is written.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    folder: PathBuf,
    hashers: Hashers,
    crc32: crc32fast::Hasher,
    length: u64,
}

/// A file that was written.
#[derive(Debug)]
pub struct Spooled {
    file: File,
    folder: PathBuf,
    /// Its digests.
    pub digests: Vec<Digest>,
    /// Its CRC-32.
    pub crc32: u32,
    /// Its bytes.
    pub length: u64,
}

impl Spool {
    /// Begins a file in `folder`.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn new(folder: &Path, algorithms: &[Algorithm]) -> Result<Self> {
        let file = tempfile::tempfile_in(folder)
            .map_err(|error| Error::io("write temporary data to", folder, error))?;
        Ok(Self {
            file: BufWriter::with_capacity(256 << 10, file),
            folder: folder.to_owned(),
            hashers: Hashers::new(algorithms.iter().copied()),
            crc32: crc32fast::Hasher::new(),
            length: 0,
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hashers.update(bytes);
        self.crc32.update(bytes);
        self.length += bytes.len() as u64;
        self.file.write_all(bytes).map_err(|error| {
            Error::io("write temporary data to", &self.folder, error)
                .with_hint("give a folder with more room with --temp-dir")
        })
    }

    /// How many bytes there are so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self) -> Result<Spooled> {
        let Self { file, folder, hashers, crc32, length } = self;
        let file = file
            .into_inner()
            .map_err(|error| Error::io("write temporary data to", &folder, error.into_error()))?;
        let (digests, crc32) = (hashers.finish(), crc32.finalize());
        Ok(Spooled { file, folder, digests, crc32, length })
    }
}

impl Spooled {
    /// Hands all bytes to `each`, in pieces.
    ///
    /// # Errors
    /// Where reading fails, or `each` does.
    pub fn stream(&self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let failed = |error| Error::io("read temporary data from", &self.folder, error);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut buffer = vec![0; 256 << 10];
        let mut left = self.length;
        while left > 0 {
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let piece = buffer.get_mut(..now).unwrap_or_default();
            file.read_exact(piece).map_err(failed)?;
            each(piece)?;
            left -= now as u64;
        }
        Ok(())
    }

    /// Bytes from `at` on.
    ///
    /// # Errors
    /// Where there are not so many, or reading fails.
    pub fn read(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let failed = |error| Error::io("read temporary data from", &self.folder, error);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at)).map_err(failed)?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}
