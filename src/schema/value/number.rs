//! The lexical forms of `integer` and `number`: XML Schema `decimal`, with the properties that
//! Table Schema adds.

use super::decimal::{Decimal, Number, SHORT_DIGITS};
use std::fmt;

/// Most significant digits of an exponent: far beyond any number, far within an `i64`.
const EXPONENT_DIGITS: usize = 17;

/// `decimalChar`, `groupChar` and `bareNumber` of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberFormat {
    decimal: String,
    group: Option<String>,
    bare: bool,
}

/// `groupChar` and `bareNumber` of an integer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegerFormat {
    group: Option<String>,
    bare: bool,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { decimal: ".".to_owned(), group: None, bare: true }
    }
}

impl Default for IntegerFormat {
    fn default() -> Self {
        Self { group: None, bare: true }
    }
}

impl NumberFormat {
    /// A number with these properties. The standard's defaults are `.`, none, and `true`.
    ///
    /// Groups of digits may stand in the whole part only, as in 1,234,567 or 12,34,567: the last
    /// has three digits, those before it two or three, the first one to three. Without `bare` the
    /// characters before and after the number are passed over, if none of them is a digit or a
    /// sign, and the whole is not in parentheses: what would change the value is not passed over.
    ///
    /// # Errors
    /// Says what to write where a property is empty, is or holds a digit, sign or `e`, or where
    /// both are the same.
    pub fn new(decimal: &str, group: Option<&str>, bare: bool) -> Result<Self, String> {
        check_separator("decimalChar", decimal)?;
        if let Some(group) = group {
            check_separator("groupChar", group)?;
            if group == decimal {
                return Err(format!(
                    "groupChar and decimalChar are both {group:?}; write a different one"
                ));
            }
        }
        Ok(Self { decimal: decimal.to_owned(), group: group.map(str::to_owned), bare })
    }

    fn shape(&self) -> Shape<'_> {
        let group = self.group.as_deref().map(str::as_bytes);
        Shape { decimal: Some(self.decimal.as_bytes()), group, exponent: true }
    }

    pub(super) fn accepts(&self, cell: &str) -> bool {
        if self.bare
            && self.decimal == "."
            && let Some((whole, fraction)) = split_plain(cell.as_bytes())
            && are_digits(whole)
            && are_digits(fraction)
        {
            return true;
        }
        special(cell).is_some() || whole_scan(cell, &self.shape(), self.bare).is_some()
    }

    pub(super) fn read(&self, cell: &str) -> Option<Number> {
        if let Some(number) = special(cell) {
            return Some(number);
        }
        whole_scan(cell, &self.shape(), self.bare).map(|scan| Number::Finite(scan.decimal()))
    }
}

impl IntegerFormat {
    /// An integer with these properties, which work as in [`NumberFormat::new`]. The standard's
    /// defaults are none and `true`.
    ///
    /// # Errors
    /// As [`NumberFormat::new`].
    pub fn new(group: Option<&str>, bare: bool) -> Result<Self, String> {
        if let Some(group) = group {
            check_separator("groupChar", group)?;
        }
        Ok(Self { group: group.map(str::to_owned), bare })
    }

    fn shape(&self) -> Shape<'_> {
        let group = self.group.as_deref().map(str::as_bytes);
        Shape { decimal: None, group, exponent: false }
    }

    fn is_plain(&self) -> bool {
        self.bare && self.group.is_none()
    }

    pub(super) fn accepts(&self, cell: &str) -> bool {
        if self.is_plain() {
            let digits = match cell.as_bytes() {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            return !digits.is_empty() && are_digits(digits);
        }
        whole_scan(cell, &self.shape(), self.bare).is_some()
    }

    pub(super) fn read(&self, cell: &str) -> Option<Number> {
        if let Some(number) = self.read_short(cell) {
            return Some(Number::Finite(Decimal::from_short(number)));
        }
        whole_scan(cell, &self.shape(), self.bare).map(|scan| Number::Finite(scan.decimal()))
    }

    /// The integer of a plain cell of at most [`SHORT_DIGITS`] digits: the usual key, without the
    /// general reader. `None` for every other cell, also a wrong one.
    pub(super) fn read_short(&self, cell: &str) -> Option<i64> {
        if !self.is_plain() {
            return None;
        }
        let (negative, digits) = match cell.as_bytes() {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] => (false, digits),
            digits => (false, digits),
        };
        if digits.is_empty() || digits.len() > SHORT_DIGITS {
            return None;
        }
        let mut number = 0_i64;
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            number = number * 10 + i64::from(digit);
        }
        Some(if negative { -number } else { number })
    }
}

