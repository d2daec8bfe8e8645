//! The fast reader: 64 bytes compared at once, and the parity of quotes.
//!
//! It is right wherever every quote stands at a field's edge (RFC 4180 §2), and says where one does
//! not.

use super::structure::{Grammar, Terminator};
use wide::u8x64;

/// 64 bytes compared at once: one bit a byte.
struct Masks {
    quote: u64,
    delimiter: u64,
    end: u64,
    carriage_return: u64,
}

/// What the fast reader carries from one 64 bytes to the next.
pub(super) struct Carry {
    /// All ones inside quotes.
    inside: u64,
    /// Bit 0: the byte before may stand before an opening quote.
    may_open: u64,
    /// Bit 0: the byte before was a closing quote (or the first of a doubled pair).
    after_close: u64,
    /// Bit 0: the byte before was a CR after a closing quote.
    after_close_cr: u64,
}

impl Carry {
    pub(super) fn at_record_start() -> Self {
        Self { inside: 0, may_open: 1, after_close: 0, after_close_cr: 0 }
    }
}

/// What the fast reader finds in 64 bytes.
pub(super) struct Found {
    /// Delimiters outside quotes.
    pub(super) delimiters: u64,
    /// Record ends.
    pub(super) ends: u64,
    /// Line ends inside quotes.
    pub(super) lines_inside: u64,
    /// Second quotes of doubled pairs inside quotes.
    pub(super) pairs: u64,
    /// Bytes that show a quote that is not at a field's edge.
    pub(super) violations: u64,
}

/// The running exclusive-or of all bits up to each.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

/// The 64 bytes from `at`, filled up with zeros, and how many there really are.
#[inline(always)]
pub(super) fn chunk(bytes: &[u8], at: usize) -> ([u8; 64], usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk::<64>() {
        return (*whole, 64);
    }
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    (padded, rest.len())
}

