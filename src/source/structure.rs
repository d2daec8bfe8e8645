//! Where records and cells end in delimited bytes.
//!
//! Two readers agree here. The *exact* one is a plain state machine over bytes, and its answer is
//! the definition. The *fast* one compares 64 bytes at a time and keeps the parity of quotes; it is
//! right wherever every quote stands at a field's edge (RFC 4180 §2), which it checks as it goes.
//! Where it finds a quote that does not, it gives that record to the exact reader and goes on after
//! it. A property test holds the two together.
//!
//! Unlike most parsers, this one does not hide what is odd: blank records are records, a stray quote
//! and a quote that is never closed are reported by [`Grammar::cells`].

use wide::u8x64;

/// How the bytes of a delimited file are divided: the part of a dialect that structure depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grammar {
    /// Stands between cells.
    pub delimiter: u8,
    /// Surrounds cells; `None`: nothing quotes.
    pub quote: Option<u8>,
    /// Two quotes inside a quoted cell stand for one.
    pub double_quote: bool,
    /// Takes the meaning from the byte after it.
    pub escape: Option<u8>,
    /// Spaces after a delimiter do not belong to the cell.
    pub skip_initial_space: bool,
    /// What ends a record.
    pub terminator: Terminator,
}

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminator {
    /// LF, with or without a CR before it.
    LineFeed,
    /// CR alone, as old Macintosh systems wrote.
    CarriageReturn,
}

/// One cell of a record, as byte offsets into the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// First byte, quotes included.
    pub start: u32,
    /// One past the last byte, quotes included.
    pub end: u32,
    /// How to get the value out of it.
    pub form: Form,
}

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The value is the bytes.
    Plain,
    /// The value is the bytes between the quotes.
    Quoted,
    /// Between the quotes, with doubled quotes in it.
    Doubled,
    /// Anything else: escapes, or text around the quotes. [`Grammar::value`] knows.
    Odd,
}

/// What [`Grammar::exact`] says of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    /// One past the record's last byte, its terminator included.
    pub end: usize,
    /// The opening quote of a cell that is never closed: the bytes end before, or the next quote
    /// opens another cell.
    pub open_quote: Option<usize>,
    /// The first quote inside an unquoted cell, or the first byte after a closing quote that is
    /// neither delimiter nor line end.
    pub stray: Option<usize>,
}

/// 64 bytes compared at once: one bit a byte.
struct Masks {
    quote: u64,
    delimiter: u64,
    end: u64,
    carriage_return: u64,
}

/// What the fast reader carries from one 64 bytes to the next.
struct Carry {
    /// All ones inside quotes.
    inside: u64,
    /// Bit 0: the byte before may stand before an opening quote.
    may_open: u64,
    /// Bit 0: the byte before was a closing quote (or the first of a doubled pair).
    after_close: u64,
    /// Bit 0: the byte before was a CR after a closing quote.
    after_close_cr: u64,
}

impl Carry {
    fn at_record_start() -> Self {
        Self { inside: 0, may_open: 1, after_close: 0, after_close_cr: 0 }
    }
}

/// What the fast reader finds in 64 bytes.
struct Found {
    /// Delimiters outside quotes.
    delimiters: u64,
    /// Record ends.
    ends: u64,
    /// Second quotes of doubled pairs inside quotes.
    pairs: u64,
    /// Bytes that show a quote that is not at a field's edge.
    violations: u64,
}

/// The running exclusive-or of all bits up to each.
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

/// The 64 bytes from `at`, filled up with zeros, and how many there really are.
fn chunk(bytes: &[u8], at: usize) -> ([u8; 64], usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk::<64>() {
        return (*whole, 64);
    }
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    (padded, rest.len())
}

