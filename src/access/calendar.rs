//! The dates after Business Go Live, and what the days between them mean.
//!
//! **The rule of months**: a period of months after a day ends with the day of the same number in
//! the month it reaches; where that month is too short, with its last day. So three months after 30
//! November end with 28 February, or 29 February in a leap year. This is the corresponding date
//! rule of English law (Dodds v Walker, 1981, 1 WLR 1027). The day on which a period ends belongs
//! to it.

use crate::error::{Error, ErrorKind, Result};
use jiff::Span;
use jiff::civil::Date;

/// The rule by which months are counted, for readers.
pub const RULE: &str = "A period of months ends with the day of the same number in the month it \
    reaches, or with that month's last day where the month is too short: three months after 30 \
    November end with 28 or 29 February. The day on which a period ends belongs to it.";

/// The most months that a period may have: a hundred years.
pub const MOST_MONTHS: u32 = 1200;

/// Periods that the contract sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Months after go-live for which the previous system is funded centrally; 3 unless changed.
    pub bedding_in_months: u32,
    /// Months of notice that the previous supplier is due; 3 unless changed.
    pub notice_months: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { bedding_in_months: 3, notice_months: 3 }
    }
}

/// What is known of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Business Go Live on the new system.
    pub go_live: Date,
    /// The day on which the previous supplier was given notice.
    pub notice_given: Option<Date>,
    /// The last day to which the notice was extended.
    pub extended_to: Option<Date>,
    /// The contract's periods.
    pub terms: Terms,
}

/// What local cost arises for the previous system after the funded period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalCost {
    /// None: the service ends with the funded period, or before it.
    None,
    /// For the days from one to another, both included.
    Days {
        /// The first day at local cost.
        from: Date,
        /// The last day at local cost.
        to: Date,
        /// Their number.
        days: u64,
    },
    /// From a day on without end, since no notice is known.
    Open {
        /// The first day at local cost.
        from: Date,
    },
}

/// The dates that follow from the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    /// What they follow from.
    pub facts: Facts,
    /// The last day of the centrally funded bedding-in period.
    pub funded_until: Date,
    /// The last day on which notice avoids a local cost. `None`: the notice is longer than the
    /// funded period, so no day does.
    pub last_notice_day: Option<Date>,
    /// The day with which the notice that was given ends, its extension aside.
    pub notice_ends: Option<Date>,
    /// The last day of the previous service, the extension included; `None` without notice.
    pub service_ends: Option<Date>,
    /// What has to be paid locally.
    pub local_cost: LocalCost,
}

impl Timeline {
    /// Works out the dates. A notice runs from the day on which it is given, but not before
    /// go-live.
    ///
    /// # Errors
    /// Of kind `Usage`: the extension ends before go-live, a period is longer than
    /// [`MOST_MONTHS`], or a date lies beyond the calendar.
    pub fn of(facts: Facts) -> Result<Self> {
        if let Some(extended_to) = facts.extended_to.filter(|day| *day < facts.go_live) {
            let message =
                format!("the extension ends on {extended_to}, before go-live on {}", facts.go_live);
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("an extension keeps the previous system for longer after go-live"));
        }
        let Terms { bedding_in_months, notice_months } = facts.terms;
        let funded_until = after(facts.go_live, bedding_in_months)?;
        let end_of_notice = |given: Date| after(given.max(facts.go_live), notice_months);
        let notice_ends = facts.notice_given.map(end_of_notice).transpose()?;
        let service_ends =
            notice_ends.map(|ends| facts.extended_to.map_or(ends, |day| day.max(ends)));
        let from = next(funded_until)?;
        let local_cost = match service_ends {
            None => LocalCost::Open { from },
            Some(to) if to <= funded_until => LocalCost::None,
            Some(to) => LocalCost::Days { from, to, days: days(funded_until, to) },
        };
        Ok(Self {
            facts,
            funded_until,
            last_notice_day: last_day(facts.go_live, notice_months, funded_until)?,
            notice_ends,
            service_ends,
            local_cost,
        })
    }

    /// Whether the notice came too late to avoid a local cost; false where none was given.
    pub fn is_late(&self) -> bool {
        self.notice_ends.is_some_and(|ends| ends > self.funded_until)
    }

    /// Whether the extension makes the service end later than the notice alone would.
    pub fn extension_counts(&self) -> bool {
        self.facts.extended_to.zip(self.notice_ends).is_some_and(|(to, ends)| to > ends)
    }
}

/// The last day, from `first` on, whose period of months ends not after `end`.
fn last_day(first: Date, months: u32, end: Date) -> Result<Option<Date>> {
    if after(first, months)? > end {
        return Ok(None);
    }
    // The day of the same number is the answer or, where months differ in length, up to three days
    // before it: 28, 29 and 30 November all reach 28 February.
    let mut day = end.checked_sub(span(months)?).map_err(|_| beyond())?.max(first);
    while after(next(day)?, months)? <= end {
        day = next(day)?;
    }
    Ok(Some(day))
}

/// The day with which a period of months after `day` ends, by the [`RULE`].
///
/// # Errors
/// Of kind `Usage`: more than [`MOST_MONTHS`], or beyond the calendar.
pub fn after(day: Date, months: u32) -> Result<Date> {
    day.checked_add(span(months)?).map_err(|_| beyond())
}

fn span(months: u32) -> Result<Span> {
    if months > MOST_MONTHS {
        let message = format!("{months} months are more than the {MOST_MONTHS} that are counted");
        return Err(Error::new(ErrorKind::Usage, message));
    }
    Span::new().try_months(months).map_err(|_| beyond())
}

fn next(day: Date) -> Result<Date> {
    day.tomorrow().map_err(|_| beyond())
}

/// Days from one date to a later one.
fn days(from: Date, to: Date) -> u64 {
    u64::try_from(from.duration_until(to).as_hours() / 24).unwrap_or(0)
}

fn beyond() -> Error {
    Error::new(ErrorKind::Usage, "the dates lie beyond the calendar")
        .with_hint("check the year of each date")
}

/// Reads a date as ISO 8601 writes it: `2026-03-02`.
pub fn parse(text: &str) -> Option<Date> {
    let is_form = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_form.then(|| text.parse().ok()).flatten()
}

/// A date as people write it: `2 March 2026`.
pub fn words(day: Date) -> String {
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
    let month =
        usize::try_from(day.month()).ok().and_then(|number| MONTHS.get(number.wrapping_sub(1)));
    format!("{} {} {}", day.day(), month.copied().unwrap_or_default(), day.year())
}

#[cfg(test)]
mod tests;
