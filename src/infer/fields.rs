//! From the counts of a column to a declared field.

use super::column::Column;
use super::{Found, names, privacy};
use crate::finding::message::thousands;
use crate::schema::draft::Field;
use crate::schema::form::{DateForm, Form, TimeForm};
use crate::schema::value::Type;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Rows from which on a column without an empty cell is declared as required.
const LEAST_REQUIRED: u64 = 10;

/// Words of a boolean, the true one first.
const TRUTHS: [(&str, &str); 8] = [
    ("true", "false"),
    ("TRUE", "FALSE"),
    ("True", "False"),
    ("Y", "N"),
    ("y", "n"),
    ("Yes", "No"),
    ("YES", "NO"),
    ("T", "F"),
];

/// Declares what is true of all rows; what a person should know beyond it goes to `found`.
pub(super) fn field(label: &str, column: &Column, named: bool, found: &mut Found) -> Field {
    let mut field = Field { name: label.to_owned(), kind: "string", ..Field::default() };
    let words = names::words(label);
    if column.filled == 0 {
        field.description = "Always empty in the extract from which this was inferred.".into();
        return field;
    }
    let forms = forms(column, &mut field);
    kind(&mut field, &forms, column, found);
    if field.kind == "string" || field.kind == "integer" {
        truths(&mut field, column, &words);
    }
    if field.kind == "string"
        && let Some(label) = privacy::Label::of(&words, named)
    {
        values(&mut field, column, label);
    }
    if column.empty == 0
        && column.filled >= LEAST_REQUIRED
        && !field.more.contains_key("missingValues")
    {
        let mut constraints = serde_json::Map::new();
        constraints.insert("required".into(), json!(true));
        constraints.append(&mut field.constraints);
        field.constraints = constraints;
    }
    let is_nhs = words.iter().any(|word| word.starts_with("nhs"));
    if column.nhs_numbers == column.filled && (is_nhs || (!named && column.filled >= 10)) {
        field.kind = "string";
        field.format.clear();
        field.more.insert("rdfType".into(), json!("https://fhir.nhs.uk/Id/nhs-number"));
        field.handover.insert("sensitivity".into(), json!("identifying"));
    } else if privacy::is_telling(&words) && !names::is_identifier(label) {
        field.handover.insert("sensitivity".into(), json!("identifying"));
    }
    field
}

/// The forms of the cells that hold a value: one word for "no value" is set aside.
fn forms(column: &Column, field: &mut Field) -> BTreeMap<Form, u64> {
    let mut forms = column.forms.clone();
    let texts = forms.get(&Form::Text).copied().unwrap_or(0);
    if let ([(word, count)], true) =
        (column.placeholders.iter().collect::<Vec<_>>().as_slice(), forms.len() > 1)
        && **count == texts
    {
        forms.remove(&Form::Text);
        field.more.insert("missingValues".into(), json!(["", word]));
    }
    forms
}

fn kind(field: &mut Field, forms: &BTreeMap<Form, u64>, column: &Column, found: &mut Found) {
    let set: BTreeSet<Form> = forms.keys().copied().collect();
    let within = |allowed: &[Form]| set.iter().all(|form| allowed.contains(form));
    if within(&[Form::Integer])
        || within(&[Form::Integer, Form::Date(DateForm::Digits)]) && set.contains(&Form::Integer)
    {
        field.kind = "integer";
        return;
    }
    if within(&[Form::Integer, Form::Decimal, Form::Date(DateForm::Digits)])
        && set.contains(&Form::Decimal)
    {
        field.kind = "number";
        return;
    }
    if within(&[Form::Integer, Form::DecimalComma]) && set.contains(&Form::DecimalComma) {
        field.kind = "number";
        field.more.insert("decimalChar".into(), json!(","));
        return;
    }
    if within(&[Form::Guid]) {
        field.format = "uuid".into();
        return;
    }
    if within(&[Form::Braced]) {
        let pattern = "\\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\}";
        field.constraints.insert("pattern".into(), json!(pattern));
        return;
    }
    let kinds: BTreeSet<&str> = set.iter().map(|form| form.kind()).collect();
    let only = kinds.iter().next().copied().filter(|_| kinds.len() == 1);
    if let Some(kind @ ("date" | "time" | "datetime")) = only {
        moments(field, kind, forms, found);
        return;
    }
    // A few cells unlike all others are worth a word: they may be what is wrong.
    let Some((form, most)) = forms.iter().max_by_key(|(_, count)| **count) else { return };
    if *form != Form::Text && form.kind() != "string" && *most * 100 >= column.filled * 95 {
        found.note(
            &field.name,
            format!(
                "all but {} of {} cells are of the type {}{}: a text, so that nothing is refused",
                thousands(column.filled - most),
                thousands(column.filled),
                form.kind(),
                shown(*form),
            ),
        );
    }
}

fn shown(form: Form) -> String {
    match form.pattern(false) {
        pattern if pattern.is_empty() => String::new(),
        pattern => format!(" ({pattern})"),
    }
}

