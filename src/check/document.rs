//! Documents: fields that name files of the extract, and the files that rows should name.
//!
//! A name is looked for from the field's folder on, with either kind of slash, whatever its letter
//! case and way to write accents: how another system may have changed a name is not what is asked,
//! but whether the document is there.

use super::delivery::files_group;
use super::plan::Plan;
use super::task::Collected;
use super::{Check, plan};
use crate::finding::{Code, Facts, Gap, Group};
use crate::path::collision_key;
use crate::schema::{Field, FieldRole, Role, Schema};
use crate::source::Extract;
use std::collections::BTreeMap;

/// The files of the extract that rows may name.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// Members by their path as it is compared.
    by_name: BTreeMap<String, u32>,
    /// The members that some row should name, in order.
    expected: Vec<u32>,
    /// Resources that name documents.
    resources: Vec<u32>,
}

impl Documents {
    /// The files that the fields of a schema may name; nothing where no field does.
    pub(super) fn new(
        schema: &Schema,
        extract: &Extract,
        members: &[plan::MemberPlan],
        prefix: &str,
    ) -> Self {
        let mut documents = Self::default();
        let mut folders: Vec<String> = Vec::new();
        for (number, resource) in (0..).zip(&schema.resources) {
            let fields = resource.table.iter().flat_map(|table| &table.fields);
            let named = fields.filter(|field| field.role == Some(FieldRole::Document));
            let before = folders.len();
            folders.extend(named.map(folder));
            if folders.len() > before {
                documents.resources.push(number);
            }
        }
        if folders.is_empty() {
            return documents;
        }
        // What is declared as a table of its own is no document.
        let may_be = |resource: Option<u32>| {
            let resource = resource.and_then(|number| schema.resources.get(number as usize));
            resource.is_none_or(|resource| {
                let is_document = matches!(resource.role, Some(Role::Document | Role::Image));
                is_document && resource.table.is_none()
            })
        };
        for ((number, member), plan) in (0..).zip(&extract.members).zip(members) {
            if member.within.is_some() || member.litter {
                continue;
            }
            let path = member.path.strip_prefix(prefix).unwrap_or(&member.path);
            let name = collision_key(path);
            let is_below = folders.iter().any(|folder| name.starts_with(folder.as_str()));
            let is_descriptor = name == "datapackage.json";
            if is_below && !is_descriptor && !plan.is_unfinished && may_be(plan.resource) {
                documents.expected.push(number);
            }
            documents.by_name.entry(name).or_insert(number);
        }
        documents
    }

    /// The member that a value names.
    pub(super) fn find(&self, field: &Field, value: &str) -> Option<u32> {
        let name = value.trim().replace('\\', "/");
        let name = name.trim_start_matches("./").trim_start_matches('/');
        let path = format!("{}{}", folder(field), collision_key(name));
        self.by_name.get(&path).copied()
    }
}

/// The folder that a field's names start from, with its slash, as it is compared.
fn folder(field: &Field) -> String {
    let folder = field.folder.as_deref().unwrap_or_default().replace('\\', "/");
    let folder = collision_key(folder.trim_start_matches("./").trim_matches('/'));
    if folder.is_empty() { folder } else { format!("{folder}/") }
}

impl Plan<'_> {
    /// Lays out which files rows may name; those are not unexpected before the rows were read.
    pub(super) fn declare_documents(&mut self, schema: &Schema, extract: &Extract, prefix: &str) {
        let documents = Documents::new(schema, extract, &self.members, prefix);
        for &member in &documents.expected {
            if let Some(plan) = self.members.get_mut(member as usize) {
                plan.is_document = true;
            }
        }
        self.documents = documents.into();
    }
}

impl Check<'_> {
    /// The documents that no row names; or why that is not known.
    pub(super) fn unnamed(
        &self,
        named: &[bool],
        resources: &[Collected],
    ) -> (Option<Group>, Option<Gap>) {
        let documents = &self.plan.documents;
        let is_partly_read = |&&resource: &&u32| {
            let planned = self.plan.resources.get(resource as usize);
            let is_there = planned.is_some_and(|p| !p.members.is_empty() && !p.lacks_a_file());
            let collected = resources.get(resource as usize);
            !is_there || collected.is_none_or(|collected| collected.lost_rows)
        };
        if documents.expected.is_empty() {
            return (None, None);
        }
        if let Some(&resource) = documents.resources.iter().find(is_partly_read) {
            let gap = Gap {
                resource: Some(resource),
                check: "whether a row names each document".into(),
                reason: "not all rows could be read".into(),
            };
            return (None, Some(gap));
        }
        let is_unnamed = |member: &&u32| named.get(**member as usize) == Some(&false);
        let unnamed: Vec<u32> = documents.expected.iter().filter(is_unnamed).copied().collect();
        let facts = Facts::Text("no row names it as a document".into());
        (files_group(Code::UnexpectedFile, &unnamed, facts), None)
    }
}
