//! What is odd about a value that is otherwise as declared, and what a spreadsheet did to one that is
//! not: the traces that Excel and its like leave in delimited files that were opened and saved.
//!
//! Of a workbook's sheet, its reader has told most of this already.

use super::table::{FieldPlan, TablePlan};
use super::tally::CellSlot;
use crate::schema::value::Type;
use crate::source::workbook;

/// What the first byte of a value may be the beginning of.
const WATCHED: [bool; 256] = {
    let mut watched = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        watched[byte] = letter <= b' '
            || letter >= 0x80
            || letter.is_ascii_digit()
            || matches!(letter, b'=' | b'+' | b'-' | b'@' | b'#');
        byte += 1;
    }
    watched
};

/// The most characters of a cell, counted in UTF-16.
const LONGEST: usize = 32_767;

/// The digits that a number keeps.
const KEPT_DIGITS: usize = 15;

/// Whether nothing is odd about a value that is as declared, where that can be said by a look at its
/// ends. [`of`] agrees.
#[inline]
pub(super) fn is_plain(field: &FieldPlan<'_>, value: &str) -> bool {
    let bytes = value.as_bytes();
    let (Some(&first), Some(&last), true) = (bytes.first(), bytes.last(), field.is_watched) else {
        return true;
    };
    if last <= b' ' || last >= 0x80 || bytes.len() >= LONGEST {
        return false;
    }
    if !first.is_ascii_digit() {
        return !WATCHED[usize::from(first)];
    }
    // The sign of an exponent stands before its two or three digits.
    let sign = |from_end: usize| {
        bytes.len().checked_sub(from_end).and_then(|at| bytes.get(at)) == Some(&b'+')
    };
    let is_number = bytes.len() > KEPT_DIGITS && last.is_ascii_digit();
    !sign(3) && !sign(4) && !is_number
}

/// What is odd about a value of a text or whole-number field that is as declared.
pub(super) fn of(plan: &TablePlan<'_>, field: &FieldPlan<'_>, value: &str) -> Option<CellSlot> {
    let bytes = value.as_bytes();
    let (&first, &last) = (bytes.first()?, bytes.last()?);
    let is_watched = WATCHED[usize::from(first)] || last <= b' ' || last >= 0x80;
    if !is_watched && bytes.len() < LONGEST {
        return None;
    }
    let is_text = matches!(field.field.kind, Type::String(_) | Type::Any);
    if first.is_ascii_digit() && !plan.is_sheet {
        if is_text && is_exponent(bytes) {
            return Some(CellSlot::Exponent);
        }
        // What is declared as an identifier is judged as one.
        if bytes.len() > KEPT_DIGITS
            && field.identifier.is_none()
            && bytes.iter().all(u8::is_ascii_digit)
        {
            let zeros = bytes.iter().rev().take_while(|&&byte| byte == b'0').count();
            let rounded = zeros >= bytes.len() - KEPT_DIGITS;
            return Some(if rounded { CellSlot::Rounded } else { CellSlot::LongNumber });
        }
    }
    if !is_text {
        return None;
    }
    if value.starts_with(char::is_whitespace) || value.ends_with(char::is_whitespace) {
        return Some(CellSlot::Whitespace);
    }
    if plan.is_sheet {
        return None;
    }
    if first == b'#' && is_formula_error(value) {
        return Some(CellSlot::FormulaError);
    }
    if is_formula(value) {
        return Some(CellSlot::Formula);
    }
    let is_cut = bytes.len() >= LONGEST && value.encode_utf16().count() == LONGEST;
    is_cut.then_some(CellSlot::CellCut)
}

/// The zeros at the end of a number of more digits than are kept: as many as it has more.
pub(super) fn zeros(value: &str) -> &'static str {
    const ZEROS: &str = "0000000000000000";
    ZEROS.get(..value.len().saturating_sub(KEPT_DIGITS).min(ZEROS.len())).unwrap_or(ZEROS)
}

/// Whether the reader of a sheet has told of a value that is not of its type.
pub(super) fn is_told_of(plan: &TablePlan<'_>, slot: CellSlot, value: &str) -> bool {
    plan.is_sheet && slot == CellSlot::Type && workbook::is_told_of(value)
}

