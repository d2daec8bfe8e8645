//! Which columns may be keys, and which may refer to them.
//!
//! Values decide what is impossible, names and values together what is likely. What is proposed here
//! is proved, or dropped, by a check over all rows.

use super::Found;
use super::column::{Column, Counts};
use super::further;
use super::names::{self, Affinity};
use crate::schema::draft::{Draft, Reference};
use crate::schema::form::Form;
use serde_json::json;

/// A table as far as it is known: its place among the draft's resources is that of its counts.
pub(super) struct Seen<'a> {
    pub(super) title: &'a str,
    pub(super) labels: &'a [String],
    /// Whether the labels are the file's.
    pub(super) named: bool,
    pub(super) counts: &'a Counts,
}

/// A column that may be referred to.
pub(super) struct Parent {
    pub(super) table: usize,
    pub(super) column: usize,
    pub(super) is_primary: bool,
}

/// How names of a reference must agree: of 3.
const LEAST_AFFINITY: f64 = 1.5;

/// Bits of surprise from which on values alone make a reference likely. An extract has some thousand
/// pairs of a column and a key, which takes ten bits; the rest makes a wrong one rare.
pub(super) const LEAST_BITS: f64 = 25.0;

/// Proposes keys and references.
pub(super) fn propose(draft: &mut Draft, tables: &[Seen<'_>], found: &mut Found) {
    let mut parents = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        let key = primary(table);
        if let Some(resource) = draft.resources.get_mut(number) {
            let name = |column: &usize| table.labels.get(*column).cloned();
            resource.primary_key = key.iter().filter_map(name).collect();
        }
        for column in 0..table.counts.columns.len() {
            let is_primary = key == [column];
            if is_primary || (unique(table, column) && may_be_referred_to(table, column)) {
                parents.push(Parent { table: number, column, is_primary });
            }
        }
        let others: Vec<&str> = (0..table.counts.columns.len())
            .filter(|column| !key.contains(column) && unique(table, *column))
            .filter_map(|column| table.labels.get(column).map(String::as_str))
            .collect();
        if !others.is_empty() && table.counts.rows >= 10 {
            found.also_unique(table.title, &others);
        }
    }
    for (number, table) in tables.iter().enumerate() {
        for column in 0..table.counts.columns.len() {
            single(draft, tables, &parents, (number, column), found);
        }
    }
    further::pairs(draft, tables);
    further::practices(draft, tables, &parents, found);
    further::items(draft, tables, &parents);
}

/// Whether each row has a value of its own in a column that is no date and no measure.
fn unique(table: &Seen<'_>, column: usize) -> bool {
    let Some(counts) = table.counts.columns.get(column) else { return false };
    let key_like = counts.forms.keys().all(|form| {
        matches!(form, Form::Integer | Form::Padded | Form::Braced | Form::Guid | Form::Text)
            || (*form == Form::Date(crate::schema::form::DateForm::Digits)
                && counts.forms.len() > 1)
    });
    counts.may_be_key() && key_like && counts.longest <= 64
}

fn may_be_referred_to(table: &Seen<'_>, column: usize) -> bool {
    match table.named {
        true => table.labels.get(column).is_some_and(|label| names::is_identifier(label)),
        false => true,
    }
}

/// How likely a unique column is the primary key; 0: not at all.
fn likely(table: &Seen<'_>, column: usize) -> u32 {
    let (Some(label), Some(counts)) = (table.labels.get(column), table.counts.columns.get(column))
    else {
        return 0;
    };
    if !unique(table, column) || table.counts.rows < 2 {
        return 0;
    }
    let plain = matches!(counts.only_form(), Some(Form::Integer | Form::Guid | Form::Braced));
    let mut score = u32::from(plain) * 2 + u32::from(column == 0) * 3;
    if table.named {
        let identifier = names::is_identifier(label);
        let own = names::affinity(label, label, table.title);
        let bare = matches!(
            names::words(label).concat().as_str(),
            "id" | "rowidentifier" | "guid" | "key"
        );
        score += if identifier { 8 } else { 0 };
        score += if bare { 8 } else { 0 };
        score += if own.tells { (own.score * 2.0) as u32 } else { 0 };
        // A trail or history has many rows for each thing that it tells of.
        if is_trail(table.title) && !bare && !is_trail(label) {
            return 0;
        }
        // Few rows are unique by chance.
        if !identifier && table.counts.rows < 50 {
            return 0;
        }
    }
    score + 1
}

/// Whether a name is that of a trail, a history or a log.
fn is_trail(name: &str) -> bool {
    names::words(name).iter().any(|word| matches!(word.as_str(), "audit" | "history" | "log"))
}