/// Calls `visit` with the place of each set bit.
fn each_bit(mut bits: u64, mut visit: impl FnMut(usize)) {
    while bits != 0 {
        visit(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

impl Grammar {
    /// Whether the fast reader knows this grammar.
    fn is_fast(&self) -> bool {
        self.escape.is_none() && !self.skip_initial_space && self.double_quote
    }

    fn masks(&self, bytes: &[u8; 64], valid: u64) -> Masks {
        let lanes = u8x64::from(*bytes);
        let equal = |byte: u8| lanes.simd_eq(u8x64::splat(byte)).to_bitmask() & valid;
        let carriage_return = equal(b'\r');
        Masks {
            quote: self.quote.map_or(0, equal),
            delimiter: equal(self.delimiter),
            end: match self.terminator {
                Terminator::LineFeed => equal(b'\n'),
                Terminator::CarriageReturn => carriage_return,
            },
            carriage_return,
        }
    }

    fn find(&self, bytes: &[u8; 64], length: usize, carry: &mut Carry) -> Found {
        let valid = if length == 64 { !0 } else { (1u64 << length) - 1 };
        let masks = self.masks(bytes, valid);
        if masks.quote == 0 && carry.inside == 0 && carry.after_close == 0 {
            // A CR after a closing quote must be followed by the LF, also across the chunks' edge.
            let violations = carry.after_close_cr & !masks.end;
            let last = (masks.delimiter | masks.end) >> 63;
            *carry = Carry { inside: 0, may_open: last, after_close: 0, after_close_cr: 0 };
            return Found { delimiters: masks.delimiter, ends: masks.end, pairs: 0, violations };
        }
        let inside = prefix_xor(masks.quote) ^ carry.inside;
        let opening = masks.quote & inside;
        let closing = masks.quote & !inside;
        let edge = masks.delimiter | masks.end;
        let may_open = ((edge | masks.quote) << 1) | carry.may_open;
        let after_close = (closing << 1) | carry.after_close;
        let return_after_close = match self.terminator {
            Terminator::LineFeed => after_close & masks.carriage_return,
            Terminator::CarriageReturn => 0,
        };
        let after_close_cr = (return_after_close << 1) | carry.after_close_cr;
        let violations = (opening & !may_open)
            | (after_close & !(edge | masks.quote | return_after_close))
            | (after_close_cr & !masks.end);
        let found = Found {
            delimiters: masks.delimiter & !inside,
            ends: masks.end & !inside,
            pairs: opening & after_close,
            violations: violations & valid,
        };
        *carry = Carry {
            inside: ((inside as i64) >> 63) as u64,
            may_open: (edge | masks.quote) >> 63,
            after_close: closing >> 63,
            after_close_cr: return_after_close >> 63,
        };
        found
    }

    /// Finds record ends in `bytes`, which begin where a record begins. Pushes one past each
    /// record's last byte (terminator included) and says whether all quotes stood at field edges.
    ///
    /// A record that is not ended when the bytes end is left out.
    pub fn record_ends(&self, bytes: &[u8], ends: &mut Vec<u32>) -> bool {
        let mut clean = true;
        let mut start = 0;
        while start < bytes.len() {
            if self.is_fast() {
                match self.fast_ends(bytes, start, ends) {
                    None => return clean,
                    Some(record) => start = record,
                }
            }
            clean = false;
            match self.exact(bytes, start, false, |_| ()) {
                Some(record) => {
                    ends.push(record.end as u32);
                    start = record.end;
                }
                None => return clean,
            }
        }
        clean
    }

    /// [`Grammar::record_ends`] from `start` on, which is moved to the end of the last record found.
    pub fn record_ends_from(&self, bytes: &[u8], start: &mut usize, ends: &mut Vec<u32>) -> bool {
        let from = *start;
        let before = ends.len();
        let clean = self.record_ends(bytes.get(from..).unwrap_or_default(), ends);
        for end in ends.iter_mut().skip(before) {
            *end += from as u32;
            *start = *end as usize;
        }
        clean
    }

    /// The fast reader. `Some`: the record that begins there needs the exact one.
    fn fast_ends(&self, bytes: &[u8], from: usize, ends: &mut Vec<u32>) -> Option<usize> {
        let mut carry = Carry::at_record_start();
        let mut record = from;
        let mut at = from;
        while at < bytes.len() {
            let (lanes, length) = chunk(bytes, at);
            let found = self.find(&lanes, length, &mut carry);
            let before_violation =
                (found.violations & found.violations.wrapping_neg()).wrapping_sub(1);
            each_bit(found.ends & before_violation, |bit| {
                record = at + bit + 1;
                ends.push(record as u32);
            });
            if found.violations != 0 {
                return Some(record);
            }
            at += length;
        }
        None
    }

    /// Finds the cells of a block whose quotes all stand at field edges: the places of delimiters
    /// outside quotes, and of the second quotes of doubled pairs.
    pub fn delimiters(&self, bytes: &[u8], delimiters: &mut Vec<u32>, pairs: &mut Vec<u32>) {
        let mut carry = Carry::at_record_start();
        let mut at = 0;
        while at < bytes.len() {
            let (lanes, length) = chunk(bytes, at);
            let found = self.find(&lanes, length, &mut carry);
            each_bit(found.delimiters, |bit| delimiters.push((at + bit) as u32));
            each_bit(found.pairs, |bit| pairs.push((at + bit) as u32));
            at += length;
        }
    }

    /// Whether the fast reader's [`Grammar::delimiters`] may be used on a block that
    /// [`Grammar::record_ends`] found clean.
    pub fn has_fast_cells(&self) -> bool {
        self.is_fast()
    }

    /// How many bytes before `end` (within the record that begins at `start`) are its terminator.
    pub fn terminator_length(&self, bytes: &[u8], start: usize, end: usize) -> usize {
        let record = bytes.get(start..end).unwrap_or_default();
        match self.terminator {
            Terminator::LineFeed if record.ends_with(b"\r\n") => 2,
            Terminator::LineFeed if record.ends_with(b"\n") => 1,
            Terminator::CarriageReturn if record.ends_with(b"\r") => 1,
            _ => 0,
        }
    }

    /// The byte that ends physical lines.
    pub fn line_end(&self) -> u8 {
        match self.terminator {
            Terminator::LineFeed => b'\n',
            Terminator::CarriageReturn => b'\r',
        }
    }

    /// The definition: reads the record that begins at `start`, byte by byte, and hands each of its
    /// cells to `cell`. `None`: the bytes end before the record does, and `at_end` is false.
    pub fn exact(
        &self,
        bytes: &[u8],
        start: usize,
        at_end: bool,
        mut cell: impl FnMut(Cell),
    ) -> Option<Exact> {
        let mut at = start;
        let mut stray = None;
        let mut open_quote = None;
        'cells: loop {
            if self.skip_initial_space {
                while bytes.get(at) == Some(&b' ') {
                    at += 1;
                }
            }
            let begin = at;
            let mut form = Form::Plain;
            if self.quote.is_some() && bytes.get(at).copied() == self.quote {
                match self.quoted(bytes, at + 1) {
                    Quoted::Closed { after, .. } if self.opens_another(bytes, begin, after) => {
                        open_quote = open_quote.or(Some(begin));
                        if let Some(end) = self.line_end_after(bytes, begin, after) {
                            cell(self.cut(bytes, begin, end));
                            return Some(Exact { end, open_quote, stray });
                        }
                        let delimiter = after - 2;
                        cell(Cell { start: begin as u32, end: delimiter as u32, form: Form::Odd });
                        at = delimiter + 1;
                        continue 'cells;
                    }
                    Quoted::Closed { after, doubled, escaped } => {
                        at = after;
                        form = if escaped {
                            Form::Odd
                        } else if doubled {
                            Form::Doubled
                        } else {
                            Form::Quoted
                        };
                    }
                    Quoted::Open if at_end => {
                        let end = self.line_end_after(bytes, begin, bytes.len());
                        let end = end.unwrap_or(bytes.len());
                        open_quote = open_quote.or(Some(begin));
                        cell(self.cut(bytes, begin, end));
                        return Some(Exact { end, open_quote, stray });
                    }
                    Quoted::Open => return None,
                }
            }
            // What is left of the cell is unquoted: all of it, or text after the closing quote.
            let unquoted = at;
            loop {
                let Some(&byte) = bytes.get(at) else {
                    if !at_end {
                        return None;
                    }
                    cell(Cell { start: begin as u32, end: at as u32, form });
                    return Some(Exact { end: at, open_quote, stray });
                };
                if byte == self.delimiter {
                    cell(Cell { start: begin as u32, end: at as u32, form });
                    at += 1;
                    break;
                }
                if let Some(length) = self.terminator_at(bytes, at) {
                    cell(Cell { start: begin as u32, end: at as u32, form });
                    return Some(Exact { end: at + length, open_quote, stray });
                }
                if byte == b'\r' && at + 1 == bytes.len() && !at_end {
                    return None;
                }
                if Some(byte) == self.quote || unquoted > begin {
                    stray = stray.or(Some(at));
                    if unquoted > begin {
                        form = Form::Odd;
                    }
                }
                if Some(byte) == self.escape {
                    form = Form::Odd;
                    at += 1;
                    if at >= bytes.len() && !at_end {
                        return None;
                    }
                }
                at += 1;
                if at > bytes.len() {
                    at = bytes.len();
                }
            }
        }
    }

    /// Whether the quote before `after`, which would close the cell that was opened at `begin`,
    /// rather opens another one: it stands where a cell begins, and text follows it. Then the quote
    /// at `begin` was never closed.
    fn opens_another(&self, bytes: &[u8], begin: usize, after: usize) -> bool {
        let before = after.checked_sub(2).filter(|&before| before > begin);
        let begins = before
            .and_then(|before| bytes.get(before))
            .is_some_and(|&byte| byte == self.delimiter || byte == self.line_end());
        let ends = match bytes.get(after) {
            None | Some(b'\r' | b'\n') => true,
            Some(&byte) => byte == self.delimiter,
        };
        begins && !ends
    }

    /// One past the first line end in a part of the bytes: where a record with a quote that is never
    /// closed is taken to end.
    fn line_end_after(&self, bytes: &[u8], from: usize, to: usize) -> Option<usize> {
        let part = bytes.get(from..to)?;
        memchr::memchr(self.line_end(), part).map(|offset| from + offset + 1)
    }

    /// A cell whose quote is never closed, in a record that is taken to end at `end`.
    fn cut(&self, bytes: &[u8], begin: usize, end: usize) -> Cell {
        let end = end - self.terminator_length(bytes, begin, end);
        Cell { start: begin as u32, end: end as u32, form: Form::Odd }
    }

    /// The length of the terminator that begins at `at`.
    fn terminator_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        match (self.terminator, bytes.get(at)?) {
            (Terminator::LineFeed, b'\n') => Some(1),
            (Terminator::LineFeed, b'\r') if bytes.get(at + 1) == Some(&b'\n') => Some(2),
            (Terminator::CarriageReturn, b'\r') => Some(1),
            _ => None,
        }
    }

    /// Reads on from after an opening quote.
    fn quoted(&self, bytes: &[u8], mut at: usize) -> Quoted {
        let (mut doubled, mut escaped) = (false, false);
        while let Some(&byte) = bytes.get(at) {
            if Some(byte) == self.escape && self.escape != self.quote {
                escaped = true;
                at += 2;
            } else if Some(byte) == self.quote {
                if self.double_quote && bytes.get(at + 1).copied() == self.quote {
                    doubled = true;
                    at += 2;
                } else {
                    // Where the bytes end here, the next one may be the other half of a pair; the
                    // caller then sees no record end and reads more.
                    return Quoted::Closed { after: at + 1, doubled, escaped };
                }
            } else {
                at += 1;
            }
        }
        Quoted::Open
    }

    /// The value of a cell as bytes: without its quotes, doubled quotes and escapes resolved. The
    /// usual forms are borrowed; the others are written into `scratch`.
    pub fn value<'a>(&self, bytes: &'a [u8], cell: Cell, scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = bytes.get(cell.start as usize..cell.end as usize).unwrap_or_default();
        match cell.form {
            Form::Plain => raw,
            Form::Quoted => raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default(),
            Form::Doubled | Form::Odd => {
                scratch.clear();
                self.resolve(raw, scratch);
                scratch
            }
        }
    }

    fn resolve(&self, raw: &[u8], out: &mut Vec<u8>) {
        let mut inside = self.quote.is_some() && raw.first().copied() == self.quote;
        let mut at = usize::from(inside);
        while let Some(&byte) = raw.get(at) {
            if Some(byte) == self.escape && self.escape != self.quote {
                out.extend(raw.get(at + 1));
                at += 2;
            } else if inside && Some(byte) == self.quote {
                if self.double_quote && raw.get(at + 1).copied() == self.quote {
                    out.push(byte);
                    at += 2;
                } else {
                    inside = false;
                    at += 1;
                }
            } else {
                out.push(byte);
                at += 1;
            }
        }
    }
}

/// How a quoted cell ends.
enum Quoted {
    /// With a quote.
    Closed { after: usize, doubled: bool, escaped: bool },
    /// The bytes end first.
    Open,
}

#[cfg(test)]
#[path = "structure_tests.rs"]
mod tests;
