//! Rows side by side, so that each of their columns can be checked in one go.
//!
//! What is to be known of a column then stays at hand for all its cells, and nothing is chosen anew
//! for each. A grid is a strip of a block, small enough for the processor's nearest memory.

use super::Row;
use crate::check::hash::Sums;
use crate::check::table::TablePlan;
use crate::source::structure::Cell;

/// Rows of a strip at most.
const ROWS: usize = 48;

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
}

impl Memory {
    const NONE: (u32, u32) = (1, 0);

    /// Whether the value is the one remembered.
    #[inline]
    pub(super) fn is(&self, bytes: &[u8], value: &[u8]) -> bool {
        let (from, to) = self.value;
        if to.wrapping_sub(from) as usize != value.len() {
            return false;
        }
        bytes.get(from as usize..to as usize).is_some_and(|known| are_equal(known, value))
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
        Self { value: Self::NONE, mark: Mark::VALID, year: None }
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

/// A strip of rows whose cells stand in their columns.
#[derive(Debug, Default)]
pub(super) struct Grid {
    width: usize,
    fields: usize,
    cells: Vec<Cell>,
    rows: Vec<Row>,
    /// For each declared field: the mark of its cell in each row.
    marks: Vec<Mark>,
    /// For each declared field.
    pub(super) memories: Vec<Memory>,
    /// For each key.
    pub(super) last_keys: Vec<LastKey>,
    /// Before which rows of the strip there was a row whose cells do not stand in their columns.
    lost: Vec<usize>,
}

impl Grid {
    /// Begins a block of a table whose rows have so many cells.
    pub(super) fn begin(&mut self, plan: &TablePlan<'_>, width: usize) {
        (self.width, self.fields) = (width, plan.fields.len());
        self.memories.clear();
        self.memories.resize(self.fields, Memory::default());
        self.last_keys.clear();
        self.last_keys.resize(plan.keys.len(), LastKey::default());
        self.clear();
    }

    /// Forgets the rows, but not what is remembered of the block.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.rows.clear();
        self.lost.clear();
        self.marks.clear();
        self.marks.resize(self.fields * ROWS, Mark::INVALID);
    }

    /// Where the next record's cells are to be appended.
    pub(super) fn next(&mut self) -> &mut Vec<Cell> {
        &mut self.cells
    }

    /// The cells that were appended, of no row yet.
    pub(super) fn added(&self) -> &[Cell] {
        self.cells.get(self.rows.len() * self.width..).unwrap_or_default()
    }

    /// Forgets the cells that were appended.
    pub(super) fn drop_added(&mut self) {
        self.cells.truncate(self.rows.len() * self.width);
    }

    /// Makes a row of the cells that were appended, which are as many as there are columns.
    pub(super) fn keep_added(&mut self, row: Row) {
        self.rows.push(row);
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
        self.rows.len() >= ROWS
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
    pub(super) fn cells(&self, index: usize) -> &[Cell] {
        self.cells.get(index * self.width..(index + 1) * self.width).unwrap_or_default()
    }

    /// The cells of a column, row by row.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = Cell> {
        let rows = self.cells.chunks_exact(self.width.max(1)).take(self.rows.len());
        rows.filter_map(move |row| row.get(column).copied())
    }

    /// Takes out the marks, to be written while the cells are read.
    pub(super) fn take_marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    /// Gives back what [`Grid::take_marks`] took.
    pub(super) fn give_marks(&mut self, marks: Vec<Mark>) {
        self.marks = marks;
    }

    /// Where among all marks those of a field are.
    pub(super) fn place_of(field: usize) -> std::ops::Range<usize> {
        field * ROWS..(field + 1) * ROWS
    }

    /// The marks of a field, row by row.
    pub(super) fn marks(&self, field: usize) -> &[Mark] {
        let start = field * ROWS;
        self.marks.get(start..start + self.rows.len()).unwrap_or_default()
    }
}
