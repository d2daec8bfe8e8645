//! Leaves that follow each other, hashed together.

use super::sha256::{self, Lanes, Message};
use super::{Domain, Hash, Salts, half, head};
use std::cmp::Reverse;

/// Leaves that are hashed at a time.
const PIECE: usize = 1024;

/// Bytes of a leaf before its content.
const HEAD: usize = 34;

/// Appends the hashes of leaves that follow each other, the first of which has the number `first`.
pub fn leaf_hashes<'a>(
    salts: &Salts,
    tree: (Domain, u64),
    first: u64,
    contents: impl IntoIterator<Item = &'a [u8]>,
    hashes: &mut Vec<Hash>,
) {
    leaf_hashes_by(Lanes::new(), salts, tree, first, contents, hashes);
}

fn leaf_hashes_by<'a>(
    lanes: Option<Lanes>,
    salts: &Salts,
    tree: (Domain, u64),
    first: u64,
    contents: impl IntoIterator<Item = &'a [u8]>,
    hashes: &mut Vec<Hash>,
) {
    let mut contents = contents.into_iter();
    let mut first = first;
    loop {
        let contents: Vec<&[u8]> = contents.by_ref().take(PIECE).collect();
        if contents.is_empty() {
            return;
        }
        let pair = first / 2;
        let pairs = (first + contents.len() as u64 - 1) / 2 - pair + 1;
        let mut piece = Piece { tree, first, contents, pairs: vec![[0; 32]; pairs as usize] };
        salts.pairs(lanes, tree, pair, &mut piece.pairs);
        let from = hashes.len();
        hashes.resize(from + piece.contents.len(), [0; 32]);
        piece.hash(lanes, &mut hashes[from..]);
        first += piece.contents.len() as u64;
    }
}

/// Some leaves that follow each other.
struct Piece<'a> {
    tree: (Domain, u64),
    /// The number of the first.
    first: u64,
    contents: Vec<&'a [u8]>,
    /// The salts, two in each.
    pairs: Vec<Hash>,
}

impl<'a> Piece<'a> {
    /// How many blocks a leaf has.
    fn blocks(&self, at: usize) -> usize {
        sha256::blocks(HEAD + self.content(at).len())
    }

    fn content(&self, at: usize) -> &'a [u8] {
        self.contents.get(at).copied().unwrap_or_default()
    }

    fn head(&self, at: usize) -> [u8; HEAD] {
        let number = self.first + at as u64;
        let pair = (number / 2 - self.first / 2) as usize;
        head(self.tree.0, self.tree.1, number, &half(&self.pairs[pair], number))
    }

    fn hash(&self, lanes: Option<Lanes>, hashes: &mut [Hash]) {
        let mut order: Vec<usize> = (0..self.contents.len()).collect();
        if lanes.is_some() {
            order.sort_unstable_by_key(|&at| Reverse(self.blocks(at)));
        }
        let mut messages = Vec::with_capacity(Lanes::MOST);
        let mut rest = order.as_slice();
        while !rest.is_empty() {
            let together = lanes.filter(|_| self.are_alike(rest));
            let count = if together.is_some() { Lanes::MOST } else { 2 };
            let (now, later) = rest.split_at(count.min(rest.len()));
            rest = later;
            match (together, now) {
                (Some(lanes), _) => {
                    messages.clear();
                    let message = |&at: &usize| Message::new(&self.head(at), self.content(at));
                    messages.extend(now.iter().map(message));
                    let mut found = [[0; 32]; Lanes::MOST];
                    lanes.messages(&messages, &mut found);
                    for (&at, hash) in now.iter().zip(found) {
                        hashes[at] = hash;
                    }
                }
                (None, &[a, b]) => {
                    let (one, other) = (self.head(a), self.head(b));
                    [hashes[a], hashes[b]] =
                        sha256::two((&one, self.content(a)), (&other, self.content(b)));
                }
                (None, others) => {
                    for &at in others {
                        hashes[at] = sha256::one(&self.head(at), self.content(at));
                    }
                }
            }
        }
    }

    /// Whether it is faster to hash the next leaves, of which the first is the longest, together: that
    /// takes as long as for the longest, whatever the others are.
    fn are_alike(&self, order: &[usize]) -> bool {
        match order.get(..Lanes::LEAST) {
            Some(&[longest, .., other]) => self.blocks(longest) <= 2 * self.blocks(other),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::leaf;

    #[test]
    fn leaves_together_are_those_one_by_one() {
        let salts = Salts::new(&[7; 32]);
        let even = (0..70).map(|n| vec![n as u8; (n * 37) % 200]);
        let long = (0..40).map(|n| vec![n as u8; if n % 13 == 5 { 5000 } else { n * 11 }]);
        let many = (0..2100).map(|n| vec![n as u8; (n * 7) % 90]);
        for contents in [even.collect::<Vec<_>>(), long.collect(), many.collect()] {
            for first in [0, 1, 15, 16, 33] {
                for count in [0, 1, 2, 7, 8, 15, 16, 17, 40, 70, 1024, 1025, 2100] {
                    let part = contents.get(..count).unwrap_or_default();
                    let expected: Vec<Hash> = (first..)
                        .zip(part)
                        .map(|(n, c)| leaf(Domain::Rows, 4, n, &salts.of(Domain::Rows, 4, n), c))
                        .collect();
                    for lanes in [None, Lanes::new()] {
                        let mut found = vec![[1; 32]];
                        let each = part.iter().map(Vec::as_slice);
                        leaf_hashes_by(lanes, &salts, (Domain::Rows, 4), first, each, &mut found);
                        assert_eq!(found[1..], expected, "{first} {count}");
                    }
                }
            }
        }
    }
}
