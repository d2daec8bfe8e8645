//! Deflate in blocks that are compressed and read independently, yet make one ordinary stream.
//!
//! Each block ends in a full flush: an empty stored deflate block, whose last bytes are
//! `00 00 FF FF` on a byte boundary, after which nothing refers to bytes before it. Blocks put one
//! after another and closed by [`FINAL`] are one deflate stream (RFC 1951) that every tool reads.

use crate::error::{Error, Result};
use flate2::{Compress, Compression, FlushCompress, Status};
use zlib_rs::{Inflate, InflateFlush, Status as InflateStatus};

/// Closes a stream of blocks: an empty final block with fixed codes (RFC 1951 §3.2.6).
pub const FINAL: [u8; 2] = [0x03, 0x00];

/// The last bytes of every block: length and complement of an empty stored block.
pub const FLUSH: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Compresses blocks, one at a time; its state is used again for the next.
#[derive(Debug)]
pub struct Deflater(Compress);

impl Deflater {
    /// A compressor of `level` 0 (none) to 9 (best); more counts as 9.
    pub fn new(level: u32) -> Self {
        Self(Compress::new(Compression::new(level.min(9)), false))
    }

    /// Appends the compressed block to `out`: the same bytes for the same input and level, whatever
    /// was compressed before.
    ///
    /// # Errors
    /// Of kind `Internal` if the compressor makes no progress, which it always does.
    pub fn block(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.0.reset();
        // Stored blocks are the worst case: five bytes for each 16 KiB, and the flush.
        out.reserve(input.len() / 2 + 64);
        loop {
            let at = usize::try_from(self.0.total_in()).map_err(Error::internal)?;
            let rest = input.get(at..).unwrap_or_default();
            let status = self
                .0
                .compress_vec(rest, out, FlushCompress::Full)
                .map_err(|_| Error::internal("a block could not be compressed"))?;
            let taken = self.0.total_in() == input.len() as u64;
            // The flush is whole as soon as the compressor leaves room unused.
            match status {
                Status::Ok | Status::BufError if taken && out.len() < out.capacity() => break,
                Status::Ok | Status::BufError if out.len() == out.capacity() => {
                    out.reserve(input.len() / 8 + 4096);
                }
                _ => return Err(Error::internal("the compressor made no progress")),
            }
        }
        if out.ends_with(&FLUSH) {
            Ok(())
        } else {
            Err(Error::internal("a block does not end in a flush"))
        }
    }
}

/// Why a block cannot be inflated on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockFault {
    /// The bytes are no deflate data, or refer to bytes before the block.
    Data,
    /// It gives more or fewer bytes than stated.
    Length,
    /// It does not end in an empty stored block, so that what follows might be read otherwise in
    /// the stream than on its own.
    Boundary,
}

/// Inflates blocks, one at a time; its state is used again for the next.
///
/// A block that is accepted gives the same bytes on its own as inside the stream: it must end in an
/// empty stored deflate block and neither before nor behind it. A block forged so that a reader of
/// the whole stream sees other bytes than a reader of the block is therefore refused.
pub struct Inflater(Inflate);

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self(Inflate::new(false, 15))
    }
}

impl Inflater {
    /// Replaces `out` by the `length` bytes of the block `packed`, to which a few bytes are appended
    /// while it is read.
    ///
    /// # Errors
    /// See [`BlockFault`]; `out` then holds what could be read.
    pub fn block(
        &mut self,
        packed: &mut Vec<u8>,
        length: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), BlockFault> {
        let packed_length = packed.len();
        if !packed.ends_with(&FLUSH) {
            out.clear();
            return Err(BlockFault::Boundary);
        }
        // Bytes behind the block, which a reader that stops at the boundary leaves alone.
        packed.extend_from_slice(&FLUSH);
        // One byte more than stated, so that too long a block is seen.
        out.clear();
        out.resize(length.saturating_add(1), 0);
        let result = self.read(packed, packed_length, out);
        packed.truncate(packed_length);
        out.truncate(usize::try_from(self.0.total_out()).unwrap_or(usize::MAX).min(length));
        result
    }

