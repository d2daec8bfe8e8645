//! TPP's machine-readable specification of the SystmOne Strategic Reporting Extract
//! (`Specification v123.csv`).
//!
//! The document says tables, fields, types, lengths and links. How the files are written is not in
//! it; it is known from the extracts: Windows-1252, quoted, dates as `24 Jan 2024`.

use super::Notes;
use super::headings::Column;
use super::rows::Document;
use crate::schema::draft::{Draft, Field};
use serde_json::json;

/// Completes what the columns of the document gave.
pub(super) fn complete(draft: &mut Draft, document: &Document, name: &str, notes: &mut Notes) {
    let version: String = name
        .to_lowercase()
        .rsplit_once('v')
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect())
        .unwrap_or_default();
    draft.version.clone_from(&version);
    draft.name = match version.is_empty() {
        true => "tpp-sre".into(),
        false => format!("tpp-sre-{version}"),
    };
    draft.title = format!("TPP SystmOne Strategic Reporting Extract {version}").trim().to_owned();
    let audit = "the Strategic Reporting Extract has no table for an audit trail";
    draft.more.insert("handover".into(), json!({"auditTrail": {"absent": audit}}));
    for resource in &mut draft.resources {
        resource.encoding = "windows-1252".into();
        if resource.field("RowIdentifier").is_some() {
            resource.primary_key = vec!["RowIdentifier".into()];
            if let Some(field) = resource.fields.iter_mut().find(|f| f.name == "RowIdentifier") {
                field.constraints.insert("required".into(), json!(true));
            }
        }
        for field in &mut resource.fields {
            match field.kind {
                "date" => field.format = "%d %b %Y".into(),
                "datetime" => field.format = "%d %b %Y %H:%M:%S".into(),
                _ => {}
            }
        }
        // An extract of one practice rarely has all tables.
        resource.handover.insert("presence".into(), json!("optional"));
    }
    let dates = document.fields.iter().any(|said| said.columns.keys().any(|c| *c == Column::Field));
    if dates {
        notes.general("from extracts of this system, not from the document: Windows-1252, dates as 24 Jan 2024, times as 24 Jan 2024 15:00:00, RowIdentifier as the primary key, every table optional");
    }
}

/// Completes what the links gave: an identifier of -1 or 0 links to nothing.
pub(super) fn complete_links(draft: &mut Draft, notes: &mut Notes) {
    let mut links = 0;
    for resource in &mut draft.resources {
        let own: Vec<String> =
            resource.foreign_keys.iter().flat_map(|key| key.fields.clone()).collect();
        let is_link = |field: &&mut Field| field.kind == "integer" && own.contains(&field.name);
        for field in resource.fields.iter_mut().filter(is_link) {
            field.handover.insert("nullReferences".into(), json!(["-1", "0"]));
            links += 1;
        }
    }
    if links > 0 {
        notes.general(
            "from extracts of this system, not from the document: -1 and 0 link to nothing",
        );
    }
}
