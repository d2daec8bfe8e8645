//! Which rows of a damaged file are not as they were packaged.
//!
//! The row proofs have the hash of every sixteen records. Where they are themselves as the tag
//! manifest lists them, damage is named by them: the rows, and how many patients have rows among
//! them. Nothing here makes a verdict: the file was found damaged by its digest.

use crate::bag::layout;
use crate::error::Result;
use crate::finding::message::counted;
use crate::finding::{Code, Facts, Place, Severity};
use crate::proof::leaves::{File, Leaf, Patient};
use crate::proof::list::{self, take};
use crate::proof::{Domain, Hash, SECRET_BYTES, Salts, from_hex, leaf, stored, tree};
use crate::verify::verification::Verification;
use std::collections::BTreeSet;

/// Leaves of which one hash is stored.
const GROUP: u64 = 1 << stored::STEP;

/// Ranges of rows that are told of one file.
const MOST_TOLD: usize = 100;

/// What the proofs say of one file.
struct Stated<'a> {
    file: &'a File,
    /// Lengths of its leaves, and what follows.
    lengths: &'a [u8],
    /// Stored hashes of its tree, and what follows.
    hashes: &'a [[u8; 32]],
}

/// Groups of leaves that are not as they were, with the byte at which each began.
type Bad = Vec<(u64, u64)>;

