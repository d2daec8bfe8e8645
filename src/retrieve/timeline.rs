//! Rows as the page shows them, and in words what their keys refer to.

use super::cells::{Layout, Values};
use crate::attribution::{Plan, TablePlan};
use crate::proof::list::Entry;
use crate::report::record::{Cell, Item};
use crate::schema::{FieldRole, Role, Schema, Table};
use std::collections::BTreeMap;

/// A key of a table that leads to no patient: number of the resource, and hash.
pub(super) type Key = (u64, [u8; 16]);

/// Values that tell a row that is referred to from others, and characters of each.
const LABEL_VALUES: usize = 3;
const LABEL_LENGTH: usize = 60;

/// The rows of the page while they are gathered.
#[derive(Default)]
pub(super) struct Timeline {
    items: Vec<Item>,
    /// For each item: fields, and the key that they are.
    keys: Vec<Vec<(Vec<usize>, Key)>>,
    /// What a key refers to, and where that row stands: of several the first, in whatever order they
    /// are found.
    labels: BTreeMap<Key, ((u64, u64), String)>,
}

impl Timeline {
    /// Adds a row of the patient.
    pub(super) fn add(
        &mut self,
        (schema, plan): (&Schema, &Plan<'_>),
        layout: &Layout<'_>,
        values: &Values,
        entry: Entry,
        file: u64,
    ) {
        let ways = plan.table(layout.resource).map(|table| table.references.as_slice());
        let keys = ways.unwrap_or_default().iter().filter_map(|(to, way)| {
            let hash = plan.follow(layout.table, way, values)?;
            Some((way.key.fields.clone(), (u64::from(*to), hash)))
        });
        self.keys.push(keys.collect());
        self.items.push(item(schema, layout, values, entry, file));
    }

    /// Adds a row that is referred to; `place` is its file and leaf.
    pub(super) fn refer(
        &mut self,
        plan: &Plan<'_>,
        table: &TablePlan,
        layout: &Layout<'_>,
        values: &Values,
        place: (u64, u64),
    ) {
        let label = label(layout.table, values);
        if label.is_empty() {
            return;
        }
        for own in &table.own {
            if let Some(hash) = plan.hash(layout.table, own, values) {
                let own = (place, label.clone());
                let kept = self.labels.entry((u64::from(layout.resource), hash));
                let kept = kept.or_insert_with(|| own.clone());
                if own < *kept {
                    *kept = own;
                }
            }
        }
    }

    /// The rows, with what their keys refer to.
    pub(super) fn finish(self) -> Vec<Item> {
        let Self { mut items, keys, labels } = self;
        for (item, keys) in items.iter_mut().zip(keys) {
            for (fields, key) in keys {
                let Some((_, label)) = labels.get(&key) else { continue };
                // Of several fields that are a key together, the first tells it from others.
                let first = fields.first();
                let cell = item.cells.iter_mut().find(|cell| Some(&cell.field) == first);
                if let Some(cell) = cell.filter(|cell| cell.refers.is_none()) {
                    cell.refers = Some(label.clone());
                    if item.user_field == Some(cell.field) {
                        item.user = Some(label.clone());
                    }
                }
            }
        }
        items
    }
}

fn item(schema: &Schema, layout: &Layout<'_>, values: &Values, entry: Entry, file: u64) -> Item {
    let resource = schema.resources.get(layout.resource as usize);
    let table = layout.table;
    let field = |role: FieldRole| table.field_with(role);
    let time = field(FieldRole::EventDate)
        .and_then(|date| table.fields.get(date)?.time)
        .and_then(|time| values.get(time));
    let cells = table.fields.iter().enumerate().filter_map(|(number, field)| {
        Some(Cell {
            field: number,
            name: field.title.clone().unwrap_or_else(|| field.name.clone()),
            value: values.get(number)?.to_owned(),
            is_key: is_key(table, number),
            refers: None,
        })
    });
    Item {
        event: entry.event.text(),
        recorded: entry.recorded.text(),
        time: time.map(str::to_owned),
        kind: resource
            .map(|found| found.title.clone().unwrap_or_else(|| found.name.clone()))
            .unwrap_or_default(),
        is_audit: resource.is_some_and(|found| found.role == Some(Role::AuditTrail)),
        user: field(FieldRole::User).and_then(|user| values.get(user)).map(str::to_owned),
        user_field: field(FieldRole::User),
        action: field(FieldRole::Action).and_then(|action| values.get(action)).map(str::to_owned),
        file,
        row: entry.row,
        cells: cells.collect(),
    }
}

/// Whether a field is part of a key, and so no reading for people.
fn is_key(table: &Table, field: usize) -> bool {
    table.primary_key.contains(&field)
        || table.foreign_keys.iter().any(|key| key.fields.contains(&field))
        || table.references.iter().any(|key| key.fields.contains(&field))
}

/// What a row is to people: its first values with letters that are no key.
fn label(table: &Table, values: &Values) -> String {
    let readable = table.fields.iter().enumerate().filter_map(|(number, _)| {
        let value = values.get(number).filter(|_| !is_key(table, number))?.trim();
        let is_word = value.chars().any(char::is_alphabetic)
            && !value.starts_with('{')
            && !value.eq_ignore_ascii_case("true")
            && !value.eq_ignore_ascii_case("false");
        is_word.then(|| match value.char_indices().nth(LABEL_LENGTH) {
            Some((at, _)) => format!("{}…", value.get(..at).unwrap_or(value)),
            None => value.to_owned(),
        })
    });
    readable.take(LABEL_VALUES).collect::<Vec<_>>().join(", ")
}
