//! The sheets of numbers: what must be handed over, counts to be reconciled, how full fields are,
//! and rows by year.

use super::MOST_ROWS;
use super::sheet::{Cell, Column, Sheet};
use crate::check::Outcome;
use crate::report::Report;
use crate::report::years::{against_audit, mark, this_year};
use rust_xlsxwriter::XlsxError;

/// A name of a table.
fn name(outcome: &Outcome, task: u32) -> &str {
    outcome.tasks.get(task as usize).map(|task| task.name.as_str()).unwrap_or_default()
}

/// Counts of each table.
pub(super) fn profile(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    let outcome = report.outcome;
    sheet.columns(&[
        Column::new("Table", 34.0),
        Column::new("Rows", 14.0),
        Column::new("Rows expected", 14.0),
        Column::new("Deleted rows", 14.0),
        Column::new("Patients", 14.0),
        Column::new("Date field", 24.0),
        Column::new("First year", 10.0),
        Column::new("Last year", 10.0),
        Column::new("Rows without a date", 14.0),
    ])?;
    for profile in &outcome.profile {
        let dates = profile.dates.as_ref();
        let first = dates.and_then(|dates| Some(dates.years.first_key_value()?.0.to_string()));
        let last = dates.and_then(|dates| Some(dates.years.last_key_value()?.0.to_string()));
        let task = outcome.tasks.get(profile.task as usize);
        sheet.row(&[
            Cell::Text(name(outcome, profile.task)),
            Cell::Number(profile.rows),
            Cell::count(task.and_then(|task| task.rows_expected)),
            Cell::count(profile.deleted),
            Cell::count(profile.patients),
            Cell::Text(dates.map(|dates| dates.field.as_str()).unwrap_or_default()),
            Cell::Text(&first.unwrap_or_default()),
            Cell::Text(&last.unwrap_or_default()),
            Cell::count(dates.map(|dates| dates.undated)),
        ])?;
    }
    sheet.end()
}

/// What a migration must hand over.
pub(super) fn categories(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new("What must be handed over (DMI07)", 34.0),
        Column::new("State", 18.0),
        Column::new("Files", 12.0),
        Column::new("Rows", 14.0),
        Column::new("Tables", 60.0),
        Column::new("Why it is not there", 60.0),
    ])?;
    for category in &report.outcome.categories {
        let tables: Vec<&str> =
            category.tasks.iter().map(|task| name(report.outcome, *task)).collect();
        sheet.row(&[
            Cell::Text(category.name),
            Cell::Text(category.state.name()),
            Cell::Number(category.files),
            Cell::Number(category.rows),
            Cell::Text(&tables.join(", ")),
            Cell::Text(category.state.reason().unwrap_or_default()),
        ])?;
    }
    sheet.end()
}

/// How full each field is.
pub(super) fn completeness(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new("Table", 34.0),
        Column::new("Field", 34.0),
        Column::new("Cells", 14.0),
        Column::new("Filled", 14.0),
        Column::new("Share", 12.0),
    ])?;
    let fields = report
        .outcome
        .profile
        .iter()
        .flat_map(|profile| profile.fields.iter().map(move |field| (profile.task, field)));
    for (task, field) in fields.take(MOST_ROWS as usize - 2) {
        sheet.row(&[
            Cell::Text(name(report.outcome, task)),
            Cell::Text(&field.name),
            Cell::Number(field.cells),
            Cell::Number(field.filled),
            Cell::Share(field.share()),
        ])?;
    }
    sheet.end()
}

/// Rows by year, odd years marked; then those of the audit trail against all others.
pub(super) fn years(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    let outcome = report.outcome;
    let today = this_year(report);
    sheet.columns(&[
        Column::new("Table", 34.0),
        Column::new("Date field", 24.0),
        Column::new("Year", 10.0),
        Column::new("Rows", 14.0),
        Column::new("What is odd", 26.0),
        Column::new("Audit entries", 14.0),
    ])?;
    let dated = outcome.profile.iter().filter_map(|profile| {
        let dates = profile.dates.as_ref()?;
        Some(dates.years.iter().map(move |(year, rows)| (profile.task, dates, *year, *rows)))
    });
    for (task, dates, year, rows) in dated.flatten().take(MOST_ROWS as usize / 2) {
        let mark = mark(&dates.years, year, today);
        sheet.row(&[
            Cell::Text(name(outcome, task)),
            Cell::Text(&dates.field),
            Cell::Text(&year.to_string()),
            Cell::Number(rows),
            Cell::Text(mark.map(|mark| mark.words()).unwrap_or_default()),
        ])?;
    }
    let against = against_audit(outcome).unwrap_or_default();
    for (year, (rows, entries)) in against.into_iter().take(MOST_ROWS as usize / 4) {
        let is_silent = rows > 0 && entries == 0;
        sheet.row(&[
            Cell::Text("(all tables but the audit trail)"),
            Cell::Empty,
            Cell::Text(&year.to_string()),
            Cell::Number(rows),
            Cell::Text(if is_silent { "no audit entries" } else { "" }),
            Cell::Number(entries),
        ])?;
    }
    sheet.end()
}
