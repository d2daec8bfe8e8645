//! One patient's rows out of a package, with the proofs that they are all and as they were packaged.
//!
//! The index only says where to look: every row is hashed and proven against the checkpoint's root
//! before it is written. Where the index, or a proof, is missing or damaged, all is made anew from the
//! payload, and used only if it leads to the same root.
//!
//! **Invariant:** nothing of anyone else is in an export: no byte of a row, no hash without a salt.

mod cells;
mod deep;
mod export;
mod log;
mod opened;
mod person;
mod proofs;

pub use deep::deep;
pub use log::{
    Logged, append as log, is_log, require_whole as require_whole_log, verify as verify_log,
};

use crate::attribution::Plan;
use crate::bag::layout;
use crate::bag::tag::{Info, OXUM_LABEL};
use crate::check::{self, SchemaUsed};
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::{self, FileName, Named};
use crate::finding::{Code, Facts, Group, Place};
use crate::proof::Salts;
use crate::proof::bundle::Kind;
use crate::proof::list::{Entry, Range};
use crate::report::Tool;
use crate::report::record;
use crate::schema::{FieldRole, Schema, descriptor};
use crate::source::{Extract, Limits};
use cells::{Layout, Values};
use opened::Opened;
use proofs::{Data, Fault, Found, List, Proofs};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Clone)]
pub struct Request {
    /// The NHS number, with or without blanks, or the source system's identifier.
    pub patient: String,
    /// The days.
    pub range: Range,
    /// Why.
    pub reason: String,
    /// By whom.
    pub requested_by: String,
    /// Where the export goes. A file that is there is never replaced.
    pub output: PathBuf,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// The program that retrieves.
    pub tool: Tool,
    /// How the payload is read where that is needed.
    pub check: check::Options,
}

/// The patient is not in it: whoever prints a request must not print a name.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

/// What became of a request.
#[derive(Debug)]
pub struct Retrieved {
    /// The outcome.
    pub outcome: Outcome,
    /// What was found on the way: a stale index.
    pub groups: Vec<Group>,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The package has no such patient.
    Unknown,
    /// The package does not lead to its own root: nothing was written.
    Altered,
    /// The export was written.
    Written(Written),
}

/// An export that was written.
#[derive(Debug)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Identifiers of the person in the source system: how many.
    pub sources: usize,
    /// Counts by file.
    pub files: Vec<FileCounts>,
    /// The package: `urn:uuid:` and its identifier.
    pub origin: String,
    /// Its root, in hexadecimal.
    pub root: String,
    /// A token of the patient for a log: keyed by the package's secret.
    pub token: String,
    /// Documents that the patient's rows name and that are not there.
    pub missing_documents: u64,
}

/// Rows of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Path below the top folder.
    pub path: String,
    /// The declared resource.
    pub resource: String,
    /// Rows of the patient in the range, undated ones included.
    pub matched: u64,
    /// Of these, those without a date.
    pub undated: u64,
    /// Rows of the patient outside the range.
    pub outside: u64,
    /// Rows that the patient's rows refer to.
    pub references: u64,
    /// Rows of the whole file whose patient cannot be told.
    pub unattributable: u64,
}

