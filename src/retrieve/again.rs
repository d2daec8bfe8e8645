//! What an export says in words, made again from its proven rows and compared.
//!
//! No proof covers the page, the custody record and `VERIFY.txt`, and nobody signed them: whoever has
//! an export could change them and make its manifests anew. So a verifier makes them again. What it
//! cannot make again is who asked, when and why.

use super::cells::Values;
use super::gather::{describe, is_undated, layouts, named_documents, shows};
use super::opened::Opened;
use super::timeline::Timeline;
use super::told::{Asker, Told, WORDS};
use super::{FileCounts, schema};
use crate::attribution::Plan;
use crate::bag::layout;
use crate::bag::tag::{self, Info};
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Group, Place, Severity};
use crate::path::shown;
use crate::proof::bundle::{Bundle, Kind};
use crate::proof::checkpoint::Checkpoint;
use crate::proof::hex;
use crate::proof::leaves::{File, Leaf};
use crate::proof::list::{Day, Entry};
use crate::report::record::Item;
use crate::schema::Schema;
use crate::verify::{Outcome, Verdict, Words};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Labels of an export's `bag-info.txt`.
const LABELS: [&str; 9] = [
    tag::PROFILE_LABEL,
    "Bagging-Date",
    tag::TIME_LABEL,
    tag::IDENTIFIER_LABEL,
    tag::OXUM_LABEL,
    tag::SOURCE_LABEL,
    tag::SOURCE_TIME_LABEL,
    AGENT_LABEL,
    "Bag-Size",
];
const AGENT_LABEL: &str = "Bag-Software-Agent";

/// Compares what the export at `path` says in words with its rows, and adds what was found to the
/// outcome of verifying it. What is no export, or proves nothing, is left as it is. `key` is one that
/// nobody knows: keys of rows are compared by hashes under it.
///
/// # Errors
/// Where the export cannot be read any more.
pub fn again(path: &Path, outcome: &mut Outcome, key: [u8; 16]) -> Result<()> {
    if !outcome.verdict.is_intact() || outcome.proven.is_none() {
        return Ok(());
    }
    let export = Opened::new(path)?;
    let read = |path: &str| Ok::<_, crate::error::Error>(export.read(path)?.unwrap_or_default());
    let bundle: Option<Bundle> = serde_json::from_slice(&read(layout::BUNDLE)?).ok();
    let checkpoint = Checkpoint::parse(&read(layout::CHECKPOINT)?);
    let (Some(bundle), Some(checkpoint), Ok((schema, _))) = (bundle, checkpoint, schema(&export))
    else {
        outcome.gaps.push(Gap {
            resource: None,
            check: "whether the page says what the rows say".into(),
            reason: "this version cannot read the export's descriptor".into(),
        });
        return Ok(());
    };
    unproven(outcome, &schema);
    let custody = read(layout::CUSTODY)?;
    let asker: Option<Asker> = serde_json::from_slice(&custody).ok();
    let mut differing = Vec::new();
    let severity = match &asker {
        // Another version may say the same in other words.
        Some(asker) if asker.words > 0 && asker.words != WORDS => Severity::Warning,
        _ => Severity::Error,
    };
    match &asker {
        None => differing.push(layout::CUSTODY),
        Some(asker) => {
            let rows = Rows::read(&export, &bundle, &schema, key)?;
            let root = hex(&checkpoint.root);
            let mut told = rows.told(&schema, &bundle, asker, &checkpoint.origin, &root);
            let made = [
                (layout::RECORD, told.page()),
                (layout::CUSTODY, told.custody()?),
                (layout::VERIFY, told.guide()),
            ];
            for (path, bytes) in made {
                if read(path)? != bytes {
                    differing.push(path);
                }
            }
            if !fits(&outcome.info, asker) {
                differing.push(layout::BAG_INFO);
            }
        }
    }
    outcome.words = if differing.is_empty() { Words::Same } else { Words::Other };
    let text = match severity {
        Severity::Error => "it was changed after the export was made",
        _ => {
            "it was changed, or made by a version with other words, as it says: rely on the rows in \
             data/rows/ alone"
        }
    };
    for path in differing {
        add(outcome, Code::RecordDiffers, severity, text, path);
    }
    if outcome.words == Words::Other && severity == Severity::Error {
        outcome.verdict = Verdict::Altered;
    }
    outcome.groups.sort_by_key(|group| (group.code, group.first));
    Ok(())
}

