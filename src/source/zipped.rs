//! An extract that is a zip archive.
//!
//! Two readers look at it: ours, which believes nothing, and the `zip` crate's. Where they do not
//! see the same entries, other people's tools will not either, and that is a finding. Bytes are
//! always ours.

use super::{Archived, Handle, Limits, Listing, Member, Seal, Stamp, check_stamp};
use crate::archive::read::{Archive, EntryReader, Limits as ArchiveLimits};
use crate::error::{Error, Result};
use crate::finding::{Code, Facts, Gap, Group, Place};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The methods of compression that are read: stored, deflate, deflate64.
const METHODS: [u16; 3] = [0, 8, 9];

/// The archive behind an extract.
pub(super) struct Zipped {
    path: PathBuf,
    stamp: Stamp,
    archive: Archive,
}

impl std::fmt::Debug for Zipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zipped").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Opens an archive and lists its files.
pub(super) fn open(path: &Path, stamp: Stamp, limits: &Limits) -> Result<Listing> {
    let archive_limits = ArchiveLimits {
        entries: limits.files as u64,
        ratio: limits.expansion,
        methods: &METHODS,
        ..ArchiveLimits::default()
    };
    let (archive, mut findings) = Archive::open(path, &archive_limits)?;
    let cut = findings.iter().any(|group| group.code == Code::ArchiveLimit)
        && archive.entries.len() >= limits.files;
    // Where ours sees that the archive can be read in two ways, a second one has nothing to add.
    let known = findings
        .iter()
        .any(|group| matches!(group.code, Code::AmbiguousArchive | Code::UnreadableArchive));
    if !cut && !known {
        findings.extend(disagreement(path, &archive)?);
    }
    let mut members = Vec::new();
    let mut listed = vec![None; archive.entries.len()];
    for (number, entry) in archive.entries.iter().enumerate() {
        if entry.directory || entry.special {
            continue;
        }
        // A name that is not safe is a finding of the archive; nothing is read under it.
        let Ok(inside) = entry.path() else { continue };
        if let Some(listed) = listed.get_mut(number) {
            *listed = u32::try_from(members.len()).ok();
        }
        let handle = Handle::Entry(number);
        let mut member = Member::delivered(inside.as_str().to_owned(), entry.size, handle);
        if entry.encrypted {
            member.seal = Some(Seal::itself("its entry in the archive is encrypted"));
        } else if !METHODS.contains(&entry.method) {
            let reason = format!("its entry is compressed by method {}", entry.method);
            member.seal = Some(Seal::itself(&reason));
        }
        members.push(member);
    }
    // The findings count entries, a report counts members.
    let moved = |file: &mut Option<u32>| {
        *file = file.and_then(|entry| listed.get(entry as usize).copied().flatten());
    };
    for group in &mut findings {
        moved(&mut group.first.file);
        moved(&mut group.last.file);
        group.samples.iter_mut().for_each(|sample| moved(&mut sample.place.file));
    }
    hold_back(&mut members, limits.unpacked(archive.length()));
    let mut gaps = Vec::new();
    if archive.entries.is_empty() && !findings.is_empty() {
        gaps.push(Gap {
            resource: None,
            check: "everything in the archive".into(),
            reason: "its directory cannot be read".into(),
        });
    }
    if cut {
        let reason = format!("there are more than {} entries", limits.files);
        gaps.push(Gap { resource: None, check: "the rest of the archive".into(), reason });
    }
    let archive = Archived::Zip(Zipped { path: path.to_path_buf(), stamp, archive });
    Ok(Listing { container: "zip archive", members, findings, gaps, archive })
}

/// Entries are read, in the order of their paths, until together they would be more than `most`
/// bytes; since none gives more than it states, no archive gives more. That it states too much is a
/// finding already.
fn hold_back(members: &mut [Member], most: u64) {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|&a, &b| members[a].path.as_bytes().cmp(members[b].path.as_bytes()));
    let mut total = 0_u64;
    for number in order {
        let Some(member) = members.get_mut(number) else { continue };
        total = total.saturating_add(member.stated_size);
        if total > most {
            member.seal = Some(Seal::itself("the archive unpacks to more than the limit allows"));
        }
    }
}

/// Whether the second reader sees other entries than ours.
fn disagreement(path: &Path, archive: &Archive) -> Result<Option<Group>> {
    if archive.entries.is_empty() {
        return Ok(None);
    }
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let said = |text: String| {
        Some(Group::single(Code::AmbiguousArchive, None, Facts::Text(text), Place::default()))
    };
    let mut second = match ZipArchive::new(BufReader::new(file)) {
        Ok(second) => second,
        Err(_) => return Ok(said("a second reader cannot read the archive's directory".into())),
    };
    let mut theirs = Vec::new();
    for number in 0..second.len() {
        if let Ok(entry) = second.by_index_raw(number) {
            theirs.push((
                entry.header_start(),
                entry.size(),
                entry.compressed_size(),
                entry.crc32(),
            ));
        }
    }
    let mut ours: Vec<_> = archive
        .entries
        .iter()
        .map(|entry| (entry.offset, entry.size, entry.packed, entry.crc32))
        .collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    if theirs == ours {
        return Ok(None);
    }
    let (a, b) = (ours.len(), theirs.len());
    Ok(said(format!(
        "two readers see different entries: one finds {a}, the other {b}, or of other sizes"
    )))
}

impl Zipped {
    /// Reads an entry; `None` where its method is not one that is read.
    pub(super) fn entry(&self, number: usize) -> Option<EntryReader<'_>> {
        self.archive.reader(self.archive.entries.get(number)?).ok()
    }

    pub(super) fn check_unchanged(&self) -> Result<()> {
        check_stamp(&self.path, &self.stamp)
    }
}
