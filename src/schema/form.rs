//! The lexical form that a cell has, whatever is declared: what tells types from data.
//!
//! [`Form::of`] is a function of the cell alone, so that counts of forms do not depend on the order
//! in which cells are seen. Forms do not overlap: a cell has one.

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateForm {
    /// `2024-01-26`, with that between its parts.
    YearFirst(u8),
    /// `26/01/2024`: the day cannot be a month.
    DayFirst(u8),
    /// `01/26/2024`: the second part cannot be a month.
    MonthFirst(u8),
    /// `05/06/2024`: either may be the day.
    Either(u8),
    /// `26/01/24`, as [`DateForm::DayFirst`].
    ShortDayFirst(u8),
    /// `01/26/24`, as [`DateForm::MonthFirst`].
    ShortMonthFirst(u8),
    /// `05/06/24`, as [`DateForm::Either`].
    ShortEither(u8),
    /// `26 Jan 2024`, with that between its parts.
    MonthName(u8),
    /// `20240126`.
    Digits,
}

/// How a time of day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeForm {
    /// `15:04`.
    Minutes,
    /// `15:04:05`.
    Seconds,
    /// `15:04:05.123`.
    Fraction,
}

/// The form of a cell that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A whole number without leading zeros.
    Integer,
    /// Digits that begin with a zero, as `007`.
    Padded,
    /// A number with a decimal point.
    Decimal,
    /// A number with a decimal comma.
    DecimalComma,
    /// `{GUID}` in braces.
    Braced,
    /// A GUID.
    Guid,
    /// A date.
    Date(DateForm),
    /// A time.
    Time(TimeForm),
    /// A date and time with that between them; whether there is a zone.
    Datetime(DateForm, u8, TimeForm, bool),
    /// Anything else.
    Text,
}

impl Form {
    /// The form of a cell; an empty one is text.
    pub fn of(cell: &[u8]) -> Self {
        let Some(&first) = cell.first() else { return Self::Text };
        if cell.len() > 40 {
            return Self::Text;
        }
        match first {
            b'0'..=b'9' => {
                if cell.iter().all(u8::is_ascii_digit) {
                    return digits(cell);
                }
                number(cell).or_else(|| guid(cell)).or_else(|| moment(cell)).unwrap_or(Self::Text)
            }
            b'-' | b'+' => match cell.get(1..) {
                Some(rest) if rest.first().is_some_and(u8::is_ascii_digit) => {
                    if rest.iter().all(u8::is_ascii_digit) {
                        return match (first, rest) {
                            (b'-', [b'1'..=b'9', ..]) => Self::Integer,
                            _ => Self::Text,
                        };
                    }
                    number(rest).unwrap_or(Self::Text)
                }
                _ => Self::Text,
            },
            b'{' if cell.len() == 38 && cell.last() == Some(&b'}') => {
                let inner = cell.get(1..37).unwrap_or_default();
                guid(inner).map_or(Self::Text, |_| Self::Braced)
            }
            b'a'..=b'f' | b'A'..=b'F' => guid(cell).unwrap_or(Self::Text),
            _ => Self::Text,
        }
    }

    /// The type's name in the standard.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Decimal | Self::DecimalComma => "number",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::Datetime(..) => "datetime",
            Self::Padded | Self::Braced | Self::Guid | Self::Text => "string",
        }
    }

    /// The strptime pattern of a date or time; empty for the standard's own form. `month_first` says
    /// how dates are read that can be read in two ways.
    pub fn pattern(self, month_first: bool) -> String {
        match self {
            Self::Date(DateForm::YearFirst(b'-')) | Self::Time(TimeForm::Seconds) => String::new(),
            Self::Date(date) => date.pattern(month_first),
            Self::Time(time) => time.pattern().into(),
            Self::Datetime(
                DateForm::YearFirst(b'-'),
                b'T',
                TimeForm::Seconds | TimeForm::Fraction,
                _,
            ) => String::new(),
            Self::Datetime(date, between, time, zone) => format!(
                "{}{}{}{}",
                date.pattern(month_first),
                char::from(between),
                time.pattern(),
                if zone { "%z" } else { "" }
            ),
            _ => String::new(),
        }
    }
}

