//! What the sender himself says of the delivery: a manifest that lists its files, and a last record
//! that counts those before it.
//!
//! A manifest is a table of the extract like any other, and its rows are checked as such. Beside
//! that its bytes are kept until all is read, and then compared with what was read.

use super::collect::Collector;
use super::delivery::files_group;
use super::header::Columns;
use super::measure::Measured;
use super::{Check, TableReading};
use crate::digest::Digest;
use crate::finding::{Code, Facts, FieldRef, Gap, Group, Place, Sample};
use crate::path::{collision_key, shown};
use crate::schema::{Encoding, Manifest, Table};
use crate::source::block::Block;
use crate::source::records::{Found, Records};
use crate::source::structure::{Cell, Grammar};
use crate::source::utf16;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The largest manifest that is kept, in bytes: that of a hundred thousand files has some ten
/// million.
const MOST: usize = 32 << 20;

/// A manifest file as it is read.
#[derive(Default)]
pub(super) struct Kept {
    resource: usize,
    member: u32,
    bytes: Vec<u8>,
    reading: Option<(Arc<Columns>, Grammar, Encoding)>,
    /// Whether it is longer than is kept, or was not read to its end.
    is_cut: bool,
    /// Whether it was delivered in UTF-16, so that its text is of another length.
    is_utf16: bool,
}

impl Kept {
    /// A manifest of which nothing was read yet.
    pub(super) fn new(resource: usize, member: u32) -> Self {
        Self { resource, member, ..Self::default() }
    }

    /// Whether it is this file.
    pub(super) fn is(&self, member: u32) -> bool {
        self.member == member
    }

    /// Takes the next block.
    pub(super) fn add(&mut self, block: &Block, reading: Option<&TableReading>, lost: bool) {
        if let Some(reading) = reading {
            self.reading = Some((reading.columns.clone(), reading.grammar, reading.encoding));
        }
        self.is_cut |= lost;
        let text = block.text();
        self.is_utf16 |= block.is_utf16();
        if self.bytes.len() + text.len() > MOST {
            self.is_cut = true;
        } else {
            self.bytes.extend_from_slice(text);
        }
    }

    /// The rows that have as many cells as they should.
    fn entries(&self, table: &Table, manifest: &Manifest) -> Vec<Entry> {
        let Some((columns, grammar, encoding)) = &self.reading else { return Vec::new() };
        let records = Records { grammar: *grammar, width: Some(columns.width()), reach: MOST + 1 };
        let mark = usize::from(self.bytes.starts_with(b"\xEF\xBB\xBF")) * 3;
        let mut found = Found::default();
        records.find(&self.bytes, mark, true, &mut found);
        let (mut entries, mut cells) = (Vec::new(), Vec::new());
        let (mut start, mut lines) = (mark, 0);
        for (number, &end) in found.ends.iter().enumerate() {
            let record = self.bytes.get(..end as usize).unwrap_or_default();
            let row = number as u64 + 1;
            let place = Place {
                file: Some(self.member),
                row: Some(row),
                line: Some(lines + 1),
                byte: Some(match (number, self.is_utf16) {
                    (0, _) => 0,
                    (_, false) => start as u64,
                    (_, true) => utf16::length(self.bytes.get(..start).unwrap_or_default()) as u64,
                }),
            };
            cells.clear();
            let read = grammar.exact(record, start, true, |cell| cells.push(cell));
            let text = record.get(start..).unwrap_or_default();
            lines += memchr::memchr_iter(grammar.line_end(), text).count() as u64;
            start = end as usize;
            let dialect = &table.dialect;
            let is_comment = dialect.comment_rows.contains(&row)
                || dialect.comment_char.as_ref().is_some_and(|c| text.starts_with(c.as_bytes()));
            let is_header = dialect.header && dialect.header_rows.contains(&row);
            let is_sound = read.is_some_and(|e| e.stray.is_none() && e.open_quote.is_none());
            if !is_sound || is_comment || is_header || cells.len() != columns.width() {
                continue;
            }
            let value = |field: usize| -> String {
                let cell = columns.columns.get(field).copied().flatten();
                let cell = cell.and_then(|column| cells.get(column)).copied();
                cell.map(|cell| text_of(grammar, *encoding, record, cell)).unwrap_or_default()
            };
            entries.push(Entry {
                place,
                name: value(manifest.file),
                rows: manifest.rows.map(value),
                bytes: manifest.bytes.map(value),
                hash: manifest.hash.map(|(field, _)| value(field)),
                same: manifest.same.iter().map(|&field| value(field)).collect(),
            });
        }
        entries
    }
}

