//! Where records and cells end in delimited bytes.
//!
//! This is the definition: a plain state machine over bytes. Unlike most parsers, it does not hide
//! what is odd: blank records are records, a stray quote and a quote that is never closed are told.
//! `masks` does the same much faster where nothing is odd, and [`super::records`] decides
//! which reading of an odd record is the right one.

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

/// How a cell is written. As wide as the places, so that a cell has no unused bytes: copied apart
/// from the others, they cost the most of a cell's check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
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
    /// The opening quote of a cell that is not closed when the bytes end.
    pub open_quote: Option<usize>,
    /// The first quote inside an unquoted cell, or the first byte after a closing quote that is
    /// neither delimiter nor line end.
    pub stray: Option<usize>,
}

impl Grammar {
    /// Whether the fast reader knows this grammar.
    pub(super) fn is_fast(&self) -> bool {
        self.escape.is_none() && !self.skip_initial_space && self.double_quote
    }

    /// Whether the fast reader's [`super::masks::Delimiters`] may be used on a block that
    /// [`super::records::Records`] found clean.
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
        cell: impl FnMut(Cell),
    ) -> Option<Exact> {
        self.record(bytes, start, at_end, Closing::AnyQuote, cell)
    }

    /// As [`Grammar::exact`], but inside a quoted cell a quote that stands at no field's edge is
    /// text: `"she said "no" twice"` is one cell.
    pub fn lenient(
        &self,
        bytes: &[u8],
        start: usize,
        at_end: bool,
        cell: impl FnMut(Cell),
    ) -> Option<Exact> {
        self.record(bytes, start, at_end, Closing::AtEdge, cell)
    }

    /// The cells of the line that begins at `start` and ends with the bytes, where a quote that is
    /// not closed on it is text. Gives the first such quote.
    pub fn line(&self, bytes: &[u8], start: usize, mut cell: impl FnMut(Cell)) -> Option<usize> {
        let mut first = None;
        let mut at = start;
        loop {
            // The first quoted cell that does not end as it should: its opening quote is text.
            let mut torn = None;
            let exact = self.exact(bytes, at, true, |next| {
                let begins = bytes.get(next.start as usize).copied() == self.quote;
                if torn.is_none() && next.form == Form::Odd && begins {
                    torn = Some(next.start as usize);
                } else if torn.is_none() {
                    cell(next);
                }
            });
            let Some(quote) = torn else {
                return first.or_else(|| exact.and_then(|exact| exact.stray));
            };
            first = first.or(Some(quote));
            let rest = bytes.get(quote..).unwrap_or_default();
            let content = bytes.len() - self.terminator_length(bytes, start, bytes.len());
            let delimiter = memchr::memchr(self.delimiter, rest).map(|offset| quote + offset);
            let end = delimiter.unwrap_or(content).max(quote);
            cell(Cell { start: quote as u32, end: end as u32, form: Form::Plain });
            match delimiter {
                Some(delimiter) => at = delimiter + 1,
                None => return first,
            }
        }
    }

    fn record(
        &self,
        bytes: &[u8],
        start: usize,
        at_end: bool,
        closing: Closing,
        mut cell: impl FnMut(Cell),
    ) -> Option<Exact> {
        let mut at = start;
        let mut stray = None;
        loop {
            if self.skip_initial_space {
                while bytes.get(at) == Some(&b' ') {
                    at += 1;
                }
            }
            let begin = at;
            let mut form = Form::Plain;
            if self.quote.is_some() && bytes.get(at).copied() == self.quote {
                match self.quoted(bytes, at + 1, at_end, closing) {
                    Quoted::Closed { after, doubled, escaped, inner } => {
                        at = after;
                        stray = stray.or(inner);
                        form = if escaped {
                            Form::Odd
                        } else if doubled {
                            Form::Doubled
                        } else {
                            Form::Quoted
                        };
                    }
                    Quoted::Open if at_end => {
                        cell(Cell {
                            start: begin as u32,
                            end: bytes.len() as u32,
                            form: Form::Odd,
                        });
                        return Some(Exact { end: bytes.len(), open_quote: Some(begin), stray });
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
                    return Some(Exact { end: at, open_quote: None, stray });
                };
                if byte == self.delimiter {
                    cell(Cell { start: begin as u32, end: at as u32, form });
                    at += 1;
                    break;
                }
                if let Some(length) = self.terminator_at(bytes, at) {
                    cell(Cell { start: begin as u32, end: at as u32, form });
                    return Some(Exact { end: at + length, open_quote: None, stray });
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
    fn quoted(&self, bytes: &[u8], mut at: usize, at_end: bool, closing: Closing) -> Quoted {
        let (mut doubled, mut escaped, mut inner) = (false, false, None);
        while let Some(&byte) = bytes.get(at) {
            if Some(byte) == self.escape && self.escape != self.quote {
                escaped = true;
                at += 2;
            } else if Some(byte) == self.quote {
                if self.double_quote && bytes.get(at + 1).copied() == self.quote {
                    doubled = true;
                    at += 2;
                } else if closing == Closing::AnyQuote || self.at_edge(bytes, at + 1, at_end) {
                    // Where the bytes end here, the next one may be the other half of a pair; the
                    // caller then sees no record end and reads more.
                    return Quoted::Closed {
                        after: at + 1,
                        doubled,
                        escaped: escaped || inner.is_some(),
                        inner,
                    };
                } else if at + 1 == bytes.len() {
                    return Quoted::Open;
                } else {
                    inner = inner.or(Some(at));
                    at += 1;
                }
            } else {
                at += 1;
            }
        }
        Quoted::Open
    }

    /// Whether a closing quote may stand before `at`.
    fn at_edge(&self, bytes: &[u8], at: usize, at_end: bool) -> bool {
        match bytes.get(at) {
            None => at_end,
            Some(&byte) => byte == self.delimiter || self.terminator_at(bytes, at).is_some(),
        }
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

/// Which quote closes a quoted cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    /// The first that is not doubled.
    AnyQuote,
    /// The first that is not doubled and stands before a delimiter or line end.
    AtEdge,
}

/// How a quoted cell ends.
enum Quoted {
    /// With a quote.
    Closed {
        after: usize,
        doubled: bool,
        escaped: bool,
        /// The first quote inside that was taken as text.
        inner: Option<usize>,
    },
    /// The bytes end first.
    Open,
}

#[cfg(test)]
#[path = "structure_tests.rs"]
mod tests;
