//! Keys and references: who takes part, how a key becomes a hash, and the join after the read.
//!
//! A *key set* is a tuple of fields of one resource that must be unique, or that others refer to.
//! Each row that has the key gives a parent record, each row that refers to it a child record; both
//! carry the same keyed hash of the typed values. Equal hashes meet in one partition, which is
//! joined by itself: a second parent is a duplicate, a child without parent an orphan.
//!
//! Nulls follow SQL: a primary key has no null part; a unique or foreign key with a null part
//! passes. Values are compared as typed (007 = 7); where the two sides have different types, as
//! text. The hash has 128 bits under a random key, so among n keys the chance of one false answer
//! is below n²/2^129: for 10^10 keys 1.5 in 10^19.

use super::gather::Gather;
pub(super) use super::gather::{Joined, Spot};
use crate::error::{Error, Result};
use crate::finding::Gap;
use crate::pipeline::Interrupt;
use crate::schema::value::Type;
use crate::schema::{Role, Schema, Table};
use crate::spill::{PARTITIONS, Record, Store};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What a relation's records are.
#[derive(Debug, Clone)]
pub(super) enum Relation {
    /// The rows that have a key.
    Parent(Parent),
    /// The rows that refer to one.
    Child {
        /// Index of the referring resource.
        resource: u32,
        /// Index into its table's foreign keys.
        foreign_key: usize,
        /// Where the different keys that are referred to are counted: its number among such.
        counted: Option<u32>,
    },
}

/// A key set: what its rows must be.
#[derive(Debug, Clone)]
pub(super) struct Parent {
    /// Index of the resource.
    pub(super) resource: u32,
    /// Indices of its fields.
    pub(super) fields: Vec<usize>,
    /// Whether it is the primary key.
    pub(super) is_primary: bool,
    /// Whether it must be unique.
    pub(super) is_unique: bool,
    /// Whether the key is the whole row, as delivered.
    pub(super) is_row: bool,
}

/// A key that each row of a table gives.
#[derive(Debug, Clone)]
pub(super) struct KeyUse {
    /// Index of the relation.
    pub(super) relation: u16,
    /// The key set, which goes into the hash.
    pub(super) set: u16,
    /// Fields of this table.
    pub(super) fields: Vec<usize>,
    /// Whether values are compared as text.
    pub(super) as_text: bool,
    /// Whether it is the table's primary key: then no part may be null.
    pub(super) is_primary: bool,
    /// Whether the row has the key, and does not only refer to it.
    pub(super) is_parent: bool,
    /// Whether the key is the whole row, as delivered.
    pub(super) is_row: bool,
}

/// All relations of a schema.
#[derive(Debug, Default)]
pub(super) struct Relations {
    list: Vec<Relation>,
    /// For each relation: the resource whose rows give it, and how.
    uses: Vec<(u32, KeyUse)>,
    /// The relations whose different keys are the patients of a resource: relation, resource.
    patients: BTreeMap<usize, u32>,
    /// How many relations are [`Relation::Child`] with `counted`.
    counted: u32,
}

impl Relations {
    /// Lays out the relations of a schema. A reference to a resource whose file is missing cannot
    /// be checked, which is told once.
    pub(super) fn new(schema: &Schema, present: &[bool], gaps: &mut Vec<Gap>) -> Self {
        let mut relations = Self::default();
        let mut sets: BTreeMap<(usize, Vec<usize>, bool), u16> = BTreeMap::new();
        let tables = || {
            let resources = schema.resources.iter().enumerate();
            resources.filter_map(|(number, resource)| Some((number, resource.table.as_ref()?)))
        };
        let is_patients = |number: usize| {
            schema
                .resources
                .get(number)
                .is_some_and(|resource| resource.role == Some(Role::Patient))
        };
        for (number, table) in tables() {
            if !table.primary_key.is_empty() {
                let set =
                    relations.parent(&mut sets, number, &table.primary_key, false, (true, true));
                if is_patients(number) {
                    relations.patients.insert(set as usize, number as u32);
                }
            }
            let by_field = table.fields.iter().enumerate().filter(|(_, f)| f.constraints.unique);
            let unique = table.unique_keys.iter().cloned().chain(by_field.map(|(n, _)| vec![n]));
            for fields in unique {
                relations.parent(&mut sets, number, &fields, false, (false, true));
            }
            // A row that repeats in a table with a key repeats its key, and that is told.
            let has_key = !table.primary_key.is_empty()
                || !table.unique_keys.is_empty()
                || table.fields.iter().any(|field| field.constraints.unique);
            if !has_key && present.get(number) == Some(&true) {
                relations.rows(number as u32);
            }
        }
        for (number, table) in tables() {
            for (index, key) in table.foreign_keys.iter().enumerate() {
                let Some(target) = schema.resources.get(key.resource) else { continue };
                let Some(parent) = &target.table else { continue };
                if !present[number] {
                    continue;
                }
                if !present[key.resource] {
                    gaps.push(Gap {
                        resource: Some(number as u32),
                        check: format!("references to {}", target.name),
                        reason: format!("the file of {} is not there", target.name),
                    });
                    continue;
                }
                let as_text = !same_types(table, &key.fields, parent, &key.reference);
                let set = relations.parent(
                    &mut sets,
                    key.resource,
                    &key.reference,
                    as_text,
                    (false, false),
                );
                let relation = relations.list.len() as u16;
                // The first reference to the table of patients says whose row it is.
                let tells_patient = is_patients(key.resource)
                    && !is_patients(number)
                    && !relations.patients.values().any(|&of| of as usize == number);
                let counted = tells_patient.then_some(relations.counted);
                if tells_patient {
                    relations.counted += 1;
                    relations.patients.insert(relation as usize, number as u32);
                }
                relations.list.push(Relation::Child {
                    resource: number as u32,
                    foreign_key: index,
                    counted,
                });
                relations.uses.push((
                    number as u32,
                    KeyUse {
                        relation,
                        set,
                        fields: key.fields.clone(),
                        as_text,
                        is_primary: false,
                        is_parent: false,
                        is_row: false,
                    },
                ));
            }
        }
        relations
    }

