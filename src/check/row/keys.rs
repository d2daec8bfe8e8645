//! The keys that rows give: which are there, their hashes, their records.

use super::cells::Checking;
use super::grid::{Cells, Grid, LastKey, Mark, Places};
use super::{Around, Checked, Row, Worker};
use crate::check::hash::Sums;
use crate::check::key::KeyUse;
use crate::check::table::TablePlan;
use crate::check::tally::CellSlot;
use crate::check::walk::Lines;
use crate::error::Result;
use crate::schema::Field;
use crate::schema::value::Family;
use crate::source::block::Block;
use crate::source::structure::Form;
use crate::spill::{At, Record};

/// The forms in which a part of a key is hashed: as it stands, where all of the key is compared so;
/// as it stands, where that is what its type compares; as its type says.
const AS_TEXT: u8 = 0;
const TEXT: u8 = 1;
const TYPED: u8 = 2;

/// What the hash of a key is.
#[derive(Debug, Clone, Copy)]
enum Hashed {
    Key(u128),
    /// The key refers to nothing.
    Nothing,
    /// A part of it is written, or as long, as few are.
    Unusual,
}

/// References of a block that may be settled without a record: rows that follow each other and refer
/// to the same key, in one run.
#[derive(Default)]
pub(super) struct References {
    runs: Vec<Run>,
    /// Numbers of rows, run by run.
    rows: Vec<u32>,
}

struct Run {
    hash: u128,
    relation: u16,
    /// The number of its relation among those whose different keys are counted.
    counted: Option<u32>,
    /// Where its rows begin.
    start: usize,
}

impl References {
    fn add(&mut self, hash: u128, key: &KeyUse, row: u32) {
        let is_same = |run: &Run| run.hash == hash && run.relation == key.relation;
        if !self.runs.last().is_some_and(is_same) {
            let start = self.rows.len();
            self.runs.push(Run { hash, relation: key.relation, counted: key.counted, start });
        }
        self.rows.push(row);
    }
}

impl Worker {
    /// A row of the wrong width still has a key, if its first cells are sound: else every row that
    /// refers to it would be an orphan. Its own references are not looked at, since its cells may
    /// stand in the wrong columns.
    pub(super) fn ragged_keys(
        &mut self,
        around: &Around<'_>,
        row: Row,
        cells: Cells<'_>,
    ) -> Result<()> {
        let at = &around.row(row, cells);
        for (index, key) in around.reading.plan.keys.iter().enumerate() {
            if key.is_parent
                && !key.is_row
                && let Some(hash) = self.key_hash(at, (key, index))
            {
                self.give(around, row, (key, index), hash)?;
            }
        }
        Ok(())
    }

    /// Gives the records of one key of the grid's rows.
    pub(super) fn keys(
        &mut self,
        checked: &mut Checked,
        around: &Around<'_>,
        grid: &Grid,
        index: usize,
    ) -> Result<()> {
        let key = &around.reading.plan.keys[index];
        if key.is_row {
            return self.row_keys(around, grid, index);
        }
        let column = |field: &usize| around.reading.columns.columns.get(*field).copied().flatten();
        let places = |column: usize| grid.places(column);
        let places: Option<Vec<Places<'_>>> =
            key.fields.iter().map(|field| column(field).and_then(places)).collect();
        let Some(places) = places else { return Ok(()) };
        let marks: Vec<&[Mark]> = key.fields.iter().map(|&field| grid.marks(field)).collect();
        let mut last = self.last_keys.get_mut(index).map(std::mem::take).unwrap_or_default();
        match (places.as_slice(), marks.as_slice()) {
            (&[places], &[marks]) if key.when.is_none() => {
                self.keys_of_one(checked, around, grid, (key, index), (places, marks, &mut last))?;
            }
            (places, marks) => {
                self.keys_of_many(checked, around, grid, (key, index), (places, marks, &mut last))?;
            }
        }
        if let Some(into) = self.last_keys.get_mut(index) {
            *into = last;
        }
        Ok(())
    }

