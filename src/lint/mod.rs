//! Looks at a descriptor by itself: what in it contradicts itself, and how far it covers what NHS
//! England's Data Migration standard (S26, DMI02) asks of the documentation of an extract.
//!
//! A wrong descriptor is no error here: its mistakes are the result.

mod coverage;
mod rules;

pub use coverage::{Covered, State, Topic};

use crate::error::Result;
use crate::finding::Severity;
use crate::schema::{Schema, descriptor, outline};

/// Something wrong with a descriptor, or doubtful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Error: it cannot hold. Warning: it is probably not what was meant. Info: worth knowing.
    pub severity: Severity,
    /// The place: resource and field, or a JSON Pointer with line and column.
    pub place: String,
    /// What is wrong: a clause.
    pub text: String,
    /// What to do: a clause; empty where the text says it.
    pub hint: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Linted {
    /// Problems, in the order of the descriptor, errors first.
    pub problems: Vec<Problem>,
    /// The topics of DMI02, in its order; none where the descriptor cannot be read.
    pub topics: Vec<Topic>,
}

impl Linted {
    /// How many problems are of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}

/// Looks at a descriptor; `load` gives the files beside it, as for [`descriptor::read_with`].
///
/// # Errors
/// A fault in this program only.
pub fn lint(bytes: &[u8], load: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Linted> {
    let mistakes = descriptor::mistakes(bytes, load)?;
    let mut linted = Linted::default();
    for mistake in mistakes {
        let place = match &mistake.file {
            Some(file) => format!("{file}: {}", mistake.pointer),
            None => mistake.pointer.clone(),
        };
        linted.problems.push(Problem {
            severity: Severity::Error,
            place: format!("{place} (line {}, column {})", mistake.line, mistake.column),
            text: mistake.reason,
            hint: mistake.hint,
        });
    }
    if linted.problems.is_empty() {
        let schema = descriptor::read_with(bytes, load)?;
        let package = outline::of(&schema);
        unsupported(&schema, &mut linted.problems);
        rules::look(&schema, &package, &mut linted.problems);
        linted.problems.sort_by_key(|problem| match problem.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        });
        linted.topics = coverage::topics(&package);
    }
    Ok(linted)
}

fn unsupported(schema: &Schema, problems: &mut Vec<Problem>) {
    for one in &schema.unsupported {
        problems.push(Problem {
            severity: Severity::Warning,
            place: one.pointer.clone(),
            text: one.effect.clone(),
            hint: String::new(),
        });
    }
}