/// The value of a cell as text.
fn text_of(grammar: &Grammar, encoding: Encoding, record: &[u8], cell: Cell) -> String {
    let mut scratch = Vec::new();
    let value = grammar.value(record, cell, &mut scratch);
    match encoding {
        Encoding::Windows1252 => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(value).0.into_owned()
        }
        _ => String::from_utf8_lossy(value).into_owned(),
    }
}

/// What one row of a manifest says.
struct Entry {
    place: Place,
    name: String,
    rows: Option<String>,
    bytes: Option<String>,
    hash: Option<String>,
    same: Vec<String>,
}

impl Check<'_> {
    /// Compares what the manifests say with what was read: groups by resource (`None`: the extract
    /// as a whole), and what could not be compared.
    pub(super) fn compare_listed(
        &self,
        collector: &Collector<'_, '_>,
    ) -> (Vec<(Option<u32>, Group)>, Vec<Gap>) {
        let (mut groups, mut gaps) = (Vec::new(), Vec::new());
        for kept in &collector.manifests {
            let Some(planned) = self.plan.resources.get(kept.resource) else { continue };
            let declared = planned.declared;
            let (Some(table), Some(manifest)) = (&declared.table, &declared.manifest) else {
                continue;
            };
            let number = kept.resource as u32;
            if kept.is_cut || kept.reading.is_none() {
                gaps.push(Gap {
                    resource: Some(number),
                    check: "the files that the manifest lists".into(),
                    reason: "the manifest could not be read as a whole".into(),
                });
                continue;
            }
            let entries = kept.entries(table, manifest);
            let mut listed = BTreeSet::new();
            for entry in &entries {
                match self.listed_file(&entry.name, &manifest.suffix) {
                    Some(member) => {
                        listed.insert(member);
                        self.measure(collector, entry, manifest, member, &mut groups, &mut gaps);
                    }
                    None => groups.extend(self.listed_in_vain(entry, manifest, number)),
                }
            }
            groups.extend(self.not_listed(kept, manifest, &listed).map(|group| (None, group)));
            groups.extend(
                disagreeing(&entries, table, manifest, number)
                    .into_iter()
                    .map(|group| (Some(number), group)),
            );
        }
        (groups, gaps)
    }

    /// The file of the extract that a manifest names.
    fn listed_file(&self, name: &str, suffix: &str) -> Option<u32> {
        let wanted = collision_key(&format!("{}{suffix}", name.replace('\\', "/")));
        let mut found = None;
        for (number, path) in (0..).zip(&self.plan.keys_of_paths) {
            if path.is_empty() {
                continue;
            }
            if *path == wanted {
                return Some(number);
            }
            // Without its folders, where only one file has the name.
            let ends = path.strip_suffix(&wanted).is_some_and(|folders| folders.ends_with('/'));
            if ends {
                if found.is_some() {
                    return None;
                }
                found = Some(number);
            }
        }
        found
    }

    /// A file that is listed and was not delivered, unless that is told already.
    fn listed_in_vain(
        &self,
        entry: &Entry,
        manifest: &Manifest,
        number: u32,
    ) -> Option<(Option<u32>, Group)> {
        let path = format!("{}{}", entry.name, manifest.suffix);
        let name = |path: &str| collision_key(path.rsplit(['/', '\\']).next().unwrap_or(path));
        let resource = self.plan.resources.iter().position(|planned| {
            planned.declared.paths.iter().any(|declared| name(declared) == name(&path))
                || planned.declared.file_pattern.as_ref().is_some_and(|pattern| {
                    pattern.is_match(path.rsplit(['/', '\\']).next().unwrap_or(&path))
                })
        });
        let told = resource.is_some_and(|resource| {
            let planned = self.plan.resources.get(resource);
            let told = planned.is_some_and(|planned| {
                let codes = [Code::MissingFile, Code::PartialTransfer];
                planned.members.is_empty()
                    && planned.findings.iter().any(|group| codes.contains(&group.code))
            });
            told || self.plan.sealed.iter().any(|(sealed, _)| *sealed as usize == resource)
        });
        if told {
            return None;
        }
        // The name is the sender's: it may hold what must not be shown.
        let known = resource.is_some();
        let expected = if known { path } else { shown(&path) };
        let facts = Facts::Name { expected: Some(expected), found: None };
        let group = Group::single(Code::MissingFile, Some(number), facts, entry.place);
        Some((Some(number), group))
    }

    /// Compares one file with its row of the manifest.
    fn measure(
        &self,
        collector: &Collector<'_, '_>,
        entry: &Entry,
        manifest: &Manifest,
        member: u32,
        groups: &mut Vec<(Option<u32>, Group)>,
        gaps: &mut Vec<Gap>,
    ) {
        let figures =
            manifest.rows.is_some() || manifest.bytes.is_some() || manifest.hash.is_some();
        let Some(measured) = collector.measured.get(member as usize).filter(|_| figures) else {
            return;
        };
        let plan = self.plan.members.get(member as usize);
        let resource = plan.and_then(|plan| plan.resource);
        if !measured.is_whole {
            gaps.push(Gap {
                resource,
                check: "the figures of the manifest".into(),
                reason: match plan {
                    Some(plan) => format!("{} was not read as a whole", plan.shown),
                    None => "the file was not read as a whole".into(),
                },
            });
            return;
        }
        let place = Place { file: Some(member), ..Place::default() };
        let table = resource.and_then(|at| self.plan.resources.get(at as usize)?.table.as_ref());
        let counting = table.and_then(|table| table.table.severities.of("rowCount"));
        let mut add = |code, facts| {
            let mut group = Group::single(code, resource, facts, place);
            if let (Code::RowCount, Some(severity)) = (code, counting) {
                group.severity = severity;
            }
            groups.push((resource, group));
        };
        let number =
            |text: &Option<String>| text.as_ref().and_then(|text| text.trim().parse::<u64>().ok());
        let digest = |text: &Option<String>| {
            Digest::from_hex(manifest.hash.map(|(_, algorithm)| algorithm)?, text.as_ref()?.trim())
        };
        let is_told = |text: &Option<String>| text.as_ref().is_some_and(|t| !t.trim().is_empty());
        let no_number = |text: &Option<String>| is_told(text) && number(text).is_none();
        let no_digest = is_told(&entry.hash) && digest(&entry.hash).is_none();
        if no_number(&entry.bytes) || no_number(&entry.rows) || no_digest {
            let what = if no_digest { "what it gives is no such digest" } else { "no number" };
            gaps.push(Gap {
                resource,
                check: "the figures of the manifest".into(),
                reason: match plan {
                    Some(plan) => format!("{}: {what}", plan.shown),
                    None => what.into(),
                },
            });
        }
        // What follows from another size is not told again.
        match number(&entry.bytes).filter(|&bytes| bytes != measured.bytes) {
            Some(expected) => {
                let short = measured.bytes < expected;
                let code = if short { Code::PartialTransfer } else { Code::ByteCount };
                add(code, Facts::Count { what: "bytes", expected, found: measured.bytes });
            }
            None => {
                if let (Some(expected), Some(digest)) = (digest(&entry.hash), &measured.digest)
                    && expected != *digest
                {
                    let algorithm = expected.algorithm.name();
                    let (expected, found) = (expected.to_string(), digest.to_string());
                    add(Code::HashCount, Facts::Digest { algorithm, expected, found });
                }
                let is_other = |&rows: &u64| measured.knows_rows && rows != measured.rows;
                if let Some(expected) = number(&entry.rows).filter(is_other) {
                    let found = measured.rows;
                    add(Code::RowCount, Facts::Count { what: "rows", expected, found });
                }
            }
        }
    }

    /// Declared files that a manifest does not list, though it lists others.
    fn not_listed(
        &self,
        kept: &Kept,
        manifest: &Manifest,
        listed: &BTreeSet<u32>,
    ) -> Option<Group> {
        let name = |path: &str| collision_key(path.rsplit('/').next().unwrap_or(path));
        let unlisted: BTreeSet<String> = manifest.unlisted.iter().map(|path| name(path)).collect();
        let is_other = |(number, plan): &(u32, &super::plan::MemberPlan)| {
            let path = self.plan.keys_of_paths.get(*number as usize);
            plan.resource.is_some_and(|resource| resource as usize != kept.resource)
                && !plan.is_inside
                && !listed.contains(number)
                && path.is_some_and(|path| !unlisted.contains(&name(path)))
        };
        let others: Vec<u32> =
            (0..).zip(&self.plan.members).filter(is_other).map(|(number, _)| number).collect();
        let text = "the manifest does not list it";
        files_group(Code::UnexpectedFile, &others, Facts::Text(text.into()))
    }

    /// Files of the same content: the first of each set is named in the finding on the others.
    pub(super) fn same_content(&self, measured: &[Measured]) -> Vec<Group> {
        let mut by_content: BTreeMap<(u64, u128), Vec<u32>> = BTreeMap::new();
        for (number, measured) in (0..).zip(measured) {
            let plan = self.plan.members.get(number as usize);
            let resource = plan.and_then(|plan| plan.resource);
            let is_table =
                resource.is_some_and(|r| self.plan.tables.get(r as usize) == Some(&true));
            // Tables without rows hold nothing that could count twice.
            let has_content = !is_table || measured.rows > 0 || !measured.knows_rows;
            if let Some(content) = measured.content.filter(|_| measured.is_whole && has_content) {
                by_content.entry((measured.bytes, content)).or_default().push(number);
            }
        }
        let mut groups: Vec<Group> = by_content
            .into_values()
            .filter_map(|mut files| {
                // What is declared is the original, what nobody knows its copy.
                let plan = |file: u32| self.plan.members.get(file as usize);
                let original = files
                    .iter()
                    .position(|&file| plan(file).is_some_and(|plan| plan.resource.is_some()));
                let first = files.remove(original.unwrap_or(0));
                let text = format!("the same bytes as {}", plan(first)?.shown);
                files_group(Code::DuplicateContent, &files, Facts::Text(text))
            })
            .collect();
        groups.sort_by_key(|group| group.first);
        groups
    }
}

