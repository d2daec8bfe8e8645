//! `format` of dates, times and datetimes: `default`, `any`, and strptime patterns.
//!
//! A pattern is compiled once, when the descriptor is read, and then matched byte by byte. It is
//! stricter than C's and Python's strptime: `%d` is two digits, a space is one space, a weekday
//! must be the date's. Names of months and days are English in any case, as in the C locale.

use super::calendar::{Date, Moment, TimeOfDay};
use super::directive::{Part, Parts, Piece, Tells};
use super::fixed::Fixed;
use super::lenient;
use std::fmt;

/// The three types that take a [`TimeFormat`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temporal {
    /// `date`.
    Date,
    /// `time`.
    Time,
    /// `datetime`.
    Datetime,
}

/// `format` of a date, time or datetime.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TimeFormat {
    /// `default`: the standard's form.
    #[default]
    Default,
    /// `any`: the default form and those that can be read in one way only. The date: `yyyy-mm-dd`,
    /// `yyyy/mm/dd`, `yyyymmdd`, or a day, an English month name of three letters or in full, and
    /// a year of four digits, with spaces or hyphens between. The time: `hh:mm`, `hh:mm:ss`,
    /// `hh:mm:ss.f`, `hh:mm AM`, `hh:mm:ss AM`. The datetime: one of these dates, a space (or `T`
    /// after `yyyy-mm-dd`), and one of `hh:mm`, `hh:mm:ss` and, after `yyyy-mm-dd`, `hh:mm:ss.f`.
    /// Never days and months both in figures in another order than year, month, day.
    Any,
    /// A strptime pattern.
    Pattern(TimePattern),
}

/// A compiled strptime pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimePattern {
    text: String,
    pieces: Vec<Piece>,
    /// The same, where the places of all parts are fixed.
    fixed: Option<Fixed>,
}

impl TimeFormat {
    /// Reads `format` as a descriptor writes it: `default`, `any`, or a strptime pattern, also with
    /// the prefix `fmt:` of Data Package v0.
    ///
    /// Directives: `%Y` four digits; `%y %m %d %H %I %M %S` two digits; `%j` three; `%b %h %B`
    /// month names; `%a %A` weekday names, which must be the date's; `%p` AM or PM; `%f` one to
    /// nine digits (Python stops at six); `%z` as `+0100`, `+01:00`, `Z`; `%Z` UTC, GMT or BST;
    /// `%%`; `%F %T %R %D` as in C. `%-d` and the like (`%-m %-H %-I %-M %-S`) are one or two
    /// digits without a leading zero: glibc's flag, which Python does not read.
    ///
    /// # Errors
    /// Says what is wrong with the pattern and what to write.
    pub fn parse(format: &str) -> Result<Self, String> {
        let format = format.strip_prefix("fmt:").unwrap_or(format);
        match format {
            "default" => Ok(Self::Default),
            "any" => Ok(Self::Any),
            pattern => TimePattern::parse(pattern).map(Self::Pattern),
        }
    }

    /// The format, if it can give values of this type.
    ///
    /// A date whose pattern lacks the month or the day is the first of them, as with Python; so is
    /// a time without minutes. Parts that the type has no place for are checked and dropped.
    ///
    /// # Errors
    /// Says what to write where a date or datetime pattern has no year, or a time pattern no hour.
    pub fn suited_to(self, temporal: Temporal) -> Result<Self, String> {
        let Self::Pattern(pattern) = &self else { return Ok(self) };
        let tells = |what| pattern.pieces.iter().any(|piece| piece.tells() == what);
        let text = &pattern.text;
        match temporal {
            Temporal::Time if !tells(Tells::Hour) => Err(format!(
                "time format {text:?} has no hour; write %H, or %I with %p, as in %H:%M:%S"
            )),
            Temporal::Date if !tells(Tells::Year) => {
                Err(format!("date format {text:?} has no year; write %Y, as in %Y-%m-%d"))
            }
            Temporal::Datetime if !tells(Tells::Year) => Err(format!(
                "datetime format {text:?} has no year; write %Y, as in %Y-%m-%d %H:%M:%S"
            )),
            _ => Ok(self),
        }
    }

