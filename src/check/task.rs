//! What was found in one resource: gathered block by block, then told as the outcome tells it.

use super::audit::{self, Trail};
use super::collect::group_order;
use super::outcome::Task;
use super::plan::ResourcePlan;
use super::profile::{ByFile, Cells, Counts, TableProfile};
use super::table::TablePlan;
use super::tally::Tally;
use crate::finding::message::thousands;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place};
use std::collections::BTreeSet;

/// What was found in one resource so far.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) tally: Tally,
    pub(super) groups: Vec<Group>,
    pub(super) labels: Vec<String>,
    pub(super) rows: u64,
    pub(super) columns: u64,
    /// Reconciliation counts.
    pub(super) counts: Counts,
    /// The same by file.
    pub(super) by_file: ByFile,
    /// Of an audit trail: its entries.
    pub(super) trail: Trail,
    /// Whether not all rows of its files are known.
    pub(super) lost_rows: bool,
    /// Declared fields that a file of it lacks.
    pub(super) lacking: BTreeSet<usize>,
}

impl Collected {
    /// The resource as the outcome tells it, and its reconciliation counts where it has rows.
    pub(super) fn into_task(
        self,
        planned: &ResourcePlan<'_>,
        bytes: &[u64],
        patients: Option<u64>,
        samples: usize,
        gaps: &mut Vec<Gap>,
    ) -> (Task, Option<TableProfile>) {
        let has_rows = !planned.members.is_empty() && planned.table.is_some();
        let table = planned.table.as_ref();
        let totals = table.map(|table| self.totals(planned, table, gaps)).unwrap_or_default();
        let mut groups = self.groups;
        if let Some(table) = &planned.table {
            if !self.lost_rows {
                groups.extend(always_empty(planned, table, &self.counts.cells));
            }
            let timed = self.trail.timed;
            let is_whole =
                !self.lost_rows && !planned.members.is_empty() && !planned.lacks_a_file();
            if let Some(audit) = &table.audit {
                let (found, gap) = self.trail.judge(audit, table, samples, is_whole);
                groups.extend(found);
                gaps.extend(gap.filter(|_| !planned.members.is_empty()));
            }
            let mut counted = self.tally.into_groups(table, &self.counts.cells);
            for group in &mut counted {
                if group.code == Code::TimeReversal {
                    group.suggestion = audit::why_backwards(group.occurrences, timed);
                }
            }
            groups.extend(counted);
            let expected = planned.declared.row_count;
            // Where rows could not be read, their number says nothing more; where a file is not there,
            // that there are too few of them says nothing new.
            let counted = !planned.members.is_empty() && !self.lost_rows;
            let known = |expected| planned.lacks_a_file() && self.rows < expected;
            if counted && expected.is_some_and(known) {
                gaps.push(Gap {
                    resource: Some(table.resource),
                    check: "the number of rows".into(),
                    reason: "a file of the table is not there".into(),
                });
            } else if let Some(expected) = expected.filter(|&n| n != self.rows && counted) {
                let facts = Facts::Count { what: "rows", expected, found: self.rows };
                let place = Place { file: planned.members.first().copied(), ..Place::default() };
                let mut group = Group::single(Code::RowCount, Some(table.resource), facts, place);
                let declared = table.table.severities.of("rowCount");
                group.severity = declared.unwrap_or(group.severity);
                groups.push(group);
            }
            groups.extend(totals);
        }
        groups.sort_by_key(group_order);
        let profile = match has_rows {
            true => self.counts.into_profile(planned, self.rows, patients, self.by_file),
            false => None,
        };
        let task = Task {
            name: planned.declared.name.clone(),
            kind: if planned.table.is_some() { "table" } else { "file" },
            labels: self.labels,
            bytes: planned.members.iter().filter_map(|&m| bytes.get(m as usize)).sum(),
            files: planned.members.clone(),
            rows: self.rows,
            rows_expected: planned.declared.row_count,
            fields: self.columns,
            groups,
        };
        (task, profile)
    }
}

/// From so many rows on, a column that is never filled says something.
const MANY: u64 = 20;

/// The columns that hold nothing in any row. Those that must be filled have their own finding.
fn always_empty(
    planned: &ResourcePlan<'_>,
    table: &TablePlan<'_>,
    cells: &[Cells],
) -> Option<Group> {
    let fields = table.table.fields.iter().zip(cells).enumerate();
    let empty = fields.filter(|(_, (field, cells))| {
        cells.all >= MANY
            && cells.filled == 0
            && !field.constraints.required
            && !field.required_unless_deleted
    });
    let fields: Vec<FieldRef> = empty
        .map(|(number, (field, _))| FieldRef {
            number: number as u32 + 1,
            name: field.name.clone(),
        })
        .collect();
    let rows = cells.iter().map(|cells| cells.all).max().unwrap_or(0);
    let place = Place { file: planned.members.first().copied(), ..Place::default() };
    let facts = Facts::Text(format!("in all {} rows", thousands(rows)));
    let mut group = Group::single(Code::AlwaysEmpty, Some(table.resource), facts, place);
    group.occurrences = fields.len() as u64;
    group.fields = fields;
    (group.occurrences > 0).then_some(group)
}
