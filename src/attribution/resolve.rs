//! The joins after the read: from keys to patients, level by level.

use super::KeyHash;
use super::birth::{self, Early};
use super::gather::{
    Conflict, Counts, Gatherer, IS_ROW, KEY, NOTHING, PATH, PLACE, Patient, ROW, STEP, record,
};
use crate::error::{Error, Result};
use crate::proof::list::{Day, Entry};
use crate::spill::PARTITIONS;
use crate::spill::sorted::{self, Sorted};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Whose all rows are.
#[derive(Debug)]
pub struct Attributed {
    /// The patients, in the order of their hashes; rows of one patient are one, in place order.
    pub patients: Vec<Vec<Patient>>,
    /// Rows by file.
    pub counts: BTreeMap<u32, Counts>,
    /// Rows whose ways disagree, by file.
    pub conflicts: BTreeMap<u32, Conflict>,
    /// Dates before the patient's birth.
    pub early: Early,
    rows: Vec<Sorted<ROW>>,
    references: Vec<Sorted<PLACE>>,
    steps: Vec<Sorted<STEP>>,
}

/// A row of some patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The patient.
    pub patient: KeyHash,
    /// Its file.
    pub file: u32,
    /// Its dates and number.
    pub entry: Entry,
}

/// Joins what the workers gathered.
///
/// # Errors
/// Where temporary files cannot be read or written.
pub fn resolve(
    shares: Vec<Gatherer>,
    (memory, jobs, folder): (usize, usize, &Path),
) -> Result<Attributed> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.max(1))
        .build()
        .map_err(|error| Error::internal(format!("cannot start threads: {error}")))?;
    let mut out = Attributed {
        patients: Vec::new(),
        counts: BTreeMap::new(),
        conflicts: BTreeMap::new(),
        early: Early::new(),
        rows: Vec::new(),
        references: Vec::new(),
        steps: Vec::new(),
    };
    let whole = shares.iter().any(|share| share.whole);
    let (mut patients, mut keys, mut dates) = (Vec::new(), Vec::new(), Vec::new());
    let mut paths: Vec<Vec<Sorted<PATH>>> = Vec::new();
    for share in shares {
        out.rows.push(share.rows);
        out.references.push(share.references);
        out.steps.push(share.steps);
        dates.extend(share.dates);
        keys.push(share.keys);
        patients.extend(share.patients);
        share
            .conflicts
            .into_iter()
            .for_each(|(file, found)| out.conflicts.entry(file).or_default().merge(found));
        for (file, counts) in share.counts {
            let sum = out
                .counts
                .entry(file)
                .or_insert(Counts { resource: counts.resource, ..Counts::default() });
            sum.reference += counts.reference;
            sum.unattributable += counts.unattributable;
        }
        for (level, store) in share.paths.into_iter().enumerate() {
            if paths.len() <= level {
                paths.push(Vec::new());
            }
            if let Some(paths) = paths.get_mut(level) {
                paths.push(store);
            }
        }
    }
    patients.sort_unstable();
    for patient in patients {
        match out.patients.last_mut() {
            Some(rows) if rows.last().is_some_and(|last: &Patient| last.hash == patient.hash) => {
                rows.push(patient);
            }
            _ => out.patients.push(vec![patient]),
        }
    }
    let share = memory / 4;
    for level in paths {
        if level.iter().all(Sorted::is_empty) {
            continue;
        }
        let joined = Joined {
            rows: Sorted::new(share, folder.to_owned()),
            keys: Sorted::new(share, folder.to_owned()),
            steps: Sorted::new(share, folder.to_owned()),
            whole,
            lost: BTreeMap::new(),
            conflicts: BTreeMap::new(),
        };
        let joined = Mutex::new(joined);
        pool.install(|| {
            (0..PARTITIONS)
                .into_par_iter()
                .try_for_each(|number| join(&keys, &level, number, &joined))
        })?;
        let joined = joined.into_inner().unwrap_or_else(PoisonError::into_inner);
        out.rows.push(joined.rows);
        keys.push(joined.keys);
        out.steps.push(joined.steps);
        joined
            .conflicts
            .into_iter()
            .for_each(|(file, found)| out.conflicts.entry(file).or_default().merge(found));
        for (file, count) in joined.lost {
            out.counts.entry(file).or_default().unattributable += count;
        }
    }
    if !dates.is_empty() {
        let folder = folder.to_owned();
        out.early = pool.install(|| birth::early(dates, &keys, (memory, folder)))?;
    }
    Ok(out)
}

