//! Where records end, and which reading of an odd record is the right one.
//!
//! A quote in the wrong place has more than one reading. Believed, it may swallow the rows that
//! follow; taken as text, it may tear a cell in two. Parsers choose silently. Here the readings are
//! compared by what they make of the record: how many cells it has, and whether the next line is a
//! row of the right width.
//!
//! What is decided depends on the bytes of the record, of the next line, and on the expected number
//! of cells alone; it never looks further than `reach` bytes, and never depends on where blocks are
//! cut. A property test compares the fast search with the record-by-record definition.

use super::masks::{Carry, Compare, Delimiters, WithCompare, chunk, each_bit, with_compare};
use super::structure::{Exact, Grammar};

/// How records are found.
#[derive(Debug, Clone, Copy)]
pub struct Records {
    /// How the file is written.
    pub grammar: Grammar,
    /// How many cells a row should have, where that is known.
    pub width: Option<usize>,
    /// The most bytes that are looked at to find the end of a record: one more than a record may
    /// have.
    pub reach: usize,
}

/// Bytes within which a cell with quotes as text must end.
const LENIENT_REACH: usize = 8 << 10;

/// How a record that is not as it should be is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Quotes inside a quoted cell that stand at no field's edge are text.
    Lenient,
    /// A quote that opens a cell is never closed, or closed rows later: the record is its line, and
    /// the quote is text.
    Line {
        /// How many of the following lines the quote would have swallowed, as far as was looked.
        swallowed: u32,
    },
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// One past the last byte of each record, terminator included.
    pub ends: Vec<u32>,
    /// Numbers of the records that have a reading of their own, in order.
    pub odd: Vec<(u32, Reading)>,
    /// Whether some quote stands at no field's edge.
    pub unclean: bool,
    /// The next record is longer than may be.
    pub oversize: bool,
    /// Numbers of the records that are not one line with its end, in order, and how many line ends
    /// they have more than that one.
    pub lines: Vec<(u32, i32)>,
    /// Where the delimiters are, if the fast search found all of the records at once.
    pub delimiters: Option<Delimiters>,
}

impl Found {
    /// Forgets all, and keeps the room.
    pub fn clear(&mut self) {
        self.ends.clear();
        self.odd.clear();
        self.lines.clear();
        (self.unclean, self.oversize) = (false, false);
        self.delimiters = None;
    }

    /// Forgets all but the first records.
    pub(super) fn keep(&mut self, records: usize) {
        if records < self.ends.len() {
            self.ends.truncate(records);
            self.odd.retain(|&(number, _)| (number as usize) < records);
            self.lines.retain(|&(number, _)| (number as usize) < records);
            self.oversize = false;
        }
    }

    /// Where the search is to go on.
    fn reached(&self, start: usize) -> usize {
        self.ends.last().map_or(start, |&end| end as usize)
    }
}

/// The judgement on one record.
#[derive(Debug, PartialEq, Eq)]
enum Judged {
    /// It ends there, read so.
    Record(usize, Option<Reading>),
    /// More bytes are needed.
    Unfinished,
    /// It is longer than may be.
    Oversize,
}

/// The fast search.
struct Fast<'a> {
    records: &'a Records,
    bytes: &'a [u8],
    from: usize,
    found: &'a mut Found,
    delimiters: &'a mut Delimiters,
}

