//! The report as a workbook, for those who work in a spreadsheet: what was found, grouped and
//! listed, with columns in which the work on it is noted.
//!
//! The sheet "Groups" is the working list: where its status says "Accepted", [`super::baseline`]
//! reads it back. Text is written as text, so nothing in a cell is a formula, whatever it looks
//! like. The bytes depend on the report alone.
//!
//! **Invariant:** the list of findings goes to the disk row by row, into a file without a name, so
//! that its length takes no memory.

use super::rows::rows;
use super::{Report, Verdict, extent, file_name};
use crate::check::{Outcome, Task};
use crate::error::{Error, Result};
use crate::finding::catalogue::Entry;
use crate::finding::message::{counted, thousands};
use crate::finding::{Facts, Group};
use crate::pipeline::Interrupt;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use sheet::{Cell, Column, Formats, Sheet};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

mod listed;
mod numbers;
mod sheet;

/// The sheet that is read back.
pub(super) const GROUPS: &str = "Groups";
const SUMMARY: &str = "Summary";
const FILES: &str = "Files";
const FINDINGS: &str = "Findings";
const REFERENCES: &str = "References";
const ACCEPTED: &str = "Accepted";
const NOT_CHECKED: &str = "Not checked";
const CATEGORIES: &str = "DMI07";
const PROFILE: &str = "Profile";
const COMPLETENESS: &str = "Completeness";
const YEARS: &str = "Years";
const READ_ME: &str = "Read me";

/// Columns of the sheet "Groups" that are read back.
pub(super) mod label {
    pub(in crate::report) const CODE: &str = "Code";
    pub(in crate::report) const TABLE: &str = "Table";
    pub(in crate::report) const FILE: &str = "File";
    pub(in crate::report) const COLUMNS: &str = "Columns";
    pub(in crate::report) const ABOUT: &str = "Particulars";
    pub(in crate::report) const TIMES: &str = "Times";
    pub(in crate::report) const STATUS: &str = "Status";
    pub(in crate::report) const OWNER: &str = "Owner";
    pub(in crate::report) const COMMENT: &str = "Comment";
}

/// What a status may be. Empty is open too.
const STATES: [&str; 4] = ["Open", "With the supplier", "Mended", ACCEPTED_STATE];

/// The status that accepts a group.
pub(super) const ACCEPTED_STATE: &str = "Accepted";

/// The most rows of a sheet, its headings included.
const MOST_ROWS: u32 = 1_048_576;

/// The most links that spreadsheet programs take in one sheet.
const MOST_LINKS: u32 = 65_530;

/// Writes the workbook. Its list of findings waits in a nameless file in `temp_dir`.
///
/// # Errors
/// Those of `out` as the inner result; where the workbook cannot be made, or a stop was asked for,
/// the outer one.
pub fn write(
    report: &Report<'_>,
    out: &mut (dyn Write + Send),
    temp_dir: &Path,
    interrupt: &Interrupt,
) -> Result<io::Result<()>> {
    let made = workbook(report, temp_dir, interrupt);
    interrupt.check()?;
    let mut book = made.map_err(|error| match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => {
            Error::io("write temporary data to", temp_dir, error)
        }
        other => Error::internal(other),
    })?;
    match book.save_to_writer(out) {
        Ok(()) => Ok(Ok(())),
        Err(XlsxError::IoError(error)) => Ok(Err(error)),
        Err(XlsxError::ZipError(error)) => Ok(Err(io::Error::other(error))),
        Err(other) => Err(Error::internal(other)),
    }
}

/// A group with the row in which it stands in the sheet of groups, counted from 0.
struct Placed<'a> {
    row: u32,
    task: Option<&'a Task>,
    group: &'a Group,
    /// The row of its first example in the sheet of findings.
    first: Option<u32>,
}

/// The groups that have a place in the sheet, by weight: grave ones first, then frequent ones.
fn placed<'a>(report: &'a Report<'_>) -> Vec<Placed<'a>> {
    let mut groups: Vec<(Option<&Task>, &Group)> = report.outcome.all_groups().collect();
    groups.sort_by_key(|(_, group)| {
        (std::cmp::Reverse(group.severity), std::cmp::Reverse(group.occurrences), group.code)
    });
    let mut next = 1_u32;
    groups
        .into_iter()
        .zip(1..MOST_ROWS - 1)
        .map(|((task, group), row)| {
            let examples = u32::try_from(report.samples.of(group).len()).unwrap_or(u32::MAX);
            let first = (examples > 0 && next < MOST_ROWS - 1).then_some(next);
            next = next.saturating_add(examples);
            Placed { row, task, group, first }
        })
        .collect()
}

