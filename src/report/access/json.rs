//! The plan for programs. Amounts are whole pence, dates are as ISO 8601 writes them.

use super::sentences;
use crate::access::calendar::{LocalCost, RULE, Timeline};
use crate::access::cost::BreakEven;
use crate::access::{Plan, SupplierPlan, WayPlan};
use crate::report::Tool;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format: &'static str,
    tool: ToolView<'a>,
    timeline: serde_json::Value,
    years: u64,
    requests_per_year: u64,
    currency: &'static str,
    unit: &'static str,
    prices: PricesView<'a>,
    suppliers: Vec<SupplierView<'a>>,
}

#[derive(Serialize)]
struct ToolView<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TimelineView {
    go_live: String,
    bedding_in_months: u32,
    notice_months: u32,
    notice_given: Option<String>,
    extended_to: Option<String>,
    funded_until: String,
    last_notice_day: Option<String>,
    notice_ends: Option<String>,
    service_ends: Option<String>,
    local_cost: LocalCostView,
    applies: String,
    rule: &'static str,
}

#[derive(Serialize)]
struct LocalCostView {
    /// `none`, `days` or `open`.
    state: &'static str,
    from: Option<String>,
    to: Option<String>,
    days: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PricesView<'a> {
    file: &'a str,
    assumed: &'a [String],
    passed_over: Vec<PassedOverView<'a>>,
}

#[derive(Serialize)]
struct PassedOverView<'a> {
    sheet: &'a str,
    row: u32,
    reason: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SupplierView<'a> {
    name: &'a str,
    cheapest: Option<&'static str>,
    ways: Vec<WayView<'a>>,
    break_even: Vec<BreakEvenView>,
}

#[derive(Serialize)]
struct WayView<'a> {
    way: &'static str,
    cost: Option<CostView>,
    prices: Vec<PriceView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CostView {
    once: u64,
    per_year: u64,
    total: u64,
    included_accesses: u64,
    unpriced_requests: u64,
    minimum_months: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PriceView<'a> {
    service: &'a str,
    pence: u64,
    per: &'static str,
    minimum_months: u64,
    included_accesses: u64,
    notes: &'a str,
    sheet: &'a str,
    row: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BreakEvenView {
    way: &'static str,
    /// `from`, `never` or `unknown`.
    state: &'static str,
    requests_per_year: Option<u64>,
}

/// The dates as a JSON object, for the reports on a package too.
pub fn timeline(timeline: &Timeline) -> serde_json::Value {
    let facts = &timeline.facts;
    let (state, from, to, days) = match timeline.local_cost {
        LocalCost::None => ("none", None, None, None),
        LocalCost::Days { from, to, days } => ("days", Some(from), Some(to), Some(days)),
        LocalCost::Open { from } => ("open", Some(from), None, None),
    };
    let text = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    let view = TimelineView {
        go_live: facts.go_live.to_string(),
        bedding_in_months: facts.terms.bedding_in_months,
        notice_months: facts.terms.notice_months,
        notice_given: text(facts.notice_given),
        extended_to: text(facts.extended_to),
        funded_until: timeline.funded_until.to_string(),
        last_notice_day: text(timeline.last_notice_day),
        notice_ends: text(timeline.notice_ends),
        service_ends: text(timeline.service_ends),
        local_cost: LocalCostView { state, from: text(from), to: text(to), days },
        applies: sentences::applies(timeline),
        rule: RULE,
    };
    serde_json::to_value(view).unwrap_or_default()
}

/// Writes the plan as JSON, indented, with a line end.
///
/// # Errors
/// Those of `out`.
pub fn write(plan: &Plan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tool = Tool::default();
    let document = Document {
        format: "handover-access-plan/1",
        tool: ToolView { name: &tool.name, version: &tool.version },
        timeline: timeline(&plan.timeline),
        years: plan.wanted.years,
        requests_per_year: plan.wanted.requests_per_year,
        currency: "GBP",
        unit: "pence",
        prices: PricesView {
            file: &plan.prices.file,
            assumed: &plan.prices.assumed,
            passed_over: plan
                .prices
                .passed_over
                .iter()
                .map(|row| PassedOverView { sheet: &row.sheet, row: row.row, reason: &row.reason })
                .collect(),
        },
        suppliers: plan.suppliers.iter().map(supplier).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn supplier<'a>(plan: &'a SupplierPlan<'_>) -> SupplierView<'a> {
    SupplierView {
        name: plan.supplier,
        cheapest: plan.cheapest.map(|way| way.name()),
        ways: plan.ways.iter().map(way).collect(),
        break_even: plan
            .break_even
            .iter()
            .map(|(way, found)| {
                let (state, requests_per_year) = match found {
                    BreakEven::From(number) => ("from", Some(*number)),
                    BreakEven::Never => ("never", None),
                    BreakEven::Unknown => ("unknown", None),
                };
                BreakEvenView { way: way.name(), state, requests_per_year }
            })
            .collect(),
    }
}

fn way<'a>(plan: &'a WayPlan<'_>) -> WayView<'a> {
    WayView {
        way: plan.way.name(),
        cost: plan.cost.map(|cost| CostView {
            once: cost.once.get(),
            per_year: cost.per_year.get(),
            total: cost.total.get(),
            included_accesses: cost.included,
            unpriced_requests: cost.unpriced,
            minimum_months: cost.minimum_months,
        }),
        prices: plan
            .prices
            .iter()
            .map(|price| PriceView {
                service: &price.service,
                pence: price.amount.get(),
                per: price.per.name(),
                minimum_months: price.minimum_months,
                included_accesses: price.included,
                notes: &price.notes,
                sheet: &price.sheet,
                row: price.row,
            })
            .collect(),
    }
}
