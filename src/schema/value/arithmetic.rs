//! Exact sums, differences and products of decimals.

use super::decimal::{Decimal, Number};
use std::fmt;

/// A sum of many numbers, exact while it has at most 38 digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    digits: i128,
    /// How many of the digits stand behind the point.
    places: i64,
    is_inexact: bool,
}

impl Sum {
    /// Adds a number. One that is not finite, or has digits too far from the others', makes the sum
    /// inexact.
    pub fn add(&mut self, number: &Number) {
        match number.parts() {
            Some(parts) => self.add_parts(parts),
            None => self.is_inexact = true,
        }
    }

    /// Adds what was summed elsewhere.
    pub fn append(&mut self, other: &Self) {
        self.add_parts((other.digits, -other.places));
        self.is_inexact |= other.is_inexact;
    }

    /// The sum; `None` where it is not exact.
    pub fn value(&self) -> Option<Number> {
        (!self.is_inexact).then(|| from_parts(self.digits, -self.places))
    }

    fn add_parts(&mut self, number: (i128, i64)) {
        let places = self.places.max(-number.1);
        let added = || {
            let before = scaled((self.digits, -self.places), -places)?;
            before.checked_add(scaled(number, -places)?)
        };
        match added() {
            Some(digits) => (self.digits, self.places) = (digits, places),
            None => self.is_inexact = true,
        }
    }
}

/// As a decimal, with all places that any number of the sum has.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::try_from(self.places).unwrap_or(0);
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if self.digits < 0 { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

impl Number {
    /// The sum. `None` where it has more than 38 digits, or one of the two is not finite.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.parts()?, other.parts()?);
        let exponent = a.1.min(b.1);
        let sum = scaled(a, exponent)?.checked_add(scaled(b, exponent)?)?;
        Some(from_parts(sum, exponent))
    }

    /// The difference, as [`Number::plus`].
    pub fn minus(&self, other: &Self) -> Option<Self> {
        self.plus(&other.negated()?)
    }

    /// The product, as [`Number::plus`].
    pub fn times(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.parts()?, other.parts()?);
        Some(from_parts(a.0.checked_mul(b.0)?, a.1.checked_add(b.1)?))
    }

    /// The number with the other sign, as [`Number::plus`].
    pub fn negated(&self) -> Option<Self> {
        let (digits, exponent) = self.parts()?;
        Some(from_parts(digits.checked_neg()?, exponent))
    }

    /// A whole number.
    pub fn whole(number: u64) -> Self {
        from_parts(i128::from(number), 0)
    }

    /// A whole number and the power of ten that it is to be multiplied with.
    fn parts(&self) -> Option<(i128, i64)> {
        match self {
            Self::Finite(decimal) => decimal.parts(),
            _ => None,
        }
    }
}

fn scaled((digits, exponent): (i128, i64), to: i64) -> Option<i128> {
    if digits == 0 {
        return Some(0);
    }
    digits.checked_mul(10_i128.checked_pow(u32::try_from(exponent.checked_sub(to)?).ok()?)?)
}

fn from_parts(digits: i128, exponent: i64) -> Number {
    let text = digits.unsigned_abs().to_string();
    let magnitude = exponent.saturating_add(text.len() as i64);
    Number::Finite(Decimal::from_digits(digits < 0, magnitude, text.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(numbers: &[&str]) -> Sum {
        let mut all = Sum::default();
        // In two parts, as blocks are summed.
        for some in numbers.chunks(2) {
            let mut part = Sum::default();
            some.iter().for_each(|text| part.add(&Number::parse(text).unwrap()));
            all.append(&part);
        }
        all
    }

    #[test]
    fn sums_are_exact() {
        for (numbers, expected) in [
            (&[][..], "0"),
            (&["0.1", "0.2", "0.3"], "0.6"),
            (&["1000", "-1000.00", "-0.05"], "-0.05"),
            (&["1e30", "0.0000001", "-1e30"], "0.0000001"),
            (
                &["99999999999999999999999999999999999999", "1"],
                "100000000000000000000000000000000000000",
            ),
            (&["-1.50", "1.5"], "0.0"),
        ] {
            let sum = sum(numbers);
            assert_eq!(sum.to_string(), expected);
            assert_eq!(sum.value(), Number::parse(expected), "{expected}");
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_says_so() {
        for numbers in [
            &["1e38", "1e38"][..],
            &["1e20", "1e-20"],
            &["1e99999999999999999", "1"],
            &["1", "1e-99999999999999999"],
            &["INF", "1"],
            &["NaN"],
            &["123456789012345678901234567890123456789"],
        ] {
            assert_eq!(sum(numbers).value(), None, "{numbers:?}");
        }
    }
}
