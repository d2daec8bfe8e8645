//! Prefix codes of least length (RFC 1951 §3.2.2), from how often each symbol occurs.

/// The most symbols of an alphabet: those of literals and lengths.
pub const MOST_SYMBOLS: usize = 286;

/// The most bits of a code.
pub const MOST_BITS: usize = 15;

/// The length of each symbol's code, at most `limit` bits; zero for a symbol that does not occur.
///
/// The code is complete where two symbols or more occur. One alone gets one bit, and none at all
/// leaves no code: for distances, both are as the RFC has them.
pub fn lengths<const N: usize>(counts: &[u32; N], limit: usize) -> [u8; N] {
    let mut lengths = [0; N];
    // The rarest first, each with its symbol in the lowest bits: no two are equal.
    let mut leaves = [0_u64; MOST_SYMBOLS];
    let mut many = 0;
    for (symbol, &count) in counts.iter().enumerate() {
        if let (1.., Some(leaf)) = (count, leaves.get_mut(many)) {
            *leaf = u64::from(count) << 16 | symbol as u64;
            many += 1;
        }
    }
    let leaves = leaves.get_mut(..many).unwrap_or_default();
    leaves.sort_unstable();
    let mut of_length = numbers(leaves, limit);
    limit_to(&mut of_length, limit);
    // The rarest get the longest codes.
    let mut length = limit;
    for leaf in leaves {
        while of_length.get(length) == Some(&0) {
            length -= 1;
        }
        if let Some(left) = of_length.get_mut(length) {
            *left -= 1;
        }
        if let Some(place) = lengths.get_mut((*leaf & 0xffff) as usize) {
            *place = length as u8;
        }
    }
    lengths
}

/// How many codes of each length Huffman's method gives; those longer than `limit` count as that.
fn numbers(leaves: &[u64], limit: usize) -> [u32; MOST_BITS + 1] {
    const NODES: usize = 2 * MOST_SYMBOLS;
    let mut of_length = [0; MOST_BITS + 1];
    let many = leaves.len();
    if many < 2 {
        of_length[1] = many as u32;
        return of_length;
    }
    // Leaves, then the nodes above them in the order in which they are made, which is that of
    // their weights: the two lightest stand at the heads of two queues.
    let (mut weights, mut parents) = ([0_u64; NODES], [0_u16; NODES]);
    for (weight, leaf) in weights.iter_mut().zip(leaves) {
        *weight = leaf >> 16;
    }
    let (mut leaf, mut node) = (0, many);
    let at = |weights: &[u64; NODES], index: usize| weights.get(index).copied().unwrap_or_default();
    for next in many..2 * many - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            let is_leaf = leaf < many && (node == next || at(&weights, leaf) <= at(&weights, node));
            let taken = if is_leaf { &mut leaf } else { &mut node };
            weight += at(&weights, *taken);
            if let Some(parent) = parents.get_mut(*taken) {
                *parent = next as u16;
            }
            *taken += 1;
        }
        if let Some(place) = weights.get_mut(next) {
            *place = weight;
        }
    }
    // From the root, which is the last, down.
    let mut depths = [0_u16; NODES];
    for index in (0..2 * many - 2).rev() {
        let parent = usize::from(parents.get(index).copied().unwrap_or_default());
        let depth = depths.get(parent).map_or(1, |depth| depth + 1);
        if let Some(place) = depths.get_mut(index) {
            *place = depth;
        }
        if let (true, Some(number)) =
            (index < many, of_length.get_mut(usize::from(depth).min(limit)))
        {
            *number += 1;
        }
    }
    of_length
}

/// Codes that were cut to `limit` bits take more than there is: as long as they do, one of them
/// goes beside a shorter code, and both become one bit longer than that was.
fn limit_to(of_length: &mut [u32; MOST_BITS + 1], limit: usize) {
    // In units of the longest code.
    let mut taken: u32 =
        of_length.iter().enumerate().skip(1).take(limit).map(|(l, n)| n << (limit - l)).sum();
    while taken > 1 << limit {
        let Some(length) = (1..limit).rev().find(|&length| of_length[length] > 0) else { return };
        of_length[limit] -= 1;
        of_length[length] -= 1;
        of_length[length + 1] += 2;
        taken -= 1;
    }
}