/// The parts before and after the point of a number that has digits on both sides of it or none at
/// all: nearly every number there is. What they hold is not looked at.
#[inline]
fn split_plain(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = match text {
        [b'+' | b'-', rest @ ..] => rest,
        rest => rest,
    };
    match text.iter().position(|&b| b == b'.') {
        Some(at) => {
            let (whole, fraction) = (text.get(..at)?, text.get(at + 1..)?);
            (!whole.is_empty() && !fraction.is_empty()).then_some((whole, fraction))
        }
        None => (!text.is_empty()).then_some((text, &[])),
    }
}

/// Whether all bytes are ASCII digits, eight at a time.
#[inline]
fn are_digits(text: &[u8]) -> bool {
    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (eights, rest) = text.as_chunks::<8>();
    let is_digits = |bytes: &[u8; 8]| {
        let digits = u64::from_ne_bytes(*bytes) ^ ZEROS;
        // A digit plus 0x76 stays below 0x80.
        (digits | digits.wrapping_add(u64::from_ne_bytes([0x76; 8]))) & HIGH == 0
    };
    eights.iter().all(is_digits) && rest.iter().all(u8::is_ascii_digit)
}

fn check_separator(property: &str, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("{property} is empty; write one character or leave it out"));
    }
    let is_numeric = |c: char| c.is_numeric() || matches!(c, '+' | '-' | 'e' | 'E');
    if text.contains(is_numeric) {
        return Err(format!(
            "{property} is {text:?}, which belongs to numbers themselves; write a character that \
             is no digit, no sign and no e"
        ));
    }
    Ok(())
}

/// The special values: "case need not be respected".
fn special(cell: &str) -> Option<Number> {
    if !matches!(cell.as_bytes().last(), Some(b'N' | b'n' | b'F' | b'f')) {
        return None;
    }
    if cell.eq_ignore_ascii_case("nan") {
        Some(Number::NaN)
    } else if cell.eq_ignore_ascii_case("inf") {
        Some(Number::Infinity)
    } else if cell.eq_ignore_ascii_case("-inf") {
        Some(Number::NegativeInfinity)
    } else {
        None
    }
}

/// What a number may consist of.
struct Shape<'a> {
    decimal: Option<&'a [u8]>,
    group: Option<&'a [u8]>,
    exponent: bool,
}

/// The parts of a number in its text.
struct Scan<'a> {
    negative: bool,
    /// Digits of the whole part, possibly with group characters between.
    whole: &'a [u8],
    /// Digits of the fraction.
    fraction: &'a [u8],
    exponent: i64,
    /// How many bytes the number takes.
    length: usize,
}

/// The number that is the whole cell or, where it need not be bare, its numeric part.
fn whole_scan<'a>(cell: &'a str, shape: &Shape<'_>, bare: bool) -> Option<Scan<'a>> {
    if bare {
        return scan(cell.as_bytes(), shape).filter(|scan| scan.length == cell.len());
    }
    // The number begins at the first digit, or at the decimal character and the sign before it.
    let mut start = cell.find(|c: char| c.is_ascii_digit())?;
    if let Some(decimal) = shape.decimal
        && cell.as_bytes().get(..start)?.ends_with(decimal)
    {
        start -= decimal.len();
    }
    if cell.as_bytes().get(..start)?.ends_with(b"-")
        || cell.as_bytes().get(..start)?.ends_with(b"+")
    {
        start -= 1;
    }
    let scan = scan(cell.as_bytes().get(start..)?, shape)?;
    let (before, after) = (cell.get(..start)?, cell.get(start + scan.length..)?);
    let changes_value = |c: char| c.is_numeric() || matches!(c, '-' | '+' | '\u{2212}');
    let in_parentheses = before.contains('(') && after.contains(')');
    let is_stripped = !before.contains(changes_value) && !after.contains(changes_value);
    (is_stripped && !in_parentheses).then_some(scan)
}

