//! Deflate blocks (RFC 1951 §3.2.3) from literals and matches: stored, with the fixed codes or with
//! codes of their own, whichever is shortest.

use super::bits::{Bits, Left};
use super::header::Header;
use super::huffman::{codes, lengths};
use super::matches::{LONGEST, Matcher, One, Places, SEGMENT, Sequence, Two};
use crate::error::{Error, Result};

/// Compresses blocks of levels 0 to 3.
#[derive(Debug)]
pub enum Encoder {
    /// Level 0: bytes as they are. (How zlib cuts them depends on the room that it is given.)
    Stored,
    /// Level 1: few of the places are remembered.
    Fastest(Matcher<One, 7, 16>),
    /// Level 2.
    Faster(Matcher<One, 7, 4>),
    /// Level 3: two places of each hash are tried.
    Fast(Matcher<Two, 6, 2>),
}

impl Encoder {
    /// That of `level`, if there is one.
    pub fn new(level: u32) -> Option<Self> {
        match level {
            0 => Some(Self::Stored),
            1 => Some(Self::Fastest(Matcher::default())),
            2 => Some(Self::Faster(Matcher::default())),
            3 => Some(Self::Fast(Matcher::default())),
            _ => None,
        }
    }

    /// Appends `input` as deflate blocks, none of them final, and an empty stored block.
    ///
    /// # Errors
    /// Of kind `Internal` if a block has not the length that was worked out before, which it always
    /// has.
    pub fn block(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let left = match self {
            Self::Stored => stored(input, Left::default(), out),
            Self::Fastest(matcher) => blocks(matcher, input, out),
            Self::Faster(matcher) => blocks(matcher, input, out),
            Self::Fast(matcher) => blocks(matcher, input, out),
        }?;
        append(out, left.until_stored(), left, |bits| {
            bits.put(STORED, 3);
            bits.align();
        })?;
        out.extend_from_slice(&super::FLUSH);
        Ok(())
    }
}

