//! Who signed a bag: the signatures of its tag manifests, and where their keys stand on the list of
//! signers.
//!
//! What is signed is a tag manifest, and with it every file that it lists, and with the payload
//! manifests among these the payload. So a bag is signed if each tag manifest is: one that is not
//! would list whatever it likes.

use crate::bag::layout::{self, Scope};
use crate::bag::tag::{Info, SIGNING_KEY_LABEL, SOURCE_TIME_LABEL, TIME_LABEL};
use crate::digest::{Digest, Hasher};
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Place, Severity};
use crate::signature::{Fault, NAMESPACE, Refusal, Signature, Standing};
use crate::verify::listing::Listing;
use crate::verify::verification::Verification;

/// The largest file that is taken for a signature, in bytes; one has about 300.
const LARGEST: u64 = 64 << 10;

/// A signature that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Path of the signed file below the top folder.
    pub file: String,
    /// The key's fingerprint, `SHA256:…`; empty where the signature cannot be read.
    pub key: String,
    /// Whose it is, as far as the list of signers tells.
    pub signer: Signer,
}

/// Whose a signature is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// It is good, and its key is on the list.
    Listed {
        /// Whose key it is, as the list has it.
        principals: String,
        /// The list's line, from 1.
        line: u64,
    },
    /// It is good, and nothing is known of its key: there is no list.
    Unknown,
    /// It is good, and its key is not on the list, or may not sign.
    Refused(Refusal),
    /// It does not fit what it signs, or is none.
    Invalid,
    /// It is of a kind that this version does not know.
    Unsupported,
}

/// What the signatures together come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Unsigned,
    /// Signed, but not by anyone who is listed.
    Unknown,
    Listed,
}

