//! What stands before the symbols of a block with codes of its own (RFC 1951 §3.2.7): the lengths
//! of the codes, written with a third code.

use super::bits::Bits;
use super::huffman::{codes, lengths};

/// In which order the lengths of the third code stand, those least used last.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The length before again, three to six times.
const REPEAT: u8 = 16;
/// Zero, three to ten times.
const ZEROS: u8 = 17;
/// Zero, 11 to 138 times.
const MANY_ZEROS: u8 = 18;

/// Bits that follow a symbol.
const fn extra(symbol: u8) -> u8 {
    match symbol {
        REPEAT => 2,
        ZEROS => 3,
        MANY_ZEROS => 7,
        _ => 0,
    }
}

/// A header, ready to be written.
#[derive(Debug)]
pub struct Header {
    /// How many lengths are told of literals and lengths, and of distances.
    literals: usize,
    distances: usize,
    /// Symbols of the third code, and the bits that follow each.
    symbols: Vec<(u8, u8)>,
    /// The lengths of the third code, of which `told` are told.
    lengths: [u8; 19],
    told: usize,
}

impl Header {
    /// The header for codes of these lengths.
    pub fn new(literal_lengths: &[u8; 286], distance_lengths: &[u8; 30]) -> Self {
        let used = |lengths: &[u8]| lengths.iter().rposition(|&l| l > 0).map_or(0, |last| last + 1);
        let literals = used(literal_lengths).max(257);
        let distances = used(distance_lengths).max(1);
        let mut symbols = Vec::with_capacity(literals + distances);
        let all = literal_lengths.iter().take(literals);
        let all: Vec<u8> = all.chain(distance_lengths.iter().take(distances)).copied().collect();
        for run in all.chunk_by(PartialEq::eq) {
            push_run(&mut symbols, run.first().copied().unwrap_or_default(), run.len());
        }
        let mut counts = [0; 19];
        for &(symbol, _) in &symbols {
            if let Some(count) = counts.get_mut(usize::from(symbol)) {
                *count += 1;
            }
        }
        // Two symbols at least, for 257 lengths that are all the same would make no code, so that
        // this one is complete, as readers require.
        let lengths: [u8; 19] = lengths(&counts, 7);
        let told = ORDER.iter().rposition(|&symbol| lengths[symbol] > 0);
        let told = told.map_or(4, |last| last + 1).max(4);
        Self { literals, distances, symbols, lengths, told }
    }

    /// How many bits it has, those of the block's type among them.
    pub fn bits(&self) -> u64 {
        let of = |symbol: u8| self.lengths.get(usize::from(symbol)).copied().unwrap_or_default();
        let bits = |symbol| u64::from(of(symbol)) + u64::from(extra(symbol));
        let symbols: u64 = self.symbols.iter().map(|&(symbol, _)| bits(symbol)).sum();
        17 + 3 * self.told as u64 + symbols
    }

    /// Writes it, with the block's type.
    pub fn write(&self, bits: &mut Bits) {
        bits.put(0b10 << 1, 3);
        bits.put(self.literals as u64 - 257, 5);
        bits.put(self.distances as u64 - 1, 5);
        bits.put(self.told as u64 - 4, 4);
        for &symbol in ORDER.iter().take(self.told) {
            bits.flush();
            bits.put(self.lengths[symbol].into(), 3);
        }
        let codes = codes(&self.lengths);
        for &(symbol, more) in &self.symbols {
            bits.flush();
            let place = usize::from(symbol);
            bits.put(codes[place].into(), self.lengths[place].into());
            bits.put(more.into(), extra(symbol).into());
        }
    }
}

/// The symbols of `many` lengths in a row that are the same.
fn push_run(symbols: &mut Vec<(u8, u8)>, length: u8, many: usize) {
    let mut left = many;
    if length == 0 {
        while left >= 11 {
            let run = left.min(138);
            symbols.push((MANY_ZEROS, (run - 11) as u8));
            left -= run;
        }
        if left >= 3 {
            symbols.push((ZEROS, (left - 3) as u8));
            left = 0;
        }
    } else {
        symbols.push((length, 0));
        left -= 1;
        while left >= 3 {
            let run = left.min(6);
            symbols.push((REPEAT, (run - 3) as u8));
            left -= run;
        }
    }
    symbols.extend(std::iter::repeat_n((length, 0), left));
}
