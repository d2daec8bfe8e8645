//! Merging what the workers found, in the order of the blocks, into the outcome.

use super::join::{self, Spot};
use super::key::{KeyForms, Relation};
use super::manifest::Kept;
use super::measure::Measured;
use super::row::{LineEnds, SeenTrailer};
use super::table::TablePlan;
use super::tally::{RowSlot, Slot};
use super::task::Collected;
use super::{Check, Checked, File, Lost, Outcome, Task, Watch, Work, Worker, category, is_error};
use crate::attribution::{self, Attributed};
use crate::digest::{Digest, Hasher};
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Group, Place, Sample, Severity};
use crate::pipeline::Stage;
use crate::schema::{Resource, Role};
use crate::source::block::Block;
use siphasher::sip128::SipHasher13;
use std::collections::BTreeMap;

impl<'s> Check<'s> {
    /// What merges the workers' findings.
    pub fn collector(&self) -> Collector<'_, 's> {
        let resources = self
            .plan
            .resources
            .iter()
            .map(|planned| Collected { groups: planned.findings.clone(), ..Collected::default() });
        Collector {
            check: self,
            starts: Vec::new(),
            bytes: vec![0; self.plan.members.len()],
            hasher: None,
            line_ends: LineEnds::default(),
            resources: resources.collect(),
            groups: self.plan.findings.clone(),
            gaps: self.plan.gaps.clone(),
            named: vec![false; self.plan.members.len()],
            key_forms: vec![KeyForms::default(); self.plan.relations.len()],
            measured: vec![Measured::default(); self.plan.members.len()],
            listed: None,
            content: None,
            last_record: None,
            manifests: self.plan.manifests(),
        }
    }

    /// An outcome that names files and tables, without any finding.
    pub(super) fn named(&self) -> Outcome {
        let files = self.plan.members.iter().map(|member| File {
            shown: member.shown.clone(),
            resource: member.resource,
            ..File::default()
        });
        let tasks = self
            .plan
            .resources
            .iter()
            .map(|planned| Task { name: planned.declared.name.clone(), ..Task::default() });
        Outcome { files: files.collect(), tasks: tasks.collect(), ..Outcome::default() }
    }

    /// Tells of what one block has.
    pub(super) fn tell(
        &self,
        work: &Work,
        checked: &Checked,
        named: &mut Outcome,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let resource = self.plan.members.get(work.block.member as usize).and_then(|m| m.resource);
        let planned = resource.and_then(|r| self.plan.resources.get(r as usize));
        if let (Some(reading), Some(task)) =
            (&work.reading, resource.and_then(|r| named.tasks.get_mut(r as usize)))
            && task.labels.is_empty()
        {
            task.labels.clone_from(&reading.columns.labels);
        }
        let counted = planned.and_then(|planned| planned.table.as_ref());
        let counted = counted
            .map(|table| checked.0.tally.clone().into_groups(table, &checked.0.counts.cells));
        for group in work.found.iter().cloned().chain(counted.unwrap_or_default()) {
            let mut group = group;
            self.plan.without_lines(&mut group);
            watch(named, &group)?;
        }
        Ok(())
    }

