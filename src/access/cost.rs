//! What each way costs, and from how many requests on it costs more than another.
//!
//! A price a year, quarter or month is paid for each one begun, for the years that are planned or
//! for the minimum term, whichever is longer. A price once is paid once. A price an access is paid
//! for each request of a year beyond those included.

use crate::access::money::Pence;
use crate::access::prices::{Per, Price};
use crate::error::{Error, ErrorKind, Result};

/// For how long access is wanted, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Years; at least 1.
    pub years: u64,
    /// Requests in each year.
    pub requests_per_year: u64,
}

/// What a way costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Paid once.
    pub once: Pence,
    /// Paid in a year: the prices of a year, quarter and month, and the requests beyond those
    /// included.
    pub per_year: Pence,
    /// Paid in all.
    pub total: Pence,
    /// Accesses in a year that are included.
    pub included: u64,
    /// Requests in a year beyond those included for which there is no price. Where it is not 0, the
    /// cost is more than what is stated.
    pub unpriced: u64,
    /// The minimum term in months, where it is longer than what is planned and has to be paid.
    pub minimum_months: Option<u64>,
}

/// From how many requests a year on one way costs more than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakEven {
    /// From this number on, and not with one fewer. 0: it costs more whatever the number.
    From(u64),
    /// Whatever the number, it never costs more.
    Never,
    /// A price that would be needed is not in the sheet.
    Unknown,
}

/// The cost of a way by its prices; `None` where it has none.
///
/// # Errors
/// Of kind `Limit`: more money than can be counted.
pub fn cost(prices: &[&Price], wanted: Wanted) -> Result<Option<Cost>> {
    if prices.is_empty() {
        return Ok(None);
    }
    let Some(line) = Line::of(prices, wanted.years) else { return Err(too_much()) };
    let beyond = wanted.requests_per_year.saturating_sub(line.included);
    let has_price = line.has_access_price || line.included == 0;
    let add = || {
        let requests = line.access.times(beyond)?;
        let per_year = line.recurring.plus(requests)?;
        let total = line.fixed.plus(requests.times(wanted.years)?)?;
        Some((per_year, total))
    };
    let (per_year, total) = add().ok_or_else(too_much)?;
    let planned = wanted.years.saturating_mul(12);
    let minimum = prices.iter().filter(|price| is_recurring(price.per));
    let minimum = minimum.map(|price| price.minimum_months).max();
    Ok(Some(Cost {
        once: line.once,
        per_year,
        total,
        included: line.included,
        unpriced: if has_price { 0 } else { beyond },
        minimum_months: minimum.filter(|months| *months > planned),
    }))
}

/// The number of requests a year from which on `this` way costs more than `other` in all.
pub fn break_even(this: &[&Price], other: &[&Price], years: u64) -> BreakEven {
    if this.is_empty() || other.is_empty() {
        return BreakEven::Unknown;
    }
    let (Some(this), Some(other)) = (Line::of(this, years), Line::of(other, years)) else {
        return BreakEven::Unknown;
    };
    let is_known = |line: &Line| line.has_access_price || line.included == 0;
    if !is_known(&this) || !is_known(&other) {
        return BreakEven::Unknown;
    }
    // The difference in cost is made of straight pieces that begin at 0 and where the included
    // accesses of one of the two are used up.
    let years = i128::from(years);
    let rate = |line: &Line, requests: u64| match requests >= line.included {
        true => i128::from(line.access.get()) * years,
        false => 0,
    };
    let total = |line: &Line, requests: u64| {
        let beyond = i128::from(requests.saturating_sub(line.included));
        i128::from(line.fixed.get()) + i128::from(line.access.get()) * years * beyond
    };
    let mut starts = [0, this.included, other.included];
    starts.sort_unstable();
    for (at, start) in starts.iter().enumerate() {
        let more = total(&this, *start) - total(&other, *start);
        if more > 0 {
            return BreakEven::From(*start);
        }
        let slope = rate(&this, *start) - rate(&other, *start);
        if slope > 0 {
            let further = u64::try_from(-more / slope + 1).unwrap_or(u64::MAX);
            let found = start.saturating_add(further);
            if starts.get(at + 1).is_none_or(|end| found <= *end) {
                return BreakEven::From(found);
            }
        }
    }
    BreakEven::Never
}

