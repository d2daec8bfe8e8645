//! Walking a block: the cells of its records, and the physical lines before them.

use crate::source::block::Block;
use crate::source::masks::{Delimiters, Walked};
use crate::source::records::Reading;
use crate::source::structure::{Cell, Form, Grammar};

/// Gives the cells of one record after the other, in order.
#[derive(Default)]
pub struct CellWalk {
    /// Whether the block's quotes all stand at field edges, so that delimiters were found at once.
    fast: bool,
    /// Whether there are quotes in the block.
    quoted: bool,
    /// Those of the block, where it does not have them.
    delimiters: Delimiters,
    walked: Walked,
    pair: usize,
    record: u32,
    odd: usize,
}

/// What is odd about the quotes of a record.
#[derive(Debug, Clone, Copy)]
pub enum Odd {
    /// A quote that stands at no field's edge, at that place in the block.
    Stray(usize),
    /// A quote that opens a cell and is not closed on its line, at that place in the block; and how
    /// many of the following lines it would have swallowed.
    Unclosed(usize, u32),
}

impl Odd {
    /// Where the quote stands.
    pub fn place(self) -> usize {
        match self {
            Self::Stray(at) | Self::Unclosed(at, _) => at,
        }
    }
}

impl CellWalk {
    /// Begins a block.
    pub fn begin(&mut self, grammar: &Grammar, block: &Block) {
        (self.walked, self.pair, self.record, self.odd) = (Walked::default(), 0, 0, 0);
        self.fast = block.clean && grammar.has_fast_cells();
        self.quoted =
            grammar.quote.is_some_and(|quote| memchr::memchr(quote, &block.bytes).is_some());
        if self.fast && block.delimiters.is_none() {
            self.delimiters.find(grammar, &block.bytes, block.skip as usize);
        }
    }

    /// Hands on the cells of the next record, from `start` to `end`, and says what is odd about its
    /// quotes.
    #[inline(always)]
    pub fn cells(
        &mut self,
        grammar: &Grammar,
        block: &Block,
        (start, end): (usize, usize),
        mut cell: impl FnMut(Cell),
    ) -> Option<Odd> {
        let bytes = block.bytes.as_slice();
        self.record += 1;
        if !self.fast {
            let reading = block.odd.get(self.odd).filter(|(record, _)| record + 1 == self.record);
            self.odd += usize::from(reading.is_some());
            let record = bytes.get(..end).unwrap_or_default();
            let reading = reading.map(|(_, reading)| *reading);
            return odd_cells(grammar, record, start, reading, &mut cell);
        }
        let content = end - grammar.terminator_length(bytes, start, end);
        let delimiters = block.delimiters.as_ref().unwrap_or(&self.delimiters);
        let (mut walked, mut at) = (self.walked, start);
        if !self.quoted {
            while let Some(delimiter) = delimiters.next_before(content, &mut walked) {
                cell(Cell { start: at as u32, end: delimiter as u32, form: Form::Plain });
                at = delimiter + 1;
            }
            cell(Cell { start: at as u32, end: content as u32, form: Form::Plain });
            self.walked = walked;
            return None;
        }
        let mut pair = self.pair;
        let mut form = |start: usize, end: usize| {
            if start == end || bytes.get(start).copied() != grammar.quote {
                return Form::Plain;
            }
            let before = pair;
            while delimiters.pairs().get(pair).is_some_and(|&pair| (pair as usize) < end) {
                pair += 1;
            }
            if pair > before { Form::Doubled } else { Form::Quoted }
        };
        while let Some(delimiter) = delimiters.next_before(content, &mut walked) {
            let form = form(at, delimiter);
            cell(Cell { start: at as u32, end: delimiter as u32, form });
            at = delimiter + 1;
        }
        let form = form(at, content);
        cell(Cell { start: at as u32, end: content as u32, form });
        (self.walked, self.pair) = (walked, pair);
        None
    }
}

/// The cells of a record in the reading that was found to be right.
fn odd_cells(
    grammar: &Grammar,
    record: &[u8],
    start: usize,
    reading: Option<Reading>,
    cell: &mut dyn FnMut(Cell),
) -> Option<Odd> {
    match reading {
        None => {
            let exact = grammar.exact(record, start, true, cell)?;
            exact.stray.map(Odd::Stray)
        }
        Some(Reading::Lenient) => {
            let lenient = grammar.lenient(record, start, true, cell)?;
            lenient.stray.map(Odd::Stray)
        }
        Some(Reading::Line { swallowed }) => {
            let quote = grammar.line(record, start, cell).unwrap_or(start);
            Some(Odd::Unclosed(quote, swallowed))
        }
    }
}

/// The physical lines of a block's records.
pub struct Lines {
    /// After which records there are more lines than records, and how many.
    more: Vec<(u32, i32)>,
}

impl Lines {
    /// Those of a block.
    pub fn new(block: &Block) -> Self {
        let mut sum = 0;
        let more = block.uneven.iter().map(|&(record, more)| {
            sum += more;
            (record, sum)
        });
        Self { more: more.collect() }
    }

    /// Line ends before the record of that number, which counts from 0.
    #[inline]
    pub fn before(&self, record: usize) -> usize {
        if self.more.is_empty() {
            return record;
        }
        let passed = self.more.partition_point(|&(uneven, _)| (uneven as usize) < record);
        let more = passed.checked_sub(1).and_then(|at| self.more.get(at));
        record.saturating_add_signed(more.map_or(0, |&(_, more)| more as isize))
    }
}