impl Verification<'_> {
    /// Names the damaged rows of payload files, where the proofs are sound. `damaged` has all members
    /// that are not as they are listed.
    pub(super) fn locate(&mut self, damaged: &BTreeSet<usize>) -> Result<()> {
        let Some(secret) = self.sound(layout::SECRET, damaged)? else { return Ok(()) };
        let secret = std::str::from_utf8(&secret).ok().map(str::trim);
        let Some(secret) = secret.and_then(from_hex::<SECRET_BYTES>) else { return Ok(()) };
        let salts = Salts::new(&secret);
        let (Some(lines), Some(lengths), Some(trees)) = (
            self.sound(layout::LEAVES, damaged)?,
            self.sound(layout::LENGTHS, damaged)?,
            self.sound(layout::TREES, damaged)?,
        ) else {
            return Ok(());
        };
        let leaves: Vec<Leaf> =
            lines.split(|&byte| byte == b'\n').filter_map(Leaf::parse).collect();
        let lists = self.sound(layout::LISTS, damaged)?;
        let mut rest = lengths.as_slice();
        let mut hashes = trees.as_chunks::<32>().0;
        for leaf in &leaves {
            let Leaf::File(file) = leaf else { continue };
            // No number that a package states is believed.
            if file.leaves > rest.len() as u64 {
                return Ok(());
            }
            let stated = Stated { file, lengths: rest, hashes };
            rest = after(rest, file.leaves);
            let count = usize::try_from(stored::count(file.leaves)).unwrap_or(usize::MAX);
            hashes = hashes.get(count..).unwrap_or_default();
            let member = self.find(&file.path).filter(|member| damaged.contains(member));
            if let Some(member) = member.filter(|_| file.within.is_none()) {
                let bad = self.bad_groups(member, &stated, &salts)?;
                self.tell(member, file, &bad, &leaves, lists.as_deref());
            }
        }
        Ok(())
    }

    /// A file of the proofs that is as it is listed, and not too large.
    fn sound(&self, path: &str, damaged: &BTreeSet<usize>) -> Result<Option<Vec<u8>>> {
        let member = self.find(path).filter(|member| !damaged.contains(member));
        let readable = |member: &usize| self.tree.members.get(*member).is_some_and(|m| m.readable);
        match member.filter(readable) {
            Some(member) => self.tree.read(member, self.options.memory / 4),
            None => Ok(None),
        }
    }

    /// Reads a file against its stored hashes. Where it became longer or shorter, rows that only moved
    /// are told from those that changed by a second reading, from its end.
    fn bad_groups(&self, member: usize, stated: &Stated<'_>, salts: &Salts) -> Result<Bad> {
        let size = self.tree.members.get(member).map_or(0, |member| member.size);
        let mut known = 0_u64;
        let mut rest = stated.lengths;
        for _ in 0..stated.file.leaves {
            let Some(length) = take(&mut rest) else { break };
            known = known.saturating_add(length);
        }
        let bad = self.scan(member, stated, salts, 0)?;
        let shift = i128::from(size) - i128::from(known);
        if shift == 0 || bad.is_empty() {
            return Ok(bad);
        }
        let moved = self.scan(member, stated, salts, shift)?;
        let moved: BTreeSet<u64> = moved.into_iter().map(|(group, _)| group).collect();
        let both: Bad = bad.iter().copied().filter(|(group, _)| moved.contains(group)).collect();
        // Something was added or taken away between two groups that are both whole.
        Ok(if both.is_empty() { bad.into_iter().take(1).collect() } else { both })
    }

    /// The groups whose hash is another one, where each leaf begins `shift` bytes behind its place.
    fn scan(&self, member: usize, stated: &Stated<'_>, salts: &Salts, shift: i128) -> Result<Bad> {
        let mut scan = Scan {
            stated,
            salts,
            rest: stated.lengths,
            open: Vec::new(),
            skip: u64::try_from(shift).unwrap_or(0),
            // Of a file that lost bytes, the first of its leaves have no place.
            lost: u64::try_from(-shift).unwrap_or(0),
            number: 0,
            begin: 0,
            place: 0,
            group: Vec::new(),
            bad: Vec::new(),
        };
        scan.lose();
        let _ = self.tree.stream(member, |piece| {
            self.options.interrupt.check()?;
            scan.push(piece);
            Ok(())
        })?;
        Ok(scan.finish())
    }

    fn tell(
        &mut self,
        member: usize,
        file: &File,
        bad: &Bad,
        leaves: &[Leaf],
        lists: Option<&[u8]>,
    ) {
        let numbers: BTreeSet<u64> = bad.iter().map(|(group, _)| *group).collect();
        let groups: Vec<&[(u64, u64)]> = bad.chunk_by(|(a, _), (b, _)| a + 1 == *b).collect();
        for of_range in groups.into_iter().take(MOST_TOLD) {
            let (Some((first, byte)), Some((last, _))) = (of_range.first(), of_range.last()) else {
                continue;
            };
            let from = first * GROUP + 1;
            let to = ((last + 1) * GROUP).min(file.leaves);
            let exact = match file.table {
                Some(_) => format!("rows {from} to {to}"),
                None => {
                    format!("from byte {byte} on, {} MiB at the most", (to + 1 - from).div_ceil(4))
                }
            };
            let row = file.table.as_ref().map(|_| from);
            let place = Place {
                file: u32::try_from(member).ok(),
                row,
                byte: Some(*byte),
                ..Place::default()
            };
            let text = "rows are not as they were packaged, or cannot be read";
            let code = Code::DigestMismatch;
            self.findings.add(code, Severity::Error, text, place, Facts::Text(exact));
        }
        let touched = lists
            .filter(|_| file.table.is_some() && !numbers.is_empty())
            .and_then(|lists| touched(leaves, lists, file.number, &numbers));
        if let Some(patients) = touched {
            let place = Place { file: u32::try_from(member).ok(), ..Place::default() };
            let text = format!(
                "{} rows among those that are damaged",
                match patients {
                    1 => "1 patient has".to_owned(),
                    _ => format!("{} have", counted(patients, "patient", "patients")),
                }
            );
            let code = Code::DigestMismatch;
            self.findings.add(code, Severity::Error, &text, place, Facts::None);
        }
    }
}

/// What lies behind the lengths of so many leaves.
fn after(lengths: &[u8], leaves: u64) -> &[u8] {
    let mut rest = lengths;
    for _ in 0..leaves {
        if take(&mut rest).is_none() {
            return &[];
        }
    }
    rest
}

/// How many patients have a row in one of the groups of a file; `None` where the lists cannot be read.
fn touched(leaves: &[Leaf], lists: &[u8], file: u64, groups: &BTreeSet<u64>) -> Option<u64> {
    let mut rest = lists;
    let mut count = 0;
    for leaf in leaves {
        let Leaf::Patient(Patient { files, .. }) = leaf else { continue };
        let mut has = false;
        for &(number, rows) in files {
            let entries = list::decode(&mut rest, rows)?;
            has |= number == file
                && entries.iter().any(|e| groups.contains(&(e.row.saturating_sub(1) / GROUP)));
        }
        count += u64::from(has);
    }
    Some(count)
}

