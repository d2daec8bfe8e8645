//! Secret keys, and the files that hold them (OpenSSH's PROTOCOL.key).

use super::public::PublicKey;
use super::wire::{Reader, put};
use super::{KIND, armor};
use crate::error::{Error, ErrorKind, Result};
use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"openssh-key-v1\0";
const LABEL: &str = "OPENSSH PRIVATE KEY";
/// The cipher of keys with a passphrase; OpenSSH's default since 7.6.
const CIPHER: &str = "aes256-ctr";
const KDF: &str = "bcrypt";
/// Rounds of the passphrase's derivation in files that we write; OpenSSH's default since 9.4.
const ROUNDS: u32 = 24;
/// More rounds than these are not made: they would take minutes.
const MOST_ROUNDS: u32 = 2_000;
/// The longest file that is taken, in bytes; a key has about 400.
const LONGEST: usize = 64 * 1024;

/// A secret key. It is wiped from memory when it is dropped.
#[derive(Clone)]
pub struct SecretKey {
    key: SigningKey,
    /// What its file says about it, as a name.
    comment: String,
}

/// A key file's content, before its passphrase is known.
pub struct Locked {
    cipher: String,
    salt: Vec<u8>,
    rounds: u32,
    public: Vec<u8>,
    secret: Zeroizing<Vec<u8>>,
}

impl Locked {
    /// Reads the text of a key file.
    ///
    /// # Errors
    /// It is no key file of OpenSSH, or has a cipher or a kind of key that is not supported.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(not_a_key(""));
        }
        let bytes = armor::decode(LABEL, text.trim_end()).ok_or_else(|| not_a_key(text))?;
        let broken = || not_a_key("");
        let body = bytes.strip_prefix(MAGIC).ok_or_else(broken)?;
        let mut reader = Reader::new(body);
        let mut text = || reader.string().and_then(|s| String::from_utf8(s.to_vec()).ok());
        let (cipher, kdf) = text().zip(text()).ok_or_else(broken)?;
        let options = reader.string().ok_or_else(broken)?;
        if reader.number() != Some(1) {
            return Err(broken());
        }
        let public = reader.string().ok_or_else(broken)?.to_vec();
        let secret = Zeroizing::new(reader.string().ok_or_else(broken)?.to_vec());
        // Ciphers that authenticate put their tag behind.
        if !reader.is_empty() && ["none", CIPHER].contains(&cipher.as_str()) {
            return Err(broken());
        }
        let kind = Reader::new(&public).string();
        if kind != Some(KIND.as_bytes()) {
            return Err(wrong("the key is not an Ed25519 key")
                .with_hint("make one with: handover key generate FILE"));
        }
        let (salt, rounds) = match (cipher.as_str(), kdf.as_str()) {
            ("none", "none") => (Vec::new(), 0),
            (CIPHER, KDF) => {
                let mut reader = Reader::new(options);
                let salt = reader.string().ok_or_else(broken)?.to_vec();
                let rounds = reader.number().ok_or_else(broken)?;
                if salt.is_empty() || rounds == 0 || rounds > MOST_ROUNDS {
                    return Err(broken());
                }
                (salt, rounds)
            }
            _ => {
                return Err(wrong("the key is encrypted in a way that is not supported")
                    .with_hint("change it with: ssh-keygen -p -Z aes256-ctr -f FILE"));
            }
        };
        Ok(Self { cipher, salt, rounds, public, secret })
    }

    /// Whether a passphrase is needed.
    pub fn is_encrypted(&self) -> bool {
        self.cipher != "none"
    }

    /// The key; `passphrase` counts only where one is needed.
    ///
    /// # Errors
    /// The passphrase is wrong, or the file is damaged.
    pub fn unlock(self, passphrase: &[u8]) -> Result<SecretKey> {
        let encrypted = self.is_encrypted();
        let mut secret = self.secret;
        if encrypted {
            cipher(passphrase, &self.salt, self.rounds, &mut secret)?;
        }
        let mut reader = Reader::new(&secret);
        let (one, two) = (reader.number(), reader.number());
        if one.is_none() || one != two {
            return Err(match encrypted {
                true => wrong("the passphrase is wrong"),
                false => not_a_key(""),
            });
        }
        let read = (|| {
            let kind = reader.string()?;
            let public = PublicKey::from_bytes(reader.string()?)?;
            let pair: &[u8; 64] = reader.string()?.try_into().ok()?;
            let comment = String::from_utf8_lossy(reader.string()?).into_owned();
            // OpenSSH fills up to the cipher's block with 1, 2, 3, …
            let padding = reader.rest();
            let padded = padding.len() < 16 && padding.iter().zip(1_u8..).all(|(b, n)| *b == n);
            // The file has the public key three times: all must be the secret key's.
            let key = SigningKey::from_keypair_bytes(pair).ok()?;
            let same = PublicKey::from(key.verifying_key()) == public
                && PublicKey::from_blob(&self.public) == Some(public);
            (kind == KIND.as_bytes() && padded && same).then_some(SecretKey { key, comment })
        })();
        read.ok_or_else(|| not_a_key(""))
    }
}

