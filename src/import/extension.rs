//! What documentation says that Data Package has no word for: units, roles, sensitivity, severity,
//! references to nothing, how files are written.

use super::assemble::add;
use super::headings::Column;
use super::rows::{Document, Said, Table};
use super::types::{self, short};
use super::{Notes, Place};
use crate::schema::draft::{Field, Resource};
use crate::source::sheet::key;
use serde_json::{Map, Value, json};

const TABLE_ROLES: [&str; 8] =
    ["patient", "audit-trail", "reference", "clinical", "appointment", "task", "document", "image"];

const FIELD_ROLES: [&str; 11] = [
    "patient",
    "nhs-number",
    "birth-date",
    "event-date",
    "recorded-date",
    "user",
    "organisation",
    "sequence",
    "action",
    "item",
    "document",
];

/// Properties of a field of which it can be said how grave it is that they do not hold.
const GRAVE: [&str; 7] =
    ["type", "required", "unique", "maxLength", "minLength", "pattern", "rdfType"];

/// One of some words, whatever stands between them: `Audit trail` is `audit-trail`.
fn one_of<'w>(words: &[&'w str], text: &str) -> Option<&'w str> {
    let wanted = key(text).replace(' ', "-");
    words.iter().find(|word| **word == wanted).copied()
}

/// Sets what is said of a table's file.
pub(super) fn of_table(resource: &mut Resource, said: &Table, notes: &mut Notes) {
    for (column, (text, place)) in &said.more {
        let taken = match column {
            Column::Role => one_of(&TABLE_ROLES, text).map(|role| {
                resource.handover.insert("role".into(), json!(role));
            }),
            Column::Presence => {
                let presence =
                    one_of(&["required", "optional", "conditional"], text).or_else(|| {
                        types::yes(text).map(|yes| ["optional", "required"][usize::from(yes)])
                    });
                presence.map(|presence| {
                    if presence != "required" {
                        resource.handover.insert("presence".into(), json!(presence));
                    }
                })
            }
            Column::Encoding => encoding_rs::Encoding::for_label(text.trim().as_bytes())
                .map(|encoding| resource.encoding = encoding.name().to_lowercase()),
            Column::Delimiter => delimiter(text).map(|delimiter| {
                if delimiter != "," {
                    resource.dialect.insert("delimiter".into(), json!(delimiter));
                }
            }),
            Column::HeaderRow => types::yes(text).map(|has| {
                if !has {
                    resource.dialect.insert("header".into(), json!(false));
                    resource.fields_match = "";
                }
            }),
            _ => None,
        };
        if taken.is_none() {
            unknown(*column, text, place.clone(), notes);
        }
    }
}

fn unknown(column: Column, text: &str, place: Place, notes: &mut Notes) {
    notes.add(format!("not carried over: the {} \"{}\"", column.name(), short(text)), place);
}

fn delimiter(text: &str) -> Option<&str> {
    Some(match text.trim() {
        "" | "," => ",",
        one @ (";" | "|" | "^" | "~") => one,
        other => match key(other).as_str() {
            "tab" | "t" | "tabulator" | "tab separated" => "\t",
            "comma" => ",",
            "pipe" | "vertical bar" => "|",
            "semicolon" => ";",
            _ => return None,
        },
    })
}

/// Sets what is said of a field beyond its type.
pub(super) fn of_field(field: &mut Field, said: &Said, document: &Document, notes: &mut Notes) {
    let filled = |column: Column| {
        Some(said.get(column)).filter(|text| !matches!(key(text).as_str(), "n a" | "na" | "none"))
    };
    let filled = |column| filled(column).filter(|text| !text.trim().is_empty());
    if let Some(text) = filled(Column::Unit) {
        unit(field, text, said, document, notes);
    }
    if let Some(text) = said.cells.get(&Column::Sensitivity).filter(|text| !text.is_empty()) {
        match sensitivity(text) {
            Some(level) => _ = field.handover.insert("sensitivity".into(), json!(level)),
            None => unknown(Column::Sensitivity, text, said.at(Column::Sensitivity), notes),
        }
    }
    if let Some(text) = filled(Column::Role) {
        match one_of(&FIELD_ROLES, text).filter(|role| suits(role, field.kind)) {
            Some(role) => _ = field.handover.insert("role".into(), json!(role)),
            None => unknown(Column::Role, text, said.at(Column::Role), notes),
        }
    }
    if let Some(text) = filled(Column::MissingValues) {
        let mut missing = vec![""];
        missing.extend(values(text));
        field.more.insert("missingValues".into(), json!(missing));
    }
    if let Some(text) = filled(Column::NullReferences) {
        let nothing = values(text);
        let is_sound = match field.kind {
            "integer" => nothing.iter().all(|one| one.parse::<i64>().is_ok()),
            "string" | "any" => true,
            _ => false,
        };
        match is_sound && !nothing.is_empty() {
            true => _ = field.handover.insert("nullReferences".into(), json!(nothing)),
            false => unknown(Column::NullReferences, text, said.at(Column::NullReferences), notes),
        }
    }
    if let Some(text) = filled(Column::Severity) {
        severity(field, text, said, notes);
    }
}