/// Values that should be the same in all rows of a manifest, and are not.
fn disagreeing(entries: &[Entry], table: &Table, manifest: &Manifest, number: u32) -> Vec<Group> {
    let mut groups = Vec::new();
    for (index, &field) in manifest.same.iter().enumerate() {
        let value = |entry: &Entry| entry.same.get(index).cloned().unwrap_or_default();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        // A row that says nothing does not disagree.
        for entry in entries.iter().filter(|entry| !value(entry).is_empty()) {
            *times.entry(value(entry)).or_default() += 1;
        }
        let Some(usual) = times.iter().max_by_key(|(_, times)| **times).map(|(v, _)| v.clone())
        else {
            continue;
        };
        let odd: Vec<Place> = entries
            .iter()
            .filter(|entry| !value(entry).is_empty() && value(entry) != usual)
            .map(|entry| entry.place)
            .collect();
        let (Some(&first), Some(&last)) = (odd.first(), odd.last()) else { continue };
        let text = "the manifest gives another value here than for most files";
        let mut group =
            Group::single(Code::BatchMismatch, Some(number), Facts::Text(text.into()), first);
        let name = table.fields.get(field).map(|field| field.name.clone()).unwrap_or_default();
        group.fields = vec![FieldRef { number: field as u32 + 1, name }];
        group.occurrences = odd.len() as u64;
        group.last = last;
        group.samples =
            odd.into_iter().map(|place| Sample { place, ..Sample::default() }).collect();
        groups.push(group);
    }
    groups
}
