//! Digests of bytes, named as RFC 8493 names them.

#[cfg(target_arch = "x86_64")]
mod groups;
mod sha512;

use crate::error::{Error, ErrorKind, Result};
use sha2::Digest as _;
use sha512::Sha512;
use std::fmt;

/// A digest algorithm. The order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// MD5: read only.
    Md5,
    /// SHA-1: read only.
    Sha1,
    /// SHA-224: read only.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384: read only.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A digest: algorithm and bytes. Two are equal if both are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Which algorithm made it.
    pub algorithm: Algorithm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Computes one digest over bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Hasher(State);

#[derive(Debug, Clone)]
enum State {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(Sha512),
}

/// Computes several digests in one pass.
#[derive(Debug, Clone, Default)]
pub struct Hashers(Vec<Hasher>);

impl Algorithm {
    /// Every algorithm, the weakest first.
    pub const ALL: [Self; 6] =
        [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// As in manifest names (RFC 8493 §2.4): `sha512`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// As people write it: `SHA-512`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The algorithm of that name. Case, and the hyphen of `sha-512`, make no difference, as
    /// RFC 8493 §2.4 asks for manifest names.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == plain)
    }

    /// How many bytes its digests have.
    pub fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of `bytes`.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }
}

/// As in manifest names: `sha512`.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Hasher {
    /// A hasher that has seen no byte yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Md5 => State::Md5(md5::Md5::new()),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Sha224 => State::Sha224(sha2::Sha224::new()),
            Algorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            Algorithm::Sha512 => State::Sha512(Sha512::new()),
        })
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            State::Md5(_) => Algorithm::Md5,
            State::Sha1(_) => Algorithm::Sha1,
            State::Sha224(_) => Algorithm::Sha224,
            State::Sha256(_) => Algorithm::Sha256,
            State::Sha384(_) => Algorithm::Sha384,
            State::Sha512(_) => Algorithm::Sha512,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Md5(state) => state.update(bytes),
            State::Sha1(state) => state.update(bytes),
            State::Sha224(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of all bytes taken.
    pub fn finish(self) -> Digest {
        let algorithm = self.algorithm();
        let bytes = match self.0 {
            State::Md5(state) => state.finalize().to_vec(),
            State::Sha1(state) => state.finalize().to_vec(),
            State::Sha224(state) => state.finalize().to_vec(),
            State::Sha256(state) => state.finalize().to_vec(),
            State::Sha384(state) => state.finalize().to_vec(),
            State::Sha512(state) => state.finish().to_vec(),
        };
        Digest { algorithm, bytes }
    }
}

impl Hashers {
    /// One hasher for each algorithm, each algorithm once.
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut algorithms: Vec<Algorithm> = algorithms.into_iter().collect();
        algorithms.sort();
        algorithms.dedup();
        Self(algorithms.into_iter().map(Hasher::new).collect())
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for hasher in &mut self.0 {
            hasher.update(bytes);
        }
    }

    /// The digests, the weakest algorithm first.
    pub fn finish(self) -> Vec<Digest> {
        self.0.into_iter().map(Hasher::finish).collect()
    }
}

impl Digest {
    /// Reads hexadecimal digits of either case; `None` where there are others, or not as many as
    /// the algorithm has.
    pub fn from_hex(algorithm: Algorithm, digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() != algorithm.length() * 2 {
            return None;
        }
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            b'A'..=b'F' => Some(digit - b'A' + 10),
            _ => None,
        };
        let bytes = digits
            .chunks_exact(2)
            .map(|pair| match pair {
                [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
                _ => None,
            })
            .collect::<Option<Vec<u8>>>()?;
        Some(Self { algorithm, bytes })
    }

    /// Reads `sha256:…` as Data Package's `hash` has it (no prefix: MD5).
    ///
    /// # Errors
    /// Of kind [`ErrorKind::Schema`]: an unknown algorithm, or not its number of hexadecimal
    /// digits; the message says which and the hint what to write.
    pub fn from_hash_property(text: &str) -> Result<Self> {
        let (algorithm, digits) = match text.split_once(':') {
            None => (Algorithm::Md5, text),
            Some((name, digits)) => match Algorithm::from_name(name) {
                Some(algorithm) => (algorithm, digits),
                None => {
                    let known: Vec<&str> = Algorithm::ALL.map(Algorithm::name).to_vec();
                    let message = format!("hash: \"{name}\" is no algorithm that we know");
                    return Err(Error::new(ErrorKind::Schema, message)
                        .with_hint(format!("write one of {} before the colon", known.join(", "))));
                }
            },
        };
        Self::from_hex(algorithm, digits).ok_or_else(|| {
            let wanted = algorithm.length() * 2;
            let found = digits.chars().count();
            let message = if found == wanted {
                format!("hash: the {algorithm} digest has a character that is no hexadecimal digit")
            } else {
                format!("hash: a {algorithm} digest has {wanted} hexadecimal digits, not {found}")
            };
            let hint = if text.contains(':') {
                format!("write \"{algorithm}:\" and {wanted} digits of 0-9 and a-f")
            } else {
                "without a prefix it is MD5; write the algorithm before it, as \"sha256:\" and \
                 64 digits"
                    .into()
            };
            Error::new(ErrorKind::Schema, message).with_hint(hint)
        })
    }
}

/// Lower-case hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published digests of "abc" (RFC 1321, FIPS 180-4).
    const ABC: [(&str, &str); 6] = [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
        ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "sha384",
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
             8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];

    #[test]
    fn digests_are_the_published_ones_in_any_pieces() {
        let mut all = Hashers::new(Algorithm::ALL);
        all.update(b"a");
        all.update(b"");
        all.update(b"bc");
        for (digest, (name, hex)) in all.finish().into_iter().zip(ABC) {
            assert_eq!(digest.algorithm.name(), name);
            assert_eq!(digest.to_string(), hex);
            assert_eq!(digest.bytes.len(), digest.algorithm.length());
            assert_eq!(digest.algorithm.digest(b"abc"), digest);
            let upper = Digest::from_hash_property(&format!("{name}:{}", hex.to_uppercase()));
            assert_eq!(upper.unwrap(), digest);
        }
    }

    #[test]
    fn names_are_read_as_manifests_spell_them() {
        assert_eq!(Algorithm::from_name("SHA-512"), Some(Algorithm::Sha512));
        assert_eq!(Algorithm::from_name("sha3"), None);
        assert_eq!(Hashers::new([Algorithm::Md5, Algorithm::Md5]).finish().len(), 1);
    }

    #[test]
    fn a_wrong_hash_property_says_what_is_wrong_and_what_to_write() {
        let md5 = Digest::from_hash_property(ABC[0].1).unwrap();
        assert_eq!(md5.algorithm, Algorithm::Md5);
        for (text, message, hint) in [
            ("crc32:00", "\"crc32\" is no algorithm", "sha512"),
            ("sha256:00", "64 hexadecimal digits, not 2", "sha256:"),
            ("00", "32 hexadecimal digits, not 2", "without a prefix it is MD5"),
            ("md5:zz0150983cd24fb0d6963f7d28e17f72", "no hexadecimal digit", "0-9"),
            ("", "not 0", "MD5"),
            ("é", "not 1", "MD5"),
        ] {
            let error = Digest::from_hash_property(text).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        }
    }
}
