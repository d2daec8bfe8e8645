//! UK postcodes: the forms of BS 7666 as the NHS Data Model and Dictionary has them.

use super::{Judgement, wrong};

/// A postcode with one space, with none, or filled up with spaces in the middle to eight characters.
///
/// Those that begin with ZZ99 stand for no place: a country, no fixed abode, not known.
pub(super) fn judge(value: &[u8]) -> Judgement {
    let Some((outward, inward)) = split(value) else {
        return Judgement::Wrong(odd(value));
    };
    if outward == b"ZZ99" {
        return match inward {
            [digit, a, b]
                if digit.is_ascii_digit() && [a, b].iter().all(|c| c.is_ascii_uppercase()) =>
            {
                Judgement::Placeholder("a pseudo-postcode")
            }
            _ => Judgement::Wrong(odd(value)),
        };
    }
    if outward == b"GIR" && inward == b"0AA" {
        return Judgement::WellFormed;
    }
    if !is_inward(inward) {
        return Judgement::Wrong(match inward {
            [b'0'..=b'9', b'A'..=b'Z', b'A'..=b'Z'] => {
                "with a letter in its second half that has no place there"
            }
            _ => odd(value),
        });
    }
    match is_outward(outward) {
        true => Judgement::WellFormed,
        false => Judgement::Wrong(match outward.iter().all(u8::is_ascii_alphanumeric) {
            true if !outward.iter().any(u8::is_ascii_lowercase) => {
                "with a first half that no postcode has"
            }
            _ => odd(value),
        }),
    }
}

/// The two halves; the second has three characters.
fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let (outward, inward) = value.split_at_checked(value.len().checked_sub(3)?)?;
    let spaces = outward.iter().rev().take_while(|&&byte| byte == b' ').count();
    let outward = outward.get(..outward.len() - spaces)?;
    let is_spaced = spaces <= 1 || value.len() == 8;
    (is_spaced && (2..=4).contains(&outward.len())).then_some((outward, inward))
}

fn odd(value: &[u8]) -> &'static str {
    let told = if value.iter().any(u8::is_ascii_lowercase) {
        "in lower case"
    } else if (2..=4).contains(&value.len()) {
        "only the first half of a postcode"
    } else {
        "not of the form of a postcode"
    };
    match wrong(value, told) {
        Judgement::Wrong(what) => what,
        _ => told,
    }
}

fn is_inward(inward: &[u8]) -> bool {
    let is_letter = |byte: &u8| matches!(byte, b'A' | b'B' | b'D'..=b'H' | b'J' | b'L' | b'N' | b'P'..=b'U' | b'W'..=b'Z');
    match inward {
        [digit, a, b] => digit.is_ascii_digit() && is_letter(a) && is_letter(b),
        _ => false,
    }
}

fn is_outward(outward: &[u8]) -> bool {
    let first = |byte: u8| matches!(byte, b'A'..=b'P' | b'R'..=b'U' | b'W' | b'Y' | b'Z');
    let second = |byte: u8| matches!(byte, b'A'..=b'H' | b'K'..=b'Y');
    let digit = |byte: u8| byte.is_ascii_digit();
    let third = |byte: u8| matches!(byte, b'A'..=b'H' | b'J' | b'K' | b'P' | b'S'..=b'U' | b'W');
    let fourth = |byte: u8| {
        matches!(byte, b'A' | b'B' | b'E' | b'H' | b'M' | b'N' | b'P' | b'R' | b'V'..=b'Y')
    };
    match *outward {
        [a, b] => first(a) && digit(b),
        [a, b, c] => first(a) && (second(b) && digit(c) || digit(b) && (digit(c) || third(c))),
        [a, b, c, d] => first(a) && second(b) && digit(c) && (digit(d) || fourth(d)),
        _ => false,
    }
}
