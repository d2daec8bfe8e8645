//! Whether the first row of a table is certainly its labels, so that it may be shown.
//!
//! A file without a header begins with a person's row, which may look like labels: `Smith,John,Leeds`.
//! Shown as names of fields it would tell of that person, so it must be certain that it is none.

use crate::schema::draft::words;
use crate::schema::form::Form;
use crate::source::sniff::Sniffed;

/// Words of which labels are made, and values of persons' columns are not.
#[rustfmt::skip]
const VOCABULARY: [&str; 149] = [
    "active", "added", "address", "age", "allergy", "amount", "appointment", "attribute", "author",
    "batch", "birth", "born", "by", "category", "certainty", "changed", "class", "clinical",
    "clinician", "code", "codes", "comment", "comments", "concept", "consultation", "consulter",
    "contact", "count", "country", "created", "data", "date", "datetime", "day", "deducted",
    "deleted", "desc", "description", "display", "dob", "document", "dosage", "dose", "drug",
    "duration", "effective", "email", "encounter", "end", "ended", "entered", "entry", "episode",
    "ethnicity", "event", "expiry", "extension", "field", "file", "filename", "first", "flag",
    "forename", "forenames", "format", "from", "gender", "group", "guid", "id", "identifier", "ids",
    "index", "initials", "is", "issue", "item", "key", "kind", "label", "language", "last",
    "length", "level", "location", "mandatory", "medication", "middle", "mobile", "modified",
    "name", "names", "nhs", "no", "note", "notes", "num", "number", "observation", "operator",
    "order", "organisation", "parent", "path", "patient", "person", "phone", "postcode", "practice",
    "problem", "provider", "quantity", "range", "read", "recorded", "ref", "reference", "referral",
    "registered", "registration", "result", "role", "row", "sequence", "session", "sex", "slot",
    "snomed", "source", "staff", "start", "status", "surname", "system", "table", "telephone",
    "term", "text", "time", "timestamp", "title", "to", "type", "unit", "updated", "user", "uuid",
    "value", "version",
];

/// What stands in a column of dates or numbers where there is none.
const PLACEHOLDERS: [&str; 12] = [
    "unknown", "none", "null", "nil", "na", "nan", "missing", "blank", "empty", "not", "never",
    "nk",
];

/// Whether the first row is certainly labels: most of it is words or forms of which labels are made;
/// or a column below is of dates or numbers throughout, and the first row tells of no person.
pub(super) fn are_certain(sniffed: &Sniffed) -> bool {
    let Some((first, below)) = sniffed.rows.split_first() else { return false };
    let made = first.iter().filter(|label| is_made(label)).count();
    if made * 2 >= first.len() {
        return true;
    }
    // A value comes again below; of labels only those of a header that comes again do.
    let comes_again = first.iter().enumerate().any(|(at, label)| {
        below.iter().any(|row| row != first && row.get(at).is_some_and(|cell| cell == label))
    });
    let telling = (0..first.len()).filter(|at| {
        let is_placeholder = first.get(*at).is_some_and(|label| {
            words(label).iter().any(|word| PLACEHOLDERS.contains(&word.as_str()))
        });
        let cells = || below.iter().filter_map(|row| row.get(*at)).filter(|cell| !cell.is_empty());
        let unlike = cells().all(|cell| Form::of(cell.as_bytes()) != Form::Text);
        !is_placeholder && unlike && cells().next().is_some()
    });
    // One such column may be one whose first cell is odd; where persons are described, there are
    // columns of text beside it.
    !comes_again && telling.count() * 2 > first.len()
}

/// Whether a text is one that people make for a column and not for a person.
fn is_made(label: &str) -> bool {
    let label = label.trim();
    if label.contains('_') && !label.contains(' ') {
        return true;
    }
    let words = words(label.trim_end_matches(|c: char| c.is_ascii_digit()));
    // Three words run together: no name of a person or place is written so.
    if words.len() > 2 && label.chars().all(char::is_alphanumeric) {
        return true;
    }
    let known = words.iter().filter(|word| VOCABULARY.contains(&word.as_str())).count();
    words.len() <= 8 && known > 0 && known * 2 >= words.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sniff::sniff;

    fn of(text: &str) -> bool {
        let sniffed = sniff(text.as_bytes(), true).unwrap();
        sniffed.header && are_certain(&sniffed)
    }

    #[test]
    fn labels_are_told_from_a_persons_row() {
        assert!(VOCABULARY.is_sorted());
        for labels in [
            "id,name\n1,Ada\n",
            "Surname,Forename,Town\nSmith,John,Leeds\n",
            "PatientGuid,UsualGpUserInRoleGuid\n{A},{B}\n",
            "concept_id\tvocabulary_id\n1\tx\n",
            "a,b,c\n1,2,3\n4,5,6\n",
            "NHS Number,Date of Birth\n",
            "code,telephone1,telephone2\nx,y,z\n",
        ] {
            assert!(of(labels), "{labels}");
        }
        for data in [
            "Smith,John,1961-02-03,9991234567\nJones,Ann,1970-01-01,9997654321\n",
            "Smith,John,Leeds\nJones,Ann,York\n",
            "Smith,John,unknown\nJones,Ann,1970-01-01\n",
            "Smith,unknown\n1,1970-01-01\n",
            "Smith,John,refused\nJones,Ann,1970-01-01\nBrown,Eve,1971-01-01\n",
            "Smith\nJones\n",
            "Smith,John\n",
            "McDonald,O'Neil,DeVries\nSmith,Jones,Brown\n",
        ] {
            assert!(!of(data), "{data}");
        }
    }
}
