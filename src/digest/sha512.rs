//! SHA-512 (FIPS 180-4) of bytes that come in pieces.
//!
//! Where the processor has AVX-512, blocks are taken an eighth faster than by the `sha2` crate
//! (`groups`). It is worth its lines because hashing is more than half of `verify`, and nearly all of
//! the time that it takes where one file has most of the bytes.

#[cfg(target_arch = "x86_64")]
use super::groups;
use sha2::block_api::compress512;

/// A block of a message.
pub type Block = [u8; 128];

/// The state between blocks.
pub type State = [u64; 8];

/// The state before the first block (§5.3.5).
const START: State = [
    0x6A09_E667_F3BC_C908,
    0xBB67_AE85_84CA_A73B,
    0x3C6E_F372_FE94_F82B,
    0xA54F_F53A_5F1D_36F1,
    0x510E_527F_ADE6_82D1,
    0x9B05_688C_2B3E_6C1F,
    0x1F83_D9AB_FB41_BD6B,
    0x5BE0_CD19_137E_2179,
];

/// Hashes bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Sha512 {
    state: State,
    /// Bytes taken.
    length: u128,
    /// What does not fill a block yet: as many bytes as `length` has beyond whole blocks.
    rest: Block,
}

impl Sha512 {
    /// Has taken nothing yet.
    pub fn new() -> Self {
        Self { state: START, length: 0, rest: [0; 128] }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        let held = self.held();
        self.length += bytes.len() as u128;
        if held > 0 {
            let wanted = bytes.len().min(128 - held);
            let (now, later) = bytes.split_at(wanted);
            self.rest[held..held + wanted].copy_from_slice(now);
            bytes = later;
            if held + wanted < 128 {
                return;
            }
            compress512(&mut self.state, &[self.rest]);
        }
        let (blocks, rest) = bytes.as_chunks();
        compress(&mut self.state, blocks);
        self.rest[..rest.len()].copy_from_slice(rest);
    }

    /// The hash of all bytes taken (§5.1.2, §6.4.2).
    pub fn finish(mut self) -> [u8; 64] {
        let held = self.held();
        let mut end = [[0; 128]; 2];
        let bytes = end.as_flattened_mut();
        bytes[..held].copy_from_slice(&self.rest[..held]);
        bytes[held] = 0x80;
        let count = if held < 112 { 1 } else { 2 };
        bytes[count * 128 - 16..count * 128].copy_from_slice(&(self.length * 8).to_be_bytes());
        compress512(&mut self.state, &end[..count]);
        let mut hash = [0; 64];
        for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        hash
    }

    fn held(&self) -> usize {
        (self.length % 128) as usize
    }
}

/// Takes blocks.
fn compress(state: &mut State, blocks: &[Block]) {
    #[cfg(target_arch = "x86_64")]
    let blocks = groups::compress(state, blocks);
    compress512(state, blocks);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 167 % 251) as u8).collect()
    }

    fn in_pieces(bytes: &[u8], mut size: impl FnMut() -> usize) -> [u8; 64] {
        let (mut hasher, mut rest) = (Sha512::new(), bytes);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(size().min(rest.len()));
            hasher.update(now);
            rest = later;
        }
        hasher.finish()
    }

    #[test]
    fn every_length_around_blocks_and_groups() {
        for length in (0..1300).chain([4095, 4096, 4097, 262_143, 262_144, 262_145]) {
            let bytes = bytes(length);
            let expected = sha2::Sha512::digest(&bytes);
            assert_eq!(in_pieces(&bytes, || usize::MAX)[..], expected[..], "{length}");
            assert_eq!(in_pieces(&bytes, || 1000)[..], expected[..], "{length}");
        }
    }

    /// Of each block all words count.
    #[test]
    fn a_changed_bit_anywhere_in_a_group_changes_the_hash() {
        let bytes = bytes(128 * 9);
        let whole = in_pieces(&bytes, || usize::MAX);
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            let found = in_pieces(&other, || usize::MAX);
            assert!(found != whole && found[..] == sha2::Sha512::digest(&other)[..], "{at}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            bytes in prop::collection::vec(any::<u8>(), 0..3000),
            sizes in prop::collection::vec(1..700_usize, 1..20),
        ) {
            let mut sizes = sizes.into_iter().cycle();
            let found = in_pieces(&bytes, || sizes.next().unwrap());
            prop_assert_eq!(&found[..], &sha2::Sha512::digest(&bytes)[..]);
        }
    }
}
