//! Public keys.

use super::KIND;
use super::wire::{Reader, put};
use base64ct::{Base64, Base64Unpadded, Encoding};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use std::fmt;

/// A public key of Ed25519 of which nothing can be said twice: it has one form, and no small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of these 32 bytes (RFC 8032 §5.1.2). `None`: they are no key, are another form of
    /// one, or are one of the few keys of small order, for which anyone can make signatures.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        (canonical && !key.is_weak()).then_some(Self(key))
    }

    /// Its 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The key as SSH sends it (RFC 8709 §4): the kind, and the bytes.
    pub(super) fn to_blob(self) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, KIND.as_bytes());
        put(&mut out, self.0.as_bytes());
        out
    }

    /// The key of such a form; `None` also where it is of another kind.
    pub(super) fn from_blob(blob: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(blob);
        let kind = reader.string()?;
        let key = reader.string()?;
        (kind == KIND.as_bytes() && reader.is_empty()).then(|| Self::from_bytes(key)).flatten()
    }

    /// The key of the base 64 of such a form, as it stands in a `.pub` file.
    pub(super) fn from_base64(text: &str) -> Option<Self> {
        Self::from_blob(&Base64::decode_vec(text).ok()?)
    }

    /// As a `.pub` file has it: kind, base 64 and comment; no line end. Line ends in the comment
    /// become blanks.
    pub fn to_line(&self, comment: &str) -> String {
        let comment: String =
            comment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("{self} {}", comment.trim()).trim_end().to_owned()
    }

    /// The fingerprint as `ssh-keygen -l` shows it: `SHA256:` and the base 64 of the SHA-256.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.to_blob())
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }
}

/// The fingerprint of a key of any kind.
pub(super) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", Base64Unpadded::encode_string(&Sha256::digest(blob)))
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

/// Kind and base 64, as in `.pub` files and lists of signers.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KIND} {}", Base64::encode_string(&self.to_blob()))
    }
}

/// The fingerprint.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_small_order_and_second_forms_are_refused() {
        // The eight points of small order (RFC 7748 and "Taming the many EdDSAs", table 6), and
        // forms of them that are not reduced.
        for hex in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            let bytes: Vec<u8> = (0..32)
                .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
                .collect();
            assert_eq!(PublicKey::from_bytes(&bytes), None, "{hex}");
        }
        // A second form of a point that is not of small order: y of 3 as p + 3.
        for low in 0xed..=0xff_u8 {
            for high in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                bytes[0] = low;
                bytes[31] = high;
                assert_eq!(PublicKey::from_bytes(&bytes), None, "{bytes:?}");
            }
        }
        assert_eq!(PublicKey::from_bytes(&[1; 31]), None);
    }

    #[test]
    fn the_line_and_fingerprint_are_those_of_openssh() {
        // Made with ssh-keygen; the secret key was thrown away.
        let line = "AAAAC3NzaC1lZDI1NTE5AAAAIEOZ3qQXsMX2ZaoM3SbTxQXUf3pwLFV2suXi8phmJHfa";
        let key = PublicKey::from_base64(line).unwrap();
        assert_eq!(key.to_line("a\nb"), format!("ssh-ed25519 {line} a b"));
        assert_eq!(key.to_line(""), key.to_string());
        assert_eq!(key.fingerprint(), "SHA256:K5nK0GtNJSOQASb4adwWiChHlC18wpDL3E0hYcX0UaE");
    }
}
