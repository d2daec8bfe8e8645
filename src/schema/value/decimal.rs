//! Exact decimals: the values of `integer` and `number`, their order and their key form.
//!
//! Values are kept as decimal digits, never as binary floating point: bounds and keys compare what
//! is written, so 0.1 is a tenth and an 18-digit SNOMED identifier keeps its last digit.

use super::number::NumberFormat;
use std::cmp::Ordering;

/// Most significant digits that fit a `u128` whatever they are.
const SMALL_DIGITS: usize = 38;

/// Integers below ten to this power have the short key form.
pub(super) const SHORT_DIGITS: usize = 18;

/// A number as written, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    /// A decimal.
    Finite(Decimal),
    /// `INF`.
    Infinity,
    /// `-INF`.
    NegativeInfinity,
    /// `NaN`.
    NaN,
}

/// An exact decimal in normal form: the fraction `0.digits` times ten to the `magnitude`, with no
/// zero at either end of the digits. So equal decimals are equal field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    magnitude: i64,
    digits: Digits,
}

/// Significant digits: as a number where they fit, so that the usual value needs no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Digits {
    /// At most [`SMALL_DIGITS`].
    Small(u128),
    /// More, in ASCII.
    Big(Box<[u8]>),
}

impl Number {
    /// Reads the default form of a number, as [`NumberFormat::default`] does.
    pub fn parse(text: &str) -> Option<Self> {
        NumberFormat::default().read(text)
    }

    /// The number as an integer, where it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Finite(decimal) => decimal.to_short(),
            _ => None,
        }
    }

    /// Orders two numbers; `None` where one is `NaN`.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let rank = |number: &Self| match number {
            Self::NaN => None,
            Self::NegativeInfinity => Some(-1),
            Self::Finite(_) => Some(0),
            Self::Infinity => Some(1),
        };
        match (self, other) {
            (Self::Finite(a), Self::Finite(b)) => Some(a.cmp(b)),
            _ => Some(rank(self)?.cmp(&rank(other)?)),
        }
    }

    pub(super) fn write_key(&self, out: &mut Vec<u8>) {
        match self {
            Self::Finite(decimal) => decimal.write_key(out),
            Self::Infinity => out.push(b'+'),
            Self::NegativeInfinity => out.push(b'-'),
            Self::NaN => out.push(b'?'),
        }
    }
}

/// The key form of an integer below ten to the 18th: nine bytes.
pub(super) fn write_short_key(number: i64, out: &mut Vec<u8>) {
    out.push(b'i');
    out.extend_from_slice(&number.to_be_bytes());
}

impl Decimal {
    const ZERO: Self = Self { negative: false, magnitude: 0, digits: Digits::Small(0) };

    /// The decimal `0.digits` times ten to the `magnitude`, of ASCII digits with zeros at either
    /// end if need be.
    pub(super) fn from_digits(
        negative: bool,
        magnitude: i64,
        digits: impl Iterator<Item = u8> + Clone,
    ) -> Self {
        let (mut first, mut last) = (None, 0);
        for (index, digit) in digits.clone().enumerate() {
            if digit != b'0' {
                first = first.or(Some(index));
                last = index;
            }
        }
        let Some(first) = first else { return Self::ZERO };
        let count = last - first + 1;
        let significant = digits.skip(first).take(count);
        let digits = if count <= SMALL_DIGITS {
            Digits::Small(significant.fold(0, |number, b| number * 10 + u128::from(b - b'0')))
        } else {
            Digits::Big(significant.collect())
        };
        Self { negative, magnitude: magnitude - first as i64, digits }
    }

    /// An integer below ten to the 18th.
    pub(super) fn from_short(number: i64) -> Self {
        let mut digits = number.unsigned_abs();
        let Some(length) = digits.checked_ilog10() else { return Self::ZERO };
        while digits.is_multiple_of(10) {
            digits /= 10;
        }
        let digits = Digits::Small(u128::from(digits));
        Self { negative: number < 0, magnitude: i64::from(length) + 1, digits }
    }

    /// The decimal as an integer, where it is one below ten to the 18th.
    fn to_short(&self) -> Option<i64> {
        let Digits::Small(digits) = self.digits else { return None };
        if digits == 0 {
            return Some(0);
        }
        let count = i64::from(digits.ilog10()) + 1;
        if self.magnitude < count || self.magnitude > SHORT_DIGITS as i64 {
            return None;
        }
        let scale = 10_i64.checked_pow(u32::try_from(self.magnitude - count).ok()?)?;
        let number = i64::try_from(digits).ok()?.checked_mul(scale)?;
        Some(if self.negative { -number } else { number })
    }

    /// A whole number and the power of ten that it is to be multiplied with; `None` where it does
    /// not fit.
    pub(super) fn parts(&self) -> Option<(i128, i64)> {
        let Digits::Small(digits) = self.digits else { return None };
        let count = digits.checked_ilog10().map_or(0, |length| i64::from(length) + 1);
        let number = i128::try_from(digits).ok()?;
        Some((if self.negative { -number } else { number }, self.magnitude.checked_sub(count)?))
    }

    fn write_key(&self, out: &mut Vec<u8>) {
        if let Some(number) = self.to_short() {
            return write_short_key(number, out);
        }
        out.push(if self.negative { b'n' } else { b'p' });
        out.extend_from_slice(&self.magnitude.to_be_bytes());
        match &self.digits {
            Digits::Small(digits) => {
                out.push(0);
                out.extend_from_slice(&digits.to_be_bytes());
            }
            Digits::Big(digits) => {
                out.push(1);
                out.extend_from_slice(digits);
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.digits == Digits::Small(0)
    }

    /// Orders without regard to sign. Neither is zero.
    fn compare_size(&self, other: &Self) -> Ordering {
        self.magnitude.cmp(&other.magnitude).then_with(|| match (&self.digits, &other.digits) {
            (Digits::Small(a), Digits::Small(b)) => {
                let (length_a, length_b) = (a.ilog10(), b.ilog10());
                let longest = length_a.max(length_b);
                // Both end up with at most 38 digits, which fit.
                let scaled = |digits: u128, length| digits * 10_u128.pow(longest - length);
                scaled(*a, length_a).cmp(&scaled(*b, length_b))
            }
            (Digits::Big(a), Digits::Big(b)) => a.cmp(b),
            (Digits::Small(a), Digits::Big(b)) => a.to_string().as_bytes().cmp(b),
            (Digits::Big(a), Digits::Small(b)) => a.as_ref().cmp(b.to_string().as_bytes()),
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |decimal: &Self| match (decimal.is_zero(), decimal.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        match (sign(self), sign(other)) {
            (-1, -1) => other.compare_size(self),
            (1, 1) => self.compare_size(other),
            (a, b) => a.cmp(&b),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
