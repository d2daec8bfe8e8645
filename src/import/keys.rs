//! References between tables, as documentation writes them.

use super::headings::Column;
use super::rows::{Document, Said};
use super::types::short;
use super::{Notes, by_key};
use crate::schema::draft::{Draft, Field, Reference};
use crate::source::sheet::key;
use std::collections::BTreeMap;

/// One documented reference: of a field, to a table, and to its field where it is named.
struct Documented<'d> {
    said: &'d Said,
    column: Column,
    from: (usize, String),
    table: String,
    field: Option<String>,
}

/// Adds the references that are documented, and tells which lead to nothing.
pub(super) fn references(draft: &mut Draft, document: &Document, notes: &mut Notes) {
    let tables = by_key(draft);
    let mut resolved: Vec<(usize, String, usize, String, &Said)> = Vec::new();
    let mut declared: Vec<(usize, Reference)> = Vec::new();
    for said in document.fields.iter().chain(&document.references) {
        let Some(&from) = tables.get(&key(&said.table)) else { continue };
        let parts = said.get(Column::References).split([';', '\n']);
        for text in parts.filter(|text| is_whole(text)) {
            match whole(draft, &tables, from, text) {
                Some(reference) => declared.push((from, reference)),
                None => {
                    let text = format!("not carried over: the reference {}", short(text));
                    notes.add(text, said.at(Column::References));
                }
            }
        }
        let second = second(draft, &tables, from, said);
        if let Some(reference) = second {
            match reference {
                Some(reference) => {
                    declared.push((from, reference));
                    continue;
                }
                None => notes.add(
                    "not carried over: the second column of a link, by which the two are to agree too",
                    said.at(Column::SecondReferenceField),
                ),
            }
        }
        for one in documented(said, from) {
            match resolve(draft, &tables, &one) {
                Ok((table, field)) => {
                    resolved.push((from, one.from.1.clone(), table, field, one.said));
                }
                Err(reason) => notes.add(reason, one.said.at(one.column)),
            }
        }
    }
    for (from, reference) in declared {
        if let Some(resource) = draft.resources.get_mut(from)
            && !resource.foreign_keys.contains(&reference)
        {
            resource.foreign_keys.push(reference);
        }
    }
    // References to all parts of a key of several, one each, are one reference.
    let mut grouped: BTreeMap<(usize, usize), Vec<(String, String)>> = BTreeMap::new();
    let mut order = Vec::new();
    for (from, field, table, target, said) in &resolved {
        if !same_family(draft, *from, field, *table, target) {
            let text = format!(
                "not carried over: a reference between fields of different types, {} to {}",
                short(field),
                short(target)
            );
            notes.add(text, said.place.clone());
            continue;
        }
        if !grouped.contains_key(&(*from, *table)) {
            order.push((*from, *table));
        }
        grouped.entry((*from, *table)).or_default().push((field.clone(), target.clone()));
    }
    for (from, table) in order {
        let Some(pairs) = grouped.get(&(from, table)) else { continue };
        let Some(parent) = draft.resources.get(table) else { continue };
        let name = parent.name.clone();
        let mut targets: Vec<&String> = pairs.iter().map(|(_, target)| target).collect();
        targets.sort();
        let mut parts: Vec<&String> = parent.primary_key.iter().collect();
        parts.sort();
        let references: Vec<Reference> = if parts.len() > 1 && targets == parts {
            let (fields, reference) = pairs.iter().cloned().unzip();
            vec![Reference { fields, resource: name, reference }]
        } else {
            pairs
                .iter()
                .map(|(field, target)| Reference {
                    fields: vec![field.clone()],
                    resource: name.clone(),
                    reference: vec![target.clone()],
                })
                .collect()
        };
        if let Some(resource) = draft.resources.get_mut(from) {
            for reference in references {
                if !resource.foreign_keys.contains(&reference) {
                    resource.foreign_keys.push(reference);
                }
            }
        }
    }
    for resource in &mut draft.resources {
        // In the order of the fields.
        let place = |name: &String, fields: &[Field]| fields.iter().position(|f| f.name == *name);
        let fields = std::mem::take(&mut resource.fields);
        resource
            .foreign_keys
            .sort_by_key(|key| key.fields.first().and_then(|name| place(name, &fields)));
        resource.fields = fields;
    }
}