/// Calls `visit` with the place of each set bit.
#[inline(always)]
pub(super) fn each_bit(mut bits: u64, mut visit: impl FnMut(usize)) {
    while bits != 0 {
        visit(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Compares 64 bytes at once.
pub(super) trait Compare: Copy {
    /// A bit for each byte that is the one asked for.
    fn equal(self, bytes: &[u8; 64], byte: u8) -> u64;
}

/// With what every processor of its kind has.
#[derive(Clone, Copy)]
struct Baseline;

impl Compare for Baseline {
    #[inline(always)]
    fn equal(self, bytes: &[u8; 64], byte: u8) -> u64 {
        u8x64::from(*bytes).simd_eq(u8x64::splat(byte)).to_bitmask()
    }
}

#[cfg(target_arch = "x86_64")]
impl Compare for pulp::x86::V3 {
    #[inline(always)]
    fn equal(self, bytes: &[u8; 64], byte: u8) -> u64 {
        let [low, high]: [std::arch::x86_64::__m256i; 2] = pulp::cast(*bytes);
        let wanted = self.avx._mm256_set1_epi8(byte as i8);
        let mask = |half| {
            let equal = self.avx2._mm256_cmpeq_epi8(half, wanted);
            u64::from(self.avx2._mm256_movemask_epi8(equal) as u32)
        };
        mask(low) | mask(high) << 32
    }
}

/// Work that compares bytes: compiled once for each way to do that.
pub(super) trait WithCompare {
    /// What it gives.
    type Output;
    /// Does it.
    fn run(self, compare: impl Compare) -> Self::Output;
}

/// Does work in the fastest way that this processor knows. Which way changes no result.
pub(super) fn with_compare<W: WithCompare>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        struct Wide<W>(pulp::x86::V3, W);
        impl<W: WithCompare> pulp::NullaryFnOnce for Wide<W> {
            type Output = W::Output;
            #[inline(always)]
            fn call(self) -> W::Output {
                self.1.run(self.0)
            }
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return pulp::Simd::vectorize(simd, Wide(simd, work));
        }
    }
    work.run(Baseline)
}

impl Grammar {
    #[inline(always)]
    fn masks(&self, bytes: &[u8; 64], valid: u64, compare: impl Compare) -> Masks {
        let equal = |byte: u8| compare.equal(bytes, byte) & valid;
        let carriage_return = equal(b'\r');
        Masks {
            quote: self.quote.map_or(0, equal),
            delimiter: equal(self.delimiter),
            end: match self.terminator {
                Terminator::LineFeed => equal(b'\n'),
                Terminator::CarriageReturn => carriage_return,
            },
            carriage_return,
        }
    }

    /// Looks at the next bytes of a file, 64 but at its end.
    #[inline(always)]
    pub(super) fn find(
        &self,
        bytes: &[u8; 64],
        length: usize,
        carry: &mut Carry,
        compare: impl Compare,
    ) -> Found {
        let valid = if length == 64 { !0 } else { (1u64 << length) - 1 };
        let masks = self.masks(bytes, valid, compare);
        if masks.quote == 0 && carry.inside == 0 && carry.after_close == 0 {
            // A CR after a closing quote must be followed by the LF, also across the chunks' edge.
            let violations = carry.after_close_cr & !masks.end;
            let last = (masks.delimiter | masks.end) >> 63;
            *carry = Carry { inside: 0, may_open: last, after_close: 0, after_close_cr: 0 };
            return Found {
                delimiters: masks.delimiter,
                ends: masks.end,
                lines_inside: 0,
                pairs: 0,
                violations,
            };
        }
        let inside = prefix_xor(masks.quote) ^ carry.inside;
        let opening = masks.quote & inside;
        let closing = masks.quote & !inside;
        let edge = masks.delimiter | masks.end;
        let may_open = ((edge | masks.quote) << 1) | carry.may_open;
        let after_close = (closing << 1) | carry.after_close;
        let return_after_close = match self.terminator {
            Terminator::LineFeed => after_close & masks.carriage_return,
            Terminator::CarriageReturn => 0,
        };
        let after_close_cr = (return_after_close << 1) | carry.after_close_cr;
        let violations = (opening & !may_open)
            | (after_close & !(edge | masks.quote | return_after_close))
            | (after_close_cr & !masks.end);
        let found = Found {
            delimiters: masks.delimiter & !inside,
            ends: masks.end & !inside,
            lines_inside: masks.end & inside,
            pairs: opening & after_close,
            violations: violations & valid,
        };
        *carry = Carry {
            inside: ((inside as i64) >> 63) as u64,
            may_open: (edge | masks.quote) >> 63,
            after_close: closing >> 63,
            after_close_cr: return_after_close >> 63,
        };
        found
    }
}

/// Where delimiters stand outside quotes, in bytes whose quotes all stand at field edges.
#[derive(Debug, Default)]
pub struct Delimiters {
    /// The place of the first bit.
    from: usize,
    /// A bit for each byte.
    bits: Vec<u64>,
    /// The places of the second quotes of doubled pairs.
    pairs: Vec<u32>,
}

/// How far delimiters were walked through.
#[derive(Debug, Default, Clone, Copy)]
pub struct Walked {
    /// Those that are left of the bits at hand.
    bits: u64,
    /// The place of the first of the bits at hand.
    at: usize,
    /// How many bits were taken, in sixty-fours.
    taken: usize,
}

impl Delimiters {
    /// Forgets all, and takes what is found between two places.
    pub(super) fn begin(&mut self, from: usize, to: usize) {
        self.from = from;
        self.bits.clear();
        self.bits.reserve(to.saturating_sub(from).div_ceil(64));
        self.pairs.clear();
    }

    /// Takes what was found in the next 64 bytes, at `at`.
    #[inline(always)]
    pub(super) fn push(&mut self, at: usize, found: &Found) {
        self.bits.push(found.delimiters);
        each_bit(found.pairs, |bit| self.pairs.push((at + bit) as u32));
    }

    /// Takes those of `bytes`, from a record's start on.
    pub fn find(&mut self, grammar: &Grammar, bytes: &[u8], from: usize) {
        struct Finding<'a>(&'a mut Delimiters, &'a Grammar, &'a [u8], usize);
        impl WithCompare for Finding<'_> {
            type Output = ();
            #[inline(always)]
            fn run(self, compare: impl Compare) {
                let Finding(delimiters, grammar, bytes, mut at) = self;
                let mut carry = Carry::at_record_start();
                while at < bytes.len() {
                    let (lanes, length) = chunk(bytes, at);
                    delimiters.push(at, &grammar.find(&lanes, length, &mut carry, compare));
                    at += length;
                }
            }
        }
        self.begin(from, bytes.len());
        with_compare(Finding(self, grammar, bytes, from));
    }

    /// How many delimiters stand between two places.
    pub(super) fn count(&self, start: usize, end: usize) -> usize {
        let word = |at: usize| (at.saturating_sub(self.from)) / 64;
        let from = |at: usize| !0_u64 << (at.saturating_sub(self.from) % 64);
        let (first, last) = (word(start), word(end));
        let words = self.bits.iter().enumerate().skip(first).take(last + 1 - first);
        let count = |(number, &bits): (usize, &u64)| {
            let mut bits = bits;
            if number == first {
                bits &= from(start);
            }
            if number == last {
                bits &= !from(end);
            }
            bits.count_ones() as usize
        };
        words.map(count).sum()
    }

    /// The place of the next delimiter, if it is before `end`.
    #[inline]
    pub fn next_before(&self, end: usize, walked: &mut Walked) -> Option<usize> {
        while walked.bits == 0 {
            walked.bits = *self.bits.get(walked.taken)?;
            walked.at = self.from + walked.taken * 64;
            walked.taken += 1;
        }
        let at = walked.at + walked.bits.trailing_zeros() as usize;
        if at >= end {
            return None;
        }
        walked.bits &= walked.bits - 1;
        Some(at)
    }

    /// The places of the second quotes of doubled pairs.
    pub fn pairs(&self) -> &[u32] {
        &self.pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Asked<'a>(&'a [u8; 64], u8);

    impl WithCompare for Asked<'_> {
        type Output = u64;
        fn run(self, compare: impl Compare) -> u64 {
            compare.equal(self.0, self.1)
        }
    }

    proptest! {
        #[test]
        fn all_ways_to_compare_agree(
            bytes in prop::collection::vec(prop_oneof![0_u8..3, any::<u8>()], 64), byte in prop_oneof![0_u8..3, any::<u8>()],
        ) {
            let bytes: [u8; 64] = bytes.try_into().unwrap();
            let equal = |(place, &own): (usize, &u8)| u64::from(own == byte) << place;
            let expected = bytes.iter().enumerate().map(equal).fold(0, |all, bit| all | bit);
            prop_assert_eq!(Baseline.equal(&bytes, byte), expected);
            prop_assert_eq!(with_compare(Asked(&bytes, byte)), expected);
        }

        #[test]
        fn delimiters_are_counted_between_any_two_places(
            bytes in prop::collection::vec(prop_oneof![Just(b','), Just(b'a')], 0..300),
            from in 0_usize..300, one in 0_usize..300, other in 0_usize..300,
        ) {
            let grammar = Grammar {
                delimiter: b',', quote: Some(b'"'), double_quote: true, escape: None,
                skip_initial_space: false, terminator: Terminator::LineFeed,
            };
            let from = from.min(bytes.len());
            let mut delimiters = Delimiters::default();
            delimiters.find(&grammar, &bytes, from);
            let (start, end) = (one.min(other).clamp(from, bytes.len()), one.max(other).clamp(from, bytes.len()));
            let expected = bytes[start..end].iter().filter(|&&byte| byte == b',').count();
            prop_assert_eq!(delimiters.count(start, end), expected);
        }
    }
}
