//! How the bytes of files are parted into leaves: `proof/lengths.bin`.
//!
//! The records of nearly every table end where any reader of delimited text would say: behind each
//! line end that has an even number of quotes before it. There it is enough to say how many they
//! are. Where quotes stand in odd places, or bytes are no text of that kind, lengths are listed.

use super::leaves::Table;
use super::list::{put, take};

/// The most bytes that a part has. A record of a table has 16 MiB of text at the most.
pub const MOST_BYTES: u64 = 64 << 20;

/// The most leaves that a part has: more than a block of records can have.
pub const MOST_LEAVES: u64 = 1 << 20;

/// Where records end: behind each line end that has an even number of quotes before it in its record;
/// and where the bytes do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The quote, where anything quotes.
    pub quote: Option<u8>,
    /// The line end.
    pub end: u8,
}

impl Rule {
    /// The rule for a table, by what its leaf says.
    pub fn of(table: &Table) -> Option<Self> {
        let quote = match table.quote {
            Some(quote) => Some(u8::try_from(quote).ok()?),
            None => None,
        };
        let end = match table.terminator.as_str() {
            "lf" => b'\n',
            "cr" => b'\r',
            _ => return None,
        };
        Some(Self { quote, end })
    }

    /// One past the last byte of each record; of no more than a part may have, and one.
    pub fn ends(&self, bytes: &[u8]) -> Vec<usize> {
        const MOST: usize = MOST_LEAVES as usize;
        let mut ends = Vec::new();
        match self.quote {
            None => ends.extend(memchr::memchr_iter(self.end, bytes).take(MOST).map(|at| at + 1)),
            Some(quote) => {
                let mut is_open = false;
                for at in memchr::memchr2_iter(self.end, quote, bytes) {
                    if bytes.get(at) == Some(&quote) {
                        is_open = !is_open;
                    } else if !is_open {
                        if ends.len() == MOST {
                            break;
                        }
                        ends.push(at + 1);
                    }
                }
            }
        }
        if ends.last().copied().unwrap_or(0) < bytes.len() {
            ends.push(bytes.len());
        }
        ends
    }
}

/// Appends a part whose leaves end by the rule.
pub fn put_by_rule(leaves: u64, bytes: u64, out: &mut Vec<u8>) {
    put(leaves, out);
    put(bytes << 1, out);
}

/// Appends a part whose leaves have these lengths.
pub fn put_listed(lengths: &[u64], out: &mut Vec<u8>) {
    put(lengths.len() as u64, out);
    put(lengths.iter().sum::<u64>() << 1 | 1, out);
    lengths.iter().for_each(|&length| put(length, out));
}

/// Leaves of a file that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// How many.
    pub leaves: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// Their lengths, where those are listed.
    listed: Option<&'a [u8]>,
}

impl<'a> Part<'a> {
    /// Takes a part from the front; `None` where there is none.
    pub fn take(rest: &mut &'a [u8]) -> Option<Self> {
        let leaves = take(rest)?;
        let bytes = take(rest)?;
        let (bytes, is_listed) = (bytes >> 1, bytes & 1 == 1);
        // No leaf is empty.
        if leaves == 0 || leaves > bytes || bytes > MOST_BYTES || leaves > MOST_LEAVES {
            return None;
        }
        let listed = *rest;
        if is_listed {
            let mut sum = 0_u64;
            for _ in 0..leaves {
                let length = take(rest).filter(|length| *length > 0)?;
                sum = sum.checked_add(length)?;
            }
            if sum != bytes {
                return None;
            }
        }
        let listed = listed.get(..listed.len() - rest.len()).filter(|_| is_listed);
        Some(Self { leaves, bytes, listed })
    }

    /// One past the last byte of each leaf in the bytes of the part, as far as they go; where the bytes
    /// are other ones, there may be more leaves or fewer.
    pub fn ends(&self, bytes: &[u8], rule: Option<Rule>) -> Vec<usize> {
        match self.listed {
            None => rule.map(|rule| rule.ends(bytes)).unwrap_or_default(),
            Some(_) => {
                let mut ends = self.listed_ends();
                ends.truncate(ends.partition_point(|&end| end <= bytes.len()));
                ends
            }
        }
    }

    /// One past the last byte of each leaf, where their lengths are listed.
    pub fn listed_ends(&self) -> Vec<usize> {
        let mut listed = self.listed.unwrap_or_default();
        let (mut ends, mut at) = (Vec::new(), 0_usize);
        // They add up to the bytes of the part, which are few.
        while let Some(length) = take(&mut listed) {
            at = at.saturating_add(length as usize);
            ends.push(at);
        }
        ends
    }

    /// Whether the lengths of its leaves are listed.
    pub fn is_listed(&self) -> bool {
        self.listed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_end_where_no_quote_is_open() {
        let rule = Rule { quote: Some(b'"'), end: b'\n' };
        assert_eq!(rule.ends(b"a,b\r\n\"x\ny\",\"\"\"\"\r\n\r\nlast"), [5, 17, 19, 23]);
        assert_eq!(rule.ends(b""), [0_usize; 0]);
        assert_eq!(rule.ends(b"a\"b\nc\n"), [6]);
        assert_eq!(Rule { quote: None, end: b'\r' }.ends(b"a\"\rb\r"), [3, 5]);
    }

    proptest! {
        #[test]
        fn parts_come_back(lengths in prop::collection::vec(1u64..300, 1..20), by_rule in any::<bool>()) {
            let sum: u64 = lengths.iter().sum();
            let mut out = Vec::new();
            match by_rule {
                true => put_by_rule(lengths.len() as u64, sum, &mut out),
                false => put_listed(&lengths, &mut out),
            }
            out.push(9);
            let mut rest = out.as_slice();
            let part = Part::take(&mut rest).unwrap();
            prop_assert_eq!(rest, &[9][..]);
            prop_assert_eq!((part.leaves, part.bytes), (lengths.len() as u64, sum));
            if !by_rule {
                let ends = part.ends(&vec![0; sum as usize], None);
                prop_assert_eq!(ends.len(), lengths.len());
                prop_assert_eq!(*ends.last().unwrap() as u64, sum);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut rest = bytes.as_slice();
            while let Some(part) = Part::take(&mut rest) {
                let _ = part.ends(&bytes, Some(Rule { quote: Some(b'"'), end: b'\n' }));
            }
        }
    }
}
