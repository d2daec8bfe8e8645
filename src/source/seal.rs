//! What is not looked into: encrypted files, archives inside the extract, parts of split archives.
//!
//! Each is told by its name, and by its first bytes where it is the whole extract. One finding says
//! how to open it; that it could not be checked stands under coverage.

use crate::finding::Code;

/// Why a file is not looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// What is behind it.
    pub holds: Holds,
    /// Under which code it is reported; none where the container's own findings say it already.
    pub code: Option<Code>,
    /// What it is and how to open it: lower case, no full stop.
    pub reason: String,
}

/// What is behind a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// The bytes of this file, which cannot be had.
    Itself,
    /// One file, called so.
    File(String),
    /// Files that nobody here knows.
    Files,
}

/// Endings of encrypted files, and what opens them.
const ENCRYPTED: [(&str, &str); 6] = [
    ("gpg", "decrypt it with gpg"),
    ("pgp", "decrypt it with gpg"),
    ("age", "decrypt it with age"),
    ("aes", "decrypt it with the program that the sender used"),
    ("p7m", "decrypt it with the certificate that it was made for"),
    ("enc", "decrypt it with the program that the sender used"),
];

/// Endings of files compressed in a way that is not read here.
const COMPRESSED: [(&str, &str); 6] = [
    ("bz2", "bzip2 -d"),
    ("xz", "xz -d"),
    ("lzma", "xz -d"),
    ("lz4", "lz4 -d"),
    ("br", "brotli -d"),
    ("z", "uncompress"),
];

/// Endings of archives.
const ARCHIVES: [&str; 16] = [
    "zip", "tar", "tgz", "tzst", "tbz", "tbz2", "txz", "7z", "rar", "cab", "iso", "arj", "lzh",
    "zipx", "vhdx", "dmg",
];

impl Seal {
    fn new(code: Code, holds: Holds, reason: String) -> Self {
        Self { holds, code: Some(code), reason }
    }

    /// The bytes of this very file cannot be had; the container's findings say why.
    pub(super) fn itself(reason: &str) -> Self {
        Self { holds: Holds::Itself, code: None, reason: reason.to_owned() }
    }

    /// What the end of a file's name says.
    pub(super) fn of_name(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, ending) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
        let plain = path.get(..path.len() - ending.len() - 1).unwrap_or(path);
        let ending = ending.to_ascii_lowercase();
        if let Some((_, how)) = ENCRYPTED.iter().find(|(known, _)| *known == ending) {
            // What was encrypted may itself be an archive.
            let holds = match Self::of_name(plain) {
                Some(Self { holds: Holds::Files, .. }) => Holds::Files,
                _ => Holds::File(plain.to_owned()),
            };
            let reason = format!("the file is encrypted: {how}, then check the result");
            return Some(Self::new(Code::EncryptedFile, holds, reason));
        }
        if is_part(stem, &ending) {
            let reason = "one part of a split archive: put all parts into one folder, unpack them \
                          with 7-Zip, and check the folder";
            return Some(Self::new(Code::UnreadableArchive, Holds::Files, reason.into()));
        }
        let inner = stem.rsplit_once('.').map(|(_, inner)| inner.to_ascii_lowercase());
        let is_tar = inner.as_deref() == Some("tar");
        let compressed = COMPRESSED.iter().find(|(known, _)| *known == ending);
        if ARCHIVES.contains(&ending.as_str())
            || (is_tar && (compressed.is_some() || super::codec::Codec::of_name(name).is_some()))
        {
            let reason = "an archive inside the extract, or of a kind that is not opened: unpack \
                          it, and check the folder";
            return Some(Self::new(Code::UnreadableArchive, Holds::Files, reason.into()));
        }
        let (_, how) = compressed?;
        let reason = format!("compressed in a way that is not read: unpack it with {how}");
        Some(Self::new(Code::UnreadableArchive, Holds::File(plain.to_owned()), reason))
    }

    /// What the first bytes of a file say that is the whole extract.
    pub(super) fn of_magic(bytes: &[u8]) -> Option<Self> {
        let begins = |magic: &[u8]| bytes.starts_with(magic);
        let archive = |what: &str| {
            let reason = format!("{what}: unpack it with 7-Zip, and check the folder");
            Some(Self::new(Code::UnreadableArchive, Holds::Files, reason))
        };
        if begins(b"7z\xBC\xAF\x27\x1C") {
            archive("a 7z archive, which is not opened")
        } else if begins(b"Rar!\x1A\x07") {
            archive("a RAR archive, which is not opened")
        } else if begins(b"MSCF\0\0\0\0") {
            archive("a cabinet archive, which is not opened")
        } else if begins(b"BZh") || begins(b"\xFD7zXZ\0") {
            archive("compressed in a way that is not read")
        } else if begins(b"PK\x07\x08PK\x03\x04") {
            archive("the first part of a split zip archive; all parts are needed")
        } else if begins(b"-----BEGIN PGP MESSAGE") || begins(b"age-encryption.org/") {
            let reason = "the file is encrypted: decrypt it, then check the result".into();
            Some(Self::new(Code::EncryptedFile, Holds::Files, reason))
        } else {
            None
        }
    }
}

/// Whether a name is that of one part of a split archive: `.z01`, `.7z.001`, `.part1.rar`, `.r00`.
fn is_part(stem: &str, ending: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let lower = stem.to_ascii_lowercase();
    let of_archive = [".7z", ".zip", ".tar", ".rar", ".gz", ".tgz"];
    ending.strip_prefix(['z', 'r']).is_some_and(|rest| rest.len() == 2 && digits(rest))
        || (ending.len() == 3 && digits(ending) && of_archive.iter().any(|a| lower.ends_with(a)))
        || (ending == "rar" && lower.rsplit_once(".part").is_some_and(|(_, number)| digits(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_sealed() {
        for (name, code, holds) in [
            ("a/p.csv.gpg", Code::EncryptedFile, Holds::File("a/p.csv".into())),
            ("x.ZIP.PGP", Code::EncryptedFile, Holds::Files),
            ("p.csv.bz2", Code::UnreadableArchive, Holds::File("p.csv".into())),
            ("x.7z", Code::UnreadableArchive, Holds::Files),
            ("x.z01", Code::UnreadableArchive, Holds::Files),
            ("x.7z.001", Code::UnreadableArchive, Holds::Files),
            ("x.part1.rar", Code::UnreadableArchive, Holds::Files),
            ("x.tar.gz", Code::UnreadableArchive, Holds::Files),
            ("x.tar.xz", Code::UnreadableArchive, Holds::Files),
        ] {
            let seal = Seal::of_name(name).unwrap();
            assert_eq!((seal.code, seal.holds), (Some(code), holds), "{name}");
        }
        for name in ["p.csv", "p.csv.gz", "z01", ".gpg", "a.b/c", "export.001", "p.xlsx"] {
            assert_eq!(Seal::of_name(name), None, "{name}");
        }
    }
}
