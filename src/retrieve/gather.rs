//! The rows of a person, and what they need: rows that they refer to, documents, headers.

use super::cells::{Layout, Values};
use super::proofs::{Fault, Found, List, Proofs};
use super::timeline::Timeline;
use super::{FileCounts, Origin, person};
use crate::attribution::Plan;
use crate::bag::layout;
use crate::proof::bundle::Kind;
use crate::proof::leaves::File;
use crate::proof::list::{Entry, Range};
use crate::report::record;
use crate::schema::{FieldRole, Schema};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a file that are to be shown, with their bytes.
#[derive(Default)]
pub(super) struct Picked {
    pub(super) rows: BTreeMap<u64, (Kind, Vec<u8>)>,
    pub(super) counts: FileCounts,
}

impl Picked {
    /// Takes rows of one kind; those of the header are its own whatever they were asked for.
    fn take(&mut self, rows: impl IntoIterator<Item = (u64, Vec<u8>)>, header: &[u64], kind: Kind) {
        for (leaf, bytes) in rows {
            let kind = if header.contains(&leaf) { Kind::Header } else { kind };
            self.rows.entry(leaf).or_insert((kind, bytes));
        }
    }
}

/// What was gathered of a person.
pub(super) struct Gathered {
    pub(super) person: person::Person,
    /// For each patient: its leaf, and its list by file.
    pub(super) lists: Vec<(u64, List)>,
    pub(super) files: BTreeMap<u64, Picked>,
    pub(super) items: Vec<record::Item>,
    pub(super) missing_documents: u64,
}

/// Reads the rows of a person, and those that they need.
pub(super) fn gather(
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
    let layouts = layouts(proofs.files().map(|(_, file)| file), schema);
    let mut timeline = Timeline::default();
    // Rows that a round found, whose references the next one follows.
    let mut open: Vec<(u64, Values)> = Vec::new();
    let mut documents: BTreeSet<String> = BTreeSet::new();
    for (file, rows) in &wanted {
        let (found, header) = with_header(proofs, *file, rows.keys().copied())?;
        let picked = out.files.entry(*file).or_default();
        for (leaf, bytes) in found {
            if header.contains(&leaf) {
                picked.rows.insert(leaf, (Kind::Header, bytes));
                continue;
            }
            if let Some(layout) = layouts.get(file) {
                let values = layout.values(&bytes);
                named_documents(layout, &values, &mut documents);
                if let Some(entry) = rows.get(&leaf) {
                    timeline.add((schema, plan), layout, &values, *entry, *file);
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
            let (found, header) = with_header(proofs, file, leaves.into_iter())?;
            let Some(layout) = layouts.get(&file) else { continue };
            let Some(table) = plan.table(layout.resource) else { continue };
            let mut headers = Vec::new();
            for (leaf, bytes) in found {
                if header.contains(&leaf) {
                    headers.push((leaf, bytes));
                    continue;
                }
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
                    timeline.refer(plan, table, layout, &values, (file, leaf));
                    open.push((file, values));
                }
            }
            if let Some(picked) = out.files.get_mut(&file).filter(|picked| !picked.rows.is_empty())
            {
                picked.take(headers, &header, Kind::Header);
            }
        }
    }
    out.items = timeline.finish();
    add_documents(proofs, &documents, &mut out)?;
    for (number, picked) in &mut out.files {
        if let Some((_, file)) = proofs.file(*number) {
            describe(&mut picked.counts, file);
        }
    }
    Ok(out)
}

/// Rows of a file, by leaf.
type Rows = BTreeMap<u64, Vec<u8>>;

/// Rows of a file, and those of its header with them; also gives which the header's are.
fn with_header(
    proofs: &mut Proofs<'_>,
    number: u64,
    wanted: impl Iterator<Item = u64>,
) -> Found<(Rows, Vec<u64>)> {
    let Some((_, file)) = proofs.file(number) else {
        return Err(Fault::Damaged("a list names an unknown file"));
    };
    let header = file.table.as_ref().map(|table| table.header.clone()).unwrap_or_default();
    let header: Vec<u64> = header.into_iter().filter(|leaf| *leaf < file.leaves).collect();
    let all: BTreeSet<u64> = wanted.chain(header.iter().copied()).collect();
    let all: Vec<u64> = all.into_iter().collect();
    Ok((proofs.rows(number, &all)?, header))
}

pub(super) fn is_undated(entry: &Entry, range: &Range) -> bool {
    match range.by {
        crate::proof::list::By::Event => entry.event.is_none(),
        crate::proof::list::By::Recorded => entry.recorded.is_none(),
    }
}

/// How the rows of each file that is a table are read.
pub(super) fn layouts<'s, 'f>(
    files: impl Iterator<Item = &'f File>,
    schema: &'s Schema,
) -> BTreeMap<u64, Layout<'s>> {
    let mut layouts = BTreeMap::new();
    for file in files {
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
pub(super) fn named_documents(
    layout: &Layout<'_>,
    values: &Values,
    documents: &mut BTreeSet<String>,
) {
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

/// Whether a file is the document of a name.
pub(super) fn shows(file: &File, name: &str) -> bool {
    let path = format!("{}{}", layout::PAYLOAD, name.trim_start_matches("./"));
    file.path.eq_ignore_ascii_case(&path) && file.table.is_none()
}

/// Adds whole files that rows name.
fn add_documents(
    proofs: &mut Proofs<'_>,
    documents: &BTreeSet<String>,
    out: &mut Gathered,
) -> Found<()> {
    for name in documents {
        let found = proofs
            .files()
            .find(|(_, file)| shows(file, name))
            .map(|(_, file)| (file.number, file.leaves));
        let Some((number, leaves)) = found else {
            out.missing_documents += 1;
            continue;
        };
        let all: Vec<u64> = (0..leaves).collect();
        let rows = proofs.rows(number, &all)?;
        out.files.entry(number).or_default().take(rows, &[], Kind::Document);
    }
    Ok(())
}

/// Says of a file what it is.
pub(super) fn describe(counts: &mut FileCounts, file: &File) {
    counts.path.clone_from(&file.path);
    counts.number = file.number;
    counts.origin = match (file.sheet, file.within) {
        (Some(_), _) => Origin::Sheet,
        (None, Some(_)) => Origin::Compressed,
        (None, None) => Origin::Delivered,
    };
    if let Some(table) = &file.table {
        counts.resource.clone_from(&table.resource);
        counts.unattributable = table.rows.unattributable;
    }
}
