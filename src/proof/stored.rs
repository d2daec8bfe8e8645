//! Which hashes of a tree are stored, and where: every seventh level, from 128 leaves on.
//!
//! The hashes of a tree stand in the order in which they become known when its leaves are read: each
//! subtree of 128 leaves, behind it the one of 16,384 that it completes, and so on. At the end stand
//! the whole subtrees of fewer than 128 leaves that close the tree, the largest first. So a tree is
//! written in one pass, and any hash of it is at most 127 hashes away; the leaves of 128 rows lie in a
//! block or two, which are inflated for the row that is shown anyway.

use super::Hash;
use super::tree::{Builder, Subtree, Subtrees, split};

/// Levels from one stored to the next.
pub const STEP: u8 = 7;

/// Leaves under a hash of the lowest level that is stored.
pub const GROUP: u64 = 1 << STEP;

/// Whether the hashes of a level are stored.
pub fn is_stored(level: u8) -> bool {
    level > 0 && level.is_multiple_of(STEP)
}

/// Appends a subtree to a tree, and to `out` what is to be stored.
pub fn push(builder: &mut Builder, subtree: Subtree, out: &mut Vec<u8>) {
    builder.push(subtree, |level, _, hash| {
        if is_stored(level) {
            out.extend_from_slice(hash);
        }
    });
}

/// Appends what closes the tree.
pub fn close(builder: &Builder, out: &mut Vec<u8>) {
    for subtree in builder.open().iter().filter(|subtree| subtree.level < STEP) {
        out.extend_from_slice(&subtree.hash);
    }
}

/// How many hashes are stored of a tree of `size` leaves.
pub fn count(size: u64) -> u64 {
    let mut nodes = size >> STEP;
    let mut total = u64::from((size & ((1 << STEP) - 1)).count_ones());
    while nodes > 0 {
        total += nodes;
        nodes >>= STEP;
    }
    total
}

/// Where the hash of the `number`th whole subtree of a level stands among those of its tree; `None`
/// where it is not stored.
pub fn position(size: u64, level: u8, number: u64) -> Option<u64> {
    if level < STEP {
        // Of the small ones, those that close the tree.
        let begin = number << level;
        let rest = size & ((1 << STEP) - 1);
        let closes = rest >> level & 1 == 1 && begin == (size >> (level + 1)) << (level + 1);
        let larger = (rest >> (level + 1)).count_ones();
        let small = rest.count_ones();
        return closes.then(|| count(size) - u64::from(small) + u64::from(larger));
    }
    if !is_stored(level) || number >= size >> level {
        return None;
    }
    // The last subtree of the lowest level in it: all others of them come before, with what they complete.
    let mut last = ((number + 1) << (level - STEP)) - 1;
    let mut before = 0;
    while last > 0 {
        before += last;
        last >>= STEP;
    }
    Some(before + u64::from(level / STEP) - 1)
}

/// Reads hashes of one tree: the stored ones by [`Reader::stored`], leaves by [`Reader::leaf`].
pub trait Reader {
    /// What fails.
    type Error;
    /// The stored hash at a position among those of the tree.
    ///
    /// # Errors
    /// It cannot be read.
    fn stored(&mut self, position: u64) -> Result<Hash, Self::Error>;
    /// The hash of a leaf.
    ///
    /// # Errors
    /// It cannot be computed.
    fn leaf(&mut self, index: u64) -> Result<Hash, Self::Error>;
}

/// A tree of `size` leaves whose hashes are read as they are needed.
#[derive(Debug)]
pub struct Tree<R> {
    /// How many leaves it has.
    pub size: u64,
    /// Where its hashes come from.
    pub reader: R,
}

impl<R: Reader> Subtrees for Tree<R> {
    type Error = R::Error;

    fn hash(&mut self, from: u64, to: u64) -> Result<Hash, R::Error> {
        let leaves = to - from;
        if leaves.is_power_of_two() {
            let level = leaves.trailing_zeros() as u8;
            if let Some(position) = position(self.size, level, from >> level) {
                return self.reader.stored(position);
            }
            if level == 0 {
                return self.reader.leaf(from);
            }
        }
        let middle = from + split(leaves);
        let left = self.hash(from, middle)?;
        let right = self.hash(middle, to)?;
        Ok(super::tree::node(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::tree;

    struct Memory {
        stored: Vec<Hash>,
        leaves: Vec<Hash>,
        read: Vec<u64>,
    }

    impl Reader for Memory {
        type Error = String;
        fn stored(&mut self, position: u64) -> Result<Hash, String> {
            self.stored.get(position as usize).copied().ok_or_else(|| "beyond".into())
        }
        fn leaf(&mut self, index: u64) -> Result<Hash, String> {
            self.read.push(index);
            Ok(self.leaves[index as usize])
        }
    }

    #[test]
    fn every_stored_hash_is_where_it_is_looked_for() {
        for size in (0..300).chain([1023, 1024, 1025, 16383, 16384, 16385, 16512, 33000]) {
            let leaves: Vec<Hash> = (0..size)
                .map(|n: u64| {
                    let mut hash = [0; 32];
                    hash[..8].copy_from_slice(&n.to_be_bytes());
                    hash
                })
                .collect();
            let (mut builder, mut out) = (Builder::default(), Vec::new());
            for &hash in &leaves {
                push(&mut builder, Subtree { level: 0, hash }, &mut out);
            }
            close(&builder, &mut out);
            let stored: Vec<Hash> = out.as_chunks::<32>().0.to_vec();
            assert_eq!(stored.len() as u64, count(size), "{size}");
            let reader = Memory { stored, leaves: leaves.clone(), read: Vec::new() };
            let mut all = Tree { size, reader };
            if size == 0 {
                continue;
            }
            assert_eq!(all.hash(0, size).unwrap(), builder.root(), "{size}");
            assert!(all.reader.read.is_empty(), "{size}: no leaf is needed for the root");
            for at in [0, size / 2, size - 1] {
                all.reader.read.clear();
                let proof = tree::prove(size, &[at], &mut all).unwrap();
                let leaf = [(at, leaves[at as usize])];
                assert_eq!(tree::proven_root(size, &leaf, &proof), Some(builder.root()));
                assert!(
                    all.reader.read.len() < GROUP as usize,
                    "{size}: the leaves of one group at most"
                );
                assert!(all.reader.read.iter().all(|read| read / GROUP == at / GROUP));
            }
        }
    }
}
