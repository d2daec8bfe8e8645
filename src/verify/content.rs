//! The content of every file beside what is stated of it.

use crate::archive::deflate::FINAL;
use crate::bag::blocks::{self, Block};
use crate::bag::layout::{self, Scope};
use crate::digest::{Algorithm, Digest};
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Place, Severity};
use crate::path::shown;
use crate::pipeline::Stage;
use crate::verify::Reading;
use crate::verify::digests::{self, Job, Read};
use crate::verify::listing::Listing;
use crate::verify::verification::Verification;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many files are read before what was found is compared: a bound on memory.
const FILES_AT_A_TIME: usize = 10_000;

impl Verification<'_> {
    /// Reads every file and compares its digests; gives those of the payload manifests themselves.
    pub(super) fn read_all(&mut self, listing: &Listing) -> Result<Vec<(String, Digest)>> {
        let payload_manifests: Vec<usize> = listing
            .manifests
            .iter()
            .filter(|manifest| manifest.scope == Scope::Payload)
            .map(|manifest| manifest.member)
            .collect();
        let (mut tags, mut payload) = (Vec::new(), Vec::new());
        for (member, file) in self.tree.members.iter().enumerate() {
            if !file.readable {
                continue;
            }
            let mut algorithms: Vec<Algorithm> =
                listing.of_member(member).iter().map(|(_, _, digest)| digest.algorithm).collect();
            if payload_manifests.contains(&member) {
                algorithms.push(Algorithm::Sha512);
            }
            let job = Job { member, algorithms, blocks: None };
            if self.is_payload(member) { payload.push(job) } else { tags.push(job) }
        }
        // Tag files come first: the block table counts only if it is what was packed.
        let mut manifests = Vec::new();
        let table = self.find(layout::BLOCKS);
        let mut table_sound = false;
        let mut damaged = BTreeSet::new();
        self.read_jobs(tags, |this, read| {
            if payload_manifests.contains(&read.member)
                && let Some(path) = this.below(read.member)
                && let Some(digest) =
                    read.digests.iter().find(|digest| digest.algorithm == Algorithm::Sha512)
            {
                manifests.push((shown(path), digest.clone()));
            }
            let sound = this.compare(listing, &read, &[], true);
            table_sound |= Some(read.member) == table && sound;
            if !sound {
                damaged.insert(read.member);
            }
        })?;
        if self.options.reading == Reading::Quick {
            self.gaps.push(Gap {
                resource: None,
                check: "the content of the payload".into(),
                reason: "only a quick look was asked for, which reads none of it".into(),
            });
            return Ok(manifests);
        }
        let mut blocks = self.block_table(table_sound)?;
        let mut tables: BTreeMap<usize, Arc<Vec<Block>>> = BTreeMap::new();
        for job in &mut payload {
            job.blocks = self.blocks_for(job.member, &mut blocks, table_sound).map(Arc::new);
        }
        if let Some(written) = self.written {
            payload = self.compare_written(payload, written, listing)?;
        }
        let largest = digests::largest_block(self.options);
        let is_small = |block: &Block| u64::from(block.length.max(block.packed)) <= largest;
        for job in &mut payload {
            job.blocks.take_if(|blocks| !blocks.iter().all(is_small));
            if let Some(blocks) = &job.blocks {
                tables.insert(job.member, Arc::clone(blocks));
            }
        }
        let sizes = payload.iter().filter_map(|job| self.tree.members.get(job.member));
        let total = sizes.map(|member| member.size).fold(0, u64::saturating_add);
        let mut is_damaged = false;
        if self.written.is_none() || !payload.is_empty() {
            self.options.progress.begin(Stage::Verifying, total);
        }
        self.read_jobs(payload, |this, read| {
            let blocks = tables.get(&read.member).map(|blocks| blocks.as_slice());
            if !this.compare(listing, &read, blocks.unwrap_or_default(), table_sound) {
                damaged.insert(read.member);
                is_damaged = true;
            }
        })?;
        if is_damaged {
            self.locate(&damaged)?;
        }
        Ok(manifests)
    }

    /// Reads files and hands what came of it on, a limited number at a time.
    fn read_jobs(&mut self, jobs: Vec<Job>, mut each: impl FnMut(&mut Self, Read)) -> Result<()> {
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            let some: Vec<Job> = jobs.by_ref().take(FILES_AT_A_TIME).collect();
            let reads = digests::run(&self.tree, some, self.options)?;
            reads.into_iter().for_each(|read| each(self, read));
        }
        Ok(())
    }

    /// The block table, where it can be read; by path.
    fn block_table(&mut self, sound: bool) -> Result<BTreeMap<String, Vec<Block>>> {
        let Some(canonical) = self.tree.as_archive().map(|archive| archive.is_canonical()) else {
            return Ok(BTreeMap::new());
        };
        let Some(member) = self.find(layout::BLOCKS) else {
            if canonical {
                let (code, place) = (Code::IndexStale, Place::default());
                let text = "there is no block table; files are read without it";
                self.findings.add(code, code.severity(), text, place, Facts::None);
            }
            return Ok(BTreeMap::new());
        };
        let file = u32::try_from(member).unwrap_or(u32::MAX);
        let readable = self.tree.members.get(member).is_some_and(|found| found.readable);
        let bytes = match readable {
            true => self.tree.read(member, self.options.memory / 8)?.unwrap_or_default(),
            false => Vec::new(),
        };
        match blocks::parse(&bytes) {
            Ok(files) => Ok(files.into_iter().map(|file| (file.path, file.blocks)).collect()),
            Err(line) => {
                if sound {
                    let place = Place { file: Some(file), line: Some(line), ..Place::default() };
                    let text = "the block table cannot be read; files are read without it";
                    let code = Code::IndexStale;
                    self.findings.add(code, code.severity(), text, place, Facts::None);
                }
                Ok(BTreeMap::new())
            }
        }
    }

    /// A file's blocks, where they add up to its entry.
    fn blocks_for(
        &mut self,
        member: usize,
        table: &mut BTreeMap<String, Vec<Block>>,
        sound: bool,
    ) -> Option<Vec<Block>> {
        let path = self.below(member)?.to_owned();
        let archive = self.tree.as_archive()?;
        let canonical = archive.is_canonical();
        let entry = archive.entries.get(self.tree.members.get(member)?.entry)?;
        let found = table.remove(&path);
        let fits = found.filter(|blocks| {
            let (mut length, mut packed) = (0_u64, FINAL.len() as u64);
            for block in blocks {
                length += u64::from(block.length);
                packed += u64::from(block.packed);
            }
            entry.method == 8 && (length, packed) == (entry.size, entry.packed)
        });
        if fits.is_none() && canonical && sound {
            let file = u32::try_from(member).unwrap_or(u32::MAX);
            let text = "the block table does not fit the file, which is read without it";
            self.findings.file(Code::IndexStale, text, file);
        }
        fits
    }

    /// Compares what was read of a file with what is stated; says whether it is sound.
    pub(super) fn compare(
        &mut self,
        listing: &Listing,
        read: &Read,
        blocks: &[Block],
        table: bool,
    ) -> bool {
        let file = u32::try_from(read.member).unwrap_or(u32::MAX);
        let whole = Place { file: Some(file), ..Place::default() };
        let code = Code::DigestMismatch;
        let mut sound = true;
        let mut wrong = |text: &str, place: Place, facts: Facts| {
            self.findings.add(code, Severity::Error, text, place, facts);
            sound = false;
        };
        for (_, _, expected) in listing.of_member(read.member) {
            let found = read.digests.iter().find(|found| found.algorithm == expected.algorithm);
            if let Some(found) = found
                && found != expected
            {
                let facts = Facts::Digest {
                    algorithm: expected.algorithm.name(),
                    expected: expected.to_string(),
                    found: found.to_string(),
                };
                wrong("", whole, facts);
            }
        }
        if let Some(fault) = read.fault {
            wrong(&fault.to_string(), whole, Facts::None);
        }
        // Where the table itself was changed, that is the finding.
        if !table {
            return sound;
        }
        let content_sound = sound;
        let mut wrong = |text: &str, place: Place, facts: Facts| {
            self.findings.add(code, Severity::Error, text, place, facts);
            sound = false;
        };
        let text = if content_sound {
            "the compressed bytes of a block were changed, though they still give the same content"
        } else {
            "the bytes of a block were changed"
        };
        let mut bad = read.bad_blocks.iter().copied().peekable();
        let mut byte = 0_u64;
        for (number, block) in blocks.iter().enumerate() {
            if bad.next_if_eq(&number).is_some() {
                let row = (block.row > 0).then_some(block.row);
                let place = Place { row, byte: Some(byte), ..whole };
                let end = byte.saturating_add(u64::from(block.length));
                let next = blocks.get(number + 1).map(|next| next.row).filter(|next| *next > 0);
                let rows = match (row, next) {
                    (Some(from), Some(next)) => format!(", rows {from} to {}", next - 1),
                    (Some(from), None) => format!(", rows from {from} on"),
                    _ => String::new(),
                };
                let exact = format!("block {}: bytes {byte} to {end}{rows}", number + 1);
                wrong(text, place, Facts::Text(exact));
            }
            byte = byte.saturating_add(u64::from(block.length));
        }
        if read.bad_end {
            wrong("the compressed bytes do not end as a package's do", whole, Facts::None);
        }
        sound
    }
}