    /// The rows of a resource as such.
    fn rows(&mut self, resource: u32) {
        let relation = self.list.len() as u16;
        self.list.push(Relation::Parent(Parent {
            resource,
            fields: Vec::new(),
            is_primary: false,
            is_unique: true,
            is_row: true,
        }));
        self.uses.push((
            resource,
            KeyUse {
                relation,
                set: relation,
                fields: Vec::new(),
                as_text: true,
                is_primary: false,
                is_parent: true,
                is_row: true,
            },
        ));
    }

    /// The set of a key, made where there is none yet.
    fn parent(
        &mut self,
        sets: &mut BTreeMap<(usize, Vec<usize>, bool), u16>,
        resource: usize,
        fields: &[usize],
        as_text: bool,
        (is_primary, is_unique): (bool, bool),
    ) -> u16 {
        let next = self.list.len() as u16;
        let set = *sets.entry((resource, fields.to_vec(), as_text)).or_insert(next);
        if set == next {
            self.list.push(Relation::Parent(Parent {
                resource: resource as u32,
                fields: fields.to_vec(),
                is_primary,
                is_unique,
                is_row: false,
            }));
            self.uses.push((
                resource as u32,
                KeyUse {
                    relation: set,
                    set,
                    fields: fields.to_vec(),
                    as_text,
                    is_primary,
                    is_parent: true,
                    is_row: false,
                },
            ));
        } else if let Some(Relation::Parent(parent)) = self.list.get_mut(set as usize) {
            parent.is_unique |= is_unique;
        }
        set
    }

    /// The keys that each row of a resource gives.
    pub(super) fn of_resource(&self, resource: u32) -> Vec<KeyUse> {
        self.uses.iter().filter(|(of, _)| *of == resource).map(|(_, key)| key.clone()).collect()
    }

    /// The number of a relation among those whose different keys are counted.
    fn is_counted(&self, relation: u16) -> Option<u32> {
        match self.list.get(relation as usize) {
            Some(Relation::Child { counted, .. }) => *counted,
            _ => None,
        }
    }

    /// The resource whose patients are the different keys of that relation.
    pub(super) fn patients(&self, relation: usize) -> Option<u32> {
        self.patients.get(&relation).copied()
    }

    /// The relation of that number.
    pub(super) fn get(&self, number: usize) -> Option<&Relation> {
        self.list.get(number)
    }
}

/// Whether two tuples of fields can be compared as typed.
fn same_types(child: &Table, fields: &[usize], parent: &Table, reference: &[usize]) -> bool {
    fields.iter().zip(reference).all(|(&a, &b)| match (child.fields.get(a), parent.fields.get(b)) {
        (Some(a), Some(b)) => same_family(&a.kind, &b.kind),
        _ => false,
    })
}

