//! Sentences from facts.
//!
//! **Invariant:** a sentence holds no cell value, unless the sample has one that may be shown; and
//! whatever comes from outside is shown without characters that a terminal or a page would obey.

use super::{Facts, FieldRef, Group, Place, Sample};

/// Names, labels and values from outside are cut at this many characters.
pub const LONGEST_VALUE: usize = 60;

/// What is wrong, without the place: "a cell does not have the declared type or format; expected
/// date (%Y-%m-%d)". Begins with a capital letter; no full stop.
pub fn title(group: &Group) -> String {
    with_note(sentence(group), clause(&group.facts))
}

/// One sentence with the place: what is wrong, and what was expected.
///
/// The cell is in it only where the sample has a value, and then without control characters and
/// cut at [`LONGEST_VALUE`] characters; else its shape, where that is known.
pub fn message(group: &Group, sample: &Sample) -> String {
    let wrong = sentence(group);
    let place = location(group, sample);
    let start = match place.is_empty() {
        true => wrong.to_owned(),
        false => format!("{}: {}", capital(&place), small(wrong)),
    };
    let mut text = with_note(&start, Some(note(group, sample)).filter(|note| !note.is_empty()));
    if let Some(value) = &sample.value {
        text.push_str(&format!("; it is \"{}\"", plain(value, LONGEST_VALUE)));
    } else if let Some(shape) = sample.shape.as_deref().filter(|shape| !shape.is_empty()) {
        text.push_str(&format!("; its shape is {}", plain(shape, LONGEST_VALUE)));
    }
    text.push('.');
    text
}

/// What was expected and found: a clause in lower case, without a full stop; empty where the code
/// says all.
pub fn note(group: &Group, sample: &Sample) -> String {
    let common = clause(&group.facts);
    let own = match (&group.facts, &sample.facts) {
        (all, own) if all == own => None,
        // A group counts the different keys; of one example nothing more is known.
        (Facts::Reference { .. }, Facts::Reference { .. }) => None,
        (_, own) => clause(own),
    };
    let common = match (&group.facts, common) {
        (Facts::Reference { resource, fields, .. }, _) => Some(missing_from(resource, fields)),
        (_, common) => common,
    };
    common.into_iter().chain(own).collect::<Vec<_>>().join("; ")
}

/// Where it is: "row 17, column DateOfBirth (F)", with the column as a spreadsheet letters it;
/// empty where neither row nor column is known.
pub fn location(group: &Group, sample: &Sample) -> String {
    let row = sample.place.row.map(|row| format!("row {}", thousands(row)));
    row.into_iter().chain(columns(&group.fields)).collect::<Vec<_>>().join(", ")
}

/// The columns of a finding: "column DateOfBirth (F)", "columns Id (A) and Code (C)".
pub fn columns(fields: &[FieldRef]) -> Option<String> {
    let named: Vec<String> = fields.iter().map(column).collect();
    match named.as_slice() {
        [] => None,
        [one] => Some(format!("column {one}")),
        [most @ .., last] => Some(format!("columns {} and {last}", most.join(", "))),
    }
}

/// A column by its name and letters: "DateOfBirth (F)".
pub fn column(field: &FieldRef) -> String {
    let letters = letters(field.number);
    match (plain(&field.name, LONGEST_VALUE), letters.is_empty()) {
        (name, _) if name.is_empty() => letters,
        (name, true) => name,
        (name, false) => format!("{name} ({letters})"),
    }
}

/// The letters of a spreadsheet column counted from 1: 1 is A, 27 is AA; none for 0.
pub fn letters(number: u32) -> String {
    let mut rest = number;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + u8::try_from(digit).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// A number with a comma at every third digit: 12,403.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: "1 error", "12,403 errors".
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// Text from outside on one line: white space as spaces; without control characters, marks of
/// writing direction and other invisible characters; cut at `longest` characters with `…`.
pub fn plain(text: &str, longest: usize) -> String {
    let mut shown = text.chars().filter_map(|c| match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if c.is_control() || is_invisible(c) => None,
        _ if c.is_whitespace() => Some(' '),
        _ => Some(c),
    });
    let mut out: String = shown.by_ref().take(longest).collect();
    if shown.next().is_some() {
        out.pop();
        out.push('…');
    }
    out
}

/// Whether a character that is no control character cannot be seen, or changes how its neighbours
/// are shown: marks of direction, joiners, fillers, variation selectors, tags.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The catalogue's sentence, without its full stop.
fn sentence(group: &Group) -> &'static str {
    group.code.entry().title.trim_end_matches('.')
}

fn with_note(start: &str, note: Option<String>) -> String {
    match note {
        Some(note) => format!("{start}; {note}"),
        None => start.to_owned(),
    }
}

