//! What the tables hold, in numbers: what a migration must hand over, counts to be reconciled with
//! the source system, how full the fields are, and which years the rows are of.

use super::markup::Markup;
use super::table::table;
use super::task_name;
use crate::check::{CategoryState, Dates, Outcome, TableProfile};
use crate::finding::message::{counted, thousands};
use crate::report::years::{Mark, against_audit, mark, odd, this_year};
use crate::report::{Report, Verdict};
use std::io;

/// Tables, and fields of one table, that are shown.
const MOST_TABLES: usize = 300;
const MOST_FIELDS: usize = 300;

/// Years of one table that are shown.
const MOST_YEARS: usize = 400;

/// Whether there is anything to show.
pub(super) fn has_numbers(outcome: &Outcome) -> bool {
    !outcome.profile.is_empty() || !outcome.categories.is_empty()
}

/// The section.
pub(super) fn section(page: &mut Markup<'_>, report: &Report<'_>) -> io::Result<()> {
    let outcome = report.outcome;
    if !has_numbers(outcome) {
        return Ok(());
    }
    page.element("section", &[("aria-labelledby", "numbers")], |page| {
        page.leaf("h2", &[("id", "numbers")], "What the tables hold")?;
        categories(page, outcome)?;
        if outcome.profile.is_empty() {
            return Ok(());
        }
        if Verdict::of(outcome) == Verdict::NotValid {
            page.leaf(
                "p",
                &[],
                "The counts are of what could be read; the errors above may make them too low.",
            )?;
        }
        counts(page, report)?;
        full(page, outcome)?;
        years(page, report)?;
        audit(page, report)
    })
}

/// Says how many tables are not shown.
fn rest(page: &mut Markup<'_>, all: usize) -> io::Result<()> {
    match all.saturating_sub(MOST_TABLES) as u64 {
        0 => Ok(()),
        more => {
            let text =
                format!("And {}: see the workbook or JSON.", counted(more, "table", "tables"));
            page.leaf("p", &[], &text)
        }
    }
}

fn categories(page: &mut Markup<'_>, outcome: &Outcome) -> io::Result<()> {
    if outcome.categories.is_empty() {
        return Ok(());
    }
    let heads = [
        ("What", ""),
        ("State", ""),
        ("Tables", "n"),
        ("Files", "n"),
        ("Rows", "n"),
        ("Why not", ""),
    ];
    let caption = "What a migration must hand over (DMI07)";
    table(page, "dmi07", caption, &heads, |page| {
        outcome.categories.iter().try_for_each(|category| {
            let class = match category.state {
                CategoryState::Present => "tag good",
                CategoryState::Absent(_) => "tag bad",
                CategoryState::DeclaredAbsent(_) => "tag doubtful",
            };
            page.element("tr", &[], |page| {
                page.leaf("th", &[("scope", "row")], category.name)?;
                page.element("td", &[], |page| {
                    page.span("span", &[("class", class)], category.state.name())
                })?;
                page.leaf("td", &[("class", "n")], &thousands(category.tasks.len() as u64))?;
                page.leaf("td", &[("class", "n")], &thousands(category.files))?;
                page.leaf("td", &[("class", "n")], &thousands(category.rows))?;
                page.leaf("td", &[], category.state.reason().unwrap_or("\u{2013}"))
            })
        })
    })
}

fn counts(page: &mut Markup<'_>, report: &Report<'_>) -> io::Result<()> {
    let outcome = report.outcome;
    page.leaf("h3", &[], "Counts to reconcile")?;
    page.leaf(
        "p",
        &[],
        "Compare them with those of the old system and of the new one: a difference that nobody can \
         explain is lost or doubled data.",
    )?;
    let heads = [
        ("Table", ""),
        ("Rows", "n"),
        ("Deleted rows", "n"),
        ("Patients", "n"),
        ("Dates", ""),
        ("Years", ""),
        ("Without a date", "n"),
    ];
    table(page, "counts", "Rows, patients and years of each table", &heads, |page| {
        outcome.profile.iter().take(MOST_TABLES).try_for_each(|profile| {
            let number = |number: Option<u64>| number.map_or("\u{2013}".to_owned(), thousands);
            let dates = profile.dates.as_ref();
            let range = dates.and_then(|dates| {
                let (first, _) = dates.years.first_key_value()?;
                let (last, _) = dates.years.last_key_value()?;
                Some(if first == last { first.to_string() } else { format!("{first} to {last}") })
            });
            page.element("tr", &[], |page| {
                page.leaf("th", &[("scope", "row")], task_name(outcome, Some(profile.task)))?;
                page.leaf("td", &[("class", "n")], &thousands(profile.rows))?;
                page.leaf("td", &[("class", "n")], &number(profile.deleted))?;
                page.leaf("td", &[("class", "n")], &number(profile.patients))?;
                page.leaf("td", &[], dates.map_or("\u{2013}", |dates| &dates.field))?;
                page.leaf("td", &[], range.as_deref().unwrap_or("\u{2013}"))?;
                page.leaf("td", &[("class", "n")], &number(dates.map(|dates| dates.undated)))
            })
        })
    })?;
    rest(page, outcome.profile.len())
}

