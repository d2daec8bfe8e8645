//! Blocks: the pieces in which a file travels through the program.
//!
//! A block of a table begins and ends at record boundaries and carries the exact place of its first
//! record, so that whoever gets it can name row, line and byte of anything in it. Where blocks are
//! cut depends on the file's bytes alone: never on how they were read, nor on the number of workers.

use crate::pipeline::Pool;
use crate::source::structure::Grammar;
use std::io::{self, Read};

/// Bytes in a block, unless one record alone is longer.
pub const BLOCK_SIZE: usize = 256 << 10;

/// Bytes that a record may have. A longer one cannot be checked, and is a finding.
pub const RECORD_LIMIT: usize = 16 << 20;

/// A piece of one file.
#[derive(Debug, Default)]
pub struct Block {
    /// Number among all blocks of the run, from 0, in reading order.
    pub ordinal: u32,
    /// Index of the file in the extract.
    pub member: u32,
    /// Number among the blocks of the file, from 0.
    pub index: u32,
    /// Row number of the first record, from 1; 0 where the block has no records.
    pub first_row: u64,
    /// Physical line on which the first record begins, from 1.
    pub first_line: u64,
    /// Offset of the first byte in the file.
    pub first_byte: u64,
    /// The bytes as delivered.
    pub bytes: Vec<u8>,
    /// Bytes of a UTF-8 byte order mark before the first record's first cell: 3 or 0.
    pub skip: u32,
    /// Physical line ends in the block.
    pub lines: u32,
    /// One past the last byte of each record, terminator included. Empty where the file is no table.
    pub ends: Vec<u32>,
    /// Whether every quote stands at a field's edge: then cells may be found the fast way.
    pub clean: bool,
    /// Whether the file ends with this block.
    pub last: bool,
    /// The record after this block is longer than [`RECORD_LIMIT`]: the rest of the file comes in
    /// blocks without records.
    pub oversize: bool,
}

/// Cuts one file into blocks.
pub struct Cutter<'a> {
    input: Box<dyn Read + 'a>,
    grammar: Option<Grammar>,
    size: usize,
    record_limit: usize,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    first: u64,
    next: Next,
}

/// Where the next block begins.
struct Next {
    index: u32,
    row: u64,
    line: u64,
    byte: u64,
}

impl<'a> Cutter<'a> {
    /// Cuts what `input` gives: at record boundaries of `grammar`; without one, every `size` bytes.
    ///
    /// `size` and `record_limit` are [`BLOCK_SIZE`] and [`RECORD_LIMIT`] but in tests.
    pub fn new(
        input: Box<dyn Read + 'a>,
        grammar: Option<Grammar>,
        size: usize,
        record_limit: usize,
    ) -> Self {
        Self {
            input,
            grammar,
            size: size.max(1),
            record_limit: record_limit.max(1),
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            first: 1,
            next: Next { index: 0, row: 1, line: 1, byte: 0 },
        }
    }

