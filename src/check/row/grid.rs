//! Rows side by side, so that each of their columns can be checked in one go.
//!
//! What is to be known of a column then stays at hand for all its cells, and nothing is chosen anew
//! for each. A grid is a strip of a block, small enough for the processor's nearest memory.

use super::Row;
use crate::check::cell::Fault;
use crate::check::hash::Sums;
use crate::check::table::TablePlan;
use crate::source::structure::{Cell, Form};
use wide::u8x64;

/// Rows of a strip at most; there are not more than bits in a word.
const ROWS: usize = 48;

/// Cells of a strip at most, where it has more than one row: one of a very wide table has fewer rows.
const CELLS: usize = ROWS << 12;

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u32);

impl Mark {
    /// It is null.
    pub(super) const NULL: Self = Self(0);
    /// It is not as declared, or its column is not there.
    pub(super) const INVALID: Self = Self(1);
    /// It is as declared.
    const VALID: Self = Self(2);

    /// A number that only cells with the same value have, in a column that is remembered.
    pub(super) fn number(self) -> Option<u32> {
        self.is_valid().then_some(self.0)
    }

    /// Whether the cell is as declared, and not null.
    #[inline]
    pub(super) fn is_valid(self) -> bool {
        self.0 >= Self::VALID.0
    }
}

/// The last value of a column that was found to be as declared, in the block.
///
/// Rows often repeat the value of the row before: then it need not be looked at again, and cells of
/// a remembered column with the same mark are the same bytes, which spares a key's hash too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Where the value stands in the block.
    value: (u32, u32),
    /// What its cells are marked with.
    pub(super) mark: Mark,
    /// The year of its date, where the rows are counted by that.
    pub(super) year: Option<i32>,
    /// The last value that was not as declared, where it stands, and what is wrong with it: often that
    /// repeats too, and to say what it is takes longest.
    wrong: Option<((u32, u32), Fault)>,
}

impl Memory {
    const NONE: (u32, u32) = (1, 0);

    /// Whether the value is the one remembered.
    #[inline(always)]
    pub(super) fn is(&self, bytes: &[u8], value: &[u8]) -> bool {
        let (from, to) = self.value;
        if to.wrapping_sub(from) as usize != value.len() {
            return false;
        }
        bytes.get(from as usize..to as usize).is_some_and(|known| are_equal(known, value))
    }

    /// What is wrong with the value, where that was found before.
    pub(super) fn wrong(&self, bytes: &[u8], value: &[u8]) -> Option<Fault> {
        let ((from, to), fault) = self.wrong?;
        (bytes.get(from as usize..to as usize)? == value).then_some(fault)
    }

    /// Takes what is wrong with a value.
    pub(super) fn take_wrong(&mut self, value: (u32, u32), fault: Fault) {
        self.wrong = Some((value, fault));
    }

    /// Takes a value in the place of the one before.
    #[inline]
    pub(super) fn take(&mut self, value: (u32, u32), year: Option<i32>) -> Mark {
        (self.value, self.year) = (value, year);
        self.mark = Mark(self.mark.0 + 1);
        self.mark
    }

    /// Takes a value that is to be looked at again whenever it comes.
    pub(super) fn pass(&mut self) -> Mark {
        self.take(Self::NONE, None)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { value: Self::NONE, mark: Mark::VALID, year: None, wrong: None }
    }
}

/// Whether two values of one length are the same bytes. A call that compares any number of bytes
/// takes longer, since most values are short, and those that differ mostly do so at once.
#[inline]
fn are_equal(one: &[u8], other: &[u8]) -> bool {
    /// The first and the last bytes, which may overlap.
    fn ends<const N: usize>(one: &[u8], other: &[u8]) -> Option<bool> {
        let same = one.first_chunk::<N>()? == other.first_chunk::<N>()?;
        Some(same && one.last_chunk::<N>()? == other.last_chunk::<N>()?)
    }
    match one.len() {
        0 => other.is_empty(),
        1 => one.first() == other.first(),
        2..4 => ends::<2>(one, other) == Some(true),
        4..8 => ends::<4>(one, other) == Some(true),
        8..=16 => ends::<8>(one, other) == Some(true),
        _ => {
            let (words, _) = one.as_chunks::<16>();
            let (others, _) = other.as_chunks::<16>();
            ends::<16>(one, other) == Some(true) && words.iter().eq(others)
        }
    }
}

/// The last key of a row: what its hash was made of, part by part.
#[derive(Debug, Clone, Default)]
pub(super) struct LastKey {
    /// The marks of its cells; empty where there is none yet.
    pub(super) marks: Vec<Mark>,
    /// The sums of its parts; empty where it has an unusual one.
    pub(super) sums: Vec<Sums>,
    pub(super) hash: Option<u128>,
}