impl WithCompare for Fast<'_> {
    /// Whether it came to the end of the bytes.
    type Output = bool;

    #[inline(always)]
    fn run(self, compare: impl Compare) -> bool {
        let Fast { records, bytes, from, found, delimiters } = self;
        let mut carry = Carry::at_record_start();
        let mut record = from;
        let mut at = from;
        // The line ends inside quotes of the record at hand.
        let mut inside = 0;
        while at < bytes.len() {
            let (lanes, length) = chunk(bytes, at);
            let seen = records.grammar.find(&lanes, length, &mut carry, compare);
            let before_violation =
                (seen.violations & seen.violations.wrapping_neg()).wrapping_sub(1);
            let ends = seen.ends & before_violation;
            delimiters.push(at, &seen);
            if inside == 0 && seen.lines_inside == 0 {
                each_bit(ends, |bit| {
                    record = at + bit + 1;
                    found.ends.push(record as u32);
                });
            } else {
                let mut lines = seen.lines_inside;
                let mut rest = ends;
                while rest != 0 {
                    let bit = rest.trailing_zeros();
                    let up_to = (1u64 << bit) - 1;
                    let end = at + bit as usize + 1;
                    inside += (lines & up_to).count_ones() as i32;
                    if inside > 0 {
                        let cells = delimiters.count(record, end) + 1;
                        if records.width.is_some_and(|width| width != cells) {
                            return false;
                        }
                        found.lines.push((found.ends.len() as u32, inside));
                    }
                    lines &= !up_to;
                    inside = 0;
                    found.ends.push(end as u32);
                    record = end;
                    rest &= rest - 1;
                }
                inside += (lines & before_violation).count_ones() as i32;
            }
            if seen.violations != 0 {
                return false;
            }
            at += length;
        }
        true
    }
}

impl Records {
    /// Finds the records that begin at `start` and after; `at_end` says that the file ends with the
    /// bytes. A record that is not complete is left out.
    pub fn find(&self, bytes: &[u8], start: usize, at_end: bool, found: &mut Found) {
        let mut record = start;
        let mut delimiters = Delimiters::default();
        let mut searches = 0;
        while record < bytes.len() {
            if self.grammar.is_fast() {
                delimiters.begin(record, bytes.len());
                searches += 1;
                let is_whole = self.fast(bytes, record, found, &mut delimiters);
                // What one search did not reach, the next begins elsewhere.
                found.delimiters =
                    (is_whole && searches == 1).then(|| std::mem::take(&mut delimiters));
                record = found.reached(record);
                if record >= bytes.len() {
                    return;
                }
            }
            match self.judge(bytes, record, at_end) {
                Judged::Record(end, reading) => {
                    let lines = bytes.get(record..end).unwrap_or_default();
                    let lines = memchr::memchr_iter(self.grammar.line_end(), lines).count() as i32;
                    if lines != 1 {
                        found.lines.push((found.ends.len() as u32, lines - 1));
                    }
                    // What the fast reader could not pass is odd, or the last and without a line end.
                    if let Some(reading) = reading {
                        found.odd.push((found.ends.len() as u32, reading));
                    }
                    found.unclean |= reading.is_some() || !self.is_clean(bytes, record, end);
                    found.ends.push(end as u32);
                    record = end;
                }
                Judged::Unfinished => return,
                Judged::Oversize => {
                    found.oversize = true;
                    return;
                }
            }
        }
    }

    /// Pushes the ends of records until one is not plain, or the bytes end; whether these do.
    fn fast(
        &self,
        bytes: &[u8],
        from: usize,
        found: &mut Found,
        delimiters: &mut Delimiters,
    ) -> bool {
        with_compare(Fast { records: self, bytes, from, found, delimiters })
    }

    fn is_clean(&self, bytes: &[u8], start: usize, end: usize) -> bool {
        let record = bytes.get(..end).unwrap_or_default();
        self.grammar.is_fast()
            && self
                .grammar
                .exact(record, start, true, |_| ())
                .is_some_and(|e| e.end == end && e.stray.is_none() && e.open_quote.is_none())
    }

