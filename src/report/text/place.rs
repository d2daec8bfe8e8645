//! Where findings are, in words.

use super::names::shortened;
use crate::check::{Outcome, Task};
use crate::finding::message::{column, columns, counted, plain, thousands};
use crate::finding::{Facts, Group};
use crate::report::cause::Cause;
use crate::report::file_name;

/// Columns of one group that are named.
const MOST_COLUMNS: usize = 5;

/// Files of one group that are named.
const MOST_FILES: usize = 3;

/// Where the findings of one group are: file, columns, rows, and how often where that differs from
/// the cause's total.
pub(super) fn place(outcome: &Outcome, task: Option<&Task>, group: &Group, counts: bool) -> String {
    let rows = match (group.first.row, group.last.row) {
        (Some(first), Some(last)) if first == last => Some(format!("row {}", thousands(first))),
        (Some(first), Some(last)) if group.first.file == group.last.file => {
            Some(format!("rows {} to {}", thousands(first), thousands(last)))
        }
        (Some(first), _) => Some(format!("from row {}", thousands(first))),
        _ => None,
    };
    let name = files(outcome, group).or_else(|| task.map(|task| plain(&task.name, usize::MAX)));
    let times = counts.then(|| counted(group.occurrences, "time", "times"));
    [name, few_columns(group), rows, times].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The file of a group's findings; the first few where the files themselves are what was found.
fn files(outcome: &Outcome, group: &Group) -> Option<String> {
    let first = file_name(outcome, group.first.file?)?;
    if group.first.row.is_some() || group.first.file == group.last.file {
        return Some(first);
    }
    let mut names = vec![first];
    for sample in &group.samples {
        let Some(name) = sample.place.file.and_then(|file| file_name(outcome, file)) else {
            continue;
        };
        if names.len() < MOST_FILES && !names.contains(&name) {
            names.push(name);
        }
    }
    let more = group.occurrences.saturating_sub(names.len() as u64);
    let more = (more > 0).then(|| format!(" and {} more", thousands(more)));
    Some(format!("{}{}", names.join(", "), more.unwrap_or_default()))
}

/// The columns of a group, the first few where they are many.
fn few_columns(group: &Group) -> Option<String> {
    if group.fields.len() <= MOST_COLUMNS {
        return columns(&group.fields);
    }
    let some: Vec<String> = group.fields.iter().take(MOST_COLUMNS - 1).map(column).collect();
    let more = thousands((group.fields.len() - some.len()) as u64);
    Some(format!("columns {} and {more} more", some.join(", ")))
}

/// Where a cause is, on what is left of one line.
pub(super) fn in_short(outcome: &Outcome, cause: &Cause<'_>, room: usize) -> String {
    let Some((task, group)) = cause.members.first() else { return String::new() };
    let tables = cause.members.iter().filter_map(|(task, _)| *task).map(|task| task.name.as_str());
    let mut names: Vec<&str> = Vec::new();
    tables.for_each(|name| {
        if !names.contains(&name) {
            names.push(name);
        }
    });
    let from = match (names.as_slice(), task) {
        ([], _) | (_, None) => files(outcome, group).unwrap_or_else(|| "the extract".to_owned()),
        ([one], _) => plain(one, 40),
        (several, _) => {
            let first = several.first().map(|name| plain(name, 30)).unwrap_or_default();
            let more = counted(several.len() as u64 - 1, "more table", "more tables");
            format!("{first} and {more}")
        }
    };
    if let Facts::Reference { resource, .. } = &group.facts {
        return format!("to {}, from {from}", plain(resource, 30));
    }
    let detail = match cause.members.as_slice() {
        [(_, one)] if one.fields.len() > 1 => {
            Some(counted(one.fields.len() as u64, "column", "columns"))
        }
        [(_, one)] => columns(&one.fields).or_else(|| {
            let row = one.first.row.filter(|_| one.occurrences == 1)?;
            Some(format!("row {}", thousands(row)))
        }),
        _ => None,
    };
    match detail {
        Some(detail) => {
            let left = room.saturating_sub(detail.chars().count() + 2).max(12);
            format!("{}, {detail}", shortened(&from, left))
        }
        None => shortened(&from, room.max(12)),
    }
}
