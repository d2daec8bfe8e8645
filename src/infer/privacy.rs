//! Which values may stand in a descriptor: codes, and never what tells of a person.

use crate::schema::form::Form;
use std::collections::BTreeMap;

/// Rows that each value of an `enum` must have.
pub(super) const LEAST_ROWS: u64 = 10;

/// Words in a label that tell of names, identifiers, places, or text that someone typed.
const TELLING: [&str; 62] = [
    "name",
    "names",
    "surname",
    "forename",
    "forenames",
    "title",
    "initials",
    "address",
    "street",
    "road",
    "house",
    "flat",
    "village",
    "town",
    "city",
    "county",
    "postcode",
    "post",
    "zip",
    "phone",
    "telephone",
    "tel",
    "mobile",
    "fax",
    "email",
    "mail",
    "nhs",
    "nhsno",
    "dob",
    "birth",
    "born",
    "id",
    "ids",
    "guid",
    "uuid",
    "identifier",
    "key",
    "ref",
    "reference",
    "number",
    "no",
    "num",
    "user",
    "username",
    "login",
    "gp",
    "doctor",
    "clinician",
    "staff",
    "nurse",
    "author",
    "person",
    "contact",
    "carer",
    "relative",
    "note",
    "notes",
    "text",
    "comment",
    "comments",
    "place",
    "practitioner",
];

/// Words that begin a person's name.
const HONORIFICS: [&str; 8] = ["dr", "mr", "mrs", "ms", "miss", "prof", "sister", "rev"];

/// Whether a label tells of what may never be listed. One that says nothing may be of anything.
pub(super) fn is_telling(words: &[String]) -> bool {
    words.iter().any(|word| TELLING.contains(&word.as_str()))
}

/// The values of a column that may be listed: each in at least [`LEAST_ROWS`] rows, none of them
/// like a name or an identifier. `named`: whether the column has a label at all; of one without,
/// only values of one or two characters are listed.
pub(super) fn listed(values: &BTreeMap<Vec<u8>, u64>, named: bool) -> Option<Vec<String>> {
    let sound = |value: &str| {
        let lower = value.to_lowercase();
        let first = lower.split([' ', '.', ',']).next().unwrap_or_default();
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let form = Form::of(value.as_bytes());
        let short = value.chars().count() <= 2;
        !HONORIFICS.contains(&first)
            && digits < 5
            && !value.contains('@')
            && value.trim() == value
            && !value.contains(['\n', '\r'])
            && matches!(form, Form::Text | Form::Padded | Form::Integer)
            && !is_postcode(value)
            && (named || short)
    };
    if values.is_empty() || values.values().any(|count| *count < LEAST_ROWS) {
        return None;
    }
    let texts: Option<Vec<String>> =
        values.keys().map(|value| String::from_utf8(value.clone()).ok()).collect();
    texts.filter(|texts| texts.iter().all(|text| sound(text)))
}

fn is_postcode(value: &str) -> bool {
    let compact: String = value.chars().filter(|c| *c != ' ').collect();
    let bytes = compact.as_bytes();
    (5..=7).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && matches!(bytes.get(bytes.len() - 3..), Some([a, b, c])
            if a.is_ascii_digit() && b.is_ascii_alphabetic() && c.is_ascii_alphabetic())
}

/// Whether ten digits are an NHS number by their check digit (NHS Data Dictionary).
pub(super) fn is_nhs_number(cell: &[u8]) -> bool {
    let [digits @ .., check] = cell else { return false };
    if digits.len() != 9 || !cell.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(d, w)| u32::from(d - b'0') * w).sum();
    (11 - sum % 11) % 11 == u32::from(check - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(&str, u64)], named: bool) -> bool {
        let values = values.iter().map(|(v, n)| (v.as_bytes().to_vec(), *n)).collect();
        listed(&values, named).is_some()
    }

    #[test]
    fn only_codes_are_listed() {
        assert!(of(&[("Active", 10), ("Past", 12)], true));
        assert!(!of(&[("Active", 9), ("Past", 12)], true));
        assert!(!of(&[("Dr A Test", 50)], true));
        assert!(!of(&[("LS21 5MU", 50)], true));
        assert!(!of(&[("12345", 50)], true));
        assert!(!of(&[("Active", 50)], false));
        assert!(of(&[("I", 50), ("U", 10)], false));
        assert!(is_telling(&["given".into(), "name".into()]));
        assert!(!is_telling(&["status".into()]));
        assert!(is_nhs_number(b"9434765919"));
        assert!(!is_nhs_number(b"9434765918"));
    }
}