/// How full the fields are: a tile for each field, in six steps, with the number in it.
fn full(page: &mut Markup<'_>, outcome: &Outcome) -> io::Result<()> {
    let with_fields: Vec<&TableProfile> =
        outcome.profile.iter().filter(|profile| !profile.fields.is_empty()).collect();
    if with_fields.is_empty() {
        return Ok(());
    }
    page.leaf("h3", &[], "How full the fields are")?;
    page.leaf(
        "p",
        &[],
        "The share of cells that are not empty. Look at fields that are empty where the old system \
         had something, and at fields that must be full.",
    )?;
    page.element("ul", &[("class", "heat")], |page| {
        let steps = [
            ("f0", "empty"),
            ("f1", "below 20%"),
            ("f2", "below 50%"),
            ("f3", "below 80%"),
            ("f4", "below 100%"),
            ("f5", "full"),
        ];
        steps.into_iter().try_for_each(|(class, text)| page.leaf("li", &[("class", class)], text))
    })?;
    let heads = [("Table", ""), ("Fields", "")];
    table(page, "full", "Share of filled cells by table and field", &heads, |page| {
        with_fields.iter().take(MOST_TABLES).try_for_each(|profile| {
            page.element("tr", &[], |page| {
                page.leaf("th", &[("scope", "row")], task_name(outcome, Some(profile.task)))?;
                page.element("td", &[], |page| {
                    page.element("ul", &[("class", "heat")], |page| {
                        profile.fields.iter().take(MOST_FIELDS).try_for_each(|field| {
                            let (class, share) = step(field.share());
                            page.element("li", &[("class", class)], |page| {
                                page.span("span", &[], &field.name)?;
                                page.text(" ")?;
                                page.span("strong", &[], &share)
                            })
                        })
                    })?;
                    match profile.fields.len().saturating_sub(MOST_FIELDS) as u64 {
                        0 => Ok(()),
                        more => page.leaf(
                            "p",
                            &[],
                            &format!("and {}", counted(more, "field", "fields")),
                        ),
                    }
                })
            })
        })
    })?;
    rest(page, with_fields.len())
}

/// The step of a share in ten-thousandths, and its number.
fn step(share: u64) -> (&'static str, String) {
    let class = match share {
        0 => "f0",
        1..2_000 => "f1",
        2_000..5_000 => "f2",
        5_000..8_000 => "f3",
        8_000..10_000 => "f4",
        _ => "f5",
    };
    let text = match share {
        // Neither a few nor almost all is none or all.
        1..100 => "under 1%".to_owned(),
        9_900..10_000 => "over 99%".to_owned(),
        share => format!("{}%", share / 100),
    };
    (class, text)
}

/// The rows of each table by year, odd years marked.
fn years(page: &mut Markup<'_>, report: &Report<'_>) -> io::Result<()> {
    let outcome = report.outcome;
    let dated: Vec<(&TableProfile, &Dates)> = outcome
        .profile
        .iter()
        .filter_map(|profile| Some((profile, profile.dates.as_ref()?)))
        .filter(|(_, dates)| !dates.years.is_empty())
        .collect();
    if dated.is_empty() {
        return Ok(());
    }
    let today = this_year(report);
    page.leaf("h3", &[], "Dates by year")?;
    let strange: Vec<(&str, i32, u64, Mark)> = dated
        .iter()
        .flat_map(|(profile, dates)| {
            let name = task_name(outcome, Some(profile.task));
            odd(dates, today).into_iter().map(move |(year, rows, mark)| (name, year, rows, mark))
        })
        .collect();
    if strange.is_empty() {
        page.leaf("p", &[], "No year is impossible, and none stands out from its neighbours.")?;
    } else {
        page.leaf(
            "p",
            &[],
            "An impossible year is a wrong date. A spike is a year with more than five times the rows \
             of the years beside it: often it is what a program writes where it knows no date.",
        )?;
        let heads = [("Table", ""), ("Year", ""), ("Rows", "n"), ("What is odd", "")];
        table(page, "odd", "Years to look at", &heads, |page| {
            strange.iter().take(MOST_YEARS).try_for_each(|(name, year, rows, mark)| {
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row")], name)?;
                    page.leaf("td", &[], &year.to_string())?;
                    page.leaf("td", &[("class", "n")], &thousands(*rows))?;
                    page.element("td", &[], |page| tag(page, *mark))
                })
            })
        })?;
    }
    for (number, (profile, dates)) in dated.iter().take(MOST_TABLES).enumerate() {
        let name = task_name(outcome, Some(profile.task));
        page.element("details", &[("class", "long")], |page| {
            page.leaf("summary", &[], &format!("{name}: rows by year of {}", dates.field))?;
            let most = dates.years.values().copied().max().unwrap_or(1);
            let heads = [("Year", ""), ("Rows", "n"), ("Of the most", "wide"), ("What is odd", "")];
            let caption = format!("{name}: rows by year of {}", dates.field);
            table(page, &format!("years-{number}"), &caption, &heads, |page| {
                dates.years.iter().take(MOST_YEARS).try_for_each(|(&year, &rows)| {
                    let mark = mark(&dates.years, year, today);
                    page.element("tr", &[], |page| {
                        page.leaf("th", &[("scope", "row")], &year.to_string())?;
                        page.leaf("td", &[("class", "n")], &thousands(rows))?;
                        page.element("td", &[("class", "wide")], |page| {
                            bar(page, rows, most, mark.is_some())
                        })?;
                        page.element("td", &[], |page| match mark {
                            Some(mark) => tag(page, mark),
                            None => page.text("\u{2013}"),
                        })
                    })
                })
            })
        })?;
    }
    rest(page, dated.len())
}

