//! The header against the declared fields, by alignment.
//!
//! Labels are matched to fields by name wherever that is safe, so that one missing or moved column
//! does not make every later cell wrong. What does not match is explained once: a label that differs
//! in letter case, spaces or underscores, one that is nearly the declared name, one that moved.

use crate::finding::{Code, Facts, FieldRef, Group, Place};
use crate::schema::{Field, FieldsMatch, Table};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many pairs of a label and a field may be compared letter by letter.
const MOST_COMPARISONS: usize = 1 << 20;

/// How the columns of one file meet the declared fields.
#[derive(Debug, Default, Clone)]
pub(super) struct Columns {
    /// For each column of the file: the declared field that it holds.
    pub(super) fields: Vec<Option<usize>>,
    /// For each declared field: its column in the file.
    pub(super) columns: Vec<Option<usize>>,
    /// The labels as found; empty where there is no header, or they may not be shown.
    pub(super) labels: Vec<String>,
    /// The header's bytes without line end, where it is one row: another such row is no data.
    pub(super) raw: Vec<u8>,
    /// Declared fields whose column the file lacks.
    pub(super) lacking: Vec<usize>,
    /// Whether the file goes on where another part of the table ended, and has no header itself.
    pub(super) goes_on: bool,
}

impl Columns {
    /// Columns by position: for a file without a header.
    pub(super) fn by_position(table: &Table) -> Self {
        let count = table.fields.len();
        Self {
            fields: (0..count).map(Some).collect(),
            columns: (0..count).map(Some).collect(),
            labels: Vec::new(),
            raw: Vec::new(),
            lacking: Vec::new(),
            goes_on: false,
        }
    }

    /// Whether a record is the header once more. Files that were put together keep their marks.
    pub(super) fn is_header(&self, record: &[u8]) -> bool {
        let record = record.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(record);
        !self.raw.is_empty() && record.trim_ascii_end() == self.raw
    }

    /// How many cells a row should have.
    pub(super) fn width(&self) -> usize {
        self.fields.len()
    }
}

/// Whether some label is the name of a field, however it is spelt: then a row may be a header.
pub(super) fn knows_any(labels: &[String], table: &Table) -> bool {
    let names = table.fields.iter().flat_map(|field| field.labels().map(folded));
    let names: BTreeSet<String> = names.collect();
    labels.iter().any(|label| names.contains(&folded(label)))
}

/// Whether there are several labels, and each is the name of a field: no row of data is so.
pub(super) fn knows_all(labels: &[String], table: &Table) -> bool {
    let names = table.fields.iter().flat_map(|field| field.labels().map(folded));
    let names: BTreeSet<String> = names.collect();
    labels.len() > 1 && labels.iter().all(|label| names.contains(&folded(label)))
}

/// Compares a header with the declared fields.
pub(super) fn align(
    labels: &[String],
    table: &Table,
    resource: u32,
    place: Place,
) -> (Columns, Vec<Group>) {
    let mut align = Aligner {
        labels,
        table,
        resource,
        place,
        columns: Columns {
            fields: vec![None; labels.len()],
            columns: vec![None; table.fields.len()],
            ..Columns::default()
        },
        groups: Vec::new(),
    };
    align.run();
    (align.columns, align.groups)
}

struct Aligner<'a> {
    labels: &'a [String],
    table: &'a Table,
    resource: u32,
    place: Place,
    columns: Columns,
    groups: Vec<Group>,
}

