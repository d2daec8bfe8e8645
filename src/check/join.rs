//! The join of keys and references after the read, partition by partition, small ones together.
//!
//! Equal hashes meet in one partition. Its parents go into a table; a second parent of a key is a
//! duplicate, a child without parent an orphan. Where the table would not fit into its share of
//! memory, the partition is joined in rounds, each for a part of the hashes. What comes out are sums,
//! first and last places: the order in which records come does not matter.

mod tables;

use super::key::{Relation, Relations};
use super::known::Known;
use crate::error::{Error, Result};
use crate::pipeline::Interrupt;
use crate::spill::{At, PARTITIONS, Record, Store};
use rayon::prelude::*;
use std::collections::BinaryHeap;
use std::ops::Range;
use tables::{Keys, Marks};

/// How many rows that share a key are named with its first duplicate.
pub(super) const MEMBERS: usize = 20;

/// What the join found in one relation.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Joined {
    /// Rows that are duplicates or orphans.
    pub(super) occurrences: u64,
    /// How many different keys they have.
    pub(super) distinct: u64,
    /// How many different keys there are: of a parent those that its rows have, of a child whose
    /// keys are counted those that it refers to, the missing ones too; else 0.
    pub(super) keys: u64,
    /// The last by position.
    pub(super) last: Option<Spot>,
    /// The first by position, in order.
    pub(super) samples: Vec<Example>,
}

/// A duplicate or an orphan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Example {
    /// Where it is.
    pub(super) spot: Spot,
    hash: u128,
    /// The first row with its key: of a duplicate the one that has it rightly, of an orphan the
    /// first of its relation that refers to the missing key.
    pub(super) first: Spot,
    /// All rows that have its key; of an orphan those of its relation that refer to it.
    pub(super) rows: u64,
    /// For the first duplicate of a key: the first rows that have it, at most [`MEMBERS`].
    pub(super) members: Vec<Spot>,
}

/// A place by block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) block: u32,
    pub(super) at: At,
}

impl Spot {
    fn of(record: &Record) -> Self {
        Self { block: record.block, at: record.at }
    }
}

/// Gathers the findings of one relation, in any order.
#[derive(Default, Clone)]
struct Gather {
    occurrences: u64,
    distinct: u64,
    keys: u64,
    last: Option<Spot>,
    first: BinaryHeap<Example>,
}

impl Gather {
    fn add(&mut self, record: &Record, samples: usize) {
        let spot = Spot::of(record);
        self.occurrences += 1;
        self.last = self.last.max(Some(spot));
        let is_early = self.first.len() < samples
            || self.first.peek().is_some_and(|largest| spot < largest.spot);
        if is_early {
            let hash = record.hash;
            self.keep(Example { spot, hash, first: spot, rows: 1, members: Vec::new() }, samples);
        }
    }

    fn keep(&mut self, example: Example, samples: usize) {
        if self.first.len() < samples {
            self.first.push(example);
        } else if let Some(mut largest) = self.first.peek_mut()
            && example.spot < largest.spot
        {
            *largest = example;
        }
    }

    fn append(&mut self, other: Self, samples: usize) {
        self.occurrences += other.occurrences;
        self.distinct += other.distinct;
        self.keys += other.keys;
        self.last = self.last.max(other.last);
        for example in other.first {
            self.keep(example, samples);
        }
    }

    fn into_joined(self) -> Joined {
        Joined {
            occurrences: self.occurrences,
            distinct: self.distinct,
            keys: self.keys,
            last: self.last,
            samples: self.first.into_sorted_vec(),
        }
    }
}

/// The hash is random already: no need to hash it again.
#[derive(Default, Clone)]
struct Identity(u64);

impl std::hash::Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |low| u64::from_le_bytes(*low));
    }
    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }
}

#[expect(clippy::disallowed_types, reason = "looked up by hash, never iterated")]
type ByHash<V> = std::collections::HashMap<u128, V, std::hash::BuildHasherDefault<Identity>>;

/// A key that several rows of parents have: where it is first, and in how many rows.
struct Repeated {
    first: Option<Spot>,
    rows: u32,
}

/// A key that a relation refers to and no parent has: where it is first, and in how many rows.
struct Missing {
    first: Spot,
    rows: u64,
}

