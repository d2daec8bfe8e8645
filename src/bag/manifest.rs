//! Manifests: one line for each file, its digest and its path (RFC 8493 §2.1.3, §2.2.1).

use crate::digest::{Algorithm, Digest};

/// The longest line that is taken, in bytes; a longer one is malformed.
const LONGEST_LINE: usize = 16 * 1024;

/// Appends a line: digest in lower case, two spaces, the path with CR, LF and `%` encoded.
pub fn write_line(out: &mut String, digest: &Digest, path: &str) {
    out.push_str(&digest.to_string());
    out.push_str("  ");
    for c in path.chars() {
        match c {
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            '%' => out.push_str("%25"),
            _ => out.push(c),
        }
    }
    out.push('\n');
}

/// One line of a manifest as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A file.
    File {
        /// Its digest.
        digest: Digest,
        /// Its path as written, without a leading `./` or the mark `*` of binary mode.
        path: String,
        /// Whether the path had a leading `./`, which RFC 8493 does not foresee.
        dotted: bool,
    },
    /// No digest and path.
    Malformed {
        /// Why not: a phrase.
        reason: &'static str,
    },
}

/// Reads a manifest that comes in pieces of text.
#[derive(Debug)]
pub struct Reader {
    algorithm: Algorithm,
    rest: String,
    number: u64,
    after_cr: bool,
    too_long: bool,
}

impl Reader {
    /// A reader that expects digests of `algorithm`.
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, rest: String::new(), number: 0, after_cr: false, too_long: false }
    }

    /// Takes the next piece and calls `each` with the number (from 1) and content of every line
    /// that is complete. Lines end with LF, CR or CRLF; empty ones are passed over.
    pub fn feed(&mut self, mut text: &str, each: &mut impl FnMut(u64, Line)) {
        while !text.is_empty() {
            if std::mem::take(&mut self.after_cr)
                && let Some(after) = text.strip_prefix('\n')
            {
                text = after;
                continue;
            }
            let end = text.find(['\n', '\r']);
            let (line, after) = match end {
                Some(at) => text.split_at(at),
                None => (text, ""),
            };
            if self.rest.len() + line.len() > LONGEST_LINE {
                self.too_long = true;
                self.rest.clear();
            } else if !self.too_long {
                self.rest.push_str(line);
            }
            if end.is_some() {
                self.after_cr = after.starts_with('\r');
                self.line_ended(each);
            }
            text = after.get(1..).unwrap_or_default();
        }
    }

    /// Gives the last line where it lacks its end.
    pub fn finish(mut self, each: &mut impl FnMut(u64, Line)) {
        if !self.rest.is_empty() || self.too_long {
            self.line_ended(each);
        }
    }

    fn line_ended(&mut self, each: &mut impl FnMut(u64, Line)) {
        self.number += 1;
        if std::mem::take(&mut self.too_long) {
            each(self.number, Line::Malformed { reason: "the line is longer than any path" });
        } else if !self.rest.is_empty() {
            each(self.number, parse_line(self.algorithm, &self.rest));
        }
        self.rest.clear();
    }
}

/// Reads a line without its end.
fn parse_line(algorithm: Algorithm, line: &str) -> Line {
    let malformed = |reason| Line::Malformed { reason };
    if line.starts_with('\\') {
        return malformed("the line is escaped as sha512sum does, not as RFC 8493 says");
    }
    let Some((digits, rest)) = line.split_once([' ', '\t']) else {
        return malformed("there is no blank between digest and path");
    };
    let Some(digest) = Digest::from_hex(algorithm, digits) else {
        let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
        return malformed(if hexadecimal {
            "the digest does not have its algorithm's number of digits"
        } else {
            "the line does not begin with hexadecimal digits"
        });
    };
    // One blank and an asterisk: `sha512sum --binary`. Otherwise any number of blanks.
    let path = match rest.strip_prefix('*') {
        Some(path) => path,
        None => rest.trim_start_matches([' ', '\t']),
    };
    let plain = path.trim_start_matches("./");
    if plain.is_empty() {
        return malformed("there is no path");
    }
    Line::File { digest, path: plain.to_owned(), dotted: plain.len() != path.len() }
}