    /// The definition: where the record that begins at `start` ends, and how it is to be read.
    fn judge(&self, bytes: &[u8], start: usize, at_end: bool) -> Judged {
        let grammar = &self.grammar;
        let all = bytes.get(start..).unwrap_or_default();
        let within = all.get(..self.reach).unwrap_or(all);
        let cut = within.len() < all.len() || all.len() >= self.reach;
        let at_end = at_end || cut;
        let Some((exact, cells)) = count(|cell| grammar.exact(within, 0, at_end, cell)) else {
            return Judged::Unfinished;
        };
        let end = |end: usize, reading| Judged::Record(start + end, reading);
        let terminated = grammar.terminator_length(within, 0, exact.end) > 0;
        if cut && exact.open_quote.is_none() && exact.end == within.len() && !terminated {
            return Judged::Oversize;
        }
        let is_width = |cells: usize| self.width == Some(cells);
        let right = is_width(cells);
        let first_line = self.line_end(within, 0);
        let several_lines = first_line < exact.end;
        if exact.open_quote.is_none() {
            let plain = exact.stray.is_none();
            let accepted = if plain {
                !several_lines || right || self.width.is_none()
            } else {
                right && !several_lines
            };
            if accepted {
                return end(exact.end, None);
            }
        }
        let line = match exact.open_quote {
            Some(quote) => self.line_end(within, quote),
            None => first_line,
        };
        let swallowed = || {
            let rows = within.get(line..exact.end).unwrap_or_default();
            let lines = memchr::memchr_iter(grammar.line_end(), rows).count();
            let last_is_open = !rows.is_empty() && rows.last() != Some(&grammar.line_end());
            Reading::Line { swallowed: (lines + usize::from(last_is_open)) as u32 }
        };
        if several_lines && line == first_line {
            let Some(next_is_row) = self.next_is_row(within, line, at_end) else {
                return Judged::Unfinished;
            };
            if self.line_is_row(within.get(..line).unwrap_or_default()) && next_is_row {
                return end(line, Some(swallowed()));
            }
        }
        if self.width.is_some() {
            // Text with quotes in it is not long; without a bound, a quote on every line would have
            // each look at all that follow.
            let near = within.get(..LENIENT_REACH).unwrap_or(within);
            let near_end = at_end || near.len() < within.len();
            let lenient = count(|cell| grammar.lenient(near, 0, near_end, cell));
            let Some((lenient, lenient_cells)) = lenient else { return Judged::Unfinished };
            if lenient.open_quote.is_none() && is_width(lenient_cells) {
                return end(lenient.end, Some(Reading::Lenient));
            }
        }
        let own_line = within.get(..exact.end).unwrap_or_default();
        match exact.open_quote {
            Some(_) => end(line, Some(swallowed())),
            None if !several_lines && self.line_is_row(own_line) => {
                end(exact.end, Some(Reading::Line { swallowed: 0 }))
            }
            None => end(exact.end, None),
        }
    }

    /// Where the line ends on which `at` lies, terminator included.
    fn line_end(&self, bytes: &[u8], at: usize) -> usize {
        let rest = bytes.get(at..).unwrap_or_default();
        let offset = memchr::memchr(self.grammar.line_end(), rest);
        offset.map_or(bytes.len(), |offset| at + offset + 1)
    }

    /// Whether a line by itself has the right number of cells, where a quote that is not closed on it
    /// is text.
    fn line_is_row(&self, line: &[u8]) -> bool {
        let mut cells = 0;
        self.grammar.line(line, 0, |_| cells += 1);
        self.width == Some(cells)
    }

    /// Whether at `at` a row begins, on one line or several, or there is none. `None`: more bytes are
    /// needed.
    fn next_is_row(&self, bytes: &[u8], at: usize, at_end: bool) -> Option<bool> {
        let rest = bytes.get(at..).unwrap_or_default();
        let near = rest.get(..LENIENT_REACH).unwrap_or(rest);
        let at_end = at_end || near.len() < rest.len();
        if near.is_empty() {
            return at_end.then_some(true);
        }
        let end = self.line_end(near, 0);
        if end == near.len() && !at_end && near.last() != Some(&self.grammar.line_end()) {
            return None;
        }
        if self.line_is_row(near.get(..end).unwrap_or_default()) {
            return Some(true);
        }
        let (exact, cells) = count(|cell| self.grammar.exact(near, 0, at_end, cell))?;
        let sound = exact.stray.is_none() && exact.open_quote.is_none();
        Some(sound && self.width == Some(cells))
    }
}

/// Reads a record and counts its cells.
fn count(
    read: impl FnOnce(&mut dyn FnMut(super::structure::Cell)) -> Option<Exact>,
) -> Option<(Exact, usize)> {
    let mut cells = 0;
    let exact = read(&mut |_| cells += 1)?;
    Some((exact, cells))
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
