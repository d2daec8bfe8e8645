//! Any bytes as a delimited file, in any dialect, cut into blocks of any size.
//!
//! The records are the same whatever the size of blocks and reads; nothing is lost; a record that
//! has no reading of its own is what the state machine says; cells found the fast way are those
//! found the slow way; and what is well formed is read as the `csv` crate reads it.

#![no_main]

use handover::pipeline::Pool;
use handover::source::block::{Block, Cutter};
use handover::source::masks::{Delimiters, Walked};
use handover::source::records::{Reading, Records};
use handover::source::structure::{Grammar, Terminator};
use handover::source::utf16::Order;
use libfuzzer_sys::fuzz_target;
use std::io::Read;

/// How a file is written and read: the first bytes of the input.
#[derive(Debug, Clone, Copy)]
struct Case {
    records: Records,
    utf16: Option<Order>,
    size: usize,
    read: usize,
    first: u64,
}

const HEAD: usize = 7;

impl Case {
    fn of(head: &[u8; HEAD]) -> Self {
        let [dialect, flags, width, size, read, reach, first] = *head;
        let grammar = Grammar {
            delimiter: b",;\t|"[usize::from(dialect & 3)],
            quote: [Some(b'"'), Some(b'"'), Some(b'\''), None][usize::from(dialect >> 2 & 3)],
            double_quote: flags & 1 == 0,
            escape: (flags & 2 != 0).then_some(b'\\'),
            skip_initial_space: flags & 4 != 0,
            terminator: match flags & 8 {
                0 => Terminator::LineFeed,
                _ => Terminator::CarriageReturn,
            },
        };
        let utf16 = match flags >> 4 & 7 {
            6 => Some(Order::Little),
            7 => Some(Order::Big),
            _ => None,
        };
        let width = (width > 0).then_some(usize::from(width % 8));
        // Mostly longer than any input, so that records beyond the limit do not hide the rest.
        let reach = if reach < 32 { 5 + usize::from(reach) * 4 } else { 1 << 20 };
        Self {
            records: Records { grammar, width, reach },
            utf16,
            // Blocks are never larger than a record may be.
            size: (1 + usize::from(size)).min(reach),
            read: 1 + usize::from(read),
            first: u64::from(first % 8),
        }
    }

    fn cut(&self, bytes: &[u8], size: usize, read: usize) -> Vec<Block> {
        let pool = Pool::default();
        let mut cutter = Cutter::new(Box::new(Slow { bytes, most: read }), None, size, &pool);
        if let Some(order) = self.utf16 {
            cutter.set_utf16(order);
        }
        cutter.set_records(Some(self.records));
        cutter.set_first(self.first);
        let mut blocks = Vec::new();
        loop {
            let block = cutter.cut().expect("reading from memory does not fail");
            let last = block.last;
            // What comes after is read over what was there.
            pool.give(block.bytes.clone());
            blocks.push(block);
            if last {
                return blocks;
            }
        }
    }
}

/// Gives at most so many bytes at a time.
struct Slow<'a> {
    bytes: &'a [u8],
    most: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.bytes.len().min(self.most).min(buffer.len());
        buffer[..length].copy_from_slice(&self.bytes[..length]);
        self.bytes = &self.bytes[length..];
        Ok(length)
    }
}

/// One record: its place in the file, row, line, reading.
type Record = (u64, u64, u64, u64, Option<Reading>);

/// All records, and where records end because one is too long.
fn records(blocks: &[Block], line_end: u8) -> (Vec<Record>, Option<u64>) {
    let (mut records, mut oversize) = (Vec::new(), None);
    for block in blocks {
        // In UTF-16, lines are those of the text, and record ends those of the bytes.
        let text_lines = |at: usize| {
            let text = block.text().get(..at).expect("a record lies in its block");
            text.iter().filter(|&&byte| byte == line_end).count() as u64
        };
        let mut start = 0;
        for (number, &end) in block.ends.iter().enumerate() {
            let odd = block.odd.iter().find(|(odd, _)| *odd as usize == number);
            let line = if block.is_utf16() { 0 } else { block.first_line + text_lines(start) };
            records.push((
                block.first_byte + start as u64,
                block.first_byte + u64::from(end),
                block.first_row + number as u64,
                line,
                odd.map(|(_, reading)| *reading),
            ));
            start = end as usize;
        }
        if block.oversize {
            assert!(oversize.is_none(), "told twice");
            oversize = Some(block.first_byte + block.bytes.len() as u64);
        }
    }
    (records, oversize)
}

