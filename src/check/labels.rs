//! The labels of a file, read out of its first block.

use super::table::TablePlan;
use crate::finding::{Code, Facts, Group, Place};
use crate::schema::Encoding;
use crate::source::block::Block;
use crate::source::structure::{Exact, Grammar};

/// The header of a file.
pub(super) struct Header {
    /// The labels, joined where there are several header rows.
    pub(super) labels: Vec<String>,
    /// Where the first header row is.
    pub(super) place: Place,
    /// What is wrong with its bytes and quotes. The labels are without that, so that it is told once.
    pub(super) found: Vec<Group>,
}

impl Header {
    /// Reads the header rows; `None` where the block has none.
    pub(super) fn read(
        table: &TablePlan<'_>,
        block: &Block,
        grammar: &Grammar,
        encoding: Encoding,
    ) -> Option<Self> {
        let dialect = &table.table.dialect;
        let mut header: Option<Self> = None;
        let mut start = 0;
        let mut line = block.first_line;
        for (number, &end) in block.ends.iter().enumerate() {
            let row = block.first_row + number as u64;
            let end = end as usize;
            if dialect.header_rows.contains(&row) {
                let place = Place {
                    file: Some(block.member),
                    row: Some(row),
                    line: Some(line),
                    byte: Some(block.byte_at(number, start)),
                };
                let header = header.get_or_insert_with(|| Self {
                    labels: Vec::new(),
                    place,
                    found: Vec::new(),
                });
                let skip = if number == 0 { block.skip as usize } else { 0 };
                let how = (table, grammar, encoding);
                let labels = header.row(how, block, (number, start + skip, end), place);
                header.join(labels, &dialect.header_join);
            }
            let record = block.bytes.get(start..end).unwrap_or_default();
            line += memchr::memchr_iter(grammar.line_end(), record).count() as u64;
            start = end;
            if dialect.header_rows.last().is_some_and(|&last| row >= last) {
                break;
            }
        }
        header
    }

    /// The labels of one header row: the record of that number, from `start` to `end`.
    fn row(
        &mut self,
        (table, grammar, mut encoding): (&TablePlan<'_>, &Grammar, Encoding),
        block: &Block,
        (number, start, end): (usize, usize, usize),
        place: Place,
    ) -> Vec<String> {
        let bytes = block.bytes.get(..end).unwrap_or_default();
        let record = bytes.get(start..).unwrap_or_default();
        let mut tell = |code: Code, word: &str, at: usize| {
            let mut group = Group::single(code, Some(table.resource), Facts::None, place);
            if let Some(sample) = group.samples.first_mut() {
                sample.facts = Facts::Text(format!("{word} byte {}", block.byte_at(number, at)));
            }
            self.found.push(group);
        };
        let malformed = block.malformed().iter().map(|&at| at as usize);
        let half = malformed.filter(|at| (start..end).contains(at)).min();
        if let Some(at) = half {
            tell(Code::EncodingError, "near", at);
        }
        if let (Encoding::Utf8, Err(error)) = (encoding, std::str::from_utf8(record)) {
            tell(Code::EncodingError, "near", start + error.valid_up_to());
            encoding = Encoding::Windows1252;
        }
        let nul = memchr::memchr(0, record);
        if let Some(nul) = nul {
            tell(Code::NulByte, "at", start + nul);
        }
        let (mut labels, exact) = cells(grammar, encoding, bytes, start);
        let quote = grammar.quote.map(char::from);
        if let Some(open) = exact.and_then(|exact| exact.open_quote) {
            tell(Code::UnclosedQuote, "at", open);
            labels = cells(&Grammar { quote: None, ..*grammar }, encoding, bytes, start).0;
            labels.iter_mut().for_each(|label| label.retain(|c| Some(c) != quote));
        } else if let Some(stray) = exact.and_then(|exact| exact.stray) {
            tell(Code::StrayQuote, "at", stray);
            labels.iter_mut().for_each(|label| label.retain(|c| Some(c) != quote));
        }
        if half.is_some() {
            labels.iter_mut().for_each(|label| label.retain(|c| c != '\u{FFFD}'));
        }
        if nul.is_some() {
            labels.iter_mut().for_each(|label| label.retain(|c| c != '\0'));
        }
        labels
    }

    /// Joins the labels of a further header row to those above.
    fn join(&mut self, labels: Vec<String>, between: &str) {
        for (column, label) in labels.into_iter().enumerate() {
            match self.labels.get_mut(column) {
                Some(above) => {
                    above.push_str(between);
                    above.push_str(&label);
                }
                None => self.labels.push(label),
            }
        }
    }
}

/// The cells of a record as text.
fn cells(
    grammar: &Grammar,
    encoding: Encoding,
    bytes: &[u8],
    start: usize,
) -> (Vec<String>, Option<Exact>) {
    let mut cells = Vec::new();
    let mut scratch = Vec::new();
    let exact = grammar.exact(bytes, start, true, |cell| {
        let value = grammar.value(bytes, cell, &mut scratch);
        cells.push(match encoding {
            Encoding::Windows1252 => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(value).0.into_owned()
            }
            _ => String::from_utf8_lossy(value).into_owned(),
        });
    });
    (cells, exact)
}
