//! A small summary of a column's values, by which most columns that are no keys and no references
//! are told without keeping the values.
//!
//! It keeps the values with the smallest hashes, and how often each came: a sample of the *distinct*
//! values, with exact counts. A value that came twice proves that the column is no key. Of two
//! columns the samples below the smaller threshold are comparable: a value of one that the other
//! lacks there proves that it is no part of it. A column with few values is kept whole.
//!
//! What remains possible is proved later, by a check over all rows.

use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// The hash of a value. Its key is fixed, so that the same extract gives the same descriptor; hashes
/// stay in memory and decide only what is looked at.
pub(super) fn hash(value: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x6861_6e64_6f76_6572, 0x696e_6665_7200_0001);
    hasher.write(value);
    hasher.finish()
}

/// The hash of two values together.
pub(super) fn pair(first: u64, second: u64) -> u64 {
    let mixed = first.rotate_left(23) ^ second.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

/// The values with the smallest hashes.
#[derive(Debug, Clone)]
pub(super) struct Sketch {
    most: usize,
    /// Hash and count, by hash.
    kept: Vec<(u64, u64)>,
    /// What came since `kept` was last put in order.
    pending: Vec<u64>,
    /// Larger hashes are not kept.
    threshold: u64,
}

/// Hashes that wait.
const PENDING: usize = 512;

impl Sketch {
    /// A sketch of at most so many values.
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Vec::new(), pending: Vec::new(), threshold: u64::MAX }
    }

    pub(super) fn add(&mut self, hash: u64) {
        if hash > self.threshold {
            return;
        }
        self.pending.push(hash);
        if self.pending.len() >= PENDING {
            self.settle();
        }
    }

    /// Puts in order what waits.
    pub(super) fn settle(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.pending.sort_unstable();
        let mut added: Vec<(u64, u64)> = Vec::with_capacity(self.pending.len());
        for hash in self.pending.drain(..) {
            match added.last_mut() {
                Some((last, count)) if *last == hash => *count += 1,
                _ => added.push((hash, 1)),
            }
        }
        self.join(added);
    }

    fn join(&mut self, added: Vec<(u64, u64)>) {
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(self.kept.len() + added.len());
        let (mut ours, mut theirs) = (self.kept.iter().peekable(), added.iter().peekable());
        while joined.len() < self.most {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(a), Some(b)) if a.0 == b.0 => {
                    let both = (a.0, a.1 + b.1);
                    ours.next();
                    theirs.next();
                    both
                }
                (Some(a), Some(b)) if a.0 < b.0 => {
                    let one = **a;
                    ours.next();
                    one
                }
                (_, Some(b)) => {
                    let one = **b;
                    theirs.next();
                    one
                }
                (Some(a), None) => {
                    let one = **a;
                    ours.next();
                    one
                }
                (None, None) => break,
            };
            joined.push(next);
        }
        self.kept = joined;
        if self.kept.len() == self.most {
            self.threshold = self.kept.last().map_or(u64::MAX, |(hash, _)| *hash);
        }
    }

    /// Adds what another one has seen.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        self.join(other.kept);
    }

    /// Whether all values are kept.
    pub(super) fn is_whole(&self) -> bool {
        self.kept.len() < self.most
    }

    /// How many different values there are: exact where all are kept, else by estimate.
    pub(super) fn distinct(&self) -> f64 {
        if self.is_whole() {
            return self.kept.len() as f64;
        }
        let share = self.threshold as f64 / u64::MAX as f64;
        (self.most as f64 - 1.0) / share.max(f64::MIN_POSITIVE)
    }

    /// Whether no value that is kept came twice.
    pub(super) fn may_be_unique(&self) -> bool {
        self.kept.iter().all(|(_, count)| *count == 1)
    }

    /// Compares with a column that may hold all values of this one: how many of the comparable
    /// values it has, and how many it lacks.
    pub(super) fn within(&self, parent: &Self) -> (usize, usize) {
        let limit = if parent.is_whole() { u64::MAX } else { parent.threshold };
        let (mut has, mut lacks) = (0, 0);
        for (hash, _) in self.kept.iter().take_while(|(hash, _)| *hash <= limit) {
            match parent.kept.binary_search_by_key(hash, |(hash, _)| *hash) {
                Ok(_) => has += 1,
                Err(_) => lacks += 1,
            }
        }
        (has, lacks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = u64>) -> Sketch {
        let mut sketch = Sketch::new(128);
        values.for_each(|value| sketch.add(hash(&value.to_le_bytes())));
        sketch.settle();
        sketch
    }

    #[test]
    fn distinct_values_are_estimated() {
        assert_eq!(of((0..50).chain(0..50)).distinct(), 50.0);
        let many = of(0..100_000).distinct();
        assert!((70_000.0..140_000.0).contains(&many), "{many}");
    }

    #[test]
    fn what_is_no_part_is_seen() {
        let (small, large) = (of(10_000..20_000), of(0..100_000));
        assert_eq!(small.within(&large).1, 0);
        assert!(large.within(&small).1 > 50);
        assert!(of(0..5000).may_be_unique());
        assert!(!of((0..5000).chain(0..5000)).may_be_unique());
    }

    #[test]
    fn the_order_of_merging_changes_nothing() {
        let whole = of(0..10_000);
        let mut parts = of(5000..10_000);
        parts.merge(of(0..5000));
        assert_eq!(parts.kept, whole.kept);
    }
}