/// A link of two columns, of which the second has the same name on both sides; `Some(None)`: one
/// that does not hold, `None`: no such link.
fn second(
    draft: &Draft,
    tables: &BTreeMap<String, usize>,
    from: usize,
    said: &Said,
) -> Option<Option<Reference>> {
    let other = said.get(Column::SecondReferenceField);
    if matches!(key(other).as_str(), "" | "na" | "null") {
        return None;
    }
    let (table, first) = (said.get(Column::ReferenceTable), said.get(Column::ReferenceField));
    let own = said.get(Column::Field);
    Some(whole(draft, tables, from, &format!("{own} + {other} -> {table}.{first} + {other}")))
}

/// Whether a text is a reference of several fields, as [`whole`] reads it.
fn is_whole(text: &str) -> bool {
    text.split_once("->").is_some_and(|(fields, _)| fields.contains('+'))
}

/// `PatientID + PracticeID -> Patient.ID + Practice`.
fn whole(
    draft: &Draft,
    tables: &BTreeMap<String, usize>,
    from: usize,
    text: &str,
) -> Option<Reference> {
    let (fields, target) = text.split_once("->")?;
    let list = |text: &str| text.split('+').map(|one| one.trim().to_owned()).collect::<Vec<_>>();
    // The name of the table may have points in it.
    let (table, reference) = target
        .split_once('+')
        .map(|(first, _)| first)?
        .rsplit_once('.')
        .map(|(table, _)| (table, target.get(table.len() + 1..).unwrap_or_default()))?;
    let to = *tables.get(&key(table.trim()))?;
    let (fields, reference) = (list(fields), list(reference));
    let has = |table: usize, names: &[String]| {
        draft.resources.get(table).is_some_and(|one| names.iter().all(|n| one.field(n).is_some()))
    };
    let pairs = || fields.iter().zip(&reference);
    let sound = fields.len() == reference.len()
        && has(from, &fields)
        && has(to, &reference)
        && pairs().all(|(field, target)| same_family(draft, from, field, to, target));
    let resource = draft.resources.get(to)?.name.clone();
    sound.then_some(Reference { fields, resource, reference })
}

fn documented<'d>(said: &'d Said, from: usize) -> Vec<Documented<'d>> {
    let get = |column| said.get(column);
    let field = (from, get(Column::Field).to_owned());
    let nothing =
        |text: &str| matches!(key(text).as_str(), "" | "na" | "n a" | "none" | "no" | "n");
    let mut found = Vec::new();
    let mut add = |column, table: &str, target: Option<&str>| {
        found.push(Documented {
            said,
            column,
            from: field.clone(),
            table: table.to_owned(),
            field: target.filter(|text| !nothing(text)).map(str::to_owned),
        });
    };
    if !nothing(get(Column::ReferenceTable)) {
        add(Column::ReferenceTable, get(Column::ReferenceTable), Some(get(Column::ReferenceField)));
    } else if !nothing(get(Column::References))
        && key(get(Column::References)) != "y"
        && key(get(Column::References)) != "yes"
    {
        for text in get(Column::References).split([';', '\n']) {
            if is_whole(text) {
                continue;
            }
            let (table, target) = target(text);
            if !table.is_empty() {
                add(Column::References, &table, target.as_deref());
            }
        }
    } else {
        // `FK Patient.PatientID` among the words of a key.
        for text in get(Column::Key).split([';', '\n', ',']) {
            let lower = text.to_lowercase();
            let mark =
                ["foreign key", "fk"].into_iter().find_map(|m| Some((lower.find(m)?, m.len())));
            let Some(rest) = mark.and_then(|(at, length)| text.get(at + length..)) else {
                continue;
            };
            let (table, target) = target(rest);
            if !table.is_empty() {
                add(Column::Key, &table, target.as_deref());
            }
        }
    }
    found
}

