//! Row proofs: that a row is as it was packaged, and that none of a patient's rows is left out,
//! shown to someone who may see nothing of anyone else (docs/format.md, section 7).
//!
//! All hashing is that of RFC 9162 §2.1 with SHA-256: a leaf is hashed behind a byte 0, a node
//! behind a byte 1. What a leaf hash covers begins with its domain and its place, so that no leaf
//! can stand for another, and with a salt, so that a hash tells nothing of what it hides.
//!
//! **Invariant:** nothing here reads a file. These are functions of bytes.

mod batch;
pub mod bundle;
pub mod check;
pub mod checkpoint;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod leaves;
pub mod list;
pub mod packed;
pub mod parts;
mod sha256;
pub mod stored;
pub mod tree;

pub use batch::leaf_hashes;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha256::{Block, Lanes, State};
use zeroize::Zeroizing;

/// A hash of a tree.
pub type Hash = [u8; 32];

/// A leaf's salt.
pub type Salt = [u8; 16];

/// What kind of tree a leaf belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// The records of a payload file: `R`. Its numbers are the file's and the leaf's.
    Rows = b'R',
    /// A patient's list of rows: `L`. Its numbers are those of the patient's leaf in the package's
    /// tree and of the leaf in the list.
    List = b'L',
    /// The package's tree: `P`. Its numbers are 0 and the leaf's.
    Package = b'P',
}

/// Bytes of the secret that the salts come from.
pub const SECRET_BYTES: usize = 32;

/// Makes salts: halves of HMAC-SHA-256 of domain and place under the package's secret. One that is
/// disclosed tells nothing of the others, not even of the other half.
#[derive(Clone)]
pub struct Salts {
    /// The states behind HMAC's two pads, which are the same for every salt.
    inner: State,
    outer: State,
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for Salts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salts")
    }
}

impl Salts {
    /// Salts under a secret.
    pub fn new(secret: &[u8; SECRET_BYTES]) -> Self {
        let key = block(secret);
        let padded = |pad: u8| {
            let mut state = sha256::START;
            sha256::compress(&mut state, &key.map(|byte| byte ^ pad));
            state
        };
        Self {
            inner: padded(0x36),
            outer: padded(0x5C),
            mac: <Hmac<Sha256> as KeyInit>::new(&key.into()),
        }
    }

    /// The salt of one leaf.
    pub fn of(&self, domain: Domain, one: u64, two: u64) -> Salt {
        let mut pair = [[0; 32]];
        self.pairs(None, (domain, one), two / 2, &mut pair);
        let [pair] = &pair;
        half(pair, two)
    }

    /// The salts of pairs of leaves that follow each other, each an even one and the next.
    fn pairs(
        &self,
        lanes: Option<Lanes>,
        (domain, one): (Domain, u64),
        first: u64,
        pairs: &mut [Hash],
    ) {
        let mut message = [0; 17];
        message[0] = domain as u8;
        message[1..9].copy_from_slice(&one.to_be_bytes());
        let mut number = first;
        for pairs in pairs.chunks_mut(Lanes::MOST) {
            let mut blocks = [[0; 64]; Lanes::MOST];
            let blocks = &mut blocks[..pairs.len()];
            for block in &mut *blocks {
                message[9..].copy_from_slice(&number.to_be_bytes());
                *block = sha256::last(&message, 64 + 17);
                number += 1;
            }
            match lanes {
                Some(lanes) if pairs.len() >= Lanes::LEAST => {
                    lanes.macs((&self.inner, &self.outer), blocks, pairs);
                }
                _ => self.in_turns(blocks, pairs),
            }
        }
    }

    /// The HMACs of messages that end in one block. All first blocks, then all second ones: they do
    /// not wait for each other.
    fn in_turns(&self, blocks: &mut [Block], hashes: &mut [Hash]) {
        for block in &mut *blocks {
            let mut state = self.inner;
            sha256::compress(&mut state, block);
            *block = sha256::last(&sha256::hash(&state), 64 + 32);
        }
        for (into, block) in hashes.iter_mut().zip(blocks) {
            let mut state = self.outer;
            sha256::compress(&mut state, block);
            *into = sha256::hash(&state);
        }
    }

