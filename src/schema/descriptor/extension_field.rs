//! The `handover` extension of a field. Where it names other fields of the table, those are found
//! when all are read.

use super::extension::{self, handover};
use super::field::bound;
use super::json::Json;
use super::keys::{self, Names};
use super::properties::Level;
use super::reader::{At, Object, Reader};
use crate::schema::value::Type;
use crate::schema::{
    DatePrecision, Field, FieldRole, OtherName, Precision, Sensitivity, Severities, Unit,
};
use std::collections::BTreeMap;

const ROLES: [(&str, FieldRole); 11] = [
    ("patient", FieldRole::Patient),
    ("nhs-number", FieldRole::NhsNumber),
    ("birth-date", FieldRole::BirthDate),
    ("event-date", FieldRole::EventDate),
    ("recorded-date", FieldRole::RecordedDate),
    ("user", FieldRole::User),
    ("organisation", FieldRole::Organisation),
    ("sequence", FieldRole::Sequence),
    ("action", FieldRole::Action),
    ("item", FieldRole::Item),
    ("document", FieldRole::Document),
];

/// EMIS's codes of `EffectiveDatePrecision`.
const PRECISIONS: [(&str, DatePrecision); 5] = [
    ("U", DatePrecision::Unknown),
    ("Y", DatePrecision::Year),
    ("YM", DatePrecision::Month),
    ("YMD", DatePrecision::Day),
    ("YMDT", DatePrecision::Time),
];

pub(super) fn read(reader: &mut Reader, object: &Object, field: &mut Field) {
    let dated = matches!(field.kind, Type::Date(_) | Type::Datetime(_));
    if dated {
        field.dates.clone_from(&reader.dates);
    }
    let Some(extension) = handover(reader, object, Level::HandoverField) else { return };
    if let Some(at) = extension.get("sensitivity") {
        let choices = [
            ("none", Sensitivity::None),
            ("personal", Sensitivity::Personal),
            ("identifying", Sensitivity::Identifying),
        ];
        field.sensitivity = reader.choice(&at, &choices);
    }
    if let Some(at) = extension.get("otherNames") {
        field.other_names = other_names(reader, &at);
    }
    if let Some(at) = extension.get("role") {
        field.role = reader.choice(&at, &ROLES);
        suits(reader, &at, field);
    }
    if let Some(at) = extension.get("codes") {
        codes(reader, &at, field);
    }
    if let Some(at) = extension.get("requiredUnlessDeleted") {
        field.required_unless_deleted = reader.boolean(&at).unwrap_or_default();
        if field.required_unless_deleted && field.constraints.required {
            let hint = "leave out \"required\", which holds for deleted rows too, or this";
            reader.mistake(&at, "stands beside the constraint \"required\"", hint);
        }
    }
    if let Some(at) = extension.get("nullReferences") {
        let items = reader.array(&at).unwrap_or_default();
        let values = items.iter().filter_map(|item| bound(reader, item, &field.kind));
        field.null_references = values.collect::<Vec<_>>().into();
    }
    if let Some(at) = extension.get("dates") {
        match dated {
            true => extension::dates(reader, &at, &mut field.dates),
            false => {
                let reason = format!("does not apply to the type \"{}\"", field.kind.name());
                reader.mistake(&at, reason, "it is for dates and datetimes");
            }
        }
    }
    if let Some(at) = extension.get("folder") {
        field.folder = extension::folder(reader, &at);
        if field.role != Some(FieldRole::Document) {
            let hint = "it is for a field with \"role\": \"document\", which names files";
            reader.mistake(&at, "stands at a field that names no documents", hint);
        }
    }
    field.severities = extension::severities(reader, &extension, &Severities::OF_FIELD);
    field.documentation = extension::documentation(reader, &extension);
}

