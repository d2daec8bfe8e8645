//! The parts of the report as they are written: one struct for each kind of JSON object.

use crate::check::{Accepted, File, Identity, Outcome, SchemaUsed, Task};
use crate::finding::catalogue::Level;
use crate::finding::message::{message, note, plain, title};
use crate::finding::{Facts, Group, Place, Sample, Severity};
use crate::report::{Run, file_name};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct Stats {
    pub(super) tasks: usize,
    pub(super) errors: u64,
    pub(super) warnings: u64,
    pub(super) seconds: u64,
}

#[derive(Serialize)]
pub(super) struct TaskStats {
    pub(super) errors: u64,
    pub(super) warnings: u64,
    pub(super) seconds: u64,
    pub(super) bytes: u64,
    pub(super) rows: u64,
    pub(super) fields: u64,
}

/// What should be or is, in the type that it has.
#[derive(Serialize)]
#[serde(untagged)]
enum Stated<'a> {
    Number(u64),
    Text(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FindingView<'a> {
    r#type: &'static str,
    code: &'static str,
    title: String,
    description: &'static str,
    message: String,
    note: String,
    tags: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    row_number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row_numbers: Option<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    field_names: Vec<&'a str>,
    severity: &'static str,
    #[serde(flatten)]
    facts: FactsView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<[&'a str; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field_cells: Option<[&'a str; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_use: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_key_rows: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    same_key: Vec<PlaceView>,
}

impl<'a> FindingView<'a> {
    pub(super) fn of(
        outcome: &'a Outcome,
        task: Option<&'a Task>,
        group: &'a Group,
        sample: &'a Sample,
    ) -> Self {
        let entry = group.code.entry();
        let place = sample.place;
        let is_row = matches!(entry.level, Level::Row | Level::Cell);
        // A row error without its row is no row error to Frictionless.
        let level = if is_row && place.row.is_none() { Level::Table } else { entry.level };
        let r#type = match (group.severity, level == entry.level) {
            (Severity::Warning | Severity::Info, _) => entry.name,
            (Severity::Error, true) => entry.frictionless(),
            (Severity::Error, false) => level.frictionless(),
        };
        let is_header = matches!(level, Level::Header | Level::Label);
        let is_row = matches!(level, Level::Row | Level::Cell);
        let is_field = matches!(level, Level::Label | Level::Cell);
        let facts = match &sample.facts {
            Facts::None => &group.facts,
            facts => facts,
        };
        let found = match facts {
            Facts::Name { found, .. } => found.as_deref().unwrap_or_default(),
            _ => "",
        };
        let first = group.fields.first();
        let view = FactsView::of(&group.facts, &sample.facts);
        let is_reference = view.reference_name.is_some();
        Self {
            r#type,
            code: entry.name,
            title: title_of(entry.name),
            description: entry.title,
            message: message(group, sample),
            note: note(group, sample),
            tags: level.tags(),
            row_number: place.row.filter(|_| !is_header),
            row_numbers: is_header.then(|| place.row.into_iter().collect()),
            field_number: first.map(|field| field.number).or(is_field.then_some(0)),
            field_name: first.map(|field| field.name.as_str()).or(is_field.then_some("")),
            field_names: match group.fields.len() {
                0 | 1 if !is_reference => Vec::new(),
                _ => group.fields.iter().map(|field| field.name.as_str()).collect(),
            },
            severity: group.severity.name(),
            facts: view,
            file: place.file.and_then(|file| file_name(outcome, file)),
            line: place.line,
            byte_offset: place.byte,
            shape: sample.shape.as_deref(),
            token: sample.token.as_deref(),
            labels: is_header.then(|| task.map(|task| task.labels.as_slice()).unwrap_or_default()),
            label: (level == Level::Label).then_some(found),
            cells: is_row.then_some([]),
            cell: match &sample.value {
                Some(value) => Some(value),
                None => (level == Level::Cell).then_some(""),
            },
            field_cells: is_reference.then_some([]),
            first_use: match facts {
                Facts::Duplicate { first, .. } => Some(PlaceView::of(outcome, first)),
                _ => None,
            },
            same_key_rows: match facts {
                Facts::Duplicate { rows, .. } | Facts::Orphan { rows } => Some(*rows),
                _ => None,
            },
            same_key: match facts {
                Facts::Duplicate { members, .. } => {
                    members.iter().map(|place| PlaceView::of(outcome, place)).collect()
                }
                _ => Vec::new(),
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceView {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row_number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byte_offset: Option<u64>,
}

impl PlaceView {
    fn of(outcome: &Outcome, place: &Place) -> Self {
        Self {
            file: place.file.and_then(|file| file_name(outcome, file)),
            row_number: place.row,
            line: place.line,
            byte_offset: place.byte,
        }
    }
}

/// Facts that a program may want without reading a sentence.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct FactsView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    constraint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Stated<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Stated<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_field_names: Option<&'a [String]>,
}

impl<'a> FactsView<'a> {
    /// What is common to the group, then what is particular to the example.
    pub(super) fn of(common: &'a Facts, own: &'a Facts) -> Self {
        let mut view = Self::default();
        view.add(common);
        view.add(own);
        view
    }

    fn add(&mut self, facts: &'a Facts) {
        let (number, text) =
            (|n: &u64| Some(Stated::Number(*n)), |t: &'a str| Some(Stated::Text(t)));
        match facts {
            Facts::None
            | Facts::Duplicate { .. }
            | Facts::Repeated { .. }
            | Facts::Orphan { .. }
            | Facts::Text(_) => {}
            Facts::Type { expected } => self.expected = text(expected),
            Facts::Constraint { name, limit } => {
                self.constraint = Some(name);
                self.expected = text(limit);
            }
            Facts::Width { expected, found } | Facts::Count { expected, found, .. } => {
                self.expected = number(expected);
                self.found = number(found);
            }
            Facts::Name { expected, found } => {
                self.expected = expected.as_deref().and_then(text);
                self.found = found.as_deref().and_then(text);
            }
            Facts::Digest { expected, found, .. } => {
                self.expected = text(expected);
                self.found = text(found);
            }
            Facts::Reference { resource, fields, .. } => {
                self.reference_name = Some(resource);
                self.reference_field_names = Some(fields);
            }
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupView<'a> {
    r#type: &'static str,
    code: &'static str,
    severity: &'static str,
    field_names: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field_name: Option<&'a str>,
    #[serde(flatten)]
    facts: FactsView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distinct: Option<u64>,
    occurrences: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_row: Option<u64>,
    message: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    forms: &'a BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
}

impl<'a> GroupView<'a> {
    pub(super) fn of(outcome: &Outcome, group: &'a Group) -> Self {
        Self {
            r#type: group.code.name(),
            code: group.code.name(),
            severity: group.severity.name(),
            field_names: group.fields.iter().map(|field| field.name.as_str()).collect(),
            field_name: match group.fields.as_slice() {
                [only] => Some(&only.name),
                _ => None,
            },
            facts: FactsView::of(&group.facts, &Facts::None),
            distinct: match group.facts {
                Facts::Reference { distinct, .. } => Some(distinct),
                Facts::Repeated { keys } => Some(keys),
                _ => None,
            },
            occurrences: group.occurrences,
            file: group.first.file.and_then(|file| file_name(outcome, file)),
            first_row: group.first.row,
            last_row: group.last.row,
            message: format!("{}.", title(group)),
            forms: &group.forms,
            suggestion: group.suggestion.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct FileView<'a> {
    path: Option<String>,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
}

pub(super) fn file_view<'a>(outcome: &'a Outcome, file: &File) -> FileView<'a> {
    FileView {
        path: Some(plain(&file.shown, usize::MAX)),
        bytes: file.bytes,
        hash: file.digest.as_ref().map(|(algorithm, digest)| format!("{algorithm}:{digest}")),
        resource: resource_name(outcome, file.resource),
    }
}

fn resource_name(outcome: &Outcome, resource: Option<u32>) -> Option<&str> {
    let task = outcome.tasks.get(usize::try_from(resource?).ok()?)?;
    Some(&task.name)
}

/// A cause that was accepted beforehand; a baseline's item too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AcceptedView<'a> {
    code: &'static str,
    severity: &'static str,
    table: String,
    file: String,
    field_names: Vec<String>,
    about: String,
    occurrences: u64,
    message: String,
    reason: &'a str,
    by: &'a str,
}

impl<'a> AcceptedView<'a> {
    pub(super) fn of(outcome: &Outcome, accepted: &'a Accepted) -> Self {
        let group = &accepted.group;
        let task = accepted.task.and_then(|task| outcome.tasks.get(task as usize));
        let identity = Identity::of(outcome, task, group);
        Self {
            code: group.code.name(),
            severity: group.severity.name(),
            table: identity.table,
            file: identity.file,
            field_names: group.fields.iter().map(|field| plain(&field.name, 1_000)).collect(),
            about: identity.about,
            occurrences: group.occurrences,
            message: format!("{}.", title(group)),
            reason: &accepted.reason,
            by: &accepted.by,
        }
    }
}

/// `complete`: everything declared was checked, and something was declared.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Coverage<'a> {
    complete: bool,
    not_checked: Vec<GapView<'a>>,
}

#[derive(Serialize)]
struct GapView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    check: &'a str,
    reason: &'a str,
}

impl Coverage<'_> {
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }
}

pub(super) fn coverage(outcome: &Outcome) -> Coverage<'_> {
    Coverage {
        complete: outcome.gaps.is_empty() && outcome.schema.is_some(),
        not_checked: outcome
            .gaps
            .iter()
            .map(|gap| GapView {
                resource: resource_name(outcome, gap.resource),
                check: &gap.check,
                reason: &gap.reason,
            })
            .collect(),
    }
}

#[derive(Serialize)]
pub(super) struct SchemaView<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    sha512: &'a str,
    origin: &'a str,
}

impl<'a> SchemaView<'a> {
    pub(super) fn of(schema: &'a SchemaUsed) -> Self {
        Self {
            name: &schema.name,
            version: schema.version.as_deref(),
            sha512: &schema.sha512,
            origin: &schema.origin,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ToolView<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
}

#[derive(Serialize)]
pub(super) struct RunView<'a> {
    started: &'a str,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<usize>,
}

impl<'a> RunView<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        Self {
            started: &run.started,
            seconds: run.seconds,
            host: run.host.as_deref(),
            jobs: run.jobs,
        }
    }
}

/// "Foreign Key" of `foreign-key`.
fn title_of(code: &str) -> String {
    let word = |word: &str| {
        let mut rest = word.chars();
        let first = rest.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(rest).collect::<String>()
    };
    code.split('-').map(word).collect::<Vec<_>>().join(" ")
}
