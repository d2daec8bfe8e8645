//! Rules between the fields of one row, written in a subset of CEL, the Common Expression Language
//! (docs/schema.md names it).
//!
//! A crate for all of CEL exists (`cel`); it checks no types before it runs, has macros whose cost
//! is not linear in the text, knows neither exact decimals nor dates without a time, and looks each
//! name up in a map of boxed values for each row. A rule of ours is checked for types when the
//! descriptor is read, and then cannot fail: it is a small tree over indices of fields, evaluated on
//! the bytes of the row.
//!
//! **Invariant:** evaluation takes time linear in the rule's text and the row, allocates only for
//! text that is not stored as it is meant, and gives true or false whatever the row holds.

mod eval;
mod lex;
mod parse;
#[cfg(test)]
mod tests;
mod types;

use super::Field;
use crate::finding::Severity;
use crate::schema::regex::Regex;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The longest expression, in bytes.
pub(in crate::schema) const LONGEST: usize = 4096;

/// An item of `handover.rules`.
#[derive(Debug)]
pub struct Rule {
    /// `name`: unique in the table.
    pub name: String,
    /// `when`: the rows concerned; `None`: all.
    pub when: Option<Expression>,
    /// `then`: what must hold for them.
    pub then: Expression,
    /// `severity` of a row that breaks it. Default: error.
    pub severity: Severity,
    /// `message`: what it means, in the author's words.
    pub message: Option<String>,
}

/// A condition on one row.
#[derive(Debug)]
pub struct Expression {
    /// As written.
    pub text: String,
    /// Indices of the fields that it names, each once, in rising order.
    pub fields: Vec<usize>,
    root: types::Node,
}

/// A row as rules see it.
pub trait Cells {
    /// The value of a field, `None` where it is null. Never asked for a field whose cell is not of
    /// its type.
    fn cell(&self, field: usize) -> Option<Cow<'_, str>>;
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema) struct Fault {
    /// The offset of the byte at which it stands.
    pub at: usize,
    /// What is wrong: one clause.
    pub reason: String,
    /// What to write instead: one clause.
    pub hint: String,
}

impl Fault {
    fn new(at: usize, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), hint: hint.into() }
    }
}

/// Compiles a pattern; gives what is wrong with it, and what to write instead.
pub(in crate::schema) type Compile<'c> = dyn FnMut(&str) -> Result<Regex, (String, String)> + 'c;

/// The fields of a table by name.
pub(in crate::schema) struct Fields<'f> {
    /// The first of each name with its index, and how many there are.
    by_name: BTreeMap<&'f str, (usize, &'f Field, usize)>,
}

impl<'f> Fields<'f> {
    pub(in crate::schema) fn new(fields: &'f [Field]) -> Self {
        let mut by_name = BTreeMap::new();
        for (index, field) in fields.iter().enumerate() {
            by_name.entry(field.name.as_str()).or_insert((index, field, 0)).2 += 1;
        }
        Self { by_name }
    }
}

/// Reads an expression over the fields of a table. `regex` compiles the patterns of `matches`.
pub(in crate::schema) fn read(
    text: &str,
    fields: &Fields,
    regex: &mut Compile,
) -> Result<Expression, Fault> {
    if text.len() > LONGEST {
        let reason = format!("is longer than {LONGEST} bytes");
        return Err(Fault::new(0, reason, "write several rules"));
    }
    let tree = parse::parse(text)?;
    let (root, fields) = types::check(&tree, fields, regex)?;
    Ok(Expression { text: text.to_owned(), fields, root })
}

impl Expression {
    /// Whether it holds.
    pub fn holds(&self, row: &dyn Cells) -> bool {
        eval::holds(&self.root, row)
    }
}

impl Rule {
    /// Whether a row keeps the rule.
    pub fn holds(&self, row: &dyn Cells) -> bool {
        !self.when.as_ref().is_none_or(|when| when.holds(row)) || self.then.holds(row)
    }

    /// Indices of the fields that it names, each once, in rising order.
    pub fn fields(&self) -> Vec<usize> {
        let when = self.when.iter().flat_map(|when| &when.fields);
        let mut fields: Vec<usize> = when.chain(&self.then.fields).copied().collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// As a report states it: `when … then …`.
    pub fn statement(&self) -> String {
        match &self.when {
            Some(when) => format!("when {} then {}", when.text, self.then.text),
            None => self.then.text.clone(),
        }
    }
}