/// Dates and times in one form or in several.
fn moments(field: &mut Field, kind: &'static str, forms: &BTreeMap<Form, u64>, found: &mut Found) {
    let month_first = forms.keys().any(|form| is_of(*form, false))
        && !forms.keys().any(|form| is_of(*form, true));
    let mut patterns: BTreeMap<String, u64> = BTreeMap::new();
    for (form, count) in forms {
        *patterns.entry(form.pattern(month_first)).or_default() += count;
    }
    let named = |pattern: &String| match (pattern.as_str(), kind) {
        ("", "date") => "%Y-%m-%d".to_owned(),
        ("", "time") => "%H:%M:%S".to_owned(),
        ("", _) => "%Y-%m-%dT%H:%M:%S".to_owned(),
        (pattern, _) => pattern.to_owned(),
    };
    if let ([pattern], Some(one)) =
        (patterns.keys().collect::<Vec<_>>().as_slice(), patterns.keys().next())
    {
        field.kind = kind;
        field.format.clone_from(pattern);
        let open = |form: &Form| {
            matches!(form, Form::Date(DateForm::Either(_) | DateForm::ShortEither(_)))
                || matches!(
                    form,
                    Form::Datetime(DateForm::Either(_) | DateForm::ShortEither(_), ..)
                )
        };
        if forms.keys().all(open) {
            found.note(
                &field.name,
                format!(
                    "no cell tells whether the day or the month comes first: read as {}",
                    named(one)
                ),
            );
        }
        return;
    }
    let counts = patterns
        .iter()
        .map(|(pattern, count)| format!("{} ({} cells)", named(pattern), thousands(*count)));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let any = match kind {
        "date" => Type::date("any"),
        "time" => Type::time("any"),
        _ => Type::datetime("any"),
    };
    let all_accepted = any.is_ok_and(|any| forms.keys().all(|form| any.accepts(&example(*form))));
    if all_accepted {
        field.kind = kind;
        field.format = "any".into();
    }
    field.description = format!("Written in more than one form: {counts}.");
    found.note(&field.name, format!("{kind}s in more than one form: {counts}"));
}

/// Whether a form puts the day (or the month) first and cannot be read otherwise.
fn is_of(form: Form, day: bool) -> bool {
    let date = match form {
        Form::Date(date) | Form::Datetime(date, ..) => date,
        _ => return false,
    };
    match date {
        DateForm::DayFirst(_) | DateForm::ShortDayFirst(_) => day,
        DateForm::MonthFirst(_) | DateForm::ShortMonthFirst(_) => !day,
        _ => false,
    }
}

/// A cell of that form.
fn example(form: Form) -> String {
    let date = |date: DateForm| match date {
        DateForm::YearFirst(by) => format!("2024{0}01{0}26", char::from(by)),
        DateForm::DayFirst(by) => format!("26{0}01{0}2024", char::from(by)),
        DateForm::MonthFirst(by) => format!("01{0}26{0}2024", char::from(by)),
        DateForm::Either(by) => format!("05{0}06{0}2024", char::from(by)),
        DateForm::ShortDayFirst(by) => format!("26{0}01{0}24", char::from(by)),
        DateForm::ShortMonthFirst(by) => format!("01{0}26{0}24", char::from(by)),
        DateForm::ShortEither(by) => format!("05{0}06{0}24", char::from(by)),
        DateForm::MonthName(by) => format!("26{0}Jan{0}2024", char::from(by)),
        DateForm::Digits => "20240126".into(),
    };
    let time = |time: TimeForm| match time {
        TimeForm::Minutes => "15:04",
        TimeForm::Seconds => "15:04:05",
        TimeForm::Fraction => "15:04:05.123",
    };
    match form {
        Form::Date(form) => date(form),
        Form::Time(form) => time(form).into(),
        Form::Datetime(day, between, clock, zone) => {
            format!(
                "{}{}{}{}",
                date(day),
                char::from(between),
                time(clock),
                if zone { "Z" } else { "" }
            )
        }
        _ => String::new(),
    }
}

fn truths(field: &mut Field, column: &Column, words: &[String]) {
    let Some(values) = &column.values else { return };
    let has = |word: &str| values.contains_key(word.as_bytes());
    let set_aside = usize::from(field.more.contains_key("missingValues"));
    let only = |yes: &str, no: &str| {
        values.len() - set_aside.min(values.len()) <= 2
            && values
                .keys()
                .filter(|v| v.as_slice() != yes.as_bytes() && v.as_slice() != no.as_bytes())
                .count()
                == set_aside
    };
    let flag = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "is" | "has" | "flag" | "indicator" | "ind" | "removed" | "deleted" | "active"
        )
    });
    if flag && field.kind == "integer" && only("1", "0") {
        field.kind = "boolean";
        field.more.insert("trueValues".into(), json!(["1"]));
        field.more.insert("falseValues".into(), json!(["0"]));
        return;
    }
    for (yes, no) in TRUTHS {
        let sure = yes.len() > 3 || flag || (has(yes) && has(no));
        if field.kind == "string" && sure && only(yes, no) && (has(yes) || has(no)) {
            field.kind = "boolean";
            field.format.clear();
            field.constraints.clear();
            if yes.len() < 4 {
                field.more.insert("trueValues".into(), json!([yes]));
                field.more.insert("falseValues".into(), json!([no]));
            }
            return;
        }
    }
}

fn values(field: &mut Field, column: &Column, label: privacy::Label) {
    if field.constraints.contains_key("pattern") || !field.format.is_empty() {
        return;
    }
    let Some(values) = &column.values else { return };
    let mut values = values.clone();
    for word in column.placeholders.keys() {
        if field.more.contains_key("missingValues") {
            values.remove(word.as_bytes());
        }
    }
    if let Some(listed) = privacy::listed(&values, label) {
        field.constraints.insert("enum".into(), json!(listed));
    }
}