/// Joins all partitions: one [`Joined`] per relation. `memory` bounds the tables, in bytes.
///
/// # Errors
/// Where temporary files cannot be read.
pub(super) fn join(
    stores: &[Store],
    relations: &Relations,
    known: &Known,
    samples: usize,
    memory: usize,
    jobs: usize,
    interrupt: &Interrupt,
) -> Result<Vec<Joined>> {
    let empty = || vec![Gather::default(); relations.len()];
    let merged = |mut into: Vec<Gather>, from: Vec<Gather>| {
        into.iter_mut().zip(from).for_each(|(into, from)| into.append(from, samples));
        into
    };
    let each = memory / jobs.max(1);
    let parts = parts(stores, each);
    let size = PARTITIONS / parts;
    let part = |tables: &mut (Keys, Marks), number: usize| {
        interrupt.check()?;
        let partitions = number * size..(number + 1) * size;
        // How many different keys there are is known only when they are met: a key that
        // all rows share needs no more room than one that a single row has.
        let mut rounds = 1;
        loop {
            let mut gathered = Some(empty());
            for round in 0..rounds {
                let partitions = partitions.clone();
                let part = Part { stores, relations, known, partitions, round, rounds };
                let joined = part.join(tables, samples, each)?;
                gathered = gathered.zip(joined).map(|(all, joined)| merged(all, joined));
                if gathered.is_none() {
                    break;
                }
            }
            match gathered {
                Some(gathered) => return Ok(gathered),
                None => rounds *= 2,
            }
        }
    };
    let gathered = match parts {
        1 => part(&mut Default::default(), 0)?,
        _ => rayon::ThreadPoolBuilder::new()
            .num_threads(jobs.max(1))
            .build()
            .map_err(|error| Error::internal(format!("cannot start threads: {error}")))?
            .install(|| {
                (0..parts)
                    .into_par_iter()
                    .map_init(Default::default, part)
                    .try_reduce(empty, |a, b| Ok(merged(a, b)))
            })?,
    };
    let settled = |number: usize| {
        relations.counted(number as u16).map_or(0, |counted| known.counted(counted))
    };
    let joined = gathered.into_iter().enumerate().map(|(number, mut gather)| {
        gather.keys += settled(number);
        gather.into_joined()
    });
    Ok(joined.collect())
}

/// Bytes that a key takes in the table, its share of free room included.
const KEY: usize = 64;

/// With less memory than this the rounds would cost more than they spare.
const LEAST: usize = 256 << 10;

/// More rounds than these part nothing: what is left are keys with one hash, which thousands of
/// relations refer to, each with a missing key of its own.
const MOST_ROUNDS: usize = 4096;

/// Records that are worth a part of their own, and a thread to join them.
const WORTH: usize = 1 << 12;

/// How many parts the partitions are joined in, neighbours together where they have few records: a
/// power of two. `memory` is what the table of a part may take.
fn parts(stores: &[Store], memory: usize) -> usize {
    let all = (0..PARTITIONS).flat_map(|partition| stores.iter().map(move |s| s.count(partition)));
    let most = WORTH.min(memory.max(LEAST) / KEY);
    all.sum::<usize>().div_ceil(most).next_power_of_two().min(PARTITIONS)
}

/// What is joined in one round: of some partitions a part of the hashes.
struct Part<'a> {
    stores: &'a [Store],
    relations: &'a Relations,
    known: &'a Known,
    partitions: Range<usize>,
    round: usize,
    rounds: usize,
}