impl DateForm {
    fn pattern(self, month_first: bool) -> String {
        let by = |byte: u8, parts: [&str; 3]| parts.join(&char::from(byte).to_string());
        match self {
            Self::YearFirst(byte) => by(byte, ["%Y", "%m", "%d"]),
            Self::DayFirst(byte) => by(byte, ["%d", "%m", "%Y"]),
            Self::MonthFirst(byte) => by(byte, ["%m", "%d", "%Y"]),
            Self::Either(byte) if month_first => by(byte, ["%m", "%d", "%Y"]),
            Self::Either(byte) => by(byte, ["%d", "%m", "%Y"]),
            Self::ShortDayFirst(byte) => by(byte, ["%d", "%m", "%y"]),
            Self::ShortMonthFirst(byte) => by(byte, ["%m", "%d", "%y"]),
            Self::ShortEither(byte) if month_first => by(byte, ["%m", "%d", "%y"]),
            Self::ShortEither(byte) => by(byte, ["%d", "%m", "%y"]),
            Self::MonthName(byte) => by(byte, ["%d", "%b", "%Y"]),
            Self::Digits => "%Y%m%d".into(),
        }
    }
}

impl TimeForm {
    fn pattern(self) -> &'static str {
        match self {
            Self::Minutes => "%H:%M",
            Self::Seconds => "%H:%M:%S",
            Self::Fraction => "%H:%M:%S.%f",
        }
    }
}

