//! Blocks: the pieces in which a file travels through the program.
//!
//! A block of a table begins and ends at record boundaries and carries the exact place of its first
//! record, so that whoever gets it can name row, line and byte of anything in it. Where blocks are
//! cut depends on the file's bytes alone: never on how they were read, nor on the number of workers.

use crate::pipeline::Pool;
use crate::source::masks::Delimiters;
use crate::source::records::{Found, Reading, Records};
use crate::source::utf16::{self, Order, Utf16};
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
    /// Numbers of the records that are not one line with its end, in order, and how many line ends
    /// they have more than that one.
    pub uneven: Vec<(u32, i32)>,
    /// One past the last byte of each record, terminator included. Empty where the file is no table.
    pub ends: Vec<u32>,
    /// Numbers of the records that have a reading of their own, in order.
    pub odd: Vec<(u32, Reading)>,
    /// Whether every quote stands at a field's edge: then cells may be found the fast way.
    pub clean: bool,
    /// Where its delimiters are, as far as that was found with its records.
    pub delimiters: Option<Delimiters>,
    /// Whether the file ends with this block.
    pub last: bool,
    /// The record after this block is longer than [`RECORD_LIMIT`]: the rest of the file comes in
    /// blocks without records.
    pub oversize: bool,
    /// What the bytes say, where they are UTF-16.
    decoded: Option<Box<Decoded>>,
}

/// The text of a block that was delivered in UTF-16.
#[derive(Debug, Default)]
struct Decoded {
    /// The other side: the text in UTF-8, or, while the block shows that, the bytes as delivered.
    bytes: Vec<u8>,
    /// Its record ends.
    ends: Vec<u32>,
    /// Its byte order mark.
    skip: u32,
    /// Where, in the text, something is no character.
    malformed: Vec<u32>,
    /// Whether the block shows the text.
    is_shown: bool,
}

impl Block {
    /// Shows the text of a block that was delivered in UTF-16, in UTF-8, in place of the bytes as
    /// delivered; then the other way round. Of any other block, bytes and text are the same.
    pub fn turn(&mut self) {
        let Some(decoded) = &mut self.decoded else { return };
        std::mem::swap(&mut self.bytes, &mut decoded.bytes);
        std::mem::swap(&mut self.ends, &mut decoded.ends);
        std::mem::swap(&mut self.skip, &mut decoded.skip);
        decoded.is_shown = !decoded.is_shown;
    }

    fn take_lines(&mut self, found: &Found) {
        let more: i32 = found.lines.iter().map(|&(_, more)| more).sum();
        self.lines = (found.ends.len() as u32).saturating_add_signed(more);
        self.uneven.clone_from(&found.lines);
    }

    /// Takes other records for those of a last block: what is left of one that was cut off is none.
    pub fn cut(&mut self, found: Found) {
        self.take_lines(&found);
        (self.ends, self.odd, self.clean) = (found.ends, found.odd, !found.unclean);
        self.delimiters = found.delimiters;
        if let Some(decoded) = self.decoded.as_mut().filter(|decoded| decoded.is_shown) {
            decoded.ends.truncate(self.ends.len());
        }
    }

    /// The text, whichever side is shown.
    pub fn text(&self) -> &[u8] {
        match &self.decoded {
            Some(decoded) if !decoded.is_shown => &decoded.bytes,
            _ => &self.bytes,
        }
    }

    /// Whether it was delivered in UTF-16.
    pub fn is_utf16(&self) -> bool {
        self.decoded.is_some()
    }

    /// Where, in the text, something is no character. (Of bytes in UTF-8, nobody looked yet.)
    pub fn malformed(&self) -> &[u32] {
        self.decoded.as_ref().map_or(&[], |decoded| &decoded.malformed)
    }

    /// The offset in the file of what stands at `at` of the side that is shown, in its record of
    /// that number.
    pub fn byte_at(&self, record: usize, at: usize) -> u64 {
        let Some(decoded) = self.decoded.as_ref().filter(|decoded| decoded.is_shown) else {
            return self.first_byte + at as u64;
        };
        let start = |ends: &[u32]| match record.checked_sub(1) {
            Some(before) => ends.get(before).map_or(0, |&end| end as usize),
            None => 0,
        };
        let within = self.bytes.get(start(&self.ends)..at).unwrap_or_default();
        self.first_byte + (start(&decoded.ends) + utf16::length(within)) as u64
    }
}

