//! Which years of a table are odd: those that cannot be, and those with far more rows than their
//! neighbours, which are often what a program writes where it knows no date.

use super::Report;
use crate::check::{Dates, Outcome};
use std::collections::BTreeMap;

/// What is odd about a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nobody who could be a patient lived then.
    TooEarly,
    /// It has not come yet.
    Future,
    /// It has far more rows than the years beside it.
    Spike,
}

impl Mark {
    /// The words for it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::TooEarly => "impossible: too early",
            Self::Future => "impossible: in the future",
            Self::Spike => "spike",
        }
    }
}

/// No record of a living system is older.
const FIRST_YEAR: i32 = 1860;

/// Where the year of the check is not known, years after this one are in the future.
const LAST_YEAR: i32 = 2100;

/// How many times the rows of both neighbours make a spike, and how many rows at least.
const SPIKE: u64 = 5;
const LEAST: u64 = 20;

/// The year in which the check ran, where the report says so.
pub(super) fn this_year(report: &Report<'_>) -> Option<i32> {
    report.run.as_ref()?.started.get(..4)?.parse().ok()
}

/// What is odd about a year of these rows.
pub(super) fn mark(years: &BTreeMap<i32, u64>, year: i32, this_year: Option<i32>) -> Option<Mark> {
    if year < FIRST_YEAR {
        return Some(Mark::TooEarly);
    }
    if year > this_year.unwrap_or(LAST_YEAR) {
        return Some(Mark::Future);
    }
    let rows = |year: Option<i32>| year.and_then(|year| years.get(&year)).copied().unwrap_or(0);
    let beside = rows(year.checked_sub(1)).max(rows(year.checked_add(1)));
    let own = rows(Some(year));
    // One lonely year says nothing of its neighbours.
    let is_spike = years.len() > 2 && own >= LEAST && own > beside.saturating_mul(SPIKE);
    is_spike.then_some(Mark::Spike)
}

/// The years of a table that are odd, with their rows.
pub(super) fn odd(dates: &Dates, this_year: Option<i32>) -> Vec<(i32, u64, Mark)> {
    let of =
        |(&year, &rows): (&i32, &u64)| Some((year, rows, mark(&dates.years, year, this_year)?));
    dates.years.iter().filter_map(of).collect()
}

/// Rows of the audit trail and of all other dated tables, by year; `None` where there is no audit
/// trail with dates.
pub(super) fn against_audit(outcome: &Outcome) -> Option<BTreeMap<i32, (u64, u64)>> {
    let audit = outcome.categories.iter().find(|category| category.name == "audit trail")?;
    let mut years: BTreeMap<i32, (u64, u64)> = BTreeMap::new();
    let mut has_audit = false;
    for profile in &outcome.profile {
        let Some(dates) = &profile.dates else { continue };
        let is_audit = audit.tasks.contains(&profile.task);
        // A row for each patient is the list of patients: its dates are of birth or registration.
        if !is_audit && profile.patients == Some(profile.rows) {
            continue;
        }
        has_audit |= is_audit;
        for (year, rows) in &dates.years {
            let (others, entries) = years.entry(*year).or_default();
            let sum = if is_audit { entries } else { others };
            *sum = sum.saturating_add(*rows);
        }
    }
    has_audit.then_some(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_years_are_marked() {
        let years: BTreeMap<i32, u64> = [
            (1066, 3),
            (1899, 2),
            (1900, 700),
            (1901, 3),
            (1980, 10),
            (2001, 400),
            (2002, 500),
            (2031, 1),
        ]
        .into();
        let dates = Dates { field: "d".into(), years, undated: 0 };
        let found: Vec<(i32, Mark)> =
            odd(&dates, Some(2026)).into_iter().map(|(year, _, mark)| (year, mark)).collect();
        assert_eq!(found, [(1066, Mark::TooEarly), (1900, Mark::Spike), (2031, Mark::Future)]);
        assert_eq!(mark(&dates.years, 2031, None), None);
        assert_eq!(mark(&[(2001, 5_000)].into(), 2001, None), None);
    }
}
