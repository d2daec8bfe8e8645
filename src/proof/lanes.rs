//! SHA-256 of many messages at once: one in each lane of the widest registers.
//!
//! With AVX-512 a register holds a word of each of sixteen messages, turns bits by one instruction and
//! takes any function of three bits by another; and where the instructions for SHA-256 do one step of
//! one message, that does one of all sixteen. A compression takes less than half the time.
//!
//! Everything that has such an instruction in it is inlined into the one call of `vectorize`: code
//! elsewhere, in a closure or in a function of an array, is compiled for any processor, and calls a
//! function for each instruction.

use super::Hash;
use super::sha256::{Block, Message, START, State};
use pulp::NullaryFnOnce;
use pulp::x86::V4;
use std::arch::x86_64::__m512i;

/// A word of each of sixteen messages.
type Word = __m512i;

const LANES: usize = Lanes::MOST;

/// The constants of the rounds (FIPS 180-4 §4.2.2).
const CONSTANTS: [[u32; 16]; 4] = [
    [
        0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4,
        0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE,
        0x9BDC06A7, 0xC19BF174,
    ],
    [
        0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC,
        0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147,
        0x06CA6351, 0x14292967,
    ],
    [
        0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E,
        0x92722C85, 0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624,
        0xF40E3585, 0x106AA070,
    ],
    [
        0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F,
        0x682E6FF3, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB,
        0xBEF9A3F7, 0xC67178F2,
    ],
];

/// What a lane without a message works at.
const NOTHING: &Block = &[0; 64];

/// That the processor has what is needed.
#[derive(Debug, Clone, Copy)]
pub struct Lanes(V4);

impl Lanes {
    /// The most messages that are worked at together.
    pub const MOST: usize = 16;

    /// From so many messages on this is faster than two in turns.
    pub const LEAST: usize = 8;

    /// `None` where the processor lacks what is needed.
    pub fn new() -> Option<Self> {
        V4::try_new().map(Self)
    }

    /// The hashes of messages. It takes as long as if all were as long as the longest.
    pub fn messages(self, messages: &[Message<'_>], hashes: &mut [Hash]) {
        pulp::Simd::vectorize(self.0, Messages(self.0, messages, hashes));
    }

    /// The hashes of the nodes over pairs of hashes.
    pub fn nodes(self, pairs: &[[Hash; 2]], hashes: &mut [Hash]) {
        let pairs = pulp::bytemuck::cast_slice(pairs);
        pulp::Simd::vectorize(self.0, Nodes(self.0, pairs, hashes));
    }

    /// The HMACs of messages that end in one block, from the states behind the inner pad and the
    /// outer one.
    pub fn macs(self, (inner, outer): (&State, &State), blocks: &[Block], hashes: &mut [Hash]) {
        pulp::Simd::vectorize(self.0, Macs(self.0, [inner, outer], blocks, hashes));
    }
}

struct Messages<'a, 'b>(V4, &'a [Message<'b>], &'a mut [Hash]);

impl NullaryFnOnce for Messages<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(v, messages, hashes) = self;
        let mut state = all(v, &START);
        let steps = messages.iter().map(Message::count).max().unwrap_or(0);
        for step in 0..steps {
            let mut blocks = [NOTHING; LANES];
            let mut is_end = false;
            for (into, message) in blocks.iter_mut().zip(messages) {
                *into = message.block(step).unwrap_or(NOTHING);
                is_end |= message.count() == step + 1;
            }
            compress(v, &mut state, words_of(v, &blocks));
            if is_end {
                let found = hashes_of(v, &state);
                for ((into, hash), message) in hashes.iter_mut().zip(&found).zip(messages) {
                    if message.count() == step + 1 {
                        *into = *hash;
                    }
                }
            }
        }
    }
}

struct Nodes<'a>(V4, &'a [Block], &'a mut [Hash]);

impl NullaryFnOnce for Nodes<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(v, pairs, hashes) = self;
        let mut state = all(v, &START);
        let mut first = words_of(v, &lanes(pairs));
        // A byte 1 stands before the two hashes, which puts all behind it a byte further.
        let mut before = all_of(v, 1);
        for into in &mut first {
            let word = *into;
            let high = v.avx512f._mm512_slli_epi32::<24>(before);
            *into = v.avx512f._mm512_or_si512(high, v.avx512f._mm512_srli_epi32::<8>(word));
            before = word;
        }
        compress(v, &mut state, first);
        let high = v.avx512f._mm512_slli_epi32::<24>(before);
        let mut last = [all_of(v, 0); 16];
        last[0] = v.avx512f._mm512_or_si512(high, all_of(v, 0x0080_0000));
        last[15] = all_of(v, 65 * 8);
        compress(v, &mut state, last);
        put(hashes_of(v, &state), hashes);
    }
}

struct Macs<'a>(V4, [&'a State; 2], &'a [Block], &'a mut [Hash]);