/// What a spreadsheet did to a value that is not as declared, where that explains it.
pub(super) fn instead_of(
    plan: &TablePlan<'_>,
    field: usize,
    slot: CellSlot,
    value: &str,
) -> Option<CellSlot> {
    let field = plan.fields.get(field)?;
    let bytes = value.as_bytes();
    match slot {
        CellSlot::Type if is_formula_error(value) && !plan.is_sheet => Some(CellSlot::FormulaError),
        CellSlot::Type => match &field.field.kind {
            Type::Integer { .. } if is_exponent(bytes) => Some(CellSlot::Exponent),
            Type::Date(_) | Type::Datetime(_) | Type::Time(_) if is_serial(value) => {
                Some(CellSlot::Serial)
            }
            Type::Time(_) if is_share_of_day(value) => Some(CellSlot::Serial),
            _ => None,
        },
        // Padded with the zeros that a number has no room for, it is as declared.
        CellSlot::MinLength | CellSlot::Pattern
            if !plan.is_sheet && !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) =>
        {
            let is_whole = |zeros: usize| {
                super::cell::read(field, &format!("{}{value}", "0".repeat(zeros))).is_ok()
            };
            (1..=6).any(is_whole).then_some(CellSlot::LostZeros)
        }
        _ => None,
    }
}

/// A number as spreadsheets show it where the column is narrow: `9.43E+09`.
fn is_exponent(bytes: &[u8]) -> bool {
    let Some(at) = bytes.windows(2).rposition(|pair| pair == b"E+") else { return false };
    let (digits, power) = bytes.split_at(at);
    let power = power.get(2..).unwrap_or_default();
    let whole = digits.split(|&byte| byte == b'.').collect::<Vec<_>>();
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    matches!(power.len(), 2 | 3)
        && all_digits(power)
        && matches!(whole.as_slice(), [one] | [one, _] if one.len() == 1)
        && whole.iter().all(|part| all_digits(part))
}

/// A day, as spreadsheets count them: 5 digits, 18 May 1927 to 13 October 2173, with a time of day
/// or without.
fn is_serial(value: &str) -> bool {
    let (days, time) = value.split_once('.').unwrap_or((value, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    days.len() == 5 && !days.starts_with('0') && all_digits(days) && all_digits(time)
}

/// A time, as spreadsheets have it: half past ten is 0.4375.
fn is_share_of_day(value: &str) -> bool {
    let digits = value.strip_prefix("0.");
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn is_formula_error(value: &str) -> bool {
    workbook::is_formula_error(value)
        // What is shown where a column is too narrow, and saved so.
        || (value.len() >= 3 && value.bytes().all(|byte| byte == b'#'))
}

/// Whether a spreadsheet would take the text for a formula. Numbers, telephone numbers and dashes
/// begin with the same signs and are none.
fn is_formula(value: &str) -> bool {
    let mut letters = value.chars();
    let (Some(sign), second) = (letters.next(), letters.next()) else { return false };
    let is_word = second.is_some_and(|second| second.is_alphanumeric() || "(_{".contains(second));
    match sign {
        '=' | '＝' => second.is_some(),
        '@' | '＠' => is_word,
        '+' | '-' | '＋' | '－' => {
            let is_number = value
                .chars()
                .skip(1)
                .all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-.,()/:%".contains(c));
            (is_word || second.is_some_and(|second| "=@+".contains(second))) && !is_number
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_from_numbers_and_dashes() {
        for formula in
            ["=1+1", "=HYPERLINK(\"x\")", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "=="]
        {
            assert!(is_formula(formula), "{formula}");
        }
        for text in ["-", "- seen", "+44 7700 900000", "-1.5", "+", "@", "@ 5pm", "=", "-(3)", "+-"]
        {
            assert!(!is_formula(text), "{text}");
        }
    }

    #[test]
    fn numbers_that_a_spreadsheet_wrote_are_known() {
        for exponent in ["9.43E+09", "1E+15", "1.77754E+15", "1.2E+100"] {
            assert!(is_exponent(exponent.as_bytes()), "{exponent}");
        }
        for other in ["E+09", "12.3E+09", "9.43e+09", "9.43E+9", "9.E+09", "9.43E-09", "1.2.3E+10"]
        {
            assert!(!is_exponent(other.as_bytes()), "{other}");
        }
        for serial in ["43831", "43831.5"] {
            assert!(is_serial(serial));
        }
        assert!(is_share_of_day("0.458333") && !is_share_of_day("0.") && !is_share_of_day("1.5"));
        for other in ["4383", "438311", "04383", "43831.", "43831.x", "2020-01-01"] {
            assert!(!is_serial(other), "{other}");
        }
    }
}
