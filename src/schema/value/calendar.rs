//! Dates, times and moments: values, their order, and the default forms of the standard.
//!
//! The calendar is the proleptic Gregorian one (ISO 8601, XML Schema). XML Schema 1.0 has no year
//! 0000 and no leap seconds, so neither have we.

use std::cmp::Ordering;

/// Units of a fraction of a second: 18 decimal places, exactly.
pub(super) const FRACTIONS: u64 = 1_000_000_000_000_000_000;

/// Decimal places of [`FRACTIONS`].
const FRACTION_DIGITS: usize = 18;

/// Most digits of a year. XML Schema sets no limit; beyond this no calendar year is meant.
const YEAR_DIGITS: usize = 9;

const DAY_SECONDS: i64 = 86_400;

/// Within this many seconds the order of a moment with a zone and one without is open
/// (XML Schema 3.2.7.4).
const ZONE_SPAN: i64 = 14 * 3_600;

/// A calendar date. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year; never 0. A negative one is before the common era.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// A time of day. Ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    /// Seconds since midnight, below 86,400.
    pub seconds: u32,
    /// The fraction of a second in units of 10^-18.
    pub fraction: u64,
}

/// A date with a time.
///
/// With a zone it is an instant, kept in UTC; without one it is what the clock showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970-01-01T00:00:00, in UTC if `zoned`, else by the clock.
    pub seconds: i64,
    /// The fraction of a second in units of 10^-18.
    pub fraction: u64,
    /// Whether a zone was given.
    pub zoned: bool,
}

/// A calendar year, with the zone's offset in minutes where one is given (XML Schema `gYear`).
#[derive(Debug, Clone, Copy)]
pub struct Year {
    /// The year; never 0.
    pub year: i32,
    /// Minutes east of UTC.
    pub offset: Option<i32>,
}

/// A month of a year, with the zone's offset in minutes where one is given (`gYearMonth`).
#[derive(Debug, Clone, Copy)]
pub struct YearMonth {
    /// The year; never 0.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// Minutes east of UTC.
    pub offset: Option<i32>,
}

impl Date {
    /// The date; `None` where the calendar has no such day.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        // Most days are in every month.
        let in_month = (1..=28).contains(&day) && (1..=12).contains(&month)
            || (day > 28 && day <= days_in_month(year, month));
        let is_valid = year != 0 && in_month;
        is_valid.then_some(Self { year, month, day })
    }

    /// Reads `yyyy-mm-dd`: ten bytes, nothing else.
    #[inline]
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text: &[u8; 10] = text.try_into().ok()?;
        let (head, tail) = text.split_first_chunk::<8>()?;
        let pairs = digits(*head, *b"0000-00-")?;
        let year = i32::from(pairs[0]) * 100 + i32::from(pairs[2]);
        Self::new(year, pairs[5], pair(*tail.first()?, *tail.get(1)?)?)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i64 {
        days_since_epoch(i64::from(self.year), self.month, self.day)
    }

    /// The day of the week: 0 is Monday.
    pub(super) fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        (self.days() + 3).rem_euclid(7) as u8
    }

    pub(super) fn write_key(self, out: &mut Vec<u8>) {
        let [a, b, c, d] = self.year.to_be_bytes();
        out.extend_from_slice(&[a, b, c, d, self.month, self.day]);
    }
}

impl TimeOfDay {
    /// The time; `None` where the clock shows no such one.
    pub fn new(hour: u8, minute: u8, second: u8, fraction: u64) -> Option<Self> {
        let is_valid = hour < 24 && minute < 60 && second < 60 && fraction < FRACTIONS;
        let seconds = u32::from(hour) * 3_600 + u32::from(minute) * 60 + u32::from(second);
        is_valid.then_some(Self { seconds, fraction })
    }

    /// Reads `hh:mm:ss`: eight bytes, nothing else.
    #[inline]
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let pairs = digits(text.try_into().ok()?, *b"00:00:00")?;
        Self::new(pairs[0], pairs[3], pairs[6], 0)
    }

    pub(super) fn write_key(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.seconds.to_be_bytes());
        out.extend_from_slice(&self.fraction.to_be_bytes());
    }
}

impl Moment {
    /// The moment at which a clock shows this date and time. With an offset (seconds east of UTC)
    /// it is an instant.
    pub fn new(date: Date, time: TimeOfDay, offset: Option<i32>) -> Self {
        let local = date.days() * DAY_SECONDS + i64::from(time.seconds);
        Self {
            seconds: local - i64::from(offset.unwrap_or(0)),
            fraction: time.fraction,
            zoned: offset.is_some(),
        }
    }