/// What a level's join gives.
struct Joined {
    rows: Sorted<ROW>,
    keys: Sorted<KEY>,
    steps: Sorted<STEP>,
    /// Whether all rows are wanted.
    whole: bool,
    lost: BTreeMap<u32, u64>,
    conflicts: BTreeMap<u32, Conflict>,
}

/// Joins one partition of one level: both sides are sorted by key, and gone through side by side.
fn join(
    keys: &[Sorted<KEY>],
    paths: &[Sorted<PATH>],
    number: usize,
    joined: &Mutex<Joined>,
) -> Result<()> {
    let paths = sorted::partition(paths, number)?;
    if paths.is_empty() {
        return Ok(());
    }
    let keys = sorted::partition(keys, number)?;
    let mut keys = keys.as_slice();
    let mut rows = Vec::new();
    let mut found_keys = Vec::new();
    let (mut lost, mut conflicts) = (BTreeMap::<u32, u64>::new(), BTreeMap::<u32, Conflict>::new());
    let mut last: Option<(KeyHash, Option<KeyHash>)> = None;
    for path in &paths {
        let (to, rest) = head(path);
        let (claimed, rest) = head(rest);
        let (own, rest) = head(rest);
        let (row, flags) = rest.split_at(ROW - 16);
        let patient = match last {
            Some((key, patient)) if key == to => patient,
            _ => {
                let before = keys.partition_point(|key| head(key).0 < to);
                keys = keys.get(before..).unwrap_or_default();
                let same = keys.iter().take_while(|key| head(key.as_slice()).0 == to);
                let mut patients = same.map(|key| head(head(key).1).0);
                let first = patients.next();
                // A key that stands for rows of two patients leads to neither.
                first.filter(|first| patients.all(|other| other == *first))
            }
        };
        last = Some((to, patient));
        let file = row.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        let row_number = row.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let is_row = flags.first() == Some(&IS_ROW);
        if claimed != NOTHING {
            if patient.is_some_and(|patient| patient != claimed) {
                conflicts.entry(file).or_default().add(row_number);
            }
            continue;
        }
        match patient {
            None if is_row => *lost.entry(file).or_default() += 1,
            None => {}
            Some(patient) => {
                if is_row {
                    rows.push(record::<ROW>(&[&patient, row]));
                }
                if own != NOTHING {
                    found_keys.push(record::<KEY>(&[&own, &patient]));
                }
            }
        }
    }
    let mut joined = joined.lock().unwrap_or_else(PoisonError::into_inner);
    let mut last = None;
    for row in &rows {
        let step: [u8; STEP] = record(&[row]);
        if last != Some(step) {
            joined.steps.push(step)?;
        }
        last = Some(step);
    }
    if joined.whole {
        rows.into_iter().try_for_each(|row| joined.rows.push(row))?;
    }
    found_keys.into_iter().try_for_each(|key| joined.keys.push(key))?;
    for (file, count) in lost {
        *joined.lost.entry(file).or_default() += count;
    }
    conflicts
        .into_iter()
        .for_each(|(file, found)| joined.conflicts.entry(file).or_default().merge(found));
    Ok(())
}

/// Bits of a day's number, the last of which is of the year 9999; and of the number of a row: a file
/// of so many rows has petabytes.
const DAY_BITS: u32 = 22;
const ROW_BITS: u32 = 52;

/// A row but its patient, as one number whose order is that of the record's bytes.
fn packed(record: &[u8; ROW]) -> u128 {
    let word = |at: usize| {
        let bytes = record.get(at..).and_then(<[u8]>::first_chunk);
        u128::from(bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes)))
    };
    let row = record.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let (file, event, recorded) = (word(16), word(20), word(24));
    ((file << DAY_BITS | event) << DAY_BITS | recorded) << ROW_BITS | u128::from(row)
}

fn unpacked(patient: KeyHash, number: u128) -> Row {
    let bits = |from: u32, count: u32| (number >> from & ((1 << count) - 1)) as u64;
    let day = |from: u32| Day(bits(from, DAY_BITS) as u32);
    Row {
        patient,
        file: bits(ROW_BITS + 2 * DAY_BITS, u32::BITS) as u32,
        entry: Entry {
            event: day(ROW_BITS + DAY_BITS),
            recorded: day(ROW_BITS),
            row: bits(0, ROW_BITS),
        },
    }
}

