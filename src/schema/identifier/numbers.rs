//! Identifiers that are numbers.

use super::{Judgement, ROUNDED, well_formed, wrong};

/// Ten digits; the last is 11 less the sum of the first nine weighted 10 to 2, modulo 11; a 10 there
/// makes no number (NHS Data Model and Dictionary, NHS NUMBER).
pub(super) fn nhs_number(value: &[u8]) -> Judgement {
    let Some(digits) = value.first_chunk::<10>().filter(|_| value.len() == 10) else {
        return Judgement::Wrong(odd_number(value));
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Judgement::Wrong(odd_number(value));
    }
    let weighted = digits.iter().zip((1..=10).rev());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    // The check digit has the weight 1, so that the whole sum is a multiple of 11. A remainder for
    // which the check digit would be 10 cannot be made up by one digit.
    if !sum.is_multiple_of(11) {
        return Judgement::Wrong("10 digits with a wrong check digit");
    }
    if is_repeated(digits) {
        return Judgement::Placeholder("one digit ten times");
    }
    if digits == b"1234567881" {
        return Judgement::Placeholder("1234567881, which is typed to fill the field");
    }
    Judgement::WellFormed
}

/// What is wrong with a value that is not ten digits.
fn odd_number(value: &[u8]) -> &'static str {
    let is_digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    match (value.len(), is_digits(value)) {
        (9, true) => "of 9 digits, as where a leading zero was lost",
        (..9, true) => "of fewer than 10 digits",
        (_, true) => "of more than 10 digits",
        _ => match value {
            [a @ .., b' ' | b'-', _, _, _, b' ' | b'-', _, _, _, _] if is_digits(a) => {
                "written in groups of 3, 3 and 4 digits"
            }
            _ => match wrong(value, "with other characters than digits") {
                Judgement::Wrong(what) => what,
                _ => "with other characters than digits",
            },
        },
    }
}

fn is_repeated(digits: &[u8]) -> bool {
    digits.iter().all(|digit| Some(digit) == digits.first())
}

/// 6 to 18 digits without a leading zero; partition 00 to 02 or 10 to 12; Verhoeff digit.
pub(super) fn snomed(value: &[u8]) -> Judgement {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return wrong(value, "with other characters than digits");
    }
    if !(6..=18).contains(&value.len()) {
        return Judgement::Wrong("of fewer than 6 or more than 18 digits");
    }
    if value.first() == Some(&b'0') {
        return Judgement::Wrong("with a leading zero");
    }
    let partition = value.get(value.len() - 3..value.len() - 1).unwrap_or_default();
    let has_partition = matches!(partition, [b'0' | b'1', b'0'..=b'2']);
    if has_partition && verhoeff(value) {
        return Judgement::WellFormed;
    }
    let beyond = value.get(15..).unwrap_or_default();
    if !beyond.is_empty() && beyond.iter().all(|&digit| digit == b'0') {
        return Judgement::Wrong(ROUNDED);
    }
    Judgement::Wrong(match has_partition {
        true => "digits with a wrong check digit",
        false => "digits of which the last but one and two are no partition identifier",
    })
}

/// Whether the last digit is the check digit of those before it, by Verhoeff's scheme: digits are
/// permuted by their place and multiplied in the dihedral group of the pentagon.
fn verhoeff(digits: &[u8]) -> bool {
    const FIRST: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    /// [`FIRST`] once for each place, 0 to 7, after which it begins again.
    const PERMUTED: [[u8; 10]; 8] = {
        let mut table = [[0; 10]; 8];
        let mut digit = 0;
        while digit < 10 {
            table[0][digit] = digit as u8;
            digit += 1;
        }
        let mut place = 1;
        while place < 8 {
            let mut digit = 0;
            while digit < 10 {
                table[place][digit] = FIRST[table[place - 1][digit] as usize];
                digit += 1;
            }
            place += 1;
        }
        table
    };
    let mut product = 0;
    for (place, &digit) in digits.iter().rev().enumerate() {
        let digit = usize::from(digit.wrapping_sub(b'0'));
        let Some(&factor) = PERMUTED[place % 8].get(digit) else { return false };
        product = dihedral(product, factor);
    }
    product == 0
}

/// The product of two elements of the dihedral group of the pentagon: 0 to 4 turn it, 5 to 9 turn it
/// over.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    }
}

/// Seven digits, or a C before them, as a hospital consultant's code has it.
pub(super) fn gmc(value: &[u8]) -> Judgement {
    let digits = value.strip_prefix(b"C").unwrap_or(value);
    if digits.len() == 7 && digits.iter().all(u8::is_ascii_digit) {
        if is_repeated(digits) {
            return Judgement::Placeholder("one digit seven times");
        }
        if value == b"C9999998" {
            return Judgement::Placeholder("C9999998, for a consultant who is not known");
        }
    }
    let is_right = digits.len() == 7 && digits.iter().all(u8::is_ascii_digit);
    match well_formed(is_right, "not 7 digits") {
        Judgement::Wrong(what) => wrong(value, what),
        judged => judged,
    }
}