    /// Goes from one deflate block to the next until `packed_length` bytes are read.
    fn read(
        &mut self,
        packed: &[u8],
        packed_length: usize,
        out: &mut [u8],
    ) -> Result<(), BlockFault> {
        self.0.reset(false);
        let position = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        loop {
            let (before_in, before_out) =
                (position(self.0.total_in()), position(self.0.total_out()));
            let input = packed.get(before_in..).unwrap_or_default();
            let output = out.get_mut(before_out..).unwrap_or_default();
            let status = self
                .0
                .decompress(input, output, InflateFlush::Block)
                .map_err(|_| BlockFault::Data)?;
            let (after_in, after_out) = (position(self.0.total_in()), position(self.0.total_out()));
            if after_out == out.len() {
                return Err(BlockFault::Length);
            }
            if status != InflateStatus::Ok || after_in > packed_length {
                return Err(BlockFault::Boundary);
            }
            if after_in == packed_length {
                // An empty block with fixed codes has ten bits and one with codes of its own more
                // than forty-seven, so four or five bytes without output are a stored block, which
                // ends on a byte boundary.
                let last = after_in - before_in;
                return if !(4..=5).contains(&last) || after_out != before_out {
                    Err(BlockFault::Boundary)
                } else if after_out + 1 != out.len() {
                    Err(BlockFault::Length)
                } else {
                    Ok(())
                };
            }
            if (after_in, after_out) == (before_in, before_out) {
                return Err(BlockFault::Boundary);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// Text that compresses, noise that does not, and the edges.
    fn samples() -> Vec<Vec<u8>> {
        let mut seed = 1_u64;
        let mut noise = |length: usize| -> Vec<u8> {
            (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 56) as u8
                })
                .collect()
        };
        let text = b"9990000018,2011-03-02,\"did not attend\"\r\n".repeat(7000);
        vec![
            Vec::new(),
            b"x".to_vec(),
            text,
            noise(300_000),
            vec![0; 1_000_000],
            noise(1),
            noise(70_000),
            Vec::new(),
        ]
    }

    fn inflate_all(stream: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut decoder = flate2::read::DeflateDecoder::new(stream);
        decoder.read_to_end(&mut out).unwrap();
        assert_eq!(decoder.total_in(), stream.len() as u64);
        out
    }

    #[test]
    fn blocks_put_together_are_one_stream_and_each_can_be_read_alone() {
        for level in [0, 1, 6, 9] {
            let mut deflater = Deflater::new(level);
            let mut inflater = Inflater::default();
            let mut stream = Vec::new();
            let mut back = Vec::new();
            for sample in samples() {
                let mut block = Vec::new();
                deflater.block(&sample, &mut block).unwrap();
                stream.extend_from_slice(&block);
                inflater.block(&mut block, sample.len(), &mut back).unwrap();
                assert_eq!(back, sample);
            }
            stream.extend_from_slice(&FINAL);
            assert_eq!(inflate_all(&stream), samples().concat());
        }
    }

    #[test]
    fn an_empty_file_is_the_final_block_alone() {
        assert!(inflate_all(&FINAL).is_empty());
    }

    #[test]
    fn the_same_input_gives_the_same_bytes_whatever_came_before() {
        let samples = samples();
        let mut used = Deflater::new(6);
        for sample in &samples {
            used.block(sample, &mut Vec::new()).unwrap();
        }
        for sample in &samples {
            let (mut one, mut two) = (Vec::new(), Vec::with_capacity(3 * sample.len() + 100));
            used.block(sample, &mut one).unwrap();
            Deflater::new(6).block(sample, &mut two).unwrap();
            assert_eq!(one, two);
        }
    }

    #[test]
    fn a_block_is_appended_to_what_is_there() {
        let mut out = b"before".to_vec();
        Deflater::new(6).block(b"after", &mut out).unwrap();
        assert!(out.starts_with(b"before"));
    }

    #[test]
    fn wrong_lengths_and_damage_are_seen() {
        let text = b"row after row after row\n".repeat(100);
        let mut block = Vec::new();
        Deflater::new(6).block(&text, &mut block).unwrap();
        let mut inflater = Inflater::default();
        let mut out = Vec::new();
        assert_eq!(inflater.block(&mut block, text.len() - 1, &mut out), Err(BlockFault::Length));
        assert_eq!(inflater.block(&mut block, text.len() + 1, &mut out), Err(BlockFault::Length));
        let mut cut = block[..block.len() - 1].to_vec();
        assert_eq!(inflater.block(&mut cut, text.len(), &mut out), Err(BlockFault::Boundary));
        let mut twice = [block.clone(), FINAL.to_vec()].concat();
        assert!(inflater.block(&mut twice, text.len(), &mut out).is_err());
        for at in 0..block.len() {
            let mut cut = block[..at].to_vec();
            assert!(inflater.block(&mut cut, text.len(), &mut out).is_err(), "cut at {at}");
        }
        // A final block inside ends the stream for every other reader.
        let mut closed = [FINAL.to_vec(), block.clone()].concat();
        assert!(inflater.block(&mut closed, text.len(), &mut out).is_err());
    }

    #[test]
    fn a_block_that_refers_to_bytes_before_it_is_refused() {
        let text = b"the same long line of text, twice; ".to_vec();
        let mut compress = Compress::new(Compression::new(9), false);
        let (mut first, mut second) = (Vec::with_capacity(1000), Vec::with_capacity(1000));
        compress.compress_vec(&text, &mut first, FlushCompress::Sync).unwrap();
        compress.compress_vec(&text, &mut second, FlushCompress::Sync).unwrap();
        let mut out = Vec::new();
        let mut inflater = Inflater::default();
        assert_eq!(inflater.block(&mut first, text.len(), &mut out), Ok(()));
        assert_eq!(inflater.block(&mut second, text.len(), &mut out), Err(BlockFault::Data));
    }

    /// Wherever a stream is cut, bytes that look like a flush do not make it end at a boundary.
    #[test]
    fn a_flush_inside_coded_data_is_none() {
        let text: Vec<u8> = (0..4000_u32).flat_map(|n| n.wrapping_mul(n).to_be_bytes()).collect();
        let mut block = Vec::new();
        Deflater::new(6).block(&text, &mut block).unwrap();
        let mut inflater = Inflater::default();
        let mut refused = 0;
        for at in 1..block.len() - FLUSH.len() {
            let mut packed = [&block[..at], &FLUSH].concat();
            let mut plain = flate2::Decompress::new(false);
            let mut out = vec![0; 2 * text.len()];
            if plain.decompress(&packed, &mut out, flate2::FlushDecompress::None).is_err() {
                continue;
            }
            let length = usize::try_from(plain.total_out()).unwrap();
            let result = inflater.block(&mut packed, length, &mut out);
            assert!(result.is_err(), "cut at {at}");
            refused += 1;
        }
        assert!(refused > 100, "{refused}");
    }

    #[test]
    fn a_stored_block_that_hides_the_flush_in_its_data_is_refused() {
        // A stored block of twenty bytes of which only the first eight are here: the last four look
        // like a flush, but a reader of the stream takes the next block's bytes as data.
        let mut packed = vec![0x00, 20, 0, !20, 0xff, b'a', b'b', b'c', b'd'];
        packed.extend_from_slice(&FLUSH);
        let mut out = Vec::new();
        let result = Inflater::default().block(&mut packed, 8, &mut out);
        assert!(result.is_err(), "{result:?}");
    }
}