/// The first 16 bytes and the rest.
fn head(bytes: &[u8]) -> (KeyHash, &[u8]) {
    bytes.split_first_chunk().map_or((NOTHING, &[]), |(head, rest)| (*head, rest))
}

impl Attributed {
    /// How many different patients the rows of each resource are about that lead to them through
    /// other rows. `resource` tells that of a file.
    ///
    /// # Errors
    /// Where temporary files cannot be read.
    pub fn distant(&self, resource: &dyn Fn(u32) -> Option<u32>) -> Result<BTreeMap<u32, u64>> {
        let mut counts = BTreeMap::new();
        for number in 0..PARTITIONS {
            let steps = sorted::partition(&self.steps, number)?;
            let mut last = (NOTHING, BTreeSet::new());
            for step in &steps {
                let (patient, file) = head(step);
                if last.0 != patient {
                    last = (patient, BTreeSet::new());
                }
                let file = file.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
                if let Some(resource) = resource(file)
                    && last.1.insert(resource)
                {
                    *counts.entry(resource).or_default() += 1;
                }
            }
        }
        Ok(counts)
    }

    /// How many rows with a patient's key there are.
    pub fn rows(&self) -> u64 {
        self.rows.iter().map(Sorted::len).sum()
    }

    /// How many rows a partition has: what [`Attributed::partition`] gives at once.
    pub fn count(&self, number: usize) -> usize {
        self.rows.iter().map(|rows| rows.count(number)).sum()
    }

    /// The rows whose patient's hash begins with the byte `number`, in the order of lists: by
    /// patient, file, event date, recorded date, row.
    ///
    /// # Errors
    /// Where temporary files cannot be read.
    pub fn partition(&self, number: usize) -> Result<Vec<Row>> {
        let records = sorted::unsorted(&self.rows, number)?;
        // Rows of a patient mostly follow each other, and a number is sorted faster than a record.
        let runs = records.chunk_by(|a, b| head(a).0 == head(b).0);
        let mut runs: Vec<(KeyHash, &[[u8; ROW]])> =
            runs.filter_map(|run| Some((head(run.first()?).0, run))).collect();
        runs.sort_unstable_by_key(|(patient, _)| u128::from_be_bytes(*patient));
        let mut rows = Vec::with_capacity(records.len());
        let mut numbers = Vec::new();
        for runs in runs.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(patient, _)) = runs.first() else { continue };
            numbers.clear();
            numbers.extend(runs.iter().flat_map(|(_, run)| *run).map(packed));
            numbers.sort_unstable();
            rows.extend(numbers.iter().map(|&number| unpacked(patient, number)));
        }
        Ok(rows)
    }

    /// The rows that are no patient's and that others may refer to, of the hashes that begin with
    /// the byte `number`: hash, file, row, in order.
    ///
    /// # Errors
    /// Where temporary files cannot be read.
    pub fn references(&self, number: usize) -> Result<Vec<(KeyHash, u32, u64)>> {
        let rows = sorted::partition(&self.references, number)?;
        let place = |bytes: &[u8; PLACE]| {
            let (hash, rest) = head(bytes);
            let file = rest.first_chunk().map_or(0, |b| u32::from_be_bytes(*b));
            (hash, file, rest.last_chunk().map_or(0, |b| u64::from_be_bytes(*b)))
        };
        Ok(rows.iter().map(place).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::gather::At;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_numbers_is_that_of_records(
            rows in prop::collection::vec(
                (any::<u32>(), 0..=3_652_059_u32, 0..=3_652_059_u32, 0_u64..1 << ROW_BITS), 1..20,
            ),
        ) {
            let record = |&(file, event, recorded, row): &(u32, u32, u32, u64)| {
                let at = At { file, row, event: Day(event), recorded: Day(recorded) };
                record::<ROW>(&[&[7; 16], &at.bytes()])
            };
            let mut records: Vec<[u8; ROW]> = rows.iter().map(record).collect();
            let mut numbers: Vec<u128> = records.iter().map(packed).collect();
            records.sort_unstable();
            numbers.sort_unstable();
            prop_assert_eq!(records.iter().map(packed).collect::<Vec<_>>(), numbers.clone());
            for (&number, bytes) in numbers.iter().zip(&records) {
                let Row { file, entry, .. } = unpacked([7; 16], number);
                let Entry { event, recorded, row } = entry;
                prop_assert_eq!(record(&(file, event.0, recorded.0, row)), *bytes);
            }
        }
    }
}
