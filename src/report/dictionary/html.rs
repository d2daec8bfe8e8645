//! The documentation as one page, to read and to print, without script.

use super::{FIELD_HEADINGS, about, code_rows, field_rows, table_row};
use crate::report::html::STYLE;
use crate::report::html::markup::Markup;
use crate::report::html::table::table as framed;
use crate::schema::outline::{resources, title};
use serde_json::Value;
use std::io::{self, Write};

/// Beside the style of all pages: tables as wide as the window, and paper laid across.
const WIDE: &str = "header, main, footer { padding-left: 1rem; padding-right: 1rem; }\n\
main { padding-top: 1.5rem; }\n\
table { font-size: .875rem; }\n\
@media print { @page { size: A4 landscape; margin: 12mm; } table { font-size: 7.5pt; } nav { display: block; } }\n";

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write(package: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Markup::begin(out)?;
    let name = title(package);
    page.element("html", &[("lang", "en-GB")], |page| {
        page.head(name, &[STYLE, WIDE])?;
        let main = |page: &mut Markup<'_>| {
            page.leaf("h1", &[], name)?;
            facts(page, &about(package))?;
            page.element("nav", &[("aria-label", "Tables")], |page| {
                page.element("ul", &[], |page| {
                    for (number, resource) in resources(package).iter().enumerate() {
                        let target = format!("#table-{}", number + 1);
                        let title = title(resource);
                        page.element("li", &[], |page| {
                            page.span("a", &[("href", &target)], title)
                        })?;
                    }
                    Ok(())
                })
            })?;
            for (number, resource) in resources(package).iter().enumerate() {
                table(page, package, resource, number + 1)?;
            }
            codes(page, package)
        };
        page.body("Documentation of a data extract", "Skip to the documentation", main, None)
    })
}

fn facts(page: &mut Markup<'_>, facts: &[(&'static str, String)]) -> io::Result<()> {
    if facts.iter().all(|(_, text)| text.is_empty()) {
        return Ok(());
    }
    page.element("dl", &[], |page| {
        for (label, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
            page.element("div", &[], |page| {
                page.leaf("dt", &[], label)?;
                page.leaf("dd", &[], text)
            })?;
        }
        Ok(())
    })
}

fn table(
    page: &mut Markup<'_>,
    package: &Value,
    resource: &Value,
    number: usize,
) -> io::Result<()> {
    let [name, title, files, description, encoding, delimiter, header, presence, role] =
        table_row(resource);
    page.leaf("h2", &[("id", &format!("table-{number}"))], &name)?;
    facts(
        page,
        &[
            ("Title", title),
            ("Description", description),
            ("File", files),
            ("Encoding", encoding),
            ("Delimiter", delimiter),
            ("Header row", header),
            ("Presence", presence),
            ("Role", role),
        ],
    )?;
    let rows = field_rows(package, resource);
    // A column that is empty throughout says nothing.
    let columns: Vec<usize> = (1..FIELD_HEADINGS.len())
        .filter(|column| {
            rows.iter().any(|row| row.get(*column).is_some_and(|cell| !cell.is_empty()))
        })
        .collect();
    let headings: Vec<&'static str> = columns
        .iter()
        .filter_map(|column| FIELD_HEADINGS.get(*column))
        .map(|(name, _)| *name)
        .collect();
    let rows = rows
        .iter()
        .map(|row| columns.iter().filter_map(|column| row.get(*column)).cloned().collect());
    grid(page, &format!("fields-{number}"), &format!("Fields of {name}"), &headings, rows.collect())
}

fn codes(page: &mut Markup<'_>, package: &Value) -> io::Result<()> {
    let rows = code_rows(package);
    if rows.is_empty() {
        return Ok(());
    }
    page.leaf("h2", &[], "Code lists")?;
    let rows = rows.into_iter().map(Vec::from).collect();
    grid(page, "codes", "Codes and their meanings", &["List", "Code", "Meaning"], rows)
}

fn grid(
    page: &mut Markup<'_>,
    id: &str,
    caption: &str,
    headings: &[&'static str],
    rows: Vec<Vec<String>>,
) -> io::Result<()> {
    let heads: Vec<(&str, &str)> = headings.iter().map(|heading| (*heading, "")).collect();
    framed(page, id, caption, &heads, |page| {
        rows.iter().try_for_each(|row| {
            page.element("tr", &[], |page| {
                row.iter().try_for_each(|cell| page.leaf("td", &[], cell))
            })
        })
    })
}
