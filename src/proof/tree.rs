//! The Merkle tree of RFC 9162 §2.1, built in one pass, and proofs of any number of its leaves.

use super::sha256::Lanes;
use super::{Hash, sha256};
use sha2::{Digest, Sha256};

/// The hash of a node.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    let [hash] = nodes([&[*left, *right]]);
    hash
}

/// The hashes of the nodes over pairs of hashes.
fn nodes<const N: usize>(pairs: [&[Hash; 2]; N]) -> [Hash; N] {
    let mut states = [sha256::START; N];
    // All first blocks, then all second ones: they do not wait for each other.
    for (state, [left, right]) in states.iter_mut().zip(pairs) {
        let mut block = [0; 64];
        block[0] = 1;
        block[1..33].copy_from_slice(left);
        block[33..].copy_from_slice(&right[..31]);
        sha256::compress(state, &block);
    }
    for (state, [_, right]) in states.iter_mut().zip(pairs) {
        sha256::compress(state, &sha256::last(&right[31..], 65));
    }
    states.map(|state| sha256::hash(&state))
}

/// Whole subtrees that leaves which follow each other are made of, from the one with the number
/// `first` on: the largest that there are up to a level, in order. The hashes are used up.
pub fn subtrees(first: u64, hashes: &mut [Hash], most: u8, each: impl FnMut(Subtree)) {
    subtrees_by(Lanes::new(), (first, hashes), most, each);
}

fn subtrees_by(
    lanes: Option<Lanes>,
    (first, hashes): (u64, &mut [Hash]),
    most: u8,
    mut each: impl FnMut(Subtree),
) {
    // Level by level, so that many nodes are hashed together. What has no sibling here is a subtree
    // that is wanted: at the beginning from the smallest to the largest, at the end the other way.
    let (mut at, mut rest) = (first, hashes);
    let mut behind = Vec::new();
    let mut level = 0;
    while level < most && !rest.is_empty() {
        if !at.is_multiple_of(2)
            && let Some((&mut hash, others)) = std::mem::take(&mut rest).split_first_mut()
        {
            each(Subtree { level, hash });
            (at, rest) = (at + 1, others);
        }
        if !rest.len().is_multiple_of(2)
            && let Some((&mut hash, others)) = std::mem::take(&mut rest).split_last_mut()
        {
            behind.push(Subtree { level, hash });
            rest = others;
        }
        rest = parents(lanes, rest);
        (at, level) = (at / 2, level + 1);
    }
    rest.iter().for_each(|&hash| each(Subtree { level, hash }));
    behind.into_iter().rev().for_each(each);
}

/// The nodes over pairs of hashes, which take the place of those.
fn parents(lanes: Option<Lanes>, hashes: &mut [Hash]) -> &mut [Hash] {
    let count = hashes.len() / 2;
    for from in (0..count).step_by(Lanes::MOST) {
        let to = count.min(from + Lanes::MOST);
        let mut found = [[0; 32]; Lanes::MOST];
        let found = &mut found[..to - from];
        let pairs = hashes[2 * from..2 * to].as_chunks::<2>().0;
        match lanes {
            Some(lanes) if pairs.len() >= Lanes::LEAST => lanes.nodes(pairs, found),
            _ => {
                let (four, rest) = pairs.as_chunks::<4>();
                let (into, last) = found.as_chunks_mut::<4>();
                for (into, pairs) in into.iter_mut().zip(four) {
                    *into = nodes(pairs.each_ref());
                }
                for (into, [left, right]) in last.iter_mut().zip(rest) {
                    *into = node(left, right);
                }
            }
        }
        hashes[from..to].copy_from_slice(found);
    }
    &mut hashes[..count]
}

/// The root of a tree without leaves: the hash of nothing.
pub fn empty() -> Hash {
    Sha256::digest(b"").into()
}

/// A whole subtree: of 2^level leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subtree {
    /// 0 for a leaf.
    pub level: u8,
    /// Its root.
    pub hash: Hash,
}

/// Builds a tree from its leaves in order, or from whole subtrees of it, and keeps of it only what
/// later leaves need: at most one hash for each level.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    size: u64,
    open: Vec<Subtree>,
}

