//! What the joins found, told: of each relation one group, or why it could not be checked.

use super::collect::{Collected, Start, place};
use super::diagnosis::is_most;
use super::join::Joined;
use super::tally::{CellSlot, Slot};
use super::{Check, key};
use crate::finding::message::thousands;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Sample};
use crate::schema::Presence;

impl Check<'_> {
    /// Why a reference cannot be checked: rows of the table that it refers to are not known, so that
    /// none can be called missing.
    fn incomplete_parent(&self, relation: &key::Relation, all: &[Collected]) -> Option<Gap> {
        let key::Relation::Child { resource, foreign_key, .. } = relation else { return None };
        let child = self.plan.resources.get(*resource as usize)?.declared.table.as_ref()?;
        let key = child.foreign_keys.get(*foreign_key)?;
        let parent = self.plan.resources.get(key.resource)?;
        let collected = all.get(key.resource)?;
        let name = &parent.declared.name;
        let parts = parent.declared.paths.len();
        let reason = if collected.lost_rows {
            format!("not all rows of {name} could be read")
        } else if key.reference.iter().any(|field| collected.lacking.contains(field)) {
            format!("{name} lacks a column of the key")
        } else if parent.lacks_parts {
            format!("a part of {name} is not there")
        } else if parts > parent.members.len() && parent.declared.presence != Presence::Optional {
            format!("a file of {name} is not there")
        } else {
            return None;
        };
        let check = format!("references to {name}");
        Some(Gap { resource: Some(*resource), check, reason })
    }

    /// The group of what the join found in one relation.
    fn key_group(
        &self,
        relation: &key::Relation,
        joined: Joined,
        starts: &[Start],
    ) -> (u32, Group) {
        let names = |resource: u32, fields: &[usize]| -> Vec<FieldRef> {
            let resource = self.plan.resources.get(resource as usize);
            let declared = resource.and_then(|planned| planned.declared.table.as_ref());
            let field = |&index: &usize| {
                let field = declared?.fields.get(index)?;
                Some(FieldRef { number: index as u32 + 1, name: field.name.clone() })
            };
            fields.iter().filter_map(field).collect()
        };
        let (resource, code, fields, facts) = match relation {
            key::Relation::Parent(parent) => {
                let code = if parent.is_primary { Code::PrimaryKey } else { Code::UniqueError };
                (
                    parent.resource,
                    code,
                    names(parent.resource, &parent.fields),
                    Facts::Repeated { keys: joined.distinct },
                )
            }
            key::Relation::Child { resource, foreign_key, .. } => {
                let declared = self.plan.resources.get(*resource as usize);
                let key = declared
                    .and_then(|planned| planned.declared.table.as_ref())
                    .and_then(|table| table.foreign_keys.get(*foreign_key));
                let (fields, facts) = match key {
                    Some(key) => {
                        let target = self.plan.resources.get(key.resource);
                        let reference = names(key.resource as u32, &key.reference);
                        let facts = Facts::Reference {
                            resource: target.map(|t| t.declared.name.clone()).unwrap_or_default(),
                            fields: reference.into_iter().map(|field| field.name).collect(),
                            distinct: joined.distinct,
                        };
                        (names(*resource, &key.fields), facts)
                    }
                    None => (Vec::new(), Facts::None),
                };
                (*resource, Code::ForeignKey, fields, facts)
            }
        };
        let samples: Vec<Sample> = joined
            .samples
            .iter()
            .map(|example| Sample {
                place: place(starts, example.spot),
                facts: match relation {
                    key::Relation::Parent(_) => Facts::Duplicate {
                        first: place(starts, example.first),
                        rows: example.rows,
                        members: example.members.iter().map(|&spot| place(starts, spot)).collect(),
                    },
                    key::Relation::Child { .. } => Facts::Orphan { rows: example.rows },
                },
                ..Sample::default()
            })
            .collect();
        let last = joined.last.map(|spot| place(starts, spot)).unwrap_or_default();
        let mut group = Group::single(code, Some(resource), facts, last);
        group.fields = fields;
        group.occurrences = joined.occurrences;
        group.first = samples.first().map_or(last, |sample| sample.place);
        group.last = last;
        group.samples = samples;
        (resource, group)
    }
}