    /// As [`Check::finish`]; also gives whose the rows are, if [`Check::with_lists`] was asked for.
    /// # Errors
    /// As [`Check::finish`].
    pub fn finish_attributed(
        &self,
        collector: Collector<'_, '_>,
        workers: Vec<Worker>,
    ) -> Result<(Outcome, Option<Attributed>)> {
        let (mut stores, mut shares) = (Vec::new(), Vec::new());
        for worker in workers {
            stores.push(worker.0.store);
            shares.extend(worker.0.gatherer);
        }
        self.options.progress.begin(Stage::Joining, 0);
        let joined = join::join(
            &stores,
            &self.plan.relations,
            &self.known,
            self.options.samples.max(self.options.key_samples),
            self.options.memory / 8,
            self.options.jobs,
            &self.options.interrupt,
        )?;
        let (listed, unlisted) = self.compare_listed(&collector);
        let same = self.same_content(&collector.measured);
        let (unnamed, unnamed_gap) = self.unnamed(&collector.named, &collector.resources);
        let Collector { starts, bytes, mut resources, mut groups, mut gaps, key_forms, .. } =
            collector;
        groups.extend(same);
        groups.extend(unnamed);
        gaps.extend(unnamed_gap);
        gaps.extend(unlisted);
        for (resource, group) in listed {
            match resource.and_then(|resource| resources.get_mut(resource as usize)) {
                Some(collected) => collected.groups.push(group),
                None => groups.push(group),
            }
        }
        let mut patients: BTreeMap<u32, u64> = BTreeMap::new();
        for (number, joined) in joined.into_iter().enumerate() {
            let Some(relation) = self.plan.relations.get(number) else { continue };
            if let Some(resource) = self.plan.relations.patients(number) {
                patients.insert(resource, joined.keys);
            }
            if let Some(gap) = self.unchecked(relation, &resources) {
                gaps.push(gap);
                continue;
            }
            if joined.occurrences > 0 {
                let of = |number: usize| key_forms.get(number).copied().unwrap_or_default();
                let parent = match relation {
                    Relation::Child(child) => of(child.parent as usize),
                    Relation::Parent(_) => KeyForms::default(),
                };
                let forms = (of(number), parent);
                let (resource, group) = self.key_group(relation, joined, forms, &starts);
                if let Some(collected) = resources.get_mut(resource as usize) {
                    collected.groups.push(group);
                }
            }
        }
        drop(stores);
        let attributed = match shares.is_empty() {
            true => None,
            false => Some(attribution::resolve(
                shares,
                (self.options.memory / 4, self.options.jobs, &self.options.temp_dir),
            )?),
        };
        for group in attributed.iter().flat_map(|found| self.conflicts(found)) {
            let resource = group.resource.and_then(|at| resources.get_mut(at as usize));
            resource.into_iter().for_each(|collected| collected.groups.push(group.clone()));
        }
        for group in self.early(attributed.as_ref(), &starts, &mut gaps) {
            let resource = group.resource.and_then(|at| resources.get_mut(at as usize));
            resource.into_iter().for_each(|collected| collected.groups.push(group.clone()));
        }
        if let Some(found) = attributed
            .as_ref()
            .filter(|_| self.attribution.as_ref().is_some_and(|plan| plan.has_steps()))
        {
            let of = |file: u32| self.plan.members.get(file as usize)?.resource;
            for (resource, count) in found.distant(&of)? {
                patients.insert(resource, count);
            }
        }
        let mut outcome = Outcome { schema: self.used.clone(), groups, gaps, ..Outcome::default() };
        outcome.files = self
            .plan
            .members
            .iter()
            .zip(&bytes)
            .map(|(member, &bytes)| File {
                shown: member.shown.clone(),
                bytes,
                digest: None,
                resource: member.resource,
            })
            .collect();
        for (planned, collected) in self.plan.resources.iter().zip(resources) {
            let number = outcome.tasks.len();
            let (mut task, profile) = collected.into_task(
                planned,
                &bytes,
                patients.get(&(number as u32)).copied(),
                self.options.samples,
                &mut outcome.gaps,
            );
            outcome.profile.extend(profile);
            let sealed = self.plan.sealed.iter().filter(|(r, _)| *r as usize == number);
            task.files.extend(sealed.map(|(_, member)| member));
            outcome.tasks.push(task);
        }
        if let Some(schema) = self.schema {
            outcome.categories = category::categories(schema, &outcome.tasks);
        }
        for group in outcome.tasks.iter_mut().flat_map(|task| &mut task.groups) {
            self.plan.without_lines(group);
        }
        outcome.groups.sort_by_key(group_order);
        outcome.gaps.sort();
        outcome.gaps.dedup();
        Ok((outcome, attributed))
    }
}

/// The order of groups in a report: the catalogue's, then by fields, then by position.
pub(super) fn group_order(group: &Group) -> (Code, Vec<u32>, Place) {
    (group.code, group.fields.iter().map(|field| field.number).collect(), group.first)
}

