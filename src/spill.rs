//! Fixed-size key records, partitioned, in memory as far as allowed and in a private file beyond.
//!
//! Joins across files (duplicate keys, references) need every key of the extract at once, which may
//! be many times what fits into memory. Each worker puts its records into one of [`PARTITIONS`]
//! partitions by their hash; equal hashes meet in the same partition, so partitions are joined one
//! by one. Where a store outgrows its budget it writes what it holds to a temporary file that has no
//! name (or is deleted on close), and begins again.
//!
//! **Invariant:** nothing but keyed hashes and positions is written to disk. The key of the hash
//! lives in memory only, so the file tells nothing about any patient.

pub mod sorted;

use crate::error::{Error, Result};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// Number of partitions: 256, by the first byte of the hash.
pub const PARTITIONS: usize = 256;

/// One key at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Keyed hash of the key's typed values.
    pub hash: u128,
    /// Which relation it belongs to; the owner of the store gives the numbers.
    pub relation: u16,
    /// Ordinal of the block.
    pub block: u32,
    /// Place within the block.
    pub at: At,
}

/// Place of a record within its block: counts from 0, packed into 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(u64);

impl At {
    /// Packs number of the record, lines and bytes before it. A block holds less than 2^20 of each
    /// wherever it holds more than one record.
    pub fn new(record: usize, lines: usize, bytes: usize) -> Self {
        const MASK: u64 = (1 << 20) - 1;
        Self((record as u64 & MASK) << 40 | (lines as u64 & MASK) << 20 | (bytes as u64 & MASK))
    }

    /// As one number, in the same order.
    pub fn packed(self) -> u64 {
        self.0
    }

    /// From what [`At::packed`] gave.
    pub fn unpacked(packed: u64) -> Self {
        Self(packed)
    }

    /// Number of the record, lines and bytes before it.
    pub fn parts(self) -> (u64, u64, u64) {
        const MASK: u64 = (1 << 20) - 1;
        (self.0 >> 40, self.0 >> 20 & MASK, self.0 & MASK)
    }
}

/// Bytes of a record on disk.
const SIZE: usize = 32;

impl Record {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash.to_le_bytes());
        out.extend_from_slice(&self.at.0.to_le_bytes());
        out.extend_from_slice(&self.block.to_le_bytes());
        out.extend_from_slice(&u32::from(self.relation).to_le_bytes());
    }

    fn read(bytes: &[u8; SIZE]) -> Self {
        let (hash, rest) = bytes.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let (at, rest) = rest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let (block, rest) = rest.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let relation = rest.first_chunk::<2>().unwrap_or(&[0; 2]);
        Self {
            hash: u128::from_le_bytes(*hash),
            at: At(u64::from_le_bytes(*at)),
            block: u32::from_le_bytes(*block),
            relation: u16::from_le_bytes(*relation),
        }
    }

    fn partition(&self) -> usize {
        (self.hash >> 120) as usize
    }
}

/// Records in a piece of memory, at most: pieces stay where they are, while one that grew would be
/// copied again and again, each time into pages that are fresh. The first pieces of a partition are
/// smaller.
const PIECE: usize = 256;

/// The records of a partition that are in memory.
#[derive(Debug, Default)]
struct Held {
    full: Vec<Vec<Record>>,
    open: Vec<Record>,
}

impl Held {
    fn len(&self) -> usize {
        self.full.iter().map(Vec::len).sum::<usize>() + self.open.len()
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        self.full.iter().flatten().chain(&self.open)
    }
}

/// One worker's records.
#[derive(Debug)]
pub struct Store {
    partitions: Vec<Held>,
    held: usize,
    budget: usize,
    folder: PathBuf,
    file: Option<File>,
    written: u64,
    /// For each partition: (offset in the file, number of records).
    chunks: Vec<Vec<(u64, usize)>>,
}

