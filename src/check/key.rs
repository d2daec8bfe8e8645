//! Keys and references: who takes part, and how a key becomes a hash. The join is in `join`.
//!
//! A *key set* is a tuple of fields of one resource that must be unique, or that others refer to.
//! Each row that has the key gives a parent record, each row that refers to it a child record; both
//! carry the same keyed hash of the typed values. Equal hashes meet in one partition, which is
//! joined by itself: a second parent is a duplicate, a child without parent an orphan.
//!
//! Nulls follow SQL: a primary key has no null part; a unique or foreign key with a null part
//! passes. A value that is declared to refer to nothing is such a null. Values are compared as typed
//! (007 = 7); where the two sides have different types, as text. The hash has 128 bits under a
//! random key, so among n keys the chance of one false answer is below n²/2^129: for 10^10 keys 1.5
//! in 10^19.

use super::known;
use crate::finding::{Gap, Severity};
use crate::schema::value::Type;
use crate::schema::{Condition, Mode, PatientVia, Role, Schema, Table};
use std::collections::BTreeMap;

/// What a relation's records are.
#[derive(Debug, Clone)]
pub(super) enum Relation {
    /// The rows that have a key.
    Parent(Parent),
    /// The rows that refer to one.
    Child(Child),
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
    /// How grave a duplicate is, where the schema says so.
    pub(super) severity: Option<Severity>,
    /// Whether the key is the whole row, as delivered.
    pub(super) is_row: bool,
}

/// A reference: who refers to what.
#[derive(Debug, Clone)]
pub(super) struct Child {
    /// Index of the referring resource.
    pub(super) resource: u32,
    /// Indices of its fields.
    pub(super) fields: Vec<usize>,
    /// Index of the resource referred to.
    pub(super) target: u32,
    /// Indices of its fields.
    pub(super) reference: Vec<usize>,
    /// The relation that has the key.
    pub(super) parent: u16,
    /// How grave an orphan is, where the schema says so.
    pub(super) severity: Option<Severity>,
    /// Where the different keys that are referred to are counted: its number among such.
    pub(super) counted: Option<u32>,
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
    /// Whether each row that has it gives a record: no two may have it, or more relations have their
    /// keys counted than [`super::known`] has marks for.
    pub(super) is_recorded: bool,
    /// Whether rows that are read with it or after it, in part at least, refer to it.
    pub(super) is_awaited: bool,
    /// Whether it refers to rows that are read before it, in part at least.
    pub(super) follows: bool,
    /// Where it refers to a key, and the different ones are counted: its number among such.
    pub(super) counted: Option<u32>,
    /// Only rows for which this holds give it.
    pub(super) when: Option<Condition>,
    /// Whether the key is the whole row, as delivered.
    pub(super) is_row: bool,
}

/// How the values of a key are written: what differs on the two sides of a reference that is never
/// met may be its cause.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct KeyForms {
    /// Rows that gave the key.
    pub(super) rows: u64,
    /// Keys looked at: the first of each block. One that repeats that of the row before is not looked
    /// at again.
    pub(super) looked: u64,
    /// Those with lower-case letters and no capital ones.
    pub(super) lower: u64,
    /// Those with capital letters and no lower-case ones.
    pub(super) upper: u64,
    /// Those in braces.
    pub(super) braces: u64,
}

impl KeyForms {
    /// Looks at the bytes of one value of a block, where enough were not seen yet.
    #[inline]
    pub(super) fn see(&mut self, value: &[u8]) {
        /// As good as all of them, to tell how (nearly) all are written.
        const ENOUGH: u64 = 32;
        if self.looked < ENOUGH {
            self.look(value);
        }
    }

    fn look(&mut self, value: &[u8]) {
        // Eight bytes at once, the last ones with some of those before once more.
        let (whole, rest) = value.as_chunks::<8>();
        let letters = |(lower, upper): (u64, u64), word: [u8; 8]| {
            let word = u64::from_le_bytes(word);
            // The bit that tells small letters from capitals, moved to the top.
            let (letters, small) = (letters(word), word << 2);
            (lower | (letters & small), upper | (letters & !small))
        };
        let seen = whole.iter().fold((0, 0), |seen, word| letters(seen, *word));
        let last = value.last_chunk::<8>().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            padded.iter_mut().zip(rest).for_each(|(into, &byte)| *into = byte);
            padded
        });
        let (lower, upper) = letters(seen, last);
        let (lower, upper) = (lower != 0, upper != 0);
        self.looked += 1;
        self.lower += u64::from(lower && !upper);
        self.upper += u64::from(upper && !lower);
        self.braces += u64::from(value.first() == Some(&b'{') && value.last() == Some(&b'}'));
    }

    /// Adds what was counted elsewhere.
    pub(super) fn append(&mut self, other: Self) {
        self.rows += other.rows;
        self.looked += other.looked;
        self.lower += other.lower;
        self.upper += other.upper;
        self.braces += other.braces;
    }
}

