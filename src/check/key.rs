//! Keys and references: who takes part, and how a key becomes a hash. The join is in `join`.
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

use crate::finding::Gap;
use crate::schema::value::Type;
use crate::schema::{Role, Schema, Table};
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
                    },
                ));
            }
        }
        relations
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
    pub(super) fn counted(&self, relation: u16) -> Option<u32> {
        match self.list.get(relation as usize) {
            Some(Relation::Child { counted, .. }) => *counted,
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
