//! The report as a page: to read, to print, to pass on.
//!
//! One self-contained file: no script, nothing fetched, no font of others, and a content security
//! policy that says so. Built to WCAG 2.2 AA: landmarks, one `h1`, headings in order, tables with
//! captions and scopes, words beside every colour, light and dark, 320 pixels wide, A4 on paper.
//!
//! What belongs together and is long (examples, explanations) stands in `details`, which open
//! without a script.

use super::cause::causes;
use super::{Report, Samples, Verdict, extent};
use crate::check::{Accepted, Outcome};
use crate::finding::Severity;
use crate::finding::message::{columns, counted, plain, thousands, title};
use crate::path;
use markup::Markup;
use std::collections::BTreeMap;
use std::io::{self, Write};

mod dates;
mod found;
pub(in crate::report) mod markup;
mod numbers;
pub mod record;
pub(in crate::report) mod table;

/// How all pages of the program look.
pub(in crate::report) const STYLE: &str = include_str!("style.css");

/// Checks that were not made, and accepted groups, that are listed.
const MOST_LISTED: usize = 200;

/// Writes the page.
///
/// Examples of a group: those of the report, but at most 100; the table of causes has at most 100
/// in full, and that of files at most 1,000. Totals are exact.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let verdict = Verdict::of(report.outcome);
    let subject = subject(report);
    let heading = format!("{}: {subject}", verdict.words());
    let mut page = Markup::begin(out)?;
    page.element("html", &[("lang", "en-GB")], |page| {
        page.head(&heading, &[STYLE])?;
        let made_by = format!("Made by {} {}.", report.tool.name, report.tool.version);
        page.body(
            "Check of a data extract",
            "Skip to the report",
            |page| body(page, report, verdict, &subject),
            Some(&made_by),
        )
    })
}

/// The extract's name, without the folders in which it lay.
fn subject(report: &Report<'_>) -> String {
    let given = report.extract.as_deref().unwrap_or_default();
    let last = given.rsplit(['/', '\\']).find(|part| !part.is_empty() && *part != ".");
    match last {
        Some(name) => plain(&path::shown(name), 120),
        None => "the extract".to_owned(),
    }
}

fn body(
    page: &mut Markup<'_>,
    report: &Report<'_>,
    verdict: Verdict,
    subject: &str,
) -> io::Result<()> {
    let outcome = report.outcome;
    let class = match verdict {
        Verdict::NotValid => "verdict bad",
        Verdict::ValidAsFarAsChecked => "verdict doubtful",
        Verdict::Valid | Verdict::ValidAsAccepted | Verdict::NoProblems => "verdict good",
    };
    page.element("div", &[("class", class)], |page| {
        page.element("h1", &[], |page| {
            page.span("span", &[], verdict.words())?;
            page.span("span", &[("class", "subject")], &format!(" {subject}"))
        })?;
        page.leaf("p", &[], &extent(outcome))?;
        meaning(page, report, verdict)
    })?;
    if report.reveals {
        page.element("div", &[("class", "notice")], |page| {
            page.leaf(
                "p",
                &[],
                "This report holds patient data: cell values were asked for. Keep \
                                 it as you keep the extract.",
            )
        })?;
    }
    let causes = causes(outcome);
    page.element("nav", &[("aria-label", "Contents")], |page| {
        page.element("ul", &[], |page| {
            let links = [
                (!causes.is_empty(), "#causes", "What was found"),
                (!outcome.accepted.is_empty(), "#accepted", "What was accepted"),
                (true, "#files", "Files"),
                (numbers::has_numbers(outcome), "#numbers", "What the tables hold"),
                (true, "#coverage", "What was checked, and what not"),
                (report.after_go_live.is_some(), "#dates", "After go-live"),
                (true, "#made", "How this report was made"),
            ];
            for (_, target, text) in links.into_iter().filter(|(is_there, ..)| *is_there) {
                page.element("li", &[], |page| page.leaf("a", &[("href", target)], text))?;
            }
            Ok(())
        })
    })?;
    if !causes.is_empty() {
        found::section(page, report, &causes)?;
    }
    accepted(page, outcome)?;
    table::files(page, outcome)?;
    numbers::section(page, report)?;
    coverage(page, outcome)?;
    if let Some(timeline) = &report.after_go_live {
        dates::section(page, timeline)?;
    }
    made(page, report)
}

