//! The bag declaration and `bag-info.txt` (RFC 8493 §2.1.1, §2.2.2), and their encodings.

use encoding_rs::Encoding;

/// The declaration that we write.
pub const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Label of the profile's identifier.
pub const PROFILE_LABEL: &str = "BagIt-Profile-Identifier";
/// Identifier of our package's profile. It is a name, not an address.
pub const PROFILE: &str = "urn:uuid:5f0a5a39-9d5e-8b6c-a4f1-6f2d1c7e8a01";
/// Label of the number of bytes and files of the payload, `BYTES.FILES`.
pub const OXUM_LABEL: &str = "Payload-Oxum";
/// Label of the package's identifier, `urn:uuid:` and a UUID.
pub const IDENTIFIER_LABEL: &str = "External-Identifier";
/// Label of the package time, as `2026-11-23T08:26:18Z`.
pub const TIME_LABEL: &str = "Package-Time";

/// Label of an export: the package that it is of, `urn:uuid:` and its identifier.
pub const SOURCE_LABEL: &str = "Export-Of";
/// Label of an export: the package's time.
pub const SOURCE_TIME_LABEL: &str = "Export-Of-Package-Time";

/// Label of the fingerprint of the key that signs the package, `SHA256:…`: so that it is seen where
/// the signature was taken away or replaced.
pub const SIGNING_KEY_LABEL: &str = "Signing-Key";

/// What is wrong with a line of a tag file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong: a phrase.
    pub reason: &'static str,
    /// Whether the bag can be read in spite of it, as other tools do.
    pub lenient: bool,
}

/// The bag declaration.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Major and minor version; 1.0 where it cannot be read.
    pub version: (u32, u32),
    /// Encoding of the other tag files; UTF-8 where it cannot be read.
    pub encoding: &'static Encoding,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl Declaration {
    /// Reads `bagit.txt`.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut out = Self { version: (1, 0), encoding: encoding_rs::UTF_8, faults: Vec::new() };
        let mut fault = |line, reason, lenient| out.faults.push(Fault { line, reason, lenient });
        let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => {
                fault(1, "it begins with a byte order mark", false);
                rest
            }
            None => bytes,
        };
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                fault(1, "it is not UTF-8", false);
                String::from_utf8_lossy(bytes).into_owned()
            }
        };
        let lines = lines(&text);
        let mut spaced = None;
        let mut value = |index: usize, label: &str| -> Option<&str> {
            let (found, value) = lines.get(index)?.split_once(':')?;
            if found.trim() != label {
                return None;
            }
            let trimmed = value.trim();
            if found != label || value.strip_prefix(' ') != Some(trimmed) {
                spaced = Some(index as u64 + 1);
            }
            Some(trimmed)
        };
        let version = value(0, "BagIt-Version").and_then(|version| {
            let (major, minor) = version.split_once('.')?;
            Some((number(major)?, number(minor)?))
        });
        let encoding = value(1, "Tag-File-Character-Encoding");
        match version {
            None => fault(1, "it does not say \"BagIt-Version: M.N\"", false),
            Some(version) => {
                out.version = version;
                if !matches!(version, (0, 93..=97) | (1, 0)) {
                    fault(1, "the version of BagIt is one that we do not know", false);
                }
            }
        }
        match encoding.map(|name| Encoding::for_label(name.as_bytes())) {
            None => fault(2, "it does not say \"Tag-File-Character-Encoding: …\"", false),
            Some(None) => {
                fault(2, "the encoding of the tag files is one that we do not know", false)
            }
            Some(Some(encoding)) => out.encoding = encoding,
        }
        if let Some(line) = spaced {
            // RFC 8493 §2.1.1 has one blank behind the colon and none before; older versions differ.
            fault(
                line,
                "the blanks around the colon are not as they must be",
                version < Some((1, 0)),
            );
        }
        if lines.len() > 2 {
            fault(3, "it has more than two lines", false);
        }
        out
    }
}

/// A number without sign or blanks.
fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Lines that end with LF, CR or CRLF; the last one's end may be missing.
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        lines.push(line);
        rest = match after.strip_prefix("\r\n") {
            Some(after) => after,
            None => after.get(1..).unwrap_or_default(),
        };
    }
    lines
}

/// Facts about a bag: labels and values in the order in which they are written. A label may stand
/// more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info(pub Vec<(String, String)>);

impl Info {
    /// Reads `bag-info.txt`; also gives what is wrong with it.
    pub fn parse(text: &str) -> (Self, Vec<Fault>) {
        let mut info: Vec<(String, String)> = Vec::new();
        let mut faults = Vec::new();
        for (number, line) in (1..).zip(lines(text)) {
            let fault = |reason| Fault { line: number, reason, lenient: true };
            if line.trim().is_empty() {
                continue;
            }
            if line.starts_with([' ', '\t']) {
                match info.last_mut() {
                    // Folded by its writer: the line end and the indent are one blank.
                    Some((_, value)) => {
                        value.push(' ');
                        value.push_str(line.trim());
                    }
                    None => faults.push(fault("the first line is indented")),
                }
                continue;
            }
            match line.split_once(':') {
                Some((label, value)) if !label.trim().is_empty() => {
                    if label.trim() != label || !value.starts_with([' ', '\t']) {
                        faults.push(fault("the blanks around the colon are not as they must be"));
                    }
                    info.push((label.trim().to_owned(), value.trim().to_owned()));
                }
                _ => faults.push(fault("the line is no label and value")),
            }
        }
        (Self(info), faults)
    }

