//! Lists of patients as they are stored: bit by bit, in the order of rows (docs/format.md, section
//! 7.3).
//!
//! In the order of rows, the rows of a patient mostly follow each other, and their dates are often
//! those of the row before, or near them; so a number takes few bits. How many is told for each
//! column of each part: one width for small numbers, one for the others.

use super::list::{Day, Entry};

/// Bits of a width.
const WIDTH: u32 = 6;

/// The most bits of a number.
const MOST: usize = 63;

/// Writes bits into bytes, the lowest first.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    open: u128,
    count: u32,
}

impl<'a> Writer<'a> {
    /// Begins a list behind what `out` has.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, open: 0, count: 0 }
    }

    fn bits(&mut self, number: u64, width: u32) {
        self.open |= u128::from(number) << self.count;
        self.count += width;
        while self.count >= 8 {
            self.out.push(self.open as u8);
            self.open >>= 8;
            self.count -= 8;
        }
    }

    /// A number that stands alone: its width, and its bits.
    fn alone(&mut self, number: u64) {
        let width = length(number) as u32;
        self.bits(width.into(), WIDTH);
        self.bits(number, width);
    }

    /// A column: two widths; then for each number, unless they are the same, a bit that tells which,
    /// and the number.
    fn column(&mut self, numbers: &[u64], Widths { few, most, .. }: Widths) {
        self.bits(few as u64, WIDTH);
        self.bits(most as u64, WIDTH);
        for &number in numbers {
            let is_large = length(number) > few;
            if few < most {
                self.bits(is_large.into(), 1);
            }
            self.bits(number, if is_large { most } else { few } as u32);
        }
    }

    /// Appends the entries of one file, which are in the order of lists; `entries` is used up.
    pub fn part(&mut self, entries: &mut [Entry]) {
        entries.sort_unstable_by_key(|entry| entry.row);
        let Some(first) = entries.first() else { return };
        self.alone(first.row);
        self.alone(first.event.0.into());
        let pairs = || entries.iter().zip(entries.get(1..).unwrap_or_default());
        let rows: Vec<u64> = pairs().map(|(a, b)| (b.row - a.row).saturating_sub(1)).collect();
        self.column(&rows, Widths::of(&rows));
        // Where dates come in an order of their own, they take fewer bits from the least on.
        let steps: Vec<u64> = pairs().map(|(a, b)| between(a.event, b.event)).collect();
        let dated = entries.iter().map(|entry| entry.event).filter(|day| !day.is_none());
        let least = dated.min().unwrap_or_default();
        let above = |(before, entry): (&Entry, &Entry)| match entry.event {
            same if same == before.event => 0,
            Day::NONE => 1,
            other => 2 + u64::from(other.0 - least.0),
        };
        let above: Vec<u64> = pairs().map(above).collect();
        let (by_steps, by_above) = (Widths::of(&steps), Widths::of(&above));
        let more = u64::from(WIDTH) + length(least.0.into()) as u64;
        if by_above.bits + more < by_steps.bits {
            self.bits(1, 1);
            self.alone(least.0.into());
            self.column(&above, by_above);
        } else {
            self.bits(0, 1);
            self.column(&steps, by_steps);
        }
        let recorded = entries.iter().map(|entry| match entry.recorded {
            same if same == entry.event => 0,
            Day::NONE => 1,
            other => between(entry.event, other) + 1,
        });
        let recorded: Vec<u64> = recorded.collect();
        self.column(&recorded, Widths::of(&recorded));
    }

    /// Ends the list: it takes whole bytes.
    pub fn finish(mut self) {
        let missing = self.count.wrapping_neg() % 8;
        self.bits(0, missing);
    }
}

/// The widths of a column's numbers.
#[derive(Debug, Clone, Copy)]
struct Widths {
    few: usize,
    most: usize,
    /// How many bits the numbers take in all.
    bits: u64,
}

impl Widths {
    /// Those that take the fewest bits.
    fn of(numbers: &[u64]) -> Self {
        let mut lengths = [0_u64; MOST + 1];
        for &number in numbers {
            lengths[length(number)] += 1;
        }
        let most = lengths.iter().rposition(|&count| count > 0).unwrap_or(0);
        let all = numbers.len() as u64;
        let (mut few, mut least, mut small) = (most, all * most as u64, 0);
        for (width, &count) in lengths.iter().enumerate().take(most) {
            small += count;
            let bits = small * (1 + width as u64) + (all - small) * (1 + most as u64);
            if bits < least {
                (few, least) = (width, bits);
            }
        }
        Self { few, most, bits: least }
    }
}

/// How many bits a number has, at most [`MOST`].
fn length(number: u64) -> usize {
    (u64::BITS - number.leading_zeros()).min(MOST as u32) as usize
}

/// Days from one to another: 0, −1, 1, −2 are 0, 1, 2, 3.
fn between(from: Day, to: Day) -> u64 {
    let days = i64::from(to.0) - i64::from(from.0);
    (days as u64) << 1 ^ (days >> 63) as u64
}

