//! What is wrong with one value.

use super::table::FieldPlan;
use super::tally::CellSlot;
use crate::schema::Bound;
use crate::schema::identifier::Judgement;
use crate::schema::value::{Type, Value};
use std::cmp::Ordering::{Equal, Greater, Less};

/// The typed value of a cell that is not null, where a check needs it.
///
/// # Errors
/// What is wrong with the cell, the first of what its field declares.
pub(super) fn read(plan: &FieldPlan<'_>, value: &str) -> Result<Option<Value>, Fault> {
    let typed = typed(plan, value).ok_or(Fault { slot: CellSlot::Type, what: None })?;
    if let Some(slot) = fault(plan, value, typed.as_ref()) {
        return Err(Fault { slot, what: None });
    }
    match plan.identifier.map(|kind| kind.judge(value)) {
        None | Some(Judgement::WellFormed) => Ok(typed),
        Some(Judgement::Placeholder(what)) => {
            Err(Fault { slot: CellSlot::Placeholder, what: Some(what) })
        }
        Some(Judgement::Wrong(what)) => Err(Fault { slot: CellSlot::Identifier, what: Some(what) }),
    }
}

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) slot: CellSlot,
    /// In words that hold nothing of the value.
    pub(super) what: Option<&'static str>,
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
fn fault(plan: &FieldPlan<'_>, value: &str, typed: Option<&Value>) -> Option<CellSlot> {
    let field = plan.field;
    let rules = &field.constraints;
    if rules.min_length.is_some() || rules.max_length.is_some() {
        let length = length(&field.kind, value);
        if rules.min_length.is_some_and(|limit| length < limit) {
            return Some(CellSlot::MinLength);
        }
        if rules.max_length.is_some_and(|limit| length > limit) {
            return Some(CellSlot::MaxLength);
        }
    }
    if let Some(typed) = typed {
        let against =
            |bound: &Option<Bound>| bound.as_ref().and_then(|bound| typed.compare(&bound.value));
        if against(&rules.minimum) == Some(Less) {
            return Some(CellSlot::Minimum);
        }
        if against(&rules.maximum) == Some(Greater) {
            return Some(CellSlot::Maximum);
        }
        if matches!(against(&rules.exclusive_minimum), Some(Less | Equal)) {
            return Some(CellSlot::ExclusiveMinimum);
        }
        if matches!(against(&rules.exclusive_maximum), Some(Greater | Equal)) {
            return Some(CellSlot::ExclusiveMaximum);
        }
    }
    if rules.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(value)) {
        return Some(CellSlot::Pattern);
    }
    if let Some(allowed) = &rules.allowed {
        let same = |bound: &Bound| bound.text == value;
        let equal = |bound: &Bound| field.kind.read(value).is_ok_and(|value| value == bound.value);
        if !allowed.iter().any(same) && !allowed.iter().any(equal) {
            return Some(CellSlot::Allowed);
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
