//! Counting what workers find, slot by slot.
//!
//! Everything that can be wrong with the rows of a table has a *slot*: a few for rows as such, and a
//! few for each declared field. Workers count into slots block by block; the counts are merged in
//! the order of the blocks, so that first, last and the examples kept do not depend on which worker
//! came first. Totals are exact however many examples are kept.

use super::table::TablePlan;
use crate::finding::{Code, Facts, FieldRef, Group, Place, Sample, Severity};
use std::collections::BTreeMap;

/// What can be wrong with a row as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum RowSlot {
    EncodingError,
    ByteOrderMark,
    NulByte,
    ControlCharacter,
    Mojibake,
    TruncatedFile,
    RepeatedHeader,
    UnclosedQuote,
    StrayQuote,
    BlankRow,
    FieldTooLarge,
    MissingCell,
    ExtraCell,
}

const ROW_SLOTS: [(RowSlot, Code); 13] = [
    (RowSlot::EncodingError, Code::EncodingError),
    (RowSlot::ByteOrderMark, Code::ByteOrderMark),
    (RowSlot::NulByte, Code::NulByte),
    (RowSlot::ControlCharacter, Code::ControlCharacter),
    (RowSlot::Mojibake, Code::Mojibake),
    (RowSlot::TruncatedFile, Code::TruncatedFile),
    (RowSlot::RepeatedHeader, Code::RepeatedHeader),
    (RowSlot::UnclosedQuote, Code::UnclosedQuote),
    (RowSlot::StrayQuote, Code::StrayQuote),
    (RowSlot::BlankRow, Code::BlankRow),
    (RowSlot::FieldTooLarge, Code::FieldTooLarge),
    (RowSlot::MissingCell, Code::MissingCell),
    (RowSlot::ExtraCell, Code::ExtraCell),
];

/// What can be wrong with a cell of a declared field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum CellSlot {
    Type,
    Required,
    MinLength,
    MaxLength,
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    Pattern,
    Allowed,
    KeyNull,
    Identifier,
    Placeholder,
}

const CELL_SLOTS: u32 = 13;

/// A slot's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(u32);

impl Slot {
    pub(super) fn row(slot: RowSlot) -> Self {
        Self(slot as u32)
    }

    pub(super) fn cell(field: usize, slot: CellSlot) -> Self {
        Self(ROW_SLOTS.len() as u32 + field as u32 * CELL_SLOTS + slot as u32)
    }

    /// Of a cell's slot: the field, and what is counted.
    fn of_cell(self) -> Option<(usize, u32)> {
        let number = self.0.checked_sub(ROW_SLOTS.len() as u32)?;
        Some(((number / CELL_SLOTS) as usize, number % CELL_SLOTS))
    }

    /// The code of what is counted.
    fn code(self) -> Code {
        if let Some(&(_, code)) = ROW_SLOTS.get(self.0 as usize) {
            return code;
        }
        let kind = self.of_cell().map_or(0, |(_, kind)| kind);
        let is = |slot: CellSlot| kind == slot as u32;
        if is(CellSlot::Type) {
            Code::TypeError
        } else if is(CellSlot::KeyNull) {
            Code::PrimaryKey
        } else if is(CellSlot::Identifier) {
            Code::IdentifierError
        } else if is(CellSlot::Placeholder) {
            Code::PlaceholderIdentifier
        } else {
            Code::ConstraintError
        }
    }
}

/// What was counted in one slot.
#[derive(Debug, Default, Clone)]
pub(super) struct Count {
    occurrences: u64,
    first: Place,
    last: Place,
    samples: Vec<Sample>,
    forms: BTreeMap<&'static str, u64>,
}

/// Counts by slot.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    counts: BTreeMap<Slot, Count>,
}

impl Tally {
    /// Counts one occurrence, and says whether another example is wanted.
    pub(super) fn add(&mut self, slot: Slot, samples: usize) -> Counted<'_> {
        let count = self.counts.entry(slot).or_default();
        count.occurrences += 1;
        let wants_sample = count.samples.len() < samples;
        Counted { count, wants_sample }
    }

    /// Whether a slot counts errors.
    pub(super) fn has_errors(&self) -> bool {
        self.counts.keys().any(|slot| slot.code().severity() == Severity::Error)
    }

    /// Whether something was counted in the slot.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.counts.contains_key(&slot)
    }

    /// Adds what was counted in later blocks.
    pub(super) fn append(&mut self, later: Self, samples: usize) {
        for (slot, count) in later.counts {
            let into = self
                .counts
                .entry(slot)
                .or_insert_with(|| Count { first: count.first, ..Count::default() });
            into.occurrences += count.occurrences;
            into.last = count.last;
            let room = samples.saturating_sub(into.samples.len());
            into.samples.extend(count.samples.into_iter().take(room));
            for (form, times) in count.forms {
                *into.forms.entry(form).or_default() += times;
            }
        }
    }

    /// The groups of a table, in the order of the slots.
    pub(super) fn into_groups(self, plan: &TablePlan<'_>) -> Vec<Group> {
        self.counts.into_iter().map(|(slot, count)| count.into_group(slot, plan)).collect()
    }
}