/// Adds a finding about a file.
fn add(outcome: &mut Outcome, code: Code, severity: Severity, text: &str, path: &str) {
    let file = outcome.files.iter().position(|file| file.shown == shown(path));
    let file = file.and_then(|file| u32::try_from(file).ok());
    let place = Place { file, ..Place::default() };
    let text = match file {
        Some(_) => text.to_owned(),
        None => format!("{path} is not there"),
    };
    let mut group = Group::single(code, None, Facts::Text(text), place);
    group.severity = severity;
    outcome.groups.push(group);
}

/// Says which files beside the rows no proof covers and no verifier makes again.
fn unproven(outcome: &mut Outcome, schema: &Schema) {
    let parts: BTreeSet<String> =
        schema.parts.iter().map(|(path, _)| shown(&format!("metadata/{path}"))).collect();
    let mut found = Vec::new();
    for file in outcome.files.iter().filter(|file| !file.payload) {
        let known = [
            layout::BUNDLE,
            layout::CHECKPOINT,
            layout::CUSTODY,
            layout::DESCRIPTOR,
            layout::VERIFY,
            layout::BLOCKS,
            layout::BAG_INFO,
            layout::DECLARATION,
        ];
        let is_known = known.contains(&file.shown.as_str())
            || layout::manifest_name(&file.shown).is_some()
            || file.shown.starts_with("signatures/");
        if !is_known {
            let text = match parts.contains(&file.shown) {
                true => "the descriptor refers to it, and the proofs cover the descriptor alone",
                false => "it is no part of an export",
            };
            found.push((file.shown.clone(), text));
        }
    }
    for (path, text) in found {
        add(outcome, Code::FileUnproven, Code::FileUnproven.severity(), text, &path);
    }
}

/// Whether `bag-info.txt` says what it says in every export, and the same time and program as the
/// custody record.
fn fits(info: &Info, asker: &Asker) -> bool {
    let agent = format!("{} {}", asker.tool.name, asker.tool.version);
    info.get(tag::TIME_LABEL) == Some(asker.time.as_str())
        && info.get(AGENT_LABEL) == Some(agent.as_str())
        && info.0.iter().all(|(label, _)| LABELS.contains(&label.as_str()))
}

/// What the shown rows come to.
#[derive(Default)]
struct Rows {
    ids: Vec<String>,
    facts: Vec<(String, String)>,
    counts: Vec<FileCounts>,
    items: Vec<Item>,
    unattributable: u64,
    missing_documents: u64,
}