/// A label, or an object of a label and the versions that write it.
fn other_names(reader: &mut Reader, at: &At) -> Vec<OtherName> {
    let mut found = Vec::new();
    for item in reader.array(at).unwrap_or_default() {
        let (name, versions) = match &item.node.json {
            Json::Object(_) => {
                let Some(object) = reader.object_of(&item, Level::OtherName) else { continue };
                let versions = object.get("versions").and_then(|at| reader.strings(&at));
                let versions = versions.unwrap_or_default();
                let versions = versions.into_iter().map(|(_, text)| text.to_owned()).collect();
                let Some(name) = object.get("name") else {
                    let hint = "write {\"name\": …, \"versions\": […]}";
                    reader.mistake(&item, "has no \"name\"", hint);
                    continue;
                };
                (name, versions)
            }
            _ => (item, Vec::new()),
        };
        let Some(text) = reader.string(&name) else { continue };
        if text.trim().is_empty() {
            reader.mistake(&name, "is empty", "write the column's other name");
        }
        found.push(OtherName { name: text.to_owned(), versions });
    }
    found
}

/// A label must lead to one field: no other name may be the name, or other name, of another field.
pub(super) fn unique_names(reader: &mut Reader, places: &[At], fields: &[Field]) {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, field) in fields.iter().enumerate() {
        owners.entry(&field.name).or_insert(index);
    }
    for (index, (field, at)) in fields.iter().zip(places).enumerate() {
        for OtherName { name, .. } in &field.other_names {
            let owner = *owners.entry(name).or_insert(index);
            if owner == index && *name != field.name {
                continue;
            }
            let reason = match owner == index {
                true => format!("the other name \"{name}\" is the field's name"),
                false => format!("the other name \"{name}\" belongs to field {owner} already"),
            };
            let place = property(at, "otherNames").unwrap_or(*at);
            reader.mistake(&place, reason, "a label must lead to one field");
        }
    }
}

fn property<'n>(field: &At<'n>, name: &str) -> Option<At<'n>> {
    let handover = (Object { at: *field }).get("handover")?;
    (Object { at: handover }).get(name)
}

/// Whether the field's type can play its role.
fn suits(reader: &mut Reader, at: &At, field: &Field) {
    let kind = &field.kind;
    let (suits, wanted) = match field.role {
        Some(FieldRole::BirthDate | FieldRole::EventDate | FieldRole::RecordedDate) => (
            matches!(kind, Type::Date(_) | Type::Datetime(_) | Type::Year | Type::Yearmonth),
            "\"date\", \"datetime\", \"yearmonth\" or \"year\"",
        ),
        Some(FieldRole::Sequence) => (matches!(kind, Type::Integer(_)), "\"integer\""),
        Some(FieldRole::Document) => (matches!(kind, Type::Any | Type::String(_)), "\"string\""),
        _ => return,
    };
    if !suits {
        let reason = format!("{} does not suit the type \"{}\"", at.shown(), kind.name());
        reader.mistake(at, reason, format!("declare the field with the type {wanted}"));
    }
}

/// Values and what they mean.
fn codes(reader: &mut Reader, at: &At, field: &mut Field) {
    if !field.codes.is_empty() {
        let hint = "\"label\" in \"categories\" tells it already: keep one of them";
        reader.mistake(at, "stands beside labelled categories", hint);
        return;
    }
    let Some(object) = reader.object(at) else { return };
    for (code, meaning) in object.members() {
        if field.kind.read(code).is_err() {
            let reason = format!("\"{code}\" is not of the type {}", field.kind);
            reader.mistake(&meaning, reason, "write the codes as the field's cells have them");
        }
        if let Some(text) = reader.string(&meaning) {
            field.codes.push((code.to_owned(), text.to_owned()));
        }
    }
}

