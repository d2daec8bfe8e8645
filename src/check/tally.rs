//! Counting what workers find, slot by slot.
//!
//! Everything that can be wrong with the rows of a table has a *slot*: a few for rows as such, and a
//! few for each declared field. Workers count into slots block by block; the counts are merged in
//! the order of the blocks, so that first, last and the examples kept do not depend on which worker
//! came first. Totals are exact however many examples are kept.

use super::diagnosis::Fails;
use super::profile::Cells;
use super::table::TablePlan;
use crate::finding::{Code, Facts, Group, Place, Sample, Severity};
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
    EntryWithoutUser,
    TimeReversal,
}

const ROW_SLOTS: [(RowSlot, Code); 15] = [
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
    (RowSlot::EntryWithoutUser, Code::EntryWithoutUser),
    (RowSlot::TimeReversal, Code::TimeReversal),
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
    RequiredUnlessDeleted,
    Document,
}

const CELL_SLOTS: u32 = 15;

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

    /// Of two lengths the one that is further beyond its limit.
    fn more_extreme(self, a: Option<u64>, b: Option<u64>) -> Option<u64> {
        let is_shortest =
            self.of_cell().is_some_and(|(_, kind)| kind == CellSlot::MinLength as u32);
        match (a, b) {
            (Some(a), Some(b)) => Some(if is_shortest { a.min(b) } else { a.max(b) }),
            (a, b) => a.or(b),
        }
    }

    /// How grave it is: as the schema says, else as the catalogue does.
    fn severity(self, plan: &TablePlan<'_>) -> Severity {
        let declared = self.of_cell().and_then(|(field, kind)| plan.severity(field, kind));
        declared.unwrap_or(self.code().severity())
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
        } else if is(CellSlot::Document) {
            Code::MissingDocument
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
    extreme: Option<u64>,
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
        Counted { count, slot, wants_sample }
    }

    /// How many were counted in a slot.
    pub(super) fn occurrences(&self, slot: Slot) -> u64 {
        self.counts.get(&slot).map_or(0, |count| count.occurrences)
    }

    /// Whether a slot counts errors.
    pub(super) fn has_errors(&self, plan: &TablePlan<'_>) -> bool {
        self.counts.keys().any(|slot| slot.severity(plan) == Severity::Error)
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
            into.extreme = slot.more_extreme(into.extreme, count.extreme);
        }
    }

    /// The groups of a table, in the order of the slots. `cells`: how many there are of each field.
    pub(super) fn into_groups(self, plan: &TablePlan<'_>, cells: &[Cells]) -> Vec<Group> {
        let group = |(slot, count): (Slot, Count)| {
            let extreme = count.extreme;
            let mut group = count.into_group(slot, plan.resource);
            group.severity = slot.severity(plan);
            if let Some((field, kind)) = slot.of_cell() {
                let cells = cells.get(field).copied().unwrap_or_default();
                plan.describe(field, Fails { kind, cells, extreme }, &mut group);
            }
            group
        };
        self.counts.into_iter().map(group).collect()
    }
}

/// An occurrence just counted.
pub(super) struct Counted<'a> {
    count: &'a mut Count,
    slot: Slot,
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

    /// Keeps a refused length, if none is further beyond the limit.
    pub(super) fn length(&mut self, length: u64) {
        self.count.extreme = self.slot.more_extreme(self.count.extreme, Some(length));
    }
}

impl Count {
    fn into_group(self, slot: Slot, resource: u32) -> Group {
        let code = slot.code();
        Group {
            code,
            severity: code.severity(),
            resource: Some(resource),
            fields: Vec::new(),
            facts: Facts::None,
            occurrences: self.occurrences,
            first: self.first,
            last: self.last,
            samples: self.samples,
            forms: self.forms,
            suggestion: None,
        }
    }
}