fn same_family(a: &Type, b: &Type) -> bool {
    a.family() == b.family()
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

/// A key of a parent: where it is first, and in how many rows.
struct Found {
    first: Spot,
    rows: u32,
    /// Its number in the table: that of its row in the marks.
    number: u32,
}

/// For each key of a table: which of the counted relations refer to it.
struct Marks {
    words: usize,
    bits: Vec<u64>,
}

impl Marks {
    fn new(counted: u32, keys: usize) -> Self {
        let words = (counted as usize).div_ceil(64);
        Self { words, bits: vec![0; words * keys] }
    }

    /// Marks a key as referred to by a relation; whether it was not so before.
    fn set(&mut self, key: u32, relation: u32) -> bool {
        let at = key as usize * self.words + relation as usize / 64;
        let bit = 1 << (relation % 64);
        self.bits.get_mut(at).is_some_and(|word| {
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
    }
}

/// Joins all partitions: one [`Joined`] per relation. `memory` bounds the tables, in bytes.
pub(super) fn join(
    stores: &[Store],
    relations: &Relations,
    samples: usize,
    memory: usize,
    jobs: usize,
    interrupt: &Interrupt,
) -> Result<Vec<Joined>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.max(1))
        .build()
        .map_err(|error| Error::internal(format!("cannot start threads: {error}")))?;
    let empty = || vec![Gather::default(); relations.list.len()];
    let each = memory / jobs.max(1);
    let gathered = pool.install(|| {
        (0..PARTITIONS)
            .into_par_iter()
            .map(|partition| {
                interrupt.check()?;
                let mut gathers = empty();
                join_partition(stores, relations, partition, samples, each, &mut gathers)?;
                Ok(gathers)
            })
            .try_reduce(empty, |a, b| {
                let pairs = a.into_iter().zip(b);
                Ok(pairs.map(|(a, b)| a.merge(b, samples)).collect())
            })
    })?;
    let finish = |gather: Gather| Joined {
        occurrences: gather.occurrences,
        distinct: gather.distinct,
        keys: gather.keys,
        last: gather.last,
        samples: gather.first.into_sorted_vec(),
    };
    Ok(gathered.into_iter().map(finish).collect())
}

/// Joins one partition, in as many rounds as its tables need to fit into `memory`.
fn join_partition(
    stores: &[Store],
    relations: &Relations,
    partition: usize,
    samples: usize,
    memory: usize,
    gathers: &mut [Gather],
) -> Result<()> {
    /// Bytes of a table's entry, its share of free room included.
    const ENTRY: usize = 96;
    /// With less than this the rounds would cost more than the memory they spare.
    const LEAST: usize = 16 << 10;
    let records: usize = stores.iter().map(|store| store.count(partition)).sum();
    let rounds = (records * ENTRY / memory.max(LEAST) + 1).next_power_of_two();
    for round in 0..rounds {
        let mine = |record: &Record| (record.hash >> 64) as usize & (rounds - 1) == round;
        let parent = |record: &Record| match relations.get(record.relation as usize) {
            Some(Relation::Parent(parent)) => Some(parent),
            _ => None,
        };
        let visit = |visitor: &mut dyn FnMut(&Record)| {
            stores.iter().try_for_each(|store| {
                store.visit(partition, &mut |record| {
                    if mine(record) {
                        visitor(record);
                    }
                })
            })
        };
        let mut found: ByHash<Found> = ByHash::default();
        let mut repeated = false;
        visit(&mut |record| {
            if parent(record).is_some() {
                let spot = Spot::of(record);
                let number = found.len() as u32;
                let entry =
                    found.entry(record.hash).or_insert(Found { first: spot, rows: 0, number });
                gathers[record.relation as usize].keys += u64::from(entry.rows == 0);
                entry.rows = entry.rows.saturating_add(1);
                entry.first = entry.first.min(spot);
                repeated |= entry.rows > 1;
            }
        })?;
        let mut orphans: ByHash<()> = ByHash::default();
        let mut marks = Marks::new(relations.counted, found.len());
        visit(&mut |record| {
            let known = found.get(&record.hash);
            let gather = &mut gathers[record.relation as usize];
            match (parent(record), known) {
                (Some(parent), Some(known)) if repeated && known.rows > 1 && parent.is_unique => {
                    if Spot::of(record) == known.first {
                        gather.distinct += 1;
                    } else {
                        gather.add(Spot::of(record), Some(known.first), samples);
                    }
                }
                (None, None) => {
                    // A hash of its own for each relation, so that each counts its missing keys.
                    let own = record.hash ^ (u128::from(record.relation) << 32);
                    if orphans.insert(own, ()).is_none() {
                        gather.distinct += 1;
                        gather.keys += u64::from(relations.is_counted(record.relation).is_some());
                    }
                    gather.add(Spot::of(record), None, samples);
                }
                (None, Some(known)) => {
                    if let Some(counted) = relations.is_counted(record.relation) {
                        gather.keys += u64::from(marks.set(known.number, counted));
                    }
                }
                _ => {}
            }
        })?;
    }
    Ok(())
}
