//! One worker's work: the rows of a block against the plan of its table.

mod bytes;
mod cells;
mod column;
mod dates;
mod grid;
mod keys;
mod passed;
mod patient;
mod rules;

use crate::attribution::{Gatherer, Plan as Ways};
use crate::check::audit::Trail;
use crate::check::hash::KeyHasher;
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
use crate::source::structure::{Cell, Form, Grammar};
use crate::spill::{At, Store};
pub(in crate::check) use bytes::LineEnds;
use bytes::Suspicion;
use cells::Checking;
use grid::{Cells, Grid, LastKey};
use keys::References;
pub(in crate::check) use passed::SeenTrailer;
use rules::Seen;
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
    hasher: KeyHasher,
    /// Keys of the block at hand that others refer to, and no two rows may have.
    parents: Vec<u128>,
    /// Those that several rows may have: hash, relation, number of the row.
    shared: Vec<(u128, u16, u32)>,
    /// References of the block at hand that may be settled.
    references: References,
    /// What the attribution needs, where it is wanted.
    pub(in crate::check) gatherer: Option<Gatherer>,
    samples: usize,
    walk: CellWalk,
    grid: Grid,
    key_bytes: Vec<u8>,
    /// For each key of the table: how the block's are written.
    key_forms: Vec<KeyForms>,
    /// For each key of the table: that of the row before.
    last_keys: Vec<LastKey>,
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

/// A block with what its rows are read by.
#[derive(Clone, Copy)]
struct Around<'a> {
    reading: &'a Reading<'a>,
    block: &'a Block,
    /// The block's text, where its bytes are that.
    text: Option<&'a str>,
    /// Whether nothing in the text stands for what is no character.
    is_sound: bool,
    lines: &'a Lines,
}

impl<'a> Around<'a> {
    /// A row with what its cells are checked by.
    fn row(&'a self, row: Row, cells: Cells<'a>) -> Checking<'a> {
        Checking { around: self, row, cells }
    }

    /// The place of a row in the extract.
    fn place(&self, row: Row) -> Place {
        Place {
            file: Some(self.block.member),
            row: Some(self.block.first_row + row.number()),
            line: Some(self.block.first_line + self.lines.before(row.number as usize) as u64),
            byte: Some(self.byte_at(row, row.start as usize)),
        }
    }

    /// The place of a row in the block.
    fn at(&self, row: Row) -> At {
        let (number, start) = (row.number as usize, row.start as usize);
        let byte = self.byte_at(row, start) - self.block.first_byte;
        At::new(number, self.lines.before(number), byte as usize)
    }

    /// The value of a cell that stands in the block as it is meant.
    fn plain(&self, cell: Cell) -> Option<&'a str> {
        let (Some(text), Form::Plain | Form::Quoted) = (self.text, cell.form) else { return None };
        let edge = usize::from(cell.form == Form::Quoted);
        text.get(cell.start as usize + edge..(cell.end as usize).saturating_sub(edge))
    }

    /// The place in the file of a byte of a row.
    fn byte_at(&self, row: Row, at: usize) -> u64 {
        self.block.byte_at(row.number as usize, at)
    }

    /// Whether the file stops in the middle of this row: it is the last, has no line end, and is not
    /// whole.
    fn is_cut_off(&self, row: Row, lacks_cells: bool) -> bool {
        let is_last = self.block.last && row.number as usize + 1 == self.block.ends.len();
        let has_end = matches!(self.bytes(row).last(), Some(b'\n' | b'\r'));
        is_last && !has_end && lacks_cells
    }

    /// The first place in a range that is half a character of UTF-16.
    fn malformed_in(&self, range: std::ops::Range<u32>) -> Option<u32> {
        let all = self.block.malformed();
        let first = all.get(all.partition_point(|&at| at < range.start)).copied()?;
        range.contains(&first).then_some(first)
    }

    /// The bytes of a row, its line end included.
    fn bytes(&self, row: Row) -> &'a [u8] {
        self.block.bytes.get(row.start as usize..row.end as usize).unwrap_or_default()
    }
}

