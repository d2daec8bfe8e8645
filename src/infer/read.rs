//! The one read of all rows, by which columns are counted.

use super::Options;
use super::column::Counts;
use super::tables::File;
use crate::check::walk::CellWalk;
use crate::error::Result;
use crate::pipeline::{self, Pool};
use crate::source::block::{BLOCK_SIZE, Block, Cutter, RECORD_LIMIT};
use crate::source::records::Records;
use crate::source::structure::Cell;
use crate::source::workbook::Wanted;
use crate::source::{Extract, MemberReader};

/// Columns that are looked at two by two.
const MOST_PAIRED: usize = 8;

/// Values in the sketches of all columns together, at most.
const ENTRIES: usize = 4 << 20;

/// Bytes of an entry.
const ENTRY: usize = 16;

/// A block, and the file that it is of.
struct Job {
    file: usize,
    block: Block,
}

/// A worker: the counts of the file at hand.
#[derive(Default)]
struct Worker {
    at: Option<(usize, Counts)>,
    walk: CellWalk,
    cells: Vec<Cell>,
    hashes: Vec<Option<u64>>,
    scratch: Vec<u8>,
}

/// Reads all files and counts their columns.
pub(super) fn read(extract: &Extract, files: &[File], options: &Options) -> Result<Vec<Counts>> {
    let sketches = |file: &File| {
        let paired = paired(file).len();
        file.sniffed.labels.len() + paired * paired.saturating_sub(1) / 2
    };
    let all: usize = files.iter().map(sketches).sum();
    let entries = ENTRIES.min(options.memory / 8 / ENTRY);
    let most = (entries / all.max(1)).clamp(64, 1024);
    let persons: Vec<Option<usize>> = files.iter().map(person).collect();
    let new = |file: &File| {
        let width = file.sniffed.labels.len();
        Counts::new(width, &paired(file), &items(file), most)
    };
    let mut counts: Vec<Counts> = files.iter().map(new).collect();
    let pool = Pool::default();
    let states = pipeline::run(
        &pipeline::Options {
            jobs: options.jobs,
            in_flight: options.jobs * 4 + 4,
            interrupt: options.interrupt.clone(),
            progress: options.progress.clone(),
        },
        |feed| feed_blocks(extract, files, &pool, options, &mut |job| feed.send(job)),
        Worker::default,
        |worker, mut job: Job| {
            let Some(file) = files.get(job.file) else { return Ok((None, job.block)) };
            let finished = match &worker.at {
                Some((at, _)) if *at == job.file => None,
                _ => worker.at.replace((job.file, new(file))),
            };
            let person = persons.get(job.file).copied().flatten();
            worker.block(file, person, &mut job.block);
            Ok((finished, job.block))
        },
        |(finished, block)| {
            if let Some((file, finished)) = finished
                && let Some(counts) = counts.get_mut(file)
            {
                counts.merge(finished);
            }
            pool.give(block.bytes);
            Ok(())
        },
    )?;
    for worker in states {
        if let Some((file, finished)) = worker.at
            && let Some(counts) = counts.get_mut(file)
        {
            counts.merge(finished);
        }
    }
    extract.check_unchanged()?;
    counts.iter_mut().for_each(Counts::settle);
    Ok(counts)
}

/// The columns that may be parts of a key of two: those whose labels say so, else the first ones.
fn paired(file: &File) -> Vec<usize> {
    let labels = &file.sniffed.labels;
    let mut columns: Vec<usize> = match file.sniffed.header {
        true => (0..labels.len())
            .filter(|at| labels.get(*at).is_some_and(|label| super::names::is_identifier(label)))
            .collect(),
        false => (0..labels.len()).collect(),
    };
    if columns.len() < 2 {
        columns = (0..labels.len()).collect();
    }
    columns.truncate(MOST_PAIRED);
    columns
}

/// The column that names the person whose a row is: by its label, without labels the first. Where
/// there is none, each row counts as a person's.
fn person(file: &File) -> Option<usize> {
    const WORDS: [&str; 6] = ["patient", "patients", "person", "pid", "subject", "nhs"];
    if !file.sniffed.header {
        return Some(0);
    }
    let words = file.sniffed.labels.iter().map(|label| super::names::words(label));
    let named = words.enumerate().filter(|(_, words)| {
        let is_person = words.iter().any(|word| WORDS.contains(&word.as_str()));
        is_person && words.len() <= 3
    });
    let identifies = |at: &usize| {
        file.sniffed.labels.get(*at).is_some_and(|label| super::names::is_identifier(label))
    };
    named
        .filter(|(at, _)| identifies(at))
        .min_by_key(|(at, words)| (words.len(), *at))
        .map(|(at, _)| at)
}

