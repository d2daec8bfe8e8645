//! The cells of a row against their fields.

use super::grid::{Cells, Mark};
use super::{Around, Checked, Row, Seen, Worker, dates};
use crate::check::audit::{self, AuditPlan, Entry};
use crate::check::cell::{self, Fault};
use crate::check::oddity;
use crate::check::table::FieldPlan;
use crate::check::tally::{CellSlot, Slot};
use crate::finding::{Facts, Place, Sample, shape};
use crate::schema::value::Value;
use crate::schema::{Condition, DatePrecision, Encoding};
use crate::source::structure::{Cell, Form};
use std::borrow::Cow;

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is null.
    Null,
    /// It is not as declared.
    Invalid,
    /// It has a value of its type.
    Valid,
    /// The same, and there is nothing to tell of it, nor of any row that has the same value; with the
    /// year of its date.
    Clean(Option<i32>),
}

impl Worker {
    /// Looks at the row as an entry of an audit trail.
    pub(super) fn entry(&self, checked: &mut Checked, seen: &Seen<'_>, audit: &AuditPlan) {
        let at = &seen.at;
        let plan = at.around.reading.plan;
        let mut scratch = Vec::new();
        let mut read = |field: Option<usize>, of: &mut dyn FnMut(&FieldPlan<'_>, &str)| {
            let valid = field.filter(|&field| seen.mark(field).is_valid());
            if let Some(field) = valid
                && let Some(cell) = at.cell(field)
                && let Ok(value) = at.value(cell, &mut scratch)
            {
                of(&plan.fields[field], &value);
            }
        };
        let mut entry = Entry::default();
        read(audit.sequence, &mut |_, value| entry.number = audit::number(value));
        read(audit.date, &mut |plan, value| entry.date = plan.field.kind.read(value).ok());
        read(audit.time, &mut |plan, value| entry.time = plan.field.kind.read(value).ok());
        entry.lacks_user = audit.user.is_some_and(|user| {
            // What the schema demands to be there has its own finding.
            let rules = plan.fields[user].field;
            let is_told = rules.constraints.required || rules.required_unless_deleted;
            seen.mark(user) == Mark::NULL && at.cell(user).is_some() && !is_told
        });
        let found = checked.trail.add(&entry, (audit, plan), &mut || at.place());
        for slot in found.into_iter().flatten() {
            self.count_row(checked, slot, at.around, at.row, Facts::None);
        }
    }

    /// Checks one cell against its field. `wrong` gets what is wrong with its value.
    pub(super) fn cell(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        (field, cell): (usize, Cell),
        wrong: &mut Option<Fault>,
    ) -> Verdict {
        let plan = &at.around.reading.plan.fields[field];
        let mut scratch = Vec::new();
        let (value, quoted) = match at.value(cell, &mut scratch) {
            Ok(value) => (value, cell.form != Form::Plain),
            // Told of the row already.
            Err(_) => {
                checked.counts.sum(plan, None);
                return Verdict::Invalid;
            }
        };
        if at.is_null(plan, &value, quoted) {
            if plan.field.constraints.required {
                self.count_cell(checked, at, field, CellSlot::Required);
            }
            return Verdict::Null;
        }
        checked.counts.cells[field].filled += 1;
        if plan.anything_goes {
            let is_odd = self.odd(checked, at, (field, cell), &value);
            return if is_odd { Verdict::Valid } else { Verdict::Clean(None) };
        }
        let typed = match cell::read(plan, &value) {
            Ok(typed) => typed,
            Err(fault) => {
                *wrong = Some(fault);
                return self.fault(checked, at, (field, cell), fault, &value);
            }
        };
        checked.counts.sum(plan, typed.as_ref());
        let no_date = typed.as_ref().is_some_and(|at| plan.field.dates.is_sentinel(at));
        let is_late = !no_date && dates::is_after(typed.as_ref(), plan.latest);
        if let (true, Some(date), Some(latest)) = (is_late, &typed, plan.latest)
            && dates::is_future(date, latest, at.precision(plan.field))
        {
            self.count_fault(checked, at, field, Fault::of(CellSlot::Future), &value);
        }
        // What a late date says to the next row depends on how exact that says it is; and what is
        // summed is read each time.
        let mut is_clean = !is_late && plan.total.is_none();
        let tells_year = at.around.reading.plan.dated_by == Some(field);
        let year = typed.as_ref().and_then(Value::year).filter(|_| tells_year && !no_date);
        if let Some(year) = year
            && at.precision(plan.field) != Some(DatePrecision::Unknown)
        {
            checked.counts.years.add(year, 1);
        }
        is_clean &= !self.odd(checked, at, (field, cell), &value);
        if plan.names_file {
            match at.around.reading.plan.documents.find(plan.field, &value) {
                Some(member) if checked.named.last() == Some(&member) => {}
                Some(member) => checked.named.push(member),
                None => {
                    let fault = Fault::of(CellSlot::Document);
                    self.count_fault(checked, at, field, fault, &value);
                    is_clean = false;
                }
            }
        }
        if is_clean { Verdict::Clean(year) } else { Verdict::Valid }
    }

    /// Counts one more cell whose value was found to be wrong before.
    pub(super) fn again(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        place: (usize, Cell),
        (fault, value): (Fault, &str),
    ) -> Verdict {
        checked.counts.cells[place.0].filled += 1;
        self.fault(checked, at, place, fault, value)
    }

