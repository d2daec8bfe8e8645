//! Signatures by Ed25519 (RFC 8032) in OpenSSH's formats, so that `ssh-keygen` makes and verifies
//! the same ones.
//!
//! Formats: private keys `openssh-key-v1` (OpenSSH's PROTOCOL.key), public keys (RFC 8709),
//! signatures `SSHSIG` (OpenSSH's PROTOCOL.sshsig), lists of signers (ssh-keygen(1), ALLOWED
//! SIGNERS).
//!
//! Verification is strict: keys and signatures that have a second form, or of which anyone could
//! make others, are refused, so that all who verify say the same.
//!
//! **Invariant:** nothing here opens a file, asks for a passphrase or reads the clock. No message
//! holds a passphrase or a secret key.

mod armor;
mod private;
mod public;
mod signers;
mod sshsig;
mod wire;

pub use private::{Locked, SecretKey};
pub use public::PublicKey;
pub use signers::{Listed, Refusal, Signers, Standing, parse_time};
pub use sshsig::{Fault, Signature};

/// The namespace of all that this program signs: a signature that was made for another purpose is
/// none of a package.
pub const NAMESPACE: &str = "handover";

/// The only kind of key that is supported (RFC 8709 §4).
const KIND: &str = "ssh-ed25519";