/// Retrieves one patient's rows from the package at `path`.
///
/// # Errors
/// Where the package cannot be read or has no proofs, its descriptor declares no patients, the
/// request is ambiguous, or the export cannot be written.
pub fn run(path: &Path, request: &Request) -> Result<Retrieved> {
    let package = Opened::new(path)?;
    let (checkpoint, secret) = proofs::begin(&package)?;
    let (schema, used) = schema(&package)?;
    let key = Salts::new(&secret).key(evidence::KEY_PURPOSE);
    let plan = Plan::new(&schema, key);
    if plan.patients().is_none() {
        let message = format!(
            "{}: the package's descriptor declares no patients, so nobody's rows can be told",
            path.display()
        );
        return Err(Error::new(ErrorKind::Usage, message).with_path(path).with_hint(
            "a resource with the role \"patient\" is needed when it is packaged: docs/schema.md",
        ));
    }
    let stored = Proofs::load(&package, &checkpoint, &secret, Data::Stored);
    let first = stored.and_then(|mut proofs| attempt(&mut proofs, &plan, &schema, request));
    let why = match first {
        Ok((outcome, slow)) => {
            let text = "the block table does not fit: a file was read from its beginning";
            let groups = slow.then(|| stale(text)).into_iter().collect();
            return Ok(Retrieved { outcome, groups });
        }
        Err(Fault::Failed(error)) => return Err(error),
        Err(Fault::Damaged(why)) => why,
    };
    let groups = vec![stale(&format!("{why}: all was made anew from the payload"))];
    let info = package.read(layout::BAG_INFO)?.unwrap_or_default();
    let (info, _) = Info::parse(&String::from_utf8_lossy(&info));
    let facts: Vec<(String, String)> =
        info.0.into_iter().filter(|(label, _)| label != OXUM_LABEL).collect();
    let sha512 = Algorithm::Sha512.digest(&schema.source).to_string();
    let named = Named { origin: &checkpoint.origin, facts: &facts, descriptor: &sha512 };
    let (extract, names) = payload(&package)?;
    let (schema_again, _) = self::schema(&package)?;
    let chosen = Some((schema_again, used));
    let (evidence, _) = evidence::recompute(
        &extract,
        chosen.as_ref(),
        secret.clone(),
        (names, &named),
        &request.check,
    )?;
    let same = evidence.checkpoint == checkpoint.write();
    let anew = Data::Anew(Box::new(evidence));
    let again = match same {
        true => Proofs::load(&package, &checkpoint, &secret, anew)
            .and_then(|mut proofs| attempt(&mut proofs, &plan, &schema, request)),
        false => Err(Fault::Damaged("")),
    };
    match again {
        Ok((outcome, _)) => Ok(Retrieved { outcome, groups }),
        Err(Fault::Failed(error)) => Err(error),
        Err(Fault::Damaged(_)) => Ok(Retrieved { outcome: Outcome::Altered, groups }),
    }
}

fn stale(text: &str) -> Group {
    Group::single(Code::IndexStale, None, Facts::Text(text.to_owned()), Place::default())
}

/// The schema that the package was made with.
fn schema(package: &Opened) -> Result<(Schema, SchemaUsed)> {
    let Some(bytes) = package.read(layout::DESCRIPTOR)? else {
        let message = format!(
            "{}: the package has no descriptor, so nobody's rows can be told",
            package.path.display()
        );
        return Err(Error::new(ErrorKind::Usage, message).with_path(&package.path).with_hint(
            "only a package that was made with --schema, or recognised, can be retrieved from",
        ));
    };
    let schema = descriptor::read_with(&bytes, &mut |neighbour| {
        package.read(&format!("metadata/{neighbour}")).ok().flatten()
    })?;
    let used = SchemaUsed {
        name: schema.name.clone(),
        version: schema.version.clone(),
        sha512: Algorithm::Sha512.digest(&schema.source).to_string(),
        origin: "of the package".into(),
        versions: Vec::new(),
    };
    Ok((schema, used))
}

/// The payload as the extract that it was, and what its files are called in the proofs.
fn payload(package: &Opened) -> Result<(Extract, Vec<FileName>)> {
    let received = package.read(layout::RECEIVED)?.unwrap_or_default();
    let received: serde_json::Value = serde_json::from_slice(&received).unwrap_or_default();
    let mut original = BTreeMap::new();
    for file in received.get("files").and_then(|files| files.as_array()).into_iter().flatten() {
        let text = |name: &str| file.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        if let (Some(path), Some(payload)) = (text("path"), text("payload")) {
            original.insert(payload, path);
        }
    }
    let named = |below: &str| original.get(below).cloned().unwrap_or_else(|| below.to_owned());
    let folder = format!("{}{}", package.top, layout::PAYLOAD);
    let extract = Extract::payload(&package.path, &folder, &named, &Limits::default())?;
    let back: BTreeMap<&String, &String> = original.iter().map(|(to, from)| (from, to)).collect();
    let names: Vec<String> = extract
        .delivered()
        .iter()
        .map(|member| back.get(&member.path).map_or(&member.path, |name| *name).clone())
        .collect();
    let names = FileName::of(&extract, &names);
    Ok((extract, names))
}

/// Rows of a file that are to be shown, with their bytes.
#[derive(Default)]
struct Picked {
    rows: BTreeMap<u64, (Kind, Vec<u8>)>,
    counts: FileCounts,
}

/// What was gathered of a person.
struct Gathered {
    person: person::Person,
    /// For each patient: its leaf, and its list by file.
    lists: Vec<(u64, List)>,
    files: BTreeMap<u64, Picked>,
    items: Vec<record::Item>,
    missing_documents: u64,
}

