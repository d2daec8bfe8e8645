//! What is wrong with one value.

use super::diagnosis::nearly;
use super::table::{FieldPlan, Quick};
use super::tally::CellSlot;
use crate::finding::Facts;
use crate::schema::identifier::Judgement;
use crate::schema::value::{Type, Value};
use crate::schema::{Bound, Field, Listed};
use std::cmp::Ordering::{Equal, Greater, Less};

/// What can be said of a cell at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Nothing: it has to be looked at.
    Unknown,
    /// It is as declared.
    Yes,
    /// It is as declared, and a date of that year.
    Year(i32),
}

impl Pass {
    pub(super) fn year(self) -> Option<i32> {
        match self {
            Self::Year(year) => Some(year),
            Self::Unknown | Self::Yes => None,
        }
    }
}

/// Whether a cell that is not null is as declared, where that can be said without more ado: most
/// cells are, and what is wrong with the others need not be known here. [`read`] agrees.
#[inline]
pub(super) fn passes(plan: &FieldPlan<'_>, value: &str) -> Pass {
    let is_right = match plan.quick {
        Quick::Never => false,
        Quick::Anything => true,
        Quick::Pattern => {
            plan.field.constraints.pattern.as_ref().is_some_and(|pattern| pattern.is_match(value))
        }
        Quick::Day => {
            let day = plan.field.kind.day(value);
            let told = day.filter(|day| {
                plan.latest.is_none_or(|latest| *day <= latest) && !plan.field.dates.is_named(*day)
            });
            return told.map_or(Pass::Unknown, |day| Pass::Year(day.year));
        }
        Quick::Whole(least, most) => {
            plain_number(value.as_bytes()).is_some_and(|number| (least..=most).contains(&number))
        }
        Quick::Rules => {
            let rules = &plan.field.constraints;
            let has_length = || match (rules.min_length, rules.max_length) {
                (None, None) => true,
                (least, most) => {
                    let length = value.len() as u64;
                    plan.field.kind.is_text()
                        && value.is_ascii()
                        && least.is_none_or(|least| length >= least)
                        && most.is_none_or(|most| length <= most)
                }
            };
            let is_allowed = |allowed: &Listed| allowed.has_text(value);
            plan.field.kind.accepts(value)
                && has_length()
                && rules.pattern.as_ref().is_none_or(|pattern| pattern.is_match(value))
                && rules.allowed.as_ref().is_none_or(is_allowed)
        }
    };
    if is_right { Pass::Yes } else { Pass::Unknown }
}

/// The number that up to 18 digits are, which every form of integers allows.
#[inline]
fn plain_number(digits: &[u8]) -> Option<i64> {
    let starts_well = digits.first() != Some(&b'0') || digits.len() == 1;
    if digits.is_empty() || digits.len() > 18 || !starts_well {
        return None;
    }
    digits.iter().try_fold(0, |number: i64, &digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + i64::from(digit))
    })
}

/// The typed value of a cell that is not null, where a check needs it.
///
/// # Errors
/// What is wrong with the cell, the first of what its field declares.
pub(super) fn read(plan: &FieldPlan<'_>, value: &str) -> Result<Option<Value>, Fault> {
    let Some(typed) = typed(plan, value) else {
        let what = plan.field.kind.lenient(value);
        return Err(Fault { what, ..Fault::of(CellSlot::Type) });
    };
    if let Some(fault) = fault(plan, value, typed.as_ref()) {
        return Err(fault);
    }
    match plan.identifier.map(|kind| kind.judge(value)) {
        None | Some(Judgement::WellFormed) => Ok(typed),
        Some(Judgement::Placeholder(what)) => {
            Err(Fault { what: Some(what), ..Fault::of(CellSlot::Placeholder) })
        }
        Some(Judgement::Wrong(what)) => {
            Err(Fault { what: Some(what), ..Fault::of(CellSlot::Identifier) })
        }
    }
}

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) slot: CellSlot,
    /// In words that hold nothing of the value: the form that it has.
    pub(super) what: Option<&'static str>,
    /// The length that is not allowed.
    pub(super) length: Option<u64>,
}

impl Fault {
    /// A fault of which nothing more is known.
    pub(super) fn of(slot: CellSlot) -> Self {
        Self { slot, what: None, length: None }
    }
}

/// The typed value, where a check needs it; `None` where the cell is none of its type.
fn typed(plan: &FieldPlan<'_>, value: &str) -> Option<Option<Value>> {
    let kind = &plan.field.kind;
    if plan.needs_value {
        return kind.read(value).map(Some).ok();
    }
    kind.accepts(value).then_some(None)
}

/// Which constraint a value breaks.
fn fault(plan: &FieldPlan<'_>, value: &str, typed: Option<&Value>) -> Option<Fault> {
    let field = plan.field;
    let rules = &field.constraints;
    if rules.min_length.is_some() || rules.max_length.is_some() {
        let length = length(&field.kind, value);
        if rules.min_length.is_some_and(|limit| length < limit) {
            return Some(Fault { length: Some(length), ..Fault::of(CellSlot::MinLength) });
        }
        if rules.max_length.is_some_and(|limit| length > limit) {
            return Some(Fault { length: Some(length), ..Fault::of(CellSlot::MaxLength) });
        }
    }
    if let Some(typed) = typed {
        let against =
            |bound: &Option<Bound>| bound.as_ref().and_then(|bound| typed.compare(&bound.value));
        if against(&rules.minimum) == Some(Less) {
            return Some(Fault::of(CellSlot::Minimum));
        }
        if against(&rules.maximum) == Some(Greater) {
            return Some(Fault::of(CellSlot::Maximum));
        }
        if matches!(against(&rules.exclusive_minimum), Some(Less | Equal)) {
            return Some(Fault::of(CellSlot::ExclusiveMinimum));
        }
        if matches!(against(&rules.exclusive_maximum), Some(Greater | Equal)) {
            return Some(Fault::of(CellSlot::ExclusiveMaximum));
        }
    }
    if let Some(pattern) = &rules.pattern
        && !pattern.is_match(value)
    {
        let what = nearly(value, &|value| pattern.is_match(value));
        return Some(Fault { what, ..Fault::of(CellSlot::Pattern) });
    }
    if let (Some(schema), Some(Value::Json(value))) = (&rules.json_schema, typed)
        && !schema.accepts(value)
    {
        return Some(Fault::of(CellSlot::JsonSchema));
    }
    if let Some(allowed) = &rules.allowed {
        let is_allowed = |value: &str| allowed.has(&field.kind, value);
        if !is_allowed(value) {
            let what = nearly(value, &is_allowed);
            return Some(Fault { what, ..Fault::of(CellSlot::Allowed) });
        }
    }
    None
}

/// The length that `minLength` and `maxLength` count.
fn length(kind: &Type, value: &str) -> u64 {
    match kind {
        Type::Any | Type::String(_) if value.is_ascii() => value.len() as u64,
        Type::Any | Type::String(_) => value.chars().count() as u64,
        _ => kind.read(value).ok().and_then(|value| value.length()).unwrap_or(0),
    }
}

/// Where in the field's JSON Schema stands what a value is not.
pub(super) fn not_as_schema(field: &Field, value: &str) -> Facts {
    let schema = field.constraints.json_schema.as_ref();
    let place = match (schema, field.kind.read(value)) {
        (Some(schema), Ok(Value::Json(value))) => schema.broken_by(&value),
        _ => None,
    };
    place.map_or(Facts::None, |place| Facts::Text(format!("it is not as {place} says")))
}
