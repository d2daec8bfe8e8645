//! How a file is written, told from its first bytes: encoding, delimiter, quotes, line ends, header.
//!
//! It is a guess, and good as one: whoever uses it tells so.

use super::structure::{Grammar, Terminator};
use super::utf16::{self, Order};
use crate::schema::form::Form;
use std::collections::BTreeMap;

/// Bytes that are looked at.
pub const PEEK: usize = 256 << 10;

/// Rows that are kept.
const ROWS: usize = 500;

/// How a file seems to be written.
#[derive(Debug, Clone)]
pub struct Sniffed {
    /// As a descriptor has it: `utf-8`, `windows-1252`; `utf-16` where a mark tells the order of bytes,
    /// else `utf-16le` or `utf-16be`.
    pub encoding: &'static str,
    /// The order of the bytes, where it is UTF-16.
    pub order: Option<Order>,
    /// How bytes are divided.
    pub grammar: Grammar,
    /// Whether lines end with CR and LF.
    pub crlf: bool,
    /// Whether the first row holds labels.
    pub header: bool,
    /// The labels, or `field1` and so on.
    pub labels: Vec<String>,
    /// The first rows, the header among them.
    pub rows: Vec<Vec<String>>,
}

/// Looks at the first bytes of a file; `whole`: there are no more. `None`: it is no table.
pub fn sniff(bytes: &[u8], whole: bool) -> Option<Sniffed> {
    if let Some((order, marked)) = utf16::detect(bytes) {
        let text = utf16::text(bytes, order);
        let encoding = match (marked, order) {
            (true, _) => "utf-16",
            (false, Order::Little) => "utf-16le",
            (false, Order::Big) => "utf-16be",
        };
        return sniff(text.as_bytes(), whole).map(|sniffed| Sniffed {
            encoding,
            order: Some(order),
            ..sniffed
        });
    }
    let mark = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begin = mark.trim_ascii_start();
    if begin.is_empty() || mark.contains(&0) || matches!(begin.first(), Some(b'<' | b'[')) {
        return None;
    }
    let control = mark.iter().filter(|byte| **byte < 9 || (14..32).contains(*byte)).count();
    if control * 100 > mark.len() {
        return None;
    }
    let utf8 = match std::str::from_utf8(mark) {
        Ok(_) => true,
        // A character may be cut in two by the end of what is looked at.
        Err(error) => error.error_len().is_none() && !whole,
    };
    let terminator = match memchr::memchr(b'\n', mark) {
        None if memchr::memchr(b'\r', mark).is_some() => Terminator::CarriageReturn,
        _ => Terminator::LineFeed,
    };
    let best = [b',', b'\t', b'|', b';']
        .into_iter()
        .flat_map(|delimiter| [Some(b'"'), None].map(|quote| (delimiter, quote)))
        .filter_map(|(delimiter, quote)| {
            let grammar = Grammar {
                delimiter,
                quote,
                double_quote: true,
                escape: None,
                skip_initial_space: false,
                terminator,
            };
            let shape = Shape::of(&grammar, mark, whole)?;
            Some((shape, grammar))
        })
        .enumerate()
        .max_by_key(|(number, (shape, _))| (shape.score(), std::cmp::Reverse(*number)))
        .map(|(_, best)| best);
    let (shape, grammar) = best?;
    let encoding = if utf8 { "utf-8" } else { "windows-1252" };
    let rows: Vec<Vec<String>> = shape
        .records
        .iter()
        .map(|record| record.iter().map(|cell| text(cell, utf8)).collect())
        .collect();
    let first = rows.iter().find(|row| row.iter().any(|cell| !cell.is_empty()))?;
    let header = rows.first().is_some_and(|row| std::ptr::eq(row, first)) && is_header(&rows);
    let labels = match header {
        true => first.iter().map(|label| label.trim().to_owned()).collect(),
        false => (1..=shape.width).map(|number| format!("field{number}")).collect(),
    };
    let crlf = memchr::memchr(b'\n', mark)
        .and_then(|at| at.checked_sub(1))
        .is_some_and(|at| mark.get(at) == Some(&b'\r'));
    Some(Sniffed { encoding, order: None, grammar, crlf, header, labels, rows })
}

fn text(cell: &[u8], utf8: bool) -> String {
    match utf8 {
        true => String::from_utf8_lossy(cell).into_owned(),
        false => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned(),
    }
}

/// The records that a grammar makes of the bytes.
struct Shape {
    records: Vec<Vec<Vec<u8>>>,
    width: usize,
    /// Records of that width, of a thousand.
    regular: usize,
    odd: usize,
}