/// The cost of a way as it depends on the requests.
struct Line {
    once: Pence,
    /// Paid in a year whatever the requests.
    recurring: Pence,
    /// Paid in all whatever the requests.
    fixed: Pence,
    /// For each request beyond those included.
    access: Pence,
    has_access_price: bool,
    included: u64,
}

impl Line {
    /// `None`: more than can be counted.
    fn of(prices: &[&Price], years: u64) -> Option<Self> {
        let mut line = Self {
            once: Pence::default(),
            recurring: Pence::default(),
            fixed: Pence::default(),
            access: Pence::default(),
            has_access_price: false,
            included: prices.iter().map(|price| price.included).max().unwrap_or(0),
        };
        for price in prices {
            let months = years.checked_mul(12)?.max(price.minimum_months);
            let (in_a_year, in_all) = match price.per {
                Per::Year => (1, months.div_ceil(12)),
                Per::Quarter => (4, months.div_ceil(3)),
                Per::Month => (12, months),
                Per::Once => {
                    line.once = line.once.plus(price.amount)?;
                    (0, 1)
                }
                Per::Access => {
                    line.access = line.access.plus(price.amount)?;
                    line.has_access_price = true;
                    (0, 0)
                }
            };
            line.recurring = line.recurring.plus(price.amount.times(in_a_year)?)?;
            line.fixed = line.fixed.plus(price.amount.times(in_all)?)?;
        }
        Some(line)
    }
}

fn is_recurring(per: Per) -> bool {
    matches!(per, Per::Year | Per::Quarter | Per::Month)
}