    /// Adds a label and its value. Line ends in the value become blanks.
    pub fn add(&mut self, label: &str, value: &str) {
        let value: Vec<&str> = value.split(['\r', '\n']).map(str::trim).collect();
        self.0.push((label.to_owned(), value.join(" ").trim().to_owned()));
    }

    /// The first value of a label, whose case makes no difference.
    pub fn get(&self, label: &str) -> Option<&str> {
        self.all(label).next()
    }

    /// All values of a label.
    pub fn all(&self, label: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(label))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it names our package's profile.
    pub fn names_our_profile(&self) -> bool {
        self.all(PROFILE_LABEL).any(|value| value == PROFILE)
    }

    /// The file's text: one line for each, unfolded.
    pub fn write(&self) -> String {
        self.0.iter().map(|(label, value)| format!("{label}: {value}\n")).collect()
    }
}

/// Bytes and files of a payload, as `Payload-Oxum` states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Oxum {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Number of files.
    pub files: u64,
}

impl Oxum {
    /// Reads `BYTES.FILES`.
    pub fn parse(text: &str) -> Option<Self> {
        let (bytes, files) = text.split_once('.')?;
        let number = |digits: &str| {
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        Some(Self { bytes: number(bytes)?, files: number(files)? })
    }
}

/// As `Payload-Oxum` has it.
impl std::fmt::Display for Oxum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.bytes, self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(bytes: &[u8]) -> Vec<(u64, &'static str, bool)> {
        let faults = Declaration::parse(bytes).faults;
        faults.into_iter().map(|fault| (fault.line, fault.reason, fault.lenient)).collect()
    }

    #[test]
    fn our_declaration_and_older_ones_are_right() {
        for text in [
            DECLARATION,
            "BagIt-Version: 0.97\r\nTag-File-Character-Encoding: UTF-8\r\n",
            "BagIt-Version: 0.96\rTag-File-Character-Encoding: ISO-8859-1",
        ] {
            assert_eq!(reasons(text.as_bytes()), [], "{text:?}");
        }
        let old = Declaration::parse(b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-16\n");
        assert_eq!(old.version, (0, 97));
        assert_eq!(old.encoding.name(), "UTF-16LE");
    }

    #[test]
    fn a_wrong_declaration_is_named_by_line() {
        let line = "Tag-File-Character-Encoding: UTF-8\n";
        for (text, number, lenient) in [
            ("".to_owned(), 1, false),
            (format!("\u{feff}{DECLARATION}"), 1, false),
            (format!("BagIt-Version: 2.0\n{line}"), 1, false),
            (format!("BagIt-Version: x\n{line}"), 1, false),
            (format!("BagIt-Version: +1.0\n{line}"), 1, false),
            (format!("BagIt-Version : 0.97\n{line}"), 1, true),
            (format!("BagIt-Version:  1.0\n{line}"), 1, false),
            ("BagIt-Version: 1.0\n".to_owned(), 2, false),
            ("BagIt-Version: 1.0\nTag-File-Character-Encoding: klingon\n".to_owned(), 2, false),
            (format!("{DECLARATION}More: 1\n"), 3, false),
        ] {
            let found = reasons(text.as_bytes());
            assert_eq!(found.first().map(|f| (f.0, f.2)), Some((number, lenient)), "{text:?}");
        }
    }

    #[test]
    fn facts_keep_their_order_and_are_unfolded() {
        let text = "Contact: A\r\n  B\nContact: C\n\nEmpty:\n: x\nnonsense\n";
        let (info, faults) = Info::parse(text);
        let expected = [("Contact", "A B"), ("Contact", "C"), ("Empty", "")];
        assert_eq!(info.0, expected.map(|(l, v)| (l.to_owned(), v.to_owned())));
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [5, 6, 7]);
        assert_eq!(info.get("contact"), Some("A B"));
        assert_eq!(info.all("CONTACT").count(), 2);
        let (again, faults) = Info::parse(&info.write());
        assert_eq!((again, faults.len()), (info, 0));
    }

    #[test]
    fn a_value_cannot_begin_a_line_of_its_own() {
        let mut info = Info::default();
        info.add("Reason", "agreed\r\nPayload-Oxum: 0.0\n");
        assert_eq!(info.write(), "Reason: agreed  Payload-Oxum: 0.0\n");
    }

    #[test]
    fn the_oxum_is_two_numbers() {
        assert_eq!(Oxum::parse("12.3"), Some(Oxum { bytes: 12, files: 3 }));
        for wrong in ["", "12", "1.2.3", "+1.2", " 1.2", "1.-2", "99999999999999999999.1"] {
            assert_eq!(Oxum::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Oxum { bytes: 1, files: 2 }.to_string(), "1.2");
    }
}
