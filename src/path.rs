//! Paths of files inside an extract, a bag or an archive.
//!
//! **Invariant:** a [`MemberPath`] is relative, has no segment that leads upwards, and means the
//! same file on every system; what a sender wrote is refused with a [`PathFault`], never mended in
//! silence.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// The longest path that is taken, in bytes: what Linux allows (`PATH_MAX`).
pub const LONGEST: usize = 4096;

/// A safe relative path; segments are parted by `/`. The order is that of the bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberPath(String);

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathFault {
    /// There is no character at all.
    Empty,
    /// It begins with `/`.
    Absolute,
    /// It begins with a drive letter, as `C:`.
    Drive,
    /// It names another machine: `//server/share` or `\\server\share`.
    Network,
    /// It has a backslash, which parts folders on some systems and is a letter on others.
    Backslash,
    /// It has a segment `..`.
    Parent,
    /// It has a segment `.`.
    Current,
    /// It has two slashes in a row, or one at the end.
    EmptySegment,
    /// It has a NUL character.
    Nul,
    /// It has another control character.
    Control,
    /// It is longer than [`LONGEST`] bytes.
    TooLong,
}

impl PathFault {
    /// What is wrong, as a phrase: "it leads out of its folder by \"..\"".
    pub fn reason(self) -> &'static str {
        match self {
            Self::Empty => "the name is empty",
            Self::Absolute => "the name begins with a slash, so it is not inside the folder",
            Self::Drive => "the name begins with a drive letter",
            Self::Network => "the name points to another machine",
            Self::Backslash => "the name has a backslash, which systems read differently",
            Self::Parent => "the name leads out of its folder by \"..\"",
            Self::Current => "the name has a segment \".\"",
            Self::EmptySegment => "the name has an empty segment",
            Self::Nul => "the name has a NUL character",
            Self::Control => "the name has a control character",
            Self::TooLong => "the name is longer than 4096 bytes",
        }
    }
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl MemberPath {
    /// Takes a path as it is written, or says why not.
    ///
    /// # Errors
    /// The first fault that it has, in the order of what is most dangerous.
    pub fn new(text: &str) -> Result<Self, PathFault> {
        match fault(text) {
            Some(fault) => Err(fault),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The path as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The segments, from the outermost folder to the file's name.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// This path below `folder`, which must itself be a safe path.
    ///
    /// # Errors
    /// The fault that the folder has, or that the whole is too long.
    pub fn below(&self, folder: &str) -> Result<Self, PathFault> {
        Self::new(&format!("{folder}/{}", self.0))
    }

    /// What is equal for names that some system takes for the same file: letters of either case,
    /// composed and decomposed accents.
    pub fn collision_key(&self) -> String {
        collision_key(&self.0)
    }

    /// The path as a report shows it; see [`shown`].
    pub fn shown(&self) -> String {
        shown(&self.0)
    }

    /// Whether every system can store the name: no character or name that Windows reserves, no dot
    /// or space at a segment's end, no segment of more than 255 bytes, none of the characters that
    /// BagIt or `sha512sum` escape.
    pub fn is_portable(&self) -> bool {
        self.segments().all(is_portable_segment)
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for MemberPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The first fault of a path.
fn fault(text: &str) -> Option<PathFault> {
    let bytes = text.as_bytes();
    if text.is_empty() {
        return Some(PathFault::Empty);
    }
    if bytes.contains(&0) {
        return Some(PathFault::Nul);
    }
    if text.starts_with("//") || text.starts_with("\\\\") {
        return Some(PathFault::Network);
    }
    if text.starts_with('/') {
        return Some(PathFault::Absolute);
    }
    if matches!(bytes, [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Some(PathFault::Drive);
    }
    if text.split(['/', '\\']).any(|segment| segment == "..") {
        return Some(PathFault::Parent);
    }
    if text.contains('\\') {
        return Some(PathFault::Backslash);
    }
    if text.chars().any(char::is_control) {
        return Some(PathFault::Control);
    }
    if text.split('/').any(|segment| segment == ".") {
        return Some(PathFault::Current);
    }
    if text.split('/').any(str::is_empty) {
        return Some(PathFault::EmptySegment);
    }
    (text.len() > LONGEST).then_some(PathFault::TooLong)
}

/// See [`MemberPath::collision_key`]; for names that are no safe path too.
pub fn collision_key(text: &str) -> String {
    text.nfd().map(folded).nfc().collect()
}

/// One letter without its case, by way of the capital so that the two small sigmas are one. Letters
/// whose capital is more than one letter stay: file systems do not fold them either.
fn folded(letter: char) -> char {
    let mut capitals = letter.to_uppercase();
    let capital = match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => letter,
    };
    let mut smalls = capital.to_lowercase();
    match (smalls.next(), smalls.next()) {
        (Some(small), None) => small,
        _ => capital,
    }
}

/// A name as a report shows it: runs of six or more digits, which may be a patient's number, stand
/// as `9(10)`; characters that steer a terminal or turn the direction of writing are left out.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if c.is_numeric() {
            run.push(c);
            continue;
        }
        end_run(&mut out, &mut run);
        if !is_steering(c) {
            out.push(c);
        }
    }
    end_run(&mut out, &mut run);
    out
}

/// Writes a run of digits, or its shape where it is long.
fn end_run(out: &mut String, run: &mut String) {
    let length = run.chars().count();
    if length >= 6 {
        out.push_str(&format!("9({length})"));
    } else {
        out.push_str(run);
    }
    run.clear();
}

/// Control characters, line and paragraph separators, marks of direction, and invisible characters.
fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The longest segment that every system can store, in bytes.
pub const LONGEST_SEGMENT: usize = 255;

/// Whether every system can store the character in a name, and BagIt and `sha512sum` write it as it
/// is.
pub fn is_portable_char(c: char) -> bool {
    !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\' | '%') && !is_steering(c)
}

/// Names that Windows keeps for devices, whatever extension follows.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// See [`MemberPath::is_portable`].
fn is_portable_segment(segment: &str) -> bool {
    if segment.is_empty()
        || segment.len() > LONGEST_SEGMENT
        || segment.ends_with(['.', ' '])
        || segment.starts_with(' ')
        || !segment.chars().all(is_portable_char)
    {
        return false;
    }
    let stem = segment.split('.').next().unwrap_or(segment).trim_end().to_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!((rest.next(), rest.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    !RESERVED.contains(&stem.as_str()) && !numbered("com") && !numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_paths_are_refused_with_their_reason() {
        use PathFault::*;
        for (text, expected) in [
            ("", Empty),
            ("/etc/passwd", Absolute),
            ("//server/share/x", Network),
            ("\\\\server\\share", Network),
            ("C:/x", Drive),
            ("c:x", Drive),
            ("..", Parent),
            ("a/../b", Parent),
            ("a\\..\\b", Parent),
            ("a\\b", Backslash),
            ("a\0b", Nul),
            ("a\nb", Control),
            ("a\u{85}b", Control),
            ("./a", Current),
            ("a//b", EmptySegment),
            ("a/", EmptySegment),
        ] {
            assert_eq!(MemberPath::new(text), Err(expected), "{text:?}");
        }
        assert_eq!(MemberPath::new(&"a/".repeat(2100)), Err(EmptySegment));
        assert_eq!(MemberPath::new(&"a".repeat(LONGEST + 1)), Err(TooLong));
    }

    #[test]
    fn safe_paths_stay_as_they_are() {
        for text in ["a", "a/b.csv", "...", "..a/b..", "ü/é", ".hidden", "a b/c d", "é:x"] {
            let path = MemberPath::new(text).unwrap();
            assert_eq!(path.as_str(), text);
        }
        let path = MemberPath::new("a/b/c.csv").unwrap();
        assert_eq!(path.name(), "c.csv");
        assert_eq!(path.below("bag/data").unwrap().as_str(), "bag/data/a/b/c.csv");
        assert_eq!(path.below(".."), Err(PathFault::Parent));
    }

    #[test]
    fn names_collide_by_case_and_by_accent() {
        let key = |text: &str| collision_key(text);
        assert_eq!(key("Patient.CSV"), key("patient.csv"));
        assert_eq!(key("e\u{301}.csv"), key("\u{c9}.csv"));
        assert_eq!(key("ΟΔΟΣ"), key("οδος"));
        assert_ne!(key("a.csv"), key("b.csv"));
        assert_ne!(key("a/b"), key("a-b"));
    }

    #[test]
    fn a_report_shows_no_long_number_and_nothing_that_steers_a_terminal() {
        assert_eq!(shown("letters/9434765919_2011.pdf"), "letters/9(10)_2011.pdf");
        assert_eq!(shown("12345"), "12345");
        assert_eq!(shown("x123456"), "x9(6)");
        assert_eq!(shown("٠١٢٣٤٥٦"), "9(7)");
        assert_eq!(shown("a\u{202e}fdp.exe\x1b[31m"), "afdp.exe[31m");
    }

    #[test]
    fn portable_names_are_told_from_others() {
        for good in ["a.csv", "console.txt", "com10", "comx", "a/b-c_d.e", "Übersicht.pdf"] {
            assert!(MemberPath::new(good).unwrap().is_portable(), "{good}");
        }
        for bad in [
            "CON", "nul.txt", "Com1.csv", "lpt9", "com²", "a./b", "a /b", "ab:c", "a?", "100%.txt",
            " a", "aux .txt",
        ] {
            assert!(!MemberPath::new(bad).unwrap().is_portable(), "{bad}");
        }
        assert!(!MemberPath::new(&"x".repeat(256)).unwrap().is_portable());
    }
}