/// Retrieves with proofs that are thought to be sound.
fn attempt(
    proofs: &mut Proofs<'_>,
    plan: &Plan<'_>,
    schema: &Schema,
    request: &Request,
) -> Found<(Outcome, bool)> {
    let Some(person) = person::find(proofs, &request.patient)? else {
        return Ok((Outcome::Unknown, false));
    };
    let gathered = gather(proofs, plan, schema, person, &request.range)?;
    let written = export::write(proofs, schema, gathered, request)?;
    Ok((Outcome::Written(written), proofs.slow))
}

/// Reads the rows of a person, and those that they need.
fn gather(
    proofs: &mut Proofs<'_>,
    plan: &Plan<'_>,
    schema: &Schema,
    person: person::Person,
    range: &Range,
) -> Found<Gathered> {
    let mut out = Gathered {
        person,
        lists: Vec::new(),
        files: BTreeMap::new(),
        items: Vec::new(),
        missing_documents: 0,
    };
    let mut wanted: BTreeMap<u64, BTreeMap<u64, Entry>> = BTreeMap::new();
    for (leaf, patient) in &out.person.patients {
        let list = proofs.list(*leaf, patient)?;
        for (file, entries) in &list {
            let picked = out.files.entry(*file).or_default();
            for entry in entries {
                if range.has(entry) {
                    picked.counts.matched += 1;
                    picked.counts.undated += u64::from(is_undated(entry, range));
                    // Rows count from 1, leaves from 0.
                    wanted.entry(*file).or_default().insert(entry.row.saturating_sub(1), *entry);
                } else {
                    picked.counts.outside += 1;
                }
            }
        }
        out.lists.push((*leaf, list));
    }
    let layouts = layouts(proofs, schema);
    // Rows that a round found, whose references the next one follows.
    let mut open: Vec<(u64, Values)> = Vec::new();
    let mut documents: BTreeSet<String> = BTreeSet::new();
    for (file, rows) in &wanted {
        let leaves: Vec<u64> = rows.keys().copied().collect();
        let found = proofs.rows(*file, &leaves)?;
        let picked = out.files.entry(*file).or_default();
        for (leaf, bytes) in found {
            if let Some(layout) = layouts.get(file) {
                let values = layout.values(&bytes);
                named_documents(layout, &values, &mut documents);
                if let Some(entry) = rows.get(&leaf) {
                    out.items.push(item(schema, layout, &values, *entry, *file));
                }
                open.push((*file, values));
            }
            picked.rows.insert(leaf, (Kind::Patient, bytes));
        }
    }
    while !open.is_empty() {
        let mut next: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        let mut keys: BTreeSet<(u64, [u8; 16])> = BTreeSet::new();
        for (file, values) in &open {
            let Some(layout) = layouts.get(file) else { continue };
            let Some(table) = plan.table(layout.resource) else { continue };
            for (to, way) in &table.references {
                if let Some(hash) = plan.follow(layout.table, way, values) {
                    keys.insert((u64::from(*to), hash));
                }
            }
        }
        for (_, hash) in &keys {
            for (file, row) in proofs.with_key(hash) {
                let leaf = row.saturating_sub(1);
                let known =
                    out.files.get(&file).is_some_and(|picked| picked.rows.contains_key(&leaf));
                if !known {
                    next.entry(file).or_default().insert(leaf);
                }
            }
        }
        open.clear();
        for (file, leaves) in next {
            let leaves: Vec<u64> = leaves.into_iter().collect();
            let found = proofs.rows(file, &leaves)?;
            let Some(layout) = layouts.get(&file) else { continue };
            let Some(table) = plan.table(layout.resource) else { continue };
            for (leaf, bytes) in found {
                let values = layout.values(&bytes);
                // The index holds only the beginning of a hash: the row must have the very key.
                let has = table.own.iter().any(|own| {
                    plan.hash(layout.table, own, &values)
                        .is_some_and(|hash| keys.contains(&(u64::from(layout.resource), hash)))
                });
                if has {
                    let picked = out.files.entry(file).or_default();
                    picked.counts.references += 1;
                    picked.rows.insert(leaf, (Kind::Reference, bytes));
                    open.push((file, values));
                }
            }
        }
    }
    add_documents(proofs, &documents, &mut out)?;
    headers(proofs, &mut out)?;
    Ok(out)
}

fn is_undated(entry: &Entry, range: &Range) -> bool {
    match range.by {
        crate::proof::list::By::Event => entry.event.is_none(),
        crate::proof::list::By::Recorded => entry.recorded.is_none(),
    }
}

