//! A damaged file on its way past the hashes that are stored of it.
//!
//! Its bytes are cut into the parts that it had, and each part into records. Where a part has more
//! records than it had, or fewer, they are numbered from its front, and from its back as well: a group
//! of leaves is bad only if it fits neither way.

use crate::proof::leaves::File;
use crate::proof::parts::{Part, Rule};
use crate::proof::stored::{self, GROUP};
use crate::proof::{Domain, Hash, Salts, leaf, tree};
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

/// What the proofs say of one file.
pub(super) struct Stated<'a> {
    pub(super) file: &'a File,
    /// Its parts, and what follows.
    pub(super) parts: &'a [u8],
    /// Stored hashes of its tree.
    pub(super) hashes: &'a [[u8; 32]],
}

/// Groups of leaves that are not as they were, with the byte at which each began.
pub(super) type Bad = Vec<(u64, u64)>;

/// The groups that are bad both times.
pub(super) fn both(one: &Bad, other: &Bad) -> Bad {
    let other: BTreeSet<u64> = other.iter().map(|(group, _)| *group).collect();
    one.iter().copied().filter(|(group, _)| other.contains(group)).collect()
}

/// A reading of a file.
pub(super) struct Scan<'a> {
    stated: &'a Stated<'a>,
    salts: &'a Salts,
    rule: Option<Rule>,
    /// The part at hand, and those that are still to come.
    part: Option<Part<'a>>,
    rest: &'a [u8],
    /// What there is of the part at hand.
    open: Vec<u8>,
    /// Bytes before the first part.
    skip: u64,
    /// Bytes of the first parts that are not there.
    lost: u64,
    /// Where what there is of the part at hand begins.
    place: u64,
    front: Way<'a>,
    back: Way<'a>,
}

/// The leaves of the file, numbered in one way.
struct Way<'a> {
    stated: &'a Stated<'a>,
    number: u64,
    /// Where the group at hand begins.
    begin: u64,
    group: Vec<Hash>,
    bad: Bad,
}

impl<'a> Scan<'a> {
    /// Each part begins `shift` bytes behind its place.
    pub(super) fn new(stated: &'a Stated<'a>, salts: &'a Salts, shift: i128) -> Self {
        let way = || Way { stated, number: 0, begin: 0, group: Vec::new(), bad: Vec::new() };
        let mut scan = Self {
            stated,
            salts,
            rule: stated.file.table.as_ref().and_then(Rule::of),
            part: None,
            rest: stated.parts,
            open: Vec::new(),
            skip: u64::try_from(shift).unwrap_or(0),
            // Of a file that lost bytes, the first have no place.
            lost: u64::try_from(-shift).unwrap_or(0),
            place: 0,
            front: way(),
            back: way(),
        };
        scan.next();
        scan
    }

    /// Goes on to the next part of which there can be anything.
    fn next(&mut self) {
        loop {
            self.part = match self.front.number < self.stated.file.leaves {
                true => Part::take(&mut self.rest),
                false => None,
            };
            match self.part {
                Some(part) if self.lost >= part.bytes => {
                    self.lost -= part.bytes;
                    self.end(&part);
                }
                _ => return,
            }
        }
    }

    pub(super) fn push(&mut self, mut piece: &[u8]) {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(piece.len());
        self.skip -= skipped as u64;
        self.place += skipped as u64;
        piece = piece.get(skipped..).unwrap_or_default();
        while let Some(part) = self.part.filter(|_| !piece.is_empty()) {
            let missing = (part.bytes - self.lost).saturating_sub(self.open.len() as u64);
            let own = usize::try_from(missing).unwrap_or(usize::MAX).min(piece.len());
            let (now, later) = piece.split_at(own);
            self.open.extend_from_slice(now);
            piece = later;
            if own as u64 == missing {
                self.lost = 0;
                self.end(&part);
                self.next();
            }
        }
    }

    /// Ends a part.
    fn end(&mut self, part: &Part<'_>) {
        let bytes = std::mem::take(&mut self.open);
        let file = self.stated.file.number;
        let first = self.front.number;
        let count = part.leaves.min(self.stated.file.leaves - first);
        let (front, back) = places(part, &bytes, self.rule);
        let hash = |number: u64, place: &Option<Range<usize>>| match place {
            Some(place) => {
                let own = bytes.get(place.clone()).unwrap_or_default();
                leaf(Domain::Rows, file, number, &self.salts.of(Domain::Rows, file, number), own)
            }
            None => [0; 32],
        };
        for at in 0..count {
            let (one, other) = (front(at), back(at));
            let number = first + at;
            let found = hash(number, &one);
            let same = one == other;
            let begins = |place: Option<Range<usize>>| {
                self.place + place.map_or(0, |place| place.start as u64)
            };
            self.front.push(found, begins(one));
            let found = if same { found } else { hash(number, &other) };
            self.back.push(found, begins(other));
        }
        self.place += bytes.len() as u64;
        self.open = bytes;
        self.open.clear();
    }

    /// What is bad, numbered from the front and from the back of parts. What was not there is bad too.
    pub(super) fn finish(mut self) -> [Bad; 2] {
        if let Some(part) = self.part.take().filter(|_| !self.open.is_empty()) {
            self.end(&part);
        }
        [self.front.finish(), self.back.finish()]
    }
}

/// Where a leaf of a part stands in what there is of it.
type Place<'p> = Box<dyn Fn(u64) -> Option<Range<usize>> + 'p>;

/// Where the leaves of a part stand, numbered from its front and from its back.
fn places<'p>(part: &Part<'_>, bytes: &[u8], rule: Option<Rule>) -> (Place<'p>, Place<'p>) {
    let ranges = |ends: Vec<usize>| -> Rc<[Range<usize>]> {
        let mut start = 0;
        ends.into_iter().map(|end| std::mem::replace(&mut start, end)..end).collect()
    };
    if part.is_listed() {
        // The bytes that are not there are those before, or those behind.
        let all = ranges(part.listed_ends());
        let (length, lacking) = (bytes.len(), (part.bytes as usize).saturating_sub(bytes.len()));
        let behind = Rc::clone(&all);
        let front = move |at: u64| all.get(at as usize).filter(|r| r.end <= length).cloned();
        let back = move |at: u64| {
            let place = behind.get(at as usize).filter(|r| r.start >= lacking)?;
            Some(place.start - lacking..place.end - lacking)
        };
        return (Box::new(front), Box::new(back));
    }
    let all = ranges(part.ends(bytes, rule));
    let (there, stated) = (all.len(), part.leaves);
    let behind = Rc::clone(&all);
    let front = move |at: u64| all.get(usize::try_from(at).ok()?).cloned();
    let back = move |at: u64| {
        let from_back = usize::try_from(stated - at).ok()?;
        behind.get(there.checked_sub(from_back)?).cloned()
    };
    (Box::new(front), Box::new(back))
}

impl Way<'_> {
    /// Takes a leaf.
    fn push(&mut self, hash: Hash, begin: u64) {
        if self.group.is_empty() {
            self.begin = begin;
        }
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
    }

    fn finish(&mut self) -> Bad {
        let groups = self.stated.file.leaves.div_ceil(GROUP);
        let next = self.number / GROUP;
        if self.number < self.stated.file.leaves {
            let begin = self.begin;
            self.bad.extend((next..groups).map(|group| (group, begin)));
        }
        std::mem::take(&mut self.bad)
    }
}
