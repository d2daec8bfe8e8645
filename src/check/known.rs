//! The parent keys seen so far, so that a reference to one of them needs no record.
//!
//! Files are read one after the other, and most rows refer to rows that came before: patients,
//! organisations, consultations. Such a reference is settled on the spot; the others, and those to
//! a parent that found no room here, give a record for the join after the read. Which way a
//! reference goes depends on time, what is found does not: the join looks here too. So a key that
//! several rows may have needs no record of its own once it is in here.
//!
//! The table is of fixed size and open addressing, without locks. A slot is claimed by its low half
//! and readable once its high half is there.

use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Relations beyond so many are not counted here: there is one bit for each in a slot.
pub(super) const MOST_COUNTED: u32 = 64;

/// A set of key hashes that many threads read and add to.
pub(super) struct Known {
    slots: Vec<Slot>,
    /// For each slot: the counted relations that refer to its key, a bit for each.
    marks: Vec<AtomicU64>,
    held: AtomicUsize,
    /// How many different keys each counted relation refers to, of those in here.
    counts: Vec<AtomicU64>,
}

struct Slot {
    low: AtomicU64,
    high: AtomicU64,
}

impl Known {
    /// A table of at most `memory` bytes, for about `expected` keys; `counted` relations have their
    /// different keys counted. `jobs` threads make it.
    pub(super) fn new(memory: usize, expected: usize, counted: u32, jobs: usize) -> Self {
        let most = (memory / (size_of::<Slot>() + size_of::<AtomicU64>())).max(1);
        let wanted = expected.saturating_mul(2).max(64);
        // The power of two that is not above what may be had.
        let slots = 1 << (usize::BITS - 1 - wanted.min(most).leading_zeros());
        // Zeros that the compiler does not know for zeros are written. Else the system would give
        // pages that are none until they are, and read first, each would be made twice.
        let zero = std::hint::black_box(0);
        let new = || AtomicU64::new(zero);
        let slot = |_: usize| Slot { low: new(), high: new() };
        let marks = if counted > 0 { slots } else { 0 };
        // Most of the time is the system's, for pages that are touched first. A thread is worth while
        // for so many slots.
        const LEAST: usize = 1 << 16;
        let threads = jobs.min(slots / LEAST);
        let pool = (threads > 1)
            .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok())
            .flatten();
        let (slots, marks) = match pool {
            Some(pool) => pool.install(|| {
                let marks = (0..marks).into_par_iter().map(|_| new());
                ((0..slots).into_par_iter().map(slot).collect(), marks.collect())
            }),
            None => ((0..slots).map(slot).collect(), (0..marks).map(|_| new()).collect()),
        };
        Self {
            slots,
            marks,
            held: AtomicUsize::new(0),
            counts: (0..counted.min(MOST_COUNTED)).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// Adds a key, while a quarter of the table is free. Whether it is in here now.
    pub(super) fn add(&self, hash: u128) -> bool {
        let (low, high) = halves(hash);
        // Nothing tells such a half from an empty slot; the join finds it.
        if low == 0 || high == 0 || self.held.load(Ordering::Relaxed) >= self.slots.len() / 4 * 3 {
            return false;
        }
        for (_, slot) in self.probe(low) {
            let there = match slot.low.load(Ordering::Acquire) {
                0 => slot.low.compare_exchange(0, low, Ordering::AcqRel, Ordering::Acquire),
                there => Err(there),
            };
            match there {
                Ok(_) => {
                    slot.high.store(high, Ordering::Release);
                    self.held.fetch_add(1, Ordering::Relaxed);
                    return true;
                }
                Err(there) if there == low && slot.high() == high => return true,
                Err(_) => {}
            }
        }
        false
    }

    /// Whether the key is in here.
    pub(super) fn contains(&self, hash: u128) -> bool {
        self.find(hash).is_some()
    }

    /// Counts the key for a relation, once, where it is in here; whether it is.
    pub(super) fn count(&self, hash: u128, counted: u32) -> bool {
        let Some(count) = self.counts.get(counted as usize) else { return false };
        let Some(marks) = self.find(hash).and_then(|slot| self.marks.get(slot)) else {
            return false;
        };
        let bit = 1 << counted;
        if marks.load(Ordering::Relaxed) & bit == 0
            && marks.fetch_or(bit, Ordering::Relaxed) & bit == 0
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
        true
    }

    /// How many different keys were counted for a relation.
    pub(super) fn counted(&self, counted: u32) -> u64 {
        self.counts.get(counted as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Brings the places of many keys into the processor's cache. A load that depends on no other
    /// need not be waited for, so this costs a fraction of what looking up one by one does.
    pub(super) fn touch(&self, hashes: impl Iterator<Item = u128>) {
        let touched = hashes.fold(0, |all, hash| {
            let (low, _) = halves(hash);
            let slot = self.slots.get(self.place(low));
            all ^ slot.map_or(0, |slot| slot.low.load(Ordering::Relaxed))
        });
        // Else the loads would be taken for useless, and left out.
        std::hint::black_box(touched);
    }

    /// The number of the key's slot.
    fn find(&self, hash: u128) -> Option<usize> {
        let (low, high) = halves(hash);
        for (number, slot) in self.probe(low) {
            match slot.low.load(Ordering::Acquire) {
                0 => return None,
                there if there == low && slot.high() == high => return Some(number),
                _ => {}
            }
        }
        None
    }

    /// Where looking for a key begins: any bits of a hash do, but those that choose the partition.
    fn place(&self, low: u64) -> usize {
        low as usize & (self.slots.len() - 1)
    }

    /// The slots where a key may be, in order: from its place round the whole table.
    fn probe(&self, low: u64) -> impl Iterator<Item = (usize, &Slot)> {
        let (start, mask) = (self.place(low), self.slots.len() - 1);
        (0..self.slots.len()).filter_map(move |step| {
            let number = (start + step) & mask;
            Some((number, self.slots.get(number)?))
        })
    }
}

impl Slot {
    /// The high half, which is written right after the low one.
    fn high(&self) -> u64 {
        loop {
            match self.high.load(Ordering::Acquire) {
                0 => std::thread::yield_now(),
                high => return high,
            }
        }
    }
}

fn halves(hash: u128) -> (u64, u64) {
    (hash as u64, (hash >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Few different halves, so that keys share one, and lie in each other's way.
    fn hash() -> impl Strategy<Value = u128> {
        (0u128..6, 0u128..6).prop_map(|(high, low)| high << 64 | low)
    }

    proptest! {
        #[test]
        fn it_is_a_set(added in prop::collection::vec(hash(), 0..40), asked in hash()) {
            let known = Known::new(1 << 20, 100, 1, 1);
            for &hash in &added {
                prop_assert_eq!(known.add(hash), known.contains(hash));
            }
            let tellable = asked as u64 != 0 && asked >> 64 != 0;
            prop_assert_eq!(known.contains(asked), tellable && added.contains(&asked));
        }

        #[test]
        fn keys_are_counted_once(
            added in prop::collection::vec(hash(), 0..40),
            referred in prop::collection::vec(hash(), 0..40),
        ) {
            let known = Known::new(1 << 20, 100, 2, 1);
            for &hash in &added {
                known.add(hash);
            }
            let mut different = BTreeSet::new();
            for &hash in &referred {
                if known.count(hash, 1) {
                    different.insert(hash);
                }
                prop_assert_eq!(known.count(hash, 2), false);
            }
            prop_assert_eq!(known.counted(1), different.len() as u64);
            prop_assert_eq!(known.counted(0), 0);
        }
    }

    #[test]
    fn a_full_table_takes_no_more() {
        let known = Known::new(64 * 24, 1 << 20, 0, 1);
        let key = |n: u128| n << 64 | n;
        let added = (1..=1000).filter(|&n| known.add(key(n))).count();
        let kept = (1..=1000).filter(|&n| known.contains(key(n))).count();
        assert_eq!((added, kept), (48, 48));
        assert!(known.contains(key(48)) && !known.contains(key(49)));
    }

    #[test]
    fn many_threads_add_and_count_the_same_keys() {
        let known = Known::new(1 << 20, 10_000, 1, 2);
        let key =
            |n: u64| u128::from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1) << 64 | u128::from(n);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for n in 1..=5000 {
                        assert!(known.add(key(n)));
                        assert!(known.count(key(n), 0));
                    }
                });
            }
        });
        assert_eq!(known.counted(0), 5000);
    }
}
