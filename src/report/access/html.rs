//! The plan as one page: to read, to print, to keep. It needs nothing from elsewhere and runs
//! nothing.

use super::sentences;
use crate::access::calendar::RULE;
use crate::access::{Plan, SupplierPlan, Way};
use crate::report::Tool;
use crate::report::html::markup::escaped;
use std::io::{self, Write};

const HEAD: &str = r##"<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Access to the old audit trail after go-live</title>
<style>
:root { color-scheme: light dark; --ink: #212b32; --paper: #fff; --line: #768692; --mark: #005eb8; --tint: #f0f4f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f4f5; --paper: #1a1f23; --line: #aeb7bd; --mark: #73b7ff; --tint: #2a3238; } }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; color: var(--ink); background: var(--paper); font: 1rem/1.5 Arial, Helvetica, sans-serif; }
h1, h2, h3 { line-height: 1.25; break-after: avoid; }
a { color: var(--mark); }
a:focus { outline: 3px solid var(--mark); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; display: inline-block; padding: .5rem; }
.wide { overflow-x: auto; }
.wide:focus { outline: 3px solid var(--mark); }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; padding: .25rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.lowest { background: var(--tint); }
tr.lowest th { border-left: 4px solid var(--mark); }
.applies { border-left: 4px solid var(--mark); padding: .5rem 1rem; background: var(--tint); }
footer { border-top: 1px solid var(--line); margin-top: 2rem; font-size: .875rem; }
@page { size: A4; margin: 15mm; }
@media print { :root { --ink: #000; --paper: #fff; --line: #555; --mark: #005eb8; --tint: #fff; } body { max-width: none; padding: 0; font-size: 10pt; } .skip { display: none; } .wide { overflow: visible; } section, tr { break-inside: avoid; } }
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the plan</a>
<main id="main">
<h1>Access to the old audit trail after go-live</h1>
"##;

/// Writes the plan as a page in HTML.
///
/// # Errors
/// Those of `out`.
pub fn write(plan: &Plan<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    writeln!(out, "<section aria-labelledby=\"dates\">\n<h2 id=\"dates\">Dates</h2>")?;
    writeln!(
        out,
        "<table>\n<caption>Dates that follow from go-live and notice</caption>\n<tbody>"
    )?;
    let dates = sentences::dates(&plan.timeline);
    for (label, text) in dates.iter().filter(|(label, _)| *label != "What applies") {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
            escaped(label),
            escaped(text)
        )?;
    }
    let applies = escaped(&sentences::applies(&plan.timeline));
    writeln!(
        out,
        "</tbody>\n</table>\n<p class=\"applies\"><strong>What applies:</strong> {applies}</p>"
    )?;
    writeln!(out, "<p>{}</p>\n</section>", escaped(RULE))?;

    writeln!(out, "<section aria-labelledby=\"ways\">\n<h2 id=\"ways\">The three ways</h2>\n<ol>")?;
    for way in Way::ALL {
        let (title, meaning) = (escaped(way.title()), escaped(way.meaning()));
        writeln!(out, "<li><strong>{title}</strong>: {meaning}</li>")?;
    }
    writeln!(out, "</ol>\n<p>{}</p>\n</section>", escaped(sentences::PACKAGES))?;

    writeln!(out, "<h2>Costs</h2>\n<p>Costs of {}.</p>", escaped(&sentences::scope(plan)))?;
    for (number, supplier) in plan.suppliers.iter().enumerate() {
        section(number, supplier, out)?;
    }
    writeln!(
        out,
        "<section aria-labelledby=\"rests\">\n<h2 id=\"rests\">What this rests on</h2>\n<ul>"
    )?;
    writeln!(out, "<li>Price sheet: {}</li>", escaped(&plan.prices.file))?;
    for caveat in sentences::caveats(plan.prices) {
        writeln!(out, "<li>{}</li>", escaped(&caveat))?;
    }
    let tool = Tool::default();
    writeln!(
        out,
        "</ul>\n</section>\n</main>\n<footer><p>Made by {} {}.</p></footer>\n</body>\n</html>",
        escaped(&tool.name),
        escaped(&tool.version)
    )
}

fn section(number: usize, supplier: &SupplierPlan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = escaped(&sentences::cell(supplier.supplier));
    writeln!(out, "<section aria-labelledby=\"s{number}\">\n<h3 id=\"s{number}\">{name}</h3>")?;
    writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-labelledby=\"c{number}\">\n<table>\n\
         <caption id=\"c{number}\">What each way costs with {name}</caption>\n<thead><tr>\
         <th scope=\"col\">Way</th><th scope=\"col\" class=\"number\">A year</th>\
         <th scope=\"col\" class=\"number\">Once</th><th scope=\"col\" class=\"number\">In all</th>\
         <th scope=\"col\">Remarks</th></tr></thead>\n<tbody>"
    )?;
    for way in &supplier.ways {
        let is_lowest = supplier.cheapest == Some(way.way);
        let class = if is_lowest { " class=\"lowest\"" } else { "" };
        write!(out, "<tr{class}><th scope=\"row\">{}</th>", escaped(way.way.title()))?;
        match &way.cost {
            None => write!(out, "<td colspan=\"3\">The sheet has no price for it.</td><td></td>")?,
            Some(cost) => {
                for amount in [cost.per_year, cost.once, cost.total] {
                    write!(out, "<td class=\"number\">{}</td>", escaped(&amount.to_string()))?;
                }
                let mut remarks = sentences::remarks(cost);
                if is_lowest {
                    remarks.insert(0, "lowest".to_owned());
                }
                write!(out, "<td>{}</td>", escaped(&remarks.join("; ")))?;
            }
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>\n<ul>")?;
    for (way, found) in &supplier.break_even {
        writeln!(out, "<li>{}</li>", escaped(&sentences::break_even(*way, *found)))?;
    }
    writeln!(
        out,
        "</ul>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-labelledby=\"p{number}\">\n\
         <table>\n<caption id=\"p{number}\">Prices of {name}</caption>\n<thead><tr>\
         <th scope=\"col\">Service</th><th scope=\"col\">Price</th><th scope=\"col\">Notes</th>\
         <th scope=\"col\">Place</th></tr></thead>\n<tbody>"
    )?;
    for price in supplier.ways.iter().flat_map(|way| &way.prices) {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&sentences::cell(&price.service)),
            escaped(&sentences::price(price)),
            escaped(&sentences::cell(&price.notes)),
            escaped(&sentences::place(&price.sheet, price.row))
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>\n</section>")
}
