//! The documentation of an extract, as whoever imports it wants it: tables, fields, keys, references,
//! code lists. As a workbook, a Markdown text, or a page.

pub mod html;
pub mod markdown;
pub mod xlsx;

use crate::schema::outline::{self, constraint, handover, names, text, texts};
use serde_json::Value;

/// Headings of the list of fields. `schema import` knows them all.
const FIELD_HEADINGS: [(&str, f64); FIELD_COLUMNS] = [
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
    ("Missing values", 14.0),
    ("Null references", 14.0),
    ("Sensitivity", 12.0),
    ("Role", 12.0),
    ("Severity", 24.0),
];

/// Columns of the list of fields.
const FIELD_COLUMNS: usize = 19;

/// Columns of the list of tables.
const TABLE_COLUMNS: usize = 9;

/// Headings of the list of tables.
const TABLE_HEADINGS: [(&str, f64); TABLE_COLUMNS] = [
    ("Table", 26.0),
    ("Title", 26.0),
    ("File name", 44.0),
    ("Description", 60.0),
    ("Encoding", 14.0),
    ("Delimiter", 10.0),
    ("Header row", 10.0),
    ("Presence", 12.0),
    ("Role", 14.0),
];

/// Headings of the code lists.
const CODE_HEADINGS: [(&str, f64); 3] = [("List", 44.0), ("Code", 20.0), ("Meaning", 60.0)];

/// What a package declares and the documentation has no column for, each with how often.
pub fn left_out(package: &Value) -> Vec<String> {
    let tables = || outline::resources(package).iter();
    let fields = || tables().flat_map(outline::fields);
    let of_tables = |name: &str| tables().filter(|one| handover(one, name).is_some()).count();
    let of_fields = |name: &str| fields().filter(|one| handover(one, name).is_some()).count();
    let items = |name: &str| -> usize {
        tables().filter_map(|one| handover(one, name).and_then(Value::as_array).map(Vec::len)).sum()
    };
    let bounds = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength"];
    let bounded = fields().filter(|one| bounds.iter().any(|name| constraint(one, name).is_some()));
    let graded = tables()
        .flat_map(|table| table.get("schema").map_or(&[][..], |s| outline::items(s, "foreignKeys")))
        .filter(|key| handover(key, "severity").is_some());
    let all = [
        (items("rules"), "rule", "rules"),
        (items("references"), "reference of some rows", "references of some rows"),
        (of_tables("deleted"), "condition of deleted rows", "conditions of deleted rows"),
        (
            of_fields("requiredUnlessDeleted"),
            "field required unless deleted",
            "fields required unless deleted",
        ),
        (graded.count(), "severity of a missing parent", "severities of missing parents"),
        (of_tables("patientVia"), "way to the patient", "ways to the patient"),
        (
            of_fields("time") + of_fields("precision"),
            "field of a time or precision",
            "fields of a time or precision",
        ),
        (bounded.count(), "bound of values", "bounds of values"),
    ];
    let told = all.iter().filter(|(times, _, _)| *times > 0);
    told.map(|(times, one, more)| crate::finding::message::counted(*times as u64, one, more))
        .collect()
}

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

/// What a table is called in the lists: its title where that is its name in other letters.
fn table_name(resource: &Value) -> &str {
    let (name, title) = (text(resource, "name"), text(resource, "title"));
    match crate::schema::draft::plain_name(title) == name && !title.is_empty() {
        true => title,
        false => name,
    }
}

