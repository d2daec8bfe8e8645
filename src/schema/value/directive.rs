//! The parts of a strptime pattern: what each directive matches and what it tells.

use super::calendar::{Date, TimeOfDay, offset_minutes, pair, read_fraction};

/// What one directive, or one byte of literal text, matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(u8),
    Year,
    /// 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068 (POSIX).
    ShortYear,
    Pair(Part),
    /// One or two digits, without a leading zero.
    Unpadded(Part),
    MonthShort,
    MonthLong,
    WeekdayShort,
    WeekdayLong,
    DayOfYear,
    HalfDay,
    Fraction,
    Offset,
    Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Month,
    Day,
    Hour,
    HalfDayHour,
    Minute,
    Second,
}

/// What a directive tells: a pattern may tell each but once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    Nothing,
    Year,
    Month,
    Day,
    Weekday,
    Hour,
    Minute,
    Second,
    Fraction,
    HalfDay,
    Offset,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What a cell gives, before it is known to be a date or a time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: Option<i32>,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) day_of_year: Option<u16>,
    pub(super) weekday: Option<u8>,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) fraction: u64,
    pub(super) afternoon: Option<bool>,
    /// Seconds east of UTC.
    pub(super) offset: Option<i32>,
}

impl Parts {
    pub(super) fn new() -> Self {
        Self {
            year: None,
            month: 1,
            day: 1,
            day_of_year: None,
            weekday: None,
            hour: 0,
            minute: 0,
            second: 0,
            fraction: 0,
            afternoon: None,
            offset: None,
        }
    }

    #[inline]
    pub(super) fn date(&self) -> Option<Date> {
        let year = self.year?;
        let date = match self.day_of_year {
            None => Date::new(year, self.month, self.day)?,
            Some(number) => {
                let mut left = number;
                (1..=12).find_map(|month| {
                    let last = (28..=31).rev().find(|&d| Date::new(year, month, d).is_some())?;
                    if left <= u16::from(last) {
                        return Date::new(year, month, u8::try_from(left).ok()?);
                    }
                    left -= u16::from(last);
                    None
                })?
            }
        };
        match self.weekday {
            Some(weekday) if weekday != date.weekday() => None,
            _ => Some(date),
        }
    }

    #[inline]
    pub(super) fn time(&self) -> Option<TimeOfDay> {
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        TimeOfDay::new(hour, self.minute, self.second, self.fraction)
    }

    fn set(&mut self, part: Part, value: u8) {
        match part {
            Part::Month => self.month = value,
            Part::Day => self.day = value,
            Part::Hour | Part::HalfDayHour => self.hour = value,
            Part::Minute => self.minute = value,
            Part::Second => self.second = value,
        }
    }
}

impl Tells {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "literal text",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Fraction => "fraction of a second",
            Self::HalfDay => "half of the day",
            Self::Offset => "zone",
        }
    }
}

impl Piece {
    pub(super) fn tells(self) -> Tells {
        match self {
            Self::Literal(_) => Tells::Nothing,
            Self::Year | Self::ShortYear => Tells::Year,
            Self::MonthShort | Self::MonthLong => Tells::Month,
            Self::WeekdayShort | Self::WeekdayLong => Tells::Weekday,
            Self::DayOfYear => Tells::Day,
            Self::HalfDay => Tells::HalfDay,
            Self::Fraction => Tells::Fraction,
            Self::Offset | Self::Zone => Tells::Offset,
            Self::Pair(part) | Self::Unpadded(part) => match part {
                Part::Month => Tells::Month,
                Part::Day => Tells::Day,
                Part::Hour | Part::HalfDayHour => Tells::Hour,
                Part::Minute => Tells::Minute,
                Part::Second => Tells::Second,
            },
        }
    }

    pub(super) fn begins_with_digit(self) -> bool {
        match self {
            Self::Literal(byte) => byte.is_ascii_digit(),
            Self::Year
            | Self::ShortYear
            | Self::Pair(_)
            | Self::Unpadded(_)
            | Self::DayOfYear
            | Self::Fraction => true,
            _ => false,
        }
    }

