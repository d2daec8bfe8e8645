//! Where bytes repeat what stood up to 32 KiB before: LZ77, fast for tables.
//!
//! The rows of a table repeat long cells (identifiers, dates, codes) and whole runs of cells, with
//! new digits between. What was measured to suit them: matches found by six or seven bytes, since
//! shorter ones among random digits cost as much as the digits; both a match and the one found a
//! byte later, whatever their lengths; matches carried back over bytes passed before; inside a match,
//! every second, fourth or sixteenth place remembered. A table's entry has eight bits of the hash, so that
//! places which do not match are seldom looked at: a branch that cannot be foretold costs more than
//! all else here.

use wide::u8x32;

/// The longest match (RFC 1951 §3.2.5).
pub const LONGEST: usize = 258;

/// How far back a match may lie.
pub const WINDOW: usize = 32 << 10;

/// The most bytes looked through at once: a place has 24 bits in an entry.
pub const SEGMENT: usize = 1 << 24;

/// Blocks end after so many matches, about 600 KB of a table's text.
const MOST_SEQUENCES: usize = 1 << 14;

/// A run of so many bytes without a match is a block of its own, since it is likely to be noise
/// between text.
const LONG_RUN: usize = 8 << 10;

/// Bytes at the end that are not looked at, so that words of eight bytes can be read anywhere.
const TAIL: usize = 12;

/// Bytes as they are, then a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    /// Bytes before the match.
    pub literals: u32,
    /// 3 to [`LONGEST`].
    pub length: u16,
    /// One less than the distance back, so below [`WINDOW`].
    pub distance: u16,
}

/// Places by the hash of their bytes. An entry is a place in 24 bits, and eight more of its hash.
pub trait Places: std::fmt::Debug {
    /// Remembers `entry`, and gives what was there: `COUNT` entries, the newest first.
    fn swap(&mut self, hash: u64, entry: u32) -> u64;
    /// How many entries a place in the table has, one or two.
    const COUNT: u32;
    /// Forgets all.
    fn clear(&mut self);
}

const PLACES: usize = 1 << 14;
const fn index(hash: u64) -> usize {
    (hash >> 50) as usize % PLACES
}

/// The newest place of each hash.
#[derive(Debug)]
pub struct One(Box<[u32; PLACES]>);

impl Default for One {
    fn default() -> Self {
        Self(Box::new([0; PLACES]))
    }
}

impl Places for One {
    const COUNT: u32 = 1;

    #[inline(always)]
    fn swap(&mut self, hash: u64, entry: u32) -> u64 {
        u64::from(std::mem::replace(&mut self.0[index(hash)], entry))
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }
}

/// The two newest.
#[derive(Debug)]
pub struct Two(Box<[u64; PLACES]>);

impl Default for Two {
    fn default() -> Self {
        Self(Box::new([0; PLACES]))
    }
}

impl Places for Two {
    const COUNT: u32 = 2;

    #[inline(always)]
    fn swap(&mut self, hash: u64, entry: u32) -> u64 {
        let place = &mut self.0[index(hash)];
        let before = *place;
        *place = before << 32 | u64::from(entry);
        before
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }
}

/// Finds matches by `BYTES` bytes and remembers every `STEP`th place inside one.
#[derive(Debug, Default)]
pub struct Matcher<P, const BYTES: u32, const STEP: usize> {
    places: P,
    sequences: Vec<Sequence>,
}

/// A match as it is found: where it repeats from, and its length; none has length 0.
#[derive(Clone, Copy)]
struct Found {
    from: usize,
    length: usize,
}

const NONE: Found = Found { from: 0, length: 0 };

impl<P: Places, const BYTES: u32, const STEP: usize> Matcher<P, BYTES, STEP> {
    /// Forgets what was looked through.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Looks through `input`, at most [`SEGMENT`] bytes, from `start` on: as far as a block should
    /// go, and the sequences on the way, behind which the block has literals alone.
    #[inline(never)]
    pub fn find(&mut self, input: &[u8], start: usize) -> (usize, &[Sequence]) {
        self.sequences.clear();
        let end = self.look(input, start);
        (end, &self.sequences)
    }

