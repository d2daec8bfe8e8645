//! The `handover` extension: what Data Package lacks (docs/schema.md).

use super::json::Json;
use super::pattern::{self, Case};
use super::properties::Level;
use super::reader::{At, Object, Reader};
use crate::schema::{Field, FilePattern, Presence, Resource, Role, Sensitivity};
use std::collections::BTreeMap;

fn handover<'n>(reader: &mut Reader, object: &Object<'n>, level: Level) -> Option<Object<'n>> {
    let at = object.get("handover")?;
    reader.object_of(&at, level)
}

/// `auditTrail` of the package: the reason for its absence.
pub(super) fn package(reader: &mut Reader, object: &Object) -> Option<String> {
    let at = handover(reader, object, Level::HandoverPackage)?.get("auditTrail")?;
    let trail = reader.object(&at)?;
    if let Json::Object(members) = &at.node.json {
        for member in members.iter().filter(|member| member.name != "absent") {
            if let Some(other) = trail.get(&member.name) {
                let name = &member.name;
                reader.unsupported(&other, format!("unknown property \"{name}\": it is not used"));
            }
        }
    }
    match trail.get("absent") {
        Some(absent) => reader.text(&absent).map(str::to_owned),
        None => {
            let hint = "write {\"absent\": \"the reason\"}; where there is an audit trail, give \
                        its resource the role \"audit-trail\"";
            reader.mistake(&at, "has no \"absent\"", hint);
            None
        }
    }
}

/// `presence`, `filePattern`, `rowCount` and `role` of a resource.
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
        && let Some(regex) = pattern::compile(reader, &at, text, Case::Ignored)
    {
        resource.file_pattern = Some(FilePattern { text: text.to_owned(), regex });
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
}

/// `sensitivity` and `otherNames` of a field.
pub(super) fn field(reader: &mut Reader, object: &Object, field: &mut Field) {
    let Some(extension) = handover(reader, object, Level::HandoverField) else { return };
    if let Some(at) = extension.get("sensitivity") {
        let choices = [
            ("none", Sensitivity::None),
            ("personal", Sensitivity::Personal),
            ("identifying", Sensitivity::Identifying),
        ];
        field.sensitivity = reader.choice(&at, &choices);
    }
    if let Some(at) = extension.get("otherNames")
        && let Some(names) = reader.strings(&at)
    {
        for (at, name) in &names {
            if name.trim().is_empty() {
                reader.mistake(at, "is empty", "write the column's other name");
            }
        }
        field.other_names = names.into_iter().map(|(_, name)| name.to_owned()).collect();
    }
}

/// A label must lead to one field: no other name may be the name, or other name, of another field.
pub(super) fn other_names(reader: &mut Reader, places: &[At], fields: &[Field]) {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, field) in fields.iter().enumerate() {
        owners.entry(&field.name).or_insert(index);
    }
    for (index, (field, at)) in fields.iter().zip(places).enumerate() {
        for name in &field.other_names {
            let owner = *owners.entry(name).or_insert(index);
            if owner == index && *name != field.name {
                continue;
            }
            let reason = match owner == index {
                true => format!("the other name \"{name}\" is the field's name"),
                false => format!("the other name \"{name}\" belongs to field {owner} already"),
            };
            let at = (Object { at: at.clone() })
                .get("handover")
                .and_then(|at| (Object { at }).get("otherNames"))
                .unwrap_or_else(|| at.clone());
            reader.mistake(&at, reason, "a label must lead to one field");
        }
    }
}
