//! Files without a header: whether their columns are those declared.
//!
//! There nothing but the contents says which column is which. So the first rows are read against the
//! declared fields: where hardly a value fits, but all would if two columns changed places, one stood
//! elsewhere, or one were missing or too many, that is the cause, told once, and the file is read so.
//! Where there is more than one such explanation, none is taken, or only what they have in common.

use super::header::Columns;
use super::opening::{Opening, PEEK};
use super::table::{FieldPlan, TablePlan};
use super::{cell, diagnosis::is_most};
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place};
use crate::schema::Encoding;
use crate::source::structure::{Form, Grammar};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Rows that are looked at.
const MOST_ROWS: usize = 200;

/// Rows, or values of a column, from which nothing is concluded where there are less.
const FEW: usize = 10;

/// Columns beyond which nothing is compared: each move of a column is looked at.
const MOST_COLUMNS: usize = 512;

/// Columns whose contents do not fit beyond which no pair that changed places is looked for.
const MOST_SWAPPED: usize = 8;

impl Opening {
    /// Compares the first rows of a file without a header with the declared fields.
    pub(super) fn positions(
        &mut self,
        table: &TablePlan<'_>,
        grammar: &Grammar,
        member: u32,
        bytes: &[u8],
    ) {
        let rows = rows(table, grammar, self.encoding, bytes);
        let Some(cause) = (Fits { table, rows: &rows, known: BTreeMap::new() }).cause() else {
            return;
        };
        let place = Place { file: Some(member), ..Place::default() };
        let (columns, mut group) = cause.told(table, place);
        group.severity = table.table.severities.of("fieldsMatch").unwrap_or(group.severity);
        self.found.push(group);
        if !columns.lacking.is_empty() {
            let fields = columns.lacking.iter().filter_map(|&field| table.table.fields.get(field));
            let names: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
            self.gaps.push(Gap {
                resource: Some(table.resource),
                check: format!("the values of {}", names.join(", ")),
                reason: match cause {
                    Cause::Missing(range) if range.start() == range.end() => {
                        "the file has no such column".into()
                    }
                    _ => "it is not known which column holds them".into(),
                },
            });
        }
        self.by_position = Some(columns);
    }
}

/// A cell, and whether it is quoted.
type Text = (String, bool);

/// The first rows, all of the number of cells that nearly all rows have; none, where there is no such
/// number.
fn rows(
    table: &TablePlan<'_>,
    grammar: &Grammar,
    encoding: Encoding,
    bytes: &[u8],
) -> Vec<Vec<Text>> {
    let dialect = &table.table.dialect;
    let whole = bytes.len() < PEEK;
    let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut rows: Vec<Vec<Text>> = Vec::new();
    let mut number = 0;
    while start < bytes.len() && rows.len() < MOST_ROWS {
        let mut cells = Vec::new();
        let Some(record) = grammar.exact(bytes, start, whole, |cell| cells.push(cell)) else {
            break;
        };
        let raw = bytes.get(start..record.end).unwrap_or_default();
        let is_comment = dialect.comment_char.as_deref().map(str::as_bytes);
        number += 1;
        start = record.end;
        let passed_over = is_comment.is_some_and(|comment| raw.starts_with(comment))
            || dialect.comment_rows.contains(&number)
            || raw.trim_ascii().is_empty()
            || record.stray.is_some();
        // What an open quote may have swallowed says nothing of columns.
        if record.open_quote.is_some() {
            break;
        }
        if passed_over {
            continue;
        }
        let mut scratch = Vec::new();
        let mut text = |cell: crate::source::structure::Cell| {
            let value = grammar.value(bytes, cell, &mut scratch);
            let text = match encoding {
                Encoding::Windows1252 => {
                    encoding_rs::WINDOWS_1252.decode_without_bom_handling(value).0.into_owned()
                }
                _ => String::from_utf8_lossy(value).into_owned(),
            };
            (text, cell.form != Form::Plain)
        };
        rows.push(cells.into_iter().map(&mut text).collect());
    }
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    rows.iter().for_each(|row| *widths.entry(row.len()).or_default() += 1);
    let common = widths.into_iter().max_by_key(|(_, times)| *times);
    match common.filter(|(_, times)| is_most(*times as u64, rows.len() as u64)) {
        Some((width, _)) => rows.retain(|row| row.len() == width),
        None => rows.clear(),
    }
    rows
}