fn tag(page: &mut Markup<'_>, mark: Mark) -> io::Result<()> {
    let class = if mark == Mark::Spike { "tag doubtful" } else { "tag bad" };
    page.span("span", &[("class", class)], mark.words())
}

/// The number stands beside it, so the bar says nothing to whoever does not see it.
fn bar(page: &mut Markup<'_>, rows: u64, most: u64, is_odd: bool) -> io::Result<()> {
    let width = (u128::from(rows) * 100 / u128::from(most.max(1))).max(1).to_string();
    let frame = [
        ("class", if is_odd { "bar doubtful" } else { "bar" }),
        ("aria-hidden", "true"),
        ("viewBox", "0 0 100 8"),
        ("preserveAspectRatio", "none"),
    ];
    page.element("svg", &frame, |page| {
        page.element("rect", &[("width", &width), ("height", "8")], |_| Ok(()))
    })
}

/// Rows of the other tables against entries of the audit trail.
fn audit(page: &mut Markup<'_>, report: &Report<'_>) -> io::Result<()> {
    let Some(years) = against_audit(report.outcome) else { return Ok(()) };
    page.leaf("h3", &[], "Rows against audit entries")?;
    let silent = years.values().filter(|(rows, entries)| *rows > 0 && *entries == 0).count() as u64;
    let text = match silent {
        0 => "Every year with rows has entries in the audit trail.".to_owned(),
        years => format!(
            "{} rows, but no entry in the audit trail: ask whether it was begun later, or is cut off.",
            counted(years, "year has", "years have")
        ),
    };
    page.leaf("p", &[], &text)?;
    let most_rows = years.values().map(|(rows, _)| *rows).max().unwrap_or(1);
    let most_entries = years.values().map(|(_, entries)| *entries).max().unwrap_or(1);
    let heads = [
        ("Year", ""),
        ("Rows of other tables", "n"),
        ("Of the most", "wide"),
        ("Audit entries", "n"),
        ("Of the most ", "wide"),
    ];
    page.element("details", &[("class", "long")], |page| {
        page.leaf("summary", &[], "Rows and audit entries by year")?;
        table(page, "audit", "Rows and audit entries by year", &heads, |page| {
            years.iter().take(MOST_YEARS).try_for_each(|(year, (rows, entries))| {
                let is_silent = *rows > 0 && *entries == 0;
                page.element("tr", &[], |page| {
                    page.leaf("th", &[("scope", "row")], &year.to_string())?;
                    page.leaf("td", &[("class", "n")], &thousands(*rows))?;
                    page.element("td", &[("class", "wide")], |page| {
                        bar(page, *rows, most_rows, false)
                    })?;
                    let entries_text = match is_silent {
                        true => "none".to_owned(),
                        false => thousands(*entries),
                    };
                    page.leaf("td", &[("class", "n")], &entries_text)?;
                    page.element("td", &[("class", "wide")], |page| {
                        bar(page, *entries, most_entries, is_silent)
                    })
                })
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_do_not_round_to_none_or_all() {
        assert_eq!(step(0), ("f0", "0%".into()));
        assert_eq!(step(1), ("f1", "under 1%".into()));
        assert_eq!(step(4_999), ("f2", "49%".into()));
        assert_eq!(step(9_999), ("f4", "over 99%".into()));
        assert_eq!(step(10_000), ("f5", "100%".into()));
    }
}
