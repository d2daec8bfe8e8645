//! The dates after go-live, on the page that a package has.

use super::markup::Markup;
use super::table;
use crate::access::Timeline;
use crate::report::access::timeline_rows;
use std::io;

/// What follows from the day of go-live: each date with what it means.
pub(super) fn section(page: &mut Markup<'_>, timeline: &Timeline) -> io::Result<()> {
    let (rows, notes) = timeline_rows(timeline);
    page.element("section", &[("aria-labelledby", "dates")], |page| {
        page.leaf("h2", &[("id", "dates")], "After go-live")?;
        let heads = [("Date", ""), ("What it is", "")];
        table::table(page, "dates-t", "What follows from the day of go-live", &heads, |page| {
            for (label, text) in &rows {
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row")], label)?;
                    page.leaf("td", &[], text)
                })?;
            }
            Ok(())
        })?;
        notes.iter().try_for_each(|note| page.leaf("p", &[], note))
    })
}
