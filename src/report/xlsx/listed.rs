//! The sheets of findings: grouped, to be worked on; and listed, example by example.

use super::sheet::{Cell, Column, Sheet};
use super::{FINDINGS, GROUPS, MOST_ROWS, Placed, STATES, label};
use crate::check::Identity;
use crate::finding::message::{counted, letters, message, plain, thousands, title};
use crate::finding::{Facts, Group};
use crate::report::{Report, file_name};
use rust_xlsxwriter::XlsxError;

/// Writes the working list, of which `all` is the number of groups.
pub(super) fn groups(
    report: &Report<'_>,
    groups: &[Placed<'_>],
    all: usize,
    mut sheet: Sheet<'_>,
) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new("No.", 7.0),
        Column::new("Severity", 11.0),
        Column::new(label::CODE, 20.0),
        Column::new("What is wrong", 50.0),
        Column::new(label::TABLE, 22.0),
        Column::new(label::FILE, 26.0),
        Column::new(label::COLUMNS, 22.0),
        Column::new("Letters", 9.0),
        Column::new(label::ABOUT, 36.0),
        Column::new(label::TIMES, 12.0),
        Column::new("Listed", 9.0),
        Column::new("First row", 11.0),
        Column::new("Last row", 11.0),
        Column::new("Forms found", 26.0),
        Column::new("What it usually means", 50.0),
        Column::new("What to do", 50.0),
        Column::new(label::STATUS, 18.0),
        Column::new(label::OWNER, 22.0),
        Column::new(label::COMMENT, 50.0),
    ])?;
    for placed in groups {
        let group = placed.group;
        let identity = Identity::of(report.outcome, placed.task, group);
        let file = group.first.file.and_then(|file| file_name(report.outcome, file));
        let letters: Vec<String> = group.fields.iter().map(|field| letters(field.number)).collect();
        let forms: Vec<String> = group
            .forms
            .iter()
            .map(|(form, count)| format!("{form} ({})", thousands(*count)))
            .collect();
        let entry = group.code.entry();
        let number = u64::from(placed.row);
        sheet.row(&[
            match placed.first {
                Some(row) => Cell::NumberLink { sheet: FINDINGS, row, number },
                None => Cell::Number(number),
            },
            Cell::Severity(group.severity),
            Cell::Text(&identity.code),
            Cell::Text(&format!("{}.", title(group))),
            Cell::Text(&identity.table),
            Cell::Text(&file.unwrap_or_default()),
            Cell::Text(&identity.fields),
            Cell::Text(&letters.join(", ")),
            Cell::Text(&identity.about),
            Cell::Number(group.occurrences),
            Cell::Number(report.samples.of(group).len() as u64),
            Cell::count(group.first.row),
            Cell::count(group.last.row),
            Cell::Text(&forms.join(", ")),
            Cell::Text(entry.cause),
            Cell::Text(group.suggestion.as_deref().unwrap_or(entry.remedy)),
        ])?;
    }
    sheet.choices(16, &STATES)?;
    if let more @ 1.. = all.saturating_sub(groups.len()) as u64 {
        sheet.note(&format!("and {}", counted(more, "more group", "more groups")))?;
    } else if groups.is_empty() {
        sheet.note("Nothing was found.")?;
    }
    sheet.end()
}

/// Writes the examples. The last row says how many are not listed, where any are not.
pub(super) fn findings(
    report: &Report<'_>,
    groups: &[Placed<'_>],
    mut sheet: Sheet<'_>,
) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new("Group", 8.0),
        Column::new("Severity", 11.0),
        Column::new(label::CODE, 20.0),
        Column::new(label::TABLE, 22.0),
        Column::new(label::FILE, 26.0),
        Column::new("Row", 12.0),
        Column::new("Column", 9.0),
        Column::new("Column name", 22.0),
        Column::new("What is wrong", 70.0),
        Column::new("Shape", 18.0),
        Column::new("Value", 18.0),
        Column::new("Line", 12.0),
        Column::new("Byte", 14.0),
        Column::new("First used in row", 12.0),
        Column::new("Token", 20.0),
        Column::new(label::STATUS, 18.0),
        Column::new(label::OWNER, 22.0),
        Column::new(label::COMMENT, 50.0),
    ])?;
    // One row is for the headings, and one for what is not listed.
    let room = MOST_ROWS - 1;
    let mut listed = 0_u64;
    'all: for placed in groups {
        for sample in report.samples.of(placed.group) {
            if sheet.next() >= room {
                break 'all;
            }
            finding(report, placed, sample, &mut sheet)?;
            listed += 1;
        }
    }
    // Accepting is done by group, where the number of what is accepted stands.
    sheet.choices(15, STATES.get(..3).unwrap_or(&STATES))?;
    let found = report.outcome.all_groups().map(|(_, group)| group.occurrences);
    let found = found.fold(0, u64::saturating_add);
    if listed < found {
        let text = format!(
            "{} of {} listed; the rest is not. The totals in the sheet {GROUPS} are exact.",
            thousands(listed),
            counted(found, "finding is", "findings are"),
        );
        sheet.note(&text)?;
    }
    sheet.end()
}

fn finding(
    report: &Report<'_>,
    placed: &Placed<'_>,
    sample: &crate::finding::Sample,
    sheet: &mut Sheet<'_>,
) -> Result<(), XlsxError> {
    let Placed { task, group, row, .. } = placed;
    let group: &Group = group;
    let file = sample.place.file.and_then(|file| file_name(report.outcome, file));
    let letters: Vec<String> = group.fields.iter().map(|field| letters(field.number)).collect();
    let names: Vec<String> = group.fields.iter().map(|field| plain(&field.name, 1_000)).collect();
    sheet.row(&[
        Cell::NumberLink { sheet: GROUPS, row: *row, number: u64::from(*row) },
        Cell::Severity(group.severity),
        Cell::Text(group.code.name()),
        Cell::Text(task.map(|task| task.name.as_str()).unwrap_or_default()),
        Cell::Text(&file.unwrap_or_default()),
        Cell::count(sample.place.row),
        Cell::Text(&letters.join(", ")),
        Cell::Text(&names.join(", ")),
        Cell::Text(&message(group, sample)),
        Cell::Text(sample.shape.as_deref().unwrap_or_default()),
        Cell::Text(sample.value.as_deref().unwrap_or_default()),
        Cell::count(sample.place.line),
        Cell::count(sample.place.byte),
        match &sample.facts {
            Facts::Duplicate { first, .. } => Cell::count(first.row),
            _ => Cell::Empty,
        },
        Cell::Text(sample.token.as_deref().unwrap_or_default()),
    ])
}