    #[inline(always)]
    fn look(&mut self, input: &[u8], start: usize) -> usize {
        let last = input.len().saturating_sub(TAIL);
        // Bytes before `passed` belong to sequences.
        let (mut at, mut passed) = (start, start);
        while at < last {
            let mut found = self.probe(input, at);
            if found.length == 0 {
                at = at.wrapping_add(stride::<STEP>(at.wrapping_sub(passed)));
                continue;
            }
            // A longer one that begins a byte later is worth the byte.
            let next = at.wrapping_add(1);
            if found.length < LONGEST && next < last {
                let later = self.probe(input, next);
                if later.length > found.length {
                    (at, found) = (next, later);
                }
            }
            let back = same_before(input, at, found.from)
                .min(at.wrapping_sub(passed))
                .min(LONGEST.wrapping_sub(found.length));
            let begin = at.wrapping_sub(back);
            let literals = begin.wrapping_sub(passed);
            if literals >= LONG_RUN {
                return if self.sequences.is_empty() { begin } else { passed };
            }
            let length = found.length.wrapping_add(back);
            self.sequences.push(Sequence {
                literals: literals as u32,
                length: length as u16,
                distance: at.wrapping_sub(found.from).wrapping_sub(1) as u16,
            });
            passed = begin.wrapping_add(length);
            // The place behind was remembered when it was looked at.
            at = next.wrapping_add(1);
            while at < passed.min(last) {
                self.insert(word(input, at), at);
                at = at.wrapping_add(STEP);
            }
            at = passed;
            if self.sequences.len() >= MOST_SEQUENCES {
                return passed;
            }
        }
        input.len()
    }

    /// The longest match at `at`, which is remembered.
    #[inline(always)]
    fn probe(&mut self, input: &[u8], at: usize) -> Found {
        let word = word(input, at);
        let before = self.insert(word, at);
        let tag = tag(hash::<BYTES>(word));
        let (newer, older) = (before as u32, (before >> 32) as u32);
        // Both at once: seldom is either.
        let seen = (newer as u8 == tag) | (P::COUNT > 1 && older as u8 == tag);
        if !seen {
            return NONE;
        }
        let mut longest = NONE;
        if newer as u8 == tag {
            longest = compare::<BYTES>(input, word, at, newer);
        }
        if P::COUNT > 1 && older as u8 == tag {
            let other = compare::<BYTES>(input, word, at, older);
            if other.length > longest.length {
                longest = other;
            }
        }
        longest
    }

    #[inline(always)]
    fn insert(&mut self, word: u64, at: usize) -> u64 {
        let hash = hash::<BYTES>(word);
        self.places.swap(hash, (at as u32) << 8 | u32::from(tag(hash)))
    }
}

/// How far to go on after so many bytes without a match: at every byte, then at every second, then
/// fewer and fewer, since what does not compress should at least be passed fast. A matcher that
/// remembers little inside matches is in more of a hurry here too.
#[inline(always)]
fn stride<const STEP: usize>(passed: usize) -> usize {
    let hurry = if STEP > 8 { 4 } else { 5 };
    1 + (passed >> 2).min(1) + (passed >> hurry).min(14)
}

#[inline(always)]
fn hash<const BYTES: u32>(word: u64) -> u64 {
    (word << (64 - 8 * BYTES)).wrapping_mul(0x9e37_79b1_85eb_ca87)
}

/// The eight bits behind those of the index.
#[inline(always)]
fn tag(hash: u64) -> u8 {
    (hash >> 42) as u8
}

/// The match of `at` with the place in `entry`, if the first `BYTES` are the same.
#[inline(always)]
fn compare<const BYTES: u32>(input: &[u8], word_at: u64, at: usize, entry: u32) -> Found {
    let from = (entry >> 8) as usize;
    let different = word(input, from) ^ word_at;
    // An entry that was never written says 0, which is as good as any other place before.
    if different << (64 - 8 * BYTES) != 0 || at.wrapping_sub(from).wrapping_sub(1) >= WINDOW {
        return NONE;
    }
    let length = match different {
        0 => same(input, at, from),
        _ => (different.trailing_zeros() >> 3) as usize,
    };
    Found { from, length }
}

/// How many bytes are the same from `at` and `from` on, up to [`LONGEST`].
#[inline(always)]
fn same(input: &[u8], at: usize, from: usize) -> usize {
    let most = input.len().wrapping_sub(at).min(LONGEST);
    let (Some(here), Some(there)) =
        (input.get(at..at.wrapping_add(most)), input.get(from..from.wrapping_add(most)))
    else {
        return 0;
    };
    // 32 at a time, since most matches end within as many: where one ends then decides no branch.
    let ((here, here_rest), (there, there_rest)) = (here.as_chunks(), there.as_chunks());
    let mut length = 0_usize;
    for (here, there) in here.iter().zip(there) {
        let same = u8x32::new(*here).simd_eq(u8x32::new(*there)).to_bitmask();
        if same != u32::MAX {
            return length.wrapping_add(same.trailing_ones() as usize);
        }
        length = length.wrapping_add(32);
    }
    let rest = here_rest.iter().zip(there_rest).take_while(|(here, there)| here == there).count();
    length.wrapping_add(rest)
}