impl Builder {
    /// Appends a subtree, which must begin where one of its size can (at a multiple of its leaves);
    /// `each` gets every whole subtree that this completes, the smaller first: level, number among
    /// those of its level, hash.
    pub fn push(&mut self, subtree: Subtree, mut each: impl FnMut(u8, u64, &Hash)) {
        let mut subtree = subtree;
        self.size += 1 << subtree.level;
        each(subtree.level, (self.size >> subtree.level) - 1, &subtree.hash);
        while let Some(left) = self.open.pop_if(|left| left.level == subtree.level) {
            subtree = Subtree { level: subtree.level + 1, hash: node(&left.hash, &subtree.hash) };
            each(subtree.level, (self.size >> subtree.level) - 1, &subtree.hash);
        }
        self.open.push(subtree);
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The whole subtrees that the tree is made of, the largest first.
    pub fn open(&self) -> &[Subtree] {
        &self.open
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let mut parts = self.open.iter().rev();
        let Some(last) = parts.next() else { return empty() };
        parts.fold(last.hash, |right, left| node(&left.hash, &right))
    }
}

/// The root of a tree whose leaf hashes are all there.
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut builder = Builder::default();
    leaves.into_iter().for_each(|hash| builder.push(Subtree { level: 0, hash }, |_, _, _| ()));
    builder.root()
}

/// How many leaves the left part of a tree of `size` (at least 2) has: the largest power of two
/// below it.
pub fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// A tree's subtree by its range of leaves.
pub trait Subtrees {
    /// What fails.
    type Error;
    /// The hash of the leaves `from` to `to` (exclusive), which are those of one node of the tree.
    ///
    /// # Errors
    /// The hash cannot be had.
    fn hash(&mut self, from: u64, to: u64) -> Result<Hash, Self::Error>;
}

/// The proof of the leaves `wanted` (in rising order) of a tree: the hashes of the largest subtrees
/// that hold none of them, from left to right.
///
/// # Errors
/// As [`Subtrees::hash`].
pub fn prove<S: Subtrees>(
    size: u64,
    wanted: &[u64],
    subtrees: &mut S,
) -> Result<Vec<Hash>, S::Error> {
    let mut proof = Vec::new();
    if size > 0 {
        gather(0, size, wanted, subtrees, &mut proof)?;
    }
    Ok(proof)
}

fn gather<S: Subtrees>(
    from: u64,
    to: u64,
    wanted: &[u64],
    subtrees: &mut S,
    proof: &mut Vec<Hash>,
) -> Result<(), S::Error> {
    if wanted.is_empty() {
        proof.push(subtrees.hash(from, to)?);
        return Ok(());
    }
    if to - from == 1 {
        return Ok(());
    }
    let middle = from + split(to - from);
    let (left, right) = wanted.split_at(wanted.partition_point(|&at| at < middle));
    gather(from, middle, left, subtrees, proof)?;
    gather(middle, to, right, subtrees, proof)
}

/// The root that leaves and their proof give: the leaves in rising order with their hashes. `None`:
/// the proof has too few or too many hashes, or a leaf is not in the tree or out of order.
pub fn proven_root(size: u64, leaves: &[(u64, Hash)], proof: &[Hash]) -> Option<Hash> {
    let rising = leaves.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a < b));
    if !rising || leaves.last().is_some_and(|(at, _)| *at >= size) {
        return None;
    }
    if size == 0 {
        return proof.is_empty().then(empty);
    }
    let mut proof = proof.iter();
    let root = combine(0, size, leaves, &mut proof)?;
    proof.next().is_none().then_some(root)
}