/// The longest number at the beginning of the text: XML Schema `decimal`, with an exponent.
fn scan<'a>(text: &'a [u8], shape: &Shape<'_>) -> Option<Scan<'a>> {
    let (negative, start) = match text.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let mut at = start;
    let mut count = digits_at(text, at);
    at += count;
    let whole_end = |at: usize| text.get(start..at).unwrap_or_default();
    if let Some(group) = shape.group
        && (1..=3).contains(&count)
    {
        // A separator counts only if the groups after it end in one of three digits; else the
        // number ends before it.
        let (mut next, mut complete) = (at, at);
        while text.get(next..).is_some_and(|rest| rest.starts_with(group)) {
            count = digits_at(text, next + group.len());
            if !(2..=3).contains(&count) {
                complete = at;
                break;
            }
            next += group.len() + count;
            complete = if count == 3 { next } else { at };
        }
        at = complete;
    }
    let whole = whole_end(at);
    let mut fraction: &[u8] = &[];
    if let Some(decimal) = shape.decimal
        && text.get(at..).is_some_and(|rest| rest.starts_with(decimal))
    {
        let from = at + decimal.len();
        let to = from + digits_at(text, from);
        if !whole.is_empty() || to > from {
            fraction = text.get(from..to).unwrap_or_default();
            at = to;
        }
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut exponent = 0;
    if shape.exponent && matches!(text.get(at), Some(b'e' | b'E')) {
        let signed = matches!(text.get(at + 1), Some(b'+' | b'-'));
        let from = at + 1 + usize::from(signed);
        let to = from + digits_at(text, from);
        if to > from {
            let magnitude = read_exponent(text.get(from..to)?)?;
            exponent = if text.get(at + 1) == Some(&b'-') { -magnitude } else { magnitude };
            at = to;
        }
    }
    Some(Scan { negative, whole, fraction, exponent, length: at })
}

fn digits_at(text: &[u8], from: usize) -> usize {
    text.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
}

/// An exponent's digits; `None` beyond [`EXPONENT_DIGITS`], where no number is meant.
fn read_exponent(digits: &[u8]) -> Option<i64> {
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    let digits = digits.get(zeros..).unwrap_or_default();
    if digits.len() > EXPONENT_DIGITS {
        return None;
    }
    Some(digits.iter().fold(0, |number, b| number * 10 + i64::from(b - b'0')))
}

impl Scan<'_> {
    fn decimal(&self) -> Decimal {
        let whole = self.whole.iter().filter(|b| b.is_ascii_digit()).count();
        let all = self.whole.iter().chain(self.fraction).copied();
        // The length of a text and an exponent of 17 digits cannot overflow.
        let magnitude = whole as i64 + self.exponent;
        Decimal::from_digits(self.negative, magnitude, all.filter(u8::is_ascii_digit))
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = (self.decimal != ".").then(|| format!("decimalChar {}", self.decimal));
        write_properties(f, decimal, self.group.as_deref(), self.bare)
    }
}

impl fmt::Display for IntegerFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_properties(f, None, self.group.as_deref(), self.bare)
    }
}

fn write_properties(
    f: &mut fmt::Formatter<'_>,
    decimal: Option<String>,
    group: Option<&str>,
    bare: bool,
) -> fmt::Result {
    let group = group.map(|group| format!("groupChar {}", group.escape_debug()));
    let not_bare = (!bare).then(|| "not bare".to_owned());
    let parts: Vec<String> = decimal.into_iter().chain(group).chain(not_bare).collect();
    if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
}
