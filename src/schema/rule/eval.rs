//! An expression and a row: true or false.
//!
//! A null makes what it takes part in null, and a null condition is false: so a comparison with
//! null is false, and `!(x == 1)` is true where `x` is null. Arithmetic beyond 38 digits gives null.

use super::Cells;
use super::types::{Arithmetic, Comparison, Node, TextTest};
use crate::schema::value::{Number, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value that is not null.
enum Found<'a> {
    Text(Cow<'a, str>),
    Value(Cow<'a, Value>),
}

pub(super) fn holds(node: &Node, row: &dyn Cells) -> bool {
    match node {
        Node::Not(inner) => !holds(inner, row),
        Node::And(parts) => parts.iter().all(|part| holds(part, row)),
        Node::Or(parts) => parts.iter().any(|part| holds(part, row)),
        Node::IsNull(inner) => is_null(inner, row),
        Node::Compare(comparison, left, right) => match (value(left, row), value(right, row)) {
            (Some(left), Some(right)) => compare(*comparison, &left, &right),
            _ => false,
        },
        Node::In(inner, values) => value(inner, row).is_some_and(|found| {
            values.iter().any(|one| compare(Comparison::Equal, &found, &borrowed(one)))
        }),
        Node::Text(test, text, part) => match (text_of(text, row), text_of(part, row)) {
            (Some(text), Some(part)) => match test {
                TextTest::StartsWith => text.starts_with(&*part),
                TextTest::EndsWith => text.ends_with(&*part),
                TextTest::Contains => text.contains(&*part),
            },
            _ => false,
        },
        Node::Matches(text, regex) => text_of(text, row).is_some_and(|text| regex.is_match(&text)),
        Node::Constant(Value::Boolean(value)) => *value,
        Node::Field(..) => match value(node, row) {
            Some(Found::Value(value)) => *value == Value::Boolean(true),
            _ => false,
        },
        _ => false,
    }
}

fn is_null(node: &Node, row: &dyn Cells) -> bool {
    match node {
        Node::Field(field, _) => row.cell(*field).is_none(),
        _ => value(node, row).is_none(),
    }
}

fn borrowed(value: &Value) -> Found<'_> {
    match value {
        Value::Text(text) => Found::Text(Cow::Borrowed(text)),
        _ => Found::Value(Cow::Borrowed(value)),
    }
}

fn value<'a>(node: &'a Node, row: &'a dyn Cells) -> Option<Found<'a>> {
    let owned = |value| Some(Found::Value(Cow::Owned(value)));
    match node {
        Node::Constant(value) => Some(borrowed(value)),
        Node::Field(field, kind) => {
            let cell = row.cell(*field)?;
            match kind.read_unless_text(&cell) {
                None => Some(Found::Text(cell)),
                Some(Ok(Value::Year(year))) => {
                    owned(Value::Number(Number::parse(&year.year.to_string())?))
                }
                Some(read) => owned(read.ok()?),
            }
        }
        Node::Arithmetic(arithmetic, left, right) => {
            let (left, right) = (number(left, row)?, number(right, row)?);
            owned(Value::Number(match arithmetic {
                Arithmetic::Plus => left.plus(&right),
                Arithmetic::Minus => left.minus(&right),
                Arithmetic::Times => left.times(&right),
            }?))
        }
        Node::Negate(inner) => owned(Value::Number(number(inner, row)?.negated()?)),
        Node::Size(inner) => {
            let size = match value(inner, row)? {
                Found::Text(text) => text.chars().count() as u64,
                Found::Value(value) => value.length()?,
            };
            owned(Value::Number(Number::whole(size)))
        }
        Node::DateOf(inner) => match value(inner, row)? {
            Found::Value(value) => match &*value {
                Value::Datetime(moment) => owned(Value::Date(moment.date()?)),
                _ => None,
            },
            Found::Text(_) => None,
        },
        _ => owned(Value::Boolean(holds(node, row))),
    }
}

fn number<'a>(node: &'a Node, row: &'a dyn Cells) -> Option<Number> {
    match value(node, row)? {
        Found::Value(Cow::Owned(Value::Number(number))) => Some(number),
        Found::Value(value) => match &*value {
            Value::Number(number) => Some(number.clone()),
            _ => None,
        },
        Found::Text(_) => None,
    }
}

fn text_of<'a>(node: &'a Node, row: &'a dyn Cells) -> Option<Cow<'a, str>> {
    match value(node, row)? {
        Found::Text(text) => Some(text),
        Found::Value(_) => None,
    }
}

fn compare(comparison: Comparison, left: &Found, right: &Found) -> bool {
    let order = match (left, right) {
        (Found::Text(left), Found::Text(right)) => Some(left.cmp(right)),
        (Found::Value(left), Found::Value(right)) => match comparison {
            Comparison::Equal => return left == right,
            Comparison::Unequal => return left != right,
            _ => left.compare(right),
        },
        _ => None,
    };
    let Some(order) = order else { return false };
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Unequal => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::AtMost => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::AtLeast => order != Ordering::Less,
    }
}
