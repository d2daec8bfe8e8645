//! The causes: an overview by weight, then each with its places, examples and explanation.

use super::markup::Markup;
use super::table::table;
use crate::check::Outcome;
use crate::finding::message::{columns, counted, location, note, plain, thousands};
use crate::finding::{Code, Group, Severity};
use crate::report::cause::Cause;
use crate::report::{Report, file_name};
use std::collections::BTreeSet;
use std::io;

/// Causes that are shown in full.
const MOST_CAUSES: usize = 100;

/// Places of one cause that are listed.
const MOST_PLACES: usize = 40;

/// Examples of one group that are listed.
pub(super) const MOST_EXAMPLES: usize = 100;

/// Groups of one cause whose examples are listed.
const MOST_MEMBERS: usize = 10;

/// "What was found".
pub(super) fn section(
    page: &mut Markup<'_>,
    report: &Report<'_>,
    causes: &[Cause<'_>],
) -> io::Result<()> {
    page.element("section", &[("aria-labelledby", "causes")], |page| {
        page.leaf("h2", &[("id", "causes")], "What was found")?;
        let text = format!(
            "{} by weight: what concerns whole files comes first, since it explains much of the \
             rest.",
            counted(causes.len() as u64, "cause", "causes")
        );
        page.leaf("p", &[], &text)?;
        let shown = causes.get(..MOST_CAUSES).unwrap_or(causes);
        overview(page, shown)?;
        let rest = causes.get(MOST_CAUSES..).unwrap_or_default();
        if !rest.is_empty() {
            let times = rest.iter().map(|cause| cause.occurrences).fold(0, u64::saturating_add);
            let text = format!(
                "And {} with {}, which the workbook and the reports for machines list.",
                counted(rest.len() as u64, "more cause", "more causes"),
                counted(times, "finding", "findings")
            );
            page.leaf("p", &[], &text)?;
        }
        let mut explained = BTreeSet::new();
        for (at, cause) in shown.iter().enumerate() {
            in_full(page, report, at + 1, cause, explained.insert(cause.code))?;
        }
        Ok(())
    })
}

/// Class of a severity's tag.
fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "tag bad",
        Severity::Warning => "tag doubtful",
        Severity::Info => "tag",
    }
}

fn overview(page: &mut Markup<'_>, causes: &[Cause<'_>]) -> io::Result<()> {
    let most = causes.iter().map(|cause| cause.occurrences).max().unwrap_or(1).max(1);
    let heads = [("Cause", ""), ("Severity", ""), ("Times", "n"), ("Share of the largest", "wide")];
    table(page, "overview", "Causes by weight", &heads, |page| {
        for (at, cause) in causes.iter().enumerate() {
            page.element("tr", &[], |page| {
                page.element("th", &[("scope", "row")], |page| {
                    let target = format!("#cause-{}", at + 1);
                    let text = format!("{}. {}", at + 1, cause.headline());
                    page.span("a", &[("href", &target)], &text)
                })?;
                page.element("td", &[], |page| {
                    page.span("strong", &[("class", class(cause.severity))], cause.severity.name())
                })?;
                page.leaf("td", &[("class", "n")], &thousands(cause.occurrences))?;
                page.element("td", &[("class", "wide")], |page| {
                    bar(page, cause.occurrences, most, cause.severity)
                })
            })?;
        }
        Ok(())
    })
}

/// A bar that says what the number beside it says.
fn bar(page: &mut Markup<'_>, part: u64, whole: u64, severity: Severity) -> io::Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "a length on a screen")]
    let width = format!("{:.1}", (part as f64 / whole as f64 * 100.0).clamp(0.5, 100.0));
    let class = match severity {
        Severity::Error => "bar bad",
        Severity::Warning => "bar doubtful",
        Severity::Info => "bar",
    };
    let frame = [
        ("class", class),
        ("aria-hidden", "true"),
        ("focusable", "false"),
        ("viewBox", "0 0 100 8"),
        ("preserveAspectRatio", "none"),
    ];
    page.element("svg", &frame, |page| {
        page.element("rect", &[("width", &width), ("height", "8")], |_| Ok(()))
    })
}

fn in_full(
    page: &mut Markup<'_>,
    report: &Report<'_>,
    number: usize,
    cause: &Cause<'_>,
    explains: bool,
) -> io::Result<()> {
    let id = format!("cause-{number}");
    let entry = cause.code.entry();
    page.element("article", &[("class", "cause"), ("aria-labelledby", &id)], |page| {
        page.leaf("h3", &[("id", &id)], &format!("{number}. {}", cause.headline()))?;
        page.element("p", &[("class", "kind")], |page| {
            page.span("strong", &[("class", class(cause.severity))], cause.severity.name())?;
            page.text(" ")?;
            page.span("code", &[], cause.code.name())
        })?;
        page.element("dl", &[], |page| {
            let mut fact = |name: &str, value: &str| {
                page.element("div", &[], |page| {
                    page.leaf("dt", &[], name)?;
                    page.leaf("dd", &[], value)
                })
            };
            let forms: Vec<String> = cause
                .forms()
                .iter()
                .take(5)
                .map(|(form, times)| format!("{form} ({})", thousands(*times)))
                .collect();
            if !forms.is_empty() {
                fact("Found instead", &forms.join(", "))?;
            }
            fact("What it usually means", entry.cause)?;
            let suggestions = cause.suggestions();
            for suggestion in suggestions.iter().take(5) {
                fact("What the data suggests", suggestion)?;
            }
            fact("What to do", entry.remedy)
        })?;
        places(page, report.outcome, number, cause)?;
        examples(page, report, number, cause)?;
        if explains {
            explanation(page, cause.code)?;
        }
        Ok(())
    })
}

