//! Any bytes compressed at any level.
//!
//! Two readers of different families and our own, which reads blocks alone, give back the same
//! bytes; the packed bytes are the same again after another block; what does not compress hardly
//! grows. The input is taken as it is, or as a recipe of literals and copies, so that few bytes
//! reach the whole window.

#![no_main]

use handover::archive::deflate::{Deflater, FINAL, Inflater};
use libfuzzer_sys::fuzz_target;
use std::io::Read;

/// The most bytes that a recipe gives: some windows of 32 KiB.
const MOST: usize = 200_000;

/// Bytes that stand for themselves, and copies of up to 1,024 bytes from up to 65,535 back.
fn follow(recipe: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = recipe;
    while let [kind, after @ ..] = rest
        && out.len() < MOST
    {
        rest = after;
        if let (0xc0.., [near, far, length, after @ ..]) = (*kind, rest) {
            let distance = usize::from(u16::from_le_bytes([*near, *far]));
            let length = usize::from(*kind & 3) << 8 | usize::from(*length);
            for _ in 0..length {
                let from = out.len().checked_sub(distance).and_then(|from| out.get(from));
                out.push(from.copied().unwrap_or(*near));
            }
            rest = after;
        } else {
            out.push(*kind);
        }
    }
    out
}

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let level = u32::from(first & 15);
    let input = if first & 16 == 0 { rest.to_vec() } else { follow(rest) };

    let mut deflater = Deflater::new(level);
    let mut block = Vec::new();
    deflater.block(&input, &mut block).expect("a block is compressed");
    let grown = block.len().saturating_sub(input.len());
    assert!(grown < input.len() / 1000 + 16, "{grown} more");

    let mut again = vec![7; 5];
    deflater.block(&data[..data.len() / 2], &mut Vec::new()).expect("a block is compressed");
    deflater.block(&input, &mut again).expect("a block is compressed");
    assert!(again[5..] == block, "the bytes depend on what came before");

    let mut back = Vec::new();
    Inflater::default().block(&mut block, input.len(), &mut back).expect("a block is read alone");
    assert!(back == input);

    block.extend_from_slice(&FINAL);
    back.clear();
    let mut decoder = flate2::read::DeflateDecoder::new(&block[..]);
    decoder.read_to_end(&mut back).expect("zlib-rs reads it");
    assert!(back == input && decoder.total_in() == block.len() as u64);
    assert!(miniz_oxide::inflate::decompress_to_vec(&block).expect("miniz reads it") == input);
});
