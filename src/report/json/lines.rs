//! The report as JSON Lines: one object a line, for programs that work on findings one by one.
//!
//! The first line is `begin`; then come `finding`, `group`, `accepted` and `not-checked`; the last
//! is `end`, with the verdict in numbers: a report without it was cut off. A finding has the form
//! that it has in the JSON report, and the `table` that it is about.
//!
//! [`Stream`] writes findings as they happen, [`write()`] when all is known: then a finding stands
//! before its group. Totals are those of the groups, whichever way.

use super::object::write_value;
use super::view::{AcceptedView, FindingView, GroupView, Stats, coverage};
use super::{Report, stats};
use crate::check::{Outcome, Task};
use crate::finding::{Code, Group, Sample};
use crate::report::Tool;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Names this form of the report.
pub const FORMAT: &str = "handover-report-lines/1";

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line<'a> {
    #[serde(rename_all = "camelCase")]
    Begin {
        format: &'static str,
        tool: ToolLine<'a>,
        holds_patient_data: bool,
    },
    Finding {
        table: Option<&'a str>,
        #[serde(flatten)]
        finding: Box<FindingView<'a>>,
    },
    Group {
        table: Option<&'a str>,
        #[serde(flatten)]
        group: Box<GroupView<'a>>,
    },
    Accepted(Box<AcceptedView<'a>>),
    NotChecked {
        table: Option<&'a str>,
        check: &'a str,
        reason: &'a str,
    },
    End {
        valid: bool,
        complete: bool,
        stats: Stats,
    },
}

#[derive(Serialize)]
struct ToolLine<'a> {
    name: &'a str,
    version: &'a str,
}

/// Writes the whole report.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let most = match report.samples {
        crate::report::Samples::First(most) => most,
        crate::report::Samples::All => usize::MAX,
    };
    Stream::begin(&report.tool, report.reveals, most, out)?.end(report)
}

/// A report that is written while the check runs.
pub struct Stream<'o> {
    out: &'o mut dyn Write,
    most: usize,
    written: BTreeMap<Key, usize>,
}

/// What tells one group from another before either is complete.
type Key = (Code, Option<u32>, Vec<u32>, Option<&'static str>);

fn key(group: &Group) -> Key {
    let constraint = match group.facts {
        crate::finding::Facts::Constraint { name, .. } => Some(name),
        _ => None,
    };
    let fields = group.fields.iter().map(|field| field.number).collect();
    (group.code, group.resource, fields, constraint)
}

impl<'o> Stream<'o> {
    /// Begins a report that has the first `most` examples of each group.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(
        tool: &Tool,
        reveals: bool,
        most: usize,
        out: &'o mut dyn Write,
    ) -> io::Result<Self> {
        let mut stream = Self { out, most, written: BTreeMap::new() };
        stream.line(&Line::Begin {
            format: FORMAT,
            tool: ToolLine { name: &tool.name, version: &tool.version },
            holds_patient_data: reveals,
        })?;
        Ok(stream)
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        write_value(self.out, line)?;
        self.out.write_all(b"\n")
    }

    /// Writes the examples of a group as far as it is known; `outcome` names files and tables.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn found(&mut self, outcome: &Outcome, group: &Group) -> io::Result<()> {
        let written = self.written.get(&key(group)).copied().unwrap_or_default();
        let room = self.most.saturating_sub(written);
        let task = group.resource.and_then(|resource| outcome.tasks.get(resource as usize));
        let samples = group.samples.get(..room).unwrap_or(&group.samples);
        self.findings(outcome, task, group, samples)?;
        *self.written.entry(key(group)).or_default() += samples.len();
        self.out.flush()
    }

    fn findings(
        &mut self,
        outcome: &Outcome,
        task: Option<&Task>,
        group: &Group,
        samples: &[Sample],
    ) -> io::Result<()> {
        let table = task.map(|task| task.name.as_str());
        for sample in samples {
            let finding = Box::new(FindingView::of(outcome, task, group, sample));
            self.line(&Line::Finding { table, finding })?;
        }
        Ok(())
    }

    /// Writes what was not written yet, the totals, and the end.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(mut self, report: &Report<'_>) -> io::Result<()> {
        let outcome = report.outcome;
        for (task, group) in outcome.all_groups() {
            // What was written before is the beginning of what is known now.
            let own = key(group);
            let written = self.written.get(&own).copied().unwrap_or_default();
            let samples = report.samples.of(group);
            let rest = samples.get(written.min(samples.len())..).unwrap_or_default();
            self.findings(outcome, task, group, rest)?;
            // Another group of the same key has its examples further on.
            if let Some(count) = self.written.get_mut(&own) {
                *count = count.saturating_sub(samples.len());
            }
            let table = task.map(|task| task.name.as_str());
            let group = Box::new(GroupView::of(outcome, group));
            self.line(&Line::Group { table, group })?;
        }
        for accepted in &outcome.accepted {
            self.line(&Line::Accepted(Box::new(AcceptedView::of(outcome, accepted))))?;
        }
        for gap in &outcome.gaps {
            let task = gap.resource.and_then(|resource| outcome.tasks.get(resource as usize));
            let table = task.map(|task| task.name.as_str());
            self.line(&Line::NotChecked { table, check: &gap.check, reason: &gap.reason })?;
        }
        self.line(&Line::End {
            valid: outcome.is_valid(),
            complete: coverage(outcome).is_complete(),
            stats: stats(outcome),
        })
    }
}
