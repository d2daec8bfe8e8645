//! The set of files as such: which of them is which, and what is wrong before any is read.

use super::plan::{Plan, ResourcePlan};
use crate::finding::{Code, Facts, Gap, Group, Place, Sample, Severity};
use crate::path::collision_key;
use crate::schema::FilePattern;
use crate::source::{Extract, Member};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// What programs put behind the name of a file that is still on its way, or was left so.
const UNFINISHED: [&str; 10] = [
    ".filepart",
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".opdownload",
    ".aria2",
    ".incomplete",
];

/// The name that an unfinished file would have in the end.
fn finished_name(path: &str) -> Option<&str> {
    UNFINISHED.iter().find_map(|ending| {
        let at = path.len().checked_sub(ending.len()).filter(|&at| at > 0)?;
        path.get(at..)?.eq_ignore_ascii_case(ending).then(|| &path[..at])
    })
}

/// A path without its folders.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl Plan<'_> {
    /// Where a declared file was not found: whether it is there under the name of an unfinished
    /// transfer. Then that is the finding.
    pub(super) fn may_be_unfinished(
        &mut self,
        number: u32,
        extract: &Extract,
        path: &str,
        planned: &mut ResourcePlan<'_>,
    ) -> bool {
        let is_meant = |plain: &str| match &planned.declared.file_pattern {
            Some(pattern) => pattern.is_match(name_of(plain)),
            None => collision_key(name_of(plain)) == collision_key(name_of(path)),
        };
        let found = extract.members.iter().zip(&self.members).position(|(member, plan)| {
            !member.litter
                && plan.resource.is_none()
                && finished_name(&member.path).is_some_and(is_meant)
        });
        let (Some(at), Some(plan)) = (found, found.and_then(|at| self.members.get_mut(at))) else {
            return false;
        };
        // It belongs to the resource, but is no table yet.
        (plan.resource, plan.carries, plan.is_named) = (Some(number), true, false);
        self.sealed.push((number, at as u32));
        let place = Place { file: Some(at as u32), ..Place::default() };
        planned.findings.push(Group::single(
            Code::PartialTransfer,
            Some(number),
            Facts::Name { expected: Some(path.to_owned()), found: None },
            place,
        ));
        self.gaps.push(Gap {
            resource: Some(number),
            check: "the contents of the file".into(),
            reason: format!("the transfer of {path} was not finished"),
        });
        true
    }

    /// Unfinished files that stand for no declared one: left behind beside the whole file, or
    /// something else that nobody declared.
    pub(super) fn unfinished_files(&mut self, extract: &Extract) {
        let members = extract.members.iter().zip(&mut self.members).zip(0..);
        let mut left = Vec::new();
        for ((member, plan), number) in members {
            if plan.resource.is_none()
                && !member.litter
                && member.within.is_none()
                && finished_name(&member.path).is_some()
            {
                plan.is_unfinished = true;
                left.push(number);
            }
        }
        let mut group = files_group(Code::PartialTransfer, &left, Facts::None);
        if let Some(group) = &mut group {
            group.severity = Severity::Warning;
        }
        self.findings.extend(group);
    }

    /// Batch, date, agreement: what a file's name says must agree across all files of the batch.
    pub(super) fn agree_on_batch(&mut self) {
        let mut values: BTreeMap<String, BTreeMap<String, Vec<u32>>> = BTreeMap::new();
        for planned in &self.resources {
            let Some(pattern) = &planned.declared.file_pattern else { continue };
            for &member in &planned.members {
                let path = &self.members[member as usize].shown;
                let groups = pattern.groups(name_of(path)).unwrap_or_default();
                for (group, value) in groups.into_iter().filter(|(group, _)| *group != "part") {
                    let by_value = values.entry(group.to_owned()).or_default();
                    by_value.entry(value.to_lowercase()).or_default().push(member);
                }
            }
        }
        for (group, by_value) in values {
            if by_value.len() < 2 {
                continue;
            }
            // Of two that are equally frequent, the later one in order is taken for the usual one.
            let usual = by_value.iter().max_by_key(|(_, members)| members.len());
            let Some((usual, most)) = usual.map(|(value, of)| (value.clone(), of.len())) else {
                continue;
            };
            let mut odd: Vec<u32> = by_value
                .into_iter()
                .filter(|(value, _)| *value != usual)
                .flat_map(|(_, members)| members)
                .collect();
            odd.sort_unstable();
            let text = format!(
                "the part \"{group}\" of the file name differs from that of most files, which is \
                 \"{usual}\" in {most}"
            );
            self.findings.extend(files_group(Code::BatchMismatch, &odd, Facts::Text(text)));
        }
    }

    /// Parts of a split file are numbered without a gap, from 0 or 1 on.
    pub(super) fn parts_that_lack(&mut self) {
        /// A number as large as this is no count of parts, but a date or the like.
        const MOST: u64 = 100_000;
        for (number, planned) in (0..).zip(&mut self.resources) {
            let Some(pattern) = &planned.declared.file_pattern else { continue };
            let part = |&member: &u32| -> Option<u64> {
                let path = &self.members.get(member as usize)?.shown;
                part_of(&pattern.groups(name_of(path))?)
            };
            let mut parts: Vec<u64> = planned.members.iter().filter_map(part).collect();
            parts.sort_unstable();
            parts.dedup();
            let (Some(&first), Some(&last)) = (parts.first(), parts.last()) else { continue };
            if last > MOST {
                continue;
            }
            let lacking: Vec<u64> =
                (first.min(1)..last).filter(|part| parts.binary_search(part).is_err()).collect();
            let Some(one) = lacking.first() else { continue };
            let many = match lacking.len() {
                1 => format!("part {one} of {last} is not there"),
                several => format!("{several} parts of {last} are not there, the first is {one}"),
            };
            let mut group = Group::single(
                Code::MissingFile,
                Some(number),
                Facts::Text(many.clone()),
                Place::default(),
            );
            group.occurrences = lacking.len() as u64;
            planned.findings.push(group);
            planned.lacks_parts = true;
            self.gaps.push(Gap {
                resource: Some(number),
                check: "the contents of the file".into(),
                reason: many,
            });
        }
    }

    /// Finds the files whose content may be that of another: those of equal size.
    pub(super) fn find_twins(&mut self, extract: &Extract) {
        let mut by_size: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (number, member) in extract.delivered().iter().enumerate() {
            if member.stated_size > 0 && !member.litter && member.is_readable() {
                by_size.entry(member.stated_size).or_default().push(number);
            }
        }
        let declared =
            |&number: &usize| self.members.get(number).is_some_and(|m| m.resource.is_some());
        for files in by_size.into_values().filter(|files| files.len() > 1) {
            // What nobody declared is read only where a declared file may be the same.
            if files.iter().any(declared) {
                files.into_iter().for_each(|number| self.twins[number] = true);
            }
        }
    }

    pub(super) fn unexpected_files(&mut self, extract: &Extract, prefix: &str) {
        let is_descriptor = |path: &str| {
            path.strip_prefix(prefix).unwrap_or(path).eq_ignore_ascii_case("datapackage.json")
        };
        let unmatched = |litter: bool| -> Vec<u32> {
            let members = extract.members.iter().zip(&self.members).enumerate();
            members
                .filter(|(number, (member, _))| {
                    self.is_unexpected(*number, member)
                        && member.litter == litter
                        && !is_descriptor(&member.path)
                })
                .map(|(number, _)| number as u32)
                .collect()
        };
        let (unexpected, litter) = (unmatched(false), unmatched(true));
        self.findings.extend(files_group(Code::UnexpectedFile, &unexpected, Facts::None));
        let why = "left behind by an operating system";
        let mut litter = files_group(Code::UnexpectedFile, &litter, Facts::Text(why.into()));
        if let Some(group) = &mut litter {
            group.severity = Severity::Info;
        }
        self.findings.extend(litter);
    }
}