fn workbook(
    report: &Report<'_>,
    temp_dir: &Path,
    interrupt: &Interrupt,
) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(
        &DocProperties::new().set_title("Check of a data extract").set_creation_datetime(&made),
    );
    book.set_tempdir(temp_dir)?;
    let formats = Formats::new();
    let groups = placed(report);
    let all = report.outcome.all_groups().count();
    summary(report, Sheet::begin(book.add_worksheet(), SUMMARY, &formats)?)?;
    files(report, &groups, Sheet::begin(book.add_worksheet(), FILES, &formats)?)?;
    let sheet = Sheet::begin(book.add_worksheet(), GROUPS, &formats)?;
    listed::groups(report, &groups, all, sheet.stopped_by(interrupt))?;
    let sheet = Sheet::begin(book.add_worksheet_with_low_memory()?, FINDINGS, &formats)?;
    listed::findings(report, &groups, sheet.stopped_by(interrupt))?;
    references(report, &groups, Sheet::begin(book.add_worksheet(), REFERENCES, &formats)?)?;
    if !report.outcome.accepted.is_empty() {
        accepted(report, Sheet::begin(book.add_worksheet(), ACCEPTED, &formats)?)?;
    }
    if !report.outcome.gaps.is_empty() {
        not_checked(report.outcome, Sheet::begin(book.add_worksheet(), NOT_CHECKED, &formats)?)?;
    }
    if !report.outcome.categories.is_empty() {
        numbers::categories(report, Sheet::begin(book.add_worksheet(), CATEGORIES, &formats)?)?;
    }
    if !report.outcome.profile.is_empty() {
        numbers::profile(report, Sheet::begin(book.add_worksheet(), PROFILE, &formats)?)?;
        numbers::completeness(report, Sheet::begin(book.add_worksheet(), COMPLETENESS, &formats)?)?;
        numbers::years(report, Sheet::begin(book.add_worksheet(), YEARS, &formats)?)?;
    }
    read_me(report, Sheet::begin(book.add_worksheet(), READ_ME, &formats)?)?;
    Ok(book)
}

fn summary(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    let outcome = report.outcome;
    sheet.columns(&[Column::new("What", 26.0), Column::new("", 100.0)])?;
    let mut facts: Vec<(&str, String)> =
        vec![("Outcome", Verdict::of(outcome).words().to_owned()), ("In numbers", extent(outcome))];
    if report.reveals {
        facts.push((
            "Patient data",
            "This workbook holds patient data: cell values were asked for. Keep it as you keep \
             the extract."
                .into(),
        ));
    }
    let accepted =
        outcome.accepted.iter().map(|a| a.group.occurrences).fold(0, u64::saturating_add);
    if accepted > 0 {
        let text = counted(accepted, "finding was", "findings were");
        facts.push(("Accepted", format!("{text} accepted beforehand; not counted above")));
    }
    match &outcome.schema {
        None => facts.push(("Schema", "none: only what needs no schema was checked".into())),
        Some(schema) => {
            let version = schema.version.as_deref().unwrap_or_default();
            facts.push(("Schema", format!("{} {version}", schema.name).trim().to_owned()));
            facts.push(("How it was found", schema.origin.clone()));
            facts.push(("SHA-512 of the schema", schema.sha512.clone()));
        }
    }
    let gaps = outcome.gaps.len() as u64;
    facts.push((
        "Not checked",
        match (gaps, &outcome.schema) {
            (0, Some(_)) => "nothing: every check that the schema asks for was made".into(),
            (0, None) => "what tables should hold: there was no schema".into(),
            (gaps, _) => counted(gaps, "check was not made", "checks were not made"),
        },
    ));
    facts.push(("Program", format!("{} {}", report.tool.name, report.tool.version)));
    if let Some(run) = &report.run {
        facts.push(("Begun", run.started.clone()));
        facts.push(("Took", format!("{:.1} seconds", run.seconds)));
    }
    for (name, text) in facts {
        sheet.row(&[Cell::Strong(name), Cell::Text(&text)])?;
    }
    let mut links = vec![
        (FILES, "every file and table, with rows and findings"),
        (GROUPS, "what was found, by cause: the working list"),
        (FINDINGS, "examples one by one"),
        (REFERENCES, "keys that point to nothing"),
    ];
    if accepted > 0 {
        links.push((ACCEPTED, "what was accepted beforehand, and by whom"));
    }
    if gaps > 0 {
        links.push((NOT_CHECKED, "which checks were not made, and why"));
    }
    if !outcome.categories.is_empty() {
        links.push((CATEGORIES, "what a migration must hand over, and whether it is here"));
    }
    if !outcome.profile.is_empty() {
        links.push((PROFILE, "counts to reconcile with the old and the new system"));
        links.push((COMPLETENESS, "how full each field is"));
        links.push((YEARS, "rows by year, odd years marked, and against the audit trail"));
    }
    links.push((READ_ME, "how to use this workbook"));
    for (to, text) in links {
        sheet.row(&[Cell::Link { sheet: to, row: 0, text: to }, Cell::Text(text)])?;
    }
    sheet.end()
}