    pub(super) fn date(&self, cell: &[u8]) -> Option<Date> {
        match self {
            Self::Default => Date::read(cell),
            Self::Any => Date::read(cell)
                .or_else(|| lenient::unambiguous(Temporal::Date).find_map(|p| p.date(cell))),
            Self::Pattern(pattern) => pattern.date(cell),
        }
    }

    pub(super) fn time(&self, cell: &[u8]) -> Option<TimeOfDay> {
        match self {
            Self::Default => TimeOfDay::read(cell),
            Self::Any => TimeOfDay::read(cell)
                .or_else(|| lenient::unambiguous(Temporal::Time).find_map(|p| p.time(cell))),
            Self::Pattern(pattern) => pattern.time(cell),
        }
    }

    pub(super) fn datetime(&self, cell: &[u8]) -> Option<Moment> {
        match self {
            Self::Default => Moment::read(cell),
            Self::Any => Moment::read(cell).or_else(|| {
                lenient::unambiguous(Temporal::Datetime).find_map(|p| p.datetime(cell))
            }),
            Self::Pattern(pattern) => pattern.datetime(cell),
        }
    }
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::Any => f.write_str(" (any)"),
            Self::Pattern(pattern) => write!(f, " ({})", pattern.text),
        }
    }
}

impl TimePattern {
    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Compiles a strptime pattern.
    ///
    /// # Errors
    /// As [`TimeFormat::parse`].
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                let mut bytes = [0; 4];
                pieces.extend(c.encode_utf8(&mut bytes).bytes().map(Piece::Literal));
                continue;
            }
            match chars.next() {
                Some('-') => pieces.push(unpadded(text, chars.next())?),
                Some(letter) => directive(text, letter, &mut pieces)?,
                None => {
                    return Err(format!(
                        "format {text:?} ends with %; write %% for a percent sign"
                    ));
                }
            }
        }
        let fixed = Fixed::of(&pieces);
        let pattern = Self { text: text.to_owned(), pieces, fixed };
        pattern.check()?;
        Ok(pattern)
    }

    /// Refuses patterns that cannot be read in one way.
    fn check(&self) -> Result<(), String> {
        let text = &self.text;
        if self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_))) {
            let hint = match lenient::pattern_named(text) {
                Some(pattern) => format!("write {pattern:?}"),
                None => "write a strptime pattern, as \"%d/%m/%Y\"".to_owned(),
            };
            return Err(format!("format {text:?} has no directive; {hint}"));
        }
        let mut told = Vec::new();
        for piece in &self.pieces {
            let tells = piece.tells();
            if tells != Tells::Nothing && told.contains(&tells) {
                return Err(format!(
                    "format {text:?} gives the {} twice; leave one out",
                    tells.name()
                ));
            }
            told.push(tells);
        }
        let has = |wanted: Piece| self.pieces.contains(&wanted);
        if has(Piece::DayOfYear) && told.contains(&Tells::Month) {
            return Err(format!("format {text:?} gives the month beside %j; leave one out"));
        }
        let half_hour = Part::HalfDayHour;
        if has(Piece::Pair(half_hour)) || has(Piece::Unpadded(half_hour)) {
            if !has(Piece::HalfDay) {
                return Err(format!(
                    "format {text:?} has %I without %p, so morning and afternoon are the same; \
                     write %H for hours up to 23, or add %p"
                ));
            }
        } else if has(Piece::HalfDay) {
            return Err(format!("format {text:?} has %p without %I; write %I in place of %H"));
        }
        for (piece, next) in self.pieces.iter().zip(self.pieces.iter().skip(1)) {
            let is_open = matches!(piece, Piece::Unpadded(_) | Piece::Fraction);
            if is_open && next.begins_with_digit() {
                return Err(format!(
                    "format {text:?} has digits right after a part whose length varies; write a \
                     separator between, or use the two-digit directive"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn date(&self, cell: &[u8]) -> Option<Date> {
        if let Some(fixed) = self.fixed.as_ref().filter(|fixed| fixed.is_date()) {
            return fixed.date(cell);
        }
        let parts = self.parts(cell)?;
        parts.time()?;
        parts.date()
    }

    pub(super) fn time(&self, cell: &[u8]) -> Option<TimeOfDay> {
        let parts = self.parts(cell)?;
        // A time pattern may hold a date around it, which must be one.
        if parts.year.is_some() {
            parts.date()?;
        }
        parts.time()
    }

    pub(super) fn datetime(&self, cell: &[u8]) -> Option<Moment> {
        let parts = self.parts(cell)?;
        Some(Moment::new(parts.date()?, parts.time()?, parts.offset))
    }

    /// Matches the whole cell.
    #[inline]
    fn parts(&self, cell: &[u8]) -> Option<Parts> {
        match &self.fixed {
            Some(fixed) => fixed.parts(cell),
            None => self.parts_in_turn(cell),
        }
    }

    /// Matches the whole cell, piece by piece.
    fn parts_in_turn(&self, cell: &[u8]) -> Option<Parts> {
        let mut parts = Parts::new();
        let mut rest = cell;
        for &piece in &self.pieces {
            rest = piece.read(rest, &mut parts)?;
        }
        rest.is_empty().then_some(parts)
    }

    /// Whether both ways to read a cell agree on it.
    #[cfg(test)]
    pub(super) fn is_consistent(&self, cell: &[u8]) -> bool {
        let date = self.parts_in_turn(cell).and_then(|parts| {
            parts.time()?;
            parts.date()
        });
        self.parts(cell) == self.parts_in_turn(cell) && self.date(cell) == date
    }
}

fn unpadded(text: &str, letter: Option<char>) -> Result<Piece, String> {
    let part = match letter {
        Some('m') => Part::Month,
        Some('d') => Part::Day,
        Some('H') => Part::Hour,
        Some('I') => Part::HalfDayHour,
        Some('M') => Part::Minute,
        Some('S') => Part::Second,
        _ => {
            return Err(format!(
                "format {text:?}: %- goes with m, d, H, I, M or S, as in %-d/%-m/%Y"
            ));
        }
    };
    Ok(Piece::Unpadded(part))
}

fn directive(text: &str, letter: char, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let piece = match letter {
        '%' => Piece::Literal(b'%'),
        'Y' => Piece::Year,
        'y' => Piece::ShortYear,
        'm' => Piece::Pair(Part::Month),
        'd' => Piece::Pair(Part::Day),
        'H' => Piece::Pair(Part::Hour),
        'I' => Piece::Pair(Part::HalfDayHour),
        'M' => Piece::Pair(Part::Minute),
        'S' => Piece::Pair(Part::Second),
        'b' | 'h' => Piece::MonthShort,
        'B' => Piece::MonthLong,
        'a' => Piece::WeekdayShort,
        'A' => Piece::WeekdayLong,
        'j' => Piece::DayOfYear,
        'p' => Piece::HalfDay,
        'f' => Piece::Fraction,
        'z' => Piece::Offset,
        'Z' => Piece::Zone,
        'F' | 'T' | 'R' | 'D' => {
            let letters = match letter {
                'F' => "Y-m-d",
                'T' => "H:M:S",
                'R' => "H:M",
                _ => "m/d/y",
            };
            for part in letters.chars() {
                if part.is_ascii_alphabetic() {
                    directive(text, part, pieces)?;
                } else {
                    pieces.push(Piece::Literal(part as u8));
                }
            }
            return Ok(());
        }
        'c' | 'x' | 'X' | 'r' => {
            return Err(format!(
                "format {text:?}: what %{letter} means depends on the locale; write the parts \
                 out, as %d/%m/%Y %H:%M:%S"
            ));
        }
        'e' | 'k' | 'l' => {
            return Err(format!(
                "format {text:?}: %{letter}, padded with a space, is not supported; write %-d, \
                 %-H or %-I for numbers without a leading zero"
            ));
        }
        _ => {
            return Err(format!(
                "format {text:?}: %{letter} is not supported; supported are %Y %y %m %d %b %B %j \
                 %a %A %H %I %p %M %S %f %z %Z %%"
            ));
        }
    };
    pieces.push(piece);
    Ok(())
}
