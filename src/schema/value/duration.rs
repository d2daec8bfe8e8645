//! `duration`: XML Schema `duration` (3.2.6).

use super::calendar::{FRACTIONS, days_from_civil, read_fraction};
use std::cmp::Ordering;

/// Most significant digits of one component. XML Schema sets no limit; with this one the sum of
/// all components is exact.
const COMPONENT_DIGITS: usize = 12;

/// The dates to which both durations are added to compare them (XML Schema 3.2.6.2): year, month.
const REFERENCES: [(i64, i64); 4] = [(1696, 9), (1697, 2), (1903, 3), (1903, 7)];

const DAY: i128 = 86_400 * FRACTIONS as i128;

/// A duration: whole months, and a time apart from them, since months differ in length.
/// P1Y equals P12M, and P1D equals PT24H.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    months: i64,
    /// Days, hours, minutes and seconds in units of 10^-18 seconds.
    time: i128,
}

impl Duration {
    /// Reads `-PnYnMnDTnHnMn.nS`: any component may be left out, not all; after `T` stands one.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (negative, rest) = match text {
            [b'-', b'P', rest @ ..] => (true, rest),
            [b'P', rest @ ..] => (false, rest),
            _ => return None,
        };
        let mut rest = rest;
        let (mut months, mut time) = (0_i64, 0_i128);
        let mut in_time = false;
        // The rank of the last component: each may stand once, in order.
        let mut last = 0;
        loop {
            rest = match rest {
                [] => break,
                [b'T', after @ ..] if !in_time && !after.is_empty() => {
                    in_time = true;
                    after
                }
                _ => rest,
            };
            let (amount, after) = read_amount(rest)?;
            let (fraction, has_fraction, after) = match after {
                [b'.', digits @ ..] => {
                    let (fraction, after) = read_fraction(digits, 18)?;
                    (fraction, true, after)
                }
                _ => (0, false, after),
            };
            let (designator, after) = after.split_first()?;
            let (rank, unit) = match (designator, in_time) {
                (b'Y', false) => (1, 0),
                (b'M', false) => (2, 0),
                (b'D', false) => (3, DAY),
                (b'H', true) => (4, DAY / 24),
                (b'M', true) => (5, DAY / 1_440),
                (b'S', true) => (6, i128::from(FRACTIONS)),
                _ => return None,
            };
            if rank <= last || (has_fraction && rank != 6) {
                return None;
            }
            last = rank;
            match rank {
                1 => months += amount * 12,
                2 => months += amount,
                _ => time += i128::from(amount) * unit + i128::from(fraction),
            }
            rest = after;
        }
        if last == 0 {
            return None;
        }
        let sign = if negative { -1 } else { 1 };
        Some(Self { months: months * sign, time: time * i128::from(sign) })
    }

    /// Orders two durations; `None` where the order depends on the months they are counted from
    /// (XML Schema 3.2.6.2), as between P1M and P30D.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.months == other.months {
            return Some(self.time.cmp(&other.time));
        }
        let mut orders = REFERENCES.iter().map(|&from| self.after(from).cmp(&other.after(from)));
        let first = orders.next()?;
        orders.all(|order| order == first).then_some(first)
    }

    /// The moment this duration after the first of a month, in units of 10^-18 seconds.
    fn after(&self, (year, month): (i64, i64)) -> i128 {
        let months = year * 12 + month - 1 + self.months;
        let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1);
        i128::from(days) * DAY + self.time
    }

    pub(super) fn write_key(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.months.to_be_bytes());
        out.extend_from_slice(&self.time.to_be_bytes());
    }
}

/// A component's digits and what follows them; `None` where there is none, or too many.
fn read_amount(text: &[u8]) -> Option<(i64, &[u8])> {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let zeros = text.iter().take_while(|&&b| b == b'0').count();
    if count == 0 || count - zeros > COMPONENT_DIGITS {
        return None;
    }
    let (digits, rest) = text.split_at_checked(count)?;
    Some((digits.iter().fold(0, |amount, b| amount * 10 + i64::from(b - b'0')), rest))
}
