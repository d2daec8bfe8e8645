//! What is declared between the cells of a row: rules, and what may be null in deleted rows only.

use super::cells::Checking;
use super::grid::{Grid, Mark};
use super::{Checked, Worker};
use crate::check::tally::{CellSlot, Slot};
use crate::finding::Sample;
use crate::schema::rule::Cells;
use std::borrow::Cow;

/// A row whose cells were checked.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) at: Checking<'a>,
    grid: &'a Grid,
    index: usize,
}

impl<'a> Seen<'a> {
    /// A row of the grid.
    pub(super) fn new(at: Checking<'a>, grid: &'a Grid, index: usize) -> Self {
        Self { at, grid, index }
    }

    /// What became of its cell of a declared field.
    pub(super) fn mark(&self, field: usize) -> Mark {
        self.grid.marks(field).get(self.index).copied().unwrap_or(Mark::INVALID)
    }

    /// Whether the row says that its record was deleted, or may say so: a flag that is not of its
    /// type has its own finding.
    pub(super) fn is_deleted(&self) -> bool {
        let plan = self.at.around.reading.plan;
        let Some(deleted) = &plan.table.deleted else { return false };
        deleted.tests.iter().all(|test| {
            let Some(field) = plan.table.fields.get(test.field) else { return false };
            self.mark(test.field) == Mark::INVALID
                || test.holds(&field.kind, Cells::cell(self, test.field).as_deref())
        })
    }
}

impl Cells for Seen<'_> {
    fn cell(&self, field: usize) -> Option<Cow<'_, str>> {
        if !self.mark(field).is_valid() {
            return None;
        }
        let cell = self.at.cell(field)?;
        if let Some(value) = self.at.around.plain(cell) {
            return Some(Cow::Borrowed(value));
        }
        let value = self.at.value(cell, &mut Vec::new()).ok()?.into_owned();
        Some(Cow::Owned(value))
    }
}

impl Worker {
    /// Checks the rules of the table. A rule over a cell that is not of its type is passed over: that
    /// has its own finding.
    pub(super) fn rules(&self, checked: &mut Checked, seen: &Seen<'_>) {
        let at = &seen.at;
        let plan = at.around.reading.plan;
        for (index, (rule, fields)) in plan.table.rules.iter().zip(&plan.rules).enumerate() {
            let is_sound = |field: &usize| seen.mark(*field) != Mark::INVALID;
            if !fields.iter().all(is_sound) || rule.holds(seen) {
                continue;
            }
            let severity = Some(rule.severity);
            let mut counted = checked.tally.add_as(Slot::rule(index), severity, self.samples);
            let place = at.place();
            let wants_sample = counted.wants_sample;
            counted.at(place);
            if wants_sample {
                counted.sample(Sample { place, ..Sample::default() });
            }
        }
    }

    /// Counts fields that are null in a row that does not say that its record was deleted.
    pub(super) fn unless_deleted(&self, checked: &mut Checked, seen: &Seen<'_>) {
        let plan = seen.at.around.reading.plan;
        let is_null = |field: &&usize| seen.mark(**field) == Mark::NULL;
        if !plan.unless_deleted.iter().any(|field| is_null(&field)) || seen.is_deleted() {
            return;
        }
        for &field in plan.unless_deleted.iter().filter(is_null) {
            self.count_cell(checked, &seen.at, field, CellSlot::RequiredUnlessDeleted);
        }
    }
}
