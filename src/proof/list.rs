//! A patient's list: every row that is attributed to the patient, file by file, in the order of
//! their event dates. It is what shows that nothing is left out.

use super::{Domain, Hash, Salt, Salts, leaf, tree};
use jiff::civil;

/// A day: 1 is 0001-01-01, as in Python's `date.toordinal`; 0 where a row has no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Day(pub u32);

/// The number of 1970-01-01.
const EPOCH: i64 = 719_163;

/// The number of 9999-12-31.
const LAST: i64 = 3_652_059;

impl Day {
    /// No date.
    pub const NONE: Self = Self(0);

    /// From days since 1970-01-01. A day before the year 1 or after the year 9999 counts as none:
    /// so its row is always shown.
    pub fn from_epoch(days: i64) -> Self {
        let number = days.saturating_add(EPOCH);
        let within = (1..=LAST).contains(&number);
        Self(if within { u32::try_from(number).unwrap_or(0) } else { 0 })
    }

    /// A date of the calendar.
    pub fn from_date(date: civil::Date) -> Self {
        let epoch = civil::date(1970, 1, 1);
        Self::from_epoch(date.since(epoch).map_or(i64::MIN, |span| i64::from(span.get_days())))
    }

    /// Reads `2011-03-02`.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date: civil::Date = text.parse().ok().filter(|_| plain)?;
        Some(Self::from_date(date)).filter(|day| *day != Self::NONE)
    }

    /// Whether it is no date.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// As `2011-03-02`; `None` where it is no date.
    pub fn text(self) -> Option<String> {
        if self.is_none() {
            return None;
        }
        let days = jiff::Span::new().try_days(i64::from(self.0) - EPOCH).ok()?;
        Some(civil::date(1970, 1, 1).checked_add(days).ok()?.to_string())
    }
}

/// One row of a list. The order is that of the list, within a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// When what it tells happened.
    pub event: Day,
    /// When it was entered.
    pub recorded: Day,
    /// Its row number: every record of the file counts from 1.
    pub row: u64,
}

impl Entry {
    /// What its leaf hash covers: 4, 4 and 8 bytes, big-endian.
    pub fn content(&self) -> [u8; 16] {
        let mut out = [0; 16];
        out[..4].copy_from_slice(&self.event.0.to_be_bytes());
        out[4..8].copy_from_slice(&self.recorded.0.to_be_bytes());
        out[8..].copy_from_slice(&self.row.to_be_bytes());
        out
    }

    /// Its leaf hash, in the list of the patient whose leaf in the package's tree is `patient`.
    pub fn hash(&self, patient: u64, index: u64, salt: &Salt) -> Hash {
        leaf(Domain::List, patient, index, salt, &self.content())
    }
}

/// The root of a list.
pub fn root(salts: &Salts, patient: u64, entries: &[Entry]) -> Hash {
    let mut builder = tree::Builder::default();
    let mut hashes = Vec::new();
    for piece in entries.chunks(PIECE) {
        let contents: Vec<[u8; 16]> = piece.iter().map(Entry::content).collect();
        let first = builder.size();
        hashes.clear();
        let each = contents.iter().map(<[u8; 16]>::as_slice);
        super::leaf_hashes(salts, (Domain::List, patient), first, each, &mut hashes);
        tree::subtrees(first, &mut hashes, u8::MAX, |subtree| builder.push(subtree, |_, _, _| ()));
    }
    builder.root()
}

/// Entries that are hashed at a time.
const PIECE: usize = 1024;

/// Which date of a row a range is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// When it happened.
    #[default]
    Event,
    /// When it was entered.
    Recorded,
}

/// A range of days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The first day; [`Day::NONE`]: from the beginning.
    pub from: Day,
    /// The last day; [`Day::NONE`]: to the end.
    pub to: Day,
    /// Of which date.
    pub by: By,
}

impl Range {
    /// Whether the range has a row: undated rows are in every range.
    pub fn has(&self, entry: &Entry) -> bool {
        let day = match self.by {
            By::Event => entry.event,
            By::Recorded => entry.recorded,
        };
        day.is_none() || !(self.is_before(day) || self.is_after(day))
    }

    fn is_before(&self, day: Day) -> bool {
        !day.is_none() && !self.from.is_none() && day < self.from
    }

    fn is_after(&self, day: Day) -> bool {
        !day.is_none() && !self.to.is_none() && day > self.to
    }

