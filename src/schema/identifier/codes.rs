//! Codes of letters and digits.

use super::{Judgement, wrong};

const LOWER_CASE: &str = "in lower case";

/// Five letters or digits, filled up on the right with dots; a synonym's term code of two more
/// characters may follow (an5 or an7). Letter case means something. Five dots are the root of CTV3.
pub(super) fn read(value: &str) -> Judgement {
    let bytes = value.as_bytes();
    if is_read(bytes) {
        return Judgement::WellFormed;
    }
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
    let told = if value.contains('\u{2026}') {
        "with an ellipsis where there were dots"
    } else if bytes.contains(&b'-') && bytes.split(|b| *b == b'-').all(|p| p.iter().all(is_code)) {
        "with the number of a synonym after a hyphen"
    } else if !bytes.iter().all(is_code) {
        "with other characters than letters, digits and dots"
    } else if bytes.first() == Some(&b'.') {
        "with a dot in front, as codes of four characters are written"
    } else if bytes.len() < 5 && !bytes.contains(&b'.') {
        "of fewer than 5 characters, as where the dots after it were lost"
    } else if matches!(bytes.len(), 5 | 7) {
        "with a dot before a letter or digit"
    } else {
        "not of 5 characters"
    };
    wrong(bytes, told)
}

fn is_read(bytes: &[u8]) -> bool {
    let (code, term) = match bytes.len() {
        5 => (bytes, &[][..]),
        7 => bytes.split_at(5),
        _ => return false,
    };
    let letters = code.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let is_padded = code.iter().skip(letters).all(|&byte| byte == b'.');
    is_padded
        && (letters > 0 || term.is_empty())
        && term.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
}

/// A letter and two digits; then a point and up to three digits, or up to four digits, or X for a
/// fourth that there is none of. A fifth character may be a hyphen, a sixth D or A for dagger and
/// asterisk (an4 to an6).
pub(super) fn icd10(value: &[u8]) -> Judgement {
    let Some((_, rest)) = category(value) else {
        return wrong(value, odd_code(value, "not a letter and 2 digits"));
    };
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let is_right = match rest {
        [] | [b'X'] | [b'X' | b'0'..=b'9', b'-'] => true,
        [b'.', more @ ..] => {
            let more = more.strip_suffix(b"D").or(more.strip_suffix(b"A")).unwrap_or(more);
            (1..=3).contains(&more.len()) && digits(more)
        }
        [b'X' | b'0'..=b'9', b'0'..=b'9' | b'-', b'A' | b'D'] => true,
        more => more.len() <= 4 && digits(more),
    };
    match is_right {
        true => Judgement::WellFormed,
        false => wrong(value, odd_code(value, "with other characters after its first three")),
    }
}

/// A letter, which is never I, two digits, and mostly one more, which may stand after a point (an4).
pub(super) fn opcs4(value: &[u8]) -> Judgement {
    let Some((_, rest)) = category(value).filter(|(head, _)| *head != b'I') else {
        return wrong(value, odd_code(value, "not a letter and 2 digits"));
    };
    match rest {
        [] | [b'0'..=b'9'] | [b'.', b'0'..=b'9'] => Judgement::WellFormed,
        _ => wrong(value, odd_code(value, "with other characters after its first three")),
    }
}

/// The letter before the first two digits of a code, and what follows them.
fn category(value: &[u8]) -> Option<(u8, &[u8])> {
    let ([letter, tens, ones], rest) = value.split_first_chunk::<3>()?;
    let is_category = letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit();
    is_category.then_some((*letter, rest))
}

fn odd_code(value: &[u8], otherwise: &'static str) -> &'static str {
    if value.iter().any(u8::is_ascii_lowercase) { LOWER_CASE } else { otherwise }
}

/// Three to nine capital letters and digits. Practices that stand for none are placeholders.
pub(super) fn ods(value: &[u8]) -> Judgement {
    let is_code = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if (3..=9).contains(&value.len()) && value.iter().all(is_code) {
        return placeholder_practice(value).unwrap_or(Judgement::WellFormed);
    }
    wrong(value, odd_code(value, "not 3 to 9 letters and digits"))
}

/// A capital letter and five digits.
pub(super) fn ods_practice(value: &[u8]) -> Judgement {
    match value {
        [letter, digits @ ..]
            if letter.is_ascii_uppercase()
                && digits.len() == 5
                && digits.iter().all(u8::is_ascii_digit) =>
        {
            placeholder_practice(value).unwrap_or(Judgement::WellFormed)
        }
        [head @ .., b'a'..=b'z'] if head.len() == 6 && !head.iter().any(u8::is_ascii_lowercase) => {
            Judgement::Wrong("with a lower-case letter at its end")
        }
        _ => wrong(value, odd_code(value, "not a letter and 5 digits")),
    }
}

/// Default codes of the NHS Data Model and Dictionary (ORGANISATION CODE).
fn placeholder_practice(value: &[u8]) -> Option<Judgement> {
    Some(Judgement::Placeholder(match value {
        b"V81997" => "V81997, for no registered practice",
        b"V81998" => "V81998, for a practice code that does not apply",
        b"V81999" => "V81999, for a practice code that is not known",
        _ => return None,
    }))
}

/// G and seven digits, of which the first is not 6 or 7 (GENERAL MEDICAL PRACTITIONER PPD CODE).
pub(super) fn gmp(value: &[u8]) -> Judgement {
    match value {
        b"G9999998" => Judgement::Placeholder("G9999998, for a practitioner who is not known"),
        b"G9999981" => Judgement::Placeholder("G9999981, for no registered practitioner"),
        [b'G', digits @ ..] if digits.len() == 7 && digits.iter().all(u8::is_ascii_digit) => {
            match digits {
                [b'6' | b'7', ..] => Judgement::Wrong("with 6 or 7 after the G"),
                _ => Judgement::WellFormed,
            }
        }
        _ => wrong(value, odd_code(value, "not G and 7 digits")),
    }
}
