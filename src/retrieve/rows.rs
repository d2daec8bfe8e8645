//! The bytes of leaves out of a package's payload, and the hashes of those around them.

use super::proofs::{Anchor, Fault, Found, Proofs};
use crate::bag::layout;
use crate::proof::leaves::File;
use crate::proof::parts::{Part, Rule};
use crate::proof::stored::GROUP;
use crate::proof::{Domain, Hash, Salts, leaf, leaf_hashes};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Rows, by leaf.
type Rows = BTreeMap<u64, Vec<u8>>;

/// Leaves and their hashes.
type Hashes = Vec<(u64, Hash)>;

/// From one byte to another.
type Places = Vec<(u64, u64)>;

/// A block of a file, as the index has it.
struct Block {
    leaves: Range<u64>,
    /// Where its parts stand in `lengths.bin`.
    parts: Range<u64>,
    /// Where its bytes begin in the file.
    byte: u64,
}

/// A block of which leaves are wanted.
struct Needed {
    first: u64,
    parts: Vec<u8>,
    /// The wanted leaves, with all of their groups.
    leaves: Vec<Range<u64>>,
}

impl Proofs<'_> {
    /// The bytes of leaves of a file, in rising order. All leaves of their groups are hashed, and
    /// compared with the signed tree when they are proven.
    pub(super) fn rows(&mut self, number: u64, wanted: &[u64]) -> Found<Rows> {
        let file = self.file(number).map(|(_, file)| file.clone());
        let file = file.ok_or(Fault::Damaged("a list names an unknown file"))?;
        if wanted.last().is_some_and(|last| *last >= file.leaves) {
            return Err(Fault::Damaged("a list names a row beyond the end of its file"));
        }
        if file.sheet.is_some() {
            return self.sheet_rows(&file, wanted);
        }
        let (needed, ranges) = self.needed(&file, wanted)?;
        let mut rows = Rows::new();
        let mut hashes = Hashes::new();
        let mut fault = None;
        let salts = self.salts.clone();
        let mut take = |at: usize, bytes: Option<&[u8]>| {
            let found = match (needed.get(at), bytes) {
                (Some(block), Some(bytes)) => {
                    block.read(&file, &salts, bytes, wanted, (&mut rows, &mut hashes))
                }
                _ => None,
            };
            if found.is_none() {
                fault = Some("the payload cannot be read where the index points");
            }
        };
        match file.within {
            Some(_) => self.insides()?.bytes(&file, &ranges, &mut take)?,
            None => self.slow |= self.package.payload(&file.path, &ranges, &mut take)?,
        }
        if let Some(fault) = fault {
            return Err(Fault::Damaged(fault));
        }
        self.hashes.extend(hashes.into_iter().map(|(leaf, hash)| ((number, leaf), hash)));
        Ok(rows)
    }

    /// The blocks of a file that have the groups of the wanted leaves, and their places in its bytes.
    fn needed(&self, file: &File, wanted: &[u64]) -> Found<(Vec<Needed>, Places)> {
        let damaged = || Fault::Damaged("the index of leaves is damaged");
        let blocks = self.blocks(file).ok_or_else(damaged)?;
        let mut by_block: BTreeMap<usize, Vec<Range<u64>>> = BTreeMap::new();
        let mut last = None;
        for group in wanted.iter().map(|leaf| leaf / GROUP) {
            if last.replace(group) == Some(group) {
                continue;
            }
            let leaves = group * GROUP..((group + 1) * GROUP).min(file.leaves);
            let from = blocks.partition_point(|block| block.leaves.end <= leaves.start);
            let own = blocks.iter().enumerate().skip(from);
            for (at, block) in own.take_while(|(_, block)| block.leaves.start < leaves.end) {
                let start = leaves.start.max(block.leaves.start);
                let end = leaves.end.min(block.leaves.end);
                by_block.entry(at).or_default().push(start..end);
            }
        }
        let (mut needed, mut ranges) = (Vec::new(), Vec::new());
        for (at, leaves) in by_block {
            let block = blocks.get(at).ok_or_else(damaged)?;
            let length = block.parts.end.checked_sub(block.parts.start);
            let length = length.and_then(|n| usize::try_from(n).ok()).ok_or_else(damaged)?;
            let parts = self.part(layout::LENGTHS, block.parts.start, length)?;
            let (mut count, mut bytes, mut rest) = (0, 0_u64, parts.as_slice());
            while !rest.is_empty() {
                let part = Part::take(&mut rest).ok_or_else(damaged)?;
                (count, bytes) = (count + part.leaves, bytes + part.bytes);
            }
            if count != block.leaves.end - block.leaves.start {
                return Err(damaged());
            }
            ranges.push((block.byte, block.byte.checked_add(bytes).ok_or_else(damaged)?));
            needed.push(Needed { first: block.leaves.start, parts, leaves });
        }
        // What is read has to lie in order and apart.
        match ranges.windows(2).all(|pair| matches!(pair, [(_, a), (b, _)] if a <= b)) {
            true => Ok((needed, ranges)),
            false => Err(damaged()),
        }
    }

    /// All blocks of a file that have leaves; `None` where the index cannot be right.
    fn blocks(&self, file: &File) -> Option<Vec<Block>> {
        // Files stand in the order of reading, which is that of their leaves.
        let order = |file: u64| self.files.get(&file).map(|(leaf, _)| *leaf);
        let of_file =
            self.anchors.partition_point(|anchor| order(anchor.file) < order(file.number));
        let rest = self.anchors.get(of_file..).unwrap_or_default();
        let mut blocks = Vec::new();
        let is_own = |anchor: &&Anchor| anchor.file == file.number;
        for (at, anchor) in rest.iter().take_while(is_own).enumerate() {
            let next = rest.get(at + 1);
            let leaves =
                anchor.leaf..next.filter(is_own).map_or(file.leaves, |next: &Anchor| next.leaf);
            let end = next.map_or_else(|| self.length(layout::LENGTHS), |next| next.parts);
            if leaves.start > leaves.end {
                return None;
            }
            if !leaves.is_empty() {
                blocks.push(Block { leaves, parts: anchor.parts..end, byte: anchor.byte });
            }
        }
        // Together they have all leaves, each once.
        let first = blocks.first().map_or(file.leaves, |block: &Block| block.leaves.start);
        (first == 0 || file.leaves == 0).then_some(blocks)
    }

    /// As [`Proofs::rows`], of a sheet: its text is made anew, and may be another one than that of
    /// the program that packaged it. Then the hashes lead nowhere when they are proven.
    fn sheet_rows(&mut self, file: &File, wanted: &[u64]) -> Found<Rows> {
        let groups: BTreeSet<u64> = wanted.iter().map(|leaf| leaf / GROUP).collect();
        let mut rows = self.insides()?.rows(file, &|leaf| groups.contains(&(leaf / GROUP)))?;
        for (&index, row) in &rows {
            let salt = self.salts.of(Domain::Rows, file.number, index);
            let hash = leaf(Domain::Rows, file.number, index, &salt, row);
            self.hashes.insert((file.number, index), hash);
        }
        rows.retain(|leaf, _| wanted.binary_search(leaf).is_ok());
        match rows.len() == wanted.len() {
            true => Ok(rows),
            false => Err(Fault::Damaged("a sheet has fewer rows than it had")),
        }
    }
}