/// How a column's contents fit a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Nine in ten values, or there are none.
    Yes,
    /// Something between.
    Partly,
    /// Hardly one.
    No,
}

/// What explains how the columns stand.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cause {
    /// The columns of two fields changed places.
    Swapped(usize, usize),
    /// The column of a field (the first) stands at another's place, and those between are shifted.
    Moved(usize, usize),
    /// A column is missing: that of one of these fields.
    Missing(RangeInclusive<usize>),
    /// A column is too many: one of these.
    Extra(RangeInclusive<usize>),
}

struct Fits<'a> {
    table: &'a TablePlan<'a>,
    rows: &'a [Vec<Text>],
    /// What is known of a field and a column.
    known: BTreeMap<(usize, usize), Fit>,
}

impl Fits<'_> {
    fn cause(&mut self) -> Option<Cause> {
        let fields = self.table.fields.len();
        let width = self.rows.first().map_or(0, Vec::len);
        if self.rows.len() < FEW || fields < 2 || fields.max(width) > MOST_COLUMNS {
            return None;
        }
        if width + 1 == fields {
            self.missing(width)
        } else if width == fields + 1 {
            self.extra(width)
        } else if width == fields {
            self.order()
        } else {
            None
        }
    }

    fn is_null(field: &FieldPlan<'_>, sequence: Option<&str>, (text, quoted): &Text) -> bool {
        let missing = match field.only_empty_is_missing {
            true => text.is_empty(),
            false => field.missing.binary_search(&text.as_str()).is_ok(),
        };
        missing || (!quoted && sequence == Some(text))
    }

    fn fit(&mut self, field: usize, column: usize) -> Fit {
        if let Some(&fit) = self.known.get(&(field, column)) {
            return fit;
        }
        let fit = self.compare(field, column);
        self.known.insert((field, column), fit);
        fit
    }

    fn compare(&self, field: usize, column: usize) -> Fit {
        let Some(plan) = self.table.fields.get(field) else { return Fit::Yes };
        let sequence = self.table.table.dialect.null_sequence.as_deref();
        let (mut right, mut wrong, mut nearly) = (0, 0, 0);
        for cell in self.rows.iter().filter_map(|row| row.get(column)) {
            if Self::is_null(plan, sequence, cell) {
                wrong += u64::from(plan.field.constraints.required);
                continue;
            }
            match cell::read(plan, &cell.0) {
                _ if plan.anything_goes => right += 1,
                Ok(_) => right += 1,
                // It is written in another way than declared, but it is what is declared.
                Err(fault) if fault.what.is_some() || fault.length.is_some() => nearly += 1,
                Err(_) => wrong += 1,
            }
        }
        let all = right + wrong + nearly;
        match () {
            () if all == 0 || is_most(right, all) => Fit::Yes,
            () if is_most(wrong, all) && all >= FEW as u64 => Fit::No,
            () => Fit::Partly,
        }
    }

    /// The causes where there are as many columns as fields.
    fn order(&mut self) -> Option<Cause> {
        let count = self.table.fields.len();
        let wrong: Vec<usize> =
            (0..count).filter(|&field| self.fit(field, field) == Fit::No).collect();
        if wrong.is_empty() {
            return None;
        }
        // For each field: how many before it do not fit the column before theirs, or behind it.
        let mut left = vec![0_usize; count + 1];
        let mut right = vec![0_usize; count + 1];
        for field in 0..count {
            let fits_left = field > 0 && self.fit(field, field - 1) == Fit::Yes;
            let fits_right = field + 1 < count && self.fit(field, field + 1) == Fit::Yes;
            left[field + 1] = left[field] + usize::from(!fits_left);
            right[field + 1] = right[field] + usize::from(!fits_right);
        }
        // Each explanation: how many columns it does not explain, how many it moves.
        let mut best: Option<((usize, usize), Cause)> = None;
        let mut is_tied = false;
        let mut consider = |cause: Cause, moved: usize, explained: usize| {
            let cost = (wrong.len() - explained, moved);
            match &best {
                _ if explained == 0 => {}
                Some((least, _)) if *least < cost => {}
                Some((least, _)) if *least == cost => is_tied = true,
                _ => (best, is_tied) = (Some((cost, cause)), false),
            }
        };
        for from in 0..count {
            for to in (0..count).filter(|&to| to != from) {
                // Those between give way by one column.
                let odd = match from < to {
                    true => left[to + 1] - left[from + 1],
                    false => right[from] - right[to],
                };
                // Neighbours that change places are both; one of them is enough.
                let twice = to + 1 == from;
                if odd > 0 || twice || self.fit(from, to) != Fit::Yes {
                    continue;
                }
                let (low, high) = (from.min(to), from.max(to));
                let explained = wrong.iter().filter(|&&field| (low..=high).contains(&field));
                let cause = match high - low {
                    1 => Cause::Swapped(low, high),
                    _ => Cause::Moved(from, to),
                };
                consider(cause, high - low + 1, explained.count());
            }
        }
        if wrong.len() <= MOST_SWAPPED {
            for &one in &wrong {
                for other in (0..count).filter(|&other| other.abs_diff(one) > 1) {
                    let both_wrong = wrong.contains(&other);
                    let is_first = one < other || !both_wrong;
                    if is_first
                        && self.fit(one, other) == Fit::Yes
                        && self.fit(other, one) == Fit::Yes
                    {
                        let cause = Cause::Swapped(one.min(other), one.max(other));
                        consider(cause, 2, 1 + usize::from(both_wrong));
                    }
                }
            }
        }
        best.filter(|_| !is_tied).map(|(_, cause)| cause)
    }

    /// Which field's column is missing, as far as the contents tell.
    fn missing(&mut self, width: usize) -> Option<Cause> {
        // With the column of a field missing, fields before it fit their place, those behind it the
        // place before.
        let fits = |fits: &mut Self, field: usize, at: usize| match field.cmp(&at) {
            std::cmp::Ordering::Less => fits.fit(field, field) == Fit::Yes,
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => fits.fit(field, field - 1) == Fit::Yes,
        };
        self.between(width + 1, width, fits).map(Cause::Missing)
    }

    /// Which column is too many, as far as the contents tell.
    fn extra(&mut self, width: usize) -> Option<Cause> {
        let fits = |fits: &mut Self, column: usize, at: usize| match column.cmp(&at) {
            std::cmp::Ordering::Less => fits.fit(column, column) == Fit::Yes,
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => fits.fit(column - 1, column) == Fit::Yes,
        };
        let range = self.between(width, width - 1, fits)?;
        // A column without any value is the one.
        let mut empty = range.clone().filter(|&column| {
            self.rows.iter().all(|row| row.get(column).is_none_or(|(text, _)| text.is_empty()))
        });
        match (empty.next(), empty.next()) {
            (Some(column), None) => Some(Cause::Extra(column..=column)),
            _ => Some(Cause::Extra(range)),
        }
    }

    /// The places among `places` where leaving one out makes (nearly) all of `others` fit. Where
    /// every place would do, nothing is known.
    fn between(
        &mut self,
        places: usize,
        others: usize,
        fits: impl Fn(&mut Self, usize, usize) -> bool,
    ) -> Option<RangeInclusive<usize>> {
        let mut before = vec![0; places + 1];
        let mut behind = vec![0; places + 1];
        for place in 0..places {
            before[place + 1] = before[place] + usize::from(fits(self, place, places));
            let last = places - 1 - place;
            let fits_shifted = last > 0 && fits(self, last, 0);
            behind[last] = behind[last + 1] + usize::from(fits_shifted);
        }
        let score = |at: usize| before[at] + behind[at + 1];
        let most = (0..places).map(score).max()?;
        let first = (0..places).find(|&at| score(at) == most)?;
        let last = (0..places).rev().find(|&at| score(at) == most)?;
        let is_known = is_most(most as u64, others as u64) && (first, last) != (0, places - 1);
        is_known.then_some(first..=last)
    }
}

