//! The table of files: one line each, and one for all that have no problems where there are many.

use super::names::told_apart;
use super::{Line, Paint};
use crate::check::Outcome;
use crate::finding::message::{counted, thousands};
use crate::report::rows::{Row, rows};
use std::cmp::Reverse;

/// The most lines of the table, its heading apart.
const MOST_LINES: usize = 12;

/// The table, with a blank line before it; nothing where no file is known.
pub(super) fn table(outcome: &Outcome, width: usize) -> Vec<Line> {
    let rows = rows(outcome);
    if rows.is_empty() {
        return Vec::new();
    }
    let (shown, more) = select(rows);
    let numbers: [fn(&Row) -> String; 3] = [
        |row| row.rows.map(thousands).unwrap_or_default(),
        |row| thousands(row.errors),
        |row| thousands(row.warnings),
    ];
    let heads = ["rows", "errors", "warnings"];
    let widths: Vec<usize> = numbers
        .iter()
        .zip(heads)
        .map(|(number, head)| {
            let widest = shown.iter().map(|row| number(row).len()).max().unwrap_or(0);
            widest.max(head.len())
        })
        .collect();
    // Two blanks between the columns, and eight characters for the state.
    let taken = widths.iter().map(|width| width + 2).sum::<usize>() + 2 + 8;
    let longest = shown.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(4);
    let name_width = longest.min(width.saturating_sub(taken)).max(12);

    let join = |name: &str, cells: &[String], state: &str| {
        let mut line = name.to_owned();
        line.extend(std::iter::repeat_n(' ', name_width.saturating_sub(name.chars().count())));
        for (cell, width) in cells.iter().zip(&widths) {
            line.push_str(&format!("  {cell:>width$}"));
        }
        line.push_str("  ");
        line.push_str(state);
        line.trim_end().to_owned()
    };
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let heading = Line { text: join("file", &heads, "state"), paint: Some(Paint::Heading) };
    let mut lines = vec![Line::from(String::new()), heading];
    let names: Vec<&str> = shown.iter().map(|row| row.name.as_str()).collect();
    for (row, name) in shown.iter().zip(told_apart(&names, name_width)) {
        let cells: Vec<String> = numbers.iter().map(|number| number(row)).collect();
        lines.push(Line::from(join(&name, &cells, row.state)));
    }
    lines.extend(more.into_iter().map(Line::from));
    lines
}

/// The lines to show, and what is said of the others.
fn select(rows: Vec<Row>) -> (Vec<Row>, Vec<String>) {
    if rows.len() <= MOST_LINES {
        return (rows, Vec::new());
    }
    let (clean, mut troubled): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.errors == 0 && row.warnings == 0);
    troubled.sort_by_key(|row| (Reverse(row.errors), Reverse(row.warnings)));
    let rest = troubled.split_off(troubled.len().min(MOST_LINES - 2));
    let total = |rows: &[Row]| {
        let rows = rows.iter().filter_map(|row| row.rows);
        counted(rows.fold(0, u64::saturating_add), "row", "rows")
    };
    let mut more = Vec::new();
    if !rest.is_empty() {
        let errors = rest.iter().map(|row| row.errors).fold(0, u64::saturating_add);
        more.push(format!(
            "and {} with problems: {}, {}",
            counted(rest.len() as u64, "more file", "more files"),
            total(&rest),
            counted(errors, "error", "errors")
        ));
    }
    if !clean.is_empty() {
        let files = counted(clean.len() as u64, "file", "files");
        let of = |state: &str, word: &str| {
            let some = clean.iter().filter(|row| row.state == state).count();
            (some > 0).then(|| format!("{} {word}", thousands(some as u64)))
        };
        let not_ok = [of("absent", "absent"), of("in part", "checked in part")];
        let not_ok: Vec<String> = not_ok.into_iter().flatten().collect();
        let not_ok = match not_ok.is_empty() {
            true => String::new(),
            false => format!(" ({})", not_ok.join(", ")),
        };
        more.push(format!("{files} without problems{not_ok}: {}", total(&clean)));
    }
    (troubled, more)
}