impl NullaryFnOnce for Macs<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self(v, [inner, outer], blocks, hashes) = self;
        let mut state = all(v, inner);
        compress(v, &mut state, words_of(v, &lanes(blocks)));
        // The hash is what the second hashes, and stands in the registers as it must.
        let mut words = [all_of(v, 0); 16];
        words[..8].copy_from_slice(&state);
        words[8] = all_of(v, 0x8000_0000);
        words[15] = all_of(v, (64 + 32) * 8);
        let mut state = all(v, outer);
        compress(v, &mut state, words);
        put(hashes_of(v, &state), hashes);
    }
}

/// A block for each lane.
#[inline(always)]
fn lanes(blocks: &[Block]) -> [&Block; LANES] {
    let mut lanes = [NOTHING; LANES];
    for (into, block) in lanes.iter_mut().zip(blocks) {
        *into = block;
    }
    lanes
}

/// Takes as many hashes as are wanted.
#[inline(always)]
fn put(found: [Hash; LANES], hashes: &mut [Hash]) {
    for (into, hash) in hashes.iter_mut().zip(&found) {
        *into = *hash;
    }
}

/// One word in all lanes.
#[inline(always)]
fn all_of(v: V4, word: u32) -> Word {
    v.avx512f._mm512_set1_epi32(word as i32)
}

/// One state in all lanes.
#[inline(always)]
fn all(v: V4, state: &State) -> [Word; 8] {
    let mut out = [all_of(v, 0); 8];
    for (into, word) in out.iter_mut().zip(state) {
        *into = all_of(v, *word);
    }
    out
}

/// Takes a block of each message (FIPS 180-4 §6.2.2).
#[inline(always)]
fn compress(v: V4, state: &mut [Word; 8], mut words: [Word; 16]) {
    let mut next = *state;
    let [first, others @ ..] = &CONSTANTS;
    rounds::<false>(v, &mut next, &mut words, first);
    for constants in others {
        rounds::<true>(v, &mut next, &mut words, constants);
    }
    for (into, word) in state.iter_mut().zip(&next) {
        *into = v.avx512f._mm512_add_epi32(*into, *word);
    }
}