/// What the verdict means for the reader, and what to do next.
fn meaning(page: &mut Markup<'_>, report: &Report<'_>, verdict: Verdict) -> io::Result<()> {
    let text = match verdict {
        Verdict::NotValid => {
            "The extract is not what its schema says it must be. Begin with the first cause below: \
             the causes stand by weight, and one often explains others."
        }
        Verdict::ValidAsFarAsChecked if report.outcome.schema.is_none() => {
            "No schema was used, so only what needs none was checked."
        }
        Verdict::ValidAsFarAsChecked => {
            "No error was found, but some checks could not be made; they are listed below."
        }
        Verdict::Valid => "Every check was made and no error was found. Look at the warnings.",
        Verdict::ValidAsAccepted => {
            "Every check was made, and nothing was found but what was accepted; see below."
        }
        Verdict::NoProblems => "Every check that the schema asks for was made.",
    };
    page.leaf("p", &[], text)
}

/// The findings that were accepted beforehand.
fn accepted(page: &mut Markup<'_>, outcome: &Outcome) -> io::Result<()> {
    let all = &outcome.accepted;
    if all.is_empty() {
        return Ok(());
    }
    page.element("section", &[("aria-labelledby", "accepted")], |page| {
        page.leaf("h2", &[("id", "accepted")], "What was accepted")?;
        let times = all.iter().map(|a| a.group.occurrences).fold(0, u64::saturating_add);
        let text = format!(
            "{} in the extract, but accepted beforehand; not counted above.",
            counted(times, "finding is", "findings are")
        );
        page.leaf("p", &[], &text)?;
        let heads = [("Finding", ""), ("Table", ""), ("Times", "n"), ("Reason", ""), ("By", "")];
        table::table(page, "accepted-t", "Accepted findings", &heads, |page| {
            for Accepted { task, group, reason, by } in all.iter().take(MOST_LISTED) {
                let name = task_name(outcome, *task);
                let what = columns(&group.fields).map(|columns| format!(", {columns}"));
                let what = format!("{}{}", title(group), what.unwrap_or_default());
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row")], &what)?;
                    page.leaf("td", &[], name)?;
                    page.leaf("td", &[("class", "n")], &thousands(group.occurrences))?;
                    page.leaf("td", &[], reason)?;
                    page.leaf("td", &[], by)
                })?;
            }
            Ok(())
        })?;
        rest(page, all.len(), "accepted group", "accepted groups")
    })
}

/// Says how many are not listed.
fn rest(page: &mut Markup<'_>, all: usize, one: &str, many: &str) -> io::Result<()> {
    match all.saturating_sub(MOST_LISTED) as u64 {
        0 => Ok(()),
        more => page.leaf(
            "p",
            &[],
            &format!("And {} more: {}.", thousands(more), if more == 1 { one } else { many }),
        ),
    }
}

/// The name of a task; "the extract" where there is none.
fn task_name(outcome: &Outcome, task: Option<u32>) -> &str {
    let task = task.and_then(|task| outcome.tasks.get(usize::try_from(task).ok()?));
    task.map_or("the extract", |task| &task.name)
}

