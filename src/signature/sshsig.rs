//! Signatures of files (OpenSSH's PROTOCOL.sshsig).

use super::private::SecretKey;
use super::public::{PublicKey, fingerprint};
use super::wire::{Reader, put};
use super::{KIND, armor};
use crate::digest::{Algorithm, Digest};
use std::fmt;
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"SSHSIG";
const LABEL: &str = "SSH SIGNATURE";
const VERSION: u32 = 1;

/// A signature as its file states it; nothing of it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key that it claims to be of.
    pub key: PublicKey,
    /// The purpose that it was made for.
    pub namespace: String,
    /// The digest that was signed: SHA-256 or SHA-512.
    pub algorithm: Algorithm,
    reserved: Vec<u8>,
    bytes: [u8; 64],
}

/// Why a signature is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not in OpenSSH's form.
    Malformed,
    /// It is of another kind of key than Ed25519, which is not supported; with its fingerprint.
    Kind(String),
    /// Its key has no form of its own, or a small order.
    WeakKey,
    /// It was made for another purpose.
    Namespace(String),
    /// It is not this key's signature of this file.
    Forged,
}

/// A clause for a finding.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("it is not a signature in OpenSSH's form"),
            Self::Kind(key) => write!(f, "its key {key} is not an Ed25519 key"),
            Self::WeakKey => f.write_str("its key is one for which anyone can make signatures"),
            Self::Namespace(found) => write!(
                f,
                "it was made for the namespace \"{}\", not for \"{}\"",
                crate::path::shown(found),
                super::NAMESPACE
            ),
            Self::Forged => f.write_str("it is not the signature of this file by its key"),
        }
    }
}

impl Signature {
    /// Signs a file's bytes, by their SHA-512, for a namespace. The same key gives the same
    /// signature each time.
    pub fn make(key: &SecretKey, namespace: &str, message: &[u8]) -> Self {
        let mut signature = Self {
            key: key.public(),
            namespace: namespace.to_owned(),
            algorithm: Algorithm::Sha512,
            reserved: Vec::new(),
            bytes: [0; 64],
        };
        signature.bytes = key.sign(&signature.signed(&signature.algorithm.digest(message)));
        signature
    }

