//! A second reading, of the rows in which something was found, where the user asks for them.
//!
//! It is the one exception to the one read, and made by none but `--rejects` and `--token-key`: what
//! keys and references show is known only when all was read, and rows cannot be kept meanwhile. The
//! rows are checked again as they come, so that no list of them is held in memory, whatever their
//! number; those with findings of keys come from the outcome, as many as it holds.

use super::{Check, Checked, Identity, Options, Outcome, SchemaUsed, Scope, Work};
use crate::error::Result;
use crate::finding::{Code, Severity};
use crate::pipeline::{self, Pool};
use crate::schema::Schema;
use crate::source::Extract;
use std::collections::{BTreeMap, BTreeSet};

/// A row in which something was found.
#[derive(Debug)]
pub struct Row<'a> {
    /// Index of its file.
    pub file: u32,
    /// Its number; the header counts.
    pub number: u64,
    /// The table's name.
    pub table: &'a str,
    /// Its bytes as they stand, with the line end.
    pub record: &'a [u8],
    /// The codes of the errors in it, those that were accepted left out; empty where it has none.
    pub codes: BTreeSet<Code>,
    /// Whether it is an example of the outcome.
    pub is_example: bool,
    /// The header's bytes without line end; empty where there is none.
    pub header: &'a [u8],
    /// What stands between cells.
    pub delimiter: u8,
    /// The cells of its primary key; `None` where none is declared, or the row lacks a part of it.
    pub key: Option<Vec<Vec<u8>>>,
}

/// Reads an extract again and shows `visit` each row with an error and each example of `outcome`, in
/// reading order.
///
/// # Errors
/// Those of [`super::run`], and those of `visit`.
pub fn again(
    extract: &Extract,
    schema: Option<(&Schema, SchemaUsed)>,
    options: &Options,
    outcome: &Outcome,
    visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let options = Options { samples: usize::MAX, ..options.clone() };
    let check = Check::new(extract, schema, &options);
    let sought = Sought::of(outcome);
    let pool = Pool::default();
    pipeline::run(
        &options.pipeline(),
        |feed| check.feed(extract, Scope::Declared, &pool, &mut |work| feed.send(work)),
        || check.worker(),
        |worker, mut work| {
            let checked = check.work(worker, &mut work)?;
            Ok((work, checked))
        },
        |(work, checked)| {
            check.visit(&work, checked, outcome, &sought, visit)?;
            pool.give(work.block.bytes);
            Ok(())
        },
    )?;
    extract.check_unchanged()
}

/// What is sought.
struct Sought {
    /// Examples by file and row, with the codes of errors.
    examples: BTreeMap<(u32, u64), BTreeSet<Code>>,
    /// What was accepted.
    accepted: BTreeSet<Identity>,
}

impl Sought {
    fn of(outcome: &Outcome) -> Self {
        let mut examples: BTreeMap<(u32, u64), BTreeSet<Code>> = BTreeMap::new();
        for (_, group) in outcome.all_groups() {
            for sample in &group.samples {
                let (Some(file), Some(row)) = (sample.place.file, sample.place.row) else {
                    continue;
                };
                let codes = examples.entry((file, row)).or_default();
                if group.severity == Severity::Error {
                    codes.insert(group.code);
                }
            }
        }
        let accepted = outcome.accepted.iter().map(|accepted| {
            let task = accepted.task.and_then(|task| outcome.tasks.get(task as usize));
            Identity::of(outcome, task, &accepted.group)
        });
        Self { examples, accepted: accepted.collect() }
    }
}

impl Check<'_> {
    fn visit(
        &self,
        work: &Work,
        checked: Checked,
        outcome: &Outcome,
        sought: &Sought,
        visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let (block, Some(reading)) = (&work.block, &work.reading) else { return Ok(()) };
        let Some(planned) = self.plan.resources.get(reading.resource as usize) else {
            return Ok(());
        };
        let Some(table) = &planned.table else { return Ok(()) };
        let task = outcome.tasks.get(reading.resource as usize);
        let mut faulty: BTreeMap<u64, BTreeSet<Code>> = BTreeMap::new();
        for group in checked.0.tally.into_groups(table, &checked.0.counts.cells) {
            if group.severity != Severity::Error
                || sought.accepted.contains(&Identity::of(outcome, task, &group))
            {
                continue;
            }
            for row in group.samples.iter().filter_map(|sample| sample.place.row) {
                faulty.entry(row).or_default().insert(group.code);
            }
        }
        let header_end = if reading.columns.goes_on { 0 } else { table.header_end() };
        let mut start = block.skip as usize;
        for (number, &end) in (block.first_row..).zip(&block.ends) {
            let record = block.bytes.get(start..end as usize).unwrap_or_default();
            start = end as usize;
            let example = sought.examples.get(&(block.member, number));
            let mut codes = faulty.remove(&number).unwrap_or_default();
            codes.extend(example.into_iter().flatten());
            if number <= header_end || (codes.is_empty() && example.is_none()) {
                continue;
            }
            let mut cells = Vec::new();
            let width = reading.grammar.exact(record, 0, true, |cell| cells.push(cell));
            let mut scratch = Vec::new();
            let mut cell = |field: &usize| {
                let column = reading.columns.columns.get(*field).copied().flatten()?;
                let cell = cells.get(column).copied()?;
                Some(reading.grammar.value(record, cell, &mut scratch).to_vec())
            };
            let primary = &table.table.primary_key;
            let key = (!primary.is_empty() && width.is_some())
                .then(|| primary.iter().map(&mut cell).collect::<Option<Vec<_>>>())
                .flatten();
            visit(&Row {
                file: block.member,
                number,
                table: &planned.declared.name,
                record,
                codes,
                is_example: example.is_some(),
                header: &reading.columns.raw,
                delimiter: reading.grammar.delimiter,
                key,
            })?;
        }
        Ok(())
    }
}
