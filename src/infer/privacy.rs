//! Which values may stand in a descriptor: codes, and never what tells of a person.

use super::column::Held;
use crate::schema::form::Form;
use std::collections::BTreeMap;

/// Persons that each value of an `enum` must have: rows alone may all be one person's.
pub(super) const LEAST_PERSONS: usize = 10;

/// Words in a label that say that the values are of a list.
#[rustfmt::skip]
const CODED: [&str; 47] = [
    "abnormal", "action", "availability", "blocked", "category", "certainty", "class", "code",
    "condition", "coding", "episode", "ethnicity", "flag", "format", "frequency", "gender", "grade",
    "group", "indicator", "kind", "language", "level", "marital", "method", "mode", "operator", "option", "outcome",
    "precision", "presence", "priority", "rank", "reason", "result", "role", "scheme",
    "service", "setting", "severity", "sex", "significance", "source", "stage", "state", "status",
    "type", "urgency",
];

/// Names that many people in Britain have, where they are no common word too.
#[rustfmt::skip]
const NAMES: [&str; 138] = [
    "adam", "ahmed", "alan", "alexander", "ali", "alice", "amanda", "amelia", "andrew", "angela",
    "ann", "anne", "anthony", "barbara", "begum", "benjamin", "brian", "campbell", "carol",
    "caroline", "catherine", "charles", "charlotte", "chloe", "christine", "christopher", "claire",
    "clarke", "colin", "cooper", "daniel", "darren", "david", "davies", "davis", "deborah", "diane",
    "dorothy", "edward", "edwards", "elizabeth", "ella", "emily", "emma", "evans", "fatima",
    "fiona", "freya", "gareth", "gary", "george", "graham", "griffiths", "hannah", "harris",
    "harrison", "harry", "heather", "helen", "henry", "hughes", "hussain", "ian", "isabella",
    "jack", "jackson", "jacob", "jacqueline", "james", "jane", "janet", "jason", "jennifer",
    "jessica", "joanne", "john", "johnson", "jones", "joseph", "joshua", "julie", "karen", "kaur",
    "keith", "kelly", "kenneth", "kevin", "khan", "laura", "lee", "lewis", "linda", "lisa",
    "louise", "lucy", "margaret", "martin", "mary", "matthew", "michael", "michelle", "mohammed",
    "morgan", "morris", "muhammad", "natalie", "nicholas", "nicola", "oliver", "olivia", "patel",
    "patricia", "paul", "peter", "philip", "phillips", "rachel", "rebecca", "richard", "robert",
    "roberts", "robinson", "ruth", "sally", "samantha", "samuel", "sarah", "sharon", "shaw",
    "simon", "singh", "smith", "sophie", "stephen", "steven", "stuart", "susan", "taylor",
];

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

/// How much a label lets its values be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// It says that the values are codes or words of a list: `status`, `type`.
    Coded,
    /// It says nothing, or there is none: only values that are too short to tell of anybody.
    Silent,
}

impl Label {
    /// What the words of a label say; `None`: they are of what is never listed.
    pub(super) fn of(words: &[String], is_named: bool) -> Option<Self> {
        if is_telling(words) {
            return None;
        }
        let coded = words.iter().any(|word| CODED.contains(&word.as_str()));
        Some(if coded && is_named { Self::Coded } else { Self::Silent })
    }
}

/// Characters of a value under a label that says nothing.
const LONGEST_OF_SILENT: usize = 3;

/// Characters and words of a value that is a code or a word of a list.
const LONGEST_OF_CODED: (usize, usize) = (40, 5);

/// Whole numbers that a list has: more are a measure.
const MOST_NUMBERS: usize = 20;

/// The values of a column that may be listed: each of at least [`LEAST_PERSONS`] persons, none of
/// them like a name, an identifier or what someone typed.
pub(super) fn listed(values: &BTreeMap<Vec<u8>, Held>, label: Label) -> Option<Vec<String>> {
    if values.is_empty() || values.values().any(|held| held.persons.len() < LEAST_PERSONS) {
        return None;
    }
    let texts: Option<Vec<String>> =
        values.keys().map(|value| String::from_utf8(value.clone()).ok()).collect();
    let texts = texts?;
    let numbers = texts.iter().filter(|text| text.bytes().all(|b| b.is_ascii_digit())).count();
    let names = texts.iter().filter(|text| has_name(text)).count();
    let are_names = names > 1 || names * 4 > texts.len();
    let sound =
        numbers <= MOST_NUMBERS && !are_names && texts.iter().all(|text| is_code(text, label));
    sound.then_some(texts)
}