/// Cuts one file into blocks.
pub struct Cutter<'a> {
    input: Box<dyn Read + 'a>,
    records: Option<Records>,
    found: Found,
    utf16: Option<Utf16>,
    size: usize,
    pool: &'a Pool,
    /// Begins with what was read and is in no block yet; the rest is room.
    buffer: Vec<u8>,
    /// How many bytes that is.
    filled: usize,
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
    /// Cuts what `input` gives: at the ends of `records`; without them, every `size` bytes, which
    /// are [`BLOCK_SIZE`] but in tests. Blocks are made of what `pool` has.
    pub fn new(
        input: Box<dyn Read + 'a>,
        records: Option<Records>,
        size: usize,
        pool: &'a Pool,
    ) -> Self {
        Self {
            input,
            records,
            found: Found::default(),
            utf16: None,
            size: size.max(1),
            pool,
            buffer: pool.take_used(),
            filled: 0,
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
        let length = self.fill(length)?.min(length);
        Ok(self.window(length))
    }

    /// From here on, the file is taken for UTF-16: records are found in its text, and
    /// [`Cutter::peek`] gives that. To be called before the first block is taken.
    pub fn set_utf16(&mut self, order: Order) {
        let mut utf16 = Utf16::new(order);
        let mut text = Vec::new();
        utf16.decode(self.window(self.filled), self.at_end, &mut text);
        (self.filled, self.buffer) = (text.len(), text);
        self.utf16 = Some(utf16);
    }

    /// Sets how records are found, before the first block is taken.
    pub fn set_records(&mut self, records: Option<Records>) {
        self.records = records;
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
    pub fn cut(&mut self) -> io::Result<Block> {
        let mut block = Block { clean: true, ..Block::default() };
        let mut length = self.fill(self.size)?.min(self.size);
        if let Some(records) = self.records {
            let mark = self.fill(3)?.min(3);
            if self.next.index == 0 && self.window(mark) == b"\xEF\xBB\xBF" {
                block.skip = 3;
            }
            // The mark is no part of the first record.
            let reach = records.reach.saturating_add(block.skip as usize);
            let mut window = length;
            length = loop {
                let whole = self.at_end && window == self.filled;
                let mut found = std::mem::take(&mut self.found);
                found.clear();
                let bytes = self.window(window);
                let start = (block.skip as usize).min(bytes.len());
                records.find(bytes, start, whole, &mut found);
                self.found = found;
                if !self.found.ends.is_empty() {
                    let wanted = if self.next.index > 0 { 1 } else { self.first };
                    let enough = self.found.ends.len() as u64 >= wanted;
                    if enough || whole || self.found.oversize || window >= reach {
                        if window > self.size && enough {
                            // A block that had to be longer has no more in it than was wanted.
                            self.found.keep(usize::try_from(wanted).unwrap_or(usize::MAX));
                        }
                        break self.found.ends.last().map_or(0, |&end| end as usize);
                    }
                }
                if self.found.oversize {
                    // Told once the records before it are out: then it comes first.
                    block.oversize = true;
                    self.records = None;
                    break 0;
                }
                if whole {
                    break window;
                }
                // Never beyond the limit, so that what is found there does not depend on the size
                // of blocks.
                let wanted = window.saturating_mul(2).min(reach).max(self.size);
                window = self.fill(wanted)?.min(wanted);
            };
            block.ends.extend_from_slice(&self.found.ends);
            block.odd.extend_from_slice(&self.found.odd);
            block.clean = !self.found.unclean;
            block.delimiters = self.found.delimiters.take();
        }
        block.index = self.next.index;
        block.first_row = if block.ends.is_empty() { 0 } else { self.next.row };
        block.first_line = self.next.line;
        block.first_byte = self.next.byte;
        // What is left over is little, so it is that which is copied.
        let mut next = self.pool.take_used();
        let rest = self.buffer.get(length..self.filled).unwrap_or_default();
        if next.len() < rest.len() {
            next.resize(rest.len(), 0);
        }
        next[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
        block.bytes = std::mem::replace(&mut self.buffer, next);
        block.bytes.truncate(length);
        // At the end of the file nothing is left, and that is known.
        block.last = !block.oversize && self.fill(1)? == 0;
        if block.last {
            self.pool.give(std::mem::take(&mut self.buffer));
        }
        self.next.row += block.ends.len() as u64;
        if let Some(records) = self.records {
            if block.ends.is_empty() {
                let end = records.grammar.line_end();
                block.lines = memchr::memchr_iter(end, &block.bytes).count() as u32;
            } else {
                block.take_lines(&self.found);
            }
            self.next.line += u64::from(block.lines);
        }
        self.deliver(&mut block);
        self.next.index += 1;
        self.next.byte += block.bytes.len() as u64;
        Ok(block)
    }

    /// Puts the bytes as delivered in the place of the text that was found in UTF-16.
    fn deliver(&mut self, block: &mut Block) {
        let Some(utf16) = &mut self.utf16 else { return };
        let mut decoded = Decoded::default();
        decoded.malformed = utf16.take(&block.bytes, block.last, &mut decoded.bytes);
        let (mut start, mut delivered) = (0, 0);
        for &end in &block.ends {
            let record = block.bytes.get(start..end as usize).unwrap_or_default();
            delivered += utf16::length(record);
            start = end as usize;
            decoded.ends.push(delivered as u32);
        }
        if let Some(end) = decoded.ends.last_mut().filter(|_| start == block.bytes.len()) {
            *end = decoded.bytes.len() as u32;
        }
        decoded.skip = if block.skip > 0 { 2 } else { 0 };
        decoded.is_shown = true;
        block.decoded = Some(Box::new(decoded));
        block.turn();
    }

    fn window(&self, length: usize) -> &[u8] {
        self.buffer.get(..length).unwrap_or_default()
    }

    /// Reads until `wanted` bytes are at hand or the input ends; returns how many are.
    fn fill(&mut self, wanted: usize) -> io::Result<usize> {
        while !self.at_end && self.filled < wanted {
            match &mut self.utf16 {
                Some(utf16) => {
                    // Most characters take two bytes there, and one here.
                    let room = (wanted - self.filled).saturating_mul(2);
                    let mut delivered = Vec::new();
                    let read = self.input.by_ref().take(room as u64).read_to_end(&mut delivered)?;
                    self.at_end = read < room;
                    self.buffer.truncate(self.filled);
                    utf16.decode(&delivered, self.at_end, &mut self.buffer);
                    self.filled = self.buffer.len();
                }
                None => {
                    let end = self.make_room(wanted);
                    let room = self.buffer.get_mut(self.filled..end).unwrap_or_default();
                    match self.input.read(room) {
                        Ok(0) => self.at_end = true,
                        Ok(read) => self.filled += read,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(self.filled)
    }

    /// Makes room to read into, and gives its end, at most `wanted`. A buffer that is not large enough
    /// yet grows with what there is to read: most files are small, and pages that are not touched cost
    /// nothing.
    fn make_room(&mut self, wanted: usize) -> usize {
        /// Bytes that are read at first.
        const FIRST: usize = 16 << 10;
        if self.buffer.len() <= self.filled {
            let enough = self.filled.saturating_mul(2).clamp(FIRST, wanted.max(FIRST));
            self.buffer.resize(enough, 0);
        }
        self.buffer.len().min(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::structure::{Grammar, Terminator};
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
        let records = grammar.map(|grammar| Records { grammar, width: Some(2), reach: 301 });
        let pool = Pool::default();
        let mut cutter = Cutter::new(Box::new(Slow(bytes, read)), records, size, &pool);
        let mut blocks = Vec::new();
        loop {
            let block = cutter.cut().unwrap();
            let last = block.last;
            // What comes after is read over what was there.
            pool.give(block.bytes.clone());
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
    fn nor_is_the_first_one_read_for_ever_where_a_mark_stands_before_it() {
        for length in 290..310 {
            let mut bytes = b"\xEF\xBB\xBF".to_vec();
            bytes.extend(vec![b'x'; length]);
            bytes.extend(b",y\n1,2\n");
            for size in [1, 50, 301] {
                let cut = blocks(&bytes, Some(COMMA), size, 50);
                // A comma and another letter; with 300 bytes and a line end it is a record yet.
                assert_eq!(cut.iter().any(|block| block.oversize), length + 2 > 300, "{length}");
                assert_eq!(cut.iter().map(|block| block.bytes.len()).sum::<usize>(), bytes.len());
            }
        }
    }

    #[test]
    fn an_empty_file_is_one_empty_block() {
        let cut = blocks(b"", Some(COMMA), 50, 50);
        assert_eq!(cut.len(), 1);
        assert!(cut[0].last && cut[0].ends.is_empty());
    }
}
