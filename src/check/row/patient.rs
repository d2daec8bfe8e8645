//! Whose the row is: its cells as the attribution wants them.

use super::{Checking, Worker};
use crate::attribution::Cells;
use crate::check::walk::Lines;
use crate::error::Result;
use crate::source::structure::{Cell, Form};
use std::borrow::Cow;

/// The cells of the row at hand, by declared field.
struct RowCells<'a> {
    at: &'a Checking<'a>,
    cells: &'a [Cell],
}

impl Cells for RowCells<'_> {
    fn value(&self, field: usize) -> Option<Cow<'_, str>> {
        let reading = self.at.reading;
        let column = reading.columns.columns.get(field).copied().flatten()?;
        let cell = *self.cells.get(column)?;
        let mut scratch = Vec::new();
        let value: Cow<'_, str> = match (self.at.text, cell.form) {
            (Some(text), Form::Plain | Form::Quoted) => {
                let edge = usize::from(cell.form == Form::Quoted);
                let end = (cell.end as usize).saturating_sub(edge);
                Cow::Borrowed(text.get(cell.start as usize + edge..end)?)
            }
            _ => Cow::Owned(self.at.value(cell, &mut scratch).ok()?.into_owned()),
        };
        let plan = reading.plan.fields.get(field)?;
        (!self.at.is_null(plan, &value, cell.form != Form::Plain)).then_some(value)
    }
}

impl Worker {
    /// Hands the row at hand to the attribution. `whole`: its cells stand in their columns.
    pub(super) fn attribute(
        &mut self,
        at: &Checking<'_>,
        whole: bool,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let (Some(gatherer), Some(plan)) = (&mut self.gatherer, at.reading.attribution) else {
            return Ok(());
        };
        let Some(table) = plan.table(at.reading.plan.resource) else { return Ok(()) };
        let file = at.row.block.member;
        if !whole {
            gatherer.broken(table, file);
            return Ok(());
        }
        let cells = RowCells { at, cells: &self.cells };
        gatherer.row(plan, table, (file, at.row.number()), &cells)?;
        let mut spot = || (at.row.block.ordinal, at.row.spot(lines).packed());
        gatherer.dates(plan, table, &mut spot, &cells)
    }
}