fn explanation(page: &mut Markup<'_>, code: Code) -> io::Result<()> {
    let entry = code.entry();
    page.element("details", &[], |page| {
        page.leaf("summary", &[], &format!("Why it matters, with an example ({})", entry.name))?;
        page.leaf("p", &[], entry.title)?;
        page.leaf("p", &[], entry.why)?;
        page.leaf("p", &[], &format!("For example: {}", entry.example))
    })
}

/// Where a group is: its file, else its table, else the extract.
fn whose(outcome: &Outcome, task: Option<&str>, group: &Group) -> String {
    let file = group.first.file.and_then(|file| file_name(outcome, file));
    file.or_else(|| task.map(|name| plain(name, usize::MAX)))
        .unwrap_or_else(|| "the extract".into())
}

fn places(
    page: &mut Markup<'_>,
    outcome: &Outcome,
    number: usize,
    cause: &Cause<'_>,
) -> io::Result<()> {
    let id = format!("places-{number}");
    let heads =
        [("File", ""), ("Column", ""), ("First row", "n"), ("Last row", "n"), ("Times", "n")];
    table(page, &id, "Where", &heads, |page| {
        for (task, group) in cause.members.iter().take(MOST_PLACES) {
            let row = |row: Option<u64>| row.map(thousands).unwrap_or_default();
            page.element("tr", &[], |page| {
                let name = whose(outcome, task.map(|task| task.name.as_str()), group);
                page.leaf("th", &[("scope", "row")], &name)?;
                page.leaf("td", &[], &column(group))?;
                page.leaf("td", &[("class", "n")], &row(group.first.row))?;
                page.leaf("td", &[("class", "n")], &row(group.last.row))?;
                page.leaf("td", &[("class", "n")], &thousands(group.occurrences))
            })?;
        }
        Ok(())
    })?;
    let rest = cause.members.get(MOST_PLACES..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(());
    }
    let times = rest.iter().map(|(_, group)| group.occurrences).fold(0, u64::saturating_add);
    let places = counted(rest.len() as u64, "more place", "more places");
    page.leaf("p", &[], &format!("And {places}, {}.", counted(times, "time", "times")))
}

/// The columns without the word: a heading says it.
fn column(group: &Group) -> String {
    let text = columns(&group.fields).unwrap_or_default();
    let bare = text.strip_prefix("columns ").or_else(|| text.strip_prefix("column "));
    bare.unwrap_or(&text).to_owned()
}

fn examples(
    page: &mut Markup<'_>,
    report: &Report<'_>,
    number: usize,
    cause: &Cause<'_>,
) -> io::Result<()> {
    // An example that has neither row nor note says no more than its line above.
    let says_more = |group: &Group| {
        let mut samples = report.samples.of(group).iter();
        samples.any(|s| s.place.row.is_some() || !note(group, s).is_empty() || s.value.is_some())
    };
    let members: Vec<_> = cause.members.iter().filter(|(_, group)| says_more(group)).collect();
    if members.is_empty() {
        return Ok(());
    }
    let count = |group: &Group| report.samples.of(group).len().min(MOST_EXAMPLES);
    let shown: usize = members.iter().take(MOST_MEMBERS).map(|(_, group)| count(group)).sum();
    let summary = match shown as u64 == cause.occurrences {
        true if shown == 1 => "Exactly where".to_owned(),
        true => format!("Exactly where: all {}", thousands(cause.occurrences)),
        false => {
            format!(
                "Exactly where: {} of {}",
                thousands(shown as u64),
                thousands(cause.occurrences)
            )
        }
    };
    page.element("details", &[], |page| {
        page.leaf("summary", &[], &summary)?;
        for (at, (task, group)) in members.iter().take(MOST_MEMBERS).enumerate() {
            let id = format!("examples-{number}-{}", at + 1);
            let name = whose(report.outcome, task.map(|task| task.name.as_str()), group);
            let caption = match columns(&group.fields) {
                Some(columns) => format!("{name}, {columns}"),
                None => name,
            };
            let samples = report.samples.of(group);
            let samples = samples.get(..MOST_EXAMPLES).unwrap_or(samples);
            let mut heads = vec![("Row", "n"), ("Line", "n"), ("Byte", "n"), ("What", "")];
            let has_shape = samples.iter().any(|s| s.shape.is_some() || s.value.is_some());
            if has_shape {
                heads.push((if report.reveals { "Value or shape" } else { "Shape" }, ""));
            }
            table(page, &id, &caption, &heads, |page| {
                for sample in samples {
                    let number = |n: Option<u64>| n.map(thousands).unwrap_or_default();
                    let place = sample.place;
                    page.element("tr", &[], |page| {
                        page.leaf("td", &[("class", "n")], &number(place.row))?;
                        page.leaf("td", &[("class", "n")], &number(place.line))?;
                        page.leaf("td", &[("class", "n")], &number(place.byte))?;
                        let what = match note(group, sample) {
                            note if note.is_empty() => location(group, sample),
                            note => note,
                        };
                        page.leaf("td", &[], &what)?;
                        match has_shape {
                            true => page.element("td", &[], |page| {
                                let shown = sample.value.as_ref().or(sample.shape.as_ref());
                                let shown = shown.map(|text| plain(text, 200)).unwrap_or_default();
                                page.span("code", &[], &shown)
                            }),
                            false => Ok(()),
                        }
                    })?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })
}