impl Verification<'_> {
    /// Verifies every signature that is there, and says what is missing.
    pub(super) fn signatures(&mut self, listing: &Listing, info: &Info) -> Result<State> {
        // Of an export, the package's root is signed, at the time of the package.
        let time =
            info.get(SOURCE_TIME_LABEL).filter(|_| self.is_export()).or(info.get(TIME_LABEL));
        let time = time.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let at = self.options.at.or(time.map(|time| time.as_second()));
        let asked = self.options.signers.is_some();
        let stated: Vec<String> = info.all(SIGNING_KEY_LABEL).map(str::to_owned).collect();
        let mut state = State::Listed;
        let mut bare: Vec<usize> = Vec::new();
        let tags = listing.manifests.iter().filter(|found| found.scope == Scope::Tags);
        // Nobody need sign an export's manifests; where someone did, it counts.
        let is_export = self.is_export();
        for manifest in tags {
            match self.signature(manifest.member, &stated, at)? {
                Some(found) => state = state.min(found),
                None if is_export => {}
                None => bare.push(manifest.member),
            }
        }
        if let Some(checkpoint) = self.find(layout::CHECKPOINT) {
            match self.signature(checkpoint, &stated, at)? {
                Some(found) => state = state.min(found),
                // The manifests vouch for the root here, but not in an export, which has that signature
                // alone: whoever takes it away spoils all exports to come.
                None if self.ours && !is_export && !stated.is_empty() => bare.push(checkpoint),
                None => {}
            }
        }
        let code = Code::SignatureMissing;
        if self.signatures.is_empty() {
            state = State::Unsigned;
            let (severity, text) = if !stated.is_empty() {
                self.stripped = true;
                (Severity::Error, "bag-info.txt says that it was signed, and no signature is there")
            } else if asked {
                (Severity::Error, "nobody signed it, and only listed signers are accepted")
            } else {
                (
                    code.severity(),
                    "nobody signed it, so whoever can write the file can replace all of it",
                )
            };
            self.findings.add(code, severity, text, Place::default(), Facts::None);
        } else {
            for member in bare {
                state = State::Unsigned;
                self.stripped = self.ours;
                let severity = if asked || self.ours { Severity::Error } else { code.severity() };
                let place = Place { file: u32::try_from(member).ok(), ..Place::default() };
                let text = "it is not signed, and another file is";
                self.findings.add(code, severity, text, place, Facts::None);
            }
        }
        if let Some(signers) = &self.options.signers {
            for line in &signers.authorities {
                self.gaps.push(Gap {
                    resource: None,
                    check: format!("the authority in line {line} of the list of signers"),
                    reason: "certificates are not supported; the line lets nobody in".into(),
                });
            }
        }
        Ok(state)
    }

    /// Verifies the signature of one file; `None` where there is none.
    fn signature(
        &mut self,
        member: usize,
        stated: &[String],
        at: Option<i64>,
    ) -> Result<Option<State>> {
        let Some(path) = self.below(member).map(str::to_owned) else { return Ok(None) };
        let Some(file) = self.find(&layout::signature(&path)) else { return Ok(None) };
        let place = Place { file: u32::try_from(file).ok(), ..Place::default() };
        let readable =
            |member: usize| self.tree.members.get(member).is_some_and(|found| found.readable);
        let text = match readable(file) {
            true => self.tree.read(file, LARGEST)?.and_then(|bytes| String::from_utf8(bytes).ok()),
            false => None,
        };
        let read = text.ok_or(Fault::Malformed).and_then(|text| Signature::parse(&text));
        let verified = match &read {
            Ok(signature) if readable(member) => {
                let digest = self.digest_of(member, signature)?;
                signature.verify_digest(NAMESPACE, &digest)
            }
            Ok(_) => Err(Fault::Forged),
            Err(fault) => Err(fault.clone()),
        };
        let key = match &read {
            Ok(signature) => signature.key.fingerprint(),
            Err(Fault::Kind(key)) => key.clone(),
            Err(_) => String::new(),
        };
        let signer = match (&read, verified) {
            (_, Err(Fault::Kind(kind))) => {
                self.unsupported(&path, &kind, place);
                Signer::Unsupported
            }
            (Ok(signature), Ok(())) => {
                if !stated.is_empty() && !stated.contains(&key) {
                    let text = "it is by another key than bag-info.txt says";
                    self.wrong(text, place, Facts::Text(key.clone()));
                }
                self.judge(signature, at, place)
            }
            (_, Err(fault)) => {
                self.wrong(&fault.to_string(), place, Facts::None);
                Signer::Invalid
            }
            (Err(_), Ok(())) => Signer::Invalid,
        };
        let state = match &signer {
            Signer::Listed { .. } => State::Listed,
            Signer::Unknown | Signer::Refused(_) => State::Unknown,
            Signer::Invalid | Signer::Unsupported => State::Unsigned,
        };
        self.signatures.push(Signed { file: crate::path::shown(&path), key, signer });
        Ok(Some(state))
    }

    /// The digest of a member that a signature is over.
    fn digest_of(&self, member: usize, signature: &Signature) -> Result<Digest> {
        let mut hasher = Hasher::new(signature.algorithm);
        // What cannot be read to its end has another digest, and its own finding.
        let _ = self.tree.stream(member, |piece| {
            self.options.interrupt.check()?;
            hasher.update(piece);
            Ok(())
        })?;
        Ok(hasher.finish())
    }

    /// Where the key of a good signature stands.
    fn judge(&mut self, signature: &Signature, at: Option<i64>, place: Place) -> Signer {
        let key = Facts::Text(signature.key.fingerprint());
        let code = Code::SignerUnknown;
        let Some(signers) = &self.options.signers else {
            let text = "no list of signers was given, so it is not known whose key it is";
            self.findings.add(code, code.severity(), text, place, key);
            return Signer::Unknown;
        };
        let identity = self.options.identity.as_deref();
        match signers.judge(&signature.key, NAMESPACE, identity, at) {
            Standing::Listed(listed) => {
                Signer::Listed { principals: listed.principals, line: listed.line }
            }
            Standing::Refused(refusal) => {
                self.findings.add(code, Severity::Error, refusal.reason(), place, key);
                Signer::Refused(refusal)
            }
        }
    }

    /// A signature of a kind that is not known here is no sign of damage, and no proof either.
    fn unsupported(&mut self, path: &str, key: &str, place: Place) {
        self.gaps.push(Gap {
            resource: None,
            check: format!("the signature of {}", crate::path::shown(path)),
            reason: "its key is not an Ed25519 key; ssh-keygen -Y verify may know it".into(),
        });
        let asked = self.options.signers.is_some();
        let code = Code::SignerUnknown;
        let severity = if asked { Severity::Error } else { code.severity() };
        let text = "its key is of a kind that this version does not know";
        self.findings.add(code, severity, text, place, Facts::Text(key.to_owned()));
    }

    fn wrong(&mut self, text: &str, place: Place, facts: Facts) {
        self.findings.add(Code::SignatureInvalid, Severity::Error, text, place, facts);
    }
}
