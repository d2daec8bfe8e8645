//! Inflating block by block.

use super::FLUSH;
use zlib_rs::{Inflate, InflateFlush, Status};

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
        // One byte more than stated, so that too long a block is seen. What stands in it from before
        // is written over, or cut off.
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
            if status != Status::Ok || after_in > packed_length {
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
