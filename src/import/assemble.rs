//! What a document says, put together as tables and fields.

use super::headings::Column;
use super::rows::{Document, Said};
use super::types::{self, short};
use super::{Notes, codes, extension};
use crate::schema::draft::{Draft, Field, Resource, plain_name, words};
use crate::source::sheet::key;
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// Makes a draft; references come later.
pub(super) fn assemble(document: &Document, name: &str, notes: &mut Notes) -> Draft {
    let mut draft = Draft {
        name: plain_name(name),
        title: name.to_owned(),
        description: "Imported from documentation. What it does not say is not declared.".into(),
        ..Draft::default()
    };
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut keys: Vec<Vec<(u64, String)>> = Vec::new();
    for said in &document.fields {
        let table = key(&said.table);
        let number = *numbers.entry(table.clone()).or_insert_with(|| {
            let resource = resource(document, &said.table, &draft, notes);
            draft.resources.push(resource);
            keys.push(Vec::new());
            draft.resources.len() - 1
        });
        let Some(resource) = draft.resources.get_mut(number) else { continue };
        let name = said.get(Column::Field).to_owned();
        if resource.field(&name).is_some() {
            let text =
                format!("the field {} of {} is described again", short(&name), short(&said.table));
            notes.add(text, said.at(Column::Field));
            continue;
        }
        let field = field(said, document, notes);
        let (is_key, is_unique, order) = key_of(said);
        if is_key && let Some(keys) = keys.get_mut(number) {
            keys.push((order, name.clone()));
        } else if is_unique {
            resource.unique_keys.push(vec![name.clone()]);
        }
        resource.fields.push(field);
    }
    for table in document.tables.keys().filter(|table| !numbers.contains_key(*table)) {
        notes.general(format!(
            "left out, since no field of it is described: the table {}",
            short(table)
        ));
    }
    for (resource, mut keys) in draft.resources.iter_mut().zip(keys) {
        // Where the parts are numbered, the numbers tell their order.
        keys.sort_by_key(|(order, _)| *order);
        resource.primary_key = keys.into_iter().map(|(_, name)| name).collect();
        order(resource, document);
        extension::one_role_each(resource, notes);
        guess_role(resource, notes);
    }
    draft
}

fn resource(document: &Document, name: &str, draft: &Draft, notes: &mut Notes) -> Resource {
    let said = document.tables.get(&key(name)).cloned().unwrap_or_default();
    let mut plain = plain_name(name);
    let taken = |name: &str| draft.resource(name).is_some();
    let mut number = 2;
    while taken(&plain) {
        plain = format!("{}-{number}", plain_name(name));
        number += 1;
    }
    let title = if said.title.is_empty() || said.title == name { name } else { &said.title };
    let mut resource = Resource {
        title: if plain == title { String::new() } else { title.to_owned() },
        name: plain,
        description: said.description.clone(),
        fields_match: "equal",
        ..Resource::default()
    };
    if is_pattern(&said.file) {
        resource.handover.insert("filePattern".into(), json!(said.file));
    } else if said.file.is_empty() {
        resource.paths = vec![format!("{}.csv", name.replace(['/', '\\', ':'], "_"))];
    } else {
        let sound = |path: &str| path.trim().replace('\\', "/").trim_start_matches('/').to_owned();
        resource.paths = said.file.lines().map(sound).filter(|path| !path.is_empty()).collect();
    }
    extension::of_table(&mut resource, &said, notes);
    resource
}

/// Whether what stands for a file's name is a pattern of names.
fn is_pattern(file: &str) -> bool {
    let signs = ["(?P<", "[0-9]", "\\.", "\\d", ".*"];
    signs.iter().any(|sign| file.contains(sign)) && regex_syntax::parse(file).is_ok()
}

/// Fields in the order of their positions, where all have one and no two the same.
fn order(resource: &mut Resource, document: &Document) {
    let positions: BTreeMap<&str, u64> = document
        .fields
        .iter()
        .filter(|said| plain_name(&said.table) == resource.name)
        .filter_map(|said| {
            Some((said.get(Column::Field), types::most(said.get(Column::Position))?))
        })
        .collect();
    let mut distinct: Vec<u64> = positions.values().copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() == resource.fields.len() {
        resource.fields.sort_by_key(|field| positions.get(field.name.as_str()).copied());
    }
}

