//! The cells of a row against their fields.

use super::{Checked, Reading, Row, State, Worker, dates};
use crate::check::audit::{self, AuditPlan, Entry};
use crate::check::cell::{self, Fault};
use crate::check::oddity;
use crate::check::table::FieldPlan;
use crate::check::tally::{CellSlot, Slot};
use crate::check::walk::Lines;
use crate::finding::{Facts, Sample, shape};
use crate::schema::value::Value;
use crate::schema::{Condition, DatePrecision, Encoding};
use crate::source::structure::{Cell, Form};
use std::borrow::Cow;

impl Worker {
    /// Whether a condition holds for the row at hand. A cell that is no text meets none.
    pub(super) fn holds(&self, at: &Checking<'_>, condition: &Condition) -> bool {
        let plan = at.reading.plan;
        let mut scratch = Vec::new();
        condition.tests.iter().all(|test| {
            let column = at.reading.columns.columns.get(test.field).copied().flatten();
            let cell = column.and_then(|column| self.cells.get(column)).copied();
            let (Some(cell), Some(field)) = (cell, plan.fields.get(test.field)) else {
                return test.null;
            };
            let Ok(value) = at.value(cell, &mut scratch) else { return false };
            let is_null = at.is_null(field, &value, cell.form != Form::Plain);
            test.holds(&field.field.kind, (!is_null).then_some(&*value))
        })
    }

