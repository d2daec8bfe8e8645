//! Counting what workers find, slot by slot.
//!
//! Everything that can be wrong with the rows of a table has a *slot*: a few for rows as such, and a
//! few for each declared field. Workers count into slots block by block; the counts are merged in
//! the order of the blocks, so that first, last and the examples kept do not depend on which worker
//! came first. Totals are exact however many examples are kept.

use super::diagnosis::Fails;
use super::profile::Cells;
use super::table::TablePlan;
use crate::finding::{Code, Facts, FieldRef, Group, Place, Sample, Severity};
use crate::schema::rule::Rule;
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
    JsonSchema,
    KeyNull,
    Identifier,
    Placeholder,
    RequiredUnlessDeleted,
    /// The name of a file that is not there.
    Document,
    /// A date after the day of the check.
    Future,
    /// White space around a text.
    Whitespace,
    /// A text that is a formula to a spreadsheet.
    Formula,
    /// `9.43E+09`.
    Exponent,
    /// A date as the number of a day.
    Serial,
    /// Digits that would be as declared with zeros before them.
    LostZeros,
    /// `#REF!`.
    FormulaError,
    /// A text as long as a cell can be.
    CellCut,
    /// A number of more than 15 digits whose others are zeros.
    Rounded,
    /// Such a number whose others are not all zeros: counted, and no finding.
    LongNumber,
}

const CELL_SLOTS: u32 = 26;

/// Slots from here on are those of rules.
const RULES: u32 = 1 << 31;

impl CellSlot {
    /// The property that a field's `severity` names it by.
    pub(super) fn property(self) -> Option<&'static str> {
        Some(match self {
            Self::Type => "type",
            Self::Required => "required",
            Self::RequiredUnlessDeleted => "requiredUnlessDeleted",
            Self::MinLength => "minLength",
            Self::MaxLength => "maxLength",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::ExclusiveMinimum => "exclusiveMinimum",
            Self::ExclusiveMaximum => "exclusiveMaximum",
            Self::Pattern => "pattern",
            Self::Allowed => "enum",
            Self::JsonSchema => "jsonSchema",
            Self::Identifier => "rdfType",
            Self::KeyNull
            | Self::Document
            | Self::Future
            | Self::Placeholder
            | Self::Whitespace
            | Self::Formula
            | Self::Exponent
            | Self::Serial
            | Self::LostZeros
            | Self::FormulaError
            | Self::CellCut
            | Self::Rounded
            | Self::LongNumber => return None,
        })
    }
}

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

    /// Of the rule at `index`.
    pub(super) fn rule(index: usize) -> Self {
        Self(RULES | index as u32)
    }

    /// Of a rule's slot: its index.
    fn of_rule(self) -> Option<usize> {
        self.0.checked_sub(RULES).map(|index| index as usize)
    }

    /// Of a cell's slot: the field, and what is counted.
    fn of_cell(self) -> Option<(usize, u32)> {
        if self.of_rule().is_some() {
            return None;
        }
        let number = self.0.checked_sub(ROW_SLOTS.len() as u32)?;
        Some(((number / CELL_SLOTS) as usize, number % CELL_SLOTS))
    }

    /// Of two lengths the one that is further beyond its limit.
    fn more_extreme(self, a: Option<u64>, b: Option<u64>) -> Option<u64> {
        match (a, b) {
            (Some(a), Some(b)) => {
                Some(if self.is(CellSlot::MinLength) { a.min(b) } else { a.max(b) })
            }
            (a, b) => a.or(b),
        }
    }

    /// Whether it is that slot of some field.
    fn is(self, slot: CellSlot) -> bool {
        self.of_cell().is_some_and(|(_, kind)| kind == slot as u32)
    }

    /// The code of what is counted.
    fn code(self) -> Code {
        if let Some(&(_, code)) = ROW_SLOTS.get(self.0 as usize) {
            return code;
        }
        if self.of_rule().is_some() {
            return Code::RowConstraint;
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
        } else if is(CellSlot::Whitespace) {
            Code::SurroundingWhitespace
        } else if is(CellSlot::Formula) {
            Code::FormulaInjection
        } else if kind >= CellSlot::Exponent as u32 {
            Code::SpreadsheetDamage
        } else {
            Code::ConstraintError
        }
    }
}