/// How the rows of each file that is a table are read.
fn layouts<'s>(proofs: &Proofs<'_>, schema: &'s Schema) -> BTreeMap<u64, Layout<'s>> {
    let mut layouts = BTreeMap::new();
    for (_, file) in proofs.files() {
        let Some(stated) = &file.table else { continue };
        let number = schema.resources.iter().position(|resource| resource.name == stated.resource);
        let table = number.and_then(|number| schema.resources.get(number)?.table.as_ref());
        if let (Some(number), Some(table)) = (number, table) {
            layouts.insert(file.number, Layout::new(number as u32, table, stated));
        }
    }
    layouts
}

/// Files that a row names.
fn named_documents(layout: &Layout<'_>, values: &Values, documents: &mut BTreeSet<String>) {
    for (number, field) in layout.table.fields.iter().enumerate() {
        if field.role != Some(FieldRole::Document) {
            continue;
        }
        if let Some(name) = values.get(number) {
            let folder = field.folder.as_deref().unwrap_or_default().trim_matches('/');
            let name = name.replace('\\', "/");
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            documents.insert(path);
        }
    }
}

/// Adds whole files that rows name.
fn add_documents(
    proofs: &mut Proofs<'_>,
    documents: &BTreeSet<String>,
    out: &mut Gathered,
) -> Found<()> {
    for name in documents {
        let path = format!("{}{}", layout::PAYLOAD, name.trim_start_matches("./"));
        let found = proofs
            .files()
            .find(|(_, file)| file.path.eq_ignore_ascii_case(&path) && file.table.is_none())
            .map(|(_, file)| (file.number, file.leaves));
        let Some((number, leaves)) = found else {
            out.missing_documents += 1;
            continue;
        };
        let all: Vec<u64> = (0..leaves).collect();
        let rows = proofs.rows(number, &all)?;
        let picked = out.files.entry(number).or_default();
        picked.rows.extend(rows.into_iter().map(|(leaf, bytes)| (leaf, (Kind::Document, bytes))));
    }
    Ok(())
}

/// Adds the headers of the files of which rows are shown.
fn headers(proofs: &mut Proofs<'_>, out: &mut Gathered) -> Found<()> {
    for (number, picked) in &mut out.files {
        let Some((_, file)) = proofs.file(*number) else { continue };
        picked.counts.path.clone_from(&file.path);
        if let Some(table) = &file.table {
            picked.counts.resource.clone_from(&table.resource);
            picked.counts.unattributable = table.rows.unattributable;
        }
        if picked.rows.is_empty() {
            continue;
        }
        let leaves = file.leaves;
        let header = file.table.as_ref().map(|table| table.header.clone()).unwrap_or_default();
        let missing: Vec<u64> = header
            .into_iter()
            .filter(|leaf| *leaf < leaves && !picked.rows.contains_key(leaf))
            .collect();
        if !missing.is_empty() {
            let rows = proofs.rows(*number, &missing)?;
            picked.rows.extend(rows.into_iter().map(|(leaf, bytes)| (leaf, (Kind::Header, bytes))));
        }
    }
    Ok(())
}

/// A row as the page shows it.
fn item(
    schema: &Schema,
    layout: &Layout<'_>,
    values: &Values,
    entry: Entry,
    file: u64,
) -> record::Item {
    let resource = schema.resources.get(layout.resource as usize);
    let field = |role: FieldRole| layout.table.field_with(role);
    let time = field(FieldRole::EventDate)
        .and_then(|date| layout.table.fields.get(date)?.time)
        .and_then(|time| values.get(time));
    let cells = layout.table.fields.iter().enumerate().filter_map(|(number, field)| {
        let value = values.get(number)?;
        Some((field.title.clone().unwrap_or_else(|| field.name.clone()), value.to_owned()))
    });
    record::Item {
        event: entry.event.text(),
        recorded: entry.recorded.text(),
        time: time.map(str::to_owned),
        kind: resource
            .map(|found| found.title.clone().unwrap_or_else(|| found.name.clone()))
            .unwrap_or_default(),
        is_audit: resource.is_some_and(|found| found.role == Some(crate::schema::Role::AuditTrail)),
        user: field(FieldRole::User).and_then(|user| values.get(user)).map(str::to_owned),
        action: field(FieldRole::Action).and_then(|action| values.get(action)).map(str::to_owned),
        file,
        row: entry.row,
        cells: cells.collect(),
    }
}
