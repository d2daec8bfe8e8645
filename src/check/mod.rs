//! Compares an extract with its declared schema.
//!
//! The order of work: the files are matched to the declared resources (`plan`); then every file is
//! read once, block by block ([`Check::feed`]), its header aligned with the declared fields
//! (`header`) and its rows checked by workers (`row`); what they count is merged in order
//! ([`Collector`]); when all is read, keys and references are joined (`key`).
//!
//! `package` drives the same steps, and gives the same blocks to the compressor.
//!
//! **Invariant:** what is found does not depend on the number of workers.

mod accept;
mod again;
mod attribution;
mod audit;
mod category;
mod cell;
mod collect;
mod delivery;
mod diagnosis;
mod document;
mod encoding;
mod feed;
mod hash;
mod header;
mod inside;
mod join;
mod key;
mod known;
mod labels;
mod manifest;
mod measure;
mod oddity;
mod opening;
mod outcome;
mod plan;
mod position;
mod profile;
mod relation;
mod row;
pub mod select;
mod table;
mod tally;
mod task;
mod total;
pub mod walk;

pub use accept::{Acceptance, Applied, Identity};
pub use again::{Row, again};
pub use collect::Collector;
pub use inside::wanted_sheet;
pub use outcome::{
    Accepted, Category, CategoryState, File, FileVersion, Outcome, SchemaUsed, Task,
};
pub use profile::{Dates, FileYears, Filled, TableProfile};

use crate::attribution::{Gatherer, Plan as Ways};
use crate::error::Result;
use crate::finding::{Gap, Group};
use crate::pipeline::{self, Interrupt, Pool, Progress};
use crate::schema::value::Date;
use crate::schema::{Encoding, Schema};
use crate::source::Extract;
use crate::source::block::{BLOCK_SIZE, Block};
use crate::source::structure::Grammar;
use crate::source::utf16::Order;
use crate::spill::Store;
use header::Columns;
use known::Known;
use plan::Plan;
use std::path::PathBuf;
use std::sync::Arc;

/// How a check is carried out. None of it but the day changes what is found.
#[derive(Debug, Clone)]
pub struct Options {
    /// Worker threads.
    pub jobs: usize,
    /// Bytes that key records and join tables may take in memory; beyond, they go to disk.
    pub memory: usize,
    /// Where temporary files go.
    pub temp_dir: PathBuf,
    /// Examples kept of each group. Totals are exact whatever it is.
    pub samples: usize,
    /// Examples kept of findings of keys, where that is more.
    pub key_samples: usize,
    /// Keep cell values in the examples, whatever the fields' sensitivity.
    pub reveal: bool,
    /// The key of this run's key hashes: random.
    pub key: [u8; 16],
    /// Bytes in a block: [`BLOCK_SIZE`], but in tests.
    pub block_size: usize,
    /// The request to stop.
    pub interrupt: Interrupt,
    /// How far it has come, for whoever watches.
    pub progress: Progress,
    /// The day of the check, in UTC: dates after it are in the future. It belongs to what is asked,
    /// and so it may change what is found. `None`: not known, and a schema that asks for such dates
    /// gets a gap.
    pub today: Option<Date>,
}

impl Options {
    /// Defaults for a random key: one worker, 512 MiB, 20 examples, temporary files in `temp_dir`,
    /// the day not known.
    pub fn new(key: [u8; 16], temp_dir: PathBuf) -> Self {
        Self {
            jobs: 1,
            memory: 512 << 20,
            temp_dir,
            samples: 20,
            key_samples: 0,
            reveal: false,
            key,
            block_size: BLOCK_SIZE,
            interrupt: Interrupt::default(),
            progress: Progress::default(),
            today: None,
        }
    }

    /// What the pipeline is to be run with.
    pub fn pipeline(&self) -> pipeline::Options {
        pipeline::Options {
            jobs: self.jobs,
            in_flight: self.jobs * 4 + 4,
            interrupt: self.interrupt.clone(),
            progress: self.progress.clone(),
        }
    }
}

