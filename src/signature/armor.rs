//! Text around bytes: a line that begins, lines of base 64, a line that ends (RFC 7468, as OpenSSH
//! writes it).

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// Digits on a line, as OpenSSH has them.
const WIDTH: usize = 70;

/// The text for `bytes`; `label` is as `SSH SIGNATURE`.
pub(super) fn encode(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let digits = Zeroizing::new(Base64::encode_string(bytes));
    let mut out = Zeroizing::new(String::with_capacity(digits.len() + digits.len() / 32 + 100));
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(WIDTH).unwrap_or((rest, ""));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

/// The bytes of a text; `None` where it is not such a text, or holds anything else. Lines may have
/// any length and end with LF or CRLF; blanks at their ends, and base 64 that is not the only way to
/// write its bytes, are not taken.
pub(super) fn decode(label: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    if lines.next()? != format!("-----BEGIN {label}-----") {
        return None;
    }
    let end = format!("-----END {label}-----");
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    loop {
        match lines.next()? {
            line if line == end => break,
            "" => return None,
            line => digits.push_str(line),
        }
    }
    // After the end there is the end of its line, or nothing.
    if lines.next().is_some_and(|rest| !rest.is_empty()) || lines.next().is_some() {
        return None;
    }
    Base64::decode_vec(&digits).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_near_it() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = encode("X Y", &bytes);
        assert_eq!(text.lines().nth(1).unwrap().len(), WIDTH);
        assert_eq!(**decode("X Y", &text).unwrap(), *bytes);
        assert_eq!(**decode("X Y", &text.replace('\n', "\r\n")).unwrap(), *bytes);
        assert_eq!(**decode("X Y", text.trim_end()).unwrap(), *bytes);
        for wrong in [
            String::new(),
            text.replace("X Y", "X"),
            format!(" {}", *text),
            format!("{}x", *text),
            format!("{}\n", *text),
            text.replacen('\n', "\n\n", 1),
            text.replacen('\n', " \n", 2),
            text.replace("-----END X Y-----\n", ""),
            text.replacen('A', "=", 1),
        ] {
            assert_eq!(decode("X Y", &wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn base_64_has_one_way_to_be_written() {
        let text = |digits: &str| format!("-----BEGIN X-----\n{digits}\n-----END X-----\n");
        assert_eq!(**decode("X", &text("/w==")).unwrap(), [255]);
        assert_eq!(decode("X", &text("/x==")), None);
        assert_eq!(decode("X", &text("/w=")), None);
        assert_eq!(decode("X", &text("/w")), None);
    }
}