    /// Matches the beginning of the text and returns what follows it.
    #[inline]
    pub(super) fn read<'a>(self, text: &'a [u8], parts: &mut Parts) -> Option<&'a [u8]> {
        match self {
            Self::Literal(byte) => match text {
                [first, rest @ ..] if *first == byte => Some(rest),
                _ => None,
            },
            Self::Year => {
                let (digits, rest) = text.split_first_chunk::<4>()?;
                let century = i32::from(pair(digits[0], digits[1])?);
                parts.year = Some(century * 100 + i32::from(pair(digits[2], digits[3])?));
                Some(rest)
            }
            Self::ShortYear => {
                let (digits, rest) = text.split_first_chunk::<2>()?;
                let year = i32::from(pair(digits[0], digits[1])?);
                parts.year = Some(if year < 69 { 2000 + year } else { 1900 + year });
                Some(rest)
            }
            Self::Pair(part) => {
                let (digits, rest) = text.split_first_chunk::<2>()?;
                parts.set(part, pair(digits[0], digits[1])?);
                Some(rest)
            }
            Self::Unpadded(part) => {
                let (value, rest) = match text {
                    [b'0', b'0'..=b'9', ..] => return None,
                    [tens, ones @ b'0'..=b'9', rest @ ..] => (pair(*tens, *ones)?, rest),
                    [ones, rest @ ..] => (pair(b'0', *ones)?, rest),
                    [] => return None,
                };
                parts.set(part, value);
                Some(rest)
            }
            Self::MonthShort | Self::MonthLong => {
                let (index, rest) = read_name(text, &MONTHS, self == Self::MonthShort)?;
                parts.month = index + 1;
                Some(rest)
            }
            Self::WeekdayShort | Self::WeekdayLong => {
                let (index, rest) = read_name(text, &WEEKDAYS, self == Self::WeekdayShort)?;
                parts.weekday = Some(index);
                Some(rest)
            }
            Self::DayOfYear => {
                let (digits, rest) = text.split_first_chunk::<3>()?;
                let hundreds = u16::from(pair(b'0', digits[0])?);
                let number = hundreds * 100 + u16::from(pair(digits[1], digits[2])?);
                parts.day_of_year = Some(number);
                Some(rest)
            }
            Self::HalfDay => {
                let (word, rest) = text.split_first_chunk::<2>()?;
                parts.afternoon = Some(match word {
                    [b'A' | b'a', b'M' | b'm'] => false,
                    [b'P' | b'p', b'M' | b'm'] => true,
                    _ => return None,
                });
                Some(rest)
            }
            Self::Fraction => {
                let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
                if digits > 9 {
                    return None;
                }
                let (fraction, rest) = read_fraction(text, 9)?;
                parts.fraction = fraction;
                Some(rest)
            }
            Self::Offset => {
                let (minutes, rest) = match text {
                    [b'Z', rest @ ..] => (0, rest),
                    [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..]
                    | [sign @ (b'+' | b'-'), h1, h2, m1, m2, rest @ ..] => {
                        (offset_minutes(*sign, pair(*h1, *h2)?, pair(*m1, *m2)?)?, rest)
                    }
                    _ => return None,
                };
                parts.offset = Some(minutes * 60);
                Some(rest)
            }
            Self::Zone => {
                let (name, rest) = text.split_first_chunk::<3>()?;
                parts.offset = Some(match name {
                    b"UTC" | b"GMT" => 0,
                    b"BST" => 3_600,
                    _ => return None,
                });
                Some(rest)
            }
        }
    }
}

/// Reads one of the names, or its first three letters, in any case.
fn read_name<'a>(text: &'a [u8], names: &[&str], short: bool) -> Option<(u8, &'a [u8])> {
    for (index, name) in (0_u8..).zip(names) {
        let name = if short { name.as_bytes().get(..3)? } else { name.as_bytes() };
        if let Some((head, rest)) = text.split_at_checked(name.len())
            && head.eq_ignore_ascii_case(name)
        {
            return Some((index, rest));
        }
    }
    None
}
