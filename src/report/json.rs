//! The report for machines: JSON that Frictionless v5 can load as a report of its own.
//!
//! What Frictionless asks for stands under its names; what it does not have stands beside it:
//!
//! - `code` is the finding's code, always. In `errors`, `type` is a type that Frictionless knows:
//!   the code itself where it has it, else the general type of what the finding is about, as
//!   `row-error`, since Frictionless refuses a report with any other. In `warnings` and `groups`,
//!   which it does not load, `type` is the code.
//! - `warnings` holds objects of the same form as `errors`, for warnings and infos.
//! - `cells` is empty, and `cell` too unless the value may be shown: Frictionless wants the keys.
//! - `accepted`, where there is any, has what was accepted beforehand, in the form of a baseline.
//! - `groups` has the exact totals; `errors` and `warnings` have the examples.
//!
//! **Invariant:** findings are written one by one, and never held as JSON in memory. All that may
//! differ between two runs stands in `run`; the `seconds` that Frictionless wants are 0.

use super::{Report, file_name};
use crate::check::{Outcome, Task};
use crate::finding::{Group, Severity};
use std::io::{self, Write};

pub mod lines;
mod profile;
mod view;

use super::object::{self, Object};
use profile::{CategoryView, ProfileView};
use view::{
    AcceptedView, FindingView, GroupView, RunView, SchemaView, Stats, TaskStats, ToolView,
    coverage, file_view,
};

/// Names this form of the report; a change that breaks readers gets another number.
pub const FORMAT: &str = "handover-report/1";

/// Writes the report, one finding a line.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.outcome;
    let mut object = Object::begin(out, 0)?;
    object.field("format", FORMAT)?;
    object.field("valid", &outcome.is_valid())?;
    object.field("stats", &stats(outcome))?;
    write_findings(&mut object, report, None, &outcome.groups)?;
    object.key("tasks")?;
    write_tasks(object.out(), report)?;
    object.elements("files", outcome.files.iter().map(|file| file_view(outcome, file)))?;
    if !outcome.accepted.is_empty() {
        let accepted = outcome.accepted.iter();
        object.elements("accepted", accepted.map(|a| AcceptedView::of(outcome, a)))?;
    }
    object.field("coverage", &coverage(outcome))?;
    let categories = outcome.categories.iter().map(|c| CategoryView::of(outcome, c));
    object.elements("categories", categories)?;
    object.elements("profile", outcome.profile.iter().map(|p| ProfileView::of(outcome, p)))?;
    object.field("schema", &outcome.schema.as_ref().map(SchemaView::of))?;
    let tool = ToolView { name: &report.tool.name, version: &report.tool.version };
    object.field("tool", &tool)?;
    object.field("holdsPatientData", &report.reveals)?;
    if let Some(run) = &report.run {
        object.field("run", &RunView::of(run))?;
    }
    object.end()?.write_all(b"\n")
}

fn write_tasks(out: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let tasks = &report.outcome.tasks;
    out.write_all(b"[")?;
    for (at, task) in tasks.iter().enumerate() {
        out.write_all(if at == 0 { "\n    " } else { ",\n    " }.as_bytes())?;
        write_task(out, report, task)?;
    }
    out.write_all(if tasks.is_empty() { "]" } else { "\n  ]" }.as_bytes())
}

fn write_task(out: &mut dyn Write, report: &Report<'_>, task: &Task) -> io::Result<()> {
    let name = frictionless_name(&task.name);
    let files: Vec<String> =
        task.files.iter().filter_map(|file| file_name(report.outcome, *file)).collect();
    // Frictionless wants a place; a table without a file has only its name.
    let place = match files.first() {
        Some(first) => first.clone(),
        None => task.name.clone(),
    };
    let count = |severity| count(&task.groups, severity);
    let errors = count(Severity::Error);
    let mut object = Object::begin(out, 2)?;
    object.field("name", &name)?;
    if name != task.name {
        object.field("title", &task.name)?;
    }
    object.field("type", task.kind)?;
    object.field("place", &place)?;
    if files.len() > 1 {
        object.field("places", &files)?;
    }
    object.field("valid", &(errors == 0))?;
    object.field("labels", &task.labels)?;
    let stats = TaskStats {
        errors,
        warnings: count(Severity::Warning).saturating_add(count(Severity::Info)),
        seconds: 0,
        bytes: task.bytes,
        rows: task.rows,
        fields: task.fields,
    };
    object.field("stats", &stats)?;
    write_findings(&mut object, report, Some(task), &task.groups)?;
    object.end()?;
    Ok(())
}

/// `warnings`, `errors` and `groups`.
fn write_findings(
    object: &mut Object<'_>,
    report: &Report<'_>,
    task: Option<&Task>,
    groups: &[Group],
) -> io::Result<()> {
    let of = |is_error: bool| {
        let groups = groups.iter().filter(move |g| (g.severity == Severity::Error) == is_error);
        groups.flat_map(move |group| {
            let samples = report.samples.of(group).iter();
            samples.map(move |sample| FindingView::of(report.outcome, task, group, sample))
        })
    };
    object.elements("warnings", of(false))?;
    object.elements("errors", of(true))?;
    object.elements("groups", groups.iter().map(|group| GroupView::of(report.outcome, group)))
}

fn count(groups: &[Group], severity: Severity) -> u64 {
    let groups = groups.iter().filter(|group| group.severity == severity);
    groups.fold(0, |sum, group| sum.saturating_add(group.occurrences))
}

fn stats(outcome: &Outcome) -> Stats {
    let count = |severity| outcome.count(severity);
    Stats {
        tasks: outcome.tasks.len(),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning).saturating_add(count(Severity::Info)),
        seconds: 0,
    }
}

/// Frictionless allows lower-case letters, digits and `-._/` in the name of a task.
fn frictionless_name(name: &str) -> String {
    let fit = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | '-' | '.' | '_' | '/') => c,
        _ => '-',
    };
    match name.is_empty() {
        true => "-".to_owned(),
        false => name.chars().map(fit).collect(),
    }
}