    /// Counts what is wrong with a cell.
    fn fault(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        (field, cell): (usize, Cell),
        fault: Fault,
        value: &str,
    ) -> Verdict {
        let plan = &at.around.reading.plan.fields[field];
        if plan.total.is_some() {
            // What is not allowed is in the sum nevertheless.
            checked.counts.sum(plan, plan.field.kind.read(value).ok().as_ref());
        }
        let is_told = oddity::is_told_of(at.around.reading.plan, fault.slot, value);
        if is_told || at.has_told(cell, value) {
            return Verdict::Invalid;
        }
        let told = match oddity::instead_of(at.around.reading.plan, field, fault.slot, value) {
            Some(slot) => Fault::of(slot),
            None => fault,
        };
        self.count_fault(checked, at, field, told, value);
        if fault.slot == CellSlot::Type { Verdict::Invalid } else { Verdict::Valid }
    }

    /// Counts what is odd about a value that is as declared; whether there is anything.
    fn odd(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        (field, cell): (usize, Cell),
        value: &str,
    ) -> bool {
        let plan = at.around.reading.plan;
        if plan.fields[field].is_watched
            && let Some(slot) = oddity::of(plan, &plan.fields[field], value)
            && !at.has_told(cell, value)
        {
            self.count_fault(checked, at, field, Fault::of(slot), value);
            return true;
        }
        false
    }

    pub(super) fn count_cell(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        slot: CellSlot,
    ) {
        self.count_fault(checked, at, field, Fault::of(slot), "");
    }

    fn count_fault(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        Fault { slot, what, length }: Fault,
        value: &str,
    ) {
        let plan = &at.around.reading.plan.fields[field];
        let severity = match slot {
            CellSlot::KeyNull => at.around.reading.plan.table.severities.of("primaryKey"),
            CellSlot::Future => plan.field.dates.future,
            _ => slot.property().and_then(|name| plan.field.severities.of(name)),
        };
        let mut counted = checked.tally.add_as(Slot::cell(field, slot), severity, self.samples);
        let place = at.place();
        let wants_sample = counted.wants_sample;
        counted.at(place);
        let form = match slot {
            CellSlot::Rounded => Some(oddity::zeros(value)),
            _ => what,
        };
        if let Some(form) = form {
            counted.form(form);
        }
        if let Some(length) = length {
            counted.length(length);
        }
        if wants_sample {
            let has_value = !matches!(
                slot,
                CellSlot::Required | CellSlot::RequiredUnlessDeleted | CellSlot::KeyNull
            );
            counted.sample(Sample {
                place,
                shape: has_value.then(|| shape(value)),
                value: (has_value && plan.shows_values).then(|| value.to_owned()),
                facts: match (slot, what) {
                    (CellSlot::Identifier | CellSlot::Placeholder, Some(what)) => {
                        Facts::Text(what.to_owned())
                    }
                    (CellSlot::JsonSchema, _) => cell::not_as_schema(plan.field, value),
                    _ => Facts::None,
                },
                token: None,
            });
        }
    }
}

/// A row with what its cells are checked with.
#[derive(Clone, Copy)]
pub(super) struct Checking<'a> {
    pub(super) around: &'a Around<'a>,
    pub(super) row: Row,
    pub(super) cells: Cells<'a>,
}

impl<'a> Checking<'a> {
    /// The place of the row in the extract.
    pub(super) fn place(&self) -> Place {
        self.around.place(self.row)
    }

    /// Whether a finding about the row explains a wrong value: a NUL byte, a stray quote.
    fn has_told(&self, cell: Cell, value: &str) -> bool {
        let range = cell.start..=cell.end;
        self.row.odd.is_some_and(|odd| range.contains(&odd)) || value.contains('\0')
    }

    /// The cell of a declared field; `None` where the file lacks its column.
    pub(super) fn cell(&self, field: usize) -> Option<Cell> {
        let column = self.around.reading.columns.columns.get(field).copied().flatten()?;
        self.cells.get(column)
    }

    /// Whether a condition holds for the row. A cell that is no text meets none.
    pub(super) fn holds(&self, condition: &Condition) -> bool {
        let mut scratch = Vec::new();
        condition.tests.iter().all(|test| {
            let field = self.around.reading.plan.fields.get(test.field);
            let (Some(cell), Some(field)) = (self.cell(test.field), field) else {
                return test.null;
            };
            let Ok(value) = self.value(cell, &mut scratch) else { return false };
            let is_null = self.is_null(field, &value, cell.form != Form::Plain);
            test.holds(&field.field.kind, (!is_null).then_some(&*value))
        })
    }

    /// The value of a cell as text. `Err`: the offset in the value of the first byte that is no
    /// valid text.
    pub(super) fn value<'b>(
        &self,
        cell: Cell,
        scratch: &'b mut Vec<u8>,
    ) -> Result<Cow<'b, str>, usize>
    where
        'a: 'b,
    {
        if !self.around.is_sound
            && let Some(at) = self.around.malformed_in(cell.start..cell.end)
        {
            return Err((at - cell.start) as usize);
        }
        if let Some(value) = self.around.plain(cell) {
            return Ok(Cow::Borrowed(value));
        }
        let bytes = self.around.block.bytes.as_slice();
        let value = self.around.reading.grammar.value(bytes, cell, scratch);
        match self.around.reading.encoding {
            Encoding::Windows1252 => {
                let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(value);
                Ok(text)
            }
            _ => match std::str::from_utf8(value) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(error.valid_up_to()),
            },
        }
    }

    pub(super) fn is_null(&self, plan: &FieldPlan<'_>, value: &str, quoted: bool) -> bool {
        plan.is_null(self.around.reading.plan.table, value, quoted)
    }
}