fn blocks<P: Places, const BYTES: u32, const STEP: usize>(
    matcher: &mut Matcher<P, BYTES, STEP>,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<Left> {
    let mut left = Left::default();
    for segment in input.chunks(SEGMENT) {
        matcher.clear();
        let mut start = 0;
        while start < segment.len() {
            let (end, sequences) = matcher.find(segment, start);
            let Some(text) = segment.get(start..end) else { break };
            left = block(text, sequences, left, out)?;
            start = end;
        }
    }
    Ok(left)
}

/// The two bits of a block's type, after the bit that says it is the last.
const STORED: u64 = 0b00 << 1;
const FIXED: u64 = 0b01 << 1;

/// The symbol that ends a block; those of lengths follow.
const END: usize = 256;

/// The most bits of a literal's code: four of them and what was left fill a word.
const LITERAL_BITS: usize = 14;

/// The most bytes of a stored block.
const MOST_STORED: usize = 0xffff;

type LiteralCounts = [u32; 286];
type DistanceCounts = [u32; 30];

/// Appends `length` bits that `write` gives.
fn append(
    out: &mut Vec<u8>,
    length: u64,
    left: Left,
    write: impl FnOnce(&mut Bits),
) -> Result<Left> {
    let at = out.len();
    // Words of eight bytes are stored, of which the last are not whole.
    out.resize(at + (length / 8) as usize + 24, 0);
    let mut bits = Bits::new(out, at, left);
    write(&mut bits);
    let (end, new) = bits.finish();
    out.truncate(end);
    // What is written has room only if its length is known.
    if end.saturating_sub(at) as u64 * 8 + new.count() == left.count() + length {
        Ok(new)
    } else {
        Err(Error::internal("a deflate block has not the length that was worked out"))
    }
}

/// Appends one block.
#[inline(never)]
fn block(input: &[u8], sequences: &[Sequence], left: Left, out: &mut Vec<u8>) -> Result<Left> {
    let (literals, distances) = count(input, sequences);
    let literal_lengths = lengths(&literals, LITERAL_BITS);
    let distance_lengths = lengths(&distances, 15);
    let header = Header::new(&literal_lengths, &distance_lengths);
    let extra = extra_bits(&literals, &distances);
    let fixed = 3 + extra + bits_of(&literals, &FIXED_LITERALS) + bits_of(&distances, &[5; 30]);
    let dynamic = header.bits()
        + extra
        + bits_of(&literals, &literal_lengths)
        + bits_of(&distances, &distance_lengths);
    if stored_bits(input, left) <= fixed.min(dynamic) {
        stored(input, left, out)
    } else if fixed <= dynamic {
        append(out, fixed, left, |bits| {
            bits.put(FIXED, 3);
            Codes::new(&FIXED_LITERALS, &[5; 30]).write(input, sequences, bits);
        })
    } else {
        append(out, dynamic, left, |bits| {
            header.write(bits);
            Codes::new(&literal_lengths, &distance_lengths).write(input, sequences, bits);
        })
    }
}

/// How many bits the stored blocks of `input` have.
fn stored_bits(input: &[u8], left: Left) -> u64 {
    let parts = input.len().div_ceil(MOST_STORED) as u64;
    left.until_stored() + (40 * parts).saturating_sub(8) + 8 * input.len() as u64
}

/// Appends `input` in stored blocks.
fn stored(input: &[u8], left: Left, out: &mut Vec<u8>) -> Result<Left> {
    if input.is_empty() {
        return Ok(left);
    }
    append(out, stored_bits(input, left), left, |bits| {
        for part in input.chunks(MOST_STORED) {
            let length = part.len() as u16;
            bits.put(STORED, 3);
            bits.align();
            bits.bytes(&length.to_le_bytes());
            bits.bytes(&(!length).to_le_bytes());
            bits.bytes(part);
        }
    })
}

/// The lengths of the fixed codes (§3.2.6), with two that never occur but have their place.
const FIXED_LITERALS: [u8; 288] = {
    let mut lengths = [8; 288];
    let mut symbol = 144;
    while symbol < 280 {
        lengths[symbol] = if symbol < END { 9 } else { 7 };
        symbol += 1;
    }
    lengths
};

/// The symbols of lengths, their least lengths, and how many bits follow (§3.2.5).
const LENGTHS: [(u16, u8); 29] = {
    let mut table = [(0, 0); 29];
    let (mut symbol, mut length) = (0, 3);
    while symbol < 28 {
        let extra = if symbol < 8 { 0 } else { symbol / 4 - 1 };
        table[symbol] = (length, extra as u8);
        length += 1 << extra;
        symbol += 1;
    }
    table[28] = (LONGEST as u16, 0);
    table
};

/// The symbol of each length from three on.
static LENGTH_SYMBOLS: [u8; 256] = {
    let mut symbols = [0; 256];
    let mut symbol = 0;
    while symbol < 29 {
        let mut length = LENGTHS[symbol].0 as usize;
        while length <= LONGEST {
            symbols[length - 3] = symbol as u8;
            length += 1;
        }
        symbol += 1;
    }
    symbols
};

/// The place of a match's length in tables that begin with three.
#[inline(always)]
fn length_index(sequence: Sequence) -> usize {
    usize::from(sequence.length).wrapping_sub(3) & 0xff
}

/// The symbol of a distance, of which one less is given, and how many bits follow.
#[inline(always)]
fn distance_symbol(distance: u16) -> (usize, u32) {
    let distance = u32::from(distance);
    // Two symbols for each power of two from two on.
    let power = (distance | 1).ilog2();
    let extra = power.saturating_sub(1);
    let symbol = (distance >> extra).wrapping_add(extra << 1);
    (symbol as usize & 31, extra)
}

/// Bits that follow a distance's symbol.
const fn distance_extra(symbol: usize) -> u8 {
    (symbol / 2).saturating_sub(1) as u8
}

/// How often each symbol occurs.
#[inline(always)]
fn count(input: &[u8], sequences: &[Sequence]) -> (LiteralCounts, DistanceCounts) {
    // Four tables, so that the counts of neighbours that are the same do not wait for each other;
    // the last place is for none.
    let mut bytes = [[0_u32; 257]; 4];
    let mut lengths = [0_u32; 256];
    let mut distances = [0_u32; 32];
    let mut add = |literals: &[u8]| {
        let (fours, rest) = literals.as_chunks::<4>();
        for four in fours {
            for (bytes, &byte) in bytes.iter_mut().zip(four) {
                let count = &mut bytes[usize::from(byte)];
                *count = count.wrapping_add(1);
            }
        }
        for (place, bytes) in bytes.iter_mut().take(3).enumerate() {
            let count = &mut bytes[rest.get(place).map_or(256, |&byte| usize::from(byte))];
            *count = count.wrapping_add(1);
        }
    };
    let mut rest = input;
    for sequence in sequences {
        let (literals, after) = split(rest, *sequence);
        add(literals);
        rest = after;
        let length = &mut lengths[length_index(*sequence)];
        *length = length.wrapping_add(1);
        let distance = &mut distances[distance_symbol(sequence.distance).0];
        *distance = distance.wrapping_add(1);
    }
    add(rest);
    let mut counts = [0_u32; 286];
    for (byte, count) in counts.iter_mut().take(256).enumerate() {
        *count = bytes.iter().map(|bytes| bytes[byte]).sum();
    }
    counts[END] = 1;
    for (length, &number) in lengths.iter().enumerate() {
        if let Some(count) = counts.get_mut(END + 1 + usize::from(LENGTH_SYMBOLS[length])) {
            *count += number;
        }
    }
    let mut used = [0; 30];
    used.copy_from_slice(&distances[..30]);
    (counts, used)
}

/// The literals of a sequence, and what stands behind its match.
#[inline(always)]
fn split(rest: &[u8], sequence: Sequence) -> (&[u8], &[u8]) {
    let (literals, rest) = rest.split_at_checked(sequence.literals as usize).unwrap_or((rest, &[]));
    (literals, rest.get(usize::from(sequence.length)..).unwrap_or_default())
}

/// Bits that follow the symbols of lengths and distances.
fn extra_bits(literals: &LiteralCounts, distances: &DistanceCounts) -> u64 {
    let lengths = literals.iter().skip(END + 1).zip(LENGTHS);
    let lengths = lengths.map(|(&count, (_, extra))| u64::from(count) * u64::from(extra));
    let distances = distances.iter().enumerate();
    let distances = distances.map(|(symbol, &count)| (u64::from(count), distance_extra(symbol)));
    lengths.sum::<u64>() + distances.map(|(count, extra)| count * u64::from(extra)).sum::<u64>()
}

/// Bits of the symbols themselves.
fn bits_of(counts: &[u32], lengths: &[u8]) -> u64 {
    counts.iter().zip(lengths).map(|(&count, &length)| u64::from(count) * u64::from(length)).sum()
}

/// A code and how many bits it has, in the lowest eight.
type Code = u32;

fn code(bits: u32, length: u32) -> Code {
    bits << 8 | length
}

/// All codes of a block, those of lengths with the bits that follow.
struct Codes {
    /// The last has no bits.
    literals: [Code; 257],
    end: Code,
    lengths: [Code; 256],
    distances: [Code; 32],
}

impl Codes {
    fn new<const N: usize>(literal_lengths: &[u8; N], distance_lengths: &[u8; 30]) -> Self {
        let all = codes(literal_lengths);
        let all: [Code; N] =
            std::array::from_fn(|symbol| code(all[symbol].into(), literal_lengths[symbol].into()));
        let of_distances = codes(distance_lengths);
        let mut literals = [0; 257];
        literals[..END].copy_from_slice(&all[..END]);
        let lengths = std::array::from_fn(|index| {
            let symbol = usize::from(LENGTH_SYMBOLS[index]);
            let (least, extra) = LENGTHS[symbol];
            let known = all[END + 1 + symbol];
            let more = (index as u32 + 3).wrapping_sub(least.into());
            code(known >> 8 | more << (known & 0xff), (known & 0xff) + u32::from(extra))
        });
        let mut distances = [0; 32];
        for ((place, bits), length) in distances.iter_mut().zip(of_distances).zip(distance_lengths)
        {
            *place = code(bits.into(), u32::from(*length));
        }
        Self { literals, end: all[END], lengths, distances }
    }

    #[inline(always)]
    fn write(&self, input: &[u8], sequences: &[Sequence], bits: &mut Bits) {
        let put = |bits: &mut Bits, code: Code| bits.put((code >> 8).into(), code & 0xff);
        let literal = |byte: u8| self.literals[usize::from(byte)];
        let write = |bits: &mut Bits, literals: &[u8]| {
            let (fours, rest) = literals.as_chunks::<4>();
            for four in fours {
                for &byte in four {
                    put(bits, literal(byte));
                }
                bits.flush();
            }
            // Three more or none: a loop whose end cannot be foretold would cost more.
            for place in 0..3 {
                put(bits, rest.get(place).map_or(self.literals[256], |&byte| literal(byte)));
            }
            bits.flush();
        };
        let mut rest = input;
        bits.flush();
        for sequence in sequences {
            let (literals, after) = split(rest, *sequence);
            write(bits, literals);
            rest = after;
            put(bits, self.lengths[length_index(*sequence)]);
            let (symbol, extra) = distance_symbol(sequence.distance);
            put(bits, self.distances[symbol]);
            bits.put(u64::from(sequence.distance) & ((1 << extra) - 1), extra);
            bits.flush();
        }
        write(bits, rest);
        put(bits, self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes one block, and has it read.
    fn written(input: &[u8], sequences: &[Sequence]) -> Vec<u8> {
        let mut out = Vec::new();
        let left = block(input, sequences, Left::default(), &mut out).unwrap();
        let last = append(&mut out, 10, left, |bits| bits.put(0b011, 10)).unwrap();
        append(&mut out, (8 - last.count()) % 8, last, |bits| bits.align()).unwrap();
        assert!(miniz_oxide::inflate::decompress_to_vec(&out).unwrap() == input);
        let mut plain = flate2::Decompress::new(false);
        let mut back = Vec::with_capacity(input.len() + 1);
        plain.decompress_vec(&out, &mut back, flate2::FlushDecompress::Finish).unwrap();
        assert!(back == input);
        out
    }

    #[test]
    fn symbols_of_lengths_and_distances_are_those_of_the_standard() {
        for (length, symbol) in [(3, 0), (10, 7), (11, 8), (12, 8), (13, 9), (66, 19), (67, 20)] {
            assert_eq!(LENGTH_SYMBOLS[length - 3], symbol);
        }
        assert_eq!((LENGTH_SYMBOLS[254], LENGTH_SYMBOLS[255]), (27, 28));
        assert_eq!(LENGTHS[27], (227, 5));
        let distances = [1, 2, 4, 5, 6, 7, 9, 192, 193, 24_576, 24_577, 32_768_u32];
        let symbols = [0, 1, 3, 4, 4, 5, 6, 14, 15, 28, 29, 29];
        for (distance, symbol) in distances.iter().zip(symbols) {
            let (found, extra) = distance_symbol((distance - 1) as u16);
            assert_eq!(found, symbol, "{distance}");
            assert_eq!(extra, u32::from(distance_extra(symbol)));
        }
    }

    /// Each symbol so often (1, 3, 4, 7, 11 …) that the best code has one of each length.
    fn skewed(symbols: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let (mut one, mut two) = (1, 3);
        for symbol in 0..symbols {
            all.extend(std::iter::repeat_n(symbol, one));
            (one, two) = (two, one + two);
        }
        all
    }

    #[test]
    fn codes_of_literals_are_cut_to_their_limit() {
        let input: Vec<u8> = skewed(20).iter().map(|&symbol| symbol as u8).collect();
        let (counts, _) = count(&input, &[]);
        assert_eq!(lengths(&counts, LITERAL_BITS).iter().max(), Some(&14));
        assert!(lengths(&counts, 15).contains(&15));
        written(&input, &[]);
    }

    #[test]
    fn codes_of_lengths_and_distances_are_cut_to_their_limit() {
        // Among bytes that are all the same, every length and distance is a match.
        let sequences: Vec<Sequence> = skewed(20)
            .iter()
            .map(|&symbol| Sequence {
                literals: 0,
                length: LENGTHS[symbol].0,
                distance: ((2 + symbol % 2) << (symbol / 2 + 1) >> 2) as u16,
            })
            .collect();
        let start = Sequence { literals: 40_000, ..sequences[0] };
        let sequences = [&[start][..], &sequences].concat();
        let length: usize =
            sequences.iter().map(|one| one.literals as usize + usize::from(one.length)).sum();
        let input = vec![b'.'; length];
        let (counts, distances) = count(&input, &sequences);
        assert_eq!(lengths(&counts, LITERAL_BITS).iter().max(), Some(&14));
        assert_eq!(lengths(&distances, 15).iter().max(), Some(&15));
        written(&input, &sequences);
    }

    #[test]
    fn a_block_of_each_kind_has_the_length_that_was_foreseen() {
        for input in [&b""[..], b"a", b"abc", &[1; 300], &[255; 9], &(0..=255).collect::<Vec<u8>>()]
        {
            written(input, &[]);
        }
        // All 288 symbols of the fixed code have their place, though two never occur.
        let input: Vec<u8> = (140..150).collect();
        assert_eq!(written(&input, &[])[0] >> 1 & 3, 1);
    }

    proptest! {
        #[test]
        fn any_sequences_among_equal_bytes(
            sequences in prop::collection::vec((0..40_u32, 3..=258_u16, 0..1_u32 << 15), 0..200),
        ) {
            let mut known = 0;
            let sequences: Vec<Sequence> = sequences
                .into_iter()
                .map(|(literals, length, distance)| {
                    known += literals as usize;
                    let literals = if known == 0 { 1 } else { literals };
                    known = known.max(1);
                    let distance = distance % (known as u32).min(1 << 15);
                    known += usize::from(length);
                    Sequence { literals, length, distance: distance as u16 }
                })
                .collect();
            written(&vec![b'.'; known + 5], &sequences);
        }

        #[test]
        fn any_bytes_as_literals(
            mut input in prop::collection::vec(any::<u8>(), 0..600), narrow in 0..8_u8,
        ) {
            for byte in &mut input {
                *byte >>= narrow;
            }
            written(&input, &[]);
        }
    }
}
