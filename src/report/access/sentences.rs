//! What the dates and costs mean, in sentences that all renderings share.

use crate::access::calendar::{LocalCost, RULE, Timeline, words};
use crate::access::cost::{BreakEven, Cost};
use crate::access::prices::{PassedOver, Per, Price, Way};
use crate::access::{Plan, PriceList};
use crate::finding::message::{counted, plain, thousands};

/// Cells of a price sheet are cut at this many characters.
const LONGEST_CELL: usize = 300;

/// What a package of ours is for, among the ways.
pub(super) const THIRD_WAY: &str = "This package serves the third way to the old audit trail, \
    retrieval on request, without the old system: as far as the extract holds the audit trail, \
    requests can be answered from it.";

/// What a plan says of packages.
pub(super) const PACKAGES: &str = "A package that handover makes of the extract serves the third way \
    without the previous supplier, as far as the extract holds the audit trail.";

/// Text of a price sheet on one line.
pub(super) fn cell(text: &str) -> String {
    plain(text, LONGEST_CELL)
}

/// The dates that a package's facts give, for pages: labels with what there is to say, and what else
/// must be said.
pub fn timeline(timeline: &Timeline) -> (Vec<(&'static str, String)>, [&'static str; 2]) {
    (dates(timeline), [THIRD_WAY, RULE])
}

/// The dates: a label and what there is to say.
pub(super) fn dates(timeline: &Timeline) -> Vec<(&'static str, String)> {
    let facts = &timeline.facts;
    let months = |number: u32| counted(number.into(), "month", "months");
    let mut lines = vec![
        ("Go-live", words(facts.go_live)),
        (
            "Funded until",
            format!(
                "{}, the last day of the {} of bedding-in that are funded centrally",
                words(timeline.funded_until),
                months(facts.terms.bedding_in_months)
            ),
        ),
        (
            "Last day for notice",
            match timeline.last_notice_day {
                Some(day) => format!(
                    "{}; notice given by then ({}, not counted before go-live) avoids a local cost",
                    words(day),
                    months(facts.terms.notice_months)
                ),
                None => format!(
                    "none; {} of notice from go-live end after the funded period",
                    months(facts.terms.notice_months)
                ),
            },
        ),
        ("Notice given", notice(timeline)),
    ];
    if let Some(day) = facts.extended_to {
        let meaning = if timeline.notice_ends.is_none() {
            "; no notice is recorded that it could extend"
        } else if timeline.extension_counts() {
            ""
        } else {
            "; the notice itself ends no earlier, so this changes nothing"
        };
        lines.push(("Notice extended to", format!("{}{meaning}", words(day))));
    }
    lines.push(("What applies", applies(timeline)));
    lines
}

fn notice(timeline: &Timeline) -> String {
    let Some((given, ends)) = timeline.facts.notice_given.zip(timeline.notice_ends) else {
        return "none is recorded".into();
    };
    let counted = match given < timeline.facts.go_live {
        true => ", before go-live, so it runs from go-live",
        false => "",
    };
    format!("{}{counted}; it ends on {}", words(given), words(ends))
}

/// What has to be paid locally.
pub(super) fn applies(timeline: &Timeline) -> String {
    const PRICE: &str = "What a day costs stands in the contract.";
    match timeline.local_cost {
        LocalCost::None if timeline.service_ends < Some(timeline.funded_until) => {
            "No local cost: the service ends before the funded period does.".into()
        }
        LocalCost::None => "No local cost: the service ends with the funded period.".into(),
        LocalCost::Open { from } => {
            let given = match timeline.last_notice_day {
                Some(day) => {
                    format!("If notice was given by {}, there is no local cost. If not", words(day))
                }
                None => "Whenever notice is given".into(),
            };
            format!(
                "{given}, the old service is paid locally from {} until a notice of {} has run. {PRICE}",
                words(from),
                counted(timeline.facts.terms.notice_months.into(), "month", "months")
            )
        }
        LocalCost::Days { from, to, days } => {
            let why = match (timeline.is_late(), timeline.extension_counts()) {
                (true, true) => "The notice came too late, and was extended",
                (true, false) => "The notice ends after the funded period",
                (false, _) => "The notice was extended beyond the funded period",
            };
            format!(
                "{why}: the old service is paid locally from {} to {} ({}). {PRICE}",
                words(from),
                words(to),
                counted(days, "day", "days")
            )
        }
    }
}

/// What the costs are for: "5 years from 3 June 2026 on, with 4 requests a year".
pub(super) fn scope(plan: &Plan<'_>) -> String {
    let from = plan.timeline.funded_until.tomorrow().unwrap_or(plan.timeline.funded_until);
    format!(
        "{} from {} on, with {} a year",
        counted(plan.wanted.years, "year", "years"),
        words(from),
        counted(plan.wanted.requests_per_year, "request", "requests")
    )
}

/// From when on retrieval costs more than another way.
pub(super) fn break_even(way: Way, found: BreakEven) -> String {
    let other = way.title().to_lowercase();
    match found {
        BreakEven::From(0) => {
            format!("Retrieval costs more than {other} whatever the number of requests.")
        }
        BreakEven::From(number) => format!(
            "Retrieval costs more than {other} from {} a year on; with {} it does not.",
            counted(number, "request", "requests"),
            thousands(number - 1)
        ),
        BreakEven::Never => {
            format!("Retrieval never costs more than {other}, whatever the number of requests.")
        }
        BreakEven::Unknown => format!(
            "The break-even of retrieval with {other} is not known: the sheet lacks a price for it."
        ),
    }
}

/// What else there is to say of a cost.
pub(super) fn remarks(cost: &Cost) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(months) = cost.minimum_months {
        remarks.push(format!(
            "the minimum term of {} is paid to its end",
            counted(months, "month", "months")
        ));
    }
    if cost.unpriced > 0 {
        remarks.push(format!(
            "the sheet has no price for {} a year beyond the {} included: the cost is higher",
            counted(cost.unpriced, "request", "requests"),
            thousands(cost.included)
        ));
    }
    remarks
}

/// A price with its unit: "£250.00 an access beyond 2 a year".
pub(super) fn price(price: &Price) -> String {
    let mut text = format!("{} {}", price.amount, price.per.phrase());
    match (price.included, price.per) {
        (0, _) => {}
        (number, Per::Access) => text.push_str(&format!(" beyond {} a year", thousands(number))),
        (number, _) => {
            text.push_str(&format!(", with {} a year", counted(number, "access", "accesses")))
        }
    }
    if price.minimum_months > 0 {
        text.push_str(&format!(
            ", for {} at least",
            counted(price.minimum_months, "month", "months")
        ));
    }
    text
}

/// Where a price stands.
pub(super) fn place(sheet: &str, row: u32) -> String {
    format!("sheet {}, row {row}", cell(sheet))
}

/// What was taken for granted and what was left out, in sentences.
pub(super) fn caveats(list: &PriceList) -> Vec<String> {
    let mut lines = vec![
        "Prices are as the sheet states them; whether they hold value added tax the sheet must say."
            .to_owned(),
    ];
    lines.extend(list.assumed.iter().cloned());
    lines.extend(list.passed_over.iter().map(|PassedOver { sheet, row, reason }| {
        format!("Passed over: {}: {}.", place(sheet, *row), reason)
    }));
    lines
}