/// What was counted in one slot.
#[derive(Debug, Clone)]
pub(super) struct Count {
    severity: Severity,
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
        self.add_as(slot, None, samples)
    }

    /// As [`Tally::add`], with the severity that the schema declares.
    pub(super) fn add_as(
        &mut self,
        slot: Slot,
        severity: Option<Severity>,
        samples: usize,
    ) -> Counted<'_> {
        let count = self.counts.entry(slot).or_insert_with(|| {
            Count::new(severity.unwrap_or_else(|| slot.code().severity()), Place::default())
        });
        count.occurrences += 1;
        let wants_sample = count.samples.len() < samples;
        Counted { count, slot, wants_sample }
    }

    /// How many were counted in a slot.
    pub(super) fn occurrences(&self, slot: Slot) -> u64 {
        self.counts.get(&slot).map_or(0, |count| count.occurrences)
    }

    /// Whether a slot counts errors.
    pub(super) fn has_errors(&self) -> bool {
        // Whether long numbers are rounded is known when all of them are.
        let is_known = |slot: &Slot| !slot.is(CellSlot::Rounded) && !slot.is(CellSlot::LongNumber);
        self.counts.iter().any(|(slot, count)| is_known(slot) && count.severity == Severity::Error)
    }

    /// Whether something was counted in the slot.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.counts.contains_key(&slot)
    }

    /// Adds what was counted in later blocks.
    pub(super) fn append(&mut self, later: Self, samples: usize) {
        for (slot, count) in later.counts {
            let into =
                self.counts.entry(slot).or_insert_with(|| Count::new(count.severity, count.first));
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
    pub(super) fn into_groups(mut self, plan: &TablePlan<'_>, cells: &[Cells]) -> Vec<Group> {
        self.judge_long_numbers();
        let group = |(slot, count): (Slot, Count)| {
            let extreme = count.extreme;
            let mut group = count.into_group(slot, plan);
            if let Some((field, kind)) = slot.of_cell() {
                let cells = cells.get(field).copied().unwrap_or_default();
                plan.describe(field, Fails { kind, cells, extreme }, &mut group);
            }
            group
        };
        self.counts.into_iter().map(group).collect()
    }
}

impl Tally {
    /// By chance one in ten numbers ends in a zero. That most of a column's do, in as many digits as
    /// they have more than a spreadsheet keeps, is its doing.
    fn judge_long_numbers(&mut self) {
        let mut long: BTreeMap<usize, u64> = BTreeMap::new();
        for (slot, count) in &self.counts {
            if let (true, Some((field, _))) = (slot.is(CellSlot::LongNumber), slot.of_cell()) {
                long.insert(field, count.occurrences);
            }
        }
        self.counts.retain(|slot, count| {
            if slot.is(CellSlot::LongNumber) {
                return false;
            }
            let Some((field, _)) = slot.of_cell().filter(|_| slot.is(CellSlot::Rounded)) else {
                return true;
            };
            let others = long.get(&field).copied().unwrap_or(0);
            let zeros: u64 = count.forms.iter().map(|(form, n)| form.len() as u64 * n).sum();
            count.forms.clear();
            zeros >= 3 && count.occurrences > others
        });
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
    fn new(severity: Severity, first: Place) -> Self {
        Self {
            severity,
            occurrences: 0,
            first,
            last: first,
            samples: Vec::new(),
            forms: BTreeMap::new(),
            extreme: None,
        }
    }

    fn into_group(self, slot: Slot, plan: &TablePlan<'_>) -> Group {
        let code = slot.code();
        let mut group = Group {
            code,
            severity: self.severity,
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
        if let Some(rule) = slot.of_rule().and_then(|index| plan.table.rules.get(index)) {
            plan.describe_rule(rule, &mut group);
        }
        group
    }
}

impl TablePlan<'_> {
    /// Fills in what a rule's group is about.
    fn describe_rule(&self, rule: &Rule, group: &mut Group) {
        let fields = rule.fields().into_iter();
        group.fields = fields
            .filter_map(|field| {
                let name = self.table.fields.get(field)?.name.clone();
                Some(FieldRef { number: field as u32 + 1, name })
            })
            .collect();
        let meaning = rule.message.clone().unwrap_or_else(|| rule.statement());
        group.facts = Facts::Text(format!("the rule \"{}\": {meaning}", rule.name));
    }
}

/// What a slot of the odd says, where its code does not say all.
pub(super) fn oddity_text(kind: u32) -> Option<&'static str> {
    let texts = [
        (CellSlot::Exponent, "a number is written as spreadsheets show long ones, as 9.43E+09"),
        (CellSlot::Serial, "a date is written as spreadsheets store it, as the number of a day"),
        (
            CellSlot::LostZeros,
            "with the zeros before it that a spreadsheet drops, it is as declared",
        ),
        (CellSlot::FormulaError, "the error of a formula stands in place of a value"),
        (CellSlot::CellCut, "it has exactly 32,767 characters, the most that a cell can have"),
        (
            CellSlot::Rounded,
            "a number of more than 15 digits: a spreadsheet keeps 15, and the others are zeros",
        ),
        (CellSlot::Whitespace, ""),
        (CellSlot::Formula, ""),
    ];
    texts.iter().find(|(slot, _)| *slot as u32 == kind).map(|(_, text)| *text)
}
