//! Digests of bytes, named as RFC 8493 names them.

use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5: read only.
    Md5,
    /// SHA-1: read only.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A digest: algorithm and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Which algorithm made it.
    pub algorithm: Algorithm,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Algorithm {
    /// As in manifest names: `sha512`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }
}

impl Digest {
    /// Reads `sha256:…` as Data Package's `hash` has it (no prefix: MD5).
    ///
    /// # Errors
    /// An unknown algorithm, or not its number of hexadecimal digits.
    pub fn from_hash_property(text: &str) -> Result<Self> {
        let _ = text;
        Err(Error::new(ErrorKind::Schema, "not a digest"))
    }
}

/// Lower-case hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