/// `Admin_Patient.PatientGuid`, `Patient (PatientID)`, `FK to Patient[PatientID]`, `-> Patient`.
fn target(text: &str) -> (String, Option<String>) {
    let mut text = text.trim();
    loop {
        let before = text;
        text = text.trim_start_matches(['-', '>', '→', ':', '=', ' ', '(']);
        for word in [
            "foreign key",
            "fk",
            "to",
            "references",
            "refers",
            "links",
            "link",
            "joins",
            "see",
            "table",
            "on",
        ] {
            let lower = text.to_lowercase();
            if let Some(rest) = lower.strip_prefix(word)
                && rest.starts_with([' ', ':', '-', '→'])
            {
                text = text.get(word.len()..).unwrap_or_default().trim_start();
            }
        }
        if before == text {
            break;
        }
    }
    let Some(at) = text.find(['.', '(', '[', '/', ':', '|']) else {
        return (text.trim().trim_end_matches(')').to_owned(), None);
    };
    let (table, rest) = text.split_at(at);
    let field = rest.trim_matches(['.', '(', '[', '/', ':', '|', ')', ']', ' ']);
    // `schema.Table.Field`: the last two count.
    let (table, field) = match field.split_once('.') {
        Some((middle, last)) => (middle, last),
        None => (table, field),
    };
    (table.trim().to_owned(), (!field.is_empty()).then(|| field.trim().to_owned()))
}

fn resolve(
    draft: &Draft,
    tables: &BTreeMap<String, usize>,
    one: &Documented<'_>,
) -> Result<(usize, String), String> {
    let name = &one.table;
    let Some(&number) = tables.get(&key(name)) else {
        let names: Vec<&str> = draft.resources.iter().map(|r| r.name.as_str()).collect();
        return Err(format!(
            "not carried over: a reference to {}, which is not described{}",
            short(name),
            nearest(name, &names)
        ));
    };
    let Some(parent) = draft.resources.get(number) else { return Err(String::new()) };
    let Some(wanted) = &one.field else {
        return match parent.primary_key.as_slice() {
            [only] => Ok((number, only.clone())),
            parts if parts.contains(&one.from.1) => Ok((number, one.from.1.clone())),
            _ if parent.field(&one.from.1).is_some() && number != one.from.0 => {
                Ok((number, one.from.1.clone()))
            }
            _ => Err(format!(
                "not carried over: a reference to {} that does not say to which field",
                short(name)
            )),
        };
    };
    let field = parent.fields.iter().find(|field| field.name == *wanted);
    let field =
        field.or_else(|| parent.fields.iter().find(|field| key(&field.name) == key(wanted)));
    match field {
        Some(field) => Ok((number, field.name.clone())),
        None => {
            let names: Vec<&str> = parent.fields.iter().map(|f| f.name.as_str()).collect();
            Err(format!(
                "not carried over: a reference to {}.{}, which is not described{}",
                short(name),
                short(wanted),
                nearest(wanted, &names)
            ))
        }
    }
}

fn nearest(name: &str, names: &[&str]) -> String {
    let fold = |name: &str| name.to_lowercase();
    let near = names
        .iter()
        .map(|other| (strsim::damerau_levenshtein(&fold(name), &fold(other)), other))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 2.max(name.len() / 5));
    near.map_or(String::new(), |(_, other)| format!("; is {} meant?", short(other)))
}

/// Whether values of two fields can be equal.
fn same_family(draft: &Draft, from: usize, field: &str, table: usize, target: &str) -> bool {
    let family = |number: usize, name: &str| {
        let field = draft.resources.get(number)?.field(name)?;
        Some(match field.kind {
            "integer" | "number" => "number",
            "string" | "any" | "" if field.format != "uuid" => "string",
            "string" => "uuid",
            other => other,
        })
    };
    family(from, field) == family(table, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_in_many_forms() {
        for (text, table, field) in [
            ("Admin_Patient.PatientGuid", "Admin_Patient", Some("PatientGuid")),
            ("Patient (PatientID)", "Patient", Some("PatientID")),
            ("FK to Patient[PatientID]", "Patient", Some("PatientID")),
            ("-> Patient", "Patient", None),
            ("dbo.Patient.ID", "Patient", Some("ID")),
            ("Links to: Staff", "Staff", None),
            ("", "", None),
        ] {
            assert_eq!(target(text), (table.to_owned(), field.map(str::to_owned)), "{text}");
        }
    }
}
