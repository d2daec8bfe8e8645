//! The `handover` extension of a package and of a resource (docs/schema.md), and what its parts
//! share.

use super::json::Json;
use super::pattern;
use super::properties::Level;
use super::reader::{At, Object, Reader, listed};
use super::resource;
use crate::finding::Severity;
use crate::schema::value::{Type, Value};
use crate::schema::{
    Category, DateChecks, Documentation, Mode, Presence, Resource, Role, Severities, Topic,
};
use std::collections::BTreeMap;

pub(super) const SEVERITIES: [(&str, Severity); 3] =
    [("error", Severity::Error), ("warning", Severity::Warning), ("info", Severity::Info)];

/// The object `handover` of a package, resource, field or foreign key.
pub(super) fn handover<'n>(
    reader: &mut Reader,
    object: &Object<'n>,
    level: Level,
) -> Option<Object<'n>> {
    let at = object.get("handover")?;
    reader.object_of(&at, level)
}

/// What the package's `handover` says.
#[derive(Debug, Default)]
pub(super) struct Package {
    pub absent: BTreeMap<Category, String>,
    pub documentation: Documentation,
    pub dates: DateChecks,
}

pub(super) fn package(reader: &mut Reader, object: &Object) -> Package {
    let mut found = Package::default();
    let Some(extension) = handover(reader, object, Level::HandoverPackage) else { return found };
    for category in Category::ALL {
        if let Some(at) = extension.get(category.name())
            && let Some(reason) = absence(reader, &at)
        {
            found.absent.insert(category, reason);
        }
    }
    found.documentation = documentation(reader, &extension);
    if let Some(at) = extension.get("dates") {
        dates(reader, &at, &mut found.dates);
    }
    found
}

/// The reason for which a part of the extract is absent.
fn absence(reader: &mut Reader, at: &At) -> Option<String> {
    let part = reader.object_of(at, Level::Absence)?;
    match part.get("absent") {
        Some(absent) => reader.text(&absent).map(str::to_owned),
        None => {
            let hint = "write {\"absent\": \"the reason\"}; where it is there, give its resource \
                        the role, as \"audit-trail\"";
            reader.mistake(at, "has no \"absent\"", hint);
            None
        }
    }
}

/// `documentation`: for each topic of DMI02 a text, or several.
pub(super) fn documentation(reader: &mut Reader, extension: &Object) -> Documentation {
    let mut found = Documentation::new();
    let Some(at) = extension.get("documentation") else { return found };
    let Some(object) = reader.object_of(&at, Level::Documentation) else { return found };
    for topic in Topic::ALL {
        let Some(at) = object.get(topic.name()) else { continue };
        let items = match &at.node.json {
            Json::String(_) => vec![at],
            _ => reader.array(&at).unwrap_or_default(),
        };
        let texts: Vec<String> =
            items.iter().filter_map(|at| reader.text(at).map(str::to_owned)).collect();
        if !texts.is_empty() {
            found.insert(topic, texts);
        }
    }
    found
}

/// `dates`: overrides what is in `checks` already.
pub(super) fn dates(reader: &mut Reader, at: &At, checks: &mut DateChecks) {
    let Some(object) = reader.object_of(at, Level::Dates) else { return };
    let choices = [
        ("error", Some(Severity::Error)),
        ("warning", Some(Severity::Warning)),
        ("info", Some(Severity::Info)),
        ("allowed", None),
    ];
    for (name, check) in [("future", &mut checks.future), ("beforeBirth", &mut checks.before_birth)]
    {
        if let Some(at) = object.get(name)
            && let Some(severity) = reader.choice(&at, &choices)
        {
            *check = severity;
        }
    }
    let Some(at) = object.get("sentinels") else { return };
    let kind = Type::date("default").unwrap_or_default();
    checks.sentinels.clear();
    for (at, text) in reader.strings(&at).unwrap_or_default() {
        match kind.read(text) {
            Ok(Value::Date(date)) => checks.sentinels.push(date),
            _ => {
                let reason = format!("{} is no date", at.shown());
                reader.mistake(
                    &at,
                    reason,
                    "write it as \"1900-01-01\", whatever the field's format",
                );
            }
        }
    }
}

/// `severity`: words by the names of properties.
pub(super) fn severities(
    reader: &mut Reader,
    extension: &Object,
    names: &'static [&'static str],
) -> Severities {
    let mut found = Severities::default();
    let Some(at) = extension.get("severity") else { return found };
    if let Json::String(_) = &at.node.json {
        let example = names.first().copied().unwrap_or_default();
        let hint = format!("say which check it is of, as {{\"{example}\": {}}}", at.shown());
        reader.mistake(&at, "must be an object, but is a string", hint);
        return found;
    }
    let Some(object) = reader.object(&at) else { return found };
    for (name, at) in object.members() {
        match names.iter().find(|one| **one == name) {
            Some(known) => {
                if let Some(severity) = reader.choice(&at, &SEVERITIES) {
                    found.0.insert(known, severity);
                }
            }
            None => {
                let hint = format!("write one of {}", listed(names));
                let hint = super::did_you_mean(name, names, &hint);
                reader.mistake(&at, format!("\"{name}\" is no check that stands here"), hint);
            }
        }
    }
    found
}

/// What the `handover` of a resource says of it as a file. What it says of the table's fields is
/// read with them.
pub(super) fn resource(reader: &mut Reader, object: &Object, resource: &mut Resource) {
    let Some(extension) = handover(reader, object, Level::HandoverResource) else { return };
    if let Some(at) = extension.get("presence") {
        let choices = [
            ("required", Presence::Required),
            ("optional", Presence::Optional),
            ("conditional", Presence::Conditional),
        ];
        resource.presence = reader.choice(&at, &choices).unwrap_or_default();
    }
    if let Some(at) = extension.get("filePattern")
        && let Some(text) = reader.text(&at)
    {
        resource.file_pattern = pattern::of_names(reader, &at, text);
    }
    resource.row_count = extension.get("rowCount").and_then(|at| reader.count(&at, 0));
    if let Some(at) = extension.get("role") {
        let choices = [
            ("patient", Role::Patient),
            ("audit-trail", Role::AuditTrail),
            ("reference", Role::Reference),
            ("clinical", Role::Clinical),
            ("appointment", Role::Appointment),
            ("task", Role::Task),
            ("document", Role::Document),
            ("image", Role::Image),
        ];
        resource.role = reader.choice(&at, &choices);
    }
    if let Some(at) = extension.get("mode") {
        resource.mode = reader.choice(&at, &[("bulk", Mode::Bulk), ("delta", Mode::Delta)]);
    }
    resource.documentation = documentation(reader, &extension);
}

/// A relative path of a folder within the extract.
pub(super) fn folder(reader: &mut Reader, at: &At) -> Option<String> {
    let text = reader.text(at)?;
    let trimmed = text.trim_end_matches('/');
    if let Some((reason, hint)) = resource::fault(trimmed) {
        reader.mistake(at, reason, hint.replace("folder/file.csv", "documents/letters"));
        return None;
    }
    Some(trimmed.to_owned())
}
