//! A package that was just written, beside what was handed to the disk.
//!
//! Whoever packs has seen each block unpack to the very bytes that were hashed. Then its compressed
//! bytes need not be unpacked and hashed again: they are compared with a fingerprint taken of them when
//! they were made. All else is verified as it is in any package.

use crate::archive::deflate::FINAL;
use crate::archive::read::{Entry, Fault};
use crate::bag::blocks::Block;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::finding::{Code, Facts, Place, Severity};
use crate::pipeline::{self, Stage};
use crate::verify::digests::{self, Job, Read};
use crate::verify::listing::Listing;
use crate::verify::tree::Tree;
use crate::verify::verification::Verification;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// SHA-256 of what the block table says of a block and of the block's compressed bytes.
pub type Fingerprint = [u8; 32];

/// How much of a block is read at once.
const PIECE: usize = 256 << 10;

/// The fingerprint of a block whose compressed bytes are `packed`.
pub fn fingerprint(block: &Block, packed: &[u8]) -> Fingerprint {
    begin(block).chain_update(packed).finalize().into()
}

fn begin(block: &Block) -> Sha256 {
    Sha256::new()
        .chain_update(block.row.to_le_bytes())
        .chain_update(block.length.to_le_bytes())
        .chain_update(block.packed.to_le_bytes())
        .chain_update(block.crc32.to_le_bytes())
}

/// How the payload of a package was written: what reading it back must find.
#[derive(Debug, Default)]
pub struct AsWritten(BTreeMap<String, WrittenFile>);

/// How a file of the payload was written.
#[derive(Debug)]
pub struct WrittenFile {
    /// Fingerprints of its blocks, in order.
    pub blocks: Vec<Fingerprint>,
    /// CRC-32 of the file.
    pub crc32: u32,
    /// Its digests, as the manifests state them.
    pub digests: Vec<Digest>,
}

impl AsWritten {
    /// Adds a file: `path` is that below the top folder, with `data/`.
    pub fn add(&mut self, path: &str, file: WrittenFile) {
        self.0.insert(path.to_owned(), file);
    }
}

/// A file of which both are known: how it was written, and where its blocks lie.
struct Known<'a> {
    member: usize,
    blocks: Arc<Vec<Block>>,
    file: &'a WrittenFile,
}

/// A piece of the work: a block, or what follows the last.
struct Piece<'a> {
    member: usize,
    /// Where it lies in the entry.
    at: u64,
    expected: Option<(Block, &'a Fingerprint)>,
}

impl Verification<'_> {
    /// Compares the payload with how it was written. Files that the block table does not describe are
    /// given back, to be read as those of any package are.
    pub(super) fn compare_written(
        &mut self,
        jobs: Vec<Job>,
        written: &AsWritten,
        listing: &Listing,
    ) -> Result<Vec<Job>> {
        let mut missing = written.0.len();
        let (mut known, mut rest) = (Vec::new(), Vec::new());
        for job in jobs {
            let member = job.member;
            let Some(file) = self.below(member).and_then(|path| written.0.get(path)) else {
                self.unlike(Code::PayloadUnlisted, member, "it was not written");
                continue;
            };
            missing = missing.saturating_sub(1);
            let entry = digests::entry_of(&self.tree, member);
            let fault = entry.is_none_or(|entry| entry.crc32 != file.crc32).then_some(Fault::Crc);
            let digests = file.digests.clone();
            let read = Read { member, digests, fault, bad_blocks: Vec::new(), bad_end: false };
            self.compare(listing, &read, &[], false);
            match &job.blocks {
                Some(blocks) => known.push(Known { member, blocks: Arc::clone(blocks), file }),
                None => rest.push(job),
            }
        }
        if missing > 0 {
            let (code, place) = (Code::PayloadMissing, Place::default());
            let text = "a file that was written is not there";
            self.findings.add(code, Severity::Error, text, place, Facts::None);
        }
        for member in changed(&self.tree, &known, &digests::pipeline(self.options))? {
            let text = "its compressed bytes, or what the block table says of them, were changed";
            self.unlike(Code::DigestMismatch, member, text);
        }
        Ok(rest)
    }

    fn unlike(&mut self, code: Code, member: usize, text: &str) {
        let place = Place { file: u32::try_from(member).ok(), ..Place::default() };
        self.findings.add(code, Severity::Error, text, place, Facts::None);
    }
}

/// The members whose compressed bytes, or what the block table says of them, are not as they were.
fn changed(
    tree: &Tree,
    known: &[Known<'_>],
    pipeline: &pipeline::Options,
) -> Result<BTreeSet<usize>> {
    let entry = |member| {
        digests::entry_of(tree, member).ok_or_else(|| Error::internal("blocks outside an archive"))
    };
    let packed = known.iter().filter_map(|known| digests::entry_of(tree, known.member));
    let total = packed.map(|entry| entry.packed).fold(0, u64::saturating_add);
    pipeline.progress.begin(Stage::Verifying, total);
    let other_number = known.iter().filter(|known| known.blocks.len() != known.file.blocks.len());
    let mut bad: BTreeSet<usize> = other_number.map(|known| known.member).collect();
    pipeline::run(
        pipeline,
        |feed| {
            for Known { member, blocks, file } in known {
                let (member, mut at) = (*member, 0);
                for (block, expected) in blocks.iter().zip(&file.blocks) {
                    feed.send(Piece { member, at, expected: Some((*block, expected)) })?;
                    at += u64::from(block.packed);
                }
                feed.send(Piece { member, at, expected: None })?;
            }
            Ok(())
        },
        Vec::new,
        |buffer, piece| {
            let is_same = is_same(tree, entry(piece.member)?, &piece, buffer, pipeline)?;
            Ok((piece.member, is_same))
        },
        |(member, is_same)| {
            if !is_same {
                bad.insert(member);
            }
            Ok(())
        },
    )?;
    Ok(bad)
}

/// Reads a piece and says whether it is as it was written.
fn is_same(
    tree: &Tree,
    entry: &Entry,
    piece: &Piece<'_>,
    buffer: &mut Vec<u8>,
    pipeline: &pipeline::Options,
) -> Result<bool> {
    let Some((block, expected)) = &piece.expected else {
        let mut end = [0; FINAL.len()];
        digests::read_packed(tree, entry, piece.at, &mut end)?;
        return Ok(end == FINAL);
    };
    let mut hasher = begin(block);
    let (mut at, mut rest) = (piece.at, block.packed as usize);
    while rest > 0 {
        pipeline.interrupt.check()?;
        buffer.resize(rest.min(PIECE), 0);
        digests::read_packed(tree, entry, at, buffer)?;
        hasher.update(&*buffer);
        pipeline.progress.add(piece.member as u64, buffer.len() as u64);
        at += buffer.len() as u64;
        rest -= buffer.len();
    }
    let found: Fingerprint = hasher.finalize().into();
    Ok(found == **expected)
}
