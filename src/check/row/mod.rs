//! One worker's work: the rows of a block against the plan of its table.

mod bytes;
mod keys;
mod passed;

use crate::check::cell::{self, Fault};
use crate::check::header::Columns;
use crate::check::profile::Counts;
use crate::check::table::{FieldPlan, TablePlan};
use crate::check::tally::{CellSlot, RowSlot, Slot, Tally};
use crate::check::walk::{CellWalk, Lines, Odd};
use crate::error::Result;
use crate::finding::{Facts, Place, Sample, shape};
use crate::schema::Encoding;
use crate::source::block::Block;
use crate::source::structure::{Cell, Form, Grammar};
use crate::spill::Store;
pub(in crate::check) use bytes::LineEnds;
use bytes::Suspicion;
pub(in crate::check) use passed::SeenTrailer;
use std::borrow::Cow;

/// What a worker found in one block.
#[derive(Debug, Default)]
pub(in crate::check) struct Checked {
    /// Findings, counted.
    pub(in crate::check) tally: Tally,
    /// Data rows: no header, comment or blank row.
    pub(in crate::check) rows: u64,
    /// How the records end.
    pub(in crate::check) line_ends: LineEnds,
    /// The last trailer record.
    pub(in crate::check) trailer: Option<SeenTrailer>,
    /// Reconciliation counts.
    pub(in crate::check) counts: Counts,
}

/// A worker: its own buffers and key records.
pub(in crate::check) struct Worker {
    /// Key records for the join after the read.
    pub(in crate::check) store: Store,
    key: [u8; 16],
    samples: usize,
    walk: CellWalk,
    cells: Vec<Cell>,
    states: Vec<State>,
    key_bytes: Vec<u8>,
    raw: Vec<u8>,
    /// For each key of the table: the last one.
    remembered: Vec<Remembered>,
    remembered_for: Option<u32>,
    /// For each field whose check is costly: the last value that passed. Rows often repeat it.
    passed: Vec<Option<String>>,
    /// The year of the last date that was read of the field that dates the table's rows.
    year: Option<i32>,
}

/// The cells of a key as they stand in the file, and its hash where it has one.
#[derive(Clone, Default)]
struct Remembered {
    raw: Vec<u8>,
    hash: Option<u128>,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Null,
    Valid,
    Invalid,
}

/// How a block is read beside its bytes.
pub(in crate::check) struct Reading<'a> {
    pub(in crate::check) plan: &'a TablePlan<'a>,
    pub(in crate::check) columns: &'a Columns,
    pub(in crate::check) grammar: Grammar,
    /// How the block's text is to be understood.
    pub(in crate::check) encoding: Encoding,
}

/// The row at hand.
struct Row<'a> {
    block: &'a Block,
    number: usize,
    start: usize,
    end: usize,
    /// A quote that stands where none may, as an offset into the block.
    odd: Option<usize>,
}

impl Worker {
    pub(in crate::check) fn new(store: Store, key: [u8; 16], samples: usize) -> Self {
        Self {
            store,
            key,
            samples,
            walk: CellWalk::default(),
            cells: Vec::new(),
            states: Vec::new(),
            key_bytes: Vec::new(),
            raw: Vec::new(),
            remembered: Vec::new(),
            remembered_for: None,
            passed: Vec::new(),
            year: None,
        }
    }