impl Cause {
    /// The columns as they stand, and what is told of it.
    fn told(&self, plan: &TablePlan<'_>, place: Place) -> (Columns, Group) {
        let count = plan.fields.len();
        let name = |field: usize| plan.table.fields.get(field).map_or("", |field| &field.name);
        let field =
            |number: usize| FieldRef { number: number as u32 + 1, name: name(number).into() };
        let names = |range: &RangeInclusive<usize>| {
            let names: Vec<&str> = range.clone().map(name).collect();
            names.join(", ")
        };
        let (held, code, text, fields): (Vec<Option<usize>>, _, _, Vec<FieldRef>) = match self {
            Self::Swapped(one, other) => {
                let mut held: Vec<Option<usize>> = (0..count).map(Some).collect();
                held.swap(*one, *other);
                let text = format!(
                    "the file has no header, and by their contents the columns {} and {} stand in \
                     each other's place",
                    name(*one),
                    name(*other)
                );
                (held, Code::IncorrectLabel, text, vec![field(*one), field(*other)])
            }
            Self::Moved(from, to) => {
                let mut held: Vec<Option<usize>> = (0..count).map(Some).collect();
                let moved = held.remove(*from);
                held.insert(*to, moved);
                let text = format!(
                    "the file has no header, and by the contents the column {} is declared as number \
                     {} and stands as number {}",
                    name(*from),
                    from + 1,
                    to + 1
                );
                (held, Code::IncorrectLabel, text, vec![field(*from)])
            }
            Self::Missing(range) => {
                let held = (0..count - 1).map(|column| match column {
                    _ if column < *range.start() => Some(column),
                    _ if column >= *range.end() => Some(column + 1),
                    _ => None,
                });
                let text = match range.start() == range.end() {
                    true => format!(
                        "the file has no header and a column less than declared; by the contents it \
                         is {} that is missing",
                        names(range)
                    ),
                    false => format!(
                        "the file has no header and a column less than declared; by the contents one \
                         of {} is missing",
                        names(range)
                    ),
                };
                (held.collect(), Code::MissingLabel, text, range.clone().map(field).collect())
            }
            Self::Extra(range) => {
                let held = (0..=count).map(|column| match column {
                    _ if column < *range.start() => Some(column),
                    _ if column > *range.end() => Some(column - 1),
                    _ => None,
                });
                let which = match range.start() == range.end() {
                    true => format!("it is number {}", range.start() + 1),
                    false => {
                        format!("it is one of numbers {} to {}", range.start() + 1, range.end() + 1)
                    }
                };
                let text = format!(
                    "the file has no header and a column more than declared; by the contents {which}"
                );
                let number = *range.start() as u32 + 1;
                let fields = vec![FieldRef { number, name: String::new() }];
                (held.collect(), Code::ExtraLabel, text, fields)
            }
        };
        let mut columns = Columns { columns: vec![None; count], ..Columns::default() };
        for (column, field) in held.iter().enumerate() {
            if let Some(place) = field.and_then(|field| columns.columns.get_mut(field)) {
                *place = Some(column);
            }
        }
        columns.lacking = (0..count).filter(|&field| columns.columns[field].is_none()).collect();
        columns.fields = held;
        let mut group = Group::single(code, Some(plan.resource), Facts::Text(text), place);
        group.fields = fields;
        (columns, group)
    }
}
