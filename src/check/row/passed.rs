//! Records that are no data: headers, comments, trailers, blank rows.

use super::grid::Cells;
use super::{Around, Reading, Row, Worker};
use crate::finding::Place;
use crate::schema::Trailer;
use crate::source::structure::{Cell, Form, Grammar};

/// A record that says how many came before it.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct SeenTrailer {
    pub(in crate::check) place: Place,
    /// What its cell says, where that is a number.
    pub(in crate::check) count: Option<u64>,
    /// Whether data follows it.
    pub(in crate::check) is_followed: bool,
}

impl Worker {
    /// Whether the row is a header or a comment.
    pub(super) fn is_passed_over(&self, around: &Around<'_>, row: Row, begin: usize) -> bool {
        let Reading { plan, columns, .. } = around.reading;
        let dialect = &plan.table.dialect;
        let number = around.block.first_row + row.number();
        // What stands before the header, a title or the like, is no data either.
        if !columns.goes_on && number <= plan.header_end() {
            return true;
        }
        if dialect.comment_rows.contains(&number) {
            return true;
        }
        dialect.comment_char.as_deref().is_some_and(|comment| {
            let record = around.block.bytes.get(begin..row.end as usize).unwrap_or_default();
            record.starts_with(comment.as_bytes())
        })
    }
}

/// Where the row is a trailer record: the number in its cell, if it is one.
pub(super) fn trailer(
    trailer: &Trailer,
    cells: Cells<'_>,
    bytes: &[u8],
    grammar: &Grammar,
) -> Option<Option<u64>> {
    let mut scratch = Vec::new();
    let first = grammar.value(bytes, cells.get(0)?, &mut scratch);
    if first != trailer.first.as_bytes() {
        return None;
    }
    let Some(number) = trailer.rows else { return Some(None) };
    let column = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let value = cells.get(column).map(|cell| grammar.value(bytes, cell, &mut scratch));
    let text = value.and_then(|value| std::str::from_utf8(value).ok());
    Some(text.and_then(|text| text.trim().parse().ok()))
}

/// Whether all cells of a row are empty.
pub(super) fn is_blank(cells: Cells<'_>, bytes: &[u8], grammar: &Grammar) -> bool {
    let empty = |cell: Cell| match cell.form {
        Form::Plain => cell.start == cell.end,
        Form::Quoted => cell.end - cell.start == 2,
        Form::Doubled | Form::Odd => grammar.value(bytes, cell, &mut Vec::new()).is_empty(),
    };
    cells.iter().all(empty)
}