/// Whether a field is (part of) the primary key, or unique, and its number among the parts.
fn key_of(said: &Said) -> (bool, bool, u64) {
    let text = said.get(Column::Key);
    let words = key(text);
    let words: Vec<&str> = words.split(' ').collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let digits = types::most(text).unwrap_or(0);
    let marked = said.get(Column::PrimaryKey);
    let is_marked = types::yes(marked).unwrap_or_else(|| key(marked).starts_with("pk"))
        || types::most(marked).is_some_and(|number| number > 0 && number < 20);
    let is_primary = has(&["pk", "primary", "pk1", "pk2", "pk3", "p", "k"])
        || (has(&["key"]) && !has(&["foreign", "alternate", "unique", "candidate"]))
        || is_marked;
    let is_unique = has(&["unique", "uk", "ak", "alternate", "candidate"])
        || types::yes(said.get(Column::Unique)) == Some(true);
    (is_primary, is_unique, if is_marked { types::most(marked).unwrap_or(0) } else { digits })
}

fn field(said: &Said, document: &Document, notes: &mut Notes) -> Field {
    let get = |column| said.get(column);
    let mut field = Field { name: get(Column::Field).to_owned(), ..Field::default() };
    if get(Column::Title) != field.name {
        get(Column::Title).clone_into(&mut field.title);
    }
    let texts = [get(Column::Description), get(Column::Notes)];
    field.description = texts
        .into_iter()
        .filter(|text| !text.is_empty() && *text != "NA")
        .collect::<Vec<_>>()
        .join("\n");
    let (kind, form) = (get(Column::Type), get(Column::Format));
    for lost in types::set(&mut field, kind, form, get(Column::Length), get(Column::Scale)) {
        notes.add(format!("not carried over: {lost}"), said.at(Column::Type));
    }
    if matches!(field.kind, "date" | "time" | "datetime")
        && field.format.is_empty()
        && form.is_empty()
    {
        let own = types::described_form(&field.description, field.kind);
        // A type that databases call date and time, and a form without a time.
        let date = || match field.kind {
            "datetime" => types::described_form(&field.description, "date"),
            _ => None,
        };
        let kind = if own.is_none() && field.kind == "datetime" { "date" } else { field.kind };
        if let Some((words, pattern)) = own.or_else(date) {
            notes.add(
                format!("the form {} of a {kind} stands in its description", short(&words)),
                said.at(Column::Description),
            );
            field.kind = kind;
            field.format = pattern;
        }
    }
    required(&mut field, said, notes);
    codes(&mut field, said, document, notes);
    example(&mut field, said, notes);
    extension::of_field(&mut field, said, document, notes);
    field
}

/// Adds a line.
pub(super) fn add(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(more);
}

fn required(field: &mut Field, said: &Said, notes: &mut Notes) {
    let mandatory = said.get(Column::Mandatory);
    let nullable = said.get(Column::Nullable);
    let asked = match (mandatory, nullable) {
        ("", "") => return,
        ("", _) if key(nullable) == "not null" => Some(true),
        ("", _) if key(nullable) == "null" => Some(false),
        ("", _) => types::yes(nullable).map(|yes| !yes),
        _ => types::yes(mandatory),
    };
    match asked {
        Some(true) => _ = field.constraints.insert("required".into(), json!(true)),
        Some(false) => {}
        None if is_should(mandatory) => {
            field.constraints.insert("required".into(), json!(true));
            field.handover.insert("severity".into(), json!({"required": "warning"}));
            let text = format!(
                "\"{}\" is taken for required, and a warning where it lacks",
                short(mandatory)
            );
            notes.add(text, said.at(Column::Mandatory));
        }
        None => {
            let (column, text) = match mandatory {
                "" => (Column::Nullable, nullable),
                _ => (Column::Mandatory, mandatory),
            };
            add(&mut field.description, &format!("Documented as {}: {text}", column.name()));
            let text = format!(
                "\"{}\" is neither mandatory nor optional: it stands in the description",
                short(text)
            );
            notes.add(text, said.at(column));
        }
    }
    // Required is said first.
    if let Some(required) = field.constraints.shift_remove("required") {
        let mut constraints = Map::new();
        constraints.insert("required".into(), required);
        constraints.append(&mut field.constraints);
        field.constraints = constraints;
    }
}

/// RFC 2119's "should", and what the NHS Data Dictionary calls "required": where it is known.
fn is_should(text: &str) -> bool {
    matches!(key(text).as_str(), "should" | "should have" | "s" | "recommended" | "expected")
}

