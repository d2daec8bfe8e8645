//! `datapackage.json`: what the extract declares of itself, as a Data Package v2 descriptor.

use super::layout::{Column, Kind, Sensitivity, TABLES, Table};
use serde_json::{Map, Value, json};

/// A GUID as the extract writes it.
const GUID: &str = r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}";

/// The descriptor of an extract whose file names are given table by table. In tables that have
/// delete rows, only what such a row holds is required.
pub fn descriptor(file_name: impl Fn(usize) -> String, deletes: impl Fn(usize) -> u64) -> Value {
    let resources: Vec<Value> = TABLES
        .iter()
        .enumerate()
        .map(|(at, table)| resource(table, file_name(at), deletes(at) > 0))
        .collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "synthetic-emis-web-8.2",
        "title": "Synthetic extract in the form of the EMIS Web bulk extract, version 8.2",
        "description": "Made by a program. No person, place or organisation in it exists.",
        "version": "8.2",
        "resources": resources,
    })
}

/// What a column is to those who retrieve.
fn role(table: &Table, column: &str) -> Option<&'static str> {
    match column {
        "PatientGuid" if table.name == "Admin_Patient" => Some("patient"),
        "NhsNumber" => Some("nhs-number"),
        "DateOfBirth" => Some("birth-date"),
        "EffectiveDate" | "AppointmentDate" | "HistoryDate" | "ModifiedDate" => Some("event-date"),
        "EnteredDate" | "BookedDate" => Some("recorded-date"),
        "UserInRoleGuid" if table.role == Some("audit-trail") => Some("user"),
        "ModeType" => Some("action"),
        "ItemGuid" => Some("item"),
        _ => None,
    }
}

/// The column that has the time of a date.
fn time_of(table: &Table, column: &str) -> Option<&'static str> {
    let time = match column {
        "ModifiedDate" => "ModifiedTime",
        "HistoryDate" => "HistoryTime",
        "EnteredDate" => "EnteredTime",
        "BookedDate" => "BookedTime",
        "AppointmentDate" => "AppointmentStartTime",
        _ => return None,
    };
    table.position(time).map(|_| time)
}

fn resource(table: &Table, path: String, deletes: bool) -> Value {
    let mut handover = Map::new();
    handover.insert(
        "filePattern".into(),
        format!(
            r"(?P<processing>[0-9]+(-[0-9]+)?)_{}_(?P<datetime>[0-9]{{14}})_(?P<agreement>[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}})\.csv",
            table.name
        )
        .into(),
    );
    if let Some(role) = table.role {
        handover.insert("role".into(), role.into());
    }
    let fields: Vec<Value> =
        table.columns.iter().map(|column| field(table, column, deletes)).collect();
    let mut schema = json!({ "fields": fields, "missingValues": [""] });
    if !table.key.is_empty() {
        schema["primaryKey"] = table.key.into();
    }
    let keys: Vec<Value> = table
        .references
        .iter()
        .map(|key| {
            // The empty string is the table itself: version 1 wants it so, and so do its readers.
            let to = if key.table == table.name { String::new() } else { key.table.to_lowercase() };
            json!({ "fields": key.fields, "reference": { "resource": to, "fields": key.to } })
        })
        .collect();
    if !keys.is_empty() {
        schema["foreignKeys"] = keys.into();
    }
    json!({
        "name": table.name.to_lowercase(),
        "title": table.name,
        "type": "table",
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "header": true,
            "delimiter": ",",
            "quoteChar": "\"",
            "doubleQuote": true,
            "lineTerminator": "\r\n",
        },
        "schema": schema,
        "handover": handover,
    })
}

fn field(table: &Table, column: &Column, deletes: bool) -> Value {
    let mut field = Map::new();
    let mut constraints = Map::new();
    field.insert("name".into(), column.name.into());
    let kind = match column.kind {
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "datetime",
        Kind::Integer | Kind::Count(_) => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Guid | Kind::Text(_) | Kind::Choice(_) | Kind::NhsNumber | Kind::Empty => "string",
    };
    field.insert("type".into(), kind.into());
    let in_delete_rows = table.key.contains(&column.name)
        || matches!(column.name, "PatientGuid" | "OrganisationGuid" | "Deleted" | "ProcessingId");
    if column.required && (!deletes || in_delete_rows) {
        constraints.insert("required".into(), true.into());
    }
    match column.kind {
        Kind::Guid => {
            constraints.insert("pattern".into(), GUID.into());
        }
        Kind::Text(most) => {
            constraints.insert("maxLength".into(), most.into());
        }
        Kind::Choice(list) => {
            constraints.insert("enum".into(), list.into());
        }
        Kind::NhsNumber => {
            constraints.insert("pattern".into(), "[0-9]{10}".into());
        }
        Kind::Count(most) => {
            constraints.insert("minimum".into(), 0.into());
            constraints.insert("maximum".into(), most.into());
        }
        Kind::DateTime => {
            field.insert("format".into(), "%Y-%m-%d %H:%M:%S".into());
        }
        Kind::Boolean => {
            field.insert("trueValues".into(), json!(["true"]));
            field.insert("falseValues".into(), json!(["false"]));
        }
        Kind::Date | Kind::Time | Kind::Integer | Kind::Number | Kind::Empty => {}
    }
    if let Some(kind) = column.rdf_type {
        field.insert("rdfType".into(), kind.into());
    }
    if !constraints.is_empty() {
        field.insert("constraints".into(), constraints.into());
    }
    let sensitivity = match column.sensitivity {
        Sensitivity::None => "none",
        Sensitivity::Personal => "personal",
        Sensitivity::Identifying => "identifying",
    };
    let mut handover = json!({ "sensitivity": sensitivity });
    if let Some(role) = role(table, column.name) {
        handover["role"] = role.into();
    }
    if let Some(time) = time_of(table, column.name) {
        handover["time"] = time.into();
    }
    field.insert("handover".into(), handover);
    field.into()
}

/// The descriptor's text: what fits a line stands on one, as a field does.
pub fn render(descriptor: &Value) -> String {
    let mut text = String::new();
    lines(descriptor, 0, &mut text);
    text.push('\n');
    text
}

fn lines(value: &Value, depth: usize, text: &mut String) {
    const WIDTH: usize = 280;
    let flat = value.to_string();
    let members: Vec<(Option<&String>, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(name, value)| (Some(name), value)).collect(),
        Value::Array(list) => list.iter().map(|value| (None, value)).collect(),
        _ => Vec::new(),
    };
    if members.is_empty() || (depth > 2 && flat.len() <= WIDTH) {
        text.push_str(&flat);
        return;
    }
    let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (place, (name, member)) in members.into_iter().enumerate() {
        text.push_str(if place > 0 { ",\n" } else { "\n" });
        text.push_str(&"  ".repeat(depth + 1));
        if let Some(name) = name {
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push_str(": ");
        }
        lines(member, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}