impl Part<'_> {
    fn visit(&self, mut visitor: impl FnMut(&Record)) -> Result<()> {
        let mine = |record: &Record| (record.hash >> 64) as usize & (self.rounds - 1) == self.round;
        for partition in self.partitions.clone() {
            for store in self.stores {
                store.visit(partition, |record| {
                    if mine(record) {
                        visitor(record);
                    }
                })?;
            }
        }
        Ok(())
    }

    /// Whether what a record refers to was seen while reading. Counts it, where that is wanted.
    fn is_known(&self, record: &Record) -> bool {
        match self.relations.counted(record.relation) {
            Some(counted) => self.known.count(record.hash, counted),
            None => self.known.contains(record.hash),
        }
    }

    /// What was found; `None` where the tables of so many different keys do not fit into `memory`,
    /// and more rounds are needed.
    fn join(
        &self,
        (keys, marks): &mut (Keys, Marks),
        samples: usize,
        memory: usize,
    ) -> Result<Option<Vec<Gather>>> {
        let mut gathers = vec![Gather::default(); self.relations.len()];
        let parent = |record: &Record| match self.relations.get(record.relation as usize) {
            Some(Relation::Parent(parent)) => Some(parent),
            _ => None,
        };
        let counted = |partition| self.stores.iter().map(move |store| store.count(partition));
        let records: usize = self.partitions.clone().flat_map(counted).sum();
        let most = match self.rounds < MOST_ROUNDS {
            true => memory.max(LEAST) / KEY,
            false => usize::MAX,
        };
        keys.begin((records / self.rounds).min(most));
        let mut is_full = false;
        let mut repeated: ByHash<Repeated> = ByHash::default();
        self.visit(|record| {
            is_full |= keys.held() > most;
            if !is_full && parent(record).is_some() {
                if keys.add(record.hash) {
                    gathers[record.relation as usize].keys += 1;
                } else {
                    repeated.entry(record.hash).or_insert(Repeated { first: None, rows: 0 });
                }
            }
        })?;
        if is_full {
            return Ok(None);
        }
        if !repeated.is_empty() {
            self.visit(|record| {
                if parent(record).is_some()
                    && let Some(key) = repeated.get_mut(&record.hash)
                {
                    let spot = Spot::of(record);
                    key.rows = key.rows.saturating_add(1);
                    key.first = Some(key.first.map_or(spot, |first| first.min(spot)));
                }
            })?;
        }
        let mut missing: ByHash<Missing> = ByHash::default();
        marks.begin(self.relations.all_counted(), keys.numbers());
        self.visit(|record| {
            let gather = &mut gathers[record.relation as usize];
            // A missing key takes more than one that is there.
            is_full |= keys.held() + missing.len() * 2 > most;
            if is_full {
                return;
            }
            if let Some(parent) = parent(record) {
                if !repeated.is_empty()
                    && parent.is_unique
                    && let Some(key) = repeated.get(&record.hash)
                {
                    if Some(Spot::of(record)) == key.first {
                        gather.distinct += 1;
                    } else {
                        gather.add(record, samples);
                    }
                }
            } else if let Some(number) = keys.number(record.hash) {
                // Other references to the same key may have been settled while reading.
                if let Some(counted) = self.relations.counted(record.relation)
                    && !self.known.count(record.hash, counted)
                {
                    gather.keys += u64::from(marks.set(number, counted));
                }
            } else if !self.is_known(record) {
                let spot = Spot::of(record);
                let entry = missing.entry(own_hash(record)).or_insert_with(|| {
                    gather.distinct += 1;
                    gather.keys += u64::from(self.relations.counted(record.relation).is_some());
                    Missing { first: spot, rows: 0 }
                });
                entry.rows += 1;
                entry.first = entry.first.min(spot);
                gather.add(record, samples);
            }
        })?;
        if is_full {
            return Ok(None);
        }
        self.describe(&mut gathers, &repeated, &missing)?;
        Ok(Some(gathers))
    }

    /// Says of each example what is known of its key.
    fn describe(
        &self,
        gathers: &mut [Gather],
        repeated: &ByHash<Repeated>,
        missing: &ByHash<Missing>,
    ) -> Result<()> {
        // The keys whose members are wanted, each with the relation and place of its example.
        let mut wanted: ByHash<(u16, Spot, Vec<Spot>)> = ByHash::default();
        for (relation, gather) in gathers.iter_mut().enumerate() {
            let relation = relation as u16;
            let mut examples = std::mem::take(&mut gather.first).into_sorted_vec();
            for example in &mut examples {
                if let Some(&Repeated { first: Some(first), rows }) = repeated.get(&example.hash) {
                    (example.first, example.rows) = (first, u64::from(rows));
                    let named = (relation, example.spot, Vec::new());
                    wanted.entry(example.hash).or_insert(named);
                } else if let Some(known) = missing.get(&of_relation(example.hash, relation)) {
                    (example.first, example.rows) = (known.first, known.rows);
                }
            }
            gather.first = examples.into();
        }
        if wanted.is_empty() {
            return Ok(());
        }
        self.visit(|record| {
            if let Some((relation, _, members)) = wanted.get_mut(&record.hash)
                && *relation == record.relation
            {
                let spot = Spot::of(record);
                let at = members.partition_point(|member| *member < spot);
                if at < MEMBERS {
                    members.insert(at, spot);
                    members.truncate(MEMBERS);
                }
            }
        })?;
        for gather in gathers {
            let mut examples = std::mem::take(&mut gather.first).into_vec();
            for example in &mut examples {
                if let Some((_, spot, members)) = wanted.get_mut(&example.hash)
                    && *spot == example.spot
                {
                    example.members = std::mem::take(members);
                }
            }
            gather.first = examples.into();
        }
        Ok(())
    }
}

