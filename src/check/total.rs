//! Control totals: the declared sums of fields over all data rows.
//!
//! A sum is compared only where every value of the column is known. Workers sum block by block;
//! sums are exact, so that they do not depend on who added what.

use super::plan::ResourcePlan;
use super::table::TablePlan;
use super::task::Collected;
use crate::finding::message::thousands;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place};
use crate::schema::value::{Sum, Value};

/// What is summed of one field.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Total {
    sum: Sum,
    /// Rows whose value is not known, and is not null.
    unread: u64,
}

impl Total {
    /// Adds the value of a row.
    pub(super) fn add(&mut self, value: Option<&Value>) {
        match value {
            Some(Value::Number(number)) => self.sum.add(number),
            _ => self.unread += 1,
        }
    }

    /// Counts rows whose value is not known.
    pub(super) fn lacks(&mut self, rows: u64) {
        self.unread += rows;
    }

    /// Adds what was summed elsewhere.
    pub(super) fn append(&mut self, later: &Self) {
        self.sum.append(&later.sum);
        self.unread += later.unread;
    }
}

impl Collected {
    /// The control totals that do not agree with the data, and those that could not be compared.
    pub(super) fn totals(
        &self,
        planned: &ResourcePlan<'_>,
        table: &TablePlan<'_>,
        gaps: &mut Vec<Gap>,
    ) -> Vec<Group> {
        let mut found = Vec::new();
        // A file that is not there has its finding, or need not be there.
        if planned.members.is_empty() {
            return found;
        }
        for (index, declared) in table.table.control_totals.iter().enumerate() {
            let Some(field) = table.fields.get(declared.field) else { continue };
            let name = &field.field.name;
            let total = self.counts.totals.get(index).copied().unwrap_or_default();
            let why_not = self.incomplete(planned, declared.field, total);
            if let Some(reason) = why_not {
                let check = format!("the control total of {name}");
                gaps.push(Gap { resource: Some(table.resource), check, reason });
                continue;
            }
            if total.sum.value().map(Value::Number).as_ref() == Some(&declared.sum.value) {
                continue;
            }
            let mut text = format!("the sum is not the declared {}", declared.sum.text);
            // Of few rows the sum may be as telling as a value.
            if field.shows_values {
                text += &format!(" but {}", total.sum);
            }
            let place = Place { file: planned.members.first().copied(), ..Place::default() };
            let facts = Facts::Text(text);
            let mut group = Group::single(Code::ControlCount, Some(table.resource), facts, place);
            group.fields = vec![FieldRef { number: declared.field as u32 + 1, name: name.clone() }];
            let severity = table.table.severities.of("controlTotals");
            group.severity = severity.unwrap_or(group.severity);
            found.push(group);
        }
        found
    }

    /// Why the sum of a column says nothing, where that is so.
    fn incomplete(&self, planned: &ResourcePlan<'_>, field: usize, total: Total) -> Option<String> {
        if planned.lacks_a_file() {
            Some("a file of the table is not there".into())
        } else if self.lost_rows {
            Some("not all rows could be read".into())
        } else if self.lacking.contains(&field) {
            Some("a file lacks the column".into())
        } else if total.unread > 0 {
            Some(format!("the value of {} rows could not be read", thousands(total.unread)))
        } else if total.sum.value().is_none() {
            Some("the sum has more than 38 digits, or a value is infinite or no number".into())
        } else {
            None
        }
    }
}