/// What names other fields of the table: `unit`, `time` and `precision`; and roles that one field
/// of a table may play.
pub(super) fn link(reader: &mut Reader, places: &[At], fields: &mut [Field]) {
    let mut links = Vec::new();
    {
        let names = Names::new(fields, "this table".into());
        for (index, place) in places.iter().enumerate() {
            let Some(field) = fields.get(index) else { continue };
            let unit = property(place, "unit").and_then(|at| unit(reader, &at, &names));
            let time = property(place, "time").and_then(|at| time(reader, &at, &names, field));
            let precision =
                property(place, "precision").and_then(|at| precision(reader, &at, &names, field));
            links.push((unit, time, precision));
        }
    }
    for (field, (unit, time, precision)) in fields.iter_mut().zip(links) {
        field.unit = unit;
        field.time = time;
        field.precision = precision;
    }
    let mut players: BTreeMap<FieldRole, usize> = BTreeMap::new();
    for (index, (field, place)) in fields.iter().zip(places).enumerate() {
        let Some(role) = field.role else { continue };
        if matches!(role, FieldRole::User | FieldRole::Organisation | FieldRole::Document) {
            continue;
        }
        if let Some(first) = players.insert(role, index)
            && let Some(at) = property(place, "role")
        {
            let reason = format!("{} is the role of field {first} already", at.shown());
            reader.mistake(&at, reason, "one field of a table plays it");
        }
    }
}

/// The unit itself, or `{"field": …}`.
fn unit(reader: &mut Reader, at: &At, names: &Names) -> Option<Unit> {
    if !matches!(at.node.json, Json::Object(_)) {
        return reader.text(at).map(|text| Unit::Fixed(text.to_owned()));
    }
    let object = reader.object_of(at, Level::Unit)?;
    named(reader, &object, names).map(Unit::Field)
}

/// The member `field` of an object.
fn named(reader: &mut Reader, object: &Object, names: &Names) -> Option<usize> {
    match object.get("field") {
        Some(at) => keys::field(reader, &at, names),
        None => {
            reader.mistake(&object.at, "has no \"field\"", "write {\"field\": \"its name\"}");
            None
        }
    }
}

fn time(reader: &mut Reader, at: &At, names: &Names, field: &Field) -> Option<usize> {
    if !matches!(field.kind, Type::Date(_)) {
        let reason = format!("does not apply to the type \"{}\"", field.kind.name());
        reader.mistake(at, reason, "a date without a time may name the field that holds the time");
        return None;
    }
    let index = keys::field(reader, at, names)?;
    let other = names.fields.get(index)?;
    if !matches!(other.kind, Type::Time(_)) {
        let reason = format!("\"{}\" is of the type \"{}\"", other.name, other.kind.name());
        reader.mistake(at, reason, "name a field of the type \"time\"");
    }
    Some(index)
}

/// The name of the field, or an object of it and the meaning of its codes.
fn precision(reader: &mut Reader, at: &At, names: &Names, field: &Field) -> Option<Precision> {
    if !matches!(field.kind, Type::Date(_) | Type::Datetime(_)) {
        let reason = format!("does not apply to the type \"{}\"", field.kind.name());
        reader.mistake(at, reason, "it is for dates and datetimes");
        return None;
    }
    let default = || PRECISIONS.iter().map(|(code, one)| ((*code).to_owned(), *one)).collect();
    if !matches!(at.node.json, Json::Object(_)) {
        let field = keys::field(reader, at, names)?;
        return Some(Precision { field, codes: default() });
    }
    let object = reader.object_of(at, Level::Precision)?;
    let codes = match object.get("codes").and_then(|at| reader.object(&at)) {
        None => default(),
        Some(codes) => {
            let choices = [
                ("unknown", DatePrecision::Unknown),
                ("year", DatePrecision::Year),
                ("month", DatePrecision::Month),
                ("day", DatePrecision::Day),
                ("time", DatePrecision::Time),
            ];
            let members = codes.members().into_iter();
            let codes = members
                .filter_map(|(code, at)| Some((code.to_owned(), reader.choice(&at, &choices)?)));
            codes.collect()
        }
    };
    Some(Precision { field: named(reader, &object, names)?, codes })
}