fn files(
    report: &Report<'_>,
    groups: &[Placed<'_>],
    mut sheet: Sheet<'_>,
) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new("File", 46.0),
        Column::new("Table", 30.0),
        Column::new("State", 12.0),
        Column::new("Rows expected", 14.0),
        Column::new("Rows found", 14.0),
        Column::new("Bytes", 16.0),
        Column::new("Errors", 12.0),
        Column::new("Warnings", 12.0),
    ])?;
    let mut first: BTreeMap<String, u32> = BTreeMap::new();
    for placed in groups {
        if let Some(task) = placed.task {
            let name = crate::finding::message::plain(&task.name, usize::MAX);
            first.entry(name).or_insert(placed.row);
        }
    }
    let all = rows(report.outcome);
    for row in all.iter().take(MOST_ROWS as usize - 2) {
        let at = row.resource.as_ref().and_then(|name| first.get(name));
        let name = match at {
            Some(&at) => Cell::Link { sheet: GROUPS, row: at, text: &row.name },
            None => Cell::Text(&row.name),
        };
        sheet.row(&[
            name,
            Cell::Text(row.resource.as_deref().unwrap_or_default()),
            Cell::Text(row.state),
            Cell::count(row.expected),
            Cell::count(row.rows),
            Cell::count(row.bytes),
            Cell::Number(row.errors),
            Cell::Number(row.warnings),
        ])?;
    }
    if let more @ 1.. = all.len().saturating_sub(MOST_ROWS as usize - 2) {
        sheet.note(&format!("and {} more", thousands(more as u64)))?;
    }
    sheet.end()
}

fn references(
    report: &Report<'_>,
    groups: &[Placed<'_>],
    mut sheet: Sheet<'_>,
) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new("Table", 30.0),
        Column::new("Columns", 30.0),
        Column::new("Points to table", 30.0),
        Column::new("Its columns", 30.0),
        Column::new("References to nothing", 14.0),
        Column::new("Different missing keys", 14.0),
        Column::new("First row", 12.0),
        Column::new("Last row", 12.0),
    ])?;
    for placed in groups {
        let Facts::Reference { resource, fields, distinct } = &placed.group.facts else { continue };
        let name = placed.task.map(|task| task.name.as_str()).unwrap_or_default();
        let own: Vec<&str> = placed.group.fields.iter().map(|field| field.name.as_str()).collect();
        sheet.row(&[
            Cell::Link { sheet: GROUPS, row: placed.row, text: name },
            Cell::Text(&own.join(", ")),
            Cell::Text(resource),
            Cell::Text(&fields.join(", ")),
            Cell::Number(placed.group.occurrences),
            Cell::Number(*distinct),
            Cell::count(placed.group.first.row),
            Cell::count(placed.group.last.row),
        ])?;
    }
    if sheet.is_empty() {
        let text = match report.outcome.schema.is_some() {
            true => "No reference to a missing key was found.",
            false => "There was no schema, so no reference was checked.",
        };
        sheet.note(text)?;
    }
    sheet.end()
}