/// One group for several files; `None` for none.
pub(super) fn files_group(code: Code, members: &[u32], facts: Facts) -> Option<Group> {
    let place = |&member: &u32| Place { file: Some(member), ..Place::default() };
    let mut group = Group::single(code, None, facts, place(members.first()?));
    group.occurrences = members.len() as u64;
    group.last = place(members.last()?);
    group.samples =
        members.iter().map(|member| Sample { place: place(member), ..Sample::default() }).collect();
    Some(group)
}

/// The folder that holds every file of the extract, with its slash; empty where there is none.
pub(super) fn common_folder(members: &[Member]) -> String {
    let mut meant = members.iter().filter(|member| !member.litter).map(|member| &member.path);
    let Some(first) = meant.next() else { return String::new() };
    let Some(end) = first.find('/') else { return String::new() };
    let prefix = &first[..=end];
    if meant.all(|path| path.starts_with(prefix)) { prefix.to_owned() } else { String::new() }
}

/// How a member is not where it is declared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Misplaced {
    /// Under nearly the declared name: what differs.
    Named(&'static str),
    /// Under the declared name, in another folder.
    InAnotherFolder,
}

/// Finds the member of a declared path: where declared, else with other letter case, else in
/// another folder. The second part says how it differs.
pub(super) fn find(
    path: &str,
    extract: &Extract,
    prefix: &str,
) -> Option<(u32, Option<Misplaced>)> {
    let wanted = path.strip_prefix("./").unwrap_or(path);
    let inside = |member: &Member| {
        let path = member.path.as_str();
        path.strip_prefix(prefix).unwrap_or(path).to_owned()
    };
    // What was delivered under a name goes before what is inside of a file of nearly that name.
    let one = |is_inside: bool, test: &dyn Fn(&str) -> bool| {
        let mut found = extract.members.iter().enumerate().filter(|(_, member)| {
            !member.litter && member.within.is_some() == is_inside && test(&inside(member))
        });
        match (found.next(), found.next()) {
            (Some((number, _)), None) => Some(number as u32),
            _ => None,
        }
    };
    let only = |test: &dyn Fn(&str) -> bool| one(false, test).or_else(|| one(true, test));
    let name = |path: &str| collision_key(name_of(path));
    // Of two entries of one name, which the archive's findings tell of, the first is taken.
    let exact = |is_inside: bool| {
        extract.members.iter().position(|member| {
            !member.litter && member.within.is_some() == is_inside && inside(member) == wanted
        })
    };
    // The declared path may name the folder that holds all, as what was made from the extract does.
    let whole = || {
        let is = |member: &Member| !member.litter && member.path == wanted;
        extract.members.iter().position(is)
    };
    if let Some(member) = exact(false).or_else(|| exact(true)).or_else(whole) {
        return Some((member as u32, None));
    }
    if let Some(member) = only(&|path| path.nfc().eq(wanted.nfc())) {
        let how = "its name differs from the declared one only in how accents are encoded";
        return Some((member, Some(Misplaced::Named(how))));
    }
    let key = collision_key(wanted);
    if let Some(member) = only(&|path| collision_key(path) == key) {
        let how = "its name differs from the declared one in letter case only";
        return Some((member, Some(Misplaced::Named(how))));
    }
    // Where the whole extract is a workbook, a sheet may stand for the file of its name.
    let stem = name(wanted).rsplit_once('.').map_or_else(|| name(wanted), |(stem, _)| stem.into());
    let sheet = |member: &Member| {
        member.path.rsplit_once('#').is_some_and(|(_, sheet)| collision_key(sheet) == stem)
    };
    if extract.container == "workbook"
        && let Some(at) = extract.members.iter().position(|m| m.sheet.is_some() && sheet(m))
    {
        return Some((at as u32, None));
    }
    let member = only(&|path| name(path) == name(wanted))?;
    Some((member, Some(Misplaced::InAnotherFolder)))
}

/// The number of a part, as the groups of a file's name tell it.
fn part_of(groups: &[(&str, &str)]) -> Option<u64> {
    groups.iter().find(|(group, _)| *group == "part")?.1.parse().ok()
}

/// The members whose names match, ordered by their `part`, then by path.
pub(super) fn matching(pattern: &FilePattern, members: &[Member]) -> Vec<u32> {
    let mut found: Vec<(u64, u32)> = members
        .iter()
        .enumerate()
        .filter(|(_, member)| !member.litter)
        .filter_map(|(number, member)| {
            let name = name_of(&member.path);
            let groups = pattern.groups(name)?;
            Some((part_of(&groups).unwrap_or(0), number as u32))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, number)| number).collect()
}
