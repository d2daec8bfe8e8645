//! A worker's part of packing: a block is compressed, and unpacked again at once.

use crate::archive::deflate::{Deflater, Inflater};
use crate::bag::blocks;
use crate::error::{Error, ErrorKind, Result};
use crate::path::shown;
use crate::source::block::Block;
use crate::verify::{Fingerprint, fingerprint};

/// A worker's compressor.
pub(super) struct Packer<'a> {
    deflater: Deflater,
    unpacker: Option<Unpacker>,
    /// The members' names below `data/`.
    names: &'a [String],
}

/// What unpacks again.
#[derive(Default)]
struct Unpacker {
    inflater: Inflater,
    plain: Vec<u8>,
}

/// A block, compressed.
pub(super) struct Packed {
    /// Deflate blocks that end in a full flush; empty for an empty block.
    pub(super) bytes: Vec<u8>,
    /// CRC-32 of the block's own bytes.
    pub(super) crc32: u32,
    /// What the block table says of it.
    pub(super) entry: blocks::Block,
    /// What its compressed bytes are told by, where the package is to be read back.
    pub(super) fingerprint: Option<Fingerprint>,
}

impl<'a> Packer<'a> {
    /// A compressor that shows, if `unpacks`, that what it made unpacks to what it was given.
    pub(super) fn new(level: u32, unpacks: bool, names: &'a [String]) -> Self {
        let unpacker = unpacks.then(Unpacker::default);
        Self { deflater: Deflater::new(level), unpacker, names }
    }

    /// Compresses a block by itself, into a buffer used before.
    pub(super) fn pack(&mut self, block: &Block, mut bytes: Vec<u8>) -> Result<Packed> {
        if !block.bytes.is_empty() {
            self.deflater.block(&block.bytes, &mut bytes)?;
        }
        self.sum_up(block, bytes)
    }

    /// Takes the sums of a block and of its compressed bytes, and unpacks these.
    fn sum_up(&mut self, block: &Block, mut bytes: Vec<u8>) -> Result<Packed> {
        let crc32 = crc32fast::hash(&block.bytes);
        let entry = blocks::Block {
            row: block.first_row,
            length: u32::try_from(block.bytes.len()).map_err(Error::internal)?,
            packed: u32::try_from(bytes.len()).map_err(Error::internal)?,
            crc32: crc32fast::hash(&bytes),
        };
        // The sums come first: what a failing memory changes before they are taken is seen by
        // unpacking, and what it changes later by the sums.
        let fingerprint = self.unpacker.as_ref().map(|_| fingerprint(&entry, &bytes));
        if let Some(unpacker) = &mut self.unpacker
            && !block.bytes.is_empty()
            && !unpacker.gives(&block.bytes, &mut bytes)
        {
            return Err(self.spoilt(block));
        }
        Ok(Packed { bytes, crc32, entry, fingerprint })
    }

    fn spoilt(&self, block: &Block) -> Error {
        let name = self.names.get(block.member as usize).map_or("a file", String::as_str);
        spoilt(name, block, "its compressed bytes do not unpack to it")
    }
}

impl Unpacker {
    /// Whether `packed` unpacks to `bytes` and to nothing else.
    fn gives(&mut self, bytes: &[u8], packed: &mut Vec<u8>) -> bool {
        self.inflater.block(packed, bytes.len(), &mut self.plain).is_ok() && self.plain == bytes
    }
}

/// A block of the file `name` was not packed as it came.
pub(super) fn spoilt(name: &str, block: &Block, what: &str) -> Error {
    let message =
        format!("block {} of {} could not be packed: {what}", block.index + 1, shown(name));
    Error::new(ErrorKind::Output, message).with_hint(
        "the memory or the processor may be failing: try another computer; if it happens there too, \
         please report it with the version",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn block(bytes: &[u8]) -> Block {
        let mut block = Block::default();
        block.index = 2;
        block.bytes = bytes.to_vec();
        block
    }

    fn compressed(level: u32, bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        Deflater::new(level).block(bytes, &mut packed).unwrap();
        packed
    }

    #[test]
    fn a_block_that_does_not_unpack_to_what_it_was_is_refused() {
        let names = ["rows 9434765919.csv".to_owned()];
        let text = b"9990000018,2011-03-02,did not attend\n".repeat(60);
        for level in [0, 1, 3, 9] {
            let mut packer = Packer::new(level, true, &names);
            let good = packer.pack(&block(&text), Vec::new()).unwrap();
            assert_eq!(good.bytes, compressed(level, &text));
            assert_eq!(good.entry.length as usize, text.len());
            assert_eq!(good.fingerprint, Some(fingerprint(&good.entry, &good.bytes)));
            let mut other = text.clone();
            other[100] ^= 1;
            for wrong in [&other[..], &text[1..], &text[..text.len() - 1], b""] {
                let wrong = match wrong {
                    b"" => Vec::new(),
                    wrong => compressed(level, wrong),
                };
                let error = packer.sum_up(&block(&text), wrong).err().unwrap();
                assert_eq!(error.kind(), ErrorKind::Output);
                let said = error.to_string();
                assert!(said.starts_with("block 3 of rows "), "{said}");
                assert!(said.ends_with("its compressed bytes do not unpack to it"), "{said}");
                assert!(!said.contains("9434765919"), "{said}");
                assert!(error.hint().unwrap().contains("memory"));
            }
            // It goes on with the next block, and packs the same without a look at it.
            assert!(packer.pack(&block(&text), Vec::new()).is_ok());
            let unseen = Packer::new(level, false, &names).pack(&block(&text), Vec::new()).unwrap();
            assert!(unseen.bytes == good.bytes && unseen.fingerprint.is_none());
        }
        let nothing = Packer::new(3, true, &names).pack(&block(b""), Vec::new()).unwrap();
        assert!(nothing.bytes.is_empty());
    }

    proptest! {
        /// Where a bit is changed, either another reader gets the same bytes, or it is refused.
        #[test]
        fn a_changed_bit_is_refused_or_changes_nothing(
            text in "([a-c]{1,9},){0,60}",
            level in 0_u32..10,
            at in any::<prop::sample::Index>(),
        ) {
            let text = format!("x{text}").into_bytes();
            let mut packed = compressed(level, &text);
            let bit = at.index(packed.len() * 8);
            packed[bit / 8] ^= 1 << (bit % 8);
            let mut stream = packed.clone();
            stream.extend_from_slice(&crate::archive::deflate::FINAL);
            if Packer::new(level, true, &[]).sum_up(&block(&text), packed).is_ok() {
                let mut back = Vec::new();
                flate2::read::DeflateDecoder::new(&*stream).read_to_end(&mut back).unwrap();
                prop_assert_eq!(back, text);
            }
        }

        #[test]
        fn whatever_is_packed_unpacks(bytes: Vec<u8>, level in 0_u32..10) {
            prop_assert!(Packer::new(level, true, &[]).pack(&block(&bytes), Vec::new()).is_ok());
        }
    }
}