/// Which files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that belong to a declared resource.
    Declared,
    /// All, litter too.
    All,
}

/// Checks an extract by itself.
///
/// # Errors
/// Where the extract cannot be read or changes meanwhile, temporary files cannot be written, or the
/// user asked to stop.
pub fn run(
    extract: &Extract,
    schema: Option<(&Schema, SchemaUsed)>,
    options: &Options,
) -> Result<Outcome> {
    run_watched(extract, schema, options, None)
}

/// Is told of findings while a check runs, in reading order: an outcome that names files and tables
/// and holds no findings yet, and a group with what one block has of it.
pub type Watch<'w> = dyn FnMut(&Outcome, &Group) -> Result<()> + 'w;

/// Checks an extract by itself, and tells `watch` of what is found on the way. What only all rows
/// together show (keys, references, totals) is not told.
///
/// # Errors
/// Those of [`run`], and those of `watch`.
pub fn run_watched(
    extract: &Extract,
    schema: Option<(&Schema, SchemaUsed)>,
    options: &Options,
    mut watch: Option<&mut Watch<'_>>,
) -> Result<Outcome> {
    let check = Check::new(extract, schema, options);
    let mut named = check.named();
    let pool = Pool::default();
    let mut collector = check.collector();
    let workers = pipeline::run(
        &options.pipeline(),
        |feed| check.feed(extract, Scope::Declared, &pool, &mut |work| feed.send(work)),
        || check.worker(),
        |worker, mut work| {
            let checked = check.work(worker, &mut work)?;
            Ok((work, checked))
        },
        |(work, checked)| {
            if let Some(watch) = &mut watch {
                check.tell(&work, &checked, &mut named, &mut **watch)?;
            }
            collector.add(&work, checked);
            pool.give(work.block.bytes);
            Ok(())
        },
    )?;
    extract.check_unchanged()?;
    check.finish(collector, workers)
}

/// One check: its plan, and how to carry it out.
pub struct Check<'s> {
    plan: Plan<'s>,
    schema: Option<&'s Schema>,
    used: Option<SchemaUsed>,
    options: Options,
    known: Arc<Known>,
    attribution: Option<Ways<'s>>,
    lists: bool,
}

/// A block on its way through the workers, with what is needed to check it.
pub struct Work {
    /// The block.
    pub block: Block,
    reading: Option<TableReading>,
    /// The order of its bytes, where the file is in UTF-16: what is checked is its text in UTF-8.
    order: Option<Order>,
    /// Found on the way, by the reading thread.
    found: Vec<Group>,
    gaps: Vec<Gap>,
    lost: Lost,
}

/// What of a file did not come as far as its checks.
#[derive(Debug, Clone, Copy, Default)]
struct Lost {
    /// Rows: the file is not what was declared, or a record is too long.
    rows: bool,
    /// Bytes: the archive's entry is damaged.
    bytes: bool,
}

/// How the file of a block is read as a table.
#[derive(Clone)]
struct TableReading {
    resource: u32,
    columns: Arc<Columns>,
    grammar: Grammar,
    /// The encoding of the file's text.
    encoding: Encoding,
}

/// How the file of a block is read as a table.
#[derive(Debug, Clone, Copy)]
pub struct TableView<'a> {
    /// Index of the resource.
    pub resource: u32,
    /// For each column of the file: the declared field that it holds.
    pub columns: &'a [Option<usize>],
    /// How its bytes are divided.
    pub grammar: Grammar,
    /// How its bytes are to be understood, as they were delivered.
    pub encoding: Encoding,
}

impl Work {
    /// How the block's file is read as a table; `None` where it is none.
    pub fn table(&self) -> Option<TableView<'_>> {
        self.reading.as_ref().map(|reading| TableView {
            resource: reading.resource,
            columns: &reading.columns.fields,
            grammar: reading.grammar,
            encoding: match self.order {
                Some(Order::Little) => Encoding::Utf16Le,
                Some(Order::Big) => Encoding::Utf16Be,
                None => reading.encoding,
            },
        })
    }
}

