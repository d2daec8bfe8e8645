//! Blocks of one message for SHA-512 (FIPS 180-4 §6.4.2), with AVX-512.
//!
//! The rounds of a block depend on the blocks before it, the words that they take do not. So the words
//! of the next four blocks are made at once, a block in each lane of a register, between the rounds of
//! the four at hand: a processor works at both together. Without AVX-512, which turns bits by one
//! instruction, that is no faster.
//!
//! All is plain arithmetic, which the compiler turns into such instructions inside of `vectorize`.

use super::sha512::{Block, State};
use pulp::NullaryFnOnce;
use pulp::x86::V4;

/// Blocks whose words are made at once.
const LANES: usize = 4;

/// A word of each of so many blocks.
type Words = [u64; LANES];

/// Rounds of a block.
const ROUNDS: usize = 80;

/// The constants of the rounds (§4.2.3).
const CONSTANTS: [u64; ROUNDS] = [
    0x428A_2F98_D728_AE22,
    0x7137_4491_23EF_65CD,
    0xB5C0_FBCF_EC4D_3B2F,
    0xE9B5_DBA5_8189_DBBC,
    0x3956_C25B_F348_B538,
    0x59F1_11F1_B605_D019,
    0x923F_82A4_AF19_4F9B,
    0xAB1C_5ED5_DA6D_8118,
    0xD807_AA98_A303_0242,
    0x1283_5B01_4570_6FBE,
    0x2431_85BE_4EE4_B28C,
    0x550C_7DC3_D5FF_B4E2,
    0x72BE_5D74_F27B_896F,
    0x80DE_B1FE_3B16_96B1,
    0x9BDC_06A7_25C7_1235,
    0xC19B_F174_CF69_2694,
    0xE49B_69C1_9EF1_4AD2,
    0xEFBE_4786_384F_25E3,
    0x0FC1_9DC6_8B8C_D5B5,
    0x240C_A1CC_77AC_9C65,
    0x2DE9_2C6F_592B_0275,
    0x4A74_84AA_6EA6_E483,
    0x5CB0_A9DC_BD41_FBD4,
    0x76F9_88DA_8311_53B5,
    0x983E_5152_EE66_DFAB,
    0xA831_C66D_2DB4_3210,
    0xB003_27C8_98FB_213F,
    0xBF59_7FC7_BEEF_0EE4,
    0xC6E0_0BF3_3DA8_8FC2,
    0xD5A7_9147_930A_A725,
    0x06CA_6351_E003_826F,
    0x1429_2967_0A0E_6E70,
    0x27B7_0A85_46D2_2FFC,
    0x2E1B_2138_5C26_C926,
    0x4D2C_6DFC_5AC4_2AED,
    0x5338_0D13_9D95_B3DF,
    0x650A_7354_8BAF_63DE,
    0x766A_0ABB_3C77_B2A8,
    0x81C2_C92E_47ED_AEE6,
    0x9272_2C85_1482_353B,
    0xA2BF_E8A1_4CF1_0364,
    0xA81A_664B_BC42_3001,
    0xC24B_8B70_D0F8_9791,
    0xC76C_51A3_0654_BE30,
    0xD192_E819_D6EF_5218,
    0xD699_0624_5565_A910,
    0xF40E_3585_5771_202A,
    0x106A_A070_32BB_D1B8,
    0x19A4_C116_B8D2_D0C8,
    0x1E37_6C08_5141_AB53,
    0x2748_774C_DF8E_EB99,
    0x34B0_BCB5_E19B_48A8,
    0x391C_0CB3_C5C9_5A63,
    0x4ED8_AA4A_E341_8ACB,
    0x5B9C_CA4F_7763_E373,
    0x682E_6FF3_D6B2_B8A3,
    0x748F_82EE_5DEF_B2FC,
    0x78A5_636F_4317_2F60,
    0x84C8_7814_A1F0_AB72,
    0x8CC7_0208_1A64_39EC,
    0x90BE_FFFA_2363_1E28,
    0xA450_6CEB_DE82_BDE9,
    0xBEF9_A3F7_B2C6_7915,
    0xC671_78F2_E372_532B,
    0xCA27_3ECE_EA26_619C,
    0xD186_B8C7_21C0_C207,
    0xEADA_7DD6_CDE0_EB1E,
    0xF57D_4F7F_EE6E_D178,
    0x06F0_67AA_7217_6FBA,
    0x0A63_7DC5_A2C8_98A6,
    0x113F_9804_BEF9_0DAE,
    0x1B71_0B35_131C_471B,
    0x28DB_77F5_2304_7D84,
    0x32CA_AB7B_40C7_2493,
    0x3C9E_BE0A_15C9_BEBC,
    0x431D_67C4_9C10_0D4C,
    0x4CC5_D4BE_CB3E_42B6,
    0x597F_299C_FC65_7E2A,
    0x5FCB_6FAB_3AD6_FAEC,
    0x6C44_198C_4A47_5817,
];