/// What the `csv` crate reads.
fn judge(bytes: &[u8], grammar: &Grammar) -> Vec<Vec<Vec<u8>>> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(grammar.delimiter);
    match grammar.quote {
        Some(quote) => builder.quote(quote),
        None => builder.quoting(false),
    };
    let mut reader = builder.from_reader(bytes);
    let records = reader.byte_records().map(|record| record.expect("no error in memory"));
    records.map(|record| record.iter().map(<[u8]>::to_vec).collect()).collect()
}

fuzz_target!(|input: &[u8]| {
    let Some((head, bytes)) = input.split_first_chunk::<HEAD>() else { return };
    let case = Case::of(head);
    let grammar = case.records.grammar;
    let reference = case.cut(bytes, case.records.reach.min(bytes.len() + 64), 1 << 20);
    let blocks = case.cut(bytes, case.size, case.read);

    let joined: Vec<u8> = blocks.iter().flat_map(|block| block.bytes.clone()).collect();
    assert!(joined == bytes, "bytes were lost");
    let found = records(&blocks, grammar.line_end());
    assert_eq!(found, records(&reference, grammar.line_end()), "the size of blocks matters");

    let mut well_formed = found.1.is_none() && case.utf16.is_none();
    let plain = grammar.escape.is_none() && !grammar.skip_initial_space && grammar.double_quote;
    well_formed &= plain && grammar.terminator == Terminator::LineFeed;
    let mut ours = Vec::new();
    for mut block in blocks {
        well_formed &= block.odd.is_empty();
        block.turn();
        let mut anew = Delimiters::default();
        let mut walked = Walked::default();
        let last = block.ends.last().map_or(0, |&end| end as usize);
        if block.clean && grammar.has_fast_cells() && block.delimiters.is_none() {
            anew.find(&grammar, &block.bytes[..last], block.skip as usize);
        }
        let delimiters = block.delimiters.as_ref().unwrap_or(&anew);
        let mut start = block.skip as usize;
        for (number, &end) in block.ends.iter().enumerate() {
            let odd = block.odd.iter().any(|(odd, _)| *odd as usize == number);
            let record = &block.bytes[..end as usize];
            let (mut cells, mut scratch) = (Vec::new(), Vec::new());
            let exact = grammar.exact(record, start, true, |cell| {
                if block.clean
                    && grammar.has_fast_cells()
                    && (cell.end as usize) < record.len()
                    && record[cell.end as usize] == grammar.delimiter
                {
                    let found = delimiters.next_before(last, &mut walked);
                    assert_eq!(
                        found,
                        Some(cell.end as usize),
                        "a delimiter not found the fast way"
                    );
                }
                cells.push(grammar.value(record, cell, &mut scratch).to_vec());
            });
            let exact = exact.expect("a record at the end of bytes is one");
            assert!(odd || exact.end == end as usize, "not where the definition ends it");
            well_formed &= exact.stray.is_none() && exact.open_quote.is_none();
            let length = grammar.terminator_length(record, start, end as usize);
            // The other one passes over blank lines, and takes any CR for a line end.
            well_formed &= start + length < end as usize;
            well_formed &= cells
                .iter()
                .zip(quoted(&grammar, record, start))
                .all(|(cell, quoted)| quoted || !cell.contains(&b'\r'));
            ours.push(cells);
            start = end as usize;
        }
        if block.clean && grammar.has_fast_cells() {
            let more = delimiters.next_before(last, &mut walked);
            assert_eq!(more, None, "a delimiter found the fast way only");
        }
    }
    if well_formed {
        let theirs = judge(bytes, &grammar);
        assert!(ours == theirs, "{ours:?} and {theirs:?}");
    }
});

/// Of each cell of a record, whether it is quoted.
fn quoted(grammar: &Grammar, record: &[u8], start: usize) -> Vec<bool> {
    let mut all = Vec::new();
    grammar.exact(record, start, true, |cell| {
        all.push(record.get(cell.start as usize).copied() == grammar.quote);
    });
    all
}
