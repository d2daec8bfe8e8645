//! Keyed hashes of 128 bits that stand for keys.
//!
//! Two values of the multilinear family of Lemire and Kaser ("Strongly universal string hashing is
//! fast", 2014), each the upper half of a sum modulo 2^128 of 64-bit words times random numbers of
//! 128 bits. It is strongly universal: whatever two different keys are, they have the same hash with
//! a chance of 2^-128 over the random numbers. That is what is needed here, where nobody sees a hash;
//! and it takes less time than SipHash, which stands in for keys of unusual length.

use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// Parts of a key that have random numbers of their own.
const PARTS: usize = 4;

/// Words that such a part has at most.
const WORDS: usize = 8;

/// The two sums of one part, or of a key.
pub(super) type Sums = [u128; 2];

/// Hashes keys under one random key.
pub(super) struct KeyHasher {
    key: [u8; 16],
    /// What the sums of a key begin with.
    begin: Sums,
    /// Of the key set.
    set: Sums,
    parts: Vec<PartHasher>,
}

/// The random numbers of one part.
struct PartHasher {
    /// Of the word that tells length and form.
    head: Sums,
    words: [Sums; WORDS],
}

impl KeyHasher {
    /// The random numbers come from the run's key, by SipHash as a pseudo-random function.
    pub(super) fn new(key: [u8; 16]) -> Self {
        let mut counter = 0_u64;
        let mut random = || {
            counter += 1;
            let mut hasher = SipHasher13::new_with_key(&key);
            hasher.write(b"multilinear");
            hasher.write_u64(counter);
            hasher.finish128().as_u128()
        };
        let mut two = || [random(), random()];
        let (begin, set) = (two(), two());
        let part = || PartHasher { head: two(), words: std::array::from_fn(|_| two()) };
        Self { key, begin, set, parts: std::iter::repeat_with(part).take(PARTS).collect() }
    }

    /// The sums of one part of a key, in that form; `None` where it is too long, or one part too
    /// many.
    #[inline(always)]
    pub(super) fn part(&self, number: usize, form: u8, bytes: &[u8]) -> Option<Sums> {
        let part = self.parts.get(number)?;
        // The length in it, parts that differ in zeros at the end alone are different too; and the
        // last word may have bytes of the one before once more.
        let head = (bytes.len() as u64) << 8 | u64::from(form);
        let mut sums = add([0; 2], &part.head, head);
        let (whole, rest) = bytes.as_chunks::<8>();
        let last = match (rest.is_empty(), bytes.last_chunk::<8>()) {
            (true, _) => None,
            (false, Some(last)) => Some(u64::from_le_bytes(*last)),
            (false, None) => Some(rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte))),
        };
        if whole.len() + usize::from(last.is_some()) > WORDS {
            return None;
        }
        for (word, by) in whole.iter().zip(&part.words) {
            sums = add(sums, by, u64::from_le_bytes(*word));
        }
        if let (Some(word), Some(by)) = (last, part.words.get(whole.len())) {
            sums = add(sums, by, word);
        }
        Some(sums)
    }

    /// The hash of a key from the sums of its parts, in any order.
    #[inline(always)]
    pub(super) fn key(&self, set: u16, parts: &[Sums]) -> u128 {
        let begin = add(self.begin, &self.set, u64::from(set));
        let sums = parts.iter().fold(begin, |sums, part| {
            [sums[0].wrapping_add(part[0]), sums[1].wrapping_add(part[1])]
        });
        (sums[0] >> 64) << 64 | sums[1] >> 64
    }

    /// The hash of a key of unusual length, from all its bytes.
    pub(super) fn long(&self, set: u16, bytes: &[u8]) -> u128 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(&set.to_le_bytes());
        hasher.write(bytes);
        hasher.finish128().as_u128()
    }
}

#[inline(always)]
fn add(sums: Sums, by: &Sums, word: u64) -> Sums {
    let word = u128::from(word);
    [sums[0].wrapping_add(by[0].wrapping_mul(word)), sums[1].wrapping_add(by[1].wrapping_mul(word))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(hasher: &KeyHasher, set: u16, parts: &[Vec<u8>]) -> u128 {
        let sums: Option<Vec<Sums>> =
            parts.iter().enumerate().map(|(number, part)| hasher.part(number, 0, part)).collect();
        hasher.key(set, &sums.unwrap())
    }

    proptest! {
        #[test]
        fn different_keys_have_different_hashes(
            one in (0_u16..3, prop::collection::vec(prop::collection::vec(0_u8..2, 0..64), 2)),
            other in (0_u16..3, prop::collection::vec(prop::collection::vec(0_u8..2, 0..64), 2)),
            key in any::<[u8; 16]>(),
        ) {
            let hasher = KeyHasher::new(key);
            let same = hash(&hasher, one.0, &one.1) == hash(&hasher, other.0, &other.1);
            prop_assert_eq!(same, one == other);
        }
    }

    #[test]
    fn every_byte_and_the_length_and_the_form_count() {
        let hasher = KeyHasher::new([7; 16]);
        for length in 0..64 {
            let mut bytes = vec![0; length];
            let part = hasher.part(0, 0, &bytes);
            assert_ne!(part, hasher.part(0, 0, &vec![0; length + 1]));
            assert_ne!(part, hasher.part(0, 1, &bytes));
            assert!(length == 0 || part != hasher.part(1, 0, &bytes));
            for at in 0..length {
                bytes[at] = 1;
                assert_ne!(part, hasher.part(0, 0, &bytes), "{at} of {length}");
                bytes[at] = 0;
            }
        }
        assert!(hasher.part(3, 0, &[0; 64]).is_some());
        assert!(hasher.part(0, 0, &[0; 65]).is_none());
        assert!(hasher.part(4, 0, &[0]).is_none());
    }

    #[test]
    fn the_bits_are_evenly_spread() {
        let hasher = KeyHasher::new([3; 16]);
        let key = |n: u32| hash(&hasher, 1, &[format!("{n:010}").into_bytes()]);
        let hashes: Vec<u128> = (0..4096).map(key).collect();
        for bit in 0..128 {
            let ones = hashes.iter().filter(|&hash| hash >> bit & 1 == 1).count();
            assert!((1700..=2396).contains(&ones), "bit {bit}: {ones}");
        }
    }
}