/// The value of up to four digits.
fn value(digits: &[u8]) -> Option<u32> {
    let sound = !digits.is_empty() && digits.len() <= 4 && digits.iter().all(u8::is_ascii_digit);
    sound.then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

fn digits(cell: &[u8]) -> Form {
    if cell.len() == 8
        && let (Some(year), Some(month), Some(day)) = (
            cell.get(..4).and_then(value),
            cell.get(4..6).and_then(value),
            cell.get(6..).and_then(value),
        )
        && (1800..2200).contains(&year)
        && is_day(year, month, day)
    {
        return Form::Date(DateForm::Digits);
    }
    if cell.len() > 1 && cell.first() == Some(&b'0') { Form::Padded } else { Form::Integer }
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// Digits with one point or comma among them.
fn number(cell: &[u8]) -> Option<Form> {
    let mark = cell.iter().position(|byte| !byte.is_ascii_digit())?;
    let rest = cell.get(mark + 1..)?;
    let sound = mark > 0 && !rest.is_empty() && rest.iter().all(u8::is_ascii_digit);
    match cell.get(mark) {
        Some(b'.') if sound => Some(Form::Decimal),
        Some(b',') if sound => Some(Form::DecimalComma),
        _ => None,
    }
}

fn guid(cell: &[u8]) -> Option<Form> {
    let sound = cell.len() == 36
        && cell.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    sound.then_some(Form::Guid)
}

/// A date, a time, or both.
fn moment(cell: &[u8]) -> Option<Form> {
    if let Some(time) = time(cell) {
        return Some(Form::Time(time));
    }
    let (date, length) = date(cell)?;
    let rest = cell.get(length..)?;
    let Some((&between, rest)) = rest.split_first() else { return Some(Form::Date(date)) };
    if !matches!(between, b' ' | b'T' | b'_') {
        return None;
    }
    let (rest, zone) = match rest {
        [rest @ .., b'Z'] => (rest, true),
        rest => {
            let at = rest.len().checked_sub(6);
            let tail = at.and_then(|at| rest.get(at..)).unwrap_or_default();
            match tail {
                [b'+' | b'-', h1, h2, b':', m1, m2]
                    if [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()) =>
                {
                    (rest.get(..rest.len() - 6)?, true)
                }
                _ => (rest, false),
            }
        }
    };
    Some(Form::Datetime(date, between, time(rest)?, zone))
}

fn time(cell: &[u8]) -> Option<TimeForm> {
    let two = |at: usize| cell.get(at..at + 2).and_then(value);
    let colon = |at: usize| cell.get(at) == Some(&b':');
    let sound = colon(2) && two(0)? < 24 && two(3)? < 60;
    if !sound {
        return None;
    }
    match cell.len() {
        5 => Some(TimeForm::Minutes),
        8 if colon(5) && two(6)? < 60 => Some(TimeForm::Seconds),
        10..=15 if colon(5) && two(6)? < 60 && cell.get(8) == Some(&b'.') => {
            let fraction = cell.get(9..)?;
            fraction.iter().all(u8::is_ascii_digit).then_some(TimeForm::Fraction)
        }
        _ => None,
    }
}

/// A date at the beginning, and its length.
fn date(cell: &[u8]) -> Option<(DateForm, usize)> {
    const MONTHS: &[u8] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let at = |at: usize| cell.get(at).copied();
    let number = |from: usize, to: usize| cell.get(from..to).and_then(value);
    let divides = |byte: u8| matches!(byte, b'/' | b'-' | b'.' | b' ');
    if let (Some(by), Some(again)) = (at(4), at(7))
        && by == again
        && matches!(by, b'-' | b'/' | b'.')
    {
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        return is_day(year, month, day).then_some((DateForm::YearFirst(by), 10));
    }
    let by = at(2).filter(|byte| divides(*byte))?;
    let first = number(0, 2)?;
    if at(6) == Some(by) && at(3)?.is_ascii_alphabetic() {
        let name = cell.get(3..6)?.to_ascii_lowercase();
        let month = MONTHS.as_chunks::<3>().0.iter().position(|month| *month == *name)?;
        let year = number(7, 11)?;
        let month = u32::try_from(month).ok()? + 1;
        return is_day(year, month, first).then_some((DateForm::MonthName(by), 11));
    }
    if at(5) != Some(by) || by == b' ' {
        return None;
    }
    let second = number(3, 5)?;
    let long = cell.get(6..10).is_some_and(|year| year.iter().all(u8::is_ascii_digit));
    let (year, length) = if long { (number(6, 10)?, 10) } else { (number(6, 8)?, 8) };
    let leap = if long { year } else { 2000 + year };
    let (day_first, month_first) = (is_day(leap, second, first), is_day(leap, first, second));
    let form = match (day_first, month_first, long) {
        (true, true, true) => DateForm::Either(by),
        (true, false, true) => DateForm::DayFirst(by),
        (false, true, true) => DateForm::MonthFirst(by),
        (true, true, false) => DateForm::ShortEither(by),
        (true, false, false) => DateForm::ShortDayFirst(by),
        (false, true, false) => DateForm::ShortMonthFirst(by),
        (false, false, _) => return None,
    };
    Some((form, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::value::Type;

    #[test]
    fn cells_have_one_form() {
        for (cell, kind, pattern) in [
            ("0", "integer", ""),
            ("-12", "integer", ""),
            ("007", "string", ""),
            ("1.50", "number", ""),
            ("-0.5", "number", ""),
            ("2024-01-26", "date", ""),
            ("26/01/2024", "date", "%d/%m/%Y"),
            ("01/26/2024", "date", "%m/%d/%Y"),
            ("05/06/2024", "date", "%d/%m/%Y"),
            ("26/01/24", "date", "%d/%m/%y"),
            ("26 Jan 2024", "date", "%d %b %Y"),
            ("26-JAN-2024", "date", "%d-%b-%Y"),
            ("20240126", "date", "%Y%m%d"),
            ("20241326", "integer", ""),
            ("15:04", "time", "%H:%M"),
            ("15:04:05", "time", ""),
            ("2024-01-26 15:04:05", "datetime", "%Y-%m-%d %H:%M:%S"),
            ("2024-01-26T15:04:05Z", "datetime", ""),
            ("26 Jan 2024 15:04:05", "datetime", "%d %b %Y %H:%M:%S"),
            ("2024-02-30", "string", ""),
            ("{0C88A469-BAE6-4616-903E-1001280F2FD8}", "string", ""),
            ("A81001", "string", ""),
            ("", "string", ""),
            ("1e5", "string", ""),
        ] {
            let form = Form::of(cell.as_bytes());
            assert_eq!((form.kind(), form.pattern(false).as_str()), (kind, pattern), "{cell}");
            // What is told from the cell accepts the cell.
            let format = if pattern.is_empty() { "default" } else { pattern };
            let accepts = match kind {
                "date" => Type::date(format).unwrap().accepts(cell),
                "time" => Type::time(format).unwrap().accepts(cell),
                "datetime" => Type::datetime(format).unwrap().accepts(cell),
                _ => true,
            };
            assert!(accepts, "{cell}");
        }
    }
}