impl SecretKey {
    /// The key of a seed of 32 random bytes (RFC 8032 §5.1.5), with a comment that names it.
    pub fn from_seed(seed: &[u8; 32], comment: &str) -> Self {
        Self { key: SigningKey::from_bytes(seed), comment: comment.to_owned() }
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        self.key.verifying_key().into()
    }

    /// What its file says about it.
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// The text of a key file without a passphrase; `random` are 4 random bytes, which say nothing.
    pub fn to_text(&self, random: [u8; 4]) -> Zeroizing<String> {
        let secret = self.secret(random, 8);
        self.file("none", "none", &[], &secret)
    }

    /// The text of a key file that is read with a passphrase. Of `random`, the first 16 bytes are
    /// the salt.
    ///
    /// # Errors
    /// The passphrase is empty.
    pub fn to_locked_text(&self, passphrase: &[u8], random: [u8; 20]) -> Result<Zeroizing<String>> {
        let (salt, rest) = random.split_at(16);
        let check = rest.try_into().unwrap_or([0; 4]);
        let mut secret = self.secret(check, 16);
        cipher(passphrase, salt, ROUNDS, &mut secret)?;
        let mut options = Vec::new();
        put(&mut options, salt);
        options.extend_from_slice(&ROUNDS.to_be_bytes());
        Ok(self.file(CIPHER, KDF, &options, &secret))
    }

    /// The part of a key file that may be encrypted, filled up to the cipher's `block`.
    fn secret(&self, check: [u8; 4], block: usize) -> Zeroizing<Vec<u8>> {
        // Room for all of it, so that no copy is left where it grew.
        let mut out = Zeroizing::new(Vec::with_capacity(256 + self.comment.len()));
        out.extend_from_slice(&check);
        out.extend_from_slice(&check);
        put(&mut out, KIND.as_bytes());
        put(&mut out, &self.public().to_bytes());
        put(&mut out, &*Zeroizing::new(self.key.to_keypair_bytes()));
        put(&mut out, self.comment.as_bytes());
        let mut filler = 1;
        while !out.len().is_multiple_of(block) {
            out.push(filler);
            filler += 1;
        }
        out
    }