    /// Looks at the row as an entry of an audit trail.
    pub(super) fn entry(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        audit: &AuditPlan,
        lines: &mut Lines<'_>,
    ) {
        let plan = at.reading.plan;
        let mut scratch = Vec::new();
        let mut read = |field: Option<usize>, of: &mut dyn FnMut(&FieldPlan<'_>, &str)| {
            let valid = field.filter(|&field| self.states[field] == State::Valid);
            let column = valid.and_then(|field| at.reading.columns.columns.get(field)?.to_owned());
            let cell = column.and_then(|column| self.cells.get(column));
            if let (Some(field), Some(&cell)) = (valid, cell)
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
            let has_column = at.reading.columns.columns.get(user).is_some_and(Option::is_some);
            self.states[user] == State::Null && has_column && !is_told
        });
        let found = checked.trail.add(&entry, (audit, plan), &mut || at.row.place(lines));
        for slot in found.into_iter().flatten() {
            self.count_row(checked, slot, at.row, lines, Facts::None);
        }
    }

    /// Checks one cell against its field.
    pub(super) fn cell(
        &mut self,
        checked: &mut Checked,
        at: &Checking<'_>,
        column: usize,
        field: usize,
        lines: &mut Lines<'_>,
    ) {
        let plan = &at.reading.plan.fields[field];
        let cell = self.cells[column];
        let mut scratch = Vec::new();
        let (value, quoted) = match at.value(cell, &mut scratch) {
            Ok(value) => (value, cell.form != Form::Plain),
            // Told of the row already.
            Err(_) => {
                checked.counts.sum(plan, None);
                return;
            }
        };
        if at.is_null(plan, &value, quoted) {
            if plan.field.constraints.required {
                self.count_cell(checked, at, field, CellSlot::Required, lines);
            }
            self.states[field] = State::Null;
            return;
        }
        checked.counts.cells[field].filled += 1;
        if plan.anything_goes {
            self.odd(checked, at, (field, cell), &value, lines);
            self.states[field] = State::Valid;
            return;
        }
        let tells_year = at.reading.plan.dated_by == Some(field);
        if !plan.costly || self.passed[field].as_deref() != Some(&*value) {
            match cell::read(plan, &value) {
                Ok(typed) => {
                    checked.counts.sum(plan, typed.as_ref());
                    let no_date = typed.as_ref().is_some_and(|at| plan.field.dates.is_sentinel(at));
                    let is_late = !no_date && dates::is_after(typed.as_ref(), plan.latest);
                    if is_late {
                        // What holds for the next row depends on how exact that says it is.
                        self.passed[field] = None;
                    } else if plan.costly {
                        let passed = self.passed[field].get_or_insert_default();
                        passed.clear();
                        passed.push_str(&value);
                    }
                    if tells_year {
                        let year = typed.as_ref().and_then(Value::year);
                        self.year = year.filter(|_| !no_date);
                    }
                    if let (true, Some(date), Some(latest)) = (is_late, &typed, plan.latest)
                        && dates::is_future(date, latest, self.precision(at, plan.field))
                    {
                        let fault = Fault::of(CellSlot::Future);
                        self.count_fault(checked, at, field, fault, &value, lines);
                    }
                }
                Err(fault) => {
                    if plan.total.is_some() {
                        // What is not allowed is in the sum nevertheless.
                        checked.counts.sum(plan, plan.field.kind.read(&value).ok().as_ref());
                    }
                    if at.row.has_told(cell, &value) {
                        return;
                    }
                    let told = match oddity::instead_of(at.reading.plan, field, fault.slot, &value)
                    {
                        Some(slot) => Fault::of(slot),
                        None => fault,
                    };
                    self.count_fault(checked, at, field, told, &value, lines);
                    if fault.slot != CellSlot::Type {
                        self.states[field] = State::Valid;
                    }
                    return;
                }
            }
        }
        if tells_year
            && let Some(year) = self.year
            && self.precision(at, plan.field) != Some(DatePrecision::Unknown)
        {
            checked.counts.years.add(year);
        }
        self.odd(checked, at, (field, cell), &value, lines);
        if plan.names_file {
            match at.reading.plan.documents.find(plan.field, &value) {
                Some(member) if checked.named.last() == Some(&member) => {}
                Some(member) => checked.named.push(member),
                None => {
                    let fault = Fault::of(CellSlot::Document);
                    self.count_fault(checked, at, field, fault, &value, lines);
                }
            }
        }
        self.states[field] = State::Valid;
    }

    /// Counts what is odd about a value that is as declared.
    fn odd(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        (field, cell): (usize, Cell),
        value: &str,
        lines: &mut Lines<'_>,
    ) {
        let plan = at.reading.plan;
        if plan.fields[field].is_watched
            && let Some(slot) = oddity::of(plan, &plan.fields[field], value)
            && !at.row.has_told(cell, value)
        {
            self.count_fault(checked, at, field, Fault::of(slot), value, lines);
        }
    }

    pub(super) fn count_cell(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        slot: CellSlot,
        lines: &mut Lines<'_>,
    ) {
        self.count_fault(checked, at, field, Fault::of(slot), "", lines);
    }

    fn count_fault(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        Fault { slot, what, length }: Fault,
        value: &str,
        lines: &mut Lines<'_>,
    ) {
        let plan = &at.reading.plan.fields[field];
        let severity = match slot {
            CellSlot::KeyNull => at.reading.plan.table.severities.of("primaryKey"),
            CellSlot::Future => plan.field.dates.future,
            _ => slot.property().and_then(|name| plan.field.severities.of(name)),
        };
        let mut counted = checked.tally.add_as(Slot::cell(field, slot), severity, self.samples);
        let place = at.row.place(lines);
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

/// What a cell is checked with.
pub(super) struct Checking<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) text: Option<&'a str>,
    pub(super) row: &'a Row<'a>,
}

impl<'a> Checking<'a> {
    /// The value of a cell that stands in the block as it is meant.
    pub(super) fn plain(&self, cell: Cell) -> Option<&'a str> {
        let (Some(text), Form::Plain | Form::Quoted) = (self.text, cell.form) else { return None };
        let edge = usize::from(cell.form == Form::Quoted);
        text.get(cell.start as usize + edge..(cell.end as usize).saturating_sub(edge))
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
        if let Some(at) = self.row.malformed_in(cell.start..cell.end) {
            return Err((at - cell.start) as usize);
        }
        if let Some(value) = self.plain(cell) {
            return Ok(Cow::Borrowed(value));
        }
        let bytes = self.row.block.bytes.as_slice();
        let value = self.reading.grammar.value(bytes, cell, scratch);
        match self.reading.encoding {
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
        if plan.only_empty_is_missing {
            if value.is_empty() {
                return true;
            }
        } else if plan.missing.binary_search(&value).is_ok() {
            return true;
        }
        let sequence = &self.reading.plan.table.dialect.null_sequence;
        !quoted && sequence.as_deref() == Some(value)
    }
}
