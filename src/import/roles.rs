//! Roles, and the ways that lead to the patient: what documentation rarely says in so many words, and
//! names and references give away. Each of them is told as a guess.

use super::{Kind, Notes};
use crate::schema::draft::{Draft, Field, Resource, words};
use serde_json::json;
use std::collections::BTreeSet;

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// Roles of tables whose rows are patients', by a word of the name.
const TABLES: [(&str, &str); 9] = [
    ("appointment", "appointment"),
    ("appointments", "appointment"),
    ("task", "task"),
    ("tasks", "task"),
    ("document", "document"),
    ("documents", "document"),
    ("attachments", "document"),
    ("image", "image"),
    ("images", "image"),
];

/// Words of a field that tells when something was written down, the surest first.
const RECORDED: [&str; 5] = ["recorded", "entered", "entry", "created", "recording"];

/// Words of a field that tells when something was.
const EVENTS: [&str; 8] =
    ["event", "effective", "occurred", "start", "begin", "observation", "consultation", "issue"];

/// Words of a table whose rows are those who use the system.
const USERS: [&str; 8] = [
    "user",
    "users",
    "staff",
    "clinician",
    "clinicians",
    "practitioner",
    "practitioners",
    "employee",
];

/// Completes roles and `patientVia`.
pub(super) fn complete(draft: &mut Draft, kind: Kind, notes: &mut Notes) {
    let role = |resource: &Resource| {
        resource.handover.get("role").and_then(|v| v.as_str()).map(str::to_owned)
    };
    let Some(patient) =
        draft.resources.iter().position(|one| role(one).as_deref() == Some("patient"))
    else {
        return;
    };
    let mut told = Vec::new();
    let leading = ways(draft, patient, &mut told);
    let staff: BTreeSet<String> = draft
        .resources
        .iter()
        .filter(|one| table_words(one).iter().any(|word| USERS.contains(&word.as_str())))
        .map(|one| one.name.clone())
        .collect();
    for (number, resource) in draft.resources.iter_mut().enumerate() {
        let leads = leading.contains(&number);
        if leads && number != patient && role(resource).is_none() {
            let words = table_words(resource);
            let found =
                TABLES.iter().find(|(word, _)| words.last().is_some_and(|last| last == word));
            if let Some((_, role)) = found {
                resource.handover.insert("role".into(), json!(role));
                told.push(format!("{} has the role {role}", resource.name));
            }
        }
        let name = resource.name.clone();
        let mut give = |field: &mut Field, role: &str| {
            field.handover.insert("role".into(), json!(role));
            told.push(format!("{name}.{} has the role {role}", field.name));
        };
        if number == patient {
            of_patients(resource, &mut give);
        }
        if number == patient || leads {
            dates(resource, number == patient, kind, &mut give);
            let users: BTreeSet<String> = resource
                .foreign_keys
                .iter()
                .filter(|key| staff.contains(&key.resource))
                .filter_map(|key| key.fields.first().cloned())
                .collect();
            for field in resource.fields.iter_mut().filter(|field| users.contains(&field.name)) {
                let words = words(&field.name);
                let writes = words.iter().any(|word| {
                    matches!(word.as_str(), "entered" | "recorded" | "user" | "created" | "author")
                });
                if writes && !field.handover.contains_key("role") {
                    give(field, "user");
                }
            }
        }
    }
    // OMOP's are decided and documented with the carried schema.
    if kind == Kind::Omop {
        return;
    }
    for one in told {
        notes.general(format!("guessed from names and references: {one}"));
    }
}

fn table_words(resource: &Resource) -> Vec<String> {
    words(if resource.title.is_empty() { &resource.name } else { &resource.title })
}