    /// The first bytes of the file, at most `length`, without taking them.
    ///
    /// # Errors
    /// Where reading fails.
    pub fn peek(&mut self, length: usize) -> io::Result<&[u8]> {
        self.fill(length)?;
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest))
    }

    /// Sets how records are found, before the first block is taken.
    pub fn set_grammar(&mut self, grammar: Option<Grammar>) {
        self.grammar = grammar;
    }

    /// Asks for at least so many records in the first block (if the file has them, and they are not
    /// longer than the limit together), before it is taken: those that say how to read the others.
    pub fn set_first(&mut self, records: u64) {
        self.first = records.max(1);
    }

    /// The next block; the one with `last` ends the file (an empty file has one empty block). Its
    /// `ordinal` and `member` are the caller's to set.
    ///
    /// # Errors
    /// Where reading fails.
    pub fn next(&mut self, pool: &Pool) -> io::Result<Block> {
        let mut block = Block { clean: true, ..Block::default() };
        let mut length = self.fill(self.size)?.min(self.size);
        if let Some(grammar) = self.grammar {
            let mark = self.fill(3)?.min(3);
            if self.next.index == 0 && self.window(mark) == b"\xEF\xBB\xBF" {
                block.skip = 3;
            }
            let skip = block.skip as usize;
            let mut window = length;
            length = loop {
                let whole = self.at_end && self.start + window == self.buffer.len();
                let bytes = self.window(window);
                block.ends.clear();
                let mut complete = skip.min(bytes.len());
                block.clean = grammar.record_ends_from(bytes, &mut complete, &mut block.ends);
                if whole && complete < window {
                    block.clean &= Self::finish(&grammar, bytes, complete, &mut block.ends);
                }
                if let Some(&end) = block.ends.last() {
                    let enough = self.next.index > 0 || block.ends.len() as u64 >= self.first;
                    if enough || whole || window > self.record_limit {
                        break end as usize;
                    }
                }
                if whole {
                    break window;
                }
                if window > self.record_limit {
                    match unclosed(&grammar, bytes, skip) {
                        Some(end) => {
                            block.ends.push(end as u32);
                            block.clean = false;
                            break end;
                        }
                        None => {
                            block.oversize = true;
                            self.grammar = None;
                            break 0;
                        }
                    }
                }
                // Never beyond the limit and one byte, so that what is found there does not depend
                // on the size of blocks.
                let wanted = window.saturating_mul(2).min(self.record_limit + 1).max(self.size);
                window = self.fill(wanted)?.min(wanted);
            };
        }
        block.index = self.next.index;
        block.first_row = if block.ends.is_empty() { 0 } else { self.next.row };
        block.first_line = self.next.line;
        block.first_byte = self.next.byte;
        block.bytes = pool.take();
        block.bytes.extend_from_slice(self.window(length));
        self.start += length;
        block.last = !block.oversize && self.fill(1)? == 0;
        self.next.index += 1;
        self.next.row += block.ends.len() as u64;
        self.next.byte += length as u64;
        if let Some(grammar) = self.grammar {
            let lines = memchr::memchr_iter(grammar.line_end(), &block.bytes).count();
            block.lines = lines as u32;
            self.next.line += lines as u64;
        }
        Ok(block)
    }

    /// Ends the last record of a file that does not end with a line end, or whose last record has a
    /// quote that is never closed. Says whether nothing odd was met.
    fn finish(grammar: &Grammar, bytes: &[u8], mut start: usize, ends: &mut Vec<u32>) -> bool {
        let mut clean = true;
        while start < bytes.len() {
            let Some(record) = grammar.exact(bytes, start, true, |_| ()) else { break };
            clean &= record.stray.is_none() && record.open_quote.is_none();
            ends.push(record.end as u32);
            start = record.end;
            // After a quote that is never closed, what follows is read as if it had not been there.
            clean &= grammar.record_ends_from(bytes, &mut start, ends);
        }
        clean
    }

    fn window(&self, length: usize) -> &[u8] {
        self.buffer.get(self.start..self.start + length).unwrap_or_default()
    }

    /// Reads until `wanted` bytes are at hand or the input ends; returns how many are.
    fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        const READ: usize = 1 << 20;
        while !self.at_end && self.buffer.len() - self.start < wanted {
            if self.start > 0 {
                self.buffer.drain(..self.start);
                self.start = 0;
            }
            let missing = wanted - self.buffer.len();
            let length = self.buffer.len();
            let room = missing.max(READ.min(self.size.saturating_mul(4)));
            self.buffer.resize(length + room, 0);
            let read = loop {
                match self.input.read(&mut self.buffer[length..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
            self.at_end = read? == 0;
        }
        Ok(self.buffer.len() - self.start)
    }
}

/// Where the first record should end if a quote in it is never closed within the bytes.
fn unclosed(grammar: &Grammar, bytes: &[u8], start: usize) -> Option<usize> {
    let record = grammar.exact(bytes, start, true, |_| ())?;
    (record.open_quote.is_some() && record.end < bytes.len()).then_some(record.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::structure::Terminator;
    use proptest::prelude::*;

    const COMMA: Grammar = Grammar {
        delimiter: b',',
        quote: Some(b'"'),
        double_quote: true,
        escape: None,
        skip_initial_space: false,
        terminator: Terminator::LineFeed,
    };

    /// Gives at most so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(self.1).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn blocks(bytes: &[u8], grammar: Option<Grammar>, size: usize, read: usize) -> Vec<Block> {
        let mut cutter = Cutter::new(Box::new(Slow(bytes, read)), grammar, size, 300);
        let pool = Pool::default();
        let mut blocks = Vec::new();
        loop {
            let block = cutter.next(&pool).unwrap();
            let last = block.last;
            blocks.push(block);
            if last {
                return blocks;
            }
        }
    }

    /// Byte offset, row and line of every record.
    fn records(blocks: &[Block]) -> Vec<(u64, u64, u64, u64)> {
        let mut records = Vec::new();
        for block in blocks {
            let mut start = 0;
            for (number, &end) in block.ends.iter().enumerate() {
                let lines = block.bytes[..start].iter().filter(|&&b| b == b'\n').count();
                records.push((
                    block.first_byte + start as u64,
                    block.first_byte + u64::from(end),
                    block.first_row + number as u64,
                    block.first_line + lines as u64,
                ));
                start = end as usize;
            }
        }
        records
    }

    proptest! {
        #[test]
        fn nothing_depends_on_block_or_read_size(
            bytes in prop::collection::vec(prop::sample::select(&b"a,\"\n\n\r"[..]), 0..250),
            size in 1usize..80, read in 1usize..30,
        ) {
            let reference = blocks(&bytes, Some(COMMA), 10_000, 10_000);
            let cut = blocks(&bytes, Some(COMMA), size, read);
            prop_assert_eq!(records(&cut), records(&reference));
            let joined: Vec<u8> = cut.iter().flat_map(|b| b.bytes.clone()).collect();
            prop_assert_eq!(joined, bytes);
        }

        #[test]
        fn a_file_that_is_no_table_is_cut_by_size(
            bytes in prop::collection::vec(any::<u8>(), 0..300), size in 1usize..80,
        ) {
            let cut = blocks(&bytes, None, size, 7);
            prop_assert!(cut.iter().all(|b| b.bytes.len() <= size && b.ends.is_empty()));
            let joined: Vec<u8> = cut.iter().flat_map(|b| b.bytes.clone()).collect();
            prop_assert_eq!(joined, bytes);
        }
    }

    #[test]
    fn a_quote_never_closed_costs_one_record() {
        let bytes = b"a,b\n1,\"2\n3,4\n5,6\n";
        let rows: Vec<u64> =
            records(&blocks(bytes, Some(COMMA), 1000, 1000)).iter().map(|r| r.0).collect();
        assert_eq!(rows, [0, 4, 9, 13]);
    }

    #[test]
    fn a_record_beyond_the_limit_is_told_and_the_rest_still_comes() {
        let mut bytes = b"a,b\n".to_vec();
        bytes.extend([b'x'; 2000]);
        let cut = blocks(&bytes, Some(COMMA), 50, 50);
        assert!(cut.iter().any(|block| block.oversize));
        assert_eq!(cut.iter().map(|block| block.bytes.len()).sum::<usize>(), bytes.len());
    }

    #[test]
    fn an_empty_file_is_one_empty_block() {
        let cut = blocks(b"", Some(COMMA), 50, 50);
        assert_eq!(cut.len(), 1);
        assert!(cut[0].last && cut[0].ends.is_empty());
    }
}
