//! `type` and `format` of a field, with the properties that belong to the type.

use super::reader::{At, Object, Reader, did_you_mean, listed};
use crate::schema::value::{
    BooleanFormat, GeojsonFormat, GeopointFormat, IntegerFormat, ItemType, ListFormat,
    NumberFormat, StringFormat, Type,
};

const TYPES: [&str; 16] = [
    "string",
    "number",
    "integer",
    "boolean",
    "object",
    "array",
    "list",
    "datetime",
    "date",
    "time",
    "year",
    "yearmonth",
    "duration",
    "geopoint",
    "geojson",
    "any",
];

/// What other systems call the types.
const ALIASES: [(&str, &str); 16] = [
    ("int", "\"integer\""),
    ("bigint", "\"integer\""),
    ("long", "\"integer\""),
    ("float", "\"number\""),
    ("double", "\"number\""),
    ("decimal", "\"number\""),
    ("numeric", "\"number\""),
    ("real", "\"number\""),
    ("varchar", "\"string\", with the constraint \"maxLength\""),
    ("char", "\"string\", with the constraint \"maxLength\""),
    ("text", "\"string\""),
    ("bool", "\"boolean\""),
    ("timestamp", "\"datetime\""),
    ("uuid", "\"string\" with \"format\": \"uuid\""),
    ("guid", "\"string\" with \"format\": \"uuid\""),
    ("json", "\"object\" or \"array\""),
];

/// Properties of a field that belong to some types only, and to which.
const PROPERTIES: [(&str, &[&str]); 7] = [
    ("decimalChar", &["number"]),
    ("groupChar", &["number", "integer"]),
    ("bareNumber", &["number", "integer"]),
    ("trueValues", &["boolean"]),
    ("falseValues", &["boolean"]),
    ("delimiter", &["list"]),
    ("itemType", &["list"]),
];

/// Reads the type. What is wrong is told; then the type is `any`.
pub(super) fn read(reader: &mut Reader, field: &Object) -> Type {
    let name = match field.get("type") {
        None => "any",
        Some(at) => match reader.string(&at) {
            Some(name) if TYPES.contains(&name) => name,
            Some(name) => {
                unknown(reader, &at, name);
                return Type::Any;
            }
            None => return Type::Any,
        },
    };
    for (property, types) in PROPERTIES {
        if let Some(at) = field.get(property)
            && !types.contains(&name)
        {
            reader.unsupported(&at, format!("not used: it belongs to the type {}", listed(types)));
        }
    }
    let format_at = field.get("format");
    let format = format_at.as_ref().and_then(|at| reader.string(at)).unwrap_or("default");
    // The standard wants the prefix of version 0 removed.
    let format = format.strip_prefix("fmt:").unwrap_or(format);
    let at = format_at.as_ref().unwrap_or(&field.at);
    let without_formats = matches!(
        name,
        "number"
            | "integer"
            | "boolean"
            | "object"
            | "array"
            | "list"
            | "year"
            | "yearmonth"
            | "duration"
            | "any"
    );
    if without_formats && format != "default" {
        reader.mistake(at, format!("the type \"{name}\" has no formats"), format_hint(name));
    }
    let found = match name {
        "string" => string(reader, at, format),
        "number" => number(reader, field),
        "integer" => integer(reader, field),
        "boolean" => boolean(reader, field),
        "list" => list(reader, field),
        "date" => told(reader, at, Type::date(format)),
        "time" => told(reader, at, Type::time(format)),
        "datetime" => told(reader, at, Type::datetime(format)),
        "geopoint" => geopoint(reader, at, format),
        "geojson" => geojson(reader, at, format),
        "object" => Some(Type::Object),
        "array" => Some(Type::Array),
        "year" => Some(Type::Year),
        "yearmonth" => Some(Type::Yearmonth),
        "duration" => Some(Type::Duration),
        _ => Some(Type::Any),
    };
    found.unwrap_or_default()
}

fn unknown(reader: &mut Reader, at: &At, name: &str) {
    let lower = name.to_ascii_lowercase();
    let word = lower.split(['(', ' ']).next().unwrap_or_default();
    let hint = match ALIASES.iter().find(|(alias, _)| *alias == word) {
        Some((_, meant)) => format!("write {meant}"),
        None => did_you_mean(name, &TYPES, &format!("write {}", listed(&TYPES))),
    };
    reader.mistake(at, format!("\"{name}\" is no type"), hint);
}

