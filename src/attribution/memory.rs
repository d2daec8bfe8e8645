//! What was made of the rows before: most rows have the key of the one before, and many its dates.

use super::{Cells, KeyHash, KeySet, Plan, Way, day};
use crate::proof::list::Day;
use crate::schema::Table;

/// The last hashes of keys and days of dates, of one block.
#[derive(Debug, Default)]
pub(super) struct Memory {
    keys: Vec<Known>,
    days: Vec<KnownDay>,
    form: Vec<u8>,
}

/// The day of a date.
#[derive(Debug)]
struct KnownDay {
    field: usize,
    mark: Option<u32>,
    /// What the cell says, where it is as long as most dates are.
    text: Option<[u8; 10]>,
    day: Day,
}

/// The hash of a key.
#[derive(Debug)]
struct Known {
    set: u16,
    fields: Vec<usize>,
    /// The marks of its cells.
    marks: Vec<u32>,
    hash: Option<KeyHash>,
}

impl Memory {
    /// Forgets all: in another block, or another table, marks mean other values.
    pub(super) fn forget(&mut self) {
        self.keys.clear();
        self.days.clear();
    }

    /// [`Plan::hash`], or what it gave for the same cells before.
    pub(super) fn hash(
        &mut self,
        plan: &Plan<'_>,
        table: &Table,
        key: &KeySet,
        cells: &impl Cells,
    ) -> Option<KeyHash> {
        let Self { keys, form, .. } = self;
        let known = match keys.iter().position(|k| k.set == key.set && k.fields == key.fields) {
            Some(place) => keys.get_mut(place)?,
            None => {
                let (fields, marks) = (key.fields.clone(), Vec::new());
                keys.push(Known { set: key.set, fields, marks, hash: None });
                keys.last_mut()?
            }
        };
        let marks = || key.fields.iter().map(|&field| cells.mark(field));
        if !known.marks.is_empty() && marks().eq(known.marks.iter().copied().map(Some)) {
            return known.hash;
        }
        known.marks.clear();
        known.hash = plan.hash_with(form, table, key, cells);
        if marks().all(|mark| mark.is_some()) {
            known.marks.extend(marks().flatten());
        }
        known.hash
    }

    /// [`Plan::follow`], or what it gave for the same cells before.
    pub(super) fn follow(
        &mut self,
        plan: &Plan<'_>,
        table: &Table,
        way: &Way,
        cells: &impl Cells,
    ) -> Option<KeyHash> {
        way.is_of(table, cells).then(|| self.hash(plan, table, &way.key, cells))?
    }

    /// The day of a field's date; none where it has none.
    pub(super) fn day(&mut self, table: &Table, field: usize, cells: &impl Cells) -> Day {
        let place = match self.days.iter().position(|known| known.field == field) {
            Some(place) => place,
            None => {
                self.days.push(KnownDay { field, mark: None, text: None, day: Day::NONE });
                self.days.len() - 1
            }
        };
        let Some(known) = self.days.get_mut(place) else { return Day::NONE };
        let mark = cells.mark(field);
        if mark.is_some() && mark == known.mark {
            return known.day;
        }
        let Some(declared) = table.fields.get(field) else { return Day::NONE };
        let Some(cell) = cells.value(field) else { return Day::NONE };
        let text = cell.as_bytes().try_into().ok();
        if text.is_none() || text != known.text {
            known.day = day(&declared.kind, &cell);
        }
        (known.mark, known.text) = (mark, text);
        known.day
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use std::cell::Cell;

    /// Values with their marks, and how often one was asked for.
    struct Row<'a>(&'a [(&'a str, Option<u32>)], Cell<usize>);

    impl Cells for Row<'_> {
        fn value(&self, field: usize) -> Option<Cow<'_, str>> {
            self.1.set(self.1.get() + 1);
            self.0.get(field).map(|(value, _)| Cow::Borrowed(*value))
        }

        fn mark(&self, field: usize) -> Option<u32> {
            self.0.get(field)?.1
        }
    }

    #[test]
    fn what_is_marked_alike_is_not_looked_at_again() {
        let schema = r#"{"resources": [{
            "name": "p", "path": "p.csv", "handover": {"role": "patient"},
            "schema": {
                "fields": [{"name": "id"}, {"name": "seen", "type": "date"}], "primaryKey": "id"
            }
        }]}"#;
        let schema = crate::schema::descriptor::read(schema.as_bytes()).unwrap();
        let plan = Plan::new(&schema, [7; 16]);
        let (table, key) = (plan.declared(0).unwrap(), &plan.patients().unwrap().own[0]);
        let mut memory = Memory::default();
        let mut look = |cells: &[(&str, Option<u32>)], looks: usize| {
            let row = Row(cells, Cell::new(0));
            let found = (memory.hash(&plan, table, key, &row), memory.day(table, 1, &row));
            assert_eq!(row.1.get(), looks, "{cells:?}");
            let day = Day::parse(cells[1].0).unwrap_or_default();
            assert_eq!(found, (plan.hash(table, key, &row), day), "{cells:?}");
        };
        look(&[("1", Some(2)), ("2020-01-01", Some(2))], 2);
        look(&[("1", Some(2)), ("2020-01-01", Some(2))], 0);
        look(&[("2", Some(3)), ("2020-01-01", Some(2))], 1);
        look(&[("2", Some(3)), ("2020-01-02", Some(3))], 1);
        // What has no mark is looked at, and so is what follows it.
        look(&[("3", None), ("no date", None)], 2);
        look(&[("4", None), ("2020-01-02", Some(3))], 2);
        look(&[("2", Some(3)), ("2020-01-02", Some(3))], 1);
        look(&[("2", Some(3)), ("2020-01-02", Some(4))], 1);
        look(&[("2", Some(3)), ("2020-01-03", None)], 1);
        look(&[("2", Some(3)), ("2020-01-03", None)], 1);
        look(&[("2", Some(3)), ("2020-13-03", None)], 1);
        memory.forget();
        let row = Row(&[("5", Some(3)), ("2021-01-01", Some(3))], Cell::new(0));
        assert_eq!(memory.hash(&plan, table, key, &row), plan.hash(table, key, &row));
        assert_eq!(memory.day(table, 1, &row), Day::parse("2021-01-01").unwrap());
    }
}