fn codes(field: &mut Field, said: &Said, document: &Document, notes: &mut Notes) {
    let text = said.get(Column::Codes);
    if text.is_empty() || matches!(key(text).as_str(), "na" | "n a" | "none") {
        return;
    }
    let (is_open, text) = match open_list(text) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    // The text may name a list: `SEX`, `see code list SEX`.
    let words = key(text);
    let by_name = document.lists.get(&words).or_else(|| {
        let bare = ["tab", "sheet", "worksheet", "list", "table", "below"];
        let bare =
            bare.iter().find_map(|word| words.strip_suffix(word)).unwrap_or(&words).trim_end();
        let end = |name: &&String| bare == name.as_str() || bare.ends_with(&format!(" {name}"));
        let name = document.lists.keys().filter(end).max_by_key(|name| name.len())?;
        document.lists.get(name)
    });
    let codes = match by_name {
        Some(list) => list.clone(),
        None => match codes::codes(text) {
            Some(codes) => codes,
            None => {
                add(&mut field.description, &format!("Code list: {text}"));
                notes.add(
                    "a code list that is no list of codes: it stands in the description",
                    said.at(Column::Codes),
                );
                return;
            }
        },
    };
    if field.kind == "boolean" && types::truths(field, &codes) {
        return;
    }
    // A list that does not close, and one of a type that has no categories, only tells meanings.
    if is_open || !matches!(field.kind, "string" | "integer") {
        meanings(field, codes, text, said, notes);
        return;
    }
    let mut categories = Vec::new();
    for (code, meaning) in &codes {
        match codes::code_value(code, field.kind) {
            Some(value) if !categories.iter().any(|(other, _)| *other == value) => {
                categories.push((value, meaning.clone()));
            }
            Some(_) => notes.add("a code that stands twice in its list", said.at(Column::Codes)),
            None => {
                add(&mut field.description, &format!("Code list: {text}"));
                let text = format!(
                    "a code list whose codes are not of the type {}: it stands in the description",
                    field.kind
                );
                notes.add(text, said.at(Column::Codes));
                return;
            }
        }
    }
    field.categories = categories;
}

/// The text behind "for example" and its like: codes that are not all.
fn open_list(text: &str) -> Option<&str> {
    let lower = text.to_lowercase();
    let opening = ["among others", "for example", "for instance", "e.g.", "eg", "such as"];
    let length = opening.iter().find(|word| lower.starts_with(**word)).map(|word| word.len())?;
    let rest = text.get(length..)?;
    rest.starts_with([':', ' ', ',', '.']).then(|| rest.trim_start_matches([':', ' ', ',', '.']))
}

/// What values mean, of which there may be others.
fn meanings(
    field: &mut Field,
    codes: Vec<(String, String)>,
    text: &str,
    said: &Said,
    notes: &mut Notes,
) {
    let reads = |code: &str| match field.kind {
        "integer" => code.parse::<i64>().is_ok(),
        "number" => code.parse::<f64>().is_ok_and(f64::is_finite),
        "string" | "any" => true,
        _ => false,
    };
    let (sound, unsound): (Vec<_>, Vec<_>) =
        codes.into_iter().partition(|(code, meaning)| reads(code) && !meaning.is_empty());
    if !unsound.is_empty() || sound.is_empty() {
        add(&mut field.description, &format!("Code list: {text}"));
        notes.add(
            format!(
                "codes without a meaning, or not of the type {}: they stand in the description",
                field.kind
            ),
            said.at(Column::Codes),
        );
        return;
    }
    let mut meanings = Map::new();
    for (code, meaning) in sound {
        meanings.entry(code).or_insert_with(|| json!(meaning));
    }
    field.handover.insert("codes".into(), meanings.into());
}

fn example(field: &mut Field, said: &Said, notes: &mut Notes) {
    let text = said.get(Column::Example);
    if text.is_empty() {
        return;
    }
    text.clone_into(&mut field.example);
    let longest = field.constraints.get("maxLength").and_then(serde_json::Value::as_u64);
    if longest.is_some_and(|longest| text.chars().count() as u64 > longest) {
        notes.add("an example that is longer than the documented length", said.at(Column::Example));
    }
}

/// Roles that names give away.
fn guess_role(resource: &mut Resource, notes: &mut Notes) {
    let name = if resource.title.is_empty() { &resource.name } else { &resource.title };
    let mut words = words(name);
    if words.len() > 1 {
        words.retain(|word| {
            !matches!(word.as_str(), "sr" | "admin" | "tbl" | "table" | "data" | "extract")
        });
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let role = match words.as_slice() {
        ["patient" | "patients" | "person" | "persons"] => "patient",
        words if words.contains(&"audit") || words.contains(&"audits") => "audit-trail",
        _ => return,
    };
    resource.handover.insert("role".into(), json!(role));
    notes.general(format!("guessed from its name: the table {} has the role {role}", short(name)));
}