/// The columns of the primary key, if there seems to be one.
fn primary(table: &Seen<'_>) -> Vec<usize> {
    let columns = 0..table.counts.columns.len();
    let best = columns
        .map(|column| (likely(table, column), std::cmp::Reverse(column)))
        .max()
        .filter(|(score, _)| *score > 0);
    if let Some((_, std::cmp::Reverse(column))) = best {
        return vec![column];
    }
    if table.named && is_trail(table.title) {
        return Vec::new();
    }
    let both = table.counts.pairs.iter().filter(|(first, second, filled, sketch)| {
        let identifies = |column: &usize| {
            !table.named
                || table.labels.get(*column).is_some_and(|label| names::is_identifier(label))
        };
        *filled == table.counts.rows
            && table.counts.rows >= 2
            && sketch.may_be_unique()
            && identifies(first)
            && identifies(second)
    });
    both.map(|(first, second, _, _)| vec![*first, *second]).next().unwrap_or_default()
}

/// Whether a name says that the column holds a measure, a moment or a text.
fn is_no_reference(label: &str) -> bool {
    const LAST: [&str; 16] = [
        "count",
        "date",
        "datetime",
        "time",
        "name",
        "description",
        "text",
        "flag",
        "value",
        "amount",
        "quantity",
        "comment",
        "title",
        "total",
        "days",
        "url",
    ];
    names::words(label).last().is_some_and(|word| LAST.contains(&word.as_str()))
}

/// A parent that a column may refer to, and what speaks for it.
struct Candidate<'p> {
    parent: &'p Parent,
    names: Affinity,
    /// Whether the column's name says that it identifies something.
    is_identifier: bool,
    has: usize,
    lacks: usize,
    bits: f64,
    size: f64,
}

impl Candidate<'_> {
    /// Whether the names agree. To be taken for what is referred to, a key that is not the primary
    /// one must be named after its table.
    fn is_by_name(&self) -> bool {
        self.names.tells
            && self.names.score >= LEAST_AFFINITY
            && (self.parent.is_primary || (self.names.names_table && self.is_identifier))
    }
}

/// Proposes what one column refers to.
fn single(
    draft: &mut Draft,
    tables: &[Seen<'_>],
    parents: &[Parent],
    (number, column): (usize, usize),
    found: &mut Found,
) {
    let Some(table) = tables.get(number) else { return };
    let (Some(label), Some(child)) = (table.labels.get(column), table.counts.columns.get(column))
    else {
        return;
    };
    let mut candidates: Vec<Candidate<'_>> = parents
        .iter()
        .filter(|parent| (parent.table, parent.column) != (number, column))
        .filter_map(|parent| weigh(tables, table, label, child, parent))
        .collect();
    candidates.sort_by(|a, b| {
        let order = |c: &Candidate<'_>| (c.is_by_name(), c.lacks == 0);
        order(b)
            .cmp(&order(a))
            .then(b.names.score.total_cmp(&a.names.score))
            .then(b.parent.is_primary.cmp(&a.parent.is_primary))
            .then(a.size.total_cmp(&b.size))
    });
    // A key that is as near to its own table as to another refers to nothing.
    let own = match parents.iter().any(|parent| (parent.table, parent.column) == (number, column)) {
        true => names::affinity(label, label, table.title).score,
        false => 0.0,
    };
    // Values that are keys of several tables tell of none of them.
    let telling = |c: &Candidate<'_>| c.bits >= LEAST_BITS && c.lacks * 10 <= c.has;
    let others = |c: &Candidate<'_>| {
        let other = |o: &Candidate<'_>| o.parent.table != c.parent.table && o.parent.is_primary;
        candidates.iter().any(|o| other(o) && o.lacks == 0 && telling(o))
    };
    let likely = |c: &&Candidate<'_>| {
        let by_name = c.is_by_name();
        let by_values = c.bits >= LEAST_BITS && c.parent.table != number;
        let by_values = by_values
            && match table.named {
                true => c.parent.is_primary && c.is_identifier && !others(c),
                false => true,
            };
        let nearer = own == 0.0 || c.names.score > own + 0.01;
        nearer && (by_name || by_values)
    };
    // An empty column has its name alone to tell, so nothing else may be as near.
    let alone = |c: &Candidate<'_>| {
        let near = |other: &&Candidate<'_>| (other.names.score - c.names.score).abs() < 0.01;
        child.filled > 0 || candidates.iter().filter(near).count() == 1
    };
    let Some(best) = candidates.iter().find(|c| c.lacks == 0 && likely(c) && alone(c)) else {
        if let Some(near) = candidates.iter().find(|c| c.has > 0 && c.lacks > 0 && likely(c)) {
            let parent = shown(tables, near.parent);
            found.nearly(table.title, label, &parent, near.has, near.lacks);
        }
        return;
    };
    declare(draft, tables, (number, column), (best.parent, best.names.tells), found);
    // What is much less likely by its name is not worth a word.
    let near = |c: &&Candidate<'_>| {
        !std::ptr::eq(*c, best) && c.has > 0 && best.names.score - c.names.score < 0.4
    };
    let others = candidates.iter().filter(|c| c.lacks == 0 && near(c) && likely(c));
    let others: Vec<String> = others.map(|c| shown(tables, c.parent)).take(3).collect();
    if !others.is_empty() {
        found.note_of(table.title, label, format!("its values are also in {}", others.join(", ")));
    }
}

