//! Says whether a package, or any BagIt 0.97 or 1.0 bag, is complete and unaltered.
//!
//! A bag may be a folder or lie in a zip; nothing is unpacked. Every file is read once, and every
//! problem is a finding that names it; the reading never stops at the first. RFC 8493 is applied as
//! it stands to bags of others. Of our own packages (the archive's comment or the profile in
//! `bag-info.txt` says so) more is asked: a tag manifest that lists every other file, and canonical
//! headers where the comment promises them.
//!
//! **Invariant:** the verdict rests on the files' bytes and the manifests alone. What is advisory
//! (the block table) can make it quicker and places more exact, never better. Reading back what was
//! just written gives no verdict: see [`read_back`].

mod content;
mod damage;
mod digests;
mod export;
mod findings;
mod identity;
mod listing;
mod scan;
mod signatures;
mod tree;
mod verification;
mod written;

pub mod show;

pub use signatures::{Signed, Signer};
pub use written::{AsWritten, Fingerprint, WrittenFile, fingerprint};

use crate::archive::bytes::Bytes;
use crate::bag::layout;
use crate::bag::tag::{Info, Oxum};
use crate::digest::{Algorithm, Digest};
use crate::error::Result;
use crate::finding::{Gap, Group, Severity};
use crate::pipeline::{Interrupt, Progress};
use crate::proof::check::Proven;
use crate::signature::Signers;
use crate::verify::tree::Tree;
use crate::verify::verification::Verification;
use std::fmt;
use std::path::Path;

/// How much is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reading {
    /// Every byte of every file.
    #[default]
    Whole,
    /// The lists, the other tag files and the signatures, but no payload. What is missing, unlisted
    /// or of another size in all is found; what was changed is not, so nothing is called intact.
    Quick,
}

/// How to verify.
#[derive(Debug, Clone)]
pub struct Options {
    /// Worker threads; at least 1, the default.
    pub jobs: usize,
    /// Bytes of memory that buffers may use; 512 MiB unless changed.
    pub memory: u64,
    /// How much is read; all of it, unless changed.
    pub reading: Reading,
    /// Examples that are kept of each group of findings; 10,000 unless changed. Totals are exact
    /// whatever it is.
    pub samples: usize,
    /// The request to stop.
    pub interrupt: Interrupt,
    /// How far it has come, for whoever watches.
    pub progress: Progress,
    /// Whose signatures are accepted. Without a list no signer is known, and a bag without a
    /// signature is taken; with one, anything but good signatures by listed keys is an error.
    pub signers: Option<Signers>,
    /// The name on the list of signers that alone counts; any, unless given.
    pub identity: Option<String>,
    /// When a key must have been valid, in seconds since 1970; the package time, which is what the
    /// signer claims, unless given.
    pub at: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 1,
            memory: 512 << 20,
            reading: Reading::Whole,
            samples: 10_000,
            interrupt: Interrupt::default(),
            progress: Progress::default(),
            signers: None,
            identity: None,
            at: None,
        }
    }
}

/// What became of the package, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Complete and unaltered; signed by a signer who is listed.
    IntactSigned,
    /// Complete and unaltered; signed, but not by anyone who is listed.
    IntactSignerUnknown,
    /// Complete and unaltered as far as its own manifests say; not signed.
    IntactUnsigned,
    /// Nothing is missing by its lists, but the payload was not read: [`Reading::Quick`].
    NotVerified,
    /// Something is missing, changed, added, or could be read in two ways.
    Altered,
    /// There is no bag that could be verified.
    NotAPackage,
}

impl Verdict {
    /// As the reports write it: `intact-unsigned`.
    pub fn name(self) -> &'static str {
        match self {
            Self::IntactSigned => "intact-signed",
            Self::IntactSignerUnknown => "intact-signer-unknown",
            Self::IntactUnsigned => "intact-unsigned",
            Self::NotVerified => "not-verified",
            Self::Altered => "altered",
            Self::NotAPackage => "not-a-package",
        }
    }

    /// Whether nothing was found to be altered. Whether it is accepted is another question: see
    /// [`Outcome::is_accepted`].
    pub fn is_intact(self) -> bool {
        match self {
            Self::IntactSigned | Self::IntactSignerUnknown | Self::IntactUnsigned => true,
            Self::NotVerified | Self::Altered | Self::NotAPackage => false,
        }
    }
}

/// As the reports write it.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A file of the bag, or one that its manifests list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the bag's top folder, as it may be shown.
    pub shown: String,
    /// Size in bytes, as listed by the container; 0 where the file is missing.
    pub bytes: u64,
    /// Whether it belongs to the payload.
    pub payload: bool,
    /// Whether it is there.
    pub present: bool,
}