/// How many bytes are the same before `at` and `from`, up to eight.
#[inline(always)]
fn same_before(input: &[u8], at: usize, from: usize) -> usize {
    if from < 8 {
        return 0;
    }
    let different = word(input, at.wrapping_sub(8)) ^ word(input, from.wrapping_sub(8));
    (different.leading_zeros() >> 3) as usize
}

/// The eight bytes from `at` on. There are always as many: 0 is never given.
#[inline(always)]
fn word(input: &[u8], at: usize) -> u64 {
    input.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All sequences of `input`, and where blocks end.
    fn all<P: Places + Default, const BYTES: u32, const STEP: usize>(
        input: &[u8],
    ) -> (Vec<Sequence>, Vec<usize>) {
        let mut matcher = Matcher::<P, BYTES, STEP>::default();
        let (mut sequences, mut ends, mut start) = (Vec::new(), Vec::new(), 0);
        while start < input.len() {
            let (end, found) = matcher.find(input, start);
            assert!(start < end && end <= input.len());
            let mut at = start;
            for one in found {
                at += one.literals as usize;
                let (length, distance) = (usize::from(one.length), usize::from(one.distance) + 1);
                assert!((3..=LONGEST).contains(&length) && distance <= WINDOW && distance <= at);
                for place in at..at + length {
                    assert_eq!(input[place], input[place - distance]);
                }
                at += length;
            }
            assert!(at <= end);
            sequences.extend_from_slice(found);
            ends.push(end);
            start = end;
        }
        (sequences, ends)
    }

    fn each(input: &[u8]) -> [(Vec<Sequence>, Vec<usize>); 3] {
        [all::<One, 7, 16>(input), all::<One, 7, 4>(input), all::<Two, 6, 2>(input)]
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut seed = 3_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn a_run_is_matches_of_the_greatest_length_and_small_distance() {
        for (sequences, _) in each(&[b'x'; 2000]) {
            for one in &sequences[1..7] {
                assert_eq!((one.literals, one.length), (0, 258));
                assert!(one.distance < 16, "{one:?}");
            }
        }
    }

    #[test]
    fn the_window_is_32_kib_and_no_more() {
        let mark = b"a mark of some length";
        for (distance, within) in [(WINDOW, true), (WINDOW + 1, false)] {
            // Bytes without a match, but few enough to be looked at one by one.
            let mut input = mark.to_vec();
            input.resize(distance, b' ');
            input.extend_from_slice(mark);
            input.extend_from_slice(&noise(40));
            for (sequences, _) in each(&input) {
                let last = sequences.last().unwrap();
                assert_eq!(usize::from(last.distance) + 1 == WINDOW, within);
            }
        }
    }

    #[test]
    fn the_nearer_of_two_that_are_alike_and_the_longer_of_two_that_are_not() {
        let input = b"0123456789? 01234567! 0123456789? ............";
        let [one, _, two] = each(input);
        let first = |found: &(Vec<Sequence>, Vec<usize>)| usize::from(found.0[1].length);
        assert_eq!((first(&one), first(&two)), (9, 12));
        let input = b"0123456789abc? 0123456789abc! 0123456789abc- ............";
        for (sequences, _) in each(input) {
            assert_eq!(sequences[1].distance, 14);
        }
    }

    #[test]
    fn a_long_run_without_a_match_is_a_block_of_its_own() {
        let text = b"row after row after row, each like the one before it\n".repeat(20);
        let input = [&text[..], &noise(100_000), &text].concat();
        for (_, ends) in each(&input) {
            let [first, second, third] = ends[..] else { panic!("{ends:?}") };
            assert!(first.abs_diff(text.len()) < 80, "{first}");
            assert!(second.abs_diff(text.len() + 100_000) < 160, "{second}");
            assert_eq!(third, input.len());
        }
    }

    #[test]
    fn blocks_end_after_so_many_matches() {
        let words: Vec<Vec<u8>> = noise(8000).chunks(8).map(<[u8]>::to_vec).collect();
        let places = noise(30_000);
        let input: Vec<u8> = places
            .iter()
            .zip(noise(60_000).chunks(2))
            .flat_map(|(place, more)| [&words[usize::from(*place)][..], more].concat())
            .collect();
        for (sequences, ends) in each(&input) {
            assert!(sequences.len() > MOST_SEQUENCES && ends.len() > 1, "{}", sequences.len());
        }
    }

    proptest! {
        #[test]
        fn matches_are_what_they_say(
            bytes in prop::collection::vec(prop::sample::select(&b"abc\0"[..]), 0..800),
        ) {
            each(&bytes);
        }
    }
}