fn too_much() -> Error {
    Error::new(ErrorKind::Limit, "the cost is more than can be counted")
        .with_hint("check the prices, the years and the number of requests")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::prices::Way;
    use proptest::prelude::*;

    fn price(per: Per, pounds: u64, included: u64, minimum_months: u64) -> Price {
        Price {
            supplier: "A".into(),
            service: String::new(),
            way: Way::Retrieval,
            amount: Pence::new(pounds * 100),
            per,
            minimum_months,
            included,
            notes: String::new(),
            sheet: String::new(),
            row: 2,
        }
    }

    fn of(prices: &[Price], years: u64, requests_per_year: u64) -> Cost {
        let prices: Vec<&Price> = prices.iter().collect();
        cost(&prices, Wanted { years, requests_per_year }).unwrap().unwrap()
    }

    fn pounds(pounds: u64) -> Pence {
        Pence::new(pounds * 100)
    }

    #[test]
    fn no_price_is_no_cost() {
        assert_eq!(cost(&[], Wanted { years: 1, requests_per_year: 1 }).unwrap(), None);
    }

    #[test]
    fn each_unit_counts_as_it_says() {
        let found = of(
            &[
                price(Per::Once, 1_000, 0, 0),
                price(Per::Year, 100, 0, 0),
                price(Per::Quarter, 10, 0, 0),
                price(Per::Month, 1, 0, 0),
                price(Per::Access, 7, 2, 0),
            ],
            3,
            5,
        );
        assert_eq!(found.once, pounds(1_000));
        assert_eq!(found.per_year, pounds(100 + 40 + 12 + 21));
        assert_eq!(found.total, pounds(1_000 + 3 * 173));
        assert_eq!((found.included, found.unpriced, found.minimum_months), (2, 0, None));
    }

    #[test]
    fn included_accesses_cost_nothing() {
        let prices = [price(Per::Access, 250, 2, 0)];
        for (requests, total) in [(0, 0), (2, 0), (3, 250), (10, 2_000)] {
            assert_eq!(of(&prices, 1, requests).total, pounds(total), "{requests}");
        }
    }

    #[test]
    fn a_minimum_term_is_paid_to_its_end() {
        let total = |per, months, years| of(&[price(per, 10, 0, months)], years, 0).total;
        assert_eq!(total(Per::Month, 18, 1), pounds(180));
        assert_eq!(total(Per::Month, 18, 2), pounds(240));
        // A year or quarter that is begun is paid.
        assert_eq!(total(Per::Year, 18, 1), pounds(20));
        assert_eq!(total(Per::Quarter, 13, 1), pounds(50));
        // What is paid once or by request has none.
        assert_eq!(total(Per::Once, 60, 1), pounds(10));
        assert_eq!(of(&[price(Per::Month, 10, 0, 18)], 1, 0).minimum_months, Some(18));
        assert_eq!(of(&[price(Per::Month, 10, 0, 12)], 1, 0).minimum_months, None);
        assert_eq!(of(&[price(Per::Once, 10, 0, 60)], 1, 0).minimum_months, None);
    }

    #[test]
    fn requests_without_a_price_are_told() {
        let prices = [price(Per::Year, 500, 4, 0)];
        assert_eq!(of(&prices, 1, 4).unpriced, 0);
        assert_eq!(of(&prices, 1, 10).unpriced, 6);
        // A flat price that states no number includes all.
        assert_eq!(of(&[price(Per::Year, 500, 0, 0)], 1, 10).unpriced, 0);
    }

    #[test]
    fn more_than_can_be_counted_is_an_error() {
        let prices = [price(Per::Year, u64::MAX / 100, 0, 0)];
        let prices: Vec<&Price> = prices.iter().collect();
        let error = cost(&prices, Wanted { years: 100, requests_per_year: 0 }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(break_even(&prices, &prices, 100), BreakEven::Unknown);
    }

    #[test]
    fn the_break_even_is_the_first_number_that_costs_more() {
        let yearly = [price(Per::Year, 1_000, 0, 0)];
        let each = |pounds, included| [price(Per::Access, pounds, included, 0)];
        let even = |this: &[Price], other: &[Price]| {
            let (this, other): (Vec<&Price>, Vec<&Price>) =
                (this.iter().collect(), other.iter().collect());
            break_even(&this, &other, 5)
        };
        // 4 × 250 is as much as 1,000; the fifth costs more.
        assert_eq!(even(&each(250, 0), &yearly), BreakEven::From(5));
        assert_eq!(even(&each(250, 2), &yearly), BreakEven::From(7));
        assert_eq!(even(&each(300, 0), &yearly), BreakEven::From(4));
        assert_eq!(even(&each(0, 0), &yearly), BreakEven::Never);
        assert_eq!(even(&[price(Per::Year, 1_001, 0, 0)], &yearly), BreakEven::From(0));
        assert_eq!(even(&yearly, &yearly), BreakEven::Never);
        assert_eq!(even(&[price(Per::Year, 10, 4, 0)], &yearly), BreakEven::Unknown);
        assert_eq!(even(&[], &yearly), BreakEven::Unknown);
    }

    proptest! {
        /// Against counting upwards.
        #[test]
        fn the_break_even_is_what_counting_finds(
            fixed in (0_u64..60, 0_u64..60), each in (0_u64..9, 0_u64..9),
            included in (0_u64..20, 0_u64..20), years in 1_u64..6,
        ) {
            let this = [price(Per::Year, fixed.0, 0, 0), price(Per::Access, each.0, included.0, 0)];
            let other = [price(Per::Year, fixed.1, 0, 0), price(Per::Access, each.1, included.1, 0)];
            let more = |requests| {
                of(&this, years, requests).total > of(&other, years, requests).total
            };
            let counted = (0..200).find(|requests| more(*requests));
            let expected = counted.map_or(BreakEven::Never, BreakEven::From);
            let (this, other): (Vec<&Price>, Vec<&Price>) =
                (this.iter().collect(), other.iter().collect());
            prop_assert_eq!(break_even(&this, &other, years), expected);
        }
    }
}