/// The row at hand, by its places in the block.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Counts from 0.
    number: u32,
    start: u32,
    end: u32,
    /// A quote that stands where none may.
    odd: Option<u32>,
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
            hasher: KeyHasher::new(key),
            parents: Vec::new(),
            shared: Vec::new(),
            references: References::default(),
            gatherer: None,
            samples,
            walk: CellWalk::default(),
            grid: Grid::default(),
            key_bytes: Vec::new(),
            key_forms: Vec::new(),
            last_keys: Vec::new(),
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
            Encoding::Utf8 => simdutf8::basic::from_utf8(bytes).ok(),
            _ if bytes.is_ascii() => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        // Taken out, the grid can be read while the worker counts.
        let mut grid = std::mem::take(&mut self.grid);
        grid.begin(plan, columns.width());
        self.key_forms.clear();
        self.key_forms.resize(plan.keys.len(), KeyForms::default());
        self.last_keys.clear();
        self.last_keys.resize(plan.keys.len(), LastKey::default());
        self.walk.begin(grammar, block);
        if let Some(gatherer) = &mut self.gatherer {
            gatherer.begin();
        }
        let lines = Lines::new(block);
        let is_sound = block.malformed().is_empty();
        let around = Around { reading, block, text, is_sound, lines: &lines };
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
            let row = Row { number: number as u32, start, end, odd: None };
            start = end;
            if self.row(&mut checked, &around, &mut grid, row, suspicion)? {
                whole_rows += 1;
                if grid.is_full() {
                    self.strip(&mut checked, &around, &mut grid)?;
                }
            }
        }
        self.strip(&mut checked, &around, &mut grid)?;
        self.grid = grid;
        for &field in columns.fields.iter().flatten() {
            checked.counts.cells[field].all = whole_rows;
        }
        for total in &mut checked.counts.totals {
            total.lacks(checked.rows - whole_rows);
        }
        self.settle(block, &lines)?;
        let forms = plan.keys.iter().zip(&self.key_forms);
        checked.key_forms = forms.map(|(key, &forms)| (key.relation, forms)).collect();
        Ok(checked)
    }

    /// Takes the next record. Whether it is a row whose cells stand in their columns, which is then
    /// the last of the grid.
    fn row(
        &mut self,
        checked: &mut Checked,
        around: &Around<'_>,
        grid: &mut Grid,
        mut row: Row,
        suspicion: Suspicion,
    ) -> Result<bool> {
        let Around { reading: Reading { plan, columns, grammar, .. }, block, .. } = *around;
        let bytes = block.bytes.as_slice();
        let begin = if row.number == 0 { block.skip } else { row.start } as usize;
        let mut adding = grid.adding();
        let range = (begin, row.end as usize);
        let odd = self.walk.cells(grammar, block, range, |cell| adding.add(cell));
        let found = (adding.added, adding.has_forms);
        grid.take(found);
        let cells = grid.added();
        checked.line_ends.add(around, row);
        if self.is_passed_over(around, row, begin) {
            grid.drop_added();
            return Ok(false);
        }
        if around.is_cut_off(row, cells.len() < columns.width()) {
            self.count_row(checked, RowSlot::TruncatedFile, around, row, Facts::None);
            checked.rows += 1;
            grid.drop_added();
            self.attribute_broken(around);
            return Ok(false);
        }
        self.bytes(checked, suspicion, around, row);
        if columns.is_header(bytes.get(begin..row.end as usize).unwrap_or_default()) {
            self.count_row(checked, RowSlot::RepeatedHeader, around, row, Facts::None);
            grid.drop_added();
            return Ok(false);
        }
        if let Some(trailer) = plan.trailer
            && let Some(count) = passed::trailer(trailer, cells, bytes, grammar)
        {
            let place = around.place(row);
            checked.trailer = Some(SeenTrailer { place, count, is_followed: false });
            grid.drop_added();
            return Ok(false);
        }
        row.odd = odd.map(|odd| odd.place() as u32);
        if let Some(odd) = odd {
            self.count_odd(checked, odd, around, row);
        } else if (!block.clean || cells.may_be_blank()) && passed::is_blank(cells, bytes, grammar)
        {
            self.count_row(checked, RowSlot::BlankRow, around, row, Facts::None);
            grid.drop_added();
            return Ok(false);
        }
        checked.rows += 1;
        if let Some(trailer) = &mut checked.trailer {
            trailer.is_followed = true;
        }
        if cells.len() == columns.width() {
            grid.keep_added(row);
            return Ok(true);
        }
        if odd.is_none() {
            let (expected, found) = (columns.width() as u64, cells.len() as u64);
            let slot = if found < expected { RowSlot::MissingCell } else { RowSlot::ExtraCell };
            self.count_row(checked, slot, around, row, Facts::Width { expected, found });
        }
        self.ragged_keys(around, row, cells)?;
        grid.lose_added();
        self.attribute_broken(around);
        Ok(false)
    }

    /// Checks the rows of the grid: first each column in one go, then what lies between columns.
    fn strip(&mut self, checked: &mut Checked, around: &Around<'_>, grid: &mut Grid) -> Result<()> {
        let Reading { plan, columns, attribution, .. } = around.reading;
        for (column, field) in columns.fields.iter().enumerate() {
            if let Some(field) = *field {
                self.column(checked, around, grid, (column, field));
            }
        }
        let looks_at_rows = plan.table.deleted.is_some()
            || !plan.unless_deleted.is_empty()
            || !plan.rules.is_empty()
            || plan.audit.is_some();
        for index in 0..if looks_at_rows { grid.len() } else { 0 } {
            let Some(row) = grid.row(index) else { break };
            let seen = Seen::new(around.row(row, grid.cells(index)), grid, index);
            checked.counts.deleted += u64::from(plan.table.deleted.is_some() && seen.is_deleted());
            self.unless_deleted(checked, &seen);
            self.rules(checked, &seen);
            if let Some(audit) = &plan.audit {
                (0..grid.lost_before(index)).for_each(|_| checked.trail.lost());
                self.entry(checked, &seen, audit);
            }
        }
        (0..grid.lost_before(grid.len())).for_each(|_| checked.trail.lost());
        for index in 0..plan.keys.len() {
            self.keys(checked, around, grid, index)?;
        }
        if attribution.is_some() {
            for index in 0..grid.len() {
                let Some(row) = grid.row(index) else { break };
                self.attribute(&around.row(row, grid.cells(index)), (grid, index))?;
            }
        }
        grid.clear();
        Ok(())
    }

    /// Counts a quote in the wrong place.
    fn count_odd(&self, checked: &mut Checked, odd: Odd, around: &Around<'_>, row: Row) {
        let byte = around.byte_at(row, odd.place());
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
        self.count_row(checked, slot, around, row, Facts::Text(text));
    }

    fn count_row(
        &self,
        checked: &mut Checked,
        slot: RowSlot,
        around: &Around<'_>,
        row: Row,
        facts: Facts,
    ) {
        let mut counted = checked.tally.add(Slot::row(slot), self.samples);
        let place = around.place(row);
        let wants_sample = counted.wants_sample;
        counted.at(place);
        if wants_sample {
            counted.sample(Sample { place, facts, ..Sample::default() });
        }
    }
}

impl Row {
    /// Counts from 0 in the block.
    fn number(self) -> u64 {
        u64::from(self.number)
    }
}