/// The bytes of a word that are letters, of either case: the top bit of each.
fn letters(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x80 * ONES;
    // No sum of seven bits and these carries into the next byte.
    let capital = word & !TOPS & !(0x20 * ONES);
    let reaches = capital + ONES * u64::from(0x80 - b'A');
    let exceeds = capital + ONES * u64::from(0x80 - b'A' - 26);
    reaches & !exceeds & !word & TOPS
}

/// All relations of a schema.
#[derive(Debug, Default)]
pub(super) struct Relations {
    list: Vec<Relation>,
    /// For each relation: the resource whose rows give it, and how.
    uses: Vec<(u32, KeyUse)>,
    /// Key sets by resource, fields, and whether they are compared as text.
    sets: BTreeMap<(usize, Vec<usize>, bool), u16>,
    /// The relations whose different keys are the patients of a resource: relation, resource.
    patients: BTreeMap<usize, u32>,
    /// How many relations have their different keys counted.
    counted: u32,
}

/// A reference as declared, conditional or not.
struct Declared<'a> {
    fields: &'a [usize],
    resource: usize,
    reference: &'a [usize],
    severity: Option<Severity>,
    when: Option<&'a Condition>,
    /// Whether it says whose row it is.
    tells_patient: bool,
}

impl Relations {
    /// Lays out the relations of a schema. A reference to a resource whose file is missing cannot
    /// be checked, which is told once.
    pub(super) fn new(schema: &Schema, present: &[bool], gaps: &mut Vec<Gap>) -> Self {
        let mut relations = Self::default();
        let tables = || {
            let resources = schema.resources.iter().enumerate();
            resources.filter_map(|(number, resource)| Some((number, resource.table.as_ref()?)))
        };
        for (number, table) in tables() {
            relations.unique(number, table);
            if is_patients(schema, number)
                && let Some(&set) = relations.sets.get(&(number, table.primary_key.clone(), false))
            {
                relations.patients.insert(set as usize, number as u32);
            }
            // A row that repeats in a table with a key repeats its key, and that is told.
            let has_key = !table.primary_key.is_empty()
                || !table.unique_keys.is_empty()
                || table.fields.iter().any(|field| field.constraints.unique);
            if !has_key && present.get(number) == Some(&true) {
                relations.rows(number as u32);
            }
        }
        for (number, table) in tables().filter(|&(number, _)| present[number]) {
            for declared in references(schema, number, table) {
                let Some(target) = schema.resources.get(declared.resource) else { continue };
                let Some(parent) = &target.table else { continue };
                let reason = if !present[declared.resource] {
                    format!("the file of {} is not there", target.name)
                } else if target.mode == Some(Mode::Delta) {
                    format!("{} holds only what changed since the delivery before", target.name)
                } else {
                    relations.reference(number, table, parent, &declared);
                    continue;
                };
                gaps.push(Gap {
                    resource: Some(number as u32),
                    check: format!("references to {}", target.name),
                    reason,
                });
            }
        }
        relations
    }

    /// The keys of a table that must be unique.
    fn unique(&mut self, number: usize, table: &Table) {
        if !table.primary_key.is_empty() {
            let severity = table.severities.of("primaryKey");
            self.parent(number, &table.primary_key, false, Some((true, severity)));
        }
        let of_keys = table.unique_keys.iter().cloned();
        let severity = table.severities.of("uniqueKeys");
        let of_fields = table.fields.iter().enumerate().filter(|(_, f)| f.constraints.unique);
        let of_fields = of_fields.map(|(n, field)| (vec![n], field.severities.of("unique")));
        for (fields, severity) in of_keys.map(|fields| (fields, severity)).chain(of_fields) {
            self.parent(number, &fields, false, Some((false, severity)));
        }
    }