fn format_hint(name: &str) -> &'static str {
    match name {
        "number" | "integer" => {
            "leave \"format\" out; \"groupChar\", \"decimalChar\" and \"bareNumber\" tell the form"
        }
        "boolean" => "leave \"format\" out; \"trueValues\" and \"falseValues\" tell the form",
        _ => "leave \"format\" out",
    }
}

/// A constructor's complaint has its reason before the semicolon and its hint after it.
fn told<T>(reader: &mut Reader, at: &At, result: Result<T, String>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(text) => {
            let (reason, hint) = text.split_once("; ").unwrap_or((text.as_str(), ""));
            reader.mistake(at, reason, hint);
            None
        }
    }
}

fn string(reader: &mut Reader, at: &At, format: &str) -> Option<Type> {
    let found = StringFormat::from_name(format).map(Type::String);
    let words = ["default", "email", "uri", "binary", "uuid"];
    found.or_else(|| no_format(reader, at, "string", format, &words))
}

fn geopoint(reader: &mut Reader, at: &At, format: &str) -> Option<Type> {
    let found = GeopointFormat::from_name(format).map(Type::Geopoint);
    found.or_else(|| no_format(reader, at, "geopoint", format, &["default", "array", "object"]))
}

fn geojson(reader: &mut Reader, at: &At, format: &str) -> Option<Type> {
    let found = GeojsonFormat::from_name(format).map(Type::Geojson);
    found.or_else(|| no_format(reader, at, "geojson", format, &["default", "topojson"]))
}

fn no_format(
    reader: &mut Reader,
    at: &At,
    name: &str,
    format: &str,
    words: &[&str],
) -> Option<Type> {
    let hint = did_you_mean(format, words, &format!("write {}", listed(words)));
    reader.mistake(at, format!("\"{format}\" is no format of the type \"{name}\""), hint);
    None
}

fn number(reader: &mut Reader, field: &Object) -> Option<Type> {
    let decimal = text(reader, field, "decimalChar")?;
    let group = text(reader, field, "groupChar")?;
    let bare = bare(reader, field)?;
    let at = field.get("decimalChar").or_else(|| field.get("groupChar"));
    let format = NumberFormat::new(decimal.unwrap_or("."), group, bare);
    told(reader, at.as_ref().unwrap_or(&field.at), format).map(Type::Number)
}

fn integer(reader: &mut Reader, field: &Object) -> Option<Type> {
    let group = text(reader, field, "groupChar")?;
    let bare = bare(reader, field)?;
    let at = field.get("groupChar");
    let format = IntegerFormat::new(group, bare);
    told(reader, at.as_ref().unwrap_or(&field.at), format).map(Type::Integer)
}

fn bare(reader: &mut Reader, field: &Object) -> Option<bool> {
    field.get("bareNumber").map_or(Some(true), |at| reader.boolean(&at))
}

/// The outer `None` says that it is no string, which has been told.
fn text<'n>(reader: &mut Reader, field: &Object<'n>, name: &str) -> Option<Option<&'n str>> {
    match field.get(name) {
        Some(at) => reader.string(&at).map(Some),
        None => Some(None),
    }
}

fn boolean(reader: &mut Reader, field: &Object) -> Option<Type> {
    let default = BooleanFormat::default();
    let (mut yes, mut no) = (default.true_values().to_vec(), default.false_values().to_vec());
    let (true_at, false_at) = (field.get("trueValues"), field.get("falseValues"));
    for (at, words) in [(&true_at, &mut yes), (&false_at, &mut no)] {
        if let Some(at) = at {
            *words = reader.strings(at)?.into_iter().map(|(_, word)| word.to_owned()).collect();
        }
    }
    let one_given = true_at.is_some() != false_at.is_some();
    let at = true_at.or(false_at).unwrap_or(field.at);
    let format = BooleanFormat::new(yes, no).map_err(|text| match text.split_once("; ") {
        Some((reason, _)) if one_given => {
            format!("{reason}; give both: the other one is its default, which has the word too")
        }
        _ => text,
    });
    told(reader, &at, format).map(Type::Boolean)
}

fn list(reader: &mut Reader, field: &Object) -> Option<Type> {
    let delimiter = text(reader, field, "delimiter")?.unwrap_or(",");
    let item = match field.get("itemType") {
        None => ItemType::default(),
        Some(at) => {
            let words = ["string", "integer", "boolean", "number", "datetime", "date", "time"];
            let choices = words.map(|word| (word, word));
            ItemType::from_name(reader.choice(&at, &choices)?)?
        }
    };
    let at = field.get("delimiter");
    told(reader, at.as_ref().unwrap_or(&field.at), ListFormat::new(delimiter, item)).map(Type::List)
}