    /// Reads the text of a signature's file.
    ///
    /// # Errors
    /// [`Fault::Malformed`], [`Fault::Kind`] or [`Fault::WeakKey`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let bytes = armor::decode(LABEL, text).ok_or(Fault::Malformed)?;
        let read = || {
            let mut reader = Reader::new(bytes.strip_prefix(MAGIC)?);
            let version = reader.number()?;
            let key = reader.string()?;
            let namespace = String::from_utf8(reader.string()?.to_vec()).ok()?;
            let reserved = reader.string()?.to_vec();
            let algorithm = match reader.string()? {
                b"sha512" => Algorithm::Sha512,
                b"sha256" => Algorithm::Sha256,
                _ => return None,
            };
            let signature = reader.string()?;
            (version == VERSION && reader.is_empty())
                .then_some((key, namespace, reserved, algorithm, signature))
        };
        let (key, namespace, reserved, algorithm, signature) = read().ok_or(Fault::Malformed)?;
        let kind = Reader::new(key).string().ok_or(Fault::Malformed)?;
        if kind != KIND.as_bytes() {
            return Err(Fault::Kind(fingerprint(key)));
        }
        let key = PublicKey::from_blob(key).ok_or(Fault::WeakKey)?;
        let mut reader = Reader::new(signature);
        let kind = reader.string();
        let bytes = reader.string().and_then(|bytes| bytes.try_into().ok());
        match bytes {
            Some(bytes) if kind == Some(KIND.as_bytes()) && reader.is_empty() => {
                Ok(Self { key, namespace, algorithm, reserved, bytes })
            }
            _ => Err(Fault::Malformed),
        }
    }

    /// Whether it is its key's signature of a file's bytes, made for `namespace`.
    ///
    /// # Errors
    /// [`Fault::Namespace`] or [`Fault::Forged`].
    pub fn verify(&self, namespace: &str, message: &[u8]) -> Result<(), Fault> {
        self.verify_digest(namespace, &self.algorithm.digest(message))
    }

    /// As [`Signature::verify`], of the file whose digest by [`Signature::algorithm`] is given.
    ///
    /// # Errors
    /// As [`Signature::verify`].
    pub fn verify_digest(&self, namespace: &str, digest: &Digest) -> Result<(), Fault> {
        if self.namespace != namespace {
            return Err(Fault::Namespace(self.namespace.clone()));
        }
        if self.algorithm != digest.algorithm {
            return Err(Fault::Forged);
        }
        match self.key.verifies(&self.signed(digest), &self.bytes) {
            true => Ok(()),
            false => Err(Fault::Forged),
        }
    }

    /// The text of the signature's file.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&VERSION.to_be_bytes());
        put(&mut out, &self.key.to_blob());
        put(&mut out, self.namespace.as_bytes());
        put(&mut out, &self.reserved);
        put(&mut out, self.algorithm.name().as_bytes());
        let mut signature = Vec::new();
        put(&mut signature, KIND.as_bytes());
        put(&mut signature, &self.bytes);
        put(&mut out, &signature);
        armor::encode(LABEL, &out)
    }

    /// What the key signs: purpose and digest, so that a signature for one purpose is none for
    /// another.
    fn signed(&self, digest: &Digest) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put(&mut out, self.namespace.as_bytes());
        put(&mut out, &self.reserved);
        put(&mut out, self.algorithm.name().as_bytes());
        put(&mut out, &digest.bytes);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::NAMESPACE;

    fn key() -> SecretKey {
        SecretKey::from_seed(&[7; 32], "test")
    }

    #[test]
    fn a_signature_is_of_one_file_one_key_and_one_purpose() {
        let signature = Signature::make(&key(), NAMESPACE, b"file");
        let again = Signature::parse(&signature.to_text()).unwrap();
        assert_eq!(again, signature);
        assert_eq!(again.verify(NAMESPACE, b"file"), Ok(()));
        assert_eq!(again.verify(NAMESPACE, b"File"), Err(Fault::Forged));
        assert_eq!(again.verify("file", b"file"), Err(Fault::Namespace(NAMESPACE.into())));
        // Another namespace is not only a label.
        let mut relabelled = again.clone();
        relabelled.namespace = "other".into();
        assert_eq!(relabelled.verify("other", b"file"), Err(Fault::Forged));
        let mut other = again.clone();
        other.key = SecretKey::from_seed(&[8; 32], "").public();
        assert_eq!(other.verify(NAMESPACE, b"file"), Err(Fault::Forged));
    }

    #[test]
    fn each_changed_bit_of_a_signature_is_seen() {
        let text = Signature::make(&key(), NAMESPACE, b"file").to_text();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.as_bytes().to_vec();
                changed[at] ^= 1 << bit;
                let Ok(changed) = String::from_utf8(changed) else { continue };
                let verified =
                    Signature::parse(&changed).and_then(|read| read.verify(NAMESPACE, b"file"));
                assert!(verified.is_err(), "bit {bit} of byte {at}");
            }
            assert!(Signature::parse(&text[..at]).is_err() || at + 1 == text.len());
        }
    }

    #[test]
    fn a_second_form_of_the_same_signature_is_refused() {
        // S + L is the same number modulo the group's order L (RFC 8032 §5.1.7 refuses it).
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut signature = Signature::make(&key(), NAMESPACE, b"file");
        let mut carry = 0_u16;
        for (byte, add) in signature.bytes[32..].iter_mut().zip(order) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry as u8;
            carry >>= 8;
        }
        assert_eq!(carry, 0);
        assert_eq!(signature.verify(NAMESPACE, b"file"), Err(Fault::Forged));
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        let text = Signature::make(&key(), NAMESPACE, b"file").to_text();
        let mut bytes = armor::decode(LABEL, &text).unwrap().to_vec();
        let at = bytes.windows(32).position(|w| w == key().public().to_bytes()).unwrap();
        bytes[at..at + 32].fill(0);
        bytes[at] = 1;
        // With the neutral element as key, R = S·B verifies any file where that is not refused.
        let found = Signature::parse(&armor::encode(LABEL, &bytes));
        assert_eq!(found, Err(Fault::WeakKey));
    }

    #[test]
    fn signing_twice_gives_the_same_bytes() {
        let text = || Signature::make(&key(), NAMESPACE, b"file").to_text();
        assert_eq!(text(), text());
    }
}
