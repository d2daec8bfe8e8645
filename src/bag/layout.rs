//! Where everything stands in a package, and how a package is named and identified.

use crate::digest::{Algorithm, Hasher};
use crate::path::shown;
use jiff::Timestamp;

/// The payload's folder (RFC 8493 §2.1.2).
pub const PAYLOAD: &str = "data/";
/// The declared schema that was used.
pub const DESCRIPTOR: &str = "metadata/descriptor.json";
/// Folder of the supplier's documentation, as delivered.
pub const DOCUMENTATION: &str = "metadata/documentation/";
/// What came: the container's name, size, SHA-512 and listing.
pub const RECEIVED: &str = "metadata/received.json";
/// The check's outcome on the day, for programs.
pub const REPORT_JSON: &str = "metadata/report.json";
/// The check's outcome on the day, for people, as plain text.
pub const REPORT_TEXT: &str = "metadata/report.txt";
/// The check's outcome on the day, for people.
pub const REPORT_HTML: &str = "metadata/report.html";
/// One page about the package, to print and sign, as plain text.
pub const CERTIFICATE_TEXT: &str = "metadata/certificate.txt";
/// One page about the package, to print and sign.
pub const CERTIFICATE_HTML: &str = "metadata/certificate.html";
/// Who accepted error findings, and why.
pub const ACCEPTANCE: &str = "metadata/acceptance.json";
/// The block table: advisory, never trusted.
pub const BLOCKS: &str = "retrieval/blocks.tsv";
/// Folder of the block table and the patient index.
pub const RETRIEVAL: &str = "retrieval/";
/// Folder of the row proofs.
pub const PROOF: &str = "proof/";
/// The signed root of the row proofs.
pub const CHECKPOINT: &str = "proof/checkpoint.txt";
/// The leaves of the package's tree.
pub const LEAVES: &str = "proof/leaves.jsonl.gz";
/// Stored hashes of all trees.
pub const TREES: &str = "proof/trees.bin";
/// Lengths of the leaves of all files.
pub const LENGTHS: &str = "proof/lengths.bin";
/// The lists of the patients.
pub const LISTS: &str = "proof/lists.bin";
/// What the salts are made from.
pub const SECRET: &str = "proof/secret.txt";
/// All proofs of an export.
pub const BUNDLE: &str = "proof/proof.json";
/// The most bytes that it may have: whoever verifies an export reads it whole. A row takes some 300.
pub const LARGEST_BUNDLE: u64 = 1 << 30;
/// Where the leaves of each block begin: advisory.
pub const ANCHORS: &str = "retrieval/anchors.bin";
/// Where the list of each patient begins: advisory.
pub const LIST_INDEX: &str = "retrieval/lists.bin";
/// Keys of rows that are no patient's: advisory.
pub const KEYS: &str = "retrieval/keys.bin";
/// Who retrieved an export, when and why.
pub const CUSTODY: &str = "metadata/custody.json";
/// The page to read of an export.
pub const RECORD: &str = "data/record.html";
/// Facts about the bag (RFC 8493 §2.2.2).
pub const BAG_INFO: &str = "bag-info.txt";
/// The bag declaration (RFC 8493 §2.1.1).
pub const DECLARATION: &str = "bagit.txt";
/// How to check the package without our software.
pub const VERIFY: &str = "VERIFY.txt";
/// Folder of the signatures.
pub const SIGNATURES: &str = "signatures/";
/// Files that would have to be fetched (RFC 8493 §2.2.3); refused.
pub const FETCH: &str = "fetch.txt";

/// The name of the payload manifest: `manifest-sha512.txt`.
pub fn manifest(algorithm: Algorithm) -> String {
    format!("manifest-{algorithm}.txt")
}

/// The name of the tag manifest: `tagmanifest-sha512.txt`.
pub fn tag_manifest(algorithm: Algorithm) -> String {
    format!("tagmanifest-{algorithm}.txt")
}

/// The signature's name of a signed file: `signatures/tagmanifest-sha512.txt.sig`,
/// `signatures/checkpoint.txt.sig`.
pub fn signature(signed: &str) -> String {
    let name = signed.rsplit('/').next().unwrap_or(signed);
    format!("{SIGNATURES}{name}.sig")
}

/// What kind of manifest a file at the top of a bag is: whether of tags, and its algorithm's name.
pub fn manifest_name(path: &str) -> Option<(Scope, &str)> {
    let (scope, rest) = match path.strip_prefix("tagmanifest-") {
        Some(rest) => (Scope::Tags, rest),
        None => (Scope::Payload, path.strip_prefix("manifest-")?),
    };
    let algorithm = rest.strip_suffix(".txt")?;
    (!algorithm.is_empty() && !algorithm.contains('/')).then_some((scope, algorithm))
}

/// What a manifest lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Files of the payload.
    Payload,
    /// All other files.
    Tags,
}

