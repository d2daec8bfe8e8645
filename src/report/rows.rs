//! The table of files: one line for each declared resource and each other file with findings.

use super::{file_name, files_of};
use crate::check::{Outcome, Task};
use crate::finding::message::{plain, thousands};
use crate::finding::{Group, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// A line of the table.
pub(super) struct Row {
    /// The file's name; the resource's where it has no file.
    pub(super) name: String,
    /// The resource, where one is declared.
    pub(super) resource: Option<String>,
    /// Data rows found; `None` where it is no table or was not there.
    pub(super) rows: Option<u64>,
    /// Data rows declared.
    pub(super) expected: Option<u64>,
    /// Bytes read.
    pub(super) bytes: Option<u64>,
    /// Error findings.
    pub(super) errors: u64,
    /// Warning findings.
    pub(super) warnings: u64,
    /// One word or two: "ok", "errors", "warnings", "in part", "absent", "missing".
    pub(super) state: &'static str,
}

/// The lines: declared resources in the schema's order, then other files in path order.
pub(super) fn rows(outcome: &Outcome) -> Vec<Row> {
    let mut rows: Vec<Row> = outcome.tasks.iter().map(|task| row(outcome, task)).collect();
    let mut others: BTreeMap<u32, Row> = BTreeMap::new();
    for group in &outcome.groups {
        if let Some(row) = owner(outcome, group).and_then(|at| rows.get_mut(at)) {
            count(row, group);
            continue;
        }
        // Findings about several files are counted where the causes are listed.
        let files = files_of(None, group);
        let (Some(&file), 1) = (files.first(), files.len()) else { continue };
        count(others.entry(file).or_insert_with(|| other(outcome, file)), group);
    }
    rows.extend(others.into_values());
    let in_part: BTreeSet<u32> = outcome.gaps.iter().filter_map(|gap| gap.resource).collect();
    for (at, row) in rows.iter_mut().enumerate() {
        let task = outcome.tasks.get(at);
        let has_gap = || u32::try_from(at).is_ok_and(|at| in_part.contains(&at));
        row.state = match (row.errors, row.warnings) {
            (0, 0) if task.is_some_and(|task| task.files.is_empty()) => "absent",
            (1.., _) if task.is_some_and(|task| task.files.is_empty()) => "missing",
            (1.., _) => "errors",
            (0, 1..) => "warnings",
            (0, 0) if task.is_some() && has_gap() => "in part",
            (0, 0) => "ok",
        };
    }
    rows
}

fn row(outcome: &Outcome, task: &Task) -> Row {
    let first = task.files.first().and_then(|file| file_name(outcome, *file));
    let name = match (first, task.files.len()) {
        (Some(name), 1) => name,
        (Some(name), many) => format!("{name} and {} more", thousands(many as u64 - 1)),
        (None, _) => plain(&task.name, usize::MAX),
    };
    let is_there = !task.files.is_empty();
    let mut row = Row {
        name,
        resource: Some(plain(&task.name, usize::MAX)),
        rows: (task.kind == "table" && is_there).then_some(task.rows),
        expected: task.rows_expected,
        bytes: is_there.then_some(task.bytes),
        errors: 0,
        warnings: 0,
        state: "ok",
    };
    for group in &task.groups {
        count(&mut row, group);
    }
    row
}

/// A file that belongs to no resource.
fn other(outcome: &Outcome, file: u32) -> Row {
    let bytes = usize::try_from(file).ok().and_then(|at| outcome.files.get(at)).map(|f| f.bytes);
    Row {
        name: file_name(outcome, file).unwrap_or_default(),
        resource: None,
        rows: None,
        expected: None,
        bytes,
        errors: 0,
        warnings: 0,
        state: "ok",
    }
}

/// The task that a finding about the extract as a whole concerns.
fn owner(outcome: &Outcome, group: &Group) -> Option<usize> {
    let file = group.first.file.and_then(|file| outcome.files.get(usize::try_from(file).ok()?));
    let resource = group.resource.or_else(|| file.and_then(|file| file.resource));
    resource.and_then(|resource| usize::try_from(resource).ok())
}

fn count(row: &mut Row, group: &Group) {
    let number = match group.severity {
        Severity::Error => &mut row.errors,
        Severity::Warning => &mut row.warnings,
        Severity::Info => return,
    };
    *number = number.saturating_add(group.occurrences);
}