fn combine(
    from: u64,
    to: u64,
    leaves: &[(u64, Hash)],
    proof: &mut std::slice::Iter<'_, Hash>,
) -> Option<Hash> {
    match leaves {
        [] => proof.next().copied(),
        [(_, hash)] if to - from == 1 => Some(*hash),
        _ => {
            let middle = from + split(to - from);
            let (left, right) = leaves.split_at(leaves.partition_point(|(at, _)| *at < middle));
            let left = combine(from, middle, left, proof)?;
            let right = combine(middle, to, right, proof)?;
            Some(node(&left, &right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::hex;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn leaf(n: u64) -> Hash {
        Sha256::digest(n.to_be_bytes()).into()
    }

    /// RFC 9162 §2.1.1, as it is written there.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty(),
            [one] => *one,
            _ => {
                let k = split(leaves.len() as u64) as usize;
                node(&naive(&leaves[..k]), &naive(&leaves[k..]))
            }
        }
    }

    struct Whole(Vec<Hash>);

    impl Subtrees for Whole {
        type Error = Infallible;
        fn hash(&mut self, from: u64, to: u64) -> Result<Hash, Infallible> {
            Ok(naive(&self.0[from as usize..to as usize]))
        }
    }

    #[test]
    fn the_empty_tree_and_known_answers() {
        // The test vectors of RFC 6962's reference implementation, whose trees are the same.
        assert_eq!(
            hex(&empty()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let data: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes = data.iter().map(|data| {
            let mut hasher = Sha256::new();
            hasher.update([0]);
            hasher.update(data);
            hasher.finalize().into()
        });
        assert_eq!(
            hex(&root(hashes)),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    proptest! {
        #[test]
        fn any_leaves_of_any_tree_are_proven(
            size in 0u64..200, picks in prop::collection::btree_set(0u64..200, 0..20),
        ) {
            let all: Vec<Hash> = (0..size).map(leaf).collect();
            let expected = naive(&all);
            prop_assert_eq!(root(all.iter().copied()), expected);
            let wanted: Vec<u64> = picks.into_iter().filter(|&at| at < size).collect();
            let Ok(proof) = prove(size, &wanted, &mut Whole(all.clone()));
            let leaves: Vec<(u64, Hash)> =
                wanted.iter().map(|&at| (at, all[at as usize])).collect();
            prop_assert_eq!(proven_root(size, &leaves, &proof), Some(expected));
            // One hash more or fewer, another leaf, another place, another size: no proof.
            let mut longer = proof.clone();
            longer.push(leaf(1));
            prop_assert_eq!(proven_root(size, &leaves, &longer), None);
            if let Some((_, shorter)) = proof.split_last() {
                prop_assert_eq!(proven_root(size, &leaves, shorter), None);
            }
            if !leaves.is_empty() {
                let mut changed = leaves.clone();
                changed[0].1[0] ^= 1;
                prop_assert_ne!(proven_root(size, &changed, &proof), Some(expected));
                let mut moved = leaves.clone();
                moved[0].0 = moved[0].0.wrapping_sub(1);
                prop_assert_ne!(proven_root(size, &moved, &proof), Some(expected));
            }
        }

        #[test]
        fn subtrees_are_the_largest(first in 0u64..300, size in 0u64..400, most in 0u8..9) {
            let all: Vec<Hash> = (first..first + size).map(leaf).collect();
            let mut expected = Vec::new();
            let mut rest = all.as_slice();
            while !rest.is_empty() {
                let at = first + size - rest.len() as u64;
                let level = at.trailing_zeros().min(rest.len().ilog2()).min(u32::from(most));
                let (now, later) = rest.split_at(1 << level);
                expected.push(Subtree { level: level as u8, hash: naive(now) });
                rest = later;
            }
            for lanes in [None, Lanes::new()] {
                let (mut hashes, mut found) = (all.clone(), Vec::new());
                subtrees_by(lanes, (first, &mut hashes), most, |subtree| found.push(subtree));
                prop_assert_eq!(&found, &expected);
            }
        }

        #[test]
        fn subtrees_may_be_pushed_whole(size in 1u64..300, level in 0u8..5) {
            let all: Vec<Hash> = (0..size).map(leaf).collect();
            let mut builder = Builder::default();
            let step = 1usize << level;
            let (mut seen, mut alone) = (Vec::new(), Vec::new());
            for chunk in all.chunks(step) {
                if chunk.len() == step {
                    builder.push(Subtree { level, hash: naive(chunk) }, |l, n, h| seen.push((l, n, *h)));
                } else {
                    for &hash in chunk {
                        builder.push(Subtree { level: 0, hash }, |l, n, h| seen.push((l, n, *h)));
                    }
                }
            }
            let mut one = Builder::default();
            for &hash in &all {
                one.push(Subtree { level: 0, hash }, |l, n, h| alone.push((l, n, *h)));
            }
            prop_assert_eq!(builder.root(), one.root());
            prop_assert_eq!(builder.size(), size);
            let above: Vec<_> = alone.into_iter().filter(|(l, ..)| *l >= level).collect();
            let seen: Vec<_> = seen.into_iter().filter(|(l, ..)| *l >= level).collect();
            prop_assert_eq!(seen, above);
        }
    }
}
