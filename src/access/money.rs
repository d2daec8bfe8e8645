//! Money as whole pence.
//!
//! **Invariant:** no sum is ever a floating-point number. A spreadsheet holds prices as such
//! numbers; they become pence where they are read, and one that is finer than a penny is refused.

use std::fmt;

/// An amount of money in pence, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pence(u64);

/// The highest price that is believed: a hundred million pounds.
pub const HIGHEST_PRICE: Pence = Pence(100_000_000 * 100);

/// Why text or a number is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAPrice {
    /// There is nothing.
    Empty,
    /// It is below zero.
    Negative,
    /// It is finer than a penny.
    Fraction,
    /// It is above [`HIGHEST_PRICE`].
    TooHigh,
    /// It is no amount at all.
    Other,
}

impl NotAPrice {
    /// The reason as a clause: "a price cannot be negative".
    pub fn reason(self) -> &'static str {
        match self {
            Self::Empty => "the price is empty; write 0 where there is no charge",
            Self::Negative => "a price cannot be negative",
            Self::Fraction => "a price cannot be finer than a penny",
            Self::TooHigh => "no price is believed above £100,000,000",
            Self::Other => "this is no price; write an amount in pounds, as 1536 or £1,536.00",
        }
    }
}

impl Pence {
    /// So many pence.
    pub const fn new(pence: u64) -> Self {
        Self(pence)
    }

    /// The number of pence.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum; `None` where it cannot be counted.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// So many times the amount; `None` where it cannot be counted.
    pub fn times(self, number: u64) -> Option<Self> {
        self.0.checked_mul(number).map(Self)
    }

    /// Reads an amount in pounds: `1536`, `1,536.00`, `£1,536`, `GBP 12.5`; `no charge`, `free` and
    /// `nil` are nothing.
    ///
    /// # Errors
    /// Why it is no price.
    pub fn parse(text: &str) -> Result<Self, NotAPrice> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Err(NotAPrice::Empty);
        }
        if ["no charge", "free", "free of charge", "nil"].contains(&text.as_str()) {
            return Ok(Self(0));
        }
        let minus =
            |text: &str| text.strip_prefix(['-', '−', '–']).map(|rest| rest.trim().to_owned());
        let unsigned = minus(&text);
        let bracketed = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let amount = unsigned.as_deref().or(bracketed).unwrap_or(&text);
        let amount = amount
            .strip_prefix('£')
            .or_else(|| amount.strip_prefix("gbp"))
            .or_else(|| amount.strip_suffix("gbp"))
            .unwrap_or(amount)
            .trim();
        let inner = minus(amount);
        let pence = digits(inner.as_deref().unwrap_or(amount))?;
        let is_below = unsigned.is_some() || bracketed.is_some() || inner.is_some();
        match is_below && pence > 0 {
            true => Err(NotAPrice::Negative),
            false if pence > HIGHEST_PRICE.0 => Err(NotAPrice::TooHigh),
            false => Ok(Self(pence)),
        }
    }

    /// Reads the number of a spreadsheet's cell, in pounds. What lies within a ten-thousandth of a
    /// penny is that penny, since a formula's result may be off by so little.
    ///
    /// # Errors
    /// Why it is no price.
    pub fn from_cell(pounds: f64) -> Result<Self, NotAPrice> {
        if !pounds.is_finite() {
            return Err(NotAPrice::Other);
        }
        let text = format!("{pounds:.6}");
        let is_below = text.starts_with('-');
        let text = text.trim_start_matches('-');
        let Some((whole, fraction)) = text.split_once('.') else { return Err(NotAPrice::Other) };
        if whole.len() > 9 {
            return Err(if is_below { NotAPrice::Negative } else { NotAPrice::TooHigh });
        }
        if is_below && text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
            return Err(NotAPrice::Negative);
        }
        let (pence, finer) = fraction.split_at_checked(2).ok_or(NotAPrice::Other)?;
        if finer.bytes().any(|b| b != b'0') {
            return Err(NotAPrice::Fraction);
        }
        Self::parse(&format!("{whole}.{pence}"))
    }
}

/// Digits, in groups of three where there are commas, and at most two decimals.
fn digits(text: &str) -> Result<u64, NotAPrice> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.iter().all(|group| group.len() == 3 && is_digits(group));
    let too_long = !rest.is_empty() && first.len() > 3;
    if !is_digits(first) || !grouped || too_long || !is_digits(decimals) {
        return Err(NotAPrice::Other);
    }
    let padded = match decimals.len() {
        1 => format!("{decimals}0"),
        2 => decimals.to_owned(),
        _ => return Err(NotAPrice::Fraction),
    };
    let text = format!("{}{padded}", whole.replace(',', ""));
    text.parse().map_err(|_| NotAPrice::TooHigh)
}

/// In pounds: `£1,536.00`.
impl fmt::Display for Pence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pounds = crate::finding::message::thousands(self.0 / 100);
        f.pad(&format!("£{pounds}.{:02}", self.0 % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_pounds_become_pence() {
        for (text, pence) in [
            ("1536", 153_600),
            ("1,536", 153_600),
            ("£1,536.00", 153_600),
            (" £ 1,536.5 ", 153_650),
            ("GBP 12.05", 1_205),
            ("12 gbp", 1_200),
            ("0", 0),
            ("-0.00", 0),
            ("No charge", 0),
            ("nil", 0),
            ("100000000", 10_000_000_000),
        ] {
            assert_eq!(Pence::parse(text), Ok(Pence(pence)), "{text}");
        }
    }

    #[test]
    fn what_is_no_price_says_why() {
        use NotAPrice::{Empty, Fraction, Negative, Other, TooHigh};
        for (text, why) in [
            ("", Empty),
            ("\u{a0}", Empty),
            ("-5", Negative),
            ("−5", Negative),
            ("£-5", Negative),
            ("(1,200.00)", Negative),
            ("1.005", Fraction),
            ("100000000.01", TooHigh),
            ("99999999999999999999", TooHigh),
            ("POA", Other),
            ("up to £1,536", Other),
            ("1.536,00", Other),
            ("15,36", Other),
            ("1536,000", Other),
            (",536", Other),
            ("1e3", Other),
            ("$5", Other),
            ("£", Other),
            ("12.", Other),
            (".5", Other),
        ] {
            assert_eq!(Pence::parse(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn numbers_of_cells_become_pence() {
        for (number, pence) in [(1536.0, 153_600), (0.1 + 0.2, 30), (19.99, 1_999), (-0.0, 0)] {
            assert_eq!(Pence::from_cell(number), Ok(Pence(pence)), "{number}");
        }
        for (number, why) in [
            (-1.0, NotAPrice::Negative),
            (-1e300, NotAPrice::Negative),
            (0.005, NotAPrice::Fraction),
            (1e300, NotAPrice::TooHigh),
            (f64::NAN, NotAPrice::Other),
            (f64::INFINITY, NotAPrice::Other),
        ] {
            assert_eq!(Pence::from_cell(number), Err(why), "{number}");
        }
    }

    #[test]
    fn amounts_are_shown_in_pounds() {
        assert_eq!(Pence(153_605).to_string(), "£1,536.05");
        assert_eq!(format!("{:>8}", Pence(5)), "   £0.05");
    }
}