/// Where a file stands in the order of a package, by its path below the top folder; files of one
/// rank stand in the order of their paths' bytes.
pub fn rank(path: &str) -> u8 {
    match path {
        DESCRIPTOR => 1,
        RECEIVED => 3,
        REPORT_JSON => 4,
        REPORT_HTML => 5,
        ACCEPTANCE => 6,
        BAG_INFO => 10,
        DECLARATION => 11,
        VERIFY => 12,
        _ if path.starts_with(PAYLOAD) => 0,
        _ if path.starts_with(DOCUMENTATION) => 2,
        _ if path.starts_with("metadata/") => 7,
        _ if path.starts_with(RETRIEVAL) => 8,
        _ if path.starts_with(PROOF) => 9,
        _ if path.starts_with(SIGNATURES) => 16,
        _ => match manifest_name(path) {
            Some((Scope::Payload, _)) => 14,
            Some((Scope::Tags, _)) => 15,
            None => 13,
        },
    }
}

/// The longest top folder's name, in bytes.
const LONGEST_NAME: usize = 64;

/// The top folder's name: `subject` (the practice's ODS code, or the extract's name) and the date of
/// the package time, as `A81001-2026-11-23`.
///
/// Letters, digits, `_` and `.` of the subject stay; anything else becomes `-`, once for each run.
/// Digit runs of six or more, which may be a patient's number, are replaced by their length. Of an
/// empty subject, `extract` is made.
pub fn name(subject: &str, seconds: i64) -> String {
    let mut clean = String::new();
    for c in shown(subject).chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '.') {
            clean.push(c);
        } else if !clean.ends_with('-') {
            clean.push('-');
        }
    }
    clean.truncate(LONGEST_NAME - 11);
    let clean = clean.trim_matches(['-', '.']);
    let date = time(seconds);
    let date = date.get(..10).unwrap_or(&date);
    format!("{}-{date}", if clean.is_empty() { "extract" } else { clean })
}

/// The package time as `bag-info.txt` states it: `2026-11-23T08:26:18Z`.
pub fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The package's identifier: a UUID of version 8 (RFC 9562 §5.8) whose other bits are the first of
/// the SHA-512 over the payload manifest's bytes followed by the package time as [`time`] writes it.
/// Of several payload manifests, it is the strongest one's.
pub fn identifier(manifest: &[u8], seconds: i64) -> String {
    let mut hasher = Hasher::new(Algorithm::Sha512);
    hasher.update(manifest);
    identifier_from(hasher, &time(seconds))
}

/// As [`identifier`], of a SHA-512 that has taken the manifest, and the time as the package writes it.
pub fn identifier_from(mut manifest: Hasher, time: &str) -> String {
    manifest.update(time.as_bytes());
    let hex = manifest.finish().to_string();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    // RFC 9562 §4.1: the variant is the two bits 10 at the head of the ninth byte.
    let variant = match hex.as_bytes().get(16) {
        Some(b'0' | b'4' | b'8' | b'c') => '8',
        Some(b'1' | b'5' | b'9' | b'd') => '9',
        Some(b'2' | b'6' | b'a' | b'e') => 'a',
        _ => 'b',
    };
    format!(
        "{}-{}-8{}-{variant}{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_hold_no_long_number() {
        let name = |subject: &str| name(subject, 1_795_422_378);
        assert_eq!(name("A81001"), "A81001-2026-11-23");
        assert_eq!(name("../Dr Who & Co"), "Dr-Who-Co-2026-11-23");
        assert_eq!(name(""), "extract-2026-11-23");
        assert_eq!(name("9434765919"), "9-10-2026-11-23");
        assert_eq!(name("é"), "extract-2026-11-23");
        assert!(name(&"x".repeat(500)).len() <= LONGEST_NAME);
    }

    #[test]
    fn the_order_is_that_of_the_specification() {
        let ordered = [
            "data/a.csv",
            "metadata/descriptor.json",
            "metadata/documentation/read me.pdf",
            "metadata/received.json",
            "metadata/report.json",
            "metadata/report.html",
            "metadata/acceptance.json",
            "retrieval/blocks.tsv",
            "proof/checkpoint.txt",
            "bag-info.txt",
            "bagit.txt",
            "VERIFY.txt",
            "manifest-sha512.txt",
            "tagmanifest-sha512.txt",
            "signatures/tagmanifest-sha512.txt.sig",
        ];
        assert!(ordered.map(rank).is_sorted());
        assert_eq!(signature(CHECKPOINT), "signatures/checkpoint.txt.sig");
        assert_eq!(manifest_name("tagmanifest-sha512.txt"), Some((Scope::Tags, "sha512")));
        assert_eq!(manifest_name("manifest-md5.txt"), Some((Scope::Payload, "md5")));
        assert_eq!(manifest_name("manifest-.txt"), None);
        assert_eq!(manifest_name("manifest-a/b.txt"), None);
    }

    #[test]
    fn the_identifier_is_a_uuid_of_version_eight() {
        let id = identifier(b"manifest", 0);
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8');
        assert!(matches!(id.as_bytes()[19], b'8'..=b'b'));
        assert_ne!(id, identifier(b"manifest", 1));
        assert_ne!(id, identifier(b"Manifest", 0));
        assert_eq!(time(0), "1970-01-01T00:00:00Z");
    }
}