/// Takes blocks, four at a time, and gives those that are left: all where the processor lacks what is
/// needed.
pub fn compress<'b>(state: &mut State, blocks: &'b [Block]) -> &'b [Block] {
    let Some(v) = V4::try_new() else { return blocks };
    let (groups, rest) = blocks.as_chunks();
    pulp::Simd::vectorize(v, Groups { state, groups });
    rest
}

struct Groups<'a> {
    state: &'a mut State,
    groups: &'a [[Block; LANES]],
}

impl NullaryFnOnce for Groups<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { state, groups } = self;
        let Some(first) = groups.first() else { return };
        let mut words = [[0; LANES]; ROUNDS];
        let mut added = [[[0; LANES]; ROUNDS]; 2];
        let [now, then] = &mut added;
        let (mut now, mut then) = (now, then);
        for place in 0..ROUNDS {
            make(first, &mut words, now, place);
        }
        for (number, group) in groups.iter().enumerate() {
            // The last makes words that nobody uses.
            let next = groups.get(number + 1).unwrap_or(group);
            for lane in 0..LANES {
                rounds(state, now, lane, next, &mut words, then);
            }
            std::mem::swap(&mut now, &mut then);
        }
    }
}

/// Makes the words with that number of some blocks, after all before, and the same with the round's
/// constant added.
#[inline(always)]
fn make(
    blocks: &[Block; LANES],
    words: &mut [Words; ROUNDS],
    added: &mut [Words; ROUNDS],
    place: usize,
) {
    let mut row = [0; LANES];
    if place < 16 {
        for lane in 0..LANES {
            row[lane] = u64::from_be_bytes(blocks[lane].as_chunks().0[place]);
        }
    } else if place < ROUNDS {
        let before = |back: usize| &words[place - back];
        let (two, seven, fifteen, sixteen) = (before(2), before(7), before(15), before(16));
        for lane in 0..LANES {
            let (x, y) = (fifteen[lane], two[lane]);
            let one = x.rotate_right(1) ^ x.rotate_right(8) ^ (x >> 7);
            let other = y.rotate_right(19) ^ y.rotate_right(61) ^ (y >> 6);
            row[lane] =
                sixteen[lane].wrapping_add(one).wrapping_add(seven[lane]).wrapping_add(other);
        }
    } else {
        return;
    }
    words[place] = row;
    let mut sum = [0; LANES];
    for lane in 0..LANES {
        sum[lane] = row[lane].wrapping_add(CONSTANTS[place]);
    }
    added[place] = sum;
}

/// The rounds of the block in `lane`, and between them a quarter of the words of the next blocks.
#[inline(always)]
fn rounds(
    state: &mut State,
    now: &[Words; ROUNDS],
    lane: usize,
    next: &[Block; LANES],
    words: &mut [Words; ROUNDS],
    then: &mut [Words; ROUNDS],
) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    let mut b_or_c = b ^ c;
    for number in 0..ROUNDS / 16 {
        macro_rules! sum {
            ($first:expr $(, $part:expr)*) => { $first$(.wrapping_add($part))* };
        }
        macro_rules! round {
            ($number:literal: $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
                let of_e = $e.rotate_right(14) ^ $e.rotate_right(18) ^ $e.rotate_right(41);
                let of_a = $a.rotate_right(28) ^ $a.rotate_right(34) ^ $a.rotate_right(39);
                let known = $h.wrapping_add(now[16 * number + $number][lane]);
                // Bits of f where e has ones, of g where it has zeros.
                let (ones, zeros) = ($e & $f, !$e & $g);
                // Those that two of three have; what b and c differ in was found a round before.
                let a_or_b = $a ^ $b;
                let majority = (a_or_b & b_or_c) ^ $b;
                b_or_c = a_or_b;
                // Two sums with the same parts: through one for both, the next round waits longer.
                $d = sum!($d, known, of_e, ones, zeros);
                $h = sum!(known, ones, zeros, of_a, of_e, majority);
            };
        }
        // Eight rounds bring each word of the state back to its place.
        macro_rules! eight {
            ($place:expr, $i:literal $j:literal $k:literal $l:literal $m:literal $n:literal $o:literal $p:literal) => {
                round!($i: a b c d e f g h);
                round!($j: h a b c d e f g);
                make(next, words, then, $place);
                round!($k: g h a b c d e f);
                round!($l: f g h a b c d e);
                round!($m: e f g h a b c d);
                round!($n: d e f g h a b c);
                make(next, words, then, $place + 1);
                round!($o: c d e f g h a b);
                round!($p: b c d e f g h a);
            };
        }
        let place = ROUNDS / LANES * lane + 4 * number;
        eight!(place, 0 1 2 3 4 5 6 7);
        eight!(place + 2, 8 9 10 11 12 13 14 15);
    }
    for (into, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *into = into.wrapping_add(word);
    }
}
