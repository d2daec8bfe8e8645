//! Exact sums, differences and products of decimals.

use super::decimal::{Decimal, Number};

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
