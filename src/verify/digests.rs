//! Reads every file once, in parallel, and computes its digests.
//!
//! A payload file that the block table describes is read block by block: the CRC-32 of the compressed
//! bytes is compared, since a changed bit there may inflate to the same text, and each block is
//! inflated on its own, so that all cores work on one large file. What the table says is never
//! believed: where a block does not fit, the file is read again as the stream that it is.

use crate::archive::deflate::{FINAL, Inflater};
use crate::archive::read::{Entry, Fault};
use crate::bag::blocks::Block;
use crate::digest::{Algorithm, Digest, Hashers};
use crate::error::{Error, Result};
use crate::pipeline::{self, Pool};
use crate::verify::Options;
use crate::verify::tree::Tree;
use std::sync::Arc;

/// A file to be read.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// Index of the member.
    pub(super) member: usize,
    /// What to compute.
    pub(super) algorithms: Vec<Algorithm>,
    /// Its blocks, where the table has some that fit the entry.
    pub(super) blocks: Option<Arc<Vec<Block>>>,
}

/// What came of reading a file.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) member: usize,
    /// The digests; empty where the bytes could not be read to the end.
    pub(super) digests: Vec<Digest>,
    /// What is wrong with its bytes in the archive.
    pub(super) fault: Option<Fault>,
    /// Numbers of blocks whose compressed bytes are not as the table says, or cannot be read.
    pub(super) bad_blocks: Vec<usize>,
    /// Whether the stream does not end as a package's does.
    pub(super) bad_end: bool,
}

/// How large a block may be for the memory that there is.
pub(super) fn largest_block(options: &Options) -> u64 {
    options.memory / 8 / in_flight(options) as u64
}

fn in_flight(options: &Options) -> usize {
    options.jobs.clamp(1, 256) * 2 + 2
}

/// How many work, and at how much at a time.
pub(super) fn pipeline(options: &Options) -> pipeline::Options {
    pipeline::Options {
        jobs: options.jobs.clamp(1, 256),
        in_flight: in_flight(options),
        interrupt: options.interrupt.clone(),
        progress: options.progress.clone(),
    }
}

/// Reads all files; results are in the order of the members.
pub(super) fn run(tree: &Tree, jobs: Vec<Job>, options: &Options) -> Result<Vec<Read>> {
    let pipeline = pipeline(options);
    // A file that is more than one worker's share is read by all of them; the others, one by each.
    let size = |job: &Job| tree.members.get(job.member).map_or(0, |member| member.size);
    let total: u64 = jobs.iter().map(size).fold(0, u64::saturating_add);
    let share = total / pipeline.jobs as u64;
    let together = |job: &Job| {
        pipeline.jobs > 1 && job.blocks.as_ref().is_some_and(|b| b.len() > 3) && size(job) > share
    };
    let (shared, mut alone): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(together);
    // The largest first, so that no worker is left with it when the others are done.
    alone.sort_by_key(|job| (std::cmp::Reverse(size(job)), job.member));
    let mut reads = Vec::new();
    // Both at once: a large file's digest keeps one core busy, and its blocks not quite another.
    let shared = std::thread::scope(|scope| {
        let read = || shared.iter().map(|job| read_together(tree, job, &pipeline)).collect();
        let reader = match shared.is_empty() {
            true => None,
            false => {
                let spawned = std::thread::Builder::new().spawn_scoped(scope, read);
                Some(spawned.map_err(|error| Error::internal(format!("no thread: {error}")))?)
            }
        };
        let read = read_alone(tree, alone, &pipeline, &mut |read| {
            reads.push(read);
            Ok(())
        });
        let shared: Result<Vec<Read>> = reader.map_or(Ok(Vec::new()), |reader| {
            reader.join().unwrap_or_else(|_| Err(Error::internal("a reader panicked")))
        });
        read.and(shared)
    })?;
    reads.extend(shared);
    reads.sort_by_key(|read| read.member);
    Ok(reads)
}

/// Reads several files at a time, each by one worker.
fn read_alone(
    tree: &Tree,
    jobs: Vec<Job>,
    pipeline: &pipeline::Options,
    each: &mut impl FnMut(Read) -> Result<()>,
) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    pipeline::run(
        pipeline,
        |feed| jobs.into_iter().try_for_each(|job| feed.send(job)),
        Inflater::default,
        |inflater, job| match (&job.blocks, entry_of(tree, job.member)) {
            (Some(blocks), Some(entry)) => {
                let mut state = Blocks::new(&job);
                let (mut packed, mut plain) = (Vec::new(), Vec::new());
                let mut at = 0;
                for block in blocks.iter() {
                    pipeline.interrupt.check()?;
                    packed.resize(block.packed as usize, 0);
                    read_packed(tree, entry, at, &mut packed)?;
                    at += u64::from(block.packed);
                    let good = open_block(inflater, block, &mut packed, &mut plain);
                    pipeline.progress.add(job.member as u64, plain.len() as u64);
                    state.take(good, &plain);
                }
                state.finish(tree, entry, &job, pipeline)
            }
            _ => stream(tree, &job, pipeline),
        },
        each,
    )?;
    Ok(())
}