/// A hash of its own for each relation, so that each counts its missing keys.
fn own_hash(record: &Record) -> u128 {
    of_relation(record.hash, record.relation)
}

fn of_relation(hash: u128, relation: u16) -> u128 {
    hash ^ (u128::from(relation) << 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Rows by key.
    type Rows = BTreeMap<u128, Vec<Spot>>;

    /// All keys are of one partition, and of every round that it may be joined in.
    fn hash(key: u64) -> u128 {
        let high = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) & (u64::MAX >> 8);
        u128::from(high) << 64 | u128::from(key + 1)
    }

    fn records(relation: u16, keys: impl Iterator<Item = u64>) -> Vec<Record> {
        let record = |(number, key)| Record {
            hash: hash(key),
            relation,
            block: number as u32 / 50,
            at: At::new(number % 50, 0, 0),
        };
        keys.enumerate().map(record).collect()
    }

    fn by_key(records: &[Record]) -> Rows {
        let mut rows = Rows::new();
        for record in records {
            rows.entry(record.hash).or_default().push(Spot::of(record));
        }
        rows.values_mut().for_each(|spots| spots.sort());
        rows
    }

    /// What is wrong with the rows of some keys, all but the first `rightly` of each.
    fn wrong(rows: &Rows, rightly: usize, samples: usize, keys: usize) -> Joined {
        let mut examples = Vec::new();
        for (&hash, spots) in rows {
            for (at, &spot) in spots.iter().enumerate().skip(rightly) {
                let named = if at == 1 && rightly == 1 { MEMBERS } else { 0 };
                let members = spots.iter().copied().take(named).collect();
                let (first, rows) = (spots[0], spots.len() as u64);
                examples.push(Example { spot, hash, first, rows, members });
            }
        }
        examples.sort();
        let (occurrences, last) = (examples.len() as u64, examples.last().map(|last| last.spot));
        let distinct = rows.values().filter(|spots| spots.len() > rightly).count() as u64;
        examples.truncate(samples);
        Joined { occurrences, distinct, keys: keys as u64, last, samples: examples }
    }

    #[test]
    fn rounds_find_what_a_search_through_all_rows_finds() {
        let descriptor = r#"{"name": "two", "resources": [
          {"name": "p", "path": "p.csv",
           "schema": {"primaryKey": ["id"], "fields": [{"name": "id"}]}},
          {"name": "c", "path": "c.csv", "schema": {"fields": [{"name": "p"}],
           "foreignKeys": [{"fields": ["p"], "reference": {"resource": "p", "fields": ["id"]}}]}}]}"#;
        let schema = crate::schema::descriptor::read(descriptor.as_bytes()).unwrap();
        let relations = Relations::new(&schema, &[true, true], &mut Vec::new());
        let place = |is_it: fn(&Relation) -> bool| {
            (0..relations.len()).find(|&number| relations.get(number).is_some_and(is_it)).unwrap()
        };
        let key = place(|relation| matches!(relation, Relation::Parent(key) if key.is_primary));
        let reference = place(|relation| matches!(relation, Relation::Child(_)));

        let squares = (0..16_000).map(|n| n * n % 12_000).chain([1; 30]);
        let parents = records(key as u16, squares);
        let children = records(reference as u16, (0..24_000).map(|n| n * 7 % 20_800));
        let (there, referred) = (by_key(&parents), by_key(&children));
        let orphans: Rows =
            referred.into_iter().filter(|(hash, _)| !there.contains_key(hash)).collect();

        // One store keeps all in memory, the other writes all to disk.
        let new = |budget| Store::new(budget, std::env::temp_dir());
        let mut stores = [new(1 << 30), new(0)];
        for (number, record) in parents.iter().chain(&children).enumerate() {
            stores[number % 2].push(*record).unwrap();
        }
        let all = parents.len() + children.len();
        // Room for all, for a quarter, and for the least part.
        for memory in [usize::MAX, 500_000, 0] {
            for samples in [0, 3, all] {
                let known = Known::new(1 << 10, 0, 0, 1);
                let interrupt = Interrupt::default();
                let found =
                    join(&stores, &relations, &known, samples, memory, 1, &interrupt).unwrap();
                assert_eq!(found[key], wrong(&there, 1, samples, there.len()), "{memory}");
                assert_eq!(found[reference], wrong(&orphans, 0, samples, 0), "{memory}");
            }
        }
    }
}