/// A strip of rows whose cells stand in their columns: places and marks of a column side by side.
#[derive(Debug, Default)]
pub(super) struct Grid {
    width: usize,
    fields: usize,
    rows: Vec<Row>,
    /// How many cells were added of the row to come.
    added: usize,
    /// Those beyond the width.
    extra: Vec<Cell>,
    /// How many rows a strip of this table has at most.
    most: usize,
    /// For each column: where its cells begin.
    starts: Vec<u32>,
    /// For each column: where they end.
    ends: Vec<u32>,
    /// For each column: how its cells are written.
    forms: Vec<Form>,
    /// Whether any is not plain.
    has_forms: bool,
    /// For each declared field: the mark of its cell in each row.
    marks: Vec<Mark>,
    /// For each declared field.
    pub(super) memories: Vec<Memory>,
    /// Before which rows of the strip there was a row whose cells do not stand in their columns.
    lost: Vec<usize>,
}

/// The places of a column's cells.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    starts: &'a [u32],
    ends: &'a [u32],
    /// How they are written; `None`: all plainly.
    forms: Option<&'a [Form]>,
    rows: usize,
}

impl Places<'_> {
    /// The cell of a row.
    #[inline(always)]
    pub(super) fn cell(&self, row: usize) -> Option<Cell> {
        let form = match self.forms {
            Some(forms) => *forms.get(row)?,
            None => Form::Plain,
        };
        Some(Cell { start: *self.starts.get(row)?, end: *self.ends.get(row)?, form })
    }

    /// A bit for each row.
    pub(super) fn all(&self) -> u64 {
        u64::MAX.checked_shr(u64::BITS.saturating_sub(self.rows as u32)).unwrap_or(0)
    }

    /// A bit for each row whose cell has any bytes.
    pub(super) fn filled(&self) -> u64 {
        let mut empty = [0_u8; 64];
        for (into, (start, end)) in empty.iter_mut().zip(self.starts.iter().zip(self.ends)) {
            *into = u8::from(start == end).wrapping_neg();
        }
        !u8x64::from(empty).to_bitmask() & self.all()
    }
}

/// The cells of a row.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    grid: &'a Grid,
    row: usize,
    count: usize,
}

impl Cells<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// That of a column.
    pub(super) fn get(&self, column: usize) -> Option<Cell> {
        if column >= self.count {
            return None;
        }
        match self.grid.places(column) {
            Some(places) => places.cell(self.row),
            None => self.grid.extra.get(column - self.grid.width).copied(),
        }
    }

    /// All, column by column.
    pub(super) fn iter(&self) -> impl Iterator<Item = Cell> {
        (0..self.count).map_while(|column| self.get(column))
    }

    /// Whether they take so few bytes that all may be empty, as far as they are written as they are
    /// meant: delimiters, and two quotes each.
    pub(super) fn may_be_blank(&self) -> bool {
        let (first, last) = (self.get(0), self.get(self.count.saturating_sub(1)));
        first.zip(last).is_none_or(|(first, last)| {
            last.end.saturating_sub(first.start) as usize <= self.count.saturating_mul(3)
        })
    }
}

/// Takes the cells of a row to come.
pub(super) struct Adding<'g> {
    starts: &'g mut [u32],
    ends: &'g mut [u32],
    forms: &'g mut [Form],
    extra: &'g mut Vec<Cell>,
    /// Where the next one goes.
    at: usize,
    /// From a column to the next.
    step: usize,
    /// How many it took.
    pub(super) added: usize,
    /// Whether one was not plain.
    pub(super) has_forms: bool,
}

impl Adding<'_> {
    /// Takes the next cell.
    #[inline(always)]
    pub(super) fn add(&mut self, cell: Cell) {
        match (self.starts.get_mut(self.at), self.ends.get_mut(self.at)) {
            (Some(start), Some(end)) => {
                (*start, *end) = (cell.start, cell.end);
                if cell.form != Form::Plain {
                    self.has_forms = true;
                    if let Some(form) = self.forms.get_mut(self.at) {
                        *form = cell.form;
                    }
                }
            }
            _ => self.extra.push(cell),
        }
        self.at = self.at.saturating_add(self.step);
        self.added += 1;
    }
}

impl Grid {
    /// Begins a block of a table whose rows have so many cells.
    pub(super) fn begin(&mut self, plan: &TablePlan<'_>, width: usize) {
        // With the forms all plain again, none need be set for a table of the same width.
        self.clear();
        (self.width, self.fields) = (width, plan.fields.len());
        self.most = (CELLS / width.max(1)).clamp(1, ROWS);
        let cells = width.saturating_mul(self.most);
        self.starts.resize(cells, 0);
        self.ends.resize(cells, 0);
        self.forms.resize(cells, Form::Plain);
        self.memories.clear();
        self.memories.resize(self.fields, Memory::default());
        // The marks of a field whose column is not there stay as they are.
        self.marks.clear();
        self.marks.resize(self.fields.saturating_mul(self.most), Mark::INVALID);
    }

    /// Forgets the rows, but not what is remembered of the block.
    pub(super) fn clear(&mut self) {
        self.drop_added();
        self.rows.clear();
        self.lost.clear();
        if std::mem::take(&mut self.has_forms) {
            self.forms.fill(Form::Plain);
        }
    }