/// Reads one file with all workers.
fn read_together(tree: &Tree, job: &Job, pipeline: &pipeline::Options) -> Result<Read> {
    let (Some(blocks), Some(entry)) = (&job.blocks, entry_of(tree, job.member)) else {
        return stream(tree, job, pipeline);
    };
    let pool = Pool::default();
    let mut state = Blocks::new(job);
    pipeline::run(
        pipeline,
        |feed| {
            let mut at = 0;
            for block in blocks.iter() {
                let mut packed = pool.take_used();
                packed.resize(block.packed as usize, 0);
                read_packed(tree, entry, at, &mut packed)?;
                at += u64::from(block.packed);
                feed.send((*block, packed))?;
            }
            Ok(())
        },
        Inflater::default,
        |inflater, (block, mut packed)| {
            let mut plain = pool.take_used();
            let good = open_block(inflater, &block, &mut packed, &mut plain);
            pool.give(packed);
            Ok((good, plain))
        },
        |(good, plain)| {
            pipeline.progress.add(job.member as u64, plain.len() as u64);
            state.take(good, &plain);
            pool.give(plain);
            Ok(())
        },
    )?;
    state.finish(tree, entry, job, pipeline)
}

/// How a block was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    Good,
    /// It inflates, but its compressed bytes are not those of the table.
    Changed,
    Damaged,
}

fn open_block(
    inflater: &mut Inflater,
    block: &Block,
    packed: &mut Vec<u8>,
    plain: &mut Vec<u8>,
) -> Opened {
    let same = crc32fast::hash(packed) == block.crc32;
    match inflater.block(packed, block.length as usize, plain) {
        Ok(()) if same => Opened::Good,
        Ok(()) => Opened::Changed,
        Err(_) => Opened::Damaged,
    }
}

/// What the blocks of one file have given so far.
struct Blocks {
    hashers: Hashers,
    crc32: crc32fast::Hasher,
    count: usize,
    bad: Vec<usize>,
    damaged: bool,
}

impl Blocks {
    fn new(job: &Job) -> Self {
        Self {
            hashers: Hashers::new(job.algorithms.iter().copied()),
            crc32: crc32fast::Hasher::new(),
            count: 0,
            bad: Vec::new(),
            damaged: false,
        }
    }

    fn take(&mut self, opened: Opened, plain: &[u8]) {
        if opened != Opened::Good {
            self.bad.push(self.count);
        }
        self.count += 1;
        self.damaged |= opened == Opened::Damaged;
        if !self.damaged {
            self.hashers.update(plain);
            self.crc32.update(plain);
        }
    }

    /// Compares the end and the entry's CRC-32; reads the file as a stream where a block could not
    /// be read on its own.
    fn finish(
        self,
        tree: &Tree,
        entry: &Entry,
        job: &Job,
        pipeline: &pipeline::Options,
    ) -> Result<Read> {
        let mut end = [0; FINAL.len()];
        read_packed(tree, entry, entry.packed.saturating_sub(FINAL.len() as u64), &mut end)?;
        let bad_end = end != FINAL;
        if self.damaged || bad_end {
            let read = stream(tree, job, pipeline)?;
            return Ok(Read { bad_blocks: self.bad, bad_end, ..read });
        }
        let fault = (self.crc32.finalize() != entry.crc32).then_some(Fault::Crc);
        let digests = self.hashers.finish();
        Ok(Read { member: job.member, digests, fault, bad_blocks: self.bad, bad_end })
    }
}

/// Reads a file from first to last byte.
fn stream(tree: &Tree, job: &Job, pipeline: &pipeline::Options) -> Result<Read> {
    let mut hashers = Hashers::new(job.algorithms.iter().copied());
    let result = tree.stream(job.member, |piece| {
        pipeline.interrupt.check()?;
        pipeline.progress.add(job.member as u64, piece.len() as u64);
        hashers.update(piece);
        Ok(())
    })?;
    let fault = result.err();
    // A wrong CRC-32 is known only at the end, when all bytes were seen.
    let whole = matches!(fault, None | Some(Fault::Crc));
    let digests = if whole { hashers.finish() } else { Vec::new() };
    Ok(Read { member: job.member, digests, fault, bad_blocks: Vec::new(), bad_end: false })
}

pub(super) fn entry_of(tree: &Tree, member: usize) -> Option<&Entry> {
    let index = tree.members.get(member)?.entry;
    tree.as_archive()?.entries.get(index)
}

pub(super) fn read_packed(tree: &Tree, entry: &Entry, at: u64, buffer: &mut [u8]) -> Result<()> {
    let archive = tree.as_archive().ok_or_else(|| Error::internal("blocks outside an archive"))?;
    archive.packed(entry, at, buffer)
}