/// A row of the list of tables.
fn table_row(resource: &Value) -> [String; TABLE_COLUMNS] {
    let paths = match names(resource.get("path")) {
        paths if paths.is_empty() => {
            handover(resource, "filePattern").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        paths => paths.join("\n"),
    };
    let dialect = resource.get("dialect");
    let delimiter = match dialect.map_or("", |dialect| text(dialect, "delimiter")) {
        "\t" => "tab",
        other => other,
    };
    let has_header = dialect.and_then(|dialect| dialect.get("header")) != Some(&Value::Bool(false));
    let said = |name: &str| {
        handover(resource, name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let title = text(resource, "title");
    [
        table_name(resource).to_owned(),
        if title == table_name(resource) { String::new() } else { title.to_owned() },
        paths,
        text(resource, "description").to_owned(),
        text(resource, "encoding").to_owned(),
        delimiter.to_owned(),
        if has_header { "" } else { "N" }.to_owned(),
        said("presence"),
        said("role"),
    ]
}

/// The rows of the list of fields of a table.
fn field_rows(package: &Value, resource: &Value) -> Vec<[String; FIELD_COLUMNS]> {
    let schema = resource.get("schema");
    let primary = names(schema.and_then(|schema| schema.get("primaryKey")));
    let unique: Vec<Vec<String>> = schema
        .and_then(|schema| schema.get("uniqueKeys"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|key| names(Some(key)))
        .collect();
    let references = outline::references(resource);
    let called = |name: &str| {
        let found = outline::resources(package).iter().find(|one| text(one, "name") == name);
        found.map_or(name, table_name).to_owned()
    };
    let row = |(number, field): (usize, &Value)| {
        let name = text(field, "name");
        // A reference of several fields stands whole at the first of them.
        let referred: Vec<String> = references
            .iter()
            .filter(|(fields, _, _)| fields.first().is_some_and(|first| first == name))
            .map(|(fields, to, reference)| match fields.len() {
                1 => format!("{}.{}", called(to), reference.join(" + ")),
                _ => {
                    format!("{} -> {}.{}", fields.join(" + "), called(to), reference.join(" + "))
                }
            })
            .collect();
        let refers = references.iter().any(|(fields, _, _)| fields.iter().any(|one| one == name));
        let length = constraint(field, "maxLength").and_then(Value::as_u64);
        let required = constraint(field, "required").and_then(Value::as_bool) == Some(true);
        let place = primary.iter().position(|one| one == name);
        // The order of a key's parts counts where it is not that of the fields.
        let in_order = primary.is_sorted_by_key(|part| {
            outline::fields(resource).iter().position(|field| text(field, "name") == part)
        });
        let is_unique = constraint(field, "unique").and_then(Value::as_bool) == Some(true)
            || unique.iter().any(|key| key.len() == 1 && key.iter().all(|one| one == name));
        let mut key: Vec<String> = Vec::new();
        match place {
            Some(place) if !in_order => key.push(format!("PK{}", place + 1)),
            Some(_) => key.push("PK".into()),
            None if is_unique => key.push("Unique".into()),
            None => {}
        }
        if refers {
            key.push("FK".into());
        }
        let unit = match handover(field, "unit") {
            Some(Value::String(unit)) => unit.clone(),
            Some(other) => format!("in {}", text(other, "field")),
            None => String::new(),
        };
        let said = |name: &str| {
            handover(field, name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let values = |value: Option<&Value>| {
            names(value).into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(", ")
        };
        let severity = handover(field, "severity").and_then(Value::as_object);
        let severity = severity
            .into_iter()
            .flatten()
            .filter_map(|(name, level)| level.as_str().map(|level| format!("{name}: {level}")));
        [
            table_name(resource).to_owned(),
            (number + 1).to_string(),
            name.to_owned(),
            text(field, "title").to_owned(),
            text(field, "type").to_owned(),
            form_of(field),
            length.map(|length| length.to_string()).unwrap_or_default(),
            if required { "Y" } else { "N" }.to_owned(),
            key.join(", "),
            referred.join("; "),
            list_of(resource, field),
            unit,
            text(field, "description").to_owned(),
            texts(field.get("example")),
            values(field.get("missingValues")),
            values(handover(field, "nullReferences")),
            said("sensitivity"),
            said("role"),
            severity.collect::<Vec<_>>().join("; "),
        ]
    };
    outline::fields(resource).iter().enumerate().map(row).collect()
}

/// How the values are written: the format, the words of a boolean, a pattern, the kind of identifier.
fn form_of(field: &Value) -> String {
    let mut parts = Vec::new();
    let words = |name: &str| names(field.get(name));
    let (yes, no) = (words("trueValues"), words("falseValues"));
    if !yes.is_empty() && !no.is_empty() {
        parts.push(format!("{}/{}", yes.join(","), no.join(",")));
    }
    match text(field, "format") {
        "" | "default" => {}
        format => parts.push(words_of(format)),
    }
    if let Some(pattern) = constraint(field, "pattern").and_then(Value::as_str) {
        parts.push(format!("pattern {pattern}"));
    }
    match text(field, "rdfType") {
        "" => {}
        kind => parts.push(kind.to_owned()),
    }
    parts.join("; ")
}

/// The codes of a field, or the name of their list. Of a list that does not close, that.
fn list_of(resource: &Value, field: &Value) -> String {
    let codes = outline::codes(field);
    let is_closed = field.get("categories").is_some() || constraint(field, "enum").is_some();
    let plain = |text: &str| !text.contains([';', '\n', '=']) && text.chars().count() <= 20;
    let fits = codes.len() <= 12
        && codes.iter().all(|(code, meaning)| plain(code) && !meaning.contains([';', '\n']))
        && (codes.len() > 1 || codes.iter().all(|(_, meaning)| meaning.is_empty()));
    let list = match (codes.len(), fits) {
        (0, _) => return String::new(),
        (_, true) => codes
            .iter()
            .map(|(code, meaning)| match meaning.is_empty() {
                true => code.clone(),
                false => format!("{code} = {meaning}"),
            })
            .collect::<Vec<_>>()
            .join("; "),
        _ => list_name(resource, field),
    };
    if is_closed { list } else { format!("among others: {list}") }
}

/// What a long code list is called.
fn list_name(resource: &Value, field: &Value) -> String {
    format!("{} {}", table_name(resource), text(field, "name"))
}

/// The rows of the lists of codes that are too long for the list of fields.
fn code_rows(package: &Value) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for resource in outline::resources(package) {
        for field in outline::fields(resource) {
            let codes = outline::codes(field);
            let name = list_name(resource, field);
            if list_of(resource, field).ends_with(&name) && !codes.is_empty() {
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
