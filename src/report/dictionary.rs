//! The documentation of an extract, as whoever imports it wants it: tables, fields, keys, references,
//! code lists. As a workbook, a Markdown text, or a page.

pub mod html;
pub mod markdown;
pub mod xlsx;

use crate::schema::outline::{self, constraint, handover, names, text, texts, title};
use serde_json::Value;

/// Headings of the list of fields. `schema import` knows them all.
const FIELD_HEADINGS: [(&str, f64); 14] = [
    ("Table", 26.0),
    ("Position", 9.0),
    ("Field", 30.0),
    ("Title", 24.0),
    ("Type", 11.0),
    ("Format", 20.0),
    ("Length", 9.0),
    ("Mandatory", 11.0),
    ("Key", 8.0),
    ("References", 34.0),
    ("Code list", 34.0),
    ("Unit", 10.0),
    ("Description", 60.0),
    ("Example", 18.0),
];

/// Headings of the list of tables.
const TABLE_HEADINGS: [(&str, f64); 6] = [
    ("Table", 26.0),
    ("File name", 44.0),
    ("Description", 60.0),
    ("Encoding", 14.0),
    ("Delimiter", 10.0),
    ("Role", 14.0),
];

/// Headings of the code lists.
const CODE_HEADINGS: [(&str, f64); 3] = [("List", 44.0), ("Code", 20.0), ("Meaning", 60.0)];

/// What the package says in words.
fn about(package: &Value) -> Vec<(&'static str, String)> {
    let topics = [
        ("Physical data", "physicalData"),
        ("Logical model", "logicalModel"),
        ("Mapping", "mapping"),
        ("Units", "units"),
        ("Codes", "codes"),
        ("Business rules", "businessRules"),
        ("Exceptions", "exceptions"),
        ("Derivations", "derivations"),
        ("Exclusions", "exclusions"),
        ("Checks", "checks"),
        ("Reconstitution", "reconstitution"),
        ("Format", "format"),
    ];
    let absent = handover(package, "auditTrail").map_or("", |trail| text(trail, "absent"));
    let mut said = vec![
        ("Version", text(package, "version").to_owned()),
        ("Description", text(package, "description").to_owned()),
        (
            "Audit trail",
            if absent.is_empty() { String::new() } else { format!("absent: {absent}") },
        ),
    ];
    for (label, topic) in topics {
        said.push((label, texts(handover(package, "documentation").and_then(|d| d.get(topic)))));
    }
    said.retain(|(_, text)| !text.is_empty());
    said
}

/// A row of the list of tables.
fn table_row(resource: &Value) -> [String; 6] {
    let paths = match names(resource.get("path")) {
        paths if paths.is_empty() => {
            handover(resource, "filePattern").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        paths => paths.join("\n"),
    };
    let delimiter = resource.get("dialect").map_or("", |dialect| text(dialect, "delimiter"));
    let delimiter = match delimiter {
        "\t" => "tab",
        other => other,
    };
    [
        title(resource).to_owned(),
        paths,
        text(resource, "description").to_owned(),
        text(resource, "encoding").to_owned(),
        delimiter.to_owned(),
        handover(resource, "role").and_then(Value::as_str).unwrap_or_default().to_owned(),
    ]
}

/// The rows of the list of fields of a table.
fn field_rows(package: &Value, resource: &Value) -> Vec<[String; 14]> {
    let schema = resource.get("schema");
    let primary = names(schema.and_then(|schema| schema.get("primaryKey")));
    let references = outline::references(resource);
    let called = |name: &str| {
        let found = outline::resources(package).iter().find(|one| text(one, "name") == name);
        found.map_or(name, title).to_owned()
    };
    let row = |(number, field): (usize, &Value)| {
        let name = text(field, "name");
        let referred: Vec<String> = references
            .iter()
            .filter_map(|(fields, to, reference)| {
                let at = fields.iter().position(|one| one == name)?;
                Some(format!("{}.{}", called(to), reference.get(at)?))
            })
            .collect();
        let length = constraint(field, "maxLength").and_then(Value::as_u64);
        let required = constraint(field, "required").and_then(Value::as_bool) == Some(true);
        let key = match (primary.iter().any(|one| one == name), referred.is_empty()) {
            (true, true) => "PK",
            (true, false) => "PK, FK",
            (false, false) => "FK",
            (false, true) if constraint(field, "unique").and_then(Value::as_bool) == Some(true) => {
                "Unique"
            }
            (false, true) => "",
        };
        let unit = match handover(field, "unit") {
            Some(Value::String(unit)) => unit.clone(),
            Some(other) => format!("in {}", text(other, "field")),
            None => String::new(),
        };
        let format = match (text(field, "format"), constraint(field, "pattern")) {
            ("" | "default", Some(pattern)) => {
                format!("pattern {}", pattern.as_str().unwrap_or_default())
            }
            (format, _) => words_of(format),
        };
        let codes = outline::codes(field);
        let list = match codes.len() {
            0 => String::new(),
            1..=12 => codes
                .iter()
                .map(|(code, meaning)| match meaning.is_empty() {
                    true => code.clone(),
                    false => format!("{code} = {meaning}"),
                })
                .collect::<Vec<_>>()
                .join("; "),
            _ => list_name(resource, field),
        };
        [
            title(resource).to_owned(),
            (number + 1).to_string(),
            name.to_owned(),
            text(field, "title").to_owned(),
            text(field, "type").to_owned(),
            format,
            length.map(|length| length.to_string()).unwrap_or_default(),
            if required { "Y" } else { "N" }.to_owned(),
            key.to_owned(),
            referred.join("; "),
            list,
            unit,
            text(field, "description").to_owned(),
            texts(field.get("example")),
        ]
    };
    outline::fields(resource).iter().enumerate().map(row).collect()
}

/// What a long code list is called.
fn list_name(resource: &Value, field: &Value) -> String {
    format!("{} {}", title(resource), text(field, "name"))
}

/// The rows of the lists of codes that are too long for the list of fields.
fn code_rows(package: &Value) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for resource in outline::resources(package) {
        for field in outline::fields(resource) {
            let codes = outline::codes(field);
            if codes.len() > 12 {
                let name = list_name(resource, field);
                rows.extend(codes.into_iter().map(|(code, meaning)| [name.clone(), code, meaning]));
            }
        }
    }
    rows
}

/// A pattern of a date in letters, as people write it.
fn words_of(format: &str) -> String {
    if !format.contains('%') {
        return if format == "default" { String::new() } else { format.to_owned() };
    }
    let letters = [
        ("%Y", "yyyy"),
        ("%y", "yy"),
        ("%m", "mm"),
        ("%b", "mmm"),
        ("%B", "mmmm"),
        ("%d", "dd"),
        ("%H", "HH"),
        ("%M", "MI"),
        ("%S", "ss"),
        ("%f", "f"),
        ("%z", "z"),
    ];
    letters
        .iter()
        .fold(format.to_owned(), |text, (directive, letters)| text.replace(directive, letters))
}