    /// Begins to take the cells of the next record; [`Grid::take`] ends it.
    pub(super) fn adding(&mut self) -> Adding<'_> {
        Adding {
            starts: &mut self.starts,
            ends: &mut self.ends,
            forms: &mut self.forms,
            extra: &mut self.extra,
            at: self.rows.len(),
            step: self.most,
            added: 0,
            has_forms: false,
        }
    }

    /// Takes what became of [`Grid::adding`].
    pub(super) fn take(&mut self, (added, has_forms): (usize, bool)) {
        self.added = added;
        self.has_forms |= has_forms;
    }

    /// The cells that were added, of no row yet.
    pub(super) fn added(&self) -> Cells<'_> {
        Cells { grid: self, row: self.rows.len(), count: self.added }
    }

    /// Forgets the cells that were added.
    pub(super) fn drop_added(&mut self) {
        if self.has_forms {
            // Those of this row alone, however many columns the table has.
            let own = self.forms.iter_mut().skip(self.rows.len()).step_by(self.most.max(1));
            own.take(self.added).for_each(|form| *form = Form::Plain);
        }
        self.extra.clear();
        self.added = 0;
    }

    /// Makes a row of the cells that were added, which are as many as there are columns.
    pub(super) fn keep_added(&mut self, row: Row) {
        self.rows.push(row);
        self.added = 0;
    }

    /// Notes a row whose cells do not stand in their columns.
    pub(super) fn lose_added(&mut self) {
        self.drop_added();
        self.lost.push(self.rows.len());
    }

    /// How many such rows stand right before a row.
    pub(super) fn lost_before(&self, index: usize) -> usize {
        self.lost.iter().filter(|&&lost| lost == index).count()
    }

    /// Whether no row more fits in.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= self.most
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A row of the block, by its place in the strip.
    pub(super) fn row(&self, index: usize) -> Option<Row> {
        self.rows.get(index).copied()
    }

    /// The cells of a row.
    pub(super) fn cells(&self, index: usize) -> Cells<'_> {
        Cells { grid: self, row: index, count: self.width }
    }

    /// Where the cells of a column are.
    pub(super) fn places(&self, column: usize) -> Option<Places<'_>> {
        let place = self.place_of(column);
        Some(Places {
            starts: self.starts.get(place.clone())?,
            ends: self.ends.get(place.clone())?,
            forms: self.forms.get(place).filter(|_| self.has_forms),
            rows: self.rows.len(),
        })
    }

    /// Where among all cells those of a column are, and among all marks those of a field.
    pub(super) fn place_of(&self, number: usize) -> std::ops::Range<usize> {
        let start = number.saturating_mul(self.most);
        start..start.saturating_add(self.most)
    }

    /// Takes out the marks, to be written while the cells are read.
    pub(super) fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// Gives back what [`Grid::take_marks`] took.
    pub(super) fn give_marks(&mut self, marks: Vec<Mark>) {
        self.marks = marks;
    }

    /// The marks of a field, row by row.
    pub(super) fn marks(&self, field: usize) -> &[Mark] {
        let marks = self.marks.get(self.place_of(field)).unwrap_or_default();
        marks.get(..self.rows.len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_any_bytes_have_a_bit() {
        for rows in 0..=ROWS {
            let (mut starts, mut ends) = ([7; ROWS], [7; ROWS]);
            let mut expected = 0_u64;
            for row in (0..ROWS).filter(|row| row % 3 == 1) {
                (starts[row], ends[row]) = (row as u32, row as u32 + 1);
                expected |= u64::from(row < rows) << row;
            }
            let places = Places { starts: &starts, ends: &ends, forms: None, rows };
            assert_eq!(places.filled(), expected);
            assert_eq!(places.all().count_ones() as usize, rows);
        }
    }

    /// A grid of so many columns, as [`Grid::begin`] lays it out.
    fn of_width(width: usize) -> Grid {
        let most = (CELLS / width.max(1)).clamp(1, ROWS);
        let cells = width * most;
        let (starts, ends, forms) = (vec![0; cells], vec![0; cells], vec![Form::Plain; cells]);
        Grid { width, most, starts, ends, forms, ..Grid::default() }
    }

    #[test]
    fn a_strip_of_a_very_wide_table_has_fewer_rows() {
        for (width, most) in [(1, ROWS), (1 << 12, ROWS), (1 << 13, ROWS / 2), (1 << 20, 1)] {
            let mut grid = of_width(width);
            assert_eq!(grid.most, most);
            assert!(grid.starts.len() <= CELLS.max(width));
            // A row of two quoted cells, which no row of more columns has: they are found, and forgotten.
            let mut adding = grid.adding();
            for start in [0, 4] {
                adding.add(Cell { start, end: start + 3, form: Form::Quoted });
            }
            let found = (adding.added, adding.has_forms);
            grid.take(found);
            let forms: Vec<Form> = grid.added().iter().map(|cell| cell.form).collect();
            assert_eq!(forms, [Form::Quoted; 2]);
            grid.lose_added();
            assert!(grid.forms.iter().all(|form| *form == Form::Plain) && grid.extra.is_empty());
        }
    }
}