/// Sixteen rounds. Before each its word is made of those before, save in the first sixteen.
#[inline(always)]
fn rounds<const MAKES: bool>(
    v: V4,
    state: &mut [Word; 8],
    words: &mut [Word; 16],
    constants: &[u32; 16],
) {
    // Written out, so that every place is known and all stays in registers.
    macro_rules! each {
        ($($number:literal)*) => {
            $(
                if MAKES {
                    words[$number] = word::<$number>(v, words);
                }
                let added = all_of(v, constants[$number]);
                round::<$number>(v, state, v.avx512f._mm512_add_epi32(words[$number], added));
            )*
        };
    }
    each!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// The next word, which takes the place of the one that is sixteen before it.
#[inline(always)]
fn word<const NUMBER: usize>(v: V4, words: &[Word; 16]) -> Word {
    let at = const { [NUMBER, (NUMBER + 1) % 16, (NUMBER + 9) % 16, (NUMBER + 14) % 16] };
    let [old, x, middle, y] = [words[at[0]], words[at[1]], words[at[2]], words[at[3]]];
    let f = v.avx512f;
    let one = exclusive_or(
        v,
        f._mm512_ror_epi32::<7>(x),
        f._mm512_ror_epi32::<18>(x),
        f._mm512_srli_epi32::<3>(x),
    );
    let other = exclusive_or(
        v,
        f._mm512_ror_epi32::<17>(y),
        f._mm512_ror_epi32::<19>(y),
        f._mm512_srli_epi32::<10>(y),
    );
    f._mm512_add_epi32(f._mm512_add_epi32(old, middle), f._mm512_add_epi32(one, other))
}

/// One round. What the standard moves along stays where it is, and is looked for one place earlier
/// in each round.
#[inline(always)]
fn round<const NUMBER: usize>(v: V4, state: &mut [Word; 8], word: Word) {
    let at = const {
        let mut at = [0; 8];
        let mut place = 0;
        while place < 8 {
            at[place] = (16 + place - NUMBER) % 8;
            place += 1;
        }
        at
    };
    let [a, b, c, d] = [state[at[0]], state[at[1]], state[at[2]], state[at[3]]];
    let [e, f, g, h] = [state[at[4]], state[at[5]], state[at[6]], state[at[7]]];
    let x = v.avx512f;
    let of_e = exclusive_or(
        v,
        x._mm512_ror_epi32::<6>(e),
        x._mm512_ror_epi32::<11>(e),
        x._mm512_ror_epi32::<25>(e),
    );
    let of_a = exclusive_or(
        v,
        x._mm512_ror_epi32::<2>(a),
        x._mm512_ror_epi32::<13>(a),
        x._mm512_ror_epi32::<22>(a),
    );
    // Bits of f where e has ones, of g where it has zeros; those that two of three have.
    let choice = x._mm512_ternarylogic_epi32::<0xCA>(e, f, g);
    let majority = x._mm512_ternarylogic_epi32::<0xE8>(a, b, c);
    let sum = x._mm512_add_epi32(x._mm512_add_epi32(h, word), x._mm512_add_epi32(choice, of_e));
    state[at[3]] = x._mm512_add_epi32(d, sum);
    state[at[7]] = x._mm512_add_epi32(sum, x._mm512_add_epi32(of_a, majority));
}

#[inline(always)]
fn exclusive_or(v: V4, a: Word, b: Word, c: Word) -> Word {
    v.avx512f._mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

/// The words of sixteen blocks, each register one word of all.
#[inline(always)]
fn words_of(v: V4, blocks: &[&Block; LANES]) -> [Word; 16] {
    macro_rules! four {
        ($a:literal $b:literal $c:literal $d:literal) => {
            turn_words(
                v,
                [
                    swapped(v, pulp::cast(*blocks[$a])),
                    swapped(v, pulp::cast(*blocks[$b])),
                    swapped(v, pulp::cast(*blocks[$c])),
                    swapped(v, pulp::cast(*blocks[$d])),
                ],
            )
        };
    }
    let [a0, a1, a2, a3] = four!(0 1 2 3);
    let [b0, b1, b2, b3] = four!(4 5 6 7);
    let [c0, c1, c2, c3] = four!(8 9 10 11);
    let [d0, d1, d2, d3] = four!(12 13 14 15);
    let [w0, w4, w8, w12] = turn_quarters(v, [a0, b0, c0, d0]);
    let [w1, w5, w9, w13] = turn_quarters(v, [a1, b1, c1, d1]);
    let [w2, w6, w10, w14] = turn_quarters(v, [a2, b2, c2, d2]);
    let [w3, w7, w11, w15] = turn_quarters(v, [a3, b3, c3, d3]);
    [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15]
}

/// The hashes that states stand for.
#[inline(always)]
fn hashes_of(v: V4, state: &[Word; 8]) -> [Hash; LANES] {
    let [a, b, c, d, e, f, g, h] = *state;
    let [a, b, c, d] = [swapped(v, a), swapped(v, b), swapped(v, c), swapped(v, d)];
    let [e, f, g, h] = [swapped(v, e), swapped(v, f), swapped(v, g), swapped(v, h)];
    let [a0, a1, a2, a3] = turn_words(v, [a, b, c, d]);
    let [b0, b1, b2, b3] = turn_words(v, [e, f, g, h]);
    let [h0, h4, h8, h12] = turn_quarters(v, [a0, b0, a1, b1]);
    let [h2, h6, h10, h14] = turn_quarters(v, [a2, b2, a3, b3]);
    pulp::cast([h0, h2, h4, h6, h8, h10, h12, h14])
}

/// Words from big-endian bytes, or back.
#[inline(always)]
fn swapped(v: V4, word: Word) -> Word {
    const ORDER: [u8; 64] = {
        let mut order = [0; 64];
        let mut at = 0;
        while at < 64 {
            order[at] = (at as u8 % 16) ^ 3;
            at += 1;
        }
        order
    };
    v.avx512bw._mm512_shuffle_epi8(word, pulp::cast(ORDER))
}

/// In each quarter of four registers: rows of four words become columns.
#[inline(always)]
fn turn_words(v: V4, [a, b, c, d]: [Word; 4]) -> [Word; 4] {
    let x = v.avx512f;
    let (ab0, ab1) = (x._mm512_unpacklo_epi32(a, b), x._mm512_unpackhi_epi32(a, b));
    let (cd0, cd1) = (x._mm512_unpacklo_epi32(c, d), x._mm512_unpackhi_epi32(c, d));
    [
        x._mm512_unpacklo_epi64(ab0, cd0),
        x._mm512_unpackhi_epi64(ab0, cd0),
        x._mm512_unpacklo_epi64(ab1, cd1),
        x._mm512_unpackhi_epi64(ab1, cd1),
    ]
}

/// The quarters of four registers: rows become columns.
#[inline(always)]
fn turn_quarters(v: V4, [a, b, c, d]: [Word; 4]) -> [Word; 4] {
    let x = v.avx512f;
    let (ab0, ab1) = (x._mm512_shuffle_i32x4::<0x44>(a, b), x._mm512_shuffle_i32x4::<0xEE>(a, b));
    let (cd0, cd1) = (x._mm512_shuffle_i32x4::<0x44>(c, d), x._mm512_shuffle_i32x4::<0xEE>(c, d));
    [
        x._mm512_shuffle_i32x4::<0x88>(ab0, cd0),
        x._mm512_shuffle_i32x4::<0xDD>(ab0, cd0),
        x._mm512_shuffle_i32x4::<0x88>(ab1, cd1),
        x._mm512_shuffle_i32x4::<0xDD>(ab1, cd1),
    ]
}