/// What was not checked, and what no check of ours says.
fn coverage(page: &mut Markup<'_>, outcome: &Outcome) -> io::Result<()> {
    page.element("section", &[("aria-labelledby", "coverage")], |page| {
        page.leaf("h2", &[("id", "coverage")], "What was checked, and what not")?;
        let text = match (&outcome.schema, outcome.gaps.len()) {
            (None, _) => "There was no schema: files, bytes and rows were looked at, but not what \
                          they should hold."
                .to_owned(),
            (Some(_), 0) => "Every check that the schema asks for was made.".to_owned(),
            (Some(_), gaps) => format!(
                "Everything else that the schema asks for was checked, but {}:",
                counted(gaps as u64, "check was not made", "checks were not made")
            ),
        };
        page.leaf("p", &[], &text)?;
        if !outcome.gaps.is_empty() {
            let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
            for gap in &outcome.gaps {
                let name = task_name(outcome, gap.resource);
                reasons.entry((&gap.check, &gap.reason)).or_default().push(name);
            }
            let heads = [("Check", ""), ("Where", ""), ("Why it was not made", "")];
            table::table(page, "gaps", "Checks that were not made", &heads, |page| {
                for ((check, reason), tables) in reasons.iter().take(MOST_LISTED) {
                    page.element("tr", &[], |page| {
                        page.leaf("th", &[("scope", "row")], check)?;
                        page.leaf("td", &[], &some(tables))?;
                        page.leaf("td", &[], reason)
                    })?;
                }
                Ok(())
            })?;
            rest(page, reasons.len(), "reason", "reasons")?;
        }
        page.leaf(
            "p",
            &[],
            "A check compares the files with their declared schema. It does not say whether what \
             they hold is clinically right or complete.",
        )
    })
}

/// The first few names of many.
fn some(names: &[&str]) -> String {
    const MOST: usize = 8;
    let mut text = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    if let more @ 1.. = names.len().saturating_sub(MOST) {
        text.push_str(&format!(" and {} more", thousands(more as u64)));
    }
    text
}

/// Program, schema, run; and what to type.
fn made(page: &mut Markup<'_>, report: &Report<'_>) -> io::Result<()> {
    let outcome = report.outcome;
    page.element("section", &[("aria-labelledby", "made")], |page| {
        page.leaf("h2", &[("id", "made")], "How this report was made")?;
        page.element("dl", &[], |page| {
            let mut fact = |name: &str, value: &str| {
                page.element("div", &[], |page| {
                    page.leaf("dt", &[], name)?;
                    page.leaf("dd", &[], value)
                })
            };
            fact("Program", &format!("{} {}", report.tool.name, report.tool.version))?;
            match &outcome.schema {
                None => fact("Schema", "none")?,
                Some(schema) => {
                    let version = schema.version.as_deref().unwrap_or_default();
                    fact("Schema", format!("{} {version}", schema.name).trim())?;
                    fact("How it was found", &schema.origin)?;
                    fact("SHA-512 of the schema", &grouped(&schema.sha512))?;
                }
            }
            let bytes = outcome.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add);
            fact("Read", &counted(bytes, "byte", "bytes"))?;
            fact(
                "Examples",
                &match report.samples {
                    Samples::All => "all that were kept; at most 100 of a kind on this page".into(),
                    Samples::First(most) => {
                        format!(
                            "the first {} of each kind; totals are exact",
                            most.min(found::MOST_EXAMPLES)
                        )
                    }
                },
            )?;
            if let Some(run) = &report.run {
                fact("Begun", &run.started)?;
                fact("Took", &format!("{:.1} seconds", run.seconds))?;
                if let Some(host) = &run.host {
                    fact("Computer", host)?;
                }
            }
            Ok(())
        })?;
        let values = match report.reveals {
            true => "Cell values are shown because they were asked for.",
            false => {
                "No cell value is shown, unless the schema declares the field free of personal \
                 data. A shape stands for a value: 9 for a digit, A and a for letters."
            }
        };
        page.leaf("p", &[], values)?;
        let errors = outcome.count(Severity::Error) > 0;
        page.leaf(
            "p",
            &[],
            match errors {
                true => "To work through the findings with the supplier, make a workbook of them:",
                false => "To keep the extract with its proof, package it:",
            },
        )?;
        let command = match errors {
            true => "handover check EXTRACT --report findings.xlsx",
            false => "handover package EXTRACT --schema SCHEMA --output PACKAGE.zip",
        };
        page.element("p", &[], |page| page.span("code", &[], command))
    })
}

/// Hexadecimal in groups of four, to be compared by eye.
fn grouped(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}