/// An occurrence just counted.
pub(super) struct Counted<'a> {
    count: &'a mut Count,
    /// Whether another example is wanted.
    pub(super) wants_sample: bool,
}

impl Counted<'_> {
    /// Says where it is.
    pub(super) fn at(&mut self, place: Place) -> &mut Self {
        if self.count.occurrences == 1 {
            self.count.first = place;
        }
        self.count.last = place;
        self
    }

    /// Keeps an example.
    pub(super) fn sample(&mut self, sample: Sample) {
        self.count.samples.push(sample);
    }

    /// Counts the more lenient form that a refused value has.
    pub(super) fn form(&mut self, form: &'static str) {
        *self.count.forms.entry(form).or_default() += 1;
    }
}

impl Count {
    fn into_group(self, slot: Slot, plan: &TablePlan<'_>) -> Group {
        let code = slot.code();
        let mut group = Group {
            code,
            severity: code.severity(),
            resource: Some(plan.resource),
            fields: Vec::new(),
            facts: Facts::None,
            occurrences: self.occurrences,
            first: self.first,
            last: self.last,
            samples: self.samples,
            forms: self.forms,
            suggestion: None,
        };
        if let Some((field, kind)) = slot.of_cell() {
            plan.describe(field, kind, &mut group);
        }
        group
    }
}

impl TablePlan<'_> {
    /// Fills in what a cell slot's group is about.
    fn describe(&self, field: usize, kind: u32, group: &mut Group) {
        let Some(declared) = self.table.fields.get(field) else { return };
        group.fields = vec![FieldRef { number: field as u32 + 1, name: declared.name.clone() }];
        let rules = &declared.constraints;
        let text = |bound: &Option<crate::schema::Bound>| {
            bound.as_ref().map(|bound| bound.text.clone()).unwrap_or_default()
        };
        let number = |limit: Option<u64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let is = |slot: CellSlot| kind == slot as u32;
        let (name, limit) = if is(CellSlot::Type) {
            group.facts = Facts::Type { expected: declared.kind.to_string() };
            group.suggestion = suggestion(declared, group.occurrences, &group.forms);
            return;
        } else if is(CellSlot::KeyNull) {
            group.facts = Facts::Text("a part of the primary key is empty".into());
            return;
        } else if is(CellSlot::Identifier) || is(CellSlot::Placeholder) {
            let identifier = self.fields.get(field).and_then(|field| field.identifier);
            let expected = identifier.map(|kind| match is(CellSlot::Identifier) {
                true => format!("{}: {}", kind.name(), kind.form()),
                false => kind.name().to_owned(),
            });
            group.facts = Facts::Type { expected: expected.unwrap_or_default() };
            if is(CellSlot::Identifier) {
                group.suggestion = common_form(group.occurrences, &group.forms)
                    .map(|(all, form)| format!("{all} {form}{}", remedy(form)));
            }
            return;
        } else if is(CellSlot::Required) {
            ("required", "true".to_owned())
        } else if is(CellSlot::MinLength) {
            ("minLength", number(rules.min_length))
        } else if is(CellSlot::MaxLength) {
            ("maxLength", number(rules.max_length))
        } else if is(CellSlot::Minimum) {
            ("minimum", text(&rules.minimum))
        } else if is(CellSlot::Maximum) {
            ("maximum", text(&rules.maximum))
        } else if is(CellSlot::ExclusiveMinimum) {
            ("exclusiveMinimum", text(&rules.exclusive_minimum))
        } else if is(CellSlot::ExclusiveMaximum) {
            ("exclusiveMaximum", text(&rules.exclusive_maximum))
        } else if is(CellSlot::Pattern) {
            ("pattern", rules.pattern.as_ref().map(|p| p.text.clone()).unwrap_or_default())
        } else {
            let allowed = rules.allowed.as_deref().unwrap_or_default();
            let some: Vec<&str> =
                allowed.iter().take(10).map(|bound| bound.text.as_str()).collect();
            let more = if allowed.len() > some.len() { ", …" } else { "" };
            ("enum", format!("{}{more}", some.join(", ")))
        };
        group.facts = Facts::Constraint { name, limit };
    }
}

/// The form that at least nine in ten refused values have.
fn common_form(
    occurrences: u64,
    forms: &BTreeMap<&'static str, u64>,
) -> Option<(&'static str, &'static str)> {
    let (form, &times) = forms.iter().max_by_key(|&(_, times)| times)?;
    if times * 10 < occurrences * 9 {
        return None;
    }
    let all = match times == occurrences {
        true => "all of these values are",
        false => "nearly all of these values are",
    };
    Some((all, form))
}

/// What else there is to do about identifiers of a form.
fn remedy(form: &str) -> &'static str {
    match form.contains("spreadsheets") {
        true => "; ask for the file as the system wrote it, not opened in between",
        false => "",
    }
}

/// What would accept the refused values, where nearly all of them have one form.
fn suggestion(
    field: &crate::schema::Field,
    occurrences: u64,
    forms: &BTreeMap<&'static str, u64>,
) -> Option<String> {
    let (all, form) = common_form(occurrences, forms)?;
    Some(match field.kind.change_for(form) {
        Some(change) => format!("{all} {form}; in the descriptor, {change} would accept them"),
        None => format!("{all} {form}"),
    })
}
