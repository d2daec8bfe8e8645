//! Walking a block: the cells of its records, and the physical lines before them.

use crate::source::block::Block;
use crate::source::structure::{Cell, Exact, Form, Grammar};

/// Gives the cells of one record after the other, in order.
#[derive(Default)]
pub(super) struct CellWalk {
    /// Whether the block's quotes all stand at field edges, so that delimiters were found at once.
    fast: bool,
    delimiters: Vec<u32>,
    pairs: Vec<u32>,
    delimiter: usize,
    pair: usize,
}

impl CellWalk {
    /// Begins a block.
    pub(super) fn begin(&mut self, grammar: &Grammar, block: &Block) {
        self.delimiters.clear();
        self.pairs.clear();
        (self.delimiter, self.pair) = (0, 0);
        self.fast = block.clean && grammar.has_fast_cells();
        if self.fast {
            let structured = block.bytes.get(block.skip as usize..).unwrap_or_default();
            grammar.delimiters(structured, &mut self.delimiters, &mut self.pairs);
            if block.skip > 0 {
                self.delimiters.iter_mut().chain(&mut self.pairs).for_each(|at| *at += block.skip);
            }
        }
    }

    /// Puts the cells of the next record, from `start` to `end`, into `cells`. What is odd about its
    /// quotes is told where the exact reader was needed.
    pub(super) fn cells(
        &mut self,
        grammar: &Grammar,
        bytes: &[u8],
        (start, end): (usize, usize),
        cells: &mut Vec<Cell>,
    ) -> Option<Exact> {
        cells.clear();
        if !self.fast {
            let record = bytes.get(..end).unwrap_or_default();
            return grammar.exact(record, start, true, |cell| cells.push(cell));
        }
        let content = end - grammar.terminator_length(bytes, start, end);
        let mut at = start as u32;
        while let Some(&delimiter) = self.delimiters.get(self.delimiter)
            && (delimiter as usize) < content
        {
            let form = self.form(grammar, bytes, at, delimiter);
            cells.push(Cell { start: at, end: delimiter, form });
            at = delimiter + 1;
            self.delimiter += 1;
        }
        let form = self.form(grammar, bytes, at, content as u32);
        cells.push(Cell { start: at, end: content as u32, form });
        None
    }

    fn form(&mut self, grammar: &Grammar, bytes: &[u8], start: u32, end: u32) -> Form {
        if start == end || bytes.get(start as usize).copied() != grammar.quote {
            return Form::Plain;
        }
        let mut doubled = false;
        while let Some(&pair) = self.pairs.get(self.pair)
            && pair < end
        {
            doubled = true;
            self.pair += 1;
        }
        if doubled { Form::Doubled } else { Form::Quoted }
    }
}

/// Counts physical lines on the way through a block.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    end: u8,
    at: usize,
    lines: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8], end: u8) -> Self {
        Self { bytes, end, at: 0, lines: 0 }
    }

    /// Line ends before `at`, which never goes back.
    pub(super) fn before(&mut self, at: usize) -> usize {
        let passed = self.bytes.get(self.at..at).unwrap_or_default();
        self.lines += memchr::memchr_iter(self.end, passed).count();
        self.at = at.max(self.at);
        self.lines
    }
}
