//! Tables: with a caption, scopes, and a frame that scrolls by itself where the page is narrow.

use super::markup::Markup;
use crate::check::Outcome;
use crate::finding::message::{counted, thousands};
use crate::report::rows::{Row, rows};
use std::cmp::Reverse;
use std::io;

/// Lines of the table of files.
const MOST_FILES: usize = 1_000;

/// A table: its heads with their class, its lines by `lines`.
pub(in crate::report) fn table(
    page: &mut Markup<'_>,
    id: &str,
    caption: &str,
    heads: &[(&'static str, &'static str)],
    lines: impl FnOnce(&mut Markup<'_>) -> io::Result<()>,
) -> io::Result<()> {
    // What scrolls must be reached by keyboard, and say what it is.
    let frame = [("class", "frame"), ("role", "group"), ("tabindex", "0"), ("aria-labelledby", id)];
    page.element("div", &frame, |page| {
        page.element("table", &[], |page| {
            page.leaf("caption", &[("id", id)], caption)?;
            page.element("thead", &[], |page| {
                page.element("tr", &[], |page| {
                    for (head, class) in heads {
                        match class.is_empty() {
                            true => page.leaf("th", &[("scope", "col")], head)?,
                            false => {
                                page.leaf("th", &[("scope", "col"), ("class", class)], head)?
                            }
                        }
                    }
                    Ok(())
                })
            })?;
            page.element("tbody", &[], lines)
        })
    })
}

/// The section of files: what was expected and found of each.
pub(super) fn files(page: &mut Markup<'_>, outcome: &Outcome) -> io::Result<()> {
    let mut rows = rows(outcome);
    let all = rows.len();
    if all > MOST_FILES {
        rows.sort_by_key(|row| (Reverse(row.errors), Reverse(row.warnings)));
        rows.truncate(MOST_FILES);
    }
    page.element("section", &[("aria-labelledby", "files")], |page| {
        page.leaf("h2", &[("id", "files")], "Files")?;
        if rows.is_empty() {
            return page.leaf("p", &[], "No file was read as a declared table.");
        }
        if all > rows.len() {
            let text = format!(
                "{}; the {} with most errors and warnings are shown.",
                counted(all as u64, "file", "files"),
                thousands(rows.len() as u64)
            );
            page.leaf("p", &[], &text)?;
        }
        let has_expected = rows.iter().any(|row| row.expected.is_some());
        let mut heads = vec![("File", ""), ("State", ""), ("Rows", "n")];
        if has_expected {
            heads.push(("Expected", "n"));
        }
        heads.extend([("Errors", "n"), ("Warnings", "n"), ("Bytes", "n")]);
        table(page, "files-t", "Each file: rows, errors and warnings", &heads, |page| {
            rows.iter().try_for_each(|row| line(page, row, has_expected))
        })
    })
}

fn line(page: &mut Markup<'_>, row: &Row, has_expected: bool) -> io::Result<()> {
    let class = match row.state {
        "errors" | "missing" => "tag bad",
        "warnings" | "in part" => "tag doubtful",
        "ok" => "tag good",
        _ => "tag",
    };
    let number = |number: Option<u64>| number.map(thousands).unwrap_or_default();
    let count = |count: u64| if count == 0 { "0".to_owned() } else { thousands(count) };
    page.element("tr", &[], |page| {
        page.element("th", &[("scope", "row")], |page| {
            page.text(&row.name)?;
            match row.resource.as_ref().filter(|resource| **resource != row.name) {
                Some(resource) => page.span("span", &[("class", "table")], resource),
                None => Ok(()),
            }
        })?;
        page.element("td", &[], |page| page.span("strong", &[("class", class)], row.state))?;
        page.leaf("td", &[("class", "n")], &number(row.rows))?;
        if has_expected {
            page.leaf("td", &[("class", "n")], &number(row.expected))?;
        }
        page.leaf("td", &[("class", "n")], &count(row.errors))?;
        page.leaf("td", &[("class", "n")], &count(row.warnings))?;
        page.leaf("td", &[("class", "n")], &number(row.bytes))
    })
}
