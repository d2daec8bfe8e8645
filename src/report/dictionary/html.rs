//! The documentation as one page, to read and to print, without script.

use super::{FIELD_HEADINGS, about, code_rows, field_rows, table_row};
use crate::report::html::markup::Markup;
use crate::schema::outline::{resources, title};
use serde_json::Value;
use std::io::{self, Write};

const STYLE: &str = "body{font-family:Arial,sans-serif;margin:2rem;color:#212b32;line-height:1.4}\n\
h1,h2{line-height:1.2}\nh2{margin-top:2.5rem;border-top:2px solid #005eb8;padding-top:1rem}\n\
table{border-collapse:collapse;width:100%;font-size:.85rem}\n\
caption{text-align:left;padding:.3rem 0}\n\
th,td{border-bottom:1px solid #aeb7bd;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}\n\
th{background:#e8edee}\ndt{font-weight:bold}\ndd{margin:0 0 .5rem 0}\n\
@media print{body{margin:0;font-size:8pt}thead{display:table-header-group}tr{break-inside:avoid}@page{size:A4 landscape;margin:12mm}}\n";

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write(package: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Markup::begin(out)?;
    let name = title(package);
    page.element("html", &[("lang", "en-GB")], |page| {
        page.element("head", &[], |page| {
            page.void("meta", &[("charset", "utf-8")])?;
            page.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)])?;
            page.void("meta", &[("name", "viewport"), ("content", "width=device-width")])?;
            page.leaf("title", &[], name)?;
            page.style(STYLE)
        })?;
        page.element("body", &[], |page| {
            page.element("main", &[], |page| {
                page.leaf("h1", &[], name)?;
                facts(page, &about(package))?;
                page.element("nav", &[("aria-label", "Tables")], |page| {
                    page.element("ul", &[], |page| {
                        for (number, resource) in resources(package).iter().enumerate() {
                            let target = format!("#table-{}", number + 1);
                            page.element("li", &[], |page| {
                                page.span("a", &[("href", &target)], title(resource))
                            })?;
                        }
                        Ok(())
                    })
                })?;
                for (number, resource) in resources(package).iter().enumerate() {
                    table(page, package, resource, number + 1)?;
                }
                codes(page, package)
            })
        })
    })
}

fn facts(page: &mut Markup<'_>, facts: &[(&'static str, String)]) -> io::Result<()> {
    if facts.iter().all(|(_, text)| text.is_empty()) {
        return Ok(());
    }
    page.element("dl", &[], |page| {
        for (label, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
            page.leaf("dt", &[], label)?;
            page.leaf("dd", &[], text)?;
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
    let headings: Vec<&str> = columns
        .iter()
        .filter_map(|column| FIELD_HEADINGS.get(*column))
        .map(|(name, _)| *name)
        .collect();
    let rows = rows
        .iter()
        .map(|row| columns.iter().filter_map(|column| row.get(*column)).cloned().collect());
    grid(page, &format!("Fields of {name}"), &headings, rows.collect())
}

fn codes(page: &mut Markup<'_>, package: &Value) -> io::Result<()> {
    let rows = code_rows(package);
    if rows.is_empty() {
        return Ok(());
    }
    page.leaf("h2", &[], "Code lists")?;
    let rows = rows.into_iter().map(Vec::from).collect();
    grid(page, "Codes and their meanings", &["List", "Code", "Meaning"], rows)
}

fn grid(
    page: &mut Markup<'_>,
    caption: &str,
    headings: &[&str],
    rows: Vec<Vec<String>>,
) -> io::Result<()> {
    page.element("table", &[], |page| {
        page.leaf("caption", &[], caption)?;
        page.element("thead", &[], |page| {
            page.element("tr", &[], |page| {
                headings
                    .iter()
                    .try_for_each(|heading| page.leaf("th", &[("scope", "col")], heading))
            })
        })?;
        page.element("tbody", &[], |page| {
            rows.iter().try_for_each(|row| {
                page.element("tr", &[], |page| {
                    row.iter().try_for_each(|cell| page.leaf("td", &[], cell))
                })
            })
        })
    })
}