impl Aligner<'_> {
    fn run(&mut self) {
        if self.labels.iter().all(|label| label.trim().is_empty()) {
            let facts = Facts::Text("every label of the header is blank".into());
            self.say(Code::BlankHeader, None, None, facts);
            self.columns = self.positions();
            return;
        }
        self.match_names(str::to_owned, |field| {
            let others = field.other_names.iter().map(|other| other.name.clone());
            std::iter::once(field.name.clone()).chain(others).collect()
        });
        let exact = self.matched();
        self.match_names(folded, |field| vec![folded(&field.name)]);
        // Labels are shown only where half of them are known: else row 1 may be a patient's.
        let known = self.matched() * 2 >= self.labels.len().min(self.table.fields.len());
        if self.matched() == 0 && !self.labels.is_empty() && !self.table.fields.is_empty() {
            let facts = Facts::Text(
                "no label is a declared name: the file may have no header, or be another file"
                    .into(),
            );
            self.say(Code::IncorrectLabel, None, None, facts);
            self.columns = self.positions();
            return;
        }
        self.match_similar();
        self.columns.labels = if known { self.labels.to_vec() } else { Vec::new() };
        self.tell_unmatched(known);
        self.tell_spelling(exact);
        self.tell_order();
    }

    /// Columns by position, as far as there are labels.
    fn positions(&self) -> Columns {
        let mut columns = Columns::by_position(self.table);
        columns.fields =
            (0..self.labels.len()).map(|at| (at < self.table.fields.len()).then_some(at)).collect();
        for (field, column) in columns.columns.iter_mut().enumerate() {
            *column = (field < self.labels.len()).then_some(field);
        }
        columns
    }

    fn matched(&self) -> usize {
        self.columns.fields.iter().flatten().count()
    }

    fn pair(&mut self, column: usize, field: usize) {
        self.columns.fields[column] = Some(field);
        self.columns.columns[field] = Some(column);
    }

    /// Pairs labels and fields of the same name, first come first: `form` is what is compared of a
    /// label, `names` are the forms that a field may have.
    fn match_names(
        &mut self,
        form: impl Fn(&str) -> String,
        names: impl Fn(&Field) -> Vec<String>,
    ) {
        let mut by_name: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (column, label) in self.labels.iter().enumerate() {
            if self.columns.fields[column].is_none() {
                by_name.entry(form(label)).or_default().push_back(column);
            }
        }
        for (number, field) in self.table.fields.iter().enumerate() {
            if self.columns.columns[number].is_some() {
                continue;
            }
            let names = names(field);
            let first = names.iter().filter_map(|name| {
                by_name.get(name).and_then(VecDeque::front).map(|&column| (column, name))
            });
            if let Some((column, name)) = first.min() {
                if let Some(columns) = by_name.get_mut(name) {
                    columns.pop_front();
                }
                self.pair(column, number);
            }
        }
    }

    /// Pairs a label with the field that it is nearly, where both are left over between the same
    /// neighbours or the names are close; a blank label with the field missing at its place.
    fn match_similar(&mut self) {
        // Comparing each with each takes the product of both numbers: beyond some thousands of columns
        // only the name at the same place is looked at.
        let free_fields: Vec<usize> =
            (0..self.table.fields.len()).filter(|&f| self.columns.columns[f].is_none()).collect();
        let free_labels = self.labels.len() - self.matched();
        let compares_all = free_fields.len().saturating_mul(free_labels) <= MOST_COMPARISONS;
        let mut last_matched = None;
        for column in 0..self.labels.len() {
            if let Some(field) = self.columns.fields[column] {
                last_matched = Some(field);
                continue;
            }
            let label = folded(&self.labels[column]);
            let expected = last_matched.map_or(0, |field| field + 1);
            let free = |field: usize| self.columns.columns.get(field) == Some(&None);
            let close = |field: usize| {
                let name = folded(&self.table.fields[field].name);
                let distance = strsim::damerau_levenshtein(&label, &name);
                distance <= 2.max(name.chars().count() / 4) && distance * 2 <= label.chars().count()
            };
            // Between the same neighbours a name may have changed more.
            let next = self.columns.fields.get(column + 1);
            let alone = next.is_none_or(|next| *next == Some(expected + 1))
                && (next.is_some() || expected + 1 == self.table.fields.len());
            let renamed = |field: usize| {
                let name = folded(&self.table.fields[field].name);
                let longest = name.chars().count().max(label.chars().count());
                name.contains(&label)
                    || label.contains(&name)
                    || strsim::damerau_levenshtein(&label, &name) * 2 <= longest
            };
            let found = if label.is_empty() {
                free(expected).then_some(expected)
            } else {
                let all = free_fields.iter().copied().filter(|_| compares_all);
                let nearest =
                    all.filter(|&field| free(field) && close(field)).min_by_key(|&field| {
                        let name = folded(&self.table.fields[field].name);
                        (strsim::damerau_levenshtein(&label, &name), field.abs_diff(expected))
                    });
                nearest
                    .or_else(|| (alone && free(expected) && renamed(expected)).then_some(expected))
            };
            if let Some(field) = found {
                self.pair(column, field);
                last_matched = Some(field);
            }
        }
    }

    fn tell_unmatched(&mut self, known: bool) {
        use FieldsMatch::{Equal, Exact, Partial, Subset, Superset};
        let mode = self.table.fields_match;
        let mut seen = BTreeSet::new();
        for column in 0..self.labels.len() {
            let label = self.labels[column].clone();
            let found = known.then(|| label.clone());
            let duplicate = !seen.insert(label.clone()) && !label.trim().is_empty();
            if label.trim().is_empty() {
                let expected =
                    self.columns.fields[column].map(|f| self.table.fields[f].name.clone());
                self.say(
                    Code::BlankLabel,
                    Some(column),
                    None,
                    Facts::Name { expected, found: None },
                );
            } else if duplicate {
                self.say(
                    Code::DuplicateLabel,
                    Some(column),
                    None,
                    Facts::Name { expected: None, found },
                );
            } else if self.columns.fields[column].is_none()
                && matches!(mode, Exact | Equal | Superset)
            {
                self.say(
                    Code::ExtraLabel,
                    Some(column),
                    None,
                    Facts::Name { expected: None, found },
                );
            }
        }
        for field in 0..self.table.fields.len() {
            if self.columns.columns[field].is_some() {
                continue;
            }
            self.columns.lacking.push(field);
            if matches!(mode, Exact | Equal | Subset) {
                let expected = Some(self.table.fields[field].name.clone());
                let facts = Facts::Name { expected, found: None };
                self.say(Code::MissingLabel, None, Some(field), facts);
            }
        }
        let _ = Partial;
    }

    /// Labels that are paired though they are not written as declared.
    fn tell_spelling(&mut self, exact: usize) {
        if exact == self.matched() {
            return;
        }
        for column in 0..self.labels.len() {
            let Some(number) = self.columns.fields[column] else { continue };
            let (label, field) = (&self.labels[column], &self.table.fields[number]);
            let accepted = field.is_called(label);
            if accepted || label.trim().is_empty() {
                continue;
            }
            let facts = Facts::Name {
                expected: Some(field.name.clone()),
                found: Some(label.clone()).filter(|_| !self.columns.labels.is_empty()),
            };
            self.say(Code::IncorrectLabel, Some(column), Some(number), facts);
        }
    }

    /// Fields that stand elsewhere than declared: those outside the longest run in order.
    fn tell_order(&mut self) {
        if self.table.fields_match != FieldsMatch::Exact {
            return;
        }
        let order: Vec<usize> = self.columns.fields.iter().flatten().copied().collect();
        let in_place: BTreeSet<usize> = longest_increasing(&order).into_iter().collect();
        for number in order {
            if in_place.contains(&number) {
                continue;
            }
            let Some(column) = self.columns.columns[number] else { continue };
            let name = &self.table.fields[number].name;
            let text = format!(
                "the column {name} is declared as number {} and stands as number {}",
                number + 1,
                column + 1
            );
            self.say(Code::IncorrectLabel, Some(column), Some(number), Facts::Text(text));
        }
    }

    fn say(&mut self, code: Code, column: Option<usize>, field: Option<usize>, facts: Facts) {
        let mut group = Group::single(code, Some(self.resource), facts, self.place);
        let field = field.or_else(|| column.and_then(|column| self.columns.fields[column]));
        let name = match (field, column) {
            (Some(field), _) => Some(self.table.fields[field].name.clone()),
            (None, Some(_)) => Some(String::new()),
            (None, None) => None,
        };
        if let Some(name) = name {
            let number = column.or(field).unwrap_or(0) as u32 + 1;
            group.fields = vec![FieldRef { number, name }];
        }
        self.groups.push(group);
    }
}

/// A name without what people write differently: letter case, spaces, underscores, hyphens, quotes.
fn folded(name: &str) -> String {
    let kept = name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '"' | '\''));
    kept.flat_map(char::to_lowercase).collect()
}

/// A longest increasing part of distinct numbers.
fn longest_increasing(numbers: &[usize]) -> Vec<usize> {
    // For each length: the place of the smallest number that such a part can end with.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (at, &number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|&end| numbers[end] < number);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(place) = at {
        run.push(numbers[place]);
        at = before[place];
    }
    run
}

#[cfg(test)]
mod tests {
    use super::longest_increasing;

    #[test]
    fn the_longest_part_in_order_is_found() {
        for (numbers, length) in [
            (vec![], 0),
            (vec![3], 1),
            (vec![1, 2, 0], 2),
            (vec![2, 1, 0], 1),
            (vec![0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], 6),
        ] {
            let mut run = longest_increasing(&numbers);
            run.reverse();
            assert_eq!(run.len(), length, "{numbers:?}");
            assert!(run.is_sorted());
            let places = run.iter().map(|n| numbers.iter().position(|m| m == n).unwrap());
            assert!(places.is_sorted());
        }
    }
}
