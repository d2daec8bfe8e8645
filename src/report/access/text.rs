//! The plan for a terminal.

use super::sentences;
use crate::access::calendar::{RULE, Timeline};
use crate::access::{Plan, Way};
use crate::report::text::{Style, wrap};
use std::io::{self, Write};

/// Passed-over rows and the like that are listed.
const MOST_CAVEATS: usize = 12;

/// The dates that a package's facts give, for `verify` and `show`: lines of at most `width`
/// characters, with a heading and without colour.
pub fn timeline(timeline: &Timeline, width: usize) -> Vec<String> {
    let mut lines = vec!["After go-live".to_owned()];
    lines.extend(dates(timeline, width));
    lines.extend(wrap(sentences::THIRD_WAY, "  ", "  ", width));
    lines.extend(wrap(RULE, "  ", "  ", width));
    lines
}

fn dates(timeline: &Timeline, width: usize) -> Vec<String> {
    let next = " ".repeat(23);
    let lines = sentences::dates(timeline);
    let wrapped =
        lines.iter().flat_map(|(label, text)| wrap(text, &format!("  {label:<21}"), &next, width));
    wrapped.collect()
}

/// Writes the plan.
///
/// # Errors
/// Those of `out`.
pub fn write(plan: &Plan<'_>, out: &mut dyn Write, style: Style) -> io::Result<()> {
    let width = style.width.max(60);
    let heading = |text: &str| match style.color {
        true => format!("\u{1b}[1m{text}\u{1b}[0m"),
        false => text.to_owned(),
    };
    writeln!(out, "{}", heading("Access to the old audit trail after go-live"))?;
    writeln!(out)?;
    for line in dates(&plan.timeline, width) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    let costs = format!("Costs of {}, by {}", sentences::scope(plan), plan.prices.file);
    for line in wrap(&costs, "", "", width) {
        writeln!(out, "{}", heading(&line))?;
    }
    for supplier in &plan.suppliers {
        writeln!(out)?;
        let name = sentences::cell(supplier.supplier);
        writeln!(
            out,
            "{}",
            heading(&format!("{name:<24}{:>14}{:>14}{:>16}", "a year", "once", "in all"))
        )?;
        for way in &supplier.ways {
            let title = format!("  {:<22}", way.way.title());
            let Some(cost) = &way.cost else {
                writeln!(out, "{title}  the sheet has no price for it")?;
                continue;
            };
            let lowest = if supplier.cheapest == Some(way.way) { "  lowest" } else { "" };
            writeln!(
                out,
                "{title}{:>14}{:>14}{:>16}{lowest}",
                cost.per_year, cost.once, cost.total
            )?;
            for remark in sentences::remarks(cost) {
                lines(out, &remark, "    ", width)?;
            }
        }
        for (way, found) in &supplier.break_even {
            lines(out, &sentences::break_even(*way, *found), "  ", width)?;
        }
        writeln!(out, "  Prices:")?;
        for price in supplier.ways.iter().flat_map(|way| &way.prices) {
            let mut text = format!(
                "{}: {} ({})",
                price.way.title(),
                sentences::price(price),
                sentences::place(&price.sheet, price.row)
            );
            if !price.notes.is_empty() {
                text.push_str(&format!(". Note: {}", sentences::cell(&price.notes)));
            }
            for line in wrap(&text, "    ", "      ", width) {
                writeln!(out, "{line}")?;
            }
        }
    }
    writeln!(out)?;
    for way in Way::ALL {
        lines(out, &format!("{}: {}", way.title(), way.meaning()), "", width)?;
    }
    lines(out, sentences::PACKAGES, "", width)?;
    lines(out, RULE, "", width)?;
    let caveats = sentences::caveats(plan.prices);
    for caveat in caveats.iter().take(MOST_CAVEATS) {
        lines(out, caveat, "", width)?;
    }
    if let Some(more) = caveats.len().checked_sub(MOST_CAVEATS).filter(|more| *more > 0) {
        writeln!(out, "{more} more rows were passed over; the JSON form lists all.")?;
    }
    Ok(())
}

fn lines(out: &mut dyn Write, text: &str, indent: &str, width: usize) -> io::Result<()> {
    for line in wrap(text, indent, indent, width) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