    /// Checks the rows of one block.
    pub(in crate::check) fn block(
        &mut self,
        block: &Block,
        reading: &Reading<'_>,
    ) -> Result<Checked> {
        let Reading { plan, columns, grammar, encoding } = reading;
        let mut checked = Checked { counts: Counts::of(plan), ..Checked::default() };
        let bytes = block.bytes.as_slice();
        let text = match encoding {
            Encoding::Utf8 => std::str::from_utf8(bytes).ok(),
            _ if bytes.is_ascii() => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        if self.remembered_for != Some(plan.resource) {
            self.remembered = vec![Remembered::default(); plan.keys.len()];
            self.passed = vec![None; plan.fields.len()];
            self.remembered_for = Some(plan.resource);
        }
        self.walk.begin(grammar, block);
        let mut lines = Lines::new(bytes, grammar.line_end());
        let suspicion = Suspicion::of(block, *encoding, text.is_some());
        // In UTF-16 the mark is what tells the order of the bytes.
        if block.skip > 0 && !block.is_utf16() {
            let place =
                Place { file: Some(block.member), row: Some(1), line: Some(1), byte: Some(0) };
            let mut counted = checked.tally.add(Slot::row(RowSlot::ByteOrderMark), self.samples);
            counted.at(place).sample(Sample { place, ..Sample::default() });
        }
        let (mut start, mut whole_rows) = (0, 0);
        for (number, &end) in block.ends.iter().enumerate() {
            let mut row = Row { block, number, start, end: end as usize, odd: None };
            start = end as usize;
            let begin = if number == 0 { block.skip as usize } else { row.start };
            let odd = self.walk.cells(grammar, block, (begin, row.end), &mut self.cells);
            checked.line_ends.add(&row, &mut lines);
            if self.is_passed_over(&row, plan, columns, bytes, begin) {
                continue;
            }
            if row.is_cut_off(self.cells.len() < columns.width()) {
                self.count_row(&mut checked, RowSlot::TruncatedFile, &row, &mut lines, Facts::None);
                checked.rows += 1;
                continue;
            }
            self.bytes(&mut checked, suspicion, &row, &mut lines);
            if columns.is_header(bytes.get(begin..row.end).unwrap_or_default()) {
                self.count_row(
                    &mut checked,
                    RowSlot::RepeatedHeader,
                    &row,
                    &mut lines,
                    Facts::None,
                );
                continue;
            }
            if let Some(trailer) = plan.trailer
                && let Some(count) = self.trailer(trailer, bytes, grammar)
            {
                let place = row.place(&mut lines);
                checked.trailer = Some(SeenTrailer { place, count, is_followed: false });
                continue;
            }
            row.odd = odd.map(Odd::place);
            if let Some(odd) = odd {
                self.count_odd(&mut checked, odd, &row, &mut lines);
            } else if self.is_blank(bytes, grammar) {
                self.count_row(&mut checked, RowSlot::BlankRow, &row, &mut lines, Facts::None);
                continue;
            }
            checked.rows += 1;
            if let Some(trailer) = &mut checked.trailer {
                trailer.is_followed = true;
            }
            self.states.clear();
            self.states.resize(plan.fields.len(), State::Invalid);
            let at = Checking { reading, text, row: &row };
            if self.cells.len() != columns.width() {
                if odd.is_none() {
                    self.width(&mut checked, columns, &row, &mut lines);
                }
                self.ragged_keys(&at, &mut lines, block.lines)?;
                continue;
            }
            whole_rows += 1;
            for column in 0..self.cells.len() {
                if let Some(Some(field)) = columns.fields.get(column) {
                    self.cell(&mut checked, &at, column, *field, &mut lines);
                }
            }
            for index in 0..plan.keys.len() {
                self.key(&mut checked, &at, index, &mut lines, block.lines)?;
            }
        }
        for &field in columns.fields.iter().flatten() {
            checked.counts.cells[field].all = whole_rows;
        }
        Ok(checked)
    }

    /// Counts a quote in the wrong place.
    fn count_odd(&self, checked: &mut Checked, odd: Odd, row: &Row<'_>, lines: &mut Lines<'_>) {
        let byte = row.block.byte_at(row.number, odd.place());
        let (slot, text) = match odd {
            Odd::Stray(_) => (RowSlot::StrayQuote, format!("at byte {byte}")),
            Odd::Unclosed(_, 0) => (RowSlot::UnclosedQuote, format!("at byte {byte}")),
            Odd::Unclosed(_, swallowed) => (
                RowSlot::UnclosedQuote,
                format!(
                    "at byte {byte}; a reader that believes it loses {swallowed} lines after this one"
                ),
            ),
        };
        self.count_row(checked, slot, row, lines, Facts::Text(text));
    }

    /// A row with too few or too many cells: one finding, not one for each cell.
    fn width(
        &mut self,
        checked: &mut Checked,
        columns: &Columns,
        row: &Row<'_>,
        lines: &mut Lines<'_>,
    ) {
        let (expected, found) = (columns.width() as u64, self.cells.len() as u64);
        let slot = if found < expected { RowSlot::MissingCell } else { RowSlot::ExtraCell };
        self.count_row(checked, slot, row, lines, Facts::Width { expected, found });
    }

    fn count_row(
        &self,
        checked: &mut Checked,
        slot: RowSlot,
        row: &Row<'_>,
        lines: &mut Lines<'_>,
        facts: Facts,
    ) {
        let mut counted = checked.tally.add(Slot::row(slot), self.samples);
        let place = row.place(lines);
        let wants_sample = counted.wants_sample;
        counted.at(place);
        if wants_sample {
            counted.sample(Sample { place, facts, ..Sample::default() });
        }
    }

    /// Checks one cell against its field.
    fn cell(
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
            Err(_) => return,
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
            self.states[field] = State::Valid;
            return;
        }
        let dates = at.reading.plan.dated_by == Some(field);
        if !plan.costly || self.passed[field].as_deref() != Some(&*value) {
            match cell::read(plan, &value) {
                Ok(typed) => {
                    if plan.costly {
                        let passed = self.passed[field].get_or_insert_default();
                        passed.clear();
                        passed.push_str(&value);
                    }
                    if dates {
                        self.year = typed.and_then(|typed| typed.year());
                    }
                }
                Err(fault) => {
                    if at.row.has_told(cell, &value) {
                        return;
                    }
                    self.count_fault(checked, at, field, fault, &value, lines);
                    if fault.slot != CellSlot::Type {
                        self.states[field] = State::Valid;
                    }
                    return;
                }
            }
        }
        if dates && let Some(year) = self.year {
            checked.counts.years.add(year);
        }
        self.states[field] = State::Valid;
    }