impl Rows {
    fn read(export: &Opened, bundle: &Bundle, schema: &Schema, key: [u8; 16]) -> Result<Self> {
        let leaves: BTreeMap<u64, Leaf> = bundle
            .package
            .leaves
            .iter()
            .filter_map(|shown| Some((shown.index, Leaf::parse(shown.line.as_bytes())?)))
            .collect();
        let files = || {
            leaves.values().filter_map(|leaf| match leaf {
                Leaf::File(file) => Some(file),
                _ => None,
            })
        };
        let mut out = Self::default();
        let mut counts: BTreeMap<u64, FileCounts> = BTreeMap::new();
        let entries = out.lists(bundle, &leaves, &mut counts);
        let plan = Plan::new(schema, key);
        let layouts = layouts(files(), schema);
        let mut timeline = Timeline::default();
        let mut documents: BTreeSet<String> = BTreeSet::new();
        let mut shown_files: Vec<&File> = Vec::new();
        for shown in &bundle.files {
            let Some(Leaf::File(file)) = leaves.get(&shown.leaf) else { continue };
            shown_files.push(file);
            let own = counts.entry(file.number).or_default();
            own.without_proof = shown.without_proof;
            let bytes = export.read(&shown.path)?.unwrap_or_default();
            let mut rest = bytes.as_slice();
            for row in &shown.rows.leaves {
                let length = usize::try_from(row.length).unwrap_or(usize::MAX);
                let Some((record, after)) = rest.split_at_checked(length) else { break };
                rest = after;
                own.references += u64::from(row.kind == Kind::Reference);
                let Some(layout) = layouts.get(&file.number) else { continue };
                let values = || -> Values { layout.values(record) };
                match row.kind {
                    Kind::Patient => {
                        let values = values();
                        named_documents(layout, &values, &mut documents);
                        if let Some(entry) = entries.get(&(file.number, row.index)) {
                            timeline.add((schema, &plan), layout, &values, *entry, file.number);
                        }
                    }
                    Kind::Reference => {
                        if let Some(table) = plan.table(layout.resource) {
                            let place = (file.number, row.index);
                            timeline.refer(&plan, table, layout, &values(), place);
                        }
                    }
                    Kind::Header | Kind::Document => {}
                }
            }
        }
        for (number, own) in &mut counts {
            if let Some(file) = files().find(|file| file.number == *number) {
                describe(own, file);
            }
        }
        out.items = timeline.finish();
        out.counts = counts.into_values().collect();
        out.unattributable = files()
            .filter_map(|file| Some(file.table.as_ref()?.rows.unattributable))
            .fold(0, u64::saturating_add);
        let is_missing = |name: &&String| !shown_files.iter().any(|file| shows(file, name));
        out.missing_documents = documents.iter().filter(is_missing).count() as u64;
        Ok(out)
    }

    /// What the lists say: identifiers, counts, and by file and leaf the entry of each row.
    fn lists(
        &mut self,
        bundle: &Bundle,
        leaves: &BTreeMap<u64, Leaf>,
        counts: &mut BTreeMap<u64, FileCounts>,
    ) -> BTreeMap<(u64, u64), Entry> {
        let mut entries = BTreeMap::new();
        if let Some(Leaf::Package { facts }) = leaves.get(&0) {
            self.facts.clone_from(facts);
        }
        let Some(range) = bundle.asked.range() else { return entries };
        let day = |text: &Option<String>| text.as_deref().and_then(Day::parse).unwrap_or_default();
        for list in &bundle.lists {
            let Some(Leaf::Patient(patient)) = leaves.get(&list.leaf) else { continue };
            self.ids.push(patient.id.clone());
            let mut begin = 0_u64;
            for (file, count) in &patient.files {
                let end = begin.saturating_add(*count);
                let own = counts.entry(*file).or_default();
                let mut matched = 0_u64;
                for shown in &list.entries.leaves {
                    let entry = Entry {
                        event: day(&shown.event),
                        recorded: day(&shown.recorded),
                        row: shown.row,
                    };
                    if (begin..end).contains(&shown.index) && range.has(&entry) {
                        matched += 1;
                        own.undated += u64::from(is_undated(&entry, &range));
                        entries.insert((*file, entry.row.saturating_sub(1)), entry);
                    }
                }
                own.matched = own.matched.saturating_add(matched);
                own.outside = own.outside.saturating_add(count.saturating_sub(matched));
                begin = end;
            }
        }
        entries
    }

    fn told<'t>(
        self,
        schema: &'t Schema,
        bundle: &'t Bundle,
        asker: &'t Asker,
        origin: &'t str,
        root: &'t str,
    ) -> Told<'t> {
        Told {
            schema,
            asked: &bundle.asked,
            asker,
            ids: self.ids,
            facts: self.facts,
            origin,
            root,
            items: self.items,
            counts: self.counts,
            unattributable: self.unattributable,
            missing_documents: self.missing_documents,
        }
    }
}
