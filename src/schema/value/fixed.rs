//! The fast path of strptime patterns: those whose parts stand at fixed places, as
//! `%d/%m/%Y` or `%d %b %Y %H:%M:%S`, are read place by place instead of piece by piece.

use super::calendar::{Date, pair};
use super::directive::{Part, Parts, Piece};

/// Where the parts of a pattern of one length stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fixed {
    length: usize,
    literals: Vec<(usize, u8)>,
    year: Option<usize>,
    month: Option<usize>,
    month_name: Option<usize>,
    day: Option<usize>,
    hour: Option<usize>,
    minute: Option<usize>,
    second: Option<usize>,
}

impl Fixed {
    /// The places of a pattern's parts; `None` where they are not fixed, or rare.
    pub(super) fn of(pieces: &[Piece]) -> Option<Self> {
        let mut fixed = Self::default();
        for &piece in pieces {
            let at = fixed.length;
            fixed.length += match piece {
                Piece::Literal(byte) => {
                    fixed.literals.push((at, byte));
                    1
                }
                Piece::Year => {
                    fixed.year = Some(at);
                    4
                }
                Piece::MonthShort => {
                    fixed.month_name = Some(at);
                    3
                }
                Piece::Pair(part) => {
                    let place = match part {
                        Part::Month => &mut fixed.month,
                        Part::Day => &mut fixed.day,
                        Part::Hour => &mut fixed.hour,
                        Part::Minute => &mut fixed.minute,
                        Part::Second => &mut fixed.second,
                        Part::HalfDayHour => return None,
                    };
                    *place = Some(at);
                    2
                }
                _ => return None,
            };
        }
        Some(fixed)
    }

    /// Whether the pattern has no time of day, so that [`Fixed::date`] sees all of it.
    pub(super) fn is_date(&self) -> bool {
        self.hour.or(self.minute).or(self.second).is_none()
    }

    /// Reads the date of a pattern without a time: what [`Fixed::parts`] gives, by a third faster.
    #[inline]
    pub(super) fn date(&self, cell: &[u8]) -> Option<Date> {
        if !self.fits(cell) {
            return None;
        }
        let (year, month, day) = self.calendar(cell)?;
        Date::new(year?, month, day)
    }

    /// Matches the whole cell.
    #[inline]
    pub(super) fn parts(&self, cell: &[u8]) -> Option<Parts> {
        if !self.fits(cell) {
            return None;
        }
        let (year, month, day) = self.calendar(cell)?;
        Some(Parts {
            year,
            month,
            day,
            hour: pair_or(cell, self.hour, 0)?,
            minute: pair_or(cell, self.minute, 0)?,
            second: pair_or(cell, self.second, 0)?,
            ..Parts::new()
        })
    }

    /// Whether length and literal text are the pattern's.
    #[inline]
    fn fits(&self, cell: &[u8]) -> bool {
        cell.len() == self.length
            && self.literals.iter().all(|&(at, byte)| cell.get(at) == Some(&byte))
    }

    /// Year, month and day; `None` where they are not in figures, or the month has no such name.
    #[inline]
    fn calendar(&self, cell: &[u8]) -> Option<(Option<i32>, u8, u8)> {
        let year = match self.year {
            Some(at) => {
                Some(i32::from(pair_at(cell, at)?) * 100 + i32::from(pair_at(cell, at + 2)?))
            }
            None => None,
        };
        let month = match self.month_name {
            Some(at) => month_number(*cell.get(at..)?.first_chunk::<3>()?)?,
            None => pair_or(cell, self.month, 1)?,
        };
        Some((year, month, pair_or(cell, self.day, 1)?))
    }
}

#[inline]
fn pair_at(cell: &[u8], at: usize) -> Option<u8> {
    let digits = cell.get(at..)?.first_chunk::<2>()?;
    pair(digits[0], digits[1])
}

/// The two digits at the place, or the default where the pattern has no such part.
#[inline]
fn pair_or(cell: &[u8], place: Option<usize>, default: u8) -> Option<u8> {
    place.map_or(Some(default), |at| pair_at(cell, at))
}

/// The month of an English name's first three letters in any case.
fn month_number(letters: [u8; 3]) -> Option<u8> {
    Some(match &letters.map(|letter| letter.to_ascii_lowercase()) {
        b"jan" => 1,
        b"feb" => 2,
        b"mar" => 3,
        b"apr" => 4,
        b"may" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" => 8,
        b"sep" => 9,
        b"oct" => 10,
        b"nov" => 11,
        b"dec" => 12,
        _ => return None,
    })
}