/// Whether page, custody record and `VERIFY.txt` of an export say what its proven rows say. Only
/// [`crate::retrieve::again`] can tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Words {
    /// Nobody compared them.
    #[default]
    NotCompared,
    /// They are what this program makes of the rows.
    Same,
    /// One of them is not; there is a finding.
    Other,
}

impl Words {
    /// As the reports write it: `not-compared`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotCompared => "not-compared",
            Self::Same => "same",
            Self::Other => "other",
        }
    }
}

/// What verifying found: the data that every report renders.
#[derive(Debug)]
pub struct Outcome {
    /// The outcome in one word.
    pub verdict: Verdict,
    /// Whether it is a package of ours: the archive's comment or the bag's profile says so.
    pub ours: bool,
    /// Whether the archive's comment promises canonical headers, so that each of their bytes was
    /// compared.
    pub canonical: bool,
    /// The bag's top folder as it may be shown; empty where the bag has none.
    pub top: String,
    /// Version of BagIt.
    pub version: Option<(u32, u32)>,
    /// What `bag-info.txt` says.
    pub info: Info,
    /// All files, in the order of their paths, then missing ones. A place points here.
    pub files: Vec<File>,
    /// Bytes and files of the payload that is there.
    pub payload: Oxum,
    /// The algorithms of the payload manifests by which files were compared, the strongest first.
    pub algorithms: Vec<Algorithm>,
    /// Name and SHA-512 of each payload manifest, for the certificate.
    pub manifests: Vec<(String, Digest)>,
    /// The signatures that are there.
    pub signatures: Vec<Signed>,
    /// Whether a list of signers was given.
    pub signers_asked: bool,
    /// What it proves, where it is an export.
    pub proven: Option<Proven>,
    /// Whether what the export says in words follows from its rows.
    pub words: Words,
    /// Findings, in the order of the catalogue.
    pub groups: Vec<Group>,
    /// What was not checked, and why.
    pub gaps: Vec<Gap>,
}

impl Outcome {
    /// Whether the bag is intact and, where a list of signers was given, signed by one of them. Of
    /// one whose payload was not read: whether nothing was found against it.
    pub fn is_accepted(&self) -> bool {
        let unread = self.verdict == Verdict::NotVerified;
        (self.verdict.is_intact() || unread) && self.count(Severity::Error) == 0
    }

    /// Occurrences of findings of a severity.
    pub fn count(&self, severity: Severity) -> u64 {
        let of = self.groups.iter().filter(|group| group.severity == severity);
        of.map(|group| group.occurrences).sum()
    }
}

/// Verifies the package or bag at `path`: a folder, or a zip.
///
/// # Errors
/// It cannot be read, it changed while it was read, or a stop was asked for.
pub fn run(path: &Path, options: &Options) -> Result<Outcome> {
    Verification::new(Tree::open(path, options.memory)?, options).run()
}

/// As [`run`], of a zip's bytes.
///
/// # Errors
/// As [`run`].
pub fn run_on(bytes: Bytes, options: &Options) -> Result<Outcome> {
    Verification::new(Tree::archive(bytes, options.memory)?, options).run()
}

/// Reads back a package that was just written and whose payload was written as `written` says; gives
/// what is not as it was. The archive and all files but the payload are verified as by [`run`]; the
/// payload's compressed bytes are compared with their fingerprints.
///
/// # Errors
/// As [`run`].
pub fn read_back(path: &Path, options: &Options, written: &AsWritten) -> Result<Vec<Group>> {
    let tree = Tree::open(path, options.memory)?;
    let outcome = Verification::new(tree, options).beside(written).run()?;
    Ok(outcome.groups.into_iter().filter(|group| group.severity == Severity::Error).collect())
}

/// Where the bag begins in its container: the folder of the outermost `bagit.txt`, with a slash, or
/// nothing. Without a declaration, the folder of a manifest. `None`: there is no bag.
fn find_top(tree: &Tree) -> Option<String> {
    let outermost = |is: &dyn Fn(&str) -> bool| {
        let tops = tree.members.iter().filter_map(|member| match member.path.split_once('/') {
            None => is(&member.path).then_some(""),
            Some((top, rest)) => is(rest).then(|| member.path.get(..top.len() + 1)).flatten(),
        });
        tops.min_by_key(|top| top.len().min(1)).map(str::to_owned)
    };
    let by_manifest = || outermost(&|path| layout::manifest_name(path).is_some());
    outermost(&|path| path == layout::DECLARATION)
        // A bag that lost its declaration may have another's among its payload.
        .filter(|top| top != layout::PAYLOAD || by_manifest().is_none_or(|top| !top.is_empty()))
        .or_else(by_manifest)
        .or_else(|| outermost(&|path| path == layout::BAG_INFO))
}