/// Columns that name things of which another tells the table, as `ItemGuid` and `ItemType`: the
/// latter first.
fn items(file: &File) -> Vec<(usize, usize)> {
    const KINDS: [&str; 7] = ["type", "kind", "table", "entity", "class", "category", "object"];
    const MOST: usize = 2;
    let labels = &file.sniffed.labels;
    let mut found = Vec::new();
    if !file.sniffed.header {
        return found;
    }
    let words: Vec<Vec<String>> = labels.iter().map(|label| super::names::words(label)).collect();
    for (kind, of) in words.iter().enumerate() {
        let Some((last, before)) = of.split_last().filter(|(_, before)| !before.is_empty()) else {
            continue;
        };
        if !KINDS.contains(&last.as_str()) {
            continue;
        }
        let item = words.iter().zip(labels).position(|(other, label)| {
            let stem = other.split_last().map(|(_, stem)| stem);
            stem == Some(before) && super::names::is_identifier(label)
        });
        found.extend(item.map(|item| (kind, item)));
    }
    found.truncate(MOST);
    found
}

fn feed_blocks(
    extract: &Extract,
    files: &[File],
    pool: &Pool,
    options: &Options,
    send: &mut dyn FnMut(Job) -> Result<()>,
) -> Result<()> {
    let file_of = |member: usize| files.iter().position(|file| file.member == member);
    let want = |member: usize| {
        let file = files.get(file_of(member)?)?;
        Some(Wanted {
            header_row: u64::from(file.sniffed.header),
            width: file.sniffed.labels.len() as u64,
            ..Wanted::default()
        })
    };
    let mut reading = extract.read();
    while let Some((member, input)) = reading.next(&want)? {
        let Some(file) = file_of(member) else { continue };
        let Some(known) = files.get(file) else { continue };
        let failed = |error| MemberReader::error(&known.path, error);
        let records = Records {
            grammar: known.sniffed.grammar,
            width: Some(known.sniffed.labels.len()),
            reach: RECORD_LIMIT + 1,
        };
        let mut cutter = Cutter::new(Box::new(input), Some(records), BLOCK_SIZE, pool);
        if let Some(order) = known.sniffed.order {
            cutter.set_utf16(order);
        }
        loop {
            options.interrupt.check()?;
            let block = cutter.cut().map_err(failed)?;
            let last = block.last;
            send(Job { file, block })?;
            if last {
                break;
            }
        }
    }
    Ok(())
}

impl Worker {
    /// Counts the rows of a block: those of its text, where it was delivered in UTF-16.
    fn block(&mut self, file: &File, person: Option<usize>, block: &mut Block) {
        block.turn();
        self.text(file, person, block);
        block.turn();
    }

    fn text(&mut self, file: &File, person: Option<usize>, block: &Block) {
        let Some((_, counts)) = &mut self.at else { return };
        let grammar = &file.sniffed.grammar;
        let bytes = block.bytes.as_slice();
        if std::str::from_utf8(bytes).is_err() {
            counts.not_utf8 = true;
        }
        self.walk.begin(grammar, block);
        let mut start = 0;
        for (number, &end) in block.ends.iter().enumerate() {
            let begin = if number == 0 { block.skip as usize } else { start };
            start = end as usize;
            self.cells.clear();
            let cells = &mut self.cells;
            let range = (begin, end as usize);
            let _ = self.walk.cells(grammar, block, range, |cell| cells.push(cell));
            if block.index == 0 && number == 0 && file.sniffed.header {
                continue;
            }
            let is_blank =
                bytes.get(begin..end as usize).is_some_and(|record| record.trim_ascii().is_empty());
            if is_blank && (counts.columns.len() != 1 || end as usize - begin <= 2) {
                continue;
            }
            if self.cells.len() != counts.columns.len() {
                counts.ragged += 1;
                continue;
            }
            counts.rows += 1;
            self.hashes.clear();
            let person = person.and_then(|column| self.cells.get(column)).map_or_else(
                || (u64::from(block.index) << 32) ^ number as u64,
                |cell| super::sketch::hash(grammar.value(bytes, *cell, &mut self.scratch)),
            );
            for (cell, column) in self.cells.iter().zip(&mut counts.columns) {
                let value = grammar.value(bytes, *cell, &mut self.scratch);
                self.hashes.push(column.add(value, person));
            }
            counts.add_pairs(&self.hashes);
            for number in 0..counts.items.len() {
                let Some(items) = counts.items.get(number) else { continue };
                let (kind, item) = (items.kind, items.item);
                if let (Some(kind), Some(Some(item))) =
                    (self.cells.get(kind), self.hashes.get(item))
                {
                    let kind = grammar.value(bytes, *kind, &mut self.scratch);
                    counts.add_item(number, kind, *item);
                }
            }
        }
    }
}
