//! Counting what workers find, slot by slot.
//!
//! Everything that can be wrong with the rows of a table has a *slot*: a few for rows as such, and a
//! few for each declared field. Workers count into slots block by block; the counts are merged in
//! the order of the blocks, so that first, last and the examples kept do not depend on which worker
//! came first. Totals are exact however many examples are kept.

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
    RequiredUnlessDeleted,
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

const CELL_SLOTS: u32 = 23;

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
            Self::Identifier => "rdfType",
            Self::KeyNull
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
        Counted { count, wants_sample }
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
        }
    }

    /// The groups of a table, in the order of the slots.
    pub(super) fn into_groups(mut self, plan: &TablePlan<'_>) -> Vec<Group> {
        self.judge_long_numbers();
        self.counts.into_iter().map(|(slot, count)| count.into_group(slot, plan)).collect()
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
    fn new(severity: Severity, first: Place) -> Self {
        Self {
            severity,
            occurrences: 0,
            first,
            last: first,
            samples: Vec::new(),
            forms: BTreeMap::new(),
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
        if let Some((field, kind)) = slot.of_cell() {
            plan.describe(field, kind, &mut group);
        } else if let Some(rule) = slot.of_rule().and_then(|index| plan.table.rules.get(index)) {
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
        } else if let Some(text) = oddity_text(kind) {
            if !text.is_empty() {
                group.facts = Facts::Text(text.into());
            }
            return;
        } else if is(CellSlot::RequiredUnlessDeleted) {
            ("requiredUnlessDeleted", "true".to_owned())
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

/// What a slot of the odd says, where its code does not say all.
fn oddity_text(kind: u32) -> Option<&'static str> {
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
