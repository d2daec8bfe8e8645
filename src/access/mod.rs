//! After go-live: until when the old system is funded, which ways lead to its audit trail, and what
//! they cost.
//!
//! The audit trail is not migrated. It can be reached by keeping the old system with full support,
//! by keeping it with reduced support, or by requests to its supplier, in descending order of cost.
//! [`Timeline`] works out the dates, [`PriceList`] reads what suppliers ask, and [`plan`] puts both
//! together. docs/access-plan.md states every rule.

pub mod calendar;
pub mod cost;
mod facts;
pub mod money;
pub mod prices;
mod sheet;

pub use calendar::{Facts, Terms, Timeline};
pub use cost::{BreakEven, Cost, Wanted};
pub use facts::{LABELS, check as check_info, stated, timeline};
pub use prices::{Price, PriceList, Way};

use crate::error::Result;

/// Dates and costs for one practice.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The dates.
    pub timeline: Timeline,
    /// For how long and how often access is wanted.
    pub wanted: Wanted,
    /// The prices it rests on.
    pub prices: &'a PriceList,
    /// One for each supplier that was asked for.
    pub suppliers: Vec<SupplierPlan<'a>>,
}

/// What one supplier's ways cost.
#[derive(Debug, Clone)]
pub struct SupplierPlan<'a> {
    /// The supplier, as the sheet first writes it.
    pub supplier: &'a str,
    /// The ways, in the guidance's order.
    pub ways: Vec<WayPlan<'a>>,
    /// The way with the lowest total of those whose cost is known whole; of several the one that
    /// comes first.
    pub cheapest: Option<Way>,
    /// For full and for reduced support: from how many requests a year on retrieval costs more.
    pub break_even: Vec<(Way, BreakEven)>,
}

/// What one way costs.
#[derive(Debug, Clone)]
pub struct WayPlan<'a> {
    /// The way.
    pub way: Way,
    /// The prices it has in the sheet.
    pub prices: Vec<&'a Price>,
    /// What it costs; `None`: the sheet has no price for it.
    pub cost: Option<Cost>,
}

/// Works out what each way costs: for one supplier, or for all that the sheet has.
///
/// # Errors
/// The sheet does not have the supplier, or a cost is more than can be counted.
pub fn plan<'a>(
    timeline: Timeline,
    prices: &'a PriceList,
    supplier: Option<&str>,
    wanted: Wanted,
) -> Result<Plan<'a>> {
    let suppliers = match supplier {
        Some(name) => vec![prices.supplier(name)?],
        None => prices.suppliers(),
    };
    let suppliers: Result<Vec<_>> =
        suppliers.into_iter().map(|supplier| of_supplier(prices, supplier, wanted)).collect();
    Ok(Plan { timeline, wanted, prices, suppliers: suppliers? })
}

fn of_supplier<'a>(
    list: &'a PriceList,
    supplier: &'a str,
    wanted: Wanted,
) -> Result<SupplierPlan<'a>> {
    let mut ways = Vec::new();
    for way in Way::ALL {
        let prices = list.of(supplier, way);
        ways.push(WayPlan { way, cost: cost::cost(&prices, wanted)?, prices });
    }
    let known = ways.iter().filter_map(|way| way.cost.map(|cost| (way.way, cost)));
    let known = known.filter(|(_, cost)| cost.unpriced == 0);
    let retrieval = list.of(supplier, Way::Retrieval);
    let break_even = [Way::FullSupport, Way::ReducedSupport]
        .map(|way| (way, cost::break_even(&retrieval, &list.of(supplier, way), wanted.years)));
    Ok(SupplierPlan {
        supplier,
        cheapest: known.min_by_key(|(_, cost)| cost.total).map(|(way, _)| way),
        ways,
        break_even: break_even.to_vec(),
    })
}