    /// A key of 16 bytes for another purpose, named by `purpose`, that depends on nothing but the
    /// secret.
    pub fn key(&self, purpose: &str) -> [u8; 16] {
        let mut mac = self.mac.clone();
        // No domain has a byte 0 before it, so this is no leaf's salt.
        mac.update(&[0]);
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().first_chunk().copied().unwrap_or_default()
    }
}

/// The half of a pair's hash that is the salt of the leaf with that number.
fn half(pair: &Hash, number: u64) -> Salt {
    let [even, odd] = pair.as_chunks::<16>().0 else { return [0; 16] };
    if number.is_multiple_of(2) { *even } else { *odd }
}

/// The secret as HMAC's key, filled to a block with zeros (RFC 2104 §2).
fn block(secret: &[u8; SECRET_BYTES]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..SECRET_BYTES].copy_from_slice(secret);
    block
}

/// Derives a package's secret from a key's deterministic signature over what the package is of
/// (HKDF-SHA-256, RFC 5869, without a salt).
pub fn derive_secret(signature: &[u8]) -> Zeroizing<[u8; SECRET_BYTES]> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    // Asking for 32 bytes cannot fail: RFC 5869 allows 255 times as many.
    let _ = hkdf::Hkdf::<Sha256>::new(None, signature)
        .expand(b"handover proof secret 1", secret.as_mut_slice());
    secret
}

/// The hash of a leaf: SHA-256 of byte 0, domain, two numbers of 8 bytes (big-endian), salt, content.
///
/// All but the content has a fixed length, so no two leaves are hashed over the same bytes.
pub fn leaf(domain: Domain, one: u64, two: u64, salt: &Salt, content: &[u8]) -> Hash {
    sha256::one(&head(domain, one, two, salt), content)
}

/// What stands before the content of a leaf.
fn head(domain: Domain, one: u64, two: u64, salt: &Salt) -> [u8; 34] {
    let mut head = [0; 34];
    head[1] = domain as u8;
    head[2..10].copy_from_slice(&one.to_be_bytes());
    head[10..18].copy_from_slice(&two.to_be_bytes());
    head[18..].copy_from_slice(salt);
    head
}

/// A hash or salt in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Reads lower-case hexadecimal digits, exactly as many as there must be.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_are_halves_of_hmac_sha_256() {
        let secret = [7; 32];
        let salts = Salts::new(&secret);
        for (domain, one, two) in [(Domain::Rows, 3, 5), (Domain::List, 2, 0), (Domain::Rows, 3, 4)]
        {
            let mut mac = <Hmac<Sha256> as KeyInit>::new(&block(&secret).into());
            mac.update(&[domain as u8]);
            mac.update(&one_of(one));
            mac.update(&one_of(two / 2));
            let tag = mac.finalize().into_bytes();
            let expected = if two % 2 == 0 { &tag[..16] } else { &tag[16..] };
            assert_eq!(salts.of(domain, one, two), *expected);
        }
        let salt = salts.of(Domain::Rows, 3, 5);
        assert_ne!(salt, salts.of(Domain::List, 3, 5));
        assert_ne!(salt, salts.of(Domain::Rows, 5, 3));
        assert_ne!(salt, salts.of(Domain::Rows, 3, 4));
        assert_ne!(salt, Salts::new(&[8; 32]).of(Domain::Rows, 3, 5));
        assert_eq!(from_hex::<16>(&hex(&salt)), Some(salt));
        assert_eq!(from_hex::<16>("00"), None);
        assert_eq!(from_hex::<1>("0G"), None);
        assert_eq!(from_hex::<1>("AA"), None);
    }

    fn one_of(number: u64) -> [u8; 8] {
        number.to_be_bytes()
    }

    #[test]
    fn a_leaf_is_bound_to_domain_place_and_salt() {
        let one = leaf(Domain::Rows, 1, 2, &[0; 16], b"x");
        for other in [
            leaf(Domain::List, 1, 2, &[0; 16], b"x"),
            leaf(Domain::Rows, 2, 2, &[0; 16], b"x"),
            leaf(Domain::Rows, 1, 3, &[0; 16], b"x"),
            leaf(Domain::Rows, 1, 2, &[1; 16], b"x"),
            leaf(Domain::Rows, 1, 2, &[0; 16], b""),
        ] {
            assert_ne!(one, other);
        }
    }
}