/// A worker's state.
pub struct Worker(row::Worker);

/// What a worker found in one block.
pub struct Checked(row::Checked);

impl Checked {
    /// Whether there is an error finding in the block.
    pub fn has_errors(&self) -> bool {
        self.0.tally.has_errors()
    }
}

impl<'s> Check<'s> {
    /// Lays out the check of an extract.
    pub fn new(
        extract: &Extract,
        schema: Option<(&'s Schema, SchemaUsed)>,
        options: &Options,
    ) -> Self {
        let (schema, used) = schema.unzip();
        let mut plan = Plan::new(schema, extract, options);
        if let (Some(schema), Some(used)) = (schema, &used) {
            plan.tell_versions(schema, &used.versions);
        }
        let expected = plan.awaited_keys(extract).try_into().unwrap_or(usize::MAX);
        let counted = plan.relations.all_counted();
        let known = Known::new(options.memory / 8 * 3, expected, counted, options.jobs);
        let attribution = schema.map(|schema| Ways::new(schema, options.key));
        let options = options.clone();
        let known = Arc::new(known);
        Self { plan, schema, used, options, known, attribution, lists: false }
    }

    /// Also gathers what the lists of patients need: [`Check::finish_attributed`] then gives it.
    #[must_use]
    pub fn with_lists(mut self) -> Self {
        self.lists = true;
        self
    }

    /// How rows are attributed to patients; `None` without a schema.
    pub fn attribution(&self) -> Option<&Ways<'s>> {
        self.attribution.as_ref()
    }

    /// The attribution, where there is something to gather for it.
    fn gathered(&self) -> Option<&Ways<'s>> {
        self.attribution.as_ref().filter(|plan| {
            self.lists || plan.can_disagree() || plan.has_steps() || plan.compares_births()
        })
    }

    /// Whether the set of files alone has an error finding.
    pub fn has_errors(&self) -> bool {
        let resources = self.plan.resources.iter().flat_map(|resource| &resource.findings);
        self.plan.findings.iter().chain(resources).any(is_error)
    }

    /// A new worker's state.
    pub fn worker(&self) -> Worker {
        let budget = self.options.memory / 2 / self.options.jobs.max(1);
        let folder = || self.options.temp_dir.clone();
        let gathered = self.gathered();
        // What shows that ways disagree is little beside the lists of all rows.
        let own = match (gathered.is_some(), self.lists) {
            (true, true) => budget / 2,
            (true, false) => budget / 8 * 7,
            (false, _) => budget,
        };
        let store = Store::new(own, folder());
        let known = Arc::clone(&self.known);
        let mut worker = row::Worker::new(store, known, self.options.key, self.options.samples);
        worker.gatherer =
            gathered.map(|plan| Gatherer::new(plan, budget - own, folder(), self.lists));
        Worker(worker)
    }

    /// Checks one block.
    ///
    /// # Errors
    /// Where temporary files cannot be written.
    pub fn work(&self, worker: &mut Worker, work: &mut Work) -> Result<Checked> {
        let plan = work.reading.as_ref().and_then(|reading| {
            let resource = self.plan.resources.get(reading.resource as usize)?;
            Some((reading, resource.table.as_ref()?))
        });
        match plan {
            Some((reading, plan)) => {
                let reading = row::Reading {
                    plan,
                    columns: &reading.columns,
                    grammar: reading.grammar,
                    encoding: reading.encoding,
                    attribution: self.gathered(),
                };
                work.block.turn();
                let checked = worker.0.block(&work.block, &reading);
                work.block.turn();
                checked.map(Checked)
            }
            None => Ok(Checked(row::Checked::default())),
        }
    }
}

fn is_error(group: &Group) -> bool {
    group.severity == crate::finding::Severity::Error
}