/// The day that lies so far from another.
fn beside(from: Day, days: u64) -> Option<Day> {
    let days = (days >> 1) as i64 ^ -((days & 1) as i64);
    Some(Day(u32::try_from(i64::from(from.0).checked_add(days)?).ok()?))
}

/// Reads what [`Writer`] wrote.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// In bits.
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn bits(&mut self, width: u32) -> Option<u64> {
        let end = self.at.checked_add(width as usize)?;
        if end > self.bytes.len().checked_mul(8)? {
            return None;
        }
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk::<16>() {
            Some(word) => u128::from_le_bytes(*word),
            None => {
                let mut word = [0; 16];
                word[..rest.len()].copy_from_slice(rest);
                u128::from_le_bytes(word)
            }
        };
        let number = word >> (self.at % 8) & ((1 << width) - 1);
        self.at = end;
        Some(number as u64)
    }

    fn alone(&mut self) -> Option<u64> {
        let width = self.bits(WIDTH)?;
        self.bits(width as u32)
    }

    fn column(
        &mut self,
        count: usize,
        mut each: impl FnMut(usize, u64) -> Option<()>,
    ) -> Option<()> {
        let few = self.bits(WIDTH)? as u32;
        let most = self.bits(WIDTH)? as u32;
        for number in 0..count {
            let width = match few == most || self.bits(1)? == 1 {
                true => most,
                false => few,
            };
            each(number, self.bits(width)?)?;
        }
        Some(())
    }

    /// Reads `count` entries of one file, and puts them into the order of lists; `None` where they are
    /// none. `most` is how many rows the file has: an entry may take no bits, so a wrong count could
    /// else ask for any memory.
    pub fn part(&mut self, count: u64, most: u64) -> Option<Vec<Entry>> {
        if count == 0 || count > most {
            return (count == 0).then(Vec::new);
        }
        let row = self.alone()?;
        let event = Day(u32::try_from(self.alone()?).ok()?);
        let first = Entry { event, recorded: Day::NONE, row };
        let mut entries = vec![first; usize::try_from(count).ok()?];
        let later = entries.get_mut(1..)?;
        let mut before = row;
        self.column(later.len(), |number, more| {
            before = before.checked_add(more)?.checked_add(1)?;
            later.get_mut(number)?.row = before;
            Some(())
        })?;
        let least = match self.bits(1)? {
            0 => None,
            _ => Some(self.alone()?),
        };
        let mut before = event;
        self.column(later.len(), |number, days| {
            before = match (least, days) {
                (None, days) => beside(before, days)?,
                (Some(_), 0) => before,
                (Some(_), 1) => Day::NONE,
                (Some(least), above) => Day(u32::try_from(least.checked_add(above - 2)?).ok()?),
            };
            later.get_mut(number)?.event = before;
            Some(())
        })?;
        self.column(entries.len(), |number, days| {
            let entry = entries.get_mut(number)?;
            entry.recorded = match days {
                0 => entry.event,
                1 => Day::NONE,
                other => beside(entry.event, other - 1)?,
            };
            Some(())
        })?;
        entries.sort_unstable();
        Some(entries)
    }

    /// Passes over what is left of the last byte: `None` where it is not empty.
    pub fn end(&mut self) -> Option<()> {
        let missing = self.at.wrapping_neg() % 8;
        (self.bits(missing as u32)? == 0).then_some(())
    }

    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.at.div_ceil(8) == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let day = || prop_oneof![0u32..3, 730_000u32..730_040, Just(u32::MAX)];
        let row = prop_oneof![1u64..90, Just(u64::MAX >> 1)];
        prop::collection::btree_map(row, (day(), day()), 1..40).prop_map(|rows| {
            let entry = |(row, (event, recorded))| Entry {
                event: Day(event),
                recorded: Day(recorded),
                row,
            };
            let mut entries: Vec<Entry> = rows.into_iter().map(entry).collect();
            entries.sort_unstable();
            entries
        })
    }

    proptest! {
        #[test]
        fn lists_come_back(lists in prop::collection::vec(prop::collection::vec(entries(), 1..4), 1..4)) {
            let mut bytes = Vec::new();
            for list in &lists {
                let mut writer = Writer::new(&mut bytes);
                list.iter().for_each(|part| writer.part(&mut part.clone()));
                writer.finish();
            }
            let mut reader = Reader::new(&bytes);
            for list in &lists {
                for part in list {
                    let count = part.len() as u64;
                    prop_assert_eq!(reader.part(count, count), Some(part.clone()));
                }
                prop_assert_eq!(reader.end(), Some(()));
            }
            prop_assert!(reader.is_done());
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), count in 0u64..30) {
            let mut reader = Reader::new(&bytes);
            let _ = reader.part(count, 30);
            let _ = reader.part(count, 30);
            let _ = reader.end();
        }
    }

    #[test]
    fn a_wrong_count_asks_for_no_memory() {
        assert_eq!(Reader::new(&[0; 9]).part(u64::MAX, 1000), None);
    }
}
