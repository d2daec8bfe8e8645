//! What is counted of each column while all rows are read.

use super::privacy;
use super::sketch::{self, Sketch};
use crate::schema::form::Form;
use std::collections::BTreeMap;

/// Values that an `enum` may have.
const MOST_VALUES: usize = 50;

/// Bytes of a value that may stand in an `enum`.
const LONGEST_VALUE: usize = 100;

/// Words that stand for "no value".
pub(super) const PLACEHOLDERS: [&str; 9] =
    ["NULL", "null", "Null", "N/A", "n/a", "NA", "\\N", "None", "-"];

/// References to nothing, where there are no such keys.
pub(super) const SENTINELS: [&str; 2] = ["-1", "0"];

/// How often a value came, and for whom.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    /// Its rows.
    pub(super) rows: u64,
    /// Hashes of the persons, or rows where no column names the person; no more than are asked for.
    pub(super) persons: Vec<u64>,
}

impl Held {
    fn add(&mut self, person: u64) {
        self.rows += 1;
        self.meet(person);
    }

    fn meet(&mut self, person: u64) {
        if self.persons.len() < privacy::LEAST_PERSONS && !self.persons.contains(&person) {
            self.persons.push(person);
        }
    }

    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        other.persons.into_iter().for_each(|person| self.meet(person));
    }
}

/// Counts of a column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// Cells that are empty.
    pub(super) empty: u64,
    /// Cells that are not.
    pub(super) filled: u64,
    /// Filled cells by their form.
    pub(super) forms: BTreeMap<Form, u64>,
    /// Cells that are one of the words for "no value".
    pub(super) placeholders: BTreeMap<&'static str, u64>,
    /// Cells that are one of [`SENTINELS`].
    pub(super) sentinels: BTreeMap<&'static str, u64>,
    /// All values, as long as they are few and short.
    pub(super) values: Option<BTreeMap<Vec<u8>, Held>>,
    /// The smallest and the largest whole number.
    pub(super) range: Option<(i64, i64)>,
    /// The longest value in bytes.
    pub(super) longest: usize,
    /// Cells that are NHS numbers by their check digit.
    pub(super) nhs_numbers: u64,
    pub(super) sketch: Sketch,
    last: (u64, Form),
}

impl Column {
    /// Nothing yet; `most`: values in the sketch.
    pub(super) fn new(most: usize) -> Self {
        Self {
            empty: 0,
            filled: 0,
            forms: BTreeMap::new(),
            placeholders: BTreeMap::new(),
            sentinels: BTreeMap::new(),
            values: Some(BTreeMap::new()),
            range: None,
            longest: 0,
            nhs_numbers: 0,
            sketch: Sketch::new(most),
            last: (0, Form::Text),
        }
    }

    /// Counts a cell of a person's row; gives its hash, `None` for an empty one.
    pub(super) fn add(&mut self, cell: &[u8], person: u64) -> Option<u64> {
        if cell.is_empty() {
            self.empty += 1;
            return None;
        }
        self.filled += 1;
        let hash = sketch::hash(cell);
        // Rows often repeat the value of the row before.
        let form = if self.last.0 == hash { self.last.1 } else { Form::of(cell) };
        self.last = (hash, form);
        *self.forms.entry(form).or_default() += 1;
        self.longest = self.longest.max(cell.len());
        if form == Form::Text && cell.len() <= 4 {
            let word = PLACEHOLDERS.iter().find(|word| word.as_bytes() == cell);
            if let Some(word) = word {
                *self.placeholders.entry(word).or_default() += 1;
            }
        }
        if form == Form::Integer
            && let Some(number) = std::str::from_utf8(cell).ok().and_then(|text| text.parse().ok())
        {
            let (low, high) = self.range.unwrap_or((number, number));
            self.range = Some((low.min(number), high.max(number)));
            if let Some(word) = SENTINELS.iter().find(|word| word.as_bytes() == cell) {
                *self.sentinels.entry(word).or_default() += 1;
            }
        }
        if cell.len() == 10 && form == Form::Integer && privacy::is_nhs_number(cell) {
            self.nhs_numbers += 1;
        }
        if let Some(values) = &mut self.values {
            let room = values.len() < MOST_VALUES && cell.len() <= LONGEST_VALUE;
            match values.get_mut(cell) {
                Some(held) => held.add(person),
                None if room => {
                    let mut held = Held::default();
                    held.add(person);
                    values.insert(cell.to_vec(), held);
                }
                None => self.values = None,
            }
        }
        self.sketch.add(hash);
        Some(hash)
    }