    /// The places, in the part of a list that is one file's, of the entries that have to be shown
    /// so that nothing in the range can be left out: those in the range and one neighbour on each
    /// side; of a range by recorded date, all.
    pub fn shown(&self, entries: &[Entry]) -> Vec<usize> {
        if self.by == By::Recorded {
            return (0..entries.len()).collect();
        }
        let undated = entries.partition_point(|entry| entry.event.is_none());
        let begin =
            entries.partition_point(|entry| entry.event.is_none() || self.is_before(entry.event));
        let end = entries.partition_point(|entry| !self.is_after(entry.event)).max(begin);
        let mut shown: Vec<usize> = (0..undated).collect();
        // Of the rows before the range the first shows that no undated one is left out, the last
        // that none in the range is.
        if undated < begin {
            shown.extend([undated, begin - 1]);
        }
        shown.extend(begin..end);
        if end < entries.len() {
            shown.push(end);
        }
        shown.dedup();
        shown
    }

    /// Whether entries that are shown, with their places in a file's part of a list of `count`
    /// entries, leave no room for one that is in the range and is not shown.
    pub fn is_covered(&self, count: u64, shown: &[(u64, Entry)]) -> bool {
        let sorted =
            shown.windows(2).all(|pair| matches!(pair, [(a, one), (b, two)] if a < b && one < two));
        if !sorted || shown.last().is_some_and(|(at, _)| *at >= count) {
            return false;
        }
        if self.by == By::Recorded || shown.is_empty() {
            return shown.len() as u64 == count;
        }
        let gaps = shown.windows(2).all(|pair| match pair {
            [(a, one), (b, two)] => {
                // What lies between two dated entries has a date between theirs.
                a + 1 == *b
                    || (self.is_before(one.event) && self.is_before(two.event))
                    || (self.is_after(one.event) && self.is_after(two.event))
            }
            _ => true,
        });
        let begins = shown.first().is_some_and(|(at, _)| *at == 0);
        let ends =
            shown.last().is_some_and(|(at, last)| at + 1 == count || self.is_after(last.event));
        gaps && begins && ends
    }
}

/// Appends a number in groups of seven bits, the lowest first, each but the last with its top bit set
/// (LEB128).
pub fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Takes such a number from the front; `None` where there is none.
pub fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7F);
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(event: u32, recorded: u32, row: u64) -> Entry {
        Entry { event: Day(event), recorded: Day(recorded), row }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (text, number) in [
            ("0001-01-01", 1),
            ("1970-01-01", 719_163),
            ("2024-02-29", 738_945),
            ("9999-12-31", 3_652_059),
        ] {
            assert_eq!(Day::parse(text), Some(Day(number)), "{text}");
            assert_eq!(Day(number).text().as_deref(), Some(text));
        }
        for text in ["2023-02-29", "", "2024-2-29", "2024-02-29 ", "20240229", "0000-01-01"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        assert_eq!(Day::from_epoch(i64::MAX), Day::NONE);
        assert_eq!(Day::from_epoch(i64::MIN), Day::NONE);
        assert_eq!(Day::NONE.text(), None);
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        prop::collection::btree_set((0u32..12, 0u32..12, 1u64..50), 0..25).prop_map(|set| {
            set.into_iter().map(|(event, recorded, row)| entry(event, recorded, row)).collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_covers_the_range_and_nothing_less_does(
            entries in entries(), from in 0u32..12, to in 0u32..12, recorded in any::<bool>(),
        ) {
            let (from, to) = if from > 0 && to > 0 { (from.min(to), from.max(to)) } else { (from, to) };
            let by = if recorded { By::Recorded } else { By::Event };
            let range = Range { from: Day(from), to: Day(to), by };
            let shown: Vec<(u64, Entry)> = range
                .shown(&entries).into_iter().map(|at| (at as u64, entries[at])).collect();
            let count = entries.len() as u64;
            prop_assert!(range.is_covered(count, &shown));
            for entry in entries.iter().filter(|entry| range.has(entry)) {
                prop_assert!(shown.iter().any(|(_, other)| other == entry));
            }
            // At most one row on each side, and one that opens the list, is shown outside.
            if by == By::Event {
                let outside = shown.iter().filter(|(_, entry)| !range.has(entry)).count();
                prop_assert!(outside <= 3, "{outside}");
            }
            // Whatever is taken away of what is in the range is seen.
            for at in 0..shown.len() {
                if range.has(&shown[at].1) {
                    let mut fewer = shown.clone();
                    fewer.remove(at);
                    prop_assert!(!range.is_covered(count, &fewer), "{at}");
                }
            }
        }
    }

    #[test]
    fn numbers_have_an_end() {
        let mut out = Vec::new();
        put(u64::MAX, &mut out);
        assert_eq!(take(&mut out.as_slice()), Some(u64::MAX));
        assert_eq!(take(&mut &[0xFF; 10][..]), None);
        assert_eq!(take(&mut &[0x80][..]), None);
    }
}
