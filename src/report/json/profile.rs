//! Reconciliation counts and coverage of DMI07 as the report writes them: counts only, no values.

use crate::check::{Category, FileYears, Filled, Outcome, TableProfile};
use crate::report::file_name;
use serde::Serialize;
use std::collections::BTreeMap;

/// One of `profile`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProfileView<'a> {
    resource: &'a str,
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patients: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<DatesView<'a>>,
    fields: Vec<FilledView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileYearsView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DatesView<'a> {
    field: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_year: Option<i32>,
    undated: u64,
    rows_per_year: &'a BTreeMap<i32, u64>,
}

#[derive(Serialize)]
struct FilledView<'a> {
    name: &'a str,
    filled: u64,
    cells: u64,
    share: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileYearsView<'a> {
    file: Option<String>,
    rows: u64,
    rows_per_year: &'a BTreeMap<i32, u64>,
}

impl<'a> ProfileView<'a> {
    pub(super) fn of(outcome: &'a Outcome, profile: &'a TableProfile) -> Self {
        let task = usize::try_from(profile.task).ok().and_then(|task| outcome.tasks.get(task));
        let dates = profile.dates.as_ref().map(|dates| DatesView {
            field: &dates.field,
            first_year: dates.years.first_key_value().map(|(&year, _)| year),
            last_year: dates.years.last_key_value().map(|(&year, _)| year),
            undated: dates.undated,
            rows_per_year: &dates.years,
        });
        let field = |field: &'a Filled| FilledView {
            name: &field.name,
            filled: field.filled,
            cells: field.cells,
            share: field.share() as f64 / 10_000.0,
        };
        let file = |file: &'a FileYears| FileYearsView {
            file: file_name(outcome, file.file),
            rows: file.rows,
            rows_per_year: &file.years,
        };
        Self {
            resource: task.map(|task| task.name.as_str()).unwrap_or_default(),
            rows: profile.rows,
            deleted_rows: profile.deleted,
            patients: profile.patients,
            dates,
            fields: profile.fields.iter().map(field).collect(),
            files: profile.files.iter().map(file).collect(),
        }
    }
}

/// One of `categories`.
#[derive(Serialize)]
pub(super) struct CategoryView<'a> {
    name: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    resources: Vec<&'a str>,
    files: u64,
    rows: u64,
}

impl<'a> CategoryView<'a> {
    pub(super) fn of(outcome: &'a Outcome, category: &'a Category) -> Self {
        let name = |&task: &u32| {
            let task = usize::try_from(task).ok().and_then(|task| outcome.tasks.get(task));
            task.map(|task| task.name.as_str())
        };
        Self {
            name: category.name,
            state: category.state.name(),
            reason: category.state.reason(),
            resources: category.tasks.iter().filter_map(name).collect(),
            files: category.files,
            rows: category.rows,
        }
    }
}
