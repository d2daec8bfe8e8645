//! The field-level documentation of the OMOP Common Data Model (`OMOP_CDMv5.4_Field_Level.csv`).
//!
//! What the documentation does not say, and `schemas/omop-cdm-5.4/SOURCE.md` decides, is decided in
//! the same way here: names of files, forms of dates, roles, sensitivity.

use super::Notes;
use crate::schema::draft::{Draft, Field};
use serde_json::{Map, json};

/// Tables of the results schema, which users of a database write to.
const OPTIONAL: [&str; 2] = ["cohort", "cohort_definition"];

const CLINICAL: &str = "observation_period visit_occurrence visit_detail condition_occurrence \
    drug_exposure procedure_occurrence device_exposure measurement observation death note note_nlp \
    specimen fact_relationship drug_era dose_era condition_era episode episode_event";

const REFERENCE: &str = "location care_site provider concept vocabulary domain concept_class \
    concept_relationship relationship concept_synonym concept_ancestor source_to_concept_map \
    drug_strength cdm_source metadata";

const PUBLIC: &str = "concept vocabulary domain concept_class concept_relationship relationship \
    concept_synonym concept_ancestor source_to_concept_map drug_strength cdm_source";

const IDENTIFYING: &str = "person_id subject_id person_source_value month_of_birth day_of_birth \
    birth_datetime address_1 address_2 zip location_source_value latitude longitude provider_name npi \
    dea provider_source_value note_text note_title snippet lexical_variant family_source_value";

/// Whether a list of words has a word.
fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|one| one == word)
}

/// Completes what the columns of the document gave.
pub(super) fn complete(draft: &mut Draft, name: &str, notes: &mut Notes) {
    let version = name.to_lowercase().split_once("cdmv").map(|(_, rest)| {
        rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect::<String>()
    });
    let version = version.unwrap_or_default().trim_end_matches('.').to_owned();
    draft.name = match version.is_empty() {
        true => "omop-cdm".into(),
        false => format!("omop-cdm-{version}"),
    };
    let spaced = if version.is_empty() { String::new() } else { format!(" {version}") };
    draft.title = format!("OMOP Common Data Model{spaced}, one CSV file per table");
    draft.version = version;
    draft.description.clear();
    draft.more.insert("licenses".into(), json!([{"name": "Apache-2.0"}]));
    draft.more.insert(
        "handover".into(),
        json!({"auditTrail": {"absent": "the OMOP CDM has no table for an audit trail"}}),
    );
    for resource in &mut draft.resources {
        let table = resource.name.clone();
        resource.title.clear();
        resource.paths = vec![format!("{}.csv", table.to_uppercase())];
        resource.encoding = "utf-8".into();
        resource.handover = Map::new();
        if OPTIONAL.contains(&table.as_str()) {
            resource.handover.insert("presence".into(), json!("optional"));
        }
        let role = match table.as_str() {
            "person" => Some("patient"),
            name if has(CLINICAL, name) => Some("clinical"),
            name if has(REFERENCE, name) => Some("reference"),
            _ => None,
        };
        if let Some(role) = role {
            resource.handover.insert("role".into(), json!(role));
        }
        let names = resource.fields.iter_mut().map(|field| &mut field.name);
        names.chain(&mut resource.primary_key).for_each(unquote);
        for field in &mut resource.fields {
            complete_field(field, &table);
        }
    }
    notes.general("from the OMOP files that are published: names of files in upper case with .csv, dates and times as yyyy-mm-dd hh:mm:ss");
    notes.general("by the judgement of this program: roles, sensitivity, cohort and cohort_definition optional, no audit trail");
}

/// One name is documented within quote marks, since it is a word of SQL; files lack them.
fn unquote(name: &mut String) {
    *name = name.trim_matches('"').to_owned();
}

fn complete_field(field: &mut Field, table: &str) {
    if field.kind == "datetime" {
        field.format = "%Y-%m-%d %H:%M:%S".into();
    }
    let sensitivity = if has(PUBLIC, table) || field.name.contains("concept_id") {
        "none"
    } else if has(IDENTIFYING, &field.name) {
        "identifying"
    } else {
        "personal"
    };
    field.handover.insert("sensitivity".into(), json!(sensitivity));
}