/// The path that a manifest means: `%0A`, `%0D` and, from version 1.0 on, `%25` are the characters
/// that they stand for (RFC 8493 §2.1.3); anything else stays.
pub fn decode_path(path: &str, version: (u32, u32)) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (meant, length) = match from.get(..3) {
            Some("%0A" | "%0a") => ("\n", 3),
            Some("%0D" | "%0d") => ("\r", 3),
            Some("%25") if version >= (1, 0) => ("%", 3),
            _ => ("%", 1),
        };
        out.push_str(meant);
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

    /// Reads a manifest in pieces of every size, which must make no difference.
    fn read(text: &str) -> Vec<(u64, Line)> {
        let mut all: Option<Vec<(u64, Line)>> = None;
        for size in [1, 2, 3, 7, 10_000] {
            let mut lines = Vec::new();
            let mut reader = Reader::new(Algorithm::Md5);
            let mut each = |number, line| lines.push((number, line));
            let chars: Vec<char> = text.chars().collect();
            for piece in chars.chunks(size) {
                reader.feed(&piece.iter().collect::<String>(), &mut each);
            }
            reader.finish(&mut each);
            if let Some(all) = &all {
                assert_eq!(all, &lines, "pieces of {size}");
            }
            all = Some(lines);
        }
        all.unwrap()
    }

    fn paths(text: &str) -> Vec<(u64, String)> {
        read(text)
            .into_iter()
            .map(|(number, line)| match line {
                Line::File { path, dotted, .. } => {
                    (number, if dotted { format!("dotted {path}") } else { path })
                }
                Line::Malformed { reason } => (number, format!("malformed: {reason}")),
            })
            .collect()
    }

    #[test]
    fn every_line_end_and_separator_is_taken() {
        let text = format!(
            "{MD5}  data/a\n{} *data/b\r\n\r\n{MD5}\t \tdata/c d\r{MD5} data/é\n{MD5}  ./data/e",
            MD5.to_uppercase()
        );
        let expected =
            [(1, "data/a"), (2, "data/b"), (4, "data/c d"), (5, "data/é"), (6, "dotted data/e")];
        assert_eq!(paths(&text), expected.map(|(n, path)| (n, path.to_owned())));
    }

    #[test]
    fn malformed_lines_are_named_and_the_rest_is_read() {
        let text = format!(
            "# a comment\n{MD5}  data/a\n{MD5}\n{MD5}00  data/b\n\\{MD5}  data/c\n{MD5}  \n{}\n",
            "x".repeat(LONGEST_LINE + 1)
        );
        let found = paths(&text);
        let numbers: Vec<u64> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
        for (number, text) in &found {
            assert_eq!(text.starts_with("malformed"), *number != 2, "{number}: {text}");
        }
    }

    #[test]
    fn paths_are_encoded_and_decoded_as_the_version_says() {
        let digest = Digest::from_hex(Algorithm::Md5, MD5).unwrap();
        let mut out = String::new();
        write_line(&mut out, &digest, "data/100%\r\n.csv");
        assert_eq!(out, format!("{MD5}  data/100%25%0D%0A.csv\n"));
        assert_eq!(decode_path("data/100%25%0D%0a.csv", (1, 0)), "data/100%\r\n.csv");
        assert_eq!(decode_path("data/100%25%0D%0a.csv", (0, 97)), "data/100%25\r\n.csv");
        assert_eq!(decode_path("%", (1, 0)), "%");
        assert_eq!(decode_path("%é%2", (1, 0)), "%é%2");
        assert_eq!(decode_path("%250A", (1, 0)), "%0A");
    }
}
