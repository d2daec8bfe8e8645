//! SHA-256 of short messages side by side.
//!
//! One compression is a chain of steps that wait for each other; a processor with instructions for
//! them can work at two chains at once, if their blocks are given in turns; with AVX-512 sixteen are
//! worked at together ([`Lanes`]). That, and no copy of what is hashed, make row proofs cheap: a row
//! takes a dozen compressions, most of messages of one or two blocks.
//! What comes out is SHA-256 (FIPS 180-4) and nothing else; a test compares it with the plain function.

use super::Hash;
use sha2::block_api::compress256;

#[cfg(target_arch = "x86_64")]
pub use super::lanes::Lanes;

/// The state between blocks.
pub type State = [u32; 8];

/// A block of a message.
pub type Block = [u8; 64];

/// The state before the first block (FIPS 180-4 §5.3.3).
pub const START: State = [
    0x6A09_E667,
    0xBB67_AE85,
    0x3C6E_F372,
    0xA54F_F53A,
    0x510E_527F,
    0x9B05_688C,
    0x1F83_D9AB,
    0x5BE0_CD19,
];

/// Takes one block.
pub fn compress(state: &mut State, block: &Block) {
    compress256(state, std::slice::from_ref(block));
}

/// The hash that a state stands for.
pub fn hash(state: &State) -> Hash {
    let mut out = [0; 32];
    for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    out
}

/// The last block of a message of `length` bytes in all, which `rest` ends: at most 55.
pub fn last(rest: &[u8], length: u64) -> Block {
    let mut block = [0; 64];
    let count = rest.len().min(55);
    block[..count].copy_from_slice(&rest[..count]);
    block[count] = 0x80;
    block[56..].copy_from_slice(&(length * 8).to_be_bytes());
    block
}

/// A message that is cut into blocks where it lies: a head, which is copied, and content.
pub struct Message<'a> {
    first: Option<Block>,
    middle: &'a [Block],
    /// The end of the content, and the padding.
    end: [Block; 2],
    /// Whether the end takes one block or two.
    count: usize,
}

impl<'a> Message<'a> {
    /// The message that head and content are together.
    pub fn new<const HEAD: usize>(head: &[u8; HEAD], content: &'a [u8]) -> Self {
        let length = (HEAD + content.len()) as u64;
        let (first, rest) = match content.split_at_checked(64 - HEAD) {
            Some((begin, rest)) => {
                let mut block = [0; 64];
                block[..HEAD].copy_from_slice(head);
                block[HEAD..].copy_from_slice(begin);
                (Some(block), rest)
            }
            None => (None, content),
        };
        let (middle, rest) = rest.as_chunks::<64>();
        let mut end = [[0; 64]; 2];
        let bytes = end.as_flattened_mut();
        let mut at = 0;
        if first.is_none() {
            bytes[..HEAD].copy_from_slice(head);
            at = HEAD;
        }
        bytes[at..at + rest.len()].copy_from_slice(rest);
        at += rest.len();
        bytes[at] = 0x80;
        let count = if at < 56 { 1 } else { 2 };
        bytes[count * 64 - 8..count * 64].copy_from_slice(&(length * 8).to_be_bytes());
        Self { first, middle, end, count }
    }

    fn end(&self) -> &[Block] {
        self.end.get(..self.count).unwrap_or(&self.end)
    }
}

/// What whoever hashes several together asks for.
#[cfg(any(test, target_arch = "x86_64"))]
impl Message<'_> {
    /// How many blocks there are.
    #[inline]
    pub fn count(&self) -> usize {
        usize::from(self.first.is_some()) + self.middle.len() + self.count
    }

    /// The block with that number.
    #[inline]
    pub fn block(&self, number: usize) -> Option<&Block> {
        let Some(first) = &self.first else { return self.end().get(number) };
        let Some(number) = number.checked_sub(1) else { return Some(first) };
        match number.checked_sub(self.middle.len()) {
            None => self.middle.get(number),
            Some(number) => self.end().get(number),
        }
    }
}

/// The hash of head and content.
pub fn one<const HEAD: usize>(head: &[u8; HEAD], content: &[u8]) -> Hash {
    let message = Message::new(head, content);
    let mut state = START;
    if let Some(first) = &message.first {
        compress(&mut state, first);
    }
    compress256(&mut state, message.middle);
    compress256(&mut state, message.end());
    hash(&state)
}

/// The number of blocks of a message, of that many bytes.
pub fn blocks(length: usize) -> usize {
    (length + 9).div_ceil(64)
}

/// The hashes of two messages.
pub fn two<const HEAD: usize>(a: (&[u8; HEAD], &[u8]), b: (&[u8; HEAD], &[u8])) -> [Hash; 2] {
    let (a, b) = (Message::new(a.0, a.1), Message::new(b.0, b.1));
    let (mut one, mut other) = (START, START);
    if let Some(first) = &a.first {
        compress(&mut one, first);
    }
    if let Some(first) = &b.first {
        compress(&mut other, first);
    }
    let common = a.middle.len().min(b.middle.len());
    for (a, b) in a.middle.iter().zip(b.middle) {
        compress(&mut one, a);
        compress(&mut other, b);
    }
    compress256(&mut one, a.middle.get(common..).unwrap_or_default());
    compress256(&mut other, b.middle.get(common..).unwrap_or_default());
    compress256(&mut one, a.end());
    compress256(&mut other, b.end());
    [hash(&one), hash(&other)]
}

/// Other processors have nothing of the kind.
#[cfg(not(target_arch = "x86_64"))]
#[derive(Debug, Clone, Copy)]
pub enum Lanes {}

#[cfg(not(target_arch = "x86_64"))]
impl Lanes {
    /// The most messages that are worked at together.
    pub const MOST: usize = 16;

    /// From so many messages on this is faster than two in turns.
    pub const LEAST: usize = 8;

    /// None, always.
    pub fn new() -> Option<Self> {
        None
    }

    /// Never called.
    pub fn messages(self, _: &[Message<'_>], _: &mut [Hash]) {
        match self {}
    }

    /// Never called.
    pub fn nodes(self, _: &[[Hash; 2]], _: &mut [Hash]) {
        match self {}
    }

    /// Never called.
    pub fn macs(self, _: (&State, &State), _: &[Block], _: &mut [Hash]) {
        match self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn plain(parts: &[&[u8]]) -> Hash {
        let mut hasher = Sha256::new();
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finalize().into()
    }

    #[test]
    fn it_is_sha_256_whatever_the_length() {
        let head = [7; 34];
        let content: Vec<u8> = (0..400).map(|n| n as u8).collect();
        for length in 0..400 {
            let content = &content[..length];
            assert_eq!(one(&head, content), plain(&[&head, content]), "{length}");
        }
        let mut state = START;
        compress(&mut state, &last(b"abc", 3));
        assert_eq!(hash(&state), plain(&[b"abc"]));
    }

    #[test]
    fn blocks_are_as_many_as_they_are_long() {
        let content = [0; 400];
        for length in 0..400 {
            let message = Message::new(&[7; 34], &content[..length]);
            assert_eq!(message.count(), blocks(34 + length), "{length}");
            assert!(message.block(message.count() - 1).is_some());
            assert!(message.block(message.count()).is_none());
        }
    }

    proptest! {
        #[test]
        fn two_are_each_its_own(
            a in prop::collection::vec(any::<u8>(), 0..300),
            b in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let (one, other) = ([1; 34], [2; 34]);
            let hashes = two((&one, &a), (&other, &b));
            prop_assert_eq!(hashes, [plain(&[&one, &a]), plain(&[&other, &b])]);
        }
    }
}