/// A file on its way past the hashes that are stored of it.
struct Scan<'a> {
    stated: &'a Stated<'a>,
    salts: &'a Salts,
    /// Lengths of the leaves that are still to come.
    rest: &'a [u8],
    /// Bytes of the leaf at hand.
    open: Vec<u8>,
    /// Bytes before the first leaf.
    skip: u64,
    /// Bytes of the first leaves that are not there.
    lost: u64,
    number: u64,
    /// Where the group at hand, and the leaf at hand, begin.
    begin: u64,
    place: u64,
    group: Vec<Hash>,
    bad: Bad,
}

impl Scan<'_> {
    /// Passes over the leaves that have no place.
    fn lose(&mut self) {
        while self.lost > 0 && self.number < self.stated.file.leaves {
            let length = take(&mut self.rest).unwrap_or(0);
            let there = length.saturating_sub(self.lost);
            self.lost = self.lost.saturating_sub(length);
            self.skip = self.skip.saturating_add(there);
            self.end([0; 32]);
        }
    }

    fn push(&mut self, mut piece: &[u8]) {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(piece.len());
        self.skip -= skipped as u64;
        self.place += skipped as u64;
        piece = piece.get(skipped..).unwrap_or_default();
        while !piece.is_empty() && self.number < self.stated.file.leaves {
            let mut rest = self.rest;
            let Some(length) = take(&mut rest) else { return };
            let missing = length.saturating_sub(self.open.len() as u64);
            let own = usize::try_from(missing).unwrap_or(usize::MAX).min(piece.len());
            let (now, later) = piece.split_at(own);
            piece = later;
            if own as u64 == missing {
                let file = self.stated.file.number;
                let salt = self.salts.of(Domain::Rows, file, self.number);
                let bytes = match self.open.is_empty() {
                    true => now,
                    false => {
                        self.open.extend_from_slice(now);
                        &self.open
                    }
                };
                let hash = leaf(Domain::Rows, file, self.number, &salt, bytes);
                self.open.clear();
                self.rest = rest;
                self.place += length;
                self.end(hash);
            } else {
                self.open.extend_from_slice(now);
            }
        }
    }

    /// Ends a leaf.
    fn end(&mut self, hash: Hash) {
        self.group.push(hash);
        self.number += 1;
        if self.number.is_multiple_of(GROUP) || self.number == self.stated.file.leaves {
            self.close();
        }
    }

    /// Compares the group at hand with what is stored of it.
    fn close(&mut self) {
        let size = self.stated.file.leaves;
        let group = (self.number - 1) / GROUP;
        let known = |level: u8, number: u64| {
            let at = usize::try_from(stored::position(size, level, number)?).ok()?;
            self.stated.hashes.get(at).copied()
        };
        let good = if self.group.len() as u64 == GROUP {
            known(stored::STEP, group) == Some(tree::root(self.group.iter().copied()))
        } else {
            // The subtrees that close the tree, the largest first.
            let mut from = 0;
            let levels = (0..stored::STEP).rev().filter(|level| size >> level & 1 == 1);
            levels.fold(true, |good, level| {
                let own = self.group.get(from..from + (1 << level)).unwrap_or_default();
                let number = (group * GROUP + from as u64) >> level;
                from += 1 << level;
                good && known(level, number) == Some(tree::root(own.iter().copied()))
            })
        };
        if !good {
            self.bad.push((group, self.begin));
        }
        self.group.clear();
        self.begin = self.place;
    }

    /// What was not there is bad too.
    fn finish(mut self) -> Bad {
        let groups = self.stated.file.leaves.div_ceil(GROUP);
        let next = self.number / GROUP;
        if self.number < self.stated.file.leaves {
            let begin = self.begin;
            self.bad.extend((next..groups).map(|group| (group, begin)));
        }
        self.bad
    }
}