/// Finds the tables that lead to the patient, and says the way where there are several, or where it
/// is longer than one reference.
fn ways(draft: &mut Draft, patient: usize, told: &mut Vec<String>) -> BTreeSet<usize> {
    let Some(name) = draft.resources.get(patient).map(|one| one.name.clone()) else {
        return BTreeSet::new();
    };
    let mut leading: BTreeSet<usize> = BTreeSet::from([patient]);
    let mut names: BTreeSet<String> = BTreeSet::from([name.clone()]);
    loop {
        let mut found = Vec::new();
        for (number, resource) in draft.resources.iter().enumerate() {
            if leading.contains(&number) || resource.handover.contains_key("patientVia") {
                continue;
            }
            let own = |key: &&crate::schema::draft::Reference| key.resource != resource.name;
            let to_patient: Vec<_> = resource
                .foreign_keys
                .iter()
                .filter(own)
                .filter(|key| key.resource == name)
                .collect();
            match to_patient.as_slice() {
                [_] => found.push((number, None)),
                [] => {
                    let further: Vec<_> = resource
                        .foreign_keys
                        .iter()
                        .filter(own)
                        .filter(|key| names.contains(&key.resource))
                        .collect();
                    if let [key] = further.as_slice() {
                        found.push((number, Some(key.fields.clone())));
                    }
                }
                several => {
                    // Of several, the one that is called as the patient's own key.
                    let same = several.iter().find(|key| key.fields == key.reference);
                    found.extend(same.map(|key| (number, Some(key.fields.clone()))));
                }
            }
        }
        if found.is_empty() {
            return leading;
        }
        for (number, via) in found {
            leading.insert(number);
            let Some(resource) = draft.resources.get_mut(number) else { continue };
            names.insert(resource.name.clone());
            if let Some(fields) = via {
                told.push(format!(
                    "the patient of {} is found by {}",
                    resource.name,
                    fields.join(" + ")
                ));
                let via = match fields.as_slice() {
                    [one] => json!(one),
                    _ => json!([fields]),
                };
                resource.handover.insert("patientVia".into(), via);
            }
        }
    }
}

/// Whether no field has a role yet.
fn is_free(resource: &Resource, role: &str) -> bool {
    let has =
        |field: &Field| field.handover.get("role").and_then(|value| value.as_str()) == Some(role);
    !resource.fields.iter().any(has)
}

/// The patient's identifier, NHS number and date of birth.
fn of_patients(resource: &mut Resource, give: &mut dyn FnMut(&mut Field, &str)) {
    if let ([key], true) = (resource.primary_key.as_slice(), is_free(resource, "patient"))
        && let Some(field) = resource.fields.iter_mut().find(|field| field.name == *key)
        && !field.handover.contains_key("role")
    {
        give(field, "patient");
    }
    if is_free(resource, "nhs-number") {
        let is = |field: &&mut Field| {
            let joined = words(&field.name).concat();
            let named = matches!(
                joined.as_str(),
                "nhsnumber" | "nhsno" | "nhsnum" | "nhs" | "patientnhsnumber"
            );
            field.kind == "string" && !field.handover.contains_key("role") && named
        };
        if let Some(field) = resource.fields.iter_mut().find(is) {
            field.more.entry("rdfType").or_insert_with(|| json!(NHS_NUMBER));
            field.handover.entry("sensitivity").or_insert_with(|| json!("identifying"));
            give(field, "nhs-number");
        }
    }
    if is_free(resource, "birth-date") {
        let is = |field: &&mut Field| {
            let words = words(&field.name);
            let says = words.iter().any(|word| matches!(word.as_str(), "birth" | "dob" | "born"))
                || words.concat() == "dob";
            matches!(field.kind, "date" | "datetime")
                && !field.handover.contains_key("role")
                && says
        };
        if let Some(field) = resource.fields.iter_mut().find(is) {
            give(field, "birth-date");
        }
    }
}

/// When it was, and when it was written down.
fn dates(
    resource: &mut Resource,
    is_patients: bool,
    kind: Kind,
    give: &mut dyn FnMut(&mut Field, &str),
) {
    let own: BTreeSet<String> = table_words(resource).into_iter().collect();
    let dated = |field: &Field| {
        matches!(field.kind, "date" | "datetime") && !field.handover.contains_key("role")
    };
    let has = |field: &Field, word: &str| words(&field.name).iter().any(|one| one == word);
    let find = |resource: &Resource, list: &[&str]| {
        let of = |word: &&str| resource.fields.iter().position(|f| dated(f) && has(f, word));
        list.iter().find_map(of)
    };
    if is_free(resource, "recorded-date")
        && kind != Kind::Omop
        && let Some(field) = find(resource, &RECORDED).and_then(|at| resource.fields.get_mut(at))
    {
        give(field, "recorded-date");
    }
    if is_patients || !is_free(resource, "event-date") {
        return;
    }
    let all: Vec<usize> = (0..resource.fields.len())
        .filter(|at| resource.fields.get(*at).is_some_and(dated))
        .collect();
    // The only date is that of the event; else one that is called so, or as the table is.
    let by_table = || {
        all.iter().copied().find(|at| {
            resource.fields.get(*at).is_some_and(|field| {
                let said = words(&field.name);
                said.iter().all(|word| {
                    own.contains(word) || matches!(word.as_str(), "date" | "datetime" | "time")
                })
            })
        })
    };
    let found = match all.as_slice() {
        [only] => Some(*only),
        _ => by_table().or_else(|| find(resource, &EVENTS)),
    };
    if let Some(field) = found.and_then(|at| resource.fields.get_mut(at)) {
        give(field, "event-date");
    }
}