    fn count_cell(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        slot: CellSlot,
        lines: &mut Lines<'_>,
    ) {
        self.count_fault(checked, at, field, Fault { slot, what: None }, "", lines);
    }

    fn count_fault(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        Fault { slot, what }: Fault,
        value: &str,
        lines: &mut Lines<'_>,
    ) {
        let plan = &at.reading.plan.fields[field];
        let mut counted = checked.tally.add(Slot::cell(field, slot), self.samples);
        let place = at.row.place(lines);
        let wants_sample = counted.wants_sample;
        counted.at(place);
        let form = match slot {
            CellSlot::Type => plan.field.kind.lenient(value),
            _ => what,
        };
        if let Some(form) = form {
            counted.form(form);
        }
        if wants_sample {
            let has_value = !matches!(slot, CellSlot::Required | CellSlot::KeyNull);
            counted.sample(Sample {
                place,
                shape: has_value.then(|| shape(value)),
                value: (has_value && plan.shows_values).then(|| value.to_owned()),
                facts: what.map_or(Facts::None, |what| Facts::Text(what.to_owned())),
                token: None,
            });
        }
    }
}

/// What a cell is checked with.
struct Checking<'a> {
    reading: &'a Reading<'a>,
    text: Option<&'a str>,
    row: &'a Row<'a>,
}

impl<'a> Checking<'a> {
    /// The value of a cell as text. `Err`: the offset in the value of the first byte that is no
    /// valid text.
    fn value<'b>(&self, cell: Cell, scratch: &'b mut Vec<u8>) -> Result<Cow<'b, str>, usize>
    where
        'a: 'b,
    {
        let bytes = self.row.block.bytes.as_slice();
        if let Some(at) = self.row.malformed_in(cell.start..cell.end) {
            return Err((at - cell.start) as usize);
        }
        if let (Some(text), Form::Plain | Form::Quoted) = (self.text, cell.form) {
            let edge = usize::from(cell.form == Form::Quoted);
            let range = cell.start as usize + edge..(cell.end as usize).saturating_sub(edge);
            if let Some(value) = text.get(range) {
                return Ok(Cow::Borrowed(value));
            }
        }
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

    fn is_null(&self, plan: &FieldPlan<'_>, value: &str, quoted: bool) -> bool {
        if plan.only_empty_is_missing {
            if value.is_empty() {
                return true;
            }
        } else if plan.missing.iter().any(|missing| missing == value) {
            return true;
        }
        let sequence = &self.reading.plan.table.dialect.null_sequence;
        !quoted && sequence.as_deref() == Some(value)
    }
}

impl Row<'_> {
    /// Whether the file stops in the middle of this row: it is the last, has no line end, and is not
    /// whole.
    fn is_cut_off(&self, lacks_cells: bool) -> bool {
        let is_last = self.block.last && self.number + 1 == self.block.ends.len();
        let record = self.block.bytes.get(self.start..self.end).unwrap_or_default();
        let has_end = matches!(record.last(), Some(b'\n' | b'\r'));
        is_last && !has_end && lacks_cells
    }

    /// Whether a finding about the row explains a wrong value: a NUL byte, a stray quote.
    fn has_told(&self, cell: Cell, value: &str) -> bool {
        let range = cell.start as usize..=cell.end as usize;
        self.odd.is_some_and(|odd| range.contains(&odd)) || value.contains('\0')
    }

    /// The first place in a range that is half a character of UTF-16.
    fn malformed_in(&self, range: std::ops::Range<u32>) -> Option<u32> {
        let all = self.block.malformed();
        let first = all.get(all.partition_point(|&at| at < range.start)).copied()?;
        range.contains(&first).then_some(first)
    }

    fn number(&self) -> u64 {
        self.block.first_row + self.number as u64
    }

    fn byte(&self) -> u64 {
        self.block.byte_at(self.number, self.start)
    }

    fn place(&self, lines: &mut Lines<'_>) -> Place {
        Place {
            file: Some(self.block.member),
            row: Some(self.number()),
            line: Some(self.block.first_line + lines.before(self.start) as u64),
            byte: Some(self.byte()),
        }
    }
}