fn accepted(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    let outcome = report.outcome;
    sheet.columns(&[
        Column::new("Severity", 11.0),
        Column::new(label::CODE, 22.0),
        Column::new("What", 60.0),
        Column::new(label::TABLE, 30.0),
        Column::new(label::FILE, 30.0),
        Column::new(label::COLUMNS, 30.0),
        Column::new(label::TIMES, 12.0),
        Column::new("Reason", 60.0),
        Column::new("Accepted by", 30.0),
    ])?;
    for accepted in outcome.accepted.iter().take(MOST_ROWS as usize - 2) {
        let group = &accepted.group;
        let task = accepted.task.and_then(|task| outcome.tasks.get(task as usize));
        let fields: Vec<&str> = group.fields.iter().map(|field| field.name.as_str()).collect();
        let file = group.first.file.and_then(|file| file_name(outcome, file));
        sheet.row(&[
            Cell::Severity(group.severity),
            Cell::Text(group.code.name()),
            Cell::Text(&crate::finding::message::title(group)),
            Cell::Text(task.map(|task| task.name.as_str()).unwrap_or_default()),
            Cell::Text(&file.unwrap_or_default()),
            Cell::Text(&fields.join(", ")),
            Cell::Number(group.occurrences),
            Cell::Text(&accepted.reason),
            Cell::Text(&accepted.by),
        ])?;
    }
    sheet.end()
}

fn not_checked(outcome: &Outcome, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    sheet.columns(&[
        Column::new(label::TABLE, 30.0),
        Column::new("Check", 60.0),
        Column::new("Why it was not made", 80.0),
    ])?;
    for gap in outcome.gaps.iter().take(MOST_ROWS as usize - 2) {
        let task = gap.resource.and_then(|resource| outcome.tasks.get(resource as usize));
        sheet.row(&[
            Cell::Text(task.map(|task| task.name.as_str()).unwrap_or_default()),
            Cell::Text(&gap.check),
            Cell::Text(&gap.reason),
        ])?;
    }
    sheet.end()
}

fn read_me(report: &Report<'_>, mut sheet: Sheet<'_>) -> Result<(), XlsxError> {
    sheet.columns(&[Column::new("Read me", 110.0)])?;
    let shapes = match report.reveals {
        true => {
            "Cell values are shown because they were asked for: keep this workbook as you keep \
                 the extract."
        }
        false => {
            "No cell value is shown, unless the schema declares its field free of personal \
                  data. A shape stands for a value: 9 for a digit, A and a for letters."
        }
    };
    let texts = [
        "Groups is the list to work on: one row for each cause, the gravest and most frequent first. \
         Put a status, an owner and a comment in its last three columns, filter, sort, and send it \
         to whoever supplied the extract.",
        "Status \"Accepted\" accepts a cause as it is. It needs a reason in Comment and a name in \
         Owner. The next check takes it with --baseline and this workbook's name: what was accepted \
         no longer counts, and stands in the reports and in the package as accepted. More findings \
         of the same cause than there are here are not accepted.",
        "The columns before the status say what is accepted; do not change their text. Rows may be \
         sorted or removed, and columns moved.",
        "Findings lists examples one by one. Totals in Groups are exact, however few are listed; \
         --samples says how many of each group are kept.",
        "Row counts every record of the file, the header being row 1: it is the row that a \
         spreadsheet shows when it opens the file. Column is lettered as a spreadsheet does.",
        "A finding is an error where the schema or the format says \"must\", a warning where it says \
         \"should\", and an info where it is worth knowing.",
        shapes,
        "A check compares files with their declared schema. It does not say whether what they hold \
         is clinically right or complete.",
    ];
    for text in texts {
        sheet.row(&[Cell::Text(text)])?;
    }
    sheet.row(&[Cell::Strong("What the codes mean")])?;
    let mut used: BTreeMap<&str, &Entry> = BTreeMap::new();
    for (_, group) in report.outcome.all_groups() {
        used.insert(group.code.name(), group.code.entry());
    }
    for (name, entry) in used {
        let text = format!(
            "{name}: {} Why it matters: {} Example: {}",
            entry.title, entry.why, entry.example
        );
        sheet.row(&[Cell::Text(&text)])?;
    }
    sheet.end()
}