/// What facts say: a clause in lower case, without a full stop.
pub fn clause(facts: &Facts) -> Option<String> {
    let show = |text: &str| plain(text, LONGEST_VALUE);
    Some(match facts {
        Facts::None => return None,
        Facts::Type { expected } => format!("expected {}", show(expected)),
        Facts::Constraint { name, limit } => constraint(name, &show(limit)),
        Facts::Width { expected, found } => {
            format!("expected {}, found {}", counted(*expected, "cell", "cells"), thousands(*found))
        }
        Facts::Name { expected: None, found: None } => return None,
        Facts::Name { expected: Some(expected), found: None } => {
            format!("expected {}", show(expected))
        }
        Facts::Name { expected: None, found: Some(found) } => format!("found {}", show(found)),
        Facts::Name { expected: Some(expected), found: Some(found) } => {
            format!("expected {}, found {}", show(expected), show(found))
        }
        Facts::Count { what, expected, found } => {
            format!("expected {} {what}, found {}", thousands(*expected), thousands(*found))
        }
        Facts::Digest { algorithm, expected, found } => format!(
            "expected {algorithm} {}, found {}",
            plain(expected, SHOWN_DIGITS),
            plain(found, SHOWN_DIGITS)
        ),
        Facts::Reference { resource, fields, distinct } => format!(
            "{}; {}",
            missing_from(resource, fields),
            counted(*distinct, "missing key", "different missing keys")
        ),
        Facts::Duplicate { first, rows, members } => duplicate(first, *rows, members),
        Facts::Repeated { keys } => {
            counted(*keys, "key is used more than once", "keys are used more than once")
        }
        Facts::Orphan { rows: 0 | 1 } => return None,
        Facts::Orphan { rows } => {
            format!("{} rows refer to the same missing key", thousands(*rows))
        }
        Facts::Text(text) => plain(text, LONGEST_TEXT),
    })
}

/// How much of a digest a sentence shows; reports for machines have the whole of it.
const SHOWN_DIGITS: usize = 17;

/// Sentences of our own about the data are cut here.
const LONGEST_TEXT: usize = 300;

fn missing_from(resource: &str, fields: &[String]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| plain(field, LONGEST_VALUE)).collect();
    let resource = plain(resource, LONGEST_VALUE);
    match fields.is_empty() {
        true => format!("not in {resource}"),
        false => format!("not in {resource} ({})", fields.join(", ")),
    }
}

/// How many rows a sentence names.
const NAMED_ROWS: usize = 6;

/// Where a key was used before, and where else.
fn duplicate(first: &Place, rows: u64, members: &[Place]) -> String {
    let Some(row) = first.row else { return "used before".to_owned() };
    let first_use = format!("first used in row {}", thousands(row));
    if rows < 3 || members.is_empty() {
        return first_use;
    }
    let all = format!("{first_use}; {} rows have it", thousands(rows));
    // Rows of another file would need its name, which a sentence about this one has no room for.
    let here: Vec<String> = members
        .iter()
        .filter(|place| place.file == first.file)
        .filter_map(|place| place.row)
        .take(NAMED_ROWS)
        .map(thousands)
        .collect();
    let more = if rows > here.len() as u64 { ", …" } else { "" };
    format!("{all}: {}{more}", here.join(", "))
}

/// A constraint in words, with its name in the descriptor.
fn constraint(name: &str, limit: &str) -> String {
    match name {
        "required" => "a value is required".to_owned(),
        "requiredUnlessDeleted" => "a value is required in rows that do not delete".to_owned(),
        "unique" => "the value must be unique".to_owned(),
        "minLength" => format!("at least {limit} long (minLength)"),
        "maxLength" => format!("at most {limit} long (maxLength)"),
        "minimum" => format!("at least {limit} (minimum)"),
        "maximum" => format!("at most {limit} (maximum)"),
        "exclusiveMinimum" => format!("more than {limit} (exclusiveMinimum)"),
        "exclusiveMaximum" => format!("less than {limit} (exclusiveMaximum)"),
        "pattern" => format!("must match {limit} (pattern)"),
        "future" => format!("no date after the day of the check, {limit} (future)"),
        "beforeBirth" => "no date before the patient's birth (beforeBirth)".to_owned(),
        "jsonSchema" => "must be as the field's JSON Schema says (jsonSchema)".to_owned(),
        "enum" => format!("must be one of {limit} (enum)"),
        _ => format!("{name} is {limit}"),
    }
}

fn capital(text: &str) -> String {
    change_first(text, |c| c.to_ascii_uppercase())
}

fn small(text: &str) -> String {
    change_first(text, |c| c.to_ascii_lowercase())
}

fn change_first(text: &str, change: fn(char) -> char) -> String {
    let mut rest = text.chars();
    rest.next().map(change).into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests;