impl Store {
    /// A store that holds about `budget` bytes in memory and writes what is beyond into `folder`.
    pub fn new(budget: usize, folder: PathBuf) -> Self {
        Self {
            partitions: std::iter::repeat_with(Held::default).take(PARTITIONS).collect(),
            held: 0,
            budget,
            folder,
            file: None,
            written: 0,
            chunks: vec![Vec::new(); PARTITIONS],
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// Where the temporary file cannot be made or written.
    // Inlined, a record is made where it stays, and its hash not stored twice.
    #[inline(always)]
    pub fn push(&mut self, record: Record) -> Result<()> {
        let number = record.partition();
        let open = &self.partitions[number].open;
        if open.len() == open.capacity() {
            self.make_room(number)?;
        }
        self.partitions[number].open.push(record);
        Ok(())
    }

    /// Makes room in a partition, for which the others may be written.
    #[cold]
    fn make_room(&mut self, number: usize) -> Result<()> {
        let more = (self.partitions[number].open.capacity() * 2).clamp(4, PIECE);
        if self.held + more * size_of::<Record>() > self.budget {
            self.flush()?;
        }
        let partition = &mut self.partitions[number];
        let full = std::mem::replace(&mut partition.open, Vec::with_capacity(more));
        if !full.is_empty() {
            partition.full.push(full);
        }
        self.held += more * size_of::<Record>();
        Ok(())
    }

    /// Writes all that is held to the file; afterwards the store holds nothing in memory.
    fn flush(&mut self) -> Result<()> {
        let failed = |folder: &PathBuf, error| {
            Error::io("write temporary data to", folder, error).with_hint(
                "give a folder with more room with --temp-dir, or more memory with --memory",
            )
        };
        let folder = &self.folder;
        let file = match &mut self.file {
            Some(file) => file,
            None => self
                .file
                .insert(tempfile::tempfile_in(folder).map_err(|error| failed(folder, error))?),
        };
        let mut bytes = Vec::new();
        for (partition, chunks) in self.partitions.iter_mut().zip(&mut self.chunks) {
            let held = std::mem::take(partition);
            bytes.clear();
            held.records().for_each(|record| record.write(&mut bytes));
            if bytes.is_empty() {
                continue;
            }
            file.write_all(&bytes).map_err(|error| failed(folder, error))?;
            chunks.push((self.written, held.len()));
            self.written += bytes.len() as u64;
        }
        self.held = 0;
        Ok(())
    }

    /// How many records a partition has.
    pub fn count(&self, partition: usize) -> usize {
        let written: usize = self.chunks[partition].iter().map(|&(_, count)| count).sum();
        written + self.partitions[partition].len()
    }

    /// Hands every record of a partition to `visit`, in no particular order.
    ///
    /// # Errors
    /// Where the temporary file cannot be read.
    pub fn visit(&self, partition: usize, mut visit: impl FnMut(&Record)) -> Result<()> {
        const AT_ONCE: usize = 2048;
        self.partitions[partition].records().for_each(&mut visit);
        let Some(file) = &self.file else { return Ok(()) };
        let failed = |error| Error::io("read temporary data from", &self.folder, error);
        let mut bytes = vec![0; SIZE * AT_ONCE];
        for &(offset, count) in &self.chunks[partition] {
            let mut done = 0;
            while done < count {
                let now = AT_ONCE.min(count - done);
                let part = &mut bytes[..now * SIZE];
                read_at(file, offset + (done * SIZE) as u64, part).map_err(failed)?;
                for record in part.as_chunks::<SIZE>().0 {
                    visit(&Record::read(record));
                }
                done += now;
            }
        }
        Ok(())
    }
}

/// Reads without moving a position that other threads share.
#[cfg(unix)]
fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Reads without relying on a position that other threads share.
#[cfg(windows)]
fn read_at(file: &File, mut offset: u64, mut bytes: &mut [u8]) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt;
    while !bytes.is_empty() {
        let read = file.seek_read(bytes, offset)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        offset += read as u64;
        bytes = &mut bytes[read..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_from_memory_and_disk() {
        for budget in [0, 1 << 10, 100 << 10, 1 << 30] {
            let mut store = Store::new(budget, std::env::temp_dir());
            let record = |n: u64| Record {
                hash: u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
                relation: (n % 7) as u16,
                block: n as u32,
                at: At::new(n as usize, 3, 4),
            };
            for n in 0..10_000 {
                store.push(record(n)).unwrap();
            }
            assert_eq!(store.file.is_some(), budget < 1 << 20);
            let mut seen = Vec::new();
            for partition in 0..PARTITIONS {
                let before = seen.len();
                store.visit(partition, |record| seen.push(*record)).unwrap();
                assert_eq!(seen.len() - before, store.count(partition));
            }
            seen.sort_by_key(|record| record.block);
            assert_eq!(seen, (0..10_000).map(record).collect::<Vec<_>>());
        }
    }

    #[test]
    fn places_within_a_block_are_packed() {
        assert_eq!(At::new(5, 6, 262_143).parts(), (5, 6, 262_143));
        assert!(At::new(1, 900, 900) < At::new(2, 0, 0));
    }
}