/// Where a block begins.
pub(super) struct Start {
    member: u32,
    row: u64,
    line: u64,
    byte: u64,
}

pub(super) fn place(starts: &[Start], spot: Spot) -> Place {
    let (row, line, byte) = spot.at.parts();
    starts.get(spot.block as usize).map_or_else(Place::default, |start| Place {
        file: Some(start.member),
        row: Some(start.row + row),
        line: Some(start.line + line),
        byte: Some(start.byte + byte),
    })
}

/// Merges what the workers found, in the order of the blocks.
pub struct Collector<'c, 's> {
    pub(super) check: &'c Check<'s>,
    starts: Vec<Start>,
    bytes: Vec<u64>,
    hasher: Option<Hasher>,
    line_ends: LineEnds,
    pub(super) resources: Vec<Collected>,
    groups: Vec<Group>,
    gaps: Vec<Gap>,
    /// For each member: whether a row names it as a document.
    named: Vec<bool>,
    /// For each relation: how its keys are written.
    key_forms: Vec<KeyForms>,
    /// What was read of each file.
    pub(super) measured: Vec<Measured>,
    /// The digest of the file at hand that a manifest compares.
    pub(super) listed: Option<Hasher>,
    /// The keyed hash of the content of the file at hand.
    pub(super) content: Option<SipHasher13>,
    /// The trailer of the file at hand.
    pub(super) last_record: Option<SeenTrailer>,
    /// The manifests, as they are read.
    pub(super) manifests: Vec<Kept>,
}

impl Collector<'_, '_> {
    /// Adds one block's findings. Blocks come in reading order.
    pub fn add(&mut self, work: &Work, checked: Checked) {
        let block = &work.block;
        self.starts.push(Start {
            member: block.member,
            row: block.first_row,
            line: block.first_line,
            byte: block.first_byte,
        });
        let member = block.member as usize;
        self.bytes[member] += block.bytes.len() as u64;
        self.gaps.extend(work.gaps.iter().cloned());
        self.measure(work, checked.0.rows);
        self.trailer(work, &checked.0);
        let resource = self.check.plan.members[member].resource;
        let Some(collected) = resource.and_then(|r| self.resources.get_mut(r as usize)) else {
            self.groups.extend(work.found.iter().cloned());
            return;
        };
        collected.groups.extend(work.found.iter().cloned());
        collected.rows += checked.0.rows;
        let samples = self.check.options.samples;
        if let Some(place) = collected.trail.append(checked.0.trail, block.index == 0) {
            let mut counted = collected.tally.add(Slot::row(RowSlot::TimeReversal), samples);
            let wants_sample = counted.wants_sample;
            counted.at(place);
            if wants_sample {
                counted.sample(Sample { place, ..Sample::default() });
            }
        }
        collected.tally.append(checked.0.tally, samples);
        let role = resource.map(|r| self.check.plan.resources[r as usize].declared.role);
        if role == Some(Some(Role::AuditTrail)) {
            collected.by_file.add(block.member, checked.0.rows, &checked.0.counts.years);
        }
        collected.counts.append(checked.0.counts);
        for member in checked.0.named {
            self.named[member as usize] = true;
        }
        for (relation, forms) in checked.0.key_forms {
            if let Some(all) = self.key_forms.get_mut(relation as usize) {
                all.append(forms);
            }
        }
        if block.index == 0 {
            self.line_ends = LineEnds::default();
        }
        self.line_ends.append(checked.0.line_ends);
        if block.last {
            collected.groups.extend(mixed_line_ends(self.line_ends, resource));
            let planned = resource.and_then(|r| self.check.plan.resources.get(r as usize));
            let table = planned.and_then(|planned| planned.table.as_ref());
            collected.groups.extend(table.and_then(|t| other_line_ends(self.line_ends, t)));
        }
        if let (0, Some(reading)) = (block.index, &work.reading) {
            collected.columns = reading.columns.width() as u64;
            collected.labels.clone_from(&reading.columns.labels);
            collected.lacking.extend(&reading.columns.lacking);
        }
        collected.lost_rows |= work.lost.rows || work.lost.bytes;
        let declared = resource.map(|r| (r, self.check.plan.resources[r as usize].declared));
        if let Some((number, declared)) = declared {
            let whole = self.check.plan.is_whole(block.member, declared);
            self.compare_file(number, declared, block, whole, work.lost);
        }
    }

