//! One worker's work: the rows of a block against the plan of its table.

mod bytes;
mod cells;
mod dates;
mod keys;
mod passed;
mod patient;
mod rules;

use crate::attribution::{Gatherer, Plan as Ways};
use crate::check::audit::Trail;
use crate::check::header::Columns;
use crate::check::key::KeyForms;
use crate::check::known::Known;
use crate::check::profile::Counts;
use crate::check::table::TablePlan;
use crate::check::tally::{RowSlot, Slot, Tally};
use crate::check::walk::{CellWalk, Lines, Odd};
use crate::error::Result;
use crate::finding::{Facts, Place, Sample};
use crate::schema::Encoding;
use crate::source::block::Block;
use crate::source::structure::{Cell, Grammar};
use crate::spill::{At, Record, Store};
pub(in crate::check) use bytes::LineEnds;
use bytes::Suspicion;
use cells::Checking;
pub(in crate::check) use passed::SeenTrailer;
use std::sync::Arc;

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
    /// Files that rows name.
    pub(in crate::check) named: Vec<u32>,
    /// Of an audit trail: its entries.
    pub(in crate::check) trail: Trail,
    /// How the keys are written: relation, forms.
    pub(in crate::check) key_forms: Vec<(u16, KeyForms)>,
}

/// A worker: its own buffers and key records.
pub(in crate::check) struct Worker {
    /// Key records for the join after the read.
    pub(in crate::check) store: Store,
    known: Arc<Known>,
    /// Keys of the block at hand that others refer to.
    parents: Vec<u128>,
    /// References of the block at hand that may be settled, with the number of their relation
    /// among those whose different keys are counted.
    references: Vec<(Record, Option<u32>)>,
    /// What the attribution needs, where it is wanted.
    pub(in crate::check) gatherer: Option<Gatherer>,
    key: [u8; 16],
    samples: usize,
    walk: CellWalk,
    cells: Vec<Cell>,
    states: Vec<State>,
    key_bytes: Vec<u8>,
    /// For each key of the table: the last one.
    remembered: Vec<Remembered>,
    remembered_for: Option<u32>,
    /// For each key of the table: how the block's are written.
    key_forms: Vec<KeyForms>,
    /// For each field whose check is costly: the last value that passed. Rows often repeat it.
    passed: Vec<Option<String>>,
    /// The year of the last date that was read of the field that dates the table's rows.
    year: Option<i32>,
}

/// The key of the row before, in the same block.
#[derive(Clone, Default)]
struct Remembered {
    /// Where its cells begin and end in the block; empty before the first row.
    cells: Vec<(u32, u32)>,
    /// Its hash, where it has one.
    hash: Option<u128>,
}

impl Remembered {
    fn forget(&mut self) {
        self.cells.clear();
        self.hash = None;
    }
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
    pub(in crate::check) attribution: Option<&'a Ways<'a>>,
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
    pub(in crate::check) fn new(
        store: Store,
        known: Arc<Known>,
        key: [u8; 16],
        samples: usize,
    ) -> Self {
        Self {
            store,
            known,
            parents: Vec::new(),
            references: Vec::new(),
            gatherer: None,
            key,
            samples,
            walk: CellWalk::default(),
            cells: Vec::new(),
            states: Vec::new(),
            key_bytes: Vec::new(),
            remembered: Vec::new(),
            remembered_for: None,
            key_forms: Vec::new(),
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
        let Reading { plan, columns, grammar, encoding, .. } = reading;
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
        self.remembered.iter_mut().for_each(Remembered::forget);
        self.key_forms.clear();
        self.key_forms.resize(plan.keys.len(), KeyForms::default());
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
                self.attribute(&Checking { reading, text, row: &row }, false, &mut lines)?;
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
                self.ragged_keys(&at, &mut lines)?;
                checked.trail.lost();
                self.attribute(&at, false, &mut lines)?;
                continue;
            }
            whole_rows += 1;
            for column in 0..self.cells.len() {
                if let Some(Some(field)) = columns.fields.get(column) {
                    self.cell(&mut checked, &at, column, *field, &mut lines);
                }
            }
            checked.counts.deleted +=
                u64::from(plan.table.deleted.is_some() && self.is_deleted(&at));
            self.unless_deleted(&mut checked, &at, &mut lines);
            self.rules(&mut checked, &at, &mut lines);
            if let Some(audit) = &plan.audit {
                self.entry(&mut checked, &at, audit, &mut lines);
            }
            for index in 0..plan.keys.len() {
                self.key(&mut checked, &at, index, &mut lines)?;
            }
            self.attribute(&at, true, &mut lines)?;
        }
        for &field in columns.fields.iter().flatten() {
            checked.counts.cells[field].all = whole_rows;
        }
        for total in &mut checked.counts.totals {
            total.lacks(checked.rows - whole_rows);
        }
        self.settle()?;
        let forms = plan.keys.iter().zip(&self.key_forms);
        checked.key_forms = forms.map(|(key, &forms)| (key.relation, forms)).collect();
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

    /// Its place within the block.
    fn spot(&self, lines: &mut Lines<'_>) -> At {
        // Where no cell holds a line break, lines and records go together.
        let line = if self.block.lines as usize == self.block.ends.len() {
            self.number
        } else {
            lines.before(self.start)
        };
        At::new(self.number, line, (self.byte() - self.block.first_byte) as usize)
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