fn shown(tables: &[Seen<'_>], parent: &Parent) -> String {
    let table = tables.get(parent.table);
    let label = table.and_then(|table| table.labels.get(parent.column));
    format!("{}.{}", table.map_or("", |table| table.title), label.map_or("", String::as_str))
}

/// How telling it is that so many values are keys, in bits: the less of all values that look like the
/// keys are keys, the more each says.
pub(super) fn surprise(has: usize, key: &Column) -> f64 {
    let density = match (key.range, key.only_form()) {
        // Counted from nought: that numbers begin far from it is telling too.
        (Some((low, high)), Some(Form::Integer)) => {
            key.sketch.distinct() / (high.max(0) as f64 - low.min(0) as f64 + 1.0)
        }
        (_, Some(Form::Guid | Form::Braced)) => 1e-9,
        _ if key.longest >= 6 => 1e-3,
        _ => 0.5,
    };
    has as f64 * -density.clamp(1e-12, 1.0).log2()
}

/// Compares a column with one that it may refer to; `None`: it cannot.
fn weigh<'p>(
    tables: &[Seen<'_>],
    table: &Seen<'_>,
    label: &str,
    child: &Column,
    parent: &'p Parent,
) -> Option<Candidate<'p>> {
    let of = tables.get(parent.table)?;
    let key = of.counts.columns.get(parent.column)?;
    let parent_label = of.labels.get(parent.column)?;
    let is_identifier = names::is_identifier(label);
    let names = match table.named && of.named && !is_no_reference(label) {
        true => names::affinity(label, parent_label, of.title),
        false => Affinity::NONE,
    };
    if child.filled == 0 {
        // Names alone, where they could not agree better.
        let own = names::affinity(parent_label, parent_label, of.title);
        let same = names.names_table && names.score >= 1.9 && parent.is_primary && own.tells;
        let same = same && (own.names_table || names.score >= 2.5);
        return same.then_some(Candidate {
            parent,
            names,
            is_identifier,
            has: 0,
            lacks: 0,
            bits: 0.0,
            size: key.sketch.distinct(),
        });
    }
    let compatible = child.forms.keys().any(|form| key.forms.contains_key(form));
    if !compatible {
        return None;
    }
    let (has, lacks) = child.sketch.within(&key.sketch);
    let aside = child.sentinels.len().min(lacks);
    let lacks = lacks - aside;
    if has == 0 && (child.sketch.is_whole() && key.sketch.is_whole()) {
        return None;
    }
    if lacks * 10 > has {
        return None;
    }
    let bits = surprise(has, key);
    Some(Candidate { parent, names, is_identifier, has, lacks, bits, size: key.sketch.distinct() })
}

/// Declares that a column refers to a parent; `names`: whether their names agree.
pub(super) fn declare(
    draft: &mut Draft,
    tables: &[Seen<'_>],
    (number, column): (usize, usize),
    (to, names): (&Parent, bool),
    found: &mut Found,
) {
    let (Some(table), Some(of)) = (tables.get(number), tables.get(to.table)) else {
        return;
    };
    let (Some(label), Some(key)) = (table.labels.get(column), of.labels.get(to.column)) else {
        return;
    };
    let (Some(child), Some(parent)) =
        (table.counts.columns.get(column), of.counts.columns.get(to.column))
    else {
        return;
    };
    let Some(target) = draft.resources.get(to.table) else { return };
    let name = target.name.clone();
    let (kind, format, pattern) = match target.field(key) {
        Some(field) => {
            (field.kind, field.format.clone(), field.constraints.get("pattern").cloned())
        }
        None => return,
    };
    // -1 and 0 mean nothing where no key is like them.
    let low = parent.range.map_or(i64::MAX, |(low, _)| low);
    let aside: Vec<&str> = child
        .sentinels
        .keys()
        .copied()
        .filter(|word| word.parse::<i64>().is_ok_and(|number| number < low))
        .collect();
    let Some(resource) = draft.resources.get_mut(number) else { return };
    let Some(field) = resource.fields.iter_mut().find(|field| field.name == *label) else { return };
    if field.kind != kind || field.format != format {
        field.kind = kind;
        field.format = format;
        field.more.shift_remove("trueValues");
        field.more.shift_remove("falseValues");
        field.constraints.shift_remove("enum");
        field.constraints.shift_remove("pattern");
        if let Some(pattern) = pattern {
            field.constraints.insert("pattern".into(), pattern);
        }
    }
    if !aside.is_empty() {
        let mut missing = vec![""];
        missing.extend(&aside);
        field.more.insert("missingValues".into(), json!(missing));
        field.constraints.shift_remove("required");
        found.note_of(
            table.title,
            label,
            format!("{} is taken for no reference", aside.join(" or ")),
        );
    }
    let reference =
        Reference { fields: vec![label.clone()], resource: name, reference: vec![key.clone()] };
    found.proposed(number, &reference, child, names);
    resource.foreign_keys.push(reference);
}