    /// Reads XML Schema `dateTime` (3.2.7.1): `yyyy-mm-ddThh:mm:ss`, a fraction of up to 18 places,
    /// `Z` or `±hh:mm`; longer and negative years; 24:00:00 as the first instant of the next day.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (date, rest) = read_long_date(text)?;
        let (clock, mut rest) = match rest {
            [b'T', rest @ ..] => rest.split_first_chunk::<8>()?,
            _ => return None,
        };
        let mut fraction = 0;
        if let [b'.', digits @ ..] = rest {
            (fraction, rest) = read_fraction(digits, FRACTION_DIGITS)?;
        }
        let offset = read_zone(rest)?.map(|minutes| minutes * 60);
        if clock == b"24:00:00" && fraction == 0 {
            let mut moment = Self::new(date, TimeOfDay { seconds: 0, fraction: 0 }, offset);
            moment.seconds += DAY_SECONDS;
            return Some(moment);
        }
        let time = TimeOfDay { fraction, ..TimeOfDay::read(clock)? };
        Some(Self::new(date, time, offset))
    }

    /// Orders two moments; `None` where one has a zone, the other has none, and they lie within
    /// 14 hours (XML Schema 3.2.7.4).
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.zoned != other.zoned {
            let (a, b) = (self.total(), other.total());
            let span = i128::from(ZONE_SPAN) * i128::from(FRACTIONS);
            return (a.abs_diff(b) > span.unsigned_abs()).then(|| a.cmp(&b));
        }
        Some((self.seconds, self.fraction).cmp(&(other.seconds, other.fraction)))
    }

    /// The calendar date; `None` beyond the years that are read.
    pub fn date(&self) -> Option<Date> {
        let days = self.seconds.div_euclid(DAY_SECONDS);
        let year = self.year();
        let first = Date::new(year, 1, 1)?;
        let mut day = days - first.days();
        for month in 1..=12 {
            let length = i64::from(days_in_month(year, month));
            if day < length {
                return Date::new(year, month, u8::try_from(day + 1).ok()?);
            }
            day -= length;
        }
        None
    }

    /// The calendar year; never 0.
    pub fn year(&self) -> i32 {
        year_of_days(self.seconds.div_euclid(DAY_SECONDS))
    }

    /// The moment in fractions of a second.
    fn total(&self) -> i128 {
        i128::from(self.seconds) * i128::from(FRACTIONS) + i128::from(self.fraction)
    }

    pub(super) fn write_key(self, out: &mut Vec<u8>) {
        out.push(u8::from(self.zoned));
        out.extend_from_slice(&self.seconds.to_be_bytes());
        out.extend_from_slice(&self.fraction.to_be_bytes());
    }
}

impl Year {
    /// Reads XML Schema `gYear` (3.2.11): four digits or more, a minus sign, a zone.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (year, rest) = read_year(text)?;
        Some(Self { year, offset: read_zone(rest)? })
    }

    /// The moment at which the year begins: what years are ordered by.
    pub fn start(&self) -> Moment {
        first_of_month(self.year, 1, self.offset)
    }
}

impl YearMonth {
    /// Reads XML Schema `gYearMonth` (3.2.10): a year, a hyphen, the month, a zone.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let (year, rest) = read_year(text)?;
        let (month, rest) = rest.split_first_chunk::<3>()?;
        let number = pair(month[1], month[2])?;
        if month[0] != b'-' || !(1..=12).contains(&number) {
            return None;
        }
        Some(Self { year, month: number, offset: read_zone(rest)? })
    }

    /// The moment at which the month begins: what months are ordered by.
    pub fn start(&self) -> Moment {
        first_of_month(self.year, self.month, self.offset)
    }
}

/// Two years are equal that begin at the same moment.
impl PartialEq for Year {
    fn eq(&self, other: &Self) -> bool {
        self.start() == other.start()
    }
}

/// Two months are equal that begin at the same moment.
impl PartialEq for YearMonth {
    fn eq(&self, other: &Self) -> bool {
        self.start() == other.start()
    }
}

fn first_of_month(year: i32, month: u8, offset: Option<i32>) -> Moment {
    let midnight = TimeOfDay { seconds: 0, fraction: 0 };
    Moment::new(Date { year, month, day: 1 }, midnight, offset.map(|minutes| minutes * 60))
}