impl Needed {
    /// Parts the bytes of the block; takes the hashes of its groups, and the bytes of wanted leaves.
    /// `None` where they are not parted as the index says.
    fn read(
        &self,
        file: &File,
        salts: &Salts,
        bytes: &[u8],
        wanted: &[u64],
        (rows, hashes): (&mut Rows, &mut Hashes),
    ) -> Option<()> {
        let rule = file.table.as_ref().and_then(Rule::of);
        let mut places: Vec<Range<usize>> = Vec::new();
        let (mut at, mut rest) = (0_usize, self.parts.as_slice());
        while !rest.is_empty() {
            let part = Part::take(&mut rest)?;
            let own = bytes.get(at..at.checked_add(usize::try_from(part.bytes).ok()?)?)?;
            let ends = part.ends(own, rule);
            if ends.len() as u64 != part.leaves {
                return None;
            }
            let mut start = at;
            for end in ends {
                places.push(start..at + end);
                start = at + end;
            }
            at += own.len();
        }
        for leaves in &self.leaves {
            let from = usize::try_from(leaves.start - self.first).ok()?;
            let to = usize::try_from(leaves.end - self.first).ok()?;
            let own = places.get(from..to)?;
            let contents = own.iter().map(|place| bytes.get(place.clone()).unwrap_or_default());
            let mut found = Vec::with_capacity(own.len());
            leaf_hashes(salts, (Domain::Rows, file.number), leaves.start, contents, &mut found);
            hashes.extend(leaves.clone().zip(found));
            let first = wanted.partition_point(|leaf| *leaf < leaves.start);
            let own = wanted.get(first..)?.iter().take_while(|leaf| **leaf < leaves.end);
            for &leaf in own {
                let place = places.get(usize::try_from(leaf - self.first).ok()?)?.clone();
                rows.insert(leaf, bytes.get(place)?.to_vec());
            }
        }
        Some(())
    }
}
