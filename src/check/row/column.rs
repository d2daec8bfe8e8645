//! The cells of a column: what is as declared is passed at once, the rest is looked at one by one.

use super::cells::Verdict;
use super::grid::{Grid, Mark};
use super::{Around, Checked, Worker};
use crate::check::cell::{self, Pass};
use crate::check::oddity;
use crate::check::profile::Years;
use crate::check::table::Quick;
use crate::schema::DatePrecision;
use crate::source::structure::{Cell, Form};

impl Worker {
    /// Checks one column of the grid against its field.
    pub(super) fn column(
        &self,
        checked: &mut Checked,
        around: &Around<'_>,
        grid: &mut Grid,
        (column, field): (usize, usize),
    ) {
        let Some(plan) = around.reading.plan.fields.get(field) else { return };
        let Some(mut memory) = grid.memories.get(field).copied() else { return };
        let bytes = around.block.bytes.as_slice();
        let table = around.reading.plan.table;
        let Around { text, is_sound, .. } = *around;
        let tells_year = around.reading.plan.dated_by == Some(field);
        let mut marks = grid.take_marks();
        let strip = &*grid;
        let Some(places) = strip.places(column) else {
            grid.give_marks(marks);
            return;
        };
        // Whether the year counts depends on another cell, where one says how exact the date is.
        let counts_year = |index: usize| {
            plan.field.precision.is_none()
                || strip.row(index).is_some_and(|row| {
                    let at = around.row(row, strip.cells(index));
                    at.precision(plan.field) != Some(DatePrecision::Unknown)
                })
        };
        let pattern = match plan.quick {
            Quick::Pattern => plan.field.constraints.pattern.as_ref(),
            _ => None,
        };
        // The commonest question is asked here, without a call.
        let passes = |value: &str| match pattern {
            Some(pattern) if pattern.is_match(value) => Pass::Yes,
            Some(_) => Pass::Unknown,
            None => cell::passes(plan, value),
        };
        let (mut filled, mut years) = (0, YearRun::default());
        let into = marks.get_mut(strip.place_of(field)).unwrap_or_default();
        // An empty cell that is null, and may be, is that at once.
        let passes_empty = plan.only_empty_is_null && !plan.field.constraints.required;
        let mut rest = if passes_empty && is_sound { places.filled() } else { places.all() };
        let is_known_first = plan.is_remembered && plan.only_empty_is_null;
        into.fill(Mark::NULL);
        while rest != 0 {
            let index = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let (Some(cell), Some(mark)) = (places.cell(index), into.get_mut(index)) else { break };
            let range = inner(cell).filter(|_| is_sound);
            let value = range.and_then(|(from, to)| bytes.get(from as usize..to as usize));
            if let (Some(value), Some(range)) = (value, range) {
                // Whether other words are null may depend on their quotes.
                if is_known_first && memory.is(bytes, value) {
                    *mark = memory.mark;
                    filled += 1;
                    let year = memory.year.filter(|_| counts_year(index));
                    years.add(year, &mut checked.counts.years);
                    continue;
                }
                if let Some(value) = part(text, bytes, range) {
                    let is_null = match plan.only_empty_is_null {
                        true => value.is_empty(),
                        false => plan.is_null(table, value, cell.form != Form::Plain),
                    };
                    if is_null {
                        // Else it is looked at below.
                        if !plan.field.constraints.required {
                            continue;
                        }
                    } else if !plan.is_remembered {
                        if passes(value) == Pass::Yes && oddity::is_plain(plan, value) {
                            *mark = memory.mark;
                            filled += 1;
                            continue;
                        }
                    } else if !is_known_first && memory.is(bytes, value.as_bytes()) {
                        *mark = memory.mark;
                        filled += 1;
                        let year = memory.year.filter(|_| counts_year(index));
                        years.add(year, &mut checked.counts.years);
                        continue;
                    } else {
                        let pass = passes(value);
                        if pass != Pass::Unknown && oddity::is_plain(plan, value) {
                            let year = pass.year().filter(|_| tells_year);
                            *mark = memory.take(range, year);
                            filled += 1;
                            let year = year.filter(|_| counts_year(index));
                            years.add(year, &mut checked.counts.years);
                            continue;
                        }
                    }
                }
            }
            let Some(row) = strip.row(index) else { break };
            let at = around.row(row, strip.cells(index));
            // Whether other words are null may depend on their quotes.
            let known = value.zip(range).filter(|_| plan.only_empty_is_null);
            let known = known.and_then(|(value, range)| {
                let fault = memory.wrong(bytes, value)?;
                Some((fault, part(text, bytes, range)?))
            });
            let verdict = match known {
                Some(known) => self.again(checked, &at, (field, cell), known),
                None => {
                    let mut wrong = None;
                    let verdict = self.cell(checked, &at, (field, cell), &mut wrong);
                    if let (Some(fault), Some(range)) = (wrong, range) {
                        memory.take_wrong(range, fault);
                    }
                    verdict
                }
            };
            *mark = match (verdict, range) {
                (Verdict::Null, _) => Mark::NULL,
                (Verdict::Invalid, _) => Mark::INVALID,
                (Verdict::Clean(year), Some(range)) if plan.is_remembered => {
                    memory.take(range, year)
                }
                (Verdict::Valid | Verdict::Clean(_), _) => memory.pass(),
            };
        }
        years.end(&mut checked.counts.years);
        checked.counts.cells[field].filled += filled;
        grid.give_marks(marks);
        if let Some(into) = grid.memories.get_mut(field) {
            *into = memory;
        }
    }
}

/// Rows of the same year, one after the other, which are counted at once.
#[derive(Default)]
struct YearRun {
    year: i32,
    rows: u64,
}

impl YearRun {
    #[inline]
    fn add(&mut self, year: Option<i32>, into: &mut Years) {
        let Some(year) = year else { return };
        if year != self.year {
            into.add(self.year, self.rows);
            *self = Self { year, rows: 0 };
        }
        self.rows += 1;
    }

    fn end(self, into: &mut Years) {
        into.add(self.year, self.rows);
    }
}

/// Where the value of a cell stands, if it stands in the block as it is meant.
#[inline]
fn inner(cell: Cell) -> Option<(u32, u32)> {
    match cell.form {
        Form::Plain => Some((cell.start, cell.end)),
        Form::Quoted => Some((cell.start + 1, cell.end.saturating_sub(1))),
        Form::Doubled | Form::Odd => None,
    }
}

/// A part of the block as text: of the text that it is, or, where it is none, if it is ASCII.
#[inline(always)]
fn part<'a>(text: Option<&'a str>, bytes: &'a [u8], (from, to): (u32, u32)) -> Option<&'a str> {
    let range = from as usize..to as usize;
    match text {
        Some(text) => text.get(range),
        None => bytes
            .get(range)
            .filter(|part| part.is_ascii())
            .and_then(|part| str::from_utf8(part).ok()),
    }
}