/// Whether a value alone may be one of a list.
fn is_code(value: &str, label: Label) -> bool {
    let lower = value.to_lowercase();
    let words: Vec<&str> = lower.split([' ', '.', ',']).filter(|word| !word.is_empty()).collect();
    let characters = value.chars().count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().any(char::is_alphabetic);
    let fits = match label {
        Label::Silent => characters <= LONGEST_OF_SILENT,
        Label::Coded => characters <= LONGEST_OF_CODED.0 && words.len() <= LONGEST_OF_CODED.1,
    };
    let year =
        characters == 4 && digits == 4 && (value.starts_with("19") || value.starts_with("20"));
    fits && !words.first().is_some_and(|first| HONORIFICS.contains(first))
        && digits < 5
        // Letters and digits together, as in a code of a practice or a number plate.
        && !(letters && digits > 2 && characters > 5)
        && !year
        && !value.contains(['@', '\n', '\r', '?', '!', ';', '"'])
        && value.trim() == value
        && matches!(Form::of(value.as_bytes()), Form::Text | Form::Padded | Form::Integer)
        && !is_postcode(value)
        && !is_written_as_name(value)
}

/// `Smith, John`, `J Smith`, `J. Smith`, `John A Smith`.
fn is_written_as_name(value: &str) -> bool {
    let is_initial = |word: &str| {
        let mut letters = word.trim_end_matches('.').chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
    };
    let is_capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && word.chars().count() > 2
            && letters.any(char::is_lowercase)
    };
    let words: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if words.len() < 2 || words.len() > 4 {
        return false;
    }
    let initials = words.iter().filter(|word| is_initial(word)).count();
    let capitals = words.iter().filter(|word| is_capital(word)).count();
    let comma = value.contains(',') && capitals + initials == words.len();
    comma || (initials > 0 && capitals > 0 && initials + capitals == words.len())
}

/// Whether a word of a value is a name that many people have.
fn has_name(value: &str) -> bool {
    let lower = value.to_lowercase();
    lower.split(|c: char| !c.is_alphabetic()).any(|word| NAMES.contains(&word))
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

    fn of(values: &[(&str, u64)], label: Label) -> bool {
        let held = |persons: u64| Held { rows: 100, persons: (0..persons).collect() };
        let values = values.iter().map(|(v, n)| (v.as_bytes().to_vec(), held(*n))).collect();
        listed(&values, label).is_some()
    }

    #[test]
    fn only_codes_are_listed() {
        let coded = Label::Coded;
        assert!(of(&[("Active", 10), ("Past", 10)], coded));
        assert!(of(&[("GP Practice", 10), ("Acute Trust", 10), ("Not stated", 10)], coded));
        // A hundred rows of nine persons.
        assert!(!of(&[("Active", 9), ("Past", 10)], coded));
        for value in [
            "Dr A Test",
            "LS21 5MU",
            "12345",
            "1961",
            "F86644",
            "Smith, John",
            "J Smith",
            "a@b.example",
            "Feels much better today, thank you",
        ] {
            assert!(!of(&[(value, 10), ("Past", 10)], coded), "{value}");
        }
        assert!(!of(&[("Patel", 10), ("Jones", 10), ("Okonkwo", 10)], coded));
        assert!(!of(&[("Active", 10)], Label::Silent));
        assert!(of(&[("I", 10), ("U", 10)], Label::Silent));
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(Label::of(&words("given name"), true), None);
        assert_eq!(Label::of(&words("entry status"), true), Some(Label::Coded));
        assert_eq!(Label::of(&words("status"), false), Some(Label::Silent));
        assert_eq!(Label::of(&words("col 7"), true), Some(Label::Silent));
        assert!(NAMES.is_sorted());
        assert!(is_telling(&["given".into(), "name".into()]));
        assert!(!is_telling(&["status".into()]));
        assert!(is_nhs_number(b"9434765919"));
        assert!(!is_nhs_number(b"9434765918"));
    }
}
