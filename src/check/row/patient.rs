//! Whose the row is: its cells as the attribution wants them.

use super::grid::Grid;
use super::{Around, Checking, Worker};
use crate::attribution::Cells;
use crate::error::Result;
use crate::source::structure::Form;
use std::borrow::Cow;

/// The cells of the row at hand, by declared field.
struct RowCells<'a> {
    at: &'a Checking<'a>,
    grid: &'a Grid,
    index: usize,
}

impl Cells for RowCells<'_> {
    fn value(&self, field: usize) -> Option<Cow<'_, str>> {
        let at = self.at;
        let cell = at.cell(field)?;
        let mut scratch = Vec::new();
        let value: Cow<'_, str> = match (at.around.text, cell.form) {
            (Some(text), Form::Plain | Form::Quoted) => {
                let edge = usize::from(cell.form == Form::Quoted);
                let end = (cell.end as usize).saturating_sub(edge);
                Cow::Borrowed(text.get(cell.start as usize + edge..end)?)
            }
            _ => Cow::Owned(at.value(cell, &mut scratch).ok()?.into_owned()),
        };
        let plan = at.around.reading.plan.fields.get(field)?;
        (!at.is_null(plan, &value, cell.form != Form::Plain)).then_some(value)
    }

    fn mark(&self, field: usize) -> Option<u32> {
        let plan = self.at.around.reading.plan.fields.get(field)?;
        self.grid.marks(field).get(self.index).filter(|_| plan.is_remembered)?.number()
    }
}

impl Worker {
    /// Hands the row at hand to the attribution.
    pub(super) fn attribute(
        &mut self,
        at: &Checking<'_>,
        (grid, index): (&Grid, usize),
    ) -> Result<()> {
        let (Some(gatherer), Some(plan)) = (&mut self.gatherer, at.around.reading.attribution)
        else {
            return Ok(());
        };
        let Some(table) = plan.table(at.around.reading.plan.resource) else { return Ok(()) };
        let (block, cells) = (at.around.block, RowCells { at, grid, index });
        let number = block.first_row + at.row.number();
        gatherer.row(plan, table, (block.member, number), &cells)?;
        let mut spot = || (block.ordinal, at.around.at(at.row).packed());
        gatherer.dates(plan, table, &mut spot, &cells)
    }

    /// Tells the attribution of a row whose cells do not stand in their columns.
    pub(super) fn attribute_broken(&mut self, around: &Around<'_>) {
        if let (Some(gatherer), Some(plan)) = (&mut self.gatherer, around.reading.attribution)
            && let Some(table) = plan.table(around.reading.plan.resource)
        {
            gatherer.broken(table, around.block.member);
        }
    }
}