/// The codes of symbols with these lengths, the first bit the lowest.
pub fn codes<const N: usize>(lengths: &[u8; N]) -> [u16; N] {
    let mut of_length = [0_u16; MOST_BITS + 1];
    for &length in lengths.iter().filter(|&&length| length > 0) {
        if let Some(number) = of_length.get_mut(usize::from(length)) {
            *number += 1;
        }
    }
    let mut next = [0_u16; MOST_BITS + 1];
    let mut code = 0_u16;
    for (first, number) in next.iter_mut().zip(of_length).skip(1) {
        // The code of the length before, and one bit. A complete code ends at 2^length.
        *first = code;
        code = code.wrapping_add(number).wrapping_mul(2);
    }
    let mut codes = [0; N];
    for (code, &length) in codes.iter_mut().zip(lengths) {
        if let (1..=15, Some(next)) = (length, next.get_mut(usize::from(length))) {
            *code = next.reverse_bits() >> (16 - length);
            *next = next.wrapping_add(1);
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    /// What the best code without a limit takes: the sum of all nodes above the leaves.
    fn least_bits(counts: &[u32]) -> u64 {
        let used = counts.iter().filter(|&&count| count > 0);
        let mut heap: BinaryHeap<_> = used.map(|&count| Reverse(u64::from(count))).collect();
        let mut bits = 0;
        while let (Some(Reverse(one)), Some(Reverse(two))) = (heap.pop(), heap.pop()) {
            bits += one + two;
            heap.push(Reverse(one + two));
        }
        bits
    }

    /// Checks the code and gives how many bits it takes.
    fn check<const N: usize>(counts: &[u32; N], limit: usize) -> u64 {
        let lengths = lengths(counts, limit);
        let codes = codes(&lengths);
        let mut taken = 0_u32;
        for (symbol, &length) in lengths.iter().enumerate() {
            assert_eq!(length > 0, counts[symbol] > 0);
            assert!(usize::from(length) <= limit);
            taken += if length > 0 { 1 << (15 - length) } else { 0 };
            for other in 0..symbol {
                let shorter = length.min(lengths[other]);
                let mask = (1_u32 << shorter) - 1;
                let same = u32::from(codes[symbol] ^ codes[other]) & mask == 0;
                assert!(shorter == 0 || !same, "{symbol} and {other}");
                // The rarer of two is not the shorter.
                if length > 0 && lengths[other] > length {
                    assert!(counts[other] <= counts[symbol]);
                }
            }
        }
        match counts.iter().filter(|&&count| count > 0).count() {
            0 => assert_eq!(taken, 0),
            1 => assert_eq!(taken, 1 << 14),
            _ => assert_eq!(taken, 1 << 15),
        }
        counts
            .iter()
            .zip(lengths)
            .map(|(&count, length)| u64::from(count) * u64::from(length))
            .sum()
    }

    #[test]
    fn limits_bite_and_the_code_stays_complete() {
        let (mut one, mut two) = (1_u32, 3_u32);
        let counts: [u32; 30] = std::array::from_fn(|_| {
            let count = one;
            (one, two) = (two, one + two);
            count
        });
        let free = least_bits(&counts);
        for limit in [5, 7, 14, 15] {
            let bits = check(&counts, limit);
            assert!(bits > free);
            // Cut to 14 bits, it costs less than a hundredth.
            assert!(limit < 14 || (bits - free) * 100 < free, "{bits} of {free}");
        }
        assert_eq!(lengths(&[1_u32; 19], 5).iter().max(), Some(&5));
    }

    #[test]
    fn the_example_of_the_standard() {
        // RFC 1951 §3.2.2: A to H have these lengths.
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let shown = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
        for (code, shown) in codes.iter().zip(shown) {
            let reversed: String = shown.chars().rev().collect();
            assert_eq!(u16::from_str_radix(&reversed, 2).unwrap(), *code);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn codes_are_as_short_as_can_be(
            counts in prop::array::uniform32(prop_oneof![Just(0), 0..9_u32, any::<u32>().prop_map(|n| n >> 8)]),
            limit in 5..=15_usize,
        ) {
            let bits = check(&counts, limit);
            let free = least_bits(&counts);
            if lengths(&counts, 15).iter().all(|&length| usize::from(length) < limit)
                && counts.iter().filter(|&&count| count > 0).count() > 1
            {
                prop_assert_eq!(bits, free);
            }
        }
    }
}