    /// The records of a key of one part, which all rows give: most are such.
    fn keys_of_one(
        &mut self,
        checked: &mut Checked,
        around: &Around<'_>,
        grid: &Grid,
        (key, index): (&KeyUse, usize),
        (places, marks, last): (Places<'_>, &[Mark], &mut LastKey),
    ) -> Result<()> {
        let plan = around.reading.plan;
        let mut before = last.marks.first().copied();
        for (number, &mark) in marks.iter().enumerate() {
            let Some(row) = grid.row(number) else { break };
            if !mark.is_valid() {
                self.is_null(checked, &around.row(row, grid.cells(number)), key, (0, mark));
                continue;
            }
            // Rows often repeat the key of the row before: then its cell is the same bytes.
            if before != Some(mark) {
                let value = places.cell(number).and_then(|cell| around.plain(cell));
                last.hash = match self.only((key, index), plan, value) {
                    Hashed::Key(hash) => Some(hash),
                    Hashed::Nothing => None,
                    Hashed::Unusual => {
                        self.key_hash(&around.row(row, grid.cells(number)), (key, index))
                    }
                };
                before = Some(mark);
            }
            if let Some(hash) = last.hash {
                self.give(around, row, (key, index), hash)?;
            }
        }
        last.marks.clear();
        last.marks.extend(before);
        Ok(())
    }

    /// The records of a key of several parts, or of one that some rows give.
    fn keys_of_many(
        &mut self,
        checked: &mut Checked,
        around: &Around<'_>,
        grid: &Grid,
        (key, index): (&KeyUse, usize),
        (places, marks, last): (&[Places<'_>], &[&[Mark]], &mut LastKey),
    ) -> Result<()> {
        let plan = around.reading.plan;
        for number in 0..grid.len() {
            let Some(row) = grid.row(number) else { break };
            let cells = grid.cells(number);
            if key.when.as_ref().is_some_and(|when| !around.row(row, cells).holds(when)) {
                continue;
            }
            let of_row = || marks.iter().map(|marks| marks[number]);
            if let Some(part) = of_row().position(|mark| !mark.is_valid()) {
                let mark = marks[part][number];
                self.is_null(checked, &around.row(row, cells), key, (part, mark));
                continue;
            }
            if !of_row().eq(last.marks.iter().copied()) {
                let before = &last.marks;
                let is_same = |part: usize| before.get(part) == of_row().nth(part).as_ref();
                let values = |part: usize| around.plain(places.get(part)?.cell(number)?);
                let hashed = match places.len() {
                    1 => self.only((key, index), plan, values(0)),
                    _ => self.sums((key, index), plan, &mut last.sums, is_same, values),
                };
                last.hash = match hashed {
                    Hashed::Key(hash) => Some(hash),
                    Hashed::Nothing => None,
                    Hashed::Unusual => self.key_hash(&around.row(row, cells), (key, index)),
                };
                last.marks.clear();
                last.marks.extend(of_row());
            }
            if let Some(hash) = last.hash {
                self.give(around, row, (key, index), hash)?;
            }
        }
        Ok(())
    }

    /// Counts a null in a part of a key where none may be: one that is required has its own finding.
    fn is_null(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        key: &KeyUse,
        (part, mark): (usize, Mark),
    ) {
        let Some(&field) = key.fields.get(part) else { return };
        let required = at.around.reading.plan.fields[field].field.constraints.required;
        if key.is_primary && mark == Mark::NULL && !required {
            self.count_cell(checked, at, field, CellSlot::KeyNull);
        }
    }

    /// Gives the records of a key that is the whole row.
    fn row_keys(&mut self, around: &Around<'_>, grid: &Grid, index: usize) -> Result<()> {
        let key = &around.reading.plan.keys[index];
        for number in 0..grid.len() {
            let Some(row) = grid.row(number) else { break };
            let cells = grid.cells(number);
            let (first, last) = (cells.get(0), cells.get(cells.len().saturating_sub(1)));
            let (Some(first), Some(last)) = (first, last) else { continue };
            if key.when.as_ref().is_some_and(|when| !around.row(row, cells).holds(when)) {
                continue;
            }
            // Without the line end.
            let range = first.start as usize..last.end as usize;
            let bytes = around.block.bytes.get(range).unwrap_or_default();
            let hash = self.hasher.long(key.set, bytes);
            self.give(around, row, (key, index), hash)?;
        }
        Ok(())
    }

    /// The hash of a key of one part, which is there. Most keys are such, and their sums never leave
    /// the registers: stored as halves and loaded whole, they have to be waited for.
    #[inline(always)]
    fn only(
        &mut self,
        (key, index): (&KeyUse, usize),
        plan: &TablePlan<'_>,
        value: Option<&str>,
    ) -> Hashed {
        let (Some(value), Some(&field)) = (value, key.fields.first()) else {
            return Hashed::Unusual;
        };
        let field = plan.fields[field].field;
        if !key.is_parent && refers_to_nothing(field, value) {
            return Hashed::Nothing;
        }
        let Some(sums) = self.part(key, 0, field, value) else { return Hashed::Unusual };
        self.key_forms[index].see(value.as_bytes());
        Hashed::Key(self.hasher.key(key.set, &[sums]))
    }

    /// The hash of a key whose parts are all there. The sums of parts that are the same bytes as
    /// those of the key before are taken over.
    #[inline]
    fn sums<'b>(
        &mut self,
        (key, index): (&KeyUse, usize),
        plan: &TablePlan<'_>,
        sums: &mut Vec<Sums>,
        is_same: impl Fn(usize) -> bool,
        value: impl Fn(usize) -> Option<&'b str>,
    ) -> Hashed {
        let has_all = sums.len() == key.fields.len();
        if !has_all {
            sums.clear();
            sums.resize(key.fields.len(), [0; 2]);
        }
        for (part, (&field, into)) in key.fields.iter().zip(sums.iter_mut()).enumerate() {
            if has_all && is_same(part) {
                continue;
            }
            let plan = &plan.fields[field];
            let hashed = value(part).map_or(Hashed::Unusual, |value| {
                if !key.is_parent && refers_to_nothing(plan.field, value) {
                    return Hashed::Nothing;
                }
                let Some(sums) = self.part(key, part, plan.field, value) else {
                    return Hashed::Unusual;
                };
                self.key_forms[index].see(value.as_bytes());
                *into = sums;
                Hashed::Key(0)
            });
            if !matches!(hashed, Hashed::Key(_)) {
                sums.clear();
                return hashed;
            }
        }
        Hashed::Key(self.hasher.key(key.set, sums))
    }

    /// The sums of one part of a key; `None` where it is too long, or one part too many.
    #[inline(always)]
    fn part(&mut self, key: &KeyUse, number: usize, field: &Field, value: &str) -> Option<Sums> {
        if key.as_text {
            return self.hasher.part(number, AS_TEXT, value.as_bytes());
        }
        if field.kind.family() == Family::Text {
            return self.hasher.part(number, TEXT, value.as_bytes());
        }
        self.key_bytes.clear();
        field.kind.key_form(value, &mut self.key_bytes).ok()?;
        self.hasher.part(number, TYPED, &self.key_bytes)
    }

    /// The hash of any key; `None` where a part of it is null or no text, or refers to nothing.
    fn key_hash(&mut self, at: &Checking<'_>, (key, index): (&KeyUse, usize)) -> Option<u128> {
        let plan = at.around.reading.plan;
        let mut sums = Vec::with_capacity(key.fields.len());
        for (number, &field) in key.fields.iter().enumerate() {
            let cell = at.cell(field)?;
            let plan = &plan.fields[field];
            let mut scratch = Vec::new();
            let value = at.value(cell, &mut scratch).ok()?;
            if at.is_null(plan, &value, cell.form != Form::Plain)
                || (!key.is_parent && refers_to_nothing(plan.field, &value))
            {
                return None;
            }
            self.key_forms[index].see(value.as_bytes());
            sums.extend(self.part(key, number, plan.field, &value));
        }
        if sums.len() == key.fields.len() {
            return Some(self.hasher.key(key.set, &sums));
        }
        self.long_hash(at, key)
    }

    /// The hash of a key with a long part, or of many parts.
    fn long_hash(&mut self, at: &Checking<'_>, key: &KeyUse) -> Option<u128> {
        self.key_bytes.clear();
        for &field in &key.fields {
            let plan = &at.around.reading.plan.fields[field];
            let mut scratch = Vec::new();
            let value = at.value(at.cell(field)?, &mut scratch).ok()?;
            let start = self.key_bytes.len();
            self.key_bytes.extend_from_slice(&[0; 4]);
            if key.as_text {
                self.key_bytes.extend_from_slice(value.as_bytes());
            } else {
                plan.field.kind.key_form(&value, &mut self.key_bytes).ok()?;
            }
            let length = (self.key_bytes.len() - start - 4) as u32;
            self.key_bytes.get_mut(start..start + 4)?.copy_from_slice(&length.to_le_bytes());
        }
        Some(self.hasher.long(key.set, &self.key_bytes))
    }

    /// Gives the record of a key, or keeps it until the end of the block where it may need none.
    // Inlined, a hash stays in registers: stored as two halves and loaded as one, it has to be waited
    // for, which took a twelfth of a check.
    #[inline(always)]
    fn give(
        &mut self,
        around: &Around<'_>,
        row: Row,
        (key, index): (&KeyUse, usize),
        hash: u128,
    ) -> Result<()> {
        self.key_forms[index].rows += 1;
        if key.follows {
            self.references.add(hash, key, row.number);
            return Ok(());
        }
        if key.is_awaited {
            if !key.is_recorded {
                self.shared.push((hash, key.relation, row.number));
                return Ok(());
            }
            self.parents.push(hash);
        }
        let (block, at) = (around.block.ordinal, around.at(row));
        self.store.push(Record { hash, relation: key.relation, block, at })
    }

    /// Settles the block's references to parents that were seen; the others give their records.
    pub(super) fn settle(&mut self, block: &Block, lines: &Lines) -> Result<()> {
        self.known.touch(self.parents.iter().copied());
        for hash in self.parents.drain(..) {
            self.known.add(hash);
        }
        self.known.touch(self.shared.iter().map(|&(hash, ..)| hash));
        for (hash, relation, row) in self.shared.drain(..) {
            if !self.known.add(hash) {
                let at = place(block, lines, row as usize);
                self.store.push(Record { hash, relation, block: block.ordinal, at })?;
            }
        }
        let References { runs, rows } = &mut self.references;
        self.known.touch(runs.iter().map(|run| run.hash));
        let mut end = rows.len();
        for run in runs.drain(..).rev() {
            let is_settled = match run.counted {
                Some(counted) => self.known.count(run.hash, counted),
                None => self.known.contains(run.hash),
            };
            for &row in rows.get(run.start..end).unwrap_or_default() {
                if !is_settled {
                    let at = place(block, lines, row as usize);
                    let Run { hash, relation, .. } = run;
                    self.store.push(Record { hash, relation, block: block.ordinal, at })?;
                }
            }
            end = run.start;
        }
        rows.clear();
        Ok(())
    }
}

/// The place of a record in its block.
fn place(block: &Block, lines: &Lines, record: usize) -> At {
    let start = record.checked_sub(1).and_then(|before| block.ends.get(before));
    let byte = block.byte_at(record, start.map_or(0, |&end| end as usize));
    At::new(record, lines.before(record), (byte - block.first_byte) as usize)
}

/// Whether a value is declared to refer to nothing.
fn refers_to_nothing(field: &Field, value: &str) -> bool {
    field.null_references.has(&field.kind, value)
}
