//! Deflate in blocks that are compressed and read independently, yet make one ordinary stream.
//!
//! Each block ends in a full flush: an empty stored deflate block, whose last bytes are
//! `00 00 FF FF` on a byte boundary, after which nothing refers to bytes before it. Blocks put one
//! after another and closed by [`FINAL`] are one deflate stream (RFC 1951) that every tool reads.
//!
//! Levels 0 to 3 are an encoder of our own, made for tables; the others, and all inflating, are
//! zlib-rs's.

mod bits;
mod encode;
mod header;
mod huffman;
mod inflate;
mod matches;
#[cfg(test)]
mod tests;

pub use inflate::{BlockFault, Inflater};

use crate::error::{Error, Result};
use encode::Encoder;
use flate2::{Compress, Compression, FlushCompress, Status};

/// Closes a stream of blocks: an empty final block with fixed codes (RFC 1951 §3.2.6).
pub const FINAL: [u8; 2] = [0x03, 0x00];

/// The last bytes of every block: length and complement of an empty stored block.
pub const FLUSH: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// Compresses blocks, one at a time; its state is used again for the next.
#[derive(Debug)]
pub struct Deflater(Method);

#[derive(Debug)]
enum Method {
    Own(Encoder),
    Zlib(Compress),
}

impl Deflater {
    /// A compressor of `level` 0 (none) to 9 (best); more counts as 9.
    pub fn new(level: u32) -> Self {
        Self(match Encoder::new(level) {
            Some(encoder) => Method::Own(encoder),
            None => Method::Zlib(Compress::new(Compression::new(level.min(9)), false)),
        })
    }

    /// Appends the compressed block to `out`: the same bytes for the same input and level, on every
    /// machine and whatever was compressed before. What does not compress grows by less than one
    /// byte in a thousand, and sixteen.
    ///
    /// # Errors
    /// Of kind `Internal` if the block is not whole, which it always is.
    pub fn block(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match &mut self.0 {
            Method::Own(encoder) => encoder.block(input, out)?,
            Method::Zlib(compress) => zlib_block(compress, input, out)?,
        }
        if out.ends_with(&FLUSH) {
            Ok(())
        } else {
            Err(Error::internal("a block does not end in a flush"))
        }
    }
}

fn zlib_block(compress: &mut Compress, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
    compress.reset();
    // Stored blocks are the worst case: five bytes for each 16 KiB, and the flush.
    out.reserve(input.len() / 2 + 64);
    loop {
        let at = usize::try_from(compress.total_in()).map_err(Error::internal)?;
        let rest = input.get(at..).unwrap_or_default();
        let status = compress
            .compress_vec(rest, out, FlushCompress::Full)
            .map_err(|_| Error::internal("a block could not be compressed"))?;
        let taken = compress.total_in() == input.len() as u64;
        // The flush is whole as soon as the compressor leaves room unused.
        match status {
            Status::Ok | Status::BufError if taken && out.len() < out.capacity() => return Ok(()),
            Status::Ok | Status::BufError if out.len() == out.capacity() => {
                out.reserve(input.len() / 8 + 4096);
            }
            _ => return Err(Error::internal("the compressor made no progress")),
        }
    }
}
