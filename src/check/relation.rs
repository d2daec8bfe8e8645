//! What the joins found, told: of each relation one group, or why it could not be checked.

use super::Check;
use super::collect::{Start, place};
use super::diagnosis::is_most;
use super::join::{Example, Joined};
use super::key::{Child, KeyForms, Parent, Relation};
use super::tally::{CellSlot, Slot};
use super::task::Collected;
use crate::finding::message::thousands;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample};
use crate::schema::Presence;

/// From so many references on, that none is met says something.
const FEW: u64 = 10;

impl Check<'_> {
    /// Why a reference cannot be checked: rows of the table that it refers to are not known, so that
    /// none can be called missing; or hardly a reference could be read.
    pub(super) fn unchecked(&self, relation: &Relation, all: &[Collected]) -> Option<Gap> {
        let Relation::Child(child) = relation else { return None };
        let parent = self.plan.resources.get(child.target as usize)?;
        let collected = all.get(child.target as usize)?;
        let own = all.get(child.resource as usize)?;
        let name = &parent.declared.name;
        let parts = parent.declared.paths.len();
        let reason = if collected.lost_rows {
            format!("not all rows of {name} could be read")
        } else if child.reference.iter().any(|field| collected.lacking.contains(field)) {
            format!("{name} lacks a column of the key")
        } else if parent.lacks_parts {
            format!("a part of {name} is not there")
        } else if parts > parent.members.len() && parent.declared.presence != Presence::Optional {
            format!("a file of {name} is not there")
        } else if child.reference.iter().any(|&field| collected.fails_throughout(field)) {
            format!("hardly a value of the key could be read in {name}")
        } else if child.fields.iter().any(|&field| own.fails_throughout(field)) {
            "hardly a value that refers to it could be read".to_owned()
        } else {
            return None;
        };
        let check = format!("references to {name}");
        Some(Gap { resource: Some(child.resource), check, reason })
    }

    /// The group of what the join found in one relation.
    pub(super) fn key_group(
        &self,
        relation: &Relation,
        joined: Joined,
        forms: (KeyForms, KeyForms),
        starts: &[Start],
    ) -> (u32, Group) {
        let (resource, mut group) = match relation {
            Relation::Parent(parent) => (parent.resource, self.duplicates(parent, &joined)),
            Relation::Child(child) => (child.resource, self.orphans(child, &joined, forms)),
        };
        let facts = |example: &Example| match relation {
            Relation::Parent(_) => Facts::Duplicate {
                first: place(starts, example.first),
                rows: example.rows,
                members: example.members.iter().map(|&spot| place(starts, spot)).collect(),
            },
            Relation::Child(_) => Facts::Orphan { rows: example.rows },
        };
        let sample = |example: &Example| Sample {
            place: place(starts, example.spot),
            facts: facts(example),
            ..Sample::default()
        };
        group.samples = joined.samples.iter().map(sample).collect();
        group.last = joined.last.map(|spot| place(starts, spot)).unwrap_or_default();
        group.first = group.samples.first().map_or(group.last, |sample| sample.place);
        group.occurrences = joined.occurrences;
        (resource, group)
    }

    fn duplicates(&self, parent: &Parent, joined: &Joined) -> Group {
        let code = match parent {
            Parent { is_row: true, .. } => Code::DuplicateRow,
            Parent { is_primary: true, .. } => Code::PrimaryKey,
            _ => Code::UniqueError,
        };
        let facts = Facts::Repeated { keys: joined.distinct };
        let mut group = Group::single(code, Some(parent.resource), facts, Place::default());
        group.fields = self.names(parent.resource, &parent.fields);
        group.severity = parent.severity.unwrap_or(group.severity);
        group
    }

    fn orphans(&self, child: &Child, joined: &Joined, forms: (KeyForms, KeyForms)) -> Group {
        let target = self.plan.resources.get(child.target as usize);
        let reference = self.names(child.target, &child.reference);
        let facts = Facts::Reference {
            resource: target.map(|t| t.declared.name.clone()).unwrap_or_default(),
            fields: reference.into_iter().map(|field| field.name).collect(),
            distinct: joined.distinct,
        };
        let code = Code::ForeignKey;
        let mut group = Group::single(code, Some(child.resource), facts, Place::default());
        group.fields = self.names(child.resource, &child.fields);
        group.severity = child.severity.unwrap_or(group.severity);
        group.suggestion = why_unmet(joined.occurrences, forms);
        group
    }

    fn names(&self, resource: u32, fields: &[usize]) -> Vec<FieldRef> {
        let resource = self.plan.resources.get(resource as usize);
        let declared = resource.and_then(|planned| planned.declared.table.as_ref());
        let field = |&index: &usize| {
            let field = declared?.fields.get(index)?;
            Some(FieldRef { number: index as u32 + 1, name: field.name.clone() })
        };
        fields.iter().filter_map(field).collect()
    }
}

impl Collected {
    /// Whether (nearly) no value of a field is of its type, so that keys it takes part in are not
    /// known.
    fn fails_throughout(&self, field: usize) -> bool {
        let failing = self.tally.occurrences(Slot::cell(field, CellSlot::Type));
        let filled = self.counts.cells.get(field).map_or(0, |cells| cells.filled);
        filled >= FEW && is_most(failing, filled)
    }
}

/// Why (nearly) no reference is met, where the way in which the two sides are written tells.
fn why_unmet(orphans: u64, (child, parent): (KeyForms, KeyForms)) -> Option<String> {
    if !is_most(orphans, child.rows) || child.rows < FEW {
        return None;
    }
    let differ = |a: u64, b: u64| is_most(a, child.looked) && is_most(b, parent.looked);
    let of = |forms: KeyForms| forms.looked - forms.braces;
    let cases = if differ(child.lower, parent.upper) {
        Some(("in lower case", "in capital letters"))
    } else if differ(child.upper, parent.lower) {
        Some(("in capital letters", "in lower case"))
    } else {
        None
    };
    if let Some((here, there)) = cases {
        return Some(format!(
            "the references are {here}, the keys they refer to {there}; where they are UUIDs, \
             \"format\": \"uuid\" on both sides compares them whatever their letter case"
        ));
    }
    let braces = if differ(child.braces, of(parent)) {
        Some("the references are in braces, the keys they refer to are not")
    } else if differ(of(child), parent.braces) {
        Some("the references are not in braces, the keys they refer to are")
    } else {
        None
    };
    let all = thousands(child.rows);
    Some(match braces {
        Some(braces) => format!("{braces}; ask for both in one form"),
        None => format!(
            "hardly one of {all} references is met: the files may belong to different deliveries, or \
             the descriptor may name another table than it should"
        ),
    })
}