/// Whether a field of that type can play the role.
fn suits(role: &str, kind: &str) -> bool {
    match role {
        "birth-date" | "event-date" | "recorded-date" => {
            matches!(kind, "date" | "datetime" | "year")
        }
        "sequence" => kind == "integer",
        "document" => matches!(kind, "string" | "any"),
        _ => true,
    }
}

/// Leaves out the second role of a kind that one field of a table plays.
pub(super) fn one_role_each(resource: &mut Resource, notes: &mut Notes) {
    let mut seen = std::collections::BTreeSet::new();
    for field in &mut resource.fields {
        let role = field.handover.get("role").and_then(Value::as_str).map(str::to_owned);
        let Some(role) =
            role.filter(|role| !matches!(role.as_str(), "user" | "organisation" | "document"))
        else {
            continue;
        };
        if !seen.insert(role.clone()) {
            field.handover.shift_remove("role");
            let place = format!("{}.{}", resource.name, field.name);
            notes.general(format!(
                "not carried over: the role {role} of {}, which another field has",
                short(&place)
            ));
        }
    }
}

/// Words between commas, quotes around them left out.
fn values(text: &str) -> Vec<&str> {
    let parts = text.split([',', ';', '\n']);
    let parts =
        parts.flat_map(|part| part.split(" or ")).map(|part| part.trim().trim_matches(['"', '\'']));
    parts.filter(|part| !part.is_empty()).collect()
}

/// The unit of a number, or the field that tells it: `kg`, `in NumericUnit`, `see UnitCode`.
fn unit(field: &mut Field, text: &str, said: &Said, document: &Document, notes: &mut Notes) {
    if !matches!(field.kind, "number" | "integer") {
        add(&mut field.description, &format!("Unit: {text}"));
        notes.add(
            format!(
                "a unit of a {}: it stands in the description",
                if field.kind.is_empty() { "text" } else { field.kind }
            ),
            said.at(Column::Unit),
        );
        return;
    }
    let bare = ["in ", "see ", "as in ", "field "].iter().find_map(|word| {
        let begins = text.to_lowercase().starts_with(word);
        begins.then(|| text.get(word.len()..).unwrap_or_default().trim())
    });
    let name = bare.unwrap_or(text);
    let same = document.fields.iter().filter(|other| key(&other.table) == key(&said.table));
    let other = same
        .map(|other| other.get(Column::Field))
        .find(|other| *other == name && *other != field.name);
    let unit = match other {
        Some(other) => json!({"field": other}),
        None => json!(text),
    };
    field.handover.insert("unit".into(), unit);
}

fn sensitivity(text: &str) -> Option<&'static str> {
    Some(match key(text).as_str() {
        "none" | "public" | "open" | "low" | "not personal" | "non personal" | "not sensitive"
        | "n" | "no" | "false" => "none",
        "personal" | "confidential" | "sensitive" | "pcd" | "special category" | "medium"
        | "restricted" | "personal data" => "personal",
        "identifying"
        | "identifiable"
        | "identifier"
        | "pii"
        | "high"
        | "direct identifier"
        | "person identifiable"
        | "patient identifiable"
        | "pid"
        | "y"
        | "yes"
        | "true" => "identifying",
        _ => return None,
    })
}

/// `warning`: of all that is declared; `maxLength: warning; type: info`: of these.
fn severity(field: &mut Field, text: &str, said: &Said, notes: &mut Notes) {
    let level = |text: &str| match key(text).as_str() {
        "error" | "must" | "fatal" => Some("error"),
        "warning" | "warn" | "should" => Some("warning"),
        "info" | "information" | "may" => Some("info"),
        _ => None,
    };
    let mut found = match field.handover.shift_remove("severity") {
        Some(Value::Object(found)) => found,
        _ => Map::new(),
    };
    if let Some(level) = level(text) {
        let declared = |name: &&&str| match **name {
            "type" => !matches!(field.kind, "" | "any" | "string"),
            "rdfType" => field.more.contains_key("rdfType"),
            name => field.constraints.contains_key(name),
        };
        for name in GRAVE.iter().filter(declared) {
            found.insert((*name).to_owned(), json!(level));
        }
        if !field.categories.is_empty() {
            found.insert("enum".into(), json!(level));
        }
    } else {
        for part in text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            let of =
                part.split_once(':').and_then(|(name, word)| Some((name.trim(), level(word)?)));
            let known =
                GRAVE.iter().chain(&["requiredUnlessDeleted", "minimum", "maximum", "enum"]);
            match of.filter(|(name, _)| known.clone().any(|one| one == name)) {
                Some((name, level)) => _ = found.insert(name.to_owned(), json!(level)),
                None => unknown(Column::Severity, part, said.at(Column::Severity), notes),
            }
        }
    }
    if !found.is_empty() {
        field.handover.insert("severity".into(), found.into());
    }
}
