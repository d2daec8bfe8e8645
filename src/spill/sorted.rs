//! Records of a fixed number of bytes that are wanted in order: partitioned by their first byte, in
//! memory as far as allowed and in a private file beyond, and sorted partition by partition.
//!
//! **Invariant:** as of [`super`]: keyed hashes, positions and dates only.

use super::{PARTITIONS, read_at};
use crate::error::{Error, Result};
use std::cmp::Ordering;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// One worker's records of `N` bytes, which begin with a hash.
#[derive(Debug)]
pub struct Sorted<const N: usize> {
    partitions: Vec<Vec<[u8; N]>>,
    held: usize,
    budget: usize,
    folder: PathBuf,
    file: Option<File>,
    written: u64,
    /// For each partition: (offset in the file, number of records).
    chunks: Vec<Vec<(u64, usize)>>,
    count: u64,
}

impl<const N: usize> Sorted<N> {
    /// A store that holds about `budget` bytes in memory and writes what is beyond into `folder`.
    pub fn new(budget: usize, folder: PathBuf) -> Self {
        Self {
            partitions: vec![Vec::new(); PARTITIONS],
            held: 0,
            budget,
            folder,
            file: None,
            written: 0,
            chunks: vec![Vec::new(); PARTITIONS],
            count: 0,
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// Where the temporary file cannot be made or written.
    pub fn push(&mut self, record: [u8; N]) -> Result<()> {
        let number = record.first().copied().map_or(0, usize::from);
        self.count += 1;
        let partition = &mut self.partitions[number];
        if partition.len() == partition.capacity() {
            let more = (partition.capacity() / 2).max(16);
            if self.held + more * N > self.budget && self.held > 0 {
                self.flush()?;
            }
            let partition = &mut self.partitions[number];
            partition.reserve_exact(more);
            self.held += more * N;
        }
        self.partitions[number].push(record);
        Ok(())
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

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
        for (partition, chunks) in self.partitions.iter_mut().zip(&mut self.chunks) {
            if partition.is_empty() {
                continue;
            }
            let bytes = partition.as_flattened();
            file.write_all(bytes).map_err(|error| failed(folder, error))?;
            chunks.push((self.written, partition.len()));
            self.written += bytes.len() as u64;
            *partition = Vec::new();
        }
        self.held = 0;
        Ok(())
    }

    /// How many records a partition has.
    pub fn count(&self, partition: usize) -> usize {
        let written: usize = self.chunks[partition].iter().map(|&(_, count)| count).sum();
        written + self.partitions[partition].len()
    }

    /// Appends every record of a partition, in no particular order.
    ///
    /// # Errors
    /// Where the temporary file cannot be read.
    fn append(&self, partition: usize, out: &mut Vec<[u8; N]>) -> Result<()> {
        out.extend_from_slice(&self.partitions[partition]);
        let Some(file) = &self.file else { return Ok(()) };
        for &(offset, count) in &self.chunks[partition] {
            let from = out.len();
            out.resize(from + count, [0; N]);
            let bytes = out[from..].as_flattened_mut();
            read_at(file, offset, bytes)
                .map_err(|error| Error::io("read temporary data from", &self.folder, error))?;
        }
        Ok(())
    }
}

/// All records of a partition of several stores, sorted by their bytes.
///
/// # Errors
/// Where a temporary file cannot be read.
pub fn partition<const N: usize>(stores: &[Sorted<N>], number: usize) -> Result<Vec<[u8; N]>> {
    let mut records = unsorted(stores, number)?;
    records.sort_unstable_by(compare);
    Ok(records)
}

/// All records of a partition of several stores, in no particular order.
///
/// # Errors
/// Where a temporary file cannot be read.
pub fn unsorted<const N: usize>(stores: &[Sorted<N>], number: usize) -> Result<Vec<[u8; N]>> {
    let count = stores.iter().map(|store| store.count(number)).sum();
    let mut records = Vec::with_capacity(count);
    stores.iter().try_for_each(|store| store.append(number, &mut records))?;
    Ok(records)
}

/// The order of bytes, compared sixteen at a time: a call that compares any number of bytes takes
/// longer.
#[inline]
fn compare<const N: usize>(one: &[u8; N], other: &[u8; N]) -> Ordering {
    let ((one, rest), (other, others)) = (one.as_chunks::<16>(), other.as_chunks::<16>());
    for (a, b) in one.iter().zip(other) {
        match u128::from_be_bytes(*a).cmp(&u128::from_be_bytes(*b)) {
            Ordering::Equal => {}
            found => return found,
        }
    }
    rest.cmp(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_sorted_from_memory_and_disk() {
        for budget in [0, 1 << 10, 1 << 30] {
            let mut stores = vec![
                Sorted::<12>::new(budget, std::env::temp_dir()),
                Sorted::<12>::new(budget, std::env::temp_dir()),
            ];
            let mut all = Vec::new();
            for n in 0..5000_u64 {
                let mut record = [0; 12];
                record[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
                record[8..].copy_from_slice(&(n as u32).to_be_bytes());
                stores[n as usize % 2].push(record).unwrap();
                all.push(record);
            }
            all.sort_unstable();
            let mut seen = Vec::new();
            for number in 0..PARTITIONS {
                seen.extend(partition(&stores, number).unwrap());
            }
            assert_eq!(seen, all);
            assert_eq!(stores.iter().map(Sorted::len).sum::<u64>(), 5000);
        }
    }
}