/// Eight bytes of a fixed form, where the form has `0` for a digit and other bytes for themselves:
/// at each place the number that the digit there and the one after it make. All eight are tested
/// at once, which takes half the time of testing each.
#[inline]
fn digits(text: [u8; 8], form: [u8; 8]) -> Option<[u8; 8]> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // What makes a byte reach 0x80: 10 and more for a digit, 1 and more for other bytes.
    let limits = form.map(|byte| if byte == b'0' { 0x76 } else { 0x7f });
    let differences = u64::from_le_bytes(text) ^ u64::from_le_bytes(form);
    let over = differences.wrapping_add(u64::from_le_bytes(limits));
    if (differences | over) & HIGH != 0 {
        return None;
    }
    // No byte exceeds 99, so none runs over into the next.
    Some(differences.wrapping_mul(10).wrapping_add(differences >> 8).to_le_bytes())
}

/// Two ASCII digits.
#[inline]
pub(super) fn pair(tens: u8, ones: u8) -> Option<u8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| tens * 10 + ones)
}

/// A date that may have a longer or negative year, and what follows it.
#[inline]
fn read_long_date(text: &[u8]) -> Option<(Date, &[u8])> {
    // The usual date ends in front of the T.
    if let Some((date, rest)) = text.split_at_checked(10)
        && rest.first() == Some(&b'T')
    {
        return Some((Date::read(date)?, rest));
    }
    let (year, rest) = read_year(text)?;
    let (date, rest) = rest.split_first_chunk::<6>()?;
    if date[0] != b'-' || date[3] != b'-' {
        return None;
    }
    Some((Date::new(year, pair(date[1], date[2])?, pair(date[4], date[5])?)?, rest))
}

/// A year of XML Schema and what follows it: a minus sign, four digits or, without a leading zero,
/// more.
fn read_year(text: &[u8]) -> Option<(i32, &[u8])> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(4..=YEAR_DIGITS).contains(&count) || (count > 4 && digits.first() == Some(&b'0')) {
        return None;
    }
    let (digits, rest) = digits.split_at_checked(count)?;
    let year = digits.iter().fold(0_i32, |year, b| year * 10 + i32::from(b - b'0'));
    (year != 0).then_some((if negative { -year } else { year }, rest))
}

/// The zone that ends a value, in minutes east of UTC: nothing, `Z`, or `±hh:mm` up to 14:00.
fn read_zone(text: &[u8]) -> Option<Option<i32>> {
    match text {
        [] => Some(None),
        b"Z" => Some(Some(0)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            offset_minutes(*sign, pair(*h1, *h2)?, pair(*m1, *m2)?).map(Some)
        }
        _ => None,
    }
}

/// Minutes east of UTC; `None` beyond 14 hours.
pub(super) fn offset_minutes(sign: u8, hours: u8, minutes: u8) -> Option<i32> {
    let total = i32::from(hours) * 60 + i32::from(minutes);
    let is_valid = minutes < 60 && total <= 14 * 60;
    is_valid.then_some(if sign == b'-' { -total } else { total })
}

/// The fraction that a run of digits after a decimal point gives, and what follows it; `None`
/// where there is no digit, or one that is not zero beyond `places`.
pub(super) fn read_fraction(text: &[u8], places: usize) -> Option<(u64, &[u8])> {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(count)?;
    let kept = digits.get(..places.min(count))?;
    let lost = digits.get(kept.len()..)?;
    if digits.is_empty() || lost.iter().any(|&b| b != b'0') {
        return None;
    }
    let mut unit = FRACTIONS;
    let mut fraction = 0;
    for &digit in kept {
        unit /= 10;
        fraction += u64::from(digit - b'0') * unit;
    }
    Some((fraction, rest))
}

/// Whether the year has 366 days.
pub(super) fn is_leap(year: i64) -> bool {
    // The year before 1 is written -0001 in XML Schema 1.0, which has no year 0.
    let year = if year < 0 { year + 1 } else { year };
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[inline]
fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(i64::from(year)) => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

/// Days from 1970-01-01 to the date, for a year that is never 0.
fn days_since_epoch(year: i64, month: u8, day: u8) -> i64 {
    days_from_civil(if year < 0 { year + 1 } else { year }, i64::from(month), i64::from(day))
}

/// The year of a day counted from 1970-01-01: the inverse of [`days_from_civil`].
fn year_of_days(days: i64) -> i32 {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Days 306 and later of a year that begins in March are January and February of the next.
    let year = era * 400 + year_of_era + i64::from(day_of_year >= 306);
    // There is no year 0: the one before 1 is -1.
    let year = if year <= 0 { year - 1 } else { year };
    i32::try_from(year).unwrap_or(if year < 0 { i32::MIN } else { i32::MAX })
}

/// Days from 1970-01-01, with a year 0: counted in eras of 400 years that begin in March, so that
/// the leap day is the last of its year.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