    fn file(&self, cipher: &str, kdf: &str, options: &[u8], secret: &[u8]) -> Zeroizing<String> {
        let mut out = Zeroizing::new(Vec::with_capacity(secret.len() + 256));
        out.extend_from_slice(MAGIC);
        put(&mut out, cipher.as_bytes());
        put(&mut out, kdf.as_bytes());
        put(&mut out, options);
        out.extend_from_slice(&1_u32.to_be_bytes());
        put(&mut out, &self.public().to_blob());
        put(&mut out, secret);
        armor::encode(LABEL, &out)
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

/// Encrypts or decrypts in place: the counter mode does the same for both.
fn cipher(passphrase: &[u8], salt: &[u8], rounds: u32, bytes: &mut [u8]) -> Result<()> {
    if passphrase.is_empty() {
        return Err(wrong("the passphrase is empty"));
    }
    let mut derived = Zeroizing::new([0; 48]);
    bcrypt_pbkdf::bcrypt_pbkdf(passphrase, salt, rounds, derived.as_mut())
        .map_err(Error::internal)?;
    let (key, start) = derived.split_at(32);
    let mut cipher = Ctr128BE::<Aes256>::new_from_slices(key, start).map_err(Error::internal)?;
    cipher.apply_keystream(bytes);
    Ok(())
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::Usage, message)
}

/// Why a text is no key, as far as its first line tells.
fn not_a_key(text: &str) -> Error {
    let first = text.lines().next().unwrap_or_default();
    let (message, hint) = if first.starts_with("ssh-") || first.starts_with("ecdsa-") {
        ("the file holds a public key", "give the file of the same name without .pub")
    } else if first.starts_with("PuTTY-User-Key-File") {
        (
            "the file is a key of PuTTY, not of OpenSSH",
            "save it in OpenSSH's form with PuTTYgen, or make one with: handover key generate FILE",
        )
    } else if first.starts_with("-----BEGIN ") && first != format!("-----BEGIN {LABEL}-----") {
        (
            "the file is not a secret key in OpenSSH's form",
            "make one with: handover key generate FILE",
        )
    } else {
        (
            "the file is not a secret key in OpenSSH's form, or is damaged",
            "make one with: handover key generate FILE",
        )
    };
    wrong(message).with_hint(hint)
}

/// The fingerprint only.
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().fingerprint())
    }
}

/// Nothing of its content.
impl fmt::Debug for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locked").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_gives_its_key_back() {
        let key = SecretKey::from_seed(&[7; 32], "test é");
        let locked = Locked::parse(&key.to_text([1; 4])).unwrap();
        assert!(!locked.is_encrypted());
        let again = locked.unlock(b"").unwrap();
        assert_eq!((again.public(), again.comment()), (key.public(), "test é"));

        let text = key.to_locked_text(b"pass", [9; 20]).unwrap();
        let locked = || Locked::parse(&text).unwrap();
        assert!(locked().is_encrypted());
        assert_eq!(locked().unlock(b"pass").unwrap().public(), key.public());
        for wrong in [&b""[..], b"Pass", b"pass "] {
            let error = locked().unlock(wrong).unwrap_err();
            assert!(error.to_string().starts_with("the passphrase is"), "{error}");
        }
        assert!(key.to_locked_text(b"", [9; 20]).is_err());
        assert_eq!(format!("{key:?} {:?}", locked()).matches("Locked").count(), 1);
    }

    #[test]
    fn what_is_no_key_is_told_by_its_kind() {
        let error = |text: &str| Locked::parse(text).unwrap_err().to_string();
        assert_eq!(error("ssh-ed25519 AAAA me"), "the file holds a public key");
        assert!(error("PuTTY-User-Key-File-3: ssh-ed25519\n").contains("PuTTY"));
        for text in ["", "x", "-----BEGIN RSA PRIVATE KEY-----\n", &"x".repeat(LONGEST + 1)] {
            assert!(error(text).starts_with("the file is not a secret key"), "{text:.20}");
        }
    }

    #[test]
    fn a_changed_key_file_is_refused_and_nothing_panics() {
        let key = SecretKey::from_seed(&[7; 32], "c");
        let good = key.to_text([1; 4]);
        let bytes = armor::decode(LABEL, &good).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            let text = armor::encode(LABEL, &changed);
            if let Ok(read) = Locked::parse(&text).and_then(|locked| locked.unlock(b"x")) {
                // Only the comment is not protected.
                assert_eq!(read.public(), key.public());
                assert_ne!(read.comment(), key.comment());
            }
            let cut = armor::encode(LABEL, &bytes[..at]);
            assert!(Locked::parse(&cut).and_then(|locked| locked.unlock(b"x")).is_err());
        }
    }
}