    /// Adds the counts of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.empty += other.empty;
        self.filled += other.filled;
        for (form, count) in other.forms {
            *self.forms.entry(form).or_default() += count;
        }
        for (word, count) in other.placeholders {
            *self.placeholders.entry(word).or_default() += count;
        }
        for (word, count) in other.sentinels {
            *self.sentinels.entry(word).or_default() += count;
        }
        self.values = match (self.values.take(), other.values) {
            (Some(mut ours), Some(theirs)) => {
                for (value, held) in theirs {
                    ours.entry(value).or_default().merge(held);
                }
                (ours.len() <= MOST_VALUES).then_some(ours)
            }
            _ => None,
        };
        self.range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.longest = self.longest.max(other.longest);
        self.nhs_numbers += other.nhs_numbers;
        self.sketch.merge(other.sketch);
    }

    /// Whether each row has a value of its own, as far as can be told yet.
    pub(super) fn may_be_key(&self) -> bool {
        self.filled > 0 && self.empty == 0 && self.sketch.may_be_unique()
    }

    /// The form that all filled cells have, if it is one.
    pub(super) fn only_form(&self) -> Option<Form> {
        let mut forms = self.forms.keys();
        forms.next().filter(|_| forms.next().is_none()).copied()
    }
}

/// Values kept for each kind of item.
const MOST_OF_A_KIND: usize = 256;

/// What an item may be: a column that names a thing, and one that tells of which table it is.
#[derive(Debug, Clone)]
pub(super) struct Items {
    /// The column that tells the kind.
    pub(super) kind: usize,
    /// The column that names the item.
    pub(super) item: usize,
    /// The items of each kind; `None`: too many kinds to be a list.
    pub(super) by_kind: Option<BTreeMap<Vec<u8>, Sketch>>,
}

impl Items {
    fn add(&mut self, kind: &[u8], item: u64) {
        let Some(by_kind) = &mut self.by_kind else { return };
        let room = by_kind.len() < MOST_VALUES && kind.len() <= LONGEST_VALUE;
        match by_kind.get_mut(kind) {
            Some(sketch) => sketch.add(item),
            None if room => {
                let mut sketch = Sketch::new(MOST_OF_A_KIND);
                sketch.add(item);
                by_kind.insert(kind.to_vec(), sketch);
            }
            None => self.by_kind = None,
        }
    }

    fn merge(&mut self, other: Self) {
        self.by_kind = match (self.by_kind.take(), other.by_kind) {
            (Some(mut ours), Some(theirs)) => {
                for (kind, sketch) in theirs {
                    match ours.get_mut(&kind) {
                        Some(own) => own.merge(sketch),
                        None => _ = ours.insert(kind, sketch),
                    }
                }
                (ours.len() <= MOST_VALUES).then_some(ours)
            }
            _ => None,
        };
    }
}

/// Counts of one file.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) columns: Vec<Column>,
    /// Rows of data.
    pub(super) rows: u64,
    /// Rows with more or fewer cells than the first, which are not counted otherwise.
    pub(super) ragged: u64,
    /// Whether some byte is no UTF-8.
    pub(super) not_utf8: bool,
    /// Columns that may make a key together: for each two of them, rows where both are filled.
    pub(super) pairs: Vec<(usize, usize, u64, Sketch)>,
    /// Columns that name things of several tables.
    pub(super) items: Vec<Items>,
}

impl Counts {
    /// Nothing yet, of so many columns, some of which may make a key together.
    pub(super) fn new(
        width: usize,
        paired: &[usize],
        items: &[(usize, usize)],
        most: usize,
    ) -> Self {
        let mut pairs = Vec::new();
        for (at, first) in paired.iter().enumerate() {
            for second in paired.iter().skip(at + 1) {
                pairs.push((*first, *second, 0, Sketch::new(most)));
            }
        }
        let items = items
            .iter()
            .map(|(kind, item)| Items { kind: *kind, item: *item, by_kind: Some(BTreeMap::new()) })
            .collect();
        let columns = vec![Column::new(most); width];
        Self { columns, rows: 0, ragged: 0, not_utf8: false, pairs, items }
    }

    /// Counts what two columns have together; `hashes` are those of the row's cells.
    pub(super) fn add_pairs(&mut self, hashes: &[Option<u64>]) {
        for (first, second, filled, sketch) in &mut self.pairs {
            let of = |column: usize| hashes.get(column).copied().flatten();
            if let (Some(a), Some(b)) = (of(*first), of(*second)) {
                *filled += 1;
                sketch.add(sketch::pair(a, b));
            }
        }
    }

    /// Counts an item under its kind.
    pub(super) fn add_item(&mut self, number: usize, kind: &[u8], item: u64) {
        if let Some(items) = self.items.get_mut(number) {
            items.add(kind, item);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.ragged += other.ragged;
        self.not_utf8 |= other.not_utf8;
        for (ours, theirs) in self.columns.iter_mut().zip(other.columns) {
            ours.merge(theirs);
        }
        for (ours, theirs) in self.pairs.iter_mut().zip(other.pairs) {
            ours.2 += theirs.2;
            ours.3.merge(theirs.3);
        }
        for (ours, theirs) in self.items.iter_mut().zip(other.items) {
            ours.merge(theirs);
        }
    }

    /// Puts all in order, when everything was read.
    pub(super) fn settle(&mut self) {
        self.columns.iter_mut().for_each(|column| column.sketch.settle());
        self.pairs.iter_mut().for_each(|pair| pair.3.settle());
        let items = self.items.iter_mut().flat_map(|items| &mut items.by_kind);
        items.flat_map(BTreeMap::values_mut).for_each(Sketch::settle);
    }
}