    fn reference(&mut self, number: usize, table: &Table, parent: &Table, declared: &Declared) {
        let as_text = !same_types(table, declared.fields, parent, declared.reference);
        let set = self.parent(declared.resource, declared.reference, as_text, None);
        let relation = self.list.len() as u16;
        let is_told = self.patients.values().any(|&of| of as usize == number);
        let counted = (declared.tells_patient && !is_told).then_some(self.counted);
        if counted.is_some() {
            self.counted += 1;
            self.patients.insert(relation as usize, number as u32);
        }
        self.list.push(Relation::Child(Child {
            resource: number as u32,
            fields: declared.fields.to_vec(),
            target: declared.resource as u32,
            reference: declared.reference.to_vec(),
            parent: set,
            severity: declared.severity,
            counted,
        }));
        self.uses.push((
            number as u32,
            KeyUse {
                relation,
                set,
                fields: declared.fields.to_vec(),
                as_text,
                is_primary: false,
                is_parent: false,
                is_recorded: true,
                is_awaited: false,
                follows: false,
                counted,
                when: declared.when.cloned(),
                is_row: false,
            },
        ));
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
            severity: None,
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
                is_recorded: true,
                is_awaited: false,
                follows: false,
                counted: None,
                is_row: true,
                when: None,
            },
        ));
    }

    /// The set of a key, made where there is none yet. `unique`: it must be, as the primary key or
    /// not, with its severity.
    fn parent(
        &mut self,
        resource: usize,
        fields: &[usize],
        as_text: bool,
        unique: Option<(bool, Option<Severity>)>,
    ) -> u16 {
        let next = self.list.len() as u16;
        let set = *self.sets.entry((resource, fields.to_vec(), as_text)).or_insert(next);
        if set == next {
            let is_primary = unique.is_some_and(|(is_primary, _)| is_primary);
            self.list.push(Relation::Parent(Parent {
                resource: resource as u32,
                fields: fields.to_vec(),
                is_primary,
                is_unique: unique.is_some(),
                severity: unique.and_then(|(_, severity)| severity),
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
                    is_recorded: true,
                    is_awaited: false,
                    follows: false,
                    counted: None,
                    when: None,
                    is_row: false,
                },
            ));
        } else if let Some(Relation::Parent(parent)) = self.list.get_mut(set as usize) {
            parent.is_unique |= unique.is_some();
        }
        set
    }

    /// The keys that each row of a resource gives. `files` tells the first and the last file of a
    /// resource, in the order in which they are read.
    pub(super) fn of_resource(
        &self,
        resource: u32,
        files: &dyn Fn(u32) -> Option<(u32, u32)>,
    ) -> Vec<KeyUse> {
        let with_order = |key: &KeyUse| {
            let first = files(resource).map(|(first, _)| first);
            let awaits = |(of, other): &(u32, KeyUse)| {
                let last = || files(*of).map(|(_, last)| last);
                !other.is_parent && other.set == key.set && last() >= first
            };
            let is_awaited = key.is_parent && self.uses.iter().any(awaits);
            let is_recorded = match self.list.get(key.relation as usize) {
                Some(Relation::Parent(parent)) => {
                    parent.is_unique || self.counted > known::MOST_COUNTED
                }
                _ => true,
            };
            let parent = match self.list.get(key.set as usize) {
                Some(Relation::Parent(parent)) => files(parent.resource),
                _ => None,
            };
            let follows = match (parent, files(resource)) {
                (Some((first, _)), Some((_, last))) => !key.is_parent && first <= last,
                _ => false,
            };
            KeyUse { is_recorded, is_awaited, follows, ..key.clone() }
        };
        let of_it = self.uses.iter().filter(|(of, _)| *of == resource);
        of_it.map(|(_, key)| with_order(key)).collect()
    }

    /// The number of a relation among those whose different keys are counted.
    pub(super) fn counted(&self, relation: u16) -> Option<u32> {
        match self.list.get(relation as usize) {
            Some(Relation::Child(child)) => child.counted,
            _ => None,
        }
    }

    /// How many relations have their different keys counted.
    pub(super) fn all_counted(&self) -> u32 {
        self.counted
    }

    /// How many relations there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
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

/// The references of a table, those of some rows only behind the others.
fn references<'a>(
    schema: &'a Schema,
    number: usize,
    table: &'a Table,
) -> impl Iterator<Item = Declared<'a>> {
    let tells_patient = move |index: usize, resource: usize| {
        !is_patients(schema, number)
            && is_patients(schema, resource)
            && table.patient_via.contains(&PatientVia::ForeignKey(index))
    };
    let always = table.foreign_keys.iter().enumerate().map(move |(index, key)| Declared {
        fields: &key.fields,
        resource: key.resource,
        reference: &key.reference,
        severity: key.severity,
        when: None,
        tells_patient: tells_patient(index, key.resource),
    });
    let sometimes = table.references.iter().map(|key| Declared {
        fields: &key.fields,
        resource: key.resource,
        reference: &key.reference,
        severity: key.severity,
        when: Some(&key.when),
        tells_patient: false,
    });
    always.chain(sometimes)
}

fn is_patients(schema: &Schema, number: usize) -> bool {
    schema.resources.get(number).is_some_and(|resource| resource.role == Some(Role::Patient))
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