impl Shape {
    fn of(grammar: &Grammar, bytes: &[u8], whole: bool) -> Option<Self> {
        let mut records: Vec<Vec<Vec<u8>>> = Vec::new();
        let (mut start, mut odd) = (0, 0);
        let mut scratch = Vec::new();
        while start < bytes.len() && records.len() < ROWS {
            let mut cells = Vec::new();
            let Some(record) = grammar.exact(bytes, start, whole, |cell| cells.push(cell)) else {
                break;
            };
            odd += usize::from(record.stray.is_some() || record.open_quote.is_some());
            let values =
                cells.into_iter().map(|cell| grammar.value(bytes, cell, &mut scratch).to_vec());
            records.push(values.collect());
            start = record.end.max(start + 1);
        }
        if records.is_empty() {
            // A single record longer than what is looked at.
            return None;
        }
        let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
        for record in &records {
            *widths.entry(record.len()).or_default() += 1;
        }
        let (width, times) = widths.into_iter().max_by_key(|(width, times)| (*times, *width))?;
        let regular = times * 1000 / records.len();
        Some(Self { records, width, regular, odd })
    }

    /// What is better is larger. A delimiter that divides at all is better than one that does not;
    /// then regular rows count, then quotes that stand where they should.
    fn score(&self) -> (bool, usize, std::cmp::Reverse<usize>, usize) {
        (self.width > 1, self.regular / 50, std::cmp::Reverse(self.odd), self.width)
    }
}

/// Whether the first row holds labels: words, no two the same, unlike what stands below them.
fn is_header(rows: &[Vec<String>]) -> bool {
    let Some((first, below)) = rows.split_first() else { return false };
    let word = |cell: &String| {
        let cell = cell.trim();
        Form::of(cell.as_bytes()) == Form::Text
            && cell.chars().count() <= 80
            && cell.chars().any(char::is_alphabetic)
    };
    if first.iter().any(|cell| !word(cell)) {
        return false;
    }
    let mut sorted: Vec<&String> = first.iter().collect();
    sorted.sort();
    sorted.dedup();
    if sorted.len() < first.len() {
        return false;
    }
    if below.is_empty() {
        return true;
    }
    // A label does not come again as a value of its column, and columns of numbers or dates have one
    // that is neither.
    let again = first.iter().enumerate().filter(|(at, label)| {
        below.iter().any(|row| row.get(*at).is_some_and(|cell| cell == *label))
    });
    if again.count() * 2 > first.len() {
        return false;
    }
    let unlike = |at: usize| {
        below
            .iter()
            .filter_map(|row| row.get(at))
            .any(|cell| Form::of(cell.as_bytes()) != Form::Text)
    };
    let identifier = |label: &String| {
        label.trim().chars().all(|c| {
            c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '.' | '/' | '#' | '(' | ')')
        }) && label.trim().chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
    };
    (0..first.len()).any(unlike) || first.iter().all(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> String {
        match sniff(bytes, true) {
            None => "none".into(),
            Some(found) => format!(
                "{} {} {:?} {} {}",
                found.encoding,
                char::from(found.grammar.delimiter).escape_default(),
                found.grammar.quote.map(char::from),
                found.header,
                found.labels.join("+")
            ),
        }
    }

    #[test]
    fn files_tell_how_they_are_written() {
        assert_eq!(of(b"id,name\r\n1,a\r\n2,b\r\n"), "utf-8 , Some('\"') true id+name");
        assert_eq!(of(b"id\tname, first\n1\ta\n"), "utf-8 \\t Some('\"') true id+name, first");
        assert_eq!(
            of(b"\"1\"|\"a, b\"|\"c\"\n\"2\"|\"d\"|\"e\"\n"),
            "utf-8 | Some('\"') false field1+field2+field3"
        );
        assert_eq!(of(b"id;caf\xe9\n1;2\n"), "windows-1252 ; Some('\"') true id+café");
        assert_eq!(of(b"id\tterm\n1\t6\" long\n2\tb\"\n3\tc\n"), "utf-8 \\t None true id+term");
        assert_eq!(of(b"{}\n"), "utf-8 , Some('\"') false field1");
        let wide = |mark: &str| -> Vec<u8> {
            let text = format!("{mark}id;caf\u{e9}\n1;2\n");
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        };
        assert_eq!(of(&wide("")), "utf-16be ; Some('\"') true id+caf\u{e9}");
        assert_eq!(of(&wide("\u{feff}")), "utf-16 ; Some('\"') true id+caf\u{e9}");
        assert_eq!(of(b"\xff\xfe\0\0i\0\0\0"), "none");
        assert_eq!(of(b"<html>"), "none");
        assert_eq!(of(b"PK\x03\x04\x00\x00"), "none");
        assert_eq!(of(b""), "none");
    }
}
