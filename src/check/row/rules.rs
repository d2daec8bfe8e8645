//! What is declared between the cells of a row: rules, and what may be null in deleted rows only.

use super::cells::Checking;
use super::{Checked, State, Worker};
use crate::check::tally::{CellSlot, Slot};
use crate::check::walk::Lines;
use crate::finding::Sample;
use crate::schema::rule::Cells;
use crate::source::structure::Cell;
use std::borrow::Cow;

/// The cells of a row, by declared field.
struct Seen<'a> {
    at: &'a Checking<'a>,
    cells: &'a [Cell],
    states: &'a [State],
}

impl Cells for Seen<'_> {
    fn cell(&self, field: usize) -> Option<Cow<'_, str>> {
        if self.states.get(field) != Some(&State::Valid) {
            return None;
        }
        let column = self.at.reading.columns.columns.get(field).copied().flatten()?;
        let cell = *self.cells.get(column)?;
        if let Some(value) = self.at.plain(cell) {
            return Some(Cow::Borrowed(value));
        }
        let value = self.at.value(cell, &mut Vec::new()).ok()?.into_owned();
        Some(Cow::Owned(value))
    }
}

impl Worker {
    /// Checks the rules of the table. A rule over a cell that is not of its type is passed over: that
    /// has its own finding.
    pub(super) fn rules(&self, checked: &mut Checked, at: &Checking<'_>, lines: &mut Lines<'_>) {
        let plan = at.reading.plan;
        for (index, (rule, fields)) in plan.table.rules.iter().zip(&plan.rules).enumerate() {
            let is_sound = |field: &usize| self.states.get(*field) != Some(&State::Invalid);
            if !fields.iter().all(is_sound) || rule.holds(&self.seen(at)) {
                continue;
            }
            let severity = Some(rule.severity);
            let mut counted = checked.tally.add_as(Slot::rule(index), severity, self.samples);
            let place = at.row.place(lines);
            let wants_sample = counted.wants_sample;
            counted.at(place);
            if wants_sample {
                counted.sample(Sample { place, ..Sample::default() });
            }
        }
    }

    /// Counts fields that are null in a row that does not say that its record was deleted.
    pub(super) fn unless_deleted(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        lines: &mut Lines<'_>,
    ) {
        let plan = at.reading.plan;
        let is_null = |field: &&usize| self.states.get(**field) == Some(&State::Null);
        if !plan.unless_deleted.iter().any(|field| is_null(&field)) || self.is_deleted(at) {
            return;
        }
        for &field in plan.unless_deleted.iter().filter(is_null) {
            self.count_cell(checked, at, field, CellSlot::RequiredUnlessDeleted, lines);
        }
    }

    /// Whether the row says that its record was deleted, or may say so: a flag that is not of its
    /// type has its own finding.
    pub(super) fn is_deleted(&self, at: &Checking<'_>) -> bool {
        let Some(deleted) = &at.reading.plan.table.deleted else { return false };
        let seen = self.seen(at);
        deleted.tests.iter().all(|test| {
            let Some(field) = at.reading.plan.table.fields.get(test.field) else { return false };
            self.states.get(test.field) == Some(&State::Invalid)
                || test.holds(&field.kind, seen.cell(test.field).as_deref())
        })
    }

    fn seen<'a>(&'a self, at: &'a Checking<'a>) -> Seen<'a> {
        Seen { at, cells: &self.cells, states: &self.states }
    }
}