    /// Compares size and digest of a whole file with what is declared, once its last block is here.
    ///
    /// What follows from another finding is not told again: an empty file has neither the declared
    /// size nor the declared digest, and a file of another size has another digest.
    /// `whole`: the declared size and digest are those of this very file.
    fn compare_file(
        &mut self,
        number: u32,
        declared: &Resource,
        block: &Block,
        whole: bool,
        lost: Lost,
    ) {
        if let Some(expected) = declared.hash.as_ref().filter(|_| whole) {
            let hasher = self.hasher.get_or_insert_with(|| Hasher::new(expected.algorithm));
            hasher.update(&block.bytes);
        }
        if !block.last {
            return;
        }
        let digest: Option<Digest> = self.hasher.take().map(Hasher::finish);
        if lost.bytes {
            return;
        }
        let place = Place { file: Some(block.member), ..Place::default() };
        let bytes = self.bytes[block.member as usize];
        let collected = &mut self.resources[number as usize];
        let mut add = |code, facts| {
            collected.groups.push(Group::single(code, Some(number), facts, place));
        };
        let carries = self.check.plan.members[block.member as usize].carries;
        if bytes <= u64::from(block.skip) && !carries {
            add(Code::EmptyFile, Facts::None);
            collected.lost_rows = true;
        } else if let Some(expected) = declared.bytes.filter(|&n| whole && n != bytes) {
            add(Code::ByteCount, Facts::Count { what: "bytes", expected, found: bytes });
        } else if let (Some(expected), Some(digest)) = (&declared.hash, digest)
            && *expected != digest
        {
            let algorithm = expected.algorithm.name();
            let (expected, found) = (expected.to_string(), digest.to_string());
            add(Code::HashCount, Facts::Digest { algorithm, expected, found });
        }
    }

    /// Whether an error finding was added so far.
    pub fn has_errors(&self) -> bool {
        let found = |collected: &Collected| {
            collected.tally.has_errors() || collected.groups.iter().any(is_error)
        };
        self.groups.iter().any(is_error) || self.resources.iter().any(found)
    }
}

/// The finding of a file whose records end in more than one way.
fn mixed_line_ends(ends: LineEnds, resource: Option<u32>) -> Option<Group> {
    let LineEnds { both, feed, .. } = ends;
    let fewer = if both.count < feed.count { both } else { feed };
    let place = fewer.first?;
    if both.count == 0 || feed.count == 0 {
        return None;
    }
    let text = format!("{} rows end with CR and LF, {} with LF alone", both.count, feed.count);
    Some(Group::single(Code::MixedLineEndings, resource, Facts::Text(text), place))
}

/// The finding of a file none of whose records ends as its dialect declares. Where some do, the
/// others are told as mixed.
fn other_line_ends(ends: LineEnds, table: &TablePlan<'_>) -> Option<Group> {
    let declared = table.table.dialect.line_terminator.as_deref().filter(|_| !table.is_sheet)?;
    let all = [
        ("\r\n", "CR and LF", ends.both),
        ("\n", "LF alone", ends.feed),
        ("\r", "CR alone", ends.carriage),
    ];
    let wanted = all.iter().find(|(end, ..)| *end == declared)?;
    let other =
        all.iter().filter(|(.., counted)| counted.count > 0).max_by_key(|one| one.2.count)?;
    if wanted.2.count > 0 {
        return None;
    }
    let text = format!("rows should end with {}, and end with {}", wanted.1, other.1);
    let place = Place { file: other.2.first?.file, ..Place::default() };
    let facts = Facts::Text(text);
    let mut group = Group::single(Code::DialectMismatch, Some(table.resource), facts, place);
    // The rows are read as they are.
    group.severity = Severity::Warning;
    Some(group)
}
